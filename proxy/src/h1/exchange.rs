//! Moves one cleared request to the origin and one answer back, both directions at once, in the task of the
//! connection: no channel, no second task, and every piece goes on the moment it comes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite};

use super::Head;
use super::body::{BodyReader, Framing, write_chunk, write_chunk_size, write_last_chunk};
use super::head::{AnswerHead, HeadEnd};
use super::serve::Leg;
use super::write::{self, AnswerEdit, RequestEdit};
use crate::Limits;
use crate::gate::AnswerFilter;
use crate::http::{Cleared, ClearedBody};
use crate::lifeline::Lifeline;

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Answered in full.
    Answered {
        /// The client's connection can carry another request.
        client_kept: bool,
        /// The origin's connection can carry another request.
        upstream_kept: bool,
    },
    /// Both sides have changed to another protocol.
    Upgraded,
}

/// Why an exchange was given up. `begun`: the client has already had a part of the answer.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) begun: bool,
    pub(super) why: Fault,
}

#[derive(Debug)]
pub(super) enum Fault {
    /// The client went away.
    Client,
    /// The client's chunks are malformed.
    Chunks,
    /// The origin closed before a byte of its answer.
    Unanswered,
    /// The origin broke off.
    Upstream,
    /// The origin's answer is malformed.
    Malformed,
    /// No byte moved for too long.
    TimedOut,
    /// The gate withheld the rest.
    Withheld,
    /// The origin opened a WebSocket with an extension that nobody asked for.
    Extension,
}

/// What an exchange needs beside the two legs.
pub(super) struct Terms<'a> {
    pub(super) limits: &'a Limits,
    pub(super) strip_alt_svc: bool,
    /// `100 Continue` was already sent from here.
    pub(super) continued: bool,
}

/// Buffers kept from one exchange to the next.
#[derive(Default)]
pub(super) struct Scratch {
    up: Vec<u8>,
    down: Vec<u8>,
    answer: AnswerHead,
    content: Vec<u8>,
}

const MOST_SCRATCH: usize = 64 * 1024;

impl Scratch {
    /// Keeps what is cheap to keep.
    fn reset(&mut self) {
        for buffer in [&mut self.up, &mut self.down, &mut self.content] {
            buffer.clear();
            buffer.shrink_to(MOST_SCRATCH);
        }
    }

    /// Gives memory back while nothing happens.
    pub(super) fn release(&mut self) {
        *self = Self::default();
    }
}

/// The request to send.
pub(super) struct Sending<'a> {
    pub(super) cleared: &'a mut Cleared,
    /// The head inside `cleared`.
    pub(super) head: &'a Head,
    /// Reads what is left of the body.
    pub(super) rest: &'a mut BodyReader,
}

/// Runs one exchange.
pub(super) async fn exchange<C, U>(
    client: &mut Leg<C>,
    upstream: &mut Leg<U>,
    sending: Sending<'_>,
    scratch: &mut Scratch,
    lifeline: &mut Lifeline,
    terms: &Terms<'_>,
) -> Result<Ended, Failed>
where
    C: AsyncRead + AsyncWrite + Unpin,
    U: AsyncRead + AsyncWrite + Unpin,
{
    let Sending { cleared, head, rest } = sending;
    scratch.reset();
    write_beginning(&mut scratch.up, cleared, head, rest, terms);
    let mut up = Up {
        out: &mut scratch.up,
        sent: 0,
        direct: 0,
        rest,
        drop_trailers: !cleared.passes_trailers(),
        over: false,
    };
    let mut down = Down {
        out: &mut scratch.down,
        sent: 0,
        direct: 0,
        answer: &mut scratch.answer,
        content: &mut scratch.content,
        head_end: HeadEnd::default(),
        phase: Phase::Head,
        filter: cleared.take_answer_filter(),
        reads_socket: cleared.judges_socket(),
        shape: Shape::AsIs,
        owed: None,
        begun: false,
        request: head,
        keep: Ended::Answered {
            client_kept: false,
            upstream_kept: false,
        },
        terms,
    };
    lifeline.allow(terms.limits.idle_exchange);
    let mut moved = 0_u64;
    let result = std::future::poll_fn(|cx| {
        let before = moved;
        let result = poll_both(cx, client, upstream, &mut up, &mut down, &mut moved);
        if result.is_ready() {
            return result;
        }
        if moved != before {
            lifeline.allow(terms.limits.idle_exchange);
        }
        lifeline.poll_time(cx).map(|()| Err(Fault::TimedOut))
    })
    .await;
    let begun = down.begun;
    let up_over = up.over && up.rest.is_done();
    match result {
        Ok(Ended::Answered {
            client_kept,
            upstream_kept,
        }) => Ok(Ended::Answered {
            client_kept: client_kept && up_over,
            upstream_kept: upstream_kept && up_over,
        }),
        Ok(Ended::Upgraded) => Ok(Ended::Upgraded),
        Err(why) => Err(Failed { begun, why }),
    }
}

