//! Deletion for somebody whom records are about: records stay, and the keys by which values are found in them are destroyed.
//!
//! ```text
//! ask (one administrator) ─▶ approve (another) ─▶ one transaction: keys destroyed, journal, entry in the server's log
//!                                                    └─▶ receipt, signed, for whoever asked from outside
//! ```
//!
//! What is destroyed does not come back, so that two people decide. Chains verify as before: no record is touched.

mod lost;
mod table;
mod why;

pub use table::DeletionTable;
pub use why::{Why, WhyError};

use crate::clock::{self, NoRandomness};
use crate::journal::{Actor, Deed, Entry};
use crate::people::{is_same_person, person};
use crate::repo::{Repo, RepoError};
use crate::search_keys::{Destruction, Scope, SearchKeyError, destruction};
use crate::tlog::{self, Log, ProveError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use weir_bundle::SigningKey;
use weir_fleet::{Deletion, DeletionReceipt, DeletionRefused, Gone, Left, LogEntry, LogProof, Statement};
use weir_model::{EventId, Timestamp, chain};

/// A deletion that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Names it.
    pub id: EventId,
    /// Which keys.
    pub scope: Scope,
    /// Why.
    pub why: String,
    /// When it was asked for.
    pub asked: Timestamp,
    /// By whom.
    pub asked_by: String,
    /// How it stands.
    pub state: DeletionState,
    /// When it was decided, and by whom.
    pub decided: Option<(Timestamp, String)>,
    /// Why it was refused.
    pub refusal: String,
    /// What the server said when the keys were destroyed, and the number of its entry in the log.
    pub statement: Option<(String, u64)>,
}

/// How a deletion stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeletionState {
    /// It waits for another person.
    Pending,
    /// The keys are destroyed.
    Done,
    /// They were not.
    Refused,
}

