//! The table `search_keys`.

use super::Seed;
use crate::journal::Entry;
use crate::repo::{Postgres, RepoError, Sqlite, array};
use sqlx::Row;
use weir_model::Timestamp;
use zeroize::Zeroizing;

/// What is asked of the table.
#[async_trait::async_trait]
pub trait SearchKeyTable: Send + Sync {
    /// All keys, oldest first.
    async fn search_keys(&self) -> Result<Vec<Seed>, RepoError>;
    /// Keeps a new one. False where there is one with that number.
    async fn add_search_key(
        &self,
        number: u32,
        seed: &[u8; 32],
        now: Timestamp,
        entry: &Entry,
    ) -> Result<bool, RepoError>;
    /// Takes the seed away. False where there is none.
    async fn destroy_search_key(&self, number: u32, now: Timestamp, entry: &Entry) -> Result<bool, RepoError>;
}

const KEYS: &str = "SELECT number, seed, made, destroyed FROM search_keys ORDER BY number";
const ADD: &str = "INSERT INTO search_keys (number, seed, made) VALUES ($1, $2, $3) ON CONFLICT (number) DO NOTHING";
const DESTROY: &str = "UPDATE search_keys SET seed = NULL, destroyed = $2 WHERE number = $1 AND seed IS NOT NULL";

macro_rules! search_key_table {
    ($repo:ty, $row:ty) => {
        #[async_trait::async_trait]
        impl SearchKeyTable for $repo {
            async fn search_keys(&self) -> Result<Vec<Seed>, RepoError> {
                let rows: Vec<$row> = sqlx::query(KEYS).fetch_all(&self.read).await?;
                rows.iter()
                    .map(|row| {
                        let wrong = || RepoError::Row("search_keys");
                        let seed: Option<&[u8]> = row.try_get("seed")?;
                        let seed = seed.map(|seed| array(seed, "search_keys").map(Zeroizing::new));
                        Ok(Seed {
                            number: u32::try_from(row.try_get::<i64, _>("number")?).map_err(|_| wrong())?,
                            seed: seed.transpose()?,
                            made: Timestamp::from_millis(row.try_get("made")?),
                            destroyed: row
                                .try_get::<Option<i64>, _>("destroyed")?
                                .map(Timestamp::from_millis),
                        })
                    })
                    .collect()
            }

            async fn add_search_key(
                &self,
                number: u32,
                seed: &[u8; 32],
                now: Timestamp,
                entry: &Entry,
            ) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(ADD).bind(i64::from(number)).bind(&seed[..]);
                let added = query.bind(now.as_millis()).execute(&mut *change).await?;
                let is_new = added.rows_affected() > 0;
                if is_new {
                    change.commit().await?;
                }
                Ok(is_new)
            }

            async fn destroy_search_key(&self, number: u32, now: Timestamp, entry: &Entry) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(DESTROY).bind(i64::from(number)).bind(now.as_millis());
                let was_there = query.execute(&mut *change).await?.rows_affected() > 0;
                if was_there {
                    change.commit().await?;
                }
                Ok(was_there)
            }
        }
    };
}

search_key_table!(Sqlite, sqlx::sqlite::SqliteRow);
search_key_table!(Postgres, sqlx::postgres::PgRow);
