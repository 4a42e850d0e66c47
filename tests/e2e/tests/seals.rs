//! A laptop that is taken: its disk is put back while its server has not seen what is on it, and the seals tell.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use weir_e2e::fleet::{ask, device, enrol, path, quick_ai, server, until};
use weir_support::agent::{self, Agent, Launch};
use weir_support::{FakeAi, Folder, Server};

/// A laptop, its server, and what an auditor keeps elsewhere.
struct Scene {
    fake: FakeAi,
    server: Server,
    dir: PathBuf,
    safe: String,
    // Last: it is removed when everything else is gone.
    folder: Folder,
}

impl Scene {
    fn new() -> Self {
        let folder = Folder::new("seals").unwrap();
        let fake = quick_ai(&folder);
        let server = server(&folder, &[]);
        let dir = folder.path().join("laptop");
        enrol(&server, &server.url(), &dir, "staff");
        Self {
            fake,
            server,
            dir,
            safe: path(folder.path(), "safe.key"),
            folder,
        }
    }

    /// An agent that blocks a message.
    fn agent(&self) -> Agent {
        let launch = Launch {
            pack: None,
            ..Launch::in_front_of(&self.fake, &self.dir)
        };
        let agent = launch.start().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(ask(&agent), 403);
        agent
    }

    fn audit(&self) -> PathBuf {
        self.dir.join("state/audit")
    }

    fn run(&self, arguments: &[&str]) -> (bool, Value) {
        let output = agent::run(&agent::binary().unwrap(), &self.dir.join("state"), arguments).unwrap();
        let said = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.success(), said)
    }

    fn verify(&self) -> (bool, Value) {
        self.run(&["audit", "verify", "--epoch-key", &self.safe, "--json"])
    }

    /// Two epochs of which the server has the first; the auditor's key was taken when all was well.
    fn two_epochs(&self) {
        let agent = self.agent();
        let key = ["audit", "epoch-key", "--out", &self.safe];
        assert!(self.run(&key).0);
        assert!(!self.run(&key).0, "nothing is overwritten");
        until("the server has the key and the record", || {
            !self.server.ask(&["events", "--purpose", "a test"]).unwrap().is_empty()
        });
        // Stopping ends the epoch; the next start sends its seal.
        agent.stop().unwrap();
        let agent = self.agent();
        until("the first epoch is verified", || self.sealed() == Some(0));
        agent.stop().unwrap();
    }

    /// The last epoch of which the server has verified the seal.
    fn sealed(&self) -> Option<u64> {
        let shown = self.server.ask(&["device", "show", &device(&self.dir)]).unwrap();
        shown[0]["sealed"]["epoch"].as_u64()
    }

    /// The log as it was, with the only key that is still there.
    fn put_back(&self, before: &Path) {
        let key = fs::read(self.audit().join("epoch")).unwrap();
        fs::remove_dir_all(self.audit()).unwrap();
        copy(before, &self.audit());
        fs::write(self.audit().join("epoch"), key).unwrap();
    }

    fn is_told(&self) -> bool {
        let (alerts, laptop) = (self.server.ask(&["alert", "list"]).unwrap(), device(&self.dir));
        let of_it = |alert: &Value| alert["rule"] == "seal-broken" && alert["subject"] == laptop;
        alerts.iter().any(of_it)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn what_was_sealed_cannot_be_undone_by_who_takes_the_laptop() {
    let mut scene = Scene::new();
    scene.two_epochs();
    let before = scene.folder.path().join("before");
    copy(&scene.audit(), &before);

    // Without its server something happens that somebody would rather not have in the log.
    scene.server.kill().unwrap();
    scene.agent().stop().unwrap();
    let (whole, said) = scene.verify();
    assert!(whole, "{said}");
    assert_eq!(said["sealed"]["epoch"], 2, "{said}");

    // The disk is put back. The keys of the epochs in between are not on it any more.
    scene.put_back(&before);
    assert!(!scene.verify().0, "the log ends before its key");
    assert!(!scene.is_told());
    scene.server.up().unwrap();
    scene.agent().stop().unwrap();
    let agent = scene.agent();
    until("the server tells of the broken seal", || scene.is_told());
    agent.stop().unwrap();
    assert!(!scene.verify().0);
}
