//! Where the agent keeps what it must remember, and the keys that protect it.
//!
//! ```text
//! <state>/            may be passed through by all, listed by the owner
//!   ca/               certificate, bundle and list of hosts (readable by all), key and leaf key (owner only)
//!   audit/            the log: segment files and the anchor of its head
//!   index/            sled, rebuildable from audit/
//!   policy/           the bundle in force, and the number of the newest one that was ever here
//!   fleet/            who this device is to its admin server, and how far its log is there
//!   keys/             seal.key, fingerprint.key, vault.key, gateway.key: 32 random bytes each, owner only
//!   run/agent.sock    the socket that the command line and the tray talk to
//! ```

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use weir_ipc::Place;
use zeroize::Zeroizing;

/// The state directory. Everything in it is the owner's alone, but for the certificate that all users' programs trust.
#[derive(Clone, Debug)]
pub struct StateDir {
    root: PathBuf,
    is_told: bool,
}

/// The state directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It cannot be made.
    #[error("cannot make the directory `{}`", .path.display())]
    Make {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A key file cannot be read or made.
    #[error("cannot use the key file `{}`", .path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A key file is not 32 bytes long.
    #[error("the key file `{}` is damaged: it must hold 32 bytes, it holds {found}", .path.display())]
    KeyLength {
        /// Which.
        path: PathBuf,
        /// Its length.
        found: usize,
    },
}

/// 32 bytes of key, wiped when dropped.
pub type Key = Zeroizing<[u8; 32]>;

impl StateDir {
    /// Names the directory; nothing is made yet.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            is_told: true,
        }
    }

    /// The one of this user, where none was named; `None` without a home directory.
    #[must_use]
    pub fn own() -> Option<Self> {
        let root = weir_ipc::own_state()?;
        Some(Self { root, is_told: false })
    }

    /// Makes the directory and its parts.
    ///
    /// # Errors
    /// When a directory cannot be made. The agent does not start: without a log nothing may be released.
    pub fn create(&self) -> Result<(), StateError> {
        let (pass_through, readable, private) = (0o711, 0o755, 0o700);
        let dirs = [
            (self.root.clone(), pass_through),
            (self.ca(), readable),
            (self.audit(), private),
            (self.index(), private),
            (self.policy(), private),
            (self.keys(), private),
            (self.run(), private),
        ];
        for (path, mode) in dirs {
            make_dir(&path, mode).map_err(|source| StateError::Make { path, source })?;
        }
        Ok(())
    }

    /// The directory itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Certificate authority.
    #[must_use]
    pub fn ca(&self) -> PathBuf {
        self.root.join("ca")
    }

    /// The certificate that programs must trust.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.ca().join("ca.pem")
    }

    /// The host patterns that go through the proxy, one a line: what managed policies of browsers are made from.
    #[must_use]
    pub fn hosts(&self) -> PathBuf {
        self.ca().join("hosts")
    }

    /// Lays the list of hosts out, where it is not so already.
    ///
    /// # Errors
    /// When it cannot be written; the list from before stays.
    pub fn publish_hosts(&self, hosts: &[String]) -> io::Result<()> {
        let text = hosts.iter().fold(String::new(), |text, host| text + host + "\n");
        if fs::read_to_string(self.hosts()).is_ok_and(|present| present == text) {
            return Ok(());
        }
        let beside = self.hosts().with_extension("new");
        fs::write(&beside, text)?;
        set_mode(&beside, 0o644)?;
        fs::rename(beside, self.hosts())
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> PathBuf {
        self.root.join("audit")
    }

    /// The bundle in force.
    #[must_use]
    pub fn policy(&self) -> PathBuf {
        self.root.join("policy")
    }

    /// The enrolment with an admin server.
    #[must_use]
    pub fn fleet(&self) -> PathBuf {
        self.root.join("fleet")
    }

    /// The index over the log.
    #[must_use]
    pub fn index(&self) -> PathBuf {
        self.root.join("index")
    }

    /// The socket for this user's other programs.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        Place::of(&self.root).socket().to_owned()
    }

    /// The directory, where one was named.
    #[must_use]
    pub fn told(&self) -> Option<&Path> {
        self.is_told.then_some(&*self.root)
    }

    /// The agent that is asked about it: where no directory was named, that may be the machine's.
    #[must_use]
    pub fn agent(&self) -> Place {
        weir_ipc::place(self.told())
    }

    /// Key that seals the log.
    ///
    /// # Errors
    /// When the file cannot be read or made, or is damaged.
    pub fn seal_key(&self) -> Result<Key, StateError> {
        load_or_make_key(&self.keys().join("seal.key"))
    }

    /// Key of fingerprints.
    ///
    /// # Errors
    /// As [`StateDir::seal_key`].
    pub fn fingerprint_key(&self) -> Result<Key, StateError> {
        load_or_make_key(&self.keys().join("fingerprint.key"))
    }

    /// Key that seals the vault's pairs.
    ///
    /// # Errors
    /// As [`StateDir::seal_key`].
    pub fn vault_key(&self) -> Result<Key, StateError> {
        load_or_make_key(&self.keys().join("vault.key"))
    }

    /// Key that the gateway's tokens are made from.
    ///
    /// # Errors
    /// As [`StateDir::seal_key`].
    pub fn gateway_key(&self) -> Result<Key, StateError> {
        load_or_make_key(&self.keys().join("gateway.key"))
    }

    fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    fn run(&self) -> PathBuf {
        self.root.join("run")
    }
}

