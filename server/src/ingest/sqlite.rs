//! Events in SQLite: all batches of a moment in one transaction, which is one sync of the disk.

use super::columns::{action_number, channel_number, level_number};
use super::names::NAME;
use super::table::{Advance, Advanced, EventTable, LogState, Outcome, Stored, Wanted};
use super::{body, read};
use crate::repo::{RepoError, Sqlite, array};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{QueryBuilder, Row};
use weir_fleet::{DeviceId, LogEntry};
use weir_model::Timestamp;

/// Rows of one statement: each has thirteen values, and a statement takes 32,766.
const ROWS: usize = 500;

const ADVANCE: &str = "UPDATE logs SET last = $3, head = $4 \
                       WHERE device = $1 AND timeline = $2 AND head = $5 AND last < $6 RETURNING id";
const BEGIN: &str = "INSERT INTO logs (device, timeline, first, last, head, begun) SELECT $1, $2, $3, $3 - 1, $4, $5 \
                     WHERE $2 = 1 + coalesce((SELECT max(timeline) FROM logs WHERE device = $1), 0) RETURNING id";
const NEXT: &str = "SELECT coalesce(max(timeline), 0) + 1 AS next FROM logs WHERE device = $1";
const STATE: &str = "SELECT l.id, l.last, l.head, (SELECT b.leaf FROM batches b WHERE b.log = l.id AND b.last = l.last) AS leaf \
                     FROM logs l WHERE l.device = $1 AND l.timeline = $2";
const BATCH: &str =
    "INSERT INTO batches (log, last, first, head, received, arrival, leaf) VALUES ($1, $2, $3, $4, $5, $6, $7)";
const ARRIVAL: &str = "UPDATE arrivals SET next = next + 1 RETURNING next";
const TAKEN: &str = "SELECT 1 FROM batches WHERE log = $1 AND last = $2 AND head = $3";

/// All that comes with one transaction.
#[derive(Clone, Copy)]
struct Arrived {
    number: i64,
    now: Timestamp,
}

/// What is said of a batch that is not stored now, and the last entry of its log.
type Not = (Outcome, Option<u64>);

/// A log as it stands.
struct Standing {
    log: i64,
    state: LogState,
    leaf: Option<u64>,
}

#[async_trait::async_trait]
impl EventTable for Sqlite {
    async fn advance(&self, batches: &[Advance], now: Timestamp) -> Result<Advanced, RepoError> {
        for word in self.names.unknown(batches) {
            let row: SqliteRow = sqlx::query(NAME).bind(&word).fetch_one(&self.write).await?;
            self.names.learn(word, row.try_get("id")?);
        }
        let mut transaction = self.write.begin().await?;
        let row: SqliteRow = sqlx::query(ARRIVAL).fetch_one(&mut *transaction).await?;
        let arrived = Arrived {
            number: row.try_get("next")?,
            now,
        };
        let mut outcomes = Vec::with_capacity(batches.len());
        let mut leaves = vec![None; batches.len()];
        let mut stored = Vec::with_capacity(batches.len());
        for (place, batch) in batches.iter().enumerate() {
            match self.one(&mut transaction, batch, now).await? {
                Ok(log) => {
                    stored.push((place, log));
                    outcomes.push(Outcome::Stored(batch.state()));
                }
                Err((outcome, leaf)) => {
                    leaves[place] = leaf;
                    outcomes.push(outcome);
                }
            }
        }
        let entries: Vec<LogEntry> = stored.iter().map(|(place, _)| batches[*place].entry()).collect();
        let (first, tree) = Self::append(&mut transaction, &entries).await?;
        for (leaf, (place, log)) in (first..).zip(stored) {
            note(&mut transaction, (log, leaf), &batches[place], arrived).await?;
            leaves[place] = Some(leaf);
        }
        transaction.commit().await?;
        Ok(Advanced { outcomes, leaves, tree })
    }

    async fn log(&self, device: DeviceId, timeline: u32) -> Result<Option<LogState>, RepoError> {
        let query = sqlx::query(STATE)
            .bind(&device.as_bytes()[..])
            .bind(i64::from(timeline));
        let row: Option<SqliteRow> = query.fetch_optional(&self.read).await?;
        row.map(|row| Ok(state(&row)?.state)).transpose()
    }

    async fn events(&self, wanted: &Wanted) -> Result<Vec<Stored>, RepoError> {
        let rows: Vec<SqliteRow> = read::bound!(sqlx::query(read::EVENTS), wanted)
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(|row| read::stored!(row)).collect()
    }
}

impl Sqlite {
    /// The log in which the batch was stored; what is said and the log's last entry where it was not.
    async fn one(
        &self,
        db: &mut SqliteConnection,
        batch: &Advance,
        now: Timestamp,
    ) -> Result<Result<i64, Not>, RepoError> {
        let log = match go_on(db, batch).await? {
            Some(log) => log,
            None => match otherwise(db, batch, now).await? {
                Ok(log) => log,
                Err(not) => return Ok(Err(not)),
            },
        };
        self.insert(db, log, batch, now).await?;
        Ok(Ok(log))
    }

