//! Content codings of request bodies: taken off before reading, put on again after an edit.
//!
//! Bombs: a body may not grow beyond [`MAX_DECODED`], nor, once it is larger than [`FREE`], by more than [`MAX_RATIO`].

use flate2::Compression;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use std::io::{self, Read, Write};

/// The largest body that is read.
pub(crate) const MAX_DECODED: usize = 64 << 20;
/// Up to this size the ratio does not matter.
const FREE: usize = 4 << 20;
const MAX_RATIO: usize = 400;
/// More codings than this in one header are nobody's request.
const MAX_CODINGS: usize = 3;

/// One content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    /// `deflate` as the standard says: with zlib's frame.
    Zlib,
    /// `deflate` as some clients send it: bare.
    Deflate,
    Brotli,
    Zstd,
}

/// Why a body could not be taken out of its coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodingError {
    Unknown,
    Damaged,
    TooLarge,
}

/// The codings a `content-encoding` header names, in the order they were applied.
pub(crate) fn parse(header: &[u8]) -> Result<Vec<Coding>, CodingError> {
    let header = std::str::from_utf8(header).map_err(|_| CodingError::Unknown)?;
    let mut codings = Vec::new();
    for name in header.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match name.to_ascii_lowercase().as_str() {
            "identity" => {}
            "gzip" | "x-gzip" => codings.push(Coding::Gzip),
            "deflate" => codings.push(Coding::Zlib),
            "br" => codings.push(Coding::Brotli),
            "zstd" => codings.push(Coding::Zstd),
            _ => return Err(CodingError::Unknown),
        }
    }
    if codings.len() > MAX_CODINGS {
        Err(CodingError::Unknown)
    } else {
        Ok(codings)
    }
}

/// The one coding of a name, for headers that name one.
pub(crate) fn named(name: &str) -> Option<Coding> {
    parse(name.as_bytes()).ok()?.first().copied()
}

/// Takes all codings off. Sets [`Coding::Deflate`] where a bare stream was found.
pub(crate) fn decode(codings: &mut [Coding], body: &[u8]) -> Result<Vec<u8>, CodingError> {
    let mut bytes = body.to_vec();
    for coding in codings.iter_mut().rev() {
        bytes = match decode_one(*coding, &bytes) {
            Err(CodingError::Damaged) if *coding == Coding::Zlib => {
                *coding = Coding::Deflate;
                decode_one(*coding, &bytes)?
            }
            decoded => decoded?,
        };
    }
    Ok(bytes)
}

/// Puts all codings on again.
pub(crate) fn encode(codings: &[Coding], body: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = body.to_vec();
    for coding in codings {
        bytes = encode_one(*coding, &bytes)?;
    }
    Ok(bytes)
}

fn decode_one(coding: Coding, bytes: &[u8]) -> Result<Vec<u8>, CodingError> {
    match coding {
        Coding::Gzip => read_all(MultiGzDecoder::new(bytes), bytes.len()),
        Coding::Zlib => read_all(ZlibDecoder::new(bytes), bytes.len()),
        Coding::Deflate => read_all(DeflateDecoder::new(bytes), bytes.len()),
        Coding::Brotli => read_all(brotli::Decompressor::new(bytes, 4096), bytes.len()),
        Coding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes).map_err(|_| CodingError::Damaged)?;
            decoder.window_log_max(26).map_err(|_| CodingError::Damaged)?;
            read_all(decoder, bytes.len())
        }
    }
}

fn read_all(mut reader: impl Read, coded: usize) -> Result<Vec<u8>, CodingError> {
    let limit = MAX_DECODED.min(FREE.max(coded.saturating_mul(MAX_RATIO)));
    let mut out = Vec::with_capacity(limit.min(coded.saturating_mul(4)));
    let read = reader.by_ref().take(limit as u64 + 1).read_to_end(&mut out);
    if out.len() > limit {
        return Err(CodingError::TooLarge);
    }
    read.map(|_| out).map_err(|_| CodingError::Damaged)
}

fn encode_one(coding: Coding, bytes: &[u8]) -> io::Result<Vec<u8>> {
    match coding {
        Coding::Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(bytes)?;
            encoder.finish()
        }
        Coding::Zlib => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(bytes)?;
            encoder.finish()
        }
        Coding::Deflate => {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(bytes)?;
            encoder.finish()
        }
        Coding::Brotli => {
            let mut out = Vec::new();
            let mut encoder = brotli::CompressorWriter::new(&mut out, 4096, 5, 22);
            encoder.write_all(bytes)?;
            encoder.flush()?;
            drop(encoder);
            Ok(out)
        }
        Coding::Zstd => zstd::stream::encode_all(bytes, 3),
    }
}

#[cfg(test)]
mod tests {
    use super::{Coding, CodingError, decode, encode, parse};

    #[test]
    fn each_coding_comes_off_and_goes_on() {
        let text = b"a body that says a body that says".as_slice();
        for coding in [
            Coding::Gzip,
            Coding::Zlib,
            Coding::Deflate,
            Coding::Brotli,
            Coding::Zstd,
        ] {
            let coded = encode(&[coding], text).unwrap();
            assert_eq!(decode(&mut [coding], &coded).unwrap(), text, "{coding:?}");
        }
        let mut both = parse(b"gzip, zstd").unwrap();
        let coded = encode(&both, text).unwrap();
        assert_eq!(decode(&mut both, &coded).unwrap(), text);
    }

    #[test]
    fn a_bare_deflate_stream_is_recognised_and_kept_bare() {
        let coded = encode(&[Coding::Deflate], b"bare").unwrap();
        let mut codings = parse(b"deflate").unwrap();
        assert_eq!(decode(&mut codings, &coded).unwrap(), b"bare");
        assert_eq!(codings, [Coding::Deflate]);
    }

    #[test]
    fn bombs_damage_and_strangers_are_told_apart() {
        let bomb = encode(&[Coding::Zstd], &vec![b'a'; 80 << 20]).unwrap();
        assert_eq!(decode(&mut [Coding::Zstd], &bomb), Err(CodingError::TooLarge));
        let mut cut = encode(&[Coding::Gzip], b"some text").unwrap();
        cut.truncate(12);
        assert_eq!(decode(&mut [Coding::Gzip], &cut), Err(CodingError::Damaged));
        assert_eq!(parse(b"snappy"), Err(CodingError::Unknown));
        assert_eq!(parse(b"gzip, gzip, gzip, gzip"), Err(CodingError::Unknown));
        assert_eq!(parse(b" identity ").unwrap(), []);
    }
}
