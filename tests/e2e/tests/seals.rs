//! A laptop that is taken: its disk is put back while its server has not seen what is on it, and the seals tell.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::Value;
use std::fs;
use std::path::Path;
use weir_e2e::fleet::{ask, device, enrol, path, quick_ai, server, until};
use weir_support::agent::{self, Agent, Launch};
use weir_support::{FakeAi, Folder, Server};

fn start(fake: &FakeAi, dir: &Path) -> Agent {
    let launch = Launch {
        pack: None,
        ..Launch::in_front_of(fake, dir)
    };
    launch.start().unwrap_or_else(|error| panic!("{error}"))
}

fn sealed(server: &Server, device: &str) -> Option<u64> {
    let shown = server.ask(&["device", "show", device]).unwrap();
    shown[0]["sealed"]["epoch"].as_u64()
}

fn run(dir: &Path, arguments: &[&str]) -> (bool, Value) {
    let output = agent::run(&agent::binary().unwrap(), &dir.join("state"), arguments).unwrap();
    let said = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.success(), said)
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
    let folder = Folder::new("seals").unwrap();
    let fake = quick_ai(&folder);
    let mut weir_server = server(&folder, &[]);
    let dir = folder.path().join("laptop");
    enrol(&weir_server, &weir_server.url(), &dir, "staff");
    let (audit, before) = (dir.join("state/audit"), folder.path().join("before"));

    // The auditor's key is taken once, when all is well.
    let agent = start(&fake, &dir);
    let safe = path(folder.path(), "safe.key");
    assert!(run(&dir, &["audit", "epoch-key", "--out", &safe]).0);
    assert!(
        !run(&dir, &["audit", "epoch-key", "--out", &safe]).0,
        "nothing is overwritten"
    );
    assert_eq!(ask(&agent), 403);
    until("the server has the key and the record", || {
        !weir_server.ask(&["events", "--purpose", "a test"]).unwrap().is_empty()
    });
    agent.stop().unwrap();
    // Stopping ended the epoch; the next start sends its seal.
    let agent = start(&fake, &dir);
    assert_eq!(ask(&agent), 403);
    let laptop = device(&dir);
    until("the first epoch is verified", || {
        sealed(&weir_server, &laptop) == Some(0)
    });
    agent.stop().unwrap();
    copy(&audit, &before);

    // Without its server something happens that somebody would rather not have in the log.
    weir_server.kill().unwrap();
    let agent = start(&fake, &dir);
    assert_eq!(ask(&agent), 403);
    agent.stop().unwrap();
    let (whole, said) = run(&dir, &["audit", "verify", "--epoch-key", &safe, "--json"]);
    assert!(whole, "{said}");
    assert_eq!(said["sealed"]["epoch"], 2, "{said}");

    // The disk is put back. The keys of the epochs in between are not on it any more.
    let now = fs::read(audit.join("epoch")).unwrap();
    fs::remove_dir_all(&audit).unwrap();
    copy(&before, &audit);
    fs::write(audit.join("epoch"), now).unwrap();
    assert!(
        !run(&dir, &["audit", "verify", "--json"]).0,
        "the log ends before its key"
    );
    weir_server.up().unwrap();
    let agent = start(&fake, &dir);
    assert_eq!(ask(&agent), 403);
    agent.stop().unwrap();
    let agent = start(&fake, &dir);
    until("the server tells of the broken seal", || {
        let alerts = weir_server.ask(&["alert", "list"]).unwrap();
        alerts
            .iter()
            .any(|alert| alert["rule"] == "seal-broken" && alert["subject"] == laptop)
    });
    agent.stop().unwrap();
    assert!(!run(&dir, &["audit", "verify", "--epoch-key", &safe, "--json"]).0);
}
