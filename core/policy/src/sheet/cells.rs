//! The cells of a sheet with their places.

use crate::report::{At, Report};

/// Longest sheet read.
const MAX_BYTES: usize = 4 << 20;

/// One cell, without blanks and quotes around it.
pub(super) struct Cell {
    pub(super) at: At,
    pub(super) text: String,
}

/// The rows of a sheet; none of them is empty.
pub(super) struct Cells {
    pub(super) rows: Vec<Vec<Cell>>,
}

impl Cells {
    /// Reads CSV, TSV or semicolons; or the first table of a Markdown text. `None` when it is neither; the report says why.
    pub(super) fn read(text: &str, file: u16, report: &mut Report) -> Option<Self> {
        if text.len() > MAX_BYTES {
            let message = format!("the sheet is longer than {MAX_BYTES} bytes");
            report.error(At::new(file, 1, 0), "too-big", message);
            return None;
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let is_markdown = text.lines().any(is_rule);
        match is_markdown {
            true => Some(Self {
                rows: markdown(text, file),
            }),
            false => separated(text, file, report).map(|rows| Self { rows }),
        }
    }
}

/// The line between header and rows: `|---|:--:|`.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('|') && line.contains("--") && line.chars().all(|it| matches!(it, '|' | '-' | ':' | ' '))
}

fn markdown(text: &str, file: u16) -> Vec<Vec<Cell>> {
    let lines: Vec<&str> = text.lines().collect();
    let rule = lines.iter().position(|line| is_rule(line)).unwrap_or_default();
    let numbered = lines.iter().enumerate().skip(rule.saturating_sub(1));
    numbered
        .take_while(|(_, line)| line.trim_start().starts_with('|'))
        .filter(|(number, _)| *number != rule)
        .map(|(number, line)| bars(line, file, number + 1))
        .collect()
}

fn bars(line: &str, file: u16, number: usize) -> Vec<Cell> {
    let inner = line.trim_end();
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    let start = inner.find('|').map_or(0, |at| at + 1);
    let mut cells = Vec::new();
    let mut from = start;
    let ends = inner.char_indices().skip_while(|(at, _)| *at < start);
    let bars = ends
        .filter(|(at, it)| *it == '|' && !inner[..*at].ends_with('\\'))
        .map(|(at, _)| at);
    for end in bars.chain([inner.len()]) {
        let written = &inner[from..end];
        let lead = written.len() - written.trim_start().len();
        let text = written.trim().trim_matches('`').replace("\\|", "|");
        cells.push(Cell {
            at: At::new(file, number, line[..from + lead].chars().count()),
            text: text.trim().to_owned(),
        });
        from = end + 1;
    }
    cells
}

fn separated(text: &str, file: u16, report: &mut Report) -> Option<Vec<Vec<Cell>>> {
    let delimiter = delimiter(text);
    let mut reading = Separated {
        file,
        rows: Vec::new(),
        row: Vec::new(),
        cell: String::new(),
        start: (1, 0),
        here: (1, 0),
        was_quoted: false,
    };
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '"' && reading.cell.trim().is_empty() && !reading.was_quoted {
            let opened = reading.here;
            reading.step(character);
            reading.cell.clear();
            reading.was_quoted = true;
            loop {
                match characters.next() {
                    Some('"') if characters.peek() == Some(&'"') => {
                        reading.step('"');
                        characters.next();
                        reading.push('"');
                    }
                    Some('"') => {
                        reading.step('"');
                        break;
                    }
                    Some(other) => reading.push(other),
                    None => {
                        let at = At::new(file, opened.0, opened.1);
                        report.error(at, "syntax", "this quote is never closed");
                        return None;
                    }
                }
            }
            continue;
        }
        match character {
            '\n' => reading.end_row(),
            '\r' => reading.step(character),
            other if other == delimiter => reading.end_cell(),
            other => reading.push(other),
        }
    }
    reading.end_row();
    Some(reading.rows)
}

/// What the header has most of.
fn delimiter(text: &str) -> char {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |delimiter: &char| line.matches(*delimiter).count();
    // Of equals the last one counts, and the comma is what people mean.
    ['\t', ';', ','].into_iter().max_by_key(count).unwrap_or(',')
}

/// A sheet under way; places are line and column, the column from 0.
struct Separated {
    file: u16,
    rows: Vec<Vec<Cell>>,
    row: Vec<Cell>,
    cell: String,
    start: (usize, usize),
    here: (usize, usize),
    was_quoted: bool,
}

impl Separated {
    fn step(&mut self, character: char) {
        match character {
            '\n' => self.here = (self.here.0 + 1, 0),
            _ => self.here.1 += 1,
        }
    }

    fn push(&mut self, character: char) {
        self.cell.push(character);
        self.step(character);
    }

    fn end_cell(&mut self) {
        self.take_cell();
        self.step(',');
        self.start = self.here;
    }

    fn take_cell(&mut self) {
        let text = std::mem::take(&mut self.cell);
        let lead = match self.was_quoted {
            true => 0,
            false => text.chars().take_while(|it| it.is_whitespace()).count(),
        };
        self.row.push(Cell {
            at: At::new(self.file, self.start.0, self.start.1 + lead),
            text: text.trim().to_owned(),
        });
        self.was_quoted = false;
    }

    fn end_row(&mut self) {
        self.take_cell();
        self.step('\n');
        self.start = self.here;
        let row = std::mem::take(&mut self.row);
        if row.iter().any(|cell| !cell.text.is_empty()) {
            self.rows.push(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cells;
    use crate::report::Report;

    fn read(text: &str) -> Vec<Vec<(String, u32, u32)>> {
        let mut report = Report::default();
        report.add_file("sheet.csv");
        let cells = Cells::read(text, 0, &mut report)
            .map(|cells| cells.rows)
            .unwrap_or_default();
        let row = |row: Vec<super::Cell>| row.into_iter().map(|cell| (cell.text, cell.at.line, cell.at.column));
        cells.into_iter().map(|cells| row(cells).collect()).collect()
    }

    fn cell(text: &str, line: u32, column: u32) -> (String, u32, u32) {
        (text.to_owned(), line, column)
    }

    #[test]
    fn cells_know_their_places() {
        assert_eq!(
            read("table,column\n\"a, \"\"b\"\"\",  c\n\nd,\"e\nf\"\ng,h\n"),
            [
                vec![cell("table", 1, 1), cell("column", 1, 7)],
                vec![cell("a, \"b\"", 2, 1), cell("c", 2, 14)],
                vec![cell("d", 4, 1), cell("e\nf", 4, 3)],
                vec![cell("g", 6, 1), cell("h", 6, 3)],
            ]
        );
        assert_eq!(
            read("a;b;c,d\r\n1;2;3\r\n")[1],
            [cell("1", 2, 1), cell("2", 2, 3), cell("3", 2, 5)]
        );
    }

    #[test]
    fn a_table_of_markdown_is_read_and_the_text_around_it_is_not() {
        let text = "# Data\n\n| table | column |\n|---|:--|\n| `customers` | a\\|b |\n\nThat was | all\n";
        assert_eq!(
            read(text),
            [
                vec![cell("table", 3, 3), cell("column", 3, 11)],
                vec![cell("customers", 5, 3), cell("a|b", 5, 17)],
            ]
        );
    }

    #[test]
    fn a_quote_that_is_never_closed_is_an_error() {
        assert!(read("a,\"b\nc").is_empty());
    }
}
