//! The decision point: `judge(message, in_force, now) -> Verdict`.
//!
//! This is the page that tells the story. A message comes in as the bytes on the wire and goes through five steps,
//! each of them a pure function of a crate of its own:
//!
//! 1. [`weir_content::inspect`] finds the text in it, the model, the attachments and the account tier.
//! 2. [`find`](findings::find) runs the detectors over every segment.
//! 3. The policy gives each finding and each sensitivity label a level; the highest is the level of the message.
//! 4. [`weir_policy::Policy::decide`] walks the chain.
//! 5. [`plan`](plan::plan) turns the decision into edits, or into an answer that says why nothing left.
//!
//! Neighbours: the agent's gate calls this crate and carries out the verdict. The engine must not know sockets, clocks
//! or disks: everything that changes between two runs is an argument, so a verdict can be replayed.

mod again;
mod answer;
mod clipboard;
mod copied;
mod detectors;
mod findings;
mod fingerprint;
mod guarded;
mod held;
mod labels;
mod leave;
pub mod packtest;
mod plan;
mod replay;
mod ruling;
mod scanned;
mod surrogates;
mod survey;
mod uploads;
mod ways;

use std::collections::BTreeSet;
use std::sync::Arc;

use weir_content::{Adapters, Carrier, Drift, Inspected, RequestView, Unscannable, block};
use weir_detect::Scanner;
use weir_model::{
    Action, Channel, Closed, CopiedFrom, Destination, EventId, ExceptionTerms, FileEntry, FileState, Finding,
    Fingerprint, Granted, Kind, Level, Role, Selection, Sensitive, Timestamp,
};
use weir_policy::{AnswerGuard, Buckets, Catalogue, Decision, Draw, Environment, Facts, Policy, Reason, Route};

pub use again::DecidedTexts;
pub use answer::AnswerSummary;
pub use clipboard::{CLIPBOARD, CopiedFile, Copy, JudgedCopy, judge_copy};
pub use copied::CopiedTexts;
pub use detectors::scanner;
use findings::Found;
pub use fingerprint::FingerprintKey;
pub use guarded::{AnswerEnd, Guarded, GuardedAnswer, GuardedMessages, Rulings, add_rulings};
pub use held::{Held, Mark, Piece, SHOWN_BYTES, held, is_plain, reworded};
pub use leave::{Leave, exception_name};
use plan::Planned;
pub use plan::{Edited, Plan};
pub use replay::{Replayed, replay};
use ruling::{Ruled, is_elsewhere, rule, said};
use scanned::Reader;
pub use scanned::{ScannedText, ScannedTexts};
pub use surrogates::{Minted, Surrogates};
pub use survey::{Survey, Surveyed, survey};
pub use uploads::{UploadStep, Uploads};
pub use ways::{Way, ways_out};

/// Everything that is in force at one moment. Built when a bundle is loaded, shared by all connections, replaced whole.
pub struct InForce {
    /// The compiled packs.
    pub policy: Policy,
    /// The facts about services and providers.
    pub catalogue: Catalogue,
    /// The catalogue's routes, compiled.
    pub adapters: Adapters,
    /// The detectors.
    pub scanner: Arc<Scanner>,
}

/// One request on its way out.
pub struct Message<'a> {
    /// The bytes, as they came.
    pub request: RequestView<'a>,
    /// What the engine is not shown; `None` when the request is here whole.
    pub unread: Option<Unread>,
    /// The stand-ins already in use between this user and this service.
    pub surrogates: &'a Surrogates,
    /// Texts between them that were decided before.
    pub decided: &'a DecidedTexts,
    /// Files of this user that took several messages, or will.
    pub uploads: &'a Uploads,
    /// Texts that these detectors have read before.
    pub scanned: &'a ScannedTexts,
    /// What this user copied before.
    pub copied: &'a CopiedTexts,
    /// How much was sent before.
    pub buckets: &'a Buckets,
    /// What a directive closes.
    pub closed: &'a Closed,
    /// Nobody has said for longer than the pack's grace that the policy in force is the newest.
    pub stale: bool,
    /// Leave that people have given this sender.
    pub leaves: &'a [Leave],
    /// The employee has said why it must go.
    pub justified: bool,
    /// Whose values are counted.
    pub fingerprints: &'a FingerprintKey,
    /// Who sent it, as far as the machine can tell.
    pub origin: Origin<'a>,
    /// What a target is chosen by: for a call through the gateway, whose own host says nothing, and for one that may go
    /// elsewhere when its own host may not have it.
    pub route: Option<&'a Route<'a>>,
    /// Names the decision.
    pub event: EventId,
}

