//! Requests of the chat completions interface.

use weir_model::Interface;

use crate::call::{Block, Call, Choice, Format, Image, Role, Source, Tool, ToolCall, ToolResult, Turn};
use crate::error::{ConvertError, Problem};
use crate::fields::{At, Fields, join, numbered};
use crate::json::{Json, Object};

const SELF: Interface = Interface::OpenAiChat;

/// What changes nothing in the answer: accounting, caching, and hints that may be ignored.
const IDLE: &[&str] = &[
    "metadata",
    "service_tier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "prediction",
    "safety_identifier",
    // Says how usage is told; the writer of the answer reads it from the request itself.
    "stream_options",
];

pub(crate) fn read(body: &[u8]) -> Result<Call, ConvertError> {
    let mut fields = Fields::of_body(body)?;
    usual(&mut fields)?;
    let max_tokens = fields.whole("max_completion_tokens")?;
    let older_max_tokens = fields.whole("max_tokens")?;
    let call = Call {
        model: fields.needed_text("model")?,
        turns: turns(&mut fields)?,
        tools: tools(&mut fields)?,
        choice: choice(&mut fields, &["function", "name"])?,
        parallel: fields.flag("parallel_tool_calls")?,
        max_tokens: max_tokens.or(older_max_tokens),
        temperature: fields.number("temperature")?,
        top_p: fields.number("top_p")?,
        stop: At::new("stop", stop(&mut fields)?),
        stream: fields.flag("stream")?.unwrap_or(false),
        user: fields.text("user")?,
        format: format(&mut fields)?,
        effort: placed_text(&mut fields, "reasoning_effort")?,
        verbosity: placed_text(&mut fields, "verbosity")?,
    };
    fields.done(IDLE)?;
    Ok(call)
}

/// Fields that other interfaces do not have, where they say what is so anyway.
fn usual(fields: &mut Fields) -> Result<(), ConvertError> {
    let (no, zero, one) = (Json::Bool(false), Json::from(0_u64), Json::from(1_u64));
    let zeros = [
        zero,
        Json::Number(serde_json::Number::from_f64(0.0).unwrap_or_else(|| 0.into())),
    ];
    fields.only("n", &[one])?;
    fields.only("logprobs", std::slice::from_ref(&no))?;
    fields.only("store", &[no])?;
    fields.only("top_logprobs", &zeros)?;
    fields.only("presence_penalty", &zeros)?;
    fields.only("frequency_penalty", &zeros)?;
    fields.only("modalities", &[Json::List(vec!["text".into()])])
}

pub(crate) fn placed_text(fields: &mut Fields, key: &str) -> Result<Option<At<String>>, ConvertError> {
    let place = fields.place(key);
    Ok(fields.text(key)?.map(|text| At::new(place, text)))
}

fn stop(fields: &mut Fields) -> Result<Vec<String>, ConvertError> {
    let wrong = fields.wrong("stop");
    match fields.take("stop") {
        None => Ok(Vec::new()),
        Some(Json::Text(text)) => Ok(vec![text]),
        Some(Json::List(items)) => texts(items).ok_or(wrong),
        Some(_) => Err(wrong),
    }
}

pub(crate) fn texts(items: Vec<Json>) -> Option<Vec<String>> {
    let text = |item| match item {
        Json::Text(text) => Some(text),
        _ => None,
    };
    items.into_iter().map(text).collect()
}

fn turns(fields: &mut Fields) -> Result<Vec<Turn>, ConvertError> {
    let messages = fields.list("messages")?;
    messages
        .into_iter()
        .map(|(place, json)| turn(Fields::of(json, &place)?))
        .collect()
}

