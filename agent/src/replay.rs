//! Recorded decisions, made again (P7): from the record's evidence and the policy of that time, nothing else.
//!
//! What does not follow from evidence (times, sizes, the way a message was carried) is taken over; everything that the
//! engine decided is decided anew, and the whole record is compared byte for byte.

use std::collections::HashMap;

use serde_json::Value;
use weir_assembly::{ENGINE, Seen};
use weir_audit::{DecisionRecord, Disposition, Kind, Record};
use weir_engine::{Replayed as Again, replay};
use weir_model::{BundleRef, Channel, Timestamp};
use weir_policy::Policy;
use weir_store::{Entry, Query, ReadError};
use weir_wire::{FieldDifference, ReplayOutcome, ReplayQuery, Replayed, Replays};

use crate::kept::{Kept, RecallError};
use crate::record;
use weir_model::chain;

/// Decisions told one by one, where many are asked for.
const TOLD: usize = 20;
/// Differences told of one record.
const FIELDS: usize = 20;

/// What the store must be asked for: decisions that are not older.
pub(crate) fn decisions_since(since: Option<Timestamp>) -> Query {
    Query {
        from: since,
        kinds: vec![Kind::Decision],
        ..Query::default()
    }
}

/// Makes all decisions among these entries again.
pub(crate) fn replays(
    entries: impl Iterator<Item = Result<Entry, ReadError>>,
    query: &ReplayQuery,
    kept: &Kept,
) -> Replays {
    let mut replays = Replays::default();
    let mut policies = Policies::new(kept);
    for entry in entries {
        let Ok(entry) = entry else {
            replays.unreadable += 1;
            continue;
        };
        let Record::Decision(recorded) = entry.record else {
            continue;
        };
        let outcome = outcome(&recorded, &mut policies);
        replays.decisions += 1;
        match &outcome {
            ReplayOutcome::Same { .. } => replays.same += 1,
            ReplayOutcome::Different { .. } => replays.different += 1,
            _ => replays.not_replayed += 1,
        }
        let is_told = query.event.is_some() || !matches!(outcome, ReplayOutcome::Same { .. });
        if is_told && replays.events.len() < TOLD {
            replays.events.push(Replayed {
                id: recorded.event,
                time: recorded.time,
                bundle: recorded.decision.bundle,
                outcome,
            });
        }
    }
    replays
}

/// Policies by digest, each compiled once.
struct Policies<'a> {
    kept: &'a Kept,
    compiled: HashMap<(u64, String), Result<Policy, RecallError>>,
}

impl<'a> Policies<'a> {
    fn new(kept: &'a Kept) -> Self {
        Self {
            kept,
            compiled: HashMap::new(),
        }
    }

    fn of(&mut self, bundle: &BundleRef) -> &Result<Policy, RecallError> {
        let name = (bundle.number, bundle.digest.clone());
        self.compiled.entry(name).or_insert_with(|| self.kept.recall(bundle))
    }
}

fn outcome(recorded: &DecisionRecord, policies: &mut Policies<'_>) -> ReplayOutcome {
    let seen = match Seen::of(recorded) {
        Ok(seen) => seen,
        Err(missing) => {
            return ReplayOutcome::NeedsReobservation {
                why: missing.to_string(),
            };
        }
    };
    if seen.evidence.engine != ENGINE {
        return ReplayOutcome::OtherEngine {
            decided: seen.evidence.engine.clone(),
            here: ENGINE.to_owned(),
        };
    }
    match policies.of(&recorded.decision.bundle) {
        Ok(policy) => compare(
            recorded,
            &again(recorded, replay(&seen.facts(), policy, recorded.selection.as_ref())),
        ),
        Err(RecallError::Gone) => ReplayOutcome::PolicyNotKept,
        Err(error) => ReplayOutcome::PolicyUnusable { why: chain(error) },
    }
}

/// The record as it would be written now.
fn again(recorded: &DecisionRecord, again: Again) -> DecisionRecord {
    let disposition = match recorded.disposition {
        Disposition::Released | Disposition::Rewritten | Disposition::Blocked
            if recorded.held.is_none() && recorded.channel != Channel::Clipboard =>
        {
            disposition(&again)
        }
        // What people did, what could be done to a clipboard, and what went wrong, follows from no evidence.
        other => other,
    };
    DecisionRecord {
        level: again.level,
        decision: record::summary(&again.decision, &again.told, again.decision.per_finding.clone()),
        disposition,
        findings: again.findings,
        ..recorded.clone()
    }
}

fn disposition(again: &Again) -> Disposition {
    match again.decision.action {
        weir_model::Action::Block => Disposition::Blocked,
        // Nobody had said why.
        _ if again.decision.asks_for_justification() => Disposition::Blocked,
        _ if again.edits() => Disposition::Rewritten,
        _ => Disposition::Released,
    }
}

fn compare(recorded: &DecisionRecord, again: &DecisionRecord) -> ReplayOutcome {
    let written = |record: &DecisionRecord| Record::Decision(Box::new(record.clone())).to_payload();
    let (before, after) = (written(recorded), written(again));
    if before.bytes == after.bytes && before.bundle == after.bundle {
        return ReplayOutcome::Same {
            action: again.decision.action,
            level: again.level,
        };
    }
    let mut fields = Vec::new();
    let value = |record: &DecisionRecord| serde_json::to_value(record).unwrap_or_default();
    differences(&value(recorded), &value(again), "", &mut fields);
    ReplayOutcome::Different { fields }
}

/// Where two values differ, as deep as can be told.
fn differences(before: &Value, after: &Value, place: &str, found: &mut Vec<FieldDifference>) {
    match (before, after) {
        _ if before == after || found.len() >= FIELDS => {}
        (Value::Object(one), Value::Object(other)) => {
            let names = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
            for name in names {
                let of = |object: &serde_json::Map<String, Value>| object.get(name).cloned().unwrap_or_default();
                differences(&of(one), &of(other), &format!("{place}/{name}"), found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (number, (one, other)) in one.iter().zip(other).enumerate() {
                differences(one, other, &format!("{place}/{number}"), found);
            }
        }
        _ => found.push(FieldDifference {
            field: place.to_owned(),
            recorded: before.to_string(),
            replayed: after.to_string(),
        }),
    }
}

#[cfg(test)]
mod tests;
