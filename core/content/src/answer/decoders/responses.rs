//! Typed events of the Responses interface: `response.output_text.delta` and its relatives, each followed by a `.done`
//! with the whole text; the last event, and whole answers, carry `output[]`.

use std::ops::Range;

use super::super::restore::Kind;
use super::super::walk::{Value, Walk};
use super::{End, Field, Mode, Reading, digest};
use crate::json::JsonError;

/// What came so far.
#[derive(Default)]
pub(super) struct Stream {
    /// Some of the answer came in pieces: the last event only repeats it, under numbers of its own.
    in_pieces: bool,
}

impl Stream {
    pub(super) fn read(&mut self, walk: &mut Walk<'_>, value: &Value, reading: &mut Reading) -> Result<(), JsonError> {
        read_event(walk, value, reading)?;
        self.in_pieces |= reading.fields.iter().any(|field| field.mode == Mode::Append);
        if self.in_pieces && reading.ends.contains(&End::All) {
            for field in &mut reading.fields {
                field.judged = false;
            }
        }
        Ok(())
    }
}

/// The same events on a connection that carries one answer after the other: each has channels of its own.
pub(super) fn read_realtime(walk: &mut Walk<'_>, value: &Value, reading: &mut Reading) -> Result<(), JsonError> {
    let scope = read_event(walk, value, reading)?;
    for field in &mut reading.fields {
        field.key.outer = field.key.outer.wrapping_add(scope);
    }
    for end in &mut reading.ends {
        if let End::Outer(outer) = end {
            *outer = outer.wrapping_add(scope);
        }
    }
    Ok(())
}

/// Returns a number made of the id of the answer.
fn read_event(walk: &mut Walk<'_>, value: &Value, reading: &mut Reading) -> Result<u64, JsonError> {
    let mut scope = 0;
    if *value != Value::Object {
        return Ok(scope);
    }
    let mut event = Event::default();
    walk.members(|walk, key, value| {
        match (key, value) {
            (b"type", Value::Text(span)) => event.kind = walk.raw(&span),
            (b"output_index", Value::Number(span)) => event.outer = walk.index(&span).unwrap_or(0),
            (b"content_index" | b"summary_index", Value::Number(span)) => event.inner = walk.index(&span).unwrap_or(0),
            (b"delta", Value::Text(span)) => event.delta = Some(span),
            (b"text" | b"refusal" | b"arguments" | b"input" | b"code" | b"transcript", Value::Text(span)) => {
                event.whole = Some(span);
            }
            (b"output", Value::Array) => return output(walk, reading),
            (b"response", Value::Object) => {
                return walk.members(|walk, key, value| match (key, value) {
                    (b"output", Value::Array) => output(walk, reading),
                    (b"id", Value::Text(span)) => {
                        scope = digest(walk.raw(&span));
                        Ok(())
                    }
                    _ => Ok(()),
                });
            }
            (b"response_id", Value::Text(span)) => scope = digest(walk.raw(&span)),
            _ => {}
        }
        Ok(())
    })?;
    event.tell(reading);
    Ok(scope)
}

#[derive(Default)]
struct Event<'a> {
    kind: &'a [u8],
    outer: u64,
    inner: u64,
    delta: Option<Range<usize>>,
    whole: Option<Range<usize>>,
}

impl Event<'_> {
    fn tell(self, reading: &mut Reading) {
        let kind = self.kind.strip_prefix(b"response.").unwrap_or(self.kind);
        if let Some((kind, delta)) = kind.strip_suffix(b".delta").and_then(channel).zip(self.delta) {
            reading.field(kind, self.outer, self.inner, delta, Mode::Append);
        } else if let Some((kind, whole)) = kind.strip_suffix(b".done").and_then(channel).zip(self.whole) {
            reading.field(kind, self.outer, self.inner, whole, Mode::Complete);
        }
        match kind {
            b"output_item.done" => reading.end(End::Outer(self.outer)),
            b"completed" | b"incomplete" | b"failed" | b"done" => reading.end(End::All),
            _ => {}
        }
    }
}

