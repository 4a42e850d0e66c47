//! One stream: clears the request, sends it, and passes the answer on, with the origin's pace coupled to the client's.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use h2::client::ResponseFuture;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::header::{ALT_SVC, CONTENT_LENGTH, HOST};
use http::{HeaderValue, Method, Request, Response, StatusCode, Version};

use super::Head;
use super::port::{Failure, Port};
use crate::gate::{AnswerFailure, AnswerFilter, Gate, LocalAnswer, Relay};
use crate::h1::Origin;
use crate::h1::head::split_authority;
use crate::h1::write::{good_field, is_ours};
use crate::head::Form;
use crate::http::{Cleared, ClearedBody, Collected, Instead, Triaged, no_room, review, triage};
use crate::listener::Shared;
use crate::room::{Held, Share};
use crate::{Client, RequestHead, Upstream};

/// What the streams of a connection have in common.
pub(super) struct Around<'a, G: Gate, U: Upstream> {
    pub(super) shared: &'a Arc<Shared<G, U>>,
    pub(super) origin: &'a Arc<Origin>,
    pub(super) client: &'a Client,
    pub(super) port: &'a Port,
    pub(super) share: &'a Share,
}

impl<G: Gate, U: Upstream> Clone for Around<'_, G, U> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<G: Gate, U: Upstream> Copy for Around<'_, G, U> {}

/// Why a stream ends without its answer.
enum Stop {
    /// Reset it.
    Reset(Reason),
    /// Answer it from here.
    Answer(LocalAnswer),
    /// Answer it with what comes from elsewhere.
    Relay(Relay),
}

impl From<Instead> for Stop {
    fn from(instead: Instead) -> Self {
        match instead {
            Instead::Answer(answer) => Self::Answer(answer),
            Instead::Relay(relay) => Self::Relay(relay),
        }
    }
}

impl From<LocalAnswer> for Stop {
    fn from(answer: LocalAnswer) -> Self {
        Self::Answer(answer)
    }
}

impl From<h2::Error> for Stop {
    fn from(error: h2::Error) -> Self {
        Self::Reset(error.reason().unwrap_or(Reason::INTERNAL_ERROR))
    }
}

/// Serves one stream to its end.
pub(super) async fn exchange<G: Gate, U: Upstream>(
    around: Around<'_, G, U>,
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
) {
    let (parts, mut body) = request.into_parts();
    let stopped = match clear(around, parts, &mut body, &mut respond).await {
        Ok(cleared) => send(around, cleared, &mut body, &mut respond).await,
        Err(stop) => Err(stop),
    };
    let answered = match stopped {
        Ok(()) => Ok(()),
        Err(Stop::Reset(reason)) => Err(reason),
        Err(Stop::Answer(answer)) => answer_here(&mut respond, answer)
            .await
            .map_err(|_| Reason::INTERNAL_ERROR),
        Err(Stop::Relay(relay)) => pass_on(&mut respond, relay).await.map_err(|stop| match stop {
            Stop::Reset(reason) => reason,
            Stop::Answer(_) | Stop::Relay(_) => Reason::INTERNAL_ERROR,
        }),
    };
    if let Err(reason) = answered {
        respond.send_reset(reason);
    }
}

/// Puts the request before the gate.
async fn clear<G: Gate, U: Upstream>(
    around: Around<'_, G, U>,
    parts: http::request::Parts,
    body: &mut RecvStream,
    respond: &mut SendResponse<Bytes>,
) -> Result<Cleared, Stop> {
    let head = read_head(around.origin, parts)?;
    let expects = head.parts.headers.contains_key(http::header::EXPECT);
    let gate = &*around.shared.gate;
    let head = RequestHead(Form::Http2(Arc::new(head)));
    match triage(gate, head, around.client) {
        Triaged::Cleared(cleared) => Ok(cleared),
        Triaged::Answer(answer) => Err(Stop::Answer(answer)),
        Triaged::Judge { head, limit } => {
            if expects && !body.is_end_stream() {
                let go_on = Response::builder()
                    .status(StatusCode::CONTINUE)
                    .body(())
                    .unwrap_or_default();
                let _ = respond.send_informational(go_on);
            }
            // Boxed, so that the size of the gate's future is not moved and kept with every stream that passes.
            Box::pin(judge(around, head, body, limit, respond)).await
        }
    }
}

