//! Tables in a text (CSV, TSV, semicolons, pipes): the header of a column is context for its cells.

use std::cell::Cell;
use std::ops::Range;

/// All tables of a text, found in one pass.
pub(crate) struct Tables {
    tables: Vec<Table>,
    cursor: Cell<Cursor>,
}

struct Table {
    rows: Range<usize>,
    delimiter: u8,
    header: Vec<Range<usize>>,
}

/// The cell asked for, and what its column is called.
pub(crate) struct Place<'t> {
    pub(crate) header: &'t str,
    /// Where the cell begins.
    pub(crate) cell: usize,
    /// The first cell of the row, when this is another one.
    pub(crate) row: Option<&'t str>,
}

/// A space stands for two or more of them, in text set in columns.
const DELIMITERS: [u8; 5] = [b',', b'\t', b';', b'|', b' '];
const MAX_COLUMNS: usize = 256;
const MAX_LINE: usize = 16 * 1024;

impl Tables {
    pub(crate) fn find(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut tables: Vec<Table> = Vec::new();
        let mut previous: Option<(Range<usize>, [usize; 5])> = None;
        let mut open: Option<(Table, usize)> = None;
        // Two columns of words are a table only under a rule.
        let mut ruled = false;
        for line in lines(bytes) {
            if is_rule(&bytes[line.clone()]) && open.is_none() && previous.is_some() {
                ruled = true;
                continue;
            }
            let counts = count(&bytes[line.clone()]);
            if let Some((mut table, columns)) = open.take() {
                let found = counts[index_of(table.delimiter)];
                // A text that is cut off ends inside a row.
                let is_cut = found > 0 && found < columns && line.end == bytes.len() && !bytes.ends_with(b"\n");
                if found == columns || is_cut {
                    table.rows.end = line.end;
                    open = Some((table, columns));
                    continue;
                }
                tables.push(table);
            } else if let Some((above, above_counts)) = previous.take()
                && let Some(at) = (0..5).find(|&at| {
                    above_counts[at] > usize::from(at == 4 && !ruled)
                        && above_counts[at] == counts[at]
                        && above_counts[at] < MAX_COLUMNS
                })
                && let Some(header) = header_cells(bytes, above.clone(), line.clone(), DELIMITERS[at])
            {
                let table = Table {
                    rows: above.start..line.end,
                    delimiter: DELIMITERS[at],
                    header,
                };
                open = Some((table, counts[at]));
                continue;
            }
            previous = Some((line, counts));
            ruled = false;
        }
        tables.extend(open.map(|(table, _)| table));
        Self {
            tables,
            cursor: Cell::default(),
        }
    }

    /// The header over the cell at `at`.
    pub(crate) fn place<'t>(&self, text: &'t str, at: usize) -> Option<Place<'t>> {
        let index = self.tables.partition_point(|table| table.rows.end <= at);
        let table = self.tables.get(index).filter(|table| table.rows.contains(&at))?;
        let bytes = text.as_bytes();
        let from = at.saturating_sub(MAX_LINE).max(table.rows.start);
        let start = self.cursor.get().start_of_line(bytes, from, at);
        let cursor = self.cursor.get().moved(bytes, start, at, table.delimiter, b'"');
        self.cursor.set(cursor);
        let header = table.header.get(cursor.column)?;
        (start > header.start).then_some(Place {
            header: text.get(header.clone())?,
            cell: cursor.cell,
            row: first_cell(bytes, start, cursor.cell, table.delimiter)
                .filter(|_| cursor.column > 0)
                .and_then(|cell| text.get(cell)),
        })
    }
}

/// The first cell of the row that begins at `row`, or the second where the row begins with its delimiter.
fn first_cell(bytes: &[u8], row: usize, until: usize, delimiter: u8) -> Option<Range<usize>> {
    let start = row + usize::from(bytes[row] == delimiter);
    let end = start + memchr::memchr(delimiter, bytes.get(start..until)?)?;
    (delimiter != b' ' && end < until).then_some(start..end)
}

/// How many rows of a column are read.
const MAX_ROWS: usize = 4096;

