use crate::EventId;
use serde::{Deserialize, Serialize};

/// A file that a message carries, announces or refers to, as it may be recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct FileEntry {
    /// What the sender calls it, here or where it was announced; absent where something was found in the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Media type or extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// In bytes: counted where the content is here, else as announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// What is known of its content.
    pub state: FileState,
    /// The decision on its content, or on its announcement, where that was another message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
}

/// What is known of the content of a file, the best case first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// It is in this message.
    Inline,
    /// It is only spoken of, and nothing tells which file it is.
    Named,
    /// It is to follow.
    Announced,
    /// An earlier message carried it, was judged and left.
    Released,
    /// An earlier message is said to have carried it, and none that did was seen.
    Unseen,
    /// An earlier message carried it, was judged and did not leave.
    Blocked,
}

impl FileState {
    /// The name used in packs, records and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            FileState::Inline => "inline",
            FileState::Named => "named",
            FileState::Announced => "announced",
            FileState::Released => "released",
            FileState::Unseen => "unseen",
            FileState::Blocked => "blocked",
        }
    }
}
