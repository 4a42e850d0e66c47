//! Streamed answers of the responses interface: items, their parts, and the whole response once more at the end.

use crate::Frame;
use crate::anthropic::stream::event_line;
use crate::call::ToolCall;
use crate::error::{ConvertError, Fault, Problem};
use crate::fields::Fields;
use crate::json::{Json, Object};
use crate::reply::{Event, Opening, Part, Reply, Stop, Usage};
use crate::responses::reply::{
    item_id, read_fields, write, write_call, write_envelope, write_message, write_part, write_stop,
};
use crate::sse::Message;

/// Reads events.
#[derive(Default)]
pub(crate) struct Reader {
    open: Option<Open>,
    ended: bool,
}

/// Items and parts are numbered.
type Open = (u64, u64);

impl Reader {
    pub(crate) fn read(&mut self, message: &Message, out: &mut Vec<Event>) -> Result<(), ConvertError> {
        if message.data == "[DONE]" {
            return Ok(());
        }
        let event = Json::parse(message.data.as_bytes()).ok_or_else(|| ConvertError::new("", Problem::Form))?;
        let kind = event.text_at(&["type"]).unwrap_or_default();
        match kind {
            "response.created" => out.push(Event::Begin {
                id: event.text_at(&["response", "id"]).unwrap_or_default().to_owned(),
                model: event.text_at(&["response", "model"]).unwrap_or_default().to_owned(),
                usage: Usage::default(),
            }),
            "response.output_item.added" => self.item(&event, out)?,
            "response.content_part.added" => self.part(&event, out)?,
            "response.output_text.delta" | "response.refusal.delta" | "response.function_call_arguments.delta" => {
                self.same(&event)?;
                let more = event.text_at(&["delta"]).unwrap_or_default();
                if !more.is_empty() {
                    out.push(Event::More(more.to_owned()));
                }
            }
            "response.content_part.done" | "response.function_call_arguments.done" => {
                if self.open.take().is_some() {
                    out.push(Event::Close);
                }
            }
            "response.completed" | "response.incomplete" => self.end(&event, out)?,
            "response.failed" | "error" => out.push(Event::Fault(fault(&event))),
            // The same once more, progress, and the thoughts of the model, which are no part of its answer.
            "response.in_progress"
            | "response.queued"
            | "response.output_item.done"
            | "response.output_text.done"
            | "response.refusal.done" => {}
            kind if kind.starts_with("response.reasoning") => {}
            _ => return Err(ConvertError::new("type", Problem::Unknown)),
        }
        Ok(())
    }

    fn item(&mut self, event: &Json, out: &mut Vec<Event>) -> Result<(), ConvertError> {
        let text = |key: &str| event.text_at(&["item", key]);
        match text("type") {
            // Their parts are announced on their own.
            Some("message" | "reasoning") => Ok(()),
            Some("function_call") => {
                let (Some(id), Some(name)) = (text("call_id"), text("name")) else {
                    return Err(ConvertError::new("item", Problem::Form));
                };
                self.begin(event)?;
                out.push(Event::Open(Opening::Call {
                    id: id.to_owned(),
                    name: name.to_owned(),
                }));
                Ok(())
            }
            _ => Err(ConvertError::new("item/type", Problem::Unknown)),
        }
    }

    fn part(&mut self, event: &Json, out: &mut Vec<Event>) -> Result<(), ConvertError> {
        let opening = match event.text_at(&["part", "type"]) {
            Some("output_text") => Opening::Text,
            Some("refusal") => Opening::Refusal,
            Some("reasoning_text") => return Ok(()),
            _ => return Err(ConvertError::new("part/type", Problem::Unknown)),
        };
        self.begin(event)?;
        out.push(Event::Open(opening));
        Ok(())
    }

    fn begin(&mut self, event: &Json) -> Result<(), ConvertError> {
        if self.open.is_some() {
            return Err(ConvertError::new("output_index", Problem::Interleaved));
        }
        self.open = Some(place(event));
        Ok(())
    }

    fn same(&self, event: &Json) -> Result<(), ConvertError> {
        if self.open == Some(place(event)) {
            return Ok(());
        }
        Err(ConvertError::new("output_index", Problem::Interleaved))
    }

    fn end(&mut self, event: &Json, out: &mut Vec<Event>) -> Result<(), ConvertError> {
        let response = event.get("response").cloned().unwrap_or(Json::Null);
        let reply = read_fields(Fields::of(response, "response")?)?;
        self.ended = true;
        out.push(Event::End {
            stop: reply.stop,
            usage: reply.usage,
        });
        Ok(())
    }

    pub(crate) fn finish(&mut self, _out: &mut Vec<Event>) -> Result<(), ConvertError> {
        if self.ended {
            return Ok(());
        }
        Err(ConvertError::new("", Problem::Cut))
    }
}

fn place(event: &Json) -> Open {
    let number = |key: &str| event.whole_at(&[key]).unwrap_or_default();
    (number("output_index"), number("content_index"))
}

fn fault(event: &Json) -> Fault {
    let error = event.at(&["response", "error"]).unwrap_or(event);
    let text = |key: &str| error.text_at(&[key]).map(str::to_owned);
    Fault {
        kind: "api_error".to_owned(),
        message: text("message").unwrap_or_default(),
        code: text("code"),
        param: text("param"),
    }
}

