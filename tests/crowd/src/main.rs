//! Many laptops that share a process and nothing else: each has its own key, certificate and connection.
//!
//! ```text
//! enrol   a key and a certificate for each, in one file
//! stay    each holds a stream open, takes or fetches what is new, says what it runs, and looks by itself once in a while
//! pour    each sends its log, as fast as it is acknowledged: on its stream, or by requests where batches are large
//! ```
//!
//! Lines of JSON on standard output say what happened; `cargo xtask fleet` puts them together.

mod board;
mod connection;
mod disk;
mod enrol;
mod fleet;
mod pour;
mod stay;
mod ways;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use std::time::Duration;

pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Thousands of enrolled laptops in one process
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    mode: Mode,
}

#[derive(Subcommand)]
enum Mode {
    /// Enrol laptops and keep who they are in a file
    Enrol(enrol::Options),
    /// Hold a stream for each; answers questions on standard input: `bundle NUMBER SINCE_NS`, `order NUMBER SINCE_NS`
    Stay(stay::Options),
    /// Send records of each
    Pour(pour::Options),
}

fn main() -> ExitCode {
    match run(Arguments::parse().mode) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&serde_json::json!({"error": error.to_string()}));
            ExitCode::FAILURE
        }
    }
}

fn run(mode: Mode) -> Outcome<()> {
    weir_support::install_crypto();
    // One thread: the machine's other cores belong to the server.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match mode {
            Mode::Enrol(options) => enrol::run(options).await,
            Mode::Stay(options) => stay::run(options).await,
            Mode::Pour(options) => pour::run(options).await,
        }
    })
}

/// A line for the program that started this one.
#[expect(clippy::print_stdout, reason = "standard output is what it talks by")]
pub(crate) fn say(line: &serde_json::Value) {
    println!("{line}");
}

/// Milliseconds below which a share of the values lies; the values become sorted.
pub(crate) fn percentile(values: &mut [u64], share: f64) -> f64 {
    values.sort_unstable();
    let place = (values.len() as f64 * share).ceil() as usize;
    values
        .get(place.saturating_sub(1).min(values.len().saturating_sub(1)))
        .map_or(0.0, |nanoseconds| {
            Duration::from_nanos(*nanoseconds).as_secs_f64() * 1000.0
        })
}
