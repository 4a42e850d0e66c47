//! Forms: parts of a multipart body, fields of an urlencoded one and of the query.

use super::{Content, NOWHERE, Origin, Places, Stop, Walk};
use crate::adapters::{is_form, is_part};
use crate::codec::Codec;
use crate::inspect::{Attachment, Unscannable, sniff};
use crate::{form, multipart};
use std::collections::HashMap;
use std::ops::Range;
use weir_model::{Role, Sensitive};

impl Walk<'_> {
    pub(super) fn parts(
        &mut self,
        body: Content<'_>,
        found: &multipart::Multipart,
        places: &Places,
    ) -> Result<(), Stop> {
        for span in &found.around {
            if !body.bytes[span.clone()].trim_ascii().is_empty() {
                self.plain(body, span.clone(), None, Role::Unclassified)?;
            }
        }
        let mut seen = Seen::default();
        let base = self.active.len();
        for part in &found.parts {
            let name = Codec::Utf8.decode_text(&body.bytes[part.name.clone()]);
            let place = seen.count(&name);
            let inner = self.follow(places, |step| is_part(step, &name, place));
            self.part_head(body, part)?;
            match &part.file_name {
                Some(file_name) => self.file_part(body, part, file_name, &inner)?,
                None => self.text_part(body, part, &inner)?,
            }
            self.active.truncate(base);
        }
        Ok(())
    }

    fn part_head(&mut self, body: Content<'_>, part: &multipart::Part) -> Result<(), Stop> {
        self.name(body, part.name.clone(), Codec::Utf8)?;
        for span in &part.strange {
            let origin = Origin {
                layer: body.layer,
                span: span.clone(),
                codec: Codec::Utf8,
            };
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
        let mime = part
            .content_type
            .clone()
            .map(|span| Codec::Utf8.decode_text(&body.bytes[span]));
        self.found.attachments.push(Attachment {
            name: (!name.is_empty()).then(|| Sensitive::new(name.into_owned())),
            mime: mime.as_deref().and_then(sniff::media_type),
            size: Some(part.content.len() as u64),
            inline: true,
        });
        let origin = Origin {
            layer: body.layer,
            span: file_name.clone(),
            codec: Codec::Utf8,
        };
        self.emit_as(origin, raw_name, Role::Attachment)?;
        if part.content.is_empty() {
            return Ok(());
        }
        self.plain(body, part.content.clone(), self.orders(places).text, Role::Attachment)
    }

    fn text_part(&mut self, body: Content<'_>, part: &multipart::Part, places: &Places) -> Result<(), Stop> {
        let bytes = &body.bytes[part.content.clone()];
        if bytes.is_empty() {
            return Ok(());
        }
        let transfer = part
            .transfer_encoding
            .clone()
            .map(|span| body.bytes[span].to_ascii_lowercase());
        if transfer.as_deref() == Some(b"base64") {
            let origin = Origin {
                layer: body.layer,
                span: part.content.clone(),
                codec: Codec::Base64,
            };
            if let Some(decoded) = Codec::Base64.decode(bytes) {
                return self.blob(origin, &decoded, places, body.depth + 1);
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
                self.unscannable(Unscannable::Binary);
                Ok(())
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
            let inner = if places.is_empty() {
                NOWHERE
            } else {
                self.count()?;
                let name = Codec::Form.decode_text(&content.bytes[field.name.clone()]);
                let place = seen.count(&name);
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
        self.emit(
            Origin {
                layer: content.layer,
                span,
                codec,
            },
            raw,
            None,
        )
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
