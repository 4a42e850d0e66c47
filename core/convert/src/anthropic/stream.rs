//! Streamed answers of the messages interface: blocks by number, each opened, continued and closed.

use weir_model::Interface;

use crate::anthropic::reply::{read_stop, read_usage, write_stop, write_usage};
use crate::error::{self, ConvertError, Problem};
use crate::json::{Json, Object};
use crate::reply::{Event, Opening, Stop, Usage};
use crate::sse::Message;

/// Reads events.
#[derive(Default)]
pub(crate) struct Reader {
    open: Option<Open>,
    stop: Option<Stop>,
    usage: Usage,
    ended: bool,
}

#[derive(Clone, Copy)]
struct Open {
    number: u64,
    /// Thoughts of the model are no part of its answer.
    is_thought: bool,
}

impl Reader {
    pub(crate) fn read(&mut self, message: &Message, out: &mut Vec<Event>) -> Result<(), ConvertError> {
        let event = Json::parse(message.data.as_bytes()).ok_or_else(|| ConvertError::new("", Problem::Form))?;
        match event.text_at(&["type"]) {
            Some("message_start") => self.begin(&event, out),
            Some("content_block_start") => self.open(&event, out)?,
            Some("content_block_delta") => self.more(&event, out)?,
            Some("content_block_stop") => {
                let open = self.open_block(&event)?;
                self.open = None;
                if !open.is_thought {
                    out.push(Event::Close);
                }
            }
            Some("message_delta") => self.delta(&event)?,
            Some("message_stop") => {
                self.ended = true;
                let stop = self.stop.take().ok_or_else(|| ConvertError::new("", Problem::Form))?;
                let usage = self.usage;
                out.push(Event::End { stop, usage });
            }
            Some("error") => {
                let fault = error::read(&event).ok_or_else(|| ConvertError::new("error", Problem::Form))?;
                out.push(Event::Fault(fault));
            }
            Some("ping") => {}
            _ => return Err(ConvertError::new("type", Problem::Unknown)),
        }
        Ok(())
    }

    fn begin(&mut self, event: &Json, out: &mut Vec<Event>) {
        let text = |key: &str| event.text_at(&["message", key]).unwrap_or_default().to_owned();
        if let Some(usage) = event.at(&["message", "usage"]) {
            self.usage = read_usage(usage, self.usage);
        }
        out.push(Event::Begin {
            id: text("id"),
            model: text("model"),
            usage: self.usage,
        });
    }

    fn open(&mut self, event: &Json, out: &mut Vec<Event>) -> Result<(), ConvertError> {
        if self.open.is_some() {
            return Err(ConvertError::new("index", Problem::Interleaved));
        }
        let text = |key: &str| event.text_at(&["content_block", key]);
        let needed = |key: &str| text(key).ok_or_else(|| ConvertError::new("content_block", Problem::Form));
        let opening = match text("type") {
            Some("text") => Some(Opening::Text),
            Some("tool_use") => Some(Opening::Call {
                id: needed("id")?.to_owned(),
                name: needed("name")?.to_owned(),
            }),
            Some("thinking" | "redacted_thinking") => None,
            _ => return Err(ConvertError::new("content_block/type", Problem::Unknown)),
        };
        self.open = Some(Open {
            number: event.whole_at(&["index"]).unwrap_or_default(),
            is_thought: opening.is_none(),
        });
        out.extend(opening.map(Event::Open));
        if let Some(first) = text("text").filter(|first| !first.is_empty()) {
            out.push(Event::More(first.to_owned()));
        }
        Ok(())
    }

    fn more(&mut self, event: &Json, out: &mut Vec<Event>) -> Result<(), ConvertError> {
        let open = self.open_block(event)?;
        let text = |key: &str| event.text_at(&["delta", key]).unwrap_or_default();
        let more = match event.text_at(&["delta", "type"]) {
            Some("text_delta") => text("text"),
            Some("input_json_delta") => text("partial_json"),
            Some("thinking_delta" | "signature_delta") if open.is_thought => "",
            _ => return Err(ConvertError::new("delta/type", Problem::Unknown)),
        };
        if !more.is_empty() {
            out.push(Event::More(more.to_owned()));
        }
        Ok(())
    }

