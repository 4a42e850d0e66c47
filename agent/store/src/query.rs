//! Reading: places from the index where it has them, content always from the segments.

use crate::index::{Cover, Index, Row, Selection};
use crate::log::segments;
use crate::shared::Shared;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use weir_audit::{DecisionRecord, Frame, Kind, Record, Step, Walk};
use weir_model::{Action, Channel, EventId, Level, Timestamp};

/// What to look for. Newest first, in the order of the log. Conditions on decisions leave only decisions.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// These kinds; none means all, without the segments' own first frames.
    pub kinds: Vec<Kind>,
    /// The decision's action.
    pub action: Option<Action>,
    /// The message's level.
    pub level: Option<Level>,
    /// The destination's service.
    pub service: Option<String>,
    /// The channel.
    pub channel: Option<Channel>,
    /// A rule among the decision's reasons.
    pub rule: Option<String>,
    /// At most so many; `None` is all.
    pub limit: Option<usize>,
}

/// A record as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Position in the log.
    pub seq: u64,
    /// Segment it stands in.
    pub segment: u64,
    /// Where it begins in that segment.
    pub offset: u64,
    /// When it happened, by the device's clock.
    pub time: Timestamp,
    /// What it is.
    pub kind: Kind,
    /// The event it belongs to.
    pub id: EventId,
    /// The record.
    pub record: Record,
}

/// A record, or a part of the log, could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The disk failed.
    #[error("could not read segment {segment}")]
    Disk {
        /// Which.
        segment: u64,
        /// As the system said.
        source: io::Error,
    },
    /// The record is not the one that was written, or was written by a later version. `verify` says more.
    #[error("record {seq} in segment {segment} cannot be read")]
    Record {
        /// Segment number.
        segment: u64,
        /// Sequence number, as the record states it.
        seq: u64,
    },
}

impl Query {
    fn wants_decisions(&self) -> bool {
        let Query {
            action,
            level,
            service,
            channel,
            rule,
            ..
        } = self;
        action.is_some() || level.is_some() || service.is_some() || channel.is_some() || rule.is_some()
    }

    /// What the clear header can tell.
    fn admits(&self, kind: Kind, time: Timestamp) -> bool {
        let by_kind = match kind {
            Kind::Decision => true,
            _ if self.wants_decisions() => false,
            kind if kind.is_of_chain() => self.kinds.contains(&kind),
            _ => true,
        };
        by_kind
            && (self.kinds.is_empty() || self.kinds.contains(&kind))
            && self.from.is_none_or(|from| time >= from)
            && self.until.is_none_or(|until| time < until)
    }

    /// What only the content tells.
    fn accepts(&self, record: &Record) -> bool {
        match record {
            Record::Decision(decision) => self.accepts_decision(decision),
            _ => !self.wants_decisions(),
        }
    }

    fn accepts_decision(&self, record: &DecisionRecord) -> bool {
        self.action.is_none_or(|action| record.decision.action == action)
            && self.level.is_none_or(|level| record.level == level)
            && self.channel.is_none_or(|channel| record.channel == channel)
            && (self.service.is_none() || self.service == record.destination.service)
            && self
                .rule
                .as_ref()
                .is_none_or(|rule| record.decision.reasons.iter().any(|reason| reason.rule == *rule))
    }

    fn selection(&self, below: u64) -> Selection<'_> {
        Selection {
            below,
            from: self.from,
            until: self.until,
            action: self.action,
            level: self.level,
            service: self.service.as_deref(),
        }
    }
}

/// Entries, newest first. Reads a segment, or a page of the index, at a time.
pub struct Entries {
    shared: Arc<Shared>,
    query: Query,
    left: usize,
    /// Records not yet looked at are those below this number.
    below: u64,
    /// Segments not yet scanned, last first.
    segments: Vec<u64>,
    end: (u64, u64),
    use_index: bool,
    cover: Option<Cover>,
    ready: VecDeque<Result<Entry, ReadError>>,
    done: bool,
}

const PAGE: usize = 256;

impl Entries {
    pub(crate) fn new(shared: &Arc<Shared>, query: Query, use_index: bool) -> Self {
        let extent = shared.extent();
        Self {
            shared: shared.clone(),
            left: query.limit.unwrap_or(usize::MAX),
            // What the chain writes about itself is not in the index.
            use_index: use_index && !query.kinds.iter().any(|kind| kind.is_of_chain()),
            query,
            below: u64::MAX,
            segments: extent.numbers.clone(),
            end: extent.end,
            cover: None,
            ready: VecDeque::new(),
            done: false,
        }
    }

