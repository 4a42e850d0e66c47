use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

use super::{BindError, Failure, NotOurs};

/// A connection.
pub type Stream = UnixStream;

/// `sun_path` holds 108 bytes with its ending zero on Linux, 104 on the BSDs.
const LONGEST_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

const ROOT: u32 = 0;

/// The agent's end. Removes its socket when dropped.
pub struct Listener {
    listener: UnixListener,
    path: PathBuf,
}

impl Listener {
    /// Opens the socket, replacing one that nobody listens on. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// When it cannot be opened safely.
    pub fn bind(path: &Path) -> Result<Self, BindError> {
        if path.as_os_str().as_bytes().len() > LONGEST_PATH {
            return Err(BindError::PathTooLong(path.to_owned()));
        }
        let failed = |source| BindError::Io {
            path: path.to_owned(),
            source,
        };
        make_private_parent(path).map_err(failed)?;
        if let Some(parent) = path.parent() {
            check_file(parent, own_uid()).map_err(failed)??;
        }
        remove_stale(path)?;
        let listener = UnixListener::bind(path).map_err(failed)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
        Ok(Self {
            listener,
            path: path.to_owned(),
        })
    }

    /// The next connection of a user who may speak with the agent. Others are dropped without a word: fails closed.
    ///
    /// # Errors
    /// When the system accepts none.
    pub async fn accept(&self) -> io::Result<Stream> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            match stream.peer_cred() {
                Ok(peer) if is_allowed(peer.uid(), own_uid()) => return Ok(stream),
                Ok(peer) => tracing::warn!(uid = peer.uid(), "a user without leave tried the agent's socket"),
                Err(error) => tracing::warn!(%error, "the system does not say who connects to the agent's socket"),
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // A socket that stays behind is found stale by the next agent.
        let _ = fs::remove_file(&self.path);
    }
}

/// The client's end, after it has checked whose socket it is.
///
/// # Errors
/// When nobody listens, or somebody else.
pub async fn connect(path: &Path) -> Result<Stream, Failure> {
    let expected = expected_owner(path);
    for file in path.parent().into_iter().chain([path]) {
        match check_file(file, expected) {
            Ok(checked) => checked.map_err(Failure::NotOurs)?,
            Err(error) => return Err(not_running_or(error)),
        }
    }
    let stream = UnixStream::connect(path).await.map_err(not_running_or)?;
    let peer = stream.peer_cred().map_err(Failure::Io)?.uid();
    if !is_allowed(peer, expected) {
        return Err(Failure::NotOurs(NotOurs::Peer {
            path: path.to_owned(),
            peer,
            expected,
        }));
    }
    Ok(stream)
}

/// The numeric id of the user at the other end, by the kernel.
#[must_use]
pub fn peer(stream: &Stream) -> Option<u32> {
    stream.peer_cred().ok().map(|peer| peer.uid())
}

fn is_allowed(uid: u32, owner: u32) -> bool {
    uid == owner || uid == ROOT
}

/// Root may talk to an agent that runs as a user of its own; everybody else only to their own.
fn expected_owner(path: &Path) -> u32 {
    let own = own_uid();
    if own != ROOT {
        return own;
    }
    path.parent()
        .and_then(Path::parent)
        .and_then(|state| fs::metadata(state).ok())
        .map_or(own, |found| found.uid())
}

fn check_file(path: &Path, expected: u32) -> io::Result<Result<(), NotOurs>> {
    let found = fs::symlink_metadata(path)?;
    if !is_allowed(found.uid(), expected) {
        return Ok(Err(NotOurs::Owner {
            path: path.to_owned(),
            owner: found.uid(),
            expected,
        }));
    }
    let mode = found.mode() & 0o777;
    if mode & 0o022 != 0 {
        return Ok(Err(NotOurs::Writable {
            path: path.to_owned(),
            mode,
        }));
    }
    Ok(Ok(()))
}

fn make_private_parent(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let Some(parent) = path.parent() else { return Ok(()) };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    fs::set_permissions(parent, fs::Permissions::from_mode(0o700))
}

fn remove_stale(path: &Path) -> Result<(), BindError> {
    let failed = |source| BindError::Io {
        path: path.to_owned(),
        source,
    };
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    if !found.file_type().is_socket() {
        return Err(failed(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "something that is not a socket is in its place",
        )));
    }
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(BindError::AlreadyRunning(path.to_owned()));
    }
    fs::remove_file(path).map_err(failed)
}

fn not_running_or(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Failure::NotRunning,
        _ => Failure::Io(error),
    }
}

fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    use super::{Failure, Listener, connect, is_allowed};
    use crate::{BindError, NotOurs};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &std::path::Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn only_the_own_user_and_root_may_speak() {
        assert!(is_allowed(1000, 1000));
        assert!(is_allowed(0, 1000));
        assert!(!is_allowed(1001, 1000));
        assert!(!is_allowed(1000, 0));
    }

    #[tokio::test]
    async fn nobody_else_may_reach_the_socket() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/agent.sock");
        let _listener = Listener::bind(&path).unwrap();
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(mode(&path), 0o600);
    }

    #[tokio::test]
    async fn a_second_agent_is_refused_and_a_dead_one_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/agent.sock");
        let first = Listener::bind(&path).unwrap();
        assert!(matches!(Listener::bind(&path), Err(BindError::AlreadyRunning(_))));
        drop(first);
        assert!(!path.exists());
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        Listener::bind(&path).unwrap();
    }

    #[tokio::test]
    async fn a_file_in_its_place_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/agent.sock");
        fs::create_dir(path.parent().unwrap()).unwrap();
        fs::write(&path, "precious").unwrap();
        assert!(matches!(Listener::bind(&path), Err(BindError::Io { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }

    #[tokio::test]
    async fn a_path_the_system_cannot_hold_is_said_so() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x".repeat(120)).join("agent.sock");
        assert!(matches!(Listener::bind(&path), Err(BindError::PathTooLong(_))));
    }

    #[tokio::test]
    async fn a_client_refuses_a_directory_that_others_may_write_to() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/agent.sock");
        let _listener = Listener::bind(&path).unwrap();
        fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(
            connect(&path).await,
            Err(Failure::NotOurs(NotOurs::Writable { .. }))
        ));
    }

    #[tokio::test]
    async fn no_agent_is_told_from_trouble() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/agent.sock");
        assert!(matches!(connect(&path).await, Err(Failure::NotRunning)));
        fs::create_dir(path.parent().unwrap()).unwrap();
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(connect(&path).await, Err(Failure::NotRunning)));
    }
}
