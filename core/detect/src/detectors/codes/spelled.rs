//! Codes in groups behind their label: `DNI 70.492.813-K`, `KVNR A 123 456 780`, `USt-IdNr. DE 286 154 114`.

use super::{CODES, Code, MAX_CODE};
use crate::classes::{ALNUM, HIGH, is};
use crate::detectors::labelled::value_start;
use crate::detectors::words::spellings;
use crate::detectors::{Hit, Word};
use crate::page::{Findings, Page, Topic};
use std::sync::LazyLock;
use weir_model::Confidence;

/// The words of checked codes, with the code they speak of. Two-letter words are too common to wait for.
static LABELS: LazyLock<Vec<(&str, &Code)>> = LazyLock::new(|| {
    let words = |code: &'static Code| code.words.iter().map(move |word| (*word, code));
    let checked = CODES.iter().filter(|code| code.checked);
    checked.flat_map(words).filter(|(word, _)| word.len() >= 3).collect()
});

/// The labels of loose codes as texts, programs and tables write them: where none of them stands, no such code does.
static PAPERS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let loose = CODES.iter().filter(|code| code.is_loose());
    let labels = loose.flat_map(|code| code.words.iter());
    let joined = labels.flat_map(|label| [" ", "_", "-", ""].map(|joint| label.replace(' ', joint)));
    let mut words: Vec<String> = joined.flat_map(|label| spellings(&label)).collect();
    words.sort_unstable();
    words.dedup();
    words
});

/// The words the sweep waits for.
pub(in crate::detectors) fn words() -> Vec<Word> {
    let labels = LABELS.iter().map(|(word, _)| *word);
    let papers = PAPERS.iter().map(String::as_str);
    labels.chain(papers).map(Word::any_case).collect()
}

/// True for a word in ASCII with a code behind it.
pub(in crate::detectors) fn is_label(index: usize) -> bool {
    LABELS.get(index).is_some_and(|(word, _)| word.as_bytes()[0] < 0x80)
}

/// Reads what stands behind one of the words.
pub(in crate::detectors) fn read(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    if hit.index >= LABELS.len() {
        return page.mention(Topic::Papers);
    }
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
        if grouped && code.fits(compact) {
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
