//! Codes that somebody read out, and what they lift on this device for a while.
//!
//! ```text
//! <state>/policy/overrides.json   codes that were used, tries of the last hour, the latest time (`weir_fleet::OverrideBook`)
//! ```
//!
//! A code is on disk as used before it lifts anything, and a try before it is answered. In between, the time is written every ten
//! minutes, so that a clock that is set back while the agent is away wins no more than that, and the time it is away. What cannot
//! be kept, or read back, lifts nothing: this fails closed. Another enrolment begins anew.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use weir_engine::InForce;
use weir_fleet::{DeviceId, InTheWay, Lifts, OverrideBook, OverrideCodes, OverrideRefused, OverrideUse};
use weir_model::Timestamp;
use weir_store::replace;
use weir_wire::{Lifted, LiftedWhat, NotLifted, Problem, Severity};

use crate::clock::Passing;
use crate::enforce::Enforcer;
use crate::orders::{Given, Orders};

/// The codes of this device.
pub(crate) struct Overrides {
    path: Option<PathBuf>,
    reach: Liftable,
    held: Mutex<Held>,
}

/// Where what is remembered of codes is kept, and of which device.
pub(crate) struct Keeping {
    pub(crate) path: PathBuf,
    pub(crate) device: DeviceId,
    pub(crate) reach: Liftable,
}

/// What the server's codes can lift: what the server could lift by itself if it were heard, and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Liftable {
    /// Its word ends directives: no root names other keys for them.
    pub(crate) directives: bool,
    /// Its word makes policy the newest: no root names another key for that.
    pub(crate) freshness: bool,
}

impl Liftable {
    fn has(self, lifts: Lifts) -> bool {
        match lifts {
            Lifts::Directive(_) => self.directives,
            Lifts::Stale => self.freshness,
        }
    }

    /// What of this a code can lift.
    fn of(self, directive: Option<u64>, is_stale: bool) -> InTheWay {
        InTheWay {
            directive: directive.filter(|number| self.has(Lifts::Directive(*number))),
            stale: is_stale && self.has(Lifts::Stale),
        }
    }
}

struct Held {
    /// `None` where it cannot be read, and on a device that takes no codes.
    book: Option<OverrideBook>,
    /// The latest time as it was written last.
    kept: Timestamp,
    /// What has passed since it was reckoned.
    passing: Passing,
}

/// Passed time is kept in steps of this.
const STEP: i64 = 10 * 60 * 1000;

