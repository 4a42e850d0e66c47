//! `data-classification`: what happens to data of each level.
//!
//! Rules are tried in order, and the first that fits and acts decides. Rules that only watch (`monitor`, `tip`) are noted
//! and passed over, so that watching never changes what happens. The rules of [`DEFAULT_RULES`] stand behind every
//! pack's own: a list that forgets a level does not let it through.
//!
//! What is judged: each finding by its own type and level; each volume rule that is reached; the message as a whole, at
//! the part of its level that no finding and no volume accounts for (a label, a declared source), or else as public text;
//! the message that could not be read; and the file of an earlier message that it refers to, where that was blocked or
//! never seen. `warn` means: goes on, is recorded, and the employee is told; with
//! `justify`, not before the employee has said why. What an exception lets go is noted as by a rule that only watches.

use weir_model::{Action, DataType, ExceptionTerms, FileState, Finding, Level, Mode, Role};

use super::{Case, ChainMember, Member, Place, Registration, Ruling, Setting, mode_of};
use crate::decision::{Reason, Why};
use crate::format::{MODES, RULE};
use crate::policy::Volume;
use crate::rule::{Conditions, Rule, Subject};
use crate::shape::{Field, Shape, field};
use crate::space::Mentions;
use crate::words;
use crate::yaml::Node;

pub(super) const REGISTRATION: Registration = Registration {
    member: ChainMember::DataClassification,
    about: "what happens to data of each level",
    shape: Shape::Map(CONFIG),
    build,
};

const CONFIG: &[Field] = &[
    field(
        "rules",
        Shape::List(&Shape::Map(RULE)),
        "tried in order; the first that fits decides, and the default rules stand behind them",
    ),
    field(
        "unscannable",
        Shape::Map(UNSCANNABLE),
        "what happens to messages that cannot be read",
    ),
    field(
        "mode",
        Shape::Choice(MODES),
        "mode of all rules; a rule may be milder, not stricter; default `enforce`",
    ),
];

const UNSCANNABLE: &[Field] = &[field(
    "action",
    Shape::Choice(&["allow", "warn", "block"]),
    "default `block`; the clients' own reports pass",
)];

/// What stands behind the rules of every pack, as the words of a pack.
pub(crate) const DEFAULT_RULES: &str = "\
- {unscannable: true, trust: internal, action: allow}
- {unscannable: true, kind: telemetry, action: allow}
- {unscannable: true, action: block}
- {trust: internal, action: allow}
- {level: restricted, action: block}
- {level: confidential, provider: approved, action: pseudonymise}
- {level: confidential, action: block}
- {level: internal, provider: approved, action: allow}
- {level: internal, action: warn}
- {level: public, action: allow}
- {file: blocked, action: block}
- {file: unseen, action: allow}
";

struct DataClassification {
    rules: Vec<Rule>,
}

impl Member for DataClassification {
    fn judge(&self, case: &Case<'_>, ruling: &mut Ruling) {
        let mut outcomes = Outcomes {
            rules: &self.rules,
            groups: Vec::new(),
            seen: Vec::new(),
        };
        for (finding, slot) in case.facts.findings.iter().zip(0..) {
            let action = outcomes.finding(case, finding);
            ruling.per_finding[slot] = ruling.per_finding[slot].max(action);
        }
        for volume in case.policy.volumes_reached(case.facts.findings) {
            let action = outcomes.volume(case, volume);
            for (finding, slot) in case.facts.findings.iter().zip(&mut ruling.per_finding) {
                if volume.pattern.matches(&finding.data_type) {
                    *slot = (*slot).max(one_way(&finding.data_type, action));
                }
            }
        }
        outcomes.whole(case);
        if case.facts.unscannable {
            outcomes.apply(case, &Subject::Unscannable, |action| action);
        }
        if let Some(state) = case.facts.file {
            outcomes.apply(case, &Subject::File(state), |action| action);
        }
        ruling.justify |= outcomes.groups.iter().any(Group::asks_for_justification);
        let excepted = outcomes.groups.iter().any(|group| group.excepted);
        for group in outcomes.groups.into_iter().filter(|group| group.is_worth_saying(case)) {
            ruling.ask(group.into_reason());
        }
        if let Some(granted) = case.facts.exception.filter(|_| excepted) {
            ruling.ask(Reason {
                rule: format!("exception/{}", granted.id),
                member: ChainMember::DataClassification,
                action: Action::Allow,
                mode: Mode::Enforce,
                why: Why::Excepted,
            });
        }
    }

