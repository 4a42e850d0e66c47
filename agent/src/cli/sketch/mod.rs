//! `weir sketch`: real values, so that they are known where they turn up.

mod build;
mod inspect;
mod table;

use clap::{Args, Subcommand};

pub(super) use build::{fill, read_or_make};

use super::screen::Screen;
use super::{CliError, Ending};

/// Know the real values of a table where they turn up
///
/// A sketch is made from a table of customers, accounts or patients. It holds none of them: it answers whether a value is
/// one of theirs, to whoever has its key. A pack names it under `classification.custom` or `exact_match`.
#[derive(Args)]
pub(crate) struct SketchArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Build(build::BuildArgs),
    Inspect(inspect::InspectArgs),
}

pub(crate) fn run(args: &SketchArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    match &args.command {
        Command::Build(args) => build::run(args, screen),
        Command::Inspect(args) => inspect::run(args, screen),
    }
}
