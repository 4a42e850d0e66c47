//! An answer on its way, held to the policy's guard.
//!
//! ```text
//! bytes -> review (originals put back) -> waiting -> redaction (found values taken out) -> bytes
//!             |                              ^
//!             v text                         | settled
//!          detectors ------------------------+
//! ```
//!
//! What the detectors might still want to see whole waits, and no more than that; where the guard has nothing to take out,
//! nothing waits at all. A value that was found is taken out by being known from then on, as stand-ins are, wherever it
//! stands in what waits and what follows: services repeat their texts.

use std::collections::{BTreeMap, VecDeque};

use weir_content::answer::{AnswerError, AnswerStream, Decoder, MessageStream, Replacement};
use weir_model::{Match, Sensitive};
use weir_policy::{AnswerAction, AnswerGuard, AnswerRuling, Policy};

use crate::InForce;
use crate::answer::{AnswerSummary, Leaks};

/// Bytes that wait at most: beyond, what is open is decided by what is there.
const MOST_WAITING: usize = 8 << 20;
/// Text of an answer that is held to a form.
const LONGEST_FORM: usize = 1 << 20;
/// Values this short stand in names and numbers that mean something else: they cannot be taken out wherever they stand.
const SHORT: usize = 6;

/// Why an answer ends before its end.
#[derive(Debug, thiserror::Error)]
pub enum AnswerEnd {
    /// It cannot be read on.
    #[error(transparent)]
    Damaged(#[from] AnswerError),
    /// The guard does not let it through.
    #[error("policy does not let this answer through")]
    Rejected,
}

/// What a guard has said of an answer, and how often.
pub type Rulings = BTreeMap<String, (AnswerRuling, u32)>;

/// Reads one answer under a guard, as it comes: the bytes of a body, or the messages of a socket.
pub struct Guarded<S> {
    stream: S,
    leaks: Leaks,
    guard: AnswerGuard,
    held: Option<Held<S>>,
    /// The text that the client takes for the answer, where its form is looked at.
    form: Option<String>,
    rulings: Rulings,
    rejected: bool,
}

/// The body of an answer.
pub type GuardedAnswer = Guarded<AnswerStream>;

/// What a service says on a socket. Nothing tells where one answer ends and the next begins, so the form of an answer is
/// not looked at.
pub type GuardedMessages = Guarded<MessageStream>;

/// What may not go on yet.
struct Held<S> {
    redaction: S,
    waiting: VecDeque<Waiting>,
    bytes: usize,
    /// All of the answer must be here first.
    until_end: bool,
}

struct Waiting {
    piece: Vec<u8>,
    /// Text read by channel when this piece came.
    read: Vec<usize>,
}

/// What is common to a body and to messages.
trait Carried {
    fn push(&mut self, piece: &[u8], out: &mut Vec<Vec<u8>>) -> Result<(), AnswerError>;
    fn finish(&mut self, out: &mut Vec<Vec<u8>>) -> Result<(), AnswerError>;
    fn replace(&mut self, replacement: Replacement);
    fn drain_text(&mut self, each: &mut dyn FnMut(usize, &str));
    fn is_answer(&self, channel: usize) -> bool;
    fn restored(&self) -> u32;
    fn reads(&self) -> bool;
}

impl Carried for AnswerStream {
    fn push(&mut self, piece: &[u8], out: &mut Vec<Vec<u8>>) -> Result<(), AnswerError> {
        let mut bytes = Vec::new();
        let pushed = self.push(piece, &mut bytes);
        out.extend(Some(bytes).filter(|bytes| !bytes.is_empty()));
        pushed
    }

    fn finish(&mut self, out: &mut Vec<Vec<u8>>) -> Result<(), AnswerError> {
        let mut bytes = Vec::new();
        let finished = self.finish(&mut bytes);
        out.extend(Some(bytes).filter(|bytes| !bytes.is_empty()));
        finished
    }

    fn replace(&mut self, replacement: Replacement) {
        self.replace(replacement);
    }

    fn drain_text(&mut self, each: &mut dyn FnMut(usize, &str)) {
        self.drain_text(each);
    }

    fn is_answer(&self, channel: usize) -> bool {
        self.is_answer(channel)
    }

    fn restored(&self) -> u32 {
        self.restored()
    }

    fn reads(&self) -> bool {
        self.reads()
    }
}

impl Carried for MessageStream {
    fn push(&mut self, piece: &[u8], out: &mut Vec<Vec<u8>>) -> Result<(), AnswerError> {
        self.push_message(piece, out);
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<Vec<u8>>) -> Result<(), AnswerError> {
        self.finish(out);
        Ok(())
    }

    fn replace(&mut self, replacement: Replacement) {
        self.replace(replacement);
    }

    fn drain_text(&mut self, each: &mut dyn FnMut(usize, &str)) {
        self.drain_text(each);
    }

    fn is_answer(&self, channel: usize) -> bool {
        self.is_answer(channel)
    }

    fn restored(&self) -> u32 {
        self.restored()
    }

