//! Tables in a text (CSV, TSV, semicolons, pipes): the header of a column is context for its cells.

use crate::masks::{BLOCK, Delimiters, delimit, delimit_line};
use fearless_simd::Level;
use std::cell::{Cell, Ref, RefCell};
use std::ops::Range;

/// The tables of a text, found where somebody asks for a cell.
#[derive(Default)]
pub(crate) struct Tables {
    /// What has been asked for, in the order of the text.
    sections: RefCell<Vec<Section>>,
    /// The line asked for last that is like none above it.
    alone: Cell<(usize, usize)>,
    /// What stands in that line: often it is the one above the next.
    last: Cell<(usize, [usize; 5])>,
    cursor: Cell<Cursor>,
}

/// Lines of which each is like the one above it in a delimiter, and the rules between them: no table goes beyond.
struct Section {
    lines: Range<usize>,
    tables: Vec<Table>,
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
    /// The header over the cell at `at`.
    pub(crate) fn place<'t>(&self, text: &'t str, at: usize) -> Option<Place<'t>> {
        let bytes = text.as_bytes();
        if at >= bytes.len() || self.is_alone(bytes, at) {
            return None;
        }
        let sections = self.around(bytes, at);
        let table = table_at(&sections, at).filter(|table| table.rows.contains(&at))?;
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

    /// The cells below the header cell that is this name, without quotes and blanks; none when it is no header.
    pub(crate) fn below(&self, text: &str, name: &Range<usize>) -> Vec<Range<usize>> {
        let bytes = text.as_bytes();
        if name.start >= bytes.len() || !ends_like_cell(bytes, name.end) {
            return Vec::new();
        }
        let sections = self.around(bytes, name.start);
        let found = table_at(&sections, name.start).and_then(|table| {
            let mut header = table.header.iter();
            Some((table, header.position(|cell| bare(bytes, cell.clone()) == *name)?))
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

    /// True when the line that holds `at` is like none above it: it heads a table at most.
    fn is_alone(&self, bytes: &[u8], at: usize) -> bool {
        let (start, end) = self.alone.get();
        if (start..end).contains(&at) {
            return true;
        }
        let Some(here) = near_line(bytes, at) else { return false };
        let counts = |line: &Range<usize>| {
            let (end, counts) = self.last.get();
            if end == line.end && line.start < line.end {
                return counts;
            }
            let counts = count_line(&bytes[line.clone()]).counts;
            self.last.set((line.end, counts));
            counts
        };
        let is_apart = |above: &Range<usize>| {
            // The one above first: what is counted last is remembered.
            !is_ruled(bytes, above, &here) && {
                let above = counts(above);
                above == [0; 5] || are_apart(above, counts(&here), here.end >= bytes.len())
            }
        };
        // Most lines of text hold nothing that sets cells apart.
        let alone = !has_delimiter(&bytes[here.clone()])
            || above(bytes, &here).is_none_or(|above| above.is_some_and(|above| is_apart(&above)));
        if alone {
            self.alone.set((here.start, here.end));
        }
        alone
    }

    /// All that is known, the lines around `at` among it.
    fn around(&self, bytes: &[u8], at: usize) -> Ref<'_, [Section]> {
        let mut sections = self.sections.borrow_mut();
        let index = sections.partition_point(|section| section.lines.end <= at);
        if sections.get(index).is_none_or(|section| section.lines.start > at) {
            match Section::around(bytes, at) {
                Some(section) => sections.insert(index, section),
                None => *sections = vec![Section::whole(bytes)],
            }
        }
        drop(sections);
        Ref::map(self.sections.borrow(), Vec::as_slice)
    }
}

/// The first table that ends behind `at`.
fn table_at(sections: &[Section], at: usize) -> Option<&Table> {
    let section = &sections[sections.partition_point(|section| section.lines.end <= at)];
    let index = section.tables.partition_point(|table| table.rows.end <= at);
    section.tables.get(index)
}

/// False where something stands behind a name that stands behind no cell.
fn ends_like_cell(bytes: &[u8], end: usize) -> bool {
    bytes.get(end).is_none_or(|byte| b",\t;| \r\n\"'`".contains(byte))
}

impl Section {
    /// The lines around `at` that may be of one table; `None` where they are too long to be looked at on their own.
    fn around(bytes: &[u8], at: usize) -> Option<Self> {
        let read = |line: &Range<usize>| count_line(&bytes[line.clone()]);
        let ends = |above: (&Range<usize>, &Line), below: (&Range<usize>, &Line)| {
            let is_last = below.0.end >= bytes.len();
            !is_ruled(bytes, above.0, below.0) && are_apart(above.1.counts, below.1.counts, is_last)
        };
        let mut line = near_line(bytes, at)?;
        let mut here = read(&line);
        // The lines on the way up are read once.
        let mut below = Vec::new();
        while let Some(above) = above(bytes, &line) {
            let above = above?;
            let there = read(&above);
            if ends((&above, &there), (&line, &here)) {
                break;
            }
            below.push((std::mem::replace(&mut line, above), std::mem::replace(&mut here, there)));
        }
        let mut finder = Finder::default();
        let start = line.start;
        loop {
            let end = bytes.len().min(line.end + 1);
            finder.line(bytes, line.start..end, here);
            if end >= bytes.len() {
                return Some(finder.section(start..end));
            }
            if let Some(known) = below.pop() {
                (line, here) = known;
                continue;
            }
            let next = near_line(bytes, end)?;
            let there = read(&next);
            if end > at && ends((&line, &here), (&next, &there)) {
                return Some(finder.section(start..end));
            }
            (line, here) = (next, there);
        }
    }

    fn whole(bytes: &[u8]) -> Self {
        let mut finder = Finder::default();
        count(bytes, |line, read| finder.line(bytes, line, read));
        finder.section(0..bytes.len())
    }
}

/// Lines read one after another, and the tables they make.
#[derive(Default)]
struct Finder {
    tables: Vec<Table>,
    /// The table under way, and how often its delimiter stands in a row.
    open: Option<(Table, usize)>,
    previous: Option<(Range<usize>, Line)>,
    /// Two columns of words are a table only under a rule.
    ruled: bool,
}

impl Finder {
    fn line(&mut self, bytes: &[u8], line: Range<usize>, read: Line) {
        if self.open.is_none() && self.previous.is_some() && !read.named && is_rule(&bytes[line.clone()]) {
            self.ruled = true;
            return;
        }
        let counts = read.counts;
        if let Some((mut table, columns)) = self.open.take() {
            let found = counts[index_of(table.delimiter)];
            // A text that is cut off ends inside a row.
            let is_cut = found > 0 && found < columns && line.end == bytes.len() && !bytes.ends_with(b"\n");
            if found == columns || is_cut {
                table.rows.end = line.end;
                self.open = Some((table, columns));
                return;
            }
            self.tables.push(table);
        } else if let Some((above, head)) = self.previous.take()
            && head.names_things(above.len())
            && let Some(at) = self.delimiter(head.counts, counts)
            && (self.ruled || head.counts[at] > 1 || !sets_off_remarks(&bytes[above.clone()], DELIMITERS[at]))
            && let Some(header) = header_cells(bytes, above.clone(), line.clone(), DELIMITERS[at])
        {
            let table = Table {
                rows: above.start..line.end,
                delimiter: DELIMITERS[at],
                header,
            };
            self.open = Some((table, counts[at]));
            return;
        }
        self.previous = Some((line, read));
        self.ruled = false;
    }

    /// What sets the cells of two lines apart, each of which has as many: of several, what makes the most cells.
    fn delimiter(&self, head: [usize; 5], counts: [usize; 5]) -> Option<usize> {
        let alike = |at: &usize| {
            head[*at] > usize::from(*at == 4 && !self.ruled) && head[*at] == counts[*at] && head[*at] < MAX_COLUMNS
        };
        let marks = (0..4).rev().filter(alike).max_by_key(|at| head[*at]);
        marks.or_else(|| Some(4).filter(alike))
    }

    fn section(self, lines: Range<usize>) -> Section {
        let mut tables = self.tables;
        tables.extend(self.open.map(|(table, _)| table));
        Section { lines, tables }
    }
}

/// False for a line that is a single cell.
fn has_delimiter(line: &[u8]) -> bool {
    memchr::memchr3(b',', b'\t', b';', line).is_some()
        || memchr::memchr(b'|', line).is_some()
        || line.trim_ascii().windows(2).any(|two| two == b"  ")
}

/// True when one of two neighbouring lines is a rule, which may stand inside a table.
fn is_ruled(bytes: &[u8], above: &Range<usize>, below: &Range<usize>) -> bool {
    [above, below].iter().any(|line| is_rule(&bytes[(*line).clone()]))
}

/// True when no table can hold two neighbouring lines with so many delimiters: they have none as often.
fn are_apart(above: [usize; 5], below: [usize; 5], is_last: bool) -> bool {
    // A text that is cut off ends inside a row.
    let mut both = above.into_iter().zip(below);
    !both.any(|(above, below)| above > 0 && below > 0 && (is_last || below == above))
}

/// The line above one: the outer is `None` in the first line, the inner when it is too long.
fn above(bytes: &[u8], line: &Range<usize>) -> Option<Option<Range<usize>>> {
    line.start.checked_sub(1).map(|end| near_line(bytes, end))
}

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

/// All tables of a text, found in one pass: for who wants every value of a column.
pub(crate) struct AllTables(Vec<Table>);

impl AllTables {
    pub(crate) fn find(text: &str) -> Self {
        Self(Section::whole(text.as_bytes()).tables)
    }

    /// Where each table begins, and the cells of its header.
    pub(crate) fn headings(&self) -> impl Iterator<Item = (usize, &[Range<usize>])> {
        self.0.iter().map(|table| (table.rows.start, table.header.as_slice()))
    }

    /// Tells the values of some columns of a table, without quotes and blanks; all by their numbers.
    pub(crate) fn values(
        &self,
        text: &str,
        table: usize,
        columns: &[usize],
        each: &mut dyn FnMut(usize, Range<usize>),
    ) {
        let Some(table) = self.0.get(table).filter(|_| !columns.is_empty()) else {
            return;
        };
        let bytes = text.as_bytes();
        for line in lines(&bytes[table.rows.clone()]).skip(1) {
            let line = line.start + table.rows.start..line.end + table.rows.start;
            if is_rule(&bytes[line.clone()]) {
                continue;
            }
            let cells = cells(bytes, line, table.delimiter);
            for &column in columns {
                if let Some(cell) = cells.get(column) {
                    each(column, bare(bytes, cell.clone()));
                }
            }
        }
    }
}

/// How many rows of a column are read.
const MAX_ROWS: usize = 4096;

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

    /// The same when blanks at the end of the line set nothing apart.
    fn without_end(mut self, line: &[u8]) -> Self {
        let blank = line.strip_suffix(b"\n").unwrap_or(line);
        let blank = blank.strip_suffix(b"\r").unwrap_or(blank);
        if matches!(blank.last(), Some(b' ' | b'\t')) {
            let text = line[..line.len().min(MAX_LINE)].trim_ascii_end();
            self.counts = DELIMITERS.map(|delimiter| delimiters(text, delimiter).count());
        }
        self
    }
}

