mod junit;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use weir_assembly::MutationScore;
use weir_content::Adapters;
use weir_engine::InForce;
use weir_engine::packtest::TestResult;
use weir_policy::{Catalogue, PackTest};

use crate::cli::screen::{Screen, Tone};
use crate::cli::{CliError, Ending};
use crate::in_force::{self, LoadError, Ready};
use crate::rego;

/// Run the tests that stand in packs
#[derive(Args)]
#[command(after_help = "\
With --mutate the pack is made weaker by one change at a time (a weaker action, a dropped rule, a lower level, a raised
threshold, a requirement turned off, a removed chain member): a change that no test notices survives and is printed.
Changes that make no difference to any message are left out.

Exit status: 0 all passed, 1 a test failed, a change survived, a pack has errors, or has no tests.

Examples:
  weir policy test acme.yaml
  weir policy test --mutate acme.yaml
  weir policy test --junit packs/*.yaml > results.xml
  weir policy test --json packs/*.yaml")]
pub(super) struct TestArgs {
    /// Packs
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Directory with service files beside the built-in catalogue
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// Also make the pack weaker, one change at a time, and see whether a test notices
    #[arg(long)]
    mutate: bool,
    /// Print one JSON object per test, and one per change that survived
    #[arg(long, conflicts_with = "junit")]
    json: bool,
    /// Print JUnit XML, for build servers
    #[arg(long)]
    junit: bool,
}

pub(super) fn run(args: &TestArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let catalogue = in_force::catalogue(args.catalogue.as_deref()).map_err(|error| CliError::from_chain(&error))?;
    let bench = Bench { catalogue };
    let mut failed = false;
    let mut suites = Vec::new();
    for file in &args.files {
        match bench.try_pack(file, args.mutate)? {
            Err(problems) => {
                screen.complain(&format!(
                    "{} has errors and cannot be tested\n{problems}",
                    file.display()
                ));
                failed = true;
            }
            Ok(tried) => {
                failed |= tried.has_failed();
                match (args.json, args.junit) {
                    (true, _) => print_json(&tried, screen)?,
                    (false, true) => suites.push((file.display().to_string(), tried)),
                    (false, false) => print(file, &tried, screen)?,
                }
            }
        }
    }
    if args.junit {
        screen.text(&junit::report(&suites))?;
    }
    Ok(Ending::found_if(failed))
}

/// What packs are tried against.
struct Bench {
    catalogue: Catalogue,
}

/// What came of one pack.
struct Tried {
    results: Vec<TestResult>,
    /// Where asked for.
    mutation: Option<MutationScore>,
}

impl Tried {
    fn has_failed(&self) -> bool {
        let survived = self.mutation.as_ref().is_some_and(|score| !score.survivors.is_empty());
        self.results.is_empty() || survived || weir_assembly::failed(&self.results) > 0
    }
}

impl Bench {
    /// The outer error is the environment's, the inner one the pack's.
    fn try_pack(&self, file: &Path, mutate: bool) -> Result<Result<Tried, String>, CliError> {
        let Ready { compiled, scanner } = match in_force::compile(Some(file), &self.catalogue, rego::apart()) {
            Ok(pack) => pack,
            Err(LoadError::Invalid(diagnostics)) => return Ok(Err(diagnostics.to_string())),
            Err(error) => return Err(CliError::from_chain(&error)),
        };
        let adapters = Adapters::compile(self.catalogue.services()).map_err(|error| CliError::from_chain(&error))?;
        let in_force = InForce {
            policy: compiled.policy,
            catalogue: self.catalogue.clone(),
            adapters,
            scanner,
        };
        let results = weir_assembly::tested(&compiled.tests, &in_force);
        let mutation = mutate
            .then(|| self.score(file, &compiled.tests, &in_force))
            .transpose()?;
        Ok(Ok(Tried { results, mutation }))
    }

    fn score(&self, file: &Path, tests: &[PackTest], in_force: &InForce) -> Result<MutationScore, CliError> {
        let mutants =
            in_force::mutants(file, &self.catalogue, rego::here()).map_err(|error| CliError::from_chain(&error))?;
        Ok(weir_assembly::score(tests, &mutants, in_force))
    }
}

fn print(file: &Path, tried: &Tried, screen: &mut Screen) -> Result<(), CliError> {
    let results = &tried.results;
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
    })?;
    tried
        .mutation
        .as_ref()
        .map_or(Ok(()), |score| print_score(file, score, screen))
}

fn print_score(file: &Path, score: &MutationScore, screen: &mut Screen) -> Result<(), CliError> {
    for survivor in &score.survivors {
        let verdict = screen.paint("survived", Tone::Bad);
        screen.line(&format!(
            "{}:{}: {verdict}: {}",
            file.display(),
            survivor.line,
            survivor.text
        ))?;
    }
    let noticed = score.mutants - score.survivors.len();
    screen.line(&format!(
        "{}: {noticed} of {} weaker packs noticed by the tests",
        file.display(),
        score.mutants
    ))
}

fn print_json(tried: &Tried, screen: &mut Screen) -> Result<(), CliError> {
    for result in &tried.results {
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
    if let Some(score) = &tried.mutation {
        for survivor in &score.survivors {
            screen.json(&json!({ "survived": survivor }))?;
        }
        screen.json(&json!({ "mutants": score.mutants, "noticed": score.mutants - score.survivors.len() }))?;
    }
    Ok(())
}
