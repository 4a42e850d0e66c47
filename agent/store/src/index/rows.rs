//! What an index holds: keys, values, and a checksum over all of them.
//!
//! ```text
//!   m2                        Mark: what is covered, how many keys, their checksum
//!   r seq                     a block: rows of records taken in together, each with where the record stands, and what
//!                             conditions ask for; seq is the first record's
//!   i seq                     digests of the events in that block
//!   a action seq | l level seq | s service seq     the block holds such a record
//!   d day                     lowest and highest seq of a day
//! ```
//!
//! Blocks, because a key costs an engine much more than a row costs a block: with five keys a record the index cost more
//! than all the rest of the agent.

use super::engine::{AuditIndex, IndexError};
use crate::Receipt;
use crate::follow::Position;
use crate::log::{Facts, Item};
use std::collections::{BTreeMap, BTreeSet};
use weir_audit::{Frame, Head, Kind, Record, sealed_len};
use weir_model::{Action, Channel, EventId, Level, Timestamp};

const DAY_MS: i64 = 86_400_000;
const NONE: u8 = 0xFF;
pub(super) const MARK_KEY: &[u8] = b"m2";
/// Sequence numbers a block reaches over at most.
const SPAN: u64 = 128;
/// Bytes of a row without its service.
const FIXED: usize = 58;

/// A record in the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) seq: u64,
    pub(crate) segment: u64,
    pub(crate) offset: u64,
    pub(crate) len: u32,
    pub(crate) time: Timestamp,
    pub(crate) kind: Kind,
    pub(crate) id: EventId,
    pub(crate) action: Option<Action>,
    pub(crate) level: Option<Level>,
    pub(crate) channel: Option<Channel>,
    pub(crate) service: Option<String>,
}

/// Which rows are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Selection<'a> {
    pub(crate) below: u64,
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) action: Option<Action>,
    pub(crate) level: Option<Level>,
    pub(crate) service: Option<&'a str>,
}

/// What an index covers, and how to tell that it is whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) from: u64,
    pub(crate) until: u64,
    /// Where reading goes on.
    pub(crate) position: Position,
    /// The last record read, and the head after it: an index of another log is found out.
    pub(crate) last: (u64, u64, u32),
    pub(crate) head: Head,
    pub(super) rows: u64,
    pub(super) sum: u64,
}

impl Row {
    pub(super) fn new(segment: u64, offset: u64, frame: &Frame<'_>, record: Option<&Record>) -> Row {
        let header = frame.header();
        let facts = record.map(Facts::of).unwrap_or_default();
        Row {
            seq: header.seq,
            segment,
            offset,
            len: u32::try_from(frame.len()).unwrap_or(u32::MAX),
            time: header.time,
            kind: header.kind,
            id: header.id,
            action: facts.action,
            level: facts.level,
            channel: facts.channel,
            service: facts.service,
        }
    }

