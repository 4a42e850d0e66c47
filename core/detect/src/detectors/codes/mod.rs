//! Codes of letters and digits: identity codes, documents, vehicles, and IBAN.
//!
//! A code stands as one token, or in groups behind its label (`Codice fiscale WRX FLW 80A01 H501F`); lines of
//! machine-readable documents are read whole.

mod iban;
mod mrz;
mod spelled;
mod table;
mod valid;

pub(super) use iban::IBAN;
pub(super) use spelled::{read as spelled, words as spelled_words};
pub(super) use table::CODES;

use crate::classes::{ALNUM, DIGIT, LOWER, UPPER, is};
use crate::context::Context;
use crate::page::{Findings, Page};
use crate::registry::Info;
use crate::sweep::{Number, Token, stands_alone};
use weir_model::Confidence;

/// One type of code.
pub(super) struct Code {
    pub(super) info: Info,
    /// `A` a letter, `9` a digit, `X` either; more than one shape is separated by a space.
    shapes: &'static str,
    check: fn(&[u8]) -> bool,
    words: &'static [&'static str],
    /// False when the shape says little: then the word must lead to the value.
    checked: bool,
    /// What it is worth without a word beside it.
    alone: Option<Confidence>,
}

const MAX_CODE: usize = 24;

/// For each length the codes that have a shape of it, one bit a code.
static BY_LENGTH: [u64; MAX_CODE + 1] = by_length();

const fn by_length() -> [u64; MAX_CODE + 1] {
    let mut lengths = [0; MAX_CODE + 1];
    let mut code = 0;
    while code < CODES.len() {
        let shapes = CODES[code].shapes.as_bytes();
        let mut at = 0;
        let mut length = 0;
        while at <= shapes.len() {
            if at == shapes.len() || shapes[at] == b' ' {
                lengths[length] |= 1 << code;
                length = 0;
            } else {
                length += 1;
            }
            at += 1;
        }
        code += 1;
    }
    lengths
}

/// The codes with a shape of that length.
fn of_length(length: usize) -> impl Iterator<Item = &'static Code> {
    let mut bits = BY_LENGTH.get(length).copied().unwrap_or(0);
    std::iter::from_fn(move || {
        let code = bits.trailing_zeros() as usize;
        bits &= bits.wrapping_sub(1);
        CODES.get(code)
    })
}

/// Reads a token as every code it could be.
pub(super) fn find(page: &Page<'_>, token: Token, out: &mut Findings) {
    if !token.has(UPPER) && !token.has(LOWER) || token.classes & DIGIT == 0 {
        return;
    }
    if token.len() <= MAX_CODE && !token.has(UPPER | LOWER) && stands_alone(page.bytes, token.start, token.end) {
        code(page, token, out);
    }
    if token.len() >= 18 && page.byte(token.end) == b'<' {
        mrz::find(page, token, out);
    }
    iban::find(page, token.start, out);
}

fn code(page: &Page<'_>, token: Token, out: &mut Findings) {
    let mut buffer = [0; MAX_CODE + 1];
    let mut length = 0;
    let mut end = token.end;
    for &byte in page.slice(token.start..token.end) {
        if byte != b'-' {
            buffer[length] = byte.to_ascii_uppercase();
            length += 1;
        }
    }
    // Check digits in brackets: `A123456(7)`.
    if let [b'(', check, b')', ..] = *page.slice(end..end + 3)
        && is(check, ALNUM)
    {
        buffer[length] = check.to_ascii_uppercase();
        length += 1;
        end += 3;
    }
    let compact = &buffer[..length];
    if is_fraction(page, token) {
        return;
    }
    let mut context = None;
    for code in of_length(length) {
        if !code.fits(compact) {
            continue;
        }
        let context = context.get_or_insert_with(|| Context::of(page, token.start, end));
        if let Some(confidence) = code.weigh(context, token.has(UPPER), page.origin.torn) {
            out.add(&code.info, token.start..end, confidence);
            // The table is in order: what is surer of itself comes first.
            if code.checked {
                break;
            }
        }
    }
}

impl Code {
    /// True when a code in upper case without joints has a shape of this type and passes its check.
    fn fits(&self, compact: &[u8]) -> bool {
        self.shapes.split(' ').any(|shape| has_shape(compact, shape)) && (self.check)(compact)
    }

    /// Codes in small letters need a word beside them, and so do those that were put together from pieces.
    fn weigh(&self, context: &Context<'_>, capitals: bool, torn: bool) -> Option<Confidence> {
        let harmless = context.harmless();
        match context.find(self.words) {
            Some(near)
                if harmless.is_none_or(|harmless| harmless <= near) && (self.checked || context.introduces(near)) =>
            {
                Some(if self.checked {
                    Confidence::High
                } else {
                    Confidence::Medium
                })
            }
            _ => self.alone.filter(|_| capitals && harmless.is_none() && !torn),
        }
    }
}