    async fn insert(
        &self,
        db: &mut SqliteConnection,
        log: i64,
        batch: &Advance,
        now: Timestamp,
    ) -> Result<(), RepoError> {
        for rows in batch.rows.chunks(ROWS) {
            let mut insert = QueryBuilder::new(
                "INSERT INTO events (log, seq, day, time, kind, event, channel, level, action, service, provider, person, body) ",
            );
            insert.push_values(rows, |mut values, row| {
                let columns = &row.columns;
                values
                    .push_bind(log)
                    .push_bind(row.seq.cast_signed())
                    .push_bind(read::day(now))
                    .push_bind(row.time)
                    .push_bind(i16::from(row.kind.as_byte()))
                    .push_bind(&row.event[..])
                    .push_bind(columns.channel.map(channel_number))
                    .push_bind(columns.level.map(level_number))
                    .push_bind(columns.action.map(action_number))
                    .push_bind(self.names.number(columns.service.as_deref()))
                    .push_bind(self.names.number(columns.provider.as_deref()))
                    .push_bind(self.names.number(columns.person.as_deref()))
                    .push_bind(&row.body[..]);
            });
            insert.build().execute(&mut *db).await?;
        }
        Ok(())
    }
}

async fn note(
    db: &mut SqliteConnection,
    (log, leaf): (i64, u64),
    batch: &Advance,
    arrived: Arrived,
) -> Result<(), RepoError> {
    sqlx::query(BATCH)
        .bind(log)
        .bind(signed(batch.last)?)
        .bind(signed(batch.first)?)
        .bind(&batch.head[..])
        .bind(arrived.now.as_millis())
        .bind(arrived.number)
        .bind(signed(leaf)?)
        .execute(&mut *db)
        .await?;
    Ok(())
}

/// The compare-and-swap. `None` when the log does not stand where the batch goes on.
async fn go_on(db: &mut SqliteConnection, batch: &Advance) -> Result<Option<i64>, RepoError> {
    let row: Option<SqliteRow> = sqlx::query(ADVANCE)
        .bind(&batch.device.as_bytes()[..])
        .bind(i64::from(batch.timeline))
        .bind(signed(batch.last)?)
        .bind(&batch.head[..])
        .bind(&batch.before[..])
        .bind(signed(batch.first)?)
        .fetch_optional(&mut *db)
        .await?;
    Ok(row.map(|row| row.try_get("id")).transpose()?)
}

/// The log is to be begun; or the batch was stored before; or it belongs elsewhere.
async fn otherwise(db: &mut SqliteConnection, batch: &Advance, now: Timestamp) -> Result<Result<i64, Not>, RepoError> {
    let (device, timeline) = (&batch.device.as_bytes()[..], i64::from(batch.timeline));
    let row: Option<SqliteRow> = sqlx::query(STATE)
        .bind(device)
        .bind(timeline)
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = row else {
        let begin = sqlx::query(BEGIN)
            .bind(device)
            .bind(timeline)
            .bind(signed(batch.first)?)
            .bind(&batch.before[..]);
        let begun: Option<SqliteRow> = begin.bind(now.as_millis()).fetch_optional(&mut *db).await?;
        if begun.is_some()
            && let Some(log) = go_on(db, batch).await?
        {
            return Ok(Ok(log));
        }
        let row: SqliteRow = sqlx::query(NEXT).bind(device).fetch_one(&mut *db).await?;
        let next = u32::try_from(row.try_get::<i64, _>("next")?).unwrap_or(u32::MAX);
        return Ok(Err((Outcome::Timeline(next), None)));
    };
    let Standing { log, state, leaf } = state(&row)?;
    let taken = sqlx::query(TAKEN)
        .bind(log)
        .bind(signed(batch.last)?)
        .bind(&batch.head[..]);
    let taken: Option<SqliteRow> = taken.fetch_optional(&mut *db).await?;
    Ok(Err(match taken {
        Some(_) => (Outcome::Stored(state), leaf),
        None => (Outcome::Elsewhere(state), None),
    }))
}

fn state(row: &SqliteRow) -> Result<Standing, RepoError> {
    Ok(Standing {
        log: row.try_get("id")?,
        state: LogState {
            last: row.try_get::<i64, _>("last")?.cast_unsigned(),
            head: array(row.try_get("head")?, "logs")?,
        },
        leaf: row.try_get::<Option<i64>, _>("leaf")?.map(i64::cast_unsigned),
    })
}

/// Databases count to 2⁶³.
fn signed(number: u64) -> Result<i64, RepoError> {
    i64::try_from(number).map_err(|_| RepoError::Row("logs"))
}
