//! Reading events, alike in both databases.

use weir_model::Timestamp;

/// A condition that is not asked for is `NULL`. Seals of epochs (kind 16) are no events.
pub(super) const EVENTS: &str = "SELECT l.device, l.timeline, e.log, e.seq, e.time, e.kind, e.event, e.body FROM events e \
     JOIN logs l ON l.id = e.log \
     WHERE e.kind <> 16 AND ($1 IS NULL OR e.time >= $1) AND ($2 IS NULL OR e.time < $2) AND ($3 IS NULL OR l.device = $3) \
     AND ($4 IS NULL OR e.level >= $4) AND ($5 IS NULL OR e.action = $5) \
     AND ($6 IS NULL OR e.channel = $6) \
     AND ($7 IS NULL OR e.service = (SELECT id FROM names WHERE name = $7)) \
     AND ($8 IS NULL OR e.provider = (SELECT id FROM names WHERE name = $8)) \
     AND ($9 IS NULL OR e.person = (SELECT id FROM names WHERE name = $9)) \
     AND ($10 IS NULL OR e.event = $10) AND ($11 IS NULL OR (e.time, e.log, e.seq) < ($11, $12, $13)) \
     ORDER BY e.time DESC, e.log DESC, e.seq DESC LIMIT $14";

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

macro_rules! stored {
    ($row:expr) => {
        Ok(Stored {
            device: DeviceId::from_bytes(array($row.try_get("device")?, "logs")?),
            timeline: u32::try_from($row.try_get::<i64, _>("timeline")?).map_err(|_| RepoError::Row("logs"))?,
            log: $row.try_get("log")?,
            seq: $row.try_get::<i64, _>("seq")?.cast_unsigned(),
            time: Timestamp::from_millis($row.try_get("time")?),
            kind: u8::try_from($row.try_get::<i16, _>("kind")?).map_err(|_| RepoError::Row("events"))?,
            event: array($row.try_get("event")?, "events")?,
            body: body::unpack($row.try_get("body")?).map_err(|_| RepoError::Row("events"))?,
        })
    };
}
pub(super) use stored;