fn poll_both<C, U>(
    cx: &mut Context<'_>,
    client: &mut Leg<C>,
    upstream: &mut Leg<U>,
    up: &mut Up<'_>,
    down: &mut Down<'_>,
    moved: &mut u64,
) -> Poll<Result<Ended, Fault>>
where
    C: AsyncRead + AsyncWrite + Unpin,
    U: AsyncRead + AsyncWrite + Unpin,
{
    if !up.over {
        match up.poll(cx, client, upstream, moved) {
            Poll::Ready(Ok(())) | Poll::Pending => {}
            Poll::Ready(Err(fault)) => return Poll::Ready(Err(fault)),
        }
    }
    match down.poll(cx, client, upstream, moved) {
        Poll::Pending if up.over && client.input.is_empty() => {
            // Only to notice that the client goes away, and the origin need not go on; a next request waits here.
            match client.input.poll_fill(cx, &mut client.io) {
                Poll::Ready(Ok(0) | Err(_)) => Poll::Ready(Err(Fault::Client)),
                Poll::Ready(Ok(_)) | Poll::Pending => Poll::Pending,
            }
        }
        other => other,
    }
}

/// The head, and all of the body that is at hand: they leave in one write.
fn write_beginning(out: &mut Vec<u8>, cleared: &Cleared, head: &Head, rest: &BodyReader, terms: &Terms<'_>) {
    let mut edit = RequestEdit {
        drop_expect: terms.continued,
        drop_extensions: cleared.judges_socket(),
        path_and_query: cleared.path_and_query(),
        headers: cleared.headers(),
        length: None,
    };
    match cleared.body() {
        ClearedBody::Streamed => write::request(out, head, &edit),
        ClearedBody::Seen { content, and_rest } => {
            write::request(out, head, &edit);
            if head.framing != Framing::Chunked {
                out.extend_from_slice(content);
                return;
            }
            match rest {
                BodyReader::Chunked(chunks) if *and_rest => write_seen(out, content, chunks.left_in_chunk()),
                _ => {
                    write_chunk(out, content);
                    write_last_chunk(out, &[]);
                }
            }
        }
        ClearedBody::Replaced(content) => {
            edit.length = Some(content.len());
            write::request(out, head, &edit);
            out.extend_from_slice(content);
        }
    }
}

/// What was seen of a body becomes one chunk, and what follows must fit on: reading stopped either inside a chunk, whose
/// rest becomes a chunk of its own, or at its end, whose line end is still to come.
fn write_seen(out: &mut Vec<u8>, content: &[u8], left_in_chunk: Option<u64>) {
    match left_in_chunk {
        Some(left) => {
            write_chunk(out, content);
            write_chunk_size(out, left);
        }
        None => {
            write_chunk_size(out, content.len() as u64);
            out.extend_from_slice(content);
        }
    }
}

struct Up<'a> {
    out: &'a mut Vec<u8>,
    sent: usize,
    /// Bytes at the front of the client's buffer that may go as they are.
    direct: usize,
    rest: &'a mut BodyReader,
    /// The gate has not seen them, so they do not leave.
    drop_trailers: bool,
    over: bool,
}

