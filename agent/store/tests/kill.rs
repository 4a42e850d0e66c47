//! `kill -9` at random moments under load: every record that was acknowledged is there, and the log is clean.
//!
//! The test starts itself as a child that appends and prints what was acknowledged. `WEIR_KILLS` changes the number.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)] // Everything here is a test.

mod support;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::time::Duration;
use support::{decision, event, options_with, wait_for};
use weir_audit::{Kind, Record};
use weir_model::Timestamp;
use weir_store::{IndexKind, IndexState, Options, Query, Store};

const CHILD_DIR: &str = "WEIR_KILL_DIR";
const CHILD_FIRST: &str = "WEIR_KILL_FIRST";

#[test]
fn nothing_acknowledged_is_lost_to_a_kill() {
    let kills: i64 = std::env::var("WEIR_KILLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(20);
    for kind in [IndexKind::Sled, IndexKind::Redb] {
        let home = tempfile::tempdir().unwrap();
        let mut promised = Vec::new();
        for round in 0..kills / 2 {
            let first = round * 1_000_000;
            promised.extend(kill_under_load(home.path(), kind, first, 3 + (round * 37) % 90));
            check(home.path(), kind, &promised);
        }
        assert!(promised.len() > 50, "too little load: {}", promised.len());
    }
}

/// Not a test: the child's part.
#[test]
fn child() {
    let Ok(home) = std::env::var(CHILD_DIR) else { return };
    let first: i64 = std::env::var(CHILD_FIRST).unwrap().parse().unwrap();
    let kind = if Path::new(&home).join("redb").exists() {
        IndexKind::Redb
    } else {
        IndexKind::Sled
    };
    let store = Store::open(&Path::new(&home).join("audit"), sizes(kind)).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &store;
            scope.spawn(move || append_for_ever(store, first + thread * 100_000));
        }
    });
}

fn append_for_ever(store: &Store, first: i64) {
    for number in first..first + 100_000 {
        let (send, receive) = sync_channel(1);
        store.append_record(
            Timestamp::from_millis(number),
            event(number),
            &decision(number),
            move |outcome| {
                send.send(outcome.is_ok()).unwrap();
            },
        );
        assert!(receive.recv().unwrap());
        // One write a line: a line that arrives whole was acknowledged.
        std::io::stdout()
            .write_all(format!("acknowledged {number}\n").as_bytes())
            .unwrap();
    }
}

fn kill_under_load(home: &Path, kind: IndexKind, first: i64, millis: i64) -> Vec<i64> {
    if kind == IndexKind::Redb {
        std::fs::write(home.join("redb"), b"").unwrap();
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD_DIR, home)
        .env(CHILD_FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = child.stdout.take().unwrap();
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    while !text.windows(12).any(|window| window == b"acknowledged") {
        let read = output.read(&mut buffer).unwrap();
        assert!(read > 0, "the child ended: {}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&buffer[..read]);
    }
    // Sends SIGKILL.
    let killer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(millis as u64));
        child.kill().unwrap();
        child.wait().unwrap();
    });
    output.read_to_end(&mut text).unwrap();
    killer.join().unwrap();
    let text = String::from_utf8(text).unwrap();
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole
        .lines()
        .filter_map(|line| line.rsplit_once("acknowledged ")?.1.parse().ok())
        .collect()
}

fn check(home: &Path, kind: IndexKind, promised: &[i64]) {
    let store = Store::open(&home.join("audit"), sizes(kind)).unwrap();
    assert!(store.health().damage.is_empty(), "{:?}", store.health());
    let report = store.verify().unwrap();
    assert!(report.is_clean(), "{report:?}");
    let found: BTreeMap<i64, Record> = store
        .read(&Query {
            kinds: vec![Kind::Decision],
            ..Query::default()
        })
        .map(|entry| entry.map(|entry| (entry.time.as_millis(), entry.record)).unwrap())
        .collect();
    for number in promised {
        assert_eq!(found.get(number), Some(&decision(*number)), "acknowledged {number}");
    }
    wait_for("index", || store.health().index == IndexState::Ready);
    let last = promised.last().unwrap();
    assert_eq!(store.get(&event(*last)).unwrap().len(), 1);
}

fn sizes(kind: IndexKind) -> Options {
    options_with(kind, 256 << 10)
}
