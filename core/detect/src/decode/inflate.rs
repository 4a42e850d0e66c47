//! Compressed text inside an encoding: gzip, zlib, raw deflate. In memory, with a cap on what comes out.

use super::Budget;
use super::blob::{into_text, looks_like_text};
use flate2::{Decompress, FlushDecompress, Status};
use std::cell::RefCell;

/// Longest text taken from one compressed run.
const MAX_TEXT: usize = 256 * 1024;
/// A block with codes of its own spends more than this on them; shorter texts are written with the fixed ones.
pub(super) const SHORTEST_CODE: usize = 32;
/// The fixed part of a gzip header.
const GZIP_HEADER: usize = 10;

/// The text inside, or `None`. `bytes` is asked for only when the first of about so many can begin a compressed text.
pub(super) fn inflate(
    first: &[u8],
    length: usize,
    bytes: impl FnOnce() -> Vec<u8>,
    budget: &mut Budget,
) -> Option<String> {
    match Wrapping::of(first, length) {
        Some(Wrapping::Raw) if !budget.may_try() => None,
        Some(wrapping) => {
            let bytes = bytes();
            budget.spend(bytes.len());
            let body = wrapping.body(&bytes)?;
            let (text, ended) = unpack(body, matches!(wrapping, Wrapping::Zlib), budget)?;
            // Without a header, only an end in the right place tells data from noise.
            let believable = ended || !matches!(wrapping, Wrapping::Raw);
            into_text(text).filter(|_| believable)
        }
        None => None,
    }
}

/// False when nothing compressed, not longer than that, begins with these bytes: as many as are looked at.
pub(super) fn begins_compressed(first: &[u8], length: usize) -> bool {
    Wrapping::of(first, length).is_some()
}

/// False when nothing compressed, about so long, begins with these bytes.
pub(super) fn may_inflate([a, b, c]: [u8; 3], length: usize) -> bool {
    match a {
        0x1f => (b, c) == (0x8b, 8),
        1 => true,
        _ => {
            a & 7 == 0b011 && may_be_first((a >> 3 | b << 5).reverse_bits())
                || a & 7 == 0b101 && length >= SHORTEST_CODE
                || is_zlib(a, b)
        }
    }
}

fn is_zlib(a: u8, b: u8) -> bool {
    a & 0x0f == 8 && a >> 4 <= 7 && (u16::from(a) << 8 | u16::from(b)).is_multiple_of(31)
}

#[derive(Clone, Copy)]
enum Wrapping {
    Gzip,
    Zlib,
    Raw,
}

impl Wrapping {
    fn of(first: &[u8], length: usize) -> Option<Self> {
        match *first {
            [0x1f, 0x8b, 8, ..] => Some(Wrapping::Gzip),
            [a, b, c, ..] if is_zlib(a, b) && (c & 1 == 0 || Self::is_last(&first[2..], length)) => {
                Some(Wrapping::Zlib)
            }
            // How every short text begins.
            _ if Self::is_last(first, length) => Some(Wrapping::Raw),
            _ => None,
        }
    }

    /// True when the last block of something deflated begins here: stored, or with fixed or own codes.
    fn is_last(first: &[u8], length: usize) -> bool {
        match *first {
            [1, a, b, c, d, ..] => (a, b) == (!c, !d),
            [a, ..] if a & 7 == 0b011 => begins_with_letters(first),
            [a, ..] if a & 7 == 0b101 => length >= SHORTEST_CODE && has_whole_code(first),
            _ => false,
        }
    }

    /// The deflated part.
    fn body(self, bytes: &[u8]) -> Option<&[u8]> {
        const EXTRA: u8 = 4;
        const NAME: u8 = 8;
        const COMMENT: u8 = 16;
        if !matches!(self, Wrapping::Gzip) {
            return Some(bytes);
        }
        let flags = *bytes.get(3)?;
        let mut rest = bytes.get(GZIP_HEADER..)?;
        if flags & EXTRA != 0 {
            let length = usize::from(u16::from_le_bytes([*rest.first()?, *rest.get(1)?]));
            rest = rest.get(2 + length..)?;
        }
        for flag in [NAME, COMMENT] {
            if flags & flag != 0 {
                rest = &rest[memchr::memchr(0, rest)? + 1..];
            }
        }
        Some(rest)
    }
}

/// The first sixteen bytes as bits, the lowest first, behind the three that say which kind of block this is.
fn bits(first: &[u8]) -> u128 {
    let bytes = first.iter().take(16).enumerate();
    bytes.fold(0, |bits, (at, byte)| bits | u128::from(*byte) << (8 * at)) >> 3
}

