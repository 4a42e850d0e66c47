//! Beginning, saving and closing drafts.

use super::table::{Draft, Revision, RevisionHead, Trial, TrialKind};
use super::texts::{Texts, TextsError, contents_of};
use crate::clock::{self, NoRandomness};
use crate::journal::{Actor, Deed, Entry};
use crate::repo::{Repo, RepoError};
use weir_model::{EventId, Timestamp};

/// No draft was begun.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The name.
    #[error("a draft's name has 1 to 64 characters: a to z, 0 to 9 and `-`, with no `-` at its ends")]
    Name,
    /// There is no such bundle to begin with.
    #[error("there is no bundle {0}")]
    Bundle(u64),
    /// The system.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Begins a draft with the packs of a bundle, or with one that extends the pack that is built in (bundle 0).
///
/// # Errors
/// Nothing is kept then.
pub async fn create(
    repo: &dyn Repo,
    (actor, person): (&Actor, &str),
    name: &str,
    bundle: u64,
    now: Timestamp,
) -> Result<Draft, CreateError> {
    let texts = match bundle {
        0 => Texts::new(name),
        number => {
            let contents = contents_of(repo, number).await?.ok_or(CreateError::Bundle(number))?;
            Texts {
                pack: contents.pack,
                packs: contents.packs,
            }
        }
    };
    begin(repo, (actor, person), name, &Begun::of(bundle, texts), now).await
}

/// What a draft begins with.
pub(super) struct Begun {
    /// What it is compared with.
    pub(super) base: u64,
    /// Whose catalogue it takes.
    pub(super) catalogue: u64,
    /// Its texts.
    pub(super) texts: Texts,
    /// Why, for people.
    pub(super) note: String,
}

impl Begun {
    fn of(bundle: u64, texts: Texts) -> Self {
        Self {
            base: bundle,
            catalogue: bundle,
            texts,
            note: String::new(),
        }
    }
}

async fn begin(
    repo: &dyn Repo,
    (actor, person): (&Actor, &str),
    name: &str,
    begun: &Begun,
    now: Timestamp,
) -> Result<Draft, CreateError> {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_name = (1..=64).contains(&name.len()) && name.chars().all(fine);
    if !is_name || name.starts_with('-') || name.ends_with('-') {
        return Err(CreateError::Name);
    }
    let draft = Draft {
        id: EventId::new(now, clock::random()?),
        name: name.to_owned(),
        author: person.to_owned(),
        created: now,
        closed: None,
        newest: 1,
    };
    let first = Revision {
        head: RevisionHead {
            draft: draft.id,
            number: 1,
            author: person.to_owned(),
            saved: now,
            note: begun.note.clone(),
            base: begun.base,
            catalogue: begun.catalogue,
            digest: begun.texts.digest(),
        },
        texts: begun.texts.clone(),
    };
    let entry = Entry::new(now, actor, Deed::DraftCreate, draft.id)
        .with("name", &draft.name)
        .with("base", begun.base)
        .with("digest", &first.head.digest);
    repo.add_draft(&draft, &first, &check(&first, now)?, &entry).await?;
    Ok(draft)
}

/// A revision somebody saves.
#[derive(Clone, Debug)]
pub struct Saving {
    /// Of which draft.
    pub draft: EventId,
    /// The revision they changed: the newest, or nothing is saved.
    pub previous: u32,
    /// What was changed, for people.
    pub note: String,
    /// What it is compared with.
    pub base: u64,
    /// Whose catalogue and files it takes.
    pub catalogue: u64,
    /// Its texts.
    pub texts: Texts,
}

/// Nothing was saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The texts.
    #[error(transparent)]
    Texts(#[from] TextsError),
    /// There is no such bundle.
    #[error("there is no bundle {0}")]
    Bundle(u64),
    /// Somebody else saved meanwhile, or it is closed, or there is none.
    #[error("revision {0} is not the newest of an open draft: look at what was saved since")]
    Behind(u32),
    /// The system.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Keeps the next revision, and asks for its checks.
///
/// # Errors
/// Nothing is kept then.
pub async fn save(
    repo: &dyn Repo,
    (actor, person): (&Actor, &str),
    saving: Saving,
    now: Timestamp,
) -> Result<(RevisionHead, Trial), SaveError> {
    let texts = saving.texts.looked_at()?;
    for bundle in [saving.base, saving.catalogue] {
        if bundle != 0 && repo.bundle(bundle).await?.is_none() {
            return Err(SaveError::Bundle(bundle));
        }
    }
    let revision = Revision {
        head: RevisionHead {
            draft: saving.draft,
            number: saving.previous.saturating_add(1),
            author: person.to_owned(),
            saved: now,
            note: saving.note,
            base: saving.base,
            catalogue: saving.catalogue,
            digest: texts.digest(),
        },
        texts,
    };
    let entry = Entry::new(now, actor, Deed::DraftSave, saving.draft)
        .with("revision", revision.head.number)
        .with("digest", &revision.head.digest);
    let check = check(&revision, now)?;
    match repo.add_revision(&revision, &check, &entry).await? {
        true => Ok((revision.head, check)),
        false => Err(SaveError::Behind(saving.previous)),
    }
}

/// Its checks, which nobody needs to ask for.
fn check(revision: &Revision, now: Timestamp) -> Result<Trial, NoRandomness> {
    Ok(Trial {
        id: EventId::new(now, clock::random()?),
        draft: revision.head.draft,
        revision: revision.head.number,
        kind: TrialKind::Check,
        asker: revision.head.author.clone(),
        asked: now,
        since: None,
        attempts: 0,
        done: None,
        result: None,
    })
}

/// Ends the work on a draft. What was saved stays. False where there is none, or it was closed before.
///
/// # Errors
/// The database.
pub async fn close(repo: &dyn Repo, actor: &Actor, draft: EventId, now: Timestamp) -> Result<bool, RepoError> {
    let entry = Entry::new(now, actor, Deed::DraftClose, draft);
    repo.close_draft(draft, now, &entry).await
}

/// Begins the draft of a roll-back: the packs and the catalogue of an earlier bundle, compared with the one that they are to
/// take the place of.
///
/// # Errors
/// Nothing is kept then.
pub async fn roll_back_draft(
    repo: &dyn Repo,
    by: (&Actor, &str),
    from: u64,
    to: u64,
    now: Timestamp,
) -> Result<Draft, CreateError> {
    let texts = match to {
        0 => Texts::new("baseline"),
        number => {
            let contents = contents_of(repo, number).await?.ok_or(CreateError::Bundle(number))?;
            Texts {
                pack: contents.pack,
                packs: contents.packs,
            }
        }
    };
    let begun = Begun {
        base: from,
        catalogue: to,
        texts,
        note: format!("back from bundle {from} to what was in bundle {to}"),
    };
    begin(repo, by, &format!("back-to-{to}"), &begun, now).await
}
