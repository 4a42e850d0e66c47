//! Policy from a draft to three laptops: tried out, approved by others, signed outside, given to one of them, paused by the
//! trouble it makes, and given to all. All of it programs; the laptops change what they do with the next prompt.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use weir_e2e::fleet::{ask, device, enrol, path, quick_ai, server, until, weir};
use weir_support::agent::{Agent, Launch};
use weir_support::{FakeAi, Folder, Server};

struct Fleet {
    server: Server,
    agents: Vec<Agent>,
    _fake: FakeAi,
    // Last: it is removed when everything else is gone.
    folder: Folder,
}

impl Fleet {
    /// A laptop in the group `pilot`, and two in `staff`.
    fn start() -> Self {
        let folder = Folder::new("life").unwrap();
        let fake = quick_ai(&folder);
        let server = server(&folder, &["--require-approval"]);
        let mut agents = Vec::new();
        for (name, group) in [("one", "pilot"), ("two", "staff"), ("three", "staff")] {
            let dir = folder.path().join(name);
            enrol(&server, &server.url(), &dir, group);
            let launch = Launch {
                pack: None,
                ..Launch::in_front_of(&fake, &dir)
            };
            agents.push(launch.start().unwrap_or_else(|error| panic!("{error}")));
        }
        Self {
            server,
            agents,
            _fake: fake,
            folder,
        }
    }

    /// What somebody's command answers: one object.
    fn says(&self, person: &str, arguments: &[&str]) -> Value {
        let said = self.server.ask_as(person, arguments);
        said.unwrap_or_else(|error| panic!("{arguments:?}: {error}")).remove(0)
    }

    /// Saves a pack as the next revision of a draft.
    fn save(&self, draft: &str, approval: &str, expected: &str) -> Value {
        let file = self.folder.path().join("acme.yaml");
        let text = format!(
            "pack: {{name: acme, version: 1.0.0, extends: [weir/baseline]}}\n\
             providers: {{approvals: {{openai: {approval}}}}}\n\
             tests:\n  - name: addresses\n    given: {{channel: api, service: openai-api, text: \"${{example:personal/email}}\"}}\n\
             \x20   expect: {{action: {expected}}}\n"
        );
        fs::write(&file, text).unwrap();
        let file = file.display().to_string();
        self.says("ada", &["policy", "save", draft, &file, "--pack", "acme.yaml"])
    }

    /// Has what was approved signed, on a machine without the server's keys, and brings it back.
    fn sign_and_publish(&self, proposal: &str, name: &str) {
        let (unsigned, signed) = (
            path(self.folder.path(), name),
            path(self.folder.path(), &format!("{name}.signed")),
        );
        self.says("ben", &["policy", "payload", proposal, "--out", &unsigned]);
        let direct = self.server.succeed(&["bundle", "publish", &unsigned]).unwrap_err();
        assert!(direct.to_string().contains("approved drafts"), "{direct}");
        let key = path(self.folder.path(), "alice.key");
        weir(
            self.folder.path(),
            &["policy", "sign", &unsigned, "--key", &key, "--out", &signed],
        );
        self.says("ben", &["policy", "publish", proposal, &signed]);
    }

    fn rollout(&self, bundle: &str) -> Value {
        self.says("ada", &["policy", "rollout", bundle])
    }

    /// Statuses of what the three are answered.
    fn answers(&self) -> Vec<u16> {
        self.agents.iter().map(ask).collect()
    }
}

