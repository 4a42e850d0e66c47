//! Where rules in Rego run: in a process of their own, which is this program again with nothing of the agent's in it, or in
//! a command that does nothing else.

use std::process::Command;
use std::sync::LazyLock;

use weir_policy::RegoEngine;
use weir_rego::{Rego, RegoProcess};

use crate::os;

/// The process, the same for every pack that this program compiles. It is started when a pack brings rules in Rego.
static APART: LazyLock<RegoProcess> = LazyLock::new(|| RegoProcess::new(command));

/// In a process of their own.
pub(crate) fn apart() -> &'static dyn RegoEngine {
    &*APART
}

/// In this process, for a command of whoever writes the rules that asks them hundreds of thousands of times: between
/// processes, most of that is waiting. A rule without measure ends the command.
pub(crate) fn here() -> &'static dyn RegoEngine {
    const GIGABYTE: u64 = 1 << 30;
    weir_rego::hold_memory(GIGABYTE);
    &Rego
}

/// Name of the command that runs them.
pub(crate) const COMMAND: &str = "rego";

/// Keys may stand in the environment, and the directory may be one that is to be unmounted: neither goes along.
fn command() -> Command {
    let mut command = Command::new(os::own_program());
    command.arg(COMMAND).env_clear().current_dir("/");
    #[cfg(windows)]
    if let Some(root) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", root);
    }
    command
}
