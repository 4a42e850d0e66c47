//! Proposals: who agrees, what is signed, and what comes back.

use super::bundles::BundleShown;
use super::problem::Problem;
use super::take::{Asked, At, Body, Raw, limit, plain};
use crate::access::Caller;
use crate::clock;
use crate::drafts::{
    ChangeClass, Decided, Proposal, ProposalState, Terms, Verdict, decide, payload, propose, publish_signed,
};
use crate::policies::Stage;
use crate::run::Fleet;
use crate::whole::whole;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use weir_fleet::routes::BUNDLE_TYPE;
use weir_model::EventId;

/// A revision that is to become a bundle. Times are milliseconds since 1970.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposalShown {
    /// Names it.
    #[schema(value_type = String, format = Uuid)]
    pub id: EventId,
    /// Of which draft.
    #[schema(value_type = String, format = Uuid)]
    pub draft: EventId,
    /// Of which revision.
    pub revision: u32,
    /// Who proposed it.
    pub proposer: String,
    /// When.
    pub proposed: i64,
    /// Why.
    pub why: String,
    /// Which way it goes.
    pub class: ChangeClass,
    /// How many must approve.
    pub needed: u32,
    /// Groups it is for.
    pub audience: BTreeSet<String>,
    /// Days the bundle is valid for.
    pub days: u32,
    /// How it is rolled out; to all at once where there are none.
    pub stages: Vec<Stage>,
    /// How it stands.
    pub state: ProposalState,
    /// Number of what is to be signed, or was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// SHA-256 over that, hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// What was said of it; left out in lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<VerdictShown>,
}

/// What somebody said.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerdictShown {
    /// Who.
    pub person: String,
    /// When.
    pub given: i64,
    /// Yes or no.
    pub approves: bool,
    /// Why.
    pub why: String,
}

impl From<Proposal> for ProposalShown {
    fn from(proposal: Proposal) -> Self {
        Self {
            id: proposal.id,
            draft: proposal.draft,
            revision: proposal.revision,
            proposer: proposal.proposer,
            proposed: proposal.proposed.as_millis(),
            why: proposal.why,
            class: proposal.class,
            needed: proposal.needed,
            audience: proposal.audience,
            days: proposal.days,
            stages: proposal.stages,
            state: proposal.state,
            number: proposal.number,
            digest: proposal.digest,
            verdicts: Vec::new(),
        }
    }
}

impl ProposalShown {
    /// With what was said of it.
    #[must_use]
    pub fn with(self, verdicts: Vec<Verdict>) -> Self {
        let shown = verdicts.into_iter().map(|verdict| VerdictShown {
            person: verdict.person,
            given: verdict.given.as_millis(),
            approves: verdict.approves,
            why: verdict.why,
        });
        Self {
            verdicts: shown.collect(),
            ..self
        }
    }
}

/// What a revision is proposed as.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewProposal {
    /// Groups it is for.
    #[schema(min_items = 1, max_items = 100)]
    audience: BTreeSet<String>,
    /// Days the bundle is valid for.
    #[serde(deserialize_with = "whole")]
    #[schema(minimum = 1, maximum = 365)]
    days: i64,
    /// Why, for those who approve.
    #[serde(default)]
    #[schema(max_length = 1000, pattern = "^[^\\x00]*$")]
    why: String,
    /// How it is rolled out; to all at once where there are none.
    #[serde(default)]
    #[schema(max_items = 20)]
    stages: Vec<Stage>,
}

/// Propose a revision. Its checks must be done, and it must be compared with what its audience has.
#[utoipa::path(post, path = "/api/v1/drafts/{draft}/revisions/{number}/proposals", tag = "proposals",
    params(("draft" = Uuid, Path), ("number" = i64, Path, minimum = 1, maximum = 4294967295i64)),
    request_body = NewProposal, responses((status = 201, body = ProposalShown)))]
