use serde::{Deserialize, Serialize};

/// Why a request was not granted, as the body of the answer. Says nothing of other devices.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, thiserror::Error)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// 400: not what the route takes.
    #[error("the request cannot be read: {why}")]
    Malformed {
        /// Where it went wrong; no content.
        why: String,
    },
    /// 401: no certificate, or one that is not (or no longer) a device's.
    #[error("the server does not know this device")]
    Unknown,
    /// 403: the token is wrong, spent or past its time; which of these is not told.
    #[error("the token is not valid: it may be spent, past its time, or mistyped")]
    Token,
    /// 409: the log does not go on from what the server has. The device looks the record up in its own log: it is there,
    /// and sending goes on behind it; or it is not, and the log was rolled back or cloned: a new timeline begins.
    #[error("the server has the log up to record {have}, and these do not go on from there")]
    Elsewhere {
        /// The last record it has.
        have: u64,
        /// The head behind it, hex.
        head: String,
    },
    /// 409: timelines count up by one.
    #[error("the next timeline of this device is {next}")]
    Timeline {
        /// Which may be begun.
        next: u32,
    },
    /// 409: the seals of this log are verified with another key.
    #[error("the server has another key for the seals of this log")]
    OtherKey,
    /// 413: too much at once.
    #[error("too large")]
    TooLarge,
    /// 429 and 503: later. `Retry-After` says when.
    #[error("the server is busy")]
    Busy,
    /// 500: the server's fault; its own log says more.
    #[error("the server failed")]
    Failed,
}

impl Refusal {
    /// The status it is sent with.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed { .. } => 400,
            Self::Unknown => 401,
            Self::Token => 403,
            Self::Elsewhere { .. } | Self::Timeline { .. } | Self::OtherKey => 409,
            Self::TooLarge => 413,
            Self::Busy => 503,
            Self::Failed => 500,
        }
    }
}
