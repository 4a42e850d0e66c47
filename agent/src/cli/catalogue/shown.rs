//! What is told of a sample: the words of its own format, so that the two can be compared field by field.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use weir_content::answer::{AnswerStream, Decoder, MessageStream};
use weir_content::{Attachment, Carrier, Inspected, RequestView};
use weir_engine::{InForce, Survey, survey};
use weir_model::{Confidence, DataType, Kind, Level, Role, Tier};

use super::sample::{Response, Sample};

/// One sample, read.
#[derive(Default, Serialize)]
pub(super) struct Shown {
    pub(super) id: String,
    service: Option<String>,
    provider: Option<String>,
    route: Option<String>,
    kind: String,
    prompts: Vec<Text>,
    context: Vec<Context>,
    same_text_also_at: Vec<Text>,
    /// What no rule of the catalogue names: judged all the same.
    other_text: Vec<Text>,
    model: Option<Model>,
    model_where: Option<String>,
    attachments: Vec<File>,
    account: Account,
    answer: Option<Answer>,
    /// The answer is a refusal of the service.
    error: Option<Refusal>,
    findings: Vec<Found>,
    /// Whether an edited message would be taken.
    redactable: bool,
    unscannable: Option<&'static str>,
    /// Keys and types of a message whose service has changed.
    drift: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) redacted: Option<Redacted>,
}

#[derive(Serialize)]
struct Text {
    text: String,
    #[serde(rename = "where")]
    place: String,
}

#[derive(Serialize)]
struct Context {
    /// Whose words they are: as the message says it where it does.
    role: String,
    text: String,
    #[serde(rename = "where")]
    place: String,
}

/// Some services number their models.
#[derive(Serialize)]
#[serde(untagged)]
enum Model {
    Number(i64),
    Name(String),
}

#[derive(Serialize)]
struct Refusal {
    status: u16,
    code: Option<String>,
}

#[derive(Serialize)]
struct File {
    /// What the service called it in an earlier answer.
    id: Option<String>,
    name: Option<String>,
    mime: Option<String>,
    size: Option<u64>,
    sha256: Option<String>,
    #[serde(rename = "where")]
    place: Option<String>,
    inline: bool,
}

#[derive(Default, Serialize)]
struct Account {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    evidence: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    text: String,
    decoder: String,
}

#[derive(Serialize)]
struct Found {
    #[serde(rename = "type")]
    data_type: DataType,
    level: Level,
    confidence: Confidence,
    #[serde(rename = "where")]
    place: String,
    /// Bytes of the decoded text at that place.
    start: usize,
    end: usize,
}

/// The message with markers in place of what was found.
#[derive(Serialize)]
pub(super) struct Redacted {
    /// Something was replaced.
    changed: bool,
    /// Why there is no rewritten message.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    #[serde(
        rename = "body_base64",
        serialize_with = "base64",
        skip_serializing_if = "Option::is_none"
    )]
    body: Option<Vec<u8>>,
    /// Path and query, where they changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
}

