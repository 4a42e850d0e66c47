//! Accepts connections and hands their requests to the routes.
//!
//! ```text
//! accepted ─ hello ─▶ turn ─▶ answer ─ its part of the handshake ─▶ requests
//! └──── a stranger, of whom there are only so many ───────┘  until it has shown a device's certificate
//! ```
//!
//! Whoever can reach the server can open connections and be silent on them. So nothing that others need is held while one of
//! them is waited for, each wait has an end, and their number is bounded.

use super::gather::{gathered, late};
use super::limits::Limits;
use super::peer::{Peer, Remote};
use super::strangers::{Stranger, Strangers};
use super::turns::{Answering, Turns};
use axum::Router;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use rustls::ServerConfig;
use rustls::server::Acceptor;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;
use tower::Service;

/// A TCP socket that speaks TLS.
pub struct Listener {
    socket: TcpListener,
    tls: Arc<ServerConfig>,
    limits: Limits,
}

/// The address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
pub struct ListenError {
    /// Which.
    pub address: SocketAddr,
    /// Why.
    pub source: io::Error,
}

/// Running requests may end when the server stops, or when the other side has been waited for too long. Streams end by themselves.
const DRAIN: Duration = Duration::from_secs(5);
/// Milliseconds that what was sent may stay unconfirmed: as long as pings and the answers to them take.
#[cfg(target_os = "linux")]
const UNHEARD: u32 = 80_000;
/// Handshakes that are computed before those who are served have their turn: each costs a quarter of a millisecond of a processor, and
/// strangers can ask for them.
const HANDSHAKES: usize = 256;
/// A device has its stream and a request or two.
const STREAMS: u32 = 16;
/// Per stream, and there are many: batches are small.
const WINDOW: u32 = 64 * 1024;

impl Listener {
    /// Binds the address; port 0 takes a free one.
    ///
    /// # Errors
    /// In use, or not ours.
    pub async fn bind(address: SocketAddr, tls: Arc<ServerConfig>, limits: Limits) -> Result<Self, ListenError> {
        let socket = TcpListener::bind(address).await;
        Ok(Self {
            socket: socket.map_err(|source| ListenError { address, source })?,
            tls,
            limits,
        })
    }

    /// Where it really listens.
    ///
    /// # Errors
    /// The socket is gone.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until `shutdown` ends, then lets running requests end.
    pub async fn run(self, routes: Router, shutdown: impl Future<Output = ()>) {
        let (end, ending) = watch::channel(());
        let strangers = Strangers::new(self.limits.strangers, self.limits.from_one);
        let serving = Arc::new(Serving {
            tls: self.tls,
            limits: self.limits,
            routes,
            handshakes: Semaphore::new(HANDSHAKES),
            ending,
        });
        let mut shutdown = pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                () = &mut shutdown => break,
            };
            match accepted {
                Ok((stream, address)) => {
                    let stranger = strangers.enter(address.ip());
                    tokio::spawn(Arc::clone(&serving).connection(stream, Remote(address.ip()), stranger));
                }
                Err(error) => {
                    // Out of descriptors: those in use must end first, and those of strangers can.
                    tracing::warn!(%error, "a connection could not be accepted");
                    strangers.make_room();
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        drop((self.socket, serving));
        // Each connection hears of it, and the last one to end is waited for.
        let _ = end.send(());
        let _ = timeout(DRAIN, end.closed()).await;
    }
}

/// What all connections share.
struct Serving {
    tls: Arc<ServerConfig>,
    limits: Limits,
    routes: Router,
    handshakes: Semaphore,
    ending: watch::Receiver<()>,
}

pub(super) type Tls = tokio_rustls::server::TlsStream<TcpStream>;

impl Serving {
    async fn connection(self: Arc<Self>, stream: TcpStream, remote: Remote, mut stranger: Stranger) {
        let mut ending = self.ending.clone();
        let shaken = tokio::select! {
            shaken = stranger.while_welcome(self.handshake(stream)) => shaken.flatten(),
            _ = ending.changed() => None,
        };
        let Some((stream, peer)) = shaken else {
            return;
        };
        let served = self.serve(stream, peer, remote);
        match peer.0 {
            Some(_) => {
                drop(stranger);
                served.await;
            }
            None => {
                stranger.while_welcome(served).await;
            }
        }
    }

    async fn handshake(&self, stream: TcpStream) -> Option<(Tls, Peer)> {
        let _ = stream.set_nodelay(true);
        give_up_in_time(&stream);
        let hello = LazyConfigAcceptor::new(Acceptor::default(), stream);
        let hello = timeout(self.limits.hello, hello).await.ok()?.ok()?;
        // Nobody is waited for while this is held: whoever has it computes as soon as all others have had their turn.
        let turn = self.handshakes.acquire().await.ok()?;
        tokio::task::yield_now().await;
        let answered = hello.into_stream(Arc::clone(&self.tls));
        drop(turn);
        let stream = timeout(self.limits.handshake, answered).await.ok()?.ok()?;
        let peer = Peer::of(stream.get_ref().1.peer_certificates());
        Some((stream, peer))
    }

    async fn serve(&self, stream: Tls, peer: Peer, remote: Remote) {
        let mut ending = self.ending.clone();
        let turns = Turns::begin(&self.limits, peer);
        let builder = builder(&self.limits);
        let service = service(self.routes.clone(), peer, remote, self.limits, Arc::clone(&turns));
        let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
        tokio::select! {
            // Ends with an error when the other side goes: nothing to be done about it.
            _ = connection.as_mut() => return,
            () = turns.overdue() => {}
            _ = ending.changed() => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = timeout(DRAIN, connection).await;
    }
}

/// Where packets vanish, what is on its way is sent again for a quarter of an hour, and the connection is held for as long: pings tell
/// that nobody is there, and then there is no room to say so. Windows and macOS give up by themselves within a minute or so.
fn give_up_in_time(stream: &TcpStream) {
    #[cfg(target_os = "linux")]
    let _ = rustix::net::sockopt::set_tcp_user_timeout(stream, UNHEARD);
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(16 * 1024);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(4 * WINDOW)
        .max_header_list_size(16 * 1024)
        .keep_alive_interval(Duration::from_secs(60))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}

fn service(
    routes: Router,
    peer: Peer,
    remote: Remote,
    limits: Limits,
    turns: Arc<Turns>,
) -> impl hyper::service::Service<
    http::Request<Incoming>,
    Response = http::Response<Answering>,
    Error = std::convert::Infallible,
    Future: Send,
> + Clone {
    hyper::service::service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(remote);
        let (mut routes, ours, version) = (routes.clone(), turns.ours(), request.version());
        async move {
            let answer = async {
                match gathered(request, limits.body).await {
                    Ok(request) => routes.call(request).await,
                    Err(answer) => Ok(answer),
                }
            };
            let answer = timeout(limits.request, answer).await;
            let answer = answer.unwrap_or_else(|_| Ok(late(version)));
            answer.map(|answer| answer.map(|body| ours.answering(body)))
        }
    })
}
