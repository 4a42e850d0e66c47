//! HTTP/2 on both sides, on the `h2` crate.
//!
//! One task drives a client's connection, the origin's connection behind it, and all streams between them: nothing is
//! woken across tasks, and no stream costs a task. The origin's connection belongs to one client connection at a time,
//! and goes back to the pool when that ends.
//!
//! ```text
//!   serve (drives)  ── port ──> which origin connection to use
//!     └─ exchange (one future per stream): clear, send, answer
//! ```

mod cork;
mod exchange;
mod latch;
mod port;
mod serve;
mod session;

use std::sync::Arc;

use crate::h1::Origin;

pub(crate) use serve::serve;
pub(crate) use session::{Session, take_session};

/// A request head as HTTP/2 carries it.
pub(crate) struct Head {
    pub(crate) parts: http::request::Parts,
    pub(crate) origin: Arc<Origin>,
}
