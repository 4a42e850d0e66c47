//! Who this device is to its server, on disk.
//!
//! ```text
//! <state>/fleet/identity.json   the server, this device's id, whom to believe (public)
//!               device.pem      certificate and key, in one file so that they change together
//!               progress.json   the last receipt
//!               search.key      what fingerprints of values are made with, so that the server can search for them
//!               override.key    what codes that are read out are verified with
//!               log.checkpoint  the server's log as it was last proved
//!               log.split       evidence that it is not what it was
//!               witness.key     what that log is cosigned with
//! ```

use crate::witness::{self, Split};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use weir_bundle::{FreshTrust, OrderTrust, PublicKey, Trust};
use weir_fleet::{DeviceId, Enrolled, OverrideKey, Receipt, SearchKey};
use weir_model::Timestamp;
use weir_store::replace;
use zeroize::Zeroizing;

/// An enrolment.
#[derive(Clone)]
pub struct Identity {
    dir: PathBuf,
    file: Told,
}

/// `identity.json`.
#[derive(Clone, Serialize, Deserialize)]
struct Told {
    server: String,
    device: DeviceId,
    group: String,
    authority: String,
    receipt_key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fresh_key: Option<String>,
    policy_keys: Vec<String>,
    policy_threshold: usize,
}

/// The enrolment cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file.
    #[error("`{}`", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that was not written by us.
    #[error("`{}` is damaged; enrol again", .path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
    },
}

