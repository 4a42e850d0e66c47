//! Passwords that are told before a word for one, or behind another word for it.
//!
//! Whatever the wording, a value counts only when nobody would say it in a sentence.

use super::prose::{Bar, ORDERS, add};
use super::value::{Value, is_drawn_word, is_password, is_strong, is_wordy};
use super::{Kind, PASSWORD, chat};
use crate::classes::{ALNUM, HIGH, is};
use crate::detectors::Hit;
use crate::page::{Findings, Page};
use crate::phrases::{Index, Sorted};
use crate::sweep::skip_blanks;
use weir_model::Confidence;

/// Words right before a value that somebody tells, beside those of [`ORDERS`].
#[rustfmt::skip]
static TELLS: &Index = &Sorted::by_start([
    "using", "with", "is", "it's", "its", "was", "one's", "to", "=>", "->", "→", "i.e.", "says", "gib", "mit", "ist",
    "war", "lautet", "probier", "utilise", "avec", "essaie", "est", "c'est", "con", "es", "met", "probeer", "com",
    "med", "är", "с",
]);

fn tells(word: &str) -> bool {
    TELLS.has(word) || ORDERS.has(word)
}

/// `pls use … for the shared mailbox, the old password is dead`, `type … when it asks for the password`.
pub(super) fn ahead(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    const REACH: usize = 96;
    if page.before(hit.start) != b' ' {
        return;
    }
    let from = page.line_start(hit.start, REACH);
    let text = page.text(from..hit.start);
    if text.contains(['{', '}', ';', '(']) {
        return;
    }
    let (mut at, mut before) = (from, "");
    for word in text.split(' ') {
        let start = at;
        at += word.len() + 1;
        let told = before == "=" || tells(&before.trim_start_matches(['(', '"', '>']).to_lowercase());
        before = word;
        let value = told.then(|| Value::read(page, start)).flatten();
        let Some(value) = value.filter(|value| value.range.end < hit.start) else {
            continue;
        };
        let found = out.0.len();
        add(page, hit, Kind::Password, value, Bar::Alone, out);
        if out.0.len() > found {
            return;
        }
    }
    chat::refers_back(page, text, from, out);
}

/// What stands for a password that was spoken of: `New one: …`, `the old one was …, now it's …`.
pub(super) fn one(page: &Page<'_>, end: usize, out: &mut Findings) {
    const LINKS: [&str; 14] = [
        ": ", "'s ", "is ", "was ", "ist ", "war ", "lautet ", "est ", "était ", "es ", "era ", "è ", "= ", "→ ",
    ];
    let start = skip_blanks(page.bytes, end);
    let Some(link) = LINKS.iter().find(|link| page.has(start, link)) else {
        return;
    };
    if let Some(end) = unsaid(page, skip_blanks(page.bytes, start + link.len()), out) {
        follows(page, end, out);
    }
}

/// The one that came in its place, further on in the same line.
pub(super) fn follows(page: &Page<'_>, end: usize, out: &mut Findings) {
    const REACH: usize = 64;
    let mut at = end + usize::from(matches!(page.byte(end), b',' | b'"' | b'\''));
    let stop = page.line_end(at, REACH);
    let mut told = false;
    while at < stop && page.byte(at) == b' ' {
        at = skip_blanks(page.bytes, at);
        if told && unsaid(page, at, out).is_some() {
            return;
        }
        let end = (at..stop).find(|at| !is(page.byte(*at), ALNUM | HIGH) && !b"'=".contains(&page.byte(*at)));
        let Some(end) = end.filter(|end| *end > at) else { return };
        let word = page.text(at..end).to_lowercase();
        told = matches!(word.as_str(), "a" | "=") || tells(&word) || BECOMES.has(&word);
        at = end + usize::from(matches!(page.byte(end), b',' | b':'));
    }
}

/// Words between the password that was and the one that is.
static BECOMES: &Index = &Sorted::by_start([
    "now", "auf", "zu", "en", "naar", "na", "till", "new", "neu", "nouveau", "nuevo", "nueva", "nuovo", "nuova",
    "nowe", "на", "jetzt", "por",
]);

/// Adds what nobody would say, and tells where it ends.
fn unsaid(page: &Page<'_>, start: usize, out: &mut Findings) -> Option<usize> {
    let value = Value::read(page, start).filter(|value| !value.call)?;
    let text = page.text(value.range.clone());
    let drawn = is_strong(text) && !is_wordy(text) || is_drawn_word(text);
    let place =
        text.contains("://") || text.contains('/') || text.split_once('@').is_some_and(|(_, host)| host.contains('.'));
    if !drawn || place || !is_password(text, value.quoted) {
        return None;
    }
    out.add(&PASSWORD, value.range.clone(), Confidence::Medium);
    Some(value.range.end)
}

/// `so the login is etl:…`, `login: etl and …`
pub(super) fn login(page: &Page<'_>, start: usize, out: &mut Findings) {
    const REACH: usize = 96;
    const JOINTS: [&str; 6] = [":", " and ", " und ", " et ", " y ", " mit "];
    let line = page.text(start..page.line_end(start, REACH));
    let user = line.split([':', ' ']).next().unwrap_or("");
    let named = !user.is_empty() && user.bytes().all(|byte| is(byte, ALNUM) || b"._-@".contains(&byte));
    let joint = JOINTS.iter().find(|joint| line[user.len()..].starts_with(**joint));
    if let Some(joint) = joint.filter(|_| named) {
        unsaid(page, start + user.len() + joint.len(), out);
    }
}

/// `u: etl` and `p: …`, on one line or two.
pub(super) fn initial(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    const REACH: usize = 64;
    let line = page.line_start(hit.start, REACH);
    let above = page.line_start(line.saturating_sub(1), REACH);
    let before = page.slice(above..hit.start);
    let user = before.starts_with(b"u: ") || before.starts_with(b"U: ");
    let begins = matches!(page.before(hit.start), b'\n' | b' ');
    if user
        && begins
        && let Some(value) = Value::read(page, skip_blanks(page.bytes, hit.end))
    {
        add(page, hit, Kind::Password, value, Bar::Cued, out);
    }
}
