//! What somebody can do who takes a machine with all of its keys, and who finds it.
#![allow(clippy::unwrap_used)] // Helpers outside test functions; everything here is a test.

use weir_audit::{
    AnchorFile, ClosedEpoch, EpochKey, EpochSeal, EpochsKnown, Flags, GENESIS, Head, Header, Kind, Record,
    RecordsDigest, Report, SealKey, SealedTo, SegmentRecord, Start, VaultRecord, Verifier, What, seal,
};
use weir_model::{EventId, Timestamp};

fn key() -> SealKey {
    SealKey::new([7; 32])
}

/// The key that was given away when the log began.
fn root() -> EpochKey {
    EpochKey::new(0, [1; 32])
}

/// A log that is written record by record, by whoever has the seal key.
struct Log {
    bytes: Vec<u8>,
    prev: Head,
    seq: u64,
    epoch: u32,
    first: u64,
    generation: u32,
}

impl Log {
    fn begin() -> Self {
        Self::begin_at(0)
    }

    fn begin_at(epoch: u32) -> Self {
        let mut log = Self {
            bytes: Vec::new(),
            prev: GENESIS,
            seq: 0,
            epoch,
            first: 0,
            generation: 1,
        };
        log.write(&Record::Segment(SegmentRecord::new(1, Start::First, None)));
        log
    }

    fn write(&mut self, record: &Record) {
        self.write_as(record.kind(), record);
    }

    /// A record that says it is of a kind.
    fn write_as(&mut self, kind: Kind, record: &Record) {
        let header = Header {
            kind,
            flags: match kind {
                Kind::Segment if self.generation > 1 => Flags::COMMIT.with(Flags::ABANDONS),
                _ => Flags::COMMIT,
            },
            generation: self.generation,
            epoch: self.epoch,
            seq: self.seq,
            time: Timestamp::from_millis(5),
            id: EventId::from_bytes([9; 16]),
            bundle: if kind == Kind::Segment { key().id() } else { [0; 8] },
        };
        let (salt, payload) = ([self.seq as u8; 16], record.to_payload());
        self.prev = seal(&key(), &header, &self.prev, salt, &payload.bytes, &mut self.bytes).unwrap();
        self.seq += 1;
    }

    fn records(mut self, says: u8, count: u8) -> Self {
        for _ in 0..count {
            self.write(&Record::Vault(VaultRecord { sealed: vec![says] }));
        }
        self
    }

    /// What a seal of the present epoch says, made with a key.
    fn seal_by(&self, key: &EpochKey) -> EpochSeal {
        key.seal(&ClosedEpoch {
            time: Timestamp::from_millis(6),
            first: self.first,
            head: self.prev,
            records: RecordsDigest::default(),
        })
    }

    fn sealed(self) -> Self {
        let seal = self.seal_by(&root().at(self.epoch).unwrap());
        self.ends(seal)
    }

    fn ends(mut self, seal: EpochSeal) -> Self {
        self.write(&Record::Seal(seal));
        self.epoch += 1;
        self.first = self.seq;
        self
    }

    fn at_epoch(mut self, epoch: u32) -> Self {
        self.epoch = epoch;
        self
    }

    /// The segments as they are written, when the log goes on in another one, behind the place it stood at in `before`: as after a
    /// write that failed.
    fn abandoned_for(self, before: &Log) -> (Vec<u8>, Self) {
        let mut log = Log {
            bytes: Vec::new(),
            prev: before.prev,
            seq: self.seq,
            epoch: before.epoch,
            first: before.first,
            generation: 2,
        };
        log.write(&Record::Segment(SegmentRecord::new(
            2,
            Start::WriteFailed,
            Some((before.seq - 1, before.prev)),
        )));
        (self.bytes, log)
    }

    /// `present` is the epoch of the key on the machine, made from the early one.
    fn report(&self, epochs: Option<EpochKey>, present: Option<u32>) -> Report {
        let present = present.and_then(|epoch| root().at(epoch));
        report(&[&self.bytes], EpochsKnown { key: epochs, present })
    }

    fn problems(&self, epochs: Option<EpochKey>, present: Option<u32>) -> Vec<What> {
        what(&self.report(epochs, present))
    }
}

fn report(segments: &[&[u8]], known: EpochsKnown) -> Report {
    let key = key();
    let mut verifier = Verifier::within(None, Some(&key)).with_epochs(known);
    for (number, bytes) in (1..).zip(segments) {
        verifier.segment(number, bytes);
    }
    verifier.finish()
}

fn what(report: &Report) -> Vec<What> {
    report.problems.iter().map(|problem| problem.what).collect()
}

fn honest() -> Log {
    Log::begin().records(1, 3).sealed().records(2, 3).sealed().records(3, 2)
}

#[test]
fn an_untouched_log_is_sealed_up_to_its_last_epoch() {
    for known in [None, Some(root()), root().at(1)] {
        let verified_from = known.as_ref().map(EpochKey::epoch);
        let report = honest().report(known, Some(2));
        assert_eq!(report.problems, []);
        let sealed = SealedTo {
            epoch: 1,
            seq: 8,
            verified_from,
        };
        assert_eq!(report.sealed, Some(sealed));
        assert_eq!(report.unsealed, 2);
    }
    let late = honest().report(root().at(2), Some(2)).sealed;
    assert_eq!(late.unwrap().verified_from, None, "a key that seals nothing yet");
}

#[test]
fn a_record_that_is_no_seal_ends_no_epoch() {
    let mut log = Log::begin().records(1, 3);
    log.write_as(Kind::Seal, &Record::Vault(VaultRecord { sealed: vec![66] }));
    let log = log.at_epoch(1).records(2, 2);
    for known in [None, Some(root())] {
        assert_eq!(log.problems(known, Some(1)), [What::ForgedSeal]);
    }
}

