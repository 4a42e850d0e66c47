//! Where things are, unless the command line says otherwise.

use std::env;
use std::path::{Path, PathBuf};

use super::CliError;
use crate::setup::certificate::{self, Certificate};
use crate::setup::trust;
use crate::state::StateDir;

/// The state directory: as told, else that of the system for root, else that of the user.
pub(crate) fn state(told: Option<&Path>) -> Result<StateDir, CliError> {
    if let Some(told) = told {
        let absolute = std::path::absolute(told);
        return absolute
            .map(StateDir::at)
            .map_err(|error| CliError::environment(format!("cannot use `{}`: {error}", told.display())));
    }
    default_state().map(StateDir::at).ok_or_else(|| {
        CliError::environment("there is no home directory to keep state in; name a directory with `--state`")
    })
}

/// The device's certificate.
pub(crate) fn certificate(state: &StateDir) -> Result<Certificate, CliError> {
    certificate::read(&state.ca().join("ca.pem")).map_err(|error| CliError::from_chain(&error))
}

fn default_state() -> Option<PathBuf> {
    let of_machine = trust::may_change_machine();
    if cfg!(windows) {
        return env::var_os("ProgramData").map(|data| Path::new(&data).join("Weir"));
    }
    if of_machine {
        return Some(
            if cfg!(target_os = "macos") {
                "/Library/Application Support/Weir"
            } else {
                "/var/lib/weir"
            }
            .into(),
        );
    }
    let state_home = env::var_os("XDG_STATE_HOME")
        .filter(|path| Path::new(path).is_absolute())
        .map(PathBuf::from);
    state_home
        .or_else(|| env::home_dir().map(|home| home.join(".local/state")))
        .map(|state| state.join("weir"))
}
