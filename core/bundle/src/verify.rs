//! What a device asks before it runs a bundle.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};
use weir_model::Timestamp;

use crate::contents::Contents;
use crate::envelope::{Envelope, EnvelopeError, Kind};
use crate::key::PublicKey;

/// Whose signatures count.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Keys of people who may sign policy.
    pub keys: Vec<PublicKey>,
    /// How many of them must have signed; at least one.
    pub threshold: usize,
}

/// The device that asks.
#[derive(Clone, Debug, Default)]
pub struct Device {
    /// Groups it belongs to.
    pub groups: BTreeSet<String>,
    /// The newest bundle it ever ran.
    pub newest: Option<Newest>,
}

/// A bundle, as far as it must be remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newest {
    /// Its number.
    pub number: u64,
    /// SHA-256 over its payload, in hex.
    pub digest: String,
}

/// A bundle that this device may run, once it compiles and its own tests pass. Only [`verify`] makes one.
#[derive(Debug)]
pub struct Verified {
    contents: Contents,
    digest: String,
    signers: Vec<String>,
}

/// A bundle as it says it is. Nobody has vouched for it.
#[derive(Debug)]
pub struct Unverified {
    /// What is in it.
    pub contents: Contents,
    /// SHA-256 over its payload, in hex.
    pub digest: String,
    /// Names of keys that are said to have signed.
    pub claimed: Vec<String>,
}

/// Why a device does not run a bundle. It stays with the one it has: the failure is closed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Not a bundle.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Not signed by those it must be signed by.
    #[error("signatures of trusted keys that are valid: {valid}, of {wanted} needed")]
    Unsigned {
        /// Signatures that are valid.
        valid: usize,
        /// Signatures that are needed.
        wanted: usize,
    },
    /// For other devices.
    #[error("it is for {}, and this device is in {}", list(.audience), list(.groups))]
    Foreign {
        /// Whom it is for.
        audience: BTreeSet<String>,
        /// Where the device belongs.
        groups: BTreeSet<String>,
    },
    /// An older one, which may allow what is forbidden by now.
    #[error("it is number {number}, and number {newest} has been here")]
    Older {
        /// Its number.
        number: u64,
        /// The newest number this device ever ran.
        newest: u64,
    },
    /// Two bundles were signed under one number. One of them is a mistake or a forgery.
    #[error("another bundle with number {0} has been here")]
    SameNumber(u64),
    /// Its time is over.
    #[error("it has expired")]
    Expired {
        /// When.
        expires: Timestamp,
    },
}

/// Asks everything that can be asked without reading the packs: signatures first, since before that nothing in it is worth
/// a look; then for whom, whether newer, and whether still valid.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify(bundle: &[u8], trust: &Trust, device: &Device, now: Timestamp) -> Result<Verified, Refused> {
    let envelope = Envelope::read(bundle, Kind::Bundle)?;
    let signers = signers(&envelope, trust)?;
    let contents = envelope.contents()?;
    let digest = payload_digest(&envelope);
    if contents.audience.is_disjoint(&device.groups) {
        return Err(Refused::Foreign {
            audience: contents.audience,
            groups: device.groups.clone(),
        });
    }
    match &device.newest {
        Some(newest) if contents.number < newest.number => {
            return Err(Refused::Older {
                number: contents.number,
                newest: newest.number,
            });
        }
        Some(newest) if contents.number == newest.number && digest != newest.digest => {
            return Err(Refused::SameNumber(contents.number));
        }
        _ => {}
    }
    if contents.expires <= now {
        return Err(Refused::Expired {
            expires: contents.expires,
        });
    }
    Ok(Verified {
        contents,
        digest,
        signers,
    })
}

/// Reads a bundle for people who want to know what is in it. Nothing is verified.
///
/// # Errors
/// When it is no bundle.
pub fn inspect(bundle: &[u8]) -> Result<Unverified, EnvelopeError> {
    let envelope = Envelope::read(bundle, Kind::Bundle)?;
    Ok(Unverified {
        contents: envelope.contents()?,
        digest: payload_digest(&envelope),
        claimed: envelope.signatures.into_iter().map(|(keyid, _)| keyid).collect(),
    })
}

/// Each key counts once, however often it has signed.
fn signers(envelope: &Envelope, trust: &Trust) -> Result<Vec<String>, Refused> {
    let signers = envelope.signers(&trust.keys);
    let wanted = trust.threshold.max(1);
    match signers.len() {
        valid if valid < wanted => Err(Refused::Unsigned { valid, wanted }),
        _ => Ok(signers),
    }
}

fn payload_digest(envelope: &Envelope) -> String {
    hex::encode(digest(&SHA256, &envelope.payload))
}

fn list(names: &BTreeSet<String>) -> String {
    match names.len() {
        0 => "no group".to_owned(),
        _ => names.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
    }
}

impl Verified {
    /// What is in it.
    #[must_use]
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Ids of the keys whose signatures are valid.
    #[must_use]
    pub fn signers(&self) -> &[String] {
        &self.signers
    }

    /// What a device has to remember once it runs the bundle.
    #[must_use]
    pub fn newest(&self) -> Newest {
        Newest {
            number: self.contents.number,
            digest: self.digest.clone(),
        }
    }
}