fn turn(mut message: Fields) -> Result<Turn, ConvertError> {
    let role = message.needed_text("role")?;
    let place = message.here().to_owned();
    let mut blocks = Vec::new();
    let role = match &*role {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => {
            let id = message.needed_text("tool_call_id")?;
            let content = content(&mut message)?;
            let result = ToolResult {
                id,
                content,
                failed: false,
            };
            message.done(&[])?;
            return Ok(Turn {
                role: Role::User,
                blocks: vec![At::new(&*place, Block::Result(result))],
                place,
            });
        }
        _ => return Err(message.unknown("role")),
    };
    blocks.extend(content(&mut message)?);
    if let Some(refusal) = placed_text(&mut message, "refusal")? {
        blocks.push(At::new(refusal.place, Block::Refusal(refusal.it)));
    }
    for (place, json) in message.list("tool_calls")? {
        blocks.push(At::new(&*place, Block::Call(tool_call(Fields::of(json, &place)?)?)));
    }
    message.done(&[])?;
    Ok(Turn { place, role, blocks })
}

fn content(message: &mut Fields) -> Result<Vec<At<Block>>, ConvertError> {
    let place = message.place("content");
    match message.take("content") {
        None => Ok(Vec::new()),
        Some(Json::Text(text)) => Ok(vec![At::new(place, Block::Text(text))]),
        Some(Json::List(parts)) => numbered(&place, parts)
            .into_iter()
            .map(|(place, json)| part(Fields::of(json, &place)?))
            .collect(),
        Some(_) => Err(message.wrong("content")),
    }
}

fn part(mut part: Fields) -> Result<At<Block>, ConvertError> {
    let place = part.here().to_owned();
    let block = match &*part.needed_text("type")? {
        "text" => Block::Text(part.needed_text("text")?),
        "refusal" => Block::Refusal(part.needed_text("refusal")?),
        "image_url" => {
            let mut image = part.inner("image_url")?.ok_or_else(|| part.wrong("image_url"))?;
            let block = Block::Image(Image {
                source: Source::of_url(image.needed_text("url")?),
                detail: image.text("detail")?,
            });
            image.done(&[])?;
            block
        }
        _ => return Err(part.unknown("type")),
    };
    part.done(&[])?;
    Ok(At::new(place, block))
}

pub(crate) fn tool_call(mut call: Fields) -> Result<ToolCall, ConvertError> {
    call.only("type", &["function".into()])?;
    let mut function = call.inner("function")?.ok_or_else(|| call.wrong("function"))?;
    let read = ToolCall {
        id: call.needed_text("id")?,
        name: function.needed_text("name")?,
        arguments: function.needed_text("arguments")?,
    };
    function.done(&[])?;
    // The place of the call in a stream.
    call.done(&["index"])?;
    Ok(read)
}

fn tools(fields: &mut Fields) -> Result<Vec<Tool>, ConvertError> {
    let tools = fields.list("tools")?;
    tools
        .into_iter()
        .map(|(place, json)| {
            let mut tool = Fields::of(json, &place)?;
            tool.only("type", &["function".into()])?;
            let mut function = tool.inner("function")?.ok_or_else(|| tool.wrong("function"))?;
            let read = Tool {
                name: function.needed_text("name")?,
                description: function.text("description")?,
                schema: function.take("parameters"),
                strict: function.flag("strict")?,
            };
            function.done(&[])?;
            tool.done(&[])?;
            Ok(read)
        })
        .collect()
}

/// `tool_choice`, with the place of the tool's name in it.
pub(crate) fn choice(fields: &mut Fields, name: &[&str]) -> Result<Option<Choice>, ConvertError> {
    let wrong = fields.unknown("tool_choice");
    Ok(Some(match fields.take("tool_choice") {
        None => return Ok(None),
        Some(Json::Text(word)) => choice_word(&word).ok_or(wrong)?,
        Some(json) if json.text_at(&["type"]) == Some("function") => {
            Choice::Tool(json.text_at(name).ok_or(wrong)?.to_owned())
        }
        Some(_) => return Err(wrong),
    }))
}

