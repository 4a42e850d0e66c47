//! Which devices are served, without a look at the database for each request.

use crate::repo::{Notice, Repo, RepoError};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;
use weir_fleet::DeviceId;
use weir_model::chain;

/// Devices this node has heard of, as far as they are served.
pub struct Roll {
    repo: Arc<dyn Repo>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// The group of each.
    groups: HashMap<DeviceId, Arc<str>>,
    /// How often something was forgotten: what was read before that may be out of date.
    forgotten: u64,
}

impl Roll {
    /// Knows nobody yet.
    #[must_use]
    pub fn new(repo: Arc<dyn Repo>) -> Self {
        Self {
            repo,
            known: Mutex::default(),
        }
    }

    /// The group of a device; `None` when it is not (or no longer) served.
    ///
    /// # Errors
    /// The database: fails closed, nobody is served unknown.
    pub async fn group(&self, id: DeviceId) -> Result<Option<Arc<str>>, RepoError> {
        let forgotten = {
            let known = self.known.lock();
            if let Some(group) = known.groups.get(&id) {
                return Ok(Some(Arc::clone(group)));
            }
            known.forgotten
        };
        let device = self.repo.device(id).await?.filter(|device| device.revoked.is_none());
        let Some(device) = device else { return Ok(None) };
        let group: Arc<str> = device.group.into();
        let mut known = self.known.lock();
        if known.forgotten == forgotten {
            known.groups.insert(id, Arc::clone(&group));
        }
        drop(known);
        Ok(Some(group))
    }

    /// Forgets what may have changed, for as long as the node lives.
    pub async fn follow(&self) {
        let mut notices = self.repo.notices();
        loop {
            match notices.recv().await {
                Ok(Notice::Device(id)) => self.forget(|groups| drop(groups.remove(&id))),
                Ok(Notice::Bundle | Notice::Order | Notice::Exception(_)) => {}
                Ok(Notice::Anything) | Err(RecvError::Lagged(_)) => self.look().await,
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// Forgets who is not served any more, or not in that group. One question, however many they are.
    async fn look(&self) {
        match self.repo.served().await {
            Ok(served) => self.forget(|groups| {
                groups.retain(|id, group| served.get(id).is_some_and(|served| **served == **group));
            }),
            Err(error) => {
                tracing::warn!(error = chain(&error), "who is served is asked for each anew");
                self.forget(HashMap::clear);
            }
        }
    }

    fn forget(&self, forget: impl FnOnce(&mut HashMap<DeviceId, Arc<str>>)) {
        let mut known = self.known.lock();
        known.forgotten += 1;
        forget(&mut known.groups);
    }
}
