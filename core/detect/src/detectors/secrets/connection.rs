//! Connection strings of names and values: ADO.NET, ODBC and libpq. The password inside is found first.

use crate::evidence::contains;
use crate::page::{Listed, Page};
use std::ops::Range;

/// How far a connection string reaches from its password.
const REACH: usize = 512;
/// What names the server.
const SERVERS: &[&str] = &[
    "server=",
    "data source=",
    "host=",
    "driver=",
    "dsn=",
    "addr=",
    "address=",
];

/// The connection string around a password, if it stands in one.
pub(super) fn around(page: &Page<'_>, password: &Range<usize>) -> Option<Range<usize>> {
    if !names_server(page, password) {
        return None;
    }
    semicolons(page, password).or_else(|| keywords(page, password))
}

/// False where no server is named beside the password, as in most lines.
fn names_server(page: &Page<'_>, password: &Range<usize>) -> bool {
    const LONGEST: usize = "data source=".len();
    let start = page.line_start(password.start, REACH);
    let end = page.line_end(password.end, REACH);
    page.lists(Listed::Servers, start..end, LONGEST, |text| {
        memchr::memchr_iter(b'=', text.as_bytes()).any(|at| {
            let name = &text.as_bytes()[..=at];
            SERVERS.iter().any(|key| ends_with(name, key.as_bytes()))
        })
    })
}

/// The same as `ends_with` for letters of any case.
fn ends_with(text: &[u8], end: &[u8]) -> bool {
    text.len() >= end.len() && text[text.len() - end.len()..].eq_ignore_ascii_case(end)
}

/// `Server=…;Database=…;Password=…`
fn semicolons(page: &Page<'_>, password: &Range<usize>) -> Option<Range<usize>> {
    let literal = literal(page, password);
    let whole = page.slice(literal.clone()).to_ascii_lowercase();
    let parts = whole.iter().filter(|byte| **byte == b';').count();
    let server = SERVERS.iter().any(|key| contains(&whole, key.as_bytes()));
    let listed = page.byte(password.end) == b';'
        || [&b";pwd="[..], b";password=", b"; password=", b"; pwd="]
            .iter()
            .any(|key| contains(&whole, key));
    (parts >= 2 && server && listed).then_some(literal)
}

/// The line or literal around the password, from the first of its names on.
fn literal(page: &Page<'_>, password: &Range<usize>) -> Range<usize> {
    let quote = |at: &usize| matches!(page.byte(*at), b'"' | b'\'' | b'`' | b'<' | b'>');
    let line = page.line_start(password.start, REACH);
    let mut start = (line..password.start).rev().find(quote).map_or(line, |at| at + 1);
    // `ConnectionString=Server=…`, `conn: Server=…`: the name in front is not part of it.
    let head = page.text(start..password.start).to_ascii_lowercase();
    let firsts = ["database=", "user id=", "uid=", "initial catalog="];
    if SERVERS.iter().any(|key| head.contains(key))
        && let Some(at) = SERVERS.iter().chain(&firsts).filter_map(|key| head.find(key)).min()
    {
        start += at;
    }
    let stop = page.line_end(password.end, REACH);
    let end = (password.end..stop).find(quote).unwrap_or(stop);
    let trimmed = page.slice(start..end).trim_ascii_end().len();
    start..start + trimmed
}

/// `host=… port=… user=… password=…`
fn keywords(page: &Page<'_>, password: &Range<usize>) -> Option<Range<usize>> {
    let line = page.line_start(password.start, REACH);
    let stop = page.line_end(password.end, REACH);
    let is_pair = |word: &[u8]| {
        let name = word
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'_')
            .count();
        name >= 2 && word.get(name) == Some(&b'=') && word.len() > name + 1
    };
    let before = page.slice(line..password.start);
    let mut start = password.start;
    for word in before.rsplit(|byte| *byte == b' ') {
        let from = start - word.len();
        // The password's own name has lost its value here; a quote opens the string.
        let opened = word
            .iter()
            .rposition(|byte| matches!(byte, b'"' | b'\'' | b'`'))
            .map_or(0, |at| at + 1);
        let named = start == password.start && word.ends_with(b"=") || is_pair(&word[opened..]);
        if !named {
            break;
        }
        start = from + opened;
        if opened > 0 || from == line {
            break;
        }
        start -= 1;
    }
    let start = start
        + page
            .slice(start..password.start)
            .iter()
            .take_while(|byte| **byte == b' ')
            .count();
    let mut end = password.end;
    for word in page.slice(password.end..stop).split(|byte| *byte == b' ').skip(1) {
        let closed = word
            .iter()
            .position(|byte| matches!(byte, b'"' | b'\'' | b'`'))
            .unwrap_or(word.len());
        if !is_pair(&word[..closed]) {
            break;
        }
        end += 1 + closed;
        if closed < word.len() {
            break;
        }
    }
    let whole = page.slice(start..end);
    let pairs = whole.split(|byte| *byte == b' ').filter(|word| is_pair(word)).count();
    let known = contains(whole, b"host=") && (contains(whole, b"dbname=") || contains(whole, b"user="));
    (pairs >= 3 && known).then_some(start..end)
}
