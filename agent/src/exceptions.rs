//! Exceptions that this device has: which hold, and how often each was used.
//!
//! ```text
//! <state>/policy/exceptions.json   envelopes as they came, how often each was used, and the latest time that was seen
//! ```
//!
//! A use is on disk before the message goes, and a use whose message then did not go is lost: this fails closed. What the
//! server does not name any more was taken back; its count stays until its time is over, so that it cannot come again as
//! new. Time goes forward only: a clock that is set back revives nothing. The server's word alone brings it back, from where a
//! clock that was wrong had taken it; what was used by then stays used.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use weir_bundle::{Exception, Trust, verify_exception, verify_kept_exception};
use weir_engine::Leave;
use weir_model::{Timestamp, chain};
use weir_store::replace;
use weir_wire::DeviceException;

use crate::clock::Passing;

/// The exceptions of this device.
pub(crate) struct Exceptions {
    taking: Option<Taking>,
    kept: Mutex<Kept>,
}

/// Where exceptions come from and are kept.
pub(crate) struct Taking {
    pub(crate) path: PathBuf,
    /// The server's key.
    pub(crate) trust: Trust,
    /// This device, as the server names it.
    pub(crate) device: String,
}

struct Kept {
    /// By their ids.
    exceptions: BTreeMap<String, One>,
    /// The latest time that was seen, and what has passed since.
    latest: (Timestamp, Passing),
}

struct One {
    exception: Exception,
    envelope: String,
    used: u32,
    /// The server does not name it any more.
    withdrawn: bool,
}

/// As it is on the disk.
#[derive(Serialize, Deserialize)]
struct File {
    latest: Timestamp,
    exceptions: Vec<FileOne>,
}

#[derive(Serialize, Deserialize)]
struct FileOne {
    envelope: String,
    used: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    withdrawn: bool,
}

/// The server's word may be an hour old when it comes: what is less ahead of it may be right.
const AHEAD: i64 = 2 * 60 * 60 * 1000;
/// So long the count of an exception that is over is kept: longer than a clock can be ahead while the server is heard.
const COUNTED: i64 = 90 * 24 * 60 * 60 * 1000;
/// Exceptions of one device at a time. A server that names more is not believed.
const MOST: usize = 256;

impl Exceptions {
    /// Those of a device that takes them, with what it has; `None` takes none. `newest` is the latest time that is known
    /// from elsewhere.
    pub(crate) fn open(taking: Option<Taking>, newest: Timestamp, now: Timestamp) -> Self {
        let mut kept = Kept {
            exceptions: BTreeMap::new(),
            latest: (newest.max(now), Passing::begun()),
        };
        if let Some(taking) = &taking {
            kept.read(taking);
        }
        Self {
            taking,
            kept: Mutex::new(kept),
        }
    }

    /// True where this device has a server that gives them.
    pub(crate) fn are_given(&self) -> bool {
        self.taking.is_some()
    }

    /// The server's answer: these hold, and no others. Says what is wrong with those that do not count.
    ///
    /// # Errors
    /// The disk. What held before holds on then, but for what the server does not name any more.
    pub(crate) fn take(&self, envelopes: &[String], now: Timestamp) -> io::Result<Vec<String>> {
        let Some(taking) = &self.taking else {
            return Ok(Vec::new());
        };
        let mut kept = self.kept.lock();
        let now = kept.time(now);
        kept.exceptions
            .retain(|_, one| !one.exception.is_over(now.plus_millis(-COUNTED)));
        for one in kept.exceptions.values_mut() {
            one.withdrawn = true;
        }
        let mut refused = Vec::new();
        for envelope in envelopes.iter().take(MOST) {
            match verify_exception(envelope.as_bytes(), &taking.trust, &taking.device, now) {
                Ok(exception) => kept.add(exception, envelope),
                Err(error) => refused.push(chain(&error)),
            }
        }
        kept.write(taking)?;
        Ok(refused)
    }

    /// The server has said the time, not long ago. Where neither that nor the clock is near the latest time that was seen, a clock
    /// was wrong then.
    pub(crate) fn heard(&self, said: Timestamp, now: Timestamp) {
        let mut kept = self.kept.lock();
        let right = now.max(said);
        if kept.time(now).as_millis() - right.as_millis() > AHEAD {
            // It is on the disk with the next use: until then a start goes by the old one, and hears the server again.
            kept.latest.0 = right;
            tracing::warn!("a clock that was wrong is not gone by any more, for exceptions");
        }
    }

    /// What this user may go by now.
    pub(crate) fn leaves(&self, user: Option<&str>, now: Timestamp) -> Vec<Leave> {
        let Some(user) = user else {
            return Vec::new();
        };
        let mut kept = self.kept.lock();
        if kept.exceptions.is_empty() {
            return Vec::new();
        }
        let now = kept.time(now);
        let of_user = kept.exceptions.values().filter(|one| one.exception.user == user);
        of_user.filter(|one| one.holds(now)).map(One::leave).collect()
    }

