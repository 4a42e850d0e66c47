use serde::{Deserialize, Serialize};
use weir_model::{EventId, Timestamp};

/// Somebody looked at records of this device on the server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Reading {
    /// Its number in the server's journal, where it was entered before anything was shown.
    pub number: u64,
    /// When.
    pub time: Timestamp,
    /// Who: `account:NAME`, `token:ID:NAME`, `command-line:NAME`.
    pub who: String,
    /// What they did, as the journal calls it: `events-read`, `exposure-read`.
    pub what: String,
    /// Why, as they said.
    pub purpose: String,
    /// The event, where they looked at one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// Records of this device among what they were shown.
    pub records: u64,
}

/// A page of readings, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Readings {
    /// At most [`MOST_READINGS`].
    pub readings: Vec<Reading>,
    /// What stands before this number comes next; none where this was the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

/// Readings of a page.
pub const MOST_READINGS: usize = 100;
