//! What a device remembers of override codes: those it has used, tries of the last hour that lifted nothing, and the latest time
//! it has seen.
//!
//! Plain values, to be kept on disk. A code counts as used before it lifts anything and a try before it is answered, which is the
//! caller's part: it keeps the book first, and now and then the time alone. Time goes forward only, so that a clock that is set
//! back revives no code, lengthens nothing and gives no more tries. Only the server's word brings it back, from where a clock that
//! was wrong had taken it.

use crate::DeviceId;
use crate::override_code::{Lifts, Misheard, OverrideCodes, Worth, hear};
use serde::{Deserialize, Serialize};
use weir_model::Timestamp;

/// The codes of one enrolment of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideBook {
    device: DeviceId,
    /// The highest number that was used; 0 for none.
    used: u64,
    /// The last uses, oldest first.
    uses: Vec<OverrideUse>,
    /// When codes were tried that lifted nothing: wrong, used before, or over.
    wrong: Vec<Timestamp>,
    /// The latest time that was seen.
    latest: Timestamp,
}

/// A code was used on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideUse {
    /// Number of the code.
    pub number: u64,
    /// What it lifts.
    pub lifts: Lifts,
    /// When it was entered.
    pub entered: Timestamp,
    /// Until when it lifts.
    pub until: Timestamp,
}

/// What stands in the way on a device, and could be lifted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InTheWay {
    /// Number of the directive that holds.
    pub directive: Option<u64>,
    /// Policy is out of date, and what its pack does then holds.
    pub stale: bool,
}

/// Why a code lifts nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverrideRefused {
    /// It is none, by its letters alone.
    #[error(transparent)]
    Misheard(#[from] Misheard),
    /// Too many lifted nothing.
    #[error("{MOST_WRONG} codes lifted nothing; try again in {minutes} minutes")]
    TooMany {
        /// From now.
        minutes: i64,
    },
    /// It is for a directive.
    #[error("no order of the administrators holds that this code could lift; it is not used up")]
    NoDirective,
    /// It is for policy that is out of date.
    #[error("policy is not out of date, and this code lifts nothing else; it is not used up")]
    NotStale,
    /// It is none of this device, or not for what stands in the way.
    #[error("not a code for this device and what holds here now; {left} more may be tried within the hour")]
    Wrong {
        /// Tries before none is taken for a while.
        left: usize,
    },
    /// It was one.
    #[error("this code was used, or one that was made after it")]
    Used,
    /// It was one.
    #[error("the time of this code is over, by this device's clock")]
    Expired,
}

/// Codes that lift nothing, within an hour.
pub const MOST_WRONG: usize = 5;
/// Uses that a server is told of again.
const MOST_USES: usize = 16;
/// The server's word may be an hour old when it comes: what is less ahead of it may be right.
const AHEAD: i64 = 2 * HOUR;
const HOUR: i64 = 3_600_000;
const MINUTE: i64 = 60_000;

impl OverrideBook {
    /// Of a device that has just enrolled.
    #[must_use]
    pub fn begun(device: DeviceId) -> Self {
        Self {
            device,
            used: 0,
            uses: Vec::new(),
            wrong: Vec::new(),
            latest: Timestamp::from_millis(0),
        }
    }

    /// Whose it is.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// The last uses, oldest first.
    #[must_use]
    pub fn uses(&self) -> &[OverrideUse] {
        &self.uses
    }

    /// The latest time that was seen.
    #[must_use]
    pub fn latest(&self) -> Timestamp {
        self.latest
    }

    /// Goes on to the time of the clock, or to what has passed since by one that nobody sets, whichever is later.
    pub fn pass(&mut self, clock: Timestamp, millis: i64) -> Timestamp {
        self.latest = clock.max(self.latest.plus_millis(millis.max(0)));
        self.latest
    }

    /// The server has said the time, not long ago. Where neither that nor the clock is near the latest time that was seen, a clock
    /// was wrong then: time goes on from the later of the two, and what was entered and tried in between moves along. True where
    /// that is so.
    pub fn hear(&mut self, said: Timestamp, clock: Timestamp) -> bool {
        let right = clock.max(said);
        let ahead = self.latest.as_millis() - right.as_millis();
        if ahead <= AHEAD {
            return false;
        }
        self.latest = right;
        // What was over stays over, and what was not has as long to go.
        for used in self.uses.iter_mut().filter(|used| used.until > right) {
            used.entered = used.entered.plus_millis(-ahead);
            used.until = used.until.plus_millis(-ahead);
        }
        for tried in self.wrong.iter_mut().filter(|tried| **tried > right) {
            *tried = tried.plus_millis(-ahead);
        }
        true
    }

