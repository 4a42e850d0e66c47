//! Edits of segments, brought back through every layer to the bytes of the wire.

use super::walk::{BODY, LayerId, Origin, PATH, QUERY, ROOTS};
use super::{Detail, Inspected, inspect, inspect_with};
use crate::adapters::Adapters;
use crate::codec::{Splice, SpliceError, apply};
use crate::coding::{self, Coding};
use crate::locate::locate_text;
use crate::locator::Locator;
use crate::{Carrier, RequestView};
use std::collections::BTreeMap;
use std::ops::Range;
use weir_model::Sensitive;

/// A change of a segment's text. The edits of one segment do not overlap.
pub struct Edit {
    /// Index in [`Inspected::segments`].
    pub segment: usize,
    /// Bytes of the segment's text, on character boundaries.
    pub span: Range<usize>,
    /// What stands there instead.
    pub replacement: Sensitive<String>,
}

/// What changed. No `Debug`: it holds what people typed.
pub struct Rewritten {
    /// The new body, in the content coding of the old one; `None` where the body stays.
    pub body: Option<Vec<u8>>,
    /// The new path and query; `None` where they stay.
    pub path_and_query: Option<String>,
}

/// The edits cannot be made; the message must not leave as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RewriteError {
    /// The edits are of another message.
    #[error("the request is not the one that was inspected")]
    OtherRequest,
    /// There is no such segment.
    #[error("an edit names segment {0}, which does not exist")]
    NoSegment(usize),
    /// An edit lies outside its segment, cuts a character or overlaps another edit.
    #[error("an edit of segment {0} does not fit its text")]
    BadSpan(usize),
    /// The replacement cannot be written at that place.
    #[error("a replacement cannot be written where segment {0} stands")]
    Replacement(usize),
    /// The segment can be read and not be written: text of a file, a number, bytes that can be read in two ways.
    #[error("segment {0} cannot be edited")]
    Fixed(usize),
    /// A replacement looks like the boundary of the multipart body.
    #[error("a replacement contains the boundary of the body")]
    Boundary,
    /// The content coding could not be put on again.
    #[error("the body cannot be encoded again")]
    Coding,
}

/// How to get from segments back to the wire.
pub(super) struct Trail {
    pub(super) origins: Vec<Origin>,
    pub(super) layers: Vec<Origin>,
    pub(super) decoded: Option<Vec<u8>>,
    pub(super) codings: Vec<Coding>,
    pub(super) boundary: Option<String>,
    pub(super) body_length: usize,
}

/// Edits by layer.
type Pending = BTreeMap<LayerId, Vec<Splice>>;

impl Inspected {
    /// Makes the edits. Nothing else changes: every byte outside the edited characters stays, also inside JSON strings,
    /// encodings and fields. A content coding is put on again with today's encoder.
    ///
    /// # Errors
    /// When an edit does not fit. No partly edited message exists then.
    pub fn rewrite(&self, request: &RequestView<'_>, edits: &[Edit]) -> Result<Rewritten, RewriteError> {
        if request.body.len() != self.trail.body_length {
            return Err(RewriteError::OtherRequest);
        }
        let mut content = Contents::new(&self.trail, request);
        let mut pending = self.trail.first_splices(&mut content, edits)?;
        // A layer stands behind the one it came from, so the last is always complete.
        while let Some((layer, splices)) = pending.pop_last_nested() {
            let origin = self.trail.layer(layer).ok_or(RewriteError::OtherRequest)?;
            let raw = content.piece(origin)?;
            let outer = splice(origin, raw, splices).map_err(|error| refused(error, 0))?;
            pending.entry(origin.layer).or_default().extend(outer);
        }
        self.trail.finish(request, pending)
    }
}

trait Nested {
    fn pop_last_nested(&mut self) -> Option<(LayerId, Vec<Splice>)>;
}

impl Nested for Pending {
    fn pop_last_nested(&mut self) -> Option<(LayerId, Vec<Splice>)> {
        let last = *self.keys().next_back().filter(|layer| **layer >= ROOTS)?;
        self.remove_entry(&last)
    }
}

impl Trail {
    fn layer(&self, layer: LayerId) -> Option<&Origin> {
        self.layers.get(usize::try_from(layer.checked_sub(ROOTS)?).ok()?)
    }

    fn first_splices(&self, content: &mut Contents<'_>, edits: &[Edit]) -> Result<Pending, RewriteError> {
        let mut by_segment: BTreeMap<usize, Vec<Splice>> = BTreeMap::new();
        for edit in edits {
            let replacement = edit.replacement.expose();
            if self
                .boundary
                .as_ref()
                .is_some_and(|boundary| replacement.contains(boundary.as_str()))
            {
                return Err(RewriteError::Boundary);
            }
            let splice = Splice {
                span: edit.span.clone(),
                with: replacement.as_bytes().to_vec(),
            };
            by_segment.entry(edit.segment).or_default().push(splice);
        }
        let mut pending = Pending::new();
        for (segment, splices) in by_segment {
            let origin = self.origins.get(segment).ok_or(RewriteError::NoSegment(segment))?;
            let raw = content.piece(origin)?;
            let outer = splice(origin, raw, splices).map_err(|error| refused(error, segment))?;
            pending.entry(origin.layer).or_default().extend(outer);
        }
        Ok(pending)
    }

