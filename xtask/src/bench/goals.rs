//! What is to be reached, and what was.

use super::plan::{Lane, Readings};
use crate::goal::{Goal, Row};

/// All goals, in the order they are spoken of.
pub(super) fn rows(readings: &Readings, soak: u64) -> Vec<Row> {
    let row = |(name, measure, goal): &(&str, Measure, Goal)| Row {
        name: name.replace("{soak}", &soak.to_string()),
        measure: measure.words(),
        goal: *goal,
        reached: measure.read(readings),
        unit: measure.unit(),
    };
    GOALS.iter().map(row).collect()
}

/// How a reading becomes a figure.
enum Measure {
    /// A reading of this lane over the relay's.
    TimesRelay(Lane, &'static str),
    /// A reading of this lane over the direct one.
    TimesDirect(Lane, &'static str),
    /// What this lane adds to the direct time, over what the relay adds.
    AddedTimesRelay(Lane, &'static str),
    /// The reading itself, in MiB.
    Memory(Lane, &'static str),
}

impl Measure {
    fn read(&self, readings: &Readings) -> Option<f64> {
        let read = |lane, name| readings.median(lane, name);
        match *self {
            Measure::TimesRelay(lane, name) => Some(read(lane, name)? / read(Lane::Relay, name)?),
            Measure::TimesDirect(lane, name) => Some(read(lane, name)? / read(Lane::Direct, name)?),
            Measure::AddedTimesRelay(lane, name) => {
                let direct = read(Lane::Direct, name)?;
                Some((read(lane, name)? - direct) / (read(Lane::Relay, name)? - direct))
            }
            Measure::Memory(lane, name) => read(lane, name),
        }
    }

    fn words(&self) -> &'static str {
        match self {
            Measure::TimesRelay(..) => "times the relay's",
            Measure::TimesDirect(..) => "times direct's",
            Measure::AddedTimesRelay(..) => "added to direct, times the relay's",
            Measure::Memory(Lane::Judging, _) => "of the agent",
            Measure::Memory(..) => "of the proxy alone",
        }
    }

    fn unit(&self) -> &'static str {
        if matches!(self, Measure::Memory(..)) {
            " MiB"
        } else {
            "×"
        }
    }
}

const GOALS: &[(&str, Measure, Goal)] = {
    use Goal::{AtLeast, AtMost};
    use Lane::{Judging, Noop};
    use Measure::{AddedTimesRelay, Memory, TimesDirect, TimesRelay};
    &[
        (
            "processor time, h1, not judging",
            TimesRelay(Noop, "h1 cpu µs/request"),
            AtMost(1.35),
        ),
        (
            "processor time, h1, judging 2 KiB",
            TimesRelay(Judging, "h1 cpu µs/request"),
            AtMost(2.2),
        ),
        (
            "processor time, h2, not judging",
            TimesRelay(Noop, "h2 cpu µs/request"),
            AtMost(2.2),
        ),
        (
            "processor time, h2, judging 2 KiB",
            TimesRelay(Judging, "h2 cpu µs/request"),
            AtMost(3.2),
        ),
        (
            "requests a second, h1, not judging",
            TimesDirect(Noop, "h1 requests/s"),
            AtLeast(0.47),
        ),
        (
            "requests a second, h2, not judging",
            TimesDirect(Noop, "h2 requests/s"),
            AtLeast(0.55),
        ),
        (
            "time per event, h1, not judging",
            AddedTimesRelay(Noop, "h1 event p50 µs"),
            AtMost(1.4),
        ),
        (
            "time per event, h1, restoring",
            AddedTimesRelay(Judging, "h1 event p50 µs"),
            AtMost(2.0),
        ),
        (
            "time per event, h2, not judging",
            AddedTimesRelay(Noop, "h2 event p50 µs"),
            AtMost(1.4),
        ),
        (
            "time per event, h2, restoring",
            AddedTimesRelay(Judging, "h2 event p50 µs"),
            AtMost(2.0),
        ),
        (
            "new connections a second",
            TimesDirect(Noop, "new connections/s"),
            AtLeast(0.78),
        ),
        (
            "resident memory, idle, all packs",
            Memory(Judging, "resident idle MiB"),
            AtMost(25.0),
        ),
        (
            "growth after {soak} h2 requests, judging",
            Memory(Judging, "growth MiB"),
            AtMost(2.0),
        ),
        (
            "growth after {soak} h2 requests",
            Memory(Noop, "growth MiB"),
            AtMost(2.0),
        ),
    ]
};
