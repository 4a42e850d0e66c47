//! What the two ends of the pipes say to each other: one line of JSON each.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use weir_policy::{RegoFailure, RegoFault, RegoLimits, RegoPackage};

/// Modules of so many packs are held at once: two are compared, and one is tried out beside the one in force.
pub(crate) const SLOTS: usize = 4;

/// To the process.
#[derive(Serialize, Deserialize)]
pub(crate) enum Request {
    /// Compile these modules, and forget those that were in the same slot before.
    Load {
        /// One of [`SLOTS`].
        slot: usize,
        /// Their texts.
        modules: Vec<String>,
        /// For each question.
        limits: RegoLimits,
    },
    /// What does a package of a slot's modules ask for?
    Ask {
        /// Which modules.
        slot: usize,
        /// The package's number.
        package: usize,
        /// The facts.
        input: Json,
    },
}

/// From the process.
#[derive(Serialize, Deserialize)]
pub(crate) enum Reply {
    /// The modules were compiled.
    Loaded(Vec<RegoPackage>),
    /// They could not be.
    Faults(Vec<RegoFault>),
    /// What is asked for.
    Asked(Json),
    /// There is no answer.
    Failed(RegoFailure),
}
