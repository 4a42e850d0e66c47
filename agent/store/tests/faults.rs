//! What disks do to a log, two hundred times each, for every index: no acknowledged record is lost outside the damaged
//! frame, damage is located, the index comes back, and appends are served throughout.
//!
//! `WEIR_FAULT_RUNS` changes the number of runs, `WEIR_FAULT_SEED` the first seed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)] // Everything here is a test.

#[path = "support/sim.rs"]
mod sim;
mod support;

use sim::{Random, SimDisk};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use support::{decision, event, options, wait_for};
use weir_audit::{EpochKey, Kind, Problem, Record, Report, SealKey, What};
use weir_model::Timestamp;
use weir_store::disk::Disk as _;
use weir_store::{AppendError, IndexKind, IndexState, OnFull, Options, Query, Receipt, Store, verify_on};

const DIR: &str = "/audit";

#[test]
fn power_cuts_sled() {
    repeat(|seed| power_cut(IndexKind::Sled, seed), 2);
}

#[test]
fn power_cuts_redb() {
    repeat(|seed| power_cut(IndexKind::Redb, seed), 2);
}

#[test]
fn full_disks_sled() {
    repeat(|seed| full_disk(IndexKind::Sled, seed), 1);
}

#[test]
fn full_disks_redb() {
    repeat(|seed| full_disk(IndexKind::Redb, seed), 1);
}

#[test]
fn flipped_bits_sled() {
    repeat(|seed| flipped_bit(IndexKind::Sled, seed), 1);
}

#[test]
fn flipped_bits_redb() {
    repeat(|seed| flipped_bit(IndexKind::Redb, seed), 1);
}

#[test]
fn ruined_indexes_sled() {
    repeat(|seed| ruined_index(IndexKind::Sled, seed), 1);
}

#[test]
fn ruined_indexes_redb() {
    repeat(|seed| ruined_index(IndexKind::Redb, seed), 1);
}

#[test]
fn rot_behind_old_anchors() {
    repeat(rot_behind_an_old_anchor, 1);
}

#[test]
fn failing_calls() {
    repeat(failing_call, 1);
}

/// Runs as many seeds as it takes for the faults, of which a run has `faults`.
fn repeat(run: impl Fn(u64), faults: u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("WEIR_FAULT_SEED").unwrap_or(0);
    for seed in first..first + number("WEIR_FAULT_RUNS").unwrap_or(200) / faults {
        if let Err(panic) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(seed))) {
            eprintln!("the run with seed {seed} failed");
            std::panic::resume_unwind(panic);
        }
    }
}

/// A log under test: its disk, its index, and what was acknowledged.
struct Bench {
    disk: SimDisk,
    home: tempfile::TempDir,
    kind: IndexKind,
    on_full: OnFull,
    random: Random,
    acknowledged: Arc<Mutex<BTreeMap<i64, Receipt>>>,
    next: i64,
    /// The key that seals are verified with.
    first_key: Option<EpochKey>,
}

impl Bench {
    fn new(kind: IndexKind, seed: u64) -> Bench {
        Bench {
            disk: SimDisk::default(),
            home: tempfile::tempdir().unwrap(),
            kind,
            on_full: OnFull::Refuse,
            random: Random(seed),
            acknowledged: Arc::default(),
            next: 0,
            first_key: None,
        }
    }

    fn open(&self) -> Store {
        let options = Options {
            disk: Arc::new(self.disk.clone()),
            index_dir: Some(self.index_dir()),
            on_full: self.on_full,
            ..small(self.kind)
        };
        Store::open(Path::new(DIR), options).unwrap()
    }

    /// The log is whole by the key that was taken first, and sealed.
    fn assert_sealed(&self) {
        let first = self.first_key.clone().unwrap();
        let known = verify_on(&self.disk, Path::new(DIR), Some(&SealKey::new([7; 32])), Some(first)).unwrap();
        assert!(known.is_clean(), "{known:?}");
    }

    fn index_dir(&self) -> PathBuf {
        self.home.path().join("index")
    }

