use serde::{Deserialize, Serialize};
use std::fmt;

/// A programming interface that AI services speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Interface {
    /// OpenAI's chat completions, which most services speak.
    #[serde(rename = "openai_chat")]
    OpenAiChat,
    /// OpenAI's responses.
    #[serde(rename = "openai_responses")]
    OpenAiResponses,
    /// Anthropic's messages.
    AnthropicMessages,
}

impl Interface {
    /// All interfaces.
    pub const ALL: [Interface; 3] = [
        Interface::OpenAiChat,
        Interface::OpenAiResponses,
        Interface::AnthropicMessages,
    ];

    /// The name used in packs, records and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Interface::OpenAiChat => "openai_chat",
            Interface::OpenAiResponses => "openai_responses",
            Interface::AnthropicMessages => "anthropic_messages",
        }
    }

    /// The name people know.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Interface::OpenAiChat => "OpenAI chat completions",
            Interface::OpenAiResponses => "OpenAI responses",
            Interface::AnthropicMessages => "Anthropic messages",
        }
    }

    /// Where its calls go, below the version: `chat/completions`.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Interface::OpenAiChat => "chat/completions",
            Interface::OpenAiResponses => "responses",
            Interface::AnthropicMessages => "messages",
        }
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
