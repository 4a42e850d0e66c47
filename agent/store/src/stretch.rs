//! The log from a place on, as far as it is one chain: what is sent to the admin server.

use crate::log::segments;
use crate::query::ReadError;
use crate::shared::Shared;
use crate::store::Store;
use weir_audit::{Frame, Head, Kind, Step, Walk};
use weir_model::{EventId, Timestamp};

/// Records that follow on one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Number of the first record.
    pub first: u64,
    /// Number of the last.
    pub last: u64,
    /// The head before the first.
    pub before: Head,
    /// The head behind the last.
    pub head: Head,
    /// The records, those that cannot be opened left out: `verify` says more of them.
    pub pieces: Vec<Piece>,
}

/// One record, opened and not read.
#[derive(Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its number.
    pub seq: u64,
    /// What it is.
    pub kind: Kind,
    /// When it happened.
    pub time: Timestamp,
    /// The event it belongs to.
    pub id: EventId,
    /// Version byte and content.
    pub payload: Vec<u8>,
}

impl std::fmt::Debug for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Piece({}, {}, {} bytes)", self.seq, self.kind, self.payload.len())
    }
}

/// How much is wanted at once.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// Records.
    pub records: usize,
    /// Bytes of payload; one record may go beyond.
    pub bytes: usize,
}

impl Store {
    /// What is durable behind record `after`, from the oldest kept record on where there is none. It ends where the next
    /// record does not link to the one before: damage, or a write that failed. `None` when there is nothing.
    ///
    /// # Errors
    /// A segment cannot be read.
    pub fn stretch(&self, after: Option<u64>, most: Most) -> Result<Option<Stretch>, ReadError> {
        let mut gathered: Option<Stretch> = None;
        let mut bytes = 0;
        self.shared().frames_from(after, |shared, frame| {
            let header = frame.header();
            let stretch = match &mut gathered {
                Some(stretch) if frame.prev() != stretch.head => return false,
                Some(stretch) => stretch,
                None => gathered.insert(Stretch {
                    first: header.seq,
                    last: header.seq,
                    before: frame.prev(),
                    head: frame.prev(),
                    pieces: Vec::new(),
                }),
            };
            (stretch.last, stretch.head) = (header.seq, frame.head());
            if let Ok(payload) = frame.open(&shared.key) {
                bytes += payload.len();
                stretch.pieces.push(Piece {
                    seq: header.seq,
                    kind: header.kind,
                    time: header.time,
                    id: header.id,
                    payload,
                });
            }
            stretch.pieces.len() < most.records && bytes < most.bytes
        })?;
        Ok(gathered)
    }

    /// The head behind a record; `None` where the log does not have it.
    ///
    /// # Errors
    /// A segment cannot be read.
    pub fn head_at(&self, seq: u64) -> Result<Option<Head>, ReadError> {
        let mut found = None;
        self.shared().frames_from(seq.checked_sub(1), |_, frame| {
            if frame.header().seq == seq {
                found = Some(frame.head());
            }
            false
        })?;
        Ok(found)
    }
}

impl Shared {
    /// Shows `each` the durable frames behind `after`, in order, until it has seen enough.
    fn frames_from(
        &self,
        after: Option<u64>,
        mut each: impl FnMut(&Self, &Frame<'_>) -> bool,
    ) -> Result<(), ReadError> {
        let extent = self.extent();
        let start = self.segment_of(&extent.numbers, after)?;
        for &number in &extent.numbers[start..] {
            let end = (number == extent.end.0).then_some(extent.end.1);
            let failed = |source| ReadError::Disk {
                segment: number,
                source,
            };
            let bytes = match segments::read(&*self.disk, &self.dir, number, end) {
                Ok(bytes) => bytes,
                // Retention removed it meanwhile.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(failed(error)),
            };
            for step in Walk::new(&bytes) {
                let Step::Frame { frame, .. } = step else { continue };
                if after.is_none_or(|after| frame.header().seq > after) && !each(self, &frame) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The last segment that begins at or before the record behind `after`: mostly the last one there is.
    fn segment_of(&self, numbers: &[u64], after: Option<u64>) -> Result<usize, ReadError> {
        let Some(after) = after else { return Ok(0) };
        for (place, &segment) in numbers.iter().enumerate().rev() {
            let first = segments::first_frame(&*self.disk, &self.dir, segment, &self.key);
            let first = first.map_err(|source| ReadError::Disk { segment, source })?;
            if first.is_some_and(|first| first.seq <= after + 1) {
                return Ok(place);
            }
        }
        Ok(0)
    }
}
