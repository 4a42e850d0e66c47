//! What is to be reached, beside what was.

use crate::shell::Outcome;
use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};

/// One goal beside its reading.
pub(crate) struct Row {
    /// What of.
    pub(crate) name: String,
    /// How it is measured.
    pub(crate) measure: &'static str,
    /// What is to be reached.
    pub(crate) goal: Goal,
    /// What was; `None` where it could not be measured.
    pub(crate) reached: Option<f64>,
    /// Behind each number.
    pub(crate) unit: &'static str,
}

/// What is to be reached.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Row {
    /// A reading that is held against its goal as it is.
    pub(crate) fn plain(
        (name, measure): (&str, &'static str),
        goal: Goal,
        reached: Option<f64>,
        unit: &'static str,
    ) -> Self {
        Self {
            name: name.to_owned(),
            measure,
            goal,
            reached,
            unit,
        }
    }

    /// False also for what could not be measured: that is no success.
    pub(crate) fn met(&self) -> bool {
        match (&self.goal, self.reached) {
            (Goal::AtMost(limit), Some(reached)) => reached <= *limit,
            (Goal::AtLeast(limit), Some(reached)) => reached >= *limit,
            (_, None) => false,
        }
    }

    pub(crate) fn goal(&self) -> String {
        match self.goal {
            Goal::AtMost(limit) => format!("≤ {limit}{}", self.unit),
            Goal::AtLeast(limit) => format!("≥ {limit}{}", self.unit),
        }
    }

    pub(crate) fn reached(&self) -> String {
        self.reached
            .map_or_else(|| "not measured".to_owned(), |value| format!("{value:.2}{}", self.unit))
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({"name": self.name, "measure": self.measure, "goal": self.goal(), "reached": self.reached, "met": self.met()})
    }
}

/// All of them, for people.
pub(crate) fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["", "measured as", "goal", "reached", ""]);
    for row in rows {
        let mark = if row.met() { "yes" } else { "no" };
        table.add_row([
            row.name.clone(),
            row.measure.to_owned(),
            row.goal(),
            row.reached(),
            mark.to_owned(),
        ]);
    }
    align(&mut table, &[2, 3]);
    table
}

/// Numbers stand to the right.
pub(crate) fn align(table: &mut Table, columns: &[usize]) {
    for column in columns {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// An error that says how many were missed.
pub(crate) fn all_met(rows: &[Row]) -> Outcome {
    match rows.iter().filter(|row| !row.met()).count() {
        0 => Ok(()),
        missed => Err(format!("{missed} of {} goals missed", rows.len()).into()),
    }
}
