use std::path::{Path, PathBuf};

use clap::Args;
use weir_policy::Diagnostic;

use super::files::{Checked, check};
use crate::cli::diagnostics::{self, Form};
use crate::cli::screen::Screen;
use crate::cli::{CliError, Ending};

/// Check service files for errors
///
/// Each file is read together with the built-in catalogue; one with a built-in name takes that one's place. Without files
/// the built-in catalogue itself is checked.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 no errors, 1 errors (with --strict also warnings), 3 a file could not be read.

Examples:
  weir catalogue check
  weir catalogue check acme-chat.yaml
  weir catalogue check --sarif services/*.yaml > services.sarif")]
pub(super) struct CheckArgs {
    /// Service files
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
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
    let found = match check(&args.files)? {
        Checked::Usable(_) => Vec::new(),
        Checked::Faulty(found) => found,
    };
    let form = Form::of(args.sarif, args.json, args.strict);
    if args.files.is_empty() {
        diagnostics::print_file(Path::new("built-in catalogue"), &found, form, screen)?;
    }
    for file in &args.files {
        diagnostics::print_file(file, &of_file(file, &found), form, screen)?;
    }
    diagnostics::finish(&found, form, screen)
}

fn of_file(file: &Path, found: &[Diagnostic]) -> Vec<Diagnostic> {
    found
        .iter()
        .filter(|diagnostic| Path::new(&diagnostic.file) == file)
        .cloned()
        .collect()
}
