//! Packs with one thing made weaker each, to find out whether the pack's tests would notice.
//!
//! A change that no situation can tell from the original is left out: a rule that repeats what stands behind it may go
//! without anybody being less protected. Only the pack itself is changed, not its parents: their tests describe them.

use serde::{Deserialize, Serialize};
use weir_model::{Action, Level};

use crate::catalogue::Catalogue;
use crate::chain::{self, ChainMember};
use crate::compile::{Compiled, compile_tree};
use crate::diagnostic::Diagnostics;
use crate::library::Library;
use crate::policy::Policy;
use crate::report::Report;
use crate::space::Space;
use crate::words;
use crate::yaml::{Node, Value};
use crate::{Source, extend};

/// One change that makes a pack weaker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mutation {
    /// Kind of change, a stable name: `weaker-action`, `dropped`, `raised-threshold`, `lower-level`, `flag-off`,
    /// `only-watching`, `wider-approval`, `endless-agreement`, `wider-agreement`, `removed-member`.
    pub kind: String,
    /// The line that is changed.
    pub line: u32,
    /// The change in words: `rules/0: action block becomes warn`.
    pub text: String,
}

/// A weaker pack, compiled.
#[derive(Debug)]
pub struct Mutant {
    /// What was changed.
    pub mutation: Mutation,
    /// The policy that comes of it.
    pub policy: Policy,
}

/// All weaker packs that compile and decide at least one situation differently.
///
/// # Errors
/// When the pack itself cannot be used.
pub fn mutants(pack: &Source, library: &dyn Library, catalogue: &Catalogue) -> Result<Vec<Mutant>, Diagnostics> {
    let original = crate::compile(pack, library, catalogue)?;
    let mut report = Report::default();
    let Some(own) = extend::read(pack, &mut report) else {
        return Err(report.finish().err().unwrap_or(Diagnostics(Vec::new())));
    };
    let mutants = changes(&own).into_iter().filter_map(
        |Changed {
             mutation,
             tree,
             member: changed,
         }| {
            let policy = compiled(pack, tree, library, catalogue)?.policy;
            let differs = differs(&original.policy, &policy, changed);
            differs.then_some(Mutant { mutation, policy })
        },
    );
    Ok(mutants.collect())
}

/// `None` for a change that the check of packs refuses already.
fn compiled(pack: &Source, own: Node, library: &dyn Library, catalogue: &Catalogue) -> Option<Compiled> {
    let mut report = Report::default();
    let resolved = extend::with_parents(pack, own, library, &mut report);
    compile_tree(&resolved, library.rego(), catalogue, report).ok()
}

/// True when at least one situation is decided differently. Where the policies are alike but for one member, they decide alike
/// whatever that member asks alike, which is found out in a tenth of the time.
fn differs(one: &Policy, other: &Policy, changed: Option<ChainMember>) -> bool {
    if one.beyond_decisions() != other.beyond_decisions() {
        return true;
    }
    let space = Space::of(&[one, other]);
    let (seen_by_one, seen_by_other) = (space.seen_by(one), space.seen_by(other));
    space.scattered().any(|number| {
        let (one_facts, other_facts) = (seen_by_one.facts(number), seen_by_other.facts(number));
        let alike = |member| one.member_asks_alike(other, member, [&one_facts, &other_facts]);
        if changed.is_some_and(alike) {
            return false;
        }
        let (one_level, other_level) = (one_facts.level, other_facts.level);
        let (one, other) = (one.decide(&one_facts), other.decide(&other_facts));
        let one_leaves = one.action != Action::Block;
        one.action != other.action
            // Of a message that stays, nothing leaves whatever is said of its parts.
            || (one_leaves && one.per_finding != other.per_finding)
            || one.monitored != other.monitored
            || one.headers != other.headers
            || one_level != other_level
    })
}

/// Where in a tree something stands: keys, and numbers of list entries.
#[derive(Clone)]
enum Step {
    Key(String),
    Item(usize),
}

/// What is done at a place.
enum Change {
    Put(Value),
    Drop,
}

/// A changed tree.
struct Changed {
    mutation: Mutation,
    tree: Node,
    /// The member whose configuration was changed, when nothing else was.
    member: Option<ChainMember>,
}

