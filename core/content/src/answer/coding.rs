//! Content codings undone as the bytes arrive: each chunk yields all it can at once, so that no event waits in a decoder.
//!
//! The caller's own memory is bounded by [`EXPANSION`] a chunk; the decoders' windows by [`ZSTD_WINDOW_LOG`] and the
//! formats themselves.

use brotli::enc::StandardAlloc;
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};
use flate2::{Crc, Decompress, FlushDecompress, Status};
use zstd::stream::raw::{DParameter, Decoder as ZstdDecoder, Operation};

use super::AnswerError;
use crate::coding::{self, Coding, CodingError};

/// Most bytes one chunk may expand to.
pub(super) const EXPANSION: usize = 64 << 20;

/// RFC 8878 advises at least 8 MiB; RFC 9659 allows no more for HTTP.
const ZSTD_WINDOW_LOG: u32 = 23;

const PIECE: usize = 4 << 10;

/// The codings of one answer, outermost first.
#[derive(Default)]
pub(super) struct Codings {
    layers: Vec<Layer>,
}

impl Codings {
    /// From the `Content-Encoding` header.
    pub(super) fn parse(header: Option<&str>) -> Result<Self, CodingError> {
        let applied = coding::parse(header.unwrap_or_default().as_bytes())?;
        let layers = applied
            .into_iter()
            .rev()
            .map(|coding| Layer::new(coding).ok_or(CodingError::Unknown));
        Ok(Self {
            layers: layers.collect::<Result<_, _>>()?,
        })
    }

    /// Undoes all layers of `bytes`, appending to `out`.
    pub(super) fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), AnswerError> {
        through(&mut self.layers, bytes, out, out.len() + EXPANSION)
    }

    /// An answer that ends inside a coding was cut.
    pub(super) fn finish(&self) -> Result<(), AnswerError> {
        match self.layers.iter().find(|layer| !layer.at_end()) {
            Some(layer) => Err(AnswerError::Truncated(layer.name())),
            None => Ok(()),
        }
    }
}

fn through(layers: &mut [Layer], bytes: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), AnswerError> {
    let Some((first, rest)) = layers.split_first_mut() else {
        out.extend_from_slice(bytes);
        return if out.len() > limit {
            Err(AnswerError::Expansion(EXPANSION))
        } else {
            Ok(())
        };
    };
    first.push(bytes, &mut |piece| through(rest, piece, out, limit))
}

enum Layer {
    Gzip(Box<Gzip>),
    Deflate(Deflate),
    Brotli(Box<Brotli>),
    Zstd(Box<Zstd>),
}

type Emit<'a> = dyn FnMut(&[u8]) -> Result<(), AnswerError> + 'a;

impl Layer {
    fn new(coding: Coding) -> Option<Self> {
        match coding {
            Coding::Gzip => Some(Layer::Gzip(Box::default())),
            Coding::Zlib | Coding::Deflate => Some(Layer::Deflate(Deflate::default())),
            Coding::Brotli => Some(Layer::Brotli(Box::default())),
            Coding::Zstd => Zstd::new().map(|zstd| Layer::Zstd(Box::new(zstd))),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Layer::Gzip(_) => "gzip",
            Layer::Deflate(_) => "deflate",
            Layer::Brotli(_) => "br",
            Layer::Zstd(_) => "zstd",
        }
    }

    fn push(&mut self, bytes: &[u8], emit: &mut Emit<'_>) -> Result<(), AnswerError> {
        match self {
            Layer::Gzip(gzip) => gzip.push(bytes, emit),
            Layer::Deflate(deflate) => deflate.push(bytes, emit),
            Layer::Brotli(brotli) => brotli.push(bytes, emit),
            Layer::Zstd(zstd) => zstd.push(bytes, emit),
        }
    }

    /// An empty body is complete in every coding: some servers send none.
    fn at_end(&self) -> bool {
        match self {
            Layer::Gzip(gzip) => matches!(gzip.part, Part::Between | Part::After) || gzip.untouched(),
            Layer::Deflate(deflate) => deflate.ended || deflate.inflate.is_none(),
            Layer::Brotli(brotli) => brotli.ended || !brotli.begun,
            Layer::Zstd(zstd) => zstd.frame_ended,
        }
    }
}

