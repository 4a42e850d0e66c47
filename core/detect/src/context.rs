//! Context: the words that say what a value is.
//!
//! The label right before a value (`"ssn": "…"`, `NHS number: …`, `<bsn>…`) counts alone; without a label the words of
//! the line and the line above count, then the header of the table column, then the words right behind the value.
//! Words are compared in lower case, with `_`, `-` and camel case read as spaces.

use crate::classes::{HIGH, LETTER, is};
use crate::page::Page;
use std::cell::OnceCell;

const BEFORE: usize = 96;
const AFTER: usize = 28;

/// What stands around one value.
pub(crate) struct Context<'t> {
    before: Words,
    label: Option<usize>,
    header: Option<&'t str>,
    after: Words,
    harmless: OnceCell<Option<Nearness>>,
}

/// How near a context word stands; the nearest word decides between types of the same shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Nearness(usize);

impl Nearness {
    const HEADER: Nearness = Nearness(1000);
    const AFTER: Nearness = Nearness(1);
}

impl<'t> Context<'t> {
    pub(crate) fn of(page: &Page<'t>, start: usize, end: usize) -> Self {
        let from = start.saturating_sub(BEFORE);
        let raw = two_lines(&page.bytes[from..start]);
        let before = Words::fold(raw);
        let label = before.label();
        let header = if label.is_none() {
            page.tables().header(page.text, start)
        } else {
            None
        };
        let after = page.slice(end..end + AFTER);
        let after = &after[..memchr::memchr(b'\n', after).unwrap_or(after.len())];
        Self {
            before,
            label,
            header,
            after: Words::fold(after),
            harmless: OnceCell::new(),
        }
    }

    /// The nearest of the words, if any stands here.
    pub(crate) fn find(&self, words: &[&str]) -> Option<Nearness> {
        if let Some(label) = self.label {
            return self.before.last(words, label).map(Nearness);
        }
        if let Some(header) = self.header {
            return Words::fold(header.as_bytes()).last(words, 0).map(|_| Nearness::HEADER);
        }
        self.before
            .last(words, 0)
            .map(Nearness)
            .or_else(|| self.after.last(words, 0).map(|_| Nearness::AFTER))
    }

    /// True when no other value stands between the word and this one: a list of numbers does, words and numbers do not.
    pub(crate) fn leads_to_value(&self, nearness: Nearness) -> bool {
        let between = self.before.text().get(nearness.0..).unwrap_or(&[]);
        nearness == Nearness::AFTER
            || !between.iter().any(u8::is_ascii_digit)
            || !between.windows(2).any(|pair| pair.iter().all(u8::is_ascii_alphabetic))
    }

    /// True when one of the words stands in the label, in the header or nearer than `reach` bytes before the value.
    pub(crate) fn close(&self, words: &[&str], reach: usize) -> bool {
        if self.label.is_none() && self.header.is_some() {
            return self.find(words).is_some();
        }
        let from = self.before.len.saturating_sub(reach).max(self.label.unwrap_or(0));
        self.before.last(words, from).is_some()
    }

    /// The nearest word that says the value is something harmless.
    pub(crate) fn harmless(&self) -> Option<Nearness> {
        *self
            .harmless
            .get_or_init(|| self.find(HARMLESS).filter(|nearness| *nearness != Nearness::AFTER))
    }
}

/// Words after which a number or code is not personal: orders, parts, hashes, versions, measures.
const HARMLESS: &[&str] = &[
    "order",
    "orders",
    "part",
    "part no",
    "po",
    "sku",
    "ref",
    "invoice",
    "ticket",
    "hash",
    "digest",
    "commit",
    "build",
    "version",
    "ver",
    "serial",
    "tracking",
    "shipment",
    "uid",
    "uuid",
    "guid",
    "timestamp",
    "epoch",
    "ts",
    "trace",
    "request",
    "request id",
    "isbn",
    "ean",
    "upc",
    "gtin",
    "barcode",
    "rev",
    "revision",
    "port",
    "pid",
    "bug",
    "issue",
    "job",
    "batch",
    "lot",
    "rows",
    "bytes",
    "checksum",
    "crc",
    "sha",
    "sha1",
    "sha256",
    "md5",
    "etag",
    "nonce",
    "seed",
    "offset",
    "model",
    "session",
    "span",
    "error",
    "code",
    "item",
    "article",
    "product",
    "transaction",
    "event",
    "message",
    "msg",
    "thread",
    "process",
    "block",
    "height",
    "width",
    "size",
    "length",
    "duration",
    "integrity",
    "fingerprint",
    "run",
    "pull",
    "pr",
    "bestellung",
    "bestellnummer",
    "auftrag",
    "rechnung",
    "commande",
    "facture",
    "pedido",
    "factura",
    "ordine",
    "fattura",
    "zamówienie",
    "faktura",
    "sequence",
    "seq",
    "partition",
    "counter",
    "shard",
    "sample",
    "doi",
    "arxiv",
    "patent",
    "rfc",
    "cve",
    "milliseconds",
    "ms",
    "asset",
    "device",
    "sensor",
    "meter",
    "parcel",
    "package",
    "waybill",
    "awb",
    "vendor",
];

/// Labels that say nothing about the value, so that the words before them still count.
const EMPTY_LABELS: &[&str] = &[
    "value", "number", "no", "id", "nr", "num", "data", "text", "content", "input", "field", "note", "n", "is", "this",
    "here", "it", "#", "nummer", "numero", "número",
];

