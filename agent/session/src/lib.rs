//! What runs in the session of a user, without a window: the guard of the clipboard, and notifications.
//!
//! ```text
//! clip     what is on the clipboard, and when it changes: one file a system
//! guard    change -> the agent's verdict -> what is done -> a word to the employee
//! held     prompts that wait -> a word to the employee
//! notice   the words, in the employee's language; what says the same again is counted
//! bell     notifications, where there is somebody to show them
//! link     the agent, found again whenever it went away
//! alone    one session a user
//! ```
//!
//! The agent judges and records; nothing here holds a rule of its own. Nothing here must know how anything is judged or
//! stored, and a session that ends lowers no protection: what leaves is judged where it leaves. Promise P5: what is copied
//! goes to the agent and is forgotten; no log, notification or file has any of it.

mod alone;
mod bell;
pub mod clip;
mod guard;
mod held;
mod link;
mod notice;
mod quiet;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use alone::{Standing, standing};
pub use link::PROGRAM;

/// What a session is told.
pub struct Options {
    /// The state directory of the agent to ask, where one was named.
    pub state: Option<PathBuf>,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was told to.
    Told,
    /// Another one of this user runs: there was nothing to do.
    NotAlone,
}

/// The session cannot run.
#[derive(Debug, thiserror::Error)]
#[error("cannot use `{}` to see whether another session runs", .path.display())]
pub struct RunError {
    path: PathBuf,
    source: std::io::Error,
}

/// Guards the clipboard and tells of what waits, until `shutdown` ends.
///
/// # Errors
/// When it cannot be known whether another session runs.
pub async fn run(options: Options, shutdown: impl Future<Output = ()>) -> Result<Ended, RunError> {
    let Some(mut place) = alone::take()? else {
        return Ok(Ended::NotAlone);
    };
    let state: Option<Arc<Path>> = options.state.map(Arc::from);
    let bell = bell::Bell::new();
    let (changes, watching) = clip::watch();
    place.stands(&watching);
    tracing::info!(clipboard = %watching, "the session is up");
    tokio::select! {
        () = shutdown => {}
        () = guard::run(changes, state.clone(), &bell) => {}
        () = held::run(state, &bell) => {}
    }
    tracing::info!("the session is down");
    Ok(Ended::Told)
}
