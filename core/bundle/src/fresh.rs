//! What the server says for some hours: which bundle is the newest, and what a device is to run.
//!
//! A device that hears nothing cannot tell a quiet week from a server that keeps policy back. So the server says every now
//! and then which bundle is the newest, in a statement that is over soon; without one, a device knows that it does not know.
//! What follows from that is decided in [`crate::freshness`].

use serde::{Deserialize, Serialize};
use weir_model::Timestamp;

use crate::envelope::{Envelope, EnvelopeError, Kind, SealError};
use crate::key::SigningKey;
use crate::root::TrustedRoot;
use crate::verify::{Newest, Trust};

/// Which bundle is the newest for a group of devices, until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fresh {
    /// The group.
    pub group: String,
    /// The bundle's number; 0 where there is none.
    pub number: u64,
    /// SHA-256 over its payload, in hex.
    pub digest: String,
    /// Number of the bundle that whoever is given this statement is to run, or a later one: lower than the newest while a
    /// roll-out has not come to them.
    pub wanted: u64,
    /// Number of the directive that holds for the group; 0 where none does.
    pub order: u64,
    /// When it was said.
    pub issued: Timestamp,
    /// Until when it is true.
    pub expires: Timestamp,
}

/// Whose fresh statements count, and how long they may last.
#[derive(Clone, Debug)]
pub struct FreshTrust {
    /// Keys, and how many of them must have signed.
    pub trust: Trust,
    /// Hours a statement may last.
    pub hours: u32,
}

/// Nobody's where the root gives the role to nobody.
impl From<&TrustedRoot> for FreshTrust {
    fn from(trusted: &TrustedRoot) -> Self {
        let role = trusted.root().fresh.as_ref();
        let trust = role.map(|role| role.role().trust());
        Self {
            trust: trust.unwrap_or_else(|| Trust {
                keys: Vec::new(),
                threshold: 1,
            }),
            hours: role.map_or(0, |role| role.hours),
        }
    }
}

/// Why a statement is not believed. What was known before stays.
#[derive(Debug, thiserror::Error)]
pub enum StatementRefused {
    /// Not a statement of this kind.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Not signed by those who hold the role.
    #[error("signatures of the role that are valid: {valid}, of {wanted} needed")]
    Unsigned {
        /// Signatures that are valid.
        valid: usize,
        /// Signatures that are needed.
        wanted: usize,
    },
    /// For other devices.
    #[error("it is for `{0}`")]
    Foreign(String),
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// It claims to last longer than statements of its role may.
    #[error("it lasts longer than {hours} hours")]
    TooLong {
        /// What the root allows.
        hours: u32,
    },
    /// It comes from before what is known.
    #[error("it is number {number}, and number {newest} was the newest before")]
    Older {
        /// Its number.
        number: u64,
        /// The newest known.
        newest: u64,
    },
    /// It names another bundle with a number that is known.
    #[error("it names another bundle with number {0}")]
    Other(u64),
    /// It asks for more than there is.
    #[error("it wants bundle {wanted} and calls bundle {number} the newest")]
    Beyond {
        /// What it wants.
        wanted: u64,
        /// What it calls the newest.
        number: u64,
    },
}

/// Says which bundle is the newest.
///
/// # Errors
/// When a key is given twice.
pub fn seal_fresh(fresh: &Fresh, keys: &[&SigningKey]) -> Result<Vec<u8>, SealError> {
    Envelope::sealed(Kind::Fresh, fresh, keys)
}

/// What a device asks of a fresh statement: signed by the role, for its group, short-lived and not over, and in no
/// contradiction to the newest bundle that it knows, which may be the one in force or one it heard of before.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify_fresh(
    bytes: &[u8],
    trusted: &FreshTrust,
    group: &str,
    newest: Option<&Newest>,
    now: Timestamp,
) -> Result<Fresh, StatementRefused> {
    let fresh: Fresh = signed_by(bytes, Kind::Fresh, &trusted.trust)?;
    let hours = i64::from(trusted.hours) * HOUR;
    if fresh.group != group {
        return Err(StatementRefused::Foreign(fresh.group));
    }
    if fresh.expires <= now {
        return Err(StatementRefused::Expired);
    }
    // Also of one that says it was made tomorrow, which would last longer from now.
    if fresh.expires > fresh.issued.plus_millis(hours) || fresh.expires > now.plus_millis(hours) {
        return Err(StatementRefused::TooLong { hours: trusted.hours });
    }
    if fresh.wanted > fresh.number {
        return Err(StatementRefused::Beyond {
            wanted: fresh.wanted,
            number: fresh.number,
        });
    }
    match newest {
        Some(newest) if fresh.number < newest.number => Err(StatementRefused::Older {
            number: fresh.number,
            newest: newest.number,
        }),
        Some(newest) if fresh.number == newest.number && fresh.digest != newest.digest => {
            Err(StatementRefused::Other(fresh.number))
        }
        _ => Ok(fresh),
    }
}

const HOUR: i64 = 60 * 60 * 1000;

fn signed_by<T: serde::de::DeserializeOwned>(bytes: &[u8], kind: Kind, trust: &Trust) -> Result<T, StatementRefused> {
    let envelope = Envelope::read(bytes, kind)?;
    let (valid, wanted) = (envelope.signers(&trust.keys).len(), trust.threshold.max(1));
    match valid < wanted {
        true => Err(StatementRefused::Unsigned { valid, wanted }),
        false => Ok(envelope.statement()?),
    }
}
