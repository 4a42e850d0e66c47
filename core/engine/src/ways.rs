//! The smallest changes with which a message would pass: one thing is changed at a time, and judged anew.

use std::fmt;

use weir_model::{Action, DataType, Finding, Tier};
use weir_policy::{Approval, Environment, Given};

use crate::InForce;
use crate::packtest::{Trial, judged};

/// One change after which the message would leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Without the values of these types, which is all or as few as suffice.
    Without(Vec<DataType>),
    /// To this service, by its name, which the company approved.
    To(String),
    /// With an account of this kind.
    As(Tier),
    /// From a machine of this environment.
    From(Environment),
    /// As text instead of a form that cannot be read or edited.
    AsText,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Way::Without(types) => {
                let types: Vec<&str> = types.iter().map(DataType::as_str).collect();
                write!(f, "without what is {}", types.join(" and "))
            }
            Way::To(service) => write!(f, "to {service}"),
            Way::As(tier) => write!(f, "with an account of tier {tier}"),
            Way::From(environment) => write!(f, "from an environment for {environment}"),
            Way::AsText => f.write_str("as text that can be read and edited"),
        }
    }
}

/// How a message that was blocked would leave, changed in one thing: as it is, or with values replaced or removed. Empty for
/// a message that leaves, and where no single change is enough.
#[must_use]
pub fn ways_out(given: &Given, trial: &Trial, in_force: &InForce) -> Vec<Way> {
    if trial.decision.action != Action::Block {
        return Vec::new();
    }
    let passes = |given: &Given, findings: &[Finding]| {
        let relevelled = findings.to_vec();
        judged(given, relevelled, &in_force.policy, &in_force.catalogue)
            .decision
            .action
            != Action::Block
    };
    let all = trial.findings.as_slice();
    let mut ways: Vec<Way> = without(given, all, &passes).into_iter().collect();
    let unread = given.unscannable || !given.editable;
    let as_text = Given {
        unscannable: false,
        editable: true,
        ..given.clone()
    };
    if unread && passes(&as_text, all) {
        ways.push(Way::AsText);
    }
    ways.extend(elsewhere(given, in_force, &|given| passes(given, all)));
    let tiers = [Tier::Team, Tier::Enterprise, Tier::Api].into_iter();
    ways.extend(tiers.filter(|tier| *tier != given.tier).find_map(|tier| {
        let other = Given { tier, ..given.clone() };
        passes(&other, all).then_some(Way::As(tier))
    }));
    ways.extend(Environment::ALL.into_iter().find_map(|environment| {
        let other = Given {
            environment,
            ..given.clone()
        };
        (environment != given.environment && passes(&other, all)).then_some(Way::From(environment))
    }));
    ways
}

/// One type where that is enough, else those that are blocked by themselves.
fn without(given: &Given, all: &[Finding], passes: &dyn Fn(&Given, &[Finding]) -> bool) -> Option<Way> {
    let mut types: Vec<DataType> = all.iter().map(|finding| finding.data_type.clone()).collect();
    types.sort();
    types.dedup();
    let rest = |gone: &[DataType]| -> Vec<Finding> {
        let kept = all.iter().filter(|finding| !gone.contains(&finding.data_type));
        kept.cloned().collect()
    };
    let single = types
        .iter()
        .map(std::slice::from_ref)
        .find(|gone| passes(given, &rest(gone)));
    if let Some(gone) = single {
        return Some(Way::Without(gone.to_vec()));
    }
    let alone = |data_type: &DataType| -> Vec<Finding> {
        let same = all.iter().filter(|finding| finding.data_type == *data_type);
        same.cloned().collect()
    };
    let blocked: Vec<DataType> = types.iter().filter(|it| !passes(given, &alone(it))).cloned().collect();
    let gone = [blocked, types]
        .into_iter()
        .find(|gone| !gone.is_empty() && passes(given, &rest(gone)))?;
    Some(Way::Without(gone))
}

/// The first approved service that takes the message.
fn elsewhere(given: &Given, in_force: &InForce, passes: &dyn Fn(&Given) -> bool) -> Option<Way> {
    in_force.catalogue.services().iter().find_map(|service| {
        let other = Given {
            service: Some(service.service.clone()),
            provider: None,
            host: None,
            ..given.clone()
        };
        let destination = other.destination(&in_force.catalogue);
        let approval = in_force
            .policy
            .approval(&destination, given.environment, given.user.as_deref());
        let is_other = given.destination(&in_force.catalogue).service != destination.service;
        (approval == Approval::Approved && is_other && passes(&other)).then(|| Way::To(service.name.clone()))
    })
}
