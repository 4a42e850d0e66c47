//! INSERT and COPY statements in a text: the n-th column of the list is context for the n-th value of each tuple or line.

use crate::classes::{ALNUM, HIGH, SPACE, is};
use crate::tables::{Cursor, Place, bare};
use std::cell::Cell;
use std::ops::Range;

/// All INSERT statements of a text that name their columns, and those by which PostgreSQL writes and reads lines.
pub(crate) struct Statements {
    list: Vec<Statement>,
    cursor: Cell<Cursor>,
}

struct Statement {
    columns: Vec<Range<usize>>,
    /// Where each tuple begins, behind its bracket, or each line.
    tuples: Vec<usize>,
    end: usize,
    form: Form,
}

/// How the rows of a statement are written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// `(1, 'a'), (2, 'b')`
    Tuples,
    /// A line each, tabs between the values. Quotes are letters there.
    Lines,
}

impl Form {
    const fn delimiter(self) -> u8 {
        match self {
            Self::Tuples => b',',
            Self::Lines => b'\t',
        }
    }

    /// What ends the last value.
    const fn close(self) -> u8 {
        match self {
            Self::Tuples => b')',
            Self::Lines => b'\n',
        }
    }

    const fn quote(self) -> u8 {
        match self {
            Self::Tuples => b'\'',
            // It stands in no text.
            Self::Lines => 0xFF,
        }
    }
}

/// What stands between the columns and the tuples.
const WORDS: [&[u8]; 3] = [b"VALUES", b"values", b"Values"];
/// The same where lines follow.
const COPIES: [&[u8]; 2] = [b"FROM stdin;", b"from stdin;"];
const MAX_LIST: usize = 4 * 1024;
const MAX_TUPLE: usize = 16 * 1024;

impl Statements {
    pub(crate) fn find(text: &str) -> Self {
        let bytes = text.as_bytes();
        let places = |word: &'static [u8], form| memchr::memmem::find_iter(bytes, word).map(move |at| (at, form));
        let inserts = WORDS.into_iter().flat_map(|word| places(word, Form::Tuples));
        let copies = COPIES.into_iter().flat_map(|word| places(word, Form::Lines));
        let mut places: Vec<(usize, Form)> = inserts.chain(copies).collect();
        places.sort_unstable();
        let mut list: Vec<Statement> = Vec::new();
        for (at, form) in places {
            let rows = || match form {
                Form::Tuples => tuples(bytes, at + "VALUES".len()),
                Form::Lines => copied_lines(bytes, at + COPIES[0].len()),
            };
            if list.last().is_none_or(|last| last.end <= at)
                && let Some(columns) = columns(bytes, at)
                && let Some((tuples, end)) = rows()
            {
                list.push(Statement {
                    columns,
                    tuples,
                    end,
                    form,
                });
            }
        }
        Self {
            list,
            cursor: Cell::default(),
        }
    }

    /// The column that the value at `at` goes into.
    pub(crate) fn place<'t>(&self, text: &'t str, at: usize) -> Option<Place<'t>> {
        let statement = self
            .list
            .get(self.list.partition_point(|statement| statement.end <= at))?;
        let row = *statement.tuples[..statement.tuples.partition_point(|tuple| *tuple <= at)].last()?;
        if at - row > MAX_TUPLE {
            return None;
        }
        let form = statement.form;
        let cursor = self
            .cursor
            .get()
            .moved(text.as_bytes(), row, at, form.delimiter(), form.quote());
        self.cursor.set(cursor);
        Some(Place {
            header: text.get(statement.columns.get(cursor.column())?.clone())?,
            cell: cursor.cell(),
            row: None,
        })
    }
}

