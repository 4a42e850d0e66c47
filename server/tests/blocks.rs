//! Bodies of records are packed together, and read one by one: in both databases, by everybody who reads them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

mod support;

use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::Arc;
use support::PostgresServer;
use weir_audit::Kind;
use weir_fleet::{DeviceId, Sent};
use weir_model::{EventId, Timestamp};
use weir_server::ingest::{Advance, Body, Columns, Outcome, Place, Row, Wanted};
use weir_server::repo::{self, Repo};
use weir_server::retention::forget;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const DAY: i64 = 86_400_000;

#[tokio::test]
async fn sqlite_reads_one_of_many() {
    let dir = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", dir.path().join("weir.db").display());
    contract(repo::open(&address).await.unwrap()).await;
}

#[tokio::test]
async fn postgres_reads_one_of_many() {
    let server = PostgresServer::start();
    let address = server.database("blocks");
    contract(repo::open(&address).await.unwrap()).await;
}

async fn contract(repo: Arc<dyn Repo>) {
    let mut told = BTreeMap::new();
    // Numbers that are not for the server stand between; one record is larger than any block; and some come alone.
    for (device, first, last) in [(1, 0, 299), (2, 5, 5), (1, 300, 300), (2, 6, 400), (1, 301, 302)] {
        let sent: Vec<Sent> = (first..=last)
            .filter(|seq| seq % 7 != 3)
            .map(|seq| sent(device, seq))
            .collect();
        told.extend(
            sent.iter()
                .map(|sent| ((device, sent.seq), sent.body.get().as_bytes().to_vec())),
        );
        store(&*repo, device, (first, last), Row::all(&sent).unwrap()).await;
    }
    told.insert((3, 0), OLD.as_bytes().to_vec());
    store(&*repo, 3, (0, 0), vec![from_before()]).await;
    everybody_reads_them(&*repo, &told).await;
    spans_have_their_times(&*repo).await;
    // Whoever takes a batch away takes its blocks away, and no others.
    tomorrow_comes(&*repo).await;
}

async fn everybody_reads_them(repo: &dyn Repo, told: &BTreeMap<(u8, u64), Vec<u8>>) {
    let wanted = Wanted {
        limit: 10_000,
        ..Wanted::default()
    };
    let found = repo.events(&wanted).await.unwrap().records.into_iter();
    let found: BTreeMap<_, _> = found.map(|one| ((of(one.device), one.seq), one.body)).collect();
    assert_eq!(&found, told, "the explorer");
    let one = Wanted {
        event: Some(*event(1, 200).as_bytes()),
        limit: 2,
        ..Wanted::default()
    };
    let found = repo.events(&one).await.unwrap().records;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].body, told[&(1, 200)], "by event");
    let accepted = repo.accepted(Place::default(), 10_000).await.unwrap();
    let found = accepted.iter().flat_map(|batch| {
        let device = of(batch.device);
        let records = batch.records.iter();
        records.map(move |entry| ((device, entry.seq), entry.body.to_vec()))
    });
    assert_eq!(&found.collect::<BTreeMap<_, _>>(), told, "the feed");
    let mut found = BTreeMap::new();
    repo.each_arrived(NOW, NOW.plus_millis(1), &mut |arrived| {
        let record = arrived.record;
        found.insert((of(record.device), record.seq), record.body.unpack().unwrap());
    })
    .await
    .unwrap();
    assert_eq!(&found, told, "a pack");
    let mut found = BTreeMap::new();
    let (since, until) = (Timestamp::from_millis(0), NOW.plus_millis(DAY));
    repo.each_recorded(since, until, &mut |record| {
        found.insert((of(record.device), record.seq), record.body.unpack().unwrap());
    })
    .await
    .unwrap();
    let decisions = told
        .iter()
        .filter(|((device, seq), _)| *device != 3 && kind(*seq) == Kind::Decision);
    assert_eq!(
        found,
        decisions.map(|(key, body)| (*key, body.clone())).collect(),
        "a report"
    );
    let log = accepted[0].place.log;
    let some = repo.records_of(log, 150, 170, 10).await.unwrap();
    let some: Vec<_> = some.into_iter().map(|entry| (entry.seq, entry.body.to_vec())).collect();
    let device = of(accepted[0].device);
    let expected = told.range((device, 150)..(device, 170)).take(10);
    assert_eq!(
        some,
        expected
            .map(|((_, seq), body)| (*seq, body.clone()))
            .collect::<Vec<_>>(),
        "seals"
    );
}

