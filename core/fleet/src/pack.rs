//! A pack of evidence: all that arrived at a server in a time, for somebody who has neither the server nor Weir.
//!
//! ```text
//! manifest.json    what it is, and size and SHA-256 of each file behind it
//! manifest.sig     the server's signature over that, base64
//! checkpoint.txt   the server's log, signed (C2SP)
//! batches.ndjson   what was acknowledged: receipt, entry in the server's log, and the proof that it is there
//! records.ndjson   the records themselves
//! ```
//!
//! It is a tar that has no byte to spare: one that was written otherwise is refused. The server signs what it has; that its
//! records are what the devices sealed is proved by the devices, event by event ([`EventProof`](crate::EventProof)).

mod tar;

use crate::{DeviceId, LogEntry, LogProof, Receipt, ReceiptError};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use weir_bundle::SigningKey;
use weir_model::{EventId, Timestamp};
use weir_tlog::{Hash, KeyName, NoteError, ProofError, verify_inclusion};

/// Bytes of the largest pack. A longer time takes several.
pub const MOST_PACK_BYTES: usize = 1 << 30;

const FORMAT: &str = "weir evidence pack 1";
const NAMES: [&str; 3] = ["checkpoint.txt", "batches.ndjson", "records.ndjson"];
const MANIFEST: &str = "manifest.json";
const SIGNATURE: &str = "manifest.sig";

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
    files: Vec<Listed>,
}

#[derive(Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Listed {
    name: String,
    size: u64,
    sha256: String,
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

/// Puts a pack together, piece by piece.
#[derive(Default)]
pub struct PackWriter {
    batches: Vec<u8>,
    records: Vec<u8>,
}

/// More than [`MOST_PACK_BYTES`].
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a pack of more than {MOST_PACK_BYTES} bytes; ask for a shorter time")]
pub struct PackTooLarge;

impl PackWriter {
    /// Batches come by device, timeline and number.
    ///
    /// # Errors
    /// The pack is full.
    pub fn batch(&mut self, batch: &PackedBatch) -> Result<(), PackTooLarge> {
        line(&mut self.batches, batch);
        self.fits()
    }

    /// Records come by device, timeline and number.
    ///
    /// # Errors
    /// The pack is full.
    pub fn record(&mut self, record: &PackedRecord) -> Result<(), PackTooLarge> {
        line(&mut self.records, record);
        self.fits()
    }

    fn fits(&self) -> Result<(), PackTooLarge> {
        const ROOM: usize = 64 * 1024;
        match self.batches.len() + self.records.len() + ROOM > MOST_PACK_BYTES {
            true => Err(PackTooLarge),
            false => Ok(()),
        }
    }

    /// The pack, signed.
    #[must_use]
    pub fn finish(self, of: PackOf, checkpoint: &str, key: &SigningKey) -> Vec<u8> {
        let files: [&[u8]; 3] = [checkpoint.as_bytes(), &self.batches, &self.records];
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            of,
            files: listed(files),
        };
        // Texts and numbers can always be written.
        let manifest = serde_json::to_vec_pretty(&manifest).unwrap_or_default();
        let signature = STANDARD.encode(key.sign(&signed(&manifest)));
        let mut bytes = Vec::with_capacity(files.iter().map(|file| file.len() + 1024).sum());
        tar::write(&mut bytes, MANIFEST, &manifest);
        tar::write(&mut bytes, SIGNATURE, signature.as_bytes());
        for (name, file) in NAMES.into_iter().zip(files) {
            tar::write(&mut bytes, name, file);
        }
        tar::end(&mut bytes);
        bytes
    }
}

fn line(out: &mut Vec<u8>, line: &impl Serialize) {
    // Numbers and texts cannot fail to be written.
    let _ = serde_json::to_writer(&mut *out, line);
    out.push(b'\n');
}

fn listed(files: [&[u8]; 3]) -> Vec<Listed> {
    let list = |(name, file): (&str, &[u8])| Listed {
        name: name.to_owned(),
        size: file.len() as u64,
        sha256: hex::encode(digest::digest(&digest::SHA256, file)),
    };
    NAMES.into_iter().zip(files).map(list).collect()
}

/// The first line keeps the signature from fitting anything else the key signs.
fn signed(manifest: &[u8]) -> Vec<u8> {
    [b"weir evidence pack v1\n", manifest].concat()
}

