//! Compressed text inside an encoding: gzip, zlib, raw deflate. In memory, with a cap on what comes out.

use super::Budget;
use super::blob::{into_text, looks_like_text};
use flate2::{Decompress, FlushDecompress, Status};

/// Longest text taken from one compressed run.
const MAX_TEXT: usize = 256 * 1024;
/// The fixed part of a gzip header.
const GZIP_HEADER: usize = 10;

/// The text inside, or `None`. `bytes` is asked for only when the first bytes can begin a compressed text.
pub(super) fn inflate(first: &[u8], bytes: impl FnOnce() -> Vec<u8>, budget: &mut Budget) -> Option<String> {
    match Wrapping::of(first) {
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

#[derive(Clone, Copy)]
enum Wrapping {
    Gzip,
    Zlib,
    Raw,
}

impl Wrapping {
    fn of(first: &[u8]) -> Option<Self> {
        match *first {
            [0x1f, 0x8b, 8, ..] => Some(Wrapping::Gzip),
            [a, b, ..] if a & 0x0f == 8 && a >> 4 <= 7 && (u16::from(a) << 8 | u16::from(b)).is_multiple_of(31) => {
                Some(Wrapping::Zlib)
            }
            // A last block, stored or with fixed or own codes: how every short text begins.
            [1, a, b, c, d, ..] if (a, b) == (!c, !d) => Some(Wrapping::Raw),
            [a, ..] if a & 7 == 0b011 && begins_with_letters(first) => Some(Wrapping::Raw),
            [a, ..] if a & 7 == 0b101 && has_whole_code(first) => Some(Wrapping::Raw),
            _ => None,
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

/// Inflates as far as the data is whole; gives up when the beginning is no text. True when nothing is left over.
/// The first sixteen bytes as bits, the lowest first, behind the three that say which kind of block this is.
fn bits(first: &[u8]) -> u128 {
    let bytes = first.iter().take(16).enumerate();
    bytes.fold(0, |bits, (at, byte)| bits | u128::from(*byte) << (8 * at)) >> 3
}

/// True when the fixed code of the block stands for letters: three in four runs of noise are told apart without
/// inflating anything.
fn begins_with_letters(first: &[u8]) -> bool {
    const SYMBOLS: usize = 4;
    const LAST_LENGTH: u8 = 0b001_0111;
    let mut bits = bits(first);
    for symbol in 0..SYMBOLS {
        let eight = (bits as u8).reverse_bits();
        if eight >> 1 <= LAST_LENGTH {
            return symbol > 0;
        }
        let letter = match eight {
            0x30..=0xBF => eight - 0x30,
            // Repeats something, or begins a character outside ASCII.
            0xC0..=0xC7 => return symbol > 0,
            _ => return true,
        };
        if !looks_like_text(&[letter]) {
            return false;
        }
        bits >>= 8;
    }
    true
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

fn unpack(body: &[u8], zlib: bool, budget: &mut Budget) -> Option<(Vec<u8>, bool)> {
    let mut state = Decompress::new(zlib);
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
        inflate(&bytes[..12], || bytes.to_vec(), &mut Budget::of(1 << 20))
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