/// Why a code lifts nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnterError {
    /// There is nothing to verify it with.
    #[error("this device takes no codes: it is enrolled nowhere, or has not met its server since it enrolled")]
    NoKey,
    /// What is kept is not ours.
    #[error("what was kept of used codes cannot be read (`{}`), so none is taken", .0.display())]
    Unread(PathBuf),
    /// The code.
    #[error(transparent)]
    Refused(#[from] OverrideRefused),
    /// The disk.
    #[error("what comes of the code cannot be kept, so it lifts nothing")]
    Keep(#[from] io::Error),
}

impl Overrides {
    /// Those of a device that takes codes, with what was kept; `None` takes none. `newest` is the latest time that is known
    /// from elsewhere.
    pub(crate) fn open(keeping: Option<Keeping>, newest: Timestamp, now: Timestamp) -> Self {
        let mut book = keeping.as_ref().and_then(Keeping::read);
        let kept = book.as_ref().map(OverrideBook::latest).unwrap_or_default();
        if let Some(book) = &mut book {
            book.pass(newest.max(now), 0);
        }
        let passing = Passing::begun();
        Self {
            reach: keeping.as_ref().map(|keeping| keeping.reach).unwrap_or_default(),
            path: keeping.map(|keeping| keeping.path),
            held: Mutex::new(Held { book, kept, passing }),
        }
    }

    /// Until when this is lifted; `None` where it is not. What a root has taken from the server since, no code lifts any more.
    pub(crate) fn lifted(&self, lifts: Lifts, now: Timestamp) -> Option<Timestamp> {
        match self.reach.has(lifts) {
            true => self.held.lock().at(now)?.lifted(lifts),
            false => None,
        }
    }

    /// Keeps the time, in steps. Where that fails, it holds in memory, and the next tick tries again.
    pub(crate) fn tick(&self, now: Timestamp) {
        let Some(path) = &self.path else {
            return;
        };
        let mut held = self.held.lock();
        let kept = held.kept;
        let Some(book) = held.at(now) else {
            return;
        };
        let latest = book.latest();
        if (latest.as_millis() - kept.as_millis()).abs() < STEP {
            return;
        }
        match keep(path, book) {
            Ok(()) => held.kept = latest,
            Err(error) => tracing::warn!(%error, "the time that codes go by cannot be kept"),
        }
    }

    /// The server has said the time: what a wrong clock has ended begins again. It is kept with the next tick.
    pub(crate) fn heard(&self, said: Timestamp, now: Timestamp) {
        let mut held = self.held.lock();
        if held.at(now).is_some_and(|book| book.hear(said, now)) {
            tracing::warn!("a clock that was wrong is not gone by any more, for codes");
        }
    }

    /// The last codes that were used, oldest first.
    pub(crate) fn uses(&self) -> Vec<OverrideUse> {
        let held = self.held.lock();
        held.book.as_ref().map_or_else(Vec::new, |book| book.uses().to_vec())
    }

    /// Enters a code. What it lifts is lifted when this returns, also after a power cut.
    pub(crate) fn enter(
        &self,
        codes: &OverrideCodes,
        text: &str,
        way: InTheWay,
        now: Timestamp,
    ) -> Result<OverrideUse, EnterError> {
        let path = self.path.as_ref().ok_or(EnterError::NoKey)?;
        let mut held = self.held.lock();
        let before = held.at(now).ok_or_else(|| EnterError::Unread(path.clone()))?;
        let mut after = before.clone();
        let entered = after.enter(codes, text, way);
        if after != *before {
            keep(path, &after)?;
            let latest = after.latest();
            *before = after;
            held.kept = latest;
        }
        Ok(entered?)
    }
}

impl Enforcer {
    /// What the administrators have ordered beside policy, unless a code has lifted it here.
    pub(crate) fn ordered(&self, now: Timestamp) -> Arc<Given> {
        let given = self.orders.in_force(now);
        match given.is_policy() || self.overrides.lifted(Lifts::Directive(given.epoch), now).is_none() {
            true => given,
            false => Orders::nothing(),
        }
    }

    /// Nobody has said for too long that policy is the newest, and no code has lifted what follows.
    pub(crate) fn is_stale(&self, in_force: &InForce, now: Timestamp) -> bool {
        self.fresh.is_over(in_force.policy.when_stale(), now) && self.overrides.lifted(Lifts::Stale, now).is_none()
    }

    /// What a code could lift.
    pub(crate) fn in_the_way(&self, now: Timestamp) -> InTheWay {
        let given = self.orders.in_force(now);
        let directive = (!given.is_policy()).then_some(given.epoch);
        let is_stale = self.fresh.is_over(self.in_force.load().policy.when_stale(), now);
        self.overrides.reach.of(directive, is_stale)
    }

    /// What would hold if codes had not lifted it.
    pub(crate) fn lifted(&self, now: Timestamp) -> Vec<Lifted> {
        let way = self.in_the_way(now);
        let directive = way.directive.map(Lifts::Directive);
        let stale = way.stale.then_some(Lifts::Stale);
        let all = directive.into_iter().chain(stale);
        all.filter_map(|lifts| Some(lifted(lifts, self.overrides.lifted(lifts, now)?)))
            .collect()
    }
}

impl Held {
    fn at(&mut self, now: Timestamp) -> Option<&mut OverrideBook> {
        let passed = self.passing.millis();
        let book = self.book.as_mut()?;
        book.pass(now, passed);
        Some(book)
    }
}

impl Keeping {
    fn read(&self) -> Option<OverrideBook> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Some(OverrideBook::begun(self.device)),
            Err(error) => {
                tracing::warn!(%error, "what was kept of used codes cannot be read; none is taken");
                return None;
            }
        };
        match serde_json::from_slice::<OverrideBook>(&text) {
            Ok(book) if book.device() == self.device => Some(book),
            Ok(_) => Some(OverrideBook::begun(self.device)),
            Err(error) => {
                tracing::warn!(%error, "what was kept of used codes is damaged; none is taken");
                None
            }
        }
    }
}

fn keep(path: &Path, book: &OverrideBook) -> io::Result<()> {
    replace(path, &serde_json::to_vec(book)?)
}

