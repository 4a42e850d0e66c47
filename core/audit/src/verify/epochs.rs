//! Follows the epochs of a log: each is sealed once, in order, and by the key of its own.

use super::What;
use crate::{EpochKey, EpochSeal, Head, Header, Kind};
use std::sync::Arc;

/// What a verifier has of the keys of epochs.
#[derive(Clone, Default)]
pub struct EpochsKnown {
    /// A key that was given away early: seals from its epoch on are verified with it.
    pub key: Option<EpochKey>,
    /// The key that is on the machine: the log must reach its epoch, and it must be the early key wound on.
    pub present: Option<EpochKey>,
}

/// Up to where a log is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedTo {
    /// The last epoch that has a seal.
    pub epoch: u32,
    /// The record that is its seal.
    pub seq: u64,
    /// The first epoch from which on every seal was verified with a key that was given away early; `None` where there was none.
    pub verified_from: Option<u32>,
}

/// What a record of the kind of a seal holds.
pub(super) enum Sealing {
    /// A seal.
    Seal(EpochSeal),
    /// Something else.
    Other,
    /// Nothing can tell: it could not be opened, which is said elsewhere.
    Closed,
}

#[derive(Default)]
pub(super) struct Epochs {
    known: EpochsKnown,
    stand: Stand,
}

/// Where the epochs stand behind a record.
#[derive(Clone, Default)]
pub(super) struct Stand {
    /// The epoch of the next record; `None` before the first.
    epoch: Option<u32>,
    /// The first record of it, where its beginning was seen.
    first: Option<u64>,
    sealed: Option<SealedTo>,
    /// Records behind the last seal.
    unsealed: u64,
    /// The early key, wound on to the last epoch it was used for: each step is taken once.
    key: Option<Arc<EpochKey>>,
}

impl Epochs {
    pub(super) fn new(known: EpochsKnown) -> Self {
        let key = known.key.clone().map(Arc::new);
        Self {
            known,
            stand: Stand {
                key,
                ..Stand::default()
            },
        }
    }

    pub(super) fn stand(&self) -> Stand {
        self.stand.clone()
    }

    /// What came since was abandoned: a write that failed, and nothing was written behind it. So there may be a seal in it, of
    /// the epoch that goes on, as its last record; what stands behind a seal was written when its key was gone.
    pub(super) fn back_to(&mut self, stand: Stand) -> Option<What> {
        let undone = self.stand.sealed.filter(|sealed| Some(*sealed) != stand.sealed);
        let honest = undone.is_none_or(|sealed| Some(sealed.epoch) == stand.epoch && self.stand.unsealed == 0);
        self.stand = stand;
        (!honest).then_some(What::SealMissing)
    }

    /// Records are missing here, and that was said: a seal may be among them.
    pub(super) const fn lose(&mut self) {
        self.stand.epoch = None;
        self.stand.first = None;
    }

    /// Takes the next record; `sealing` says what it holds where it is of the kind of a seal.
    pub(super) fn take(&mut self, header: &Header, prev: &Head, sealing: &Sealing) -> Option<What> {
        let skipped = self.stand.epoch.is_some_and(|epoch| epoch != header.epoch);
        let mut wrong = skipped.then_some(What::SealMissing);
        self.stand.epoch = Some(header.epoch);
        if header.kind == Kind::Seal {
            let judged = match sealing {
                Sealing::Seal(seal) => self.judge(header, prev, seal),
                Sealing::Other => Some(What::ForgedSeal),
                Sealing::Closed => None,
            };
            wrong = wrong.or(judged);
            self.stand.epoch = Some(header.epoch.saturating_add(1));
            self.stand.first = Some(header.seq + 1);
            self.stand.sealed = Some(SealedTo {
                epoch: header.epoch,
                seq: header.seq,
                verified_from: self.verified_from(header.epoch),
            });
            self.stand.unsealed = 0;
        } else if header.kind != Kind::Segment {
            self.stand.unsealed += 1;
        }
        wrong
    }

    /// Where the seal of `epoch` is judged by the key: the first epoch that was.
    fn verified_from(&self, epoch: u32) -> Option<u32> {
        let judged = self.stand.key.as_ref().is_some_and(|key| key.epoch() <= epoch);
        let before = self.stand.sealed.and_then(|sealed| sealed.verified_from);
        judged.then(|| before.unwrap_or(epoch))
    }

    fn judge(&mut self, header: &Header, prev: &Head, seal: &EpochSeal) -> Option<What> {
        if seal.epoch != header.epoch || seal.head().as_ref() != Some(prev) {
            return Some(What::ForgedSeal);
        }
        if let Some(key) = self.stand.key.as_ref().filter(|key| key.epoch() <= seal.epoch) {
            match key.at(seal.epoch).filter(|key| key.verifies(seal)) {
                Some(key) => self.stand.key = Some(Arc::new(key)),
                None => return Some(What::ForgedSeal),
            }
        }
        let begun = self.stand.first.is_some_and(|first| first != seal.first);
        begun.then_some(What::SealMissing)
    }

    /// What the end of the log says, against the key that is on the machine. One of the epoch before was about to be wound on.
    pub(super) fn finish(&self) -> (Option<SealedTo>, u64, Option<What>) {
        let reached = self.stand.epoch.unwrap_or(0);
        let wrong = match (&self.known.key, &self.known.present) {
            (_, Some(present)) if present.epoch() > reached => true,
            // Wound on from the early key itself: what was wound on for the seals may be behind it.
            (Some(early), Some(present)) => {
                !early.at(present.epoch()).is_some_and(|wound| wound.is(present))
                    || present.epoch().saturating_add(1) < reached
            }
            (Some(_), None) => true,
            (None, _) => false,
        };
        (
            self.stand.sealed,
            self.stand.unsealed,
            wrong.then_some(What::OtherEpoch),
        )
    }
}
