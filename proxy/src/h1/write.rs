//! Heads back to bytes. What need not change is copied as it was written.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::head::{AnswerHead, Head, tokens};
use crate::header_edits::Edits;
use crate::{LocalAnswer, Relay};

/// What must change in a request head.
#[derive(Default)]
pub(crate) struct RequestEdit<'a> {
    /// A body of this length takes the place of the one announced.
    pub(crate) length: Option<usize>,
    /// We have already asked the client to go on.
    pub(crate) drop_expect: bool,
    /// The messages of the WebSocket that this request opens are read here: no extension may change them.
    pub(crate) drop_extensions: bool,
    /// A new path and query.
    pub(crate) path_and_query: Option<&'a str>,
    /// Headers of the gate's, in place of the client's.
    pub(crate) headers: Option<&'a Edits>,
}

/// The header by which a client offers compression of its messages.
pub(super) const SOCKET_EXTENSIONS: &str = "sec-websocket-extensions";

/// Appends the head for the origin.
pub(crate) fn request(out: &mut Vec<u8>, head: &Head, edit: &RequestEdit<'_>) {
    let as_written = edit.length.is_none()
        && !edit.drop_expect
        && !edit.drop_extensions
        && edit.path_and_query.is_none()
        && edit.headers.is_none()
        && !head.hop.to_strip
        && !head.absolute;
    if as_written {
        out.extend_from_slice(head.raw());
        return;
    }
    request_line(out, head, edit);
    let mut announced = false;
    for (name, value, line) in head.fields.lines() {
        if edit.length.is_some() && is_framing(name) {
            if !std::mem::replace(&mut announced, true) {
                announce(out, edit.length.unwrap_or_default());
            }
        } else if (edit.drop_expect && name.eq_ignore_ascii_case("expect"))
            || (edit.drop_extensions && name.eq_ignore_ascii_case(SOCKET_EXTENSIONS))
            || edit.headers.is_some_and(|edits| edits.removes(name))
        {
        } else if head.hop.to_strip && ends_here(name, value, head.fields.iter(), head.upgrade().is_some()) {
            if name.eq_ignore_ascii_case("connection") {
                connection(out, name, value);
            }
        } else {
            out.extend_from_slice(line);
        }
    }
    if let Some(length) = edit.length.filter(|length| *length > 0 && !announced) {
        announce(out, length);
    }
    for (name, value) in edit.headers.iter().flat_map(|edits| edits.set()) {
        field(out, name, value);
    }
    out.extend_from_slice(b"\r\n");
}

fn request_line(out: &mut Vec<u8>, head: &Head, edit: &RequestEdit<'_>) {
    out.extend_from_slice(head.method().as_bytes());
    out.push(b' ');
    let path = edit.path_and_query.unwrap_or_else(|| head.path_and_query());
    if path.starts_with('?') {
        out.push(b'/');
    }
    out.extend_from_slice(path.as_bytes());
    out.extend_from_slice(if head.is_http10() {
        b" HTTP/1.0\r\n"
    } else {
        b" HTTP/1.1\r\n"
    });
}

fn announce(out: &mut Vec<u8>, length: usize) {
    use std::io::Write;
    // Writing to a vector cannot fail.
    let _ = write!(out, "Content-Length: {length}\r\n");
}

fn is_framing(name: &str) -> bool {
    name.eq_ignore_ascii_case("content-length")
        || name.eq_ignore_ascii_case("transfer-encoding")
        || name.eq_ignore_ascii_case("trailer")
}

/// True for fields that describe this hop only (RFC 9110, 7.6.1).
fn ends_here<'h>(
    name: &str,
    value: &[u8],
    mut fields: impl Iterator<Item = (&'h str, &'h [u8])>,
    upgrades: bool,
) -> bool {
    const ALWAYS: [&str; 5] = [
        "connection",
        "keep-alive",
        "proxy-connection",
        "proxy-authorization",
        "proxy-authenticate",
    ];
    if ALWAYS.iter().any(|hop| name.eq_ignore_ascii_case(hop)) {
        return true;
    }
    if name.eq_ignore_ascii_case("te") {
        return !value.eq_ignore_ascii_case(b"trailers");
    }
    if name.eq_ignore_ascii_case("upgrade") {
        return !upgrades;
    }
    // What frames a message stays, whoever calls it a matter of this hop.
    !is_framing(name)
        && !name.eq_ignore_ascii_case("host")
        && fields.any(|(other, nominated)| {
            other.eq_ignore_ascii_case("connection")
                && tokens(nominated).any(|token| token.eq_ignore_ascii_case(name.as_bytes()))
        })
}

/// The options of our own connection that are worth saying, out of the client's.
fn connection(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    let kept: Vec<&[u8]> = tokens(value)
        .filter(|token| {
            [&b"keep-alive"[..], b"close", b"te", b"upgrade"]
                .iter()
                .any(|known| token.eq_ignore_ascii_case(known))
        })
        .collect();
    if !kept.is_empty() {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(&kept.join(&b", "[..]));
        out.extend_from_slice(b"\r\n");
    }
}

/// How an answer goes to the client.
#[derive(Clone, Copy, Default)]
pub(crate) struct AnswerEdit {
    /// The connection ends after this answer.
    pub(crate) close: bool,
    /// The host is intercepted: it may not name ways around us.
    pub(crate) strip_alt_svc: bool,
}

