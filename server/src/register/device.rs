//! Requests that employees make on their devices.

use super::{Answers, ProviderRequest, RegisterError, RequestState, add};
use crate::clock;
use crate::journal::Actor;
use crate::repo::{Repo, RepoError};
use weir_fleet::{DeviceId, ProviderAsk, ProviderStanding};
use weir_model::{EventId, Timestamp};

/// Requests of one device that wait.
pub const MOST_PENDING: usize = 20;
/// Requests that a device is told of again.
const TOLD: u32 = 100;

/// Takes a request that an employee makes on a device. What they cannot answer is open.
///
/// # Errors
/// It was not taken.
pub async fn ask_from(
    repo: &dyn Repo,
    device: DeviceId,
    asked: ProviderAsk,
    now: Timestamp,
) -> Result<ProviderRequest, RegisterError> {
    let of_device = repo.provider_requests_of(device, TOLD).await?;
    let waits = |known: &&ProviderRequest| known.state == RequestState::Pending;
    let same = |known: &&ProviderRequest| {
        (&known.provider, &known.service, &known.asked_by) == (&asked.provider, &asked.service, &asked.user)
    };
    // The same again, before anybody has decided, is the same request.
    if let Some(known) = of_device.iter().filter(waits).find(same) {
        return Ok(known.clone());
    }
    if of_device.iter().filter(waits).count() >= MOST_PENDING {
        return Err(RegisterError::Many);
    }
    let request = ProviderRequest {
        id: EventId::new(now, clock::random()?),
        provider: asked.provider,
        service: asked.service,
        business_case: asked.business_case,
        level: asked.level,
        answers: Answers {
            data: asked.data,
            ..Answers::default()
        },
        asked: now,
        asked_by: asked.user,
        device: Some(device),
        state: RequestState::Pending,
        decided: None,
        why: String::new(),
    };
    add(repo, &Actor::Device(device.to_string()), request).await
}

/// How requests of a device stand, newest first.
///
/// # Errors
/// The database.
pub async fn standings(repo: &dyn Repo, device: DeviceId) -> Result<Vec<ProviderStanding>, RepoError> {
    let requests = repo.provider_requests_of(device, TOLD).await?;
    let standing = |request: ProviderRequest| ProviderStanding {
        id: request.id.to_string(),
        user: request.asked_by,
        provider: match request.service.is_empty() {
            true => request.provider,
            false => request.service,
        },
        business_case: request.business_case,
        state: request.state.as_str().to_owned(),
        why: request.why,
        asked: request.asked,
    };
    Ok(requests.into_iter().map(standing).collect())
}
