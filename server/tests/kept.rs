//! How long records are kept, and who is told that they were looked at: in both databases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

mod support;

use std::sync::Arc;
use support::PostgresServer;
use weir_audit::Kind;
use weir_fleet::DeviceId;
use weir_model::{EventId, Timestamp};
use weir_server::alerts::{self, AlertsWanted, Rule, Telling, Thresholds};
use weir_server::ingest::{Advance, Columns, Outcome, Place, Row, Wanted};
use weir_server::journal::{Actor, Deed, Entry, Page, Purpose};
use weir_server::readings::{self, concerned};
use weir_server::repo::{self, Repo};
use weir_server::retention::forget;

const DAY: i64 = 86_400_000;

/// The first moment of a day.
const fn day(day: i64) -> Timestamp {
    Timestamp::from_millis(day * DAY)
}

#[tokio::test]
async fn sqlite_keeps_and_tells() {
    let dir = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", dir.path().join("weir.db").display());
    contract(repo::open(&address).await.unwrap()).await;
}

#[tokio::test]
async fn postgres_keeps_and_tells() {
    let server = PostgresServer::start();
    let address = server.database("kept");
    contract(repo::open(&address).await.unwrap()).await;
}

async fn contract(repo: Arc<dyn Repo>) {
    old_records_go_and_logs_go_on(&*repo).await;
    devices_hear_who_looked(&*repo).await;
    what_goes_on_after_retention_is_no_roll_back(&*repo).await;
}

/// Records `first..=last` of a device's log; a head is the number behind it.
fn batch(device: u8, first: u64, last: u64) -> Advance {
    let head = |seq: u64| {
        let mut head = [0; 32];
        head[..8].copy_from_slice(&seq.to_be_bytes());
        head
    };
    let row = |seq: u64| Row {
        seq,
        time: 1_800_000_000_000 + seq.cast_signed(),
        kind: Kind::Health,
        event: [device; 16],
        columns: Columns::default(),
        body: support::alone("{}"),
        text: None,
    };
    Advance {
        device: DeviceId::from_bytes([device; 16]),
        timeline: 1,
        first,
        last,
        before: head(first),
        head: head(last + 1),
        rows: (first..=last).map(row).collect(),
    }
}

async fn send(repo: &dyn Repo, batch: Advance, at: Timestamp) -> Outcome {
    repo.advance(&[batch], at).await.unwrap().outcomes[0]
}

async fn kept(repo: &dyn Repo, device: u8) -> Vec<u64> {
    let wanted = Wanted {
        device: Some(DeviceId::from_bytes([device; 16])),
        limit: 20_000,
        ..Wanted::default()
    };
    let mut kept: Vec<_> = repo
        .events(&wanted)
        .await
        .unwrap()
        .records
        .iter()
        .map(|each| each.seq)
        .collect();
    kept.sort_unstable();
    kept
}

async fn old_records_go_and_logs_go_on(repo: &dyn Repo) {
    // More than one step takes away, a day that is cut through by nothing, and the last moment before the cut.
    for round in 0..10 {
        send(repo, batch(1, round * 1000, round * 1000 + 999), day(20_000)).await;
    }
    send(repo, batch(2, 0, 4), day(20_001).plus_millis(DAY - 1)).await;
    send(repo, batch(2, 5, 6), day(20_002)).await;
    assert_eq!(repo.kept_since().await.unwrap(), day(0));
    forget(repo, day(20_000), false, day(20_010)).await.unwrap();
    assert_eq!(
        repo.kept_since().await.unwrap(),
        day(0),
        "nothing is older: nothing is entered"
    );

    forget(repo, day(20_002), false, day(20_010)).await.unwrap();
    assert_eq!(repo.kept_since().await.unwrap(), day(20_002));
    assert_eq!(kept(repo, 1).await, Vec::<u64>::new());
    assert_eq!(kept(repo, 2).await, [5, 6]);
    let batches = repo.accepted(Place::default(), 1000).await.unwrap();
    assert_eq!(batches.len(), 1, "the links of the chain go with the records");
    assert_eq!(batches[0].previous, None);

    // Logs go on where they stood, and what is there no more is not taken a second time.
    let again = send(repo, batch(1, 9000, 9999), day(20_010)).await;
    assert!(
        matches!(again, Outcome::Elsewhere(state) if state.last == 9999),
        "{again:?}"
    );
    assert!(matches!(
        send(repo, batch(1, 10_000, 10_000), day(20_010)).await,
        Outcome::Stored(_)
    ));
    assert_eq!(kept(repo, 1).await, [10_000]);

    // A cut that was made is not made again, nor taken back.
    forget(repo, day(20_002), false, day(20_010)).await.unwrap();
    forget(repo, day(20_001), false, day(20_010)).await.unwrap();
    assert_eq!(repo.kept_since().await.unwrap(), day(20_002));
    let journal = repo.journal(Page::After(0), 100).await.unwrap();
    let entered: Vec<_> = journal
        .iter()
        .filter(|row| row.deed == Deed::RecordsForget.as_str())
        .collect();
    assert_eq!(entered.len(), 1);
    assert_eq!(
        (entered[0].actor.as_str(), entered[0].subject.as_str()),
        ("server", "records")
    );
    assert_eq!(
        entered[0].details,
        format!("{{\"before\":{}}}", day(20_002).as_millis())
    );
}