    /// Enters a code, at the time that was passed to last.
    ///
    /// # Errors
    /// It lifts nothing. The book has changed where that was a try: the code was wrong, used before, or over.
    pub fn enter(&mut self, codes: &OverrideCodes, text: &str, way: InTheWay) -> Result<OverrideUse, OverrideRefused> {
        let now = self.latest;
        let heard = hear(text)?;
        self.wrong.retain(|tried| now.as_millis() - tried.as_millis() < HOUR);
        if self.wrong.len() >= MOST_WRONG {
            let first = self.wrong.first().map_or(now, |tried| tried.plus_millis(HOUR));
            let minutes = (first.as_millis() - now.as_millis() + MINUTE - 1) / MINUTE;
            return Err(OverrideRefused::TooMany { minutes });
        }
        match (heard.lifts_directive(), way) {
            (true, InTheWay { directive: None, .. }) => return Err(OverrideRefused::NoDirective),
            (false, InTheWay { stale: false, .. }) => return Err(OverrideRefused::NotStale),
            _ => {}
        }
        match codes.read(&heard, self.used, way.directive.unwrap_or(0), now) {
            Some(Worth::Good(code)) => {
                let minutes = i64::from(code.minutes);
                let until = now.plus_millis(minutes * MINUTE);
                Ok(self.note(OverrideUse {
                    number: code.number,
                    lifts: code.lifts,
                    entered: now,
                    until,
                }))
            }
            Some(Worth::Used) => Err(self.try_in_vain(now, |_| OverrideRefused::Used)),
            Some(Worth::Expired) => Err(self.try_in_vain(now, |_| OverrideRefused::Expired)),
            None => Err(self.try_in_vain(now, |left| OverrideRefused::Wrong { left })),
        }
    }

    /// Until when this is lifted; `None` where it is not.
    #[must_use]
    pub fn lifted(&self, lifts: Lifts) -> Option<Timestamp> {
        let of_this = self.uses.iter().filter(|used| used.lifts == lifts);
        of_this
            .map(|used| used.until)
            .max()
            .filter(|until| self.latest < *until)
    }

    /// Counts a try; `why` is given how many are left. An old code counts as well: each one is looked at and recorded.
    fn try_in_vain(&mut self, now: Timestamp, why: impl FnOnce(usize) -> OverrideRefused) -> OverrideRefused {
        self.wrong.push(now);
        why(MOST_WRONG.saturating_sub(self.wrong.len()))
    }

    fn note(&mut self, used: OverrideUse) -> OverrideUse {
        self.used = used.number;
        self.uses.push(used);
        let over = self.uses.len().saturating_sub(MOST_USES);
        self.uses.drain(..over);
        used
    }
}

#[cfg(test)]
mod tests {
    use super::{HOUR, InTheWay, MINUTE, MOST_WRONG, OverrideBook, OverrideRefused};
    use crate::override_code::{Lifts, OverrideCode, OverrideCodes, OverrideKey};
    use crate::{DeviceId, Misheard};
    use proptest::prelude::*;
    use weir_model::Timestamp;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const CLOSED: InTheWay = InTheWay {
        directive: Some(7),
        stale: false,
    };

    fn device() -> DeviceId {
        DeviceId::from_bytes([1; 16])
    }

    fn codes() -> OverrideCodes {
        OverrideKey::new(&[3; 32]).codes(device()).unwrap()
    }

    fn written(number: u64, lifts: Lifts, made: Timestamp) -> String {
        let code = OverrideCode {
            number,
            hour: OverrideCode::hour(made),
            minutes: 15,
            lifts,
        };
        codes().write(code).unwrap()
    }

    fn book() -> OverrideBook {
        let mut book = OverrideBook::begun(device());
        book.pass(NOW, 0);
        book
    }

    /// As after an end of the agent: what was on the disk, and nothing else.
    fn again(book: &OverrideBook) -> OverrideBook {
        serde_json::from_str(&serde_json::to_string(book).unwrap()).unwrap()
    }

