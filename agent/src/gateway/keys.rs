//! The keys of targets: read for one call, wiped after it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use bytes::Bytes;
use http::HeaderValue;
use weir_policy::KeyRef;
use zeroize::Zeroizing;

use crate::os;

/// A key cannot be used. Names where it should be, never what is there.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyError {
    #[error("the agent has no environment variable `{0}`")]
    NoVariable(String),
    #[error("the key file `{0}` cannot be read")]
    NoFile(String),
    #[error("the key file `{0}` can be read by others than its owner")]
    Open(String),
    #[error("there is nothing in the key file `{0}`, or something that is no key")]
    NoKey(String),
    #[error("the system's key store has no entry `{0}` for the agent")]
    NoEntry(String),
}

/// No key is longer.
const LONGEST: u64 = 16 << 10;

/// A key, wiped when dropped.
pub(super) struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    pub(super) fn read(key: &KeyRef) -> Result<Self, KeyError> {
        let (text, missing) = match key {
            KeyRef::Env(name) => {
                let missing = KeyError::NoVariable(name.clone());
                (std::env::var(name).ok().map(Zeroizing::new), missing)
            }
            KeyRef::File(path) => (Some(read_file(path)?), KeyError::NoKey(path.clone())),
            KeyRef::KeyStore(name) => (os::stored_key(name), KeyError::NoEntry(name.clone())),
        };
        let Some(text) = text else { return Err(missing) };
        let key = text.trim();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(missing);
        }
        Ok(Self(Zeroizing::new(key.as_bytes().to_vec())))
    }

    /// As a header, with the scheme before it. The header's own copy is wiped as well.
    pub(super) fn header(&self, scheme: &str) -> Option<HeaderValue> {
        let mut value = Zeroizing::new(Vec::with_capacity(scheme.len() + self.0.len()));
        value.extend_from_slice(scheme.as_bytes());
        value.extend_from_slice(&self.0);
        let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(value)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

fn read_file(path: &str) -> Result<Zeroizing<String>, KeyError> {
    let failed = |_| KeyError::NoFile(path.to_owned());
    let file = File::open(Path::new(path)).map_err(failed)?;
    if !is_private(&file).map_err(failed)? {
        return Err(KeyError::Open(path.to_owned()));
    }
    let mut text = Zeroizing::new(String::with_capacity(256));
    file.take(LONGEST).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// Looks at the file that was opened, not at its name: the name may lead elsewhere by now.
#[cfg(unix)]
fn is_private(file: &File) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o077 == 0)
}

/// Other systems have no such bits; their directories of a user are closed to other users.
#[cfg(not(unix))]
fn is_private(_file: &File) -> std::io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn file(mode: u32, text: &str) -> (tempfile::TempDir, KeyRef) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let key = KeyRef::File(path.display().to_string());
        (dir, key)
    }

    #[test]
    fn a_key_file_is_its_owners_alone() {
        let (_dir, key) = file(0o600, "sample-key\n");
        let secret = Secret::read(&key).ok().unwrap();
        let header = secret.header("Bearer ").unwrap();
        assert_eq!(header.as_bytes(), b"Bearer sample-key");
        assert!(header.is_sensitive());
        let (_dir, key) = file(0o640, "sample-key");
        assert!(matches!(Secret::read(&key), Err(KeyError::Open(_))));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", " \n", "two words", "line\nbreak"] {
            let (_dir, key) = file(0o600, text);
            assert!(matches!(Secret::read(&key), Err(KeyError::NoKey(_))));
        }
        let key = KeyRef::Env("WEIR_NO_SUCH_VARIABLE".to_owned());
        assert!(matches!(Secret::read(&key), Err(KeyError::NoVariable(_))));
    }
}
