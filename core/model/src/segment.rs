use crate::Sensitive;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// A piece of text in a message, with the place it stands at. Holds what people typed: no `Debug`, no serde.
#[derive(Clone)]
pub struct Segment {
    /// Where it stands; safe to record.
    pub place: Place,
    /// The decoded text (escapes, encodings and compression undone).
    pub text: Sensitive<String>,
}

/// Where a segment stands, in words that may be recorded: they come from an adapter, never from the sender.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct Place {
    /// What the text is to the model.
    pub role: Role,
    /// The adapter's locator pattern (`json:/messages/*/content`), or `None` where no adapter matched and the generic
    /// walker found the text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub locator: Option<Cow<'static, str>>,
    /// Index of the segment in its message, counting from 0.
    pub segment: u32,
}

/// What a segment is to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What the user wrote for this turn.
    Prompt,
    /// Instructions to the model.
    System,
    /// An earlier turn, of either side.
    History,
    /// What a tool returned.
    ToolResult,
    /// A file, or a paste turned into one.
    Attachment,
    /// Text around the cursor in an editor (prefix, suffix).
    Code,
    /// Another copy of the prompt, which the service wants as well.
    Copy,
    /// Text in a message that no adapter describes.
    Unclassified,
    /// The model's answer.
    Answer,
}

/// What a message does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A turn the user sent.
    Prompt,
    /// Prompt text that leaves before the user presses send.
    PrefetchPrompt,
    /// Bytes of a file.
    Upload,
    /// The announcement of a file (name, size) before its bytes.
    UploadInit,
    /// A new answer to an earlier prompt.
    Regenerate,
    /// The set-up of a voice session, whose sound takes another way.
    VoiceSetup,
    /// The client's own reports: no user text expected.
    Telemetry,
    /// Anything else sent to an AI host.
    Other,
}

impl Role {
    /// The name used in packs, records and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Prompt => "prompt",
            Role::System => "system",
            Role::History => "history",
            Role::ToolResult => "tool_result",
            Role::Attachment => "attachment",
            Role::Code => "code",
            Role::Copy => "copy",
            Role::Unclassified => "unclassified",
            Role::Answer => "answer",
        }
    }
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 8] = [
        Kind::Prompt,
        Kind::PrefetchPrompt,
        Kind::Upload,
        Kind::UploadInit,
        Kind::Regenerate,
        Kind::VoiceSetup,
        Kind::Telemetry,
        Kind::Other,
    ];

    /// The name used in packs, records and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Prompt => "prompt",
            Kind::PrefetchPrompt => "prefetch_prompt",
            Kind::Upload => "upload",
            Kind::UploadInit => "upload_init",
            Kind::Regenerate => "regenerate",
            Kind::VoiceSetup => "voice_setup",
            Kind::Telemetry => "telemetry",
            Kind::Other => "other",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
