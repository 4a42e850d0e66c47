//! The chain: the members that judge a message, each in its own file, listed once in [`REGISTRY`].
//!
//! A member sees the facts and says what it asks for ([`Ruling::ask`]); it never sees what the others said. The
//! strictest enforced action wins, so the order of a chain decides only the order of the reasons.

mod audit_logger;
mod clipboard_guard;
mod data_classification;
mod data_routing_policy;
mod file_types;
mod model_allow_list;
mod prompt_injection;
mod provider_approval;
mod rate_limit;
mod rego;
mod residency;
mod response_guard;
mod tenant_control;
mod upload_guard;

use serde::{Deserialize, Serialize};
use std::fmt;
use weir_model::{Action, ExceptionTerms, Finding, HostPattern, Kind, Level, Mode, Trust};

use crate::decision::{Approval, Facts, HeaderEdits, Reason};
use crate::policy::Policy;
use crate::report::{At, Report};
use crate::shape::Shape;
use crate::space::Mentions;
use crate::yaml::Node;

pub(crate) use data_routing_policy::Handling;
pub use rate_limit::{Buckets, Draw};
pub(crate) use response_guard::action as answer_action;
pub use response_guard::{AnswerAction, AnswerGuard, AnswerRuling};
pub(crate) use upload_guard::MEGABYTE;

/// The members a chain can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChainMember {
    /// Which services may be used.
    ProviderApproval,
    /// Which accounts of a service may be used.
    TenantControl,
    /// What happens to data of each level.
    DataClassification,
    /// What a provider must promise about the data.
    DataRoutingPolicy,
    /// Where data may be processed.
    Residency,
    /// Which models may be asked.
    ModelAllowList,
    /// Text that attacks the model.
    PromptInjection,
    /// Which files may be sent.
    UploadGuard,
    /// What may come back in an answer.
    ResponseGuard,
    /// How much may be sent.
    RateLimit,
    /// What happens to what is copied.
    ClipboardGuard,
    /// Rules of the pack's own, in Rego.
    Rego,
    /// How long records are kept.
    AuditLogger,
}

impl ChainMember {
    /// The name used in packs, records and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ChainMember::ProviderApproval => "provider-approval",
            ChainMember::TenantControl => "tenant-control",
            ChainMember::DataClassification => "data-classification",
            ChainMember::DataRoutingPolicy => "data-routing-policy",
            ChainMember::Residency => "residency",
            ChainMember::ModelAllowList => "model-allow-list",
            ChainMember::PromptInjection => "prompt-injection",
            ChainMember::UploadGuard => "upload-guard",
            ChainMember::ResponseGuard => "response-guard",
            ChainMember::RateLimit => "rate-limit",
            ChainMember::ClipboardGuard => "clipboard-guard",
            ChainMember::Rego => "rego",
            ChainMember::AuditLogger => "audit-logger",
        }
    }

    /// Whether it has a say about what is copied, where that has a guard of its own: what is copied goes to nobody yet.
    pub(crate) const fn is_for_copies(self) -> bool {
        match self {
            ChainMember::DataClassification
            | ChainMember::ClipboardGuard
            | ChainMember::Rego
            | ChainMember::AuditLogger => true,
            ChainMember::ProviderApproval
            | ChainMember::TenantControl
            | ChainMember::DataRoutingPolicy
            | ChainMember::Residency
            | ChainMember::ModelAllowList
            | ChainMember::PromptInjection
            | ChainMember::UploadGuard
            | ChainMember::ResponseGuard
            | ChainMember::RateLimit => false,
        }
    }
}

impl fmt::Display for ChainMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// All members, in the order in which packs usually list them.
const REGISTRY: &[Registration] = &[
    provider_approval::REGISTRATION,
    tenant_control::REGISTRATION,
    data_classification::REGISTRATION,
    data_routing_policy::REGISTRATION,
    residency::REGISTRATION,
    model_allow_list::REGISTRATION,
    prompt_injection::REGISTRATION,
    upload_guard::REGISTRATION,
    response_guard::REGISTRATION,
    rate_limit::REGISTRATION,
    clipboard_guard::REGISTRATION,
    rego::REGISTRATION,
    audit_logger::REGISTRATION,
];

/// The chain of a pack that names none.
pub(crate) const DEFAULT_CHAIN: &[ChainMember] = &[
    ChainMember::ProviderApproval,
    ChainMember::DataClassification,
    ChainMember::AuditLogger,
];

/// What the registry knows of a member.
pub(crate) struct Registration {
    pub(crate) member: ChainMember,
    pub(crate) about: &'static str,
    /// Shape of its configuration block.
    pub(crate) shape: Shape,
    /// Builds it; `None` for one that could never act.
    pub(crate) build: fn(&mut Setting<'_>) -> Option<Box<dyn Member>>,
}

/// What a member is built from.
pub(crate) struct Setting<'a> {
    /// Its configuration block, already of the right shape; absent means defaults.
    pub(crate) config: Option<&'a Node>,
    /// Where the chain names it.
    pub(crate) at: At,
    pub(crate) context: &'a crate::compile::Context<'a>,
    pub(crate) report: &'a mut Report,
}