impl Tables {
    /// The cells below the header cell that is this name, without quotes and blanks; none when it is no header.
    pub(crate) fn below(&self, text: &str, name: &Range<usize>) -> Vec<Range<usize>> {
        let bytes = text.as_bytes();
        let index = self.tables.partition_point(|table| table.rows.end <= name.start);
        let found = self.tables.get(index).and_then(|table| {
            let column = table
                .header
                .iter()
                .position(|cell| bare(bytes, cell.clone()) == *name)?;
            Some((table, column))
        });
        let Some((table, column)) = found else {
            return Vec::new();
        };
        lines(&bytes[table.rows.clone()])
            .skip(1)
            .take(MAX_ROWS)
            .map(|line| line.start + table.rows.start..line.end + table.rows.start)
            .filter_map(|line| cells(bytes, line, table.delimiter).into_iter().nth(column))
            .map(|cell| bare(bytes, cell))
            .collect()
    }
}

/// A cell without the blanks and quotes around its value.
pub(crate) fn bare(bytes: &[u8], cell: Range<usize>) -> Range<usize> {
    let around = |byte: &&u8| b" \t\r\n\"'`".contains(*byte);
    let text = &bytes[cell.clone()];
    let start = cell.start + text.iter().take_while(around).count();
    let end = cell.end - text.iter().rev().take_while(around).count();
    start.min(end)..end
}

/// How far a row has been read: the values of one row are asked for one after another.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cursor {
    row: usize,
    at: usize,
    cell: usize,
    column: usize,
    quoted: bool,
}

impl Cursor {
    /// The start of the line that holds `at`, not before `from`; free when the cursor is in that line.
    fn start_of_line(self, bytes: &[u8], from: usize, at: usize) -> usize {
        let known = if self.at <= at && self.at >= from {
            self.at
        } else {
            from
        };
        match memchr::memrchr(b'\n', &bytes[known..at]) {
            Some(found) => known + found + 1,
            None if known == self.at && self.row >= from => self.row,
            None => from,
        }
    }

    /// The cursor at `at` in the row that begins at `row`.
    pub(crate) fn moved(self, bytes: &[u8], row: usize, at: usize, delimiter: u8, quote: u8) -> Self {
        let mut cursor = if self.row == row && self.at <= at && self.at >= row {
            self
        } else {
            Self {
                row,
                at: row,
                cell: row,
                column: 0,
                quoted: false,
            }
        };
        for (offset, &byte) in bytes[cursor.at..at].iter().enumerate() {
            cursor.quoted ^= byte == quote;
            if byte == delimiter && !cursor.quoted && ends_cell(&bytes[row..], cursor.at + offset - row) {
                cursor.column += 1;
                cursor.cell = cursor.at + offset + 1;
            }
        }
        cursor.at = at;
        cursor
    }

    pub(crate) fn column(self) -> usize {
        self.column
    }

    pub(crate) fn cell(self) -> usize {
        self.cell
    }
}

/// True for every delimiter but a space, and for the second space of a run that is no indentation.
fn ends_cell(row: &[u8], at: usize) -> bool {
    row[at] != b' ' || at >= 2 && row[at - 1] == b' ' && row[at - 2] != b' '
}

/// A line of dashes between the header and the rows.
fn is_rule(line: &[u8]) -> bool {
    line.len() >= 8 && line.iter().all(|byte| b"-=+| \r\n".contains(byte)) && line.contains(&b'-')
}

fn index_of(delimiter: u8) -> usize {
    DELIMITERS.iter().position(|&d| d == delimiter).unwrap_or(0)
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        (start < bytes.len()).then(|| {
            let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |found| start + found + 1);
            let line = start..end;
            start = end;
            line
        })
    })
}

/// How often each delimiter ends a cell, in one reading: every line of a page is counted.
fn count(line: &[u8]) -> [usize; 5] {
    let line = line[..line.len().min(MAX_LINE)].trim_ascii_end();
    let (mut counts, mut quoted) = ([0; 5], false);
    for (at, byte) in line.iter().enumerate() {
        match KINDS[usize::from(*byte)] {
            0 => {}
            QUOTE => quoted = !quoted,
            kind => counts[usize::from(kind) - 1] += usize::from(!quoted && ends_cell(line, at)),
        }
    }
    counts
}

