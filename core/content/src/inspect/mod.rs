//! One request in, its segments and facts out, and the way back for edits.
//!
//! ```text
//!   body ─ content coding off ─┬─ multipart ─ parts ─┐
//!   query ─ fields ────────────┼─ urlencoded ─ fields ┼─► leaf ─┬─ named by the adapter: a segment with its role
//!   path ──────────────────────┼─ JSON, JSON lines ───┘         ├─ JSON, base64 or data: inside: one layer down
//!                              └─ text, binary                  └─ else: an unclassified segment
//! ```
//!
//! Each segment remembers the layer and the bytes it was read from; `rewrite` goes the same way back.

mod drift;
mod rewrite;
pub(crate) mod sniff;
mod walk;

pub use drift::Drift;
pub use rewrite::{Edit, RewriteError, Rewritten, fuzz_layers, fuzz_rewrite};

use crate::adapters::{Adapters, CompiledRoute, Gives, Streaming, channel_of};
use crate::answer::Decoder;
use crate::coding::{self, Coding, CodingError};
use crate::{Carrier, RequestView, block, envelope, json};
use rewrite::{Contents, Trail};
use std::borrow::Cow;
use std::sync::Arc;
use walk::{Found, Origin, Walk};
use weir_files::{Label, Unreadable};
use weir_model::{Channel, Kind, Segment, Sensitive, Tier};

/// What was found in a request. No `Debug`: it holds what people typed.
pub struct Inspected {
    /// Id of the service that owns the host.
    pub service: Option<String>,
    /// Id of the provider bound by terms.
    pub provider: Option<String>,
    /// How the message leaves; `None` where no adapter tells.
    pub channel: Option<Channel>,
    /// The account tier seen on the wire.
    pub tier: Tier,
    /// The account in more exact words, where the catalogue has them: `enterprise_api`.
    pub account_kind: Option<String>,
    /// The id of the account or tenant the message is sent with.
    pub account: Option<Sensitive<String>>,
    /// The catalogue's locator of that id.
    pub account_where: Option<String>,
    /// Service and route whose protocol is spoken, `openai-api/chat_completions`; also where another host speaks it.
    pub route: Option<String>,
    /// What the message does.
    pub kind: Kind,
    /// The route names places for text, turns or files. False where no route was chosen.
    pub declares_text: bool,
    /// All text, in the order of the wire.
    pub segments: Vec<Segment>,
    /// Groups of segments that are one text, cut by the service: what lies across the cuts is found by reading them
    /// behind each other.
    pub joined: Vec<Vec<usize>>,
    /// The model named. The sender writes it: see [`Inspected::model_segment`].
    pub model: Option<String>,
    /// The segment that holds the model's name. A finding there means that the name must not be recorded.
    pub model_segment: Option<usize>,
    /// The model is named by a number.
    pub model_number: bool,
    /// Where the model is named, concretely. Only with [`Detail::Locators`].
    pub model_where: Option<String>,
    /// The id of the conversation, chosen by service or client.
    pub conversation: Option<Sensitive<String>>,
    /// Files carried or referred to.
    pub attachments: Vec<Attachment>,
    /// Files of earlier messages that are referred to by id.
    pub references: Vec<Reference>,
    /// The message is a step of a file that takes several.
    pub upload: Option<UploadStep>,
    /// Sensitivity labels in force on files of this message.
    pub labels: Vec<Label>,
    /// What could not be read. The segments that were read are there all the same.
    pub unscannable: Option<Unscannable>,
    /// The service has changed: the route's places for people's text are not there.
    pub drift: Option<Drift>,
    /// False where an edited message would be refused: signed bodies.
    pub editable: bool,
    /// How the service streams its answer.
    pub answer: Option<Decoder>,
    /// How a block is answered.
    pub block: Option<block::Shape>,
    /// The request asks for a streamed answer.
    pub streaming: bool,
    locators: Vec<String>,
    speakers: Vec<Option<String>>,
    trail: Trail,
}

