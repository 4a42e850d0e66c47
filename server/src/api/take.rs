//! What handlers take from requests, each refused as a [`Problem`].

use super::problem::Problem;
use crate::clock;
use axum::Json;
use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::ops::RangeInclusive;
use utoipa::{IntoParams, ToSchema};
use weir_model::{EventId, Timestamp};

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
        without_zero(parts.uri.query())?;
        let read = Query::from_request_parts(parts, state).await;
        let Query(asked) = read.map_err(|error| Problem::malformed(error.body_text()))?;
        Ok(Self(asked))
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        without_zero(Some(parts.uri.path()))?;
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

/// No text that is asked for holds a zero: PostgreSQL would refuse the question.
fn without_zero(text: Option<&str>) -> Result<(), Problem> {
    match text.is_some_and(|text| text.contains("%00")) {
        true => Err(Problem::malformed("a path and a query hold no zero")),
        false => Ok(()),
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

/// A number that is not negative, and that databases can count to.
pub(super) fn natural(number: i64, what: &str) -> Result<u64, Problem> {
    u64::try_from(number).map_err(|_| Problem::malformed(format!("{what} is not negative")))
}

/// From `since` until (and without) `until`, now where nothing is said; milliseconds since 1970. An answer about no time at all would be
/// read as one that says that nothing was.
pub(super) fn times(since: i64, until: Option<i64>) -> Result<(Timestamp, Timestamp), Problem> {
    let until = until.unwrap_or_else(|| clock::now().as_millis());
    for time in [since, until] {
        natural(time, "a time")?;
    }
    match since < until {
        true => Ok((Timestamp::from_millis(since), Timestamp::from_millis(until))),
        false => Err(Problem::malformed("`since` must be before `until`")),
    }
}

/// A text of so many characters. Neither database keeps a zero in a text.
pub(super) fn plain<'a>(text: &'a str, length: RangeInclusive<usize>, what: &str) -> Result<&'a str, Problem> {
    match length.contains(&text.chars().count()) && !text.contains('\0') {
        true => Ok(text),
        false => Err(Problem::malformed(format!(
            "{what} has {} to {} characters, and no zero among them",
            length.start(),
            length.end()
        ))),
    }
}

/// Which one.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct One {
    /// Its id.
    #[param(value_type = String, format = Uuid)]
    pub(super) id: EventId,
}

/// Why somebody said no, or took something back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Because {
    /// Whoever asked for it reads it.
    #[schema(min_length = 1, max_length = 500, pattern = "^[^\\x00]*$")]
    why: String,
}

impl Because {
    /// 1 to 500 characters.
    pub(super) fn why(&self) -> Result<&str, Problem> {
        plain(&self.why, 1..=500, "a reason")
    }
}

/// How many rows of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Rows {
    /// Rows, 100 where nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

impl Rows {
    /// 1 to 1000.
    pub(super) fn limit(&self) -> Result<u32, Problem> {
        limit(self.limit)
    }
}

/// How many rows: 1 to 1000, 100 where nothing is said.
pub(super) fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked.unwrap_or(100) {
        limit @ 1..=1000 => Ok(limit),
        _ => Err(Problem::malformed("a limit is 1 to 1000")),
    }
}
