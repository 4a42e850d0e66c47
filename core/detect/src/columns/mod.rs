//! Columns of a company's own tables: a value under the name of one has that column's type, in CSV, Markdown, what database
//! clients print, HTML, INSERT statements and JSON.
//!
//! Many tables have a column `id` or `name`. Whether one is meant is told by what names the table: the statement, the
//! heading (`customers.email`), the key around an object, or the words before; else by how many columns it shares.

mod objects;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use weir_model::{Confidence, DataType, Match, SheetColumn};

use crate::custom::Recogniser;
use crate::grids::Grids;
use crate::statements::Statements;
use crate::tables::AllTables;
use objects::{Object, objects};

/// Bytes before a table in which its name is looked for.
const BEFORE: usize = 300;
/// Values of a column that is doubtful which are told.
const MOST_DOUBTFUL: usize = 16;

/// The columns of classification sheets.
pub struct Columns {
    columns: Vec<SheetColumn>,
    /// By its name as it is compared.
    by_name: HashMap<String, Vec<usize>>,
    /// By the names of table and column run together.
    by_both: HashMap<String, Vec<usize>>,
    /// The columns of each table.
    tables: HashMap<String, HashSet<String>>,
    /// A part of each name: a text that holds none of them has no such column.
    parts: AhoCorasick,
}

/// How sure it is that a heading is this column; the last is the surest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// It has the name.
    Alone,
    /// Two columns of the table stand here.
    Two,
    /// Three of them or more.
    Several,
    /// Its table is named, or any table will do.
    Named,
}

impl Standing {
    const fn confidence(self) -> Confidence {
        match self {
            Standing::Alone => Confidence::Low,
            Standing::Two => Confidence::Medium,
            Standing::Several | Standing::Named => Confidence::High,
        }
    }
}

/// A heading that is a column of a sheet.
#[derive(Clone, Copy)]
struct Known {
    heading: usize,
    column: usize,
    standing: Standing,
}

impl Columns {
    /// `None` when there are no columns to look for, or too many names to look for at once.
    #[must_use]
    pub fn new(columns: Vec<SheetColumn>) -> Option<Self> {
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_both: HashMap<String, Vec<usize>> = HashMap::new();
        let mut tables: HashMap<String, HashSet<String>> = HashMap::new();
        let mut parts = HashSet::new();
        for (number, column) in columns.iter().enumerate() {
            let name = compared(&column.column);
            if name.is_empty() {
                continue;
            }
            parts.insert(longest_part(&column.column));
            if let Some(table) = &column.table {
                let table = compared(table);
                by_both.entry(format!("{table}{name}")).or_default().push(number);
                tables.entry(table).or_default().insert(name.clone());
            }
            by_name.entry(name).or_default().push(number);
        }
        let parts = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .build(parts)
            .ok()?;
        columns.iter().any(|column| column.is_looked_for).then_some(Self {
            columns,
            by_name,
            by_both,
            tables,
            parts,
        })
    }

    /// Which headings of one table are columns of the sheets. `named` says of a table's name whether it is named here.
    fn known(&self, headings: &[&str], named: &dyn Fn(&str) -> bool) -> Vec<Known> {
        let headings: Vec<Heading> = headings.iter().map(|heading| Heading::of(heading)).collect();
        let all = headings.iter().filter(|heading| !heading.name.is_empty()).count();
        let mut shared: HashMap<&str, usize> = HashMap::new();
        let mut known = Vec::new();
        for (number, heading) in headings.iter().enumerate() {
            let names = self.by_name.get(&heading.name).into_iter().flatten();
            let both = self.by_both.get(&heading.whole).into_iter().flatten();
            let candidates: BTreeSet<usize> = names.chain(both).copied().collect();
            let mut own: Vec<Known> = Vec::new();
            for column in candidates {
                let standing = self.standing(
                    heading,
                    column,
                    named,
                    &mut |table| *shared.entry(table).or_insert_with(|| self.shared(table, &headings)),
                    all,
                );
                own.extend(standing.map(|standing| Known {
                    heading: number,
                    column,
                    standing,
                }));
            }
            let best = own.iter().map(|one| one.standing).max();
            own.retain(|one| Some(one.standing) == best && self.columns[one.column].is_looked_for);
            known.extend(own);
        }
        known
    }