    fn open_block(&self, event: &Json) -> Result<Open, ConvertError> {
        let number = event.whole_at(&["index"]).unwrap_or_default();
        let open = self.open.filter(|open| open.number == number);
        open.ok_or_else(|| ConvertError::new("index", Problem::Interleaved))
    }

    fn delta(&mut self, event: &Json) -> Result<(), ConvertError> {
        if let Some(usage) = event.get("usage") {
            self.usage = read_usage(usage, self.usage);
        }
        let sequence = event.text_at(&["delta", "stop_sequence"]).map(str::to_owned);
        if let Some(word) = event.text_at(&["delta", "stop_reason"]) {
            let stop = read_stop(Some(word), sequence);
            self.stop = Some(stop.ok_or_else(|| ConvertError::new("delta/stop_reason", Problem::Unknown))?);
        }
        Ok(())
    }

    pub(crate) fn finish(&mut self, _out: &mut Vec<Event>) -> Result<(), ConvertError> {
        if self.ended {
            return Ok(());
        }
        Err(ConvertError::new("", Problem::Cut))
    }
}

/// Writes events.
#[derive(Default)]
pub(crate) struct Writer {
    number: u64,
    is_call: bool,
    refused: bool,
}

impl Writer {
    pub(crate) fn write(&mut self, event: Event, out: &mut Vec<u8>) {
        match event {
            Event::Begin { id, model, usage } => {
                let message = Object::new()
                    .with("id", id)
                    .with("type", "message")
                    .with("role", "assistant")
                    .with("model", model)
                    .with("content", Vec::new())
                    .with("stop_reason", Json::Null)
                    .with("stop_sequence", Json::Null)
                    .with("usage", write_usage(&usage));
                event_of(
                    "message_start",
                    Object::of_type("message_start").with("message", message),
                    out,
                );
            }
            Event::Open(opening) => self.open(opening, out),
            Event::More(text) => {
                let delta = if self.is_call {
                    Object::of_type("input_json_delta").with("partial_json", text)
                } else {
                    Object::of_type("text_delta").with("text", text)
                };
                self.numbered("content_block_delta", Some(("delta", delta)), out);
            }
            Event::Close => {
                self.numbered("content_block_stop", None, out);
                self.number += 1;
            }
            Event::End { stop, usage } => {
                let (word, sequence) = write_stop(&stop, self.refused);
                let delta = Object::new()
                    .with("stop_reason", word)
                    .or_null("stop_sequence", sequence);
                let body = Object::of_type("message_delta")
                    .with("delta", delta)
                    .with("usage", write_usage(&usage));
                event_of("message_delta", body, out);
                event_of("message_stop", Object::of_type("message_stop"), out);
            }
            Event::Fault(fault) => {
                let json = error::write(Interface::AnthropicMessages, &fault);
                event_line("error", &json, out);
            }
        }
    }

    fn open(&mut self, opening: Opening, out: &mut Vec<u8>) {
        self.is_call = matches!(opening, Opening::Call { .. });
        self.refused |= opening == Opening::Refusal;
        let block = match opening {
            Opening::Text | Opening::Refusal => Object::of_type("text").with("text", ""),
            Opening::Call { id, name } => Object::of_type("tool_use")
                .with("id", id)
                .with("name", name)
                .with("input", Object::new()),
        };
        self.numbered("content_block_start", Some(("content_block", block)), out);
    }

    fn numbered(&self, kind: &str, field: Option<(&str, Object)>, out: &mut Vec<u8>) {
        let mut body = Object::of_type(kind).with("index", self.number);
        if let Some((key, value)) = field {
            body = body.with(key, value);
        }
        event_of(kind, body, out);
    }
}

fn event_of(kind: &str, body: Object, out: &mut Vec<u8>) {
    event_line(kind, &body.into(), out);
}

pub(crate) fn event_line(kind: &str, json: &Json, out: &mut Vec<u8>) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    out.extend_from_slice(&json.write());
    out.extend_from_slice(b"\n\n");
}
