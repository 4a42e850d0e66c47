//! `rego`: rules of a pack's own, in Rego.
//!
//! ```text
//! facts ─ input ─ RegoRules::ask (outside) ─ what the packages ask for ─ reasons
//! texts of the modules ─ reads ─ Mentions
//! ```
//!
//! Each package with a rule `ask` is one rule of the chain, under its own name. It can only ask: a message that something
//! else holds back stays held back. A package that takes too much, fails, or asks for what there is not, blocks
//! ([`FAILED`]): what cannot be judged is not sent.

mod input;
mod reads;
#[cfg(test)]
mod tests;

use serde_json::Value as Json;
use weir_model::{Action, Mode};

use super::{Case, ChainMember, Member, Place, Registration, Ruling, Setting, mode_of};
use crate::Source;
use crate::decision::{Reason, Why};
use crate::format::MODES;
use crate::rego::{RegoFault, RegoLimits, RegoPackage, RegoRules};
use crate::report::{At, Report};
use crate::shape::{Field, Shape, field};
use crate::space::Mentions;
use crate::words;
use crate::yaml::Node;
use reads::Reads;

pub(super) const REGISTRATION: Registration = Registration {
    member: ChainMember::Rego,
    about: "rules of the pack's own, in Rego",
    shape: Shape::Map(CONFIG),
    build,
};

const CONFIG: &[Field] = &[
    field(
        "modules",
        Shape::OneOrMore(&Shape::Map(MODULE)),
        "the modules, compiled together; those of parents are joined to them",
    ),
    field(
        "steps",
        Shape::Whole {
            min: 100,
            max: 1_000_000,
        },
        "most steps a package may take for one message; default 20000",
    ),
    field(
        "memory",
        Shape::Whole { min: 1, max: 64 },
        "most memory a package may hold for one message, in megabytes; default 4",
    ),
    field("mode", Shape::Choice(MODES), "default `enforce`"),
];

const MODULE: &[Field] = &[
    field("source", Shape::Text, "the module itself"),
    field("file", Shape::Text, "or the file beside the pack that it stands in"),
];

const STEPS: u32 = 20_000;
const MEGABYTES: u32 = 4;
/// Ends the name of a rule that could not be asked.
const FAILED: &str = "/failed";

struct Rego {
    rules: Box<dyn RegoRules>,
    reads: Reads,
    mode: Mode,
    places: Vec<Place>,
}

/// What a package asks for.
struct Ask {
    action: Action,
    message: String,
    /// The number of what was found; absent for the message as a whole.
    finding: Option<usize>,
}

impl Member for Rego {
    fn judge(&self, case: &Case<'_>, ruling: &mut Ruling) {
        let input = input::of(case);
        for (number, package) in self.rules.packages().iter().enumerate() {
            match self.asks(number, &input, case) {
                Ok(asks) => self.take(package, &asks, ruling),
                // Fails closed: nothing is known about a message that its rule could not judge.
                Err(_) => ruling.ask(self.reason(failed_rule(package), Action::Block)),
            }
        }
    }

    fn text(&self, reason: &Reason, case: &Case<'_>) -> String {
        let named = |package: &RegoPackage| reason.rule == rule(package) || reason.rule == failed_rule(package);
        let packages = self.rules.packages();
        let Some(number) = packages.iter().position(named) else {
            return String::new();
        };
        match self.asks(number, &input::of(case), case) {
            Ok(asks) => {
                let mut messages: Vec<String> = Vec::new();
                for ask in asks.into_iter().filter(|ask| ask.action == reason.action) {
                    if !messages.contains(&ask.message) {
                        messages.push(ask.message);
                    }
                }
                messages.join("; ")
            }
            Err(why) => format!("the rule `{}` cannot judge this message: {why}", packages[number].name),
        }
    }

    fn mentions(&self, mentions: &mut Mentions) {
        if self.mode != Mode::Off {
            self.reads.mention(mentions);
        }
    }

    fn places(&self) -> Vec<Place> {
        self.places.clone()
    }
}

impl Rego {
    /// The error says what is wrong, and nothing of the message.
    fn asks(&self, package: usize, input: &Json, case: &Case<'_>) -> Result<Vec<Ask>, String> {
        let answer = self.rules.ask(package, input).map_err(|failure| failure.to_string())?;
        let asked = match answer {
            Json::Null => Vec::new(),
            Json::Array(asked) => asked,
            _ => return Err("`ask` is no set".to_owned()),
        };
        let findings = case.facts.findings.len();
        asked.iter().map(|ask| read_ask(ask, findings)).collect()
    }

    fn take(&self, package: &RegoPackage, asks: &[Ask], ruling: &mut Ruling) {
        for ask in asks {
            if let (Some(slot), Mode::Enforce) = (ask.finding, self.mode) {
                ruling.per_finding[slot] = ruling.per_finding[slot].max(ask.action);
            }
        }
        for action in Action::ALL.into_iter().rev() {
            if asks.iter().any(|ask| ask.action == action) {
                ruling.ask(self.reason(rule(package), action));
            }
        }
    }

