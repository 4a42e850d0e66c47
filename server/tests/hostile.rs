//! One device, or one connection that says nothing any more, keeps nobody else from being served: asked of both databases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

mod support;

use serde_json::value::RawValue;
use sqlx::{Connection, Row as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use support::PostgresServer;
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::watch;
use weir_audit::Kind;
use weir_fleet::{DeviceId, Sent};
use weir_model::{EventId, Timestamp};
use weir_server::ingest::{Advance, Columns, Outcome, Place, Row, Wanted, Writer};
use weir_server::repo::{self, Notice, Repo};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const DAY: i64 = 86_400_000;
/// Long enough on any machine.
const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn sqlite_serves_all_others() {
    let dir = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", dir.path().join("weir.db").display());
    contract(repo::open(&address).await.unwrap()).await;
}

#[tokio::test]
async fn postgres_serves_all_others() {
    let server = PostgresServer::start();
    let address = server.database("hostile");
    contract(repo::open(&address).await.unwrap()).await;
    who_reads_does_not_hold_up_a_new_day(&address).await;
}

async fn contract(repo: Arc<dyn Repo>) {
    the_highest_numbers_are_read(&*repo).await;
    a_value_that_no_database_takes_is_its_own_batchs(&repo).await;
    large_records_come_in_short_pages(&*repo).await;
}

/// Alerts ask so for each answer that failed.
async fn the_highest_numbers_are_read(repo: &dyn Repo) {
    for number in [0, 1 << 62, i64::MAX.unsigned_abs()] {
        let event = EventId::from_bytes([9; 16]);
        assert_eq!(repo.provider_of(1, number, event).await.unwrap(), None, "{number}");
    }
}

async fn a_value_that_no_database_takes_is_its_own_batchs(repo: &Arc<dyn Repo>) {
    let writer = Writer::start(Arc::clone(repo));
    let mut bad = batch(1, 0, &[sent(0, NOW, 10)]);
    bad.rows[0].columns = Columns {
        person: Some("a\0b".to_owned()),
        ..Columns::default()
    };
    let good = (2..9).map(|device| writer.store(batch(device, 0, &[sent(0, NOW, 10)])));
    let (_, good) = tokio::join!(writer.store(bad), futures_util::future::join_all(good));
    for placed in good {
        assert!(matches!(placed.unwrap().outcome, Outcome::Stored(_)));
    }
}

/// Each record as large as may be, and a day and a half apart.
async fn large_records_come_in_short_pages(repo: &dyn Repo) {
    const ALL: u64 = 24;
    const LARGE: usize = 1 << 20;
    for seq in 0..ALL {
        let time = NOW.plus_millis(-DAY * 3 / 2 * seq.cast_signed());
        let batches = [batch(20, seq, &[sent(seq, time, LARGE)])];
        let stored = repo.advance(&batches, NOW).await.unwrap();
        assert!(matches!(stored.outcomes[..], [Outcome::Stored(_)]));
    }
    let device = DeviceId::from_bytes([20; 16]);

    let (mut place, mut read) = (Place::default(), Vec::new());
    loop {
        let page = repo.accepted(place, 4096).await.unwrap();
        let Some(last) = page.last() else { break };
        place = last.place;
        let ours = page.iter().filter(|batch| batch.device == device);
        let records: Vec<u64> = ours.flat_map(|batch| &batch.records).map(|entry| entry.seq).collect();
        assert!(records.len() <= 9, "{}", records.len());
        read.extend(records);
    }
    assert_eq!(read, (0..ALL).collect::<Vec<_>>());

    for limit in [3, 1000] {
        let mut wanted = Wanted {
            device: Some(device),
            limit,
            ..Wanted::default()
        };
        let mut read = Vec::new();
        loop {
            let stretch = repo.events(&wanted).await.unwrap();
            assert!(stretch.records.len() <= 9, "{}", stretch.records.len());
            read.extend(stretch.records.iter().map(|stored| stored.seq));
            wanted.behind = stretch.next;
            if stretch.next.is_none() {
                break;
            }
        }
        // The later, the older.
        assert_eq!(read, (0..ALL).collect::<Vec<_>>());
    }
}

async fn who_reads_does_not_hold_up_a_new_day(address: &str) {
    let repo = repo::open(address).await.unwrap();
    let mut reader = sqlx::PgConnection::connect(address).await.unwrap();
    let mut reading = reader.begin().await.unwrap();
    sqlx::query("SELECT count(*) FROM events")
        .execute(&mut *reading)
        .await
        .unwrap();
    let batches = [batch(30, 0, &[sent(0, NOW, 10)])];
    let tomorrow = repo.advance(&batches, NOW.plus_millis(DAY));
    let stored = tokio::time::timeout(LONG, tomorrow)
        .await
        .expect("nobody waits for whoever reads");
    assert!(matches!(stored.unwrap().outcomes[..], [Outcome::Stored(_)]));
    reading.rollback().await.unwrap();
    every_day_has_its_index(&mut reader).await;
}

/// Times that were not summed up are read whole, whatever is asked.
async fn every_day_has_its_index(reader: &mut sqlx::PgConnection) {
    let parts = "SELECT count(*) AS days, count(*) FILTER (WHERE c.reloptions @> '{autosummarize=on}') AS summed \
                 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'events_by_time'::regclass";
    let row = sqlx::query(parts).fetch_one(reader).await.unwrap();
    let (days, summed): (i64, i64) = (row.get("days"), row.get("summed"));
    assert!(days >= 2 && summed == days, "{summed} of {days}");
}

/// What stands between a node and its database forgets a connection that says nothing, and drops what comes on it from then on.
#[tokio::test]
async fn a_node_that_hears_nothing_finds_out() {
    let server = PostgresServer::start();
    let address = server.database("silent");
    let (between, forget) = forgetful(server.socket()).await;
    let here = repo::open(&address).await.unwrap();
    let there = repo::open(&format!("postgres://weir@{between}/silent")).await.unwrap();
    let mut notices = there.notices();
    let told = Notice::Device(DeviceId::from_bytes([5; 16]));
    let heard = async {
        while notices.recv().await.unwrap() != told {
            here.notify(told).await.unwrap();
        }
    };
    tokio::time::timeout(LONG, heard).await.expect("it hears what is told");

    forget.send_modify(|age| *age += 1);
    let mut notices = there.notices();
    here.notify(Notice::Order).await.unwrap();
    let heard = async { while !matches!(notices.recv().await.unwrap(), Notice::Anything | Notice::Order) {} };
    tokio::time::timeout(LONG / 2, heard)
        .await
        .expect("it looks at everything");
}

/// Hands connections on to a socket, until their age is over: then it goes on reading, and hands nothing on.
async fn forgetful(socket: PathBuf) -> (std::net::SocketAddr, watch::Sender<u32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (forget, age) = watch::channel(0);
    tokio::spawn(async move {
        while let Ok((mut one, _)) = listener.accept().await {
            let (socket, mut age) = (socket.clone(), age.clone());
            age.mark_unchanged();
            tokio::spawn(async move {
                let mut other = UnixStream::connect(socket).await.unwrap();
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut one, &mut other) => {}
                    _ = age.changed() => {
                        let _ = tokio::io::copy(&mut one, &mut tokio::io::sink()).await;
                    }
                }
            });
        }
    });
    (address, forget)
}

fn sent(seq: u64, time: Timestamp, length: usize) -> Sent {
    let filling = "x".repeat(length.saturating_sub(2));
    Sent {
        seq,
        kind: Kind::Decision,
        time,
        id: EventId::from_bytes([seq as u8; 16]),
        body: RawValue::from_string(format!("\"{filling}\"")).unwrap(),
    }
}

/// A batch of a log that begins with the number 0, a record a batch.
fn batch(device: u8, seq: u64, sent: &[Sent]) -> Advance {
    Advance {
        device: DeviceId::from_bytes([device; 16]),
        timeline: 1,
        first: seq,
        last: seq,
        before: [seq as u8; 32],
        head: [seq as u8 + 1; 32],
        rows: Row::all(sent).unwrap(),
    }
}
