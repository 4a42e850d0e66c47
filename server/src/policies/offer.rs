//! Which bundle each device gets.

use super::rollout::Rollout;
use super::table::Published;
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

/// The newest of these that a device of their group gets. They stand in their order, the newest first.
#[must_use]
pub fn offered<'a>(offers: &'a [Offer], device: DeviceId, group: &str) -> Option<&'a Published> {
    let gets = |offer: &&Offer| offer.rollout.as_ref().is_none_or(|rollout| rollout.has(device, group));
    offers.iter().find(gets).map(|offer| &offer.published)
}

/// What a device gets.
///
/// # Errors
/// The database.
pub(super) async fn for_device(repo: &dyn Repo, device: DeviceId, group: &str) -> Result<Option<Published>, RepoError> {
    let offers = repo.offers(group).await?;
    Ok(offered(&offers, device, group).cloned())
}
