//! From a revision to what people sign, and back.

use super::checks::{ChangeClass, Outcome};
use super::table::{Proposal, ProposalState, Sealed, Verdict};
use super::texts::{Around, built_in, digest_of};
use super::trial::check_of;
use crate::clock::{self, NoRandomness};
use crate::journal::{Actor, Deed, Entry};
use crate::people::{is_same_person, person};
use crate::policies::{PlanError, PublishError, Published, Stage, Way, looked_at, publish};
use crate::repo::{Repo, RepoError};
use std::collections::BTreeSet;
use weir_bundle::{SealError, Trust};
use weir_model::{EventId, Timestamp};

/// What a revision is proposed as.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Groups it is for.
    pub audience: BTreeSet<String>,
    /// Days the bundle is valid for: 1 to 365.
    pub days: u32,
    /// Why, for those who approve.
    pub why: String,
    /// How it is rolled out; to all at once where there are none.
    pub stages: Vec<Stage>,
}

/// Nothing was proposed.
#[derive(Debug, thiserror::Error)]
pub enum ProposeError {
    /// There is no such revision.
    #[error("there is no such revision")]
    Unknown,
    /// The terms.
    #[error("a bundle is for 1 to 100 groups, and valid for 1 to 365 days")]
    Terms,
    /// The roll-out.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Nobody knows yet what it is worth.
    #[error("its checks are not done yet")]
    Unchecked,
    /// No device would run it.
    #[error("no device would run it: {0}")]
    Unfit(String),
    /// What it was compared with is not what devices have.
    #[error("it was compared with bundle {base}, and the group `{group}` has bundle {newest}: save it again on that")]
    Base {
        /// What it was compared with.
        base: u64,
        /// The group.
        group: String,
        /// What it has.
        newest: u64,
    },
    /// The system.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Proposes a revision. Others must approve it where `approval` asks for that: one where nothing gets further than before, two
/// where something does.
///
/// # Errors
/// Nothing is kept then.
pub async fn propose(
    repo: &dyn Repo,
    (actor, person): (&Actor, &str),
    (draft, revision): (EventId, u32),
    terms: Terms,
    approval: bool,
    now: Timestamp,
) -> Result<Proposal, ProposeError> {
    if !(1..=100).contains(&terms.audience.len()) || !(1..=365).contains(&terms.days) {
        return Err(ProposeError::Terms);
    }
    let known = repo.revision(draft, revision).await?.ok_or(ProposeError::Unknown)?;
    looked_at(&terms.stages, &terms.audience)?;
    let class = class_of(repo, draft, revision).await?;
    is_on_the_newest(repo, known.head.base, &terms.audience).await?;
    let needed = match (approval, class) {
        (false, _) => 0,
        (true, ChangeClass::Tightens) => 1,
        (true, ChangeClass::Loosens) => 2,
    };
    let proposal = Proposal {
        id: EventId::new(now, clock::random()?),
        draft,
        revision,
        proposer: person.to_owned(),
        proposed: now,
        why: terms.why,
        class,
        needed,
        audience: terms.audience,
        days: terms.days,
        stages: terms.stages,
        state: match needed {
            0 => ProposalState::Approved,
            _ => ProposalState::Open,
        },
        number: None,
        digest: None,
    };
    let entry = Entry::new(now, actor, Deed::ProposalMake, proposal.id)
        .with("draft", draft)
        .with("revision", revision)
        .with("digest", &known.head.digest)
        .with("class", class)
        .with("needed", needed)
        .with("audience", &proposal.audience)
        .with("stages", &proposal.stages);
    repo.add_proposal(&proposal, &entry).await?;
    Ok(proposal)
}

async fn class_of(repo: &dyn Repo, draft: EventId, revision: u32) -> Result<ChangeClass, ProposeError> {
    let checks = match check_of(repo, draft, revision).await? {
        None => return Err(ProposeError::Unchecked),
        Some(Outcome::Failed(why)) => return Err(ProposeError::Unfit(why)),
        Some(Outcome::Found(checks)) => checks,
    };
    match checks.comparison {
        Some(comparison) if checks.runs => Ok(comparison.class),
        _ => Err(ProposeError::Unfit("it has errors, or its own tests fail".to_owned())),
    }
}

/// A class says something of the step from one bundle to the next, and of no other step.
async fn is_on_the_newest(repo: &dyn Repo, base: u64, audience: &BTreeSet<String>) -> Result<(), ProposeError> {
    for group in audience {
        let newest = repo.newest_for(group).await?.map_or(0, |newest| newest.number);
        if newest != base {
            let group = group.clone();
            return Err(ProposeError::Base { base, group, newest });
        }
    }
    Ok(())
}

/// What somebody says of a proposal.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Yes or no.
    pub approves: bool,
    /// Why.
    pub why: String,
}

