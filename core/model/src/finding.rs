use crate::{Confidence, DataType, Level, Place};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Where a detector found something, in memory only. It holds positions and no text; the value is
/// `&segment.text.expose()[span]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// What was found.
    pub data_type: DataType,
    /// Bytes of the segment's original text, on character boundaries, end exclusive.
    pub span: Range<usize>,
    /// How sure the detector is.
    pub confidence: Confidence,
}

/// What is kept of matches: equal values of one type in one message are counted once per place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct Finding {
    /// What was found.
    pub data_type: DataType,
    /// The level policy gives this data type.
    pub level: Level,
    /// The best confidence among the matches counted here.
    pub confidence: Confidence,
    /// Where: role and the adapter's own locator, never a name the sender chose.
    pub place: Place,
    /// How often this value stands at this place.
    pub count: u32,
    /// Keyed digest of the value; absent for data types too small to be hidden by one (PINs, yes or no).
    pub fingerprint: Option<Fingerprint>,
    /// It stands in a text that was decided before and is sent again as the conversation's past: nothing new.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>", optional))]
    pub repeated: bool,
}

/// HMAC-SHA-256 of a normalised value under a key of the device alone, cut to 128 bits, in lower-case hex. Equal values can
/// be counted; without the key nothing can be guessed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// From the first 16 bytes of the keyed digest.
    #[must_use]
    pub fn from_digest(digest: [u8; 16]) -> Self {
        use std::fmt::Write;
        let mut text = String::with_capacity(32);
        for byte in digest {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// 32 hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
