//! Step five: a decision becomes edits, or an answer that says why nothing left.

use std::collections::{BTreeSet, HashSet};

use weir_content::block::{self, Notice, Reply, SocketMessage};
use weir_content::{Carrier, Edit, Inspected};
use weir_model::{Action, DataType, Mode, Segment, Sensitive};
use weir_policy::{ChainMember, Decision, Reason, Why};

use crate::findings::{Found, FoundAt, Share};
use crate::surrogates::{Mint, stand_ins_in};
use crate::{InForce, Message, Minted, fallback_shape};

/// What the gate must do.
pub enum Plan {
    /// Release the message byte for byte.
    Forward,
    /// Release this instead.
    Edit(Edited),
    /// Answer here; nothing leaves.
    Answer(Reply),
    /// The same on a WebSocket, which stays open: say this to the client.
    Say(Vec<SocketMessage>),
}

/// The message after its edits.
pub struct Edited {
    /// The new body, in the content coding of the old one; `None` keeps the old body.
    pub body: Option<Vec<u8>>,
    /// The new path and query; `None` keeps the old ones.
    pub path_and_query: Option<String>,
}

/// The message cannot be rewritten as the decision asks.
pub(crate) struct CannotEdit;

/// A plan, with the stand-ins it takes.
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    /// Those that did not exist before.
    pub(crate) minted: Vec<Minted>,
    /// All that are in the message as it leaves.
    pub(crate) stand_ins: BTreeSet<String>,
}

impl Planned {
    pub(crate) fn refused(plan: Plan) -> Self {
        Self {
            plan,
            minted: Vec::new(),
            stand_ins: BTreeSet::new(),
        }
    }
}

pub(crate) fn plan(
    message: &Message<'_>,
    inspected: &Inspected,
    found: &Found,
    decision: &Decision,
    in_force: &InForce,
    refuse: &dyn Fn(&Decision) -> Plan,
) -> Result<Planned, CannotEdit> {
    // A message whose obligations cannot be met is refused.
    let waits = decision.asks_for_justification() && !message.justified;
    if decision.action == Action::Block || waits {
        return Ok(Planned::refused(refuse(decision)));
    }
    let written: HashSet<&str> = inspected
        .segments
        .iter()
        .flat_map(|segment| stand_ins_in(segment.text.expose()))
        .collect();
    let mut stand_ins: BTreeSet<String> = written
        .iter()
        .filter(|stand_in| message.surrogates.knows(stand_in))
        .map(|&stand_in| stand_in.to_owned())
        .collect();
    let mut mint = Mint::new(message.surrogates);
    let edits = edits(inspected, found, decision, in_force, &mut |data_type, value| {
        let stand_in = mint.surrogate(data_type, value, |candidate| written.contains(candidate));
        stand_ins.insert(stand_in.clone());
        stand_in
    });
    if edits.is_empty() {
        return Ok(Planned {
            plan: Plan::Forward,
            minted: Vec::new(),
            stand_ins,
        });
    }
    let rewritten = inspected.rewrite(&message.request, &edits).map_err(|_| CannotEdit)?;
    let edited = Edited {
        body: rewritten.body,
        path_and_query: rewritten.path_and_query,
    };
    Ok(Planned {
        plan: Plan::Edit(edited),
        minted: mint.into_minted(),
        stand_ins,
    })
}

/// One edit for each match whose finding must not leave as it is.
fn edits(
    inspected: &Inspected,
    found: &Found,
    decision: &Decision,
    in_force: &InForce,
    stand_in: &mut dyn FnMut(&DataType, &str) -> String,
) -> Vec<Edit> {
    found
        .places
        .iter()
        .filter_map(|place| {
            let replacement = replacement(place, &inspected.segments, decision, in_force, stand_in)?;
            Some(Edit {
                segment: place.segment,
                span: place.found.span.clone(),
                replacement: Sensitive::new(replacement),
            })
        })
        .collect()
}

