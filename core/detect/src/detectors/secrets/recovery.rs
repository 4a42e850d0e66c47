//! Codes that open an account where its second factor is lost: `recovery codes: 3f9ab-c81d2 …`.
//!
//! One of them could be a number of anything, so that two or more must stand together behind a word for them.

use super::types::GENERIC;
use crate::classes::{ALNUM, DIGIT, LOWER, UPPER, is};
use crate::detectors::Hit;
use crate::page::{Findings, Page};
use std::ops::Range;
use weir_model::Confidence;

/// How far behind the word the codes may begin, and where they end at the latest.
const LABEL: usize = 80;
const LINES: usize = 16;
const LINE: usize = 160;

/// A word for such codes stands in the page.
pub(super) fn codes(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let stop = page.line_end(hit.end, LABEL);
    let mark = memchr::memchr(b':', page.slice(hit.end..stop)).map(|at| hit.end + at + 1);
    let mut found = mark.map_or_else(Vec::new, |mark| {
        on_line(page, mark..page.line_end(mark, LINE)).unwrap_or_default()
    });
    let mut start = page.line_end(stop, LINE) + 1;
    for _ in 0..LINES {
        let end = page.line_end(start.min(page.bytes.len()), LINE);
        let line = start.min(end)..end;
        let blank = page.slice(line.clone()).trim_ascii().is_empty();
        let Some(more) = on_line(page, line).filter(|more| !more.is_empty() || blank && found.is_empty()) else {
            break;
        };
        found.extend(more);
        start = end + 1;
    }
    if found.len() >= 2 {
        found
            .into_iter()
            .for_each(|code| out.add(&GENERIC, code, Confidence::Medium));
    }
}

/// The codes of a line that holds nothing else but marks of a list.
fn on_line(page: &Page<'_>, line: Range<usize>) -> Option<Vec<Range<usize>>> {
    let text = page.text(line.clone());
    let words = text
        .split([' ', '\t', ',', ';', '|', '\r'])
        .filter(|word| !matches!(*word, "" | "-" | "*" | "•"));
    let words = words.filter(|word| {
        !word
            .strip_suffix(['.', ')'])
            .is_some_and(|count| count.bytes().all(|byte| is(byte, DIGIT)))
    });
    words
        .map(|word| {
            let start = line.start + (word.as_ptr() as usize - text.as_ptr() as usize);
            is_code(word).then(|| start..start + word.len())
        })
        .collect()
}

/// `3f9ab-c81d2`, `K7QP-2M9X`, `3f9abc81d2`: groups of one length, letters of one case and digits.
fn is_code(word: &str) -> bool {
    let groups = || word.split('-');
    let length = groups().next().map_or(0, str::len);
    let even = groups().all(|group| group.len() == length && group.bytes().all(|byte| is(byte, ALNUM)));
    let has = |class| word.bytes().any(|byte| is(byte, class));
    let shape = match groups().count() {
        1 => (8..=12).contains(&length),
        2..=4 => (4..=6).contains(&length),
        _ => false,
    };
    even && shape && has(DIGIT) && has(LOWER | UPPER) && !(has(LOWER) && has(UPPER))
}