    fn exception(&self, reason: &Reason) -> Option<ExceptionTerms> {
        let is_read = matches!(reason.why, Why::Found { .. } | Why::Many { .. } | Why::Level { .. });
        let rule = self.rules.iter().find(|rule| rule.name == reason.rule)?;
        rule.exception.filter(|_| is_read)
    }

    fn beyond_decisions(&self) -> String {
        let ways_out = |rule: &Rule| {
            let has_some = rule.justify || rule.exception.is_some();
            has_some.then(|| format!("{}: {:?} {:?}", rule.name, rule.justify, rule.exception))
        };
        self.rules.iter().filter_map(ways_out).collect::<Vec<_>>().join("\n")
    }

    fn text(&self, reason: &Reason, case: &Case<'_>) -> String {
        if let (Why::Excepted, Some(granted)) = (&reason.why, case.facts.exception) {
            let people: Vec<&str> = granted.approved_by.iter().map(String::as_str).collect();
            return format!(
                "by exception, approved by {}, this message may be sent to {}",
                people.join(" and "),
                case.destination()
            );
        }
        let rule = self.rules.iter().find(|rule| rule.name == reason.rule);
        let mut text = said(reason, &case.destination());
        if let Some(why) = rule.and_then(|rule| rule.reason.as_deref()) {
            text.push_str(&format!(": {why}"));
        }
        text
    }

    fn mentions(&self, mentions: &mut Mentions) {
        for rule in self.rules.iter().filter(|rule| rule.mode != Mode::Off) {
            rule.when.mentions(mentions);
        }
    }

    fn places(&self) -> Vec<Place> {
        let place = |rule: &Rule| Place {
            rule: rule.name.clone(),
            file: rule.file.to_string(),
            line: rule.line,
        };
        self.rules.iter().map(place).collect()
    }
}

/// Secrets are never pseudonymised: a key that comes back in an answer would be a key in an answer.
fn one_way(data_type: &DataType, action: Action) -> Action {
    match action {
        Action::Pseudonymise if data_type.category() == "security" => Action::Redact,
        other => other,
    }
}

/// Which rules applied to what, while a message is judged.
struct Outcomes<'a> {
    rules: &'a [Rule],
    groups: Vec<Group<'a>>,
    /// Findings of one type and level in the same sort of text are alike: their action is looked up once.
    seen: Vec<(&'a DataType, Level, Role, Action)>,
}

/// One rule with one action, and everything it applied to.
struct Group<'a> {
    rule: &'a Rule,
    action: Action,
    level: Level,
    types: Vec<&'a DataType>,
    /// The pattern of a volume rule.
    pattern: &'a str,
    sort: Sort,
    /// An exception lets it go.
    excepted: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Findings,
    Volume,
    Whole,
    Unscannable,
    File(FileState),
}

impl<'a> Outcomes<'a> {
    fn finding(&mut self, case: &Case<'a>, finding: &'a Finding) -> Action {
        let role = finding.place.role;
        let known = self.seen.iter().find(|(data_type, level, whose, _)| {
            *level == finding.level && *whose == role && **data_type == finding.data_type
        });
        if let Some((.., action)) = known {
            return *action;
        }
        let data_type = &finding.data_type;
        let action = self.apply(case, &Subject::Finding(finding), |action| one_way(data_type, action));
        self.seen.push((data_type, finding.level, role, action));
        action
    }

