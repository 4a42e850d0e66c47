//! Envelopes of Connect and gRPC-web: a byte of flags, four bytes of length, the content.

use super::{Body, Count, Cutter, Frame, LONGEST, Length, Step};

const HEAD: usize = 5;
const COMPRESSED: u8 = 1;
/// The closing message of Connect, and the trailers of gRPC-web.
const CLOSING: [u8; 2] = [2, 0x80];

#[derive(Default)]
pub(in crate::answer) struct Connect {
    start: usize,
}

/// True for the first byte of an envelope. No text begins so.
pub(in crate::answer) fn is_flags(byte: u8) -> bool {
    byte & !COMPRESSED == 0 || CLOSING.contains(&(byte & !COMPRESSED))
}

impl Cutter for Connect {
    fn next(&mut self, buffer: &[u8]) -> Step {
        let head = &buffer[self.start..];
        if head.first().is_some_and(|&flags| !is_flags(flags)) {
            return Step::Lost;
        }
        let Some([flags, length @ ..]) = head.first_chunk::<HEAD>() else {
            return Step::More;
        };
        let length = u32::from_be_bytes(*length) as usize;
        if length > LONGEST {
            return Step::Lost;
        }
        let content = self.start + HEAD..self.start + HEAD + length;
        if content.end > buffer.len() {
            return Step::More;
        }
        let whole = self.start..content.end;
        self.start = content.end;
        let body = match flags {
            _ if CLOSING.contains(&(flags & !COMPRESSED)) => Body::End,
            _ if flags & COMPRESSED != 0 => Body::Packed(content.clone()),
            _ => Body::Plain(content.clone()),
        };
        Step::Frame(Frame {
            length: Some(Length {
                field: whole.start + 1..whole.start + HEAD,
                over: content,
                count: Count::Word,
            }),
            ..Frame::new(whole, body)
        })
    }

    fn last(&mut self, _buffer: &[u8]) -> Option<Frame> {
        None
    }

    fn incomplete(&self) -> usize {
        self.start
    }

    fn shift(&mut self, count: usize) {
        self.start -= count;
    }
}
