//! Values in pieces: literals that a program joins, values broken over lines, keys written in groups.

use super::blob::line_joint;
use crate::classes::{ALNUM, DIGIT, HIGH, LETTER, LOWER, SPACE, TOKEN, UPPER, is, run_end, run_start};
use crate::encoding::Encoding;
use crate::page::{Page, looks};
use crate::sweep::skip_blanks;
use crate::view::View;
use std::ops::Range;

/// How far the pieces of one value lie apart at most, in bytes.
const REACH: usize = 2048;
/// Longest single literal.
const LITERAL: usize = 256;

/// Around a `+` or `&` between two literals, or a backslash that ends a line. Returns the view and where it ends.
pub(super) fn joined(page: &Page<'_>, at: usize) -> Option<(View, usize)> {
    let bytes = page.bytes;
    if bytes[at] == b'\\' {
        let end = line_joint(bytes, at)?;
        return Some(at..end)
            .filter(|gap| is_inside_value(bytes, gap))
            .map(|gap| continued(page, gap));
    }
    let close = run_start(bytes, at, SPACE, 64).checked_sub(1)?;
    join_from(page, close)
}

/// Behind a `=` or `:`: literals joined by anything, or a list of literals and a call that joins them.
pub(super) fn assigned(page: &Page<'_>, at: usize) -> Option<(View, usize)> {
    let bytes = page.bytes;
    let start = skip_blanks(bytes, at + 1);
    let first = page.byte(start);
    if is_quote(first) {
        let close = literal_end(bytes, start)?;
        if close == start + 1 {
            let call = page.slice(close + 1..close + 7) == b".join(";
            return call.then(|| list(page, start, close + 6))?;
        }
        return join_from(page, close);
    }
    if first == b'[' || first == b'(' {
        let inner = run_end(bytes, start + 1, SPACE, 64);
        return if is_quote(page.byte(inner)) {
            literal_end(bytes, inner)
                .and_then(|close| join_from(page, close))
                .or_else(|| list(page, start, start))
        } else {
            None
        };
    }
    None
}

/// The names of what joins literals, as far as the bracket behind.
pub(crate) const CALLS: [&str; 6] = ["concat(", "join(", "implode(", "paste0(", "strconcat(", "strjoin("];

/// What a call joins, `CONCAT("ab", "cd")`, the name of which ends before the bracket at `open`; where it is assigned.
pub(super) fn called(page: &Page<'_>, open: usize) -> Option<(View, usize)> {
    const LONGEST: usize = 24;
    let bytes = page.bytes;
    let mut start = run_start(bytes, open, ALNUM, LONGEST);
    if start > 0 && bytes[start - 1] == b'.' {
        start = run_start(bytes, start - 1, ALNUM, LONGEST);
    }
    let before = bytes[..start].trim_ascii_end();
    let assigned = matches!(before.last(), Some(b'=' | b':')) && is(page.byte(start), LETTER);
    assigned.then(|| list(page, start, open))?
}

/// Literals with gaps between them, the first of which ends at `close`.
fn join_from(page: &Page<'_>, close: usize) -> Option<(View, usize)> {
    let bytes = page.bytes;
    let mut gap = literal_gap(bytes, close).filter(|gap| is_inside_value(bytes, gap))?;
    let open = bytes[close.saturating_sub(LITERAL)..close]
        .iter()
        .rposition(|byte| is_quote(*byte) || *byte == b'\n')
        .map_or(close.saturating_sub(LITERAL), |found| {
            close.saturating_sub(LITERAL) + found + 1
        });
    let start = page.text.ceil_char_boundary(open);
    let mut view = View::after_context(page.text, start, Encoding::Split);
    let mut copied = start;
    loop {
        view.copy(page.text, copied..gap.start);
        copied = gap.end;
        let next = literal_end(bytes, gap.end - 1)
            .filter(|_| gap.end - start < REACH)
            .and_then(|close| literal_gap(bytes, close));
        match next {
            Some(next) => gap = next,
            None => break,
        }
    }
    let end = page.line_end(copied, LITERAL);
    view.copy(page.text, copied..end);
    Some((view, copied))
}

