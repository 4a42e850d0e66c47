//! The socket itself, one file a system.

use std::path::PathBuf;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::{Listener, Stream, connect};
#[cfg(unix)]
pub(crate) use unix::{answers, is_root};

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub use windows::{Listener, Stream, connect};
#[cfg(windows)]
pub(crate) use windows::{answers, is_root};

/// Who may connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The user whom the agent runs as, and root: nobody else gets as far as the socket.
    Owner,
    /// Every user of this machine. What each may ask is the agent's business.
    Machine,
}

/// Who is at the other end, as the system says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The user whom the agent runs as, or root, by numeric id; `None` where there are no such ids.
    Owner(Option<u32>),
    /// Another user of this machine, by numeric id; where there are no such ids, by a number that is the same as long as the
    /// agent runs.
    Person(u32),
}

impl Peer {
    /// The numeric id of the user, where the system has such ids.
    #[must_use]
    pub fn uid(self) -> Option<u32> {
        match self {
            Self::Owner(uid) => uid,
            Self::Person(uid) => Some(uid),
        }
    }
}

/// The agent cannot open its socket.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another agent answers on it.
    #[error("another agent is already running with this state directory (`{}`)", .0.display())]
    AlreadyRunning(PathBuf),
    /// The system refuses a name this long.
    #[error("the path of the socket `{}` is too long for this system (108 bytes at most); choose a shorter state directory", .0.display())]
    PathTooLong(PathBuf),
    /// The directory could let others in.
    #[error(transparent)]
    NotOurs(#[from] NotOurs),
    /// Anything else.
    #[error("cannot open the socket `{}`", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// A socket, or the directory around it, that somebody else could have put there.
#[derive(Debug, thiserror::Error)]
pub enum NotOurs {
    /// It belongs to another user.
    #[error("`{}` belongs to user {owner}, not to user {expected} or root: it is not used", .path.display())]
    Owner {
        /// Which file.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Whose it should be.
        expected: u32,
    },
    /// Others may write to it.
    #[error("other users may write to `{}` (mode {mode:o}): it is not used", .path.display())]
    Writable {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// A pipe of somebody else, who was there first.
    #[error("the pipe of `{}` belongs neither to this user nor to the system: it is not used", .path.display())]
    Pipe {
        /// Which socket.
        path: PathBuf,
    },
    /// The program at the other end runs as another user.
    #[error("the program that listens on `{}` runs as user {peer}, not as user {expected} or root: it is not used", .path.display())]
    Peer {
        /// Which socket.
        path: PathBuf,
        /// Who listens.
        peer: u32,
        /// Who should.
        expected: u32,
    },
}

/// What connecting can end in.
#[derive(Debug)]
pub enum Failure {
    /// Nobody listens.
    NotRunning,
    /// Somebody else's.
    NotOurs(NotOurs),
    /// Anything else.
    Io(std::io::Error),
}
