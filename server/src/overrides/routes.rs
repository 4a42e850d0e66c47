//! What devices ask and tell about codes.

use super::key::key;
use super::{OverrideError, Used};
use crate::clock;
use crate::journal::{Actor, Deed, Entry};
use crate::net::{Answer, Served, refused};
use crate::repo::{Repo, RepoError};
use crate::run::Fleet;
use axum::Json;
use axum::extract::State;
use http::HeaderName;
use http::header::CACHE_CONTROL;
use std::sync::Arc;
use weir_fleet::{DeviceId, OverrideKey, OverrideUse, Refusal};
use weir_model::{Timestamp, chain};

/// `GET /v1/device/override-key`: what this device verifies codes with; always the same.
pub async fn override_key(
    State(fleet): State<Arc<Fleet>>,
    served: Served,
) -> Result<([(HeaderName, &'static str); 1], Json<OverrideKey>), Answer> {
    let key = key(&*fleet.repo, &fleet.keys.receipt, served.device, clock::now()).await;
    let key = key.map_err(|error| match error {
        OverrideError::Repo(error) => refused("a key of codes could not be looked up")(error),
        error => {
            tracing::error!(error = chain(&error), "a key of codes could not be made");
            Answer(Refusal::Failed)
        }
    })?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(key)))
}

/// Uses that a device tells of in one standing.
const MOST_TOLD: usize = 32;
/// A device that says it has used one with a higher number is not believed: nobody reads out so many.
const HIGHEST: u64 = 1 << 32;

/// Keeps which codes a device says it has used; of those that are known, nothing changes. Of one that is not, as after the
/// database was restored from a backup, the number is kept: codes are counted on from there, else the device would take none.
///
/// # Errors
/// The device tells it again.
pub async fn used(repo: &dyn Repo, device: DeviceId, told: &[OverrideUse], now: Timestamp) -> Result<(), RepoError> {
    if told.is_empty() {
        return Ok(());
    }
    let numbers = told.iter().take(MOST_TOLD).map(|told| told.number);
    if let Some(highest) = numbers.filter(|number| *number <= HIGHEST).max() {
        repo.tell_override(device, highest).await?;
    }
    let open = repo.issued_overrides(device).await?;
    for told in told.iter().take(MOST_TOLD) {
        let Some((id, _)) = open.iter().find(|(_, number)| *number == told.number) else {
            continue;
        };
        let used = Used {
            entered: told.entered,
            until: told.until,
        };
        let entry = Entry::new(now, &Actor::Device(device.to_string()), Deed::OverrideUse, id)
            .with("number", told.number)
            .with("entered", told.entered)
            .with("until", told.until);
        repo.use_override(*id, &used, &entry).await?;
    }
    Ok(())
}