/// A file in a message, or a reference to one.
pub struct Attachment {
    /// As the sender calls it.
    pub name: Option<Sensitive<String>>,
    /// The segment that holds the name. A finding there means that the name must not be recorded.
    pub name_segment: Option<usize>,
    /// Media type or file extension; only what has the form of one.
    pub mime: Option<String>,
    /// In bytes: counted where the content is here, else as announced.
    pub size: Option<u64>,
    /// The content is in this message.
    pub inline: bool,
    /// Where the content stands, else the id, else the name, concretely. Only with [`Detail::Locators`].
    pub locator: Option<String>,
    content: Option<Origin>,
}

/// A file of an earlier message, by the id the service gave it.
pub struct Reference {
    /// The id.
    pub id: Sensitive<String>,
    /// The attachment it is the id of, where the message describes the file as well.
    pub attachment: Option<usize>,
    /// Where the id stands, concretely. Only with [`Detail::Locators`].
    pub locator: Option<String>,
}

/// A step of a file that takes several messages.
pub struct UploadStep {
    /// What earlier answers gave for it.
    pub known_by: Vec<Sensitive<String>>,
    /// What the answer to this message gives.
    pub gives: Option<Arc<Gives>>,
}

/// How much is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// What judging needs.
    #[default]
    Judged,
    /// Also the concrete place of every segment. It costs time, and keys that hold content are in it.
    Locators,
}

impl Inspected {
    /// Where a segment stands, concretely: `json:/messages/0/content`. Only with [`Detail::Locators`].
    #[must_use]
    pub fn locator(&self, segment: usize) -> Option<&str> {
        self.locators.get(segment).map(String::as_str)
    }

    /// Who speaks in a segment, in the words of the message: `developer`, `tool`. Only with [`Detail::Locators`].
    #[must_use]
    pub fn speaker(&self, segment: usize) -> Option<&str> {
        self.speakers.get(segment)?.as_deref()
    }

    /// The bytes of a file in this message, out of all encodings.
    #[must_use]
    pub fn content<'a>(&'a self, request: &'a RequestView<'a>, file: &Attachment) -> Option<Cow<'a, [u8]>> {
        let origin = file.content.as_ref()?;
        if request.body.len() != self.trail.body_length {
            return None;
        }
        let mut contents = Contents::new(&self.trail, request);
        let raw = contents.piece(origin).ok()?;
        let decoded = origin.codec.decode(raw)?;
        Some(Cow::Owned(decoded.into_owned()))
    }
}

/// Why some of a message was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unscannable {
    /// More than 64 MiB, also when taken out of its content coding, or growing beyond all reason.
    TooLarge,
    /// Nested too deeply.
    TooDeep,
    /// More than 200,000 strings.
    TooManyLeaves,
    /// A content coding that is not known.
    UnknownCoding,
    /// The body is not in the coding it says.
    DamagedCoding,
    /// Pictures, sound, unknown formats: bytes without text.
    Binary,
    /// A file that needs a password or a right.
    Encrypted,
    /// A file that breaks the rules of its format.
    DamagedFile,
}

impl From<Unreadable> for Unscannable {
    fn from(reason: Unreadable) -> Self {
        match reason {
            Unreadable::Encrypted => Unscannable::Encrypted,
            Unreadable::Damaged => Unscannable::DamagedFile,
            Unreadable::TooLarge => Unscannable::TooLarge,
            Unreadable::TooDeep => Unscannable::TooDeep,
            Unreadable::Unknown => Unscannable::Binary,
        }
    }
}

impl Unscannable {
    /// The name used in records and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Unscannable::TooLarge => "too_large",
            Unscannable::TooDeep => "too_deep",
            Unscannable::TooManyLeaves => "too_many_leaves",
            Unscannable::UnknownCoding => "unknown_coding",
            Unscannable::DamagedCoding => "damaged_coding",
            Unscannable::Binary => "binary",
            Unscannable::Encrypted => "encrypted",
            Unscannable::DamagedFile => "damaged_file",
        }
    }
}

/// Reads a request. It never fails: what cannot be read is named in [`Inspected::unscannable`].
#[must_use]
pub fn inspect(adapters: &Adapters, request: &RequestView<'_>) -> Inspected {
    inspect_with(adapters, request, Detail::Judged)
}

