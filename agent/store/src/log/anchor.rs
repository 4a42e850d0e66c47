//! Writes the anchor file. One slot is always durable: until the other one is, only that other one is written, so that
//! a torn write leaves an anchor.

use super::{join, slots};
use crate::disk::{Disk, DiskFile};
use std::io;
use std::path::Path;
use weir_audit::{Anchor, AnchorFile, SealKey};

const NAME: &str = "anchor";
const FILE_LEN: u64 = 8192;

pub(super) struct AnchorSlots {
    file: Box<dyn DiskFile>,
    /// The slot that may be torn.
    slot: u8,
    dirty: bool,
    /// False until a slot is known to be durable: without any, the next start would take the anchor for removed.
    rooted: bool,
}

impl AnchorSlots {
    /// Reads the file as it is found. `None` when there is none.
    pub(super) fn read(disk: &dyn Disk, dir: &Path) -> io::Result<Option<Vec<u8>>> {
        slots::read(disk, &join(dir, NAME), FILE_LEN)
    }

    /// Opens the file for writing; the slot last written is written last.
    pub(super) fn open(disk: &dyn Disk, dir: &Path, found: &AnchorFile) -> io::Result<AnchorSlots> {
        let (file, _) = slots::open(disk, dir, &join(dir, NAME), FILE_LEN)?;
        let slot = match found {
            AnchorFile::Valid { slot, .. } => slot ^ 1,
            _ => 0,
        };
        Ok(AnchorSlots {
            file,
            slot,
            dirty: false,
            rooted: false,
        })
    }

    pub(super) fn write(&mut self, anchor: &Anchor, key: &SealKey) -> io::Result<()> {
        self.dirty = true;
        self.file
            .write_at(Anchor::slot_offset(self.slot), &anchor.to_slot(key))?;
        if !self.rooted {
            self.file.sync()?;
            self.settle();
        }
        Ok(())
    }

    /// Both slots, durable, one after the other; also what stands between and behind them is set to zero.
    pub(super) fn write_both(&mut self, anchor: &Anchor, key: &SealKey) -> io::Result<()> {
        for _ in 0..2 {
            let mut slot = anchor.to_slot(key);
            slot.resize((FILE_LEN / 2) as usize, 0);
            self.file.write_at(Anchor::slot_offset(self.slot), &slot)?;
            self.file.sync()?;
            self.settle();
        }
        Ok(())
    }

    pub(super) fn sync(&mut self) {
        if self.dirty && self.file.sync().is_ok() {
            self.settle();
        }
    }

    /// What was written is durable: the other slot may be torn now.
    const fn settle(&mut self) {
        self.slot ^= 1;
        self.dirty = false;
        self.rooted = true;
    }

    pub(super) const fn is_dirty(&self) -> bool {
        self.dirty
    }
}
