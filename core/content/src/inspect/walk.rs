//! The walk over a message: it follows the adapter's plan where there is one, and reads everything else as it comes.
//!
//! Recursion happens only from one layer of encoding into the next, and there are at most [`MAX_LAYERS`] of them.

use super::{Attachment, Unscannable, sniff, tame};
use crate::adapters::{Act, CompiledRoute, NodeId, Plan, is_form, is_part};
use crate::codec::Codec;
use crate::locator::Step;
use crate::{RequestView, form, json, multipart};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use weir_model::catalogue::TextRole;
use weir_model::{Place, Role, Segment, Sensitive};

/// Encodings inside encodings.
const MAX_LAYERS: usize = 6;
/// Strings in one message.
const MAX_LEAVES: usize = 200_000;
/// Shorter numbers are counts, sizes and times of day.
const SHORTEST_NUMBER: usize = 8;

/// Number of a layer: content that was decoded out of another, or one of the three roots.
pub(super) type LayerId = u32;

pub(super) const BODY: LayerId = 0;
pub(super) const QUERY: LayerId = 1;
pub(super) const PATH: LayerId = 2;
pub(super) const ROOTS: LayerId = 3;

/// Where something was read: bytes of a layer, and how they were written.
#[derive(Clone)]
pub(super) struct Origin {
    pub(super) layer: LayerId,
    pub(super) span: Range<usize>,
    pub(super) codec: Codec,
}

/// What the walk brings home.
#[derive(Default)]
pub(super) struct Found {
    pub(super) segments: Vec<Segment>,
    /// One for each segment.
    pub(super) origins: Vec<Origin>,
    /// Layer `ROOTS + n` was decoded from the n-th of these; a layer stands behind the one it came from.
    pub(super) layers: Vec<Origin>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) model: Option<String>,
    pub(super) model_segment: Option<usize>,
    pub(super) conversation: Option<String>,
    pub(super) streaming: bool,
    pub(super) unscannable: Option<Unscannable>,
    pub(super) boundary: Option<String>,
    turns: Vec<Turn>,
    /// Segments whose role their turn decides.
    undecided: Vec<(usize, usize)>,
}

#[derive(Default)]
struct Turn {
    role: Option<Role>,
    has_text: bool,
}

/// A file being described.
#[derive(Default)]
struct Draft {
    name: Option<String>,
    mime: Option<String>,
    size: Option<u64>,
    inline: bool,
}

/// Places of the plan that stand for the value at hand: a range of [`Walk::active`].
type Places = Range<usize>;

const NOWHERE: Places = 0..0;

/// Bytes at hand: those of a whole layer.
#[derive(Clone, Copy)]
struct Content<'b> {
    layer: LayerId,
    bytes: &'b [u8],
    /// How many encodings were taken off.
    depth: usize,
}

/// Why a walk over a layer ends early.
enum Stop {
    /// Not what it looked like: it is read as plain text.
    Syntax,
    TooDeep,
    /// The message has too many strings: nothing more is read.
    Enough,
}

impl From<json::JsonError> for Stop {
    fn from(error: json::JsonError) -> Self {
        match error {
            json::JsonError::Syntax => Stop::Syntax,
            json::JsonError::TooDeep => Stop::TooDeep,
        }
    }
}

pub(super) struct Walk<'r> {
    route: Option<&'r CompiledRoute>,
    found: Found,
    active: Vec<NodeId>,
    leaves: usize,
    turn: Option<usize>,
    file: Option<Draft>,
}

/// What the plan says of one value.
#[derive(Clone, Copy, Default)]
struct Orders {
    text: Option<u16>,
    noise: bool,
    turn: bool,
    speaker: bool,
    file: bool,
    fact: Option<Act>,
    steps: bool,
}

/// Where to go back to when bytes turn out not to be what they looked like.
struct Mark {
    segments: usize,
    layers: usize,
    attachments: usize,
    turns: usize,
    undecided: usize,
    active: usize,
    turn: Option<usize>,
}

/// An open JSON container.
struct Frame {
    places: Places,
    /// Places of the member at hand.
    member: Places,
    index: usize,
    object: bool,
    noise: bool,
    outer_turn: Option<Option<usize>>,
    outer_file: Option<Option<Draft>>,
}

