//! Values of a sketch in a text.

use std::collections::VecDeque;
use std::ops::Range;

use weir_detect::Recogniser;
use weir_model::{Confidence, DataType, Match};

use crate::shape::is_telling;
use crate::sketch::Sketch;
use crate::words::{Word, Words};

/// Words that one value may have in a text.
const MOST_WORDS: usize = 16;
/// Values before one that are asked whether they stand in its row.
const MOST_NEIGHBOURS: usize = 64;

/// What a sketch is used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What its values are.
    pub data_type: DataType,
    /// Names of the columns that count; empty: all of them.
    pub columns: Vec<String>,
    /// Columns of one row that must stand near each other.
    pub together: usize,
    /// How near, in characters.
    pub distance: usize,
    /// How sure a value is that stands without others of its row: `Some(None)`, it is none; `None`, as usual: sure when one
    /// is enough and it has four digits or an `@`, else low.
    pub alone: Option<Option<Confidence>>,
}

impl Settings {
    /// One value of any column is enough.
    #[must_use]
    pub fn new(data_type: DataType) -> Self {
        Self {
            data_type,
            columns: Vec::new(),
            together: 1,
            distance: 300,
            alone: None,
        }
    }
}

/// Settings that a sketch cannot serve.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// It has no such column.
    #[error("the sketch has no column `{0}`")]
    Column(String),
    /// It was made without `--together`.
    #[error("the sketch does not know which values stand in one row: build it with `--together`")]
    Rows,
    /// More columns together than there are.
    #[error("{together} columns cannot stand together: {columns} count")]
    Together {
        /// As many are asked for.
        together: usize,
        /// As many there are.
        columns: usize,
    },
}

/// A sketch that is asked about every text.
pub struct Voice {
    sketch: Sketch,
    settings: Settings,
    columns: Vec<usize>,
    longest: usize,
}

/// A value of the sketch at its place.
struct Hit {
    span: Range<usize>,
    column: usize,
    digest: u64,
    telling: bool,
    /// One bit for each other column of whose row a value stands nearby.
    row: u8,
}

impl Voice {
    /// # Errors
    /// When the sketch has not what the settings ask for.
    pub fn new(sketch: Sketch, settings: Settings) -> Result<Self, SettingsError> {
        let names: Vec<&str> = sketch.column_names().collect();
        let number = |name: &String| {
            let found = names.iter().position(|known| known == name);
            found.ok_or_else(|| SettingsError::Column(name.clone()))
        };
        let columns: Vec<usize> = match settings.columns.is_empty() {
            true => (0..names.len()).collect(),
            false => settings.columns.iter().map(number).collect::<Result<_, _>>()?,
        };
        if settings.together > columns.len() {
            return Err(SettingsError::Together {
                together: settings.together,
                columns: columns.len(),
            });
        }
        if settings.together > 1 && !sketch.knows_rows() {
            return Err(SettingsError::Rows);
        }
        let longest = columns.iter().map(|column| sketch.shape(*column).longest()).max();
        Ok(Self {
            sketch,
            settings,
            columns,
            longest: longest.unwrap_or_default(),
        })
    }

    fn hits(&self, text: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut reading = Reading::default();
        let mut words = Words::of(text);
        while reading.next(&mut words) {
            self.look(&reading, text, &mut hits);
        }
        hits
    }

    /// Looks up the runs of words that end with the last one.
    fn look(&self, reading: &Reading, text: &str, hits: &mut Vec<Hit>) {
        let Some(last) = reading.words.back() else { return };
        let (mut digits, mut at) = (0, false);
        for (number, first) in reading.words.iter().enumerate().rev() {
            let length = last.letters.end - first.letters.start;
            if length > self.longest {
                return;
            }
            digits += first.digits;
            let may = |column: &&usize| self.sketch.shape(**column).admits(length, digits, at);
            let mut columns = self.columns.iter().filter(may).peekable();
            if columns.peek().is_some() && !(at && reading.is_glued(number, text)) {
                let digest = self
                    .sketch
                    .digest(&reading.letters[first.letters.start..last.letters.end]);
                let found = columns.filter(|column| self.sketch.has_digest(**column, digest));
                hits.extend(found.map(|column| Hit {
                    span: first.span.start..last.span.end,
                    column: *column,
                    digest,
                    telling: is_telling(length, digits, at),
                    row: 0,
                }));
            }
            at |= first.at;
        }
    }

