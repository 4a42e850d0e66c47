//! Heads of requests and answers. Strict: what two readers could read differently is refused (request smuggling).

use std::mem::MaybeUninit;
use std::ops::Range;
use std::sync::Arc;

use super::body::Framing;
use crate::{Limits, LocalAnswer};

/// What a connection was made for; every request on it is judged as going there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) scheme: &'static str,
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// Why a request head is refused. Never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HeadError {
    #[error("the request head is malformed")]
    Malformed,
    #[error("the request has contradictory or malformed framing")]
    Framing,
    #[error("the request uses an unknown transfer coding")]
    Coding,
    #[error("the request needs exactly one valid host")]
    Host,
    #[error("the request names another host than its connection")]
    Misdirected,
    #[error("the request head has too many fields")]
    TooMany,
    #[error("the request head is too large")]
    TooLarge,
    #[error("the HTTP version is not supported")]
    Version,
    #[error("the expectation is not supported")]
    Expectation,
}

impl HeadError {
    pub(crate) fn answer(self) -> LocalAnswer {
        let status = match self {
            Self::Malformed | Self::Framing | Self::Host => 400,
            Self::Coding => 501,
            Self::Misdirected => 421,
            Self::TooMany | Self::TooLarge => 431,
            Self::Version => 505,
            Self::Expectation => 417,
        };
        LocalAnswer::text(status, format!("Weir refused this request: {self}.\n"))
            .with_header("proxy-status", "weir; error=http_request_error")
            .closing()
    }
}

/// An answer of the origin that cannot be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer of the origin is malformed")]
pub(crate) struct AnswerHeadError;

/// Looks for the end of a head in a growing buffer, in time linear in its size.
#[derive(Default)]
pub(crate) struct HeadEnd {
    seen: usize,
}