impl<'r> Walk<'r> {
    pub(super) fn new(route: Option<&'r CompiledRoute>) -> Self {
        Self { route, found: Found::default(), active: Vec::new(), leaves: 0, turn: None, file: None }
    }

    pub(super) fn unscannable(&mut self, problem: Unscannable) {
        // The first problem is the one told, but bytes that are no text hide nothing of a limit.
        if matches!(self.found.unscannable, None | Some(Unscannable::Binary)) {
            self.found.unscannable = Some(problem);
        }
    }

    /// Query, path and body.
    pub(super) fn request(&mut self, request: &RequestView<'_>, body: &[u8], readable: bool) {
        let noise = self.route.is_some_and(|route| route.all_noise);
        if noise && self.route.is_some_and(|route| route.plan.is_empty() && route.path_texts.is_empty()) {
            return;
        }
        let walked = self.path(request.path).and_then(|()| self.query(request.query.unwrap_or_default(), noise));
        let walked = walked.and_then(|()| {
            let whole = Content { layer: BODY, bytes: body, depth: 0 };
            if readable { self.body(whole, request.header_text("content-type"), noise) } else { Ok(()) }
        });
        if walked.is_err() {
            self.unscannable(Unscannable::TooManyLeaves);
        }
    }

    pub(super) fn finish(mut self) -> Found {
        let spoken = |turn: &Turn| turn.has_text && turn.role == Some(Role::Prompt);
        let last = self.found.turns.iter().rposition(spoken);
        let otherwise = self.route.and_then(|route| route.turns.as_ref()).map_or(Role::Unclassified, |turns| turns.otherwise);
        for (segment, turn) in &self.found.undecided {
            let role = match self.found.turns.get(*turn).and_then(|turn| turn.role) {
                Some(Role::Prompt) if Some(*turn) != last => Role::History,
                role => role.unwrap_or(otherwise),
            };
            if let Some(segment) = self.found.segments.get_mut(*segment) {
                segment.place.role = role;
            }
        }
        self.found
    }

    fn path(&mut self, path: &str) -> Result<(), Stop> {
        let Some(route) = self.route else {
            // A path nobody describes may hold anything.
            let origin = Origin { layer: PATH, span: 0..path.len(), codec: Codec::Percent };
            return self.emit(origin, path.as_bytes(), None);
        };
        for (regex, rule) in &route.path_texts {
            if let Some(group) = regex.captures(path).and_then(|captures| captures.get(1)) {
                let origin = Origin { layer: PATH, span: group.range(), codec: Codec::Percent };
                self.emit(origin, group.as_str().as_bytes(), Some(*rule))?;
            }
        }
        Ok(())
    }

    fn query(&mut self, query: &str, noise: bool) -> Result<(), Stop> {
        let places = self.start(Plan::QUERY);
        self.fields(Content { layer: QUERY, bytes: query.as_bytes(), depth: 0 }, &places, noise)
    }

    fn body(&mut self, body: Content<'_>, content_type: Option<&str>, noise: bool) -> Result<(), Stop> {
        if body.bytes.is_empty() {
            return Ok(());
        }
        let places = self.start(Plan::BODY);
        if let Some(boundary) = content_type.and_then(multipart::boundary)
            && let Some(parts) = multipart::parse(body.bytes, boundary)
        {
            self.found.boundary = Some(boundary.to_owned());
            return self.parts(body, &parts, &places, noise);
        }
        let whole = self.follow(&places, |step| matches!(step, Step::Raw | Step::Text));
        let inside = self.has_step(&places, |step| !matches!(step, Step::Raw | Step::Text));
        if !whole.is_empty() && !inside {
            return self.uploaded(body, content_type, &whole);
        }
        let urlencoded = content_type.is_none_or(|kind| kind.trim_start().starts_with("application/x-www-form-urlencoded"));
        self.content(body, &places, noise, urlencoded, &whole)
    }

    /// A body that is a file.
    fn uploaded(&mut self, body: Content<'_>, content_type: Option<&str>, whole: &Places) -> Result<(), Stop> {
        self.found.attachments.push(Attachment {
            name: None,
            mime: content_type.and_then(sniff::media_type),
            size: Some(body.bytes.len() as u64),
            inline: true,
        });
        let rule = self.orders(whole).text;
        self.plain(body, 0..body.bytes.len(), rule, Role::Attachment)
    }

