//! `weir bench`: how right and how fast is this program?

mod detect;

use clap::{Args, Subcommand};

use super::screen::Screen;
use super::{CliError, Ending};

/// Measure Weir on data of your own
#[derive(Args)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    command: BenchCommand,
}

#[derive(Subcommand)]
enum BenchCommand {
    Detect(detect::DetectArgs),
}

pub(crate) fn run(args: &BenchArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    match &args.command {
        BenchCommand::Detect(args) => detect::run(args, screen),
    }
}
