//! Chat completions and legacy completions: `choices[i].delta.content` and its neighbours; whole answers carry
//! `choices[i].message`.

use super::super::restore::Kind;
use super::super::walk::{Value, Walk};
use super::{End, Mode, Reading};
use crate::json::JsonError;

pub(super) fn read(walk: &mut Walk<'_>, value: &Value, reading: &mut Reading) -> Result<(), JsonError> {
    if *value != Value::Object {
        return Ok(());
    }
    walk.members(|walk, key, value| match (key, value) {
        (b"choices", Value::Array) => walk.elements(|walk, place, value| choice(walk, place, &value, reading)),
        _ => Ok(()),
    })
}

fn choice(walk: &mut Walk<'_>, place: u64, value: &Value, reading: &mut Reading) -> Result<(), JsonError> {
    if *value != Value::Object {
        return Ok(());
    }
    let first = reading.fields.len();
    let (mut index, mut ended) = (place, false);
    walk.members(|walk, key, value| {
        match (key, value) {
            (b"index", Value::Number(span)) => index = walk.index(&span).unwrap_or(place),
            (b"text", Value::Text(span)) => reading.field(Kind::Text, 0, 0, span, Mode::Append),
            (b"delta", Value::Object) => return message(walk, Mode::Append, reading),
            (b"message", Value::Object) => return message(walk, Mode::Complete, reading),
            (b"finish_reason", Value::Text(_)) => ended = true,
            _ => {}
        }
        Ok(())
    })?;
    for field in &mut reading.fields[first..] {
        field.key.outer = index;
    }
    if ended {
        reading.end(End::Outer(index));
    }
    Ok(())
}

fn message(walk: &mut Walk<'_>, mode: Mode, reading: &mut Reading) -> Result<(), JsonError> {
    walk.members(|walk, key, value| {
        match (key, value) {
            (b"content", Value::Text(span)) => reading.field(Kind::Text, 0, 0, span, mode),
            (b"content", Value::Array) => return walk.elements(|walk, _, value| part(walk, &value, mode, reading)),
            (b"refusal", Value::Text(span)) => reading.field(Kind::Refusal, 0, 0, span, mode),
            (b"reasoning_content" | b"reasoning", Value::Text(span)) => reading.field(Kind::Thinking, 0, 0, span, mode),
            (b"function_call", Value::Object) => return function(walk, u64::MAX, mode, reading),
            (b"tool_calls", Value::Array) => {
                return walk.elements(|walk, place, value| tool(walk, place, &value, mode, reading));
            }
            _ => {}
        }
        Ok(())
    })
}

/// Content as a list of parts, as some compatible servers send it.
fn part(walk: &mut Walk<'_>, value: &Value, mode: Mode, reading: &mut Reading) -> Result<(), JsonError> {
    if *value != Value::Object {
        return Ok(());
    }
    walk.members(|_, key, value| {
        if let (b"text", Value::Text(span)) = (key, value) {
            reading.field(Kind::Text, 0, 0, span, mode);
        }
        Ok(())
    })
}

fn tool(walk: &mut Walk<'_>, place: u64, value: &Value, mode: Mode, reading: &mut Reading) -> Result<(), JsonError> {
    if *value != Value::Object {
        return Ok(());
    }
    let first = reading.fields.len();
    let mut index = place;
    walk.members(|walk, key, value| {
        match (key, value) {
            (b"index", Value::Number(span)) => index = walk.index(&span).unwrap_or(place),
            (b"function", Value::Object) => return function(walk, 0, mode, reading),
            (b"custom", Value::Object) => return custom(walk, mode, reading),
            _ => {}
        }
        Ok(())
    })?;
    for field in &mut reading.fields[first..] {
        field.key.inner = index;
    }
    Ok(())
}

fn function(walk: &mut Walk<'_>, inner: u64, mode: Mode, reading: &mut Reading) -> Result<(), JsonError> {
    walk.members(|_, key, value| {
        if let (b"arguments", Value::Text(span)) = (key, value) {
            reading.field(Kind::Arguments, 0, inner, span, mode);
        }
        Ok(())
    })
}

fn custom(walk: &mut Walk<'_>, mode: Mode, reading: &mut Reading) -> Result<(), JsonError> {
    walk.members(|_, key, value| {
        if let (b"input", Value::Text(span)) = (key, value) {
            reading.field(Kind::Input, 0, 0, span, mode);
        }
        Ok(())
    })
}
