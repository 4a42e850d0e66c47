//! A server that keeps policy back, and one that is not heard: what a laptop makes of both.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};
use weir_e2e::fleet::{ask, device, enrol, publish, quick_ai, server, until};
use weir_support::agent::{Agent, Launch};
use weir_support::{FakeAi, Folder, Server};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn agent(fake: &FakeAi, dir: &Path) -> Agent {
    let launch = Launch {
        pack: None,
        log: "weir_sync=debug,info".to_owned(),
        ..Launch::in_front_of(fake, dir)
    };
    launch.start().unwrap_or_else(|error| panic!("{error}"))
}

fn pack(number: u64) -> String {
    format!(
        "pack: {{name: acme, version: {number}.0.0, extends: [weir/baseline]}}\n\
         providers: {{approvals: {{openai: approved}}}}\n"
    )
}

fn json_of(agent: &Agent, arguments: &[&str]) -> Value {
    serde_json::from_slice(&agent.run(arguments).unwrap().stdout).unwrap()
}

fn freshness(agent: &Agent) -> Value {
    json_of(agent, &["status", "--json"])["status"]["freshness"].clone()
}

fn problems(agent: &Agent) -> Vec<String> {
    let status = json_of(agent, &["status", "--json"]);
    let problems = status["status"]["problems"].as_array().unwrap().iter();
    problems.map(|it| it["code"].as_str().unwrap().to_owned()).collect()
}

/// How the doctor finds the freshness of policy.
fn diagnosis(agent: &Agent) -> String {
    let rows = json_of(agent, &["doctor", "--json"]);
    let rows = rows["checks"].as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == "freshness").unwrap();
    row["state"].as_str().unwrap().to_owned()
}

