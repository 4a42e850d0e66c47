//! Tables in a text (CSV, TSV, semicolons, pipes): the header of a column is context for its cells.

use crate::masks::{BLOCK, Delimiters, delimit};
use fearless_simd::Level;
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
        let mut previous: Option<(Range<usize>, Line)> = None;
        let mut open: Option<(Table, usize)> = None;
        // Two columns of words are a table only under a rule.
        let mut ruled = false;
        count(bytes, |line, read| {
            if open.is_none() && previous.is_some() && !read.named && is_rule(&bytes[line.clone()]) {
                ruled = true;
                return;
            }
            let counts = read.counts;
            if let Some((mut table, columns)) = open.take() {
                let found = counts[index_of(table.delimiter)];
                // A text that is cut off ends inside a row.
                let is_cut = found > 0 && found < columns && line.end == bytes.len() && !bytes.ends_with(b"\n");
                if found == columns || is_cut {
                    table.rows.end = line.end;
                    open = Some((table, columns));
                    return;
                }
                tables.push(table);
            } else if let Some((above, head)) = previous.take()
                && head.names_things(above.len())
                && let Some(at) = (0..5).find(|&at| {
                    head.counts[at] > usize::from(at == 4 && !ruled)
                        && head.counts[at] == counts[at]
                        && head.counts[at] < MAX_COLUMNS
                })
                && let Some(header) = header_cells(bytes, above.clone(), line.clone(), DELIMITERS[at])
            {
                let table = Table {
                    rows: above.start..line.end,
                    delimiter: DELIMITERS[at],
                    header,
                };
                open = Some((table, counts[at]));
                return;
            }
            previous = Some((line, read));
            ruled = false;
        });
        tables.extend(open.map(|(table, _)| table));
        Self {
            tables,
            cursor: Cell::default(),
        }
    }

    /// False where no line above the one that holds `at` is like it in a delimiter and names things: it is no row of a
    /// table. Lines that `seen` remembers are not looked at again.
    pub(crate) fn may_hold(bytes: &[u8], at: usize, seen: &Cell<Seen>) -> bool {
        let Some(here) = near_line(bytes, at) else { return true };
        // A text that is cut off ends inside a row.
        if here.end >= bytes.len() {
            return true;
        }
        let counts = count_line(&bytes[here.clone()]).counts;
        let (mut alike, mut line) = (counts, here.clone());
        for count in 0.. {
            if count == MOST_ABOVE {
                return true;
            }
            let Some(mut above) = line.start.checked_sub(1).map(|end| near_line(bytes, end)) else {
                break;
            };
            if above
                .as_ref()
                .is_some_and(|above| above.start > 0 && is_rule(&bytes[above.clone()]))
            {
                above = above.and_then(|above| near_line(bytes, above.start - 1));
            }
            let Some(above) = above else { return true };
            let read = count_line(&bytes[above.clone()]);
            for (alike, count) in alike.iter_mut().zip(read.counts) {
                *alike = if *alike == count { count } else { 0 };
            }
            if alike == [0; 5] {
                break;
            }
            if read.names_things(above.len()) {
                return true;
            }
            let known = seen.get();
            if known.start == above.start && known.counts == read.counts {
                break;
            }
            line = above;
        }
        seen.set(Seen {
            start: here.start,
            counts,
        });
        false
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

/// A line that has no header above it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Seen {
    start: usize,
    counts: [usize; 5],
}

/// Lines above that are looked at for the header of a row.
const MOST_ABOVE: usize = 64;

