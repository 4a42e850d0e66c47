//! Requests of the messages interface.

use serde_json::Number;
use weir_model::Interface;

use crate::call::{Block, Call, Choice, Image, Role, Source, Tool, ToolCall, ToolResult, Turn};
use crate::chat::request::texts;
use crate::error::{ConvertError, Problem};
use crate::fields::{At, Fields, join, numbered};
use crate::json::{Json, Object};

const SELF: Interface = Interface::AnthropicMessages;

/// This interface wants a limit, the others do without. Every model since Claude 3.5 may say as much, and an answer that
/// is cut off by it says so.
const MAX_TOKENS: u64 = 8192;

/// What changes nothing in the answer: accounting and hints to caches.
const IDLE: &[&str] = &["service_tier", "cache_control"];

pub(crate) fn read(body: &[u8]) -> Result<Call, ConvertError> {
    let mut fields = Fields::of_body(body)?;
    let thinking = fields.place("thinking");
    if let Some(json) = fields.take("thinking")
        && json.text_at(&["type"]) != Some("disabled")
    {
        return Err(ConvertError::new(&thinking, Problem::Unknown));
    }
    let mut turns = Vec::new();
    let place = fields.place("system");
    if let Some(system) = fields.take("system") {
        turns.push(Turn {
            blocks: content(system, &place)?,
            role: Role::System,
            place,
        });
    }
    for (place, json) in fields.list("messages")? {
        turns.push(turn(Fields::of(json, &place)?)?);
    }
    let (choice, parallel) = choice(&mut fields)?;
    let call = Call {
        model: fields.needed_text("model")?,
        turns,
        tools: tools(&mut fields)?,
        choice,
        parallel,
        max_tokens: fields.whole("max_tokens")?,
        temperature: fields.number("temperature")?,
        top_p: fields.number("top_p")?,
        stop: At::new("stop_sequences", stop(&mut fields)?),
        stream: fields.flag("stream")?.unwrap_or(false),
        user: user(&mut fields)?,
        format: None,
        effort: None,
        verbosity: None,
    };
    fields.done(IDLE)?;
    Ok(call)
}

fn stop(fields: &mut Fields) -> Result<Vec<String>, ConvertError> {
    let wrong = fields.wrong("stop_sequences");
    match fields.take("stop_sequences") {
        None => Ok(Vec::new()),
        Some(Json::List(items)) => texts(items).ok_or(wrong),
        Some(_) => Err(wrong),
    }
}

fn user(fields: &mut Fields) -> Result<Option<String>, ConvertError> {
    let Some(mut metadata) = fields.inner("metadata")? else {
        return Ok(None);
    };
    let user = metadata.text("user_id")?;
    metadata.done(&[])?;
    Ok(user)
}

fn turn(mut message: Fields) -> Result<Turn, ConvertError> {
    let role = match &*message.needed_text("role")? {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        _ => return Err(message.unknown("role")),
    };
    let written = message.take("content").ok_or_else(|| message.wrong("content"))?;
    let blocks = content(written, &message.place("content"))?;
    let place = message.here().to_owned();
    message.done(&[])?;
    Ok(Turn { place, role, blocks })
}

fn content(json: Json, place: &str) -> Result<Vec<At<Block>>, ConvertError> {
    match json {
        Json::Text(text) => Ok(vec![At::new(place, Block::Text(text))]),
        Json::List(blocks) => numbered(place, blocks)
            .into_iter()
            .map(|(place, json)| Ok(At::new(&*place, block(Fields::of(json, &place)?)?)))
            .collect(),
        _ => Err(ConvertError::new(place, Problem::Form)),
    }
}

fn block(mut block: Fields) -> Result<Block, ConvertError> {
    let read = match &*block.needed_text("type")? {
        "text" => Block::Text(block.needed_text("text")?),
        "image" => Block::Image(Image {
            source: source(block.inner("source")?.ok_or_else(|| block.wrong("source"))?)?,
            detail: None,
        }),
        "tool_use" => Block::Call(ToolCall {
            id: block.needed_text("id")?,
            name: block.needed_text("name")?,
            arguments: block.take("input").ok_or_else(|| block.wrong("input"))?.to_text(),
        }),
        "tool_result" => Block::Result(result(&mut block)?),
        _ => return Err(block.unknown("type")),
    };
    block.done(&["cache_control"])?;
    Ok(read)
}

