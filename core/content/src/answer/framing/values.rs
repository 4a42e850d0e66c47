//! JSON documents one behind the other: a line each, or glued together, or as the elements of one array.
//!
//! Bytes between documents belong to none and go on at once: a client waits for the line break. A document that breaks
//! off is left at the next line that begins one.

use std::ops::Range;

use super::{Body, Cutter, Frame, Step};

#[derive(Default)]
pub(in crate::answer) struct Values {
    scanned: usize,
    /// Where the document that is being read begins.
    start: Option<usize>,
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// Inside the one array around all documents.
    in_array: bool,
    /// Inside a line that is no document.
    in_junk: bool,
    /// The last byte that is no blank, and whether a line ended since.
    before: u8,
    line_ended: bool,
}

impl Cutter for Values {
    fn next(&mut self, buffer: &[u8]) -> Step {
        while self.scanned < buffer.len() {
            let at = self.scanned;
            let byte = buffer[at];
            self.scanned += 1;
            match self.start {
                None => self.between(at, byte),
                Some(start) => {
                    if let Some(document) = self.inside(start, at, byte) {
                        self.start = None;
                        return Step::Frame(Frame::new(document.clone(), Body::Plain(document)));
                    }
                }
            }
        }
        Step::More
    }

    fn last(&mut self, buffer: &[u8]) -> Option<Frame> {
        let rest = self.start?..buffer.len();
        Some(Frame::new(rest.clone(), Body::Plain(rest)))
    }

    fn incomplete(&self) -> usize {
        self.start.unwrap_or(self.scanned)
    }

    fn shift(&mut self, count: usize) {
        self.scanned -= count;
        self.start = self.start.map(|start| start - count);
    }
}

impl Values {
    fn between(&mut self, at: usize, byte: u8) {
        match byte {
            b'\n' => self.in_junk = false,
            _ if self.in_junk => {}
            b'[' if !self.in_array => self.in_array = true,
            b']' => self.in_array = false,
            b'{' | b'[' => self.begin(at, byte),
            b' ' | b'\t' | b'\r' | b',' | 0xef | 0xbb | 0xbf => {}
            _ => self.in_junk = true,
        }
    }

    fn begin(&mut self, at: usize, byte: u8) {
        *self = Self {
            scanned: at + 1,
            start: Some(at),
            depth: 1,
            in_array: self.in_array,
            before: byte,
            ..Self::default()
        };
    }

    /// The place of the document, once it is complete.
    fn inside(&mut self, start: usize, at: usize, byte: u8) -> Option<Range<usize>> {
        if self.in_string {
            self.read_string(byte);
            return None;
        }
        match byte {
            b' ' | b'\t' | b'\r' => return None,
            b'\n' => {
                self.line_ended = true;
                return None;
            }
            b'{' if self.line_ended && !matches!(self.before, b'{' | b'[' | b',' | b':') => {
                self.begin(at, byte);
                return None;
            }
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth -= 1,
            b'"' => self.in_string = true,
            _ => {}
        }
        (self.before, self.line_ended) = (byte, false);
        (self.depth == 0).then_some(start..at + 1)
    }

    fn read_string(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.in_string = false,
            // No string of JSON goes over a line: this document broke off.
            b'\n' => self.start = None,
            _ => return,
        }
        self.in_string &= self.start.is_some();
    }
}

#[cfg(test)]
mod tests {
    use super::Values;
    use crate::answer::framing::{Cutter, Step};

    #[test]
    fn documents_stand_in_lines_glued_in_an_array_or_over_several_lines() {
        for stream in [
            "{\"a\":1}\n{\"a\":[{}]}\n\n{\"}{\":\"\\\"}\"}",
            "{\"a\":1}{\"a\":[{}]}{\"}{\":\"\\\"}\"}",
            "[{\"a\":1}\r\n,\n{\"a\":[{}]},{\"}{\":\"\\\"}\"}]\n",
        ] {
            assert_eq!(
                documents(stream),
                ["{\"a\":1}", "{\"a\":[{}]}", "{\"}{\":\"\\\"}\"}"],
                "{stream}"
            );
        }
        assert_eq!(
            documents("{\n \"a\": [\n  {\n  }\n ]\n}\n"),
            ["{\n \"a\": [\n  {\n  }\n ]\n}"]
        );
    }

    #[test]
    fn after_a_document_that_breaks_off_the_next_line_is_read() {
        assert_eq!(documents("{\"a\":\"x\n{\"b\":2}\n"), ["{\"b\":2}"]);
        assert_eq!(documents("{\"a\":{\"b\":1}\n{\"b\":2}\n"), ["{\"b\":2}"]);
        assert_eq!(documents("junk {\"a\":1}\n{\"b\":2}\n"), ["{\"b\":2}"]);
    }

    #[test]
    fn what_stands_between_documents_does_not_wait() {
        let mut values = Values::default();
        let stream = b"{\"a\":1}\n";
        assert!(matches!(values.next(stream), Step::Frame(_)));
        assert_eq!(values.next(stream), Step::More);
        assert_eq!(values.incomplete(), stream.len());
    }

    fn documents(stream: &str) -> Vec<&str> {
        let mut values = Values::default();
        let mut all = Vec::new();
        while let Step::Frame(frame) = values.next(stream.as_bytes()) {
            all.push(&stream[frame.whole]);
        }
        all
    }
}