    fn reads(&self) -> bool {
        self.reads()
    }
}

impl GuardedAnswer {
    /// For an answer with these headers.
    #[must_use]
    pub fn new(
        guard: AnswerGuard,
        decoder: Option<Decoder>,
        content_type: Option<&str>,
        content_coding: Option<&str>,
        restore: Vec<Replacement>,
    ) -> Self {
        let mut stream = AnswerStream::new(decoder, content_type, content_coding, restore);
        let holds = (guard.holds_leaks() || guard.holds_form()) && stream.reads();
        if holds {
            stream = stream.uncoded();
        }
        let redaction = holds.then(|| AnswerStream::redacting(decoder, content_type));
        let form = guard.wants_form().then(String::new);
        Self::of(stream, redaction, guard, form)
    }

    /// True when the bytes that go on may differ from the bytes that came: length and content coding are void.
    #[must_use]
    pub fn rewrites(&self) -> bool {
        self.stream.rewrites()
    }

    /// Takes a piece of the body; appends to `out` what may go on to the client.
    ///
    /// # Errors
    /// When the answer cannot be read on, or must not go on.
    pub fn push(&mut self, in_force: &InForce, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), AnswerEnd> {
        let mut pieces = Vec::new();
        let taken = self.take(in_force, bytes, &mut pieces);
        out.extend(pieces.into_iter().flatten());
        taken
    }

    /// Ends the answer; appends what was held back.
    ///
    /// # Errors
    /// As [`GuardedAnswer::push`].
    pub fn finish(&mut self, in_force: &InForce, out: &mut Vec<u8>) -> Result<(), AnswerEnd> {
        let mut pieces = Vec::new();
        let ended = self.end(in_force, &mut pieces);
        out.extend(pieces.into_iter().flatten());
        ended
    }
}

impl GuardedMessages {
    /// For the messages of a service. What `restore` names is put back.
    #[must_use]
    pub fn new(guard: AnswerGuard, decoder: Decoder, restore: Vec<Replacement>) -> Self {
        let guard = guard.without_form();
        let stream = MessageStream::new(Some(decoder), restore);
        let redaction = guard.holds_leaks().then(|| MessageStream::redacting(Some(decoder)));
        Self::of(stream, redaction, guard, None)
    }

    /// Takes one message; appends to `out` those that may go on, in the order they came. As many come out as go in.
    ///
    /// # Errors
    /// When what is said must not go on.
    pub fn push(&mut self, in_force: &InForce, message: &[u8], out: &mut Vec<Vec<u8>>) -> Result<(), AnswerEnd> {
        let told = self.stream.ends_told();
        self.take(in_force, message, out)?;
        match self.stream.ends_told() == told {
            true => Ok(()),
            false => self.settle(in_force, out),
        }
    }

    /// Nothing more comes for now: gives out what was held, decided by what is there. More may come.
    ///
    /// # Errors
    /// As [`GuardedMessages::push`].
    pub fn settle(&mut self, in_force: &InForce, out: &mut Vec<Vec<u8>>) -> Result<(), AnswerEnd> {
        let mut fresh = Vec::new();
        self.stream.settle(&mut fresh);
        self.look(in_force);
        self.decide_open(in_force);
        self.pass(in_force, fresh, out)?;
        if let Some(held) = &mut self.held {
            held.redaction.settle(out);
        }
        Ok(())
    }

    /// Nothing more comes; appends what was held back.
    ///
    /// # Errors
    /// As [`GuardedMessages::push`].
    pub fn finish(&mut self, in_force: &InForce, out: &mut Vec<Vec<u8>>) -> Result<(), AnswerEnd> {
        self.end(in_force, out)
    }
}

#[expect(private_bounds, reason = "there are these two streams and no others")]
impl<S: Carried> Guarded<S> {
    fn of(stream: S, redaction: Option<S>, guard: AnswerGuard, form: Option<String>) -> Self {
        let until_end = form.is_some() && guard.holds_form();
        Self {
            stream,
            leaks: Leaks::default(),
            form,
            guard,
            held: redaction.map(|redaction| Held {
                redaction,
                waiting: VecDeque::new(),
                bytes: 0,
                until_end,
            }),
            rulings: Rulings::new(),
            rejected: false,
        }
    }

    fn take(&mut self, in_force: &InForce, piece: &[u8], out: &mut Vec<Vec<u8>>) -> Result<(), AnswerEnd> {
        let mut fresh = Vec::new();
        let read = self.stream.push(piece, &mut fresh);
        self.look(in_force);
        self.pass(in_force, fresh, out)?;
        Ok(read?)
    }

    fn end(&mut self, in_force: &InForce, out: &mut Vec<Vec<u8>>) -> Result<(), AnswerEnd> {
        let mut fresh = Vec::new();
        let read = self.stream.finish(&mut fresh);
        self.look(in_force);
        self.decide_open(in_force);
        if let Some(ruling) = self.form.as_deref().and_then(|text| self.guard.form(text)) {
            self.note(&ruling);
        }
        if let Some(held) = &mut self.held {
            held.until_end = false;
        }
        self.pass(in_force, fresh, out)?;
        read?;
        if let Some(held) = &mut self.held {
            held.redaction.finish(out)?;
        }
        Ok(())
    }

