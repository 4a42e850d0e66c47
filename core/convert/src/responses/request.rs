//! Requests of the responses interface.

use weir_model::Interface;

use crate::call::{Block, Call, Choice, Format, Image, Role, Source, Tool, ToolCall, ToolResult, Turn};
use crate::chat::request::{choice, placed_text, schema_format, write_choice_word};
use crate::error::{ConvertError, Problem};
use crate::fields::{At, Fields, join, numbered};
use crate::json::{Json, Object};

const SELF: Interface = Interface::OpenAiResponses;

/// What changes nothing in the answer: accounting, caching, and whether the service keeps it.
const IDLE: &[&str] = &[
    "metadata",
    "service_tier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "include",
    "stream_options",
];

pub(crate) fn read(body: &[u8]) -> Result<Call, ConvertError> {
    let mut fields = Fields::of_body(body)?;
    fields.only("store", &[Json::Bool(false)])?;
    fields.only("background", &[Json::Bool(false)])?;
    fields.only("truncation", &["disabled".into()])?;
    fields.only("top_logprobs", &[0_u64.into()])?;
    let mut turns = Vec::new();
    if let Some(instructions) = placed_text(&mut fields, "instructions")? {
        turns.push(Turn {
            place: instructions.place.clone(),
            role: Role::System,
            blocks: vec![At::new(instructions.place, Block::Text(instructions.it))],
        });
    }
    turns.extend(input(&mut fields)?);
    let (format, verbosity) = text(&mut fields)?;
    let call = Call {
        model: fields.needed_text("model")?,
        turns,
        tools: tools(&mut fields)?,
        choice: choice(&mut fields, &["name"])?,
        parallel: fields.flag("parallel_tool_calls")?,
        max_tokens: fields.whole("max_output_tokens")?,
        temperature: fields.number("temperature")?,
        top_p: fields.number("top_p")?,
        stop: At::new("stop", Vec::new()),
        stream: fields.flag("stream")?.unwrap_or(false),
        user: fields.text("user")?,
        format,
        effort: effort(&mut fields)?,
        verbosity,
    };
    fields.done(IDLE)?;
    Ok(call)
}

fn input(fields: &mut Fields) -> Result<Vec<Turn>, ConvertError> {
    let place = fields.place("input");
    match fields.take("input") {
        Some(Json::Text(text)) => Ok(vec![Turn {
            blocks: vec![At::new(&*place, Block::Text(text))],
            role: Role::User,
            place,
        }]),
        Some(Json::List(items)) => joined(
            numbered(&place, items)
                .into_iter()
                .map(|(place, json)| item(Fields::of(json, &place)?)),
        ),
        _ => Err(ConvertError::new(&place, Problem::Form)),
    }
}

/// What the assistant says and the tools it calls are items of their own here, and one turn elsewhere.
fn joined(items: impl Iterator<Item = Result<Turn, ConvertError>>) -> Result<Vec<Turn>, ConvertError> {
    let mut turns: Vec<Turn> = Vec::new();
    for item in items {
        let item = item?;
        match turns.last_mut() {
            Some(last) if last.role == item.role && item.role == Role::Assistant => last.blocks.extend(item.blocks),
            _ => turns.push(item),
        }
    }
    Ok(turns)
}

fn item(mut item: Fields) -> Result<Turn, ConvertError> {
    let place = item.here().to_owned();
    let kind = item.text("type")?;
    let (role, blocks) = match kind.as_deref() {
        None | Some("message") => message(&mut item)?,
        Some("function_call") => {
            let call = ToolCall {
                id: item.needed_text("call_id")?,
                name: item.needed_text("name")?,
                arguments: item.needed_text("arguments")?,
            };
            (Role::Assistant, vec![At::new(&*place, Block::Call(call))])
        }
        Some("function_call_output") => {
            let result = ToolResult {
                id: item.needed_text("call_id")?,
                content: content(&mut item, "output")?,
                failed: false,
            };
            (Role::User, vec![At::new(&*place, Block::Result(result))])
        }
        Some(_) => return Err(item.unknown("type")),
    };
    item.done(&["id", "status"])?;
    Ok(Turn { place, role, blocks })
}

