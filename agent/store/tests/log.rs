//! The store on a sound disk: what is appended is there, in order, and found again.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)] // Everything here is a test.

mod support;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use support::{KINDS, decision, event, options, options_with, wait_for};
use weir_audit::{Kind, Record, ResponseRecord, SealKey, VaultRecord};
use weir_model::{Action, Level, Timestamp};
use weir_store::{AppendError, IndexKind, IndexState, OpenError, Query, Store};

#[test]
fn what_is_appended_is_read_back_newest_first() {
    for kind in KINDS {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("audit"), options(kind)).unwrap();
        for number in 0..50 {
            store
                .append_and_wait(Timestamp::from_millis(number), event(number), &decision(number))
                .unwrap();
        }
        let entries: Vec<_> = store.read(&Query::default()).map(Result::unwrap).collect();
        let times: Vec<_> = entries.iter().map(|entry| entry.time.as_millis()).collect();
        assert_eq!(times, (0..50).rev().collect::<Vec<_>>(), "{kind:?}");
        assert_eq!(entries[0].record, decision(49));
        assert!(store.verify().unwrap().is_clean());
    }
}

#[test]
fn every_condition_finds_the_same_with_and_without_an_index() {
    let dir = tempfile::tempdir().unwrap();
    let plain = Store::open(&dir.path().join("plain/audit"), options(IndexKind::None)).unwrap();
    let indexed: Vec<_> = [IndexKind::Sled, IndexKind::Redb]
        .into_iter()
        .map(|kind| Store::open(&dir.path().join(format!("{kind:?}/audit")), options(kind)).unwrap())
        .collect();
    for store in indexed.iter().chain([&plain]) {
        for number in 0..400 {
            store
                .append_and_wait(
                    Timestamp::from_millis(number * 3_600_000),
                    event(number),
                    &decision(number),
                )
                .unwrap();
        }
    }
    let at = |hours: i64| Some(Timestamp::from_millis(hours * 3_600_000));
    let queries = [
        Query::default(),
        Query {
            action: Some(Action::Block),
            ..Query::default()
        },
        Query {
            level: Some(Level::Restricted),
            limit: Some(7),
            ..Query::default()
        },
        Query {
            service: Some("service-3".into()),
            ..Query::default()
        },
        Query {
            rule: Some("rule-5".into()),
            from: at(100),
            until: at(200),
            ..Query::default()
        },
        Query {
            from: at(399),
            ..Query::default()
        },
        Query {
            until: at(1),
            ..Query::default()
        },
        Query {
            kinds: vec![Kind::Segment],
            ..Query::default()
        },
        Query {
            service: Some("nobody".into()),
            ..Query::default()
        },
    ];
    for store in &indexed {
        wait_for("index", || store.health().index == IndexState::Ready);
        for query in &queries {
            let wanted: Vec<_> = plain.read(query).map(|entry| entry.unwrap().id).collect();
            let found: Vec<_> = store.read(query).map(|entry| entry.unwrap().id).collect();
            if query.kinds.is_empty() {
                assert_eq!(found, wanted, "{query:?}");
            } else {
                assert_eq!(found.len(), wanted.len(), "{query:?}");
            }
        }
        assert_eq!(store.get(&event(17)).unwrap()[0].record, decision(17));
        assert!(store.get(&event(4000)).unwrap().is_empty());
        assert_eq!(store.health().index_rebuilds, 0);
    }
}

#[test]
fn the_log_goes_on_after_closing_and_over_segments() {
    for kind in KINDS {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit");
        for round in 0..5 {
            let store = Store::open(&path, options(kind)).unwrap();
            assert!(store.health().damage.is_empty());
            for number in round * 100..(round + 1) * 100 {
                store
                    .append_and_wait(Timestamp::from_millis(number), event(number), &decision(number))
                    .unwrap();
            }
            assert_eq!(store.read(&Query::default()).count() as i64, (round + 1) * 100);
            assert_eq!(store.get(&event(3)).unwrap().len(), 1);
        }
        let report = weir_store::verify(&path, Some(&SealKey::new([7; 32]))).unwrap();
        assert!(report.is_clean(), "{report:?}");
        assert!(report.segments > 3);
        assert!(weir_store::verify(&path, None).unwrap().is_clean());
    }
}

