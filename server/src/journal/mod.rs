//! The server's own log: who changed what, and who looked at what.
//!
//! ```text
//! a change ─▶ enter (one transaction: the row, the head moved on, the change) ─▶ journal ─▶ checkpoints, signed
//! ```
//!
//! Each row holds the hash of the row before, so that none can be taken out, changed or moved unseen. The end is held by
//! checkpoints: a head, signed with the receipt key, in the database and in a file beside the keys. Whoever can write to
//! the database but has no key can cut off at most what was entered since the last checkpoint.
//!
//! It must not know content: details are names, numbers and filters.

mod chain;
mod entry;
mod table;
mod witness;

pub use chain::{Broken, Checkpoint, Head, Kept, Verifier};
pub(crate) use entry::UNKNOWN;
pub use entry::{Actor, Deed, Entry, Purpose, PurposeError};
pub use table::{Anchor, JournalTable, Page};
pub use witness::{Verified, VerifyError, Witness};
