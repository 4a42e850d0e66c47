//! The bundle this device runs: verified before it is kept, kept before it is in force, verified again at each start.
//!
//! ```text
//! <state>/policy/current.weirbundle   the bundle, byte for byte as it came
//!                newest.json          number and digest of the newest one that was ever here
//! ```
//!
//! A bundle is written beside the old one and moved over it: after a crash one of the two is there, whole. Nothing older
//! is gone back to, not even when the current one is damaged: the built-in pack is in force then, which approves nobody.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use weir_assembly::{Opened, failed};
use weir_bundle::{Device, Newest, Refused, Verified, verify};
use weir_model::Timestamp;

use crate::approvers::Approvers;
use crate::bundles;
use crate::in_force::{self, LoadError, Loaded};
use weir_store::replace;

/// Where the bundle of this device comes from and is kept.
pub(crate) struct Slot {
    dir: PathBuf,
    approvers: Approvers,
    groups: BTreeSet<String>,
    /// Held while a bundle is taken: one at a time.
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    newest: Option<Newest>,
    /// When the bundle in force expires.
    expires: Option<Timestamp>,
    /// When the bundle that is kept was over, by a clock that may have been wrong.
    ended: Option<Timestamp>,
}

/// Why a bundle is not in force. What was in force stays.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SlotError {
    /// It must not run here.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It does not compile.
    #[error("what is in it cannot be used")]
    Load(#[from] LoadError),
    /// It says itself that it is wrong.
    #[error("{0} of its own tests fail")]
    Tests(usize),
    /// It lets more pass than what is in force, and too few have signed it for that.
    #[error("it lets more pass ({what}), and {signers} have signed it, of {wanted} needed for that")]
    Loosens {
        /// What it lets pass, in words.
        what: String,
        /// How many have signed.
        signers: usize,
        /// How many must have.
        wanted: usize,
    },
    /// The disk.
    #[error("cannot keep it in `{}`", .path.display())]
    Keep {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl SlotError {
    /// True where the same bundle may be taken later: the disk was full, or the clock wrong.
    pub(crate) fn passes(&self) -> bool {
        matches!(
            self,
            Self::Keep { .. } | Self::Refused(Refused::Expired { .. }) | Self::Load(LoadError::Read { .. })
        )
    }
}

/// `newest.json`.
#[derive(Serialize, Deserialize)]
struct Mark {
    number: u64,
    digest: String,
}

impl Slot {
    /// Opens the directory, which may be empty.
    pub(crate) fn open(dir: PathBuf, approvers: Approvers, groups: BTreeSet<String>) -> io::Result<Self> {
        fs::create_dir_all(&dir)?;
        // A mark that cannot be read is no mark: the bundle itself has its number.
        let mark = fs::read(dir.join(MARK)).ok();
        let mark = mark.and_then(|text| serde_json::from_slice::<Mark>(&text).ok());
        let held = Held {
            newest: mark.map(|Mark { number, digest }| Newest { number, digest }),
            ..Held::default()
        };
        Ok(Self {
            dir,
            approvers,
            groups,
            held: Mutex::new(held),
        })
    }

    /// The bundle that was taken last. `None` where there never was one.
    pub(crate) fn current(&self, now: Timestamp) -> Result<Option<Loaded>, SlotError> {
        let path = self.dir.join(CURRENT);
        let bundle = match fs::read(&path) {
            Ok(bundle) => bundle,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(SlotError::Keep { path, source }),
        };
        let mut held = self.held.lock();
        let examined = self.examine(&bundle, held.newest.as_ref(), now);
        if let Err(SlotError::Refused(Refused::Expired { expires })) = &examined {
            held.ended = Some(*expires);
        }
        let (verified, loaded) = examined?;
        // The agent may have ended between the bundle and its mark.
        self.mark(&verified)?;
        *held = Held::by(&verified);
        Ok(Some(loaded))
    }

    /// Examines a bundle and keeps it. It is on disk when this returns, and in force when the caller puts it there.
    pub(crate) fn take(&self, bundle: &[u8], now: Timestamp) -> Result<Loaded, SlotError> {
        let mut held = self.held.lock();
        let (verified, loaded) = self.examine(bundle, held.newest.as_ref(), now)?;
        self.ask_for_loosening(&verified, &loaded, held.newest.as_ref(), now)?;
        let path = self.dir.join(CURRENT);
        replace(&path, bundle).map_err(|source| SlotError::Keep { path, source })?;
        self.mark(&verified)?;
        *held = Held::by(&verified);
        Ok(loaded)
    }

    /// The bundle that is kept, byte for byte as it came. It is not to be believed before it is verified.
    pub(crate) fn kept(&self) -> Option<Vec<u8>> {
        // Not while another is written over it.
        let _held = self.held.lock();
        fs::read(self.dir.join(CURRENT)).ok()
    }

    /// The newest bundle that was ever here.
    pub(crate) fn newest(&self) -> Option<Newest> {
        self.held.lock().newest.clone()
    }

    /// When what is in force ends; `None` where it does not come from a bundle.
    pub(crate) fn expires(&self) -> Option<Timestamp> {
        self.held.lock().expires
    }

    /// True when what is in force came from a bundle whose time is over. Said once.
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        let mut held = self.held.lock();
        let over = held.expires.is_some_and(|expires| expires <= now);
        if over {
            held.ended = held.expires.take();
        }
        over
    }

    /// True when the bundle that is kept was over, and is not by this clock: one of the two times was wrong.
    pub(crate) fn is_back(&self, now: Timestamp) -> bool {
        self.held.lock().ended.is_some_and(|ended| now < ended)
    }

    fn examine(&self, bundle: &[u8], newest: Option<&Newest>, now: Timestamp) -> Result<(Verified, Loaded), SlotError> {
        let device = Device {
            groups: self.groups.clone(),
            newest: newest.cloned(),
        };
        let verified = verify(bundle, &self.approvers.trust, &device, now)?;
        let Opened { loaded, results } = bundles::open(verified.contents())?;
        match failed(&results) {
            0 => Ok((verified, loaded)),
            failed => Err(SlotError::Tests(failed)),
        }
    }

    /// What lets more pass than what is in force takes more people, where the root says so.
    fn ask_for_loosening(
        &self,
        verified: &Verified,
        loaded: &Loaded,
        newest: Option<&Newest>,
        now: Timestamp,
    ) -> Result<(), SlotError> {
        let (signers, wanted) = (verified.signers().len(), self.approvers.loosening);
        if signers >= wanted || newest == Some(&verified.newest()) {
            return Ok(());
        }
        let in_force = fs::read(self.dir.join(CURRENT)).ok();
        let in_force = in_force.and_then(|bundle| self.examine(&bundle, newest, now).ok());
        // Where no bundle can run, the built-in pack does.
        let before = match in_force {
            Some((_, before)) => before,
            None => in_force::load(None, None)?,
        };
        match weir_policy::loosens(&before.in_force.policy, &loaded.in_force.policy) {
            Some(what) => Err(SlotError::Loosens { what, signers, wanted }),
            None => Ok(()),
        }
    }

    fn mark(&self, verified: &Verified) -> Result<(), SlotError> {
        let Newest { number, digest } = verified.newest();
        // Two plain fields cannot fail to be written.
        let text = serde_json::to_vec(&Mark { number, digest }).unwrap_or_default();
        let path = self.dir.join(MARK);
        replace(&path, &text).map_err(|source| SlotError::Keep { path, source })
    }
}

impl Held {
    fn by(verified: &Verified) -> Self {
        Self {
            newest: Some(verified.newest()),
            expires: Some(verified.contents().expires),
            ended: None,
        }
    }
}

const CURRENT: &str = "current.weirbundle";
const MARK: &str = "newest.json";

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use weir_bundle::{Contents, Refused, SigningKey, Trust, add_signature, seal};
    use weir_model::Timestamp;

    use super::{Approvers, CURRENT, MARK, Slot, SlotError};
    use crate::in_force::catalogue_texts;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn key() -> SigningKey {
        SigningKey::from_seed(&[3; 32]).unwrap()
    }

    fn slot(dir: &Path) -> Slot {
        let trust = Trust {
            keys: vec![key().public()],
            threshold: 1,
        };
        Slot::open(dir.join("policy"), trust.into(), BTreeSet::from(["acme".to_owned()])).unwrap()
    }

    /// Takes bundles that one person signed, and two where they let more pass.
    fn careful_slot(dir: &Path) -> Slot {
        let approvers = Approvers {
            trust: Trust {
                keys: vec![key().public(), second_key().public()],
                threshold: 1,
            },
            loosening: 2,
            orders: None,
            fresh: None,
        };
        Slot::open(dir.join("policy"), approvers, BTreeSet::from(["acme".to_owned()])).unwrap()
    }

    fn second_key() -> SigningKey {
        SigningKey::from_seed(&[4; 32]).unwrap()
    }

    fn bundle(number: u64, expect: &str) -> Vec<u8> {
        bundle_of(
            number,
            format!(
                "pack: {{name: acme, version: {number}.0.0}}\n\
                 tests: [{{name: t, given: {{service: chatgpt, text: hello}}, expect: {{action: {expect}}}}}]\n"
            ),
        )
    }

    fn bundle_of(number: u64, pack: String) -> Vec<u8> {
        let contents = Contents {
            name: "acme".to_owned(),
            number,
            issued: NOW,
            expires: NOW.plus_millis(1000),
            audience: BTreeSet::from(["acme".to_owned()]),
            pack: "acme.yaml".to_owned(),
            packs: BTreeMap::from([("acme.yaml".to_owned(), pack)]),
            catalogue: catalogue_texts(None).unwrap().into_paths(),
            files: BTreeMap::new(),
        };
        seal(&contents, &[key()]).unwrap()
    }

    #[test]
    fn a_bundle_outlives_the_agent_and_nothing_older_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let first = slot(dir.path());
        assert!(first.current(NOW).unwrap().is_none());
        let loaded = first.take(&bundle(2, "allow"), NOW).unwrap();
        assert_eq!(loaded.in_force.policy.bundle().number, 2);

        let again = slot(dir.path());
        let loaded = again.current(NOW).unwrap().unwrap();
        assert_eq!(loaded.in_force.policy.version(), Some("2.0.0"));
        let refused = again.take(&bundle(1, "allow"), NOW).err().unwrap();
        assert!(matches!(
            refused,
            SlotError::Refused(Refused::Older { number: 1, newest: 2 })
        ));
    }

    #[test]
    fn to_loosen_takes_two_and_to_tighten_takes_one() {
        let dir = tempfile::tempdir().unwrap();
        let slot = careful_slot(dir.path());
        let rules = |number: u64, rules: &str| {
            bundle_of(
                number,
                format!(
                    "pack: {{name: acme, version: {number}.0.0}}\nproviders: {{approvals: {{openai: approved}}}}\n\
                     policies: {{policy: {{data-classification: {{rules: [{rules}]}}}}}}\n"
                ),
            )
        };
        let open = rules(1, "");
        let refused = slot.take(&open, NOW).err().unwrap();
        assert!(
            matches!(
                refused,
                SlotError::Loosens {
                    signers: 1,
                    wanted: 2,
                    ..
                }
            ),
            "it approves a provider, which what is built in does not: {refused}"
        );
        slot.take(&add_signature(&open, &second_key()).unwrap(), NOW).unwrap();
        slot.take(&open, NOW).unwrap();
        let stricter = rules(
            2,
            "{level: [public, internal, confidential, restricted], action: block}",
        );
        slot.take(&stricter, NOW).unwrap();
        let milder = rules(3, "{level: [confidential, restricted], action: block}");
        let refused = slot.take(&milder, NOW).err().unwrap();
        assert!(refused.to_string().contains("weaker"), "{refused}");
        slot.take(&add_signature(&milder, &second_key()).unwrap(), NOW).unwrap();
    }

    #[test]
    fn what_is_refused_leaves_everything_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let slot = slot(dir.path());
        slot.take(&bundle(2, "allow"), NOW).unwrap();
        let kept = std::fs::read(dir.path().join("policy").join(CURRENT)).unwrap();
        assert!(matches!(slot.take(&bundle(3, "block"), NOW), Err(SlotError::Tests(1))));
        assert!(slot.take(b"{}", NOW).is_err());
        assert!(
            slot.take(&bundle(4, "allow"), NOW.plus_millis(1000)).is_err(),
            "expired"
        );
        assert_eq!(std::fs::read(dir.path().join("policy").join(CURRENT)).unwrap(), kept);
        assert!(
            slot.take(&bundle(3, "allow"), NOW).is_ok(),
            "a number that was refused is not used up"
        );
    }

    #[test]
    fn a_damaged_or_expired_bundle_is_not_run_and_an_older_one_neither() {
        let dir = tempfile::tempdir().unwrap();
        slot(dir.path()).take(&bundle(2, "allow"), NOW).unwrap();
        let path = dir.path().join("policy").join(CURRENT);
        let whole = std::fs::read(&path).unwrap();
        assert!(slot(dir.path()).current(NOW.plus_millis(1000)).is_err());
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(slot(dir.path()).current(NOW).is_err());
        std::fs::write(&path, bundle(1, "allow")).unwrap();
        assert!(slot(dir.path()).current(NOW).is_err());
        // Without its mark the bundle speaks for itself.
        std::fs::write(&path, &whole).unwrap();
        std::fs::remove_file(dir.path().join("policy").join(MARK)).unwrap();
        assert!(slot(dir.path()).current(NOW).unwrap().is_some());
    }

    #[test]
    fn a_bundle_that_was_over_by_a_wrong_clock_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let (taken, wrong) = (slot(dir.path()), NOW.plus_millis(1000));
        taken.take(&bundle(2, "allow"), NOW).unwrap();
        assert!(!taken.is_back(NOW) && taken.has_expired(wrong));
        let begun = slot(dir.path());
        assert!(begun.current(wrong).err().unwrap().passes());
        for slot in [taken, begun] {
            assert!(!slot.is_back(wrong), "it is over still");
            assert!(slot.is_back(NOW));
            slot.current(NOW).unwrap().unwrap();
            assert!(!slot.is_back(NOW), "said once");
            assert_eq!(slot.expires(), Some(wrong));
        }
    }

    #[test]
    fn what_the_disk_refuses_passes_and_what_is_wrong_with_a_bundle_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let slot = slot(dir.path());
        assert!(!slot.take(&bundle(3, "block"), NOW).err().unwrap().passes());
        std::fs::remove_dir_all(dir.path().join("policy")).unwrap();
        assert!(slot.take(&bundle(2, "allow"), NOW).err().unwrap().passes());
        std::fs::create_dir(dir.path().join("policy")).unwrap();
        slot.take(&bundle(2, "allow"), NOW).unwrap();
        assert!(!slot.take(&bundle(1, "allow"), NOW).err().unwrap().passes());
    }

    #[test]
    fn expiry_is_said_once() {
        let dir = tempfile::tempdir().unwrap();
        let slot = slot(dir.path());
        assert!(!slot.has_expired(NOW));
        slot.take(&bundle(2, "allow"), NOW).unwrap();
        assert!(!slot.has_expired(NOW));
        assert!(slot.has_expired(NOW.plus_millis(1000)));
        assert!(!slot.has_expired(NOW.plus_millis(1000)));
    }
}
