//! A text derived from another, with the way back: every span of the view maps to bytes of the text it came from.

use std::ops::Range;

/// A derived text and its offset map.
#[derive(Default)]
pub(crate) struct View {
    pub(crate) text: String,
    pieces: Vec<Piece>,
    /// Bytes at the start that only lend context: what is found there belongs to the text itself.
    context: usize,
}

struct Piece {
    at: usize,
    source: Range<usize>,
    /// True when the piece is a copy; otherwise any part of it stands for the whole source.
    copy: bool,
}

impl View {
    /// A view that begins with the text before `at`, so that detectors see the words in front of what follows.
    pub(crate) fn after_context(source: &str, at: usize) -> Self {
        const CONTEXT: usize = 64;
        let mut from = at.saturating_sub(CONTEXT);
        while !source.is_char_boundary(from) {
            from += 1;
        }
        let mut view = Self::default();
        view.copy(source, from..at);
        view.context = view.text.len();
        view
    }

    /// Adds a part of the source as it is.
    pub(crate) fn copy(&mut self, source: &str, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        match self.pieces.last_mut() {
            Some(last) if last.copy && last.source.end == range.start => last.source.end = range.end,
            _ => self.pieces.push(Piece {
                at: self.text.len(),
                source: range.clone(),
                copy: true,
            }),
        }
        self.text.push_str(&source[range]);
    }

    /// Adds text that stands for a part of the source.
    pub(crate) fn replace(&mut self, range: Range<usize>, with: &str) {
        if with.is_empty() {
            return;
        }
        self.pieces.push(Piece {
            at: self.text.len(),
            source: range,
            copy: false,
        });
        self.text.push_str(with);
    }

    /// The source bytes a span of the view stands for; `None` when it lies in the lent context alone.
    pub(crate) fn source(&self, span: &Range<usize>) -> Option<Range<usize>> {
        if span.end <= self.context || span.is_empty() {
            return None;
        }
        let first = self.piece(span.start)?;
        let last = self.piece(span.end - 1)?;
        let start = if first.copy {
            first.source.start + (span.start - first.at)
        } else {
            first.source.start
        };
        let end = if last.copy {
            last.source.start + (span.end - last.at)
        } else {
            last.source.end
        };
        (start < end).then_some(start..end)
    }

    fn piece(&self, at: usize) -> Option<&Piece> {
        self.pieces
            .partition_point(|piece| piece.at <= at)
            .checked_sub(1)
            .map(|index| &self.pieces[index])
    }
}