    fn reason(&self, rule: String, action: Action) -> Reason {
        Reason {
            rule,
            member: ChainMember::Rego,
            action,
            mode: self.mode,
            why: Why::Message,
        }
    }
}

fn rule(package: &RegoPackage) -> String {
    format!("rego/{}", package.name)
}

fn failed_rule(package: &RegoPackage) -> String {
    rule(package) + FAILED
}

/// `{action, message}`, with the number of a finding for what happens to it alone.
fn read_ask(ask: &Json, findings: usize) -> Result<Ask, String> {
    let known = ["action", "message", "finding"];
    let entries = ask.as_object().ok_or("what it asks for is no object")?;
    if entries.keys().any(|key| !known.contains(&key.as_str())) {
        return Err("it asks with a key that means nothing".to_owned());
    }
    let action = ask.get("action").and_then(Json::as_str).and_then(words::action);
    let action = action.filter(|action| *action > Action::Allow);
    let action = action.ok_or("it asks for an action that there is not")?;
    let message = ask
        .get("message")
        .and_then(Json::as_str)
        .filter(|text| !text.is_empty());
    let finding = match ask.get("finding") {
        None => None,
        Some(number) => {
            let number = number.as_u64().and_then(|number| usize::try_from(number).ok());
            Some(
                number
                    .filter(|number| *number < findings)
                    .ok_or("there is no such finding")?,
            )
        }
    };
    if action.edits() && finding.is_none() {
        return Err("what is to be taken out must be a finding".to_owned());
    }
    Ok(Ask {
        action,
        message: message.ok_or("it asks without a message")?.to_owned(),
        finding,
    })
}

/// A module, with where it stands.
struct Module {
    source: Source,
    /// Of its first character.
    at: At,
}

fn build(setting: &mut Setting<'_>) -> Option<Box<dyn Member>> {
    let config = setting.config?;
    let modules = modules(config, setting);
    if modules.is_empty() {
        if !setting.report.has_errors() {
            setting
                .report
                .warning(
                    setting.at,
                    "filters-nothing",
                    "`rego` has no module, so it can never ask",
                )
                .help("add `rego: {modules: [{file: rules.rego}]}` to `policies.policy`");
        }
        return None;
    }
    let Some(engine) = setting.context.rego else {
        setting
            .report
            .error(config.at, "bad-rego", "this program runs no rules in Rego");
        return None;
    };
    let whole = |key: &str, default| config.get(key).and_then(Node::whole).unwrap_or(default);
    let limits = RegoLimits {
        steps: whole("steps", STEPS),
        memory: whole("memory", MEGABYTES).saturating_mul(1 << 20),
    };
    let sources: Vec<Source> = modules.iter().map(|module| module.source.clone()).collect();
    match engine.compile(&sources, limits) {
        Ok(rules) => Some(Box::new(Rego {
            reads: Reads::of(sources.iter().map(|source| source.text.as_str())),
            mode: mode_of(Some(config)),
            places: places(rules.packages(), &modules, setting.report),
            rules,
        })),
        Err(faults) => {
            faults.iter().for_each(|fault| say(fault, &modules, setting.report));
            None
        }
    }
}

fn modules(config: &Node, setting: &mut Setting<'_>) -> Vec<Module> {
    let mut modules = Vec::new();
    for node in config.get("modules").map(Node::items).unwrap_or_default() {
        match (node.get("source"), node.get("file")) {
            (Some(text), None) => modules.extend(text.text().map(|source| Module {
                source: Source::new(format!("module {}", modules.len() + 1), source),
                at: text.at,
            })),
            (None, Some(file)) => modules.extend(beside(file, setting)),
            _ => setting
                .report
                .error(node.at, "wrong-value", "a module is either `source` or `file`")
                .help("`source: |` with the module under it, or `file:` with the name of a file beside the pack"),
        }
    }
    modules
}

/// What is not there was said when the pack was put together with its files.
fn beside(file: &Node, setting: &mut Setting<'_>) -> Option<Module> {
    let name = file.text()?;
    let source = setting.context.modules.iter().find(|source| source.name == name)?;
    let number = setting.report.add_file(name)?;
    Some(Module {
        source: source.clone(),
        at: At::new(number, 1, 0),
    })
}

/// Where a place of a module lies in the file that holds it.
fn within(module: &Module, line: u32, column: u32) -> At {
    let At { file, .. } = module.at;
    At {
        file,
        line: module.at.line.saturating_add(line.saturating_sub(1)),
        column: module.at.column.saturating_add(column.saturating_sub(1)),
    }
}

fn say(fault: &RegoFault, modules: &[Module], report: &mut Report) {
    if let Some(module) = modules.get(fault.module) {
        report.error(
            within(module, fault.line, fault.column),
            "bad-rego",
            fault.message.clone(),
        );
    }
}

fn places(packages: &[RegoPackage], modules: &[Module], report: &Report) -> Vec<Place> {
    let mut places = Vec::new();
    for package in packages {
        let Some(module) = modules.get(package.module) else {
            continue;
        };
        let at = within(module, package.line, 1);
        places.extend([rule(package), failed_rule(package)].map(|rule| Place {
            rule,
            file: report.file(at.file).to_string(),
            line: at.line,
        }));
    }
    places
}