    #[test]
    fn a_code_lifts_its_directive_once_and_for_its_minutes() {
        let mut book = book();
        let code = written(3, Lifts::Directive(7), NOW);
        let used = book.enter(&codes(), &code, CLOSED).unwrap();
        assert_eq!((used.number, used.until), (3, NOW.plus_millis(15 * MINUTE)));
        let mut book = again(&book);
        assert_eq!(book.lifted(Lifts::Directive(7)), Some(used.until));
        assert_eq!(book.lifted(Lifts::Directive(8)), None, "one that comes later holds");
        assert_eq!(book.lifted(Lifts::Stale), None);
        assert_eq!(book.enter(&codes(), &code, CLOSED), Err(OverrideRefused::Used));
        let older = written(2, Lifts::Directive(7), NOW);
        assert_eq!(book.enter(&codes(), &older, CLOSED), Err(OverrideRefused::Used));
        assert_eq!(book.uses(), [used]);
        book.pass(used.until, 0);
        assert_eq!(book.lifted(Lifts::Directive(7)), None);
        book.pass(NOW, 0);
        assert_eq!(book.lifted(Lifts::Directive(7)), None, "the clock was set back");
    }

    #[test]
    fn a_code_whose_time_is_over_stays_over_with_the_clock_set_back() {
        let mut book = book();
        let code = written(1, Lifts::Directive(7), NOW);
        book.pass(NOW.plus_millis(6 * HOUR), 0);
        assert_eq!(book.enter(&codes(), &code, CLOSED), Err(OverrideRefused::Expired));
        let mut back = again(&book);
        back.pass(NOW, 0);
        assert_eq!(back.enter(&codes(), &code, CLOSED), Err(OverrideRefused::Expired));
        let mut slow = self::book();
        slow.pass(NOW, 6 * HOUR);
        assert_eq!(
            slow.enter(&codes(), &code, CLOSED),
            Err(OverrideRefused::Expired),
            "set back all the while"
        );
    }

    #[test]
    fn a_clock_that_was_wrong_for_a_minute_ends_no_code_once_the_server_was_heard() {
        let (mut book, year) = (book(), 365 * 24 * HOUR);
        let [good, other] = [1, 2].map(|number| written(number, Lifts::Directive(7), NOW));
        book.pass(NOW.plus_millis(23 * year), 0);
        assert!(book.enter(&codes(), &good, CLOSED).is_err());
        book.pass(NOW, MINUTE);
        let mut book = again(&book);
        assert!(book.enter(&codes(), &good, CLOSED).is_err());
        assert!(!book.hear(NOW, NOW.plus_millis(23 * year)), "the clock is wrong still");
        assert!(book.hear(NOW.plus_millis(-HOUR), NOW));
        let used = book.enter(&codes(), &good, CLOSED).unwrap();
        assert_eq!((used.entered, used.until), (NOW, NOW.plus_millis(15 * MINUTE)));

        // What lifts while the clock is wrong lifts as long, and what was over stays over.
        book.pass(NOW.plus_millis(year), 0);
        assert_eq!(book.lifted(Lifts::Directive(7)), None);
        assert!(book.hear(NOW, NOW));
        assert_eq!(book.lifted(Lifts::Directive(7)), None);
        let mut book = self::book();
        book.pass(NOW.plus_millis(3 * HOUR), 0);
        let used = book.enter(&codes(), &other, CLOSED).unwrap();
        book.pass(NOW, 5 * MINUTE);
        assert!(book.hear(NOW, NOW));
        let until = book.lifted(Lifts::Directive(7)).unwrap();
        assert_eq!(until, NOW.plus_millis(10 * MINUTE), "{used:?}");
    }

    #[test]
    fn the_servers_word_gives_no_time_and_no_tries() {
        let mut book = book();
        let other = written(1, Lifts::Directive(8), NOW);
        for _ in 0..MOST_WRONG {
            book.pass(NOW.plus_millis(24 * HOUR), 0);
            assert!(matches!(
                book.enter(&codes(), &other, CLOSED),
                Err(OverrideRefused::Wrong { .. })
            ));
        }
        assert!(
            !book.hear(NOW.plus_millis(23 * HOUR), NOW),
            "an hour old, and the clock was set back"
        );
        assert!(book.hear(NOW, NOW));
        let refused = OverrideRefused::TooMany { minutes: 60 };
        assert_eq!(book.enter(&codes(), &other, CLOSED), Err(refused));
        book.pass(NOW, HOUR);
        assert_eq!(
            book.enter(&codes(), &other, CLOSED),
            Err(OverrideRefused::Wrong { left: MOST_WRONG - 1 })
        );
    }

