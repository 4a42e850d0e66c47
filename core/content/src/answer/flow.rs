//! One answer, decoded and on its way: cut into events, read, restored, released in order.

use std::ops::Range;

use super::Decoder;
use super::decoders::{End, Field, Mode, Reader, Reading};
use super::frames::Framer;
use super::restore::{Key, Kind, Piece, Restorer};
use super::surrogates::Surrogates;
use super::text::Writing;
use super::walk::Walk;

/// A whole JSON answer is kept up to this size; a longer one is restored byte by byte.
const WHOLE: usize = 8 << 20;

/// A single event longer than this is no event.
const EVENT: usize = 8 << 20;

/// Most bytes of complete events that wait for the end of a doubtful surrogate.
const HELD: usize = 1 << 20;

/// Bytes looked at to tell a format that the headers do not name.
const SNIFF: usize = 64;

/// What the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Server-sent events.
    Events,
    /// One JSON document.
    Json,
    /// Something else, restored byte by byte.
    Bytes(Writing),
    /// Not known yet: the first bytes tell.
    Unknown,
    /// Nothing to read: pictures, sound, archives.
    Opaque,
}

impl Format {
    /// From the `Content-Type` header.
    pub(super) fn named(content_type: Option<&str>, decoder: Option<Decoder>) -> Self {
        let name = content_type
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let (main, sub) = name.split_once('/').unwrap_or((&name, ""));
        match (main, sub) {
            ("text", "event-stream") if decoder.is_some() => Format::Events,
            ("text", "event-stream") => Format::Bytes(Writing::PlainJson),
            ("application", "json") => Format::Json,
            ("text", "html") | ("application", "xhtml+xml") => Format::Bytes(Writing::Html),
            ("text", "plain") | ("", _) => Format::Unknown,
            ("text", _) => Format::Bytes(Writing::Plain),
            ("image" | "audio" | "video" | "font" | "multipart", _) => Format::Opaque,
            ("application", _) if sub.ends_with("+json") => Format::Json,
            ("application", _) if sub.contains("json") => Format::Bytes(Writing::PlainJson),
            ("application", "javascript" | "xml" | "x-javascript" | "x-www-form-urlencoded") => {
                Format::Bytes(Writing::Plain)
            }
            ("application", _) if sub.ends_with("+xml") => Format::Bytes(Writing::Plain),
            _ => Format::Opaque,
        }
    }

    /// From the first bytes; `None` while they do not tell.
    fn sniffed(bytes: &[u8], decoder: Option<Decoder>, ended: bool) -> Option<Self> {
        let first = &bytes[..bytes.len().min(SNIFF)];
        let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start();
        if text.first().is_some_and(|byte| matches!(byte, b'{' | b'[')) {
            return Some(if text[0] == b'{' || decoder.is_some() {
                Format::Json
            } else {
                Format::Bytes(Writing::Plain)
            });
        }
        let fields: [&[u8]; 5] = [b"data:", b"event:", b"id:", b"retry:", b":"];
        if decoder.is_some() && fields.iter().any(|field| text.starts_with(field)) {
            return Some(Format::Events);
        }
        let may_become = decoder.is_some() && fields.iter().any(|field| field.starts_with(text));
        let undecided = bytes.len() < SNIFF && !ended && (text.is_empty() || may_become);
        if undecided {
            None
        } else {
            Some(Format::Bytes(Writing::Plain))
        }
    }
}

/// The state of one answer.
pub(super) struct Flow {
    decoder: Option<Decoder>,
    reader: Option<Reader>,
    format: Format,
    framer: Framer,
    restorer: Restorer,
    reading: Reading,
    /// What came in and has not gone out.
    buffer: Vec<u8>,
    /// Place of the first byte of the buffer in the stream.
    at: u64,
    /// Place up to which bytes were read.
    read: u64,
    scratch: Vec<u8>,
}

impl Flow {
    pub(super) fn new(decoder: Option<Decoder>, format: Format, surrogates: Surrogates) -> Self {
        Self {
            decoder,
            reader: decoder.map(Reader::new),
            format,
            framer: Framer::default(),
            restorer: Restorer::new(surrogates),
            reading: Reading::default(),
            buffer: Vec::new(),
            at: 0,
            read: 0,
            scratch: Vec::new(),
        }
    }

