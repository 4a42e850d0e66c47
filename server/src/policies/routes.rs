//! What devices ask about policy.

use super::held::Both;
use super::hints::{Reads, Streaming};
use super::offer::for_device;
use super::table::Published;
use crate::clock;
use crate::net::{Answer, Served, refused, switching, wants};
use crate::run::Fleet;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, StatusCode};
use hyper::upgrade::OnUpgrade;
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use weir_fleet::routes::{BUNDLE_TYPE, FRESH_TYPE, STREAM_TAKES, STREAM_UPGRADE, TAKES_RECORDS};
use weir_fleet::{Holds, Refusal};

/// `GET /v1/device/bundle`: the newest for the device; 204 while there is none, 304 where the device has it.
pub async fn bundle(State(fleet): State<Arc<Fleet>>, served: Served, headers: HeaderMap) -> Result<Response, Answer> {
    let failed = || refused("a bundle could not be looked up");
    let tag = |bundle: &Published| format!("\"{}\"", bundle.digest);
    let known = headers.get(IF_NONE_MATCH);
    let holds = |bundle: &Published| known.is_some_and(|known| known.as_bytes() == tag(bundle).as_bytes());
    let newest = for_device(&*fleet.repo, (served.device, &served.group), holds)
        .await
        .map_err(failed())?;
    let Some(newest) = newest else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let tag = tag(&newest);
    if holds(&newest) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response());
    }
    let bundle = fleet.repo.bundle(newest.number).await.map_err(failed())?;
    Ok((
        [(CONTENT_TYPE, BUNDLE_TYPE.to_owned()), (ETAG, tag)],
        bundle.unwrap_or_default(),
    )
        .into_response())
}

/// `GET /v1/device/fresh`: which bundle and directive are the newest, and what the device is to run.
pub async fn fresh(State(fleet): State<Arc<Fleet>>, served: Served) -> Result<Response, Answer> {
    let said = fleet
        .statements
        .say(&*fleet.repo, served.device, &served.group, clock::now())
        .await
        .map_err(refused("what is newest could not be said"))?;
    Ok(([(CONTENT_TYPE, FRESH_TYPE)], said.to_vec()).into_response())
}

/// What is asked of a stream.
#[derive(Deserialize)]
pub struct Asked {
    /// What hints point to is to come along: 1, or 0 as devices ask that read hints alone.
    #[serde(default)]
    carry: u8,
    /// What a bundle may be told as a difference to; only devices say it that read such.
    holds: Option<Holds>,
}

/// `GET /v1/device/stream`: a hint at once, and one whenever something is new.
pub async fn stream(
    State(fleet): State<Arc<Fleet>>,
    served: Served,
    asked: Result<Query<Asked>, QueryRejection>,
    mut request: Request,
) -> Result<Response, Answer> {
    let Query(Asked { carry, holds }) = asked.map_err(|_| Refusal::Malformed {
        why: "`carry` is 0 or 1, and `holds` is 0, or number and digest of a bundle with a dot between them".to_owned(),
    })?;
    let reads = match (carry, holds) {
        (1, Some(holds)) => Reads::Changes(holds),
        (1, None) => Reads::Whole,
        _ => Reads::Hints,
    };
    let streaming = Streaming::join(&fleet.hints, &served, reads).await;
    let streaming = streaming.map_err(refused("a stream could not be opened"))?;
    let upgrade = request.extensions_mut().remove::<OnUpgrade>();
    if let Some(upgrade) = upgrade.filter(|_| wants(request.headers(), STREAM_UPGRADE)) {
        tokio::spawn(Both::new(fleet, served, streaming).run(upgrade));
        return Ok(([(STREAM_TAKES, TAKES_RECORDS)], switching(STREAM_UPGRADE)).into_response());
    }
    let events = streaming.events().map(Ok::<_, Infallible>);
    Ok((
        [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-cache")],
        Body::from_stream(events),
    )
        .into_response())
}
