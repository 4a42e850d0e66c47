//! Durable appends per second, their latency, and bytes per record: `cargo run --release -p weir-store --example bench`.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};
use support::{decision, event, wait_for};
use weir_audit::{SealKey, sealed_len};
use weir_model::Timestamp;
use weir_store::{IndexKind, IndexState, Options, Query, Store};

const SECONDS: u64 = 4;

fn main() {
    let home = std::env::args().nth(1).map_or_else(std::env::temp_dir, Into::into);
    println!("bytes per record: {} (payload {})", sealed_len(payload()), payload());
    floor(&home);
    for kind in [IndexKind::None, IndexKind::Sled, IndexKind::Redb] {
        for appenders in [1, 16] {
            run(&home, kind, appenders);
        }
    }
}

fn payload() -> usize {
    decision(123).to_payload().bytes.len()
}

/// The disk itself: write and sync of one record's bytes into preallocated space.
fn floor(home: &Path) {
    let path = home.join("weir-bench-floor");
    std::fs::write(&path, vec![0; 4 << 20]).unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.sync_all().unwrap();
    let bytes = vec![1; sealed_len(payload())];
    let start = Instant::now();
    let mut times = Vec::new();
    while start.elapsed() < Duration::from_secs(2) {
        let begin = Instant::now();
        std::os::unix::fs::FileExt::write_all_at(&file, &bytes, (times.len() * bytes.len() % (3 << 20)) as u64)
            .unwrap();
        file.sync_data().unwrap();
        times.push(begin.elapsed());
    }
    report("bare write + fdatasync", start.elapsed(), times);
    std::fs::remove_file(&path).unwrap();
}

fn run(home: &Path, kind: IndexKind, appenders: i64) {
    let home = tempfile::tempdir_in(home).unwrap();
    let path = home.path().join("audit");
    let store = Store::open(
        &path,
        Options {
            index: kind,
            ..Options::new(SealKey::new([7; 32]))
        },
    )
    .unwrap();
    let start = Instant::now();
    let times: Vec<Duration> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..appenders)
            .map(|thread| {
                scope.spawn({
                    let store = &store;
                    move || appender(store, thread)
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let count = times.len() as u64;
    report(&format!("{kind:?}, {appenders} appenders"), start.elapsed(), times);
    let used: u64 = path
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().extension().is_some())
        .map(|entry| entry.metadata().unwrap().len())
        .sum();
    let mut line = format!("    {} B on disk a record", used / count);
    if kind != IndexKind::None {
        let lag = Instant::now();
        wait_for("index", || {
            store.health().index == IndexState::Ready
                && store
                    .read(&Query {
                        limit: Some(1),
                        ..Query::default()
                    })
                    .count()
                    == 1
        });
        line += &format!(", index caught up {:?} later", lag.elapsed());
    }
    let begin = Instant::now();
    assert_eq!(store.get(&event(0)).unwrap().len(), 1);
    line += &format!(", get {:?}", begin.elapsed());
    let begin = Instant::now();
    assert!(store.verify().unwrap().is_clean());
    println!(
        "{line}, verify {:.1} us a record",
        begin.elapsed().as_secs_f64() * 1e6 / count as f64
    );
}

fn appender(store: &Store, thread: i64) -> Vec<Duration> {
    let mut times = Vec::new();
    let start = Instant::now();
    let mut number = thread * 10_000_000;
    while start.elapsed() < Duration::from_secs(SECONDS) {
        let (send, receive) = sync_channel(1);
        let record = decision(number);
        let begin = Instant::now();
        store.append_record(Timestamp::from_millis(number), event(number), &record, move |outcome| {
            send.send(outcome).unwrap();
        });
        receive.recv().unwrap().unwrap();
        times.push(begin.elapsed());
        number += 1;
    }
    times
}

fn report(name: &str, elapsed: Duration, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let rate = times.len() as f64 / elapsed.as_secs_f64();
    println!(
        "{name}: {rate:.0}/s, p50 {:?}, p99 {:?}, max {:?}",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
