use std::path::{Path, PathBuf};

use clap::Args;
use serde_sarif::sarif::ResultLevel;
use weir_policy::{CODES, Catalogue, Diagnostic, Severity};

use crate::cli::report::{Item, Rule, sarif};
use crate::cli::screen::{Screen, Tone};
use crate::cli::{CliError, Ending};
use crate::in_force::{self, LoadError};

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
    let mut all = Vec::new();
    for file in &args.files {
        let found = check(file, &catalogue)?;
        if !args.sarif && !args.json {
            print(file, &found, screen)?;
        }
        all.extend(found);
    }
    if args.sarif {
        screen.json(&report(&all))?;
    } else if args.json {
        for diagnostic in &all {
            screen.json(diagnostic)?;
        }
    }
    let bar = if args.strict {
        Severity::Warning
    } else {
        Severity::Error
    };
    Ok(Ending::found_if(
        all.iter().any(|diagnostic| diagnostic.severity >= bar),
    ))
}

fn check(file: &Path, catalogue: &Catalogue) -> Result<Vec<Diagnostic>, CliError> {
    match in_force::compile(Some(file), catalogue) {
        Ok(compiled) => {
            let known: Vec<&str> = weir_detect::registry()
                .iter()
                .map(|info| info.data_type.as_str())
                .collect();
            let unknown = compiled.unknown_types(&known);
            Ok(compiled.diagnostics.into_iter().chain(unknown).collect())
        }
        Err(LoadError::Invalid(diagnostics)) => Ok(diagnostics.0),
        Err(error) => Err(CliError::from_chain(&error)),
    }
}

fn print(file: &Path, found: &[Diagnostic], screen: &mut Screen) -> Result<(), CliError> {
    for diagnostic in found {
        screen.line(&diagnostic.to_string())?;
    }
    let count = |severity| {
        found
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let verdict = match (errors, warnings) {
        (0, 0) => screen.paint("ok", Tone::Good),
        (0, _) => screen.paint("ok, with warnings", Tone::Caution),
        _ => screen.paint("not usable", Tone::Bad),
    };
    let counts = if found.is_empty() {
        String::new()
    } else {
        format!(" (errors: {errors}, warnings: {warnings})")
    };
    screen.line(&format!("{}: {verdict}{counts}", file.display()))
}

fn report(found: &[Diagnostic]) -> serde_sarif::sarif::Sarif {
    let rules: Vec<Rule> = CODES
        .iter()
        .map(|(code, text)| Rule {
            id: (*code).to_owned(),
            text: (*text).to_owned(),
        })
        .collect();
    let items: Vec<Item> = found
        .iter()
        .map(|diagnostic| Item {
            rule: diagnostic.code.to_string(),
            level: match diagnostic.severity {
                Severity::Warning => ResultLevel::Warning,
                Severity::Error => ResultLevel::Error,
            },
            message: match &diagnostic.help {
                Some(help) => format!("{}. {help}", diagnostic.message),
                None => diagnostic.message.clone(),
            },
            file: diagnostic.file.clone(),
            start: (diagnostic.line, diagnostic.column),
            end: None,
        })
        .collect();
    sarif(&rules, &items)
}
