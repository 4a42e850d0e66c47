//! Later, and later.

use std::time::Duration;

/// How long to wait after failures: twice as long each time, up to a limit, and never all devices at once.
pub(crate) struct Retry {
    failures: u32,
    longest: Duration,
}

const SHORTEST: Duration = Duration::from_secs(1);

impl Retry {
    pub(crate) fn up_to(longest: Duration) -> Self {
        Self { failures: 0, longest }
    }

    pub(crate) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Sleeps after a failure.
    pub(crate) async fn wait(&mut self) {
        tokio::time::sleep(self.pause()).await;
    }

    /// How long to wait after one more failure.
    pub(crate) fn pause(&mut self) -> Duration {
        self.next(fraction())
    }

    /// The next pause: between half and all of what the failures so far ask for.
    fn next(&mut self, fraction: f64) -> Duration {
        let whole = SHORTEST.saturating_mul(1 << self.failures.min(16)).min(self.longest);
        self.failures += 1;
        whole.mul_f64(0.5 + fraction / 2.0)
    }
}

/// From 0 to 1. Without randomness it is the middle: nothing depends on it but who comes when.
pub(crate) fn fraction() -> f64 {
    let mut byte = [128];
    let _ = aws_lc_rs::rand::fill(&mut byte);
    f64::from(byte[0]) / 255.0
}

#[cfg(test)]
mod tests {
    use super::Retry;
    use std::time::Duration;

    #[test]
    fn pauses_grow_to_the_limit_and_begin_again() {
        let mut retry = Retry::up_to(Duration::from_secs(300));
        let pauses: Vec<u64> = (0..12).map(|_| retry.next(1.0).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        retry.succeeded();
        assert_eq!(retry.next(0.0), Duration::from_millis(500));
    }
}