    /// Fills `ready` with the next older part of the log.
    fn advance(&mut self) {
        if self.use_index && self.advance_by_index() {
            return;
        }
        match self.segments.pop() {
            Some(number) => self.scan(number, 0),
            None => self.done = true,
        }
    }

    /// False when the index cannot help with what is left.
    fn advance_by_index(&mut self) -> bool {
        let Some(index) = self.shared.index.read().clone() else {
            self.use_index = false;
            return false;
        };
        // The first answer counts: what the index learns later was already read from the segments.
        let Some(cover) = self.cover.or_else(|| index.cover()) else {
            self.use_index = false;
            return false;
        };
        self.cover = Some(cover);
        if self.below > cover.until {
            return self.advance_to_index(cover);
        }
        let Ok((rows, from)) = index.newest(&self.query.selection(self.below), PAGE) else {
            return self.leave_index(&index);
        };
        let is_last = rows.len() < PAGE;
        for row in rows {
            if self.take_row(&row).is_none() {
                return self.leave_index(&index);
            }
            self.below = row.seq;
        }
        if is_last {
            // The index knows nothing more: what is older than it is read from the segments, if there is anything.
            self.use_index = false;
            self.below = self.below.min(from);
            self.done = from == 0;
        }
        true
    }

    /// Reads what was written since the index was last brought up to date.
    fn advance_to_index(&mut self, cover: Cover) -> bool {
        let Some(number) = self.segments.pop() else {
            return false;
        };
        self.scan(number, cover.until);
        if number <= cover.segment {
            self.segments.push(number);
            self.below = cover.until;
        }
        true
    }

    fn leave_index(&mut self, index: &Index) -> bool {
        index.distrust();
        self.use_index = false;
        false
    }

    /// The record a row points to. `None` when the row does not tell the truth.
    fn take_row(&mut self, row: &Row) -> Option<()> {
        if !self.query.admits(row.kind, row.time)
            || self.query.channel.is_some_and(|channel| row.channel != Some(channel))
        {
            return Some(());
        }
        let entry = entry_at(&self.shared, row)?;
        if self.query.accepts(&entry.record) {
            self.ready.push_back(Ok(entry));
        }
        Some(())
    }

    /// Reads the records of a segment in `from..self.below`.
    fn scan(&mut self, number: u64, from: u64) {
        let end = (number == self.end.0).then_some(self.end.1);
        let bytes = match segments::read(&*self.shared.disk, &self.shared.dir, number, end) {
            Ok(bytes) => bytes,
            // Retention removed it meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(source) => {
                return self.ready.push_back(Err(ReadError::Disk {
                    segment: number,
                    source,
                }));
            }
        };
        let mut found = VecDeque::new();
        for step in Walk::new(&bytes) {
            let Step::Frame { offset, frame } = step else { continue };
            let header = frame.header();
            if (from..self.below).contains(&header.seq) && self.query.admits(header.kind, header.time) {
                found.push_front((offset as u64, frame));
            }
        }
        for (offset, frame) in found {
            match open(&self.shared, number, offset, &frame) {
                Ok(entry) if self.query.accepts(&entry.record) => self.ready.push_back(Ok(entry)),
                Ok(_) => {}
                Err(error) => self.ready.push_back(Err(error)),
            }
        }
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.left > 0 {
            if let Some(entry) = self.ready.pop_front() {
                self.left -= 1;
                return Some(entry);
            }
            if self.done {
                return None;
            }
            self.advance();
        }
        None
    }
}

/// Opens a frame into an entry.
pub(crate) fn open(shared: &Shared, segment: u64, offset: u64, frame: &Frame<'_>) -> Result<Entry, ReadError> {
    let header = frame.header();
    let unreadable = ReadError::Record {
        segment,
        seq: header.seq,
    };
    let Ok(payload) = frame.open(&shared.key) else {
        return Err(unreadable);
    };
    let Ok(record) = Record::from_payload(header.kind, &payload) else {
        return Err(unreadable);
    };
    Ok(Entry {
        seq: header.seq,
        segment,
        offset,
        time: header.time,
        kind: header.kind,
        id: header.id,
        record,
    })
}

/// The record a row of the index points to, if the row is right.
pub(crate) fn entry_at(shared: &Shared, row: &Row) -> Option<Entry> {
    let file = shared.disk.open(&segments::path(&shared.dir, row.segment)).ok()?;
    let mut bytes = vec![0; row.len as usize];
    let read = file.read_at(row.offset, &mut bytes).ok()?;
    let frame = Frame::parse(&bytes[..read]).ok()?;
    if frame.header().seq != row.seq || frame.header().id != row.id {
        return None;
    }
    open(shared, row.segment, row.offset, &frame).ok()
}