/// Runs deflate data through `inflate` until the input is used up or the data ends. Returns the bytes used.
fn inflate_all(
    inflate: &mut Decompress,
    bytes: &[u8],
    name: &'static str,
    emit: &mut Emit<'_>,
) -> Result<(usize, bool), AnswerError> {
    let damaged = || AnswerError::DamagedCoding(name);
    let mut piece = vec![0; PIECE];
    let mut used = 0;
    loop {
        let (before_in, before_out) = (inflate.total_in(), inflate.total_out());
        let status = inflate
            .decompress(&bytes[used..], &mut piece, FlushDecompress::None)
            .map_err(|_| damaged())?;
        // Both counters grew by at most the lengths of the two slices.
        let (read, wrote) = (
            (inflate.total_in() - before_in) as usize,
            (inflate.total_out() - before_out) as usize,
        );
        used += read;
        emit(&piece[..wrote])?;
        match status {
            Status::StreamEnd => return Ok((used, true)),
            Status::Ok | Status::BufError if read == 0 && wrote == 0 => {
                return if used == bytes.len() {
                    Ok((used, false))
                } else {
                    Err(damaged())
                };
            }
            Status::Ok | Status::BufError => {}
        }
    }
}

/// `deflate` means zlib; some servers send the bare data, which the first two bytes tell apart.
#[derive(Default)]
struct Deflate {
    head: Vec<u8>,
    inflate: Option<Decompress>,
    ended: bool,
}

impl Deflate {
    fn push(&mut self, bytes: &[u8], emit: &mut Emit<'_>) -> Result<(), AnswerError> {
        if self.ended || bytes.is_empty() {
            return Ok(());
        }
        let Some(inflate) = &mut self.inflate else {
            self.head.extend_from_slice(bytes);
            let [first, second, ..] = self.head[..] else {
                return Ok(());
            };
            let zlib = first & 0x0f == 8 && u16::from_be_bytes([first, second]).is_multiple_of(31);
            self.inflate = Some(Decompress::new(zlib));
            let head = std::mem::take(&mut self.head);
            return self.push(&head, emit);
        };
        self.ended = inflate_all(inflate, bytes, "deflate", emit)?.1;
        Ok(())
    }
}

/// Gzip: members one after the other, each a head, deflate data, and a checksum. What follows the last member and is no
/// member is padding, and ignored as browsers do.
struct Gzip {
    part: Part,
    head: Vec<u8>,
    inflate: Decompress,
    checksum: Crc,
}

enum Part {
    Head,
    Body,
    Trailer,
    Between,
    After,
}

impl Default for Gzip {
    fn default() -> Self {
        Self {
            part: Part::Head,
            head: Vec::new(),
            inflate: Decompress::new(false),
            checksum: Crc::new(),
        }
    }
}

/// A longer gzip head (file name, comment) is not an answer's.
const LONGEST_HEAD: usize = 64 << 10;

impl Gzip {
    fn untouched(&self) -> bool {
        matches!(self.part, Part::Head) && self.head.is_empty()
    }

    fn push(&mut self, mut bytes: &[u8], emit: &mut Emit<'_>) -> Result<(), AnswerError> {
        while !bytes.is_empty() {
            let used = match self.part {
                Part::Head => self.read_head(bytes)?,
                Part::Body => self.read_body(bytes, emit)?,
                Part::Trailer => self.read_trailer(bytes)?,
                Part::Between => {
                    self.part = if bytes[0] == 0x1f { Part::Head } else { Part::After };
                    0
                }
                Part::After => bytes.len(),
            };
            bytes = &bytes[used..];
        }
        Ok(())
    }

    fn read_head(&mut self, bytes: &[u8]) -> Result<usize, AnswerError> {
        let before = self.head.len();
        self.head.extend_from_slice(&bytes[..bytes.len().min(LONGEST_HEAD)]);
        match gzip_head(&self.head) {
            Head::Length(length) => {
                self.head.clear();
                self.inflate.reset(false);
                self.checksum.reset();
                self.part = Part::Body;
                // The head was not complete before these bytes came.
                Ok(length - before)
            }
            Head::Incomplete if self.head.len() < LONGEST_HEAD => Ok(bytes.len()),
            Head::Incomplete | Head::Damaged => Err(AnswerError::DamagedCoding("gzip")),
        }
    }

