//! Strings: what the plan says of them, and what is encoded in them.

use super::{Act, Content, Draft, LayerId, MAX_LAYERS, NOWHERE, Origin, Places, Stop, Walk, document};
use crate::adapters::plain;
use crate::codec::Codec;
use crate::inspect::{Attachment, Reference, Unscannable, sniff, tame};
use crate::locator::Step;
use weir_model::{Role, Sensitive};

impl Walk<'_> {
    /// A string, wherever it stands.
    pub(super) fn leaf(&mut self, at: &Origin, raw: &[u8], places: &Places, depth: usize) -> Result<(), Stop> {
        let orders = self.orders(places);
        self.see_any(orders.text);
        if raw.is_empty() {
            return Ok(());
        }
        let text = at.codec.decode_text(raw);
        if orders.speaker && self.speaker(&text) {
            return Ok(());
        }
        let fact = orders.fact.filter(|fact| self.note(*fact, &text));
        if orders.steps && self.steps(at, &text, places, depth)? {
            return Ok(());
        }
        if orders.text.is_some() {
            if fact == Some(Act::FileData) {
                self.describe(Act::FileData, at);
            }
            return self.emit_text(at.clone(), text, orders.text);
        }
        if orders.noise && sniff::is_id(text.as_bytes()) {
            return Ok(());
        }
        match fact {
            Some(fact @ (Act::FileName | Act::FileData)) => {
                self.describe(fact, at);
                return self.emit_as(at.clone(), raw, Role::Attachment);
            }
            // One of the catalogue's own words.
            Some(Act::Kind) => return Ok(()),
            Some(Act::Model(_)) => self.found.model_segment = Some(self.found.segments.len()),
            Some(_) => {}
            None => {
                if self.encoded(at, &text, depth)? {
                    return Ok(());
                }
            }
        }
        self.emit_text(at.clone(), text, None)
    }

    /// Takes down where a file's content stands, or at least its name.
    fn describe(&mut self, fact: Act, at: &Origin) {
        let here = self.here();
        if let Some(file) = &mut self.file
            && (fact == Act::FileData || file.content.is_none())
        {
            file.locator = here;
            if fact == Act::FileData {
                file.content = Some(at.clone());
            }
        }
    }

    pub(super) fn speaker(&mut self, name: &str) -> bool {
        let (Some(turns), Some(turn)) = (self.route.and_then(|route| route.turns.as_ref()), self.turn) else {
            return false;
        };
        let role = turns.roles.get(name).copied();
        if let Some(turn) = self.found.turns.get_mut(turn) {
            turn.role = Some(role.unwrap_or(turns.otherwise));
            // A name nobody knows is the sender's own; numbers are put into words.
            turn.speaker = role.filter(|_| self.trace.is_some()).map(|role| match role {
                _ if name.bytes().all(|byte| byte.is_ascii_alphabetic()) => name.to_ascii_lowercase(),
                Role::Prompt => "user".to_owned(),
                Role::History => "assistant".to_owned(),
                role => role.as_str().to_owned(),
            });
        }
        // A name nobody knows is text like any other.
        role.is_some()
    }

    /// Takes a fact down; false when the value says nothing of the kind.
    pub(super) fn note(&mut self, fact: Act, text: &str) -> bool {
        let here = (fact == Act::FileId).then(|| self.here()).flatten();
        match (fact, &mut self.file) {
            (Act::Model(rank), _) => self.model(rank, text),
            (Act::Kind, _) => {
                let kind = self.route.and_then(|route| route.kinds.get(text));
                self.found.kind = kind.copied().or(self.found.kind);
                kind.is_some()
            }
            (Act::Conversation, _) => {
                self.found.conversation = Some(text.to_owned());
                true
            }
            (Act::FileName, Some(file)) => {
                file.name = Some(text.to_owned());
                file.name_segment = Some(self.found.segments.len());
                true
            }
            (Act::FileId, Some(file)) => {
                file.id = Some(text.to_owned());
                file.id_locator = here;
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

    fn model(&mut self, rank: u8, name: &str) -> bool {
        if self.found.model.is_some() && self.found.model_rank < rank {
            return false;
        }
        let Some(name) = tame(name.to_owned()) else {
            return false;
        };
        self.found.model = Some(name);
        self.found.model_rank = rank;
        self.found.model_number = false;
        if let Some(trace) = &mut self.trace {
            trace.model = Some(trace.path.clone());
        }
        true
    }

    /// Goes where the plan goes on. False when the string is not what the plan takes it for.
    fn steps(&mut self, at: &Origin, text: &str, places: &Places, depth: usize) -> Result<bool, Stop> {
        let base = self.active.len();
        let json = self.follow(places, |step| matches!(step, Step::Json(_)));
        let done = if !json.is_empty() && sniff::starts_like_json(text.as_bytes()) {
            self.inner_json(at, text, places, depth)?
        } else {
            self.inner_blob(at, text, places, depth)?
        };
        self.active.truncate(base);
        Ok(done)
    }

    fn inner_json(&mut self, at: &Origin, text: &str, places: &Places, depth: usize) -> Result<bool, Stop> {
        if depth >= MAX_LAYERS {
            self.unscannable(Unscannable::TooDeep);
            return Ok(false);
        }
        let mark = self.mark();
        let layer = self.layer(at.clone())?;
        let content = Content {
            layer,
            bytes: text.as_bytes(),
            depth: depth + 1,
        };
        let read = self.documents(content, places)? || self.records(content, places)?;
        if !read {
            self.back_to(&mark);
        }
        Ok(read)
    }

    fn inner_blob(&mut self, at: &Origin, text: &str, places: &Places, depth: usize) -> Result<bool, Stop> {
        for (codec, wanted) in [(Codec::Base64, Step::Base64), (Codec::Hex, Step::Hex)] {
            let inner = self.follow(places, |step| *step == wanted);
            if !inner.is_empty() {
                let Some(decoded) = codec.decode(text.as_bytes()) else {
                    continue;
                };
                if !sniff::is_encoded(text.as_bytes(), &decoded) {
                    continue;
                }
                return self
                    .decoded_blob(at, text, codec, &decoded, &inner, depth)
                    .map(|()| true);
            }
        }
        let inner = self.follow(places, |step| matches!(step, Step::DataUrl));
        if !inner.is_empty() {
            return self.data_url(at, text, &inner, depth);
        }
        let inner = self.follow(places, |step| matches!(step, Step::Raw | Step::Text));
        if inner.is_empty() {
            return Ok(false);
        }
        let layer = self.layer(at.clone())?;
        let origin = Origin {
            layer,
            span: 0..text.len(),
            codec: Codec::Utf8,
        };
        self.leaf(&origin, text.as_bytes(), &inner, depth + 1).map(|()| true)
    }

    fn decoded_blob(
        &mut self,
        at: &Origin,
        text: &str,
        codec: Codec,
        decoded: &[u8],
        places: &Places,
        depth: usize,
    ) -> Result<(), Stop> {
        let mark = self.down(|path| path.push_str(if codec == Codec::Hex { "hex" } else { "b64" }));
        let layer = self.layer(at.clone())?;
        let origin = Origin {
            layer,
            span: 0..text.len(),
            codec,
        };
        self.blob(origin, decoded, places, depth + 1)?;
        self.up(mark);
        Ok(())
    }

    /// Encodings the string itself shows. False when it shows none.
    pub(super) fn encoded(&mut self, at: &Origin, text: &str, depth: usize) -> Result<bool, Stop> {
        if text.len() < 3 {
            return Ok(false);
        }
        if sniff::looks_like_json(text.as_bytes()) {
            return self.inner_json(at, text, &NOWHERE, depth);
        }
        if text.as_bytes().starts_with(b"data:") && self.data_url(at, text, &NOWHERE, depth)? {
            return Ok(true);
        }
        let Some((codec, decoded)) = sniff::encoded(text.as_bytes()) else {
            return Ok(false);
        };
        if depth >= MAX_LAYERS {
            self.unscannable(Unscannable::TooDeep);
            return Ok(false);
        }
        self.decoded_blob(at, text, codec, &decoded, &NOWHERE, depth)
            .map(|()| true)
    }

    fn data_url(&mut self, at: &Origin, text: &str, places: &Places, depth: usize) -> Result<bool, Stop> {
        let Some((mime, base64, start)) = sniff::data_url(text) else {
            return Ok(false);
        };
        let codec = if base64 { Codec::Base64 } else { Codec::Percent };
        let Some(decoded) = codec.decode(&text.as_bytes()[start..]) else {
            return Ok(false);
        };
        if depth >= MAX_LAYERS {
            self.unscannable(Unscannable::TooDeep);
            return Ok(false);
        }
        let mark = self.down(|path| path.push_str("dataurl"));
        let layer = self.layer(at.clone())?;
        self.data_head(layer, text, start - 1)?;
        let origin = Origin {
            layer,
            span: start..text.len(),
            codec,
        };
        let is_file = self.orders(places).fact == Some(Act::FileData);
        let locator = self.here();
        match &mut self.file {
            Some(file) if is_file => file.mime = sniff::media_type(mime),
            _ => self.found.attachments.push(Attachment {
                name: None,
                name_segment: None,
                mime: sniff::media_type(mime),
                size: Some(decoded.len() as u64),
                inline: true,
                locator,
                content: Some(origin.clone()),
            }),
        }
        if !is_file && document::is_written_otherwise(&decoded) {
            let layer = self.layer(origin)?;
            let content = Content {
                layer,
                bytes: &decoded,
                depth: depth + 1,
            };
            self.document(content, 0..decoded.len(), None)?;
        } else {
            self.blob(origin, &decoded, places, depth + 1)?;
        }
        self.up(mark);
        Ok(true)
    }

    /// What a `data:` address says of its content, up to the comma: anything may stand there.
    fn data_head(&mut self, layer: LayerId, text: &str, comma: usize) -> Result<(), Stop> {
        let span = sniff::DATA.len()..comma;
        let head = &text[span.clone()];
        if sniff::is_plain_head(head) {
            return Ok(());
        }
        let mark = self.down(|path| path.push_str("name"));
        let origin = Origin {
            layer,
            span,
            codec: Codec::Percent,
        };
        self.emit(origin, head.as_bytes(), None)?;
        self.up(mark);
        Ok(())
    }

    /// Content that was decoded out of a string: one layer of its own.
    pub(super) fn blob(&mut self, from: Origin, bytes: &[u8], places: &Places, depth: usize) -> Result<(), Stop> {
        let orders = self.orders(places);
        let layer = self.layer(from)?;
        let content = Content { layer, bytes, depth };
        if orders.fact == Some(Act::FileData) {
            return self.file_data(content, places);
        }
        if bytes.is_empty() {
            return Ok(());
        }
        if orders.text.is_some() && sniff::text(bytes).is_some() {
            self.see_any(orders.text);
            return self.plain(content, 0..bytes.len(), orders.text, Role::Unclassified);
        }
        let message = self.has_step(places, |step| matches!(step, Step::Protobuf(_) | Step::Connect(_)));
        match sniff::text(bytes).filter(|_| !message) {
            Some(codec) => {
                let origin = Origin {
                    layer,
                    span: 0..bytes.len(),
                    codec,
                };
                self.leaf(&origin, bytes, places, depth)
            }
            None if depth < MAX_LAYERS && self.binary(content, places)? => Ok(()),
            None => self.plain(content, 0..bytes.len(), None, Role::Unclassified),
        }
    }

    /// The bytes of a file, out of all encodings.
    pub(super) fn file_data(&mut self, content: Content<'_>, places: &Places) -> Result<(), Stop> {
        let origin = Origin {
            layer: content.layer,
            span: 0..content.bytes.len(),
            codec: Codec::Raw,
        };
        self.describe(Act::FileData, &origin);
        if let Some(file) = &mut self.file {
            file.size = Some(content.bytes.len() as u64);
            file.inline = true;
        }
        if content.bytes.is_empty() {
            return Ok(());
        }
        let rule = self.orders(places).text;
        self.see_any(rule);
        self.plain(content, 0..content.bytes.len(), rule, Role::Attachment)
    }

    /// A file has been described.
    pub(super) fn take_file(&mut self, draft: Option<Draft>) {
        let Some(mut draft) = draft else { return };
        let (id, locator) = (draft.id.take(), draft.id_locator.clone());
        let told =
            draft.name.is_some() || draft.inline || (id.is_some() && (draft.mime.is_some() || draft.size.is_some()));
        let attachment = told.then_some(self.found.attachments.len());
        if attachment.is_some() {
            self.found.attachments.push(draft.into_attachment());
        }
        self.found.references.extend(id.map(|id| Reference {
            id: Sensitive::new(plain(&id)),
            attachment,
            locator,
        }));
    }
}

impl Draft {
    fn into_attachment(self) -> Attachment {
        let id_locator = self.id_locator.filter(|_| self.content.is_none());
        Attachment {
            name: self.name.map(Sensitive::new),
            name_segment: self.name_segment,
            mime: self.mime,
            size: self.size,
            inline: self.inline,
            locator: id_locator.or(self.locator),
            content: self.content,
        }
    }
}
