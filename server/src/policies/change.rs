//! What is done with a roll-out, by people and by the server itself.

use super::judge::Evidence;
use super::rollout::{Rollout, RolloutState, Step, StepKind};
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

/// What is done with a roll-out that is not at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The next stage begins, or all have it.
    Advance,
    /// No more devices get it for now.
    Pause,
    /// It goes on. The stage begins anew: what made it pause is not counted any more, neither messages nor devices that refuse it.
    Resume,
}

impl Turn {
    /// As it stands then; `None` where it does not stand so that this can be done.
    pub(super) fn after(self, rollout: &Rollout, now: Timestamp) -> Option<Rollout> {
        match self {
            Self::Advance => rollout.advanced(now),
            Self::Pause => rollout.paused(),
            Self::Resume => rollout.resumed(now),
        }
    }

    pub(super) const fn deed(self) -> (StepKind, Deed) {
        match self {
            Self::Advance => (StepKind::Advance, Deed::RolloutAdvance),
            Self::Pause => (StepKind::Pause, Deed::RolloutPause),
            Self::Resume => (StepKind::Resume, Deed::RolloutResume),
        }
    }
}

/// Somebody has it go on, pause or go on again.
///
/// # Errors
/// Nothing has changed then.
pub async fn steer(
    repo: &dyn Repo,
    actor: &Actor,
    (bundle, turn): (u64, Turn),
    why: &str,
    now: Timestamp,
) -> Result<Rollout, ChangeError> {
    let before = repo.rollout(bundle).await?.ok_or(ChangeError::Unknown(bundle))?;
    let after = turn.after(&before, now);
    changed(repo, (actor, turn.deed()), (&before, after), why, now).await
}

/// Lets no more devices have it, and prepares a draft with the content of an earlier bundle. Devices never go back in numbers:
/// they go back when that is signed, under a new one. The draft is gone through as every other. Of one that was rolled back before, the
/// draft alone is prepared: the one of before may have been lost.
///
/// # Errors
/// Nothing has changed then, or no draft was made: it is when this is asked again.
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
    let before = repo.rollout(bundle).await?.ok_or(ChangeError::Unknown(bundle))?;
    let rollout = match before.state {
        RolloutState::RolledBack => before,
        _ => {
            let (after, deed) = (before.rolled_back(), (StepKind::RollBack, Deed::RolloutBack));
            changed(repo, (actor, deed), (&before, after), why, now).await?
        }
    };
    let draft = roll_back_draft(repo, (actor, person), bundle, to, now).await?;
    Ok((rollout, draft))
}

async fn changed(
    repo: &dyn Repo,
    by: (&Actor, (StepKind, Deed)),
    (before, after): (&Rollout, Option<Rollout>),
    why: &str,
    now: Timestamp,
) -> Result<Rollout, ChangeError> {
    let after = after.ok_or(ChangeError::State(before.state.as_str()))?;
    let moved = moved(repo, by, (before, after), (why, None), now).await?;
    moved.ok_or(ChangeError::Meanwhile)
}

/// Moves a roll-out on, enters it in the journal and tells all nodes. `None` where it was moved meanwhile.
pub(super) async fn moved(
    repo: &dyn Repo,
    (actor, (kind, deed)): (&Actor, (StepKind, Deed)),
    (before, after): (&Rollout, Rollout),
    (why, evidence): (&str, Option<Evidence>),
    now: Timestamp,
) -> Result<Option<Rollout>, RepoError> {
    let step = Step {
        number: before.steps + 1,
        time: now,
        actor: actor.to_string(),
        kind,
        stage: after.stage,
        why: why.to_owned(),
        evidence,
    };
    let entry = Entry::new(now, actor, deed, before.bundle)
        .with("stage", after.stage)
        .with("why", why);
    if !repo.step_rollout(&after, &step, &entry).await? {
        return Ok(None);
    }
    repo.notify(Notice::Bundle).await?;
    Ok(Some(Rollout {
        steps: step.number,
        ..after
    }))
}
