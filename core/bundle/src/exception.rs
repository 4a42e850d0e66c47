//! Exceptions: a leave for one message, given by people on the server, for a while.
//!
//! An exception binds the device, the person, the content (by the device's own keyed digest, so that the server cannot tell
//! what it is, nor whether two devices sent the same), the destination, the rules it was asked for, its time and how often
//! it may be used. The server signs it with the key of its directives: it opens, but only what the policy that people signed
//! says may be opened, and the device asks that policy again. A server that is stolen can give leave for what a pack says
//! exceptions may be given for, and for nothing else.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use weir_model::{Fingerprint, Granted, Tier, Timestamp};

use crate::envelope::{Envelope, EnvelopeError, Kind, SealError};
use crate::key::SigningKey;
use crate::verify::Trust;

/// A leave for one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Names it.
    pub id: String,
    /// The device it is for.
    pub device: String,
    /// The account on that device it is for.
    pub user: String,
    /// The content it is for: the device's keyed digest, hex.
    pub digest: Fingerprint,
    /// Where it may go.
    pub destination: ExceptionDestination,
    /// The rules it was asked for.
    pub rules: BTreeSet<String>,
    /// How many messages it is for.
    pub uses: u32,
    /// Who approved it, each once.
    pub approved_by: BTreeSet<String>,
    /// Why it was asked for.
    pub reason: String,
    /// When it was given.
    pub issued: Timestamp,
    /// Until when it holds.
    pub expires: Timestamp,
}

/// Where a message may go by exception.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExceptionDestination {
    /// The service's id, or the host where no service is known.
    pub name: String,
    /// The account tier it was asked for: what a company has agreed on for its own accounts holds for no other.
    pub tier: Tier,
}

/// Hours an exception may be given for, whatever a pack says.
pub const LONGEST_EXCEPTION: u32 = 720;

/// How far two clocks may differ. An exception that comes from later than that is not in its time yet.
const CLOCKS_DIFFER: i64 = 5 * 60 * 1000;

/// Why an exception counts for nothing.
#[derive(Debug, thiserror::Error)]
pub enum ExceptionRefused {
    /// Not an exception.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Not signed by the server.
    #[error("it is not signed by the server")]
    Unsigned,
    /// For another device.
    #[error("it is for another device")]
    Foreign,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// It was given later than now.
    #[error("it was given later than now: a clock is wrong")]
    Early,
    /// It holds for longer than any may.
    #[error("it holds for longer than {LONGEST_EXCEPTION} hours")]
    TooLong,
    /// It is for no message, or nobody approved it.
    #[error("it says nothing: no use, no rule or no approver")]
    Empty,
}

impl Exception {
    /// As decisions see it.
    #[must_use]
    pub fn granted(&self) -> Granted {
        let span = self.expires.as_millis().saturating_sub(self.issued.as_millis());
        let minutes = u64::try_from(span).unwrap_or(0).div_ceil(60_000);
        Granted {
            id: self.id.clone(),
            rules: self.rules.clone(),
            approved_by: self.approved_by.clone(),
            minutes: u32::try_from(minutes).unwrap_or(u32::MAX),
            uses: self.uses,
        }
    }

    /// True from its end on.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires <= now
    }

    /// True when its time has begun, give or take what clocks differ by.
    #[must_use]
    pub fn has_begun(&self, now: Timestamp) -> bool {
        self.issued <= now.plus_millis(CLOCKS_DIFFER)
    }
}

/// Gives an exception.
///
/// # Errors
/// It cannot be packed.
pub fn seal_exception(exception: &Exception, key: &SigningKey) -> Result<Vec<u8>, SealError> {
    Envelope::sealed(Kind::Exception, exception, &[key])
}

/// What a device asks of an exception before it goes by it. Content and destination are held against each message later.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify_exception(
    bytes: &[u8],
    server: &Trust,
    device: &str,
    now: Timestamp,
) -> Result<Exception, ExceptionRefused> {
    let exception = verify_kept_exception(bytes, server, device)?;
    match &exception {
        it if it.is_over(now) => Err(ExceptionRefused::Expired),
        it if !it.has_begun(now) => Err(ExceptionRefused::Early),
        _ => Ok(exception),
    }
}

/// The same for one that this device has, whose count must outlive a clock that is wrong: everything but the time.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify_kept_exception(bytes: &[u8], server: &Trust, device: &str) -> Result<Exception, ExceptionRefused> {
    let envelope = Envelope::read(bytes, Kind::Exception)?;
    if envelope.signers(&server.keys).len() < server.threshold.max(1) {
        return Err(ExceptionRefused::Unsigned);
    }
    let exception: Exception = envelope.statement()?;
    let longest = i64::from(LONGEST_EXCEPTION) * 60 * 60 * 1000;
    match &exception {
        it if it.device != device => Err(ExceptionRefused::Foreign),
        it if it.expires > it.issued.plus_millis(longest) => Err(ExceptionRefused::TooLong),
        it if it.uses == 0 || it.rules.is_empty() || it.approved_by.is_empty() => Err(ExceptionRefused::Empty),
        _ => Ok(exception),
    }
}
