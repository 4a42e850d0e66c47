//! Codes that somebody reads out to a person whose device cannot hear the server: each lifts one directive there, or what
//! holds while policy is out of date, once and for a while (`weir_fleet::OverrideCode`).
//!
//! ```text
//! asked ──▶ approved ──▶ issued ──▶ used
//!   │ another person      │ whoever asked reads the code,   the device has told
//!   └──▶ refused          │ which is shown once
//!        expired          └──▶ expired
//! ```
//!
//! A code is made when it is shown and is nowhere before or after: the database has its number. It opens nothing that the
//! server could not open by itself: what it closed, and the rest of a statement it did not make. Suspending is for people who
//! sign, and policy for those who approve it.

mod key;
mod routes;
mod table;

use key::codes;
pub use routes::{override_key, used};
pub use table::{Issued, Override, OverrideState, OverrideTable, OverridesWanted, Used};

use crate::clock::{self, NoRandomness};
use crate::journal::{Actor, Deed, Entry};
use crate::people::{is_same_person, person};
use crate::repo::{Repo, RepoError};
use weir_bundle::{Directive, KeyError, SigningKey, inspect_order};
use weir_fleet::{DeviceId, Lifts, OVERRIDE_MINUTES, OverrideCode};
use weir_model::{EventId, Timestamp};
use zeroize::Zeroizing;

/// For how long a code can be approved and read, from when it was asked for.
pub const ASKED_HOURS: i64 = 4;
/// Codes of one device that wait for somebody.
pub const MOST_WAITING: usize = 5;
const HOUR: i64 = 3_600_000;

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// On which device.
    pub device: DeviceId,
    /// What is to be lifted.
    pub lifts: Lifts,
    /// For how many minutes.
    pub minutes: u16,
    /// Why.
    pub reason: String,
}