impl Shown {
    /// Reads a sample with what is in force.
    pub(super) fn of(sample: &Sample, in_force: &InForce) -> Self {
        let headers = sample.request.headers();
        let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (&**name, *value)).collect();
        let authority = sample.request.authority();
        let (path, query) = sample.request.target();
        let head = RequestView {
            method: &sample.request.method,
            host: &authority,
            path,
            query,
            headers: &headers,
            body: &sample.body,
            carrier: Carrier::Http,
        };
        let mut shown = Self {
            id: sample.id.clone(),
            ..Self::default()
        };
        match &sample.messages {
            None => shown.exchange(sample, &head, in_force),
            Some(_) => shown.socket(sample, &head, in_force),
        }
        shown
    }

    /// The rewritten message, if there is one.
    pub(super) fn rewritten(&self) -> Option<&[u8]> {
        self.redacted.as_ref()?.body.as_deref()
    }

    /// Why there is none.
    pub(super) fn why_not(&self) -> &str {
        let refused = self.redacted.as_ref().and_then(|redacted| redacted.refused.as_deref());
        refused.unwrap_or("it was not asked for")
    }

    fn exchange(&mut self, sample: &Sample, request: &RequestView<'_>, in_force: &InForce) {
        let survey = survey(request, in_force);
        self.head(&survey.inspected);
        self.kind = word(survey.inspected.kind);
        self.redactable = survey.inspected.editable;
        self.message(&survey, request);
        self.redacted = Some(redact(&survey, request, in_force));
        self.answer = answer(sample, &survey.inspected);
        self.error = sample.response.as_ref().and_then(refusal);
        // Only asks for the answer to what was sent before.
        let says_nothing = self.prompts.is_empty() && self.context.is_empty() && self.attachments.is_empty();
        if says_nothing && self.answer.is_some() && survey.inspected.kind == Kind::Other {
            self.kind = ANSWER_STREAM.to_owned();
        }
    }

    /// A socket is told as one: the texts of all messages from the client, and one answer.
    fn socket(&mut self, sample: &Sample, handshake: &RequestView<'_>, in_force: &InForce) {
        let mut kind = None;
        let mut stream: Option<(Decoder, MessageStream)> = None;
        let (mut lines, mut said) = (Vec::new(), Channels::default());
        let (mut changed, mut refused) = (false, None);
        self.redactable = true;
        for (number, message) in sample.messages.iter().flatten().enumerate() {
            let request = RequestView {
                // What the service says is read by the route that its messages would take.
                body: if message.from_client { &message.bytes } else { b"" },
                carrier: Carrier::WebSocket { number: number as u64 },
                ..*handshake
            };
            let survey = survey(&request, in_force);
            self.head(&survey.inspected);
            if let (None, Some(decoder)) = (&stream, survey.inspected.answer) {
                stream = Some((decoder, MessageStream::new(Some(decoder), Vec::new())));
            }
            let mut bytes = message.bytes.clone();
            if message.from_client && message.has_content() {
                kind = kind.max(Some(rank(&survey.inspected)));
                self.redactable &= survey.inspected.editable;
                self.message(&survey, &request);
                let redacted = redact(&survey, &request, in_force);
                changed |= redacted.changed;
                refused = refused.or(redacted.refused);
                bytes = redacted.body.unwrap_or(bytes);
            } else if let Some((_, stream)) = stream.as_mut().filter(|_| message.has_content()) {
                stream.push_message(&message.bytes, &mut Vec::new());
                stream.drain_text(&mut |channel, text| said.add(channel, text));
            }
            // Lines of a file cannot fail to be written: their fields are strings.
            lines.extend(
                message
                    .line_with(&bytes)
                    .into_iter()
                    .flat_map(|line| [line, "\n".to_owned()]),
            );
        }
        self.redacted = Some(Redacted {
            changed,
            body: refused.is_none().then(|| lines.concat().into_bytes()),
            refused,
            target: None,
        });
        self.answer = stream.and_then(|(decoder, stream)| said.answer(decoder, |channel| stream.is_answer(channel)));
        // A socket on which only the service says something.
        let only_answers = self.answer.is_some() && kind.flatten().is_none_or(|(rank, _)| rank == BARE);
        self.kind = match kind.flatten() {
            Some((_, kind)) if !only_answers => word(kind),
            _ => ANSWER_STREAM.to_owned(),
        };
    }

    /// What every message of a connection says alike; the first that says it counts.
    fn head(&mut self, inspected: &Inspected) {
        self.service = self.service.take().or_else(|| inspected.service.clone());
        self.provider = self.provider.take().or_else(|| inspected.provider.clone());
        self.route = self.route.take().or_else(|| inspected.route.clone());
        if self.account.kind.is_empty() {
            self.account = account(inspected);
        }
        if self.model.is_none() {
            self.model = model(inspected);
            self.model_where.clone_from(&inspected.model_where);
        }
    }

    fn message(&mut self, survey: &Survey, request: &RequestView<'_>) {
        let inspected = &survey.inspected;
        let place = |segment: usize| inspected.locator(segment).unwrap_or_default().to_owned();
        for (number, segment) in inspected.segments.iter().enumerate() {
            let (text, place) = (segment.text.expose().clone(), place(number));
            match segment.place.role {
                Role::Prompt => self.prompts.push(Text { text, place }),
                Role::Copy => self.same_text_also_at.push(Text { text, place }),
                Role::Attachment if is_in_a_file(inspected, &place, &text) => {}
                Role::Unclassified => self.other_text.push(Text { text, place }),
                role => {
                    let role = speaker(role, inspected.speaker(number), &place);
                    self.context.push(Context { role, text, place });
                }
            }
        }
        self.attachments.extend(files(inspected, request));
        self.findings.extend(survey.matches.iter().map(|surveyed| Found {
            data_type: surveyed.found.data_type.clone(),
            level: surveyed.level,
            confidence: surveyed.found.confidence,
            place: place(surveyed.segment),
            start: surveyed.found.span.start,
            end: surveyed.found.span.end,
        }));
        self.unscannable = self
            .unscannable
            .or(inspected.unscannable.map(weir_content::Unscannable::as_str));
        if let Some(drift) = &inspected.drift {
            self.drift
                .get_or_insert_default()
                .extend(drift.structure.iter().cloned());
        }
    }

    /// For people: label and value, one line each.
    pub(super) fn lines(&self) -> Vec<(&'static str, String)> {
        let none = || "-".to_owned();
        let mut lines = vec![
            ("service", self.service.clone().unwrap_or_else(none)),
            ("route", self.route.clone().unwrap_or_else(none)),
            ("kind", self.kind.clone()),
            ("account", self.account.kind.clone()),
        ];
        let mut add = |label, value: String| lines.push((label, value));
        for text in &self.prompts {
            add("prompt", format!("{}  {}", text.place, quoted(&text.text)));
        }
        for text in &self.context {
            add("context", format!("{}  {}", text.place, quoted(&text.text)));
        }
        for text in &self.same_text_also_at {
            add("copy", text.place.clone());
        }
        for text in &self.other_text {
            add("other text", format!("{}  {}", text.place, quoted(&text.text)));
        }
        if let Some(model) = &self.model {
            let place = self.model_where.as_deref().unwrap_or_default();
            let line = match model {
                Model::Number(number) => format!("{number}  {place}"),
                Model::Name(name) => format!("{name}  {place}"),
            };
            add("model", line);
        }
        for file in &self.attachments {
            let size = file.size.map_or_else(none, |size| format!("{size} bytes"));
            let name = file.name.as_deref().or(file.id.as_deref()).map_or_else(none, quoted);
            add(
                "file",
                format!("{}  {name}, {size}", file.place.as_deref().unwrap_or("-")),
            );
        }
        if let Some(answer) = &self.answer {
            add("answer", format!("{}  {}", answer.decoder, quoted(&answer.text)));
        }
        if let Some(error) = &self.error {
            let code = error.code.as_deref().unwrap_or_default();
            add("refused", format!("{} {code}", error.status).trim_end().to_owned());
        }
        for found in &self.findings {
            add(
                "found",
                format!("{} ({})  {}", found.data_type, found.level, found.place),
            );
        }
        add("editable", if self.redactable { "yes" } else { "no" }.to_owned());
        if let Some(why) = self.unscannable {
            add("not read", why.to_owned());
        }
        for line in self.drift.iter().flatten() {
            add("changed", line.clone());
        }
        lines
    }
}

