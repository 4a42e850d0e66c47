//! Encodings that hide text: base64, hex, percent, `\u` and `\x` escapes, HTML entities, spaced-out characters and
//! split literals. Each becomes a small [`View`] that is read like any other text.
//!
//! Gates are cheap: a blob must decode to printable text in its first bytes, an escape must be one.

use crate::classes::{ALNUM, HEX, SPACE, is, run_end, run_start};
use crate::page::Page;
use crate::sweep::Token;
use crate::view::View;
use std::ops::Range;

/// Longest blob that is decoded; what comes after is cut.
const MAX_BLOB: usize = 256 * 1024;
/// Bytes decoded to see whether a blob holds text.
const PROBE: usize = 12;
/// Longest stretch of escapes read as one view.
const MAX_ESCAPED: usize = 4096;

/// The extent of the base64 run around a token.
pub(crate) fn base64_run(bytes: &[u8], token: Token) -> Range<usize> {
    let inside = |byte: u8| is(byte, ALNUM) || matches!(byte, b'+' | b'/' | b'-' | b'_');
    let mut start = token.start;
    while start > 0 && token.start - start < 64 && inside(bytes[start - 1]) {
        start -= 1;
    }
    let mut end = token.end;
    let mut line = start;
    loop {
        while end < bytes.len() && end - start < MAX_BLOB && inside(bytes[end]) {
            end += 1;
        }
        let wrapped = end - line >= 56 && end + 1 < bytes.len() && bytes[end] == b'\n' && inside(bytes[end + 1]);
        if !wrapped || end - start >= MAX_BLOB {
            break;
        }
        end += 1;
        line = end;
    }
    while end < bytes.len() && bytes[end] == b'=' && end - start < MAX_BLOB {
        end += 1;
    }
    start..end
}

/// The text inside a base64 or hex blob.
pub(crate) fn blob(bytes: &[u8]) -> Option<String> {
    if bytes.len() < 16 {
        return None;
    }
    if bytes.iter().take(24).all(|byte| is(*byte, HEX)) {
        return hex(bytes);
    }
    let probe = base64(&bytes[..bytes.len().min(PROBE * 4 / 3)]);
    if !looks_like_text(&probe) {
        return None;
    }
    into_text(base64(bytes))
}

fn hex(bytes: &[u8]) -> Option<String> {
    if bytes.len() < 16 || !bytes.len().is_multiple_of(2) || !bytes.iter().all(|byte| is(*byte, HEX)) {
        return None;
    }
    let probe = hex::decode(&bytes[..16]).ok()?;
    if !looks_like_text(&probe) {
        return None;
    }
    into_text(hex::decode(bytes).ok()?)
}

/// Forgiving: both alphabets, padding or none, line breaks skipped, a cut last group dropped.
fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3 + 3);
    let (mut group, mut bits) = (0u32, 0);
    for &byte in bytes {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => continue,
        };
        group = group << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((group >> bits) as u8);
        }
    }
    out
}

fn looks_like_text(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && bytes
            .iter()
            .all(|&byte| byte >= 0x20 && byte != 0x7f || matches!(byte, b'\n' | b'\r' | b'\t'))
        && {
            let foreign = bytes.iter().filter(|byte| **byte >= 0x80).count();
            foreign == 0 || foreign * 2 >= bytes.len() || std::str::from_utf8(bytes).is_ok()
        }
}

fn into_text(bytes: Vec<u8>) -> Option<String> {
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            if bytes.len() - valid > 3 {
                return None;
            }
            String::from_utf8(bytes[..valid].to_vec()).ok()?
        }
    };
    let control = text
        .bytes()
        .filter(|byte| *byte < 0x20 && !matches!(byte, b'\n' | b'\r' | b'\t'))
        .count();
    (control * 20 <= text.len()).then_some(text)
}

/// True when an escape begins at `at`.
pub(crate) fn is_escape(bytes: &[u8], at: usize) -> bool {
    decode_one(&bytes[at..]).is_some()
}

