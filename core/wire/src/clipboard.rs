//! What is copied, as the session of its user shows it to the agent, and what is to be done about it.
//!
//! The text goes from the user's own session to the agent and back, and to nobody's disk. The types with text have no
//! `Debug`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use weir_model::{DataType, EventId, Level};

/// Something that was copied. Holds content: no `Debug`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClipboardAsk {
    /// Its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its text with marks, as HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Files in it; nobody looks into them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<ClipboardFile>,
    /// There is more text than is shown here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// The program it was copied from, where the session can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Application>,
    /// Somebody only wants to know: nothing is recorded or remembered, and nothing is to be done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_asks: bool,
}

/// A file or a picture that was copied. Holds its name: no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClipboardFile {
    /// Its name without the folders; empty for a picture.
    pub name: String,
    /// Media type, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// In bytes, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// A program of the user's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Path of its executable, or the name of that.
    pub executable: String,
    /// Its process number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
}

/// What is done about a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClipboardAction {
    /// Nothing more than the record.
    Log,
    /// The employee is told.
    Notify,
    /// The cleaned text takes its place, and the employee is told.
    Clean,
    /// The clipboard is emptied, and the employee is told.
    Clear,
}

impl ClipboardAction {
    /// The word that packs use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Notify => "notify",
            Self::Clean => "clean",
            Self::Clear => "clear",
        }
    }
}

/// The agent's answer. Holds the cleaned text: no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClipboardVerdict {
    /// The record of it; absent where nothing was found, for then there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// What is to be done.
    pub action: ClipboardAction,
    /// Its level.
    pub level: Level,
    /// The rule that decided it; empty where none spoke.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// What was found in it, by type, and how often.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub found: BTreeMap<DataType, u32>,
    /// What takes its place, where it is cleaned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleaned: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::{ClipboardAction, ClipboardAsk, ClipboardVerdict};

    #[test]
    fn an_old_and_a_new_form_are_read() {
        let ask: ClipboardAsk = serde_json::from_str(r#"{"text":"a","mood":"new"}"#).unwrap();
        assert!(ask.text.as_deref() == Some("a") && !ask.only_asks && ask.files.is_empty());
        let verdict: ClipboardVerdict = serde_json::from_str(r#"{"action":"clear","level":"restricted"}"#).unwrap();
        assert_eq!(verdict.action, ClipboardAction::Clear);
        assert!(verdict.event.is_none() && verdict.cleaned.is_none());
    }
}