    /// Appends without waiting.
    fn append(&mut self, store: &Store, count: u64) {
        for _ in 0..count {
            let number = self.next;
            self.next += 1;
            let acknowledged = self.acknowledged.clone();
            store.append_record(
                Timestamp::from_millis(number),
                event(number),
                &decision(number),
                move |outcome| {
                    if let Ok(receipt) = outcome {
                        acknowledged.lock().unwrap().insert(number, receipt);
                    }
                },
            );
        }
    }

    /// Appends and waits; every one must be served.
    fn serve(&mut self, store: &Store, count: u64) {
        for _ in 0..count {
            self.try_serve(store).unwrap();
        }
    }

    fn try_serve(&mut self, store: &Store) -> Result<Receipt, AppendError> {
        let number = self.next;
        self.next += 1;
        let receipt = store.append_and_wait(Timestamp::from_millis(number), event(number), &decision(number))?;
        self.acknowledged.lock().unwrap().insert(number, receipt);
        Ok(receipt)
    }

    fn verify(&self) -> Report {
        verify_on(&self.disk, Path::new(DIR), Some(&SealKey::new([7; 32])), None).unwrap()
    }

    /// Everything acknowledged is there and says what was appended, by scan and by id.
    fn assert_whole(&mut self, store: &Store, lost: Option<i64>) {
        let found: BTreeMap<i64, Record> = store
            .read(&Query {
                kinds: vec![Kind::Decision],
                ..Query::default()
            })
            .filter_map(|entry| entry.ok().map(|entry| (entry.time.as_millis(), entry.record)))
            .collect();
        let acknowledged = self.acknowledged.lock().unwrap().clone();
        for (number, receipt) in &acknowledged {
            if Some(*number) != lost {
                assert_eq!(
                    found.get(number),
                    Some(&decision(*number)),
                    "record {number} at {receipt:?}"
                );
            }
        }
        let numbers: Vec<_> = acknowledged
            .keys()
            .copied()
            .filter(|number| Some(*number) != lost)
            .collect();
        let pick = numbers[self.random.below(numbers.len() as u64) as usize];
        let entries = store.get(&event(pick)).unwrap();
        assert_eq!(
            entries.iter().map(|entry| &entry.record).collect::<Vec<_>>(),
            [&decision(pick)]
        );
    }
}

fn small(kind: IndexKind) -> Options {
    Options {
        segment_bytes: 16 << 10,
        step_bytes: 4 << 10,
        ..options(kind)
    }
}

fn power_cut(kind: IndexKind, seed: u64) {
    let mut bench = Bench::new(kind, seed);
    for _ in 0..2 {
        let store = bench.open();
        bench.first_key = bench.first_key.or_else(|| store.epoch_key());
        let (before, burst) = (bench.random.below(30), bench.random.below(60) + 1);
        bench.serve(&store, before);
        bench.append(&store, burst);
        std::thread::sleep(std::time::Duration::from_micros(bench.random.below(400)));
        // Order matters: what is acknowledged before the cut must survive it, what is acknowledged after need not.
        let promised = bench.acknowledged.lock().unwrap().clone();
        let disk = bench.disk.after_power_cut(&mut bench.random);
        let index = copy_index(&bench.index_dir(), bench.home.path());
        drop(store);
        tear_index(&index, &mut bench.random);
        let _ = fs::remove_dir_all(bench.index_dir());
        fs::rename(&index, bench.index_dir()).unwrap();
        bench.disk = disk;
        *bench.acknowledged.lock().unwrap() = promised;
        let store = bench.open();
        assert!(
            store
                .health()
                .damage
                .iter()
                .all(|problem| problem.what == What::ForgedAnchor),
            "{:?}",
            store.health()
        );
        bench.serve(&store, 5);
        bench.assert_whole(&store, None);
        let report = store.verify().unwrap();
        assert!(report.is_clean(), "{report:?}");
        wait_for("index", || store.health().index == IndexState::Ready);
        bench.assert_whole(&store, None);
        drop(store);
        assert!(bench.verify().is_clean(), "{:?}", bench.verify());
        bench.assert_sealed();
    }
}