/// Why part of a message is not shown to the engine. Policy then treats it as unscannable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unread {
    /// The body goes on past the limit.
    TooLarge,
}

impl Unread {
    /// The word used in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Unread::TooLarge => "too_large",
        }
    }
}

/// Who sent a message.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// Login name of the user.
    pub user: Option<&'a str>,
    /// File name of the program.
    pub process: Option<&'a str>,
    /// What the machine is used for.
    pub environment: Environment,
}

/// The engine's whole answer. Plain data but for the plan, which holds bytes.
pub struct Verdict {
    /// Names the decision.
    pub event: EventId,
    /// How the message leaves the machine.
    pub channel: Channel,
    /// What the message does.
    pub kind: Kind,
    /// Where it was going.
    pub destination: Destination,
    /// How the gateway chose it.
    pub selection: Option<Selection>,
    /// The catalogue route that described it.
    pub route: Option<String>,
    /// The highest level of any part.
    pub level: Level,
    /// What was found, without the values.
    pub findings: Vec<Finding>,
    /// Why part of the message could not be read; a word for the record.
    pub unscannable: Option<&'static str>,
    /// False when an edited message would have been refused.
    pub editable: bool,
    /// It sends nothing with its question.
    pub only_asks: bool,
    /// The account it is sent with: see [`Facts::account`].
    pub account: Option<String>,
    /// The labels on what it carries: see [`Facts::labels`].
    pub labels: Vec<String>,
    /// The worst that is known of the files of earlier messages it refers to.
    pub file: Option<FileState>,
    /// Number of files carried or referred to.
    pub attachments: u32,
    /// What may be recorded of them, and of files of earlier messages.
    pub files: Vec<FileEntry>,
    /// The step of a file that the message is: to be remembered once this verdict is recorded.
    pub upload: Option<UploadStep>,
    /// What policy says.
    pub decision: Decision,
    /// Its reasons in their order, for people; none where nothing is recorded.
    pub told: Vec<String>,
    /// What to do about it.
    pub plan: Plan,
    /// Stand-ins to store before the message is released.
    pub minted: Vec<Minted>,
    /// All stand-ins in the message as it leaves: what its answer may be expected to repeat.
    pub stand_ins: BTreeSet<String>,
    /// Digests of its texts in which something was found: decided, once this verdict is recorded.
    pub texts: Vec<Fingerprint>,
    /// Texts that the detectors have read for it, to be remembered while they are in force.
    pub scanned: Vec<ScannedText>,
    /// The conversation it belongs to, as the service numbers it.
    pub conversation: Option<Sensitive<String>>,
    /// The service has changed: what its route describes is not there.
    pub drift: Option<Drift>,
    /// What it takes from the buckets: to be taken before it is released.
    pub draw: Draw,
    /// What a directive closed.
    pub closed: Closed,
    /// Nobody had said for too long that the policy was the newest.
    pub stale: bool,
    /// Keyed digest of all it says: what an exception is for.
    pub digest: Fingerprint,
    /// The leave that was for it, whether policy goes by it or not.
    pub exception: Option<Granted>,
    /// The rules an exception would have to be asked for, and what it must be like; `None` where none would help.
    pub exception_for: Option<(BTreeSet<String>, ExceptionTerms)>,
    /// Where something in it was copied.
    pub copied_from: Option<CopiedFrom>,
    /// What policy says of the answer.
    pub answer_guard: AnswerGuard,
    /// How to read the answer.
    pub answer: Option<weir_content::answer::Decoder>,
    /// True when the message held text, or anything else a decision was needed for. Requests that only ask (pictures of
    /// a page, style sheets, lists of models) and in which nothing was found are released without a record.
    pub is_message: bool,
}