    /// Of a record that was just written. `None` when its content is not known.
    pub(crate) fn of_item(item: Item, receipt: &Receipt) -> Option<Row> {
        let Facts {
            action,
            level,
            channel,
            service,
        } = item.facts?;
        Some(Row {
            seq: receipt.seq,
            segment: receipt.segment,
            offset: receipt.offset,
            len: u32::try_from(sealed_len(item.payload.bytes.len())).unwrap_or(u32::MAX),
            time: item.time,
            kind: item.kind,
            id: item.id,
            action,
            level,
            channel,
            service,
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        for number in [self.seq, self.segment, self.offset] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(&self.time.as_millis().to_be_bytes());
        out.extend_from_slice(&self.len.to_be_bytes());
        out.push(self.kind.as_byte());
        out.push(place(&Action::ALL, self.action));
        out.push(place(&Level::ALL, self.level));
        out.push(place(&Channel::ALL, self.channel));
        out.extend_from_slice(self.id.as_bytes());
        // Empty for none; the catalogue has no service without a name, nor with a long one.
        let service = self.service.as_deref().unwrap_or_default().as_bytes();
        out.extend_from_slice(&u16::try_from(service.len()).unwrap_or(0).to_be_bytes());
        out.extend_from_slice(if service.len() > usize::from(u16::MAX) {
            &[]
        } else {
            service
        });
    }

    /// The next row of a block, and what is behind it.
    fn read(bytes: &[u8]) -> Option<(Row, &[u8])> {
        let (fixed, rest) = bytes.split_at_checked(FIXED)?;
        let (service, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([fixed[56], fixed[57]])))?;
        let row = Row {
            seq: number(fixed, 0),
            segment: number(fixed, 8),
            offset: number(fixed, 16),
            time: Timestamp::from_millis(number(fixed, 24).cast_signed()),
            len: u32::try_from(number(fixed, 32) >> 32).ok()?,
            kind: Kind::from_byte(fixed[36]),
            action: of(&Action::ALL, fixed[37]),
            level: of(&Level::ALL, fixed[38]),
            channel: of(&Channel::ALL, fixed[39]),
            id: EventId::from_bytes(fixed[40..56].try_into().ok()?),
            service: if service.is_empty() {
                None
            } else {
                Some(String::from_utf8(service.to_vec()).ok()?)
            },
        };
        Some((row, rest))
    }

    /// The tags under which its block is found, besides the block's own.
    fn facets(&self) -> impl Iterator<Item = Vec<u8>> {
        let action = self.action.map(|action| vec![b'a', place(&Action::ALL, Some(action))]);
        let level = self.level.map(|level| vec![b'l', place(&Level::ALL, Some(level))]);
        let service = self.service.as_deref().map(service_tag);
        [action, level, service].into_iter().flatten()
    }
}

/// Rows that were written together, oldest first: less than [`SPAN`] numbers apart.
pub(super) fn parse_block(value: &[u8]) -> Option<Vec<Row>> {
    let mut rest = unchecked(value)?;
    let mut rows = Vec::new();
    while !rest.is_empty() {
        let (row, behind) = Row::read(rest)?;
        rows.push(row);
        rest = behind;
    }
    Some(rows)
}

fn block_value(rows: &[Row]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len() * 80);
    for row in rows {
        row.write(&mut out);
    }
    checked(out)
}

fn block_facets(rows: &[Row]) -> BTreeSet<Vec<u8>> {
    rows.iter().flat_map(Row::facets).collect()
}

/// Whether a block may hold records of an event. `None` when the value is broken.
pub(super) fn may_hold(value: &[u8], id: &EventId) -> Option<bool> {
    let digests = unchecked(value)?;
    Some(digests.chunks_exact(4).any(|digest| digest == digest_of(id)))
}

fn digests(rows: &[Row]) -> Vec<u8> {
    let digests: BTreeSet<[u8; 4]> = rows.iter().map(|row| digest_of(&row.id)).collect();
    checked(digests.into_iter().flatten().collect())
}

fn digest_of(id: &EventId) -> [u8; 4] {
    crc32c::crc32c(id.as_bytes()).to_be_bytes()
}

impl Selection<'_> {
    /// The narrowest range of keys that leads to every block with a match in `low..high`.
    pub(super) fn keys(&self, low: u64, high: u64) -> (Vec<u8>, Vec<u8>) {
        let tag = match self {
            Selection {
                service: Some(service), ..
            } => service_tag(service),
            Selection {
                action: Some(action), ..
            } => vec![b'a', place(&Action::ALL, Some(*action))],
            Selection { level: Some(level), .. } => vec![b'l', place(&Level::ALL, Some(*level))],
            _ => b"r".to_vec(),
        };
        // The block of `low` may begin before it.
        (keyed(&tag, low.saturating_sub(SPAN - 1)), keyed(&tag, high))
    }

    /// What a row can tell.
    pub(super) fn admits(&self, row: &Row) -> bool {
        self.action.is_none_or(|action| row.action == Some(action))
            && self.level.is_none_or(|level| row.level == Some(level))
            && self
                .service
                .is_none_or(|service| row.service.as_deref() == Some(service))
    }
}

impl Mark {
    pub(super) fn parse(value: &[u8]) -> Option<Mark> {
        let value = unchecked(value)?;
        if value.len() != 9 * 8 + 32 {
            return None;
        }
        Some(Mark {
            from: number(value, 0),
            until: number(value, 8),
            position: Position {
                segment: number(value, 16),
                offset: number(value, 24),
            },
            last: (
                number(value, 32),
                number(value, 40),
                u32::try_from(number(value, 48)).ok()?,
            ),
            rows: number(value, 56),
            sum: number(value, 64),
            head: value[72..].try_into().ok()?,
        })
    }

