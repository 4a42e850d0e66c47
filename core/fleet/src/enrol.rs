use crate::{DeviceId, OverrideUse};
use serde::{Deserialize, Serialize};
use weir_model::Timestamp;

/// A machine asks to belong to the fleet.
#[derive(Clone, Deserialize, Serialize)]
pub struct Enrolment {
    /// The token's text. The server keeps a digest of it, and nobody logs it: this type has no `Debug`.
    pub token: String,
    /// A certificate request (PKCS #10, PEM) over the device's own key, which never leaves the device.
    pub csr: String,
    /// What asks.
    pub machine: Machine,
}

/// What a device says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Machine {
    /// Host name.
    pub name: String,
    /// `linux`, `macos`, `windows`.
    pub platform: String,
    /// Version of the agent.
    pub version: String,
}

/// The machine belongs to the fleet.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Enrolled {
    /// Its name from now on.
    pub device: DeviceId,
    /// Its certificate (PEM), for mutual TLS.
    pub certificate: String,
    /// The server's authority (PEM): the only one believed from now on.
    pub authority: String,
    /// The key that signs receipts (PEM).
    pub receipt_key: String,
    /// The key that signs directives which close (PEM); absent from a server that gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_key: Option<String>,
    /// The key that says which bundle is the newest (PEM); absent from a server that does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh_key: Option<String>,
    /// Keys of the people who approve policy (PEM).
    pub policy_keys: Vec<String>,
    /// How many of them must have signed a bundle.
    pub policy_threshold: usize,
    /// The group it belongs to: bundles are made for groups.
    pub group: String,
}

/// Asks for another certificate before the present one ends, over a new key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Renewal {
    /// A certificate request (PKCS #10, PEM).
    pub csr: String,
}

/// The next certificate.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Renewed {
    /// PEM.
    pub certificate: String,
    /// As in [`Enrolled`]: devices learn it that enrolled with a server which did not have it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh_key: Option<String>,
}

/// What the device runs, told when it changes and once in a while.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Standing {
    /// Its clock.
    pub now: Timestamp,
    /// What it is.
    pub machine: Machine,
    /// Number of the bundle in force; 0 where none is.
    pub bundle: u64,
    /// SHA-256 over everything in force, hex: compared, so that "is it really there" is not guessed from a number.
    pub digest: String,
    /// Number of the last directive it took; 0 where there was none.
    #[serde(default)]
    pub order: u64,
    /// Why a newer bundle was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Number of that bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_bundle: Option<u64>,
    /// The last codes that were used on it, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<OverrideUse>,
}