    /// Bytes of no declared kind.
    fn content(
        &mut self,
        content: Content<'_>,
        places: &Places,
        noise: bool,
        urlencoded: bool,
        whole: &Places,
    ) -> Result<(), Stop> {
        if let Some(wide) = sniff::utf16(content.bytes) {
            let origin = Origin { layer: content.layer, span: 0..content.bytes.len(), codec: wide };
            let text = wide.decode_text(content.bytes);
            if sniff::starts_like_json(text.trim_start_matches('\u{feff}').as_bytes()) && content.depth < MAX_LAYERS {
                let layer = self.layer(origin);
                let inner = Content { layer, bytes: text.as_bytes(), depth: content.depth + 1 };
                return self.content(inner, places, noise, false, whole);
            }
        }
        if sniff::starts_like_json(content.bytes) && self.documents(content, places, noise)? {
            return Ok(());
        }
        if urlencoded && form::looks_like_fields(content.bytes) {
            return self.fields(content, places, noise);
        }
        let rule = self.orders(whole).text;
        if noise && rule.is_none() {
            return Ok(());
        }
        self.plain(content, 0..content.bytes.len(), rule, Role::Unclassified)
    }

    /// Text without markup, or binary.
    fn plain(&mut self, content: Content<'_>, span: Range<usize>, rule: Option<u16>, role: Role) -> Result<(), Stop> {
        let bytes = &content.bytes[span.clone()];
        let Some(codec) = sniff::text(bytes) else {
            self.unscannable(Unscannable::Binary);
            return Ok(());
        };
        let place = self.found.segments.len();
        self.emit(Origin { layer: content.layer, span, codec }, bytes, rule)?;
        if rule.is_none()
            && let Some(segment) = self.found.segments.get_mut(place)
        {
            segment.place.role = role;
        }
        Ok(())
    }

    // --- Multipart and fields ---

    fn parts(
        &mut self,
        body: Content<'_>,
        found: &multipart::Multipart,
        places: &Places,
        noise: bool,
    ) -> Result<(), Stop> {
        for span in &found.around {
            if !body.bytes[span.clone()].trim_ascii().is_empty() && !noise {
                self.plain(body, span.clone(), None, Role::Unclassified)?;
            }
        }
        let mut seen = Seen::default();
        let base = self.active.len();
        for part in &found.parts {
            let name = Codec::Utf8.decode_text(&body.bytes[part.name.clone()]);
            let place = seen.count(&name);
            let inner = self.follow(places, |step| is_part(step, &name, place));
            self.part_head(body, part, noise)?;
            match &part.file_name {
                Some(file_name) => self.file_part(body, part, file_name, &inner)?,
                None => self.text_part(body, part, &inner, noise)?,
            }
            self.active.truncate(base);
        }
        Ok(())
    }

    fn part_head(&mut self, body: Content<'_>, part: &multipart::Part, noise: bool) -> Result<(), Stop> {
        if noise {
            return Ok(());
        }
        self.name(body, part.name.clone(), Codec::Utf8)?;
        for span in &part.strange {
            let origin = Origin { layer: body.layer, span: span.clone(), codec: Codec::Utf8 };
            self.emit(origin, &body.bytes[span.clone()], None)?;
        }
        Ok(())
    }

    fn file_part(
        &mut self,
        body: Content<'_>,
        part: &multipart::Part,
        file_name: &Range<usize>,
        places: &Places,
    ) -> Result<(), Stop> {
        let raw_name = &body.bytes[file_name.clone()];
        let name = Codec::Utf8.decode_text(raw_name);
        let mime = part.content_type.clone().map(|span| Codec::Utf8.decode_text(&body.bytes[span]));
        self.found.attachments.push(Attachment {
            name: (!name.is_empty()).then(|| Sensitive::new(name.into_owned())),
            mime: mime.as_deref().and_then(sniff::media_type),
            size: Some(part.content.len() as u64),
            inline: true,
        });
        let origin = Origin { layer: body.layer, span: file_name.clone(), codec: Codec::Utf8 };
        self.emit_as(origin, raw_name, Role::Attachment)?;
        if part.content.is_empty() {
            return Ok(());
        }
        self.plain(body, part.content.clone(), self.orders(places).text, Role::Attachment)
    }

