//! Upstream connections between their uses. A connection is here only while nobody uses it, and nobody waits under the
//! lock: one slow answer never keeps another client waiting.

use std::collections::HashMap;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::AsyncRead;
use tokio::time::Instant;

use crate::h1::{Leg, Origin};

/// Unused connections by origin.
pub(crate) struct Pool<T> {
    idle: Mutex<HashMap<Key, Vec<Idle<T>>>>,
    most_per_origin: usize,
    longest: Duration,
}

/// Scheme, host, port.
type Key = (&'static str, String, u16);

struct Idle<T> {
    connection: T,
    until: Instant,
}

impl<T> Pool<T> {
    pub(crate) fn new(most_per_origin: usize, longest: Duration) -> Self {
        Self {
            idle: Mutex::default(),
            most_per_origin,
            longest,
        }
    }

    /// The connection given back last, if any is left. The caller looks whether it is still open.
    pub(crate) fn take(&self, origin: &Origin) -> Option<T> {
        let mut idle = self.idle.lock();
        let connections = idle.get_mut(&key(origin))?;
        let newest = connections.pop()?;
        (newest.until > Instant::now()).then_some(newest.connection)
    }

    /// Keeps a connection; `keeps_for` is how long the origin said it would.
    pub(crate) fn give(&self, origin: &Origin, connection: T, keeps_for: Option<u64>) {
        // A second less than the origin, so that it does not close while we write.
        let longest = keeps_for.map_or(self.longest, |seconds| {
            self.longest.min(Duration::from_secs(seconds.saturating_sub(1)))
        });
        let until = Instant::now() + longest;
        let mut idle = self.idle.lock();
        let connections = idle.entry(key(origin)).or_default();
        if connections.len() >= self.most_per_origin {
            connections.remove(0);
        }
        connections.push(Idle { connection, until });
    }

    /// Closes what was unused for too long.
    pub(crate) fn sweep(&self) {
        let now = Instant::now();
        self.idle.lock().retain(|_, connections| {
            connections.retain(|idle| idle.until > now);
            !connections.is_empty()
        });
    }
}

fn key(origin: &Origin) -> Key {
    (origin.scheme, origin.host.clone(), origin.port)
}

/// The connection, unless the origin has closed it or said something nobody asked for.
pub(crate) fn still_open<S: AsyncRead + Unpin>(mut leg: Leg<S>) -> Option<Leg<S>> {
    let mut cx = Context::from_waker(Waker::noop());
    let quiet = leg.input.is_empty() && matches!(leg.input.poll_fill(&mut cx, &mut leg.io), Poll::Pending);
    quiet.then_some(leg)
}
