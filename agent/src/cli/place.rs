//! Where things are, unless the command line says otherwise.

use std::path::Path;

use super::CliError;
use crate::setup::certificate::{self, Certificate};
use crate::state::StateDir;

/// The state directory: as told, else that of the system for root, else that of the user.
pub(crate) fn state(told: Option<&Path>) -> Result<StateDir, CliError> {
    if let Some(told) = told {
        let absolute = std::path::absolute(told);
        return absolute
            .map(StateDir::at)
            .map_err(|error| CliError::environment(format!("cannot use `{}`: {error}", told.display())));
    }
    StateDir::own().ok_or_else(|| {
        CliError::environment("there is no home directory to keep state in; name a directory with `--state`")
    })
}

/// The device's certificate.
pub(crate) fn certificate(state: &StateDir) -> Result<Certificate, CliError> {
    certificate_at(&state.certificate())
}

/// The certificate in this file.
pub(crate) fn certificate_at(path: &Path) -> Result<Certificate, CliError> {
    certificate::read(path).map_err(|error| CliError::from_chain(&error))
}
