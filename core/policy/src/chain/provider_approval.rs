//! `provider-approval`: which services may be used. A denied service gets nothing; an unapproved one gets what the other
//! members let it have, and the reason names the approved ones.

use weir_model::{Action, Mode};

use super::{Case, ChainMember, Member, Registration, Ruling, Setting, mode_of};
use crate::decision::{Approval, Reason, Why};
use crate::format::MODES;
use crate::shape::{Field, Shape, field};
use crate::space::Mentions;
use crate::words;
use crate::yaml::Node;

pub(super) const REGISTRATION: Registration = Registration {
    member: ChainMember::ProviderApproval,
    about: "which services may be used",
    shape: Shape::Map(CONFIG),
    build,
};

const CONFIG: &[Field] = &[
    field(
        "unapproved",
        Shape::Choice(&["allow", "warn", "block"]),
        "what happens to messages to services that are not approved; default `allow`, and the other members still judge them",
    ),
    field(
        "unread",
        Shape::Choice(&["tunnel", "refuse"]),
        "what happens to connections to unapproved services that cannot be read (shared or pinned hosts); default `tunnel`",
    ),
    field("request_url", Shape::Text, "where an employee asks for an approval"),
    field("mode", Shape::Choice(MODES), "default `enforce`"),
];

struct ProviderApproval {
    unapproved: Action,
    refuse_unread: bool,
    request_url: Option<String>,
    mode: Mode,
}

impl Member for ProviderApproval {
    fn judge(&self, case: &Case<'_>, ruling: &mut Ruling) {
        let (rule, action) = match case.approval {
            Approval::Approved => return,
            Approval::Unapproved if case.carries_nothing() => return,
            Approval::Unapproved => ("provider-approval/unapproved", self.unapproved),
            Approval::Denied => ("provider-approval/denied", Action::Block),
        };
        ruling.ask(Reason {
            rule: rule.to_owned(),
            member: ChainMember::ProviderApproval,
            action,
            mode: self.mode,
            why: Why::Message,
        });
    }

    fn text(&self, reason: &Reason, case: &Case<'_>) -> String {
        let mut text = match reason.action {
            Action::Block => format!("nothing may be sent to {}", case.destination()),
            _ => format!("{} is used without an approval", case.destination()),
        };
        if let Some(reason) = case.policy.approval_reason(case.facts) {
            text.push_str(&format!(": {reason}"));
        }
        let approved = case.policy.approved_names(case.facts);
        if !approved.is_empty() {
            text.push_str(&format!("; approved: {}", approved.join(", ")));
        }
        if let Some(url) = &self.request_url {
            text.push_str(&format!("; ask for an approval at {url}"));
        }
        text
    }

    /// What it looks at are the approvals, which the policy itself mentions.
    fn mentions(&self, _mentions: &mut Mentions) {}

    fn refuses_unread(&self, approval: Approval) -> Option<&'static str> {
        match (self.mode, approval) {
            (Mode::Enforce, Approval::Denied) => Some("this service is forbidden"),
            (Mode::Enforce, Approval::Unapproved) if self.refuse_unread => {
                Some("this service is not approved, and what is sent to it cannot be read")
            }
            _ => None,
        }
    }
}

fn build(setting: &mut Setting<'_>) -> Option<Box<dyn Member>> {
    let config = setting.config;
    let text = |key: &str| config.and_then(|config| config.get(key)).and_then(Node::text);
    Some(Box::new(ProviderApproval {
        unapproved: text("unapproved").and_then(words::action).unwrap_or(Action::Allow),
        refuse_unread: text("unread") == Some("refuse"),
        request_url: text("request_url").map(str::to_owned),
        mode: mode_of(config),
    }))
}
