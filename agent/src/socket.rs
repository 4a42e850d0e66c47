//! One WebSocket: every message of the client is judged as a request of its own under the head of the handshake, and
//! every message of the service passes the way back.
//!
//! A socket is one conversation: its answers bring back what its own messages were given. A socket on which nothing was
//! asked (ChatGPT hands answers over to one) brings back what the last turn of the same user with the same service was
//! given, and nothing of other users, services or conversations.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use weir_audit::{Record, ResponseRecord};
use weir_content::Carrier;
use weir_content::answer::{AnswerStream, Decoder, MessageStream, Replacement};
use weir_content::block;
use weir_engine::{AnswerReview, AnswerSummary, InForce, MessageReview};
use weir_model::EventId;
use weir_proxy::{AnswerFailure, MessageRuling, RequestHead, SocketGate, SocketMessage};

use crate::clock;
use crate::enforce::{Answering, Enforcer, Release, Sender, Sound, scope};
use crate::gate::{LONG_BODY, see};

/// Stand-ins that one socket may bring back.
const MOST_RESTORED: usize = 10_000;
/// SignalR ends each record of a message with it.
const RECORD_END: char = '\u{1e}';
/// The status of a handshake that opened a socket.
const SWITCHED: u16 = 101;

/// Judges one socket.
pub(crate) struct SocketDesk {
    enforcer: Arc<Enforcer>,
    handshake: RequestHead,
    sender: Arc<Sender>,
    /// How the service writes its messages, where the catalogue knows.
    decoder: Option<Decoder>,
    /// Messages so far, in both directions.
    messages: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The last recorded message of the client, whose answers come now.
    turn: Option<Turn>,
    /// What the messages of this socket were given.
    restore: Vec<Replacement>,
    /// A turn of a conversation has left on this socket.
    has_asked: bool,
    /// Reads what the service says, where its messages are understood.
    answers: Option<Answers>,
    /// Messages that were held when their turn ended.
    held: Vec<SocketMessage>,
    /// What was decided of the last piece of sound, and whether it left.
    sound: Option<(Sound, bool)>,
}

/// The service's messages on their way to the client, since the last turn began.
struct Answers {
    review: MessageReview,
    in_force: Arc<InForce>,
    /// Of each message that is still here, whether it is text.
    kinds: VecDeque<bool>,
    /// What is put back.
    given: Vec<String>,
}

/// The answers to one message.
struct Turn {
    event: EventId,
    in_force: Arc<InForce>,
    released: Instant,
    bytes: u64,
    summary: AnswerSummary,
}

impl SocketDesk {
    /// For the socket that this handshake opens.
    pub(crate) fn open(enforcer: Arc<Enforcer>, handshake: RequestHead, sender: Arc<Sender>) -> Arc<dyn SocketGate> {
        let in_force = enforcer.in_force.load_full();
        // The route of the messages tells; an empty one is as good as any.
        let decoder = see(&handshake, b"", Carrier::WebSocket { number: 0 }, |view| {
            weir_content::inspect(&in_force.adapters, view).answer
        });
        Arc::new(Self {
            enforcer,
            handshake,
            sender,
            decoder,
            messages: AtomicU64::new(0),
            state: Mutex::default(),
        })
    }

    fn number(&self) -> u64 {
        self.messages.fetch_add(1, Ordering::Relaxed)
    }

    async fn judge(&self, message: &SocketMessage) -> MessageRuling {
        let number = self.number();
        let content = message.content();
        let judge = || {
            see(&self.handshake, content, Carrier::WebSocket { number }, |view| {
                self.enforcer.judge(view, None, &self.sender, None)
            })
        };
        let judged = if content.len() < LONG_BODY {
            judge()
        } else {
            tokio::task::block_in_place(judge)
        };
        let sound = judged.sound();
        if let Some(sound) = &sound
            && let Some((decided, released)) = &self.state.lock().sound
            && decided == sound
        {
            // The record of the first piece is durable, and the client was told.
            return if *released {
                MessageRuling::Forward(None)
            } else {
                MessageRuling::Answer(Vec::new())
            };
        }
        let (release, answering) = self.enforcer.enforce_message(judged).await;
        if let Some(sound) = sound {
            self.state.lock().sound = Some((sound, matches!(release, Release::Unchanged)));
        }
        if let Some(answering) = answering {
            self.begin(answering);
        }
        match release {
            Release::Unchanged => MessageRuling::Forward(None),
            Release::Edited(content) => edited(message, content),
            Release::Refused(messages) => MessageRuling::Answer(messages.into_iter().map(said).collect()),
        }
    }

