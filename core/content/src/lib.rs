//! Untrusted bytes to segments of text, and edits back to bytes.

pub mod answer;
pub mod block;