impl Identity {
    /// The enrolment kept in `dir`; `None` where there is none.
    ///
    /// # Errors
    /// There is one that cannot be used. Fails closed: the agent does not start, since nothing says whom to believe.
    pub fn read(dir: &Path) -> Result<Option<Self>, IdentityError> {
        let path = dir.join(IDENTITY);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(IdentityError::File { path, source }),
        };
        let file = serde_json::from_slice(&text).map_err(|_| IdentityError::Damaged { path })?;
        let dir = dir.to_owned();
        Ok(Some(Self { dir, file }))
    }

    /// Keeps an enrolment. Progress of an earlier one is forgotten: it was another device's.
    pub(crate) fn keep(dir: &Path, server: &str, enrolled: Enrolled, key: &str) -> Result<Self, IdentityError> {
        private_dir(dir).map_err(at(dir))?;
        let file = Told {
            server: server.to_owned(),
            device: enrolled.device,
            group: enrolled.group,
            authority: enrolled.authority,
            receipt_key: enrolled.receipt_key,
            order_key: enrolled.order_key,
            fresh_key: enrolled.fresh_key,
            policy_keys: enrolled.policy_keys,
            policy_threshold: enrolled.policy_threshold,
        };
        let identity = Self {
            dir: dir.to_owned(),
            file,
        };
        identity.keep_certificate(&enrolled.certificate, key)?;
        for path in [
            identity.progress(),
            identity.search_key_path(),
            identity.override_key_path(),
        ] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&path)(error)),
                _ => {}
            }
        }
        witness::forget(dir).map_err(at(dir))?;
        // Last: without it there is no enrolment.
        identity.write()?;
        Ok(identity)
    }

    fn write(&self) -> Result<(), IdentityError> {
        let (path, text) = (
            self.dir.join(IDENTITY),
            serde_json::to_vec_pretty(&self.file).unwrap_or_default(),
        );
        replace(&path, &text).map_err(at(&path))
    }

    /// Keeps the key of fresh statements where none is known. It counts from the agent's next start.
    pub(crate) fn learn_fresh_key(&self, key: Option<String>) -> Result<(), IdentityError> {
        let (None, Some(key)) = (&self.file.fresh_key, key) else {
            return Ok(());
        };
        let mut learnt = self.clone();
        learnt.file.fresh_key = Some(key);
        learnt.write()
    }

    pub(crate) fn keep_certificate(&self, certificate: &str, key: &str) -> Result<(), IdentityError> {
        let both = Zeroizing::new(format!("{certificate}{key}"));
        let path = self.dir.join(CERTIFICATE);
        replace(&path, both.as_bytes()).map_err(at(&path))
    }

    /// Certificate and key (PEM).
    pub(crate) fn certificate(&self) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
        let path = self.dir.join(CERTIFICATE);
        fs::read(&path).map(Zeroizing::new).map_err(at(&path))
    }

    pub(crate) fn progress(&self) -> PathBuf {
        self.dir.join(PROGRESS)
    }

    fn search_key_path(&self) -> PathBuf {
        self.dir.join(SEARCH_KEY)
    }

    /// What fingerprints of values are made with; `None` where the server has not given it yet, or the file was damaged: it is
    /// fetched again then.
    #[must_use]
    pub fn search_key(&self) -> Option<SearchKey> {
        let text = fs::read(self.search_key_path()).map(Zeroizing::new).ok()?;
        let key: SearchKey = serde_json::from_slice(&text).ok()?;
        key.key().is_some().then_some(key)
    }

    pub(crate) fn keep_search_key(&self, key: &SearchKey) -> Result<(), IdentityError> {
        // A number and a text can always be written.
        let text = Zeroizing::new(serde_json::to_vec(key).unwrap_or_default());
        let path = self.search_key_path();
        replace(&path, &text).map_err(at(&path))
    }

    fn override_key_path(&self) -> PathBuf {
        self.dir.join(OVERRIDE_KEY)
    }

    /// What codes that are read out are verified with; `None` where the server has not given it yet, or the file was damaged:
    /// it is fetched again then.
    #[must_use]
    pub fn override_key(&self) -> Option<OverrideKey> {
        let text = fs::read(self.override_key_path()).map(Zeroizing::new).ok()?;
        let key: OverrideKey = serde_json::from_slice(&text).ok()?;
        key.codes(self.device()).is_some().then_some(key)
    }

    pub(crate) fn keep_override_key(&self, key: &OverrideKey) -> Result<(), IdentityError> {
        // A text can always be written.
        let text = Zeroizing::new(serde_json::to_vec(key).unwrap_or_default());
        let path = self.override_key_path();
        replace(&path, &text).map_err(at(&path))
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Evidence that the server's log is not the one it was, and the file it is in; `None` where there is none.
    #[must_use]
    pub fn split(&self) -> Option<(Split, PathBuf)> {
        witness::split(&self.dir).map(|split| (split, witness::split_path(&self.dir)))
    }

    pub(crate) fn authority(&self) -> &str {
        &self.file.authority
    }

    /// The server's address: `https://host:port`.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.file.server
    }

    /// This device.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.file.device
    }

    /// The group bundles must name.
    #[must_use]
    pub fn group(&self) -> &str {
        &self.file.group
    }

    /// The last receipt for records: when it was given, by the server's clock, and when it came, by ours.
    #[must_use]
    pub fn last_receipt(&self) -> Option<(Timestamp, Timestamp)> {
        let receipt: Receipt = serde_json::from_slice(&fs::read(self.progress()).ok()?).ok()?;
        let said = receipt.verify(&self.receipt_key()?).ok()?;
        let came = fs::metadata(self.progress()).ok()?.modified().ok()?;
        let came = came.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_millis();
        Some((said.time, Timestamp::from_millis(i64::try_from(came).ok()?)))
    }

    /// The key that signs receipts; `None` where the file was changed.
    #[must_use]
    pub fn receipt_key(&self) -> Option<PublicKey> {
        PublicKey::from_pem(self.file.receipt_key.as_bytes()).ok()
    }

    /// Whose directives this device carries out: the server's own, as far as they close, and those of the people who sign
    /// policy.
    #[must_use]
    pub fn order_trust(&self) -> OrderTrust {
        let key = self.file.order_key.as_deref();
        let key = key.and_then(|key| PublicKey::from_pem(key.as_bytes()).ok());
        OrderTrust {
            server: Trust {
                keys: key.into_iter().collect(),
                threshold: 1,
            },
            people: self.trust(),
        }
    }

    /// Whose word it is which bundle is the newest; `None` where the server gave no key for that.
    #[must_use]
    pub fn fresh_trust(&self) -> Option<FreshTrust> {
        let key = PublicKey::from_pem(self.file.fresh_key.as_deref()?.as_bytes()).ok()?;
        Some(FreshTrust {
            trust: Trust {
                keys: vec![key],
                threshold: 1,
            },
            hours: FRESH_HOURS,
        })
    }

    /// Whose bundles this device runs. A key that is none counts for nobody.
    #[must_use]
    pub fn trust(&self) -> Trust {
        let keys = self.file.policy_keys.iter();
        Trust {
            keys: keys
                .filter_map(|key| PublicKey::from_pem(key.as_bytes()).ok())
                .collect(),
            threshold: self.file.policy_threshold.max(1),
        }
    }
}

/// A server's statements last three days. A day more, for clocks that are behind: to them they begin later.
const FRESH_HOURS: u32 = 96;

const IDENTITY: &str = "identity.json";
const CERTIFICATE: &str = "device.pem";
const PROGRESS: &str = "progress.json";
const SEARCH_KEY: &str = "search.key";
const OVERRIDE_KEY: &str = "override.key";

fn at(path: &Path) -> impl Fn(io::Error) -> IdentityError {
    let path = path.to_owned();
    move |source| IdentityError::File {
        path: path.clone(),
        source,
    }
}

fn private_dir(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}
