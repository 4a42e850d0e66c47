//! What was said to devices, as one number each.

use crate::repo::{Postgres, RepoError, Sqlite, array};
use sqlx::Row;
use std::collections::HashMap;
use weir_fleet::DeviceId;

/// What is asked of the tables of requests and alerts together.
#[async_trait::async_trait]
pub trait AskedTable: Send + Sync {
    /// A number for each device that was told something, which rises with every answer. Of this device alone, where one is
    /// named.
    async fn asked_numbers(&self, device: Option<DeviceId>) -> Result<HashMap<DeviceId, u64>, RepoError>;
}

/// The time of the newest answer, so that it goes on rising when retention has taken answers away; and how many there are, so that one
/// of a clock that is behind is news as well.
const NUMBERS: &str = "SELECT device, max(given) + count(*) AS newest FROM (\
                       SELECT device, decided AS given FROM provider_requests WHERE device IS NOT NULL \
                       UNION ALL SELECT device, acknowledged FROM alerts WHERE rule = 'appeal' \
                       UNION ALL SELECT device, closed FROM alerts WHERE rule = 'appeal') AS said \
                       WHERE given IS NOT NULL AND device IS NOT NULL AND (CAST($1 AS {bytes}) IS NULL OR device = $1) \
                       GROUP BY device";

macro_rules! asked_table {
    ($repo:ty, $row:ty, $bytes:literal) => {
        #[async_trait::async_trait]
        impl AskedTable for $repo {
            async fn asked_numbers(&self, device: Option<DeviceId>) -> Result<HashMap<DeviceId, u64>, RepoError> {
                let sql = sqlx::AssertSqlSafe(NUMBERS.replace("{bytes}", $bytes));
                let query = sqlx::query(sql).bind(device.map(|device| device.as_bytes().to_vec()));
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                let number = |row: $row| {
                    let device = DeviceId::from_bytes(array(row.try_get("device")?, "provider_requests")?);
                    Ok((device, row.try_get::<i64, _>("newest")?.unsigned_abs()))
                };
                rows.into_iter().map(number).collect()
            }
        }
    };
}

asked_table!(Sqlite, sqlx::sqlite::SqliteRow, "BLOB");
asked_table!(Postgres, sqlx::postgres::PgRow, "BYTEA");