impl HeadEnd {
    /// The length of the head, empty line included; `None` when there is more to read.
    pub(crate) fn find(&mut self, bytes: &[u8], limit: usize) -> Result<Option<usize>, HeadError> {
        let from = self.seen.saturating_sub(3);
        if let Some(at) = memchr::memmem::find(&bytes[from..], b"\r\n\r\n") {
            let length = from + at + 4;
            self.seen = 0;
            return if length > limit {
                Err(HeadError::TooLarge)
            } else {
                Ok(Some(length))
            };
        }
        if bytes.len() > limit {
            return Err(HeadError::TooLarge);
        }
        // A bare line feed never ends a line here; waiting for more would only hide that.
        let unseen = &bytes[self.seen..];
        for at in memchr::memchr_iter(b'\n', unseen) {
            let before = self.seen + at;
            if before == 0 || bytes[before - 1] != b'\r' {
                return Err(HeadError::Malformed);
            }
        }
        self.seen = bytes.len();
        Ok(None)
    }
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    fn of(part: &[u8], whole: &[u8]) -> Self {
        let start = (part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
        debug_assert!(start + part.len() <= whole.len());
        Self {
            start: small(start),
            end: small(start + part.len()),
        }
    }

    fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Heads are bounded far below 4 GiB.
fn small(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

#[derive(Clone, Copy)]
struct Field {
    name: Span,
    value: Span,
}

/// The bytes of a head and where its fields are.
#[derive(Default)]
pub(crate) struct Fields {
    raw: Vec<u8>,
    fields: Vec<Field>,
}

impl Fields {
    fn clear(&mut self) {
        self.raw.clear();
        self.fields.clear();
    }

    fn bytes(&self, span: Span) -> &[u8] {
        self.raw.get(span.range()).unwrap_or_default()
    }

    /// Spans come from `httparse`, which gives names and targets as text.
    fn text(&self, span: Span) -> &str {
        std::str::from_utf8(self.bytes(span)).unwrap_or_default()
    }

    pub(crate) fn raw(&self) -> &[u8] {
        &self.raw
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.fields
            .iter()
            .map(|field| (self.text(field.name), self.bytes(field.value)))
    }

    /// Name, value and the whole line with its end.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&str, &[u8], &[u8])> {
        (0..self.fields.len()).map(|at| {
            let field = self.fields[at];
            let start = field.name.start;
            let end = self
                .fields
                .get(at + 1)
                .map_or(small(self.raw.len().saturating_sub(2)), |next| next.name.start);
            (
                self.text(field.name),
                self.bytes(field.value),
                self.bytes(Span { start, end }),
            )
        })
    }

    /// The bytes of the first line, end included.
    pub(super) fn first_line(&self) -> &[u8] {
        let end = self
            .fields
            .first()
            .map_or(small(self.raw.len().saturating_sub(2)), |field| field.name.start);
        self.bytes(Span { start: 0, end })
    }

    fn keep(&mut self, fields: &[httparse::Header<'_>], raw: &[u8]) {
        self.raw.extend_from_slice(raw);
        self.fields.extend(fields.iter().map(|field| Field {
            name: Span::of(field.name.as_bytes(), raw),
            value: Span::of(field.value, raw),
        }));
    }
}

/// What the `Connection` field and its friends say.
#[derive(Clone, Copy, Default)]
pub(crate) struct Hop {
    /// `close` was said.
    pub(crate) close: bool,
    /// `keep-alive` was said.
    pub(crate) keep_alive: bool,
    /// `upgrade` was said.
    pub(crate) upgrade: bool,
    /// There are fields that end at this hop, beyond what may stay as written.
    pub(crate) to_strip: bool,
}

/// A request head.
pub(crate) struct Head {
    pub(super) fields: Fields,
    method: Span,
    target: Span,
    path: Span,
    http10: bool,
    pub(crate) hop: Hop,
    pub(crate) framing: Framing,
    pub(crate) expects_continue: bool,
    websocket: bool,
    pub(crate) absolute: bool,
    origin: Arc<Origin>,
}

impl Head {
    pub(crate) fn new(origin: Arc<Origin>) -> Self {
        Self {
            fields: Fields::default(),
            method: Span::default(),
            target: Span::default(),
            path: Span::default(),
            http10: false,
            hop: Hop::default(),
            framing: Framing::Empty,
            expects_continue: false,
            websocket: false,
            absolute: false,
            origin,
        }
    }

    /// Reads a head that ends with its empty line. `pinned`: the connection has one origin, and the request must name
    /// it; otherwise the request is in absolute form and brings its own.
    pub(crate) fn parse(&mut self, raw: &[u8], most_fields: usize, pinned: bool) -> Result<(), HeadError> {
        let raw = raw.strip_prefix(b"\r\n").unwrap_or(raw);
        self.fields.clear();
        refuse_bare_line_feeds(raw)?;
        let mut space = [const { MaybeUninit::uninit() }; Limits::MOST_HEADERS];
        let space = &mut space[..most_fields.min(Limits::MOST_HEADERS)];
        let mut request = httparse::Request::new(&mut []);
        match request.parse_with_uninit_headers(raw, space) {
            Ok(httparse::Status::Complete(length)) if length == raw.len() => {}
            Ok(_) => return Err(HeadError::Malformed),
            Err(httparse::Error::TooManyHeaders) => return Err(HeadError::TooMany),
            Err(httparse::Error::Version) => return Err(HeadError::Version),
            Err(_) => return Err(HeadError::Malformed),
        }
        let method = request.method.unwrap_or_default();
        let target = request.path.unwrap_or_default();
        self.method = Span::of(method.as_bytes(), raw);
        self.target = Span::of(target.as_bytes(), raw);
        self.http10 = request.version == Some(0);
        let seen = self.read_fields(request.headers)?;
        self.fields.keep(request.headers, raw);
        self.framing = seen.framing(self.http10)?;
        self.read_target(seen.host, seen.hosts, pinned)?;
        self.websocket = seen.websocket && self.hop.upgrade && !self.http10 && self.method() == "GET";
        if seen.upgrade && !self.websocket {
            // `Upgrade: h2c` would turn the connection into something nobody reads here.
            self.hop.to_strip = true;
        }
        Ok(())
    }

    /// One pass over the fields.
    fn read_fields<'h>(&mut self, fields: &[httparse::Header<'h>]) -> Result<Seen<'h>, HeadError> {
        let mut seen = Seen::default();
        self.hop = Hop::default();
        self.expects_continue = false;
        for field in fields {
            let (name, value) = (field.name, field.value);
            match name.len() {
                4 if name.eq_ignore_ascii_case("host") => {
                    seen.hosts += 1;
                    seen.host = value;
                }
                6 if name.eq_ignore_ascii_case("expect") => {
                    if !value.eq_ignore_ascii_case(b"100-continue") {
                        return Err(HeadError::Expectation);
                    }
                    self.expects_continue = true;
                }
                7 if name.eq_ignore_ascii_case("upgrade") => {
                    seen.upgrade = true;
                    seen.websocket = value.eq_ignore_ascii_case(b"websocket");
                }
                2 | 10 | 16 | 18 | 19 => read_hop(&mut self.hop, name, value),
                14 | 17 => seen.length_and_coding(name, value)?,
                _ => {}
            }
        }
        Ok(seen)
    }

