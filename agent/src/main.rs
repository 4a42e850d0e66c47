//! The `weir` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    weir_agent::cli::main(std::env::args_os())
}