    fn volume(&mut self, case: &Case<'a>, volume: &'a Volume) -> Action {
        self.apply(case, &Subject::Volume(volume), |action| action)
    }

    /// Judges the message apart from what was found in it: at the part of its level that nothing found accounts for, or
    /// else as the public text that stands around. Editing cannot take such a level away, so a rule that would edit
    /// blocks; in public text there is nothing to edit.
    fn whole(&mut self, case: &Case<'a>) {
        let facts = case.facts;
        let explained = case.policy.message_level(facts.findings);
        let level = if facts.level > explained {
            facts.level
        } else {
            Level::Public
        };
        self.apply(case, &Subject::Whole(level), |action| match (action.edits(), level) {
            (true, Level::Public) => Action::Allow,
            (true, _) => Action::Block,
            (false, _) => action,
        });
    }

    /// Finds the rules for a subject and notes them; the answer is the enforced action.
    fn apply(&mut self, case: &Case<'a>, subject: &Subject<'a>, adjust: impl Fn(Action) -> Action) -> Action {
        let rules = self.rules;
        let mut watched = false;
        for rule in rules
            .iter()
            .filter(|rule| rule.mode != Mode::Off && rule.when.fit(case, subject))
        {
            let action = adjust(rule.action);
            match rule.mode {
                Mode::Enforce if action > Action::Warn && rule.is_excepted(case, subject) => {
                    self.note(rule, action, subject, true);
                    return Action::Allow;
                }
                Mode::Enforce => {
                    self.note(rule, action, subject, false);
                    return action;
                }
                _ if watched => {}
                _ => {
                    watched = true;
                    self.note(rule, action, subject, false);
                }
            }
        }
        Action::Allow
    }

    fn note(&mut self, rule: &'a Rule, action: Action, subject: &Subject<'a>, excepted: bool) {
        let (sort, level, data_type, pattern) = match subject {
            Subject::Finding(finding) => (Sort::Findings, finding.level, Some(&finding.data_type), ""),
            Subject::Volume(volume) => (Sort::Volume, volume.level, None, volume.pattern.as_str()),
            Subject::Whole(level) => (Sort::Whole, *level, None, ""),
            Subject::Unscannable => (Sort::Unscannable, Level::Public, None, ""),
            Subject::File(state) => (Sort::File(*state), Level::Public, None, ""),
        };
        let same = |group: &&mut Group<'_>| {
            std::ptr::eq(group.rule, rule)
                && group.action == action
                && group.sort == sort
                && group.level == level
                && group.pattern == pattern
                && group.excepted == excepted
        };
        match self.groups.iter_mut().find(same) {
            Some(group) => group
                .types
                .extend(data_type.filter(|known| !group.types.contains(known))),
            None => self.groups.push(Group {
                rule,
                action,
                level,
                types: data_type.into_iter().collect(),
                pattern,
                sort,
                excepted,
            }),
        }
    }
}

impl Group<'_> {
    /// That the text around the findings may go is said only when there is nothing else to say.
    fn is_worth_saying(&self, case: &Case<'_>) -> bool {
        let around = self.sort == Sort::Whole && self.action == Action::Allow && self.level == Level::Public;
        !around || (case.facts.findings.is_empty() && !case.facts.unscannable && case.facts.file.is_none())
    }

    fn asks_for_justification(&self) -> bool {
        self.rule.justify && self.rule.mode == Mode::Enforce && self.action == Action::Warn
    }

    fn into_reason(self) -> Reason {
        let level = self.level;
        Reason {
            rule: self.rule.name.clone(),
            member: ChainMember::DataClassification,
            action: self.action,
            mode: if self.excepted { Mode::Monitor } else { self.rule.mode },
            why: match self.sort {
                Sort::Findings => Why::Found {
                    level,
                    types: self.types.into_iter().cloned().collect(),
                },
                Sort::Volume => Why::Many {
                    level,
                    pattern: self.pattern.to_owned(),
                },
                Sort::Whole if level == Level::Public => Why::Rest,
                Sort::Whole => Why::Level { level },
                Sort::Unscannable => Why::Unread,
                Sort::File(state) => Why::File { state },
            },
        }
    }
}

