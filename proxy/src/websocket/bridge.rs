//! Moves one socket, both directions at once, in the task of the connection.
//!
//! The client's side stands still while the gate rules on a message of it, so nothing overtakes anything, and memory is
//! bounded by one message a direction. The origin's side goes on meanwhile. A side is read only while the other takes
//! what was read before.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Sleep;

use super::clear::{Reviewed, review, write_to_client};
use super::control::Heartbeat;
use super::frame::{Opcode, Sender, SocketError, write_frame};
use super::message::{Closing, Event, MessageReader, write_close};
use crate::Limits;
use crate::gate::{AnswerFailure, SocketGate, SocketMessage};
use crate::h1::Leg;
use crate::io::Io;
use crate::lifeline::{Lifeline, Over};

/// Time for a side to end once the other has.
const CLOSING: Duration = Duration::from_secs(10);
/// What may wait for the client before no more of its messages are read.
const MOST_WAITING: usize = 64 * 1024;
/// Silence of an origin after which what the gate holds back waits no longer: longer than a model pauses in a text.
const SILENCE: Duration = Duration::from_secs(2);
/// Turns of one wake, before other connections get theirs.
const MOST_TURNS: usize = 64;

const GOING_AWAY: u16 = 1001;
const FAILED: u16 = 1011;

/// Serves a socket until both sides have ended.
pub(crate) async fn bridge<C: Io, U: Io>(
    client: &mut Leg<C>,
    origin: &mut Leg<U>,
    gate: Arc<dyn SocketGate>,
    lifeline: &mut Lifeline,
    limits: &Limits,
) {
    let mut bridge = Bridge {
        client: End::new(client, Sender::Client, limits.socket_message),
        origin: End::new(origin, Sender::Server, limits.socket_message),
        gate,
        reviewing: None,
        heartbeat: Heartbeat::default(),
        silence: None,
        closing: false,
        limits,
    };
    lifeline.allow(limits.idle_socket);
    std::future::poll_fn(|cx| bridge.poll(cx, lifeline)).await;
}

struct Bridge<'a, C, U> {
    client: End<'a, C>,
    origin: End<'a, U>,
    gate: Arc<dyn SocketGate>,
    reviewing: Option<Pin<Box<dyn Future<Output = Reviewed> + Send>>>,
    heartbeat: Heartbeat,
    /// Runs while the gate holds something back.
    silence: Option<Pin<Box<Sleep>>>,
    /// One side has ended: the other has [`CLOSING`] to do the same.
    closing: bool,
    limits: &'a Limits,
}

