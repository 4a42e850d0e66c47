//! Values that their place gives away: the content of a tag, an argument beside a name, a cell under a header.

use super::name::{Kind, Name};
use super::value::{Value, is_secret, is_strong};
use super::{is_prose, on_next_line, report};
use crate::classes::{DIGIT, SPACE, TOKEN, UPPER, is, run_start};
use crate::page::{Findings, Page};
use crate::sweep::skip_blanks;

/// A word that may name a secret ends at `end`. The byte there says what kind of place it is.
pub(super) fn after_name(page: &Page<'_>, end: usize, out: &mut Findings) {
    match page.byte(end) {
        b'>' => tag(page, end, out),
        b'(' => argument(page, end, end + 1, out),
        b'"' | b'\'' | b'`' => {
            pair(page, end, out);
            column(page, end, out);
        }
        b' ' => {
            flag(page, end, out);
            column(page, end, out);
            beside_name(page, end, out);
        }
        b'\n' | b'\r' => {
            column(page, end, out);
            caption(page, end, out);
        }
        b',' | b';' | b'\t' | b'|' | b')' => column(page, end, out),
        _ => {}
    }
}

/// `--account-key …`; words for passwords are read with their links.
fn flag(page: &Page<'_>, end: usize, out: &mut Findings) {
    let start = run_start(page.bytes, end, TOKEN, 40);
    if page.slice(start..start + 2) != b"--" {
        return;
    }
    let name = Name::before(page, end);
    let Some(kind) = name.kind().filter(|kind| *kind == Kind::Secret) else {
        return;
    };
    if let Some(value) = Value::read(page, skip_blanks(page.bytes, end)) {
        report(page, &name, kind, value, out);
    }
}

/// `AWS_SECRET_ACCESS_KEY (…)`, `client_secret …,`: a name as programs write it, and a value that can be nothing else.
fn beside_name(page: &Page<'_>, end: usize, out: &mut Findings) {
    let start = skip_blanks(page.bytes, end);
    let bracket = page.byte(start) == b'(';
    let from = start + usize::from(bracket);
    let value_end = (from..page.line_end(from, 160))
        .find(|at| is(page.byte(*at), SPACE) || matches!(page.byte(*at), b')' | b',' | b'"' | b'\''))
        .unwrap_or(page.line_end(from, 160));
    let text = page.text(from..value_end);
    // The cheapest look first: words follow most names.
    if text.len() < 12 || !text.bytes().any(|byte| is(byte, DIGIT)) || bracket && page.byte(value_end) != b')' {
        return;
    }
    let name = Name::before(page, end);
    let written = page.slice(name.start..end);
    let compound = written.contains(&b'_') || bracket;
    match name.kind().filter(|_| compound) {
        Some(Kind::Secret) if is_secret(text, false) => {
            report(page, &name, Kind::Secret, Value::quoted(from..value_end), out);
        }
        Some(Kind::Password) if is_strong(text) || bracket && !is_prose(text) => {
            report(page, &name, Kind::Password, Value::quoted(from..value_end), out);
        }
        _ => {}
    }
}

/// A line that holds the name of a key and nothing else, above the key: how forms are copied.
fn caption(page: &Page<'_>, end: usize, out: &mut Findings) {
    let name = Name::before(page, end);
    let begins = name.start == 0 || matches!(page.before(name.start), b'\n' | b'#' | b'*');
    if let Some(kind) = name.kind().filter(|kind| begins && *kind == Kind::Secret) {
        on_next_line(page, &name, kind, end, out);
    }
}

/// `<password>…</password>`.
fn tag(page: &Page<'_>, end: usize, out: &mut Findings) {
    const MAX: usize = 512;
    let name = Name::before(page, end);
    let Some(kind) = name.kind().filter(|_| page.before(name.start) == b'<') else {
        return;
    };
    let content = page.slice(end + 1..end + 1 + MAX);
    let Some(close) = memchr::memchr(b'<', content).filter(|at| content[at + 1..].starts_with(b"/")) else {
        return;
    };
    let blank = |byte: &&u8| is(**byte, SPACE);
    let lead = content[..close].iter().take_while(blank).count();
    let trail = content[..close].iter().rev().take_while(blank).count();
    if lead < close {
        let value = Value::quoted(end + 1 + lead..end + 1 + close - trail);
        report(page, &name, kind, value, out);
    }
}

/// `"DB_PASSWORD", "…"`: a name and its value as arguments.
fn pair(page: &Page<'_>, end: usize, out: &mut Findings) {
    let comma = skip_blanks(page.bytes, end + 1);
    if page.byte(comma) == b',' {
        argument(page, end, comma + 1, out);
    }
}

/// A literal that follows the name of a secret, and shows that it is one.
fn argument(page: &Page<'_>, name_end: usize, from: usize, out: &mut Findings) {
    let start = skip_blanks(page.bytes, from);
    if !matches!(page.byte(start), b'"' | b'\'' | b'`') {
        return;
    }
    let name = Name::before(page, name_end);
    let Some(kind) = name.kind() else { return };
    let Some(value) = Value::read(page, start).filter(|value| value.quoted) else {
        return;
    };
    let text = page.text(value.range.clone());
    // A constant's name is no caption: `define('DB_PASSWORD', '…')`.
    let constant = page
        .slice(name.start..name_end)
        .iter()
        .all(|byte| is(*byte, UPPER | DIGIT) || *byte == b'_');
    if kind == Kind::Secret && text.len() >= 12 || kind == Kind::Password && constant || is_strong(text) {
        report(page, &name, kind, value, out);
    }
}

/// The cells under `password`, the values an INSERT puts there, the cell beside it in a table of two columns.
fn column(page: &Page<'_>, end: usize, out: &mut Findings) {
    let after = over_blanks(page, end);
    if after < page.bytes.len() && !is_border(page.byte(after)) {
        return;
    }
    let name = Name::before(page, end);
    let mut before = name.start;
    while before > 0 && name.start - before < 24 && is_around_cell(page.byte(before - 1)) {
        before -= 1;
    }
    if before > 0 && !is_border(page.before(before)) {
        return;
    }
    let Some(kind) = name.kind() else { return };
    if page.byte(after) == b'|' && page.before(before) == b'|' {
        beside(page, &name, kind, after + 1, out);
    }
    for cell in page.below(&crate::tables::bare(page.bytes, name.start..end)) {
        let text = page.text(cell.clone());
        if kind == Kind::Secret || !is_prose(text) {
            report(page, &name, kind, Value::in_cell(page, cell), out);
        }
    }
}

fn over_blanks(page: &Page<'_>, end: usize) -> usize {
    (end..end + 24)
        .find(|at| !is_around_cell(page.byte(*at)) || *at >= page.bytes.len())
        .unwrap_or(end)
}

/// Blanks, quotes and emphasis around the content of a cell.
fn is_around_cell(byte: u8) -> bool {
    b" \"'`*".contains(&byte)
}

/// What ends a cell.
fn is_border(byte: u8) -> bool {
    b",;\t\n\r|()".contains(&byte)
}

/// `| Password | … |`
fn beside(page: &Page<'_>, name: &Name, kind: Kind, from: usize, out: &mut Findings) {
    let line = page.line_end(from, 256);
    let Some(close) = memchr::memchr(b'|', page.slice(from..line)) else {
        return;
    };
    let cell = crate::tables::bare(page.bytes, from..from + close);
    let text = page.text(cell.clone());
    if !cell.is_empty() && (kind == Kind::Secret || !is_prose(text)) {
        report(page, name, kind, Value::in_cell(page, cell), out);
    }
}
