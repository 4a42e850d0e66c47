//! Bundles: policy in a signed envelope, made here and verified here.

pub(super) mod inspect;
pub(super) mod install;
pub(super) mod keygen;
pub(super) mod make;
pub(super) mod order;
pub(super) mod root;
pub(super) mod sign;
pub(super) mod verify;

use std::path::Path;

use weir_bundle::{PublicKey, SigningKey};
use weir_engine::packtest::TestResult;

use crate::cli::CliError;
use crate::cli::files::{read, write_new};
use crate::cli::screen::Screen;

fn of_file(path: &Path) -> impl Fn(weir_bundle::KeyError) -> CliError + '_ {
    move |error| CliError::environment(format!("`{}`: {error}", path.display()))
}

fn signing_key(path: &Path) -> Result<SigningKey, CliError> {
    SigningKey::from_pem(&read(path)?).map_err(of_file(path))
}

fn public_key(path: &Path) -> Result<PublicKey, CliError> {
    PublicKey::from_pem(&read(path)?).map_err(of_file(path))
}

/// Says which tests of the pack fail; true when none does.
fn all_pass(results: &[TestResult], screen: &mut Screen) -> bool {
    let failed = results.iter().filter(|result| !result.failures.is_empty());
    let mut all_pass = true;
    for result in failed {
        all_pass = false;
        screen.complain(&format!("{}:{}: {} failed", result.file, result.line, result.name));
        for failure in &result.failures {
            screen.complain(&format!("  {failure}"));
        }
    }
    all_pass
}
