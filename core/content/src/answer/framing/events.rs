//! Server-sent events cut out of the byte stream, as the HTML standard lays them down: lines end in LF, CR or CRLF, a
//! blank line ends an event, a byte-order mark may stand first.

use std::ops::Range;

use memchr::memchr2;

use super::{Body, Cutter, Frame, Step};

/// Finds the events of a growing buffer. All places are places in that buffer.
#[derive(Default)]
pub(in crate::answer) struct Events {
    event: usize,
    line: usize,
    scanned: usize,
    after_return: bool,
    begun: bool,
    data: Vec<Range<usize>>,
    name: Range<usize>,
}

impl Cutter for Events {
    fn next(&mut self, buffer: &[u8]) -> Step {
        self.event(buffer)
            .map_or(Step::More, |event| Step::Frame(self.frame(event)))
    }

    /// An event whose blank line is missing. Lenient clients read it.
    fn last(&mut self, buffer: &[u8]) -> Option<Frame> {
        self.begin();
        self.read_line(&buffer[self.line..]);
        Some(self.frame(self.event..buffer.len()))
    }

    fn incomplete(&self) -> usize {
        self.event
    }

    fn shift(&mut self, count: usize) {
        self.begin();
        self.event -= count;
        self.line -= count;
        self.scanned -= count;
        for place in self.data.iter_mut().chain([&mut self.name]) {
            *place = place.start.saturating_sub(count)..place.end.saturating_sub(count);
        }
    }
}

impl Events {
    fn frame(&self, event: Range<usize>) -> Frame {
        let body = match self.data.as_slice() {
            [] => Body::None,
            [data] => Body::Plain(data.clone()),
            lines => Body::Lines(lines.to_vec()),
        };
        Frame {
            name: self.name.clone(),
            ..Frame::new(event, body)
        }
    }

    /// The next complete event. A lone CR ends a line at once: waiting for a possible LF would delay the event.
    fn event(&mut self, buffer: &[u8]) -> Option<Range<usize>> {
        self.begin();
        loop {
            self.pass_line_feed(buffer);
            let Some(length) = memchr2(b'\n', b'\r', &buffer[self.scanned..]) else {
                self.scanned = buffer.len();
                return None;
            };
            let end = self.scanned + length;
            let blank = self.read_line(&buffer[self.line..end]);
            self.after_return = buffer[end] == b'\r';
            (self.line, self.scanned) = (end + 1, end + 1);
            if blank {
                self.pass_line_feed(buffer);
                let event = self.event..self.line;
                self.event = self.line;
                return Some(event);
            }
        }
    }

    /// Forgets the data of the event before, once no line of the next one was read.
    fn begin(&mut self) {
        if self.event == self.line {
            self.data.clear();
            self.name = 0..0;
        }
    }

    fn pass_line_feed(&mut self, buffer: &[u8]) {
        if !self.after_return || self.scanned != self.line {
            return;
        }
        let Some(&byte) = buffer.get(self.line) else { return };
        self.after_return = false;
        if byte == b'\n' {
            (self.line, self.scanned) = (self.line + 1, self.line + 1);
        }
    }

    /// True when the line is blank.
    fn read_line(&mut self, line: &[u8]) -> bool {
        let mark: &[u8] = if self.begun { b"" } else { b"\xef\xbb\xbf" };
        self.begun = true;
        let rest = line.strip_prefix(mark).unwrap_or(line);
        if let Some(value) = rest.strip_prefix(b"data:") {
            let value = value.strip_prefix(b" ").unwrap_or(value);
            let end = self.line + line.len();
            self.data.push(end - value.len()..end);
        } else if let Some(value) = rest.strip_prefix(b"event:") {
            let value = value.trim_ascii();
            let start = self.line + offset(line, value);
            self.name = start..start + value.len();
        }
        rest.is_empty()
    }
}

/// Where `part`, the last word of `line`, begins in it.
fn offset(line: &[u8], part: &[u8]) -> usize {
    line.trim_ascii_end().len() - part.len()
}

#[cfg(test)]
mod tests {
    use super::Events;
    use crate::answer::framing::{Body, Cutter, Frame, Step};

    const STREAM: &str = "\u{feff}data: one\n\nevent: x\r\ndata:two\r\ndata:  three\r\n\r\n: comment\rdata: four\r\rdata\n\nid: 5\n\ndata: six";

    #[test]
    fn lines_end_in_all_three_ways_and_data_lines_are_found() {
        assert_eq!(frames(&[STREAM.as_bytes()]), expected());
    }

    #[test]
    fn events_are_the_same_however_the_bytes_arrive() {
        let bytes = STREAM.as_bytes();
        for cut in 0..=bytes.len() {
            assert_eq!(frames(&[&bytes[..cut], &bytes[cut..]]), expected(), "cut at {cut}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(frames(&single), expected());
    }

    #[test]
    fn a_blank_line_of_a_lone_return_ends_the_event_at_once() {
        let mut framer = Events::default();
        assert_eq!(framer.event(b"data: x\r\r"), Some(0..9));
        assert_eq!(framer.event(b"data: x\r\r\ndata: y\n\n"), Some(9..19));
    }

    fn expected() -> Vec<Vec<&'static str>> {
        vec![
            vec!["one"],
            vec!["two", " three"],
            vec!["four"],
            vec![],
            vec![],
            vec!["six"],
        ]
    }

    /// The data of each event; also asserts that events lie end to end.
    fn frames(chunks: &[&[u8]]) -> Vec<Vec<String>> {
        let (mut framer, mut buffer, mut events, mut end) = (Events::default(), Vec::new(), Vec::new(), 0);
        let data = |frame: &Frame, buffer: &[u8]| {
            let lines = match &frame.body {
                Body::Plain(line) => vec![line.clone()],
                Body::Lines(lines) => lines.clone(),
                _ => Vec::new(),
            };
            lines
                .iter()
                .map(|line| String::from_utf8(buffer[line.clone()].to_vec()).unwrap())
                .collect()
        };
        for chunk in chunks {
            buffer.extend_from_slice(chunk);
            while let Step::Frame(frame) = framer.next(&buffer) {
                assert_eq!(frame.whole.start, end);
                end = frame.whole.end;
                events.push(data(&frame, &buffer));
            }
        }
        let last = framer.last(&buffer).unwrap();
        assert_eq!(last.whole, end..buffer.len());
        events.push(data(&last, &buffer));
        events
    }

    #[test]
    fn the_name_of_an_event_is_told() {
        let stream = b"event: one \ndata: x\n\ndata: y\n\n";
        let mut framer = Events::default();
        let mut names = Vec::new();
        while let Step::Frame(frame) = framer.next(stream) {
            names.push(&stream[frame.name]);
        }
        assert_eq!(names, [b"one".as_slice(), b""]);
    }
}
