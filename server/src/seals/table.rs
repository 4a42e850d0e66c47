//! The table `epoch_keys`, and the seals and records that arrived.

use super::kept::KeptKey;
use crate::ingest::{Entry, Place, ROOM, carried, entry_of, place_of};
use crate::repo::{Postgres, RepoError, Sqlite, array};
use futures_util::TryStreamExt;
use sqlx::Row;
use std::collections::HashMap;
use weir_audit::Kind;
use weir_fleet::DeviceId;
use weir_model::{EventId, Timestamp};

/// The keys of a log, and how far its seals were followed.
#[derive(Clone)]
pub struct LogKeys {
    /// The key that was given.
    pub given: KeptKey,
    /// When.
    pub at: Timestamp,
    /// The key of the next seal, and the first record of its epoch; `None` before the first seal.
    pub next: Option<(KeptKey, u64)>,
    /// The seal that did not fit.
    pub broken: Option<u64>,
}

/// A seal that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrivedSeal {
    /// The log's number in the database.
    pub log: i64,
    /// The record.
    pub entry: Entry,
}

/// A log of which something arrived.
pub struct Reached {
    /// Its number in the database.
    pub log: i64,
    /// Whose.
    pub device: DeviceId,
    /// Which of its logs.
    pub timeline: u32,
    /// Its keys.
    pub keys: LogKeys,
    /// The last record that arrived.
    pub last: u64,
    /// When.
    pub received: Timestamp,
}

/// What arrived up to a place.
pub struct Arrivals {
    /// The place.
    pub to: Place,
    /// The logs whose keys are here.
    pub logs: Vec<Reached>,
    /// Their seals, those of one log in their order.
    pub seals: Vec<ArrivedSeal>,
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

/// How the seals of a device's newest log stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sealing {
    /// Which log.
    pub timeline: u32,
    /// Up to where it is verified.
    pub upto: Option<SealedUpTo>,
    /// The seal that did not fit, behind which nothing is verified.
    pub broken: Option<u64>,
}

/// What changes of a log.
pub struct Followed {
    /// Which.
    pub log: (DeviceId, u32),
    /// The key of the next seal, and the first record of its epoch.
    pub next: Option<(KeptKey, u64)>,
    /// Up to where it is verified.
    pub sealed: Option<SealedUpTo>,
    /// The seal that does not fit.
    pub broken: Option<u64>,
}

/// What is asked of the tables.
#[async_trait::async_trait]
pub trait SealTable: Send + Sync {
    /// Keeps the key of a log. False where there is one already: that one stays.
    async fn keep_epoch_key(&self, log: (DeviceId, u32), key: &KeptKey, now: Timestamp) -> Result<bool, RepoError>;
    /// The keys of the newest log of a device, up to this one, and which it is.
    async fn epoch_keys(&self, upto: (DeviceId, u32)) -> Result<Option<(u32, LogKeys)>, RepoError>;
    /// The newest log of a device; `None` where nothing has come.
    async fn newest_timeline(&self, device: DeviceId) -> Result<Option<u32>, RepoError>;
    /// What arrived next, of `batches` at most and with `seals` at most, or those of one batch; `None` where nothing has.
    async fn seals_arrived(&self, after: Place, batches: u32, seals: u32) -> Result<Option<Arrivals>, RepoError>;
    /// Records of a log from number `first` up to and without `end`, in their order, `most` at most, and what is in eight
    /// megabytes; one at least where there is one.
    async fn records_of(&self, log: i64, first: u64, end: u64, most: u32) -> Result<Vec<Entry>, RepoError>;
    /// The first record of a log that is kept.
    async fn first_kept(&self, log: i64) -> Result<Option<u64>, RepoError>;
    /// The first record of a log that came at a time, or later.
    async fn first_since(&self, log: i64, time: Timestamp) -> Result<Option<u64>, RepoError>;
    /// When a record of a log came.
    async fn arrival_of(&self, log: i64, seq: u64) -> Result<Option<Timestamp>, RepoError>;
    /// Remembers how logs stand. What is behind that already stays.
    async fn keep_followed(&self, followed: &[Followed]) -> Result<(), RepoError>;
    /// How the newest log of a device stands; `None` where no key was given.
    async fn sealing(&self, device: DeviceId) -> Result<Option<Sealing>, RepoError>;
    /// Devices with a log of which a seal did not fit, and when the last one was made that did, by their clocks; `None` where none did.
    async fn broken_seals(&self) -> Result<HashMap<DeviceId, Option<Timestamp>>, RepoError>;
}