/// One member, ready to judge.
pub(crate) trait Member: Send + Sync {
    /// Says what it asks for.
    fn judge(&self, case: &Case<'_>, ruling: &mut Ruling);

    /// One of its reasons, for people; names data types, never values. It is asked with the case it judged.
    fn text(&self, reason: &Reason, case: &Case<'_>) -> String;

    /// Says what it looks at, so that every case it tells apart can be tried.
    fn mentions(&self, mentions: &mut Mentions);

    /// Why connections to a host that cannot be read are refused; `None` lets them pass.
    fn refuses_unread(&self, approval: Approval) -> Option<&'static str> {
        let _ = approval;
        None
    }

    /// What the destination lacks of what this member requires of it, each predicate by its name.
    fn lacks(&self, case: &Case<'_>) -> Vec<Lack> {
        let _ = case;
        Vec::new()
    }

    /// Adds the headers that requests to this host (lower case) leave with.
    fn edit_headers(&self, host: &str, edits: &mut HeaderEdits) {
        let _ = (host, edits);
    }

    /// The hosts it sets headers on.
    fn header_hosts(&self) -> Vec<&HostPattern> {
        Vec::new()
    }

    /// What it says of the answer to this message.
    fn guard(&self, case: &Case<'_>) -> Option<AnswerGuard> {
        let _ = case;
        None
    }

    /// Which limits this message is over, and what it takes from the buckets.
    fn draw(&self, case: &Case<'_>, buckets: &Buckets, draw: &mut Draw) {
        let _ = (case, buckets, draw);
    }

    /// What an exception from one of its reasons must be like; `None` where there is none.
    fn exception(&self, reason: &Reason) -> Option<ExceptionTerms> {
        let _ = reason;
        None
    }

    /// What it does that shows in no single decision, in any words that differ where it does.
    fn beyond_decisions(&self) -> String {
        String::new()
    }

    /// Where its rules stand, for explanations: rule, file, line.
    fn places(&self) -> Vec<Place> {
        Vec::new()
    }
}

/// A requirement that a destination does not meet.
pub(crate) struct Lack {
    pub(crate) predicate: &'static str,
    pub(crate) text: String,
}

/// Where a rule stands.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) rule: String,
    pub(crate) file: String,
    pub(crate) line: u32,
}

/// What members are told: the facts, and what the pack says about the destination.
pub(crate) struct Case<'a> {
    pub(crate) facts: &'a Facts<'a>,
    pub(crate) policy: &'a Policy,
    pub(crate) approval: Approval,
    pub(crate) trust: Trust,
    /// Lower case, as patterns are.
    pub(crate) user: Option<String>,
    /// Lower case.
    pub(crate) process: Option<String>,
}

impl Case<'_> {
    /// True for the client's own reports with nothing found in them: there is no user text to protect.
    pub(crate) fn carries_nothing(&self) -> bool {
        let facts = self.facts;
        matches!(facts.kind, Kind::Telemetry | Kind::Other)
            && facts.findings.is_empty()
            && !facts.unscannable
            && facts.file.is_none()
            && facts.level == Level::Public
    }

    /// The destination for people: `ChatGPT (OpenAI, not approved)`.
    pub(crate) fn destination(&self) -> String {
        self.policy.name_with(self.facts.destination, self.approval)
    }
}

/// What the members have asked for so far.
pub(crate) struct Ruling {
    pub(crate) action: Action,
    pub(crate) monitored: Action,
    pub(crate) per_finding: Vec<Action>,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) retention_days: Option<u32>,
    pub(crate) tell: bool,
    pub(crate) justify: bool,
    pub(crate) headers: HeaderEdits,
}

impl Ruling {
    pub(crate) fn new(findings: &[Finding]) -> Self {
        Self {
            action: Action::Allow,
            monitored: Action::Allow,
            per_finding: vec![Action::Allow; findings.len()],
            reasons: Vec::new(),
            retention_days: None,
            tell: false,
            justify: false,
            headers: HeaderEdits::default(),
        }
    }

    /// Takes a reason into account, as far as its mode goes.
    pub(crate) fn ask(&mut self, reason: Reason) {
        match reason.mode {
            Mode::Off => return,
            Mode::Monitor => self.monitored = self.monitored.max(reason.action),
            Mode::Tip => {
                self.monitored = self.monitored.max(reason.action);
                self.tell |= reason.action > Action::Allow;
            }
            Mode::Enforce => {
                self.action = self.action.max(reason.action);
                self.tell |= reason.action > Action::Allow;
            }
        }
        self.reasons.push(reason);
    }
}

pub(crate) fn registrations() -> &'static [Registration] {
    REGISTRY
}

pub(crate) fn registration(name: &str) -> Option<&'static Registration> {
    REGISTRY
        .iter()
        .find(|registration| registration.member.as_str() == name)
}

pub(crate) fn names() -> impl Iterator<Item = &'static str> + Clone {
    REGISTRY.iter().map(|registration| registration.member.as_str())
}

/// The mode of a member's configuration block; default `enforce`.
pub(crate) fn mode_of(config: Option<&Node>) -> Mode {
    config
        .and_then(|config| config.get("mode"))
        .and_then(Node::text)
        .and_then(crate::words::mode)
        .unwrap_or_default()
}
