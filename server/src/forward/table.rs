//! The tables `readers` and `undelivered`: how far each sink has come.

use crate::ingest::{Place, place_of};
use crate::repo::{Postgres, RepoError, Sqlite, array};
use sqlx::Row;
use weir_fleet::DeviceId;
use weir_model::Timestamp;

/// A sink's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkState {
    /// Its name.
    pub name: String,
    /// How far it has come.
    pub place: Place,
    /// Failed attempts since the last that went well.
    pub attempts: u32,
    /// Nothing is sent before.
    pub due: Timestamp,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// Records that were given up.
    pub undelivered: u64,
}

/// A record that a sink will never take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// Number of its log.
    pub log: i64,
    /// Number in the log.
    pub seq: u64,
    /// Why.
    pub why: String,
}

/// The same, for those who look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Which sink.
    pub sink: String,
    /// Whose.
    pub device: DeviceId,
    /// Which of its logs.
    pub timeline: u32,
    /// Number in that log.
    pub seq: u64,
    /// When it was given up.
    pub noted: Timestamp,
    /// Why.
    pub why: String,
}

/// What is asked of the two tables.
#[async_trait::async_trait]
pub trait SinkTable: Send + Sync {
    /// Begins a sink that is new.
    async fn begin_sink(&self, name: &str, place: Place) -> Result<(), RepoError>;
    /// Takes a sink for this node until then, unless another node has it for at most twice as long.
    async fn lease_sink(
        &self,
        name: &str,
        holder: [u8; 16],
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<SinkState>, RepoError>;
    /// Records up to `to` were handed on, or given up. False where another node was first.
    async fn forwarded(
        &self,
        name: &str,
        (from, to): (Place, Place),
        dead: &[Undelivered],
        now: Timestamp,
    ) -> Result<bool, RepoError>;
    /// An attempt failed.
    async fn postpone_sink(&self, name: &str, due: Timestamp, error: &str) -> Result<(), RepoError>;
    /// All sinks that ever began.
    async fn sinks(&self) -> Result<Vec<SinkState>, RepoError>;
    /// Records that were given up, the newest first.
    async fn refused(&self, limit: u32) -> Result<Vec<Refused>, RepoError>;
}

/// Sinks share their table with the readers of alerts.
const PREFIX: &str = "sink ";

const BEGIN: &str =
    "INSERT INTO readers (name, arrival, log, last) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING";
/// A lease that ends later than two from now is of a clock that was wrong: clocks of several nodes differ by less than one.
const LEASE: &str = "UPDATE readers SET holder = $2, until = $4 WHERE name = $1 \
     AND (holder IS NULL OR holder = $2 OR until <= $3 OR until > $4 + $4 - $3) RETURNING arrival, log, last, attempts, due, error";
const FORWARDED: &str = "UPDATE readers SET arrival = $5, log = $6, last = $7, attempts = 0, due = 0, error = NULL \
     WHERE name = $1 AND arrival = $2 AND log = $3 AND last = $4";
const DEAD: &str =
    "INSERT INTO undelivered (reader, log, seq, noted, why) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
const POSTPONE: &str = "UPDATE readers SET attempts = attempts + 1, due = $2, error = $3 WHERE name = $1";
const SINKS: &str = "SELECT name, arrival, log, last, attempts, due, error, \
     (SELECT count(*) FROM undelivered u WHERE u.reader = readers.name) AS undelivered \
     FROM readers WHERE name LIKE 'sink %' ORDER BY name";

const REFUSED: &str = "SELECT u.reader, u.seq, u.noted, u.why, l.device, l.timeline FROM undelivered u \
     JOIN logs l ON l.id = u.log ORDER BY u.noted DESC, u.log, u.seq LIMIT $1";

macro_rules! state_of {
    ($row:expr, $name:expr, $undelivered:expr) => {
        SinkState {
            name: $name,
            place: place_of!($row),
            attempts: u32::try_from($row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
            due: Timestamp::from_millis($row.try_get("due")?),
            error: $row.try_get("error")?,
            undelivered: $undelivered,
        }
    };
}

macro_rules! sink_table {
    ($repo:ty, $row:ty) => {
        #[async_trait::async_trait]
        impl SinkTable for $repo {
            async fn begin_sink(&self, name: &str, place: Place) -> Result<(), RepoError> {
                sqlx::query(BEGIN)
                    .bind(format!("{PREFIX}{name}"))
                    .bind(place.arrival)
                    .bind(place.log)
                    .bind(place.last)
                    .execute(&self.write)
                    .await?;
                Ok(())
            }

            async fn lease_sink(
                &self,
                name: &str,
                holder: [u8; 16],
                now: Timestamp,
                until: Timestamp,
            ) -> Result<Option<SinkState>, RepoError> {
                let row: Option<$row> = sqlx::query(LEASE)
                    .bind(format!("{PREFIX}{name}"))
                    .bind(&holder[..])
                    .bind(now.as_millis())
                    .bind(until.as_millis())
                    .fetch_optional(&self.write)
                    .await?;
                row.map(|row| Ok(state_of!(row, name.to_owned(), 0))).transpose()
            }

            async fn forwarded(
                &self,
                name: &str,
                (from, to): (Place, Place),
                dead: &[Undelivered],
                now: Timestamp,
            ) -> Result<bool, RepoError> {
                let name = format!("{PREFIX}{name}");
                let mut transaction = self.write.begin().await?;
                let moved = sqlx::query(FORWARDED)
                    .bind(&name)
                    .bind(from.arrival)
                    .bind(from.log)
                    .bind(from.last)
                    .bind(to.arrival)
                    .bind(to.log)
                    .bind(to.last)
                    .execute(&mut *transaction)
                    .await?;
                if moved.rows_affected() == 0 {
                    return Ok(false);
                }
                for dead in dead {
                    sqlx::query(DEAD)
                        .bind(&name)
                        .bind(dead.log)
                        .bind(dead.seq.cast_signed())
                        .bind(now.as_millis())
                        .bind(&dead.why)
                        .execute(&mut *transaction)
                        .await?;
                }
                transaction.commit().await?;
                Ok(true)
            }

            async fn postpone_sink(&self, name: &str, due: Timestamp, error: &str) -> Result<(), RepoError> {
                let query = sqlx::query(POSTPONE).bind(format!("{PREFIX}{name}"));
                query
                    .bind(due.as_millis())
                    .bind(error)
                    .execute(&self.write)
                    .await?;
                Ok(())
            }

            async fn refused(&self, limit: u32) -> Result<Vec<Refused>, RepoError> {
                let rows: Vec<$row> = sqlx::query(REFUSED)
                    .bind(i64::from(limit))
                    .fetch_all(&self.read)
                    .await?;
                rows.iter()
                    .map(|row| {
                        let name: String = row.try_get("reader")?;
                        let timeline = row.try_get::<i64, _>("timeline")?;
                        Ok(Refused {
                            sink: name.strip_prefix(PREFIX).unwrap_or(&name).to_owned(),
                            device: DeviceId::from_bytes(array(row.try_get("device")?, "logs")?),
                            timeline: u32::try_from(timeline).map_err(|_| RepoError::Row("logs"))?,
                            seq: row.try_get::<i64, _>("seq")?.cast_unsigned(),
                            noted: Timestamp::from_millis(row.try_get("noted")?),
                            why: row.try_get("why")?,
                        })
                    })
                    .collect()
            }

            async fn sinks(&self) -> Result<Vec<SinkState>, RepoError> {
                let rows: Vec<$row> = sqlx::query(SINKS).fetch_all(&self.read).await?;
                rows.iter()
                    .map(|row| {
                        let name: String = row.try_get("name")?;
                        let name = name.strip_prefix(PREFIX).unwrap_or(&name).to_owned();
                        Ok(state_of!(
                            row,
                            name,
                            row.try_get::<i64, _>("undelivered")?.unsigned_abs()
                        ))
                    })
                    .collect()
            }
        }
    };
}

sink_table!(Sqlite, sqlx::sqlite::SqliteRow);
sink_table!(Postgres, sqlx::postgres::PgRow);
