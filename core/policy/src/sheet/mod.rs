//! Classification sheets: the columns of a company's databases with their levels, as a table that people keep.
//!
//! ```text
//! text ─ cells (CSV, TSV, semicolons, Markdown) ─ rows with meaning ─ columns to look for, and their levels
//! ```
//!
//! What finds the columns in texts compiles them; this module says what is wrong with a sheet, at its line and column.

mod cells;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use weir_model::{DataType, Level, SheetColumn};

use crate::Source;
use crate::report::{At, Report, did_you_mean};
use cells::{Cell, Cells};

/// Columns in all sheets of a pack together.
const MOST_COLUMNS: usize = 50_000;

/// What the sheets of a pack say.
#[derive(Debug, Default)]
pub(crate) struct Sheets {
    pub(crate) columns: Vec<SheetColumn>,
    /// Level by data type.
    pub(crate) levels: BTreeMap<String, Level>,
}

/// A column of a sheet, by the names its header may have.
const HEADINGS: &[(&str, &[&str])] = &[
    ("database", &["database", "db"]),
    ("schema", &["schema"]),
    ("table", &["table", "table name"]),
    ("column", &["column", "column name", "field"]),
    ("type", &["type", "data type"]),
    ("level", &["level", "classification", "sensitivity"]),
    ("reason", &["reason", "why", "comment", "notes"]),
    ("ai-safe", &["ai-safe", "ai safe"]),
];

/// One row with meaning.
struct Row {
    at: At,
    place: String,
    names: [Option<String>; 3],
    column: String,
    level: Level,
    reason: Option<String>,
}

/// Reads all sheets of a pack.
pub(crate) fn read(sheets: &[Source], report: &mut Report) -> Sheets {
    let mut rows = Vec::new();
    for sheet in sheets {
        let Some(file) = report.add_file(&sheet.name) else {
            break;
        };
        read_one(sheet, file, &mut rows, report);
    }
    if let Some(row) = rows.get(MOST_COLUMNS) {
        report.error(
            row.at,
            "too-big",
            format!("the sheets have more than {MOST_COLUMNS} columns"),
        );
        rows.truncate(MOST_COLUMNS);
    }
    warn_of_doubles(&rows, report);
    name_types(rows)
}

fn read_one(sheet: &Source, file: u16, rows: &mut Vec<Row>, report: &mut Report) {
    let mut table = match Cells::read(&sheet.text, file, report) {
        Some(cells) => cells.rows.into_iter(),
        None => return,
    };
    let Some(header) = table.next() else {
        report
            .error(At::new(file, 1, 0), "missing-key", "the sheet is empty")
            .help(HELP);
        return;
    };
    let Some(headings) = Headings::read(&header, report) else {
        return;
    };
    let width = header.len();
    // Where it lies is nobody's business.
    let name = Path::new(&sheet.name).file_name().unwrap_or_default().to_string_lossy();
    for cells in table {
        if cells.len() != width {
            let message = format!("the row has {} cells, and the header has {width}", cells.len());
            report.error(cells[0].at, "wrong-value", message);
        } else if let Some(row) = headings.row(&cells, &name, report) {
            rows.push(row);
        }
    }
}

const HELP: &str = "a sheet begins with a header: database, schema, table, column, type, level, reason, AI-safe";

