//! A table as people export it: a header, then rows, in a file that may be larger than memory.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use csv::{ByteRecord, Reader, ReaderBuilder};

/// Characters that set cells apart, where nobody says which.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];
/// A header is looked at as far as this.
const PEEKED: usize = 64 * 1024;

/// Rows of a table, each the wanted cells of one.
pub(super) struct Table {
    reader: Reader<Box<dyn Read>>,
    wanted: Vec<usize>,
    record: ByteRecord,
}

/// What is wrong with a table, to be said behind its name. Holds nothing of its cells.
#[derive(Debug)]
pub(super) struct TableError {
    line: Option<u64>,
    said: String,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, ":{line}: {}", self.said),
            None => write!(f, ": {}", self.said),
        }
    }
}

impl Table {
    /// Reads the header and finds the columns in it.
    pub(super) fn open(input: Box<dyn Read>, delimiter: Option<u8>, columns: &[String]) -> Result<Self, TableError> {
        let mut input = BufReader::with_capacity(PEEKED, input);
        let start = input.fill_buf().map_err(|error| unread(&error))?;
        let delimiter = delimiter.unwrap_or_else(|| guess(start));
        let mark = start.starts_with(b"\xef\xbb\xbf");
        if mark {
            input.consume(3);
        }
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .from_reader(Box::new(input) as Box<dyn Read>);
        let header = reader.byte_headers().map_err(|error| wrong(&error))?.clone();
        let names: Vec<String> = header
            .iter()
            .map(|name| String::from_utf8_lossy(name).trim().to_owned())
            .collect();
        let wanted = columns.iter().map(|column| find(column, &names));
        Ok(Self {
            wanted: wanted.collect::<Result<_, _>>()?,
            reader,
            record: ByteRecord::new(),
        })
    }

    /// The wanted cells of the next row, in the order of the columns.
    pub(super) fn next_row(&mut self) -> Result<Option<impl Iterator<Item = &str>>, TableError> {
        if !self
            .reader
            .read_byte_record(&mut self.record)
            .map_err(|error| wrong(&error))?
        {
            return Ok(None);
        }
        let line = self.record.position().map(csv::Position::line);
        let cells = self.wanted.iter().map(|at| self.record.get(*at).unwrap_or_default());
        let cells: Result<Vec<&str>, _> = cells.map(std::str::from_utf8).collect();
        match cells {
            Ok(cells) => Ok(Some(cells.into_iter())),
            Err(_) => Err(TableError {
                line,
                said: "a cell is not UTF-8".to_owned(),
            }),
        }
    }
}

fn find(column: &str, names: &[String]) -> Result<usize, TableError> {
    let exact = names.iter().position(|name| name == column);
    let found = exact.or_else(|| names.iter().position(|name| name.eq_ignore_ascii_case(column)));
    found.ok_or_else(|| {
        let known: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        TableError {
            line: Some(1),
            said: format!("there is no column `{column}`, but {}", known.join(", ")),
        }
    })
}

/// The delimiter that the first line has most of.
fn guess(start: &[u8]) -> u8 {
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: &u8| line.iter().filter(|byte| *byte == delimiter).count();
    // Of equals the last one counts, and the comma is what people mean.
    DELIMITERS.into_iter().rev().max_by_key(count).unwrap_or(b',')
}

fn unread(error: &io::Error) -> TableError {
    TableError {
        line: None,
        said: format!("cannot be read: {error}"),
    }
}

fn wrong(error: &csv::Error) -> TableError {
    let line = error.position().map(csv::Position::line);
    let said = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("the row has {len} cells, and the header has {expected_len}")
        }
        csv::ErrorKind::Io(error) => format!("cannot be read: {error}"),
        _ => "this is no row of a table".to_owned(),
    };
    TableError { line, said }
}

#[cfg(test)]
mod tests {
    use super::Table;

    fn read(text: &str, columns: &[&str]) -> Result<Vec<Vec<String>>, String> {
        let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
        let input = Box::new(std::io::Cursor::new(text.to_owned()));
        let mut table = Table::open(input, None, &columns).map_err(|error| error.to_string())?;
        let mut rows = Vec::new();
        while let Some(row) = table.next_row().map_err(|error| error.to_string())? {
            rows.push(row.map(str::to_owned).collect());
        }
        Ok(rows)
    }

    #[test]
    fn tables_are_read_as_people_export_them() {
        assert_eq!(
            read("\u{feff}id,Name,email\n1,\"A, B\",a@b.c\n", &["email", "name"]),
            Ok(vec![vec!["a@b.c".to_owned(), "A, B".to_owned()]])
        );
        assert_eq!(read("a;b\r\n1;2\r\n", &["b"]), Ok(vec![vec!["2".to_owned()]]));
        assert_eq!(read("a\tb\n1\t2\n", &["a"]), Ok(vec![vec!["1".to_owned()]]));
    }

    #[test]
    fn what_is_wrong_is_said_at_its_line_without_a_cell() {
        let mail = read("id,email\n1,a@b.c\n2,secret,3\n", &["email"]);
        assert_eq!(mail, Err(":3: the row has 3 cells, and the header has 2".to_owned()));
        let missing = read("id,mail\n", &["email"]);
        assert_eq!(
            missing,
            Err(":1: there is no column `email`, but `id`, `mail`".to_owned())
        );
    }
}
