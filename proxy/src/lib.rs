//! Sockets, CA and leaves, intercept / tunnel / refuse, HTTP/1.1 and HTTP/2, WebSocket, PAC.
//!
//! Neighbours: the agent implements [`Gate`] and runs a [`Proxy`]; the nouns come from `weir_model`.
//! This crate speaks of connections, hosts and requests. It must not know what a prompt, a detector or a pack is, and
//! it keeps nothing: no file but the three of the [`ca`], no request or answer text in any log or error.
//!
//! ```text
//!   client ── listener ── CONNECT ──┬─ tunnel: bytes, untouched
//!                                   ├─ refuse: a local answer
//!                                   └─ intercept: leaf ── h1 / h2 ── http (gate) ── Cleared ── pool ── upstream
//! ```
//!
//! Read `http.rs` first: it is the only place that makes a [`Cleared`] request, and nothing else can be sent (P1).

pub mod ca;
mod client;
mod config;
mod dns_name;
#[doc(hidden)]
pub mod fuzz;
mod gate;
mod h1;
mod h2;
mod head;
mod header_edits;
mod hello;
mod http;
mod intercept;
mod io;
mod lifeline;
mod listener;
mod pac;
mod room;
mod tunnel;
mod upstream;
mod websocket;

pub use client::Client;
pub use config::{Config, Limits};
pub use gate::{
    AnswerFailure, AnswerFilter, Body, Changes, Forward, Gate, LocalAnswer, MessageRuling, Received, Relay, Ruling,
    SocketGate, SocketMessage, Treatment, Triage,
};
pub use head::RequestHead;
pub use header_edits::HeaderEdits;
pub use http::Cleared;
pub use listener::{BindError, Proxy};
pub use pac::Pac;
pub use room::{Held, NoRoom, Room, Share};
pub use upstream::{
    Alpn, CompanyProxy, ConnectError, Connected, Security, Target, TlsUpstream, TlsUpstreamError, TlsUpstreamOptions,
    Upstream, UpstreamStream,
};
