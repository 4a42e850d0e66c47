//! What devices hear on the stream they hold open, and that what comes along is what would have been fetched.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

#[path = "support/stage.rs"]
mod stage;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stage::{Identity, POLICY, Stage, tester};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use weir_audit::Kind;
use weir_bundle::{Contents, Directive, PublicKey, SigningKey, Trust, seal};
use weir_fleet::routes::stream_carrying;
use weir_fleet::{
    Answer, Answered, Batch, DeviceId, Hint, Holds, MOST_CARRIED, Machine, Receipt, Refusal, STILL_HERE, Said, Saying,
    Sent, Standing, StreamEvent, StreamEvents, restored,
};
use weir_model::{EventId, Timestamp};
use weir_server::clock;
use weir_server::devices::revoke;
use weir_server::directives::{Wanted, give};
use weir_server::policies::{Stage as Share, Way, publish, roll_back};

/// A device that listens. The lengths of chunks stand between events as lines that mean nothing.
struct Listener {
    stream: TlsStream<TcpStream>,
    events: StreamEvents,
    heard: Vec<StreamEvent>,
}

impl Listener {
    async fn open(stage: &Stage, identity: &Identity, path: &str) -> Self {
        let mut stream = stage.connect(Some(identity)).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: weir\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        Self::greeted(stream, StreamEvents::default(), Vec::new()).await
    }

    /// On a connection that is nothing else any more.
    async fn held(stage: &Stage, identity: &Identity, holds: Holds) -> Self {
        let mut stream = stage.connect(Some(identity)).await.unwrap();
        let path = stream_carrying(&holds);
        let head = format!("GET {path} HTTP/1.1\r\nhost: weir\r\nconnection: Upgrade\r\nupgrade: weir-events\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let end = loop {
            assert!(stream.read_buf(&mut answer).await.unwrap() > 0);
            if let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let head = String::from_utf8_lossy(&answer[..end]);
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        assert!(head.contains("\r\nweir-takes: records\r\n"), "{head}");
        let mut events = StreamEvents::default();
        let heard = events.read(&answer[end..]);
        Self::greeted(stream, events, heard).await
    }

    async fn greeted(stream: TlsStream<TcpStream>, events: StreamEvents, heard: Vec<StreamEvent>) -> Self {
        let mut listener = Self { stream, events, heard };
        listener.until(|_| true).await;
        listener
    }

    async fn say(&mut self, line: &[u8]) {
        self.stream.write_all(line).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Everything up to the first hint that is so.
    async fn until(&mut self, is_so: impl Fn(&Hint) -> bool) -> Vec<StreamEvent> {
        self.up_to(|event| matches!(event, StreamEvent::Hint(hint) if is_so(hint)))
            .await
    }

    /// Everything up to the first event that is so.
    async fn up_to(&mut self, end: impl Fn(&StreamEvent) -> bool) -> Vec<StreamEvent> {
        let mut bytes = vec![0; 16 * 1024];
        loop {
            if let Some(place) = self.heard.iter().position(&end) {
                return self.heard.drain(..=place).collect();
            }
            let read = tokio::time::timeout(Duration::from_secs(30), self.stream.read(&mut bytes));
            let count = read.await.expect("something is said").unwrap();
            assert!(count > 0, "the stream goes on");
            self.heard.extend(self.events.read(&bytes[..count]));
        }
    }

    /// What is said until the server ends it, as TLS has it and not by breaking off.
    async fn rest(&mut self) -> Vec<StreamEvent> {
        let mut rest = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(30), self.stream.read_to_end(&mut rest));
        read.await.expect("it ends").expect("it says goodbye");
        self.heard.extend(self.events.read(&rest));
        std::mem::take(&mut self.heard)
    }
}

fn standing(bundle: u64) -> Standing {
    Standing {
        now: clock::now(),
        machine: Machine {
            name: "laptop".to_owned(),
            platform: "linux".to_owned(),
            version: "2".to_owned(),
        },
        bundle,
        digest: "ab".repeat(32),
        order: 0,
        refused: None,
        refused_bundle: None,
        overrides: Vec::new(),
    }
}

fn said(number: u64, standing: Standing, holds: Holds) -> Vec<u8> {
    let standing = Box::new(standing);
    let said = Said::Standing { standing, holds };
    Saying { number, said }.to_line()
}

fn records(number: u64, batch: &Batch) -> Vec<u8> {
    let said = Said::Records(batch.pack().unwrap());
    Saying { number, said }.to_line()
}

/// One record, the `seq`th of the log.
fn lone(seq: u8) -> Batch {
    let seq_of = u64::from(seq);
    Batch {
        timeline: 1,
        first: seq_of,
        last: seq_of,
        before: [seq; 32],
        head: [seq + 1; 32],
        records: vec![Sent {
            seq: seq_of,
            kind: Kind::Health,
            time: clock::now(),
            id: EventId::from_bytes([seq; 16]),
            body: serde_json::value::RawValue::from_string("{}".to_owned()).unwrap(),
        }],
    }
}

/// A bundle whose pack has `filling` bytes that do not pack, and whose catalogue has 30,000 that all of them have.
fn bundle(number: u64, filling: usize, now: Timestamp) -> Vec<u8> {
    let contents = Contents {
        name: "acme".to_owned(),
        number,
        issued: now,
        expires: now.plus_millis(60_000),
        audience: BTreeSet::from(["staff".to_owned()]),
        pack: "acme".to_owned(),
        packs: BTreeMap::from([(
            "acme".to_owned(),
            format!("pack: {{name: acme, version: 1.0.0}}\n# {}\n", noise(filling)),
        )]),
        catalogue: BTreeMap::from([("providers/acme.yaml".to_owned(), format!("# {}\n", noise(30_000)))]),
        files: BTreeMap::new(),
    };
    seal(&contents, &[SigningKey::from_seed(&[POLICY; 32]).unwrap()]).unwrap()
}

fn noise(length: usize) -> String {
    let mut state = 7_u64;
    std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        format!("{:08x}", state >> 32)
    })
    .take(length / 8)
    .collect()
}

