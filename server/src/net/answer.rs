//! What a device reads when something is not granted.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use weir_fleet::Refusal;
use weir_model::chain;

/// A refusal on its way out.
pub struct Answer(pub Refusal);

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let busy = self.0 == Refusal::Busy;
        let mut response = (status, Json(self.0)).into_response();
        if busy {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

/// Writes what went wrong to the server's log, and tells the other end that it did.
pub fn refused(what: &'static str) -> impl Fn(crate::repo::RepoError) -> Answer {
    move |error| {
        tracing::error!(error = chain(&error), "{what}");
        Answer(Refusal::Failed)
    }
}
