//! Exceptions: what employees ask leave for.

use super::problem::Problem;
use super::take::{Asked as Query, At, Because, Body, One, limit};
use crate::access::Caller;
use crate::approvals::{self, Asked, ExceptionsWanted, Terms, Vote};
use crate::clock;
use crate::run::Fleet;
use crate::whole::whole;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use weir_fleet::{DeviceId, ExceptionState};
use weir_model::{EventId, Timestamp};

/// A request for an exception, and what came of it. Times are milliseconds since 1970. It holds no content.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExceptionShown {
    /// Names the request, and the exception.
    #[schema(value_type = String, format = Uuid)]
    pub id: EventId,
    /// How it stands.
    pub state: ExceptionWord,
    /// The device that asks.
    #[schema(value_type = String, format = Uuid)]
    pub device: DeviceId,
    /// The event that it is about.
    #[schema(value_type = String, format = Uuid)]
    pub event: EventId,
    /// Who asks: the account on the device.
    pub user: String,
    /// Where it was going: a service, or a host.
    pub destination: String,
    /// The account tier it was going to.
    pub tier: String,
    /// Its level.
    #[schema(schema_with = super::words::level)]
    pub level: weir_model::Level,
    /// What was found in it.
    pub data_types: BTreeSet<String>,
    /// The rules in the way.
    pub rules: BTreeSet<String>,
    /// Why it must go, in the employee's words.
    pub reason: String,
    /// How many people must approve it.
    pub approvers: u8,
    /// For how many hours it may be given.
    pub most_hours: u32,
    /// For how many messages it may be given.
    pub most_uses: u32,
    /// When it was asked for.
    pub asked: i64,
    /// Until when it can be decided.
    pub expires: i64,
    /// Who has approved it so far.
    pub approvals: Vec<ApprovalShown>,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided: Option<i64>,
    /// Who had the last word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// Why it was refused or taken back.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Until when the exception holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
}

/// An approval.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovalShown {
    /// By whom.
    pub by: String,
    /// When.
    pub given: i64,
    /// For how many hours.
    pub hours: u32,
    /// For how many messages.
    pub uses: u32,
}

/// How a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExceptionWord {
    /// It waits for approvers.
    Pending,
    /// The exception holds.
    Approved,
    /// Somebody said no.
    Refused,
    /// Nobody decided in time, or the exception's time is over.
    Expired,
    /// The exception was taken back.
    Revoked,
}

impl From<ExceptionState> for ExceptionWord {
    fn from(state: ExceptionState) -> Self {
        match state {
            ExceptionState::Pending => Self::Pending,
            ExceptionState::Approved => Self::Approved,
            ExceptionState::Refused => Self::Refused,
            ExceptionState::Expired => Self::Expired,
            ExceptionState::Revoked => Self::Revoked,
        }
    }
}

impl From<ExceptionWord> for ExceptionState {
    fn from(word: ExceptionWord) -> Self {
        match word {
            ExceptionWord::Pending => Self::Pending,
            ExceptionWord::Approved => Self::Approved,
            ExceptionWord::Refused => Self::Refused,
            ExceptionWord::Expired => Self::Expired,
            ExceptionWord::Revoked => Self::Revoked,
        }
    }
}

impl ExceptionShown {
    /// As it stands now.
    #[must_use]
    pub fn of(asked: Asked, now: Timestamp) -> Self {
        let state = asked.state(now).into();
        let Asked {
            id,
            device,
            request,
            asked,
            expires,
            standing,
        } = asked;
        let (decided, decided_by) = standing.decided.unzip();
        Self {
            id,
            state,
            device,
            event: request.event,
            user: request.user,
            destination: request.destination.name,
            tier: request.destination.tier.as_str().to_owned(),
            level: request.level,
            data_types: request.data_types.iter().map(|it| it.as_str().to_owned()).collect(),
            rules: request.rules,
            reason: request.reason,
            approvers: request.terms.approvers,
            most_hours: request.terms.most_hours,
            most_uses: request.terms.most_uses,
            asked: asked.as_millis(),
            expires: expires.as_millis(),
            approvals: standing.votes.into_iter().map(ApprovalShown::from).collect(),
            decided: decided.map(Timestamp::as_millis),
            decided_by,
            why: standing.why,
            until: standing.until.map(Timestamp::as_millis),
        }
    }
}

