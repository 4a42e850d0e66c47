//! What the workers saw, put together into one report.

use crate::usage::{self, Usage};
use serde_json::{Map, Value, json};
use std::time::Instant;
use tokio::task::JoinSet;

/// What one worker saw.
#[derive(Default)]
pub(crate) struct Tally {
    /// One entry for each thing done.
    pub(crate) micros: Vec<f64>,
    pub(crate) errors: u64,
    pub(crate) last_error: Option<String>,
    /// Whether the certificate shown was another than the origin's.
    pub(crate) intercepted: Option<bool>,
}

impl Tally {
    pub(crate) fn failed(&mut self, error: &dyn ToString) {
        self.errors += 1;
        self.last_error = Some(error.to_string());
    }

    fn add(&mut self, other: Tally) {
        self.micros.extend(other.micros);
        self.errors += other.errors;
        self.last_error = self.last_error.take().or(other.last_error);
        self.intercepted = self.intercepted.or(other.intercepted);
    }
}

/// Waits for all workers.
pub(crate) async fn gather(mut workers: JoinSet<Tally>) -> Tally {
    let mut total = Tally::default();
    while let Some(result) = workers.join_next().await {
        match result {
            Ok(tally) => total.add(tally),
            Err(error) => total.failed(&error),
        }
    }
    total
}

/// Looks at the proxy before and after.
pub(crate) struct Meter {
    pid: Option<u32>,
    before: Usage,
    started: Instant,
}

impl Meter {
    pub(crate) fn start(pid: Option<u32>) -> Self {
        Self {
            pid,
            before: pid.map(usage::of).unwrap_or_default(),
            started: Instant::now(),
        }
    }

    /// The report: how often, how long, and what it cost the proxy each time.
    pub(crate) fn finish(self, mut tally: Tally) -> Value {
        let seconds = self.started.elapsed().as_secs_f64();
        let done = tally.micros.len() as f64;
        let mut report = Map::new();
        report.insert("done".to_owned(), json!(done));
        report.insert("per_second".to_owned(), json!(done / seconds));
        report.insert("errors".to_owned(), json!(tally.errors));
        report.insert("last_error".to_owned(), json!(tally.last_error));
        report.insert("intercepted".to_owned(), json!(tally.intercepted));
        tally.micros.sort_by(f64::total_cmp);
        for (name, quantile) in [("p50_us", 0.5), ("p99_us", 0.99)] {
            report.insert(name.to_owned(), at(&tally.micros, quantile));
        }
        if let Some(pid) = self.pid {
            let after = usage::of(pid);
            let cpu = after.cpu_seconds - self.before.cpu_seconds;
            report.insert("cpu_us".to_owned(), json!(cpu * 1e6 / done.max(1.0)));
            report.insert(
                "resident_before_mib".to_owned(),
                json!(self.before.resident_kib as f64 / 1024.0),
            );
            report.insert("resident_mib".to_owned(), json!(after.resident_kib as f64 / 1024.0));
        }
        Value::Object(report)
    }
}

fn at(sorted: &[f64], quantile: f64) -> Value {
    let index = ((sorted.len() as f64 - 1.0) * quantile).round().max(0.0) as usize;
    sorted.get(index).map_or(Value::Null, |value| json!(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_what_was_seen() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(
            (at(&values, 0.5), at(&values, 0.99), at(&[], 0.5)),
            (json!(51.0), json!(99.0), Value::Null)
        );
    }
}
