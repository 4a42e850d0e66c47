//! What a client is told instead of an answer.

use std::str::FromStr;

/// The form in which a client understands a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Error JSON of the OpenAI interface.
    OpenAi,
    /// Error JSON of the Anthropic interface.
    Anthropic,
    /// An answer stream ChatGPT's page shows as a message.
    ChatgptWeb,
    /// An answer stream Claude's page shows as a message.
    ClaudeWeb,
    /// JSON for requests no person sees.
    QuietJson,
    /// A page.
    Html,
    /// Plain text.
    Plain,
}

/// The catalogue names a shape that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("no block shape is called `{0}`")]
pub struct UnknownShape(String);

impl FromStr for Shape {
    type Err = UnknownShape;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(match name {
            "openai" => Shape::OpenAi,
            "anthropic" => Shape::Anthropic,
            "chatgpt_web" => Shape::ChatgptWeb,
            "claude_web" => Shape::ClaudeWeb,
            "quiet_json" => Shape::QuietJson,
            "html" => Shape::Html,
            "plain" => Shape::Plain,
            _ => return Err(UnknownShape(name.to_owned())),
        })
    }
}
