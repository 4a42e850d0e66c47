use std::path::{Path, PathBuf};

use clap::Args;
use weir_policy::{Catalogue, Diagnostic};

use crate::cli::diagnostics::{self, Form};
use crate::cli::screen::Screen;
use crate::cli::{CliError, Ending};
use crate::in_force::{self, LoadError, Ready};
use crate::rego;

/// Check packs for errors and risky rules
///
/// Every problem is shown with its place and a way out. A pack with errors is never put in force.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 no errors, 1 errors (with --strict also warnings), 3 a file could not be read.

Examples:
  weir policy check acme.yaml
  weir policy check --strict packs/*.yaml
  weir policy check --sarif packs/*.yaml > packs.sarif")]
pub(super) struct CheckArgs {
    /// Packs
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Directory with service files beside the built-in catalogue
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// Fail on warnings too
    #[arg(long)]
    strict: bool,
    /// Print SARIF
    #[arg(long, conflicts_with = "json")]
    sarif: bool,
    /// Print one JSON object per problem
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &CheckArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let catalogue = in_force::catalogue(args.catalogue.as_deref()).map_err(|error| CliError::from_chain(&error))?;
    let form = Form::of(args.sarif, args.json, args.strict);
    let mut all = Vec::new();
    for file in &args.files {
        let found = check(file, &catalogue)?;
        diagnostics::print_file(file, &found, form, screen)?;
        all.extend(found);
    }
    diagnostics::finish(&all, form, screen)
}

fn check(file: &Path, catalogue: &Catalogue) -> Result<Vec<Diagnostic>, CliError> {
    match in_force::compile(Some(file), catalogue, rego::apart()) {
        Ok(Ready { compiled, .. }) => {
            let unknown = compiled.unknown_types(&in_force::known_types());
            Ok(compiled.diagnostics.into_iter().chain(unknown).collect())
        }
        Err(LoadError::Invalid(diagnostics)) => Ok(diagnostics.0),
        Err(error) => Err(CliError::from_chain(&error)),
    }
}
