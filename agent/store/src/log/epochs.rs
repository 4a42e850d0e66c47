//! The key of the present epoch, and what it will seal. The key that sealed an epoch is overwritten as soon as the seal
//! and the next key are durable.
//!
//! ```text
//!   seal of epoch e durable ─▶ key e+1 durable in the other slot ─▶ slot of key e zeros
//! ```
//! A cut at each place leaves the key of the epoch that the log is in, or the one before it, from which it is made.

use super::{join, segments, slots};
use crate::disk::{Disk, DiskFile};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use weir_audit::{
    ClosedEpoch, EpochFile, EpochKey, EpochSeal, Frame, Head, Kind, PresentKey, RecordsDigest, SealKey, Step, Walk,
    What,
};
use weir_model::Timestamp;

const NAME: &str = "epoch";

/// Where the log ends, as it was found.
pub(super) struct End<'a> {
    /// Numbers of its segments.
    pub(super) segments: &'a [u64],
    /// What its records are sealed under.
    pub(super) key: &'a SealKey,
    /// The epoch of the next record.
    pub(super) epoch: u32,
    /// The number of the next record.
    pub(super) next: u64,
    /// The head behind the last; `None` where there is none.
    pub(super) head: Option<Head>,
}

pub(super) struct Epochs {
    file: KeyFile,
    key: EpochKey,
    open: OpenEpoch,
}

/// What the next seal will say.
#[derive(Clone, Copy, Default)]
struct OpenEpoch {
    first: u64,
    records: RecordsDigest,
    count: u64,
}

impl Epochs {
    /// The key as it is found, wound on to where the log is; or a new one from `random`. Says as well what is wrong with it.
    /// Fails open where the key cannot be written: records are taken all the same, and a crash before it can be would lose it.
    pub(super) fn open(
        disk: Arc<dyn Disk>,
        dir: &Path,
        end: &End<'_>,
        random: [u8; 32],
    ) -> io::Result<(Self, Option<What>)> {
        let bytes = read(&*disk, dir)?.unwrap_or_default();
        let found = EpochFile::read(&bytes);
        let (key, open, wrong) = match &found.present {
            Some(present) => {
                let wound = present.key.at(end.epoch);
                let told = wound.is_none() || end.epoch - present.key.epoch() > 1;
                let open = open_epoch(&*disk, dir, end, present)?;
                (wound.unwrap_or_else(|| present.key.clone()), open, told)
            }
            // Of a log that had no epochs, or whose key is lost: what is there already is not sealed.
            None => (
                EpochKey::new(end.epoch, random),
                OpenEpoch::beginning(end.next),
                end.epoch > 0,
            ),
        };
        let mut epochs = Self {
            file: KeyFile::new(disk, dir, found.present.as_ref()),
            key,
            open,
        };
        if let Err(error) = epochs.settle(&found) {
            tracing::error!(kind = ?error.kind(), "the key of an epoch of the audit log could not be written");
        }
        Ok((epochs, wrong.then_some(What::OtherEpoch)))
    }

    /// Makes the file hold the present key and nothing else.
    fn settle(&mut self, found: &EpochFile) -> io::Result<()> {
        let is_there = found
            .present
            .as_ref()
            .is_some_and(|present| present.key.epoch() == self.key.epoch());
        let is_new = self.file.open()?;
        match is_there && !is_new {
            true if found.leftover => self.file.wipe_other(),
            true => Ok(()),
            false => self.file.write(&self.key, self.open.first),
        }
    }

    pub(super) const fn epoch(&self) -> u32 {
        self.key.epoch()
    }

    pub(super) const fn key(&self) -> &EpochKey {
        &self.key
    }

    /// Records that no seal covers yet.
    pub(super) const fn unsealed(&self) -> u64 {
        self.open.count
    }

    /// A record is durable.
    pub(super) fn note(&mut self, item: &super::Item, seq: u64) {
        let body = item.payload.bytes.get(1..).unwrap_or_default();
        self.open.records.add(seq, item.kind, item.time, &item.id, body);
        self.open.count += u64::from(!item.kind.is_of_chain());
    }

    pub(super) fn seal(&self, time: Timestamp, head: Head) -> EpochSeal {
        self.key.seal(&ClosedEpoch {
            time,
            first: self.open.first,
            head,
            records: self.open.records,
        })
    }

    /// The seal is durable: winds the key on and forgets the one before. What fails here is made up for by the next time,
    /// or by opening.
    pub(super) fn advance(&mut self, next: u64) -> io::Result<()> {
        self.open = OpenEpoch::beginning(next);
        if let Some(key) = self.key.epoch().checked_add(1).and_then(|epoch| self.key.at(epoch)) {
            self.key = key;
        }
        self.file.write(&self.key, next)
    }
}

