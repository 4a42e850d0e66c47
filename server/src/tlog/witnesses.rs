//! The tables `witnesses`, `log_rounds` and `cosignatures`.

use super::table::TreeHead;
use crate::journal::Entry;
use crate::repo::{Postgres, RepoError, Sqlite, array};
use sqlx::Row;
use weir_bundle::PublicKey;
use weir_fleet::DeviceId;
use weir_model::Timestamp;
use weir_tlog::Cosignature;

/// A device, as a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Which.
    pub device: DeviceId,
    /// The key it cosigns with.
    pub key: PublicKey,
    /// Since when.
    pub since: Timestamp,
}

/// The checkpoint of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// Hours since 1970, by the server's clock.
    pub slot: i64,
    /// The checkpoint.
    pub head: TreeHead,
    /// When it was made.
    pub began: Timestamp,
}

/// A round, and how many witnesses that are served have cosigned it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The round.
    pub round: Round,
    /// Witnesses.
    pub cosigned: u64,
}

/// What is asked of the three tables.
#[async_trait::async_trait]
pub trait WitnessTable: Send + Sync {
    /// Begins a round where none has begun in its hour, on all nodes; forgets those before number `oldest` and, where the clock was
    /// set back, those that are still to come.
    async fn begin_round(&self, round: Round, oldest: i64) -> Result<(), RepoError>;
    /// The round of an hour.
    async fn round(&self, slot: i64) -> Result<Option<Round>, RepoError>;
    /// Rounds that are kept, newest first.
    async fn rounds(&self) -> Result<Vec<Counted>, RepoError>;
    /// A device, as a witness.
    async fn witness(&self, device: DeviceId) -> Result<Option<Witness>, RepoError>;
    /// Keeps the key of a witness, and forgets what it said with another; entered in the journal, or not done. False where it is
    /// another device's key.
    async fn keep_witness(&self, witness: &Witness, entry: &Entry) -> Result<bool, RepoError>;
    /// Keeps what a device said of a round. The first time counts: false where there is something already.
    async fn keep_cosignature(&self, slot: i64, device: DeviceId, said: &Cosignature) -> Result<bool, RepoError>;
    /// What witnesses that are served said of a round, who have been witnesses for longest first, at most so many.
    async fn cosignatures(&self, slot: i64, most: u32) -> Result<Vec<(Witness, Cosignature)>, RepoError>;
    /// How many devices that are served are witnesses.
    async fn witness_count(&self) -> Result<u64, RepoError>;
    /// Witnesses that are served, who have been for longest first, behind this one, at most so many.
    async fn witnesses(&self, after: Option<&Witness>, most: u32) -> Result<Vec<Witness>, RepoError>;
}

const BEGIN: &str =
    "INSERT INTO log_rounds (slot, size, root, began) VALUES ($1, $2, $3, $4) ON CONFLICT (slot) DO NOTHING";
const FORGET_ROUNDS: &str = "DELETE FROM log_rounds WHERE slot < $1 OR slot > $2";
const FORGET_SAID: &str = "DELETE FROM cosignatures WHERE slot < $1 OR slot > $2";
const ROUND: &str = "SELECT slot, size, root, began FROM log_rounds WHERE slot = $1";
const ROUNDS: &str = "SELECT r.slot, r.size, r.root, r.began, (SELECT count(*) FROM cosignatures c \
     JOIN devices d ON d.id = c.device WHERE c.slot = r.slot AND d.revoked IS NULL) AS cosigned \
     FROM log_rounds r ORDER BY r.slot DESC";
const WITNESS: &str = "SELECT device, key, since FROM witnesses WHERE device = $1";
const OTHER: &str = "SELECT device FROM witnesses WHERE key = $1 AND device <> $2";
const KEEP: &str = "INSERT INTO witnesses (device, key, since) VALUES ($1, $2, $3) \
     ON CONFLICT (device) DO UPDATE SET key = excluded.key, since = excluded.since";
const FORGET_OF: &str = "DELETE FROM cosignatures WHERE device = $1";
const SAY: &str =
    "INSERT INTO cosignatures (slot, device, cosignature) VALUES ($1, $2, $3) ON CONFLICT (slot, device) DO NOTHING";
const SAID: &str = "SELECT w.device, w.key, w.since, c.cosignature FROM cosignatures c JOIN witnesses w ON w.device = c.device \
     JOIN devices d ON d.id = c.device WHERE c.slot = $1 AND d.revoked IS NULL ORDER BY w.since, w.key LIMIT $2";
const COUNT: &str =
    "SELECT count(*) AS witnesses FROM witnesses w JOIN devices d ON d.id = w.device WHERE d.revoked IS NULL";
const WITNESSES: &str = "SELECT w.device, w.key, w.since FROM witnesses w JOIN devices d ON d.id = w.device \
     WHERE d.revoked IS NULL AND (w.since > $1 OR w.since = $1 AND w.key > $2) ORDER BY w.since, w.key LIMIT $3";

