//! What people do with a roll-out.

use super::rollout::{Rollout, Step, StepKind};
use crate::drafts::{CreateError, Draft, roll_back_draft};
use crate::journal::{Actor, Deed, Entry};
use crate::repo::{Notice, Repo, RepoError};
use weir_model::Timestamp;

/// Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is none.
    #[error("bundle {0} is not rolled out in stages")]
    Unknown(u64),
    /// It does not stand so that this could be done.
    #[error("the roll-out is {0}")]
    State(&'static str),
    /// Somebody else changed it at the same time.
    #[error("the roll-out was changed meanwhile: look at it again")]
    Meanwhile,
    /// Back to something that is not there, or is not earlier.
    #[error("there is no earlier bundle {0} to go back to")]
    To(u64),
    /// The draft of a roll-back.
    #[error("the roll-back could not be prepared")]
    Draft(#[from] CreateError),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Goes on to the next stage at once.
///
/// # Errors
/// Nothing has changed then.
pub async fn advance(
    repo: &dyn Repo,
    actor: &Actor,
    bundle: u64,
    why: &str,
    now: Timestamp,
) -> Result<Rollout, ChangeError> {
    let by = |rollout: &Rollout| rollout.advanced(now);
    changed(
        repo,
        actor,
        bundle,
        (StepKind::Advance, Deed::RolloutAdvance, why),
        by,
        now,
    )
    .await
}

/// Lets no more devices have it for now.
///
/// # Errors
/// Nothing has changed then.
pub async fn hold(
    repo: &dyn Repo,
    actor: &Actor,
    bundle: u64,
    why: &str,
    now: Timestamp,
) -> Result<Rollout, ChangeError> {
    let what = (StepKind::Pause, Deed::RolloutPause, why);
    changed(repo, actor, bundle, what, Rollout::paused, now).await
}

/// Goes on. The stage begins anew: what made it pause is not counted any more.
///
/// # Errors
/// Nothing has changed then.
pub async fn resume(
    repo: &dyn Repo,
    actor: &Actor,
    bundle: u64,
    why: &str,
    now: Timestamp,
) -> Result<Rollout, ChangeError> {
    let what = (StepKind::Resume, Deed::RolloutResume, why);
    let by = |rollout: &Rollout| rollout.resumed(now);
    changed(repo, actor, bundle, what, by, now).await
}

/// Lets no more devices have it, and prepares a draft with the content of an earlier bundle. Devices never go back in numbers:
/// they go back when that is signed, under a new one. The draft is gone through as every other.
///
/// # Errors
/// Nothing has changed then, or no draft was made.
pub async fn roll_back(
    repo: &dyn Repo,
    (actor, person): (&Actor, &str),
    bundle: u64,
    to: u64,
    why: &str,
    now: Timestamp,
) -> Result<(Rollout, Draft), ChangeError> {
    if to >= bundle || to != 0 && repo.bundle(to).await?.is_none() {
        return Err(ChangeError::To(to));
    }
    let what = (StepKind::RollBack, Deed::RolloutBack, why);
    let rollout = changed(repo, actor, bundle, what, Rollout::rolled_back, now).await?;
    let draft = roll_back_draft(repo, (actor, person), bundle, to, now).await?;
    Ok((rollout, draft))
}

async fn changed(
    repo: &dyn Repo,
    actor: &Actor,
    bundle: u64,
    (kind, deed, why): (StepKind, Deed, &str),
    by: impl Fn(&Rollout) -> Option<Rollout>,
    now: Timestamp,
) -> Result<Rollout, ChangeError> {
    let before = repo.rollout(bundle).await?.ok_or(ChangeError::Unknown(bundle))?;
    let after = by(&before).ok_or(ChangeError::State(before.state.as_str()))?;
    let step = Step {
        number: before.steps + 1,
        time: now,
        actor: actor.to_string(),
        kind,
        stage: after.stage,
        why: why.to_owned(),
        evidence: None,
    };
    let entry = Entry::new(now, actor, deed, bundle)
        .with("stage", after.stage)
        .with("why", why);
    if !repo.step_rollout(&after, &step, Some(&entry)).await? {
        return Err(ChangeError::Meanwhile);
    }
    repo.notify(Notice::Bundle).await?;
    Ok(Rollout {
        steps: step.number,
        ..after
    })
}
