//! Codes in groups behind their label: `DNI 70.492.813-K`, `KVNR A 123 456 780`, `USt-IdNr. DE 286 154 114`.

use super::{CODES, Code, MAX_CODE, of_length};
use crate::classes::{ALNUM, HIGH, is};
use crate::detectors::labelled::value_start;
use crate::detectors::{Hit, Word};
use crate::page::{Findings, Page};
use std::sync::LazyLock;
use weir_model::Confidence;

/// The words of checked codes, with the code they speak of. Two-letter words are too common to wait for.
static LABELS: LazyLock<Vec<(&str, &Code)>> = LazyLock::new(|| {
    let words = |code: &'static Code| code.words.iter().map(move |word| (*word, code));
    let checked = CODES.iter().filter(|code| code.checked);
    checked.flat_map(words).filter(|(word, _)| word.len() >= 3).collect()
});

/// The words the sweep waits for.
pub(in crate::detectors) fn words() -> Vec<Word> {
    LABELS.iter().map(|(word, _)| Word::any_case(word)).collect()
}

/// Reads what stands behind one of the words.
pub(in crate::detectors) fn read(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let ascii = page.byte(hit.start) < 0x80;
    if ascii && (is(page.before(hit.start), ALNUM | HIGH) || is(page.byte(hit.end), ALNUM)) {
        return;
    }
    let Some((_, code)) = LABELS.get(hit.index) else {
        return;
    };
    let Some(start) = value_start(page, hit.end) else {
        return;
    };
    if let Some(end) = spelled(page, start, code) {
        out.add(&code.info, start..end, Confidence::High);
    }
}

/// The end of the code in groups that begins at `start`.
fn spelled(page: &Page<'_>, start: usize, code: &Code) -> Option<usize> {
    let mut buffer = [0; MAX_CODE];
    let mut length = 0;
    let mut at = start;
    let mut grouped = false;
    let mut best = None;
    while length < MAX_CODE && is(page.byte(at), ALNUM) {
        buffer[length] = page.byte(at).to_ascii_uppercase();
        length += 1;
        at += 1;
        if is(page.byte(at), ALNUM | HIGH) || page.byte(at) == b'_' {
            continue;
        }
        let compact = &buffer[..length];
        let known = of_length(length).any(|other| std::ptr::eq(other, code));
        if grouped && known && code.fits(compact) {
            best = Some(at);
        }
        if !matches!(page.byte(at), b' ' | b'.' | b'-' | b'/' | b'(') || !is(page.byte(at + 1), ALNUM) {
            break;
        }
        grouped = true;
        at += 1;
    }
    best
}