impl EnterError {
    /// For programs; `None` where the device has failed.
    pub(crate) fn reason(&self) -> Option<NotLifted> {
        Some(match self {
            Self::NoKey => NotLifted::NoKey,
            Self::Unread(_) | Self::Keep(_) => return None,
            Self::Refused(refused) => match refused {
                OverrideRefused::Misheard(_) => NotLifted::Misheard,
                OverrideRefused::TooMany { .. } => NotLifted::TooMany,
                OverrideRefused::NoDirective | OverrideRefused::NotStale => NotLifted::Nothing,
                OverrideRefused::Wrong { .. } => NotLifted::Wrong,
                OverrideRefused::Used => NotLifted::Used,
                OverrideRefused::Expired => NotLifted::Expired,
            },
        })
    }
}

/// As programs are told.
pub(crate) fn lifted(lifts: Lifts, until: Timestamp) -> Lifted {
    let (what, directive) = match lifts {
        Lifts::Directive(number) => (LiftedWhat::Directive, Some(number)),
        Lifts::Stale => (LiftedWhat::Stale, None),
    };
    Lifted { what, directive, until }
}

/// Among the problems of the status: something that should hold does not.
pub(crate) fn problem(lifted: &Lifted, now: Timestamp) -> Problem {
    let what = match (lifted.what, lifted.directive) {
        (LiftedWhat::Directive, Some(number)) => format!("Order {number} of the administrators does not hold here"),
        (LiftedWhat::Directive, None) => "An order of the administrators does not hold here".to_owned(),
        (LiftedWhat::Stale, _) => "Policy that is out of date holds as it is".to_owned(),
    };
    let minutes = (lifted.until.as_millis() - now.as_millis()).max(0) / 60_000 + 1;
    Problem {
        code: "override".to_owned(),
        title: "A code has lifted something here".to_owned(),
        severity: Severity::Warning,
        text: format!("{what}, for another {minutes} minutes. Everything else holds."),
    }
}

#[cfg(test)]
mod tests {
    use super::{EnterError, Keeping, Liftable, Overrides};
    use std::path::Path;
    use weir_fleet::{DeviceId, InTheWay, Lifts, OverrideCode, OverrideCodes, OverrideKey, OverrideRefused};
    use weir_model::Timestamp;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const HOUR: i64 = 3_600_000;
    const CLOSED: InTheWay = InTheWay {
        directive: Some(7),
        stale: false,
    };

    const SERVERS: Liftable = Liftable {
        directives: true,
        freshness: true,
    };

    fn open(dir: &Path, device: u8, now: Timestamp) -> Overrides {
        reaching(dir, device, SERVERS, now)
    }

    fn reaching(dir: &Path, device: u8, reach: Liftable, now: Timestamp) -> Overrides {
        let keeping = Keeping {
            path: dir.join("overrides.json"),
            device: DeviceId::from_bytes([device; 16]),
            reach,
        };
        Overrides::open(Some(keeping), Timestamp::from_millis(0), now)
    }

    fn codes(device: u8) -> OverrideCodes {
        OverrideKey::new(&[3; 32])
            .codes(DeviceId::from_bytes([device; 16]))
            .unwrap()
    }

    fn code(device: u8, number: u64) -> String {
        let code = OverrideCode {
            number,
            hour: OverrideCode::hour(NOW),
            minutes: 15,
            lifts: Lifts::Directive(7),
        };
        codes(device).write(code).unwrap()
    }

