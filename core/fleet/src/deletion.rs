//! The receipt for keys that were destroyed: who agreed to it and why, what nobody can find in records any more, and what stays.
//!
//! ```text
//! statement   what was destroyed, and what it meant; the server signs its bytes
//! leaf        its entry in the server's log, with the proof that it is there, and the log's signed checkpoint
//! ```
//!
//! That a key is gone cannot be proved; that the server says so for good, to everybody alike, can.

use crate::{DeviceId, LogEntry, LogProof};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use weir_bundle::SigningKey;
use weir_model::{EventId, Timestamp};
use weir_tlog::{Hash, KeyName, NoteError, ProofError, verify_inclusion};

/// Bytes of the largest receipt.
pub const MOST_DELETION_BYTES: usize = 1 << 20;

const FORMAT: &str = "weir deletion receipt 1";

/// What was destroyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    /// Names it.
    pub id: EventId,
    /// The keys that were destroyed.
    pub keys: Vec<DestroyedKey>,
    /// Those of this device alone; of all devices where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// Why.
    pub why: String,
    /// When it was asked for, by the server's clock.
    pub asked: Timestamp,
    /// By whom.
    pub asked_by: String,
    /// When the keys were destroyed.
    pub destroyed: Timestamp,
    /// Who agreed to it.
    pub destroyed_by: String,
    /// What cannot be found any more.
    pub gone: Gone,
    /// What stays as it was.
    pub left: Left,
}

/// A key that was destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DestroyedKey {
    /// Records name it by that.
    pub number: u32,
    /// When it was made.
    pub made: Timestamp,
}

/// What nobody can find any more: no value leads to these fingerprints, and none of them to a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gone {
    /// Decisions whose values cannot be searched for.
    pub decisions: u64,
    /// Fingerprints in them.
    pub fingerprints: u64,
    /// Devices that made them.
    pub devices: u64,
    /// Time of the oldest, by its device's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Timestamp>,
    /// Of the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Timestamp>,
}

/// What stays: records say what they said, without a way to whom it was about, and chains verify as before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// Decisions and gaps that can be read, those above among them.
    pub records: u64,
    /// Logs that they stand in.
    pub logs: u64,
    /// Decisions with fingerprints that can be searched as before.
    pub searchable: u64,
}

/// A statement as it is signed and kept: its bytes are what counts.
#[derive(Clone, Debug)]
pub struct Statement(Box<RawValue>);

impl Statement {
    /// Writes it down.
    ///
    /// # Errors
    /// Never: numbers and texts can always be written.
    pub fn of(deletion: &Deletion) -> Result<Self, DeletionRefused> {
        let raw = serde_json::to_string_pretty(deletion).and_then(RawValue::from_string);
        raw.map(Self).map_err(|_| DeletionRefused::Format)
    }

    /// As it was written down.
    ///
    /// # Errors
    /// It is something else.
    pub fn parse(text: String) -> Result<Self, DeletionRefused> {
        let raw = RawValue::from_string(text).map_err(|_| DeletionRefused::Format)?;
        let statement = Self(raw);
        statement.read().map(|_| statement)
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// What it says.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&self) -> Result<Deletion, DeletionRefused> {
        serde_json::from_str(self.as_str()).map_err(|_| DeletionRefused::Format)
    }

    /// Its entry in the server's log, which names nobody.
    #[must_use]
    pub fn entry(&self) -> LogEntry {
        let mut statement = [0; 32];
        // A SHA-256 has 32 bytes.
        statement.copy_from_slice(digest::digest(&digest::SHA256, self.as_str().as_bytes()).as_ref());
        LogEntry::Destroyed { statement }
    }

    /// The first line keeps the signature from fitting anything else the key signs.
    fn signed(&self) -> Vec<u8> {
        [b"weir deletion receipt v1\n", self.as_str().as_bytes()].concat()
    }
}

/// A receipt, as a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeletionReceipt {
    format: String,
    statement: Box<RawValue>,
    signature: String,
    leaf: u64,
    inclusion: LogProof,
    checkpoint: String,
}

/// What a receipt proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletionProved {
    /// What was destroyed.
    pub deletion: Deletion,
    /// Number of its entry in the server's log.
    pub leaf: u64,
    /// Size of that log.
    pub size: u64,
    /// Its root.
    pub root: Hash,
}