const KEEP: &str = "INSERT INTO epoch_keys (device, timeline, epoch, wrapped, given) VALUES ($1, $2, $3, $4, $5) \
     ON CONFLICT (device, timeline) DO NOTHING";
const KEYS: &str = "SELECT timeline, epoch, wrapped, given, next_epoch, next_wrapped, next_first, broken FROM epoch_keys \
     WHERE device = $1 AND timeline <= $2 ORDER BY timeline DESC LIMIT 1";
const NEWEST: &str = "SELECT max(timeline) AS newest FROM logs WHERE device = $1";
const STAND: &str = "UPDATE epoch_keys SET next_epoch = $3, next_wrapped = $4, next_first = $5 \
     WHERE device = $1 AND timeline = $2 AND (next_first IS NULL OR next_first < $5)";
const SEALED: &str = "UPDATE epoch_keys SET sealed_epoch = $3, sealed_seq = $4, sealed_time = $5 \
     WHERE device = $1 AND timeline = $2 AND (sealed_seq IS NULL OR sealed_seq < $4)";
const BREAK: &str = "UPDATE epoch_keys SET broken = $3 WHERE device = $1 AND timeline = $2 AND broken IS NULL";
const SEALING: &str = "SELECT timeline, sealed_epoch, sealed_seq, sealed_time, broken FROM epoch_keys WHERE device = $1 \
     ORDER BY timeline DESC LIMIT 1";
/// Of several logs of a device the one that is verified least.
const BROKEN: &str =
    "SELECT device, min(coalesce(sealed_time, 0)) AS sealed FROM epoch_keys WHERE broken IS NOT NULL GROUP BY device";
const REACHED: &str = "SELECT b.log, max(b.last) AS last, max(b.received) AS received, k.device, k.timeline, k.epoch, k.wrapped, \
     k.given, k.next_epoch, k.next_wrapped, k.next_first, k.broken FROM batches b JOIN logs l ON l.id = b.log \
     JOIN epoch_keys k ON k.device = l.device AND k.timeline = l.timeline \
     WHERE (b.arrival, b.log, b.last) > ($1, $2, $3) AND (b.arrival, b.log, b.last) <= ($4, $5, $6) \
     GROUP BY b.log, k.device, k.timeline";
/// Kind 16 is a seal.
fn seals(of_batch: &str) -> String {
    format!(
        "SELECT b.arrival, b.log, b.last, e.seq, e.time, e.kind, e.event, e.later, {} FROM batches b \
         JOIN logs l ON l.id = b.log JOIN epoch_keys k ON k.device = l.device AND k.timeline = l.timeline {of_batch} \
         WHERE e.kind = 16 AND (b.arrival, b.log, b.last) > ($1, $2, $3) AND (b.arrival, b.log, b.last) <= ($4, $5, $6) \
         ORDER BY b.arrival, b.log, b.last, e.seq LIMIT $7",
        carried!()
    )
}

fn records(of_batch: &str) -> String {
    format!(
        "SELECT e.seq, e.time, e.kind, e.event, e.later, {} FROM batches b {of_batch} \
         WHERE b.log = $1 AND b.last >= $2 AND b.first < $3 AND e.seq >= $2 AND e.seq < $3 ORDER BY e.seq LIMIT $4",
        carried!()
    )
}

const FIRST_KEPT: &str = "SELECT first AS number FROM batches WHERE log = $1 ORDER BY last LIMIT 1";
const FIRST_SINCE: &str = "SELECT first AS number FROM batches WHERE log = $1 AND received >= $2 ORDER BY last LIMIT 1";
const ARRIVAL: &str = "SELECT received FROM batches WHERE log = $1 AND last >= $2 ORDER BY last LIMIT 1";

fn upto(settled: &str) -> String {
    format!(
        "SELECT arrival, log, last FROM (SELECT arrival, log, last FROM batches \
         WHERE (arrival, log, last) > ($1, $2, $3) AND arrival < {settled} ORDER BY arrival, log, last LIMIT $4) AS next \
         ORDER BY arrival DESC, log DESC, last DESC LIMIT 1"
    )
}

