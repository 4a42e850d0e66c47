//! Accepts connections on loopback, and tells CONNECT, absolute form and our own pages apart.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::ca::Authority;
use crate::gate::{Changes, Gate, LocalAnswer, Treatment};
use crate::h1::head::{HeadEnd, HeadError, canonical_host, split_authority};
use crate::h1::{self, Head, Leg, Origin, local_answer};
use crate::lifeline::{Ending, Lifeline};
use crate::room::Room;
use crate::upstream::pool::{Pool, still_open};
use crate::{Alpn, Client, Config, ConnectError, Connected, Limits, Pac, Security, Target, Upstream};
use crate::{h2, intercept, tunnel};

/// The proxy, bound and not yet running.
pub struct Proxy<G: Gate, U: Upstream> {
    listeners: Vec<TcpListener>,
    shared: Arc<Shared<G, U>>,
}

/// The proxy cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// A socket cannot be bound.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others on the network could use it.
    #[error("{0} is not a loopback address")]
    NotLoopback(SocketAddr),
}

fn adopt(socket: std::net::TcpListener) -> io::Result<TcpListener> {
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket)
}

impl<G: Gate, U: Upstream> Proxy<G, U> {
    /// Binds the listeners.
    ///
    /// # Errors
    /// When an address is taken, or is not a loopback address.
    pub async fn bind(config: Config<U>, gate: Arc<G>) -> Result<Self, BindError> {
        let (mut listeners, mut inherited) = (Vec::new(), config.inherited);
        for address in config.listen {
            if !address.ip().is_loopback() {
                return Err(BindError::NotLoopback(address));
            }
            let held = inherited
                .iter()
                .position(|socket| socket.local_addr().is_ok_and(|own| own == address));
            let bound = match held {
                Some(at) => adopt(inherited.swap_remove(at)),
                None => TcpListener::bind(address).await,
            };
            listeners.push(bound.map_err(|source| BindError::Listen { address, source })?);
        }
        for address in inherited.iter().filter_map(|socket| socket.local_addr().ok()) {
            tracing::warn!(%address, "a socket was handed over that nobody listens on");
        }
        let own = listeners
            .iter()
            .filter_map(|listener| listener.local_addr().ok())
            .collect();
        let limits = config.limits;
        let shared = Arc::new(Shared {
            gate,
            upstream: config.upstream,
            authority: config.authority,
            pac: config.pac,
            own,
            pool: Pool::new(limits.pooled_per_host, limits.idle_upstream),
            sessions: Pool::new(limits.pooled_per_host, limits.idle_upstream),
            spoken: Mutex::default(),
            ending: Arc::default(),
            open: Mutex::default(),
            room: Room::new(limits.held, limits.held_of_one, limits.held_wait),
            limits,
        });
        Ok(Self { listeners, shared })
    }

    /// The addresses bound.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.shared.own
    }

    /// The room for requests that wait for the gate: whoever else holds some in this process takes theirs from it.
    #[must_use]
    pub fn room(&self) -> Room {
        self.shared.room.clone()
    }

    /// Serves until `shutdown` is ready; then lets running exchanges end, within [`Limits::drain`].
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let mut accepting = JoinSet::new();
        for listener in self.listeners {
            accepting.spawn(accept(listener, self.shared.clone()));
        }
        accepting.spawn(sweep(self.shared.clone()));
        shutdown.await;
        accepting.abort_all();
        self.shared.ending.begin();
        let drained = async {
            while !self.shared.open.lock().is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(self.shared.limits.drain, drained).await.is_err() {
            tracing::warn!("connections were cut off at shutdown");
            self.shared.ending.abort();
        }
    }
}

/// What all connections share.
pub(crate) struct Shared<G, U: Upstream> {
    pub(crate) gate: Arc<G>,
    pub(crate) authority: Arc<Authority>,
    pub(crate) limits: Limits,
    pub(crate) sessions: Pool<h2::Session<U::Stream>>,
    pub(crate) ending: Arc<Ending>,
    pub(crate) room: Room,
    upstream: Arc<U>,
    pac: Arc<Pac>,
    own: Vec<SocketAddr>,
    pool: Pool<Leg<U::Stream>>,
    /// The protocol each intercepted origin chose last. Never how to treat it: that is asked anew each time.
    spoken: Mutex<HashMap<(String, u16), Alpn>>,
    /// Open connections by client address.
    open: Mutex<HashMap<IpAddr, usize>>,
}

