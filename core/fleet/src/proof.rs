//! The proof of one record: that it stands in a device's log, that the server acknowledged that log, and that the
//! acknowledgement stands in the server's log. It can be verified without Weir, and says nothing of what the record holds.

use crate::{Acknowledged, LogEntry, LogProof, Receipt, ReceiptError, log_key};
use serde::{Deserialize, Serialize};
use weir_audit::{Head, Header, LINK_HEADER, Link};
use weir_bundle::SigningKey;
use weir_model::{EventId, Timestamp};
use weir_tlog::{Hash, KeyName, NoteError, ProofError, WitnessKey, verify_inclusion};

/// A proof, as a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventProof {
    format: String,
    event: EventId,
    /// The head before the record, hex.
    before: String,
    /// The record, and those behind it up to the one that was acknowledged.
    records: Vec<Recorded>,
    receipt: Receipt,
    inclusion: LogProof,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    header: String,
    digest: String,
}

/// What a proof proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proved {
    /// The record's header.
    pub record: Header,
    /// How far the device's log was acknowledged, and when.
    pub acknowledged: Acknowledged,
    /// Number of the acknowledgement in the server's log.
    pub leaf: u64,
    /// Size of that log.
    pub size: u64,
    /// Its root.
    pub root: Hash,
}

/// Why a proof is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofRefused {
    /// Not a proof, or of a format this version does not know.
    #[error("not a proof that this version can read")]
    Format,
    /// A part of it cannot be read.
    #[error("`{0}` cannot be read")]
    Malformed(&'static str),
    /// The first record belongs to another event.
    #[error("the record belongs to another event")]
    OtherEvent,
    /// The records do not follow on one another, or end elsewhere than the receipt says.
    #[error("the records do not lead to the head that was acknowledged")]
    Chain,
    /// The receipt is not the server's.
    #[error("the receipt is refused")]
    Receipt(#[source] ReceiptError),
    /// The checkpoint is not the server's.
    #[error("the checkpoint is refused")]
    Checkpoint(#[source] NoteError),
    /// The acknowledgement is not in the server's log.
    #[error("the acknowledgement is not in the server's log")]
    Inclusion(#[source] ProofError),
    /// A cosignature is not its witness's.
    #[error("the cosignature of `{0}` is refused")]
    Cosigned(String, #[source] NoteError),
    /// A witness who was asked for has said nothing.
    #[error("`{0}` has not cosigned the checkpoint")]
    NotCosigned(String),
}

const FORMAT: &str = "weir event proof 1";
/// More records than a device sends at once, many times over.
const MOST_RECORDS: usize = 100_000;
/// Bytes of the largest proof: a record takes about two hundred.
pub const MOST_PROOF_BYTES: usize = 32 << 20;

impl EventProof {
    /// Puts a proof together: the records from the event's first on to the acknowledged one, with the head before.
    #[must_use]
    pub fn new(event: EventId, before: &Head, records: &[Link], receipt: Receipt, inclusion: LogProof) -> Self {
        let records = records.iter().map(|link| Recorded {
            header: hex::encode(link.bytes()),
            digest: hex::encode(link.digest()),
        });
        Self {
            format: FORMAT.to_owned(),
            event,
            before: hex::encode(before),
            records: records.collect(),
            receipt,
            inclusion,
        }
    }

    /// From a file.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofRefused> {
        if bytes.len() > MOST_PROOF_BYTES {
            return Err(ProofRefused::Format);
        }
        let proof: Self = serde_json::from_slice(bytes).map_err(|_| ProofRefused::Format)?;
        match proof.format == FORMAT {
            true => Ok(proof),
            false => Err(ProofRefused::Format),
        }
    }

    /// What it proves, to who believes the server with this key.
    ///
    /// # Errors
    /// It proves nothing; the first reason.
    pub fn verify(&self, key: &KeyName) -> Result<Proved, ProofRefused> {
        let (record, head) = self.chain()?;
        let acknowledged = self.receipt.verify(key.key()).map_err(ProofRefused::Receipt)?;
        if acknowledged.seq != head.0 || acknowledged.head != head.1 {
            return Err(ProofRefused::Chain);
        }
        let (leaf, note) = self.receipt.log().ok_or(ProofRefused::Malformed("receipt"))?;
        let checkpoint = key.open(note).map_err(ProofRefused::Checkpoint)?;
        let hashes = self
            .inclusion
            .read()
            .map_err(|_| ProofRefused::Malformed("inclusion"))?;
        let hash = LogEntry::from(acknowledged).leaf();
        verify_inclusion(&hash, leaf, checkpoint.size, &hashes, &checkpoint.root).map_err(ProofRefused::Inclusion)?;
        Ok(Proved {
            record,
            acknowledged,
            leaf,
            size: checkpoint.size,
            root: checkpoint.root,
        })
    }

    /// When these witnesses cosigned the checkpoint, by their own clocks. Who verifies with them need not trust the server: it cannot
    /// have another log without them.
    ///
    /// # Errors
    /// One did not, or its cosignature is not its own.
    pub fn cosigned(&self, witnesses: &[WitnessKey]) -> Result<Vec<Timestamp>, ProofRefused> {
        let (_, note) = self.receipt.log().ok_or(ProofRefused::Malformed("receipt"))?;
        let said = |witness: &WitnessKey| {
            let name = || witness.name().to_owned();
            let said = witness.cosigned(note);
            let said = said.map_err(|error| ProofRefused::Cosigned(name(), error))?;
            let seconds = said.ok_or_else(|| ProofRefused::NotCosigned(name()))?;
            Ok(Timestamp::from_millis(seconds.cast_signed().saturating_mul(1000)))
        };
        witnesses.iter().map(said).collect()
    }

    /// The event's record, and number and head of the last.
    fn chain(&self) -> Result<(Header, (u64, Head)), ProofRefused> {
        if self.records.len() > MOST_RECORDS {
            return Err(ProofRefused::Chain);
        }
        let mut head: Head = bytes(&self.before, "before")?;
        let mut last: Option<u64> = None;
        let mut first = None;
        for record in &self.records {
            let header: [u8; LINK_HEADER] = bytes(&record.header, "header")?;
            let link = Link::new(header, bytes(&record.digest, "digest")?);
            let link = link.map_err(|_| ProofRefused::Malformed("header"))?;
            let header = link.header();
            if last.is_some_and(|last| header.seq <= last) {
                return Err(ProofRefused::Chain);
            }
            last = Some(header.seq);
            head = link.head(&head);
            first.get_or_insert(header);
        }
        let (Some(first), Some(last)) = (first, last) else {
            return Err(ProofRefused::Chain);
        };
        match first.id == self.event {
            true => Ok((first, (last, head))),
            false => Err(ProofRefused::OtherEvent),
        }
    }
}

fn bytes<const N: usize>(text: &str, name: &'static str) -> Result<[u8; N], ProofRefused> {
    let mut bytes = [0; N];
    let read = hex::decode_to_slice(text, &mut bytes);
    read.map(|()| bytes).map_err(|_| ProofRefused::Malformed(name))
}

/// For fuzzing: any bytes as a proof, and as an entry of the log. Nothing verifies under a key that signed nothing.
#[doc(hidden)]
pub fn fuzz_proof(data: &[u8]) {
    if let Ok(entry) = LogEntry::parse(data) {
        assert_eq!(entry.to_bytes(), data);
    }
    let Ok(proof) = EventProof::parse(data) else { return };
    let key = SigningKey::from_seed(&[0x5a; 32]).map(|key| log_key(&key.public()));
    if let Ok(Ok(key)) = key {
        assert!(proof.verify(&key).is_err());
    }
}
