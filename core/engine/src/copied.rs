//! What was copied before: whether a message has some of it, and from where.
//!
//! Kept are keyed digests, of values that were found and of runs of words, neither text nor values. One user's, in memory,
//! for a working day; whoever keeps it gives it to the next [`judge`](crate::judge).

use std::collections::{HashSet, VecDeque};
use std::hash::Hasher;
use std::sync::Arc;

use siphasher::sip::SipHasher13;
use weir_model::{CopiedFrom, Finding, Fingerprint, Role, Segment, Sensitive, Timestamp};

use crate::FingerprintKey;

/// How long a copy is remembered.
const LIFETIME_MILLIS: i64 = 8 * 60 * 60 * 1000;
/// Copies remembered of one user.
const MOST_COPIES: usize = 256;
/// Words of one run: fewer are said by everybody.
const RUN: usize = 8;
/// Runs remembered of one copy, from its beginning.
const MOST_RUNS: usize = 256;
/// Runs of a copy that must stand in a message; all of them where it has fewer.
const ENOUGH: usize = 3;
/// Words of a message that are looked at.
const MOST_WORDS: usize = 64 * 1024;

/// What one user copied.
#[derive(Clone, Default)]
pub struct CopiedTexts {
    key: [u8; 16],
    /// The newest last.
    copies: VecDeque<Arc<Copied>>,
}

struct Copied {
    from: CopiedFrom,
    values: HashSet<Fingerprint>,
    runs: HashSet<u64>,
}

impl CopiedTexts {
    /// Nothing yet.
    #[must_use]
    pub fn new(key: &FingerprintKey) -> Self {
        Self {
            key: key.derived(),
            copies: VecDeque::new(),
        }
    }

    /// Something was copied. What could not be known again is not remembered.
    pub fn remember(&mut self, texts: &[Sensitive<String>], findings: &[Finding], from: CopiedFrom) {
        self.forget(from.time);
        let values: HashSet<Fingerprint> = findings
            .iter()
            .filter_map(|finding| finding.fingerprint.clone())
            .collect();
        let texts = texts.iter().map(|text| text.expose().as_str());
        let runs: HashSet<u64> = self.runs(texts).take(MOST_RUNS).collect();
        if values.is_empty() && runs.is_empty() {
            return;
        }
        if self.copies.len() == MOST_COPIES {
            self.copies.pop_front();
        }
        self.copies.push_back(Arc::new(Copied { from, values, runs }));
    }

    /// Forgets what is too old.
    pub fn forget(&mut self, now: Timestamp) {
        let before = now.plus_millis(-LIFETIME_MILLIS);
        self.copies.retain(|copy| copy.from.time >= before);
    }

    /// True when nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.copies.is_empty()
    }

    /// Where the newest copy came from that a message has something of.
    pub(crate) fn source(&self, segments: &[Segment], findings: &[Finding]) -> Option<CopiedFrom> {
        if self.copies.is_empty() {
            return None;
        }
        let values: HashSet<&Fingerprint> = findings
            .iter()
            .filter(|finding| is_new(finding.place.role))
            .filter_map(|finding| finding.fingerprint.as_ref())
            .collect();
        let texts = segments.iter().filter(|segment| is_new(segment.place.role));
        let runs: HashSet<u64> = self.runs(texts.map(|segment| segment.text.expose().as_str())).collect();
        let stands_in = |copy: &&Arc<Copied>| {
            let value = || copy.values.iter().any(|value| values.contains(value));
            value() || copy.is_said(&runs)
        };
        self.copies.iter().rev().find(stands_in).map(|copy| copy.from.clone())
    }

    fn runs<'a>(&self, texts: impl Iterator<Item = &'a str>) -> impl Iterator<Item = u64> {
        texts
            .flat_map(|text| {
                let words: Vec<u64> = text
                    .split_whitespace()
                    .take(MOST_WORDS)
                    .map(|word| self.word(word))
                    .collect();
                let runs: Vec<u64> = words.windows(RUN).map(run).collect();
                runs
            })
            .take(MOST_WORDS)
    }

    fn word(&self, word: &str) -> u64 {
        let mut hasher = SipHasher13::new_with_key(&self.key);
        hasher.write(word.as_bytes());
        hasher.finish()
    }
}

impl Copied {
    fn is_said(&self, runs: &HashSet<u64>) -> bool {
        let enough = ENOUGH.min(self.runs.len());
        enough > 0 && self.runs.iter().filter(|run| runs.contains(run)).take(enough).count() == enough
    }
}

