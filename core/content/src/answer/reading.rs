//! Reads one document after the other: lets the decoder say which of its strings are text, and takes them to their
//! channels.
//!
//! Fails open: what cannot be read passes unchanged, because the client must see what the server said, and a surrogate
//! that stays is only unhandy.

use std::io::Read;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::decoders::{Content, End, Field, Mode, Nested, Reader, Reading};
use super::framing::{Body, Cutter, Events, LONGEST, Step};
use super::layers::{Layers, Wrap, unescaped};
use super::restore::{Piece, Restorer};
use super::seen::Seen;
use super::text::Writing;
use super::walk::Walk;

/// Documents in documents.
const DEPTH: u8 = 4;

/// Where documents are read.
pub(super) struct Desk {
    pub(super) reader: Option<Reader>,
    pub(super) restorer: Restorer,
    pub(super) layers: Layers,
    /// True once a document said anything.
    pub(super) told: bool,
    /// How often a document said that all of the answer's text is here.
    pub(super) ends: u32,
}

/// One document to read.
#[derive(Clone, Copy)]
pub(super) struct Sheet<'a> {
    /// Its place.
    pub(super) at: u64,
    /// The place of its frame.
    pub(super) event: u64,
    /// What the frame is called.
    pub(super) name: &'a [u8],
    /// Documents around it.
    pub(super) depth: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Read,
    Damaged,
}

impl Desk {
    /// Reads one document.
    pub(super) fn read(&mut self, document: &[u8], sheet: Sheet<'_>) -> Outcome {
        if document.trim_ascii() == b"[DONE]" {
            self.end();
            return Outcome::Read;
        }
        let mut reading = Reading::default();
        let read = match &mut self.reader {
            Some(reader) => reader.read(document, sheet, &mut reading),
            None => Reading::whole(document, &mut reading),
        };
        if read.is_err() {
            return Outcome::Damaged;
        }
        self.told |= !(reading.fields.is_empty() && reading.nested.is_empty() && reading.ends.is_empty());
        for (field, over) in &reading.lengths {
            let place = |span: &Range<usize>| sheet.at + span.start as u64..sheet.at + span.end as u64;
            self.layers
                .note_length(sheet.event, place(field), place(over), super::framing::Count::Varint);
        }
        for field in &reading.fields {
            self.take(field, document, sheet, reading.plain);
        }
        if !reading.plain {
            self.sweep(document, sheet, &reading);
        }
        for nested in &reading.nested {
            self.read_nested(nested, document, sheet);
        }
        for end in &reading.ends {
            match end {
                End::All => self.end(),
                End::Outer(outer) => self.restorer.settle_where(|key| key.outer == *outer),
            }
        }
        Outcome::Read
    }

    fn end(&mut self) {
        self.ends = self.ends.wrapping_add(1);
        self.restorer.settle_where(|_| true);
    }

    /// Reads one compressed document.
    pub(super) fn read_packed(&mut self, packed: &[u8], sheet: Sheet<'_>) -> Outcome {
        let mut document = Vec::new();
        let unpacked = flate2::read::MultiGzDecoder::new(packed)
            .take(LONGEST as u64 + 1)
            .read_to_end(&mut document);
        if unpacked.is_err() || document.len() > LONGEST {
            return Outcome::Damaged;
        }
        let seat = sheet.at..sheet.at + packed.len() as u64;
        let (ticket, at) = self.layers.note_document(sheet.event, seat, Wrap::Gzip, document.len());
        let outcome = self.read(&document, Sheet { at, ..sheet });
        self.layers.keep(ticket, document);
        outcome
    }

    fn read_nested(&mut self, nested: &Nested, around: &[u8], sheet: Sheet<'_>) {
        let raw = &around[nested.span.clone()];
        let text = unescaped(raw);
        let document = match nested.wrap {
            Wrap::Base64 => STANDARD.decode(&text).ok(),
            Wrap::Text | Wrap::Gzip => Some(text),
        };
        let Some(document) = document.filter(|_| sheet.depth < DEPTH) else {
            return;
        };
        let seat = sheet.at + nested.span.start as u64..sheet.at + nested.span.end as u64;
        let (ticket, at) = self
            .layers
            .note_document(sheet.event, seat, nested.wrap, document.len());
        let inner = Sheet {
            at,
            depth: sheet.depth + 1,
            ..sheet
        };
        match nested.content {
            Content::Json => drop(self.read(&document, inner)),
            Content::Events => self.read_events(&document, inner),
        }
        self.layers.keep(ticket, document);
    }

