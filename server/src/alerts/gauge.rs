//! What the rules remember of a subject: a few numbers, however much it does.
//!
//! **Usual hours.** An hour counts when the subject did anything in it. While there are fewer than fifty such hours, mean and
//! variance are those of all of them; from then on each new hour has the weight of one fiftieth, so that what was usual
//! half a year ago is forgotten:
//!
//! ```text
//! w = 1 / min(hours, 50)      d = x − mean
//! mean += w·d                 variance = (1 − w)·(variance + w·d²)
//! limit = max(floor, mean + 4·max(√variance, √mean))
//! ```
//!
//! √mean is the deviation of things that happen independently: quiet subjects would have none of their own. An hour over the
//! limit is a spike, once there are 24 usual hours, and goes into the mean as the limit: one attack does not make the
//! next one usual.

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Series {
    /// Blocked or failed messages of a user on a device.
    Failures,
    /// Messages of a device in an hour.
    Messages,
    /// Messages of a device that were held back or changed in an hour.
    Held,
    /// Messages of the fleet in an hour.
    FleetMessages,
    /// Messages of the fleet that were held back or changed in an hour.
    FleetHeld,
    /// Failed answers of a provider in an hour.
    Errors,
    /// A service that was seen.
    Services,
    /// The device's clock at its last record, by log.
    Clock,
    /// Refused batches of a device that would leave a gap.
    Gaps,
    /// Refused batches of a device from before what the server has.
    Behind,
    /// Refused batches of a device for a timeline that is not its next.
    Timelines,
    /// Names that a device brought into subjects of alerts within a day.
    Named,
}

impl Series {
    /// As it stands in the tables, for ever.
    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::Failures => 1,
            Self::Messages => 2,
            Self::Held => 3,
            Self::FleetMessages => 4,
            Self::FleetHeld => 5,
            Self::Errors => 6,
            Self::Services => 7,
            Self::Clock => 8,
            Self::Gaps => 9,
            Self::Behind => 10,
            Self::Timelines => 11,
            Self::Named => 12,
        }
    }
}

/// A series of a subject.
pub type Key = (Series, String);

/// The numbers of one series of one subject. Which of them mean something depends on how it is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gauge {
    /// The hour, or the start of the window (milliseconds).
    pub since: i64,
    /// So far in it.
    pub count: i64,
    /// Of usual hours.
    pub mean: f64,
    /// Of usual hours.
    pub variance: f64,
    /// How many usual hours there were.
    pub hours: i64,
}

/// Hours that make a baseline.
pub(super) const ENOUGH: i64 = 24;
/// Hours after which older ones are forgotten.
const MEMORY: i64 = 50;
/// Deviations over the mean.
const DEVIATIONS: f64 = 4.0;

impl Gauge {
    /// Counts on in an hour (hours since 1970). True when that takes it over the limit. What belongs to an hour before the
    /// present one comes late, and is not counted.
    pub fn hour(&mut self, hour: i64, floor: f64) -> bool {
        if hour < self.since {
            return false;
        }
        if hour > self.since {
            self.fold(floor);
            (self.since, self.count) = (hour, 0);
        }
        let limit = self.limit(floor);
        let before = self.count;
        self.count = before.saturating_add(1);
        self.hours >= ENOUGH && as_float(before) <= limit && as_float(self.count) > limit
    }

    /// Begins the hour anew where the clock that gives it was ahead, which is the server's own: what comes late by that is so by an hour
    /// at most.
    pub fn back_to(&mut self, hour: i64) {
        if hour + 1 < self.since {
            (self.since, self.count) = (hour, 0);
        }
    }

    /// What an hour may have.
    #[must_use]
    pub fn limit(&self, floor: f64) -> f64 {
        let deviation = self.variance.max(self.mean).max(0.0).sqrt();
        floor.max(self.mean + DEVIATIONS * deviation)
    }

    fn fold(&mut self, floor: f64) {
        if self.count == 0 {
            return;
        }
        let mut hour = as_float(self.count);
        if self.hours >= ENOUGH {
            hour = hour.min(self.limit(floor));
        }
        self.hours = (self.hours + 1).min(MEMORY);
        let weight = 1.0 / as_float(self.hours);
        let distance = hour - self.mean;
        self.mean += weight * distance;
        self.variance = (1.0 - weight) * (self.variance + weight * distance * distance);
    }