async fn published(stage: &Stage, number: u64, filling: usize) -> Vec<u8> {
    published_by(stage, number, filling, Way::Direct { approval: false }).await
}

async fn published_by(stage: &Stage, number: u64, filling: usize, way: Way) -> Vec<u8> {
    let now = clock::now();
    let signed = bundle(number, filling, now);
    let trust = Trust {
        keys: vec![SigningKey::from_seed(&[POLICY; 32]).unwrap().public()],
        threshold: 1,
    };
    publish(&*stage.repo, &tester(), &signed, &trust, way, now)
        .await
        .unwrap();
    signed
}

async fn closed(stage: &Stage) -> (u64, Vec<u8>) {
    let now = clock::now();
    let wanted = Wanted {
        group: None,
        directive: Directive::Lockdown,
        reason: "a leak".to_owned(),
        expires: now.plus_millis(60_000),
    };
    let order = give(&*stage.repo, &tester(), &stage.keys.orders, &wanted, now)
        .await
        .unwrap();
    let given = stage.repo.order(order.epoch).await.unwrap().unwrap();
    (order.epoch, given.signed)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_comes_along_where_that_is_asked_for() {
    let stage = Stage::start().await;
    published(&stage, 1, 0).await;
    let (_, _, identity) = stage.enrol(&stage.token(1).await).await;
    let identity = identity.unwrap();
    let mut carrying = Listener::open(&stage, &identity, "/v1/device/stream?carry=1").await;
    let mut hinting = Listener::open(&stage, &identity, "/v1/device/stream").await;

    let signed = published(&stage, 2, 0).await;
    let heard = carrying.until(|hint| hint.bundle == 2).await;
    assert_eq!(
        heard[..heard.len() - 1],
        [StreamEvent::Bundle(signed)],
        "byte for byte, before the hint"
    );
    let (epoch, signed) = closed(&stage).await;
    let heard = carrying.until(|hint| hint.order == epoch).await;
    assert_eq!(
        heard[..heard.len() - 1],
        [StreamEvent::Order(signed)],
        "and what was said is not said again"
    );

    let heard = hinting.until(|hint| (hint.bundle, hint.order) == (2, epoch)).await;
    assert!(
        heard.iter().all(|event| matches!(event, StreamEvent::Hint(_))),
        "older devices hear hints alone: {heard:?}"
    );
    let asked = stage
        .send(Some(&identity), "GET", "/v1/device/stream?carry=all", "", b"")
        .await;
    assert_eq!((asked.0, &asked.1["refusal"]), (400, &"malformed".into()), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_large_is_hinted_at_and_fetched() {
    let stage = Stage::start().await;
    let (_, _, identity) = stage.enrol(&stage.token(1).await).await;
    let identity = identity.unwrap();
    let mut listener = Listener::open(&stage, &identity, "/v1/device/stream?carry=1").await;
    let signed = published(&stage, 1, 2 * MOST_CARRIED).await;
    assert!(signed.len() > MOST_CARRIED, "{}", signed.len());
    let heard = listener.until(|hint| hint.bundle == 1).await;
    assert!(
        heard.iter().all(|event| matches!(event, StreamEvent::Hint(_))),
        "it is fetched"
    );
    // A device that comes now is told what there is, and fetches what it lacks.
    published(&stage, 2, 0).await;
    let mut late = Listener::open(&stage, &identity, "/v1/device/stream?carry=1").await;
    closed(&stage).await;
    let heard = late.until(|hint| hint.order > 0).await;
    assert!(
        !heard.iter().any(|event| matches!(event, StreamEvent::Bundle(_))),
        "what was there before is not carried: {heard:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_both_ways_where_that_is_asked_for() {
    let stage = Stage::start().await;
    published(&stage, 1, 0).await;
    let (_, enrolled, identity) = stage.enrol(&stage.token(1).await).await;
    let identity = identity.unwrap();
    let mut held = Listener::held(&stage, &identity, Holds(None)).await;
    held.say(STILL_HERE).await;

    let signed = published(&stage, 2, 0).await;
    let heard = held.until(|hint| hint.bundle == 2).await;
    assert_eq!(
        heard[..heard.len() - 1],
        [StreamEvent::Bundle(signed)],
        "whole: it holds none"
    );
    let (epoch, signed) = closed(&stage).await;
    let heard = held.until(|hint| hint.order == epoch).await;
    assert_eq!(heard[..heard.len() - 1], [StreamEvent::Order(signed)]);

    // In two pieces, and two at once.
    let lines = [said(1, standing(1), Holds(None)), said(2, standing(2), Holds(None))].concat();
    let (before, behind) = lines.split_at(100);
    held.say(before).await;
    held.say(behind).await;
    held.up_to(|event| *event == StreamEvent::Told(2)).await;
    let id: DeviceId = enrolled["device"].as_str().unwrap().parse().unwrap();
    let device = stage.repo.device(id).await.unwrap().unwrap();
    assert_eq!(
        (device.bundle, device.digest),
        (2, "ab".repeat(32)),
        "what is answered is kept"
    );

    held.say(b"GET / HTTP/1.1\r\n").await;
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(30), held.stream.read_to_end(&mut rest))
        .await
        .expect("who says something else is not listened to");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_go_up_on_the_stream_as_by_a_request() {
    let stage = Stage::start().await;
    let (_, enrolled, identity) = stage.enrol(&stage.token(1).await).await;
    let identity = identity.unwrap();
    let id: DeviceId = enrolled["device"].as_str().unwrap().parse().unwrap();
    let key = PublicKey::from_pem(enrolled["receipt_key"].as_str().unwrap().as_bytes()).unwrap();
    let mut held = Listener::held(&stage, &identity, Holds(None)).await;

    // The second time the answer may have been lost, and a batch that does not follow is told where the log stands.
    let lines = [
        records(1, &lone(1)),
        records(2, &lone(2)),
        records(3, &lone(2)),
        records(4, &lone(9)),
    ]
    .concat();
    let (before, behind) = lines.split_at(lines.len() / 2);
    held.say(before).await;
    held.say(behind).await;
    let heard = held
        .up_to(|event| matches!(event, StreamEvent::Answered(answered) if answered.number == 4))
        .await;
    let outcomes = heard.into_iter().map(|event| match event {
        StreamEvent::Answered(answered) => answered,
        other => panic!("{other:?}"),
    });
    let outcomes: Vec<(u64, Result<u64, Refusal>)> = outcomes
        .map(|answered| {
            let outcome = Result::<Receipt, Refusal>::from(answered.answer);
            (
                answered.number,
                outcome.map(|receipt| receipt.verify(&key).unwrap().seq),
            )
        })
        .collect();
    let elsewhere = Refusal::Elsewhere {
        have: 2,
        head: hex::encode([3; 32]),
    };
    assert_eq!(outcomes, [(1, Ok(1)), (2, Ok(2)), (3, Ok(2)), (4, Err(elsewhere))]);
    assert_eq!(stage.repo.log(id, 1).await.unwrap().unwrap().last, 2);

    // What is no batch is refused, and the stream goes on.
    let nothing = Said::Records(b"no batch".to_vec());
    held.say(
        &Saying {
            number: 5,
            said: nothing,
        }
        .to_line(),
    )
    .await;
    let heard = held.up_to(|event| matches!(event, StreamEvent::Answered(_))).await;
    let Some(StreamEvent::Answered(answered)) = heard.last() else {
        panic!("{heard:?}");
    };
    assert!(matches!(answered.answer, Answer::Refused(Refusal::Malformed { .. })));
    held.say(&records(6, &lone(3))).await;
    held.up_to(|event| {
        matches!(
            event,
            StreamEvent::Answered(Answered {
                number: 6,
                answer: Answer::Receipt(_)
            })
        )
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_upgrade_is_none() {
    let stage = Stage::start().await;
    let (_, _, identity) = stage.enrol(&stage.token(1).await).await;
    let mut stream = stage.connect(identity.as_ref()).await.unwrap();
    stream
        .write_all(b"GET /v1/device/stream HTTP/1.1\r\nhost: weir\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 512];
    let count = stream.read(&mut first).await.unwrap();
    assert!(
        first[..count].starts_with(b"HTTP/1.1 200 "),
        "{}",
        first[..count].escape_ascii()
    );
    // Nor is it one for who has no certificate.
    let asked = [("connection", "upgrade"), ("upgrade", "weir-events")];
    let answer = stage.ask(None, "GET", "/v1/device/stream", &asked, b"").await;
    assert_eq!(answer.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_the_bundle_before_is_told_what_is_different() {
    let stage = Stage::start().await;
    let (_, _, identity) = stage.enrol(&stage.token(1).await).await;
    let identity = identity.unwrap();
    let first = published(&stage, 1, 0).await;
    let mut held = Listener::held(&stage, &identity, Holds::of(1, &first)).await;
    let mut other = Listener::held(&stage, &identity, Holds(Some((1, [7; 32])))).await;
    let mut older = Listener::open(&stage, &identity, "/v1/device/stream?carry=1").await;
    let change = |heard: Vec<StreamEvent>| match &heard[..] {
        [StreamEvent::Change(change), StreamEvent::Hint(_)] => change.clone(),
        heard => panic!("a difference and a hint: {heard:?}"),
    };

    let second = published(&stage, 2, 8).await;
    let made = change(held.until(|hint| hint.bundle == 2).await);
    assert!(made.len() < second.len() / 8, "{} of {}", made.len(), second.len());
    assert_eq!(restored(&first, &made).unwrap(), second, "byte for byte");
    for listener in [&mut other, &mut older] {
        let heard = listener.until(|hint| hint.bundle == 2).await;
        let whole = StreamEvent::Bundle(second.clone());
        assert_eq!(
            heard[..heard.len() - 1],
            [whole],
            "another bundle, or none that is known"
        );
    }

    // Who was told one holds it, as far as is known.
    let third = published(&stage, 3, 16).await;
    let made = change(held.until(|hint| hint.bundle == 3).await);
    assert_eq!(restored(&second, &made).unwrap(), third);
    let heard = older.until(|hint| hint.bundle == 3).await;
    assert_eq!(
        heard[0],
        StreamEvent::Bundle(third.clone()),
        "older devices read no differences"
    );
    let made = change(other.until(|hint| hint.bundle == 3).await);
    assert_eq!(restored(&second, &made).unwrap(), third);
    assert!(
        restored(&first, &made).is_err(),
        "who does not hold it fetches the whole"
    );

    // It did not take it, and says so.
    held.say(&said(1, standing(2), Holds::of(2, &second))).await;
    held.up_to(|event| *event == StreamEvent::Told(1)).await;
    let fourth = published(&stage, 4, 24).await;
    let made = change(held.until(|hint| hint.bundle == 4).await);
    assert_eq!(restored(&second, &made).unwrap(), fourth);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_connection_ends_with_the_device_and_with_the_server() {
    let mut stage = Stage::start().await;
    let token = stage.token(2).await;
    let (_, enrolled, identity) = stage.enrol(&token).await;
    let mut revoked = Listener::held(&stage, &identity.unwrap(), Holds(None)).await;
    let (_, _, identity) = stage.enrol(&token).await;
    let mut other = Listener::held(&stage, &identity.unwrap(), Holds(None)).await;

    let id: DeviceId = enrolled["device"].as_str().unwrap().parse().unwrap();
    assert!(revoke(&*stage.repo, &tester(), id, clock::now()).await.unwrap());
    let heard = revoked.rest().await;
    assert!(
        matches!(&heard[..], [StreamEvent::Hint(hint)] if !hint.welcome),
        "{heard:?}"
    );

    stage.stop();
    assert_eq!(other.rest().await, [], "it is welcome, and comes again");
}

/// Tag of what a device gets, and the status.
async fn got(stage: &Stage, identity: &Identity, known: &str) -> (u16, String) {
    let headers = [("if-none-match", known)];
    let answer = stage
        .ask(Some(identity), "GET", "/v1/device/bundle", &headers, b"")
        .await;
    (answer.status, answer.header("etag").unwrap().to_owned())
}

/// Number of what a device is to run, as the server signs it.
async fn wanted(stage: &Stage, identity: &Identity) -> u64 {
    let answer = stage.ask(Some(identity), "GET", "/v1/device/fresh", &[], b"").await;
    let payload = STANDARD.decode(answer.body["payload"].as_str().unwrap()).unwrap();
    let said: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    said["wanted"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_that_was_given_up_goes_no_further() {
    let stage = Stage::start().await;
    let token = stage.token(3).await;
    let (_, enrolled, has) = stage.enrol(&token).await;
    let has = has.unwrap();
    let (_, other, has_not) = stage.enrol(&token).await;
    let has_not = has_not.unwrap();
    published(&stage, 1, 0).await;
    let first = got(&stage, &has, "").await.1;
    let way = Way::Approved {
        proposal: EventId::from_bytes([1; 16]),
        stages: vec![Share {
            groups: BTreeSet::new(),
            percent: 100,
            minutes: None,
        }],
    };
    let signed = published_by(&stage, 2, 0, way).await;
    let (status, second) = got(&stage, &has_not, &first).await;
    assert_eq!((status, wanted(&stage, &has_not).await), (200, 2));
    let id: DeviceId = enrolled["device"].as_str().unwrap().parse().unwrap();
    stage.repo.stand(&[(id, standing(2))], clock::now()).await.unwrap();
    let mut listens = Listener::held(&stage, &has_not, Holds(None)).await;
    let mut keeps = Listener::held(&stage, &has, Holds::of(2, &signed)).await;

    let by = (&tester(), "tester");
    roll_back(&*stage.repo, by, 2, 0, "no", clock::now()).await.unwrap();
    listens.until(|hint| hint.bundle == 1).await;
    assert_eq!(got(&stage, &has_not, &first).await, (304, first.clone()));
    assert_eq!(wanted(&stage, &has_not).await, 1);
    assert_eq!(got(&stage, &has_not, &second).await.0, 304, "it took it a moment ago");
    let refuses = Standing {
        refused: Some("2 of its own tests fail".to_owned()),
        refused_bundle: Some(2),
        ..standing(0)
    };
    let other: DeviceId = other["device"].as_str().unwrap().parse().unwrap();
    stage.repo.stand(&[(other, refuses)], clock::now()).await.unwrap();
    let instead = got(&stage, &has_not, &second).await;
    assert_eq!(instead, (200, first.clone()), "what it refused it does not have");
    // Who has it keeps it, and is told of no other.
    assert_eq!(got(&stage, &has, "").await, (200, second.clone()));
    assert_eq!(wanted(&stage, &has).await, 2);
    closed(&stage).await;
    let told = keeps.until(|hint| hint.order == 1).await;
    let other = |event: &StreamEvent| matches!(event, StreamEvent::Hint(hint) if hint.bundle != 2);
    assert!(!told.iter().any(other), "{told:?}");
    // Nor does who enrols now get it.
    let new = stage.enrol(&token).await.2.unwrap();
    assert_eq!(got(&stage, &new, "").await, (200, first));
    let mut new = Listener::open(&stage, &new, "/v1/device/stream").await;
    closed(&stage).await;
    new.until(|hint| hint.bundle == 1).await;
}
