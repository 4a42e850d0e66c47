//! Seals whose keys are forgotten: who takes the keys of a machine cannot rewrite what was sealed before.
//!
//! ```text
//!   epoch 0                     epoch 1                          epoch 2
//!   record ... record, SEAL 0   record ... record, SEAL 1        record ...
//!              key 0 ──────────────▶ key 1 ──────────────────────────▶ key 2      each made from the one before,
//!                                                                                 which is then overwritten
//! ```
//!
//! A seal authenticates the head of the chain before it, and by that every record of the log, and what the records of
//! its epoch say. Who was given an early key (the admin server, an auditor) can compute all later ones; who finds the
//! present one cannot compute an earlier one. After M. Bellare and B. Yee, "Forward-Security in Private-Key Cryptography"
//! (2003), and B. Schneier and J. Kelsey, "Secure Audit Logs to Support Computer Forensics" (1999).

mod file;

use crate::Kind;
use crate::frame::{Head, array};
use crate::seal::derive;
use aws_lc_rs::{digest, hmac};
use serde::{Deserialize, Serialize};
use weir_model::{EventId, Timestamp};
use zeroize::Zeroizing;

pub use file::{EpochFile, PresentKey};

/// The key of one epoch. It can be wound forward and not back. No `Debug`: it must not reach a log.
#[derive(Clone)]
pub struct EpochKey {
    epoch: u32,
    secret: Zeroizing<[u8; 32]>,
}

/// First word of a key as text.
const TEXT: &str = "weir-epoch-key-1";

/// The text is no key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a key of an epoch as `weir audit epoch-key` writes it")]
pub struct EpochKeyError;

/// Epochs a key is wound over at once: ten years of one seal each quarter of an hour. A number that somebody made up must
/// not keep a processor busy.
const MOST_STEPS: u32 = 400_000;

impl EpochKey {
    /// The key of an epoch, from 32 bytes.
    #[must_use]
    pub fn new(epoch: u32, secret: [u8; 32]) -> Self {
        Self {
            epoch,
            secret: Zeroizing::new(secret),
        }
    }

    /// Which epoch it seals.
    #[must_use]
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// True when both are the key of one epoch of one log. Not in constant time: neither is a guess of somebody's.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.epoch == other.epoch && self.secret == other.secret
    }

    /// The 32 bytes, for whoever is to verify seals from here on.
    #[must_use]
    pub fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// As a line of text, for whoever keeps it elsewhere.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let secret = Zeroizing::new(hex::encode(self.secret.as_slice()));
        Zeroizing::new(format!("{TEXT} {} {}\n", self.epoch, *secret))
    }

    /// From such a line.
    ///
    /// # Errors
    /// It is something else. It is not quoted.
    pub fn from_text(text: &str) -> Result<Self, EpochKeyError> {
        let mut words = text.split_ascii_whitespace();
        let (Some(TEXT), Some(epoch), Some(key), None) = (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(EpochKeyError);
        };
        let mut secret = [0; 32];
        hex::decode_to_slice(key, &mut secret).map_err(|_| EpochKeyError)?;
        Ok(Self::new(epoch.parse().map_err(|_| EpochKeyError)?, secret))
    }

    /// The key of a later epoch, or of this one. `None` for an earlier one, and for one that no log reaches.
    #[must_use]
    pub fn at(&self, epoch: u32) -> Option<Self> {
        let steps = epoch.checked_sub(self.epoch).filter(|steps| *steps <= MOST_STEPS)?;
        let mut key = self.clone();
        for _ in 0..steps {
            let mut next = Zeroizing::new([0; 32]);
            derive(&key.secret, b"", &[b"weir audit next epoch v1"], next.as_mut());
            key.secret = next;
        }
        key.epoch = epoch;
        Some(key)
    }

    /// Seals an epoch.
    #[must_use]
    pub fn seal(&self, closed: &ClosedEpoch) -> EpochSeal {
        let mut seal = EpochSeal {
            time: closed.time,
            epoch: self.epoch,
            first: closed.first,
            head: hex::encode(closed.head),
            records: hex::encode(closed.records.0),
            mac: String::new(),
        };
        let tag = hmac::sign(&self.mac_key(), &seal.text());
        seal.mac = hex::encode(tag.as_ref());
        seal
    }

    /// True when the seal was made with the key of its epoch, and this key is of that epoch or an earlier one.
    #[must_use]
    pub fn verifies(&self, seal: &EpochSeal) -> bool {
        let (Some(key), Ok(tag)) = (self.at(seal.epoch), hex::decode(&seal.mac)) else {
            return false;
        };
        hmac::verify(&key.mac_key(), &seal.text(), &tag).is_ok()
    }

    fn mac_key(&self) -> hmac::Key {
        let mut key = Zeroizing::new([0; 32]);
        derive(&self.secret, b"", &[b"weir audit epoch seal v1"], key.as_mut());
        hmac::Key::new(hmac::HMAC_SHA256, key.as_ref())
    }
}