impl Up<'_> {
    fn poll<C, U>(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut Leg<C>,
        upstream: &mut Leg<U>,
        moved: &mut u64,
    ) -> Poll<Result<(), Fault>>
    where
        C: AsyncRead + Unpin,
        U: AsyncWrite + Unpin,
    {
        loop {
            if self.sent == 0 && !self.out.is_empty() && !self.rest.is_done() && !client.input.is_empty() {
                // The beginning of the body goes with the head.
                let here = client.input.filled();
                let here = &here[..here.len().min(MOST_SCRATCH)];
                let taken = self.scan(here)?;
                self.out.extend_from_slice(&here[..taken]);
                client.input.consume(taken);
            }
            if self.sent < self.out.len() {
                match ready!(upstream.poll_write(cx, &self.out[self.sent..])) {
                    Ok(count) => self.sent += count,
                    Err(_) => return self.give_up(),
                }
                *moved += 1;
            } else if self.direct > 0 {
                match ready!(upstream.poll_write(cx, &client.input.filled()[..self.direct])) {
                    Ok(count) => {
                        client.input.consume(count);
                        self.direct -= count;
                    }
                    Err(_) => return self.give_up(),
                }
                *moved += 1;
            } else if self.rest.is_done() {
                let flushed = ready!(upstream.poll_flush(cx));
                self.over = true;
                return if flushed.is_err() {
                    self.give_up()
                } else {
                    Poll::Ready(Ok(()))
                };
            } else if !client.input.is_empty() && self.drop_trailers && self.rest.is_at_trailers() {
                let taken = self.rest.scan(client.input.filled()).map_err(|_| Fault::Chunks)?;
                client.input.consume(taken);
                if self.rest.is_done() {
                    self.out.extend_from_slice(b"\r\n");
                }
            } else if !client.input.is_empty() {
                self.direct = self.scan(client.input.filled())?;
            } else {
                if let Poll::Ready(Err(_)) = upstream.poll_flush(cx) {
                    return self.give_up();
                }
                match ready!(client.input.poll_fill(cx, &mut client.io)) {
                    Ok(0) | Err(_) => return Poll::Ready(Err(Fault::Client)),
                    Ok(_) => *moved += 1,
                }
            }
        }
    }

    /// Takes what may go as it is.
    fn scan(&mut self, input: &[u8]) -> Result<usize, Fault> {
        let scanned = if self.drop_trailers {
            self.rest.scan_before_trailers(input)
        } else {
            self.rest.scan(input)
        };
        scanned.map_err(|_| Fault::Chunks)
    }

    /// The origin takes no more. It may have answered all the same: reading goes on.
    fn give_up(&mut self) -> Poll<Result<(), Fault>> {
        self.over = true;
        self.sent = self.out.len();
        self.direct = 0;
        Poll::Ready(Ok(()))
    }
}

enum Phase {
    Head,
    Body(BodyReader),
    Over,
}

/// How the answer's body goes to the client.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Framing and content as the origin sent them.
    AsIs,
    /// Content only; the length stays as announced, or the connection ends the body.
    Content,
    /// Content in chunks of our own.
    Chunks,
}

struct Down<'a> {
    out: &'a mut Vec<u8>,
    sent: usize,
    /// Bytes at the front of the origin's buffer that may go as they are.
    direct: usize,
    answer: &'a mut AnswerHead,
    content: &'a mut Vec<u8>,
    head_end: HeadEnd,
    phase: Phase,
    filter: Option<Box<dyn AnswerFilter>>,
    /// After a 101 the messages are read here, and must not be compressed.
    reads_socket: bool,
    shape: Shape,
    /// Bytes of content still promised by a `content-length` that a filter has left in place.
    owed: Option<u64>,
    begun: bool,
    request: &'a Head,
    keep: Ended,
    terms: &'a Terms<'a>,
}

