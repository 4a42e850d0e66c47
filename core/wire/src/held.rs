//! Messages that wait for the employee, and what they may do about them.
//!
//! These are the only messages that carry text that people typed: to the person who typed it, who is known by the system,
//! and from nobody's disk. The types with text have no `Debug`.

use std::collections::{BTreeMap, BTreeSet};

use crate::Appealed;
use serde::{Deserialize, Serialize};
use weir_model::{Action, Channel, DataType, Destination, EventId, ExceptionTerms, Kind, Level, Role, Timestamp};

/// A message that waits, without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct HeldMessage {
    /// Names it, here and in the log.
    pub id: EventId,
    /// Since when it waits.
    pub since: Timestamp,
    /// When it is refused, if nobody says anything.
    pub until: Timestamp,
    /// How it was to leave.
    pub channel: Channel,
    /// What it does.
    pub kind: Kind,
    /// Where it was to go.
    pub destination: Destination,
    /// Its level.
    pub level: Level,
    /// What policy decided.
    pub action: Action,
    /// The rule that decided it.
    pub rule: String,
    /// Why, for people.
    pub why: String,
    /// What was found in it, by type, and how often.
    pub found: BTreeMap<DataType, u32>,
    /// What can be done about it.
    pub ways: HeldWays,
    /// The first of the same words to the same destination within ten minutes; `None` for the first itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same: Option<EventId>,
    /// How often they came in that time, this time included.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>", optional))]
    pub repeats: u32,
    /// How the request for an exception stands; `None` while there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<HeldRequest>,
    /// How the appeal stands; `None` while there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeal: Option<Appealed>,
}

const fn once() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_once(repeats: &u32) -> bool {
    *repeats == 1
}

/// What can be done about a message that waits, beside taking it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct HeldWays {
    /// It can go without what must not leave.
    pub clean: bool,
    /// It can go in other words.
    pub edit: bool,
    /// It can go as it is, with a reason.
    pub justify: bool,
    /// The administrators may be told that it is not sensitive. It waits on meanwhile.
    #[serde(default)]
    pub appeal: bool,
    /// An exception may be asked for, which must be like this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<ExceptionTerms>,
}

/// A request for an exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct HeldRequest {
    /// What was said to it: `pending`, `approved`, `refused`, `expired`, `revoked`.
    pub state: String,
    /// Why, where somebody said no.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>", optional))]
    pub why: String,
    /// The message goes by itself when it is approved.
    pub go: bool,
}

/// All messages of this user that wait, the longest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct HeldList {
    /// They.
    pub held: Vec<HeldMessage>,
}

/// What is in a message that waits. Holds what people typed: no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct HeldText {
    /// The employee's own words, and other texts in which something must not leave.
    pub pieces: Vec<HeldPiece>,
}

/// A text of a message that waits, or its beginning. Holds what people typed: no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct HeldPiece {
    /// What it is to the model.
    pub role: Role,
    /// It, with what was found hidden but for its ends; whole where that was asked for.
    pub text: String,
    /// It, as it would go without what must not leave.
    pub cleaned: String,
    /// There is more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>", optional))]
    pub cut: bool,
}

/// How a message that waits is to go. Holds what people typed: no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum HeldSend {
    /// Without what must not leave.
    Cleaned {
        /// The same to the same destination goes so by itself, until it has not come for ten minutes.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        #[cfg_attr(feature = "typescript", ts(as = "Option<_>", optional))]
        again: bool,
    },
    /// In other words, which are judged as well.
    Edited {
        /// They.
        text: String,
    },
    /// As it is, for this reason, where policy leaves that to the employee.
    AsItIs {
        /// Why; kept in the record.
        reason: String,
    },
    /// As it is, by an exception that was approved.
    Approved,
}

/// Asks for an exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct HeldAsk {
    /// Why it must go. Approvers read it, so nothing must be found in it.
    pub reason: String,
    /// It goes by itself when it is approved.
    #[serde(default)]
    pub go: bool,
}

/// What became of a message that waited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct HeldDone {
    /// The record of it.
    pub event: EventId,
}

/// What happens to messages that wait, as it happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum HeldChange {
    /// One begins to wait, or something about it changed.
    Waits(Box<HeldMessage>),
    /// One waits no more.
    Ended {
        /// Which.
        id: EventId,
        /// What ended it, in the record's own word.
        by: String,
    },
}

/// How a message that was held went on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct HeldStage {
    /// The record of it when it began to wait.
    pub event: EventId,
    /// What ended it, in the record's own word.
    pub by: String,
    /// Why it had to go, in the employee's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An exception that this device has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DeviceException {
    /// Names it.
    pub id: String,
    /// The account it is for.
    pub user: String,
    /// The service or host it is for.
    pub destination: String,
    /// The rules it is from.
    pub rules: BTreeSet<String>,
    /// Who approved it.
    pub approved_by: BTreeSet<String>,
    /// Why it was asked for.
    pub reason: String,
    /// How often it may be used.
    pub uses: u32,
    /// How often it was.
    pub used: u32,
    /// Until when it holds.
    pub expires: Timestamp,
}
