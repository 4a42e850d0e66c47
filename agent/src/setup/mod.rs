//! What Weir changes on a machine outside its own directory: whom the system and the browsers trust, where browsers send
//! what goes to AI services, variables of programs.
//!
//! Every change is a [`Step`]: it says what it does, can tell whether it is done, does it once however often it is
//! asked, and takes it back. The agent itself runs none of them; `weir ca install`, `weir setup` and `weir doctor --fix` do,
//! and ask for the rights they need by saying so.
//!
//! It must not know the proxy, policies or the log.

pub mod bundle;
pub mod certificate;
pub(crate) mod command;
mod ledger;
pub mod machine;
mod merge;
pub(crate) mod placed;
pub mod trust;

pub use certificate::Certificate;
pub use command::{Commands, Invocation, Outcome, System};
pub use ledger::Ledger;

/// One change that can be told, done and taken back.
pub trait Step {
    /// What the change is: `trust in /home/ada/.pki/nssdb (Chromium, Chrome)`.
    fn describe(&self) -> String;
    /// Whether it is done.
    ///
    /// # Errors
    /// When that cannot be found out.
    fn verify(&self, commands: &dyn Commands) -> Result<State, StepError>;
    /// Does it, from [`State::Absent`] or [`State::Partial`].
    ///
    /// # Errors
    /// When it fails; what was done until then is harmless, and the next call does the rest.
    fn apply(&self, commands: &dyn Commands) -> Result<(), StepError>;
    /// Takes it back, from [`State::Present`] or [`State::Partial`].
    ///
    /// # Errors
    /// As [`Step::apply`].
    fn undo(&self, commands: &dyn Commands) -> Result<(), StepError>;
}

/// Whether a change is in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Done.
    Present,
    /// Half done: installing finishes it, uninstalling takes the half back.
    Partial,
    /// Not done.
    Absent,
    /// Cannot be done on this machine as it is; says what is missing.
    Unavailable(String),
}

/// A step could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// A file.
    #[error("cannot {doing} `{}`", .path.display())]
    File {
        /// `write`, `read`, `remove`.
        doing: &'static str,
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A program could not be started.
    #[error("cannot run `{program}`")]
    Start {
        /// Which.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// A program said no.
    #[error("`{program}` failed: {said}")]
    Refused {
        /// Which.
        program: String,
        /// Its own words, shortened.
        said: String,
    },
    /// Somebody else has changed a file that was wholly ours.
    #[error("`{}` was changed by somebody else; look at it, and remove it by hand", .0.display())]
    Changed(std::path::PathBuf),
    /// A file that should hold JSON.
    #[error("`{}` is not JSON; it is left as it is", .path.display())]
    NotJson {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// What would be trusted may vouch for too much.
    #[error(transparent)]
    Unlimited(#[from] certificate::UnlimitedError),
    /// Everything went well, and still the change is not there.
    #[error("it was done, but has no effect")]
    NoEffect,
}

impl State {
    /// From the two halves of a change.
    #[must_use]
    pub(crate) const fn of_halves(first: bool, second: bool) -> Self {
        match (first, second) {
            (true, true) => State::Present,
            (false, false) => State::Absent,
            _ => State::Partial,
        }
    }
}

/// What became of a step.
#[derive(Debug)]
pub enum Done {
    /// It was carried out.
    Changed,
    /// There was nothing to do.
    Already,
    /// It cannot be done here; says why.
    Skipped(String),
}

/// Does a step if it is not done, and looks whether that helped.
///
/// # Errors
/// When it fails.
pub fn install(step: &dyn Step, commands: &dyn Commands) -> Result<Done, StepError> {
    match step.verify(commands)? {
        State::Present => return Ok(Done::Already),
        State::Unavailable(why) => return Ok(Done::Skipped(why)),
        State::Absent | State::Partial => step.apply(commands)?,
    }
    if step.verify(commands)? == State::Present {
        Ok(Done::Changed)
    } else {
        Err(StepError::NoEffect)
    }
}

/// Takes a step back if it is done, and looks whether that helped.
///
/// # Errors
/// When it fails.
pub fn uninstall(step: &dyn Step, commands: &dyn Commands) -> Result<Done, StepError> {
    match step.verify(commands)? {
        State::Absent => return Ok(Done::Already),
        State::Unavailable(why) => return Ok(Done::Skipped(why)),
        State::Present | State::Partial => step.undo(commands)?,
    }
    if step.verify(commands)? == State::Absent {
        Ok(Done::Changed)
    } else {
        Err(StepError::NoEffect)
    }
}

/// A test that needs a program of the system says so when it is not there; `cargo xtask test` installs it.
#[cfg(test)]
#[allow(clippy::print_stdout, reason = "read by the person who runs the tests")]
fn skipped(program: &str, package: &str) {
    println!("skipped: `{program}` (package {package}) is not installed");
}
