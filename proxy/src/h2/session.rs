//! A connection to an origin.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use h2::client::{Connection, SendRequest};

use super::cork::Cork;
use crate::gate::Gate;
use crate::h1::Origin;
use crate::io::Io;
use crate::listener::Shared;
use crate::{ConnectError, Limits, Upstream};

/// Bytes of one stream that may be on their way at once: what a slow client lets pile up here is bounded by this.
pub(super) const STREAM_WINDOW: u32 = 1024 * 1024;
/// The same for all streams of a connection.
pub(super) const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;

/// An HTTP/2 connection to an origin. Does nothing unless polled.
pub(crate) struct Session<S> {
    connection: Connection<Cork<S>, Bytes>,
    out: Cork<S>,
    pub(super) sender: SendRequest<Bytes>,
}

impl<S: Io> Session<S> {
    pub(crate) async fn open(stream: S, limits: &Limits) -> Result<Self, ConnectError> {
        let (stream, out) = Cork::new(stream);
        let opening = h2::client::Builder::new()
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
            .enable_push(false)
            .handshake(stream);
        let (sender, connection) = opening
            .await
            .map_err(|error| ConnectError::Tls(std::io::Error::other(error)))?;
        Ok(Self {
            connection,
            out,
            sender,
        })
    }

    /// Moves bytes. Ready when the connection has ended.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.connection).poll(cx).map(|_| ())
    }

    /// Sends what polling has written. Ready when the stream is broken.
    pub(super) fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.out.poll_send(cx) {
            Poll::Ready(Err(_)) => Poll::Ready(()),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
        }
    }
}

/// A pooled connection to this origin that is still open.
pub(crate) fn take_session<G: Gate, U: Upstream>(
    shared: &Arc<Shared<G, U>>,
    origin: &Origin,
) -> Option<Session<U::Stream>> {
    loop {
        let mut session = shared.sessions.take(origin)?;
        let mut cx = Context::from_waker(Waker::noop());
        // Sees a GOAWAY or the end of the stream, if one has come.
        let open = session.poll(&mut cx).is_pending()
            && session.poll_send(&mut cx).is_pending()
            && matches!(session.sender.poll_ready(&mut cx), Poll::Ready(Ok(())));
        if open {
            return Some(session);
        }
    }
}