/// An epoch that ends.
#[derive(Clone, Copy, Debug)]
pub struct ClosedEpoch {
    /// When.
    pub time: Timestamp,
    /// Number of the first record that belongs to it.
    pub first: u64,
    /// The head behind its last record.
    pub head: Head,
    /// What its records say.
    pub records: RecordsDigest,
}

/// The record that ends an epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochSeal {
    /// When the epoch ended.
    pub time: Timestamp,
    /// Its number.
    pub epoch: u32,
    /// Number of the first record that belongs to it. The last is the one before the seal.
    pub first: u64,
    /// The head before the seal, hex.
    pub head: String,
    /// [`RecordsDigest`] of its records, hex.
    pub records: String,
    /// HMAC-SHA-256 under the key of the epoch, hex.
    pub mac: String,
}

impl EpochSeal {
    /// As long as any seal: for those who make room before they know what to seal.
    #[must_use]
    pub fn longest(time: Timestamp) -> Self {
        let digest = hex::encode(Head::default());
        Self {
            time,
            epoch: u32::MAX,
            first: u64::MAX,
            head: digest.clone(),
            records: digest.clone(),
            mac: digest,
        }
    }

    /// The head it seals; `None` where the text is none.
    #[must_use]
    pub fn head(&self) -> Option<Head> {
        head_of(&self.head)
    }

    /// True when the epoch had these records.
    #[must_use]
    pub fn is_of(&self, records: &RecordsDigest) -> bool {
        head_of(&self.records) == Some(records.0)
    }

    /// What the MAC covers. Fields of fixed length, but for the two texts in hex: each is covered by its own length.
    fn text(&self) -> Vec<u8> {
        let mut text = b"weir epoch seal v1".to_vec();
        text.extend(self.epoch.to_le_bytes());
        text.extend(self.first.to_le_bytes());
        text.extend(self.time.as_millis().to_le_bytes());
        for hex in [&self.head, &self.records] {
            text.extend((hex.len() as u64).to_le_bytes());
            text.extend(hex.as_bytes());
        }
        text
    }
}

fn head_of(text: &str) -> Option<Head> {
    let mut head = Head::default();
    hex::decode_to_slice(text, &mut head).ok().map(|()| head)
}

/// What the records of an epoch say, those that stay on the device left out: the server, which has the records and not the
/// sealed form that the chain covers, computes the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordsDigest(Head);

