//! What employees ask the administrators for, and what they are told.
//!
//! Reasons are read by others. The agent takes none in which it finds something.

use serde::{Deserialize, Serialize};
use weir_model::{EventId, Level, Timestamp};

/// Asks for a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ProviderWanted {
    /// Its name or address.
    pub provider: String,
    /// What it is wanted for.
    pub business_case: String,
    /// Level of the most sensitive data that is to go there.
    pub level: Level,
    /// Which data that is; may be left open.
    #[serde(default)]
    pub data: String,
}

/// Says that a decision, or the record of it, is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AppealAsk {
    /// Why.
    pub reason: String,
}

/// What this user has asked for, as far as the admin server has said it to this device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AskedList {
    /// Providers, newest first.
    pub providers: Vec<ProviderAsked>,
    /// Appeals, newest first.
    pub appeals: Vec<Appealed>,
}

/// A request for a provider, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ProviderAsked {
    /// Names it.
    pub id: String,
    /// The provider, as the server keeps it.
    pub provider: String,
    /// What it is wanted for.
    pub business_case: String,
    /// What was said to it: `pending`, `approved`, `refused`, `withdrawn`.
    pub state: String,
    /// Why, where somebody said it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>", optional))]
    pub why: String,
    /// When it was asked for.
    pub asked: Timestamp,
}

/// An appeal, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Appealed {
    /// The event it is about.
    pub event: EventId,
    /// Why the employee says that it is wrong.
    pub reason: String,
    /// How it stands: `open`, `looked_at`, `answered`.
    pub state: String,
    /// What was said to it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>", optional))]
    pub answer: String,
    /// When it was made.
    pub asked: Timestamp,
}

/// All records of one event that are on their way to the admin server, or there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EventRecords {
    /// Oldest first.
    pub records: Vec<EventRecord>,
}

/// One record, as it stands in the log and as the server gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EventRecord {
    /// Its number in the log.
    pub seq: u64,
    /// What it is: `decision`, `response`.
    pub kind: String,
    /// When, by the device's clock.
    pub time: Timestamp,
    /// It, byte for byte: JSON as text, so that nothing on the way writes it anew.
    pub body: String,
}
