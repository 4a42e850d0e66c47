//! Whole answers of the messages interface.

use weir_model::Interface;

use crate::anthropic::request::object_of;
use crate::call::ToolCall;
use crate::error::{ConvertError, Problem};
use crate::fields::{Fields, join};
use crate::json::{Json, Object};
use crate::reply::{Part, Reply, Stop, Usage};

pub(crate) fn read(body: &[u8]) -> Result<Reply, ConvertError> {
    let mut fields = Fields::of_body(body)?;
    let stop = fields.text("stop_reason")?;
    let sequence = fields.text("stop_sequence")?;
    let mut parts = Vec::new();
    for (place, json) in fields.list("content")? {
        parts.extend(part(Fields::of(json, &place)?)?);
    }
    Ok(Reply {
        id: fields.text("id")?.unwrap_or_default(),
        model: fields.text("model")?.unwrap_or_default(),
        parts,
        stop: read_stop(stop.as_deref(), sequence).ok_or_else(|| fields.unknown("stop_reason"))?,
        usage: fields
            .take("usage")
            .map(|usage| read_usage(&usage, Usage::default()))
            .unwrap_or_default(),
    })
}

fn part(mut block: Fields) -> Result<Option<Part>, ConvertError> {
    Ok(Some(match &*block.needed_text("type")? {
        "text" => {
            block.only("citations", &[])?;
            Part::Text(block.needed_text("text")?)
        }
        "tool_use" => Part::Call(ToolCall {
            id: block.needed_text("id")?,
            name: block.needed_text("name")?,
            arguments: block.take("input").ok_or_else(|| block.wrong("input"))?.to_text(),
        }),
        // Thoughts of the model are no part of its answer.
        "thinking" | "redacted_thinking" => return Ok(None),
        _ => return Err(block.unknown("type")),
    }))
}

/// `None` for a word that nothing here knows.
pub(crate) fn read_stop(word: Option<&str>, sequence: Option<String>) -> Option<Stop> {
    Some(match word {
        Some("end_turn") => Stop::End,
        Some("max_tokens" | "model_context_window_exceeded") => Stop::Length,
        Some("tool_use") => Stop::Calls,
        Some("stop_sequence") => Stop::Sequence(sequence),
        Some("refusal") => Stop::Filtered,
        _ => return None,
    })
}

/// What is said later replaces what was said before.
pub(crate) fn read_usage(usage: &Json, before: Usage) -> Usage {
    let count = |key: &str| usage.whole_at(&[key]);
    let cached = count("cache_read_input_tokens").unwrap_or(before.cached);
    let cache_written = count("cache_creation_input_tokens").unwrap_or(before.cache_written);
    let plain_before = before.input.saturating_sub(before.cached + before.cache_written);
    let plain = count("input_tokens").unwrap_or(plain_before);
    Usage {
        input: plain.saturating_add(cached).saturating_add(cache_written),
        cached,
        cache_written,
        output: count("output_tokens").unwrap_or(before.output),
        reasoning: before.reasoning,
    }
}

pub(crate) fn write(reply: &Reply) -> Result<Json, ConvertError> {
    let content: Vec<Json> = reply
        .parts
        .iter()
        .enumerate()
        .map(|(number, part)| write_part(number, part))
        .collect::<Result<_, _>>()?;
    let (word, sequence) = write_stop(&reply.stop, reply.refusal().is_some());
    Ok(Object::new()
        .with("id", &*reply.id)
        .with("type", "message")
        .with("role", "assistant")
        .with("model", &*reply.model)
        .with("content", content)
        .with("stop_reason", word)
        .or_null("stop_sequence", sequence)
        .with("usage", write_usage(&reply.usage))
        .into())
}

fn write_part(number: usize, part: &Part) -> Result<Json, ConvertError> {
    let place = join("content", &number.to_string());
    Ok(match part {
        // A refusal is text here, and the reason to stop says what it is.
        Part::Text(text) | Part::Refusal(text) => Object::of_type("text").with("text", &**text),
        Part::Call(call) => {
            let input = object_of(&call.arguments);
            let input = input.ok_or_else(|| ConvertError::new(&place, Problem::NotIn(Interface::AnthropicMessages)))?;
            Object::of_type("tool_use")
                .with("id", &*call.id)
                .with("name", &*call.name)
                .with("input", input)
        }
    }
    .into())
}

pub(crate) fn write_stop(stop: &Stop, refused: bool) -> (&'static str, Option<&str>) {
    match stop {
        Stop::End if refused => ("refusal", None),
        Stop::End => ("end_turn", None),
        Stop::Length => ("max_tokens", None),
        Stop::Calls => ("tool_use", None),
        Stop::Sequence(sequence) => ("stop_sequence", sequence.as_deref()),
        Stop::Filtered => ("refusal", None),
    }
}

pub(crate) fn write_usage(usage: &Usage) -> Json {
    let plain = usage
        .input
        .saturating_sub(usage.cached.saturating_add(usage.cache_written));
    Object::new()
        .with("input_tokens", plain)
        .with("cache_creation_input_tokens", usage.cache_written)
        .with("cache_read_input_tokens", usage.cached)
        .with("output_tokens", usage.output)
        .into()
}
