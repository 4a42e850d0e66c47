//! What is sent again: interfaces and assistants send the whole conversation with every turn, and what stood in an earlier
//! turn was decided then.
//!
//! The decision stays the same: what must not leave does not leave the second time either. But people are not told of it
//! again, and the record says that it is nothing new. Texts are compared by keyed digest, whole: a text with one more
//! letter is new.

use std::collections::{BTreeMap, HashSet};

use weir_model::{Action, Finding, Fingerprint, Role, Segment};
use weir_policy::{Decision, Obligation};

use crate::FingerprintKey;
use crate::findings::Found;

/// Digests of texts that were decided before, between one user and one service.
pub type DecidedTexts = HashSet<Fingerprint>;

/// Marks the findings in texts that were decided before, and gives the digests of all texts in which something was found.
///
/// The prompt is never marked: who sends it again wants to know again.
pub(crate) fn mark(
    found: &mut Found,
    segments: &[Segment],
    decided: &DecidedTexts,
    key: &FingerprintKey,
) -> Vec<Fingerprint> {
    let mut texts: BTreeMap<usize, Fingerprint> = BTreeMap::new();
    for place in &found.places {
        let segment = &segments[place.segment];
        let digest = texts
            .entry(place.segment)
            .or_insert_with(|| key.text(segment.text.expose()));
        let is_prompt = matches!(segment.place.role, Role::Prompt | Role::Copy);
        found.findings[place.finding].repeated = !is_prompt && decided.contains(digest);
    }
    texts.into_values().collect()
}

/// Nobody is told twice.
pub(crate) fn quieten(decision: &mut Decision, findings: &[Finding]) {
    let acted_on = |index: usize| {
        decision
            .per_finding
            .get(index)
            .is_some_and(|action| *action != Action::Allow)
    };
    let mut acted = (0..findings.len()).filter(|index| acted_on(*index)).peekable();
    let only_again = acted.peek().is_some() && acted.all(|index| findings[index].repeated);
    if only_again {
        decision
            .obligations
            .retain(|obligation| *obligation != Obligation::Tell);
    }
}
