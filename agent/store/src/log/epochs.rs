//! The key of the present epoch, and what it will seal. The key that sealed an epoch is overwritten as soon as the seal
//! and the next key are durable.
//!
//! ```text
//!   seal of epoch e durable ─▶ key e+1 durable in the other slot ─▶ slot of key e zeros
//! ```
//! A cut at each place leaves the key of the epoch that the log is in, or the one before it, from which it is made.

use super::segments;
use crate::disk::{Disk, DiskFile};
use std::io;
use std::path::Path;
use weir_audit::{
    ClosedEpoch, EpochFile, EpochKey, EpochSeal, Frame, Head, Kind, RecordsDigest, SealKey, Step, Walk, What,
};
use weir_model::Timestamp;

const NAME: &str = "epoch";

/// Where the log ends, as it was found.
pub(super) struct End {
    /// The epoch of the next record.
    pub(super) epoch: u32,
    /// The number of the next record.
    pub(super) next: u64,
    /// The head behind the last; `None` where there is none.
    pub(super) head: Option<Head>,
}

pub(super) struct Epochs {
    file: Box<dyn DiskFile>,
    slot: u8,
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
    pub(super) fn open(
        disk: &dyn Disk,
        dir: &Path,
        (numbers, key): (&[u64], &SealKey),
        end: &End,
        random: [u8; 32],
    ) -> io::Result<(Self, Option<What>)> {
        let bytes = read(disk, dir)?.unwrap_or_default();
        let EpochFile { key: found, leftover } = EpochFile::read(&bytes);
        let known = found.as_ref().is_some_and(|(found, _)| found.at(end.epoch).is_some());
        let present = match &found {
            Some((found, _)) => found.at(end.epoch).unwrap_or_else(|| found.clone()),
            None => EpochKey::new(end.epoch, random),
        };
        let open = match found {
            Some(_) => open_epoch(disk, dir, numbers, key, end)?,
            // Of a log that had no epochs, or whose key is lost: what is there already is not sealed.
            None => OpenEpoch::beginning(end.next),
        };
        let wrong = match &found {
            Some((found, _)) => !known || end.epoch - found.epoch() > 1,
            None => end.epoch > 0,
        };
        let file = open_file(disk, dir)?;
        let at = found.as_ref().map(|(found, slot)| (found.epoch(), *slot));
        let mut epochs = Self {
            file,
            slot: at.map_or(1, |(_, slot)| slot),
            key: present,
            open,
        };
        match at {
            Some((epoch, _)) if epoch == epochs.key.epoch() && !leftover => {}
            Some((epoch, _)) if epoch == epochs.key.epoch() => epochs.wipe(epochs.slot ^ 1)?,
            _ => epochs.write()?,
        }
        Ok((epochs, wrong.then_some(What::OtherEpoch)))
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
        self.write()
    }

    /// The present key into the other slot, and zeros into this one.
    fn write(&mut self) -> io::Result<()> {
        let (_, offset) = EpochFile::len_and_offset(self.slot ^ 1);
        self.file.write_at(offset, &self.key.to_slot())?;
        self.file.sync()?;
        let old = self.slot;
        self.slot ^= 1;
        self.wipe(old)
    }

    fn wipe(&self, slot: u8) -> io::Result<()> {
        let (_, offset) = EpochFile::len_and_offset(slot);
        self.file.write_at(offset, &EpochFile::empty_slot())?;
        self.file.sync()
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

/// The bytes of the key's file, as they are.
pub(crate) fn read(disk: &dyn Disk, dir: &Path) -> io::Result<Option<Vec<u8>>> {
    let (len, _) = EpochFile::len_and_offset(0);
    match disk.open(&dir.join(NAME)) {
        Ok(file) => {
            let mut bytes = vec![0; len as usize];
            let read = file.read_at(0, &mut bytes)?;
            bytes.truncate(read);
            Ok(Some(bytes))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn open_file(disk: &dyn Disk, dir: &Path) -> io::Result<Box<dyn DiskFile>> {
    let (path, (len, _)) = (dir.join(NAME), EpochFile::len_and_offset(0));
    match disk.open(&path) {
        Ok(file) if file.len()? == len => Ok(file),
        _ => {
            let file = disk.create(&path)?;
            super::allocate(&*file, 0, len)?;
            disk.sync_dir(dir)?;
            Ok(file)
        }
    }
}

/// What the records behind the last seal say, read back along the chain.
fn open_epoch(disk: &dyn Disk, dir: &Path, numbers: &[u64], key: &SealKey, end: &End) -> io::Result<OpenEpoch> {
    let mut open = OpenEpoch::beginning(end.next);
    let Some(mut wanted) = end.head else { return Ok(open) };
    let mut records = Vec::new();
    'back: for &number in numbers.iter().rev() {
        let bytes = segments::read(disk, dir, number, None)?;
        for frame in frames(&bytes)
            .into_iter()
            .rev()
            .filter_map(|at| Frame::parse(&bytes[at..]).ok())
        {
            if frame.head() != wanted {
                continue;
            }
            let header = *frame.header();
            if header.kind == Kind::Seal {
                break 'back;
            }
            wanted = frame.prev();
            open.first = header.seq;
            if !header.kind.is_of_chain() {
                records.push((header, frame.open(key).unwrap_or_default()));
            }
        }
    }
    open.count = records.len() as u64;
    for (header, payload) in records.iter().rev() {
        let body = payload.get(1..).unwrap_or_default();
        open.records.add(header.seq, header.kind, header.time, &header.id, body);
    }
    Ok(open)
}

/// Where whole frames begin.
fn frames(bytes: &[u8]) -> Vec<usize> {
    let at = |step| match step {
        Step::Frame { offset, .. } => Some(offset),
        Step::Damage { .. } => None,
    };
    Walk::new(bytes).filter_map(at).collect()
}
