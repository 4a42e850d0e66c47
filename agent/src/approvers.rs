//! Who may sign policy for this device: keys that it was told by name, or the roles of a root.
//!
//! ```text
//! <state>/policy/root.json   the newest root that this device went by, byte for byte as it came
//! ```

use std::fs;
use std::io;
use std::path::Path;

use weir_bundle::{FreshTrust, OrderTrust, RootRefused, Trust, TrustedRoot, succeed, trust_root};
use weir_model::Timestamp;
use weir_store::replace;

/// Whose signatures count, and how many of them.
#[derive(Clone, Debug)]
pub(crate) struct Approvers {
    pub(crate) trust: Trust,
    /// How many must have signed what lets more pass.
    pub(crate) loosening: usize,
    /// Whose directives count, where a root says so.
    pub(crate) orders: Option<OrderTrust>,
    /// Whose word it is what is newest, where a root says so.
    pub(crate) fresh: Option<FreshTrust>,
}

/// There is no root to go by.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RootError {
    /// The disk.
    #[error("cannot read or keep the root")]
    Io(#[from] io::Error),
    /// It is not to be trusted.
    #[error("the root is not trusted")]
    Refused(#[from] RootRefused),
}

impl From<Trust> for Approvers {
    fn from(trust: Trust) -> Self {
        Self {
            loosening: trust.threshold,
            trust,
            orders: None,
            fresh: None,
        }
    }
}

impl From<&TrustedRoot> for Approvers {
    fn from(root: &TrustedRoot) -> Self {
        Self {
            trust: root.policy(),
            loosening: root.root().loosening,
            orders: root.root().orders.is_some().then(|| OrderTrust::from(root)),
            fresh: root.root().fresh.is_some().then(|| FreshTrust::from(root)),
        }
    }
}

/// The root of the configuration, if it is the first one here or follows the one before. Else the one before stays, and why
/// is said: a device whose configuration was put back does not go back.
///
/// # Errors
/// When there is neither.
pub(crate) fn root(
    told: &Path,
    policy: &Path,
    now: Timestamp,
) -> Result<(TrustedRoot, Option<RootRefused>), RootError> {
    let path = policy.join(ROOT);
    let told = fs::read(told)?;
    let Some(before) = before(&path)? else {
        let root = trust_root(&told, now)?;
        fs::create_dir_all(policy)?;
        replace(&path, &told)?;
        return Ok((root, None));
    };
    match succeed(&before, &told, now) {
        Ok(root) => {
            replace(&path, &told)?;
            Ok((root, None))
        }
        Err(refused) => Ok((before, Some(refused))),
    }
}

/// What was trusted once is trusted on: its time is asked when it comes.
fn before(path: &Path) -> Result<Option<TrustedRoot>, RootError> {
    match fs::read(path) {
        Ok(kept) => Ok(Some(trust_root(&kept, Timestamp::from_millis(i64::MIN))?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

const ROOT: &str = "root.json";

#[cfg(test)]
mod tests {
    use super::{RootError, root};
    use weir_bundle::{Role, RoleKey, Root, RootRefused, SigningKey, seal_root};
    use weir_model::Timestamp;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn key(number: u8) -> SigningKey {
        SigningKey::from_seed(&[number; 32]).unwrap()
    }

    fn role(number: u8) -> Role {
        Role {
            keys: vec![RoleKey(key(number).public())],
            threshold: 1,
        }
    }

    fn sealed(version: u64, signer: u8) -> Vec<u8> {
        let root = Root {
            version,
            issued: NOW,
            expires: NOW.plus_millis(1000),
            root: role(1),
            policy: role(11),
            loosening: 1,
            fresh: None,
            orders: None,
        };
        seal_root(&root, &[&key(signer)]).unwrap()
    }

    #[test]
    fn a_root_is_taken_once_followed_by_newer_ones_and_never_gone_back_from() {
        let dir = tempfile::tempdir().unwrap();
        let (told, policy) = (dir.path().join("told.json"), dir.path().join("policy"));
        let tell = |bytes: &[u8], now| {
            std::fs::write(&told, bytes).unwrap();
            let went_by = root(&told, &policy, now)?;
            Ok::<_, RootError>((went_by.0.root().version, went_by.1))
        };
        assert!(matches!(
            tell(&sealed(2, 9), NOW),
            Err(RootError::Refused(RootRefused::Own { .. }))
        ));
        assert!(matches!(tell(&sealed(2, 1), NOW), Ok((2, None))));
        assert!(matches!(
            tell(&sealed(1, 1), NOW),
            Ok((2, Some(RootRefused::Older { .. })))
        ));
        assert!(matches!(
            tell(&sealed(3, 9), NOW),
            Ok((2, Some(RootRefused::Before { .. })))
        ));
        assert!(matches!(tell(&sealed(3, 1), NOW), Ok((3, None))));
        // Its time is over, and nothing else is there to go by.
        let late = NOW.plus_millis(1000);
        assert!(matches!(tell(&sealed(3, 1), late), Ok((3, Some(RootRefused::Expired)))));
    }
}
