//! What devices ask about the key to search by.

use super::{SearchKeyError, newest};
use crate::clock;
use crate::net::{Answer, Served, refused};
use crate::run::Fleet;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, StatusCode};
use std::sync::Arc;
use weir_fleet::Refusal;
use weir_model::chain;

/// `GET /v1/device/search-key`: this device's key; 304 where it has it.
pub async fn search_key(
    State(fleet): State<Arc<Fleet>>,
    served: Served,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let newest = newest(&*fleet.repo, &fleet.keys.receipt, clock::now()).await;
    let newest = newest.map_err(|error| match error {
        SearchKeyError::Repo(error) => refused("a key to search by could not be looked up")(error),
        SearchKeyError::Key(_) | SearchKeyError::Randomness(_) => {
            tracing::error!(error = chain(&error), "a key to search by could not be made");
            Answer(Refusal::Failed)
        }
    })?;
    let key = newest.device(served.device);
    let tag = format!("\"{}\"", key.number);
    let known = headers.get(IF_NONE_MATCH);
    if known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response());
    }
    let headers = [(ETAG, tag), (CACHE_CONTROL, "no-store".to_owned())];
    Ok((headers, Json(key)).into_response())
}
