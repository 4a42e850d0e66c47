//! The clipboard: when it changes, what is on it, and putting something else there.
//!
//! The system tells of changes (XFixes on X11, data-control on Wayland, a listener on Windows); on macOS, which has no such
//! message, a number is looked at four times a second. Content is read and written by arboard.
//!
//! One file a system, behind `watch`: a blocking loop on a thread of its own, which gives a [`Change`] for each copy.

mod content;
mod hand;
mod offer;

#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod program;
#[cfg(all(unix, not(target_os = "macos")))]
mod wayland;
#[cfg(windows)]
mod windows;
#[cfg(all(unix, not(target_os = "macos")))]
mod x11;

use std::fmt;

use tokio::sync::mpsc;
use weir_wire::{Application, ClipboardAsk};

pub use content::{Content, Eye, Mark};
pub use hand::{Hand, WriteError};

/// Somebody copied something. Holds it: no `Debug`.
pub struct Change {
    /// What.
    pub content: Content,
    /// The program it was copied from, where the system can tell.
    pub source: Option<Application>,
}

impl Change {
    /// As the agent is shown it.
    #[must_use]
    pub fn ask(&self) -> ClipboardAsk {
        self.content.ask(self.source.clone())
    }
}

/// How the clipboard is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watching {
    /// By messages of the system, or the nearest thing to it.
    By(&'static str),
    /// Not at all.
    Not(String),
}

impl fmt::Display for Watching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::By(how) => write!(f, "watched ({how})"),
            Self::Not(why) => write!(f, "not watched: {why}"),
        }
    }
}

/// The clipboard cannot be watched.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct WatchError(String);

impl WatchError {
    fn because(what: &str, error: &dyn fmt::Display) -> Self {
        Self(format!("{what}: {error}"))
    }
}

/// Copies that may wait to be judged; more are read later, as what the clipboard is then.
const BACKLOG: usize = 64;

/// Watches from now on. What is on the clipboard already is not told.
#[must_use]
pub fn watch() -> (mpsc::Receiver<Change>, Watching) {
    let (send, changes) = mpsc::channel(BACKLOG);
    let watching = match system(&send) {
        Ok(how) => Watching::By(how),
        Err(error) => Watching::Not(error.to_string()),
    };
    (changes, watching)
}

/// On Wayland its own protocol, where the compositor has it; else what it shows to programs of X11.
#[cfg(all(unix, not(target_os = "macos")))]
fn system(send: &mpsc::Sender<Change>) -> Result<&'static str, WatchError> {
    match (offer::has_wayland(), offer::has_x11()) {
        (true, false) => wayland::watch(send.clone()),
        (true, true) => wayland::watch(send.clone()).or_else(|_| x11::watch(send.clone())),
        (false, true) => x11::watch(send.clone()),
        (false, false) => Err(WatchError("this session has no display".to_owned())),
    }
}

#[cfg(target_os = "macos")]
fn system(send: &mpsc::Sender<Change>) -> Result<&'static str, WatchError> {
    macos::watch(send.clone())
}

#[cfg(windows)]
fn system(send: &mpsc::Sender<Change>) -> Result<&'static str, WatchError> {
    windows::watch(send.clone())
}

/// Runs a loop on a thread of its own, which ends with the process or when nobody listens any more.
fn spawn(run: impl FnOnce() + Send + 'static) -> Result<(), WatchError> {
    const STACK: usize = 256 * 1024;
    let thread = std::thread::Builder::new()
        .name("clipboard".to_owned())
        .stack_size(STACK);
    thread
        .spawn(run)
        .map(drop)
        .map_err(|error| WatchError::because("a thread cannot be started", &error))
}

/// Reads what was copied and passes it on; false when nobody listens any more.
#[cfg(any(windows, target_os = "macos"))]
fn tell(eye: &mut Eye, send: &mpsc::Sender<Change>, source: Option<Application>) -> bool {
    let change = Change {
        content: eye.read(),
        source,
    };
    send.blocking_send(change).is_ok()
}
