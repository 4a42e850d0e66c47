//! Events in PostgreSQL: one statement moves all logs of a moment on, one `COPY` brings all events.

use super::columns::{action_number, channel_number, level_number};
use super::names;
use super::read;
use super::table::{Advance, Advanced, EventTable, LogState, Outcome, Stored, Stretch, Wanted};
use super::windows::windows;
use crate::clock;
use crate::repo::{Postgres, RepoError, array};
use futures_util::TryStreamExt;
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};
use std::collections::HashMap;
use weir_fleet::{DeviceId, LogEntry};
use weir_model::Timestamp;

/// The compare-and-swap over all batches: `place` is the batch's place in the arrays.
const ADVANCE: &str = "UPDATE logs SET last = u.last, head = u.head \
     FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bytea[]) \
     WITH ORDINALITY AS u (device, timeline, first, last, before, head, place) \
     WHERE logs.device = u.device AND logs.timeline = u.timeline AND logs.head = u.before AND logs.last < u.first \
     RETURNING logs.id, u.place";
const BEGIN: &str = "INSERT INTO logs (device, timeline, first, last, head, begun) \
     SELECT u.device, u.timeline, u.first, u.first - 1, u.before, $5 \
     FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bytea[]) AS u (device, timeline, first, before) \
     WHERE u.timeline = 1 + coalesce((SELECT max(l.timeline) FROM logs l WHERE l.device = u.device), 0) \
     ON CONFLICT DO NOTHING";
const STATE: &str = "SELECT l.id, l.last, l.head, \
     (SELECT b.leaf FROM batches b WHERE b.log = l.id AND b.last = l.last) AS leaf, \
     EXISTS (SELECT 1 FROM batches b WHERE b.log = l.id AND b.last = $3 AND b.head = $4) AS taken \
     FROM logs l WHERE l.device = $1 AND l.timeline = $2";
const NAME: &str = names::name!("unnest($1::text[]) AS value");
const NEXT: &str = "SELECT coalesce(max(timeline), 0) + 1 AS next FROM logs WHERE device = $1";
const BATCHES: &str = "INSERT INTO batches (log, last, first, head, leaf, received, arrival) \
     SELECT log, last, first, head, leaf, $6, pg_current_xact_id()::text::bigint + (SELECT shift FROM arrivals) \
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bigint[]) AS u (log, last, first, head, leaf)";
const COPY: &str = "COPY events (seq, time, log, day, service, provider, person, kind, channel, level, action, event, later, body) \
     FROM STDIN (FORMAT binary)";

#[async_trait::async_trait]
impl EventTable for Postgres {
    async fn advance(&self, batches: &[Advance], now: Timestamp) -> Result<Advanced, RepoError> {
        self.ensure_day(read::day(now)).await?;
        let unknown = self.names.unknown(batches, read::day(now));
        if !unknown.is_empty() {
            let rows: Vec<PgRow> = sqlx::query(NAME).bind(unknown).fetch_all(&self.write).await?;
            self.names.learn(read::numbered!(rows));
        }
        let mut transaction = self.write.begin().await?;
        let all: Vec<usize> = (0..batches.len()).collect();
        let mut logs = go_on(&mut transaction, batches, &all).await?;
        let left: Vec<usize> = all.into_iter().filter(|place| !logs.contains_key(place)).collect();
        if !left.is_empty() {
            begin(&mut transaction, batches, &left, now).await?;
            logs.extend(go_on(&mut transaction, batches, &left).await?);
        }
        self.copy(&mut transaction, batches, &logs, now).await?;
        let mut stored: Vec<(usize, i64)> = logs.into_iter().collect();
        stored.sort_unstable();
        let entries: Vec<LogEntry> = stored.iter().map(|(place, _)| batches[*place].entry()).collect();
        let (first, tree) = Self::append(&mut transaction, &entries).await?;
        note(&mut transaction, batches, &stored, (first, now)).await?;
        let mut outcomes: Vec<Option<Outcome>> = vec![None; batches.len()];
        let mut leaves = vec![None; batches.len()];
        for (leaf, (place, _)) in (first..).zip(stored) {
            outcomes[place] = Some(Outcome::Stored(batches[place].state()));
            leaves[place] = Some(leaf);
        }
        let mut all = Vec::with_capacity(batches.len());
        for (place, outcome) in outcomes.into_iter().enumerate() {
            all.push(match outcome {
                Some(outcome) => outcome,
                None => {
                    let (outcome, leaf) = elsewhere(&mut transaction, &batches[place]).await?;
                    leaves[place] = leaf;
                    outcome
                }
            });
        }
        transaction.commit().await?;
        Ok(Advanced {
            outcomes: all,
            leaves,
            tree,
        })
    }

