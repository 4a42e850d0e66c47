//! Segments to findings: normaliser, prefilter, detectors, validators, context.
//!
//! Neighbours: `core/engine` calls [`Scanner::scan`] for each segment of a message and gives the matches to policy.
//! It must not know what a level is, where a message goes, or what happens to what it finds: positions and types only.
//!
//! How a text is read:
//!
//! ```text
//! text ─ views (as written; folded; despaced; unescaped; decoded) ─ sweep ─ candidates ─ detectors ─ overlap ─ matches
//! ```
//!
//! [`sweep`] is the only thing that sees every byte. It hands small candidates (a number, a code, a word from the
//! lexicon, an assignment) to the detectors, and each detector looks at a bounded window around its candidate. No
//! regular expression sees the text, and nothing is compiled at start but a table of a few hundred words.

mod checks;
mod classes;
mod columns;
mod context;
mod custom;
mod decode;
mod detectors;
mod encoding;
mod evidence;
mod explain;
mod fold;
mod fuzz;
mod grids;
mod hidden;
mod language;
mod lexicon;
mod masks;
mod overlap;
mod page;
mod phrases;
mod registry;
mod scanner;
pub mod score;
mod statements;
mod stream;
mod sweep;
mod tables;
mod triggers;
mod value;
mod view;

pub use columns::Columns;
pub use custom::{Custom, Fault, Part, Recogniser, Weigh};
pub use encoding::Encoding;
pub use explain::{Evidence, Explained, NamedBy, Why};
pub use fuzz::{fuzz_fold, fuzz_values};
pub use language::Language;
pub use registry::{Info, registry};
pub use scanner::Scanner;
pub use stream::StreamScanner;
pub use triggers::TRIGGERS;
pub use value::{normalise_value, surrogate_name};