async fn devices_hear_who_looked(repo: &dyn Repo) {
    send(repo, batch(3, 0, 2), day(20_010)).await;
    let (ours, theirs) = (DeviceId::from_bytes([3; 16]), DeviceId::from_bytes([2; 16]));
    let purpose: Purpose = "ticket 4711".parse().unwrap();
    let ada = Actor::Account("ada".to_owned());
    let look = async |subject: String| {
        let wanted = Wanted {
            limit: 100,
            ..Wanted::default()
        };
        let seen = repo.events(&wanted).await.unwrap().records;
        let entry = Entry::new(day(20_011), &ada, Deed::EventsRead, subject).with("purpose", &purpose);
        readings::note(repo, &entry, &concerned(&seen)).await.unwrap();
    };
    assert_eq!(repo.readings(ours, u64::MAX, 10).await.unwrap(), []);
    look("events".to_owned()).await;
    let event = EventId::from_bytes([3; 16]);
    look(event.to_string()).await;

    let told = repo.readings(ours, u64::MAX, 10).await.unwrap();
    let told: Vec<_> = told
        .iter()
        .map(|reading| {
            (
                reading.who.as_str(),
                reading.purpose.as_str(),
                reading.event,
                reading.records,
            )
        })
        .collect();
    let who = "account:ada";
    assert_eq!(
        told,
        [(who, "ticket 4711", Some(event), 3), (who, "ticket 4711", None, 3)]
    );
    assert_eq!(repo.readings(theirs, u64::MAX, 10).await.unwrap()[0].records, 2);
    let stranger = DeviceId::from_bytes([9; 16]);
    assert_eq!(repo.readings(stranger, u64::MAX, 10).await.unwrap(), []);
    // Pages: what stands before a number.
    let newest = repo.readings(ours, u64::MAX, 1).await.unwrap()[0].number;
    let older = repo.readings(ours, newest, 10).await.unwrap();
    assert_eq!(older.len(), 1);
    assert!(older[0].number < newest);
}

/// All that a second timeline had sent is gone: what comes next is not its beginning.
async fn what_goes_on_after_retention_is_no_roll_back(repo: &dyn Repo) {
    let second = |first, last| Advance {
        timeline: 2,
        ..batch(4, first, last)
    };
    let arrived = async || -> Vec<(bool, Option<u64>)> {
        let all = repo.accepted(Place::default(), 100_000).await.unwrap();
        let second = all.iter().filter(|batch| batch.timeline == 2);
        second.map(|batch| (batch.begins, batch.previous)).collect()
    };
    send(repo, batch(4, 0, 0), day(20_020)).await;
    send(repo, second(7, 8), day(20_020)).await;
    send(repo, second(9, 9), day(20_020)).await;
    assert_eq!(arrived().await, [(true, None), (false, Some(8))]);
    forget(repo, day(20_022), false, day(20_030)).await.unwrap();
    send(repo, second(10, 11), day(20_030)).await;
    assert_eq!(arrived().await, [(false, None)]);
    while alerts::step(repo, &Thresholds::default(), &Telling::default(), day(20_030))
        .await
        .unwrap()
    {}
    let wanted = AlertsWanted {
        rule: Some(Rule::ChainRollBack),
        limit: 10,
        ..AlertsWanted::default()
    };
    assert_eq!(repo.alerts(&wanted).await.unwrap(), []);
}
