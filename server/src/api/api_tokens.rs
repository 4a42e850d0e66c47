//! Tokens of programs.

use super::problem::Problem;
use super::take::{At, Body, bytes, plain};
use crate::access::{ApiToken, ApiTokenWanted, Caller, Role, create_api_token, drop_api_token};
use crate::clock;
use crate::run::Fleet;
use crate::whole::whole;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use weir_model::Timestamp;

/// A token, without its secret.
#[derive(Serialize, ToSchema)]
pub struct ApiTokenShown {
    /// Names it.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Who made it; none: the server's command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Milliseconds since 1970.
    pub created: i64,
    /// Milliseconds since 1970.
    pub expires: i64,
    /// When it was last used, milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<i64>,
}

impl From<ApiToken> for ApiTokenShown {
    fn from(token: ApiToken) -> Self {
        Self {
            id: hex::encode(token.id),
            name: token.name,
            role: token.role,
            account: token.account,
            created: token.created.as_millis(),
            expires: token.expires.as_millis(),
            used: token.used.map(Timestamp::as_millis),
        }
    }
}

/// All tokens, oldest first.
#[derive(Serialize, ToSchema)]
pub(super) struct ApiTokens {
    tokens: Vec<ApiTokenShown>,
}

/// All API tokens.
#[utoipa::path(get, path = "/api/v1/api-tokens", tag = "api tokens", responses((status = 200, body = ApiTokens)))]
pub(super) async fn list(State(fleet): State<Arc<Fleet>>) -> Result<Json<ApiTokens>, Problem> {
    let tokens = fleet.repo.api_tokens().await?;
    Ok(Json(ApiTokens {
        tokens: tokens.into_iter().map(ApiTokenShown::from).collect(),
    }))
}

/// A token that is to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewApiToken {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100, pattern = "^[^\\x00]*$")]
    name: String,
    role: Role,
    /// For how many days it is valid.
    #[schema(minimum = 1, maximum = 365)]
    #[serde(deserialize_with = "whole")]
    days: i64,
}

/// A token with its secret. It is shown once.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeApiToken {
    id: String,
    /// `weir_api_…`
    token: String,
    /// Milliseconds since 1970.
    expires: i64,
}

/// Make an API token, which may do no more than whoever makes it.
#[utoipa::path(post, path = "/api/v1/api-tokens", tag = "api tokens", request_body = NewApiToken, responses((status = 201, body = MadeApiToken)))]
pub(super) async fn create(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Body(asked): Body<NewApiToken>,
) -> Result<(StatusCode, Json<MadeApiToken>), Problem> {
    let Some(account) = &caller.account else {
        return Err(Problem::forbidden("an API token makes no API tokens"));
    };
    if !caller.role.covers(asked.role) {
        return Err(Problem::forbidden("the token could do more than you"));
    }
    let name = plain(&asked.name, 1..=100, "a name")?.to_owned();
    if !(1..=365).contains(&asked.days) {
        return Err(Problem::malformed("a token is valid for 1 to 365 days"));
    }
    let now = clock::now();
    let wanted = ApiTokenWanted {
        name,
        role: asked.role,
        account: Some(account.name.clone()),
        expires: now.plus_millis(asked.days * 86_400_000),
    };
    let (text, kept) = create_api_token(&*fleet.repo, &caller.actor, wanted, now).await?;
    let made = MadeApiToken {
        id: hex::encode(kept.id),
        token: text.to_string(),
        expires: kept.expires.as_millis(),
    };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Take a token away.
#[utoipa::path(delete, path = "/api/v1/api-tokens/{id}", tag = "api tokens",
    params(("id" = String, Path, pattern = "^[0-9a-f]{16}$")), responses((status = 204)))]
pub(super) async fn revoke(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(id): At<String>,
) -> Result<StatusCode, Problem> {
    let id = bytes(&id, "the id of a token")?;
    match drop_api_token(&*fleet.repo, &caller.actor, id, clock::now()).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found("there is no such token")),
    }
}
