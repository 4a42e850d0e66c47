//! What a device makes of fresh statements: whether it runs what it is to run, until when it knows that, and what then.
//!
//! ```text
//! statement that is met ─▶ fresh ── its time is over ─▶ stale ── the grace of the pack ─▶ over
//!            ▲                                            told          the pack's `stale_action`
//!            └── the next one that is met, from wherever it stands
//! ```
//!
//! A statement that wants more than the device runs is not met, and puts nothing off: a server that says what is newest and
//! hands out something older is found out at once, and has until the last statement ends, plus the grace.

use serde::{Deserialize, Serialize};
use weir_model::Timestamp;

use crate::fresh::Fresh;

/// How new a device's policy is known to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Freshness {
    /// It is the newest, as far as the last statement reaches.
    Fresh,
    /// Nobody has said so for too long: it stays in force, and people are told. Fails open.
    Stale,
    /// The grace is over as well: the `stale_action` of the pack holds. Fails closed.
    Over,
}

/// What a statement wants and the device does not run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// Number of the bundle it is to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<u64>,
    /// Number of the directive it was to take. Also an earlier one than it took last, which it refuses: the server does not know what
    /// it has ordered, as after a restore.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<u64>,
}

impl Withheld {
    /// True when nothing is.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl Fresh {
    /// What of this statement a device lacks whose newest bundle and last directive have these numbers.
    #[must_use]
    pub fn lacking(&self, bundle: u64, order: u64) -> Withheld {
        Withheld {
            bundle: (self.wanted > bundle).then_some(self.wanted),
            // A roll-out may want an older bundle than the device runs; of directives, one holds for all.
            order: (self.order != 0 && self.order != order).then_some(self.order),
        }
    }
}

/// What is remembered between two statements. Plain values, to be kept on disk.
///
/// The time is not the clock's alone, which can be set back: it is at least what the server said last, plus what has passed
/// since while the agent ran. A clock that is set forward makes a device stale until it is right again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reckoning {
    /// Until when policy is known to be the newest.
    pub until: Timestamp,
    /// When the last statement was made, whether it was met or not: an older one changes nothing.
    pub said: Option<Timestamp>,
    /// The server's time at the last statement, and what has passed since.
    pub seen: Timestamp,
    /// What the last statement wants and the device does not run.
    #[serde(default)]
    pub withheld: Withheld,
}

/// As long as a server's statement lasts: so long a device waits for its first one.
const FIRST: i64 = 72 * HOUR;
const HOUR: i64 = 60 * 60 * 1000;
const DAY: i64 = 24 * HOUR;

impl Reckoning {
    /// From a moment on at which a device should be told, and was not yet.
    #[must_use]
    pub fn begun(now: Timestamp) -> Self {
        Self {
            until: now.plus_millis(FIRST),
            said: None,
            seen: Timestamp::from_millis(0),
            withheld: Withheld::default(),
        }
    }

    /// The time, by a clock that may have been set back.
    #[must_use]
    pub fn now(&self, clock: Timestamp) -> Timestamp {
        clock.max(self.seen)
    }

    /// So many milliseconds have passed, by a clock that nobody sets.
    pub fn pass(&mut self, millis: u64) {
        if self.said.is_some() {
            self.seen = self.seen.plus_millis(i64::try_from(millis).unwrap_or(i64::MAX));
        }
    }

    /// Goes by a verified statement, on a device whose newest bundle and directive have these numbers. False where it is not
    /// newer than the last one and says nothing else.
    pub fn hear(&mut self, fresh: &Fresh, bundle: u64, order: u64) -> bool {
        if self.said.is_some_and(|said| fresh.issued < said) {
            return false;
        }
        let before = *self;
        self.said = Some(fresh.issued);
        self.seen = self.seen.max(fresh.issued);
        self.withheld = fresh.lacking(bundle, order);
        if self.withheld.is_nothing() {
            self.until = self.until.max(fresh.expires);
        }
        *self != before
    }

    /// How new policy is known to be, with the grace of the pack in days.
    #[must_use]
    pub fn freshness(&self, grace_days: u32, clock: Timestamp) -> Freshness {
        let now = self.now(clock);
        match () {
            () if now < self.until => Freshness::Fresh,
            () if now < self.over_from(grace_days) => Freshness::Stale,
            () => Freshness::Over,
        }
    }

    /// From when on the pack's `stale_action` holds, if nothing is heard.
    #[must_use]
    pub fn over_from(&self, grace_days: u32) -> Timestamp {
        self.until.plus_millis(i64::from(grace_days) * DAY)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fresh, Freshness, HOUR, Reckoning, Withheld};
    use proptest::prelude::*;
    use weir_model::Timestamp;

    const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn at(hours: i64) -> Timestamp {
        START.plus_millis(hours * HOUR)
    }

    fn said(at_hour: i64, wanted: u64, order: u64) -> Fresh {
        Fresh {
            group: "staff".to_owned(),
            number: wanted,
            digest: String::new(),
            wanted,
            order,
            issued: at(at_hour),
            expires: at(at_hour + 72),
        }
    }

