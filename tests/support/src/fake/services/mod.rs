//! What each service answers: pure functions from a request to an answer.

mod anthropic;
mod bank;
mod chatgpt;
mod claude;
mod gemini;
pub(super) mod openai;
pub(super) mod sockets;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};
use std::io::{Read, Write};

/// A request without its body.
#[derive(Clone, Debug)]
pub struct Head {
    /// Host, lower case, without port.
    pub host: String,
    /// `GET`, `POST`, …
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query, if any.
    pub query: Option<String>,
    /// `HTTP/1.1` or `HTTP/2.0`.
    pub version: String,
    /// Lower-case names and values, in order.
    pub headers: Vec<(String, String)>,
}

impl Head {
    pub(super) fn from_parts(parts: &http::request::Parts) -> Self {
        Self::new(&parts.method, &parts.uri, parts.version, &parts.headers)
    }

    /// The head of a request that keeps its parts.
    pub(super) fn of<B>(request: &http::Request<B>) -> Self {
        Self::new(request.method(), request.uri(), request.version(), request.headers())
    }

    fn new(method: &http::Method, uri: &http::Uri, version: http::Version, headers: &HeaderMap) -> Self {
        let headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let named = headers
            .iter()
            .find(|(name, _)| name == "host")
            .map(|(_, value)| value.as_str());
        let authority = uri
            .authority()
            .map(http::uri::Authority::as_str)
            .or(named)
            .unwrap_or_default();
        Self {
            host: authority.split(':').next().unwrap_or_default().to_ascii_lowercase(),
            method: method.to_string(),
            path: uri.path().to_owned(),
            query: uri.query().map(str::to_owned),
            version: format!("{version:?}"),
            headers,
        }
    }

    pub(super) fn path_and_query(&self) -> String {
        self.query
            .as_ref()
            .map_or_else(|| self.path.clone(), |query| format!("{}?{query}", self.path))
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }
}

/// An answer before it is sent.
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Body,
}

/// The body of an answer.
pub enum Body {
    /// Sent at once.
    Whole(Bytes),
    /// Sent piece by piece.
    Events(Vec<Bytes>),
}

impl Answer {
    fn whole(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self {
            status,
            headers,
            body: Body::Whole(body.into()),
        }
    }

    fn json(value: &Value) -> Self {
        Self::whole(StatusCode::OK, "application/json", value.to_string())
    }

    fn html(page: &'static str) -> Self {
        Self::whole(StatusCode::OK, "text/html; charset=utf-8", page)
    }

    /// The page of a chat: one skeleton, and a script that speaks the service's protocol.
    fn chat(name: &str, script: &str) -> Self {
        let page = include_str!("../pages/chat.html")
            .replace("NAME", name)
            .replace("SCRIPT", script);
        Self::whole(StatusCode::OK, "text/html; charset=utf-8", page)
    }

    /// What all fake pages share.
    fn page_part(path: &str) -> Option<Self> {
        match path {
            "/fake/page.css" => Some(Self::whole(
                StatusCode::OK,
                "text/css",
                include_str!("../pages/page.css"),
            )),
            "/fake/page.js" => Some(Self::whole(
                StatusCode::OK,
                "text/javascript",
                include_str!("../pages/page.js"),
            )),
            _ => None,
        }
    }

    fn events(events: Vec<String>) -> Self {
        let mut answer = Self::whole(StatusCode::OK, "text/event-stream; charset=utf-8", "");
        answer
            .headers
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        answer.body = Body::Events(events.into_iter().map(Bytes::from).collect());
        answer
    }

    fn not_found(head: &Head) -> Self {
        let message = format!("no such endpoint: {} {}{}", head.method, head.host, head.path);
        let mut answer = Self::json(&json!({"error": {"message": message, "type": "invalid_request_error"}}));
        answer.status = StatusCode::NOT_FOUND;
        answer
    }

    fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers
            .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        self
    }

    /// Whole answers only: a compressed stream would hide the small pieces the tests are about.
    pub(super) fn compress(&mut self, head: &Head) {
        let Body::Whole(bytes) = &self.body else { return };
        if bytes.is_empty() || !head.header(ACCEPT_ENCODING.as_str()).contains("gzip") {
            return;
        }
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        if let Ok(packed) = encoder.write_all(bytes).and_then(|()| encoder.finish()) {
            self.body = Body::Whole(packed.into());
            self.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
    }
}

/// What the service at this host says to this request.
#[must_use]
pub fn answer(head: &Head, body: &[u8]) -> Answer {
    if let Some(part) = Answer::page_part(&head.path) {
        return part;
    }
    match head.host.as_str() {
        "chatgpt.com" => chatgpt::answer(head, body),
        "claude.ai" => claude::answer(head, body),
        "gemini.google.com" => gemini::answer(head, body),
        "copilot.microsoft.com" => page(head, "Copilot", include_str!("../pages/copilot.js")),
        "substrate.office.com" => page(head, "Microsoft 365 Copilot", include_str!("../pages/m365.js")),
        "api.openai.com" => openai::answer(head, body),
        "api.anthropic.com" => anthropic::answer(head, body),
        host if host.ends_with(".oaiusercontent.com") => chatgpt::blob(head),
        _ => bank::answer(head, body),
    }
}

