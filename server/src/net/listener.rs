//! Accepts connections and hands their requests to the routes.

use super::gather::gathered;
use super::peer::{Peer, Remote};
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tower::Service;

/// A TCP socket that speaks TLS.
pub struct Listener {
    socket: TcpListener,
    tls: TlsAcceptor,
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

/// From the first byte to the end of the handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// From the first byte of a request to the end of its head.
const HEAD: Duration = Duration::from_secs(15);
/// Running requests may end when the server stops. Streams end by themselves.
const DRAIN: Duration = Duration::from_secs(5);
/// Milliseconds that what was sent may stay unconfirmed: as long as pings and the answers to them take.
#[cfg(target_os = "linux")]
const UNHEARD: u32 = 80_000;
/// Handshakes at once: each costs a quarter of a millisecond of a processor, and strangers can ask for them.
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
    pub async fn bind(address: SocketAddr, tls: Arc<rustls::ServerConfig>) -> Result<Self, ListenError> {
        let socket = TcpListener::bind(address).await;
        Ok(Self {
            socket: socket.map_err(|source| ListenError { address, source })?,
            tls: TlsAcceptor::from(tls),
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
        let graceful = GracefulShutdown::new();
        let handshakes = Arc::new(Semaphore::new(HANDSHAKES));
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                () = &mut shutdown => break,
            };
            let (stream, remote) = match accepted {
                Ok((stream, address)) => (stream, Remote(address.ip())),
                Err(error) => {
                    // Out of descriptors: those in use must end first.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let watcher = graceful.watcher();
            let (tls, routes, handshakes) = (self.tls.clone(), routes.clone(), Arc::clone(&handshakes));
            tokio::spawn(async move {
                // A closed semaphore would mean that the server is gone.
                let Ok(turn) = handshakes.acquire_owned().await else {
                    return;
                };
                let Some((stream, peer)) = handshake(tls, stream).await else {
                    return;
                };
                drop(turn);
                let builder = builder();
                let connection =
                    builder.serve_connection_with_upgrades(TokioIo::new(stream), service(routes, peer, remote));
                // Ends with an error when the other side goes: nothing to be done about it.
                let _ = watcher.watch(connection.into_owned()).await;
            });
        }
        drop(self.socket);
        let _ = tokio::time::timeout(DRAIN, graceful.shutdown()).await;
    }
}

pub(super) type Tls = tokio_rustls::server::TlsStream<TcpStream>;

async fn handshake(tls: TlsAcceptor, stream: TcpStream) -> Option<(Tls, Peer)> {
    let _ = stream.set_nodelay(true);
    give_up_in_time(&stream);
    let stream = tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await.ok()?;
    let stream = stream.ok()?;
    let peer = Peer::of(stream.get_ref().1.peer_certificates());
    Some((stream, peer))
}

/// Where packets vanish, what is on its way is sent again for a quarter of an hour, and the connection is held for as long: pings tell
/// that nobody is there, and then there is no room to say so. Windows and macOS give up by themselves within a minute or so.
fn give_up_in_time(stream: &TcpStream) {
    #[cfg(target_os = "linux")]
    let _ = rustix::net::sockopt::set_tcp_user_timeout(stream, UNHEARD);
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
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
) -> impl hyper::service::Service<
    http::Request<Incoming>,
    Response = http::Response<Body>,
    Error = std::convert::Infallible,
    Future: Send,
> + Clone {
    hyper::service::service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(remote);
        let mut routes = routes.clone();
        async move {
            match gathered(request).await {
                Ok(request) => routes.call(request).await,
                Err(answer) => Ok(answer),
            }
        }
    })
}