    fn read_events(&mut self, stream: &[u8], sheet: Sheet<'_>) {
        let mut events = Events::default();
        loop {
            let (frame, last) = match events.next(stream) {
                Step::Frame(frame) => (Some(frame), false),
                Step::More | Step::Lost => (events.last(stream), true),
            };
            if let Some((name, Body::Plain(data))) = frame.map(|frame| (frame.name, frame.body)) {
                let at = sheet.at + data.start as u64;
                let name = &stream[name];
                self.read(&stream[data], Sheet { at, name, ..sheet });
            }
            if last {
                return;
            }
        }
    }

    fn take(&mut self, field: &Field, document: &[u8], sheet: Sheet<'_>, plain: bool) {
        let raw = &document[field.span.clone()];
        let piece = Piece {
            raw,
            at: sheet.at + field.span.start as u64,
            event: Some(sheet.event),
        };
        let restorer = &mut self.restorer;
        let channel = restorer.channel(field.key, plain.then_some(Writing::Plain));
        if field.judged && !restorer.takes_out() {
            let tap = restorer.tap(channel);
            match field.mode {
                Mode::Append if plain => tap.append_bytes(raw),
                Mode::Append => tap.append_json(raw),
                Mode::Restart | Mode::Snapshot | Mode::Complete => tap.replace_json(raw),
                Mode::Seen => tap.append_bytes(Seen::of(raw).text()),
            }
        }
        match field.mode {
            Mode::Append => restorer.append(channel, piece),
            Mode::Restart => {
                restorer.settle(channel);
                restorer.append(channel, piece);
            }
            Mode::Snapshot => restorer.snapshot(channel, piece),
            Mode::Complete => {
                restorer.settle(channel);
                restorer.append(channel, piece);
                restorer.settle(channel);
            }
            Mode::Seen => {}
        }
    }

    /// Whole surrogates in strings that belong to no channel: repetitions of the text, titles, the echo of a prompt; and
    /// values to be taken out of JSON that is seen as it stands.
    fn sweep(&mut self, json: &[u8], sheet: Sheet<'_>, reading: &Reading) {
        if !self.restorer.hints(json) {
            return;
        }
        let mut known: Vec<(usize, usize)> = reading
            .fields
            .iter()
            .filter(|field| field.mode != Mode::Seen)
            .map(|field| (field.span.start, field.span.end))
            .chain(reading.nested.iter().map(|nested| (nested.span.start, nested.span.end)))
            .chain(reading.trimmed.iter().map(|span| (span.start, span.end)))
            .collect();
        known.sort_unstable();
        let seen = self.take_out(json, sheet, reading);
        // The document was read before, so it is read to the end again.
        let _ = Walk::new(json, 0).strings(|span| {
            if span.is_empty() || known.binary_search(&(span.start, span.end)).is_ok() || holds(&seen, &span) {
                return;
            }
            let raw = &json[span.clone()];
            let piece = Piece {
                raw,
                at: sheet.at + span.start as u64,
                event: Some(sheet.event),
            };
            self.restorer.complete(Writing::of_string(raw), false, piece);
        });
    }

    /// Takes values out of JSON that is seen as it stands. Returns where it stands: nothing else is to be edited there.
    fn take_out(&mut self, json: &[u8], sheet: Sheet<'_>, reading: &Reading) -> Vec<Range<usize>> {
        if !self.restorer.takes_out() {
            return Vec::new();
        }
        let seen = reading.fields.iter().filter(|field| field.mode == Mode::Seen);
        let mut spans: Vec<Range<usize>> = seen.map(|field| field.span.clone()).collect();
        spans.sort_unstable_by_key(|span| span.start);
        for span in &spans {
            let seen = Seen::of(&json[span.clone()]);
            self.restorer.take_out_of(&seen, sheet.at + span.start as u64);
        }
        spans
    }
}

/// True when one of these, which are apart from each other and in order, holds the span.
fn holds(spans: &[Range<usize>], span: &Range<usize>) -> bool {
    let behind = spans.partition_point(|known| known.start <= span.start);
    behind.checked_sub(1).is_some_and(|last| span.end <= spans[last].end)
}
