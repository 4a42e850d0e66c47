//! Rows of a table to the bytes of a sketch, and back to what can be asked.

use serde::{Deserialize, Serialize};

use crate::container::{FormatError, Opened, open, seal};
use crate::fuse::{FALSE_POSITIVES, Fuse, MOST_KEYS};
use crate::key::{Digests, Key, Salt};
use crate::shape::{LENGTHS, Shape};
use crate::words::Canonical;

const MAGIC: [u8; 8] = *b"weir-skt";
const PURPOSE: &str = "rows";

/// Columns that one sketch may have: each pair of them takes as much as a column.
pub const MAX_COLUMNS: usize = 8;

/// What stands in tables where nothing is known, run together.
const PLACEHOLDERS: &[&str] = &[
    "null",
    "none",
    "nan",
    "unknown",
    "undefined",
    "notavailable",
    "notapplicable",
    "notprovided",
    "tbd",
    "nil",
    "empty",
    "anonymous",
];

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    rows: u64,
    columns: Vec<Column>,
    /// Which values stand in one row is in the filter as well.
    together: bool,
    /// Entries of the filter.
    entries: u64,
    /// In hexadecimal digits.
    salt: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Column {
    name: String,
    values: u64,
    shape: Shape,
}

/// A sketch, ready to be asked.
pub struct Sketch {
    head: Head,
    digests: Digests,
    filter: Fuse,
}

/// What anybody can read of a sketch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SketchInfo {
    /// Rows that were read.
    pub rows: u64,
    /// The columns, in their order.
    pub columns: Vec<ColumnInfo>,
    /// It knows which values stand in one row.
    pub together: bool,
    /// Entries of the filter: values, and pairs of values of one row.
    pub entries: u64,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// The chance that a value which is in no row is taken for one of a column.
    pub false_positives: f64,
}

/// What anybody can read of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnInfo {
    /// Its name in the table.
    pub name: String,
    /// Different values.
    pub values: u64,
}

/// Why there is no sketch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// Between one and [`MAX_COLUMNS`].
    #[error("a sketch has between one column and {MAX_COLUMNS}, and {0} are named")]
    Columns(usize),
    /// More than a filter may hold.
    #[error("there are more than {MOST_KEYS} values")]
    TooMany,
    /// Not one value that a text could repeat.
    #[error("no row has a value of 3 to 127 letters and digits")]
    Empty,
}

/// A sketch that was made.
pub struct Built {
    /// The file.
    pub bytes: Vec<u8>,
    /// What is in it.
    pub info: SketchInfo,
    /// Cells left out by column: they hold nothing, a placeholder, or fewer than 3 or more than 127 letters and digits.
    pub left_out: Vec<u64>,
}

/// Takes the rows of a table one after another. Nothing of a row is kept but eight bytes for each value and pair.
pub struct Builder<'k> {
    key: &'k Key,
    salt: Salt,
    digests: Digests,
    together: bool,
    rows: u64,
    columns: Vec<Values>,
    pairs: Vec<u64>,
}

struct Values {
    name: String,
    shape: Shape,
    digests: Vec<u64>,
    left_out: u64,
}

impl<'k> Builder<'k> {
    /// For a table with these columns. With `together`, which values stand in one row is kept as well.
    ///
    /// # Errors
    /// [`BuildError::Columns`].
    pub fn new(columns: &[String], together: bool, key: &'k Key, salt: Salt) -> Result<Self, BuildError> {
        if columns.is_empty() || columns.len() > MAX_COLUMNS {
            return Err(BuildError::Columns(columns.len()));
        }
        let columns = columns.iter().map(|name| Values {
            name: name.clone(),
            shape: Shape::default(),
            digests: Vec::new(),
            left_out: 0,
        });
        Ok(Self {
            key,
            salt,
            digests: key.digests(PURPOSE, &salt),
            together,
            rows: 0,
            columns: columns.collect(),
            pairs: Vec::new(),
        })
    }