/// Tells of each line what stands in it; blanks at its end set nothing apart.
fn count(bytes: &[u8], mut each: impl FnMut(Range<usize>, Line)) {
    let mut each = |line: Range<usize>, read: Line| {
        let read = read.without_end(&bytes[line.clone()]);
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
    let mut counted = Counted::default();
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    delimit_line(Level::new(), text, |index, block| {
        let row = counted.row(block);
        counted.part(index * BLOCK, u64::MAX, &row);
    });
    counted.read.without_end(line)
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
    /// What stands in a block, and in the one before.
    #[inline(always)]
    fn row(&mut self, block: &Delimiters) -> Row {
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
        self.space = block.space;
        self.newline = block.newline;
        self.digit = block.digit;
        row
    }

    #[inline]
    fn block(&mut self, base: usize, block: &Delimiters, each: &mut impl FnMut(Range<usize>, Line)) {
        let row = self.row(block);
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
            let here = delimiter & outside;
            if here != 0 {
                *count += here.count_ones() as usize;
            }
        }
        let digits = row.digit & part;
        if digits != 0 {
            self.read.digits += digits.count_ones() as usize;
        }
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

/// `Senior Account Manager | Tidewater Ltd.`: one bar between blanks and more words than a header has, as below letters.
fn sets_off_remarks(line: &[u8], delimiter: u8) -> bool {
    const HEADER_WORDS: usize = 2;
    let mut sides = line.split(|byte| *byte == b'|');
    let (Some(first), Some(second)) = (sides.next(), sides.next()) else {
        return false;
    };
    let words = |side: &[u8]| side.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).count();
    delimiter == b'|'
        && first.ends_with(b" ")
        && second.starts_with(b" ")
        && !first.trim_ascii().is_empty()
        && words(first).max(words(second.trim_ascii())) > HEADER_WORDS
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
        Tables::default().place(text, at).map(|place| place.header.trim())
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
        assert_eq!(
            header("no | last, first | ssn\n1 | Weir, Ada | 301442290\n", "301442290"),
            Some("ssn")
        );
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
    fn the_end_of_a_letter_heads_nothing() {
        let text = "Senior Account Manager | Tidewater Ltd.\nT 0171/4598654 | ada@tidewater.io\n";
        assert_eq!(header(text, "4598654"), None);
        assert_eq!(header("Name | SSN\nAda | 301442290\n", "301442290"), Some("SSN"));
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
        let tables = Tables::default();
        let names: Vec<_> = [8, 6, 10, 16, 12, 14]
            .map(|at| tables.place(text, at).map(|place| place.header))
            .into();
        assert_eq!(
            names,
            [Some("b"), Some("a"), Some("c\n"), Some("c\n"), Some("a"), Some("b")]
        );
    }
}
