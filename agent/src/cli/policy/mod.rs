//! `weir policy`: packs, before they are in force.

mod check;
mod diff;
mod explain;
mod fmt;
mod matrix;
mod new;
mod prove;
mod schema;
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
    Matrix(matrix::MatrixArgs),
    Prove(prove::ProveArgs),
    Diff(diff::DiffArgs),
    New(new::NewArgs),
    Fmt(fmt::FmtArgs),
    Schema(schema::SchemaArgs),
}

pub(crate) fn run(args: &PolicyArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    match &args.command {
        PolicyCommand::Check(args) => check::run(args, screen),
        PolicyCommand::Test(args) => test::run(args, screen),
        PolicyCommand::Explain(args) => explain::run(args, screen),
        PolicyCommand::Matrix(args) => matrix::run(args, screen),
        PolicyCommand::Prove(args) => prove::run(args, screen),
        PolicyCommand::Diff(args) => diff::run(args, screen),
        PolicyCommand::New(args) => new::run(args, screen),
        PolicyCommand::Fmt(args) => fmt::run(args, screen),
        PolicyCommand::Schema(args) => schema::run(args, screen),
    }
}
