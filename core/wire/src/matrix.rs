//! What may go where, and why: the table of `weir policy matrix` for the policy in force.

use serde::{Deserialize, Serialize};
use weir_model::{Action, Channel, DataType, Destination, Level, Timestamp};

/// What happens to data of each level on its way to each destination that policy tells apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PolicyMatrix {
    /// The columns, the lowest level first.
    pub levels: Vec<MatrixLevel>,
    /// The rows. One of them stands for all services that none of the others names.
    pub rows: Vec<MatrixRow>,
}

/// A level, and what stands for it in the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct MatrixLevel {
    /// The level.
    pub level: Level,
    /// A type of data that has it; `None` where text or a label stands for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<DataType>,
}

/// A destination, how it stands, and what may go there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct MatrixRow {
    /// Where to; without service and provider it stands for all others.
    pub destination: Destination,
    /// Whether the company lets it be used.
    pub approval: ProviderApproval,
    /// Why it was decided so, where somebody said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the first of the agreements ends that count for it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed_until: Option<Timestamp>,
    /// What happens, in the order of the columns.
    pub cells: Vec<MatrixCell>,
}

/// Whether the company lets its people use a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum ProviderApproval {
    /// An administrator approved it.
    Approved,
    /// Nobody decided.
    Unapproved,
    /// An administrator forbade it.
    Denied,
}

/// What happens to data of one level on its way to one destination: one way for each action that is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MatrixCell {
    /// The strictest first. One alone holds for every channel.
    pub ways: Vec<MatrixWay>,
}

/// An action, the channels it is taken on, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct MatrixWay {
    /// What happens.
    pub action: Action,
    /// On these channels.
    pub channels: Vec<Channel>,
    /// The rule that asks for it; `None` where no rule asked for anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What the rule says to people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>", optional))]
    pub text: String,
}
