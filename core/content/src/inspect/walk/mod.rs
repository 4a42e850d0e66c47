//! The walk over a message: it follows the adapter's plan where there is one, and reads everything else as it comes.
//!
//! Recursion happens only from one layer of encoding into the next, and there are at most [`MAX_LAYERS`] of them.

mod binary;
mod document;
mod fields;
mod json;
mod leaf;
mod trace;

use super::{Attachment, Detail, Reference, Unscannable, sniff};
use crate::adapters::{Act, CompiledRoute, NodeId, Plan};
use crate::codec::Codec;
use crate::coding::{self, Coding};
use crate::json::JsonError;
use crate::locator::Step;
use crate::{Carrier, RequestView, form, multipart};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use weir_files::Label;
use weir_model::catalogue::TextRole;
use weir_model::{Kind, Place, Role, Segment, Sensitive};

/// Encodings inside encodings.
const MAX_LAYERS: usize = 6;
/// Strings in one message.
const MAX_LEAVES: usize = 200_000;

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
    pub(super) references: Vec<Reference>,
    pub(super) labels: Vec<Label>,
    pub(super) model: Option<String>,
    pub(super) model_segment: Option<usize>,
    model_rank: u8,
    /// The model is named by a number.
    pub(super) model_number: bool,
    /// What the message does, where the body says so.
    pub(super) kind: Option<Kind>,
    /// Written down where locators are asked for.
    pub(super) model_where: Option<String>,
    /// One for each segment, where they are asked for.
    pub(super) locators: Vec<String>,
    /// Who speaks, in the words of the message; one for each segment, where they are asked for.
    pub(super) speakers: Vec<Option<String>>,
    /// Texts that are cut into several segments.
    pub(super) joined: Vec<Vec<usize>>,
    /// Some place was there where the route expects people's text.
    pub(super) prompt_seen: bool,
    pub(super) conversation: Option<String>,
    pub(super) streaming: bool,
    pub(super) unscannable: Option<Unscannable>,
    pub(super) boundary: Option<String>,
    turns: Vec<Turn>,
    /// Segments of rules that join, with what must be equal to be joined.
    to_join: Vec<(usize, Whole)>,
    /// Segments whose role their turn decides.
    undecided: Vec<(usize, usize)>,
}

#[derive(Default)]
struct Turn {
    /// The conversation it is part of: a message may hold several.
    conversation: usize,
    role: Option<Role>,
    /// Where it is asked for.
    speaker: Option<String>,
    has_text: bool,
}

/// What makes pieces of text one: the rule, the turn, the layer.
type Whole = (u16, Option<usize>, LayerId);

/// A file being described.
#[derive(Clone, Default)]
struct Draft {
    name: Option<String>,
    name_segment: Option<usize>,
    id: Option<String>,
    id_locator: Option<String>,
    mime: Option<String>,
    size: Option<u64>,
    inline: bool,
    content: Option<Origin>,
    locator: Option<String>,
}

/// What begins with a container and ends with it.
struct Scope {
    outer_turn: Option<Option<usize>>,
    outer_file: Option<Option<Draft>>,
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

impl From<JsonError> for Stop {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::Syntax => Stop::Syntax,
            JsonError::TooDeep => Stop::TooDeep,
        }
    }
}

impl Found {
    /// A copy of nothing is the prompt itself: a client may send the text at one of two places only.
    fn promote_copy(&mut self) {
        let mut roles = self.segments.iter().map(|segment| segment.place.role);
        if roles.any(|role| role == Role::Prompt) {
            return;
        }
        let copy = self
            .segments
            .iter_mut()
            .find(|segment| segment.place.role == Role::Copy);
        if let Some(segment) = copy {
            segment.place.role = Role::Prompt;
        }
    }
}

