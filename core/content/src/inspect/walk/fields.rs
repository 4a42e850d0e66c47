//! Forms: parts of a multipart body, fields of an urlencoded one and of the query.

use super::trace::named;
use super::{Content, NOWHERE, Origin, Places, QUERY, Stop, Walk};
use crate::adapters::{is_form, is_part};
use crate::codec::Codec;
use crate::inspect::{Attachment, sniff};
use crate::{form, multipart};
use std::collections::HashMap;
use std::ops::Range;
use weir_model::{Role, Sensitive};

/// A file name that says that the part is in base64, as some web chats write it.
const ENCODED_FILE: &str = "base64;";

impl Walk<'_> {
    pub(super) fn parts(
        &mut self,
        body: Content<'_>,
        found: &multipart::Multipart,
        places: &Places,
    ) -> Result<(), Stop> {
        for (number, span) in found.around.iter().enumerate() {
            if !body.bytes[span.clone()].trim_ascii().is_empty() {
                let mark = self.down(|path| path.push_str(&format!("other:{number}")));
                self.plain(body, span.clone(), None, Role::Unclassified)?;
                self.up(mark);
            }
        }
        let mut seen = Seen::default();
        let base = self.active.len();
        for part in &found.parts {
            let name = Codec::Utf8.decode_text(&body.bytes[part.name.clone()]);
            let place = seen.count(&name);
            let inner = self.follow(places, |step| is_part(step, &name, place));
            let mark = self.down(|path| named("part:", &name, place, path));
            self.part_head(body, part)?;
            match &part.file_name {
                Some(file_name) => self.file_part(body, part, file_name, &inner)?,
                None => self.text_part(body, part, &inner)?,
            }
            self.up(mark);
            self.active.truncate(base);
        }
        Ok(())
    }

    fn part_head(&mut self, body: Content<'_>, part: &multipart::Part) -> Result<(), Stop> {
        self.name(body, part.name.clone(), Codec::Utf8)?;
        for (number, span) in part.strange.iter().enumerate() {
            let mark = self.down(|path| path.push_str(&format!("other:{number}")));
            let origin = Origin {
                layer: body.layer,
                span: span.clone(),
                codec: Codec::Utf8,
            };
            self.emit(origin, &body.bytes[span.clone()], None)?;
            self.up(mark);
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
        let mime = part
            .content_type
            .clone()
            .map(|span| Codec::Utf8.decode_text(&body.bytes[span]));
        let origin = Origin {
            layer: body.layer,
            span: file_name.clone(),
            codec: Codec::Utf8,
        };
        let name_segment = Some(self.found.segments.len());
        let mark = self.down(|path| path.push_str("filename"));
        self.emit_as(origin, raw_name, Role::Attachment)?;
        self.up(mark);
        let bytes = &body.bytes[part.content.clone()];
        let raw = Origin {
            layer: body.layer,
            span: part.content.clone(),
            codec: Codec::Raw,
        };
        let encoded = name.starts_with(ENCODED_FILE) || self.transfer(body, part).as_deref() == Some(b"base64");
        let decoded = encoded.then(|| Codec::Base64.decode(bytes)).flatten();
        let origin = match decoded {
            Some(_) => Origin {
                codec: Codec::Base64,
                ..raw
            },
            None => raw,
        };
        let mark = match decoded {
            Some(_) => self.down(|path| path.push_str("b64")),
            None => self.trace_len(),
        };
        let bytes = decoded.as_deref().unwrap_or(bytes);
        let name = name.strip_prefix(ENCODED_FILE).unwrap_or(&name);
        let attachment = Attachment {
            name: (!name.is_empty()).then(|| Sensitive::new(name.to_owned())),
            name_segment,
            mime: mime.as_deref().and_then(sniff::media_type),
            size: Some(bytes.len() as u64),
            inline: true,
            locator: self.here(),
            content: Some(origin.clone()),
        };
        self.found.attachments.push(attachment);
        if !bytes.is_empty() {
            let layer = self.layer(origin)?;
            let content = Content {
                layer,
                bytes,
                depth: body.depth + 1,
            };
            let rule = self.orders(places).text;
            self.see_any(rule);
            self.plain(content, 0..bytes.len(), rule, Role::Attachment)?;
        }
        self.up(mark);
        Ok(())
    }

    fn transfer(&self, body: Content<'_>, part: &multipart::Part) -> Option<Vec<u8>> {
        let span = part.transfer_encoding.clone()?;
        Some(body.bytes[span].to_ascii_lowercase())
    }

    fn text_part(&mut self, body: Content<'_>, part: &multipart::Part, places: &Places) -> Result<(), Stop> {
        let bytes = &body.bytes[part.content.clone()];
        if bytes.is_empty() {
            return Ok(());
        }
        if self.transfer(body, part).as_deref() == Some(b"base64") {
            let origin = Origin {
                layer: body.layer,
                span: part.content.clone(),
                codec: Codec::Base64,
            };
            if let Some(decoded) = Codec::Base64.decode(bytes) {
                let mark = self.down(|path| path.push_str("b64"));
                self.blob(origin, &decoded, places, body.depth + 1)?;
                self.up(mark);
                return Ok(());
            }
        }
        match sniff::text(bytes) {
            Some(codec) => {
                let origin = Origin {
                    layer: body.layer,
                    span: part.content.clone(),
                    codec,
                };
                self.leaf(&origin, bytes, places, body.depth)
            }
            None => {
                let layer = self.layer(Origin {
                    layer: body.layer,
                    span: part.content.clone(),
                    codec: Codec::Raw,
                })?;
                let content = Content {
                    layer,
                    bytes,
                    depth: body.depth + 1,
                };
                self.content(content, places, false)
            }
        }
    }

    pub(super) fn fields(&mut self, content: Content<'_>, places: &Places) -> Result<(), Stop> {
        let mut seen = Seen::default();
        let base = self.active.len();
        for field in form::fields(content.bytes) {
            if field.name.is_empty() && field.value.is_empty() {
                continue;
            }
            let mut mark = 0;
            let inner = if places.is_empty() && self.trace.is_none() {
                NOWHERE
            } else {
                self.count()?;
                let name = Codec::Form.decode_text(&content.bytes[field.name.clone()]);
                let place = seen.count(&name);
                let step = if content.layer == QUERY { "query:" } else { "form:" };
                mark = self.down(|path| named(step, &name, place, path));
                self.follow(places, |step| is_form(step, &name, place))
            };
            self.name(content, field.name.clone(), Codec::Form)?;
            if !field.value.is_empty() {
                let raw = &content.bytes[field.value.clone()];
                let origin = Origin {
                    layer: content.layer,
                    span: field.value,
                    codec: Codec::Form,
                };
                self.leaf(&origin, raw, &inner, content.depth)?;
            }
            self.up(mark);
            self.active.truncate(base);
        }
        Ok(())
    }

    /// The name of a field or key: a segment, unless it is a plain word.
    pub(super) fn name(&mut self, content: Content<'_>, span: Range<usize>, codec: Codec) -> Result<(), Stop> {
        let raw = &content.bytes[span.clone()];
        if sniff::is_plain_word(raw) {
            return Ok(());
        }
        let mark = self.down(|path| path.push_str("name"));
        self.emit(
            Origin {
                layer: content.layer,
                span,
                codec,
            },
            raw,
            None,
        )?;
        self.up(mark);
        Ok(())
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
