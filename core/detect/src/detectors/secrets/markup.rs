//! Values that stand in markup: the content of a tag or of a cell of HTML, and what emphasis sets off.

use super::coined::is_coined;
use super::name::{Kind, Name};
use super::places::fits_cell;
use super::report;
use super::value::{MAX_VALUE, Value};
use crate::classes::{SPACE, TOKEN, is, run_end, run_start};
use crate::page::{Findings, Page};
use crate::sweep::skip_blanks;
use std::ops::Range;

/// `<code>…</code>`, `**…**`: what markup sets off, and nothing else with it.
pub(super) fn set_off(page: &Page<'_>, from: usize) -> Option<Range<usize>> {
    const MARKS: [(&str, &str); 11] = [
        ("<b>", "</b>"),
        ("<strong>", "</strong>"),
        ("<code>", "</code>"),
        ("<i>", "</i>"),
        ("<em>", "</em>"),
        ("<u>", "</u>"),
        ("<tt>", "</tt>"),
        ("<kbd>", "</kbd>"),
        ("<pre>", "</pre>"),
        ("<samp>", "</samp>"),
        ("**", "**"),
    ];
    if !matches!(page.byte(from), b'<' | b'*') {
        return None;
    }
    let (open, close) = MARKS.iter().find(|(open, _)| page.has(from, open))?;
    let start = from + open.len();
    let inner = page.text(start..page.line_end(start, MAX_VALUE)).split_once(close)?.0;
    let whole = !inner.is_empty() && !inner.contains([' ', '\t', '<', '*']);
    whole.then(|| start..start + inner.len())
}

/// `<td>API key</td><td>…`, `<th>password</th>` over its column.
pub(super) fn cell(page: &Page<'_>, end: usize, out: &mut Findings) {
    const CLOSED: [&str; 5] = ["</td>", "</th>", "</dt>", "</b>", "</label>"];
    let Some(close) = CLOSED.iter().find(|close| page.has(end, close)) else {
        return;
    };
    let name = Name::before(page, end);
    let Some(kind) = name.kind().filter(|_| page.before(name.start) == b'>') else {
        return;
    };
    let mut values = page.below(&crate::tables::bare(page.bytes, name.start..end));
    let next = page.text(end + close.len()..page.line_end(end + close.len(), 512));
    let opened = next
        .trim_start()
        .strip_prefix("<td")
        .or_else(|| next.trim_start().strip_prefix("<dd"));
    let opened = opened
        .and_then(|rest| rest.split_once('>'))
        .map(|(_, content)| (content, '<'));
    let input = next
        .trim_start()
        .strip_prefix("<input value=\"")
        .map(|content| (content, '"'));
    if let Some((content, border)) = opened.or(input)
        && let Some(length) = content.find(border)
    {
        let start = end + close.len() + (next.len() - content.len());
        let cell = start..start + length;
        // In a cell beside its name stand no other words.
        if kind == Kind::Password && is_coined(page.text(cell.clone())) && !page.is_test_code() {
            super::password(page, cell.clone(), out);
        }
        values.push(cell);
    }
    for cell in values {
        let text = page.text(cell.clone());
        if fits_cell(kind, text) {
            report(page, &name, kind, Value::in_cell(page, cell), out);
        }
    }
}

/// `<password>…</password>`, `<AdminPassword><Value>…</Value>`.
pub(super) fn tag(page: &Page<'_>, end: usize, out: &mut Findings) {
    const INNER: [&str; 3] = ["<Value>", "<value>", "<string>"];
    let name = Name::before(page, end);
    if let Some(kind) = name.kind().filter(|_| page.before(name.start) == b'<') {
        let inner = INNER.iter().find(|inner| page.has(end + 1, inner));
        content(page, &name, kind, end + inner.map_or(0, |inner| inner.len()), out);
    }
}