pub(super) struct Walk<'r> {
    route: Option<&'r CompiledRoute>,
    found: Found,
    active: Vec<NodeId>,
    leaves: usize,
    turn: Option<usize>,
    /// The list at hand, by number, and how many there were.
    list: usize,
    lists: usize,
    file: Option<Draft>,
    /// Messages of protobuf inside each other.
    nested: usize,
    /// Bytes that may still come out of codings inside the body.
    inflatable: usize,
    /// The coding of compressed envelopes, as the headers say.
    frame_coding: Option<Coding>,
    /// The headers say that the content is protobuf.
    protobuf: bool,
    /// Files whose text was taken out, and how much more may be unpacked for others.
    files: document::Files,
    trace: Option<trace::Trace>,
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
    references: usize,
    labels: usize,
    turns: usize,
    undecided: usize,
    to_join: usize,
    active: usize,
    turn: Option<usize>,
    list: usize,
    file: Option<Draft>,
    trace: usize,
}

impl<'r> Walk<'r> {
    pub(super) fn new(route: Option<&'r CompiledRoute>, detail: Detail) -> Self {
        Self {
            route,
            found: Found::default(),
            active: Vec::new(),
            leaves: 0,
            turn: None,
            list: 0,
            lists: 0,
            file: None,
            nested: 0,
            inflatable: coding::MAX_DECODED,
            frame_coding: None,
            protobuf: false,
            files: document::Files::default(),
            trace: (detail == Detail::Locators).then(trace::Trace::default),
        }
    }

    pub(super) fn unscannable(&mut self, problem: Unscannable) {
        // The first problem is the one told, but bytes that are no text hide nothing of a limit.
        if matches!(self.found.unscannable, None | Some(Unscannable::Binary)) {
            self.found.unscannable = Some(problem);
        }
    }

    /// Query, path and body.
    pub(super) fn request(&mut self, request: &RequestView<'_>, body: &[u8], readable: bool) {
        let walked = self.address(request).and_then(|()| {
            let whole = Content {
                layer: BODY,
                bytes: body,
                depth: 0,
            };
            if !readable {
                return Ok(());
            }
            if let Carrier::WebSocket { number } = request.carrier {
                self.down(|path| path.push_str(&format!("frame:{number}")));
            }
            self.frame_coding = ["connect-content-encoding", "grpc-encoding"]
                .iter()
                .find_map(|name| coding::named(request.header_text(name)?));
            let content_type = request.header_text("content-type");
            self.protobuf = content_type.is_some_and(|kind| kind.contains("proto") || kind.contains("grpc"));
            self.body(whole, content_type)
        });
        if walked.is_err() {
            self.unscannable(Unscannable::TooManyLeaves);
        }
    }

