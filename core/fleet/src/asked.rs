//! What employees ask the administrators for beside exceptions: a provider, or another look at a decision.

use serde::{Deserialize, Serialize};
use weir_model::{EventId, Level, Timestamp};

/// Asks for a provider.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ProviderAsk {
    /// The account on the device.
    pub user: String,
    /// Its id in the catalogue, or a name or host that the catalogue does not know.
    pub provider: String,
    /// One of its services; empty for all of them.
    #[serde(default)]
    pub service: String,
    /// What it is wanted for, in the words of the employee.
    pub business_case: String,
    /// Level of the most sensitive data that is to go there.
    pub level: Level,
    /// Which data that is; empty where the employee leaves it open.
    #[serde(default)]
    pub data: String,
}

/// Says that a decision, or the record of it, is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Appeal {
    /// The event it is about.
    pub event: EventId,
    /// The account on the device.
    pub user: String,
    /// Why it is wrong, in the words of the employee. The device found nothing in it.
    pub reason: String,
}

/// It was taken.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Taken {
    /// Names it.
    pub id: String,
}

/// What was said to the requests and appeals of a device of late.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Answers {
    /// Rises with every answer to this device.
    pub number: u64,
    /// Requests for providers, newest first.
    #[serde(default)]
    pub providers: Vec<ProviderStanding>,
    /// Appeals, newest first.
    #[serde(default)]
    pub appeals: Vec<AppealStanding>,
}

/// How a request for a provider stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ProviderStanding {
    /// The request.
    pub id: String,
    /// The account on the device.
    pub user: String,
    /// The provider.
    pub provider: String,
    /// What it is wanted for.
    pub business_case: String,
    /// What was said: `pending`, `approved`, `refused`, `withdrawn`.
    pub state: String,
    /// Why, where somebody said it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// When it was asked for.
    pub asked: Timestamp,
}

/// How an appeal stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct AppealStanding {
    /// The event it is about.
    pub event: EventId,
    /// Why the employee says that it is wrong.
    pub reason: String,
    /// How it stands.
    pub state: AppealState,
    /// What was said to it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub answer: String,
    /// When it was made.
    pub asked: Timestamp,
}

/// How an appeal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AppealState {
    /// Nobody has looked yet.
    Open,
    /// Somebody looks.
    LookedAt,
    /// It was answered.
    Answered,
}

impl AppealState {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::LookedAt => "looked_at",
            Self::Answered => "answered",
        }
    }
}
