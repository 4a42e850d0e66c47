//! A decision made once more, from what the record keeps of its message.
//!
//! Everything a decision depends on is in its [`Facts`], and the record keeps all of them: [`judge`](crate::judge) and this
//! lead the same facts to the same decision. What was found is taken from the record and not looked for again.

use weir_model::{Action, Finding, Level};
use weir_policy::{Decision, Facts, Policy};

use crate::again;

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

/// Decides again. The levels in the facts do not count: they are the policy's business.
#[must_use]
pub fn replay(facts: &Facts<'_>, policy: &Policy) -> Replayed {
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
    let mut decision = policy.decide(&facts);
    again::quieten(&mut decision, &findings);
    let told = decision
        .reasons
        .iter()
        .map(|reason| policy.text(reason, &facts))
        .collect();
    Replayed {
        findings,
        level,
        decision,
        told,
    }
}

impl Replayed {
    /// True when the message leaves with other bytes than it came with.
    #[must_use]
    pub fn edits(&self) -> bool {
        let decision = &self.decision;
        decision.action != Action::Block && decision.per_finding.iter().any(|action| *action > Action::Warn)
    }
}
