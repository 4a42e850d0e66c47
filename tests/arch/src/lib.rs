//! Import rules, held by tests.
