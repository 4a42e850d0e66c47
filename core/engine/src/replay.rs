//! A decision made once more, from what the record keeps of its message.
//!
//! Everything a decision depends on is in its [`Facts`], and the record keeps all of them: [`judge`](crate::judge) and this
//! lead the same facts to the same decision. What was found is taken from the record and not looked for again.

use weir_model::{Action, Finding, Interface, Level, Selection, Unfit};
use weir_policy::{Decision, Facts, Policy, Reason, Route, Selected, Target};

use crate::again;
use crate::ruling::said;

/// What follows from the facts under a policy.
#[derive(Debug)]
pub struct Replayed {
    /// What was found, at the levels of this policy.
    pub findings: Vec<Finding>,
    /// The level of the message.
    pub level: Level,
    /// What policy says.
    pub decision: Decision,
    /// Its reasons in their order, for people.
    pub told: Vec<String>,
}

/// Decides again. The levels in the facts do not count: they are the policy's business. Of a call through the gateway, the
/// record tells which targets could not be called; keys and failures of that time are not looked for again.
#[must_use]
pub fn replay(facts: &Facts<'_>, policy: &Policy, selection: Option<&Selection>) -> Replayed {
    let relevel = |finding: &Finding| Finding {
        level: policy.level_of(&finding.data_type, finding.confidence),
        ..finding.clone()
    };
    let findings: Vec<Finding> = facts.findings.iter().map(relevel).collect();
    let level = policy
        .message_level(&findings)
        .max(policy.level_of_labels(facts.labels));
    let facts = Facts {
        findings: &findings,
        level,
        ..*facts
    };
    // A call that was not made to the gateway, and that nobody else could take, was decided where it was going.
    let nobody = selection.filter(|selection| facts.destination.target.is_none() && selection.instead_of.is_none());
    let (mut decision, selection) = match nobody.map(|selection| select_again(selection, &facts, policy)) {
        Some(selected) => (selected.decision, Some(selected.selection)),
        None => (policy.decide(&facts), None),
    };
    again::quieten(&mut decision, &findings);
    let told = |reason: &Reason| said(reason, selection.as_ref(), &facts, policy);
    let told = decision.reasons.iter().map(told).collect();
    Replayed {
        findings,
        level,
        decision,
        told,
    }
}

/// The choice that found nobody, among the targets that could be called then.
fn select_again(recorded: &Selection, facts: &Facts<'_>, policy: &Policy) -> Selected {
    let obstacle = |target: &Target| {
        let excluded = recorded
            .excluded
            .iter()
            .find(|excluded| excluded.target == target.id())?;
        let is_obstacle = |unfit: &&Unfit| OBSTACLES.contains(&&*unfit.predicate);
        excluded.because.iter().find(is_obstacle).cloned()
    };
    policy.select(
        facts,
        &Route {
            intercepted: false,
            interface: Interface::OpenAiChat,
            model: "",
            obstacle: &obstacle,
            tried: &recorded.tried,
            latency: &|_| None,
            draw: 0,
        },
        None,
    )
}

/// Predicates that no pack has: what was in the way of the call itself.
const OBSTACLES: [&str; 4] = ["model", "base_url", "secret_key_ref", "interface"];

impl Replayed {
    /// True when the message leaves with other bytes than it came with.
    #[must_use]
    pub fn edits(&self) -> bool {
        let decision = &self.decision;
        decision.action != Action::Block && decision.per_finding.iter().any(|action| *action > Action::Warn)
    }
}
