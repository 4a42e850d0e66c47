//! Whose the state directory is, for what root is asked to do in it.

use super::CliError;
use crate::state::StateDir;

/// Goes on as the user whom the state directory belongs to, for good, where root was called: the agent could not read what root
/// made there, and a link that an intruder in the agent has laid there would lead root anywhere.
///
/// # Errors
/// The directory cannot be looked at, or the system refuses. Nothing was done then.
#[cfg(unix)]
pub(crate) fn become_owner(state: &StateDir) -> Result<(), CliError> {
    use nix::unistd::{Gid, Uid, setgid, setuid};

    let Some((user, group)) = other_owner(state)? else {
        return Ok(());
    };
    let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
    let dropped = leave_groups(group)
        .and_then(|()| setgid(group))
        .and_then(|()| setuid(user));
    dropped.map_err(|error| CliError::environment(format!("cannot go on as the user {user}: {error}")))
}

/// There are no owners to become here.
#[cfg(not(unix))]
pub(crate) fn become_owner(_state: &StateDir) -> Result<(), CliError> {
    Ok(())
}

/// An agent that root starts by hand would leave files that the service cannot read.
///
/// # Errors
/// The directory is another user's.
#[cfg(unix)]
pub(crate) fn must_be_own(state: &StateDir) -> Result<(), CliError> {
    match other_owner(state)? {
        None => Ok(()),
        Some((user, _)) => Err(CliError::environment(format!(
            "`{}` belongs to the user {user}: run the agent as that user, or name another directory with `--state`",
            state.root().display()
        ))),
    }
}

/// There are no owners here.
#[cfg(not(unix))]
pub(crate) fn must_be_own(_state: &StateDir) -> Result<(), CliError> {
    Ok(())
}

/// User and group of a directory that is not root's, where root asks.
#[cfg(unix)]
fn other_owner(state: &StateDir) -> Result<Option<(u32, u32)>, CliError> {
    use std::os::unix::fs::MetadataExt;

    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    match std::fs::metadata(state.root()) {
        Ok(dir) => Ok((dir.uid() != 0).then(|| (dir.uid(), dir.gid()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CliError::environment(format!(
            "cannot look at `{}`: {error}",
            state.root().display()
        ))),
    }
}

#[cfg(all(unix, not(target_vendor = "apple")))]
fn leave_groups(own: nix::unistd::Gid) -> nix::Result<()> {
    nix::unistd::setgroups(&[own])
}

/// macOS asks a service of its own which groups a user is in; those of root open nothing more to the files that are made here.
#[cfg(target_vendor = "apple")]
fn leave_groups(_own: nix::unistd::Gid) -> nix::Result<()> {
    Ok(())
}
