//! The table `orders`, and what devices say of it.

use crate::journal::Entry;
use crate::repo::{Postgres, RepoError, Sqlite};
use sqlx::Row;
use weir_bundle::Order;
use weir_model::Timestamp;

/// A directive as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Its number.
    pub epoch: u64,
    /// The group it is for; `None` for all.
    pub group: Option<String>,
    /// When it came to the server.
    pub given: Timestamp,
    /// The envelope.
    pub signed: Vec<u8>,
}

/// How many devices have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// Devices it is for, without those that were revoked.
    pub devices: u64,
    /// Those that say they took it, or a later one that is here.
    pub took: u64,
}

/// What is asked of the table.
#[async_trait::async_trait]
pub trait OrderTable: Send + Sync {
    /// Keeps a directive. False where one with its number, or a higher one, is kept: who has that takes none below it.
    async fn add_order(&self, order: &Order, signed: &[u8], now: Timestamp, entry: &Entry) -> Result<bool, RepoError>;
    /// The highest number there is, or that a device says it took; 0 where there is none. What devices say counts for so much more
    /// than what is here: a database that was put back has forgotten directives that devices have, and none of them uses the numbers up.
    async fn last_epoch(&self) -> Result<u64, RepoError>;
    /// The one with this number.
    async fn order(&self, epoch: u64) -> Result<Option<Given>, RepoError>;
    /// The newest for a group.
    async fn newest_order(&self, group: &str) -> Result<Option<Given>, RepoError>;
    /// All, newest first, at most `limit`.
    async fn orders(&self, limit: u32) -> Result<Vec<Given>, RepoError>;
    /// Who took it.
    async fn acknowledged(&self, epoch: u64, group: Option<&str>) -> Result<Acknowledged, RepoError>;
}

const ORDER: &str = "SELECT epoch, device_group, given, signed FROM orders WHERE epoch = $1";
const NEWEST: &str = "SELECT epoch, device_group, given, signed FROM orders \
                      WHERE device_group IS NULL OR device_group = $1 ORDER BY epoch DESC LIMIT 1";
const ORDERS: &str = "SELECT epoch, device_group, given, signed FROM orders ORDER BY epoch DESC LIMIT $1";
/// What another node gave since the number was chosen may be higher: asked by whoever holds the head of the journal.
const ADD: &str = "INSERT INTO orders (epoch, device_group, given, signed) SELECT $1, $2, $3, $4 \
                   WHERE NOT EXISTS (SELECT 1 FROM orders WHERE epoch >= $1)";
/// Who is not served any more takes no directive.
const LAST: &str = "SELECT (SELECT coalesce(max(epoch), 0) FROM orders) AS epoch, \
                    (SELECT coalesce(max(ordered), 0) FROM devices WHERE revoked IS NULL) AS ordered";
/// Directives that devices may have and the database not, when it was put back.
const FORGOTTEN: u64 = 100_000;
/// A number that was never given here is no sign that a device has what was.
const ACKNOWLEDGED: &str = "SELECT count(*) AS devices, \
                            count(CASE WHEN ordered BETWEEN $1 AND (SELECT max(epoch) FROM orders) THEN 1 END) AS took FROM devices \
                            WHERE revoked IS NULL AND (CAST($2 AS TEXT) IS NULL OR device_group = $2)";

macro_rules! given_of {
    ($row:ident) => {
        Ok(Given {
            epoch: $row.try_get::<i64, _>("epoch")?.unsigned_abs(),
            group: $row.try_get("device_group")?,
            given: Timestamp::from_millis($row.try_get("given")?),
            signed: $row.try_get("signed")?,
        })
    };
}

macro_rules! order_table {
    ($repo:ty, $row:ty) => {
        #[async_trait::async_trait]
        impl OrderTable for $repo {
            async fn add_order(
                &self,
                order: &Order,
                signed: &[u8],
                now: Timestamp,
                entry: &Entry,
            ) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(ADD)
                    .bind(number(order.epoch)?)
                    .bind(&order.group)
                    .bind(now.as_millis())
                    .bind(signed);
                let kept = query.execute(&mut *change).await?.rows_affected() > 0;
                if kept {
                    change.commit().await?;
                }
                Ok(kept)
            }

            async fn last_epoch(&self) -> Result<u64, RepoError> {
                let row: $row = sqlx::query(LAST).fetch_one(&self.read).await?;
                let epoch = row.try_get::<i64, _>("epoch")?.unsigned_abs();
                let ordered = row.try_get::<i64, _>("ordered")?.unsigned_abs();
                Ok(epoch.max(ordered.min(epoch.saturating_add(FORGOTTEN))))
            }

            async fn order(&self, epoch: u64) -> Result<Option<Given>, RepoError> {
                // A number that is none of the database's is nobody's.
                let Ok(epoch) = number(epoch) else { return Ok(None) };
                let row: Option<$row> = sqlx::query(ORDER).bind(epoch).fetch_optional(&self.read).await?;
                row.map(|row| given_of!(row)).transpose()
            }

            async fn newest_order(&self, group: &str) -> Result<Option<Given>, RepoError> {
                let row: Option<$row> = sqlx::query(NEWEST).bind(group).fetch_optional(&self.read).await?;
                row.map(|row| given_of!(row)).transpose()
            }

            async fn orders(&self, limit: u32) -> Result<Vec<Given>, RepoError> {
                let query = sqlx::query(ORDERS).bind(i64::from(limit));
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.into_iter().map(|row| given_of!(row)).collect()
            }

            async fn acknowledged(&self, epoch: u64, group: Option<&str>) -> Result<Acknowledged, RepoError> {
                let query = sqlx::query(ACKNOWLEDGED).bind(number(epoch)?).bind(group);
                let row: $row = query.fetch_one(&self.read).await?;
                Ok(Acknowledged {
                    devices: row.try_get::<i64, _>("devices")?.unsigned_abs(),
                    took: row.try_get::<i64, _>("took")?.unsigned_abs(),
                })
            }
        }
    };
}

fn number(epoch: u64) -> Result<i64, RepoError> {
    i64::try_from(epoch).map_err(|_| RepoError::Row("orders"))
}

order_table!(Sqlite, sqlx::sqlite::SqliteRow);
order_table!(Postgres, sqlx::postgres::PgRow);
