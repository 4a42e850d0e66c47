//! One task writes what all requests bring.

use super::table::{Advance, Advanced, Outcome};
use crate::alerts::faults_of;
use crate::clock;
use crate::repo::{Repo, RepoError};
use crate::tlog::TreeHead;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use weir_model::{Timestamp, chain};

/// Takes batches to the database, many at a time.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Waiting>,
}

struct Waiting {
    batch: Advance,
    done: oneshot::Sender<Result<Placed, IngestError>>,
}

/// What became of a batch, and where that stands in the server's log.
#[derive(Clone, Copy, Debug)]
pub struct Placed {
    /// What became of it.
    pub outcome: Outcome,
    /// Its entry, and a log that has it; `None` where it has none.
    pub entry: Option<(u64, TreeHead)>,
}

/// A batch is not stored. The device keeps it and comes again.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// More waits than fits.
    #[error("too many batches wait")]
    Busy,
    /// The database, or the server is stopping.
    #[error("the batch could not be stored")]
    Failed,
}

/// Batches that may wait: more would only make answers later.
const QUEUE: usize = 4096;
/// Batches of one transaction.
const MOST: usize = 1024;
/// From the beginning of one transaction to the next, which has room: each is a sync of the disk, and writes the same few pages, however
/// many share it.
const PACE: Duration = Duration::from_millis(10);
/// Records of one transaction, so that one device with a long log does not keep the others waiting.
const MOST_ROWS: usize = 16 * 1024;

impl Writer {
    /// Starts the task. It ends when the last writer is dropped.
    #[must_use]
    pub fn start(repo: Arc<dyn Repo>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(write(repo, waiting));
        Self { queue }
    }

    /// Ends when nothing is stored any more.
    pub async fn ended(&self) {
        self.queue.closed().await;
    }

    /// Stores a batch. It is durable when this returns.
    ///
    /// # Errors
    /// It is not stored, or nobody knows.
    pub async fn store(&self, batch: Advance) -> Result<Placed, IngestError> {
        let (done, outcome) = oneshot::channel();
        self.queue
            .try_send(Waiting { batch, done })
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => IngestError::Busy,
                mpsc::error::TrySendError::Closed(_) => IngestError::Failed,
            })?;
        outcome.await.unwrap_or(Err(IngestError::Failed))
    }
}

async fn write(repo: Arc<dyn Repo>, mut queue: mpsc::Receiver<Waiting>) {
    let (mut waiting, mut next) = (Vec::new(), Instant::now());
    // While one transaction is under way, the next one gathers.
    while gather(&mut queue, &mut waiting, next).await > 0 {
        next = Instant::now() + PACE;
        while !waiting.is_empty() {
            let (now, later) = divide(std::mem::take(&mut waiting));
            waiting = later;
            let (batches, done): (Vec<_>, Vec<_>) = now.into_iter().map(|each| (each.batch, each.done)).unzip();
            store(&*repo, &batches, done).await;
        }
    }
}

async fn store(repo: &dyn Repo, batches: &[Advance], done: Vec<oneshot::Sender<Result<Placed, IngestError>>>) {
    let now = clock::now();
    let advanced = repo.advance(batches, now).await;
    match &advanced {
        Ok(advanced) => note_faults(repo, batches, &advanced.outcomes, now).await,
        // One of them would keep all others out, as often as they come.
        Err(error) if batches.len() > 1 && error.is_about_values() => {
            for (batch, done) in batches.iter().zip(done) {
                Box::pin(store(repo, std::slice::from_ref(batch), vec![done])).await;
            }
            return;
        }
        Err(error) => tracing::error!(error = chain(error), batches = batches.len(), "batches were not stored"),
    }
    answer(done, advanced);
}

/// Takes what waits, and what comes until the next transaction may begin; gives how many that are, 0 at the end.
async fn gather(queue: &mut mpsc::Receiver<Waiting>, waiting: &mut Vec<Waiting>, next: Instant) -> usize {
    let mut gathered = queue.recv_many(waiting, MOST).await;
    let rows: usize = waiting.iter().map(|each| each.batch.rows.len()).sum();
    if gathered > 0 && rows < MOST {
        tokio::time::sleep_until(next).await;
        while gathered < MOST
            && let Ok(more) = queue.try_recv()
        {
            waiting.push(more);
            gathered += 1;
        }
    }
    gathered
}

/// Those that fit in one transaction, one of each log; the order of the others stays.
fn divide(waiting: Vec<Waiting>) -> (Vec<Waiting>, Vec<Waiting>) {
    let mut logs = HashSet::new();
    let mut rows = 0;
    waiting.into_iter().partition(|each| {
        let fits = rows == 0 || rows + each.batch.rows.len() <= MOST_ROWS;
        let alone = logs.insert((each.batch.device, each.batch.timeline));
        if fits && alone {
            rows += each.batch.rows.len();
        }
        fits && alone
    })
}

/// A refusal that could not be noted is noted when the device comes again.
async fn note_faults(repo: &dyn Repo, batches: &[Advance], outcomes: &[Outcome], now: Timestamp) {
    let faults = faults_of(batches, outcomes, now);
    if faults.is_empty() {
        return;
    }
    if let Err(error) = repo.note_faults(&faults).await {
        tracing::warn!(error = chain(&error), "refused batches were not noted");
    }
}

fn answer(done: Vec<oneshot::Sender<Result<Placed, IngestError>>>, advanced: Result<Advanced, RepoError>) {
    let placed = advanced.into_iter().flat_map(|Advanced { outcomes, leaves, tree }| {
        let both = outcomes.into_iter().zip(leaves);
        both.map(move |(outcome, leaf)| Placed {
            outcome,
            entry: leaf.map(|leaf| (leaf, tree)),
        })
    });
    let mut placed = placed.fuse();
    for done in done {
        // Whoever asked may have gone meanwhile.
        let _ = done.send(placed.next().ok_or(IngestError::Failed));
    }
}
