//! `response-guard`: what may come back in an answer.
//!
//! It asks for nothing while a message is judged. What it says of answers goes along with the released message, as an
//! [`AnswerGuard`], and is carried out by whoever reads the answer: data that must not be shown is taken out, or the answer
//! ends there; and an answer that a program expects in a certain form is held to it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use weir_model::{Channel, Confidence, DataType, Level, Mode};

use super::{Case, ChainMember, Member, Place, Registration, Ruling, Setting, mode_of};
use crate::decision::Reason;
use crate::format::{CHANNELS, DATA_CATEGORY, DATA_DETECTOR, DATA_LEVEL, MODES};
use crate::json_form::JsonForm;
use crate::report::Report;
use crate::rule::TypePattern;
use crate::shape::{Field, Shape, field, required};
use crate::space::Mentions;
use crate::words;
use crate::yaml::Node;

pub(super) const REGISTRATION: Registration = Registration {
    member: ChainMember::ResponseGuard,
    about: "what may come back in an answer",
    shape: Shape::Map(CONFIG),
    build,
};

const ACTIONS: &[&str] = &["pass", "redact", "reject"];

const CONFIG: &[Field] = &[
    field(
        "leaks",
        Shape::List(&Shape::Map(LEAK)),
        "data in answers, tried in order; default `[{level: restricted, action: redact}]`",
    ),
    field(
        "internal_urls",
        Shape::Choice(ACTIONS),
        "what happens to names of machines inside the company; default `pass`",
    ),
    field(
        "formats",
        Shape::List(&Shape::Map(FORMAT)),
        "the form of answers to programs; the first that is for the message holds",
    ),
    field(
        "unread",
        Shape::Choice(&["pass", "reject"]),
        "what happens to an answer whose format nobody here knows; default `pass`",
    ),
    field("mode", Shape::Choice(MODES), "default `enforce`"),
];

const LEAK: &[Field] = &[
    field("id", Shape::Text, "name of the entry, in place of its number"),
    DATA_DETECTOR,
    DATA_CATEGORY,
    DATA_LEVEL,
    required(
        "action",
        Shape::Choice(ACTIONS),
        "`redact` takes it out, `reject` ends the answer before it",
    ),
];

const FORMAT: &[Field] = &[
    field("id", Shape::Text, "name of the entry, in place of its number"),
    field(
        "service",
        Shape::OneOrMore(&Shape::Text),
        "services this is for; absent is all",
    ),
    field(
        "channel",
        Shape::OneOrMore(&Shape::Choice(CHANNELS)),
        "channels this is for; default `api` and `gateway`",
    ),
    field(
        "json",
        Shape::Open(&[]),
        "JSON Schema of the answer: types, `enum`, `const`, `properties`, `required`, `additionalProperties`, `items` and bounds",
    ),
    field(
        "one_of",
        Shape::OneOrMore(&Shape::Text),
        "the answer is one of these words",
    ),
    field(
        "otherwise",
        Shape::Choice(&["pass", "reject"]),
        "what happens to an answer of another form; default `reject`",
    ),
];

/// The data type of names of machines inside a company.
const INTERNAL: &str = "business/internal_host";

/// What happens to an answer, or to a part of it; the stricter is greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerAction {
    /// It is passed on.
    #[default]
    Pass,
    /// It is taken out.
    Redact,
    /// The answer ends before it.
    Reject,
}

impl AnswerAction {
    /// All of them, the mildest first.
    pub const ALL: [AnswerAction; 3] = [AnswerAction::Pass, AnswerAction::Redact, AnswerAction::Reject];

    /// The name used in packs, records and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            AnswerAction::Pass => "pass",
            AnswerAction::Redact => "redact",
            AnswerAction::Reject => "reject",
        }
    }
}

/// What a policy says of the answer to one message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnswerGuard {
    leaks: Arc<[Leak]>,
    form: Option<Arc<Form>>,
    unread: AnswerAction,
    mode: Mode,
    guards: bool,
}

/// What a guard says of something in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerRuling {
    /// The rule: `response-guard/leaks/0`.
    pub rule: String,
    /// What it asks for.
    pub action: AnswerAction,
    /// Whether it acts.
    pub mode: Mode,
}

