//! What the server says for some hours: which bundle is the newest.
//!
//! A device that hears nothing cannot tell a quiet week from a server that keeps policy back. So the server says every now
//! and then which bundle is the newest, in a statement that is over soon; without one, a device knows that it does not know.

use serde::{Deserialize, Serialize};
use weir_model::Timestamp;

use crate::envelope::{Envelope, EnvelopeError, Kind, SealError};
use crate::key::SigningKey;
use crate::root::{Role, TrustedRoot};
use crate::verify::Newest;

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
    /// When it was said.
    pub issued: Timestamp,
    /// Until when it is true.
    pub expires: Timestamp,
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
    root: &TrustedRoot,
    group: &str,
    newest: Option<&Newest>,
    now: Timestamp,
) -> Result<Fresh, StatementRefused> {
    let role = root.root().fresh.as_ref().ok_or(NOBODY)?;
    let fresh: Fresh = signed_by(bytes, Kind::Fresh, &role.role())?;
    let hours = i64::from(role.hours) * HOUR;
    if fresh.group != group {
        return Err(StatementRefused::Foreign(fresh.group));
    }
    if fresh.expires <= now {
        return Err(StatementRefused::Expired);
    }
    // Also of one that says it was made tomorrow, which would last longer from now.
    if fresh.expires > fresh.issued.plus_millis(hours) || fresh.expires > now.plus_millis(hours) {
        return Err(StatementRefused::TooLong { hours: role.hours });
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

/// Of a role that the root gives to nobody.
const NOBODY: StatementRefused = StatementRefused::Unsigned { valid: 0, wanted: 1 };

const HOUR: i64 = 60 * 60 * 1000;

fn signed_by<T: serde::de::DeserializeOwned>(bytes: &[u8], kind: Kind, role: &Role) -> Result<T, StatementRefused> {
    let envelope = Envelope::read(bytes, kind)?;
    let (valid, wanted) = (envelope.signers(&role.public_keys()).len(), role.threshold.max(1));
    match valid < wanted {
        true => Err(StatementRefused::Unsigned { valid, wanted }),
        false => Ok(envelope.statement()?),
    }
}
