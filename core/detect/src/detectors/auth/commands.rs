//! Passwords as options of commands whose flags are too short to name them: `curl -u`, `mysql -p`, `redis-cli -a`.

use crate::detectors::{Hit, secrets};
use crate::page::{Findings, Page};
use weir_model::Confidence;

/// `curl -u user:password`.
pub(super) fn curl(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.slice(hit.end..page.line_end(hit.end, 512));
    for flag in [&b"-u "[..], b"--user ", b"-u", b"--user="] {
        let Some(at) = memchr::memmem::find(line, flag) else {
            continue;
        };
        let mut start = hit.end + at + flag.len();
        if matches!(page.byte(start), b'"' | b'\'') {
            start += 1;
        }
        let mut end = start;
        while end < page.bytes.len() && end - start < 128 && !b" \"'\n\r\t".contains(&page.byte(end)) {
            end += 1;
        }
        if let Some((user, word)) = page.text(start..end).split_once(':')
            && !user.is_empty()
            && secrets::is_password(word, true)
        {
            out.add(&secrets::PASSWORD, start + user.len() + 1..end, Confidence::High);
        }
        return;
    }
}

/// `sshpass -p word`, `docker login -p word`.
pub(super) fn flag(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.slice(hit.end - 1..page.line_end(hit.end, 256));
    if let Some(at) = memchr::memmem::find(line, b" -p ") {
        word_of_flag(page, hit.end - 1 + at + 4, out);
    }
}

/// `redis-cli -a word`.
pub(super) fn redis(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.slice(hit.end - 1..page.line_end(hit.end, 256));
    if let Some(at) = memchr::memmem::find(line, b" -a ") {
        word_of_flag(page, hit.end - 1 + at + 4, out);
    }
}

/// `mysql -pword`.
pub(super) fn attached(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = page.slice(hit.end - 1..page.line_end(hit.end, 256));
    if let Some(at) = memchr::memmem::find(line, b" -p").filter(|at| line.get(at + 3).is_some_and(|byte| *byte != b' '))
    {
        word_of_flag(page, hit.end - 1 + at + 3, out);
    }
}

fn word_of_flag(page: &Page<'_>, at: usize, out: &mut Findings) {
    let start = at + usize::from(matches!(page.byte(at), b'"' | b'\''));
    let mut end = start;
    while end < page.bytes.len() && end - start < 128 && !b" \"'\n\r\t`".contains(&page.byte(end)) {
        end += 1;
    }
    if secrets::is_password(page.text(start..end), start > at) {
        out.add(&secrets::PASSWORD, start..end, Confidence::High);
    }
}
