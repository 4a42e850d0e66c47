//! The real `weir` program, from the outside: what it prints, how it exits, what it leaves behind.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

mod agent;
mod bench;
mod bundle;
mod ca;
mod catalogue;
mod doctor;
mod env;
mod fingerprint;
mod generated;
mod harness;
mod help;
mod policy;
mod rego;
mod scan;
mod setup;
mod sheets;
mod sketch;
