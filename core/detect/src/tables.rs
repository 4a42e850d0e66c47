//! Tables in a text (CSV, TSV, semicolons, pipes): the header of a column is context for its cells.

use std::ops::Range;

/// All tables of a text, found in one pass.
pub(crate) struct Tables(Vec<Table>);

struct Table {
    rows: Range<usize>,
    delimiter: u8,
    header: Vec<Range<usize>>,
}

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];
const MAX_COLUMNS: usize = 256;
const MAX_LINE: usize = 16 * 1024;

impl Tables {
    pub(crate) fn find(text: &str) -> Self {
        let mut tables: Vec<Table> = Vec::new();
        let mut previous: Option<(Range<usize>, [usize; 4])> = None;
        let mut open: Option<(Table, usize)> = None;
        for line in lines(text.as_bytes()) {
            let counts = count(&text.as_bytes()[line.clone()]);
            if let Some((mut table, columns)) = open.take() {
                if counts[index_of(table.delimiter)] == columns {
                    table.rows.end = line.end;
                    open = Some((table, columns));
                    continue;
                }
                tables.push(table);
            } else if let Some((header, above)) = previous.take()
                && let Some(at) = (0..4).find(|&at| above[at] > 0 && above[at] == counts[at] && above[at] < MAX_COLUMNS)
                && is_header(&text[header.clone()])
            {
                let delimiter = DELIMITERS[at];
                let table = Table {
                    rows: header.start..line.end,
                    delimiter,
                    header: cells(text.as_bytes(), header, delimiter),
                };
                open = Some((table, counts[at]));
                continue;
            }
            previous = Some((line, counts));
        }
        tables.extend(open.map(|(table, _)| table));
        Self(tables)
    }

    /// The header over the cell at `at`.
    pub(crate) fn header<'t>(&self, text: &'t str, at: usize) -> Option<&'t str> {
        let index = self.0.partition_point(|table| table.rows.end <= at);
        let table = self.0.get(index).filter(|table| table.rows.contains(&at))?;
        let bytes = text.as_bytes();
        let from = at.saturating_sub(MAX_LINE).max(table.rows.start);
        let start = memchr::memrchr(b'\n', &bytes[from..at]).map_or(from, |found| from + found + 1);
        let column = delimiters(&bytes[start..at], table.delimiter).count();
        let cell = table.header.get(column)?;
        (start > cell.start).then(|| text.get(cell.clone()))?
    }
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

fn count(line: &[u8]) -> [usize; 4] {
    let line = &line[..line.len().min(MAX_LINE)];
    DELIMITERS.map(|delimiter| delimiters(line, delimiter).count())
}

/// Positions of the delimiter outside double quotes.
fn delimiters(line: &[u8], delimiter: u8) -> impl Iterator<Item = usize> + '_ {
    let mut quoted = false;
    line.iter().enumerate().filter_map(move |(at, &byte)| {
        quoted ^= byte == b'"';
        (byte == delimiter && !quoted).then_some(at)
    })
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
fn is_header(line: &str) -> bool {
    let digits = line.bytes().filter(u8::is_ascii_digit).count();
    line.bytes().any(|byte| byte.is_ascii_alphabetic() || byte >= 0x80)
        && digits * 8 <= line.len()
        && !line.contains('@')
}
