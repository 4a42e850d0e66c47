//! The way back: one answer, as it streams through the gate.

use std::sync::Arc;
use std::time::Instant;

use http::HeaderMap;
use http::header::{ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use weir_audit::{Record, ResponseRecord};
use weir_content::answer::{AnswerStream, Decoder, Replacement};
use weir_engine::{AnswerReview, InForce};
use weir_model::EventId;
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
    restore: Vec<Replacement>,
    /// The answer says what a file is called from now on.
    names: Option<Names>,
    released: Instant,
    review: Option<AnswerReview>,
    status: Option<u16>,
    bytes: u64,
    complete: bool,
}

impl AnswerGate {
    /// For the answer to one released message.
    pub(crate) fn new(
        enforcer: Arc<Enforcer>,
        in_force: Arc<InForce>,
        event: EventId,
        decoder: Option<Decoder>,
        restore: Vec<Replacement>,
        names: Option<Names>,
    ) -> Self {
        Self {
            enforcer,
            in_force,
            event,
            decoder,
            restore,
            names,
            released: Instant::now(),
            review: None,
            status: None,
            bytes: 0,
            complete: false,
        }
    }
}

impl AnswerFilter for AnswerGate {
    fn begin(&mut self, status: u16, headers: &mut HeaderMap) {
        self.status = Some(status);
        if let Some(names) = &mut self.names {
            names.begin(status, headers, &self.enforcer);
        }
        // A part of a larger whole has its place in it: it goes on as it is.
        let restore = if status == PARTIAL_CONTENT {
            Vec::new()
        } else {
            std::mem::take(&mut self.restore)
        };
        let text = |name| {
            headers
                .get(name)
                .and_then(|value: &http::HeaderValue| value.to_str().ok())
        };
        let stream = AnswerStream::new(self.decoder, text(CONTENT_TYPE), text(CONTENT_ENCODING), restore);
        let review = AnswerReview::new(stream);
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
        review
            .push(&self.in_force.scanner, chunk, out)
            .map_err(|_| AnswerFailure)
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), AnswerFailure> {
        let Some(review) = &mut self.review else {
            return Err(AnswerFailure);
        };
        review.finish(&self.in_force.scanner, out).map_err(|_| AnswerFailure)?;
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
        let time = clock::now();
        let record = Record::Response(ResponseRecord {
            time,
            event: self.event,
            status: self.status,
            findings: summary.findings,
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