    #[test]
    fn what_is_not_said_again_becomes_stale_and_after_the_grace_it_is_over() {
        for (first, hour, grace, expected) in [
            (None, 0, 7, Freshness::Fresh),
            (None, 71, 7, Freshness::Fresh),
            (None, 72, 7, Freshness::Stale),
            (None, 72 + 7 * 24, 7, Freshness::Over),
            (Some(10), 81, 7, Freshness::Fresh),
            (Some(10), 82, 7, Freshness::Stale),
            (Some(10), 82 + 24 * 7 - 1, 7, Freshness::Stale),
            (Some(10), 82 + 24 * 7, 7, Freshness::Over),
            (Some(10), 82, 0, Freshness::Over),
            (Some(10), 82 + 24 * 300, 365, Freshness::Stale),
        ] {
            let mut reckoning = Reckoning::begun(START);
            if let Some(first) = first {
                assert!(reckoning.hear(&said(first, 3, 0), 3, 0));
            }
            assert_eq!(
                reckoning.freshness(grace, at(hour)),
                expected,
                "{first:?} {hour} {grace}"
            );
        }
    }

    #[test]
    fn a_statement_that_wants_more_than_there_is_puts_nothing_off() {
        let lacks = |bundle, order| Withheld { bundle, order };
        for (wanted, order, expected) in [
            (3, 0, lacks(None, None)),
            (2, 4, lacks(None, None)),
            (4, 0, lacks(Some(4), None)),
            (3, 5, lacks(None, Some(5))),
            (9, 9, lacks(Some(9), Some(9))),
            (3, 3, lacks(None, Some(3))),
        ] {
            let mut reckoning = Reckoning::begun(START);
            reckoning.hear(&said(0, 3, 4), 3, 4);
            reckoning.hear(&said(70, wanted, order), 3, 4);
            assert_eq!(reckoning.withheld, expected);
            let is_met = expected.is_nothing();
            assert_eq!(reckoning.until, at(if is_met { 142 } else { 72 }), "{wanted} {order}");
            // What was kept back has come.
            reckoning.hear(&said(70, wanted, order), wanted, order);
            assert_eq!((reckoning.until, reckoning.withheld.is_nothing()), (at(142), true));
        }
    }

    #[test]
    fn an_older_statement_changes_nothing() {
        let mut reckoning = Reckoning::begun(START);
        reckoning.hear(&said(50, 4, 0), 3, 0);
        let before = reckoning;
        assert!(
            !reckoning.hear(&said(40, 3, 0), 3, 0),
            "it does not name the newer bundle"
        );
        assert_eq!(reckoning, before);
        assert!(!reckoning.hear(&said(50, 4, 0), 3, 0));
    }

    #[test]
    fn a_clock_that_is_set_back_gives_nothing_and_one_that_is_set_forward_heals() {
        let mut reckoning = Reckoning::begun(START);
        reckoning.hear(&said(0, 3, 0), 3, 0);
        for _ in 0..73 {
            reckoning.pass(HOUR.unsigned_abs());
        }
        assert_eq!(reckoning.freshness(7, at(-1000)), Freshness::Stale);
        assert_eq!(reckoning.freshness(7, at(24 * 365)), Freshness::Over);
        assert_eq!(reckoning.freshness(7, at(73)), Freshness::Stale);
        reckoning.hear(&said(74, 3, 0), 3, 0);
        assert_eq!(reckoning.freshness(7, at(-1000)), Freshness::Fresh);
    }

    proptest! {
        /// Whatever the clock says, nothing stays fresh for longer than the statements last by the time that has passed.
        #[test]
        fn no_clock_extends_what_was_said(
            steps in proptest::collection::vec((0u64..40, proptest::option::of(0u64..5), -100_000i64..100_000), 1..60),
        ) {
            let mut reckoning = Reckoning::begun(START);
            reckoning.hear(&said(0, 0, 0), 0, 0);
            let (mut hour, mut last_met) = (0i64, 0i64);
            for (passed, wanted, off) in steps {
                hour += i64::try_from(passed).unwrap();
                reckoning.pass(passed * HOUR.unsigned_abs());
                if let Some(wanted) = wanted {
                    reckoning.hear(&said(hour, wanted, 0), 2, 0);
                    last_met = if wanted <= 2 { hour } else { last_met };
                }
                let found = reckoning.freshness(7, at(hour + off));
                let truth = match hour - last_met {
                    ..72 => Freshness::Fresh,
                    since if since < 72 + 7 * 24 => Freshness::Stale,
                    _ => Freshness::Over,
                };
                prop_assert!(found >= truth, "{found:?} at hour {hour}, last met at {last_met}");
                prop_assert_eq!(reckoning.freshness(7, at(hour)), truth);
                prop_assert!(reckoning.until <= START.plus_millis((hour + 72) * HOUR));
            }
        }
    }
}