/// Judges one message.
#[must_use]
pub fn judge(message: &Message<'_>, in_force: &InForce, now: Timestamp) -> Verdict {
    let seen = see(message, in_force);
    let facts = seen.facts(message, now);
    let Ruled {
        destination,
        mut decision,
        selection,
        draw,
    } = rule(
        message,
        &facts,
        in_force,
        model_holds_a_finding(&seen.inspected, &seen.found),
    );
    let facts = Facts {
        destination: &destination,
        account: facts.account.filter(|_| !is_elsewhere(selection.as_ref())),
        over: &draw.over,
        exception: facts.exception.filter(|_| !is_elsewhere(selection.as_ref())),
        ..facts
    };
    let said = |reason: &Reason| said(reason, selection.as_ref(), &facts, &in_force.policy);
    let refuse = |decision: &Decision| plan::refusal(message, &seen.inspected, decision, draw.wait, &said);
    let mut editable = seen.editable;
    let planned = plan::plan(message, &seen.inspected, &seen.found, &decision, in_force, &refuse);
    let planned = planned.unwrap_or_else(|_| {
        // Fails closed: what policy wants edited and cannot be edited does not leave.
        editable = false;
        decision = in_force.policy.decide(&Facts {
            editable: false,
            ..facts
        });
        Planned::refused(refuse(&decision))
    });

    again::quieten(&mut decision, &seen.found.findings);
    let is_message = is_message(message, &seen, &decision);
    let told = match is_message {
        true => decision.reasons.iter().map(said).collect(),
        false => Vec::new(),
    };
    let answer_guard = in_force.policy.answer_guard(&facts);
    let exception_for = in_force.policy.exception_for(&decision, &facts);
    let exception = facts.exception.cloned();
    let copied_from = message.copied.source(&seen.inspected.segments, &seen.found.findings);
    let (only_asks, account) = (facts.only_asks, facts.account.map(str::to_owned));
    let inspected = seen.inspected;
    Verdict {
        event: message.event,
        channel: seen.channel,
        kind: inspected.kind,
        route: inspected.route,
        level: seen.level,
        is_message,
        destination,
        selection,
        findings: seen.found.findings,
        unscannable: seen.unscannable,
        editable,
        only_asks,
        account,
        labels: seen.labels,
        file: seen.files.worst,
        copied_from,
        answer_guard,
        digest: seen.digest,
        exception,
        exception_for,
        closed: message.closed.clone(),
        stale: message.stale,
        draw,
        attachments: u32::try_from(inspected.attachments.len()).unwrap_or(u32::MAX),
        files: seen.files.entries,
        upload: seen.files.step,
        decision,
        told,
        plan: planned.plan,
        minted: planned.minted,
        stand_ins: planned.stand_ins,
        texts: seen.texts,
        scanned: seen.scanned,
        conversation: inspected.conversation,
        drift: inspected.drift,
        answer: inspected.answer,
    }
}

/// What is in a message, before policy is asked about it.
struct Seen {
    inspected: Inspected,
    found: Found,
    texts: Vec<Fingerprint>,
    scanned: Vec<ScannedText>,
    /// Where it was sent.
    addressed: Destination,
    files: uploads::Files,
    labels: Vec<String>,
    level: Level,
    digest: Fingerprint,
    account: Option<String>,
    channel: Channel,
    unscannable: Option<&'static str>,
    editable: bool,
}

/// Looks at a message, step by step to its level.
fn see(message: &Message<'_>, in_force: &InForce) -> Seen {
    let policy = &in_force.policy;
    let inspected = weir_content::inspect(&in_force.adapters, &message.request);
    let mut reader = Reader::new(&in_force.scanner, message.fingerprints, message.scanned);
    let mut found = findings::find(&inspected.segments, &inspected.joined, in_force, &mut reader);
    let texts = again::mark(&mut found, &inspected.segments, message.decided, message.fingerprints);
    let addressed = destination(&message.request, &inspected, &found, in_force);
    let labels = labels::known(&inspected.labels, policy);
    let account = inspected.account.as_ref();
    Seen {
        texts,
        digest: leave::digest(&inspected, &found, message.fingerprints),
        scanned: reader.fresh,
        files: uploads::look(message, &inspected, &found, addressed.provider.as_deref()),
        level: policy
            .message_level(&found.findings)
            .max(policy.level_of_labels(&labels)),
        account: account.map(|id| policy.named_account(id.expose()).to_owned()),
        channel: channel(message, &inspected),
        unscannable: unscannable(message, &inspected),
        editable: inspected.editable && message.unread.is_none() && is_text_expected(&inspected),
        inspected,
        found,
        addressed,
        labels,
    }
}