fn message(item: &mut Fields) -> Result<(Role, Vec<At<Block>>), ConvertError> {
    let role = match &*item.needed_text("role")? {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        _ => return Err(item.unknown("role")),
    };
    Ok((role, content(item, "content")?))
}

fn content(item: &mut Fields, key: &str) -> Result<Vec<At<Block>>, ConvertError> {
    let place = item.place(key);
    match item.take(key) {
        Some(Json::Text(text)) => Ok(vec![At::new(place, Block::Text(text))]),
        Some(Json::List(parts)) => numbered(&place, parts)
            .into_iter()
            .map(|(place, json)| Ok(At::new(&*place, part(Fields::of(json, &place)?)?)))
            .collect(),
        _ => Err(ConvertError::new(&place, Problem::Form)),
    }
}

fn part(mut part: Fields) -> Result<Block, ConvertError> {
    let block = match &*part.needed_text("type")? {
        "input_text" | "output_text" => Block::Text(part.needed_text("text")?),
        "refusal" => Block::Refusal(part.needed_text("refusal")?),
        "input_image" => Block::Image(Image {
            source: Source::of_url(part.needed_text("image_url")?),
            detail: part.text("detail")?,
        }),
        _ => return Err(part.unknown("type")),
    };
    // What a text cites is told beside it, and is in it as well.
    part.done(&["annotations", "logprobs"])?;
    Ok(block)
}

fn tools(fields: &mut Fields) -> Result<Vec<Tool>, ConvertError> {
    let tools = fields.list("tools")?;
    tools
        .into_iter()
        .map(|(place, json)| {
            let mut tool = Fields::of(json, &place)?;
            if tool.needed_text("type")? != "function" {
                return Err(tool.unknown("type"));
            }
            let read = Tool {
                name: tool.needed_text("name")?,
                description: tool.text("description")?,
                schema: tool.take("parameters"),
                strict: tool.flag("strict")?,
            };
            tool.done(&[])?;
            Ok(read)
        })
        .collect()
}

type TextOptions = (Option<At<Format>>, Option<At<String>>);

fn text(fields: &mut Fields) -> Result<TextOptions, ConvertError> {
    let Some(mut text) = fields.inner("text")? else {
        return Ok((None, None));
    };
    let verbosity = placed_text(&mut text, "verbosity")?;
    let format = match text.inner("format")? {
        None => None,
        Some(mut format) => {
            let place = format.here().to_owned();
            let read = match &*format.needed_text("type")? {
                "text" => None,
                "json_object" => Some(Format::Object),
                "json_schema" => Some(schema_format(format)?),
                _ => return Err(format.unknown("type")),
            };
            read.map(|read| At::new(place, read))
        }
    };
    text.done(&[])?;
    Ok((format, verbosity))
}

fn effort(fields: &mut Fields) -> Result<Option<At<String>>, ConvertError> {
    let Some(mut reasoning) = fields.inner("reasoning")? else {
        return Ok(None);
    };
    let effort = placed_text(&mut reasoning, "effort")?;
    reasoning.done(&[])?;
    Ok(effort)
}

pub(crate) fn write(call: &Call) -> Result<Json, ConvertError> {
    if !call.stop.it.is_empty() {
        return Err(call.stop.not_in(SELF));
    }
    let mut input = Vec::new();
    for turn in &call.turns {
        write_turn(turn, &mut input)?;
    }
    let effort = call
        .effort
        .as_ref()
        .map(|effort| Object::new().with("effort", &*effort.it));
    let object = Object::new()
        .with("model", &*call.model)
        .with("input", input)
        .maybe("tools", (!call.tools.is_empty()).then(|| write_tools(&call.tools)))
        .maybe("tool_choice", call.choice.as_ref().map(write_choice))
        .maybe("parallel_tool_calls", call.parallel)
        .maybe("max_output_tokens", call.max_tokens)
        .maybe("temperature", call.temperature.clone())
        .maybe("top_p", call.top_p.clone())
        .maybe("user", call.user.as_deref())
        .maybe("text", write_text(call))
        .maybe("reasoning", effort)
        .maybe("stream", call.stream.then_some(true))
        // Here answers are kept unless this is said; elsewhere nobody asked for it.
        .with("store", false);
    Ok(object.into())
}

