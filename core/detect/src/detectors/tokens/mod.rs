//! Keys and tokens with a format of their own: a fixed beginning and a body of known letters and length.
//!
//! Each line of [`FORMATS`](formats::FORMATS) is one format that begins with letters of its own; [`shapes`] holds those
//! known by their length and what stands inside, [`vendors`] those that show only beside their vendor's name. Where a
//! format carries a checksum it is verified.

mod checks;
mod formats;
mod shapes;
#[cfg(test)]
mod tests;
mod types;
mod vendors;

pub(super) use self::shapes::{odd, telegram};
pub(super) use self::types::{Type, info};
pub(super) use self::vendors::of_vendor;

use self::formats::FORMATS;
use self::types::TYPES;
use super::{Family, Hit, Word};
use crate::classes::{ALNUM, DIGIT, JOIN, LOWER, SPACE, TOKEN, UPPER, is, run_start};
use crate::evidence::{are_distinct, is_placeholder};
use crate::page::{Findings, Page};
use crate::registry::Info;
use crate::sweep::follows_line_escape;
use std::ops::Range;
use weir_model::Confidence;

/// The family.
pub(crate) struct Tokens;

impl Family for Tokens {
    fn infos(&self) -> Vec<&'static Info> {
        TYPES.iter().collect()
    }

    fn words(&self) -> Vec<Word> {
        FORMATS.iter().map(|format| Word::exact(format.prefix)).collect()
    }

    fn has_long_values(&self) -> bool {
        true
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        let format = &FORMATS[hit.index];
        let Some(end) = body_end(page, hit.end, format.body).filter(|_| begins_here(page, hit.start)) else {
            return;
        };
        let value = page.text(hit.start..end);
        let body = &value[hit.end - hit.start..];
        if !are_distinct(body.as_bytes(), 6)
            || is_placeholder(body)
            || value.ends_with("EXAMPLE")
            || is_inside_blob(page, hit.start..end)
        {
            return;
        }
        if let Some(confidence) = (format.check)(value) {
            out.add(&TYPES[format.of as usize], hit.start..end, confidence);
            if matches!(format.of, Type::AwsId) {
                super::secrets::beside_key_id(page, end, out);
            }
        }
    }
}

/// One format: what it begins with, and the runs behind.
struct Format {
    of: Type,
    prefix: &'static str,
    body: &'static [Run],
    check: fn(&str) -> Option<Confidence>,
}

const fn format(of: Type, prefix: &'static str, body: &'static [Run], check: fn(&str) -> Option<Confidence>) -> Format {
    Format {
        of,
        prefix,
        body,
        check,
    }
}

/// A run of letters of one set, from so many to so many, and a literal behind it.
struct Run(Set, usize, usize, &'static str);

/// Sets of letters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    /// `A-Z a-z 0-9`
    Alnum,
    /// the same with `_` and `-`
    Word,
    /// the same with `.`
    Dotted,
    /// `0-9 a-f`, either case
    Hex,
    /// `A-Z 0-9`
    Upper,
    /// `A-Z 2-7`
    Base32,
    /// `a-z 0-9`
    Lower,
    /// `A-Z a-z`
    Letters,
    /// `0-9`
    Digits,
    /// base64 with its padding
    Base64,
    /// the letters of BIP 173
    Bech32,
}

impl Set {
    /// True when the byte is of the set.
    #[inline]
    fn has(self, byte: u8) -> bool {
        OF_BYTES[usize::from(byte)] >> self as u16 & 1 == 1
    }

    const fn holds(self, byte: u8) -> bool {
        match self {
            Set::Alnum => byte.is_ascii_alphanumeric(),
            Set::Word => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Set::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
            Set::Hex => byte.is_ascii_hexdigit(),
            Set::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Set::Base32 => byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7'),
            Set::Lower => byte.is_ascii_lowercase() || byte.is_ascii_digit(),
            Set::Letters => byte.is_ascii_alphabetic(),
            Set::Digits => byte.is_ascii_digit(),
            Set::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_'),
            Set::Bech32 => matches!(byte, b'0' | b'2'..=b'9' | b'a' | b'c'..=b'h' | b'j'..=b'n' | b'p'..=b'z'),
        }
    }
}

/// The sets that all letters of a value are of, a bit each.
#[derive(Clone, Copy)]
struct Sets(u16);

impl Sets {
    fn of(value: &str) -> Self {
        let sets = value
            .bytes()
            .fold(u16::MAX, |sets, byte| sets & OF_BYTES[usize::from(byte)]);
        Self(sets)
    }

    fn have(self, set: Set) -> bool {
        self.0 >> set as u16 & 1 == 1
    }
}

/// How many sets there are.
pub(crate) const SETS: usize = ALL_SETS.len();

const ALL_SETS: [Set; 11] = [
    Set::Alnum,
    Set::Word,
    Set::Dotted,
    Set::Hex,
    Set::Upper,
    Set::Base32,
    Set::Lower,
    Set::Letters,
    Set::Digits,
    Set::Base64,
    Set::Bech32,
];

