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

/// What people are told: words of the pack and ids, never the value that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What happened, in one line.
    pub title: String,
    /// Why.
    pub reason: String,
    /// The rule that decided.
    pub rule: String,
    /// The event to quote when asking about it.
    pub event: String,
    /// What can be done now.
    pub advice: String,
}

/// An answer made here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status; never 429 or 5xx, which clients take as an invitation to retry.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The refusal of a request in the form its client understands. `streaming`: the request asked for a streamed answer.
#[must_use]
pub fn reply(shape: Shape, notice: &Notice, streaming: bool) -> Reply {
    let _ = (shape, streaming);
    Reply { status: 403, headers: vec![("cache-control".to_owned(), "no-store".to_owned())], body: notice.title.clone().into_bytes() }
}
