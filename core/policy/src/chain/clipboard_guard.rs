//! `clipboard-guard`: what happens to what is copied. The clipboard goes nowhere by itself, so with this member in the
//! chain the rules for messages do not hold for it unless they name it; these do. `clean` puts a copy without the values in its place, `clear` empties it.
//!
//! It is a decision and no more: whoever guards the clipboard carries it out.

use std::collections::BTreeSet;

use weir_model::{Action, Channel, DataType, Finding, Level, Mode, glob};

use super::file_types::{self, FileTypes};
use super::{Case, ChainMember, Member, Place, Registration, Ruling, Setting, mode_of};
use crate::decision::{Reason, Why};
use crate::format::{DATA_CATEGORY, DATA_DETECTOR, DATA_LEVEL, MODES};
use crate::rule::TypePattern;
use crate::shape::{Field, Shape, field, required};
use crate::space::Mentions;
use crate::words;
use crate::yaml::Node;

pub(super) const REGISTRATION: Registration = Registration {
    member: ChainMember::ClipboardGuard,
    about: "what happens to what is copied",
    shape: Shape::Map(CONFIG),
    build,
};

const CONFIG: &[Field] = &[
    field(
        "rules",
        Shape::List(&Shape::Map(RULE)),
        "tried in order for each value that is found, and for each file; default `[{level: restricted, action: notify}]`",
    ),
    field("mode", Shape::Choice(MODES), "default `enforce`"),
];

const RULE: &[Field] = &[
    field("id", Shape::Text, "name of the rule, in place of its number"),
    DATA_LEVEL,
    DATA_DETECTOR,
    DATA_CATEGORY,
    field(
        "file",
        Shape::OneOrMore(&Shape::Text),
        "media types (`image/*`) and extensions (`pdf`) of files and pictures that are copied, of which nobody knows more; \
         in place of what is found in a text",
    ),
    field(
        "from",
        Shape::OneOrMore(&Shape::Text),
        "program it is copied from; `*` stands for any letters",
    ),
    required(
        "action",
        Shape::Choice(ACTIONS),
        "`log` records it, `notify` tells the employee, `clean` takes the values out, `clear` empties the clipboard, as \
         `clean` does where a file is copied",
    ),
];

const ACTIONS: &[&str] = &["log", "notify", "clean", "clear"];

struct ClipboardGuard {
    rules: Vec<Rule>,
    mode: Mode,
    places: Vec<Place>,
}

struct Rule {
    name: String,
    levels: Vec<Level>,
    types: Vec<TypePattern>,
    /// Lower case, as with the next. With any, the rule is about files and not about what is found.
    files: Vec<String>,
    from: Vec<String>,
    action: Action,
}

impl Rule {
    fn fits(&self, case: &Case<'_>, finding: &Finding) -> bool {
        self.files.is_empty()
            && (self.levels.is_empty() || self.levels.contains(&finding.level))
            && (self.types.is_empty() || self.types.iter().any(|pattern| pattern.matches(&finding.data_type)))
            && (self.from.is_empty() || self.is_from(case.process.as_deref()))
    }

    fn fits_file(&self, case: &Case<'_>, file: &FileTypes) -> bool {
        file.fit(&self.files) && (self.from.is_empty() || self.is_from(case.process.as_deref()))
    }

    /// Fits the whole path or the file name at its end; a program that nobody can tell is none.
    fn is_from(&self, process: Option<&str>) -> bool {
        let name = process.map(|path| path.rsplit(['/', '\\']).next().unwrap_or(path));
        let named = process.into_iter().chain(name);
        let mut patterns = named.flat_map(|name| self.from.iter().map(move |pattern| (pattern, name)));
        patterns.any(|(pattern, name)| glob(pattern, name))
    }
}

impl ClipboardGuard {
    /// Each rule is heard once, however many files it fits.
    fn judge_files(&self, case: &Case<'_>, ruling: &mut Ruling) {
        let files: Vec<FileTypes> = case.facts.files.iter().map(FileTypes::of).collect();
        let first = |file: &FileTypes| self.rules.iter().position(|rule| rule.fits_file(case, file));
        let heard: BTreeSet<usize> = files.iter().filter_map(first).collect();
        for rule in heard.into_iter().map(|number| &self.rules[number]) {
            ruling.ask(Reason {
                rule: rule.name.clone(),
                member: ChainMember::ClipboardGuard,
                action: rule.action,
                mode: self.mode,
                why: Why::Message,
            });
        }
    }
}

