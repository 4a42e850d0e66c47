//! Lines with a short prefix before a colon, and JSON behind it: `0:"text"`, `15:{"json":{}}`.

use memchr::memchr;

use super::{Body, Cutter, Frame, Step};

/// No prefix is longer.
const PREFIX: usize = 16;

#[derive(Default)]
pub(in crate::answer) struct Lines {
    line: usize,
    scanned: usize,
}

impl Cutter for Lines {
    fn next(&mut self, buffer: &[u8]) -> Step {
        let Some(length) = memchr(b'\n', &buffer[self.scanned..]) else {
            self.scanned = buffer.len();
            return Step::More;
        };
        let (start, end) = (self.line, self.scanned + length + 1);
        (self.line, self.scanned) = (end, end);
        Step::Frame(line(buffer, start, end))
    }

    fn last(&mut self, buffer: &[u8]) -> Option<Frame> {
        (self.line < buffer.len()).then(|| line(buffer, self.line, buffer.len()))
    }

    fn incomplete(&self) -> usize {
        self.line
    }

    fn shift(&mut self, count: usize) {
        self.line -= count;
        self.scanned -= count;
    }
}

fn line(buffer: &[u8], start: usize, end: usize) -> Frame {
    let head = &buffer[start..end.min(start + PREFIX)];
    let name = head.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let body = if head.get(name) == Some(&b':') {
        start + name + 1
    } else {
        start
    };
    Frame {
        name: start..body.saturating_sub(1).max(start),
        ..Frame::new(start..end, Body::Plain(body..end))
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;
    use crate::answer::framing::{Body, Cutter, Frame, Step};

    #[test]
    fn prefix_and_document_are_told_apart() {
        let stream = b"0:\"a:b\"\n15:{\"x\":1}\r\n{\"y\":2}\n";
        let mut lines = Lines::default();
        let mut read = Vec::new();
        while let Step::Frame(Frame {
            name,
            body: Body::Plain(body),
            ..
        }) = lines.next(stream)
        {
            read.push((&stream[name], stream[body].trim_ascii()));
        }
        let expected: [(&[u8], &[u8]); 3] = [(b"0", b"\"a:b\""), (b"15", b"{\"x\":1}"), (b"", b"{\"y\":2}")];
        assert_eq!(read, expected);
    }
}
