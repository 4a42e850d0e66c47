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
use weir_content::answer::{Decoder, Replacement};
use weir_content::block;
use weir_engine::{AnswerEnd, AnswerSummary, GuardedAnswer, GuardedMessages, InForce, Rulings, add_rulings};
use weir_model::EventId;
use weir_policy::{AnswerAction, AnswerGuard};
use weir_proxy::{AnswerFailure, MessageRuling, RequestHead, SocketGate, SocketMessage};

use crate::answer::guarded;
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

struct State {
    /// What policy says of what the service says now.
    guard: AnswerGuard,
    /// Something was said that must not go on: nothing goes on any more.
    is_withheld: bool,
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
    guarded: GuardedMessages,
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
    rulings: Rulings,
}

impl State {
    fn new(guard: AnswerGuard) -> Self {
        Self {
            guard,
            is_withheld: false,
            turn: None,
            restore: Vec::new(),
            has_asked: false,
            answers: None,
            held: Vec::new(),
            sound: None,
        }
    }

    /// The policy under which the service speaks.
    fn in_force(&self, enforcer: &Enforcer) -> Arc<InForce> {
        match &self.turn {
            Some(turn) => Arc::clone(&turn.in_force),
            None => enforcer.in_force.load_full(),
        }
    }

    /// Remembers that nothing may go on, if so.
    fn withheld<T>(&mut self, outcome: Result<T, AnswerEnd>) -> Result<T, AnswerFailure> {
        outcome.map_err(|_| {
            self.is_withheld = true;
            self.held.clear();
            AnswerFailure
        })
    }
}

impl SocketDesk {
    /// For the socket that this handshake opens. `guard` is for what the service says before anything is asked.
    pub(crate) fn open(
        enforcer: Arc<Enforcer>,
        handshake: RequestHead,
        sender: Arc<Sender>,
        guard: AnswerGuard,
    ) -> Arc<dyn SocketGate> {
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
            state: Mutex::new(State::new(guard)),
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
        state.guard = answering.guard;
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
            rulings: Rulings::new(),
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
            guarded: guarded(&turn.rulings),
            restored: turn.summary.restored,
            unread: turn.summary.unread,
            complete: !state.is_withheld,
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
        let ended = answers.guarded.finish(&answers.in_force, &mut out);
        if state.withheld(ended).is_ok() {
            // Edits of text give text: what is none any more cannot be the service's message.
            let _ = answers.take(out, &mut state.held);
        }
        if let Some(turn) = &mut state.turn {
            turn.summary.add(answers.guarded.summary(&answers.in_force.policy));
            add_rulings(&mut turn.rulings, answers.guarded.rulings());
        }
    }

    /// Passes one message through the decoder; gives out those that may go on.
    fn follow(&self, decoder: Decoder, message: &SocketMessage) -> Result<Vec<SocketMessage>, AnswerFailure> {
        let mut state = self.state.lock();
        let in_force = state.in_force(&self.enforcer);
        let restore = self.restorable(&state, &in_force);
        let given: Vec<String> = restore.iter().map(|pair| pair.surrogate.clone()).collect();
        // What may be put back changes when another turn has left.
        if state.answers.as_ref().is_none_or(|answers| answers.given != given) {
            self.end_answers(&mut state);
            state.answers = Some(Answers {
                guarded: GuardedMessages::new(state.guard.clone(), decoder, restore),
                in_force,
                kinds: VecDeque::new(),
                given,
            });
        }
        if let Some(turn) = &mut state.turn {
            turn.bytes += message.content().len() as u64;
        }
        let is_text = message.is_text();
        self.go_on(&mut state, |answers, read| {
            answers.kinds.push_back(is_text);
            answers.guarded.push(&answers.in_force, message.content(), read)
        })
    }

    /// Gives out what was held, and what may go on after one more step.
    fn go_on(
        &self,
        state: &mut State,
        step: impl FnOnce(&mut Answers, &mut Vec<Vec<u8>>) -> Result<(), AnswerEnd>,
    ) -> Result<Vec<SocketMessage>, AnswerFailure> {
        if state.is_withheld {
            return Err(AnswerFailure);
        }
        let mut out = std::mem::take(&mut state.held);
        let Some(answers) = &mut state.answers else {
            return Ok(out);
        };
        let mut read = Vec::new();
        let stepped = step(answers, &mut read);
        let taken = answers.take(read, &mut out);
        state.withheld(stepped)?;
        taken.map(|()| out)
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

    /// Restores stand-ins in one text of the service that no decoder knows, and guards it by itself.
    fn read(&self, text: &str) -> Result<String, AnswerFailure> {
        let mut state = self.state.lock();
        let in_force = state.in_force(&self.enforcer);
        let restore = self.restorable(&state, &in_force);
        let mut out = Vec::with_capacity(text.len());
        for record in text.split_inclusive(RECORD_END) {
            let body = record.trim_end_matches(RECORD_END);
            let mut guarded = record_of(body, state.guard.clone(), restore.clone());
            let read = guarded
                .push(&in_force, body.as_bytes(), &mut out)
                .and_then(|()| guarded.finish(&in_force, &mut out));
            out.extend_from_slice(&record.as_bytes()[body.len()..]);
            if let Some(turn) = &mut state.turn {
                turn.summary.add(guarded.summary(&in_force.policy));
                add_rulings(&mut turn.rulings, guarded.rulings());
            }
            state.withheld(read)?;
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
        // What is not text cannot hold a stand-in that was given as text, and cannot be looked through.
        let Some(text) = message.as_text() else {
            let unread = self.state.lock().guard.unread();
            let is_rejected = unread.is_some_and(|ruling| ruling.done() == AnswerAction::Reject);
            return if is_rejected {
                Err(AnswerFailure)
            } else {
                Ok(vec![message])
            };
        };
        let read = self.read(text)?;
        Ok(vec![if read == text {
            message
        } else {
            SocketMessage::text(read)
        }])
    }

    fn holds(&self) -> bool {
        let state = self.state.lock();
        let waits = |answers: &Answers| !answers.kinds.is_empty();
        !state.held.is_empty() || state.answers.as_ref().is_some_and(waits)
    }

    fn settle(&self) -> Result<Vec<SocketMessage>, AnswerFailure> {
        let mut state = self.state.lock();
        self.go_on(&mut state, |answers, read| {
            answers.guarded.settle(&answers.in_force, read)
        })
    }

    fn finish(&self) -> Result<Vec<SocketMessage>, AnswerFailure> {
        let mut state = self.state.lock();
        self.end_answers(&mut state);
        self.go_on(&mut state, |_, _| Ok(()))
    }
}

impl Drop for SocketDesk {
    fn drop(&mut self) {
        self.end_turn(&mut self.state.lock());
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

/// One record of a message that no decoder knows: an answer of its own.
fn record_of(body: &str, guard: AnswerGuard, restore: Vec<Replacement>) -> GuardedAnswer {
    let content_type = if body.trim_start().starts_with(['{', '[']) {
        "application/json"
    } else {
        "text/plain"
    };
    GuardedAnswer::new(guard.without_form(), None, Some(content_type), None, restore)
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