    fn text_part(
        &mut self,
        body: Content<'_>,
        part: &multipart::Part,
        places: &Places,
        noise: bool,
    ) -> Result<(), Stop> {
        let bytes = &body.bytes[part.content.clone()];
        if bytes.is_empty() {
            return Ok(());
        }
        let transfer = part.transfer_encoding.clone().map(|span| body.bytes[span].to_ascii_lowercase());
        if transfer.as_deref() == Some(b"base64") {
            let origin = Origin { layer: body.layer, span: part.content.clone(), codec: Codec::Base64 };
            if let Some(decoded) = Codec::Base64.decode(bytes) {
                return self.blob(origin, &decoded, places, noise, body.depth + 1);
            }
        }
        match sniff::text(bytes) {
            Some(codec) => {
                let origin = Origin { layer: body.layer, span: part.content.clone(), codec };
                self.leaf(&origin, bytes, places, noise, body.depth)
            }
            None => {
                self.unscannable(Unscannable::Binary);
                Ok(())
            }
        }
    }

    fn fields(&mut self, content: Content<'_>, places: &Places, noise: bool) -> Result<(), Stop> {
        let mut seen = Seen::default();
        let base = self.active.len();
        for field in form::fields(content.bytes) {
            if field.name.is_empty() && field.value.is_empty() {
                continue;
            }
            let inner = if places.is_empty() {
                NOWHERE
            } else {
                let name = Codec::Form.decode_text(&content.bytes[field.name.clone()]);
                let place = seen.count(&name);
                self.follow(places, |step| is_form(step, &name, place))
            };
            if !noise {
                self.name(content, field.name.clone(), Codec::Form)?;
            }
            if !field.value.is_empty() {
                let raw = &content.bytes[field.value.clone()];
                let origin = Origin { layer: content.layer, span: field.value, codec: Codec::Form };
                self.leaf(&origin, raw, &inner, noise, content.depth)?;
            }
            self.active.truncate(base);
        }
        Ok(())
    }

    /// The name of a field or key: a segment, unless it is a plain word.
    fn name(&mut self, content: Content<'_>, span: Range<usize>, codec: Codec) -> Result<(), Stop> {
        let raw = &content.bytes[span.clone()];
        if sniff::is_plain_word(raw) {
            return Ok(());
        }
        self.emit(Origin { layer: content.layer, span, codec }, raw, None)
    }

    // --- JSON ---

    /// One JSON document, or several behind each other. False when the bytes are none; nothing was found then.
    fn documents(&mut self, content: Content<'_>, places: &Places, noise: bool) -> Result<bool, Stop> {
        let mark = self.mark();
        let lines = self.has_step(places, |step| matches!(step, Step::Jsonl(_)));
        let mut at = sniff::after_bom(content.bytes);
        for number in 0.. {
            let base = self.active.len();
            let start = match (lines, number) {
                (true, _) => {
                    let line = self.follow(places, |step| matches!(step, Step::Jsonl(index) if index.covers(number)));
                    self.follow(&line, |step| matches!(step, Step::Json(_)))
                }
                (false, 0) => self.follow(places, |step| matches!(step, Step::Json(_))),
                // Lines nobody described.
                (false, _) => NOWHERE,
            };
            at = match self.value(content, at, &start, noise) {
                Ok(end) => end,
                Err(Stop::Enough) => return Err(Stop::Enough),
                Err(stop) => {
                    if matches!(stop, Stop::TooDeep) {
                        self.unscannable(Unscannable::TooDeep);
                    }
                    self.back_to(&mark);
                    return Ok(false);
                }
            };
            self.active.truncate(base);
            let rest = &content.bytes[at..];
            let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            if blanks == rest.len() {
                return Ok(true);
            }
            if !rest[..blanks].contains(&b'\n') {
                self.back_to(&mark);
                return Ok(false);
            }
            at += blanks;
        }
        Ok(true)
    }