    fn read_target(&mut self, host: &[u8], hosts: usize, pinned: bool) -> Result<(), HeadError> {
        if hosts > 1 || (hosts == 0 && !self.http10) {
            return Err(HeadError::Host);
        }
        let target = self.fields.text(self.target);
        self.absolute = !target.starts_with('/') && target != "*";
        if !self.absolute {
            self.path = self.target;
            let named = split_authority(host, self.origin.port);
            let same = named.is_some_and(|(name, port)| port == self.origin.port && eq_host(name, &self.origin.host));
            return if !pinned || hosts == 0 || same {
                Ok(())
            } else {
                Err(HeadError::Misdirected)
            };
        }
        let (origin, path) = read_absolute(target).ok_or(HeadError::Malformed)?;
        let offset = small(target.len() - path.len());
        self.path = Span {
            start: self.target.start + offset,
            end: self.target.end,
        };
        if hosts == 1 && split_authority(host, origin.port).is_none_or(|(name, _)| !eq_host(name, &origin.host)) {
            return Err(HeadError::Host);
        }
        if pinned {
            return if origin == *self.origin {
                Ok(())
            } else {
                Err(HeadError::Misdirected)
            };
        }
        if *self.origin != origin {
            self.origin = Arc::new(origin);
        }
        Ok(())
    }

    pub(crate) fn method(&self) -> &str {
        self.fields.text(self.method)
    }

    pub(crate) fn scheme(&self) -> &'static str {
        self.origin.scheme
    }

    pub(crate) fn host(&self) -> &str {
        &self.origin.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.origin.port
    }

    pub(crate) fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    pub(crate) fn path_and_query(&self) -> &str {
        match self.fields.text(self.path) {
            "" => "/",
            path => path,
        }
    }

    pub(crate) fn is_http10(&self) -> bool {
        self.http10
    }

    pub(crate) fn field(&self, name: &str) -> Option<&[u8]> {
        self.fields
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.fields.iter()
    }

    pub(crate) fn raw(&self) -> &[u8] {
        self.fields.raw()
    }

    pub(crate) fn upgrade(&self) -> Option<&str> {
        self.websocket.then_some("websocket")
    }

    /// True when the client will send another request on this connection.
    pub(crate) fn keeps_alive(&self) -> bool {
        !self.hop.close && (!self.http10 || self.hop.keep_alive)
    }
}

/// What one pass over the fields of a request found.
#[derive(Default)]
struct Seen<'h> {
    host: &'h [u8],
    hosts: usize,
    length: Option<u64>,
    codings: usize,
    chunked: bool,
    upgrade: bool,
    websocket: bool,
}

impl Seen<'_> {
    fn length_and_coding(&mut self, name: &str, value: &[u8]) -> Result<(), HeadError> {
        if name.eq_ignore_ascii_case("content-length") {
            // Also equal ones: two fields are one too many for some reader.
            if self.length.is_some() {
                return Err(HeadError::Framing);
            }
            self.length = Some(read_length(value).ok_or(HeadError::Framing)?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            self.codings += 1;
            self.chunked = value.eq_ignore_ascii_case(b"chunked");
        }
        Ok(())
    }

    fn framing(&self, http10: bool) -> Result<Framing, HeadError> {
        match (self.length, self.codings) {
            (Some(_), 1..) => Err(HeadError::Framing),
            (None, 1) if http10 => Err(HeadError::Framing),
            (None, 1) if self.chunked => Ok(Framing::Chunked),
            (None, 1) => Err(HeadError::Coding),
            (None, 2..) => Err(HeadError::Framing),
            (Some(0) | None, 0) => Ok(Framing::Empty),
            (Some(length), 0) => Ok(Framing::Length(length)),
        }
    }
}

