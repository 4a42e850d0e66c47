//! Why keys are destroyed, or are not.

use std::str::FromStr;

/// A reason. It stands in the journal and in the receipt, which others read in their terminals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why(String);

/// It is no reason.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reason has 1 to 500 characters, and no control characters among them")]
pub struct WhyError;

impl Why {
    /// As it was said.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Why {
    type Err = WhyError;

    fn from_str(text: &str) -> Result<Self, WhyError> {
        match (1..=500).contains(&text.chars().count()) && !text.contains(char::is_control) {
            true => Ok(Self(text.to_owned())),
            false => Err(WhyError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Why, WhyError};

    #[test]
    fn a_reason_says_something_and_steers_nothing() {
        let longest = "ü".repeat(500);
        for text in ["x", "request 17 – für Ada", &longest] {
            assert_eq!(text.parse::<Why>().unwrap().as_str(), text);
        }
        let too_long = format!("{longest}!");
        for text in ["", &too_long, "two\nlines", "\u{1b}[2J", "zero\0", "\u{9b}2J"] {
            assert_eq!(text.parse::<Why>(), Err(WhyError), "{text:?}");
        }
    }
}