/// `["ab", "cd"]` or `("ab", "cd")`, read as one literal. `open` is the bracket; the expression begins at `start`.
fn list(page: &Page<'_>, start: usize, open: usize) -> Option<(View, usize)> {
    let bytes = page.bytes;
    let mut view = View::after_context(page.text, start, Encoding::Split);
    let mut at = run_end(bytes, open + 1, SPACE, 64);
    if matches!(page.byte(at), b'[' | b'(' | b'{') {
        at = run_end(bytes, at + 1, SPACE, 64);
    }
    let mut parts = 0;
    let mut quote = "";
    while is_quote(page.byte(at)) && at - open < REACH {
        let close = literal_end(bytes, at)?;
        if parts == 0 {
            quote = page.text(at..at + 1);
            view.replace(at..at + 1, quote);
        }
        view.copy(page.text, at + 1..close);
        parts += usize::from(close > at + 1);
        at = run_end(bytes, close + 1, SPACE, 64);
        if page.byte(at) != b',' {
            break;
        }
        at = run_end(bytes, at + 1, SPACE, 64);
    }
    if parts < 2 || !matches!(page.byte(at), b']' | b')' | b'}') {
        return None;
    }
    let called = !matches!(page.byte(open), b'[') || page.slice(at + 1..at + 7).starts_with(b".join(");
    view.replace(at..at + 1, quote);
    called.then_some((view, at))
}

/// From one line to the next behind a backslash.
fn continued(page: &Page<'_>, first: Range<usize>) -> (View, usize) {
    let bytes = page.bytes;
    let start = run_start(bytes, first.start, TOKEN, LITERAL);
    let mut view = View::after_context(page.text, start, Encoding::Split);
    let mut copied = start;
    let mut gap = Some(first);
    while let Some(next) = gap.take() {
        view.copy(page.text, copied..next.start);
        copied = next.end;
        let end = page.line_end(copied, LITERAL);
        let break_at = if page.before(end) == b'\r' {
            end.saturating_sub(2)
        } else {
            end.saturating_sub(1)
        };
        if break_at > copied && page.byte(break_at) == b'\\' && break_at - start < REACH {
            gap = line_joint(bytes, break_at)
                .map(|end| break_at..end)
                .filter(|gap| is_inside_value(bytes, gap));
        }
    }
    let end = page.line_end(copied, LITERAL);
    view.copy(page.text, copied..end);
    (view, copied)
}

/// What to leave out between two literals: from the quote that ends one to the one that begins the other.
fn literal_gap(bytes: &[u8], close: usize) -> Option<Range<usize>> {
    const OPERATORS: [&[u8]; 10] = [
        b"++",
        b"+",
        b"..",
        b".concat(",
        b".",
        b"&amp;",
        b"&",
        b"||",
        b"<>",
        b"~",
    ];
    let quote = *bytes.get(close).filter(|byte| is_quote(**byte))?;
    // Most literals are followed by what ends a statement or sets an item off.
    let next = *bytes.get(close + 1)?;
    if next == b')' {
        return appended(bytes, close);
    }
    if !is(next, SPACE) && !matches!(next, b'+' | b'.' | b'&' | b'|' | b'<' | b'~' | b'\\' | b'_') {
        return None;
    }
    let blanks = |at: usize| {
        let mut end = run_end(bytes, at, SPACE, 64);
        // A line that goes on: `"…" + \` and Basic's `& _`.
        if matches!(bytes.get(end), Some(b'\\' | b'_')) && matches!(bytes.get(end + 1), Some(b'\n' | b'\r')) {
            end = run_end(bytes, end + 1, SPACE, 64);
        }
        end
    };
    let after = blanks(close + 1);
    let may_join = matches!(bytes.get(after), Some(b'+' | b'.' | b'&' | b'|' | b'<' | b'~'));
    let operator = OPERATORS
        .iter()
        .find(|operator| may_join && bytes[after..].starts_with(operator))
        .map_or(0, |operator| operator.len());
    let mut open = if operator > 0 { blanks(after + operator) } else { after };
    if operator > 0 && matches!(bytes.get(open), Some(b'f' | b'u' | b'b' | b'r' | b'@' | b'$')) {
        open += 1;
    }
    let opens = *bytes.get(open)?;
    let fits = if operator > 0 {
        is_quote(opens)
    } else {
        opens == quote && open > close + 1
    };
    fits.then_some(close..open + 1)
}

/// The gap of `sb.append("ab").append("cd")`, where a literal ends at `close` that an argument is.
fn appended(bytes: &[u8], close: usize) -> Option<Range<usize>> {
    const CALLS: [&[u8]; 3] = [b").append(", b").Append(", b").concat("];
    let rest = bytes.get(close + 1..)?;
    let call = CALLS.iter().find(|call| rest.starts_with(call))?;
    is_quote(*rest.get(call.len())?).then(|| close..close + 1 + call.len() + 1)
}

