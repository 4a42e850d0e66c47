//! Writes the anchor file: slot after slot, so that a torn write leaves the other one.

use super::join;
use crate::disk::{Disk, DiskFile};
use std::io;
use std::path::Path;
use weir_audit::{Anchor, AnchorFile, SealKey};

const NAME: &str = "anchor";
const FILE_LEN: u64 = 8192;

pub(super) struct AnchorSlots {
    file: Box<dyn DiskFile>,
    next_slot: u8,
    dirty: bool,
    /// False until a slot is known to be durable: without any, the next start would take the anchor for removed.
    rooted: bool,
}

impl AnchorSlots {
    /// Reads the file as it is found. `None` when there is none.
    pub(super) fn read(disk: &dyn Disk, dir: &Path) -> io::Result<Option<Vec<u8>>> {
        match disk.open(&join(dir, NAME)) {
            Ok(file) => {
                let mut bytes = vec![0; FILE_LEN as usize];
                let read = file.read_at(0, &mut bytes)?;
                bytes.truncate(read);
                Ok(Some(bytes))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens the file for writing; the slot last written is written last.
    pub(super) fn open(disk: &dyn Disk, dir: &Path, found: &AnchorFile) -> io::Result<AnchorSlots> {
        let path = join(dir, NAME);
        let file = match disk.open(&path) {
            Ok(file) if file.len()? == FILE_LEN => file,
            _ => {
                let file = disk.create(&path)?;
                super::allocate(&*file, 0, FILE_LEN)?;
                disk.sync_dir(dir)?;
                file
            }
        };
        let next_slot = match found {
            AnchorFile::Valid { slot, .. } => slot ^ 1,
            _ => 0,
        };
        Ok(AnchorSlots { file, next_slot, dirty: false, rooted: false })
    }

    pub(super) fn write(&mut self, anchor: &Anchor, key: &SealKey) -> io::Result<()> {
        self.dirty = true;
        self.file.write_at(Anchor::slot_offset(self.next_slot), &anchor.to_slot(key))?;
        self.next_slot ^= 1;
        if !self.rooted {
            self.file.sync()?;
            self.rooted = true;
        }
        Ok(())
    }

    /// Both slots, durable, one after the other; also what stands between and behind them is set to zero.
    pub(super) fn write_both(&mut self, anchor: &Anchor, key: &SealKey) -> io::Result<()> {
        for _ in 0..2 {
            let mut slot = anchor.to_slot(key);
            slot.resize((FILE_LEN / 2) as usize, 0);
            self.file.write_at(Anchor::slot_offset(self.next_slot), &slot)?;
            self.file.sync()?;
            self.next_slot ^= 1;
        }
        self.dirty = false;
        self.rooted = true;
        Ok(())
    }

    pub(super) fn sync(&mut self) {
        if self.dirty && self.file.sync().is_ok() {
            self.dirty = false;
        }
    }

    pub(super) const fn is_dirty(&self) -> bool {
        self.dirty
    }
}
