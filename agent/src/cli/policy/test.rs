use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use weir_content::Adapters;
use weir_detect::Scanner;
use weir_engine::InForce;
use weir_engine::packtest::{self, TestResult};
use weir_policy::Catalogue;

use crate::cli::screen::{Screen, Tone};
use crate::cli::{CliError, Ending};
use crate::in_force::{self, LoadError};

/// Run the tests that stand in packs
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 all passed, 1 a test failed, a pack has errors, or has no tests.

Examples:
  weir policy test acme.yaml
  weir policy test --json packs/*.yaml")]
pub(super) struct TestArgs {
    /// Packs
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Directory with service files beside the built-in catalogue
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// Print one JSON object per test
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &TestArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let catalogue = in_force::catalogue(args.catalogue.as_deref()).map_err(|error| CliError::from_chain(&error))?;
    let scanner = Arc::new(Scanner::builtin());
    let mut failed = false;
    for file in &args.files {
        match results(file, &catalogue, &scanner)? {
            Err(problems) => {
                screen.complain(&format!(
                    "{} has errors and cannot be tested\n{problems}",
                    file.display()
                ));
                failed = true;
            }
            Ok(results) => {
                failed |= results.is_empty() || results.iter().any(|result| !result.failures.is_empty());
                if args.json {
                    print_json(&results, screen)?;
                } else {
                    print(file, &results, screen)?;
                }
            }
        }
    }
    Ok(Ending::found_if(failed))
}

/// The outer error is the environment's, the inner one the pack's.
fn results(
    file: &Path,
    catalogue: &Catalogue,
    scanner: &Arc<Scanner>,
) -> Result<Result<Vec<TestResult>, String>, CliError> {
    let compiled = match in_force::compile(Some(file), catalogue) {
        Ok(compiled) => compiled,
        Err(LoadError::Invalid(diagnostics)) => return Ok(Err(diagnostics.to_string())),
        Err(error) => return Err(CliError::from_chain(&error)),
    };
    let adapters = Adapters::compile(catalogue.services()).map_err(|error| CliError::from_chain(&error))?;
    let in_force = InForce {
        policy: compiled.policy,
        catalogue: catalogue.clone(),
        adapters,
        scanner: Arc::clone(scanner),
    };
    Ok(Ok(compiled
        .tests
        .iter()
        .map(|test| packtest::run(test, &in_force))
        .collect()))
}

fn print(file: &Path, results: &[TestResult], screen: &mut Screen) -> Result<(), CliError> {
    for result in results {
        let verdict = if result.failures.is_empty() {
            screen.paint("ok", Tone::Good)
        } else {
            screen.paint("FAILED", Tone::Bad)
        };
        screen.line(&format!(
            "{}:{}: {} ... {verdict}",
            result.file, result.line, result.name
        ))?;
        for failure in &result.failures {
            screen.line(&format!("  {failure}"))?;
        }
    }
    let failed = results.iter().filter(|result| !result.failures.is_empty()).count();
    screen.line(&match (results.len(), failed) {
        (0, _) => format!("{}: has no tests", file.display()),
        (all, 0) => format!("{}: {all} passed", file.display()),
        (all, failed) => format!("{}: {} passed, {failed} failed", file.display(), all - failed),
    })
}

fn print_json(results: &[TestResult], screen: &mut Screen) -> Result<(), CliError> {
    for result in results {
        let failures: Vec<_> = result
            .failures
            .iter()
            .map(|failure| json!({ "what": failure.what, "expected": failure.expected, "found": failure.found }))
            .collect();
        screen.json(&json!({
            "file": result.file,
            "line": result.line,
            "name": result.name,
            "passed": result.failures.is_empty(),
            "failures": failures,
        }))?;
    }
    Ok(())
}
