//! The narrow trait behind the index, and the guard every engine is opened and called through.

use super::rows::Put;
use crate::options::IndexKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

/// Ordered bytes. Two implementations run the same faults.
pub(super) trait AuditIndex: Send + Sync {
    /// Writes and removes, all or nothing.
    fn apply(&self, puts: &[Put], removes: &[Vec<u8>]) -> Result<(), IndexError>;
    /// One value.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError>;
    /// Keys in `from..to`, highest first, until `each` says no.
    fn newest(&self, from: &[u8], to: &[u8], each: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> Result<(), IndexError>;
    /// Makes what was applied durable.
    fn flush(&self) -> Result<(), IndexError>;
}

/// The index failed. It is thrown away and built anew: what exactly failed does not matter to anyone else.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexError {
    /// The engine said so.
    #[error("the index engine failed: {0}")]
    Engine(String),
    /// The engine panicked.
    #[error("the index engine panicked")]
    Panic,
    /// Opening took longer than its budget.
    #[error("the index did not open in time")]
    Timeout,
    /// What it holds does not fit.
    #[error("the index does not fit the log")]
    Content,
    /// The log under it could not be read.
    #[error("the log could not be read")]
    Log(#[from] std::io::Error),
}

/// Longer than any sound index takes; a rotten one was seen to take minutes.
const OPEN_BUDGET: Duration = Duration::from_secs(2);

/// Opens an engine in a thread of its own, because engines panic where they should fail, and hang where they should
/// panic. A thread that misses its budget is left behind with the directory, which the caller renames.
pub(super) fn open(kind: IndexKind, dir: &Path) -> Result<Box<dyn AuditIndex>, IndexError> {
    let (send, receive) = sync_channel(1);
    let dir: PathBuf = dir.to_owned();
    let work = move || {
        let opened = catch_unwind(AssertUnwindSafe(|| open_here(kind, &dir))).unwrap_or(Err(IndexError::Panic));
        // Nobody waits any more if the budget was over.
        let _ = send.send(opened);
    };
    std::thread::Builder::new().name("weir-index-open".into()).spawn(work)?;
    match receive.recv_timeout(OPEN_BUDGET) {
        Ok(Ok(engine)) => Ok(Box::new(Guarded(Some(engine)))),
        Ok(Err(error)) => Err(error),
        Err(RecvTimeoutError::Timeout) => Err(IndexError::Timeout),
        Err(RecvTimeoutError::Disconnected) => Err(IndexError::Panic),
    }
}

fn open_here(kind: IndexKind, dir: &Path) -> Result<Box<dyn AuditIndex>, IndexError> {
    match kind {
        IndexKind::Redb => Ok(Box::new(super::redb::Redb::open(dir)?)),
        IndexKind::Sled | IndexKind::None => Ok(Box::new(super::sled::Sled::open(dir)?)),
    }
}

/// Turns panics of an engine into errors.
struct Guarded(Option<Box<dyn AuditIndex>>);

impl Guarded {
    fn call<T>(&self, work: impl FnOnce(&dyn AuditIndex) -> Result<T, IndexError>) -> Result<T, IndexError> {
        let Some(engine) = &self.0 else {
            return Err(IndexError::Panic);
        };
        catch_unwind(AssertUnwindSafe(|| work(&**engine))).unwrap_or(Err(IndexError::Panic))
    }
}

impl AuditIndex for Guarded {
    fn apply(&self, puts: &[Put], removes: &[Vec<u8>]) -> Result<(), IndexError> {
        self.call(|engine| engine.apply(puts, removes))
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        self.call(|engine| engine.get(key))
    }

    fn newest(&self, from: &[u8], to: &[u8], each: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> Result<(), IndexError> {
        self.call(|engine| engine.newest(from, to, each))
    }

    fn flush(&self) -> Result<(), IndexError> {
        self.call(|engine| engine.flush())
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let engine = self.0.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(engine)));
    }
}
