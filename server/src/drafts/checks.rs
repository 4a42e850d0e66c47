//! What came of a revision, as it is kept and shown.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use weir_assembly::{Class, Compared};
use weir_engine::packtest::TestResult;
use weir_policy::Diagnostic;

/// What came of asking something of a revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<T> {
    /// It was found out.
    Found(T),
    /// It was not: why, for people. Too much time or memory, or something that has no place in a text.
    Failed(String),
}

/// What a revision is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Checks {
    /// True when a device would run it: no errors, and none of its tests fails.
    pub runs: bool,
    /// SHA-256 over all that was tried out, the packs and the catalogue that come with the program included, hex. What is signed has the same;
    /// absent of a version before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contents: Option<String>,
    /// Name of the pack, as it says itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Files beside the packs that it is made from.
    #[serde(default)]
    pub files: Vec<String>,
    /// What is wrong, or may not be meant.
    pub diagnostics: Vec<Found>,
    /// Its tests.
    pub tests: Vec<TestRun>,
    /// Whether its tests would notice a weaker pack; absent where it does not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mutation: Option<Mutated>,
    /// What changes; absent where it cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

/// A problem and its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Found {
    /// Whether it can be used in spite of it.
    pub severity: Severity,
    /// The text it stands in.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// Stable name of the kind of problem.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// The way out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// Whether a pack with a problem can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It can.
    Warning,
    /// It cannot.
    Error,
}

/// A test of the pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestRun {
    /// Its name.
    pub name: String,
    /// The text it stands in.
    pub file: String,
    /// The line it begins at.
    pub line: u32,
    /// What was not as expected; empty when it passed.
    pub failures: Vec<TestFailure>,
}

/// Something that was not as expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestFailure {
    /// `action`, `level`, `rule` and so on.
    pub what: String,
    /// What the test wants.
    pub expected: String,
    /// What came out.
    pub found: String,
}

/// Packs that are weaker by one change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mutated {
    /// How many there were.
    pub mutants: u64,
    /// Changes that no test noticed.
    pub survivors: Vec<Survivor>,
}

/// A change that no test noticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Survivor {
    /// Stable name of the kind of change.
    pub kind: String,
    /// The line that is changed.
    pub line: u32,
    /// The change in words.
    pub text: String,
}

/// Which way a change goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChangeClass {
    /// Nothing gets further than before.
    Tightens,
    /// Something may.
    Loosens,
}

impl ChangeClass {
    /// As it stands in the tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tightens => "tightens",
            Self::Loosens => "loosens",
        }
    }
}

impl From<Class> for ChangeClass {
    fn from(class: Class) -> Self {
        match class {
            Class::Tightens => Self::Tightens,
            Class::Loosens => Self::Loosens,
        }
    }
}

/// What changes from the bundle it is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// Which way, all in all.
    pub class: ChangeClass,
    /// The first thing that gets further than before, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loosens: Option<String>,
    /// Each change in words, those that loosen first; at most 500.
    pub changes: Vec<Change>,
    /// How many changes there are.
    pub count: u64,
    /// Messages that were decided under both.
    pub tried: u64,
}

/// A change in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// Which way it goes.
    pub class: ChangeClass,
    /// What, where, from, to, for whom.
    pub text: String,
    /// The rule that decides now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// True where only rules that watch say something else.
    pub watching: bool,
}

/// Lists are kept and shown up to so many.
const MOST: usize = 500;

impl From<Diagnostic> for Found {
    fn from(found: Diagnostic) -> Self {
        Self {
            severity: match found.severity {
                weir_policy::Severity::Warning => Severity::Warning,
                weir_policy::Severity::Error => Severity::Error,
            },
            file: found.file,
            line: found.line,
            column: found.column,
            code: found.code.to_owned(),
            message: found.message,
            help: found.help,
        }
    }
}

impl From<TestResult> for TestRun {
    fn from(result: TestResult) -> Self {
        let failures = result.failures.into_iter().map(|failure| TestFailure {
            what: failure.what.to_owned(),
            expected: failure.expected,
            found: failure.found,
        });
        Self {
            name: result.name,
            file: result.file,
            line: result.line,
            failures: failures.collect(),
        }
    }
}

impl From<weir_assembly::MutationScore> for Mutated {
    fn from(score: weir_assembly::MutationScore) -> Self {
        let survivors = score.survivors.into_iter().take(MOST).map(|survivor| Survivor {
            kind: survivor.kind,
            line: survivor.line,
            text: survivor.text,
        });
        Self {
            mutants: score.mutants as u64,
            survivors: survivors.collect(),
        }
    }
}

impl From<Compared> for Comparison {
    fn from(compared: Compared) -> Self {
        Self {
            class: compared.class.into(),
            loosens: compared.loosens,
            count: compared.changes.len() as u64,
            changes: compared
                .changes
                .into_iter()
                .take(MOST)
                .map(|told| Change {
                    class: told.class.into(),
                    text: told.text,
                    rule: told.rule,
                    watching: told.watching,
                })
                .collect(),
            tried: compared.tried as u64,
        }
    }
}