    /// One JSON value; the place behind it.
    fn value(&mut self, content: Content<'_>, at: usize, places: &Places, noise: bool) -> Result<usize, Stop> {
        let mut reader = json::Reader::new(content.bytes, at);
        let mut frames: Vec<Frame> = Vec::new();
        loop {
            let token = reader.next()?;
            let (here, noise) = match token {
                json::Token::End => return Ok(reader.position()),
                json::Token::EndObject | json::Token::EndArray => {
                    if let Some(frame) = frames.pop() {
                        self.leave(frame);
                    }
                    continue;
                }
                json::Token::Key(span) => {
                    if let Some(frame) = frames.last_mut() {
                        self.key(content, span, frame)?;
                    }
                    continue;
                }
                _ => match frames.last_mut() {
                    Some(frame) => (self.member(frame), frame.noise),
                    None => (places.clone(), noise),
                },
            };
            match token {
                json::Token::BeginObject => frames.push(self.enter(here, noise, true)),
                json::Token::BeginArray => frames.push(self.enter(here, noise, false)),
                json::Token::String(span) => {
                    let raw = &content.bytes[span.clone()];
                    let origin = Origin { layer: content.layer, span, codec: Codec::JsonString };
                    self.leaf(&origin, raw, &here, noise, content.depth)?;
                }
                json::Token::Number(span) => self.number(content, span, &here, noise)?,
                json::Token::True => self.truth(&here),
                _ => {}
            }
        }
    }

    /// The places of the member that comes next.
    fn member(&mut self, frame: &mut Frame) -> Places {
        if frame.object {
            return frame.member.clone();
        }
        let index = frame.index;
        frame.index += 1;
        self.drop_above(&frame.places);
        self.below(&frame.places, |plan, node, out| plan.index(node, index, out))
    }

    fn key(&mut self, content: Content<'_>, span: Range<usize>, frame: &mut Frame) -> Result<(), Stop> {
        if !frame.places.is_empty() {
            self.drop_above(&frame.places);
            let key = Codec::JsonString.decode_text(&content.bytes[span.clone()]);
            frame.member = self.below(&frame.places, |plan, node, out| plan.key(node, &key, out));
        }
        if frame.noise { Ok(()) } else { self.name(content, span, Codec::JsonString) }
    }

    fn enter(&mut self, places: Places, noise: bool, object: bool) -> Frame {
        let orders = self.orders(&places);
        let outer_turn = orders.turn.then(|| {
            self.found.turns.push(Turn::default());
            self.turn.replace(self.found.turns.len() - 1)
        });
        let outer_file = orders.file.then(|| self.file.replace(Draft::default()));
        let noise = noise || orders.noise;
        Frame { member: NOWHERE, places, index: 0, object, noise, outer_turn, outer_file }
    }

    fn leave(&mut self, frame: Frame) {
        if let Some(outer) = frame.outer_turn {
            self.turn = outer;
        }
        if let Some(outer) = frame.outer_file {
            let draft = std::mem::replace(&mut self.file, outer);
            self.found.attachments.extend(draft.and_then(Draft::into_attachment));
        }
    }

    fn number(&mut self, content: Content<'_>, span: Range<usize>, places: &Places, noise: bool) -> Result<(), Stop> {
        let raw = &content.bytes[span.clone()];
        let orders = self.orders(places);
        if orders.fact == Some(Act::FileSize)
            && let Some(file) = &mut self.file
        {
            file.size = std::str::from_utf8(raw).ok().and_then(|digits| digits.parse().ok());
            return Ok(());
        }
        let long = raw.len() >= SHORTEST_NUMBER && raw.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-');
        let wanted = orders.text.is_some() || (long && !noise && !orders.noise);
        if !wanted {
            return Ok(());
        }
        self.emit(Origin { layer: content.layer, span, codec: Codec::JsonNumber }, raw, orders.text)
    }

    fn truth(&mut self, places: &Places) {
        if self.orders(places).fact == Some(Act::Streaming) {
            self.found.streaming = true;
        }
    }

    // --- Leaves ---

    /// A string, wherever it stands.
    fn leaf(&mut self, at: &Origin, raw: &[u8], places: &Places, noise: bool, depth: usize) -> Result<(), Stop> {
        let orders = self.orders(places);
        let noise = noise || orders.noise;
        if raw.is_empty() || (noise && orders.text.is_none() && orders.fact.is_none() && !orders.speaker && !orders.steps) {
            return Ok(());
        }
        let text = at.codec.decode_text(raw);
        if orders.speaker && self.speaker(&text) {
            return Ok(());
        }
        let fact = orders.fact.filter(|fact| self.note(*fact, &text));
        if orders.steps && self.steps(at, &text, places, noise, depth)? {
            return Ok(());
        }
        if orders.text.is_some() {
            return self.emit_text(at.clone(), text, orders.text);
        }
        if noise {
            return Ok(());
        }
        match fact {
            Some(Act::FileName | Act::FileData) => return self.emit_as(at.clone(), raw, Role::Attachment),
            Some(Act::Model) => self.found.model_segment = Some(self.found.segments.len()),
            Some(_) => {}
            None => {
                if self.encoded(at, &text, depth)? {
                    return Ok(());
                }
            }
        }
        self.emit_text(at.clone(), text, None)
    }

