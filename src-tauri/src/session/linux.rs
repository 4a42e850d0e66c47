//! WebKitGTK keeps some 60 MB and a network process after its last window: only a new process gives them back. It takes the
//! place of the old one, so that who watches over this program sees no end.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::{env, thread};

use rustix::process::{Pid, Resource, Rlimit, WaitOptions, setrlimit, waitpid};

/// Before any thread runs, and before the window system is asked.
pub(crate) fn prepare() {
    leave_no_traces();
    // Windows stay blank on some drivers with it; what it saves is a copy of a page now and then.
    let variable = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if let Err(error) = glib::setenv(variable, "1", false) {
        tracing::warn!(variable, %error, "cannot be set");
    }
    wait_for_inherited();
}

/// No image of the memory is left when this process is aborted: pages show what people wrote. One byte, not none, which a program
/// that images are handed to would get whatever the limit is (`core(5)`).
fn leave_no_traces() {
    let least = Rlimit {
        current: Some(1),
        maximum: Some(1),
    };
    let _ = setrlimit(Resource::Core, least);
}

/// The same program in the same process, without a window.
pub(crate) fn begin_anew(state: Option<&Path>) {
    let Ok(program) = env::current_exe() else { return };
    let mut command = Command::new(program);
    command.arg("--hidden");
    if let Some(state) = state {
        command.arg("--state").arg(state);
    }
    // It comes back only when it failed: this process goes on as it is.
    let error = command.exec();
    tracing::warn!(%error, "cannot begin anew");
}

/// The old program's children are this one's, which does not know them: the web engine's are ending.
fn wait_for_inherited() {
    let own = format!("/proc/self/task/{}/children", std::process::id());
    let children = fs::read_to_string(own).unwrap_or_default();
    for child in children
        .split_whitespace()
        .filter_map(|number| number.parse().ok())
        .filter_map(Pid::from_raw)
    {
        thread::spawn(move || waitpid(Some(child), WaitOptions::empty()));
    }
}
