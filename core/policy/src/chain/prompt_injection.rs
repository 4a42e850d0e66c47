//! `prompt-injection`: text that attacks the model, in what the user did not write.
//!
//! A file, a tool's result or text around a cursor that speaks to the model is an attack on whoever sends it on. The
//! same words in the user's own prompt are most often a question about them: they are held to `in_prompt`.

use weir_model::{Action, DataType, Finding, Mode, Role};

use super::{Case, ChainMember, Member, Registration, Ruling, Setting, mode_of};
use crate::decision::{Reason, Why};
use crate::format::MODES;
use crate::shape::{Field, Shape, field};
use crate::space::Mentions;
use crate::words;

pub(super) const REGISTRATION: Registration = Registration {
    member: ChainMember::PromptInjection,
    about: "text that attacks the model",
    shape: Shape::Map(CONFIG),
    build,
};

const CONFIG: &[Field] = &[
    field(
        "action",
        Shape::Choice(&["warn", "redact", "block"]),
        "what happens to such text in files, tool results and pasted pages; default `block`",
    ),
    field(
        "in_prompt",
        Shape::Choice(&["allow", "warn", "redact", "block"]),
        "what happens to it in what the user wrote; default `allow`",
    ),
    field("mode", Shape::Choice(MODES), "default `enforce`"),
];

/// The category of the detectors this member listens to.
const CATEGORY: &str = "hostile";

const UNTRUSTED: &str = "prompt-injection/untrusted";

struct PromptInjection {
    action: Action,
    in_prompt: Action,
    mode: Mode,
}

impl PromptInjection {
    fn action_for(&self, finding: &Finding) -> Action {
        if finding.data_type.category() != CATEGORY {
            return Action::Allow;
        }
        if is_untrusted(finding.place.role) {
            self.action
        } else {
            self.in_prompt
        }
    }
}

/// What somebody else may have written.
fn is_untrusted(role: Role) -> bool {
    match role {
        Role::ToolResult | Role::Attachment | Role::Code | Role::Unclassified => true,
        Role::Prompt | Role::System | Role::History | Role::Copy | Role::Answer => false,
    }
}

impl Member for PromptInjection {
    fn judge(&self, case: &Case<'_>, ruling: &mut Ruling) {
        let mut strictest: Option<(Action, &Finding)> = None;
        for (finding, slot) in case.facts.findings.iter().zip(0..) {
            let action = self.action_for(finding);
            if self.mode == Mode::Enforce {
                ruling.per_finding[slot] = ruling.per_finding[slot].max(action);
            }
            if action > strictest.map_or(Action::Allow, |(action, _)| action) {
                strictest = Some((action, finding));
            }
        }
        let Some((action, finding)) = strictest else { return };
        let rule = match is_untrusted(finding.place.role) {
            true => UNTRUSTED,
            false => "prompt-injection/prompt",
        };
        ruling.ask(Reason {
            rule: rule.to_owned(),
            member: ChainMember::PromptInjection,
            action,
            mode: self.mode,
            why: Why::Found {
                level: finding.level,
                types: vec![finding.data_type.clone()],
            },
        });
    }

    fn text(&self, reason: &Reason, _case: &Case<'_>) -> String {
        let whose = match reason.rule == UNTRUSTED {
            true => "text from elsewhere",
            false => "the prompt",
        };
        let types = match &reason.why {
            Why::Found { types, .. } => types.as_slice(),
            _ => &[],
        };
        let types: Vec<&str> = types.iter().map(DataType::as_str).collect();
        format!(
            "{whose} holds instructions that attack the model ({})",
            types.join(", ")
        )
    }

    fn mentions(&self, mentions: &mut Mentions) {
        mentions.whose_text = Some(CATEGORY);
        mentions.types.insert(format!("{CATEGORY}/*"));
    }
}

fn build(setting: &mut Setting<'_>) -> Option<Box<dyn Member>> {
    let action = |key: &str, default| {
        let config = setting.config;
        config
            .and_then(|config| words::one(config, key, words::action))
            .unwrap_or(default)
    };
    Some(Box::new(PromptInjection {
        action: action("action", Action::Block),
        in_prompt: action("in_prompt", Action::Allow),
        mode: mode_of(setting.config),
    }))
}