impl DeletionState {
    /// As it is kept.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// Why nothing was destroyed, or there is no receipt. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum DeletionError {
    /// There is none.
    #[error("there is no such deletion")]
    Unknown,
    /// It was decided before.
    #[error("the deletion is {0}")]
    State(&'static str),
    /// A program destroys nothing.
    #[error("people decide: sign in with an account")]
    Program,
    /// Two people destroy.
    #[error("whoever asks for a deletion does not agree to it: another person must")]
    Own,
    /// Neither a key nor a device.
    #[error("name a key, a device, or both")]
    Nothing,
    /// All of it is gone.
    #[error("there is no such key, or it was destroyed before")]
    Gone,
    /// Others destroyed at the same time, or a device enrolled whose key would have gone as well.
    #[error("somebody else destroyed keys at the same time, or a device enrolled; look again")]
    Raced,
    /// It has no name yet.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// Keys cannot be read.
    #[error(transparent)]
    Keys(#[from] SearchKeyError),
    /// The statement cannot be written or read.
    #[error(transparent)]
    Statement(#[from] DeletionRefused),
    /// It cannot be proved.
    #[error("the server's log has not what it said")]
    Proof(#[from] ProveError),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Asks that keys are destroyed.
///
/// # Errors
/// Nothing was asked.
pub async fn ask(
    repo: &dyn Repo,
    receipt: &SigningKey,
    actor: &Actor,
    (scope, why): (Scope, &Why),
    now: Timestamp,
) -> Result<Asked, DeletionError> {
    let asked_by = person(actor).ok_or(DeletionError::Program)?;
    if scope.number.is_none() && scope.device.is_none() {
        return Err(DeletionError::Nothing);
    }
    destruction(repo, receipt, scope).await?.ok_or(DeletionError::Gone)?;
    let asked = Asked {
        id: EventId::new(now, clock::random()?),
        scope,
        why: why.as_str().to_owned(),
        asked: now,
        asked_by,
        state: DeletionState::Pending,
        decided: None,
        refusal: String::new(),
        statement: None,
    };
    let entry = about(now, actor, Deed::DeletionAsk, &asked);
    repo.add_deletion(&asked, &entry).await?;
    Ok(asked)
}

/// Agrees to a deletion: the keys are destroyed. `clock` is asked for the time when what goes with them has been counted, which may
/// take minutes.
///
/// # Errors
/// They are still there.
pub async fn approve(
    repo: &dyn Repo,
    receipt: &SigningKey,
    actor: &Actor,
    id: EventId,
    clock: fn() -> Timestamp,
) -> Result<Asked, DeletionError> {
    let person = person(actor).ok_or(DeletionError::Program)?;
    let asked = pending(repo, id).await?;
    if is_same_person(&person, &asked.asked_by) {
        return Err(DeletionError::Own);
    }
    let destroyed = destruction(repo, receipt, asked.scope).await?;
    let destroyed = destroyed.ok_or(DeletionError::Gone)?;
    let (gone, left) = lost::count(repo, receipt, &destroyed).await?;
    let now = clock();
    let said = statement((&asked, &destroyed), (gone, left), (&person, now))?;
    let entry = about(now, actor, Deed::SearchKeyDestroy, &asked)
        .with("asked_by", &asked.asked_by)
        .with("keys", destroyed.numbers())
        .with("statement", digest(&said));
    if !repo
        .carry_out_deletion(id, &said, &destroyed, (&person, now), &entry)
        .await?
    {
        return Err(DeletionError::Raced);
    }
    erase(repo).await;
    one(repo, id).await
}

/// The keys are destroyed whether or not this can be done now.
async fn erase(repo: &dyn Repo) {
    const LEFT: &str = "keys are destroyed, and the database's files may have them still: SQLite's until no program has the database \
                        open any more, PostgreSQL's until it has vacuumed and used the place again";
    match repo.erase().await {
        Ok(true) => {}
        Ok(false) => tracing::warn!("{LEFT}"),
        Err(error) => tracing::warn!(error = chain(&error), "{LEFT}"),
    }
}

/// Refuses a deletion, or takes one's own back.
///
/// # Errors
/// Nothing has changed then.
pub async fn refuse(
    repo: &dyn Repo,
    actor: &Actor,
    id: EventId,
    why: &Why,
    now: Timestamp,
) -> Result<Asked, DeletionError> {
    let why = why.as_str();
    let person = person(actor).ok_or(DeletionError::Program)?;
    let asked = pending(repo, id).await?;
    let entry = about(now, actor, Deed::DeletionRefuse, &asked).with("refusal", why);
    match repo.refuse_deletion(id, (&person, now), why, &entry).await? {
        true => one(repo, id).await,
        false => Err(DeletionError::Raced),
    }
}

/// The receipt for keys that were destroyed: it verifies without the server.
///
/// # Errors
/// They are not destroyed, or the log has not what was said.
pub async fn receipt(
    repo: &dyn Repo,
    (log, key): (&Log, &SigningKey),
    id: EventId,
) -> Result<DeletionReceipt, DeletionError> {
    let asked = one(repo, id).await?;
    let (text, leaf) = asked.statement.ok_or(DeletionError::State(asked.state.as_str()))?;
    let statement = Statement::parse(text)?;
    let head = repo.tree().await?;
    let inclusion = LogProof::of(&tlog::inclusion(repo, leaf, head.size).await?);
    let checkpoint = log.checkpoint(head, key);
    Ok(DeletionReceipt::new(statement, key, leaf, inclusion, &checkpoint))
}

async fn one(repo: &dyn Repo, id: EventId) -> Result<Asked, DeletionError> {
    repo.deletion(id).await?.ok_or(DeletionError::Unknown)
}

async fn pending(repo: &dyn Repo, id: EventId) -> Result<Asked, DeletionError> {
    let asked = one(repo, id).await?;
    match asked.state {
        DeletionState::Pending => Ok(asked),
        other => Err(DeletionError::State(other.as_str())),
    }
}

fn about(now: Timestamp, actor: &Actor, deed: Deed, asked: &Asked) -> Entry {
    Entry::new(now, actor, deed, asked.id)
        .with("key", asked.scope.number)
        .with("device", asked.scope.device)
        .with("why", &asked.why)
}

/// What the server says about it. Records that arrived since they were counted are not in it.
fn statement(
    (asked, destroyed): (&Asked, &Destruction),
    (gone, left): (Gone, Left),
    (person, now): (&str, Timestamp),
) -> Result<Statement, DeletionRefused> {
    Statement::of(&Deletion {
        id: asked.id,
        keys: destroyed.keys.clone(),
        device: asked.scope.device,
        why: asked.why.clone(),
        asked: asked.asked,
        asked_by: asked.asked_by.clone(),
        destroyed: now,
        destroyed_by: person.to_owned(),
        gone,
        left,
    })
}

/// As it stands in the server's log.
fn digest(statement: &Statement) -> Option<String> {
    match statement.entry() {
        LogEntry::Destroyed { statement } => Some(hex::encode(statement)),
        LogEntry::Accepted { .. } | LogEntry::Journal { .. } => None,
    }
}