/// Digits only; nothing that another reader could read as another number.
fn read_length(value: &[u8]) -> Option<u64> {
    let good = !value.is_empty() && value.len() <= 18 && value.iter().all(u8::is_ascii_digit);
    good.then(|| value.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
}

fn read_hop(hop: &mut Hop, name: &str, value: &[u8]) {
    if name.eq_ignore_ascii_case("connection") {
        for token in tokens(value) {
            if token.eq_ignore_ascii_case(b"close") {
                hop.close = true;
            } else if token.eq_ignore_ascii_case(b"keep-alive") {
                hop.keep_alive = true;
            } else if token.eq_ignore_ascii_case(b"upgrade") {
                hop.upgrade = true;
            } else if !token.eq_ignore_ascii_case(b"te") {
                hop.to_strip = true;
            }
        }
    } else if name.eq_ignore_ascii_case("te") {
        // Trailers pass, so this much of TE may stay.
        hop.to_strip |= !value.eq_ignore_ascii_case(b"trailers");
    } else if [
        "keep-alive",
        "proxy-connection",
        "proxy-authorization",
        "proxy-authenticate",
    ]
    .iter()
    .any(|hop_name| name.eq_ignore_ascii_case(hop_name))
    {
        hop.to_strip = true;
    }
}

/// The members of a comma-separated list.
pub(super) fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value
        .split(|byte| *byte == b',')
        .map(<[u8]>::trim_ascii)
        .filter(|token| !token.is_empty())
}

fn refuse_bare_line_feeds(raw: &[u8]) -> Result<(), HeadError> {
    let bare = memchr::memchr_iter(b'\n', raw).any(|at| at == 0 || raw[at - 1] != b'\r');
    if bare { Err(HeadError::Malformed) } else { Ok(()) }
}

fn eq_host(name: &[u8], host: &str) -> bool {
    name.strip_suffix(b".")
        .unwrap_or(name)
        .eq_ignore_ascii_case(host.as_bytes())
}

/// Host and port; an IPv6 address without its brackets.
pub(crate) fn split_authority(authority: &[u8], default_port: u16) -> Option<(&[u8], u16)> {
    let (host, port) = if let Some(rest) = authority.strip_prefix(b"[") {
        let end = memchr::memchr(b']', rest)?;
        (
            &rest[..end],
            rest[end + 1..]
                .strip_prefix(b":")
                .or(rest[end + 1..].is_empty().then_some(b""))?,
        )
    } else {
        match memchr::memchr(b':', authority) {
            Some(colon) => (&authority[..colon], &authority[colon + 1..]),
            None => (authority, &b""[..]),
        }
    };
    let port = match port {
        b"" => default_port,
        digits => read_length(digits).and_then(|number| u16::try_from(number).ok())?,
    };
    (!host.is_empty() && port != 0).then_some((host, port))
}

/// A host as the gate knows it: lower case, no trailing dot, only what a name or an address can hold.
pub(crate) fn canonical_host(host: &[u8]) -> Option<String> {
    let host = host.strip_suffix(b".").unwrap_or(host);
    let good = !host.is_empty()
        && host.len() <= 253
        && host
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'));
    good.then(|| host.iter().map(|b| char::from(b.to_ascii_lowercase())).collect())
}

/// `http://host[:port]/path`; user names and https are refused.
fn read_absolute(target: &str) -> Option<(Origin, &str)> {
    let scheme_end = target.find("://")?;
    let (scheme, default_port) = match &target[..scheme_end] {
        scheme if scheme.eq_ignore_ascii_case("http") => ("http", 80),
        scheme if scheme.eq_ignore_ascii_case("https") => ("https", 443),
        _ => return None,
    };
    let rest = &target[scheme_end + 3..];
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, port) = split_authority(&rest.as_bytes()[..end], default_port)?;
    Some((
        Origin {
            scheme,
            host: canonical_host(host)?,
            port,
        },
        &rest[end..],
    ))
}

/// The head of an answer.
#[derive(Default)]
pub(crate) struct AnswerHead {
    pub(super) fields: Fields,
    pub(crate) status: u16,
    pub(crate) http10: bool,
    pub(crate) hop: Hop,
    framing: Framing,
    /// Names alternative services, which would lead around this proxy.
    pub(crate) has_alt_svc: bool,
    /// The origin ties its login to the connection.
    pub(crate) binds_connection: bool,
    /// Seconds the origin keeps an unused connection.
    pub(crate) keeps_for: Option<u64>,
}