fn replacement(
    place: &FoundAt,
    segments: &[Segment],
    decision: &Decision,
    in_force: &InForce,
    stand_in: &mut dyn FnMut(&DataType, &str) -> String,
) -> Option<String> {
    let data_type = &place.found.data_type;
    // A finding without an action of its own is treated as the whole message is.
    match decision
        .per_finding
        .get(place.finding)
        .copied()
        .unwrap_or(decision.action)
    {
        Action::Allow | Action::Warn => None,
        _ if matches!(place.share, Share::Rest) => Some(String::new()),
        Action::Pseudonymise => Some(match &place.share {
            Share::Start(value) => stand_in(data_type, value.expose()),
            _ => stand_in(
                data_type,
                &segments[place.segment].text.expose()[place.found.span.clone()],
            ),
        }),
        Action::Redact | Action::Block => Some(in_force.policy.marker(data_type)),
    }
}

/// Nothing leaves; the caller is told why in the form its route understands, and where only a limit is in its way, in how
/// many seconds it is not.
pub(crate) fn refusal(
    message: &Message<'_>,
    inspected: &Inspected,
    decision: &Decision,
    wait: Option<u32>,
    said: &dyn Fn(&Reason) -> String,
) -> Plan {
    let shape = inspected.block.unwrap_or_else(|| fallback_shape(&message.request));
    let notice = notice(message, decision, wait, said);
    if matches!(message.request.carrier, Carrier::WebSocket { .. }) {
        return Plan::Say(block::messages(shape, &notice, message.request.body));
    }
    let mut reply = block::reply(shape, &notice, inspected.streaming);
    let of_routing = decision
        .main_reason()
        .is_some_and(|reason| reason.member == ChainMember::DataRoutingPolicy);
    if of_routing && reply.status == FORBIDDEN {
        reply.status = CONFLICT;
    }
    Plan::Answer(reply)
}

const FORBIDDEN: u16 = 403;
/// What is sent is no fault of the message: the place it is sent to may not have it.
const CONFLICT: u16 = 409;

/// What the person reads: the reason, the rule, the event; never the value.
fn notice(message: &Message<'_>, decision: &Decision, wait: Option<u32>, said: &dyn Fn(&Reason) -> String) -> Notice {
    let reason = decision.main_reason();
    Notice {
        title: "Blocked by Weir".to_owned(),
        reason: reason.map_or_else(
            || "This message must not leave.".to_owned(),
            |reason| sentence(&said(reason)),
        ),
        rule: reason.map_or_else(String::new, |reason| reason.rule.clone()),
        event: message.event.to_string(),
        advice: advice(reason).to_owned(),
        wait: wait.filter(|_| only_a_limit(decision)),
    }
}

/// True where nothing but limits is in the way.
fn only_a_limit(decision: &Decision) -> bool {
    let mut acting = decision
        .reasons
        .iter()
        .filter(|reason| reason.mode == Mode::Enforce && reason.action == decision.action);
    acting.all(|reason| reason.member == ChainMember::RateLimit)
}

/// What the person can do about it.
fn advice(reason: Option<&Reason>) -> &'static str {
    if reason.is_some_and(|reason| reason.why == Why::Closed) {
        return "Use another service, or send again when this one is open.";
    }
    if reason.is_some_and(|reason| reason.why == Why::Stale) {
        return "Connect to your company's network and send again, or ask your administrator.";
    }
    match reason.map(|reason| reason.member) {
        Some(ChainMember::DataRoutingPolicy) => {
            "Use a service that keeps what your company requires, or ask your administrator."
        }
        Some(ChainMember::RateLimit) => "Wait a little and send again.",
        Some(ChainMember::TenantControl) => "Sign in with your company's account, or ask your administrator.",
        _ if reason.is_some_and(|reason| reason.action == Action::Warn) => {
            "Say in the Weir app, or with `weir held`, why it must go; without it nobody could be asked."
        }
        _ => "Remove the marked data and send again, or ask your administrator.",
    }
}

/// Reasons are fragments; people read sentences.
fn sentence(fragment: &str) -> String {
    let mut rest = fragment.chars();
    let first = rest
        .next()
        .map(|first| first.to_uppercase().to_string())
        .unwrap_or_default();
    let end = if fragment.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", rest.as_str())
}
