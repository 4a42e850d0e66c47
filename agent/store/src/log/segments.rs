//! Names and bytes of segment files.

use crate::disk::Disk;
use std::io;
use std::path::{Path, PathBuf};
use weir_audit::{Frame, Head, Kind, SealKey};
use weir_model::Timestamp;

const SUFFIX: &str = ".seg";
/// More than any segment has: a file grown by somebody else does not fill the memory.
const READ_LIMIT: u64 = 64 << 20;

pub(crate) fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:016}{SUFFIX}"))
}

/// Numbers of the segments in a directory, in order.
pub(crate) fn numbers(disk: &dyn Disk, dir: &Path) -> io::Result<Vec<u64>> {
    let mut numbers: Vec<u64> = disk.names(dir)?.iter().filter_map(|name| number(name)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The bytes of a segment, up to `end` where the caller knows it.
pub(crate) fn read(disk: &dyn Disk, dir: &Path, number: u64, end: Option<u64>) -> io::Result<Vec<u8>> {
    let file = disk.open(&path(dir, number))?;
    let len = file.len()?.min(end.unwrap_or(READ_LIMIT)).min(READ_LIMIT);
    let mut bytes = vec![0; len as usize];
    let read = file.read_at(0, &mut bytes)?;
    bytes.truncate(read);
    Ok(bytes)
}

/// What the first frame of a segment says about what is before it.
pub(crate) struct First {
    pub(crate) seq: u64,
    pub(crate) prev: Head,
    pub(crate) time: Timestamp,
}

/// `None` when the first frame is not whole and authentic.
pub(crate) fn first_frame(disk: &dyn Disk, dir: &Path, number: u64, key: &SealKey) -> io::Result<Option<First>> {
    let bytes = read(disk, dir, number, Some(4096))?;
    let Ok(frame) = Frame::parse(&bytes) else {
        return Ok(None);
    };
    let header = frame.header();
    if header.kind != Kind::Segment || frame.open(key).is_err() {
        return Ok(None);
    }
    Ok(Some(First {
        seq: header.seq,
        prev: frame.prev(),
        time: header.time,
    }))
}

fn number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(SUFFIX)?;
    if digits.len() != 16 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|&number| number > 0)
}
