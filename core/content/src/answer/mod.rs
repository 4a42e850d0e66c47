//! Answers: bytes of a stream in, the same bytes with the originals put back out, and the text in between for judging.
//!
//! ```text
//! bytes -> coding -> frames -> decoders -> tap                 (text for judging)
//!                                       -> restore -> bytes    (surrogates found, originals put back)
//! ```
//!
//! Edits are byte-exact splices of the JSON strings that carry the text; everything else leaves as it came, in the order
//! it came. Events are held only while the end of a text could be the beginning of a surrogate.
//!
//! Fails open: an event that cannot be read passes unchanged, because a surrogate that stays is only unhandy. What a
//! damaged content coding hides cannot be passed on and is an error. Must not know sockets or policy.
//!
//! Limits: a surrogate inside JSON inside JSON inside JSON is put back with the escapes of two levels; positions in
//! the text that a service sends beside it (citations, annotations) count the surrogate and not the original.

mod coding;
mod decoder;
mod decoders;
mod flow;
mod format;
mod framing;
mod layers;
mod messages;
mod reading;
mod restore;
#[cfg(test)]
mod samples;
mod seen;
mod surrogates;
mod tap;
#[cfg(test)]
mod tests;
mod text;
#[cfg(test)]
mod traffic;
mod tree;
mod walk;
#[cfg(test)]
mod wire;

use weir_model::Sensitive;

use coding::Codings;
use flow::Flow;
use format::Format;
use surrogates::Surrogates;

pub use decoder::{Decoder, UnknownDecoder};
pub use messages::MessageStream;
pub(crate) use text::escape_html;

/// A surrogate and the value it stands for. Holds what people typed: no `Debug`, no serde.
#[derive(Clone)]
pub struct Replacement {
    /// The stand-in the model was given: `[EMAIL_1]`.
    pub surrogate: String,
    /// What to put back.
    pub original: Sensitive<String>,
}

/// An answer cannot be read on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The compressed bytes are damaged.
    #[error("the `{0}` coding of the answer is damaged")]
    DamagedCoding(&'static str),
    /// The compressed bytes end too early; what could be read was given out.
    #[error("the `{0}` coding of the answer ends too early")]
    Truncated(&'static str),
    /// One chunk expands to more than an answer can be.
    #[error("one chunk of the answer expands to more than {0} bytes")]
    Expansion(usize),
}

/// Reads one answer as it streams by.
///
/// ```
/// use weir_content::answer::{AnswerStream, Decoder, Replacement};
/// use weir_model::Sensitive;
///
/// let restore = vec![Replacement { surrogate: "[EMAIL_1]".to_owned(), original: Sensitive::new("jo@example.com".to_owned()) }];
/// let mut answer = AnswerStream::new(Some(Decoder::OpenAiChat), Some("text/event-stream"), None, restore);
/// let mut out = Vec::new();
/// answer.push(b"data: {\"choices\":[{\"delta\":{\"content\":\"Write to [EMA\"}}]}\n\n", &mut out)?;
/// assert!(out.is_empty(), "held: `[EMA` may become a surrogate");
/// answer.push(b"data: {\"choices\":[{\"delta\":{\"content\":\"IL_1].\"}}]}\n\n", &mut out)?;
/// let events = String::from_utf8_lossy(&out);
/// assert!(events.contains("Write to jo@example.com") && events.contains("\"content\":\".\""));
/// # Ok::<(), weir_content::answer::AnswerError>(())
/// ```
pub struct AnswerStream {
    rewrites: bool,
    reads: bool,
    codings: Codings,
    flow: Flow,
    failed: Option<AnswerError>,
}

impl AnswerStream {
    /// For an answer with these headers. What `restore` names is put back.
    #[must_use]
    pub fn new(
        decoder: Option<Decoder>,
        content_type: Option<&str>,
        content_coding: Option<&str>,
        restore: Vec<Replacement>,
    ) -> Self {
        let (codings, known) =
            Codings::parse(content_coding).map_or_else(|_| (Codings::default(), false), |codings| (codings, true));
        let named = Format::named(content_type, decoder);
        let sniff = named == Format::Unknown || (decoder.is_some() && named.doubtful(content_type));
        let reads = known && (sniff || named != Format::Opaque);
        let surrogates = Surrogates::new(if reads { restore } else { Vec::new() });
        let rewrites = !surrogates.is_empty();
        Self {
            rewrites,
            reads,
            codings,
            flow: Flow::new(decoder, named, sniff, surrogates),
            failed: None,
        }
    }

    /// The same with its content coding undone, whether or not anything is put back.
    #[must_use]
    pub fn uncoded(mut self) -> Self {
        self.rewrites |= self.reads;
        self
    }

    /// For an answer that has no content coding any more. What [`AnswerStream::replace`] names is replaced wherever it
    /// stands, inside links too.
    #[must_use]
    pub fn redacting(decoder: Option<Decoder>, content_type: Option<&str>) -> Self {
        let mut stream = Self::new(decoder, content_type, None, Vec::new()).uncoded();
        stream.flow.take_out();
        stream
    }

    /// Names one more text to be replaced from here on.
    pub fn replace(&mut self, replacement: Replacement) {
        self.flow.learn(replacement);
    }

    /// False: bytes pass untouched, and the caller keeps `Content-Length` and `Content-Encoding`. True: the output is not
    /// compressed and may have another length, so the caller drops both.
    #[must_use]
    pub fn rewrites(&self) -> bool {
        self.rewrites
    }

    /// True while the text of the answer is read. False for pictures, for codings nobody here knows, where the bytes are
    /// not what the decoder expects, after damage, at the end of an answer in which the decoder found nothing it knows, and
    /// where more texts began at once than are followed.
    #[must_use]
    pub fn reads(&self) -> bool {
        self.reads && !self.flow.lost()
    }

    /// Takes bytes as they arrive; appends to `out` what may go on.
    ///
    /// # Errors
    /// When the answer is rewritten and its content coding is damaged. What could be read is in `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), AnswerError> {
        self.fail_again()?;
        if !self.rewrites {
            out.extend_from_slice(bytes);
        }
        if !self.reads {
            return Ok(());
        }
        let undone = self.codings.push(bytes, self.flow.buffer());
        self.flow.advance(self.rewrites.then_some(out));
        self.check(undone)
    }

    /// The answer is complete: gives out what was held.
    ///
    /// # Errors
    /// When the answer is rewritten and its content coding ends too early. What could be read is in `out`.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), AnswerError> {
        self.fail_again()?;
        if !self.reads {
            return Ok(());
        }
        self.flow.finish(self.rewrites.then_some(out));
        let ended = self.codings.finish();
        self.check(ended)
    }

    /// Hands over the answer text read since the last call, by text channel, decoded and with surrogates still in place.
    /// Channels are numbered in the order they begin; a thought or the arguments of a tool call are channels of their
    /// own. Text that a service repeats whole is handed over once. Drain after each push: waiting text is bounded, and
    /// what exceeds the bound is lost.
    pub fn drain_text(&mut self, each: &mut dyn FnMut(usize, &str)) {
        self.flow.drain_text(each);
    }

    /// True for a channel that the client shows as the answer; false for thoughts and for what goes to a tool.
    #[must_use]
    pub fn is_answer(&self, channel: usize) -> bool {
        self.flow.is_answer(channel)
    }

    /// How often an original was put back so far; a text that a service repeats whole counts each time.
    #[must_use]
    pub fn restored(&self) -> u32 {
        self.flow.restored()
    }

    fn fail_again(&self) -> Result<(), AnswerError> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    /// Damage stops a rewritten answer. One that passes untouched goes on unread: the client sees the same damage.
    fn check(&mut self, result: Result<(), AnswerError>) -> Result<(), AnswerError> {
        let Err(error) = result else { return Ok(()) };
        self.reads = false;
        if !self.rewrites {
            return Ok(());
        }
        self.failed = Some(error.clone());
        Err(error)
    }
}

