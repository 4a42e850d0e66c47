//! What a device reads when something is not granted.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use weir_fleet::Refusal;
use weir_model::chain;

/// What kind of refusal an answer is, for those who count.
#[derive(Clone, Copy, Debug)]
pub struct Kind(pub &'static str);

/// A refusal on its way out.
pub struct Answer(pub Refusal);

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let busy = self.0 == Refusal::Busy;
        let kind = Kind(kind(&self.0));
        let mut response = (status, Json(self.0)).into_response();
        response.extensions_mut().insert(kind);
        if busy {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

const fn kind(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Malformed { .. } => "malformed",
        Refusal::Unknown => "unknown",
        Refusal::Token => "token",
        Refusal::Elsewhere { .. } => "elsewhere",
        Refusal::Timeline { .. } => "timeline",
        Refusal::OtherKey => "other_key",
        Refusal::TooLarge => "too_large",
        Refusal::Busy => "busy",
        Refusal::Failed => "failed",
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

/// Writes what went wrong to the server's log, and tells the other end that it did.
pub fn refused<E: std::error::Error>(what: &'static str) -> impl Fn(E) -> Answer {
    move |error| {
        tracing::error!(error = chain(&error), "{what}");
        Answer(Refusal::Failed)
    }
}