#[test]
fn one_process_at_a_time_and_one_key() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("audit");
    let store = Store::open(&path, options(IndexKind::None)).unwrap();
    store
        .append_and_wait(Timestamp::from_millis(1), event(1), &decision(1))
        .unwrap();
    assert!(matches!(
        Store::open(&path, options(IndexKind::None)),
        Err(OpenError::InUse(_))
    ));
    drop(store);
    let other = weir_store::Options {
        key: SealKey::new([8; 32]),
        ..options(IndexKind::None)
    };
    assert!(matches!(Store::open(&path, other), Err(OpenError::WrongKey(_))));
    let report = weir_store::verify(&path, Some(&SealKey::new([8; 32]))).unwrap();
    assert!(
        report
            .problems
            .iter()
            .all(|problem| problem.what == weir_audit::What::WrongKey)
            && !report.is_clean()
    );
    assert!(
        Store::open(&path, options(IndexKind::None))
            .unwrap()
            .verify()
            .unwrap()
            .is_clean()
    );
}

#[cfg(unix)]
#[test]
fn files_are_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state/audit");
    let store = Store::open(&path, options(IndexKind::Sled)).unwrap();
    store
        .append_and_wait(Timestamp::from_millis(1), event(1), &decision(1))
        .unwrap();
    wait_for("index", || store.health().index == IndexState::Ready);
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    for dir in [path.clone(), dir.path().join("state"), dir.path().join("state/index")] {
        assert_eq!(mode(&dir), 0o700, "{dir:?}");
    }
    for file in path.read_dir().unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
}

#[test]
fn subscribers_get_every_record_in_order_and_cannot_hurt_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("audit"), options(IndexKind::None)).unwrap();
    let (send, receive) = channel();
    let subscription = store.subscribe(move |entry| send.send(entry.time.as_millis()).unwrap());
    let rude = store.subscribe(|_| panic!("a subscriber fails"));
    for number in 0..300 {
        store
            .append_and_wait(Timestamp::from_millis(number), event(number), &decision(number))
            .unwrap();
    }
    for number in 0..300 {
        assert_eq!(receive.recv_timeout(Duration::from_secs(5)), Ok(number));
    }
    drop((subscription, rude));
    store
        .append_and_wait(Timestamp::from_millis(300), event(300), &decision(300))
        .unwrap();
    assert!(receive.recv_timeout(Duration::from_millis(100)).is_err());
}

#[test]
fn vault_records_are_read_back_since_a_time() {
    let dir = tempfile::tempdir().unwrap();
    for kind in KINDS {
        let store = Store::open(&dir.path().join(format!("{kind:?}/audit")), options(kind)).unwrap();
        for number in 0..20 {
            let record = Record::Vault(VaultRecord {
                sealed: vec![number as u8; 40],
            });
            store
                .append_and_wait(Timestamp::from_millis(number), event(number), &record)
                .unwrap();
            store
                .append_and_wait(Timestamp::from_millis(number), event(1000 + number), &decision(number))
                .unwrap();
        }
        let query = Query {
            kinds: vec![Kind::Vault],
            from: Some(Timestamp::from_millis(15)),
            ..Query::default()
        };
        let sealed: Vec<_> = store.read(&query).map(|entry| entry.unwrap().record).collect();
        assert_eq!(sealed.len(), 5);
        assert_eq!(sealed[4], Record::Vault(VaultRecord { sealed: vec![15; 40] }));
    }
}

#[test]
fn a_full_queue_refuses_and_never_drops() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(
        &dir.path().join("audit"),
        weir_store::Options {
            queue: 4,
            ..options(IndexKind::None)
        },
    )
    .unwrap();
    let (send, receive) = channel();
    for number in 0..2000 {
        let send = send.clone();
        store.append_record(
            Timestamp::from_millis(number),
            event(number),
            &decision(number),
            move |outcome| {
                send.send(outcome).unwrap();
            },
        );
    }
    drop(send);
    let outcomes: Vec<_> = receive.iter().collect();
    let busy = outcomes
        .iter()
        .filter(|outcome| **outcome == Err(AppendError::Busy))
        .count();
    assert_eq!(outcomes.len(), 2000);
    assert!(busy > 0);
    assert_eq!(store.read(&Query::default()).count(), 2000 - busy);
}

