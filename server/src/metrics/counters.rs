//! What is counted as it happens.

use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counters of this node since it began.
#[derive(Debug, Default)]
pub struct Metrics {
    batches: AtomicU64,
    records: AtomicU64,
    refusals: Mutex<BTreeMap<&'static str, u64>>,
    ingest: Histogram,
}

/// Upper bounds in milliseconds.
const BOUNDS: [u64; 10] = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000];

#[derive(Debug, Default)]
struct Histogram {
    buckets: [AtomicU64; BOUNDS.len()],
    count: AtomicU64,
    micros: AtomicU64,
}

/// Of the whole program: errors are counted where the database gives them, whoever asked.
static DATABASE_ERRORS: AtomicU64 = AtomicU64::new(0);

/// The database gave an error.
pub fn database_failed() {
    DATABASE_ERRORS.fetch_add(1, Ordering::Relaxed);
}

/// How often it did.
#[must_use]
pub fn database_errors() -> u64 {
    DATABASE_ERRORS.load(Ordering::Relaxed)
}

impl Metrics {
    /// A batch is durable.
    pub fn accepted(&self, records: usize, took: Duration) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.records.fetch_add(records as u64, Ordering::Relaxed);
        self.ingest.observe(took);
    }

    /// A device was refused something.
    pub fn refused(&self, kind: &'static str) {
        *self.refusals.lock().entry(kind).or_default() += 1;
    }

    /// In the text format of Prometheus.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        head(
            &mut text,
            "weir_batches_accepted_total",
            "counter",
            "Batches that were acknowledged, those sent again too.",
        );
        let _ = writeln!(text, "weir_batches_accepted_total {}", read(&self.batches));
        head(
            &mut text,
            "weir_records_accepted_total",
            "counter",
            "Records that were acknowledged, those sent again too.",
        );
        let _ = writeln!(text, "weir_records_accepted_total {}", read(&self.records));
        head(
            &mut text,
            "weir_refusals_total",
            "counter",
            "Requests of devices that were refused, by kind.",
        );
        for (kind, count) in self.refusals.lock().iter() {
            let _ = writeln!(text, "weir_refusals_total{{kind=\"{kind}\"}} {count}");
        }
        head(
            &mut text,
            "weir_database_errors_total",
            "counter",
            "Errors of the database, whoever asked it.",
        );
        let _ = writeln!(text, "weir_database_errors_total {}", database_errors());
        self.ingest
            .write(&mut text, "weir_ingest_seconds", "From a whole batch to its receipt.");
        text
    }
}

impl Histogram {
    fn observe(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let place = BOUNDS.iter().position(|bound| micros <= bound * 1000);
        if let Some(bucket) = place.and_then(|place| self.buckets.get(place)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// Buckets of Prometheus hold all that is below.
    fn write(&self, text: &mut String, name: &str, help: &str) {
        head(text, name, "histogram", help);
        let mut below = 0;
        for (bound, bucket) in BOUNDS.iter().zip(&self.buckets) {
            below += bucket.load(Ordering::Relaxed);
            let _ = writeln!(text, "{name}_bucket{{le=\"{}\"}} {below}", seconds(bound * 1000));
        }
        let count = self.count.load(Ordering::Relaxed);
        let _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {}", count.max(below));
        let _ = writeln!(text, "{name}_sum {}", seconds(self.micros.load(Ordering::Relaxed)));
        let _ = writeln!(text, "{name}_count {}", count.max(below));
    }
}

fn seconds(micros: u64) -> f64 {
    Duration::from_micros(micros).as_secs_f64()
}

/// Writing into a string cannot fail, here and above.
pub(super) fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

/// A value of a label.
pub(super) fn label(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => escaped.push_str("\\n"),
            '"' | '\\' => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{Metrics, label};
    use std::time::Duration;

    #[test]
    fn buckets_hold_all_that_is_below() {
        let metrics = Metrics::default();
        metrics.accepted(100, Duration::from_millis(4));
        metrics.accepted(1, Duration::from_millis(30));
        metrics.accepted(1, Duration::from_secs(60));
        metrics.refused("busy");
        metrics.refused("busy");
        let text = metrics.to_text();
        for line in [
            "weir_batches_accepted_total 3",
            "weir_records_accepted_total 102",
            "weir_refusals_total{kind=\"busy\"} 2",
            "weir_ingest_seconds_bucket{le=\"0.005\"} 1",
            "weir_ingest_seconds_bucket{le=\"0.025\"} 1",
            "weir_ingest_seconds_bucket{le=\"0.05\"} 2",
            "weir_ingest_seconds_bucket{le=\"5\"} 2",
            "weir_ingest_seconds_bucket{le=\"+Inf\"} 3",
            "weir_ingest_seconds_sum 60.034",
            "weir_ingest_seconds_count 3",
        ] {
            assert!(text.lines().any(|each| each == line), "{line} in\n{text}");
        }
    }

    #[test]
    fn labels_end_where_they_end() {
        assert_eq!(label("a\"} 1\n\\"), "a\\\"} 1\\n\\\\");
    }
}
