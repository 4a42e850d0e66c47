//! Connections to targets: HTTP/1.1, over the same verified TLS as the proxy's (P4), kept open for a while.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use weir_policy::Endpoint;
use weir_proxy::{Alpn, ConnectError, Security, Target, TlsUpstream, Upstream};

/// Connections to targets.
pub(super) struct Leg {
    upstream: Arc<TlsUpstream>,
    idle: Mutex<HashMap<Place, Vec<Idle>>>,
}

type Place = (String, u16, bool);
type Sender = SendRequest<Full<Bytes>>;

struct Idle {
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

/// A connection in use. It is kept when it is given back, and closed otherwise.
pub(super) struct Lease {
    leg: Arc<Leg>,
    place: Place,
    sender: Sender,
}

const KEPT_FOR: Duration = Duration::from_secs(20);
const KEPT_PER_PLACE: usize = 8;

impl Leg {
    pub(super) fn new(upstream: Arc<TlsUpstream>) -> Self {
        Self {
            upstream,
            idle: Mutex::default(),
        }
    }

    /// Sends a request once. On a kept connection that has closed in the meantime nothing was sent, and a new one is made.
    pub(super) async fn send(
        self: &Arc<Self>,
        endpoint: &Endpoint,
        mut request: Request<Full<Bytes>>,
    ) -> Result<(Response<Incoming>, Lease), SendError> {
        let place = (endpoint.host.clone(), endpoint.port, endpoint.secure);
        while let Some(mut sender) = self.take(&place) {
            match sender.try_send_request(request).await {
                Ok(response) => return Ok((response, self.lease(place, sender))),
                Err(mut failed) => match failed.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(failed.into_error().into()),
                },
            }
        }
        let mut sender = self.connect(endpoint).await?;
        let response = sender.send_request(request).await?;
        Ok((response, self.lease(place, sender)))
    }

    async fn connect(&self, endpoint: &Endpoint) -> Result<Sender, SendError> {
        let security = if endpoint.secure {
            Security::Tls(&[Alpn::Http1])
        } else {
            Security::Plain
        };
        let target = Target {
            host: &endpoint.host,
            port: endpoint.port,
        };
        let connected = self.upstream.connect(target, security).await?;
        let (sender, connection) = handshake(TokioIo::new(connected.stream)).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to a target ended early");
            }
        });
        Ok(sender)
    }

    fn lease(self: &Arc<Self>, place: Place, sender: Sender) -> Lease {
        Lease {
            leg: Arc::clone(self),
            place,
            sender,
        }
    }

    fn take(&self, place: &Place) -> Option<Sender> {
        let mut idle = self.idle.lock();
        let kept = idle.get_mut(place)?;
        kept.retain(|idle| idle.since.elapsed() < KEPT_FOR && !idle.sender.is_closed());
        kept.pop().map(|idle| idle.sender)
    }
}

impl Lease {
    /// The answer was read to its end: the connection can carry another request.
    pub(super) fn give_back(self) {
        let Self { leg, place, sender } = self;
        if sender.is_closed() {
            return;
        }
        let mut idle = leg.idle.lock();
        let kept = idle.entry(place).or_default();
        if kept.len() < KEPT_PER_PLACE {
            kept.push(Idle {
                sender,
                since: Instant::now(),
            });
        }
    }
}