/// The sets that each byte is of.
static OF_BYTES: [u16; 256] = {
    let (mut of, mut byte) = ([0; 256], 0);
    while byte < of.len() {
        let mut at = 0;
        while at < SETS {
            of[byte] |= (ALL_SETS[at].holds(byte as u8) as u16) << ALL_SETS[at] as u16;
            at += 1;
        }
        byte += 1;
    }
    of
};

/// True when a value may begin at `start`: nothing goes on there, or a plain word and a dash lead to it (`key-ghp_…`).
fn begins_here(page: &Page<'_>, start: usize) -> bool {
    let before = page.before(start);
    if is(before, ALNUM) {
        return follows_line_escape(page.bytes, start);
    }
    if matches!(before, b'=' | b'-') && is_digest_name(page.slice(start.saturating_sub(8)..start - 1)) {
        return false;
    }
    if !is(before, JOIN) {
        return true;
    }
    let lead = page.slice(run_start(page.bytes, start, TOKEN, 64)..start);
    let has = |classes| lead.iter().any(|byte| is(*byte, classes));
    let emphasis = !has(ALNUM);
    emphasis || before == b'-' && !(has(DIGIT) || has(LOWER) && has(UPPER))
}

/// `sha256=…`, `sha512-…`: what follows is a digest, whatever it begins with.
fn is_digest_name(before: &[u8]) -> bool {
    [&b"sha1"[..], b"sha256", b"sha384", b"sha512", b"md5"]
        .iter()
        .any(|name| before.ends_with(name))
}

/// Line ends inside a token that are read over: mail programs and terminals wrap.
const MAX_BREAKS: usize = 2;
/// What must stand on the first line before the rest is looked for on the next.
const BEFORE_BREAK: usize = 6;

/// Where the body ends, if it has the form.
fn body_end(page: &Page<'_>, start: usize, body: &[Run]) -> Option<usize> {
    let bytes = page.bytes;
    let mut breaks = 0;
    let mut at = start;
    for (index, &Run(set, min, max, then)) in body.iter().enumerate() {
        let mut count = 0;
        loop {
            let end = page.sets[set as usize].end(bytes, at, at + max - count, |byte| set.has(byte));
            count += end - at;
            at = end;
            let may_break = count < min && breaks < MAX_BREAKS && at >= start + BEFORE_BREAK;
            let Some(next) = may_break.then(|| after_break(bytes, at)).flatten() else {
                break;
            };
            breaks += 1;
            at = next;
        }
        if count < min || !bytes[at..].starts_with(then.as_bytes()) {
            return None;
        }
        at += then.len();
        let last = index + 1 == body.len() && then.is_empty();
        if last && at < bytes.len() && (is(bytes[at], ALNUM) || set.has(bytes[at])) && !matches!(bytes[at], b'.' | b'=')
        {
            return None;
        }
    }
    while at > start && bytes[at - 1] == b'.' {
        at -= 1;
    }
    // The rest of a wrapped token stands alone on its line; a name or a word goes on.
    let wrapped_to_end = breaks == 0
        || bytes
            .get(at)
            .is_none_or(|byte| is(*byte, SPACE) || b"\"'`)>,;\\".contains(byte));
    wrapped_to_end.then_some(at)
}

/// The position behind a line end and its indentation.
fn after_break(bytes: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    while end < bytes.len() && end - at < 24 && matches!(bytes[end], b' ' | b'\t' | b'\r' | b'\n' | b'\\') {
        end += 1;
    }
    bytes[at..end].contains(&b'\n').then_some(end)
}

/// True when the value is a stretch of longer base64: a picture or a certificate holds every short prefix somewhere.
fn is_inside_blob(page: &Page<'_>, value: Range<usize>) -> bool {
    const REACH: usize = 64;
    const MUCH: usize = 40;
    if is_line_of_blob(page, &value) {
        return true;
    }
    if !matches!(page.before(value.start), b'+' | b'/') && !matches!(page.byte(value.end), b'+' | b'/') {
        return false;
    }
    let inside = |byte: &&u8| is(**byte, ALNUM) || matches!(**byte, b'+' | b'/');
    let before = page.slice(value.start.saturating_sub(REACH)..value.start);
    let after = page.slice(value.end..value.end + REACH);
    before.iter().rev().take_while(inside).count() + after.iter().take_while(inside).count() > MUCH
}

/// True when the value fills a line and the next one goes on like it.
fn is_line_of_blob(page: &Page<'_>, value: &Range<usize>) -> bool {
    const LINE: usize = 60;
    let inside = |byte: &&u8| is(**byte, ALNUM) || matches!(**byte, b'+' | b'/');
    let between = |byte: &&u8| b"\\nr\r\n\t \"'+;>|".contains(*byte);
    let after = page.slice(value.end..value.end + 96);
    let gap = after.iter().take_while(between).count();
    value.len() >= LINE
        && after[..gap].contains(&b'\n')
        && after[gap..].iter().take_while(inside).count() >= LINE.min(96 - gap)
}
