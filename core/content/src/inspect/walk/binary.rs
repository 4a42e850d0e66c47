//! Layers that are no text: envelopes, records, protobuf, and codings that nothing announces.

use super::{Act, Content, MAX_LAYERS, NOWHERE, Origin, Places, Stop, Walk};
use crate::adapters::is_field;
use crate::codec::Codec;
use crate::coding::{self, Coding, CodingError};
use crate::envelope;
use crate::inspect::{Unscannable, sniff};
use crate::locator::Step;
use crate::protobuf::{self, Field, MAX_NESTED, Value};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;
use weir_model::Role;

/// Ends a record of SignalR.
const RECORD_END: u8 = 0x1E;
/// Shorter numbers are counts, sizes and times of day.
const SHORTEST_NUMBER: usize = 8;
/// Bytes of digests, keys and ids. Longer ones are files.
const LONGEST_ID: usize = 64;

impl Walk<'_> {
    /// Layers that show themselves. False when the bytes are none of them; nothing was found then.
    pub(super) fn binary(&mut self, content: Content<'_>, places: &Places) -> Result<bool, Stop> {
        if let Some(coding) = sniff::coding(content.bytes) {
            return self.coded(content, coding, places);
        }
        if let Some(frames) = envelope::frames(content.bytes) {
            return self.envelopes(content, &frames, places).map(|()| true);
        }
        let declared = self.protobuf || self.has_step(places, |step| matches!(step, Step::Protobuf(_)));
        let told = declared || (protobuf::may_hold_text(content.bytes) && sniff::text(content.bytes).is_none());
        if !told || !protobuf::is_message(content.bytes) {
            return Ok(false);
        }
        self.message(content, places, false).map(|()| true)
    }

    /// A text that could be a message as well.
    pub(super) fn text_or_message(&mut self, content: Content<'_>) -> Result<bool, Stop> {
        match sniff::text(content.bytes) {
            Some(codec) if is_ambiguous(content.bytes) => self.either(content, codec, false).map(|()| true),
            _ => Ok(false),
        }
    }

    fn coded(&mut self, content: Content<'_>, coding: Coding, places: &Places) -> Result<bool, Stop> {
        if content.depth >= MAX_LAYERS {
            self.unscannable(Unscannable::TooDeep);
            return Ok(true);
        }
        let origin = Origin {
            layer: content.layer,
            span: 0..content.bytes.len(),
            codec: Codec::Coded(coding),
        };
        let layer = self.layer(origin)?;
        let Some(decoded) = self.decoded(coding, content.bytes) else {
            return Ok(true);
        };
        let mark = self.down(|path| path.push_str(if coding == Coding::Zstd { "zstd" } else { "gzip" }));
        let inner = Content {
            layer,
            bytes: &decoded,
            depth: content.depth + 1,
        };
        self.content(inner, places, false)?;
        self.up(mark);
        Ok(true)
    }

    /// Takes a coding off, as long as everything taken off stays below the limit of one body. The layer was counted before:
    /// one that cannot be read costs as well.
    fn decoded(&mut self, coding: Coding, bytes: &[u8]) -> Option<Vec<u8>> {
        let problem = match coding::decode_within(coding, bytes, &mut self.inflatable) {
            Ok(decoded) => return Some(decoded),
            Err(CodingError::TooLarge) => Unscannable::TooLarge,
            Err(CodingError::Unknown) => Unscannable::UnknownCoding,
            Err(CodingError::Damaged) => Unscannable::DamagedCoding,
        };
        self.unscannable(problem);
        None
    }

    fn envelopes(&mut self, content: Content<'_>, frames: &[envelope::Frame], places: &Places) -> Result<(), Stop> {
        if content.depth >= MAX_LAYERS {
            self.unscannable(Unscannable::TooDeep);
            return Ok(());
        }
        let base = self.active.len();
        for (number, frame) in frames.iter().enumerate() {
            let inner = match frame.closing {
                true => NOWHERE,
                false => self.follow(
                    places,
                    |step| matches!(step, Step::Connect(index) if index.covers(number)),
                ),
            };
            let mark = self.down(|path| {
                let _ = write!(path, "connect:{number}");
            });
            self.envelope(content, frame, &inner)?;
            self.up(mark);
            self.active.truncate(base);
        }
        Ok(())
    }

    fn envelope(&mut self, content: Content<'_>, frame: &envelope::Frame, places: &Places) -> Result<(), Stop> {
        let body = &content.bytes[frame.span.start + envelope::HEAD..frame.span.end];
        if body.is_empty() {
            return Ok(());
        }
        let coding = frame
            .compressed
            .then(|| sniff::coding(body).or(self.frame_coding))
            .flatten();
        if frame.compressed && coding.is_none() {
            self.unscannable(Unscannable::UnknownCoding);
            return Ok(());
        }
        let layer = self.layer(Origin {
            layer: content.layer,
            span: frame.span.clone(),
            codec: Codec::Envelope(coding),
        })?;
        let decoded = match coding.map(|coding| self.decoded(coding, body)) {
            Some(None) => return Ok(()),
            decoded => decoded.flatten(),
        };
        let inner = Content {
            layer,
            bytes: decoded.as_deref().unwrap_or(body),
            depth: content.depth + 1,
        };
        self.content(inner, places, false)
    }

    /// Records between marks, where each of them is JSON. False otherwise: a text may hold the mark as well.
    pub(super) fn records(&mut self, content: Content<'_>, places: &Places) -> Result<bool, Stop> {
        if memchr::memchr(RECORD_END, content.bytes).is_none() || content.depth >= MAX_LAYERS {
            return Ok(false);
        }
        let filled = |record: &[u8]| !record.trim_ascii().is_empty();
        let mut records = content
            .bytes
            .split(|byte| *byte == RECORD_END)
            .filter(|record| filled(record));
        if !records.all(sniff::starts_like_json) {
            return Ok(false);
        }
        let back = self.mark();
        let base = self.active.len();
        let mut at = 0;
        let mut number = 0;
        for record in content.bytes.split(|byte| *byte == RECORD_END) {
            let span = at..at + record.len();
            at = span.end + 1;
            if !filled(record) {
                continue;
            }
            let inner = self.follow(
                places,
                |step| matches!(step, Step::Record(index) if index.covers(number)),
            );
            let mark = self.down(|path| {
                let _ = write!(path, "rs:{number}");
            });
            let layer = self.layer(Origin {
                layer: content.layer,
                span,
                codec: Codec::Raw,
            })?;
            let inside = Content {
                layer,
                bytes: record,
                depth: content.depth + 1,
            };
            if !self.documents(inside, &inner)? {
                self.back_to(&back);
                return Ok(false);
            }
            self.up(mark);
            self.active.truncate(base);
            number += 1;
        }
        Ok(number > 0)
    }

    /// The fields of a protobuf message. What cannot be told from text is read as both, and not edited.
    fn message(&mut self, content: Content<'_>, places: &Places, inside: bool) -> Result<(), Stop> {
        if self.nested >= MAX_NESTED {
            self.unscannable(Unscannable::TooDeep);
            return Ok(());
        }
        self.nested += 1;
        let scope = self.enter_scope(places)?;
        let mut seen: HashMap<u32, usize> = HashMap::new();
        let base = self.active.len();
        for field in protobuf::fields(content.bytes).flatten() {
            self.count()?;
            let place = seen.entry(field.number).or_insert(0);
            let index = *place;
            *place += 1;
            let number = field.number;
            let inner = self.follow(places, |step| is_field(step, number, index).is_some());
            let repeats =
                self.trace.is_some() && self.has_step(places, |step| is_field(step, number, index) == Some(true));
            let mark = self.down_field(number, index, repeats, inside);
            self.field(content, field, &inner)?;
            self.up(mark);
            self.active.truncate(base);
        }
        self.leave_scope(scope);
        self.nested -= 1;
        Ok(())
    }

    fn field(&mut self, content: Content<'_>, field: Field, places: &Places) -> Result<(), Stop> {
        match field.value {
            Value::Fixed => Ok(()),
            Value::Varint(value, span) => self.varint(content, value, span, places),
            Value::Delimited(_, inner) if inner.is_empty() => Ok(()),
            Value::Delimited(length, inner) => self.delimited(content, length.start..inner.end, inner, places),
        }
    }

    fn varint(&mut self, content: Content<'_>, value: u64, span: Range<usize>, places: &Places) -> Result<(), Stop> {
        let orders = self.orders(places);
        let digits = value.to_string();
        if orders.speaker {
            self.speaker(&digits);
        }
        if orders.fact.is_some_and(|fact| self.note(fact, &digits)) || orders.noise || digits.len() < SHORTEST_NUMBER {
            return Ok(());
        }
        let origin = Origin {
            layer: content.layer,
            span: span.clone(),
            codec: Codec::Varint,
        };
        self.emit(origin, &content.bytes[span], orders.text)
    }

    fn delimited(
        &mut self,
        content: Content<'_>,
        whole: Range<usize>,
        inner: Range<usize>,
        places: &Places,
    ) -> Result<(), Stop> {
        let bytes = &content.bytes[inner];
        let origin = Origin {
            layer: content.layer,
            span: whole,
            codec: Codec::Delimited,
        };
        let layer = self.layer(origin)?;
        let field = Content {
            layer,
            bytes,
            depth: content.depth,
        };
        let is_message = protobuf::is_message(bytes);
        if is_message && self.has_step(places, |step| matches!(step, Step::Protobuf(_))) {
            return self.message(field, places, true);
        }
        let orders = self.orders(places);
        let declared = orders.text.is_some() || orders.noise || orders.fact.is_some() || orders.steps;
        match sniff::text(bytes) {
            Some(codec) if declared || !is_ambiguous(bytes) => {
                let origin = Origin {
                    layer,
                    span: 0..bytes.len(),
                    codec,
                };
                self.leaf(&origin, bytes, places, content.depth)
            }
            Some(codec) => self.either(field, codec, true),
            None if is_message => self.message(field, places, true),
            None => self.field_bytes(field, places),
        }
    }

    /// Read as a text and as a message.
    fn either(&mut self, field: Content<'_>, codec: Codec, inside: bool) -> Result<(), Stop> {
        let layer = self.layer(Origin {
            layer: field.layer,
            span: 0..field.bytes.len(),
            codec: Codec::Fixed,
        })?;
        let origin = Origin {
            layer,
            span: 0..field.bytes.len(),
            codec,
        };
        self.emit(origin, field.bytes, None)?;
        self.message(Content { layer, ..field }, &NOWHERE, inside)
    }

    /// Bytes in a field that are neither text nor message.
    fn field_bytes(&mut self, field: Content<'_>, places: &Places) -> Result<(), Stop> {
        if self.orders(places).fact == Some(Act::FileData) {
            return self.file_data(field, places);
        }
        let is_layer = sniff::coding(field.bytes).is_some() || envelope::frames(field.bytes).is_some();
        if is_layer && field.depth < MAX_LAYERS {
            return self.content(
                Content {
                    depth: field.depth + 1,
                    ..field
                },
                places,
                false,
            );
        }
        if field.bytes.len() > LONGEST_ID {
            return self.document(field, 0..field.bytes.len(), None);
        }
        // Too short for a file, and long enough for a key with one odd byte in it.
        let codec = match std::str::from_utf8(field.bytes) {
            Ok(_) => Codec::Utf8,
            Err(_) => Codec::Latin1,
        };
        let origin = Origin {
            layer: field.layer,
            span: 0..field.bytes.len(),
            codec,
        };
        self.emit_as(origin, field.bytes, Role::Unclassified)
    }
}

/// Digits of an encoding can pass for a message; they are digits all the same.
fn is_ambiguous(text: &[u8]) -> bool {
    protobuf::is_message(text) && protobuf::may_hold_text(text) && sniff::encoded(text).is_none()
}
