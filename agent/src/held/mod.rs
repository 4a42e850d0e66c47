//! Messages that wait for the employee.
//!
//! ```text
//! wait    one message, from its record to its end: goes exactly once, or not at all
//! table   all that wait, within their bounds; who listens, and what they are told
//! repeats the same words again, to the same destination
//! shown   what the employee sees of one
//! ```
//!
//! A message waits inside the future that rules on it: the proxy drops that when the client goes away, and what is dropped
//! waits no more and has sent nothing. Its content is in memory and nowhere else. Whatever goes in its place is judged from
//! the beginning and recorded before it goes, like any message (P1, P6).

mod repeats;
mod shown;
mod table;
mod wait;

pub(crate) use table::{Choice, Item, Waiting};
pub(crate) use wait::{checked_reason, hold};
