//! Content codings of request bodies: taken off before reading, put on again after an edit.
//!
//! Bombs: a body may not grow beyond [`MAX_DECODED`], nor, once it is larger than [`FREE`], by more than [`MAX_RATIO`].
//!
//! What a coding carries beside the body is read by nobody here, and may be by whoever gets it: bytes behind the end, long fields
//! of a header, frames to be skipped. A body that has some counts as damaged.

use flate2::Compression;
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use std::io::{self, Read, Write};

/// The largest body that is read.
pub(crate) const MAX_DECODED: usize = 64 << 20;
/// Up to this size the ratio does not matter.
const FREE: usize = 4 << 20;
const MAX_RATIO: usize = 400;
/// Bytes of text in all headers of a gzip body: programs that send bodies write none.
const GZIP_TEXT: usize = 16;
/// Files have their names in them.
const GZIP_FILE_TEXT: usize = 255;
/// Members of one gzip body. Each costs a decoder.
const GZIP_MEMBERS: usize = 4096;
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
        bytes = decode_either(coding, &bytes, GZIP_TEXT, &mut Output::new(bytes.len(), MAX_DECODED))?;
    }
    Ok(bytes)
}

/// Takes a coding off that shows itself inside a body: a file may be in it.
pub(crate) fn decode_inside(coding: Coding, bytes: &[u8]) -> Result<Vec<u8>, CodingError> {
    let mut left = MAX_DECODED;
    decode_within(coding, bytes, &mut left)
}

/// The same for one of many. What comes out is taken from `left`, also where it ends in damage; where nothing is left,
/// nothing is tried.
pub(crate) fn decode_within(mut coding: Coding, bytes: &[u8], left: &mut usize) -> Result<Vec<u8>, CodingError> {
    if *left == 0 {
        return Err(CodingError::TooLarge);
    }
    let mut out = Output::new(bytes.len(), *left);
    let decoded = decode_either(&mut coding, bytes, GZIP_FILE_TEXT, &mut out);
    *left = left.saturating_sub(out.made);
    decoded
}

fn decode_either(
    coding: &mut Coding,
    bytes: &[u8],
    gzip_text: usize,
    out: &mut Output,
) -> Result<Vec<u8>, CodingError> {
    match decode_one(*coding, bytes, gzip_text, out) {
        Err(CodingError::Damaged) if *coding == Coding::Zlib => {
            *coding = Coding::Deflate;
            out.bytes.clear();
            decode_one(*coding, bytes, gzip_text, out)?;
        }
        decoded => decoded?,
    }
    Ok(std::mem::take(&mut out.bytes))
}

/// Puts all codings on again.
pub(crate) fn encode(codings: &[Coding], body: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = body.to_vec();
    for coding in codings {
        bytes = encode_one(*coding, &bytes)?;
    }
    Ok(bytes)
}

fn decode_one(coding: Coding, bytes: &[u8], gzip_text: usize, out: &mut Output) -> Result<(), CodingError> {
    match coding {
        Coding::Gzip => gunzip(bytes, gzip_text, out)?,
        Coding::Zlib => {
            let mut decoder = ZlibDecoder::new(bytes);
            out.read(&mut decoder)?;
            nothing_behind(decoder.get_ref())?;
        }
        Coding::Deflate => {
            let mut decoder = DeflateDecoder::new(bytes);
            out.read(&mut decoder)?;
            nothing_behind(decoder.get_ref())?;
        }
        Coding::Brotli => {
            let mut rest = bytes;
            let mut decoder = brotli::Decompressor::new(&mut rest, 4096);
            out.read(&mut decoder)?;
            // What is behind the end and in its buffer is an error the second time.
            out.read(&mut decoder)?;
            drop(decoder);
            nothing_behind(rest)?;
        }
        Coding::Zstd => {
            if !weir_files::is_all_frames(bytes) {
                return Err(CodingError::Damaged);
            }
            let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes).map_err(|_| CodingError::Damaged)?;
            decoder.window_log_max(26).map_err(|_| CodingError::Damaged)?;
            out.read(decoder)?;
        }
    }
    Ok(())
}

/// Member by member: each has a header.
fn gunzip(mut bytes: &[u8], text: usize, out: &mut Output) -> Result<(), CodingError> {
    let mut left = text;
    for _ in 0..GZIP_MEMBERS {
        let mut decoder = GzDecoder::new(bytes);
        out.read(&mut decoder)?;
        let header = decoder.header().ok_or(CodingError::Damaged)?;
        let fields = [header.extra(), header.filename(), header.comment()];
        let used: usize = fields.into_iter().flatten().map(<[u8]>::len).sum();
        left = left.checked_sub(used).ok_or(CodingError::Damaged)?;
        bytes = decoder.into_inner();
        if bytes.is_empty() {
            return Ok(());
        }
    }
    Err(CodingError::Damaged)
}

