//! Catalogue types from a tree, through serde, with the place of the value in every error.

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, Expected, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use std::fmt;

use crate::report::{At, Report, list, nearest};
use crate::yaml::{Key, Node, Value};

/// Reads a value of the catalogue's types; the first problem is reported.
pub(crate) fn read<T: de::DeserializeOwned>(node: &Node, report: &mut Report) -> Option<T> {
    match T::deserialize(NodeReader(node)) {
        Ok(value) => Some(value),
        Err(problem) => {
            let at = problem.at.unwrap_or(node.at);
            report.error(at, problem.code, problem.message).maybe_help(problem.help);
            None
        }
    }
}

#[derive(Debug)]
struct Problem {
    at: Option<At>,
    code: &'static str,
    message: String,
    help: Option<String>,
}

impl Problem {
    fn new(code: &'static str, message: String) -> Self {
        Self {
            at: None,
            code,
            message,
            help: None,
        }
    }

    /// The innermost place wins.
    fn or_at(mut self, at: At) -> Self {
        self.at.get_or_insert(at);
        self
    }

    fn one_of(code: &'static str, message: String, word: &str, expected: &[&str]) -> Self {
        let known = format!("known here: {}", list(expected.iter().copied()));
        let help = match nearest(word, expected.iter().copied()) {
            Some(candidate) => format!("did you mean `{candidate}`? {known}"),
            None => known,
        };
        Self {
            help: Some(help),
            ..Self::new(code, message)
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl de::Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new("wrong-value", message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new("wrong-type", format!("expected {expected}, found {found}"))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::one_of("unknown-key", format!("unknown key `{field}`"), field, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::one_of(
            "wrong-value",
            format!("`{variant}` is not allowed here"),
            variant,
            expected,
        )
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("missing-key", format!("`{field}` is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new("duplicate-key", format!("`{field}` is given twice"))
    }
}

struct NodeReader<'a>(&'a Node);

impl<'de> Deserializer<'de> for NodeReader<'_> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let at = self.0.at;
        let outcome = match &self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) => visitor.visit_i64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(text) => visitor.visit_str(text),
            Value::List(items) => SeqAccessDeserializer::new(Items(items.iter())).deserialize_any(visitor),
            Value::Map(entries) => MapAccessDeserializer::new(Entries {
                rest: entries.iter(),
                value: None,
            })
            .deserialize_any(visitor),
        };
        outcome.map_err(|problem| problem.or_at(at))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.0.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let at = self.0.at;
        let outcome = match &self.0.value {
            Value::Text(text) => visitor.visit_enum(de::value::StrDeserializer::<Problem>::new(text)),
            Value::Map(entries) if entries.len() == 1 => visitor.visit_enum(Variant {
                key: &entries[0].0,
                value: &entries[0].1,
            }),
            _ => Err(Problem::new(
                "wrong-type",
                format!("expected a word, found {}", self.0.kind()),
            )),
        };
        outcome.map_err(|problem| problem.or_at(at))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

struct Items<'a>(std::slice::Iter<'a, Node>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Problem> {
        self.0
            .next()
            .map(|node| seed.deserialize(NodeReader(node)).map_err(|e| e.or_at(node.at)))
            .transpose()
    }
}

struct Entries<'a> {
    rest: std::slice::Iter<'a, (Key, Node)>,
    value: Option<&'a Node>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        let reader = de::value::StrDeserializer::<Problem>::new(&key.text);
        seed.deserialize(reader)
            .map(Some)
            .map_err(|problem| problem.or_at(key.at))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let Some(node) = self.value.take() else {
            return Err(Problem::new("syntax", "a value without a key".to_owned()));
        };
        seed.deserialize(NodeReader(node))
            .map_err(|problem| problem.or_at(node.at))
    }
}

/// `variant: content`, for enums whose variants carry data.
struct Variant<'a> {
    key: &'a Key,
    value: &'a Node,
}

impl<'de, 'a> EnumAccess<'de> for Variant<'a> {
    type Error = Problem;
    type Variant = Content<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Content<'a>), Problem> {
        let reader = de::value::StrDeserializer::<Problem>::new(&self.key.text);
        let variant = seed.deserialize(reader).map_err(|problem| problem.or_at(self.key.at))?;
        Ok((variant, Content(self.value)))
    }
}

struct Content<'a>(&'a Node);

impl<'de> de::VariantAccess<'de> for Content<'_> {
    type Error = Problem;

    fn unit_variant(self) -> Result<(), Problem> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Problem> {
        seed.deserialize(NodeReader(self.0))
            .map_err(|problem| problem.or_at(self.0.at))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Problem> {
        NodeReader(self.0).deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        NodeReader(self.0).deserialize_any(visitor)
    }
}
