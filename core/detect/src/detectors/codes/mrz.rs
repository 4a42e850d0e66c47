//! Machine-readable lines of passports and identity cards (ICAO 9303): the number, the birthday and the expiry each
//! bring their own check digit.

use super::valid::icao_check;
use crate::classes::{DIGIT, UPPER, is};
use crate::detectors::labelled::PASSPORT;
use crate::page::{Findings, Page};
use crate::sweep::Token;
use std::ops::Range;
use weir_model::Confidence;

/// Reads the line that a token with fillers behind it begins.
pub(super) fn find(page: &Page<'_>, token: Token, out: &mut Findings) {
    let end = line_end(page, token.start);
    let line = page.slice(token.start..end);
    let sure = match line.len() {
        44 => is_checked(line, 0..9) && is_checked(line, 13..19) && is_checked(line, 21..27),
        36 => is_checked(line, 0..9) && is_checked(line, 13..19) && is_checked(line, 21..27),
        30 => is_checked(line, 0..6) && is_checked(line, 8..14),
        _ => false,
    };
    if sure {
        out.add(
            &PASSPORT,
            first_line(page, token.start, line.len())..end,
            Confidence::High,
        );
    }
}

fn line_end(page: &Page<'_>, start: usize) -> usize {
    let rest = page.slice(start..start + 46);
    let length = rest
        .iter()
        .position(|byte| !is(*byte, UPPER | DIGIT) && *byte != b'<')
        .unwrap_or(rest.len());
    start + length
}

fn is_checked(line: &[u8], field: Range<usize>) -> bool {
    icao_check(&line[field.clone()]) == line[field.end]
}

/// The start of the line above when it is one of the same document.
fn first_line(page: &Page<'_>, start: usize, length: usize) -> usize {
    let above = start.checked_sub(length + 1).filter(|_| page.before(start) == b'\n');
    let document = |at: &usize| {
        let line = page.slice(*at..*at + length);
        matches!(line.first(), Some(b'P' | b'I' | b'A' | b'C' | b'V')) && line_end(page, *at) - at == length
    };
    above.filter(document).unwrap_or(start)
}