#[test]
fn records_over_the_limit_are_refused_and_others_are_not_harmed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("audit"), options(IndexKind::None)).unwrap();
    let large = Record::Vault(VaultRecord {
        sealed: vec![1; 2 << 20],
    });
    let outcome = store.append_and_wait(Timestamp::from_millis(1), event(1), &large);
    assert_eq!(outcome.err(), Some(AppendError::TooLarge));
    store
        .append_and_wait(Timestamp::from_millis(2), event(2), &decision(2))
        .unwrap();
    assert!(store.verify().unwrap().is_clean());
}

#[test]
fn retention_removes_whole_segments_and_verification_still_finds_a_thief() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("audit");
    static NOW: AtomicU64 = AtomicU64::new(0);
    let clock = || Timestamp::from_millis(NOW.load(Ordering::Relaxed) as i64);
    for kind in KINDS {
        let path = path.join(format!("{kind:?}"));
        let open = || Store::open(&path, weir_store::Options { clock, ..options(kind) }).unwrap();
        let store = open();
        for number in 0..600u64 {
            NOW.store(number, Ordering::Relaxed);
            store
                .append_and_wait(
                    Timestamp::from_millis(number as i64),
                    event(number as i64),
                    &decision(1),
                )
                .unwrap();
        }
        assert!(store.retain(Timestamp::from_millis(300)).unwrap() > 1);
        assert!(store.verify().unwrap().is_clean());
        let kept = store.read(&Query::default()).count();
        assert!((300..600).contains(&kept), "{kept}");
        drop(store);
        let key = SealKey::new([7; 32]);
        assert!(weir_store::verify(&path, Some(&key)).unwrap().is_clean());
        assert!(open().health().damage.is_empty());
        let mut names: Vec<_> = path.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        names.retain(|name| name.extension().is_some_and(|suffix| suffix == "seg"));
        names.sort();
        std::fs::remove_file(&names[0]).unwrap();
        let report = weir_store::verify(&path, Some(&key)).unwrap();
        assert_eq!(report.problems[0].what, weir_audit::What::Missing);
    }
}

#[test]
fn what_somebody_else_is_to_have_is_kept_whatever_a_clock_says() {
    let dir = tempfile::tempdir().unwrap();
    // As if the clock were centuries ahead.
    let ahead = Timestamp::from_millis(i64::MAX / 2);
    let options = weir_store::Options {
        needed: true,
        ..options(IndexKind::None)
    };
    let store = Store::open(&dir.path().join("audit"), options).unwrap();
    for number in 0..600 {
        let time = Timestamp::from_millis(number);
        store.append_and_wait(time, event(number), &decision(1)).unwrap();
    }
    assert_eq!(store.retain(ahead).unwrap(), 0, "nobody has any of it yet");
    store.still_needed(300);
    assert!(store.retain(ahead).unwrap() > 0);
    assert!(store.head_at(300).unwrap().is_some());
    store.still_needed(u64::MAX);
    assert!(store.retain(ahead).unwrap() > 0);
    assert!(store.verify().unwrap().is_clean());
}

#[test]
fn the_index_keeps_its_days_and_older_records_are_found_in_the_segments() {
    static NOW: AtomicU64 = AtomicU64::new(0);
    let clock = || Timestamp::from_millis(NOW.load(Ordering::Relaxed) as i64);
    const DAY: i64 = 86_400_000;
    for kind in [IndexKind::Sled, IndexKind::Redb] {
        NOW.store(0, Ordering::Relaxed);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit");
        let open = || {
            Store::open(
                &path,
                weir_store::Options {
                    clock,
                    index_days: 10,
                    ..options(kind)
                },
            )
            .unwrap()
        };
        let store = open();
        for number in 0..300 {
            store
                .append_and_wait(
                    Timestamp::from_millis(number * DAY / 10),
                    event(number),
                    &decision(number),
                )
                .unwrap();
        }
        drop(store);
        NOW.store((30 * DAY) as u64, Ordering::Relaxed);
        // Once with rows that must leave, once built from nothing.
        for _ in 0..2 {
            let store = open();
            wait_for("index", || store.health().index == IndexState::Ready);
            assert_eq!(store.read(&Query::default()).count(), 300);
            let old = Query {
                until: Some(Timestamp::from_millis(DAY)),
                ..Query::default()
            };
            assert_eq!(store.read(&old).count(), 10);
            assert_eq!(store.get(&event(2)).unwrap().len(), 1);
            assert_eq!(store.get(&event(299)).unwrap().len(), 1);
            assert_eq!(store.health().index_rebuilds, 0);
            drop(store);
            std::fs::remove_dir_all(dir.path().join("index")).unwrap();
        }
    }
}

