//! `residency`: where data may be processed. The place is the region seen on the wire (a regional host, a region in the
//! path), or else the one the provider's terms promise for the account's tier. A place nobody knows is nowhere: it is
//! treated as `unknown` says.

use weir_model::{Action, Level, Mode, Trust};

use super::{Case, ChainMember, Member, Registration, Ruling, Setting, mode_of};
use crate::decision::{Reason, Why};
use crate::format::{LEVELS, MODES};
use crate::regions::{is_known, lies_in};
use crate::report::Report;
use crate::shape::{Field, Shape, field, required};
use crate::space::Mentions;
use crate::words;
use crate::yaml::Node;

pub(super) const REGISTRATION: Registration = Registration {
    member: ChainMember::Residency,
    about: "where data may be processed",
    shape: Shape::Map(CONFIG),
    build,
};

const CONFIG: &[Field] = &[
    required(
        "regions",
        Shape::OneOrMore(&Shape::Text),
        "where data may be processed: `eu`, `eea`, `eu-adequate` (the EEA and countries found adequate), countries (`ch`), or \
         regions of a cloud (`eu-central-1`)",
    ),
    field(
        "elsewhere",
        Shape::Choice(&["warn", "block"]),
        "what happens to messages that would be processed elsewhere; default `block`",
    ),
    field(
        "unknown",
        Shape::Choice(&["allow", "warn", "block"]),
        "what happens where nobody knows the place; default `block`",
    ),
    field(
        "from_level",
        Shape::Choice(LEVELS),
        "lowest level of messages this is for; default `public`, which is every message",
    ),
    field("mode", Shape::Choice(MODES), "default `enforce`"),
];

struct Residency {
    regions: Vec<String>,
    elsewhere: Action,
    unknown: Action,
    from_level: Level,
    mode: Mode,
}

impl Member for Residency {
    fn judge(&self, case: &Case<'_>, ruling: &mut Ruling) {
        // The company's own models stand where the company put them.
        if case.trust == Trust::Internal || case.carries_nothing() || case.facts.level < self.from_level {
            return;
        }
        let (rule, action) = match place_of(case) {
            Some(place) if self.regions.iter().any(|allowed| lies_in(place, allowed)) => return,
            Some(_) => ("residency/elsewhere", self.elsewhere),
            None => ("residency/unknown", self.unknown),
        };
        if action > Action::Allow {
            ruling.ask(Reason {
                rule: rule.to_owned(),
                member: ChainMember::Residency,
                action,
                mode: self.mode,
                why: Why::Message,
            });
        }
    }

    fn text(&self, _reason: &Reason, case: &Case<'_>) -> String {
        let text = match place_of(case) {
            Some(place) => format!("{} processes data in `{place}`", case.destination()),
            None => format!("nobody knows where {} processes data", case.destination()),
        };
        format!("{text}; allowed: {}", self.regions.join(", "))
    }

    fn mentions(&self, mentions: &mut Mentions) {
        mentions.terms = true;
        mentions.regions.extend(self.regions.iter().cloned());
    }
}

/// Where the destination processes data, as far as anybody knows.
fn place_of<'a>(case: &'a Case<'_>) -> Option<&'a str> {
    let destination = case.facts.destination;
    let named = destination.region.as_deref();
    named.or_else(|| case.policy.known(destination, case.facts.now).region)
}

fn build(setting: &mut Setting<'_>) -> Option<Box<dyn Member>> {
    let Some(config) = setting.config else {
        setting
            .report
            .error(
                setting.at,
                "missing-key",
                "`residency` does not say where data may be processed",
            )
            .help("add `residency: {regions: [eu]}` to `policies.policy`");
        return None;
    };
    warn_of_unknown(config, setting.report);
    let action = |key: &str| words::one(config, key, words::action).unwrap_or(Action::Block);
    Some(Box::new(Residency {
        regions: words::texts(config, "regions"),
        elsewhere: action("elsewhere"),
        unknown: action("unknown"),
        from_level: words::one(config, "from_level", words::level).unwrap_or_default(),
        mode: mode_of(Some(config)),
    }))
}

/// A misspelled region would allow nothing, and nobody would know why.
fn warn_of_unknown(config: &Node, report: &mut Report) {
    let regions = config.get("regions").map(Node::items).unwrap_or_default();
    for (at, name) in regions.iter().filter_map(|node| Some((node.at, node.text()?))) {
        if !is_known(name) {
            report
                .warning(
                    at,
                    "unknown-name",
                    format!("`{name}` is no country, group or region of a cloud"),
                )
                .help("countries by their two letters, `eu`, `eea`, `eu-adequate`, or a name such as `eu-central-1`");
        }
    }
}
