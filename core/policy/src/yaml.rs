//! YAML text to a tree in which every key and value knows its place.
//!
//! Neighbours: [`shape`](crate::shape) says which trees are packs. This module must not know what any key means.
//! It reads untrusted text: bounded in size, depth and expansion of aliases, and it never panics.

use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};

use crate::report::{At, Report};

/// Longest text read: the biggest real packs are under 100 KiB.
const MAX_BYTES: usize = 1 << 20;
/// Most values in a file, aliases counted with everything they stand for.
const MAX_NODES: usize = 200_000;
/// Deepest nesting.
const MAX_DEPTH: usize = 48;

/// A value with its place.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) at: At,
    pub(crate) value: Value,
}

/// What a node holds.
#[derive(Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key with its place.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) at: At,
    pub(crate) text: String,
}

/// Reads one document. `None` when the text is not YAML; the report then says why.
pub(crate) fn parse(text: &str, file: u16, report: &mut Report) -> Option<Node> {
    let start = At {
        file,
        line: 1,
        column: 1,
    };
    if text.len() > MAX_BYTES {
        report.error(start, "too-big", format!("the file is longer than {MAX_BYTES} bytes"));
        return None;
    }
    let mut builder = Builder {
        file,
        lines: text.lines().collect(),
        open: Vec::new(),
        root: None,
        anchors: HashMap::new(),
        nodes: 0,
    };
    let options = granit_parser::options! { emit_comments: false };
    for step in Parser::new_from_str_with_options(text, options) {
        let outcome = match step {
            Ok((event, span)) => builder.take(event, &span, report),
            Err(error) => {
                let marker = error.marker();
                let at = At::new(file, marker.line(), marker.col());
                Err((at, "syntax", error.info().to_lowercase()))
            }
        };
        if let Err((at, code, message)) = outcome {
            report.error(at, code, message);
            return None;
        }
    }
    Some(builder.root.unwrap_or(Node {
        at: start,
        value: Value::Null,
    }))
}

type Failure = (At, &'static str, String);

/// Builds the tree from parser events. Iterative, so that depth costs heap and not stack.
struct Builder<'t> {
    file: u16,
    lines: Vec<&'t str>,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

/// A collection whose end has not been seen.
struct Open {
    at: At,
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map {
        entries: Vec<(Key, Node)>,
        key: Option<Key>,
    },
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: &Span, report: &mut Report) -> Result<(), Failure> {
        let at = At::new(self.file, span.start.line(), span.start.col());
        match event {
            Event::DocumentStart(..) if self.root.is_some() => Err((
                at,
                "syntax",
                "a second document begins here; one file holds one pack".to_owned(),
            )),
            Event::Scalar(text, style, anchor, tag) => self.add(
                Node {
                    at: match style {
                        ScalarStyle::Literal => self.first_character(&text, at),
                        _ => at,
                    },
                    value: resolve(&text, style, tag.as_deref()),
                },
                anchor,
            ),
            Event::SequenceStart(_, anchor, _) => self.begin(at, anchor, Content::List(Vec::new())),
            Event::MappingStart(_, anchor, _) => self.begin(
                at,
                anchor,
                Content::Map {
                    entries: Vec::new(),
                    key: None,
                },
            ),
            Event::SequenceEnd | Event::MappingEnd => self.end(report),
            Event::Alias(anchor) => match self.anchors.get(&anchor).map(Node::size) {
                Some(size) => {
                    self.spend(at, size)?;
                    let value = self.anchors.get(&anchor).map_or(Value::Null, |node| node.value.clone());
                    self.add(Node { at, value }, 0)
                }
                None => Err((at, "syntax", "this alias stands inside the value it names".to_owned())),
            },
            _ => Ok(()),
        }
    }

    /// Where the text of a block begins, so that a place in it can be told: behind the line that opens it, and behind what
    /// indents it.
    fn first_character(&self, text: &str, opened: At) -> At {
        let first = text.lines().next().unwrap_or_default();
        let from = opened.line as usize;
        let found = self.lines.iter().enumerate().skip(from.saturating_sub(1)).take(2);
        for (number, line) in found {
            if let Some(indent) = line.strip_suffix(first).filter(|indent| indent.trim().is_empty()) {
                return At::new(self.file, number + 1, indent.chars().count());
            }
        }
        opened
    }

    fn begin(&mut self, at: At, anchor: usize, content: Content) -> Result<(), Failure> {
        if self.open.len() >= MAX_DEPTH {
            return Err((at, "too-big", format!("values are nested more than {MAX_DEPTH} deep")));
        }
        if matches!(
            self.open.last(),
            Some(Open {
                content: Content::Map { key: None, .. },
                ..
            })
        ) {
            return Err((at, "wrong-type", "a key must be text".to_owned()));
        }
        self.open.push(Open { at, anchor, content });
        Ok(())
    }

    fn end(&mut self, report: &mut Report) -> Result<(), Failure> {
        let Some(Open { at, anchor, content }) = self.open.pop() else {
            return Ok(());
        };
        let value = match content {
            Content::List(items) => Value::List(items),
            Content::Map { entries, .. } => Value::Map(unique(merge_keys(entries)?, report)),
        };
        self.add(Node { at, value }, anchor)
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Failure> {
        self.spend(node.at, 1)?;
        if anchor != 0 {
            self.spend(node.at, node.size())?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map { entries, key }) => match key.take() {
                Some(key) => entries.push((key, node)),
                None => {
                    *key = Some(Key {
                        at: node.at,
                        text: key_text(&node)?,
                    });
                }
            },
        }
        Ok(())
    }

    /// Counts values before they are copied, so that a few aliases cannot stand for gigabytes.
    fn spend(&mut self, at: At, nodes: usize) -> Result<(), Failure> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MAX_NODES {
            return Err((at, "too-big", format!("the file holds more than {MAX_NODES} values")));
        }
        Ok(())
    }
}

