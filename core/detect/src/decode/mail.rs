//! The encodings of mail: quoted-printable and encoded words.

use super::blob::{base64, into_text};
use super::escapes::{byte_of, utf8_escapes};
use crate::classes::{TOKEN, is};
use crate::encoding::Encoding;
use crate::page::Page;
use crate::view::View;

/// Longest stretch read as one view.
const MAX_STRETCH: usize = 4096;
/// RFC 2045: no line of quoted-printable is longer.
const LONGEST_LINE: usize = 80;

/// The text around a `=` that is an escape or a soft line end of quoted-printable. Returns the view and where it ends.
pub(super) fn quoted_printable(page: &Page<'_>, at: usize) -> Option<(View, usize)> {
    let bytes = page.bytes;
    let length = step(&bytes[at..])?.1;
    let near = || {
        let ahead = page.slice(at + length..at + LONGEST_LINE);
        memchr::memchr_iter(b'=', ahead).any(|found| step(&ahead[found..]).is_some())
    };
    let soft = bytes.get(at + 1).is_some_and(|byte| !byte.is_ascii_hexdigit());
    let sure = if soft {
        is(page.before(at), TOKEN) && is(page.byte(at + length), TOKEN)
    } else {
        bytes[at..].starts_with(b"=3D") || near()
    };
    if !sure {
        return None;
    }
    let mut view = View::after_context(page.text, at, Encoding::QuotedPrintable);
    let stop = page.text.floor_char_boundary(bytes.len().min(at + MAX_STRETCH));
    let (mut here, mut copied) = (at, at);
    while let Some(found) = memchr::memchr2(b'=', b'\n', &bytes[here..stop]) {
        here += found;
        match step(&bytes[here..stop]) {
            Some((c, length)) => {
                view.copy(page.text, copied..here);
                if let Some(c) = c {
                    view.replace(here..here + length, c.encode_utf8(&mut [0; 4]));
                }
                here += length;
                copied = here;
            }
            None if bytes[here] == b'\n' => break,
            None => here += 1,
        }
    }
    let end = page.line_end(here.min(stop), LONGEST_LINE).max(copied);
    view.copy(page.text, copied..end);
    Some((view, end.max(at + 1)))
}

/// One escape, or a soft line end, which stands for nothing; and its length.
fn step(rest: &[u8]) -> Option<(Option<char>, usize)> {
    match rest {
        [b'=', b'\n', ..] => Some((None, 2)),
        [b'=', b'\r', b'\n', ..] => Some((None, 3)),
        [b'=', high, low, ..] => {
            let byte = |rest: &[u8]| match rest {
                [b'=', high, low, ..] => byte_of(*high, *low),
                _ => None,
            };
            let upper = |byte: &u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(byte);
            let first = byte_of(*high, *low).filter(|_| upper(high) && upper(low))?;
            utf8_escapes(rest, 3, first, byte).map(|(c, length)| (Some(c), length))
        }
        _ => None,
    }
}

/// `=?charset?B?…?=`, and the words that follow it. Returns the view and where it ends.
pub(super) fn encoded_words(page: &Page<'_>, at: usize) -> Option<(View, usize)> {
    let mut view = View::after_context(page.text, at, Encoding::EncodedWord);
    let mut here = at;
    while let Some((text, end)) = encoded_word(page, here) {
        view.replace(here..end, &text);
        let gap = page.slice(end..end + 4);
        let blanks = gap.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        here = end;
        if page.slice(end + blanks..end + blanks + 2) != b"=?" {
            break;
        }
        here = end + blanks;
    }
    (here > at).then_some((view, here))
}

fn encoded_word(page: &Page<'_>, at: usize) -> Option<(String, usize)> {
    const LONGEST: usize = 1024;
    let rest = page.slice(at..at + LONGEST).strip_prefix(b"=?")?;
    let charset = memchr::memchr(b'?', rest)?;
    let (form, data) = match &rest[charset..] {
        [b'?', form, b'?', data @ ..] => (form.to_ascii_uppercase(), data),
        _ => return None,
    };
    let length = memchr::memmem::find(data, b"?=")?;
    let end = at + 2 + charset + 3 + length + 2;
    let bytes = match form {
        b'B' => base64(&data[..length]),
        b'Q' => q_bytes(&data[..length]),
        _ => return None,
    };
    let latin = || bytes.iter().map(|byte| char::from(*byte)).collect();
    Some((into_text(bytes.clone()).unwrap_or_else(latin), end))
}

fn q_bytes(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut rest = data;
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'_', _) => out.push(b' '),
            (b'=', [high, low, after @ ..]) => {
                out.extend(byte_of(*high, *low));
                rest = after;
            }
            _ => out.push(*first),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_soft_line_ends_are_undone() {
        let text = "key=3Dabc=\r\ndef=C3=A9 x";
        let (view, end) = quoted_printable(&Page::new(text), 3).unwrap();
        assert_eq!((view.text.as_str(), end), ("key=abcdefé x", text.len()));
    }

    #[test]
    fn assignments_are_no_escapes() {
        for text in ["a=4e5", "width=20 height", "x=10", "if a ==\nb", "q=AB&r=1"] {
            assert!(
                quoted_printable(&Page::new(text), text.find('=').unwrap()).is_none(),
                "{text}"
            );
        }
    }

    #[test]
    fn encoded_words_are_read_as_one_text() {
        let text = "=?utf-8?B?aGVsbG8g?= =?iso-8859-1?Q?w=F6rld_!?= end";
        let (view, end) = encoded_words(&Page::new(text), 0).unwrap();
        assert_eq!(view.text, "hello wörld !");
        assert_eq!(&text[end..], " end");
    }
}
