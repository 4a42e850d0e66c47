//! Records on their way in: compared with what is there, stored, and only then receipted.
//!
//! ```text
//! request ─ unpack ─ columns ─┐
//! stream ── unpack ─ columns ─┼─▶ writer: one transaction for all that came meanwhile ─▶ receipts
//! request ─ unpack ─ columns ─┘
//! ```
//!
//! A batch says from which head it goes on, and is taken only where the log stands at that head: one compare-and-swap
//! gives order, no gaps and no duplicates without a unique index over events. Most batches hold a record or two, so the
//! writer puts batches of many devices into one transaction.

mod accept;
mod body;
mod columns;
mod feed;
mod names;
mod postgres;
mod read;
mod recent;
mod routes;
mod sqlite;
mod table;
mod windows;
mod writer;

pub use accept::accept;
pub use body::{Body, Packed, Text, pack};
pub use columns::{Columns, Row};
pub(crate) use columns::{action_number, level_number};
pub use feed::{Accepted, Entry, Feed, Place, Waiting};
pub(crate) use feed::{entry_of, place_of};
pub(crate) use names::Names;
pub(crate) use read::{carried, packed_of};
pub(crate) use recent::Recent;
pub use routes::records;
pub(crate) use table::ROOM;
pub use table::{Advance, Advanced, Behind, EventTable, LogState, Outcome, Stored, Stretch, Wanted};
pub use writer::{IngestError, Placed, Writer};