async fn judge<G: Gate, U: Upstream>(
    around: Around<'_, G, U>,
    head: RequestHead,
    body: &mut RecvStream,
    limit: usize,
    respond: &mut SendResponse<Bytes>,
) -> Result<Cleared, Stop> {
    let mut held = around.share.hold();
    held.cover(announced(&head).min(limit)).await.map_err(|_| no_room())?;
    let collected = collect(body, limit, held).await?;
    let mut reviewing = std::pin::pin!(review(&*around.shared.gate, head, collected, around.client));
    // A ruling is waited for only as long as somebody wants it.
    let ruling = poll_fn(|cx| match reviewing.as_mut().poll(cx) {
        Poll::Ready(ruling) => Poll::Ready(Ok(ruling)),
        Poll::Pending => match respond.poll_reset(cx) {
            Poll::Ready(_) => Poll::Ready(Err(Stop::Reset(Reason::CANCEL))),
            Poll::Pending => Poll::Pending,
        },
    });
    ruling.await?.map_err(Stop::from)
}

/// Bytes that the body is said to have; 0 where nothing is said.
fn announced(head: &RequestHead) -> usize {
    let length = head.header("content-length").map(std::str::from_utf8);
    length.and_then(|length| length.ok()?.parse().ok()).unwrap_or(0)
}

/// The request must name the host its connection was made for.
fn read_head(origin: &Arc<Origin>, mut parts: http::request::Parts) -> Result<Head, Stop> {
    // An extended CONNECT (RFC 8441) as well: it was not offered.
    if parts.method == Method::CONNECT {
        return Err(Stop::Answer(LocalAnswer::text(
            405,
            "Weir makes no tunnels inside a tunnel.\n",
        )));
    }
    let same = |authority: &[u8]| {
        split_authority(authority, 443).is_some_and(|(name, port)| {
            name.strip_suffix(b".")
                .unwrap_or(name)
                .eq_ignore_ascii_case(origin.host.as_bytes())
                && port == origin.port
        })
    };
    let authority = parts
        .uri
        .authority()
        .map(|authority| same(authority.as_str().as_bytes()));
    let mut hosts = parts.headers.get_all(HOST).iter().map(|host| same(host.as_bytes()));
    let named = match (authority, hosts.next()) {
        (Some(one), Some(other)) => one && other,
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => false,
    };
    if !named || hosts.next().is_some() {
        return Err(Stop::Answer(LocalAnswer::text(
            421,
            "Weir: the request names another host than its connection.\n",
        )));
    }
    drop(hosts);
    parts.headers.remove("proxy-authorization");
    Ok(Head {
        parts,
        origin: origin.clone(),
    })
}

/// Collects a body within its limit; what does not fit stays with the client, held by flow control, and so does what there is no
/// room for.
async fn collect(body: &mut RecvStream, limit: usize, mut held: Held) -> Result<Collected, Stop> {
    let mut content = Bytes::new();
    let mut larger = BytesMut::new();
    loop {
        if body.is_end_stream() {
            break;
        }
        let Some(chunk) = body.data().await else { break };
        let chunk = chunk?;
        held.cover(content.len() + larger.len() + chunk.len())
            .await
            .map_err(|_| no_room())?;
        let _ = body.flow_control().release_capacity(chunk.len());
        if content.is_empty() && larger.is_empty() {
            content = chunk;
        } else {
            if larger.is_empty() {
                larger.extend_from_slice(&std::mem::take(&mut content));
            }
            larger.extend_from_slice(&chunk);
        }
        if content.len() + larger.len() > limit && !body.is_end_stream() {
            let content = if larger.is_empty() { content } else { larger.freeze() };
            return Ok(Collected {
                content,
                complete: false,
                held,
            });
        }
    }
    if !body.is_end_stream() {
        // Read and dropped: the gate sees no trailers, so none of them leave.
        body.trailers().await?;
    }
    let content = if larger.is_empty() { content } else { larger.freeze() };
    Ok(Collected {
        content,
        complete: true,
        held,
    })
}

