//! All records of a time, and how far the logs go that they stand in.

use crate::ingest::{Packed, carried, packed_of};
use crate::repo::{Postgres, RepoError, Sqlite, array};
use futures_util::TryStreamExt;
use sqlx::Row;
use tokio::task::coop::consume_budget;
use weir_audit::{Head, Kind};
use weir_fleet::DeviceId;
use weir_model::{EventId, Timestamp};

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Whose.
    pub device: DeviceId,
    /// Which of its logs.
    pub timeline: u32,
    /// Number in that log.
    pub seq: u64,
    /// By the device's clock.
    pub time: Timestamp,
    /// What it is.
    pub kind: Kind,
    /// Names the message: a log that was sent again as another timeline has it twice.
    pub event: EventId,
    /// The record, packed.
    pub body: Packed,
}

/// One of a device's logs, as far as the server has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSpan {
    /// Whose.
    pub device: DeviceId,
    /// Which of its logs.
    pub timeline: u32,
    /// When it began to arrive.
    pub begun: Timestamp,
    /// The first number that is here; `None` where all was taken away.
    pub first: Option<u64>,
    /// The last number.
    pub last: u64,
    /// The head behind it.
    pub head: Head,
    /// Time of the oldest record that is here, by the device's clock.
    pub oldest: Option<Timestamp>,
    /// Of the newest.
    pub newest: Option<Timestamp>,
    /// Numbers that stand between two batches and are in neither: first and last.
    pub missing: Vec<(u64, u64)>,
}

/// A batch that arrived, and its entry in the server's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrivedBatch {
    /// Whose.
    pub device: DeviceId,
    /// Which of its logs.
    pub timeline: u32,
    /// Its first record.
    pub first: u64,
    /// Its last.
    pub last: u64,
    /// The head behind it.
    pub head: Head,
    /// When it came, by the server's clock.
    pub received: Timestamp,
    /// Number of its entry; `None` where there was no log yet.
    pub leaf: Option<u64>,
}

/// A record of a batch that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// The last number of the batch that brought it.
    pub batch: u64,
    /// The record.
    pub record: Recorded,
}

