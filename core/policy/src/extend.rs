//! A pack and the packs it extends, as one tree.
//!
//! What the pack says wins over what its parents say, and a later parent over an earlier one. Mappings are merged key by
//! key. Lists of entries (`rules`, `custom`, `volume`, `targets`, `agreements`, `modules`, and the lists of sheets and sketches) are joined, own
//! entries first, and an entry whose `id` was given already is left out. Every other list (`chain`, `environments`, …)
//! is replaced. `pack` and `tests` are not inherited: a parent's tests describe the parent.

use crate::Source;
use crate::library::Library;
use crate::report::{At, Report};
use crate::shape::check;
use crate::words;
use crate::yaml::{self, Key, Node, Value};

/// Lists whose entries are joined.
const JOINED: &[&str] = &[
    "rules",
    "custom",
    "volume",
    "targets",
    "agreements",
    "sheets",
    "exact_match",
    "modules",
];
/// More files than any pack needs; stops packs that extend each other in ever new ways.
const MAX_FILES: usize = 64;
/// Longest line of parents.
const MAX_DEPTH: usize = 16;

/// What a pack is after its parents have been merged in.
pub(crate) struct Resolved {
    /// Everything together.
    pub(crate) tree: Node,
    /// The pack alone.
    pub(crate) own: Node,
    /// The texts of the pack and its parents, in the order they were read.
    /// Those of its sheets and modules come last.
    pub(crate) texts: Vec<String>,
    /// The classification sheets that are named, each once.
    pub(crate) sheets: Vec<Source>,
    /// The files with modules of Rego that are named, each once.
    pub(crate) modules: Vec<Source>,
}

/// Reads a pack and its parents. `None` when there is no tree to go on with; the report then says why.
pub(crate) fn resolve(pack: &Source, library: &dyn Library, report: &mut Report) -> Option<Resolved> {
    let own = read(pack, report)?;
    Some(with_parents(pack, own, library, report))
}

/// Reads a pack alone.
pub(crate) fn read(pack: &Source, report: &mut Report) -> Option<Node> {
    let file = report.add_file(&pack.name)?;
    let node = yaml::parse(&pack.text, file, report)?;
    if matches!(node.value, Value::Null) {
        report
            .error(node.at, "missing-key", "the file is empty")
            .help("a pack begins with `pack: {name: …}`");
        return None;
    }
    check(&node, crate::format::PACK, report);
    Some(gather(node, report))
}

/// Merges the parents into a pack that was read, or changed after it was read.
pub(crate) fn with_parents(pack: &Source, own: Node, library: &dyn Library, report: &mut Report) -> Resolved {
    let mut loader = Loader {
        library,
        report,
        texts: vec![pack.text.clone()],
        line: Vec::new(),
    };
    let tree = loader.with_parents(&own);
    let sheets = loader.sheets(&tree);
    let modules = loader.modules(&tree);
    Resolved {
        tree,
        own,
        texts: loader.texts,
        sheets,
        modules,
    }
}

struct Loader<'a> {
    library: &'a dyn Library,
    report: &'a mut Report,
    texts: Vec<String>,
    /// Names of the packs being read, from the first to the present one.
    line: Vec<String>,
}

impl Loader<'_> {
    fn with_parents(&mut self, own: &Node) -> Node {
        let name = own
            .at_path(&["pack", "name"])
            .and_then(Node::text)
            .unwrap_or_default()
            .to_owned();
        self.line.push(name);
        let mut base: Option<Node> = None;
        for parent in own.at_path(&["pack", "extends"]).map(Node::items).unwrap_or_default() {
            let Some(tree) = parent.text().and_then(|name| self.parent(name, parent.at)) else {
                continue;
            };
            base = Some(match base {
                Some(earlier) => merge(&tree, &earlier),
                None => tree,
            });
        }
        self.line.pop();
        match base {
            Some(base) => merge(own, &base),
            None => own.clone(),
        }
    }

    fn sheets(&mut self, tree: &Node) -> Vec<Source> {
        let named = tree.at_path(&["classification", "sheets"]).map(Node::items);
        self.beside(named.unwrap_or_default().iter(), "sheet")
    }

    fn modules(&mut self, tree: &Node) -> Vec<Source> {
        let modules = tree
            .at_path(&["policies", "policy", "rego", "modules"])
            .map(Node::items);
        let files = modules
            .unwrap_or_default()
            .iter()
            .filter_map(|module| module.get("file"));
        self.beside(files, "module")
    }

    /// Files beside the packs, each once.
    fn beside<'n>(&mut self, named: impl Iterator<Item = &'n Node>, what: &str) -> Vec<Source> {
        let mut files: Vec<Source> = Vec::new();
        let mut known = Vec::new();
        for node in named {
            let Some(name) = words::file_beside(node, self.report) else {
                continue;
            };
            if known.contains(&name) {
                continue;
            }
            match self.library.text(&name) {
                Some(file) => {
                    self.texts.push(file.text.clone());
                    files.push(Source::new(name.as_str(), file.text));
                }
                None => self
                    .report
                    .error(node.at, "bad-file", format!("there is no {what} `{name}`"))
                    .help("put it beside the pack"),
            }
            known.push(name);
        }
        files
    }

    fn parent(&mut self, name: &str, at: At) -> Option<Node> {
        if self.line.iter().any(|known| known == name) {
            let line = self.line.join("` → `");
            self.report.error(
                at,
                "extends-cycle",
                format!("`{name}` extends itself: `{line}` → `{name}`"),
            );
            return None;
        }
        if self.line.len() >= MAX_DEPTH || self.texts.len() >= MAX_FILES {
            self.report.error(at, "too-big", "packs extend each other too often");
            return None;
        }
        let Some(source) = self.library.text(name) else {
            self.report
                .error(at, "unknown-pack", format!("there is no pack `{name}`"))
                .help("packs that come with Weir are named `weir/…`: `weir/baseline`");
            return None;
        };
        self.texts.push(source.text.clone());
        let own = read(&source, self.report)?;
        if own.at_path(&["pack", "enabled"]).and_then(Node::flag) == Some(false) {
            self.report.warning(
                at,
                "pack-disabled",
                format!("`{name}` is switched off, so nothing of it is inherited"),
            );
            return None;
        }
        Some(without(self.with_parents(&own), &["pack", "tests"]))
    }
}

