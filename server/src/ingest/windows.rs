//! The newest records first, where the database has no index that is in that order.

use super::table::Wanted;
use weir_model::Timestamp;

/// The first window, milliseconds: a hundred thousand laptops send some ten thousand records in it.
const FIRST: i64 = 60_000;
/// How many times as wide each further window is.
const WIDER: i64 = 8;
/// From here on, milliseconds, whatever is left is looked through at once: a month and a half.
const WIDEST: i64 = 45 * 86_400_000;

/// The time that is asked for, cut into windows, newest first: what fills a page stands in the first of them most of the time.
/// They meet, none overlaps another, and all together are what was asked for.
pub(super) fn windows(wanted: &Wanted, now: Timestamp) -> impl Iterator<Item = Wanted> {
    let mut width = FIRST;
    // Of the millisecond that a page ends in more may follow.
    let behind = wanted
        .behind
        .map(|behind| Timestamp::from_millis(behind.time.saturating_add(1)));
    let mut until = [wanted.until, behind].into_iter().flatten().min();
    let mut left = true;
    std::iter::from_fn(move || {
        if !std::mem::take(&mut left) {
            return None;
        }
        // Clocks may be ahead: no window ends now.
        let newest = until.map_or(now, |until| until.min(now));
        let begin = Some(newest.plus_millis(-width)).filter(|_| width < WIDEST);
        let since = begin.max(wanted.since);
        let window = Wanted {
            since,
            until,
            ..wanted.clone()
        };
        left = since > wanted.since;
        until = since;
        width = width.saturating_mul(WIDER);
        Some(window)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::Behind;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn time() -> impl Strategy<Value = Option<Timestamp>> {
        proptest::option::of((-100_000_000_000..100_000_000_000_i64).prop_map(|by| NOW.plus_millis(by)))
    }

    proptest! {
        #[test]
        fn each_time_is_in_one_window(since in time(), until in time(), behind in time(), at in time()) {
            let behind = behind.map(|time| Behind { time: time.as_millis(), log: 1, seq: 1 });
            let wanted = Wanted { since, until, behind, ..Wanted::default() };
            let at = at.unwrap_or(NOW);
            let holds = |wanted: &Wanted| wanted.since.is_none_or(|since| since <= at)
                && wanted.until.is_none_or(|until| at < until);
            let asked = holds(&wanted) && behind.is_none_or(|behind| at.as_millis() <= behind.time);
            let found = windows(&wanted, NOW).filter(holds).count();
            prop_assert_eq!(found, usize::from(asked));
        }

        #[test]
        fn they_come_newest_first_and_end(since in time(), until in time()) {
            let wanted = Wanted { since, until, ..Wanted::default() };
            let all: Vec<Wanted> = windows(&wanted, NOW).collect();
            prop_assert!(all.len() <= 8);
            prop_assert!(all.windows(2).all(|two| two[0].since == two[1].until));
            prop_assert_eq!(all[0].until, until);
            prop_assert_eq!(all[all.len() - 1].since, since);
        }
    }

    #[test]
    fn the_first_is_the_newest_minute() {
        let first = windows(&Wanted::default(), NOW).next().unwrap();
        assert_eq!((first.since, first.until), (Some(NOW.plus_millis(-60_000)), None));
    }
}
