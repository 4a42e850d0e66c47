//! Every accepted record on its way to other systems.
//!
//! ```text
//! feed of accepted batches ─▶ item ─▶ ocsf | cef | otlp ─▶ webhook | syslog | collector
//!            ▲                                                    │
//!            └──────────── place of the sink moves on ◀── taken ──┘
//! ```
//!
//! A sink is a place in the feed: what it has not handed on stays in the tables, ingest never waits for it, and each sink has
//! its own pace. Records go at least once, in the order of their arrival, from one node at a time. What a receiver will
//! never take is noted and passed over.

mod cef;
mod follow;
mod item;
mod line;
mod ocsf;
mod otlp;
mod sink;
mod table;

pub use cef::cef;
pub use follow::{forward, step};
pub use item::{Grade, Item, Said};
pub use line::line;
pub use ocsf::ocsf;
pub use otlp::{Rejected, otlp};
pub use sink::{Format, From, OpenSink, Sink, SinkError, Target};
pub use table::{Refused, SinkState, SinkTable, Undelivered};