fn make_dir(dir: &Path, mode: u32) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    set_mode(dir, mode)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Elsewhere the rights are those of the parent: the system's own directory for services.
#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}

fn load_or_make_key(path: &Path) -> Result<Key, StateError> {
    let failed = |source| StateError::Key {
        path: path.to_owned(),
        source,
    };
    match fs::File::open(path) {
        Ok(mut file) => {
            let mut bytes = Zeroizing::new(Vec::with_capacity(33));
            Read::by_ref(&mut file)
                .take(33)
                .read_to_end(&mut bytes)
                .map_err(failed)?;
            let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| StateError::KeyLength {
                path: path.to_owned(),
                found: bytes.len(),
            })?;
            Ok(Zeroizing::new(key))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_key(path).map_err(failed),
        Err(error) => Err(failed(error)),
    }
}

/// A crash leaves either no key or a whole one.
fn make_key(path: &Path) -> io::Result<Key> {
    let mut key = Zeroizing::new([0; 32]);
    aws_lc_rs::rand::fill(key.as_mut()).map_err(|_| io::Error::other("no randomness"))?;
    weir_store::replace(path, key.as_ref())?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::{StateDir, StateError};

    #[test]
    fn a_key_is_made_once_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::at(dir.path());
        state.create().unwrap();
        let first = state.seal_key().unwrap();
        assert_eq!(*first, *state.seal_key().unwrap());
        assert_ne!(*first, *state.fingerprint_key().unwrap());
    }

    #[test]
    fn the_list_of_hosts_is_replaced_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::at(dir.path());
        state.create().unwrap();
        state
            .publish_hosts(&["chatgpt.com".into(), "*.claude.ai".into()])
            .unwrap();
        assert_eq!(
            std::fs::read_to_string(state.hosts()).unwrap(),
            "chatgpt.com\n*.claude.ai\n"
        );
        state.publish_hosts(&["claude.ai".into()]).unwrap();
        assert_eq!(std::fs::read_to_string(state.hosts()).unwrap(), "claude.ai\n");
    }

    #[test]
    fn a_cut_key_is_an_error_and_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::at(dir.path());
        state.create().unwrap();
        std::fs::write(dir.path().join("keys/seal.key"), b"short").unwrap();
        assert!(matches!(state.seal_key(), Err(StateError::KeyLength { found: 5, .. })));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it_but_the_certificate() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::at(dir.path().join("weir"));
        state.create().unwrap();
        state.seal_key().unwrap();
        let mode = |path: &str| std::fs::metadata(dir.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("weir"), 0o711);
        assert_eq!(mode("weir/ca"), 0o755);
        assert_eq!(mode("weir/audit"), 0o700);
        assert_eq!(mode("weir/keys"), 0o700);
        assert_eq!(mode("weir/keys/seal.key"), 0o600);
    }
}
