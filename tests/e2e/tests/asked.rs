//! What an employee sees and asks for in the tray, over the agent's socket, with a real server behind it: records byte for byte
//! as the server has them, an appeal and its answer, a provider and what was decided.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]
#![cfg(unix)]

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use weir_e2e::fleet::{ask, enrol, publish, quick_ai, server, until};
use weir_support::agent::{Agent, Launch};
use weir_support::{FakeAi, Folder, Server};

const PACK: &str = "
pack: {name: acme, version: 1.0.0, extends: [weir/baseline]}
providers:
  approvals: {openai: {status: approved, reason: the contract of May}, deepseek: denied}
  agreements: [{id: zdr, provider: openai, zero_data_retention: true, until: 2099-12-31}]
";

/// A laptop of a company with a server.
struct Office {
    server: Server,
    agent: Agent,
    dir: PathBuf,
    _fake: FakeAi,
    // Last: it is removed when everything else is gone.
    _folder: Folder,
}

impl Office {
    fn open(name: &str) -> Self {
        let folder = Folder::new(name).unwrap();
        let fake = quick_ai(&folder);
        let server = server(&folder, &[]);
        let dir = folder.path().join("laptop");
        enrol(&server, &server.url(), &dir, "staff");
        publish(&server, folder.path(), 1, PACK);
        let launch = Launch {
            pack: None,
            log: "weir_sync=debug,info".to_owned(),
            ..Launch::in_front_of(&fake, &dir)
        };
        let agent = launch.start().unwrap_or_else(|error| panic!("{error}"));
        let office = Self {
            server,
            agent,
            dir,
            _fake: fake,
            _folder: folder,
        };
        until("the bundle is in force", || {
            office.get("/v1/status").1["policy"]["pack"] == "acme"
        });
        office
    }

    fn get(&self, path: &str) -> (u16, Value) {
        socket(&self.dir, "GET", path, &Value::Null)
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        socket(&self.dir, "POST", path, body)
    }

    /// The newest decision of the laptop.
    fn decision(&self) -> String {
        let (_, list) = self.post("/v1/events", &json!({"limit": 1}));
        list["events"][0]["id"].as_str().unwrap().to_owned()
    }

    /// What the server stored of an event, as text: (number, record), oldest first.
    fn stored(&self, event: &str) -> Vec<(u64, String)> {
        let shown = self
            .server
            .succeed(&["events", "--limit", "10000", "--purpose", "a test"])
            .unwrap();
        let text = String::from_utf8(shown.stdout).unwrap();
        let of_event = format!("\"event\":\"{event}\",\"record\":");
        let lines = text.lines().filter(|line| line.contains(&of_event));
        let mut stored: Vec<_> = lines
            .map(|line| {
                let (_, record) = line.split_once("\"record\":").unwrap();
                let seq = serde_json::from_str::<Value>(line).unwrap()["seq"].as_u64().unwrap();
                (seq, record.strip_suffix('}').unwrap().to_owned())
            })
            .collect();
        stored.sort_unstable();
        stored
    }
}

/// Asks the agent as the tray does: the handshake, and a request.
fn socket(dir: &Path, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let mut stream = UnixStream::connect(dir.join("state/run/agent.sock")).unwrap();
    let hello = json!({"program": "test", "version": "1.0.0", "capability": 10, "oldest": 1});
    exchange(&mut stream, "POST", "/v1/hello", &hello);
    exchange(&mut stream, method, path, body)
}

fn exchange(stream: &mut UnixStream, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: weir\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut piece = [0; 64 * 1024];
    loop {
        let read = stream.read(&mut piece).unwrap();
        assert!(read > 0, "the agent hung up");
        answer.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
        if body.len() >= length.unwrap_or(0) {
            let status = head[9..12].parse().unwrap();
            return (status, serde_json::from_str(body).unwrap_or(Value::Null));
        }
    }
}

