//! Whether this device knows that its policy is the newest, and what holds when it does not.
//!
//! ```text
//! <state>/policy/fresh.json   what is remembered between two statements of the server (`weir_bundle::Reckoning`)
//! ```
//!
//! The file is written whenever something was heard, and every ten minutes in between, so that a clock that is set back while
//! the agent is away wins no more than that. One that cannot be read is begun anew, as on a device that has just enrolled:
//! who can write there can also exchange the keys.

use std::fs;
use std::path::PathBuf;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use weir_bundle::{FreshTrust, Freshness, Newest, Reckoning, StatementRefused, Withheld, verify_fresh};
use weir_model::Timestamp;
use weir_policy::WhenStale;
use weir_store::replace;
use weir_wire::{FreshnessState, Problem, Severity};

use crate::clock::Passing;

/// What of fresh statements is told to this device, and what it made of them.
pub(crate) struct Watched {
    telling: Option<Telling>,
    held: Mutex<Held>,
}

/// Where statements come from, and where what they say is kept.
pub(crate) struct Telling {
    pub(crate) path: PathBuf,
    pub(crate) trust: FreshTrust,
    /// The group of this device.
    pub(crate) group: String,
    /// Its name on the server: another enrolment begins anew.
    pub(crate) device: String,
}

struct Held {
    reckoning: Reckoning,
    /// As it was written last.
    kept: Option<Reckoning>,
    /// What has passed since it was reckoned.
    passing: Passing,
    /// As it was told last.
    told: Freshness,
    /// Why the last statement was not believed.
    refused: Option<String>,
}

/// `fresh.json`.
#[derive(Serialize, Deserialize)]
struct Kept {
    device: String,
    #[serde(flatten)]
    reckoning: Reckoning,
}

