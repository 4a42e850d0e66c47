//! What devices ask about readings.

use crate::net::{Answer, Served, refused};
use crate::run::Fleet;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use std::sync::Arc;
use weir_fleet::{MOST_READINGS, Readings, Refusal};

/// Which page.
#[derive(Debug, Deserialize)]
pub struct Asked {
    before: Option<u64>,
}

/// `GET /v1/device/readings`: who looked at this device's records, newest first.
pub async fn readings(
    State(fleet): State<Arc<Fleet>>,
    served: Served,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Readings>, Answer> {
    let Query(asked) = asked.map_err(|_| Refusal::Malformed {
        why: "`before` is a number".to_owned(),
    })?;
    let before = asked.before.unwrap_or(u64::MAX);
    // One more tells whether there is another page.
    let found = fleet.repo.readings(served.device, before, MOST_READINGS + 1).await;
    let mut readings = found.map_err(refused("readings could not be looked up"))?;
    let more = readings.len() > MOST_READINGS;
    readings.truncate(MOST_READINGS);
    let before = readings.last().filter(|_| more).map(|last| last.number);
    Ok(Json(Readings { readings, before }))
}
