//! Signing in by a provider of OpenID Connect. Browsers are led here; programs have API tokens.

use super::guard::{cookie, named_cookie};
use super::problem::Problem;
use super::session::baked;
use crate::access::{ABSOLUTE, ArriveError, CompleteError, ERRAND, Provider, arrive, open_session};
use crate::clock;
use crate::run::Fleet;
use axum::Json;
use axum::extract::Query;
use axum::extract::State;
use axum::extract::rejection::QueryRejection;
use http::header::{LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use weir_model::chain;

/// How people may sign in.
#[derive(Serialize, ToSchema)]
pub(super) struct Ways {
    /// The provider that may be asked who somebody is, as people know it; none where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    openid: Option<String>,
}

/// How people may sign in, beside name and password.
#[utoipa::path(get, path = "/api/v1/session/ways", tag = "session", responses((status = 200, body = Ways)))]
pub(super) async fn ways(State(fleet): State<Arc<Fleet>>) -> Json<Ways> {
    Json(Ways {
        openid: fleet.access.openid.as_ref().map(|provider| provider.name().to_owned()),
    })
}

/// Leads a browser to the provider.
#[utoipa::path(get, path = "/api/v1/session/openid", tag = "session",
    responses((status = 303, description = "To the provider")))]
pub(super) async fn begin(State(fleet): State<Arc<Fleet>>) -> Result<(StatusCode, HeaderMap), Problem> {
    let provider = provider(&fleet)?;
    Ok(match provider.begin(clock::now()).await {
        Ok(begun) => led(&begun.to, errand_cookie(&begun.cookie, ERRAND / 1000)),
        Err(error) => refused(&Refused::Complete(error)),
    })
}

/// What the provider says.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Said {
    /// Stands for the tokens.
    code: Option<String>,
    /// As it was sent there.
    state: Option<String>,
    /// Why not.
    error: Option<String>,
}

/// Takes a browser back from the provider, signed in or not: to `/`, or to `/?refused=WHY`.
#[utoipa::path(get, path = "/api/v1/session/openid/callback", tag = "session", params(Said),
    responses((status = 303, description = "To the console")))]
pub(super) async fn complete(
    State(fleet): State<Arc<Fleet>>,
    headers: HeaderMap,
    said: Result<Query<Said>, QueryRejection>,
) -> Result<(StatusCode, HeaderMap), Problem> {
    let provider = provider(&fleet)?;
    let Query(said) = said.map_err(|error| Problem::malformed(error.body_text()))?;
    Ok(match signed_in(&fleet, provider, &headers, said).await {
        Ok(session) => {
            // The errand has been used.
            let mut cookies = errand_cookie("", 0);
            for (name, value) in &baked(&session, ABSOLUTE / 1000) {
                cookies.append(name, value.clone());
            }
            led("/", cookies)
        }
        Err(error) => refused(&error),
    })
}

/// Nobody is signed in.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Complete(CompleteError),
    #[error(transparent)]
    Arrive(ArriveError),
    #[error("the provider says no")]
    Provider,
    #[error(transparent)]
    Session(crate::access::OpenError),
}

impl Refused {
    /// For the console, which has the words for it.
    const fn word(&self) -> &'static str {
        match self {
            Self::Complete(CompleteError::Stale) => "stale",
            Self::Complete(CompleteError::NoRole) => "no-role",
            Self::Complete(CompleteError::Name { .. }) => "name",
            Self::Arrive(ArriveError::Taken) => "taken",
            Self::Arrive(ArriveError::Disabled) => "disabled",
            Self::Arrive(ArriveError::LastAdmin) => "last-admin",
            Self::Provider => "provider-refused",
            Self::Complete(_) => "provider",
            Self::Arrive(ArriveError::Repo(_)) | Self::Session(_) => "failed",
        }
    }
}

async fn signed_in(
    fleet: &Fleet,
    provider: &Provider,
    headers: &HeaderMap,
    said: Said,
) -> Result<zeroize::Zeroizing<String>, Refused> {
    if said.error.is_some() {
        return Err(Refused::Provider);
    }
    let (Some(code), Some(state)) = (said.code, said.state) else {
        return Err(Refused::Complete(CompleteError::Stale));
    };
    let now = clock::now();
    let errand = named_cookie(headers, ERRAND_COOKIE).unwrap_or_default();
    let person = provider.complete(code, &state, errand, now).await;
    let person = person.map_err(Refused::Complete)?;
    let account = arrive(&*fleet.repo, &person, now).await.map_err(Refused::Arrive)?;
    let opened = open_session(&*fleet.repo, (&account.name, None), cookie(headers), now).await;
    opened.map_err(Refused::Session)
}

fn provider(fleet: &Fleet) -> Result<&Provider, Problem> {
    let provider = fleet.access.openid.as_ref();
    provider.ok_or_else(|| Problem::not_found("no provider of OpenID Connect is configured"))
}

fn refused(error: &Refused) -> (StatusCode, HeaderMap) {
    tracing::warn!(error = chain(error), "a sign-in by OpenID Connect was refused");
    led(&format!("/?refused={}", error.word()), errand_cookie("", 0))
}

fn led(to: &str, mut headers: HeaderMap) -> (StatusCode, HeaderMap) {
    // An address of the library, or one of ours: both are plain ASCII.
    if let Ok(to) = HeaderValue::from_str(to) {
        headers.insert(LOCATION, to);
    }
    (StatusCode::SEE_OTHER, headers)
}

/// Holds the errand while somebody is at the provider.
const ERRAND_COOKIE: &str = "__Host-weir-errand";

/// The way back is a navigation that another site began: `Strict` would keep the cookie from it.
fn errand_cookie(value: &str, seconds: i64) -> HeaderMap {
    let text = format!("{ERRAND_COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    // Base64 and numbers: a header can always hold them.
    text.parse()
        .map(|value| HeaderMap::from_iter([(SET_COOKIE, value)]))
        .unwrap_or_default()
}
