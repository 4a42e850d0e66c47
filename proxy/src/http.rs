//! From a request to the right to send it. Start reading here.
//!
//! Promise P1 lives in this file: [`Cleared`] has private fields and is made by [`triage`] and [`review`] alone, after
//! the gate said so; the upstream legs (`h1/exchange.rs`, `h2/exchange.rs`) send nothing else.

use std::sync::Arc;

use bytes::Bytes;

use crate::gate::{AnswerFilter, Body, Forward, Gate, LocalAnswer, Received, Relay, Ruling, SocketGate, Triage};
use crate::header_edits::Edits;
use crate::room::Held;
use crate::{Client, RequestHead, Treatment, websocket};

/// A request that may leave this machine.
pub struct Cleared {
    head: RequestHead,
    body: ClearedBody,
    path_and_query: Option<String>,
    answer: Option<Box<dyn AnswerFilter>>,
    socket: Option<Arc<dyn SocketGate>>,
    headers: Option<Edits>,
    /// Room for what the gate has seen.
    held: Option<Held>,
}

/// The body of a cleared request.
pub(crate) enum ClearedBody {
    /// As it comes, unread.
    Streamed,
    /// What the gate has seen; with `and_rest`, followed by what comes after it.
    Seen { content: Bytes, and_rest: bool },
    /// What the gate put in its place.
    Replaced(Bytes),
}

/// A body as far as it was read, in the room it takes.
pub(crate) struct Collected {
    pub(crate) content: Bytes,
    pub(crate) complete: bool,
    pub(crate) held: Held,
}

/// What the gate said to a head.
pub(crate) enum Triaged {
    Cleared(Cleared),
    Judge { head: RequestHead, limit: usize },
    Answer(LocalAnswer),
}

/// What a client gets that did not come from the origin it asked.
pub(crate) enum Instead {
    Answer(LocalAnswer),
    Relay(Relay),
}

impl From<LocalAnswer> for Instead {
    fn from(answer: LocalAnswer) -> Self {
        Self::Answer(answer)
    }
}

/// What policy says to a request in absolute form, whose host is known from its head alone.
pub(crate) enum Treated {
    /// Governed: goes to [`triage`].
    Judge(RequestHead),
    /// Policy does not name its host.
    Cleared(Cleared),
    Refuse(LocalAnswer),
}

/// Asks the gate how to treat a request that came without a tunnel.
pub(crate) fn treat<G: Gate>(gate: &G, head: RequestHead) -> Treated {
    match gate.treatment(head.host(), head.port()) {
        Treatment::Intercept => Treated::Judge(head),
        Treatment::Tunnel => Treated::Cleared(Cleared::streamed(head, None)),
        Treatment::Refuse(answer) => Treated::Refuse(answer),
    }
}

/// Asks the gate again about a head that it let pass, and what it opened.
pub(crate) fn passes<G: Gate>(gate: &G, head: &RequestHead, client: &Client) -> bool {
    match gate.treatment_of_hello(head.host(), head.port()) {
        Treatment::Tunnel => true,
        Treatment::Intercept => matches!(gate.triage(head, client), Triage::Pass),
        Treatment::Refuse(_) => false,
    }
}

/// Asks the gate about a head.
pub(crate) fn triage<G: Gate>(gate: &G, head: RequestHead, client: &Client) -> Triaged {
    match gate.triage(&head, client) {
        Triage::Pass => match header_edits(gate, &head) {
            Ok(headers) => Triaged::Cleared(Cleared::streamed(head, headers)),
            Err(answer) => Triaged::Answer(answer),
        },
        Triage::Judge { limit } => Triaged::Judge { head, limit },
        Triage::Answer(answer) => Triaged::Answer(answer),
    }
}

/// Asks the gate about a request with its body.
pub(crate) async fn review<G: Gate>(
    gate: &G,
    head: RequestHead,
    Collected {
        content,
        complete,
        held,
    }: Collected,
    client: &Client,
) -> Result<Cleared, Instead> {
    let opens_socket = head.upgrade().is_some();
    if opens_socket && (!content.is_empty() || !complete || !is_readable_socket(&head)) {
        return Err(unreadable_socket().into());
    }
    let received = Received {
        head: head.clone(),
        body: content.clone(),
        complete,
    };
    let Forward {
        body,
        path_and_query,
        answer,
        socket,
    } = match gate.review(received, client).await {
        Ruling::Forward(forward) => forward,
        Ruling::Answer(answer) => return Err(answer.into()),
        Ruling::Relay(relay) if has_body(&head, &relay) => return Err(Instead::Relay(relay)),
        Ruling::Relay(_) => return Err(contradiction().into()),
    };
    let body = match body {
        Body::Unchanged => ClearedBody::Seen {
            content,
            and_rest: !complete,
        },
        Body::Replaced(bytes) if complete => ClearedBody::Replaced(bytes),
        // Fails closed: the gate has not seen what would be cut off or added.
        Body::Replaced(_) => return Err(contradiction().into()),
    };
    if path_and_query.as_deref().is_some_and(|path| !is_path_and_query(path)) {
        return Err(contradiction().into());
    }
    if opens_socket != socket.is_some() {
        // Fails closed: a socket whose messages nobody judges.
        return Err(contradiction().into());
    }
    Ok(Cleared {
        headers: header_edits(gate, &head)?,
        held: Some(held),
        head,
        body,
        path_and_query,
        answer,
        socket,
    })
}

