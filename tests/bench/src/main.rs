//! The yardstick: a TLS origin, a plain TLS relay, and a load generator that goes to the origin directly or through a
//! CONNECT proxy. Loopback only; every run is short and prints one line of JSON. `cargo xtask bench` puts the runs
//! together and takes ratios, because absolute times belong to one machine.
//!
//! ```text
//! load ──TLS──▶ origin                     direct
//! load ──TLS──▶ relay ──TLS──▶ origin      the floor: TLS ended on both legs, no HTTP
//! load ──TLS──▶ weir  ──TLS──▶ origin      what is measured
//! ```

mod dial;
mod load;
mod origin;
mod relay;
mod tally;
mod usage;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Loads a TLS-intercepting proxy and measures it
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    mode: Mode,
}

#[derive(Subcommand)]
enum Mode {
    /// Serve HTTP/1.1 and HTTP/2 under a leaf for whatever name is asked for
    Origin(origin::Options),
    /// A CONNECT proxy that ends TLS on both legs and moves bytes
    Relay(relay::Options),
    /// Small chat requests on kept connections
    Requests(load::Requests),
    /// Each request on a new connection
    Connections(load::Connections),
    /// Streams of events; the time each event takes
    Events(load::Events),
}

#[expect(clippy::print_stdout, reason = "one line of JSON for the program that started it")]
fn main() -> ExitCode {
    let (report, code) = match run(Arguments::parse().mode) {
        Ok(report) => (report, ExitCode::SUCCESS),
        Err(error) => (serde_json::json!({"error": error.to_string()}), ExitCode::FAILURE),
    };
    println!("{report}");
    code
}

fn run(mode: Mode) -> Outcome<serde_json::Value> {
    weir_support::install_crypto();
    // One thread: the machine's other cores belong to what is measured and to the origin.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match mode {
            Mode::Origin(options) => origin::serve(&options).await,
            Mode::Relay(options) => relay::serve(&options).await,
            Mode::Requests(options) => load::requests(&options).await,
            Mode::Connections(options) => load::connections(&options).await,
            Mode::Events(options) => load::events(&options).await,
        }
    })
}