    fn speaker(&mut self, name: &str) -> bool {
        let (Some(turns), Some(turn)) = (self.route.and_then(|route| route.turns.as_ref()), self.turn) else {
            return false;
        };
        let role = turns.roles.get(name).copied();
        if let Some(turn) = self.found.turns.get_mut(turn) {
            turn.role = Some(role.unwrap_or(turns.otherwise));
        }
        // A name nobody knows is text like any other.
        role.is_some()
    }

    /// Takes a fact down; false when the value says nothing of the kind.
    fn note(&mut self, fact: Act, text: &str) -> bool {
        match (fact, &mut self.file) {
            (Act::Model, _) => {
                self.found.model = tame(text.to_owned());
                self.found.model.is_some()
            }
            (Act::Conversation, _) => {
                self.found.conversation = Some(text.to_owned());
                true
            }
            (Act::FileName, Some(file)) => {
                file.name = Some(text.to_owned());
                true
            }
            (Act::FileMime, Some(file)) => {
                file.mime = sniff::media_type(text);
                file.mime.is_some()
            }
            (Act::FileData, Some(file)) => {
                file.inline = true;
                file.size = Some(text.len() as u64);
                true
            }
            (Act::Streaming, _) if text == "true" => {
                self.found.streaming = true;
                true
            }
            _ => false,
        }
    }

    /// Goes where the plan goes on. False when the string is not what the plan takes it for.
    fn steps(&mut self, at: &Origin, text: &str, places: &Places, noise: bool, depth: usize) -> Result<bool, Stop> {
        let base = self.active.len();
        let json = self.follow(places, |step| matches!(step, Step::Json(_)));
        let done = if !json.is_empty() && sniff::starts_like_json(text.as_bytes()) {
            self.inner_json(at, text, places, noise, depth)?
        } else {
            self.inner_blob(at, text, places, noise, depth)?
        };
        self.active.truncate(base);
        Ok(done)
    }

    fn inner_json(&mut self, at: &Origin, text: &str, places: &Places, noise: bool, depth: usize) -> Result<bool, Stop> {
        if depth >= MAX_LAYERS {
            self.unscannable(Unscannable::TooDeep);
            return Ok(false);
        }
        let mark = self.mark();
        let layer = self.layer(at.clone());
        let read = self.documents(Content { layer, bytes: text.as_bytes(), depth: depth + 1 }, places, noise)?;
        if !read {
            self.back_to(&mark);
        }
        Ok(read)
    }

    fn inner_blob(&mut self, at: &Origin, text: &str, places: &Places, noise: bool, depth: usize) -> Result<bool, Stop> {
        for (codec, wanted) in [(Codec::Base64, Step::Base64), (Codec::Hex, Step::Hex)] {
            let inner = self.follow(places, |step| *step == wanted);
            if !inner.is_empty() {
                let Some(decoded) = codec.decode(text.as_bytes()) else { continue };
                let layer = self.layer(at.clone());
                let origin = Origin { layer, span: 0..text.len(), codec };
                return self.blob(origin, &decoded, &inner, noise, depth + 1).map(|()| true);
            }
        }
        let inner = self.follow(places, |step| matches!(step, Step::DataUrl));
        if !inner.is_empty() {
            return self.data_url(at, text, &inner, noise, depth);
        }
        let inner = self.follow(places, |step| matches!(step, Step::Raw | Step::Text));
        if inner.is_empty() {
            return Ok(false);
        }
        let layer = self.layer(at.clone());
        let origin = Origin { layer, span: 0..text.len(), codec: Codec::Utf8 };
        self.leaf(&origin, text.as_bytes(), &inner, noise, depth + 1).map(|()| true)
    }

