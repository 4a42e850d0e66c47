//! Says what a pack proves.

use super::tar::{Member, Reader};
use super::{
    BATCHES, FORMAT, JOURNAL, Listed, MANIFEST, MOST_LINE, Manifest, NAMES, PackOf, PackedBatch, PackedCosigned,
    PackedJournal, PackedRecord, PackedRow, RECORDS, ROOM, SIGNATURE, signed,
};
use crate::{DeviceId, LogEntry, ReceiptError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use weir_bundle::SigningKey;
use weir_model::Timestamp;
use weir_tlog::{Hash, KeyName, NoteError, ProofError, WitnessKey, verify_consistency, verify_inclusion};

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
    /// The stretch of the server's journal; `None` where no row is packed.
    pub journal: Option<JournalProved>,
    /// Rows of the time that no entry of the server's log stood for when it was packed, as the server says: they are not in it.
    pub rows_not_in_log: u64,
    /// Size of the server's log.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// What witnesses say of the log; `None` where the server had nothing of that kind.
    pub cosigned: Option<WitnessProved>,
}

/// The log, as witnesses have cosigned it. The pack's goes on from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessProved {
    /// Its size then: entries before it cannot be others without these witnesses.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// Who cosigned it, and when by the witness's own clock. That they are devices, and different ones, is the server's word, which
    /// is in its journal.
    pub by: Vec<(WitnessKey, Timestamp)>,
    /// How many had cosigned it, as the server says.
    pub cosigned: u64,
    /// How many witnesses there were, as the server says.
    pub witnesses: u64,
}

impl PackProved {
    /// Whether these witnesses have cosigned the log. Who verifies with them need not trust the server: up to there it cannot have
    /// another log without them.
    ///
    /// # Errors
    /// The first that has not.
    pub fn cosigned_by(&self, witnesses: &[WitnessKey]) -> Result<(), PackRefused> {
        let by = self.cosigned.as_ref().map_or(&[][..], |cosigned| &cosigned.by);
        let missing = witnesses
            .iter()
            .find(|witness| !by.iter().any(|(by, _)| by == *witness));
        missing.map_or(Ok(()), |witness| {
            Err(PackRefused::NotCosigned(witness.name().to_owned()))
        })
    }
}

/// A stretch of the server's journal without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalProved {
    /// Number of its first row.
    pub first: u64,
    /// When that was, by the server's clock.
    pub from: Timestamp,
    /// Hash of the row before: with it the stretch goes on from another pack.
    pub before: Hash,
    /// Number of its last row.
    pub last: u64,
    /// When that was.
    pub to: Timestamp,
    /// Its hash.
    pub head: Hash,
    /// The entry of the server's log that has it.
    pub leaf: u64,
}

