//! `weir policy`: packs, before they are in force.

mod check;
mod explain;
mod test;

use clap::{Args, Subcommand};

use super::screen::Screen;
use super::{CliError, Ending};

/// Check, test and explain policy packs
#[derive(Args)]
pub(crate) struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Subcommand)]
enum PolicyCommand {
    Check(check::CheckArgs),
    Test(test::TestArgs),
    Explain(explain::ExplainArgs),
}

pub(crate) fn run(args: &PolicyArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    match &args.command {
        PolicyCommand::Check(args) => check::run(args, screen),
        PolicyCommand::Test(args) => test::run(args, screen),
        PolicyCommand::Explain(args) => explain::run(args, screen),
    }
}