/// For fuzzing: arbitrary bytes through every decoder, whole and in two pieces, which must give the same; and as the
/// messages of a connection.
///
/// The first byte picks the decoder, the second content type and coding, the third where to cut.
pub fn fuzz(data: &[u8]) {
    const TYPES: [Option<&str>; 5] = [
        Some("text/event-stream"),
        Some("application/json"),
        Some("text/html"),
        Some("application/octet-stream"),
        None,
    ];
    const CODINGS: [Option<&str>; 5] = [None, Some("gzip"), Some("deflate"), Some("br"), Some("zstd")];
    let [decoder, headers, cut, body @ ..] = data else {
        return;
    };
    let decoder = Decoder::ALL
        .get(usize::from(*decoder) % (Decoder::ALL.len() + 1))
        .map(|(_, decoder)| *decoder);
    let headers = usize::from(*headers);
    let (content_type, coding) = (
        TYPES[headers % TYPES.len()],
        CODINGS[headers / TYPES.len() % CODINGS.len()],
    );
    let restore = || {
        vec![Replacement {
            surrogate: "[EMAIL_1]".to_owned(),
            original: Sensitive::new("jo \"x\"@example.com".to_owned()),
        }]
    };
    let run = |pieces: &[&[u8]]| {
        let mut answer = AnswerStream::new(decoder, content_type, coding, restore());
        let (mut out, mut text) = (Vec::new(), String::new());
        let done = pieces.iter().try_for_each(|piece| {
            let pushed = answer.push(piece, &mut out);
            answer.drain_text(&mut |_, part| text.push_str(part));
            pushed
        });
        (done.and_then(|()| answer.finish(&mut out)).is_ok(), out)
    };
    let cut = usize::from(*cut) * body.len() / 256;
    let whole = run(&[body]);
    let pieces = run(&[&body[..cut], &body[cut..]]);
    assert!(
        whole.0 == pieces.0 && (!whole.0 || whole.1 == pieces.1),
        "the cut changed the answer"
    );
    let mut messages = MessageStream::new(decoder, restore());
    let mut out = Vec::new();
    messages.push_message(&body[..cut], &mut out);
    messages.push_message(&body[cut..], &mut out);
    messages.finish(&mut out);
    assert!(out.len() == 2, "as many messages come out as went in");
}