/// Sends a cleared request; once more on a new connection when the first one took none of it.
async fn send<G: Gate, U: Upstream>(
    around: Around<'_, G, U>,
    mut cleared: Cleared,
    body: &mut RecvStream,
    respond: &mut SendResponse<Bytes>,
) -> Result<(), Stop> {
    let trailers = match cleared.passes_trailers() {
        true => Trailers::Pass,
        false => Trailers::Drop,
    };
    let filter = cleared.take_answer_filter();
    let held = cleared.take_room();
    let (outgoing, first, rest) = outgoing(cleared)?;
    let rest = rest && !body.is_end_stream();
    let ends = first.is_none() && !rest;
    let mut again = true;
    let mut sender = loop {
        let (mut sender, number) = sender(around.port).await?;
        match poll_fn(|cx| sender.poll_ready(cx)).await {
            Ok(()) => break sender,
            // The connection is ending, and took nothing: another one is opened, once.
            Err(_) if again => {
                around.port.retire(number);
                again = false;
            }
            Err(error) => return Err(unreached(around.origin, &error)),
        }
    };
    let sent = sender.send_request(outgoing, ends);
    let (response, mut up) = sent.map_err(|error| unreached(around.origin, &error))?;
    let mut down = Down {
        filter,
        response,
        respond,
        origin: around.origin,
    };
    if ends {
        return down.run().await;
    }
    let up = async {
        if let Some(first) = first {
            give(&mut up, first, !rest).await?;
        }
        drop(held);
        if rest {
            pump(body, &mut up, trailers).await?;
        }
        Ok::<(), Stop>(())
    };
    both(up, down.run()).await
}

/// Runs both directions. The answer decides: when it is over, so is the request; a request that fails to go up does not
/// keep an answer (an early refusal) from coming down.
async fn both(
    up: impl Future<Output = Result<(), Stop>>,
    down: impl Future<Output = Result<(), Stop>>,
) -> Result<(), Stop> {
    let (mut up, mut down) = (std::pin::pin!(up), std::pin::pin!(down));
    let mut going_up = true;
    poll_fn(|cx| {
        if going_up && up.as_mut().poll(cx).is_ready() {
            going_up = false;
        }
        down.as_mut().poll(cx)
    })
    .await
}

/// The request for the origin, the part of the body at hand, and whether the rest follows.
fn outgoing(cleared: Cleared) -> Result<(Request<()>, Option<Bytes>, bool), Stop> {
    let (first, rest, length) = match cleared.body() {
        ClearedBody::Streamed => (None, true, None),
        ClearedBody::Seen { content, and_rest } => (Some(content.clone()), *and_rest, None),
        ClearedBody::Replaced(content) => (Some(content.clone()), false, Some(content.len())),
    };
    let first = first.filter(|content| !content.is_empty());
    let path = cleared.path_and_query().map(str::to_owned);
    let (RequestHead(Form::Http2(head)), edits) = cleared.into_head() else {
        return Err(Stop::Reset(Reason::INTERNAL_ERROR));
    };
    // Usually ours alone; a gate that keeps the head makes a copy necessary.
    let mut parts = match Arc::try_unwrap(head) {
        Ok(head) => head.parts,
        Err(head) => head.parts.clone(),
    };
    parts.version = Version::HTTP_2;
    if let Some(length) = length {
        parts.headers.remove(CONTENT_LENGTH);
        if length > 0 || !matches!(parts.method, Method::GET | Method::HEAD) {
            parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
    }
    if let Some(edits) = edits {
        edits.apply(&mut parts.headers);
    }
    if let Some(path) = path {
        let mut uri = std::mem::take(&mut parts.uri).into_parts();
        uri.path_and_query = path.parse().ok();
        parts.uri = http::Uri::from_parts(uri).map_err(|_| Stop::Reset(Reason::INTERNAL_ERROR))?;
    }
    Ok((Request::from_parts(parts, ()), first, rest))
}

async fn sender(port: &Port) -> Result<(h2::client::SendRequest<Bytes>, u64), Stop> {
    let mut asked = None;
    poll_fn(|cx| port.poll_sender(cx, &mut asked))
        .await
        .map_err(|failure| match failure {
            Failure::Answer(answer) => Stop::Answer(answer),
            Failure::NoHttp2 => Stop::Reset(Reason::HTTP_1_1_REQUIRED),
        })
}

fn unreached(origin: &Origin, error: &h2::Error) -> Stop {
    let what = if error.is_io() {
        "closed the connection"
    } else {
        "broke off"
    };
    let text = format!("Weir: {}:{} {what} without an answer.\n", origin.host, origin.port);
    Stop::Answer(LocalAnswer::text(502, text).with_header("proxy-status", "weir; error=connection_terminated"))
}

/// The way of the answer.
struct Down<'a> {
    filter: Option<Box<dyn AnswerFilter>>,
    response: ResponseFuture,
    respond: &'a mut SendResponse<Bytes>,
    origin: &'a Origin,
}

