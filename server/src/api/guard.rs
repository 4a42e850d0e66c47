//! What stands before every endpoint: who asks, whether they may, whether they were led here, and how long it may take.

use super::problem::Problem;
use super::questions::Questions;
use super::{Needs, Work};
use crate::access::{Caller, of_cookie, of_token};
use crate::clock;
use crate::net::{Peer, Remote};
use crate::run::Fleet;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// Name of the session's cookie. The prefix makes browsers hold it to this host, to HTTPS and to the whole of it.
pub(crate) const COOKIE_NAME: &str = "__Host-weir";
/// Must stand in every request that changes something by a cookie. No page of another site can add it.
pub(crate) const CSRF: HeaderName = HeaderName::from_static("x-weir-csrf");
/// From the first byte of the request's body to the answer.
const TIME: Duration = Duration::from_secs(30);

/// What one guard knows.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) fleet: Arc<Fleet>,
    pub(super) needs: Needs,
    pub(super) work: Work,
    pub(super) questions: Arc<Questions>,
}

/// Lets a request through to its handler, with its [`Caller`], or answers it. Fails closed.
pub(super) async fn guard(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let work = async {
        match admitted(&gate, &parts).await {
            Ok(Some(caller)) if gate.work != Work::Plain || parts.method.is_safe() => {
                let place = gate.questions.place(&caller.person).await;
                parts.extensions.insert(caller);
                to_its_end(Request::from_parts(parts, body), next, place).await
            }
            Ok(caller) => {
                if let Some(caller) = caller {
                    parts.extensions.insert(caller);
                }
                next.run(Request::from_parts(parts, body)).await
            }
            Err(problem) => problem.into_response(),
        }
    };
    let done = tokio::time::timeout(TIME, work).await;
    let late = || match gate.work {
        Work::Long => Problem::late().because("what was begun goes on: look in a while at how it stands"),
        Work::Plain | Work::Asks => Problem::late(),
    };
    done.unwrap_or_else(|_| late().into_response())
}

/// The answer to a question, or to what goes through all records. The database goes on when nobody waits for it any more: so long its
/// place is taken, and what is to be done behind that is done.
async fn to_its_end(request: Request, next: Next, place: Option<OwnedSemaphorePermit>) -> Response {
    let work = tokio::spawn(async move {
        let answer = next.run(request).await;
        drop(place);
        answer
    });
    let done = work.await.map_err(|error| Problem::failed("work ended early", &error));
    done.unwrap_or_else(IntoResponse::into_response)
}

async fn admitted(gate: &Gate, request: &Parts) -> Result<Option<Caller>, Problem> {
    if request.extensions.get::<Peer>().is_some_and(|peer| peer.0.is_some()) {
        return Err(Problem::forbidden("a device's connection administers nothing"));
    }
    let bearer = bearer(&request.headers);
    if bearer.is_none() && !request.method.is_safe() {
        own_site(request)?;
    }
    if gate.needs == Needs::Nothing {
        return Ok(None);
    }
    let (repo, now) = (&*gate.fleet.repo, clock::now());
    let caller = match (bearer, cookie(&request.headers)) {
        (Some(token), None) => of_token(repo, token, now).await?,
        (None, Some(cookie)) => of_cookie(repo, cookie, now).await?,
        (None, None) => return Err(Problem::sign_in()),
        // Which of the two would stand in the journal?
        (Some(_), Some(_)) => return Err(Problem::two_callers()),
    };
    if let Needs::Grant(permission) = gate.needs {
        if caller.account.as_ref().is_some_and(|account| account.one_time) {
            return Err(Problem::one_time());
        }
        if !caller.role.may(permission) {
            return Err(Problem::forbidden(format!(
                "the role {} does not have it",
                caller.role.as_str()
            )));
        }
    }
    Ok(Some(caller))
}

/// Browsers say where a request that changes something comes from; whoever is no browser must say so too.
fn own_site(request: &Parts) -> Result<(), Problem> {
    let headers = &request.headers;
    if !headers.contains_key(CSRF) {
        return Err(Problem::cross_site(format!("the header `{CSRF}` is missing")));
    }
    let host = request.uri.authority().map(http::uri::Authority::as_str);
    let host = host.or_else(|| headers.get(HOST)?.to_str().ok());
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    let here = origin.and_then(|origin| origin.strip_prefix("https://"));
    match (here, host) {
        (Some(here), Some(host)) if here.eq_ignore_ascii_case(host) => Ok(()),
        _ => Err(Problem::cross_site("the header `origin` does not name this server")),
    }
}

/// The token of an API, where the request shows one.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The session's cookie among all.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    named_cookie(headers, COOKIE_NAME)
}

/// One cookie among all.
pub(super) fn named_cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let all = headers
        .get_all(COOKIE)
        .into_iter()
        .filter_map(|cookies| cookies.to_str().ok());
    let mut pairs = all
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

/// As an argument of a handler: who asks. The guard has put it there.
impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::sign_in)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Remote {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let known = parts.extensions.get::<Self>().copied();
        known.ok_or_else(|| Problem::forbidden("the connection has no address"))
    }
}

/// What browsers may do with answers: nothing but read them from here. Nothing is kept.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

pub(super) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
