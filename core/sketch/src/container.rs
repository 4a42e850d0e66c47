//! The file around a filter: what it is, a head that people may read, the body, and a code that only the key can make.
//!
//! ```text
//! magic (8) ─ version (u16) ─ length of head (u32) ─ head (JSON) ─ body ─ HMAC-SHA-256 of everything before it (32)
//! ```
//!
//! Numbers are little-endian. Version 1 is the only one.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::key::{Key, TAG};

/// Files are bytes from elsewhere until the key has vouched for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// It is something else.
    #[error("it is not such a file")]
    Kind,
    /// It was made by a newer Weir.
    #[error("its format has version {0}, and this program reads version 1")]
    Version(u16),
    /// Bytes are missing.
    #[error("it is cut off")]
    Cut,
    /// The head says what cannot be.
    #[error("its head cannot be read")]
    Head,
    /// The body is not what the head says.
    #[error("what is in it does not fit its head")]
    Body,
    /// Another key made it, or it was changed.
    #[error("the key is not the one it was made with, or the file was changed")]
    Key,
}

const VERSION: u16 = 1;
const FIXED: usize = 8 + 2 + 4;
/// Heads hold a few names.
const LONGEST_HEAD: usize = 64 * 1024;

/// What a file holds.
pub(crate) struct Opened<'b, H> {
    pub(crate) head: H,
    pub(crate) body: &'b [u8],
    authenticated: &'b [u8],
    tag: &'b [u8],
}

impl<H> Opened<'_, H> {
    /// # Errors
    /// When this key has not made the file as it is.
    pub(crate) fn verify(&self, key: &Key) -> Result<(), FormatError> {
        match key.verifies(self.authenticated, self.tag) {
            true => Ok(()),
            false => Err(FormatError::Key),
        }
    }
}

/// The bytes of a file.
pub(crate) fn seal(magic: [u8; 8], head: &impl Serialize, body: &[u8], key: &Key) -> Vec<u8> {
    // Heads are plain fields, which cannot fail to be written.
    let head = serde_json::to_vec(head).unwrap_or_default();
    let mut bytes = Vec::with_capacity(FIXED + head.len() + body.len() + TAG);
    bytes.extend(magic);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(u32::try_from(head.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend(head);
    bytes.extend(body);
    let tag = key.tag(&bytes);
    bytes.extend(tag);
    bytes
}

/// The parts of a file, for which nobody has vouched yet.
pub(crate) fn open<H: DeserializeOwned>(magic: [u8; 8], bytes: &[u8]) -> Result<Opened<'_, H>, FormatError> {
    let rest = bytes.strip_prefix(&magic).ok_or(FormatError::Kind)?;
    let (version, rest) = rest.split_first_chunk().ok_or(FormatError::Cut)?;
    let version = u16::from_le_bytes(*version);
    if version != VERSION {
        return Err(FormatError::Version(version));
    }
    let (length, rest) = rest.split_first_chunk().ok_or(FormatError::Cut)?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > LONGEST_HEAD {
        return Err(FormatError::Head);
    }
    let (head, rest) = rest.split_at_checked(length).ok_or(FormatError::Cut)?;
    let head = serde_json::from_slice(head).map_err(|_| FormatError::Head)?;
    let end = rest.len().checked_sub(TAG).ok_or(FormatError::Cut)?;
    let (body, tag) = rest.split_at(end);
    Ok(Opened {
        head,
        body,
        authenticated: &bytes[..bytes.len() - TAG],
        tag,
    })
}