    fn value(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(112);
        let Position { segment, offset } = self.position;
        let (last_segment, last_offset, len) = self.last;
        let numbers = [
            self.from,
            self.until,
            segment,
            offset,
            last_segment,
            last_offset,
            u64::from(len),
            self.rows,
            self.sum,
        ];
        for number in numbers {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(&self.head);
        checked(out)
    }

    /// True when the index holds exactly the rows it should: nothing flipped, nothing lost.
    pub(super) fn fits(&self, engine: &dyn AuditIndex) -> Result<bool, IndexError> {
        let (mut rows, mut sum) = (0, 0u64);
        engine.newest(&[0], &[NONE; 1], &mut |key, value| {
            if key != MARK_KEY {
                rows += 1;
                sum = sum.wrapping_add(weight(key, value));
            }
            true
        })?;
        Ok(rows == self.rows && sum == self.sum)
    }
}

/// A key and its value.
pub(super) type Put = (Vec<u8>, Vec<u8>);

/// Changes collected for one commit.
#[derive(Default)]
pub(super) struct Changes {
    /// Rows of the block that is being filled.
    open: Vec<Row>,
    puts: BTreeMap<Vec<u8>, Vec<u8>>,
    removes: Vec<Vec<u8>>,
    days: BTreeMap<Vec<u8>, (u64, u64)>,
    rows: i64,
    sum: u64,
}

impl Changes {
    pub(super) fn len(&self) -> usize {
        self.puts.len() + self.removes.len()
    }

    pub(super) fn insert(&mut self, engine: &dyn AuditIndex, row: Row) -> Result<(), IndexError> {
        if self.open.first().is_some_and(|first| row.seq - first.seq >= SPAN) {
            self.close_block();
        }
        self.widen_day(engine, &row)?;
        self.open.push(row);
        Ok(())
    }

    /// Puts the rows that wait for company into a block of their own.
    pub(super) fn close_block(&mut self) {
        let rows = std::mem::take(&mut self.open);
        let Some(first) = rows.first().map(|row| row.seq) else {
            return;
        };
        for facet in block_facets(&rows) {
            self.put(keyed(&facet, first), Vec::new());
        }
        self.put(keyed(b"i", first), digests(&rows));
        self.put(row_key(first), block_value(&rows));
    }

    /// Takes out every block that is wholly below `from`, and the days before `cutoff`.
    pub(super) fn forget(&mut self, engine: &dyn AuditIndex, from: u64, cutoff: Timestamp) -> Result<(), IndexError> {
        let mut old = Vec::new();
        engine.newest(&row_key(0), &row_key(from), &mut |key, value| {
            old.push((key.to_vec(), value.to_vec()));
            true
        })?;
        for (key, value) in old {
            let rows = parse_block(&value).ok_or(IndexError::Content)?;
            if rows.last().is_some_and(|row| row.seq >= from) {
                continue;
            }
            let first = seq_of(&key);
            self.remove(key, &value);
            self.remove(keyed(b"i", first), &digests(&rows));
            for facet in block_facets(&rows) {
                self.remove(keyed(&facet, first), &[]);
            }
        }
        let mut days = Vec::new();
        engine.newest(b"d", &day_key(cutoff), &mut |key, value| {
            days.push((key.to_vec(), value.to_vec()));
            true
        })?;
        for (key, value) in days {
            self.remove(key, &value);
        }
        Ok(())
    }

    /// Everything to write, the mark included.
    pub(super) fn finish(mut self, mark: &Mark) -> (Vec<Put>, Vec<Vec<u8>>) {
        self.puts.insert(MARK_KEY.to_vec(), mark.value());
        (self.puts.into_iter().collect(), self.removes)
    }

    /// The mark with the rows of these changes counted in.
    pub(super) fn counted(&self, mark: Mark) -> Mark {
        Mark {
            rows: mark.rows.wrapping_add_signed(self.rows),
            sum: mark.sum.wrapping_add(self.sum),
            ..mark
        }
    }

    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.rows += 1;
        self.sum = self.sum.wrapping_add(weight(&key, &value));
        self.puts.insert(key, value);
    }

    fn remove(&mut self, key: Vec<u8>, value: &[u8]) {
        self.rows -= 1;
        self.sum = self.sum.wrapping_sub(weight(&key, value));
        self.removes.push(key);
    }

