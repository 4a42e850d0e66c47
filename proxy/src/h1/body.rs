//! Where bodies end, and chunked transfer coding, read strictly.

use std::ops::Range;

/// How a body ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Framing {
    /// No body.
    #[default]
    Empty,
    /// After this many bytes.
    Length(u64),
    /// After the last chunk.
    Chunked,
    /// With the connection (answers only).
    UntilClose,
}

/// The chunks of a body are malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chunks of the body are malformed")]
pub(crate) struct ChunkError;

/// Follows a body through its bytes.
pub(crate) enum BodyReader {
    Done,
    Length(u64),
    Chunked(ChunkReader),
    UntilClose,
}

/// One step: how many bytes were taken, and where the content in them is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) taken: usize,
    pub(crate) content: Range<usize>,
}

impl BodyReader {
    pub(crate) fn new(framing: Framing) -> Self {
        match framing {
            Framing::Empty | Framing::Length(0) => Self::Done,
            Framing::Length(length) => Self::Length(length),
            Framing::Chunked => Self::Chunked(ChunkReader::default()),
            Framing::UntilClose => Self::UntilClose,
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        match self {
            Self::Done => true,
            Self::Chunked(reader) => reader.is_done(),
            _ => false,
        }
    }

    /// True when the end of the stream is the end of the body.
    pub(crate) fn may_end(&self) -> bool {
        matches!(self, Self::UntilClose) || self.is_done()
    }

    /// Takes the next piece: at most one stretch of content. Takes nothing only when done or without input.
    pub(crate) fn step(&mut self, input: &[u8]) -> Result<Step, ChunkError> {
        match self {
            Self::Done => Ok(Step {
                taken: 0,
                content: 0..0,
            }),
            Self::UntilClose => Ok(Step {
                taken: input.len(),
                content: 0..input.len(),
            }),
            Self::Chunked(reader) => reader.step(input),
            Self::Length(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                *left -= taken as u64;
                if *left == 0 {
                    *self = Self::Done;
                }
                Ok(Step {
                    taken,
                    content: 0..taken,
                })
            }
        }
    }

    /// True when the content is over and trailers may follow.
    pub(crate) fn is_at_trailers(&self) -> bool {
        matches!(self, Self::Chunked(reader) if reader.is_at_trailers())
    }

    /// Takes content and framing alike, up to where trailers may follow.
    pub(crate) fn scan_before_trailers(&mut self, input: &[u8]) -> Result<usize, ChunkError> {
        let mut taken = 0;
        while taken < input.len() && !self.is_done() && !self.is_at_trailers() {
            taken += self.step(&input[taken..])?.taken;
        }
        Ok(taken)
    }

    /// Takes all that belongs to the body, content and framing alike.
    pub(crate) fn scan(&mut self, input: &[u8]) -> Result<usize, ChunkError> {
        let mut taken = 0;
        while taken < input.len() && !self.is_done() {
            taken += self.step(&input[taken..])?.taken;
        }
        Ok(taken)
    }
}

const MOST_EXTENSION: usize = 256;
const MOST_TRAILERS: usize = 16 * 1024;

/// Reads chunks. Strict: CRLF only, hexadecimal digits only, bounded extensions and trailers.
#[derive(Default)]
pub(crate) struct ChunkReader {
    state: State,
    left: u64,
    line: usize,
    trailers: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Size,
    Extension,
    SizeEnd,
    Content,
    ContentCr,
    ContentLf,
    Trailer,
    TrailerLf,
    Done,
}

impl ChunkReader {
    pub(crate) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    fn is_at_trailers(&self) -> bool {
        matches!(self.state, State::Trailer | State::TrailerLf)
    }

    /// Bytes left of the chunk being read; `None` between chunks.
    pub(crate) fn left_in_chunk(&self) -> Option<u64> {
        matches!(self.state, State::Content).then_some(self.left)
    }

    /// Trailer lines as written, without the empty line.
    pub(crate) fn trailers(&self) -> &[u8] {
        self.trailers.strip_suffix(b"\r\n").unwrap_or_default()
    }

    fn step(&mut self, input: &[u8]) -> Result<Step, ChunkError> {
        let mut taken = 0;
        while taken < input.len() && self.state != State::Done {
            if self.state == State::Content {
                let length = usize::try_from(self.left)
                    .unwrap_or(usize::MAX)
                    .min(input.len() - taken);
                self.left -= length as u64;
                if self.left == 0 {
                    self.state = State::ContentCr;
                }
                return Ok(Step {
                    taken: taken + length,
                    content: taken..taken + length,
                });
            }
            let before_trailers = !self.is_at_trailers();
            self.byte(input[taken])?;
            taken += 1;
            if before_trailers && self.is_at_trailers() {
                break;
            }
        }
        Ok(Step { taken, content: 0..0 })
    }