    /// A recorded message leaves: what comes now are its answers.
    fn begin(&self, answering: Answering) {
        let mut state = self.state.lock();
        self.end_turn(&mut state);
        state.has_asked |= answering.is_turn;
        for replacement in answering.restore {
            let known = |own: &Replacement| own.surrogate == replacement.surrogate;
            if state.restore.len() < MOST_RESTORED && !state.restore.iter().any(known) {
                state.restore.push(replacement);
            }
        }
        state.turn = Some(Turn {
            event: answering.event,
            in_force: answering.in_force,
            released: Instant::now(),
            bytes: 0,
            summary: AnswerSummary::default(),
        });
    }

    /// Records the answers to the last message, if there were any.
    fn end_turn(&self, state: &mut State) {
        self.end_answers(state);
        let Some(turn) = state.turn.take().filter(|turn| turn.bytes > 0) else {
            return;
        };
        let time = clock::now();
        let record = Record::Response(ResponseRecord {
            time,
            event: turn.event,
            status: Some(SWITCHED),
            level: None,
            findings: turn.summary.findings,
            guarded: Vec::new(),
            restored: turn.summary.restored,
            unread: turn.summary.unread,
            complete: true,
            latency_us: u64::try_from(turn.released.elapsed().as_micros()).unwrap_or(u64::MAX),
            answer_bytes: turn.bytes,
        });
        // Not waited for, as with other answers.
        self.enforcer.store.append_record(time, turn.event, &record, |_| {});
    }

    /// What was held comes out with the next message, and what was found is counted for the turn.
    fn end_answers(&self, state: &mut State) {
        let Some(mut answers) = state.answers.take() else {
            return;
        };
        let mut out = Vec::new();
        answers.review.finish(&answers.in_force.scanner, &mut out);
        // Edits of text give text: what is none any more cannot be the service's message.
        let _ = answers.take(out, &mut state.held);
        if let Some(turn) = &mut state.turn {
            turn.summary.add(answers.review.summary(&answers.in_force.policy));
        }
    }

    /// Passes one message through the decoder; gives out those that may go on.
    fn follow(&self, decoder: Decoder, message: &SocketMessage) -> Result<Vec<SocketMessage>, AnswerFailure> {
        let mut state = self.state.lock();
        let in_force = match &state.turn {
            Some(turn) => Arc::clone(&turn.in_force),
            None => self.enforcer.in_force.load_full(),
        };
        let restore = self.restorable(&state, &in_force);
        let given: Vec<String> = restore.iter().map(|pair| pair.surrogate.clone()).collect();
        // What may be put back changes when another turn has left.
        if state.answers.as_ref().is_none_or(|answers| answers.given != given) {
            self.end_answers(&mut state);
            state.answers = Some(Answers {
                review: MessageReview::new(MessageStream::new(Some(decoder), restore)),
                in_force,
                kinds: VecDeque::new(),
                given,
            });
        }
        let mut out = std::mem::take(&mut state.held);
        if let Some(answers) = &mut state.answers {
            answers.kinds.push_back(message.is_text());
            let mut read = Vec::new();
            let scanner = Arc::clone(&answers.in_force.scanner);
            answers.review.push(&scanner, message.content(), &mut read);
            answers.take(read, &mut out)?;
        }
        if let Some(turn) = &mut state.turn {
            turn.bytes += message.content().len() as u64;
        }
        Ok(out)
    }

    fn restorable(&self, state: &State, in_force: &InForce) -> Vec<Replacement> {
        if state.has_asked {
            return state.restore.clone();
        }
        let host = crate::gate::authority(self.handshake.host(), self.handshake.port());
        let mut restore = self.enforcer.vault.last_turn(&scope(in_force, &host, &self.sender));
        restore.extend(state.restore.iter().cloned());
        restore
    }