    fn finish(&self, request: &RequestView<'_>, mut pending: Pending) -> Result<Rewritten, RewriteError> {
        let body = pending
            .remove(&BODY)
            .map(|splices| self.new_body(request, splices))
            .transpose()?;
        let query = pending
            .remove(&QUERY)
            .map(|splices| new_text(request.query.unwrap_or_default(), splices));
        let path = pending.remove(&PATH).map(|splices| new_text(request.path, splices));
        let path_and_query = if query.is_none() && path.is_none() {
            None
        } else {
            let mut target = path.transpose()?.unwrap_or_else(|| request.path.to_owned());
            let query = query.transpose()?;
            if let Some(query) = query.as_deref().or(request.query) {
                target.push('?');
                target.push_str(query);
            }
            Some(target)
        };
        Ok(Rewritten { body, path_and_query })
    }

    fn new_body(&self, request: &RequestView<'_>, splices: Vec<Splice>) -> Result<Vec<u8>, RewriteError> {
        let plain = self.decoded.as_deref().unwrap_or(request.body);
        let edited = apply(plain, &sorted(splices)).map_err(|_| RewriteError::OtherRequest)?;
        if self.codings.is_empty() {
            return Ok(edited);
        }
        coding::encode(&self.codings, &edited).map_err(|_| RewriteError::Coding)
    }
}

/// The content of layers, decoded when needed.
pub(super) struct Contents<'a> {
    trail: &'a Trail,
    request: &'a RequestView<'a>,
    known: BTreeMap<LayerId, Known>,
}

enum Known {
    /// A piece of another layer's bytes: what is only wrapped is not copied, or deep messages would take memory for each
    /// of their layers.
    Piece(LayerId, Range<usize>),
    Decoded(Vec<u8>),
}

impl<'a> Contents<'a> {
    pub(super) fn new(trail: &'a Trail, request: &'a RequestView<'a>) -> Self {
        Self {
            trail,
            request,
            known: BTreeMap::new(),
        }
    }

    /// The bytes a segment or layer was read from.
    pub(super) fn piece(&mut self, origin: &Origin) -> Result<&[u8], RewriteError> {
        let (base, range) = self.place(origin)?;
        self.bytes(base).get(range).ok_or(RewriteError::OtherRequest)
    }

    /// The layer whose bytes hold a piece, and where.
    fn place(&mut self, origin: &Origin) -> Result<(LayerId, Range<usize>), RewriteError> {
        let (base, range) = self.layer(origin.layer)?;
        let inside = |place: usize| range.start.checked_add(place).filter(|place| *place <= range.end);
        match (inside(origin.span.start), inside(origin.span.end)) {
            (Some(start), Some(end)) => Ok((base, start..end)),
            _ => Err(RewriteError::OtherRequest),
        }
    }

    /// At most as many steps as there are layers inside each other.
    fn layer(&mut self, layer: LayerId) -> Result<(LayerId, Range<usize>), RewriteError> {
        if layer < ROOTS {
            return Ok((layer, 0..self.bytes(layer).len()));
        }
        if !self.known.contains_key(&layer) {
            let origin = self.trail.layer(layer).ok_or(RewriteError::OtherRequest)?;
            let (base, range) = self.place(origin)?;
            let raw = self.bytes(base).get(range.clone()).ok_or(RewriteError::OtherRequest)?;
            let known = match origin.codec.window(raw) {
                Some(window) => Known::Piece(base, range.start + window.start..range.start + window.end),
                None => Known::Decoded(origin.codec.decode(raw).ok_or(RewriteError::OtherRequest)?.into_owned()),
            };
            self.known.insert(layer, known);
        }
        match self.known.get(&layer) {
            Some(Known::Piece(base, range)) => Ok((*base, range.clone())),
            Some(Known::Decoded(bytes)) => Ok((layer, 0..bytes.len())),
            None => Err(RewriteError::OtherRequest),
        }
    }

    fn bytes(&self, base: LayerId) -> &[u8] {
        match (base, self.known.get(&base)) {
            (BODY, _) => self.trail.decoded.as_deref().unwrap_or(self.request.body),
            (QUERY, _) => self.request.query.unwrap_or_default().as_bytes(),
            (PATH, _) => self.request.path.as_bytes(),
            (_, Some(Known::Decoded(bytes))) => bytes,
            _ => b"",
        }
    }
}

fn refused(error: SpliceError, segment: usize) -> RewriteError {
    match error {
        SpliceError::Span => RewriteError::BadSpan(segment),
        SpliceError::Replacement => RewriteError::Replacement(segment),
        SpliceError::Fixed => RewriteError::Fixed(segment),
    }
}

