//! The story of one scan: views of the text are swept, detectors look at the candidates, overlaps are resolved.

use crate::decode;
use crate::detectors::{self, Hit};
use crate::fold::fold;
use crate::overlap::resolve;
use crate::page::{Findings, Found, Page};
use crate::sweep::{Entry, Lexicon, Number, Sink, Token, sweep};
use crate::view::View;
use std::ops::Range;
use weir_model::Match;

/// Encodings inside encodings are followed this deep.
const MAX_DEPTH: usize = 2;
/// A blob shorter than this hides nothing.
const MIN_BLOB: usize = 16;

/// All detectors, ready to read texts. Cheap to make, and free of state between texts.
pub struct Scanner {
    lexicon: Lexicon,
}

impl Scanner {
    /// The built-in detectors.
    #[must_use]
    pub fn builtin() -> Self {
        let words = detectors::families().iter().enumerate().flat_map(|(family, members)| {
            members.words().into_iter().enumerate().map(move |(index, word)| Entry {
                text: word.text,
                exact_case: word.exact_case,
                family,
                index,
            })
        });
        Self {
            lexicon: Lexicon::new(words),
        }
    }

    /// Finds sensitive values. Matches are sorted by start and do not overlap; spans are bytes of `text` on character
    /// boundaries. Time is linear in the length of the text, encodings included.
    #[must_use]
    pub fn scan(&self, text: &str) -> Vec<Match> {
        let mut budget = text.len().saturating_mul(2).saturating_add(4096);
        let found = match fold(text) {
            None => self.read(text, 0, &mut budget),
            Some(view) => lead_back(self.read(&view.text, 0, &mut budget), &view),
        };
        resolve(found)
            .into_iter()
            .map(|found| into_match(text, &found))
            .collect()
    }

    fn read(&self, text: &str, depth: usize, budget: &mut usize) -> Vec<Found> {
        let mut reading = Reading {
            scanner: self,
            page: Page::new(text),
            out: Findings::default(),
            depth,
            budget,
            blob_end: 0,
            escapes_end: 0,
            joined_end: 0,
        };
        sweep(text.as_bytes(), &self.lexicon, &mut reading);
        reading.out.0
    }
}

/// The state of reading one page.
struct Reading<'s, 't> {
    scanner: &'s Scanner,
    page: Page<'t>,
    out: Findings,
    depth: usize,
    /// Bytes of derived text that may still be read.
    budget: &'s mut usize,
    blob_end: usize,
    escapes_end: usize,
    joined_end: usize,
}

impl Sink for Reading<'_, '_> {
    fn word(&mut self, entry: &Entry, start: usize, end: usize) {
        detectors::families()[entry.family].word(
            &self.page,
            Hit {
                start,
                end,
                index: entry.index,
            },
            &mut self.out,
        );
    }

    fn number(&mut self, number: &Number) {
        detectors::number(&self.page, number, &mut self.out);
        if number.count() >= 9 && number.groups().all(|(start, end)| end - start == 1) {
            self.spaced(number.start(), number.end());
        }
    }

    fn token(&mut self, token: Token) {
        detectors::token(&self.page, token, &mut self.out);
        if token.len() >= MIN_BLOB && token.start >= self.blob_end && self.may_go_deeper() {
            self.blob(token);
        }
    }

    fn mark(&mut self, mark: u8, at: usize) {
        match mark {
            b'%' | b'\\' | b'&'
                if at >= self.escapes_end && self.may_go_deeper() && decode::is_escape(self.page.bytes, at) =>
            {
                let (view, end) = decode::escapes(&self.page, at);
                self.escapes_end = end;
                self.derive(&view);
            }
            b'+' | b'\\' if at >= self.joined_end && self.may_go_deeper() => {
                if let Some((view, end)) = decode::joined(&self.page, at) {
                    self.joined_end = end;
                    self.derive(&view);
                }
            }
            b'@' | b':' | b'=' => detectors::mark(&self.page, mark, at, &mut self.out),
            _ => {}
        }
    }

    fn spaced(&mut self, start: usize, end: usize) {
        if self.may_go_deeper() {
            self.derive(&decode::despaced(&self.page, start, end));
        }
    }
}

impl Reading<'_, '_> {
    fn may_go_deeper(&self) -> bool {
        self.depth < MAX_DEPTH && *self.budget > 0
    }

    #[cold]
    fn blob(&mut self, token: Token) {
        let run = decode::base64_run(self.page.bytes, token);
        self.blob_end = run.end;
        if let Some(text) = decode::blob(&self.page.bytes[run.clone()]) {
            let mut view = View::after_context(self.page.text, run.start);
            view.replace(run, &text);
            self.derive(&view);
        }
    }

    #[cold]
    fn derive(&mut self, view: &View) {
        *self.budget = self.budget.saturating_sub(view.text.len());
        let found = self.scanner.read(&view.text, self.depth + 1, self.budget);
        self.out.0.extend(lead_back(found, view));
    }
}

fn lead_back(found: Vec<Found>, view: &View) -> Vec<Found> {
    found
        .into_iter()
        .filter_map(|found| {
            Some(Found {
                span: view.source(&found.span)?,
                ..found
            })
        })
        .collect()
}

fn into_match(text: &str, found: &Found) -> Match {
    let Range { mut start, mut end } = found.span.clone();
    end = end.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    Match {
        data_type: found.info.data_type.clone(),
        span: start..end,
        confidence: found.confidence,
    }
}
