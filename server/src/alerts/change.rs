//! What people change about alerts: each with its row in the journal.

use super::rule::Rule;
use super::table::Mute;
use crate::journal::{Actor, Deed, Entry};
use crate::repo::{Notice, Repo, RepoError};
use weir_model::{EventId, Timestamp};

/// Somebody looks: the alert's clock stops. False where there is no such alert, or somebody did before, or it is closed.
///
/// # Errors
/// The database.
pub async fn acknowledge(repo: &dyn Repo, actor: &Actor, id: EventId, now: Timestamp) -> Result<bool, RepoError> {
    let entry = Entry::new(now, actor, Deed::AlertAcknowledge, id);
    let done = repo.acknowledge(id, &actor.to_string(), now, &entry).await?;
    tell_who_appealed(repo, id, done).await?;
    Ok(done)
}

/// It is done with: what happens next opens another one. False where there is no such alert, or it was before.
///
/// # Errors
/// The database.
pub async fn close(repo: &dyn Repo, actor: &Actor, id: EventId, note: &str, now: Timestamp) -> Result<bool, RepoError> {
    let entry = Entry::new(now, actor, Deed::AlertClose, id).with("note", note);
    let done = repo.close(id, &actor.to_string(), note, now, &entry).await?;
    tell_who_appealed(repo, id, done).await?;
    Ok(done)
}

/// What is said to an appeal is told to the device it came from.
async fn tell_who_appealed(repo: &dyn Repo, id: EventId, done: bool) -> Result<(), RepoError> {
    if !done {
        return Ok(());
    }
    let alert = repo.alert(id).await?.filter(|alert| alert.rule == Rule::Appeal);
    if let Some(at) = alert.and_then(|alert| alert.at_record) {
        repo.notify(Notice::Exception(at.device)).await?;
    }
    Ok(())
}

/// What is not to be told for a while.
#[derive(Clone, Debug)]
pub struct MuteWanted {
    /// Alerts of this rule.
    pub rule: Rule,
    /// About this subject; `None` for all.
    pub subject: Option<String>,
    /// Until when.
    pub until: Timestamp,
    /// Why.
    pub why: String,
}

/// Keeps a mute; another one of the same rule and subject is replaced.
///
/// # Errors
/// The database.
pub async fn mute(repo: &dyn Repo, actor: &Actor, wanted: MuteWanted, now: Timestamp) -> Result<Mute, RepoError> {
    let mute = Mute {
        rule: wanted.rule,
        subject: wanted.subject,
        until: wanted.until,
        since: now,
        muter: actor.to_string(),
        why: wanted.why,
    };
    let entry = Entry::new(now, actor, Deed::AlertMute, mute.rule)
        .with("subject", &mute.subject)
        .with("until", mute.until)
        .with("why", &mute.why);
    repo.mute(&mute, &entry).await?;
    Ok(mute)
}

/// Ends a mute before its time. False where there is none.
///
/// # Errors
/// The database.
pub async fn unmute(
    repo: &dyn Repo,
    actor: &Actor,
    rule: Rule,
    subject: Option<&str>,
    now: Timestamp,
) -> Result<bool, RepoError> {
    let entry = Entry::new(now, actor, Deed::AlertUnmute, rule).with("subject", subject);
    repo.unmute(rule, subject, &entry).await
}
