//! Whose turn it is on a connection. It is the server's while a request is worked on, or while an answer has nothing to be taken yet, as
//! a stream most of the time. Else it is the other side's, to ask or to take what it is answered, and that is not waited for for ever.

use super::limits::Limits;
use super::peer::Peer;
use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use parking_lot::Mutex;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

/// Of one connection.
pub(super) struct Turns {
    /// How long is waited for the first request.
    first: Duration,
    /// And for what comes then.
    next: Duration,
    state: Mutex<State>,
}

struct State {
    /// Requests and answers on which it is the server's turn.
    ours: usize,
    has_asked: bool,
    /// Since when it is the other side's turn, where `ours` is 0.
    since: Instant,
}

/// It is the server's turn until this is dropped.
pub(super) struct Ours(Arc<Turns>);

/// The body of an answer, which says whose turn it is.
pub(super) struct Answering {
    body: Body,
    turns: Arc<Turns>,
    ours: Option<Ours>,
}

impl Turns {
    /// The handshake has ended.
    pub(super) fn begin(limits: &Limits, peer: Peer) -> Arc<Self> {
        Arc::new(Self {
            first: limits.head,
            next: match peer.0 {
                Some(_) => limits.device,
                None => limits.stranger,
            },
            state: Mutex::new(State {
                ours: 0,
                has_asked: false,
                since: Instant::now(),
            }),
        })
    }

    /// A request has come, or more of an answer is asked for.
    pub(super) fn ours(self: &Arc<Self>) -> Ours {
        let mut state = self.state.lock();
        state.ours += 1;
        state.has_asked = true;
        Ours(Arc::clone(self))
    }

    /// Ends when the other side has had its turn for too long.
    pub(super) async fn overdue(&self) {
        loop {
            let now = Instant::now();
            let end = self.end(now);
            if end <= now {
                return;
            }
            tokio::time::sleep_until(end).await;
        }
    }

    /// Not before then.
    fn end(&self, now: Instant) -> Instant {
        let state = self.state.lock();
        let patience = if state.has_asked { self.next } else { self.first };
        let since = if state.ours == 0 { state.since } else { now };
        since + patience
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.ours -= 1;
        state.since = Instant::now();
    }
}

impl Ours {
    /// Goes on until the answer has something to be taken.
    pub(super) fn answering(self, body: Body) -> Answering {
        Answering {
            body,
            turns: Arc::clone(&self.0),
            ours: Some(self),
        }
    }
}

impl hyper::body::Body for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    /// HTTP asks for more only when the other side has room for it.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.ours.is_none() {
            self.ours = Some(self.turns.ours());
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            self.ours = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::Turns;
    use crate::net::{Limits, Peer};
    use axum::body::Body;
    use bytes::Bytes;
    use futures_util::{StreamExt, stream};
    use http_body_util::BodyExt;
    use std::convert::Infallible;
    use std::future::Future;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::time::{Instant, sleep};

    const HEAD: Duration = Duration::from_millis(50);
    const STRANGER: Duration = Duration::from_millis(100);
    const WORK: Duration = Duration::from_millis(400);

    fn turns() -> Arc<Turns> {
        let limits = Limits {
            head: HEAD,
            stranger: STRANGER,
            ..Limits::default()
        };
        Turns::begin(&limits, Peer(None))
    }

    /// How long from now until it is overdue.
    async fn overdue(turns: &Turns, meanwhile: impl Future<Output = ()>) -> Duration {
        let begun = Instant::now();
        let done = async {
            meanwhile.await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = turns.overdue() => {}
            () = done => {}
        }
        begun.elapsed()
    }

    #[tokio::test]
    async fn who_asks_is_waited_for_after_the_answer_and_who_does_not_from_the_beginning() {
        assert!(overdue(&turns(), async {}).await < Limits::default().stranger);
        let turns = turns();
        let asked = async {
            let ours = turns.ours();
            sleep(WORK).await;
            drop(ours);
        };
        assert!(overdue(&turns, asked).await >= WORK + STRANGER);
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_is_the_other_sides_turn_and_one_that_is_not_there_yet_is_ours() {
        let parts = stream::iter(["first", "second", "not taken"]).then(async |part| {
            sleep(WORK).await;
            Ok::<_, Infallible>(Bytes::from(part))
        });
        let turns = turns();
        let mut answer = turns.ours().answering(Body::from_stream(parts));
        let taken = async {
            answer.frame().await.unwrap().unwrap();
            answer.frame().await.unwrap().unwrap();
        };
        assert!(overdue(&turns, taken).await >= 2 * WORK + STRANGER);
    }
}
