//! The agent, tried out by its own command; and the proof that a host is none of its business.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::Value;
use std::process::Output;
use weir_e2e::Stage;

fn json(ran: &Output) -> Value {
    let said = String::from_utf8_lossy(&ran.stdout);
    let complaint = String::from_utf8_lossy(&ran.stderr);
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}\n{complaint}"))
}

#[test]
fn every_exchange_of_the_self_test_goes_as_it_should_and_nothing_leaves() {
    let stage = Stage::with_weir("selftest");
    let ran = stage.agent().run(&["selftest", "--json"]).unwrap();
    let report = json(&ran);
    assert_eq!(ran.status.code(), Some(0), "{report}");
    for name in ["proxy", "clean", "secret", "card", "surrogate", "file", "socket"] {
        let steps = report["steps"].as_array().unwrap();
        let test = steps.iter().find(|test| test["name"] == name).unwrap();
        assert_eq!(test["state"], "ok", "{test}");
    }
    for sent in ["rivers", "tidewater.io"] {
        assert!(!stage.fake.saw(sent), "`{sent}` left the machine");
    }
    let decisions = stage.agent().records().unwrap();
    assert!(
        decisions.iter().any(|event| event["action"] == "block"),
        "the self-test is in the log like everything else"
    );
}

#[test]
fn each_step_of_the_self_test_is_a_line_of_its_own() {
    let stage = Stage::with_weir("selftest-lines");
    let ran = stage.agent().run(&["selftest", "--lines"]).unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    let names: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["name"].clone())
        .collect();
    assert_eq!(
        names,
        ["proxy", "clean", "secret", "card", "surrogate", "file", "socket"]
    );
}

#[test]
fn a_tunnelled_host_is_proved_untouched() {
    let stage = Stage::with_weir("prove-tunnelled");
    let address = stage.fake.address().to_string();
    let ran = stage
        .agent()
        .run(&["prove-untouched", "bank.example", "--address", &address, "--json"])
        .unwrap();
    let proof = json(&ran);
    assert_eq!(ran.status.code(), Some(0), "{proof}");
    assert_eq!(
        (&proof["treatment"], &proof["untouched"]),
        (&"tunnelled".into(), &true.into())
    );
}

#[test]
fn an_intercepted_host_is_no_proof() {
    let stage = Stage::with_weir("prove-intercepted");
    let address = stage.fake.address().to_string();
    let ran = stage
        .agent()
        .run(&["prove-untouched", "chatgpt.com", "--address", &address, "--json"])
        .unwrap();
    let proof = json(&ran);
    assert_eq!(ran.status.code(), Some(1), "{proof}");
    assert_eq!(proof["treatment"], "intercepted");
    assert!(proof["why"].as_str().unwrap().contains("policy names it"), "{proof}");
}
