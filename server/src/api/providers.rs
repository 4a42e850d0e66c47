//! The register of providers: who asks for one, what is decided, and what they have promised.

use super::problem::Problem;
use super::take::{Asked as Query, At, Because, Body, One, limit, plain};
use super::words;
use crate::access::Caller;
use crate::clock;
use crate::register::{
    self, Answers, Obligation, ObligationsWanted, Promise, PromiseKind, Promised, ProviderRequest, RequestState,
    RequestsWanted, Wanted,
};
use crate::run::Fleet;
use crate::whole::maybe_whole;
use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use weir_fleet::DeviceId;
use weir_model::{EventId, Level, Tier, Timestamp};

/// A request for a provider. Times are milliseconds since 1970.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderRequestShown {
    /// Names it.
    #[schema(value_type = String, format = Uuid)]
    pub id: EventId,
    /// How it stands.
    pub state: RequestState,
    /// The provider.
    pub provider: String,
    /// One of its services; absent is all of them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service: String,
    /// What it is wanted for.
    pub business_case: String,
    /// Level of the most sensitive data that is to go there.
    #[schema(schema_with = words::level)]
    pub level: Level,
    /// The six questions, as far as they are answered.
    pub answers: AnswersShown,
    /// When it was asked for.
    pub asked: i64,
    /// By whom.
    pub asked_by: String,
    /// On which device, where an employee asked on one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    pub device: Option<DeviceId>,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided: Option<i64>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
}

impl From<ProviderRequest> for ProviderRequestShown {
    fn from(request: ProviderRequest) -> Self {
        let (decided, decided_by) = request.decided.unzip();
        Self {
            id: request.id,
            state: request.state,
            provider: request.provider,
            service: request.service,
            business_case: request.business_case,
            level: request.level,
            answers: request.answers.into(),
            asked: request.asked.as_millis(),
            asked_by: request.asked_by,
            device: request.device,
            decided: decided.map(Timestamp::as_millis),
            decided_by,
            why: request.why,
        }
    }
}

/// Answers to the six questions; absent where a question is open. Nobody approves without all six.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AnswersShown {
    /// Which data goes there?
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 2000, pattern = "^[^\\x00]*$")]
    pub data: Option<String>,
    /// Is it used to train models?
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 2000, pattern = "^[^\\x00]*$")]
    pub training: Option<String>,
    /// How long is it kept, and where?
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 2000, pattern = "^[^\\x00]*$")]
    pub retention: Option<String>,
    /// Who else gets to see it: reviewers, subprocessors, authorities?
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 2000, pattern = "^[^\\x00]*$")]
    pub others: Option<String>,
    /// Which contract covers it?
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 2000, pattern = "^[^\\x00]*$")]
    pub contract: Option<String>,
    /// What happens to it after a breach, and at the end?
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 2000, pattern = "^[^\\x00]*$")]
    pub end: Option<String>,
}

impl From<Answers> for AnswersShown {
    fn from(answers: Answers) -> Self {
        let given = |answer: String| Some(answer).filter(|answer| !answer.is_empty());
        Self {
            data: given(answers.data),
            training: given(answers.training),
            retention: given(answers.retention),
            others: given(answers.others),
            contract: given(answers.contract),
            end: given(answers.end),
        }
    }
}

impl From<AnswersShown> for Answers {
    fn from(shown: AnswersShown) -> Self {
        Self {
            data: shown.data.unwrap_or_default(),
            training: shown.training.unwrap_or_default(),
            retention: shown.retention.unwrap_or_default(),
            others: shown.others.unwrap_or_default(),
            contract: shown.contract.unwrap_or_default(),
            end: shown.end.unwrap_or_default(),
        }
    }
}

/// Something a provider has promised the company.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObligationShown {
    /// Names it.
    #[schema(value_type = String, format = Uuid)]
    pub id: EventId,
    /// The provider.
    pub provider: String,
    /// Account tiers it is for; empty is all of them.
    #[schema(value_type = Vec<String>)]
    pub tiers: BTreeSet<Tier>,
    /// What is promised.
    pub kind: PromiseKind,
    /// Days for which data is kept, or hours until a breach is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// Where data is processed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// What shows it.
    pub document: String,
    /// SHA-256 of that document.
    pub digest: String,
    /// The last day on which it counts: `2027-03-01`.
    #[schema(format = Date)]
    pub until: String,
    /// Whether it counts today.
    pub counts: bool,
    /// When it was entered.
    pub entered: i64,
    /// By whom.
    pub entered_by: String,
    /// When it was taken out before its day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<i64>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
}