const MOST_SPOKEN: usize = 4096;

impl<G: Gate, U: Upstream> Shared<G, U> {
    /// True for an address this proxy listens on.
    pub(crate) fn is_own_address(&self, host: &str, port: u16) -> bool {
        let ip = if host == "localhost" {
            Some(None)
        } else {
            host.parse::<IpAddr>().ok().map(Some)
        };
        let Some(ip) = ip else { return false };
        self.own.iter().any(|own| {
            own.port() == port
                && ip.is_none_or(|ip| ip == own.ip() || ip.is_unspecified() || ip.to_canonical() == own.ip())
        })
    }

    /// Connects, within the time allowed, and never to ourselves.
    pub(crate) async fn connect(
        &self,
        host: &str,
        port: u16,
        security: Security<'_>,
    ) -> Result<Connected<U::Stream>, ConnectError> {
        let connecting = self.upstream.connect(Target { host, port }, security);
        let connected = tokio::time::timeout(self.limits.upstream_connect, connecting).await;
        let connected = connected.map_err(|_| ConnectError::Timeout)??;
        if connected.peer.is_some_and(|peer| self.own.contains(&peer)) {
            return Err(ConnectError::Loop);
        }
        if matches!(security, Security::Tls(offer) if offer.contains(&Alpn::Http2)) {
            let mut spoken = self.spoken.lock();
            if spoken.len() >= MOST_SPOKEN {
                spoken.clear();
            }
            spoken.insert((host.to_owned(), port), connected.alpn.unwrap_or(Alpn::Http1));
        }
        Ok(connected)
    }

    /// What an origin chose last, when both were on offer.
    pub(crate) fn spoken(&self, origin: &Origin) -> Option<Alpn> {
        self.spoken.lock().get(&(origin.host.clone(), origin.port)).copied()
    }

    pub(crate) async fn connect_http1(&self, origin: &Origin) -> Result<U::Stream, ConnectError> {
        let security = if origin.scheme == "https" {
            Security::Tls(&[Alpn::Http1])
        } else {
            Security::Plain
        };
        Ok(self.connect(&origin.host, origin.port, security).await?.stream)
    }

    pub(crate) fn take_http1(&self, origin: &Origin) -> Option<Leg<U::Stream>> {
        loop {
            if let Some(leg) = still_open(self.pool.take(origin)?) {
                return Some(leg);
            }
        }
    }

    pub(crate) fn give_http1(&self, origin: &Origin, leg: Leg<U::Stream>) {
        if !leg.bound && leg.input.is_empty() {
            let keeps_for = leg.keeps_for;
            self.pool.give(origin, leg, keeps_for);
        }
    }
}

/// Counts a connection while it is open.
struct Counted<G, U: Upstream> {
    shared: Arc<Shared<G, U>>,
    address: IpAddr,
}

impl<G: Gate, U: Upstream> Counted<G, U> {
    fn enter(shared: &Arc<Shared<G, U>>, address: IpAddr) -> Option<Self> {
        let mut open = shared.open.lock();
        let count = open.entry(address).or_default();
        if *count >= shared.limits.connections_per_client {
            return None;
        }
        *count += 1;
        drop(open);
        Some(Self {
            shared: shared.clone(),
            address,
        })
    }
}

