//! Who may be chosen, and the choice.

use weir_model::{Action, Destination, Excluded, Mode, Strategy, Unfit};

use super::{Route, Target};
use crate::chain::{Buckets, ChainMember, Draw, Lack};
use crate::decision::{Decision, Facts, Reason};
use crate::policy::Policy;

/// The targets that may be chosen, best first where they differ, and the others.
pub(super) struct Pool<'a> {
    candidates: Vec<Candidate<'a>>,
    pub(super) excluded: Vec<Excluded>,
    /// The first target that was refused for what the message says, and for nothing else.
    pub(super) refused_for_its_content: Option<(Destination, Decision, Draw)>,
}

/// A target that may be chosen.
pub(super) struct Candidate<'a> {
    pub(super) target: &'a Target,
    pub(super) destination: Destination,
    pub(super) decision: Decision,
    pub(super) draw: Draw,
    /// What it lacks of the pack's requirements: nothing, unless nobody has it all.
    pub(super) lacks: Vec<Unfit>,
}

impl<'a> Pool<'a> {
    pub(super) fn of(policy: &'a Policy, facts: &Facts<'_>, route: &Route<'_>, buckets: Option<&Buckets>) -> Self {
        let mut pool = Self {
            candidates: Vec::new(),
            excluded: Vec::new(),
            refused_for_its_content: None,
        };
        let named = policy.target(route.model).map(|target| &*target.id);
        for target in policy.targets() {
            let elsewhere = named.is_some_and(|named| named != target.id);
            let unfit = if elsewhere {
                Some(asked_for_another())
            } else {
                (route.obstacle)(target)
            };
            match unfit {
                Some(unfit) => pool.exclude(target, vec![unfit]),
                None => pool.judge(policy, target, facts, (route, buckets)),
            }
        }
        pool.keep_the_best();
        pool
    }

    fn judge(
        &mut self,
        policy: &Policy,
        target: &'a Target,
        facts: &Facts<'_>,
        (route, buckets): (&Route<'_>, Option<&Buckets>),
    ) {
        let destination = target.destination(policy.catalogue(), Some(route.model));
        let there = Facts {
            destination: &destination,
            ..*facts
        };
        let draw = buckets.map(|buckets| policy.draw(&there, buckets));
        let there = Facts {
            over: draw.as_ref().map_or(facts.over, |draw| &draw.over),
            ..there
        };
        let decision = policy.decide(&there);
        if decision.action != Action::Block {
            self.candidates.push(Candidate {
                target,
                lacks: policy.lacks(&there).into_iter().map(unfit_of).collect(),
                draw: draw.unwrap_or_default(),
                destination,
                decision,
            });
            return;
        }
        let of_the_message = blocking(&decision).all(|reason| !judges_the_destination(reason.member));
        self.exclude(target, failed(policy, &there, &decision));
        if of_the_message && self.refused_for_its_content.is_none() {
            self.refused_for_its_content = Some((destination, decision, draw.unwrap_or_default()));
        }
    }

    fn exclude(&mut self, target: &Target, because: Vec<Unfit>) {
        self.excluded.push(Excluded {
            target: target.id.clone(),
            because,
        });
    }

    /// Where one target has all that is required, those that lack something are out. Where none has, the pack has said
    /// to go on with the best: most requirements met, then the shortest known retention, then the order of the pack.
    fn keep_the_best(&mut self) {
        if self.candidates.iter().any(|candidate| candidate.lacks.is_empty()) {
            let (fit, lacking) = std::mem::take(&mut self.candidates)
                .into_iter()
                .partition(|candidate: &Candidate<'_>| candidate.lacks.is_empty());
            self.candidates = fit;
            for candidate in lacking {
                self.exclude(candidate.target, candidate.lacks);
            }
            return;
        }
        self.candidates.sort_by_key(|candidate| {
            let retention = candidate.target.handling.retention_days;
            (candidate.lacks.len(), retention.unwrap_or(u32::MAX))
        });
    }

    /// One of those that were not tried.
    pub(super) fn choose(&mut self, strategy: Strategy, route: &Route<'_>) -> Option<Candidate<'a>> {
        let untried = |candidate: &Candidate<'_>| !route.tried.iter().any(|tried| tried.target == candidate.target.id);
        let left: Vec<usize> = (0..self.candidates.len())
            .filter(|at| untried(&self.candidates[*at]))
            .collect();
        let first = *left.first()?;
        // Where all lack something, the better one goes first whatever the strategy.
        let chosen = match strategy {
            _ if !self.candidates[first].lacks.is_empty() => first,
            Strategy::Ordered => first,
            Strategy::Weighted => self.by_weight(&left, route.draw).unwrap_or(first),
            Strategy::LeastLatency => self.fastest(&left, route).unwrap_or(first),
        };
        Some(self.candidates.swap_remove(chosen))
    }

    /// A share of the draws for each; a target without weight is taken when no other is left.
    fn by_weight(&self, left: &[usize], draw: u64) -> Option<usize> {
        let weight = |at: &usize| u64::from(self.candidates[*at].target.weight);
        let total: u64 = left.iter().map(weight).sum();
        let mut rest = draw.checked_rem(total)?;
        left.iter().copied().find(|at| {
            let weight = weight(at);
            let here = rest < weight;
            rest = rest.saturating_sub(weight);
            here
        })
    }

    /// Those of which nothing is known come first, so that something becomes known.
    fn fastest(&self, left: &[usize], route: &Route<'_>) -> Option<usize> {
        let latency = |at: &usize| (route.latency)(&self.candidates[*at].target.id).unwrap_or(0);
        left.iter().copied().min_by_key(latency)
    }
}

/// What a destination fails that may not have a message: requirements one by one, and rules.
pub(super) fn failed(policy: &Policy, there: &Facts<'_>, decision: &Decision) -> Vec<Unfit> {
    let rules = blocking(decision)
        // Its predicates are named one by one.
        .filter(|reason| reason.member != ChainMember::DataRoutingPolicy)
        .map(|reason| Unfit {
            predicate: reason.rule.clone(),
            text: policy.text(reason, there),
        });
    policy.lacks(there).into_iter().map(unfit_of).chain(rules).collect()
}

fn blocking(decision: &Decision) -> impl Iterator<Item = &Reason> {
    let blocks = |reason: &&Reason| reason.action == Action::Block && reason.mode == Mode::Enforce;
    decision.reasons.iter().filter(blocks)
}

fn unfit_of(lack: Lack) -> Unfit {
    Unfit {
        predicate: lack.predicate.to_owned(),
        text: lack.text,
    }
}

fn asked_for_another() -> Unfit {
    Unfit {
        predicate: "model".to_owned(),
        text: "the caller asked for another target by its name".to_owned(),
    }
}

/// Members that would say the same about a message with nothing in it.
const fn judges_the_destination(member: ChainMember) -> bool {
    match member {
        ChainMember::ProviderApproval
        | ChainMember::TenantControl
        | ChainMember::DataRoutingPolicy
        | ChainMember::Residency
        | ChainMember::ModelAllowList => true,
        ChainMember::DataClassification
        | ChainMember::PromptInjection
        | ChainMember::UploadGuard
        | ChainMember::ResponseGuard
        | ChainMember::RateLimit
        | ChainMember::ClipboardGuard
        | ChainMember::Rego
        | ChainMember::AuditLogger => false,
    }
}
