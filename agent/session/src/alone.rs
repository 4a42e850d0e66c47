//! One session a user: whoever holds the lock is it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::RunError;
use crate::clip::Watching;

/// What the running session says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Its process number.
    pub pid: u32,
    /// How it watches the clipboard, or why not.
    pub clipboard: String,
    /// Whether it does.
    is_watching: bool,
}

impl Standing {
    /// True when it watches the clipboard.
    #[must_use]
    pub fn watches(&self) -> bool {
        self.is_watching
    }
}

/// The place of the one session, until it is dropped.
pub(crate) struct Place {
    _lock: File,
    standing: PathBuf,
}

/// Whoever looks whether a session runs holds the lock for less than this.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(50);

/// The place, unless somebody has it.
pub(crate) fn take() -> Result<Option<Place>, RunError> {
    let (lock, standing) = (file("session.lock"), file("session.json"));
    let failed = |source| RunError {
        path: lock.clone(),
        source,
    };
    for _ in 0..TRIES {
        match locked(&lock) {
            Ok(file) => return Ok(Some(Place { _lock: file, standing })),
            // Perhaps somebody only looks whether there is a session.
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
    }
    Ok(None)
}

/// The session of this user that runs now; `None` when none does.
#[must_use]
pub fn standing() -> Option<Standing> {
    match locked(&file("session.lock")) {
        Err(TryLockError::WouldBlock) => serde_json::from_slice(&fs::read(file("session.json")).ok()?).ok(),
        _ => None,
    }
}

impl Place {
    /// Says how it stands. That nobody can read it harms nobody.
    pub(crate) fn stands(&mut self, watching: &Watching) {
        let standing = Standing {
            pid: std::process::id(),
            clipboard: watching.to_string(),
            is_watching: matches!(watching, Watching::By(_)),
        };
        let written = serde_json::to_vec(&standing).map_err(io::Error::from);
        if let Err(error) = written.and_then(|json| fs::write(&self.standing, json)) {
            tracing::debug!(%error, "how the session stands cannot be written");
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What stays behind is not believed without the lock.
        let _ = fs::remove_file(&self.standing);
    }
}

fn locked(path: &std::path::Path) -> Result<File, TryLockError> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(TryLockError::Error)?;
    }
    let mut options = OpenOptions::new();
    let file = options
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(TryLockError::Error)?;
    file.try_lock().map(|()| file)
}

/// In the directory that the system makes for the session of a user, or else among what this user's programs keep.
fn file(name: &str) -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let local = std::env::var_os("LOCALAPPDATA").map(PathBuf::from);
    let home = std::env::home_dir().map(|home| home.join(".local/state"));
    let directory = runtime.or(local).or(home).unwrap_or_else(std::env::temp_dir);
    directory.join("weir").join(name)
}
