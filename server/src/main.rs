//! `weir-server`: the admin server.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that people watch")]

mod cli;

use clap::Parser;
use std::process::ExitCode;

/// The C library's keeps a third of what a laptop's connection takes when it opens; this one gives it back.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    cli::main(cli::Arguments::parse())
}