    async fn log(&self, device: DeviceId, timeline: u32) -> Result<Option<LogState>, RepoError> {
        let query = sqlx::query(STATE)
            .bind(&device.as_bytes()[..])
            .bind(i64::from(timeline))
            .bind(0_i64)
            .bind(&[][..] as &[u8]);
        let row: Option<PgRow> = query.fetch_optional(&self.read).await?;
        row.map(|row| state(&row)).transpose()
    }

    async fn events(&self, wanted: &Wanted) -> Result<Stretch, RepoError> {
        let mut found = Stretch::default();
        for mut window in windows(wanted, clock::now()) {
            window.limit = found.room(wanted);
            if window.limit == 0 {
                break;
            }
            let mut rows = read::bound!(sqlx::query(read::EVENTS), window).fetch(&self.questions);
            read::fill!(found, wanted, rows);
        }
        Ok(found.end(wanted))
    }
}

/// The log of each batch that goes on from where its log stands, by the batch's place.
async fn go_on(db: &mut PgConnection, batches: &[Advance], places: &[usize]) -> Result<HashMap<usize, i64>, RepoError> {
    let chosen = || places.iter().map(|place| &batches[*place]);
    let rows: Vec<PgRow> = sqlx::query(ADVANCE)
        .bind(
            chosen()
                .map(|batch| batch.device.as_bytes().to_vec())
                .collect::<Vec<_>>(),
        )
        .bind(chosen().map(|batch| i64::from(batch.timeline)).collect::<Vec<_>>())
        .bind(chosen().map(|batch| batch.first.cast_signed()).collect::<Vec<_>>())
        .bind(chosen().map(|batch| batch.last.cast_signed()).collect::<Vec<_>>())
        .bind(chosen().map(|batch| batch.before.to_vec()).collect::<Vec<_>>())
        .bind(chosen().map(|batch| batch.head.to_vec()).collect::<Vec<_>>())
        .fetch_all(&mut *db)
        .await?;
    rows.iter()
        .map(|row| {
            let place = usize::try_from(row.try_get::<i64, _>("place")? - 1).ok();
            let place = place
                .and_then(|place| places.get(place))
                .ok_or(RepoError::Row("logs"))?;
            Ok((*place, row.try_get("id")?))
        })
        .collect()
}

/// Begins the logs that are not there, where it is their turn.
async fn begin(db: &mut PgConnection, batches: &[Advance], places: &[usize], now: Timestamp) -> Result<(), RepoError> {
    let chosen = || places.iter().map(|place| &batches[*place]);
    sqlx::query(BEGIN)
        .bind(
            chosen()
                .map(|batch| batch.device.as_bytes().to_vec())
                .collect::<Vec<_>>(),
        )
        .bind(chosen().map(|batch| i64::from(batch.timeline)).collect::<Vec<_>>())
        .bind(chosen().map(|batch| batch.first.cast_signed()).collect::<Vec<_>>())
        .bind(chosen().map(|batch| batch.before.to_vec()).collect::<Vec<_>>())
        .bind(now.as_millis())
        .execute(&mut *db)
        .await?;
    Ok(())
}

async fn note(
    db: &mut PgConnection,
    batches: &[Advance],
    stored: &[(usize, i64)],
    (first, now): (u64, Timestamp),
) -> Result<(), RepoError> {
    let chosen = || stored.iter().map(|(place, log)| (&batches[*place], *log));
    sqlx::query(BATCHES)
        .bind(chosen().map(|(_, log)| log).collect::<Vec<_>>())
        .bind(chosen().map(|(batch, _)| batch.last.cast_signed()).collect::<Vec<_>>())
        .bind(chosen().map(|(batch, _)| batch.first.cast_signed()).collect::<Vec<_>>())
        .bind(chosen().map(|(batch, _)| batch.head.to_vec()).collect::<Vec<_>>())
        .bind(
            (first..)
                .zip(stored)
                .map(|(leaf, _)| leaf.cast_signed())
                .collect::<Vec<_>>(),
        )
        .bind(now.as_millis())
        .execute(&mut *db)
        .await?;
    Ok(())
}

/// The batch was stored before, or belongs elsewhere; and the log's last entry where it was stored.
async fn elsewhere(db: &mut PgConnection, batch: &Advance) -> Result<(Outcome, Option<u64>), RepoError> {
    let row: Option<PgRow> = sqlx::query(STATE)
        .bind(&batch.device.as_bytes()[..])
        .bind(i64::from(batch.timeline))
        .bind(batch.last.cast_signed())
        .bind(&batch.head[..])
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = row else {
        let row: PgRow = sqlx::query(NEXT)
            .bind(&batch.device.as_bytes()[..])
            .fetch_one(&mut *db)
            .await?;
        let next = u32::try_from(row.try_get::<i64, _>("next")?).unwrap_or(u32::MAX);
        return Ok((Outcome::Timeline(next), None));
    };
    let state = state(&row)?;
    let leaf: Option<i64> = row.try_get("leaf")?;
    Ok(match row.try_get("taken")? {
        true => (Outcome::Stored(state), leaf.map(i64::cast_unsigned)),
        false => (Outcome::Elsewhere(state), None),
    })
}

