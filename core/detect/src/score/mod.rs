//! How right the detectors are on a labelled set: [`Item`]s and what was found in them become a [`Report`].
//!
//! Neighbours: `weir bench detect` and `tests/corpus` read the sets, scan, and give the level of each finding, which
//! comes from a policy. It must not know how a finding was made.
//!
//! The rules are strict. A finding is right for a label when the two overlap and the label accepts its type; a label is
//! found once, however many findings are right for it. A finding that is right for no label and touches no ambiguous
//! one is wrong. Findings that policy calls public do not count.

mod family;
mod item;
mod report;
mod tally;

pub use family::{FAMILIES, Family};
pub use item::{Item, ItemError, Label};
pub use report::{Counts, Documents, Report, Share};
pub use tally::Tally;

use std::ops::Range;
use weir_model::Level;

/// What was found in a text.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// Bytes of the text, end exclusive.
    pub span: Range<usize>,
    /// Name of its data type, without the category.
    pub name: String,
    /// The level policy gives it at this confidence.
    pub level: Level,
}

/// What was wrong with the findings of one item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Labels that were not found, by index.
    pub missed: Vec<usize>,
    /// Findings that are wrong, by index.
    pub wrong: Vec<usize>,
    /// Labels that were found, but of which a part would be left after redaction, by index.
    pub uncovered: Vec<usize>,
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}