/// Why a pack is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackRefused {
    /// Not a pack, or of a format this version does not know.
    #[error("not a pack of evidence that this version can read")]
    Format,
    /// It could not be read to its end: that says nothing about it.
    #[error("the pack cannot be read: {0}")]
    Read(io::ErrorKind),
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
    /// A row of the journal is not the one that was entered there.
    #[error("the row of the journal in line {line} was changed, or does not go on from the one before it")]
    Row {
        /// From 1.
        line: usize,
    },
    /// Nothing says where the log has the journal's rows, or there are none for what is said.
    #[error("the journal's rows and what the manifest says about them do not belong together")]
    Journal,
    /// The journal's last row is not in the server's log.
    #[error("the journal's last row is not in the server's log")]
    Anchor(#[source] ProofError),
    /// A cosignature is missing, of another key, or not its witness's.
    #[error("the checkpoint that witnesses cosigned is refused")]
    Cosigned(#[source] NoteError),
    /// The keys of witnesses cannot be read, or one is there twice.
    #[error("the keys of witnesses cannot be read")]
    Witnesses,
    /// A witness who was asked for has said nothing, or more than thirty-two others came before.
    #[error("`{0}` is not among the witnesses whose cosignatures are in the pack")]
    NotCosigned(String),
    /// The pack's log does not go on from what witnesses cosigned.
    #[error("the server's log does not go on from what witnesses cosigned")]
    Consistency(#[source] ProofError),
    /// A record that nobody acknowledged.
    #[error("the record in line {line} belongs to no batch")]
    NotAcknowledged {
        /// From 1.
        line: usize,
    },
}

/// What a pack proves, to who believes the server with this key. It is read once, from its beginning to its end.
///
/// # Errors
/// It proves nothing; the first reason.
pub fn verify_pack(from: impl Read, key: &KeyName) -> Result<PackProved, PackRefused> {
    let mut tar = Reader::new(from);
    let mut said = Said::default();
    let mut wrong = None;
    let mut there = Vec::with_capacity(NAMES.len());
    for (place, name) in NAMES.into_iter().enumerate() {
        let mut file = tar.open(name)?;
        // Whether it was changed is known at the end, and the better reason.
        if wrong.is_none() {
            wrong = said.read(place, &mut file, key).err();
        }
        there.push(Listed::of(name, file.close()?));
    }
    let manifest = manifest(&mut tar, key)?;
    tar.end()?;
    if manifest.files.len() != there.len() {
        return Err(PackRefused::Format);
    }
    for ((told, there), name) in manifest.files.iter().zip(&there).zip(NAMES) {
        if told != there {
            return Err(PackRefused::Changed(name));
        }
    }
    match wrong {
        Some(wrong) => Err(wrong),
        None => said.proved(manifest, key),
    }
}

/// The server's word about the files before it.
fn manifest(tar: &mut Reader<impl Read>, key: &KeyName) -> Result<Manifest, PackRefused> {
    let mut whole = |name| -> Result<Vec<u8>, PackRefused> {
        let mut file = tar.open(name)?;
        let bytes = file.all(ROOM)?;
        file.close()?;
        Ok(bytes)
    };
    let (manifest, signature) = (whole(MANIFEST)?, whole(SIGNATURE)?);
    let decoded = STANDARD.decode(&signature).map_err(|_| PackRefused::Forged)?;
    // One signature has one text.
    if STANDARD.encode(&decoded).as_bytes() != signature || !key.key().verifies(&signed(&manifest), &decoded) {
        return Err(PackRefused::Forged);
    }
    let manifest: Manifest = serde_json::from_slice(&manifest).map_err(|_| PackRefused::Format)?;
    match manifest.format == FORMAT {
        true => Ok(manifest),
        false => Err(PackRefused::Format),
    }
}

/// What the files say. It is worth something when they are those of the manifest.
#[derive(Default)]
struct Said {
    size: u64,
    root: Hash,
    /// First and last of each batch of each log.
    stretches: BTreeMap<(DeviceId, u32), Vec<(u64, u64)>>,
    not_in_log: u64,
    missing: Vec<(DeviceId, u32, u64, u64)>,
    rows: Option<Rows>,
    records: u64,
    before: Option<(DeviceId, u32, u64)>,
}

/// As far as the journal's rows were read.
struct Rows {
    first: u64,
    from: Timestamp,
    before: Hash,
    last: u64,
    to: Timestamp,
    head: Hash,
}

impl Said {
    fn read(&mut self, place: usize, file: &mut Member<'_, impl Read>, key: &KeyName) -> Result<(), PackRefused> {
        match place {
            BATCHES => lines(file, place, |line, batch: PackedBatch| self.batch(line, &batch, key)),
            JOURNAL => lines(file, place, |line, row: PackedRow| self.row(line, &row)),
            RECORDS => lines(file, place, |line, record: PackedRecord| self.record(line, &record)),
            _ => self.checkpoint(&file.all(ROOM)?, key),
        }
    }

    fn checkpoint(&mut self, text: &[u8], key: &KeyName) -> Result<(), PackRefused> {
        let text = std::str::from_utf8(text).map_err(|_| PackRefused::Checkpoint(NoteError::Malformed))?;
        let checkpoint = key.open(text).map_err(PackRefused::Checkpoint)?;
        (self.size, self.root) = (checkpoint.size, checkpoint.root);
        Ok(())
    }

    /// A batch is the server's word, stands in its log, and goes on from the one before it.
    fn batch(&mut self, line: usize, batch: &PackedBatch, key: &KeyName) -> Result<(), PackRefused> {
        let file = NAMES[BATCHES];
        let said = batch.receipt.verify(key.key());
        let said = said.map_err(|source| PackRefused::Receipt { line, source })?;
        match (batch.leaf, &batch.inclusion) {
            (Some(leaf), Some(inclusion)) => {
                let hashes = inclusion.read().map_err(|_| PackRefused::Line { file, line })?;
                verify_inclusion(&LogEntry::from(said).leaf(), leaf, self.size, &hashes, &self.root)
                    .map_err(|source| PackRefused::Inclusion { line, source })?;
            }
            (None, None) => self.not_in_log += 1,
            _ => return Err(PackRefused::Line { file, line }),
        }
        let out_of_order = PackRefused::Order { file, line };
        if batch.first > said.seq {
            return Err(out_of_order);
        }
        let log = self.stretches.entry((said.device, said.timeline)).or_default();
        if let Some((_, last)) = log.last() {
            match batch.first.checked_sub(*last) {
                None | Some(0) => return Err(out_of_order),
                Some(1) => {}
                Some(_) => self
                    .missing
                    .push((said.device, said.timeline, last + 1, batch.first - 1)),
            }
        }
        log.push((batch.first, said.seq));
        Ok(())
    }

    /// A row goes on from the one before it, and has the hash that it says.
    fn row(&mut self, line: usize, row: &PackedRow) -> Result<(), PackRefused> {
        let unreadable = || PackRefused::Line {
            file: NAMES[JOURNAL],
            line,
        };
        let previous = hash(&row.previous).ok_or_else(unreadable)?;
        let head = hash(&row.hash).ok_or_else(unreadable)?;
        let goes_on = match &self.rows {
            Some(rows) => rows.last.checked_add(1) == Some(row.number) && previous == rows.head,
            // Nothing stands before the first of all.
            None => row.number > 1 || row.number == 1 && previous == Hash::default(),
        };
        if !goes_on || row.hash_behind(&previous) != head {
            return Err(PackRefused::Row { line });
        }
        let rows = self.rows.get_or_insert(Rows {
            first: row.number,
            from: row.time,
            before: previous,
            last: row.number,
            to: row.time,
            head,
        });
        (rows.last, rows.to, rows.head) = (row.number, row.time, head);
        Ok(())
    }

    /// A record belongs to a batch, and is there once.
    fn record(&mut self, line: usize, record: &PackedRecord) -> Result<(), PackRefused> {
        let place = (record.device, record.timeline, record.seq);
        if self.before.replace(place).is_some_and(|before| before >= place) {
            return Err(PackRefused::Order {
                file: NAMES[RECORDS],
                line,
            });
        }
        let log = self.stretches.get(&(record.device, record.timeline));
        let is_there = log.is_some_and(|log| {
            let next = log.partition_point(|(_, last)| *last < record.seq);
            log.get(next).is_some_and(|(first, _)| *first <= record.seq)
        });
        if !is_there {
            return Err(PackRefused::NotAcknowledged { line });
        }
        self.records += 1;
        Ok(())
    }

    fn proved(self, manifest: Manifest, key: &KeyName) -> Result<PackProved, PackRefused> {
        let journal = self.anchored(&manifest.journal)?;
        let cosigned = manifest
            .cosigned
            .map(|packed| self.cosigned(&packed, key))
            .transpose()?;
        let devices: BTreeSet<_> = self.stretches.keys().map(|(device, _)| *device).collect();
        Ok(PackProved {
            of: manifest.of,
            devices: devices.len() as u64,
            logs: self.stretches.len() as u64,
            batches: self.stretches.values().map(|log| log.len() as u64).sum(),
            not_in_log: self.not_in_log,
            records: self.records,
            missing: self.missing,
            journal,
            rows_not_in_log: manifest.journal.not_in_log,
            size: self.size,
            root: self.root,
            cosigned,
        })
    }

    /// Each witness that is named has cosigned a checkpoint of this log, and the log goes on from there.
    fn cosigned(&self, packed: &PackedCosigned, key: &KeyName) -> Result<WitnessProved, PackRefused> {
        let checkpoint = key.open(&packed.checkpoint).map_err(PackRefused::Cosigned)?;
        let mut by: Vec<(WitnessKey, Timestamp)> = Vec::new();
        for text in &packed.keys {
            let witness: WitnessKey = text.parse().map_err(|_| PackRefused::Witnesses)?;
            if by.iter().any(|(known, _)| known.key() == witness.key()) || witness.key() == key.key() {
                return Err(PackRefused::Witnesses);
            }
            let cosigned = witness.cosigned(&packed.checkpoint).map_err(PackRefused::Cosigned)?;
            let seconds = cosigned.ok_or(PackRefused::Cosigned(NoteError::Cosignature))?;
            by.push((
                witness,
                Timestamp::from_millis(seconds.cast_signed().saturating_mul(1000)),
            ));
        }
        let hashes = packed.consistency.read().map_err(|_| PackRefused::Witnesses)?;
        let (size, root) = (checkpoint.size, checkpoint.root);
        verify_consistency((size, &root), (self.size, &self.root), &hashes).map_err(PackRefused::Consistency)?;
        Ok(WitnessProved {
            size,
            root,
            by,
            cosigned: packed.cosigned.max(packed.keys.len() as u64),
            witnesses: packed.witnesses.max(packed.keys.len() as u64),
        })
    }

    /// The log has the last row, and with it all before.
    fn anchored(&self, packed: &PackedJournal) -> Result<Option<JournalProved>, PackRefused> {
        let (rows, anchor) = match (&self.rows, &packed.anchor) {
            (Some(rows), Some(anchor)) => (rows, anchor),
            (None, None) => return Ok(None),
            (Some(_), None) | (None, Some(_)) => return Err(PackRefused::Journal),
        };
        let entry = LogEntry::Journal {
            number: rows.last,
            hash: rows.head,
        };
        let hashes = anchor.inclusion.read().map_err(|_| PackRefused::Journal)?;
        verify_inclusion(&entry.leaf(), anchor.leaf, self.size, &hashes, &self.root).map_err(PackRefused::Anchor)?;
        Ok(Some(JournalProved {
            first: rows.first,
            from: rows.from,
            before: rows.before,
            last: rows.last,
            to: rows.to,
            head: rows.head,
            leaf: anchor.leaf,
        }))
    }
}

fn hash(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    hex::decode_to_slice(text, &mut hash).ok().map(|()| hash)
}

/// Each line of a file, with its number from 1.
fn lines<T: DeserializeOwned>(
    file: &mut Member<'_, impl Read>,
    place: usize,
    mut each: impl FnMut(usize, T) -> Result<(), PackRefused>,
) -> Result<(), PackRefused> {
    let (mut text, mut line) = (Vec::new(), 0);
    while file.line(&mut text, MOST_LINE)? {
        line += 1;
        let read = text.strip_suffix(b"\n").map(serde_json::from_slice);
        let unreadable = PackRefused::Line {
            file: NAMES[place],
            line,
        };
        each(line, read.and_then(Result::ok).ok_or(unreadable)?)?;
    }
    Ok(())
}

/// For fuzzing: any bytes as a pack. Nothing verifies under a key that signed nothing.
#[doc(hidden)]
pub fn fuzz_pack(data: &[u8]) {
    let key = SigningKey::from_seed(&[0x5a; 32]).map(|key| crate::log_key(&key.public()));
    let Ok(Ok(key)) = key else {
        return;
    };
    assert!(verify_pack(data, &key).is_err());
    // Each file also behind one that is wrong.
    let (mut tar, mut said) = (Reader::new(data), Said::default());
    for (place, name) in NAMES.into_iter().enumerate() {
        let Ok(mut file) = tar.open(name) else {
            return;
        };
        let _ = said.read(place, &mut file, &key);
        if file.close().is_err() {
            return;
        }
    }
}
