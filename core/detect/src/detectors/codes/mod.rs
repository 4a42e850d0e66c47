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
pub(crate) use iban::begins as begins_with_iban;
pub(super) use spelled::{is_label, read as spelled, words as spelled_words};
pub(super) use table::CODES;

use super::nearby::of_code;
use crate::classes::{ALNUM, DIGIT, JOIN, LOWER, UPPER, class, is};
use crate::context::{Context, Kind};
use crate::page::{Findings, Page, Topic};
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
/// Where the bits of digits begin, above those of letters.
const DIGITS: u32 = 32;

/// One shape of a code: where letters stand, and above them where digits do, one bit a place; elsewhere is either.
#[derive(Clone, Copy)]
struct Shape {
    places: u64,
    code: u8,
}

/// All shapes by their length, in the order of the table.
struct Shapes<const N: usize> {
    list: [Shape; N],
    /// For each length where its shapes end.
    ends: [usize; MAX_CODE + 1],
}

static SHAPES: Shapes<{ count_shapes() }> = shapes();

const fn count_shapes() -> usize {
    let (mut count, mut code) = (0, 0);
    while code < CODES.len() {
        let (text, mut at) = (CODES[code].shapes.as_bytes(), 0);
        while at < text.len() {
            count += (text[at] == b' ') as usize;
            at += 1;
        }
        count += 1;
        code += 1;
    }
    count
}

const fn shapes<const N: usize>() -> Shapes<N> {
    const NONE: Shape = Shape { places: 0, code: 0 };
    let mut shapes = Shapes {
        list: [NONE; N],
        ends: [0; MAX_CODE + 1],
    };
    let (mut filled, mut length) = (0, 0);
    while length <= MAX_CODE {
        let mut code = 0;
        while code < CODES.len() {
            let text = CODES[code].shapes.as_bytes();
            let (mut shape, mut count, mut at) = (NONE, 0, 0);
            while at <= text.len() {
                if at == text.len() || text[at] == b' ' {
                    if count == length {
                        shape.code = code as u8;
                        shapes.list[filled] = shape;
                        filled += 1;
                    }
                    (shape, count) = (NONE, 0);
                } else {
                    let (letter, digit) = (text[at] == b'A', text[at] == b'9');
                    shape.places |= (letter as u64 | (digit as u64) << DIGITS) << count;
                    count += 1;
                }
                at += 1;
            }
            code += 1;
        }
        shapes.ends[length] = filled;
        length += 1;
    }
    shapes
}

/// Which of the bytes are letters of some case, and above them which are digits, one bit a place.
fn places(compact: &[u8], case: u8) -> u64 {
    let bytes = compact.iter().take(MAX_CODE).enumerate();
    bytes.fold(0, |places, (at, byte)| {
        let class = class(*byte);
        places | (u64::from(class & case != 0) | u64::from(class & DIGIT != 0) << DIGITS) << at
    })
}

/// The places of the codes that so many letters and digits have a shape of.
#[inline]
fn shaped(length: usize, places: u64) -> impl Iterator<Item = usize> {
    let whole = length <= MAX_CODE && (places | places >> DIGITS) & ((1 << length) - 1) == (1 << length) - 1;
    let end_of = |length: usize| SHAPES.ends.get(length).copied().unwrap_or(0);
    let end = if whole { end_of(length) } else { 0 };
    let start = length.checked_sub(1).map_or(0, end_of).min(end);
    let fitting = SHAPES.list[start..end]
        .iter()
        .filter(move |shape| shape.places & !places == 0);
    let mut last = None;
    fitting
        .filter(move |shape| last.replace(shape.code) != Some(shape.code))
        .map(|shape| usize::from(shape.code))
}

/// The words of a code, by its place.
pub(super) const fn words_of(place: usize) -> &'static [&'static str] {
    CODES[place].words
}

/// The places of the codes in capitals that this is a shape of.
fn in_capitals(compact: &[u8]) -> impl Iterator<Item = usize> {
    shaped(compact.len(), places(compact, UPPER))
}

/// Asks each code about capitals and digits, in a length it has.
pub(super) fn fuzz(compact: &[u8]) {
    for length in 1..=compact.len().min(MAX_CODE) {
        for code in in_capitals(&compact[..length]) {
            (CODES[code].check)(&compact[..length]);
        }
    }
}