impl Down<'_> {
    async fn run(&mut self) -> Result<(), Stop> {
        let (mut parts, mut body) = match self.head().await? {
            Ok(response) => response.into_parts(),
            // The origin gave no answer to pass on. A reset is passed on as it is.
            Err(error) if error.is_reset() => return Err(error.into()),
            Err(error) => return Err(unreached(self.origin, &error)),
        };
        // It would lead browsers to HTTP/3, around this proxy.
        parts.headers.remove(ALT_SVC);
        let Some(mut filter) = self.filter.take() else {
            let ends = body.is_end_stream();
            let mut down = self.respond.send_response(Response::from_parts(parts, ()), ends)?;
            return if ends {
                Ok(())
            } else {
                pump(&mut body, &mut down, Trailers::Pass).await
            };
        };
        filter.begin(parts.status.as_u16(), &mut parts.headers);
        parts.headers.remove(ALT_SVC);
        let ends = body.is_end_stream();
        let owed = parts
            .headers
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let mut down = self.respond.send_response(Response::from_parts(parts, ()), ends)?;
        if ends {
            Ok(())
        } else {
            filtered(&mut body, &mut down, &mut *filter, owed).await
        }
    }

    /// The head of the final answer; those before it are passed on as they come.
    async fn head(&mut self) -> Result<Result<Response<RecvStream>, h2::Error>, Stop> {
        poll_fn(|cx| {
            if let Poll::Ready(response) = std::pin::Pin::new(&mut self.response).poll(cx) {
                return Poll::Ready(Ok(response));
            }
            while let Poll::Ready(Some(Ok(early))) = self.response.poll_informational(cx) {
                let _ = self.respond.send_informational(early);
            }
            match self.respond.poll_reset(cx) {
                // The client wants it no more; dropping the stream tells the origin.
                Poll::Ready(_) => Poll::Ready(Err(Stop::Reset(Reason::CANCEL))),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }
}

/// What becomes of the fields behind a body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trailers {
    Pass,
    /// The gate has not seen them.
    Drop,
}

/// Passes a body on. Room is given to the sender only for what the receiver has taken.
async fn pump(from: &mut RecvStream, to: &mut SendStream<Bytes>, trailers: Trailers) -> Result<(), Stop> {
    while let Some(chunk) = next(from, to).await? {
        let (length, last) = (chunk.len(), from.is_end_stream());
        give(to, chunk, last).await?;
        let _ = from.flow_control().release_capacity(length);
        if last {
            return Ok(());
        }
    }
    match from.trailers().await? {
        Some(fields) if trailers == Trailers::Pass => to.send_trailers(fields)?,
        _ => to.send_data(Bytes::new(), true)?,
    }
    Ok(())
}

/// Passes an answer through its filter.
async fn filtered(
    from: &mut RecvStream,
    to: &mut SendStream<Bytes>,
    filter: &mut dyn AnswerFilter,
    mut owed: Option<u64>,
) -> Result<(), Stop> {
    let withheld = || Stop::Reset(Reason::INTERNAL_ERROR);
    let mut out = Vec::new();
    while let Some(chunk) = next(from, to).await? {
        filter.push(&chunk, &mut out).map_err(|_| withheld())?;
        pay(&mut owed, out.len())?;
        if !out.is_empty() {
            give(to, std::mem::take(&mut out).into(), false).await?;
        }
        let _ = from.flow_control().release_capacity(chunk.len());
        if from.is_end_stream() {
            break;
        }
    }
    let trailers = if from.is_end_stream() {
        None
    } else {
        from.trailers().await?
    };
    filter.finish(&mut out).map_err(|_| withheld())?;
    pay(&mut owed, out.len())?;
    if owed.is_some_and(|owed| owed > 0) {
        return Err(withheld());
    }
    give(to, out.into(), trailers.is_none()).await?;
    if let Some(trailers) = trailers {
        to.send_trailers(trailers)?;
    }
    Ok(())
}

/// Counts content against the length that was announced: more than that cannot be sent.
fn pay(owed: &mut Option<u64>, count: usize) -> Result<(), Stop> {
    if let Some(owed) = owed {
        *owed = owed
            .checked_sub(count as u64)
            .ok_or(Stop::Reset(Reason::INTERNAL_ERROR))?;
    }
    Ok(())
}

/// The next piece; notices when the receiver is no longer interested.
async fn next(from: &mut RecvStream, to: &mut SendStream<Bytes>) -> Result<Option<Bytes>, Stop> {
    poll_fn(|cx| match from.poll_data(cx) {
        Poll::Ready(None) => Poll::Ready(Ok(None)),
        Poll::Ready(Some(Ok(chunk))) => Poll::Ready(Ok(Some(chunk))),
        Poll::Ready(Some(Err(error))) => Poll::Ready(Err(error.into())),
        Poll::Pending => match to.poll_reset(cx) {
            Poll::Ready(Ok(reason)) => Poll::Ready(Err(Stop::Reset(reason))),
            Poll::Ready(Err(_)) => Poll::Ready(Err(Stop::Reset(Reason::CANCEL))),
            Poll::Pending => Poll::Pending,
        },
    })
    .await
}

/// Sends a piece as far as the receiver has room, waiting for more.
async fn give(to: &mut SendStream<Bytes>, mut piece: Bytes, last: bool) -> Result<(), Stop> {
    while !piece.is_empty() {
        to.reserve_capacity(piece.len());
        let mut room = to.capacity();
        if room == 0 {
            room = match poll_fn(|cx| to.poll_capacity(cx)).await {
                Some(room) => room?,
                None => return Err(Stop::Reset(Reason::CANCEL)),
            };
        }
        let now = piece.split_to(room.min(piece.len()));
        let ends = last && piece.is_empty();
        to.send_data(now, ends)?;
        if ends {
            return Ok(());
        }
    }
    if last {
        to.send_data(Bytes::new(), true)?;
    }
    Ok(())
}

async fn answer_here(respond: &mut SendResponse<Bytes>, answer: LocalAnswer) -> Result<(), Stop> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in answer
        .headers
        .iter()
        .filter_map(|(name, value)| good_field(name, value))
    {
        response.headers_mut().append(name, value);
    }
    response
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from(answer.body.len()));
    let mut stream = respond.send_response(response, answer.body.is_empty())?;
    if answer.body.is_empty() {
        Ok(())
    } else {
        give(&mut stream, answer.body, true).await
    }
}

/// Passes on an answer from elsewhere, each piece when it comes.
async fn pass_on(respond: &mut SendResponse<Bytes>, mut relay: Relay) -> Result<(), Stop> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(relay.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let theirs = relay.headers.iter().filter(|(name, _)| !is_ours(name));
    response
        .headers_mut()
        .extend(theirs.map(|(name, value)| (name.clone(), value.clone())));
    let mut to = respond.send_response(response, false)?;
    loop {
        let piece = poll_fn(|cx| match relay.body.as_mut().poll_next(cx) {
            Poll::Ready(piece) => Poll::Ready(Ok(piece)),
            // Dropping the answer tells who writes it that nobody reads it.
            Poll::Pending => to.poll_reset(cx).map(|_| Err(Stop::Reset(Reason::CANCEL))),
        });
        match piece.await? {
            Some(Ok(piece)) => give(&mut to, piece, false).await?,
            Some(Err(AnswerFailure)) => return Err(Stop::Reset(Reason::INTERNAL_ERROR)),
            None => return give(&mut to, Bytes::new(), true).await,
        }
    }
}