    /// Path and query. Those of a WebSocket left with the handshake: its messages take facts from them, and no text.
    fn address(&mut self, request: &RequestView<'_>) -> Result<(), Stop> {
        let mark = self.mark();
        self.path(request.path)?;
        self.up(0);
        self.query(request.query.unwrap_or_default())?;
        self.up(0);
        if matches!(request.carrier, Carrier::WebSocket { .. }) {
            self.back_to(&mark);
            self.found.prompt_seen = false;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Found {
        // The last turn of each conversation in which somebody asks something.
        let mut last: HashMap<usize, usize> = HashMap::new();
        for (number, turn) in self.found.turns.iter().enumerate() {
            if turn.has_text && turn.role == Some(Role::Prompt) {
                last.insert(turn.conversation, number);
            }
        }
        let otherwise = self
            .route
            .and_then(|route| route.turns.as_ref())
            .map_or(Role::Unclassified, |turns| turns.otherwise);
        if let Some(trace) = self.trace.take() {
            self.found.locators = trace.segments;
            self.found.model_where = trace.model;
            let spoken = trace
                .turns
                .iter()
                .map(|turn| self.found.turns.get((*turn)?)?.speaker.clone());
            self.found.speakers = spoken.collect();
        }
        self.found.joined = joined(&self.found.to_join);
        for (segment, turn) in &self.found.undecided {
            let spoken = self.found.turns.get(*turn);
            let is_last = spoken.is_some_and(|spoken| last.get(&spoken.conversation) == Some(turn));
            let role = match spoken.and_then(|spoken| spoken.role) {
                Some(Role::Prompt) if !is_last => Role::History,
                role => role.unwrap_or(otherwise),
            };
            if let Some(segment) = self.found.segments.get_mut(*segment) {
                segment.place.role = role;
            }
        }
        self.found.promote_copy();
        self.found
    }

    fn path(&mut self, path: &str) -> Result<(), Stop> {
        let Some(route) = self.route else {
            // A path nobody describes may hold anything.
            return self.path_piece(path, 0..path.len(), None);
        };
        let mut named: Vec<Range<usize>> = Vec::new();
        for (regex, rule) in &route.path_texts {
            if let Some(group) = regex.captures(path).and_then(|captures| captures.get(1)) {
                self.see(*rule);
                self.path_piece(path, group.range(), Some(*rule))?;
                named.push(group.range());
            }
        }
        named.sort_by_key(|span| span.start);
        let mut at = 0;
        for span in named {
            // Rules may name the same place twice.
            if at < span.start {
                self.path_rest(path, at..span.start)?;
            }
            at = at.max(span.end);
        }
        self.path_rest(path, at..path.len())
    }

    /// What no rule names of a route's path: whole, for a value may hold slashes, unless it has only the words and ids of
    /// an address.
    fn path_rest(&mut self, path: &str, span: Range<usize>) -> Result<(), Stop> {
        if path[span.clone()].split('/').all(sniff::is_plain_step) {
            return Ok(());
        }
        self.path_piece(path, span, None)
    }

    fn path_piece(&mut self, path: &str, span: Range<usize>, rule: Option<u16>) -> Result<(), Stop> {
        let raw = &path.as_bytes()[span.clone()];
        let mark = self.down(|out| {
            let around = |text: &str| regex::escape(text);
            let (before, after) = (around(&path[..span.start]), around(&path[span.end..]));
            out.push_str(&format!("path~^{before}(.*){after}$"));
        });
        let origin = Origin {
            layer: PATH,
            span,
            codec: Codec::Percent,
        };
        self.emit(origin, raw, rule)?;
        self.up(mark);
        Ok(())
    }

    fn query(&mut self, query: &str) -> Result<(), Stop> {
        let places = self.start(Plan::QUERY);
        self.fields(
            Content {
                layer: QUERY,
                bytes: query.as_bytes(),
                depth: 0,
            },
            &places,
        )
    }

    fn body(&mut self, body: Content<'_>, content_type: Option<&str>) -> Result<(), Stop> {
        if body.bytes.is_empty() {
            return Ok(());
        }
        let places = self.start(Plan::BODY);
        let boundary = content_type.and_then(multipart::boundary);
        for boundary in [boundary, multipart::opening(body.bytes)].into_iter().flatten() {
            if let Some(parts) = multipart::parse(body.bytes, boundary) {
                self.found.boundary = Some(boundary.to_owned());
                return self.parts(body, &parts, &places);
            }
        }
        let whole = self.follow(&places, |step| matches!(step, Step::Raw | Step::Text));
        let inside = self.has_step(&places, |step| !matches!(step, Step::Raw | Step::Text));
        if !whole.is_empty() && !inside {
            return self.uploaded(body, content_type, &whole);
        }
        let urlencoded =
            content_type.is_none_or(|kind| kind.trim_start().starts_with("application/x-www-form-urlencoded"));
        self.content(body, &places, urlencoded)
    }

    /// A body that is a file.
    fn uploaded(&mut self, body: Content<'_>, content_type: Option<&str>, whole: &Places) -> Result<(), Stop> {
        let orders = self.orders(whole);
        let content = Origin {
            layer: body.layer,
            span: 0..body.bytes.len(),
            codec: Codec::Raw,
        };
        self.see_any(orders.text);
        let locator = self.here();
        self.found.attachments.push(Attachment {
            name: None,
            name_segment: None,
            // No file is an urlencoded form; some clients say so by default.
            mime: content_type
                .and_then(sniff::media_type)
                .filter(|kind| !kind.ends_with("urlencoded")),
            size: Some(body.bytes.len() as u64),
            inline: true,
            locator,
            content: Some(content),
        });
        self.plain(body, 0..body.bytes.len(), orders.text, Role::Attachment)
    }

    /// Bytes of no declared kind.
    fn content(&mut self, content: Content<'_>, places: &Places, urlencoded: bool) -> Result<(), Stop> {
        if let Some(wide) = sniff::utf16(content.bytes) {
            let origin = Origin {
                layer: content.layer,
                span: 0..content.bytes.len(),
                codec: wide,
            };
            let text = wide.decode_text(content.bytes);
            if sniff::starts_like_json(text.trim_start_matches('\u{feff}').as_bytes()) && content.depth < MAX_LAYERS {
                let layer = self.layer(origin)?;
                let inner = Content {
                    layer,
                    bytes: text.as_bytes(),
                    depth: content.depth + 1,
                };
                return self.content(inner, places, false);
            }
        }
        if sniff::starts_like_json(content.bytes)
            && (self.documents(content, places)? || self.records(content, places)?)
        {
            return Ok(());
        }
        let form = urlencoded || self.has_step(places, |step| matches!(step, Step::Form(..)));
        if form && form::looks_like_fields(content.bytes) {
            return self.fields(content, places);
        }
        if self.binary(content, places)? {
            return Ok(());
        }
        let whole = self.follow(places, |step| matches!(step, Step::Raw | Step::Text));
        let rule = self.orders(&whole).text;
        self.see_any(rule);
        if rule.is_none() && (self.wrapped(content)? || self.text_or_message(content)?) {
            return Ok(());
        }
        self.plain(content, 0..content.bytes.len(), rule, Role::Unclassified)
    }

    /// A whole body in base64 or hexadecimal digits.
    fn wrapped(&mut self, content: Content<'_>) -> Result<bool, Stop> {
        let origin = Origin {
            layer: content.layer,
            span: 0..content.bytes.len(),
            codec: Codec::Utf8,
        };
        match std::str::from_utf8(content.bytes) {
            Ok(text) => self.encoded(&origin, text, content.depth),
            Err(_) => Ok(false),
        }
    }

    /// Text without markup, or binary.
    fn plain(&mut self, content: Content<'_>, span: Range<usize>, rule: Option<u16>, role: Role) -> Result<(), Stop> {
        let bytes = &content.bytes[span.clone()];
        let is_file = match rule.and_then(|rule| self.route?.texts.get(usize::from(rule))) {
            Some(rule) => rule.role == TextRole::Attachment,
            None => role == Role::Attachment,
        };
        let codec = match sniff::text(bytes) {
            Some(codec) if !(is_file && document::is_written_otherwise(bytes)) => codec,
            _ => return self.document(content, span, rule.filter(|_| is_file)),
        };
        let place = self.found.segments.len();
        self.emit(
            Origin {
                layer: content.layer,
                span,
                codec,
            },
            bytes,
            rule,
        )?;
        if rule.is_none()
            && let Some(segment) = self.found.segments.get_mut(place)
        {
            segment.place.role = role;
        }
        Ok(())
    }

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
        self.count()?;
        let number = self.found.segments.len();
        let id = rule.unwrap_or_default();
        let rule = rule.and_then(|rule| self.route?.texts.get(usize::from(rule)));
        if rule.is_some_and(|rule| rule.join) {
            self.found.to_join.push((number, (id, self.turn, origin.layer)));
        }
        self.trace_segment();
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

    /// A place where a rule expects people's text is there, also when it is empty.
    fn see(&mut self, rule: u16) {
        let texts = self.route.map_or(&[][..], |route| route.texts.as_slice());
        if let Some(rule) = texts.get(usize::from(rule)) {
            self.found.prompt_seen |= matches!(rule.role, TextRole::Prompt | TextRole::Turn | TextRole::Copy);
        }
    }

    /// A rule for all that stands below a place.
    fn is_deep(&self, rule: u16) -> bool {
        let rule = self.route.and_then(|route| route.texts.get(usize::from(rule)));
        rule.is_some_and(|rule| rule.locator.ends_with("/**"))
    }

    fn see_any(&mut self, rule: Option<u16>) {
        if let Some(rule) = rule {
            self.see(rule);
        }
    }

    /// What begins here, by the plan: a turn, a file.
    fn enter_scope(&mut self, places: &Places) -> Result<Scope, Stop> {
        let orders = self.orders(places);
        if orders.turn || orders.file {
            self.count()?;
        }
        let outer_turn = orders.turn.then(|| {
            self.found.turns.push(Turn {
                conversation: self.list,
                ..Turn::default()
            });
            self.turn.replace(self.found.turns.len() - 1)
        });
        let outer_file = orders.file.then(|| self.file.replace(Draft::default()));
        Ok(Scope { outer_turn, outer_file })
    }

    fn leave_scope(&mut self, scope: Scope) {
        if let Some(outer) = scope.outer_turn {
            self.turn = outer;
        }
        if let Some(outer) = scope.outer_file {
            let draft = std::mem::replace(&mut self.file, outer);
            self.take_file(draft);
        }
    }

    /// Outside of all turns the rule's `otherwise` holds.
    fn turn_role(&mut self, segment: usize) -> Role {
        if let Some(turn) = self.turn {
            self.found.undecided.push((segment, turn));
            if let Some(turn) = self.found.turns.get_mut(turn) {
                turn.has_text = true;
            }
        }
        self.route
            .and_then(|route| route.turns.as_ref())
            .map_or(Role::Unclassified, |turns| turns.otherwise)
    }

    fn layer(&mut self, origin: Origin) -> Result<LayerId, Stop> {
        self.count()?;
        self.found.layers.push(origin);
        LayerId::try_from(self.found.layers.len() - 1)
            .map(|number| number + ROOTS)
            .map_err(|_| Stop::Enough)
    }

    /// Everything that takes memory is counted: strings, layers, turns, fields.
    fn count(&mut self) -> Result<(), Stop> {
        self.leaves += 1;
        if self.leaves > MAX_LEAVES {
            Err(Stop::Enough)
        } else {
            Ok(())
        }
    }

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
        self.route.is_some_and(|route| {
            self.active[places.clone()]
                .iter()
                .any(|node| route.plan.has_step(*node, wanted))
        })
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

    fn mark(&self) -> Mark {
        Mark {
            segments: self.found.segments.len(),
            layers: self.found.layers.len(),
            attachments: self.found.attachments.len(),
            references: self.found.references.len(),
            labels: self.found.labels.len(),
            turns: self.found.turns.len(),
            undecided: self.found.undecided.len(),
            to_join: self.found.to_join.len(),
            active: self.active.len(),
            turn: self.turn,
            list: self.list,
            file: self.file.clone(),
            trace: self.trace_len(),
        }
    }

    fn back_to(&mut self, mark: &Mark) {
        self.found.segments.truncate(mark.segments);
        self.found.origins.truncate(mark.segments);
        self.found.layers.truncate(mark.layers);
        self.found.attachments.truncate(mark.attachments);
        self.found.references.truncate(mark.references);
        self.found.labels.truncate(mark.labels);
        self.found.turns.truncate(mark.turns);
        self.found.undecided.truncate(mark.undecided);
        self.found.to_join.truncate(mark.to_join);
        self.active.truncate(mark.active);
        self.turn = mark.turn;
        self.list = mark.list;
        self.file.clone_from(&mark.file);
        self.up(mark.trace);
        if let Some(trace) = &mut self.trace {
            trace.segments.truncate(mark.segments);
            trace.turns.truncate(mark.segments);
        }
        self.found.model_segment = self.found.model_segment.filter(|segment| *segment < mark.segments);
    }
}

/// Groups of pieces that follow each other and belong to one text.
fn joined(pieces: &[(usize, Whole)]) -> Vec<Vec<usize>> {
    let groups = pieces.chunk_by(|(_, one), (_, next)| one == next);
    groups
        .filter(|group| group.len() > 1)
        .map(|group| group.iter().map(|(segment, _)| *segment).collect())
        .collect()
}