impl AnswerRuling {
    /// What is done: nothing where the rule only watches.
    #[must_use]
    pub fn done(&self) -> AnswerAction {
        match self.mode {
            Mode::Enforce => self.action,
            Mode::Off | Mode::Monitor | Mode::Tip => AnswerAction::Pass,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Leak {
    rule: String,
    types: Vec<TypePattern>,
    levels: Vec<Level>,
    action: AnswerAction,
}

#[derive(Clone, Debug, PartialEq)]
struct Form {
    rule: String,
    services: Vec<String>,
    channels: Vec<Channel>,
    wanted: Wanted,
    otherwise: AnswerAction,
}

#[derive(Clone, Debug, PartialEq)]
enum Wanted {
    Json(JsonForm),
    OneOf(Vec<String>),
}

impl AnswerGuard {
    /// The same for what comes in parts of which none is the answer: its form cannot be looked at.
    #[must_use]
    pub fn without_form(self) -> Self {
        Self { form: None, ..self }
    }

    /// True when something is looked at that the record would not have without it.
    #[must_use]
    pub fn guards(&self) -> bool {
        self.guards
    }

    /// True when an answer may have to be changed or ended for what is found in it: it must be read before it is passed on.
    #[must_use]
    pub fn holds_leaks(&self) -> bool {
        self.mode == Mode::Enforce && self.leaks.iter().any(|leak| leak.action > AnswerAction::Pass)
    }

    /// True when the form of the answer is looked at, which takes all of it.
    #[must_use]
    pub fn wants_form(&self) -> bool {
        self.form.is_some()
    }

    /// True when the answer must be here whole before any of it is passed on.
    #[must_use]
    pub fn holds_form(&self) -> bool {
        let rejects = |form: &Arc<Form>| form.otherwise == AnswerAction::Reject;
        self.mode == Mode::Enforce && self.form.as_ref().is_some_and(rejects)
    }

    /// What happens to data in an answer; `None` where nothing is said of it. What has the shape of data and nothing else
    /// that speaks for it is passed on.
    #[must_use]
    pub fn leak(&self, data_type: &DataType, level: Level, confidence: Confidence) -> Option<AnswerRuling> {
        if confidence == Confidence::Low {
            return None;
        }
        let leak = self.leaks.iter().find(|leak| leak.fits(data_type, level))?;
        Some(self.ruling(&leak.rule, leak.action)).filter(|ruling| ruling.action > AnswerAction::Pass)
    }

    /// What happens to an answer with this text; `None` where it has the form it must have, or any form will do.
    #[must_use]
    pub fn form(&self, text: &str) -> Option<AnswerRuling> {
        let form = self.form.as_ref()?;
        let fits = match &form.wanted {
            Wanted::Json(wanted) => serde_json::from_str(text.trim()).is_ok_and(|value| wanted.fits(&value)),
            Wanted::OneOf(words) => words.iter().any(|word| word == text.trim()),
        };
        (!fits).then(|| self.ruling(&form.rule, form.otherwise))
    }

    /// What happens to an answer that nobody here can read.
    #[must_use]
    pub fn unread(&self) -> Option<AnswerRuling> {
        (self.guards && self.unread > AnswerAction::Pass).then(|| self.ruling("response-guard/unread", self.unread))
    }

    fn ruling(&self, rule: &str, action: AnswerAction) -> AnswerRuling {
        AnswerRuling {
            rule: rule.to_owned(),
            action,
            mode: self.mode,
        }
    }
}

impl Leak {
    fn fits(&self, data_type: &DataType, level: Level) -> bool {
        (self.types.is_empty() || self.types.iter().any(|pattern| pattern.matches(data_type)))
            && (self.levels.is_empty() || self.levels.contains(&level))
    }
}

/// The member: the guard of every answer, but for the form, which depends on the message.
struct ResponseGuard {
    guard: AnswerGuard,
    forms: Vec<Arc<Form>>,
    places: Vec<Place>,
}

impl Member for ResponseGuard {
    fn judge(&self, _case: &Case<'_>, _ruling: &mut Ruling) {}

    fn text(&self, _reason: &Reason, _case: &Case<'_>) -> String {
        String::new()
    }

    /// No decision on a message depends on it.
    fn mentions(&self, _mentions: &mut Mentions) {}

    fn guard(&self, case: &Case<'_>) -> Option<AnswerGuard> {
        let is_for = |form: &&Arc<Form>| {
            let service = case.facts.destination.service.as_deref();
            form.channels.contains(&case.facts.channel)
                && (form.services.is_empty() || form.services.iter().any(|id| service == Some(id)))
        };
        Some(AnswerGuard {
            form: self.forms.iter().find(is_for).cloned(),
            ..self.guard.clone()
        })
    }

    fn beyond_decisions(&self) -> String {
        format!("{:?} {:?}", self.guard, self.forms)
    }

    fn places(&self) -> Vec<Place> {
        self.places.clone()
    }
}

fn build(setting: &mut Setting<'_>) -> Option<Box<dyn Member>> {
    let config = setting.config;
    let mut places = Vec::new();
    let mut leaks = match config.and_then(|config| config.get("leaks")) {
        Some(written) => leaks(written, setting, &mut places),
        None => vec![Leak {
            rule: "response-guard/restricted".to_owned(),
            types: Vec::new(),
            levels: vec![Level::Restricted],
            action: AnswerAction::Redact,
        }],
    };
    let internal = config.and_then(|config| words::one(config, "internal_urls", action));
    if let Some(action) = internal {
        // It is more exact than what the list says of whole categories and levels.
        let rule = "response-guard/internal_urls".to_owned();
        let types = vec![TypePattern::new(INTERNAL)];
        let levels = Vec::new();
        leaks.insert(
            0,
            Leak {
                rule,
                types,
                levels,
                action,
            },
        );
    }
    let written = config.and_then(|config| config.get("formats"));
    let forms = written.map(|written| forms(written, setting, &mut places));
    let mode = mode_of(config);
    Some(Box::new(ResponseGuard {
        guard: AnswerGuard {
            leaks: leaks.into(),
            form: None,
            unread: config
                .and_then(|config| words::one(config, "unread", action))
                .unwrap_or_default(),
            mode,
            guards: mode != Mode::Off,
        },
        forms: forms.unwrap_or_default(),
        places,
    }))
}

fn leaks(written: &Node, setting: &mut Setting<'_>, places: &mut Vec<Place>) -> Vec<Leak> {
    let mut leaks: Vec<Leak> = Vec::new();
    for (number, node) in written.items().iter().enumerate() {
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
        let leak = Leak {
            rule: named(node, &format!("leaks/{number}")),
            types,
            levels: words::all(node, "level", words::level),
            action: words::one(node, "action", action).unwrap_or(AnswerAction::Reject),
        };
        if leaks.iter().any(|earlier| earlier.covers(&leak)) {
            setting
                .report
                .warning(
                    node.at,
                    "dead-rule",
                    "this entry can never apply: an earlier one fits everything it fits",
                )
                .help("put it before that one, or take it out");
        }
        places.push(place(&leak.rule, node, setting.report));
        leaks.push(leak);
    }
    leaks
}

impl Leak {
    fn covers(&self, other: &Leak) -> bool {
        let covered = |theirs: &TypePattern| self.types.iter().any(|ours| ours.covers(theirs.as_str()));
        let types = self.types.is_empty() || (!other.types.is_empty() && other.types.iter().all(covered));
        let levels = self.levels.is_empty()
            || (!other.levels.is_empty() && other.levels.iter().all(|level| self.levels.contains(level)));
        types && levels
    }
}

fn forms(written: &Node, setting: &mut Setting<'_>, places: &mut Vec<Place>) -> Vec<Arc<Form>> {
    let mut forms = Vec::new();
    for (number, node) in written.items().iter().enumerate() {
        let json = node.get("json");
        let words_wanted = words::texts(node, "one_of");
        let wanted = match (json, words_wanted.is_empty()) {
            (Some(json), true) => JsonForm::read(json, setting.report).map(Wanted::Json),
            (None, false) => Some(Wanted::OneOf(words_wanted)),
            _ => {
                setting
                    .report
                    .error(node.at, "missing-key", "a format is either `json` or `one_of`")
                    .help("`json` is a JSON Schema, `one_of` a list of words");
                None
            }
        };
        let Some(wanted) = wanted else { continue };
        let channels = words::all(node, "channel", words::channel);
        let form = Form {
            rule: named(node, &format!("formats/{number}")),
            services: setting.context.services(node.get("service"), setting.report),
            channels: match channels.is_empty() {
                true => vec![Channel::Api, Channel::Gateway],
                false => channels,
            },
            wanted,
            otherwise: words::one(node, "otherwise", action).unwrap_or(AnswerAction::Reject),
        };
        places.push(place(&form.rule, node, setting.report));
        forms.push(Arc::new(form));
    }
    forms
}

fn named(node: &Node, numbered: &str) -> String {
    let id = node.get("id").and_then(Node::text);
    format!("response-guard/{}", id.unwrap_or(numbered))
}

fn place(rule: &str, node: &Node, report: &Report) -> Place {
    Place {
        rule: rule.to_owned(),
        file: report.file(node.at.file).to_string(),
        line: node.at.line,
    }
}

pub(crate) fn action(word: &str) -> Option<AnswerAction> {
    AnswerAction::ALL.into_iter().find(|action| action.as_str() == word)
}
