use serde::{Deserialize, Serialize};

/// Something may be new. Never believed: what it points to is fetched, and that is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Hint {
    /// The newest bundle for this device; 0 while there is none.
    #[serde(default)]
    pub bundle: u64,
    /// The newest directive for this device; 0 while there is none.
    #[serde(default)]
    pub order: u64,
    /// Number of the newest answer to this device's requests for exceptions; 0 while there is none.
    #[serde(default)]
    pub exceptions: u64,
    /// Number of the newest answer to this device's other requests and appeals; 0 while there is none.
    #[serde(default)]
    pub answers: u64,
    /// False once the device is revoked: it need not come again.
    #[serde(default = "yes")]
    pub welcome: bool,
}

const fn yes() -> bool {
    true
}
