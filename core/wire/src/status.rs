use crate::DeviceException;
use serde::{Deserialize, Serialize};
use weir_model::{BundleRef, Timestamp};

/// How the agent is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Version of the running agent.
    pub version: String,
    /// Its process id.
    pub pid: u32,
    /// When it came up.
    pub started: Timestamp,
    /// The environment it was told: `production`, `development`, `testing`.
    pub environment: String,
    /// Its proxy.
    pub proxy: Proxy,
    /// Its gateway, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<Gateway>,
    /// The certificate it intercepts with.
    pub certificate: Certificate,
    /// The policy in force.
    pub policy: Policy,
    /// The log.
    pub audit: Audit,
    /// What happened since it came up.
    pub counts: Counts,
    /// Messages that wait for the employee.
    #[serde(default)]
    pub held: u32,
    /// Exceptions that this device has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<DeviceException>,
    /// What is wrong; empty when all is well.
    #[serde(default)]
    pub problems: Vec<Problem>,
}

/// Where the proxy listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proxy {
    /// Addresses with ports.
    pub listen: Vec<String>,
    /// URL of the PAC file.
    pub pac: String,
    /// Host patterns that are intercepted.
    #[serde(default)]
    pub intercepts: u32,
}

/// The local gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gateway {
    /// Address with port.
    pub listen: String,
    /// The targets of the policy in force, in its order.
    #[serde(default)]
    pub targets: Vec<Target>,
}

/// A model that the gateway may call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its name in the pack.
    pub id: String,
    /// Its provider.
    pub provider: String,
    /// Its model, where the pack names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Where it takes calls, and in which interface; `None` where nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Why it cannot be called; `None` when it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// The certificate of the device's own authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Where the file is.
    pub path: String,
    /// SHA-256 of it, lower-case hex.
    pub sha256: String,
    /// When it ends.
    pub not_after: Timestamp,
}

/// The policy in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Name of the pack.
    pub pack: String,
    /// Its version.
    pub version: String,
    /// What records refer to.
    pub bundle: BundleRef,
}

/// The log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Records in it.
    pub records: u64,
    /// Hash of the last record, lower-case hex.
    pub head: String,
}

/// What happened since the agent came up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Messages judged.
    pub judged: u64,
    /// Of these, forwarded unchanged.
    pub allowed: u64,
    /// Forwarded after a warning.
    #[serde(default)]
    pub warned: u64,
    /// Forwarded with surrogates.
    pub pseudonymised: u64,
    /// Forwarded with values removed.
    pub redacted: u64,
    /// Not forwarded.
    pub blocked: u64,
    /// Connections passed byte for byte.
    pub tunnelled: u64,
}

/// Something people should know, from one list of codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable name.
    pub code: String,
    /// One line.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// What it means and what to do.
    pub text: String,
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Works, but not as it should.
    Warning,
    /// Something does not work.
    Error,
}
