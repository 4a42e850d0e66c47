//! Counting each message once, without keeping all of them in mind.

use super::table::Recorded;
use crate::repo::{Repo, RepoError};
use std::collections::HashSet;
use weir_fleet::DeviceId;
use weir_model::EventId;

/// Tells messages that were there before. Within one log none is there twice; a log that was sent again, as another timeline or by a
/// machine that enrolled again, has the same ones. The messages of devices with such a log alone are kept in mind.
pub(crate) struct Once {
    again: HashSet<DeviceId>,
    seen: HashSet<EventId>,
}

impl Once {
    /// With the devices there are now. The messages of a log that is sent again from now on may be counted twice.
    ///
    /// # Errors
    /// The devices cannot be read.
    pub(crate) async fn open(repo: &dyn Repo) -> Result<Self, RepoError> {
        Ok(Self::among(repo.sent_again().await?))
    }

    fn among(again: impl IntoIterator<Item = DeviceId>) -> Self {
        Self {
            again: again.into_iter().collect(),
            seen: HashSet::new(),
        }
    }

    /// False where the message was there before.
    pub(crate) fn is_new(&mut self, recorded: &Recorded) -> bool {
        !self.again.contains(&recorded.device) || self.seen.insert(recorded.event)
    }
}

#[cfg(test)]
mod tests {
    use super::{Once, Recorded};
    use crate::ingest::Packed;
    use weir_audit::Kind;
    use weir_fleet::DeviceId;
    use weir_model::{EventId, Timestamp};

    fn recorded(device: u8, event: u8) -> Recorded {
        Recorded {
            device: DeviceId::from_bytes([device; 16]),
            timeline: 1,
            seq: 0,
            time: Timestamp::from_millis(0),
            kind: Kind::Decision,
            event: EventId::from_bytes([event; 16]),
            body: Packed {
                later: 0,
                time: 0,
                event: [event; 16],
                block: Vec::new(),
            },
        }
    }

    #[test]
    fn messages_of_logs_that_were_sent_again_count_once() {
        let mut once = Once::among([1, 2].map(|device| DeviceId::from_bytes([device; 16])));
        let new = [(1, 1), (1, 1), (2, 1), (2, 2)].map(|(device, event)| once.is_new(&recorded(device, event)));
        assert_eq!(new, [true, false, false, true]);
    }

    #[test]
    fn messages_of_other_devices_are_not_kept_in_mind() {
        let mut once = Once::among([DeviceId::from_bytes([1; 16])]);
        assert!((0..=u8::MAX).all(|event| once.is_new(&recorded(7, event))));
        assert_eq!(once.seen.len(), 0);
    }
}
