//! What happens to data of each level on its way to each destination, as a table.

use serde::{Deserialize, Serialize};
use weir_model::{Action, Channel, Confidence, DataType, Destination, Kind, Level};

use crate::decision::Environment;
use crate::policy::Policy;
use crate::space::{Data, Situation, Space};

/// The table: a row for each destination, a column for each level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matrix {
    /// The columns: a data type that stands for its level, lowest level first.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One level, and a type that has it.
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
    /// What happens, in the order of the columns.
    pub cells: Vec<Cell>,
}

/// What happens on each channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// By channel, in the order of [`Channel::ALL`].
    pub actions: Vec<(Channel, Action)>,
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
/// users, programs or kinds of message is not in the table: it shows somebody nobody names.
#[must_use]
pub fn matrix(policy: &Policy, environment: Environment) -> Matrix {
    let columns: Vec<Column> = Level::ALL
        .into_iter()
        .filter_map(|level| column(policy, level))
        .collect();
    let rows = Space::of(&[policy])
        .destinations()
        .iter()
        .map(|destination| Row {
            name: policy.name_of_destination(destination, environment),
            cells: columns
                .iter()
                .map(|column| cell(policy, column, destination, environment))
                .collect(),
            destination: destination.clone(),
        })
        .collect();
    Matrix { columns, rows }
}

/// The whole of a category where its level is this one and no rule picks types out of it; else a single type.
fn column(policy: &Policy, level: Level) -> Option<Column> {
    if level == Level::Public {
        return Some(Column {
            level,
            data: Data::Nothing,
        });
    }
    let types = Space::of(&[policy]).data_types();
    let fitting = types
        .into_iter()
        .filter(|data_type| policy.level_of(data_type, Confidence::High) == level);
    let data_type = fitting.min_by_key(rank)?;
    Some(Column {
        level,
        data: Data::single(data_type),
    })
}

/// What is personal is what people think of first; secrets are never pseudonymised and so the exception.
fn rank(data_type: &DataType) -> usize {
    let order = ["personal", "business", "governmental", "financial", "medical"];
    order
        .iter()
        .position(|category| *category == data_type.category())
        .unwrap_or(order.len())
}

fn cell(policy: &Policy, column: &Column, destination: &Destination, environment: Environment) -> Cell {
    let decide = |channel| {
        let situation = Situation {
            data: column.data.clone(),
            channel,
            kind: Kind::Prompt,
            destination: destination.clone(),
            environment,
            user: None,
            process: None,
            account: None,
            only_asks: false,
            editable: true,
        };
        (channel, situation.judged_by(policy).0.action)
    };
    Cell {
        actions: Channel::ALL.into_iter().map(decide).collect(),
    }
}
