//! Connections to targets: HTTP/2 where they speak it, else HTTP/1.1, over the same verified TLS as the proxy's (P4), kept
//! open for a while.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use parking_lot::Mutex;
use weir_policy::Endpoint;
use weir_proxy::{Alpn, ConnectError, Security, Target, TlsUpstream, Upstream};

/// Connections to targets.
pub(super) struct Leg {
    upstream: Arc<TlsUpstream>,
    kept: Mutex<HashMap<Place, Vec<Kept>>>,
}

type Place = (String, u16, bool);
type Call = Request<Full<Bytes>>;

/// A connection: one call at a time, or many at once.
enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

struct Kept {
    sender: Sender,
    since: Instant,
}

/// A request could not be sent, or was not answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error("cannot connect")]
    Connect(#[from] ConnectError),
    #[error("the connection broke")]
    Broken(#[from] hyper::Error),
}

/// A connection that one call has for itself, where it has one. It is kept when it is given back, and closed otherwise.
pub(super) struct Lease(Option<(Arc<Leg>, Place, Sender)>);

const KEPT_FOR: Duration = Duration::from_secs(20);
const KEPT_PER_PLACE: usize = 8;

impl Leg {
    pub(super) fn new(upstream: Arc<TlsUpstream>) -> Self {
        Self {
            upstream,
            kept: Mutex::default(),
        }
    }

    /// Sends a request once. On a kept connection that has closed in the meantime nothing was sent, and a new one is made.
    pub(super) async fn send(
        self: &Arc<Self>,
        endpoint: &Endpoint,
        mut call: Call,
    ) -> Result<(Response<Incoming>, Lease), SendError> {
        let place = (endpoint.host.clone(), endpoint.port, endpoint.secure);
        while let Some(mut sender) = self.take(&place) {
            match sender.send(endpoint, call).await {
                Ok(response) => return Ok((response, self.lease(place, sender))),
                Err(mut failed) => match failed.take_message() {
                    Some(unsent) => {
                        self.forget_shared(&place);
                        call = unsent;
                    }
                    None => return Err(failed.into_error().into()),
                },
            }
        }
        let mut sender = self.connect(endpoint).await?;
        let sent = sender.send(endpoint, call).await;
        let response = sent.map_err(TrySendError::into_error)?;
        if let Sender::Http2(shared) = &sender {
            self.keep(&place, Sender::Http2(shared.clone()));
        }
        Ok((response, self.lease(place, sender)))
    }

    async fn connect(&self, endpoint: &Endpoint) -> Result<Sender, SendError> {
        let security = if endpoint.secure {
            Security::Tls(&[Alpn::Http2, Alpn::Http1])
        } else {
            Security::Plain
        };
        let target = Target {
            host: &endpoint.host,
            port: endpoint.port,
        };
        let connected = self.upstream.connect(target, security).await?;
        let stream = TokioIo::new(connected.stream);
        if connected.alpn == Some(Alpn::Http2) {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
            tokio::spawn(async move { note_end(connection.await) });
            return Ok(Sender::Http2(sender));
        }
        let (sender, connection) = http1::handshake(stream).await?;
        tokio::spawn(async move { note_end(connection.await) });
        Ok(Sender::Http1(sender))
    }

    fn lease(self: &Arc<Self>, place: Place, sender: Sender) -> Lease {
        match sender {
            Sender::Http1(_) => Lease(Some((Arc::clone(self), place, sender))),
            Sender::Http2(_) => Lease(None),
        }
    }

    /// A connection that is free, or that many calls share.
    fn take(&self, place: &Place) -> Option<Sender> {
        let mut all = self.kept.lock();
        let kept = all.get_mut(place)?;
        kept.retain(|kept| kept.since.elapsed() < KEPT_FOR && !kept.sender.is_closed());
        let last = kept.last_mut()?;
        if let Sender::Http2(shared) = &last.sender {
            last.since = Instant::now();
            return Some(Sender::Http2(shared.clone()));
        }
        kept.pop().map(|kept| kept.sender)
    }

    /// They have taken their last call.
    fn forget_shared(&self, place: &Place) {
        if let Some(kept) = self.kept.lock().get_mut(place) {
            kept.retain(|kept| matches!(kept.sender, Sender::Http1(_)));
        }
    }

    fn keep(&self, place: &Place, sender: Sender) {
        let mut all = self.kept.lock();
        let kept = all.entry(place.clone()).or_default();
        if kept.len() < KEPT_PER_PLACE && !sender.is_closed() {
            let since = Instant::now();
            kept.push(Kept { sender, since });
        }
    }
}

impl Sender {
    /// Sends it in the form of this protocol, where that can be said.
    async fn send(&mut self, endpoint: &Endpoint, mut call: Call) -> Result<Response<Incoming>, TrySendError<Call>> {
        match self {
            Sender::Http1(sender) => {
                if let Some(path) = call.uri().path_and_query().cloned() {
                    *call.uri_mut() = Uri::from(path);
                }
                if let Ok(host) = HeaderValue::from_str(&endpoint.authority()) {
                    call.headers_mut().insert(HOST, host);
                }
                sender.try_send_request(call).await
            }
            Sender::Http2(sender) => {
                call.headers_mut().remove(HOST);
                if let Some(uri) = absolute(endpoint, call.uri()) {
                    *call.uri_mut() = uri;
                }
                sender.try_send_request(call).await
            }
        }
    }

    fn is_closed(&self) -> bool {
        match self {
            Sender::Http1(sender) => sender.is_closed(),
            Sender::Http2(sender) => sender.is_closed(),
        }
    }
}

impl Lease {
    /// The answer was read to its end: the connection can carry another request.
    pub(super) fn give_back(self) {
        if let Some((leg, place, sender)) = self.0 {
            leg.keep(&place, sender);
        }
    }
}

/// HTTP/2 has no other place for the host.
fn absolute(endpoint: &Endpoint, path: &Uri) -> Option<Uri> {
    let scheme = if endpoint.secure { "https" } else { "http" };
    let builder = Uri::builder().scheme(scheme).authority(endpoint.authority());
    builder.path_and_query(path.path_and_query()?.clone()).build().ok()
}

fn note_end(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to a target ended early");
    }
}
