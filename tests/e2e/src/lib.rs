//! Stories with real clients.
