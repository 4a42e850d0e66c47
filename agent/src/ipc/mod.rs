//! What the agent answers on its socket.
//!
//! ```text
//! cli/status, tail, explain -> weir_ipc::Client  ==socket==  Server -> trait Answers (agent)
//! ```
//!
//! `endpoint` says who may ask what. It must not know how anything is judged or stored.

mod endpoint;
mod events;
mod server;
#[cfg(all(test, unix))]
mod tests;

pub use events::{LIMIT, event_of};
pub use server::{Account, Answers, Live, Server};
