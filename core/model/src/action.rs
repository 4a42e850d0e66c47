use serde::{Deserialize, Serialize};
use std::fmt;

/// What policy does with a message. A total order: the strictest enforced action wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Goes on unchanged.
    #[default]
    Allow,
    /// Goes on with a justification.
    Warn,
    /// Values are replaced by surrogates and put back in the answer.
    Pseudonymise,
    /// Values are removed for good.
    Redact,
    /// Nothing leaves.
    Block,
}

impl Action {
    /// All actions, mildest first.
    pub const ALL: [Action; 5] = [
        Action::Allow,
        Action::Warn,
        Action::Pseudonymise,
        Action::Redact,
        Action::Block,
    ];

    /// The name used in packs, records and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Action::Allow => "allow",
            Action::Warn => "warn",
            Action::Pseudonymise => "pseudonymise",
            Action::Redact => "redact",
            Action::Block => "block",
        }
    }

    /// True when the message that leaves differs from the one that was written.
    #[must_use]
    pub const fn edits(self) -> bool {
        matches!(self, Action::Pseudonymise | Action::Redact)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Whether a rule acts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The rule is not evaluated.
    Off,
    /// Judged and recorded, nothing else.
    Monitor,
    /// Recorded, and the employee is told.
    Tip,
    /// Acts.
    #[default]
    Enforce,
}
