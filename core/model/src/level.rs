use serde::{Deserialize, Serialize};
use std::fmt;

/// How much harm it would do if the text became known outside. A total order: the highest level of any part is the
/// level of the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Meant for everyone.
    #[default]
    Public,
    /// Ordinary company text.
    Internal,
    /// Personal data and business secrets: to approved providers only, and never in the clear.
    Confidential,
    /// Keys, identity numbers, payment data: never to a third party.
    Restricted,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Level; 4] = [Level::Public, Level::Internal, Level::Confidential, Level::Restricted];

    /// The name used in packs, records and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Public => "public",
            Level::Internal => "internal",
            Level::Confidential => "confidential",
            Level::Restricted => "restricted",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Level;

    #[test]
    fn levels_are_a_total_order_from_public_to_restricted() {
        assert!(Level::ALL.is_sorted());
        assert_eq!(Level::ALL.iter().max(), Some(&Level::Restricted));
    }
}
