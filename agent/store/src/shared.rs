//! What the store's threads share.

use crate::disk::Disk;
use crate::index::Index;
use crate::log::Extent;
use crate::recent::Recent;
use parking_lot::{Condvar, Mutex, RwLock};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use weir_audit::{Anchor, EpochKey, Problem, SealKey};
use weir_model::Action;

pub(crate) struct Shared {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) dir: PathBuf,
    pub(crate) key: Arc<SealKey>,
    pub(crate) index: RwLock<Option<Arc<Index>>>,
    pub(crate) health: Mutex<Health>,
    /// The key that the present epoch will be sealed with.
    pub(crate) epoch_key: Mutex<Option<EpochKey>>,
    /// What was written last, for the index.
    pub(crate) recent: Recent,
    /// One more than the number of the last record that is not of the chain itself.
    pub(crate) told: AtomicU64,
    /// From this record on none is removed, however old.
    pub(crate) needed: AtomicU64,
    /// Decisions made durable since the store was opened, by action.
    pub(crate) decisions: [AtomicU64; Action::ALL.len()],
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Clone, Default)]
struct State {
    extent: Arc<Extent>,
    anchor: Option<Anchor>,
    closed: bool,
}

/// How the store is.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// What was found damaged when the log was opened. Verification finds all of it, this is the part opening reads.
    pub damage: Vec<Problem>,
    /// True when opening removed an interrupted write nobody had been told of.
    pub cut_tail: bool,
    /// How the index is.
    pub index: IndexState,
    /// How often the index was thrown away and built anew since the store was opened.
    pub index_rebuilds: u64,
    /// Reserve segments left; fewer than 2 means the disk was full, or is.
    pub reserves: usize,
    /// Messages let through without a record and not yet in a gap record.
    pub unrecorded: u64,
    /// Appends refused since the store was opened.
    pub refused: u64,
    /// True when the last append failed.
    pub failing: bool,
    /// And the reason was that the log is as large as it may be, and all of it is needed.
    pub at_quota: bool,
}

/// How the index is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IndexState {
    /// Not asked for.
    #[default]
    Off,
    /// Being opened or built; reads go through the segments.
    Building,
    /// In use.
    Ready,
    /// Given up for now: no space, or it keeps failing. Reads go through the segments.
    Unavailable,
}

impl Shared {
    pub(crate) fn new(disk: Arc<dyn Disk>, dir: PathBuf, key: Arc<SealKey>) -> Self {
        Self {
            disk,
            dir,
            key,
            index: RwLock::new(None),
            health: Mutex::default(),
            epoch_key: Mutex::default(),
            recent: Recent::default(),
            told: AtomicU64::default(),
            needed: AtomicU64::new(u64::MAX),
            decisions: Default::default(),
            state: Mutex::default(),
            moved: Condvar::new(),
        }
    }

    pub(crate) fn extent(&self) -> Arc<Extent> {
        self.state.lock().extent.clone()
    }

    /// The extent and the anchor of the same moment.
    pub(crate) fn durable(&self) -> (Arc<Extent>, Option<Anchor>) {
        let state = self.state.lock();
        (state.extent.clone(), state.anchor)
    }

    pub(crate) fn advance(&self, extent: Extent, anchor: Option<Anchor>) {
        let mut state = self.state.lock();
        state.extent = Arc::new(extent);
        state.anchor = anchor;
        drop(state);
        self.moved.notify_all();
    }

    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.moved.notify_all();
        self.recent.wake();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    /// Waits until the log reaches beyond `seen`, the store is closed, or the time is over.
    pub(crate) fn wait(&self, seen: (u64, u64), timeout: Duration) {
        let mut state = self.state.lock();
        if !state.closed && state.extent.end == seen {
            self.moved.wait_for(&mut state, timeout);
        }
    }
}
