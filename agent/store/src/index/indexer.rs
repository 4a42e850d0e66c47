//! The thread that keeps the index: opens it, checks it, fills it from the log, and builds it anew when in doubt.
//! The log never waits for it.

use super::engine::{self, AuditIndex, IndexError};
use super::rows::{self, Changes, MARK_KEY, Mark, Row};
use super::{Index, commit, cutoff};
use crate::follow;
use crate::log::segments;
use crate::options::{Clock, IndexKind};
use crate::recent::Batch;
use crate::shared::{IndexState, Shared};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use weir_audit::{Frame, Kind, Record};
use weir_model::Timestamp;

/// An engine opened on a full disk may never open again.
const MIN_FREE: u64 = 64 << 20;
const FLUSH_EVERY: Duration = Duration::from_secs(5);
/// What the index waits for company, and so lags behind.
const GATHER: Duration = Duration::from_millis(500);
const CLOSE_BUDGET: Duration = Duration::from_secs(5);
const MAX_CHANGES: usize = 1024;

pub(crate) struct Indexer(JoinHandle<()>);

impl Indexer {
    /// `None` when no index is wanted.
    pub(crate) fn start(
        shared: &Arc<Shared>,
        kind: IndexKind,
        dir: PathBuf,
        days: u32,
        clock: Clock,
    ) -> io::Result<Option<Indexer>> {
        if kind == IndexKind::None {
            return Ok(None);
        }
        shared.health.lock().index = IndexState::Building;
        let keeper = Keeper {
            shared: shared.clone(),
            kind,
            dir,
            days,
            clock,
            failures: 0,
        };
        let thread = std::thread::Builder::new()
            .name("weir-index".into())
            .spawn(move || keeper.run())?;
        Ok(Some(Indexer(thread)))
    }

    /// The store is closed already: waits for the thread, but not for an engine that hangs.
    pub(crate) fn stop(self) {
        let end = Instant::now() + CLOSE_BUDGET;
        while !self.0.is_finished() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
        }
        if self.0.is_finished() {
            let _ = self.0.join();
        }
    }
}

struct Keeper {
    shared: Arc<Shared>,
    kind: IndexKind,
    dir: PathBuf,
    days: u32,
    clock: Clock,
    failures: u32,
}

impl Keeper {
    fn run(mut self) {
        while !self.shared.is_closed() {
            if !self.has_space() {
                self.state(IndexState::Unavailable);
                self.rest(Duration::from_secs(10));
                continue;
            }
            let outcome = self.serve();
            self.shared.recent.want(false);
            *self.shared.index.write() = None;
            if let Err(error) = outcome {
                self.discard(&error);
            }
        }
    }

    /// Opens, checks, and follows the log until the store is closed.
    fn serve(&mut self) -> Result<(), IndexError> {
        self.state(IndexState::Building);
        if let Some(parent) = self.dir.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let engine = engine::open(self.kind, &self.dir)?;
        owner_only(&self.dir)?;
        let mark = check(&self.shared, &*engine)?;
        let index = Arc::new(Index::new(engine, mark));
        *self.shared.index.write() = Some(index.clone());
        self.shared.recent.want(true);
        self.follow(&index)
    }

    fn follow(&mut self, index: &Index) -> Result<(), IndexError> {
        let mut flushed = Instant::now();
        let mut is_dirty = false;
        let mut pruned = None;
        loop {
            if self.shared.is_closed() {
                // What is missing is caught up with when the store opens again: closing does not wait for it.
                return if is_dirty { index.engine.flush() } else { Ok(()) };
            }
            if index.distrusted.load(Ordering::Relaxed) {
                return Err(IndexError::Content);
            }
            let end = self.shared.extent().end;
            if self.read_on(index)? {
                is_dirty = true;
            }
            let position = index.mark.lock().unwrap_or_default().position;
            if (position.segment, position.offset) >= end {
                self.settle(index, &mut pruned)?;
                let timeout = if is_dirty { FLUSH_EVERY } else { Duration::from_secs(60) };
                self.shared.wait((position.segment, position.offset), timeout);
                // More will come: many records at once cost little more than one, and readers look behind the mark.
                self.shared.recent.gather(GATHER);
            }
            if is_dirty && flushed.elapsed() >= FLUSH_EVERY {
                index.engine.flush()?;
                (is_dirty, flushed) = (false, Instant::now());
            }
        }
    }

