//! The table `readings`.

use super::Concerned;
use crate::journal::Deed;
use crate::repo::{Postgres, RepoError, Sqlite};
use serde::Deserialize;
use sqlx::{QueryBuilder, Row};
use weir_fleet::{DeviceId, Reading};
use weir_model::Timestamp;

/// What is asked of the table.
#[async_trait::async_trait]
pub trait ReadingTable: Send + Sync {
    /// Keeps whom the reading with this number of the journal concerns.
    async fn concern(&self, number: u64, concerned: &Concerned) -> Result<(), RepoError>;
    /// Readings that concern a device and stand before a number, newest first.
    async fn readings(&self, device: DeviceId, before: u64, limit: usize) -> Result<Vec<Reading>, RepoError>;
}

const READINGS: &str = "SELECT j.number, j.time, j.actor, j.deed, j.subject, j.details, r.records \
     FROM readings r JOIN journal j ON j.number = r.number \
     WHERE r.device = $1 AND r.number < $2 ORDER BY r.number DESC LIMIT $3";

/// Rows of one statement; databases take a few times ten thousand values.
const ROWS: usize = 5000;

#[derive(Deserialize)]
struct Details {
    #[serde(default)]
    purpose: String,
}

macro_rules! reading_of {
    ($row:expr) => {{
        let (details, deed): (String, String) = ($row.try_get("details")?, $row.try_get("deed")?);
        let details: Details = serde_json::from_str(&details).map_err(|_| RepoError::Row("journal"))?;
        let subject: String = $row.try_get("subject")?;
        Ok(Reading {
            number: $row.try_get::<i64, _>("number")?.unsigned_abs(),
            time: Timestamp::from_millis($row.try_get("time")?),
            who: $row.try_get("actor")?,
            // Elsewhere the subject is what was asked for.
            event: (deed == Deed::EventsRead.as_str())
                .then(|| subject.parse().ok())
                .flatten(),
            what: deed,
            purpose: details.purpose,
            records: $row.try_get::<i64, _>("records")?.unsigned_abs(),
        })
    }};
}

macro_rules! reading_table {
    ($repo:ty, $row:ty) => {
        #[async_trait::async_trait]
        impl ReadingTable for $repo {
            async fn concern(&self, number: u64, concerned: &Concerned) -> Result<(), RepoError> {
                let rows: Vec<_> = concerned.iter().collect();
                let mut change = self.begin().await?;
                for some in rows.chunks(ROWS) {
                    let mut insert = QueryBuilder::new("INSERT INTO readings (device, number, records) ");
                    insert.push_values(some, |mut row, (device, records)| {
                        row.push_bind(device.as_bytes().to_vec())
                            .push_bind(number.cast_signed())
                            .push_bind(records.cast_signed());
                    });
                    insert.build().execute(&mut *change).await?;
                }
                Ok(change.commit().await?)
            }

            async fn readings(&self, device: DeviceId, before: u64, limit: usize) -> Result<Vec<Reading>, RepoError> {
                let rows: Vec<$row> = sqlx::query(READINGS)
                    .bind(device.as_bytes().to_vec())
                    .bind(i64::try_from(before).unwrap_or(i64::MAX))
                    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
                    .fetch_all(&self.read)
                    .await?;
                rows.iter().map(|row| reading_of!(row)).collect()
            }
        }
    };
}

reading_table!(Sqlite, sqlx::sqlite::SqliteRow);
reading_table!(Postgres, sqlx::postgres::PgRow);
