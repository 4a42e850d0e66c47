//! Time and ids: read here, given to everything else.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use weir_model::{EventId, Timestamp};

/// The time now; before 1970 it is 1970.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Time that passes, by a clock that nobody sets. A machine that sleeps need not count here.
pub(crate) struct Passing(Instant);

impl Passing {
    /// From now on.
    pub(crate) fn begun() -> Self {
        Self(Instant::now())
    }

    /// Whole milliseconds since they were asked for last; what is left over counts the next time, however often it is asked.
    pub(crate) fn millis(&mut self) -> i64 {
        self.until(Instant::now())
    }

    fn until(&mut self, now: Instant) -> i64 {
        let passed = now.saturating_duration_since(self.0).as_millis();
        let millis = u64::try_from(passed).unwrap_or(u64::MAX);
        self.0 = self.0.checked_add(Duration::from_millis(millis)).unwrap_or(now);
        i64::try_from(millis).unwrap_or(i64::MAX)
    }
}

/// A random number, for choices; not for secrets. Without randomness from the system it is made of the clock.
pub(crate) fn draw() -> u64 {
    let mut random = [0; 8];
    if aws_lc_rs::rand::fill(&mut random).is_err() {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        return u64::from(since.subsec_nanos());
    }
    u64::from_le_bytes(random)
}

/// A fresh event id. Without randomness from the system it is made of the clock's nanoseconds: still unique on one
/// machine, which is all an id has to be.
pub(crate) fn event_id(now: Timestamp) -> EventId {
    let mut random = [0; 10];
    if aws_lc_rs::rand::fill(&mut random).is_err() {
        let nanos = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_nanos();
        random.copy_from_slice(&nanos.to_be_bytes()[6..]);
    }
    EventId::new(now, random)
}

#[cfg(test)]
mod tests {
    use super::Passing;
    use std::time::Duration;

    #[test]
    fn no_time_is_lost_however_often_it_is_asked() {
        let mut passing = Passing::begun();
        let begun = passing.0;
        let asked = (1..=10_000_u64).map(|step| passing.until(begun + Duration::from_micros(step * 300)));
        assert_eq!(asked.sum::<i64>(), 3_000);
        assert_eq!(passing.until(begun), 0, "it does not go back");
        assert_eq!(passing.until(begun + Duration::from_secs(4)), 1_000);
    }
}
