//! The audit log on disk, its index, and the agent's small stores.
//!
//! ```text
//!   append --queue--> writer --frames--> segments, anchor          (the truth)
//!                        |  durable
//!                        +--rows--> indexer --or reads segments--> sled or redb   (a guess that can be thrown away)
//!                        +--wake--> follower --reads segments--> subscribers, while there are any
//!   read, get  <-- index for places, segments for content; segments alone while there is no index
//! ```
//!
//! Promise P6: a record is durable before its [`Receipt`] exists, and only this crate makes receipts. Failure is closed:
//! an append that cannot be made durable gives an [`AppendError`], never silence. The index is never waited for, never
//! the only copy, and never believed without looking at the log.
//!
//! Neighbours: `weir-audit` gives frames and verification; `agent` opens the store and appends.
//! It must not know what a message is, nor how anything was decided.
//!
//! The reasons, and what was not chosen, are in `docs/design/audit-store.md`.

pub mod disk;
mod follow;
mod index;
mod links;
mod log;
mod options;
mod query;
mod recent;
mod shared;
mod store;
mod stretch;
mod verify;
mod whole;
mod writer;

pub use links::{Links, links};
pub use log::OpenError;
pub use options::{Clock, EpochLength, IndexKind, OnFull, Options};
pub use query::{Entries, Entry, Query, ReadError};
pub use shared::{Health, IndexState};
pub use store::{Store, Subscription};
pub use stretch::{Most, Piece, Stretch};
pub use verify::{VerifyError, epoch_key, verify, verify_epochs, verify_on};
pub use whole::replace;
pub use writer::{AppendError, Receipt};
