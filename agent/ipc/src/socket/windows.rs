//! Windows: a named pipe. Its name comes from the path that the socket has elsewhere.
//!
//! Who may connect stands in the pipe's security descriptor: the user whom the agent runs as, SYSTEM and administrators; for
//! the agent of a machine every user who is signed in on it, without the right to make further instances of the pipe, which
//! would be answering in the agent's place. Nobody comes over the network. Pipes have no directory that could keep others
//! from taking a name first, so a client asks whose the pipe is before it says a word, and the agent takes its name only as
//! the first.

mod sid;

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::IntoRawHandle;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::windows::named_pipe::{NamedPipeClient, NamedPipeServer};
use tokio::sync::Mutex;

use self::sid::{Descriptor, Sid};
use super::{BindError, Failure, NotOurs, Peer, Reach};
use crate::place::{Place, Whose};

/// A connection.
pub enum Stream {
    /// The agent's end.
    Server(NamedPipeServer),
    /// The other one.
    Client(NamedPipeClient),
}

const ERROR_FILE_NOT_FOUND: i32 = 2;
const ERROR_ACCESS_DENIED: i32 = 5;
const ERROR_PIPE_BUSY: i32 = 231;

/// Reading, writing, looking at its owner, waiting. `GENERIC_WRITE` would ask for the right to make instances as well.
const USE: u32 = 0x0012_0183;
const FILE_FLAG_OVERLAPPED: u32 = 0x4000_0000;
/// Whoever listens may learn who this is, and act as nobody.
const SECURITY_IDENTIFICATION: u32 = 0x0001_0000;
/// The longest name of a pipe that the system takes.
const LONGEST_NAME: usize = 256;
/// An agent makes its next instance as soon as one is taken.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(10);

/// The agent's end.
pub struct Listener {
    name: OsString,
    descriptor: Descriptor,
    own: Sid,
    reach: Reach,
    /// The instance that the next one to connect gets.
    next: Mutex<NamedPipeServer>,
}

impl Listener {
    /// Opens the pipe. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// When it cannot be opened safely.
    pub fn bind(path: &Path, reach: Reach) -> Result<Self, BindError> {
        let name = name(path);
        if name.len() > LONGEST_NAME {
            return Err(BindError::PathTooLong(path.to_owned()));
        }
        // Told so more surely than by being refused below, which Wine does not do.
        if answers(path) {
            return Err(BindError::AlreadyRunning(path.to_owned()));
        }
        let failed = |source: io::Error| match source.raw_os_error() {
            // As the first it is refused where there is one already: between the question and now, too.
            Some(ERROR_ACCESS_DENIED) => BindError::AlreadyRunning(path.to_owned()),
            _ => BindError::Io {
                path: path.to_owned(),
                source,
            },
        };
        let own = Sid::own().map_err(failed)?;
        let descriptor = own.text().and_then(|own| Descriptor::parse(&rights(&own, reach)));
        let descriptor = descriptor.map_err(failed)?;
        let next = Mutex::new(descriptor.instance(&name, true).map_err(failed)?);
        Ok(Self {
            name,
            descriptor,
            own,
            reach,
            next,
        })
    }

    /// The next connection of a user who may speak with the agent. Others are dropped without a word: fails closed.
    ///
    /// # Errors
    /// When the system makes no further instance.
    pub async fn accept(&self) -> io::Result<(Stream, Peer)> {
        let mut next = self.next.lock().await;
        loop {
            next.connect().await?;
            let taken = std::mem::replace(&mut *next, self.descriptor.instance(&self.name, false)?);
            match (Sid::of_client(&taken), self.reach) {
                (Ok(sid), _) if sid == self.own || sid.is_system() => {
                    return Ok((Stream::Server(taken), Peer::Owner(None)));
                }
                (Ok(sid), Reach::Machine) => return Ok((Stream::Server(taken), Peer::Person(sid.number()))),
                // The descriptor has let in an administrator, who could have read it from the agent's memory as well.
                (Ok(_), Reach::Owner) => return Ok((Stream::Server(taken), Peer::Owner(None))),
                (Err(error), _) => tracing::warn!(%error, "the system does not say who connects to the agent's pipe"),
            }
        }
    }
}

/// The client's end, after it has checked whose pipe it is.
///
/// # Errors
/// When nobody listens, or somebody else.
pub async fn connect(place: &Place) -> Result<Stream, Failure> {
    let name = name(place.socket());
    for _ in 0..TRIES {
        match open(&name) {
            Err(error) if error.raw_os_error() == Some(ERROR_PIPE_BUSY) => tokio::time::sleep(PAUSE).await,
            Err(error) if error.raw_os_error() == Some(ERROR_FILE_NOT_FOUND) => return Err(Failure::NotRunning),
            Err(error) => return Err(Failure::Io(error)),
            Ok(client) => return checked(client, place),
        }
    }
    Err(Failure::Io(io::Error::from_raw_os_error(ERROR_PIPE_BUSY)))
}