fn splice(origin: &Origin, raw: &[u8], splices: Vec<Splice>) -> Result<Vec<Splice>, SpliceError> {
    let mut outer = origin.codec.splice(raw, &sorted(splices))?;
    for splice in &mut outer {
        splice.span = splice.span.start + origin.span.start..splice.span.end + origin.span.start;
    }
    Ok(outer)
}

fn sorted(mut splices: Vec<Splice>) -> Vec<Splice> {
    splices.sort_by_key(|splice| (splice.span.start, splice.span.end));
    splices
}

fn new_text(text: &str, splices: Vec<Splice>) -> Result<String, RewriteError> {
    let edited = apply(text.as_bytes(), &sorted(splices)).map_err(|_| RewriteError::OtherRequest)?;
    String::from_utf8(edited).map_err(|_| RewriteError::OtherRequest)
}

/// For fuzzing: reads arbitrary bytes as a body of some content type and coding, and edits the first character of every
/// segment. Reading never panics, every such edit can be made, and an empty list of edits changes nothing.
pub fn fuzz_rewrite(adapters: &Adapters, data: &[u8]) {
    const TYPES: [&[u8]; 5] = [
        b"application/json",
        b"application/x-www-form-urlencoded",
        b"multipart/form-data; boundary=b",
        b"text/plain",
        b"application/octet-stream",
    ];
    const CODINGS: [&[u8]; 5] = [b"", b"gzip", b"deflate", b"br", b"zstd"];
    const TARGETS: [(&str, &str); 4] = [
        ("chatgpt.com", "/backend-api/f/conversation"),
        ("api.anthropic.com", "/v1/messages"),
        ("api.openai.com", "/v1/responses"),
        ("unknown.example", "/a%20b"),
    ];
    let [choice, body @ ..] = data else { return };
    let choice = usize::from(*choice);
    let (host, path) = TARGETS[choice % 4];
    let headers = [
        ("content-type", TYPES[choice / 4 % 5]),
        ("content-encoding", CODINGS[choice / 20 % 5]),
    ];
    let request = RequestView {
        method: "POST",
        host,
        path,
        query: Some("q=a+b&c=%7B%7D"),
        headers: &headers,
        body,
        carrier: Carrier::Http,
    };
    check_edits(&inspect(adapters, &request), &request);
}

/// For fuzzing: reads arbitrary bytes as the content of envelopes, protobuf, records and sockets. Reading never panics,
/// every edit can be made or is refused, and places that are told can be looked up.
pub fn fuzz_layers(adapters: &Adapters, data: &[u8]) {
    const TYPES: [&[u8]; 4] = [
        b"application/connect+proto",
        b"application/proto",
        b"application/json",
        b"application/grpc-web+proto",
    ];
    let [choice, content @ ..] = data else { return };
    let headers = [
        ("content-type", TYPES[usize::from(*choice) % 4]),
        ("grpc-encoding", b"br".as_slice()),
    ];
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes();
    let head = |flags: u8| [&[flags], length.as_slice()].concat();
    let body = match choice / 4 % 4 {
        0 => content.to_vec(),
        1 => [&head(0), content].concat(),
        2 => [&head(1), content].concat(),
        _ => [b"{}\x1E", content, b"\x1E"].concat(),
    };
    let request = RequestView {
        method: "POST",
        host: "unknown.example",
        path: "/",
        query: None,
        headers: &headers,
        body: &body,
        carrier: match choice / 16 % 2 {
            0 => Carrier::Http,
            _ => Carrier::WebSocket { number: 7 },
        },
    };
    let inspected = inspect_with(adapters, &request, Detail::Locators);
    check_edits(&inspected, &request);
    // Looking up takes a walk for each place.
    for place in (0..inspected.segments.len().min(20)).filter_map(|segment| inspected.locator(segment)) {
        let located = Locator::parse(place)
            .ok()
            .and_then(|place| locate_text(&request, &place));
        assert!(located.is_some(), "a place that is told is there");
    }
}

fn check_edits(inspected: &Inspected, request: &RequestView<'_>) {
    let unchanged = inspected.rewrite(request, &[]);
    assert!(unchanged.is_ok_and(|rewritten| rewritten.body.is_none() && rewritten.path_and_query.is_none()));
    let first = |text: &str| text.chars().next().map_or(0, char::len_utf8);
    let edits: Vec<Edit> = inspected
        .segments
        .iter()
        .enumerate()
        .map(|(segment, found)| Edit {
            segment,
            span: 0..first(found.text.expose()),
            replacement: Sensitive::new("#".to_owned()),
        })
        .collect();
    let rewritten = inspected.rewrite(request, &edits);
    assert!(
        matches!(rewritten, Ok(_) | Err(RewriteError::Fixed(_))) || inspected.segments.is_empty(),
        "every segment can be edited, or says that it cannot"
    );
}