impl ObligationShown {
    /// As it stands now.
    #[must_use]
    pub fn of(obligation: Obligation, now: Timestamp) -> Self {
        let counts = obligation.counts_on(register::day(now));
        let (ended, ended_by) = obligation.ended.unzip();
        Self {
            id: obligation.id,
            provider: obligation.provider,
            tiers: obligation.tiers,
            kind: obligation.promise.kind,
            number: obligation.promise.number,
            place: obligation.promise.place,
            document: obligation.document,
            digest: obligation.digest,
            until: obligation.until.to_string(),
            counts,
            entered: obligation.entered.as_millis(),
            entered_by: obligation.entered_by,
            ended: ended.map(Timestamp::as_millis),
            ended_by,
            why: obligation.why,
        }
    }
}

/// Which requests.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct WhichRequests {
    /// Only those that stand so.
    #[param(inline)]
    state: Option<RequestState>,
    /// Rows, 100 where nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Requests for providers, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct ProviderRequests {
    requests: Vec<ProviderRequestShown>,
}

/// Requests for providers, newest first.
#[utoipa::path(get, path = "/api/v1/provider-requests", tag = "providers", params(WhichRequests), responses((status = 200, body = ProviderRequests)))]
pub(super) async fn requests(
    State(fleet): State<Arc<Fleet>>,
    Query(which): Query<WhichRequests>,
) -> Result<Json<ProviderRequests>, Problem> {
    let wanted = RequestsWanted {
        state: which.state,
        limit: limit(which.limit)?,
    };
    let all = fleet.repo.provider_requests(&wanted).await?;
    Ok(Json(ProviderRequests {
        requests: all.into_iter().map(ProviderRequestShown::from).collect(),
    }))
}

/// A provider that is wanted, what for, and what is known of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The provider's id in the catalogue: `openai`; a name of its own where the catalogue does not know it.
    #[schema(min_length = 1, max_length = 100, pattern = "^[a-z0-9-]{1,100}$")]
    provider: String,
    /// One of its services: `chatgpt-web`; absent is all of them.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, pattern = "^[a-z0-9-]{1,100}$")]
    service: Option<String>,
    /// What it is wanted for.
    #[schema(min_length = 1, max_length = 2000, pattern = "^[^\\x00]*$")]
    business_case: String,
    /// Level of the most sensitive data that is to go there.
    #[schema(schema_with = words::level)]
    level: Level,
    /// The six questions.
    answers: Answers,
}

/// Ask for a provider.
#[utoipa::path(post, path = "/api/v1/provider-requests", tag = "providers", request_body = Request, responses((status = 201, body = ProviderRequestShown)))]
pub(super) async fn ask(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Body(request): Body<Request>,
) -> Result<(http::StatusCode, Json<ProviderRequestShown>), Problem> {
    let wanted = Wanted {
        provider: name(&request.provider)?.to_owned(),
        service: request
            .service
            .as_deref()
            .map(name)
            .transpose()?
            .unwrap_or_default()
            .to_owned(),
        business_case: plain(&request.business_case, 1..=2000, "a business case")?.to_owned(),
        level: request.level,
        answers: request.answers,
    };
    for (_, answer) in wanted.answers.all() {
        plain(answer, 1..=2000, "an answer")?;
    }
    let asked = register::ask(&*fleet.repo, &caller.actor, wanted, clock::now()).await?;
    Ok((http::StatusCode::CREATED, Json(asked.into())))
}

/// One request for a provider.
#[utoipa::path(get, path = "/api/v1/provider-requests/{id}", tag = "providers", params(One), responses((status = 200, body = ProviderRequestShown)))]
pub(super) async fn request(
    State(fleet): State<Arc<Fleet>>,
    At(one): At<One>,
) -> Result<Json<ProviderRequestShown>, Problem> {
    let request = fleet.repo.provider_request(one.id).await?;
    let request = request.ok_or_else(|| Problem::not_found("there is no such request"))?;
    Ok(Json(request.into()))
}