/// True when the fixed code of the block stands for letters, and what it repeats was there: nearly all noise is told
/// apart without inflating anything.
fn begins_with_letters(first: &[u8]) -> bool {
    let mut bits = bits(first);
    let mut left = 8 * first.len().min(16) - 3;
    let mut written = 0;
    // A symbol takes nine bits at most, a repetition thirty-two.
    while left >= 32 {
        let eight = (bits as u8).reverse_bits();
        let (taken, adds) = match eight {
            // The end of a block as short as this hides nothing.
            0 | 1 => return false,
            ..0x30 => match repetition(bits >> 7, eight >> 1, written) {
                Some((taken, length)) => (7 + taken, length),
                None => return false,
            },
            0x30..=0xBF if looks_like_text(&[eight - 0x30]) => (8, 1),
            // A long repetition.
            0xC0..=0xC7 => return written > 0,
            // Nine bits: a character outside ASCII.
            0xC8.. => (9, 1),
            _ => return false,
        };
        written += adds;
        bits >>= taken;
        left -= taken;
    }
    true
}

/// False for the fixed codes that no text begins with: its end, what repeats nothing, what nobody prints.
fn may_be_first(eight: u8) -> bool {
    match eight {
        0x30..=0xBF => looks_like_text(&[eight - 0x30]),
        _ => eight >= 0xC8,
    }
}

/// The bits behind the code of a length, and that length; `None` when its distance reaches further back than the text.
fn repetition(bits: u128, code: u8, written: u32) -> Option<(usize, u32)> {
    // The first eight lengths stand for themselves; the next have one bit behind them for each four.
    let extra = usize::from((code.max(5) - 5) / 4);
    let length = match code {
        ..9 => u32::from(code) + 2,
        _ => ((4 + u32::from(code - 1) % 4) << extra) + 3 + (bits as u32 & ((1 << extra) - 1)),
    };
    let bits = bits >> extra;
    let distance = u32::from((bits as u8).reverse_bits()) >> 3;
    let more = (distance.max(2) as usize - 2) / 2;
    let back = match distance {
        ..4 => distance + 1,
        _ => ((2 + distance % 2) << more) + 1 + ((bits >> 5) as u32 & ((1 << more) - 1)),
    };
    (back <= written).then_some((extra + 5 + more, length))
}

/// True when the code lengths at the start of the block leave no gap, as those of a real one do.
fn has_whole_code(first: &[u8]) -> bool {
    const MOST: u128 = 29;
    let bits = bits(first);
    let (literals, distances, lengths) = (bits & 31, bits >> 5 & 31, (bits >> 10 & 15) + 4);
    let taken = |at: u128| match bits >> (14 + 3 * at) & 7 {
        0 => 0,
        length => 128 >> length,
    };
    literals <= MOST && distances <= MOST && (0..lengths).map(taken).sum::<u32>() == 128
}

/// Inflates as far as the data is whole; gives up when the beginning is no text. True when nothing is left over.
fn unpack(body: &[u8], zlib: bool, budget: &mut Budget) -> Option<(Vec<u8>, bool)> {
    thread_local! {
        /// To make one takes longer than most of what it is asked about.
        static STATES: [RefCell<Decompress>; 2] = [false, true].map(|zlib| RefCell::new(Decompress::new(zlib)));
    }
    STATES.with(|states| {
        let state = &mut states[usize::from(zlib)].borrow_mut();
        let unpacked = unpack_with(state, body, budget);
        // It keeps what it has read.
        state.reset(zlib);
        unpacked
    })
}

fn unpack_with(state: &mut Decompress, body: &[u8], budget: &mut Budget) -> Option<(Vec<u8>, bool)> {
    let mut out = Vec::with_capacity(64);
    let ended = loop {
        let before = state.total_in() as usize;
        let status = state.decompress_vec(body.get(before..)?, &mut out, FlushDecompress::None);
        if out.is_empty() || !looks_like_text(&out[..out.len().min(32)]) {
            return None;
        }
        let full = out.len() == out.capacity();
        match status {
            Ok(Status::StreamEnd) => break state.total_in() as usize == body.len(),
            Ok(_) if full && out.len() < MAX_TEXT && budget.left() > out.len() => out.reserve(out.len()),
            // What is cut off, or damaged at its end, is read as far as it goes.
            _ => break false,
        }
    };
    budget.spend(out.len());
    Some((out, ended))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write;

    fn inflated(bytes: &[u8]) -> Option<String> {
        inflate(&bytes[..12], bytes.len(), || bytes.to_vec(), &mut Budget::of(1 << 20))
    }

    #[test]
    fn every_wrapping_is_read() {
        let text = "the weir holds back what must not pass";
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(text.as_bytes()).unwrap();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        zlib.write_all(text.as_bytes()).unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::best());
        raw.write_all(text.as_bytes()).unwrap();
        for bytes in [gzip.finish().unwrap(), zlib.finish().unwrap(), raw.finish().unwrap()] {
            assert_eq!(inflated(&bytes).as_deref(), Some(text), "{:x?}", &bytes[..4]);
        }
    }

    #[test]
    fn what_grows_without_end_is_cut() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&b"stone ".repeat(1 << 20)).unwrap();
        assert!(inflated(&gzip.finish().unwrap()).unwrap().len() <= 2 * MAX_TEXT);
    }

    #[test]
    fn noise_is_not_read() {
        assert!(inflated(b"\x1f\x8b\x08\0\0\0\0\0\0\0\x99\x12\x77\x42").is_none());
        assert!(inflated(b"\xcb\x12\x77\x42\x91\x18\xff\x00\x42\x12\x77\x42").is_none());
    }
}
