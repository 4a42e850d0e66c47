//! HTTP/1.1 as bytes: heads kept as they were written, bodies passed as they come.
//!
//! Written by hand on `httparse`, because a judged connection must cost little more than a relay, and because a head
//! that is not changed must leave with the same bytes, case and order.
//!
//! ```text
//!   serve (one connection: read a head, clear it, exchange, again)
//!     ├─ head, body      pure: bytes to heads, framing, chunks
//!     ├─ write           pure: heads to bytes
//!     └─ exchange        moves one request and one answer, both directions at once
//! ```

pub(crate) mod body;
mod collect;
mod exchange;
pub(crate) mod head;
mod serve;
pub(crate) mod write;

pub(crate) use head::{Head, Origin};
pub(crate) use serve::{Leg, close, serve};
pub(crate) use write::local_answer;
