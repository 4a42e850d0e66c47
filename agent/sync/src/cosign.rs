//! What this device says of the server's log, signed with a key of its own.
//!
//! The key is made with the first thing it signs and never leaves this machine; its other half goes to the server over this device's
//! own connection, whose journal keeps it. A key that is lost or damaged is made anew: the journal tells of that.
//!
//! Failure: whatever cannot be signed or sent is not said, and the next hour's is. Nothing waits for it.

use crate::client::{AskError, Client};
use std::fs;
use std::io;
use std::path::Path;
use weir_bundle::{KeyError, SigningKey};
use weir_fleet::{Cosigned, routes, witness_key};
use weir_store::replace;
use weir_tlog::{Checkpoint, Cosignature, OriginError, WitnessKey};
use zeroize::Zeroizing;

/// Cosigns checkpoints.
pub(crate) struct Cosigner {
    key: SigningKey,
    named: WitnessKey,
}

/// There is nothing to sign with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CosignerError {
    #[error("the system gave no randomness")]
    Randomness,
    #[error("no key can be made")]
    Key(#[from] KeyError),
    #[error("the key has no name")]
    Name(#[from] OriginError),
    #[error("the witness key cannot be kept")]
    Keep(#[from] io::Error),
}

/// Name of the file of the key, in the directory of the enrolment.
pub(crate) const KEY: &str = "witness.key";

impl Cosigner {
    /// With the key that is kept in the directory of the enrolment; makes one where there is none.
    pub(crate) fn read(dir: &Path) -> Result<Self, CosignerError> {
        let path = dir.join(KEY);
        let kept = match fs::read(&path).map(Zeroizing::new) {
            Ok(pem) => SigningKey::from_pem(&pem).ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        let key = match kept {
            Some(key) => key,
            None => make(&path)?,
        };
        let named = witness_key(&key.public())?;
        Ok(Self { key, named })
    }

    /// Says to the server that, as of now (seconds since 1970), this is the largest checkpoint of its log that is known here.
    pub(crate) async fn say(&self, client: &Client, checkpoint: &Checkpoint, now: u64) -> Result<(), AskError> {
        let cosignature = Cosignature::sign(&checkpoint.text(), &self.key, now);
        let said = Cosigned {
            size: checkpoint.size,
            witness: self.named.to_string(),
            line: self.named.line(&cosignature),
        };
        client.post(routes::LOG_COSIGNATURE, &said).await
    }
}

fn make(path: &Path) -> Result<SigningKey, CosignerError> {
    let mut seed = Zeroizing::new([0; 32]);
    aws_lc_rs::rand::fill(&mut *seed).map_err(|_| CosignerError::Randomness)?;
    let key = SigningKey::from_seed(&seed)?;
    let pem = Zeroizing::new(key.to_pem()?);
    replace(path, pem.as_bytes())?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::{Cosigner, KEY};
    use std::fs;

    #[test]
    fn a_key_is_kept_and_one_that_is_damaged_is_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let name = || Cosigner::read(dir.path()).unwrap().named.to_string();
        let first = name();
        assert_eq!(name(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(dir.path().join(KEY)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(dir.path().join(KEY), "nothing").unwrap();
        let second = name();
        assert_ne!(second, first);
        assert_eq!(name(), second);
        // What cannot be read is not written over.
        fs::remove_file(dir.path().join(KEY)).unwrap();
        fs::create_dir(dir.path().join(KEY)).unwrap();
        assert!(Cosigner::read(dir.path()).is_err());
    }
}
