//! Events in SQLite: all batches of a moment in one transaction, which is one sync of the disk.
//!
//! What writes many rows says `OR FAIL`. So that a statement could be taken back alone, SQLite copies each page to a file before the
//! statement changes it, three writes a lone record; here a statement that fails takes its transaction with it.

use super::columns::{self, action_number, channel_number, level_number};
use super::feed::{Accepted, Entry, Place};
use super::names;
use super::read;
use super::table::{Advance, Advanced, EventTable, LogState, Outcome, Stored, Stretch, Wanted};
use crate::repo::{RepoError, Sqlite, array};
use futures_util::TryStreamExt;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{QueryBuilder, Row};
use std::collections::HashMap;
use weir_fleet::{DeviceId, LogEntry};
use weir_model::Timestamp;

/// Rows of one statement: each has at most fourteen values, and a statement takes 32,766.
const ROWS: usize = 500;

const BEGIN: &str = "INSERT INTO logs (device, timeline, first, last, head, begun) SELECT $1, $2, $3, $3 - 1, $4, $5 \
                     WHERE $2 = 1 + coalesce((SELECT max(timeline) FROM logs WHERE device = $1), 0) RETURNING id";
const NEXT: &str = "SELECT coalesce(max(timeline), 0) + 1 AS next FROM logs WHERE device = $1";
const STATE: &str = "SELECT l.id, l.last, l.head, (SELECT b.leaf FROM batches b WHERE b.log = l.id AND b.last = l.last) AS leaf \
                     FROM logs l WHERE l.device = $1 AND l.timeline = $2";
/// Words as an array of JSON.
const NAME: &str = names::name!("json_each($1)");
const ARRIVAL: &str = "UPDATE arrivals SET next = next + 1 RETURNING next";
const TAKEN: &str = "SELECT 1 FROM batches WHERE log = $1 AND last = $2 AND head = $3";

/// Which log a batch belongs to. A transaction has one batch of each.
type Key = (DeviceId, u32);

/// A log that a batch has moved on, and what readers are told of that batch.
#[derive(Clone, Copy)]
struct Moved {
    log: i64,
    /// Its very first record.
    first: u64,
    previous: Option<u64>,
    overtaken: bool,
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
        let unknown = self.names.unknown(batches, read::day(now));
        if !unknown.is_empty() {
            let query = sqlx::query(NAME).bind(serde_json::Value::from(unknown).to_string());
            let rows: Vec<SqliteRow> = query.fetch_all(&self.write).await?;
            self.names.learn(read::numbered!(rows));
        }
        let stored = self.store(batches, now).await;
        if stored.is_err() {
            // It may be committed all the same.
            self.recent.forget();
        }
        stored
    }

    async fn log(&self, device: DeviceId, timeline: u32) -> Result<Option<LogState>, RepoError> {
        let query = sqlx::query(STATE)
            .bind(&device.as_bytes()[..])
            .bind(i64::from(timeline));
        let row: Option<SqliteRow> = query.fetch_optional(&self.read).await?;
        row.map(|row| Ok(state(&row)?.state)).transpose()
    }

    async fn events(&self, wanted: &Wanted) -> Result<Stretch, RepoError> {
        let mut found = Stretch::default();
        let mut rows = read::bound!(sqlx::query(read::EVENTS), wanted).fetch(&self.questions);
        read::fill!(found, wanted, rows);
        Ok(found.end(wanted))
    }
}

/// What readers are told of a batch; `None` where it is too large to be kept for them.
fn accepted(batch: &Advance, moved: &Moved, (now, arrival): (Timestamp, i64)) -> Option<Accepted> {
    Some(Accepted {
        place: Place {
            arrival,
            log: moved.log,
            last: batch.last.cast_signed(),
        },
        device: batch.device,
        timeline: batch.timeline,
        first: batch.first,
        last: batch.last,
        head: batch.head,
        received: now,
        begins: batch.first == moved.first,
        previous: moved.previous,
        overtaken: moved.overtaken,
        records: batch.rows.iter().map(Entry::of).collect::<Option<_>>()?,
    })
}

fn key(batch: &Advance) -> Key {
    (batch.device, batch.timeline)
}