#[test]
fn a_record_is_byte_for_byte_what_the_server_has_and_an_appeal_is_answered() {
    let office = Office::open("asked-records");
    assert_eq!(ask(&office.agent), 200);
    let event = office.decision();
    let own = || {
        let (status, records) = office.get(&format!("/v1/event/{event}/record"));
        assert_eq!(status, 200, "{records}");
        let records = records["records"].as_array().unwrap().iter();
        let both = |record: &Value| {
            (
                record["seq"].as_u64().unwrap(),
                record["body"].as_str().unwrap().to_owned(),
            )
        };
        records.map(both).collect::<Vec<_>>()
    };
    until("the answer is recorded as well", || own().len() == 2);
    until("the server has both", || office.stored(&event).len() == 2);
    assert_eq!(own(), office.stored(&event), "byte for byte");

    let appeal = format!("/v1/event/{event}/appeal");
    let leaky = office.post(&appeal, &json!({"reason": "it is ada.weir@tidewater.io"}));
    assert_eq!(
        (leaky.0, &leaky.1["refusal"]),
        (409, &json!("not_asked")),
        "others read a reason"
    );
    let nothing = office.post(
        "/v1/event/019a0000-0000-7000-8000-0000000000aa/appeal",
        &json!({"reason": "it is wrong"}),
    );
    assert_eq!(nothing.0, 404);
    let before = office.get("/v1/status").1["answers"].clone();
    let made = office.post(&appeal, &json!({"reason": "the address is our own"}));
    assert_eq!((made.0, &made.1["state"]), (200, &json!("open")), "{made:?}");
    assert_ne!(office.get("/v1/status").1["answers"], before, "pages hear of it");

    let alerts = office.server.ask(&["alert", "list", "--rule", "appeal"]).unwrap();
    assert_eq!((alerts.len(), &alerts[0]["event"]), (1, &json!(event)));
    assert!(
        alerts[0]["text"].as_str().unwrap().ends_with("the address is our own"),
        "{alerts:?}"
    );
    let id = alerts[0]["id"].as_str().unwrap();
    office
        .server
        .succeed(&["alert", "close", id, "--note", "You are right."])
        .unwrap();
    until("the answer is on the laptop", || {
        let appeals = office.get("/v1/asked").1["appeals"].clone();
        (&appeals[0]["state"], &appeals[0]["answer"]) == (&json!("answered"), &json!("You are right."))
    });
}

#[test]
fn what_may_go_where_is_told_and_a_provider_is_asked_for() {
    let office = Office::open("asked-providers");
    let (status, matrix) = office.get("/v1/policy/matrix");
    assert_eq!(status, 200);
    let rows = matrix["rows"].as_array().unwrap();
    let row = |provider: &str| {
        rows.iter()
            .find(|row| row["destination"]["provider"] == provider)
            .unwrap()
    };
    assert_eq!(
        (&row("openai")["approval"], &row("openai")["reason"]),
        (&json!("approved"), &json!("the contract of May"))
    );
    assert!(row("openai")["agreed_until"].is_number());
    assert_eq!(row("deepseek")["approval"], "denied");
    // The same code answers the command line.
    let pack = office.dir.join("acme.yaml");
    std::fs::write(&pack, PACK).unwrap();
    let printed = office
        .agent
        .run(&["policy", "matrix", "--json", &pack.display().to_string()])
        .unwrap();
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let actions = |cell: &Value| {
        cell["actions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pair| pair[1].clone())
            .collect::<Vec<_>>()
    };
    for (shown, row) in rows.iter().zip(printed["rows"].as_array().unwrap()) {
        assert_eq!(shown["destination"], row["destination"]);
        for (shown, cell) in shown["cells"]
            .as_array()
            .unwrap()
            .iter()
            .zip(row["cells"].as_array().unwrap())
        {
            let ways = shown["ways"].as_array().unwrap();
            assert!(
                actions(cell)
                    .iter()
                    .all(|action| ways.iter().any(|way| way["action"] == *action))
            );
            assert!(
                ways.iter()
                    .all(|way| way["action"] == "allow" || way["rule"].is_string()),
                "{shown}"
            );
        }
    }

    let wanted = json!({"provider": "https://chat.deepseek.com/", "business_case": "Puzzles for apprentices", "level": "public"});
    let (status, asked) = office.post("/v1/asked/provider", &wanted);
    assert_eq!((status, &asked["state"]), (200, &json!("pending")), "{asked}");
    let requests = office
        .server
        .ask(&["provider", "requests", "--state", "pending"])
        .unwrap();
    assert_eq!((requests.len(), &requests[0]["provider"]), (1, &json!("deepseek")));
    let id = requests[0]["id"].as_str().unwrap();
    office
        .server
        .succeed_as("ben", &["provider", "refuse", id, "--why", "it trains on what it gets"])
        .unwrap();
    until("what was decided is on the laptop", || {
        let providers = office.get("/v1/asked").1["providers"].clone();
        (&providers[0]["state"], &providers[0]["why"]) == (&json!("refused"), &json!("it trains on what it gets"))
    });
}
