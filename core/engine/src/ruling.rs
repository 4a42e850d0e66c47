//! What policy says of a message, and about which destination: the one it was sent to, or one of the pack's targets.

use weir_model::{Action, Destination, Selection};
use weir_policy::{Decision, Draw, Facts, Policy, Reason, Route, Why};

use crate::{InForce, Message};

/// What policy says, and about which destination.
pub(crate) struct Ruled {
    pub(crate) destination: Destination,
    pub(crate) decision: Decision,
    pub(crate) selection: Option<Selection>,
    pub(crate) draw: Draw,
}

/// Through the gateway, policy chooses the destination; otherwise the request has one, and goes elsewhere only when it may
/// not go there and somebody else may have it.
pub(crate) fn rule(message: &Message<'_>, facts: &Facts<'_>, in_force: &InForce, is_model_secret: bool) -> Ruled {
    let Some(route) = message.route else {
        return rule_there(message, facts, in_force);
    };
    if !route.intercepted {
        return chosen(message, facts, route, in_force, is_model_secret);
    }
    let there = rule_there(message, facts, in_force);
    if there.decision.action != Action::Block {
        return there;
    }
    let elsewhere = Facts {
        account: None,
        exception: None,
        ..*facts
    };
    let mut elsewhere = chosen(message, &elsewhere, route, in_force, is_model_secret);
    let instead_of = in_force.policy.instead_of(
        &Facts {
            over: &there.draw.over,
            ..*facts
        },
        &there.decision,
    );
    if let Some(selection) = &mut elsewhere.selection {
        selection.instead_of = Some(instead_of);
    }
    match is_elsewhere(elsewhere.selection.as_ref()) {
        true => elsewhere,
        false => Ruled {
            selection: elsewhere.selection,
            ..there
        },
    }
}

/// True for a call that goes to another service than its own: what is known of its account is not known there.
pub(crate) fn is_elsewhere(selection: Option<&Selection>) -> bool {
    selection.is_some_and(|selection| selection.instead_of.is_some() && selection.chosen.is_some())
}

/// At the request's own destination.
fn rule_there(message: &Message<'_>, facts: &Facts<'_>, in_force: &InForce) -> Ruled {
    let draw = in_force.policy.draw(facts, message.buckets);
    let decision = in_force.policy.decide(&Facts {
        over: &draw.over,
        ..*facts
    });
    Ruled {
        destination: facts.destination.clone(),
        decision,
        selection: None,
        draw,
    }
}

/// At the target that policy chooses.
fn chosen(
    message: &Message<'_>,
    facts: &Facts<'_>,
    route: &Route<'_>,
    in_force: &InForce,
    is_model_secret: bool,
) -> Ruled {
    let selected = in_force.policy.select(facts, route, Some(message.buckets));
    Ruled {
        destination: Destination {
            model: selected.destination.model.filter(|_| !is_model_secret),
            ..selected.destination
        },
        decision: selected.decision,
        selection: Some(selected.selection),
        draw: selected.draw,
    }
}

/// A reason for people.
pub(crate) fn said(reason: &Reason, selection: Option<&Selection>, facts: &Facts<'_>, policy: &Policy) -> String {
    match (selection, &reason.why) {
        (Some(selection), Why::NoTarget) => no_target(selection),
        _ => policy.text(reason, facts),
    }
}

/// Why nobody may take a call, target by target.
fn no_target(selection: &Selection) -> String {
    let each: Vec<String> = selection.excluded.iter().map(ToString::to_string).collect();
    match each.is_empty() {
        true => "the policy in force names no target for the gateway".to_owned(),
        false => format!("none of the targets may take this call: {}", each.join(", ")),
    }
}