/// At most the last two lines of a window.
fn two_lines(window: &[u8]) -> &[u8] {
    let mut ends = memchr::memrchr_iter(b'\n', window);
    let start = ends.nth(1).map_or(0, |at| at + 1);
    &window[start..]
}

const CAPACITY: usize = 160;

/// A short text folded for comparison.
struct Words {
    bytes: [u8; CAPACITY],
    len: usize,
    /// Which pairs of bytes begin a word: most words that are asked for are ruled out by one bit.
    starts: [u64; 8],
    /// Where words begin.
    places: [u8; MAX_WORDS],
    count: usize,
}

const MAX_WORDS: usize = 96;

impl Words {
    fn fold(raw: &[u8]) -> Self {
        let mut words = Self {
            bytes: [0; CAPACITY],
            len: 0,
            starts: [0; 8],
            places: [0; MAX_WORDS],
            count: 0,
        };
        // Among nothing but numbers there are no words to look for.
        if !raw.iter().any(|byte| is(*byte, LETTER | HIGH)) {
            return words;
        }
        let mut previous = b' ';
        for &byte in raw {
            if byte.is_ascii_uppercase() && previous.is_ascii_lowercase() {
                words.push(b' ');
            }
            words.push(fold_byte(previous, byte));
            words.fix_cyrillic(previous, byte);
            previous = byte;
        }
        words.note_starts();
        words
    }

    fn note_starts(&mut self) {
        let mut previous = b' ';
        for at in 0..self.len {
            let byte = self.bytes[at];
            if byte >= 0xE0 || !previous.is_ascii_alphanumeric() && previous < 0x80 {
                let bit = pair(byte, self.bytes.get(at + 1).copied().unwrap_or(0));
                self.starts[bit / 64] |= 1 << (bit % 64);
                if self.count < MAX_WORDS {
                    self.places[self.count] = at as u8;
                    self.count += 1;
                }
            }
            previous = byte;
        }
    }

    fn may_hold(&self, word: &[u8]) -> bool {
        let [first, second, ..] = *word else { return true };
        let bit = pair(first, second);
        self.starts[bit / 64] >> (bit % 64) & 1 == 1
    }

    fn push(&mut self, byte: u8) {
        if self.len < CAPACITY {
            self.bytes[self.len] = byte;
            self.len += 1;
        }
    }

    /// Capital Cyrillic letters from `Р` on have their small forms under another lead byte.
    fn fix_cyrillic(&mut self, lead: u8, byte: u8) {
        if lead == 0xD0 && (0xA0..=0xAF).contains(&byte) && self.len >= 2 {
            self.bytes[self.len - 2] = 0xD1;
        }
    }

    fn text(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// The end of the last of the words that stands at or after `from`.
    fn last(&self, words: &[&str], from: usize) -> Option<usize> {
        let asked = words
            .iter()
            .map(|word| word.as_bytes())
            .filter(|word| self.may_hold(word));
        asked.filter_map(|word| self.last_place(word, from)).max()
    }

    /// The end of the last place at or after `from` where the word stands by itself.
    fn last_place(&self, word: &[u8], from: usize) -> Option<usize> {
        let text = self.text();
        let foreign = word.first().is_some_and(|byte| *byte >= 0xE0);
        let places = self.places[..self.count]
            .iter()
            .rev()
            .map(|place| usize::from(*place))
            .take_while(|place| *place >= from);
        places
            .filter(|place| text[*place..].starts_with(word))
            .map(|place| place + word.len())
            .find(|end| {
                let next = text.get(*end).copied().unwrap_or(b' ');
                foreign || !next.is_ascii_alphabetic() && next < 0x80
            })
    }

    /// Where the label begins, when the text ends with one: `"tax id": "`.
    fn label(&self) -> Option<usize> {
        let text = self.text();
        let end = trim_end(text, b" \t\n\"'`[({");
        let mark = *text[..end].last()?;
        if !matches!(mark, b':' | b'=' | b'>') {
            return None;
        }
        let end = trim_end(&text[..end], b":=> ");
        let quoted = text[..end]
            .last()
            .copied()
            .filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
        let end = trim_end(&text[..end], b"\"'`])");
        let start = match quoted {
            Some(quote) => memchr::memrchr(quote, &text[..end]).map_or(0, |at| at + 1),
            None => text[..end]
                .iter()
                .rposition(|byte| b",;:{}[]()\n\t|\"'<>&?!".contains(byte))
                .map_or(0, |at| at + 1),
        };
        let label = text[start..end].trim_ascii();
        let says_nothing = label.is_empty() || EMPTY_LABELS.iter().any(|empty| empty.as_bytes() == label);
        (!says_nothing).then_some(start)
    }
}

/// Lower case for ASCII, Latin-1 and Cyrillic; joints become spaces.
fn fold_byte(lead: u8, byte: u8) -> u8 {
    match byte {
        b'_' | b'-' => b' ',
        0x80..=0x9E if lead == 0xC3 => byte + 0x20,
        0x90..=0x9F if lead == 0xD0 => byte + 0x20,
        0xA0..=0xAF if lead == 0xD0 => byte - 0x20,
        _ => byte.to_ascii_lowercase(),
    }
}

fn pair(first: u8, second: u8) -> usize {
    ((u32::from(first) | u32::from(second) << 8).wrapping_mul(0x9E37_79B1) >> 23) as usize
}

fn trim_end(text: &[u8], set: &[u8]) -> usize {
    text.iter().rposition(|byte| !set.contains(byte)).map_or(0, |at| at + 1)
}