    #[test]
    fn nobody_tries_often_and_slips_and_right_codes_are_no_tries() {
        let mut book = book();
        let (right, other) = (
            written(1, Lifts::Directive(7), NOW),
            written(1, Lifts::Directive(8), NOW),
        );
        for left in (0..5).rev() {
            assert_eq!(
                book.enter(&codes(), "7K3M-QX9V-2DT", CLOSED),
                Err(OverrideRefused::Misheard(Misheard::Length(11)))
            );
            book = again(&book);
            assert_eq!(
                book.enter(&codes(), &other, CLOSED),
                Err(OverrideRefused::Wrong { left })
            );
        }
        for (clock, minutes) in [
            (NOW, 60),
            (NOW.plus_millis(-24 * HOUR), 60),
            (NOW.plus_millis(HOUR - 1), 1),
        ] {
            book.pass(clock, 0);
            let refused = OverrideRefused::TooMany { minutes };
            assert_eq!(book.enter(&codes(), &right, CLOSED), Err(refused));
        }
        book.pass(NOW, 1);
        assert!(book.enter(&codes(), &right, CLOSED).is_ok());
    }

    #[test]
    fn codes_that_were_used_or_are_over_are_tries_as_well() {
        let mut book = book();
        let [first, second, third] = [1, 2, 3].map(|number| written(number, Lifts::Directive(7), NOW));
        assert!(book.enter(&codes(), &second, CLOSED).is_ok());
        for code in [&first, &second, &first, &second] {
            assert_eq!(book.enter(&codes(), code, CLOSED), Err(OverrideRefused::Used));
            book = again(&book);
        }
        book.pass(NOW.plus_millis(HOUR - 1), 0);
        let over = written(3, Lifts::Directive(7), NOW.plus_millis(-24 * HOUR));
        assert_eq!(book.enter(&codes(), &over, CLOSED), Err(OverrideRefused::Expired));
        let refused = OverrideRefused::TooMany { minutes: 1 };
        assert_eq!(again(&book).enter(&codes(), &third, CLOSED), Err(refused));
        book.pass(NOW, 1);
        assert!(
            book.enter(&codes(), &third, CLOSED).is_ok(),
            "an hour after the first four"
        );
    }

    #[test]
    fn a_code_that_has_nothing_to_lift_is_not_used_up() {
        let mut book = book();
        let directive = written(1, Lifts::Directive(7), NOW);
        let stale = written(2, Lifts::Stale, NOW);
        let before = book.clone();
        let nothing = InTheWay::default();
        assert_eq!(
            book.enter(&codes(), &directive, nothing),
            Err(OverrideRefused::NoDirective)
        );
        assert_eq!(book.enter(&codes(), &stale, CLOSED), Err(OverrideRefused::NotStale));
        assert_eq!(book, before);
        let both = InTheWay { stale: true, ..CLOSED };
        let first = book.enter(&codes(), &directive, both).unwrap();
        let second = book.enter(&codes(), &stale, both).unwrap();
        assert_eq!((first.lifts, second.lifts), (Lifts::Directive(7), Lifts::Stale));
        assert!(book.lifted(Lifts::Directive(7)).is_some() && book.lifted(Lifts::Stale).is_some());
    }

    proptest! {
        /// Whatever is entered in whatever order and under whatever clock: nothing lifts twice, numbers rise, and no more than
        /// five codes that lift nothing are looked at in an hour of the time that has really passed.
        #[test]
        fn no_order_and_no_clock_gives_more_than_was_given(
            steps in proptest::collection::vec((1..6_u64, 6..9_u64, 0..30_i64, -100_000..1_i64), 1..60),
        ) {
            let mut book = book();
            let (mut passed, mut lifted, mut wrong) = (0, Vec::new(), Vec::new());
            for (number, directive, minutes, off) in steps {
                passed += minutes * MINUTE;
                book.pass(NOW.plus_millis(passed + off * MINUTE), minutes * MINUTE);
                let code = written(number, Lifts::Directive(directive), NOW);
                match book.enter(&codes(), &code, CLOSED) {
                    Ok(used) => {
                        prop_assert_eq!((used.number, directive), (number, 7));
                        prop_assert!(passed < 5 * HOUR);
                        prop_assert!(lifted.iter().all(|before| *before < number));
                        lifted.push(number);
                    }
                    Err(OverrideRefused::Wrong { .. } | OverrideRefused::Used | OverrideRefused::Expired) => {
                        wrong.push(passed);
                    }
                    Err(_) => {}
                }
                prop_assert!(wrong.windows(6).all(|six| six[5] - six[0] >= HOUR));
                book = again(&book);
            }
        }
    }
}
