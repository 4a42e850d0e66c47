//! How fast targets were of late.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;

/// Times until an answer could be given, smoothed: to the first byte of a stream, to the last of a whole answer.
#[derive(Default)]
pub(super) struct Latencies(Mutex<HashMap<String, f64>>);

/// The share of the newest measurement.
const SHARE: f64 = 0.3;

impl Latencies {
    pub(super) fn note(&self, target: &str, took: Duration) {
        let took = took.as_secs_f64() * 1000.0;
        let mut known = self.0.lock();
        let smoothed = known.entry(target.to_owned()).or_insert(took);
        *smoothed += (took - *smoothed) * SHARE;
    }

    /// Milliseconds; `None` before the first call.
    pub(super) fn of(&self, target: &str) -> Option<u32> {
        let known = self.0.lock().get(target).copied()?;
        // Rounded, and far below the largest number: no answer is waited for longer than hours.
        Some(known.round() as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_counts_most_and_not_alone() {
        let latencies = Latencies::default();
        assert_eq!(latencies.of("a"), None);
        latencies.note("a", Duration::from_millis(100));
        assert_eq!(latencies.of("a"), Some(100));
        latencies.note("a", Duration::from_millis(200));
        assert_eq!(latencies.of("a"), Some(130));
        assert_eq!(latencies.of("b"), None);
    }
}