impl Seen {
    /// What policy may know of it.
    fn facts<'a>(&'a self, message: &Message<'a>, now: Timestamp) -> Facts<'a> {
        Facts {
            channel: self.channel,
            kind: self.inspected.kind,
            destination: &self.addressed,
            findings: &self.found.findings,
            level: self.level,
            unscannable: self.unscannable.is_some(),
            file: self.files.worst,
            files: &self.files.entries,
            editable: self.editable,
            only_asks: only_asks(&message.request),
            account: self.account.as_deref(),
            labels: &self.labels,
            over: &[],
            user: message.origin.user,
            process: message.origin.process,
            environment: message.origin.environment,
            closed: message.closed,
            stale: message.stale,
            exception: leave::fitting(message.leaves, &self.digest, &self.addressed),
            now,
        }
    }
}

/// Why part of a message could not be read.
fn unscannable(message: &Message<'_>, inspected: &Inspected) -> Option<&'static str> {
    let unread = message.unread.map(Unread::as_str);
    unread.or(inspected.unscannable.map(Unscannable::as_str))
}

/// A host that the adapters do not know may still be in the catalogue by name, or under policy by pattern.
fn destination(request: &RequestView<'_>, inspected: &Inspected, found: &Found, in_force: &InForce) -> Destination {
    let (host, port) = weir_model::split_port(request.host);
    let listed = in_force
        .catalogue
        .service_for(host, port.unwrap_or(443))
        .map(|(service, _)| service);
    Destination {
        host: host.to_owned(),
        service: inspected
            .service
            .clone()
            .or_else(|| listed.map(|service| service.service.clone())),
        provider: inspected
            .provider
            .clone()
            .or_else(|| listed.map(|service| service.provider.clone())),
        tier: inspected.tier,
        region: in_force.catalogue.region(host, port.unwrap_or(443)),
        model: inspected
            .model
            .clone()
            .filter(|_| !model_holds_a_finding(inspected, found)),
        target: None,
    }
}

/// The sender writes the model's name: data hidden there must not reach the record through it.
fn model_holds_a_finding(inspected: &Inspected, found: &Found) -> bool {
    found
        .places
        .iter()
        .any(|place| Some(place.segment) == inspected.model_segment)
}

/// Where no route says that people's text stands, a stand-in in some field of a form would be a wrong value that nobody
/// sees: such a request goes as it is, or not at all.
fn is_text_expected(inspected: &Inspected) -> bool {
    inspected.declares_text || inspected.kind != Kind::Other
}

/// A page is made of hundreds of requests that ask and tell nothing: those without a body in which nothing was found
/// are no messages.
fn is_message(message: &Message<'_>, seen: &Seen, decision: &Decision) -> bool {
    let inspected = &seen.inspected;
    let notable = seen.unscannable.is_some() || decision.action != Action::Allow || !seen.found.findings.is_empty();
    if is_through_gateway(message) {
        return true;
    }
    let is_prompt = matches!(inspected.kind, Kind::Prompt | Kind::PrefetchPrompt);
    // A socket carries acknowledgements and heartbeats between the turns: where a route says what text is, the rest is none.
    let is_signal = matches!(message.request.carrier, Carrier::WebSocket { .. })
        && inspected.declares_text
        && inspected.attachments.is_empty()
        && inspected
            .segments
            .iter()
            .all(|segment| segment.place.role == Role::Unclassified);
    if is_signal {
        return notable;
    }
    notable || (!inspected.segments.is_empty() && (is_prompt || !sends_nothing(&message.request)))
}

/// A handshake sends all that follows it.
fn only_asks(request: &RequestView<'_>) -> bool {
    request.carrier == Carrier::Http && sends_nothing(request)
}

fn sends_nothing(request: &RequestView<'_>) -> bool {
    matches!(request.method, "GET" | "HEAD" | "OPTIONS") && request.body.is_empty()
}

/// The host that a call to the gateway names is nobody's.
fn is_through_gateway(message: &Message<'_>) -> bool {
    message.route.is_some_and(|route| !route.intercepted)
}

fn channel(message: &Message<'_>, inspected: &Inspected) -> Channel {
    match inspected.kind {
        _ if is_through_gateway(message) => Channel::Gateway,
        Kind::Upload | Kind::UploadInit => Channel::Upload,
        _ => inspected.channel.unwrap_or(Channel::Api),
    }
}

/// The form in which a block is answered when the route names none: a page for a navigation, JSON for a program.
fn fallback_shape(request: &RequestView<'_>) -> block::Shape {
    let accept = request.header("accept").unwrap_or_default();
    let is_navigation = request.method == "GET" && request.carrier == Carrier::Http && memchr_str(accept, b"text/html");
    if is_navigation {
        block::Shape::Html
    } else {
        block::Shape::OpenAi
    }
}

fn memchr_str(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
