//! Answers: bytes of a stream in, the same bytes with the originals put back out, and the text in between for judging.

use std::str::FromStr;

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
