//! `POST /v1/device/epoch-key`

use super::course::wound;
use super::kept::KeyRing;
use super::table::LogKeys;
use crate::clock;
use crate::net::{Answer, Served, refused};
use crate::run::Fleet;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use std::sync::Arc;
use weir_audit::EpochKey;
use weir_fleet::{DeviceId, GivenEpochKey, Refusal};

const FAILED: &str = "the key of an epoch could not be kept";

/// Keeps the key of a device's log, of the present or the next to begin, where there is none. Where there is one, the key must be that
/// one wound on.
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
    let newest = fleet.repo.newest_timeline(served.device).await;
    let newest = newest.map_err(refused(FAILED))?.unwrap_or(0);
    let next = newest.saturating_add(1);
    if given.timeline != next && (given.timeline != newest || newest == 0) {
        return Err(Answer(Refusal::Timeline { next }));
    }
    let log = (served.device, given.timeline);
    let ring = KeyRing::new(&fleet.keys.receipt).map_err(refused(FAILED))?;
    let known = fleet.repo.epoch_keys(log).await.map_err(refused(FAILED))?;
    let is_kept = known.as_ref().is_some_and(|(timeline, _)| *timeline == given.timeline);
    let known = known.map_or_else(Vec::new, |(timeline, keys)| {
        open(&ring, (served.device, timeline), &keys)
    });
    // Many steps, as somebody pleases who has a device's certificate.
    let earliest = tokio::task::spawn_blocking(move || (earliest(&known, &key), key));
    let (earliest, key) = earliest.await.map_err(refused(FAILED))?;
    match earliest {
        Some(_) if is_kept => Ok(()),
        None if is_kept => {
            tracing::warn!(device = %served.device, timeline = given.timeline, "a device gives another key for its log");
            Err(Answer(Refusal::OtherKey))
        }
        // An earlier key of the same chain verifies also what a new log says again.
        earliest => {
            let kept = ring.keep(log, &earliest.unwrap_or(key)).map_err(refused(FAILED))?;
            let done = fleet.repo.keep_epoch_key(log, &kept, clock::now()).await;
            // Where another connection was first, its key stays: it is one of the same laptop.
            done.map(drop).map_err(refused(FAILED))
        }
    }
}

/// The keys of a log: the one it was wound on to, from which it is fewer steps, and the one that was given.
fn open(ring: &KeyRing, log: (DeviceId, u32), keys: &LogKeys) -> Vec<EpochKey> {
    let next = keys.next.as_ref().map(|(next, _)| next);
    let kept = next.into_iter().chain([&keys.given]);
    kept.filter_map(|kept| ring.open(log, kept)).collect()
}

/// Of keys of one chain, the later first, the earliest; where this one is of the same chain and was made from one of them.
fn earliest(known: &[EpochKey], key: &EpochKey) -> Option<EpochKey> {
    let makes = |known: &EpochKey| wound(known, key.epoch()).is_some_and(|wound| wound.is(key));
    known.iter().any(makes).then(|| known.last().cloned()).flatten()
}

#[cfg(test)]
mod tests {
    use super::earliest;
    use weir_audit::EpochKey;

    #[test]
    fn a_key_is_of_the_chain_it_was_made_from() {
        let given = EpochKey::new(3, [1; 32]);
        let at = |epoch| given.at(epoch).unwrap();
        let known = [at(20), given.clone()];
        for epoch in [3, 10, 20, 25] {
            assert!(earliest(&known, &at(epoch)).unwrap().is(&given));
        }
        let others = [
            EpochKey::new(2, [1; 32]),
            EpochKey::new(25, [9; 32]),
            EpochKey::new(u32::MAX, [1; 32]),
        ];
        assert!(others.iter().all(|other| earliest(&known, other).is_none()));
        assert!(earliest(&[], &given).is_none());
    }
}
