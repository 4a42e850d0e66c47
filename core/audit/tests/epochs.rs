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
}

impl Log {
    fn begin() -> Self {
        let mut log = Self {
            bytes: Vec::new(),
            prev: GENESIS,
            seq: 0,
            epoch: 0,
            first: 0,
        };
        log.write(&Record::Segment(SegmentRecord::new(1, Start::First, None)));
        log
    }

    fn write(&mut self, record: &Record) {
        let kind = record.kind();
        let header = Header {
            kind,
            flags: Flags::COMMIT,
            generation: 1,
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

    fn report(&self, epochs: Option<EpochKey>, present: Option<u32>) -> Report {
        let (known, key) = (EpochsKnown { key: epochs, present }, key());
        let mut verifier = Verifier::within(None, Some(&key)).with_epochs(known);
        verifier.segment(1, &self.bytes);
        verifier.finish()
    }

    fn problems(&self, epochs: Option<EpochKey>, present: Option<u32>) -> Vec<What> {
        let report = self.report(epochs, present);
        report.problems.iter().map(|problem| problem.what).collect()
    }
}

fn honest() -> Log {
    Log::begin().records(1, 3).sealed().records(2, 3).sealed().records(3, 2)
}

#[test]
fn an_untouched_log_is_sealed_up_to_its_last_epoch() {
    for known in [None, Some(root()), root().at(1)] {
        let report = honest().report(known, Some(2));
        assert_eq!(report.problems, []);
        assert_eq!(report.sealed, Some(SealedTo { epoch: 1, seq: 8 }));
        assert_eq!(report.unsealed, 2);
    }
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
    assert_eq!(late.sealed().problems(Some(root()), None), [What::SealMissing]);
}

#[test]
fn an_anchor_is_needed_all_the_same() {
    let key = key();
    let mut verifier = Verifier::new(&AnchorFile::Absent, Some(&key));
    verifier.segment(1, &honest().bytes);
    let report = verifier.finish();
    let found: Vec<_> = report.problems.iter().map(|problem| problem.what).collect();
    assert_eq!(found, [What::MissingAnchor]);
}