impl Down<'_> {
    fn poll<C, U>(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut Leg<C>,
        upstream: &mut Leg<U>,
        moved: &mut u64,
    ) -> Poll<Result<Ended, Fault>>
    where
        C: AsyncWrite + Unpin,
        U: AsyncRead + Unpin,
    {
        loop {
            if self.sent < self.out.len() {
                self.begun = true;
                let count = ready!(client.poll_write(cx, &self.out[self.sent..])).map_err(|_| Fault::Client)?;
                self.sent += count;
                *moved += 1;
                continue;
            }
            self.out.clear();
            self.sent = 0;
            if self.direct > 0 {
                let piece = &upstream.input.filled()[..self.direct];
                let count = ready!(client.poll_write(cx, piece)).map_err(|_| Fault::Client)?;
                upstream.input.consume(count);
                self.direct -= count;
                *moved += 1;
                continue;
            }
            if matches!(self.phase, Phase::Over) {
                ready!(client.poll_flush(cx)).map_err(|_| Fault::Client)?;
                return Poll::Ready(Ok(self.keep));
            }
            if self.take_in(upstream)? {
                continue;
            }
            if let Poll::Ready(Err(_)) = client.poll_flush(cx) {
                return Poll::Ready(Err(Fault::Client));
            }
            match ready!(upstream.input.poll_fill(cx, &mut upstream.io)) {
                Ok(count) if count > 0 => *moved += 1,
                // An origin that drops TLS without a word may have been cut off by somebody else: only an orderly end
                // of the stream may end a body.
                Ok(_) => self.origin_ended()?,
                Err(_) => return Poll::Ready(Err(self.broken())),
            }
        }
    }

    /// Turns what the origin has sent into what the client gets; false when more is needed.
    fn take_in<U>(&mut self, upstream: &mut Leg<U>) -> Result<bool, Fault> {
        match &mut self.phase {
            Phase::Over => Ok(true),
            Phase::Head => self.take_head(upstream),
            Phase::Body(reader) if self.filter.is_none() && self.shape == Shape::AsIs => {
                if reader.is_done() {
                    self.phase = Phase::Over;
                    return Ok(true);
                }
                self.direct = reader.scan(upstream.input.filled()).map_err(|_| Fault::Malformed)?;
                Ok(self.direct > 0)
            }
            Phase::Body(_) => self.take_content(upstream),
        }
    }

    fn take_head<U>(&mut self, upstream: &mut Leg<U>) -> Result<bool, Fault> {
        let limits = self.terms.limits;
        let found = self
            .head_end
            .find(upstream.input.filled(), limits.head_bytes)
            .map_err(|_| Fault::Malformed)?;
        let Some(length) = found else { return Ok(false) };
        let raw = &upstream.input.filled()[..length];
        self.answer
            .parse(raw, limits.head_fields)
            .map_err(|_| Fault::Malformed)?;
        upstream.input.consume(length);
        match self.answer.status {
            101 if self.request.upgrade().is_some() => self.begin_socket()?,
            101 => return Err(Fault::Malformed),
            100 if self.terms.continued => {}
            100..=199 if self.request.is_http10() => {}
            100..=199 => self.out.extend_from_slice(self.answer.raw()),
            _ => self.begin_answer(upstream)?,
        }
        Ok(true)
    }

    fn begin_socket(&mut self) -> Result<(), Fault> {
        let mut extends = self.answer.fields.iter().map(|(name, _)| name);
        if self.reads_socket && extends.any(|name| name.eq_ignore_ascii_case(write::SOCKET_EXTENSIONS)) {
            return Err(Fault::Extension);
        }
        if let Some(filter) = &mut self.filter {
            filter.begin(self.answer.status, &mut write::header_map(self.answer));
            filter.finish(self.content).map_err(|_| Fault::Withheld)?;
        }
        self.out.extend_from_slice(self.answer.raw());
        self.keep = Ended::Upgraded;
        self.phase = Phase::Over;
        Ok(())
    }

    fn begin_answer<U>(&mut self, upstream: &mut Leg<U>) -> Result<(), Fault> {
        let framing = self.answer.framing(self.request.method());
        let chunks_ok = !self.request.is_http10();
        self.shape = match framing {
            Framing::Chunked if !chunks_ok => Shape::Content,
            _ => Shape::AsIs,
        };
        let mut until_close = framing == Framing::UntilClose || self.shape == Shape::Content;
        let upstream_kept = self.answer.keeps_alive() && framing != Framing::UntilClose;
        let edit = |close: bool| AnswerEdit {
            close,
            strip_alt_svc: self.terms.strip_alt_svc,
        };
        if let Some(filter) = &mut self.filter {
            let mut headers = write::header_map(self.answer);
            filter.begin(self.answer.status, &mut headers);
            if self.answer.announces_nothing() {
                // A filter takes away the length of what it may change. Here nothing comes, and a client that is not told
                // so waits until the connection ends.
                headers.insert("content-length", http::HeaderValue::from_static("0"));
            }
            let length = headers
                .get("content-length")
                .and_then(|value| value.to_str().ok()?.parse().ok());
            let has_body = framing != Framing::Empty;
            self.owed = length.filter(|_| has_body);
            let rechunk = has_body && length.is_none() && chunks_ok;
            self.shape = if rechunk { Shape::Chunks } else { Shape::Content };
            until_close = has_body && length.is_none() && !rechunk;
            let close = until_close || !self.request.keeps_alive();
            write::filtered_answer(self.out, self.answer, edit(close), &headers, rechunk);
        } else if self.shape == Shape::Content {
            let mut headers = write::header_map(self.answer);
            headers.remove("transfer-encoding");
            write::filtered_answer(self.out, self.answer, edit(true), &headers, false);
        } else {
            write::answer(self.out, self.answer, edit(until_close || !self.request.keeps_alive()));
        }
        self.keep = Ended::Answered {
            client_kept: !until_close && self.request.keeps_alive(),
            upstream_kept,
        };
        upstream.keeps_for = self.answer.keeps_for;
        upstream.bound |= self.answer.binds_connection;
        let mut reader = BodyReader::new(framing);
        if self.filter.is_none() && self.shape == Shape::AsIs {
            // The beginning of the body goes with the head.
            let here = upstream.input.filled();
            let taken = reader
                .scan(&here[..here.len().min(MOST_SCRATCH)])
                .map_err(|_| Fault::Malformed)?;
            self.out.extend_from_slice(&here[..taken]);
            upstream.input.consume(taken);
        }
        self.phase = Phase::Body(reader);
        Ok(())
    }

    /// Content through the filter, or out of chunks a client does not understand.
    fn take_content<U>(&mut self, upstream: &mut Leg<U>) -> Result<bool, Fault> {
        let Phase::Body(reader) = &mut self.phase else {
            return Ok(true);
        };
        if reader.is_done() {
            let trailers = match reader {
                BodyReader::Chunked(chunks) => chunks.trailers().to_vec(),
                _ => Vec::new(),
            };
            self.end_content(&trailers)?;
            return Ok(true);
        }
        let step = reader.step(upstream.input.filled()).map_err(|_| Fault::Malformed)?;
        if step.taken == 0 {
            return Ok(false);
        }
        self.content.clear();
        let piece = &upstream.input.filled()[step.content];
        match &mut self.filter {
            Some(filter) if !piece.is_empty() => {
                filter.push(piece, self.content).map_err(|_| Fault::Withheld)?;
            }
            Some(_) => {}
            None => self.content.extend_from_slice(piece),
        }
        upstream.input.consume(step.taken);
        self.give_content()?;
        Ok(true)
    }

    fn give_content(&mut self) -> Result<(), Fault> {
        if let Some(owed) = &mut self.owed {
            // More than was promised cannot be sent; less is noticed at the end.
            *owed = owed.checked_sub(self.content.len() as u64).ok_or(Fault::Withheld)?;
        }
        match self.shape {
            Shape::Chunks => write_chunk(self.out, self.content),
            Shape::AsIs | Shape::Content => self.out.extend_from_slice(self.content),
        }
        Ok(())
    }

    fn end_content(&mut self, trailers: &[u8]) -> Result<(), Fault> {
        self.content.clear();
        if let Some(filter) = &mut self.filter {
            filter.finish(self.content).map_err(|_| Fault::Withheld)?;
        }
        if self.answer.framing(self.request.method()) == Framing::Empty {
            self.content.clear();
        }
        self.give_content()?;
        if self.owed.is_some_and(|owed| owed > 0) {
            return Err(Fault::Withheld);
        }
        if self.shape == Shape::Chunks {
            write_last_chunk(self.out, trailers);
        }
        self.phase = Phase::Over;
        Ok(())
    }

    fn origin_ended(&mut self) -> Result<(), Fault> {
        match &self.phase {
            Phase::Body(reader) if reader.may_end() => {
                self.end_content(&[])?;
                Ok(())
            }
            _ => Err(self.broken()),
        }
    }

    fn broken(&self) -> Fault {
        if matches!(self.phase, Phase::Head) && !self.begun {
            Fault::Unanswered
        } else {
            Fault::Upstream
        }
    }
}

impl<S: AsyncWrite + Unpin> Leg<S> {
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match ready!(Pin::new(&mut self.io).poll_write(cx, bytes))? {
            0 => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            count => {
                self.unflushed = true;
                Poll::Ready(Ok(count))
            }
        }
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.unflushed {
            ready!(Pin::new(&mut self.io).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }
}