/// What a pack proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackProved {
    /// What it is of.
    pub of: PackOf,
    /// Devices whose logs are in it.
    pub devices: u64,
    /// Logs.
    pub logs: u64,
    /// Batches, each with its receipt.
    pub batches: u64,
    /// Of them, those that came before the server had a log.
    pub not_in_log: u64,
    /// Records.
    pub records: u64,
    /// Numbers that are missing between two batches of one log: device, timeline, first, last.
    pub missing: Vec<(DeviceId, u32, u64, u64)>,
    /// Size of the server's log.
    pub size: u64,
    /// Its root.
    pub root: Hash,
}

/// Why a pack is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackRefused {
    /// Not a pack, or of a format this version does not know.
    #[error("not a pack of evidence that this version can read")]
    Format,
    /// The manifest is not the server's.
    #[error("the manifest is not signed by the server's key")]
    Forged,
    /// A file is not the one that was packed.
    #[error("`{0}` was changed")]
    Changed(&'static str),
    /// A line cannot be read.
    #[error("`{file}`, line {line} cannot be read")]
    Line {
        /// Which file.
        file: &'static str,
        /// From 1.
        line: usize,
    },
    /// The checkpoint is not the server's.
    #[error("the checkpoint is refused")]
    Checkpoint(#[source] NoteError),
    /// A receipt is not the server's.
    #[error("the receipt in line {line} is refused")]
    Receipt {
        /// From 1.
        line: usize,
        /// Why.
        source: ReceiptError,
    },
    /// An acknowledgement is not in the server's log.
    #[error("the acknowledgement in line {line} is not in the server's log")]
    Inclusion {
        /// From 1.
        line: usize,
        /// Why.
        source: ProofError,
    },
    /// Numbers overlap, or are out of order.
    #[error("`{file}`, line {line} is out of order")]
    Order {
        /// Which file.
        file: &'static str,
        /// From 1.
        line: usize,
    },
    /// A record that nobody acknowledged.
    #[error("the record in line {line} belongs to no batch")]
    NotAcknowledged {
        /// From 1.
        line: usize,
    },
}

/// What a pack proves, to who believes the server with this key.
///
/// # Errors
/// It proves nothing; the first reason.
pub fn verify_pack(bytes: &[u8], key: &KeyName) -> Result<PackProved, PackRefused> {
    let [manifest, signature, files @ ..] = tar::read(bytes, [MANIFEST, SIGNATURE, NAMES[0], NAMES[1], NAMES[2]])
        .filter(|_| bytes.len() <= MOST_PACK_BYTES)
        .ok_or(PackRefused::Format)?;
    let decoded = STANDARD.decode(signature).map_err(|_| PackRefused::Forged)?;
    // One signature has one text.
    if STANDARD.encode(&decoded).as_bytes() != signature || !key.key().verifies(&signed(manifest), &decoded) {
        return Err(PackRefused::Forged);
    }
    let manifest: Manifest = serde_json::from_slice(manifest).map_err(|_| PackRefused::Format)?;
    if manifest.format != FORMAT || manifest.files.len() != NAMES.len() {
        return Err(PackRefused::Format);
    }
    for ((told, there), name) in manifest.files.iter().zip(listed(files)).zip(NAMES) {
        if *told != there {
            return Err(PackRefused::Changed(name));
        }
    }
    let [checkpoint, batches, records] = files;
    let checkpoint = std::str::from_utf8(checkpoint).map_err(|_| PackRefused::Checkpoint(NoteError::Malformed))?;
    let checkpoint = key.open(checkpoint).map_err(PackRefused::Checkpoint)?;
    let mut proved = PackProved {
        of: manifest.of,
        devices: 0,
        logs: 0,
        batches: 0,
        not_in_log: 0,
        records: 0,
        missing: Vec::new(),
        size: checkpoint.size,
        root: checkpoint.root,
    };
    let stretches = acknowledged(batches, key, &mut proved)?;
    recorded(records, &stretches, &mut proved)?;
    Ok(proved)
}

type Stretches = BTreeMap<(DeviceId, u32), Vec<(u64, u64)>>;

/// Each batch is the server's word, and stands in its log; gives the stretches of each log.
fn acknowledged(text: &[u8], key: &KeyName, proved: &mut PackProved) -> Result<Stretches, PackRefused> {
    const FILE: &str = NAMES[1];
    let mut stretches = Stretches::new();
    for (line, batch) in lines::<PackedBatch>(text, FILE) {
        let batch = batch?;
        let said = batch.receipt.verify(key.key());
        let said = said.map_err(|source| PackRefused::Receipt { line, source })?;
        match (batch.leaf, &batch.inclusion) {
            (Some(leaf), Some(inclusion)) => {
                let hashes = inclusion.read().map_err(|_| PackRefused::Line { file: FILE, line })?;
                verify_inclusion(&LogEntry::from(said).leaf(), leaf, proved.size, &hashes, &proved.root)
                    .map_err(|source| PackRefused::Inclusion { line, source })?;
            }
            (None, None) => proved.not_in_log += 1,
            _ => return Err(PackRefused::Line { file: FILE, line }),
        }
        let out_of_order = PackRefused::Order { file: FILE, line };
        if batch.first > said.seq {
            return Err(out_of_order);
        }
        let log = stretches.entry((said.device, said.timeline)).or_default();
        if let Some((_, last)) = log.last() {
            match batch.first.checked_sub(*last) {
                None | Some(0) => return Err(out_of_order),
                Some(1) => {}
                Some(_) => proved
                    .missing
                    .push((said.device, said.timeline, last + 1, batch.first - 1)),
            }
        }
        log.push((batch.first, said.seq));
        proved.batches += 1;
    }
    proved.logs = stretches.len() as u64;
    proved.devices = stretches
        .keys()
        .map(|(device, _)| *device)
        .collect::<BTreeSet<_>>()
        .len() as u64;
    Ok(stretches)
}

/// Each record belongs to a batch, and is there once.
fn recorded(text: &[u8], stretches: &Stretches, proved: &mut PackProved) -> Result<(), PackRefused> {
    const FILE: &str = NAMES[2];
    let mut before = None;
    for (line, record) in lines::<PackedRecord>(text, FILE) {
        let record = record?;
        let place = (record.device, record.timeline, record.seq);
        if before.replace(place).is_some_and(|before| before >= place) {
            return Err(PackRefused::Order { file: FILE, line });
        }
        let log = stretches.get(&(record.device, record.timeline));
        let is_there = log.is_some_and(|log| {
            let next = log.partition_point(|(_, last)| *last < record.seq);
            log.get(next).is_some_and(|(first, _)| *first <= record.seq)
        });
        if !is_there {
            return Err(PackRefused::NotAcknowledged { line });
        }
        proved.records += 1;
    }
    Ok(())
}

fn lines<'a, T: Deserialize<'a>>(
    text: &'a [u8],
    file: &'static str,
) -> impl Iterator<Item = (usize, Result<T, PackRefused>)> {
    let lines = text.strip_suffix(b"\n").unwrap_or(text).split(|byte| *byte == b'\n');
    let some = lines.filter(|_| !text.is_empty()).enumerate();
    some.map(move |(index, line)| {
        let read = serde_json::from_slice(line);
        let line = index + 1;
        (line, read.map_err(|_| PackRefused::Line { file, line }))
    })
}

/// For fuzzing: any bytes as a pack. Nothing verifies under a key that signed nothing.
#[doc(hidden)]
pub fn fuzz_pack(data: &[u8]) {
    let key = SigningKey::from_seed(&[0x5a; 32]).map(|key| crate::log_key(&key.public()));
    if let Ok(Ok(key)) = key {
        assert!(verify_pack(data, &key).is_err());
    }
}

#[cfg(test)]
mod tests {
    use super::{PackOf, PackProved, PackRefused, PackWriter, PackedBatch, PackedRecord, verify_pack};
    use crate::{Acknowledged, DeviceId, LogEntry, LogProof, log_key};
    use proptest::prelude::*;
    use serde_json::value::RawValue;
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

    fn of() -> PackOf {
        PackOf {
            since: NOW,
            until: NOW,
            made: NOW,
            kept_since: Timestamp::from_millis(0),
            purpose: "audit".to_owned(),
        }
    }

    fn said(device: u8, seq: u64) -> Acknowledged {
        Acknowledged {
            device: DeviceId::from_bytes([device; 16]),
            timeline: 1,
            seq,
            head: [seq as u8; 32],
            time: NOW,
        }
    }

    fn record(device: u8, seq: u64) -> PackedRecord {
        PackedRecord {
            device: DeviceId::from_bytes([device; 16]),
            timeline: 1,
            seq,
            time: NOW,
            kind: "decision".to_owned(),
            event: EventId::from_bytes([seq as u8; 16]),
            record: RawValue::from_string("{\"level\":\"public\"}".to_owned()).unwrap(),
        }
    }

    /// Batches of two logs, two entries in the server's log, and records with these numbers.
    fn pack(batches: [(u8, u64, u64); 2], records: &[(u8, u64)]) -> Vec<u8> {
        let key = key();
        let said = batches.map(|(device, _, last)| said(device, last));
        let leaves = said.map(|said| leaf_hash(&LogEntry::from(said).to_bytes()));
        let checkpoint = Checkpoint {
            origin: name().name().to_owned(),
            size: 2,
            root: node_hash(&leaves[0], &leaves[1]),
        };
        let mut writer = PackWriter::default();
        for (number, ((_, first, _), said)) in batches.into_iter().zip(said).enumerate() {
            let batch = PackedBatch {
                first,
                receipt: said.sign(&key),
                leaf: Some(number as u64),
                inclusion: Some(LogProof::of(&[leaves[1 - number]])),
            };
            writer.batch(&batch).unwrap();
        }
        for (device, seq) in records {
            writer.record(&record(*device, *seq)).unwrap();
        }
        writer.finish(of(), &checkpoint.sign(&key), &key)
    }

    fn good() -> Vec<u8> {
        pack([(1, 0, 3), (2, 5, 9)], &[(1, 0), (1, 3), (2, 5)])
    }

    #[test]
    fn a_pack_proves_what_is_in_it() {
        let proved = verify_pack(&good(), &name()).unwrap();
        let expected = PackProved {
            of: of(),
            devices: 2,
            logs: 2,
            batches: 2,
            not_in_log: 0,
            records: 3,
            missing: vec![],
            size: 2,
            root: proved.root,
        };
        assert_eq!(proved, expected);
        let missing = verify_pack(&pack([(1, 0, 3), (1, 6, 9)], &[(1, 6)]), &name())
            .unwrap()
            .missing;
        assert_eq!(missing, [(DeviceId::from_bytes([1; 16]), 1, 4, 5)]);
    }

    #[test]
    fn what_the_server_did_not_acknowledge_is_refused_even_where_it_signs_it() {
        let refused = |batches, records: &[(u8, u64)]| verify_pack(&pack(batches, records), &name()).unwrap_err();
        let two = [(1, 0, 3), (2, 5, 9)];
        assert_eq!(refused(two, &[(1, 4)]), PackRefused::NotAcknowledged { line: 1 });
        assert_eq!(refused(two, &[(3, 0)]), PackRefused::NotAcknowledged { line: 1 });
        let twice = PackRefused::Order {
            file: "records.ndjson",
            line: 2,
        };
        assert_eq!(refused(two, &[(1, 1), (1, 1)]), twice);
        let overlapping = PackRefused::Order {
            file: "batches.ndjson",
            line: 2,
        };
        assert_eq!(refused([(1, 0, 3), (1, 3, 9)], &[]), overlapping);
        let other = log_key(&SigningKey::from_seed(&[2; 32]).unwrap().public()).unwrap();
        assert_eq!(verify_pack(&good(), &other), Err(PackRefused::Forged));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn no_byte_can_be_changed(at: prop::sample::Index, change in 1..=255_u8) {
            let mut bytes = good();
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            prop_assert!(verify_pack(&bytes, &name()).is_err(), "byte {}", at);
        }

        #[test]
        fn none_can_be_taken_or_added(at: prop::sample::Index, byte: u8) {
            let (good, at) = (good(), at);
            let at = at.index(good.len());
            let mut more = good.clone();
            more.insert(at, byte);
            let mut fewer = good.clone();
            fewer.remove(at);
            for bytes in [&more[..], &fewer, &good[..at], &[&good[..], &[byte]].concat()] {
                prop_assert!(verify_pack(bytes, &name()).is_err());
            }
        }

        #[test]
        fn other_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
            super::fuzz_pack(&bytes);
        }
    }
}