/// The changed trees, in the order of the pack.
fn changes(own: &Node) -> Vec<Changed> {
    let mut changes = Changes { own, list: Vec::new() };
    changes.levels();
    changes.volumes();
    changes.approvals();
    changes.agreements();
    changes.chain();
    changes.rules();
    changes.members();
    changes.list.sort_by_key(|changed| changed.mutation.line);
    changes.list
}

struct Changes<'a> {
    own: &'a Node,
    list: Vec<Changed>,
}

impl Changes<'_> {
    fn add(&mut self, path: &[Step], kind: &str, text: String, change: Change) {
        let mut tree = self.own.clone();
        let Some(line) = line_at(self.own, path) else { return };
        if apply(&mut tree, path, change).is_some() {
            let kind = kind.to_owned();
            self.list.push(Changed {
                mutation: Mutation { kind, line, text },
                tree,
                member: member_at(path),
            });
        }
    }

    /// Levels of data types, labels and custom detectors.
    fn levels(&mut self) {
        for table in ["detectors", "labels"] {
            let path = keys(&["classification", table]);
            for (name, node) in self.entries(&path) {
                self.lower_level(&path, Step::Key(name), &node);
            }
        }
        let low = keys(&["classification"]);
        if let Some(node) = self.at(&["classification", "low_confidence"]) {
            self.lower_level(&low, Step::Key("low_confidence".to_owned()), &node);
        }
        let custom = keys(&["classification", "custom"]);
        for (index, node) in self.items(&custom) {
            if let Some(level) = node.get("level").cloned() {
                self.lower_level(&with(&custom, Step::Item(index)), Step::Key("level".to_owned()), &level);
            }
        }
    }

    fn lower_level(&mut self, path: &[Step], last: Step, node: &Node) {
        let level = node.text().and_then(words::level);
        let lower = level.and_then(|level| Level::ALL.into_iter().rev().find(|lower| *lower < level));
        if let (Some(level), Some(lower)) = (level, lower) {
            let path = with(path, last);
            let text = format!("{}: level {level} becomes {lower}", shown(&path));
            self.add(&path, "lower-level", text, Change::Put(word(lower.as_str())));
        }
    }

    fn volumes(&mut self) {
        let path = keys(&["classification", "volume"]);
        for (index, node) in self.items(&path) {
            let path = with(&path, Step::Item(index));
            if let Some(count) = node.get("at_least").and_then(Node::whole) {
                let path = with(&path, Step::Key("at_least".to_owned()));
                let more = i64::from(count) * 2;
                let text = format!("{}: {count} becomes {more}", shown(&path));
                self.add(&path, "raised-threshold", text, Change::Put(Value::Int(more)));
            }
            self.drop(&path);
        }
    }

    fn approvals(&mut self) {
        let path = keys(&["providers", "approvals"]);
        for (name, node) in self.entries(&path) {
            let entry = with(&path, Step::Key(name));
            let status = match node.text() {
                Some(_) => entry.clone(),
                None => with(&entry, Step::Key("status".to_owned())),
            };
            let word_of = node.text().or_else(|| node.get("status").and_then(Node::text));
            if let Some(wider) = word_of.and_then(wider_approval) {
                let text = format!("{}: becomes {wider}", shown(&status));
                self.add(&status, "wider-approval", text, Change::Put(word(wider)));
            }
            for limit in ["environments", "users"] {
                if node.get(limit).is_some() {
                    let path = with(&entry, Step::Key(limit.to_owned()));
                    let text = format!("{}: the limit is gone", shown(&path));
                    self.add(&path, "wider-approval", text, Change::Drop);
                }
            }
        }
    }

    /// What was agreed holds for ever, or is promised where it was not.
    fn agreements(&mut self) {
        let path = keys(&["providers", "agreements"]);
        for (index, node) in self.items(&path) {
            let entry = with(&path, Step::Item(index));
            for (key, class) in [("until", "endless-agreement"), ("tiers", "wider-agreement")] {
                if node.get(key).is_some() {
                    let path = with(&entry, Step::Key(key.to_owned()));
                    let text = format!("{}: the limit is gone", shown(&path));
                    self.add(&path, class, text, Change::Drop);
                }
            }
        }
    }

    /// Members of the chain, each with its configuration: a block of no member would be an error.
    fn chain(&mut self) {
        let path = keys(&["policies", "chain"]);
        for (index, node) in self.items(&path) {
            let Some(name) = node.text().map(str::to_owned) else {
                continue;
            };
            let mut tree = self.own.clone();
            let taken = apply(&mut tree, &with(&path, Step::Item(index)), Change::Drop);
            let _ = apply(&mut tree, &keys(&["policies", "policy", &name]), Change::Drop);
            if taken.is_some() {
                let mutation = Mutation {
                    kind: "removed-member".to_owned(),
                    line: node.at.line,
                    text: format!("chain: {name} is gone"),
                };
                self.list.push(Changed {
                    mutation,
                    tree,
                    // Rules for messages ask whether the clipboard has a guard of its own, and nothing else of the kind.
                    member: chain::registration(&name)
                        .map(|registration| registration.member)
                        .filter(|member| *member != ChainMember::ClipboardGuard),
                });
            }
        }
    }

    fn rules(&mut self) {
        let path = keys(&["policies", "policy", "data-classification", "rules"]);
        for (index, node) in self.items(&path) {
            let rule = with(&path, Step::Item(index));
            self.weaker_action(&rule, &node);
            if node
                .get("mode")
                .and_then(Node::text)
                .is_none_or(|mode| mode == "enforce")
            {
                let mode = with(&rule, Step::Key("mode".to_owned()));
                let text = format!("{}: only watches", shown(&rule));
                self.add(&mode, "only-watching", text, Change::Put(word("monitor")));
            }
            self.drop(&rule);
        }
    }

    fn weaker_action(&mut self, path: &[Step], node: &Node) {
        let action = words::one(node, "action", words::action);
        let weaker = action.and_then(|action| Action::ALL.into_iter().rev().find(|weaker| *weaker < action));
        if let (Some(action), Some(weaker)) = (action, weaker) {
            let path = with(path, Step::Key("action".to_owned()));
            let text = format!("{}: {action} becomes {weaker}", shown(&path));
            self.add(&path, "weaker-action", text, Change::Put(word(weaker.as_str())));
        }
    }

    /// Every switch of a member that makes it stricter, turned back; every entry of `tenant-control`, taken out.
    fn members(&mut self) {
        let members = keys(&["policies", "policy"]);
        for (name, block) in self.entries(&members) {
            let member = with(&members, Step::Key(name.clone()));
            if block.get("mode").and_then(Node::text) == Some("enforce") {
                let mode = with(&member, Step::Key("mode".to_owned()));
                let text = format!("{name}: only watches");
                self.add(&mode, "only-watching", text, Change::Put(word("monitor")));
            }
            for (key, default) in answers(&name) {
                let answer = block.get(key).and_then(Node::text).unwrap_or(default);
                if let Some(weaker) = weaker_answer(key, answer) {
                    let path = with(&member, Step::Key((*key).to_owned()));
                    let text = format!("{}: {answer} becomes {weaker}", shown(&path));
                    self.add(&path, "weaker-action", text, Change::Put(word(weaker)));
                }
            }
            for (key, node) in self.entries(&member) {
                self.setting(&with(&member, Step::Key(key.clone())), &name, &key, &node);
            }
        }
    }

    fn setting(&mut self, path: &[Step], member: &str, key: &str, node: &Node) {
        match (member, key, &node.value) {
            (_, _, Value::Bool(true)) if key.starts_with("require_") => {
                let text = format!("{}: true becomes false", shown(path));
                self.add(path, "flag-off", text, Change::Put(Value::Bool(false)));
            }
            ("rate-limit", "limits", _) => self.limits(path),
            ("response-guard", "leaks", _) | ("clipboard-guard", "rules", _) => self.entries_with_action(path),
            ("response-guard", "formats", _) => {
                for (index, _) in self.items(path) {
                    self.drop(&with(path, Step::Item(index)));
                }
            }
            (_, "max_retention_days" | "max_megabytes", Value::Int(days)) => {
                let more = days * 2 + 1;
                let text = format!("{}: {days} becomes {more}", shown(path));
                self.add(path, "raised-threshold", text, Change::Put(Value::Int(more)));
            }
            ("model-allow-list", "lists", _) => {
                for (index, _) in self.items(path) {
                    let models = with(&with(path, Step::Item(index)), Step::Key("models".to_owned()));
                    let text = format!("{}: every model is listed", shown(&models));
                    self.add(&models, "wider-approval", text, Change::Put(word("*")));
                }
            }
            ("rego", "modules", _) => self.modules(path),
            ("upload-guard", "allowed" | "refused" | "refused_labels", _) => self.drop(path),
            ("data-classification", "unscannable", Value::Map(_)) => self.weaker_unscannable(path, node),
            ("tenant-control", "services", Value::Map(entries)) => {
                for (entry, _) in entries {
                    self.drop(&with(path, Step::Key(entry.text.clone())));
                }
            }
            ("tenant-control", _, Value::Map(_) | Value::List(_)) => self.drop(path),
            _ => {}
        }
    }

    fn limits(&mut self, path: &[Step]) {
        for (index, node) in self.items(path) {
            let limit = with(path, Step::Item(index));
            for key in ["messages", "burst"] {
                if let Some(count) = node.get(key).and_then(Node::whole) {
                    let place = with(&limit, Step::Key(key.to_owned()));
                    let more = i64::from(count) * 2;
                    let text = format!("{}: {count} becomes {more}", shown(&place));
                    self.add(&place, "raised-threshold", text, Change::Put(Value::Int(more)));
                }
            }
            self.drop(&limit);
        }
    }

    /// Modules of Rego: each without what it blocks, and each gone.
    fn modules(&mut self, path: &[Step]) {
        for (index, node) in self.items(path) {
            let module = with(path, Step::Item(index));
            let source = node.get("source").and_then(Node::text).unwrap_or_default();
            if source.contains("\"block\"") {
                let place = with(&module, Step::Key("source".to_owned()));
                let text = format!("{}: block becomes warn", shown(&place));
                let milder = source.replace("\"block\"", "\"warn\"");
                self.add(&place, "weaker-action", text, Change::Put(Value::Text(milder)));
            }
            self.drop(&module);
        }
    }

    /// Entries of a list that each name an action in the words of their member.
    fn entries_with_action(&mut self, path: &[Step]) {
        for (index, node) in self.items(path) {
            let entry = with(path, Step::Item(index));
            let answer = node.get("action").and_then(Node::text).unwrap_or_default();
            if let Some(weaker) = weaker_word(answer) {
                let place = with(&entry, Step::Key("action".to_owned()));
                let text = format!("{}: {answer} becomes {weaker}", shown(&place));
                self.add(&place, "weaker-action", text, Change::Put(word(weaker)));
            }
            self.drop(&entry);
        }
    }

    /// What cannot be read cannot be edited: `warn` is the next weaker action.
    fn weaker_unscannable(&mut self, path: &[Step], node: &Node) {
        let weaker = match node.get("action").and_then(Node::text) {
            Some("block") => "warn",
            Some("warn") => "allow",
            _ => return,
        };
        let path = with(path, Step::Key("action".to_owned()));
        let text = format!("{}: becomes {weaker}", shown(&path));
        self.add(&path, "weaker-action", text, Change::Put(word(weaker)));
    }

    fn drop(&mut self, path: &[Step]) {
        self.add(path, "dropped", format!("{}: is gone", shown(path)), Change::Drop);
    }

    fn at(&self, path: &[&str]) -> Option<Node> {
        self.own.at_path(path).cloned()
    }

    fn entries(&self, path: &[Step]) -> Vec<(String, Node)> {
        let entries = node_at(self.own, path).map(Node::entries).unwrap_or_default();
        entries
            .iter()
            .map(|(key, node)| (key.text.clone(), node.clone()))
            .collect()
    }

    fn items(&self, path: &[Step]) -> Vec<(usize, Node)> {
        let items = node_at(self.own, path).map(Node::items).unwrap_or_default();
        items.iter().cloned().enumerate().collect()
    }
}

