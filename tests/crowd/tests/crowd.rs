//! A small crowd and a real server: what `cargo xtask fleet` measures with thousands works with thirty.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use std::path::Path;
use std::time::Duration;
use weir_support::{Crowd, Folder, Server, fleet};

const DEVICES: u32 = 30;

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_weir-crowd"))
}

fn publish(server: &Server, dir: &Path, number: u64) {
    let pack = format!("pack: {{name: acme, version: {number}.0.0, extends: [weir/baseline]}}\n");
    fleet::publish(server, dir, number, &pack);
}

#[test]
fn a_crowd_hears_of_news_and_loses_no_record() {
    let folder = Folder::new("crowd").unwrap();
    let dir = folder.path();
    let mut server = fleet::server(&folder, &[]);
    publish(&server, dir, 1);
    let file = dir.join("fleet.json");
    Crowd::enrol(binary(), &server, DEVICES, &file).unwrap();
    let file = file.display().to_string();

    let mut staying = Crowd::start(binary(), &["stay", "--fleet", &file]).unwrap();
    assert_eq!(staying.hear().unwrap()["open"], DEVICES);
    publish(&server, dir, 2);
    server.succeed(&["directive", "lockdown", "--for", "1h"]).unwrap();
    for question in ["bundle 2 0", "order 1 0"] {
        let said = staying.ask(question).unwrap();
        for step in ["hinted", "fetched", "told"] {
            assert_eq!(said[step]["devices"], DEVICES, "{question} {step}");
        }
    }
    let devices = server.ask(&["device", "list"]).unwrap();
    assert!(
        devices.iter().all(|device| device["bundle"] == 2),
        "what the server was told is what they run"
    );

    let mut pouring = Crowd::start(
        binary(),
        &[
            "pour",
            "--fleet",
            &file,
            "--faults",
            "20",
            "--batches",
            "20",
            "--records",
            "7",
        ],
    )
    .unwrap();
    assert_eq!(pouring.hear().unwrap()["begun"], true);
    std::thread::sleep(Duration::from_millis(100));
    server.kill().unwrap();
    server.up().unwrap();
    let said = pouring.hear().unwrap();
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