    fn standing<'s>(
        &'s self,
        heading: &Heading,
        column: usize,
        named: &dyn Fn(&str) -> bool,
        shared: &mut dyn FnMut(&'s str) -> usize,
        all: usize,
    ) -> Option<Standing> {
        let column = &self.columns[column];
        let Some(table) = &column.table else {
            return Some(Standing::Named);
        };
        let (table, _) = self.tables.get_key_value(&compared(table))?;
        match &heading.table {
            Some(written) if written == table => return Some(Standing::Named),
            // The column of another table; a name that nobody knows is an alias.
            Some(written) if self.tables.contains_key(written) => return None,
            _ => {}
        }
        if heading.whole == format!("{table}{}", compared(&column.column)) || named(table) {
            return Some(Standing::Named);
        }
        let shared = shared(table);
        Some(match shared {
            _ if shared * 2 < all => Standing::Alone,
            0 | 1 => Standing::Alone,
            2 => Standing::Two,
            _ => Standing::Several,
        })
    }

    /// How many of the headings are columns of a table.
    fn shared(&self, table: &str, headings: &[Heading]) -> usize {
        let columns = self.tables.get(table);
        let is_own = |heading: &&Heading| columns.is_some_and(|columns| columns.contains(&heading.name));
        headings.iter().filter(is_own).count()
    }

    fn read_tables(&self, text: &str, found: &mut Vec<Match>) {
        let tables = AllTables::find(text);
        for (number, (start, headings)) in tables.headings().enumerate() {
            let known = self.known_before(text, start, headings);
            let columns = headings_of(&known);
            let mut told = Told::of(self, text, &known, found);
            tables.values(text, number, &columns, &mut |heading, value| told.tell(heading, value));
        }
    }

    fn read_grids(&self, text: &str, found: &mut Vec<Match>) {
        let grids = Grids::find(text);
        for (number, (start, headings)) in grids.headings().enumerate() {
            let known = self.known_before(text, start, headings);
            let columns = headings_of(&known);
            let mut told = Told::of(self, text, &known, found);
            grids.values(text, number, &columns, &mut |heading, value| told.tell(heading, value));
        }
    }

    fn read_statements(&self, text: &str, found: &mut Vec<Match>) {
        let statements = Statements::find(text);
        for (number, (table, headings)) in statements.headings(text).enumerate() {
            let table = table.map(last_name);
            let named = |name: &str| table.as_deref() == Some(name);
            let known = self.known(&texts(text, headings), &named);
            let columns = headings_of(&known);
            let mut told = Told::of(self, text, &known, found);
            statements.values(text, number, &columns, &mut |heading, value| told.tell(heading, value));
        }
    }

    fn read_objects(&self, text: &str, found: &mut Vec<Match>) {
        // Lists are objects with the same keys, one after another.
        let mut last: Option<(Vec<String>, Vec<Known>)> = None;
        objects(text, &mut |object: &Object<'_>| {
            let keys: Vec<String> = object.key_names(text);
            let is_same = last.as_ref().is_some_and(|(known, _)| *known == keys);
            if !is_same {
                let before = words_before(text, object.outermost);
                let around: HashSet<String> = object.around(text).map(last_name).collect();
                let named = |name: &str| around.contains(name) || before.contains(name);
                let headings: Vec<&str> = keys.iter().map(String::as_str).collect();
                let known = self.known(&headings, &named);
                last = Some((keys, known));
            }
            let Some((_, known)) = &last else { return };
            let mut told = Told::of(self, text, known, found);
            object.values(&mut |key, value| told.tell(key, value));
        });
    }

    fn known_before(&self, text: &str, start: usize, headings: &[Range<usize>]) -> Vec<Known> {
        let before = words_before(text, start);
        self.known(&texts(text, headings), &|name: &str| before.contains(name))
    }
}