impl From<Vote> for ApprovalShown {
    fn from(vote: Vote) -> Self {
        Self {
            by: vote.approver,
            given: vote.given.as_millis(),
            hours: vote.hours,
            uses: vote.uses,
        }
    }
}

/// Which requests.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only those that stand so.
    #[param(inline)]
    state: Option<ExceptionWord>,
    /// Rows, 100 where nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Requests for exceptions, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Exceptions {
    exceptions: Vec<ExceptionShown>,
}

/// Requests for exceptions, newest first.
#[utoipa::path(get, path = "/api/v1/exceptions", tag = "exceptions", params(Which), responses((status = 200, body = Exceptions)))]
pub(super) async fn list(
    State(fleet): State<Arc<Fleet>>,
    Query(which): Query<Which>,
) -> Result<Json<Exceptions>, Problem> {
    let now = clock::now();
    let wanted = ExceptionsWanted {
        state: which.state.map(ExceptionState::from),
        limit: limit(which.limit)?,
    };
    let all = fleet.repo.exceptions(&wanted, now).await?;
    Ok(Json(Exceptions {
        exceptions: all.into_iter().map(|asked| ExceptionShown::of(asked, now)).collect(),
    }))
}

/// One request for an exception.
#[utoipa::path(get, path = "/api/v1/exceptions/{id}", tag = "exceptions", params(One), responses((status = 200, body = ExceptionShown)))]
pub(super) async fn one(State(fleet): State<Arc<Fleet>>, At(one): At<One>) -> Result<Json<ExceptionShown>, Problem> {
    let asked = fleet.repo.exception(one.id).await?;
    let asked = asked.ok_or_else(|| Problem::not_found("there is no such request"))?;
    Ok(Json(ExceptionShown::of(asked, clock::now())))
}

/// For how long, and how often. Where two people approve, the least that one of them gives is given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    /// For how many hours, at most what the rule allows.
    #[schema(minimum = 1, maximum = 720)]
    #[serde(deserialize_with = "whole")]
    hours: i64,
    /// For how many messages, at most what the rule allows.
    #[schema(minimum = 1, maximum = 1000)]
    #[serde(deserialize_with = "whole")]
    uses: i64,
}

impl Given {
    fn terms(&self) -> Result<Terms, Problem> {
        let within = |number: i64, most: u32, what: &str| match u32::try_from(number) {
            Ok(number) if (1..=most).contains(&number) => Ok(number),
            _ => Err(Problem::malformed(format!("{what} are 1 to {most}"))),
        };
        Ok(Terms {
            hours: within(self.hours, 720, "hours")?,
            uses: within(self.uses, 1000, "uses")?,
        })
    }
}

/// Approve a request. Whoever asked cannot, and where the rule asks for two people nobody is both.
#[utoipa::path(post, path = "/api/v1/exceptions/{id}/approve", tag = "exceptions", params(One), request_body = Given, responses((status = 200, body = ExceptionShown)))]
pub(super) async fn approve(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(one): At<One>,
    Body(given): Body<Given>,
) -> Result<Json<ExceptionShown>, Problem> {
    let (terms, now) = (given.terms()?, clock::now());
    let asked = approvals::approve(&*fleet.repo, &caller.actor, &fleet.keys.orders, (one.id, terms), now).await?;
    Ok(Json(ExceptionShown::of(asked, now)))
}

/// Refuse a request.
#[utoipa::path(post, path = "/api/v1/exceptions/{id}/refuse", tag = "exceptions", params(One), request_body = Because, responses((status = 200, body = ExceptionShown)))]
pub(super) async fn refuse(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(one): At<One>,
    Body(because): Body<Because>,
) -> Result<Json<ExceptionShown>, Problem> {
    let (why, now) = (because.why()?, clock::now());
    let asked = approvals::refuse(&*fleet.repo, &caller.actor, one.id, why, now).await?;
    Ok(Json(ExceptionShown::of(asked, now)))
}

/// Take an exception back.
#[utoipa::path(post, path = "/api/v1/exceptions/{id}/revoke", tag = "exceptions", params(One), request_body = Because, responses((status = 200, body = ExceptionShown)))]
pub(super) async fn revoke(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(one): At<One>,
    Body(because): Body<Because>,
) -> Result<Json<ExceptionShown>, Problem> {
    let (why, now) = (because.why()?, clock::now());
    let asked = approvals::revoke(&*fleet.repo, &caller.actor, one.id, why, now).await?;
    Ok(Json(ExceptionShown::of(asked, now)))
}
