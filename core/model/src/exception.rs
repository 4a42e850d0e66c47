//! A leave that people have given for one message, as decisions see it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// An exception that was found to be genuine, in its time, and for this very content and destination. Whether it lets
/// anything go is the policy's business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// Names it.
    pub id: String,
    /// The rules it was asked for.
    pub rules: BTreeSet<String>,
    /// Who approved it, each once.
    pub approved_by: BTreeSet<String>,
    /// For how many minutes it was given, the last one begun.
    pub minutes: u32,
    /// For how many messages it was given.
    pub uses: u32,
}

/// What a rule asks of an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ExceptionTerms {
    /// Different people who must approve it.
    pub approvers: u8,
    /// For how many hours it may be given.
    pub most_hours: u32,
    /// For how many messages it may be given.
    pub most_uses: u32,
}

impl ExceptionTerms {
    /// True when it was given within these terms.
    #[must_use]
    pub fn are_met_by(&self, granted: &Granted) -> bool {
        granted.approved_by.len() >= usize::from(self.approvers)
            && granted.minutes <= self.most_hours.saturating_mul(60)
            && (1..=self.most_uses).contains(&granted.uses)
    }

    /// What both ask.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            approvers: self.approvers.max(other.approvers),
            most_hours: self.most_hours.min(other.most_hours),
            most_uses: self.most_uses.min(other.most_uses),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ExceptionTerms, Granted};

    #[test]
    fn an_exception_beyond_its_terms_is_none() {
        let terms = ExceptionTerms {
            approvers: 2,
            most_hours: 1,
            most_uses: 3,
        };
        let granted = |people: &[&str], minutes, uses| Granted {
            id: "1".to_owned(),
            rules: ["a".to_owned()].into(),
            approved_by: people.iter().map(|name| (*name).to_owned()).collect(),
            minutes,
            uses,
        };
        assert!(terms.are_met_by(&granted(&["ada", "ben"], 60, 3)));
        for beyond in [
            granted(&["ada", "ada"], 60, 1),
            granted(&["ada", "ben"], 61, 1),
            granted(&["ada", "ben"], 60, 4),
            granted(&["ada", "ben"], 60, 0),
        ] {
            assert!(!terms.are_met_by(&beyond), "{beyond:?}");
        }
    }
}