fn narrow(number: i64, table: &'static str) -> Result<u32, RepoError> {
    u32::try_from(number).map_err(|_| RepoError::Row(table))
}

/// A row of `epoch_keys`.
macro_rules! keys_of {
    ($row:expr) => {{
        let epoch: Option<i64> = $row.try_get("next_epoch")?;
        let wrapped: Option<Vec<u8>> = $row.try_get("next_wrapped")?;
        let first: Option<i64> = $row.try_get("next_first")?;
        let next = match (epoch, wrapped, first) {
            (Some(epoch), Some(wrapped), Some(first)) => {
                let epoch = narrow(epoch, "epoch_keys")?;
                Some((KeptKey { epoch, wrapped }, first.cast_unsigned()))
            }
            _ => None,
        };
        LogKeys {
            given: KeptKey {
                epoch: narrow($row.try_get("epoch")?, "epoch_keys")?,
                wrapped: $row.try_get("wrapped")?,
            },
            at: Timestamp::from_millis($row.try_get("given")?),
            next,
            broken: $row.try_get::<Option<i64>, _>("broken")?.map(i64::cast_unsigned),
        }
    }};
}

/// Where more than `most` seals were found: those of whole batches, and the place up to which these are all. `None` of them where all
/// found are of one batch, which may have more.
fn whole(mut found: Vec<(Place, ArrivedSeal)>, to: Place, most: u32) -> (Place, Option<Vec<ArrivedSeal>>) {
    let cut = found
        .last()
        .map(|(place, _)| *place)
        .filter(|_| found.len() > most as usize);
    let to = match cut {
        None => to,
        Some(cut) => match found.iter().rev().find(|(place, _)| *place < cut) {
            Some((before, _)) => *before,
            None => return (cut, None),
        },
    };
    found.retain(|(place, _)| *place <= to);
    (to, Some(found.into_iter().map(|(_, seal)| seal).collect()))
}