    /// Up to date: the index is in use, and once a day what is too old leaves it.
    fn settle(&mut self, index: &Index, pruned: &mut Option<i64>) -> Result<(), IndexError> {
        let cutoff = cutoff((self.clock)(), self.days);
        let day = cutoff.as_millis().div_euclid(86_400_000);
        if *pruned != Some(day) {
            *pruned = Some(day);
            prune(index, cutoff)?;
        }
        self.failures = 0;
        self.state(IndexState::Ready);
        Ok(())
    }

    /// Takes in the next part of the log. False when there is nothing new.
    fn read_on(&self, index: &Index) -> Result<bool, IndexError> {
        let mut intake = Intake::new(index, cutoff((self.clock)(), self.days));
        let from = intake.mark.position;
        let batches = self.shared.recent.take(from);
        if !batches.is_empty() {
            batches.into_iter().for_each(|batch| intake.take_batch(batch));
            intake.finish()?;
            return Ok(true);
        }
        let reached = follow::read_on(&self.shared, from, |segment, offset, frame| {
            intake.take(&self.shared, segment, offset, frame);
        })?;
        let Some(reached) = reached else { return Ok(false) };
        intake.mark.position = reached;
        intake.finish()?;
        Ok(true)
    }

    fn has_space(&self) -> bool {
        let beside = self.dir.parent().unwrap_or(&self.dir);
        let known = if beside.exists() { beside } else { &self.shared.dir };
        self.shared.disk.free_space(known).is_ok_and(|free| free >= MIN_FREE)
    }

    /// Renamed aside, not removed: a thread may still hang in it, and somebody may want to know why.
    fn discard(&mut self, error: &IndexError) {
        tracing::warn!(%error, "the audit index is built anew");
        self.failures += 1;
        self.shared.health.lock().index_rebuilds += 1;
        let aside = self.dir.with_extension("broken");
        let _ = std::fs::remove_dir_all(&aside).or_else(|_| std::fs::remove_file(&aside));
        if self.dir.exists() && std::fs::rename(&self.dir, &aside).is_err() {
            let _ = std::fs::remove_dir_all(&self.dir).or_else(|_| std::fs::remove_file(&self.dir));
        }
        if self.failures > 2 {
            self.state(IndexState::Unavailable);
            self.rest(Duration::from_secs(1 << self.failures.min(8)));
        }
    }

    fn rest(&self, time: Duration) {
        let end = Instant::now() + time;
        while let Some(left) = end
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
        {
            if self.shared.is_closed() {
                break;
            }
            self.shared.wait(self.shared.extent().end, left);
        }
    }

    fn state(&self, state: IndexState) {
        self.shared.health.lock().index = state;
    }
}

/// Rows of one part of the log.
struct Intake<'a> {
    index: &'a Index,
    changes: Changes,
    mark: Mark,
    cutoff: Timestamp,
    failed: Option<IndexError>,
}

impl<'a> Intake<'a> {
    fn new(index: &'a Index, cutoff: Timestamp) -> Self {
        let mark = index.mark.lock().unwrap_or_default();
        Self {
            index,
            changes: Changes::default(),
            mark,
            cutoff,
            failed: None,
        }
    }