macro_rules! round_of {
    ($row:expr) => {
        Round {
            slot: $row.try_get("slot")?,
            head: TreeHead {
                size: $row.try_get::<i64, _>("size")?.cast_unsigned(),
                root: array($row.try_get("root")?, "log_rounds")?,
            },
            began: Timestamp::from_millis($row.try_get("began")?),
        }
    };
}

macro_rules! witness_of {
    ($row:expr) => {
        Witness {
            device: DeviceId::from_bytes(array($row.try_get("device")?, "witnesses")?),
            key: PublicKey::from_bytes(array($row.try_get("key")?, "witnesses")?),
            since: Timestamp::from_millis($row.try_get("since")?),
        }
    };
}

macro_rules! witness_table {
    ($repo:ty, $row:ty) => {
        #[async_trait::async_trait]
        impl WitnessTable for $repo {
            async fn begin_round(&self, round: Round, oldest: i64) -> Result<(), RepoError> {
                let mut change = self.begin().await?;
                let begun = sqlx::query(BEGIN)
                    .bind(round.slot)
                    .bind(round.head.size.cast_signed())
                    .bind(&round.head.root[..])
                    .bind(round.began.as_millis())
                    .execute(&mut *change)
                    .await?;
                if begun.rows_affected() > 0 {
                    for forget in [FORGET_ROUNDS, FORGET_SAID] {
                        let query = sqlx::query(forget).bind(oldest).bind(round.slot);
                        query.execute(&mut *change).await?;
                    }
                }
                Ok(change.commit().await?)
            }

            async fn round(&self, slot: i64) -> Result<Option<Round>, RepoError> {
                let row: Option<$row> = sqlx::query(ROUND).bind(slot).fetch_optional(&self.read).await?;
                row.map(|row| Ok(round_of!(row))).transpose()
            }

            async fn rounds(&self) -> Result<Vec<Counted>, RepoError> {
                let rows: Vec<$row> = sqlx::query(ROUNDS).fetch_all(&self.read).await?;
                let counted = rows.iter().map(|row| {
                    Ok(Counted {
                        round: round_of!(row),
                        cosigned: row.try_get::<i64, _>("cosigned")?.unsigned_abs(),
                    })
                });
                counted.collect()
            }

            async fn witness(&self, device: DeviceId) -> Result<Option<Witness>, RepoError> {
                let query = sqlx::query(WITNESS).bind(&device.as_bytes()[..]);
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                row.map(|row| Ok(witness_of!(row))).transpose()
            }

            async fn keep_witness(&self, witness: &Witness, entry: &Entry) -> Result<bool, RepoError> {
                let (device, key) = (&witness.device.as_bytes()[..], &witness.key.as_bytes()[..]);
                // Whoever enters is the only one who changes anything.
                let mut change = self.enter(entry).await?;
                let other: Option<$row> = sqlx::query(OTHER)
                    .bind(key)
                    .bind(device)
                    .fetch_optional(&mut *change)
                    .await?;
                if other.is_some() {
                    return Ok(false);
                }
                sqlx::query(FORGET_OF).bind(device).execute(&mut *change).await?;
                sqlx::query(KEEP)
                    .bind(device)
                    .bind(key)
                    .bind(witness.since.as_millis())
                    .execute(&mut *change)
                    .await?;
                change.commit().await?;
                Ok(true)
            }

            async fn keep_cosignature(
                &self,
                slot: i64,
                device: DeviceId,
                said: &Cosignature,
            ) -> Result<bool, RepoError> {
                let kept = sqlx::query(SAY)
                    .bind(slot)
                    .bind(&device.as_bytes()[..])
                    .bind(said.to_bytes())
                    .execute(&self.write)
                    .await?;
                Ok(kept.rows_affected() > 0)
            }

            async fn cosignatures(&self, slot: i64, most: u32) -> Result<Vec<(Witness, Cosignature)>, RepoError> {
                let query = sqlx::query(SAID).bind(slot).bind(i64::from(most));
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                let said = rows.iter().map(|row| {
                    let said = Cosignature::from_bytes(row.try_get("cosignature")?);
                    Ok((witness_of!(row), said.ok_or(RepoError::Row("cosignatures"))?))
                });
                said.collect()
            }

            async fn witness_count(&self) -> Result<u64, RepoError> {
                let row: $row = sqlx::query(COUNT).fetch_one(&self.read).await?;
                Ok(row.try_get::<i64, _>("witnesses")?.unsigned_abs())
            }

            async fn witnesses(&self, after: Option<&Witness>, most: u32) -> Result<Vec<Witness>, RepoError> {
                let since = after.map_or(i64::MIN, |after| after.since.as_millis());
                let key = after.map_or_else(Vec::new, |after| after.key.as_bytes().to_vec());
                let query = sqlx::query(WITNESSES).bind(since).bind(key).bind(i64::from(most));
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.iter().map(|row| Ok(witness_of!(row))).collect()
            }
        }
    };
}

witness_table!(Sqlite, sqlx::sqlite::SqliteRow);
witness_table!(Postgres, sqlx::postgres::PgRow);
