//! The table `archives`: one row for each file.

use crate::ingest::{Place, place_of};
use crate::journal::Entry;
use crate::repo::{Postgres, RepoError, Sqlite, array};
use sqlx::Row;
use weir_model::Timestamp;

/// A file of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archived {
    /// Counts up from 1.
    pub number: i64,
    /// The day it is of, since 1970.
    pub day: i64,
    /// Its name below the archive.
    pub file: String,
    /// Records in it.
    pub records: u64,
    /// Its length.
    pub bytes: u64,
    /// Of its bytes.
    pub sha256: [u8; 32],
    /// The last batch in it.
    pub place: Place,
    /// When it was made.
    pub made: Timestamp,
}

/// What is asked of the table.
#[async_trait::async_trait]
pub trait ArchiveTable: Send + Sync {
    /// Remembers a file. False when its number is taken: another node has made it.
    async fn add_archived(&self, archived: &Archived, entry: &Entry) -> Result<bool, RepoError>;
    /// The newest.
    async fn last_archived(&self) -> Result<Option<Archived>, RepoError>;
    /// All, newest first, at most `limit`.
    async fn archives(&self, limit: u32) -> Result<Vec<Archived>, RepoError>;
}

const ADD: &str = "INSERT INTO archives (number, day, file, records, bytes, sha256, arrival, log, last, made) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (number) DO NOTHING";
const ALL: &str = "SELECT number, day, file, records, bytes, sha256, arrival, log, last, made FROM archives \
                   ORDER BY number DESC LIMIT $1";

macro_rules! archive_table {
    ($repo:ty, $row:ty) => {
        #[async_trait::async_trait]
        impl ArchiveTable for $repo {
            async fn add_archived(&self, archived: &Archived, entry: &Entry) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let added = sqlx::query(ADD)
                    .bind(archived.number)
                    .bind(archived.day)
                    .bind(&archived.file)
                    .bind(archived.records.cast_signed())
                    .bind(archived.bytes.cast_signed())
                    .bind(&archived.sha256[..])
                    .bind(archived.place.arrival)
                    .bind(archived.place.log)
                    .bind(archived.place.last)
                    .bind(archived.made.as_millis())
                    .execute(&mut *change)
                    .await?;
                let added = added.rows_affected() > 0;
                if added {
                    change.commit().await?;
                }
                Ok(added)
            }

            async fn last_archived(&self) -> Result<Option<Archived>, RepoError> {
                Ok(self.archives(1).await?.pop())
            }

            async fn archives(&self, limit: u32) -> Result<Vec<Archived>, RepoError> {
                let rows: Vec<$row> = sqlx::query(ALL)
                    .bind(i64::from(limit))
                    .fetch_all(&self.read)
                    .await?;
                rows.iter()
                    .map(|row| {
                        Ok(Archived {
                            number: row.try_get("number")?,
                            day: row.try_get("day")?,
                            file: row.try_get("file")?,
                            records: row.try_get::<i64, _>("records")?.cast_unsigned(),
                            bytes: row.try_get::<i64, _>("bytes")?.cast_unsigned(),
                            sha256: array(row.try_get("sha256")?, "archives")?,
                            place: place_of!(row),
                            made: Timestamp::from_millis(row.try_get("made")?),
                        })
                    })
                    .collect()
            }
        }
    };
}

archive_table!(Sqlite, sqlx::sqlite::SqliteRow);
archive_table!(Postgres, sqlx::postgres::PgRow);
