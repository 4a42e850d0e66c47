//! The index over the log: where records of an event, an action, a level or a service stand.
//!
//! It holds nothing that the segments do not, is filled only from what is durable in them, and is thrown away at the
//! first doubt. Rules for the engines are in `docs/design/audit-store.md`; [`engine`] opens them, [`rows`] is what they
//! hold, [`indexer`] keeps them up to date.

mod engine;
mod indexer;
mod redb;
mod rows;
mod sled;

pub(crate) use indexer::Indexer;
pub(crate) use rows::{Row, Selection};

use crate::follow::{self, Position};
use crate::query::{self, Entry};
use crate::shared::Shared;
use engine::{AuditIndex, IndexError};
use parking_lot::Mutex;
use rows::{Changes, Mark};
use std::sync::atomic::{AtomicBool, Ordering};
use weir_model::{EventId, Timestamp};

/// An open index, with what it covers.
pub(crate) struct Index {
    engine: Box<dyn AuditIndex>,
    mark: Mutex<Option<Mark>>,
    distrusted: AtomicBool,
}

/// The part of the log an index knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cover {
    /// First record that is not in it.
    pub(crate) until: u64,
    /// Segment in which that record is looked for.
    pub(crate) segment: u64,
}

impl Index {
    fn new(engine: Box<dyn AuditIndex>, mark: Option<Mark>) -> Self {
        Self {
            engine,
            mark: Mutex::new(mark),
            distrusted: AtomicBool::new(false),
        }
    }

    /// `None` while nothing is in it.
    pub(crate) fn cover(&self) -> Option<Cover> {
        let mark = (*self.mark.lock())?;
        Some(Cover {
            until: mark.until,
            segment: mark.position.segment,
        })
    }

    /// Somebody found a row that does not fit the log: it is built anew.
    pub(crate) fn distrust(&self) {
        self.distrusted.store(true, Ordering::Relaxed);
    }

    /// Rows that may match, newest first, at most `count`, and the number from which on the index knew all.
    pub(crate) fn newest(&self, selection: &Selection<'_>, count: usize) -> Result<(Vec<Row>, u64), IndexError> {
        loop {
            let Some(mark) = *self.mark.lock() else {
                return Err(IndexError::Content);
            };
            let rows = self.select(selection, &mark, count);
            // Raised meanwhile: rows may have gone while they were read.
            if self.mark.lock().is_some_and(|now| now.from == mark.from) {
                return Ok((rows?, mark.from));
            }
        }
    }

    fn select(&self, selection: &Selection<'_>, mark: &Mark, count: usize) -> Result<Vec<Row>, IndexError> {
        let (low, high) = self.bounds(selection, mark)?;
        let mut found = Vec::new();
        if low < high {
            let (from, to) = selection.keys(low, high);
            let mut failed = None;
            self.engine.newest(&from, &to, &mut |key, _| {
                match self.block(rows::seq_of(key)) {
                    Ok(rows) => {
                        let fits = |row: &Row| (low..high).contains(&row.seq) && selection.admits(row);
                        found.extend(rows.into_iter().rev().filter(fits));
                    }
                    Err(error) => failed = Some(error),
                }
                failed.is_none() && found.len() < count
            })?;
            if let Some(error) = failed {
                return Err(error);
            }
        }
        found.truncate(count);
        Ok(found)
    }

    /// All records of an event, oldest first. `None` when the index cannot say.
    pub(crate) fn get(&self, shared: &Shared, id: &EventId) -> Option<Vec<Entry>> {
        let mark = (*self.mark.lock())?;
        let entries: Option<Vec<Entry>> = match self.rows_of(id) {
            Ok(rows) => rows.iter().map(|row| query::entry_at(shared, row)).collect(),
            Err(_) => None,
        };
        let Some(mut entries) = entries else {
            self.distrust();
            return None;
        };
        if entries.is_empty() && mark.from > 0 {
            return None;
        }
        read_tail(shared, mark.position, id, &mut entries)?;
        Some(entries)
    }

    /// Rows of an event, oldest first. Looks at every block's digests: 4 bytes an event.
    fn rows_of(&self, id: &EventId) -> Result<Vec<Row>, IndexError> {
        let (from, to) = rows::event_keys();
        let (mut blocks, mut broken) = (Vec::new(), false);
        self.engine.newest(&from, &to, &mut |key, value| {
            match rows::may_hold(value, id) {
                Some(true) => blocks.push(rows::seq_of(key)),
                Some(false) => {}
                None => broken = true,
            }
            !broken
        })?;
        if broken {
            return Err(IndexError::Content);
        }
        let mut found = Vec::new();
        for &first in blocks.iter().rev() {
            found.extend(self.block(first)?.into_iter().filter(|row| row.id == *id));
        }
        Ok(found)
    }

    fn block(&self, first: u64) -> Result<Vec<Row>, IndexError> {
        let value = self.engine.get(&rows::row_key(first))?.ok_or(IndexError::Content)?;
        rows::parse_block(&value).ok_or(IndexError::Content)
    }

    /// Days narrow the range of sequence numbers; the clock may have gone back, so each day states its own.
    fn bounds(&self, selection: &Selection<'_>, mark: &Mark) -> Result<(u64, u64), IndexError> {
        let (mut low, mut high) = (mark.until, mark.from);
        let (from, to) = rows::day_keys(selection.from, selection.until);
        let mut broken = false;
        self.engine.newest(&from, &to, &mut |_, value| {
            match rows::parse_day(value) {
                Some((first, last)) => (low, high) = (low.min(first), high.max(last + 1)),
                None => broken = true,
            }
            true
        })?;
        if broken {
            return Err(IndexError::Content);
        }
        Ok((low.max(mark.from), high.min(mark.until).min(selection.below)))
    }
}

/// Records of an event that are not in the index yet.
fn read_tail(shared: &Shared, from: Position, id: &EventId, entries: &mut Vec<Entry>) -> Option<()> {
    let mut position = from;
    let last = entries.last().map(|entry| entry.seq);
    let mut each = |segment: u64, offset: u64, frame: &weir_audit::Frame<'_>| {
        let header = frame.header();
        if header.id == *id && !header.kind.is_of_chain() && last.is_none_or(|last| header.seq > last) {
            entries.extend(query::open(shared, segment, offset, frame));
        }
    };
    while let Some(next) = follow::read_on(shared, position, &mut each).ok()? {
        position = next;
    }
    Some(())
}

/// Applies changes and the mark together: an index is never ahead of its mark, nor behind. For readers the range shrinks
/// before rows go, and grows after they came.
fn commit(index: &Index, changes: Changes, mark: Mark) -> Result<(), IndexError> {
    if let Some(shown) = &mut *index.mark.lock() {
        shown.from = mark.from;
    }
    let (puts, removes) = changes.finish(&mark);
    index.engine.apply(&puts, &removes)?;
    *index.mark.lock() = Some(mark);
    Ok(())
}

/// The first instant an index keeps.
fn cutoff(now: Timestamp, days: u32) -> Timestamp {
    crate::writer::expiry(now, days)
}