fn choice_word(word: &str) -> Option<Choice> {
    Some(match word {
        "auto" => Choice::Auto,
        "none" => Choice::Nothing,
        "required" => Choice::Any,
        _ => return None,
    })
}

fn format(fields: &mut Fields) -> Result<Option<At<Format>>, ConvertError> {
    let Some(mut format) = fields.inner("response_format")? else {
        return Ok(None);
    };
    let place = format.here().to_owned();
    let read = match &*format.needed_text("type")? {
        "text" => None,
        "json_object" => Some(Format::Object),
        "json_schema" => {
            let schema = format
                .inner("json_schema")?
                .ok_or_else(|| format.wrong("json_schema"))?;
            Some(schema_format(schema)?)
        }
        _ => return Err(format.unknown("type")),
    };
    format.done(&[])?;
    Ok(read.map(|read| At::new(place, read)))
}

pub(crate) fn schema_format(mut schema: Fields) -> Result<Format, ConvertError> {
    let read = Format::Schema {
        name: schema.needed_text("name")?,
        description: schema.text("description")?,
        schema: schema.take("schema"),
        strict: schema.flag("strict")?,
    };
    schema.done(&[])?;
    Ok(read)
}

pub(crate) fn write(call: &Call) -> Result<Json, ConvertError> {
    let mut messages = Vec::new();
    for turn in &call.turns {
        write_turn(turn, &mut messages)?;
    }
    let stop: Vec<Json> = call.stop.it.iter().map(|text| text.clone().into()).collect();
    // Usage is part of every whole answer, and of the streams of the other interfaces.
    let usage = Object::new().with("include_usage", true);
    let object = Object::new()
        .with("model", &*call.model)
        .with("messages", messages)
        .maybe("tools", (!call.tools.is_empty()).then(|| write_tools(&call.tools)))
        .maybe("tool_choice", call.choice.as_ref().map(write_choice))
        .maybe("parallel_tool_calls", call.parallel)
        .maybe("max_completion_tokens", call.max_tokens)
        .maybe("temperature", call.temperature.clone())
        .maybe("top_p", call.top_p.clone())
        .maybe("stop", (!stop.is_empty()).then_some(stop))
        .maybe("user", call.user.as_deref())
        .maybe(
            "response_format",
            call.format.as_ref().map(|format| write_format(&format.it)),
        )
        .maybe("reasoning_effort", call.effort.as_ref().map(|effort| &*effort.it))
        .maybe("verbosity", call.verbosity.as_ref().map(|verbosity| &*verbosity.it))
        .maybe("stream", call.stream.then_some(true))
        .maybe("stream_options", call.stream.then_some(usage));
    Ok(object.into())
}

fn write_turn(turn: &Turn, messages: &mut Vec<Json>) -> Result<(), ConvertError> {
    match turn.role {
        Role::System => messages.push(write_plain("system", &turn.blocks)?),
        Role::Assistant => messages.push(write_assistant(&turn.blocks)?),
        Role::User => {
            let mut rest = &turn.blocks[..];
            while let Some(first) = rest.first() {
                if let Block::Result(result) = &first.it {
                    messages.push(write_result(first, result)?);
                    rest = &rest[1..];
                    continue;
                }
                let is_result = |block: &At<Block>| matches!(block.it, Block::Result(_));
                let end = rest.iter().position(is_result).unwrap_or(rest.len());
                messages.push(write_plain("user", &rest[..end])?);
                rest = &rest[end..];
            }
        }
    }
    Ok(())
}

fn write_plain(role: &str, blocks: &[At<Block>]) -> Result<Json, ConvertError> {
    let content = write_content(blocks)?;
    Ok(Object::new().with("role", role).with("content", content).into())
}

