use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// A data type with its category, written `category/name`: `security/openai_key`, `financial/credit_card`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct DataType(Cow<'static, str>);

impl DataType {
    /// A data type of the built-in registry.
    #[must_use]
    pub const fn builtin(id: &'static str) -> Self {
        Self(Cow::Borrowed(id))
    }

    /// A data type named by a pack.
    #[must_use]
    pub fn custom(id: String) -> Self {
        Self(Cow::Owned(id))
    }

    /// `category/name`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the slash, as written; custom types may use their own (`acme/customer_id`).
    #[must_use]
    pub fn category(&self) -> &str {
        self.0.split_once('/').map_or("", |(category, _)| category)
    }

    /// The part after the slash.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or(&*self.0, |(_, name)| name)
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What a data type is about (the categories of OCSF's Data Security Finding, and hostile text).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// Identifies a person in private life.
    Personal,
    /// Issued by a government.
    Governmental,
    /// Money and payments.
    Financial,
    /// Health.
    Medical,
    /// The company's own affairs.
    Business,
    /// Keys, passwords, tokens.
    Security,
    /// Text meant to attack the reader or the model.
    Hostile,
}

impl Category {
    /// The name used before the slash of a data type.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Category::Personal => "personal",
            Category::Governmental => "governmental",
            Category::Financial => "financial",
            Category::Medical => "medical",
            Category::Business => "business",
            Category::Security => "security",
            Category::Hostile => "hostile",
        }
    }
}

/// How sure a detector is. Low findings are recorded, and by default do not raise the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Shape only.
    Low,
    /// Shape with context, or a weak checksum.
    Medium,
    /// A format nothing else has, or a strong checksum with context.
    High,
}

impl Confidence {
    /// The name used in packs, records and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
