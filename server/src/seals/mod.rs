//! Seals of devices' logs: whether what a device sends was written when it says, by keys that the device has forgotten since.
//!
//! ```text
//! device ── key of the present epoch, once for each log ──▶ epoch_keys (sealed)
//!        ── records, and a seal at the end of each epoch ──▶ course (pure) ──▶ verified up to here, or an alert
//! ```
//!
//! A laptop that is taken has the key of its last epoch and none of those before: it can send no other records than those that
//! were sealed, and leave none out, also where they had not been sent yet. What a device sends before its key is kept is as
//! good as its receipts. A log whose seal did not fit is verified no further: what comes behind it proves nothing.

mod course;
mod follow;
mod kept;
mod routes;
mod table;
mod watch;

pub use course::{Broken, Course};
pub use kept::{KeptKey, KeyRing};
pub use routes::epoch_key;
pub use table::{Arrivals, ArrivedSeal, Followed, LogKeys, Reached, SealTable, SealedUpTo, Sealing};
pub use watch::{SealWatch, step};