/// The channel of an event's name, without its ending.
fn channel(name: &[u8]) -> Option<Kind> {
    Some(match name {
        b"output_text" | b"text" | b"audio.transcript" | b"audio_transcript" | b"output_audio_transcript" => Kind::Text,
        b"refusal" => Kind::Refusal,
        b"reasoning_text" | b"reasoning" | b"reasoning_summary_text" | b"reasoning_summary" => Kind::Thinking,
        b"function_call_arguments" | b"mcp_call_arguments" | b"mcp_call.arguments" => Kind::Arguments,
        b"custom_tool_call_input" | b"code_interpreter_call_code" | b"code_interpreter_call.code" => Kind::Input,
        _ => return None,
    })
}

fn output(walk: &mut Walk<'_>, reading: &mut Reading) -> Result<(), JsonError> {
    walk.elements(|walk, place, value| match value {
        Value::Object => item(walk, place, reading),
        _ => Ok(()),
    })
}

fn item(walk: &mut Walk<'_>, place: u64, reading: &mut Reading) -> Result<(), JsonError> {
    let first = reading.fields.len();
    let mut reasoning = false;
    walk.members(|walk, key, value| {
        match (key, value) {
            (b"type", Value::Text(span)) => reasoning = walk.raw(&span) == b"reasoning",
            (b"content", Value::Array) => {
                return walk.elements(|walk, inner, value| part(walk, place, inner, &value, reading));
            }
            (b"summary", Value::Array) => {
                let from = reading.fields.len();
                walk.elements(|walk, inner, value| part(walk, place, inner, &value, reading))?;
                think(&mut reading.fields[from..]);
            }
            (b"arguments", Value::Text(span)) => reading.field(Kind::Arguments, place, 0, span, Mode::Complete),
            (b"input" | b"code", Value::Text(span)) => reading.field(Kind::Input, place, 0, span, Mode::Complete),
            _ => {}
        }
        Ok(())
    })?;
    if reasoning {
        think(&mut reading.fields[first..]);
    }
    Ok(())
}

/// What looked like text is a thought.
fn think(fields: &mut [Field]) {
    for field in fields.iter_mut().filter(|field| field.key.kind == Kind::Text) {
        field.key.kind = Kind::Thinking;
    }
}

fn part(walk: &mut Walk<'_>, outer: u64, inner: u64, value: &Value, reading: &mut Reading) -> Result<(), JsonError> {
    if *value != Value::Object {
        return Ok(());
    }
    walk.members(|_, key, value| {
        match (key, value) {
            (b"text" | b"transcript", Value::Text(span)) => {
                reading.field(Kind::Text, outer, inner, span, Mode::Complete);
            }
            (b"refusal", Value::Text(span)) => reading.field(Kind::Refusal, outer, inner, span, Mode::Complete),
            _ => {}
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::restore::Kind;
    use super::super::{Reading, walk};
    use super::Stream;

    #[test]
    fn summaries_are_thoughts_wherever_they_stand_and_so_is_all_of_reasoning() {
        let summary = r#"[{"text":"a"},{"refusal":"b"},{"text":"c"}]"#;
        let content = r#"[{"text":"d"}]"#;
        let (text, refusal, thought) = (Kind::Text, Kind::Refusal, Kind::Thinking);
        for (item, kinds) in [
            (
                format!(r#"{{"summary":{summary},"content":{content},"summary":{summary}}}"#),
                vec![thought, refusal, thought, text, thought, refusal, thought],
            ),
            (
                format!(r#"{{"content":{content},"summary":{summary},"type":"reasoning"}}"#),
                vec![thought, thought, refusal, thought],
            ),
        ] {
            let answer = format!(r#"{{"output":[{{"content":{content}}},{item}]}}"#);
            let (mut reading, mut stream) = (Reading::default(), Stream::default());
            walk(
                answer.as_bytes(),
                Box::new(|walk, value, reading| stream.read(walk, value, reading)),
                &mut reading,
            )
            .unwrap();
            let read: Vec<Kind> = reading.fields.iter().map(|field| field.key.kind).collect();
            assert_eq!(read[0], text, "the item before it keeps its kind");
            assert_eq!(read[1..], kinds, "{item}");
        }
    }
}