macro_rules! seal_table {
    ($repo:ty, $row:ty) => {
        impl $repo {
            async fn seals_between(
                &self,
                after: Place,
                to: Place,
                most: i64,
            ) -> Result<Vec<(Place, ArrivedSeal)>, RepoError> {
                let rows: Vec<$row> = sqlx::query(sqlx::AssertSqlSafe(seals(<$repo>::OF_BATCH)))
                    .bind(after.arrival)
                    .bind(after.log)
                    .bind(after.last)
                    .bind(to.arrival)
                    .bind(to.log)
                    .bind(to.last)
                    .bind(most)
                    .fetch_all(&self.read)
                    .await?;
                let found = rows.iter().map(|row| {
                    let log = row.try_get("log")?;
                    let entry = entry_of!(row);
                    Ok((place_of!(row), ArrivedSeal { log, entry }))
                });
                found.collect()
            }

            async fn logs_between(&self, after: Place, to: Place) -> Result<Vec<Reached>, RepoError> {
                let rows: Vec<$row> = sqlx::query(REACHED)
                    .bind(after.arrival)
                    .bind(after.log)
                    .bind(after.last)
                    .bind(to.arrival)
                    .bind(to.log)
                    .bind(to.last)
                    .fetch_all(&self.read)
                    .await?;
                let logs = rows.iter().map(|row| {
                    Ok(Reached {
                        log: row.try_get("log")?,
                        device: DeviceId::from_bytes(array(row.try_get("device")?, "epoch_keys")?),
                        timeline: narrow(row.try_get("timeline")?, "epoch_keys")?,
                        keys: keys_of!(row),
                        last: row.try_get::<i64, _>("last")?.cast_unsigned(),
                        received: Timestamp::from_millis(row.try_get("received")?),
                    })
                });
                logs.collect()
            }
        }

        #[async_trait::async_trait]
        impl SealTable for $repo {
            async fn keep_epoch_key(
                &self,
                (device, timeline): (DeviceId, u32),
                key: &KeptKey,
                now: Timestamp,
            ) -> Result<bool, RepoError> {
                let query = sqlx::query(KEEP)
                    .bind(&device.as_bytes()[..])
                    .bind(i64::from(timeline))
                    .bind(i64::from(key.epoch))
                    .bind(&key.wrapped)
                    .bind(now.as_millis());
                Ok(query.execute(&self.write).await?.rows_affected() > 0)
            }

            async fn epoch_keys(
                &self,
                (device, timeline): (DeviceId, u32),
            ) -> Result<Option<(u32, LogKeys)>, RepoError> {
                let query = sqlx::query(KEYS).bind(&device.as_bytes()[..]);
                let row: Option<$row> = query.bind(i64::from(timeline)).fetch_optional(&self.read).await?;
                row.map(|row| Ok((narrow(row.try_get("timeline")?, "epoch_keys")?, keys_of!(row))))
                    .transpose()
            }

            async fn newest_timeline(&self, device: DeviceId) -> Result<Option<u32>, RepoError> {
                let query = sqlx::query(NEWEST).bind(&device.as_bytes()[..]);
                let row: $row = query.fetch_one(&self.read).await?;
                let newest: Option<i64> = row.try_get("newest")?;
                newest.map(|newest| narrow(newest, "logs")).transpose()
            }

            async fn seals_arrived(
                &self,
                after: Place,
                batches: u32,
                seals: u32,
            ) -> Result<Option<Arrivals>, RepoError> {
                let row: Option<$row> = sqlx::query(sqlx::AssertSqlSafe(upto(<$repo>::SETTLED)))
                    .bind(after.arrival)
                    .bind(after.log)
                    .bind(after.last)
                    .bind(i64::from(batches))
                    .fetch_optional(&self.read)
                    .await?;
                let Some(row) = row else { return Ok(None) };
                let to = place_of!(row);
                let found = self.seals_between(after, to, i64::from(seals) + 1).await?;
                let (to, seals) = match whole(found, to, seals) {
                    // More of them in one batch, which is read whole: the records of a batch are counted.
                    (to, None) => {
                        let all = self.seals_between(after, to, i64::MAX).await?;
                        (to, all.into_iter().map(|(_, seal)| seal).collect())
                    }
                    (to, Some(seals)) => (to, seals),
                };
                let logs = self.logs_between(after, to).await?;
                Ok(Some(Arrivals { to, logs, seals }))
            }

            async fn records_of(&self, log: i64, first: u64, end: u64, most: u32) -> Result<Vec<Entry>, RepoError> {
                let mut rows = sqlx::query(sqlx::AssertSqlSafe(records(<$repo>::OF_BATCH)))
                    .bind(log)
                    .bind(i64::try_from(first).unwrap_or(i64::MAX))
                    .bind(i64::try_from(end).unwrap_or(i64::MAX))
                    .bind(i64::from(most))
                    .fetch(&self.read);
                let (mut found, mut bytes) = (Vec::new(), 0);
                while bytes < ROOM
                    && let Some(row) = rows.try_next().await?
                {
                    let entry = entry_of!(row);
                    bytes += entry.body.len();
                    found.push(entry);
                }
                Ok(found)
            }

            async fn first_kept(&self, log: i64) -> Result<Option<u64>, RepoError> {
                let row: Option<$row> = sqlx::query(FIRST_KEPT)
                    .bind(log)
                    .fetch_optional(&self.read)
                    .await?;
                row.map(|row| Ok(row.try_get::<i64, _>("number")?.cast_unsigned()))
                    .transpose()
            }

            async fn first_since(&self, log: i64, time: Timestamp) -> Result<Option<u64>, RepoError> {
                let query = sqlx::query(FIRST_SINCE).bind(log).bind(time.as_millis());
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                row.map(|row| Ok(row.try_get::<i64, _>("number")?.cast_unsigned()))
                    .transpose()
            }

            async fn arrival_of(&self, log: i64, seq: u64) -> Result<Option<Timestamp>, RepoError> {
                let query = sqlx::query(ARRIVAL)
                    .bind(log)
                    .bind(i64::try_from(seq).unwrap_or(i64::MAX));
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                row.map(|row| Ok(Timestamp::from_millis(row.try_get("received")?)))
                    .transpose()
            }

            async fn keep_followed(&self, followed: &[Followed]) -> Result<(), RepoError> {
                let mut transaction = self.write.begin().await?;
                for Followed {
                    log: (device, timeline),
                    next,
                    sealed,
                    broken,
                } in followed
                {
                    let (device, timeline) = (&device.as_bytes()[..], i64::from(*timeline));
                    if let Some((key, first)) = next {
                        let query = sqlx::query(STAND)
                            .bind(device)
                            .bind(timeline)
                            .bind(i64::from(key.epoch));
                        let query = query.bind(&key.wrapped).bind(first.cast_signed());
                        query.execute(&mut *transaction).await?;
                    }
                    if let Some(upto) = sealed {
                        let query = sqlx::query(SEALED)
                            .bind(device)
                            .bind(timeline)
                            .bind(i64::from(upto.epoch));
                        let query = query.bind(upto.seq.cast_signed()).bind(upto.time.as_millis());
                        query.execute(&mut *transaction).await?;
                    }
                    if let Some(broken) = broken {
                        let query = sqlx::query(BREAK)
                            .bind(device)
                            .bind(timeline)
                            .bind(broken.cast_signed());
                        query.execute(&mut *transaction).await?;
                    }
                }
                Ok(transaction.commit().await?)
            }

            async fn sealing(&self, device: DeviceId) -> Result<Option<Sealing>, RepoError> {
                let query = sqlx::query(SEALING).bind(&device.as_bytes()[..]);
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                let Some(row) = row else { return Ok(None) };
                let upto = match row.try_get::<Option<i64>, _>("sealed_seq")? {
                    None => None,
                    Some(seq) => Some(SealedUpTo {
                        epoch: narrow(row.try_get("sealed_epoch")?, "epoch_keys")?,
                        seq: seq.cast_unsigned(),
                        time: Timestamp::from_millis(row.try_get("sealed_time")?),
                    }),
                };
                Ok(Some(Sealing {
                    timeline: narrow(row.try_get("timeline")?, "epoch_keys")?,
                    upto,
                    broken: row.try_get::<Option<i64>, _>("broken")?.map(i64::cast_unsigned),
                }))
            }

            async fn broken_seals(&self) -> Result<HashMap<DeviceId, Option<Timestamp>>, RepoError> {
                let rows: Vec<$row> = sqlx::query(BROKEN).fetch_all(&self.read).await?;
                rows.iter()
                    .map(|row| {
                        let sealed = Timestamp::from_millis(row.try_get("sealed")?);
                        let device = DeviceId::from_bytes(array(row.try_get("device")?, "epoch_keys")?);
                        Ok((device, (sealed.as_millis() > 0).then_some(sealed)))
                    })
                    .collect()
            }
        }
    };
}

