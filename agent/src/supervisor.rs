//! What systemd is told of its service (sd_notify(3)): that it is up, that it is alive, that it stops. One datagram each;
//! where nobody asked for it, nothing is said.

use std::time::Duration;

/// Whoever started the agent and wants to hear of it.
pub(crate) struct Supervisor {
    channel: Channel,
    /// How often it wants to hear that the agent is alive.
    every: Option<Duration>,
}

impl Supervisor {
    /// As the environment says; `None` where nobody wants to hear.
    pub(crate) fn of_environment() -> Option<Self> {
        let named = std::env::var_os("NOTIFY_SOCKET")?;
        let limit = std::env::var("WATCHDOG_USEC").ok().and_then(|text| text.parse().ok());
        Self::new(&named, limit.map(Duration::from_micros))
    }

    /// `limit`: how long it waits for a sign of life.
    fn new(named: &std::ffi::OsStr, limit: Option<Duration>) -> Option<Self> {
        Some(Self {
            channel: Channel::open(named)?,
            every: limit.map(|limit| limit / 3),
        })
    }

    /// Says that the agent is up, and then that it is alive until this is dropped. Each sign of life has gone through the
    /// worker that moves the traffic: an agent that hangs gives none, and is started anew.
    pub(crate) async fn keep_informed(self) {
        self.channel.say("READY=1");
        let Some(every) = self.every else {
            return std::future::pending().await;
        };
        let mut ticks = tokio::time::interval(every);
        loop {
            ticks.tick().await;
            if tokio::spawn(async {}).await.is_ok() {
                self.channel.say("WATCHDOG=1");
            }
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.channel.say("STOPPING=1");
    }
}

#[cfg(target_os = "linux")]
struct Channel {
    socket: std::os::unix::net::UnixDatagram,
    to: std::os::unix::net::SocketAddr,
}

#[cfg(target_os = "linux")]
impl Channel {
    /// A path, or with an `@` before it an abstract name.
    fn open(named: &std::ffi::OsStr) -> Option<Self> {
        use std::os::linux::net::SocketAddrExt;
        use std::os::unix::ffi::OsStrExt;
        use std::os::unix::net::{SocketAddr, UnixDatagram};
        let to = match named.as_bytes().strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name),
            None => SocketAddr::from_pathname(named),
        };
        Some(Self {
            socket: UnixDatagram::unbound().ok()?,
            to: to.ok()?,
        })
    }

    /// That nobody listens any more is no reason to stop.
    fn say(&self, what: &str) {
        let _ = self.socket.send_to_addr(what.as_bytes(), &self.to);
    }
}

/// Other systems ask by other means.
#[cfg(not(target_os = "linux"))]
struct Channel;

#[cfg(not(target_os = "linux"))]
impl Channel {
    fn open(_named: &std::ffi::OsStr) -> Option<Self> {
        None
    }

    fn say(&self, _what: &str) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::Supervisor;
    use std::os::unix::net::UnixDatagram;
    use std::time::Duration;

    #[allow(clippy::unwrap_used, reason = "a test's broken assumption is a failed test")]
    fn next(socket: &UnixDatagram) -> String {
        let mut text = [0; 64];
        let length = socket.recv(&mut text).unwrap();
        String::from_utf8_lossy(&text[..length]).into_owned()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn it_hears_that_the_agent_is_up_alive_and_stopping() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let supervisor = Supervisor::new(path.as_os_str(), Some(Duration::from_millis(30))).unwrap();
        let informing = tokio::spawn(supervisor.keep_informed());
        let heard = tokio::task::spawn_blocking(move || {
            let heard = [next(&socket), next(&socket), next(&socket)];
            (heard, socket)
        });
        let (heard, socket) = heard.await.unwrap();
        assert_eq!(heard, ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]);
        informing.abort();
        let last = tokio::task::spawn_blocking(move || {
            std::iter::repeat_with(|| next(&socket)).find(|said| said != "WATCHDOG=1")
        });
        assert_eq!(last.await.unwrap().as_deref(), Some("STOPPING=1"));
    }
}
