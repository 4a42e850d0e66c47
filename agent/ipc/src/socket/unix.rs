use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

use super::{BindError, Failure, NotOurs, Peer, Reach};
use crate::place::{MACHINE_STATE, Place, Whose};

/// A connection.
pub type Stream = UnixStream;

/// `sun_path` holds 108 bytes with its ending zero on Linux, 104 on the BSDs.
const LONGEST_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

const ROOT: u32 = 0;

/// The agent's end. Removes its socket when dropped.
pub struct Listener {
    listener: UnixListener,
    path: PathBuf,
    reach: Reach,
}

impl Listener {
    /// Opens the socket, replacing one that nobody listens on. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// When it cannot be opened safely.
    pub fn bind(path: &Path, reach: Reach) -> Result<Self, BindError> {
        if path.as_os_str().as_bytes().len() > LONGEST_PATH {
            return Err(BindError::PathTooLong(path.to_owned()));
        }
        let failed = |source| BindError::Io {
            path: path.to_owned(),
            source,
        };
        let (of_directory, of_socket) = match reach {
            Reach::Owner => (0o700, 0o600),
            Reach::Machine => (0o755, 0o666),
        };
        make_parent(path, of_directory).map_err(failed)?;
        if let Some(parent) = path.parent() {
            check_file(parent, own_uid()).map_err(failed)??;
        }
        remove_stale(path)?;
        let listener = UnixListener::bind(path).map_err(failed)?;
        fs::set_permissions(path, fs::Permissions::from_mode(of_socket)).map_err(failed)?;
        Ok(Self {
            listener,
            path: path.to_owned(),
            reach,
        })
    }

    /// The next connection of a user who may speak with the agent. Others are dropped without a word: fails closed.
    ///
    /// # Errors
    /// When the system accepts none.
    pub async fn accept(&self) -> io::Result<(Stream, Peer)> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            let uid = stream.peer_cred().map(|peer| peer.uid());
            match (uid, self.reach) {
                (Ok(uid), _) if is_allowed(uid, own_uid()) => return Ok((stream, Peer::Owner(Some(uid)))),
                (Ok(uid), Reach::Machine) => return Ok((stream, Peer::Person(uid))),
                (Ok(uid), Reach::Owner) => tracing::warn!(uid, "a user without leave tried the agent's socket"),
                (Err(error), _) => tracing::warn!(%error, "the system does not say who connects to the agent's socket"),
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
pub async fn connect(place: &Place) -> Result<Stream, Failure> {
    let path = place.socket();
    let expected = match place.whose() {
        Whose::Own => expected_owner(path),
        Whose::Machine => machine_owner(Path::new(MACHINE_STATE)),
    };
    check(path, place.whose(), expected)?;
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

/// Nobody else can have put the socket there. All may write to that of a machine; who may put one there is said by its
/// directory.
fn check(path: &Path, whose: Whose, expected: u32) -> Result<(), Failure> {
    let checked = |file: &Path| check_file(file, expected).map_err(not_running_or);
    if let Some(directory) = path.parent() {
        checked(directory)?.map_err(Failure::NotOurs)?;
    }
    match (checked(path)?, whose) {
        (Err(NotOurs::Writable { .. }), Whose::Machine) | (Ok(()), _) => Ok(()),
        (Err(not_ours), _) => Err(Failure::NotOurs(not_ours)),
    }
}

/// True when somebody listens. Says nothing of who.
pub(crate) fn answers(path: &Path) -> bool {
    std::os::unix::net::UnixStream::connect(path).is_ok()
}

/// True when this program runs as root.
pub(crate) fn is_root() -> bool {
    own_uid() == ROOT
}

/// The user that the machine's agent runs as: the owner of its state, which only root can have made.
fn machine_owner(state: &Path) -> u32 {
    fs::symlink_metadata(state).map_or(ROOT, |found| found.uid())
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

/// A directory that is there already may be the system's gift to a service: its owner is checked afterwards.
fn make_parent(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let Some(parent) = path.parent() else { return Ok(()) };
    fs::DirBuilder::new().recursive(true).mode(mode).create(parent)?;
    fs::set_permissions(parent, fs::Permissions::from_mode(mode))
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
    use super::{Failure, Listener, check, connect, is_allowed, machine_owner, own_uid};
    use crate::place::Whose;
    use crate::socket::{Peer, Reach};
    use crate::{BindError, NotOurs, Place};
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
        let _listener = Listener::bind(&path, Reach::Owner).unwrap();
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(mode(&path), 0o600);
    }

    #[tokio::test]
    async fn the_socket_of_a_machine_is_reached_by_all_and_put_there_by_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("weir/agent.sock");
        let listener = Listener::bind(&path, Reach::Machine).unwrap();
        assert_eq!(mode(path.parent().unwrap()), 0o755);
        assert_eq!(mode(&path), 0o666);
        let asking = tokio::net::UnixStream::connect(&path);
        let (accepted, asked) = tokio::join!(listener.accept(), asking);
        asked.unwrap();
        assert_eq!(accepted.unwrap().1, Peer::Owner(Some(own_uid())));

        assert!(check(&path, Whose::Machine, own_uid()).is_ok());
        assert!(matches!(
            check(&path, Whose::Own, own_uid()),
            Err(Failure::NotOurs(NotOurs::Writable { .. }))
        ));
        fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(check(&path, Whose::Machine, own_uid()).is_err());
        assert_eq!(machine_owner(dir.path()), own_uid());
        assert_eq!(machine_owner(&dir.path().join("missing")), 0);
    }

    #[tokio::test]
    async fn a_second_agent_is_refused_and_a_dead_one_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/agent.sock");
        let first = Listener::bind(&path, Reach::Owner).unwrap();
        assert!(matches!(
            Listener::bind(&path, Reach::Owner),
            Err(BindError::AlreadyRunning(_))
        ));
        drop(first);
        assert!(!path.exists());
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        Listener::bind(&path, Reach::Owner).unwrap();
    }

    #[tokio::test]
    async fn a_file_in_its_place_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/agent.sock");
        fs::create_dir(path.parent().unwrap()).unwrap();
        fs::write(&path, "precious").unwrap();
        assert!(matches!(Listener::bind(&path, Reach::Owner), Err(BindError::Io { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }

    #[tokio::test]
    async fn a_path_the_system_cannot_hold_is_said_so() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x".repeat(120)).join("agent.sock");
        assert!(matches!(
            Listener::bind(&path, Reach::Owner),
            Err(BindError::PathTooLong(_))
        ));
    }

    #[tokio::test]
    async fn a_client_refuses_a_directory_that_others_may_write_to() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/agent.sock");
        let _listener = Listener::bind(&path, Reach::Owner).unwrap();
        fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(
            connect(&Place::of(dir.path())).await,
            Err(Failure::NotOurs(NotOurs::Writable { .. }))
        ));
    }

    #[tokio::test]
    async fn no_agent_is_told_from_trouble() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/agent.sock");
        assert!(matches!(
            connect(&Place::of(dir.path())).await,
            Err(Failure::NotRunning)
        ));
        fs::create_dir(path.parent().unwrap()).unwrap();
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(
            connect(&Place::of(dir.path())).await,
            Err(Failure::NotRunning)
        ));
    }
}
