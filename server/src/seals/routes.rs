//! `POST /v1/device/epoch-key`

use super::{KeptKey, Wrapping};
use crate::clock;
use crate::net::{Answer, Served, refused};
use crate::run::Fleet;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use std::sync::Arc;
use weir_audit::EpochKey;
use weir_fleet::{GivenEpochKey, Refusal};

/// Keeps the key of a log, where there is none; where there is one, the key must be that one wound on.
pub async fn epoch_key(
    State(fleet): State<Arc<Fleet>>,
    served: Served,
    body: Result<Json<GivenEpochKey>, JsonRejection>,
) -> Result<(), Answer> {
    let malformed = || Refusal::Malformed {
        why: "the body is no key of an epoch".to_owned(),
    };
    // The text of the error could quote the key.
    let Json(given) = body.map_err(|_| malformed())?;
    let key = given.key().ok_or_else(malformed)?;
    let log = (served.device, given.timeline);
    let failed = "the key of an epoch could not be kept";
    let wrapping = Wrapping::new(&fleet.keys.receipt).map_err(refused(failed))?;
    let nonce = clock::random().map_err(refused(failed))?;
    let wrapped = wrapping.wrap(log, &key, nonce).map_err(refused(failed))?;
    let kept = KeptKey {
        epoch: key.epoch(),
        wrapped,
    };
    let first = fleet.repo.keep_epoch_key(log, &kept, clock::now()).await;
    let Some(first) = first.map_err(refused(failed))? else {
        return Ok(());
    };
    let first = wrapping
        .open(log, first.epoch, &first.wrapped)
        .map_err(refused(failed))?;
    match is_later(&first, &key) {
        true => Ok(()),
        false => {
            tracing::warn!(device = %served.device, timeline = given.timeline, "a device gives another key for its log");
            Err(Answer(Refusal::OtherKey))
        }
    }
}

fn is_later(first: &EpochKey, key: &EpochKey) -> bool {
    first
        .at(key.epoch())
        .is_some_and(|wound| wound.secret() == key.secret())
}