/// Some answers have none (RFC 9110, 6.4.1), and bytes after them would be taken for the next answer.
fn has_body(head: &RequestHead, relay: &Relay) -> bool {
    head.method() != "HEAD" && !matches!(relay.status, 100..=199 | 204 | 304)
}

/// Fails closed: a request that should carry a header and cannot is not sent.
fn header_edits<G: Gate>(gate: &G, head: &RequestHead) -> Result<Option<Edits>, LocalAnswer> {
    Edits::new(gate.header_edits(head.host())).map_err(|_| contradiction())
}

impl Cleared {
    /// Private: the gate has let it pass.
    fn streamed(head: RequestHead, headers: Option<Edits>) -> Self {
        Self {
            head,
            headers,
            held: None,
            body: ClearedBody::Streamed,
            path_and_query: None,
            answer: None,
            socket: None,
        }
    }

    /// The head, as received.
    #[must_use]
    pub fn head(&self) -> &RequestHead {
        &self.head
    }

    pub(crate) fn body(&self) -> &ClearedBody {
        &self.body
    }

    pub(crate) fn path_and_query(&self) -> Option<&str> {
        self.path_and_query.as_deref()
    }

    /// The gate's own headers.
    pub(crate) fn headers(&self) -> Option<&Edits> {
        self.headers.as_ref()
    }

    /// True where trailers may leave: the gate wants to see nothing, and sets no header that a trailer could repeat.
    pub(crate) fn passes_trailers(&self) -> bool {
        matches!(self.body, ClearedBody::Streamed) && self.headers.is_none()
    }

    /// The room of its body, for whoever takes the body out.
    pub(crate) fn take_room(&mut self) -> Option<Held> {
        self.held.take()
    }

    pub(crate) fn take_answer_filter(&mut self) -> Option<Box<dyn AnswerFilter>> {
        self.answer.take()
    }

    /// True when the messages of the WebSocket that this request opens are judged.
    pub(crate) fn judges_socket(&self) -> bool {
        self.socket.is_some()
    }

    pub(crate) fn take_socket_gate(&mut self) -> Option<Arc<dyn SocketGate>> {
        self.socket.take()
    }

    pub(crate) fn into_head(self) -> (RequestHead, Option<Edits>) {
        (self.head, self.headers)
    }

    /// True when sending it twice is the same as once, and all of it is at hand (RFC 9110, 9.2.2).
    pub(crate) fn may_be_repeated(&self, body_is_empty: bool) -> bool {
        let idempotent = matches!(
            self.head.method(),
            "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE" | "TRACE"
        );
        let at_hand = match &self.body {
            ClearedBody::Streamed => body_is_empty,
            ClearedBody::Seen { and_rest, .. } => !and_rest,
            ClearedBody::Replaced(_) => true,
        };
        idempotent && at_hand && self.head.upgrade().is_none()
    }
}

/// The gate ruled what cannot be carried out: an error of ours, so nothing is sent.
fn contradiction() -> LocalAnswer {
    tracing::error!("the ruling cannot be carried out; the request was refused");
    LocalAnswer::text(
        500,
        "Weir could not carry out the ruling on this request, and did not send it.\n",
    )
    .with_header("proxy-status", "weir; error=proxy_internal_error")
}

/// Others wait for the gate, or are on their way, with all the room there is. Nothing is sent: it fails closed.
pub(crate) fn no_room() -> LocalAnswer {
    tracing::warn!("more is waiting to be judged than there is room for; a request was refused");
    LocalAnswer::text(
        503,
        "Weir has too much to judge just now, and did not send this request. Try again in a minute.\n",
    )
    .with_header("retry-after", "60")
    .with_header("proxy-status", "weir; error=proxy_internal_response")
}

/// Frames of other versions cannot be read, so they cannot be judged.
fn is_readable_socket(head: &RequestHead) -> bool {
    head.header("sec-websocket-version") == Some(websocket::VERSION)
}

fn unreadable_socket() -> LocalAnswer {
    LocalAnswer::text(
        426,
        "Weir reads WebSockets of version 13 only, opened by a request without a body.\n",
    )
    .with_header("sec-websocket-version", "13")
    .with_header("proxy-status", "weir; error=http_request_error")
    .closing()
}

fn is_path_and_query(text: &str) -> bool {
    text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
}
