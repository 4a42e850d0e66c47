//! Scanning text that arrives in pieces, with bounded memory.

use crate::scanner::Scanner;
use std::ops::Range;
use weir_model::Match;

/// A match is reported once this much text stands behind its start, or the stream has ended: longer than any value but
/// a key block, so that a value cut anywhere is seen whole.
const AHEAD: usize = 1024;
/// Text kept before the first position that is still open, so that context words are seen.
const BEHIND: usize = 256;
/// New text is read in steps of at least this size: many small pieces cost no more than one large piece.
const STEP: usize = 1024;

/// The state of one stream: the text that may still belong to a match.
#[derive(Default)]
pub struct StreamScanner {
    window: String,
    /// Where the window begins in the stream.
    offset: usize,
    /// Matches that begin before this position of the stream have been reported.
    settled: usize,
    /// Length of the window at the last reading.
    read: usize,
}

impl StreamScanner {
    /// A new stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How much of the stream has come, in bytes.
    #[must_use]
    pub fn length(&self) -> usize {
        self.offset + self.window.len()
    }

    /// Where in the stream nothing is open any more: what begins before it has been reported.
    #[must_use]
    pub fn settled(&self) -> usize {
        self.settled
    }

    /// Takes the next piece. Matches are reported once each, in order, at offsets of the whole stream; a value still
    /// open at the end of the window is reported with a later piece, or by [`StreamScanner::finish`].
    pub fn push(&mut self, scanner: &Scanner, text: &str, each: &mut dyn FnMut(Match)) {
        self.push_with(scanner, text, &mut |found, _| each(found));
    }

    /// As [`StreamScanner::push`]; each match comes with its text.
    pub fn push_with(&mut self, scanner: &Scanner, text: &str, each: &mut dyn FnMut(Match, &str)) {
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(
                rest.floor_char_boundary(STEP * 16)
                    .max(rest.chars().next().map_or(1, char::len_utf8)),
            );
            self.window.push_str(piece);
            rest = after;
            if self.window.len() >= self.read + STEP && self.window.len() > AHEAD {
                let open = self.window.floor_char_boundary(self.window.len() - AHEAD);
                self.report(scanner, open, each);
                self.forget(open);
            }
        }
    }

    /// Reports what was still open.
    pub fn finish(&mut self, scanner: &Scanner, each: &mut dyn FnMut(Match)) {
        self.finish_with(scanner, &mut |found, _| each(found));
    }

    /// As [`StreamScanner::finish`]; each match comes with its text. What comes afterwards is a text of its own that begins
    /// where this one ended.
    pub fn finish_with(&mut self, scanner: &Scanner, each: &mut dyn FnMut(Match, &str)) {
        self.report(scanner, self.window.len(), each);
        let length = self.length();
        *self = Self {
            offset: length,
            settled: length,
            ..Self::default()
        };
    }

    fn report(&mut self, scanner: &Scanner, open: usize, each: &mut dyn FnMut(Match, &str)) {
        for found in scanner.scan(&self.window) {
            let span = self.offset + found.span.start..self.offset + found.span.end;
            if found.span.start < open && span.start >= self.settled {
                self.settled = span.end;
                let value = &self.window[found.span.clone()];
                each(Match { span, ..found }, value);
            }
        }
        self.settled = self.settled.max(self.offset + open);
    }

    fn forget(&mut self, open: usize) {
        let from = self.window.floor_char_boundary(open.saturating_sub(BEHIND));
        self.window.drain(Range { start: 0, end: from });
        self.offset += from;
        self.read = self.window.len();
    }
}
