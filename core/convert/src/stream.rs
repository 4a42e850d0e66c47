//! A streamed answer of one interface, as it comes, into that of another.

use weir_model::Interface;

use crate::error::{ConvertError, Fault, Problem};
use crate::reply::Event;
use crate::sse::{self, Message};
use crate::{Frame, anthropic, chat, responses};

/// Converts one streamed answer. Holds no more than the event that is not over, but for answers in the form of responses,
/// which repeat all of themselves at the end.
pub struct StreamConverter {
    sse: sse::Reader,
    reader: Reader,
    writer: Writer,
    frame: Frame,
    over: bool,
}

enum Reader {
    Chat(chat::stream::Reader),
    Responses(responses::stream::Reader),
    Anthropic(anthropic::stream::Reader),
}

enum Writer {
    Chat(chat::stream::Writer),
    Responses(Box<responses::stream::Writer>),
    Anthropic(anthropic::stream::Writer),
}

impl StreamConverter {
    /// For an answer of `from`, given to a caller of `to`.
    #[must_use]
    pub fn new(from: Interface, to: Interface, frame: Frame) -> Self {
        Self {
            sse: sse::Reader::default(),
            reader: match from {
                Interface::OpenAiChat => Reader::Chat(chat::stream::Reader::default()),
                Interface::OpenAiResponses => Reader::Responses(responses::stream::Reader::default()),
                Interface::AnthropicMessages => Reader::Anthropic(anthropic::stream::Reader::default()),
            },
            writer: match to {
                Interface::OpenAiChat => Writer::Chat(chat::stream::Writer::default()),
                Interface::OpenAiResponses => Writer::Responses(Box::default()),
                Interface::AnthropicMessages => Writer::Anthropic(anthropic::stream::Writer::default()),
            },
            frame,
            over: false,
        }
    }

    /// Takes some bytes of the answer, and appends what can be said now.
    ///
    /// # Errors
    /// The answer cannot be converted further. [`StreamConverter::break_off`] tells the caller.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), ConvertError> {
        let mut messages = Vec::new();
        let read = self.sse.push(chunk, &mut |message| messages.push(message));
        for message in messages {
            self.message(&message, out)?;
        }
        read.map_err(|_| ConvertError::new("", Problem::Form))
    }

    fn message(&mut self, message: &Message, out: &mut Vec<u8>) -> Result<(), ConvertError> {
        if self.over {
            return Ok(());
        }
        let mut events = Vec::new();
        let read = match &mut self.reader {
            Reader::Chat(reader) => reader.read(message, &mut events),
            Reader::Responses(reader) => reader.read(message, &mut events),
            Reader::Anthropic(reader) => reader.read(message, &mut events),
        };
        self.write(events, out);
        read
    }

    /// The end of the answer.
    ///
    /// # Errors
    /// It came too early: the caller must not take what there is for the whole.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), ConvertError> {
        if self.over {
            return Ok(());
        }
        let mut events = Vec::new();
        let read = match &mut self.reader {
            Reader::Chat(reader) => reader.finish(&mut events),
            Reader::Responses(reader) => reader.finish(&mut events),
            Reader::Anthropic(reader) => reader.finish(&mut events),
        };
        self.write(events, out);
        read
    }

    /// Tells the caller that no more will come, in the words of its interface.
    pub fn break_off(&mut self, why: &str, out: &mut Vec<u8>) {
        let fault = Fault {
            kind: "api_error".to_owned(),
            message: why.to_owned(),
            code: None,
            param: None,
        };
        self.write(vec![Event::Fault(fault)], out);
    }

    fn write(&mut self, events: Vec<Event>, out: &mut Vec<u8>) {
        for event in events {
            if self.over {
                return;
            }
            self.over = matches!(event, Event::End { .. } | Event::Fault(_));
            match &mut self.writer {
                Writer::Chat(writer) => writer.write(event, &self.frame, out),
                Writer::Responses(writer) => writer.write(event, &self.frame, out),
                Writer::Anthropic(writer) => writer.write(event, out),
            }
        }
    }
}