impl Statements {
    /// False where the name that ends at `end` stands in no list of columns.
    pub(crate) fn may_list(bytes: &[u8], end: usize) -> bool {
        let list = &bytes[end..bytes.len().min(end + MAX_LIST)];
        let close = list.iter().position(|byte| !is_in_list(*byte));
        close.is_some_and(|close| {
            list[close] == b')'
                && next(bytes, end + close + 1).is_some_and(|word| {
                    let rest = &bytes[word..];
                    WORDS.iter().chain(&COPIES).any(|word| rest.starts_with(word))
                })
        })
    }

    /// The values that go into the column of this name, without quotes and blanks.
    pub(crate) fn below(&self, text: &str, name: &Range<usize>) -> Vec<Range<usize>> {
        let bytes = text.as_bytes();
        let index = self.list.partition_point(|statement| statement.end <= name.start);
        let found = self.list.get(index).and_then(|statement| {
            let column = statement
                .columns
                .iter()
                .position(|column| bare(bytes, column.clone()) == *name)?;
            Some((statement, column))
        });
        let Some((statement, column)) = found else {
            return Vec::new();
        };
        let cell = |tuple: &usize| nth(bytes, *tuple, column, statement.form).map(|cell| bare(bytes, cell));
        statement.tuples.iter().filter_map(cell).collect()
    }
}

impl Statements {
    /// The name of each statement's table, where it is written, and its columns.
    pub(crate) fn headings<'t>(&self, text: &'t str) -> impl Iterator<Item = (Option<&'t str>, &[Range<usize>])> {
        let table = |statement: &Statement| table_before(text, statement.columns.first()?.start);
        self.list
            .iter()
            .map(move |statement| (table(statement), statement.columns.as_slice()))
    }

    /// Tells the values of some columns of a statement, without quotes and blanks; all by their numbers.
    pub(crate) fn values(
        &self,
        text: &str,
        statement: usize,
        columns: &[usize],
        each: &mut dyn FnMut(usize, Range<usize>),
    ) {
        let Some(statement) = self.list.get(statement) else {
            return;
        };
        let bytes = text.as_bytes();
        for (&tuple, &column) in statement
            .tuples
            .iter()
            .flat_map(|tuple| columns.iter().map(move |it| (tuple, it)))
        {
            if let Some(cell) = nth(bytes, tuple, column, statement.form) {
                each(column, bare(bytes, cell));
            }
        }
    }
}

/// `crm."customers"` of `INSERT INTO crm."customers" (`, whose list begins at `list`.
fn table_before(text: &str, list: usize) -> Option<&str> {
    let before = text.get(..list)?.strip_suffix('(')?.trim_end();
    let is_name = |it: char| it.is_alphanumeric() || "_.\"`[]$".contains(it);
    let name = before.rsplit(|it| !is_name(it)).next()?;
    (!name.is_empty()).then_some(name)
}

/// The n-th value of the tuple that begins at `start`.
fn nth(bytes: &[u8], start: usize, column: usize, form: Form) -> Option<Range<usize>> {
    let (mut cell, mut at, mut quoted) = (start, 0, false);
    for (offset, &byte) in bytes[start..].iter().enumerate().take(MAX_TUPLE) {
        quoted ^= byte == form.quote();
        if (byte == form.delimiter() || byte == form.close()) && !quoted {
            if at == column {
                return Some(cell..start + offset);
            }
            // Tuples may hold brackets of their own, and a line ends with its end.
            if form == Form::Lines && byte == form.close() {
                return None;
            }
            at += 1;
            cell = start + offset + 1;
        }
    }
    None
}

/// The names in the brackets that end before `at`.
fn columns(bytes: &[u8], at: usize) -> Option<Vec<Range<usize>>> {
    let from = at.saturating_sub(MAX_LIST);
    let close = from + bytes[from..at].iter().rposition(|byte| !is(*byte, SPACE))?;
    if bytes[close] != b')' {
        return None;
    }
    let open = from + memchr::memrchr(b'(', &bytes[from..close])?;
    let list = &bytes[open + 1..close];
    if !list.iter().all(|byte| is_in_list(*byte)) {
        return None;
    }
    let mut start = open + 1;
    let mut columns: Vec<_> = memchr::memchr_iter(b',', list)
        .map(|comma| {
            let column = start..open + 1 + comma;
            start = open + 2 + comma;
            column
        })
        .collect();
    columns.push(start..close);
    Some(columns)
}

