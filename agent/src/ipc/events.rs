/// Most events one answer holds.
pub const LIMIT: u32 = 1_000;
/// Placeholder.
pub fn event_of() {}
