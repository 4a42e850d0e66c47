//! The same records in the forms that programs write: tables, trees, statements.

use super::draft::{Draft, Value};
use super::filler::fill;
use super::rng::Rng;
use super::template::{label, value};
use super::words::{Set, Words};

/// A cell: a value with labels, or a filler without.
#[derive(Clone)]
pub(super) struct Cell(pub(super) Value);

/// Columns by their names as people write them, and rows of cells.
pub(crate) struct Table {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// Columns that mean nothing to anybody: what they are called, and what is in them.
const HARMLESS: &[(&str, &str)] = &[
    ("id", "n4"),
    ("order no", "n9"),
    ("status", "module"),
    ("created at", "iso"),
    ("amount", "price"),
    ("quantity", "n2"),
    ("city", "city"),
    ("product", "product"),
    ("build", "ver"),
    ("commit", "sha1"),
    ("uuid", "uuid"),
    ("batch number", "n10"),
    ("checksum", "md5"),
    ("updated", "date"),
    ("score", "float"),
    ("part number", "n11"),
    ("article", "n8"),
    ("ean", "ean"),
    ("weight", "float"),
    ("warehouse id", "n6"),
    ("epoch", "ts"),
];

impl Table {
    /// So many rows with a column for each type, and some columns that mean nothing.
    pub(crate) fn new(types: &[&str], count: usize, rng: &mut Rng, words: &Words<'_>) -> Self {
        let mut kinds: Vec<(String, Option<&str>, &str)> = types
            .iter()
            .map(|name| (label(name, rng, words).to_owned(), Some(*name), ""))
            .collect();
        for _ in 0..rng.between(1, 3) {
            let (column, filler) = *rng.pick(HARMLESS);
            if kinds.iter().all(|(known, ..)| known != column) {
                kinds.push((column.to_owned(), None, filler));
            }
        }
        rng.shuffle(&mut kinds);
        let cell = |rng: &mut Rng, name: Option<&str>, filler: &str| match name {
            Some(name) => flat(name, rng, words),
            None => Cell(Value {
                text: fill(filler, rng, words),
                marks: Vec::new(),
            }),
        };
        let rows = (0..count)
            .map(|_| kinds.iter().map(|(_, name, filler)| cell(rng, *name, filler)).collect())
            .collect();
        Self {
            columns: kinds.into_iter().map(|(column, ..)| column).collect(),
            rows,
        }
    }

    /// In one of the forms, with its name.
    pub(crate) fn write(&self, rng: &mut Rng, set: Set) -> (Draft, &'static str) {
        if matches!(set, Set::Fresh | Set::Last) && rng.chance(65) {
            return self.write_later(rng);
        }
        let many = self.rows.len() > 1;
        match rng.below(if many { 8 } else { 13 }) {
            0 => (self.separated(rng.word(&[",", ";", "\t"]), ""), "csv"),
            1 => (self.separated(" | ", "| "), "markdown"),
            2 => (self.sql(rng), "sql"),
            3 => (self.json(rng), "json"),
            4 => (self.html(), "html"),
            5 => (self.aligned(), "table"),
            6 => (self.lines(rng), "fields"),
            7 => (self.xml(rng), "xml"),
            8 => (self.pairs("", ": ", "\n", rng), "yaml"),
            9 => (self.pairs("", "=", " ", rng), "logfmt"),
            10 => (self.pairs("?", "=", "&", rng), "query"),
            11 => (self.pairs("", " = ", "\n", rng), "ini"),
            _ => (self.form(), "form"),
        }
    }

    fn separated(&self, separator: &str, edge: &str) -> Draft {
        let mut out = Draft::default();
        out.push(&format!("{edge}{}", self.columns.join(separator)));
        if !edge.is_empty() {
            out.push(&format!(" |\n|{}", "---|".repeat(self.columns.len())));
        }
        for row in &self.rows {
            out.push(&format!("\n{edge}"));
            joined(&mut out, row, separator);
            out.push(if edge.is_empty() { "" } else { " |" });
        }
        out
    }

    fn sql(&self, rng: &mut Rng) -> Draft {
        let mut out = Draft::default();
        let table = *rng.pick(&["people", "t_records", "public.entries", "`crm`.`contacts`"]);
        out.push(&format!(
            "INSERT INTO {table} ({}) VALUES",
            self.keys("_", rng).join(", ")
        ));
        for (index, row) in self.rows.iter().enumerate() {
            out.push(if index == 0 { "\n  ('" } else { ",\n  ('" });
            joined(&mut out, row, "', '");
            out.push("')");
        }
        out.push(";");
        out
    }