impl Recogniser for Columns {
    fn recognise(&self, text: &str) -> Vec<Match> {
        let mut found = Vec::new();
        if self.parts.is_match(text) {
            self.read_tables(text, &mut found);
            self.read_grids(text, &mut found);
            self.read_statements(text, &mut found);
            self.read_objects(text, &mut found);
        }
        found
    }

    fn is_fast(&self) -> bool {
        true
    }

    fn why(&self, data_type: &DataType) -> Option<String> {
        let column = self.columns.iter().find(|column| column.data_type == *data_type)?;
        let of_table = column
            .table
            .as_ref()
            .map(|table| format!(" of `{table}`"))
            .unwrap_or_default();
        let reason = column
            .reason
            .as_ref()
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default();
        Some(format!(
            "column `{}`{of_table}, {}{reason}",
            column.column, column.place
        ))
    }
}

/// What is told of one table.
struct Told<'c> {
    columns: &'c Columns,
    text: &'c str,
    known: &'c [Known],
    counts: Vec<usize>,
    found: &'c mut Vec<Match>,
}

impl<'c> Told<'c> {
    fn of(columns: &'c Columns, text: &'c str, known: &'c [Known], found: &'c mut Vec<Match>) -> Self {
        Self {
            columns,
            text,
            known,
            counts: vec![0; known.len()],
            found,
        }
    }

    fn tell(&mut self, heading: usize, value: Range<usize>) {
        if self.text.get(value.clone()).is_none_or(is_nothing) {
            return;
        }
        for (number, known) in self
            .known
            .iter()
            .enumerate()
            .filter(|(_, known)| known.heading == heading)
        {
            self.counts[number] += 1;
            if known.standing > Standing::Alone || self.counts[number] <= MOST_DOUBTFUL {
                self.found.push(Match {
                    data_type: self.columns.columns[known.column].data_type.clone(),
                    span: value.clone(),
                    confidence: known.standing.confidence(),
                });
            }
        }
    }
}

/// The headings that are known, each once.
fn headings_of(known: &[Known]) -> Vec<usize> {
    let mut headings: Vec<usize> = known.iter().map(|one| one.heading).collect();
    headings.dedup();
    headings
}

/// A heading as it is compared.
struct Heading {
    /// Before its last dot.
    table: Option<String>,
    name: String,
    whole: String,
}

impl Heading {
    fn of(written: &str) -> Self {
        let (table, name) = match written.rsplit_once('.') {
            Some((table, name)) => (Some(last_name(table)), name),
            None => (None, written),
        };
        Self {
            table,
            name: compared(name),
            whole: compared(written),
        }
    }
}

/// `customers` of `crm."customers"`, as it is compared.
fn last_name(name: &str) -> String {
    compared(name.rsplit('.').next().unwrap_or(name))
}

/// Letters and digits in lower case: `first_name`, `firstName` and `First name` are one name.
fn compared(name: &str) -> String {
    name.chars()
        .filter(|it| it.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn longest_part(name: &str) -> String {
    let parts = name.split(|it: char| !it.is_ascii_alphanumeric());
    let longest = parts.max_by_key(|part| part.len()).filter(|part| !part.is_empty());
    // A name without ASCII letters is looked for as it is written.
    longest.unwrap_or(name).to_owned()
}

/// The words before a table, as names are compared.
fn words_before(text: &str, start: usize) -> HashSet<String> {
    let from = text.ceil_char_boundary(start.saturating_sub(BEFORE));
    let before = text.get(from..start).unwrap_or_default();
    let words = before.split(|it: char| !it.is_alphanumeric() && it != '_' && it != '-');
    words.filter(|word| !word.is_empty()).map(compared).collect()
}

fn texts<'t>(text: &'t str, ranges: &[Range<usize>]) -> Vec<&'t str> {
    let cells = ranges.iter().map(|range| text.get(range.clone()).unwrap_or_default());
    cells.collect()
}

/// What stands where there is no value.
fn is_nothing(value: &str) -> bool {
    let value = value.trim();
    value.is_empty()
        || value == "-"
        || value == "\\N"
        || value.eq_ignore_ascii_case("null")
        || value.eq_ignore_ascii_case("n/a")
}
