//! The one thread that writes. Natural group commit: what came in while a sync ran goes into the next one; nothing that
//! somebody waits for is ever delayed to wait for company. Records of answers, which nobody waits for, lie in the tray
//! until a commit takes them along or a pause comes: they wake nobody.

use crate::EpochLength;
use crate::index::Row;
use crate::log::{Item, LastRecord, Log};
use crate::recent::Batch;
use crate::shared::Shared;
use parking_lot::Mutex;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use weir_audit::{Head, Kind};
use weir_model::Timestamp;

/// The proof that a record is durable. Only the store makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// Its position in the log.
    pub seq: u64,
    /// The head after it.
    pub head: Head,
    /// Segment it stands in.
    pub segment: u64,
    /// Where it begins in that segment.
    pub offset: u64,
}

/// The record is not in the log. Callers fail closed, unless it is [`AppendError::Unrecorded`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Too many appends are waiting.
    #[error("too many records are waiting for the disk")]
    Busy,
    /// The disk is full, the reserve used up, and policy says to refuse.
    #[error("the disk is full and records may not be left out")]
    Full,
    /// The disk is full, the reserve used up, and policy says to go on: counted for a gap record.
    #[error("the disk is full; the record was counted, not written")]
    Unrecorded,
    /// The log has its quota, and all that is in it is still needed.
    #[error("the log is as large as it may be, and nothing in it may be removed")]
    Quota,
    /// Over the limit of a record.
    #[error("the record is too large for the log")]
    TooLarge,
    /// The disk failed.
    #[error("the record could not be written ({0})")]
    Write(io::ErrorKind),
    /// The store is closed.
    #[error("the audit store is closed")]
    Closed,
}

pub(crate) type Done = Box<dyn FnOnce(Result<Receipt, AppendError>) + Send + 'static>;

pub(crate) struct Append {
    pub(crate) item: Item,
    pub(crate) done: Done,
}

impl Append {
    /// An answer has reached the client before its record is made: nothing waits for that.
    const fn is_patient(&self) -> bool {
        matches!(self.item.kind, Kind::Response)
    }
}

enum Job {
    Append(Append),
    /// Something lies in the tray, and the thread had settled down to sleep.
    Look,
    Retain(Timestamp, Box<dyn FnOnce(io::Result<usize>) + Send>),
    Stop,
}

/// The way in: bounded in records and bytes.
pub(crate) struct Writer {
    jobs: SyncSender<Job>,
    tray: Arc<Tray>,
    waiting: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

/// Records that nobody waits for.
#[derive(Default)]
struct Tray {
    state: Mutex<TrayState>,
}

#[derive(Default)]
struct TrayState {
    appends: Vec<Append>,
    /// The thread sleeps without looking again by itself.
    asleep: bool,
}

impl Tray {
    /// Lays a record down; true when the thread must be told.
    fn put(&self, append: Append) -> bool {
        let mut state = self.state.lock();
        state.appends.push(append);
        std::mem::take(&mut state.asleep)
    }

    /// Takes everything, up to a number.
    fn take(&self, most: usize) -> Vec<Append> {
        let mut state = self.state.lock();
        let count = state.appends.len().min(most);
        state.appends.drain(..count).collect()
    }

    fn is_empty(&self) -> bool {
        self.state.lock().appends.is_empty()
    }

    /// Says that the thread goes to sleep; false when there is something to do.
    fn sleep(&self) -> bool {
        let mut state = self.state.lock();
        state.asleep = state.appends.is_empty();
        state.asleep
    }
}

const MAX_WAITING_BYTES: usize = 32 << 20;
const MAX_BATCH: usize = 512;
const MAX_BATCH_BYTES: usize = 1 << 20;
/// Commits after which the anchor is made durable even if no pause comes.
const ANCHOR_EVERY: u32 = 64;
/// Without work for this long, the tray is emptied and the anchor made durable.
const PAUSE: Duration = Duration::from_millis(50);
const HOUR: Duration = Duration::from_secs(3600);
const DAY_MS: i64 = 86_400_000;

impl Writer {
    pub(crate) fn start(
        log: Log,
        shared: Arc<Shared>,
        queue: usize,
        epoch: EpochLength,
        expiry: impl Fn() -> Timestamp + Send + 'static,
    ) -> io::Result<Self> {
        let (jobs, inbox) = sync_channel(queue.max(1));
        let waiting = Arc::new(AtomicUsize::new(0));
        let tray = Arc::new(Tray::default());
        let desk = Desk {
            log,
            shared,
            tray: tray.clone(),
            waiting: waiting.clone(),
            unsynced: 0,
            epoch,
            epoch_since: None,
            last_retain: None,
            expiry: Box::new(expiry),
        };
        let thread = std::thread::Builder::new()
            .name("weir-audit".into())
            .spawn(move || desk.run(&inbox))?;
        Ok(Self {
            jobs,
            tray,
            waiting,
            thread: Some(thread),
        })
    }

