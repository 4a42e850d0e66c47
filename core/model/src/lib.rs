//! The nouns every part of Weir shares.
//!
//! Neighbours: everything imports this crate, and it imports nothing of ours.
//! It must not know how anything is found, decided, stored or sent: no parser, no regular expression, no socket.
//!
//! Two kinds of type live here. Those that may be written down (levels, actions, ids, findings) are plain data with
//! `Debug` and serde. Those that hold what people typed ([`Sensitive`], [`Segment`]) have neither, so that promise P5,
//! no content at rest, is held by the compiler.

mod action;
pub mod catalogue;
mod causes;
mod channel;
mod closed;
mod copied;
mod custom;
mod destination;
mod detector;
mod exception;
mod file;
mod finding;
mod host;
mod ids;
mod interface;
mod level;
mod segment;
mod selection;
mod sensitive;
mod sheet;
mod time;

pub use action::{Action, Mode};
pub use causes::chain;
pub use channel::Channel;
pub use closed::Closed;
pub use copied::CopiedFrom;
pub use custom::{CheckDigits, CustomDetector};
pub use destination::{Destination, Tier, Trust};
pub use detector::{Category, Confidence, DataType};
pub use exception::{ExceptionTerms, Granted};
pub use file::{FileEntry, FileState};
pub use finding::{Finding, Fingerprint, Match};
pub use host::{HostPattern, ParseHostError, glob, split_port};
pub use ids::{BundleRef, EventId};
pub use interface::Interface;
pub use level::Level;
pub use segment::{Kind, Place, Role, Segment};
pub use selection::{Excluded, Failure, Flag, Selection, Strategy, Tried, Unfit};
pub use sensitive::Sensitive;
pub use sheet::SheetColumn;
pub use time::Timestamp;