impl OpenEpoch {
    fn beginning(first: u64) -> Self {
        Self {
            first,
            ..Self::default()
        }
    }
}

/// Where the key is kept: two slots, of which one holds it and the other zeros.
struct KeyFile {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    /// `None` until it could be made: a full disk must not keep the log from being opened.
    file: Option<Box<dyn DiskFile>>,
    slot: u8,
}

impl KeyFile {
    fn new(disk: Arc<dyn Disk>, dir: &Path, found: Option<&PresentKey>) -> Self {
        Self {
            disk,
            dir: dir.to_owned(),
            file: None,
            slot: found.map_or(1, |present| present.slot),
        }
    }

    /// Opens or makes the file. True where it holds no key now.
    fn open(&mut self) -> io::Result<bool> {
        if self.file.is_some() {
            return Ok(false);
        }
        let (file, is_new) = slots::open(&*self.disk, &self.dir, &join(&self.dir, NAME), len())?;
        self.file = Some(file);
        Ok(is_new)
    }

    /// The key into the other slot, and zeros into this one.
    fn write(&mut self, key: &EpochKey, first: u64) -> io::Result<()> {
        let other = self.slot ^ 1;
        self.put(other, &key.to_slot(first))?;
        self.slot = other;
        self.wipe_other()
    }

    fn wipe_other(&mut self) -> io::Result<()> {
        self.put(self.slot ^ 1, &EpochFile::empty_slot())
    }

    fn put(&mut self, slot: u8, bytes: &[u8]) -> io::Result<()> {
        self.open()?;
        let (_, offset) = EpochFile::len_and_offset(slot);
        let file = self.file.as_ref().ok_or(io::ErrorKind::NotFound)?;
        file.write_at(offset, bytes)?;
        file.sync()
    }
}

const fn len() -> u64 {
    EpochFile::len_and_offset(0).0
}

/// The bytes of the key's file, as they are.
pub(crate) fn read(disk: &dyn Disk, dir: &Path) -> io::Result<Option<Vec<u8>>> {
    slots::read(disk, &join(dir, NAME), len())
}

/// What the records of the epoch that goes on say, read back along the chain to where it began: behind the last seal where the
/// key was about to be wound on, at the record that the key's slot names otherwise.
fn open_epoch(disk: &dyn Disk, dir: &Path, end: &End<'_>, present: &PresentKey) -> io::Result<OpenEpoch> {
    let mut back = Back {
        open: OpenEpoch::beginning(present.first),
        records: Vec::new(),
        key: end.key,
    };
    let mut wanted = end.head;
    for &number in end.segments.iter().rev() {
        let bytes = segments::read(disk, dir, number, None)?;
        if back.read(&bytes, present, &mut wanted) {
            break;
        }
    }
    Ok(back.opened())
}

struct Back<'k> {
    open: OpenEpoch,
    /// The latest first.
    records: Vec<(weir_audit::Header, Vec<u8>)>,
    key: &'k SealKey,
}

impl Back<'_> {
    /// Reads a segment from its end; true where the epoch began in it, or before it would.
    fn read(&mut self, bytes: &[u8], present: &PresentKey, wanted: &mut Option<Head>) -> bool {
        for at in frames(bytes).into_iter().rev() {
            let Ok(frame) = Frame::parse(&bytes[at..]) else {
                continue;
            };
            let header = *frame.header();
            if header.seq < present.first {
                return true;
            }
            if Some(frame.head()) != *wanted {
                continue;
            }
            if header.kind == Kind::Seal {
                self.open.first = header.seq + 1;
                return true;
            }
            *wanted = Some(frame.prev());
            if !header.kind.is_of_chain() {
                self.records.push((header, frame.open(self.key).unwrap_or_default()));
            }
        }
        false
    }

    fn opened(mut self) -> OpenEpoch {
        self.open.count = self.records.len() as u64;
        for (header, payload) in self.records.iter().rev() {
            let body = payload.get(1..).unwrap_or_default();
            self.open
                .records
                .add(header.seq, header.kind, header.time, &header.id, body);
        }
        self.open
    }
}

/// Where whole frames begin.
fn frames(bytes: &[u8]) -> Vec<usize> {
    let at = |step| match step {
        Step::Frame { offset, .. } => Some(offset),
        Step::Damage { .. } => None,
    };
    Walk::new(bytes).filter_map(at).collect()
}