/// Reads a token of letters and digits as every code it could be.
#[inline]
pub(super) fn find(page: &Page<'_>, token: Token, out: &mut Findings) {
    if token.len() <= MAX_CODE && !token.has(UPPER | LOWER) && may_be_code(page, token) {
        code(page, token, out);
    }
    if token.len() >= 18 && page.byte(token.end) == b'<' {
        mrz::find(page, token, out);
    }
    // Two letters and two digits.
    if token.letters & 0b1111 == 0b0011 && token.digits & 0b1100 == 0b1100 {
        iban::find(page, token.start, out);
    }
    if token.classes & JOIN != 0 && token.len() > 16 {
        iban::find_inside(page, token, out);
    }
}

/// False for a token that has no shape, whatever stands in it besides letters and digits. A dash is passed over, and `_`
/// stands in no code.
#[inline]
fn may_be_code(page: &Page<'_>, token: Token) -> bool {
    let checked = page.byte(token.end) == b'(' && page.byte(token.end + 2) == b')';
    let is_dashed = || !page.bytes[token.start..token.end].contains(&b'_');
    if checked {
        return is_dashed();
    }
    let (length, letters, digits) = without_joints(token);
    let begins = BEGINNINGS[length] >> (letters & 0b1111) & 1 == 1;
    (begins || page.mentions(Topic::Papers))
        && shaped(length, letters | digits << DIGITS).any(|place| is_asked(page, place))
        && (token.classes & JOIN == 0 || is_dashed())
}

/// The length of a short token without its joints, and which of its places are letters and digits then.
#[inline]
fn without_joints(token: Token) -> (usize, u64, u64) {
    let (mut length, mut letters, mut digits) = (token.len(), token.letters, token.digits);
    let mut joints = !(letters | digits) & ((1 << length) - 1);
    while joints != 0 {
        let below = (1 << joints.ilog2()) - 1;
        let close = |bits: u64| bits & below | bits >> 1 & !below;
        (letters, digits) = (close(letters), close(digits));
        joints &= below;
        length -= 1;
    }
    (length, letters, digits)
}

/// For each length how the shapes of codes begin that have more of a form than their length: a bit for each way in which
/// letters stand among the first four places.
static BEGINNINGS: [u16; MAX_CODE + 1] = {
    let mut beginnings = [0; MAX_CODE + 1];
    let mut code = 0;
    while code < CODES.len() {
        let (text, mut start, mut at) = (CODES[code].shapes.as_bytes(), 0, 0);
        while at <= text.len() {
            if at == text.len() || text[at] == b' ' {
                let mut letters = 0;
                while letters < 16 && !CODES[code].is_loose() {
                    let (mut place, mut fits) = (0, true);
                    while place < 4 {
                        let letter = letters >> place & 1 == 1;
                        fits &= text[start + place] != if letter { b'9' } else { b'A' };
                        place += 1;
                    }
                    beginnings[at - start] |= (fits as u16) << letters;
                    letters += 1;
                }
                start = at + 1;
            }
            at += 1;
        }
        code += 1;
    }
    beginnings
};

/// Codes that have hardly a form of their own are read where the page speaks of papers.
fn is_asked(page: &Page<'_>, place: usize) -> bool {
    !LOOSE[place] || page.mentions(Topic::Papers)
}

/// Which codes those are, by their place.
static LOOSE: [bool; CODES.len()] = {
    let (mut loose, mut place) = ([false; CODES.len()], 0);
    while place < CODES.len() {
        loose[place] = CODES[place].is_loose();
        place += 1;
    }
    loose
};

fn code(page: &Page<'_>, token: Token, out: &mut Findings) {
    // `app.69eba1e3.css`
    let named = page.before(token.start) == b'.' && page.byte(token.end) == b'.' && is(page.byte(token.end + 1), LOWER);
    if named || !stands_alone(page.bytes, token.start, token.end) {
        return;
    }
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
    let mut fitting = in_capitals(compact)
        .filter(|place| is_asked(page, *place) && (CODES[*place].check)(compact))
        .peekable();
    // Most tokens with the shape of a code fail its check, which is asked before anybody looks around.
    if fitting.peek().is_none() || is_document(page.slice(token.start..token.end)) || is_fraction(page, token) {
        return;
    }
    let mut context = None;
    for place in fitting {
        let code = &CODES[place];
        let context = context.get_or_insert_with(|| Context::of(page, token.start, end));
        if let Some(confidence) = code.weigh(context, of_code(place), token.has(UPPER), page.origin.torn) {
            out.add(&code.info, token.start..end, confidence);
            // The table is in order: what is surer of itself comes first.
            if code.checked {
                break;
            }
        }
    }
}

