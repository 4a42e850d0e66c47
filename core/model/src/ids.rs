use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::{Builder, Uuid};

use crate::Timestamp;

/// Names one decision, in the record, in the message people see, and in every query. A version 7 UUID: sortable by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct EventId(Uuid);

impl EventId {
    /// Time and randomness come from the edge.
    #[must_use]
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        Self(Builder::from_unix_timestamp_millis(now.as_millis().unsigned_abs(), &random).into_uuid())
    }

    /// The sixteen bytes, as stored.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// From the sixteen stored bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.hyphenated(), f)
    }
}

/// The text is not an event id.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an event id (expected a UUID such as 019a0000-0000-7000-8000-000000000000)")]
pub struct ParseEventIdError(String);

impl FromStr for EventId {
    type Err = ParseEventIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text.trim())
            .map(Self)
            .map_err(|_| ParseEventIdError(text.to_owned()))
    }
}

/// The set of packs a decision was made under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BundleRef {
    /// Monotonic number given by the server; 0 for packs read from local files.
    pub number: u64,
    /// SHA-256 over the resolved packs and catalogue, lower-case hex.
    pub digest: String,
}