fn result(block: &mut Fields) -> Result<ToolResult, ConvertError> {
    let place = block.place("content");
    let content = match block.take("content") {
        Some(json) => content(json, &place)?,
        None => Vec::new(),
    };
    let readable = |part: &At<Block>| matches!(part.it, Block::Text(_) | Block::Image(_));
    if let Some(other) = content.iter().find(|part| !readable(part)) {
        return Err(ConvertError::new(&other.place, Problem::Unknown));
    }
    Ok(ToolResult {
        id: block.needed_text("tool_use_id")?,
        content,
        failed: block.flag("is_error")?.unwrap_or(false),
    })
}

fn source(mut source: Fields) -> Result<Source, ConvertError> {
    let read = match &*source.needed_text("type")? {
        "base64" => Source::Inline {
            media_type: source.needed_text("media_type")?,
            base64: source.needed_text("data")?,
        },
        "url" => Source::Url(source.needed_text("url")?),
        _ => return Err(source.unknown("type")),
    };
    source.done(&[])?;
    Ok(read)
}

fn tools(fields: &mut Fields) -> Result<Vec<Tool>, ConvertError> {
    let tools = fields.list("tools")?;
    tools
        .into_iter()
        .map(|(place, json)| {
            let mut tool = Fields::of(json, &place)?;
            tool.only("type", &["custom".into()])?;
            let read = Tool {
                name: tool.needed_text("name")?,
                description: tool.text("description")?,
                schema: tool.take("input_schema"),
                strict: tool.flag("strict")?,
            };
            tool.done(&["cache_control"])?;
            Ok(read)
        })
        .collect()
}

fn choice(fields: &mut Fields) -> Result<(Option<Choice>, Option<bool>), ConvertError> {
    let Some(mut choice) = fields.inner("tool_choice")? else {
        return Ok((None, None));
    };
    let read = match &*choice.needed_text("type")? {
        "auto" => Choice::Auto,
        "any" => Choice::Any,
        "none" => Choice::Nothing,
        "tool" => Choice::Tool(choice.needed_text("name")?),
        _ => return Err(choice.unknown("type")),
    };
    let one = choice.flag("disable_parallel_tool_use")?;
    choice.done(&[])?;
    Ok((Some(read), one.map(|one| !one)))
}

pub(crate) fn write(call: &Call) -> Result<Json, ConvertError> {
    let unsayable = [
        call.format.as_ref().map(|format| &format.place),
        call.effort.as_ref().map(|effort| &effort.place),
        call.verbosity.as_ref().map(|verbosity| &verbosity.place),
    ];
    if let Some(place) = unsayable.into_iter().flatten().next() {
        return Err(ConvertError::new(place, Problem::NotIn(SELF)));
    }
    let (system, turns) = split_system(&call.turns)?;
    let stop: Vec<Json> = call.stop.it.iter().map(|text| text.clone().into()).collect();
    let user = call.user.as_deref().map(|user| Object::new().with("user_id", user));
    let object = Object::new()
        .with("model", &*call.model)
        .with("max_tokens", call.max_tokens.unwrap_or(MAX_TOKENS))
        .maybe("system", (!system.is_empty()).then_some(system))
        .with("messages", write_turns(turns)?)
        .maybe("tools", (!call.tools.is_empty()).then(|| write_tools(&call.tools)))
        .maybe("tool_choice", write_choice(call))
        .maybe("temperature", temperature(call)?)
        .maybe("top_p", call.top_p.clone())
        .maybe("stop_sequences", (!stop.is_empty()).then_some(stop))
        .maybe("metadata", user)
        .maybe("stream", call.stream.then_some(true));
    Ok(object.into())
}

/// Here temperatures end at 1, elsewhere at 2.
fn temperature(call: &Call) -> Result<Option<Number>, ConvertError> {
    match &call.temperature {
        Some(number) if number.as_f64().is_none_or(|number| number > 1.0) => {
            Err(ConvertError::new("temperature", Problem::NotIn(SELF)))
        }
        other => Ok(other.clone()),
    }
}

