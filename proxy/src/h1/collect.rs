//! Collects a body for review, within its limit.

use std::task::Poll;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::Head;
use super::body::{BodyReader, Framing};
use super::serve::Leg;
use crate::http::Collected;
use crate::lifeline::Lifeline;
use crate::room::Held;

/// Why there is no body to review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Uncollected {
    Gone,
    Chunks,
    TimedOut,
    NoRoom,
}

/// What is read at once beyond the limit is kept, so memory is bounded by the limit and one buffer. With the body comes whether
/// `100 Continue` was sent from here.
pub(super) async fn collect<C: AsyncRead + AsyncWrite + Unpin>(
    client: &mut Leg<C>,
    head: &Head,
    reader: &mut BodyReader,
    limit: usize,
    mut held: Held,
    (lifeline, pause): (&mut Lifeline, std::time::Duration),
) -> Result<(Collected, bool), Uncollected> {
    let announced = match head.framing {
        Framing::Length(length) => usize::try_from(length).unwrap_or(usize::MAX),
        _ => client.input.len(),
    };
    held.cover(announced.min(limit))
        .await
        .map_err(|_| Uncollected::NoRoom)?;
    let mut content = Vec::with_capacity(announced.min(limit).min(MOST_RESERVED));
    let mut continued = false;
    loop {
        while !client.input.is_empty() && !reader.is_done() && content.len() <= limit {
            let step = reader.step(client.input.filled()).map_err(|_| Uncollected::Chunks)?;
            let length = content.len() + step.content.len();
            held.cover(length).await.map_err(|_| Uncollected::NoRoom)?;
            content.extend_from_slice(&client.input.filled()[step.content]);
            client.input.consume(step.taken);
        }
        if reader.is_done() || content.len() > limit {
            let collected = Collected {
                content: content.into(),
                complete: reader.is_done(),
                held,
            };
            return Ok((collected, continued));
        }
        if head.expects_continue && !continued {
            continued = true;
            let go_on = client.io.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await;
            go_on.and(client.io.flush().await).map_err(|_| Uncollected::Gone)?;
        }
        lifeline.allow(pause);
        let filled = std::future::poll_fn(|cx| match client.input.poll_fill(cx, &mut client.io) {
            Poll::Ready(Ok(0) | Err(_)) => Poll::Ready(Err(Uncollected::Gone)),
            Poll::Ready(Ok(_)) => Poll::Ready(Ok(())),
            Poll::Pending => lifeline.poll_time(cx).map(|()| Err(Uncollected::TimedOut)),
        });
        filled.await?;
    }
}

/// An announced length is a claim: memory is taken as the bytes come.
const MOST_RESERVED: usize = 1024 * 1024;