fn said(reason: &Reason, to: &str) -> String {
    let what = match &reason.why {
        Why::Found { level, types } => {
            let types: Vec<&str> = types.iter().map(DataType::as_str).collect();
            format!("{level} data ({})", types.join(", "))
        }
        Why::Many { level, pattern } => {
            format!("many different values of {pattern}, which together are {level}")
        }
        Why::Level { level } => format!("a message that a sensitivity label makes {level}"),
        Why::Unread => "a message that cannot be read".to_owned(),
        Why::File {
            state: FileState::Blocked,
        } => "a file that was not let out before".to_owned(),
        Why::File { .. } => "a file whose content was not seen".to_owned(),
        Why::Rest | Why::Message | Why::NotEditable | Why::NoTarget | Why::Closed | Why::Stale | Why::Excepted => {
            "text in which nothing was found".to_owned()
        }
    };
    match reason.action {
        Action::Allow => format!("{what} may be sent to {to}"),
        Action::Warn => format!("{what} should not be sent to {to} without need"),
        Action::Pseudonymise => format!("{what} is replaced by stand-ins before it is sent to {to}"),
        Action::Redact => format!("{what} is removed before the message is sent to {to}"),
        Action::Block => format!("{what} must not be sent to {to}"),
    }
}

fn build(setting: &mut Setting<'_>) -> Option<Box<dyn Member>> {
    let config = setting.config;
    let mode = mode_of(config);
    let written = config
        .and_then(|config| config.get("rules"))
        .map(Node::items)
        .unwrap_or_default();
    let mut rules: Vec<Rule> = written
        .iter()
        .enumerate()
        .map(|(index, node)| {
            Rule::read(
                node,
                &format!("data-classification/rules/{index}"),
                setting.context,
                setting.report,
            )
        })
        .collect();
    let unscannable = config.and_then(|config| config.at_path(&["unscannable", "action"]));
    let mut defaults = default_rules(setting);
    if let Some(node) = unscannable
        && let Some(action) = node.text().and_then(words::action)
        && let Some(last) = defaults.iter_mut().rfind(|rule| rule.when.unscannable)
    {
        last.action = action;
        last.name = "data-classification/unscannable".to_owned();
        last.file = setting.report.file(node.at.file);
        last.line = node.at.line;
    }
    // Half-read rules would be compared for what they do not say.
    if !setting.report.has_errors() {
        crate::lint::rules(&rules, setting.context, setting.report);
    }
    rules.append(&mut defaults);
    for rule in &mut rules {
        rule.mode = rule.mode.min(mode);
    }
    Some(Box::new(DataClassification { rules }))
}

fn default_rules(setting: &mut Setting<'_>) -> Vec<Rule> {
    let Some(file) = setting.report.add_file("default rules") else {
        return vec![closing_rule()];
    };
    let Some(tree) = crate::yaml::parse(DEFAULT_RULES, file, setting.report) else {
        return vec![closing_rule()];
    };
    tree.items()
        .iter()
        .enumerate()
        .map(|(index, node)| {
            Rule::read(
                node,
                &format!("data-classification/default/{index}"),
                setting.context,
                setting.report,
            )
        })
        .collect()
}

/// If the default rules could not be had, everything is blocked: fails closed.
fn closing_rule() -> Rule {
    Rule {
        name: "data-classification/default".to_owned(),
        file: "default rules".into(),
        line: 1,
        at: crate::report::At::default(),
        when: Conditions::default(),
        action: Action::Block,
        mode: Mode::Enforce,
        reason: None,
        justify: false,
        exception: None,
    }
}