/// Where in a row each thing stands.
struct Headings(HashMap<&'static str, usize>);

impl Headings {
    fn read(header: &[Cell], report: &mut Report) -> Option<Self> {
        let mut places = HashMap::new();
        let names = HEADINGS.iter().map(|(name, _)| *name);
        for (number, cell) in header.iter().enumerate() {
            let written = cell.text.to_lowercase().replace('_', " ");
            let known = HEADINGS
                .iter()
                .find(|(name, others)| others.contains(&written.as_str()) || *name == written);
            let Some((name, _)) = known else {
                let help = did_you_mean(&written, names.clone());
                report
                    .error(cell.at, "unknown-key", format!("unknown heading `{}`", cell.text))
                    .help(help);
                continue;
            };
            if places.insert(*name, number).is_some() {
                report.error(cell.at, "duplicate-key", format!("there are two columns `{name}`"));
            }
        }
        let at = header.first().map_or(At::default(), |cell| cell.at);
        let missing = ["column", "level"].into_iter().find(|name| !places.contains_key(name));
        if let Some(name) = missing {
            report
                .error(at, "missing-key", format!("the sheet has no column `{name}`"))
                .help(HELP);
            return None;
        }
        Some(Self(places))
    }

    fn cell<'c>(&self, name: &str, cells: &'c [Cell]) -> Option<&'c Cell> {
        cells.get(*self.0.get(name)?).filter(|cell| !cell.text.is_empty())
    }

    fn row(&self, cells: &[Cell], sheet: &str, report: &mut Report) -> Option<Row> {
        let at = cells[0].at;
        let Some(column) = self.cell("column", cells) else {
            report.error(at, "missing-key", "the row names no column");
            return None;
        };
        let safe = self.safe(cells, report);
        let level = self.level(cells, safe, report)?;
        let text = |name: &str| self.cell(name, cells).map(|cell| cell.text.clone());
        Some(Row {
            at: column.at,
            place: format!("{sheet}:{}", at.line),
            names: ["database", "schema", "table"].map(text),
            column: column.text.clone(),
            level,
            reason: text("reason"),
        })
    }

    /// Whether the values may go to AI services.
    fn safe(&self, cells: &[Cell], report: &mut Report) -> Option<bool> {
        let cell = self.cell("ai-safe", cells)?;
        match cell.text.to_lowercase().as_str() {
            "yes" | "y" | "true" => Some(true),
            "no" | "n" | "false" => Some(false),
            _ => {
                report
                    .error(cell.at, "wrong-value", format!("`{}` is neither yes nor no", cell.text))
                    .help("write `yes`, `no`, or nothing");
                None
            }
        }
    }

    fn level(&self, cells: &[Cell], safe: Option<bool>, report: &mut Report) -> Option<Level> {
        let Some(cell) = self.cell("level", cells) else {
            if safe == Some(true) {
                return Some(Level::Public);
            }
            report.error(cells[0].at, "missing-key", "the row has no level");
            return None;
        };
        let word = cell.text.to_lowercase();
        let Some(level) = Level::ALL.into_iter().find(|level| level.as_str() == word) else {
            let help = did_you_mean(&word, Level::ALL.map(Level::as_str));
            report
                .error(cell.at, "wrong-value", format!("`{}` is no level", cell.text))
                .help(help);
            return None;
        };
        match (level, safe) {
            (Level::Restricted, Some(true)) => {
                report
                    .error(
                        cell.at,
                        "contradiction",
                        "restricted data is never safe for AI services",
                    )
                    .help("lower the level, or write `no` under AI-safe");
                None
            }
            (Level::Public, Some(false)) => {
                report
                    .error(
                        cell.at,
                        "contradiction",
                        "public data goes anywhere, and this is not safe for AI services",
                    )
                    .help("raise the level, or write `yes` under AI-safe");
                None
            }
            (_, Some(true)) => Some(Level::Public),
            (level, _) => Some(level),
        }
    }
}

/// Two rows for one column: the stricter one is in force, and nobody may have meant it.
fn warn_of_doubles(rows: &[Row], report: &mut Report) {
    let mut seen: HashMap<(String, String), &Row> = HashMap::new();
    for row in rows {
        let names = row
            .names
            .each_ref()
            .map(|name| name.as_deref().unwrap_or("*").to_lowercase());
        match seen.entry((names.join("."), row.column.to_lowercase())) {
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(row);
            }
            std::collections::hash_map::Entry::Occupied(first) => {
                let message = format!("the column stands at {} already", first.get().place);
                report
                    .warning(row.at, "duplicate-key", message)
                    .help("the stricter of the two levels is in force");
            }
        }
    }
}

/// Gives each column its data type: `column/customers.email`, with schema and database where two tables have one name.
fn name_types(rows: Vec<Row>) -> Sheets {
    let short = |row: &Row| type_name(&[row.names[2].as_deref()], &row.column);
    let middle = |row: &Row| type_name(&[row.names[1].as_deref(), row.names[2].as_deref()], &row.column);
    let (short_counts, middle_counts) = (count(&rows, short), count(&rows, middle));
    let mut sheets = Sheets::default();
    for row in rows {
        let (one, two) = (short(&row), middle(&row));
        let name = match (short_counts[&one], middle_counts[&two]) {
            (1, _) => one,
            (_, 1) => two,
            _ => type_name(&row.names.each_ref().map(Option::as_deref), &row.column),
        };
        let level = sheets.levels.entry(name.clone()).or_insert(row.level);
        *level = row.level.max(*level);
        sheets.columns.push(SheetColumn {
            data_type: DataType::custom(name),
            table: row.names[2].clone(),
            column: row.column,
            is_looked_for: true,
            place: row.place,
            reason: row.reason,
        });
    }
    for column in &mut sheets.columns {
        let level = sheets.levels.get(column.data_type.as_str());
        column.is_looked_for = level.is_some_and(|level| *level > Level::Public);
    }
    sheets
}

fn count(rows: &[Row], name: impl Fn(&Row) -> String) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for row in rows {
        *counts.entry(name(row)).or_default() += 1;
    }
    counts
}

fn type_name(tables: &[Option<&str>], column: &str) -> String {
    let slug = |name: &str| -> String {
        let lower = name.to_lowercase();
        let letters = lower
            .chars()
            .map(|it| if it.is_alphanumeric() || it == '-' { it } else { '_' });
        letters.collect()
    };
    let parts: Vec<String> = tables.iter().flatten().copied().chain([column]).map(slug).collect();
    format!("column/{}", parts.join("."))
}