/// After a power cut the anchor may be old. Rot in a record that other commits stand behind is damage all the same, and
/// takes nothing else with it.
fn rot_behind_an_old_anchor(seed: u64) {
    let mut bench = Bench::new(IndexKind::None, seed);
    let store = bench.open();
    bench.serve(&store, 12);
    bench.disk = bench.disk.after_power_cut(&mut bench.random);
    drop(store);
    let lost = bench.random.below(11) as i64;
    let struck = bench.acknowledged.lock().unwrap()[&lost];
    let path = PathBuf::from(format!("{DIR}/{:016}.seg", struck.segment));
    bench.disk.flip(&path, (struck.offset as usize + 110) * 8);
    let store = bench.open();
    bench.serve(&store, 3);
    bench.assert_whole(&store, Some(lost));
    let report = store.verify().unwrap();
    let found: Vec<_> = report
        .problems
        .iter()
        .map(|problem| (problem.what, problem.offset, problem.count))
        .collect();
    assert_eq!(found, [(What::Damaged, struck.offset, 1)]);
}

fn full_disk(kind: IndexKind, seed: u64) {
    let mut bench = Bench::new(kind, seed);
    bench.on_full = if seed.is_multiple_of(2) {
        OnFull::Refuse
    } else {
        OnFull::Gap
    };
    // Every third disk is as full for the index as for the log.
    let shared = seed.is_multiple_of(3);
    bench
        .disk
        .set_reported_space(if shared { Some(1 << 20) } else { Some(1 << 30) });
    let mut store = bench.open();
    let first = bench.random.below(40) + 1;
    bench.serve(&store, first);
    let room = bench.random.below(60_000) as usize;
    bench.disk.set_capacity(Some(bench.disk.used() + room));
    let mut served = 0u64;
    let error = loop {
        match bench.try_serve(&store) {
            Ok(_) => served += 1,
            Err(error) => break error,
        }
    };
    // The reserve alone holds two segments.
    assert!(served >= 20, "{served}");
    let mut unrecorded = 1;
    match bench.on_full {
        OnFull::Refuse => assert_eq!(error, AppendError::Full),
        OnFull::Gap => assert_eq!(error, AppendError::Unrecorded),
    }
    for _ in 0..bench.random.below(5) {
        unrecorded += u64::from(bench.try_serve(&store).is_err());
    }
    bench.assert_whole(&store, None);
    if bench.random.coin() {
        // Opened while full: the log is read, appends still say why they fail.
        drop(store);
        store = bench.open();
        assert!(store.health().damage.is_empty());
        bench.assert_whole(&store, None);
        unrecorded += u64::from(bench.try_serve(&store).is_err());
    }
    if shared {
        wait_for("the index to give up", || {
            store.health().index == IndexState::Unavailable
        });
        assert!(!bench.index_dir().exists(), "no index may be opened on a full disk");
    }
    bench.disk.set_capacity(None);
    bench.disk.set_reported_space(Some(1 << 30));
    bench.serve(&store, 10);
    bench.assert_whole(&store, None);
    let gaps = store
        .read(&Query {
            kinds: vec![Kind::Gap],
            ..Query::default()
        })
        .map(|entry| match entry.unwrap().record {
            Record::Gap(gap) => gap.count,
            other => panic!("{other:?}"),
        });
    let counted: u64 = gaps.sum();
    assert_eq!(counted, if bench.on_full == OnFull::Gap { unrecorded } else { 0 });
    assert_eq!(store.health().unrecorded, 0);
    if !shared {
        wait_for("index", || store.health().index == IndexState::Ready);
    }
    assert!(store.verify().unwrap().is_clean());
    drop(store);
    assert!(bench.verify().is_clean(), "{:?}", bench.verify());
}

fn flipped_bit(kind: IndexKind, seed: u64) {
    let mut bench = Bench::new(kind, seed);
    let store = bench.open();
    let count = bench.random.below(60) + 20;
    bench.serve(&store, count);
    wait_for("index", || store.health().index == IndexState::Ready);
    drop(store);
    if seed.is_multiple_of(4) {
        flip_in_index(&bench.index_dir(), &mut bench.random);
        reopen_and_serve(&mut bench, None);
        assert!(bench.verify().is_clean());
        return;
    }
    let (path, bit) = pick_bit(&mut bench);
    let is_segment = path.extension().is_some_and(|suffix| suffix == "seg");
    let segment = path.file_stem().unwrap().to_string_lossy().parse().unwrap_or(0);
    let (lost, hit) = struck(&bench, segment, bit as u64 / 8, is_segment);
    bench.disk.flip(&path, bit);
    let before = bench.verify();
    assert_located(&before, hit, segment);
    reopen_and_serve(&mut bench, lost);
    assert_located(&bench.verify(), hit, segment);
}

