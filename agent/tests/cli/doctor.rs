//! `weir doctor`: what it says, how it exits, what it mends.

use crate::harness::{World, has};
use serde_json::Value;

fn check(report: &Value, name: &str) -> Value {
    let checks = report["checks"].as_array().unwrap();
    checks
        .iter()
        .find(|check| check["name"] == name)
        .unwrap_or_else(|| panic!("no check {name}"))
        .clone()
}

#[test]
fn without_an_agent_it_fails_and_tells_every_check() {
    let world = World::new();
    let report = world.run(["doctor", "--json"]).exits(1).json();
    let checks = report["checks"].as_array().unwrap();
    assert!(checks.len() >= 20);
    for check in checks {
        let state = check["state"].as_str().unwrap();
        assert!(["ok", "warning", "failed", "skipped"].contains(&state), "{check}");
        assert!(
            !check["title"].as_str().unwrap().is_empty() && !check["found"].as_str().unwrap().is_empty(),
            "{check}"
        );
    }
    assert_eq!(check(&report, "agent")["state"], "failed");
    assert_eq!(check(&report, "version")["state"], "skipped");
    let said = world.run(["doctor"]).exits(1).stdout;
    assert!(
        said.contains("The agent answers") && said.contains(" failed, "),
        "{said}"
    );
    assert!(!world.path("state").exists(), "looking leaves nothing behind");
}

#[test]
fn an_unknown_check_is_a_usage_error_that_names_the_known_ones() {
    let world = World::new();
    let ran = world.run(["doctor", "--fix", "nodejs"]).exits(2);
    assert!(ran.stderr.contains("node, "), "{}", ran.stderr);
}

#[test]
fn what_it_mends_it_takes_back() {
    if !has("node", "nodejs") {
        return;
    }
    let world = World::new();
    world.make_certificate();
    let before = check(&world.run(["doctor", "--json"]).exits(1).json(), "node");
    assert_eq!(before["state"], "warning");
    assert!(
        before["fix"]["title"].is_string() && before["undo"].is_null(),
        "{before}"
    );

    let mended = check(
        &world.run(["doctor", "--fix", "node", "--json"]).exits(1).json(),
        "node",
    );
    assert_eq!(mended["state"], "ok", "{mended}");
    assert!(
        mended["fix"].is_null() && mended["undo"]["title"].is_string(),
        "{mended}"
    );

    let after = check(
        &world.run(["doctor", "--undo", "node", "--json"]).exits(1).json(),
        "node",
    );
    assert_eq!(after, before);
    let left = files(&world.path("home"));
    assert!(left.is_empty(), "{left:?}");
}

fn files(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}
