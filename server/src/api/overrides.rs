//! Codes that are read out to somebody whose device cannot hear the server.

use super::problem::Problem;
use super::take::{Asked as Query, At, Because, Body, One, limit, natural, plain};
use crate::access::Caller;
use crate::clock;
use crate::overrides::{self, Override, OverrideState, OverridesWanted, Wanted};
use crate::run::Fleet;
use crate::whole::{maybe_whole, whole};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use weir_fleet::{DeviceId, Lifts};
use weir_model::{EventId, Timestamp};

/// A code that was asked for, and what came of it; never the code. Times are milliseconds since 1970.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverrideShown {
    /// Names it.
    #[schema(value_type = String, format = Uuid)]
    pub id: EventId,
    /// How it stands.
    pub state: OverrideState,
    /// The device it is for.
    #[schema(value_type = String, format = Uuid)]
    pub device: DeviceId,
    /// The device's name.
    pub device_name: String,
    /// The directive that it lifts; absent where it lifts what holds while policy is out of date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directive: Option<u64>,
    /// For how many minutes it lifts.
    pub minutes: u16,
    /// Why it was asked for.
    pub reason: String,
    /// When it was asked for.
    pub asked: i64,
    /// By whom.
    pub asked_by: String,
    /// Until when it can be approved and read.
    pub expires: i64,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided: Option<i64>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Its number among the codes of the device, once it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// When it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued: Option<i64>,
    /// Until when it can be entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<i64>,
    /// When it was entered, by the device's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entered: Option<i64>,
    /// Until when it lifts, by the device's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
}

impl OverrideShown {
    /// As it stands now.
    #[must_use]
    pub fn of(known: Override, now: Timestamp) -> Self {
        let state = known.state(now);
        let (decided, decided_by) = known.decided.unzip();
        Self {
            id: known.id,
            state,
            device: known.device,
            device_name: known.device_name,
            directive: match known.lifts {
                Lifts::Directive(number) => Some(number),
                Lifts::Stale => None,
            },
            minutes: known.minutes,
            reason: known.reason,
            asked: known.asked.as_millis(),
            asked_by: known.asked_by,
            expires: known.expires.as_millis(),
            decided: decided.map(Timestamp::as_millis),
            decided_by,
            why: known.why,
            number: known.issued.map(|issued| issued.number),
            issued: known.issued.map(|issued| issued.at.as_millis()),
            ends: known.issued.map(|issued| issued.ends.as_millis()),
            entered: known.used.map(|used| used.entered.as_millis()),
            until: known.used.map(|used| used.until.as_millis()),
        }
    }
}

/// Which codes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only those that stand so.
    #[param(inline)]
    state: Option<OverrideState>,
    /// Rows, 100 where nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Codes that were asked for, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Overrides {
    overrides: Vec<OverrideShown>,
}

/// Codes that were asked for, newest first. None of them shows the code.
#[utoipa::path(get, path = "/api/v1/overrides", tag = "overrides", params(Which), responses((status = 200, body = Overrides)))]
pub(super) async fn list(
    State(fleet): State<Arc<Fleet>>,
    Query(which): Query<Which>,
) -> Result<Json<Overrides>, Problem> {
    let now = clock::now();
    let wanted = OverridesWanted {
        state: which.state,
        limit: limit(which.limit)?,
    };
    let all = fleet.repo.overrides(wanted, now).await?;
    Ok(Json(Overrides {
        overrides: all.into_iter().map(|known| OverrideShown::of(known, now)).collect(),
    }))
}

/// One code that was asked for, without the code.
#[utoipa::path(get, path = "/api/v1/overrides/{id}", tag = "overrides", params(One), responses((status = 200, body = OverrideShown)))]
pub(super) async fn one(State(fleet): State<Arc<Fleet>>, At(one): At<One>) -> Result<Json<OverrideShown>, Problem> {
    let known = fleet.repo.one_override(one.id).await?;
    let known = known.ok_or_else(|| Problem::not_found("there is no such code"))?;
    Ok(Json(OverrideShown::of(known, clock::now())))
}

