//! Exceptions: what employees ask leave for, and what approvers say.
//!
//! A request holds no content. As many people as the rule asks for approve it, and the one who asks is none of them; then
//! the server signs an exception with the key of its directives, and devices hold it against the policy that people signed.
//! An exception that is taken back is not handed out any more: devices drop what they are not given.

mod routes;
mod table;

pub use routes::{answers, ask};
pub use table::{ApprovalTable, Asked, ExceptionsWanted, Standing, Vote, Voted};

use crate::clock::{self, NoRandomness};
use crate::journal::{Actor, Deed, Entry};
use crate::people::{is_same_person, person};
use crate::repo::{Notice, Repo, RepoError};
use std::collections::BTreeSet;
use weir_bundle::{Exception, SealError, SigningKey, seal_exception};
use weir_fleet::{DeviceId, ExceptionRequest, ExceptionState};
use weir_model::{EventId, Timestamp};

/// How long a request can be decided.
pub const REQUEST_HOURS: i64 = 72;
/// Requests of one device that wait.
pub const MOST_PENDING: u64 = 20;
const HOUR: i64 = 60 * 60 * 1000;

/// Why a request was not taken.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The device has asked for much that nobody has decided yet.
    #[error("{MOST_PENDING} requests of this device wait already")]
    Many,
    /// It has no name yet.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Why nothing was decided. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// There is no such request.
    #[error("there is no such request")]
    Unknown,
    /// It was decided, or its time is over.
    #[error("the request is {0}")]
    State(&'static str),
    /// A program decides nothing.
    #[error("a person decides: sign in with an account")]
    Program,
    /// Who asks does not approve.
    #[error("whoever asks for an exception does not approve it")]
    Own,
    /// Two approvals are by two people.
    #[error("you have approved it: another person must as well")]
    Twice,
    /// More than the rule allows.
    #[error("the rule allows at most {hours} hours and {uses} uses")]
    Beyond {
        /// Hours.
        hours: u32,
        /// Uses.
        uses: u32,
    },
    /// Others decide at the same time, again and again.
    #[error("somebody else decided at the same time; look again")]
    Raced,
    /// It cannot be signed.
    #[error("the exception cannot be signed")]
    Seal(#[from] SealError),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Takes a request of a device; the same one again is the same request.
///
/// # Errors
/// It was not taken.
pub async fn take(
    repo: &dyn Repo,
    device: DeviceId,
    request: &ExceptionRequest,
    now: Timestamp,
) -> Result<EventId, AskError> {
    let id = EventId::new(now, clock::random()?);
    if let Some(known) = repo.exception_of(device, request.event).await? {
        return Ok(known);
    }
    if repo.pending_exceptions(device, now).await? >= MOST_PENDING {
        return Err(AskError::Many);
    }
    let entry = Entry::new(now, &Actor::Device(device.to_string()), Deed::ExceptionAsk, id)
        .with("event", request.event)
        .with("user", &request.user)
        .with("destination", &request.destination)
        .with("level", request.level)
        .with("types", &request.data_types)
        .with("rules", &request.rules)
        .with("reason", &request.reason);
    let expires = now.plus_millis(REQUEST_HOURS * HOUR);
    let asked = Asked {
        id,
        device,
        request: request.clone(),
        asked: now,
        expires,
        standing: Standing::default(),
    };
    match repo.add_exception(&asked, &entry).await? {
        true => Ok(id),
        // The same request came twice at once.
        false => Ok(repo.exception_of(device, request.event).await?.unwrap_or(id)),
    }
}

/// What an approver gives.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// For how many hours.
    pub hours: u32,
    /// For how many messages.
    pub uses: u32,
}

/// Another node may write at the same time.
const ATTEMPTS: usize = 5;

/// Approves a request. With the last approval that it needs, the exception is signed and its device told.
///
/// # Errors
/// Nothing has changed then.
pub async fn approve(
    repo: &dyn Repo,
    actor: &Actor,
    key: &SigningKey,
    (id, terms): (EventId, Terms),
    now: Timestamp,
) -> Result<Asked, DecideError> {
    let person = person(actor).ok_or(DecideError::Program)?;
    for _ in 0..ATTEMPTS {
        let asked = pending(repo, id, now).await?;
        may_approve(&asked, &person, terms)?;
        let vote = Vote {
            approver: person.clone(),
            given: now,
            hours: terms.hours,
            uses: terms.uses,
        };
        let mut votes = asked.standing.votes.clone();
        votes.push(vote.clone());
        let given = match votes.len() >= usize::from(asked.request.terms.approvers) {
            true => Some(exception(&asked, &votes, now)),
            false => None,
        };
        let signed = given
            .as_ref()
            .map(|given| seal_exception(given, key).map(|signed| (signed, given.expires)))
            .transpose()?;
        let entry = Entry::new(now, actor, Deed::ExceptionApprove, id)
            .with("hours", terms.hours)
            .with("uses", terms.uses)
            .with("given", given.is_some());
        let voted = Voted {
            id,
            before: asked.standing.votes.len(),
            vote,
            signed,
        };
        if repo.vote_exception(&voted, &entry).await? {
            if given.is_some() {
                repo.notify(Notice::Exception(asked.device)).await?;
            }
            return known(repo, id).await;
        }
    }
    Err(DecideError::Raced)
}

/// Says no.
///
/// # Errors
/// Nothing has changed then.
pub async fn refuse(
    repo: &dyn Repo,
    actor: &Actor,
    id: EventId,
    why: &str,
    now: Timestamp,
) -> Result<Asked, DecideError> {
    let person = person(actor).ok_or(DecideError::Program)?;
    let asked = pending(repo, id, now).await?;
    let entry = Entry::new(now, actor, Deed::ExceptionRefuse, id).with("why", why);
    end(repo, &asked, (ExceptionState::Refused, &person, why), &entry, now).await
}

/// Takes an exception back: devices drop it when they hear of it, or ask.
///
/// # Errors
/// Nothing has changed then.
pub async fn revoke(
    repo: &dyn Repo,
    actor: &Actor,
    id: EventId,
    why: &str,
    now: Timestamp,
) -> Result<Asked, DecideError> {
    let person = person(actor).unwrap_or_else(|| actor.to_string());
    let asked = known(repo, id).await?;
    match asked.state(now) {
        ExceptionState::Approved => {}
        other => return Err(DecideError::State(other.as_str())),
    }
    let entry = Entry::new(now, actor, Deed::ExceptionRevoke, id).with("why", why);
    end(repo, &asked, (ExceptionState::Revoked, &person, why), &entry, now).await
}

async fn end(
    repo: &dyn Repo,
    asked: &Asked,
    (state, person, why): (ExceptionState, &str, &str),
    entry: &Entry,
    now: Timestamp,
) -> Result<Asked, DecideError> {
    let from = asked.standing.state;
    if !repo
        .end_exception(asked.id, (from, state), (person, why), now, entry)
        .await?
    {
        return Err(DecideError::Raced);
    }
    repo.notify(Notice::Exception(asked.device)).await?;
    known(repo, asked.id).await
}

async fn known(repo: &dyn Repo, id: EventId) -> Result<Asked, DecideError> {
    repo.exception(id).await?.ok_or(DecideError::Unknown)
}

async fn pending(repo: &dyn Repo, id: EventId, now: Timestamp) -> Result<Asked, DecideError> {
    let asked = known(repo, id).await?;
    match asked.state(now) {
        ExceptionState::Pending => Ok(asked),
        other => Err(DecideError::State(other.as_str())),
    }
}

fn may_approve(asked: &Asked, person: &str, terms: Terms) -> Result<(), DecideError> {
    let rule = asked.request.terms;
    if is_same_person(person, &asked.request.user) {
        return Err(DecideError::Own);
    }
    if asked
        .standing
        .votes
        .iter()
        .any(|vote| is_same_person(&vote.approver, person))
    {
        return Err(DecideError::Twice);
    }
    let within = (1..=rule.most_hours).contains(&terms.hours) && (1..=rule.most_uses).contains(&terms.uses);
    match within {
        true => Ok(()),
        false => Err(DecideError::Beyond {
            hours: rule.most_hours,
            uses: rule.most_uses,
        }),
    }
}

/// What is given is the least that anybody gave.
fn exception(asked: &Asked, votes: &[Vote], now: Timestamp) -> Exception {
    let request = &asked.request;
    let hours = votes.iter().map(|vote| vote.hours).min().unwrap_or(0);
    Exception {
        id: asked.id.to_string(),
        device: asked.device.to_string(),
        user: request.user.clone(),
        digest: request.digest.clone(),
        destination: request.destination.clone(),
        rules: request.rules.clone(),
        uses: votes.iter().map(|vote| vote.uses).min().unwrap_or(0),
        approved_by: votes.iter().map(|vote| vote.approver.clone()).collect::<BTreeSet<_>>(),
        reason: request.reason.clone(),
        issued: now,
        expires: now.plus_millis(i64::from(hours) * HOUR),
    }
}
