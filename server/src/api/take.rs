//! What handlers take from requests, each refused as a [`Problem`].

use super::problem::Problem;
use axum::Json;
use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;

/// A body of JSON.
pub(super) struct Body<T>(pub(super) T);
/// The query.
pub(super) struct Asked<T>(pub(super) T);
/// The parts of the path.
pub(super) struct At<T>(pub(super) T);
/// A body of bytes.
pub(super) struct Raw(pub(super) Bytes);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let read: Result<Json<T>, JsonRejection> = Json::from_request(request, state).await;
        match read {
            Ok(Json(body)) => Ok(Self(body)),
            Err(error) => Err(match error.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
                StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::media_type("application/json"),
                _ => Problem::malformed(error.body_text()),
            }),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = Query::from_request_parts(parts, state).await;
        let Query(asked) = read.map_err(|error| Problem::malformed(error.body_text()))?;
        Ok(Self(asked))
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = Path::from_request_parts(parts, state).await;
        let Path(at) = read.map_err(|error| Problem::malformed(error.body_text()))?;
        Ok(Self(at))
    }
}

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let read: Result<Bytes, BytesRejection> = Bytes::from_request(request, state).await;
        read.map(Self).map_err(|_| Problem::too_large())
    }
}

/// Bytes that stand in a path or query as hexadecimal digits.
pub(super) fn bytes<const N: usize>(text: &str, what: &str) -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    match hex::decode_to_slice(text, &mut bytes) {
        Ok(()) => Ok(bytes),
        Err(_) => Err(Problem::malformed(format!("{what} has {} hexadecimal digits", 2 * N))),
    }
}

/// How many rows: 1 to 1000, 100 where nothing is said.
pub(super) fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked.unwrap_or(100) {
        limit @ 1..=1000 => Ok(limit),
        _ => Err(Problem::malformed("a limit is 1 to 1000")),
    }
}
