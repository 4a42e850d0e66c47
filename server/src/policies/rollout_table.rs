//! The tables `rollouts`, `rollout_steps` and `rollout_tallies`.

use super::judge::{Arm, Tally};
use super::rollout::{Rollout, RolloutState, Step, StepKind};
use super::watch::READER;
use crate::ingest::Place;
use crate::journal::{Actor, Deed, Entry};
use crate::repo::{Postgres, RepoError, Sqlite, array};
use sqlx::Row;
use std::collections::BTreeSet;
use weir_fleet::DeviceId;
use weir_model::Timestamp;

/// What is added to a tally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tallied {
    /// Of which bundle.
    pub bundle: u64,
    /// In which stage.
    pub stage: usize,
    /// Since when that was the present one, as the roll-out was read.
    pub entered: Timestamp,
    /// Of which devices.
    pub arm: Arm,
    /// How much.
    pub more: Tally,
}

/// A device of a bundle's audience that is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Which.
    pub device: DeviceId,
    /// Its group.
    pub group: String,
    /// The bundle it says it runs.
    pub bundle: u64,
    /// The bundle it says it refused.
    pub refused: Option<u64>,
    /// When it said so first; `None` where it has refused a higher one since.
    pub told: Option<Timestamp>,
}

/// What is asked of the three tables.
#[async_trait::async_trait]
pub trait RolloutTable: Send + Sync {
    /// One roll-out.
    async fn rollout(&self, bundle: u64) -> Result<Option<Rollout>, RepoError>;
    /// Roll-outs, the newest first; those that are at an end only where they are asked for.
    async fn rollouts(&self, ended: bool, limit: u32) -> Result<Vec<Rollout>, RepoError>;
    /// Its history, the first first.
    async fn rollout_steps(&self, bundle: u64) -> Result<Vec<Step>, RepoError>;
    /// Moves a roll-out on by one step, from the one before it. False where it was moved meanwhile.
    async fn step_rollout(&self, after: &Rollout, step: &Step, entry: &Entry) -> Result<bool, RepoError>;
    /// What was counted in a stage: of the devices that run it, and of those that are not to have it yet.
    async fn tallies(&self, bundle: u64, stage: usize) -> Result<(Tally, Tally), RepoError>;
    /// Adds up, and moves the reader of records on. What was counted of a stage that was left, or begun anew, meanwhile is left out.
    /// False where another node was first.
    async fn tally(&self, reader: &str, places: (Place, Place), more: &[Tallied]) -> Result<bool, RepoError>;
    /// The groups that a bundle is for.
    async fn audience(&self, bundle: u64) -> Result<BTreeSet<String>, RepoError>;
    /// The devices of its audience.
    async fn reach(&self, bundle: u64) -> Result<Vec<Reach>, RepoError>;
}

const ROLLOUT: &str = "SELECT r.bundle, b.digest, r.stages, r.stage, r.entered, r.state, r.overtaken_by, r.steps \
     FROM rollouts r JOIN bundles b ON b.number = r.bundle WHERE r.bundle = $1";
const ROLLOUTS: &str = "SELECT r.bundle, b.digest, r.stages, r.stage, r.entered, r.state, r.overtaken_by, r.steps \
     FROM rollouts r JOIN bundles b ON b.number = r.bundle WHERE $1 = 1 OR r.state IN ('running', 'paused') \
     ORDER BY r.bundle DESC LIMIT $2";
const STEPS: &str = "SELECT number, time, actor, what, stage, why, evidence FROM rollout_steps WHERE bundle = $1 \
     ORDER BY number";
const MOVE: &str =
    "UPDATE rollouts SET stage = $2, entered = $3, state = $4, steps = $5 WHERE bundle = $1 AND steps = $5 - 1";
