use crate::Frame;
use crate::frame::{MAGIC, claimed_len};

/// What stands at a place in a segment.
pub enum Step<'a> {
    /// A frame with a fitting checksum.
    Frame {
        /// Where it begins.
        offset: usize,
        /// The frame.
        frame: Frame<'a>,
    },
    /// Bytes that are no frame.
    Damage {
        /// Where they begin.
        offset: usize,
        /// Where the next frame begins, or the last byte that is not zero ends.
        end: usize,
    },
}

/// Goes through a segment, frame by frame, and past damage to the next whole frame. Zeros up to the end are the part
/// not yet written. Time is linear in the length: the bytes checked in vain while resyncing have a budget.
pub struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    budget: usize,
}

impl<'a> Walk<'a> {
    /// From the first byte of a segment.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            budget: bytes.len().saturating_mul(4).saturating_add(1 << 16),
        }
    }

    /// Where the next step begins.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.at
    }

    fn damage(&mut self) -> Step<'a> {
        let offset = self.at;
        let end = self.next_frame(offset + 1).unwrap_or_else(|| written_end(self.bytes));
        self.at = end;
        Step::Damage { offset, end }
    }

    fn next_frame(&mut self, from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            at += find_magic(self.bytes.get(at..)?)?;
            if self.frame_at(at).is_some() {
                return Some(at);
            }
            at += 1;
        }
    }

    /// Without budget nothing is a frame any more: the rest of the segment is damage.
    fn frame_at(&mut self, at: usize) -> Option<Frame<'a>> {
        let rest = self.bytes.get(at..)?;
        let len = claimed_len(rest).ok()?;
        if len > rest.len() || len > self.budget {
            return None;
        }
        let frame = Frame::parse(rest).ok();
        if frame.is_none() {
            self.budget -= len;
        }
        frame
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Step<'a>;

    fn next(&mut self) -> Option<Step<'a>> {
        if let Some(frame) = self.frame_at(self.at) {
            let offset = self.at;
            self.at += frame.len();
            return Some(Step::Frame { offset, frame });
        }
        if self.bytes.get(self.at..)?.iter().all(|&byte| byte == 0) {
            return None;
        }
        Some(self.damage())
    }
}

fn find_magic(bytes: &[u8]) -> Option<usize> {
    bytes.windows(MAGIC.len()).position(|window| window == MAGIC)
}

fn written_end(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1)
}