/// Opens, serves while the index may still be busy, and looks at everything twice.
fn reopen_and_serve(bench: &mut Bench, lost: Option<i64>) {
    let store = bench.open();
    bench.serve(&store, 5);
    bench.assert_whole(&store, lost);
    wait_for("index", || store.health().index == IndexState::Ready);
    bench.assert_whole(&store, lost);
}

/// The acknowledged record and the frame at a byte of a segment.
fn struck(bench: &Bench, segment: u64, byte: u64, is_segment: bool) -> (Option<i64>, Option<u64>) {
    if !is_segment {
        return (None, None);
    }
    let files = bench.disk.files();
    let (_, bytes) = files
        .iter()
        .find(|(path, _)| path.ends_with(format!("{segment:016}.seg")))
        .unwrap();
    let frame = weir_audit::Walk::new(bytes).find_map(|step| match step {
        weir_audit::Step::Frame { offset, frame } if (offset..offset + frame.len()).contains(&(byte as usize)) => {
            Some((offset as u64, frame.header().time.as_millis(), frame.header().kind))
        }
        _ => None,
    });
    let lost = frame
        .filter(|(_, _, kind)| *kind == Kind::Decision)
        .map(|(_, time, _)| time);
    (lost, frame.map(|(offset, ..)| offset))
}

fn assert_located(report: &Report, hit: Option<u64>, segment: u64) {
    let Some(offset) = hit else {
        // Zeros, reserve or anchor: no record is concerned.
        let harmless = |problem: &Problem| problem.what == What::ForgedAnchor || problem.count == 0;
        assert!(
            report.problems.len() <= 1 && report.problems.iter().all(harmless),
            "{report:?}"
        );
        return;
    };
    let at =
        |problem: &&Problem| problem.segment == segment && problem.offset == offset && problem.what == What::Damaged;
    assert!(
        report.problems.iter().any(|problem| at(&problem)),
        "byte {offset} of {segment}: {report:?}"
    );
    assert_eq!(report.problems.len(), 1, "{report:?}");
}

fn pick_bit(bench: &mut Bench) -> (PathBuf, usize) {
    let mut files = bench.disk.files();
    files.retain(|(path, bytes)| !bytes.is_empty() && !path.ends_with("lock"));
    let (path, bytes) = files.swap_remove(bench.random.below(files.len() as u64) as usize);
    (path, bench.random.below(bytes.len() as u64 * 8) as usize)
}

fn ruined_index(kind: IndexKind, seed: u64) {
    let mut bench = Bench::new(kind, seed);
    let store = bench.open();
    let count = bench.random.below(60) + 20;
    bench.serve(&store, count);
    if bench.random.coin() {
        wait_for("index", || store.health().index == IndexState::Ready);
    }
    if seed.is_multiple_of(5) {
        // Under a running store: engines notice late, the log never does.
        ruin_index(&bench.index_dir(), &mut bench.random);
        bench.serve(&store, 20);
        bench.assert_whole(&store, None);
    }
    drop(store);
    ruin_index(&bench.index_dir(), &mut bench.random);
    let store = bench.open();
    bench.serve(&store, 10);
    bench.assert_whole(&store, None);
    wait_for("index", || store.health().index == IndexState::Ready);
    bench.assert_whole(&store, None);
    assert!(store.verify().unwrap().is_clean());
}

