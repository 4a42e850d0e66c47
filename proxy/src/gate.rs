//! The border to the agent: what the proxy asks, and what it may be told.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::watch;

use crate::{Client, HeaderEdits, RequestHead};

/// Decides about connections and requests. The proxy asks and obeys; it never decides by itself, and never learns.
pub trait Gate: Send + Sync + 'static {
    /// How to treat a connection to this host. `host` is lower case and without a trailing dot.
    fn treatment(&self, host: &str, port: u16) -> Treatment;

    /// Looks at the head of an intercepted request, before its body is read.
    fn triage(&self, head: &RequestHead, client: &Client) -> Triage;

    /// Rules on an intercepted request. Dropped unfinished when the client goes away.
    fn review(&self, request: Received, client: &Client) -> impl Future<Output = Ruling> + Send;

    /// The headers that every intercepted request to this host leaves with: asked for each one that is sent, whether it
    /// was judged, edited or passed unread.
    fn header_edits(&self, host: &str) -> HeaderEdits {
        let _ = host;
        HeaderEdits::default()
    }

    /// How to treat a connection whose CONNECT is tunnelled, and whose TLS hello names this other host. Asked again of both
    /// hosts while the tunnel is open.
    fn treatment_of_hello(&self, host: &str, port: u16) -> Treatment {
        self.treatment(host, port)
    }

    /// Says when what was said of hosts and heads may be otherwise now: what is open, and not judged, is asked about again.
    fn changes(&self) -> Changes {
        Changes::never()
    }
}

/// Tells whoever lets something pass unread that it may have to end.
#[derive(Clone)]
pub struct Changes(watch::Receiver<()>);

impl Changes {
    /// Those that this sender tells of.
    #[must_use]
    pub fn of(sender: &watch::Sender<()>) -> Self {
        Self(sender.subscribe())
    }

    fn never() -> Self {
        Self(watch::channel(()).1)
    }

    /// Lets something go on until it ends, or until it may not any more: false then.
    pub(crate) async fn run_while(&mut self, going: impl Future, may: impl Fn() -> bool) -> bool {
        let mut going = std::pin::pin!(going);
        loop {
            let changed = tokio::select! {
                biased;
                changed = self.0.changed() => changed,
                _ = &mut going => return true,
            };
            match changed {
                Ok(()) if may() => {}
                // Fails closed: what is to be judged now does not go on unread.
                Ok(()) => return false,
                Err(_) => {
                    // Nobody is left to tell of anything.
                    going.await;
                    return true;
                }
            }
        }
    }
}

/// The three ways to treat a connection.
#[derive(Clone, Debug)]
pub enum Treatment {
    /// Ended here with a leaf of the device's CA; every request is put before the gate.
    Intercept,
    /// Copied byte for byte; the client sees the site's own certificate.
    Tunnel,
    /// Answered with this, and nothing is sent.
    Refuse(LocalAnswer),
}

/// What to do with an intercepted request, by its head alone.
#[derive(Clone, Debug)]
pub enum Triage {
    /// Send it on as it comes, body unread. For WebSocket upgrades: relay the frames, unread.
    Pass,
    /// Collect the body, and have it [reviewed](Gate::review). For WebSocket upgrades: its messages too.
    Judge {
        /// The most body bytes to collect. A longer body is reviewed as far as it was read, and the rest waits.
        limit: usize,
    },
    /// Answer with this, and send nothing. For WebSocket upgrades: refuse.
    Answer(LocalAnswer),
}

/// A request whose body was collected for review. Holds what people typed: no `Debug`.
pub struct Received {
    /// The head.
    pub head: RequestHead,
    /// The body, transfer coding removed, content coding as sent.
    pub body: Bytes,
    /// False when the body is longer than the limit: `body` is its beginning, the rest is still to be read.
    pub complete: bool,
}

/// The ruling on a reviewed request.
pub enum Ruling {
    /// Send it.
    Forward(Forward),
    /// Answer with this, and send nothing.
    Answer(LocalAnswer),
    /// Answer with what the gate has asked of somebody else, and send nothing.
    Relay(Relay),
}

/// An answer with a body that the gate brings from elsewhere, as it comes. Holds what a model wrote: no `Debug`.
pub struct Relay {
    /// HTTP status, 200 to 599.
    pub status: u16,
    /// Headers, but for those that frame the body.
    pub headers: ::http::HeaderMap,
    /// The body. An error fails closed: the client sees an answer that broke off.
    pub body: Pin<Box<dyn Stream<Item = Result<Bytes, AnswerFailure>> + Send>>,
}

/// How to send a reviewed request.
#[derive(Default)]
pub struct Forward {
    /// The body to send.
    pub body: Body,
    /// A new path and query, starting with `/`.
    pub path_and_query: Option<String>,
    /// Sees the answer on its way back.
    pub answer: Option<Box<dyn AnswerFilter>>,
    /// Judges the messages of the WebSocket that this request opens. A request that opens one cannot be sent without.
    pub socket: Option<Arc<dyn SocketGate>>,
}

