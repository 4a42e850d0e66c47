//! Records on their way to other systems: what is written is compared with files, what is sent arrives at real receivers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

#[path = "support/receivers.rs"]
mod receivers;
mod support;

use proptest::prelude::*;
use receivers::{Authority, https, https_saying, nothing, syslog};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use support::{PostgresServer, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use weir_audit::Kind;
use weir_fleet::DeviceId;
use weir_model::{EventId, Timestamp};
use weir_server::forward::{Format, From, Item, OpenSink, Said, Sink, Target, cef, line, ocsf, otlp, step};
use weir_server::ingest::{Accepted, Advance, Columns, Entry, Outcome, Place, Row};
use weir_server::metrics;
use weir_server::outbound::{Otlp, Secret, Syslog, Webhook};
use weir_server::policies::Hints;
use weir_server::repo::{self, Repo};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const VERSION: &str = "9.9.9";

fn decision(level: &str, action: &str, disposition: &str, found: bool) -> Value {
    let findings = match found {
        true => json!([
            {"data_type": "personal/email", "level": "confidential", "confidence": "high", "place": {"role": "prompt", "segment": 0}, "count": 2, "fingerprint": null},
            {"data_type": "security/openai_key", "level": "restricted", "confidence": "high", "place": {"role": "prompt", "segment": 0}, "count": 1, "fingerprint": null},
        ]),
        false => json!([]),
    };
    json!({
        "time": 1_799_999_999_000_i64, "event": "019a0000-0000-7000-8000-000000000000", "device": "laptop-13", "user": "ada",
        "process": {"executable": "/usr/bin/firefox", "pid": 4711}, "channel": "browser", "kind": "prompt",
        "destination": {"host": "chatgpt.com", "service": "chatgpt-web", "provider": "openai", "tier": "enterprise", "region": null, "model": "gpt-4o"},
        "level": level, "findings": findings, "environment": "production",
        "decision": {"action": action, "reasons": [{"rule": "data-classification/rules/0", "member": "data-classification",
            "action": action, "mode": "enforce", "text": "Restricted data may not be sent | to = anybody"}],
            "bundle": {"number": 3, "digest": "0f0f"}},
        "disposition": disposition, "latency_us": 180, "message_bytes": 2048,
    })
}

/// One set of records for all formats.
fn records() -> Vec<(Kind, Value)> {
    let event = "019a0000-0000-7000-8000-000000000000";
    vec![
        (Kind::Decision, decision("restricted", "block", "blocked", true)),
        (Kind::Decision, decision("restricted", "redact", "rewritten", true)),
        (Kind::Decision, decision("restricted", "warn", "justified", true)),
        (Kind::Decision, decision("public", "allow", "released", false)),
        (
            Kind::Response,
            json!({"time": 1, "event": event, "status": 503, "complete": true, "latency_us": 9, "answer_bytes": 77}),
        ),
        (
            Kind::Health,
            json!({"time": 1, "event": event, "code": "audit.damage", "severity": "error", "text": "a segment is damaged"}),
        ),
        (
            Kind::Health,
            json!({"time": 1, "event": event, "code": "index.rebuilt", "severity": "info", "text": "done"}),
        ),
        (
            Kind::Gap,
            json!({"from": 1, "to": 2, "count": 7, "reason": "disk_full"}),
        ),
        (
            Kind::Access,
            json!({"time": 1, "user": "ada", "access": "query", "query": "level=restricted", "count": 5}),
        ),
        (Kind::Unknown(99), json!({"new": true})),
        (Kind::Decision, json!({"channel": "telepathy"})),
    ]
}

fn items() -> Vec<Item> {
    let entries = records().into_iter().enumerate().map(|(place, (kind, body))| Entry {
        seq: place as u64,
        time: Timestamp::from_millis(1_799_999_999_000 + place as i64),
        kind,
        event: EventId::from_bytes([place as u8; 16]),
        body: body.to_string().into(),
    });
    let batch = Accepted {
        place: Place::default(),
        device: DeviceId::from_bytes([7; 16]),
        timeline: 2,
        first: 0,
        last: 10,
        head: [0; 32],
        received: NOW,
        begins: true,
        previous: None,
        overtaken: false,
        records: entries.collect(),
    };
    let items: Vec<Item> = Item::of(&batch).collect();
    let read = items
        .iter()
        .filter(|item| !matches!(item.what, Said::Unread(_)))
        .count();
    assert_eq!(read, 9, "all but the last two are read");
    items
}

/// Compares with a file. With `WEIR_BLESS` the file is written; look at it before it is committed.
fn golden(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/golden/forward")
        .join(name);
    if std::env::var_os("WEIR_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, text, "{}", path.display());
}

#[test]
fn every_format_is_as_it_was() {
    let items = items();
    let events: Vec<Value> = items.iter().map(|item| ocsf(item, VERSION)).collect();
    golden("ocsf.json", &(serde_json::to_string_pretty(&events).unwrap() + "\n"));
    let lines: Vec<String> = items.iter().map(|item| cef(item, VERSION)).collect();
    golden("cef.txt", &(lines.join("\n") + "\n"));
    let messages: Vec<String> = items.iter().map(|item| line(item, &cef(item, VERSION))).collect();
    golden("syslog.txt", &(messages.join("\n") + "\n"));
    golden(
        "otlp.json",
        &(serde_json::to_string_pretty(&otlp(&items, VERSION)).unwrap() + "\n"),
    );
}

/// What the schema (1.4.0) requires of every event, of each class, and of the objects that are used.
const REQUIRED: [(u64, &[&str]); 4] = [
    (0, &[]),
    (2004, &["finding_info.uid"]),
    (2006, &["finding_info.uid"]),
    (6003, &["actor", "api.operation", "src_endpoint"]),
];
const ALWAYS: [&str; 9] = [
    "activity_id",
    "category_uid",
    "class_uid",
    "severity_id",
    "time",
    "type_uid",
    "metadata.version",
    "metadata.product.vendor_name",
    "device.type_id",
];

#[test]
fn ocsf_has_what_its_schema_requires() {
    let mut classes = Vec::new();
    for item in items() {
        let event = ocsf(&item, VERSION);
        let class = event["class_uid"].as_u64().unwrap();
        let (_, required) = REQUIRED.iter().find(|(known, _)| *known == class).unwrap();
        for path in ALWAYS.iter().chain(*required) {
            let pointer = format!("/{}", path.replace('.', "/"));
            let value = event.pointer(&pointer);
            assert!(value.is_some_and(|value| !value.is_null()), "{path} in {event}");
        }
        assert_eq!(event["type_uid"], class * 100 + event["activity_id"].as_u64().unwrap());
        assert_eq!(event["category_uid"], class / 1000);
        assert!((1..=5).contains(&event["severity_id"].as_u64().unwrap()));
        // At least one of them tells who it was.
        if let Some(actor) = event.get("actor") {
            assert!(
                ["user", "process", "app_name"]
                    .iter()
                    .any(|key| actor.get(key).is_some()),
                "{actor}"
            );
        }
        if let Some(security) = event.get("data_security") {
            assert!(security.get("pattern_match").is_none(), "values are never told");
        }
        if event["metadata"]["profiles"]
            .as_array()
            .unwrap()
            .contains(&"security_control".into())
        {
            assert!((1..=4).contains(&event["action_id"].as_u64().unwrap()), "{event}");
        }
        classes.push(class);
    }
    assert_eq!(classes, [2006, 2006, 2006, 6003, 6003, 2004, 0, 2004, 6003, 0, 0]);
}

/// A receiver's reading of CEF: fields at bars that are not escaped, then pairs.
fn read_cef(line: &str) -> (Vec<String>, Vec<(String, String)>) {
    let (mut fields, mut field, mut chars) = (Vec::new(), String::new(), line.chars());
    while fields.len() < 7 {
        match chars.next().expect("seven bars") {
            '\\' => field.extend(chars.next()),
            '|' => fields.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    let text = chars.as_str();
    // A key begins behind a space and ends at the first equals sign that is not escaped.
    let mut marks = Vec::new();
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let escaped = bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
        if *byte == b'=' && !escaped {
            let start = text[..at].rfind(' ').map_or(0, |space| space + 1);
            marks.push((start, at));
        }
    }
    let ends = marks.iter().skip(1).map(|(start, _)| start - 1).chain([text.len()]);
    let unescaped = |text: &str| {
        let (mut plain, mut chars) = (String::new(), text.chars());
        while let Some(c) = chars.next() {
            match c {
                '\\' => plain.extend(chars.next().map(|c| if c == 'n' { '\n' } else { c })),
                c => plain.push(c),
            }
        }
        plain
    };
    let pairs = marks
        .iter()
        .zip(ends)
        .map(|((start, at), end)| (text[*start..*at].to_owned(), unescaped(&text[at + 1..end])));
    (fields, pairs.collect())
}

proptest! {
    #[test]
    fn nothing_in_a_record_changes_the_form(user in any::<String>(), host in any::<String>(), rule in any::<String>()) {
        let mut record = decision("restricted", "block", "blocked", true);
        record["user"] = json!(user);
        record["device"] = json!(host);
        record["destination"]["service"] = json!(host);
        record["decision"]["reasons"][0]["rule"] = json!(rule);
        let mut item = items().remove(0);
        item.what = Said::Decision(serde_json::from_value(record).unwrap());
        item.host = Some(host.clone());
        let line = cef(&item, VERSION);
        prop_assert!(!line.chars().any(char::is_control));
        let (fields, pairs) = read_cef(&line);
        prop_assert_eq!(&fields[..5], ["CEF:0", "Weir", "Weir", VERSION, "decision.block"]);
        let plain = |text: &str| -> String {
            text.chars().map(|c| match c {
                '\n' | '\r' => '\n',
                c if c.is_control() => ' ',
                c => c,
            }).collect()
        };
        let value = |key: &str| {
            let found: Vec<&String> = pairs.iter().filter(|(known, _)| known == key).map(|(_, value)| value).collect();
            assert_eq!(found.len(), 1, "{key} once in {line}");
            found[0].clone()
        };
        prop_assert_eq!(value("suser"), plain(&user));
        prop_assert_eq!(value("dvchost"), plain(&host));
        prop_assert_eq!(value("cs4"), plain(&rule));
        prop_assert_eq!(value("outcome"), "blocked");
        let keys: Vec<&str> = pairs.iter().map(|(key, _)| key.as_str()).collect();
        let expected = ["rt", "externalId", "dvchost", "deviceExternalId", "suser", "sproc", "dhost", "destinationServiceName",
            "act", "outcome", "out", "cs1Label", "cs1", "cs2Label", "cs2", "cs3Label", "cs3", "cs4Label", "cs4", "cs5Label",
            "cs5", "cn1Label", "cn1", "msg"];
        prop_assert_eq!(keys, expected);
    }
}

struct Stage {
    home: tempfile::TempDir,
    authority: Authority,
    repo: Arc<dyn Repo>,
}

impl Stage {
    async fn start(address: Option<String>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let own = format!("sqlite:{}", home.path().join("weir.db").display());
        let authority = Authority::new();
        std::fs::write(home.path().join("ca.pem"), &authority.pem).unwrap();
        std::fs::write(home.path().join("secret"), "Splunk 1234").unwrap();
        Self {
            repo: repo::open(&address.unwrap_or(own)).await.unwrap(),
            authority,
            home,
        }
    }

    fn home(&self) -> &Path {
        self.home.path()
    }

    /// The next records of a device, each in a batch of its own.
    async fn store(&self, device: u8, numbers: std::ops::Range<u64>) {
        for seq in numbers {
            let body = decision("restricted", "block", "blocked", true);
            let row = Row {
                seq,
                time: NOW.as_millis(),
                kind: Kind::Decision,
                event: [seq as u8; 16],
                columns: Columns::default(),
                body: support::alone(&body.to_string()),
                text: None,
            };
            let batch = Advance {
                device: DeviceId::from_bytes([device; 16]),
                timeline: 1,
                first: seq,
                last: seq,
                before: [seq as u8; 32],
                head: [seq as u8 + 1; 32],
                rows: vec![row],
            };
            let outcomes = self.repo.advance(&[batch], NOW).await.unwrap().outcomes;
            assert!(matches!(outcomes[..], [Outcome::Stored(_)]));
        }
    }

    fn sink(&self, name: &str, format: Format, to: Target) -> OpenSink {
        let sink = Sink {
            name: name.to_owned(),
            from: From::Beginning,
            format,
            to,
        };
        OpenSink::open(&sink, self.home()).unwrap()
    }

    fn webhook(&self, port: u16) -> Target {
        Target::Webhook(Webhook {
            url: format!("https://localhost:{port}/events"),
            secret: None,
            authorization: Some(Secret::File("secret".into())),
            ca: Some("ca.pem".into()),
        })
    }

    /// Steps at this time until there is nothing to do.
    async fn forward(&self, sink: &OpenSink, holder: u8, later: i64) {
        while step(&*self.repo, sink, [holder; 16], NOW.plus_millis(later))
            .await
            .unwrap()
        {}
    }
}

/// Numbers of the records in arrays of OCSF.
fn numbers(bodies: impl IntoIterator<Item = Vec<u8>>) -> Vec<u64> {
    let events = bodies
        .into_iter()
        .flat_map(|body| serde_json::from_slice::<Vec<Value>>(&body).unwrap());
    events
        .map(|event| event["metadata"]["sequence"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn records_arrive_in_order_and_failures_wait_sqlite() {
    records_arrive_in_order_and_failures_wait(&Stage::start(None).await).await;
}

#[tokio::test]
async fn records_arrive_in_order_and_failures_wait_postgres() {
    let server = PostgresServer::start();
    records_arrive_in_order_and_failures_wait(&Stage::start(Some(server.database("forward"))).await).await;
}

async fn records_arrive_in_order_and_failures_wait(stage: &Stage) {
    let (port, inbox, answers) = https(&stage.authority, &[], nothing).await;
    let sink = stage.sink("siem", Format::Ocsf, stage.webhook(port));
    stage.store(1, 0..10).await;
    stage.forward(&sink, 1, 0).await;
    let bodies = || {
        inbox
            .lock()
            .unwrap()
            .iter()
            .map(|request| request.body.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers(bodies()), (0..10).collect::<Vec<_>>());
    assert_eq!(inbox.lock().unwrap()[0].header("authorization"), Some("Splunk 1234"));
    stage.forward(&sink, 1, 0).await;
    assert_eq!(numbers(bodies()).len(), 10, "nothing twice");

    // The receiver is away: records wait, and other readers do not.
    answers.lock().unwrap().extend([503, 401]);
    stage.store(1, 10..12).await;
    stage.forward(&sink, 1, 0).await;
    let state = stage.repo.sinks().await.unwrap().remove(0);
    assert_eq!(
        (state.name.as_str(), state.attempts, state.due),
        ("siem", 1, NOW.plus_millis(10_000))
    );
    assert_eq!(stage.repo.waiting(state.place).await.unwrap().batches, 2);
    stage.forward(&sink, 1, 9_999).await;
    assert_eq!(inbox.lock().unwrap().len(), 2, "not before its time");
    stage.forward(&sink, 1, 10_000).await;
    assert_eq!(
        stage.repo.sinks().await.unwrap()[0].attempts,
        2,
        "a wrong token is put right some time: nothing is lost"
    );
    inbox.lock().unwrap().clear();
    stage.forward(&sink, 1, 100_000).await;
    assert_eq!(numbers(bodies()), [10, 11]);
    let state = stage.repo.sinks().await.unwrap().remove(0);
    assert_eq!((state.attempts, state.error, state.undelivered), (0, None, 0));

    // One node sends; another takes over when it is gone.
    inbox.lock().unwrap().clear();
    stage.store(1, 12..13).await;
    stage.forward(&sink, 2, 100_001).await;
    assert!(inbox.lock().unwrap().is_empty(), "the first node has it");
    stage.forward(&sink, 2, 300_000).await;
    assert_eq!(numbers(bodies()), [12]);

    let later = Sink {
        name: "later".to_owned(),
        from: From::Now,
        format: Format::Cef,
        to: stage.webhook(port),
    };
    let later = OpenSink::open(&later, stage.home()).unwrap();
    inbox.lock().unwrap().clear();
    stage.forward(&later, 1, 0).await;
    stage.store(1, 13..14).await;
    stage.forward(&later, 1, 0).await;
    let requests = inbox.lock().unwrap().clone();
    assert_eq!(requests.len(), 1, "it begins where it is made");
    let text = String::from_utf8(requests[0].body.clone()).unwrap();
    assert!(
        text.starts_with("CEF:0|Weir|Weir|") && text.lines().count() == 1,
        "{text}"
    );
}

/// Another clock's lease, and its pause, end nobody knows when.
#[tokio::test]
async fn a_clock_that_was_ahead_is_not_waited_for() {
    let stage = Stage::start(None).await;
    let (port, inbox, answers) = https(&stage.authority, &[503], nothing).await;
    let sink = stage.sink("siem", Format::Ocsf, stage.webhook(port));
    stage.store(1, 0..1).await;
    let week = 7 * 86_400_000;
    stage.forward(&sink, 1, week).await;
    assert_eq!(stage.repo.sinks().await.unwrap()[0].due, NOW.plus_millis(week + 10_000));
    stage.forward(&sink, 2, 0).await;
    assert_eq!((inbox.lock().unwrap().len(), answers.lock().unwrap().len()), (2, 0));
    let state = stage.repo.sinks().await.unwrap().remove(0);
    assert_eq!(state.place, stage.repo.newest_place().await.unwrap());
    assert!(state.due <= NOW, "which it is not put off by later");
    // As far as clocks of several nodes differ, it is the other's.
    stage.store(1, 1..2).await;
    stage.forward(&sink, 3, -60_000).await;
    assert_eq!(inbox.lock().unwrap().len(), 2);
    stage.forward(&sink, 3, -60_001).await;
    assert_eq!(inbox.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_record_that_nobody_takes_holds_back_no_others() {
    let stage = Stage::start(None).await;
    fn refuses(body: &[u8]) -> bool {
        numbers([body.to_vec()]).contains(&6)
    }
    let (port, inbox, _) = https(&stage.authority, &[], refuses).await;
    let sink = stage.sink("picky", Format::Ocsf, stage.webhook(port));
    stage.store(1, 0..10).await;
    stage.forward(&sink, 1, 0).await;
    let taken = inbox
        .lock()
        .unwrap()
        .iter()
        .map(|request| request.body.clone())
        .filter(|body| !refuses(body))
        .collect::<Vec<_>>();
    assert_eq!(numbers(taken), [0, 1, 2, 3, 4, 5, 7, 8, 9], "in order");
    let state = stage.repo.sinks().await.unwrap().remove(0);
    assert_eq!((state.undelivered, state.attempts), (1, 0));
    let refused = stage.repo.refused(10).await.unwrap();
    let [refused] = &refused[..] else { panic!("{refused:?}") };
    assert_eq!((refused.sink.as_str(), refused.seq, refused.timeline), ("picky", 6, 1));
    assert!(refused.why.contains("400"), "{refused:?}");
    assert_eq!(stage.repo.waiting(state.place).await.unwrap().batches, 0);
}

/// A sink that nobody forwards to any more does not lag for ever.
#[tokio::test]
async fn metrics_tell_of_sinks_that_are_configured() {
    let stage = Stage::start(None).await;
    stage.store(1, 0..3).await;
    for name in ["siem", "renamed"] {
        stage.repo.begin_sink(name, Place::default()).await.unwrap();
    }
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let hints = Arc::new(Hints::new(Arc::clone(&stage.repo)));
    let sinks: Arc<[String]> = ["siem".to_owned()].into();
    tokio::spawn(metrics::serve(
        socket,
        Arc::default(),
        Arc::clone(&stage.repo),
        hints,
        sinks,
    ));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nhost: weir\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    assert!(text.contains("weir_forward_waiting_batches{sink=\"siem\"} 3"), "{text}");
    assert!(!text.contains("renamed"), "{text}");
}

#[tokio::test]
async fn a_receiver_that_takes_nothing_loses_nothing() {
    fn refuses(_: &[u8]) -> bool {
        true
    }
    // However little a fleet sends.
    for records in [20, 3, 1] {
        let stage = Stage::start(None).await;
        let (port, _, _) = https(&stage.authority, &[], refuses).await;
        let sink = stage.sink("wrong", Format::Ocsf, stage.webhook(port));
        stage.store(1, 0..records).await;
        stage.forward(&sink, 1, 0).await;
        let state = stage.repo.sinks().await.unwrap().remove(0);
        assert_eq!(
            (state.undelivered, state.attempts, state.place),
            (0, 1, Place::default()),
            "{records}"
        );
    }
}

#[tokio::test]
async fn what_is_refused_for_a_day_is_given_up() {
    let stage = Stage::start(None).await;
    let (port, _, _) = https(&stage.authority, &[], |_| true).await;
    let sink = stage.sink("wrong", Format::Ocsf, stage.webhook(port));
    stage.store(1, 0..3).await;
    stage.forward(&sink, 1, 0).await;
    for _ in 1..287 {
        stage.repo.postpone_sink("wrong", NOW, "no").await.unwrap();
    }
    stage.forward(&sink, 1, 0).await;
    let given_up = async || stage.repo.sinks().await.unwrap().remove(0).undelivered;
    assert_eq!(given_up().await, 0);
    stage.forward(&sink, 1, 300_000).await;
    assert_eq!(given_up().await, 3);
}

/// However many stand before the first that is taken.
#[tokio::test]
async fn what_is_refused_for_a_day_holds_back_the_rest_no_longer() {
    fn refuses(body: &[u8]) -> bool {
        numbers([body.to_vec()]).iter().any(|number| *number < 10)
    }
    let stage = Stage::start(None).await;
    let (port, inbox, _) = https(&stage.authority, &[], refuses).await;
    let sink = stage.sink("picky", Format::Ocsf, stage.webhook(port));
    stage.store(1, 0..20).await;
    stage.forward(&sink, 1, 0).await;
    for _ in 1..288 {
        stage.repo.postpone_sink("picky", NOW, "no").await.unwrap();
    }
    let state = async || stage.repo.sinks().await.unwrap().remove(0);
    assert_eq!((state().await.undelivered, state().await.attempts), (0, 288));
    inbox.lock().unwrap().clear();
    stage.forward(&sink, 1, 1).await;
    assert_eq!((state().await.undelivered, state().await.attempts), (10, 0));
    let requests = inbox.lock().unwrap().clone();
    let taken = requests
        .into_iter()
        .map(|request| request.body)
        .filter(|body| !refuses(body));
    assert_eq!(numbers(taken), (10..20).collect::<Vec<_>>());
}

#[tokio::test]
async fn log_servers_and_collectors_get_what_they_read() {
    let stage = Stage::start(None).await;
    stage.store(1, 0..3).await;
    let (port, lines) = syslog(&stage.authority).await;
    let to = Target::Syslog(Syslog {
        address: format!("localhost:{port}"),
        ca: Some("ca.pem".into()),
    });
    stage.forward(&stage.sink("logs", Format::Cef, to), 1, 0).await;
    until("the messages", async || lines.lock().unwrap().len() == 3).await;
    for (seq, line) in lines.lock().unwrap().iter().enumerate() {
        assert!(
            line.starts_with("<107>1 2027-01-15T08:00:00.000Z laptop-13 weir - decision [weir@32473 device="),
            "{line}"
        );
        assert!(
            line.contains(&format!("seq=\"{seq}\"")) && line.contains("] CEF:0|Weir|Weir|"),
            "{line}"
        );
    }
    let (port, inbox, _) = https(&stage.authority, &[], nothing).await;
    let to = Target::Otlp(Otlp {
        url: format!("https://localhost:{port}/v1/logs"),
        authorization: None,
        ca: Some("ca.pem".into()),
    });
    stage.forward(&stage.sink("otel", Format::Ocsf, to), 1, 0).await;
    let request = inbox.lock().unwrap().remove(0);
    assert!(request.head.starts_with("POST /v1/logs ") && request.header("content-type") == Some("application/json"));
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let records = &body["resourceLogs"][0]["scopeLogs"][0]["logRecords"];
    assert_eq!(records.as_array().unwrap().len(), 3);
    assert_eq!(records[0]["timeUnixNano"], "1800000000000000000");
    // Nobody listens there: the record waits.
    let to = Target::Syslog(Syslog {
        address: "localhost:1".to_owned(),
        ca: None,
    });
    stage.forward(&stage.sink("away", Format::Cef, to), 1, 0).await;
    let states = stage.repo.sinks().await.unwrap();
    assert!(
        states
            .iter()
            .any(|state| state.name == "away" && state.attempts == 1 && state.error.is_some())
    );
}

/// A collector answers well, and rejects some of what it was sent.
#[tokio::test]
async fn what_a_collector_rejects_is_noted() {
    let says = r#"{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"too old\n"}}"#;
    for (records, expected) in [
        (
            5,
            vec![(
                0,
                "the collector rejected 2 of the 5 records that begin with this one: too old",
            )],
        ),
        (
            2,
            vec![
                (0, "the collector rejected it: too old"),
                (1, "the collector rejected it: too old"),
            ],
        ),
    ] {
        let stage = Stage::start(None).await;
        let (port, inbox, _) = https_saying(&stage.authority, &[], nothing, says).await;
        let to = Target::Otlp(Otlp {
            url: format!("https://localhost:{port}/v1/logs"),
            authorization: None,
            ca: Some("ca.pem".into()),
        });
        stage.store(1, 0..records).await;
        stage.forward(&stage.sink("otel", Format::Ocsf, to), 1, 0).await;
        assert_eq!(inbox.lock().unwrap().len(), 1, "what was taken is not sent again");
        let mut refused = stage.repo.refused(10).await.unwrap();
        refused.sort_by_key(|refused| refused.seq);
        let refused: Vec<_> = refused
            .iter()
            .map(|refused| (refused.seq, refused.why.as_str()))
            .collect();
        assert_eq!(refused, expected);
        assert_eq!(stage.repo.sinks().await.unwrap()[0].undelivered, expected.len() as u64);
    }
    // What cannot be read says nothing of the kind.
    for says in ["", "{}", r#"{"partialSuccess":{"rejectedLogRecords":0}}"#, "<html>"] {
        let stage = Stage::start(None).await;
        let (port, _, _) = https_saying(&stage.authority, &[], nothing, says).await;
        let to = Target::Otlp(Otlp {
            url: format!("https://localhost:{port}/v1/logs"),
            authorization: None,
            ca: Some("ca.pem".into()),
        });
        stage.store(1, 0..3).await;
        stage.forward(&stage.sink("otel", Format::Ocsf, to), 1, 0).await;
        let state = stage.repo.sinks().await.unwrap().remove(0);
        assert_eq!((state.undelivered, state.attempts), (0, 0), "{says}");
        assert_eq!(stage.repo.waiting(state.place).await.unwrap().batches, 0);
    }
}