/// The rank of a message without text.
const BARE: u8 = 1;

/// A message with a prompt says more of a connection than any other, one with other text more than one without.
fn rank(inspected: &Inspected) -> Option<(u8, Kind)> {
    let has = |wanted: fn(Role) -> bool| inspected.segments.iter().any(|segment| wanted(segment.place.role));
    let rank = match inspected.kind {
        Kind::Prompt if has(|role| role == Role::Prompt) => 3,
        _ if has(|role| role != Role::Unclassified) || !inspected.attachments.is_empty() => 2,
        _ => BARE,
    };
    Some((rank, inspected.kind))
}

/// Files are told on their own: their names, and what stands in their bytes. A paste that a page keeps as text in its own
/// words is context all the same.
fn is_in_a_file(inspected: &Inspected, place: &str, text: &str) -> bool {
    if place.ends_with(" > filename") {
        return true;
    }
    inspected.attachments.iter().any(|file| {
        let is_name = file.name.as_ref().is_some_and(|name| name.expose() == text);
        let below = file.locator.as_deref().and_then(|locator| place.strip_prefix(locator));
        let is_text = place.rsplit(" > ").next().is_some_and(|step| step.starts_with("json:"));
        let is_body = file.locator.as_deref() == Some("raw") && place == "text";
        is_name || is_body || below.is_some_and(|below| !below.is_empty() || !is_text)
    })
}