    fn json(&self, rng: &mut Rng) -> Draft {
        let keys = self.keys("", rng);
        let (open, close, gap) = *rng.pick(&[("{", "}", ""), ("{\n  ", "\n}", "\n  "), ("{ ", " }", " ")]);
        let mut out = Draft::default();
        out.push("[");
        for (index, row) in self.rows.iter().enumerate() {
            out.push(if index == 0 { open } else { "," });
            if index > 0 {
                out.push(open);
            }
            for (column, (key, cell)) in keys.iter().zip(row).enumerate() {
                let comma = if column == 0 { String::new() } else { format!(",{gap}") };
                out.push(&format!("{comma}\"{key}\":{}\"", if gap.is_empty() { "" } else { " " }));
                out.value(&cell.0);
                out.push("\"");
            }
            out.push(close);
        }
        out.push("]");
        out
    }

    fn html(&self) -> Draft {
        let mut out = Draft::default();
        out.push(&format!(
            "<table>\n<tr><th>{}</th></tr>",
            self.columns.join("</th><th>")
        ));
        for row in &self.rows {
            out.push("\n<tr><td>");
            joined(&mut out, row, "</td><td>");
            out.push("</td></tr>");
        }
        out.push("\n</table>");
        out
    }

    fn aligned(&self) -> Draft {
        let mut out = Draft::default();
        out.push(&self.columns.join("   "));
        out.push(&format!("\n{}", "-".repeat(30)));
        for row in &self.rows {
            out.push("\n");
            joined(&mut out, row, "   ");
        }
        out
    }

    fn lines(&self, rng: &mut Rng) -> Draft {
        let colon = *rng.pick(&[": ", " : ", ":\t", " - "]);
        let mut out = Draft::default();
        for row in &self.rows {
            for (column, cell) in self.columns.iter().zip(row) {
                out.push(&format!("{column}{colon}"));
                out.value(&cell.0);
                out.push("\n");
            }
            out.push("\n");
        }
        out
    }

    fn xml(&self, rng: &mut Rng) -> Draft {
        let keys = self.keys("_", rng);
        let mut out = Draft::default();
        for row in &self.rows {
            out.push("<record>\n");
            for (key, cell) in keys.iter().zip(row) {
                out.push(&format!("  <{key}>"));
                out.value(&cell.0);
                out.push(&format!("</{key}>\n"));
            }
            out.push("</record>\n");
        }
        out
    }

    fn pairs(&self, start: &str, equals: &str, between: &str, rng: &mut Rng) -> Draft {
        let keys = self.keys("_", rng);
        let mut out = Draft::default();
        out.push(start);
        for (index, (key, cell)) in keys.iter().zip(&self.rows[0]).enumerate() {
            out.push(if index == 0 { "" } else { between });
            out.push(&format!("{key}{equals}"));
            out.value(&cell.0);
        }
        out
    }

    /// Each value on the line under its name.
    fn form(&self) -> Draft {
        let mut out = Draft::default();
        for (column, cell) in self.columns.iter().zip(&self.rows[0]) {
            out.push(&format!("{column}\n"));
            out.value(&cell.0);
            out.push("\n\n");
        }
        out
    }

    /// The names as programs write them: with `joint` between the words, or in one word with capitals.
    pub(super) fn keys(&self, joint: &str, rng: &mut Rng) -> Vec<String> {
        let camel = joint.is_empty() && rng.chance(60);
        self.columns.iter().map(|column| key(column, camel)).collect()
    }
}

fn key(column: &str, camel: bool) -> String {
    let clean: String = column
        .chars()
        .filter(|letter| *letter != '.')
        .map(|letter| if letter.is_alphanumeric() { letter } else { ' ' })
        .collect();
    let words: Vec<String> = clean.split_whitespace().map(str::to_lowercase).collect();
    if !camel {
        return words.join("_");
    }
    let capital = |word: &String| {
        let mut letters = word.chars();
        letters
            .next()
            .map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
    };
    let first = words.first().cloned().unwrap_or_default();
    words.iter().skip(1).map(capital).fold(first, |key, word| key + &word)
}

pub(super) fn joined(out: &mut Draft, row: &[Cell], separator: &str) {
    for (index, cell) in row.iter().enumerate() {
        out.push(if index == 0 { "" } else { separator });
        out.value(&cell.0);
    }
}

/// A value on one line, without what a table would have to escape.
fn flat(name: &str, rng: &mut Rng, words: &Words<'_>) -> Cell {
    loop {
        let made = value(name, rng, words);
        if !made.text.contains(['\n', '"', '\'', '<', '&', '|', ';', '\t']) || made.text.len() > 200 {
            return Cell(made);
        }
    }
}
