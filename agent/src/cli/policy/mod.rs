//! `weir policy`: packs, before they are in force.

mod bundle;
mod check;
mod diff;
mod dry_run;
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
use crate::state::StateDir;

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
    DryRun(dry_run::DryRunArgs),
    New(new::NewArgs),
    Fmt(fmt::FmtArgs),
    Schema(schema::SchemaArgs),
    Keygen(bundle::keygen::KeygenArgs),
    Root(bundle::root::RootArgs),
    Bundle(bundle::make::BundleArgs),
    Sign(bundle::sign::SignArgs),
    Order(bundle::order::OrderArgs),
    Verify(bundle::verify::VerifyArgs),
    Inspect(bundle::inspect::InspectArgs),
    Install(bundle::install::InstallArgs),
}

/// Only what speaks to the agent asks where it is.
pub(crate) fn run(
    args: &PolicyArgs,
    place: &dyn Fn() -> Result<StateDir, CliError>,
    screen: &mut Screen,
) -> Result<Ending, CliError> {
    match &args.command {
        PolicyCommand::Check(args) => check::run(args, screen),
        PolicyCommand::Test(args) => test::run(args, screen),
        PolicyCommand::Explain(args) => explain::run(args, screen),
        PolicyCommand::Matrix(args) => matrix::run(args, screen),
        PolicyCommand::Prove(args) => prove::run(args, screen),
        PolicyCommand::Diff(args) => diff::run(args, screen),
        PolicyCommand::DryRun(args) => dry_run::run(args, &place()?, screen),
        PolicyCommand::New(args) => new::run(args, screen),
        PolicyCommand::Fmt(args) => fmt::run(args, screen),
        PolicyCommand::Schema(args) => schema::run(args, screen),
        PolicyCommand::Keygen(args) => bundle::keygen::run(args, screen),
        PolicyCommand::Root(args) => bundle::root::run(args, screen),
        PolicyCommand::Bundle(args) => bundle::make::run(args, screen),
        PolicyCommand::Sign(args) => bundle::sign::run(args, screen),
        PolicyCommand::Order(args) => bundle::order::run(args, screen),
        PolicyCommand::Verify(args) => bundle::verify::run(args, screen),
        PolicyCommand::Inspect(args) => bundle::inspect::run(args, screen),
        PolicyCommand::Install(args) => bundle::install::run(args, &place()?, screen),
    }
}
