//! One finding per byte range: the type that explains most wins.

use crate::page::Found;
use std::cmp::Reverse;
use weir_model::Confidence;

/// Keeps the best of every group of overlapping findings, sorted by start.
///
/// A doubtful finding never hides a sure one; between sure ones the standing of the type decides, then confidence,
/// then length, then who comes first.
pub(crate) fn resolve(mut found: Vec<Found>) -> Vec<Found> {
    if found.len() < 2 {
        return found;
    }
    found.sort_by_key(|f| {
        let sure = f.confidence > Confidence::Low;
        (
            Reverse(sure),
            Reverse(f.info.standing),
            Reverse(f.confidence),
            Reverse(f.span.len()),
            f.span.start,
        )
    });
    let mut kept: std::collections::BTreeMap<usize, Found> = std::collections::BTreeMap::new();
    for candidate in found {
        let clear_before = kept
            .range(..candidate.span.end)
            .next_back()
            .is_none_or(|(_, f)| f.span.end <= candidate.span.start);
        if clear_before {
            kept.insert(candidate.span.start, candidate);
        }
    }
    kept.into_values().collect()
}
