//! The tables `bundles` and `audiences`.

use super::offer::Offer;
use super::rollout::{Rollout, RolloutState, Step, StepKind};
use super::rollout_table::{ADD_ROLLOUT, big, rollout_of};
use crate::journal::{Actor, Entry};
use crate::repo::{Postgres, RepoError, Sqlite};
use sqlx::Row;
use std::collections::BTreeSet;
use weir_model::Timestamp;

/// A bundle, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Devices run the highest number for their group.
    pub number: u64,
    /// Name of the pack.
    pub name: String,
    /// SHA-256 over the signed payload, hex.
    pub digest: String,
    /// When it was signed.
    pub issued: Timestamp,
    /// From when on no device runs it.
    pub expires: Timestamp,
    /// When it came to the server.
    pub published: Timestamp,
}

/// What is asked of the two tables.
#[async_trait::async_trait]
pub trait BundleTable: Send + Sync {
    /// Keeps a bundle with the first stage of its roll-out, ends the roll-outs that it overtakes, and enters in the journal who
    /// brought it. False where one with its number, or a higher one, is kept: no device of both audiences would run it.
    async fn add_bundle(
        &self,
        published: &Published,
        bundle: &[u8],
        audience: &BTreeSet<String>,
        rollout: Option<&Rollout>,
        by: (&Entry, &Actor),
    ) -> Result<bool, RepoError>;
    /// The highest number there is; 0 where there is none.
    async fn newest_number(&self) -> Result<u64, RepoError>;
    /// The newest for a group, without its bytes; it may not be for all of its devices yet.
    async fn newest_for(&self, group: &str) -> Result<Option<Published>, RepoError>;
    /// What devices of a group may get, the newest first, up to the first that is for all of them.
    async fn offers(&self, group: &str) -> Result<Vec<Offer>, RepoError>;
    /// The bytes of one.
    async fn bundle(&self, number: u64) -> Result<Option<Vec<u8>>, RepoError>;
    /// All, newest first, at most `limit`.
    async fn bundles(&self, limit: u32) -> Result<Vec<Published>, RepoError>;
}

/// What another node published since the newest was asked for may be higher: asked by whoever holds the head of the journal.
const ADD: &str = "INSERT INTO bundles (number, name, digest, issued, expires, published, bundle) \
                   SELECT $1, $2, $3, $4, $5, $6, $7 WHERE NOT EXISTS (SELECT 1 FROM bundles WHERE number >= $1)";
const NEWEST_FOR: &str = "SELECT b.number, name, digest, issued, expires, published FROM audiences a \
                          JOIN bundles b ON b.number = a.number WHERE a.device_group = $1 ORDER BY a.number DESC LIMIT 1";
/// More unfinished roll-outs on top of each other than these are not looked behind.
const OFFERS: &str = "SELECT b.number, name, b.digest, issued, expires, published, \
     r.bundle, r.stages, r.stage, r.entered, r.state, r.overtaken_by, r.steps FROM audiences a \
     JOIN bundles b ON b.number = a.number LEFT JOIN rollouts r ON r.bundle = b.number WHERE a.device_group = $1 ORDER BY a.number DESC LIMIT 50";
const BUNDLES: &str =
    "SELECT number, name, digest, issued, expires, published FROM bundles ORDER BY number DESC LIMIT $1";

macro_rules! published_row {
    ($row:ident) => {
        Published {
            number: $row.try_get::<i64, _>("number")?.unsigned_abs(),
            name: $row.try_get("name")?,
            digest: $row.try_get("digest")?,
            issued: Timestamp::from_millis($row.try_get("issued")?),
            expires: Timestamp::from_millis($row.try_get("expires")?),
            published: Timestamp::from_millis($row.try_get("published")?),
        }
    };
}

macro_rules! published_of {
    ($row:ident) => {
        Ok(published_row!($row))
    };
}