    /// Takes one use, on the disk before this returns. False where there is none left, or its time is over.
    ///
    /// # Errors
    /// The disk. Nothing may go by it then.
    pub(crate) fn use_one(&self, id: &str, now: Timestamp) -> io::Result<bool> {
        let Some(taking) = &self.taking else {
            return Ok(false);
        };
        let mut kept = self.kept.lock();
        let now = kept.time(now);
        let Some(one) = kept.exceptions.get_mut(id).filter(|one| one.holds(now)) else {
            return Ok(false);
        };
        one.used += 1;
        kept.write(taking)?;
        Ok(true)
    }

    /// Those that hold, for people.
    pub(crate) fn list(&self, now: Timestamp) -> Vec<DeviceException> {
        let mut kept = self.kept.lock();
        let now = kept.time(now);
        let holding = kept.exceptions.values().filter(|one| one.holds(now));
        holding.map(One::shown).collect()
    }
}

impl Kept {
    /// The time: that of the clock, unless it was set back.
    fn time(&mut self, clock: Timestamp) -> Timestamp {
        let (latest, passing) = &mut self.latest;
        *latest = clock.max(latest.plus_millis(passing.millis()));
        *latest
    }

    fn add(&mut self, exception: Exception, envelope: &str) {
        let used = self.exceptions.get(&exception.id).map_or(0, |one| one.used);
        let one = One {
            envelope: envelope.to_owned(),
            used,
            withdrawn: false,
            exception,
        };
        self.exceptions.insert(one.exception.id.clone(), one);
    }

    /// What cannot be read, or does not count any more, is not there: this fails closed.
    fn read(&mut self, taking: &Taking) {
        let Ok(bytes) = fs::read(&taking.path) else {
            return;
        };
        let Ok(file) = serde_json::from_slice::<File>(&bytes) else {
            tracing::warn!("the kept exceptions cannot be read and hold no more");
            return;
        };
        self.time(file.latest);
        for FileOne {
            envelope,
            used,
            withdrawn,
        } in file.exceptions
        {
            // Also one that is over: the clock may be wrong, and what was used must stay so.
            match verify_kept_exception(envelope.as_bytes(), &taking.trust, &taking.device) {
                Ok(exception) => {
                    let one = One {
                        envelope,
                        used,
                        withdrawn,
                        exception,
                    };
                    self.exceptions.insert(one.exception.id.clone(), one);
                }
                Err(error) => tracing::debug!(%error, "a kept exception holds no more"),
            }
        }
    }

    fn write(&self, taking: &Taking) -> io::Result<()> {
        let file = File {
            latest: self.latest.0,
            exceptions: self
                .exceptions
                .values()
                .map(|one| FileOne {
                    envelope: one.envelope.clone(),
                    used: one.used,
                    withdrawn: one.withdrawn,
                })
                .collect(),
        };
        replace(&taking.path, &serde_json::to_vec(&file)?)
    }
}

impl One {
    fn holds(&self, now: Timestamp) -> bool {
        !self.withdrawn && self.used < self.exception.uses && !self.exception.is_over(now)
    }

    fn leave(&self) -> Leave {
        let exception = &self.exception;
        Leave {
            digest: exception.digest.clone(),
            name: exception.destination.name.clone(),
            tier: exception.destination.tier,
            granted: exception.granted(),
        }
    }