    /// Begins anew where what is counted is not what it was. The mark stands in `hours`, which windows have no use for.
    pub fn mark(&mut self, mark: i64) {
        if self.hours != mark {
            *self = Self {
                hours: mark,
                ..Self::default()
            };
        }
    }

    /// Counts on in a window that begins with the first. True when the window then holds exactly `limit`, or is further over
    /// it: the alert is open by then, and counts.
    pub fn window(&mut self, at: i64, by: i64, length: i64, limit: i64) -> bool {
        if self.count == 0 || at >= self.since.saturating_add(length) || at.saturating_add(length) < self.since {
            (self.since, self.count) = (at, 0);
        }
        self.count = self.count.saturating_add(by);
        self.count >= limit
    }
}

/// Counts are far below 2⁵³.
#[allow(clippy::cast_precision_loss, reason = "counts of an hour")]
fn as_float(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::{ENOUGH, Gauge};

    fn hour(gauge: &mut Gauge, hour: i64, times: u32) -> u32 {
        (0..times).map(|_| u32::from(gauge.hour(hour, 10.0))).sum()
    }

    #[test]
    fn a_spike_is_over_what_is_usual_and_seen_once() {
        let mut gauge = Gauge::default();
        for at in 1..=ENOUGH + 1 {
            assert_eq!(hour(&mut gauge, at, 20 + u32::try_from(at % 3).unwrap()), 0, "{at}");
        }
        // Mean 21, deviation √21: the limit is a little below 40.
        assert_eq!(hour(&mut gauge, 100, 38), 0);
        assert_eq!(hour(&mut gauge, 101, 200), 1);
        assert_eq!(hour(&mut gauge, 102, 200), 1, "the next one is none the more usual");
        assert!(gauge.limit(10.0) < 60.0, "{gauge:?}");
    }

    #[test]
    fn without_a_baseline_and_under_the_floor_nothing_is_a_spike() {
        let mut young = Gauge::default();
        assert_eq!(hour(&mut young, 1, 5000), 0);
        let mut quiet = Gauge::default();
        for at in 1..=40 {
            hour(&mut quiet, at, 1);
        }
        assert_eq!(hour(&mut quiet, 50, 10), 0);
        assert_eq!(hour(&mut quiet, 50, 1), 1, "the eleventh is over the floor");
    }

    #[test]
    fn what_comes_late_is_not_counted() {
        let mut gauge = Gauge::default();
        hour(&mut gauge, 7, 3);
        let before = gauge;
        hour(&mut gauge, 6, 100);
        assert_eq!(gauge, before);
    }

    #[test]
    fn an_hour_that_never_was_is_not_waited_for() {
        let mut gauge = Gauge::default();
        hour(&mut gauge, 7, 3);
        gauge.back_to(6);
        assert_eq!((gauge.since, gauge.count), (7, 3), "only late");
        gauge.back_to(5);
        hour(&mut gauge, 5, 2);
        assert_eq!((gauge.since, gauge.count), (5, 2));
    }

    #[test]
    fn habits_change() {
        let mut gauge = Gauge::default();
        for at in 1..=200 {
            hour(&mut gauge, at, 5);
        }
        for at in 201..=500 {
            hour(&mut gauge, at, 40);
        }
        assert!((30.0..41.0).contains(&gauge.mean), "{gauge:?}");
    }

    #[test]
    fn windows_begin_with_the_first() {
        let mut gauge = Gauge::default();
        let minute = |gauge: &mut Gauge, at: i64| gauge.window(at, 1, 10, 3);
        assert_eq!(
            [0, 1, 2, 3].map(|at| minute(&mut gauge, at)),
            [false, false, true, true]
        );
        assert!(!minute(&mut gauge, 10), "a new window");
        assert!(!minute(&mut gauge, 19));
        assert!(!minute(&mut gauge, 20), "which is over again");
        // A clock that was set back does not hold a window open for ever.
        assert!(!minute(&mut gauge, -100));
        assert_eq!(gauge.count, 1);
    }
}
