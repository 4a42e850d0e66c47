//! The right side of an assignment: what may be a password or a key, and what is a word, a reference, a type or a place.

use crate::classes::{ALNUM, DIGIT, LETTER, SPACE, UPPER, is};
use crate::evidence::{contains, distinct, entropy, is_placeholder, is_uuid};
use crate::page::Page;
use crate::sweep::skip_blanks;
use std::ops::Range;

/// What stands on the right of an assignment.
pub(super) struct Value {
    pub(super) range: Range<usize>,
    pub(super) quoted: bool,
    /// True when the value is called, indexed or read from somewhere.
    pub(super) call: bool,
}

const MAX_VALUE: usize = 512;

impl Value {
    pub(super) fn read(page: &Page<'_>, from: usize) -> Option<Self> {
        let mut start = from;
        let mut quote = None;
        if page.byte(start) == b'\\' && matches!(page.byte(start + 1), b'"' | b'\'') {
            start += 1;
        }
        if matches!(page.byte(start), b'b' | b'r' | b'f' | b'u' | b'@') && matches!(page.byte(start + 1), b'"' | b'\'')
        {
            start += 1;
        }
        if let open @ (b'"' | b'\'' | b'`') = page.byte(start) {
            quote = Some(open);
            start += 1;
        }
        let line = page.line_end(start, MAX_VALUE);
        let closed = quote.and_then(|quote| memchr::memchr(quote, page.slice(start..line)).map(|at| start + at));
        let end = match closed {
            Some(end) if page.byte(end.wrapping_sub(1)) == b'\\' => end - 1,
            Some(end) => end,
            None => Self::unquoted_end(page, start, line),
        };
        let inner = page.slice(start..end);
        let opens = inner
            .first()
            .is_some_and(|byte| matches!(byte, b'&' | b'[' | b'{' | b'(' | b'|' | b'='));
        let call = closed.is_none()
            && (matches!(page.byte(end), b'(' | b'[')
                || opens
                || contains(inner, b"(")
                || contains(inner, b"::")
                || is_type(inner));
        (start < end).then_some(Self {
            range: start..end,
            quoted: closed.is_some(),
            call,
        })
    }

    pub(super) fn unquoted_end(page: &Page<'_>, start: usize, line: usize) -> usize {
        let stops = |at: usize| {
            let byte = page.byte(at);
            is(byte, SPACE)
                || matches!(byte, b'"' | b'\'' | b'<' | b'`')
                || matches!(byte, b';' | b'&' | b',' | b'|') && Self::names_next(page, at + 1)
                || byte == b'\\' && matches!(page.byte(at + 1), b'n' | b'"' | b'r' | b't')
        };
        let mut end = (start..line).find(|at| stops(*at)).unwrap_or(line);
        while end > start && matches!(page.byte(end - 1), b',' | b';' | b'.' | b')' | b'}' | b']') {
            end -= 1;
        }
        end
    }

    /// True when another name and its assignment follow: `;Server=`.
    pub(super) fn names_next(page: &Page<'_>, at: usize) -> bool {
        let start = skip_blanks(page.bytes, at);
        let mut end = start;
        while end - start < 40
            && (is(page.byte(end), LETTER) || matches!(page.byte(end), b'_' | b' ' | b'-' | b'.') && end > start)
        {
            end += 1;
        }
        start == page.bytes.len() || is(page.byte(start), SPACE) || end > start && matches!(page.byte(end), b'=' | b':')
    }
}

/// True when the text may be a password: it is neither a word, a reference, a type nor a place.
pub(in crate::detectors) fn is_password(text: &str, quoted: bool) -> bool {
    let bytes = text.as_bytes();
    if !(4..=160).contains(&bytes.len()) || is_placeholder(text) || text.contains("://") || text.contains("\\x") {
        return false;
    }
    let has = |classes| bytes.iter().any(|byte| is(*byte, classes));
    let (digit, letter) = (has(DIGIT), has(LETTER) || !text.is_ascii());
    let mark = bytes.iter().any(|byte| {
        byte.is_ascii_punctuation()
            && !matches!(
                byte,
                b'-' | b'_' | b'.' | b'/' | b',' | b'\'' | b':' | b'(' | b')' | b'[' | b']'
            )
    });
    let place = bytes[0] == b'/'
        || bytes.starts_with(b"./")
        || bytes.starts_with(b"~/")
        || bytes.get(1..3) == Some(b":\\")
        || is_file(text);
    let words = text.split_ascii_whitespace().count();
    let path = !quoted && is_member(bytes) && !digit;
    if words > 1 || place || path || bytes[0] == b'$' && bytes.len() < 4 {
        return false;
    }
    let numeric = !letter && digit && !mark;
    if numeric {
        return bytes.len() >= 6 && bytes.iter().all(u8::is_ascii_digit) && distinct(bytes) > 2;
    }
    // The hash of a password is not the password.
    let hash = [
        "$2a$", "$2b$", "$2y$", "$6$", "$5$", "$1$", "$argon2", "pbkdf2", "{SSHA}", "sha256$", "sha256:",
    ]
    .iter()
    .any(|start| text.starts_with(start));
    letter
        && (digit || mark)
        && !hash
        && distinct(bytes) >= 4
        && !is_numbered_name(text)
        && !(mark && !digit && is_markup(bytes))
}

