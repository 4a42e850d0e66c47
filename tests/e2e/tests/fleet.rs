//! A server and its devices, all as programs: policy goes down, records go up, and neither a kill nor a thief loses one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;
use weir_e2e::fleet::{ADDRESS, ask, device, enrol, path, publish, quick_ai, server, until, weir};
use weir_support::agent::{Agent, Launch};
use weir_support::client::{Outgoing, Way};
use weir_support::{Client, FakeAi, Folder, Server};

struct Fleet {
    fake: FakeAi,
    server: Server,
    // Last: it is removed when everything else is gone.
    folder: Folder,
}

impl Fleet {
    fn start(name: &str) -> Self {
        let folder = Folder::new(name).unwrap();
        let fake = quick_ai(&folder);
        let server = server(&folder, &[]);
        Self { fake, server, folder }
    }

    /// A laptop that has enrolled.
    fn device(&self, name: &str) -> PathBuf {
        let dir = self.folder.path().join(name);
        enrol(&self.server, &self.server.url(), &dir, "staff");
        dir
    }

    fn agent(&self, dir: &Path) -> Agent {
        let launch = Launch {
            pack: None,
            log: "weir_sync=debug,info".to_owned(),
            ..Launch::in_front_of(&self.fake, dir)
        };
        launch.start().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Signs a pack in which OpenAI is approved or not, and publishes it.
    fn publish(&self, number: u64, approval: &str) {
        let pack = format!(
            "pack: {{name: acme, version: {number}.0.0, extends: [weir/baseline]}}\n\
             providers: {{approvals: {{openai: {approval}}}}}\n"
        );
        publish(&self.server, self.folder.path(), number, &pack);
    }

    /// Open alerts of a rule.
    fn alerts(&self, rule: &str) -> Vec<Value> {
        self.server.ask(&["alert", "list", "--rule", rule]).unwrap()
    }

    /// What the server has of the device in `dir`: the kinds of records by timeline and number.
    fn stored(&self, dir: &Path) -> BTreeMap<(u64, u64), Value> {
        let device = device(dir);
        let events = self
            .server
            .ask(&["events", "--device", &device, "--limit", "10000", "--purpose", "a test"])
            .unwrap();
        let count = events.len();
        let number = |event: &Value, name: &str| event[name].as_u64().unwrap();
        let stored: BTreeMap<_, _> = events
            .into_iter()
            .map(|event| ((number(&event, "timeline"), number(&event, "seq")), event))
            .collect();
        assert_eq!(stored.len(), count, "a record is stored twice");
        stored
    }
}

fn decisions(agent: &Agent) -> Vec<(u64, String)> {
    let mut decisions: Vec<_> = agent
        .records()
        .unwrap()
        .iter()
        .filter_map(|record| Some((record["seq"].as_u64()?, record["id"].as_str()?.to_owned())))
        .collect();
    decisions.sort_unstable();
    decisions
}

/// Waits until the server has each decision of the log, once.
fn arrive(fleet: &Fleet, dir: &Path, agent: &Agent) {
    let expected = decisions(agent);
    until("every decision is on the server", || {
        let stored = fleet.stored(dir);
        let of_decisions = stored.iter().filter(|(_, event)| event["kind"] == "decision");
        let arrived: Vec<_> = of_decisions
            .map(|((_, seq), event)| (*seq, event["event"].as_str().unwrap().to_owned()))
            .collect();
        arrived == expected
    });
}

#[test]
fn policy_goes_down_and_records_go_up() {
    let fleet = Fleet::start("fleet");
    let dirs = ["one", "two"].map(|name| fleet.device(name));
    let agents = [0, 1].map(|index| fleet.agent(&dirs[index]));
    for agent in &agents {
        assert_eq!(ask(agent), 403, "nobody is approved before there is a bundle");
    }
    fleet.publish(1, "approved");
    for agent in &agents {
        until("the bundle is in force", || ask(agent) == 200);
    }
    fleet.publish(2, "denied");
    for (agent, dir) in agents.iter().zip(&dirs) {
        until("the next bundle is in force", || ask(agent) == 403);
        arrive(&fleet, dir, agent);
    }
    let devices = fleet.server.ask(&["device", "list"]).unwrap();
    assert_eq!(devices.len(), 2);
    assert!(
        devices
            .iter()
            .all(|device| device["bundle"] == 2 && device["refused"].is_null())
    );
    let blocked = fleet
        .server
        .succeed(&["events", "--action", "block", "--purpose", "a test"])
        .unwrap();
    let blocked = String::from_utf8(blocked.stdout).unwrap();
    assert!(blocked.contains("personal/email"));
    assert!(!blocked.contains(ADDRESS), "what people write stays on the laptop");
    // Whoever is concerned can see who looked, and why.
    for dir in &dirs {
        let readings = weir(dir, &["audit", "readers", "--limit", "1", "--json"]);
        let newest: Value = serde_json::from_slice(&readings).unwrap();
        assert_eq!(newest["what"], "events-read");
        assert_eq!(newest["purpose"], "a test");
        assert!(newest["who"].as_str().unwrap().starts_with("command-line:"));
        assert!(newest["records"].as_u64().unwrap() > 0);
    }
}

/// Where a value went is asked of the server, which has never had it.
#[test]
fn where_a_value_went_is_found_by_its_fingerprint() {
    let fleet = Fleet::start("subject");
    let dirs = ["one", "two"].map(|name| fleet.device(name));
    let agents = [0, 1].map(|index| fleet.agent(&dirs[index]));
    for (agent, dir) in agents.iter().zip(&dirs) {
        until("the key to search by has come", || {
            dir.join("state/fleet/search.key").exists()
        });
        // Its records from here on can be searched. What is blocked is sent at once.
        until("a record is made with it", || {
            let by_search_key = |event: &Value| event["record"]["search_key"] == 1;
            ask(agent) == 403 && fleet.stored(dir).values().any(by_search_key)
        });
    }
    for (number, pack, status) in [(1, "approved", 200), (2, "denied", 403)] {
        fleet.publish(number, pack);
        for agent in &agents {
            until("the bundle is in force", || ask(agent) == status);
        }
    }
    for (agent, dir) in agents.iter().zip(&dirs) {
        arrive(&fleet, dir, agent);
    }
    let keys = dirs
        .each_ref()
        .map(|dir| fs::read(dir.join("state/fleet/search.key")).unwrap());
    assert_ne!(keys[0], keys[1], "each has its own");
    let search = |value: &str| -> Value {
        let file = fleet.folder.path().join("value.txt");
        fs::write(&file, format!("{value}\n")).unwrap();
        let file = file.to_str().unwrap();
        let asked = ["report", "subject", file, "--since", "1h", "--purpose", "request 17"];
        fleet.server.ask(&asked).unwrap().remove(0)
    };
    // As somebody else would write it.
    let found = search(&ADDRESS.to_uppercase());
    assert!(found["messages"].as_u64().unwrap() >= 2, "{found}");
    assert_eq!(found["devices"].as_array().unwrap().len(), 2, "{found}");
    assert_eq!(found["places"][0]["provider"], "openai", "{found}");
    assert_eq!(found["data_types"][0]["data_type"], "personal/email", "{found}");
    assert_eq!(search("nobody@nowhere.example")["messages"], 0);
    let database = fs::read(fleet.server.home().join("weir.db")).unwrap();
    assert!(
        !database
            .windows(ADDRESS.len())
            .any(|window| window == ADDRESS.as_bytes())
    );
    for dir in &dirs {
        let readings = weir(dir, &["audit", "readers", "--limit", "1", "--json"]);
        let newest: Value = serde_json::from_slice(&readings).unwrap();
        assert_eq!(
            (&newest["what"], &newest["purpose"]),
            (&json!("subject-search"), &json!("request 17"))
        );
    }
}

#[test]
fn nothing_is_lost_or_doubled_by_kills() {
    let mut fleet = Fleet::start("fleet-kill");
    let dir = fleet.device("one");
    let mut agent = fleet.agent(&dir);
    for round in 0..6 {
        assert_eq!(ask(&agent), 403);
        if round % 2 == 0 {
            fleet.server.kill().unwrap();
        }
        // A batch may be on its way, stored, or receipted by now.
        std::thread::sleep(Duration::from_millis(150 * round));
        assert_eq!(ask(&agent), 403, "the laptop works without its server");
        if round % 3 == 0 {
            agent.kill().unwrap();
            agent = fleet.agent(&dir);
        }
        if round % 2 == 0 {
            fleet.server.up().unwrap();
        }
    }
    arrive(&fleet, &dir, &agent);
    assert!(fleet.stored(&dir).keys().all(|(timeline, _)| *timeline == 1));
    until("the server judges", || !fleet.alerts("repeated-failures").is_empty());
    for rule in ["chain-gap", "chain-fork", "chain-roll-back", "clone", "clock-jump"] {
        assert!(fleet.alerts(rule).is_empty(), "a kill is no tampering: {rule}");
    }
}

/// A device whose log is an older copy of the one that the server has.
fn rolled_back(fleet: &Fleet) -> PathBuf {
    let dir = fleet.device("one");
    let state = dir.join("state");
    let agent = fleet.agent(&dir);
    ask(&agent);
    agent.kill().unwrap();
    copy(&state.join("audit"), &dir.join("kept"));
    let agent = fleet.agent(&dir);
    ask(&agent);
    arrive(fleet, &dir, &agent);
    agent.kill().unwrap();

    fs::remove_dir_all(state.join("audit")).unwrap();
    copy(&dir.join("kept"), &state.join("audit"));
    dir
}

#[test]
fn a_log_that_was_rolled_back_is_found() {
    let fleet = Fleet::start("fleet-rollback");
    let dir = rolled_back(&fleet);
    let agent = fleet.agent(&dir);
    ask(&agent);
    until("the server knows", || {
        let stored = fleet.stored(&dir);
        let mut second = stored.iter().filter(|((timeline, _), _)| *timeline == 2);
        second.any(|(_, event)| event["record"]["code"] == "fleet.timeline")
    });
    until("people are told", || !fleet.alerts("chain-roll-back").is_empty());
    assert_eq!(fleet.alerts("chain-roll-back")[0]["subject"], device(&dir));
}

/// Where such a log ends by now says nothing of how far the server has it.
#[test]
fn what_is_written_after_a_roll_back_is_sent_however_late_the_server_is_back() {
    let mut fleet = Fleet::start("fleet-rollback-away");
    let dir = rolled_back(&fleet);
    fleet.server.kill().unwrap();
    for _ in 0..2 {
        let agent = fleet.agent(&dir);
        assert_eq!(ask(&agent), 403);
        agent.kill().unwrap();
    }
    fleet.server.up().unwrap();
    let agent = fleet.agent(&dir);
    let expected = decisions(&agent);
    assert_eq!(expected.len(), 3, "one before, and two since");
    until("every decision is on the server", || {
        let stored = fleet.stored(&dir);
        let second = stored
            .iter()
            .filter(|((timeline, _), event)| *timeline == 2 && event["kind"] == "decision");
        let arrived: Vec<_> = second
            .map(|((_, seq), event)| (*seq, event["event"].as_str().unwrap().to_owned()))
            .collect();
        arrived == expected
    });
}

#[test]
fn a_revoked_device_gets_no_policy_and_gives_no_records() {
    let fleet = Fleet::start("fleet-revoke");
    let dir = fleet.device("one");
    let agent = fleet.agent(&dir);
    fleet.publish(1, "approved");
    until("the bundle is in force", || ask(&agent) == 200);
    let device = device(&dir);
    fleet.server.succeed(&["device", "revoke", &device]).unwrap();
    until("the device knows", || {
        agent.log().contains("does not serve this device any more")
    });
    let before = fleet.stored(&dir).len();
    fleet.publish(2, "denied");
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(ask(&agent), 200, "the last policy stays in force");
    assert_eq!(fleet.stored(&dir).len(), before);
}

/// Gives a directive; its number.
fn order(fleet: &Fleet, arguments: &[&str]) -> u64 {
    let given = fleet.server.ask(&[&["directive"], arguments].concat()).unwrap();
    given[0]["epoch"].as_u64().unwrap()
}

#[test]
fn ai_services_are_closed_by_order_at_once_and_opened_again() {
    let mut fleet = Fleet::start("fleet-orders");
    let dirs = ["one", "two"].map(|name| fleet.device(name));
    let [agent, other] = [0, 1].map(|index| fleet.agent(&dirs[index]));
    fleet.publish(1, "approved");
    for agent in [&agent, &other] {
        until("the bundle is in force", || ask(agent) == 200);
    }

    let epoch = order(&fleet, &["lockdown", "--reason", "keys have leaked"]);
    for agent in [&agent, &other] {
        until("everything is closed", || ask(agent) == 403);
        let status = String::from_utf8(agent.run(&["status"]).unwrap().stdout).unwrap();
        assert!(status.contains("keys have leaked"), "{status}");
        let records = agent.records().unwrap();
        let is_closed = |record: &Value| record.to_string().contains("directive/closed");
        assert!(records.iter().any(is_closed), "{records:?}");
    }
    until("both have said so", || {
        let given = &fleet.server.ask(&["directive", "list"]).unwrap()[0];
        (&given["epoch"], &given["took"], &given["devices"]) == (&json!(epoch), &json!(2), &json!(2))
    });
    until("the log of each device proves it", || {
        let proves = |(_, event): (_, Value)| event["record"]["code"] == "directive.taken";
        dirs.iter().all(|dir| fleet.stored(dir).into_iter().any(proves))
    });

    order(&fleet, &["block", "--provider", "anthropic"]);
    until("the others are open", || ask(&agent) == 200);
    order(&fleet, &["block", "--provider", "openai", "--group", "staff"]);
    until("one is closed", || ask(&agent) == 403);
    fleet.server.kill().unwrap();
    agent.kill().unwrap();
    let agent = fleet.agent(&dirs[0]);
    assert_eq!(ask(&agent), 403, "it holds without the server, and after a kill");
    fleet.server.up().unwrap();
    order(&fleet, &["resume"]);
    until("policy holds as it is", || ask(&agent) == 200);
    let replayed = agent.run(&["replay", "--json", "--since", "1h"]).unwrap();
    let replayed: Value = serde_json::from_slice(&replayed.stdout).unwrap();
    assert_eq!(replayed["same"], replayed["decisions"], "{replayed}");
}

/// A code for the directive that the device took last: one asks, another approves, and the first reads it.
fn code(fleet: &Fleet, dir: &Path) -> String {
    let said = |person: &str, arguments: &[&str]| {
        let arguments = [&["directive", "code"], arguments].concat();
        fleet.server.ask_as(person, &arguments)
    };
    let wanted = [
        "ask",
        &device(dir),
        "--minutes",
        "15",
        "--reason",
        "the closing of the books",
    ];
    let asked = said("ada", &wanted).unwrap();
    let id = asked[0]["id"].as_str().unwrap().to_owned();
    assert!(said("ada", &["read", &id]).is_err(), "nobody has approved it");
    assert!(said("ada", &["approve", &id]).is_err(), "nobody approves their own");
    said("rob", &["approve", &id]).unwrap();
    assert!(said("rob", &["read", &id]).is_err(), "whoever asked reads it");
    let read = said("ada", &["read", &id]).unwrap();
    assert!(said("ada", &["read", &id]).is_err(), "it is shown once");
    read[0]["code"].as_str().unwrap().to_owned()
}

/// Neither laptops nor server, nor what they log: not as it was shown, not as it was entered, and not without dashes.
fn nothing_has_it(folder: &Path, code: &str) {
    let mut grep = std::process::Command::new("grep");
    grep.args(["-raFi", "--files-with-matches"]);
    for between in ["-", " ", ""] {
        grep.args(["-e", &code.replace('-', between)]);
    }
    let found = grep.arg(folder).output().unwrap();
    let files = String::from_utf8_lossy(&found.stdout);
    assert_eq!(found.status.code(), Some(1), "these have the code: {files}");
}

#[test]
fn a_code_that_is_read_out_lifts_an_order_on_one_device_that_hears_nothing() {
    let mut fleet = Fleet::start("fleet-codes");
    let dirs = ["one", "two"].map(|name| fleet.device(name));
    let [agent, other] = [0, 1].map(|index| fleet.agent(&dirs[index]));
    fleet.publish(1, "approved");
    for (agent, dir) in [&agent, &other].into_iter().zip(&dirs) {
        until("the bundle is in force", || ask(agent) == 200);
        until("the key of codes is there", || {
            dir.join("state/fleet/override.key").exists()
        });
    }
    let epoch = order(&fleet, &["lockdown", "--reason", "keys have leaked"]);
    for agent in [&agent, &other] {
        until("everything is closed", || ask(agent) == 403);
    }
    until("both have said so", || {
        fleet.server.ask(&["directive", "list"]).unwrap()[0]["took"] == json!(2)
    });
    let read = code(&fleet, &dirs[0]);
    fleet.server.kill().unwrap();
    assert_eq!(ask(&agent), 403);

    let enters = |agent: &Agent, code: &str| {
        let done = agent.run(&["override", "--json", code]).unwrap();
        let said: Value = serde_json::from_slice(&done.stdout).unwrap();
        (done.status.code(), said)
    };
    let (status, said) = enters(&other, &read);
    assert_eq!(
        (status, &said["reason"]),
        (Some(1), &json!("wrong")),
        "it is another device's"
    );
    assert_eq!(ask(&other), 403);
    let (status, said) = enters(&agent, &read[1..]);
    assert_eq!((status, &said["reason"]), (Some(1), &json!("misheard")));
    let (status, said) = enters(&agent, &read.to_lowercase().replace('-', " "));
    assert_eq!((status, &said["lifted"]), (Some(0), &json!(true)), "{said}");
    assert_eq!((&said["directive"], &said["number"]), (&json!(epoch), &json!(1)));
    assert_eq!(ask(&agent), 200);
    let status = String::from_utf8(agent.run(&["status"]).unwrap().stdout).unwrap();
    assert!(
        status.contains("[override]") && !status.contains("[directive]"),
        "{status}"
    );
    let (status, said) = enters(&agent, &read);
    assert_eq!((status, &said["reason"]), (Some(1), &json!("used")), "{said}");
    agent.kill().unwrap();
    let agent = fleet.agent(&dirs[0]);
    assert_eq!(ask(&agent), 200, "it is lifted after a kill as well");
    assert_eq!(
        enters(&agent, &read).1["reason"],
        "used",
        "and the code is as spent as before"
    );
    nothing_has_it(fleet.folder.path(), &read);

    fleet.server.up().unwrap();
    until("the server is told", || {
        fleet.server.ask(&["directive", "code", "list"]).unwrap()[0]["state"] == "used"
    });
    let journal = fleet.server.ask(&["journal", "list", "--limit", "1000"]).unwrap();
    let deeds: Vec<&str> = journal
        .iter()
        .filter_map(|row| row["action"].as_str()?.strip_prefix("override-"))
        .collect();
    assert_eq!(deeds, ["use", "issue", "approve", "ask"]);
    assert!(!json!(journal).to_string().contains(&read));
    until("and has the record", || {
        let used = |(_, event): (_, Value)| event["record"]["code"] == "override.taken";
        fleet.stored(&dirs[0]).into_iter().any(used)
    });
    let replayed = agent.run(&["replay", "--json", "--since", "1h"]).unwrap();
    let replayed: Value = serde_json::from_slice(&replayed.stdout).unwrap();
    assert_eq!(replayed["same"], replayed["decisions"], "{replayed}");
    order(&fleet, &["block", "--provider", "openai"]);
    until("what is ordered later holds", || ask(&agent) == 403);
}

#[test]
fn people_suspend_interception_and_the_server_alone_cannot() {
    let fleet = Fleet::start("fleet-suspend");
    let dir = fleet.device("one");
    let agent = fleet.agent(&dir);
    assert_eq!(ask(&agent), 403);
    let root = fleet.folder.path();
    weir(root, &["policy", "keygen", &path(root, "mallory")]);
    for (signer, may) in [("mallory", false), ("alice", true)] {
        let (key, out) = (
            path(root, &format!("{signer}.key")),
            path(root, &format!("{signer}.order")),
        );
        weir(
            root,
            &[
                "policy", "order", "suspend", "--number", "1", "--key", &key, "--out", &out,
            ],
        );
        let published = fleet.server.succeed(&["directive", "publish", &out]);
        assert_eq!(published.is_ok(), may, "{published:?}");
    }
    // Only the service's own authority is trusted: a leaf by Weir fails the handshake.
    let through = Client::new(Way::Proxy(agent.proxy()), &[fleet.fake.ca()]).unwrap();
    let body = json!({"model": "gpt-5", "messages": [{"role": "user", "content": "hello"}]});
    let hello = Outgoing::json("api.openai.com", "/v1/chat/completions", &body);
    until("nothing is intercepted", || {
        through.send(&hello).is_ok_and(|reply| reply.status == 200)
    });
    let mut open = tunnel(&agent);
    order(&fleet, &["resume"]);
    let read = Client::new(Way::Proxy(agent.proxy()), &[agent.ca()]).unwrap();
    until("it is intercepted again", || read.send(&hello).is_ok());
    // What was open meanwhile does not outlast it.
    open.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    assert_eq!(open.read(&mut [0]).unwrap(), 0);
}

/// A connection through the proxy, as it says that it is open.
fn tunnel(agent: &Agent) -> TcpStream {
    let mut stream = TcpStream::connect(agent.proxy()).unwrap();
    stream
        .write_all(b"CONNECT api.openai.com:443 HTTP/1.1\r\nHost: api.openai.com:443\r\n\r\n")
        .unwrap();
    let (mut heard, mut byte) = (Vec::new(), [0]);
    while !heard.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        heard.extend_from_slice(&byte);
    }
    assert!(heard.starts_with(b"HTTP/1.1 200 "));
    stream
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