/// System prompts stand before everything else, or nowhere.
fn split_system(turns: &[Turn]) -> Result<(Vec<Json>, &[Turn]), ConvertError> {
    let end = turns
        .iter()
        .position(|turn| turn.role != Role::System)
        .unwrap_or(turns.len());
    let (system, rest) = turns.split_at(end);
    if let Some(late) = rest.iter().find(|turn| turn.role == Role::System) {
        return Err(ConvertError::new(&join(&late.place, "role"), Problem::NotIn(SELF)));
    }
    let blocks = system.iter().flat_map(|turn| &turn.blocks);
    let texts = blocks.map(|block| match &block.it {
        Block::Text(text) => Ok(Object::of_type("text").with("text", &**text).into()),
        _ => Err(block.not_in(SELF)),
    });
    Ok((texts.collect::<Result<_, _>>()?, rest))
}

/// Turns of one speaker that follow each other are one: results of several tools belong into one message.
fn write_turns(turns: &[Turn]) -> Result<Vec<Json>, ConvertError> {
    let mut messages = Vec::new();
    let mut rest = turns;
    while let Some(first) = rest.first() {
        let end = rest
            .iter()
            .position(|turn| turn.role != first.role)
            .unwrap_or(rest.len());
        let blocks = rest[..end].iter().flat_map(|turn| &turn.blocks);
        let content: Vec<Json> = blocks
            .filter(|block| !is_empty(&block.it))
            .map(write_block)
            .collect::<Result<_, _>>()?;
        let role = if first.role == Role::User { "user" } else { "assistant" };
        messages.push(Object::new().with("role", role).with("content", content).into());
        rest = &rest[end..];
    }
    Ok(messages)
}

/// Empty texts say nothing, and this interface refuses them.
fn is_empty(block: &Block) -> bool {
    matches!(block, Block::Text(text) if text.is_empty())
}

fn write_block(block: &At<Block>) -> Result<Json, ConvertError> {
    let written = match &block.it {
        Block::Text(text) => Object::of_type("text").with("text", &**text),
        // How finely a picture is looked at is a matter of price, and nothing the answer may depend on.
        Block::Image(image) => Object::of_type("image").with("source", write_source(&image.source)),
        Block::Call(call) => Object::of_type("tool_use")
            .with("id", &*call.id)
            .with("name", &*call.name)
            .with("input", arguments(block, call)?),
        Block::Result(result) => {
            let content: Vec<Json> = result.content.iter().map(write_block).collect::<Result<_, _>>()?;
            Object::of_type("tool_result")
                .with("tool_use_id", &*result.id)
                .with("content", content)
                .maybe("is_error", result.failed.then_some(true))
        }
        Block::Refusal(_) => return Err(block.not_in(SELF)),
    };
    Ok(written.into())
}

/// Elsewhere arguments are a text, which the model may have written wrongly; here they are an object.
fn arguments(block: &At<Block>, call: &ToolCall) -> Result<Json, ConvertError> {
    object_of(&call.arguments).ok_or_else(|| block.not_in(SELF))
}

pub(crate) fn object_of(arguments: &str) -> Option<Json> {
    if arguments.trim().is_empty() {
        return Some(Object::new().into());
    }
    Json::parse(arguments.as_bytes()).filter(|json| matches!(json, Json::Map(_)))
}

fn write_source(source: &Source) -> Json {
    match source {
        Source::Url(url) => Object::of_type("url").with("url", &**url).into(),
        Source::Inline { media_type, base64 } => Object::of_type("base64")
            .with("media_type", &**media_type)
            .with("data", &**base64)
            .into(),
    }
}

fn write_tools(tools: &[Tool]) -> Vec<Json> {
    let write = |tool: &Tool| {
        // A tool without parameters must say so here.
        let empty = || Object::of_type("object").with("properties", Object::new()).into();
        Object::new()
            .with("name", &*tool.name)
            .maybe("description", tool.description.as_deref())
            .with("input_schema", tool.schema.clone().unwrap_or_else(empty))
            .maybe("strict", tool.strict.filter(|strict| *strict))
            .into()
    };
    tools.iter().map(write).collect()
}

fn write_choice(call: &Call) -> Option<Json> {
    let one_at_a_time = call.parallel == Some(false);
    let choice = match &call.choice {
        Some(Choice::Auto) => Object::of_type("auto"),
        None if one_at_a_time && !call.tools.is_empty() => Object::of_type("auto"),
        None => return None,
        Some(Choice::Nothing) => return Some(Object::of_type("none").into()),
        Some(Choice::Any) => Object::of_type("any"),
        Some(Choice::Tool(name)) => Object::of_type("tool").with("name", &**name),
    };
    Some(
        choice
            .maybe("disable_parallel_tool_use", one_at_a_time.then_some(true))
            .into(),
    )
}
