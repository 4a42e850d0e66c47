//! The tables `tokens`, `devices` and `enrolments`.

use crate::journal::Entry;
use crate::repo::{Postgres, RepoError, Sqlite, array};
use sqlx::Row;
use std::collections::HashMap;
use weir_fleet::{DeviceId, Machine, Standing};
use weir_model::Timestamp;

/// A token as it is kept: never its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// Names it.
    pub id: [u8; 8],
    /// SHA-256 of the secret.
    pub digest: [u8; 32],
    /// Devices that enrol with it belong to this group.
    pub group: String,
    /// What it is for, for people.
    pub note: String,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it is worth nothing.
    pub expires: Timestamp,
    /// How many devices may still enrol with it.
    pub uses: i64,
}

/// What a machine shows that wants to enrol.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Names the token.
    pub token: [u8; 8],
    /// SHA-256 of the token's secret.
    pub digest: [u8; 32],
    /// SHA-256 of the key it wants to be known by.
    pub key: [u8; 32],
}

/// A device as the server knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its name in certificates and receipts.
    pub id: DeviceId,
    /// What it says of itself.
    pub machine: Machine,
    /// Bundles are made for groups.
    pub group: String,
    /// When it enrolled.
    pub enrolled: Timestamp,
    /// When it was last heard of.
    pub seen: Timestamp,
    /// Until when its certificate is valid.
    pub certified: Timestamp,
    /// Since when it is not served any more.
    pub revoked: Option<Timestamp>,
    /// Number of the bundle it says it runs.
    pub bundle: u64,
    /// Digest of what it says it runs.
    pub digest: String,
    /// Why it refused a newer one.
    pub refused: Option<String>,
    /// Number of the last directive it says it took.
    pub ordered: u64,
}

/// A stretch of a list.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// Behind this one.
    pub after: Option<(String, DeviceId)>,
    /// At most so many.
    pub limit: u32,
    /// Of this group.
    pub group: Option<String>,
    /// Whose name begins so.
    pub name: Option<String>,
    /// That say they run this bundle.
    pub bundle: Option<u64>,
    /// Served no more, or still served.
    pub revoked: Option<bool>,
}

/// Devices of one group that say the same of what they run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Their group.
    pub group: String,
    /// The bundle they say they run; 0 for none.
    pub bundle: u64,
    /// Digest of what they say they run.
    pub digest: String,
    /// How many that are served.
    pub devices: u64,
    /// How many of them refused a newer bundle.
    pub refused: u64,
}

/// What is asked of the three tables. What people change is entered in the journal with the change, or not at all.
#[async_trait::async_trait]
pub trait DeviceTable: Send + Sync {
    /// Keeps a token.
    async fn add_token(&self, token: &NewToken, entry: &Entry) -> Result<(), RepoError>;
    /// All tokens, oldest first.
    async fn tokens(&self) -> Result<Vec<NewToken>, RepoError>;
    /// Takes a token away. False when there was none.
    async fn drop_token(&self, id: [u8; 8], entry: &Entry) -> Result<bool, RepoError>;
    /// The group of a token; `None` when it is wrong or past its time. Whether it is spent is seen where it is spent.
    async fn token_group(&self, id: [u8; 8], digest: [u8; 32], now: Timestamp) -> Result<Option<String>, RepoError>;
    /// Uses a token once and keeps the device, and gives its id. Gives that of the device that enrolled with the same token and
    /// key within the last minutes where there is one: nothing changes then. `None` when the token is wrong, spent, or past its time.
    async fn enrol(&self, device: &Device, shown: &Shown, entry: &Entry) -> Result<Option<DeviceId>, RepoError>;
    /// One device.
    async fn device(&self, id: DeviceId) -> Result<Option<Device>, RepoError>;
    /// Devices by name.
    async fn devices(&self, listed: &Listed) -> Result<Vec<Device>, RepoError>;
    /// The group of each device that is served.
    async fn served(&self) -> Result<HashMap<DeviceId, String>, RepoError>;
    /// What devices that are served say they run, counted.
    async fn running(&self) -> Result<Vec<Running>, RepoError>;
    /// Remembers until when its new certificate is valid.
    async fn certified(&self, id: DeviceId, until: Timestamp) -> Result<(), RepoError>;
    /// Remembers what devices say they run, and that they were heard of: each device once, all in one transaction.
    async fn stand(&self, standings: &[(DeviceId, Standing)], now: Timestamp) -> Result<(), RepoError>;
    /// Serves it no more. False when there is none, or it was revoked before.
    async fn revoke(&self, id: DeviceId, now: Timestamp, entry: &Entry) -> Result<bool, RepoError>;
}

