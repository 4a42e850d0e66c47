//! Segments of zeros kept for the day the disk is full, so that there is time to act before anything is refused.

use super::{allocate, join};
use crate::disk::{Disk, DiskFile};
use std::io;
use std::path::Path;

const COUNT: usize = 2;

pub(super) struct Reserve {
    names: Vec<&'static str>,
}

const NAMES: [&str; COUNT] = ["reserve-0", "reserve-1"];

impl Reserve {
    /// Keeps what is whole, and makes what is missing if there is space.
    pub(super) fn open(disk: &dyn Disk, dir: &Path, len: u64) -> Reserve {
        let is_whole = |name: &&str| {
            disk.open(&join(dir, name))
                .and_then(|file| file.len())
                .is_ok_and(|found| found == len)
        };
        let mut reserve = Reserve {
            names: NAMES.into_iter().filter(|name| is_whole(name)).collect(),
        };
        reserve.refill(disk, dir, len);
        reserve
    }

    pub(super) fn refill(&mut self, disk: &dyn Disk, dir: &Path, len: u64) {
        for name in NAMES {
            // Twice the size: the reserve must not take the last bytes from the log itself.
            let has_space = || disk.free_space(dir).is_ok_and(|free| free >= 2 * len);
            if self.names.contains(&name) || !has_space() {
                continue;
            }
            let path = join(dir, name);
            let made = disk
                .create(&path)
                .and_then(|file| allocate(&*file, 0, len))
                .and_then(|()| disk.sync_dir(dir));
            match made {
                Ok(()) => self.names.push(name),
                Err(_) => drop(disk.remove(&path)),
            }
        }
    }

    /// Turns a reserve into the segment at `path`. `None` when none is left.
    pub(super) fn take(
        &mut self,
        disk: &dyn Disk,
        dir: &Path,
        path: &Path,
        len: u64,
    ) -> io::Result<Option<Box<dyn DiskFile>>> {
        let Some(name) = self.names.pop() else { return Ok(None) };
        let from = join(dir, name);
        let file = disk.open(&from)?;
        // Rot in the reserve would look like damage in the segment.
        allocate(&*file, 0, len)?;
        drop(file);
        disk.rename(&from, path)?;
        disk.sync_dir(dir)?;
        disk.open(path).map(Some)
    }

    pub(super) fn count(&self) -> usize {
        self.names.len()
    }
}
