//! The proof that restricted data reaches no third party: every situation the policy can tell apart is decided, and
//! those in which it would leave are the counterexamples.

use serde::{Deserialize, Serialize};
use weir_model::{Action, Channel, Level, Mode, Trust};

use crate::chain::ChainMember;
use crate::decision::Decision;
use crate::policy::Policy;
use crate::space::{Data, Situation, Space};

/// What a proof came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Situations in which restricted data was on its way to a third party.
    pub tried: usize,
    /// Those in which it would have arrived. Empty: nothing restricted reaches a third party.
    pub leaks: Vec<Leak>,
}

/// One way out, with the first situation in which it is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leak {
    /// The rule that lets the data out; none where nothing held it back.
    pub rule: Option<String>,
    /// File and line of that rule.
    pub place: Option<(String, u32)>,
    /// What happens to the message.
    pub action: Action,
    /// What leaves this way.
    pub data: Vec<Data>,
    /// An example.
    pub example: Situation,
    /// How many situations leave this way.
    pub situations: usize,
}

/// Tries all situations in which restricted data is on its way to a third party. Data is held back when the message is
/// blocked, or when it is taken out or replaced before the message leaves.
#[must_use]
pub fn prove(policy: &Policy) -> Proof {
    let space = Space::of(&[policy]).only(|data| data.level(policy) == Level::Restricted);
    let mut proof = Proof {
        tried: 0,
        leaks: Vec::new(),
    };
    let seen = space.seen_by(policy);
    for number in 0..space.len() {
        let facts = seen.facts(number);
        // What is copied has not left.
        let stays = facts.channel == Channel::Clipboard && policy.guards_clipboard();
        if stays || policy.trust(facts.destination) == Trust::Internal {
            continue;
        }
        let decision = policy.decide(&facts);
        proof.tried += 1;
        if !holds_back(seen.data(number), &decision) {
            proof.note(policy, &decision, space.situation(number));
        }
    }
    proof
}

/// True when what is restricted does not leave. Single values can be taken out of a message; many of them together, a
/// label and what cannot be read can only be kept back whole.
fn holds_back(data: &Data, decision: &Decision) -> bool {
    let taken_out = decision
        .per_finding
        .iter()
        .all(|action| action.edits() || *action == Action::Block);
    match data {
        _ if decision.action == Action::Block => true,
        Data::Found { .. } => taken_out && !decision.per_finding.is_empty(),
        Data::Nothing | Data::Labelled { .. } | Data::Unread { .. } | Data::Refers { .. } => false,
    }
}

impl Proof {
    fn note(&mut self, policy: &Policy, decision: &Decision, example: Situation) {
        let rule = opening_rule(decision);
        let known = self
            .leaks
            .iter_mut()
            .find(|leak| leak.rule == rule && leak.action == decision.action);
        match known {
            Some(leak) => {
                leak.situations += 1;
                if !leak.data.contains(&example.data) {
                    leak.data.push(example.data);
                }
            }
            None => self.leaks.push(Leak {
                place: rule.as_deref().and_then(|rule| policy.place_of(rule)),
                rule,
                action: decision.action,
                data: vec![example.data.clone()],
                example,
                situations: 1,
            }),
        }
    }
}

/// The rule about the data that let it go, rather than one about the destination that let everything go.
fn opening_rule(decision: &Decision) -> Option<String> {
    let acting = || {
        decision
            .reasons
            .iter()
            .filter(|reason| reason.mode == Mode::Enforce && reason.action == decision.action)
    };
    let about_data = acting().find(|reason| reason.member == ChainMember::DataClassification);
    about_data.or_else(|| acting().next()).map(|reason| reason.rule.clone())
}
