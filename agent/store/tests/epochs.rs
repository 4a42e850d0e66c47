//! Epochs on a disk: each is sealed once, the keys of those before are nowhere, and a cut at any moment loses none.

#![allow(clippy::unwrap_used, clippy::panic)] // Everything here is a test.

mod support;

use std::fs;
use std::path::Path;
use std::time::Duration;
use support::{decision, event, options, wait_for};
use weir_audit::{EpochKey, Kind, Record, RecordsDigest, SealKey, What};
use weir_model::Timestamp;
use weir_store::{EpochLength, IndexKind, IndexState, Most, Options, Query, Store, epoch_key, verify, verify_epochs};

fn serve(store: &Store, numbers: std::ops::Range<i64>) {
    for number in numbers {
        let time = Timestamp::from_millis(number);
        store.append_and_wait(time, event(number), &decision(number)).unwrap();
    }
}

/// Every seal fits the records that the server gets, by the key that was there at first. Gives how many there are.
fn assert_sealed(store: &Store, root: &EpochKey) -> u32 {
    let most = Most {
        records: usize::MAX,
        bytes: usize::MAX,
    };
    let stretch = store.stretch(None, most).unwrap().unwrap();
    let (mut said, mut first, mut seals) = (RecordsDigest::default(), 0, 0);
    for piece in &stretch.pieces {
        match Record::from_payload(piece.kind, &piece.payload).unwrap() {
            Record::Seal(seal) => {
                assert_eq!((seal.epoch, seal.first), (seals, first));
                assert!(seal.is_of(&said) && root.verifies(&seal));
                (said, first, seals) = (RecordsDigest::default(), piece.seq + 1, seals + 1);
            }
            _ => said.add(piece.seq, piece.kind, piece.time, &piece.id, &piece.payload[1..]),
        }
    }
    seals
}

#[test]
fn epochs_end_and_their_keys_are_nowhere() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("audit");
    let store = Store::open(&dir, options(IndexKind::Sled)).unwrap();
    let root = store.epoch_key().unwrap();
    serve(&store, 0..50);
    // Sealing waits for no caller, and no caller for it.
    wait_for("seven epochs", || store.epoch_key().unwrap().epoch() == 7);
    assert_eq!(assert_sealed(&store, &root), 7);
    let shown: Vec<_> = store
        .read(&Query::default())
        .map(|entry| entry.unwrap().record.kind())
        .collect();
    assert_eq!(shown, [Kind::Decision; 50], "seals are shown to who names them alone");
    let named = Query {
        kinds: vec![Kind::Seal],
        ..Query::default()
    };
    assert_eq!(store.read(&named).count(), 7);
    drop(store);
    let present = epoch_key(&dir).unwrap().unwrap();
    assert_eq!(present.epoch(), 8, "closing ends the epoch");
    for epoch in 0..8 {
        let forgotten = *root.at(epoch).unwrap().secret();
        assert!(
            !is_anywhere(home.path(), &forgotten),
            "the key of epoch {epoch} is still there"
        );
    }
    assert!(is_anywhere(home.path(), present.secret()));
    let report = verify_epochs(&dir, &SealKey::new([7; 32]), root).unwrap();
    assert!(report.is_clean(), "{report:?}");
    let sealed = report.sealed.unwrap();
    assert_eq!((sealed.epoch, sealed.verified_from, report.unsealed), (7, Some(0), 0));
}

fn is_anywhere(dir: &Path, secret: &[u8; 32]) -> bool {
    fs::read_dir(dir).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => is_anywhere(&path, secret),
            false => fs::read(path).unwrap().windows(32).any(|window| window == secret),
        }
    })
}

#[test]
fn time_ends_an_epoch_as_well() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(
        &home.path().join("audit"),
        Options {
            epoch: EpochLength {
                longest: Duration::from_millis(30),
                ..EpochLength::default()
            },
            ..options(IndexKind::None)
        },
    )
    .unwrap();
    serve(&store, 0..1);
    wait_for("a seal", || store.epoch_key().unwrap().epoch() == 1);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(store.epoch_key().unwrap().epoch(), 1, "nothing to seal, no seal");
}

#[test]
fn an_epoch_goes_on_after_a_crash() {
    let home = tempfile::tempdir().unwrap();
    let (dir, killed) = (home.path().join("audit"), home.path().join("copy/audit"));
    let store = Store::open(&dir, options(IndexKind::None)).unwrap();
    let root = store.epoch_key().unwrap();
    serve(&store, 0..17);
    wait_for("two epochs", || store.epoch_key().unwrap().epoch() == 2);
    // What a killed process leaves.
    copy(&dir, &killed);
    let again = Store::open(&killed, options(IndexKind::None)).unwrap();
    assert!(again.health().damage.is_empty());
    serve(&again, 17..30);
    wait_for("four epochs", || again.epoch_key().unwrap().epoch() == 4);
    assert_eq!(assert_sealed(&again, &root), 4);
}

#[test]
fn a_key_that_was_taken_away_or_put_back_is_told() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("audit");
    let file = dir.join("epoch");
    let store = Store::open(&dir, options(IndexKind::None)).unwrap();
    let old = fs::read(&file).unwrap();
    serve(&store, 0..9);
    drop(store);
    let before = home.path().join("before");
    copy(&dir, &before);
    let store = Store::open(&dir, options(IndexKind::None)).unwrap();
    serve(&store, 9..30);
    drop(store);
    let sound = fs::read(&file).unwrap();
    for (what, bytes) in [("put back", Some(old)), ("taken away", None)] {
        match &bytes {
            Some(bytes) => fs::write(&file, bytes).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        let store = Store::open(&dir, options(IndexKind::None)).unwrap();
        assert_eq!(store.health().damage.len(), 1, "{what}");
        drop(store);
    }
    // The log as it was, with its anchor, and the key as it is.
    fs::remove_dir_all(&dir).unwrap();
    copy(&before, &dir);
    assert!(verify(&dir, Some(&SealKey::new([7; 32]))).unwrap().is_clean());
    fs::write(&file, sound).unwrap();
    let report = verify(&dir, Some(&SealKey::new([7; 32]))).unwrap();
    let found: Vec<_> = report.problems.iter().map(|problem| problem.what).collect();
    assert_eq!(found, [What::OtherEpoch]);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// A seal has no row, and the index stays whole behind it.
#[test]
fn the_index_is_not_built_anew_for_seals() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("audit");
    for start in 0..3 {
        let store = Store::open(&dir, options(IndexKind::Sled)).unwrap();
        serve(&store, start * 20..start * 20 + 20);
        wait_for("the index", || store.health().index == IndexState::Ready);
        // Longer than the index lags behind: seals are among what it has passed.
        std::thread::sleep(Duration::from_secs(1));
        assert_eq!(store.health().index_rebuilds, 0, "start {start}");
    }
}