/// The quote that ends the literal beginning at `open`.
fn literal_end(bytes: &[u8], open: usize) -> Option<usize> {
    let quote = bytes[open];
    let stop = bytes.len().min(open + 1 + LITERAL);
    let found = memchr::memchr2(quote, b'\n', &bytes[open + 1..stop])?;
    Some(open + 1 + found).filter(|end| bytes[*end] == quote)
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// True when letters of a value stand on both sides. A blank may stand between groups of digits, and between words.
fn is_inside_value(bytes: &[u8], gap: &Range<usize>) -> bool {
    let graphic = |byte: u8| byte.is_ascii_graphic() && !is_quote(byte);
    let before = |at: usize| gap.start.checked_sub(at).map_or(b' ', |at| bytes[at]);
    let after = |at: usize| bytes.get(gap.end + at).copied().unwrap_or(b' ');
    match (graphic(before(1)), graphic(after(0))) {
        (true, true) => true,
        (true, false) => is(before(1), DIGIT | UPPER) && is(after(1), DIGIT | UPPER),
        (false, true) => is(before(2), DIGIT | UPPER) && is(after(0), DIGIT | UPPER),
        (false, false) => false,
    }
}

/// A value that begins at `start` and does not end where it seems to: it goes on over a line end, in the next literal,
/// or in groups of one length. Where nothing is broken, the error is where it ends.
pub(super) fn mended(page: &Page<'_>, start: usize) -> Result<View, usize> {
    const LONGEST: usize = 2048;
    const MOST_JOINTS: usize = 64;
    let bytes = page.bytes;
    let (mut at, mut pieces) = (start, Vec::new());
    let (mut grouping, mut width, mut even) = (None, 0, true);
    while pieces.len() < MOST_JOINTS && at - start < LONGEST {
        let end = value_end(bytes, at);
        looks::add(end - at);
        let literal = literal_gap(bytes, end).map(|gap| gap.end);
        even &= literal.is_none() && (pieces.is_empty() || width == end - at);
        width = end - at;
        let joint = literal
            .or_else(|| touching(bytes, end))
            .or_else(|| over_line(bytes, end))
            .or_else(|| last_line(bytes, end, width).filter(|_| even && !pieces.is_empty()))
            .or_else(|| groups(bytes, end, &mut grouping));
        let Some(next) = joint.filter(|next| bytes.get(*next).is_some_and(|byte| is_value(*byte))) else {
            // Most values end where they seem to.
            if pieces.is_empty() {
                return Err(end);
            }
            pieces.push(at..end);
            break;
        };
        pieces.push(at..end);
        at = next;
    }
    let mut view = View::after_context(page.text, start, Encoding::Split);
    for piece in pieces {
        view.copy(page.text, piece);
    }
    Ok(view)
}

/// Behind two quotes that touch, `"ab""cd"`, as shells join literals.
fn touching(bytes: &[u8], at: usize) -> Option<usize> {
    matches!(bytes.get(at..at + 2), Some([b'"' | b'\'', b'"' | b'\''])).then_some(at + 2)
}

fn is_value(byte: u8) -> bool {
    is(byte, TOKEN) || matches!(byte, b'.' | b'/' | b'+' | b'=' | b'~')
}

/// Where the bytes end that a value may be made of.
fn value_end(bytes: &[u8], start: usize) -> usize {
    let mut end = start;
    while end < bytes.len() && is_value(bytes[end]) {
        end += 1;
    }
    end
}

/// The rest of a value on the next line; a word there is the next sentence.
fn over_line(bytes: &[u8], at: usize) -> Option<usize> {
    let blanks = run_end(bytes, at, SPACE, 1);
    let next = line_joint(bytes, at).or_else(|| line_joint(bytes, blanks))?;
    let piece = &bytes[next..value_end(bytes, next)];
    let mixed = piece.iter().any(|byte| is(*byte, DIGIT))
        || piece.windows(2).any(|pair| is(pair[0], LOWER) && is(pair[1], UPPER))
        || piece.len() >= 3 && piece.iter().all(|byte| is(*byte, UPPER));
    mixed.then_some(next)
}

/// A letter or two that are left of a value wrapped into lines of one width; they stand alone in their line.
fn last_line(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    const NARROWEST: usize = 8;
    let next = line_joint(bytes, at)?;
    let end = value_end(bytes, next);
    let alone = matches!(bytes.get(end), None | Some(b'\n' | b'\r'));
    (alone && width >= NARROWEST && (1..=2).contains(&(end - next))).then_some(next)
}

/// The next of several groups that are equally long and equally far apart: separator and length.
fn groups(bytes: &[u8], end: usize, grouping: &mut Option<(u8, usize)>) -> Option<usize> {
    let next = end + 1;
    let length = value_end(bytes, next).checked_sub(next)?;
    let separator = *bytes.get(end)?;
    if let Some((known, width)) = *grouping {
        let fits = known == separator && length > 0 && length <= width;
        // A shorter group is the last one.
        *grouping = Some((known, if length < width { 0 } else { width }));
        return fits.then_some(next);
    }
    let second = value_end(bytes, next + length + 1).saturating_sub(next + length + 1);
    let regular = b" ,|;:".contains(&separator) && (2..=8).contains(&length) && second == length;
    // `EAAA,GAAA,MAAM`: the places of a source map, most of which lie in the same file as the one before.
    let mapped = bytes.get(next + 1) == Some(&b'A') && bytes.get(next + length + 2) == Some(&b'A');
    if !regular || mapped || bytes.get(next + length) != Some(&separator) {
        return None;
    }
    *grouping = Some((separator, length));
    Some(next)
}

/// A labelled value of letters and digits that goes on behind a line end. `start..end` is its part before the end of
/// the line; the value may begin earlier. Returns the view and where the value ends.
pub(super) fn over_lines(page: &Page<'_>, start: usize, end: usize) -> Option<(View, usize)> {
    const MOST_LINES: usize = 4;
    let bytes = page.bytes;
    let mut at = end;
    let first = line_joint(bytes, at).filter(|next| goes_on(bytes, *next))?;
    let value = word_start(bytes, start);
    if !is_labelled(bytes, value) {
        return None;
    }
    let mut view = View::after_context(page.text, value, Encoding::Split);
    view.copy(page.text, value..end);
    let mut next = Some(first);
    for _ in 0..MOST_LINES {
        let Some(piece) = next else { break };
        at = piece_end(bytes, piece);
        view.copy(page.text, piece..at);
        next = line_joint(bytes, at).filter(|next| goes_on(bytes, *next));
    }
    Some((view, at))
}

/// The start of the run around `at` without blanks, quotes and the marks between cells.
fn word_start(bytes: &[u8], at: usize) -> usize {
    let inside = |byte: u8| byte.is_ascii_graphic() && !is_quote(byte) && !matches!(byte, b',' | b';');
    let mut start = at;
    while start > 0 && at - start < LITERAL && inside(bytes[start - 1]) {
        start -= 1;
    }
    start
}

/// True when a name or an assignment stands right before.
fn is_labelled(bytes: &[u8], start: usize) -> bool {
    let before = run_start(bytes, start, SPACE, 2);
    let before = before - usize::from(before > 0 && is_quote(bytes[before - 1]));
    let before = run_start(bytes, before, SPACE, 2);
    let within = memchr::memchr2(b':', b'=', &bytes[start..bytes.len().min(start + 40)]).is_some();
    within
        || before > 0
            && (is(bytes[before - 1], LETTER | HIGH) || matches!(bytes[before - 1], b':' | b'='))
            && before < start
}

/// True when what begins a line is no word, no date, no time and no name of its own.
fn goes_on(bytes: &[u8], next: usize) -> bool {
    let end = piece_end(bytes, next);
    let piece = &bytes[next..end];
    let dated = piece.len() >= 8 && piece[..4].iter().all(u8::is_ascii_digit) && piece[4] == b'-';
    // The next message of a chat begins with its time.
    let timed = matches!(piece, [a, b, b':', c, d, ..] if [a, b, c, d].into_iter().all(u8::is_ascii_digit));
    let names = matches!(bytes.get(end), Some(b':' | b'=')) || piece.contains(&b'=') && !piece.ends_with(b"=");
    let mixed = piece.iter().filter(|byte| is(**byte, DIGIT)).count() > 0;
    mixed && piece.len() >= 2 && !dated && !timed && !names && !is_heading(bytes, end)
}

/// True when other words follow on the line, and a colon ends it: `X509v3 Subject Key Identifier:`.
fn is_heading(bytes: &[u8], end: usize) -> bool {
    let stop = bytes.len().min(end + LITERAL);
    let line = memchr::memchr(b'\n', &bytes[end..stop]).map_or(stop, |at| end + at);
    bytes.get(end) == Some(&b' ') && bytes[end..line].trim_ascii_end().ends_with(b":")
}

/// The end of a piece of a value: no blanks, no quotes, no full stop at its end.
fn piece_end(bytes: &[u8], start: usize) -> usize {
    let mut end = start;
    while end < bytes.len()
        && end - start < LITERAL
        && (is_value(bytes[end]) || matches!(bytes[end], b'@' | b':' | b'%' | b'?'))
    {
        end += 1;
    }
    while end > start && matches!(bytes[end - 1], b'.' | b':') {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined_at(text: &str, mark: char) -> Option<String> {
        joined(&Page::new(text), text.find(mark).unwrap()).map(|(view, _)| view.text)
    }

    fn assigned_in(text: &str) -> Option<String> {
        assigned(&Page::new(text), text.find('=').unwrap()).map(|(view, _)| view.text)
    }

    #[test]
    fn literals_are_joined_as_the_languages_do() {
        assert!(
            joined_at(r#"k = "ghp_ab" + "cd" + "ef";"#, '+')
                .unwrap()
                .contains("ghp_abcdef")
        );
        assert!(joined_at(r#"k = "ghp_ab" & "cd""#, '&').unwrap().contains("ghp_abcd"));
        for text in [
            r#"$k = "ghp_ab" . "cd";"#,
            r#"k = "ghp_ab" .. "cd""#,
            "k = (\"ghp_ab\"\n     \"cd\")",
            r#"k = "ghp_ab" "cd""#,
            r#"k = "ghp_ab".concat("cd")"#,
            r#"k = ["ghp_ab", "cd"].join("")"#,
            r#"k = "".join(["ghp_ab", "cd"])"#,
        ] {
            assert!(
                assigned_in(text).is_some_and(|text| text.contains("ghp_abcd")),
                "{text}"
            );
        }
    }

    #[test]
    fn calls_join_where_their_value_is_assigned() {
        let called_in = |text: &str| called(&Page::new(text), text.find('(').unwrap()).map(|(view, _)| view.text);
        for text in ["k = CONCAT('ghp_ab', 'cd')", "k: String.join(\"ghp_ab\", \"cd\")"] {
            assert!(called_in(text).is_some_and(|text| text.contains("ghp_abcd")), "{text}");
        }
        assert!(called_in("print(join('ghp_ab', 'cd'))").is_none());
    }

    #[test]
    fn sentences_and_lists_stay_apart() {
        assert!(joined_at(r#""hello " + "world""#, '+').is_none());
        assert!(assigned_in(r#"k = ["ab", "cd"]"#).is_none());
        assert!(assigned_in(r#"k = "ab", "cd""#).is_none());
    }

    #[test]
    fn a_broken_value_is_mended() {
        for text in [
            "ghp_ab1\n  cd2",
            "ghp_ab1\n> cd2",
            "ghp_ab1\\\n  cd2",
            "ghp_ab1\" + \"cd2",
            "ghp_ab1\" .\n \"cd2",
            "ghp_ab1\"\"cd2",
            "ghp_ab1\").append(\"cd2",
        ] {
            assert_eq!(mended(&Page::new(text), 0).unwrap().text, "ghp_ab1cd2", "{text:?}");
        }
        assert_eq!(
            mended(&Page::new("AKIA 1BCD 2FGH 3J"), 0).unwrap().text,
            "AKIA1BCD2FGH3J"
        );
        let wrapped = "ghp_JzWeFtuEs\nH3TKszcVKfpvf\nKldofWiL2EwxE\nb\nThanks";
        assert_eq!(
            mended(&Page::new(wrapped), 0).unwrap().text,
            "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"
        );
        let pieces = "AIzaSyA_rZxNW\" .. \"S2uzMW_wpsDxp\" .. \"qYADMOSEpjok4\n> ok";
        assert_eq!(
            mended(&Page::new(pieces), 0).unwrap().text,
            "AIzaSyA_rZxNWS2uzMW_wpsDxpqYADMOSEpjok4"
        );
        assert!(mended(&Page::new("ghp_ab1\nThanks"), 0).is_err());
        assert!(mended(&Page::new("ghp_ab1\").expand(\"cd2"), 0).is_err());
        assert!(mended(&Page::new("sk-learn is a fine library"), 0).is_err());
    }
}