    fn widen_day(&mut self, engine: &dyn AuditIndex, row: &Row) -> Result<(), IndexError> {
        let key = day_key(row.time);
        let known = match self.days.get(&key) {
            Some(known) => Some(*known),
            None => match engine.get(&key)? {
                Some(value) => Some(parse_day(&value).ok_or(IndexError::Content)?),
                None => None,
            },
        };
        let (first, last) = known.unwrap_or((row.seq, row.seq));
        let wide = (first.min(row.seq), last.max(row.seq));
        if known == Some(wide) {
            return Ok(());
        }
        if let Some(known) = known {
            self.rows -= 1;
            self.sum = self.sum.wrapping_sub(weight(&key, &day_value(known)));
        }
        self.days.insert(key.clone(), wide);
        self.put(key, day_value(wide));
        Ok(())
    }
}

pub(super) fn row_key(seq: u64) -> Vec<u8> {
    keyed(b"r", seq)
}

/// The range of keys with the events of blocks.
pub(super) fn event_keys() -> (Vec<u8>, Vec<u8>) {
    (keyed(b"i", 0), keyed(b"i", u64::MAX))
}

/// The range of days that can hold a time in `from..until`.
pub(super) fn day_keys(from: Option<Timestamp>, until: Option<Timestamp>) -> (Vec<u8>, Vec<u8>) {
    let low = from.map_or_else(|| b"d".to_vec(), day_key);
    let high = until.map_or_else(|| b"e".to_vec(), |until| day_key(until.plus_millis(DAY_MS)));
    (low, high)
}

pub(super) fn parse_day(value: &[u8]) -> Option<(u64, u64)> {
    let value = unchecked(value)?;
    (value.len() == 16).then(|| (number(value, 0), number(value, 8)))
}

/// The first record of the days from `cutoff` on.
pub(super) fn first_since(engine: &dyn AuditIndex, cutoff: Timestamp) -> Result<Option<u64>, IndexError> {
    let mut first: Option<u64> = None;
    engine.newest(&day_key(cutoff), b"e", &mut |_, value| {
        if let Some((low, _)) = parse_day(value) {
            first = Some(first.map_or(low, |first| first.min(low)));
        }
        true
    })?;
    Ok(first)
}

/// The number at the end of a key. Keys that end otherwise give one that is not in the index.
pub(super) fn seq_of(key: &[u8]) -> u64 {
    key.last_chunk().map_or(u64::MAX, |seq| u64::from_be_bytes(*seq))
}

fn day_value((first, last): (u64, u64)) -> Vec<u8> {
    checked([first.to_be_bytes(), last.to_be_bytes()].concat())
}

fn day_key(time: Timestamp) -> Vec<u8> {
    // Shifted, so that days before 1970 sort before those after.
    let day = time.as_millis().div_euclid(DAY_MS).cast_unsigned() ^ (1 << 63);
    [b"d".as_slice(), &day.to_be_bytes()].concat()
}

fn service_tag(service: &str) -> Vec<u8> {
    [b"s", service.as_bytes(), &[0]].concat()
}

fn keyed(tag: &[u8], seq: u64) -> Vec<u8> {
    [tag, &seq.to_be_bytes()].concat()
}

fn checked(mut value: Vec<u8>) -> Vec<u8> {
    let crc = crc32c::crc32c(&value);
    value.extend_from_slice(&crc.to_be_bytes());
    value
}

fn unchecked(value: &[u8]) -> Option<&[u8]> {
    let (value, crc) = value.split_last_chunk::<4>()?;
    (crc32c::crc32c(value).to_be_bytes() == *crc).then_some(value)
}

/// Sums of these tell whether two sets of rows are the same, whatever the order.
fn weight(key: &[u8], value: &[u8]) -> u64 {
    let both = u64::from(crc32c::crc32c(key)) << 32 | u64::from(crc32c::crc32c_append(!0, value));
    both.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
}

fn number(bytes: &[u8], at: usize) -> u64 {
    let mut out = [0; 8];
    out.copy_from_slice(&bytes[at..at + 8]);
    u64::from_be_bytes(out)
}

fn place<T: PartialEq>(all: &[T], value: Option<T>) -> u8 {
    value
        .and_then(|value| all.iter().position(|known| *known == value))
        .map_or(NONE, |place| place as u8)
}

fn of<T: Copy>(all: &[T], place: u8) -> Option<T> {
    all.get(usize::from(place)).copied()
}
