//! What was found in an answer.

use weir_detect::{Scanner, StreamScanner};
use weir_model::{Finding, Level, Match, Place, Role};
use weir_policy::Policy;

/// Looks for leaks in the text of an answer.
#[derive(Default)]
pub(crate) struct Leaks {
    /// One scanner a text channel (choice, content block), so that channels that alternate do not cut each other.
    scanners: Vec<StreamScanner>,
    matches: Vec<(usize, Match)>,
}

/// What the answer held.
#[derive(Debug, Default)]
pub struct AnswerSummary {
    /// Findings without values or fingerprints.
    pub findings: Vec<Finding>,
    /// The highest level among them.
    pub level: Level,
    /// Stand-ins put back.
    pub restored: u32,
    /// Some of it was not read: nothing here knows its format.
    pub unread: bool,
}

impl AnswerSummary {
    /// Counts what another part of the same answer held.
    pub fn add(&mut self, other: Self) {
        self.level = self.level.max(other.level);
        self.restored = self.restored.saturating_add(other.restored);
        self.unread |= other.unread;
        for finding in other.findings {
            let same = |own: &Finding| own.data_type == finding.data_type && own.place == finding.place;
            match self.findings.iter().position(same) {
                Some(at) => {
                    let own = &mut self.findings[at];
                    own.count = own.count.saturating_add(finding.count);
                    own.confidence = own.confidence.max(finding.confidence);
                }
                None if self.findings.len() < MAX_MATCHES => self.findings.push(finding),
                None => {}
            }
        }
    }
}

/// Text channels looked at in one answer; a stream that opens more is read on, and what is beyond is not scanned.
const MAX_CHANNELS: usize = 256;
/// Findings kept for one answer; an answer full of e-mail addresses is counted, not listed.
const MAX_MATCHES: usize = 10_000;

impl Leaks {
    /// Reads on in one channel; what is found is counted, and shown with its text.
    pub(crate) fn read(&mut self, scanner: &Scanner, channel: usize, text: &str, each: &mut dyn FnMut(&Match, &str)) {
        if channel >= MAX_CHANNELS {
            return;
        }
        while self.scanners.len() <= channel {
            self.scanners.push(StreamScanner::default());
        }
        let matches = &mut self.matches;
        self.scanners[channel].push_with(scanner, text, &mut |found, value| {
            each(&found, value);
            if matches.len() < MAX_MATCHES {
                matches.push((channel, found));
            }
        });
    }

    /// Decides what is open by what is there.
    pub(crate) fn finish(&mut self, scanner: &Scanner, each: &mut dyn FnMut(&Match, &str)) {
        for (channel, stream) in self.scanners.iter_mut().enumerate() {
            stream.finish_with(scanner, &mut |found, value| {
                each(&found, value);
                self.matches.push((channel, found));
            });
        }
    }

    /// How much text has come, by channel.
    pub(crate) fn lengths(&self) -> Vec<usize> {
        self.scanners.iter().map(StreamScanner::length).collect()
    }

    /// True when nothing is open in so much text of each channel.
    pub(crate) fn are_settled(&self, lengths: &[usize]) -> bool {
        let scanners = self.scanners.iter().zip(lengths);
        scanners
            .into_iter()
            .all(|(scanner, length)| scanner.settled() >= *length)
    }

    pub(crate) fn summary(&self, policy: &Policy, restored: u32) -> AnswerSummary {
        let mut summary = AnswerSummary {
            restored,
            ..AnswerSummary::default()
        };
        for (channel, found) in &self.matches {
            let level = policy.level_of(&found.data_type, found.confidence);
            summary.level = summary.level.max(level);
            count(&mut summary.findings, *channel, found, level);
        }
        summary
    }
}

fn count(findings: &mut Vec<Finding>, channel: usize, found: &Match, level: Level) {
    let segment = u32::try_from(channel).unwrap_or(u32::MAX);
    let same = |finding: &&mut Finding| finding.data_type == found.data_type && finding.place.segment == segment;
    if let Some(finding) = findings.iter_mut().find(same) {
        finding.count += 1;
        finding.confidence = finding.confidence.max(found.confidence);
        return;
    }
    findings.push(Finding {
        data_type: found.data_type.clone(),
        level,
        confidence: found.confidence,
        place: Place {
            role: Role::Answer,
            locator: None,
            segment,
        },
        count: 1,
        fingerprint: None,
        repeated: false,
    });
}