    fn read_body(&mut self, bytes: &[u8], emit: &mut Emit<'_>) -> Result<usize, AnswerError> {
        let checksum = &mut self.checksum;
        let (used, ended) = inflate_all(&mut self.inflate, bytes, "gzip", &mut |piece| {
            checksum.update(piece);
            emit(piece)
        })?;
        if ended {
            self.part = Part::Trailer;
        }
        Ok(used)
    }

    fn read_trailer(&mut self, bytes: &[u8]) -> Result<usize, AnswerError> {
        let used = bytes.len().min(8 - self.head.len());
        self.head.extend_from_slice(&bytes[..used]);
        if let [a, b, c, d, _, _, _, _] = self.head[..] {
            if u32::from_le_bytes([a, b, c, d]) != self.checksum.sum() {
                return Err(AnswerError::DamagedCoding("gzip"));
            }
            self.head.clear();
            self.part = Part::Between;
        }
        Ok(used)
    }
}

enum Head {
    Length(usize),
    Incomplete,
    Damaged,
}

/// Length of the gzip head at the beginning of `bytes` (RFC 1952).
fn gzip_head(bytes: &[u8]) -> Head {
    const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
    let known = bytes.len().min(3);
    if bytes[..known] != MAGIC[..known] {
        return Head::Damaged;
    }
    let Some(&flags) = bytes.get(3) else {
        return Head::Incomplete;
    };
    let mut at = 10;
    if flags & 4 != 0 {
        let (Some(&low), Some(&high)) = (bytes.get(at), bytes.get(at + 1)) else {
            return Head::Incomplete;
        };
        at += 2 + usize::from(u16::from_le_bytes([low, high]));
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            let Some(length) = bytes.get(at..).and_then(|rest| memchr::memchr(0, rest)) else {
                return Head::Incomplete;
            };
            at += length + 1;
        }
    }
    if flags & 2 != 0 {
        at += 2;
    }
    if bytes.len() < at {
        Head::Incomplete
    } else {
        Head::Length(at)
    }
}

struct Brotli {
    state: BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    begun: bool,
    ended: bool,
}

impl Default for Brotli {
    fn default() -> Self {
        let state = BrotliState::new(
            StandardAlloc::default(),
            StandardAlloc::default(),
            StandardAlloc::default(),
        );
        Self {
            state,
            begun: false,
            ended: false,
        }
    }
}

impl Brotli {
    fn push(&mut self, bytes: &[u8], emit: &mut Emit<'_>) -> Result<(), AnswerError> {
        let mut piece = vec![0; PIECE];
        let (mut left, mut used, mut total) = (bytes.len(), 0, 0);
        self.begun |= left != 0;
        while !self.ended {
            let (mut room, mut wrote) = (piece.len(), 0);
            let result = BrotliDecompressStream(
                &mut left,
                &mut used,
                bytes,
                &mut room,
                &mut wrote,
                &mut piece,
                &mut total,
                &mut self.state,
            );
            emit(&piece[..wrote])?;
            match result {
                BrotliResult::ResultSuccess => self.ended = true,
                BrotliResult::NeedsMoreOutput => {}
                BrotliResult::NeedsMoreInput => return Ok(()),
                BrotliResult::ResultFailure => return Err(AnswerError::DamagedCoding("br")),
            }
        }
        Ok(())
    }
}

struct Zstd {
    decoder: ZstdDecoder<'static>,
    frame_ended: bool,
}

