use crate::disk::{Disk, RealDisk};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use weir_audit::SealKey;
use weir_model::Timestamp;

/// Gives the time. A function, so that tests have their own.
pub type Clock = fn() -> Timestamp;

/// What to do when the disk is full and the reserve used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFull {
    /// Every append fails: nothing leaves unrecorded.
    #[default]
    Refuse,
    /// Appends fail with [`crate::AppendError::Unrecorded`], are counted, and the count is recorded when there is space.
    Gap,
}

/// Which implementation stands behind the index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IndexKind {
    /// None: reads go through the segments.
    None,
    /// sled 0.34.
    #[default]
    Sled,
    /// redb.
    Redb,
}

/// How long an epoch lasts. At its end its key is forgotten.
#[derive(Clone, Copy, Debug)]
pub struct EpochLength {
    /// Until so many records are in it.
    pub records: u64,
    /// But not shorter: where records come fast, sealing must not be what the disk does most.
    pub shortest: Duration,
    /// And not longer, where there is any record in it: for so long, whoever takes the key can still rewrite what it holds.
    pub longest: Duration,
}

impl Default for EpochLength {
    fn default() -> Self {
        Self {
            records: 64,
            shortest: Duration::from_secs(1),
            longest: Duration::from_secs(900),
        }
    }
}

/// How a store is opened.
pub struct Options {
    /// The key records are sealed under.
    pub key: SealKey,
    /// What to do on a full disk.
    pub on_full: OnFull,
    /// How long an epoch lasts.
    pub epoch: EpochLength,
    /// Days records are kept; whole segments are removed, once an hour.
    pub retention_days: u32,
    /// True where somebody else is to have the records: until [`crate::Store::still_needed`] says from which on, none is removed.
    pub needed: bool,
    /// Bytes of the log, in whole segments. Beyond them the oldest that nobody needs any more are removed, however young they are;
    /// where all are needed, appends are refused as on a full disk.
    pub quota_bytes: u64,
    /// The index.
    pub index: IndexKind,
    /// Where the index lives; beside the log if not given.
    pub index_dir: Option<PathBuf>,
    /// Days the index covers. Older records are found by reading segments.
    pub index_days: u32,
    /// Bytes of a segment.
    pub segment_bytes: u64,
    /// Bytes a segment grows by.
    pub step_bytes: u64,
    /// Appends that may wait. More are refused with [`crate::AppendError::Busy`].
    pub queue: usize,
    /// Gives the time.
    pub clock: Clock,
    /// Where the log's files live.
    pub disk: Arc<dyn Disk>,
}

impl Options {
    /// The defaults of the agent.
    #[must_use]
    pub fn new(key: SealKey) -> Self {
        Self {
            key,
            on_full: OnFull::Refuse,
            epoch: EpochLength::default(),
            retention_days: 365,
            needed: false,
            quota_bytes: 2 << 30,
            index: IndexKind::Sled,
            index_dir: None,
            index_days: 90,
            segment_bytes: 4 << 20,
            step_bytes: 256 << 10,
            queue: 1024,
            clock: system_clock,
            disk: Arc::new(RealDisk),
        }
    }
}

fn system_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
