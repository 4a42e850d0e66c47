//! INSERT and COPY statements in a text: the n-th column of the list is context for the n-th value of each tuple or line.

use crate::classes::{ALNUM, HIGH, SPACE, is};
use crate::tables::{Cursor, Place, bare};
use std::cell::{Cell, LazyCell};
use std::collections::HashMap;
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
        let defined = LazyCell::new(|| definitions(bytes));
        // Rows whose columns nobody names are read once and no more, however many statements stand in them.
        let mut spent = 0;
        let mut list: Vec<Statement> = Vec::new();
        for (at, form) in places {
            let rows = || match form {
                Form::Tuples => tuples(bytes, at + "VALUES".len()),
                Form::Lines => copied_lines(bytes, at + COPIES[0].len()),
            };
            if list.last().is_none_or(|last| last.end <= at)
                && let Some((columns, (tuples, end))) = match columns(bytes, at) {
                    Some(columns) => rows().map(|rows| (columns, rows)),
                    None if form == Form::Tuples && spent <= bytes.len() => {
                        told(bytes, at, &defined).map_err(|read| spent += read).ok()
                    }
                    None => None,
                }
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

/// The columns and rows of `INSERT INTO patients VALUES (…)`: the table was created above, or a comment beside the
/// statement names its columns, as many as the first row has values. Else how many bytes were read in vain.
fn told(bytes: &[u8], at: usize, defined: &HashMap<&[u8], Columns>) -> Result<(Columns, (Vec<usize>, usize)), usize> {
    const REACH: usize = 96;
    let from = at.saturating_sub(REACH);
    let place =
        |insert: &&[u8]| memchr::memmem::rfind(&bytes[from..at], insert).map(|place| from + place + insert.len());
    let name = INSERTS.iter().find_map(place).ok_or(REACH)?;
    let window = &bytes[..bytes.len().min(at + MAX_ROWS)];
    let (tuples, end) = tuples(window, at + "VALUES".len()).ok_or(REACH)?;
    let first = tuples.first().copied().unwrap_or(end);
    let count = count_cells(window, first, tuple_end(window, first).saturating_sub(1).max(first));
    let fits = |columns: &Columns| columns.len() == count;
    let above = defined
        .get(last_name(bytes[name..at].trim_ascii()))
        .filter(|columns| fits(columns));
    let columns = above.cloned().or_else(|| commented(bytes, name, end).filter(fits));
    columns.map(|columns| (columns, (tuples, end))).ok_or(end - at)
}

/// Most of a statement that is read where its columns stand elsewhere.
const MAX_ROWS: usize = 1024 * 1024;

type Columns = Vec<Range<usize>>;

/// What stands before the name of a table that rows go into.
pub(crate) const INSERTS: [&[u8]; 2] = [b"INSERT INTO ", b"insert into "];

/// `patients` of ``crm.`patients` ``.
fn last_name(name: &[u8]) -> &[u8] {
    let name = name.rsplit(|byte| *byte == b'.').next().unwrap_or(name);
    let bare = bare(name, 0..name.len());
    name.get(bare).unwrap_or(name)
}

/// How many values stand in a tuple.
fn count_cells(bytes: &[u8], start: usize, end: usize) -> usize {
    let (mut quoted, mut depth, mut commas) = (false, 0, 0);
    for byte in &bytes[start..end] {
        match byte {
            b'\'' => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth -= 1,
            b',' if !quoted && depth == 0 => commas += 1,
            _ => {}
        }
    }
    commas + 1
}

/// The names of `-- columns: id, name, dob` on the line above the statement or on the line below it.
fn commented(bytes: &[u8], statement: usize, end: usize) -> Option<Columns> {
    let line_start = |at: usize| memchr::memrchr(b'\n', &bytes[at.saturating_sub(MAX_LIST)..at]);
    let own = line_start(statement).map(|at| statement.saturating_sub(MAX_LIST) + at);
    let above = own.and_then(|own| line_start(own).map(|at| own.saturating_sub(MAX_LIST) + at + 1..own));
    let above = above.or_else(|| own.filter(|own| *own <= MAX_LIST).map(|own| 0..own));
    let below = memchr::memchr(b'\n', &bytes[end..bytes.len().min(end + 4)]).map(|at| {
        let start = end + at + 1;
        let rest = &bytes[start..bytes.len().min(start + MAX_LIST)];
        start..start + memchr::memchr(b'\n', rest).unwrap_or(rest.len())
    });
    [above, below].into_iter().flatten().find_map(|line| {
        const LEADS: [&[u8]; 4] = [b"-- columns: ", b"-- Columns: ", b"-- fields: ", b"-- cols: "];
        let lead = LEADS.iter().find(|lead| bytes[line.clone()].starts_with(lead))?;
        Some(items(bytes, line.start + lead.len()..line.end))
    })
}

/// The parts between commas outside of brackets.
fn items(bytes: &[u8], list: Range<usize>) -> Columns {
    let (mut start, mut depth, mut found) = (list.start, 0, Vec::new());
    for at in list.clone() {
        match bytes[at] {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b',' if depth == 0 => {
                found.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(start..list.end);
    found
}

/// The columns of each table that the text creates, by its name.
fn definitions(bytes: &[u8]) -> HashMap<&[u8], Columns> {
    const CREATES: [&[u8]; 2] = [b"CREATE TABLE ", b"create table "];
    let places = CREATES.into_iter().flat_map(|create| {
        let found = memchr::memmem::find_iter(bytes, create);
        found.map(move |at| at + create.len())
    });
    let mut places: Vec<usize> = places.collect();
    places.sort_unstable();
    let (mut found, mut read) = (HashMap::new(), 0);
    for at in places {
        if at >= read
            && let Some((name, columns, end)) = definition(bytes, at)
        {
            found.insert(name, columns);
            read = end;
        }
    }
    found
}

/// `patients (id int, dob date, PRIMARY KEY (id))`: the name, the columns without their types, and where it ends.
fn definition(bytes: &[u8], at: usize) -> Option<(&[u8], Columns, usize)> {
    const OTHERS: [&[u8]; 8] = [
        b"PRIMARY",
        b"KEY",
        b"UNIQUE",
        b"CONSTRAINT",
        b"FOREIGN",
        b"INDEX",
        b"CHECK",
        b"FULLTEXT",
    ];
    let head = &bytes[at..bytes.len().min(at + MAX_LIST)];
    let open = memchr::memchr(b'(', head)?;
    let name = head[..open].trim_ascii().rsplit(|byte| *byte == b' ').next()?;
    let body = at + open + 1;
    let end = tuple_end(&bytes[..bytes.len().min(body + MAX_TUPLE)], body);
    let word = |item: Range<usize>| {
        let start = item.start + bytes[item.clone()].iter().take_while(|byte| is(**byte, SPACE)).count();
        let length = bytes[start..item.end]
            .iter()
            .take_while(|byte| !is(**byte, SPACE))
            .count();
        bare(bytes, start..start + length)
    };
    let columns = items(bytes, body..end.saturating_sub(1).max(body))
        .into_iter()
        .map(word);
    let is_column = |column: &Range<usize>| {
        !OTHERS
            .iter()
            .any(|other| bytes[column.clone()].eq_ignore_ascii_case(other))
    };
    Some((last_name(name), columns.filter(is_column).collect(), end))
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
    fn a_table_that_was_created_names_its_values() {
        let text = "CREATE TABLE `patients` (\n  `id` int NOT NULL,\n  `fee` decimal(10,2),\n  `dob` date,\n  PRIMARY KEY (`id`)\n);\nINSERT INTO `patients` VALUES (1,2.50,'1958-02-28'),(2,3.00,'1960-01-02');";
        assert_eq!(column(text, "1958"), Some("dob"));
        assert_eq!(column(text, "1960"), Some("dob"));
        assert_eq!(column(text, "2.50"), Some("fee"));
        let fewer = "CREATE TABLE p (id int, dob date);\nINSERT INTO p VALUES (1, 2, '1958-02-28');";
        assert_eq!(column(fewer, "1958"), None);
        let other = "CREATE TABLE p (id int, dob date);\nINSERT INTO q VALUES (1, '1958-02-28');";
        assert_eq!(column(other, "1958"), None);
    }

    #[test]
    fn a_comment_beside_a_statement_names_its_values() {
        let below = "INSERT INTO p VALUES (7,'Weir, A','1958-02-28');\n-- columns: id, name, dob\n";
        assert_eq!(column(below, "1958"), Some("dob"));
        let above = "-- columns: id, dob\nINSERT INTO p VALUES (7,'1958-02-28');";
        assert_eq!(column(above, "1958"), Some("dob"));
        let fewer = "INSERT INTO p VALUES (7,'1958-02-28');\n-- columns: id, name, dob\n";
        assert_eq!(column(fewer, "1958"), None);
    }

    #[test]
    fn other_brackets_name_nothing() {
        assert_eq!(column("INSERT INTO t VALUES (1, 77)", "77"), None);
        assert_eq!(column("max(values) and (1, 77)", "77"), None);
        assert_eq!(column("insert into t(a) values (1); select 77", "77"), None);
    }
}