/// Plain scalars by YAML 1.2's core schema: `yes` and `off` are text.
fn resolve(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    if style != ScalarStyle::Plain || tag.is_some_and(|tag| tag.suffix() == "str") {
        return Value::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let numeric = text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.'));
    match (numeric, text.parse::<i64>(), text.parse::<f64>()) {
        (true, Ok(whole), _) => Value::Int(whole),
        (true, _, Ok(fraction)) => Value::Float(fraction),
        _ => Value::Text(text.to_owned()),
    }
}

fn key_text(node: &Node) -> Result<String, Failure> {
    match &node.value {
        Value::Text(text) => Ok(text.clone()),
        Value::Bool(value) => Ok(value.to_string()),
        Value::Int(value) => Ok(value.to_string()),
        Value::Float(value) => Ok(value.to_string()),
        Value::Null | Value::List(_) | Value::Map(_) => Err((node.at, "wrong-type", "a key must be text".to_owned())),
    }
}

/// Resolves `<<`: the entries of the named mappings come after the mapping's own, and lose to them.
fn merge_keys(entries: Vec<(Key, Node)>) -> Result<Vec<(Key, Node)>, Failure> {
    if entries.iter().all(|(key, _)| key.text != "<<") {
        return Ok(entries);
    }
    let (merges, mut own): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(key, _)| key.text == "<<");
    let mut known: HashSet<String> = own.iter().map(|(key, _)| key.text.clone()).collect();
    for (_, node) in merges {
        let sources = match node.value {
            Value::List(items) => items,
            value => vec![Node { at: node.at, value }],
        };
        for source in sources {
            let Value::Map(inherited) = source.value else {
                return Err((
                    source.at,
                    "wrong-type",
                    "`<<` takes a mapping or a list of mappings".to_owned(),
                ));
            };
            own.extend(inherited.into_iter().filter(|(key, _)| known.insert(key.text.clone())));
        }
    }
    Ok(own)
}

/// Drops entries whose key was given before, and says so.
fn unique(mut entries: Vec<(Key, Node)>, report: &mut Report) -> Vec<(Key, Node)> {
    let mut seen = HashSet::new();
    entries.retain(|(key, _)| {
        let first = seen.insert(key.text.clone());
        if !first {
            report.error(key.at, "duplicate-key", format!("`{}` is given twice", key.text));
        }
        first
    });
    entries
}

impl Node {
    /// The value under a key; `null` counts as absent.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        let found = self
            .entries()
            .iter()
            .find(|(name, _)| name.text == key)
            .map(|(_, node)| node)?;
        (!matches!(found.value, Value::Null)).then_some(found)
    }

    /// The value under a path of keys.
    pub(crate) fn at_path(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The entries of a mapping; none for anything else.
    pub(crate) fn entries(&self) -> &[(Key, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list, or the value itself where one may stand for a list.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A scalar that may be text or a number, as text: a version, an id.
    pub(crate) fn word(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) => Some(text.clone()),
            Value::Int(value) => Some(value.to_string()),
            Value::Float(value) => Some(value.to_string()),
            _ => None,
        }
    }

    pub(crate) fn flag(&self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn whole(&self) -> Option<u32> {
        match self.value {
            Value::Int(value) => u32::try_from(value).ok(),
            _ => None,
        }
    }

    /// What kind of value this is, for people.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Int(_) | Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// What a copy costs: one for the value, and one more for every few bytes of text.
    fn size(&self) -> usize {
        match &self.value {
            Value::Text(text) => 1 + text.len() / 16,
            Value::List(items) => 1 + items.iter().map(Node::size).sum::<usize>(),
            Value::Map(entries) => 1 + entries.iter().map(|(_, node)| node.size()).sum::<usize>(),
            _ => 1,
        }
    }
}