    fn shown(&self) -> DeviceException {
        let exception = &self.exception;
        DeviceException {
            id: exception.id.clone(),
            user: exception.user.clone(),
            destination: exception.destination.name.clone(),
            rules: exception.rules.clone(),
            approved_by: exception.approved_by.clone(),
            reason: exception.reason.clone(),
            uses: exception.uses,
            used: self.used,
            expires: exception.expires,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Exceptions, Taking};
    use std::path::Path;
    use weir_bundle::{Exception, ExceptionDestination, SigningKey, Trust, seal_exception};
    use weir_model::{Fingerprint, Tier, Timestamp};

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const HOUR: i64 = 60 * 60 * 1000;

    fn open(dir: &Path, now: Timestamp) -> Exceptions {
        let taking = Taking {
            path: dir.join("exceptions.json"),
            trust: Trust {
                keys: vec![SigningKey::from_seed(&[1; 32]).unwrap().public()],
                threshold: 1,
            },
            device: "laptop".to_owned(),
        };
        Exceptions::open(Some(taking), Timestamp::from_millis(0), now)
    }

    fn envelope(uses: u32, device: &str, signer: u8) -> String {
        let exception = Exception {
            id: "e1".to_owned(),
            device: device.to_owned(),
            user: "ada".to_owned(),
            digest: Fingerprint::from_digest([7; 16]),
            destination: ExceptionDestination {
                name: "chatgpt-web".to_owned(),
                tier: Tier::Unknown,
            },
            rules: ["data-classification/mail".to_owned()].into(),
            uses,
            approved_by: ["ben".to_owned()].into(),
            reason: "a letter".to_owned(),
            issued: NOW,
            expires: NOW.plus_millis(HOUR),
        };
        let sealed = seal_exception(&exception, &SigningKey::from_seed(&[signer; 32]).unwrap()).unwrap();
        String::from_utf8(sealed).unwrap()
    }

    #[test]
    fn uses_are_counted_over_every_end_of_the_agent() {
        let dir = tempfile::tempdir().unwrap();
        let taken = [envelope(2, "laptop", 1)];
        let first = open(dir.path(), NOW);
        assert!(first.take(&taken, NOW).unwrap().is_empty());
        assert_eq!(first.leaves(Some("ada"), NOW).len(), 1);
        assert!(first.leaves(Some("eve"), NOW).is_empty() && first.leaves(None, NOW).is_empty());
        assert!(first.use_one("e1", NOW).unwrap());
        // Nothing is said before the end: the agent was killed.
        let second = open(dir.path(), NOW);
        assert_eq!(second.list(NOW)[0].used, 1);
        assert!(second.use_one("e1", NOW).unwrap());
        assert!(!second.use_one("e1", NOW).unwrap());
        assert!(second.leaves(Some("ada"), NOW).is_empty());
        assert!(second.take(&taken, NOW).unwrap().is_empty());
        assert!(
            !second.use_one("e1", NOW).unwrap(),
            "the server says it again, and it is as spent as before"
        );
    }

    #[test]
    fn what_was_taken_back_comes_again_with_its_count_alone() {
        let dir = tempfile::tempdir().unwrap();
        let exceptions = open(dir.path(), NOW);
        let taken = [envelope(1, "laptop", 1)];
        exceptions.take(&taken, NOW).unwrap();
        exceptions.take(&[], NOW).unwrap();
        assert!(!exceptions.use_one("e1", NOW).unwrap());
        assert!(!open(dir.path(), NOW).use_one("e1", NOW).unwrap());
        exceptions.take(&taken, NOW).unwrap();
        assert!(exceptions.use_one("e1", NOW).unwrap());
        exceptions.take(&[], NOW).unwrap();
        exceptions.take(&taken, NOW).unwrap();
        assert!(!exceptions.use_one("e1", NOW).unwrap());
    }

    #[test]
    fn a_clock_that_is_set_back_revives_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let exceptions = open(dir.path(), NOW);
        let taken = [envelope(5, "laptop", 1)];
        exceptions.take(&taken, NOW).unwrap();
        let late = NOW.plus_millis(HOUR);
        assert!(!exceptions.use_one("e1", late).unwrap());
        assert!(!exceptions.use_one("e1", NOW).unwrap(), "set back while it runs");
        assert_eq!(exceptions.take(&taken, NOW).unwrap(), ["it has expired"]);
        assert!(!open(dir.path(), NOW).use_one("e1", NOW).unwrap(), "and over its end");
        let known_from_the_log = Exceptions::open(
            Some(Taking {
                path: dir.path().join("other.json"),
                trust: Trust {
                    keys: vec![SigningKey::from_seed(&[1; 32]).unwrap().public()],
                    threshold: 1,
                },
                device: "laptop".to_owned(),
            }),
            late,
            NOW,
        );
        assert_eq!(known_from_the_log.take(&taken, NOW).unwrap(), ["it has expired"]);
    }

    #[test]
    fn a_clock_that_was_wrong_once_ends_nothing_and_gives_no_more_uses() {
        let dir = tempfile::tempdir().unwrap();
        let exceptions = open(dir.path(), NOW);
        let taken = [envelope(2, "laptop", 1)];
        exceptions.take(&taken, NOW).unwrap();
        assert!(exceptions.use_one("e1", NOW).unwrap());
        // A month ahead, the server is heard still.
        let wrong = NOW.plus_millis(30 * 24 * HOUR);
        assert_eq!(exceptions.take(&taken, wrong).unwrap(), ["it has expired"]);
        let exceptions = open(dir.path(), wrong);
        exceptions.heard(NOW, wrong);
        assert_eq!(
            exceptions.take(&taken, NOW).unwrap(),
            ["it has expired"],
            "nobody has said the time"
        );
        exceptions.heard(NOW.plus_millis(-HOUR), NOW);
        assert!(exceptions.take(&taken, NOW).unwrap().is_empty());
        assert!(exceptions.use_one("e1", NOW).unwrap());
        assert!(!exceptions.use_one("e1", NOW).unwrap(), "it was used once before");
    }

    #[test]
    fn forged_and_foreign_ones_are_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let exceptions = open(dir.path(), NOW);
        let others = [envelope(1, "laptop", 2), envelope(1, "another", 1), "{}".to_owned()];
        assert_eq!(exceptions.take(&others, NOW).unwrap().len(), 3);
        assert!(exceptions.list(NOW).is_empty());
        std::fs::write(dir.path().join("exceptions.json"), b"nonsense").unwrap();
        assert!(open(dir.path(), NOW).list(NOW).is_empty());
    }
}
