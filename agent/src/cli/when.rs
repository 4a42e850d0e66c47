//! Times as people write and read them.

use jiff::{Span, Zoned, tz::TimeZone};
use weir_model::Timestamp;

/// `2026-11-21 10:15:46`, in this machine's time zone.
pub(crate) fn show(time: Timestamp) -> String {
    let zoned = jiff::Timestamp::from_millisecond(time.as_millis()).map(|time| time.to_zoned(TimeZone::system()));
    zoned.map_or_else(
        |_| format!("{} ms", time.as_millis()),
        |time| time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}

/// `2026-11-21`, in this machine's time zone.
pub(crate) fn show_day(time: Timestamp) -> String {
    show(time).chars().take(10).collect()
}

/// Reads `2h`, `7d`, `2026-11-21`, `2026-11-21 10:15`, or RFC 3339.
pub(crate) fn parse(text: &str) -> Result<Timestamp, String> {
    parse_at(text, &Zoned::now())
}

/// Reads `90d` as so long from now, else as [`parse`].
pub(crate) fn parse_ahead(text: &str) -> Result<Timestamp, String> {
    parse_ahead_at(text, &Zoned::now())
}

fn parse_ahead_at(text: &str, now: &Zoned) -> Result<Timestamp, String> {
    let span = text.parse::<Span>().ok();
    match span.and_then(|span| now.checked_add(span.abs()).ok()) {
        Some(time) => Ok(Timestamp::from_millis(time.timestamp().as_millisecond())),
        None => parse_at(text, now),
    }
}

fn parse_at(text: &str, now: &Zoned) -> Result<Timestamp, String> {
    let millis = |zoned: &Zoned| Timestamp::from_millis(zoned.timestamp().as_millisecond());
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(Timestamp::from_millis(time.as_millisecond()));
    }
    if let Ok(local) = text.parse::<jiff::civil::DateTime>() {
        return local
            .to_zoned(now.time_zone().clone())
            .map(|zoned| millis(&zoned))
            .map_err(|error| error.to_string());
    }
    let ago = text
        .parse::<Span>()
        .ok()
        .and_then(|span| now.checked_sub(span.abs()).ok());
    ago.map(|time| millis(&time))
        .ok_or_else(|| "expected a time such as `2h`, `7d`, `2026-11-21` or `2026-11-21T10:15:00Z`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{parse_ahead_at, parse_at};
    use jiff::Zoned;

    fn parse(text: &str) -> Option<String> {
        let now: Zoned = "2026-11-21T10:15:00+01:00[Europe/Berlin]".parse().unwrap();
        let time = parse_at(text, &now).ok()?;
        Some(jiff::Timestamp::from_millisecond(time.as_millis()).unwrap().to_string())
    }

    #[test]
    fn a_duration_is_so_long_ago() {
        assert_eq!(parse("2h").as_deref(), Some("2026-11-21T07:15:00Z"));
        assert_eq!(parse("7d").as_deref(), Some("2026-11-14T09:15:00Z"));
    }

    #[test]
    fn dates_and_times_are_local_unless_they_say_otherwise() {
        assert_eq!(parse("2026-11-21").as_deref(), Some("2026-11-20T23:00:00Z"));
        assert_eq!(parse("2026-11-21 10:15").as_deref(), Some("2026-11-21T09:15:00Z"));
        assert_eq!(parse("2026-11-21T10:15:00Z").as_deref(), Some("2026-11-21T10:15:00Z"));
    }

    #[test]
    fn a_duration_may_lie_ahead() {
        let now: Zoned = "2026-11-21T10:15:00+01:00[Europe/Berlin]".parse().unwrap();
        let ahead = |text: &str| parse_ahead_at(text, &now).ok();
        assert_eq!(ahead("7d"), parse_at("2026-11-28T09:15:00Z", &now).ok());
        assert_eq!(ahead("2027-01-01"), parse_at("2027-01-01", &now).ok());
        assert_eq!(ahead("soon"), None);
    }

    #[test]
    fn nonsense_is_refused() {
        assert_eq!(parse("yesterday-ish"), None);
        assert_eq!(parse(""), None);
    }
}