/// Nothing was said.
#[derive(Debug, thiserror::Error)]
pub enum VerdictError {
    /// There is none.
    #[error("there is no such proposal")]
    Unknown,
    /// A program may propose.
    #[error("a person decides: sign in with an account")]
    Program,
    /// One's own work.
    #[error("`{0}` wrote or proposed it: somebody else has to approve it")]
    Own(String),
    /// It is decided, or they have said something before.
    #[error("it is not open any more, or you have said something before")]
    Done,
    /// A no without a reason.
    #[error("a refusal says why")]
    Why,
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Approves or refuses. Nobody approves what they wrote a revision of, or proposed.
///
/// # Errors
/// Nothing is kept then.
pub async fn decide(
    repo: &dyn Repo,
    actor: &Actor,
    id: EventId,
    decided: Decided,
    now: Timestamp,
) -> Result<ProposalState, VerdictError> {
    let proposal = repo.proposal(id).await?.ok_or(VerdictError::Unknown)?;
    let person = person(actor).ok_or(VerdictError::Program)?;
    if !decided.approves && decided.why.trim().is_empty() {
        return Err(VerdictError::Why);
    }
    if decided.approves && is_own(repo, &proposal, &person).await? {
        return Err(VerdictError::Own(person));
    }
    let deed = match decided.approves {
        true => Deed::ProposalApprove,
        false => Deed::ProposalRefuse,
    };
    let entry = Entry::new(now, actor, deed, id).with("why", &decided.why);
    let verdict = Verdict {
        person,
        given: now,
        approves: decided.approves,
        why: decided.why,
    };
    let state = repo.add_verdict(id, &verdict, &entry).await?;
    state.ok_or(VerdictError::Done)
}

async fn is_own(repo: &dyn Repo, proposal: &Proposal, person: &str) -> Result<bool, RepoError> {
    let revisions = repo.revisions(proposal.draft).await?;
    let mut written = revisions.iter().filter(|head| head.number <= proposal.revision);
    Ok(is_same_person(&proposal.proposer, person) || written.any(|head| is_same_person(&head.author, person)))
}

/// Nothing to sign, or nothing signed.
#[derive(Debug, thiserror::Error)]
pub enum SignedError {
    /// There is none.
    #[error("there is no such proposal")]
    Unknown,
    /// Too few have approved it.
    #[error("it is not approved")]
    Unapproved,
    /// The packs and the catalogue that come with the program are others than those it was tried out with.
    #[error(
        "what would be signed is not what was tried out: the server was updated since. Save it again, and propose that"
    )]
    Updated,
    /// What it was compared with is not what devices have any more.
    #[error(transparent)]
    Moved(#[from] ProposeError),
    /// The bytes that came back are not those that were given to sign.
    #[error("these are not the bytes that were approved: their digest is {got}, and not {wanted}")]
    Other {
        /// SHA-256 of the payload that came, hex.
        got: String,
        /// Of the one that was approved.
        wanted: String,
    },
    /// It is no bundle.
    #[error("it is no bundle")]
    NoBundle(#[from] weir_bundle::EnvelopeError),
    /// Nothing to sign can be made.
    #[error("nothing to sign can be made")]
    Seal(#[from] SealError),
    /// It was not published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// The bytes to sign: an envelope without signatures. Made once, whoever asks; anew only where no device would run them any more: another
/// bundle has used their number in the meantime, or their time is over.
///
/// # Errors
/// Nothing is made then.
pub async fn payload(repo: &dyn Repo, actor: &Actor, id: EventId, now: Timestamp) -> Result<Sealed, SignedError> {
    let proposal = repo.proposal(id).await?.ok_or(SignedError::Unknown)?;
    let newest = repo.newest_number().await?;
    match proposal.state {
        ProposalState::Approved => {}
        ProposalState::Published => return repo.sealed(id).await?.ok_or(SignedError::Unknown),
        ProposalState::Open | ProposalState::Refused => return Err(SignedError::Unapproved),
    }
    let kept = repo.sealed(id).await?;
    if let Some(kept) = &kept
        && kept.number > newest
        && weir_bundle::inspect(&kept.envelope)?.contents.expires > now
    {
        return Ok(kept.clone());
    }
    let sealed = sealed(repo, &proposal, newest + 1, now).await?;
    let entry = Entry::new(now, actor, Deed::ProposalSeal, id)
        .with("number", sealed.number)
        .with("digest", &sealed.digest);
    let before = kept.as_ref().map(|kept| &*kept.digest);
    if repo.seal_proposal(id, before, &sealed, &entry).await? {
        return Ok(sealed);
    }
    // Somebody else asked at the same time: what they were given is what all sign.
    let made = repo.sealed(id).await?.filter(|made| Some(&*made.digest) != before);
    made.ok_or(SignedError::Unapproved)
}

async fn sealed(repo: &dyn Repo, proposal: &Proposal, number: u64, now: Timestamp) -> Result<Sealed, SignedError> {
    let revision = repo.revision(proposal.draft, proposal.revision).await?;
    let revision = revision.ok_or(SignedError::Unknown)?;
    is_on_the_newest(repo, revision.head.base, &proposal.audience).await?;
    let Some(Outcome::Found(checks)) = check_of(repo, proposal.draft, proposal.revision).await? else {
        return Err(SignedError::Unapproved);
    };
    let around = Around::of(repo, revision.head.catalogue).await?;
    let mut contents = around.ok_or(RepoError::Row("bundles"))?.with(revision.texts);
    if checks.contents != Some(digest_of(&contents)) {
        return Err(SignedError::Updated);
    }
    contents.files.retain(|name, _| checks.files.contains(name));
    contents.name = checks.name.unwrap_or_else(|| built_in().pack);
    contents.number = number;
    contents.issued = now;
    contents.expires = now.plus_millis(i64::from(proposal.days) * DAY);
    contents.audience.clone_from(&proposal.audience);
    let envelope = weir_bundle::seal(&contents, &[])?;
    Ok(Sealed {
        number,
        digest: weir_bundle::inspect(&envelope)?.digest,
        envelope,
    })
}

/// Takes back what people signed, if it is byte for byte what was approved, and gives it to devices as it was agreed.
///
/// # Errors
/// Nothing has changed then.
pub async fn publish_signed(
    repo: &dyn Repo,
    actor: &Actor,
    id: EventId,
    signed: &[u8],
    trust: &Trust,
    now: Timestamp,
) -> Result<Published, SignedError> {
    let proposal = repo.proposal(id).await?.ok_or(SignedError::Unknown)?;
    if proposal.state != ProposalState::Approved {
        return Err(SignedError::Unapproved);
    }
    let wanted = repo.sealed(id).await?.ok_or(SignedError::Unapproved)?;
    let got = weir_bundle::inspect(signed)?.digest;
    if got != wanted.digest {
        let wanted = wanted.digest;
        return Err(SignedError::Other { got, wanted });
    }
    let revision = repo.revision(proposal.draft, proposal.revision).await?;
    let base = revision.ok_or(SignedError::Unknown)?.head.base;
    is_on_the_newest(repo, base, &proposal.audience).await?;
    let way = Way::Approved {
        proposal: id,
        stages: proposal.stages,
    };
    Ok(publish(repo, actor, signed, trust, way, now).await?)
}

const DAY: i64 = 86_400_000;