/// Why a receipt is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeletionRefused {
    /// Not a receipt, or of a format this version does not know.
    #[error("not a receipt for destroyed keys that this version can read")]
    Format,
    /// Signed by somebody else, or changed since.
    #[error("the statement is not signed by the server's key")]
    Forged,
    /// The checkpoint is not the server's.
    #[error("the checkpoint is refused")]
    Checkpoint(#[source] NoteError),
    /// The proof cannot be read.
    #[error("`inclusion` cannot be read")]
    Proof,
    /// It is not in the server's log.
    #[error("the statement is not in the server's log")]
    Inclusion(#[source] ProofError),
}

impl DeletionReceipt {
    /// Signs a statement that stands in the log as entry `leaf`.
    #[must_use]
    pub fn new(statement: Statement, key: &SigningKey, leaf: u64, inclusion: LogProof, checkpoint: &str) -> Self {
        Self {
            format: FORMAT.to_owned(),
            signature: STANDARD.encode(key.sign(&statement.signed())),
            statement: statement.0,
            leaf,
            inclusion,
            checkpoint: checkpoint.to_owned(),
        }
    }

    /// As a file that people can read.
    #[must_use]
    pub fn to_text(&self) -> String {
        // Numbers and texts can always be written.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// From a file.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, DeletionRefused> {
        if bytes.len() > MOST_DELETION_BYTES {
            return Err(DeletionRefused::Format);
        }
        let receipt: Self = serde_json::from_slice(bytes).map_err(|_| DeletionRefused::Format)?;
        match receipt.format == FORMAT {
            true => Ok(receipt),
            false => Err(DeletionRefused::Format),
        }
    }

    /// What it proves, to who believes the server with this key.
    ///
    /// # Errors
    /// It proves nothing; the first reason.
    pub fn verify(&self, key: &KeyName) -> Result<DeletionProved, DeletionRefused> {
        let statement = Statement(self.statement.clone());
        let signature = STANDARD.decode(&self.signature).map_err(|_| DeletionRefused::Forged)?;
        if !key.key().verifies(&statement.signed(), &signature) {
            return Err(DeletionRefused::Forged);
        }
        let deletion = statement.read()?;
        let checkpoint = key.open(&self.checkpoint).map_err(DeletionRefused::Checkpoint)?;
        let hashes = self.inclusion.read().map_err(|_| DeletionRefused::Proof)?;
        let (leaf, size, root) = (statement.entry().leaf(), checkpoint.size, checkpoint.root);
        verify_inclusion(&leaf, self.leaf, size, &hashes, &root).map_err(DeletionRefused::Inclusion)?;
        Ok(DeletionProved {
            deletion,
            leaf: self.leaf,
            size,
            root,
        })
    }
}

/// For fuzzing: any bytes as a receipt. Nothing verifies under a key that signed nothing.
#[doc(hidden)]
pub fn fuzz_deletion(data: &[u8]) {
    let Ok(receipt) = DeletionReceipt::parse(data) else {
        return;
    };
    let key = SigningKey::from_seed(&[0x5a; 32]).map(|key| crate::log_key(&key.public()));
    if let Ok(Ok(key)) = key {
        assert!(receipt.verify(&key).is_err());
    }
}

#[cfg(test)]
mod tests {
    use super::{Deletion, DeletionReceipt, DeletionRefused, DestroyedKey, Gone, Left, Statement};
    use crate::{DeviceId, LogProof, log_key};
    use proptest::prelude::*;
    use weir_bundle::SigningKey;
    use weir_model::{EventId, Timestamp};
    use weir_tlog::{Checkpoint, KeyName, leaf_hash, node_hash};

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn key() -> SigningKey {
        SigningKey::from_seed(&[1; 32]).unwrap()
    }

    fn name() -> KeyName {
        log_key(&key().public()).unwrap()
    }

    fn deletion() -> Deletion {
        Deletion {
            id: EventId::from_bytes([3; 16]),
            keys: vec![DestroyedKey { number: 1, made: NOW }],
            device: Some(DeviceId::from_bytes([1; 16])),
            why: "request 17 of a customer".to_owned(),
            asked: NOW,
            asked_by: "ada".to_owned(),
            destroyed: NOW,
            destroyed_by: "ben".to_owned(),
            gone: Gone {
                decisions: 3,
                fingerprints: 5,
                devices: 1,
                oldest: Some(NOW),
                newest: Some(NOW),
            },
            left: Left {
                records: 20,
                logs: 2,
                searchable: 4,
            },
        }
    }

    /// In a log of two entries, of which this is the second.
    fn receipt() -> DeletionReceipt {
        let statement = Statement::of(&deletion()).unwrap();
        let other = leaf_hash(b"another");
        let checkpoint = Checkpoint {
            origin: name().name().to_owned(),
            size: 2,
            root: node_hash(&other, &statement.entry().leaf()),
        };
        let checkpoint = checkpoint.sign(&key());
        DeletionReceipt::new(statement, &key(), 1, LogProof::of(&[other]), &checkpoint)
    }

    #[test]
    fn a_receipt_proves_what_the_server_said() {
        let text = receipt().to_text();
        let proved = DeletionReceipt::parse(text.as_bytes()).unwrap().verify(&name());
        let proved = proved.unwrap();
        assert_eq!((proved.deletion, proved.leaf, proved.size), (deletion(), 1, 2));
        let kept = Statement::of(&deletion()).unwrap();
        let read = Statement::parse(kept.as_str().to_owned()).unwrap();
        assert_eq!(read.entry(), kept.entry());
    }

    #[test]
    fn others_and_other_places_in_the_log_are_refused() {
        let other = log_key(&SigningKey::from_seed(&[2; 32]).unwrap().public()).unwrap();
        assert_eq!(receipt().verify(&other), Err(DeletionRefused::Forged));
        let elsewhere = DeletionReceipt { leaf: 0, ..receipt() };
        assert!(matches!(elsewhere.verify(&name()), Err(DeletionRefused::Inclusion(_))));
        let older = receipt().to_text().replace("receipt 1", "receipt 9");
        assert_eq!(
            DeletionReceipt::parse(older.as_bytes()).map(|_| ()),
            Err(DeletionRefused::Format)
        );
    }

    proptest! {
        /// White space around it says nothing; whatever else is changed, it proves the same or nothing.
        #[test]
        fn no_change_says_something_else(at: prop::sample::Index, change in 1..=255_u8) {
            let mut bytes = receipt().to_text().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            let proved = DeletionReceipt::parse(&bytes).and_then(|receipt| receipt.verify(&name()));
            prop_assert!(proved.is_err() || proved.is_ok_and(|proved| proved.deletion == deletion()));
        }

        #[test]
        fn other_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
            super::fuzz_deletion(&bytes);
        }
    }
}
