//! Streamed answers of the chat completions interface: chunks, and `[DONE]`.

use std::collections::HashSet;

use crate::Frame;
use crate::chat::reply::{read_stop, read_usage, write_stop, write_usage};
use crate::error::{self, ConvertError, Problem};
use crate::json::{Json, Object};
use crate::reply::{Event, Opening, Stop, Usage};
use crate::sse::Message;

/// Reads chunks.
#[derive(Default)]
pub(crate) struct Reader {
    begun: bool,
    open: Option<Open>,
    /// Behind the highest number of a call.
    calls: u64,
    /// Of all calls, and of the one that began last.
    ids: HashSet<String>,
    id: String,
    stop: Option<Stop>,
    usage: Usage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Text,
    Refusal,
    /// By the service's own number.
    Call(u64),
}

impl Reader {
    pub(crate) fn read(&mut self, message: &Message, out: &mut Vec<Event>) -> Result<(), ConvertError> {
        if message.data == "[DONE]" {
            return self.finish(out);
        }
        let chunk = Json::parse(message.data.as_bytes()).ok_or_else(|| ConvertError::new("", Problem::Form))?;
        if let Some(fault) = error::read(&chunk) {
            out.push(Event::Fault(fault));
            return Ok(());
        }
        if !self.begun {
            self.begun = true;
            out.push(Event::Begin {
                id: chunk.text_at(&["id"]).unwrap_or_default().to_owned(),
                model: chunk.text_at(&["model"]).unwrap_or_default().to_owned(),
                usage: Usage::default(),
            });
        }
        if let Some(usage) = chunk.get("usage").filter(|usage| **usage != Json::Null) {
            self.usage = read_usage(usage);
        }
        match chunk.get("choices").map(Json::items).unwrap_or_default() {
            [] => Ok(()),
            [choice] if choice.whole_at(&["index"]).unwrap_or(0) == 0 => self.choice(choice, out),
            _ => Err(ConvertError::new("choices", Problem::Unknown)),
        }
    }

    fn choice(&mut self, choice: &Json, out: &mut Vec<Event>) -> Result<(), ConvertError> {
        if let Some(delta) = choice.get("delta") {
            self.say(Open::Text, delta.text_at(&["content"]), out);
            self.say(Open::Refusal, delta.text_at(&["refusal"]), out);
            for call in delta.get("tool_calls").map(Json::items).unwrap_or_default() {
                self.call(call, out)?;
            }
        }
        if let Some(word) = choice.text_at(&["finish_reason"]) {
            let stop = read_stop(Some(word));
            self.stop = Some(stop.ok_or_else(|| ConvertError::new("choices/0/finish_reason", Problem::Unknown))?);
        }
        Ok(())
    }

    fn say(&mut self, what: Open, text: Option<&str>, out: &mut Vec<Event>) {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return;
        };
        if self.open != Some(what) {
            self.close(out);
            self.open = Some(what);
            out.push(Event::Open(match what {
                Open::Refusal => Opening::Refusal,
                Open::Text | Open::Call(_) => Opening::Text,
            }));
        }
        out.push(Event::More(text.to_owned()));
    }

    fn call(&mut self, call: &Json, out: &mut Vec<Event>) -> Result<(), ConvertError> {
        let number = call.whole_at(&["index"]).unwrap_or(0);
        let id = call.text_at(&["id"]).filter(|id| !id.is_empty());
        // Some services give all calls one number, or none.
        let goes_on = self.open == Some(Open::Call(number)) && id.is_none_or(|id| id == self.id);
        if !goes_on {
            self.begin_call(call, number, id, out)?;
        }
        let more = call.text_at(&["function", "arguments"]).unwrap_or_default();
        if !more.is_empty() {
            out.push(Event::More(more.to_owned()));
        }
        Ok(())
    }

    fn begin_call(
        &mut self,
        call: &Json,
        number: u64,
        id: Option<&str>,
        out: &mut Vec<Event>,
    ) -> Result<(), ConvertError> {
        let place = "choices/0/delta/tool_calls";
        // A call that goes on after another has begun cannot be given in order.
        if number < self.calls && id.is_none_or(|id| self.ids.contains(id)) {
            return Err(ConvertError::new(place, Problem::Interleaved));
        }
        let (Some(id), Some(name)) = (id, call.text_at(&["function", "name"])) else {
            return Err(ConvertError::new(place, Problem::Form));
        };
        self.close(out);
        self.open = Some(Open::Call(number));
        self.calls = self.calls.max(number.saturating_add(1));
        self.ids.insert(id.to_owned());
        id.clone_into(&mut self.id);
        out.push(Event::Open(Opening::Call {
            id: id.to_owned(),
            name: name.to_owned(),
        }));
        Ok(())
    }

    fn close(&mut self, out: &mut Vec<Event>) {
        if self.open.take().is_some() {
            out.push(Event::Close);
        }
    }

    /// `[DONE]`, or the end of a stream that does without it: the reason to stop came, so nothing is missing.
    pub(crate) fn finish(&mut self, out: &mut Vec<Event>) -> Result<(), ConvertError> {
        let stop = self.stop.take().ok_or_else(|| ConvertError::new("", Problem::Cut))?;
        self.close(out);
        let stop = match stop {
            Stop::End if self.calls > 0 => Stop::Calls,
            stop => stop,
        };
        out.push(Event::End {
            stop,
            usage: self.usage,
        });
        Ok(())
    }
}