fn is_file(text: &str) -> bool {
    [
        ".txt", ".pem", ".key", ".json", ".yml", ".yaml", ".env", ".crt", ".md", ".html",
    ]
    .iter()
    .any(|end| text.ends_with(end))
}

/// `config.db.password`, `self.password`.
fn is_member(bytes: &[u8]) -> bool {
    contains(bytes, b".")
        && bytes
            .iter()
            .all(|byte| is(*byte, LETTER) || matches!(byte, b'_' | b'.'))
}

/// `password1`, `value_2`, `user_password_v2`: names in code, not values.
fn is_numbered_name(text: &str) -> bool {
    const NAMES: &[&str] = &[
        "password", "passwd", "pass", "pwd", "value", "label", "field", "input", "arg", "param", "str", "string",
        "text", "utf", "sha", "md", "base", "int", "char", "varchar", "text", "type", "var", "test", "option",
        "secret", "token", "key",
    ];
    let stem = text.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '_' | '-'));
    NAMES.contains(&stem.to_ascii_lowercase().as_str())
        || stem.is_empty() && !text.bytes().all(|b| b.is_ascii_digit()) && text.len() < 6
}

/// Letters with quotes, brackets or question marks only: code or prose.
fn is_markup(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .all(|byte| is(*byte, LETTER) || b"?!;=<>{}|&*\"#%+:,._-\\".contains(byte))
        && {
            let marks: Vec<&u8> = bytes.iter().filter(|byte| byte.is_ascii_punctuation()).collect();
            let tail = bytes
                .iter()
                .rev()
                .take_while(|byte| byte.is_ascii_punctuation())
                .count();
            marks.len() == tail && tail < 3 || bytes.first().is_some_and(|byte| b"<{&*%#=|".contains(byte))
        }
}

/// True when the text has the shape of a key: long, mixed, without structure that says what else it is.
pub(super) fn is_secret(text: &str, call: bool) -> bool {
    let bytes = text.as_bytes();
    let allowed = bytes
        .iter()
        .all(|byte| is(*byte, ALNUM) || b"_-+/=.~:!@#$%^&*|,".contains(byte));
    let digits = bytes.iter().filter(|byte| is(**byte, DIGIT)).count();
    let letters = bytes.iter().filter(|byte| is(**byte, LETTER)).count();
    if call || !allowed || !(16..=MAX_VALUE).contains(&bytes.len()) || digits < 2 || letters < 2 || is_placeholder(text)
    {
        return false;
    }
    let place = text.contains("://")
        || bytes[0] == b'/'
        || bytes.starts_with(b"./")
        || is_file(text)
        || text.matches('/').count() > 3 && text.len() < 40;
    let date = text.len() < 32 && text.matches('-').count() >= 2 && text.contains(':');
    !place
        && !date
        && !is_uuid(bytes)
        && distinct(bytes) >= 8
        && entropy(bytes) >= 2.9
        && !is_words(text)
        && !is_digest(text)
}

/// `my-service-token-v2`: words and small numbers.
fn is_words(text: &str) -> bool {
    let parts: Vec<&str> = text
        .split(['-', '_', '.', '/', ':'])
        .filter(|part| !part.is_empty())
        .collect();
    let wordy = |part: &&str| {
        let letters = part.trim_matches(|c: char| c.is_ascii_digit()).as_bytes();
        let all = |test: fn(&u8) -> bool| letters.iter().all(test);
        let title = letters.iter().skip(1).all(u8::is_ascii_lowercase) && all(u8::is_ascii_alphabetic);
        (all(u8::is_ascii_lowercase) || all(u8::is_ascii_uppercase) || title) && part.len() - letters.len() <= 5
    };
    parts.len() >= 2 && parts.iter().all(wordy)
}

/// Types and constants of code: `u32`, `__u8`, `uint16_t`, `WIN32_ERROR`.
fn is_type(value: &[u8]) -> bool {
    let name = value.iter().all(|byte| is(*byte, ALNUM) || *byte == b'_');
    let stem: Vec<u8> = value
        .iter()
        .filter(|byte| is(**byte, LETTER))
        .map(u8::to_ascii_lowercase)
        .collect();
    let scalar = matches!(
        &stem[..],
        b"u" | b"i"
            | b"f"
            | b"uint"
            | b"int"
            | b"float"
            | b"uintt"
            | b"intt"
            | b"str"
            | b"char"
            | b"utf"
            | b"bytes"
            | b"cstr"
    );
    let constant = value.iter().all(|byte| is(*byte, UPPER | DIGIT) || *byte == b'_')
        && value.iter().filter(|byte| **byte == b'_').count() > 0
        && value.first().is_some_and(|byte| is(*byte, UPPER));
    name && (scalar
        || constant
            && value.iter().filter(|byte| is(**byte, DIGIT)).count() <= 2
            && std::str::from_utf8(value).is_ok_and(is_words))
}

/// `sha512-…`, `sha256:…`.
fn is_digest(text: &str) -> bool {
    [
        "sha1-", "sha256-", "sha384-", "sha512-", "sha256:", "sha512:", "md5:", "sha1:",
    ]
    .iter()
    .any(|start| text.starts_with(start))
}
