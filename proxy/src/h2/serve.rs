//! Drives one client connection.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use h2::server::Connection;

use super::cork::Cork;
use super::exchange::{Around, exchange};
use super::latch::Latch;
use super::port::{Failure, Port};
use super::session::{CONNECTION_WINDOW, STREAM_WINDOW, Session, take_session};
use crate::gate::Gate;
use crate::h1::Origin;
use crate::io::Io;
use crate::lifeline::{Lifeline, Over};
use crate::listener::Shared;
use crate::{Alpn, Client, ConnectError, Limits, Security, Upstream};

/// Serves a connection to its end. `session`: an open connection to the origin; `failed`: it could not be reached when
/// the client's TLS began, and the first requests are told so.
pub(crate) async fn serve<G: Gate, U: Upstream, C: Io>(
    shared: &Arc<Shared<G, U>>,
    stream: C,
    origin: Arc<Origin>,
    client: &Client,
    lifeline: Lifeline,
    session: Option<Session<U::Stream>>,
    failed: Option<ConnectError>,
) {
    let limits = &shared.limits;
    let (stream, out) = Cork::new(stream);
    let opening = h2::server::Builder::new()
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .handshake::<_, Bytes>(stream);
    let mut opening = std::pin::pin!(opening);
    let opening = std::future::poll_fn(|cx| {
        let opened = opening.as_mut().poll(cx);
        // Our settings leave before the client's are here. An error shows again when reading.
        let _ = out.poll_send(cx);
        opened
    });
    let opened = tokio::time::timeout(limits.request_head, opening).await;
    let Ok(Ok(server)) = opened else { return };
    let (port, share) = (Port::default(), shared.room.share());
    let around = Around {
        shared,
        origin: &origin,
        client,
        port: &port,
        share: &share,
    };
    let mut driver = Driver {
        server,
        out,
        sessions: Vec::new(),
        streams: FuturesUnordered::new(),
        connecting: None,
        failed,
        lifeline,
        ending: false,
        connections: Arc::default(),
        work: Arc::default(),
        around,
    };
    if let Some(session) = session {
        driver.install(session);
    }
    std::future::poll_fn(|cx| driver.poll(cx, |request, respond| exchange(around, request, respond))).await;
    driver.give_back();
}

type Connecting<'a, U> = Pin<Box<dyn Future<Output = Result<Session<<U as Upstream>::Stream>, Failure>> + Send + 'a>>;

type Incoming = http::Request<h2::RecvStream>;
type Respond = h2::server::SendResponse<Bytes>;

/// Turns of one wake, before others get theirs.
const MOST_TURNS: usize = 4;

struct Driver<'a, G: Gate, U: Upstream, C, F> {
    server: Connection<Cork<C>, Bytes>,
    out: Cork<C>,
    /// Connections to the origin with their numbers: the newest takes requests, older ones end theirs.
    sessions: Vec<(u64, Session<U::Stream>)>,
    streams: FuturesUnordered<F>,
    connecting: Option<Connecting<'a, U>>,
    failed: Option<ConnectError>,
    lifeline: Lifeline,
    ending: bool,
    /// Wakes for the connections, and for the streams.
    connections: Arc<Latch>,
    work: Arc<Latch>,
    around: Around<'a, G, U>,
}

impl<'a, G: Gate, U: Upstream, C: Io, F: Future<Output = ()>> Driver<'a, G, U, C, F> {
    /// Ready when the connection has ended.
    fn poll(&mut self, cx: &mut Context<'_>, begin: impl Fn(Incoming, Respond) -> F) -> Poll<()> {
        self.connections.enter(cx.waker());
        self.work.enter(cx.waker());
        let (mut ended, mut again) = (Poll::Pending, false);
        for turn in 0..MOST_TURNS {
            ended = self.turn(&begin);
            if ended.is_ready() || !(self.connections.take() | self.work.take()) {
                break;
            }
            again = turn + 1 == MOST_TURNS;
        }
        self.connections.leave();
        self.work.leave();
        if again {
            cx.waker().wake_by_ref();
        }
        if ended.is_ready() { ended } else { self.poll_time(cx) }
    }