impl<G, U: Upstream> Drop for Counted<G, U> {
    fn drop(&mut self) {
        let mut open = self.shared.open.lock();
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

static CONNECTIONS: AtomicU64 = AtomicU64::new(1);

async fn accept<G: Gate, U: Upstream>(listener: TcpListener, shared: Arc<Shared<G, U>>) {
    let mut pause = FIRST_PAUSE;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                pause = FIRST_PAUSE;
                let Some(counted) = Counted::enter(&shared, peer.ip()) else {
                    tracing::warn!("a client has too many connections open; one was closed");
                    continue;
                };
                tokio::spawn(connection(shared.clone(), stream, peer, counted));
            }
            Err(error) => {
                // Out of file descriptors, most likely: trying again at once would only burn the processor.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LAST_PAUSE);
            }
        }
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LAST_PAUSE: Duration = Duration::from_secs(1);

/// Closes pooled connections whose time is over.
async fn sweep<G: Gate, U: Upstream>(shared: Arc<Shared<G, U>>) {
    let pause = (shared.limits.idle_upstream / 4).max(Duration::from_millis(100));
    loop {
        tokio::time::sleep(pause).await;
        shared.pool.sweep();
        shared.sessions.sweep();
    }
}

async fn connection<G: Gate, U: Upstream>(
    shared: Arc<Shared<G, U>>,
    stream: TcpStream,
    peer: SocketAddr,
    counted: Counted<G, U>,
) {
    // Small answers must leave at once: Nagle costs 40 ms each.
    let Ok(()) = stream.set_nodelay(true) else { return };
    let Ok(local) = stream.local_addr() else { return };
    let client = Client {
        peer,
        local,
        connection: CONNECTIONS.fetch_add(1, Ordering::Relaxed),
    };
    let ending = shared.ending.clone();
    tokio::select! {
        () = begin(&shared, stream, &client) => {}
        () = ending.aborted() => {}
    }
    drop(counted);
}

/// Reads the first head and goes the way it asks for.
async fn begin<G: Gate, U: Upstream>(shared: &Arc<Shared<G, U>>, stream: TcpStream, client: &Client) {
    let mut leg = Leg::new(stream);
    let mut lifeline = Lifeline::new(&shared.ending, shared.limits.connect_head);
    let length = match first_head(&mut leg, &mut lifeline, &shared.limits).await {
        Ok(Some(length)) => length,
        Ok(None) => return,
        Err(error) => return answer(leg, &error.answer(), false).await,
    };
    let raw = &leg.input.filled()[..length];
    if let Some(target) = connect_target(raw) {
        return match target {
            Ok((host, port)) => {
                leg.input.consume(length);
                connect(shared, leg, host, port, client, lifeline).await;
            }
            Err(error) => answer(leg, &error.answer(), false).await,
        };
    }
    let nowhere = Arc::new(Origin {
        scheme: "http",
        host: String::new(),
        port: 0,
    });
    let mut head = Head::new(nowhere.clone());
    match head.parse(raw, shared.limits.head_fields, false) {
        Err(error) => answer(leg, &error.answer(), false).await,
        Ok(()) if head.absolute => h1::serve(shared, leg, nowhere, false, client, lifeline, None).await,
        Ok(()) => {
            let page = own_page(shared, &head, client.local);
            answer(leg, &page, head.method() == "HEAD").await;
        }
    }
}

async fn first_head(
    leg: &mut Leg<TcpStream>,
    lifeline: &mut Lifeline,
    limits: &Limits,
) -> Result<Option<usize>, HeadError> {
    let mut end = HeadEnd::default();
    loop {
        if let Some(length) = end.find(leg.input.filled(), limits.head_bytes)? {
            return Ok(Some(length));
        }
        let filled = std::future::poll_fn(|cx| match leg.input.poll_fill(cx, &mut leg.io) {
            Poll::Ready(read) => Poll::Ready(read.unwrap_or(0)),
            Poll::Pending => lifeline.poll_idle(cx).map(|_| 0),
        });
        if filled.await == 0 {
            return Ok(None);
        }
    }
}

/// Host and port of a CONNECT; `None` for other methods.
fn connect_target(raw: &[u8]) -> Option<Result<(String, u16), HeadError>> {
    let target = raw.strip_prefix(b"CONNECT ")?;
    let read = || {
        let mut fields = [httparse::EMPTY_HEADER; 64];
        match httparse::Request::new(&mut fields).parse(raw) {
            Ok(httparse::Status::Complete(_)) => {}
            Err(httparse::Error::TooManyHeaders) => return Err(HeadError::TooMany),
            _ => return Err(HeadError::Malformed),
        }
        let end = memchr::memchr(b' ', target).ok_or(HeadError::Malformed)?;
        let (host, port) = split_authority(&target[..end], 0).ok_or(HeadError::Host)?;
        Ok((canonical_host(host).ok_or(HeadError::Host)?, port))
    };
    Some(read())
}

async fn connect<G: Gate, U: Upstream>(
    shared: &Arc<Shared<G, U>>,
    leg: Leg<TcpStream>,
    host: String,
    port: u16,
    client: &Client,
    lifeline: Lifeline,
) {
    if shared.is_own_address(&host, port) {
        return answer(leg, &ConnectError::Loop.answer(&host, port), false).await;
    }
    // From before it is asked: what changes meanwhile is not missed.
    let changes = shared.gate.changes();
    match shared.gate.treatment(&host, port) {
        Treatment::Refuse(refusal) => answer(leg, &refusal, false).await,
        Treatment::Tunnel => blind(shared, leg, (&host, port), client, lifeline, changes).await,
        Treatment::Intercept if !shared.authority.covers(&host) => {
            // Fails closed: what is to be judged is never tunnelled because it cannot be.
            let text = format!("Weir must inspect {host}, and its CA is not made for that host.\n");
            let refusal =
                LocalAnswer::text(502, text).with_header("proxy-status", "weir; error=proxy_configuration_error");
            answer(leg, &refusal, false).await;
        }
        Treatment::Intercept => {
            let origin = Arc::new(Origin {
                scheme: "https",
                host,
                port,
            });
            intercept::intercept(shared, leg, origin, client, lifeline).await;
        }
    }
}

/// A tunnel is opened only when the origin is reached, so that the client hears why not.
async fn blind<G: Gate, U: Upstream>(
    shared: &Arc<Shared<G, U>>,
    mut leg: Leg<TcpStream>,
    (host, port): (&str, u16),
    client: &Client,
    lifeline: Lifeline,
    mut changes: Changes,
) {
    let mut upstream = match shared.connect(host, port, Security::Plain).await {
        Ok(connected) => Leg::new(connected.stream),
        Err(error) => return answer(leg, &error.answer(host, port), false).await,
    };
    if leg.io.write_all(ESTABLISHED).await.is_err() {
        return;
    }
    let mut relay = tunnel::Relay::default();
    let named = if port == HTTPS {
        relay.named_host(&mut leg, &mut upstream, shared.limits.tls_hello).await
    } else {
        None
    };
    let fronted = named.filter(|named| named != host);
    let fronted = fronted.map(|named| (shared.gate.treatment_of_hello(&named, port), named));
    match fronted {
        None | Some((Treatment::Tunnel, _)) => {
            let fronted = fronted.as_ref().map(|(_, named)| &**named);
            let passes = |host: &str| matches!(shared.gate.treatment_of_hello(host, port), Treatment::Tunnel);
            let may = || passes(host) && fronted.is_none_or(passes);
            if !changes.run_while(relay.run(&mut leg, &mut upstream), may).await {
                tracing::info!("a host is tunnelled no more; a connection to it was closed");
            }
        }
        Some((Treatment::Intercept, named)) if shared.authority.covers(&named) && !relay.has_answered() => {
            // Nothing was sent yet. The host that is named is the one that is judged, and the one that is dialled.
            drop(upstream);
            let origin = Arc::new(Origin {
                scheme: "https",
                host: named,
                port,
            });
            intercept::intercept_established(shared, leg, origin, client, lifeline).await;
        }
        // Fails closed: what is to be judged or refused is not tunnelled under another name or an address.
        Some((Treatment::Intercept | Treatment::Refuse(_), _)) => {
            tracing::info!("a tunnel's TLS hello names a host that may not be tunnelled; the connection was closed");
        }
    }
}

/// The port whose tunnels are looked at: policy names hosts, and a client may name an address and say the host in TLS.
const HTTPS: u16 = 443;

pub(crate) const ESTABLISHED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

/// `/proxy.pac` and a word on who is here.
fn own_page<G: Gate, U: Upstream>(shared: &Arc<Shared<G, U>>, head: &Head, local: SocketAddr) -> LocalAnswer {
    if !matches!(head.method(), "GET" | "HEAD") {
        return LocalAnswer::text(405, "Weir answers GET and HEAD here.\n").with_header("allow", "GET, HEAD");
    }
    match head.path_and_query().split('?').next() {
        Some("/proxy.pac") => LocalAnswer {
            headers: vec![
                ("content-type".into(), "application/x-ns-proxy-autoconfig".into()),
                ("cache-control".into(), "no-cache".into()),
            ],
            ..LocalAnswer::text(200, shared.pac.render(local))
        },
        Some("/") => LocalAnswer::text(200, "Weir is running. Browsers find their settings at /proxy.pac.\n"),
        _ => LocalAnswer::text(404, "There is nothing here. Weir has / and /proxy.pac.\n"),
    }
}

async fn answer(mut leg: Leg<TcpStream>, answer: &LocalAnswer, head_only: bool) {
    let mut out = Vec::new();
    local_answer(&mut out, answer, true, head_only);
    if leg.io.write_all(&out).await.is_ok() {
        h1::close(&mut leg.io, true).await;
    }
}
