//! `weir audit epoch-key` and `weir audit verify --epoch-key`: seals whose keys this machine has forgotten.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use serde_json::json;
use weir_audit::{EpochKey, Report, SealKey};

use super::audit_proof::read;
use super::screen::Screen;
use super::{CliError, Ending, log};
use crate::state::StateDir;

/// More than a line of text with a number and a key.
const MOST_KEY_BYTES: usize = 256;

/// Writes the present key.
pub(super) fn key(
    out: Option<&Path>,
    as_json: bool,
    state: &StateDir,
    screen: &mut Screen,
) -> Result<Ending, CliError> {
    log::must_exist(state)?;
    let key = weir_store::epoch_key(&state.audit()).map_err(|error| CliError::from_chain(&error))?;
    let key = key
        .ok_or_else(|| CliError::environment("this log has no key of an epoch: start an agent of this version once"))?;
    match out {
        Some(file) => {
            write_new(file, key.to_text().as_bytes())
                .map_err(|error| CliError::environment(format!("could not write `{}`: {error}", file.display())))?;
            screen.line(&format!("seals are verified with it from epoch {} on", key.epoch()))?;
        }
        None if as_json => screen.json(&json!({ "epoch": key.epoch(), "key": &*key.to_text() }))?,
        None => screen.line(key.to_text().trim_end())?,
    }
    screen.finish()?;
    Ok(Ending::Clean)
}

/// Verifies the log with a key that was taken earlier.
pub(super) fn verify(file: &Path, seal: Option<&SealKey>, state: &StateDir) -> Result<Report, CliError> {
    let text = read(file, MOST_KEY_BYTES, "a key of an epoch")?;
    let text = std::str::from_utf8(&text).unwrap_or_default();
    let epochs =
        EpochKey::from_text(text).map_err(|error| CliError::environment(format!("`{}`: {error}", file.display())))?;
    let seal = seal.ok_or_else(|| CliError::environment("seals cannot be read without the key of this log"))?;
    weir_store::verify_epochs(&state.audit(), seal, epochs).map_err(|error| CliError::from_chain(&error))
}

/// Nobody else may read it, and nothing that is there is overwritten.
fn write_new(file: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(file)?;
    file.write_all(text)?;
    file.sync_all()
}