fn write_result(block: &At<Block>, result: &ToolResult) -> Result<Json, ConvertError> {
    if result.failed {
        return Err(ConvertError::new(&join(&block.place, "is_error"), Problem::NotIn(SELF)));
    }
    if let Some(other) = result.content.iter().find(|part| !matches!(part.it, Block::Text(_))) {
        return Err(other.not_in(SELF));
    }
    let message = Object::new()
        .with("role", "tool")
        .with("tool_call_id", &*result.id)
        .with("content", write_content(&result.content)?);
    Ok(message.into())
}

/// One text is a string, anything else a list of parts.
fn write_content(blocks: &[At<Block>]) -> Result<Json, ConvertError> {
    match blocks {
        [] => Ok("".into()),
        [
            At {
                it: Block::Text(text), ..
            },
        ] => Ok(text.clone().into()),
        parts => parts
            .iter()
            .map(write_part)
            .collect::<Result<Vec<Json>, _>>()
            .map(Json::List),
    }
}

fn write_part(block: &At<Block>) -> Result<Json, ConvertError> {
    let part = match &block.it {
        Block::Text(text) => Object::of_type("text").with("text", &**text),
        Block::Image(image) => {
            let url = Object::new()
                .with("url", image.source.to_url())
                .maybe("detail", image.detail.as_deref());
            Object::of_type("image_url").with("image_url", url)
        }
        Block::Refusal(_) | Block::Call(_) | Block::Result(_) => return Err(block.not_in(SELF)),
    };
    Ok(part.into())
}

/// Text, then calls: there is no room for text behind a call.
fn write_assistant(blocks: &[At<Block>]) -> Result<Json, ConvertError> {
    let mut texts = Vec::new();
    let mut calls = Vec::new();
    let mut refusal = None;
    for block in blocks {
        match &block.it {
            Block::Text(_) if calls.is_empty() => texts.push(block.clone()),
            Block::Refusal(text) if refusal.is_none() => refusal = Some(&**text),
            Block::Call(call) => calls.push(write_call(call)),
            _ => return Err(block.not_in(SELF)),
        }
    }
    let content = if texts.is_empty() {
        Json::Null
    } else {
        write_content(&texts)?
    };
    let message = Object::new()
        .with("role", "assistant")
        .with("content", content)
        .maybe("refusal", refusal)
        .maybe("tool_calls", (!calls.is_empty()).then_some(calls));
    Ok(message.into())
}

pub(crate) fn write_call(call: &ToolCall) -> Json {
    let function = Object::new()
        .with("name", &*call.name)
        .with("arguments", &*call.arguments);
    Object::new()
        .with("id", &*call.id)
        .with("type", "function")
        .with("function", function)
        .into()
}

fn write_tools(tools: &[Tool]) -> Vec<Json> {
    let write = |tool: &Tool| {
        let function = Object::new()
            .with("name", &*tool.name)
            .maybe("description", tool.description.as_deref())
            .maybe("parameters", tool.schema.clone())
            .maybe("strict", tool.strict);
        Object::of_type("function").with("function", function).into()
    };
    tools.iter().map(write).collect()
}

fn write_choice(choice: &Choice) -> Json {
    match choice {
        Choice::Tool(name) => Object::of_type("function")
            .with("function", Object::new().with("name", &**name))
            .into(),
        other => write_choice_word(other).into(),
    }
}

pub(crate) fn write_choice_word(choice: &Choice) -> &'static str {
    match choice {
        Choice::Auto => "auto",
        Choice::Nothing => "none",
        Choice::Any | Choice::Tool(_) => "required",
    }
}

fn write_format(format: &Format) -> Json {
    match format {
        Format::Object => Object::of_type("json_object").into(),
        Format::Schema {
            name,
            description,
            schema,
            strict,
        } => {
            let schema = Object::new()
                .with("name", &**name)
                .maybe("description", description.as_deref())
                .maybe("schema", schema.clone())
                .maybe("strict", *strict);
            Object::of_type("json_schema").with("json_schema", schema).into()
        }
    }
}