fn write_turn(turn: &Turn, input: &mut Vec<Json>) -> Result<(), ConvertError> {
    let (role, text_type) = match turn.role {
        Role::System => ("system", "input_text"),
        Role::User => ("user", "input_text"),
        Role::Assistant => ("assistant", "output_text"),
    };
    let mut parts: Vec<Json> = Vec::new();
    let message = |parts: &mut Vec<Json>, input: &mut Vec<Json>| {
        if !parts.is_empty() {
            let content = std::mem::take(parts);
            input.push(
                Object::of_type("message")
                    .with("role", role)
                    .with("content", content)
                    .into(),
            );
        }
    };
    for block in &turn.blocks {
        match &block.it {
            Block::Call(call) => {
                message(&mut parts, input);
                let item = Object::of_type("function_call")
                    .with("call_id", &*call.id)
                    .with("name", &*call.name)
                    .with("arguments", &*call.arguments);
                input.push(item.into());
            }
            Block::Result(result) => {
                message(&mut parts, input);
                input.push(write_result(block, result)?);
            }
            Block::Refusal(_) | Block::Image(_) if turn.role == Role::System => return Err(block.not_in(SELF)),
            Block::Image(_) if turn.role == Role::Assistant => return Err(block.not_in(SELF)),
            Block::Text(text) if text.is_empty() => {}
            _ => parts.push(write_part(block, text_type)?),
        }
    }
    message(&mut parts, input);
    Ok(())
}

fn write_result(block: &At<Block>, result: &ToolResult) -> Result<Json, ConvertError> {
    if result.failed {
        return Err(ConvertError::new(&join(&block.place, "is_error"), Problem::NotIn(SELF)));
    }
    let output = match &result.content[..] {
        [] => "".into(),
        [
            At {
                it: Block::Text(text), ..
            },
        ] => text.clone().into(),
        parts => {
            let parts = parts.iter().map(|part| write_part(part, "input_text"));
            Json::List(parts.collect::<Result<_, _>>()?)
        }
    };
    Ok(Object::of_type("function_call_output")
        .with("call_id", &*result.id)
        .with("output", output)
        .into())
}

fn write_part(block: &At<Block>, text_type: &str) -> Result<Json, ConvertError> {
    Ok(match &block.it {
        Block::Text(text) => Object::of_type(text_type).with("text", &**text),
        Block::Refusal(text) => Object::of_type("refusal").with("refusal", &**text),
        Block::Image(image) => Object::of_type("input_image")
            .with("image_url", image.source.to_url())
            .maybe("detail", image.detail.as_deref()),
        Block::Call(_) | Block::Result(_) => return Err(block.not_in(SELF)),
    }
    .into())
}

fn write_tools(tools: &[Tool]) -> Vec<Json> {
    let write = |tool: &Tool| {
        Object::of_type("function")
            .with("name", &*tool.name)
            .maybe("description", tool.description.as_deref())
            .or_null("parameters", tool.schema.clone())
            // Here a schema is strict unless it is said that it is not.
            .with("strict", tool.strict.unwrap_or(false))
            .into()
    };
    tools.iter().map(write).collect()
}

fn write_choice(choice: &Choice) -> Json {
    match choice {
        Choice::Tool(name) => Object::of_type("function").with("name", &**name).into(),
        other => write_choice_word(other).into(),
    }
}

fn write_text(call: &Call) -> Option<Json> {
    let format = call.format.as_ref().map(|format| match &format.it {
        Format::Object => Object::of_type("json_object"),
        Format::Schema {
            name,
            description,
            schema,
            strict,
        } => Object::of_type("json_schema")
            .with("name", &**name)
            .maybe("description", description.as_deref())
            .maybe("schema", schema.clone())
            .maybe("strict", *strict),
    });
    let verbosity = call.verbosity.as_ref().map(|verbosity| &*verbosity.it);
    (format.is_some() || verbosity.is_some()).then(|| {
        Object::new()
            .maybe("format", format)
            .maybe("verbosity", verbosity)
            .into()
    })
}
