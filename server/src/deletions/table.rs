//! The table `deletions`.

use super::{Asked, DeletionState};
use crate::journal::Entry;
use crate::repo::{Postgres, RepoError, Sqlite, array};
use crate::search_keys::{Destruction, Scope};
use sqlx::Row;
use weir_fleet::{DeviceId, Statement};
use weir_model::{EventId, Timestamp};

/// What is asked of the table.
#[async_trait::async_trait]
pub trait DeletionTable: Send + Sync {
    /// Keeps one that somebody asked for.
    async fn add_deletion(&self, asked: &Asked, entry: &Entry) -> Result<(), RepoError>;
    /// One of them.
    async fn deletion(&self, id: EventId) -> Result<Option<Asked>, RepoError>;
    /// Deletions, newest first.
    async fn deletions(&self, limit: u32) -> Result<Vec<Asked>, RepoError>;
    /// Destroys the keys, and enters what was said about it in the server's log. False, and nothing has changed, when it
    /// waits no more, keys were destroyed since they were read, or a device has enrolled that would lose its own with them.
    async fn carry_out_deletion(
        &self,
        id: EventId,
        statement: &Statement,
        destroyed: &Destruction,
        by: (&str, Timestamp),
        entry: &Entry,
    ) -> Result<bool, RepoError>;
    /// Keeps that somebody refused. False when it waits no more.
    async fn refuse_deletion(
        &self,
        id: EventId,
        by: (&str, Timestamp),
        why: &str,
        entry: &Entry,
    ) -> Result<bool, RepoError>;
}

const TABLE: &str = "deletions";
const ADD: &str = "INSERT INTO deletions (id, number, device, why, asked, asked_by, state) \
                   VALUES ($1, $2, $3, $4, $5, $6, 'pending')";
const ONE: &str = "SELECT * FROM deletions WHERE id = $1";
const LIST: &str = "SELECT * FROM deletions ORDER BY asked DESC, id DESC LIMIT $1";
const DONE: &str = "UPDATE deletions SET state = 'done', decided = $2, decided_by = $3, statement = $4, leaf = $5 \
                    WHERE id = $1 AND state = 'pending'";
const REFUSE: &str = "UPDATE deletions SET state = 'refused', decided = $2, decided_by = $3, refusal = $4 \
                      WHERE id = $1 AND state = 'pending'";

macro_rules! asked_of {
    ($row:expr) => {{
        let wrong = || RepoError::Row(TABLE);
        let device: Option<&[u8]> = $row.try_get("device")?;
        let device = device.map(|device| array(device, TABLE)).transpose()?;
        let number: Option<i64> = $row.try_get("number")?;
        let decided: Option<i64> = $row.try_get("decided")?;
        let decided_by: Option<String> = $row.try_get("decided_by")?;
        let statement: Option<String> = $row.try_get("statement")?;
        let leaf: Option<i64> = $row.try_get("leaf")?;
        let state: String = $row.try_get("state")?;
        Ok(Asked {
            id: EventId::from_bytes(array($row.try_get("id")?, TABLE)?),
            scope: Scope {
                number: number.map(u32::try_from).transpose().map_err(|_| wrong())?,
                device: device.map(DeviceId::from_bytes),
            },
            why: $row.try_get("why")?,
            asked: Timestamp::from_millis($row.try_get("asked")?),
            asked_by: $row.try_get("asked_by")?,
            state: serde_json::from_value::<DeletionState>(state.into()).map_err(|_| wrong())?,
            decided: decided.map(Timestamp::from_millis).zip(decided_by),
            refusal: $row.try_get("refusal")?,
            statement: statement.zip(leaf.map(i64::cast_unsigned)),
        })
    }};
}

macro_rules! deletion_table {
    ($repo:ty, $row:ty) => {
        #[async_trait::async_trait]
        impl DeletionTable for $repo {
            async fn add_deletion(&self, asked: &Asked, entry: &Entry) -> Result<(), RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(ADD)
                    .bind(&asked.id.as_bytes()[..])
                    .bind(asked.scope.number.map(i64::from))
                    .bind(asked.scope.device.map(|device| device.as_bytes().to_vec()))
                    .bind(&asked.why)
                    .bind(asked.asked.as_millis())
                    .bind(&asked.asked_by);
                query.execute(&mut *change).await?;
                Ok(change.commit().await?)
            }

            async fn deletion(&self, id: EventId) -> Result<Option<Asked>, RepoError> {
                let query = sqlx::query(ONE).bind(&id.as_bytes()[..]);
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                row.map(|row| asked_of!(row)).transpose()
            }

            async fn deletions(&self, limit: u32) -> Result<Vec<Asked>, RepoError> {
                let query = sqlx::query(LIST).bind(i64::from(limit));
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.iter().map(|row| asked_of!(row)).collect()
            }

            async fn carry_out_deletion(
                &self,
                id: EventId,
                statement: &Statement,
                destroyed: &Destruction,
                (person, now): (&str, Timestamp),
                entry: &Entry,
            ) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                if !Self::destroy_search_keys(&mut change, destroyed, now).await? {
                    return Ok(false);
                }
                let (leaf, _) = Self::append(&mut change, &[statement.entry()]).await?;
                let query = sqlx::query(DONE)
                    .bind(&id.as_bytes()[..])
                    .bind(now.as_millis())
                    .bind(person)
                    .bind(statement.as_str())
                    .bind(leaf.cast_signed());
                let was_pending = query.execute(&mut *change).await?.rows_affected() > 0;
                if was_pending {
                    change.commit().await?;
                }
                Ok(was_pending)
            }

            async fn refuse_deletion(
                &self,
                id: EventId,
                (person, now): (&str, Timestamp),
                why: &str,
                entry: &Entry,
            ) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(REFUSE)
                    .bind(&id.as_bytes()[..])
                    .bind(now.as_millis())
                    .bind(person)
                    .bind(why);
                let was_pending = query.execute(&mut *change).await?.rows_affected() > 0;
                if was_pending {
                    change.commit().await?;
                }
                Ok(was_pending)
            }
        }
    };
}

deletion_table!(Sqlite, sqlx::sqlite::SqliteRow);
deletion_table!(Postgres, sqlx::postgres::PgRow);
