//! The envelopes of Connect, gRPC and gRPC-web: a flag byte, four bytes of length, the content; one behind the other.

use std::ops::Range;

/// Flag and length.
pub(crate) const HEAD: usize = 5;

const COMPRESSED: u8 = 0x01;
const END: u8 = 0x02;
const TRAILERS: u8 = 0x80;

/// One envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// With its head.
    pub(crate) span: Range<usize>,
    pub(crate) compressed: bool,
    /// The end of a stream or its trailers: no message.
    pub(crate) closing: bool,
}

/// Cuts bytes that consist of envelopes and nothing else. Text never does: no text starts with these flags.
pub(crate) fn frames(bytes: &[u8]) -> Option<Vec<Frame>> {
    let mut frames = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let (flags, length) = head(&bytes[at..])?;
        let end = at.checked_add(HEAD)?.checked_add(length)?;
        if end > bytes.len() {
            return None;
        }
        frames.push(Frame {
            span: at..end,
            compressed: flags & COMPRESSED != 0,
            closing: flags & (END | TRAILERS) != 0,
        });
        at = end;
    }
    (!frames.is_empty()).then_some(frames)
}

fn head(bytes: &[u8]) -> Option<(u8, usize)> {
    let [flags, length @ ..] = bytes.first_chunk::<HEAD>()?;
    let known = flags & !(COMPRESSED | END | TRAILERS) == 0 && flags & (END | TRAILERS) != END | TRAILERS;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    known.then_some((*flags, length))
}

#[cfg(test)]
mod tests {
    use super::frames;

    #[test]
    fn envelopes_are_cut_exactly_or_not_at_all() {
        let body = b"\x00\x00\x00\x00\x02{}\x03\x00\x00\x00\x01x\x80\x00\x00\x00\x00";
        let read = frames(body).unwrap();
        assert_eq!(
            read.iter().map(|frame| frame.span.clone()).collect::<Vec<_>>(),
            [0..7, 7..13, 13..18]
        );
        let told: Vec<(bool, bool)> = read.iter().map(|frame| (frame.compressed, frame.closing)).collect();
        assert_eq!(told, [(false, false), (true, true), (false, true)]);
        assert_eq!(frames(&body[..body.len() - 6]), None, "a frame is cut off");
        assert_eq!(frames(b"\x00\x00\x00\x00\x02{}x"), None);
        assert_eq!(frames(b"\x04\x00\x00\x00\x00"), None);
        assert_eq!(frames(b"\x82\x00\x00\x00\x00"), None);
        assert_eq!(frames(b"\x00\xFF\xFF\xFF\xFF{}"), None);
        assert_eq!(frames(b"{\"a\":1}"), None);
        assert_eq!(frames(b""), None);
    }
}