/// What is asked of the tables of records.
#[async_trait::async_trait]
pub trait ReportTable: Send + Sync {
    /// Hands over the decisions and gaps of a time, from `since` until (and without) `until`, by the devices' clocks, in no
    /// order. They are read as they come: there may be more than fit into memory. Others have their turn between them.
    async fn each_recorded(
        &self,
        since: Timestamp,
        until: Timestamp,
        each: &mut (dyn FnMut(Recorded) + Send),
    ) -> Result<(), RepoError>;
    /// Batches that arrived from `since` until (and without) `until`, by device, timeline and number; the first `most` of them.
    async fn batches_between(
        &self,
        since: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> Result<Vec<ArrivedBatch>, RepoError>;
    /// Hands over their records, of every kind, by device, timeline and number. Others have their turn between them.
    async fn each_arrived(
        &self,
        since: Timestamp,
        until: Timestamp,
        each: &mut (dyn FnMut(Arrived) + Send),
    ) -> Result<(), RepoError>;
    /// Whether records have this name, in capitals or small letters: that of a service, a provider or a person.
    async fn is_named(&self, name: &str) -> Result<bool, RepoError>;
    /// All logs, by device and timeline.
    async fn log_spans(&self) -> Result<Vec<LogSpan>, RepoError>;
    /// Devices whose messages may stand in two logs: with more than one timeline, or called as another device is, as a machine that
    /// enrolled again.
    async fn sent_again(&self) -> Result<Vec<DeviceId>, RepoError>;
}

/// Kind 2 is a decision, 6 what could not be recorded.
const RECORDED: &str = concat!(
    "SELECT l.device, l.timeline, e.seq, e.time, e.kind, e.event, e.later, ",
    carried!(),
    " FROM events e JOIN logs l ON l.id = e.log WHERE e.kind IN (2, 6) AND e.time >= $1 AND e.time < $2"
);
const BATCHES: &str = "SELECT l.device, l.timeline, b.first, b.last, b.head, b.received, b.leaf FROM batches b \
     JOIN logs l ON l.id = b.log WHERE b.received >= $1 AND b.received < $2 ORDER BY l.device, l.timeline, b.last LIMIT $3";
fn arrived(of_batch: &str) -> String {
    format!(
        "SELECT l.device, l.timeline, b.last, e.seq, e.time, e.kind, e.event, e.later, {} FROM batches b \
         JOIN logs l ON l.id = b.log {of_batch} WHERE b.received >= $1 AND b.received < $2 \
         ORDER BY l.device, l.timeline, e.seq",
        carried!()
    )
}

/// By number both times. PostgreSQL has records in the order of their blocks, which is the same.
fn logs(oldest: &str, newest: &str) -> String {
    format!(
        "SELECT l.id, l.device, l.timeline, l.begun, l.last, l.head, \
         (SELECT min(b.first) FROM batches b WHERE b.log = l.id) AS first, \
         (SELECT e.time FROM events e WHERE e.log = l.id ORDER BY {oldest} LIMIT 1) AS oldest, \
         (SELECT e.time FROM events e WHERE e.log = l.id ORDER BY {newest} LIMIT 1) AS newest \
         FROM logs l ORDER BY l.device, l.timeline"
    )
}
/// A batch goes on where the one before it ended: whatever does not was taken out.
const MISSING: &str = "SELECT log, before, first FROM (SELECT log, first, lag(last) OVER (PARTITION BY log ORDER BY last) AS before \
     FROM batches) AS b WHERE first <> before + 1 ORDER BY log, first";
const NAMED: &str = "SELECT EXISTS (SELECT 1 FROM names WHERE lower(name) = lower($1)) AS named";
const SENT_AGAIN: &str = "SELECT device FROM logs GROUP BY device HAVING count(*) > 1 \
     UNION SELECT id FROM devices WHERE name IN (SELECT name FROM devices GROUP BY name HAVING count(*) > 1)";

impl Sqlite {
    const OLDEST: &str = "e.seq";
    const NEWEST: &str = "e.seq DESC";
}

impl Postgres {
    const OLDEST: &str = "e.seq + e.later, e.seq";
    const NEWEST: &str = "e.seq + e.later DESC, e.seq DESC";
}

macro_rules! recorded_of {
    ($row:expr) => {{
        let kind = u8::try_from($row.try_get::<i16, _>("kind")?).map_err(|_| RepoError::Row("events"))?;
        Recorded {
            device: DeviceId::from_bytes(array($row.try_get("device")?, "logs")?),
            timeline: u32::try_from($row.try_get::<i64, _>("timeline")?).map_err(|_| RepoError::Row("logs"))?,
            seq: $row.try_get::<i64, _>("seq")?.cast_unsigned(),
            time: Timestamp::from_millis($row.try_get("time")?),
            kind: Kind::from_byte(kind),
            event: EventId::from_bytes(array($row.try_get("event")?, "events")?),
            body: packed_of!($row),
        }
    }};
}

macro_rules! report_table {
    ($repo:ty, $row:ty) => {
        #[async_trait::async_trait]
        impl ReportTable for $repo {
            async fn each_recorded(
                &self,
                since: Timestamp,
                until: Timestamp,
                each: &mut (dyn FnMut(Recorded) + Send),
            ) -> Result<(), RepoError> {
                let query = sqlx::query(RECORDED)
                    .bind(since.as_millis())
                    .bind(until.as_millis());
                let mut rows = query.fetch(&self.questions);
                while let Some(row) = rows.try_next().await? {
                    let row: $row = row;
                    each(recorded_of!(row));
                    consume_budget().await;
                }
                Ok(())
            }

            async fn batches_between(
                &self,
                since: Timestamp,
                until: Timestamp,
                most: u32,
            ) -> Result<Vec<ArrivedBatch>, RepoError> {
                let query = sqlx::query(BATCHES)
                    .bind(since.as_millis())
                    .bind(until.as_millis())
                    .bind(i64::from(most));
                let mut rows = query.fetch(&self.questions);
                // One by one: a row is several times as large as what is made of it.
                let mut batches = Vec::new();
                while let Some(row) = rows.try_next().await? {
                    let row: $row = row;
                    batches.push(ArrivedBatch {
                        device: DeviceId::from_bytes(array(row.try_get("device")?, "logs")?),
                        timeline: u32::try_from(row.try_get::<i64, _>("timeline")?)
                            .map_err(|_| RepoError::Row("logs"))?,
                        first: row.try_get::<i64, _>("first")?.cast_unsigned(),
                        last: row.try_get::<i64, _>("last")?.cast_unsigned(),
                        head: array(row.try_get("head")?, "batches")?,
                        received: Timestamp::from_millis(row.try_get("received")?),
                        leaf: row.try_get::<Option<i64>, _>("leaf")?.map(i64::cast_unsigned),
                    });
                    consume_budget().await;
                }
                Ok(batches)
            }

            async fn each_arrived(
                &self,
                since: Timestamp,
                until: Timestamp,
                each: &mut (dyn FnMut(Arrived) + Send),
            ) -> Result<(), RepoError> {
                let query = sqlx::query(sqlx::AssertSqlSafe(arrived(<$repo>::OF_BATCH)))
                    .bind(since.as_millis())
                    .bind(until.as_millis());
                let mut rows = query.fetch(&self.questions);
                while let Some(row) = rows.try_next().await? {
                    let row: $row = row;
                    each(Arrived {
                        batch: row.try_get::<i64, _>("last")?.cast_unsigned(),
                        record: recorded_of!(row),
                    });
                    consume_budget().await;
                }
                Ok(())
            }

            async fn is_named(&self, name: &str) -> Result<bool, RepoError> {
                let row: $row = sqlx::query(NAMED).bind(name).fetch_one(&self.questions).await?;
                Ok(row.try_get("named")?)
            }

            async fn log_spans(&self) -> Result<Vec<LogSpan>, RepoError> {
                let logs: Vec<$row> = sqlx::query(sqlx::AssertSqlSafe(logs(<$repo>::OLDEST, <$repo>::NEWEST)))
                    .fetch_all(&self.questions)
                    .await?;
                let holes: Vec<$row> = sqlx::query(MISSING).fetch_all(&self.questions).await?;
                let mut missing = std::collections::HashMap::<i64, Vec<(u64, u64)>>::new();
                for row in &holes {
                    let before = row.try_get::<i64, _>("before")?.cast_unsigned();
                    let first = row.try_get::<i64, _>("first")?.cast_unsigned();
                    let hole = (before.saturating_add(1), first.saturating_sub(1));
                    missing.entry(row.try_get("log")?).or_default().push(hole);
                }
                let time = |row: &$row, name: &str| -> Result<Option<Timestamp>, RepoError> {
                    Ok(row.try_get::<Option<i64>, _>(name)?.map(Timestamp::from_millis))
                };
                logs.iter()
                    .map(|row| {
                        Ok(LogSpan {
                            device: DeviceId::from_bytes(array(row.try_get("device")?, "logs")?),
                            timeline: u32::try_from(row.try_get::<i64, _>("timeline")?)
                                .map_err(|_| RepoError::Row("logs"))?,
                            begun: Timestamp::from_millis(row.try_get("begun")?),
                            first: row.try_get::<Option<i64>, _>("first")?.map(i64::cast_unsigned),
                            last: row.try_get::<i64, _>("last")?.cast_unsigned(),
                            head: array(row.try_get("head")?, "logs")?,
                            oldest: time(row, "oldest")?,
                            newest: time(row, "newest")?,
                            missing: missing.remove(&row.try_get::<i64, _>("id")?).unwrap_or_default(),
                        })
                    })
                    .collect()
            }

            async fn sent_again(&self) -> Result<Vec<DeviceId>, RepoError> {
                let rows: Vec<$row> = sqlx::query(SENT_AGAIN).fetch_all(&self.questions).await?;
                let device = |row: &$row| Ok(DeviceId::from_bytes(array(row.try_get("device")?, "logs")?));
                rows.iter().map(device).collect()
            }
        }
    };
}

report_table!(Sqlite, sqlx::sqlite::SqliteRow);
report_table!(Postgres, sqlx::postgres::PgRow);