const ADD_STEP: &str = "INSERT INTO rollout_steps (bundle, number, time, actor, what, stage, why, evidence) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
/// Whoever counts holds the place of the reader: what was counted of a stage stands in its tally then, or finds it begun anew.
const HOLD: &str = "UPDATE readers SET arrival = arrival WHERE name = $1";
/// A stage that goes on after a pause is counted anew: what made it pause would make it pause again.
const FORGET: &str = "DELETE FROM rollout_tallies WHERE bundle = $1 AND stage = $2";
const TALLIES: &str =
    "SELECT arm, messages, blocked, overruled, failed FROM rollout_tallies WHERE bundle = $1 AND stage = $2";
const TALLY: &str = "INSERT INTO rollout_tallies (bundle, stage, arm, messages, blocked, overruled, failed) \
     SELECT $1, $2, $3, $4, $5, $6, $7 WHERE EXISTS (SELECT 1 FROM rollouts WHERE bundle = $1 AND stage = $2 AND entered = $8) \
     ON CONFLICT (bundle, stage, arm) DO UPDATE SET \
     messages = rollout_tallies.messages + excluded.messages, blocked = rollout_tallies.blocked + excluded.blocked, \
     overruled = rollout_tallies.overruled + excluded.overruled, failed = rollout_tallies.failed + excluded.failed";
const GO_ON: &str = "UPDATE readers SET arrival = $5, log = $6, last = $7 \
     WHERE name = $1 AND arrival = $2 AND log = $3 AND last = $4";
const REACH: &str = "SELECT d.id, d.device_group, d.bundle, d.refused_bundle, \
     CASE WHEN d.refusal = d.refused_bundle THEN d.refusal_told END AS told FROM devices d \
     JOIN audiences a ON a.device_group = d.device_group WHERE a.number = $1 AND d.revoked IS NULL";

/// When a roll-out is overtaken: from the moment every group of its audience has a newer bundle, in one or in several of them. A
/// bundle that was rolled back takes nobody's place. It is asked when a bundle is published, and the last one that it took is the
/// one that is named.
const OVERTAKE: &str = "UPDATE rollouts SET state = 'overtaken', overtaken_by = $1, steps = steps + 1 \
     WHERE bundle < $1 AND state IN ('running', 'paused') AND NOT EXISTS (SELECT 1 FROM audiences a \
     WHERE a.number = rollouts.bundle AND NOT EXISTS (SELECT 1 FROM audiences n LEFT JOIN rollouts t ON t.bundle = n.number \
     WHERE n.device_group = a.device_group AND n.number > a.number AND coalesce(t.state, '') <> 'rolled-back')) \
     RETURNING bundle, stage, steps";

pub(super) const ADD_ROLLOUT: &str =
    "INSERT INTO rollouts (bundle, stages, stage, entered, state, steps) VALUES ($1, $2, $3, $4, $5, $6)";

fn small(number: i64, table: &'static str) -> Result<usize, RepoError> {
    usize::try_from(number).map_err(|_| RepoError::Row(table))
}

pub(super) fn big(number: impl TryInto<i64>) -> Result<i64, RepoError> {
    number.try_into().map_err(|_| RepoError::Row("rollouts"))
}

const fn arm_number(arm: Arm) -> i64 {
    match arm {
        Arm::Control => 0,
        Arm::Treated => 1,
    }
}

macro_rules! rollout_of {
    ($row:expr) => {
        Rollout {
            bundle: $row.try_get::<i64, _>("bundle")?.unsigned_abs(),
            digest: $row.try_get("digest")?,
            stages: serde_json::from_str($row.try_get("stages")?).map_err(|_| RepoError::Row("rollouts"))?,
            stage: usize::try_from($row.try_get::<i64, _>("stage")?).map_err(|_| RepoError::Row("rollouts"))?,
            entered: Timestamp::from_millis($row.try_get("entered")?),
            state: RolloutState::read($row.try_get("state")?).ok_or(RepoError::Row("rollouts"))?,
            overtaken_by: $row.try_get::<Option<i64>, _>("overtaken_by")?.map(i64::unsigned_abs),
            steps: u32::try_from($row.try_get::<i64, _>("steps")?).map_err(|_| RepoError::Row("rollouts"))?,
        }
    };
}
pub(super) use rollout_of;

