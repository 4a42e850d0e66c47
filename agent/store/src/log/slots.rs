//! Small files of a fixed size in which two slots are written in turns.

use super::allocate;
use crate::disk::{Disk, DiskFile};
use std::io;
use std::path::Path;

/// The bytes as they are found, `len` at most; `None` where there is no file.
pub(super) fn read(disk: &dyn Disk, path: &Path, len: u64) -> io::Result<Option<Vec<u8>>> {
    match disk.open(path) {
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

/// The file for writing, and whether what was in it is gone: where there is none of this size, it begins with zeros.
pub(super) fn open(disk: &dyn Disk, dir: &Path, path: &Path, len: u64) -> io::Result<(Box<dyn DiskFile>, bool)> {
    match disk.open(path) {
        Ok(file) if file.len()? == len => Ok((file, false)),
        _ => {
            let file = disk.create(path)?;
            allocate(&*file, 0, len)?;
            disk.sync_dir(dir)?;
            Ok((file, true))
        }
    }
}
