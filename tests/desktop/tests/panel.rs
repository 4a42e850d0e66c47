//! The moment something is held back: from the program that sends a prompt to the window, and from the window to the service.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test's broken assumption is a failed test, and what it measures is said"
)]

use std::fs;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use weir_desktop::{Browser, Desktop, HOLDS_MAIL, Panel, until, weir_tray};
use weir_support::agent::{Agent, Launch};
use weir_support::client::{Outgoing, Way};
use weir_support::fake::Options;
use weir_support::{Client, FakeAi, Folder};

const LETTER: &str = "write a letter to ada.weir@tidewater.io";

struct Office {
    fake: FakeAi,
    agent: Agent,
    // Last: it is removed when everything else is gone.
    _folder: Folder,
}

impl Office {
    fn open(name: &str) -> Self {
        let folder = Folder::new(name).unwrap();
        let options = Options {
            pace: Duration::ZERO,
            ..Options::default()
        };
        let fake = FakeAi::start(folder.path(), options).unwrap();
        let pack = folder.join("acme.yaml");
        fs::write(&pack, HOLDS_MAIL).unwrap();
        let launch = Launch {
            pack: Some(pack),
            ..Launch::in_front_of(&fake, folder.path())
        };
        let agent = launch.start().unwrap_or_else(|error| panic!("{error}"));
        Self {
            fake,
            agent,
            _folder: folder,
        }
    }

    /// Sends a prompt from a program that waits for its answer.
    fn send(&self) -> JoinHandle<Option<u16>> {
        let client = Client::new(Way::Proxy(self.agent.proxy()), &[self.agent.ca()]).unwrap();
        let client = client.patience(Duration::from_secs(90));
        let body = json!({"model": "gpt-5", "messages": [{"role": "user", "content": LETTER}]});
        let prompt = Outgoing::json("api.openai.com", "/v1/chat/completions", &body);
        std::thread::spawn(move || client.send(&prompt).ok().map(|reply| reply.status))
    }

    fn waiting(&self) -> Vec<Value> {
        let output = self.agent.run(&["held", "list", "--json"]).unwrap();
        let list: Value = serde_json::from_slice(&output.stdout).unwrap();
        list["held"].as_array().unwrap().clone()
    }

    /// Sends prompts until one waits: before somebody listens, they are refused at once.
    fn send_until_one_waits(&self) -> JoinHandle<Option<u16>> {
        until("a prompt that waits", || {
            let sent = self.send();
            while !sent.is_finished() {
                if !self.waiting().is_empty() {
                    return Some(sent);
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            assert_eq!(sent.join().unwrap(), Some(403));
            None
        })
    }

    /// Bodies that reached the service.
    fn arrived(&self) -> Vec<String> {
        let received = self.fake.received().into_iter();
        received
            .map(|request| String::from_utf8_lossy(&request.body).into_owned())
            .collect()
    }
}

#[test]
fn a_prompt_that_waits_brings_the_panel_and_goes_once_without_what_must_not_leave() {
    let office = Office::open("panel");
    let desktop = Desktop::start("panel-desktop");
    let panel = Panel::watch(&desktop);
    let state = office.agent.state().display().to_string();
    let program = weir_tray();
    // The driver has the first window: the panel, with nothing in it yet.
    let browser = Browser::start(&desktop, &program, &["--page", "panel", "--state", &state]);
    let sent = office.send_until_one_waits();

    assert_eq!(browser.run("return location.hash"), "#/panel");
    until("the menu's count", || {
        panel
            .menu()
            .into_iter()
            .find(|item| item.label == "Pending decisions (1)")
    });
    let waiting = browser.invoke("held", &json!({})).unwrap();
    let id = waiting[0]["id"].clone();
    assert_eq!(waiting[0]["found"]["personal/email"], 1);
    let text = browser
        .invoke("held_text", &json!({"id": id, "revealed": false}))
        .unwrap();
    let shown = text["pieces"][0]["text"].as_str().unwrap();
    assert!(
        shown.contains("write a letter to ad") && !shown.contains("ada.weir"),
        "{shown}"
    );
    for refused in ["doctor", "set_settings", "export", "plugin:event|emit"] {
        assert!(
            browser.invoke(refused, &json!({})).is_err(),
            "the panel may not ask for `{refused}`"
        );
    }

    assert_eq!(office.arrived().len(), 0, "nothing left before it was decided");
    let done = browser
        .invoke("held_send", &json!({"id": id, "how": {"how": "cleaned"}}))
        .unwrap();
    assert!(done["event"].is_string(), "{done}");
    assert_eq!(sent.join().unwrap(), Some(200));
    let arrived = office.arrived();
    assert_eq!(arrived.len(), 1, "{arrived:?}");
    assert!(
        arrived[0].contains("write a letter to") && !arrived[0].contains("ada.weir"),
        "{arrived:?}"
    );
    let gone = browser
        .invoke("held_send", &json!({"id": id, "how": {"how": "cleaned"}}))
        .unwrap_err();
    assert_eq!(gone["code"], "no_such_held");
    until("the panel's end", || {
        (!desktop.windows().contains("a message waits")).then_some(())
    });
}

#[test]
fn the_panel_is_there_soon_after_the_decision() {
    let office = Office::open("panel-soon");
    let desktop = Desktop::start("soon");
    let panel = Panel::watch(&desktop);
    let mut tray = desktop.command(weir_tray());
    let mut tray = tray
        .args(["--hidden", "--state"])
        .arg(office.agent.state())
        .spawn()
        .unwrap();
    until("the state of the agent", || {
        panel
            .menu()
            .into_iter()
            .find(|item| item.label.starts_with("Weir protects"))
    });
    let start = Instant::now();
    let sent = office.send();
    until("the panel", || {
        desktop.windows().contains("a message waits").then_some(())
    });
    println!("the panel came {:?} after the prompt was sent", start.elapsed());
    let id = office.waiting()[0]["id"].as_str().unwrap().to_owned();
    assert!(office.agent.run(&["held", "drop", &id]).unwrap().status.success());
    assert_eq!(sent.join().unwrap(), Some(403));
    tray.kill().unwrap();
    tray.wait().unwrap();
}
