//! What is wrong with a pack or a catalogue file, said to the person who wrote it: place, problem, way out.

use serde::Serialize;
use std::fmt;

/// One problem in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Whether the pack can be used in spite of it.
    pub severity: Severity,
    /// The name given in [`Source::name`](crate::Source::name).
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in characters.
    pub column: u32,
    /// Stable name of the kind of problem, as in [`CODES`].
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// Whether a pack with this problem can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It can, and probably does not do what was meant.
    Warning,
    /// It cannot.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}: {}[{}]: {}",
            self.file, self.line, self.column, self.severity, self.code, self.message
        )?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong with a set of files; at least one problem is an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            diagnostic.fmt(f)?;
        }
        Ok(())
    }
}

/// Every code a diagnostic can carry, with what it stands for.
pub const CODES: &[(&str, &str)] = &[
    ("syntax", "the file is not YAML"),
    ("too-big", "the file is bigger or deeper than any pack needs to be"),
    ("unknown-key", "a key that means nothing here"),
    ("duplicate-key", "a key given twice"),
    ("missing-key", "a key that must be given"),
    ("wrong-type", "a value of the wrong kind"),
    (
        "wrong-value",
        "a value that is not one of those allowed, or out of range",
    ),
    ("literal-key", "an API key written into a pack"),
    ("contradiction", "two values that cannot both hold"),
    ("unknown-shape", "a shape named by a route that does not exist"),
    ("bad-rego", "a module of Rego that cannot be used"),
    ("bad-route", "a route that cannot be compiled"),
    ("unknown-pack", "a pack named in `extends` that does not exist"),
    ("extends-cycle", "packs that extend each other"),
    ("dead-rule", "something that can never take effect"),
    (
        "says-nothing",
        "an agreement that promises nothing a rule could require",
    ),
    ("filters-nothing", "requirements that can never filter anything"),
    ("risky-rule", "a rule that lets restricted data reach a third party"),
    ("lowered-category", "a whole category of restricted data that may leave"),
    ("unsure-level", "matches by shape alone that are held back"),
    ("unread-passes", "messages that cannot be read and may leave"),
    ("blocked-file", "files that were held back and may be used"),
    ("unknown-place", "messages that may leave to a place nobody knows"),
    ("risky-answer", "answers that may show secrets"),
    ("short-records", "records that are gone soon"),
    ("wide-group", "a group with everyone in it"),
    (
        "unknown-name",
        "a service, provider or data type that the catalogue or the registry does not know",
    ),
    (
        "bad-pattern",
        "a pattern that does not compile, or does not do what its examples say",
    ),
    ("bad-file", "a file beside the pack that cannot be used"),
    (
        "no-examples",
        "a detector without texts that show what it finds and what it leaves alone",
    ),
    ("unprotected", "the chain has no `data-classification`"),
    ("no-records", "the chain has no `audit-logger`"),
    (
        "always-so",
        "a switch that Weir does not have, because it always or never does this",
    ),
    ("no-address", "a target that the gateway cannot call"),
    ("pack-disabled", "the pack is switched off"),
];
