//! Counting, alike in both databases. Only columns are read and never a record; it takes as long as there are events in the
//! time that is asked for.

use super::{action, level};
use crate::repo::{Postgres, RepoError, Sqlite};
use sqlx::Row;
use weir_model::{Action, Level, Timestamp};

/// Decisions of one slot of time that are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Which slot: from 0.
    pub slot: i64,
    /// What policy decided.
    pub action: Action,
    /// The level of the message.
    pub level: Level,
    /// How many.
    pub count: u64,
}

/// Decisions about messages to one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCount {
    /// As records name it.
    pub service: String,
    /// What policy decided.
    pub action: Action,
    /// How many.
    pub count: u64,
}

/// How devices do. Those that were revoked do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// All of them.
    pub devices: u64,
    /// Heard of lately.
    pub heard: u64,
    /// Refused a newer bundle.
    pub refused: u64,
}

/// Counts.
#[async_trait::async_trait]
pub trait OverviewTable: Send + Sync {
    /// Decisions from `since` on and before `until`, in slots of `step` milliseconds, by the clocks of devices.
    async fn decisions(&self, since: Timestamp, until: Timestamp, step: i64) -> Result<Vec<Counted>, RepoError>;
    /// The same by service.
    async fn services(&self, since: Timestamp, until: Timestamp) -> Result<Vec<ServiceCount>, RepoError>;
    /// How devices do; `lately` is from then on.
    async fn standing(&self, lately: Timestamp) -> Result<Standing, RepoError>;
}

/// Kind 2 is a decision. A decision that was not understood has no action and is not counted.
const DECISIONS: &str = "SELECT (time - $1) / $3 AS slot, action, level, count(*) AS decisions FROM events \
     WHERE kind = 2 AND time >= $1 AND time < $2 AND action IS NOT NULL AND level IS NOT NULL GROUP BY 1, 2, 3";
const SERVICES: &str = "SELECT n.name, c.action, c.decisions FROM (SELECT service, action, count(*) AS decisions FROM events \
     WHERE kind = 2 AND time >= $1 AND time < $2 AND action IS NOT NULL GROUP BY 1, 2) c JOIN names n ON n.id = c.service";
const STANDING: &str = "SELECT count(*) AS devices, count(*) FILTER (WHERE seen >= $1) AS heard, \
     count(*) FILTER (WHERE refused IS NOT NULL) AS refused FROM devices WHERE revoked IS NULL";

/// Databases count to 2⁶³.
fn counted(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

macro_rules! overview_table {
    ($repo:ty, $row:ty) => {
        #[async_trait::async_trait]
        impl OverviewTable for $repo {
            async fn decisions(
                &self,
                since: Timestamp,
                until: Timestamp,
                step: i64,
            ) -> Result<Vec<Counted>, RepoError> {
                let rows: Vec<$row> = sqlx::query(DECISIONS)
                    .bind(since.as_millis())
                    .bind(until.as_millis())
                    .bind(step)
                    .fetch_all(&self.questions)
                    .await?;
                rows.iter()
                    .map(|row| {
                        Ok(Counted {
                            slot: row.try_get("slot")?,
                            action: action(row.try_get("action")?).ok_or(RepoError::Row("events"))?,
                            level: level(row.try_get("level")?).ok_or(RepoError::Row("events"))?,
                            count: counted(row.try_get("decisions")?),
                        })
                    })
                    .collect()
            }

            async fn services(&self, since: Timestamp, until: Timestamp) -> Result<Vec<ServiceCount>, RepoError> {
                let rows: Vec<$row> = sqlx::query(SERVICES)
                    .bind(since.as_millis())
                    .bind(until.as_millis())
                    .fetch_all(&self.questions)
                    .await?;
                rows.iter()
                    .map(|row| {
                        Ok(ServiceCount {
                            service: row.try_get("name")?,
                            action: action(row.try_get("action")?).ok_or(RepoError::Row("events"))?,
                            count: counted(row.try_get("decisions")?),
                        })
                    })
                    .collect()
            }

            async fn standing(&self, lately: Timestamp) -> Result<Standing, RepoError> {
                let row: $row = sqlx::query(STANDING)
                    .bind(lately.as_millis())
                    .fetch_one(&self.questions)
                    .await?;
                Ok(Standing {
                    devices: counted(row.try_get("devices")?),
                    heard: counted(row.try_get("heard")?),
                    refused: counted(row.try_get("refused")?),
                })
            }
        }
    };
}

overview_table!(Sqlite, sqlx::sqlite::SqliteRow);
overview_table!(Postgres, sqlx::postgres::PgRow);