/// The line that holds `at`, when it is of usual length.
fn near_line(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    const NEAR: usize = 512;
    let from = at.saturating_sub(NEAR);
    let to = bytes.len().min(at + NEAR);
    let start = match memchr::memrchr(b'\n', &bytes[from..at]) {
        Some(found) => from + found + 1,
        None if from == 0 => 0,
        None => return None,
    };
    match memchr::memchr(b'\n', &bytes[at..to]) {
        Some(found) => Some(start..at + found),
        None if to == bytes.len() => Some(start..to),
        None => None,
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

/// What stands in a line, as far as [`MAX_LINE`] goes.
#[derive(Clone, Copy, Default)]
struct Line {
    /// How often each delimiter ends a cell.
    counts: [usize; 5],
    digits: usize,
    /// It has letters.
    named: bool,
    /// It has an `@`, or four digits in a row.
    valued: bool,
}

impl Line {
    /// A header has letters and holds no values.
    fn names_things(&self, length: usize) -> bool {
        self.named && !self.valued && self.digits * 4 <= length
    }
}

/// Tells of each line what stands in it; blanks at its end set nothing apart.
fn count(bytes: &[u8], mut each: impl FnMut(Range<usize>, Line)) {
    let mut each = |line: Range<usize>, mut read: Line| {
        let text = &bytes[line.clone()];
        let blank = text.strip_suffix(b"\n").unwrap_or(text);
        let blank = blank.strip_suffix(b"\r").unwrap_or(blank);
        if matches!(blank.last(), Some(b' ' | b'\t')) {
            let text = text[..text.len().min(MAX_LINE)].trim_ascii_end();
            read.counts = DELIMITERS.map(|delimiter| delimiters(text, delimiter).count());
        }
        each(line, read);
    };
    let level = Level::new();
    let mut blocks = [Delimiters::default(); STRETCH];
    let mut line = Counted::default();
    for (stretch, part) in bytes.chunks(STRETCH * BLOCK).enumerate() {
        let count = part.len().div_ceil(BLOCK);
        delimit(level, part, &mut blocks[..count]);
        for (index, block) in blocks[..count].iter().enumerate() {
            line.block((stretch * STRETCH + index) * BLOCK, block, &mut each);
        }
    }
    if line.start < bytes.len() {
        each(line.start..bytes.len(), line.read);
    }
}

/// What stands in one line.
fn count_line(line: &[u8]) -> Line {
    let mut read = Line::default();
    count(line, |_, line| read = line);
    read
}

/// Blocks of delimiters found at once.
const STRETCH: usize = 8;

/// One block, with what runs into it from the one before.
struct Row {
    delimiters: [u64; 5],
    quote: u64,
    letter: u64,
    digit: u64,
    /// `@`, and the fourth of four digits.
    value: u64,
}

/// A line under way.
struct Counted {
    start: usize,
    read: Line,
    quoted: bool,
    /// The block before, for the spaces and digits that run into this one.
    space: u64,
    newline: u64,
    digit: u64,
}

impl Default for Counted {
    fn default() -> Self {
        Self {
            start: 0,
            read: Line::default(),
            quoted: false,
            space: 0,
            digit: 0,
            // A text begins like a line.
            newline: 1 << (u64::BITS - 1),
        }
    }
}

impl Counted {
    #[inline]
    fn block(&mut self, base: usize, block: &Delimiters, each: &mut impl FnMut(Range<usize>, Line)) {
        let behind = |block: u64, last: u64, count: u32| block << count | last >> (u64::BITS - count);
        // The second space of a run, unless the run is the indentation.
        let gap = block.space
            & behind(block.space, self.space, 1)
            & !behind(block.space | block.newline, self.space | self.newline, 2);
        let [comma, tab, semicolon, bar] = block.marks;
        let digit = |count: u32| behind(block.digit, self.digit, count);
        let row = Row {
            delimiters: [comma, tab, semicolon, bar, gap],
            quote: block.quote,
            letter: block.letter,
            digit: block.digit,
            value: block.at | block.digit & digit(1) & digit(2) & digit(3),
        };
        let mut lines = block.newline;
        let mut from = 0;
        while lines != 0 {
            let end = lines.trailing_zeros();
            lines &= lines - 1;
            self.part(base, !from & !(u64::MAX << end), &row);
            let next = base + end as usize + 1;
            each(self.start..next, self.read);
            (self.start, self.read, self.quoted) = (next, Line::default(), false);
            from = u64::MAX >> (u64::BITS - 1 - end);
        }
        self.part(base, !from, &row);
        self.space = block.space;
        self.newline = block.newline;
        self.digit = block.digit;
    }

    /// The part of the line that is in this block.
    #[inline(always)]
    fn part(&mut self, base: usize, mut part: u64, row: &Row) {
        let room = (self.start + MAX_LINE).saturating_sub(base);
        if room < BLOCK {
            part &= !(u64::MAX << room);
        }
        let quote = row.quote & part;
        let mut outside = part;
        if quote != 0 || self.quoted {
            let inside = prefix_xor(quote) ^ if self.quoted { u64::MAX } else { 0 };
            self.quoted ^= quote.count_ones() % 2 == 1;
            outside &= !inside;
        }
        for (count, delimiter) in self.read.counts.iter_mut().zip(row.delimiters) {
            *count += (delimiter & outside).count_ones() as usize;
        }
        self.read.digits += (row.digit & part).count_ones() as usize;
        self.read.named |= row.letter & part != 0;
        self.read.valued |= row.value & part != 0;
    }
}

/// For each bit the parity of those up to it.
fn prefix_xor(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

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
    if delimiter == b',' && is_airy(text) != is_airy(&bytes[below]) {
        return None;
    }
    let names = |cell: &[u8]| {
        let name = cell.trim_ascii();
        !name.is_empty() && name.len() <= 48 && memchr::memchr_iter(b' ', name).count() < 5
    };
    let mut start = 0;
    let mut ends = delimiters(text, delimiter).chain([text.len()]);
    let named = !matches!(delimiter, b',' | b' ')
        || ends.all(|end| {
            let cell = &text[start..end];
            start = end + 1;
            names(cell)
        });
    named.then(|| cells(bytes, line, delimiter))
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

    proptest::proptest! {
        #[test]
        fn delimiters_are_counted_as_byte_by_byte(line in "[ab,;\t| \"]{0,200}", lead in "(a  b,\n){0,3}[ ,]{0,70}\n?") {
            let text = format!("{lead}{line}\n  x  y");
            let mut counted = Vec::new();
            count(text.as_bytes(), |line, read| counted.push((line, read.counts)));
            let plain: Vec<_> = lines(text.as_bytes())
                .map(|line| (line.clone(), DELIMITERS.map(|d| delimiters(text.as_bytes()[line.clone()].trim_ascii_end(), d).count())))
                .collect();
            proptest::prop_assert_eq!(counted, plain);
        }
    }

    #[test]
    fn the_rest_of_an_endless_line_is_not_counted() {
        let text = "a,".repeat(MAX_LINE);
        let mut counted = Vec::new();
        count(text.as_bytes(), |line, read| counted.push((line, read.counts[0])));
        assert_eq!(counted, [(0..text.len(), MAX_LINE / 2)]);
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