/// The line around an escape with all its escapes undone. Returns the view and where it ends.
pub(crate) fn escapes(page: &Page<'_>, at: usize) -> (View, usize) {
    let end = char_boundary(page.text, page.line_end(at, MAX_ESCAPED));
    let start = run_start(page.bytes, at, ALNUM, 64);
    let mut view = View::after_context(page.text, start);
    let mut copied = start;
    let mut here = at;
    while here < end {
        let Some(next) = memchr::memchr3(b'%', b'\\', b'&', &page.bytes[here..end]) else {
            break;
        };
        here += next;
        match decode_one(&page.bytes[here..end]) {
            Some((c, length)) => {
                view.copy(page.text, copied..here);
                view.replace(here..here + length, c.encode_utf8(&mut [0; 4]));
                here += length;
                copied = here;
            }
            None => here += 1,
        }
    }
    view.copy(page.text, copied.min(end)..end);
    (view, end.max(at + 1))
}

/// One escape at the start of the bytes: the character and the bytes it takes.
fn decode_one(rest: &[u8]) -> Option<(char, usize)> {
    match rest {
        [b'%', high, low, ..] => utf8_escapes(rest, 3, byte_of(*high, *low)?, |rest| match rest {
            [b'%', high, low, ..] => byte_of(*high, *low),
            _ => None,
        }),
        [b'\\', b'x', high, low, ..] => utf8_escapes(rest, 4, byte_of(*high, *low)?, |rest| match rest {
            [b'\\', b'x', high, low, ..] => byte_of(*high, *low),
            _ => None,
        }),
        [b'\\', b'u', b'{', ..] => {
            let close = rest.iter().take(10).position(|byte| *byte == b'}')?;
            Some((char_of(&rest[3..close], 16)?, close + 1))
        }
        [b'\\', b'u', ..] => Some((char_of(rest.get(2..6)?, 16)?, 6)),
        [b'&', b'#', b'x' | b'X', ..] => {
            let end = run_end(rest, 3, HEX, 6);
            Some((
                char_of(&rest[3..end], 16)?,
                end + usize::from(rest.get(end) == Some(&b';')),
            ))
        }
        [b'&', b'#', ..] => {
            let end = run_end(rest, 2, crate::classes::DIGIT, 7);
            Some((
                char_of(&rest[2..end], 10)?,
                end + usize::from(rest.get(end) == Some(&b';')),
            ))
        }
        [b'&', ..] => entity(rest),
        _ => None,
    }
}

fn entity(rest: &[u8]) -> Option<(char, usize)> {
    const NAMES: &[(&[u8], char)] = &[
        (b"&amp;", '&'),
        (b"&lt;", '<'),
        (b"&gt;", '>'),
        (b"&quot;", '"'),
        (b"&apos;", '\''),
        (b"&commat;", '@'),
        (b"&period;", '.'),
        (b"&nbsp;", ' '),
        (b"&lowbar;", '_'),
        (b"&colon;", ':'),
        (b"&equals;", '='),
        (b"&sol;", '/'),
        (b"&hyphen;", '-'),
        (b"&dash;", '-'),
        (b"&num;", '#'),
    ];
    NAMES
        .iter()
        .find(|(name, _)| rest.starts_with(name))
        .map(|(name, c)| (*c, name.len()))
}

fn byte_of(high: u8, low: u8) -> Option<u8> {
    let value = |byte: u8| char::from(byte).to_digit(16);
    Some((value(high)? * 16 + value(low)?) as u8)
}

fn char_of(digits: &[u8], base: u32) -> Option<char> {
    let text = std::str::from_utf8(digits).ok()?;
    char::from_u32(u32::from_str_radix(text, base).ok()?).filter(|c| *c != '\0')
}

