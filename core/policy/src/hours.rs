//! Hours of the week, for rules that hold in some of them. Times of day are of a fixed distance to UTC: a device's zone is
//! not asked, so that a decision can be replayed anywhere.

use std::collections::BTreeSet;

use weir_model::Timestamp;

use crate::day;
use crate::report::Report;
use crate::words;
use crate::yaml::Node;

pub(crate) const DAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60;
/// 1970-01-01 was a Thursday.
const FIRST_DAY: i64 = 3;

/// Hours of a week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hours {
    /// Monday first.
    days: [bool; 7],
    /// Minutes of the day; an end before the start lies on the next day.
    from: i64,
    to: i64,
    /// Minutes east of UTC.
    offset: i64,
}

impl Hours {
    /// Reads what stands under `during`.
    pub(crate) fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let mut clock = |key: &str, default: i64| match node.get(key) {
            None => Some(default),
            Some(value) => {
                let read = value.text().and_then(minutes);
                if read.is_none() {
                    report
                        .error(value.at, "wrong-value", format!("`{key}` is no time of day"))
                        .help("write hours and minutes in quotes: `\"08:30\"`");
                }
                read
            }
        };
        let (from, to) = (clock("from", 0)?, clock("to", DAY)?);
        let offset = match node.get("utc_offset") {
            None => 0,
            Some(value) => {
                let read = value.text().and_then(signed_minutes);
                if read.is_none() {
                    report
                        .error(value.at, "wrong-value", "`utc_offset` is no distance to UTC")
                        .help("write sign, hours and minutes in quotes: `\"+01:00\"`");
                }
                read?
            }
        };
        if from == to {
            report.error(
                node.at,
                "contradiction",
                "these hours are none: they end when they begin",
            );
            return None;
        }
        let named = words::texts(node, "days");
        let mut days = [named.is_empty(); 7];
        for (day, name) in days.iter_mut().zip(DAYS) {
            *day |= named.iter().any(|named| named == name);
        }
        Some(Self { days, from, to, offset })
    }

    /// One day of the week in UTC, Monday being 0.
    pub(crate) fn of_day(day: usize) -> Self {
        Self {
            days: std::array::from_fn(|known| known == day),
            from: 0,
            to: DAY,
            offset: 0,
        }
    }

    /// From an hour of the day in UTC to midnight.
    pub(crate) fn from_hour(hour: u32) -> Self {
        Self {
            days: [true; 7],
            from: (i64::from(hour) * 60).min(DAY),
            to: DAY,
            offset: 0,
        }
    }

    pub(crate) fn contain(&self, now: Timestamp) -> bool {
        let local = now.as_millis().div_euclid(MINUTE) + self.offset;
        let (day, minute) = (local.div_euclid(DAY) + FIRST_DAY, local.rem_euclid(DAY));
        let on = |day: i64| self.days[day.rem_euclid(7) as usize];
        match self.from < self.to {
            true => on(day) && (self.from..self.to).contains(&minute),
            false => (on(day) && minute >= self.from) || (on(day - 1) && minute < self.to),
        }
    }

    /// All moments of the first week at which they begin or end.
    fn edges(&self) -> impl Iterator<Item = i64> {
        let edges = [self.from, self.to];
        (0..7).flat_map(move |day| edges.map(|minute| (day * DAY + minute - self.offset).rem_euclid(7 * DAY)))
    }
}

/// Moments that stand for all others: two at which the same hours hold, and the same of `ends` are over, are alike.
pub(crate) fn moments(all: &[Hours], ends: &BTreeSet<Timestamp>) -> Vec<Timestamp> {
    let starts = std::iter::once(Timestamp::default()).chain(ends.iter().copied());
    let mut seen: Vec<(usize, Vec<bool>)> = Vec::new();
    let mut moments = Vec::new();
    for start in starts {
        for minute in std::iter::once(0).chain(all.iter().flat_map(Hours::edges)) {
            let now = next(start, minute * MINUTE);
            let over = ends.iter().filter(|end| **end <= now).count();
            let holding: Vec<bool> = all.iter().map(|hours| hours.contain(now)).collect();
            if !seen.iter().any(|(count, known)| *count == over && *known == holding) {
                seen.push((over, holding));
                moments.push(now);
            }
        }
    }
    moments
}

/// The first moment from `start` on that lies so far into a week.
fn next(start: Timestamp, into_week: i64) -> Timestamp {
    let week = 7 * DAY * MINUTE;
    start.plus_millis((into_week - start.as_millis()).rem_euclid(week))
}

/// The day of the week, as packs call it, and the hour of the day, in UTC.
pub(crate) fn weekday_and_hour(now: Timestamp) -> (&'static str, i64) {
    let minute = now.as_millis().div_euclid(MINUTE);
    let day = (minute.div_euclid(DAY) + FIRST_DAY).rem_euclid(7) as usize;
    (DAYS[day], minute.rem_euclid(DAY) / 60)
}

