//! Untrusted bytes to segments of text, and edits back to bytes.
//!
//! ```text
//! RequestView ──► inspect ──► Inspected { segments, … } ──► rewrite(edits) ──► Rewritten
//!                    ▲
//!   catalogue ──► Adapters (which request, where its text stands)
//! ```
//!
//! Neighbours: `detect` reads the segments, `engine` turns decisions into edits, the agent sends what `rewrite` makes.
//! This crate must not know what a secret is, what policy says, or who sent the request; and it does no IO.
//!
//! - [`inspect`] never fails and is never silent: what cannot be read is named in [`Inspected::unscannable`].
//! - Every string of a body is a segment, also where no adapter names it, also as an object key, and so is the path.
//!   Exceptions are ids where an adapter declares noise, headers and cookies, and keys and paths of plain words.
//! - [`Inspected::rewrite`] changes the edited characters and nothing else: no body is ever parsed and written anew.
//! - Files are read by `weir-files`; their text cannot be edited. Pictures and sound are [`Unscannable::Binary`].

mod adapters;
pub mod answer;
pub mod block;
mod codec;
mod coding;
mod envelope;
mod form;
mod inspect;
mod json;
mod locate;
pub mod locator;
mod multipart;
mod protobuf;
mod request;
pub mod selftest;

pub use adapters::{AdapterError, Adapters, Gives, RouteRef};
pub use inspect::{
    Attachment, Detail, Drift, Edit, Inspected, Reference, RewriteError, Rewritten, Unscannable, UploadStep,
    fuzz_layers, fuzz_rewrite, inspect, inspect_with,
};
pub use json::fuzz_tokens;
pub use locate::{locate, locate_text};
pub use request::{Carrier, RequestView};
pub use weir_files::Label;
