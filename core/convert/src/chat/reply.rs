//! Whole answers of the chat completions interface.

use crate::Frame;
use crate::call::ToolCall;
use crate::chat::request::{tool_call, write_call};
use crate::error::ConvertError;
use crate::fields::Fields;
use crate::json::{Json, Object};
use crate::reply::{Part, Reply, Stop, Usage};

pub(crate) fn read(body: &[u8]) -> Result<Reply, ConvertError> {
    let mut fields = Fields::of_body(body)?;
    let choices = fields.list("choices")?;
    let [(place, choice)] = <[_; 1]>::try_from(choices).map_err(|_| fields.wrong("choices"))?;
    let mut choice = Fields::of(choice, &place)?;
    let stop = choice.text("finish_reason")?;
    let stop = read_stop(stop.as_deref()).ok_or_else(|| choice.unknown("finish_reason"))?;
    let message = choice.inner("message")?.ok_or_else(|| choice.wrong("message"))?;
    let mut reply = Reply {
        id: fields.text("id")?.unwrap_or_default(),
        model: fields.text("model")?.unwrap_or_default(),
        parts: parts(message)?,
        stop,
        usage: fields.take("usage").as_ref().map(read_usage).unwrap_or_default(),
    };
    reply.settle();
    Ok(reply)
}

fn parts(mut message: Fields) -> Result<Vec<Part>, ConvertError> {
    let mut parts = Vec::new();
    parts.extend(message.text("content")?.filter(|text| !text.is_empty()).map(Part::Text));
    parts.extend(message.text("refusal")?.map(Part::Refusal));
    for (place, json) in message.list("tool_calls")? {
        let call: ToolCall = tool_call(Fields::of(json, &place)?)?;
        parts.push(Part::Call(call));
    }
    // Thoughts of the model are no part of its answer.
    message.done(&["role", "reasoning", "reasoning_content", "reasoning_details"])?;
    Ok(parts)
}

/// `None` for a word that nothing here knows.
pub(crate) fn read_stop(word: Option<&str>) -> Option<Stop> {
    Some(match word {
        Some("stop") => Stop::End,
        Some("length") => Stop::Length,
        Some("tool_calls") => Stop::Calls,
        Some("content_filter") => Stop::Filtered,
        _ => return None,
    })
}

pub(crate) fn read_usage(usage: &Json) -> Usage {
    let count = |path: &[&str]| usage.whole_at(path).unwrap_or_default();
    Usage {
        input: count(&["prompt_tokens"]),
        cached: count(&["prompt_tokens_details", "cached_tokens"]),
        cache_written: 0,
        output: count(&["completion_tokens"]),
        reasoning: count(&["completion_tokens_details", "reasoning_tokens"]),
    }
}

pub(crate) fn write(reply: &Reply, frame: &Frame) -> Json {
    let calls: Vec<Json> = reply
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Call(call) => Some(write_call(call)),
            Part::Text(_) | Part::Refusal(_) => None,
        })
        .collect();
    let message = Object::new()
        .with("role", "assistant")
        .or_null("content", reply.texts())
        .or_null("refusal", reply.refusal())
        .maybe("tool_calls", (!calls.is_empty()).then_some(calls));
    let choice = Object::new()
        .with("index", 0_u64)
        .with("message", message)
        .with("logprobs", Json::Null)
        .with("finish_reason", write_stop(&reply.stop));
    Object::new()
        .with("id", &*reply.id)
        .with("object", "chat.completion")
        .with("created", frame.created)
        .with("model", &*reply.model)
        .with("choices", vec![choice.into()])
        .with("usage", write_usage(&reply.usage))
        .into()
}

pub(crate) fn write_stop(stop: &Stop) -> &'static str {
    match stop {
        Stop::End | Stop::Sequence(_) => "stop",
        Stop::Length => "length",
        Stop::Calls => "tool_calls",
        Stop::Filtered => "content_filter",
    }
}

pub(crate) fn write_usage(usage: &Usage) -> Json {
    let read = Object::new().with("cached_tokens", usage.cached);
    let written = Object::new().with("reasoning_tokens", usage.reasoning);
    Object::new()
        .with("prompt_tokens", usage.input)
        .with("completion_tokens", usage.output)
        .with("total_tokens", usage.input.saturating_add(usage.output))
        .with("prompt_tokens_details", read)
        .with("completion_tokens_details", written)
        .into()
}
