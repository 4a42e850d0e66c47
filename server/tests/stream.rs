//! What devices hear on the stream they hold open, and that what comes along is what would have been fetched.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

#[path = "support/stage.rs"]
mod stage;

use stage::{Identity, POLICY, Stage, tester};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use weir_bundle::{Contents, Directive, SigningKey, Trust, seal};
use weir_fleet::{Hint, MOST_CARRIED, StreamEvent, StreamEvents};
use weir_model::Timestamp;
use weir_server::clock;
use weir_server::directives::{Wanted, give};
use weir_server::policies::{Way, publish};

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
        let mut listener = Self {
            stream,
            events: StreamEvents::default(),
            heard: Vec::new(),
        };
        listener.until(|_| true).await;
        listener
    }

    /// Everything up to the first hint that is so.
    async fn until(&mut self, is_so: impl Fn(&Hint) -> bool) -> Vec<StreamEvent> {
        let mut bytes = vec![0; 16 * 1024];
        loop {
            let end = |event: &StreamEvent| matches!(event, StreamEvent::Hint(hint) if is_so(hint));
            if let Some(place) = self.heard.iter().position(end) {
                return self.heard.drain(..=place).collect();
            }
            let read = tokio::time::timeout(Duration::from_secs(30), self.stream.read(&mut bytes));
            let count = read.await.expect("something is said").unwrap();
            assert!(count > 0, "the stream goes on");
            self.heard.extend(self.events.read(&bytes[..count]));
        }
    }
}

/// A bundle whose pack has `filling` bytes that do not pack.
fn bundle(number: u64, filling: usize, now: Timestamp) -> Vec<u8> {
    let mut state = 7_u64;
    let noise: String = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        format!("{:08x}", state >> 32)
    })
    .take(filling / 8)
    .collect();
    let contents = Contents {
        name: "acme".to_owned(),
        number,
        issued: now,
        expires: now.plus_millis(60_000),
        audience: BTreeSet::from(["staff".to_owned()]),
        pack: "acme".to_owned(),
        packs: BTreeMap::from([(
            "acme".to_owned(),
            format!("pack: {{name: acme, version: 1.0.0}}\n# {noise}\n"),
        )]),
        catalogue: BTreeMap::new(),
        files: BTreeMap::new(),
    };
    seal(&contents, &[SigningKey::from_seed(&[POLICY; 32]).unwrap()]).unwrap()
}

async fn published(stage: &Stage, number: u64, filling: usize) -> Vec<u8> {
    let now = clock::now();
    let signed = bundle(number, filling, now);
    let trust = Trust {
        keys: vec![SigningKey::from_seed(&[POLICY; 32]).unwrap().public()],
        threshold: 1,
    };
    let way = Way::Direct { approval: false };
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
