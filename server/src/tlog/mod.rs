//! The server's transparency log: one Merkle tree over all that it acknowledged.
//!
//! ```text
//! a batch is accepted ─┐ one transaction
//!                      ├─▶ tree, tree_entries, tree_nodes ─▶ checkpoint, signed ─▶ in each receipt
//! the journal's head ──┘                    └─▶ tiles ─▶ proofs
//! ```
//!
//! Devices are its witnesses: each keeps the last checkpoint it saw, asks for a proof that the next one goes on from it, and
//! cosigns that one. A server that shows one log to some and another to others, or takes something back, is found by those it
//! told; and who has what they cosigned needs to trust one of them, and not the server.
//!
//! Entries and nodes are rows that never change; a tile is a few of them side by side. It must not know records.

mod cosign;
mod prove;
mod reader;
mod routes;
mod sign;
mod table;
mod witnesses;

pub use cosign::{CosignError, CosignedNote, MOST_COSIGNATURES, cosigned, most_cosigned, named, round_at, take};
pub use prove::{ProveError, consistency, inclusion};
pub(crate) use routes::{
    checkpoint, consistent, cosignature, cosigned_checkpoint, entries, included, receipt, tile, to_cosign,
};
pub use sign::Log;
pub use table::{Acceptance, TreeHead, TreeTable};
pub use witnesses::{Counted, Round, Witness, WitnessTable};