pub(super) async fn make(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At((draft, number)): At<(EventId, i64)>,
    Body(new): Body<NewProposal>,
) -> Result<(StatusCode, Json<ProposalShown>), Problem> {
    let number = u32::try_from(number).map_err(|_| Problem::malformed("a revision's number is 1 to 4294967295"))?;
    for group in new
        .audience
        .iter()
        .chain(new.stages.iter().flat_map(|stage| &stage.groups))
    {
        plain(group, 1..=100, "a group")?;
    }
    let terms = Terms {
        days: u32::try_from(new.days).map_err(|_| Problem::malformed("a bundle is valid for 1 to 365 days"))?,
        why: plain(&new.why, 0..=1000, "a reason")?.to_owned(),
        audience: new.audience,
        stages: new.stages,
    };
    let by = (&caller.actor, &*caller.person);
    let made = propose(&*fleet.repo, by, (draft, number), terms, fleet.approval, clock::now()).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Proposals, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Proposals {
    proposals: Vec<ProposalShown>,
}

/// Which proposals.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Of this draft.
    #[param(value_type = Option<String>, format = Uuid)]
    draft: Option<EventId>,
    /// Rows, 100 where nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Proposals, newest first.
#[utoipa::path(get, path = "/api/v1/proposals", tag = "proposals", params(Which), responses((status = 200, body = Proposals)))]
pub(super) async fn list(
    State(fleet): State<Arc<Fleet>>,
    Asked(which): Asked<Which>,
) -> Result<Json<Proposals>, Problem> {
    let proposals = fleet.repo.proposals(which.draft, limit(which.limit)?).await?;
    Ok(Json(Proposals {
        proposals: proposals.into_iter().map(ProposalShown::from).collect(),
    }))
}

/// A proposal, and what was said of it.
#[utoipa::path(get, path = "/api/v1/proposals/{proposal}", tag = "proposals",
    params(("proposal" = Uuid, Path)), responses((status = 200, body = ProposalShown)))]
pub(super) async fn one(State(fleet): State<Arc<Fleet>>, At(id): At<EventId>) -> Result<Json<ProposalShown>, Problem> {
    full(&fleet, id).await.map(Json)
}

async fn full(fleet: &Fleet, id: EventId) -> Result<ProposalShown, Problem> {
    let proposal = fleet.repo.proposal(id).await?;
    let proposal = proposal.ok_or_else(|| Problem::not_found("there is no such proposal"))?;
    let verdicts = fleet.repo.verdicts(id).await?;
    Ok(ProposalShown::from(proposal).with(verdicts))
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    /// For others.
    #[serde(default)]
    #[schema(max_length = 1000, pattern = "^[^\\x00]*$")]
    pub(super) why: String,
}

impl Reason {
    pub(super) fn text(self) -> Result<String, Problem> {
        plain(&self.why, 0..=1000, "a reason")?;
        Ok(self.why)
    }
}

async fn say(
    fleet: &Fleet,
    caller: &Caller,
    id: EventId,
    reason: Reason,
    approves: bool,
) -> Result<Json<ProposalShown>, Problem> {
    let why = reason.text()?;
    decide(&*fleet.repo, &caller.actor, id, Decided { approves, why }, clock::now()).await?;
    full(fleet, id).await.map(Json)
}

/// Approve what somebody else wrote and proposed.
#[utoipa::path(post, path = "/api/v1/proposals/{proposal}/approve", tag = "proposals",
    params(("proposal" = Uuid, Path)), request_body = Reason, responses((status = 200, body = ProposalShown)))]
pub(super) async fn approve(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(id): At<EventId>,
    Body(reason): Body<Reason>,
) -> Result<Json<ProposalShown>, Problem> {
    say(&fleet, &caller, id, reason, true).await
}

/// Refuse it, and say why.
#[utoipa::path(post, path = "/api/v1/proposals/{proposal}/refuse", tag = "proposals",
    params(("proposal" = Uuid, Path)), request_body = Reason, responses((status = 200, body = ProposalShown)))]
pub(super) async fn refuse(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(id): At<EventId>,
    Body(reason): Body<Reason>,
) -> Result<Json<ProposalShown>, Problem> {
    say(&fleet, &caller, id, reason, false).await
}

/// Make what is to be signed, of an approved proposal: a bundle without signatures, for `weir policy sign`. The same bytes
/// each time, unless their number was used by another bundle in the meantime.
#[utoipa::path(post, path = "/api/v1/proposals/{proposal}/payload", tag = "proposals",
    params(("proposal" = Uuid, Path)),
    responses((status = 200, body = Object, content_type = "application/vnd.weir.bundle.v1+json")))]
pub(super) async fn seal(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(id): At<EventId>,
) -> Result<Response, Problem> {
    let sealed = payload(&*fleet.repo, &caller.actor, id, clock::now()).await?;
    Ok(([(CONTENT_TYPE, BUNDLE_TYPE)], sealed.envelope).into_response())
}

/// Bring back what people signed: it is published if it is byte for byte what was approved.
#[utoipa::path(post, path = "/api/v1/proposals/{proposal}/signed", tag = "proposals",
    params(("proposal" = Uuid, Path)),
    request_body(content = Object, content_type = "application/vnd.weir.bundle.v1+json"),
    responses((status = 201, body = BundleShown)))]
pub(super) async fn signed(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(id): At<EventId>,
    headers: HeaderMap,
    Raw(bytes): Raw,
) -> Result<(StatusCode, Json<BundleShown>), Problem> {
    if headers.get(CONTENT_TYPE).is_none_or(|kind| kind != BUNDLE_TYPE) {
        return Err(Problem::media_type(BUNDLE_TYPE));
    }
    let made = publish_signed(&*fleet.repo, &caller.actor, id, &bytes, &fleet.trust, clock::now()).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}
