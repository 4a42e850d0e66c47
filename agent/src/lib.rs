//! The endpoint agent: the gate of the proxy, the log, the vault, the socket for other programs, and the command line.
//!
//! Read [`enforce`] first: it carries out verdicts, and is the one place from which a judged message can leave.
//! Neighbours: `core/engine` decides, `proxy` moves bytes, `agent/store` remembers. The agent is where clock, randomness,
//! files and processes enter; nothing below it reads them by itself.

mod accept;
pub mod agent;
mod answer;
mod approvers;
mod asked;
mod bundles;
pub mod cli;
mod clipboard;
mod clock;
pub mod config;
mod decided;
mod desk;
pub mod doctor;
mod enforce;
mod exceptions;
mod fleet;
mod freshness;
mod gate;
pub mod gateway;
mod held;
pub mod history;
pub mod in_force;
pub mod ipc;
mod kept;
mod orders;
mod os;
mod overrides;
mod record;
mod rego;
mod rehearsal;
mod replay;
mod scanned;
pub mod setup;
mod shown;
mod slot;
mod socket;
mod standing;
pub mod state;
mod supervisor;
mod uploads;
mod vault;
mod vault_seal;
mod whole;