/// What is to be noted in the log: a code, and a sentence.
pub(crate) type Remark = (&'static str, String);

/// Passed time is kept in steps of this.
const STEP: i64 = 10 * 60 * 1000;

impl Watched {
    /// With what was remembered; `None` is told nothing, and is always fresh.
    pub(crate) fn open(telling: Option<Telling>, now: Timestamp) -> Self {
        let kept = telling.as_ref().and_then(Telling::kept);
        let watched = Self {
            held: Mutex::new(Held {
                reckoning: kept.unwrap_or_else(|| Reckoning::begun(now)),
                kept,
                passing: Passing::begun(),
                told: Freshness::Fresh,
                refused: None,
            }),
            telling,
        };
        if let Some(telling) = &watched.telling {
            telling.keep(&mut watched.held.lock());
        }
        watched
    }

    /// True when the pack's `stale_action` holds.
    pub(crate) fn is_over(&self, when: &WhenStale, now: Timestamp) -> bool {
        self.telling.is_some() && self.held.lock().reckoning.freshness(when.grace_days, now) == Freshness::Over
    }

    /// Goes by a statement, where it is to be believed. `newest` is the newest bundle that was ever here, `order` the number of
    /// the last directive. Gives what is kept from this device, and what of it is new.
    ///
    /// # Errors
    /// It is not believed: nothing changes, and what was said before ends in its time. With a remark, when that is news.
    pub(crate) fn take(
        &self,
        statement: &[u8],
        newest: Option<&Newest>,
        order: u64,
        now: Timestamp,
    ) -> Result<(Withheld, Option<Remark>), (String, Option<Remark>)> {
        let telling = self.telling.as_ref();
        let telling = telling.ok_or_else(|| ("this device goes by no statements".to_owned(), None))?;
        let mut held = self.held.lock();
        held.pass();
        let now = held.reckoning.now(now);
        let fresh = match verify_fresh(statement, &telling.trust, &telling.group, newest, now) {
            Ok(fresh) => fresh,
            Err(error) => return Err(held.refuse(&error)),
        };
        held.refused = None;
        let before = held.reckoning.withheld;
        if held
            .reckoning
            .hear(&fresh, newest.map_or(0, |newest| newest.number), order)
        {
            telling.keep(&mut held);
        }
        let withheld = held.reckoning.withheld;
        let is_news = !withheld.is_nothing() && withheld != before;
        Ok((withheld, is_news.then(|| ("policy.withheld", kept_back(&withheld)))))
    }

    /// The server's time in its last statement; `None` while there was none.
    pub(crate) fn said(&self) -> Option<Timestamp> {
        self.held.lock().reckoning.said
    }

    /// Reckons with the time that has passed. Gives a remark when policy became stale, or is not any more.
    pub(crate) fn tick(&self, when: &WhenStale, now: Timestamp) -> Option<Remark> {
        let telling = self.telling.as_ref()?;
        let mut held = self.held.lock();
        held.pass();
        let is_behind = |kept: &Reckoning| held.reckoning.seen.as_millis() - kept.seen.as_millis() >= STEP;
        if held.kept.as_ref().is_none_or(is_behind) {
            telling.keep(&mut held);
        }
        let freshness = held.reckoning.freshness(when.grace_days, now);
        if freshness == held.told {
            return None;
        }
        held.told = freshness;
        let text = match freshness {
            Freshness::Fresh => "The server says again that this policy is the newest.".to_owned(),
            Freshness::Stale => {
                "The server has not said for long that this policy is the newest; it stays in force.".to_owned()
            }
            Freshness::Over => format!(
                "The server has not said that this policy is the newest, and the grace is over: {}, unless a code has lifted that.",
                acts(when)
            ),
        };
        let code = match freshness {
            Freshness::Fresh => "policy.fresh",
            Freshness::Stale => STALE,
            Freshness::Over => OVER,
        };
        Some((code, text))
    }

    /// As the status tells it; `None` where nothing is told to this device.
    pub(crate) fn told(&self, when: &WhenStale, now: Timestamp) -> Option<weir_wire::Freshness> {
        self.telling.as_ref()?;
        let reckoning = self.held.lock().reckoning;
        Some(weir_wire::Freshness {
            state: match reckoning.freshness(when.grace_days, now) {
                Freshness::Fresh => FreshnessState::Fresh,
                Freshness::Stale => FreshnessState::Stale,
                Freshness::Over => FreshnessState::Over,
            },
            said: reckoning.said,
            until: reckoning.until,
            acts_from: reckoning.over_from(when.grace_days),
            withheld_bundle: reckoning.withheld.bundle,
            withheld_directive: reckoning.withheld.order,
        })
    }

    /// Among the problems of the status. `is_lifted`: a code has lifted what holds when the grace is over.
    pub(crate) fn problems(&self, when: &WhenStale, is_lifted: bool, now: Timestamp) -> Vec<Problem> {
        if self.telling.is_none() {
            return Vec::new();
        }
        let held = self.held.lock();
        let why = held.refused.as_ref();
        let why = why.map_or_else(String::new, |why| {
            format!(" The last statement is not believed: {why}.")
        });
        let problem = |code: &str, severity, title: &str, text: String| Problem {
            code: code.to_owned(),
            title: title.to_owned(),
            severity,
            text,
        };
        let withheld = held.reckoning.withheld;
        let mut problems = Vec::new();
        if !withheld.is_nothing() {
            let (title, text) = ("The newest policy does not come", kept_back(&withheld));
            problems.push(problem("policy.withheld", Severity::Error, title, text));
        }
        match held.reckoning.freshness(when.grace_days, now) {
            Freshness::Fresh => {}
            Freshness::Over if !is_lifted => {
                let text = format!("Now {}, until the server is heard again.{why}", acts(when));
                let title = "Nobody knows whether this policy is the newest";
                problems.push(problem(OVER, Severity::Error, title, text));
            }
            freshness => {
                let ends = match freshness {
                    Freshness::Over => "the code that was entered is over",
                    _ => "its grace ends",
                };
                let text = format!(
                    "The last policy stays in force. If nothing is heard until {ends}: {}.{why}",
                    acts(when)
                );
                let title = "The server has not said for long that this policy is the newest";
                problems.push(problem(STALE, Severity::Warning, title, text));
            }
        }
        problems
    }
}

const STALE: &str = "policy.stale";
const OVER: &str = "policy.over";

impl Telling {
    fn kept(&self) -> Option<Reckoning> {
        let kept: Kept = serde_json::from_slice(&fs::read(&self.path).ok()?).ok()?;
        (kept.device == self.device).then_some(kept.reckoning)
    }

    /// Where that fails, it holds in memory, and the next tick tries again.
    fn keep(&self, held: &mut Held) {
        let kept = Kept {
            device: self.device.clone(),
            reckoning: held.reckoning,
        };
        // Plain fields cannot fail to be written.
        let text = serde_json::to_vec(&kept).unwrap_or_default();
        match replace(&self.path, &text) {
            Ok(()) => held.kept = Some(held.reckoning),
            Err(error) => tracing::warn!(%error, "what the server said last cannot be kept"),
        }
    }
}

impl Held {
    /// A machine that sleeps does not count here; the clock on the wall does then.
    fn pass(&mut self) {
        self.reckoning.pass(self.passing.millis().unsigned_abs());
    }

    fn refuse(&mut self, error: &StatementRefused) -> (String, Option<Remark>) {
        let why = weir_model::chain(error);
        let is_news = self.refused.as_ref() != Some(&why);
        let remark = || {
            (
                "policy.statement-refused",
                format!("A statement of the server is not believed: {why}."),
            )
        };
        let remark = is_news.then(remark);
        self.refused = Some(why.clone());
        (why, remark)
    }
}

fn kept_back(withheld: &Withheld) -> String {
    let what = [
        withheld.bundle.map(|number| format!("bundle {number}")),
        withheld.order.map(|number| format!("directive {number}")),
    ];
    let what: Vec<String> = what.into_iter().flatten().collect();
    format!(
        "The server says that this device is to have {}, and it is not in force here: it was not handed out, was refused, or comes before what was here already.",
        what.join(" and ")
    )
}

/// What a pack does when the grace is over, in words.
fn acts(when: &WhenStale) -> String {
    let levels: Vec<&str> = when.levels.iter().map(|level| level.as_str()).collect();
    let levels = levels.join(" and ");
    match when.action {
        weir_model::Action::Allow => "nothing changes, as the pack says".to_owned(),
        weir_model::Action::Warn => format!("what is {levels} goes with a warning"),
        _ => format!("what is {levels} goes nowhere"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Telling, Watched};
    use std::path::Path;
    use weir_bundle::{Fresh, FreshTrust, Newest, SigningKey, Trust, seal_fresh};
    use weir_model::Timestamp;
    use weir_policy::WhenStale;
    use weir_wire::FreshnessState;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const HOUR: i64 = 3_600_000;

    fn key() -> SigningKey {
        SigningKey::from_seed(&[9; 32]).unwrap()
    }

    fn watched(dir: &Path, device: &str, now: Timestamp) -> Watched {
        let telling = Telling {
            path: dir.join("fresh.json"),
            trust: FreshTrust {
                trust: Trust {
                    keys: vec![key().public()],
                    threshold: 1,
                },
                hours: 96,
            },
            group: "staff".to_owned(),
            device: device.to_owned(),
        };
        Watched::open(Some(telling), now)
    }

    fn said(number: u64, issued: Timestamp) -> Vec<u8> {
        let fresh = Fresh {
            group: "staff".to_owned(),
            number,
            digest: format!("{number}"),
            wanted: number,
            order: 0,
            issued,
            expires: issued.plus_millis(72 * HOUR),
        };
        seal_fresh(&fresh, &[&key()]).unwrap()
    }

    fn newest(number: u64) -> Newest {
        Newest {
            number,
            digest: format!("{number}"),
        }
    }

    #[test]
    fn what_was_said_outlives_the_agent_and_no_clock_brings_it_back() {
        let dir = tempfile::tempdir().unwrap();
        let (when, bundle) = (WhenStale::default(), newest(3));
        let state = |watched: &Watched, now| watched.told(&when, now).unwrap().state;
        let first = watched(dir.path(), "one", NOW);
        first.take(&said(3, NOW), Some(&bundle), 0, NOW).unwrap();
        let later = NOW.plus_millis(73 * HOUR);
        assert_eq!(state(&first, later), FreshnessState::Stale);
        assert!(first.tick(&when, later).unwrap().1.contains("stays in force"));
        assert!(first.tick(&when, later).is_none(), "said once");

        // The server is heard at the end, and the clock is set back while the agent is away.
        first
            .take(&said(3, NOW.plus_millis(70 * HOUR)), Some(&bundle), 0, later)
            .unwrap();
        let again = watched(dir.path(), "one", NOW);
        assert_eq!(state(&again, NOW), FreshnessState::Fresh);
        assert_eq!(again.told(&when, NOW).unwrap().until, NOW.plus_millis(142 * HOUR));
        let old = again.take(&said(3, NOW), Some(&bundle), 0, NOW);
        assert!(old.unwrap().1.is_none());
        assert_eq!(again.told(&when, NOW).unwrap().until, NOW.plus_millis(142 * HOUR));

        let over = NOW.plus_millis((142 + 7 * 24) * HOUR);
        assert!(again.is_over(&when, over));
        let told = again.problems(&when, false, over);
        assert_eq!(told[0].code, "policy.over");
        assert!(told[0].text.contains("goes nowhere"));
        let lifted = again.problems(&when, true, over);
        assert_eq!((lifted.len(), &*lifted[0].code), (1, "policy.stale"));
        assert!(lifted[0].text.contains("until the code that was entered is over"));
        let other = watched(dir.path(), "two", over);
        assert!(!other.is_over(&when, over), "another enrolment begins anew");
    }

    #[test]
    fn what_is_kept_back_is_told_and_what_is_not_believed_too_once_each() {
        let dir = tempfile::tempdir().unwrap();
        let when = WhenStale::default();
        let watched = watched(dir.path(), "one", NOW);
        let (withheld, remark) = watched.take(&said(4, NOW), Some(&newest(3)), 0, NOW).unwrap();
        assert_eq!(withheld.bundle, Some(4));
        assert!(remark.unwrap().1.contains("bundle 4"));
        assert_eq!(watched.problems(&when, false, NOW)[0].code, "policy.withheld");
        assert!(
            watched
                .take(&said(4, NOW), Some(&newest(3)), 0, NOW)
                .unwrap()
                .1
                .is_none()
        );
        watched.take(&said(4, NOW), Some(&newest(4)), 0, NOW).unwrap();
        assert!(watched.problems(&when, false, NOW).is_empty());

        let (_, remark) = watched.take(&said(3, NOW), Some(&newest(4)), 0, NOW).unwrap_err();
        assert_eq!(remark.unwrap().0, "policy.statement-refused");
        assert!(
            watched
                .take(&said(3, NOW), Some(&newest(4)), 0, NOW)
                .unwrap_err()
                .1
                .is_none()
        );
        let stale = NOW.plus_millis(80 * HOUR);
        assert!(
            watched.problems(&when, false, stale)[0]
                .text
                .contains("number 4 was the newest")
        );
    }

    #[test]
    fn a_device_that_is_told_nothing_is_fresh() {
        let when = WhenStale {
            grace_days: 0,
            ..WhenStale::default()
        };
        let watched = Watched::open(None, NOW);
        let late = NOW.plus_millis(1_000_000 * HOUR);
        assert!(!watched.is_over(&when, late));
        assert!(watched.told(&when, late).is_none() && watched.tick(&when, late).is_none());
        assert!(watched.take(&said(1, NOW), None, 0, NOW).is_err());
    }
}