/// The keys of a member that hold an action, with their defaults: a default can be weakened as well as what is written.
fn answers(member: &str) -> &'static [(&'static str, &'static str)] {
    match member {
        "provider-approval" => &[("unapproved", "allow")],
        "data-routing-policy" => &[("on_no_compliant_provider", "block")],
        "residency" => &[("elsewhere", "block"), ("unknown", "block")],
        "model-allow-list" => &[("others", "block"), ("unknown", "allow")],
        "upload-guard" => &[("others", "block"), ("unknown", "block")],
        "rate-limit" => &[("action", "block")],
        "response-guard" => &[("internal_urls", "pass"), ("unread", "pass")],
        "prompt-injection" => &[("action", "block"), ("in_prompt", "allow")],
        _ => &[],
    }
}

/// The next weaker of the words for what is done to answers and to the clipboard.
fn weaker_word(answer: &str) -> Option<&'static str> {
    Some(match answer {
        "reject" => "redact",
        "redact" => "pass",
        "clear" => "clean",
        "clean" => "notify",
        "notify" => "log",
        _ => return None,
    })
}

/// The next weaker word that the key takes.
fn weaker_answer(key: &str, answer: &str) -> Option<&'static str> {
    match answer {
        "reject" | "redact" if matches!(key, "internal_urls" | "unread") => Some("pass"),
        "block" | "redact" => Some("warn"),
        "warn" if matches!(key, "unapproved" | "unknown" | "in_prompt") => Some("allow"),
        _ => None,
    }
}