/// A message that has nothing to say; the answer is what counts.
const ANSWER_STREAM: &str = "answer_stream";

fn model(inspected: &Inspected) -> Option<Model> {
    let name = inspected.model.as_ref()?;
    let number = name.parse().ok().filter(|_| inspected.model_number);
    Some(number.map_or_else(|| Model::Name(name.clone()), Model::Number))
}

/// Whose words a text is: the speaker that the message names, or the field where code stands, if it says more than that.
fn speaker(role: Role, named: Option<&str>, place: &str) -> String {
    let is_name = |step: &&str| step.bytes().any(|byte| !byte.is_ascii_digit());
    let word = match role {
        Role::History | Role::System => named,
        Role::ToolResult if named != Some("user") => named,
        Role::Code if place.contains("json:") => {
            let field = place.rsplit('/').find(is_name);
            field.filter(|field| !matches!(*field, "content" | "text"))
        }
        _ => None,
    };
    word.map_or_else(|| role.as_str().to_owned(), str::to_owned)
}

fn word(kind: Kind) -> String {
    kind.as_str().to_owned()
}

fn account(inspected: &Inspected) -> Account {
    let of_tier = match inspected.tier {
        Tier::Team => "workspace",
        tier => tier.as_str(),
    };
    Account {
        kind: inspected.account_kind.clone().unwrap_or_else(|| of_tier.to_owned()),
        id: inspected.account.as_ref().map(|id| id.expose().clone()),
        evidence: inspected.account_where.clone(),
    }
}

fn files(inspected: &Inspected, request: &RequestView<'_>) -> Vec<File> {
    let ids = &inspected.references;
    let described = inspected.attachments.iter().enumerate().map(|(at, attachment)| {
        let id = ids.iter().find(|id| id.attachment == Some(at));
        File {
            id: id.map(|id| id.id.expose().clone()),
            ..file(attachment, inspected, request)
        }
    });
    // A message that describes its files only points at the same ones where it names no more than an id.
    let is_named = |at: usize| inspected.attachments.get(at).is_some_and(|file| file.name.is_some());
    let pointers = ids.iter().any(|id| id.attachment.is_some_and(is_named));
    let only_named = ids.iter().filter(|id| !pointers && id.attachment.is_none());
    let only_named = only_named.map(|id| File {
        id: Some(id.id.expose().clone()),
        name: None,
        mime: None,
        size: None,
        sha256: None,
        place: id.locator.clone(),
        inline: false,
    });
    described.chain(only_named).collect()
}

fn file(attachment: &Attachment, inspected: &Inspected, request: &RequestView<'_>) -> File {
    let content = inspected.content(request, attachment);
    let sha256 = content.as_deref().map(|bytes| {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
        hex::encode(digest.as_ref())
    });
    // An extension says less than the bytes do.
    let told = attachment.mime.clone();
    let seen = content.as_deref().and_then(media_type);
    let mime = match told {
        Some(told) if told.contains('/') => Some(told),
        told => seen.map(str::to_owned).or(told),
    };
    File {
        id: None,
        name: attachment.name.as_ref().map(|name| name.expose().clone()),
        mime,
        size: attachment.size,
        sha256,
        place: attachment.locator.clone(),
        inline: attachment.inline,
    }
}

