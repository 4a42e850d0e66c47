//! The way back: one answer, as it streams through the gate.

use std::sync::Arc;
use std::time::Instant;

use http::HeaderMap;
use http::header::{ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use weir_audit::{GuardSummary, Record, ResponseRecord};
use weir_content::answer::{Decoder, Replacement};
use weir_engine::{GuardedAnswer, InForce, Rulings};
use weir_model::{EventId, Level};
use weir_policy::AnswerGuard;
use weir_proxy::{AnswerFailure, AnswerFilter};

use crate::clock;
use crate::enforce::Enforcer;
use crate::uploads::Names;

const PARTIAL_CONTENT: u16 = 206;

/// Restores stand-ins and counts leaks in one answer; its record is appended when the answer ends, or breaks off.
pub(crate) struct AnswerGate {
    enforcer: Arc<Enforcer>,
    in_force: Arc<InForce>,
    event: EventId,
    decoder: Option<Decoder>,
    guard: AnswerGuard,
    /// Level of the message.
    level: Level,
    restore: Vec<Replacement>,
    /// The answer says what a file is called from now on.
    names: Option<Names>,
    released: Instant,
    review: Option<GuardedAnswer>,
    status: Option<u16>,
    bytes: u64,
    complete: bool,
}

/// A message that was released, as far as its answer is concerned.
pub(crate) struct Released {
    pub(crate) event: EventId,
    pub(crate) level: Level,
    pub(crate) decoder: Option<Decoder>,
    pub(crate) guard: AnswerGuard,
    pub(crate) restore: Vec<Replacement>,
    pub(crate) names: Option<Names>,
}

impl AnswerGate {
    /// For the answer to one released message.
    pub(crate) fn new(enforcer: Arc<Enforcer>, in_force: Arc<InForce>, message: Released) -> Self {
        Self {
            enforcer,
            in_force,
            event: message.event,
            decoder: message.decoder,
            guard: message.guard,
            level: message.level,
            restore: message.restore,
            names: message.names,
            released: Instant::now(),
            review: None,
            status: None,
            bytes: 0,
            complete: false,
        }
    }
}

/// What was said of an answer, as it is kept.
pub(crate) fn guarded(rulings: &Rulings) -> Vec<GuardSummary> {
    let kept = |(ruling, count): &(weir_policy::AnswerRuling, u32)| GuardSummary {
        rule: ruling.rule.clone(),
        action: ruling.action.as_str().to_owned(),
        mode: ruling.mode,
        count: *count,
    };
    rulings.values().map(kept).collect()
}

impl AnswerFilter for AnswerGate {
    fn begin(&mut self, status: u16, headers: &mut HeaderMap) {
        self.status = Some(status);
        if let Some(names) = &mut self.names {
            names.begin(status, headers, &self.enforcer);
        }
        // A part of a larger whole has its place in it: it goes on as it is.
        let (restore, guard) = if status == PARTIAL_CONTENT {
            (Vec::new(), AnswerGuard::default())
        } else {
            (std::mem::take(&mut self.restore), std::mem::take(&mut self.guard))
        };
        let text = |name| {
            headers
                .get(name)
                .and_then(|value: &http::HeaderValue| value.to_str().ok())
        };
        let (kind, coding) = (text(CONTENT_TYPE), text(CONTENT_ENCODING));
        let review = GuardedAnswer::new(guard, self.decoder, kind, coding, restore);
        if review.rewrites() {
            // Length, coding and validators speak of bytes that the client will not get.
            for name in [CONTENT_LENGTH, CONTENT_ENCODING, ETAG, ACCEPT_RANGES] {
                headers.remove(name);
            }
        }
        self.review = Some(review);
    }

    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), AnswerFailure> {
        self.bytes += chunk.len() as u64;
        if let Some(names) = &mut self.names {
            names.push(chunk, &self.enforcer);
        }
        let Some(review) = &mut self.review else {
            return Err(AnswerFailure);
        };
        review.push(&self.in_force, chunk, out).map_err(|_| AnswerFailure)
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), AnswerFailure> {
        let Some(review) = &mut self.review else {
            return Err(AnswerFailure);
        };
        review.finish(&self.in_force, out).map_err(|_| AnswerFailure)?;
        if let Some(names) = &mut self.names {
            names.finish(&self.enforcer);
        }
        self.complete = true;
        Ok(())
    }
}

impl Drop for AnswerGate {
    fn drop(&mut self) {
        let summary = self
            .review
            .as_ref()
            .map(|review| review.summary(&self.in_force.policy))
            .unwrap_or_default();
        let guarded = self.review.as_ref().map(|review| guarded(review.rulings()));
        let time = clock::now();
        let record = Record::Response(ResponseRecord {
            time,
            event: self.event,
            status: self.status,
            level: Some(self.level.max(summary.level)),
            findings: summary.findings,
            guarded: guarded.unwrap_or_default(),
            restored: summary.restored,
            unread: summary.unread && self.bytes > 0,
            complete: self.complete,
            latency_us: u64::try_from(self.released.elapsed().as_micros()).unwrap_or(u64::MAX),
            answer_bytes: self.bytes,
        });
        // Not waited for: the answer has reached the client, and the decision's own record is durable already.
        self.enforcer.store.append_record(time, self.event, &record, |_| {});
    }
}
