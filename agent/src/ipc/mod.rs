//! How the command line and the tray talk to the agent: HTTP/1.1 with JSON, on a Unix socket (a named pipe on Windows),
//! never on TCP, where every web page of this machine could knock.
//!
//! ```text
//! cli/status, tail, explain -> Client  ==socket==  Server -> trait Answers (agent)
//! ```
//!
//! Both sides look before they speak: the socket lives in a directory that only its owner may enter, the agent asks the
//! kernel who connects (the agent's own user, or root), and the client checks that nobody else put a socket there.
//! It must not know how anything is judged or stored.

mod client;
mod events;
mod server;
mod socket;
#[cfg(all(test, unix))]
mod tests;

pub use client::{AskError, Client, ConnectError, HeldTail, Tail};
pub use events::{LIMIT, event_of};
pub use server::{Answers, Server};
pub use socket::{BindError, NotOurs};
