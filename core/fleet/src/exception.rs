use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use weir_bundle::ExceptionDestination;
use weir_model::{DataType, EventId, ExceptionTerms, Fingerprint, Level, Timestamp};

/// Asks for leave for one message. Holds no content: types, levels and a digest under a key that never leaves the device.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ExceptionRequest {
    /// The decision that held it back.
    pub event: EventId,
    /// The account on the device.
    pub user: String,
    /// Where it was going.
    pub destination: ExceptionDestination,
    /// Its level.
    pub level: Level,
    /// What was found in it.
    pub data_types: BTreeSet<DataType>,
    /// The rules in the way.
    pub rules: BTreeSet<String>,
    /// What those rules ask of an exception. The device asks again when it goes by one.
    pub terms: ExceptionTerms,
    /// The device's keyed digest of the content.
    pub digest: Fingerprint,
    /// Why it must go, in the words of the employee.
    pub reason: String,
}

/// The request was taken.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ExceptionAsked {
    /// Names it.
    pub id: String,
}

/// What was said to the requests of a device, and the exceptions that hold. What is not in it any more was taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct ExceptionAnswers {
    /// Rises with every answer to this device.
    pub number: u64,
    /// Envelopes of exceptions that hold, as text.
    #[serde(default)]
    pub exceptions: Vec<String>,
    /// How requests of late stand.
    #[serde(default)]
    pub requests: Vec<ExceptionStanding>,
}

/// How a request stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ExceptionStanding {
    /// The request.
    pub id: String,
    /// The decision it is about.
    pub event: EventId,
    /// What was said.
    pub state: ExceptionState,
    /// Why, where somebody said no.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// When it stands so.
    pub time: Timestamp,
}

/// What was said to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionState {
    /// Nothing yet, or not by enough people.
    Pending,
    /// Yes.
    Approved,
    /// No.
    Refused,
    /// Nobody said anything in time.
    Expired,
    /// Yes, and taken back.
    Revoked,
}

impl ExceptionState {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Approved,
        Self::Refused,
        Self::Expired,
        Self::Revoked,
    ];

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}
