//! Answers that come as the messages of a connection.

use std::collections::VecDeque;

use super::flow::Flow;
use super::format::{Format, Framing};
use super::surrogates::Surrogates;
use super::{Decoder, Replacement};

/// Reads the messages of one connection as they come from the service.
///
/// As many messages come out as went in, in the same order. Whole messages wait while the end of a text could be the
/// beginning of a surrogate; none is made, joined or dropped.
///
/// ```
/// use weir_content::answer::{Decoder, MessageStream, Replacement};
/// use weir_model::Sensitive;
///
/// let restore = vec![Replacement { surrogate: "[EMAIL_1]".to_owned(), original: Sensitive::new("jo@example.com".to_owned()) }];
/// let mut answer = MessageStream::new(Some(Decoder::CopilotWs), restore);
/// let mut out = Vec::new();
/// answer.push_message(br#"{"event":"appendText","messageId":"m","text":"To [EMA"}"#, &mut out);
/// assert!(out.is_empty(), "held: `[EMA` may become a surrogate");
/// answer.push_message(br#"{"event":"appendText","messageId":"m","text":"IL_1]."}"#, &mut out);
/// assert_eq!(out[0], br#"{"event":"appendText","messageId":"m","text":"To jo@example.com"}"#);
/// assert_eq!(out[1], br#"{"event":"appendText","messageId":"m","text":"."}"#);
/// ```
pub struct MessageStream {
    rewrites: bool,
    reads: bool,
    flow: Flow,
    /// Where the messages that wait end.
    ends: VecDeque<u64>,
}

impl MessageStream {
    /// For one connection. What `restore` names is put back.
    #[must_use]
    pub fn new(decoder: Option<Decoder>, restore: Vec<Replacement>) -> Self {
        let reads = decoder.is_some();
        let surrogates = Surrogates::new(if reads { restore } else { Vec::new() });
        Self {
            rewrites: !surrogates.is_empty(),
            reads,
            flow: Flow::new(decoder, Format::Framed(Framing::Messages), false, surrogates),
            ends: VecDeque::new(),
        }
    }

    /// For messages in which what [`MessageStream::replace`] names is replaced wherever it stands, inside links too.
    #[must_use]
    pub fn redacting(decoder: Option<Decoder>) -> Self {
        let mut stream = Self::new(decoder, Vec::new());
        stream.rewrites = stream.reads;
        stream.flow.take_out();
        stream
    }

    /// Names one more text to be replaced from here on.
    pub fn replace(&mut self, replacement: Replacement) {
        self.flow.learn(replacement);
    }

    /// False: messages come out as they went in.
    #[must_use]
    pub fn rewrites(&self) -> bool {
        self.rewrites
    }

    /// False where no decoder says what the messages are: they pass untouched and unread. And where more texts began at
    /// once than are followed.
    #[must_use]
    pub fn reads(&self) -> bool {
        self.reads && !self.flow.lost()
    }

    /// Takes one message; appends to `out` those that may go on. A message that cannot be read passes unchanged.
    pub fn push_message(&mut self, message: &[u8], out: &mut Vec<Vec<u8>>) {
        if !self.rewrites {
            out.push(message.to_vec());
        }
        if self.reads {
            self.flow.message(message, &mut self.ends, self.rewrites.then_some(out));
        }
    }

    /// The service says nothing for now: gives out what was held, decided by what is there. It may say more.
    pub fn settle(&mut self, out: &mut Vec<Vec<u8>>) {
        if self.reads {
            self.flow.settle_messages(&mut self.ends, self.rewrites.then_some(out));
        }
    }

    /// How often the service has said that all of an answer's text is here.
    #[must_use]
    pub fn ends_told(&self) -> u32 {
        self.flow.ends()
    }

    /// The connection is closed, or its end is not worth waiting for: gives out what was held.
    pub fn finish(&mut self, out: &mut Vec<Vec<u8>>) {
        if self.reads {
            self.flow.finish_messages(&mut self.ends, self.rewrites.then_some(out));
        }
    }

    /// Hands over the text read since the last call: see [`AnswerStream::drain_text`](super::AnswerStream::drain_text).
    pub fn drain_text(&mut self, each: &mut dyn FnMut(usize, &str)) {
        self.flow.drain_text(each);
    }

    /// True for a channel that the client shows as the answer; false for thoughts and for what goes to a tool.
    #[must_use]
    pub fn is_answer(&self, channel: usize) -> bool {
        self.flow.is_answer(channel)
    }

    /// How often an original was put back so far.
    #[must_use]
    pub fn restored(&self) -> u32 {
        self.flow.restored()
    }
}
