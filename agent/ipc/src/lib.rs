//! The socket between the agent and the programs of its users, and how they ask over it: HTTP/1.1 with JSON, on a Unix
//! socket (a named pipe on Windows), never on TCP, where every web page of this machine could knock.
//!
//! Both sides look before they speak: the socket lives in a directory that only its owner may enter, the agent asks the
//! kernel who connects (the agent's own user, or root), and the client checks that nobody else put a socket there.
//!
//! Neighbours: `wire` has what is said; the agent answers (`agent/src/ipc`), the command line, the session and the tray ask
//! with [`Client`]. It must not know how anything is judged or stored.

mod client;
pub mod socket;

pub use client::{AskError, Client, ConnectError, HeldTail, Tail};
pub use socket::{BindError, NotOurs};
