//! What an index holds: keys, values, and a checksum over all of them.
//!
//! ```text
//!   m                         Mark: what is covered, how many rows, their checksum
//!   r seq                     Row: where the record stands, and what conditions ask for
//!   i id seq                  records of an event
//!   a action seq | l level seq | s service seq
//!   d day                     lowest and highest seq of a day
//! ```

use super::engine::{AuditIndex, IndexError};
use crate::follow::Position;
use std::collections::BTreeMap;
use weir_audit::{Frame, Head, Kind, Record};
use weir_model::{Action, Channel, EventId, Level, Timestamp};

const DAY_MS: i64 = 86_400_000;
const NONE: u8 = 0xFF;
pub(super) const MARK_KEY: &[u8] = b"m";

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
        let decision = match record {
            Some(Record::Decision(decision)) => Some(decision),
            _ => None,
        };
        Row {
            seq: header.seq,
            segment,
            offset,
            len: u32::try_from(frame.len()).unwrap_or(u32::MAX),
            time: header.time,
            kind: header.kind,
            id: header.id,
            action: decision.map(|decision| decision.decision.action),
            level: decision.map(|decision| decision.level),
            channel: decision.map(|decision| decision.channel),
            service: decision.and_then(|decision| decision.destination.service.clone()),
        }
    }

    pub(super) fn parse(seq: u64, value: &[u8]) -> Option<Row> {
        let value = unchecked(value)?;
        let (fixed, service) = value.split_at_checked(48)?;
        Some(Row {
            seq,
            segment: number(fixed, 0),
            offset: number(fixed, 8),
            time: Timestamp::from_millis(number(fixed, 16).cast_signed()),
            len: u32::try_from(number(fixed, 24) >> 32).ok()?,
            kind: Kind::from_byte(fixed[28]),
            action: of(&Action::ALL, fixed[29]),
            level: of(&Level::ALL, fixed[30]),
            channel: of(&Channel::ALL, fixed[31]),
            id: EventId::from_bytes(fixed[32..].try_into().ok()?),
            service: if service.is_empty() {
                None
            } else {
                Some(String::from_utf8(service.to_vec()).ok()?)
            },
        })
    }

    fn value(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        out.extend_from_slice(&self.segment.to_be_bytes());
        out.extend_from_slice(&self.offset.to_be_bytes());
        out.extend_from_slice(&self.time.as_millis().to_be_bytes());
        out.extend_from_slice(&self.len.to_be_bytes());
        out.push(self.kind.as_byte());
        out.push(place(&Action::ALL, self.action));
        out.push(place(&Level::ALL, self.level));
        out.push(place(&Channel::ALL, self.channel));
        out.extend_from_slice(self.id.as_bytes());
        out.extend_from_slice(self.service.as_deref().unwrap_or_default().as_bytes());
        checked(out)
    }

    /// The keys under which the row is found, besides its own.
    fn facets(&self) -> Vec<Vec<u8>> {
        let mut keys = vec![keyed(b"i", self.id.as_bytes(), self.seq)];
        keys.extend(
            self.action
                .map(|action| keyed(b"a", &[place(&Action::ALL, Some(action))], self.seq)),
        );
        keys.extend(
            self.level
                .map(|level| keyed(b"l", &[place(&Level::ALL, Some(level))], self.seq)),
        );
        keys.extend(
            self.service
                .as_deref()
                .map(|service| keyed(b"s", &service_key(service), self.seq)),
        );
        keys
    }
}

impl Selection<'_> {
    /// The narrowest range of keys that holds every match in `low..high`.
    pub(super) fn keys(&self, low: u64, high: u64) -> (Vec<u8>, Vec<u8>) {
        let (tag, facet): (&[u8], Vec<u8>) = match self {
            Selection {
                service: Some(service), ..
            } => (b"s", service_key(service)),
            Selection {
                action: Some(action), ..
            } => (b"a", vec![place(&Action::ALL, Some(*action))]),
            Selection { level: Some(level), .. } => (b"l", vec![place(&Level::ALL, Some(*level))]),
            _ => (b"r", Vec::new()),
        };
        (keyed(tag, &facet, low), keyed(tag, &facet, high))
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

    pub(super) fn insert(&mut self, engine: &dyn AuditIndex, row: &Row) -> Result<(), IndexError> {
        self.put(row_key(row.seq), row.value());
        for key in row.facets() {
            self.put(key, Vec::new());
        }
        self.widen_day(engine, row)
    }

    /// Takes out every row below `from`, and the days before `cutoff`.
    pub(super) fn forget(&mut self, engine: &dyn AuditIndex, from: u64, cutoff: Timestamp) -> Result<(), IndexError> {
        let mut old = Vec::new();
        engine.newest(&row_key(0), &row_key(from), &mut |key, value| {
            old.push((key.to_vec(), value.to_vec()));
            true
        })?;
        for (key, value) in old {
            let row = Row::parse(seq_of(&key), &value).ok_or(IndexError::Content)?;
            self.remove(key, &value);
            for facet in row.facets() {
                self.remove(facet, &[]);
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
    keyed(b"r", &[], seq)
}

pub(super) fn id_keys(id: &EventId) -> (Vec<u8>, Vec<u8>) {
    (keyed(b"i", id.as_bytes(), 0), keyed(b"i", id.as_bytes(), u64::MAX))
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

fn service_key(service: &str) -> Vec<u8> {
    [service.as_bytes(), &[0]].concat()
}

fn keyed(tag: &[u8], facet: &[u8], seq: u64) -> Vec<u8> {
    [tag, facet, &seq.to_be_bytes()].concat()
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