impl Member for ClipboardGuard {
    fn judge(&self, case: &Case<'_>, ruling: &mut Ruling) {
        if case.facts.channel != Channel::Clipboard {
            return;
        }
        let mut said: Vec<(&Rule, Level, Vec<DataType>)> = Vec::new();
        for (finding, slot) in case.facts.findings.iter().zip(0..) {
            let Some(rule) = self.rules.iter().find(|rule| rule.fits(case, finding)) else {
                continue;
            };
            if self.mode == Mode::Enforce {
                ruling.per_finding[slot] = ruling.per_finding[slot].max(rule.action);
            }
            match said
                .iter_mut()
                .find(|(known, level, _)| std::ptr::eq(*known, rule) && *level == finding.level)
            {
                Some((_, _, types)) if types.contains(&finding.data_type) => {}
                Some((_, _, types)) => types.push(finding.data_type.clone()),
                None => said.push((rule, finding.level, vec![finding.data_type.clone()])),
            }
        }
        for (rule, level, types) in said {
            ruling.ask(Reason {
                rule: rule.name.clone(),
                member: ChainMember::ClipboardGuard,
                action: rule.action,
                mode: self.mode,
                why: Why::Found { level, types },
            });
        }
        self.judge_files(case, ruling);
    }

    fn text(&self, reason: &Reason, case: &Case<'_>) -> String {
        let what = match &reason.why {
            Why::Found { types, .. } => {
                let types: Vec<&str> = types.iter().map(DataType::as_str).collect();
                format!("data ({})", types.join(", "))
            }
            _ => "a file of this type".to_owned(),
        };
        let from = case
            .facts
            .process
            .map(|path| path.rsplit(['/', '\\']).next().unwrap_or(path));
        let from = from.map_or(String::new(), |name| format!(" from {name}"));
        let done = match reason.action {
            Action::Allow => "is on the clipboard",
            Action::Warn => "should not stay on the clipboard",
            Action::Pseudonymise | Action::Redact => "is taken out of the clipboard",
            Action::Block => "does not stay on the clipboard",
        };
        format!("{what}{from} {done}")
    }

    fn mentions(&self, mentions: &mut Mentions) {
        if self.mode == Mode::Off {
            return;
        }
        mentions.channels = true;
        for rule in &self.rules {
            let types = rule.types.iter().map(|pattern| pattern.as_str().to_owned());
            mentions.types.extend(types);
            mentions.file_types.extend(rule.files.iter().cloned());
            mentions.processes.extend(rule.from.iter().cloned());
        }
    }

    fn places(&self) -> Vec<Place> {
        self.places.clone()
    }
}

fn build(setting: &mut Setting<'_>) -> Option<Box<dyn Member>> {
    let config = setting.config;
    let mut places = Vec::new();
    let rules = match config.and_then(|config| config.get("rules")) {
        Some(written) => {
            let rules = written.items().iter().enumerate().map(|(number, node)| {
                let rule = read(node, number, setting);
                places.push(Place {
                    rule: rule.name.clone(),
                    file: setting.report.file(node.at.file).to_string(),
                    line: node.at.line,
                });
                rule
            });
            rules.collect()
        }
        None => vec![Rule {
            name: "clipboard-guard/restricted".to_owned(),
            levels: vec![Level::Restricted],
            types: Vec::new(),
            files: Vec::new(),
            from: Vec::new(),
            action: Action::Warn,
        }],
    };
    Some(Box::new(ClipboardGuard {
        rules,
        mode: mode_of(config),
        places,
    }))
}

fn read(node: &Node, number: usize, setting: &mut Setting<'_>) -> Rule {
    let mut types: Vec<TypePattern> = Vec::new();
    for item in node.get("detector").map(Node::items).unwrap_or_default() {
        types.extend(setting.context.type_pattern(item, setting.report));
    }
    let categories = words::texts(node, "category");
    types.extend(
        categories
            .iter()
            .map(|category| TypePattern::new(&format!("{category}/*"))),
    );
    let (levels, files) = (
        words::all(node, "level", words::level),
        file_types::patterns(node, "file"),
    );
    let asks_for_values = !types.is_empty() || !levels.is_empty();
    if asks_for_values && !files.is_empty() {
        setting
            .report
            .error(
                node.at,
                "wrong-value",
                "a rule is either about files or about what is found in a text",
            )
            .help("take `file` out of it, or `level`, `detector` and `category`, and make another rule of them");
    }
    let id = node.get("id").and_then(Node::text);
    Rule {
        name: id.map_or_else(
            || format!("clipboard-guard/rules/{number}"),
            |id| format!("clipboard-guard/{id}"),
        ),
        levels,
        types,
        files,
        from: words::texts(node, "from")
            .into_iter()
            .map(|name| name.to_lowercase())
            .collect(),
        action: words::one(node, "action", action).unwrap_or(Action::Block),
    }
}

/// What is done to the clipboard, as it is said of messages.
fn action(word: &str) -> Option<Action> {
    Some(match word {
        "log" => Action::Allow,
        "notify" => Action::Warn,
        "clean" => Action::Redact,
        "clear" => Action::Block,
        _ => return None,
    })
}