    /// One byte of framing.
    fn byte(&mut self, byte: u8) -> Result<(), ChunkError> {
        self.state = match (self.state, byte) {
            (State::Size, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') if self.line < 15 => {
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                self.left = self.left << 4 | u64::from(digit);
                self.line += 1;
                State::Size
            }
            (State::Size, b'\r') if self.line > 0 => State::SizeEnd,
            (State::Size, b';') if self.line > 0 => {
                self.line = 0;
                State::Extension
            }
            (State::Extension, b'\r') => State::SizeEnd,
            (State::Extension, b'\t' | b' '..=b'~' | 0x80..) if self.line < MOST_EXTENSION => {
                self.line += 1;
                State::Extension
            }
            (State::SizeEnd, b'\n') => {
                self.line = 0;
                if self.left == 0 { State::Trailer } else { State::Content }
            }
            (State::ContentCr, b'\r') => State::ContentLf,
            (State::ContentLf, b'\n') => State::Size,
            (State::Trailer | State::TrailerLf, _) => self.trailer(byte)?,
            _ => return Err(ChunkError),
        };
        Ok(())
    }

    fn trailer(&mut self, byte: u8) -> Result<State, ChunkError> {
        if self.trailers.len() >= MOST_TRAILERS {
            return Err(ChunkError);
        }
        self.trailers.push(byte);
        match (self.state, byte) {
            (State::TrailerLf, b'\n') => {
                let line = std::mem::take(&mut self.line);
                if line > 0 {
                    return Ok(State::Trailer);
                }
                check_trailers(&self.trailers)?;
                Ok(State::Done)
            }
            (State::Trailer, b'\r') => Ok(State::TrailerLf),
            (State::Trailer, b'\t' | b' '..=b'~' | 0x80..) => {
                self.line += 1;
                Ok(State::Trailer)
            }
            _ => Err(ChunkError),
        }
    }
}

/// Trailers must be fields, and none that frames a message.
fn check_trailers(lines: &[u8]) -> Result<(), ChunkError> {
    if lines == b"\r\n" {
        return Ok(());
    }
    let mut fields = [httparse::EMPTY_HEADER; 64];
    match httparse::parse_headers(lines, &mut fields) {
        Ok(httparse::Status::Complete((_, fields))) => {
            let framing = ["content-length", "transfer-encoding", "host", "trailer", "connection"];
            let bad = fields
                .iter()
                .any(|field| framing.iter().any(|name| field.name.eq_ignore_ascii_case(name)));
            if bad { Err(ChunkError) } else { Ok(()) }
        }
        _ => Err(ChunkError),
    }
}

/// Appends a chunk holding these bytes. Nothing for no bytes: an empty chunk would end the body.
pub(crate) fn write_chunk(out: &mut Vec<u8>, content: &[u8]) {
    if content.is_empty() {
        return;
    }
    write_chunk_size(out, content.len() as u64);
    out.extend_from_slice(content);
    out.extend_from_slice(b"\r\n");
}

/// Appends the line before a chunk's content.
pub(crate) fn write_chunk_size(out: &mut Vec<u8>, size: u64) {
    use std::io::Write;
    // Writing to a vector cannot fail.
    let _ = write!(out, "{size:x}\r\n");
}

/// Appends the end of a chunked body.
pub(crate) fn write_last_chunk(out: &mut Vec<u8>, trailers: &[u8]) {
    out.extend_from_slice(b"0\r\n");
    out.extend_from_slice(trailers);
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Content and what follows the body, read in pieces of these sizes.
    fn read(mut wire: &[u8], pieces: &[usize]) -> Result<(Vec<u8>, Vec<u8>), ChunkError> {
        let mut reader = BodyReader::new(Framing::Chunked);
        let mut content = Vec::new();
        let mut pieces = pieces.iter().cycle();
        while !wire.is_empty() && !reader.is_done() {
            let size = pieces.next().copied().unwrap_or(1).clamp(1, wire.len());
            let step = reader.step(&wire[..size])?;
            content.extend_from_slice(&wire[step.content]);
            wire = &wire[step.taken..];
        }
        assert!(reader.is_done());
        Ok((content, wire.to_vec()))
    }

    proptest! {
        #[test]
        fn chunks_give_their_content_however_they_are_cut(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..80), 0..12),
            pieces in prop::collection::vec(1_usize..40, 1..10),
            rest in prop::collection::vec(any::<u8>(), 0..20),
        ) {
            let mut wire = Vec::new();
            chunks.iter().for_each(|chunk| write_chunk(&mut wire, chunk));
            write_last_chunk(&mut wire, b"X-Sum: 1\r\n");
            wire.extend_from_slice(&rest);
            prop_assert_eq!(read(&wire, &pieces).unwrap(), (chunks.concat(), rest));
        }

        #[test]
        fn no_bytes_make_the_chunk_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            crate::fuzz::fuzz_chunks(&bytes);
        }
    }

    #[test]
    fn trailers_and_extensions_are_bounded() {
        let mut endless = b"0\r\n".to_vec();
        for n in 0..10_000 {
            endless.extend_from_slice(format!("X-{n}: 1\r\n").as_bytes());
        }
        assert_eq!(BodyReader::new(Framing::Chunked).scan(&endless), Err(ChunkError));
        let extension = format!("4;{}\r\n", "x".repeat(1000));
        assert_eq!(
            BodyReader::new(Framing::Chunked).scan(extension.as_bytes()),
            Err(ChunkError)
        );
    }
}