    /// Where decoded bytes are put before [`Flow::advance`].
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Reads what came; what is beyond doubt goes to `out`, or nowhere.
    pub(super) fn advance(&mut self, out: Option<&mut Vec<u8>>) {
        if self.format == Format::Unknown {
            self.format = Format::sniffed(&self.buffer, self.decoder, false).unwrap_or(Format::Unknown);
        }
        match self.format {
            Format::Events => self.read_events(),
            Format::Json if self.buffer.len() > WHOLE => self.read_as_bytes(Writing::PlainJson),
            Format::Bytes(writing) => self.read_bytes(writing),
            Format::Json | Format::Unknown => {}
            Format::Opaque => self.read = self.end(),
        }
        self.release(out);
    }

    /// Nothing more comes.
    pub(super) fn finish(&mut self, out: Option<&mut Vec<u8>>) {
        if self.format == Format::Unknown {
            self.format = Format::sniffed(&self.buffer, self.decoder, true).unwrap_or(Format::Opaque);
        }
        match self.format {
            Format::Events => {
                self.read_events();
                let last = self.framer.last(&self.buffer);
                self.read_event(last);
                self.format = Format::Opaque;
            }
            Format::Json => self.read_whole(),
            Format::Bytes(writing) => self.read_bytes(writing),
            Format::Unknown | Format::Opaque => {}
        }
        self.restorer.settle_where(|_| true);
        self.restorer.taps().for_each(|(_, tap)| tap.end());
        self.read = self.end();
        self.release(out);
    }

    /// How often an original was put back so far.
    pub(super) fn restored(&self) -> u32 {
        self.restorer.restored()
    }

    pub(super) fn drain_text(&mut self, each: &mut dyn FnMut(usize, &str)) {
        for (channel, tap) in self.restorer.taps() {
            tap.drain(|text| each(channel, text));
        }
    }

    #[cfg(test)]
    pub(super) fn most_held(&self) -> usize {
        self.restorer.most_held()
    }

    fn end(&self) -> u64 {
        self.at + self.buffer.len() as u64
    }

    fn read_events(&mut self) {
        while let Some(event) = self.framer.next(&self.buffer) {
            self.read_event(event);
        }
        let incomplete = self.framer.incomplete();
        self.read = self.at + incomplete as u64;
        if self.buffer.len() - incomplete > EVENT {
            self.read_as_bytes(Writing::PlainJson);
        } else if incomplete > HELD {
            self.restorer.settle_where(|_| true);
        }
    }

    fn read_event(&mut self, event: Range<usize>) {
        let start = self.at + event.start as u64;
        match self.framer.data() {
            [] => {}
            [data] => {
                let (at, json) = (self.at + data.start as u64, &self.buffer[data.clone()]);
                read_json(
                    json,
                    Place { at, event: start },
                    self.reader.as_mut(),
                    &mut self.reading,
                    &mut self.restorer,
                );
            }
            lines => {
                // Everything but the data becomes blanks, so that places stay places.
                self.scratch.clear();
                self.scratch.resize(event.len(), b' ');
                for line in lines {
                    self.scratch[line.start - event.start..line.end - event.start]
                        .copy_from_slice(&self.buffer[line.clone()]);
                }
                let place = Place {
                    at: start,
                    event: start,
                };
                read_json(
                    &self.scratch,
                    place,
                    self.reader.as_mut(),
                    &mut self.reading,
                    &mut self.restorer,
                );
            }
        }
    }

