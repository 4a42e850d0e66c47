//! ChatGPT on the web: JSON patches whose path and operation carry over from event to event (`delta_encoding: v1`), and
//! the older stream in which every event repeats the whole message.

use std::ops::Range;

use super::super::restore::Kind;
use super::super::walk::{Value, Walk};
use super::{End, Mode, Reading, digest};
use crate::json::JsonError;

/// Patches nest once in what was seen; a list in a list in a list is not an answer.
const NESTED: usize = 4;

/// Events that each carry the message so far.
pub(super) fn read_full(walk: &mut Walk<'_>, value: &Value, reading: &mut Reading) -> Result<(), JsonError> {
    if *value != Value::Object {
        return Ok(());
    }
    walk.members(|walk, key, value| match (key, value) {
        (b"message", Value::Object) => message(walk, None, Mode::Snapshot, reading).map(drop),
        (b"type", Value::Text(span)) => {
            end_of_stream(walk.raw(&span), reading);
            Ok(())
        }
        _ => Ok(()),
    })
}

/// The state of a stream of patches.
#[derive(Default)]
pub(super) struct Patches {
    path: Vec<u8>,
    operation: Operation,
    /// The path text was last appended at: what a bare string continues after a list of patches.
    text: Vec<u8>,
    message: Message,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Operation {
    #[default]
    Add,
    Append,
    Replace,
    Patch,
    Other,
}

#[derive(Default)]
struct Change {
    path: Option<Range<usize>>,
    operation: Option<Range<usize>>,
    value: Option<(Value, Range<usize>)>,
}

impl Patches {
    pub(super) fn read(&mut self, walk: &mut Walk<'_>, value: &Value, reading: &mut Reading) -> Result<(), JsonError> {
        if *value != Value::Object {
            return Ok(());
        }
        let change = change(walk, reading)?;
        if change.value.is_none() {
            return Ok(());
        }
        self.apply(walk.bytes(), change, NESTED, reading)
    }

    fn apply(&mut self, json: &[u8], change: Change, nested: usize, reading: &mut Reading) -> Result<(), JsonError> {
        if let Some(path) = change.path {
            self.path.clear();
            self.path.extend_from_slice(&json[path]);
        }
        if let Some(operation) = change.operation {
            self.operation = Operation::named(&json[operation]);
        }
        match change.value {
            Some((Value::Text(span), _)) => self.text(span, reading),
            Some((Value::Object, span)) => self.object(&mut Walk::new(json, span.start), reading)?,
            Some((Value::Array, span)) if self.operation == Operation::Patch && nested > 0 => {
                let (path, operation) = (self.path.clone(), self.operation);
                self.list(&mut Walk::new(json, span.start), nested, reading)?;
                (self.path, self.operation) = (path, operation);
            }
            Some((Value::Array, span)) => self.array(&mut Walk::new(json, span.start), reading)?,
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, span: Range<usize>, reading: &mut Reading) {
        let bare = self.operation == Operation::Patch;
        let Some((kind, inner)) = self.message.channel(if bare { &self.text } else { &self.path }) else {
            return;
        };
        let mode = match self.operation {
            Operation::Append | Operation::Patch => Mode::Append,
            Operation::Add | Operation::Replace => Mode::Restart,
            Operation::Other => return,
        };
        reading.field(kind, self.message.number, inner, span, mode);
        self.message.judge_last(reading);
        if !bare && kind != Kind::Thinking {
            self.text.clone_from(&self.path);
        }
    }

    /// A whole message, its content, or something that is not text.
    fn object(&mut self, walk: &mut Walk<'_>, reading: &mut Reading) -> Result<(), JsonError> {
        if !matches!(self.operation, Operation::Add | Operation::Replace) {
            return Ok(());
        }
        walk.value()?;
        let first = reading.fields.len();
        match self.path.as_slice() {
            b"" => walk.members(|walk, key, value| match (key, value) {
                (b"message", Value::Object) => self.begin(walk, reading),
                _ => Ok(()),
            }),
            b"/message" => self.begin(walk, reading),
            b"/message/content" => content(walk, Mode::Restart, reading),
            _ => Ok(()),
        }?;
        for field in &mut reading.fields[first..] {
            field.key.outer = self.message.number;
        }
        Ok(())
    }

    /// Another message begins: the channels of the one before have ended.
    fn begin(&mut self, walk: &mut Walk<'_>, reading: &mut Reading) -> Result<(), JsonError> {
        let number = self.message.number + 1;
        self.message = message(walk, Some(number), Mode::Restart, reading)?;
        self.text.clear();
        self.text.extend_from_slice(b"/message/content/parts/0");
        reading.end(End::Outer(number - 1));
        Ok(())
    }

    fn list(&mut self, walk: &mut Walk<'_>, nested: usize, reading: &mut Reading) -> Result<(), JsonError> {
        walk.value()?;
        walk.elements(|walk, _, value| {
            if value != Value::Object {
                return Ok(());
            }
            let change = change(walk, reading)?;
            self.apply(walk.bytes(), change, nested - 1, reading)
        })
    }

    /// Parts set all at once.
    fn array(&mut self, walk: &mut Walk<'_>, reading: &mut Reading) -> Result<(), JsonError> {
        if self.path != b"/message/content/parts" || !matches!(self.operation, Operation::Add | Operation::Replace) {
            return Ok(());
        }
        walk.value()?;
        let (kind, number) = (self.message.kind(), self.message.number);
        walk.elements(|_, place, value| {
            if let Value::Text(span) = value {
                reading.field(kind, number, place, span, Mode::Restart);
                self.message.judge_last(reading);
            }
            Ok(())
        })
    }
}

impl Operation {
    fn named(name: &[u8]) -> Self {
        match name {
            b"add" => Operation::Add,
            b"append" => Operation::Append,
            b"replace" => Operation::Replace,
            b"patch" => Operation::Patch,
            _ => Operation::Other,
        }
    }
}

/// The members of the object that has just begun; a whole message among them is read at once.
fn change(walk: &mut Walk<'_>, reading: &mut Reading) -> Result<Change, JsonError> {
    let mut change = Change::default();
    walk.members(|walk, key, value| {
        match (key, value) {
            (b"p", Value::Text(span)) => change.path = Some(span),
            (b"o", Value::Text(span)) => change.operation = Some(span),
            (b"v", Value::Text(span)) => change.value = Some((Value::Text(span.clone()), span)),
            (b"v", value @ (Value::Object | Value::Array)) => change.value = Some((value, walk.whole()?)),
            (b"v", value) => change.value = Some((value, 0..0)),
            (b"message", Value::Object) => return message(walk, None, Mode::Snapshot, reading).map(drop),
            (b"type", Value::Text(span)) => end_of_stream(walk.raw(&span), reading),
            _ => {}
        }
        Ok(())
    })?;
    Ok(change)
}

fn end_of_stream(kind: &[u8], reading: &mut Reading) {
    if kind == b"message_stream_complete" {
        reading.end(End::All);
    }
}

/// Who speaks, and to whom.
#[derive(Default)]
struct Message {
    number: u64,
    /// Not the model: the echo of a prompt, what a tool returned.
    foreign: bool,
    /// Addressed to a tool, not to the user.
    tool: bool,
}

impl Message {
    fn kind(&self) -> Kind {
        if self.tool { Kind::Input } else { Kind::Text }
    }