/// On which device a code is to lift what, for how long, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedFor {
    /// The device.
    #[schema(value_type = String, format = Uuid)]
    device: DeviceId,
    /// Number of the directive that holds there; absent for what holds while policy is out of date.
    #[serde(default, deserialize_with = "maybe_whole")]
    #[schema(minimum = 1)]
    directive: Option<i64>,
    /// For how many minutes: 15, 60, 240 or 480.
    #[schema(minimum = 15, maximum = 480)]
    #[serde(deserialize_with = "whole")]
    minutes: i64,
    /// Why; whoever approves it reads it.
    #[schema(min_length = 1, max_length = 500, pattern = "^[^\\x00]*$")]
    reason: String,
}

impl AskedFor {
    fn wanted(self) -> Result<Wanted, Problem> {
        let lifts = match self.directive {
            Some(number) => Lifts::Directive(natural(number, "a directive's number")?),
            None => Lifts::Stale,
        };
        plain(&self.reason, 1..=500, "a reason")?;
        Ok(Wanted {
            device: self.device,
            lifts,
            // What is no number of minutes at all is none that a code can have.
            minutes: u16::try_from(self.minutes).unwrap_or(0),
            reason: self.reason,
        })
    }
}

/// Ask for a code. Another person approves it.
#[utoipa::path(post, path = "/api/v1/overrides", tag = "overrides", request_body = AskedFor, responses((status = 201, body = OverrideShown)))]
pub(super) async fn ask(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Body(asked): Body<AskedFor>,
) -> Result<(StatusCode, Json<OverrideShown>), Problem> {
    let (wanted, now) = (asked.wanted()?, clock::now());
    let asked = overrides::ask(&*fleet.repo, &caller.actor, &wanted, now).await?;
    Ok((StatusCode::CREATED, Json(OverrideShown::of(asked, now))))
}

/// Approve a code. Whoever asked for it cannot.
#[utoipa::path(post, path = "/api/v1/overrides/{id}/approve", tag = "overrides", params(One), responses((status = 200, body = OverrideShown)))]
pub(super) async fn approve(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(one): At<One>,
) -> Result<Json<OverrideShown>, Problem> {
    let now = clock::now();
    let approved = overrides::approve(&*fleet.repo, &caller.actor, one.id, now).await?;
    Ok(Json(OverrideShown::of(approved, now)))
}

/// Refuse a code.
#[utoipa::path(post, path = "/api/v1/overrides/{id}/refuse", tag = "overrides", params(One), request_body = Because, responses((status = 200, body = OverrideShown)))]
pub(super) async fn refuse(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(one): At<One>,
    Body(because): Body<Because>,
) -> Result<Json<OverrideShown>, Problem> {
    let (why, now) = (because.why()?, clock::now());
    let refused = overrides::refuse(&*fleet.repo, &caller.actor, one.id, why, now).await?;
    Ok(Json(OverrideShown::of(refused, now)))
}

/// A code to read out. It is shown this once, and kept nowhere.
#[derive(Serialize, ToSchema)]
pub(super) struct CodeShown {
    /// Twelve letters and digits in three groups.
    code: String,
    /// What else is known of it.
    about: OverrideShown,
}

/// Read a code that was approved: once, by whoever asked for it.
#[utoipa::path(post, path = "/api/v1/overrides/{id}/code", tag = "overrides", params(One), responses((status = 200, body = CodeShown)))]
pub(super) async fn code(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(one): At<One>,
) -> Result<Json<CodeShown>, Problem> {
    let now = clock::now();
    let issued = overrides::issue(&*fleet.repo, &caller.actor, &fleet.keys.receipt, one.id, now).await?;
    let (about, code) = (OverrideShown::of(issued.0, now), issued.1.to_string());
    Ok(Json(CodeShown { code, about }))
}