fn failing_call(seed: u64) {
    let mut bench = Bench::new(IndexKind::None, seed);
    let store = bench.open();
    bench.first_key = store.epoch_key();
    bench.serve(&store, 5);
    for _ in 0..4 {
        bench.disk.fail_in(Some(bench.random.below(12)));
        let mut failed = 0;
        for _ in 0..30 {
            failed += u64::from(bench.try_serve(&store).is_err());
        }
        // One call failed: at most one append, and the next was served again.
        assert!(failed <= 1, "{failed}");
        bench.disk.fail_in(None);
    }
    bench.assert_whole(&store, None);
    assert!(store.verify().unwrap().is_clean(), "{:?}", store.verify());
    if bench.random.coin() {
        drop(store);
    } else {
        let promised = bench.acknowledged.lock().unwrap().clone();
        bench.disk = bench.disk.after_power_cut(&mut bench.random);
        *bench.acknowledged.lock().unwrap() = promised;
    }
    // A torn slot of the anchor is told before it is written anew.
    assert!(
        bench
            .verify()
            .problems
            .iter()
            .all(|problem| problem.what == What::ForgedAnchor),
        "{:?}",
        bench.verify()
    );
    let store = bench.open();
    bench.serve(&store, 5);
    bench.assert_whole(&store, None);
    assert!(store.verify().unwrap().is_clean());
    drop(store);
    bench.assert_sealed();
}

/// A log whose key could not be written, because the disk was full when it was opened, is sealed with it when there is room.
#[test]
fn a_full_disk_keeps_no_log_from_being_opened_for_its_key() {
    let mut bench = Bench::new(IndexKind::None, 1);
    let store = bench.open();
    bench.serve(&store, 10);
    drop(store);
    bench.disk.remove(&Path::new(DIR).join("epoch")).unwrap();
    bench.disk.set_capacity(Some(bench.disk.used()));
    let store = bench.open();
    assert_eq!(store.health().damage.len(), 1, "the key is lost, and that is told");
    bench.first_key = store.epoch_key();
    bench.serve(&store, 3);
    bench.disk.set_capacity(None);
    let epoch = store.epoch_key().unwrap().epoch();
    bench.serve(&store, 20);
    wait_for("an epoch to end", || store.epoch_key().unwrap().epoch() > epoch);
    drop(store);
    assert!(bench.open().health().damage.is_empty());
    bench.assert_sealed();
}

/// The files of a live index, as a power cut might find them.
fn copy_index(from: &Path, home: &Path) -> PathBuf {
    let to = home.join("copy");
    let _ = fs::remove_dir_all(&to);
    copy_dir(from, &to);
    to
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    let Ok(entries) = fs::read_dir(from) else { return };
    for entry in entries.flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_dir(&entry.path(), &target);
        } else if let Ok(bytes) = fs::read(entry.path()) {
            fs::write(target, bytes).unwrap();
        }
    }
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let paths = entries.flatten().map(|entry| entry.path());
    paths
        .flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] })
        .collect()
}

/// Sectors that never reached the disk.
fn tear_index(dir: &Path, random: &mut Random) {
    for path in files_below(dir) {
        let mut bytes = fs::read(&path).unwrap();
        for sector in bytes.chunks_mut(512) {
            if random.below(20) == 0 {
                sector.fill(0);
            }
        }
        if random.below(4) == 0 {
            bytes.truncate(random.below(bytes.len() as u64 + 1) as usize);
        }
        fs::write(&path, bytes).unwrap();
    }
}

fn flip_in_index(dir: &Path, random: &mut Random) {
    let mut files = files_below(dir);
    files.retain(|path| path.metadata().is_ok_and(|data| data.len() > 0));
    let path = &files[random.below(files.len() as u64) as usize];
    let mut bytes = fs::read(path).unwrap();
    let bit = random.below(bytes.len() as u64 * 8) as usize;
    bytes[bit / 8] ^= 1 << (bit % 8);
    fs::write(path, bytes).unwrap();
}

fn ruin_index(dir: &Path, random: &mut Random) {
    match random.below(4) {
        0 => drop(fs::remove_dir_all(dir)),
        1 => {
            // The index may be making a file in it just now, and then it cannot be removed yet.
            while fs::write(dir, b"not a directory").is_err() {
                let _ = fs::remove_dir_all(dir);
            }
        }
        2 => {
            for path in files_below(dir) {
                fs::write(path, vec![0; random.below(70_000) as usize]).unwrap();
            }
        }
        _ => {
            for path in files_below(dir) {
                let garbage: Vec<u8> = (0..random.below(70_000)).map(|_| random.next() as u8).collect();
                fs::write(path, garbage).unwrap();
            }
        }
    }
}