/// Writes events.
#[derive(Default)]
pub(crate) struct Writer {
    sequence: u64,
    reply: Reply,
    open: Option<Part>,
}

impl Writer {
    pub(crate) fn write(&mut self, event: Event, frame: &Frame, out: &mut Vec<u8>) {
        match event {
            Event::Begin { id, model, .. } => {
                (self.reply.id, self.reply.model) = (id, model);
                for kind in ["response.created", "response.in_progress"] {
                    let (id, model) = (&self.reply.id, &self.reply.model);
                    let response = write_envelope(id, model, "in_progress", Vec::new(), frame)
                        .with("incomplete_details", Json::Null)
                        .with("usage", Json::Null);
                    self.event(kind, Object::new().with("response", response), out);
                }
            }
            Event::Open(opening) => self.open(opening, out),
            Event::More(text) => self.more(&text, out),
            Event::Close => self.close(out),
            Event::End { stop, usage } => self.end(stop, usage, frame, out),
            Event::Fault(fault) => {
                let body = Object::new()
                    .or_null("code", fault.code.or(Some(fault.kind)))
                    .with("message", fault.message)
                    .or_null("param", fault.param);
                self.event("error", body, out);
            }
        }
    }

    fn open(&mut self, opening: Opening, out: &mut Vec<u8>) {
        let id = self.item_id();
        let (part, item) = match opening {
            Opening::Text => (Part::Text(String::new()), write_message(&id, "in_progress", Vec::new())),
            Opening::Refusal => (
                Part::Refusal(String::new()),
                write_message(&id, "in_progress", Vec::new()),
            ),
            Opening::Call { id: call, name } => {
                let call = ToolCall {
                    id: call,
                    name,
                    arguments: String::new(),
                };
                let item = write_call(&id, "in_progress", &call);
                (Part::Call(call), item)
            }
        };
        let added = self.item_place().with("item", item);
        self.event("response.output_item.added", added, out);
        if !matches!(part, Part::Call(_)) {
            let added = self.part_place().with("part", write_part(&part));
            self.event("response.content_part.added", added, out);
        }
        self.open = Some(part);
    }

    fn more(&mut self, more: &str, out: &mut Vec<u8>) {
        let (kind, text) = match &mut self.open {
            Some(Part::Text(text)) => ("response.output_text.delta", text),
            Some(Part::Refusal(text)) => ("response.refusal.delta", text),
            Some(Part::Call(call)) => ("response.function_call_arguments.delta", &mut call.arguments),
            None => return,
        };
        text.push_str(more);
        let body = match &self.open {
            Some(Part::Call(_)) => self.item_place().with("item_id", self.item_id()).with("delta", more),
            Some(Part::Text(_)) => self.part_place().with("delta", more).with("logprobs", Vec::new()),
            Some(Part::Refusal(_)) | None => self.part_place().with("delta", more),
        };
        self.event(kind, body, out);
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        let Some(part) = self.open.take() else { return };
        let (kind, done) = match &part {
            Part::Text(text) => (
                "response.output_text.done",
                self.part_place().with("text", &**text).with("logprobs", Vec::new()),
            ),
            Part::Refusal(text) => ("response.refusal.done", self.part_place().with("refusal", &**text)),
            Part::Call(call) => (
                "response.function_call_arguments.done",
                self.item_place()
                    .with("item_id", self.item_id())
                    .with("name", &*call.name)
                    .with("arguments", &*call.arguments),
            ),
        };
        self.event(kind, done, out);
        let item = match &part {
            Part::Call(call) => write_call(&self.item_id(), "completed", call),
            Part::Text(_) | Part::Refusal(_) => {
                let done = self.part_place().with("part", write_part(&part));
                self.event("response.content_part.done", done, out);
                write_message(&self.item_id(), "completed", vec![write_part(&part)])
            }
        };
        let done = self.item_place().with("item", item);
        self.event("response.output_item.done", done, out);
        self.reply.parts.push(part);
    }

    fn end(&mut self, stop: Stop, usage: Usage, frame: &Frame, out: &mut Vec<u8>) {
        let (_, kind) = write_stop(&stop);
        (self.reply.stop, self.reply.usage) = (stop, usage);
        let whole = Object::new().with("response", write(&self.reply, frame));
        self.event(kind, whole, out);
    }

    fn item_id(&self) -> String {
        item_id(&self.reply.id, self.reply.parts.len())
    }

    fn item_place(&self) -> Object {
        let number = u64::try_from(self.reply.parts.len()).unwrap_or(u64::MAX);
        Object::new().with("output_index", number)
    }

    fn part_place(&self) -> Object {
        self.item_place()
            .with("item_id", self.item_id())
            .with("content_index", 0_u64)
    }

    fn event(&mut self, kind: &str, body: Object, out: &mut Vec<u8>) {
        let mut json: Json = body.into();
        json.set("type", kind.into());
        json.set("sequence_number", self.sequence.into());
        self.sequence += 1;
        event_line(kind, &json, out);
    }
}
