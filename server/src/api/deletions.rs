//! Keys that are destroyed for somebody whom records are about: who asks, who agrees, and the receipt.

use super::problem::Problem;
use super::take::{Asked as Query, At, Body, One, Rows};
use crate::access::Caller;
use crate::clock;
use crate::deletions::{self, Asked, DeletionState, Why, WhyError};
use crate::run::Fleet;
use crate::search_keys::Scope;
use crate::whole::maybe_whole;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use weir_fleet::DeviceId;
use weir_model::{EventId, Timestamp};

/// A deletion. Times are milliseconds since 1970.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeletionShown {
    /// Names it.
    #[schema(value_type = String, format = Uuid)]
    pub id: EventId,
    /// How it stands.
    pub state: DeletionState,
    /// Number of the key; absent is all there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<u32>,
    /// Of this device alone; absent is all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    pub device: Option<DeviceId>,
    /// Why.
    pub why: String,
    /// When it was asked for.
    pub asked: i64,
    /// By whom.
    pub asked_by: String,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided: Option<i64>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub refusal: String,
}

impl From<Asked> for DeletionShown {
    fn from(asked: Asked) -> Self {
        let (decided, decided_by) = asked.decided.unzip();
        Self {
            id: asked.id,
            state: asked.state,
            key: asked.scope.number,
            device: asked.scope.device,
            why: asked.why,
            asked: asked.asked.as_millis(),
            asked_by: asked.asked_by,
            decided: decided.map(Timestamp::as_millis),
            decided_by,
            refusal: asked.refusal,
        }
    }
}

/// A key by which values are found in records. Times are milliseconds since 1970.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchKeyShown {
    /// Records name it by that.
    pub number: u32,
    /// When it was made: devices took it up after that.
    pub made: i64,
    /// Whether it was destroyed for some devices and not for all.
    pub for_some: bool,
    /// When it was destroyed for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destroyed: Option<i64>,
}

/// All keys, oldest first.
#[derive(Serialize, ToSchema)]
pub(super) struct SearchKeys {
    keys: Vec<SearchKeyShown>,
}

/// All keys by which values are found in records, oldest first; never what they are made from.
#[utoipa::path(get, path = "/api/v1/search-keys", tag = "deletions", responses((status = 200, body = SearchKeys)))]
pub(super) async fn keys(State(fleet): State<Arc<Fleet>>) -> Result<Json<SearchKeys>, Problem> {
    let keys = fleet.repo.search_keys().await?.into_iter();
    let shown = keys.map(|key| SearchKeyShown {
        number: key.number,
        made: key.made.as_millis(),
        for_some: key.is_apart(),
        destroyed: key.destroyed.map(Timestamp::as_millis),
    });
    Ok(Json(SearchKeys { keys: shown.collect() }))
}

/// Deletions, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Deletions {
    deletions: Vec<DeletionShown>,
}

/// Deletions, newest first.
#[utoipa::path(get, path = "/api/v1/deletions", tag = "deletions", params(Rows), responses((status = 200, body = Deletions)))]
pub(super) async fn list(
    State(fleet): State<Arc<Fleet>>,
    Query(rows): Query<Rows>,
) -> Result<Json<Deletions>, Problem> {
    let all = fleet.repo.deletions(rows.limit()?).await?;
    Ok(Json(Deletions {
        deletions: all.into_iter().map(DeletionShown::from).collect(),
    }))
}

/// Which keys are to be destroyed, and why. One of key and device is needed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeletionWanted {
    /// Number of the key; absent is all that there are of the device.
    #[serde(default, deserialize_with = "maybe_whole")]
    #[schema(minimum = 1)]
    key: Option<u32>,
    /// Of this device alone; absent is all of them.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    device: Option<DeviceId>,
    /// Why. It stands in the receipt.
    #[schema(min_length = 1, max_length = 500, pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*$")]
    why: String,
}

fn reason(text: &str) -> Result<Why, Problem> {
    text.parse()
        .map_err(|error: WhyError| Problem::malformed(error.to_string()))
}

/// Ask that keys are destroyed. Another person agrees to it.
#[utoipa::path(post, path = "/api/v1/deletions", tag = "deletions", request_body = DeletionWanted, responses((status = 201, body = DeletionShown)))]
pub(super) async fn ask(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Body(wanted): Body<DeletionWanted>,
) -> Result<(StatusCode, Json<DeletionShown>), Problem> {
    let why = reason(&wanted.why)?;
    let scope = Scope {
        number: wanted.key,
        device: wanted.device,
    };
    let receipt = &fleet.keys.receipt;
    let asked = deletions::ask(&*fleet.repo, receipt, &caller.actor, (scope, &why), clock::now()).await?;
    Ok((StatusCode::CREATED, Json(asked.into())))
}

/// Agree to a deletion: the keys are destroyed, for good. Whoever asked cannot.
#[utoipa::path(post, path = "/api/v1/deletions/{id}/approve", tag = "deletions", params(One), responses((status = 200, body = DeletionShown)))]
pub(super) async fn approve(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(one): At<One>,
) -> Result<Json<DeletionShown>, Problem> {
    let receipt = &fleet.keys.receipt;
    let done = deletions::approve(&*fleet.repo, receipt, &caller.actor, one.id, clock::now).await?;
    Ok(Json(done.into()))
}

/// Why a deletion is refused, or taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeletionRefusal {
    /// Whoever asked for it reads it.
    #[schema(min_length = 1, max_length = 500, pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*$")]
    why: String,
}

/// Refuse a deletion, or take one's own back.
#[utoipa::path(post, path = "/api/v1/deletions/{id}/refuse", tag = "deletions", params(One), request_body = DeletionRefusal, responses((status = 200, body = DeletionShown)))]
pub(super) async fn refuse(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(one): At<One>,
    Body(refusal): Body<DeletionRefusal>,
) -> Result<Json<DeletionShown>, Problem> {
    let why = reason(&refusal.why)?;
    let refused = deletions::refuse(&*fleet.repo, &caller.actor, one.id, &why, clock::now()).await?;
    Ok(Json(refused.into()))
}

/// The receipt for keys that were destroyed, signed, with its proof from the server's log: `weir audit verify RECEIPT` verifies it
/// without the server.
#[utoipa::path(get, path = "/api/v1/deletions/{id}/receipt", tag = "deletions", params(One),
    responses((status = 200, body = Object, content_type = "application/json")))]
pub(super) async fn receipt(State(fleet): State<Arc<Fleet>>, At(one): At<One>) -> Result<Response, Problem> {
    let signed_by = (&fleet.log, &fleet.keys.receipt);
    let receipt = deletions::receipt(&*fleet.repo, signed_by, one.id).await?;
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CONTENT_DISPOSITION, "attachment; filename=\"deletion-receipt.json\""),
    ];
    Ok((headers, receipt.to_text()).into_response())
}
