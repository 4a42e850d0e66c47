use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a message goes. Names only: the facts about a provider's data handling belong to the policy's catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct Destination {
    /// Host name, lower case, without port.
    pub host: String,
    /// Service id of the catalogue (`chatgpt-web`), or `None` for a host the catalogue does not know.
    pub service: Option<String>,
    /// Provider id of the catalogue (`openai`): the company bound by terms.
    pub provider: Option<String>,
    /// Account tier seen on the wire.
    pub tier: Tier,
    /// Region seen on the wire (in host or path), as the provider names it.
    pub region: Option<String>,
    /// Model named in the request.
    pub model: Option<String>,
    /// Through the gateway, the pack's target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// The kind of account a message is sent with. It decides which terms bind the provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Nothing on the wire tells.
    #[default]
    Unknown,
    /// Logged out.
    Anonymous,
    /// A private account.
    Consumer,
    /// A workspace account whose plan is not known to be an enterprise plan.
    Team,
    /// An enterprise plan.
    Enterprise,
    /// An API key or API organisation.
    Api,
    /// A service on this machine or in the company.
    Local,
}

impl Tier {
    /// All tiers, in the order in which they are listed.
    pub const ALL: [Tier; 7] = [
        Tier::Unknown,
        Tier::Anonymous,
        Tier::Consumer,
        Tier::Team,
        Tier::Enterprise,
        Tier::Api,
        Tier::Local,
    ];

    /// The name used in packs, records and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Tier::Unknown => "unknown",
            Tier::Anonymous => "anonymous",
            Tier::Consumer => "consumer",
            Tier::Team => "team",
            Tier::Enterprise => "enterprise",
            Tier::Api => "api",
            Tier::Local => "local",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Who runs the destination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Another company. The default: trust is declared, never inferred.
    #[default]
    ThirdParty,
    /// The company itself.
    Internal,
}