/// For each byte the number of its delimiter, from one, or [`QUOTE`], or nothing.
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut at = 0;
    while at < DELIMITERS.len() {
        kinds[DELIMITERS[at] as usize] = at as u8 + 1;
        at += 1;
    }
    kinds[b'"' as usize] = QUOTE;
    kinds
};
const QUOTE: u8 = DELIMITERS.len() as u8 + 1;

/// Positions of the delimiter outside double quotes.
fn delimiters(line: &[u8], delimiter: u8) -> impl Iterator<Item = usize> + '_ {
    // Blanks at the end of a line set nothing apart.
    let line = if delimiter == b' ' { line.trim_ascii_end() } else { line };
    let mut quoted = false;
    line.iter().enumerate().filter_map(move |(at, &byte)| {
        quoted ^= byte == b'"';
        (byte == delimiter && !quoted && ends_cell(line, at)).then_some(at)
    })
}

/// The cells of a line that heads the line below it, or `None` when it is prose or data.
fn header_cells(bytes: &[u8], line: Range<usize>, below: Range<usize>, delimiter: u8) -> Option<Vec<Range<usize>>> {
    let text = &bytes[line.clone()];
    if !is_header(text) || delimiter == b',' && is_airy(text) != is_airy(&bytes[below]) {
        return None;
    }
    let cells = cells(bytes, line, delimiter);
    let names = |cell: &Range<usize>| {
        let name = bytes[cell.clone()].trim_ascii();
        let words = name.split(|byte| *byte == b' ').count();
        !matches!(delimiter, b',' | b' ') || !name.is_empty() && name.len() <= 48 && words <= 5
    };
    cells.iter().all(names).then_some(cells)
}

/// True when commas are followed by spaces, as in prose.
fn is_airy(line: &[u8]) -> bool {
    delimiters(line, b',').any(|at| line.get(at + 1) == Some(&b' '))
}

fn cells(bytes: &[u8], line: Range<usize>, delimiter: u8) -> Vec<Range<usize>> {
    let mut start = line.start;
    let mut cells: Vec<_> = delimiters(&bytes[line.clone()], delimiter)
        .map(|at| {
            let cell = start..line.start + at;
            start = line.start + at + 1;
            cell
        })
        .collect();
    cells.push(start..line.end);
    cells
}

/// A header names things: it has letters and holds no values.
fn is_header(line: &[u8]) -> bool {
    let digits = line.iter().filter(|byte| byte.is_ascii_digit()).count();
    let number = line.windows(4).any(|four| four.iter().all(u8::is_ascii_digit));
    line.iter().any(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80)
        && digits * 4 <= line.len()
        && !number
        && !line.contains(&b'@')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header<'t>(text: &'t str, value: &str) -> Option<&'t str> {
        let at = text.find(value).expect("the value stands in the text");
        Tables::find(text).place(text, at).map(|place| place.header.trim())
    }

    #[test]
    fn the_header_of_a_column_is_found_in_every_kind_of_table() {
        assert_eq!(header("name,ssn\nAda,301442290\n", "301442290"), Some("ssn"));
        assert_eq!(
            header("\"name\",\"ssn\"\n\"Ada, B\",301442290\n", "301442290"),
            Some("\"ssn\"")
        );
        assert_eq!(
            header("name\tssn\tcity\nAda\t301442290\tLima\n", "301442290"),
            Some("ssn")
        );
        assert_eq!(
            header("| name | ssn |\n|---|---|\n| Ada | 301442290 |\n", "301442290"),
            Some("ssn")
        );
        assert_eq!(header("nom;nir\nAda;301442290\n", "301442290"), Some("nir"));
    }

    #[test]
    fn prose_heads_nothing() {
        assert_eq!(header("Hello, see below\nid,301442290\n", "301442290"), None);
        assert_eq!(
            header(
                "Dear all, this is the number that we talked about\nso, 301442290\n",
                "301442290"
            ),
            None
        );
    }

    #[test]
    fn cells_asked_for_in_any_order_have_the_same_header() {
        let text = "a,b,c\n1,2,3\n4,5,6\n";
        let tables = Tables::find(text);
        let names: Vec<_> = [8, 6, 10, 16, 12, 14]
            .map(|at| tables.place(text, at).map(|place| place.header))
            .into();
        assert_eq!(
            names,
            [Some("b"), Some("a"), Some("c\n"), Some("c\n"), Some("a"), Some("b")]
        );
    }
}
