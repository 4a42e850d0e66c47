//! What is signed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use weir_model::Timestamp;

/// Everything a device needs to decide.
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
    /// Packs by the names that `extends` has for them, and classification sheets by their own.
    pub packs: BTreeMap<String, String>,
    /// The catalogue by path: `services/chatgpt-web.yaml`, `shapes/gemini.yaml`, `providers/openai.yaml`,
    /// `tenant-control/google.yaml`.
    pub catalogue: BTreeMap<String, String>,
    /// Files that the packs name, such as sketches of real values and their keys, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, FileBytes>,
}

/// A file of a bundle; base64 in its text.
#[derive(Clone, PartialEq, Eq)]
pub struct FileBytes(pub Vec<u8>);

impl fmt::Debug for FileBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Serialize for FileBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        STANDARD.encode(&self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for FileBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Self).map_err(D::Error::custom)
    }
}