/// Only SYSTEM or an administrator can have put the pipe of a machine there.
fn checked(client: NamedPipeClient, place: &Place) -> Result<Stream, Failure> {
    let owner = Sid::of_owner(&client).map_err(Failure::Io)?;
    let is_own = || Sid::own().map(|own| own == owner).map_err(Failure::Io);
    if owner.is_system() || owner.is_administrators() || (place.whose() == Whose::Own && is_own()?) {
        return Ok(Stream::Client(client));
    }
    Err(Failure::NotOurs(NotOurs::Pipe {
        path: place.socket().to_owned(),
    }))
}

/// Must be called inside a tokio runtime.
fn open(name: &OsString) -> io::Result<NamedPipeClient> {
    let mut options = OpenOptions::new();
    options
        .access_mode(USE)
        .custom_flags(FILE_FLAG_OVERLAPPED)
        .security_qos_flags(SECURITY_IDENTIFICATION);
    let handle = options.open(name)?.into_raw_handle();
    sid::client_of(handle)
}

/// True when somebody listens. Says nothing of who.
pub(crate) fn answers(path: &Path) -> bool {
    sid::is_there(&name(path))
}

/// There is no such user: whose an agent is stands in its pipe.
pub(crate) fn is_root() -> bool {
    false
}

/// Names of pipes are flat, and the same in capitals and small letters.
fn name(path: &Path) -> OsString {
    const PIPES: &str = r"\\.\pipe\";
    if path.starts_with(PIPES) {
        return path.as_os_str().to_owned();
    }
    let path = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
    let flat: String = path
        .to_string_lossy()
        .chars()
        .map(|letter| if letter == '\\' { '/' } else { letter })
        .collect();
    OsString::from(format!("{PIPES}weir/{flat}"))
}

/// As a security descriptor says it: owner first, nobody over the network, then who may.
fn rights(own: &str, reach: Reach) -> String {
    let own = format!("O:{own}D:P(D;;GA;;;NU)(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;{own})");
    match reach {
        Reach::Owner => own,
        Reach::Machine => format!("{own}(A;;{USE:#x};;;AU)"),
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Server(pipe) => Pin::new(pipe).poll_read(context, into),
            Self::Client(pipe) => Pin::new(pipe).poll_read(context, into),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Server(pipe) => Pin::new(pipe).poll_write(context, from),
            Self::Client(pipe) => Pin::new(pipe).poll_write(context, from),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Server(pipe) => Pin::new(pipe).poll_flush(context),
            Self::Client(pipe) => Pin::new(pipe).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Server(pipe) => Pin::new(pipe).poll_shutdown(context),
            Self::Client(pipe) => Pin::new(pipe).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Listener, Stream, connect, name, rights};
    use crate::socket::{Failure, Peer, Reach};
    use crate::{BindError, Place};
    use std::path::Path;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[test]
    fn a_name_is_flat_and_tells_directories_apart() {
        let pipe = name(Path::new(r"C:\ProgramData\Weir\run\agent.sock"));
        assert_eq!(pipe, r"\\.\pipe\weir/C:/ProgramData/Weir/run/agent.sock");
        assert_eq!(name(Path::new(r"\\.\pipe\weir-agent")), r"\\.\pipe\weir-agent");
    }

    #[test]
    fn nobody_else_may_make_an_instance() {
        assert!(rights("S-1-5-18", Reach::Machine).ends_with("(A;;0x120183;;;AU)"));
        assert!(!rights("S-1-5-18", Reach::Owner).contains("AU"));
    }

    #[tokio::test]
    async fn both_ends_know_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::of(dir.path());
        assert!(matches!(connect(&place).await, Err(Failure::NotRunning)));
        let listener = Listener::bind(place.socket(), Reach::Owner).unwrap();
        assert!(matches!(
            Listener::bind(place.socket(), Reach::Owner),
            Err(BindError::AlreadyRunning(_))
        ));
        for _ in 0..3 {
            let (accepted, connected) = tokio::join!(listener.accept(), connect(&place));
            let (mut server, peer): (Stream, Peer) = accepted.unwrap();
            assert_eq!(peer, Peer::Owner(None));
            let mut client = connected.unwrap_or_else(|failure| panic!("{failure:?}"));
            client.write_all(b"hello").await.unwrap();
            let mut heard = [0; 5];
            server.read_exact(&mut heard).await.unwrap();
            assert_eq!(&heard, b"hello");
        }
    }
}
