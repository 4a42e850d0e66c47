//! How an answer is cut into frames: events, lines, documents, chunks, envelopes. Which bytes of a frame are its content,
//! and which state its length; not what the content means.
//!
//! Each way is a [`Cutter`] over a growing buffer: it looks at every byte once, remembers how far it came, and never
//! copies.

mod chunks;
mod connect;
mod events;
mod eventstream;
mod lines;
mod values;

use std::ops::Range;

pub(super) use chunks::Chunks;
pub(super) use connect::{Connect, is_flags};
pub(super) use events::Events;
pub(super) use eventstream::{EventStream, PRELUDE, TRAILER, crc};
pub(super) use lines::Lines;
pub(super) use values::Values;

/// A frame that claims to be longer is none.
pub(super) const LONGEST: usize = 8 << 20;

/// One frame. All places are places in the buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) whole: Range<usize>,
    /// Name of the event, prefix of the line; empty where there is none.
    pub(super) name: Range<usize>,
    pub(super) body: Body,
    /// What has to be written anew when the content changes its length.
    pub(super) length: Option<Length>,
}

/// The content of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// Nothing to read.
    None,
    /// Consecutive bytes.
    Plain(Range<usize>),
    /// One document cut into lines.
    Lines(Vec<Range<usize>>),
    /// Compressed with gzip.
    Packed(Range<usize>),
    /// Nothing follows.
    End,
}

/// The statement of a length within a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Length {
    pub(super) field: Range<usize>,
    /// What it counts.
    pub(super) over: Range<usize>,
    pub(super) count: Count,
}

/// How a length is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// Four bytes, the highest first.
    Word,
    /// As in protobuf.
    Varint,
    /// Decimal digits that count UTF-16 code units.
    Utf16,
    /// The head of an event-stream frame: its total length, and checksums of head and frame.
    Checked,
}

/// What a cutter says about the bytes it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Frame(Frame),
    /// The next frame is not complete.
    More,
    /// The bytes are not framed in this way.
    Lost,
}

/// One way of framing.
pub(super) trait Cutter {
    /// The next complete frame.
    fn next(&mut self, buffer: &[u8]) -> Step;

    /// What is left when the stream ends, if it can be read.
    fn last(&mut self, buffer: &[u8]) -> Option<Frame>;

    /// Bytes before this place are complete frames, or between frames.
    fn incomplete(&self) -> usize;

    /// The first `count` bytes of the buffer are gone; they were complete.
    fn shift(&mut self, count: usize);
}

impl Frame {
    pub(super) fn new(whole: Range<usize>, body: Body) -> Self {
        Self {
            whole,
            name: 0..0,
            body,
            length: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, Chunks, Connect, Cutter, EventStream, Events, Frame, Lines, Step, Values};
    use proptest::prelude::*;

    type Make = fn() -> Box<dyn Cutter>;
    const CUTTERS: [Make; 6] = [
        || Box::new(Events::default()),
        || Box::new(Values::default()),
        || Box::new(Lines::default()),
        || Box::new(Chunks::default()),
        || Box::new(Connect::default()),
        || Box::new(EventStream::default()),
    ];

    proptest! {
        #[test]
        fn frames_are_the_same_however_the_bytes_arrive(
            shards in prop::collection::vec(prop::sample::select(SHARDS.to_vec()), 0..30), cut in any::<prop::sample::Index>(),
        ) {
            let bytes: Vec<u8> = shards.concat();
            for make in CUTTERS {
                let whole = cut_all(make(), &[&bytes]);
                let at = cut.index(bytes.len() + 1);
                prop_assert_eq!(&cut_all(make(), &[&bytes[..at], &bytes[at..]]), &whole);
                prop_assert_eq!(&cut_all(make(), &bytes.chunks(1).collect::<Vec<_>>()), &whole);
            }
        }
    }

    const SHARDS: [&[u8]; 22] = [
        b"data: x\n\n",
        b"event: y\r\n",
        b"\n",
        b"\r",
        b"{\"a\":1}",
        b"{\"a\":\"",
        b"\"}",
        b"[",
        b"]",
        b",",
        b"0:\"x\"\n",
        b"a0:",
        b")]}'\n\n",
        b"6\n[[1]]",
        b"4\n\xf0\x9f\x8c\x8a\n",
        b"\0\0\0\0\x02{}",
        b"\x01\0\0\0\x01x",
        b"\x02\0\0\0\x02{}",
        b"\0\0\0\x10\0\0\0\0\x05\xc2\x48\xeb\x7d\x98\xc8\xff",
        b"\0\0\0",
        b"\xef\xbb\xbf",
        b"\\",
    ];

    /// What is read: blank frames may be cut elsewhere, because a line break of two bytes may come in two.
    fn cut_all(mut cutter: Box<dyn Cutter>, chunks: &[&[u8]]) -> Vec<Option<Frame>> {
        let (mut buffer, mut frames) = (Vec::new(), Vec::new());
        for chunk in chunks {
            buffer.extend_from_slice(chunk);
            loop {
                match cutter.next(&buffer) {
                    Step::Frame(frame) => frames.push(Some(frame)),
                    Step::More => break,
                    Step::Lost => {
                        frames.push(None);
                        return frames;
                    }
                }
                assert!(cutter.incomplete() <= buffer.len());
            }
        }
        frames.extend(cutter.last(&buffer).map(Some));
        frames.retain(|frame| frame.as_ref().is_none_or(|frame| frame.body != Body::None));
        for frame in frames.iter_mut().flatten().filter(|frame| frame.length.is_none()) {
            frame.whole = 0..0;
        }
        frames
    }
}