/// The last prompt of ChatGPT's page.
pub(super) fn last_prompt(received: &[super::Received]) -> String {
    let mut turns = received
        .iter()
        .filter(|request| request.host == "chatgpt.com" && request.path.ends_with("/f/conversation"));
    turns.next_back().map_or_else(String::new, |request| {
        chatgpt::prompt(&parsed(request.text().as_bytes()))
    })
}

/// A service of which only the page comes over HTTP.
fn page(head: &Head, name: &str, script: &str) -> Answer {
    match (head.method.as_str(), head.path.as_str()) {
        ("GET", "/") => Answer::chat(name, script),
        _ => Answer::not_found(head),
    }
}

/// The body with its content coding undone.
pub(super) fn decoded(head: &Head, body: Vec<u8>) -> Vec<u8> {
    undo_coding(head.header(CONTENT_ENCODING.as_str()), body)
}

pub(crate) fn undo_coding(coding: &str, body: Vec<u8>) -> Vec<u8> {
    let mut out = Vec::new();
    let done = match coding {
        "gzip" => flate2::read::MultiGzDecoder::new(&body[..]).read_to_end(&mut out),
        "deflate" => flate2::read::ZlibDecoder::new(&body[..]).read_to_end(&mut out),
        "br" => brotli::Decompressor::new(&body[..], 4096).read_to_end(&mut out),
        "zstd" => zstd::stream::copy_decode(&body[..], &mut out).map(|()| out.len()),
        _ => return body,
    };
    done.map_or(body, |_| out)
}

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or(Value::Null)
}

/// What every fake model says.
fn echo(text: &str) -> String {
    format!("You wrote: {text}")
}

/// Cuts text into pieces of one to five characters, at places that depend on the text.
fn pieces(text: &str) -> Vec<String> {
    let mut random = crate::Random::seeded(text.len() as u64);
    let mut letters = text.chars().peekable();
    let mut out = Vec::new();
    while letters.peek().is_some() {
        let length = 1 + random.below(5) as usize;
        out.push(letters.by_ref().take(length).collect());
    }
    out
}

/// One server-sent event.
fn event(name: Option<&str>, data: &Value) -> String {
    match name {
        Some(name) => format!("event: {name}\ndata: {data}\n\n"),
        None => format!("data: {data}\n\n"),
    }
}

/// The text of content in the two forms APIs know: a string, or a list of parts with a `text` each.
fn content_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts: Vec<&str> = parts
                .iter()
                .filter_map(|part| part.as_str().or_else(|| part["text"].as_str()))
                .collect();
            texts.join("\n")
        }
        _ => String::new(),
    }
}

/// Content of the last message of a role.
fn last_content<'a>(messages: &'a Value, role: &str) -> &'a Value {
    let found = messages
        .as_array()
        .into_iter()
        .flatten()
        .rev()
        .find(|message| message["role"] == role);
    found.map_or(&Value::Null, |message| &message["content"])
}

/// The file in a multipart body: its name and its size.
fn uploaded(body: &[u8]) -> (String, usize) {
    let text = String::from_utf8_lossy(body);
    let name = text
        .split_once("filename=\"")
        .and_then(|(_, rest)| rest.split('"').next())
        .unwrap_or("file");
    let content = text
        .split_once("filename=\"")
        .and_then(|(_, rest)| rest.split_once("\r\n\r\n"));
    let size = content.map_or(0, |(_, rest)| rest.split("\r\n--").next().unwrap_or_default().len());
    (name.to_owned(), size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_small_and_whole() {
        let text = "Grüße an [EMAIL_1] und 🦆!";
        let cut = pieces(text);
        assert_eq!(cut.concat(), text);
        assert!(cut.iter().all(|piece| (1..=5).contains(&piece.chars().count())));
    }

    #[test]
    fn codings_are_undone() {
        let text = b"the same text, four times".repeat(4);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&text).unwrap();
        assert_eq!(undo_coding("gzip", gzip.finish().unwrap()), text);
        assert_eq!(
            undo_coding("zstd", zstd::stream::encode_all(&text[..], 0).unwrap()),
            text
        );
        assert_eq!(undo_coding("gzip", b"not gzip".to_vec()), b"not gzip");
    }

    #[test]
    fn uploads_are_measured() {
        let body =
            b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhello\r\n--b--\r\n";
        assert_eq!(uploaded(body), ("a.txt".to_owned(), 5));
    }
}