    /// Encodings the string itself shows. False when it shows none.
    fn encoded(&mut self, at: &Origin, text: &str, depth: usize) -> Result<bool, Stop> {
        if text.len() < 3 {
            return Ok(false);
        }
        if sniff::looks_like_json(text.as_bytes()) {
            return self.inner_json(at, text, &NOWHERE, false, depth);
        }
        if text.as_bytes().starts_with(b"data:") && self.data_url(at, text, &NOWHERE, false, depth)? {
            return Ok(true);
        }
        let Some(decoded) = sniff::base64_text(text.as_bytes()) else { return Ok(false) };
        if depth >= MAX_LAYERS {
            self.unscannable(Unscannable::TooDeep);
            return Ok(false);
        }
        let layer = self.layer(at.clone());
        let origin = Origin { layer, span: 0..text.len(), codec: Codec::Base64 };
        self.blob(origin, &decoded, &NOWHERE, false, depth + 1).map(|()| true)
    }

    fn data_url(&mut self, at: &Origin, text: &str, places: &Places, noise: bool, depth: usize) -> Result<bool, Stop> {
        let Some((mime, base64, start)) = sniff::data_url(text) else { return Ok(false) };
        let codec = if base64 { Codec::Base64 } else { Codec::Percent };
        let Some(decoded) = codec.decode(&text.as_bytes()[start..]) else { return Ok(false) };
        if depth >= MAX_LAYERS {
            self.unscannable(Unscannable::TooDeep);
            return Ok(false);
        }
        let orders = self.orders(places);
        match &mut self.file {
            Some(file) if orders.fact == Some(Act::FileData) => file.mime = sniff::media_type(mime),
            _ => self.found.attachments.push(Attachment {
                name: None,
                mime: sniff::media_type(mime),
                size: Some(decoded.len() as u64),
                inline: true,
            }),
        }
        let layer = self.layer(at.clone());
        let origin = Origin { layer, span: start..text.len(), codec };
        self.blob(origin, &decoded, places, noise, depth + 1).map(|()| true)
    }

    /// Content that was decoded out of a string: one layer of its own.
    fn blob(&mut self, from: Origin, bytes: &[u8], places: &Places, noise: bool, depth: usize) -> Result<(), Stop> {
        let orders = self.orders(places);
        let is_file = orders.fact == Some(Act::FileData);
        if is_file && let Some(file) = &mut self.file {
            file.size = Some(bytes.len() as u64);
            file.inline = true;
        }
        let layer = self.layer(from);
        let content = Content { layer, bytes, depth };
        if bytes.is_empty() || (noise && orders.text.is_none() && !orders.steps) {
            return Ok(());
        }
        if is_file || orders.text.is_some() {
            return self.plain(content, 0..bytes.len(), orders.text, Role::Attachment);
        }
        match sniff::text(bytes) {
            Some(codec) => {
                let origin = Origin { layer, span: 0..bytes.len(), codec };
                self.leaf(&origin, bytes, places, noise, depth)
            }
            None => self.plain(content, 0..bytes.len(), None, Role::Unclassified),
        }
    }

    // --- Segments ---

    fn emit(&mut self, origin: Origin, raw: &[u8], rule: Option<u16>) -> Result<(), Stop> {
        if raw.is_empty() {
            return Ok(());
        }
        let text = origin.codec.decode_text(raw);
        self.emit_text(origin, text, rule)
    }

    fn emit_as(&mut self, origin: Origin, raw: &[u8], role: Role) -> Result<(), Stop> {
        let place = self.found.segments.len();
        self.emit(origin, raw, None)?;
        if let Some(segment) = self.found.segments.get_mut(place) {
            segment.place.role = role;
        }
        Ok(())
    }

    fn emit_text(&mut self, origin: Origin, text: Cow<'_, str>, rule: Option<u16>) -> Result<(), Stop> {
        self.leaves += 1;
        if self.leaves > MAX_LEAVES {
            return Err(Stop::Enough);
        }
        let number = self.found.segments.len();
        let rule = rule.and_then(|rule| self.route?.texts.get(usize::from(rule)));
        let role = match rule.map(|rule| rule.role) {
            None => Role::Unclassified,
            Some(TextRole::Turn) => self.turn_role(number),
            Some(role) => role.fixed().unwrap_or(Role::Unclassified),
        };
        self.found.segments.push(Segment {
            place: Place {
                role,
                locator: rule.map(|rule| Cow::Owned(rule.locator.clone())),
                segment: u32::try_from(number).unwrap_or(u32::MAX),
            },
            text: Sensitive::new(text.into_owned()),
        });
        self.found.origins.push(origin);
        Ok(())
    }