/// The body to send.
#[derive(Default)]
pub enum Body {
    /// What was received, byte for byte, and the rest of an incomplete one as it comes.
    #[default]
    Unchanged,
    /// This in place of it. An incomplete request cannot be sent so: the gate has not seen its rest.
    Replaced(Bytes),
}

/// Sees one answer in order, and writes what the client gets.
pub trait AnswerFilter: Send {
    /// The head of the final answer. Removing `content-length` announces a body of another length; leaving it promises
    /// the same. Other headers may be changed.
    fn begin(&mut self, status: u16, headers: &mut ::http::HeaderMap);

    /// Some bytes of the body. Appends to `out` what may go on now; the rest is held back, within bounds.
    ///
    /// # Errors
    /// Fails closed: the answer is cut off.
    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), AnswerFailure>;

    /// The end of the body. Appends all that was held back.
    ///
    /// # Errors
    /// Fails closed: the answer is cut off.
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), AnswerFailure>;
}

/// Judges what goes over one WebSocket. Comes with the ruling on its handshake, and lives as long as the socket.
pub trait SocketGate: Send + Sync + 'static {
    /// Rules on a message of the client. The next one is not read before this is over; dropped unfinished when the
    /// client goes away.
    fn review(self: Arc<Self>, message: SocketMessage) -> Pin<Box<dyn Future<Output = MessageRuling> + Send>>;

    /// Sees a message of the origin, and says what the client gets in its place; what is held back comes later.
    ///
    /// # Errors
    /// Fails closed: the socket is closed.
    fn answer(&self, message: SocketMessage) -> Result<Vec<SocketMessage>, AnswerFailure>;

    /// True while something is held back that waits for what the origin says next.
    fn holds(&self) -> bool;

    /// The origin has said nothing for a while: gives what was held back, decided by what is there. It may say more.
    ///
    /// # Errors
    /// As [`SocketGate::answer`].
    fn settle(&self) -> Result<Vec<SocketMessage>, AnswerFailure>;

    /// The origin says no more: gives all that was held back.
    ///
    /// # Errors
    /// As [`SocketGate::answer`].
    fn finish(&self) -> Result<Vec<SocketMessage>, AnswerFailure>;
}

/// A message of a WebSocket, whole and unmasked. Holds what people typed: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct SocketMessage {
    is_text: bool,
    content: Bytes,
}

impl SocketMessage {
    /// A text message.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::checked_text(Bytes::from(text.into()))
    }

    /// A binary message.
    #[must_use]
    pub fn binary(content: impl Into<Bytes>) -> Self {
        Self {
            is_text: false,
            content: content.into(),
        }
    }

    /// A text that is known to be UTF-8.
    pub(crate) fn checked_text(content: Bytes) -> Self {
        Self { is_text: true, content }
    }

    /// True for a text message; its content is UTF-8.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.is_text
    }

    /// The text of a text message.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.content).ok().filter(|_| self.is_text)
    }

    /// The bytes.
    #[must_use]
    pub fn content(&self) -> &Bytes {
        &self.content
    }
}

/// The ruling on a message of a WebSocket.
pub enum MessageRuling {
    /// Send it, or this in its place.
    Forward(Option<SocketMessage>),
    /// Send nothing, and give these to the client.
    Answer(Vec<SocketMessage>),
    /// Send nothing, and close the socket.
    Close {
        /// RFC 6455, 7.4; for policy, 1008.
        code: u16,
        /// For the client alone; at most 123 bytes are sent.
        reason: String,
    },
}

/// The answer cannot be passed on. Carries no text: the gate has already recorded why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer was withheld by the gate")]
pub struct AnswerFailure;

/// An answer made on this machine.
#[derive(Clone, PartialEq, Eq)]
pub struct LocalAnswer {
    /// HTTP status, 200 to 599.
    pub status: u16,
    /// Headers; `content-length` is added.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
    /// Close the connection afterwards (HTTP/1 only).
    pub close: bool,
}

impl LocalAnswer {
    /// An answer in plain text.
    #[must_use]
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        Self {
            status,
            headers: vec![("content-type".into(), "text/plain; charset=utf-8".into())],
            body: Bytes::from(text.into()),
            close: false,
        }
    }

    /// The same, closing the connection afterwards.
    #[must_use]
    pub fn closing(mut self) -> Self {
        self.close = true;
        self
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// A block page may carry text of the gate's choosing: only the status is shown.
impl std::fmt::Debug for LocalAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalAnswer")
            .field("status", &self.status)
            .field("close", &self.close)
            .finish_non_exhaustive()
    }
}