impl AnswerHead {
    /// Reads a head that ends with its empty line.
    pub(crate) fn parse(&mut self, raw: &[u8], most_fields: usize) -> Result<(), AnswerHeadError> {
        self.fields.clear();
        refuse_bare_line_feeds(raw).map_err(|_| AnswerHeadError)?;
        let mut space = [const { MaybeUninit::uninit() }; Limits::MOST_HEADERS];
        let space = &mut space[..most_fields.min(Limits::MOST_HEADERS)];
        let mut response = httparse::Response::new(&mut []);
        let config = httparse::ParserConfig::default();
        match config.parse_response_with_uninit_headers(&mut response, raw, space) {
            Ok(httparse::Status::Complete(length)) if length == raw.len() => {}
            _ => return Err(AnswerHeadError),
        }
        self.status = response.code.filter(|code| *code >= 100).ok_or(AnswerHeadError)?;
        self.http10 = response.version == Some(0);
        self.read_fields(response.headers)?;
        self.fields.keep(response.headers, raw);
        Ok(())
    }

    fn read_fields(&mut self, fields: &[httparse::Header<'_>]) -> Result<(), AnswerHeadError> {
        self.hop = Hop::default();
        (self.has_alt_svc, self.binds_connection, self.keeps_for) = (false, false, None);
        let (mut length, mut codings, mut chunked) = (None, 0, false);
        for field in fields {
            let (name, value) = (field.name, field.value);
            if name.eq_ignore_ascii_case("content-length") {
                let this = read_length(value).ok_or(AnswerHeadError)?;
                // Equal ones are seen in the wild, and harmless.
                if length.is_some_and(|other| other != this) {
                    return Err(AnswerHeadError);
                }
                length = Some(this);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                codings += 1;
                chunked = value.eq_ignore_ascii_case(b"chunked");
            } else if name.eq_ignore_ascii_case("alt-svc") {
                self.has_alt_svc = true;
            } else if name.eq_ignore_ascii_case("www-authenticate") {
                let scheme = value.split(|byte| *byte == b' ').next().unwrap_or_default();
                self.binds_connection |=
                    scheme.eq_ignore_ascii_case(b"negotiate") || scheme.eq_ignore_ascii_case(b"ntlm");
            } else if name.eq_ignore_ascii_case("keep-alive") {
                // It describes the origin's connection. The client's own is ours, and lives longer.
                self.hop.to_strip = true;
                self.keeps_for = tokens(value).find_map(|token| read_length(token.strip_prefix(b"timeout=")?));
            } else {
                read_hop(&mut self.hop, name, value);
            }
        }
        self.framing = match (length, codings) {
            (None, 1) if chunked => Framing::Chunked,
            (Some(length), 0) => Framing::Length(length),
            (None, 0) => Framing::UntilClose,
            // Both, or a coding we do not know: two readers could differ.
            _ => return Err(AnswerHeadError),
        };
        Ok(())
    }

    /// How the body ends (RFC 9112, 6.3).
    pub(crate) fn framing(&self, method: &str) -> Framing {
        match (self.status, self.framing) {
            (100..=199 | 204 | 304, _) => Framing::Empty,
            _ if method == "HEAD" => Framing::Empty,
            (_, Framing::Length(0)) => Framing::Empty,
            (_, framing) => framing,
        }
    }

    /// True when the head says itself that no content follows.
    pub(crate) fn announces_nothing(&self) -> bool {
        self.framing == Framing::Length(0)
    }

    /// True when the origin will take another request on this connection.
    pub(crate) fn keeps_alive(&self) -> bool {
        !self.hop.close && (!self.http10 || self.hop.keep_alive)
    }

    pub(crate) fn raw(&self) -> &[u8] {
        self.fields.raw()
    }

    /// The reason phrase as written.
    pub(crate) fn status_line(&self) -> &[u8] {
        self.fields.first_line()
    }
}

#[cfg(test)]
mod tests {
    use super::super::write::{RequestEdit, request};
    use super::*;
    use proptest::prelude::*;

    fn origin() -> Arc<Origin> {
        Arc::new(Origin {
            scheme: "https",
            host: "chatgpt.com".into(),
            port: 443,
        })
    }

    fn parse(raw: &[u8]) -> Result<Head, HeadError> {
        let mut head = Head::new(origin());
        head.parse(raw, 100, true).map(|()| head)
    }

    fn token() -> impl Strategy<Value = String> {
        "[A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]{0,15}"
    }

