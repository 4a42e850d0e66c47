//! Labelled texts, and how right the detectors are on them.
//!
//! Neighbours: `core/detect` scans and scores; the built-in pack gives the levels, so that a finding counts here as it
//! counts for an employee. Texts of this crate are invented: unlike everywhere else, they may be printed.

pub mod clean;
pub mod generate;
pub mod judge;
pub mod speed;
