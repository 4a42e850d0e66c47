//! One finding per byte range: the type that explains most wins.

use crate::page::Found;
use std::cmp::Reverse;
use weir_model::Confidence;

/// Keeps the best of every group of overlapping findings, sorted by start.
///
/// A doubtful finding never hides a sure one; between sure ones the standing of the type decides, then confidence,
/// then length, then who comes first.
pub(crate) fn resolve(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|f| f.span.start);
    let mut kept = Vec::with_capacity(found.len());
    let mut group: Vec<Found> = Vec::new();
    let mut end = 0;
    for one in found {
        // Most findings touch no other, and then nothing has to be decided.
        if one.span.start >= end {
            settle(&mut group, &mut kept);
        }
        end = end.max(one.span.end);
        group.push(one);
    }
    settle(&mut group, &mut kept);
    kept
}

/// Moves the best of a group to what is kept.
fn settle(group: &mut Vec<Found>, kept: &mut Vec<Found>) {
    if group.len() < 2 {
        kept.append(group);
        return;
    }
    group.sort_by_key(|f| {
        let sure = f.confidence > Confidence::Low;
        (
            Reverse(sure),
            Reverse(f.info.standing),
            Reverse(f.confidence),
            Reverse(f.span.len()),
            f.span.start,
        )
    });
    let mut best: std::collections::BTreeMap<usize, Found> = std::collections::BTreeMap::new();
    for candidate in group.drain(..) {
        let clear_before = best
            .range(..candidate.span.end)
            .next_back()
            .is_none_or(|(_, f)| f.span.end <= candidate.span.start);
        if clear_before {
            best.insert(candidate.span.start, candidate);
        }
    }
    kept.extend(best.into_values());
}
