//! What a pack would have decided about the messages of the log.
//!
//! The answer is exact where the records hold everything the pack looks at. Where another detector, another catalogue or
//! another version of Weir would have to look at the message itself, the decision is counted apart and not guessed.

use std::collections::BTreeMap;

use weir_audit::{DecisionRecord, Record};
use weir_engine::{Replayed, replay};
use weir_model::{Action, Mode};
use weir_policy::{Facts, OTHER_ACCOUNT, Policy};
use weir_wire::{ActionChange, DryRun, DryRunEvent, Shift};

use crate::ENGINE;
use crate::seen::{Missing, Seen};

/// Changed decisions told one by one.
const TOLD: usize = 20;

/// Decides all decisions among these records under another policy, newest first; an error stands for a record that cannot be
/// read.
pub fn dry_run<E>(records: impl Iterator<Item = Result<Record, E>>, policy: &Policy) -> DryRun {
    let mut run = DryRun::default();
    let mut moves: BTreeMap<(Action, Action), u64> = BTreeMap::new();
    for record in records {
        let Ok(record) = record else {
            run.unreadable += 1;
            continue;
        };
        let Record::Decision(recorded) = record else {
            continue;
        };
        run.decisions += 1;
        match decided_under(&recorded, policy) {
            Err(open) => *run.needs_reobservation.entry(open.to_string()).or_default() += 1,
            Ok(after) if is_same(&recorded, &after) => run.same += 1,
            Ok(after) => {
                run.changed += 1;
                let actions = (recorded.decision.action, after.decision.action);
                *moves.entry(actions).or_default() += 1;
                count(&mut run, &recorded, &after);
            }
        }
    }
    let moves = moves.into_iter();
    run.by_action = moves
        .map(|((before, after), count)| ActionChange { before, after, count })
        .collect();
    run
}

/// Why the records cannot tell what a pack would have decided.
#[derive(Debug, thiserror::Error)]
enum Open {
    #[error(transparent)]
    Missing(#[from] Missing),
    #[error("another version of Weir looked at the message")]
    Engine,
    #[error("other detectors looked at the message")]
    Detectors,
    #[error("the message was read by another catalogue")]
    Catalogue,
    #[error("how much was sent before is not in the record")]
    Limits,
    #[error("the account is one that only the new pack names")]
    Account,
    #[error("which target the gateway would have called depends on its keys and on failures")]
    Target,
    #[error("the label has a name that only the new pack names")]
    Label,
}

fn decided_under(recorded: &DecisionRecord, policy: &Policy) -> Result<Replayed, Open> {
    let seen = Seen::of(recorded)?;
    let evidence = seen.evidence;
    if evidence.engine != ENGINE {
        return Err(Open::Engine);
    }
    if evidence.detectors != policy.detectors() {
        return Err(Open::Detectors);
    }
    if evidence.catalogue != policy.catalogue_name() {
        return Err(Open::Catalogue);
    }
    if policy.limits().is_some() && evidence.limits.as_deref() != policy.limits() {
        return Err(Open::Limits);
    }
    let facts = seen.facts();
    if recorded.selection.is_some() {
        return Err(Open::Target);
    }
    let after = replay(&facts, policy, None);
    // What the record calls another account may be any of those that the new pack names.
    let is_told = |account: &str| {
        replay_differs(
            &after,
            &Facts {
                account: Some(account),
                ..facts
            },
            policy,
        )
    };
    if evidence.account.as_deref() == Some(OTHER_ACCOUNT) && policy.accounts().any(is_told) {
        return Err(Open::Account);
    }
    if !evidence.labels.is_empty() {
        let all: Vec<String> = evidence.labels.iter().cloned().chain(policy.label_names()).collect();
        if replay_differs(&after, &Facts { labels: &all, ..facts }, policy) {
            return Err(Open::Label);
        }
    }
    Ok(after)
}

fn replay_differs(after: &Replayed, facts: &Facts<'_>, policy: &Policy) -> bool {
    let other = replay(facts, policy, None);
    other.decision != after.decision || other.level != after.level
}

fn is_same(recorded: &DecisionRecord, after: &Replayed) -> bool {
    let before = &recorded.decision;
    before.action == after.decision.action
        && before.monitored == after.decision.monitored
        // Of a message that stays, nothing leaves whatever is said of its parts.
        && (before.action == Action::Block || before.per_finding == after.decision.per_finding)
}

fn count(run: &mut DryRun, recorded: &DecisionRecord, after: &Replayed) {
    let (from, to) = (recorded.decision.action, after.decision.action);
    let destination = &recorded.destination;
    let service = destination.service.as_ref().unwrap_or(&destination.host);
    let rule = rule(recorded, after);
    let shift = |table: &mut BTreeMap<String, Shift>, name: &str| {
        let shift = table.entry(name.to_owned()).or_default();
        match to.cmp(&from) {
            std::cmp::Ordering::Greater => shift.stricter += 1,
            std::cmp::Ordering::Less => shift.weaker += 1,
            std::cmp::Ordering::Equal => shift.other += 1,
        }
    };
    shift(&mut run.by_rule, &rule);
    shift(&mut run.by_service, service);
    shift(&mut run.by_level, after.level.as_str());
    if run.events.len() < TOLD {
        run.events.push(DryRunEvent {
            id: recorded.event,
            before: from,
            after: to,
            rule,
        });
    }
}

/// The rule that decides after; where none does any more, the one that decided before.
fn rule(recorded: &DecisionRecord, after: &Replayed) -> String {
    if let Some(reason) = after.decision.main_reason() {
        return reason.rule.clone();
    }
    let before = &recorded.decision;
    let main = before
        .reasons
        .iter()
        .find(|reason| reason.mode == Mode::Enforce && reason.action == before.action);
    main.map_or_else(|| "no rule".to_owned(), |reason| reason.rule.clone())
}
