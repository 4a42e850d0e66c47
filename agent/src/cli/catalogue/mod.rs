//! `weir catalogue`: what Weir knows of AI services, checked, tested and tried on recorded traffic.

mod check;
mod files;
mod inspect;
mod sample;
mod shown;
mod test;

use clap::{Args, Subcommand};

use super::screen::Screen;
use super::{CliError, Ending};

/// Check, test and try the descriptions of AI services
#[derive(Args)]
pub(crate) struct CatalogueArgs {
    #[command(subcommand)]
    command: CatalogueCommand,
}

#[derive(Subcommand)]
enum CatalogueCommand {
    Check(check::CheckArgs),
    Test(test::TestArgs),
    Inspect(inspect::InspectArgs),
}

pub(crate) fn run(args: &CatalogueArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    match &args.command {
        CatalogueCommand::Check(args) => check::run(args, screen),
        CatalogueCommand::Test(args) => test::run(args, screen),
        CatalogueCommand::Inspect(args) => inspect::run(args, screen),
    }
}
