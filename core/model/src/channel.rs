use serde::{Deserialize, Serialize};
use std::fmt;

/// How data leaves the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// A prompt typed into a web page.
    Browser,
    /// A program that calls an API: SDK, command line, coding assistant.
    Api,
    /// A file on either of the two.
    Upload,
    /// A clipboard item.
    Clipboard,
    /// Weir's own local gateway.
    Gateway,
}

impl Channel {
    /// All channels.
    pub const ALL: [Channel; 5] = [
        Channel::Browser,
        Channel::Api,
        Channel::Upload,
        Channel::Clipboard,
        Channel::Gateway,
    ];

    /// The name used in packs, records and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Channel::Browser => "browser",
            Channel::Api => "api",
            Channel::Upload => "upload",
            Channel::Clipboard => "clipboard",
            Channel::Gateway => "gateway",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
