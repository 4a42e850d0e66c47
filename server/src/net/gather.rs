//! Small bodies of HTTP/1 are read before they are asked for.
//!
//! Many clients write head and body apart. Whoever refuses a request by its head alone answers before the body is there; the
//! connection cannot go on behind a body that nobody reads, is closed, and the client's next request on it ends without an
//! answer. HTTP/2 has no such trouble: its requests have streams of their own.

use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse, Response};
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HeaderValue};
use http::{HeaderMap, Request, StatusCode, Version};
use hyper::body::Incoming;
use std::time::Duration;

/// As much as a stream of HTTP/2 may have on its way, and more than most routes take.
const SMALL: usize = 64 * 1024;

/// The request with its body, where that is small; or what it is answered with. The body has so long from here to its end.
pub(super) async fn gathered(request: Request<Incoming>, time: Duration) -> Result<Request<Body>, Response> {
    if request.version() > Version::HTTP_11 || !is_small(request.headers()) {
        return Ok(request.map(Body::new));
    }
    let (head, body) = request.into_parts();
    match tokio::time::timeout(time, to_bytes(Body::new(body), SMALL)).await {
        Ok(Ok(body)) => Ok(Request::from_parts(head, Body::from(body))),
        // The other side is gone, or has sent something else than it said.
        Ok(Err(_)) => Err(last(StatusCode::BAD_REQUEST)),
        Err(_) => Err(late(Version::HTTP_11)),
    }
}

/// What a request is answered with that takes too long.
pub(super) fn late(version: Version) -> Response {
    match version > Version::HTTP_11 {
        true => StatusCode::REQUEST_TIMEOUT.into_response(),
        false => last(StatusCode::REQUEST_TIMEOUT),
    }
}

/// Its length is told, and it is not to be asked for first.
fn is_small(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let length = length.and_then(|length| length.parse::<usize>().ok());
    length.is_some_and(|length| length <= SMALL) && !headers.contains_key(EXPECT)
}

fn last(status: StatusCode) -> Response {
    let close = [(CONNECTION, HeaderValue::from_static("close"))];
    (status, close).into_response()
}
