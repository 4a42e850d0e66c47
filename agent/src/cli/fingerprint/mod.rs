//! `weir fingerprint`: documents and sources, so that passages of them are known where they turn up.

mod build;
mod inspect;

use clap::{Args, Subcommand};

use super::screen::Screen;
use super::{CliError, Ending};

/// Know passages of documents and source code where they turn up
///
/// Fingerprints are made from a folder of documents. They hold no text: they answer whether a passage stands in one of the
/// documents, to whoever has their key. A pack names them under `classification.custom`.
#[derive(Args)]
pub(crate) struct FingerprintArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Build(build::BuildArgs),
    Inspect(inspect::InspectArgs),
}

pub(crate) fn run(args: &FingerprintArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    match &args.command {
        Command::Build(args) => build::run(args, screen),
        Command::Inspect(args) => inspect::run(args, screen),
    }
}