    /// Restores stand-ins in one text of the service, and counts leaks in it.
    fn read(&self, text: &str) -> Result<String, AnswerFailure> {
        let mut state = self.state.lock();
        let in_force = match &state.turn {
            Some(turn) => Arc::clone(&turn.in_force),
            None => self.enforcer.in_force.load_full(),
        };
        let restore = self.restorable(&state, &in_force);
        let mut out = Vec::with_capacity(text.len());
        for record in text.split_inclusive(RECORD_END) {
            let body = record.trim_end_matches(RECORD_END);
            let summary = review(body, &in_force, restore.clone(), &mut out)?;
            out.extend_from_slice(&record.as_bytes()[body.len()..]);
            if let Some(turn) = &mut state.turn {
                turn.summary.add(summary);
            }
        }
        if let Some(turn) = &mut state.turn {
            turn.bytes += text.len() as u64;
        }
        String::from_utf8(out).map_err(|_| AnswerFailure)
    }
}

impl SocketGate for SocketDesk {
    fn review(self: Arc<Self>, message: SocketMessage) -> Pin<Box<dyn Future<Output = MessageRuling> + Send>> {
        Box::pin(async move { self.judge(&message).await })
    }

    fn answer(&self, message: SocketMessage) -> Result<Vec<SocketMessage>, AnswerFailure> {
        self.number();
        if let Some(decoder) = self.decoder {
            return self.follow(decoder, &message);
        }
        // What is not text cannot hold a stand-in that was given as text.
        let Some(text) = message.as_text() else {
            return Ok(vec![message]);
        };
        let read = self.read(text)?;
        Ok(vec![if read == text {
            message
        } else {
            SocketMessage::text(read)
        }])
    }

    fn finish(&self) -> Vec<SocketMessage> {
        let mut state = self.state.lock();
        self.end_answers(&mut state);
        std::mem::take(&mut state.held)
    }
}

impl Drop for SocketDesk {
    fn drop(&mut self) {
        let mut state = std::mem::take(&mut *self.state.lock());
        self.end_turn(&mut state);
    }
}

impl Answers {
    /// Bytes that may go on, as the messages they came as.
    fn take(&mut self, read: Vec<Vec<u8>>, out: &mut Vec<SocketMessage>) -> Result<(), AnswerFailure> {
        for content in read {
            let is_text = self.kinds.pop_front().unwrap_or(true);
            out.push(if is_text {
                SocketMessage::text(String::from_utf8(content).map_err(|_| AnswerFailure)?)
            } else {
                SocketMessage::binary(content)
            });
        }
        Ok(())
    }
}

/// One record of a message that no decoder knows.
fn review(
    body: &str,
    in_force: &InForce,
    restore: Vec<Replacement>,
    out: &mut Vec<u8>,
) -> Result<AnswerSummary, AnswerFailure> {
    let content_type = if body.trim_start().starts_with(['{', '[']) {
        "application/json"
    } else {
        "text/plain"
    };
    let mut review = AnswerReview::new(AnswerStream::new(None, Some(content_type), None, restore));
    let read = review
        .push(&in_force.scanner, body.as_bytes(), out)
        .and_then(|()| review.finish(&in_force.scanner, out));
    read.map_err(|_| AnswerFailure)?;
    Ok(review.summary(&in_force.policy))
}

/// Fails closed: a text that is none any more after its edits.
fn edited(message: &SocketMessage, content: Vec<u8>) -> MessageRuling {
    if !message.is_text() {
        return MessageRuling::Forward(Some(SocketMessage::binary(content)));
    }
    match String::from_utf8(content) {
        Ok(text) => MessageRuling::Forward(Some(SocketMessage::text(text))),
        Err(_) => MessageRuling::Close {
            code: 1011,
            reason: "the message could not be rewritten".to_owned(),
        },
    }
}

/// A refusal, as a message of the wire.
fn said(message: block::SocketMessage) -> SocketMessage {
    match message {
        block::SocketMessage::Text(text) => SocketMessage::text(text),
        block::SocketMessage::Binary(bytes) => SocketMessage::binary(bytes),
    }
}
