//! `audit-logger`: how long records are kept. That there are records is not a choice: every decision has one.

use super::{Case, ChainMember, Member, Registration, Ruling, Setting};
use crate::decision::Reason;
use crate::shape::{Field, Shape, field};
use crate::space::Mentions;
use crate::yaml::Node;

pub(super) const REGISTRATION: Registration = Registration {
    member: ChainMember::AuditLogger,
    about: "how long records are kept",
    shape: Shape::Map(CONFIG),
    build,
};

const CONFIG: &[Field] = &[
    field("immutable", Shape::Flag, "always so in Weir"),
    field(
        "retention_days",
        Shape::Whole { min: 1, max: 36_500 },
        "days records are kept; absent leaves it to the store",
    ),
    field("log_all_access", Shape::Flag, "always so in Weir"),
];

struct AuditLogger {
    retention_days: Option<u32>,
}

impl Member for AuditLogger {
    fn judge(&self, _case: &Case<'_>, ruling: &mut Ruling) {
        ruling.retention_days = self.retention_days;
    }

    fn text(&self, _reason: &Reason, _case: &Case<'_>) -> String {
        String::new()
    }

    fn mentions(&self, _mentions: &mut Mentions) {}
}

fn build(setting: &mut Setting<'_>) -> Option<Box<dyn Member>> {
    for key in ["immutable", "log_all_access"] {
        let switch = setting.config.and_then(|config| config.get(key));
        if let Some(node) = switch.filter(|node| node.flag() == Some(false)) {
            setting
                .report
                .warning(node.at, "always-so", format!("`{key}` cannot be switched off"))
                .help("records are chained and sealed, and reading them is recorded, whatever a pack says");
        }
    }
    let retention_days = setting
        .config
        .and_then(|config| config.get("retention_days"))
        .and_then(Node::whole);
    Some(Box::new(AuditLogger { retention_days }))
}
