//! The way back: a target's answer, converted where it must be, restored and looked through by the same filter as
//! everything else, and given to the caller.
//!
//! Until its first byte has come, another target may be tried. After that an answer that breaks off is told as broken, and
//! never begun again.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use tokio::time::timeout;
use weir_convert::StreamConverter;
use weir_model::Interface;
use weir_proxy::{AnswerFilter, LocalAnswer};

use super::call::{Failed, broke_off, too_slow};
use super::leg::Lease;
use super::serve::{Answer, BrokenOff, own_error, whole};

/// What is known of an answer before it comes.
pub(super) struct Answering {
    pub(super) from: Interface,
    pub(super) to: Interface,
    pub(super) frame: weir_convert::Frame,
    pub(super) filter: Option<Box<dyn AnswerFilter>>,
    /// The longest silence.
    pub(super) wait: Duration,
}

/// Whole answers are read up to this; a model writes far less.
const LARGEST_ANSWER: usize = 64 << 20;
const LARGEST_ERROR: usize = 1 << 20;

/// What a caller may want to quote to the service.
const PASSED_ON: [&str; 2] = ["request-id", "x-request-id"];

impl Answering {
    /// The error a service answers with, in the caller's form.
    pub(super) async fn error(&mut self, response: Response<Incoming>) -> Answer {
        let status = response.status();
        let passed = passed_on(response.headers());
        let body = read(response.into_body(), LARGEST_ERROR, self.wait)
            .await
            .unwrap_or_default();
        let error = weir_convert::error(self.to, status.as_u16(), &body);
        let status = StatusCode::from_u16(error.status).unwrap_or(status);
        let mut answer = self.filtered(status, &error.body);
        answer.headers_mut().extend(passed);
        answer
    }

    pub(super) async fn whole_or_stream(
        mut self,
        response: Response<Incoming>,
        lease: Lease,
        target: &str,
    ) -> Result<Answer, Failed> {
        let content_type = response.headers().get(CONTENT_TYPE);
        let is_stream = content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
        let passed = passed_on(response.headers());
        let status = response.status();
        let mut answer = if is_stream {
            self.stream(status, response.into_body(), lease, target).await?
        } else {
            let body = read(response.into_body(), LARGEST_ANSWER, self.wait).await;
            let body = body.map_err(|failure| failure.of(self.to, target))?;
            lease.give_back();
            self.whole(status, &body)
        };
        answer.headers_mut().extend(passed);
        Ok(answer)
    }

    fn whole(&mut self, status: StatusCode, body: &[u8]) -> Answer {
        if self.from == self.to {
            return self.filtered(status, body);
        }
        match weir_convert::answer(self.from, self.to, body, &self.frame) {
            Ok(converted) => self.filtered(status, &converted),
            // Fails closed: a part of an answer would be taken for all of it.
            Err(error) => {
                let text = format!("the answer cannot be carried over: {error}");
                own_error(self.to, StatusCode::BAD_GATEWAY, &text)
            }
        }
    }

    /// Restores a whole body and looks through it.
    fn filtered(&mut self, status: StatusCode, body: &[u8]) -> Answer {
        let mut answer = whole(status, "application/json", body.to_vec());
        let Some(filter) = &mut self.filter else {
            return answer;
        };
        filter.begin(status.as_u16(), answer.headers_mut());
        let mut out = Vec::new();
        let restored = filter.push(body, &mut out).and_then(|()| filter.finish(&mut out));
        if restored.is_err() {
            return own_error(self.to, StatusCode::BAD_GATEWAY, "the answer was withheld");
        }
        whole(status, "application/json", out)
    }

    /// Waits for the first byte: before it, nothing has begun.
    async fn stream(self, status: StatusCode, body: Incoming, lease: Lease, target: &str) -> Result<Answer, Failed> {
        let mut streamed = Streamed {
            converter: (self.from != self.to).then(|| StreamConverter::new(self.from, self.to, self.frame)),
            filter: self.filter,
            first: None,
            body,
            lease: Some(lease),
            wait: self.wait,
            is_over: false,
        };
        let first = streamed
            .receive()
            .await
            .map_err(|failure| failure.of(self.to, target))?;
        streamed.first = Some(first.ok_or_else(|| broke_off(self.to, target))?);
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/event-stream; charset=utf-8"),
        );
        if let Some(filter) = &mut streamed.filter {
            filter.begin(status.as_u16(), &mut headers);
        }
        let frames = stream::unfold(streamed, |mut streamed| async move {
            let next = streamed.next().await?;
            Some((next.map(|bytes| Frame::data(Bytes::from(bytes))), streamed))
        });
        let mut answer = Response::new(StreamBody::new(frames).boxed_unsync());
        *answer.status_mut() = status;
        headers.insert("cache-control", HeaderValue::from_static("no-cache"));
        *answer.headers_mut() = headers;
        Ok(answer)
    }
}