/// Puts blocks that may stand at two places at one: `policy` under `policies`, `history` and `cache` on top.
fn gather(mut node: Node, report: &mut Report) -> Node {
    move_block(&mut node, &["policy"], &["policies", "policy"], report);
    move_block(&mut node, &["providers", "history"], &["history"], report);
    move_block(&mut node, &["providers", "cache"], &["cache"], report);
    node
}

fn move_block(root: &mut Node, from: &[&str], to: &[&str], report: &mut Report) {
    let Some((key, block)) = take(root, from) else { return };
    if root.at_path(to).is_some() {
        report
            .error(
                key.at,
                "duplicate-key",
                format!("`{}` and `{}` are the same block", from.join("."), to.join(".")),
            )
            .help("keep one of them");
        return;
    }
    put(root, to, key.at, block);
}

fn take(node: &mut Node, path: &[&str]) -> Option<(Key, Node)> {
    let (first, rest) = path.split_first()?;
    let Value::Map(entries) = &mut node.value else {
        return None;
    };
    let index = entries.iter().position(|(key, _)| key.text == *first)?;
    match rest {
        [] => Some(entries.remove(index)),
        _ => take(&mut entries[index].1, rest),
    }
}

fn put(node: &mut Node, path: &[&str], at: At, block: Node) {
    let Some((first, rest)) = path.split_first() else {
        *node = block;
        return;
    };
    if !matches!(node.value, Value::Map(_)) {
        node.value = Value::Map(Vec::new());
    }
    let Value::Map(entries) = &mut node.value else { return };
    let index = entries
        .iter()
        .position(|(key, _)| key.text == *first)
        .unwrap_or_else(|| {
            entries.push((
                Key {
                    at,
                    text: (*first).to_owned(),
                },
                Node { at, value: Value::Null },
            ));
            entries.len() - 1
        });
    put(&mut entries[index].1, rest, at, block);
}

fn without(mut node: Node, keys: &[&str]) -> Node {
    if let Value::Map(entries) = &mut node.value {
        entries.retain(|(key, _)| !keys.contains(&&*key.text));
    }
    node
}

/// One tree of two; the first wins.
fn merge(child: &Node, parent: &Node) -> Node {
    let (Value::Map(own), Value::Map(inherited)) = (&child.value, &parent.value) else {
        return child.clone();
    };
    let mut entries: Vec<(Key, Node)> = Vec::new();
    for (key, node) in own {
        let other = inherited
            .iter()
            .find(|(name, _)| name.text == key.text)
            .map(|(_, node)| node);
        let merged = match (other, &node.value) {
            (None, _) => node.clone(),
            // A key without a value says nothing.
            (Some(other), Value::Null) => other.clone(),
            (Some(other), Value::List(_)) if JOINED.contains(&&*key.text) => join(node, other),
            (Some(other), _) => merge(node, other),
        };
        entries.push((key.clone(), merged));
    }
    let fresh = inherited
        .iter()
        .filter(|(key, _)| !own.iter().any(|(name, _)| name.text == key.text));
    entries.extend(fresh.cloned());
    Node {
        at: child.at,
        value: Value::Map(entries),
    }
}

fn join(child: &Node, parent: &Node) -> Node {
    let id = |node: &Node| node.get("id").and_then(Node::text).map(str::to_owned);
    let own = child.items();
    let known: Vec<String> = own.iter().filter_map(id).collect();
    let inherited = parent
        .items()
        .iter()
        .filter(|node| id(node).is_none_or(|id| !known.contains(&id)));
    Node {
        at: child.at,
        value: Value::List(own.iter().chain(inherited).cloned().collect()),
    }
}
