//! `data-routing-policy`: what a provider must promise about the data. The same predicates judge the gateway's targets
//! and the destination of intercepted traffic, whose facts come from the catalogue and the account tier.
//!
//! Unknown satisfies nothing: a fact that is absent counts as a promise that was not made.

use weir_model::catalogue::Terms;
use weir_model::{Action, Level, Mode, Trust};

use super::{Case, ChainMember, Lack, Member, Registration, Ruling, Setting, mode_of};
use crate::agreement::Known;
use crate::day;
use crate::decision::{Reason, Why};
use crate::format::{LEVELS, MODES};
use crate::shape::{Field, Shape, field};
use crate::space::Mentions;
use crate::words;
use crate::yaml::Node;

pub(super) const REGISTRATION: Registration = Registration {
    member: ChainMember::DataRoutingPolicy,
    about: "what a provider must promise about the data",
    shape: Shape::Map(CONFIG),
    build,
};

const CONFIG: &[Field] = &[
    field(
        "require_zero_data_retention",
        Shape::Flag,
        "nothing is kept after the answer; default `false`",
    ),
    field(
        "require_no_training",
        Shape::Flag,
        "the data is not used for training; default `false`",
    ),
    field(
        "max_retention_days",
        Shape::Whole { min: 0, max: 36_500 },
        "longest time the data may be kept",
    ),
    field(
        "on_no_compliant_provider",
        Shape::Choice(&["block", "warn"]),
        "what happens when a promise is missing; default `block`",
    ),
    field("log_provider_selection", Shape::Flag, "always so in Weir"),
    field(
        "from_level",
        Shape::Choice(LEVELS),
        "lowest level of messages this is for; default `public`, which is every message",
    ),
    field("mode", Shape::Choice(MODES), "default `enforce`"),
];

/// What must be promised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Requirements {
    pub(crate) zero_retention: bool,
    pub(crate) no_training: bool,
    pub(crate) max_retention_days: Option<u32>,
}

/// What is promised; `None` is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Handling {
    pub(crate) zero_retention: Option<bool>,
    pub(crate) no_training: Option<bool>,
    pub(crate) retention_days: Option<u32>,
}

/// A requirement that is not met, by the name of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unmet {
    ZeroRetention(Option<bool>),
    NoTraining(Option<bool>),
    MaxRetention { allowed: u32, kept: Option<u32> },
}

impl Requirements {
    pub(crate) fn read(config: &Node) -> Self {
        let flag = |key| config.get(key).and_then(Node::flag).unwrap_or(false);
        Self {
            zero_retention: flag("require_zero_data_retention"),
            no_training: flag("require_no_training"),
            max_retention_days: config.get("max_retention_days").and_then(Node::whole),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The requirements that are not met.
    pub(crate) fn unmet(&self, handling: &Handling) -> Vec<Unmet> {
        let mut unmet = Vec::new();
        if self.zero_retention && handling.zero_retention != Some(true) {
            unmet.push(Unmet::ZeroRetention(handling.zero_retention));
        }
        if self.no_training && handling.no_training != Some(true) {
            unmet.push(Unmet::NoTraining(handling.no_training));
        }
        if let Some(allowed) = self.max_retention_days
            && handling.retention_days.is_none_or(|kept| kept > allowed)
        {
            unmet.push(Unmet::MaxRetention {
                allowed,
                kept: handling.retention_days,
            });
        }
        unmet
    }
}

impl From<&Terms> for Handling {
    fn from(terms: &Terms) -> Self {
        Self {
            zero_retention: terms.zero_data_retention,
            no_training: terms.trains_by_default.map(|trains| !trains),
            retention_days: terms.retention_days,
        }
    }
}

impl Unmet {
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Unmet::ZeroRetention(_) => "require_zero_data_retention",
            Unmet::NoTraining(_) => "require_no_training",
            Unmet::MaxRetention { .. } => "max_retention_days",
        }
    }

    fn text(self) -> String {
        match self {
            Unmet::ZeroRetention(Some(_)) => "keeps data after the answer".to_owned(),
            Unmet::ZeroRetention(None) => "does not say that it keeps nothing".to_owned(),
            Unmet::NoTraining(Some(_)) => "trains on the data".to_owned(),
            Unmet::NoTraining(None) => "does not say that it does not train on the data".to_owned(),
            Unmet::MaxRetention {
                allowed,
                kept: Some(kept),
            } => format!("keeps data {kept} days, allowed are {allowed}"),
            Unmet::MaxRetention { allowed, kept: None } => {
                format!("does not say how long it keeps data, allowed are {allowed} days")
            }
        }
    }
}