    /// Takes one row: its cells in the order of the columns. Cells beyond them are ignored.
    pub fn row<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) {
        self.rows += 1;
        let mut row: Vec<(usize, u64)> = Vec::new();
        for (number, (cell, values)) in cells.into_iter().zip(&mut self.columns).enumerate() {
            match Canonical::of(cell).filter(can_be_found) {
                Some(value) => {
                    let digest = self.digests.of(&value.letters);
                    values.shape.widen(&value);
                    values.digests.push(self.digests.in_column(digest, number));
                    row.push((number, digest));
                }
                None => values.left_out += 1,
            }
        }
        if self.together {
            for (number, one) in row.iter().enumerate() {
                let others = row[number + 1..].iter();
                self.pairs
                    .extend(others.map(|other| self.digests.of_pair(*one, *other)));
            }
        }
    }

    /// The sketch of all rows.
    ///
    /// # Errors
    /// When there are no values, or too many.
    pub fn finish(mut self) -> Result<Built, BuildError> {
        let mut keys = self.pairs;
        let mut columns = Vec::new();
        for values in &mut self.columns {
            values.digests.sort_unstable();
            values.digests.dedup();
            keys.append(&mut values.digests.clone());
            columns.push(Column {
                name: values.name.clone(),
                values: values.digests.len() as u64,
                shape: values.shape.clone(),
            });
            values.digests = Vec::new();
        }
        if columns.iter().all(|column| column.values == 0) {
            return Err(BuildError::Empty);
        }
        let filter = Fuse::build(&mut keys).ok_or(BuildError::TooMany)?;
        let mut body = Vec::new();
        filter.write(&mut body);
        let head = Head {
            rows: self.rows,
            columns,
            together: self.together,
            entries: keys.len() as u64,
            salt: hex::encode(self.salt),
        };
        let bytes = seal(MAGIC, &head, &body, self.key);
        Ok(Built {
            info: head.info(bytes.len()),
            left_out: self.columns.iter().map(|values| values.left_out).collect(),
            bytes,
        })
    }
}

fn can_be_found(value: &Canonical) -> bool {
    let letters = value.letters.as_slice();
    LENGTHS.contains(&letters.len()) && !PLACEHOLDERS.iter().any(|placeholder| placeholder.as_bytes() == letters)
}

impl Head {
    fn info(&self, bytes: usize) -> SketchInfo {
        let columns = self.columns.iter().map(|column| ColumnInfo {
            name: column.name.clone(),
            values: column.values,
        });
        SketchInfo {
            rows: self.rows,
            columns: columns.collect(),
            together: self.together,
            entries: self.entries,
            bytes: bytes as u64,
            false_positives: FALSE_POSITIVES,
        }
    }

    fn check(self) -> Result<Self, FormatError> {
        match (1..=MAX_COLUMNS).contains(&self.columns.len()) {
            true => Ok(self),
            false => Err(FormatError::Head),
        }
    }
}

impl SketchInfo {
    /// What a file says of itself. Nobody has vouched for it: that takes the key.
    ///
    /// # Errors
    /// When it is no sketch.
    pub fn read(bytes: &[u8]) -> Result<Self, FormatError> {
        let opened: Opened<'_, Head> = open(MAGIC, bytes)?;
        Fuse::read(opened.body).ok_or(FormatError::Body)?;
        Ok(opened.head.check()?.info(bytes.len()))
    }
}

impl Sketch {
    /// Reads a file that this key has made.
    ///
    /// # Errors
    /// When it is no sketch, damaged, or made with another key.
    pub fn read(bytes: &[u8], key: &Key) -> Result<Self, FormatError> {
        let opened: Opened<'_, Head> = open(MAGIC, bytes)?;
        opened.verify(key)?;
        Self::of(opened, key)
    }

    /// The same without asking who made it: a reader must not depend on an honest writer.
    pub(crate) fn read_unverified(bytes: &[u8], key: &Key) -> Result<Self, FormatError> {
        Self::of(open(MAGIC, bytes)?, key)
    }

    fn of(opened: Opened<'_, Head>, key: &Key) -> Result<Self, FormatError> {
        let head = opened.head.check()?;
        let mut salt = Salt::default();
        hex::decode_to_slice(&head.salt, &mut salt).map_err(|_| FormatError::Head)?;
        Ok(Self {
            digests: key.digests(PURPOSE, &salt),
            filter: Fuse::read(opened.body).ok_or(FormatError::Body)?,
            head,
        })
    }

    /// True when a column has this value, however it is written; rarely also when it has not.
    #[must_use]
    pub fn has(&self, column: &str, value: &str) -> bool {
        let number = self.head.columns.iter().position(|known| known.name == column);
        let value = Canonical::of(value).filter(can_be_found);
        number.zip(value).is_some_and(|(number, value)| {
            let digest = self.digest(&value.letters);
            self.has_digest(number, digest)
        })
    }

    pub(crate) fn column_names(&self) -> impl Iterator<Item = &str> {
        self.head.columns.iter().map(|column| column.name.as_str())
    }

    pub(crate) fn shape(&self, column: usize) -> &Shape {
        &self.head.columns[column].shape
    }

    /// It knows which values stand in one row.
    pub(crate) fn knows_rows(&self) -> bool {
        self.head.together
    }

    pub(crate) fn digest(&self, letters: &[u8]) -> u64 {
        self.digests.of(letters)
    }

    pub(crate) fn has_digest(&self, column: usize, digest: u64) -> bool {
        self.filter.contains(self.digests.in_column(digest, column))
    }

    pub(crate) fn has_pair(&self, one: (usize, u64), other: (usize, u64)) -> bool {
        self.filter.contains(self.digests.of_pair(one, other))
    }
}