fn wider_approval(status: &str) -> Option<&'static str> {
    match status {
        "denied" => Some("unapproved"),
        "unapproved" => Some("approved"),
        _ => None,
    }
}

fn word(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn keys(path: &[&str]) -> Vec<Step> {
    path.iter().map(|key| Step::Key((*key).to_owned())).collect()
}

fn with(path: &[Step], last: Step) -> Vec<Step> {
    path.iter().cloned().chain([last]).collect()
}

/// The member whose configuration stands at this path.
fn member_at(path: &[Step]) -> Option<ChainMember> {
    match path {
        [Step::Key(policies), Step::Key(policy), Step::Key(name), ..]
            if policies == "policies" && policy == "policy" =>
        {
            chain::registration(name).map(|registration| registration.member)
        }
        _ => None,
    }
}

/// The path without what every pack has in common: `rules/0/action`.
fn shown(path: &[Step]) -> String {
    let steps: Vec<String> = path
        .iter()
        .map(|step| match step {
            Step::Key(key) => key.clone(),
            Step::Item(index) => index.to_string(),
        })
        .collect();
    let common = [
        "policies",
        "policy",
        "data-classification",
        "classification",
        "providers",
    ];
    let from = steps.iter().take_while(|step| common.contains(&step.as_str())).count();
    steps[from..].join("/")
}

fn node_at<'a>(node: &'a Node, path: &[Step]) -> Option<&'a Node> {
    path.iter().try_fold(node, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Item(index) => node.items().get(*index),
    })
}

