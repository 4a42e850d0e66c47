//! Accepted batches in the order of their arrival, for those who read all of them: alerts, and sinks that records are
//! forwarded to. A reader remembers its [`Place`]; what it has not read waits in the tables.

use super::columns::Row as Stored;
use super::read::carried;
use super::table::ROOM;
use crate::repo::{Postgres, RepoError, Sqlite, array};
use bytes::Bytes;
use futures_util::TryStreamExt;
use sqlx::Row;
use weir_audit::{Head, Kind};
use weir_fleet::DeviceId;
use weir_model::{EventId, Timestamp};

/// How far a reader has come. Places count up as batches arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Number of the arrival.
    pub arrival: i64,
    /// Number of the log, within the arrival.
    pub log: i64,
    /// Last record of the batch, within the log.
    pub last: i64,
}

/// A batch as it was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Where it stands in the order of arrival.
    pub place: Place,
    /// Whose.
    pub device: DeviceId,
    /// Which of its logs.
    pub timeline: u32,
    /// Number of its first record.
    pub first: u64,
    /// Number of its last.
    pub last: u64,
    /// The head behind its last record.
    pub head: Head,
    /// When it came, by the server's clock.
    pub received: Timestamp,
    /// The first that its log ever sent, whatever was kept since.
    pub begins: bool,
    /// The last record of the same log that was here before, where it is kept.
    pub previous: Option<u64>,
    /// A later timeline of the device had begun before this came.
    pub overtaken: bool,
    /// Its records.
    pub records: Vec<Entry>,
}

/// One record of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub seq: u64,
    /// By the device's clock.
    pub time: Timestamp,
    /// What it is.
    pub kind: Kind,
    /// The event it belongs to.
    pub event: EventId,
    /// The record: JSON.
    pub body: Bytes,
}

impl Entry {
    /// From a row that was stored; `None` where its text was not kept.
    pub(super) fn of(row: &Stored) -> Option<Self> {
        Some(Self {
            seq: row.seq,
            time: Timestamp::from_millis(row.time),
            kind: row.kind,
            event: EventId::from_bytes(row.event),
            body: row.text.clone()?,
        })
    }
}

/// What waits for a reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Batches, counted up to a thousand.
    pub batches: u64,
    /// When the oldest of them came.
    pub oldest: Option<Timestamp>,
}

/// What is asked of the tables `batches` and `events` by those who read everything.
#[async_trait::async_trait]
pub trait Feed: Send + Sync {
    /// The next batches behind a place, with at most `most` records in eight megabytes, and at least one batch where there is one.
    async fn accepted(&self, after: Place, most: u64) -> Result<Vec<Accepted>, RepoError>;
    /// The place behind all that has arrived.
    async fn newest_place(&self) -> Result<Place, RepoError>;
    /// What waits behind a place.
    async fn waiting(&self, after: Place) -> Result<Waiting, RepoError>;
    /// The provider of the decision that a record belongs to, looked for shortly before it in the same log.
    async fn provider_of(&self, log: i64, seq: u64, event: EventId) -> Result<Option<String>, RepoError>;
}

/// Batches that are looked at together, before their records are counted.
const BATCHES: u16 = 2048;
/// An answer is recorded at most so many records behind its decision, or its provider is not known.
const NEAR: i64 = 2000;

/// What is being written has no place yet. SQLite has one writer: all that is seen is complete.
impl Sqlite {
    /// Before which arrivals are complete, as SQL.
    pub(crate) const SETTLED: &str = "9223372036854775807";

    fn recently(&self, after: Place, most: u64) -> Option<Vec<Accepted>> {
        self.recent.page(after, BATCHES.into(), most)
    }
}

impl Postgres {
    /// Before which arrivals are complete, as SQL.
    pub(crate) const SETTLED: &str =
        "pg_snapshot_xmin(pg_current_snapshot())::text::bigint + (SELECT shift FROM arrivals)";

    /// Other nodes store as well, and the order is known to the database alone.
    const fn recently(&self, _: Place, _: u64) -> Option<Vec<Accepted>> {
        None
    }
}