macro_rules! rollout_table {
    ($repo:ty, $row:ty, $db:ty) => {
        impl $repo {
            pub(super) async fn insert_step(
                transaction: &mut sqlx::Transaction<'static, $db>,
                bundle: u64,
                step: &Step,
            ) -> Result<(), RepoError> {
                let evidence = step.evidence.as_ref().map(serde_json::to_string).transpose();
                sqlx::query(ADD_STEP)
                    .bind(big(bundle)?)
                    .bind(i64::from(step.number))
                    .bind(step.time.as_millis())
                    .bind(&step.actor)
                    .bind(step.kind.as_str())
                    .bind(big(step.stage)?)
                    .bind(&step.why)
                    .bind(evidence.map_err(|_| RepoError::Row("rollout_steps"))?)
                    .execute(&mut **transaction)
                    .await?;
                Ok(())
            }

            /// Ends the roll-outs that a new bundle overtakes, and enters each in the journal: in the transaction that the bundle
            /// comes with, its audience included.
            pub(super) async fn overtake(
                transaction: &mut sqlx::Transaction<'static, $db>,
                by: u64,
                actor: &Actor,
                now: Timestamp,
            ) -> Result<(), RepoError> {
                let query = sqlx::query(OVERTAKE).bind(big(by)?);
                let rows: Vec<$row> = query.fetch_all(&mut **transaction).await?;
                for row in rows {
                    let bundle = row.try_get::<i64, _>("bundle")?.unsigned_abs();
                    let number = row.try_get::<i64, _>("steps")?;
                    let step = Step {
                        number: u32::try_from(number).map_err(|_| RepoError::Row("rollouts"))?,
                        time: now,
                        actor: actor.to_string(),
                        kind: StepKind::Overtake,
                        stage: small(row.try_get("stage")?, "rollouts")?,
                        why: format!("bundle {by} took its place"),
                        evidence: None,
                    };
                    Self::insert_step(transaction, bundle, &step).await?;
                    let entry = Entry::new(now, actor, Deed::RolloutOvertake, bundle)
                        .with("by", by)
                        .with("stage", step.stage);
                    Self::enter_also(transaction, &entry).await?;
                }
                Ok(())
            }
        }

        #[async_trait::async_trait]
        impl RolloutTable for $repo {
            async fn rollout(&self, bundle: u64) -> Result<Option<Rollout>, RepoError> {
                let query = sqlx::query(ROLLOUT).bind(big(bundle)?);
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                row.map(|row| Ok(rollout_of!(row))).transpose()
            }

            async fn rollouts(&self, ended: bool, limit: u32) -> Result<Vec<Rollout>, RepoError> {
                let query = sqlx::query(ROLLOUTS)
                    .bind(i64::from(ended))
                    .bind(i64::from(limit));
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.iter().map(|row| Ok(rollout_of!(row))).collect()
            }

            async fn rollout_steps(&self, bundle: u64) -> Result<Vec<Step>, RepoError> {
                let rows: Vec<$row> = sqlx::query(STEPS)
                    .bind(big(bundle)?)
                    .fetch_all(&self.read)
                    .await?;
                let wrong = || RepoError::Row("rollout_steps");
                rows.iter()
                    .map(|row| {
                        let evidence: Option<&str> = row.try_get("evidence")?;
                        Ok(Step {
                            number: u32::try_from(row.try_get::<i64, _>("number")?).map_err(|_| wrong())?,
                            time: Timestamp::from_millis(row.try_get("time")?),
                            actor: row.try_get("actor")?,
                            kind: StepKind::read(row.try_get("what")?).ok_or_else(wrong)?,
                            stage: small(row.try_get("stage")?, "rollout_steps")?,
                            why: row.try_get("why")?,
                            evidence: evidence
                                .map(serde_json::from_str)
                                .transpose()
                                .map_err(|_| wrong())?,
                        })
                    })
                    .collect()
            }

            async fn step_rollout(&self, after: &Rollout, step: &Step, entry: &Entry) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let moved = sqlx::query(MOVE)
                    .bind(big(after.bundle)?)
                    .bind(big(after.stage)?)
                    .bind(after.entered.as_millis())
                    .bind(after.state.as_str())
                    .bind(i64::from(step.number))
                    .execute(&mut *change)
                    .await?;
                if moved.rows_affected() == 0 {
                    return Ok(false);
                }
                Self::insert_step(&mut change, after.bundle, step).await?;
                if step.kind == StepKind::Resume {
                    sqlx::query(HOLD).bind(READER).execute(&mut *change).await?;
                    let query = sqlx::query(FORGET)
                        .bind(big(after.bundle)?)
                        .bind(big(after.stage)?);
                    query.execute(&mut *change).await?;
                }
                change.commit().await?;
                Ok(true)
            }

            async fn tallies(&self, bundle: u64, stage: usize) -> Result<(Tally, Tally), RepoError> {
                let query = sqlx::query(TALLIES).bind(big(bundle)?).bind(big(stage)?);
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                let (mut treated, mut control) = (Tally::default(), Tally::default());
                for row in &rows {
                    let of = match row.try_get::<i64, _>("arm")? {
                        1 => &mut treated,
                        _ => &mut control,
                    };
                    *of = Tally {
                        messages: row.try_get::<i64, _>("messages")?.unsigned_abs(),
                        blocked: row.try_get::<i64, _>("blocked")?.unsigned_abs(),
                        overruled: row.try_get::<i64, _>("overruled")?.unsigned_abs(),
                        failed: row.try_get::<i64, _>("failed")?.unsigned_abs(),
                    };
                }
                Ok((treated, control))
            }

            async fn tally(
                &self,
                reader: &str,
                (from, to): (Place, Place),
                more: &[Tallied],
            ) -> Result<bool, RepoError> {
                let mut transaction = self.begin().await?;
                let moved = sqlx::query(GO_ON)
                    .bind(reader)
                    .bind(from.arrival)
                    .bind(from.log)
                    .bind(from.last)
                    .bind(to.arrival)
                    .bind(to.log)
                    .bind(to.last)
                    .execute(&mut *transaction)
                    .await?;
                if moved.rows_affected() == 0 {
                    return Ok(false);
                }
                for Tallied {
                    bundle,
                    stage,
                    entered,
                    arm,
                    more,
                } in more
                {
                    sqlx::query(TALLY)
                        .bind(big(*bundle)?)
                        .bind(big(*stage)?)
                        .bind(arm_number(*arm))
                        .bind(big(more.messages)?)
                        .bind(big(more.blocked)?)
                        .bind(big(more.overruled)?)
                        .bind(big(more.failed)?)
                        .bind(entered.as_millis())
                        .execute(&mut *transaction)
                        .await?;
                }
                transaction.commit().await?;
                Ok(true)
            }

            async fn audience(&self, bundle: u64) -> Result<BTreeSet<String>, RepoError> {
                let query = sqlx::query("SELECT device_group FROM audiences WHERE number = $1").bind(big(bundle)?);
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.iter().map(|row| Ok(row.try_get("device_group")?)).collect()
            }

            async fn reach(&self, bundle: u64) -> Result<Vec<Reach>, RepoError> {
                let rows: Vec<$row> = sqlx::query(REACH)
                    .bind(big(bundle)?)
                    .fetch_all(&self.read)
                    .await?;
                rows.iter()
                    .map(|row| {
                        Ok(Reach {
                            device: DeviceId::from_bytes(array(row.try_get("id")?, "devices")?),
                            group: row.try_get("device_group")?,
                            bundle: row.try_get::<i64, _>("bundle")?.unsigned_abs(),
                            refused: row
                                .try_get::<Option<i64>, _>("refused_bundle")?
                                .map(i64::unsigned_abs),
                            told: row.try_get::<Option<i64>, _>("told")?.map(Timestamp::from_millis),
                        })
                    })
                    .collect()
            }
        }
    };
}

rollout_table!(Sqlite, sqlx::sqlite::SqliteRow, sqlx::Sqlite);
rollout_table!(Postgres, sqlx::postgres::PgRow, sqlx::Postgres);
