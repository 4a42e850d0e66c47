//! Time and ids: read here, given to everything else.

use std::time::{SystemTime, UNIX_EPOCH};

use weir_model::{EventId, Timestamp};

/// The time now; before 1970 it is 1970.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A random number, for choices; not for secrets. Without randomness from the system it is made of the clock.
pub(crate) fn draw() -> u64 {
    let mut random = [0; 8];
    if aws_lc_rs::rand::fill(&mut random).is_err() {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        return u64::from(since.subsec_nanos());
    }
    u64::from_le_bytes(random)
}

/// A fresh event id. Without randomness from the system it is made of the clock's nanoseconds: still unique on one
/// machine, which is all an id has to be.
pub(crate) fn event_id(now: Timestamp) -> EventId {
    let mut random = [0; 10];
    if aws_lc_rs::rand::fill(&mut random).is_err() {
        let nanos = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_nanos();
        random.copy_from_slice(&nanos.to_be_bytes()[6..]);
    }
    EventId::new(now, random)
}