impl Zstd {
    fn new() -> Option<Self> {
        let mut decoder = ZstdDecoder::new().ok()?;
        decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG)).ok()?;
        Some(Self {
            decoder,
            frame_ended: true,
        })
    }

    fn push(&mut self, bytes: &[u8], emit: &mut Emit<'_>) -> Result<(), AnswerError> {
        let mut piece = vec![0; PIECE];
        let mut used = 0;
        loop {
            if used == bytes.len() && self.frame_ended {
                return Ok(());
            }
            let status = self
                .decoder
                .run_on_buffers(&bytes[used..], &mut piece)
                .map_err(|_| AnswerError::DamagedCoding("zstd"))?;
            used += status.bytes_read;
            self.frame_ended = status.remaining == 0;
            emit(&piece[..status.bytes_written])?;
            if status.bytes_written < piece.len() && used == bytes.len() {
                return Ok(());
            }
            if status.bytes_read == 0 && status.bytes_written == 0 {
                return Err(AnswerError::DamagedCoding("zstd"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Codings, EXPANSION};
    use crate::answer::AnswerError;
    use crate::answer::samples::{CODINGS, compress, compress_flushed};

    #[test]
    fn each_flushed_chunk_yields_its_bytes_at_once() {
        let chunks: Vec<Vec<u8>> = (0..20)
            .map(|i| format!("data: {{\"v\":\" word {i}\"}}\n\n").into_bytes())
            .collect();
        for coding in CODINGS {
            let mut codings = Codings::parse(Some(coding)).unwrap();
            for (i, piece) in compress_flushed(coding, &chunks).iter().enumerate() {
                let mut out = Vec::new();
                codings.push(piece, &mut out).unwrap();
                assert_eq!(out, chunks.get(i).cloned().unwrap_or_default(), "{coding} chunk {i}");
            }
            codings.finish().unwrap();
        }
    }

    #[test]
    fn codings_are_undone_byte_by_byte_and_in_layers() {
        let text = b"gzip in brotli in zstd in deflate".repeat(50);
        for header in [
            "gzip",
            "deflate",
            "br",
            "zstd",
            "x-gzip",
            "gzip, br",
            "zstd,deflate",
            "identity, gzip",
        ] {
            let mut bytes = text.clone();
            for coding in header.split(',').map(str::trim).filter(|c| *c != "identity") {
                bytes = compress(coding, &bytes);
            }
            let mut codings = Codings::parse(Some(header)).unwrap();
            let mut out = Vec::new();
            for byte in &bytes {
                codings.push(std::slice::from_ref(byte), &mut out).unwrap();
            }
            codings.finish().unwrap();
            assert!(out == text, "{header}");
        }
    }

    #[test]
    fn bare_deflate_and_several_gzip_members_are_read() {
        use std::io::Write;
        let mut bare = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        bare.write_all(b"bare").unwrap();
        assert_eq!(undo("deflate", &bare.finish().unwrap()).unwrap(), b"bare");
        let mut members = compress("gzip", b"one ");
        members.extend(compress("gzip", b"two"));
        members.extend([0; 5]);
        assert_eq!(undo("gzip", &members).unwrap(), b"one two");
    }

    #[test]
    fn damage_and_truncation_are_told_apart() {
        for coding in CODINGS {
            let whole = compress(coding, &b"some text that is long enough to matter ".repeat(20));
            assert_eq!(
                undo(coding, &whole[..whole.len() - 3]),
                Err(AnswerError::Truncated(coding)),
                "{coding}"
            );
            assert_eq!(
                undo(coding, &[0xff; 200]).unwrap_err(),
                AnswerError::DamagedCoding(coding),
                "{coding}"
            );
            assert_eq!(undo(coding, b""), Ok(Vec::new()), "{coding}");
        }
        let mut wrong_checksum = compress("gzip", b"text");
        let at = wrong_checksum.len() - 8;
        wrong_checksum[at] ^= 1;
        assert_eq!(undo("gzip", &wrong_checksum), Err(AnswerError::DamagedCoding("gzip")));
    }

    #[test]
    fn a_chunk_that_expands_without_end_is_refused() {
        let bomb = compress("zstd", &vec![b'a'; EXPANSION + 1]);
        assert_eq!(undo("zstd", &bomb), Err(AnswerError::Expansion(EXPANSION)));
    }

    #[test]
    fn unknown_and_endless_lists_of_codings_are_not_read() {
        for header in ["compress", "gzip, exi", "gzip,gzip,gzip,gzip"] {
            assert!(Codings::parse(Some(header)).is_err(), "{header}");
        }
        assert!(Codings::parse(Some(" Identity ,")).unwrap().layers.is_empty());
    }

    fn undo(coding: &str, bytes: &[u8]) -> Result<Vec<u8>, AnswerError> {
        let mut codings = Codings::parse(Some(coding)).unwrap();
        let mut out = Vec::new();
        codings.push(bytes, &mut out)?;
        codings.finish()?;
        Ok(out)
    }
}
