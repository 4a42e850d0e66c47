//! Where the web engine is the system's own: its processes end with their window, and nothing has to be set.

use std::path::Path;

/// Nothing to do.
pub(crate) fn prepare() {}

/// Nothing to do.
pub(crate) fn begin_anew(_state: Option<&Path>) {}
