//! Binary event-stream frames of AWS: total length, length of the headers, checksum of both; headers; content; checksum of
//! it all.

use std::ops::Range;

use flate2::Crc;

use super::{Body, Count, Cutter, Frame, LONGEST, Length, Step};

/// Two lengths and their checksum.
pub(in crate::answer) const PRELUDE: usize = 12;
/// The checksum at the end.
pub(in crate::answer) const TRAILER: usize = 4;
/// Type of a header whose value is text.
const TEXT: u8 = 7;

#[derive(Default)]
pub(in crate::answer) struct EventStream {
    start: usize,
}

impl Cutter for EventStream {
    fn next(&mut self, buffer: &[u8]) -> Step {
        let Some(prelude) = buffer[self.start..].first_chunk::<PRELUDE>() else {
            return Step::More;
        };
        let (total, headers) = (word(prelude, 0), word(prelude, 4));
        let shortest = PRELUDE.saturating_add(headers).saturating_add(TRAILER);
        if crc(&[&prelude[..8]]).to_be_bytes() != prelude[8..] || total < shortest || total > LONGEST {
            return Step::Lost;
        }
        let whole = self.start..self.start + total;
        let Some(frame) = buffer.get(whole.clone()) else {
            return Step::More;
        };
        self.start = whole.end;
        let (content, trailer) = frame.split_at(total - TRAILER);
        // A frame with a wrong checksum goes on as it is: the client will refuse it.
        if crc(&[content]).to_be_bytes() != trailer {
            return Step::Frame(Frame::new(whole, Body::None));
        }
        let headers = whole.start + PRELUDE..whole.start + PRELUDE + headers;
        Step::Frame(Frame {
            name: event_type(buffer, headers.clone()),
            length: Some(Length {
                field: whole.start..whole.start + PRELUDE,
                over: whole.clone(),
                count: Count::Checked,
            }),
            ..Frame::new(whole.clone(), Body::Plain(headers.end..whole.end - TRAILER))
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

/// The checksum of all parts, one behind the other.
pub(in crate::answer) fn crc(parts: &[&[u8]]) -> u32 {
    let mut crc = Crc::new();
    parts.iter().for_each(|part| crc.update(part));
    crc.sum()
}

fn word(bytes: &[u8], at: usize) -> usize {
    bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk())
        .map_or(0, |word| u32::from_be_bytes(*word) as usize)
}

/// The place of the value of the header `:event-type`; empty where it is missing.
fn event_type(buffer: &[u8], headers: Range<usize>) -> Range<usize> {
    let (mut at, end) = (headers.start, headers.end);
    let none = headers.start..headers.start;
    while at < end {
        let name = at + 1..at + 1 + usize::from(buffer[at]);
        let Some([kind, high, low]) = buffer.get(name.end..).and_then(|rest| rest.first_chunk()) else {
            return none;
        };
        let length = match kind {
            0 | 1 => 0,
            2 => 1,
            3 => 2,
            4 => 4,
            5 | 8 => 8,
            6 | &TEXT => 2 + usize::from(u16::from_be_bytes([*high, *low])),
            9 => 16,
            _ => return none,
        };
        let value = name.end + 1..name.end + 1 + length;
        if value.end > end {
            return none;
        }
        if *kind == TEXT && &buffer[name] == b":event-type" {
            return value.start + 2..value.end;
        }
        at = value.end;
    }
    none
}
