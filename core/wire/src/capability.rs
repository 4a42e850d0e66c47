//! What the two sides of the socket can do, as one number with a dated history.
//!
//! Before a change: add a line to [`HISTORY`], keep reading what older programs write, and write nothing that a program
//! of [`OLDEST`] cannot ignore. Fields are added with `#[serde(default)]`, never renamed and never given a new meaning.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A point in [`HISTORY`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Capability(pub u32);

/// What this build speaks.
pub const CURRENT: Capability = Capability(11);

/// The oldest other side this build still understands.
pub const OLDEST: Capability = Capability(1);

/// One step of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its number.
    pub capability: Capability,
    /// When it came, ISO 8601.
    pub date: &'static str,
    /// What it brought.
    pub what: &'static str,
}

/// Every step, oldest first.
pub const HISTORY: &[Step] = &[
    Step {
        capability: Capability(1),
        date: "2026-11-21",
        what: "hello, status, events, event, tail",
    },
    Step {
        capability: Capability(2),
        date: "2026-11-28",
        what: "the files of an event",
    },
    Step {
        capability: Capability(3),
        date: "2026-11-28",
        what: "signed bundles",
    },
    Step {
        capability: Capability(4),
        date: "2026-11-28",
        what: "decisions made again, and packs tried on what was recorded",
    },
    Step {
        capability: Capability(5),
        date: "2026-11-28",
        what: "messages that wait for the employee, and exceptions",
    },
    Step {
        capability: Capability(6),
        date: "2026-11-29",
        what: "agents that answer all users of a machine, each about their own; events of one account",
    },
    Step {
        capability: Capability(7),
        date: "2026-11-29",
        what: "the admin server, the directive that holds, and when the policy ends",
    },
    Step {
        capability: Capability(8),
        date: "2026-11-29",
        what: "the last receipt of the admin server, and self-tests",
    },
    Step {
        capability: Capability(9),
        date: "2026-11-29",
        what: "what is copied, and where the words of a message were copied",
    },
    Step {
        capability: Capability(10),
        date: "2026-11-29",
        what: "what may go where, records as they are sent, and what employees ask for beside exceptions",
    },
    Step {
        capability: Capability(11),
        date: "2026-11-29",
        what: "codes that are read out, and what they lift",
    },
];

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::{CURRENT, HISTORY, OLDEST};

    #[test]
    fn the_history_counts_up_without_gaps_to_the_current_number() {
        for (index, step) in HISTORY.iter().enumerate() {
            assert_eq!(step.capability.0 as usize, index + 1);
        }
        assert!(HISTORY.is_sorted_by_key(|step| step.date));
        assert_eq!(HISTORY.last().map(|step| step.capability), Some(CURRENT));
        assert!(OLDEST <= CURRENT);
    }
}
