//! What a destruction takes from searches, and what it leaves them: counted before it is carried out.

use crate::repo::Repo;
use crate::reports::{Judged, Once, Recorded};
use crate::search_keys::{Destruction, SearchKeyError, Searching};
use std::collections::HashSet;
use weir_audit::Kind;
use weir_bundle::SigningKey;
use weir_fleet::{DeviceId, Gone, Left};
use weir_model::Timestamp;

/// Goes through all records that are kept.
///
/// # Errors
/// Nothing may be destroyed then: nobody could say what.
pub(super) async fn count(
    repo: &dyn Repo,
    receipt: &SigningKey,
    destroyed: &Destruction,
) -> Result<(Gone, Left), SearchKeyError> {
    let mut counting = Counting {
        destroyed,
        keys: Searching::open(repo, receipt).await?,
        gone: Gone::default(),
        left: Left::default(),
        once: Once::open(repo).await?,
        devices: HashSet::new(),
        logs: HashSet::new(),
    };
    let (since, until) = (Timestamp::from_millis(0), Timestamp::from_millis(i64::MAX));
    repo.each_recorded(since, until, &mut |recorded| counting.add(&recorded))
        .await?;
    counting.gone.devices = counting.devices.len() as u64;
    counting.left.logs = counting.logs.len() as u64;
    Ok((counting.gone, counting.left))
}

struct Counting<'a> {
    destroyed: &'a Destruction,
    keys: Searching,
    gone: Gone,
    left: Left,
    once: Once,
    devices: HashSet<DeviceId>,
    logs: HashSet<(DeviceId, u32)>,
}

impl Counting<'_> {
    fn add(&mut self, recorded: &Recorded) {
        self.logs.insert((recorded.device, recorded.timeline));
        if recorded.kind != Kind::Decision {
            self.left.records += 1;
            return;
        }
        let Some(judged) = Judged::read(recorded) else { return };
        self.left.records += 1;
        let fingerprints = judged.findings.iter().filter(|found| found.fingerprint.is_some());
        let (fingerprints, number) = (fingerprints.count() as u64, judged.search_key);
        let Some(number) = number.filter(|_| fingerprints > 0) else {
            return;
        };
        if !self.once.is_new(recorded) || self.keys.of(recorded.device, number).is_none() {
            return;
        }
        if !self.destroyed.takes(recorded.device, number) {
            self.left.searchable += 1;
            return;
        }
        self.gone.decisions += 1;
        self.gone.fingerprints += fingerprints;
        self.devices.insert(recorded.device);
        let time = recorded.time;
        self.gone.oldest = Some(self.gone.oldest.map_or(time, |oldest| oldest.min(time)));
        self.gone.newest = Some(self.gone.newest.map_or(time, |newest| newest.max(time)));
    }
}
