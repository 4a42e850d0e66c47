//! What all three interfaces say in a request, in words of none of them.

use serde_json::Number;

use crate::fields::At;
use crate::json::Json;

/// A request.
pub(crate) struct Call {
    pub(crate) model: String,
    pub(crate) turns: Vec<Turn>,
    pub(crate) tools: Vec<Tool>,
    pub(crate) choice: Option<Choice>,
    /// False: one tool call at a time.
    pub(crate) parallel: Option<bool>,
    pub(crate) max_tokens: Option<u64>,
    pub(crate) temperature: Option<Number>,
    pub(crate) top_p: Option<Number>,
    pub(crate) stop: At<Vec<String>>,
    pub(crate) stream: bool,
    /// An id that the caller gives its own user.
    pub(crate) user: Option<String>,
    pub(crate) format: Option<At<Format>>,
    pub(crate) effort: Option<At<String>>,
    pub(crate) verbosity: Option<At<String>>,
}

/// Consecutive blocks of one speaker.
pub(crate) struct Turn {
    pub(crate) place: String,
    pub(crate) role: Role,
    pub(crate) blocks: Vec<At<Block>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    System,
    User,
    Assistant,
}

#[derive(Clone)]
pub(crate) enum Block {
    Text(String),
    /// The model declined, in these words.
    Refusal(String),
    Image(Image),
    Call(ToolCall),
    Result(ToolResult),
}

#[derive(Clone)]
pub(crate) struct Image {
    pub(crate) source: Source,
    pub(crate) detail: Option<String>,
}

#[derive(Clone)]
pub(crate) enum Source {
    Url(String),
    Inline { media_type: String, base64: String },
}

#[derive(Clone, PartialEq)]
pub(crate) struct ToolCall {
    pub(crate) id: String,
    pub(crate) name: String,
    /// JSON text.
    pub(crate) arguments: String,
}

#[derive(Clone)]
pub(crate) struct ToolResult {
    pub(crate) id: String,
    /// Text and images.
    pub(crate) content: Vec<At<Block>>,
    pub(crate) failed: bool,
}

pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) schema: Option<Json>,
    pub(crate) strict: Option<bool>,
}

pub(crate) enum Choice {
    Auto,
    Nothing,
    Any,
    Tool(String),
}

/// The form of the answer's text.
pub(crate) enum Format {
    Object,
    Schema {
        name: String,
        description: Option<String>,
        schema: Option<Json>,
        strict: Option<bool>,
    },
}

impl Source {
    /// `data:image/png;base64,…`, or an address elsewhere.
    pub(crate) fn of_url(url: String) -> Self {
        let inline = url
            .strip_prefix("data:")
            .and_then(|rest| rest.split_once(";base64,"))
            .map(|(media_type, base64)| Source::Inline {
                media_type: media_type.to_owned(),
                base64: base64.to_owned(),
            });
        inline.unwrap_or(Source::Url(url))
    }

    pub(crate) fn to_url(&self) -> String {
        match self {
            Source::Url(url) => url.clone(),
            Source::Inline { media_type, base64 } => format!("data:{media_type};base64,{base64}"),
        }
    }
}
