//! What the fake service received, byte for byte.

use super::services::Head;
use parking_lot::Mutex;
use serde::Serialize;

/// One request as it arrived.
#[derive(Clone, Serialize)]
pub struct Received {
    /// Host it was meant for.
    pub host: String,
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query.
    pub path: String,
    /// `HTTP/1.1` or `HTTP/2.0`.
    pub version: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body as it was on the wire, still compressed; of a very long one the beginning.
    #[serde(serialize_with = "as_text")]
    pub body: Vec<u8>,
    /// Bytes of the whole body so far.
    pub length: u64,
    /// False while the body is still coming, and for ever when the sender went away.
    pub complete: bool,
}

impl Received {
    /// The body with its content coding undone, as text.
    #[must_use]
    pub fn text(&self) -> String {
        let coding = self.header("content-encoding").unwrap_or_default().to_owned();
        let body = super::services::undo_coding(&coding, self.body.clone());
        String::from_utf8_lossy(&body).into_owned()
    }

    /// The first header of this lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// True when the bytes stand anywhere in the request.
    #[must_use]
    pub fn contains(&self, needle: &str) -> bool {
        let raw = self
            .body
            .windows(needle.len().max(1))
            .any(|window| window == needle.as_bytes());
        raw || self.text().contains(needle)
            || self.path.contains(needle)
            || self.headers.iter().any(|(_, value)| value.contains(needle))
    }
}

#[derive(Default)]
pub(super) struct Log {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    received: Vec<Received>,
    /// Requests forgotten by `clear`: entries handed out before it must not hit a newer request.
    forgotten: usize,
}

impl Log {
    pub(super) fn begin(&self, head: &Head) -> usize {
        let mut state = self.state.lock();
        state.received.push(Received {
            host: head.host.clone(),
            method: head.method.clone(),
            path: head.path_and_query(),
            version: head.version.clone(),
            headers: head.headers.clone(),
            body: Vec::new(),
            length: 0,
            complete: false,
        });
        state.forgotten + state.received.len() - 1
    }

    pub(super) fn append(&self, entry: usize, data: &[u8]) {
        self.change(entry, |received| {
            received.length += data.len() as u64;
            keep(&mut received.body, data);
        });
    }

    pub(super) fn finish(&self, entry: usize) {
        self.change(entry, |received| received.complete = true);
    }

    pub(super) fn all(&self) -> Vec<Received> {
        self.state.lock().received.clone()
    }

    pub(super) fn clear(&self) {
        let mut state = self.state.lock();
        state.forgotten += state.received.len();
        state.received.clear();
    }

    fn change(&self, entry: usize, change: impl FnOnce(&mut Received)) {
        let mut state = self.state.lock();
        let index = entry.checked_sub(state.forgotten);
        if let Some(received) = index.and_then(|index| state.received.get_mut(index)) {
            change(received);
        }
    }
}

/// Appends, up to what is worth keeping: a test sends a gigabyte to see that it goes through.
pub(super) fn keep(body: &mut Vec<u8>, data: &[u8]) {
    const KEPT: usize = 96 << 20;
    let room = KEPT.saturating_sub(body.len());
    body.extend_from_slice(&data[..data.len().min(room)]);
}

fn as_text<S: serde::Serializer>(body: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(body))
}
