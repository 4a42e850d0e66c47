//! How far streams of a PDF unpack, measured before the parser unpacks them: it has no limit of its own.
//!
//! The parser unpacks object and reference streams while it loads, so all streams are measured where they lie in the file,
//! and again each time one is decoded for its text.

use crate::Unreadable;
use crate::budget::PdfBudget;
use flate2::read::{DeflateDecoder, ZlibDecoder};
use hayro_syntax::Filter;
use hayro_syntax::object::Stream;
use memchr::memmem;
use std::borrow::Cow;
use std::cell::Cell;
use std::io::Read;
use std::rc::Rc;

/// The most that one byte can become under Flate.
const FLATE_RATIO: u64 = 1032;

/// The most that one byte can become under LZW: codes of 12 bits, each up to 4096 bytes.
const LZW_RATIO: u64 = 2731;

/// Run-length encoding: two bytes become 128.
const RUN_LENGTH_RATIO: u64 = 64;

/// How much may still be decoded, of this file and of all others of the same message.
pub(super) struct Decoding {
    budget: Rc<PdfBudget>,
}

impl Decoding {
    /// Measures every stream of a file not yet loaded.
    pub(super) fn before_load(bytes: &[u8], budget: &Rc<PdfBudget>) -> Result<Self, Unreadable> {
        let loading = &budget.loading;
        let encrypted = memmem::find(bytes, b"/Encrypt").is_some();
        let mut previous = 0;
        for at in memmem::find_iter(bytes, b"stream") {
            let before = bytes.get(previous..at).unwrap_or_default();
            previous = at;
            if before.ends_with(b"end") {
                continue;
            }
            let head = before.get(before.len().saturating_sub(4096)..).unwrap_or(before);
            let has = |word: &[u8]| memmem::find(head, word).is_some();
            let unpacked_on_load = has(b"ObjStm") || has(b"XRef");
            let is_picture = has(b"/Image") && !unpacked_on_load;
            if is_picture {
                continue;
            }
            let rest = bytes.get(at + b"stream".len()..).unwrap_or_default();
            let rest = rest.strip_prefix(b"\r").unwrap_or(rest);
            let rest = rest.strip_prefix(b"\n").unwrap_or(rest);
            if encrypted && unpacked_on_load && !has(b"XRef") {
                // Not to be measured before it is decrypted: the worst is assumed.
                let size = memmem::find(rest, b"endstream").unwrap_or(rest.len()) as u64;
                let worst = size.saturating_mul(FLATE_RATIO);
                charge(loading, worst).map_err(|_| Unreadable::Encrypted)?;
                continue;
            }
            if has(b"LZW") && unpacked_on_load {
                return Err(Unreadable::TooLarge);
            }
            charge(loading, measured(rest, loading.get()))?;
        }
        Ok(Self {
            budget: Rc::clone(budget),
        })
    }

    /// Decodes a stream that is not a picture. `None`: it is one, or it is damaged.
    pub(super) fn decode<'a>(&mut self, stream: &Stream<'a>) -> Result<Option<Cow<'a, [u8]>>, Unreadable> {
        self.measure(stream)?;
        Ok(stream.decoded_data().ok())
    }

    /// Charges what a stream will decode to, for decoding that others do.
    pub(super) fn measure(&mut self, stream: &Stream<'_>) -> Result<(), Unreadable> {
        let raw = stream.raw_data();
        let left = &self.budget.decoding;
        charge(left, worst(&raw, &stream.filters(), left.get()))
    }

    /// Whether nothing may be decoded any more.
    pub(super) fn is_spent(&self) -> bool {
        self.budget.decoding.get() == 0
    }
}

fn charge(account: &Cell<u64>, size: u64) -> Result<(), Unreadable> {
    let left = account.get().checked_sub(size);
    account.set(left.unwrap_or(0));
    left.map(drop).ok_or(Unreadable::TooLarge)
}

/// The size of a stream decoded: measured for one Flate, estimated for other filters.
fn worst(raw: &[u8], filters: &[Filter], left: u64) -> u64 {
    let mut size = raw.len() as u64;
    let mut is_first = true;
    for filter in filters {
        size = match filter {
            Filter::FlateDecode if is_first => measured(raw, left),
            Filter::FlateDecode if filters.first() == Some(&Filter::Ascii85Decode) && filters.len() == 2 => {
                measured(&ascii85(raw), left)
            }
            Filter::FlateDecode => size.saturating_mul(FLATE_RATIO),
            Filter::LzwDecode => size.saturating_mul(LZW_RATIO),
            Filter::RunLengthDecode => size.saturating_mul(RUN_LENGTH_RATIO),
            _ => size,
        };
        is_first = false;
    }
    size
}

/// What is read and written when these bytes are unpacked as Flate, in either of its two forms, up to `left`.
fn measured(raw: &[u8], left: u64) -> u64 {
    let mut zlib = ZlibDecoder::new(raw);
    let size = drained(&mut zlib, left);
    // A stream that unpacks one way is not tried the other way.
    if size > 0 {
        return size + zlib.total_in();
    }
    let mut plain = DeflateDecoder::new(raw);
    let size = drained(&mut plain, left);
    size + plain.total_in() + zlib.total_in()
}

fn drained(from: impl Read, left: u64) -> u64 {
    let mut from = from.take(left.saturating_add(1));
    let (mut total, mut buffer) = (0_u64, [0; 16 << 10]);
    while let Ok(size) = from.read(&mut buffer) {
        if size == 0 {
            break;
        }
        total += size as u64;
    }
    total
}

/// Base 85, only to measure what lies under it.
fn ascii85(text: &[u8]) -> Vec<u8> {
    let (mut bytes, mut group) = (Vec::with_capacity(text.len()), Vec::with_capacity(5));
    for byte in text.iter().copied() {
        match byte {
            b'~' => break,
            b'z' if group.is_empty() => bytes.extend([0; 4]),
            b'!'..=b'u' => group.push(u32::from(byte - b'!')),
            _ => {}
        }
        if group.len() == 5 {
            bytes.extend(base85(&group));
            group.clear();
        }
    }
    if group.len() > 1 {
        let size = group.len() - 1;
        group.resize(5, 84);
        bytes.extend(base85(&group).into_iter().take(size));
    }
    bytes
}

fn base85(group: &[u32]) -> [u8; 4] {
    group
        .iter()
        .fold(0_u32, |sum, digit| sum.wrapping_mul(85).wrapping_add(*digit))
        .to_be_bytes()
}
