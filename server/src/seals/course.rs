//! The seals of one log in their order. No database, no clock.

use crate::ingest::Entry;
use weir_audit::{EpochKey, EpochSeal};

/// How a seal does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// It cannot be read.
    #[error("it cannot be read")]
    Unread,
    /// Not made with the key of its epoch.
    #[error("it was not made with the key of its epoch")]
    Forged,
    /// It does not go on from the seal before.
    #[error("a seal is missing before it")]
    Skipped,
    /// Its epoch has a seal already.
    #[error("its epoch was sealed before")]
    Again,
    /// The records that came are not those that were sealed.
    #[error("the records that came are not those that were sealed")]
    Records,
}

/// Epochs a key is wound over at once: years of a laptop's. A number that a device made up must not keep the server busy.
const FARTHEST: u32 = 1 << 16;

/// The key of a later epoch, or of this one; `None` for an earlier one, and for one too far away.
pub(super) fn wound(key: &EpochKey, epoch: u32) -> Option<EpochKey> {
    let steps = epoch.checked_sub(key.epoch())?;
    (steps <= FARTHEST).then(|| key.at(epoch)).flatten()
}

/// How far the seals of a log were followed.
#[derive(Clone)]
pub struct Course {
    /// The key that was given, or that of the next seal.
    pub key: EpochKey,
    /// The first record of the next epoch; `None` before the first seal.
    pub first: Option<u64>,
    /// The log was begun anew, and is verified by the first key the laptop gave: it may begin in any later epoch.
    pub is_later_log: bool,
}

impl Course {
    /// Takes the next seal of the log, and goes on behind it. Gives the seal, of which the records are still to be compared; `None` for one
    /// from before the key was given: nothing can be said of it.
    ///
    /// # Errors
    /// It is not the next one, or not by the right key. The course stays where it is.
    pub fn take(&mut self, entry: &Entry) -> Result<Option<EpochSeal>, Broken> {
        let seal: EpochSeal = serde_json::from_slice(&entry.body).map_err(|_| Broken::Unread)?;
        match self.first {
            None if seal.epoch < self.key.epoch() => return Ok(None),
            None if seal.epoch > self.key.epoch() && !self.is_later_log => return Err(Broken::Skipped),
            // How far the key is wound on is bounded, and done once.
            None => {}
            Some(_) if seal.epoch < self.key.epoch() => return Err(Broken::Again),
            Some(first) if seal.epoch > self.key.epoch() || seal.first != first => return Err(Broken::Skipped),
            Some(_) => {}
        }
        let key = wound(&self.key, seal.epoch).filter(|key| key.verifies(&seal));
        let key = key.ok_or(Broken::Forged)?;
        // There is none behind the last that a number can name: nothing goes on from it.
        let next = seal.epoch.checked_add(1).and_then(|epoch| key.at(epoch));
        self.key = next.ok_or(Broken::Forged)?;
        self.first = Some(entry.seq + 1);
        Ok(Some(seal))
    }
}

#[cfg(test)]
mod tests {
    use super::{Broken, Course};
    use crate::ingest::Entry;
    use weir_audit::{ClosedEpoch, EpochKey, EpochSeal, Kind, RecordsDigest};
    use weir_model::{EventId, Timestamp};

    fn root() -> EpochKey {
        EpochKey::new(3, [1; 32])
    }

    fn course() -> Course {
        Course {
            key: root(),
            first: None,
            is_later_log: false,
        }
    }

    /// A seal by this key at record `seq`, of an epoch that begins with record `first`.
    fn sealed(key: &EpochKey, first: u64, seq: u64) -> (EpochSeal, Entry) {
        let seal = key.seal(&ClosedEpoch {
            time: Timestamp::from_millis(9),
            first,
            head: [4; 32],
            records: RecordsDigest::default(),
        });
        let body = serde_json::to_vec(&seal).unwrap();
        (seal, entry(seq, body))
    }

    fn entry(seq: u64, body: Vec<u8>) -> Entry {
        Entry {
            seq,
            time: Timestamp::from_millis(5),
            kind: Kind::Seal,
            event: EventId::from_bytes([seq as u8; 16]),
            body: body.into(),
        }
    }

    fn at(epoch: u32) -> EpochKey {
        root().at(epoch).unwrap()
    }

    #[test]
    fn honest_seals_follow_on_each_other() {
        for (first_epoch, is_later_log) in [(3, false), (3, true), (5, true)] {
            let mut course = Course {
                is_later_log,
                ..course()
            };
            for (epoch, first) in (first_epoch..).zip([6, 10, 14]) {
                let (said, seal) = sealed(&at(epoch), first, first + 3);
                assert_eq!(course.take(&seal), Ok(Some(said)));
                assert_eq!((course.key.epoch(), course.first), (epoch + 1, Some(first + 4)));
            }
        }
    }

    #[test]
    fn what_was_sealed_before_the_key_was_given_is_not_judged() {
        let early = EpochKey::new(1, [7; 32]);
        let (mut course, before) = (course(), sealed(&early, 0, 5).1);
        assert_eq!(course.take(&before), Ok(None));
        assert_eq!(course.first, None);
        // But behind one that was verified, nothing of the kind comes.
        course.take(&sealed(&root(), 6, 9).1).unwrap();
        assert_eq!(course.take(&sealed(&early, 10, 12).1), Err(Broken::Again));
        assert_eq!(course.take(&sealed(&root(), 10, 12).1), Err(Broken::Again));
    }

    #[test]
    fn a_seal_is_left_out() {
        let mut course = course();
        // Nothing that was written between the key and this one would be missed.
        assert_eq!(course.take(&sealed(&at(5), 6, 9).1), Err(Broken::Skipped));
        course.take(&sealed(&root(), 6, 9).1).unwrap();
        let before = course.first;
        assert_eq!(course.take(&sealed(&at(5), 10, 12).1), Err(Broken::Skipped));
        assert_eq!(course.take(&sealed(&at(4), 11, 12).1), Err(Broken::Skipped));
        assert_eq!(course.first, before, "it stays where it was");
        assert!(course.take(&sealed(&at(4), 10, 12).1).is_ok());
    }

    #[test]
    fn only_the_key_of_the_epoch_seals_it() {
        let mut course = course();
        // All that is left on a laptop that was taken: a later key.
        let late = EpochKey::new(3, *at(9).secret());
        assert_eq!(course.take(&sealed(&late, 6, 9).1), Err(Broken::Forged));
        assert_eq!(course.take(&entry(9, b"{}".to_vec())), Err(Broken::Unread));
        let (last, seal) = (EpochKey::new(u32::MAX, [1; 32]), EpochKey::new(u32::MAX, [1; 32]));
        course.key = last;
        assert_eq!(course.take(&sealed(&seal, 6, 9).1), Err(Broken::Forged));
    }
}
