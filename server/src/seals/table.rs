//! The table `epoch_keys`, and the seals and records that arrived.

use crate::ingest::{Entry, Place, place_of, unpack};
use crate::repo::{Postgres, RepoError, Sqlite, array};
use sqlx::Row;
use weir_audit::Kind;
use weir_fleet::DeviceId;
use weir_model::{EventId, Timestamp};

/// A device's key as it is kept: wrapped.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptKey {
    /// The epoch it is of.
    pub epoch: u32,
    /// See [`Wrapping`](super::Wrapping).
    pub wrapped: Vec<u8>,
}

/// A seal that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrivedSeal {
    /// Whose.
    pub device: DeviceId,
    /// Which of its logs.
    pub timeline: u32,
    /// The log's number in the database.
    pub log: i64,
    /// The record.
    pub entry: Entry,
}

/// Up to where a log was verified by its seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedUpTo {
    /// The epoch of the last seal that fits.
    pub epoch: u32,
    /// The record that is that seal.
    pub seq: u64,
    /// When it was made, by the device's clock.
    pub time: Timestamp,
}

/// What is asked of the tables.
#[async_trait::async_trait]
pub trait SealTable: Send + Sync {
    /// Keeps the key of a log. Where there is one already that one stays, and is given.
    async fn keep_epoch_key(
        &self,
        log: (DeviceId, u32),
        key: &KeptKey,
        now: Timestamp,
    ) -> Result<Option<KeptKey>, RepoError>;
    /// The key that was given for a log.
    async fn epoch_key(&self, log: (DeviceId, u32)) -> Result<Option<KeptKey>, RepoError>;
    /// The place behind the next batches, `most` at most, and the seals in them; `None` where nothing has come.
    async fn seals(&self, after: Place, most: u32) -> Result<Option<(Place, Vec<ArrivedSeal>)>, RepoError>;
    /// Records of a log from number `first` up to and without `end`, in their order, `most` at most.
    async fn records_of(&self, log: i64, first: u64, end: u64, most: u32) -> Result<Vec<Entry>, RepoError>;
    /// Remembers up to where logs are verified. What is behind that already stays.
    async fn keep_sealed(&self, upto: &[((DeviceId, u32), SealedUpTo)]) -> Result<(), RepoError>;
    /// Up to where the newest log of a device is verified.
    async fn sealed_up_to(&self, device: DeviceId) -> Result<Option<SealedUpTo>, RepoError>;
}

const KEEP: &str = "INSERT INTO epoch_keys (device, timeline, epoch, wrapped, given) VALUES ($1, $2, $3, $4, $5) \
     ON CONFLICT (device, timeline) DO NOTHING";
const KEY: &str = "SELECT epoch, wrapped FROM epoch_keys WHERE device = $1 AND timeline = $2";
const SEALED: &str = "UPDATE epoch_keys SET sealed_epoch = $3, sealed_seq = $4, sealed_time = $5 \
     WHERE device = $1 AND timeline = $2 AND (sealed_seq IS NULL OR sealed_seq < $4)";
const UP_TO: &str = "SELECT sealed_epoch, sealed_seq, sealed_time FROM epoch_keys WHERE device = $1 \
     AND sealed_seq IS NOT NULL ORDER BY timeline DESC LIMIT 1";
/// Kind 16 is a seal.
const SEALS: &str = "SELECT l.device, l.timeline, b.log, e.seq, e.time, e.kind, e.event, e.body FROM batches b \
     JOIN logs l ON l.id = b.log \
     JOIN events e ON e.log = b.log AND e.seq BETWEEN b.first AND b.last AND e.day = b.received / 86400000 \
     WHERE e.kind = 16 AND (b.arrival, b.log, b.last) > ($1, $2, $3) AND (b.arrival, b.log, b.last) <= ($4, $5, $6) \
     ORDER BY b.arrival, b.log, b.last, e.seq";
const RECORDS: &str = "SELECT e.seq, e.time, e.kind, e.event, e.body FROM batches b \
     JOIN events e ON e.log = b.log AND e.seq BETWEEN b.first AND b.last AND e.day = b.received / 86400000 \
     WHERE b.log = $1 AND b.last >= $2 AND b.first < $3 AND e.seq >= $2 AND e.seq < $3 ORDER BY e.seq LIMIT $4";

fn upto(settled: &str) -> String {
    format!(
        "SELECT arrival, log, last FROM (SELECT arrival, log, last FROM batches \
         WHERE (arrival, log, last) > ($1, $2, $3) AND arrival < {settled} ORDER BY arrival, log, last LIMIT $4) AS next \
         ORDER BY arrival DESC, log DESC, last DESC LIMIT 1"
    )
}

