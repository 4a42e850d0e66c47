//! One HTTP/1.1 connection of a client: reads a head, has it cleared, exchanges, and again.

use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::body::{BodyReader, Framing, write_chunk, write_last_chunk};
use super::collect::{Uncollected, collect};
use super::exchange::{Ended, Failed, Fault, Scratch, Sending, Terms, exchange};
use super::head::{HeadEnd, HeadError};
use super::write::relayed_head;
use super::{Head, Origin, local_answer};
use crate::gate::{Changes, Gate, Relay};
use crate::head::Form;
use crate::http::{Cleared, Instead, Treated, Triaged, no_room, passes, review, treat, triage};
use crate::io::{Buffer, Io};
use crate::lifeline::{Lifeline, Over};
use crate::listener::Shared;
use crate::room::Share;
use crate::tunnel;
use crate::upstream::pool;
use crate::websocket::bridge;
use crate::{Client, ConnectError, LocalAnswer, RequestHead, Upstream};

/// One side of an exchange.
pub(crate) struct Leg<S> {
    pub(crate) io: S,
    pub(crate) input: Buffer,
    pub(super) unflushed: bool,
    /// Seconds the other side keeps an unused connection.
    pub(crate) keeps_for: Option<u64>,
    /// The other side has tied a login to this connection: it is nobody else's.
    pub(crate) bound: bool,
}

impl<S> Leg<S> {
    pub(crate) fn new(io: S) -> Self {
        Self {
            io,
            input: Buffer::default(),
            unflushed: false,
            keeps_for: None,
            bound: false,
        }
    }
}

/// How long an upstream connection stays with a client that has stopped asking.
const ATTACHED_FOR: Duration = Duration::from_secs(1);

/// Serves a connection to its end. `pinned`: an intercepted connection, all of whose requests go to `origin`;
/// otherwise each request is in absolute form and names its own. `failed`: the origin could not be reached when the
/// client's TLS began; the first request is told so.
pub(crate) async fn serve<G: Gate, U: Upstream, C: Io>(
    shared: &Arc<Shared<G, U>>,
    leg: Leg<C>,
    origin: Arc<Origin>,
    pinned: bool,
    client: &Client,
    lifeline: Lifeline,
    failed: Option<ConnectError>,
) {
    let mut connection = Connection {
        shared,
        leg,
        pinned,
        client,
        lifeline,
        failed,
        head: Arc::new(Head::new(origin)),
        scratch: Scratch::default(),
        share: shared.room.share(),
        changes: shared.gate.changes(),
        attached: None,
    };
    let mut first = true;
    while let Next::Again = connection.turn(first).await {
        first = false;
    }
    connection.detach();
}

enum Next {
    Again,
    End,
}

struct Connection<'a, G: Gate, U: Upstream, C> {
    shared: &'a Arc<Shared<G, U>>,
    leg: Leg<C>,
    pinned: bool,
    client: &'a Client,
    lifeline: Lifeline,
    failed: Option<ConnectError>,
    head: Arc<Head>,
    scratch: Scratch,
    share: Share,
    /// From before the gate was asked: what changes meanwhile is not missed.
    changes: Changes,
    /// The upstream connection of the last request, and where it leads.
    attached: Option<(Arc<Origin>, Leg<U::Stream>)>,
}

