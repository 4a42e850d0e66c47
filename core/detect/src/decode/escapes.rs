//! Escapes of single characters: percent, `\x`, `\u`, octal, HTML entities. A stretch with escapes in it becomes one
//! view with all of them undone.

use crate::classes::{ALNUM, DIGIT, HEX, run_end, run_start};
use crate::encoding::Encoding;
use crate::page::Page;
use crate::view::View;

/// Longest stretch of escapes read as one view.
const MAX_ESCAPED: usize = 4096;
/// A stretch that is cut begins again this much earlier, so that a value across the cut is seen whole.
const OVERLAP: usize = 256;

/// True when an escape begins at `at`.
pub(super) fn is_escape(bytes: &[u8], at: usize) -> bool {
    decode_one(&bytes[at..]).is_some()
}

/// The rest of the line from an escape on, with all its escapes undone. Returns the view and where to go on.
///
/// There is no view where nothing was escaped but what HTML has to escape, and no tag ends: the words stand as well apart
/// without it.
pub(super) fn escapes(page: &Page<'_>, at: usize) -> (Option<View>, usize) {
    let end = page.line_end(at, MAX_ESCAPED);
    let is_cut = end < page.bytes.len() && page.byte(end) != b'\n';
    let start = run_start(page.bytes, at, ALNUM, 64);
    let mut view = View::after_context(page.text, start, Encoding::Escapes);
    view.text.reserve(end - start);
    let mut copied = start;
    let mut here = at;
    let mut tells = false;
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
                tells |= !matches!(c, '<' | '>' | '&') || c == '<' && page.byte(here) == b'/';
            }
            None => here += 1,
        }
    }
    view.copy(page.text, copied.min(end)..end);
    let next = if is_cut { end - OVERLAP } else { end };
    (Some(view).filter(|_| tells), next.max(at + 1))
}

/// One escape at the start of the bytes: the character and the bytes it takes.
fn decode_one(rest: &[u8]) -> Option<(char, usize)> {
    match rest {
        [b'%', high, low, ..] if high.is_ascii_hexdigit() => {
            utf8_escapes(rest, 3, byte_of(*high, *low)?, |rest| match rest {
                [b'%', high, low, ..] => byte_of(*high, *low),
                _ => None,
            })
        }
        [b'\\', b'x', high, low, ..] => utf8_escapes(rest, 4, byte_of(*high, *low)?, |rest| match rest {
            [b'\\', b'x', high, low, ..] => byte_of(*high, *low),
            _ => None,
        }),
        // Escaped once more: a backslash that only keeps another one.
        [b'\\', b'\\', b'u' | b'x', ..] => decode_one(&rest[1..]).map(|(c, length)| (c, length + 1)),
        [b'\\', b'/', ..] => Some(('/', 2)),
        [b'\\', b'0'..=b'3', b'0'..=b'7', b'0'..=b'7', ..] => utf8_escapes(rest, 4, octal(rest)?, octal),
        [b'\\', b'U', ..] => Some((char_of(rest.get(2..10)?, 16)?, 10)),
        [b'%', b'u', ..] => Some((char_of(rest.get(2..6)?, 16)?, 6)),
        [b'\\', b'u', b'{', ..] => {
            let close = rest.iter().take(10).position(|byte| *byte == b'}')?;
            Some((char_of(&rest[3..close], 16)?, close + 1))
        }
        [b'\\', b'u', ..] => utf16_escape(rest),
        [b'&', b'#', b'x' | b'X', ..] => {
            let end = run_end(rest, 3, HEX, 6);
            Some((
                char_of(&rest[3..end], 16)?,
                end + usize::from(rest.get(end) == Some(&b';')),
            ))
        }
        [b'&', b'#', ..] => {
            let end = run_end(rest, 2, DIGIT, 7);
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
        (b"&plus;", '+'),
        (b"&dollar;", '$'),
        (b"&percnt;", '%'),
        (b"&ast;", '*'),
        (b"&excl;", '!'),
        (b"&quest;", '?'),
        (b"&semi;", ';'),
        (b"&comma;", ','),
        (b"&lpar;", '('),
        (b"&rpar;", ')'),
        (b"&lsqb;", '['),
        (b"&rsqb;", ']'),
        (b"&bsol;", '\\'),
        (b"&verbar;", '|'),
        (b"&UnderBar;", '_'),
        (b"&Hat;", '^'),
        (b"&grave;", '`'),
        (b"&Tab;", '\t'),
        (b"&NewLine;", '\n'),
        (b"&shy;", '\u{ad}'),
        (b"&zwnj;", '\u{200c}'),
        (b"&zwj;", '\u{200d}'),
        (b"&ZeroWidthSpace;", '\u{200b}'),
    ];
    const LONGEST: usize = "&ZeroWidthSpace;".len();
    let end = rest.iter().take(LONGEST).position(|byte| *byte == b';')?;
    NAMES
        .iter()
        .find(|(name, _)| *name == &rest[..=end])
        .map(|(name, c)| (*c, name.len()))
}

/// `\uXXXX`, or two of them for one character outside the basic plane.
fn utf16_escape(rest: &[u8]) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = std::str::from_utf8(rest.get(at + 2..at + 6)?).ok()?;
        (rest.get(at..at + 2)? == br"\u").then(|| u16::from_str_radix(digits, 16).ok())?
    };
    let first = unit(0)?;
    let pair = [first, unit(6).unwrap_or(0)];
    let c = char::decode_utf16(pair).next()?.ok().filter(|c| *c != '\0')?;
    Some((c, if c.len_utf16() == 2 { 12 } else { 6 }))
}

/// The byte of `\ooo`.
fn octal(rest: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(rest.get(1..4)?).ok()?;
    (rest[0] == b'\\').then(|| u8::from_str_radix(digits, 8).ok())?
}

pub(super) fn byte_of(high: u8, low: u8) -> Option<u8> {
    let value = |byte: u8| char::from(byte).to_digit(16);
    Some((value(high)? * 16 + value(low)?) as u8)
}

fn char_of(digits: &[u8], base: u32) -> Option<char> {
    let text = std::str::from_utf8(digits).ok()?;
    char::from_u32(u32::from_str_radix(text, base).ok()?).filter(|c| *c != '\0')
}

/// A character of several escaped bytes.
pub(super) fn utf8_escapes(
    rest: &[u8],
    width: usize,
    first: u8,
    byte: impl Fn(&[u8]) -> Option<u8>,
) -> Option<(char, usize)> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_every_kind_are_undone() {
        for text in [
            "%67%68p",
            "%u0067hp",
            r"\u0067\x68p",
            "&#103;&#x68;p",
            r"\u{67}hp",
            r"\147\150p",
            r"\U00000067hp",
            r"\\u0067\\x68p",
        ] {
            let page = Page::new(text);
            assert_eq!(escapes(&page, 0).0.unwrap().text, "ghp");
        }
        let smile = escapes(&Page::new(r"\ud83d\ude00"), 0).0;
        assert_eq!(smile.unwrap().text, "\u{1f600}");
        assert!(escapes(&Page::new("Vec&lt;u8&gt; &amp; more"), 3).0.is_none());
        assert!(escapes(&Page::new("&lt;b>x&lt;/b>"), 0).0.is_some());
    }

    #[test]
    fn line_ends_and_paths_are_no_escapes() {
        for text in [r"\n", r"\users", r"\d+", "100% sure", "%s", "R&D", "&c", r"\1"] {
            assert!(
                !is_escape(text.as_bytes(), text.find(['\\', '%', '&']).unwrap()),
                "{text}"
            );
        }
    }
}