/// Now, as people write it.
fn now() -> String {
    let output = Command::new("date")
        .args(["-u", "+%Y-%m-%dT%H:%M:%S.%3NZ"])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn policy_goes_from_a_draft_to_all_laptops() {
    let fleet = Fleet::start();
    assert_eq!(fleet.answers(), [403; 3], "nobody is approved before there is a bundle");

    // The first bundle lets more pass than the built-in pack: two others approve, and all get it at once.
    let draft = fleet.says("ada", &["policy", "draft", "acme"]);
    let draft = draft["id"].as_str().unwrap().to_owned();
    let saved = fleet.save(&draft, "approved", "pseudonymise");
    assert_eq!(saved["checks"]["runs"], true, "{saved}");
    let groups = ["--group", "staff", "--group", "pilot"];
    let made = fleet.says("ada", &[&["policy", "propose", &draft][..], &groups].concat());
    assert_eq!((&made["class"], &made["needed"]), (&json!("loosens"), &json!(2)));
    let first = made["id"].as_str().unwrap().to_owned();
    let own = fleet.server.ask_as("ada", &["policy", "approve", &first]).unwrap_err();
    assert!(own.to_string().contains("somebody else"), "{own}");
    assert_eq!(fleet.says("ben", &["policy", "approve", &first])["state"], "open");
    assert_eq!(fleet.says("cleo", &["policy", "approve", &first])["state"], "approved");
    fleet.sign_and_publish(&first, "1");
    until("all have the first bundle", || fleet.answers() == [200; 3]);
    let under_the_first = now();

    // The second one tightens: one other approves, and the laptop of the pilot group has it first.
    let draft = fleet.says("ada", &["policy", "draft", "acme", "--base", "1"]);
    let draft = draft["id"].as_str().unwrap().to_owned();
    let saved = fleet.save(&draft, "denied", "block");
    assert_eq!(saved["checks"]["comparison"]["class"], "tightens", "{saved}");
    let tried = fleet.says("ada", &["policy", "dry-run", &draft]);
    assert!(tried["result"]["decisions"].as_u64().unwrap() > 0, "{tried}");
    let terms = [&groups[..], &["--stage", "pilot:100"]].concat();
    let made = fleet.says("ada", &[&["policy", "propose", &draft][..], &terms].concat());
    assert_eq!((&made["class"], &made["needed"]), (&json!("tightens"), &json!(1)));
    let second = made["id"].as_str().unwrap().to_owned();
    assert_eq!(fleet.says("cleo", &["policy", "approve", &second])["state"], "approved");
    fleet.sign_and_publish(&second, "2");
    until("the first of three has it", || fleet.answers() == [403, 200, 200]);
    let shown = fleet.rollout("2");
    assert_eq!(
        (&shown["devices"], &shown["offered"]),
        (&json!(3), &json!(1)),
        "{shown}"
    );

    // What it blocks is a spike against those that do not have it.
    for _ in 0..25 {
        assert_eq!(fleet.answers(), [403, 200, 200]);
    }
    until("the roll-out pauses", || fleet.rollout("2")["state"] == "paused");
    let shown = fleet.rollout("2");
    assert_eq!(shown["steps"][1]["evidence"]["measure"], "blocked", "{shown}");
    let alerts = fleet
        .server
        .ask(&["alert", "list", "--rule", "rollout-paused"])
        .unwrap();
    assert_eq!(alerts[0]["subject"], "bundle 2");

    // It was meant so.
    fleet.says("ben", &["policy", "resume", "2", "--why", "as meant"]);
    fleet.says("ben", &["policy", "advance", "2"]);
    until("all have it", || fleet.answers() == [403; 3]);
    until("all say so", || fleet.rollout("2")["running"] == 3);
    assert_eq!(fleet.rollout("2")["state"], "done");

    // What each of them ran is in its records.
    let device = device(&fleet.folder.path().join("two"));
    let ran = |time: &str| fleet.says("ada", &["policy", "at", &device, time, "--purpose", "a test"]);
    until("its records are there", || ran(&now())["before"]["bundle"] == 2);
    let first = ran(&under_the_first);
    assert_eq!(
        (&first["certain"], &first["before"]["bundle"]),
        (&json!(true), &json!(1)),
        "{first}"
    );
    fleet.server.succeed(&["journal", "verify"]).unwrap();
}
