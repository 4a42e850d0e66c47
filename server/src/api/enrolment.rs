//! Tokens that let machines enrol.

use super::problem::Problem;
use super::take::{At, Body, bytes};
use crate::access::Caller;
use crate::clock;
use crate::devices::{NewToken, TokenWanted, create_token, drop_token};
use crate::run::Fleet;
use crate::whole::whole;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A token, without its secret.
#[derive(Serialize, ToSchema)]
pub(super) struct EnrolmentTokenShown {
    id: String,
    /// Devices that enrol with it belong to this group.
    group: String,
    /// What it is for.
    note: String,
    /// How many devices may still enrol with it.
    uses_left: i64,
    /// Milliseconds since 1970.
    created: i64,
    /// Milliseconds since 1970.
    expires: i64,
}

impl From<NewToken> for EnrolmentTokenShown {
    fn from(token: NewToken) -> Self {
        Self {
            id: hex::encode(token.id),
            group: token.group,
            note: token.note,
            uses_left: token.uses,
            created: token.created.as_millis(),
            expires: token.expires.as_millis(),
        }
    }
}

/// All tokens, oldest first.
#[derive(Serialize, ToSchema)]
pub(super) struct EnrolmentTokens {
    tokens: Vec<EnrolmentTokenShown>,
}

/// All enrolment tokens.
#[utoipa::path(get, path = "/api/v1/enrolment-tokens", tag = "enrolment", responses((status = 200, body = EnrolmentTokens)))]
pub(super) async fn list(State(fleet): State<Arc<Fleet>>) -> Result<Json<EnrolmentTokens>, Problem> {
    let tokens = fleet.repo.tokens().await?;
    Ok(Json(EnrolmentTokens {
        tokens: tokens.into_iter().map(EnrolmentTokenShown::from).collect(),
    }))
}

/// A token that is to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEnrolmentToken {
    /// Group that devices belong to.
    #[schema(min_length = 1, max_length = 100, pattern = "^[^\\x00]*$")]
    group: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 500, pattern = "^[^\\x00]*$")]
    note: String,
    /// How many devices may enrol with it.
    #[schema(minimum = 1, maximum = 1_000_000)]
    #[serde(deserialize_with = "whole")]
    uses: i64,
    /// For how many days it is valid.
    #[schema(minimum = 1, maximum = 365)]
    #[serde(deserialize_with = "whole")]
    days: i64,
}

/// A token with its secret. It is shown once.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeEnrolmentToken {
    id: String,
    /// `weir_enrol_…`
    token: String,
    /// Milliseconds since 1970.
    expires: i64,
}

/// Make an enrolment token.
#[utoipa::path(post, path = "/api/v1/enrolment-tokens", tag = "enrolment", request_body = NewEnrolmentToken, responses((status = 201, body = MadeEnrolmentToken)))]
pub(super) async fn create(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Body(asked): Body<NewEnrolmentToken>,
) -> Result<(StatusCode, Json<MadeEnrolmentToken>), Problem> {
    let texts = (1..=100).contains(&asked.group.chars().count()) && asked.note.chars().count() <= 500;
    let numbers = (1..=1_000_000).contains(&asked.uses) && (1..=365).contains(&asked.days);
    // Neither database keeps a zero in a text.
    if !texts || !numbers || asked.group.contains('\0') || asked.note.contains('\0') {
        return Err(Problem::malformed(
            "a token has a group of 1 to 100 characters, a note of up to 500, 1 to 1000000 uses, and 1 to 365 days",
        ));
    }
    let now = clock::now();
    let wanted = TokenWanted {
        group: asked.group,
        note: asked.note,
        uses: asked.uses,
        expires: now.plus_millis(asked.days * 86_400_000),
    };
    let pin = fleet.keys.authority.pin();
    let (token, kept) = create_token(&*fleet.repo, &caller.actor, pin, wanted, now).await?;
    let made = MadeEnrolmentToken {
        id: hex::encode(kept.id),
        token: token.to_string(),
        expires: kept.expires.as_millis(),
    };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Take a token away: nobody enrols with it any more.
#[utoipa::path(delete, path = "/api/v1/enrolment-tokens/{id}", tag = "enrolment",
    params(("id" = String, Path, pattern = "^[0-9a-f]{16}$")), responses((status = 204)))]
pub(super) async fn drop(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(id): At<String>,
) -> Result<StatusCode, Problem> {
    let id = bytes(&id, "the id of a token")?;
    match drop_token(&*fleet.repo, &caller.actor, id, clock::now()).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found("there is no such token")),
    }
}