    /// What was found so far.
    #[must_use]
    pub fn summary(&self, policy: &Policy) -> AnswerSummary {
        AnswerSummary {
            unread: !self.reads(),
            ..self.leaks.summary(policy, self.stream.restored())
        }
    }

    /// What the guard has said so far.
    #[must_use]
    pub fn rulings(&self) -> &Rulings {
        &self.rulings
    }

    /// Looks at the text that has come.
    fn look(&mut self, in_force: &InForce) {
        let mut texts: Vec<(usize, String)> = Vec::new();
        self.stream
            .drain_text(&mut |channel, text| texts.push((channel, text.to_owned())));
        for (channel, text) in texts {
            if let Some(form) = &mut self.form
                && self.stream.is_answer(channel)
                && form.len() <= LONGEST_FORM
            {
                form.push_str(&text);
            }
            let mut found = Vec::new();
            let mut keep = |leak: &Match, value: &str| found.push((leak.clone(), value.to_owned()));
            self.leaks.read(&in_force.scanner, channel, &text, &mut keep);
            self.rule(in_force, found);
        }
        if !self.reads()
            && let Some(ruling) = self
                .guard
                .unread()
                .filter(|ruling| !self.rulings.contains_key(&ruling.rule))
        {
            self.note(&ruling);
        }
    }

    /// True while all of the answer is read, and what was found in it can be taken out.
    fn reads(&self) -> bool {
        self.stream.reads() && self.held.as_ref().is_none_or(|held| held.redaction.reads())
    }

    /// Decides what is still open by what is there.
    fn decide_open(&mut self, in_force: &InForce) {
        let mut found = Vec::new();
        let mut keep = |leak: &Match, value: &str| found.push((leak.clone(), value.to_owned()));
        self.leaks.finish(&in_force.scanner, &mut keep);
        self.rule(in_force, found);
    }

    fn rule(&mut self, in_force: &InForce, found: Vec<(Match, String)>) {
        for (leak, value) in found {
            let level = in_force.policy.level_of(&leak.data_type, leak.confidence);
            let Some(mut ruling) = self.guard.leak(&leak.data_type, level, leak.confidence) else {
                continue;
            };
            if ruling.action == AnswerAction::Redact && !can_be_taken_out(&value) {
                // Fails closed.
                ruling.action = AnswerAction::Reject;
            }
            if let (AnswerAction::Redact, Some(held)) = (ruling.done(), &mut self.held) {
                held.redaction.replace(Replacement {
                    surrogate: value,
                    original: Sensitive::new(in_force.policy.marker(&leak.data_type)),
                });
            }
            self.note(&ruling);
        }
    }

    fn note(&mut self, ruling: &AnswerRuling) {
        self.rejected |= ruling.done() == AnswerAction::Reject;
        let (known, count) = self
            .rulings
            .entry(ruling.rule.clone())
            .or_insert_with(|| (ruling.clone(), 0));
        known.action = known.action.max(ruling.action);
        *count += 1;
    }

    /// Lets go on what nothing stands against any more.
    fn pass(&mut self, in_force: &InForce, fresh: Vec<Vec<u8>>, out: &mut Vec<Vec<u8>>) -> Result<(), AnswerEnd> {
        if self.rejected {
            return Err(AnswerEnd::Rejected);
        }
        let Some(held) = &mut self.held else {
            out.extend(fresh);
            return Ok(());
        };
        for piece in fresh {
            held.bytes += piece.len();
            held.waiting.push_back(Waiting {
                piece,
                read: self.leaks.lengths(),
            });
        }
        if held.bytes > MOST_WAITING {
            if held.until_end {
                // Fails closed: what is too long to be held to its form has none.
                return Err(AnswerEnd::Rejected);
            }
            self.decide_open(in_force);
            if self.rejected {
                return Err(AnswerEnd::Rejected);
            }
        }
        self.release(out)
    }

    fn release(&mut self, out: &mut Vec<Vec<u8>>) -> Result<(), AnswerEnd> {
        let Some(held) = self.held.as_mut().filter(|held| !held.until_end) else {
            return Ok(());
        };
        let leaks = &self.leaks;
        while let Some(next) = held.waiting.pop_front_if(|next| leaks.are_settled(&next.read)) {
            held.bytes -= next.piece.len();
            held.redaction.push(&next.piece, out)?;
        }
        Ok(())
    }
}

/// True for a value that stands for itself, and that is found again however it is written. Characters of two UTF-16 units may
/// be cut between two events, and for bytes that are no text another character is shown.
fn can_be_taken_out(value: &str) -> bool {
    let found_again = |character| character != char::REPLACEMENT_CHARACTER && character <= '\u{ffff}';
    value.len() >= SHORT && value.chars().all(found_again)
}

/// Counts what a guard has said of another part of the same answer.
pub fn add_rulings(rulings: &mut Rulings, other: &Rulings) {
    for (rule, (ruling, count)) in other {
        let (known, counted) = rulings.entry(rule.clone()).or_insert_with(|| (ruling.clone(), 0));
        known.action = known.action.max(ruling.action);
        *counted = counted.saturating_add(*count);
    }
}
