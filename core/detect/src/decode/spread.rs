//! Single characters with one separator between every two of them: `4-1-1-1`, `g h p _`.

use crate::encoding::Encoding;
use crate::page::Page;
use crate::view::View;

/// Longest run read as one view.
const LONGEST: usize = 4096;
/// Fewer single characters than this are initials, a date, a list of options.
const FEWEST: usize = 9;

/// The run of single characters around `start`, pulled together. A wider gap of blanks stands for one: between
/// words. Returns the view and where it ends.
pub(super) fn collapsed(page: &Page<'_>, start: usize) -> Option<(View, usize)> {
    // A dash before a blank begins an item of a list, or a remark.
    let dashed = is_dash(page, start) && page.byte(start + 1) == b' ';
    let start = start + if dashed || is_word_ahead(page, start) { 2 } else { 0 };
    let separator = page.text.get(start + 1..)?.chars().next()?;
    let unit = page.text[start + 1..]
        .chars()
        .take(3)
        .take_while(|c| *c == separator)
        .count();
    let first = if unit == 1 {
        first_of(page, start, separator)
    } else {
        start
    };
    let mut view = View::after_context(page.text, first, Encoding::Spread);
    let mut at = first;
    let mut count = 0;
    while at < page.bytes.len().min(first + LONGEST) {
        let Some(c) = page.text[at..].chars().next().filter(|c| !c.is_whitespace()) else {
            break;
        };
        let end = at + c.len_utf8();
        view.copy(page.text, at..end);
        count += 1;
        at = end;
        let rest = &page.text[end..];
        let gap = rest.chars().take(6).take_while(|c| *c == separator).count();
        let mut next = rest.chars().skip(gap);
        let single = |c: Option<char>| c.is_none_or(|c| c == separator || !c.is_alphanumeric());
        match (gap, next.next()) {
            (_, Some(c)) if gap == unit && c != '\n' && single(next.next()) => {
                at = end + gap * separator.len_utf8();
            }
            // The separator itself, between two separators.
            (3 | 5, Some(c)) if unit == 1 && c != '\n' && separator != ' ' && single(next.next()) => {
                let inner = end + separator.len_utf8();
                let last = end + (gap - 1) * separator.len_utf8();
                for (at, c) in page.text[inner..last].char_indices().step_by(2) {
                    view.copy(page.text, inner + at..inner + at + c.len_utf8());
                }
                at = end + gap * separator.len_utf8();
            }
            (2..=6, Some(c)) if gap > unit && c != '\n' && separator == ' ' && single(next.next()) => {
                view.replace(end..end + gap, " ");
                at = end + gap;
            }
            _ => break,
        }
    }
    (count >= FEWEST).then_some((view, at))
}

/// `it's 4 1 1 1`, `a 4 1 1 1`: a letter that is a word of its own, or the end of one, and behind it nothing but digits.
fn is_word_ahead(page: &Page<'_>, start: usize) -> bool {
    const DIGITS: usize = 12;
    let behind = page.slice(start + 2..start + 2 + 2 * DIGITS);
    let pairs = |pair: &[u8]| pair[0].is_ascii_digit() && pair.get(1).is_none_or(|byte| *byte == b' ');
    page.byte(start).is_ascii_lowercase()
        && page.byte(start + 1) == b' '
        && behind.len() + 1 >= 2 * DIGITS
        && behind.chunks(2).all(pairs)
}

fn is_dash(page: &Page<'_>, at: usize) -> bool {
    matches!(page.byte(at), b'-' | b'*' | b'>')
}

/// Where the run begins: further back when marks stand there. A single letter before a space may be a word of its own.
fn first_of(page: &Page<'_>, start: usize, separator: char) -> usize {
    let mut first = start;
    let width = separator.len_utf8();
    while let Some(before) = first.checked_sub(width + 1)
        && !(separator.is_whitespace() && is_dash(page, before))
        && first - before <= start
        && page
            .text
            .get(before + 1..first)
            .is_some_and(|gap| gap.starts_with(separator))
        && (page.bytes[before].is_ascii_punctuation() || separator != ' ' && page.bytes[before].is_ascii_graphic())
        && page
            .bytes
            .get(before.wrapping_sub(1))
            .is_none_or(|byte| !byte.is_ascii_alphanumeric())
        && start - before < 64
    {
        first = before;
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str, start: usize) -> String {
        let page = Page::new(text);
        let (view, _) = collapsed(&page, start).unwrap();
        view.text
    }

    #[test]
    fn characters_are_pulled_together() {
        assert_eq!(text("4 1 1 1 2 3 4 5 6", 0), "411123456");
        assert_eq!(text("4-1-1-1---3-4-5-6-7.", 0), "4111-34567");
        assert_eq!(text("r e d i s : / / x", 0), "redis://x");
        assert_eq!(text("t h e   k e y   4 1 1", 0), "the key 411");
        assert_eq!(text("a  b  c  d  e  f  1  2  3", 0), "abcdef123");
        assert_eq!(text("key: $ a b 1 2 3 4 5 6", 7), "key: $ab123456");
        assert_eq!(text("it's 4 1 1 1 2 3 4 5 6 7 8 9 0", 3), "it's 4111234567890");
        assert_eq!(text("s 4 1 1 1 a b c d", 0), "s4111abcd");
    }
}
