//! Chunks with their length before them, as Google's pages read them: `)]}'`, then each time decimal digits and as many
//! UTF-16 code units, counted from the line break after the digits on.

use super::{Body, Count, Cutter, Frame, LONGEST, Length, Step};

/// Digits of the longest length.
const DIGITS: usize = 8;
const MARK: &[u8] = b")]}'";

#[derive(Default)]
pub(in crate::answer) struct Chunks {
    /// Everything before is complete.
    start: usize,
    begun: bool,
    /// The chunk that is being counted: its first unit, the next character, and the units left.
    counting: Option<(usize, usize, usize)>,
}

impl Cutter for Chunks {
    fn next(&mut self, buffer: &[u8]) -> Step {
        if !self.begun {
            let known = buffer.len().min(MARK.len());
            if buffer[..known] == MARK[..known] && known < MARK.len() {
                return Step::More;
            }
            self.begun = true;
            self.start = if buffer.starts_with(MARK) { MARK.len() } else { 0 };
        }
        if self.counting.is_none() {
            self.start += buffer[self.start..]
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            let head = &buffer[self.start..];
            let digits = head
                .iter()
                .take(DIGITS + 1)
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            let length = std::str::from_utf8(&head[..digits])
                .ok()
                .and_then(|digits| digits.parse().ok());
            match (head.get(digits), length) {
                (None, _) if digits <= DIGITS => return Step::More,
                (Some(b'\n'), Some(length)) if length > 0 && length <= LONGEST => {
                    self.counting = Some((self.start + digits, self.start + digits, length));
                }
                _ => return Step::Lost,
            }
        }
        self.count(buffer)
    }

    fn last(&mut self, _buffer: &[u8]) -> Option<Frame> {
        None
    }

    fn incomplete(&self) -> usize {
        self.start
    }

    fn shift(&mut self, count: usize) {
        self.start -= count;
        self.counting = self
            .counting
            .map(|(first, next, left)| (first - count, next - count, left));
    }
}

impl Chunks {
    fn count(&mut self, buffer: &[u8]) -> Step {
        let Some((first, mut next, mut left)) = self.counting else {
            return Step::More;
        };
        while left > 0 {
            let Some(&lead) = buffer.get(next) else { break };
            let (length, units) = match lead {
                0xf0.. => (4, 2),
                0xe0.. => (3, 1),
                0xc0.. => (2, 1),
                _ => (1, 1),
            };
            if next + length > buffer.len() {
                break;
            }
            if units > left {
                return Step::Lost;
            }
            (next, left) = (next + length, left - units);
        }
        self.counting = Some((first, next, left));
        if left > 0 {
            return Step::More;
        }
        let whole = self.start..next;
        self.counting = None;
        self.start = next;
        Step::Frame(Frame {
            length: Some(Length {
                field: whole.start..first,
                over: first..next,
                count: Count::Utf16,
            }),
            ..Frame::new(whole, Body::Plain(first..next))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Chunks;
    use crate::answer::framing::{Cutter, Step};

    #[test]
    fn lengths_count_utf16_units() {
        let stream = ")]}'\n\n9\n[\"\u{1f30a}\u{e9}\"]\n6\n[[1]]";
        let mut chunks = Chunks::default();
        let mut read = Vec::new();
        while let Step::Frame(frame) = chunks.next(stream.as_bytes()) {
            read.push(&stream[frame.whole]);
        }
        assert_eq!(read, ["9\n[\"\u{1f30a}\u{e9}\"]\n", "6\n[[1]]"]);
    }

    #[test]
    fn what_is_not_so_framed_is_told() {
        for stream in [
            "<html>",
            ")]}'\n[[1]]",
            ")]}'\n999999999\n",
            ")]}'\n0\n",
            ")]}'\n2\n\u{1f30a}",
        ] {
            assert_eq!(Chunks::default().next(stream.as_bytes()), Step::Lost, "{stream}");
        }
        assert_eq!(Chunks::default().next(b")]"), Step::More);
    }
}
