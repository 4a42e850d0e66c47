//! The session of a user: what they copy, and what they are told. A real X server with xclip, a real compositor of Wayland with
//! wl-copy, and a real bus.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use weir_e2e::fleet::{prompt, quick_ai, until};
use weir_support::agent::{self, Agent, Launch, json_values};
use weir_support::client::Way;
use weir_support::desktop::Desktop;
use weir_support::values::{Random, aws_access_key, credit_card};
use weir_support::{Client, FakeAi, Folder};

const PACK: &str = "
pack: {name: acme, version: 1.0.0, extends: [weir/baseline]}
policies:
  policy:
    clipboard-guard:
      rules:
        - {id: keys, category: security, action: clean}
        - {id: cards, category: financial, action: clear}
        - {id: pictures, file: image/*, action: notify}
";

struct Seat {
    session: Child,
    desktop: Desktop,
    agent: Agent,
    _fake: FakeAi,
    folder: Folder,
}

impl Seat {
    fn take(name: &str, pack: Option<&str>) -> Self {
        Self::take_on(Desktop::open, name, pack)
    }

    fn take_on(open: fn(&Path) -> std::io::Result<Desktop>, name: &str, pack: Option<&str>) -> Self {
        let folder = Folder::new(name).unwrap();
        let fake = quick_ai(&folder);
        let written = pack.map(|pack| {
            let path = folder.join("acme.yaml");
            std::fs::write(&path, pack).unwrap();
            path
        });
        let launch = Launch {
            pack: written,
            ..Launch::in_front_of(&fake, folder.path())
        };
        let agent = launch.start().unwrap_or_else(|error| panic!("{error}"));
        let desktop = open(folder.path()).unwrap();
        let log = std::fs::File::create(folder.join("session.log")).unwrap();
        let session = weir(&desktop, &agent, &["session", "--log", "trace"])
            .stderr(log)
            .spawn()
            .unwrap();
        let seat = Self {
            session,
            desktop,
            agent,
            _fake: fake,
            folder,
        };
        until("the clipboard is watched", || {
            seat.weir(&["clipboard", "--json"]).stdout.starts_with(b"{") && seat.weir(&["clipboard"]).status.success()
        });
        seat
    }

    fn weir(&self, arguments: &[&str]) -> Output {
        weir(&self.desktop, &self.agent, arguments).output().unwrap()
    }

    /// What was recorded of copies.
    fn copies(&self) -> Vec<Value> {
        let records = self.agent.records().unwrap().into_iter();
        records.filter(|record| record["channel"] == "clipboard").collect()
    }

    fn copied(&self, count: usize) -> Vec<Value> {
        until("the copies are recorded", || self.copies().len() >= count);
        // One more would be one too many.
        std::thread::sleep(Duration::from_millis(300));
        let copies = self.copies();
        assert_eq!(copies.len(), count, "{copies:?}");
        copies
    }

    fn notified(&self, count: usize) -> Vec<Value> {
        until("the notification is shown", || {
            self.desktop.notifications().len() >= count
        });
        self.desktop.notifications()
    }

    /// Nothing that was written down anywhere has this text.
    fn knows_nothing_of(&self, text: &str) {
        for file in ["session.log", "agent.log", "notifications.jsonl"] {
            let written = std::fs::read(self.folder.join(file)).unwrap_or_default();
            assert!(!String::from_utf8_lossy(&written).contains(text), "{file}");
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let _ = self.session.kill();
        let _ = self.session.wait();
    }
}

fn weir(desktop: &Desktop, agent: &Agent, arguments: &[&str]) -> Command {
    let binary: PathBuf = agent::binary().unwrap();
    let mut command = desktop.command(&binary);
    command
        .args(arguments)
        .env("WEIR_STATE", agent.state())
        .stdin(Stdio::null());
    command
}

#[test]
fn a_copied_key_is_recorded_told_and_linked_to_the_prompt_that_has_it() {
    let mut seat = Seat::take("session-key", None);
    let mut random = Random::from_env();
    let key = aws_access_key(&mut random).value;
    seat.desktop.copy("nothing to see here").unwrap();
    seat.desktop.copy_and_stay(&key).unwrap();
    let copy = seat.copied(1).remove(0);
    assert_eq!(copy["disposition"], "observed", "{copy}");
    assert_eq!(copy["level"], "restricted");
    assert!(copy["process"].as_str().unwrap().ends_with("/xclip"), "{copy}");
    assert_eq!(
        seat.desktop.pasted().unwrap(),
        key,
        "nothing is taken away without a rule"
    );

    let told = seat.notified(1).remove(0);
    assert_eq!(told["summary"], "Something sensitive was copied");
    assert!(
        told["body"].as_str().unwrap().contains("security/aws_access_key_id"),
        "{told}"
    );
    seat.desktop.copy(&aws_access_key(&mut random).value).unwrap();
    let again = seat.notified(2).remove(1);
    assert_eq!(again["id"], told["id"], "what says the same takes its place");
    assert!(again["summary"].as_str().unwrap().ends_with("(2×)"), "{again}");

    let client = Client::new(Way::Proxy(seat.agent.proxy()), &[seat.agent.ca()]).unwrap();
    client.send(&prompt(&format!("what is {key} for?"))).unwrap();
    let records = seat.agent.records().unwrap();
    let prompt = records.iter().find(|record| record["channel"] != "clipboard").unwrap();
    assert_eq!(prompt["copied_from"]["event"], copy["id"], "{prompt}");
    let story = seat.weir(&["explain", prompt["id"].as_str().unwrap()]);
    assert!(String::from_utf8_lossy(&story.stdout).contains("Copied   from xclip"));
    let replayed = json_values(&seat.weir(&["replay", "--json", "--since", "1h"]).stdout).remove(0);
    assert_eq!(replayed["same"], replayed["decisions"], "{replayed}");
    seat.knows_nothing_of(&key);
}

#[test]
fn what_must_not_stay_is_cleaned_or_cleared_once() {
    let seat = Seat::take("session-clean", Some(PACK));
    let mut random = Random::from_env();
    let (key, card) = (aws_access_key(&mut random).value, credit_card(&mut random));
    seat.desktop.copy(&format!("export KEY={key} # for ünter")).unwrap();
    until("the clipboard is cleaned", || {
        seat.desktop.pasted().unwrap() == "export KEY=[REDACTED:AWS_ACCESS_KEY_ID] # for ünter"
    });
    assert_eq!(
        seat.copied(1)[0]["disposition"],
        "rewritten",
        "the own writing is no copy"
    );
    let checked = seat.weir(&["clipboard", "check"]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));

    seat.desktop.copy(&format!("pay with {card}")).unwrap();
    until("the clipboard is empty", || seat.desktop.pasted().unwrap().is_empty());
    assert_eq!(seat.copied(2)[1]["disposition"], "blocked");
    let titles: Vec<Value> = seat
        .notified(2)
        .into_iter()
        .map(|told| told["summary"].clone())
        .collect();
    assert_eq!(
        titles,
        ["Values were taken out of the clipboard", "The clipboard was emptied"]
    );

    std::fs::write(seat.desktop.tray_settings(), "quiet_until = 9999999999999\n").unwrap();
    seat.desktop.copy(&format!("pay with {card} now")).unwrap();
    until("the clipboard is empty again", || {
        seat.desktop.pasted().unwrap().is_empty()
    });
    seat.copied(3);
    assert_eq!(
        seat.desktop.notifications().len(),
        2,
        "quiet mode is for words, not for deeds"
    );
    seat.knows_nothing_of(&card);
}

#[test]
fn on_wayland_too_a_copied_key_is_told_and_what_must_not_stay_is_cleaned_once() {
    let mut seat = Seat::take_on(Desktop::open_wayland, "session-wayland", None);
    let standing = seat.weir(&["clipboard"]).stdout;
    assert!(String::from_utf8_lossy(&standing).contains("data-control"));
    let mut random = Random::from_env();
    let key = aws_access_key(&mut random).value;
    seat.desktop.copy("nothing to see here").unwrap();
    seat.desktop.copy_and_stay(&key).unwrap();
    let copy = seat.copied(1).remove(0);
    assert_eq!(copy["disposition"], "observed", "{copy}");
    assert_eq!(copy["process"], Value::Null, "a compositor tells nobody: {copy}");
    assert_eq!(seat.desktop.pasted().unwrap(), key);
    assert_eq!(seat.notified(1)[0]["summary"], "Something sensitive was copied");
    seat.knows_nothing_of(&key);

    let seat = Seat::take_on(Desktop::open_wayland, "session-wayland-clean", Some(PACK));
    let card = credit_card(&mut random);
    seat.desktop.copy(&format!("export KEY={key} # for ünter")).unwrap();
    until("the clipboard is cleaned", || {
        seat.desktop.pasted().unwrap() == "export KEY=[REDACTED:AWS_ACCESS_KEY_ID] # for ünter"
    });
    assert_eq!(
        seat.copied(1)[0]["disposition"],
        "rewritten",
        "the own writing is no copy"
    );
    seat.desktop.copy(&format!("pay with {card}")).unwrap();
    until("the clipboard is empty", || seat.desktop.pasted().unwrap().is_empty());
    assert_eq!(seat.copied(2)[1]["disposition"], "blocked");
    seat.knows_nothing_of(&card);
}

#[test]
fn a_copied_picture_is_known_by_its_type_and_length() {
    for (name, open) in [
        (
            "session-picture",
            Desktop::open as fn(&Path) -> std::io::Result<Desktop>,
        ),
        ("session-picture-wayland", Desktop::open_wayland),
    ] {
        let seat = Seat::take_on(open, name, Some(PACK));
        // The long one comes in pieces on X11.
        for (number, (mime, length)) in [("image/png", 70_000), ("image/jpeg", 20_000_000)]
            .into_iter()
            .enumerate()
        {
            seat.desktop.copy_picture(mime, &vec![7; length]).unwrap();
            let copy = seat.copied(number + 1).remove(number);
            assert_eq!(copy["files"][0]["mime"], mime, "{copy}");
            assert_eq!(copy["files"][0]["size"], length, "{copy}");
            assert_eq!(copy["reasons"][0]["rule"], "clipboard-guard/pictures", "{copy}");
        }
        assert_eq!(seat.notified(1)[0]["summary"], "Something sensitive was copied");
    }
}

#[test]
fn ten_copies_in_a_row_on_wayland_are_ten_events() {
    let seat = Seat::take_on(Desktop::open_wayland, "session-wayland-burst", None);
    let mut random = Random::from_env();
    for _ in 0..10 {
        seat.desktop.copy(&aws_access_key(&mut random).value).unwrap();
        std::thread::sleep(Duration::from_millis(200));
    }
    seat.copied(10);
}

#[test]
fn ten_copies_in_a_row_are_ten_events_and_a_session_has_no_twin() {
    let mut seat = Seat::take("session-burst", None);
    let mut random = Random::from_env();
    for _ in 0..10 {
        seat.desktop.copy(&aws_access_key(&mut random).value).unwrap();
        // As fast as a hand can: what is copied over before it is read is on no clipboard any more.
        std::thread::sleep(Duration::from_millis(200));
    }
    seat.copied(10);
    let twin = seat.weir(&["session", "--json"]);
    assert!(twin.status.success());
    assert_eq!(json_values(&twin.stdout)[0]["already_running"], true);
    let told = Command::new("kill")
        .args(["-TERM", &seat.session.id().to_string()])
        .status()
        .unwrap();
    assert!(told.success());
    assert_eq!(seat.session.wait().unwrap().code(), Some(0));
    assert!(!seat.weir(&["clipboard"]).status.success(), "nobody watches any more");
}