fn nothing_behind(rest: &[u8]) -> Result<(), CodingError> {
    match rest {
        [] => Ok(()),
        _ => Err(CodingError::Damaged),
    }
}

/// What comes out, as long as it is not too much.
struct Output {
    bytes: Vec<u8>,
    limit: usize,
    /// Bytes that came out of all attempts.
    made: usize,
}

impl Output {
    fn new(coded: usize, most: usize) -> Self {
        let limit = most.min(FREE.max(coded.saturating_mul(MAX_RATIO)));
        Self {
            bytes: Vec::with_capacity(limit.min(coded.saturating_mul(4))),
            limit,
            made: 0,
        }
    }

    fn read(&mut self, reader: impl Read) -> Result<(), CodingError> {
        let known = self.bytes.len();
        let left = self.limit - known;
        let read = reader.take(left as u64 + 1).read_to_end(&mut self.bytes);
        self.made += self.bytes.len() - known;
        if self.bytes.len() > self.limit {
            return Err(CodingError::TooLarge);
        }
        read.map(|_| ()).map_err(|_| CodingError::Damaged)
    }
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
    use super::{Coding, CodingError, decode, decode_inside, decode_within, encode, parse};

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
    fn what_stands_beside_the_body_is_damage() {
        for coding in [
            Coding::Gzip,
            Coding::Zlib,
            Coding::Deflate,
            Coding::Brotli,
            Coding::Zstd,
        ] {
            for length in [1, 100, 100_000] {
                let mut coded = encode(&[coding], b"hello").unwrap();
                coded.resize(coded.len() + length, b'x');
                let damaged = Err(CodingError::Damaged);
                assert_eq!(decode(&mut [coding], &coded), damaged, "{coding:?} and {length}");
            }
        }
        let named = |name: &str| {
            let builder = flate2::GzBuilder::new().filename(name);
            let mut encoder = builder.write(Vec::new(), flate2::Compression::default());
            std::io::Write::write_all(&mut encoder, b"hello").unwrap();
            encoder.finish().unwrap()
        };
        for (name, in_body, in_file) in [
            ("a.txt", true, true),
            (&"n".repeat(40), false, true),
            (&"n".repeat(300), false, false),
        ] {
            assert_eq!(decode(&mut [Coding::Gzip], &named(name)).is_ok(), in_body, "{name}");
            assert_eq!(decode_inside(Coding::Gzip, &named(name)).is_ok(), in_file, "{name}");
        }
        let mut skipped = vec![0x5A, 0x2A, 0x4D, 0x18, 5, 0, 0, 0];
        skipped.extend_from_slice(b"extra");
        let frame = encode(&[Coding::Zstd], b"hello").unwrap();
        for coded in [[&skipped[..], &frame].concat(), [&frame[..], &skipped].concat()] {
            assert_eq!(decode(&mut [Coding::Zstd], &coded), Err(CodingError::Damaged));
        }
    }

    #[test]
    fn members_and_frames_behind_each_other_are_one_body() {
        for coding in [Coding::Gzip, Coding::Zstd] {
            let [one, two] = [b"hello ", b"world!"].map(|part| encode(&[coding], part).unwrap());
            assert_eq!(decode(&mut [coding], &[one, two].concat()).unwrap(), b"hello world!");
        }
    }

    #[test]
    fn what_comes_out_is_paid_for_also_where_it_ends_in_damage() {
        let whole = encode(&[Coding::Gzip], &[b'a'; 1000]).unwrap();
        let mut wrong_sum = whole.clone();
        let sum = wrong_sum.len() - 8;
        wrong_sum[sum] ^= 1;
        let mut left = 2500;
        assert_eq!(decode_within(Coding::Gzip, &whole, &mut left).unwrap().len(), 1000);
        let damaged = decode_within(Coding::Gzip, &wrong_sum, &mut left);
        assert_eq!((damaged, left), (Err(CodingError::Damaged), 500));
        // The decoder is stopped at what is left, and not called again.
        for bytes in [&whole, &wrong_sum] {
            let too_large = decode_within(Coding::Gzip, bytes, &mut left);
            assert_eq!((too_large, left), (Err(CodingError::TooLarge), 0));
        }
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