/// Answer what whoever asked has left open. What was answered stays.
#[utoipa::path(post, path = "/api/v1/provider-requests/{id}/answers", tag = "providers", params(One), request_body = AnswersShown, responses((status = 200, body = ProviderRequestShown)))]
pub(super) async fn answer(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(one): At<One>,
    Body(found): Body<AnswersShown>,
) -> Result<Json<ProviderRequestShown>, Problem> {
    let found = Answers::from(found);
    for (_, answer) in found.all().iter().filter(|(_, answer)| !answer.is_empty()) {
        plain(answer, 1..=2000, "an answer")?;
    }
    let answered = register::answer(&*fleet.repo, &caller.actor, (one.id, found), clock::now()).await?;
    Ok(Json(answered.into()))
}

/// Approve a provider. Whoever asked cannot, and nobody with a question open.
#[utoipa::path(post, path = "/api/v1/provider-requests/{id}/approve", tag = "providers", params(One), request_body = Because, responses((status = 200, body = ProviderRequestShown)))]
pub(super) async fn approve(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(one): At<One>,
    Body(because): Body<Because>,
) -> Result<Json<ProviderRequestShown>, Problem> {
    decide(&fleet, &caller, (one.id, true), &because).await
}

/// Refuse a provider. Whoever asked cannot.
#[utoipa::path(post, path = "/api/v1/provider-requests/{id}/refuse", tag = "providers", params(One), request_body = Because, responses((status = 200, body = ProviderRequestShown)))]
pub(super) async fn refuse(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(one): At<One>,
    Body(because): Body<Because>,
) -> Result<Json<ProviderRequestShown>, Problem> {
    decide(&fleet, &caller, (one.id, false), &because).await
}

async fn decide(
    fleet: &Fleet,
    caller: &Caller,
    decision: (EventId, bool),
    because: &Because,
) -> Result<Json<ProviderRequestShown>, Problem> {
    let decided = register::decide(&*fleet.repo, &caller.actor, decision, because.why()?, clock::now()).await?;
    Ok(Json(decided.into()))
}

/// Take back what one asked for.
#[utoipa::path(post, path = "/api/v1/provider-requests/{id}/withdraw", tag = "providers", params(One), responses((status = 200, body = ProviderRequestShown)))]
pub(super) async fn withdraw(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(one): At<One>,
) -> Result<Json<ProviderRequestShown>, Problem> {
    let withdrawn = register::withdraw(&*fleet.repo, &caller.actor, one.id, clock::now()).await?;
    Ok(Json(withdrawn.into()))
}

/// Which promises.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct WhichObligations {
    /// Only those of this provider.
    #[param(min_length = 1, max_length = 100, pattern = "^[a-z0-9-]{1,100}$")]
    provider: Option<String>,
    /// Also those that were taken out.
    #[serde(default)]
    ended: bool,
    /// Rows, 100 where nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Promises, those that end first before the others.
#[derive(Serialize, ToSchema)]
pub(super) struct Obligations {
    obligations: Vec<ObligationShown>,
}

/// What providers have promised, those promises that end first before the others.
#[utoipa::path(get, path = "/api/v1/obligations", tag = "providers", params(WhichObligations), responses((status = 200, body = Obligations)))]
pub(super) async fn obligations(
    State(fleet): State<Arc<Fleet>>,
    Query(which): Query<WhichObligations>,
) -> Result<Json<Obligations>, Problem> {
    let now = clock::now();
    let wanted = ObligationsWanted {
        provider: which.provider.as_deref().map(name).transpose()?.map(str::to_owned),
        ended: which.ended,
        limit: limit(which.limit)?,
    };
    let all = fleet.repo.obligations(&wanted).await?;
    let all = all.into_iter().map(|obligation| ObligationShown::of(obligation, now));
    Ok(Json(Obligations {
        obligations: all.collect(),
    }))
}