macro_rules! entry_of {
    ($row:expr) => {{
        let wrong = || RepoError::Row("events");
        Entry {
            seq: $row.try_get::<i64, _>("seq")?.cast_unsigned(),
            time: Timestamp::from_millis($row.try_get("time")?),
            kind: Kind::from_byte(u8::try_from($row.try_get::<i16, _>("kind")?).map_err(|_| wrong())?),
            event: EventId::from_bytes(array($row.try_get("event")?, "events")?),
            body: unpack($row.try_get("body")?).map_err(|_| wrong())?,
        }
    }};
}

fn narrow(number: i64, table: &'static str) -> Result<u32, RepoError> {
    u32::try_from(number).map_err(|_| RepoError::Row(table))
}

macro_rules! seal_table {
    ($repo:ty, $row:ty) => {
        #[async_trait::async_trait]
        impl SealTable for $repo {
            async fn keep_epoch_key(
                &self,
                (device, timeline): (DeviceId, u32),
                key: &KeptKey,
                now: Timestamp,
            ) -> Result<Option<KeptKey>, RepoError> {
                let query = sqlx::query(KEEP)
                    .bind(&device.as_bytes()[..])
                    .bind(i64::from(timeline))
                    .bind(i64::from(key.epoch))
                    .bind(&key.wrapped)
                    .bind(now.as_millis());
                match query.execute(&self.write).await?.rows_affected() {
                    0 => self.epoch_key((device, timeline)).await,
                    _ => Ok(None),
                }
            }

            async fn epoch_key(&self, (device, timeline): (DeviceId, u32)) -> Result<Option<KeptKey>, RepoError> {
                let query = sqlx::query(KEY).bind(&device.as_bytes()[..]);
                let row: Option<$row> = query.bind(i64::from(timeline)).fetch_optional(&self.read).await?;
                row.map(|row| {
                    Ok(KeptKey {
                        epoch: narrow(row.try_get("epoch")?, "epoch_keys")?,
                        wrapped: row.try_get("wrapped")?,
                    })
                })
                .transpose()
            }

            async fn seals(&self, after: Place, most: u32) -> Result<Option<(Place, Vec<ArrivedSeal>)>, RepoError> {
                let query = sqlx::query(sqlx::AssertSqlSafe(upto(<$repo>::SETTLED)));
                let row: Option<$row> = query
                    .bind(after.arrival)
                    .bind(after.log)
                    .bind(after.last)
                    .bind(i64::from(most))
                    .fetch_optional(&self.read)
                    .await?;
                let Some(row) = row else { return Ok(None) };
                let upto = place_of!(row);
                let rows: Vec<$row> = sqlx::query(SEALS)
                    .bind(after.arrival)
                    .bind(after.log)
                    .bind(after.last)
                    .bind(upto.arrival)
                    .bind(upto.log)
                    .bind(upto.last)
                    .fetch_all(&self.read)
                    .await?;
                let seals = rows.iter().map(|row| {
                    Ok(ArrivedSeal {
                        device: DeviceId::from_bytes(array(row.try_get("device")?, "logs")?),
                        timeline: narrow(row.try_get("timeline")?, "logs")?,
                        log: row.try_get("log")?,
                        entry: entry_of!(row),
                    })
                });
                Ok(Some((upto, seals.collect::<Result<_, RepoError>>()?)))
            }

            async fn records_of(&self, log: i64, first: u64, end: u64, most: u32) -> Result<Vec<Entry>, RepoError> {
                let rows: Vec<$row> = sqlx::query(RECORDS)
                    .bind(log)
                    .bind(i64::try_from(first).unwrap_or(i64::MAX))
                    .bind(i64::try_from(end).unwrap_or(i64::MAX))
                    .bind(i64::from(most))
                    .fetch_all(&self.read)
                    .await?;
                rows.iter().map(|row| Ok(entry_of!(row))).collect()
            }

            async fn keep_sealed(&self, upto: &[((DeviceId, u32), SealedUpTo)]) -> Result<(), RepoError> {
                let mut transaction = self.write.begin().await?;
                for ((device, timeline), upto) in upto {
                    sqlx::query(SEALED)
                        .bind(&device.as_bytes()[..])
                        .bind(i64::from(*timeline))
                        .bind(i64::from(upto.epoch))
                        .bind(upto.seq.cast_signed())
                        .bind(upto.time.as_millis())
                        .execute(&mut *transaction)
                        .await?;
                }
                Ok(transaction.commit().await?)
            }

            async fn sealed_up_to(&self, device: DeviceId) -> Result<Option<SealedUpTo>, RepoError> {
                let query = sqlx::query(UP_TO).bind(&device.as_bytes()[..]);
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                row.map(|row| {
                    Ok(SealedUpTo {
                        epoch: narrow(row.try_get("sealed_epoch")?, "epoch_keys")?,
                        seq: row.try_get::<i64, _>("sealed_seq")?.cast_unsigned(),
                        time: Timestamp::from_millis(row.try_get("sealed_time")?),
                    })
                })
                .transpose()
            }
        }
    };
}

seal_table!(Sqlite, sqlx::sqlite::SqliteRow);
seal_table!(Postgres, sqlx::postgres::PgRow);
