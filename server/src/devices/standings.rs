//! One task keeps what devices say of themselves: after news they all say it within a second.

use crate::clock;
use crate::repo::{Postgres, Repo, RepoError, Sqlite};
use sqlx::QueryBuilder;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use weir_fleet::{DeviceId, Refusal, Standing};
use weir_model::{Timestamp, chain};

/// Takes standings to the database, many at a time.
#[derive(Clone)]
pub struct Standings {
    queue: mpsc::Sender<Waiting>,
}

struct Waiting {
    device: DeviceId,
    standing: Standing,
    done: oneshot::Sender<bool>,
}

/// Standings of one transaction.
const MOST: usize = 1024;
/// Standings that may wait: a device that finds no room comes again.
const QUEUE: usize = 16 * MOST;

impl Standings {
    /// Starts the task. It ends when the last of these is dropped.
    #[must_use]
    pub fn start(repo: Arc<dyn Repo>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(write(repo, waiting));
        Self { queue }
    }

    /// Ends when nothing is kept any more.
    pub async fn ended(&self) {
        self.queue.closed().await;
    }

    /// Keeps what a device says. It is durable when this returns.
    ///
    /// # Errors
    /// It is not kept; the device says it again.
    pub async fn keep(&self, device: DeviceId, standing: Standing) -> Result<(), Refusal> {
        let (done, kept) = oneshot::channel();
        let waiting = Waiting { device, standing, done };
        self.queue.try_send(waiting).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Refusal::Busy,
            mpsc::error::TrySendError::Closed(_) => Refusal::Failed,
        })?;
        match kept.await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(Refusal::Failed),
        }
    }
}

async fn write(repo: Arc<dyn Repo>, mut queue: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::new();
    // While one transaction is under way, the next one gathers.
    while queue.recv_many(&mut waiting, MOST).await > 0 {
        let (standings, done) = newest(waiting.drain(..));
        let kept = repo.stand(&standings, clock::now()).await;
        if let Err(error) = &kept {
            tracing::error!(
                error = chain(error),
                standings = standings.len(),
                "what devices run could not be kept"
            );
        }
        for done in done {
            // Whoever said it may have gone meanwhile.
            let _ = done.send(kept.is_ok());
        }
    }
}

/// What each device said last: what it said before is over, in whichever order it came.
fn newest(waiting: impl Iterator<Item = Waiting>) -> (Vec<(DeviceId, Standing)>, Vec<oneshot::Sender<bool>>) {
    let mut standings: HashMap<DeviceId, Standing> = HashMap::new();
    let done = waiting.map(|Waiting { device, standing, done }| {
        match standings.entry(device) {
            Entry::Occupied(mut known) if !is_late(&standing, known.get()) => {
                known.insert(standing);
            }
            Entry::Occupied(_) => {}
            Entry::Vacant(none) => {
                none.insert(standing);
            }
        }
        done
    });
    let done = done.collect();
    (standings.into_iter().collect(), done)
}

/// Milliseconds. What a device said while its connection broke may come behind what it said on the next one, by so much at most;
/// what is older than that was said after its clock was set back.
const LATE: i64 = 120_000;

/// True where the device said `other` after it.
fn is_late(standing: &Standing, other: &Standing) -> bool {
    (1..=LATE).contains(&(said(other) - said(standing)))
}

/// When it was said, by the device's clock: whatever that says, differences are numbers still.
fn said(standing: &Standing) -> i64 {
    standing.now.as_millis().clamp(0, i64::MAX)
}

/// The same of a row, as SQL.
const IN_TIME: &str = "(devices.said IS NULL OR devices.said - u.said NOT BETWEEN 1 AND 120000)";

/// Rows of one statement of SQLite: each has ten values, and a statement takes 32,766.
const ROWS: usize = 500;
/// `u` has what is told; behind it comes the number of the value that says when.
const STAND: &str = "UPDATE devices SET name = u.name, platform = u.platform, version = u.version, bundle = u.bundle, \
                     digest = u.digest, refused = u.refused, ordered = u.ordered, refused_bundle = u.refused_bundle, said = u.said, \
                     refusal = CASE WHEN u.refused_bundle > coalesce(devices.refusal, 0) THEN u.refused_bundle ELSE devices.refusal END, seen = ";
/// The same number follows. A bundle that was refused before is not refused for the first time again, whatever is said in between.
const TOLD_FIRST: &str = ", refusal_told = CASE WHEN u.refused_bundle <= coalesce(devices.refusal, 0) OR u.refused_bundle IS NULL \
                          THEN devices.refusal_told ELSE ";
const TOLD: &str = "(id, name, platform, version, bundle, digest, refused, ordered, refused_bundle, said)";

impl Sqlite {
    pub(super) async fn keep_standings(
        &self,
        standings: &[(DeviceId, Standing)],
        now: Timestamp,
    ) -> Result<(), RepoError> {
        let mut transaction = self.write.begin().await?;
        for some in standings.chunks(ROWS) {
            let mut update = QueryBuilder::new(format!("WITH u {TOLD} AS ("));
            update.push_values(some, |mut values, (id, standing)| {
                values
                    .push_bind(&id.as_bytes()[..])
                    .push_bind(&standing.machine.name)
                    .push_bind(&standing.machine.platform)
                    .push_bind(&standing.machine.version)
                    .push_bind(number(standing.bundle))
                    .push_bind(&standing.digest)
                    .push_bind(&standing.refused)
                    .push_bind(number(standing.order))
                    .push_bind(standing.refused_bundle.map(number))
                    .push_bind(said(standing));
            });
            update.push(") ").push(STAND).push_bind(now.as_millis());
            update.push(TOLD_FIRST).push_bind(now.as_millis());
            update.push(" END FROM u WHERE devices.id = u.id AND ").push(IN_TIME);
            update.build().execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }
}

impl Postgres {
    pub(super) async fn keep_standings(
        &self,
        standings: &[(DeviceId, Standing)],
        now: Timestamp,
    ) -> Result<(), RepoError> {
        let update = format!(
            "{STAND} $11 {TOLD_FIRST} $11 END FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], \
             $7::text[], $8::bigint[], $9::bigint[], $10::bigint[]) AS u {TOLD} WHERE devices.id = u.id AND {IN_TIME}"
        );
        macro_rules! all {
            ($value:expr) => {
                standings.iter().map($value).collect::<Vec<_>>()
            };
        }
        sqlx::query(sqlx::AssertSqlSafe(update))
            .bind(all!(|(id, _)| id.as_bytes().to_vec()))
            .bind(all!(|(_, told)| told.machine.name.clone()))
            .bind(all!(|(_, told)| told.machine.platform.clone()))
            .bind(all!(|(_, told)| told.machine.version.clone()))
            .bind(all!(|(_, told)| number(told.bundle)))
            .bind(all!(|(_, told)| told.digest.clone()))
            .bind(all!(|(_, told)| told.refused.clone()))
            .bind(all!(|(_, told)| number(told.order)))
            .bind(all!(|(_, told)| told.refused_bundle.map(number)))
            .bind(all!(|(_, told)| said(told)))
            .bind(now.as_millis())
            .execute(&self.write)
            .await?;
        Ok(())
    }
}

/// Databases count to 2⁶³.
fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