    /// Outside of all turns the rule's `otherwise` holds.
    fn turn_role(&mut self, segment: usize) -> Role {
        if let Some(turn) = self.turn {
            self.found.undecided.push((segment, turn));
            if let Some(turn) = self.found.turns.get_mut(turn) {
                turn.has_text = true;
            }
        }
        self.route.and_then(|route| route.turns.as_ref()).map_or(Role::Unclassified, |turns| turns.otherwise)
    }

    fn layer(&mut self, origin: Origin) -> LayerId {
        self.found.layers.push(origin);
        // As many layers as leaves at most, and those are counted.
        LayerId::try_from(self.found.layers.len() - 1).unwrap_or(LayerId::MAX - ROOTS) + ROOTS
    }

    // --- The plan ---

    fn start(&mut self, node: NodeId) -> Places {
        if self.route.is_none() {
            return NOWHERE;
        }
        let start = self.active.len();
        self.active.push(node);
        start..self.active.len()
    }

    fn orders(&self, places: &Places) -> Orders {
        let mut orders = Orders::default();
        let Some(route) = self.route else { return orders };
        for node in &self.active[places.clone()] {
            orders.steps |= route.plan.has_step(*node, |_| true);
            for act in route.plan.acts(*node) {
                match act {
                    Act::Text(rule) => orders.text = orders.text.or(Some(*rule)),
                    Act::Noise => orders.noise = true,
                    Act::Turn => orders.turn = true,
                    Act::Speaker => orders.speaker = true,
                    Act::File => orders.file = true,
                    fact => orders.fact = Some(*fact),
                }
            }
        }
        orders
    }

    fn has_step(&self, places: &Places, wanted: impl Fn(&Step) -> bool + Copy) -> bool {
        self.route.is_some_and(|route| self.active[places.clone()].iter().any(|node| route.plan.has_step(*node, wanted)))
    }

    fn follow(&mut self, places: &Places, wanted: impl Fn(&Step) -> bool + Copy) -> Places {
        self.below(places, |plan, node, out| plan.follow(node, wanted, out))
    }

    /// Places one step on from those given, put on top of the stack of places.
    fn below(&mut self, places: &Places, step: impl Fn(&Plan, NodeId, &mut Vec<NodeId>)) -> Places {
        let Some(route) = self.route else { return NOWHERE };
        let start = self.active.len();
        for at in places.clone() {
            let node = self.active[at];
            step(&route.plan, node, &mut self.active);
        }
        start..self.active.len()
    }

    /// Forgets the places of earlier members.
    fn drop_above(&mut self, places: &Places) {
        if !places.is_empty() {
            self.active.truncate(places.end);
        }
    }

    // --- Going back ---

    fn mark(&self) -> Mark {
        Mark {
            segments: self.found.segments.len(),
            layers: self.found.layers.len(),
            attachments: self.found.attachments.len(),
            turns: self.found.turns.len(),
            undecided: self.found.undecided.len(),
            active: self.active.len(),
            turn: self.turn,
        }
    }

    fn back_to(&mut self, mark: &Mark) {
        self.found.segments.truncate(mark.segments);
        self.found.origins.truncate(mark.segments);
        self.found.layers.truncate(mark.layers);
        self.found.attachments.truncate(mark.attachments);
        self.found.turns.truncate(mark.turns);
        self.found.undecided.truncate(mark.undecided);
        self.active.truncate(mark.active);
        self.turn = mark.turn;
        self.found.model_segment = self.found.model_segment.filter(|segment| *segment < mark.segments);
    }
}

impl Draft {
    fn into_attachment(self) -> Option<Attachment> {
        (self.name.is_some() || self.inline).then(|| Attachment {
            name: self.name.map(Sensitive::new),
            mime: self.mime,
            size: self.size,
            inline: self.inline,
        })
    }
}

/// How often each name was seen.
#[derive(Default)]
struct Seen(HashMap<String, usize>);

impl Seen {
    fn count(&mut self, name: &str) -> usize {
        let next = self.0.entry(name.to_owned()).or_insert(0);
        *next += 1;
        *next - 1
    }
}
