//! Windows: the agent as a service. The service manager calls it, asks it to stop, and is told how it stands.

#![allow(unsafe_code, reason = "the macro that makes the service's entry has some")]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use windows_service::service::{
    ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{self, ServiceControlHandlerResult, ServiceStatusHandle};
use windows_service::{define_windows_service, service_dispatcher};

use crate::state::StateDir;

/// As the package names it.
const NAME: &str = "weir";
/// The manager waits so long for the agent to come up or to end.
const PATIENCE: Duration = Duration::from_secs(20);
/// What the manager is told where the agent could not do its work; its log says why.
const FAILED: ServiceExitCode = ServiceExitCode::ServiceSpecific(1);

/// What a service does: given what tells it to stop and what is to be told when it is up; false where it failed.
pub(crate) type Work = Box<dyn FnOnce(Arc<Notify>, Box<dyn Fn() + Send + Sync>) -> bool + Send>;

/// The manager calls a function that knows nothing but its name.
static WORK: Mutex<Option<Work>> = Mutex::new(None);

/// Not started by the service manager, or it hung up.
#[derive(Debug, thiserror::Error)]
#[error("`--service` is for the service manager alone")]
pub(crate) struct ServiceError(#[from] windows_service::Error);

define_windows_service!(entry, called);

/// Works as a service until the manager says stop.
///
/// # Errors
/// When this program was not started by the service manager.
pub(crate) fn run(work: Work) -> Result<(), ServiceError> {
    *WORK.lock().unwrap_or_else(PoisonError::into_inner) = Some(work);
    Ok(service_dispatcher::start(NAME, entry)?)
}

/// The state directory has keys and the log, and its parent lets every user look into what is put there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RightsError {
    /// The system's program for it cannot be run.
    #[error("cannot run `{}`", .0.display())]
    Run(PathBuf, #[source] std::io::Error),
    /// It says no.
    #[error("the rights on `{}` cannot be set ({status})", .path.display())]
    Refused {
        /// On what.
        path: PathBuf,
        /// What the program ended with.
        status: ExitStatus,
    },
}

/// Leaves a directory, and what is in it, to SYSTEM and administrators.
///
/// # Errors
/// When it cannot be: the agent must not start then (fails closed).
pub(crate) fn close(directory: &Path) -> Result<(), RightsError> {
    const SYSTEM: &str = "*S-1-5-18:(OI)(CI)F";
    const ADMINISTRATORS: &str = "*S-1-5-32-544:(OI)(CI)F";
    icacls(
        directory,
        &["/inheritance:r", "/grant:r", SYSTEM, "/grant:r", ADMINISTRATORS],
    )
}

/// Lets every user read the certificate, which their programs must trust, and find the way to it; nothing beside it.
///
/// # Errors
/// When it cannot be: users then do not see it (fails closed).
pub(crate) fn share_certificate(state: &StateDir) -> Result<(), RightsError> {
    const USERS_ENTER: &str = "*S-1-5-32-545:(RX)";
    const USERS_READ: &str = "*S-1-5-32-545:(R)";
    icacls(state.root(), &["/grant:r", USERS_ENTER])?;
    icacls(&state.ca(), &["/grant:r", USERS_ENTER])?;
    icacls(&state.certificate(), &["/grant:r", USERS_READ])
}

fn icacls(path: &Path, rights: &[&str]) -> Result<(), RightsError> {
    let windows = std::env::var_os("SystemRoot").map_or_else(|| PathBuf::from(r"C:\Windows"), PathBuf::from);
    let program = windows.join(r"System32\icacls.exe");
    let mut command = Command::new(&program);
    command
        .arg(path)
        .args(rights)
        .arg("/q")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let done = command.status().map_err(|error| RightsError::Run(program, error))?;
    match done.success() {
        true => Ok(()),
        false => Err(RightsError::Refused {
            path: path.to_owned(),
            status: done,
        }),
    }
}

fn called(_arguments: Vec<OsString>) {
    let Some(work) = WORK.lock().unwrap_or_else(PoisonError::into_inner).take() else {
        return;
    };
    let stop = Arc::new(Notify::new());
    let told = Arc::clone(&stop);
    let handler = move |control| match control {
        ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
        ServiceControl::Stop | ServiceControl::Shutdown => {
            told.notify_one();
            ServiceControlHandlerResult::NoError
        }
        _ => ServiceControlHandlerResult::NotImplemented,
    };
    let manager = match service_control_handler::register(NAME, handler) {
        Ok(manager) => manager,
        Err(error) => return tracing::error!(%error, "the service manager does not listen"),
    };
    tell(manager, ServiceState::StartPending, ServiceExitCode::NO_ERROR);
    let up = Box::new(move || tell(manager, ServiceState::Running, ServiceExitCode::NO_ERROR));
    let code = if work(stop, up) {
        ServiceExitCode::NO_ERROR
    } else {
        FAILED
    };
    tell(manager, ServiceState::Stopped, code);
}

/// That the manager does not hear it is no reason to stop.
fn tell(manager: ServiceStatusHandle, state: ServiceState, exit_code: ServiceExitCode) {
    let (accepted, wait_hint) = match state {
        ServiceState::Running => (
            ServiceControlAccept::STOP | ServiceControlAccept::SHUTDOWN,
            Duration::ZERO,
        ),
        ServiceState::Stopped => (ServiceControlAccept::empty(), Duration::ZERO),
        _ => (ServiceControlAccept::empty(), PATIENCE),
    };
    let status = ServiceStatus {
        service_type: ServiceType::OWN_PROCESS,
        current_state: state,
        controls_accepted: accepted,
        exit_code,
        checkpoint: 0,
        wait_hint,
        process_id: None,
    };
    if let Err(error) = manager.set_service_status(status) {
        tracing::warn!(%error, "the service manager was not told");
    }
}
