use serde::{Deserialize, Serialize};
use std::fmt;

use crate::Interface;

/// How a call found its target, and why the others were not taken: one through the gateway, or one that went elsewhere
/// because the service it was made to may not have it. Names of the pack and of hosts only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct Selection {
    /// How one of several was to be chosen.
    pub strategy: Strategy,
    /// Which attempt of the call this is, from 1.
    pub attempt: u32,
    /// The target taken; `None` when none may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<String>,
    /// What it lacks of what the pack requires, where none had it all and the pack says to go on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>", optional))]
    pub lacks: Vec<Unfit>,
    /// The interface it was called in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<Interface>,
    /// What its service was told about the data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>", optional))]
    pub flags: Vec<Flag>,
    /// The host the call was made to, and why it may not have it; `None` through the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<Excluded>,
    /// The targets that could not be taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>", optional))]
    pub excluded: Vec<Excluded>,
    /// The attempts before this one, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>", optional))]
    pub tried: Vec<Tried>,
}

/// A target that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Excluded {
    /// Its id; of a call that was not made to the gateway, its host.
    pub target: String,
    /// Each predicate it failed.
    pub because: Vec<Unfit>,
}

/// A predicate that a target fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Unfit {
    /// A requirement or a rule of the pack, or what is missing for the call: `require_no_training`, `secret_key_ref`.
    pub predicate: String,
    /// For people; no content.
    pub text: String,
}

/// An attempt that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Tried {
    /// The target.
    pub target: String,
    /// How.
    pub failure: Failure,
}

/// How one of several targets is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The first in the order of the pack.
    #[default]
    Ordered,
    /// By chance, by their weights.
    Weighted,
    /// The one that was fastest of late.
    LeastLatency,
}

/// A failure after which another target may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The service takes no more for now (429).
    RateLimit,
    /// The service failed (5xx), or cannot be reached.
    ServerError,
    /// No answer in time.
    Timeout,
}

/// What a service is told about the data, where its interface has a word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// `store: false`: OpenAI keeps neither the answer nor the prompt to be asked for later.
    DoNotStore,
    /// `provider.zdr: true`: OpenRouter uses only endpoints that keep nothing.
    OnlyZeroRetention,
    /// `provider.data_collection: deny`: OpenRouter uses only providers that do not collect the data.
    DenyCollection,
}

impl Flag {
    /// As it stands in a request.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Flag::DoNotStore => "store=false",
            Flag::OnlyZeroRetention => "provider.zdr=true",
            Flag::DenyCollection => "provider.data_collection=deny",
        }
    }
}

impl Strategy {
    /// The name used in packs, records and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Strategy::Ordered => "ordered",
            Strategy::Weighted => "weighted",
            Strategy::LeastLatency => "least_latency",
        }
    }
}

impl Failure {
    /// All failures.
    pub const ALL: [Failure; 3] = [Failure::RateLimit, Failure::ServerError, Failure::Timeout];

    /// The name used in packs, records and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Failure::RateLimit => "rate_limit",
            Failure::ServerError => "server_error",
            Failure::Timeout => "timeout",
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Excluded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.target)?;
        for (number, unfit) in self.because.iter().enumerate() {
            let gap = if number == 0 { "" } else { "; " };
            write!(f, "{gap}{} ({})", unfit.text, unfit.predicate)?;
        }
        Ok(())
    }
}