fn has_shape(compact: &[u8], shape: &str) -> bool {
    compact.len() == shape.len()
        && compact.iter().zip(shape.bytes()).all(|(byte, kind)| match kind {
            b'A' => byte.is_ascii_uppercase(),
            b'9' => byte.is_ascii_digit(),
            _ => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        })
}

/// A national insurance number written in pairs: `PC 33 72 96 B`.
pub(super) fn spaced_nino(page: &Page<'_>, digits: &Number, out: &mut Findings) {
    let (start, end) = (digits.start(), digits.end());
    let before = start
        .checked_sub(1)
        .filter(|at| page.byte(*at) == b' ')
        .map_or(start, |at| at);
    let after = if page.byte(end) == b' ' { end + 1 } else { end };
    let Some(first) = before.checked_sub(2) else { return };
    if !stands_alone(page.bytes, first, after + 1) || before == start && after == end || !is_paired(page, digits) {
        return;
    }
    let mut compact = page.slice(first..before).to_vec();
    for (start, end) in digits.groups() {
        compact.extend_from_slice(page.slice(start..end));
    }
    compact.push(page.byte(after));
    if let Some(code) = CODES.iter().find(|code| code.info.data_type.name() == "uk_nino")
        && code.fits(&compact)
    {
        out.add(&code.info, first..after + 1, Confidence::High);
    }
}

/// A number in groups with a check letter behind: `70.492.813-K`.
pub(super) fn tailed(page: &Page<'_>, digits: &Number, out: &mut Findings) {
    let (start, end) = (digits.start(), digits.end());
    let joint = usize::from(page.byte(end) == b'-');
    let letter = page.byte(end + joint);
    if !matches!(digits.digits(), 7 | 8)
        || digits.count() == 1
        || !is_in_thousands(digits)
        || !is(letter, UPPER | LOWER)
        || !stands_alone(page.bytes, start, end + joint + 1)
    {
        return;
    }
    let mut compact: Vec<u8> = page
        .slice(start..end)
        .iter()
        .copied()
        .filter(u8::is_ascii_digit)
        .collect();
    compact.push(letter.to_ascii_uppercase());
    let context = Context::of(page, start, end + joint + 1);
    for code in of_length(compact.len()).filter(|code| code.checked && code.fits(&compact)) {
        if let Some(confidence) = code.weigh(&context, is(letter, UPPER), page.origin.torn) {
            out.add(&code.info, start..end + joint + 1, confidence);
        }
    }
}

/// `70.492.813`: behind the first group, all have three digits.
fn is_in_thousands(digits: &Number) -> bool {
    let mut lengths = digits.groups().map(|(start, end)| end - start);
    lengths.next().is_some_and(|first| first <= 3) && lengths.all(|length| length == 3)
}

/// `1.38435736E+12`, `49.123000Z`: what looks like a code is the end of a number.
fn is_fraction(page: &Page<'_>, token: Token) -> bool {
    let decimal = page.before(token.start) == b'.' && is(page.byte(token.start.wrapping_sub(2)), DIGIT);
    let exponent = matches!(page.byte(token.end), b'+' | b'-')
        && is(page.byte(token.end + 1), DIGIT)
        && page.byte(token.end - 1).eq_ignore_ascii_case(&b'e');
    decimal || exponent
}

/// Three pairs with spaces between, or one run.
fn is_paired(page: &Page<'_>, digits: &Number) -> bool {
    let pairs = || {
        digits
            .groups()
            .all(|(start, end)| end - start == 2 && matches!(page.byte(end), b' ' | b'A'..=b'D'))
    };
    digits.count() == 1 || digits.count() == 3 && pairs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_takes_any_code_of_its_shapes() {
        let mut seed = 1u64;
        let mut next = || {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as u8
        };
        for code in CODES {
            for shape in code.shapes.split(' ') {
                for _ in 0..200 {
                    let compact: Vec<u8> = shape
                        .bytes()
                        .map(|kind| match (kind, next()) {
                            (b'A', byte) => b'A' + byte % 26,
                            (b'X', byte) if byte % 2 == 0 => b'A' + byte % 26,
                            (_, byte) => b'0' + byte % 10,
                        })
                        .collect();
                    assert!(of_length(compact.len()).any(|other| std::ptr::eq(other, code)));
                    let _ = code.fits(&compact);
                }
            }
        }
    }
}
