//! Calendar days in UTC, as packs write them: `2027-03-01`.

use weir_model::Timestamp;

pub(crate) const DAY: i64 = 24 * 60 * 60 * 1000;
/// Days from 0000-03-01 to 1970-01-01, and of 400 years, in the calendar that is counted from March so that leap days end a
/// year (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
const EPOCH: i64 = 719_468;
const ERA: i64 = 146_097;

/// The first moment of a day; `None` for anything else than a day of the years 1970 to 9999.
pub(crate) fn start_of(text: &str) -> Option<Timestamp> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return None };
    let number = |text: &str, length: usize| -> Option<i64> {
        let digits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten()
    };
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let start = Timestamp::from_millis(days(year, month, day) * DAY);
    // The 31st of a month of 30 days is no day.
    (shown(start) == text).then_some(start)
}

/// The day of a moment.
pub(crate) fn shown(now: Timestamp) -> String {
    let days = now.as_millis().div_euclid(DAY) + EPOCH;
    let (era, of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let from_march = (month + 9) % 12;
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    era * ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - EPOCH
}

#[cfg(test)]
mod tests {
    use super::{DAY, shown, start_of};
    use weir_model::Timestamp;

    #[test]
    fn every_day_is_read_as_it_is_shown() {
        let mut last = String::new();
        for day in 0..50_000 {
            let start = Timestamp::from_millis(day * DAY);
            let text = shown(start);
            assert!(text > last, "{text} follows {last}");
            assert_eq!(start_of(&text), Some(start), "{text}");
            last = text;
        }
    }

    #[test]
    fn known_days_are_where_they_belong() {
        assert_eq!(start_of("1970-01-01").map(Timestamp::as_millis), Some(0));
        assert_eq!(start_of("2000-02-29").map(Timestamp::as_millis), Some(951_782_400_000));
        assert_eq!(shown(Timestamp::from_millis(1_795_950_000_000)), "2026-11-29");
    }

    #[test]
    fn what_is_no_day_is_none() {
        for bad in [
            "2027-02-29",
            "2027-04-31",
            "2027-13-01",
            "2027-1-1",
            "1969-12-31",
            "27-01-01",
            "2027-00-10",
            "soon",
            "",
            "2027-01-01-01",
        ] {
            assert_eq!(start_of(bad), None, "{bad}");
        }
    }
}