/// Appends the head for the client.
pub(crate) fn answer(out: &mut Vec<u8>, head: &AnswerHead, edit: AnswerEdit) {
    let changes =
        head.hop.to_strip || head.hop.close != edit.close || (edit.strip_alt_svc && head.has_alt_svc) || head.http10;
    if !changes {
        out.extend_from_slice(head.raw());
        return;
    }
    status_line(out, head);
    for (name, value, line) in head.fields.lines() {
        let drop = ends_here(name, value, head.fields.iter(), false)
            || (edit.strip_alt_svc && name.eq_ignore_ascii_case("alt-svc"));
        if !drop {
            out.extend_from_slice(line);
        }
    }
    end_answer(out, edit.close);
}

/// Appends the head for the client, with the headers a filter has changed. Lines it did not touch stay as written.
pub(crate) fn filtered_answer(
    out: &mut Vec<u8>,
    head: &AnswerHead,
    edit: AnswerEdit,
    headers: &HeaderMap,
    chunked: bool,
) {
    status_line(out, head);
    let mut left = headers.clone();
    for (name, value, line) in head.fields.lines() {
        let drop = ends_here(name, value, head.fields.iter(), false)
            || name.eq_ignore_ascii_case("transfer-encoding")
            || (edit.strip_alt_svc && name.eq_ignore_ascii_case("alt-svc"));
        if !drop && take(&mut left, name, value) {
            out.extend_from_slice(line);
        }
    }
    for (name, value) in &left {
        let gone = is_hop_name(name.as_str()) || (edit.strip_alt_svc && name == "alt-svc");
        if !gone {
            field(out, name.as_str(), value.as_bytes());
        }
    }
    if chunked {
        field(out, "Transfer-Encoding", b"chunked");
    }
    end_answer(out, edit.close);
}

/// The headers of an answer as a map, for a filter.
pub(crate) fn header_map(head: &AnswerHead) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(16);
    for (name, value) in head.fields.iter() {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value)) {
            map.append(name, value);
        }
    }
    map
}

/// Takes one value of a name out of the map; false when the filter has removed or changed it.
fn take(map: &mut HeaderMap, name: &str, value: &[u8]) -> bool {
    let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
        return false;
    };
    let http::header::Entry::Occupied(entry) = map.entry(name.clone()) else {
        return false;
    };
    let mut values: Vec<HeaderValue> = entry.iter().cloned().collect();
    let Some(at) = values.iter().position(|own| own.as_bytes() == value) else {
        return false;
    };
    values.remove(at);
    map.remove(&name);
    for value in values {
        map.append(name.clone(), value);
    }
    true
}

fn is_hop_name(name: &str) -> bool {
    [
        "connection",
        "keep-alive",
        "proxy-connection",
        "transfer-encoding",
        "upgrade",
    ]
    .contains(&name)
}

/// The version in an answer is our own.
fn status_line(out: &mut Vec<u8>, head: &AnswerHead) {
    let line = head.status_line();
    out.extend_from_slice(b"HTTP/1.1");
    out.extend_from_slice(line.get(8..).unwrap_or(b" 502\r\n"));
}

fn end_answer(out: &mut Vec<u8>, close: bool) {
    if close {
        out.extend_from_slice(b"Connection: close\r\n");
    }
    out.extend_from_slice(b"\r\n");
}

fn field(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Appends an answer made here, body included. `head_only`: the request was HEAD.
pub(crate) fn local_answer(out: &mut Vec<u8>, answer: &LocalAnswer, close: bool, head_only: bool) {
    begin_here(out, answer.status);
    for (name, value) in &answer.headers {
        if let Some((name, value)) = good_field(name, value) {
            field(out, name.as_str(), value.as_bytes());
        }
    }
    let bodiless = matches!(answer.status, 204 | 304);
    if !bodiless {
        field(out, "content-length", answer.body.len().to_string().as_bytes());
    }
    end_answer(out, close);
    if !bodiless && !head_only {
        out.extend_from_slice(&answer.body);
    }
}

/// Appends the head of an answer from elsewhere. Its body comes in chunks, or ends with the connection.
pub(crate) fn relayed_head(out: &mut Vec<u8>, relay: &Relay, chunked: bool, close: bool) {
    begin_here(out, relay.status);
    for (name, value) in relay.headers.iter().filter(|(name, _)| !is_ours(name)) {
        field(out, name.as_str(), value.as_bytes());
    }
    if chunked {
        field(out, "transfer-encoding", b"chunked");
    }
    end_answer(out, close);
}

/// The status line and the time of an answer that comes from here.
fn begin_here(out: &mut Vec<u8>, status: u16) {
    let status = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::BAD_GATEWAY);
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(status.canonical_reason().unwrap_or("Answered").as_bytes());
    out.extend_from_slice(b"\r\n");
    field(
        out,
        "date",
        httpdate::fmt_http_date(std::time::SystemTime::now()).as_bytes(),
    );
}

/// Set here, whatever an answer says.
pub(crate) fn is_ours(name: &HeaderName) -> bool {
    name == "content-length" || name == "date" || is_hop_name(name.as_str())
}

/// A header of a local answer, unless it cannot stand on the wire or is ours to set.
pub(crate) fn good_field(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    let value = HeaderValue::from_bytes(Bytes::copy_from_slice(value.as_bytes()).as_ref()).ok()?;
    (!is_ours(&name)).then_some((name, value))
}
