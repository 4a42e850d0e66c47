//! Which policy a device ran at a time, out of what its records say.

use crate::ingest::{Packed, carried, packed_of};
use crate::readings::Concerned;
use crate::repo::{Postgres, RepoError, Sqlite, array};
use serde::Deserialize;
use sqlx::Row;
use weir_fleet::DeviceId;
use weir_model::{EventId, Timestamp};

/// A decision, and the policy it was made under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Number of the bundle; 0 for a policy that came in none.
    pub bundle: u64,
    /// SHA-256 over everything that was in force, hex.
    pub digest: String,
    /// When the decision was made, by the device's clock.
    pub time: Timestamp,
    /// Which.
    pub event: EventId,
    /// Which of the device's logs it stands in.
    pub timeline: u32,
    /// Its number there.
    pub seq: u64,
}

/// A decision of a device's log, as it is stored.
#[derive(Clone, Debug)]
pub struct Kept {
    event: EventId,
    timeline: u32,
    seq: u64,
    time: Timestamp,
    body: Packed,
}

/// What is asked of the tables `events` and `logs`.
#[async_trait::async_trait]
pub trait HistoryTable: Send + Sync {
    /// The last decision of a device that is not after a time, and the first one that is.
    async fn decisions_around(
        &self,
        device: DeviceId,
        time: Timestamp,
    ) -> Result<(Option<Kept>, Option<Kept>), RepoError>;
}

/// The last decision before a time and the first one after it. Where both name the same policy, the device ran it in between;
/// where they do not, it changed at some time between them.
///
/// # Errors
/// The database.
pub async fn ran_at(
    repo: &(impl HistoryTable + ?Sized),
    device: DeviceId,
    time: Timestamp,
) -> Result<(Option<Ran>, Option<Ran>), RepoError> {
    let (before, after) = repo.decisions_around(device, time).await?;
    let read = |kept: Option<Kept>| kept.as_ref().map(Ran::of).transpose();
    Ok((read(before)?, read(after)?))
}

/// Whose records these are: their owners are told of who read them.
#[must_use]
pub fn concerned(device: DeviceId, (before, after): &(Option<Ran>, Option<Ran>)) -> Concerned {
    let count = u64::from(before.is_some()) + u64::from(after.is_some());
    Concerned::from([(device, count)])
}

#[derive(Deserialize)]
struct Decision {
    decision: Decided,
}

#[derive(Deserialize)]
struct Decided {
    bundle: Bundle,
}

#[derive(Deserialize)]
struct Bundle {
    number: u64,
    digest: String,
}

impl Ran {
    fn of(kept: &Kept) -> Result<Self, RepoError> {
        let body = kept.body.unpack().map_err(|_| RepoError::Row("events"))?;
        let read: Decision = serde_json::from_slice(&body).map_err(|_| RepoError::Row("events"))?;
        let Bundle { number, digest } = read.decision.bundle;
        Ok(Self {
            bundle: number,
            digest,
            time: kept.time,
            event: kept.event,
            timeline: kept.timeline,
            seq: kept.seq,
        })
    }
}

/// Decisions that could be read when they arrived have a level.
const BEFORE: &str = concat!(
    "SELECT l.timeline, e.seq, e.time, e.event, e.later, ",
    carried!(),
    " FROM events e JOIN logs l ON l.id = e.log \
     WHERE l.device = $1 AND e.level IS NOT NULL AND e.time <= $2 ORDER BY e.time DESC, e.log DESC, e.seq DESC LIMIT 1"
);
const AFTER: &str = concat!(
    "SELECT l.timeline, e.seq, e.time, e.event, e.later, ",
    carried!(),
    " FROM events e JOIN logs l ON l.id = e.log \
     WHERE l.device = $1 AND e.level IS NOT NULL AND e.time > $2 ORDER BY e.time, e.log, e.seq LIMIT 1"
);

macro_rules! history_table {
    ($repo:ty, $row:ty) => {
        #[async_trait::async_trait]
        impl HistoryTable for $repo {
            async fn decisions_around(
                &self,
                device: DeviceId,
                time: Timestamp,
            ) -> Result<(Option<Kept>, Option<Kept>), RepoError> {
                let mut around = [None, None];
                for (query, found) in [BEFORE, AFTER].into_iter().zip(&mut around) {
                    let query = sqlx::query(query)
                        .bind(&device.as_bytes()[..])
                        .bind(time.as_millis());
                    let row: Option<$row> = query.fetch_optional(&self.questions).await?;
                    let Some(row) = row else { continue };
                    let timeline = row.try_get::<i64, _>("timeline")?;
                    *found = Some(Kept {
                        event: EventId::from_bytes(array(row.try_get("event")?, "events")?),
                        timeline: u32::try_from(timeline).map_err(|_| RepoError::Row("logs"))?,
                        seq: row.try_get::<i64, _>("seq")?.cast_unsigned(),
                        time: Timestamp::from_millis(row.try_get("time")?),
                        body: packed_of!(row),
                    });
                }
                let [before, after] = around;
                Ok((before, after))
            }
        }
    };
}

history_table!(Sqlite, sqlx::sqlite::SqliteRow);
history_table!(Postgres, sqlx::postgres::PgRow);