macro_rules! bundle_table {
    ($repo:ty, $row:ty) => {
        #[async_trait::async_trait]
        impl BundleTable for $repo {
            async fn add_bundle(
                &self,
                published: &Published,
                bundle: &[u8],
                audience: &BTreeSet<String>,
                rollout: Option<&Rollout>,
                (entry, actor): (&Entry, &Actor),
            ) -> Result<bool, RepoError> {
                let number = i64::try_from(published.number).map_err(|_| RepoError::Row("bundles"))?;
                let mut transaction = self.enter(entry).await?;
                let added = sqlx::query(ADD)
                    .bind(number)
                    .bind(&published.name)
                    .bind(&published.digest)
                    .bind(published.issued.as_millis())
                    .bind(published.expires.as_millis())
                    .bind(published.published.as_millis())
                    .bind(bundle)
                    .execute(&mut *transaction)
                    .await?;
                if added.rows_affected() == 0 {
                    return Ok(false);
                }
                for group in audience {
                    sqlx::query("INSERT INTO audiences (number, device_group) VALUES ($1, $2)")
                        .bind(number)
                        .bind(group)
                        .execute(&mut *transaction)
                        .await?;
                }
                if let Some(rollout) = rollout {
                    let stages = serde_json::to_string(&rollout.stages).map_err(|_| RepoError::Row("rollouts"))?;
                    sqlx::query(ADD_ROLLOUT)
                        .bind(number)
                        .bind(stages)
                        .bind(big(rollout.stage)?)
                        .bind(rollout.entered.as_millis())
                        .bind(rollout.state.as_str())
                        .bind(i64::from(rollout.steps))
                        .execute(&mut *transaction)
                        .await?;
                    let step = Step {
                        number: 1,
                        time: rollout.entered,
                        actor: actor.to_string(),
                        kind: StepKind::Begin,
                        stage: rollout.stage,
                        why: String::new(),
                        evidence: None,
                    };
                    Self::insert_step(&mut transaction, published.number, &step).await?;
                }
                Self::overtake(&mut transaction, published.number, actor, published.published).await?;
                transaction.commit().await?;
                Ok(true)
            }

            async fn newest_number(&self) -> Result<u64, RepoError> {
                let row: $row = sqlx::query("SELECT coalesce(max(number), 0) AS number FROM bundles")
                    .fetch_one(&self.read)
                    .await?;
                Ok(row.try_get::<i64, _>("number")?.unsigned_abs())
            }

            async fn newest_for(&self, group: &str) -> Result<Option<Published>, RepoError> {
                let row: Option<$row> = sqlx::query(NEWEST_FOR)
                    .bind(group)
                    .fetch_optional(&self.read)
                    .await?;
                row.map(|row| published_of!(row)).transpose()
            }

            async fn offers(&self, group: &str) -> Result<Vec<Offer>, RepoError> {
                let rows: Vec<$row> = sqlx::query(OFFERS).bind(group).fetch_all(&self.read).await?;
                let mut offers = Vec::new();
                for row in rows {
                    let staged: Option<i64> = row.try_get("bundle")?;
                    let offer = Offer {
                        published: published_row!(row),
                        rollout: match staged {
                            Some(_) => Some(rollout_of!(row)),
                            None => None,
                        },
                    };
                    let all = offer.is_for_all();
                    offers.push(offer);
                    if all {
                        break;
                    }
                }
                Ok(offers)
            }

            async fn bundle(&self, number: u64) -> Result<Option<Vec<u8>>, RepoError> {
                let number = i64::try_from(number).map_err(|_| RepoError::Row("bundles"))?;
                let query = sqlx::query("SELECT bundle FROM bundles WHERE number = $1").bind(number);
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                Ok(row.map(|row| row.try_get("bundle")).transpose()?)
            }

            async fn bundles(&self, limit: u32) -> Result<Vec<Published>, RepoError> {
                let rows: Vec<$row> = sqlx::query(BUNDLES)
                    .bind(i64::from(limit))
                    .fetch_all(&self.read)
                    .await?;
                rows.into_iter().map(|row| published_of!(row)).collect()
            }
        }
    };
}

bundle_table!(Sqlite, sqlx::sqlite::SqliteRow);
bundle_table!(Postgres, sqlx::postgres::PgRow);