/// What somebody does who has the server's database, and none of its keys.
fn tamper(database: &Path, sql: &str) {
    let program = "import sqlite3, sys\n\
                   with sqlite3.connect(sys.argv[1], timeout=30) as it:\n    assert it.execute(sys.argv[2]).rowcount == 1";
    let done = Command::new("python3")
        .args(["-c", program])
        .arg(database)
        .arg(sql)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn a_server_that_hands_out_an_older_bundle_than_it_names_is_found_out() {
    let folder = Folder::new("fresh-withheld").unwrap();
    let fake = quick_ai(&folder);
    let server = server(&folder, &[]);
    let dir = folder.path().join("one");
    enrol(&server, &server.url(), &dir, "staff");
    publish(&server, folder.path(), 1, &pack(1));
    let first = agent(&fake, &dir);
    until("the bundle is in force", || ask(&first) == 200);
    until("the server has said what is newest", || {
        freshness(&first)["said"].is_i64()
    });
    assert_eq!(freshness(&first)["state"], "fresh");
    assert_eq!((problems(&first), diagnosis(&first)), (vec![], "ok".to_owned()));

    // While the laptop is away, a newer bundle comes, and somebody puts the bytes of the older one in its place.
    first.kill().unwrap();
    publish(&server, folder.path(), 2, &pack(2));
    let database = server.home().join("weir.db");
    tamper(
        &database,
        "UPDATE bundles SET bundle = (SELECT bundle FROM bundles WHERE number = 1) WHERE number = 2",
    );
    let second = agent(&fake, &dir);
    until("the laptop knows that something is kept back", || {
        freshness(&second)["withheld_bundle"] == json!(2)
    });
    assert!(problems(&second).contains(&"policy.withheld".to_owned()));
    assert_eq!(diagnosis(&second), "failed");
    assert_eq!(ask(&second), 200, "the last good bundle stays in force");
    until("people are told", || {
        let alerts = server.ask(&["alert", "list", "--rule", "policy-withheld"]).unwrap();
        alerts.first().is_some_and(|alert| alert["subject"] == device(&dir))
    });
}

/// A code for what holds while policy is out of date: one asks, and another approves.
fn code(server: &Server, dir: &Path) -> String {
    let said = |person: &str, arguments: &[&str]| {
        let arguments = [&["directive", "code"], arguments].concat();
        server.ask_as(person, &arguments).unwrap()
    };
    let asked = said("ada", &["ask", &device(dir), "--stale", "--reason", "on a ship"]);
    let id = asked[0]["id"].as_str().unwrap().to_owned();
    said("rob", &["approve", &id]);
    let read = said("ada", &["read", &id]);
    read[0]["code"].as_str().unwrap().to_owned()
}

/// Rewrites what the laptop remembers, as if so much time had passed since.
fn remember(dir: &Path, until: i64, seen: i64) {
    let path = dir.join("state/policy/fresh.json");
    let mut kept: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    kept["until"] = json!(until);
    kept["seen"] = json!(seen);
    kept["said"] = json!(seen);
    fs::write(&path, kept.to_string()).unwrap();
}

#[test]
fn a_laptop_whose_server_is_not_heard_tells_then_blocks_and_no_clock_helps() {
    let folder = Folder::new("fresh-stale").unwrap();
    let fake = quick_ai(&folder);
    let mut server = server(&folder, &[]);
    let dir = folder.path().join("one");
    enrol(&server, &server.url(), &dir, "staff");
    publish(&server, folder.path(), 1, &pack(1));
    let mut running = agent(&fake, &dir);
    until("the server has said what is newest", || {
        freshness(&running)["said"].is_i64()
    });
    until("the bundle is in force", || ask(&running) == 200);
    until("the key of codes is there", || {
        dir.join("state/fleet/override.key").exists()
    });
    let code = code(&server, &dir);
    let enters = |agent: &Agent| json_of(agent, &["override", "--json", &code]);
    assert_eq!(enters(&running)["reason"], "nothing", "policy is not out of date");
    server.kill().unwrap();
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();

    for (until, seen, state, health, problem, status) in [
        (now + HOUR, now - 71 * HOUR, "fresh", "ok", None, 200),
        (
            now - HOUR,
            now - 73 * HOUR,
            "stale",
            "warning",
            Some("policy.stale"),
            200,
        ),
        (
            now - 8 * DAY,
            now - 11 * DAY,
            "over",
            "failed",
            Some("policy.over"),
            403,
        ),
        // The clock says that there is time left; the server's time, when it was heard last, was a month ahead of it.
        (
            now + 20 * DAY,
            now + 30 * DAY,
            "over",
            "failed",
            Some("policy.over"),
            403,
        ),
    ] {
        running.kill().unwrap();
        remember(&dir, until, seen);
        running = agent(&fake, &dir);
        assert_eq!(freshness(&running)["state"], state);
        assert_eq!(diagnosis(&running), health, "{state}");
        assert_eq!(problems(&running).iter().map(String::as_str).next(), problem);
        assert_eq!(ask(&running), status, "{state}");
    }
    let blocked = running
        .records()
        .unwrap()
        .iter()
        .any(|record| record.to_string().contains("freshness/stale_action"));
    assert!(blocked, "the record says why");
    assert_eq!(enters(&running)["what"], "stale");
    assert_eq!(ask(&running), 200, "policy holds as it is, for a while");
    let said = problems(&running);
    assert_eq!(
        said[..2],
        ["override", "policy.stale"],
        "it does not say that nothing goes"
    );
    assert_eq!(diagnosis(&running), "warning");
    assert_eq!(enters(&running)["reason"], "used");
    let replayed = json_of(&running, &["replay", "--json", "--since", "1h"]);
    assert_eq!(replayed["same"], replayed["decisions"], "{replayed}");

    running.kill().unwrap();
    remember(&dir, now - 8 * DAY, now - 11 * DAY);
    fs::remove_file(dir.join("state/policy/overrides.json")).unwrap();
    let running = agent(&fake, &dir);
    assert_eq!(ask(&running), 403);
    server.up().unwrap();
    until("the server is heard again", || freshness(&running)["state"] == "fresh");
    assert_eq!(ask(&running), 200);
    until("both turns are in the server's hands", || {
        let device = device(&dir);
        let events = server.ask(&["events", "--device", &device, "--limit", "10000", "--purpose", "a test"]);
        let events = events.unwrap();
        let has = |code: &str| events.iter().any(|event| event["record"]["code"] == code);
        has("policy.over") && has("policy.fresh")
    });
}