    fn take(&mut self, shared: &Shared, segment: u64, offset: u64, frame: &Frame<'_>) {
        let header = frame.header();
        if self.failed.is_some() || header.seq < self.mark.until {
            return;
        }
        let is_empty = self.mark.from == self.mark.until || self.mark.until == 0;
        self.mark.until = header.seq + 1;
        self.mark.head = frame.head();
        self.mark.last = (segment, offset, u32::try_from(frame.len()).unwrap_or(u32::MAX));
        if is_empty && header.time < self.cutoff {
            // Too old for the index: it begins later.
            self.mark.from = self.mark.until;
            return;
        }
        if header.kind.is_of_chain() {
            return;
        }
        let record = match header.kind {
            Kind::Decision => frame
                .open(&shared.key)
                .ok()
                .and_then(|payload| Record::from_payload(header.kind, &payload).ok()),
            _ => None,
        };
        let row = Row::new(segment, offset, frame, record.as_ref());
        self.failed = self.changes.insert(&*self.index.engine, row).err();
        if self.failed.is_none() && self.changes.len() > MAX_CHANGES {
            self.failed = self.write(self.mark).err();
        }
    }

    /// Rows the writer handed over.
    fn take_batch(&mut self, batch: Batch) {
        self.mark.position = batch.end;
        if batch.rows.is_empty() {
            // A seal: the mark's head is that of the last record that is looked for.
            return;
        }
        for row in batch.rows {
            if self.failed.is_some() || row.seq < self.mark.until {
                continue;
            }
            let is_empty = self.mark.from == self.mark.until || self.mark.until == 0;
            self.mark.until = row.seq + 1;
            self.mark.last = (row.segment, row.offset, row.len);
            if is_empty && row.time < self.cutoff {
                self.mark.from = self.mark.until;
            } else {
                self.failed = self.changes.insert(&*self.index.engine, row).err();
            }
        }
        self.mark.head = batch.head;
    }

    fn finish(mut self) -> Result<(), IndexError> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.write(self.mark),
        }
    }

    fn write(&mut self, mark: Mark) -> Result<(), IndexError> {
        let mut changes = std::mem::take(&mut self.changes);
        changes.close_block();
        self.mark = changes.counted(mark);
        commit(self.index, changes, self.mark)
    }
}

/// What the index covers, if it is whole and belongs to this log; an error if it cannot be trusted.
fn check(shared: &Shared, engine: &dyn AuditIndex) -> Result<Option<Mark>, IndexError> {
    let Some(value) = engine.get(MARK_KEY)? else {
        return if Mark::default().fits(engine)? {
            Ok(None)
        } else {
            Err(IndexError::Content)
        };
    };
    let mark = Mark::parse(&value).ok_or(IndexError::Content)?;
    if belongs(shared, &mark)? && mark.fits(engine)? {
        Ok(Some(mark))
    } else {
        Err(IndexError::Content)
    }
}

fn belongs(shared: &Shared, mark: &Mark) -> io::Result<bool> {
    let (segment, offset, len) = mark.last;
    let path = segments::path(&shared.dir, segment);
    let mut bytes = vec![0; len as usize];
    let read = match shared.disk.open(&path) {
        Ok(file) => file.read_at(offset, &mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    Ok(Frame::parse(&bytes[..read]).is_ok_and(|frame| frame.head() == mark.head))
}

fn prune(index: &Index, cutoff: Timestamp) -> Result<(), IndexError> {
    let Some(mark) = *index.mark.lock() else { return Ok(()) };
    let from = rows::first_since(&*index.engine, cutoff)?.unwrap_or(mark.until);
    let mut changes = Changes::default();
    changes.forget(&*index.engine, from, cutoff)?;
    if changes.len() == 0 {
        return Ok(());
    }
    let mark = changes.counted(Mark {
        from: mark.from.max(from),
        ..mark
    });
    commit(index, changes, mark)
}

fn owner_only(dir: &Path) -> io::Result<()> {
    #[cfg(unix)]
    std::fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    #[cfg(not(unix))]
    let _ = dir;
    Ok(())
}
