//! Strings: what the plan says of them, and what is encoded in them.

use super::{Act, Content, Draft, MAX_LAYERS, NOWHERE, Origin, Places, Stop, Walk};
use crate::codec::Codec;
use crate::inspect::{Attachment, Unscannable, sniff, tame};
use crate::locator::Step;
use weir_model::{Role, Sensitive};

impl Walk<'_> {
    /// A string, wherever it stands.
    pub(super) fn leaf(&mut self, at: &Origin, raw: &[u8], places: &Places, depth: usize) -> Result<(), Stop> {
        let orders = self.orders(places);
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
            return self.emit_text(at.clone(), text, orders.text);
        }
        if orders.noise && sniff::is_id(text.as_bytes()) {
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
        let read = self.documents(
            Content {
                layer,
                bytes: text.as_bytes(),
                depth: depth + 1,
            },
            places,
        )?;
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
                let layer = self.layer(at.clone())?;
                let origin = Origin {
                    layer,
                    span: 0..text.len(),
                    codec,
                };
                return self.blob(origin, &decoded, &inner, depth + 1).map(|()| true);
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

    /// Encodings the string itself shows. False when it shows none.
    fn encoded(&mut self, at: &Origin, text: &str, depth: usize) -> Result<bool, Stop> {
        if text.len() < 3 {
            return Ok(false);
        }
        if sniff::looks_like_json(text.as_bytes()) {
            return self.inner_json(at, text, &NOWHERE, depth);
        }
        if text.as_bytes().starts_with(b"data:") && self.data_url(at, text, &NOWHERE, depth)? {
            return Ok(true);
        }
        let Some(decoded) = sniff::base64_text(text.as_bytes()) else {
            return Ok(false);
        };
        if depth >= MAX_LAYERS {
            self.unscannable(Unscannable::TooDeep);
            return Ok(false);
        }
        let layer = self.layer(at.clone())?;
        let origin = Origin {
            layer,
            span: 0..text.len(),
            codec: Codec::Base64,
        };
        self.blob(origin, &decoded, &NOWHERE, depth + 1).map(|()| true)
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
        let layer = self.layer(at.clone())?;
        let origin = Origin {
            layer,
            span: start..text.len(),
            codec,
        };
        self.blob(origin, &decoded, places, depth + 1).map(|()| true)
    }

    /// Content that was decoded out of a string: one layer of its own.
    pub(super) fn blob(&mut self, from: Origin, bytes: &[u8], places: &Places, depth: usize) -> Result<(), Stop> {
        let orders = self.orders(places);
        let is_file = orders.fact == Some(Act::FileData);
        if is_file && let Some(file) = &mut self.file {
            file.size = Some(bytes.len() as u64);
            file.inline = true;
        }
        let layer = self.layer(from)?;
        let content = Content { layer, bytes, depth };
        if bytes.is_empty() {
            return Ok(());
        }
        if is_file || orders.text.is_some() {
            return self.plain(content, 0..bytes.len(), orders.text, Role::Attachment);
        }
        match sniff::text(bytes) {
            Some(codec) => {
                let origin = Origin {
                    layer,
                    span: 0..bytes.len(),
                    codec,
                };
                self.leaf(&origin, bytes, places, depth)
            }
            None => self.plain(content, 0..bytes.len(), None, Role::Unclassified),
        }
    }
}

impl Draft {
    pub(super) fn into_attachment(self) -> Option<Attachment> {
        (self.name.is_some() || self.inline).then(|| Attachment {
            name: self.name.map(Sensitive::new),
            mime: self.mime,
            size: self.size,
            inline: self.inline,
        })
    }
}
