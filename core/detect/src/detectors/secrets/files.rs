//! Files that hold passwords by their place on the line: `.pgpass`, `chpasswd`, `.htpasswd` and `shadow`.

use super::PASSWORD;
use super::coined::is_word_among_passwords;
use super::value::is_password;
use crate::classes::{ALNUM, DIGIT, is, run_end};
use crate::page::{Findings, Page};
use std::ops::Range;
use weir_model::Confidence;

/// `host:port:database:user:password`; the colon stands before the port.
pub(in crate::detectors) fn pgpass(page: &Page<'_>, colon: usize, out: &mut Findings) {
    const MAX: usize = 256;
    let port = run_end(page.bytes, colon + 1, DIGIT, 5);
    // A time of day has two digits between its colons.
    if port < colon + 4 || page.byte(port) != b':' {
        return;
    }
    let line = page.line_start(colon, MAX)..page.line_end(colon, MAX);
    let text = page.text(line.clone()).trim_end();
    let mut fields = text.splitn(5, ':');
    let head: Vec<&str> = fields.by_ref().take(4).collect();
    let Some(password) = fields.next().filter(|_| head.len() == 4) else {
        return;
    };
    let start = line.start + text.len() - password.len();
    let plain = !text.bytes().any(|byte| b" \"'{}/,;=<>".contains(&byte)) && !password.contains(':');
    let user = head[3];
    let named = user.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic()) && user.len() < 64;
    if plain && named && head[0].len() + 1 + line.start == colon + 1 && is_password(password, true) {
        out.add(&PASSWORD, start..start + password.len(), Confidence::High);
    }
}

/// `user:$6$…` at the start of a line: the hash of a password, as `.htpasswd` and `shadow` keep it for the one who
/// guesses. The colon stands before the `$`.
pub(in crate::detectors) fn hashed(page: &Page<'_>, colon: usize, out: &mut Findings) {
    const METHODS: &[&[u8]] = &[
        b"$apr1$",
        b"$2y$",
        b"$2a$",
        b"$2b$",
        b"$1$",
        b"$5$",
        b"$6$",
        b"$y$",
        b"$argon2id$",
    ];
    let line = page.line_start(colon, 64);
    let user = page.slice(line..colon);
    let known = METHODS
        .iter()
        .any(|method| page.slice(colon + 1..colon + 16).starts_with(method));
    let named = !user.is_empty() && user.iter().all(|byte| is(*byte, ALNUM) || b"_.-@".contains(byte));
    if !known || !named {
        return;
    }
    let inside = |at: &usize| is(page.byte(*at), ALNUM) || b"$./+=,-_".contains(&page.byte(*at));
    let end = (colon + 1..page.line_end(colon, 256))
        .find(|at| !inside(at))
        .unwrap_or(page.line_end(colon, 256));
    if end - colon > 24 && matches!(page.byte(end), b':' | b'\n' | b'\r' | b' ') {
        out.add(&PASSWORD, colon + 1..end, Confidence::Medium);
    }
}

/// `echo 'root:…' | chpasswd`, `chpasswd <<EOF` and the list of cloud-init: pairs before it on the line, or on the lines
/// below.
pub(super) fn chpasswd(page: &Page<'_>, at: usize, end: usize, out: &mut Findings) {
    const LINES: usize = 12;
    let line = page.line_start(at, 256);
    for word in words(page, line..at) {
        user_and_password(page, word, out);
    }
    let mut start = page.line_end(end, 128) + 1;
    let mut found = false;
    for _ in 0..LINES {
        if start >= page.bytes.len() {
            return;
        }
        let stop = page.line_end(start, 256);
        let row = page.slice(start..stop);
        let lead = row.iter().take_while(|byte| b" \t-\"'".contains(byte)).count();
        let word = start + lead..(start + row.trim_ascii_end().len()).max(start + lead);
        let is_pair = user_and_password(page, word, out);
        if found && !is_pair {
            return;
        }
        found |= is_pair;
        start = stop + 1;
    }
}

/// The words of a range, without quotes.
fn words<'p>(page: &'p Page<'_>, range: Range<usize>) -> impl Iterator<Item = Range<usize>> + 'p {
    let mut start = range.start;
    page.slice(range).split(|byte| b" \"'".contains(byte)).map(move |word| {
        let span = start..start + word.len();
        start = span.end + 1;
        span
    })
}

fn user_and_password(page: &Page<'_>, word: Range<usize>, out: &mut Findings) -> bool {
    let text = page.text(word.clone());
    let Some((user, password)) = text.split_once(':') else {
        return false;
    };
    let password = password.trim_end_matches(['"', '\'']);
    let named = !user.is_empty() && user.bytes().all(|byte| is(byte, ALNUM) || b"_.-".contains(&byte));
    let start = word.start + user.len() + 1;
    let fits = super::fits_place(password) || is_word_among_passwords(password) && password != user;
    let good = named && !password.contains([' ', ':']) && fits;
    if good {
        out.add(&PASSWORD, start..start + password.len(), Confidence::High);
    }
    good
}