/// Writes chunks.
#[derive(Default)]
pub(crate) struct Writer {
    id: String,
    model: String,
    open: Option<Open>,
    calls: u64,
}

impl Writer {
    pub(crate) fn write(&mut self, event: Event, frame: &Frame, out: &mut Vec<u8>) {
        match event {
            Event::Begin { id, model, .. } => {
                (self.id, self.model) = (id, model);
                let delta = Object::new().with("role", "assistant").with("content", "");
                self.chunk(delta, Json::Null, frame, out);
            }
            Event::Open(Opening::Text) => self.open = Some(Open::Text),
            Event::Open(Opening::Refusal) => self.open = Some(Open::Refusal),
            Event::Open(Opening::Call { id, name }) => {
                let number = self.calls;
                self.calls += 1;
                self.open = Some(Open::Call(number));
                let function = Object::new().with("name", name).with("arguments", "");
                let call = Object::new()
                    .with("index", number)
                    .with("id", id)
                    .with("type", "function")
                    .with("function", function);
                self.chunk(
                    Object::new().with("tool_calls", vec![call.into()]),
                    Json::Null,
                    frame,
                    out,
                );
            }
            Event::More(text) => {
                let delta = self.more(text);
                self.chunk(delta, Json::Null, frame, out);
            }
            Event::Close => self.open = None,
            Event::End { stop, usage } => {
                self.chunk(Object::new(), write_stop(&stop).into(), frame, out);
                if frame.include_usage {
                    let last = self
                        .envelope(frame)
                        .with("choices", Vec::new())
                        .with("usage", write_usage(&usage));
                    line(&last.into(), out);
                }
                out.extend_from_slice(b"data: [DONE]\n\n");
            }
            Event::Fault(fault) => line(&error::write(weir_model::Interface::OpenAiChat, &fault), out),
        }
    }

    fn more(&self, text: String) -> Object {
        match self.open {
            Some(Open::Call(number)) => {
                let function = Object::new().with("arguments", text);
                let call = Object::new().with("index", number).with("function", function);
                Object::new().with("tool_calls", vec![call.into()])
            }
            Some(Open::Refusal) => Object::new().with("refusal", text),
            Some(Open::Text) | None => Object::new().with("content", text),
        }
    }

    fn chunk(&self, delta: Object, finish: Json, frame: &Frame, out: &mut Vec<u8>) {
        let choice = Object::new()
            .with("index", 0_u64)
            .with("delta", delta)
            .with("logprobs", Json::Null)
            .with("finish_reason", finish);
        line(&self.envelope(frame).with("choices", vec![choice.into()]).into(), out);
    }

    fn envelope(&self, frame: &Frame) -> Object {
        Object::new()
            .with("id", &*self.id)
            .with("object", "chat.completion.chunk")
            .with("created", frame.created)
            .with("model", &*self.model)
    }
}

fn line(json: &Json, out: &mut Vec<u8>) {
    out.extend_from_slice(b"data: ");
    out.extend_from_slice(&json.write());
    out.extend_from_slice(b"\n\n");
}
