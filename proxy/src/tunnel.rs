//! Copies bytes both ways, unread. Promise P2: a host that policy does not name is served exactly as without us.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::h1::Leg;
use crate::hello::{HelloReader, Peeked};

/// Copies until both directions have ended. The end of one direction is passed on, and the other goes on.
pub(crate) async fn relay<A, B>(a: &mut Leg<A>, b: &mut Leg<B>) -> io::Result<()>
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    Relay::default().run(a, b).await
}

/// Both directions between a client and an origin.
#[derive(Default)]
pub(crate) struct Relay {
    there: Direction,
    back: Direction,
}

impl Relay {
    /// Waits, not too long, for the host that the client's TLS hello names. What the origin says goes on meanwhile, and
    /// what the client says stays where it is: `None` when it is no hello, or not a whole one in time.
    pub(crate) async fn named_host<A, B>(
        &mut self,
        client: &mut Leg<A>,
        origin: &mut Leg<B>,
        limit: Duration,
    ) -> Option<String>
    where
        A: AsyncRead + AsyncWrite + Unpin,
        B: AsyncRead + AsyncWrite + Unpin,
    {
        let mut reader = HelloReader::default();
        let named = std::future::poll_fn(|cx| {
            loop {
                match reader.look(client.input.filled()) {
                    Peeked::Names(name) => return Poll::Ready(Some(name)),
                    Peeked::Nothing => return Poll::Ready(None),
                    Peeked::More => {}
                }
                match client.input.poll_fill(cx, &mut client.io) {
                    Poll::Ready(Ok(1..)) => {}
                    Poll::Ready(_) => return Poll::Ready(None),
                    Poll::Pending => break,
                }
            }
            // A fault shows again when the bytes are relayed.
            match self.back.poll(cx, origin, client) {
                Poll::Ready(_) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        });
        tokio::time::timeout(limit, named).await.ok().flatten()
    }

    /// True when the client has had bytes of the origin.
    pub(crate) fn has_answered(&self) -> bool {
        self.back.moved
    }

    /// Copies until both directions have ended.
    pub(crate) async fn run<A, B>(&mut self, client: &mut Leg<A>, origin: &mut Leg<B>) -> io::Result<()>
    where
        A: AsyncRead + AsyncWrite + Unpin,
        B: AsyncRead + AsyncWrite + Unpin,
    {
        std::future::poll_fn(|cx| {
            let there = self.there.poll(cx, client, origin)?;
            let back = self.back.poll(cx, origin, client)?;
            if there.is_ready() && back.is_ready() {
                Poll::Ready(Ok(()))
            } else {
                Poll::Pending
            }
        })
        .await
    }
}

#[derive(Default)]
struct Direction {
    ended: bool,
    closed: bool,
    unflushed: bool,
    moved: bool,
}

impl Direction {
    fn poll<A, B>(&mut self, cx: &mut Context<'_>, from: &mut Leg<A>, to: &mut Leg<B>) -> Poll<io::Result<()>>
    where
        A: AsyncRead + Unpin,
        B: AsyncWrite + Unpin,
    {
        while !self.closed {
            if !from.input.is_empty() {
                let count = ready!(Pin::new(&mut to.io).poll_write(cx, from.input.filled()))?;
                if count == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                from.input.consume(count);
                (self.unflushed, self.moved) = (true, true);
                continue;
            }
            if self.unflushed {
                ready!(Pin::new(&mut to.io).poll_flush(cx))?;
                self.unflushed = false;
            }
            if self.ended {
                ready!(Pin::new(&mut to.io).poll_shutdown(cx))?;
                self.closed = true;
            } else {
                self.ended = ready!(from.input.poll_fill(cx, &mut from.io))? == 0;
            }
        }
        Poll::Ready(Ok(()))
    }
}