struct DataRoutingPolicy {
    requirements: Requirements,
    on_unmet: Action,
    from_level: Level,
    mode: Mode,
}

impl Member for DataRoutingPolicy {
    fn judge(&self, case: &Case<'_>, ruling: &mut Ruling) {
        if !self.is_for(case) {
            return;
        }
        let unmet = self.unmet(case);
        let Some(first) = unmet.first() else { return };
        ruling.ask(Reason {
            rule: format!("data-routing-policy/{}", first.key()),
            member: ChainMember::DataRoutingPolicy,
            action: self.on_unmet,
            mode: self.mode,
            why: Why::Message,
        });
    }

    fn text(&self, _reason: &Reason, case: &Case<'_>) -> String {
        let faults: Vec<String> = self.unmet(case).into_iter().map(Unmet::text).collect();
        let tier = case.facts.destination.tier;
        let text = format!("{}, account tier {tier}: {}", case.destination(), faults.join("; "));
        match known(case).ended {
            // The day before it held no more.
            Some(end) => format!("{text}; what was agreed ended on {}", day::shown(end.plus_millis(-1))),
            None => text,
        }
    }

    fn mentions(&self, mentions: &mut Mentions) {
        mentions.terms = true;
    }

    /// Only watched, it filters nobody out.
    fn lacks(&self, case: &Case<'_>) -> Vec<Lack> {
        if self.mode != Mode::Enforce || !self.is_for(case) {
            return Vec::new();
        }
        let lack = |unmet: Unmet| Lack {
            predicate: unmet.key(),
            text: unmet.text(),
        };
        self.unmet(case).into_iter().map(lack).collect()
    }
}

impl DataRoutingPolicy {
    /// The company's own models are not bound by a provider's terms.
    fn is_for(&self, case: &Case<'_>) -> bool {
        case.trust != Trust::Internal && !case.carries_nothing() && case.facts.level >= self.from_level
    }

    fn unmet(&self, case: &Case<'_>) -> Vec<Unmet> {
        self.requirements.unmet(&known(case).handling)
    }
}

fn known<'a>(case: &Case<'a>) -> Known<'a> {
    case.policy.known(case.facts.destination, case.facts.now)
}

fn build(setting: &mut Setting<'_>) -> Option<Box<dyn Member>> {
    let requirements = setting.config.map(Requirements::read).unwrap_or_default();
    if requirements.is_empty() {
        let at = setting.config.map_or(setting.at, |config| config.at);
        setting
            .report
            .warning(at, "filters-nothing", "`data-routing-policy` requires nothing, so it can never filter anything")
            .help("set `require_zero_data_retention`, `require_no_training` or `max_retention_days`, or take it out of the chain");
    }
    if let Some(config) = setting.config {
        check_targets(config, &requirements, setting);
        check_log_switch(config, setting);
    }
    let text = |key: &str| setting.config.and_then(|config| config.get(key)).and_then(Node::text);
    Some(Box::new(DataRoutingPolicy {
        requirements,
        on_unmet: if text("on_no_compliant_provider") == Some("warn") {
            Action::Warn
        } else {
            Action::Block
        },
        from_level: text("from_level").and_then(words::level).unwrap_or_default(),
        mode: mode_of(setting.config),
    }))
}

/// A pool in which every target already complies makes a requirement look as if it did something.
fn check_targets(config: &Node, requirements: &Requirements, setting: &mut Setting<'_>) {
    let targets = setting.context.targets;
    if requirements.is_empty() || targets.is_empty() {
        return;
    }
    if targets
        .iter()
        .all(|target| requirements.unmet(&target.handling).is_empty())
    {
        setting
            .report
            .warning(
                config.at,
                "filters-nothing",
                "every target meets these requirements: none is ever filtered out",
            )
            .help("nothing is wrong if that is meant; intercepted traffic is judged by them all the same");
    }
    if targets
        .iter()
        .all(|target| !requirements.unmet(&target.handling).is_empty())
    {
        setting
            .report
            .warning(
                config.at,
                "dead-rule",
                "no target meets these requirements: the gateway could call none of them",
            )
            .help("what `data_policy` does not say is unknown, and unknown satisfies nothing");
    }
}

fn check_log_switch(config: &Node, setting: &mut Setting<'_>) {
    if let Some(node) = config
        .get("log_provider_selection")
        .filter(|node| node.flag() == Some(false))
    {
        setting
            .report
            .warning(node.at, "always-so", "the choice of a provider is always recorded");
    }
}