    /// Hands over; never waits. What cannot be taken is refused through its own callback.
    pub(crate) fn append(&self, append: Append) {
        let len = append.item.payload.bytes.len();
        if self.waiting.fetch_add(len, Ordering::Relaxed) + len > MAX_WAITING_BYTES {
            self.waiting.fetch_sub(len, Ordering::Relaxed);
            return (append.done)(Err(AppendError::Busy));
        }
        if append.is_patient() {
            if self.tray.put(append) {
                // A full queue wakes the thread as well.
                let _ = self.jobs.try_send(Job::Look);
            }
            return;
        }
        let (job, error) = match self.jobs.try_send(Job::Append(append)) {
            Ok(()) => return,
            Err(TrySendError::Full(job)) => (job, AppendError::Busy),
            Err(TrySendError::Disconnected(job)) => (job, AppendError::Closed),
        };
        self.waiting.fetch_sub(len, Ordering::Relaxed);
        if let Job::Append(append) = job {
            (append.done)(Err(error));
        }
    }

    pub(crate) fn retain(&self, before: Timestamp) -> io::Result<usize> {
        let (answer, answered) = sync_channel(1);
        let reply = Box::new(move |result| drop(answer.send(result)));
        self.jobs
            .send(Job::Retain(before, reply))
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        answered
            .recv()
            .unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))
    }

    /// Everything already handed over is written first.
    pub(crate) fn stop(&mut self) {
        if let Some(thread) = self.thread.take() {
            // Fails only if the thread is gone already.
            let _ = self.jobs.send(Job::Stop);
            let _ = thread.join();
        }
    }
}

struct Desk {
    log: Log,
    shared: Arc<Shared>,
    tray: Arc<Tray>,
    waiting: Arc<AtomicUsize>,
    unsynced: u32,
    epoch: EpochLength,
    /// Since when there are records that no seal covers, or since sealing them failed.
    epoch_since: Option<Instant>,
    last_retain: Option<Instant>,
    expiry: Box<dyn Fn() -> Timestamp + Send>,
}

