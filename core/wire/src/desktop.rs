//! What the pages of the tray's windows are told, beside what the agent says, and what programs tell the tray.

use serde::{Deserialize, Serialize};
use weir_model::{EventId, Timestamp};

use crate::EventList;

/// How the tray and the agent stand to each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Connection {
    /// They speak.
    Connected {
        /// The agent's version, for people.
        version: String,
    },
    /// The agent was started and does not answer yet, or nobody knows yet.
    Starting,
    /// No agent answers.
    Offline,
    /// The agent is older than the tray understands.
    TooOld,
    /// The agent is newer, and does not understand the tray.
    TooNew,
    /// Somebody else may be listening in the agent's place.
    NotOurs,
}

/// Why something that a page asked for was not done. For people; holds nothing that they typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AskFailed {
    /// Stable name.
    pub code: String,
    /// One line.
    pub title: String,
    /// What it means and what to do.
    pub text: String,
}

/// What the employee has chosen for the tray and its windows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
#[serde(default)]
pub struct Settings {
    /// Of menu and pages.
    pub language: Language,
    /// Of the pages.
    pub theme: Theme,
    /// Until then no window opens by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_until: Option<Timestamp>,
    /// The tray is started when the user signs in.
    pub start_at_login: bool,
    /// When they were told what is watched and what never is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Timestamp>,
}

/// A language to speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// The one of the desktop.
    #[default]
    System,
    /// English.
    En,
    /// German.
    De,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the desktop is.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// What `weir doctor --json` prints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DoctorReport {
    /// Each thing that was looked at.
    pub checks: Vec<DoctorCheck>,
}

/// One thing that can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct DoctorCheck {
    /// Stable name: `--fix NAME`.
    pub name: String,
    /// For people.
    pub title: String,
    /// How it is.
    pub state: CheckState,
    /// What was found.
    pub found: String,
    /// What would mend it.
    #[serde(default)]
    pub fix: Option<DoctorStep>,
    /// What would take that back.
    #[serde(default)]
    pub undo: Option<DoctorStep>,
}

/// How a thing is, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum CheckState {
    /// Not on this machine, or not to be seen by this user.
    Skipped,
    /// As it should be.
    Ok,
    /// Works, but not as it should.
    Warning,
    /// Does not work.
    Failed,
}

/// Something that can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DoctorStep {
    /// For people.
    pub title: String,
}

/// What `weir selftest --json` prints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SelfTestReport {
    /// Each message that was sent, in its order.
    pub steps: Vec<SelfTestStep>,
}

/// One message of the self-test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SelfTestStep {
    /// Stable name.
    pub name: String,
    /// For people.
    pub title: String,
    /// How it went.
    pub state: CheckState,
    /// What happened.
    pub found: String,
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub millis: u64,
}

/// What is recorded about the user who asks, and who looked at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct RecordedAboutMe {
    /// Each record, as the administrators see it.
    #[serde(flatten)]
    pub list: EventList,
    /// Who looked at records of this device on the admin server, newest first; `None` where it has no server, or where
    /// the server or the device's own keys are out of reach.
    pub readings: Option<Vec<Reading>>,
    /// Why there are none to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_readings: Option<AskFailed>,
}

/// Somebody looked at records of this device: a line of `weir audit readers --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct Reading {
    /// Its number in the server's journal.
    pub number: u64,
    /// When.
    pub time: Timestamp,
    /// Who: `account:NAME`, `token:ID:NAME`, `command-line:NAME`.
    pub who: String,
    /// What they did, as the journal calls it.
    pub what: String,
    /// Why, as they said.
    pub purpose: String,
    /// The event, where they looked at one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// Records of this device among what they were shown.
    pub records: u64,
}
