//! WebSockets to intercepted hosts (RFC 6455): every message of the client is put before the gate, whole, before a byte
//! of it goes on; every message of the origin is shown to the gate before the client gets it.
//!
//! ```text
//!   bridge (moves both directions of one socket, by polling)
//!     ├─ frame, message   pure: bytes to frames to messages, and back
//!     ├─ control          pure: pings and pongs, without the client's own bytes
//!     └─ clear            the permit: what a ruling lets go, and nothing else, is written to the origin (P1)
//! ```
//!
//! Neighbours: `h1/serve.rs` hands both legs over when the origin has answered 101. Nothing here knows what a message
//! says. No extension is ever negotiated: the handshake leaves without `Sec-WebSocket-Extensions`.

mod bridge;
mod clear;
mod control;
pub(crate) mod frame;
pub(crate) mod message;
#[cfg(test)]
mod tests;

pub(crate) use bridge::bridge;

/// The only version of the protocol whose frames are read.
pub(crate) const VERSION: &[u8] = b"13";