impl<G: Gate, U: Upstream, C: Io> Connection<'_, G, U, C> {
    /// One request.
    async fn turn(&mut self, first: bool) -> Next {
        let length = match self.await_head(first).await {
            Ok(Some(length)) => length,
            Ok(None) => return self.close(false).await,
            Err(error) => return self.refuse(error.answer()).await,
        };
        if Arc::get_mut(&mut self.head).is_none() {
            self.head = Arc::new(Head::new(self.head.origin().clone()));
        }
        let Some(head) = Arc::get_mut(&mut self.head) else {
            return Next::End;
        };
        let parsed = head.parse(
            &self.leg.input.filled()[..length],
            self.shared.limits.head_fields,
            self.pinned,
        );
        self.leg.input.consume(length);
        if let Err(error) = parsed {
            return self.refuse(error.answer()).await;
        }
        let head = self.head.clone();
        let mut reader = BodyReader::new(head.framing);
        let mut request = RequestHead(Form::Http1(head.clone()));
        if !self.pinned {
            match self.treat(request) {
                Treated::Judge(same) => request = same,
                Treated::Cleared(cleared) => return self.send(cleared, &head, &mut reader, false).await,
                Treated::Refuse(answer) => return self.answer(answer, &head, &mut reader).await,
            }
        }
        let triaged = triage(&*self.shared.gate, request, self.client);
        let (cleared, continued) = match triaged {
            Triaged::Cleared(cleared) => (cleared, false),
            Triaged::Answer(answer) => return self.answer(answer, &head, &mut reader).await,
            Triaged::Judge { head: request, limit } => match self.judge(&head, request, &mut reader, limit).await {
                Ok(judged) => judged,
                Err(Some(Instead::Answer(answer))) => return self.answer(answer, &head, &mut reader).await,
                Err(Some(Instead::Relay(relay))) => return self.relay(relay, &head, &mut reader).await,
                Err(None) => return Next::End,
            },
        };
        self.send(cleared, &head, &mut reader, continued).await
    }

    /// Waits for a whole head; `None` when the client is done.
    async fn await_head(&mut self, first: bool) -> Result<Option<usize>, HeadError> {
        let limits = &self.shared.limits;
        let mut end = HeadEnd::default();
        let mut idle = self.leg.input.is_empty();
        if idle {
            self.leg.input.calm();
            self.lifeline
                .allow(if first { limits.request_head } else { ATTACHED_FOR });
        }
        let mut detached = first;
        let mut timed = idle;
        loop {
            if let Some(length) = end.find(self.leg.input.filled(), limits.head_bytes)? {
                return Ok(Some(length));
            }
            if !idle && !timed {
                self.lifeline.allow(limits.request_head);
                timed = true;
            }
            let (leg, lifeline) = (&mut self.leg, &mut self.lifeline);
            let filled = std::future::poll_fn(|cx| match leg.input.poll_fill(cx, &mut leg.io) {
                Poll::Ready(read) => Poll::Ready(Ok(read.unwrap_or(0))),
                Poll::Pending if idle => lifeline.poll_idle(cx).map(Err),
                Poll::Pending => lifeline.poll_time(cx).map(|()| Err(Over::TimedOut)),
            });
            match filled.await {
                Ok(0) | Err(Over::Ending) => return Ok(None),
                Ok(_) => {
                    timed &= !idle;
                    idle = false;
                }
                Err(Over::TimedOut) if idle && !detached => {
                    self.detach();
                    self.scratch.release();
                    detached = true;
                    self.lifeline.allow(self.shared.limits.idle_client);
                }
                Err(Over::TimedOut) => return Ok(None),
            }
        }
    }

    /// Collects the body and asks for the ruling.
    async fn judge(
        &mut self,
        head: &Head,
        request: RequestHead,
        reader: &mut BodyReader,
        limit: usize,
    ) -> Result<(Cleared, bool), Option<Instead>> {
        let pause = self.shared.limits.idle_exchange;
        let time = (&mut self.lifeline, pause);
        let collected = collect(&mut self.leg, head, reader, limit, self.share.hold(), time).await;
        let (collected, continued) = collected.map_err(|why| match why {
            Uncollected::Chunks => Some(HeadError::Framing.answer().into()),
            Uncollected::TimedOut => {
                let answer = LocalAnswer::text(408, "Weir waited too long for this request.\n");
                Some(answer.closing().into())
            }
            Uncollected::NoRoom => Some(no_room().closing().into()),
            Uncollected::Gone => None,
        })?;
        let complete = collected.complete;
        let reviewed = review(&*self.shared.gate, request, collected, self.client);
        // A ruling is waited for only as long as somebody wants it.
        let (leg, mut reviewed) = (&mut self.leg, std::pin::pin!(reviewed));
        let ruling = std::future::poll_fn(|cx| {
            if let Poll::Ready(ruling) = reviewed.as_mut().poll(cx) {
                return Poll::Ready(Some(ruling));
            }
            if !complete || !leg.input.is_empty() {
                return Poll::Pending;
            }
            match leg.input.poll_fill(cx, &mut leg.io) {
                Poll::Ready(Ok(0) | Err(_)) => Poll::Ready(None),
                Poll::Ready(Ok(_)) | Poll::Pending => Poll::Pending,
            }
        });
        match ruling.await {
            Some(Ok(cleared)) => Ok((cleared, continued)),
            Some(Err(instead)) => Err(Some(instead)),
            None => Err(None),
        }
    }

    /// Sends a cleared request, and passes the answer on.
    async fn send(&mut self, mut cleared: Cleared, head: &Arc<Head>, reader: &mut BodyReader, continued: bool) -> Next {
        let repeatable = cleared.may_be_repeated(head.framing == Framing::Empty);
        let mut fresh = false;
        loop {
            let mut upstream = match self.upstream(head.origin(), fresh).await {
                Ok(upstream) => upstream,
                Err(error) => {
                    let answer = error.answer(head.host(), head.port());
                    return self.answer(answer, head, reader).await;
                }
            };
            let terms = Terms {
                limits: &self.shared.limits,
                strip_alt_svc: head.scheme() == "https",
                continued,
            };
            let sending = Sending {
                cleared: &mut cleared,
                head,
                rest: reader,
            };
            let ended = exchange(
                &mut self.leg,
                &mut upstream.0,
                sending,
                &mut self.scratch,
                &mut self.lifeline,
                &terms,
            );
            match ended.await {
                Ok(Ended::Answered {
                    client_kept,
                    upstream_kept,
                }) => {
                    if upstream_kept {
                        upstream.0.input.calm();
                        self.attached = Some((head.origin().clone(), upstream.0));
                    }
                    return self.after_answer(client_kept, reader).await;
                }
                Ok(Ended::Upgraded) => return self.upgraded(upstream.0, &mut cleared).await,
                Err(Failed {
                    begun: false,
                    why: Fault::Unanswered,
                }) if upstream.1 && repeatable && !fresh => {
                    // The origin closed its idle connection while we wrote: nothing was lost, and nothing learned.
                    fresh = true;
                }
                Err(failed) => return self.failed(&failed, head, reader).await,
            }
        }
    }

    async fn after_answer(&mut self, client_kept: bool, reader: &BodyReader) -> Next {
        if client_kept && !self.lifeline.is_ending() {
            return Next::Again;
        }
        self.close(!reader.is_done()).await
    }

    /// The upstream connection to send on, and whether it was used before.
    async fn upstream(&mut self, origin: &Arc<Origin>, fresh: bool) -> Result<(Leg<U::Stream>, bool), ConnectError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if let Some((leads_to, leg)) = self.attached.take()
            && !fresh
            && leads_to == *origin
            && let Some(leg) = pool::still_open(leg)
        {
            return Ok((leg, true));
        }
        if !fresh && let Some(leg) = self.shared.take_http1(origin) {
            return Ok((leg, true));
        }
        Ok((Leg::new(self.shared.connect_http1(origin).await?), false))
    }

    /// Gives the upstream connection back for others.
    fn detach(&mut self) {
        if let Some((origin, leg)) = self.attached.take() {
            self.shared.give_http1(&origin, leg);
        }
    }

    /// The connection is a WebSocket from here on.
    async fn upgraded(&mut self, mut upstream: Leg<U::Stream>, cleared: &mut Cleared) -> Next {
        self.scratch.release();
        let Some(gate) = cleared.take_socket_gate() else {
            // Unjudged: it ends when one side ends it, the proxy does, or the gate would judge it now.
            let head = cleared.head().clone();
            let may = || passes(&*self.shared.gate, &head, self.client);
            let relayed = tunnel::relay(&mut self.leg, &mut upstream);
            if !self.changes.run_while(relayed, may).await {
                tracing::info!("a socket passes unread no more, and was closed");
            }
            return Next::End;
        };
        let limits = &self.shared.limits;
        bridge(&mut self.leg, &mut upstream, gate, &mut self.lifeline, limits).await;
        self.close(true).await
    }

    async fn failed(&mut self, failed: &Failed, head: &Head, reader: &mut BodyReader) -> Next {
        let text = match failed.why {
            // Whatever is half sent must not look whole: the connection ends without a proper close.
            _ if failed.begun => return Next::End,
            Fault::Client => return Next::End,
            Fault::Chunks => return self.refuse(HeadError::Framing.answer()).await,
            Fault::TimedOut => (504, "did not answer in time", "http_response_timeout"),
            Fault::Unanswered => (502, "closed the connection without an answer", "connection_terminated"),
            Fault::Upstream => (502, "broke off", "http_response_incomplete"),
            Fault::Malformed => (502, "sent a malformed answer", "http_protocol_error"),
            Fault::Withheld => (502, "sent an answer that the gate withheld", "http_response_incomplete"),
            Fault::Extension => (
                502,
                "changed the WebSocket in a way nobody asked for",
                "http_protocol_error",
            ),
        };
        let (status, what, token) = text;
        let answer = LocalAnswer::text(status, format!("Weir: {}:{} {what}.\n", head.host(), head.port()))
            .with_header("proxy-status", format!("weir; error={token}"));
        self.answer(answer, head, reader).await
    }

    /// Answers from here. The connection goes on when the request was read in full.
    async fn answer(&mut self, answer: LocalAnswer, head: &Head, reader: &mut BodyReader) -> Next {
        self.skip_body(head, reader);
        let close = answer.close || !reader.is_done() || !head.keeps_alive() || self.lifeline.is_ending();
        let mut out = Vec::with_capacity(512 + answer.body.len());
        local_answer(&mut out, &answer, close, head.method() == "HEAD");
        self.end_answer(&out, close, reader).await
    }

    /// Writes the last of an answer from here.
    async fn end_answer(&mut self, last: &[u8], close: bool, reader: &BodyReader) -> Next {
        if self.write(last).await.is_err() {
            return Next::End;
        }
        if close {
            self.close(!reader.is_done()).await
        } else {
            Next::Again
        }
    }

    /// Passes on an answer from elsewhere, each piece when it comes.
    async fn relay(&mut self, mut relay: Relay, head: &Head, reader: &mut BodyReader) -> Next {
        self.skip_body(head, reader);
        let chunked = !head.is_http10();
        let close = !chunked || !reader.is_done() || !head.keeps_alive() || self.lifeline.is_ending();
        let mut out = Vec::with_capacity(1024);
        relayed_head(&mut out, &relay, chunked, close);
        loop {
            if self.write(&out).await.is_err() {
                return Next::End;
            }
            out.clear();
            match self.next_piece(&mut relay).await {
                Some(Some(piece)) if chunked => write_chunk(&mut out, &piece),
                Some(Some(piece)) => out.extend_from_slice(&piece),
                Some(None) => break,
                // Whatever is half sent must not look whole: the connection ends without a proper close.
                None => return Next::End,
            }
        }
        if chunked {
            write_last_chunk(&mut out, &[]);
        }
        self.end_answer(&out, close, reader).await
    }

    /// The next piece of an answer from elsewhere: `Some(None)` at its end; `None` when it broke off, when nothing came for
    /// too long, or when the client has gone away.
    async fn next_piece(&mut self, relay: &mut Relay) -> Option<Option<Bytes>> {
        self.lifeline.allow(self.shared.limits.idle_exchange);
        let (leg, lifeline) = (&mut self.leg, &mut self.lifeline);
        std::future::poll_fn(|cx| {
            if let Poll::Ready(piece) = relay.body.as_mut().poll_next(cx) {
                return Poll::Ready(piece.transpose().ok());
            }
            if leg.input.is_empty() && matches!(leg.input.poll_fill(cx, &mut leg.io), Poll::Ready(Ok(0) | Err(_))) {
                return Poll::Ready(None);
            }
            lifeline.poll_time(cx).map(|()| None)
        })
        .await
    }

    /// Takes what is already here of a body nobody wants. A client that waits for `100 Continue` has sent none.
    fn skip_body(&mut self, head: &Head, reader: &mut BodyReader) {
        if !head.expects_continue
            && let Ok(taken) = reader.scan(self.leg.input.filled())
        {
            self.leg.input.consume(taken);
        }
    }

    /// Answers what cannot be read as a request, and ends.
    async fn refuse(&mut self, answer: LocalAnswer) -> Next {
        let mut out = Vec::with_capacity(512);
        local_answer(&mut out, &answer, true, false);
        if self.write(&out).await.is_err() {
            return Next::End;
        }
        self.close(true).await
    }

    async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let writing = async {
            self.leg.io.write_all(bytes).await?;
            self.leg.io.flush().await
        };
        tokio::time::timeout(self.shared.limits.idle_exchange, writing).await?
    }

    async fn close(&mut self, unread: bool) -> Next {
        close(&mut self.leg.io, unread).await;
        Next::End
    }

    /// A request that came without a tunnel.
    fn treat(&self, request: RequestHead) -> Treated {
        let Form::Http1(head) = &request.0 else {
            return Treated::Refuse(HeadError::Malformed.answer());
        };
        if !head.absolute || head.scheme() != "http" {
            return Treated::Refuse(HeadError::Malformed.answer());
        }
        if self.shared.is_own_address(head.host(), head.port()) {
            return Treated::Refuse(ConnectError::Loop.answer(head.host(), head.port()).closing());
        }
        treat(&*self.shared.gate, request)
    }
}

/// Ends a connection so that the client can read the last answer: while it still sends, closing at once would reset the
/// connection and throw the answer away.
pub(crate) async fn close<S: AsyncRead + AsyncWrite + Unpin>(io: &mut S, unread: bool) {
    const PATIENCE: Duration = Duration::from_secs(2);
    let closing = async {
        if io.shutdown().await.is_ok() && unread {
            let mut sink = vec![0; 16 * 1024];
            while matches!(io.read(&mut sink).await, Ok(1..)) {}
        }
    };
    let _ = tokio::time::timeout(PATIENCE, closing).await;
}
