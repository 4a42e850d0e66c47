//! Ends TLS for an intercepted host: reads the client's hello, learns what the origin speaks, and answers with a leaf.

use std::sync::Arc;
use std::time::SystemTime;

use rustls::server::{Accepted, Acceptor};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::StartHandshake;
use tokio_rustls::server::TlsStream;

use crate::gate::Gate;
use crate::h1::{self, Leg, Origin};
use crate::h2::{self, Session};
use crate::lifeline::Lifeline;
use crate::listener::{ESTABLISHED, Shared};
use crate::{Alpn, Client, ConnectError, Security, Upstream};

/// What is known of the origin before the client's TLS is answered.
enum Reached<S> {
    /// It speaks HTTP/1.1, and is connected to when there is a request.
    Http1,
    /// It speaks HTTP/2, on this connection.
    Http2(Box<Session<S>>),
    /// It spoke HTTP/2 last time.
    Http2Before,
    /// It cannot be reached. The client is told in an answer, not by a broken handshake.
    Failed(ConnectError),
}

/// Serves one intercepted connection. A failed handshake ends it, and changes nothing for the next one.
pub(crate) async fn intercept<G: Gate, U: Upstream>(
    shared: &Arc<Shared<G, U>>,
    mut leg: Leg<TcpStream>,
    origin: Arc<Origin>,
    client: &Client,
    lifeline: Lifeline,
) {
    if leg.io.write_all(ESTABLISHED).await.is_ok() {
        intercept_established(shared, leg, origin, client, lifeline).await;
    }
}

/// The same for a client that has been told to go on.
pub(crate) async fn intercept_established<G: Gate, U: Upstream>(
    shared: &Arc<Shared<G, U>>,
    mut leg: Leg<TcpStream>,
    origin: Arc<Origin>,
    client: &Client,
    mut lifeline: Lifeline,
) {
    let limit = shared.limits.tls_hello;
    let Ok(Some(hello)) = tokio::time::timeout(limit, read_hello(&mut leg)).await else {
        return;
    };
    let name = hello.client_hello().server_name().map(str::to_owned);
    if name.is_some_and(|name| !name.trim_end_matches('.').eq_ignore_ascii_case(&origin.host)) {
        // Judged as one host and served as another: refused.
        tracing::debug!("the TLS hello names another host than its CONNECT; the connection was closed");
        return;
    }
    let offers: Vec<Vec<u8>> = hello
        .client_hello()
        .alpn()
        .into_iter()
        .flatten()
        .map(<[u8]>::to_vec)
        .collect();
    let offers = |alpn: Alpn| offers.iter().any(|offer| offer == alpn.as_bytes());
    let only_http2 = offers(Alpn::Http2) && !offers(Alpn::Http1);
    let reached = if offers(Alpn::Http2) {
        reach(shared, &origin, only_http2).await
    } else {
        Reached::Http1
    };
    let alpn = match &reached {
        Reached::Http2(_) | Reached::Http2Before => Alpn::Http2,
        _ if only_http2 => Alpn::Http2,
        _ => Alpn::Http1,
    };
    let Ok(config) = shared.authority.server_config(&origin.host, alpn, SystemTime::now()) else {
        return;
    };
    let accepting = StartHandshake::from_parts(hello, leg.io).into_stream(config);
    let Ok(Ok(stream)) = tokio::time::timeout(limit, accepting).await else {
        return;
    };
    lifeline.allow(shared.limits.request_head);
    serve(shared, stream, alpn, origin, client, lifeline, reached).await;
}

async fn serve<G: Gate, U: Upstream>(
    shared: &Arc<Shared<G, U>>,
    stream: TlsStream<TcpStream>,
    alpn: Alpn,
    origin: Arc<Origin>,
    client: &Client,
    lifeline: Lifeline,
    reached: Reached<U::Stream>,
) {
    let (session, failed) = match reached {
        Reached::Http2(session) => (Some(*session), None),
        Reached::Failed(error) => (None, Some(error)),
        Reached::Http1 | Reached::Http2Before => (None, None),
    };
    match alpn {
        Alpn::Http1 => h1::serve(shared, Leg::new(stream), origin, true, client, lifeline, failed).await,
        Alpn::Http2 => h2::serve(shared, stream, origin, client, lifeline, session, failed).await,
    }
}

/// Finds out what the origin speaks: from an open connection, from the last time, or by connecting.
async fn reach<G: Gate, U: Upstream>(
    shared: &Arc<Shared<G, U>>,
    origin: &Arc<Origin>,
    only_http2: bool,
) -> Reached<U::Stream> {
    if let Some(session) = h2::take_session(shared, origin) {
        return Reached::Http2(Box::new(session));
    }
    match shared.spoken(origin) {
        Some(Alpn::Http1) if !only_http2 => return Reached::Http1,
        Some(Alpn::Http2) => return Reached::Http2Before,
        _ => {}
    }
    let both = [Alpn::Http2, Alpn::Http1];
    let offer = if only_http2 { &both[..1] } else { &both[..] };
    match shared.connect(&origin.host, origin.port, Security::Tls(offer)).await {
        Err(error) => Reached::Failed(error),
        Ok(connected) if connected.alpn == Some(Alpn::Http2) => {
            match Session::open(connected.stream, &shared.limits).await {
                Ok(session) => Reached::Http2(Box::new(session)),
                Err(error) => Reached::Failed(error),
            }
        }
        Ok(connected) => {
            shared.give_http1(origin, Leg::new(connected.stream));
            Reached::Http1
        }
    }
}

/// Reads the client's hello; `None` when it is not one, or the client goes away.
async fn read_hello(leg: &mut Leg<TcpStream>) -> Option<Accepted> {
    let mut acceptor = Acceptor::default();
    let mut space = [0_u8; 4096];
    loop {
        if leg.input.is_empty() {
            let count = leg.io.read(&mut space).await.ok().filter(|count| *count > 0)?;
            leg.input.append(&space[..count]);
        }
        while !leg.input.is_empty() {
            let taken = acceptor
                .read_tls(&mut leg.input.filled())
                .ok()
                .filter(|taken| *taken > 0)?;
            leg.input.consume(taken);
        }
        match acceptor.accept() {
            Ok(Some(accepted)) => return Some(accepted),
            Ok(None) => {}
            Err((_, mut alert)) => {
                let mut bytes = Vec::new();
                if alert.write_all(&mut bytes).is_ok() {
                    let _ = leg.io.write_all(&bytes).await;
                }
                return None;
            }
        }
    }
}