/// `wed 08:30`, a moment of the first week in UTC; `2027-03-01 08:30`, a moment of that day.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let (day, time) = text.split_once(' ')?;
    let start = match DAYS.iter().position(|name| *name == day) {
        Some(day) => Timestamp::from_millis((day as i64 - FIRST_DAY).rem_euclid(7) * DAY * MINUTE),
        None => day::start_of(day)?,
    };
    Some(start.plus_millis(minutes(time)? * MINUTE))
}

/// As [`moment`] reads it, with `UTC`.
pub(crate) fn shown(now: Timestamp) -> String {
    let minute = now.as_millis().div_euclid(MINUTE);
    let day = match minute < 7 * DAY {
        true => DAYS[(minute.div_euclid(DAY) + FIRST_DAY).rem_euclid(7) as usize].to_owned(),
        false => day::shown(now),
    };
    let minute = minute.rem_euclid(DAY);
    format!("{day} {:02}:{:02} UTC", minute / 60, minute % 60)
}

fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str| -> Option<i64> {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= DAY).then_some(total)
}

fn signed_minutes(text: &str) -> Option<i64> {
    let east = text.strip_prefix('+').and_then(minutes);
    let west = || text.strip_prefix('-').and_then(minutes).map(|minutes| -minutes);
    east.or_else(west).filter(|offset| offset.abs() <= 14 * 60)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Hours, moment, moments, shown, signed_minutes};

    fn hours(days: &[usize], from: i64, to: i64, offset: i64) -> Hours {
        let mut week = [false; 7];
        days.iter().for_each(|day| week[*day] = true);
        Hours {
            days: week,
            from,
            to,
            offset,
        }
    }

    #[test]
    fn hours_hold_on_their_days_in_their_zone_and_over_midnight() {
        let at = |text: &str| moment(text).unwrap_or_default();
        let office = hours(&[0, 1, 2, 3, 4], 8 * 60, 18 * 60, 60);
        for (moment, holds) in [
            ("mon 06:59", false),
            ("mon 07:00", true),
            ("fri 16:59", true),
            ("fri 17:00", false),
            ("sat 10:00", false),
        ] {
            assert_eq!(office.contain(at(moment)), holds, "{moment}");
        }
        let night = hours(&[6], 22 * 60, 6 * 60, 0);
        for (moment, holds) in [
            ("sun 21:59", false),
            ("sun 22:00", true),
            ("mon 05:59", true),
            ("mon 06:00", false),
            ("tue 01:00", false),
        ] {
            assert_eq!(night.contain(at(moment)), holds, "{moment}");
        }
    }

    #[test]
    fn moments_stand_for_every_minute_of_the_week() {
        let all = [hours(&[0, 1, 2, 3, 4], 480, 1080, 60), hours(&[4, 5], 1320, 360, -300)];
        let holding = |now| -> Vec<bool> { all.iter().map(|hours| hours.contain(now)).collect() };
        let chosen: Vec<Vec<bool>> = moments(&all, &BTreeSet::new()).into_iter().map(holding).collect();
        for minute in 0..7 * 24 * 60 {
            let now = weir_model::Timestamp::from_millis(minute * 60_000);
            assert!(chosen.contains(&holding(now)), "{}", shown(now));
        }
        assert!(chosen.len() <= 4);
    }

    #[test]
    fn moments_stand_for_every_minute_around_the_ends() {
        let all = [hours(&[0, 1, 2, 3, 4], 480, 1080, 60)];
        let ends: BTreeSet<_> = ["2027-03-01", "2027-03-02", "2027-06-01"]
            .into_iter()
            .filter_map(crate::day::start_of)
            .collect();
        let state = |now| (ends.iter().filter(|end| **end <= now).count(), all[0].contain(now));
        let chosen: BTreeSet<_> = moments(&all, &ends).into_iter().map(state).collect();
        let from = crate::day::start_of("2027-02-20").map_or(0, weir_model::Timestamp::as_millis);
        let every = (0..120 * 24 * 60).map(|minute| state(weir_model::Timestamp::from_millis(from + minute * 60_000)));
        assert_eq!(every.collect::<BTreeSet<_>>(), chosen);
    }

    #[test]
    fn times_are_read_as_they_are_shown() {
        assert_eq!(
            moment("2027-03-01 08:30").map(shown).as_deref(),
            Some("2027-03-01 08:30 UTC")
        );
        let thursday = moment("thu 00:00").map(shown);
        assert_eq!(thursday.as_deref(), Some("thu 00:00 UTC"));
        assert_eq!(moment("wed 23:59").map(shown).as_deref(), Some("wed 23:59 UTC"));
        for bad in ["wed", "wed 24:30", "wed 8:00", "noday 08:00", "wed 08:60"] {
            assert_eq!(moment(bad), None, "{bad}");
        }
        assert_eq!(signed_minutes("-05:30"), Some(-330));
        assert_eq!(signed_minutes("05:30"), None);
    }
}
