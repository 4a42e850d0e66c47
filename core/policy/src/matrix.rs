//! What happens to data of each level on its way to each destination, as a table.

use serde::{Deserialize, Serialize};
use weir_model::{Action, Channel, Confidence, DataType, Destination, Kind, Level, Timestamp};

use crate::decision::{Approval, Environment};
use crate::policy::Policy;
use crate::space::{Data, Situation, Space};

/// The table: a row for each destination, a column for each level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matrix {
    /// The columns: what stands for each level, lowest level first.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One level, and data that has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The level.
    pub level: Level,
    /// What the message carries.
    pub data: Data,
}

/// One destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Where the message goes.
    pub destination: Destination,
    /// For people: `ChatGPT (OpenAI, not approved)`.
    pub name: String,
    /// Whether the company lets it be used.
    pub approval: Approval,
    /// Why it was decided so, where the pack says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_reason: Option<String>,
    /// When the first of the agreements ends that count for it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed_until: Option<Timestamp>,
    /// What happens, in the order of the columns.
    pub cells: Vec<Cell>,
}

/// A rule that asks for an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruled {
    /// The action.
    pub action: Action,
    /// The rule's name.
    pub rule: String,
    /// What it says to people.
    pub text: String,
}

/// What happens on each channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// By channel, in the order of [`Channel::ALL`].
    pub actions: Vec<(Channel, Action)>,
    /// The rule behind each of these actions, on the first channel it is taken on; none where no rule asked for anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Ruled>,
}

impl Cell {
    /// The action, where it is the same on every channel.
    #[must_use]
    pub fn same_everywhere(&self) -> Option<Action> {
        let (_, first) = self.actions.first()?;
        self.actions.iter().all(|(_, action)| action == first).then_some(*first)
    }
}

/// Decides one prompt for each destination the policy tells apart, each level and each channel. What rules say of single
/// users, programs or kinds of message is not in the table: it shows somebody nobody names. `now` says which agreements run.
#[must_use]
pub fn matrix(policy: &Policy, environment: Environment, now: Timestamp) -> Matrix {
    let columns: Vec<Column> = Level::ALL.into_iter().map(|level| column(policy, level)).collect();
    let rows = Space::of(&[policy])
        .destinations()
        .iter()
        .map(|destination| Row {
            name: policy.name_of_destination(destination, environment),
            approval: policy.approval(destination, environment, None),
            approval_reason: policy.reason_of_approval(destination).map(str::to_owned),
            agreed_until: policy.agreed_until(destination, now),
            cells: columns
                .iter()
                .map(|column| cell(policy, column, destination, (environment, now)))
                .collect(),
            destination: destination.clone(),
        })
        .collect();
    Matrix { columns, rows }
}

/// What stands for a level: a data type that has it, else a label that gives it.
fn column(policy: &Policy, level: Level) -> Column {
    if level == Level::Public {
        return Column {
            level,
            data: Data::Nothing,
        };
    }
    let types = Space::of(&[policy]).data_types();
    let fitting = types
        .into_iter()
        .filter(|data_type| policy.level_of(data_type, Confidence::High) == level);
    let data = match fitting.min_by_key(rank) {
        Some(data_type) => Data::single(data_type),
        None => Data::Labelled { level },
    };
    Column { level, data }
}

/// What is personal is what people think of first; secrets are never pseudonymised and so the exception.
fn rank(data_type: &DataType) -> usize {
    let order = ["personal", "business", "governmental", "financial", "medical"];
    order
        .iter()
        .position(|category| *category == data_type.category())
        .unwrap_or(order.len())
}

fn cell(
    policy: &Policy,
    column: &Column,
    destination: &Destination,
    (environment, now): (Environment, Timestamp),
) -> Cell {
    // Under a guard of its own the clipboard is no matter of destinations.
    let is_shown = |channel: &Channel| *channel != Channel::Clipboard || !policy.guards_clipboard();
    let mut cell = Cell {
        actions: Vec::new(),
        rules: Vec::new(),
    };
    for channel in Channel::ALL.into_iter().filter(is_shown) {
        let situation = Situation {
            data: column.data.clone(),
            channel,
            kind: Kind::Prompt,
            destination: destination.clone(),
            environment,
            user: None,
            process: None,
            account: None,
            now,
            carried: None,
            label: None,
            over: None,
            only_asks: false,
            editable: true,
        };
        let (decision, _) = situation.judged_by(policy);
        cell.actions.push((channel, decision.action));
        if let Some(reason) = decision.main_reason()
            && !cell.rules.iter().any(|known| known.action == decision.action)
        {
            cell.rules.push(Ruled {
                action: decision.action,
                rule: reason.rule.clone(),
                text: situation.told_by(policy, reason),
            });
        }
    }
    cell
}
