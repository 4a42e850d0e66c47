//! Follows the epochs of a log: each is sealed once, in order, and by the key of its own.

use super::What;
use crate::{EpochKey, EpochSeal, Head, Header, Kind};

/// What a verifier has of the keys of epochs.
#[derive(Clone, Default)]
pub struct EpochsKnown {
    /// A key that was given away early: seals from its epoch on are verified with it.
    pub key: Option<EpochKey>,
    /// The epoch whose key is on the machine: the log must reach it.
    pub present: Option<u32>,
}

/// Up to where a log is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedTo {
    /// The last epoch that has a seal.
    pub epoch: u32,
    /// The record that is its seal.
    pub seq: u64,
}

#[derive(Default)]
pub(super) struct Epochs {
    known: EpochsKnown,
    stand: Stand,
}

/// Where the epochs stand behind a record.
#[derive(Clone, Copy, Default)]
pub(super) struct Stand {
    /// The epoch of the next record; `None` before the first.
    epoch: Option<u32>,
    /// The first record of it, where its beginning was seen.
    first: Option<u64>,
    sealed: Option<SealedTo>,
    /// Records behind the last seal.
    unsealed: u64,
}

impl Epochs {
    pub(super) fn new(known: EpochsKnown) -> Self {
        Self {
            known,
            stand: Stand::default(),
        }
    }

    pub(super) const fn stand(&self) -> Stand {
        self.stand
    }

    /// What came since was abandoned.
    pub(super) const fn back_to(&mut self, stand: Stand) {
        self.stand = stand;
    }

    /// Records are missing here, and that was said: a seal may be among them.
    pub(super) const fn lose(&mut self) {
        self.stand.epoch = None;
        self.stand.first = None;
    }

    /// Takes the next record; the seal, where it is one and was opened.
    pub(super) fn take(&mut self, header: &Header, prev: &Head, seal: Option<&EpochSeal>) -> Option<What> {
        let skipped = self.stand.epoch.is_some_and(|epoch| epoch != header.epoch);
        let mut wrong = skipped.then_some(What::SealMissing);
        self.stand.epoch = Some(header.epoch);
        if header.kind == Kind::Seal {
            wrong = wrong.or_else(|| self.judge(header, prev, seal?));
            self.stand = Stand {
                epoch: Some(header.epoch.saturating_add(1)),
                first: Some(header.seq + 1),
                sealed: Some(SealedTo {
                    epoch: header.epoch,
                    seq: header.seq,
                }),
                unsealed: 0,
            };
        } else if header.kind != Kind::Segment {
            self.stand.unsealed += 1;
        }
        wrong
    }

    fn judge(&mut self, header: &Header, prev: &Head, seal: &EpochSeal) -> Option<What> {
        if seal.epoch != header.epoch || seal.head().as_ref() != Some(prev) {
            return Some(What::ForgedSeal);
        }
        if let Some(key) = self.known.key.as_ref().filter(|key| key.epoch() <= seal.epoch) {
            // Wound on from seal to seal: each step is taken once.
            match key.at(seal.epoch).filter(|key| key.verifies(seal)) {
                Some(key) => self.known.key = Some(key),
                None => return Some(What::ForgedSeal),
            }
        }
        let begun = self.stand.first.is_some_and(|first| first != seal.first);
        begun.then_some(What::SealMissing)
    }

    /// What the end of the log says, against the key that is on the machine. An earlier one was about to be wound on.
    pub(super) fn finish(&self) -> (Option<SealedTo>, u64, Option<What>) {
        let reached = self.stand.epoch.unwrap_or(0);
        let cut = self.known.present.is_some_and(|present| present > reached);
        (self.stand.sealed, self.stand.unsealed, cut.then_some(What::OtherEpoch))
    }
}