fn batches(settled: &str) -> String {
    format!(
        "SELECT b.arrival, b.log, b.last, b.first, b.received, b.head, l.device, l.timeline, l.first = b.first AS begins, \
         (SELECT max(p.last) FROM batches p WHERE p.log = b.log AND p.last < b.last) AS previous, \
         EXISTS (SELECT 1 FROM logs n WHERE n.device = l.device AND n.timeline > l.timeline \
           AND (SELECT f.arrival FROM batches f WHERE f.log = n.id ORDER BY f.last LIMIT 1) < b.arrival) AS overtaken \
         FROM batches b JOIN logs l ON l.id = b.log \
         WHERE (b.arrival, b.log, b.last) > ($1, $2, $3) AND b.arrival < {settled} \
         ORDER BY b.arrival, b.log, b.last LIMIT $4"
    )
}

fn events(of_batch: &str) -> String {
    format!(
        "SELECT b.arrival, b.log, b.last, e.seq, e.time, e.kind, e.event, e.later, {} FROM batches b {of_batch} \
         WHERE (b.arrival, b.log, b.last) > ($1, $2, $3) AND (b.arrival, b.log, b.last) <= ($4, $5, $6) \
         ORDER BY b.arrival, b.log, b.last, e.seq",
        carried!()
    )
}

fn newest(settled: &str) -> String {
    format!(
        "SELECT b.arrival, b.log, b.last FROM batches b WHERE b.arrival < {settled} \
         ORDER BY b.arrival DESC, b.log DESC, b.last DESC LIMIT 1"
    )
}

const WAITING: &str = "SELECT count(*) AS batches, min(received) AS oldest FROM (SELECT received FROM batches \
     WHERE (arrival, log, last) > ($1, $2, $3) ORDER BY arrival, log, last LIMIT 1000) AS w";
const PROVIDER: &str = "SELECT n.name FROM events e JOIN names n ON n.id = e.provider WHERE e.log = $1 \
     AND e.seq BETWEEN $4 AND $2 AND e.seq + e.later BETWEEN $4 AND $5 AND e.event = $3 LIMIT 1";
/// A block ends at most so many numbers behind any of its records.
const LATEST: i64 = 32_767;

/// Of these batches, those whose records are at most `most`; one at least.
pub(super) fn within(mut found: Vec<Accepted>, most: u64) -> Vec<Accepted> {
    let mut records = 0_u64;
    let fits = found.iter().take_while(|batch| {
        records = records.saturating_add(batch.last - batch.first + 1);
        records <= most
    });
    let fits = fits.count().max(1);
    found.truncate(fits);
    found
}

/// Batches whose records are read, in their order.
struct Filling {
    batches: Vec<Accepted>,
    /// The one that is being read.
    at: usize,
    bytes: usize,
}

impl Filling {
    /// Takes a record of the batch at a place. False for the first one that is too much: its batch is left for the next time.
    fn take(&mut self, place: Place, entry: Entry) -> Result<bool, RepoError> {
        let further = self.batches.get(self.at..).unwrap_or_default();
        let by = further.iter().position(|batch| batch.place == place);
        let at = self.at + by.ok_or(RepoError::Row("batches"))?;
        // A device may have written a megabyte into each record.
        if at > self.at && self.bytes >= ROOM {
            self.batches.truncate(at);
            return Ok(false);
        }
        self.at = at;
        self.bytes += entry.body.len();
        self.batches[at].records.push(entry);
        Ok(true)
    }
}

macro_rules! place_of {
    ($row:expr) => {
        Place {
            arrival: $row.try_get("arrival")?,
            log: $row.try_get("log")?,
            last: $row.try_get("last")?,
        }
    };
}
pub(crate) use place_of;

/// A record from its row of `events`.
macro_rules! entry_of {
    ($row:expr) => {{
        let wrong = || RepoError::Row("events");
        Entry {
            seq: $row.try_get::<i64, _>("seq")?.cast_unsigned(),
            time: Timestamp::from_millis($row.try_get("time")?),
            kind: Kind::from_byte(u8::try_from($row.try_get::<i16, _>("kind")?).map_err(|_| wrong())?),
            event: EventId::from_bytes(array($row.try_get("event")?, "events")?),
            body: $crate::ingest::packed_of!($row).unpack().map_err(|_| wrong())?.into(),
        }
    }};
}
pub(crate) use entry_of;

