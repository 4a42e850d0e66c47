use crate::payload_digest;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The bundle that a device holds, as it names it to the server: `NUMBER.DIGEST`, or `0` where it holds none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(into = "String", try_from = "String")]
pub struct Holds(pub Option<(u64, [u8; 32])>);

impl Holds {
    /// The bundle of this number, by its envelope; none where that is not as we write them.
    #[must_use]
    pub fn of(number: u64, envelope: &[u8]) -> Self {
        Self(payload_digest(envelope).map(|digest| (number, digest)))
    }
}

impl fmt::Display for Holds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => write!(f, "0"),
            Some((number, digest)) => write!(f, "{number}.{}", hex::encode(digest)),
        }
    }
}

/// The text names no bundle.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`holds` is 0, or number and digest of a bundle with a dot between them")]
pub struct ParseHoldsError;

impl FromStr for Holds {
    type Err = ParseHoldsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "0" {
            return Ok(Self(None));
        }
        let (number, digest) = text.split_once('.').ok_or(ParseHoldsError)?;
        let number = number.parse().map_err(|_| ParseHoldsError)?;
        let mut sum = [0; 32];
        hex::decode_to_slice(digest, &mut sum).map_err(|_| ParseHoldsError)?;
        Ok(Self(Some((number, sum))))
    }
}

impl From<Holds> for String {
    fn from(holds: Holds) -> Self {
        holds.to_string()
    }
}

impl TryFrom<String> for Holds {
    type Error = ParseHoldsError;

    fn try_from(text: String) -> Result<Self, ParseHoldsError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::{Holds, ParseHoldsError};

    #[test]
    fn a_bundle_is_named_by_number_and_digest() {
        let digest = "ab".repeat(32);
        for (holds, text) in [
            (Holds(None), "0".to_owned()),
            (Holds(Some((7, [0xab; 32]))), format!("7.{digest}")),
        ] {
            assert_eq!(holds.to_string(), text);
            assert_eq!(text.parse(), Ok(holds));
        }
        assert_eq!(Holds::of(7, b"{}"), Holds(None));
        for other in ["", "7", "7.", "7.ab", "-1.ab", &format!("x.{digest}")] {
            assert_eq!(other.parse::<Holds>(), Err(ParseHoldsError), "{other}");
        }
    }
}