    prop_compose! {
        /// Fields that frame nothing, in any spelling and order.
        fn harmless()(fields in prop::collection::vec((token(), "[ -~]{0,40}", " {0,3}"), 0..20)) -> String {
            const MEANING: [&str; 12] = ["host", "expect", "upgrade", "te", "connection", "keep-alive", "trailer",
                "content-length", "transfer-encoding", "proxy-connection", "proxy-authorization", "proxy-authenticate"];
            fields
                .into_iter()
                .filter(|(name, _, _)| !MEANING.contains(&name.to_ascii_lowercase().as_str()))
                .map(|(name, value, space)| format!("{name}:{space}{}\r\n", value.trim()))
                .collect()
        }
    }

    proptest! {
        #[test]
        fn an_unchanged_head_leaves_as_it_came(method in "[A-Z]{3,8}", path in "/[!-\"$-~]{0,60}", fields in harmless(), length in 0_u64..1 << 40) {
            let raw = format!("{method} {path} HTTP/1.1\r\n{fields}hOsT: ChatGPT.com\r\nContent-length:{length}\r\n\r\n");
            let head = parse(raw.as_bytes()).unwrap();
            let mut out = Vec::new();
            request(&mut out, &head, &RequestEdit::default());
            prop_assert_eq!(out, raw.as_bytes());
            prop_assert_eq!(head.method(), method);
            prop_assert_eq!(head.path_and_query(), path);
            let expected = if length == 0 { Framing::Empty } else { Framing::Length(length) };
            prop_assert_eq!(head.framing, expected);
        }

        #[test]
        fn a_new_length_changes_one_line(fields in harmless(), more in harmless(), length in 0_usize..1 << 30) {
            let with = |framing: &str| format!("POST /a HTTP/1.1\r\nHost: chatgpt.com\r\n{fields}{framing}\r\n{more}\r\n");
            for framing in ["Content-Length: 7", "Transfer-Encoding: chunked"] {
                let head = parse(with(framing).as_bytes()).unwrap();
                let mut out = Vec::new();
                request(&mut out, &head, &RequestEdit { length: Some(length), ..RequestEdit::default() });
                prop_assert_eq!(String::from_utf8(out).unwrap(), with(&format!("Content-Length: {length}")));
            }
        }

        #[test]
        fn no_bytes_make_the_parsers_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), fields in harmless(), at in any::<prop::sample::Index>()) {
            crate::fuzz::fuzz_request_head(&bytes);
            crate::fuzz::fuzz_answer_head(&bytes);
            // One wrong byte in a good head, where parsers are weakest.
            let mut raw = format!("POST http://chatgpt.com/a HTTP/1.1\r\n{fields}Host: chatgpt.com\r\nContent-Length: 4\r\n\r\n").into_bytes();
            let at = at.index(raw.len());
            raw[at] = bytes.first().copied().unwrap_or(0);
            crate::fuzz::fuzz_request_head(&raw);
        }

        #[test]
        fn the_end_of_a_head_is_found_however_it_arrives(fields in harmless(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5)) {
            let raw = format!("GET / HTTP/1.1\r\n{fields}\r\nrest of the body\r\n\r\n").into_bytes();
            let whole = HeadEnd::default().find(&raw, 1 << 20).unwrap();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(raw.len())).collect();
            cuts.sort_unstable();
            let mut end = HeadEnd::default();
            let mut found = None;
            for cut in cuts.into_iter().chain([raw.len()]) {
                found = end.find(&raw[..cut], 1 << 20).unwrap();
                if found.is_some() {
                    break;
                }
            }
            prop_assert_eq!(found, whole);
        }
    }

    #[test]
    fn authorities_are_split_and_odd_ones_refused() {
        assert_eq!(split_authority(b"chatgpt.com", 443), Some((&b"chatgpt.com"[..], 443)));
        assert_eq!(
            split_authority(b"chatgpt.com:8443", 443),
            Some((&b"chatgpt.com"[..], 8443))
        );
        assert_eq!(split_authority(b"[::1]:80", 443), Some((&b"::1"[..], 80)));
        for odd in [
            &b""[..],
            b":443",
            b"a:b",
            b"a:0",
            b"a:65536",
            b"a:1:2",
            b"[::1",
            b"[::1]x",
            b"a:+1",
        ] {
            assert_eq!(split_authority(odd, 443), None, "{}", String::from_utf8_lossy(odd));
        }
    }
}
