//! Codes that administrators read out, and what they lift.

use serde::{Deserialize, Serialize};
use weir_model::Timestamp;

/// A code as it was entered. No `Debug`: whoever has it can use it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct OverrideAsk {
    /// Letters and digits; dashes and spaces are left out.
    pub code: String,
}

/// It lifts something now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct OverrideDone {
    /// Number of the code, as the server lists it.
    pub number: u64,
    /// What it lifts, and until when.
    pub lifted: Lifted,
}

/// Something that does not hold on this device for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct Lifted {
    /// What.
    pub what: LiftedWhat,
    /// Number of the directive, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directive: Option<u64>,
    /// Until when.
    pub until: Timestamp,
}

/// What a code can lift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum LiftedWhat {
    /// A directive of the administrators.
    Directive,
    /// What a pack does while policy is out of date.
    Stale,
}

/// Why a code lifts nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum NotLifted {
    /// It is no code: something was heard or typed wrong.
    Misheard,
    /// It is no code of this device and of what holds here.
    Wrong,
    /// Too many lifted nothing; none is taken for a while.
    TooMany,
    /// Nothing holds that it could lift.
    Nothing,
    /// It was used before, or one that was made after it.
    Used,
    /// Its time is over.
    Expired,
    /// This device cannot take codes.
    NoKey,
}

impl NotLifted {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Misheard => "misheard",
            Self::Wrong => "wrong",
            Self::TooMany => "too_many",
            Self::Nothing => "nothing",
            Self::Used => "used",
            Self::Expired => "expired",
            Self::NoKey => "no_key",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::NotLifted;

    #[test]
    fn reasons_are_written_as_they_are_sent() {
        for reason in [
            NotLifted::Misheard,
            NotLifted::Wrong,
            NotLifted::TooMany,
            NotLifted::Nothing,
            NotLifted::Used,
            NotLifted::Expired,
            NotLifted::NoKey,
        ] {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        }
    }
}