/// Reads a request, and tells as much as is asked for.
#[must_use]
pub fn inspect_with(adapters: &Adapters, request: &RequestView<'_>, detail: Detail) -> Inspected {
    let content = take_off_codings(request);
    let body = content.body(request);
    let chosen = adapters.choose(request, || top_keys(body));
    let route = chosen.route.map(|(_, route)| route);
    let mut walk = Walk::new(route, detail);
    if let Some(problem) = content.problem {
        walk.unscannable(problem);
    }
    walk.request(request, body, content.problem.is_none());
    let mut found = walk.finish();
    let upload = route.and_then(|route| step(route, request, body, &mut found));
    let service = chosen.owner;
    let tier = service.and_then(|service| service.tier(request));
    let accounts = service.map_or(&[][..], |service| service.accounts.as_slice());
    let account = accounts.iter().find_map(|fact| Some((fact.read(request)?, fact)));
    let outside_models = route.map_or(&[][..], |route| route.models.as_slice());
    let mut named_models = outside_models
        .iter()
        .filter_map(|fact| Some((tame(fact.read(request)?)?, fact)));
    let named_model = named_models.next().filter(|_| found.model.is_none());
    // A handshake says nothing yet: what its route tells of is the messages.
    let said = route.filter(|_| request.carrier != Carrier::Handshake);
    let expects_prompt =
        route.is_some_and(|route| found.kind.unwrap_or(route.kind) == Kind::Prompt && !route.prompt_optional);
    let lost = expects_prompt
        && request.carrier == Carrier::Http
        && !found.prompt_seen
        && found.attachments.is_empty()
        && found.unscannable.is_none();
    Inspected {
        service: chosen.belongs_to().map(str::to_owned),
        provider: service.map(|service| service.provider.clone()),
        channel: match chosen.route {
            Some((service, route)) => Some(channel_of(service, route)),
            None => service.map(|service| service.channel),
        },
        tier: tier.map_or(Tier::Unknown, |test| test.tier),
        account_kind: tier.and_then(|test| test.account.clone()),
        account_where: account.as_ref().map(|(_, fact)| fact.locator.clone()),
        account: account.map(|(id, _)| Sensitive::new(id)),
        route: chosen
            .route
            .map(|(service, route)| format!("{}/{}", service.id, route.id)),
        kind: said.map_or(Kind::Other, |route| found.kind.unwrap_or(route.kind)),
        declares_text: said.is_some_and(|route| route.declares_text),
        model_where: match &named_model {
            Some((_, fact)) if detail == Detail::Locators => Some(fact.locator.clone()),
            _ => found.model_where,
        },
        model: found.model.or(named_model.map(|(name, _)| name)),
        model_segment: found.model_segment,
        model_number: found.model_number,
        conversation: found
            .conversation
            .or_else(|| route.and_then(|route| route.conversation.as_ref())?.read(request))
            .map(Sensitive::new),
        drift: lost.then(|| Drift::of(body)).flatten(),
        joined: found.joined,
        locators: found.locators,
        speakers: found.speakers,
        attachments: found.attachments,
        references: found.references,
        upload,
        labels: found.labels,
        unscannable: found.unscannable,
        editable: route.is_none_or(|route| route.integrity.is_free()) && !is_signed(request),
        answer: route.and_then(|route| route.answer).filter(|_| chosen.answers_known),
        block: route.and_then(|route| route.block),
        streaming: match route.map(|route| route.streaming) {
            Some(Streaming::Always) => true,
            _ => found.streaming,
        },
        segments: found.segments,
        trail: Trail {
            origins: found.origins,
            layers: found.layers,
            decoded: content.decoded,
            codings: content.codings,
            boundary: found.boundary,
            body_length: request.body.len(),
        },
    }
}

