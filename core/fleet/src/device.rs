use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Names one enrolment of one machine. Given by the server; a machine that enrols again has another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceId(Uuid);

/// What the name stands behind in a certificate (a URI among its alternative names).
const URI: &str = "weir://device/";

impl DeviceId {
    /// From sixteen bytes of randomness or of a database.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The sixteen bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// As certificates name it: `weir://device/<id>`.
    #[must_use]
    pub fn to_uri(&self) -> String {
        format!("{URI}{self}")
    }

    /// From a certificate's name; `None` where that names something else.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        uri.strip_prefix(URI)?.parse().ok()
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.hyphenated(), f)
    }
}

/// The text is not a device's id.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a device (expected a UUID)")]
pub struct ParseDeviceIdError;

impl FromStr for DeviceId {
    type Err = ParseDeviceIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self).map_err(|_| ParseDeviceIdError)
    }
}

#[cfg(test)]
mod tests {
    use super::DeviceId;

    #[test]
    fn certificates_name_devices_and_nothing_else() {
        let id = DeviceId::from_bytes([7; 16]);
        assert_eq!(DeviceId::from_uri(&id.to_uri()), Some(id));
        for other in [
            "",
            "weir://device/",
            "weir://server/x",
            "https://weir://device/07070707-0707-0707-0707-070707070707",
        ] {
            assert_eq!(DeviceId::from_uri(other), None, "{other}");
        }
    }
}
