use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use weir_content::selftest::{self, Failure};
use weir_model::catalogue::Service;

use super::files::{Checked, Usable, check};
use crate::cli::screen::{Screen, Tone};
use crate::cli::{CliError, Ending};

/// Run the tests that stand in service files
///
/// Each test is a message and what must be found in it. Without files the tests of the built-in catalogue run.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 all passed, 1 a test failed, a file has errors, or has no tests.

Examples:
  weir catalogue test
  weir catalogue test acme-chat.yaml
  weir catalogue test --json services/*.yaml")]
pub(super) struct TestArgs {
    /// Service files
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print one JSON object per test
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &TestArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let usable = match check(&args.files)? {
        Checked::Usable(usable) => usable,
        Checked::Faulty(found) => {
            for diagnostic in &found {
                screen.complain(&diagnostic.to_string());
            }
            return Ok(Ending::Found);
        }
    };
    let mut failed = false;
    if args.files.is_empty() {
        let services: Vec<&Service> = usable.catalogue.services().iter().collect();
        failed = test("built-in catalogue", &services, &usable, args.json, screen)?;
    }
    for file in &args.files {
        let name = file.display().to_string();
        let services: Vec<&Service> = usable.of_file(file).into_iter().collect();
        failed |= test(&name, &services, &usable, args.json, screen)?;
    }
    Ok(Ending::found_if(failed))
}

/// True when a test failed, or there was none.
fn test(file: &str, services: &[&Service], usable: &Usable, json: bool, screen: &mut Screen) -> Result<bool, CliError> {
    let (mut passed, mut failed) = (0, 0);
    for service in services {
        let failures = selftest::run(&usable.adapters, service);
        for test in &service.tests {
            let of_test: Vec<&Failure> = failures.iter().filter(|failure| failure.test == test.name).collect();
            if of_test.is_empty() {
                passed += 1;
            } else {
                failed += 1;
            }
            if json {
                print_json(file, service, &test.name, &of_test, screen)?;
            } else {
                print(service, &test.name, &of_test, screen)?;
            }
        }
    }
    if !json {
        screen.line(&match (passed, failed) {
            (0, 0) => format!("{file}: has no tests"),
            (all, 0) => format!("{file}: {all} passed"),
            (passed, failed) => format!("{file}: {passed} passed, {failed} failed"),
        })?;
    }
    Ok(failed > 0 || passed == 0)
}

fn print(service: &Service, name: &str, failures: &[&Failure], screen: &mut Screen) -> Result<(), CliError> {
    let verdict = if failures.is_empty() {
        screen.paint("ok", Tone::Good)
    } else {
        screen.paint("FAILED", Tone::Bad)
    };
    screen.line(&format!("{}: {name} ... {verdict}", service.service))?;
    for failure in failures {
        let Failure {
            what, expected, found, ..
        } = failure;
        screen.line(&format!("  {what}: expected {expected}, found {found}"))?;
    }
    Ok(())
}

fn print_json(
    file: &str,
    service: &Service,
    name: &str,
    failures: &[&Failure],
    screen: &mut Screen,
) -> Result<(), CliError> {
    let listed: Vec<_> = failures
        .iter()
        .map(|failure| json!({ "what": failure.what, "expected": failure.expected, "found": failure.found }))
        .collect();
    screen.json(&json!({
        "file": file,
        "service": service.service,
        "name": name,
        "passed": failures.is_empty(),
        "failures": listed,
    }))
}

impl Usable {
    /// The service a file of the command line describes.
    fn of_file(&self, file: &Path) -> Option<&Service> {
        let id = self
            .ids
            .iter()
            .find(|(path, _)| path == file)
            .map(|(_, id)| id.as_str())?;
        self.catalogue.services().iter().find(|service| service.service == id)
    }
}
