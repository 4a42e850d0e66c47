//! Server-sent events cut out of the byte stream, as the HTML standard lays them down: lines end in LF, CR or CRLF, a
//! blank line ends an event, a byte-order mark may stand first.

use std::ops::Range;

use memchr::memchr2;

/// Finds the events of a growing buffer. All places are places in that buffer.
#[derive(Default)]
pub(super) struct Framer {
    event: usize,
    line: usize,
    scanned: usize,
    after_return: bool,
    begun: bool,
    data: Vec<Range<usize>>,
}

impl Framer {
    /// The next complete event. A lone CR ends a line at once: waiting for a possible LF would delay the event.
    pub(super) fn next(&mut self, buffer: &[u8]) -> Option<Range<usize>> {
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

    /// What is left when the stream ends: an event whose blank line is missing. Lenient clients read it.
    pub(super) fn last(&mut self, buffer: &[u8]) -> Range<usize> {
        self.begin();
        self.read_line(&buffer[self.line..]);
        self.event..buffer.len()
    }

    /// The places of the data of the event just found, one for each line.
    pub(super) fn data(&self) -> &[Range<usize>] {
        &self.data
    }

    /// Where the incomplete event begins.
    pub(super) fn incomplete(&self) -> usize {
        self.event
    }

    /// The first `count` bytes of the buffer are gone; they belonged to complete events.
    pub(super) fn shift(&mut self, count: usize) {
        self.begin();
        self.event -= count;
        self.line -= count;
        self.scanned -= count;
        for data in &mut self.data {
            *data = data.start - count..data.end - count;
        }
    }

    /// Forgets the data of the event before, once no line of the next one was read.
    fn begin(&mut self) {
        if self.event == self.line {
            self.data.clear();
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
        }
        rest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Framer;

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
        let mut framer = Framer::default();
        assert_eq!(framer.next(b"data: x\r\r"), Some(0..9));
        assert_eq!(framer.next(b"data: x\r\r\ndata: y\n\n"), Some(9..19));
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
        let (mut framer, mut buffer, mut events, mut end) = (Framer::default(), Vec::new(), Vec::new(), 0);
        let data = |framer: &Framer, buffer: &[u8]| {
            framer
                .data()
                .iter()
                .map(|d| String::from_utf8(buffer[d.clone()].to_vec()).unwrap())
                .collect()
        };
        for chunk in chunks {
            buffer.extend_from_slice(chunk);
            while let Some(event) = framer.next(&buffer) {
                assert_eq!(event.start, end);
                end = event.end;
                events.push(data(&framer, &buffer));
            }
        }
        let last = framer.last(&buffer);
        assert_eq!(last, end..buffer.len());
        events.push(data(&framer, &buffer));
        events
    }
}