/// Why nothing came of it. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum OverrideError {
    /// No device, or one that is served no more.
    #[error("there is no such device, or it was revoked")]
    Device,
    /// It asks for nothing that could be lifted.
    #[error("directive {0} closes and suspends nothing on this device now")]
    Directive(u64),
    /// Codes lift for some times only.
    #[error("a code lifts for 15, 60, 240 or 480 minutes")]
    Minutes,
    /// Much was asked for already.
    #[error("{MOST_WAITING} codes for this device wait already")]
    Many,
    /// There is no such code.
    #[error("there is no such code")]
    Unknown,
    /// It was decided, read, or its time is over.
    #[error("the code is {0}")]
    State(&'static str),
    /// A program neither asks nor decides.
    #[error("a person asks for a code, and another approves it: sign in with an account")]
    Program,
    /// Four eyes.
    #[error("whoever asks for a code does not approve it")]
    Own,
    /// It is read by the person who asked, and by no other.
    #[error("whoever asked for a code reads it")]
    Others,
    /// Somebody else did something at the same time.
    #[error("somebody else was faster; look again")]
    Raced,
    /// The server's own key cannot be used.
    #[error("the receipt key cannot be used")]
    Key(#[from] KeyError),
    /// There is no key to make codes with.
    #[error("the key of this device's codes cannot be used")]
    NoKey,
    /// It has no name yet.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Asks for a code.
///
/// # Errors
/// It was not taken.
pub async fn ask(repo: &dyn Repo, actor: &Actor, wanted: &Wanted, now: Timestamp) -> Result<Override, OverrideError> {
    let person = person(actor).ok_or(OverrideError::Program)?;
    if !OVERRIDE_MINUTES.contains(&wanted.minutes) {
        return Err(OverrideError::Minutes);
    }
    let device = repo
        .device(wanted.device)
        .await?
        .filter(|device| device.revoked.is_none());
    let device = device.ok_or(OverrideError::Device)?;
    if let Lifts::Directive(number) = wanted.lifts {
        is_in_the_way(repo, number, &device.group, now).await?;
    }
    if repo.waiting_overrides(wanted.device, now).await? >= MOST_WAITING {
        return Err(OverrideError::Many);
    }
    let id = EventId::new(now, clock::random()?);
    let asked = Override::asked(id, wanted, (person, now), now.plus_millis(ASKED_HOURS * HOUR));
    let entry = Entry::new(now, actor, Deed::OverrideAsk, id)
        .with("device", wanted.device)
        .with("lifts", wanted.lifts)
        .with("minutes", wanted.minutes)
        .with("reason", &wanted.reason);
    repo.add_override(&asked, &entry).await?;
    known(repo, id).await
}

/// Says yes.
///
/// # Errors
/// Nothing has changed then.
pub async fn approve(repo: &dyn Repo, actor: &Actor, id: EventId, now: Timestamp) -> Result<Override, OverrideError> {
    let person = person(actor).ok_or(OverrideError::Program)?;
    let asked = standing(repo, id, OverrideState::Asked, now).await?;
    if is_same_person(&person, &asked.asked_by) {
        return Err(OverrideError::Own);
    }
    let entry = Entry::new(now, actor, Deed::OverrideApprove, id);
    decide(repo, id, (OverrideState::Approved, &person, ""), now, &entry).await
}

/// Says no. Whoever asked may as well, where their role refuses: it is wanted no more.
///
/// # Errors
/// Nothing has changed then.
pub async fn refuse(
    repo: &dyn Repo,
    actor: &Actor,
    id: EventId,
    why: &str,
    now: Timestamp,
) -> Result<Override, OverrideError> {
    let person = person(actor).ok_or(OverrideError::Program)?;
    standing(repo, id, OverrideState::Asked, now).await?;
    let entry = Entry::new(now, actor, Deed::OverrideRefuse, id).with("why", why);
    decide(repo, id, (OverrideState::Refused, &person, why), now, &entry).await
}

/// Makes the code that was asked for and approved. It is given this once; nobody keeps it. That it was read is in the database
/// and in the journal when this returns, and nothing is asked of them after that: a failure would lose the code.
///
/// # Errors
/// There is none then.
pub async fn issue(
    repo: &dyn Repo,
    actor: &Actor,
    receipt: &SigningKey,
    id: EventId,
    now: Timestamp,
) -> Result<(Override, Zeroizing<String>), OverrideError> {
    let person = person(actor).ok_or(OverrideError::Program)?;
    let approved = standing(repo, id, OverrideState::Approved, now).await?;
    // To be kept from approving, it is enough that a name may be the same person's. To be given the code, it is not.
    if person != approved.asked_by {
        return Err(OverrideError::Others);
    }
    let device = repo.device(approved.device).await?;
    if device.is_none_or(|device| device.revoked.is_some()) {
        return Err(OverrideError::Device);
    }
    let codes = codes(repo, receipt, approved.device, now).await?;
    let code = OverrideCode {
        number: repo.last_override(approved.device).await?.saturating_add(1),
        hour: OverrideCode::hour(now),
        minutes: approved.minutes,
        lifts: approved.lifts,
    };
    let text = Zeroizing::new(codes.write(code).ok_or(OverrideError::Minutes)?);
    let issued = Issued {
        number: code.number,
        at: now,
        ends: code.ends(),
    };
    let entry = Entry::new(now, actor, Deed::OverrideIssue, id)
        .with("device", approved.device)
        .with("number", issued.number)
        .with("ends", issued.ends);
    match repo.issue_override(id, &issued, &entry).await? {
        true => Ok((approved.issued(issued), text)),
        false => Err(OverrideError::Raced),
    }
}

async fn is_in_the_way(repo: &dyn Repo, number: u64, group: &str, now: Timestamp) -> Result<(), OverrideError> {
    let none = || OverrideError::Directive(number);
    let given = repo.order(number).await?.ok_or_else(none)?;
    let order = inspect_order(&given.signed).map_err(|_| none())?;
    let is_for_it = order.group.as_deref().is_none_or(|of| of == group);
    let holds = !matches!(order.directive, Directive::Resume) && order.expires > now;
    (is_for_it && holds).then_some(()).ok_or_else(none)
}

async fn known(repo: &dyn Repo, id: EventId) -> Result<Override, OverrideError> {
    repo.one_override(id).await?.ok_or(OverrideError::Unknown)
}

async fn standing(
    repo: &dyn Repo,
    id: EventId,
    wanted: OverrideState,
    now: Timestamp,
) -> Result<Override, OverrideError> {
    let found = known(repo, id).await?;
    match found.state(now) {
        state if state == wanted => Ok(found),
        other => Err(OverrideError::State(other.as_str())),
    }
}

async fn decide(
    repo: &dyn Repo,
    id: EventId,
    decision: (OverrideState, &str, &str),
    now: Timestamp,
    entry: &Entry,
) -> Result<Override, OverrideError> {
    match repo.decide_override(id, decision, now, entry).await? {
        true => known(repo, id).await,
        false => Err(OverrideError::Raced),
    }
}