impl Sqlite {
    async fn store(&self, batches: &[Advance], now: Timestamp) -> Result<Advanced, RepoError> {
        let mut transaction = self.write.begin().await?;
        let row: SqliteRow = sqlx::query(ARRIVAL).fetch_one(&mut *transaction).await?;
        let arrival: i64 = row.try_get("next")?;
        let logs = go_on(&mut transaction, batches).await?;
        let mut outcomes = Vec::with_capacity(batches.len());
        let mut leaves = vec![None; batches.len()];
        let mut stored = Vec::with_capacity(batches.len());
        for (place, batch) in batches.iter().enumerate() {
            let log = match logs.get(&key(batch)) {
                Some(log) => Ok(*log),
                None => otherwise(&mut transaction, batch, now).await?,
            };
            match log {
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
        self.insert(&mut transaction, batches, &stored, now).await?;
        let entries: Vec<LogEntry> = stored.iter().map(|(place, _)| batches[*place].entry()).collect();
        let (first, tree) = Self::append(&mut transaction, &entries).await?;
        note(&mut transaction, batches, &stored, (now, arrival, first)).await?;
        for (leaf, (place, _)) in (first..).zip(&stored) {
            leaves[*place] = Some(leaf);
        }
        transaction.commit().await?;
        let accepted = stored
            .iter()
            .map(|(place, log)| accepted(&batches[*place], log, (now, arrival)));
        self.recent.keep(arrival, accepted.collect());
        Ok(Advanced { outcomes, leaves, tree })
    }

    /// All records of the batches that are stored, each given by its place and its log.
    async fn insert(
        &self,
        db: &mut SqliteConnection,
        batches: &[Advance],
        stored: &[(usize, Moved)],
        now: Timestamp,
    ) -> Result<(), RepoError> {
        let rows = |(place, moved): &(usize, Moved)| {
            let log = moved.log;
            batches[*place].rows.iter().map(move |row| (log, row))
        };
        let all: Vec<(i64, &columns::Row)> = stored.iter().flat_map(rows).collect();
        for rows in all.chunks(ROWS) {
            let mut insert = QueryBuilder::new(
                "INSERT OR FAIL INTO events (log, seq, day, time, kind, event, channel, level, action, service, provider, person, later, body) ",
            );
            insert.push_values(rows, |mut values, (log, row)| {
                let columns = &row.columns;
                values
                    .push_bind(*log)
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
                    .push_bind(row.body.later)
                    .push_bind(&row.body.block[..]);
            });
            insert.build().execute(&mut *db).await?;
        }
        Ok(())
    }
}

/// Keeps what was accepted at once; `first` is the number of the first entry in the server's log.
async fn note(
    db: &mut SqliteConnection,
    batches: &[Advance],
    stored: &[(usize, Moved)],
    (now, arrival, first): (Timestamp, i64, u64),
) -> Result<(), RepoError> {
    let all: Vec<_> = stored.iter().zip(first.cast_signed()..).collect();
    for some in all.chunks(ROWS) {
        let mut insert =
            QueryBuilder::new("INSERT OR FAIL INTO batches (log, last, first, head, received, arrival, leaf) ");
        insert.push_values(some, |mut values, ((place, moved), leaf)| {
            let batch = &batches[*place];
            values
                .push_bind(moved.log)
                .push_bind(batch.last.cast_signed())
                .push_bind(batch.first.cast_signed())
                .push_bind(&batch.head[..])
                .push_bind(now.as_millis())
                .push_bind(arrival)
                .push_bind(*leaf);
        });
        insert.build().execute(&mut *db).await?;
    }
    Ok(())
}

/// The compare-and-swap over all batches: the log of each that goes on from where its log stands.
async fn go_on(db: &mut SqliteConnection, batches: &[Advance]) -> Result<HashMap<Key, Moved>, RepoError> {
    let mut logs = HashMap::new();
    for some in batches.chunks(ROWS) {
        let mut update = QueryBuilder::new("WITH u (device, timeline, first, last, before, head) AS (");
        update.push_values(some, |mut values, batch| {
            values
                .push_bind(&batch.device.as_bytes()[..])
                .push_bind(i64::from(batch.timeline))
                .push_bind(batch.first.cast_signed())
                .push_bind(batch.last.cast_signed())
                .push_bind(&batch.before[..])
                .push_bind(&batch.head[..]);
        });
        update.push(
            ") UPDATE OR FAIL logs SET last = u.last, head = u.head FROM u \
             WHERE logs.device = u.device AND logs.timeline = u.timeline AND logs.head = u.before AND logs.last < u.first \
             RETURNING logs.device, logs.timeline, logs.id, logs.first, \
             (SELECT max(p.last) FROM batches p WHERE p.log = logs.id) AS previous, \
             EXISTS (SELECT 1 FROM logs n WHERE n.device = logs.device AND n.timeline > logs.timeline \
               AND EXISTS (SELECT 1 FROM batches f WHERE f.log = n.id)) AS overtaken",
        );
        let rows: Vec<SqliteRow> = update.build().fetch_all(&mut *db).await?;
        for row in rows {
            let device = DeviceId::from_bytes(array(row.try_get("device")?, "logs")?);
            let timeline = u32::try_from(row.try_get::<i64, _>("timeline")?).map_err(|_| RepoError::Row("logs"))?;
            let moved = Moved {
                log: row.try_get("id")?,
                first: row.try_get::<i64, _>("first")?.cast_unsigned(),
                previous: row.try_get::<Option<i64>, _>("previous")?.map(i64::cast_unsigned),
                overtaken: row.try_get("overtaken")?,
            };
            logs.insert((device, timeline), moved);
        }
    }
    Ok(logs)
}

/// The log is to be begun; or the batch was stored before; or it belongs elsewhere.
async fn otherwise(
    db: &mut SqliteConnection,
    batch: &Advance,
    now: Timestamp,
) -> Result<Result<Moved, Not>, RepoError> {
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
            .bind(batch.first.cast_signed())
            .bind(&batch.before[..]);
        let begun: Option<SqliteRow> = begin.bind(now.as_millis()).fetch_optional(&mut *db).await?;
        if begun.is_some()
            && let Some(log) = go_on(db, std::slice::from_ref(batch)).await?.get(&key(batch))
        {
            return Ok(Ok(*log));
        }
        let row: SqliteRow = sqlx::query(NEXT).bind(device).fetch_one(&mut *db).await?;
        let next = u32::try_from(row.try_get::<i64, _>("next")?).unwrap_or(u32::MAX);
        return Ok(Err((Outcome::Timeline(next), None)));
    };
    let Standing { log, state, leaf } = state(&row)?;
    let taken = sqlx::query(TAKEN)
        .bind(log)
        .bind(batch.last.cast_signed())
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