/// The step of a file that a message is, where its route follows files. A body that only announces one is no file.
fn step(route: &CompiledRoute, request: &RequestView<'_>, body: &[u8], found: &mut Found) -> Option<UploadStep> {
    let upload = route.upload.as_ref()?;
    if let Some(name) = upload.announced(body) {
        let name_segment = found
            .segments
            .iter()
            .position(|segment| segment.text.expose().contains(&name));
        found.attachments = vec![Attachment {
            name: Some(Sensitive::new(name)),
            name_segment,
            mime: None,
            size: None,
            inline: false,
            locator: None,
            content: None,
        }];
    }
    Some(UploadStep {
        known_by: upload.known_by(request),
        gives: upload.gives.clone(),
    })
}

/// A body out of its content codings.
struct Content {
    codings: Vec<Coding>,
    /// Absent where there was nothing to take off.
    decoded: Option<Vec<u8>>,
    problem: Option<Unscannable>,
}

impl Content {
    fn body<'a>(&'a self, request: &RequestView<'a>) -> &'a [u8] {
        match (&self.decoded, self.problem) {
            (Some(decoded), _) => decoded,
            (None, None) => request.body,
            (None, Some(_)) => b"",
        }
    }
}

fn take_off_codings(request: &RequestView<'_>) -> Content {
    let problem = |problem| Content {
        codings: Vec::new(),
        decoded: None,
        problem: Some(problem),
    };
    if request.body.len() > coding::MAX_DECODED {
        return problem(Unscannable::TooLarge);
    }
    let mut codings = Vec::new();
    for (_, value) in request.headers.iter().filter(|(name, _)| *name == "content-encoding") {
        match coding::parse(value) {
            Ok(named) => codings.extend(named),
            Err(_) => return problem(Unscannable::UnknownCoding),
        }
    }
    if codings.is_empty() || request.body.is_empty() {
        return Content {
            codings: Vec::new(),
            decoded: None,
            problem: None,
        };
    }
    match coding::decode(&mut codings, request.body) {
        Ok(decoded) => Content {
            codings,
            decoded: Some(decoded),
            problem: None,
        },
        Err(CodingError::TooLarge) => problem(Unscannable::TooLarge),
        Err(CodingError::Unknown) => problem(Unscannable::UnknownCoding),
        Err(CodingError::Damaged) => problem(Unscannable::DamagedCoding),
    }
}

/// The keys at the top of a JSON object, for telling protocols apart. More than a few dozen tell nothing more.
fn top_keys(body: &[u8]) -> Vec<String> {
    const ENOUGH: usize = 64;
    // Of envelopes the first tells.
    let body = match envelope::frames(body).as_deref() {
        Some([first, ..]) if !first.compressed => &body[first.span.start + envelope::HEAD..first.span.end],
        _ => body,
    };
    let mut reader = json::Reader::new(body, sniff::after_bom(body));
    let mut keys = Vec::new();
    let mut depth = 0usize;
    while keys.len() < ENOUGH {
        match reader.next() {
            Ok(json::Token::BeginObject | json::Token::BeginArray) => depth += 1,
            Ok(json::Token::EndObject | json::Token::EndArray) => depth = depth.saturating_sub(1),
            Ok(json::Token::Key(span)) if depth == 1 => keys.push(String::from_utf8_lossy(&body[span]).into_owned()),
            Ok(json::Token::End) | Err(_) => break,
            Ok(_) => {}
        }
    }
    keys
}

/// The sender writes model names and media types: only what has the form of one is taken, for it may be recorded.
fn tame(name: String) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/@-+ ".contains(&byte);
    (!name.is_empty() && name.len() <= 128 && name.bytes().all(allowed)).then_some(name)
}

/// Signatures and digests over the body: an edit would be refused.
fn is_signed(request: &RequestView<'_>) -> bool {
    let sigv4 = request
        .header("authorization")
        .is_some_and(|value| value.starts_with(b"AWS4-"));
    let unsigned = request
        .header("x-amz-content-sha256")
        .is_some_and(|value| value.starts_with(b"UNSIGNED-PAYLOAD"));
    let digests = ["content-md5", "content-digest", "repr-digest", "digest", "x-goog-hash"];
    (sigv4 && !unsigned) || digests.iter().any(|name| request.header(name).is_some())
}
