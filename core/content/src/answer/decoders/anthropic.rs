//! Content blocks: `content_block_delta` with text, thinking or partial JSON; whole answers carry `content[]`.
//!
//! The `index` of an event is the channel. Thinking is signed by the provider and sent back by the client, so it is
//! restored only where the model wrote a surrogate exactly as given: then sending it back gives the same bytes.

use super::super::restore::Kind;
use super::super::walk::{Value, Walk};
use super::{End, Mode, Reading};
use crate::json::JsonError;

pub(super) fn read(walk: &mut Walk<'_>, value: &Value, reading: &mut Reading) -> Result<(), JsonError> {
    if *value != Value::Object {
        return Ok(());
    }
    let (mut index, mut kind) = (0, b"".as_slice());
    let mut whole = false;
    walk.members(|walk, key, value| {
        match (key, value) {
            (b"type", Value::Text(span)) => kind = walk.raw(&span),
            (b"index", Value::Number(span)) => index = walk.index(&span).unwrap_or(0),
            (b"delta", Value::Object) => return block(walk, 0, Mode::Append, reading),
            (b"content_block", Value::Object) => return block(walk, 0, Mode::Restart, reading),
            (b"completion", Value::Text(span)) => reading.field(Kind::Text, 0, 0, span, Mode::Append),
            (b"content", Value::Array) => {
                whole = true;
                return walk.elements(|walk, place, value| match value {
                    Value::Object => block(walk, place, Mode::Complete, reading),
                    _ => Ok(()),
                });
            }
            _ => {}
        }
        Ok(())
    })?;
    if !whole {
        for field in &mut reading.fields {
            field.key.outer = index;
        }
    }
    match kind {
        b"content_block_stop" => reading.end(End::Outer(index)),
        b"message_stop" => reading.end(End::All),
        _ => {}
    }
    Ok(())
}

fn block(walk: &mut Walk<'_>, place: u64, mode: Mode, reading: &mut Reading) -> Result<(), JsonError> {
    walk.members(|walk, key, value| {
        match (key, value) {
            (b"text", Value::Text(span)) => reading.field(Kind::Text, place, 0, span, mode),
            (b"thinking", Value::Text(span)) => reading.field(Kind::Signed, place, 0, span, mode),
            (b"partial_json", Value::Text(span)) => reading.field(Kind::Arguments, place, 0, span, mode),
            (b"input", Value::Object) if mode == Mode::Complete => {
                let span = walk.whole()?;
                reading.field(Kind::Call, place, 0, span, Mode::Seen);
            }
            _ => {}
        }
        Ok(())
    })
}
