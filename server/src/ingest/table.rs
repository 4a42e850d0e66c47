//! The tables `logs`, `batches`, `names` and `events`.

use super::columns::Row;
use crate::repo::RepoError;
use crate::tlog::TreeHead;
use weir_audit::Head;
use weir_fleet::{DeviceId, LogEntry};
use weir_model::{Action, Channel, Level, Timestamp};

/// How far a log was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogState {
    /// The last record.
    pub last: u64,
    /// The head behind it.
    pub head: Head,
}

/// A batch that wants to be appended.
#[derive(Clone, Debug)]
pub struct Advance {
    /// Whose log.
    pub device: DeviceId,
    /// Which of them.
    pub timeline: u32,
    /// Its first record.
    pub first: u64,
    /// Its last.
    pub last: u64,
    /// Where the log must stand.
    pub before: Head,
    /// Where it stands then.
    pub head: Head,
    /// Its records.
    pub rows: Vec<Row>,
}

impl Advance {
    /// Where the log stands behind it.
    pub(super) const fn state(&self) -> LogState {
        LogState {
            last: self.last,
            head: self.head,
        }
    }

    /// Its entry in the server's log.
    pub(super) const fn entry(&self) -> LogEntry {
        LogEntry::Accepted {
            device: self.device,
            timeline: self.timeline,
            seq: self.last,
            head: self.head,
        }
    }
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is stored, now or from an earlier time: the log stands here.
    Stored(LogState),
    /// The log stands elsewhere.
    Elsewhere(LogState),
    /// The device has another timeline to begin.
    Timeline(u32),
}

/// What became of batches that came together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advanced {
    /// Of each batch, in their order.
    pub outcomes: Vec<Outcome>,
    /// Number of the entry in the server's log that says where the log of each stands; `None` where it does not say.
    pub leaves: Vec<Option<u64>>,
    /// How the server's log stands: it has all these entries.
    pub tree: TreeHead,
}

/// A record, for those who read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Whose.
    pub device: DeviceId,
    /// Which of its logs.
    pub timeline: u32,
    /// The log's number in the database.
    pub log: i64,
    /// Number in that log.
    pub seq: u64,
    /// By the device's clock.
    pub time: Timestamp,
    /// The record's kind, as a byte.
    pub kind: u8,
    /// The event it belongs to.
    pub event: [u8; 16],
    /// The record: JSON.
    pub body: Vec<u8>,
}

impl Stored {
    /// Where it stands among all records.
    #[must_use]
    pub const fn place(&self) -> Behind {
        Behind {
            time: self.time.as_millis(),
            log: self.log,
            seq: self.seq.cast_signed(),
        }
    }
}

/// A place in the order that records are read in, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind {
    /// By the device's clock, milliseconds since 1970.
    pub time: i64,
    /// The log's number in the database.
    pub log: i64,
    /// Number in that log.
    pub seq: i64,
}

/// Which records. All conditions hold.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Of this device.
    pub device: Option<DeviceId>,
    /// Decisions of at least this level.
    pub level: Option<Level>,
    /// Decisions with this action.
    pub action: Option<Action>,
    /// Decisions about messages of this channel.
    pub channel: Option<Channel>,
    /// Decisions about messages to this service.
    pub service: Option<String>,
    /// Decisions about messages to this provider.
    pub provider: Option<String>,
    /// Decisions about messages of this user.
    pub person: Option<String>,
    /// Of this event.
    pub event: Option<[u8; 16]>,
    /// Only what stands behind this one.
    pub behind: Option<Behind>,
    /// At most so many, newest first.
    pub limit: u32,
}

/// Bytes of records that are read at once: a device may have written a megabyte into each.
pub(crate) const ROOM: usize = 8 << 20;

/// Some records, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// As many as were wanted, or as there are, or as fit in eight megabytes.
    pub records: Vec<Stored>,
    /// Where more may stand.
    pub next: Option<Behind>,
    bytes: usize,
}

impl Stretch {
    /// How many more of those wanted it holds.
    pub(super) fn room(&self, wanted: &Wanted) -> u32 {
        let found = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        let room = wanted.limit.saturating_sub(found);
        if self.bytes < ROOM { room } else { 0 }
    }

    pub(super) fn push(&mut self, stored: Stored) {
        self.bytes += stored.body.len();
        self.records.push(stored);
    }

    /// Nothing more is looked for.
    pub(super) fn end(mut self, wanted: &Wanted) -> Self {
        let full = self.room(wanted) == 0;
        self.next = self.records.last().filter(|_| full).map(Stored::place);
        self
    }
}

/// What is asked of the four tables.
#[async_trait::async_trait]
pub trait EventTable: Send + Sync {
    /// Appends batches of different logs in one transaction, and enters them in the server's log. It is durable when this returns.
    async fn advance(&self, batches: &[Advance], now: Timestamp) -> Result<Advanced, RepoError>;
    /// How far a log was accepted.
    async fn log(&self, device: DeviceId, timeline: u32) -> Result<Option<LogState>, RepoError>;
    /// Records, newest first.
    async fn events(&self, wanted: &Wanted) -> Result<Stretch, RepoError>;
}