/// True for what names of columns are made of, and for what stands between them.
fn is_in_list(byte: u8) -> bool {
    is(byte, ALNUM | HIGH | SPACE) || b"_,\"`'[].$\\-/#".contains(&byte)
}

/// Where the tuples behind `at` begin, and where the last one ends.
fn tuples(bytes: &[u8], at: usize) -> Option<(Vec<usize>, usize)> {
    let mut tuples = Vec::new();
    let mut at = at;
    while let Some(open) = next(bytes, at).filter(|open| bytes[*open] == b'(') {
        tuples.push(open + 1);
        let end = tuple_end(bytes, open + 1);
        at = end;
        match next(bytes, end) {
            Some(comma) if bytes[comma] == b',' => at = comma + 1,
            _ => break,
        }
    }
    (!tuples.is_empty()).then_some((tuples, at))
}

/// Where the lines behind a COPY begin, and where the last one ends: before `\.`, or an empty line.
fn copied_lines(bytes: &[u8], at: usize) -> Option<(Vec<usize>, usize)> {
    let mut lines = Vec::new();
    let mut start = at + memchr::memchr(b'\n', &bytes[at..])? + 1;
    while start < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |length| start + length);
        let line = bytes[start..end].trim_ascii();
        if line.is_empty() || line == b"\\." {
            break;
        }
        lines.push(start);
        start = bytes.len().min(end + 1);
    }
    (!lines.is_empty()).then_some((lines, start))
}

fn next(bytes: &[u8], at: usize) -> Option<usize> {
    bytes[at..]
        .iter()
        .position(|byte| !is(*byte, SPACE))
        .map(|skipped| at + skipped)
}

/// Behind the bracket that closes the tuple, quotes and inner brackets skipped.
fn tuple_end(bytes: &[u8], start: usize) -> usize {
    let mut quoted = false;
    let mut depth = 1;
    for (offset, &byte) in bytes[start..].iter().enumerate() {
        match byte {
            b'\'' => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return start + offset + 1;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column<'t>(text: &'t str, value: &str) -> Option<&'t str> {
        let at = text.find(value).expect("the value stands in the text");
        Statements::find(text).place(text, at).map(|place| place.header.trim())
    }

    #[test]
    fn a_value_stands_under_its_column() {
        let text = "INSERT INTO people (id, `name`, ssn)\nVALUES (1, 'O''Hara, A (jr)', '301-44-2290'),\n  (2, 'B', '162-43-1837');";
        assert_eq!(column(text, "301-44"), Some("ssn"));
        assert_eq!(column(text, "162-43"), Some("ssn"));
        assert_eq!(column(text, "'B'"), Some("`name`"));
        assert_eq!(column("insert into t(a,b) values(1,2)", "2)"), Some("b"));
    }

    #[test]
    fn a_copied_line_stands_under_the_columns() {
        let text = "COPY public.people (id, name, dob) FROM stdin;\n1\tO'Hara\t1958-02-28\n2\tB\t1960-01-02\n\\.\nx";
        assert_eq!(column(text, "1958"), Some("dob"));
        assert_eq!(column(text, "1960"), Some("dob"));
        assert_eq!(column(text, "O'H"), Some("name"));
        assert_eq!(column(text, "\\."), None);
    }

    #[test]
    fn other_brackets_name_nothing() {
        assert_eq!(column("INSERT INTO t VALUES (1, 77)", "77"), None);
        assert_eq!(column("max(values) and (1, 77)", "77"), None);
        assert_eq!(column("insert into t(a) values (1); select 77", "77"), None);
    }
}
