use std::env;
use std::path::{Path, PathBuf};

use crate::socket;

/// Where an agent is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    socket: PathBuf,
    whose: Whose,
}

/// Who must have put a socket where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The user who asks; for root, the owner of the state directory.
    Own,
    /// Root, or the user that the machine's agent runs as.
    Machine,
}

/// Where the agent of a machine keeps what it must remember, when it runs as a service.
pub const MACHINE_STATE: &str = if cfg!(target_os = "macos") {
    "/Library/Application Support/Weir"
} else if cfg!(windows) {
    r"C:\ProgramData\Weir"
} else {
    "/var/lib/weir"
};

/// The socket that the agent of a machine opens for the programs of all its users.
pub const MACHINE_SOCKET: &str = if cfg!(target_os = "macos") {
    // Not below /var/run: that is emptied at each start, and only root may make a directory there.
    "/Library/Application Support/Weir/agent.sock"
} else if cfg!(windows) {
    r"\\.\pipe\weir-agent"
} else {
    "/run/weir/agent.sock"
};

impl Place {
    /// The agent that keeps its state in this directory, and answers its owner and root.
    #[must_use]
    pub fn of(state: &Path) -> Self {
        Self {
            socket: state.join("run").join("agent.sock"),
            whose: Whose::Own,
        }
    }

    /// The agent of the machine, which answers all its users.
    #[must_use]
    pub fn of_machine() -> Self {
        Self {
            socket: PathBuf::from(MACHINE_SOCKET),
            whose: Whose::Machine,
        }
    }

    /// Its socket.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    pub(crate) fn whose(&self) -> Whose {
        self.whose
    }
}

/// Whom to ask: the agent of the state directory that was told, else this user's own where it answers, else the machine's.
#[must_use]
pub fn place(told: Option<&Path>) -> Place {
    if let Some(state) = told {
        return Place::of(state);
    }
    choose(
        own_state().map(|state| Place::of(&state)),
        Place::of_machine(),
        |place| socket::answers(place.socket()),
        |place| place.socket().exists(),
    )
}

/// Where nobody answers, the user's own is what the error names, unless the machine has one.
fn choose(
    own: Option<Place>,
    machine: Place,
    answers: impl Fn(&Place) -> bool,
    exists: impl Fn(&Place) -> bool,
) -> Place {
    match own {
        Some(own) if answers(&own) || !exists(&machine) => own,
        _ => machine,
    }
}

/// The state directory of this user's agent: that of the machine for root. `None` without a home directory.
#[must_use]
pub fn own_state() -> Option<PathBuf> {
    if cfg!(windows) {
        return env::var_os("ProgramData").map(|data| Path::new(&data).join("Weir"));
    }
    if socket::is_root() {
        return Some(PathBuf::from(MACHINE_STATE));
    }
    let state_home = env::var_os("XDG_STATE_HOME")
        .filter(|path| Path::new(path).is_absolute())
        .map(PathBuf::from);
    state_home
        .or_else(|| env::home_dir().map(|home| home.join(".local/state")))
        .map(|state| state.join("weir"))
}

#[cfg(test)]
mod tests {
    use super::{Place, choose, place};
    use std::path::Path;

    #[test]
    fn what_was_told_wins() {
        let told = place(Some(Path::new("/somewhere")));
        assert_eq!(told, Place::of(Path::new("/somewhere")));
    }

    #[test]
    fn the_own_agent_comes_before_the_machines() {
        let (own, machine) = (Place::of(Path::new("/home/alice/weir")), Place::of_machine());
        let chosen = |answers: bool, exists: bool| choose(Some(own.clone()), machine.clone(), |_| answers, |_| exists);
        assert_eq!(chosen(true, true), own);
        assert_eq!(chosen(false, true), machine);
        assert_eq!(chosen(false, false), own, "its path is what the error names");
        assert_eq!(choose(None, machine.clone(), |_| false, |_| false), machine);
    }
}
