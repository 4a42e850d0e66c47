//! What a seal says, against the records that came before it. No database, no clock.

use crate::ingest::Entry;
use weir_audit::{EpochKey, EpochSeal, Kind, RecordsDigest};

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
    /// The records that came are not those that were sealed.
    #[error("the records that came are not those that were sealed")]
    Records,
}

/// Judges a seal by the key that the device gave and by what came from `first - 1` up to the seal, of which `first` is what
/// the seal says ([`first_of`]). `None` for a seal from before the key was given: nothing can be said of it.
#[must_use]
pub fn judge(given: &EpochKey, seal: &Entry, before: &[Entry]) -> Option<Result<EpochSeal, Broken>> {
    let Some(read) = read(seal) else {
        return Some(Err(Broken::Unread));
    };
    if read.epoch < given.epoch() {
        return None;
    }
    if !given.verifies(&read) {
        return Some(Err(Broken::Forged));
    }
    // The first that is verified goes on from one that was not, or from none.
    if read.epoch > given.epoch() && !follows(&read, before) {
        return Some(Err(Broken::Skipped));
    }
    let mut digest = RecordsDigest::default();
    for entry in before.iter().filter(|entry| entry.seq >= read.first) {
        digest.add(entry.seq, entry.kind, entry.time, &entry.event, &entry.body);
    }
    Some(match read.is_of(&digest) {
        true => Ok(read),
        false => Err(Broken::Records),
    })
}

/// The first record of the epoch, as the seal says; `None` where it cannot be read.
#[must_use]
pub(super) fn first_of(seal: &Entry) -> Option<u64> {
    read(seal).map(|read| read.first)
}

fn read(seal: &Entry) -> Option<EpochSeal> {
    serde_json::from_slice(&seal.body).ok()
}

/// The record before the epoch is the seal of the epoch before.
fn follows(seal: &EpochSeal, before: &[Entry]) -> bool {
    let Some(entry) = before.first().filter(|entry| entry.seq + 1 == seal.first) else {
        return false;
    };
    entry.kind == Kind::Seal && read(entry).is_some_and(|earlier| earlier.epoch + 1 == seal.epoch)
}

#[cfg(test)]
mod tests {
    use super::{Broken, judge};
    use crate::ingest::Entry;
    use weir_audit::{ClosedEpoch, EpochKey, EpochSeal, Kind, RecordsDigest};
    use weir_model::{EventId, Timestamp};

    fn entry(seq: u64, kind: Kind, body: &str) -> Entry {
        Entry {
            seq,
            time: Timestamp::from_millis(5),
            kind,
            event: EventId::from_bytes([seq as u8; 16]),
            body: body.as_bytes().to_vec(),
        }
    }

    fn root() -> EpochKey {
        EpochKey::new(3, [1; 32])
    }

    /// A seal by this key behind these records.
    fn sealed(key: &EpochKey, first: u64, records: &[Entry]) -> (EpochSeal, Entry) {
        let mut digest = RecordsDigest::default();
        for record in records {
            digest.add(record.seq, record.kind, record.time, &record.event, &record.body);
        }
        let seal = key.seal(&ClosedEpoch {
            time: Timestamp::from_millis(9),
            first,
            head: [4; 32],
            records: digest,
        });
        let seq = records.last().map_or(first, |last| last.seq + 1);
        let body = serde_json::to_string(&seal).unwrap();
        (seal, entry(seq, Kind::Seal, &body))
    }

    #[test]
    fn honest_seals_follow_on_each_other() {
        let one = [entry(7, Kind::Decision, "{}"), entry(9, Kind::Response, "{}")];
        let (said, first) = sealed(&root(), 6, &one);
        assert_eq!(judge(&root(), &first, &one), Some(Ok(said)));
        let two = [entry(11, Kind::Decision, "{\"a\":1}")];
        let (said, second) = sealed(&root().at(4).unwrap(), 11, &two);
        let before = [&[first][..], &two].concat();
        assert_eq!(judge(&root(), &second, &before), Some(Ok(said)));
        assert_eq!(judge(&root(), &second, &two), Some(Err(Broken::Skipped)));
        let later = root().at(5).unwrap();
        assert_eq!(judge(&later, &second, &before), None, "from before the key");
    }

    #[test]
    fn a_taken_laptop_sends_nothing_else_in_the_place_of_what_it_sealed() {
        let honest = [
            entry(7, Kind::Decision, r#"{"action":"block"}"#),
            entry(8, Kind::Decision, "{}"),
        ];
        let (_, seal) = sealed(&root(), 7, &honest);
        let changed = [entry(7, Kind::Decision, r#"{"action":"allow"}"#), honest[1].clone()];
        for sent in [&changed[..], &honest[1..], &honest[..1]] {
            assert_eq!(judge(&root(), &seal, sent), Some(Err(Broken::Records)));
        }
        // With the key of a later epoch, which is all it has, no earlier seal can be made.
        let late = EpochKey::new(3, *root().at(9).unwrap().secret());
        let (_, forged) = sealed(&late, 7, &changed);
        assert_eq!(judge(&root(), &forged, &changed), Some(Err(Broken::Forged)));
        assert_eq!(
            judge(&root(), &entry(9, Kind::Seal, "{}"), &[]),
            Some(Err(Broken::Unread))
        );
    }
}