/// How long whoever did not hear the answer may ask again with the same token and key.
const AGAIN: i64 = 10 * 60_000;

const DEVICE: &str = "SELECT id, name, platform, version, device_group, enrolled, seen, certified, revoked, bundle, \
                      digest, refused, ordered FROM devices WHERE id = $1";
/// A condition that is not asked for is `NULL`. A name begins with a text where they are the same that far.
const DEVICES: &str = "SELECT id, name, platform, version, device_group, enrolled, seen, certified, revoked, bundle, digest, \
                       refused, ordered FROM devices WHERE ($2 IS NULL OR (name, id) > ($2, $3)) \
                       AND ($4 IS NULL OR device_group = $4) AND ($5 IS NULL OR substr(name, 1, length($5)) = $5) \
                       AND ($6 IS NULL OR bundle = $6) AND ($7 IS NULL OR (revoked IS NOT NULL) = ($7 = 1)) \
                       ORDER BY name, id LIMIT $1";
const RUNNING: &str = "SELECT device_group, bundle, digest, count(*) AS devices, count(refused) AS refused FROM devices \
                       WHERE revoked IS NULL GROUP BY device_group, bundle, digest ORDER BY device_group, bundle, digest";
/// The count is compared and lowered in one statement: two laptops cannot use the last use both.
const SPEND: &str = "UPDATE tokens SET uses_left = uses_left - 1 \
                     WHERE id = $1 AND digest = $2 AND expires > $3 AND uses_left > 0";
const TOKEN_GROUP: &str = "SELECT device_group FROM tokens WHERE id = $1 AND digest = $2 AND expires > $3";
const BEFORE: &str = "SELECT e.device FROM enrolments e JOIN tokens t ON t.id = e.token JOIN devices d ON d.id = e.device \
                      WHERE e.token = $1 AND t.digest = $2 AND e.key = $3 AND e.time > $4 AND d.revoked IS NULL";
const ADD: &str = "INSERT INTO devices (id, name, platform, version, device_group, token, enrolled, seen, certified) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const REMEMBER: &str = "INSERT INTO enrolments (token, key, device, time) VALUES ($1, $2, $3, $4) \
                        ON CONFLICT (token, key) DO UPDATE SET device = excluded.device, time = excluded.time";
const FORGET: &str = "DELETE FROM enrolments WHERE time <= $1";

macro_rules! device_of {
    ($row:ident) => {
        Ok(Device {
            id: DeviceId::from_bytes(array($row.try_get("id")?, "devices")?),
            machine: Machine {
                name: $row.try_get("name")?,
                platform: $row.try_get("platform")?,
                version: $row.try_get("version")?,
            },
            group: $row.try_get("device_group")?,
            enrolled: Timestamp::from_millis($row.try_get("enrolled")?),
            seen: Timestamp::from_millis($row.try_get("seen")?),
            certified: Timestamp::from_millis($row.try_get("certified")?),
            revoked: $row.try_get::<Option<i64>, _>("revoked")?.map(Timestamp::from_millis),
            bundle: $row.try_get::<i64, _>("bundle")?.unsigned_abs(),
            digest: $row.try_get("digest")?,
            refused: $row.try_get("refused")?,
            ordered: $row.try_get::<i64, _>("ordered")?.unsigned_abs(),
        })
    };
}

