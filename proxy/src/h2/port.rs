//! Where the streams of a connection find the origin's connection, and wait for one to be opened.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use h2::client::SendRequest;
use parking_lot::Mutex;

use crate::LocalAnswer;

/// Shared by the driver and the streams of one client connection.
#[derive(Clone, Default)]
pub(super) struct Port(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    sender: Option<SendRequest<Bytes>>,
    /// Counts attempts, so that a stream that saw one fail asks for the next and not for the same.
    attempt: u64,
    outcome: Option<Failure>,
    wanted: bool,
    waiting: Vec<Waker>,
}

/// Why there is no connection.
#[derive(Clone)]
pub(super) enum Failure {
    /// Answer with this.
    Answer(LocalAnswer),
    /// The origin no longer speaks HTTP/2.
    NoHttp2,
}

impl Port {
    /// A handle for one request, with the number of the connection it is on.
    pub(super) fn poll_sender(
        &self,
        cx: &mut Context<'_>,
        asked: &mut Option<u64>,
    ) -> Poll<Result<(SendRequest<Bytes>, u64), Failure>> {
        let mut state = self.0.lock();
        if let Some(sender) = &state.sender {
            return Poll::Ready(Ok((sender.clone(), state.attempt)));
        }
        match *asked {
            Some(attempt)
                if state.attempt > attempt
                    && let Some(failure) = &state.outcome =>
            {
                return Poll::Ready(Err(failure.clone()));
            }
            Some(_) => {}
            None => *asked = Some(state.attempt),
        }
        state.wanted = true;
        state.waiting.push(cx.waker().clone());
        Poll::Pending
    }

    /// True when a stream waits for a connection.
    pub(super) fn is_wanted(&self) -> bool {
        self.0.lock().wanted
    }

    /// An attempt to connect is over.
    pub(super) fn settle(&self, outcome: Result<SendRequest<Bytes>, Failure>) -> u64 {
        let mut state = self.0.lock();
        state.attempt += 1;
        state.wanted = false;
        match outcome {
            Ok(sender) => {
                state.sender = Some(sender);
                state.outcome = None;
            }
            Err(failure) => state.outcome = Some(failure),
        }
        state.waiting.drain(..).for_each(Waker::wake);
        state.attempt
    }

    /// This connection takes no more requests.
    pub(super) fn retire(&self, attempt: u64) {
        let mut state = self.0.lock();
        if state.attempt == attempt {
            state.sender = None;
        }
    }
}
