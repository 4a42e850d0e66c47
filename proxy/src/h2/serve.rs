//! Drives one client connection.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use h2::server::Connection;

use super::exchange::{Around, exchange};
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
    let opening = h2::server::Builder::new()
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .handshake::<_, Bytes>(stream);
    let opened = tokio::time::timeout(limits.request_head, opening).await;
    let Ok(Ok(server)) = opened else { return };
    let port = Port::default();
    let around = Around { shared, origin: &origin, client, port: &port };
    let mut driver = Driver {
        server,
        sessions: Vec::new(),
        streams: FuturesUnordered::new(),
        connecting: None,
        failed,
        lifeline,
        extends_connect: false,
        ending: false,
        around,
    };
    if let Some(session) = session {
        driver.install(session);
    }
    std::future::poll_fn(|cx| driver.poll(cx, |request, respond| exchange(around, request, respond))).await;
    driver.give_back();
}

type Connecting<'a, U> =
    Pin<Box<dyn Future<Output = Result<Session<<U as Upstream>::Stream>, Failure>> + Send + 'a>>;

struct Driver<'a, G: Gate, U: Upstream, C, F> {
    server: Connection<C, Bytes>,
    /// Connections to the origin with their numbers: the newest takes requests, older ones end theirs.
    sessions: Vec<(u64, Session<U::Stream>)>,
    streams: FuturesUnordered<F>,
    connecting: Option<Connecting<'a, U>>,
    failed: Option<ConnectError>,
    lifeline: Lifeline,
    extends_connect: bool,
    ending: bool,
    around: Around<'a, G, U>,
}

impl<'a, G: Gate, U: Upstream, C: Io, F: Future<Output = ()>> Driver<'a, G, U, C, F> {
    /// Ready when the connection has ended.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        begin: impl Fn(http::Request<h2::RecvStream>, h2::server::SendResponse<Bytes>) -> F,
    ) -> Poll<()> {
        let limits = &self.around.shared.limits;
        loop {
            let mut moved = false;
            loop {
                match self.server.poll_accept(cx) {
                    Poll::Ready(Some(Ok((request, respond)))) => {
                        self.streams.push(begin(request, respond));
                        moved = true;
                    }
                    Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(()),
                    Poll::Pending => break,
                }
            }
            self.poll_sessions(cx);
            while let Poll::Ready(Some(())) = self.streams.poll_next_unpin(cx) {
                moved = true;
            }
            self.poll_connecting(cx);
            if !moved {
                break;
            }
        }
        // What the streams have written leaves now, in one go.
        self.poll_sessions(cx);
        self.mirror_settings();
        if self.streams.is_empty() {
            self.lifeline.allow(limits.idle_client);
            match self.lifeline.poll_idle(cx) {
                Poll::Ready(_) if !self.ending => self.end(cx),
                Poll::Ready(Over::TimedOut) => return Poll::Ready(()),
                _ => {}
            }
        } else {
            self.lifeline.allow(limits.idle_exchange);
            if self.lifeline.poll_time(cx).is_ready() {
                return Poll::Ready(());
            }
        }
        match self.server.poll_closed(cx) {
            Poll::Ready(_) => Poll::Ready(()),
            Poll::Pending => Poll::Pending,
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

    /// RFC 8441: WebSockets over HTTP/2 are offered when the origin offers them.
    fn mirror_settings(&mut self) {
        if !self.extends_connect && self.around.port.origin_extends_connect() {
            // Fails while other settings are on their way, and is then tried again.
            self.extends_connect = self.server.enable_connect_protocol().is_ok();
        }
    }

    fn give_back(self) {
        // The streams first: what they leave unfinished is reset, and the origin is told so now.
        let Self { sessions, streams, around, .. } = self;
        drop(streams);
        let mut cx = Context::from_waker(Waker::noop());
        for (_, mut session) in sessions {
            if session.poll(&mut cx).is_pending() {
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