/// Something a provider has promised, what shows it, and until when it counts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Entered {
    /// The provider's id in the catalogue: `openai`.
    #[schema(min_length = 1, max_length = 100, pattern = "^[a-z0-9-]{1,100}$")]
    provider: String,
    /// Account tiers it is for: `api`; absent is all of them.
    #[serde(default)]
    #[schema(schema_with = words::tiers)]
    tiers: BTreeSet<Tier>,
    /// What is promised.
    kind: PromiseKind,
    /// Days for which data is kept (`retention`), or hours until a breach is told (`breach-notice`); nothing else has one.
    #[serde(default, deserialize_with = "maybe_whole")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 36500)]
    number: Option<i64>,
    /// Where data is processed (`region`); nothing else has one.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, pattern = "^[^\\x00]*$")]
    place: Option<String>,
    /// What shows it: `data processing addendum, signed 2026-03-01`.
    #[schema(min_length = 1, max_length = 200, pattern = "^[^\\x00]*$")]
    document: String,
    /// SHA-256 of that document, as `sha256sum` prints it.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    digest: String,
    /// The last day, in UTC, on which it counts.
    #[schema(format = Date)]
    until: String,
}

impl Entered {
    fn promised(&self) -> Result<Promised, Problem> {
        let number = |number: i64| match u32::try_from(number) {
            Ok(number) if number <= 36_500 => Ok(number),
            _ => Err(Problem::malformed("a number is 0 to 36500")),
        };
        let place = self
            .place
            .as_deref()
            .map(|place| plain(place, 1..=100, "a place"))
            .transpose()?;
        super::take::bytes::<32>(&self.digest, "a digest")?;
        let until: Date = self
            .until
            .parse()
            .map_err(|_| Problem::malformed("`until` is no day: write 2027-03-01"))?;
        Ok(Promised {
            provider: name(&self.provider)?.to_owned(),
            tiers: self.tiers.clone(),
            promise: Promise {
                kind: self.kind,
                number: self.number.map(number).transpose()?,
                place: place.unwrap_or_default().to_owned(),
            },
            document: plain(&self.document, 1..=200, "a document")?.to_owned(),
            digest: self.digest.to_ascii_lowercase(),
            until,
        })
    }
}

/// Enter what a provider has promised.
#[utoipa::path(post, path = "/api/v1/obligations", tag = "providers", request_body = Entered, responses((status = 201, body = ObligationShown)))]
pub(super) async fn enter(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Body(entered): Body<Entered>,
) -> Result<(http::StatusCode, Json<ObligationShown>), Problem> {
    let now = clock::now();
    let obligation = register::enter(&*fleet.repo, &caller.actor, entered.promised()?, now).await?;
    Ok((http::StatusCode::CREATED, Json(ObligationShown::of(obligation, now))))
}

/// Take a promise out before its day.
#[utoipa::path(post, path = "/api/v1/obligations/{id}/end", tag = "providers", params(One), request_body = Because, responses((status = 200, body = ObligationShown)))]
pub(super) async fn end(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(one): At<One>,
    Body(because): Body<Because>,
) -> Result<Json<ObligationShown>, Problem> {
    let (why, now) = (because.why()?, clock::now());
    let ended = register::take_out(&*fleet.repo, &caller.actor, one.id, why, now).await?;
    Ok(Json(ObligationShown::of(ended, now)))
}

/// The register as a pack that others extend.
#[derive(Serialize, ToSchema)]
pub(super) struct RegisterPack {
    /// A pack of YAML.
    pack: String,
}

/// The register as a pack of policy: approved providers, and what they have promised until when.
#[utoipa::path(get, path = "/api/v1/register/pack", tag = "providers", responses((status = 200, body = RegisterPack)))]
pub(super) async fn pack(State(fleet): State<Arc<Fleet>>) -> Result<Json<RegisterPack>, Problem> {
    let pack = register::whole_pack(&*fleet.repo, clock::now()).await?;
    Ok(Json(RegisterPack { pack }))
}

fn name(text: &str) -> Result<&str, Problem> {
    let is_name = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'-';
    match (1..=100).contains(&text.len()) && text.bytes().all(is_name) {
        true => Ok(text),
        false => Err(Problem::malformed(
            "a name has 1 to 100 lower-case letters, digits and `-`",
        )),
    }
}
