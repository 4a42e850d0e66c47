//! The socket between the agent and the programs of its users, and how they ask over it: HTTP/1.1 with JSON, on a Unix
//! socket (a named pipe on Windows), never on TCP, where every web page of this machine could knock.
//!
//! Both sides look before they speak. An agent's own socket lives in a directory that only its owner may enter; that of an
//! agent which serves the whole machine lives where only its owner may write. The agent asks the kernel who connects, and
//! the client checks that nobody else put a socket there.
//!
//! Neighbours: `wire` has what is said; the agent answers (`agent/src/ipc`), the command line, the session and the tray ask
//! with [`Client`]. It must not know how anything is judged or stored.

mod client;
mod place;
pub mod socket;

pub use client::{AskError, Client, ConnectError, HeldTail, Tail};
pub use place::{MACHINE_SOCKET, MACHINE_STATE, Place, own_state, place};
pub use socket::{BindError, NotOurs};
