use crate::{DeviceException, Lifted};
use serde::{Deserialize, Serialize};
use weir_model::{BundleRef, Timestamp};

/// How the agent is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
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
    /// The admin server it is enrolled with; `None` where it is enrolled nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<Server>,
    /// The directive of the administrators that holds now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directive: Option<Directive>,
    /// What codes have lifted, and does not hold for a while.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>", optional))]
    pub lifted: Vec<Lifted>,
    /// How new the policy in force is known to be; `None` where no server says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freshness: Option<Freshness>,
    /// Messages that wait for the employee.
    #[serde(default)]
    pub held: u32,
    /// Changes whenever the admin server has said something to what employees of this device asked for.
    #[serde(default)]
    pub answers: u64,
    /// Exceptions that this device has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>", optional))]
    pub exceptions: Vec<DeviceException>,
    /// What is wrong; empty when all is well.
    #[serde(default)]
    pub problems: Vec<Problem>,
}

/// The admin server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct Server {
    /// Its address.
    pub address: String,
    /// The device's name there.
    pub device: String,
    /// The device's group there.
    pub group: String,
    /// When it last answered, since the agent came up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<Timestamp>,
    /// The last receipt for records, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(skip))]
    pub receipt: Option<Receipt>,
}

/// The server has records of this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// When it was given, by the server's clock.
    pub given: Timestamp,
    /// When it came, by this machine's.
    pub came: Timestamp,
}

/// How new the policy in force is known to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct Freshness {
    /// What follows from it.
    pub state: FreshnessState,
    /// When the server said last what is newest, by its clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Timestamp>,
    /// Until when policy is known to be the newest.
    pub until: Timestamp,
    /// From when on the pack's `stale_action` holds, if nothing is heard.
    pub acts_from: Timestamp,
    /// Number of the bundle that the server says this device is to have, where that is not in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld_bundle: Option<u64>,
    /// The same for its directive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld_directive: Option<u64>,
}

/// Whether policy is known to be the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum FreshnessState {
    /// It is.
    Fresh,
    /// Nobody has said so for too long; it stays in force.
    Stale,
    /// The grace is over too: the pack's `stale_action` holds.
    Over,
}

/// A directive that holds beside policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Directive {
    /// Its number.
    pub number: u64,
    /// What it asks for.
    pub kind: DirectiveKind,
    /// Ids of the providers that are closed, where it is about some.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>", optional))]
    pub providers: Vec<String>,
    /// Why, as the administrators said; may be empty.
    #[serde(default)]
    pub reason: String,
    /// Until when it holds.
    pub until: Timestamp,
}

/// What a directive asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum DirectiveKind {
    /// Nothing is intercepted.
    Suspend,
    /// Nothing goes to any AI service.
    Lockdown,
    /// Nothing goes to some providers.
    Block,
}

/// Where the proxy listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Gateway {
    /// Address with port.
    pub listen: String,
    /// The targets of the policy in force, in its order.
    #[serde(default)]
    pub targets: Vec<Target>,
}

/// A model that the gateway may call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct Policy {
    /// Name of the pack.
    pub pack: String,
    /// Its version.
    pub version: String,
    /// What records refer to.
    pub bundle: BundleRef,
    /// When it ends; `None` where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// The log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Audit {
    /// Records in it.
    pub records: u64,
    /// Hash of the last record, lower-case hex.
    pub head: String,
}

/// What happened since the agent came up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Works, but not as it should.
    Warning,
    /// Something does not work.
    Error,
}
