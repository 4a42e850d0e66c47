//! Whole answers of the responses interface.

use crate::Frame;
use crate::call::ToolCall;
use crate::error::ConvertError;
use crate::fields::Fields;
use crate::json::{Json, Object};
use crate::reply::{Part, Reply, Stop, Usage};

pub(crate) fn read(body: &[u8]) -> Result<Reply, ConvertError> {
    read_fields(Fields::of_body(body)?)
}

pub(crate) fn read_fields(mut fields: Fields) -> Result<Reply, ConvertError> {
    let status = fields.text("status")?;
    let details = fields.take("incomplete_details");
    let reason = details.as_ref().and_then(|details| details.text_at(&["reason"]));
    let stop = read_stop(status.as_deref(), reason).ok_or_else(|| fields.unknown("status"))?;
    let mut parts = Vec::new();
    for (place, json) in fields.list("output")? {
        item(Fields::of(json, &place)?, &mut parts)?;
    }
    let mut reply = Reply {
        id: fields.text("id")?.unwrap_or_default(),
        model: fields.text("model")?.unwrap_or_default(),
        parts,
        stop,
        usage: fields.take("usage").as_ref().map(read_usage).unwrap_or_default(),
    };
    reply.settle();
    Ok(reply)
}

fn item(mut item: Fields, parts: &mut Vec<Part>) -> Result<(), ConvertError> {
    match &*item.needed_text("type")? {
        "message" => {
            for (place, json) in item.list("content")? {
                let mut part = Fields::of(json, &place)?;
                parts.push(match &*part.needed_text("type")? {
                    "output_text" => Part::Text(part.needed_text("text")?),
                    "refusal" => Part::Refusal(part.needed_text("refusal")?),
                    _ => return Err(part.unknown("type")),
                });
                part.only("annotations", &[])?;
            }
        }
        "function_call" => parts.push(Part::Call(ToolCall {
            id: item.needed_text("call_id")?,
            name: item.needed_text("name")?,
            arguments: item.needed_text("arguments")?,
        })),
        // Thoughts of the model are no part of its answer.
        "reasoning" => {}
        _ => return Err(item.unknown("type")),
    }
    Ok(())
}

/// `None` for a word that nothing here knows.
pub(crate) fn read_stop(status: Option<&str>, reason: Option<&str>) -> Option<Stop> {
    Some(match (status, reason) {
        (Some("completed"), _) => Stop::End,
        (Some("incomplete"), Some("max_output_tokens")) => Stop::Length,
        (Some("incomplete"), Some("content_filter")) => Stop::Filtered,
        _ => return None,
    })
}

pub(crate) fn read_usage(usage: &Json) -> Usage {
    let count = |path: &[&str]| usage.whole_at(path).unwrap_or_default();
    Usage {
        input: count(&["input_tokens"]),
        cached: count(&["input_tokens_details", "cached_tokens"]),
        cache_written: 0,
        output: count(&["output_tokens"]),
        reasoning: count(&["output_tokens_details", "reasoning_tokens"]),
    }
}

pub(crate) fn write(reply: &Reply, frame: &Frame) -> Json {
    let output = reply
        .parts
        .iter()
        .enumerate()
        .map(|(number, part)| write_item(&item_id(&reply.id, number), part))
        .collect();
    let (status, _) = write_stop(&reply.stop);
    write_envelope(&reply.id, &reply.model, status, output, frame)
        .or_null("incomplete_details", write_details(&reply.stop))
        .with("usage", write_usage(&reply.usage))
        .into()
}

/// What stands in every state of a response. Of the request, it repeats what the caller said.
pub(crate) fn write_envelope(id: &str, model: &str, status: &str, output: Vec<Json>, frame: &Frame) -> Object {
    let mut object = Object::new()
        .with("id", id)
        .with("object", "response")
        .with("created_at", frame.created)
        .with("status", status)
        .with("error", Json::Null)
        .with("model", model)
        .with("output", output)
        .with("store", false);
    for (key, value) in &frame.repeated {
        object = object.with(key, value.clone());
    }
    object
}

pub(crate) fn item_id(id: &str, number: usize) -> String {
    format!("item_{number}_{id}")
}

pub(crate) fn write_item(id: &str, part: &Part) -> Json {
    match part {
        Part::Text(_) | Part::Refusal(_) => write_message(id, "completed", vec![write_part(part)]),
        Part::Call(call) => write_call(id, "completed", call),
    }
}

pub(crate) fn write_message(id: &str, status: &str, content: Vec<Json>) -> Json {
    Object::of_type("message")
        .with("id", id)
        .with("status", status)
        .with("role", "assistant")
        .with("content", content)
        .into()
}

pub(crate) fn write_part(part: &Part) -> Json {
    match part {
        Part::Refusal(text) => Object::of_type("refusal").with("refusal", &**text).into(),
        Part::Text(text) => write_text(text),
        Part::Call(call) => write_text(&call.arguments),
    }
}

fn write_text(text: &str) -> Json {
    Object::of_type("output_text")
        .with("text", text)
        .with("annotations", Vec::new())
        .with("logprobs", Vec::new())
        .into()
}

pub(crate) fn write_call(id: &str, status: &str, call: &ToolCall) -> Json {
    Object::of_type("function_call")
        .with("id", id)
        .with("status", status)
        .with("call_id", &*call.id)
        .with("name", &*call.name)
        .with("arguments", &*call.arguments)
        .into()
}

/// Status, and the name of the event that ends a stream so.
pub(crate) fn write_stop(stop: &Stop) -> (&'static str, &'static str) {
    match stop {
        Stop::End | Stop::Calls | Stop::Sequence(_) => ("completed", "response.completed"),
        Stop::Length | Stop::Filtered => ("incomplete", "response.incomplete"),
    }
}

fn write_details(stop: &Stop) -> Option<Object> {
    let reason = match stop {
        Stop::Length => "max_output_tokens",
        Stop::Filtered => "content_filter",
        Stop::End | Stop::Calls | Stop::Sequence(_) => return None,
    };
    Some(Object::new().with("reason", reason))
}

fn write_usage(usage: &Usage) -> Json {
    let read = Object::new().with("cached_tokens", usage.cached);
    let written = Object::new().with("reasoning_tokens", usage.reasoning);
    Object::new()
        .with("input_tokens", usage.input)
        .with("input_tokens_details", read)
        .with("output_tokens", usage.output)
        .with("output_tokens_details", written)
        .with("total_tokens", usage.input.saturating_add(usage.output))
        .into()
}
