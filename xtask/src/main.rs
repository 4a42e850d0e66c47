//! The project's own commands, `cargo xtask …`: each works on a fresh machine and says what it does.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that people watch")]

mod bench;
mod console;
mod cross;
mod fleet;
mod goal;
mod package;
mod run;
mod setup;
mod shell;
mod test;
mod tray;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Weir's own commands
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// See Weir work: server, agent and a fake AI service on this machine, and five exchanges
    Run(run::Arguments),
    /// Everything CI runs: format, lints, licences, unit tests, import rules, stories with real clients
    Test(test::Arguments),
    /// Measure the proxy against a direct connection and a plain TLS relay
    Bench(bench::Arguments),
    /// Measure the admin server with thousands of laptops: connected, told of news, sending records, and through crashes
    Fleet(fleet::Arguments),
    /// Build the admin server's console, and test it
    Console(console::Arguments),
    /// Build the tray and its windows, and test them
    Tray(tray::Arguments),
    /// Build what people install: .deb, .rpm, and an MSI where a program for Windows was built
    Package(package::Arguments),
    /// Build for Windows and check for macOS, from Linux
    Cross(cross::Arguments),
    /// Install what the tests need (Debian and its kin; elsewhere: say what is missing)
    CiSetup,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Run(arguments) => run::run(&arguments),
        Task::Test(arguments) => test::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Fleet(arguments) => fleet::run(&arguments),
        Task::Console(arguments) => console::run(&arguments),
        Task::Tray(arguments) => tray::run(&arguments),
        Task::Package(arguments) => package::run(&arguments),
        Task::Cross(arguments) => cross::run(&arguments),
        Task::CiSetup => setup::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", shell::chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}
