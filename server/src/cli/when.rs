//! Times as people write them.

use jiff::civil;
use jiff::tz::TimeZone;
use weir_model::Timestamp;

/// A time: `2027-01-31`, `2027-01-31T12:00:00Z`, or how long ago (`90m`, `24h`, `7d`).
pub(crate) fn ago(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    match span(text) {
        Some(millis) => Ok(now.plus_millis(-millis)),
        None => time(text),
    }
}

/// From one time until (and without) another; until now, where it is not said.
pub(crate) fn between(since: &str, until: Option<&str>, now: Timestamp) -> Result<(Timestamp, Timestamp), String> {
    let since = ago(since, now)?;
    let until = until.map_or(Ok(now), |until| ago(until, now))?;
    match since < until {
        true => Ok((since, until)),
        false => Err("`--since` must be before `--until`".to_owned()),
    }
}

/// A time: `2027-01-31`, `2027-01-31T12:00:00Z`, or how long from now on (`90m`, `24h`, `7d`).
pub(crate) fn ahead(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    match span(text) {
        Some(millis) => Ok(now.plus_millis(millis)),
        None => time(text),
    }
}

/// Milliseconds.
fn span(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let number: u32 = text.strip_suffix(unit)?.parse().ok()?;
    let minutes = match unit {
        'm' => 1,
        'h' => 60,
        'd' => 24 * 60,
        _ => return None,
    };
    Some(i64::from(number) * minutes * 60_000)
}

/// Without a zone it is UTC.
fn time(text: &str) -> Result<Timestamp, String> {
    let exact = text.parse::<jiff::Timestamp>().ok();
    let time = exact.or_else(|| {
        let local: civil::DateTime = text.parse().ok()?;
        local.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    });
    time.map(|time| Timestamp::from_millis(time.as_millisecond()))
        .ok_or_else(|| format!("`{text}` is no time (expected 2027-01-31, 2027-01-31T12:00:00Z, or 90m, 24h, 7d)"))
}

#[cfg(test)]
mod tests {
    use super::{ago, ahead};
    use weir_model::Timestamp;

    #[test]
    fn times_are_read_in_every_form() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let millis = |text| ago(text, now).map(Timestamp::as_millis);
        assert_eq!(millis("90m"), Ok(1_800_000_000_000 - 5_400_000));
        assert_eq!(millis("7d"), Ok(1_800_000_000_000 - 604_800_000));
        assert_eq!(millis("2027-01-31"), millis("2027-01-31T00:00:00Z"));
        assert_eq!(millis("2027-01-31T01:00:00+01:00"), millis("2027-01-31"));
        assert_eq!(ahead("2h", now), Ok(now.plus_millis(7_200_000)));
        for wrong in ["", "d", "7", "7w", "-3d", "tomorrow", "é"] {
            assert!(ago(wrong, now).is_err(), "{wrong}");
        }
    }
}