async fn spans_have_their_times(repo: &dyn Repo) {
    let spans = repo.log_spans().await.unwrap();
    let times: Vec<_> = spans
        .iter()
        .map(|span| (span.oldest.unwrap(), span.newest.unwrap()))
        .collect();
    let expected = [
        (time(0), time(302)),
        (time(5), time(400)),
        (Timestamp::from_millis(OLD_TIME), Timestamp::from_millis(OLD_TIME)),
    ];
    assert_eq!(times, expected);
    let (log, decided) = (
        repo.accepted(Place::default(), 1).await.unwrap()[0].place.log,
        event(1, 200),
    );
    assert_eq!(
        repo.provider_of(log, 210, decided).await.unwrap().as_deref(),
        Some("openai")
    );
    assert_eq!(repo.provider_of(log, 199, decided).await.unwrap(), None);
}

/// The same device goes on, on another day; and its first day is taken away.
async fn tomorrow_comes(repo: &dyn Repo) {
    let later: Vec<Sent> = (303..400).map(|seq| sent(1, seq)).collect();
    let batch = advance(1, (303, 399), Row::all(&later).unwrap());
    let outcomes = repo.advance(&[batch], NOW.plus_millis(DAY)).await.unwrap().outcomes;
    assert!(matches!(outcomes[..], [Outcome::Stored(_)]), "{outcomes:?}");
    let cut = Timestamp::from_millis((NOW.as_millis() / DAY + 1) * DAY);
    forget(repo, cut, false, NOW.plus_millis(2 * DAY)).await.unwrap();
    let wanted = Wanted {
        limit: 10_000,
        ..Wanted::default()
    };
    let found = repo.events(&wanted).await.unwrap().records;
    assert_eq!(found.len(), later.len());
    for (found, told) in found.iter().rev().zip(&later) {
        assert_eq!((found.seq, &found.body[..]), (told.seq, told.body.get().as_bytes()));
    }
}

fn of(device: DeviceId) -> u8 {
    device.as_bytes()[0]
}

fn time(seq: u64) -> Timestamp {
    NOW.plus_millis(seq.cast_signed())
}

fn event(device: u8, seq: u64) -> EventId {
    let mut random = [device; 10];
    random[..8].copy_from_slice(&seq.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    EventId::new(time(seq), random)
}

fn kind(seq: u64) -> Kind {
    match seq % 4 {
        1 => Kind::Response,
        _ => Kind::Decision,
    }
}

fn sent(device: u8, seq: u64) -> Sent {
    let (id, time) = (event(device, seq), time(seq));
    let long = "x y z ".repeat(if seq == 100 { 40_000 } else { 1 });
    let body = format!(
        r#"{{"time":{time},"event":"{id}","channel":"api","level":"public","destination":{{"host":"api.openai.com","provider":"openai"}},"decision":{{"action":"allow","text":"{long}"}},"latency_us":{latency}}}"#,
        time = time.as_millis(),
        latency = seq * seq,
    );
    Sent {
        seq,
        kind: kind(seq),
        time,
        id,
        body: RawValue::from_string(body).unwrap(),
    }
}

const OLD: &str = r#"{"time":1800000000139,"event":"01a3185c-508b-7ba2-a876-c080fe2a7725","status":200,"restored":1,"complete":true,"latency_us":282000,"answer_bytes":1976}"#;
const OLD_TIME: i64 = 1_800_000_000_139;

/// A row as it was written when each record was packed alone.
fn from_before() -> Row {
    let block = "0128b52ffd20971d0200e402383133396133313835632d353038622d376261322d613837362d633038306665326137373235323832313937367d06100a6027236c08e86de411c0470072041441";
    Row {
        seq: 0,
        time: OLD_TIME,
        kind: Kind::Response,
        event: *event(3, 0).as_bytes(),
        columns: Columns::default(),
        body: Body {
            later: 0,
            block: hex::decode(block).unwrap(),
        },
        text: None,
    }
}

fn advance(device: u8, (first, last): (u64, u64), rows: Vec<Row>) -> Advance {
    let head = |seq: u64| {
        let mut head = [0; 32];
        head[..8].copy_from_slice(&seq.to_be_bytes());
        head
    };
    Advance {
        device: DeviceId::from_bytes([device; 16]),
        timeline: 1,
        first,
        last,
        before: head(first),
        head: head(last + 1),
        rows,
    }
}

async fn store(repo: &dyn Repo, device: u8, span: (u64, u64), rows: Vec<Row>) {
    let outcomes = repo
        .advance(&[advance(device, span, rows)], NOW)
        .await
        .unwrap()
        .outcomes;
    assert!(matches!(outcomes[..], [Outcome::Stored(_)]), "{outcomes:?}");
}