/// A character of several escaped bytes.
fn utf8_escapes(rest: &[u8], width: usize, first: u8, byte: impl Fn(&[u8]) -> Option<u8>) -> Option<(char, usize)> {
    if first < 0x80 {
        return Some((char::from(first), width)).filter(|_| first >= 0x20 || matches!(first, b'\n' | b'\t' | b'\r'));
    }
    let count = match first {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    let mut bytes = [first, 0, 0, 0];
    for (index, place) in bytes.iter_mut().enumerate().take(count).skip(1) {
        *place = byte(rest.get(index * width..)?)?;
    }
    Some((
        std::str::from_utf8(&bytes[..count]).ok()?.chars().next()?,
        count * width,
    ))
}

/// Single characters with separators between them, pulled together.
pub(crate) fn despaced(page: &Page<'_>, start: usize, end: usize) -> View {
    let mut view = View::after_context(page.text, start);
    for at in (start..end).step_by(2) {
        view.copy(page.text, at..at + 1);
    }
    view
}

/// Literals joined by `+` over `"…" + "…"`, or lines joined by a backslash, or `None` where there is no such joint.
pub(crate) fn joined(page: &Page<'_>, at: usize) -> Option<(View, usize)> {
    const REACH: usize = 2048;
    let first = joint(page.bytes, at)?;
    let start = run_start(page.bytes, first.start, ALNUM | crate::classes::JOIN, 256);
    let mut view = View::after_context(page.text, start);
    let mut copied = start;
    let mut gap = first;
    loop {
        view.copy(page.text, copied..gap.start);
        copied = gap.end;
        let stop = page.bytes.len().min(start + REACH);
        let next = memchr::memchr2_iter(b'+', b'\\', &page.bytes[copied.min(stop)..stop])
            .find_map(|found| joint(page.bytes, copied + found));
        match next {
            Some(next) if next.start >= copied && next.end <= stop => gap = next,
            _ => break,
        }
    }
    let end = char_boundary(page.text, page.line_end(copied, 256));
    view.copy(page.text, copied..end);
    Some((view, copied))
}

/// The bytes to leave out around a `+` or a backslash between two halves of a literal.
fn joint(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    if bytes[at] == b'\\' {
        let newline = match bytes[at + 1..] {
            [b'\n', ..] => at + 2,
            [b'\r', b'\n', ..] => at + 3,
            _ => return None,
        };
        return Some(at..run_end(bytes, newline, SPACE, 64)).filter(|gap| is_token_side(bytes, gap));
    }
    let left = run_start(bytes, at, SPACE, 64).checked_sub(1)?;
    let quote = bytes[left];
    let right = run_end(bytes, at + 1, SPACE, 64);
    let closes = matches!(quote, b'"' | b'\'' | b'`') && bytes.get(right) == Some(&quote);
    Some(left..right + 1).filter(|gap| closes && is_token_side(bytes, gap))
}

fn is_token_side(bytes: &[u8], gap: &Range<usize>) -> bool {
    gap.start > 0
        && is(bytes[gap.start - 1], crate::classes::TOKEN)
        && bytes.get(gap.end).is_some_and(|byte| is(*byte, crate::classes::TOKEN))
}

fn char_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blobs_of_text_are_read_and_others_are_not() {
        assert_eq!(blob(b"aGVsbG8gd29ybGQgaGVsbG8=").as_deref(), Some("hello world hello"));
        assert_eq!(blob(b"68656c6c6f20776f726c64206162").as_deref(), Some("hello world ab"));
        assert!(blob(b"ff0c3f5b574e3096e28c401c278c09ad32c4cb49").is_none());
        assert!(blob(b"SomeVeryLongIdentifierName").is_none());
    }

    #[test]
    fn escapes_of_every_kind_are_undone() {
        for text in ["%67%68p", r"\u0067\x68p", "&#103;&#x68;p", r"\u{67}hp"] {
            let page = Page::new(text);
            assert_eq!(escapes(&page, 0).0.text, "ghp");
        }
    }

    #[test]
    fn literals_in_two_parts_are_joined() {
        let text = r#"k = "ghp_ab" + "cd" + "ef";"#;
        let page = Page::new(text);
        let (view, _) = joined(&page, text.find('+').unwrap()).unwrap();
        assert!(view.text.contains("ghp_abcdef"));
    }
}
