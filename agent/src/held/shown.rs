//! What the employee sees of a message that waits.

use std::collections::BTreeMap;

use weir_engine::{Held, Verdict};
use weir_model::Timestamp;
use weir_wire::{HeldMessage, HeldPiece, HeldText, HeldWays};

use super::repeats::Seen;
use super::table::Item;

/// The message, without its text.
pub(super) fn message(
    verdict: &Verdict,
    held: &Held,
    is_enrolled: bool,
    seen: &Seen,
    (since, until): (Timestamp, Timestamp),
) -> HeldMessage {
    let mut found = BTreeMap::new();
    for finding in &verdict.findings {
        *found.entry(finding.data_type.clone()).or_insert(0) += finding.count;
    }
    let main = verdict.decision.main_reason();
    let place = main.and_then(|main| verdict.decision.reasons.iter().position(|reason| reason == main));
    HeldMessage {
        id: verdict.event,
        since,
        until,
        channel: verdict.channel,
        kind: verdict.kind,
        destination: verdict.destination.clone(),
        level: verdict.level,
        action: verdict.decision.action,
        rule: main.map_or_else(String::new, |reason| reason.rule.clone()),
        why: place.and_then(|at| verdict.told.get(at)).cloned().unwrap_or_default(),
        found,
        ways: HeldWays {
            clean: held.cleaned.is_some(),
            edit: held.editable,
            justify: verdict.decision.asks_for_justification(),
            appeal: is_enrolled && !verdict.decision.asks_for_justification(),
            request: verdict.exception_for.as_ref().map(|(_, terms)| *terms),
        },
        same: seen.first,
        repeats: seen.count,
        request: None,
        appeal: None,
    }
}

impl Item {
    /// Its text: what was found hidden but for its ends, or whole.
    pub(crate) fn text(&self, revealed: bool) -> HeldText {
        let pieces = self.pieces.iter().map(|piece| HeldPiece {
            role: piece.role,
            text: match revealed {
                true => piece.text.expose().clone(),
                false => piece.masked(),
            },
            cleaned: piece.cleaned(),
            cut: piece.cut,
        });
        HeldText {
            pieces: pieces.collect(),
        }
    }
}
