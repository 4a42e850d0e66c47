use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use weir_model::{Action, BundleRef, EventId, Level, Timestamp};

/// Everything a policy is made from, as text: the pack, those it extends, and the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyTexts {
    /// The pack: a key of [`packs`](Self::packs).
    pub pack: String,
    /// Packs by the names that `extends` has for them.
    pub packs: BTreeMap<String, String>,
    /// The catalogue by path: `services/chatgpt-web.yaml`.
    pub catalogue: BTreeMap<String, String>,
    /// SHA-256 in hex of the files that its detectors are made from, by name; their bytes stay where they are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
}

/// Which decisions to make again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayQuery {
    /// This one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// Or all that are not older.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replays {
    /// Decisions that were looked at.
    pub decisions: u64,
    /// Those that came out as they were recorded, byte for byte.
    pub same: u64,
    /// Those that came out otherwise.
    pub different: u64,
    /// Those that were not made again.
    pub not_replayed: u64,
    /// Records that could not be read.
    #[serde(default)]
    pub unreadable: u64,
    /// Each decision, if one was asked for; else the first ones that did not come out the same.
    pub events: Vec<Replayed>,
}

/// One decision, made again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// Which.
    pub id: EventId,
    /// When it was made.
    pub time: Timestamp,
    /// The policy it was made under.
    pub bundle: BundleRef,
    /// What came out.
    #[serde(flatten)]
    pub outcome: ReplayOutcome,
}

/// What came of making a decision again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ReplayOutcome {
    /// The same, byte for byte.
    Same {
        /// What was decided.
        action: Action,
        /// The message's level.
        level: Level,
    },
    /// Something else.
    Different {
        /// Where the two differ.
        fields: Vec<FieldDifference>,
    },
    /// The record does not hold all that the decision was made from.
    NeedsReobservation {
        /// What is missing.
        why: String,
    },
    /// Another version of Weir decided, and would have to decide again.
    OtherEngine {
        /// Which.
        decided: String,
        /// The one that was asked.
        here: String,
    },
    /// The policy is not among those that this device has kept.
    PolicyNotKept,
    /// The policy is kept and cannot be used.
    PolicyUnusable {
        /// What is wrong with it.
        why: String,
    },
}

/// A field of a record that came out otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldDifference {
    /// Its place in the record: `/decision/action`.
    pub field: String,
    /// What was recorded, as JSON.
    pub recorded: String,
    /// What came out, as JSON.
    pub replayed: String,
}

/// A pack to be tried on what was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DryRunQuery {
    /// It, and all it is made from.
    pub policy: PolicyTexts,
    /// Decisions that are not older.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// What a pack would have decided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DryRun {
    /// Decisions that were looked at.
    pub decisions: u64,
    /// Those that would have come out the same.
    pub same: u64,
    /// Those that would have come out otherwise.
    pub changed: u64,
    /// Those that only the messages themselves could tell, by what the records do not hold.
    pub needs_reobservation: BTreeMap<String, u64>,
    /// Records that could not be read.
    #[serde(default)]
    pub unreadable: u64,
    /// The changes by action before and after.
    pub by_action: Vec<ActionChange>,
    /// The changes by the rule that decides after, or that decided before where none does.
    pub by_rule: BTreeMap<String, Shift>,
    /// The changes by service, or host where no service is known.
    pub by_service: BTreeMap<String, Shift>,
    /// The changes by the level of the message after.
    pub by_level: BTreeMap<String, Shift>,
    /// The newest of them.
    pub events: Vec<DryRunEvent>,
}

/// How many messages go from one action to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionChange {
    /// What was decided.
    pub before: Action,
    /// What would be.
    pub after: Action,
    /// How many.
    pub count: u64,
}

/// Which way decisions move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// More is held back.
    pub stricter: u64,
    /// Less is held back.
    pub weaker: u64,
    /// The action stays, and what is done to a part, or what rules that only watch say, does not.
    pub other: u64,
}

/// One decision that would have come out otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DryRunEvent {
    /// Which.
    pub id: EventId,
    /// What was decided.
    pub before: Action,
    /// What would be.
    pub after: Action,
    /// The rule that says so.
    pub rule: String,
}
