//! The tables `search_keys` and `device_search_keys`.

use super::{Destruction, Sealed, Seed};
use crate::journal::Entry;
use crate::repo::{Postgres, RepoError, Sqlite, array};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{QueryBuilder, Row};
use weir_fleet::DeviceId;
use weir_model::Timestamp;
use zeroize::Zeroizing;

/// What is asked of the tables.
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
    /// Keys of single devices, whose seed is gone.
    async fn sealed_search_keys(&self) -> Result<Vec<Sealed>, RepoError>;
    /// Every device there ever was.
    async fn search_key_devices(&self) -> Result<Vec<DeviceId>, RepoError>;
}

const KEYS: &str = "SELECT number, seed, made, destroyed FROM search_keys ORDER BY number";
const ADD: &str = "INSERT INTO search_keys (number, seed, made) VALUES ($1, $2, $3) ON CONFLICT (number) DO NOTHING";
const SEALED: &str = "SELECT number, device, sealed FROM device_search_keys";
const DEVICES: &str = "SELECT id FROM devices";
const DESTROY: &str = "UPDATE search_keys SET seed = NULL, destroyed = $2 WHERE number = $1 AND destroyed IS NULL";
/// The keys of all others stay, one by one.
const TAKE_APART: &str = "UPDATE search_keys SET seed = NULL WHERE number = $1 AND seed IS NOT NULL";
const DROP_ALL: &str = "DELETE FROM device_search_keys WHERE number = $1";
const DROP_ONE: &str = "DELETE FROM device_search_keys WHERE number = $1 AND device = $2";
/// Devices whose key would go with the seed: they have enrolled since the others were read.
const LACKING: &str = "SELECT count(*) AS lacking FROM devices d WHERE d.id <> $2 \
     AND NOT EXISTS (SELECT 1 FROM device_search_keys k WHERE k.number = $1 AND k.device = d.id)";
/// Rows of one statement.
const ROWS: usize = 1000;

macro_rules! search_key_table {
    ($repo:ty, $row:ty, $connection:ty) => {
        impl $repo {
            /// Destroys keys as a part of a transaction. False where others destroyed some of them since they were read, or where
            /// a device would lose its key that is to keep it.
            pub(crate) async fn destroy_search_keys(
                db: &mut $connection,
                destroyed: &Destruction,
                now: Timestamp,
            ) -> Result<bool, RepoError> {
                for key in &destroyed.keys {
                    let number = i64::from(key.number);
                    let query = match destroyed.device {
                        None => sqlx::query(DESTROY).bind(number).bind(now.as_millis()),
                        Some(_) if destroyed.apart.contains(&key.number) => sqlx::query(TAKE_APART).bind(number),
                        Some(device) => sqlx::query(DROP_ONE)
                            .bind(number)
                            .bind(device.as_bytes().to_vec()),
                    };
                    if query.execute(&mut *db).await?.rows_affected() == 0 {
                        return Ok(false);
                    }
                    if destroyed.device.is_none() {
                        sqlx::query(DROP_ALL).bind(number).execute(&mut *db).await?;
                    }
                }
                for sealed in destroyed.others.chunks(ROWS) {
                    let mut insert = QueryBuilder::new("INSERT INTO device_search_keys (number, device, sealed) ");
                    insert.push_values(sealed, |mut values, sealed| {
                        values
                            .push_bind(i64::from(sealed.number))
                            .push_bind(&sealed.device.as_bytes()[..])
                            .push_bind(&sealed.sealed[..]);
                    });
                    insert.build().execute(&mut *db).await?;
                }
                Self::all_others_keep(db, destroyed).await
            }

            async fn all_others_keep(db: &mut $connection, destroyed: &Destruction) -> Result<bool, RepoError> {
                let Some(device) = destroyed.device else {
                    return Ok(true);
                };
                for number in &destroyed.apart {
                    let query = sqlx::query(LACKING)
                        .bind(i64::from(*number))
                        .bind(device.as_bytes().to_vec());
                    let row: $row = query.fetch_one(&mut *db).await?;
                    if row.try_get::<i64, _>("lacking")? > 0 {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        }

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

            async fn sealed_search_keys(&self) -> Result<Vec<Sealed>, RepoError> {
                let rows: Vec<$row> = sqlx::query(SEALED).fetch_all(&self.read).await?;
                let sealed = |row: &$row| {
                    let number = u32::try_from(row.try_get::<i64, _>("number")?);
                    Ok(Sealed {
                        number: number.map_err(|_| RepoError::Row("device_search_keys"))?,
                        device: DeviceId::from_bytes(array(row.try_get("device")?, "device_search_keys")?),
                        sealed: array(row.try_get("sealed")?, "device_search_keys")?,
                    })
                };
                rows.iter().map(sealed).collect()
            }

            async fn search_key_devices(&self) -> Result<Vec<DeviceId>, RepoError> {
                let rows: Vec<$row> = sqlx::query(DEVICES).fetch_all(&self.read).await?;
                let device = |row: &$row| Ok(DeviceId::from_bytes(array(row.try_get("id")?, "devices")?));
                rows.iter().map(device).collect()
            }
        }
    };
}

search_key_table!(Sqlite, SqliteRow, SqliteConnection);
search_key_table!(Postgres, PgRow, PgConnection);
