//! A pack of evidence: all that arrived at a server in a time, for somebody who has neither the server nor Weir.
//!
//! ```text
//! checkpoint.txt   the server's log, signed (C2SP)
//! batches.ndjson   what was acknowledged: receipt, entry in the server's log, and the proof that it is there
//! journal.ndjson   the server's own journal: who changed, decided and read what
//! records.ndjson   the records themselves
//! manifest.json    what it is, size and SHA-256 of each file before it, where the log has the journal's last row, and what
//!                  witnesses of the log have cosigned
//! manifest.sig     the server's signature over that, base64
//! ```
//!
//! It is a tar that has no byte to spare: one that was written otherwise is refused. It is written and verified in one pass:
//! a line at a time is in memory, and of each batch where it begins and ends. The server signs what it has; that its
//! records are what the devices sealed is proved by the devices, event by event ([`EventProof`](crate::EventProof)).
//!
//! Each row of the journal holds the hash of the one before, and the log has the hash of the last: the rows are a stretch of
//! a journal that the server can take back no more. That none of the time is left out before the first row is the server's word.

mod tar;
mod verify;
mod write;

pub use verify::{JournalProved, PackProved, PackRefused, WitnessProved, fuzz_pack, verify_pack};
pub use write::{PackWriteError, PackWriter};

use crate::{DeviceId, JournalRow, LogProof, Receipt};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tar::Sum;
use weir_model::{EventId, Timestamp};

/// Bytes of the largest pack, so that each of its files has a length that a tar can say. A longer time takes several.
pub const MOST_PACK_BYTES: u64 = 1 << 33;

const FORMAT: &str = "weir evidence pack 2";
const NAMES: [&str; 4] = ["checkpoint.txt", "batches.ndjson", "journal.ndjson", "records.ndjson"];
/// Their places among the names.
const BATCHES: usize = 1;
const JOURNAL: usize = 2;
const RECORDS: usize = 3;
const MANIFEST: &str = "manifest.json";
const SIGNATURE: &str = "manifest.sig";
/// Bytes of the longest line: twice what a device sends at once.
const MOST_LINE: usize = 2 * crate::MOST_BYTES;
/// Bytes of the files that are read as a whole, and of their headers.
const ROOM: usize = 64 * 1024;

/// What a pack is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackOf {
    /// What arrived since then, by the server's clock.
    pub since: Timestamp,
    /// And before then.
    pub until: Timestamp,
    /// When it was made.
    pub made: Timestamp,
    /// What arrived before was no longer kept.
    pub kept_since: Timestamp,
    /// Why it was made.
    pub purpose: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: String,
    of: PackOf,
    journal: PackedJournal,
    /// Absent where no witness has cosigned the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cosigned: Option<PackedCosigned>,
    files: Vec<Listed>,
}

#[derive(Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Listed {
    name: String,
    size: u64,
    sha256: String,
}

impl Listed {
    fn of(name: &str, sum: Sum) -> Self {
        Self {
            name: name.to_owned(),
            size: sum.size,
            sha256: hex::encode(sum.sha256),
        }
    }
}

/// A batch that was acknowledged.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedBatch {
    /// Its first record; the receipt names the last.
    pub first: u64,
    /// For the log up to its last record.
    pub receipt: Receipt,
    /// Its entry in the server's log; absent where it came before there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf: Option<u64>,
    /// That it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inclusion: Option<LogProof>,
}

/// A row of the server's journal.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedRow {
    /// From 1, without a gap.
    pub number: u64,
    /// When, by the server's clock.
    pub time: Timestamp,
    /// Who, with a word for the kind: `account:alice`.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To whom or what.
    pub subject: String,
    /// What belongs to it, byte for byte as it was hashed.
    pub details: Box<RawValue>,
    /// SHA-256 of the row before, hex.
    pub previous: String,
    /// SHA-256 of this row, hex.
    pub hash: String,
}

impl PackedRow {
    /// Its hash, as the row that stands behind one with this hash.
    fn hash_behind(&self, previous: &[u8; 32]) -> [u8; 32] {
        let row = JournalRow {
            previous,
            number: self.number,
            time: self.time,
            actor: &self.actor,
            deed: &self.action,
            subject: &self.subject,
            details: self.details.get(),
        };
        row.hash()
    }
}

/// How the packed rows of the journal are held.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedJournal {
    /// The entry of the server's log that has the last packed row; absent where none is packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<PackedAnchor>,
    /// Rows of the time that no entry of the log stood for yet. They are not packed.
    pub not_in_log: u64,
}

/// An entry of the server's log, and the proof that it is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedAnchor {
    /// Number of the entry.
    pub leaf: u64,
    /// That it is there.
    pub inclusion: LogProof,
}

/// An earlier checkpoint of the server's log that witnesses have cosigned, and the proof that the log goes on from it to the pack's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedCosigned {
    /// A signed note, with the lines of the witnesses.
    pub checkpoint: String,
    /// The keys of these witnesses, as the server's journal has them: NAME+HASH+KEY.
    pub keys: Vec<String>,
    /// How many had cosigned it, as the server says: not all need to be in the note.
    pub cosigned: u64,
    /// How many witnesses there were, as the server says.
    pub witnesses: u64,
    /// That the log goes on from there.
    pub consistency: LogProof,
}

/// A record.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedRecord {
    /// Whose.
    pub device: DeviceId,
    /// Which of its logs.
    pub timeline: u32,
    /// Number in that log.
    pub seq: u64,
    /// By the device's clock.
    pub time: Timestamp,
    /// What it is.
    pub kind: String,
    /// The event it belongs to.
    pub event: EventId,
    /// As the device wrote it.
    pub record: Box<RawValue>,
}

/// The first line keeps the signature from fitting anything else the key signs.
fn signed(manifest: &[u8]) -> Vec<u8> {
    [b"weir evidence pack v2\n", manifest].concat()
}

#[cfg(test)]
mod tests;
