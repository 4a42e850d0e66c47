//! Copies bytes both ways, unread. Promise P2: a host that policy does not name is served exactly as without us.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite};

use crate::h1::Leg;

/// Copies until both directions have ended. The end of one direction is passed on, and the other goes on.
pub(crate) async fn relay<A, B>(a: &mut Leg<A>, b: &mut Leg<B>) -> io::Result<()>
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let (mut there, mut back) = (Direction::default(), Direction::default());
    std::future::poll_fn(|cx| {
        let there = there.poll(cx, a, b)?;
        let back = back.poll(cx, b, a)?;
        if there.is_ready() && back.is_ready() {
            Poll::Ready(Ok(()))
        } else {
            Poll::Pending
        }
    })
    .await
}

#[derive(Default)]
struct Direction {
    ended: bool,
    closed: bool,
    unflushed: bool,
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
                self.unflushed = true;
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
