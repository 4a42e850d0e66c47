//! The table `retention`, and what is taken out of others.

use crate::journal::Entry;
use crate::repo::{Postgres, RepoError, Sqlite};
use sqlx::Row;
use weir_model::Timestamp;

/// What is asked of the tables.
#[async_trait::async_trait]
pub trait RetentionTable: Send + Sync {
    /// What arrived before this was taken away, or is about to be; 1970 where nothing was.
    async fn kept_since(&self) -> Result<Timestamp, RepoError>;
    /// Whether anything would be taken away by this cut.
    async fn has_older(&self, cut: Timestamp) -> Result<bool, RepoError>;
    /// What arrived before `cut`, a day's first moment, is kept no more. False where that, or more, was said before.
    async fn keep_since(&self, cut: Timestamp, entry: &Entry) -> Result<bool, RepoError>;
    /// Takes some of it away; false when nothing is left.
    async fn forget_some(&self) -> Result<bool, RepoError>;
}

const SINCE: &str = "SELECT kept_since FROM retention";
const OLDER: &str = "SELECT CASE WHEN EXISTS (SELECT 1 FROM (SELECT received FROM batches ORDER BY arrival, log, last LIMIT 1) AS b \
     WHERE received < $1) OR EXISTS (SELECT 1 FROM alerts WHERE closed < $1) THEN 1 ELSE 0 END AS older";
const MOVE: &str = "UPDATE retention SET kept_since = $1 WHERE kept_since < $1";
/// The oldest stand first in the index over arrivals: where none of them is old enough, none is.
const OLDEST: &str = "SELECT log, first, last FROM (SELECT log, first, last, received FROM batches \
                      ORDER BY arrival, log, last LIMIT 512) AS b WHERE received < $1";
const DROP_EVENTS: &str = "DELETE FROM events WHERE log = $1 AND seq BETWEEN $2 AND $3";
const DROP_BATCH: &str = "DELETE FROM batches WHERE log = $1 AND last = $2";
const DROP_DELIVERIES: &str =
    "DELETE FROM deliveries WHERE alert IN (SELECT id FROM alerts WHERE closed IS NOT NULL AND closed < $1)";
const DROP_ALERTS: &str = "DELETE FROM alerts WHERE closed IS NOT NULL AND closed < $1";
const DROP_UNDELIVERED: &str = "DELETE FROM undelivered WHERE noted < $1";
/// Partitions are named after their day.
const OLD_PARTITION: &str = "SELECT day FROM (SELECT substr(c.relname, 8)::bigint AS day FROM pg_inherits i \
     JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'events'::regclass AND c.relname ~ '^events_[0-9]+$') AS p \
     WHERE day < $1 ORDER BY day LIMIT 1";
const DROP_BATCHES: &str = "DELETE FROM batches WHERE (log, last) IN (SELECT log, last FROM (SELECT log, last, received \
     FROM batches ORDER BY arrival, log, last LIMIT 5000) AS b WHERE received < $1)";

/// Records of one transaction: devices write between two.
const MOST: i64 = 4096;

macro_rules! retention_table {
    ($repo:ty, $row:ty, $number:ty) => {
        #[async_trait::async_trait]
        impl RetentionTable for $repo {
            async fn kept_since(&self) -> Result<Timestamp, RepoError> {
                let row: $row = sqlx::query(SINCE).fetch_one(&self.read).await?;
                Ok(Timestamp::from_millis(row.try_get("kept_since")?))
            }

            async fn has_older(&self, cut: Timestamp) -> Result<bool, RepoError> {
                let row: $row = sqlx::query(OLDER)
                    .bind(cut.as_millis())
                    .fetch_one(&self.read)
                    .await?;
                Ok(row.try_get::<$number, _>("older")? != 0)
            }

            async fn keep_since(&self, cut: Timestamp, entry: &Entry) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(MOVE).bind(cut.as_millis());
                let moved = query.execute(&mut *change).await?.rows_affected() > 0;
                if moved {
                    change.commit().await?;
                }
                Ok(moved)
            }

            async fn forget_some(&self) -> Result<bool, RepoError> {
                let cut = self.kept_since().await?.as_millis();
                if self.forget_records(cut).await? {
                    return Ok(true);
                }
                let mut change = self.begin().await?;
                for statement in [DROP_DELIVERIES, DROP_ALERTS, DROP_UNDELIVERED] {
                    sqlx::query(statement).bind(cut).execute(&mut *change).await?;
                }
                change.commit().await?;
                Ok(false)
            }
        }
    };
}

retention_table!(Sqlite, sqlx::sqlite::SqliteRow, i64);
retention_table!(Postgres, sqlx::postgres::PgRow, i32);

impl Sqlite {
    /// False when none is left.
    async fn forget_records(&self, cut: i64) -> Result<bool, RepoError> {
        let mut change = self.begin().await?;
        let oldest = sqlx::query(OLDEST).bind(cut).fetch_all(&mut *change).await?;
        let mut records = 0;
        for row in &oldest {
            let log: i64 = row.try_get("log")?;
            let (first, last): (i64, i64) = (row.try_get("first")?, row.try_get("last")?);
            let query = sqlx::query(DROP_EVENTS).bind(log).bind(first).bind(last);
            query.execute(&mut *change).await?;
            let query = sqlx::query(DROP_BATCH).bind(log).bind(last);
            query.execute(&mut *change).await?;
            records += last - first + 1;
            if records >= MOST {
                break;
            }
        }
        change.commit().await?;
        self.recent.forget();
        Ok(!oldest.is_empty())
    }
}

impl Postgres {
    /// False when none is left.
    async fn forget_records(&self, cut: i64) -> Result<bool, RepoError> {
        let mut change = self.begin().await?;
        // Dropping waits for whoever reads, and everybody else waits behind it: rather try again later.
        sqlx::query("SET LOCAL lock_timeout = '2s'")
            .execute(&mut *change)
            .await?;
        let query = sqlx::query(OLD_PARTITION).bind(cut / super::DAY);
        let day = query.fetch_optional(&mut *change).await?;
        if let Some(row) = &day {
            // A number alone comes into the statement.
            let statement = format!("DROP TABLE IF EXISTS events_{}", row.try_get::<i64, _>("day")?);
            sqlx::query(sqlx::AssertSqlSafe(statement))
                .execute(&mut *change)
                .await?;
        }
        let query = sqlx::query(DROP_BATCHES).bind(cut);
        let batches = query.execute(&mut *change).await?.rows_affected();
        change.commit().await?;
        Ok(day.is_some() || batches > 0)
    }
}
