//! The JSON Schema of packs, for editors, from the same description that checks them.

use serde_json::{Map, Value, json};

use crate::chain;
use crate::format::PACK_FIELDS;
use crate::shape::{Field, Shape};

/// The schema, pretty-printed, with a newline at its end.
#[must_use]
pub fn pack_schema() -> String {
    let Value::Object(mut schema) = object(PACK_FIELDS, false) else {
        return String::new();
    };
    schema.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    schema.insert("title".to_owned(), json!("Weir policy pack"));
    let mut text = serde_json::to_string_pretty(&Value::Object(schema)).unwrap_or_default();
    text.push('\n');
    text
}

fn object(fields: &[Field], open: bool) -> Value {
    let mut properties = Map::new();
    for field in fields {
        let mut value = of(field.shape);
        if let Value::Object(value) = &mut value {
            value.insert("description".to_owned(), json!(field.about));
        }
        properties.insert(field.name.to_owned(), value);
    }
    let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": open});
    let required: Vec<&str> = fields
        .iter()
        .filter(|field| field.required)
        .map(|field| field.name)
        .collect();
    if let Value::Object(schema) = &mut schema
        && !required.is_empty()
    {
        schema.insert("required".to_owned(), json!(required));
    }
    schema
}

fn of(shape: Shape) -> Value {
    match shape {
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Text => json!({"type": "string"}),
        Shape::Word => json!({"type": ["string", "number"]}),
        Shape::Whole { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Shape::Decimal { min, max } => json!({"type": "number", "minimum": min, "maximum": max}),
        Shape::Choice(words) => json!({"enum": words}),
        Shape::List(item) => json!({"type": "array", "items": of(*item)}),
        Shape::OneOrMore(item) => json!({"anyOf": [of(*item), {"type": "array", "items": of(*item)}]}),
        Shape::Map(fields) => object(fields, false),
        Shape::Open(fields) => object(fields, true),
        Shape::Extended(fields, other) => {
            let mut schema = object(fields, true);
            schema["additionalProperties"] = of(*other);
            schema
        }
        Shape::MapOr(fields, other) => json!({"anyOf": [object(fields, false), of(*other)]}),
        Shape::Table(item) => json!({"type": "object", "additionalProperties": of(*item)}),
        Shape::Members => members(),
    }
}

fn members() -> Value {
    let mut properties = Map::new();
    for registration in chain::registrations() {
        let mut value = of(registration.shape);
        if let Value::Object(value) = &mut value {
            value.insert("description".to_owned(), json!(registration.about));
        }
        properties.insert(registration.member.as_str().to_owned(), value);
    }
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}
