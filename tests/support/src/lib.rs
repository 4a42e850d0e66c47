//! What the end-to-end tests, `cargo xtask run` and the benches share: a fake AI service on loopback, a client that
//! speaks to it through the proxy, the agent as a child process, and values that look like secrets.
//!
//! Everything here plays the world around Weir and must not know Weir's crates: the agent is only ever the program
//! `weir`, reached by its command line, its sockets and its files.
//!
//! ```text
//! client::Client ──CONNECT──▶ agent::Agent (the program `weir`) ──TLS──▶ fake::FakeAi
//!    what a user sees            what is tested                       what a provider receives
//! ```

pub mod agent;
pub mod balancer;
pub mod certs;
pub mod client;
pub mod crowd;
#[cfg(unix)]
pub mod desktop;
pub mod disk;
pub mod fake;
pub mod fleet;
pub mod folder;
pub mod locator;
pub mod network;
pub mod postgres;
pub mod sample;
pub mod server;
pub mod skew;
pub mod socket;
pub mod stream;
pub mod tools;
pub mod tunnel;
pub mod upstream;
pub mod values;

pub use agent::Agent;
pub use balancer::Balancer;
pub use client::Client;
pub use crowd::Crowd;
pub use disk::Disk;
pub use fake::FakeAi;
pub use folder::Folder;
pub use network::{Cut, Network};
pub use postgres::PostgresServer;
pub use sample::Sample;
pub use server::Server;
pub use skew::Skew;
pub use socket::Socket;
pub use tunnel::Tunnel;
pub use upstream::Upstream;
pub use values::Random;

use std::time::{SystemTime, UNIX_EPOCH};

/// Makes aws-lc the provider of every TLS configuration in this process; more than one call does no harm.
pub fn install_crypto() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// Wall-clock nanoseconds: the one clock that processes of a measurement share.
#[must_use]
pub fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Returns when the user presses Ctrl-C, so that what is running can be ended in order.
pub fn wait_for_ctrl_c() -> std::io::Result<()> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(tokio::signal::ctrl_c())
}