seal_table!(Sqlite, sqlx::sqlite::SqliteRow);
seal_table!(Postgres, sqlx::postgres::PgRow);

#[cfg(test)]
mod tests {
    use super::{ArrivedSeal, whole};
    use crate::ingest::{Entry, Place};
    use bytes::Bytes;
    use weir_audit::Kind;
    use weir_model::{EventId, Timestamp};

    fn place(arrival: i64) -> Place {
        Place {
            arrival,
            ..Place::default()
        }
    }

    fn seals(of: &[(i64, u64)]) -> Vec<(Place, ArrivedSeal)> {
        let seal = |seq| ArrivedSeal {
            log: 1,
            entry: Entry {
                seq,
                time: Timestamp::from_millis(0),
                kind: Kind::Seal,
                event: EventId::from_bytes([0; 16]),
                body: Bytes::new(),
            },
        };
        of.iter().map(|(arrival, seq)| (place(*arrival), seal(*seq))).collect()
    }

    fn cut(of: &[(i64, u64)], most: u32) -> (i64, Option<Vec<u64>>) {
        let (to, seals) = whole(seals(of), place(9), most);
        let numbers = |seals: Vec<ArrivedSeal>| seals.iter().map(|seal| seal.entry.seq).collect();
        (to.arrival, seals.map(numbers))
    }

    #[test]
    fn what_is_read_at_once_ends_behind_a_batch() {
        let found = [(1, 1), (1, 2), (3, 3), (4, 4), (4, 5)];
        assert_eq!(cut(&found, 5), (9, Some(vec![1, 2, 3, 4, 5])), "all there are");
        assert_eq!(
            cut(&found, 4),
            (3, Some(vec![1, 2, 3])),
            "there may be more in the last"
        );
        assert_eq!(cut(&found[..2], 1), (1, None), "one batch is read whole");
        assert_eq!(cut(&[], 4), (9, Some(vec![])));
    }
}
