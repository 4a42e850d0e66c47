//! From the texts of packs and catalogue to what is in force, and what is asked of a pack before it is: does it compile, do
//! its tests pass, would they notice a weaker one, what changes, and what would it have decided about recorded messages.
//!
//! ```text
//! texts ─ compile ─ with detectors ─ put together ─ Loaded: what `engine::judge` asks
//!            │              └ check: diagnostics, tests, weaker packs
//!            ├ compare: what gets weaker, what stricter
//!            └ dry_run: records ─ decided again
//! ```
//!
//! Neighbours: the agent, which reads packs from disk and runs what comes of them, and the admin server, which checks drafts
//! in a process of its own. It must not know where texts come from, nor what runs rules in Rego or models for names: those
//! are [`Engines`] of the caller.

mod assemble;
mod check;
mod compare;
mod dry_run;
mod seen;
mod texts;
mod voices;

pub use assemble::{
    Engines, LoadError, Loaded, Opened, Ready, compile_texts, known_types, open, put_together, texts_of, with_detectors,
};
pub use check::{Checked, MutationScore, check, failed, score, tested};
pub use compare::{Class, Compared, compare};
pub use dry_run::dry_run;
pub use seen::{Missing, Seen};
pub use texts::CatalogueTexts;
pub use voices::{Files, NameModels, files, named_by_files};

/// The version whose decisions and detectors these are.
pub const ENGINE: &str = env!("CARGO_PKG_VERSION");