/// By the first bytes, for what people send to models most.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 7] = [
        (b"\x89PNG\r\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
        (b"%PDF-", "application/pdf"),
        (b"ID3", "audio/mpeg"),
        (b"OggS", "audio/ogg"),
        (b"PK\x03\x04", "application/zip"),
    ];
    if bytes.starts_with(b"RIFF") {
        return match bytes.get(8..12) {
            Some(b"WAVE") => Some("audio/wav"),
            Some(b"WEBP") => Some("image/webp"),
            _ => None,
        };
    }
    let known = KINDS.iter().find(|(first, _)| bytes.starts_with(first));
    known.map(|(_, name)| *name)
}

fn redact(survey: &Survey, request: &RequestView<'_>, in_force: &InForce) -> Redacted {
    let refused = |why: &str| Redacted {
        changed: false,
        refused: Some(why.to_owned()),
        body: None,
        target: None,
    };
    if survey.matches.is_empty() {
        return Redacted {
            body: Some(request.body.to_vec()),
            refused: None,
            ..refused("")
        };
    }
    if !survey.inspected.editable {
        return refused("the service would not take an edited message");
    }
    match survey.redacted(request, in_force) {
        Err(error) => refused(&error.to_string()),
        Ok(rewritten) => Redacted {
            changed: true,
            refused: None,
            body: Some(rewritten.body.unwrap_or_else(|| request.body.to_vec())),
            target: rewritten.path_and_query,
        },
    }
}

fn answer(sample: &Sample, inspected: &Inspected) -> Option<Answer> {
    let (response, decoder) = (sample.response.as_ref()?, inspected.answer?);
    let (kind, coding) = (response.header("content-type"), response.header("content-encoding"));
    let mut stream = AnswerStream::new(Some(decoder), kind, coding, Vec::new());
    let mut said = Channels::default();
    // A damaged answer is told as far as it could be read.
    let _ = stream.push(&response.body, &mut Vec::new());
    stream.drain_text(&mut |channel, text| said.add(channel, text));
    let _ = stream.finish(&mut Vec::new());
    stream.drain_text(&mut |channel, text| said.add(channel, text));
    said.answer(decoder, |channel| stream.is_answer(channel))
}

/// What the service says in place of an answer, in the error shapes that services have.
fn refusal(response: &Response) -> Option<Refusal> {
    const CODES: [&str; 6] = [
        "/error/error_code",
        "/error/code",
        "/error/status",
        "/error/type",
        "/code",
        "/error",
    ];
    if response.status < 400 {
        return None;
    }
    let body: Option<serde_json::Value> = serde_json::from_slice(&response.body).ok();
    let said = |place: &&str| body.as_ref()?.pointer(place)?.as_str();
    Some(Refusal {
        status: response.status,
        code: CODES.iter().find_map(said).map(str::to_owned),
    })
}

/// The text of an answer, by channel.
#[derive(Default)]
struct Channels(BTreeMap<usize, String>);

impl Channels {
    fn add(&mut self, channel: usize, text: &str) {
        self.0.entry(channel).or_default().push_str(text);
    }

    fn answer(self, decoder: Decoder, is_answer: impl Fn(usize) -> bool) -> Option<Answer> {
        let shown = self.0.into_iter().filter(|(channel, _)| is_answer(*channel));
        let text: String = shown.map(|(_, text)| text).collect();
        (!text.is_empty()).then(|| Answer {
            text,
            decoder: name(decoder),
        })
    }
}

fn name(decoder: Decoder) -> String {
    let known = Decoder::ALL.into_iter().find(|(_, this)| *this == decoder);
    known.map_or_else(String::new, |(name, _)| name.to_owned())
}

fn quoted(text: &str) -> String {
    const SHOWN: usize = 80;
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

fn base64<S: serde::Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
    match bytes {
        Some(bytes) => serializer.serialize_str(&STANDARD.encode(bytes)),
        None => serializer.serialize_none(),
    }
}
