//! The register of providers: who asks for one and why, what was answered to six questions, and what providers have promised
//! the company, each promise with its evidence and the day on which it ends.
//!
//! The register changes no policy: what it holds is written out as a pack ([`whole_pack`]), which goes the way of every pack, by a
//! draft, a second person and signatures. In that pack an obligation is an agreement with its last day, so that devices take
//! a fact as unknown from the next day on, also without the server.

mod device;
mod pack;
mod table;

pub use device::{MOST_PENDING, ask_from, standings};
use pack::pack;
pub use table::{ObligationsWanted, RegisterTable, RequestsWanted};

use crate::clock::{self, NoRandomness};
use crate::journal::{Actor, Deed, Entry};
use crate::people::{is_same_person, person};
use crate::repo::{Notice, Repo, RepoError};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;
use weir_fleet::DeviceId;
use weir_model::{EventId, Level, Tier, Timestamp};

/// Rows that are read for a pack: more than any company has providers.
const MOST: u32 = 100_000;

/// A request to use a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRequest {
    /// Names it.
    pub id: EventId,
    /// The provider, as the catalogue names it, or by a name it does not know.
    pub provider: String,
    /// One of its services; empty for all of them.
    pub service: String,
    /// What it is wanted for.
    pub business_case: String,
    /// Level of the most sensitive data that is to go there.
    pub level: Level,
    /// The six questions.
    pub answers: Answers,
    /// When it was asked for.
    pub asked: Timestamp,
    /// By whom.
    pub asked_by: String,
    /// On which device, where an employee asked on one.
    pub device: Option<DeviceId>,
    /// How it stands.
    pub state: RequestState,
    /// When it was decided, and by whom.
    pub decided: Option<(Timestamp, String)>,
    /// Why it was decided so.
    pub why: String,
}

/// What whoever asks has found out; empty where a question is open. Nobody approves without all six.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// Which data goes there?
    #[schema(min_length = 1, max_length = 2000, pattern = "^[^\\x00]*$")]
    pub data: String,
    /// Is it used to train models?
    #[schema(min_length = 1, max_length = 2000, pattern = "^[^\\x00]*$")]
    pub training: String,
    /// How long is it kept, and where?
    #[schema(min_length = 1, max_length = 2000, pattern = "^[^\\x00]*$")]
    pub retention: String,
    /// Who else gets to see it: reviewers, subprocessors, authorities?
    #[schema(min_length = 1, max_length = 2000, pattern = "^[^\\x00]*$")]
    pub others: String,
    /// Which contract covers it?
    #[schema(min_length = 1, max_length = 2000, pattern = "^[^\\x00]*$")]
    pub contract: String,
    /// What happens to it after a breach, and at the end?
    #[schema(min_length = 1, max_length = 2000, pattern = "^[^\\x00]*$")]
    pub end: String,
}

impl Answers {
    /// Each with the name of its question.
    #[must_use]
    pub fn all(&self) -> [(&'static str, &str); 6] {
        [
            ("data", &self.data),
            ("training", &self.training),
            ("retention", &self.retention),
            ("others", &self.others),
            ("contract", &self.contract),
            ("end", &self.end),
        ]
    }

    /// These, and the others where these are open.
    #[must_use]
    fn or(self, others: Self) -> Self {
        let either = |own: String, other: String| if own.is_empty() { other } else { own };
        Self {
            data: either(self.data, others.data),
            training: either(self.training, others.training),
            retention: either(self.retention, others.retention),
            others: either(self.others, others.others),
            contract: either(self.contract, others.contract),
            end: either(self.end, others.end),
        }
    }

    /// The first question that is open.
    #[must_use]
    pub fn open(&self) -> Option<&'static str> {
        let open = self.all().into_iter().find(|(_, answer)| answer.is_empty());
        open.map(|(question, _)| question)
    }
}

/// How a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum RequestState {
    /// It waits for somebody to decide.
    Pending,
    /// The provider may be used.
    Approved,
    /// It may not.
    Refused,
    /// Whoever asked wants it no more.
    Withdrawn,
}

