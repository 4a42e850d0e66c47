//! What stories of a fleet share: laptops that enrol, and what people do at a command line.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "only stories use it, and a broken stage is a failed test"
)]

use crate::agent;
use crate::client::{Outgoing, Way};
use crate::fake::Options;
use crate::{Agent, Client, FakeAi, Folder, Network, Server};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// What the prompt of [`ask`] holds.
pub const ADDRESS: &str = "ada.weir@tidewater.io";

/// A fake AI service that answers at once.
#[must_use]
pub fn quick_ai(folder: &Folder) -> FakeAi {
    let options = Options {
        pace: Duration::ZERO,
        ..Options::default()
    };
    FakeAi::start(folder.path(), options).unwrap()
}

/// A server whose policy `alice` signs, with further arguments of `weir-server init`.
#[must_use]
pub fn server(folder: &Folder, more: &[&str]) -> Server {
    let dir = folder.path();
    weir(dir, &["policy", "keygen", &path(dir, "alice")]);
    Server::start_with(dir, &dir.join("alice.pub"), more).unwrap()
}

/// The same, where the servers of a network are.
#[must_use]
pub fn server_in(network: &Network, folder: &Folder, more: &[&str]) -> Server {
    let dir = folder.path();
    weir(dir, &["policy", "keygen", &path(dir, "alice")]);
    Server::start_in(network, dir, &dir.join("alice.pub"), more).unwrap()
}

/// Has the laptop in `dir` enrol at an address of the server.
pub fn enrol(server: &Server, url: &str, dir: &Path, group: &str) {
    fs::create_dir_all(dir).unwrap();
    let token = server.ask(&["token", "create", "--group", group]).unwrap();
    weir(dir, &["enroll", url, token[0]["token"].as_str().unwrap()]);
}

/// Signs a pack as a bundle for the group `staff`, and publishes it.
pub fn publish(server: &Server, dir: &Path, number: u64, pack: &str) {
    let (file, number) = (path(dir, "acme.yaml"), number.to_string());
    let out = path(dir, &format!("{number}.weirbundle"));
    fs::write(&file, pack).unwrap();
    let key = path(dir, "alice.key");
    let bundle = ["policy", "bundle", &file, "--audience", "staff", "--key", &key];
    weir(dir, &[&bundle[..], &["--number", &number, "--out", &out]].concat());
    server.succeed(&["bundle", "publish", &out]).unwrap();
}

/// A command of `weir` with its state in `dir`; gives what it printed.
pub fn weir(dir: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = agent::run(&agent::binary().unwrap(), &dir.join("state"), arguments).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// A file's name, as an argument.
#[must_use]
pub fn path(dir: &Path, name: &str) -> String {
    dir.join(name).display().to_string()
}

/// The server's name for the laptop in `dir`.
#[must_use]
pub fn device(dir: &Path) -> String {
    let identity: Value = serde_json::from_slice(&fs::read(dir.join("state/fleet/identity.json")).unwrap()).unwrap();
    identity["device"].as_str().unwrap().to_owned()
}

/// Asks OpenAI something with [`ADDRESS`] in it; gives the status.
pub fn ask(agent: &Agent) -> u16 {
    let client = Client::new(Way::Proxy(agent.proxy()), &[agent.ca()]).unwrap();
    client.send(&prompt(&format!("write to {ADDRESS}"))).unwrap().status
}

/// A prompt for OpenAI.
#[must_use]
pub fn prompt(text: &str) -> Outgoing {
    let body = json!({"model": "gpt-5", "messages": [{"role": "user", "content": text}]});
    Outgoing::json("api.openai.com", "/v1/chat/completions", &body)
}

/// Waits, for a slow machine with much else to do.
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(120), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
