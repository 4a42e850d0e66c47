//! Which bundle each device gets.

use super::rollout::Rollout;
use super::table::Published;
use crate::devices::Device;
use crate::repo::{Repo, RepoError};
use weir_fleet::DeviceId;

/// A bundle for a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// It.
    pub published: Published,
    /// Where not all devices get it at once.
    pub rollout: Option<Rollout>,
}

impl Offer {
    /// True when all devices of the group get it.
    #[must_use]
    pub fn is_for_all(&self) -> bool {
        self.rollout
            .as_ref()
            .is_none_or(|rollout| rollout.state == super::RolloutState::Done)
    }
}

/// The newest of these that a device of their group gets, which runs this bundle. They stand in their order, the newest first.
#[must_use]
pub fn offered<'a>(offers: &'a [Offer], device: DeviceId, group: &str, runs: u64) -> Option<&'a Published> {
    let gets = |offer: &&Offer| {
        let rollout = offer.rollout.as_ref();
        rollout.is_none_or(|rollout| rollout.gives(device, group, runs))
    };
    offers.iter().find(gets).map(|offer| &offer.published)
}

/// The bundle that a device says it runs, where any of these is for those alone that have it.
///
/// # Errors
/// The database.
pub async fn runs(repo: &dyn Repo, offers: &[Offer], device: DeviceId) -> Result<u64, RepoError> {
    Ok(told(repo, offers, device).await?.map_or(0, |device| device.bundle))
}

/// What a device has told, where any of these is for those alone that have it.
async fn told(repo: &dyn Repo, offers: &[Offer], device: DeviceId) -> Result<Option<Device>, RepoError> {
    match halted(offers).next() {
        None => Ok(None),
        Some(_) => repo.device(device).await,
    }
}

/// Those that no more devices get.
pub(super) fn halted(offers: &[Offer]) -> impl Iterator<Item = &Published> {
    let halted = offers
        .iter()
        .filter(|offer| offer.rollout.as_ref().is_some_and(Rollout::is_halted));
    halted.map(|offer| &offer.published)
}

/// What a device gets. What it shows that it holds is newer than what it told last, unless it has refused that.
///
/// # Errors
/// The database.
pub(super) async fn for_device(
    repo: &dyn Repo,
    (device, group): (DeviceId, &str),
    holds: impl Fn(&Published) -> bool,
) -> Result<Option<Published>, RepoError> {
    let offers = repo.offers(group).await?;
    let Some(known) = told(repo, &offers, device).await? else {
        return Ok(offered(&offers, device, group, 0).cloned());
    };
    let shown = halted(&offers).find(|published| known.refused.is_none() && holds(published));
    let runs = shown.map_or(known.bundle, |published| published.number);
    Ok(offered(&offers, device, group, runs).cloned())
}