#[test]
fn the_record_of_an_answer_comes_to_the_disk_by_itself_or_with_the_next_decision() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("audit"), options(IndexKind::None)).unwrap();
    // The first wakes a thread that sleeps, the second meets one that waits, the third goes with a decision.
    for number in 0..3 {
        let (done, durable) = channel();
        let (time, id) = (Timestamp::from_millis(number), event(number));
        store.append_record(time, id, &answer(number), move |outcome| done.send(outcome).unwrap());
        if number == 2 {
            store.append_and_wait(time, id, &decision(number)).unwrap();
        }
        durable.recv_timeout(Duration::from_secs(30)).unwrap().unwrap();
    }
    assert_eq!(store.get(&event(2)).unwrap().len(), 2);
    assert!(store.verify().unwrap().is_clean());
}

fn answer(number: i64) -> Record {
    Record::Response(ResponseRecord {
        time: Timestamp::from_millis(number),
        event: event(number),
        status: Some(200),
        level: None,
        guarded: Vec::new(),
        findings: Vec::new(),
        restored: 0,
        unread: false,
        complete: true,
        latency_us: 1,
        answer_bytes: 1,
    })
}

#[test]
fn closing_writes_what_waits() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("audit");
    let store = Store::open(&path, options_with(IndexKind::None, 4 << 20)).unwrap();
    let (send, receive) = channel();
    for number in 0..500 {
        let send = send.clone();
        store.append_record(
            Timestamp::from_millis(number),
            event(number),
            &decision(number),
            move |outcome| {
                send.send(outcome.is_ok()).unwrap();
            },
        );
    }
    let start = Instant::now();
    drop(store);
    drop(send);
    assert_eq!(
        receive.iter().filter(|done| *done).count(),
        500,
        "in {:?}",
        start.elapsed()
    );
}

/// The oldest segments go that nobody needs any more; where all are needed, nothing is taken in.
#[test]
fn a_log_grows_no_larger_than_its_quota() {
    let dir = tempfile::tempdir().unwrap();
    let audit = dir.path().join("audit");
    let segments = || {
        let entries = std::fs::read_dir(&audit).unwrap().map(|entry| entry.unwrap().path());
        entries
            .filter(|path| path.extension().is_some_and(|it| it == "seg"))
            .count()
    };
    let open = |needed| {
        let options = weir_store::Options {
            quota_bytes: 5 * (64 << 10),
            needed,
            ..options(IndexKind::None)
        };
        Store::open(&audit, options).unwrap()
    };
    let serve = |store: &Store, number: i64| {
        let time = Timestamp::from_millis(number);
        store.append_and_wait(time, event(number), &decision(1))
    };
    let store = open(false);
    for number in 0..1500 {
        serve(&store, number).unwrap();
        assert!(segments() <= 5);
    }
    assert!(store.verify().unwrap().is_clean());
    assert!(store.verify().unwrap().first_seq.unwrap() > 0, "the oldest are gone");
    drop(store);

    let store = open(true);
    let refused = (1500..3000).find_map(|number| serve(&store, number).err());
    assert_eq!(refused, Some(AppendError::Quota));
    assert!(store.health().at_quota && segments() == 5);
    let (last, _) = store.head().unwrap();
    store.still_needed(last);
    serve(&store, 3000).unwrap();
    assert!(!store.health().at_quota);
    assert!(store.head_at(last).unwrap().is_some(), "what is needed is there");
    assert!(store.verify().unwrap().is_clean());
}
