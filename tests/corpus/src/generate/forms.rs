//! More forms of the same records: what database clients, spreadsheets and programs print.

use super::draft::Draft;
use super::records::{Table, joined};
use super::rng::Rng;

impl Table {
    /// In one of the forms that only the later sets have.
    pub(super) fn write_later(&self, rng: &mut Rng) -> (Draft, &'static str) {
        match rng.below(10) {
            0 => (self.boxed(" | ", ["", ""], &["", "-+-", ""]), "psql"),
            1 => (self.boxed(" | ", ["| ", " |"], &["+-", "-+-", "-+"]), "mysql"),
            2 => (self.boxed("  ", ["", ""], &["", "  ", ""]), "padded"),
            3 => (self.attributes(rng), "attributes"),
            4 => (self.list_of_maps(rng), "yaml-list"),
            5 => (self.json_lines(rng), "jsonl"),
            6 => (self.expanded(), "expanded"),
            7 => (self.transposed(rng), "transposed"),
            8 => (self.literal(rng), "literal"),
            _ => (self.quoted(rng.word(&[",", ";"])), "csv-quoted"),
        }
    }

    /// Columns of one width, as database clients draw them.
    fn boxed(&self, gap: &str, edges: [&str; 2], crosses: &[&str; 3]) -> Draft {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].0.text.chars().count());
            cells
                .chain([self.columns[column].chars().count()])
                .max()
                .unwrap_or_default()
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        let rule = format!("{}{}{}", crosses[0], rule.join(crosses[1]), crosses[2]);
        let framed = !crosses[0].is_empty();
        let mut out = Draft::default();
        if framed {
            out.push(&format!("{rule}\n"));
        }
        out.push(edges[0]);
        for (column, name) in self.columns.iter().enumerate() {
            out.push(if column == 0 { "" } else { gap });
            out.push(&format!("{name:<width$}", width = widths[column]));
        }
        out.push(&format!("{}\n{rule}", edges[1]));
        for row in &self.rows {
            out.push(&format!("\n{}", edges[0]));
            for (column, cell) in row.iter().enumerate() {
                out.push(if column == 0 { "" } else { gap });
                out.value(&cell.0);
                out.push(&" ".repeat(widths[column] - cell.0.text.chars().count()));
            }
            out.push(edges[1]);
        }
        if framed {
            out.push(&format!("\n{rule}"));
        }
        out
    }

    fn attributes(&self, rng: &mut Rng) -> Draft {
        let keys = self.keys("", rng);
        let mut out = Draft::default();
        for row in &self.rows {
            out.push("<entry");
            for (key, cell) in keys.iter().zip(row) {
                out.push(&format!(" {key}=\""));
                out.value(&cell.0);
                out.push("\"");
            }
            out.push("/>\n");
        }
        out
    }

    fn list_of_maps(&self, rng: &mut Rng) -> Draft {
        let keys = self.keys("_", rng);
        let mut out = Draft::default();
        out.push("entries:");
        for row in &self.rows {
            for (column, (key, cell)) in keys.iter().zip(row).enumerate() {
                out.push(if column == 0 { "\n  - " } else { "\n    " });
                out.push(&format!("{key}: \""));
                out.value(&cell.0);
                out.push("\"");
            }
        }
        out
    }

    fn json_lines(&self, rng: &mut Rng) -> Draft {
        let keys = self.keys("_", rng);
        let mut out = Draft::default();
        for row in &self.rows {
            out.push("{");
            for (column, (key, cell)) in keys.iter().zip(row).enumerate() {
                out.push(if column == 0 { "" } else { "," });
                out.push(&format!("\"{key}\":\""));
                out.value(&cell.0);
                out.push("\"");
            }
            out.push("}\n");
        }
        out
    }

    /// One line for each cell, as clients print wide rows.
    fn expanded(&self) -> Draft {
        let mut out = Draft::default();
        for (number, row) in self.rows.iter().enumerate() {
            out.push(&format!("-[ RECORD {} ]----------\n", number + 1));
            for (column, cell) in self.columns.iter().zip(row) {
                out.push(&format!("{column:<20} | "));
                out.value(&cell.0);
                out.push("\n");
            }
        }
        out
    }

    /// The names in the first column, and a column for each record.
    fn transposed(&self, rng: &mut Rng) -> Draft {
        let separator = rng.word(&["\t", ",", " | "]);
        let mut out = Draft::default();
        for (column, name) in self.columns.iter().enumerate() {
            out.push(name);
            for row in &self.rows {
                out.push(separator);
                out.value(&row[column].0);
            }
            out.push("\n");
        }
        out
    }

    /// As Python and Ruby print a hash.
    fn literal(&self, rng: &mut Rng) -> Draft {
        let keys = self.keys("_", rng);
        let (arrow, open, close) = *rng.pick(&[("': '", "{'", "'}"), ("=>\"", "{:", "\"}")]);
        let quote = &arrow[arrow.len() - 1..];
        let between = if quote == "'" { "', '" } else { "\", :" };
        let mut out = Draft::default();
        for row in &self.rows {
            out.push(open);
            for (column, (key, cell)) in keys.iter().zip(row).enumerate() {
                out.push(if column == 0 { "" } else { between });
                out.push(&format!("{key}{arrow}"));
                out.value(&cell.0);
            }
            out.push(&format!("{close}\n"));
        }
        out
    }

    fn quoted(&self, separator: &str) -> Draft {
        let between = format!("\"{separator}\"");
        let mut out = Draft::default();
        out.push(&format!("\"{}\"", self.columns.join(&between)));
        for row in &self.rows {
            out.push("\n\"");
            joined(&mut out, row, &between);
            out.push("\"");
        }
        out
    }
}