    fn read_whole(&mut self) {
        let place = Place {
            at: self.at,
            event: self.at,
        };
        let json = self.buffer.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.buffer);
        let place = Place {
            at: place.at + (self.buffer.len() - json.len()) as u64,
            ..place
        };
        if read_json(json, place, self.reader.as_mut(), &mut self.reading, &mut self.restorer) == Outcome::Damaged {
            self.read_as_bytes(Writing::PlainJson);
        }
    }

    /// The format turned out not to be what it said: from here on, bytes.
    fn read_as_bytes(&mut self, writing: Writing) {
        self.restorer.settle_where(|_| true);
        self.format = Format::Bytes(writing);
        self.read_bytes(writing);
    }

    fn read_bytes(&mut self, writing: Writing) {
        let key = Key {
            kind: Kind::Bytes,
            outer: 0,
            inner: 0,
        };
        let raw = &self.buffer[(self.read - self.at) as usize..];
        if let Some(channel) = self.restorer.channel(key, Some(writing)) {
            self.restorer.tap(channel).append_bytes(raw);
            self.restorer.append(
                channel,
                Piece {
                    raw,
                    at: self.read,
                    event: None,
                },
            );
        }
        self.read = self.end();
    }

    fn release(&mut self, out: Option<&mut Vec<u8>>) {
        let until = self.restorer.held_from().map_or(self.read, |held| held.min(self.read));
        // Held bytes are in the buffer.
        let count = (until - self.at) as usize;
        if count == 0 {
            return;
        }
        if let Some(out) = out {
            self.restorer.release(&self.buffer[..count], self.at, out);
        }
        if count == self.buffer.len() {
            self.buffer.clear();
        } else {
            self.buffer.drain(..count);
        }
        self.at = until;
        if self.format == Format::Events {
            self.framer.shift(count);
        }
    }
}

#[derive(Clone, Copy)]
struct Place {
    /// Of the JSON in the stream.
    at: u64,
    /// Of its event.
    event: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Read,
    Damaged,
}

/// Reads one JSON document. Fails open: what is not JSON passes unchanged, because the client must see what the server
/// said, and a surrogate that stays is only unhandy.
fn read_json(
    json: &[u8],
    place: Place,
    reader: Option<&mut Reader>,
    reading: &mut Reading,
    restorer: &mut Restorer,
) -> Outcome {
    if json.trim_ascii() == b"[DONE]" {
        restorer.settle_where(|_| true);
        return Outcome::Read;
    }
    let read = match reader {
        Some(reader) => reader.read(json, reading),
        None => Reading::whole(json, reading),
    };
    if read.is_err() {
        return Outcome::Damaged;
    }
    for field in &reading.fields {
        take(field, json, place, restorer);
    }
    sweep(json, place, reading, restorer);
    for end in &reading.ends {
        match end {
            End::All => restorer.settle_where(|_| true),
            End::Outer(outer) => restorer.settle_where(|key| key.outer == *outer),
        }
    }
    Outcome::Read
}

fn take(field: &Field, json: &[u8], place: Place, restorer: &mut Restorer) {
    let raw = &json[field.span.clone()];
    let piece = Piece {
        raw,
        at: place.at + field.span.start as u64,
        event: Some(place.event),
    };
    let Some(channel) = restorer.channel(field.key, None) else {
        return;
    };
    if field.judged {
        let tap = restorer.tap(channel);
        match field.mode {
            Mode::Append => tap.append_json(raw),
            Mode::Restart | Mode::Snapshot | Mode::Complete => tap.replace_json(raw),
            Mode::Seen => tap.append_bytes(raw),
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

/// Whole surrogates in strings that belong to no channel: repetitions of the text, titles, the echo of a prompt.
fn sweep(json: &[u8], place: Place, reading: &Reading, restorer: &mut Restorer) {
    if !restorer.hints(json) {
        return;
    }
    // The document was read before, so it is read to the end again.
    let _ = Walk::new(json, 0).strings(|span| {
        let known = reading
            .fields
            .iter()
            .any(|field| field.span == span && field.mode != Mode::Seen);
        if known || span.is_empty() {
            return;
        }
        let raw = &json[span.clone()];
        let writing = if holds_json(raw) {
            Writing::Nested
        } else {
            Writing::Json
        };
        restorer.complete(
            writing,
            false,
            Piece {
                raw,
                at: place.at + span.start as u64,
                event: Some(place.event),
            },
        );
    });
}

/// True when the string is the text of a JSON object.
fn holds_json(raw: &[u8]) -> bool {
    raw.trim_ascii_start()
        .strip_prefix(b"{")
        .is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\\\""))
}
