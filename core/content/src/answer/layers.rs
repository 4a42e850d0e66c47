//! What an edit changes around it: lengths and checksums of the frames it stands in, and the strings that hold the
//! document it was made in.
//!
//! Places below [`INNER`] are places in the stream. A document that had to be decoded to be read (JSON in a string, a
//! compressed message) gets places of its own above. Layers are noted from the outside inwards as frames are read, and
//! worked off from the inside outwards as frames are released; where nothing was edited, nothing changes.

use std::collections::VecDeque;
use std::io::Write;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::framing::{Count, PRELUDE, TRAILER, crc};
use super::restore::{Restorer, Splice};
use super::text::Unit;
use crate::codec::json_encode;

/// The first place of decoded documents.
const INNER: u64 = 1 << 63;

/// How a document is written inside another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrap {
    /// In a JSON string.
    Text,
    /// In base64, in a JSON string.
    Base64,
    /// Compressed with gzip.
    Gzip,
}

enum Layer {
    Length {
        field: Range<u64>,
        over: Range<u64>,
        count: Count,
    },
    Document {
        at: u64,
        bytes: Vec<u8>,
        seat: Range<u64>,
        wrap: Wrap,
    },
}

/// The layers of frames that were not released.
pub(super) struct Layers {
    noted: VecDeque<(u64, Layer)>,
    /// The place of the next document.
    next: u64,
    /// Bytes of all documents.
    size: usize,
}

impl Layers {
    pub(super) fn new() -> Self {
        Self {
            noted: VecDeque::new(),
            next: INNER,
            size: 0,
        }
    }

    /// Bytes kept for documents.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// A length at `field` counts the bytes of `over`.
    pub(super) fn note_length(&mut self, event: u64, field: Range<u64>, over: Range<u64>, count: Count) {
        self.noted.push_back((event, Layer::Length { field, over, count }));
    }

    /// A document of `length` bytes is written at `seat`. Returns its ticket, for [`Layers::keep`], and its place.
    pub(super) fn note_document(&mut self, event: u64, seat: Range<u64>, wrap: Wrap, length: usize) -> (usize, u64) {
        let at = self.next;
        // Documents do not touch, so that edits of two are never taken for one.
        self.next += length as u64 + 1;
        let bytes = Vec::new();
        self.noted.push_back((event, Layer::Document { at, bytes, seat, wrap }));
        (self.noted.len() - 1, at)
    }

    /// Keeps the bytes of a document until its frame is released.
    pub(super) fn keep(&mut self, ticket: usize, document: Vec<u8>) {
        if let Some((_, Layer::Document { bytes, .. })) = self.noted.get_mut(ticket) {
            self.size += document.len();
            *bytes = document;
        }
    }

    /// Carries the edits made so far outwards, for all frames that begin before `until`. `stream` begins at `at`.
    pub(super) fn work_off(&mut self, until: u64, stream: &[u8], at: u64, restorer: &mut Restorer) {
        let count = self.noted.partition_point(|(event, _)| *event < until);
        let layers: Vec<Layer> = self.noted.drain(..count).map(|(_, layer)| layer).collect();
        let view = View::new(stream, at, &layers);
        for layer in layers.iter().rev() {
            match layer {
                Layer::Length { field, over, count } => correct(field, over, *count, &view, restorer),
                Layer::Document { at, bytes, seat, wrap } => {
                    self.size -= bytes.len();
                    let edits = restorer.take(*at..*at + bytes.len() as u64);
                    if !edits.is_empty() {
                        write_back(*at, bytes, &edits, seat, *wrap, &view, restorer);
                    }
                }
            }
        }
    }
}

/// The bytes at any place: pieces in the order of their places, each with the place it begins at.
struct View<'a> {
    pieces: Vec<(u64, &'a [u8])>,
}

impl<'a> View<'a> {
    fn new(stream: &'a [u8], at: u64, layers: &'a [Layer]) -> Self {
        let documents = layers.iter().filter_map(|layer| match layer {
            Layer::Document { at, bytes, .. } => Some((*at, bytes.as_slice())),
            Layer::Length { .. } => None,
        });
        Self {
            pieces: std::iter::once((at, stream)).chain(documents).collect(),
        }
    }

    fn bytes(&self, span: &Range<u64>) -> &'a [u8] {
        let piece = self.pieces.partition_point(|(at, _)| *at <= span.start).checked_sub(1);
        let Some((at, bytes)) = piece.and_then(|piece| self.pieces.get(piece)) else {
            return b"";
        };
        bytes
            .get((span.start - at) as usize..(span.end - at) as usize)
            .unwrap_or_default()
    }
}

