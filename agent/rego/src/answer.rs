//! What a rule asks for, out of the engine's values. Values share their parts, so that a small one may be written out as a
//! huge text: what is longer than any answer is none.

use regorus::Value;
use serde_json::{Map, Value as Json};
use weir_policy::RegoFailure;

/// Values and bytes of text in an answer.
const LONGEST: usize = 64 * 1024;
/// Deepest nesting: a set of objects with texts.
const DEPTH: usize = 4;

pub(crate) fn read(value: &Value) -> Result<Json, RegoFailure> {
    json(value, DEPTH, &mut LONGEST.clone())
}

fn json(value: &Value, depth: usize, left: &mut usize) -> Result<Json, RegoFailure> {
    spend(left, 1)?;
    let below = depth.checked_sub(1);
    let inner = |value: &Value, left: &mut usize| json(value, below.ok_or(RegoFailure::Failed)?, left);
    Ok(match value {
        Value::Undefined | Value::Null => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Number(number) => number.as_u64().map_or(Json::Null, Json::from),
        Value::String(text) => text_of(text, left)?,
        Value::Array(items) => items.iter().map(|item| inner(item, left)).collect::<Result<_, _>>()?,
        Value::Set(items) => items.iter().map(|item| inner(item, left)).collect::<Result<_, _>>()?,
        Value::Object(entries) => {
            let mut object = Map::new();
            for (key, value) in entries.iter() {
                let Value::String(key) = key else {
                    return Err(RegoFailure::Failed);
                };
                spend(left, key.len())?;
                object.insert(key.to_string(), inner(value, left)?);
            }
            Json::Object(object)
        }
    })
}

fn text_of(text: &str, left: &mut usize) -> Result<Json, RegoFailure> {
    spend(left, text.len())?;
    Ok(Json::from(text))
}

fn spend(left: &mut usize, amount: usize) -> Result<(), RegoFailure> {
    *left = left.checked_sub(amount).ok_or(RegoFailure::Memory)?;
    Ok(())
}
