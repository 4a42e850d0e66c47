//! Reads the log as it grows. The indexer and the subscribers each have a reader of their own, so that neither waits for
//! the other, and the writer for none.

use crate::log::segments;
use crate::shared::Shared;
use std::io;
use weir_audit::{Frame, Step, Walk};

/// A place in the log up to which everything was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) segment: u64,
    pub(crate) offset: u64,
}

/// Gives every durable frame after `position` to `each`, one segment at most, and the place reached. `None` when there
/// is nothing new.
pub(crate) fn read_on(
    shared: &Shared,
    position: Position,
    mut each: impl FnMut(u64, u64, &Frame<'_>),
) -> io::Result<Option<Position>> {
    let extent = shared.extent();
    let Some(&number) = extent.numbers.iter().find(|&&number| number >= position.segment) else {
        return Ok(None);
    };
    let start = if number == position.segment { position.offset } else { 0 };
    let is_last = number == extent.end.0;
    let end = is_last.then_some(extent.end.1);
    if end.is_some_and(|end| end <= start) {
        return Ok(None);
    }
    let bytes = read_from(shared, number, start, end)?;
    let mut walk = Walk::new(&bytes);
    for step in walk.by_ref() {
        if let Step::Frame { offset, frame } = step {
            each(number, start + offset as u64, &frame);
        }
    }
    match end {
        Some(end) => Ok(Some(Position {
            segment: number,
            offset: end,
        })),
        None => Ok(Some(Position {
            segment: number + 1,
            offset: 0,
        })),
    }
}

fn read_from(shared: &Shared, number: u64, start: u64, end: Option<u64>) -> io::Result<Vec<u8>> {
    let path = segments::path(&shared.dir, number);
    let file = match shared.disk.open(&path) {
        Ok(file) => file,
        // Retention was faster.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let end = end.map_or_else(|| file.len(), Ok)?;
    let mut bytes = vec![0; end.saturating_sub(start) as usize];
    let read = file.read_at(start, &mut bytes)?;
    bytes.truncate(read);
    Ok(bytes)
}