impl RequestState {
    /// As it is kept.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Something a provider has promised the company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// Names it.
    pub id: EventId,
    /// The provider, as the catalogue names it.
    pub provider: String,
    /// Account tiers it is for; empty for all of them.
    pub tiers: BTreeSet<Tier>,
    /// What is promised.
    pub promise: Promise,
    /// What shows it, for people: `data processing addendum, signed 2026-03-01`.
    pub document: String,
    /// SHA-256 of that document, lower-case hex.
    pub digest: String,
    /// The last day, in UTC, on which it counts.
    pub until: Date,
    /// When it was entered.
    pub entered: Timestamp,
    /// By whom.
    pub entered_by: String,
    /// When it was taken out, and by whom.
    pub ended: Option<(Timestamp, String)>,
    /// Why it was taken out.
    pub why: String,
}

/// What is promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// In one word.
    pub kind: PromiseKind,
    /// Days for which data is kept, or hours until a breach is told.
    pub number: Option<u32>,
    /// Where data is processed.
    pub place: String,
}

/// Kinds of promises. Names stand in the tables for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum PromiseKind {
    /// Nothing is kept after the answer.
    ZeroRetention,
    /// Data is not used for training.
    NoTraining,
    /// Data is kept for so many days.
    Retention,
    /// Data is processed in one place.
    Region,
    /// A breach is told within so many hours.
    BreachNotice,
    /// The company may audit the provider.
    AuditRight,
    /// A data processing agreement (GDPR, article 28).
    ProcessingAgreement,
    /// A business associate agreement (HIPAA).
    AssociateAgreement,
    /// A SOC 2 report.
    Soc2,
    /// A certificate by ISO 27001.
    Iso27001,
    /// The list of subprocessors.
    Subprocessors,
}

impl PromiseKind {
    /// As it is kept.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ZeroRetention => "zero-retention",
            Self::NoTraining => "no-training",
            Self::Retention => "retention",
            Self::Region => "region",
            Self::BreachNotice => "breach-notice",
            Self::AuditRight => "audit-right",
            Self::ProcessingAgreement => "processing-agreement",
            Self::AssociateAgreement => "associate-agreement",
            Self::Soc2 => "soc2",
            Self::Iso27001 => "iso27001",
            Self::Subprocessors => "subprocessors",
        }
    }

    /// Whether a promise of this kind says a number.
    #[must_use]
    pub const fn counts(self) -> bool {
        matches!(self, Self::Retention | Self::BreachNotice)
    }
}

impl Obligation {
    /// Whether it counts on this day.
    #[must_use]
    pub fn counts_on(&self, day: Date) -> bool {
        self.ended.is_none() && day <= self.until
    }
}

