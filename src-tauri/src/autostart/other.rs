//! A registry value of the user on Windows, a launch agent on macOS.

use std::{env, io};

use auto_launch::{AutoLaunch, AutoLaunchBuilder};

/// True when this program starts with the user's session.
pub(crate) fn is_on() -> bool {
    launch().is_ok_and(|launch| launch.is_enabled().unwrap_or(false))
}

/// Says whether it does.
///
/// # Errors
/// When the system does not take it.
pub(crate) fn set(on: bool) -> io::Result<()> {
    let launch = launch()?;
    let done = if on { launch.enable() } else { launch.disable() };
    done.map_err(io::Error::other)
}

fn launch() -> io::Result<AutoLaunch> {
    let program = env::current_exe()?;
    let mut builder = AutoLaunchBuilder::new();
    builder
        .set_app_name("weir-tray")
        .set_app_path(&program.to_string_lossy())
        .set_args(&["--hidden"]);
    builder.build().map_err(io::Error::other)
}
