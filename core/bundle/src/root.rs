//! The root: which keys hold which role, and how many of them must sign. It is kept offline, and signed by its own role.
//!
//! ```text
//! root ─ names the keys of ─┬ policy   people who approve bundles; to loosen takes more of them
//!                           ├ fresh    the server, online: says for some hours which bundle is the newest
//!                           └ orders   the server: directives
//! ```
//!
//! A root is changed by the old one and the new one together: whoever has the keys of one alone changes nothing. Its
//! versions rise. A server that is stolen has the roles it has online, and no other: it can keep policy back for as long as
//! its last statement lasts, and cannot loosen it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use weir_model::Timestamp;

use crate::envelope::{Envelope, EnvelopeError, Kind, SealError};
use crate::key::{PublicKey, SigningKey};
use crate::order::OrderTrust;
use crate::verify::Trust;

/// Which keys hold which role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    /// Rises with every change; a device never goes back.
    pub version: u64,
    /// When it was signed.
    pub issued: Timestamp,
    /// From when on no device begins to trust it.
    pub expires: Timestamp,
    /// May change the root.
    pub root: Role,
    /// May sign bundles.
    pub policy: Role,
    /// How many of the policy role must have signed a bundle that lets more pass than the one before it.
    pub loosening: usize,
    /// May say which bundle is the newest; absent where nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh: Option<FreshRole>,
    /// May give directives; absent where nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<Role>,
}

/// Keys, and how many of them must sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its keys.
    pub keys: Vec<RoleKey>,
    /// At least one.
    pub threshold: usize,
}

/// A role whose statements are short-lived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreshRole {
    /// Its keys.
    pub keys: Vec<RoleKey>,
    /// At least one.
    pub threshold: usize,
    /// Hours a statement may last. What a device does without one is said by its pack.
    pub hours: u32,
}

/// A public key in a statement: its PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct RoleKey(pub PublicKey);

impl std::fmt::Debug for RoleKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for RoleKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.to_pem().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RoleKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pem = String::deserialize(deserializer)?;
        PublicKey::from_pem(pem.as_bytes())
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

/// A root that a device goes by. Only [`trust_root`] and [`succeed`] make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedRoot(Root);

impl From<&TrustedRoot> for OrderTrust {
    fn from(trusted: &TrustedRoot) -> Self {
        let root = trusted.root();
        let nobody = || Trust {
            keys: Vec::new(),
            threshold: 1,
        };
        Self {
            server: root.orders.as_ref().map_or_else(nobody, Role::trust),
            people: Trust {
                threshold: root.loosening,
                ..trusted.policy()
            },
        }
    }
}

