//! Numbers for words that stand in many events.

use super::table::Advance;
use parking_lot::Mutex;
use std::collections::{BTreeSet, HashMap};

/// Words whose number is known. They never change, so that nothing has to be forgotten.
#[derive(Default)]
pub(crate) struct Names(Mutex<HashMap<String, i32>>);

impl Names {
    /// The number of a word; `None` for no word, and for one that was not learnt.
    pub(crate) fn number(&self, word: Option<&str>) -> Option<i32> {
        self.0.lock().get(word?).copied()
    }

    /// Words of these batches without a number.
    pub(crate) fn unknown(&self, batches: &[Advance]) -> BTreeSet<String> {
        let known = self.0.lock();
        let rows = batches.iter().flat_map(|batch| &batch.rows);
        rows.flat_map(|row| [&row.columns.service, &row.columns.provider, &row.columns.person])
            .flatten()
            .filter(|word| !known.contains_key(*word))
            .cloned()
            .collect()
    }

    /// Remembers a word's number.
    pub(crate) fn learn(&self, word: String, number: i64) {
        // Two thousand million words would be somebody's attack: their events have none.
        if let Ok(number) = i32::try_from(number) {
            self.0.lock().insert(word, number);
        }
    }
}

/// Inserts a word or finds it; both give its number.
pub(crate) const NAME: &str =
    "INSERT INTO names (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id";