impl<C: Io, U: Io> Bridge<'_, C, U> {
    fn poll(&mut self, cx: &mut Context<'_>, lifeline: &mut Lifeline) -> Poll<()> {
        for _ in 0..MOST_TURNS {
            let mut moved = self.client.poll_write(cx) | self.origin.poll_write(cx);
            moved |= self.poll_review(cx);
            moved |= self.poll_client(cx);
            moved |= self.poll_origin(cx);
            moved |= self.poll_silence(cx);
            self.settle(lifeline);
            if self.client.is_over() && self.origin.is_over() {
                return Poll::Ready(());
            }
            if !moved {
                return self.poll_time(cx, lifeline);
            }
            if !self.closing {
                lifeline.allow(self.allowance());
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// How long nothing may move: a receiver that takes nothing is given up sooner than two sides that are quiet.
    fn allowance(&self) -> Duration {
        if self.is_idle() {
            self.limits.idle_socket
        } else {
            self.limits.idle_exchange.min(self.limits.idle_socket)
        }
    }

    fn is_idle(&self) -> bool {
        self.reviewing.is_none() && self.client.out.is_empty() && self.origin.out.is_empty()
    }

    fn poll_time(&mut self, cx: &mut Context<'_>, lifeline: &mut Lifeline) -> Poll<()> {
        if self.closing {
            return lifeline.poll_time(cx);
        }
        let over = match lifeline.poll_idle(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(over) => over,
        };
        match over {
            Over::TimedOut if !self.is_idle() => return Poll::Ready(()),
            // What is under way ends first.
            Over::Ending if !self.is_idle() => return lifeline.poll_time(cx),
            Over::TimedOut => self.break_off((GOING_AWAY, "nothing was said for too long"), GOING_AWAY),
            Over::Ending => self.break_off((GOING_AWAY, "the proxy is ending"), GOING_AWAY),
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Carries out a ruling.
    fn poll_review(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(reviewing) = &mut self.reviewing else {
            return false;
        };
        let Poll::Ready(reviewed) = reviewing.as_mut().poll(cx) else {
            return false;
        };
        self.reviewing = None;
        match reviewed {
            Reviewed::Cleared(message) => match new_mask() {
                Some(mask) => message.write(&mut self.origin.out, mask),
                None => self.break_off((FAILED, "no mask could be made"), FAILED),
            },
            Reviewed::Answer(messages) => self.tell_client(&messages),
            Reviewed::Close(Closing { code, reason }) => self.break_off((code, &reason), GOING_AWAY),
        }
        true
    }

    fn poll_client(&mut self, cx: &mut Context<'_>) -> bool {
        if self.reviewing.is_some() {
            // Only to notice that the client goes away; a next message waits here.
            let gone = self.client.poll_gone(cx);
            if gone {
                self.reviewing = None;
            }
            return gone;
        }
        if !self.origin.out.is_empty() || self.client.out.len() > MOST_WAITING {
            return false;
        }
        match self.client.poll_event(cx) {
            Heard::Nothing => return false,
            Heard::Moved | Heard::Ended => {}
            Heard::Error(error) => {
                tracing::debug!(%error, "a client broke the WebSocket protocol");
                self.break_off((error.close_code(), &error.to_string()), GOING_AWAY);
            }
            Heard::Event(Event::Message(message)) => {
                self.reviewing = Some(Box::pin(review(self.gate.clone(), message)));
            }
            Heard::Event(Event::Ping(carried)) => {
                let carried = self.heartbeat.ping_of_client(carried);
                self.control_to_origin(Opcode::Ping, &carried);
            }
            Heard::Event(Event::Pong(carried)) => {
                let carried = self.heartbeat.pong_of_client(carried);
                self.control_to_origin(Opcode::Pong, &carried);
            }
            Heard::Event(Event::Close(closing)) => {
                self.client.silent = true;
                // The reason is text of the client that no gate has seen: the code says enough.
                let closing = closing.map(|Closing { code, .. }| Closing {
                    code,
                    reason: String::new(),
                });
                self.close_origin(closing.as_ref());
            }
        }
        true
    }

    fn poll_origin(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.client.out.is_empty() {
            return false;
        }
        match self.origin.poll_event(cx) {
            Heard::Nothing => return false,
            Heard::Moved => {}
            Heard::Ended => self.release_held(),
            Heard::Error(error) => {
                tracing::debug!(%error, "an origin broke the WebSocket protocol");
                self.break_off((FAILED, "the service broke the protocol"), error.close_code());
            }
            Heard::Event(Event::Message(message)) => {
                let answered = self.gate.answer(message);
                self.pass_on(answered);
                self.silence = self.gate.holds().then(|| Box::pin(tokio::time::sleep(SILENCE)));
            }
            Heard::Event(Event::Ping(carried)) => {
                let carried = self.heartbeat.ping_of_origin(carried);
                write_frame(&mut self.client.out, Opcode::Ping, &carried, None);
            }
            Heard::Event(Event::Pong(carried)) => {
                let carried = self.heartbeat.pong_of_origin(carried);
                write_frame(&mut self.client.out, Opcode::Pong, &carried, None);
            }
            Heard::Event(Event::Close(closing)) => {
                self.release_held();
                self.origin.silent = true;
                self.close_client(closing.as_ref());
            }
        }
        true
    }

    fn tell_client(&mut self, messages: &[SocketMessage]) {
        if self.client.told {
            return;
        }
        for message in messages {
            write_to_client(&mut self.client.out, message);
        }
    }

    /// Gives the client what the gate lets go on, or the end.
    fn pass_on(&mut self, answered: Result<Vec<SocketMessage>, AnswerFailure>) {
        match answered {
            Ok(messages) => self.tell_client(&messages),
            Err(AnswerFailure) => self.break_off((FAILED, "the answer was withheld"), GOING_AWAY),
        }
    }

    /// What is held back waits for more, but not for ever.
    fn poll_silence(&mut self, cx: &mut Context<'_>) -> bool {
        let is_over = self
            .silence
            .as_mut()
            .is_some_and(|silence| silence.as_mut().poll(cx).is_ready());
        if is_over {
            self.silence = None;
            let settled = self.gate.settle();
            self.pass_on(settled);
        }
        is_over
    }

    /// The origin says no more: what the gate held back can wait for nothing.
    fn release_held(&mut self) {
        let held = self.gate.finish();
        self.pass_on(held);
    }

    fn control_to_origin(&mut self, opcode: Opcode, carried: &[u8]) {
        if self.origin.told {
            return;
        }
        match new_mask() {
            Some(mask) => write_frame(&mut self.origin.out, opcode, carried, Some(mask)),
            None => self.break_off((FAILED, "no mask could be made"), FAILED),
        }
    }

    fn close_origin(&mut self, closing: Option<&Closing>) {
        // Without a mask the stream just ends, which says the same.
        if let Some(mask) = new_mask().filter(|_| !self.origin.told) {
            write_frame(&mut self.origin.out, Opcode::Close, &write_close(closing), Some(mask));
        }
        self.origin.told = true;
    }

    fn close_client(&mut self, closing: Option<&Closing>) {
        if !self.client.told {
            write_frame(&mut self.client.out, Opcode::Close, &write_close(closing), None);
        }
        self.client.told = true;
    }

    /// Ends the socket from here: code and reason for the client, a code for the origin.
    fn break_off(&mut self, (code, reason): (u16, &str), for_origin: u16) {
        self.reviewing = None;
        self.close_client(Some(&Closing {
            code,
            reason: reason.to_owned(),
        }));
        self.close_origin(Some(&Closing {
            code: for_origin,
            reason: String::new(),
        }));
        (self.client.silent, self.origin.silent) = (true, true);
    }

    /// The end of one side becomes the end of the other.
    fn settle(&mut self, lifeline: &mut Lifeline) {
        let both = self.client.silent && self.origin.silent;
        // A message that is cleared still leaves.
        self.origin.last |= (both || self.client.gone) && self.reviewing.is_none();
        self.client.last |= both || self.origin.gone;
        if !self.closing && (self.client.silent || self.origin.silent) {
            self.closing = true;
            lifeline.allow(CLOSING);
        }
    }
}

/// Fresh for every frame (RFC 6455, 5.3).
fn new_mask() -> Option<[u8; 4]> {
    let mut mask = [0; 4];
    aws_lc_rs::rand::fill(&mut mask).ok().map(|()| mask)
}

/// One end of the socket.
struct End<'a, S> {
    leg: &'a mut Leg<S>,
    reader: MessageReader,
    out: Vec<u8>,
    sent: usize,
    /// It has closed, or we have for it: what it still says is thrown away.
    silent: bool,
    /// Its stream has ended.
    gone: bool,
    /// It was told that the socket closes.
    told: bool,
    /// What waits is the last it gets.
    last: bool,
    /// It gets no more.
    shut: bool,
}

enum Heard {
    Nothing,
    Moved,
    Event(Event),
    Ended,
    Error(SocketError),
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> End<'a, S> {
    fn new(leg: &'a mut Leg<S>, sender: Sender, limit: usize) -> Self {
        Self {
            leg,
            reader: MessageReader::new(sender, limit),
            out: Vec::new(),
            sent: 0,
            silent: false,
            gone: false,
            told: false,
            last: false,
            shut: false,
        }
    }

    fn is_over(&self) -> bool {
        self.shut
    }

    /// Writes what waits; true when something moved.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> bool {
        let before = (self.sent, self.out.len(), self.shut);
        if let Poll::Ready(Err(_)) = self.try_write(cx) {
            // Nobody takes it any more.
            (self.silent, self.gone, self.shut) = (true, true, true);
            self.drop_out();
        }
        before != (self.sent, self.out.len(), self.shut)
    }

    fn try_write(&mut self, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        if self.shut {
            self.drop_out();
            return Poll::Ready(Ok(()));
        }
        while self.sent < self.out.len() {
            self.sent += ready!(self.leg.poll_write(cx, &self.out[self.sent..]))?;
        }
        self.drop_out();
        ready!(self.leg.poll_flush(cx))?;
        if self.last {
            ready!(Pin::new(&mut self.leg.io).poll_shutdown(cx))?;
            self.shut = true;
        }
        Poll::Ready(Ok(()))
    }

    fn drop_out(&mut self) {
        self.out.clear();
        self.out.shrink_to(MOST_WAITING);
        self.sent = 0;
    }

    /// The next thing this end says.
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Heard {
        if self.silent {
            self.leg.input.consume(usize::MAX);
        }
        if !self.leg.input.is_empty() {
            match self.reader.read(self.leg.input.filled()) {
                Err(error) => return Heard::Error(error),
                Ok((taken, event)) => {
                    self.leg.input.consume(taken);
                    return event.map_or(Heard::Moved, Heard::Event);
                }
            }
        }
        self.poll_fill(cx)
    }

    /// True when this end has gone away; takes nothing that is not yet wanted.
    fn poll_gone(&mut self, cx: &mut Context<'_>) -> bool {
        self.leg.input.is_empty() && matches!(self.poll_fill(cx), Heard::Ended)
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Heard {
        if self.gone {
            return Heard::Nothing;
        }
        match self.leg.input.poll_fill(cx, &mut self.leg.io) {
            Poll::Pending => Heard::Nothing,
            Poll::Ready(Ok(1..)) => Heard::Moved,
            Poll::Ready(Ok(_) | Err(_)) => {
                (self.silent, self.gone) = (true, true);
                Heard::Ended
            }
        }
    }
}