impl RecordsDigest {
    /// Takes the next record in the order of the log; `body` is the payload without its version byte.
    pub fn add(&mut self, seq: u64, kind: Kind, time: Timestamp, id: &EventId, body: &[u8]) {
        // Not what is of no kind that is known here: the other side may know it.
        if matches!(kind, Kind::Segment | Kind::Vault | Kind::Seal) {
            return;
        }
        let mut sum = digest::Context::new(&digest::SHA256);
        sum.update(&self.0);
        sum.update(&seq.to_le_bytes());
        sum.update(&[kind.as_byte()]);
        sum.update(&time.as_millis().to_le_bytes());
        sum.update(id.as_bytes());
        sum.update(body);
        self.0 = array(sum.finish().as_ref(), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::{ClosedEpoch, EpochKey, EpochKeyError, EpochSeal, MOST_STEPS, RecordsDigest};
    use crate::Kind;
    use proptest::prelude::*;
    use weir_model::{EventId, Timestamp};

    fn closed(head: [u8; 32], first: u64) -> ClosedEpoch {
        let mut records = RecordsDigest::default();
        records.add(
            first,
            Kind::Decision,
            Timestamp::from_millis(5),
            &EventId::from_bytes([1; 16]),
            b"{}",
        );
        ClosedEpoch {
            time: Timestamp::from_millis(9),
            first,
            head,
            records,
        }
    }

    proptest! {
        #[test]
        fn earlier_keys_verify_and_later_ones_do_not(secret: [u8; 32], head: [u8; 32], first: u64, given in 0..40_u32, sealed in 0..40_u32) {
            let root = EpochKey::new(0, secret);
            let seal = root.at(sealed).unwrap().seal(&closed(head, first));
            prop_assert_eq!(root.at(given).unwrap().verifies(&seal), given <= sealed);
            let read: EpochSeal = serde_json::from_str(&serde_json::to_string(&seal).unwrap()).unwrap();
            prop_assert_eq!(read, seal);
        }

        #[test]
        fn every_field_is_covered(secret: [u8; 32], head: [u8; 32], first: u64, field in 0..6_usize) {
            let key = EpochKey::new(3, secret);
            let mut seal = key.seal(&closed(head, first));
            prop_assert!(key.verifies(&seal));
            match field {
                0 => seal.time = seal.time.plus_millis(1),
                1 => seal.epoch += 1,
                2 => seal.first ^= 1,
                3 => seal.head.replace_range(..1, if seal.head.starts_with('0') { "1" } else { "0" }),
                4 => std::mem::swap(&mut seal.head, &mut seal.records),
                _ => seal.mac.replace_range(..2, if seal.mac.starts_with("00") { "11" } else { "00" }),
            }
            prop_assert!(!key.verifies(&seal));
        }
    }

    #[test]
    fn keys_are_read_as_they_are_written() {
        let key = EpochKey::new(7, [3; 32]);
        let read = EpochKey::from_text(&key.to_text()).unwrap();
        assert_eq!((read.epoch(), read.secret()), (7, key.secret()));
        for text in [
            "",
            "weir-epoch-key-1 7",
            "weir-epoch-key-1 7 00",
            "weir-epoch-key-2 7 03",
            "weir-epoch-key-1 -1 03",
        ] {
            assert_eq!(EpochKey::from_text(text).err(), Some(EpochKeyError));
        }
    }

    #[test]
    fn numbers_that_no_log_reaches_cost_nothing() {
        let key = EpochKey::new(5, [1; 32]);
        assert!(key.at(4).is_none());
        assert!(key.at(5 + MOST_STEPS + 1).is_none());
        assert!(key.at(u32::MAX).is_none());
    }

    #[test]
    fn the_digest_is_of_what_the_server_gets_in_its_order() {
        let add = |digest: &mut RecordsDigest, seq: u64, kind| {
            digest.add(
                seq,
                kind,
                Timestamp::from_millis(1),
                &EventId::from_bytes([2; 16]),
                b"{}",
            );
        };
        let mut with = RecordsDigest::default();
        let mut without = RecordsDigest::default();
        for kind in [Kind::Segment, Kind::Vault, Kind::Seal] {
            add(&mut with, 1, kind);
        }
        assert_eq!(with, without);
        add(&mut with, 2, Kind::Unknown(99));
        assert_ne!(
            with, without,
            "a server that is older than the laptop says the same of its records"
        );
        add(&mut without, 2, Kind::Unknown(99));
        add(&mut with, 2, Kind::Decision);
        add(&mut with, 3, Kind::Response);
        add(&mut without, 3, Kind::Response);
        add(&mut without, 2, Kind::Decision);
        assert_ne!(with, without);
        let seal = EpochKey::new(0, [1; 32]).seal(&ClosedEpoch {
            records: with,
            ..closed([0; 32], 1)
        });
        assert!(seal.is_of(&with) && !seal.is_of(&without));
    }
}
