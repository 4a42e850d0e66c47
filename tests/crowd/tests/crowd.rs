//! A small crowd and a real server: what `cargo xtask fleet` measures with thousands works with thirty.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;
use weir_support::{Folder, Server, agent};

const DEVICES: usize = 30;

struct Crowd(Child, BufReader<ChildStdout>);

impl Crowd {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weir-crowd"));
        let mut child = command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self(child, output)
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.1.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn ask(&mut self, question: &str) -> Value {
        writeln!(self.0.stdin.as_mut().unwrap(), "{question}").unwrap();
        self.hear()
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn weir(dir: &Path, arguments: &[&str]) {
    let output = agent::run(&agent::binary().unwrap(), &dir.join("state"), arguments).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn publish(server: &Server, dir: &Path, number: &str) {
    let path = |name: &str| dir.join(name).display().to_string();
    let out = path(&format!("{number}.weirbundle"));
    std::fs::write(
        dir.join("acme.yaml"),
        format!("pack: {{name: acme, version: {number}.0.0, extends: [weir/baseline]}}\n"),
    )
    .unwrap();
    let bundle = [
        "policy",
        "bundle",
        &path("acme.yaml"),
        "--audience",
        "staff",
        "--key",
        &path("alice.key"),
    ];
    weir(dir, &[&bundle[..], &["--number", number, "--out", &out]].concat());
    server.succeed(&["bundle", "publish", &out]).unwrap();
}

/// Gives the file that says who they are.
fn enrolled(server: &Server, dir: &Path) -> String {
    let count = DEVICES.to_string();
    let token = server
        .ask(&["token", "create", "--group", "staff", "--uses", &count])
        .unwrap();
    let (address, authority) = (server.address().to_string(), server.authority().display().to_string());
    let out = dir.join("fleet.json").display().to_string();
    let enrol = [
        "enrol",
        "--server",
        &address,
        "--authority",
        &authority,
        "--token",
        token[0]["token"].as_str().unwrap(),
    ];
    let mut crowd = Crowd::start(&[&enrol[..], &["--devices", &count, "--out", &out]].concat());
    assert_eq!(crowd.hear()["enrolled"], DEVICES);
    crowd.0.wait().unwrap();
    out
}

#[test]
fn a_crowd_hears_of_news_and_loses_no_record() {
    let folder = Folder::new("crowd").unwrap();
    let dir = folder.path();
    weir(dir, &["policy", "keygen", &dir.join("alice").display().to_string()]);
    let mut server = Server::start(dir, &dir.join("alice.pub")).unwrap();
    publish(&server, dir, "1");
    let fleet = enrolled(&server, dir);

    let mut staying = Crowd::start(&["stay", "--fleet", &fleet]);
    assert_eq!(staying.hear()["open"], DEVICES);
    publish(&server, dir, "2");
    server.succeed(&["directive", "lockdown", "--for", "1h"]).unwrap();
    for question in ["bundle 2 0", "order 1 0"] {
        let said = staying.ask(question);
        for step in ["hinted", "fetched", "told"] {
            assert_eq!(said[step]["devices"], DEVICES, "{question} {step}");
        }
    }
    let devices = server.ask(&["device", "list"]).unwrap();
    assert!(
        devices.iter().all(|device| device["bundle"] == 2),
        "what the server was told is what they run"
    );

    let mut pouring = Crowd::start(&[
        "pour",
        "--fleet",
        &fleet,
        "--faults",
        "20",
        "--batches",
        "20",
        "--records",
        "7",
    ]);
    assert_eq!(pouring.hear()["begun"], true);
    std::thread::sleep(Duration::from_millis(100));
    server.kill().unwrap();
    server.up().unwrap();
    let said = pouring.hear();
    assert_eq!(said["records"], 20 * 7 * DEVICES);
    assert!(
        said["twice"].as_u64() > Some(0) && said["disordered"].as_u64() > Some(0),
        "{said}"
    );
    for device in &devices {
        let events = [
            "events",
            "--device",
            device["id"].as_str().unwrap(),
            "--limit",
            "1000",
            "--purpose",
            "a test",
        ];
        let mut places: Vec<_> = server
            .ask(&events)
            .unwrap()
            .iter()
            .map(|event| event["seq"].as_u64().unwrap())
            .collect();
        places.sort_unstable();
        assert_eq!(places, (0..140).collect::<Vec<_>>());
    }
}