    /// Marks values of one row that stand near each other.
    fn join_rows(&self, text: &str, hits: &mut [Hit]) {
        for number in 1..hits.len() {
            let (before, rest) = hits.split_at_mut(number);
            let hit = &mut rest[0];
            for other in before.iter_mut().rev().take(MOST_NEIGHBOURS) {
                if other.span.end > hit.span.start || other.column == hit.column {
                    continue;
                }
                if !is_near(text, other.span.end..hit.span.start, self.settings.distance) {
                    break;
                }
                if self
                    .sketch
                    .has_pair((hit.column, hit.digest), (other.column, other.digest))
                {
                    hit.row |= 1 << other.column;
                    other.row |= 1 << hit.column;
                }
            }
        }
    }

    fn confidence(&self, hit: &Hit) -> Option<Confidence> {
        let together = 1 + hit.row.count_ones() as usize;
        if together > 1 && together >= self.settings.together {
            return Some(Confidence::High);
        }
        self.settings
            .alone
            .unwrap_or(Some(match self.settings.together <= 1 && hit.telling {
                true => Confidence::High,
                false => Confidence::Low,
            }))
    }
}

impl Recogniser for Voice {
    fn is_fast(&self) -> bool {
        true
    }

    fn why(&self, data_type: &DataType) -> Option<String> {
        (*data_type == self.settings.data_type).then(|| {
            let names: Vec<&str> = self.sketch.column_names().collect();
            let columns: Vec<&str> = self.columns.iter().map(|column| names[*column]).collect();
            format!("a value of a table, in its column {}", columns.join(" or "))
        })
    }

    fn recognise(&self, text: &str) -> Vec<Match> {
        let mut hits = self.hits(text);
        if self.sketch.knows_rows() {
            hits.sort_by_key(|hit| (hit.span.start, hit.span.end));
            self.join_rows(text, &mut hits);
        }
        let sure = hits
            .into_iter()
            .filter_map(|hit| Some((self.confidence(&hit)?, hit.span)));
        sure.map(|(confidence, span)| Match {
            data_type: self.settings.data_type.clone(),
            span,
            confidence,
        })
        .collect()
    }
}

/// The last words of a text under way.
#[derive(Default)]
struct Reading {
    words: VecDeque<Word>,
    letters: Vec<u8>,
}

impl Reading {
    /// Letters of words that are gone are dropped when there are this many.
    const STALE: usize = 4096;

    fn next(&mut self, words: &mut Words<'_>) -> bool {
        self.drop_stale();
        let Some(word) = words.next_into(&mut self.letters) else {
            return false;
        };
        if word.apart {
            self.words.clear();
        }
        if self.words.len() == MOST_WORDS {
            self.words.pop_front();
        }
        self.words.push_back(word);
        true
    }

    fn drop_stale(&mut self) {
        let stale = self.words.front().map_or(0, |word| word.letters.start);
        if stale > Self::STALE {
            self.letters.drain(..stale);
            for word in &mut self.words {
                word.letters = word.letters.start - stale..word.letters.end - stale;
            }
        }
    }

    /// True when the run from this word on is a part of a longer address.
    fn is_glued(&self, first: usize, text: &str) -> bool {
        let (Some(first_word), Some(last)) = (self.words.get(first), self.words.back()) else {
            return false;
        };
        let glue = |byte: Option<&u8>| byte.is_some_and(|byte| b"._-+%".contains(byte));
        let bytes = text.as_bytes();
        let start = first_word.span.start;
        let before = start > 1 && glue(bytes.get(start - 1)) && is_inner(bytes[start - 2]);
        let end = last.span.end;
        before || glue(bytes.get(end)) && bytes.get(end + 1).copied().is_some_and(is_inner)
    }
}

fn is_inner(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

fn is_near(text: &str, between: Range<usize>, distance: usize) -> bool {
    between.len() <= distance
        || between.len() <= 4 * distance && text.get(between).is_some_and(|text| text.chars().count() <= distance)
}
