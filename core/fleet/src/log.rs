//! The server's transparency log, as devices see it: what its entries say, and how proofs travel.

use crate::DeviceId;
use serde::{Deserialize, Serialize};
use weir_audit::Head;
use weir_bundle::PublicKey;
use weir_tlog::{Hash, KeyName, OriginError, WitnessKey, leaf_hash};

/// An entry of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogEntry {
    /// A device's log was accepted up to a record.
    Accepted {
        /// Whose.
        device: DeviceId,
        /// Which of its logs.
        timeline: u32,
        /// The last record.
        seq: u64,
        /// The head behind it.
        head: Head,
    },
    /// The server's own journal stood at a row. Its hash stands for all rows before.
    Journal {
        /// The row's number.
        number: u64,
        /// Its hash.
        hash: [u8; 32],
    },
    /// Keys were destroyed, by which values are found in records.
    Destroyed {
        /// SHA-256 of what the server said about it.
        statement: [u8; 32],
    },
}

/// The bytes are no entry that this version knows.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an entry of the server's log")]
pub struct LogEntryError;

const ACCEPTED: u8 = 1;
const JOURNAL: u8 = 2;
const DESTROYED: u8 = 3;

impl LogEntry {
    /// As it stands in the log: a byte for the kind, then all fields in their order, numbers with the highest byte first.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Accepted {
                device,
                timeline,
                seq,
                head,
            } => [
                &[ACCEPTED][..],
                device.as_bytes(),
                &timeline.to_be_bytes(),
                &seq.to_be_bytes(),
                head,
            ]
            .concat(),
            Self::Journal { number, hash } => [&[JOURNAL][..], &number.to_be_bytes(), hash].concat(),
            Self::Destroyed { statement } => [&[DESTROYED][..], statement].concat(),
        }
    }

    /// From those bytes.
    ///
    /// # Errors
    /// They are something else.
    pub fn parse(bytes: &[u8]) -> Result<Self, LogEntryError> {
        let mut rest = bytes;
        let entry = match take(&mut rest)? {
            [ACCEPTED] => Self::Accepted {
                device: DeviceId::from_bytes(take(&mut rest)?),
                timeline: u32::from_be_bytes(take(&mut rest)?),
                seq: u64::from_be_bytes(take(&mut rest)?),
                head: take(&mut rest)?,
            },
            [JOURNAL] => Self::Journal {
                number: u64::from_be_bytes(take(&mut rest)?),
                hash: take(&mut rest)?,
            },
            [DESTROYED] => Self::Destroyed {
                statement: take(&mut rest)?,
            },
            _ => return Err(LogEntryError),
        };
        match rest.is_empty() {
            true => Ok(entry),
            false => Err(LogEntryError),
        }
    }

    /// Its hash in the tree.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        leaf_hash(&self.to_bytes())
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], LogEntryError> {
    let (first, after) = rest.split_first_chunk().ok_or(LogEntryError)?;
    *rest = after;
    Ok(*first)
}

/// Name and key of a server's log. The key is that of receipts, which devices have since they enrolled; the name is made from
/// it, so that two servers never have the same.
///
/// # Errors
/// Never: the name has letters and digits.
pub fn log_key(receipt_key: &PublicKey) -> Result<KeyName, OriginError> {
    let id = receipt_key.id();
    KeyName::new(&format!("weir.log/{}", &id[..16]), receipt_key.clone())
}

/// Name and key of a device as a witness of its server's log. The name is made from the key: it is shown to other devices, and says
/// nothing of whose it is.
///
/// # Errors
/// Never: the name has letters and digits.
pub fn witness_key(key: &PublicKey) -> Result<WitnessKey, OriginError> {
    let id = key.id();
    WitnessKey::new(&format!("weir.witness/{}", &id[..16]), key.clone())
}

/// A device has verified that the server's log only grew up to a checkpoint, and cosigns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cosigned {
    /// The checkpoint's size.
    pub size: u64,
    /// The device's key, as [`witness_key`] names it: NAME+HASH+KEY.
    pub witness: String,
    /// The line of its cosignature (C2SP tlog-cosignature).
    pub line: String,
}

/// A proof about the log: hashes in hex, in the order of RFC 9162.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogProof {
    /// Of subtrees.
    pub hashes: Vec<String>,
}

/// The text is no hash.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proof cannot be read")]
pub struct LogProofError;

/// No tree has more levels.
const MOST_HASHES: usize = 130;

impl LogProof {
    /// Of these hashes.
    #[must_use]
    pub fn of(hashes: &[Hash]) -> Self {
        Self {
            hashes: hashes.iter().map(hex::encode).collect(),
        }
    }

    /// The hashes.
    ///
    /// # Errors
    /// One is none, or there are more than any proof has.
    pub fn read(&self) -> Result<Vec<Hash>, LogProofError> {
        if self.hashes.len() > MOST_HASHES {
            return Err(LogProofError);
        }
        let read = |text: &String| {
            let mut hash = Hash::default();
            hex::decode_to_slice(text, &mut hash).map(|()| hash)
        };
        let read: Result<_, _> = self.hashes.iter().map(read).collect();
        read.map_err(|_| LogProofError)
    }
}

#[cfg(test)]
mod tests {
    use super::{LogEntry, LogEntryError, LogProof, LogProofError, log_key, witness_key};
    use crate::DeviceId;
    use proptest::prelude::*;
    use weir_bundle::SigningKey;

    proptest! {
        #[test]
        fn entries_are_read_as_they_are_written(id: [u8; 16], timeline: u32, seq: u64, head: [u8; 32], extra: u8) {
            let device = DeviceId::from_bytes(id);
            for entry in [
                LogEntry::Accepted { device, timeline, seq, head },
                LogEntry::Journal { number: seq, hash: head },
                LogEntry::Destroyed { statement: head },
            ] {
                let bytes = entry.to_bytes();
                prop_assert_eq!(LogEntry::parse(&bytes), Ok(entry));
                prop_assert_eq!(LogEntry::parse(&bytes[..bytes.len() - 1]), Err(LogEntryError));
                prop_assert_eq!(LogEntry::parse(&[&bytes[..], &[extra]].concat()), Err(LogEntryError));
            }
        }

        #[test]
        fn other_bytes_are_no_other_entry(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(entry) = LogEntry::parse(&bytes) {
                prop_assert_eq!(entry.to_bytes(), bytes);
            }
        }
    }

    #[test]
    fn each_key_has_a_log_of_its_own() {
        let [one, two] = [1, 2].map(|seed| SigningKey::from_seed(&[seed; 32]).unwrap().public());
        assert_ne!(log_key(&one).unwrap().name(), log_key(&two).unwrap().name());
        assert_ne!(witness_key(&one).unwrap().name(), witness_key(&two).unwrap().name());
    }

    #[test]
    fn proofs_are_hashes_and_not_without_end() {
        let proof = LogProof::of(&[[1; 32], [2; 32]]);
        assert_eq!(proof.read(), Ok(vec![[1; 32], [2; 32]]));
        for hashes in [vec!["00".to_owned()], vec!["zz".repeat(32)], vec!["00".repeat(32); 131]] {
            assert_eq!(LogProof { hashes }.read(), Err(LogProofError));
        }
    }
}
