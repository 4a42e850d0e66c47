//! What is signed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use weir_model::Timestamp;

/// Everything a device needs to decide, as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contents {
    /// For people.
    pub name: String,
    /// Rises with every bundle; a device never goes back.
    pub number: u64,
    /// When it was signed.
    pub issued: Timestamp,
    /// From when on no device takes it.
    pub expires: Timestamp,
    /// Names of the groups of devices it is for; never empty.
    pub audience: BTreeSet<String>,
    /// The pack in force: a key of [`packs`](Self::packs).
    pub pack: String,
    /// Packs by the names that `extends` has for them.
    pub packs: BTreeMap<String, String>,
    /// The catalogue by path: `services/chatgpt-web.yaml`, `shapes/gemini.yaml`, `providers/openai.yaml`,
    /// `tenant-control/google.yaml`.
    pub catalogue: BTreeMap<String, String>,
}
