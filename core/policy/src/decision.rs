//! The facts a decision is made from, and the decision. Both are plain data: a decision can be stored and replayed.

use serde::{Deserialize, Serialize};
use std::fmt;
use weir_model::{
    Action, BundleRef, Channel, Closed, DataType, Destination, FileEntry, FileState, Finding, Granted, Kind, Level,
    Mode, Timestamp,
};

use crate::chain::ChainMember;

/// What policy is told about one message. It holds no text.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// How it leaves.
    pub channel: Channel,
    /// What it does.
    pub kind: Kind,
    /// Where it goes.
    pub destination: &'a Destination,
    /// What was found in it.
    pub findings: &'a [Finding],
    /// The level of the whole message: see [`Policy::message_level`](crate::Policy::message_level).
    pub level: Level,
    /// True when part of it could not be read.
    pub unscannable: bool,
    /// The worst that is known of the files of earlier messages it refers to; `None` where there is nothing bad.
    pub file: Option<FileState>,
    /// The files it carries, announces or refers to.
    pub files: &'a [FileEntry],
    /// False when it cannot be edited (signed bodies, formats that are only read).
    pub editable: bool,
    /// True when it only asks for something and sends nothing with the question.
    pub only_asks: bool,
    /// The id of the account or tenant it is sent with, where the wire shows one and the pack names it; [`OTHER_ACCOUNT`]
    /// for one it does not name.
    pub account: Option<&'a str>,
    /// The sensitivity labels on what it carries: ids, and the names among them that the pack names, in lower case.
    pub labels: &'a [String],
    /// The limits it is over, by their rules: see [`Policy::draw`](crate::Policy::draw).
    pub over: &'a [String],
    /// Who sends it.
    pub user: Option<&'a str>,
    /// Which program sends it: its file name or its whole path.
    pub process: Option<&'a str>,
    /// Which environment this machine works in.
    pub environment: Environment,
    /// What a directive closes.
    pub closed: &'a Closed,
    /// Nobody has said for longer than the pack's grace that this policy is the newest.
    pub stale: bool,
    /// The leave that people have given for this very message.
    pub exception: Option<&'a Granted>,
    /// When.
    pub now: Timestamp,
}

/// Stands for every account that the pack does not name: which one it was is nobody's business. No pack can name it.
pub const OTHER_ACCOUNT: &str = "";

/// The environment a machine works in; approvals may differ between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Real data. The default, because what is approved here is usually the least.
    #[default]
    Production,
    /// Developers' machines.
    Development,
    /// Test systems.
    Testing,
}

impl Environment {
    /// All environments.
    pub const ALL: [Environment; 3] = [Environment::Production, Environment::Development, Environment::Testing];

    /// The name used in packs, records and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Environment::Production => "production",
            Environment::Development => "development",
            Environment::Testing => "testing",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Whether the company lets its people use a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Approval {
    /// An administrator approved it.
    Approved,
    /// Nobody decided.
    #[default]
    Unapproved,
    /// An administrator forbade it.
    Denied,
}

impl Approval {
    /// The name used in packs, records and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Approval::Approved => "approved",
            Approval::Unapproved => "unapproved",
            Approval::Denied => "denied",
        }
    }
}

impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a connection is treated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// Decrypt and judge.
    Intercept,
    /// Pass byte for byte.
    Tunnel,
    /// Answer locally.
    Refuse {
        /// For people.
        reason: String,
    },
}

/// What policy answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The strictest enforced action.
    pub action: Action,
    /// What rules that only watch (`monitor`, `tip`) would have done, where that is stricter.
    pub monitored: Option<Action>,
    /// What happens to each of [`Facts::findings`], in their order.
    pub per_finding: Vec<Action>,
    /// The rules that led to it, in the order of the chain.
    pub reasons: Vec<Reason>,
    /// What must be carried out with it; a message whose obligations cannot be met is refused.
    pub obligations: Vec<Obligation>,
    /// The tenant headers it leaves with, if it leaves.
    #[serde(default, skip_serializing_if = "HeaderEdits::is_empty")]
    pub headers: HeaderEdits,
    /// The packs it was made under.
    pub bundle: BundleRef,
}

impl Decision {
    /// The first enforced reason for the action taken: the one to show where there is room for one.
    #[must_use]
    pub fn main_reason(&self) -> Option<&Reason> {
        self.reasons
            .iter()
            .find(|reason| reason.mode == Mode::Enforce && reason.action == self.action)
    }

    /// True when it may go once the employee has said why it must.
    #[must_use]
    pub fn asks_for_justification(&self) -> bool {
        self.action != Action::Block && self.obligations.contains(&Obligation::Justify)
    }

    /// True when an exception let something go that would not have gone without.
    #[must_use]
    pub fn is_excepted(&self) -> bool {
        self.reasons.iter().any(|reason| reason.why == Why::Excepted)
    }
}

/// Headers of a request to a host that takes tenant headers. The values are a pack's, never the sender's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderEdits {
    /// Names whose every copy is taken out first, whoever set it: in any case, with `_` for `-`, and with a number behind
    /// the name.
    pub remove: Vec<String>,
    /// Names and values of what is set then.
    pub set: Vec<(String, String)>,
}

impl HeaderEdits {
    /// True when the request leaves with the headers it came with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.remove.is_empty() && self.set.is_empty()
    }
}

/// One rule that applied. It holds values: [`Policy::text`](crate::Policy::text) says it to people, when there are any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The rule: `data-classification/rules/0`, or with the rule's own id in place of the number.
    pub rule: String,
    /// The chain member it belongs to.
    pub member: ChainMember,
    /// What it asks for.
    pub action: Action,
    /// Whether it acts.
    pub mode: Mode,
    /// What it applied to.
    pub why: Why,
}

/// What a rule applied to, in types and levels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Why {
    /// The message as such: the rule's name says it all.
    Message,
    /// What was found in it.
    Found {
        /// The level of each.
        level: Level,
        /// Their types.
        types: Vec<DataType>,
    },
    /// Many different values.
    Many {
        /// The level they have together.
        level: Level,
        /// Their type, or the pattern of their types.
        pattern: String,
    },
    /// The text in which nothing was found.
    Rest,
    /// A message with a level that nothing found in it accounts for.
    Level {
        /// That level.
        level: Level,
    },
    /// A message that cannot be read.
    Unread,
    /// A file of an earlier message.
    File {
        /// What is known of it.
        state: FileState,
    },
    /// A message that would have to be changed and cannot be.
    NotEditable,
    /// A call that none of the gateway's targets may take.
    NoTarget,
    /// A destination that a directive closes.
    Closed,
    /// A message that policy of unknown age must not let go.
    Stale,
    /// A message that people have given leave for.
    Excepted,
}

/// What must be carried out with a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "obligation", rename_all = "snake_case")]
pub enum Obligation {
    /// Keep a record, durable before the message is released.
    Record {
        /// How long the record must be kept; `None` leaves it to the store.
        retention_days: Option<u32>,
    },
    /// Tell the employee.
    Tell,
    /// Have the employee say why it must go.
    Justify,
}
