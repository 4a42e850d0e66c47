//! Time limits of one connection, and the word to end.
//!
//! A timer per request would cost more than reading the request. So a connection has one timer that is moved only when
//! it fires early or must fire earlier; in between, only a number changes.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;
use tokio::time::{Instant, Sleep};

/// Says once to all connections that the proxy is ending.
#[derive(Default)]
pub(crate) struct Ending {
    begun: AtomicBool,
    word: Arc<Notify>,
    last_word: Notify,
}

impl Ending {
    pub(crate) fn begin(&self) {
        self.begun.store(true, Ordering::SeqCst);
        self.word.notify_waiters();
    }

    /// Cuts off what is still running.
    pub(crate) fn abort(&self) {
        self.last_word.notify_waiters();
    }

    /// Ready when running connections are to be cut off.
    pub(crate) async fn aborted(&self) {
        self.last_word.notified().await;
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed)
    }
}

pub(crate) struct Lifeline {
    timer: Pin<Box<Sleep>>,
    deadline: Instant,
    ending: Arc<Ending>,
    word: Pin<Box<OwnedNotified>>,
}

/// Why a wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    TimedOut,
    Ending,
}

impl Lifeline {
    pub(crate) fn new(ending: &Arc<Ending>, limit: Duration) -> Self {
        let deadline = Instant::now() + limit;
        Self {
            timer: Box::pin(tokio::time::sleep_until(deadline)),
            deadline,
            ending: ending.clone(),
            word: Box::pin(ending.word.clone().notified_owned()),
        }
    }

    /// Begins a new wait of this length.
    pub(crate) fn allow(&mut self, limit: Duration) {
        self.deadline = Instant::now() + limit;
        if self.deadline < self.timer.deadline() {
            self.timer.as_mut().reset(self.deadline);
        }
    }

    /// Ready when the time is over.
    pub(crate) fn poll_time(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.timer.as_mut().poll(cx).is_ready() {
            if Instant::now() >= self.deadline {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(self.deadline);
        }
        Poll::Pending
    }

    /// Ready when the time is over, or the proxy is ending. For waits between exchanges.
    pub(crate) fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<Over> {
        if self.ending.has_begun() || self.word.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Over::Ending);
        }
        self.poll_time(cx).map(|()| Over::TimedOut)
    }

    pub(crate) fn is_ending(&self) -> bool {
        self.ending.has_begun()
    }
}
