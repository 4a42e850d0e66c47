//! Devices, servers and database are killed, the network is cut, disks are full and clocks are wrong, at random and under load.
//! In the end every record is on the server once, every chain is whole, and every device runs the newest policy.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test's broken assumption is a failed test, and its seed is shown then"
)]
#![cfg_attr(
    not(target_os = "linux"),
    allow(
        dead_code,
        reason = "disks are filled, clocks are set and cables are cut on Linux alone"
    )
)]

#[cfg(target_os = "linux")]
mod clocks;
#[cfg(target_os = "linux")]
mod cuts;
#[cfg(target_os = "linux")]
mod disks;
mod kills;
mod world;