#[test]
fn the_key_on_the_machine_is_the_early_one_wound_on() {
    let found = |present: Option<EpochKey>| {
        let key = Some(root());
        what(&report(&[&honest().bytes], EpochsKnown { key, present }))
    };
    assert_eq!(found(root().at(2)), []);
    assert_eq!(found(root().at(1)), [], "about to be wound on");
    for other in [None, Some(EpochKey::new(2, [5; 32])), Some(root())] {
        assert_eq!(found(other), [What::OtherEpoch]);
    }
}

#[test]
fn a_log_that_was_never_shortened_begins_with_its_first_epoch() {
    let key = key();
    let log = Log::begin_at(2).records(66, 3);
    let mut verifier = Verifier::new(&AnchorFile::Absent, Some(&key)).with_epochs(EpochsKnown {
        key: Some(root()),
        present: root().at(2),
    });
    verifier.segment(1, &log.bytes);
    assert_eq!(what(&verifier.finish()), [What::MissingAnchor, What::SealMissing]);
}

#[test]
fn a_write_that_failed_undoes_no_seal() {
    let known = |present| EpochsKnown {
        key: Some(root()),
        present: root().at(present),
    };
    let before = || Log::begin().records(1, 3).sealed().records(2, 3);
    // The seal itself did not become durable: its epoch goes on, with its key.
    let (first, second) = before().sealed().abandoned_for(&before());
    let second = second.records(2, 1).sealed().records(3, 2);
    let found = report(&[&first, &second.bytes], known(2));
    assert_eq!((what(&found), found.sealed.unwrap().epoch), (vec![], 1));
    // Who has the key of epoch 2 alone undoes epoch 1 and seals another one in its place.
    let forged = || before().sealed().records(3, 2).abandoned_for(&before());
    let stolen = EpochKey::new(1, *root().at(2).unwrap().secret());
    let (first, second) = forged();
    let second = second.records(66, 3);
    let seal = second.seal_by(&stolen);
    let second = second.ends(seal).records(3, 2);
    assert_eq!(
        what(&report(&[&first, &second.bytes], known(2))),
        [What::SealMissing, What::ForgedSeal]
    );
    // Or leaves it open.
    let (first, second) = forged();
    assert_eq!(
        what(&report(&[&first, &second.records(66, 3).bytes], known(2))),
        [What::SealMissing, What::OtherEpoch]
    );
}

#[test]
fn who_takes_all_keys_cannot_write_the_past_anew() {
    // All that is on the machine: the seal key and the key of epoch 2.
    let stolen = root().at(2).unwrap();
    let as_of = |epoch: u32| EpochKey::new(epoch, *stolen.secret());
    let forged = Log::begin().records(66, 3);
    let seal = forged.seal_by(&as_of(0));
    let forged = forged.ends(seal).records(2, 3);
    let seal = forged.seal_by(&as_of(1));
    let forged = forged.ends(seal).records(3, 2);
    assert_eq!(
        forged.problems(None, Some(2)),
        [],
        "on the machine alone nobody can tell"
    );
    assert_eq!(
        forged.problems(Some(root()), Some(2)),
        [What::ForgedSeal, What::ForgedSeal]
    );
    assert_eq!(
        forged.problems(root().at(1), Some(2)),
        [What::ForgedSeal],
        "from the key's epoch on"
    );
    assert_eq!(
        forged.problems(Some(stolen), Some(2)),
        [],
        "before that it says nothing"
    );
}

#[test]
fn what_is_not_sealed_yet_is_what_can_be_lost() {
    let rewritten = Log::begin()
        .records(1, 3)
        .sealed()
        .records(2, 3)
        .sealed()
        .records(66, 5);
    assert_eq!(rewritten.problems(Some(root()), Some(2)), []);
}

#[test]
fn an_epoch_cannot_be_left_out() {
    // The log is cut behind its first seal and goes on with the key that was taken.
    let cut = Log::begin().records(1, 3).sealed().at_epoch(2).records(3, 2);
    for known in [None, Some(root())] {
        assert_eq!(cut.problems(known, Some(2)), [What::SealMissing]);
    }
    let seal = cut.seal_by(&root().at(2).unwrap());
    assert_eq!(cut.ends(seal).problems(Some(root()), Some(3)), [What::SealMissing]);
    // Or ends there: the key on the machine is of a later epoch.
    let ended = Log::begin().records(1, 3).sealed();
    assert_eq!(ended.problems(Some(root()), Some(2)), [What::OtherEpoch]);
    assert_eq!(ended.problems(Some(root()), Some(1)), []);
    assert_eq!(
        ended.problems(Some(root()), Some(0)),
        [],
        "the key was about to be wound on"
    );
}

#[test]
fn a_seal_is_of_one_place_alone() {
    let before = Log::begin().records(1, 3);
    let seal = before.seal_by(&root());
    // Behind other records, and twice.
    let moved = before.records(1, 1).ends(seal.clone());
    assert_eq!(moved.problems(None, None), [What::ForgedSeal]);
    let twice = Log::begin().records(1, 3).ends(seal.clone()).ends(seal);
    assert_eq!(twice.problems(None, None), [What::ForgedSeal]);
    // Covering less than there is.
    let mut late = Log::begin().records(1, 3).sealed().records(2, 4);
    late.first += 2;
    assert_eq!(late.sealed().problems(Some(root()), Some(2)), [What::SealMissing]);
}

#[test]
fn an_anchor_is_needed_all_the_same() {
    let key = key();
    let mut verifier = Verifier::new(&AnchorFile::Absent, Some(&key));
    verifier.segment(1, &honest().bytes);
    let report = verifier.finish();
    assert_eq!(what(&report), [What::MissingAnchor]);
}
