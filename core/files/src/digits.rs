//! Files that text carries in base64 or hexadecimal digits, as mails, notebooks and RTF carry pictures.
//!
//! Digits of a picture say no more than the picture, which is not looked into, but in a megabyte of them a detector finds
//! some value by chance. So the source of a file leaves them out.

use crate::kind;
use std::ops::Range;

/// Fewer digits are left where they are: nothing is found in them by chance.
const LEAST: usize = 1024;

/// A file in digits does not begin with a shorter line. It may be a number or a word before one.
const SHORTEST_LINE: usize = 40;

/// So many digits tell what file it is.
const HEAD: usize = 6000;

/// The text without the files in it.
pub(crate) fn without_files(text: String) -> String {
    let bytes = text.as_bytes();
    let (mut kept, mut from, mut at) = (String::new(), 0, 0);
    while at < bytes.len() {
        let run = run(bytes, at);
        if run.len() >= LEAST && kind::is_file(&decoded(bytes.get(run.clone()).unwrap_or_default())) {
            kept.push_str(text.get(from..run.start).unwrap_or_default());
            from = run.end;
        }
        at = run.end.max(at + 1);
    }
    if from == 0 {
        return text;
    }
    kept.push_str(text.get(from..).unwrap_or_default());
    kept
}

/// Lines of digits one behind the other, from the line of them that begins here.
fn run(bytes: &[u8], at: usize) -> Range<usize> {
    let mut end = line(bytes, at);
    if end - at < SHORTEST_LINE {
        return at..end;
    }
    loop {
        let next = end + line_break(bytes.get(end..).unwrap_or_default());
        let next_end = line(bytes, next);
        if next == end || next_end == next {
            return at..end;
        }
        end = next_end;
    }
}

fn line(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| is_digit(**byte)).count()
}

/// Also as JSON writes it.
fn line_break(rest: &[u8]) -> usize {
    let breaks: [&[u8]; 4] = [b"\r\n", b"\n", b"\\r\\n", b"\\n"];
    let found = breaks.iter().find(|found| rest.starts_with(found));
    found.map_or(0, |found| found.len())
}

const fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// The first bytes of the file.
fn decoded(run: &[u8]) -> Vec<u8> {
    let lines = run.split(|byte| !is_digit(*byte)).enumerate();
    // The `n` of a line break that JSON writes begins the next line.
    let escaped = run.contains(&b'\\');
    let digits = lines.flat_map(|(number, line)| match number {
        0 => line,
        _ if escaped => line.get(1..).unwrap_or_default(),
        _ => line,
    });
    let digits: Vec<u8> = digits.copied().take(HEAD).collect();
    if digits.iter().all(u8::is_ascii_hexdigit) {
        grouped(&digits, 4, |digit| char::from(digit).to_digit(16))
    } else {
        grouped(&digits, 6, base64)
    }
}

/// Whole bytes out of digits of so many bits, until one is none.
fn grouped(digits: &[u8], width: u32, value: impl Fn(u8) -> Option<u32>) -> Vec<u8> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for value in digits.iter().map_while(|digit| value(*digit)) {
        bits = bits << width | value;
        held += width;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    bytes
}

fn base64(digit: u8) -> Option<u32> {
    let place = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture as 1,600 digits in base64.
    const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAf";

    #[test]
    fn pictures_in_digits_are_left_out_and_nothing_else_is() {
        let base64 = PICTURE.repeat(40);
        let lines = |digits: &str, with: &str| {
            let lines: Vec<&str> = digits
                .as_bytes()
                .chunks(80)
                .map(|line| std::str::from_utf8(line).unwrap())
                .collect();
            lines.join(with)
        };
        let hex = "89504e470d0a1a0a0000000d49484452".repeat(80);
        for digits in [
            base64.clone(),
            lines(&base64, "\n"),
            lines(&base64, "\r\n"),
            lines(&base64, "\\n"),
            hex.clone(),
            lines(&hex, "\n"),
        ] {
            let text = format!("before \"{digits}\" behind ä\n\n{digits}\n\nend");
            assert_eq!(without_files(text), "before \"\" behind ä\n\n\n\nend");
            assert_eq!(without_files(format!("\\wmetafile8\n{digits}")), "\\wmetafile8\n");
        }
        let words = "customers and their numbers\n".repeat(100);
        let letters = "VGhpcyBpcyB0ZXh0IGFuZCBtb3JlIG9mIGl0LCB3b3JkIGJ5IHdvcmQg".repeat(40);
        for text in [words, letters, PICTURE.to_owned(), "a".repeat(5000)] {
            assert_eq!(without_files(text.clone()), text);
        }
    }
}
