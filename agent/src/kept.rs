//! The policies that decisions of this device were made under, as texts by their digest: without them no decision can be
//! made again.
//!
//! ```text
//! <state>/policy/kept/<digest>.zst   the texts, as JSON, compressed
//! ```
//!
//! A file here is evidence and never comes into force. That it is what its name says shows when it is compiled: the digest
//! is over all its texts.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use weir_model::BundleRef;
use weir_policy::Policy;
use weir_wire::PolicyTexts;

use crate::rego;
use weir_assembly::LoadError;
use weir_store::replace;

/// Policies kept; the one used longest ago makes room. Each takes a few hundred kilobytes.
const MOST: usize = 256;
const LEVEL: i32 = 9;
/// More than any catalogue has.
const LARGEST: u64 = 256 << 20;

/// The directory.
pub(crate) struct Kept {
    dir: PathBuf,
}

/// A policy cannot be had from here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecallError {
    /// It was never kept, or had to make room.
    #[error("the policy was not kept")]
    Gone,
    /// The disk.
    #[error("cannot read `{}`", .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is there is not what was kept.
    #[error("the kept policy is damaged")]
    Damaged,
    /// This version does not take it.
    #[error("this version of Weir does not take the policy")]
    Load(#[from] LoadError),
}

impl Kept {
    /// In the directory of policies, which may not exist yet.
    pub(crate) fn inside(policy: &Path) -> Self {
        Self {
            dir: policy.join("kept"),
        }
    }

    /// Keeps the texts of a policy that comes into force.
    ///
    /// # Errors
    /// When the disk does not take them.
    pub(crate) fn keep(&self, digest: &str, texts: &PolicyTexts) -> io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        let path = self.path(digest);
        if path.exists() {
            // In use: it is not the next to make room.
            return fs::File::open(&path)?.set_modified(SystemTime::now());
        }
        let packed = zstd::encode_all(serde_json::to_vec(texts)?.as_slice(), LEVEL)?;
        replace(&path, &packed)?;
        self.make_room()
    }

    /// The policy of a record, compiled without its detectors.
    ///
    /// # Errors
    /// When it is not here, or not what it was.
    pub(crate) fn recall(&self, bundle: &BundleRef) -> Result<Policy, RecallError> {
        let is_digest = bundle.digest.len() == 64 && bundle.digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_digest {
            return Err(RecallError::Gone);
        }
        let path = self.path(&bundle.digest);
        let packed = match fs::read(&path) {
            Ok(packed) => packed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(RecallError::Gone),
            Err(source) => return Err(RecallError::Read { path, source }),
        };
        let texts = unpack(&packed).ok_or(RecallError::Damaged)?;
        let (compiled, _) = weir_assembly::compile_texts(&texts, rego::apart())?;
        let policy = compiled.policy.numbered(bundle.number);
        if policy.bundle() != bundle {
            return Err(RecallError::Damaged);
        }
        Ok(policy)
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.dir.join(format!("{digest}.zst"))
    }

    fn make_room(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            files.push((entry.metadata()?.modified()?, entry.path()));
        }
        files.sort();
        let surplus = files.len().saturating_sub(MOST);
        files[..surplus].iter().try_for_each(|(_, path)| fs::remove_file(path))
    }
}

fn unpack(packed: &[u8]) -> Option<PolicyTexts> {
    let mut text = Vec::new();
    let decoder = zstd::Decoder::new(packed).ok()?;
    decoder.take(LARGEST).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::{Kept, MOST, RecallError};
    use crate::in_force;
    use weir_model::BundleRef;

    #[test]
    fn a_kept_policy_comes_back_as_it_was_and_a_changed_one_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let kept = Kept::inside(dir.path());
        let mut loaded = in_force::load(None, None).unwrap();
        let bundle = BundleRef {
            number: 7,
            ..loaded.in_force.policy.bundle().clone()
        };
        assert!(matches!(kept.recall(&bundle), Err(RecallError::Gone)));
        kept.keep(&bundle.digest, &loaded.texts).unwrap();
        assert_eq!(kept.recall(&bundle).unwrap().bundle(), &bundle);

        let other = "0".repeat(64);
        let pack = loaded.texts.packs.get_mut(&loaded.texts.pack).unwrap();
        pack.push_str("# changed\n");
        kept.keep(&other, &loaded.texts).unwrap();
        let renamed = BundleRef {
            number: 0,
            digest: other,
        };
        assert!(matches!(kept.recall(&renamed), Err(RecallError::Damaged)));
        let elsewhere = BundleRef {
            number: 0,
            digest: "../../keys/seal".to_owned(),
        };
        assert!(matches!(kept.recall(&elsewhere), Err(RecallError::Gone)));
    }

    #[test]
    fn policies_are_not_kept_without_end() {
        let dir = tempfile::tempdir().unwrap();
        let kept = Kept::inside(dir.path());
        let texts = weir_wire::PolicyTexts::default();
        for number in 0..MOST + 3 {
            kept.keep(&format!("{number:064x}"), &texts).unwrap();
        }
        assert_eq!(std::fs::read_dir(dir.path().join("kept")).unwrap().count(), MOST);
        assert!(kept.path(&format!("{:064x}", MOST + 2)).exists());
    }
}