/// Writes a length anew if what it counts has changed.
fn correct(field: &Range<u64>, over: &Range<u64>, count: Count, view: &View<'_>, restorer: &mut Restorer) {
    let edits = restorer.within(over);
    if edits.is_empty() {
        return;
    }
    let grown = |size: &dyn Fn(&[u8]) -> usize| {
        let (mut put, mut cut) = (0, 0);
        for (span, bytes) in &edits {
            put += size(bytes);
            cut += size(view.bytes(span));
        }
        (put, cut)
    };
    let length = (over.end - over.start) as usize;
    let (put, cut) = grown(&<[u8]>::len);
    let new = length + put - cut;
    match count {
        Count::Word => restorer.replace(
            field.clone(),
            u32::try_from(new).unwrap_or(u32::MAX).to_be_bytes().to_vec(),
        ),
        Count::Varint => restorer.replace(field.clone(), varint(new)),
        Count::Utf16 => {
            let stated: usize = std::str::from_utf8(view.bytes(field))
                .ok()
                .and_then(|digits| digits.parse().ok())
                .unwrap_or(0);
            let (put, cut) = grown(&utf16);
            restorer.replace(
                field.clone(),
                (stated + put).saturating_sub(cut).to_string().into_bytes(),
            );
        }
        Count::Checked => {
            let frame = spliced(over.start, view.bytes(over), &edits);
            let mut head = u32::try_from(new).unwrap_or(u32::MAX).to_be_bytes().to_vec();
            head.extend_from_slice(&frame[4..8]);
            let sum = crc(&[&head]);
            head.extend(sum.to_be_bytes());
            let sum = crc(&[&head, &frame[PRELUDE..frame.len() - TRAILER]]);
            restorer.replace(field.clone(), head);
            restorer.replace(over.end - TRAILER as u64..over.end, sum.to_be_bytes().to_vec());
        }
    }
}

/// Writes an edited document where it stood in the one around it.
fn write_back(
    at: u64,
    document: &[u8],
    edits: &[Splice],
    seat: &Range<u64>,
    wrap: Wrap,
    view: &View<'_>,
    restorer: &mut Restorer,
) {
    match wrap {
        Wrap::Text => write_text(at, view.bytes(seat), edits, seat.start, restorer),
        Wrap::Base64 => {
            let whole = STANDARD.encode(spliced(at, document, edits));
            restorer.replace(seat.clone(), whole.into_bytes());
        }
        Wrap::Gzip => {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            // Writing to memory does not fail.
            let written = packed
                .write_all(&spliced(at, document, edits))
                .and_then(|()| packed.finish());
            restorer.replace(seat.clone(), written.unwrap_or_default());
        }
    }
}

/// Only what was edited is written anew, so that everything else keeps its escapes.
fn write_text(at: u64, raw: &[u8], edits: &[Splice], seat: u64, restorer: &mut Restorer) {
    let (mut outer, mut inner) = (0, at);
    let mut reach = |place: u64| {
        while inner < place && outer < raw.len() {
            let unit = Unit::first(&raw[outer..], true);
            outer += unit.raw;
            inner += unit.text().len() as u64;
        }
        seat + outer as u64
    };
    for (span, bytes) in edits {
        let span = reach(span.start)..reach(span.end);
        restorer.replace(span, json_encode(&String::from_utf8_lossy(bytes), b""));
    }
}

/// The document with its edits.
fn spliced(at: u64, document: &[u8], edits: &[Splice]) -> Vec<u8> {
    let (mut whole, mut from) = (Vec::with_capacity(document.len()), 0);
    for (span, bytes) in edits {
        whole.extend_from_slice(&document[from..(span.start - at) as usize]);
        whole.extend_from_slice(bytes);
        from = (span.end - at) as usize;
    }
    whole.extend_from_slice(&document[from..]);
    whole
}

/// The inside of a JSON string, with its escapes undone.
pub(super) fn unescaped(raw: &[u8]) -> Vec<u8> {
    let (mut text, mut at) = (Vec::with_capacity(raw.len()), 0);
    while at < raw.len() {
        let unit = Unit::first(&raw[at..], true);
        text.extend_from_slice(unit.text());
        at += unit.raw;
    }
    text
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn utf16(text: &[u8]) -> usize {
    text.iter()
        .map(|byte| usize::from(*byte & 0xc0 != 0x80) + usize::from(*byte >= 0xf0))
        .sum()
}
