//! What the writer made durable last, kept for the index for a moment, so that it need not read back, open and parse
//! what was just in memory. Bounded; whoever finds a hole in it reads the log.

use crate::follow::Position;
use crate::index::Row;
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::time::Duration;
use weir_audit::Head;

/// Rows of one commit: all that stands between `start` and `end`, but for the first frames of segments.
pub(crate) struct Batch {
    pub(crate) start: Position,
    pub(crate) end: Position,
    pub(crate) rows: Vec<Row>,
    /// After its last record.
    pub(crate) head: Head,
}

#[derive(Default)]
pub(crate) struct Recent {
    state: Mutex<State>,
    full: Condvar,
}

#[derive(Default)]
struct State {
    batches: VecDeque<Batch>,
    rows: usize,
    wanted: bool,
    woken: bool,
}

/// Rows that are worth the index's while before its time has come.
const WORTHWHILE: usize = 2048;
/// Rows kept at most: a few megabytes.
const LIMIT: usize = 8192;

impl Recent {
    /// Whether anybody takes batches.
    pub(crate) fn want(&self, wanted: bool) {
        let mut state = self.state.lock();
        state.wanted = wanted;
        state.forget();
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.state.lock().wanted
    }

    /// Never waits for whoever takes.
    pub(crate) fn push(&self, batch: Batch) {
        let mut state = self.state.lock();
        if !state.wanted {
            return;
        }
        if state.rows + batch.rows.len() > LIMIT {
            state.forget();
        }
        let before = state.rows;
        state.rows += batch.rows.len();
        state.batches.push_back(batch);
        if before < WORTHWHILE && state.rows >= WORTHWHILE {
            self.full.notify_all();
        }
    }

    /// The batches that follow on `position` without a gap; those before it are forgotten.
    pub(crate) fn take(&self, position: Position) -> Vec<Batch> {
        let mut state = self.state.lock();
        let mut taken = Vec::new();
        let mut reached = position;
        while let Some(batch) = state.batches.front() {
            if batch.start > reached {
                break;
            }
            let follows = batch.start == reached;
            let Some(batch) = state.batches.pop_front() else { break };
            state.rows -= batch.rows.len();
            if follows {
                reached = batch.end;
                taken.push(batch);
            }
        }
        taken
    }

    /// Waits until much has come in, somebody wakes, or the time is over.
    pub(crate) fn gather(&self, time: Duration) {
        let mut state = self.state.lock();
        if state.rows < WORTHWHILE && !state.woken {
            self.full.wait_for(&mut state, time);
        }
    }

    /// From now on nobody waits.
    pub(crate) fn wake(&self) {
        self.state.lock().woken = true;
        self.full.notify_all();
    }
}

impl State {
    fn forget(&mut self) {
        self.batches.clear();
        self.rows = 0;
    }
}