/// Why nothing was written. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// There is no such request, or no such promise.
    #[error("there is no such {0}")]
    Unknown(&'static str),
    /// It was decided already.
    #[error("the request is {0}")]
    State(&'static str),
    /// A program decides nothing.
    #[error("a person decides: sign in with an account")]
    Program,
    /// Who asks does not decide.
    #[error("whoever asks for a provider does not decide about it")]
    Own,
    /// Nobody but who asked.
    #[error("whoever asked for it withdraws it, and nobody else")]
    Others,
    /// It was taken out already.
    #[error("it was taken out already")]
    Ended,
    /// Nobody approves what nobody has looked into.
    #[error("the question `{0}` is not answered yet: answer all six, then approve")]
    Open(&'static str),
    /// Nothing is open any more.
    #[error("all six questions are answered already")]
    Answered,
    /// Others answer at the same time, again and again.
    #[error("somebody else answered at the same time: look again")]
    Raced,
    /// Many of the device's wait already.
    #[error("{MOST_PENDING} requests of this device wait already")]
    Many,
    /// What is promised does not fit its kind.
    #[error("{0}")]
    Promise(&'static str),
    /// Its day is over.
    #[error("the last day of it is over: what has ended is not entered")]
    Over,
    /// It has no name yet.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// As [`ProviderRequest::provider`].
    pub provider: String,
    /// As [`ProviderRequest::service`].
    pub service: String,
    /// As [`ProviderRequest::business_case`].
    pub business_case: String,
    /// As [`ProviderRequest::level`].
    pub level: Level,
    /// As [`ProviderRequest::answers`].
    pub answers: Answers,
}

/// Takes a request.
///
/// # Errors
/// It was not taken.
pub async fn ask(
    repo: &dyn Repo,
    actor: &Actor,
    wanted: Wanted,
    now: Timestamp,
) -> Result<ProviderRequest, RegisterError> {
    let asked_by = person(actor).ok_or(RegisterError::Program)?;
    let request = ProviderRequest {
        id: EventId::new(now, clock::random()?),
        provider: wanted.provider,
        service: wanted.service,
        business_case: wanted.business_case,
        level: wanted.level,
        answers: wanted.answers,
        asked: now,
        asked_by,
        device: None,
        state: RequestState::Pending,
        decided: None,
        why: String::new(),
    };
    add(repo, actor, request).await
}

async fn add(repo: &dyn Repo, actor: &Actor, request: ProviderRequest) -> Result<ProviderRequest, RegisterError> {
    let entry = Entry::new(request.asked, actor, Deed::ProviderAsk, request.id)
        .with("provider", &request.provider)
        .with("service", &request.service)
        .with("level", request.level)
        .with("business_case", &request.business_case)
        .with("answers", &request.answers)
        .with("user", request.device.map(|_| &request.asked_by));
    repo.add_provider_request(&request, &entry).await?;
    Ok(request)
}

/// Others may answer at the same time.
const ATTEMPTS: usize = 5;

/// Answers what whoever asked left open. What was answered stays.
///
/// # Errors
/// Nothing has changed then.
pub async fn answer(
    repo: &dyn Repo,
    actor: &Actor,
    (id, found): (EventId, Answers),
    now: Timestamp,
) -> Result<ProviderRequest, RegisterError> {
    person(actor).ok_or(RegisterError::Program)?;
    for _ in 0..ATTEMPTS {
        let request = pending(repo, id).await?;
        let before = request.answers.clone();
        if before.open().is_none() {
            return Err(RegisterError::Answered);
        }
        let answered = ProviderRequest {
            answers: before.clone().or(found.clone()),
            ..request
        };
        let entry = Entry::new(now, actor, Deed::ProviderAnswer, id)
            .with("provider", &answered.provider)
            .with("answers", &answered.answers);
        if repo.answer_provider_request(&before, &answered, &entry).await? {
            return Ok(answered);
        }
    }
    Err(RegisterError::Raced)
}

/// Approves or refuses a request. Policy does not change by that: see [`whole_pack`].
///
/// # Errors
/// Nothing has changed then.
pub async fn decide(
    repo: &dyn Repo,
    actor: &Actor,
    (id, approved): (EventId, bool),
    why: &str,
    now: Timestamp,
) -> Result<ProviderRequest, RegisterError> {
    let decider = person(actor).ok_or(RegisterError::Program)?;
    let request = pending(repo, id).await?;
    if is_same_person(&decider, &request.asked_by) {
        return Err(RegisterError::Own);
    }
    if let Some(question) = request.answers.open().filter(|_| approved) {
        return Err(RegisterError::Open(question));
    }
    let (deed, state) = match approved {
        true => (Deed::ProviderApprove, RequestState::Approved),
        false => (Deed::ProviderRefuse, RequestState::Refused),
    };
    end(repo, request, (deed, state), (actor, &decider), (why, now)).await
}

/// Takes back what one asked for.
///
/// # Errors
/// Nothing has changed then.
pub async fn withdraw(
    repo: &dyn Repo,
    actor: &Actor,
    id: EventId,
    now: Timestamp,
) -> Result<ProviderRequest, RegisterError> {
    let who = person(actor).ok_or(RegisterError::Program)?;
    let request = pending(repo, id).await?;
    if !is_same_person(&who, &request.asked_by) {
        return Err(RegisterError::Others);
    }
    let change = (Deed::ProviderWithdraw, RequestState::Withdrawn);
    end(repo, request, change, (actor, &who), ("", now)).await
}

async fn pending(repo: &dyn Repo, id: EventId) -> Result<ProviderRequest, RegisterError> {
    let request = repo.provider_request(id).await?;
    let request = request.ok_or(RegisterError::Unknown("request"))?;
    match request.state {
        RequestState::Pending => Ok(request),
        other => Err(RegisterError::State(other.as_str())),
    }
}

async fn end(
    repo: &dyn Repo,
    request: ProviderRequest,
    (deed, state): (Deed, RequestState),
    (actor, who): (&Actor, &str),
    (why, now): (&str, Timestamp),
) -> Result<ProviderRequest, RegisterError> {
    let entry = Entry::new(now, actor, deed, request.id)
        .with("provider", &request.provider)
        .with("service", &request.service)
        .with("why", why);
    let decided = ProviderRequest {
        state,
        decided: Some((now, who.to_owned())),
        why: why.to_owned(),
        ..request
    };
    match repo.decide_provider_request(&decided, &entry).await? {
        true => {
            if let Some(device) = decided.device {
                repo.notify(Notice::Exception(device)).await?;
            }
            Ok(decided)
        }
        // Somebody was faster: with a decision, or with an answer that whoever decides has not read.
        false => pending(repo, decided.id).await.and(Err(RegisterError::Raced)),
    }
}

/// What is to be entered.
#[derive(Clone, Debug)]
pub struct Promised {
    /// As [`Obligation::provider`].
    pub provider: String,
    /// As [`Obligation::tiers`].
    pub tiers: BTreeSet<Tier>,
    /// As [`Obligation::promise`].
    pub promise: Promise,
    /// As [`Obligation::document`].
    pub document: String,
    /// As [`Obligation::digest`].
    pub digest: String,
    /// As [`Obligation::until`].
    pub until: Date,
}

/// Enters a promise.
///
/// # Errors
/// Nothing has changed then.
pub async fn enter(
    repo: &dyn Repo,
    actor: &Actor,
    promised: Promised,
    now: Timestamp,
) -> Result<Obligation, RegisterError> {
    let entered_by = person(actor).ok_or(RegisterError::Program)?;
    check(&promised.promise)?;
    if promised.until < day(now) {
        return Err(RegisterError::Over);
    }
    let obligation = Obligation {
        id: EventId::new(now, clock::random()?),
        provider: promised.provider,
        tiers: promised.tiers,
        promise: promised.promise,
        document: promised.document,
        digest: promised.digest,
        until: promised.until,
        entered: now,
        entered_by,
        ended: None,
        why: String::new(),
    };
    let entry = Entry::new(now, actor, Deed::ObligationEnter, obligation.id)
        .with("provider", &obligation.provider)
        .with("tiers", &obligation.tiers)
        .with("kind", obligation.promise.kind)
        .with("number", obligation.promise.number)
        .with("place", &obligation.promise.place)
        .with("document", &obligation.document)
        .with("digest", &obligation.digest)
        .with("until", obligation.until.to_string());
    repo.add_obligation(&obligation, &entry).await?;
    Ok(obligation)
}

/// Takes a promise out before its day.
///
/// # Errors
/// Nothing has changed then.
pub async fn take_out(
    repo: &dyn Repo,
    actor: &Actor,
    id: EventId,
    why: &str,
    now: Timestamp,
) -> Result<Obligation, RegisterError> {
    let who = person(actor).ok_or(RegisterError::Program)?;
    let obligation = repo.obligation(id).await?;
    let obligation = obligation.ok_or(RegisterError::Unknown("obligation"))?;
    let entry = Entry::new(now, actor, Deed::ObligationEnd, id)
        .with("provider", &obligation.provider)
        .with("kind", obligation.promise.kind)
        .with("why", why);
    let ended = Obligation {
        ended: Some((now, who)),
        why: why.to_owned(),
        ..obligation
    };
    match repo.end_obligation(&ended, &entry).await? {
        true => Ok(ended),
        false => Err(RegisterError::Ended),
    }
}

/// The register as a pack, today.
///
/// # Errors
/// The database.
pub async fn whole_pack(repo: &dyn Repo, now: Timestamp) -> Result<String, RepoError> {
    let requests = repo
        .provider_requests(&RequestsWanted {
            state: None,
            limit: MOST,
        })
        .await?;
    let wanted = ObligationsWanted {
        limit: MOST,
        ..ObligationsWanted::default()
    };
    let obligations = repo.obligations(&wanted).await?;
    Ok(pack(&requests, &obligations, day(now)))
}

/// The day of a moment, in UTC.
#[must_use]
pub fn day(now: Timestamp) -> Date {
    let moment = jiff::Timestamp::from_millisecond(now.as_millis()).unwrap_or_default();
    jiff::tz::Offset::UTC.to_datetime(moment).date()
}

fn check(promise: &Promise) -> Result<(), RegisterError> {
    let wrong = |why| Err(RegisterError::Promise(why));
    match (promise.kind, promise.number, promise.place.is_empty()) {
        (kind, None, _) if kind.counts() => wrong("this kind of promise says a number: days of retention, or hours"),
        (kind, Some(_), _) if !kind.counts() => wrong("this kind of promise has no number"),
        (PromiseKind::Region, _, true) => wrong("a region has a name"),
        (PromiseKind::Region, _, false) => Ok(()),
        (_, _, false) => wrong("only a region names a place"),
        _ => Ok(()),
    }
}