/// An answer as it streams.
struct Streamed {
    converter: Option<StreamConverter>,
    filter: Option<Box<dyn AnswerFilter>>,
    first: Option<Bytes>,
    body: Incoming,
    /// Given back when the answer was read to its end.
    lease: Option<Lease>,
    wait: Duration,
    is_over: bool,
}

/// The body did not come, or not all of it.
#[derive(Clone, Copy)]
enum ReadFailure {
    TooSlow,
    Broken,
}

impl ReadFailure {
    fn of(self, interface: Interface, target: &str) -> Failed {
        match self {
            ReadFailure::TooSlow => too_slow(interface, target),
            ReadFailure::Broken => broke_off(interface, target),
        }
    }
}

impl Streamed {
    /// The next bytes for the caller; `None` at the end. An error cuts the connection to the caller.
    async fn next(&mut self) -> Option<Result<Vec<u8>, BrokenOff>> {
        while !self.is_over {
            let received = match self.first.take() {
                Some(first) => Ok(Some(first)),
                None => self.receive().await,
            };
            let said = match received {
                Ok(Some(bytes)) => self.pass(&bytes),
                Ok(None) => self.end(),
                Err(_) => self.cut("the answer broke off"),
            };
            match said {
                Ok(bytes) if bytes.is_empty() => {}
                said => return Some(said),
            }
        }
        // What was told as an error ends as one: no client may take it for the whole answer.
        None
    }

    async fn receive(&mut self) -> Result<Option<Bytes>, ReadFailure> {
        loop {
            let frame = timeout(self.wait, self.body.frame()).await;
            match frame.map_err(|_| ReadFailure::TooSlow)? {
                None => return Ok(None),
                Some(Err(_)) => return Err(ReadFailure::Broken),
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data()
                        && !bytes.is_empty()
                    {
                        return Ok(Some(bytes));
                    }
                }
            }
        }
    }

    fn pass(&mut self, bytes: &[u8]) -> Result<Vec<u8>, BrokenOff> {
        let Some(converter) = &mut self.converter else {
            return self.filtered(bytes);
        };
        let mut converted = Vec::new();
        match converter.push(bytes, &mut converted) {
            Ok(()) => self.filtered(&converted),
            Err(error) => {
                let mut out = self.filtered(&converted)?;
                out.extend(self.cut(&format!("the answer cannot be carried over: {error}"))?);
                Ok(out)
            }
        }
    }

    fn end(&mut self) -> Result<Vec<u8>, BrokenOff> {
        let mut converted = Vec::new();
        if let Some(converter) = &mut self.converter
            && converter.finish(&mut converted).is_err()
        {
            return self.cut("the answer broke off");
        }
        self.is_over = true;
        let mut out = self.filtered(&converted)?;
        if let Some(filter) = &mut self.filter {
            filter.finish(&mut out).map_err(|_| BrokenOff)?;
        }
        if let Some(lease) = self.lease.take() {
            lease.give_back();
        }
        Ok(out)
    }

    /// Tells the caller, where there is a whole event to tell it with, and ends.
    fn cut(&mut self, why: &str) -> Result<Vec<u8>, BrokenOff> {
        self.is_over = true;
        let Some(converter) = &mut self.converter else {
            return Err(BrokenOff);
        };
        let mut told = Vec::new();
        converter.break_off(why, &mut told);
        self.filtered(&told)
    }

    fn filtered(&mut self, bytes: &[u8]) -> Result<Vec<u8>, BrokenOff> {
        let Some(filter) = &mut self.filter else {
            return Ok(bytes.to_vec());
        };
        let mut out = Vec::new();
        match filter.push(bytes, &mut out) {
            Ok(()) => Ok(out),
            Err(_) => {
                self.is_over = true;
                Err(BrokenOff)
            }
        }
    }
}

async fn read(mut body: Incoming, most: usize, wait: Duration) -> Result<Vec<u8>, ReadFailure> {
    let mut out = Vec::new();
    loop {
        let frame = timeout(wait, body.frame()).await.map_err(|_| ReadFailure::TooSlow)?;
        let Some(frame) = frame else { return Ok(out) };
        if let Ok(bytes) = frame.map_err(|_| ReadFailure::Broken)?.into_data() {
            out.extend_from_slice(&bytes);
        }
        if out.len() > most {
            return Err(ReadFailure::Broken);
        }
    }
}

fn passed_on(headers: &HeaderMap) -> HeaderMap {
    let named = PASSED_ON.into_iter().map(HeaderName::from_static);
    named
        .filter_map(|name| Some((name.clone(), headers.get(&name)?.clone())))
        .collect()
}

/// An answer made by the engine.
pub(super) fn local(local: &LocalAnswer) -> Answer {
    let status = StatusCode::from_u16(local.status).unwrap_or(StatusCode::FORBIDDEN);
    let mut answer = whole(status, "application/json", local.body.to_vec());
    for (name, value) in &local.headers {
        let header = HeaderName::from_bytes(name.as_bytes())
            .ok()
            .zip(HeaderValue::from_str(value).ok());
        if let Some((name, value)) = header.filter(|(name, _)| *name != CONTENT_LENGTH) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}