    /// Reads from both sides, lets the streams work, and writes to both sides.
    fn turn(&mut self, begin: &impl Fn(Incoming, Respond) -> F) -> Poll<()> {
        let (connections, work) = (Waker::from(self.connections.clone()), Waker::from(self.work.clone()));
        let (mut connections, mut work) = (Context::from_waker(&connections), Context::from_waker(&work));
        if self.accept(&mut connections, begin).is_ready() {
            // A last word (GOAWAY) leaves if it can.
            let _ = self.out.poll_send(&mut connections);
            return Poll::Ready(());
        }
        self.poll_sessions(&mut connections);
        while let Poll::Ready(Some(())) = self.streams.poll_next_unpin(&mut work) {}
        self.poll_connecting(&mut work);
        // What the streams have queued leaves now, in one go: their wakes are seen to by this.
        self.connections.take();
        self.poll_sessions(&mut connections);
        let before = self.streams.len();
        let mut ended = self.accept(&mut connections, begin);
        self.sessions
            .iter_mut()
            .for_each(|(_, session)| _ = session.poll_send(&mut connections));
        if let Poll::Ready(Err(_)) = self.out.poll_send(&mut connections) {
            ended = Poll::Ready(());
        }
        if self.streams.len() > before {
            // Writing has read as well: the new streams have not been polled.
            self.work.pull();
        }
        ended
    }

    /// Moves bytes of the client's connection, and begins a future for every new stream.
    fn accept(&mut self, cx: &mut Context<'_>, begin: &impl Fn(Incoming, Respond) -> F) -> Poll<()> {
        loop {
            match self.server.poll_accept(cx) {
                Poll::Ready(Some(Ok((request, respond)))) => self.streams.push(begin(request, respond)),
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn poll_time(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let limits = &self.around.shared.limits;
        if !self.streams.is_empty() {
            self.lifeline.allow(limits.idle_exchange);
            return self.lifeline.poll_time(cx);
        }
        self.lifeline.allow(limits.idle_client);
        match self.lifeline.poll_idle(cx) {
            Poll::Ready(_) if !self.ending => {
                self.end(cx);
                Poll::Pending
            }
            Poll::Ready(Over::TimedOut) => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }

    fn end(&mut self, cx: &mut Context<'_>) {
        self.ending = true;
        self.server.graceful_shutdown();
        cx.waker().wake_by_ref();
    }

    fn poll_sessions(&mut self, cx: &mut Context<'_>) {
        let port = self.around.port;
        self.sessions.retain_mut(|(number, session)| {
            let open = session.poll(cx).is_pending();
            if !open {
                port.retire(*number);
            }
            open
        });
    }

    fn poll_connecting(&mut self, cx: &mut Context<'_>) {
        if self.connecting.is_none() {
            if !self.around.port.is_wanted() {
                return;
            }
            self.connecting = Some(Box::pin(connect(self.around, self.failed.take())));
        }
        let Some(connecting) = &mut self.connecting else { return };
        if let Poll::Ready(outcome) = connecting.as_mut().poll(cx) {
            self.connecting = None;
            match outcome {
                Ok(session) => self.install(session),
                Err(failure) => _ = self.around.port.settle(Err(failure)),
            }
            // The streams that waited have been woken.
            cx.waker().wake_by_ref();
        }
    }

    fn install(&mut self, session: Session<U::Stream>) {
        let number = self.around.port.settle(Ok(session.sender.clone()));
        self.sessions.push((number, session));
    }

    fn give_back(self) {
        // The streams first: what they leave unfinished is reset, and the origin is told so now.
        let Self {
            sessions,
            streams,
            around,
            ..
        } = self;
        drop(streams);
        let mut cx = Context::from_waker(Waker::noop());
        for (_, mut session) in sessions {
            if session.poll(&mut cx).is_pending() && session.poll_send(&mut cx).is_pending() {
                around.shared.sessions.give(around.origin, session, None);
            }
        }
    }
}

async fn connect<G: Gate, U: Upstream>(
    around: Around<'_, G, U>,
    failed: Option<ConnectError>,
) -> Result<Session<U::Stream>, Failure> {
    let Around { shared, origin, .. } = around;
    let limits: &Limits = &shared.limits;
    let answer = |error: ConnectError| Failure::Answer(error.answer(&origin.host, origin.port));
    if let Some(error) = failed {
        return Err(answer(error));
    }
    if let Some(session) = take_session(shared, origin) {
        return Ok(session);
    }
    let offer = Security::Tls(&[Alpn::Http2, Alpn::Http1]);
    let connected = shared.connect(&origin.host, origin.port, offer).await.map_err(answer)?;
    if connected.alpn != Some(Alpn::Http2) {
        return Err(Failure::NoHttp2);
    }
    Session::open(connected.stream, limits).await.map_err(answer)
}