impl Desk {
    fn run(mut self, inbox: &Receiver<Job>) {
        loop {
            let until_seal = self.seal_if_due();
            let rests = !self.log.anchor_is_dirty() && self.tray.sleep();
            match inbox.recv_timeout(if rests { until_seal } else { PAUSE }) {
                Ok(Job::Append(first)) => {
                    let (mut batch, then) = drain(first, inbox);
                    batch.extend(self.tray.take(MAX_BATCH));
                    self.commit(batch);
                    if then.is_some_and(|job| self.attend(job)) {
                        break;
                    }
                }
                Ok(job) => {
                    if self.attend(job) {
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.pause(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.empty_tray();
        self.seal();
        self.log.sync_anchor();
    }

    /// Ends the epoch when it is time. Gives how long it is until then, an hour at most.
    fn seal_if_due(&mut self) -> Duration {
        let unsealed = self.log.unsealed();
        if unsealed == 0 {
            self.epoch_since = None;
            return HOUR;
        }
        let age = self.epoch_since.get_or_insert_with(Instant::now).elapsed();
        let lasts = match unsealed >= self.epoch.records {
            true => self.epoch.shortest,
            false => self.epoch.longest,
        };
        if age < lasts {
            return lasts.saturating_sub(age);
        }
        self.seal();
        // Where it failed, it is tried again after as long.
        self.epoch_since.map_or(HOUR, |_| lasts)
    }

    fn seal(&mut self) {
        let before = self.log.last();
        self.epoch_since = None;
        if let Err(error) = self.log.seal_epoch() {
            tracing::warn!(%error, "an epoch of the audit log could not be sealed; it goes on");
            self.epoch_since = Some(Instant::now());
        }
        self.shared.advance(self.log.extent(), self.log.anchor());
        *self.shared.epoch_key.lock() = Some(self.log.epoch_key().clone());
        if let (Some(before), Some(after)) = (before, self.log.last()) {
            // The index reads on where commits follow on one another.
            self.shared.recent.push(Batch {
                start: before.position(),
                end: after.position(),
                rows: Vec::new(),
                head: after.head,
            });
        }
    }

    fn empty_tray(&mut self) {
        while !self.tray.is_empty() {
            let batch = self.tray.take(MAX_BATCH);
            self.commit(batch);
        }
    }

    fn commit(&mut self, batch: Vec<Append>) {
        let (items, dones): (Vec<Item>, Vec<Done>) = batch.into_iter().map(|append| (append.item, append.done)).unzip();
        let before = self.log.last();
        let bytes: usize = items.iter().map(|item| item.payload.bytes.len()).sum();
        self.log.still_needed(self.needed());
        let outcomes = self.log.commit(&items);
        self.waiting.fetch_sub(bytes, Ordering::Relaxed);
        self.publish(&outcomes);
        self.count(&items, &outcomes);
        if self.shared.recent.is_wanted()
            && let (Some(before), Some(after)) = (before, self.log.last())
            && let Some(batch) = recent_batch(before, after, items, &outcomes)
        {
            self.shared.recent.push(batch);
        }
        for (done, outcome) in dones.into_iter().zip(outcomes) {
            // A caller's panic must not take the log down with it.
            let _ = catch_unwind(AssertUnwindSafe(|| done(outcome)));
        }
        self.unsynced += 1;
        if self.unsynced >= ANCHOR_EVERY {
            self.sync_anchor();
        }
    }

    fn publish(&self, outcomes: &[Result<Receipt, AppendError>]) {
        if let Some(last) = outcomes.iter().rev().find_map(|outcome| outcome.as_ref().ok()) {
            self.shared.told.store(last.seq + 1, Ordering::Relaxed);
        }
        self.shared.advance(self.log.extent(), self.log.anchor());
        let mut health = self.shared.health.lock();
        health.refused += outcomes.iter().filter(|outcome| outcome.is_err()).count() as u64;
        health.failing = outcomes.last().is_some_and(Result::is_err);
        health.at_quota = matches!(outcomes.last(), Some(Err(AppendError::Quota)));
        health.unrecorded = self.log.gap().count;
        health.reserves = self.log.reserves();
    }

    fn count(&self, items: &[Item], outcomes: &[Result<Receipt, AppendError>]) {
        for (item, outcome) in items.iter().zip(outcomes) {
            let action = item.facts.as_ref().and_then(|facts| facts.action);
            if let (Some(action), Ok(_)) = (action, outcome) {
                self.shared.decisions[action as usize].fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// What waits for a quiet moment. True when it is time to end.
    fn attend(&mut self, job: Job) -> bool {
        match job {
            Job::Append(append) => self.commit(vec![append]),
            Job::Look => {}
            Job::Retain(before, reply) => {
                self.log.still_needed(self.needed());
                let removed = self.log.retain(before);
                self.shared.advance(self.log.extent(), self.log.anchor());
                reply(removed);
            }
            Job::Stop => return true,
        }
        false
    }

    fn pause(&mut self) {
        self.empty_tray();
        self.sync_anchor();
        self.log.refill_reserve();
        self.shared.health.lock().reserves = self.log.reserves();
        if self.last_retain.is_none_or(|last| last.elapsed() >= HOUR) {
            self.last_retain = Some(Instant::now());
            self.log.still_needed(self.needed());
            if let Err(error) = self.log.retain((self.expiry)()) {
                tracing::warn!(kind = ?error.kind(), "expired segments could not be removed");
            }
            self.shared.advance(self.log.extent(), self.log.anchor());
        }
    }

    fn needed(&self) -> u64 {
        self.shared.needed.load(Ordering::Relaxed)
    }

    fn sync_anchor(&mut self) {
        self.log.sync_anchor();
        self.unsynced = 0;
    }
}

/// Everything that waits, up to a limit, and the job that is something else.
fn drain(first: Append, inbox: &Receiver<Job>) -> (Vec<Append>, Option<Job>) {
    let mut bytes = first.item.payload.bytes.len();
    let mut batch = vec![first];
    while batch.len() < MAX_BATCH && bytes < MAX_BATCH_BYTES {
        match inbox.try_recv() {
            Ok(Job::Append(append)) => {
                bytes += append.item.payload.bytes.len();
                batch.push(append);
            }
            Ok(Job::Look) => {}
            Ok(other) => return (batch, Some(other)),
            Err(_) => break,
        }
    }
    (batch, None)
}

/// Rows of a commit, when nothing else than its items, and the first frames of segments, was written after `before`.
fn recent_batch(
    before: LastRecord,
    after: LastRecord,
    items: Vec<Item>,
    outcomes: &[Result<Receipt, AppendError>],
) -> Option<Batch> {
    // A gap record, or a write that failed now or before: numbers are used up, and the log itself is read.
    let begun = after.segment - before.segment;
    if after.seq - before.seq != items.len() as u64 + begun {
        return None;
    }
    let rows = items.into_iter().zip(outcomes);
    let rows: Option<Vec<Row>> = rows
        .map(|(item, outcome)| Row::of_item(item, outcome.as_ref().ok()?))
        .collect();
    Some(Batch {
        start: before.position(),
        end: after.position(),
        rows: rows?,
        head: after.head,
    })
}

/// The time before which records are kept no longer.
pub(crate) fn expiry(now: Timestamp, days: u32) -> Timestamp {
    now.plus_millis(-(i64::from(days) * DAY_MS))
}
