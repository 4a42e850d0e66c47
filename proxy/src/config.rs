use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use crate::ca::Authority;
use crate::{Pac, TlsUpstream};

/// What a [`crate::Proxy`] is made of.
pub struct Config<U = TlsUpstream> {
    /// Loopback addresses to listen on; port 0 takes a free one.
    pub listen: Vec<SocketAddr>,
    /// Sockets that somebody else has bound, and holds over restarts: each is listened on in place of a new one at its address.
    pub inherited: Vec<TcpListener>,
    /// Bounds on time and size.
    pub limits: Limits,
    /// How to reach the outside.
    pub upstream: Arc<U>,
    /// The device CA and its leaves.
    pub authority: Arc<Authority>,
    /// The hosts that `/proxy.pac` sends here. Keep a clone to follow policy changes.
    pub pac: Arc<Pac>,
}

/// Bounds on time and size. What passes a bound is answered or closed; no bound is ever a way around the gate.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Time for the first request head on a connection (a CONNECT).
    pub connect_head: Duration,
    /// Time for the client's TLS hello, and again for the rest of the handshake.
    pub tls_hello: Duration,
    /// Time for a request head once its first byte came, and for a new intercepted connection's first byte.
    pub request_head: Duration,
    /// Time to reach the origin, TLS included.
    pub upstream_connect: Duration,
    /// Time without a byte in either direction within an exchange. Long: models think before they answer.
    pub idle_exchange: Duration,
    /// Time between two requests on a kept connection.
    pub idle_client: Duration,
    /// Time without a frame in either direction on a WebSocket.
    pub idle_socket: Duration,
    /// Time an unused upstream connection is kept.
    pub idle_upstream: Duration,
    /// Time for running exchanges to end at shutdown.
    pub drain: Duration,
    /// Bytes of a request or answer head.
    pub head_bytes: usize,
    /// Bytes of a WebSocket's message, in either direction.
    pub socket_message: usize,
    /// Bytes of requests that are held at once until the gate has ruled, and until they have left. More is not read.
    pub held: usize,
    /// The same for one connection of a client. Not less than two of the longest bodies that the gate asks for.
    pub held_of_one: usize,
    /// Time for others to end where there is no room; then the request is refused.
    pub held_wait: Duration,
    /// Headers in a request or answer head; at most [`Limits::MOST_HEADERS`].
    pub head_fields: usize,
    /// Open connections per client address.
    pub connections_per_client: usize,
    /// Streams at once in one HTTP/2 connection.
    pub streams: u32,
    /// Unused upstream connections kept per host.
    pub pooled_per_host: usize,
}

impl Limits {
    /// What [`Limits::head_fields`] may be at most.
    pub const MOST_HEADERS: usize = 256;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_head: Duration::from_secs(10),
            tls_hello: Duration::from_secs(10),
            request_head: Duration::from_secs(10),
            upstream_connect: Duration::from_secs(20),
            idle_exchange: Duration::from_secs(600),
            idle_client: Duration::from_secs(300),
            idle_socket: Duration::from_secs(3600),
            idle_upstream: Duration::from_secs(60),
            drain: Duration::from_secs(10),
            head_bytes: 256 * 1024,
            socket_message: 16 * 1024 * 1024,
            held: 512 * 1024 * 1024,
            held_of_one: 256 * 1024 * 1024,
            held_wait: Duration::from_secs(20),
            head_fields: 200,
            connections_per_client: 4096,
            streams: 256,
            pooled_per_host: 32,
        }
    }
}