impl Code {
    /// True when the shape is hardly one, any letters and digits of some length, and nothing but a word speaks for it.
    const fn is_loose(&self) -> bool {
        matches!(self.shapes.as_bytes(), [b'X', b'X', b'X', b'X', b'X', b'X', ..])
            && !self.checked
            && self.alone.is_none()
    }

    /// True when a code in upper case without joints has a shape of this type and passes its check.
    fn fits(&self, compact: &[u8]) -> bool {
        in_capitals(compact).any(|place| std::ptr::eq(&raw const CODES[place], self)) && (self.check)(compact)
    }

    /// Codes in small letters need a word beside them, and so do those that were put together from pieces.
    fn weigh(&self, context: &Context<'_>, words: Kind, capitals: bool, torn: bool) -> Option<Confidence> {
        match context.find(&words) {
            Some(near)
                if (self.checked || context.introduces(near))
                    && context.harmless().is_none_or(|harmless| harmless <= near) =>
            {
                Some(if self.checked {
                    Confidence::High
                } else {
                    Confidence::Medium
                })
            }
            _ => self.alone.filter(|_| capitals && !torn && context.harmless().is_none()),
        }
    }
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
    let mut context = None;
    for place in in_capitals(&compact).filter(|place| CODES[*place].checked && (CODES[*place].check)(&compact)) {
        let code = &CODES[place];
        let context = context.get_or_insert_with(|| Context::of(page, start, end + joint + 1));
        if let Some(confidence) = code.weigh(context, of_code(place), is(letter, UPPER), page.origin.torn) {
            out.add(&code.info, start..end + joint + 1, confidence);
        }
    }
}

/// `70.492.813`: behind the first group, all have three digits.
fn is_in_thousands(digits: &Number) -> bool {
    let mut lengths = digits.groups().map(|(start, end)| end - start);
    lengths.next().is_some_and(|first| first <= 3) && lengths.all(|length| length == 3)
}

/// `4169u32`, `10_000usize`: a number of a program with its type.
fn is_literal(token: &[u8]) -> bool {
    const TYPES: [&[u8]; 14] = [
        b"u8", b"u16", b"u32", b"u64", b"u128", b"usize", b"i8", b"i16", b"i32", b"i64", b"i128", b"isize", b"f32",
        b"f64",
    ];
    let number = token
        .iter()
        .take_while(|byte| is(**byte, DIGIT) || **byte == b'_')
        .count();
    number > 0 && TYPES.contains(&&token[number..])
}

/// `1.38435736E+12`, `49.123000Z`: what looks like a code is the end of a number.
fn is_fraction(page: &Page<'_>, token: Token) -> bool {
    let decimal = page.before(token.start) == b'.' && is(page.byte(token.start.wrapping_sub(2)), DIGIT);
    let exponent = matches!(page.byte(token.end), b'+' | b'-')
        && is(page.byte(token.end + 1), DIGIT)
        && page.byte(token.end - 1).eq_ignore_ascii_case(&b'e');
    decimal || exponent || is_literal(page.slice(token.start..token.end))
}

/// `SP800-131A`, `FIPS186-4`: a standard and its part. Codes have the same marks between all their groups, or none.
fn is_document(token: &[u8]) -> bool {
    let mut parts = token.split(|byte| *byte == b'-');
    let (Some(series), Some(part), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let letters = series.iter().take_while(|byte| is(**byte, UPPER)).count();
    let number = &series[letters..];
    let numbered =
        |digits: &[u8]| !digits.is_empty() && digits.len() <= 3 && digits.iter().all(|byte| is(*byte, DIGIT));
    let part = part
        .strip_suffix(b"A")
        .or_else(|| part.strip_suffix(b"B"))
        .or_else(|| part.strip_suffix(b"C"))
        .unwrap_or(part);
    (2..=4).contains(&letters) && numbered(number) && numbered(part)
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
                    assert!(in_capitals(&compact).any(|other| std::ptr::eq(&raw const CODES[other], code)));
                    let begins = BEGINNINGS[compact.len()] >> (places(&compact, UPPER) & 0b1111) & 1 == 1;
                    assert!(begins || code.is_loose());
                    let _ = code.fits(&compact);
                }
            }
        }
    }
}