    /// The channel of a path, if text stands there.
    fn channel(&self, path: &[u8]) -> Option<(Kind, u64)> {
        let place = path.strip_prefix(b"/message/content/")?;
        if let Some(part) = place.strip_prefix(b"parts/") {
            let number = std::str::from_utf8(part).ok().and_then(|part| part.parse().ok());
            return Some((self.kind(), number.unwrap_or_else(|| digest(part))));
        }
        match place {
            b"text" => Some((self.kind(), u64::MAX)),
            b"content" => Some((Kind::Thinking, 0)),
            _ if place.starts_with(b"thoughts/") => Some((Kind::Thinking, digest(place))),
            _ => None,
        }
    }

    fn judge_last(&self, reading: &mut Reading) {
        if let Some(field) = reading.fields.last_mut() {
            field.judged = !self.foreign;
        }
    }
}

/// The message object that has just begun. Its number is given, or made from its id.
fn message(walk: &mut Walk<'_>, number: Option<u64>, mode: Mode, reading: &mut Reading) -> Result<Message, JsonError> {
    let first = reading.fields.len();
    let mut message = Message::default();
    walk.members(|walk, key, value| {
        match (key, value) {
            (b"id", Value::Text(span)) => message.number = digest(walk.raw(&span)),
            (b"author", Value::Object) => {
                return walk.members(|walk, key, value| {
                    if let (b"role", Value::Text(span)) = (key, value) {
                        message.foreign = walk.raw(&span) != b"assistant";
                    }
                    Ok(())
                });
            }
            (b"recipient", Value::Text(span)) => message.tool = walk.raw(&span) != b"all",
            (b"content", Value::Object) => return content(walk, mode, reading),
            _ => {}
        }
        Ok(())
    })?;
    message.number = number.unwrap_or(message.number);
    for field in &mut reading.fields[first..] {
        field.key.outer = message.number;
        field.judged = !message.foreign;
        if field.key.kind == Kind::Text {
            field.key.kind = message.kind();
        }
    }
    Ok(message)
}

fn content(walk: &mut Walk<'_>, mode: Mode, reading: &mut Reading) -> Result<(), JsonError> {
    walk.members(|walk, key, value| {
        match (key, value) {
            (b"text", Value::Text(span)) => reading.field(Kind::Text, 0, u64::MAX, span, mode),
            (b"content", Value::Text(span)) => reading.field(Kind::Thinking, 0, 0, span, mode),
            (b"parts", Value::Array) => {
                return walk.elements(|_, place, value| {
                    if let Value::Text(span) = value {
                        reading.field(Kind::Text, 0, place, span, mode);
                    }
                    Ok(())
                });
            }
            _ => {}
        }
        Ok(())
    })
}