/// Why a root is not trusted. The one before stays: the failure is closed.
#[derive(Debug, thiserror::Error)]
pub enum RootRefused {
    /// Not a root.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// It makes no sense.
    #[error("{0}")]
    Content(&'static str),
    /// Not signed by its own role.
    #[error("signatures of its own root keys that are valid: {valid}, of {wanted} needed")]
    Own {
        /// Signatures that are valid.
        valid: usize,
        /// Signatures that are needed.
        wanted: usize,
    },
    /// Not signed by the role of the root before it.
    #[error("signatures of the root keys before it that are valid: {valid}, of {wanted} needed")]
    Before {
        /// Signatures that are valid.
        valid: usize,
        /// Signatures that are needed.
        wanted: usize,
    },
    /// An older one, or another of the same version.
    #[error("it is version {version}, and version {newest} is in force")]
    Older {
        /// Its version.
        version: u64,
        /// The one in force.
        newest: u64,
    },
    /// Its time is over.
    #[error("it has expired")]
    Expired,
}

/// Signs a root. It is no root of anybody's before as many have signed as it says itself, and as the one before it says.
///
/// # Errors
/// When no device would ever take it, or a key is given twice.
pub fn seal_root(root: &Root, keys: &[&SigningKey]) -> Result<Vec<u8>, SealError> {
    if let Some(why) = nonsense(root) {
        return Err(SealError::Contents(why));
    }
    Envelope::sealed(Kind::Root, root, keys)
}

/// A root that comes with the device's configuration: whoever could exchange that needs no root.
///
/// # Errors
/// When it is not whole, not signed by its own role, or over.
pub fn trust_root(bytes: &[u8], now: Timestamp) -> Result<TrustedRoot, RootRefused> {
    let (envelope, root) = read(bytes)?;
    let (valid, wanted) = signatures(&envelope, &root.root);
    if valid < wanted {
        return Err(RootRefused::Own { valid, wanted });
    }
    match root.expires <= now {
        true => Err(RootRefused::Expired),
        false => Ok(TrustedRoot(root)),
    }
}

/// The root after another. The same again is no change.
///
/// # Errors
/// When either of the two would not have it.
pub fn succeed(before: &TrustedRoot, bytes: &[u8], now: Timestamp) -> Result<TrustedRoot, RootRefused> {
    let (envelope, _) = read(bytes)?;
    let (valid, wanted) = signatures(&envelope, &before.0.root);
    if valid < wanted {
        return Err(RootRefused::Before { valid, wanted });
    }
    let after = trust_root(bytes, now)?;
    match after == *before || after.0.version > before.0.version {
        true => Ok(after),
        false => Err(RootRefused::Older {
            version: after.0.version,
            newest: before.0.version,
        }),
    }
}

/// Reads a root for people. Nothing is verified.
///
/// # Errors
/// When it is none.
pub fn inspect_root(bytes: &[u8]) -> Result<Root, EnvelopeError> {
    Envelope::read(bytes, Kind::Root)?.statement()
}

fn read(bytes: &[u8]) -> Result<(Envelope, Root), RootRefused> {
    let envelope = Envelope::read(bytes, Kind::Root)?;
    let root: Root = envelope.statement()?;
    match nonsense(&root) {
        Some(why) => Err(RootRefused::Content(why)),
        None => Ok((envelope, root)),
    }
}

fn signatures(envelope: &Envelope, role: &Role) -> (usize, usize) {
    (envelope.signers(&role.public_keys()).len(), role.threshold)
}

/// One key in two roles would be one thief in two roles.
fn nonsense(root: &Root) -> Option<&'static str> {
    let fresh = root.fresh.as_ref().map(FreshRole::role);
    let online = fresh.iter().chain(&root.orders);
    let roles: Vec<&Role> = [&root.root, &root.policy].into_iter().chain(online).collect();
    let can_sign = |role: &Role| {
        let ids: std::collections::BTreeSet<String> = role.keys.iter().map(|key| key.0.id()).collect();
        (1..=ids.len()).contains(&role.threshold) && ids.len() == role.keys.len()
    };
    let mut ids: Vec<String> = roles
        .iter()
        .flat_map(|role| role.keys.iter().map(|key| key.0.id()))
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    match root {
        Root { version: 0, .. } => Some("roots are numbered from 1"),
        _ if !roles.iter().copied().all(can_sign) => {
            Some("a role has fewer keys than must sign, or the same one twice")
        }
        _ if ids.len() < count => Some("a key holds two roles"),
        Root { loosening, policy, .. } if !(policy.threshold..=policy.keys.len()).contains(loosening) => {
            Some("to loosen takes at least as many as to sign, and no more than there are")
        }
        Root { fresh: Some(fresh), .. } if fresh.hours == 0 => Some("a statement must last an hour at least"),
        Root { issued, expires, .. } if expires <= issued => Some("it expires before it is issued"),
        _ => None,
    }
}

impl Role {
    pub(crate) fn public_keys(&self) -> Vec<PublicKey> {
        self.keys.iter().map(|key| key.0.clone()).collect()
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust {
            keys: self.public_keys(),
            threshold: self.threshold,
        }
    }
}

impl FreshRole {
    pub(crate) fn role(&self) -> Role {
        Role {
            keys: self.keys.clone(),
            threshold: self.threshold,
        }
    }
}

impl TrustedRoot {
    /// What it says.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.0
    }

    /// Whose signatures count for bundles.
    #[must_use]
    pub fn policy(&self) -> Trust {
        self.0.policy.trust()
    }
}
