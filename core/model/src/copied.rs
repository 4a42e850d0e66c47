use serde::{Deserialize, Serialize};

use crate::{EventId, Timestamp};

/// Where something was copied that stands in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields = nullable))]
pub struct CopiedFrom {
    /// When it was copied.
    pub time: Timestamp,
    /// The record of that; absent where nothing was found in it, for then there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// The program it was copied from, where the machine could tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
}
