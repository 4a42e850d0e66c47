//! When each laptop saw what.

use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What there is news of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum News {
    Bundle,
    Order,
}

/// How far a laptop is with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// It was told.
    Hinted,
    /// It has fetched it.
    Fetched,
    /// The server knows that it runs it.
    Told,
}

/// Times of all laptops, by wall clock in nanoseconds.
#[derive(Default)]
pub(crate) struct Board {
    times: Mutex<BTreeMap<(News, Step, u64), Vec<u64>>>,
}

impl Board {
    /// One laptop is so far with `number`.
    pub(crate) fn note(&self, news: News, step: Step, number: u64, now: u64) {
        self.times.lock().entry((news, step, number)).or_default().push(now);
    }

    /// How many laptops are so far with `number`.
    pub(crate) fn count(&self, news: News, step: Step, number: u64) -> usize {
        self.times.lock().get(&(news, step, number)).map_or(0, Vec::len)
    }

    /// How long it took since `since`: of how many laptops, and milliseconds by which half, 99 of 100 and all had it.
    pub(crate) fn summary(&self, news: News, number: u64, since: u64) -> Value {
        let mut steps = serde_json::Map::new();
        for (name, step) in [
            ("hinted", Step::Hinted),
            ("fetched", Step::Fetched),
            ("told", Step::Told),
        ] {
            let times = self
                .times
                .lock()
                .get(&(news, step, number))
                .cloned()
                .unwrap_or_default();
            let mut took: Vec<u64> = times.into_iter().map(|time| time.saturating_sub(since)).collect();
            let [half, most, all] = [0.5, 0.99, 1.0].map(|share| crate::percentile(&mut took, share));
            let summary = json!({"devices": took.len(), "p50_ms": half, "p99_ms": most, "all_ms": all});
            steps.insert(name.to_owned(), summary);
        }
        Value::Object(steps)
    }
}