macro_rules! feed {
    ($repo:ty, $row:ty) => {
        #[async_trait::async_trait]
        impl Feed for $repo {
            async fn accepted(&self, after: Place, most: u64) -> Result<Vec<Accepted>, RepoError> {
                if let Some(page) = self.recently(after, most) {
                    return Ok(page);
                }
                let rows: Vec<$row> = sqlx::query(sqlx::AssertSqlSafe(batches(<$repo>::SETTLED)))
                    .bind(after.arrival)
                    .bind(after.log)
                    .bind(after.last)
                    .bind(i64::from(BATCHES))
                    .fetch_all(&self.read)
                    .await?;
                let found = rows.iter().map(|row| {
                    Ok(Accepted {
                        place: place_of!(row),
                        device: DeviceId::from_bytes(array(row.try_get("device")?, "logs")?),
                        timeline: u32::try_from(row.try_get::<i64, _>("timeline")?)
                            .map_err(|_| RepoError::Row("logs"))?,
                        first: row.try_get::<i64, _>("first")?.cast_unsigned(),
                        last: row.try_get::<i64, _>("last")?.cast_unsigned(),
                        head: array(row.try_get("head")?, "batches")?,
                        received: Timestamp::from_millis(row.try_get("received")?),
                        begins: row.try_get("begins")?,
                        previous: row.try_get::<Option<i64>, _>("previous")?.map(i64::cast_unsigned),
                        overtaken: row.try_get("overtaken")?,
                        records: Vec::new(),
                    })
                });
                let batches = within(found.collect::<Result<Vec<_>, RepoError>>()?, most);
                let Some(upto) = batches.last().map(|batch| batch.place) else {
                    return Ok(batches);
                };
                let query = events(<$repo>::OF_BATCH);
                let mut rows = sqlx::query(sqlx::AssertSqlSafe(query))
                    .bind(after.arrival)
                    .bind(after.log)
                    .bind(after.last)
                    .bind(upto.arrival)
                    .bind(upto.log)
                    .bind(upto.last)
                    .fetch(&self.read);
                let mut filling = Filling {
                    batches,
                    at: 0,
                    bytes: 0,
                };
                while let Some(row) = rows.try_next().await? {
                    let (place, entry) = (place_of!(row), entry_of!(row));
                    if !filling.take(place, entry)? {
                        break;
                    }
                }
                Ok(filling.batches)
            }

            async fn newest_place(&self) -> Result<Place, RepoError> {
                let query = sqlx::query(sqlx::AssertSqlSafe(newest(<$repo>::SETTLED)));
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                row.map_or_else(|| Ok(Place::default()), |row| Ok(place_of!(row)))
            }

            async fn waiting(&self, after: Place) -> Result<Waiting, RepoError> {
                let row: $row = sqlx::query(WAITING)
                    .bind(after.arrival)
                    .bind(after.log)
                    .bind(after.last)
                    .fetch_one(&self.read)
                    .await?;
                Ok(Waiting {
                    batches: row.try_get::<i64, _>("batches")?.unsigned_abs(),
                    oldest: row
                        .try_get::<Option<i64>, _>("oldest")?
                        .map(Timestamp::from_millis),
                })
            }

            async fn provider_of(&self, log: i64, seq: u64, event: EventId) -> Result<Option<String>, RepoError> {
                let row: Option<$row> = sqlx::query(PROVIDER)
                    .bind(log)
                    .bind(seq.cast_signed())
                    .bind(&event.as_bytes()[..])
                    .bind(seq.cast_signed().saturating_sub(NEAR))
                    .bind(seq.cast_signed().saturating_add(LATEST))
                    .fetch_optional(&self.read)
                    .await?;
                Ok(row.map(|row| row.try_get("name")).transpose()?)
            }
        }
    };
}

feed!(Sqlite, sqlx::sqlite::SqliteRow);
feed!(Postgres, sqlx::postgres::PgRow);
