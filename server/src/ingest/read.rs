//! Reading events, alike in both databases.

use crate::repo::{Postgres, Sqlite};
use weir_model::Timestamp;

/// The block that the body of `e` is in: its own, or that of the record that carries it. SQLite finds that by its number,
/// PostgreSQL by the index over where blocks end.
macro_rules! carried {
    () => {
        "CASE e.later WHEN 0 THEN e.body ELSE (SELECT c.body FROM events c WHERE c.log = e.log AND c.seq = e.seq + e.later \
         AND c.seq + c.later = e.seq + e.later AND c.day = e.day) END AS body"
    };
}
pub(crate) use carried;

/// That `e` is of batch `b`, whose blocks end within it.
macro_rules! of_batch {
    () => {
        "e.log = b.log AND e.seq BETWEEN b.first AND b.last AND e.seq + e.later BETWEEN b.first AND b.last \
         AND e.day = b.received / 86400000"
    };
}

impl Sqlite {
    /// Joins the records `e` of each batch `b`.
    pub(crate) const OF_BATCH: &str = concat!("JOIN events e ON ", of_batch!());
}

impl Postgres {
    /// Joins the records `e` of each batch `b`, which are looked up batch by batch: how many they are cannot be seen from statistics, and
    /// what is put together from wrong guesses reads all there are for each page. `OFFSET` keeps it apart.
    pub(crate) const OF_BATCH: &str = concat!(
        "CROSS JOIN LATERAL (SELECT * FROM events e WHERE ",
        of_batch!(),
        " OFFSET 0) e"
    );
}

/// A condition that is not asked for is `NULL`. Seals of epochs (kind 16) are no events.
pub(super) const EVENTS: &str = concat!(
    "SELECT l.device, l.timeline, e.log, e.seq, e.time, e.kind, e.event, e.later, ",
    carried!(),
    " FROM events e JOIN logs l ON l.id = e.log \
     WHERE e.kind <> 16 AND ($1 IS NULL OR e.time >= $1) AND ($2 IS NULL OR e.time < $2) AND ($3 IS NULL OR l.device = $3) \
     AND ($4 IS NULL OR e.level >= $4) AND ($5 IS NULL OR e.action = $5) \
     AND ($6 IS NULL OR e.channel = $6) \
     AND ($7 IS NULL OR e.service = (SELECT id FROM names WHERE name = $7)) \
     AND ($8 IS NULL OR e.provider = (SELECT id FROM names WHERE name = $8)) \
     AND ($9 IS NULL OR e.person = (SELECT id FROM names WHERE name = $9)) \
     AND ($10 IS NULL OR e.event = $10) AND ($11 IS NULL OR (e.time, e.log, e.seq) < ($11, $12, $13)) \
     ORDER BY e.time DESC, e.log DESC, e.seq DESC LIMIT $14"
);

/// Days since 1970, of arrival.
pub(super) fn day(now: Timestamp) -> i32 {
    const DAY: i64 = 86_400_000;
    i32::try_from(now.as_millis().div_euclid(DAY)).unwrap_or(i32::MAX)
}

macro_rules! bound {
    ($query:expr, $wanted:expr) => {
        $query
            .bind($wanted.since.map(weir_model::Timestamp::as_millis))
            .bind($wanted.until.map(weir_model::Timestamp::as_millis))
            .bind($wanted.device.map(|device| device.as_bytes().to_vec()))
            .bind($wanted.level.map(level_number))
            .bind($wanted.action.map(action_number))
            .bind($wanted.channel.map(channel_number))
            .bind($wanted.service.as_deref())
            .bind($wanted.provider.as_deref())
            .bind($wanted.person.as_deref())
            .bind($wanted.event.map(Vec::from))
            .bind($wanted.behind.map(|behind| behind.time))
            .bind($wanted.behind.map(|behind| behind.log))
            .bind($wanted.behind.map(|behind| behind.seq))
            .bind(i64::from($wanted.limit))
    };
}
pub(super) use bound;

/// Words with their numbers, from rows of `names`.
macro_rules! numbered {
    ($rows:expr) => {
        $rows
            .iter()
            .map(|row| Ok((row.try_get("name")?, row.try_get("id")?)))
            .collect::<Result<_, RepoError>>()?
    };
}
pub(super) use numbered;

/// Fills a stretch with rows, as far as there is room.
macro_rules! fill {
    ($stretch:expr, $wanted:expr, $rows:expr) => {
        while $stretch.room($wanted) > 0
            && let Some(row) = $rows.try_next().await?
        {
            $stretch.push(read::stored!(&row)?);
        }
    };
}
pub(super) use fill;

/// A record from a row.
macro_rules! stored {
    ($row:expr) => {
        Ok::<_, RepoError>(Stored {
            device: DeviceId::from_bytes(array($row.try_get("device")?, "logs")?),
            timeline: u32::try_from($row.try_get::<i64, _>("timeline")?).map_err(|_| RepoError::Row("logs"))?,
            log: $row.try_get("log")?,
            seq: $row.try_get::<i64, _>("seq")?.cast_unsigned(),
            time: Timestamp::from_millis($row.try_get("time")?),
            kind: u8::try_from($row.try_get::<i16, _>("kind")?).map_err(|_| RepoError::Row("events"))?,
            event: array($row.try_get("event")?, "events")?,
            body: read::packed_of!($row).unpack().map_err(|_| RepoError::Row("events"))?,
        })
    };
}
pub(super) use stored;

/// The body of a row of `events` with its block.
macro_rules! packed_of {
    ($row:expr) => {
        $crate::ingest::Packed {
            later: $row.try_get("later")?,
            time: $row.try_get("time")?,
            event: $crate::repo::array($row.try_get("event")?, "events")?,
            block: $row.try_get("body")?,
        }
    };
}
pub(crate) use packed_of;
