//! Numbers for words that stand in many events.

use super::table::Advance;
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use weir_fleet::DeviceId;

/// Words whose number is known. They are the devices' words: neither this memory nor their table grows as one of them likes.
#[derive(Default)]
pub(crate) struct Names(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// A number never changes.
    numbers: HashMap<String, i32>,
    /// The day that new words are counted of, and how many each device has brought.
    day: i32,
    brought: HashMap<DeviceId, usize>,
}

/// Words that are kept in mind, about a hundred bytes each: everybody's name in a large company. All are forgotten beyond that, and asked
/// for again.
const KEPT: usize = 1_000_000;
/// Words that one device brings in a day, beside those that are kept in mind. Events with further ones are kept, and not found by them.
const NEW: usize = 500;

impl Names {
    /// The number of a word; `None` for no word, and for one that was not learnt.
    pub(crate) fn number(&self, word: Option<&str>) -> Option<i32> {
        self.0.lock().numbers.get(word?).copied()
    }

    /// Words of these batches without a number, as far as their devices may bring them today.
    pub(crate) fn unknown(&self, batches: &[Advance], day: i32) -> Vec<String> {
        let mut known = self.0.lock();
        if known.day != day {
            known.day = day;
            known.brought.clear();
        }
        // Not in between: what these batches say must be known until they are stored.
        if known.numbers.len() >= KEPT {
            known.numbers.clear();
        }
        let mut unknown = BTreeSet::new();
        for batch in batches {
            for word in words(batch) {
                let brought = known.brought.get(&batch.device).copied().unwrap_or(0);
                if !known.numbers.contains_key(word) && brought < NEW && unknown.insert(word.clone()) {
                    known.brought.insert(batch.device, brought + 1);
                }
            }
        }
        drop(known);
        // In one order on all nodes: each waits for the words of the other.
        unknown.into_iter().collect()
    }

    /// Remembers the numbers of words.
    pub(crate) fn learn(&self, words: BTreeMap<String, i64>) {
        let mut known = self.0.lock();
        // Two thousand million words would be somebody's attack: their events have none.
        let numbered = words
            .into_iter()
            .filter_map(|(word, number)| Some((word, i32::try_from(number).ok()?)));
        known.numbers.extend(numbered);
    }
}

fn words(batch: &Advance) -> impl Iterator<Item = &String> {
    let columns = batch.rows.iter().map(|row| &row.columns);
    columns
        .flat_map(|columns| [&columns.service, &columns.provider, &columns.person])
        .flatten()
}

/// Inserts words, or finds them; both give their numbers. `$words` makes rows of them.
macro_rules! name {
    ($words:literal) => {
        concat!(
            "INSERT INTO names (name) SELECT value FROM ",
            $words,
            " WHERE true ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id, name"
        )
    };
}
pub(crate) use name;

#[cfg(test)]
mod tests {
    use super::{KEPT, NEW, Names};
    use crate::ingest::{Advance, Columns, Row};
    use std::collections::BTreeMap;
    use weir_fleet::DeviceId;

    fn batch(device: u8, words: impl Iterator<Item = String>) -> Advance {
        let rows = words.map(|word| Row {
            seq: 1,
            time: 1,
            kind: weir_audit::Kind::Decision,
            event: [1; 16],
            columns: Columns {
                person: Some(word),
                ..Columns::default()
            },
            body: crate::ingest::Body {
                later: 0,
                block: Vec::new(),
            },
            text: None,
        });
        Advance {
            device: DeviceId::from_bytes([device; 16]),
            timeline: 1,
            first: 1,
            last: 1,
            before: [0; 32],
            head: [0; 32],
            rows: rows.collect(),
        }
    }

    fn numbered(words: &[String]) -> BTreeMap<String, i64> {
        words.iter().cloned().zip(1..).collect()
    }

    #[test]
    fn a_word_is_asked_for_until_it_is_known() {
        let names = Names::default();
        let batches = [batch(1, ["b", "a", "b"].map(str::to_owned).into_iter())];
        let unknown = names.unknown(&batches, 1);
        assert_eq!(unknown, ["a", "b"]);
        names.learn(numbered(&unknown));
        assert!(names.unknown(&batches, 1).is_empty());
        assert_eq!(
            (names.number(Some("b")), names.number(Some("c")), names.number(None)),
            (Some(2), None, None)
        );
    }

    #[test]
    fn one_device_brings_so_many_new_words_in_a_day() {
        let names = Names::default();
        let many = |from: usize| (from..from + 300).map(|number| number.to_string());
        let days = [(0, 1), (300, 1), (600, 1), (900, 2)].map(|(from, day)| {
            let unknown = names.unknown(&[batch(1, many(from))], day);
            names.learn(numbered(&unknown));
            unknown.len()
        });
        assert_eq!(days, [300, NEW - 300, 0, 300]);
        assert_eq!(names.unknown(&[batch(2, many(5000))], 2).len(), 300);
    }

    #[test]
    fn what_is_kept_in_mind_is_bounded() {
        let names = Names::default();
        let words: Vec<String> = (0..KEPT).map(|word| word.to_string()).collect();
        names.learn(numbered(&words));
        let batches = [batch(1, std::iter::once("7".to_owned()))];
        assert_eq!(names.unknown(&batches, 1), ["7"]);
        names.learn(BTreeMap::from([("7".to_owned(), 8)]));
        assert_eq!(names.number(Some("7")), Some(8));
        assert_eq!(names.number(Some("9")), None);
    }
}
