//! Rules in Rego, as far as this crate knows of them: that something outside compiles and runs them.
//!
//! ```text
//! pack ─ chain/rego ─ RegoEngine::compile ─ RegoRules ─ ask(input) ─ what is asked for
//! ```
//!
//! The engine must be a function of its input: no clock, no randomness, no disk and no peer, and limits that are counted
//! and not timed. Else a decision could not be made again. Below those may lie a net for what is not counted.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Source;

/// Most that one evaluation may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegoLimits {
    /// Steps of the engine.
    pub steps: u32,
    /// Bytes that are held at once, beyond the input.
    pub memory: u32,
}

/// Compiles modules of Rego.
pub trait RegoEngine: Send + Sync {
    /// Compiles the modules of one pack together.
    ///
    /// # Errors
    /// With every module that cannot be read, and every use of a function that is not one of its arguments alone.
    fn compile(&self, modules: &[Source], limits: RegoLimits) -> Result<Box<dyn RegoRules>, Vec<RegoFault>>;
}

/// What is wrong with a module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegoFault {
    /// Which of those that were given, from 0.
    pub module: usize,
    /// Line in it, from 1.
    pub line: u32,
    /// Column in it, from 1.
    pub column: u32,
    /// What is wrong: a lowercase fragment.
    pub message: String,
}

/// A package that has a rule `ask`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegoPackage {
    /// `acme.night`.
    pub name: String,
    /// The module its first `ask` stands in, from 0.
    pub module: usize,
    /// The line of that `ask` in the module, from 1.
    pub line: u32,
}

/// Compiled modules.
pub trait RegoRules: Send + Sync {
    /// The packages that ask, in the order of their modules.
    fn packages(&self) -> &[RegoPackage];

    /// What the rule `ask` of a package holds for this input: the number of the package, from 0.
    ///
    /// # Errors
    /// When it takes too much or fails.
    fn ask(&self, package: usize, input: &Value) -> Result<Value, RegoFailure>;
}

/// Why there is no answer. It says nothing of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum RegoFailure {
    /// It took more steps than it may.
    #[error("it takes too many steps")]
    Steps,
    /// It held more memory than it may.
    #[error("it takes too much memory")]
    Memory,
    /// It took longer than any rule does that keeps to its steps.
    #[error("it takes too long")]
    Time,
    /// The process that runs rules could not be started, or was ended by somebody else.
    #[error("nothing runs it")]
    NoProcess,
    /// A function failed, or two values were given for one name.
    #[error("it fails")]
    Failed,
}
