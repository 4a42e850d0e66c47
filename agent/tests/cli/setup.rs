//! `weir setup`, on an image: what is written, and that nothing is left of it.

use crate::harness::World;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Every file below a directory, with its bytes.
fn snapshot(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut ahead = vec![dir.to_owned()];
    while let Some(dir) = ahead.pop() {
        for path in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.display().to_string();
            if path.is_dir() {
                ahead.push(path);
                found.insert(name, Vec::new());
            } else {
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

fn image() -> World {
    let world = World::new();
    world.make_certificate();
    world.write("state/ca/hosts", "chatgpt.com\n*.chatgpt.com\n");
    world.write(
        "image/etc/firefox/policies/policies.json",
        "{\"policies\":{\"DisableTelemetry\":true}}",
    );
    world.write("image/etc/ssl/certs/ca-certificates.crt", "");
    world
}

fn states(report: &Value) -> Vec<&str> {
    report["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["state"].as_str().unwrap())
        .collect()
}

#[test]
fn an_image_is_set_up_checked_and_left_as_it_was() {
    let world = image();
    let before = snapshot(&world.path("image"));
    let verb = |verb: &[&str]| world.run([&["setup"], verb, &["--root", "image", "--json"]].concat());

    assert!(
        states(&verb(&["verify"]).exits(1).json())
            .iter()
            .all(|state| *state == "absent")
    );
    assert!(
        states(&verb(&["install", "--dry-run"]).exits(0).json())
            .iter()
            .all(|state| *state == "would be done")
    );
    assert_eq!(snapshot(&world.path("image")), before);

    assert!(
        states(&verb(&["install"]).exits(0).json())
            .iter()
            .all(|state| *state == "done")
    );
    assert!(
        states(&verb(&["install"]).exits(0).json())
            .iter()
            .all(|state| *state == "present")
    );
    verb(&["verify"]).exits(0);
    let firefox = fs::read(world.path("image/etc/firefox/policies/policies.json")).unwrap();
    let firefox: Value = serde_json::from_slice(&firefox).unwrap();
    assert_eq!(firefox["policies"]["DisableTelemetry"], true);
    assert_eq!(firefox["policies"]["Proxy"]["Mode"], "autoConfig");

    // New hosts of a newer policy.
    world.write("state/ca/hosts", "chatgpt.com\nclaude.ai\n");
    assert!(states(&verb(&["verify"]).exits(1).json()).contains(&"half"));
    verb(&["install"]).exits(0);

    assert!(
        states(&verb(&["remove", "--dry-run"]).exits(0).json())
            .iter()
            .all(|state| *state == "would be taken back")
    );
    verb(&["remove"]).exits(0);
    let mut after = snapshot(&world.path("image"));
    // The image had no such directories; the ledger lies where the machine's would.
    after.retain(|path, _| !path.ends_with("/var") && !path.ends_with("/var/lib"));
    assert_eq!(after, before);
    assert_eq!(
        world.run(["setup", "remove", "--root", "image"]).exits(0).stdout,
        "nothing to do\n"
    );
}

#[test]
fn an_authority_for_every_site_is_refused_and_nothing_is_written() {
    let world = image();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    world.write("state/ca/ca.pem", &params.self_signed(&key).unwrap().pem());
    let before = snapshot(&world.path("image"));
    let ran = world.run(["setup", "install", "--root", "image"]).exits(3);
    assert!(ran.stderr.contains("may vouch for any site"), "{}", ran.stderr);
    assert_eq!(snapshot(&world.path("image")), before);
}

#[test]
fn the_way_out_is_said_when_the_agent_never_ran() {
    let world = World::new();
    let ran = world.run(["setup", "install", "--root", "image"]).exits(3);
    assert!(
        ran.stderr.contains("made when `weir agent` first starts"),
        "{}",
        ran.stderr
    );
    let ran = world
        .run(["setup", "install", "--root", "image", "--proxy", "192.0.2.1:18080"])
        .exits(2);
    assert!(ran.stderr.contains("not an address of this machine"), "{}", ran.stderr);
}