/// The line of the place, or of the nearest thing around it that is there.
fn line_at(node: &Node, path: &[Step]) -> Option<u32> {
    (0..=path.len())
        .rev()
        .find_map(|length| node_at(node, &path[..length]))
        .map(|node| node.at.line)
}

/// Changes the tree; `None` when there is no such place.
fn apply(node: &mut Node, path: &[Step], change: Change) -> Option<()> {
    let (first, rest) = path.split_first()?;
    let at = node.at;
    match (first, &mut node.value) {
        (Step::Item(index), Value::List(items)) if *index < items.len() => match (rest, change) {
            ([], Change::Drop) => drop(items.remove(*index)),
            ([], Change::Put(value)) => items[*index].value = value,
            (rest, change) => apply(&mut items[*index], rest, change)?,
        },
        // One value may stand for a list of one.
        (Step::Item(0), _) => match (rest, change) {
            ([], Change::Drop) => node.value = Value::List(Vec::new()),
            ([], Change::Put(value)) => node.value = value,
            (rest, change) => apply(node, rest, change)?,
        },
        (Step::Key(name), Value::Map(entries)) => {
            let place = entries.iter().position(|(key, _)| key.text == *name);
            match (rest, change, place) {
                ([], Change::Drop, Some(place)) => drop(entries.remove(place)),
                ([], Change::Put(value), Some(place)) => entries[place].1.value = value,
                ([], Change::Put(value), None) => {
                    let key = crate::yaml::Key { at, text: name.clone() };
                    entries.push((key, Node { at, value }));
                }
                (rest, change, Some(place)) => apply(&mut entries[place].1, rest, change)?,
                (_, _, None) => return None,
            }
        }
        _ => return None,
    }
    Some(())
}
