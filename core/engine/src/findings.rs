//! Step two and three: matches in every segment, counted as findings with a level.

use std::collections::HashMap;

use weir_model::{Finding, Fingerprint, Match, Segment};

use crate::{FingerprintKey, InForce};

/// What was found, and where each finding's matches are.
pub(crate) struct Found {
    /// Without values: for policy and record.
    pub(crate) findings: Vec<Finding>,
    /// For the edits.
    pub(crate) places: Vec<FoundAt>,
}

/// One match.
pub(crate) struct FoundAt {
    /// Index of the segment.
    pub(crate) segment: usize,
    /// Where in it, and what.
    pub(crate) found: Match,
    /// Index of the finding that counts it.
    pub(crate) finding: usize,
}

/// Runs the detectors. Equal values at one place are one finding with a count.
pub(crate) fn find(segments: &[Segment], in_force: &InForce, key: &FingerprintKey) -> Found {
    let mut result = Found {
        findings: Vec::new(),
        places: Vec::new(),
    };
    let mut counted: HashMap<(usize, Fingerprint), usize> = HashMap::new();
    for (index, segment) in segments.iter().enumerate() {
        let text = segment.text.expose();
        for found in in_force.scanner.scan(text) {
            let fingerprint = key.fingerprint(&found.data_type, &text[found.span.clone()]);
            let finding = *counted.entry((index, fingerprint.clone())).or_insert_with(|| {
                result.findings.push(finding(segment, &found, fingerprint, in_force));
                result.findings.len() - 1
            });
            count(&mut result.findings[finding], &found, in_force);
            result.places.push(FoundAt {
                segment: index,
                found,
                finding,
            });
        }
    }
    result
}

fn finding(segment: &Segment, found: &Match, fingerprint: Fingerprint, in_force: &InForce) -> Finding {
    Finding {
        data_type: found.data_type.clone(),
        level: in_force.policy.level_of(&found.data_type, found.confidence),
        confidence: found.confidence,
        place: segment.place.clone(),
        count: 0,
        fingerprint: Some(fingerprint),
    }
}

fn count(finding: &mut Finding, found: &Match, in_force: &InForce) {
    finding.count += 1;
    if found.confidence > finding.confidence {
        finding.confidence = found.confidence;
        finding.level = in_force.policy.level_of(&found.data_type, found.confidence);
    }
}