macro_rules! device_table {
    ($repo:ty, $row:ty, $db:ty) => {
        impl $repo {
            async fn add(change: &mut sqlx::Transaction<'static, $db>, device: &Device, shown: &Shown) -> Result<(), RepoError> {
                sqlx::query(ADD)
                    .bind(&device.id.as_bytes()[..])
                    .bind(&device.machine.name)
                    .bind(&device.machine.platform)
                    .bind(&device.machine.version)
                    .bind(&device.group)
                    .bind(&shown.token[..])
                    .bind(device.enrolled.as_millis())
                    .bind(device.seen.as_millis())
                    .bind(device.certified.as_millis())
                    .execute(&mut **change)
                    .await?;
                sqlx::query(REMEMBER)
                    .bind(&shown.token[..])
                    .bind(&shown.key[..])
                    .bind(&device.id.as_bytes()[..])
                    .bind(device.enrolled.as_millis())
                    .execute(&mut **change)
                    .await?;
                let forget = sqlx::query(FORGET).bind(device.enrolled.plus_millis(-AGAIN).as_millis());
                forget.execute(&mut **change).await?;
                Ok(())
            }
        }

        #[async_trait::async_trait]
        impl DeviceTable for $repo {
            async fn add_token(&self, token: &NewToken, entry: &Entry) -> Result<(), RepoError> {
                let mut change = self.enter(entry).await?;
                sqlx::query("INSERT INTO tokens (id, digest, device_group, note, created, expires, uses_left) VALUES ($1, $2, $3, $4, $5, $6, $7)")
                    .bind(&token.id[..])
                    .bind(&token.digest[..])
                    .bind(&token.group)
                    .bind(&token.note)
                    .bind(token.created.as_millis())
                    .bind(token.expires.as_millis())
                    .bind(token.uses)
                    .execute(&mut *change)
                    .await?;
                Ok(change.commit().await?)
            }

            async fn tokens(&self) -> Result<Vec<NewToken>, RepoError> {
                let query = "SELECT id, digest, device_group, note, created, expires, uses_left FROM tokens ORDER BY created, id";
                let rows: Vec<$row> = sqlx::query(query).fetch_all(&self.read).await?;
                rows.iter()
                    .map(|row| {
                        Ok(NewToken {
                            id: array(row.try_get("id")?, "tokens")?,
                            digest: array(row.try_get("digest")?, "tokens")?,
                            group: row.try_get("device_group")?,
                            note: row.try_get("note")?,
                            created: Timestamp::from_millis(row.try_get("created")?),
                            expires: Timestamp::from_millis(row.try_get("expires")?),
                            uses: row.try_get("uses_left")?,
                        })
                    })
                    .collect()
            }

            async fn drop_token(&self, id: [u8; 8], entry: &Entry) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query("DELETE FROM tokens WHERE id = $1").bind(&id[..]);
                let dropped = query.execute(&mut *change).await?.rows_affected() > 0;
                if dropped {
                    change.commit().await?;
                }
                Ok(dropped)
            }

            async fn token_group(&self, id: [u8; 8], digest: [u8; 32], now: Timestamp) -> Result<Option<String>, RepoError> {
                let query = sqlx::query(TOKEN_GROUP).bind(&id[..]).bind(&digest[..]).bind(now.as_millis());
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                Ok(row.map(|row| row.try_get("device_group")).transpose()?)
            }

            async fn enrol(&self, device: &Device, shown: &Shown, entry: &Entry) -> Result<Option<DeviceId>, RepoError> {
                let now = device.enrolled;
                let mut change = self.enter(entry).await?;
                let before = sqlx::query(BEFORE)
                    .bind(&shown.token[..])
                    .bind(&shown.digest[..])
                    .bind(&shown.key[..])
                    .bind(now.plus_millis(-AGAIN).as_millis());
                let before: Option<$row> = before.fetch_optional(&mut *change).await?;
                if let Some(row) = before {
                    return Ok(Some(DeviceId::from_bytes(array(row.try_get("device")?, "enrolments")?)));
                }
                let spent = sqlx::query(SPEND).bind(&shown.token[..]).bind(&shown.digest[..]).bind(now.as_millis());
                if spent.execute(&mut *change).await?.rows_affected() == 0 {
                    return Ok(None);
                }
                Self::add(&mut change, device, shown).await?;
                change.commit().await?;
                Ok(Some(device.id))
            }

            async fn device(&self, id: DeviceId) -> Result<Option<Device>, RepoError> {
                let query = sqlx::query(DEVICE).bind(&id.as_bytes()[..]);
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                row.map(|row| device_of!(row)).transpose()
            }

            async fn devices(&self, listed: &Listed) -> Result<Vec<Device>, RepoError> {
                let (name, id) = listed.after.as_ref().map(|(name, id)| (name, id.as_bytes().to_vec())).unzip();
                let rows: Vec<$row> = sqlx::query(DEVICES)
                    .bind(i64::from(listed.limit))
                    .bind(name)
                    .bind(id)
                    .bind(&listed.group)
                    .bind(&listed.name)
                    .bind(listed.bundle.map(|bundle| i64::try_from(bundle).unwrap_or(i64::MAX)))
                    .bind(listed.revoked.map(i64::from))
                    .fetch_all(&self.read)
                    .await?;
                rows.into_iter().map(|row| device_of!(row)).collect()
            }

            async fn served(&self) -> Result<HashMap<DeviceId, String>, RepoError> {
                let query = "SELECT id, device_group FROM devices WHERE revoked IS NULL";
                let rows: Vec<$row> = sqlx::query(query).fetch_all(&self.read).await?;
                rows.iter()
                    .map(|row| Ok((DeviceId::from_bytes(array(row.try_get("id")?, "devices")?), row.try_get("device_group")?)))
                    .collect()
            }

            async fn running(&self) -> Result<Vec<Running>, RepoError> {
                let rows: Vec<$row> = sqlx::query(RUNNING).fetch_all(&self.read).await?;
                rows.iter()
                    .map(|row| {
                        Ok(Running {
                            group: row.try_get("device_group")?,
                            bundle: row.try_get::<i64, _>("bundle")?.unsigned_abs(),
                            digest: row.try_get("digest")?,
                            devices: row.try_get::<i64, _>("devices")?.unsigned_abs(),
                            refused: row.try_get::<i64, _>("refused")?.unsigned_abs(),
                        })
                    })
                    .collect()
            }

            async fn certified(&self, id: DeviceId, until: Timestamp) -> Result<(), RepoError> {
                let query = sqlx::query("UPDATE devices SET certified = $2 WHERE id = $1");
                let query = query.bind(&id.as_bytes()[..]).bind(until.as_millis());
                query.execute(&self.write).await?;
                Ok(())
            }

            async fn stand(&self, standings: &[(DeviceId, Standing)], now: Timestamp) -> Result<(), RepoError> {
                self.keep_standings(standings, now).await
            }

            async fn revoke(&self, id: DeviceId, now: Timestamp, entry: &Entry) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query("UPDATE devices SET revoked = $2 WHERE id = $1 AND revoked IS NULL");
                let query = query.bind(&id.as_bytes()[..]).bind(now.as_millis());
                let revoked = query.execute(&mut *change).await?.rows_affected() > 0;
                if revoked {
                    change.commit().await?;
                }
                Ok(revoked)
            }
        }
    };
}

device_table!(Sqlite, sqlx::sqlite::SqliteRow, sqlx::Sqlite);
device_table!(Postgres, sqlx::postgres::PgRow, sqlx::Postgres);
