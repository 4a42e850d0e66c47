//! `weir-server`: the admin server.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that people watch")]

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main(cli::Arguments::parse())
}
