//! The form of a JSON value: the part of JSON Schema that can be checked in one pass over the value, without references
//! and without patterns.
//!
//! A keyword that is not among these is an error where the pack is read: a check that is silently left out is none.

use serde_json::Value as Json;

use crate::report::{Report, did_you_mean};
use crate::yaml::{Node, Value};

/// What a value must be. Absent conditions hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct JsonForm {
    types: Vec<Type>,
    any_of: Option<Vec<Json>>,
    properties: Vec<(String, JsonForm)>,
    required: Vec<String>,
    /// What keys beside `properties` must be; `Some(None)` allows none.
    others: Option<Option<Box<JsonForm>>>,
    items: Option<Box<JsonForm>>,
    /// In characters, items, and as a number: least and most.
    length: Bounds,
    count: Bounds,
    value: Bounds,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Bounds {
    least: Option<f64>,
    most: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

/// Keywords that say nothing about the value.
const REMARKS: &[&str] = &[
    "$schema",
    "$id",
    "$comment",
    "title",
    "description",
    "examples",
    "default",
];

const KEYWORDS: &[&str] = &[
    "type",
    "enum",
    "const",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
];

impl JsonForm {
    /// Reads a schema. `None` when something in it cannot be checked; the report says what.
    pub(crate) fn read(node: &Node, report: &mut Report) -> Option<Self> {
        if !matches!(node.value, Value::Map(_)) {
            report.error(
                node.at,
                "wrong-type",
                format!("expected a schema, found {}", node.kind()),
            );
            return None;
        }
        let mut form = JsonForm::default();
        let mut good = true;
        for (key, value) in node.entries() {
            if REMARKS.contains(&&*key.text) {
                continue;
            }
            if !KEYWORDS.contains(&&*key.text) {
                let help = did_you_mean(&key.text, KEYWORDS.iter().copied());
                let message = format!("`{}` of JSON Schema is not checked here", key.text);
                report.error(key.at, "unknown-key", message).help(help);
                good = false;
                continue;
            }
            let nested = ["properties", "items", "additionalProperties"].contains(&&*key.text);
            if form.take(&key.text, value, report).is_none() {
                good = false;
                if nested && matches!(value.value, Value::Map(_)) {
                    // What is wrong inside was said at its place.
                    continue;
                }
                let message = format!("`{}` cannot be {}", key.text, value.kind());
                report.error(value.at, "wrong-value", message);
            }
        }
        good.then_some(form)
    }

    fn take(&mut self, keyword: &str, node: &Node, report: &mut Report) -> Option<()> {
        match keyword {
            "type" => {
                self.types = node
                    .items()
                    .iter()
                    .map(|item| item.text().and_then(type_named))
                    .collect::<Option<_>>()?;
            }
            "enum" => self.any_of = Some(list(node)?.iter().map(json).collect()),
            "const" => self.any_of = Some(vec![json(node)]),
            "required" => {
                self.required = list(node)?
                    .iter()
                    .map(|item| item.text().map(str::to_owned))
                    .collect::<Option<_>>()?;
            }
            "properties" => {
                matches!(node.value, Value::Map(_)).then_some(())?;
                for (key, value) in node.entries() {
                    self.properties.push((key.text.clone(), JsonForm::read(value, report)?));
                }
            }
            "additionalProperties" => {
                self.others = match node.flag() {
                    Some(true) => None,
                    Some(false) => Some(None),
                    None => Some(Some(Box::new(JsonForm::read(node, report)?))),
                };
            }
            "items" => self.items = Some(Box::new(JsonForm::read(node, report)?)),
            "minLength" => self.length.least = Some(number(node)?),
            "maxLength" => self.length.most = Some(number(node)?),
            "minItems" => self.count.least = Some(number(node)?),
            "maxItems" => self.count.most = Some(number(node)?),
            "minimum" => self.value.least = Some(number(node)?),
            "maximum" => self.value.most = Some(number(node)?),
            _ => return None,
        }
        Some(())
    }

    /// True when the value has this form.
    pub(crate) fn fits(&self, value: &Json) -> bool {
        let typed = self.types.is_empty() || self.types.iter().any(|wanted| wanted.is_of(value));
        let listed = self
            .any_of
            .as_ref()
            .is_none_or(|values| values.iter().any(|known| same(known, value)));
        typed
            && listed
            && match value {
                Json::String(text) => self.length.hold(text.chars().count() as f64),
                Json::Number(number) => number.as_f64().is_some_and(|number| self.value.hold(number)),
                Json::Array(items) => {
                    let fit = |form: &JsonForm| items.iter().all(|item| form.fits(item));
                    self.count.hold(items.len() as f64) && self.items.as_deref().is_none_or(fit)
                }
                Json::Object(entries) => {
                    self.required.iter().all(|name| entries.contains_key(name))
                        && entries.iter().all(|(name, value)| self.entry_fits(name, value))
                }
                Json::Null | Json::Bool(_) => true,
            }
    }

    fn entry_fits(&self, name: &str, value: &Json) -> bool {
        match self.properties.iter().find(|(known, _)| known == name) {
            Some((_, form)) => form.fits(value),
            None => match &self.others {
                None => true,
                Some(None) => false,
                Some(Some(form)) => form.fits(value),
            },
        }
    }
}

impl Bounds {
    fn hold(self, value: f64) -> bool {
        self.least.is_none_or(|least| value >= least) && self.most.is_none_or(|most| value <= most)
    }
}

impl Type {
    fn is_of(self, value: &Json) -> bool {
        match self {
            Type::Null => value.is_null(),
            Type::Boolean => value.is_boolean(),
            Type::Integer => value.as_f64().is_some_and(|number| number.fract() == 0.0),
            Type::Number => value.is_number(),
            Type::String => value.is_string(),
            Type::Array => value.is_array(),
            Type::Object => value.is_object(),
        }
    }
}

/// `1` and `1.0` are one number in JSON Schema.
fn same(one: &Json, other: &Json) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

fn type_named(word: &str) -> Option<Type> {
    Some(match word {
        "null" => Type::Null,
        "boolean" => Type::Boolean,
        "integer" => Type::Integer,
        "number" => Type::Number,
        "string" => Type::String,
        "array" => Type::Array,
        "object" => Type::Object,
        _ => return None,
    })
}

fn list(node: &Node) -> Option<&[Node]> {
    match &node.value {
        Value::List(items) => Some(items),
        _ => None,
    }
}

fn number(node: &Node) -> Option<f64> {
    match node.value {
        Value::Int(value) => Some(value as f64),
        Value::Float(value) => Some(value),
        _ => None,
    }
}

fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::from(*value),
        Value::Int(value) => Json::from(*value),
        Value::Float(value) => Json::from(*value),
        Value::Text(text) => Json::from(text.as_str()),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| (key.text.clone(), json(value)));
            Json::Object(entries.collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::JsonForm;
    use crate::report::Report;
    use proptest::prelude::*;

    fn form(yaml: &str) -> Option<JsonForm> {
        let mut report = Report::default();
        let file = report.add_file("form.yaml").unwrap();
        let node = crate::yaml::parse(yaml, file, &mut report).unwrap();
        JsonForm::read(&node, &mut report)
    }

    #[test]
    fn a_value_fits_where_every_keyword_holds() {
        let form = form(
            "{type: object, required: [verdict, score], additionalProperties: false, properties: {verdict: {enum: [yes, no]}, \
             score: {type: integer, minimum: 0, maximum: 10}, tags: {type: array, maxItems: 2, items: {type: string, minLength: 1}}}}",
        )
        .unwrap();
        let fits = |text: &str| form.fits(&serde_json::from_str(text).unwrap());
        for good in [
            r#"{"verdict":"yes","score":3}"#,
            r#"{"verdict":"no","score":10.0,"tags":["a","b"]}"#,
        ] {
            assert!(fits(good), "{good}");
        }
        for bad in [
            r#"{"verdict":"maybe","score":3}"#,
            r#"{"verdict":"yes"}"#,
            r#"{"verdict":"yes","score":11}"#,
            r#"{"verdict":"yes","score":1.5}"#,
            r#"{"verdict":"yes","score":"3"}"#,
            r#"{"verdict":"yes","score":3,"more":1}"#,
            r#"{"verdict":"yes","score":3,"tags":["a","b","c"]}"#,
            r#"{"verdict":"yes","score":3,"tags":[""]}"#,
            "[]",
            "null",
        ] {
            assert!(!fits(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_not_checked_is_not_taken() {
        for yaml in [
            "{type: object, pattern: x}",
            "{type: objekt}",
            "{enum: yes}",
            "{items: 3}",
            "{properties: {a: {oneOf: []}}}",
            "{minLength: long}",
            "{properties: [a]}",
        ] {
            assert!(form(yaml).is_none(), "{yaml}");
        }
        assert!(form("{title: An answer, description: of a model}").is_some());
    }

    proptest! {
        #[test]
        fn a_constant_fits_itself(text in "[a-z0-9 ]{0,12}", number in -1_000_000i64..1_000_000) {
            let of = |text: &str| form(&format!("{{const: {text}}}")).unwrap();
            let quoted = serde_json::to_string(&text).unwrap();
            prop_assert!(of(&quoted).fits(&serde_json::Value::from(text)));
            prop_assert!(of(&number.to_string()).fits(&serde_json::Value::from(number)));
            prop_assert!(!of(&number.to_string()).fits(&serde_json::Value::from(number + 1)));
        }
    }
}