/// `<wsse:Password Type="PasswordText">…</wsse:Password>`: a tag that says more.
pub(super) fn tag_with_more(page: &Page<'_>, end: usize, out: &mut Findings) {
    const MORE: usize = 96;
    let start = run_start(page.bytes, end, TOKEN, 40);
    let opens = page.before(start) == b'<'
        || page.before(start) == b':' && {
            let space = run_start(page.bytes, start - 1, TOKEN, 24);
            page.before(space) == b'<'
        };
    if !opens {
        return;
    }
    let close = memchr::memchr2(b'>', b'<', page.slice(end..end + MORE)).map(|at| end + at);
    let name = Name::before(page, end);
    if let Some(close) = close.filter(|close| page.byte(*close) == b'>')
        && let Some(kind) = name.kind()
    {
        content(page, &name, kind, close, out);
    }
}

/// `<property name="db.password">…</property>`: a name in a tag, and the value as its content.
pub(super) fn entry(page: &Page<'_>, end: usize, out: &mut Findings) {
    if page.byte(end + 1) != b'>' || page.byte(end) == b'`' {
        return;
    }
    let name = Name::before(page, end);
    let named = page.slice(name.start.saturating_sub(6)..name.start);
    let attribute = [&b"name=\""[..], b"name='", b"key=\"", b"key='"]
        .iter()
        .any(|key| named.ends_with(key));
    if let Some(kind) = name.kind().filter(|_| attribute) {
        content(page, &name, kind, end + 1, out);
    }
}

/// `<key>Password</key>` and behind it `<string>…</string>`: a list of properties.
pub(super) fn property(page: &Page<'_>, end: usize, out: &mut Findings) {
    const CLOSE: &str = "</key>";
    const OPEN: &str = "<string>";
    if !page.has(end, CLOSE) {
        return;
    }
    let start = run_end(page.bytes, end + CLOSE.len(), SPACE, 64);
    let name = Name::before(page, end);
    if let Some(kind) = name
        .kind()
        .filter(|_| page.has(start, OPEN) && page.before(name.start) == b'>')
    {
        content(page, &name, kind, start + OPEN.len() - 1, out);
    }
}

/// What stands behind the `>` at `end`, up to the tag that closes it.
fn content(page: &Page<'_>, name: &Name, kind: Kind, end: usize, out: &mut Findings) {
    const MAX: usize = 512;
    const LITERALLY: &str = "<![CDATA[";
    if page.has(end + 1, LITERALLY) {
        let start = end + 1 + LITERALLY.len();
        if let Some(length) = memchr::memmem::find(page.slice(start..start + MAX), b"]]>") {
            report(page, name, kind, Value::quoted(start..start + length), out);
        }
        return;
    }
    let content = page.slice(end + 1..end + 1 + MAX);
    let Some(close) = memchr::memchr(b'<', content).filter(|at| content[at + 1..].starts_with(b"/")) else {
        return;
    };
    let blank = |byte: &&u8| is(**byte, SPACE);
    // A user and a password, a line each.
    let above = || memchr::memrchr(b'\n', content[..close].trim_ascii_end());
    let of_user = name.has("user").then(above).flatten().map_or(0, |at| at + 1);
    let lead = of_user + content[of_user..close].iter().take_while(blank).count();
    let trail = content[..close].iter().rev().take_while(blank).count();
    if lead < close {
        let value = Value::quoted(end + 1 + lead..end + 1 + close - trail);
        report(page, name, kind, value, out);
    }
}

/// Over the tag that ends what sets a name off: `<b>password:</b> `, `**password:** `.
pub(super) fn over_tag(page: &Page<'_>, from: usize) -> usize {
    const TAGS: [&str; 8] = ["</b>", "</strong>", "</span>", "</em>", "</td>", "</dt>", "** ", "* "];
    let closed = TAGS.iter().find(|tag| page.has(from, tag));
    closed.map_or(from, |tag| skip_blanks(page.bytes, from + tag.len()))
}