/// The words are digested with a key already: their order is all that is added.
fn run(words: &[u64]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    words
        .iter()
        .fold(0, |sum: u64, word| (sum.rotate_left(5) ^ word).wrapping_mul(FACTOR))
}

/// What came into the conversation with this message; the rest was linked when it came.
fn is_new(role: Role) -> bool {
    match role {
        Role::Prompt | Role::Copy | Role::Attachment | Role::Code | Role::Unclassified => true,
        Role::System | Role::History | Role::ToolResult | Role::Answer => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{CopiedTexts, LIFETIME_MILLIS, MOST_COPIES};
    use crate::FingerprintKey;
    use weir_model::{
        Confidence, CopiedFrom, DataType, Finding, Fingerprint, Level, Place, Role, Segment, Sensitive, Timestamp,
    };

    const CLAUSE: &str = "the supplier shall deliver twelve turbines before the first of march or pay a penalty";

    fn nothing() -> CopiedTexts {
        CopiedTexts::new(&FingerprintKey::new(&[7; 32]))
    }

    fn place(role: Role) -> Place {
        Place {
            role,
            locator: None,
            segment: 0,
        }
    }

    fn segment(role: Role, text: &str) -> Segment {
        Segment {
            place: place(role),
            text: Sensitive::new(text.to_owned()),
        }
    }

    fn value(role: Role, digest: u8) -> Finding {
        Finding {
            data_type: DataType::builtin("security/openai_key"),
            level: Level::Restricted,
            confidence: Confidence::High,
            place: place(role),
            count: 1,
            fingerprint: Some(Fingerprint::from_digest([digest; 16])),
            repeated: false,
        }
    }

    fn from(application: &str, millis: i64) -> CopiedFrom {
        CopiedFrom {
            time: Timestamp::from_millis(millis),
            event: None,
            application: Some(application.to_owned()),
        }
    }

    fn texts(text: &str) -> [Sensitive<String>; 1] {
        [Sensitive::new(text.to_owned())]
    }

    #[test]
    fn a_value_and_a_run_of_words_are_known_again_and_the_newest_copy_counts() {
        let mut copied = nothing();
        copied.remember(&texts("key"), &[value(Role::Prompt, 1)], from("keepassxc", 1));
        copied.remember(&texts(CLAUSE), &[], from("writer", 2));
        let source = |text: &str, findings: &[Finding]| {
            let found = copied.source(&[segment(Role::Prompt, text)], findings);
            found.and_then(|found| found.application)
        };
        assert_eq!(
            source("what is this key?", &[value(Role::Prompt, 1)]).as_deref(),
            Some("keepassxc")
        );
        assert_eq!(
            source(&format!("Is this fair: {CLAUSE}?\nThank you"), &[]).as_deref(),
            Some("writer")
        );
        assert_eq!(source(CLAUSE, &[value(Role::Prompt, 1)]).as_deref(), Some("writer"));
        assert_eq!(source("the supplier shall deliver twelve pumps", &[]), None);
        assert_eq!(source("hello", &[value(Role::Prompt, 2)]), None);
        assert_eq!(
            source("hello", &[value(Role::History, 1)]),
            None,
            "it was linked when it came"
        );
    }

    #[test]
    fn digests_of_another_key_are_other_digests() {
        let mut copied = nothing();
        copied.remember(&texts(CLAUSE), &[], from("writer", 2));
        copied.key = [8; 16];
        assert_eq!(copied.source(&[segment(Role::Prompt, CLAUSE)], &[]), None);
    }

    #[test]
    fn copies_are_forgotten_by_time_and_number() {
        let mut copied = nothing();
        copied.remember(&texts("short"), &[], from("nothing", 0));
        assert!(copied.is_empty(), "what could not be known again is not kept");
        copied.remember(&[], &[value(Role::Prompt, 1)], from("early", 0));
        copied.forget(Timestamp::from_millis(LIFETIME_MILLIS));
        assert!(!copied.is_empty());
        copied.forget(Timestamp::from_millis(LIFETIME_MILLIS + 1));
        assert!(copied.is_empty());
        for number in 0..=MOST_COPIES {
            let millis = i64::try_from(number).unwrap();
            copied.remember(&[], &[value(Role::Prompt, 1)], from("many", millis));
        }
        assert_eq!(copied.copies.len(), MOST_COPIES);
    }
}
