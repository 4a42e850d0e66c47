//! The server's transparency log: one Merkle tree over all that it acknowledged.
//!
//! ```text
//! a batch is accepted ─┐ one transaction
//!                      ├─▶ tree, tree_entries, tree_nodes ─▶ checkpoint, signed ─▶ in each receipt
//! the journal's head ──┘                    └─▶ tiles ─▶ proofs
//! ```
//!
//! Devices are its witnesses: each keeps the last checkpoint it saw and asks for a proof that the next one goes on from it.
//! A server that shows one log to some and another to others, or takes something back, is found by those it told.
//!
//! Entries and nodes are rows that never change; a tile is a few of them side by side. It must not know records.

mod prove;
mod reader;
mod routes;
mod sign;
mod table;

pub use prove::{ProveError, consistency, inclusion};
pub(crate) use routes::{checkpoint, consistent, entries, included, receipt, tile};
pub use sign::Log;
pub use table::{Acceptance, TreeHead, TreeTable};
