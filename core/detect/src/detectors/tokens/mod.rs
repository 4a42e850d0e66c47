//! Keys and tokens with a format of their own: a fixed beginning and a body of known letters and length.
//!
//! Each line of [`FORMATS`] is one format. Formats come from the issuers' documentation and from their own scanners'
//! published patterns; where a format carries a checksum it is verified.

mod formats;
mod types;

pub(super) use types::{Type, info};

use self::formats::FORMATS;
use self::types::TYPES;
use super::{Family, Hit, Word};
use crate::checks::ends_with_crc32;
use crate::classes::{ALNUM, DIGIT, TOKEN, is, run_end, run_start};
use crate::evidence::{distinct, is_placeholder};
use crate::page::{Findings, Page};
use crate::registry::Info;
use crate::sweep::{Token, follows_line_escape};
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

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        let format = &FORMATS[hit.index];
        if is(page.before(hit.start), ALNUM) && !follows_line_escape(page.bytes, hit.start) {
            return;
        }
        let end =
            body_end(page.bytes, hit.end, format.body, 0).or_else(|| body_end(page.bytes, hit.end, format.body, 2));
        let Some(end) = end else { return };
        let value = page.text(hit.start..end);
        let body = &value[hit.end - hit.start..];
        if distinct(body.as_bytes()) < 6 || is_placeholder(body) || value.ends_with("EXAMPLE") {
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

/// Formats whose beginning is too short or too late for the lexicon: Twilio's API keys and the secrets of Entra ID.
pub(super) fn odd(page: &Page<'_>, token: Token, out: &mut Findings) {
    let text = page.text(token.start..token.end);
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if text.len() == 34 && text.starts_with("SK") && hex(&text[2..]) && distinct(text.as_bytes()) > 8 {
        out.add(info(Type::Twilio), token.start..token.end, Confidence::High);
    }
    if text.ends_with('Q') && page.byte(token.end) == b'~' && text.len() >= 5 {
        let inside = |byte: u8| Set::Dotted.has(byte) || byte == b'~';
        let start = token.end - 5;
        let end = (token.end + 1..page.bytes.len().min(token.end + 40)).find(|at| !inside(page.byte(*at)));
        let end = end.unwrap_or(page.bytes.len().min(token.end + 40));
        if page.byte(start + 3).is_ascii_digit()
            && matches!(end - token.end - 1, 31..=34)
            && !is(page.before(start), ALNUM)
        {
            out.add(info(Type::Other), start..end, Confidence::High);
        }
    }
}

/// The colon of a Telegram bot token: `49382716:AA…`.
pub(super) fn telegram(page: &Page<'_>, colon: usize, out: &mut Findings) {
    let start = run_start(page.bytes, colon, DIGIT, 11);
    let end = run_end(page.bytes, colon + 1, TOKEN, 36);
    let shaped = (8..=10).contains(&(colon - start)) && end - colon == 36 && page.slice(colon + 1..colon + 3) == b"AA";
    if shaped && distinct(page.slice(colon + 1..end)) > 12 {
        out.add(info(Type::Other), start..end, Confidence::High);
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

/// A run of letters of one set, and a literal behind it.
struct Run(Set, usize, usize, &'static str);

/// Sets of letters.
#[derive(Clone, Copy)]
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
}

impl Set {
    #[inline]
    fn has(self, byte: u8) -> bool {
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
        }
    }
}

/// Where the body ends, if it has the form. Up to `breaks` line ends inside it are skipped.
fn body_end(bytes: &[u8], start: usize, body: &[Run], mut breaks: usize) -> Option<usize> {
    let mut at = start;
    for (index, &Run(set, min, max, then)) in body.iter().enumerate() {
        let mut count = 0;
        while count < max && at < bytes.len() {
            if set.has(bytes[at]) {
                count += 1;
                at += 1;
            } else if breaks > 0
                && count < min
                && let Some(next) = after_break(bytes, at)
            {
                breaks -= 1;
                at = next;
            } else {
                break;
            }
        }
        if count < min || !bytes[at..].starts_with(then.as_bytes()) {
            return None;
        }
        at += then.len();
        let last = index + 1 == body.len() && then.is_empty();
        if last && at < bytes.len() && (is(bytes[at], ALNUM) || set.has(bytes[at])) && bytes[at] != b'.' {
            return None;
        }
    }
    while at > start && bytes[at - 1] == b'.' {
        at -= 1;
    }
    Some(at)
}

/// The position behind a line end and its indentation.
fn after_break(bytes: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    while end < bytes.len() && end - at < 24 && matches!(bytes[end], b' ' | b'\t' | b'\r' | b'\n' | b'\\') {
        end += 1;
    }
    bytes[at..end].contains(&b'\n').then_some(end)
}

fn sure(_: &str) -> Option<Confidence> {
    Some(Confidence::High)
}

/// What follows the prefix must look drawn by chance: with fewer than two digits it may be a word or a name, and one
/// random key in twelve has that few.
fn with_digits(value: &str) -> Option<Confidence> {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let capitals = value.bytes().filter(u8::is_ascii_uppercase).count();
    (digits >= 2 || (digits == 1 && capitals >= 4) || is_drawn_by_chance(value)).then_some(Confidence::High)
}

/// Letters drawn by chance, told from words: the rare letters are as frequent as the others, or capitals come so often
/// that no word fits between them.
fn is_drawn_by_chance(value: &str) -> bool {
    let body = value.as_bytes();
    let letters = body.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let rare = body
        .iter()
        .filter(|byte| b"jkqvwxz".contains(&byte.to_ascii_lowercase()))
        .count();
    let runs = || {
        body.split(|byte| !byte.is_ascii_lowercase())
            .filter(|run| !run.is_empty())
    };
    let capitals = body.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    // Chance gives 7 of 26 rare letters and runs of two small letters; English gives 1 of 20, and words.
    let many_rare = rare >= 4 && rare * 7 >= letters;
    let short_runs = capitals >= 6 && runs().map(<[u8]>::len).sum::<usize>() * 5 <= runs().count() * 14;
    body.len() >= 16 && (many_rare || short_runs)
}

/// Tokens of GitHub and npm end with a checksum. One that fails is mistyped or made up: recorded, not acted on.
fn crc(value: &str) -> Option<Confidence> {
    let body = value.split_once('_').map_or("", |(_, body)| body);
    Some(if ends_with_crc32(body.as_bytes()) {
        Confidence::High
    } else {
        Confidence::Low
    })
}

/// OpenAI keys carry a marker in the middle; long ones without it are accepted with less confidence.
fn openai(value: &str) -> Option<Confidence> {
    match (value.contains("T3BlbkFJ"), value.len() >= 60) {
        (true, _) => Some(Confidence::High),
        (false, true) => with_digits(value).map(|_| Confidence::Medium),
        (false, false) => None,
    }
}

/// The early form, `sk-` and 48 letters and digits; DeepSeek and others use 32 hex digits.
fn bare_sk(value: &str) -> Option<Confidence> {
    match value.len() {
        51 if value.contains("T3BlbkFJ") => Some(Confidence::High),
        51 => with_digits(value).map(|_| Confidence::Medium),
        _ => None,
    }
}

/// Keys of upper-case letters need a digit, others may also show that they are no word.
fn with_any_digit(value: &str) -> Option<Confidence> {
    let has_digit = value.bytes().skip(4).any(|byte| byte.is_ascii_digit());
    (has_digit || is_drawn_by_chance(value)).then_some(Confidence::High)
}