    fn refused(entered: Result<weir_fleet::OverrideUse, EnterError>) -> OverrideRefused {
        match entered {
            Err(EnterError::Refused(refused)) => refused,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_a_code_lifts_outlives_the_agent_and_the_code_is_spent() {
        let dir = tempfile::tempdir().unwrap();
        let first = open(dir.path(), 1, NOW);
        let used = first.enter(&codes(1), &code(1, 4), CLOSED, NOW).unwrap();
        for overrides in [first, open(dir.path(), 1, NOW)] {
            assert_eq!(overrides.lifted(Lifts::Directive(7), NOW), Some(used.until));
            assert_eq!(overrides.uses(), [used]);
            let again = overrides.enter(&codes(1), &code(1, 4), CLOSED, NOW);
            assert_eq!(refused(again), OverrideRefused::Used);
        }
        let late = open(dir.path(), 1, NOW.plus_millis(HOUR));
        assert_eq!(late.lifted(Lifts::Directive(7), NOW), None, "set back while it runs");
        let other = open(dir.path(), 2, NOW);
        assert!(other.uses().is_empty(), "another enrolment begins anew");
    }

    #[test]
    fn tries_are_counted_over_every_end_of_the_agent() {
        let dir = tempfile::tempdir().unwrap();
        for left in (0..5).rev() {
            let wrong = open(dir.path(), 1, NOW).enter(&codes(1), &code(2, 1), CLOSED, NOW);
            assert_eq!(refused(wrong), OverrideRefused::Wrong { left });
        }
        let none = open(dir.path(), 1, NOW).enter(&codes(1), &code(1, 1), CLOSED, NOW);
        assert!(matches!(refused(none), OverrideRefused::TooMany { minutes: 1..=60 }));
    }

    #[test]
    fn what_a_root_keeps_from_the_server_no_code_lifts() {
        let reached = |directives, freshness| {
            let reach = Liftable { directives, freshness };
            let way = reach.of(Some(7), true);
            (way.directive, way.stale)
        };
        assert_eq!(reached(true, true), (Some(7), true));
        assert_eq!(reached(false, true), (None, true));
        assert_eq!(reached(true, false), (Some(7), false));
        assert_eq!(reached(false, false), (None, false));
    }

    #[test]
    fn what_a_root_takes_from_the_server_is_lifted_no_more() {
        let dir = tempfile::tempdir().unwrap();
        let used = open(dir.path(), 1, NOW).enter(&codes(1), &code(1, 1), CLOSED, NOW);
        let until = used.unwrap().until;
        for (directives, lifted) in [(true, Some(until)), (false, None)] {
            let reach = Liftable { directives, ..SERVERS };
            let overrides = reaching(dir.path(), 1, reach, NOW);
            assert_eq!(overrides.lifted(Lifts::Directive(7), NOW), lifted);
        }
    }

    #[test]
    fn a_clock_that_is_set_back_while_the_agent_is_away_wins_no_more_than_a_step() {
        let dir = tempfile::tempdir().unwrap();
        let first = open(dir.path(), 1, NOW);
        first.tick(NOW);
        let path = dir.path().join("overrides.json");
        let begun = std::fs::read(&path).unwrap();
        first.tick(NOW.plus_millis(HOUR / 12));
        assert_eq!(std::fs::read(&path).unwrap(), begun, "in steps");
        first.tick(NOW.plus_millis(6 * HOUR));
        // Nothing is said before the end: the agent was killed, and no code was entered.
        let back = open(dir.path(), 1, NOW);
        let old = back.enter(&codes(1), &code(1, 1), CLOSED, NOW);
        assert_eq!(refused(old), OverrideRefused::Expired);
    }

    #[test]
    fn a_clock_that_was_wrong_once_is_forgotten_when_the_server_is_heard() {
        let dir = tempfile::tempdir().unwrap();
        let year = 365 * 24 * HOUR;
        let first = open(dir.path(), 1, NOW);
        first.tick(NOW.plus_millis(23 * year));
        let again = open(dir.path(), 1, NOW);
        assert!(again.enter(&codes(1), &code(1, 1), CLOSED, NOW).is_err());
        again.heard(NOW, NOW);
        again.tick(NOW);
        let after = open(dir.path(), 1, NOW);
        after.enter(&codes(1), &code(1, 1), CLOSED, NOW).unwrap();
    }

    #[test]
    fn what_cannot_be_kept_or_read_lifts_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let nowhere = open(&dir.path().join("nowhere"), 1, NOW);
        let entered = nowhere.enter(&codes(1), &code(1, 1), CLOSED, NOW);
        assert!(matches!(entered, Err(EnterError::Keep(_))));
        assert_eq!(nowhere.lifted(Lifts::Directive(7), NOW), None);

        std::fs::write(dir.path().join("overrides.json"), b"nonsense").unwrap();
        let damaged = open(dir.path(), 1, NOW);
        damaged.tick(NOW);
        assert_eq!(std::fs::read(dir.path().join("overrides.json")).unwrap(), b"nonsense");
        let entered = damaged.enter(&codes(1), &code(1, 1), CLOSED, NOW);
        assert!(matches!(entered, Err(EnterError::Unread(_))));

        let nobody = Overrides::open(None, NOW, NOW);
        let entered = nobody.enter(&codes(1), &code(1, 1), CLOSED, NOW);
        assert!(matches!(entered, Err(EnterError::NoKey)));
    }
}