fn state(row: &PgRow) -> Result<LogState, RepoError> {
    Ok(LogState {
        last: row.try_get::<i64, _>("last")?.cast_unsigned(),
        head: array(row.try_get("head")?, "logs")?,
    })
}

impl Postgres {
    /// Makes today's partition, once. It is made apart and attached: to create it as a partition waits for everybody who reads, and
    /// everybody else waits for that.
    async fn ensure_day(&self, day: i32) -> Result<(), RepoError> {
        if *self.day.lock() == Some(day) {
            return Ok(());
        }
        let mut transaction = self.write.begin().await?;
        // Nodes that race both succeed: the lock is held to the transaction's end.
        sqlx::query("SELECT pg_advisory_xact_lock(7763978)")
            .execute(&mut *transaction)
            .await?;
        let row: PgRow = sqlx::query("SELECT to_regclass($1) IS NULL AS missing")
            .bind(format!("events_{day}"))
            .fetch_one(&mut *transaction)
            .await?;
        if row.try_get("missing")? {
            // Numbers alone come into the statements.
            for statement in [
                format!("CREATE TABLE events_{day} (LIKE events INCLUDING ALL EXCLUDING INDEXES)"),
                // What is not summed up is read whole, whatever time is asked for. The other index is made with the attachment.
                format!("CREATE INDEX ON events_{day} USING brin (time) WITH (autosummarize = on)"),
                format!(
                    "ALTER TABLE events ATTACH PARTITION events_{day} FOR VALUES FROM ({day}) TO ({})",
                    day + 1
                ),
            ] {
                sqlx::query(sqlx::AssertSqlSafe(statement))
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        transaction.commit().await?;
        *self.day.lock() = Some(day);
        Ok(())
    }

    async fn copy(
        &self,
        db: &mut PgConnection,
        batches: &[Advance],
        logs: &HashMap<usize, i64>,
        now: Timestamp,
    ) -> Result<(), RepoError> {
        let mut rows = Copy::begin();
        for (place, log) in logs {
            for row in &batches[*place].rows {
                let columns = &row.columns;
                rows.row(14);
                rows.int8(row.seq.cast_signed());
                rows.int8(row.time);
                rows.int8(*log);
                rows.bytes(&read::day(now).to_be_bytes());
                rows.some(self.names.number(columns.service.as_deref()).map(i32::to_be_bytes));
                rows.some(self.names.number(columns.provider.as_deref()).map(i32::to_be_bytes));
                rows.some(self.names.number(columns.person.as_deref()).map(i32::to_be_bytes));
                rows.bytes(&i16::from(row.kind.as_byte()).to_be_bytes());
                rows.some(columns.channel.map(|channel| channel_number(channel).to_be_bytes()));
                rows.some(columns.level.map(|level| level_number(level).to_be_bytes()));
                rows.some(columns.action.map(|action| action_number(action).to_be_bytes()));
                rows.bytes(&row.event);
                rows.bytes(&row.body.later.to_be_bytes());
                rows.bytes(&row.body.block);
            }
        }
        let mut copy = db.copy_in_raw(COPY).await?;
        copy.send(rows.end()).await?;
        copy.finish().await?;
        Ok(())
    }
}

/// The binary format of `COPY` (PostgreSQL documentation, "COPY", "Binary Format").
struct Copy(Vec<u8>);

impl Copy {
    fn begin() -> Self {
        let mut bytes = b"PGCOPY\n\xff\r\n\0".to_vec();
        // No flags, no extension.
        bytes.extend([0; 8]);
        Self(bytes)
    }

    fn row(&mut self, columns: i16) {
        self.0.extend(columns.to_be_bytes());
    }

    fn int8(&mut self, value: i64) {
        self.bytes(&value.to_be_bytes());
    }

    fn bytes(&mut self, value: &[u8]) {
        // Values are far below two gigabytes: a record is at most four megabytes.
        self.0
            .extend(i32::try_from(value.len()).unwrap_or(i32::MAX).to_be_bytes());
        self.0.extend(value);
    }

    fn some<const N: usize>(&mut self, value: Option<[u8; N]>) {
        match value {
            Some(value) => self.bytes(&value),
            None => self.0.extend((-1_i32).to_be_bytes()),
        }
    }

    fn end(mut self) -> Vec<u8> {
        self.0.extend((-1_i16).to_be_bytes());
        self.0
    }
}
