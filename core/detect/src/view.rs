//! A text derived from another, with the way back: every span of the view maps to bytes of the text it came from.

use crate::encoding::Encoding;
use crate::page::Origin;
use std::ops::Range;

/// A derived text and its offset map.
pub(crate) struct View {
    pub(crate) text: String,
    /// What was undone to get it.
    pub(crate) encoding: Encoding,
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
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self {
            text: String::new(),
            encoding,
            pieces: Vec::new(),
            context: 0,
        }
    }

    /// A view that begins with the text before `at`, so that detectors see the words in front of what follows.
    pub(crate) fn after_context(source: &str, at: usize, encoding: Encoding) -> Self {
        const CONTEXT: usize = 64;
        let from = source.ceil_char_boundary(at.saturating_sub(CONTEXT));
        let mut view = Self::new(encoding);
        // Most of what is hidden is as short as a line.
        view.text.reserve(2 * CONTEXT);
        view.copy(source, from..at);
        view.context = view.text.len();
        view
    }

    /// Words before what was hidden on purpose do not speak of it. Pieces and spaced-out text are as often numbers that
    /// belong to the words before them.
    pub(crate) fn origin(&self) -> Origin {
        let lent = match self.encoding {
            Encoding::Split | Encoding::Spread => 0,
            _ => self.context,
        };
        let torn = self.encoding == Encoding::Split;
        let first = self.pieces.first().filter(|piece| piece.copy);
        let end = self.pieces.get(1).map_or(self.text.len(), |second| second.at);
        let copied = first.map_or(0, |_| end);
        Origin { lent, torn, copied }
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

    /// The source bytes a span of the view stands for; `None` when it lies in the lent context alone. The view may
    /// run against the source, as reversed text does.
    pub(crate) fn source(&self, span: &Range<usize>) -> Option<Range<usize>> {
        if span.end <= self.context || span.is_empty() {
            return None;
        }
        let first = self.source_of(span.start)?;
        let last = self.source_of(span.end - 1)?;
        Some(first.start.min(last.start)..first.end.max(last.end))
    }

    /// True when something in the span does not stand in the source as it is.
    pub(crate) fn differs(&self, span: &Range<usize>) -> bool {
        let first = self
            .pieces
            .partition_point(|piece| piece.at <= span.start)
            .saturating_sub(1);
        let mut covered = self.pieces[first..].iter().take_while(|piece| piece.at < span.end);
        covered.next().is_none_or(|piece| !piece.copy) || covered.next().is_some()
    }

    /// The source of one byte of the view.
    fn source_of(&self, at: usize) -> Option<Range<usize>> {
        let piece = self.piece(at)?;
        if piece.copy {
            let start = piece.source.start + (at - piece.at);
            return Some(start..start + 1);
        }
        Some(piece.source.clone())
    }

    fn piece(&self, at: usize) -> Option<&Piece> {
        self.pieces
            .partition_point(|piece| piece.at <= at)
            .checked_sub(1)
            .map(|index| &self.pieces[index])
    }
}
