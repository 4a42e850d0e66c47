//! The grammar in which the pack format is written down, and the check of a tree against it.
//!
//! One description serves the check, the messages and the JSON Schema, so that they cannot drift apart. What the keys
//! mean is the business of the modules that read them: this one knows only their kinds.

use crate::report::{Report, did_you_mean, list, nearest};
use crate::yaml::{Key, Node, Value};

/// What a value may be.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    /// `true` or `false`.
    Flag,
    /// Text.
    Text,
    /// Text or a number, kept as written.
    Word,
    /// A whole number in a range.
    Whole { min: u32, max: u32 },
    /// A number in a range.
    Decimal { min: u32, max: u32 },
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// A list.
    List(&'static Shape),
    /// One value or a list of them.
    OneOrMore(&'static Shape),
    /// A mapping with known keys.
    Map(&'static [Field]),
    /// A mapping with keys of the writer's own.
    Table(&'static Shape),
    /// A mapping where one is given, else the other.
    MapOr(&'static [Field], &'static Shape),
    /// A mapping with known keys and any others.
    Open(&'static [Field]),
    /// A mapping with known keys, and keys of the catalogue's with values of one shape.
    Extended(&'static [Field], &'static Shape),
    /// The configuration blocks of the chain's members, by the member's name.
    Members,
}

/// One key of a mapping.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) shape: Shape,
    pub(crate) about: &'static str,
}

/// A key that may be left out.
pub(crate) const fn field(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field {
        name,
        required: false,
        shape,
        about,
    }
}

/// A key that must be given.
pub(crate) const fn required(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field {
        name,
        required: true,
        shape,
        about,
    }
}

/// Reports everything in the tree that the shape does not allow.
pub(crate) fn check(node: &Node, shape: Shape, report: &mut Report) {
    if matches!(node.value, Value::Null) {
        return;
    }
    match (shape, &node.value) {
        (Shape::Flag, Value::Bool(_))
        | (Shape::Text, Value::Text(_))
        | (Shape::Word, Value::Text(_) | Value::Int(_) | Value::Float(_)) => {}
        (Shape::Whole { min, max }, Value::Int(value)) => check_range(node, *value, min, max, report),
        (Shape::Decimal { min, max }, Value::Int(value)) => check_range(node, *value, min, max, report),
        (Shape::Decimal { min, max }, Value::Float(value)) => check_decimal(node, *value, min, max, report),
        (Shape::Choice(words), Value::Text(word)) => check_choice(node, word, words, report),
        (Shape::List(item), Value::List(items)) | (Shape::OneOrMore(item), Value::List(items)) => {
            items.iter().for_each(|node| check(node, *item, report));
        }
        (Shape::OneOrMore(item), _) => check(node, *item, report),
        (Shape::Map(fields) | Shape::MapOr(fields, _), Value::Map(entries)) => {
            check_fields(node, entries, fields, report);
        }
        (Shape::MapOr(_, other), _) => check(node, *other, report),
        (Shape::Open(fields), Value::Map(entries)) => {
            for (key, value) in entries {
                if let Some(field) = fields.iter().find(|field| field.name == key.text) {
                    check(value, field.shape, report);
                }
            }
        }
        (Shape::Extended(fields, other), Value::Map(entries)) => {
            for (key, value) in entries {
                let known = fields.iter().find(|field| field.name == key.text);
                check(value, known.map_or(*other, |field| field.shape), report);
            }
        }
        (Shape::Table(item), Value::Map(entries)) => {
            entries.iter().for_each(|(_, node)| check(node, *item, report));
        }
        (Shape::Members, Value::Map(entries)) => check_members(entries, report),
        _ => wrong_type(node, shape, report),
    }
}

fn check_fields(node: &Node, entries: &[(Key, Node)], fields: &[Field], report: &mut Report) {
    for (key, value) in entries {
        match fields.iter().find(|field| field.name == key.text) {
            Some(field) => check(value, field.shape, report),
            None => unknown_key(key, fields.iter().map(|field| field.name), report),
        }
    }
    for field in fields
        .iter()
        .filter(|field| field.required && node.get(field.name).is_none())
    {
        report
            .error(node.at, "missing-key", format!("`{}` is missing", field.name))
            .help(format!("`{}`: {}", field.name, field.about));
    }
}

fn check_members(entries: &[(Key, Node)], report: &mut Report) {
    for (key, value) in entries {
        match crate::chain::registration(&key.text) {
            Some(registration) => check(value, registration.shape, report),
            None => unknown_key(key, crate::chain::names(), report),
        }
    }
}

/// An unknown key is an error: a misspelled requirement would otherwise silently not be there.
fn unknown_key<'a>(key: &Key, known: impl Iterator<Item = &'a str> + Clone, report: &mut Report) {
    let help = did_you_mean(&key.text, known);
    report
        .error(key.at, "unknown-key", format!("unknown key `{}`", key.text))
        .help(help);
}

fn check_range(node: &Node, value: i64, min: u32, max: u32, report: &mut Report) {
    if value < i64::from(min) || value > i64::from(max) {
        report.error(
            node.at,
            "wrong-value",
            format!("`{value}` is not between {min} and {max}"),
        );
    }
}

fn check_decimal(node: &Node, value: f64, min: u32, max: u32, report: &mut Report) {
    if !(f64::from(min)..=f64::from(max)).contains(&value) {
        report.error(
            node.at,
            "wrong-value",
            format!("`{value}` is not between {min} and {max}"),
        );
    }
}

fn check_choice(node: &Node, word: &str, words: &[&str], report: &mut Report) {
    if words.contains(&word) {
        return;
    }
    let allowed = format!("allowed: {}", list(words.iter().copied()));
    let help = match nearest(word, words.iter().copied()) {
        Some(candidate) => format!("did you mean `{candidate}`? {allowed}"),
        None => allowed,
    };
    report
        .error(node.at, "wrong-value", format!("`{word}` is not allowed here"))
        .help(help);
}

fn wrong_type(node: &Node, shape: Shape, report: &mut Report) {
    let diagnostic = report.error(
        node.at,
        "wrong-type",
        format!("expected {}, found {}", expected(shape), node.kind()),
    );
    match (shape, &node.value) {
        (Shape::Flag, Value::Text(word)) if matches!(&*word.to_lowercase(), "yes" | "on") => {
            diagnostic.help("write `true`");
        }
        (Shape::Flag, Value::Text(word)) if matches!(&*word.to_lowercase(), "no" | "off") => {
            diagnostic.help("write `false`");
        }
        (Shape::Text, Value::Int(_) | Value::Float(_) | Value::Bool(_)) => diagnostic.help("put it in quotes"),
        (Shape::Choice(words), _) => diagnostic.help(format!("allowed: {}", list(words.iter().copied()))),
        _ => {}
    }
}

fn expected(shape: Shape) -> &'static str {
    match shape {
        Shape::Flag => "`true` or `false`",
        Shape::Text | Shape::Word => "text",
        Shape::Whole { .. } => "a whole number",
        Shape::Decimal { .. } => "a number",
        Shape::Choice(_) => "a word",
        Shape::List(_) => "a list",
        Shape::OneOrMore(item) | Shape::MapOr(_, item) => expected(*item),
        Shape::Map(_) | Shape::Table(_) | Shape::Open(_) | Shape::Extended(..) | Shape::Members => "a mapping",
    }
}
