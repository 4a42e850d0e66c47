//! Passwords and keys in running text and on command lines: a word for one, perhaps a link, and the value.
//!
//! Neighbours: `mod.rs` reads assignments, `places` what the form of the text makes a value.

use super::code::{is_said_of_things, is_search_word};
use super::name::Name;
use super::value::{Value, is_password, is_strong};
use super::words::PW;
use super::{Kind, PASSWORD, is_prose, report, word_chain};
use crate::classes::{ALNUM, DIGIT, HIGH, LETTER, LOWER, SPACE, TOKEN, is, letters_end, run_end, run_start};
use crate::detectors::Hit;
use crate::evidence::{contains, distinct};
use crate::page::{Findings, Page};
use crate::phrases::{Index, Sorted};
use crate::sweep::skip_blanks;
use weir_model::Confidence;

/// Words and marks between a name and its value.
static LINKS: &Index = &Sorted::by_start([
    "is",
    "by",
    "was",
    "ist",
    "lautet",
    "es",
    "est",
    "é",
    "è",
    "jest",
    "to",
    "now",
    "auf",
    "als",
    "wird",
    "будет",
    "—",
    "->",
    "是",
    "为",
    "は",
    "는",
    "är",
    "changed",
    "reset",
    "set",
    "updated",
    "becomes",
    "todav",
    "has",
    "been",
    "remains",
    "still",
    "geändert",
    "wurde",
    "cambió",
    "alterada",
    "→",
    "par",
    "por",
    "na",
    "dostępu",
    "tymczasowe",
    "temporaire",
    "temporal",
    "provvisoria",
    "temporanea",
    "tijdelijk",
    "er",
    "je",
    "este",
    "temporária",
    "temporaria",
    "inicial",
    "nueva",
    "nova",
    "nuova",
    "を",
    "를",
    "을",
]);
/// Whose it is, and what it opens, in the languages that say so without a small word.
const WHOSE: [&str; 8] = [
    "wifi",
    "Wi-Fi",
    "администратора",
    "пользователя",
    "адміністратора",
    "користувача",
    "administratora",
    "użytkownika",
];
/// Those of a single byte.
const SHORT_LINKS: &[u8] = b"e=:-|";
/// Bytes of the longest.
const LONGEST_LINK: usize = 16;
const MAX_LINKS: usize = 4;

/// Words that lead from the name to what it opens: `password for the staging box is …`.
static FOR: &Index = &Sorted::by_start([
    "for", "of", "to", "on", "für", "zum", "zur", "vom", "de", "del", "da", "do", "pour", "du", "от", "для", "van",
    "voor", "per", "dla", "di", "della", "para", "till", "til",
]);
const FOR_REACH: usize = 48;

/// A word for a password or key stands in the page.
pub(super) fn after_word(page: &Page<'_>, hit: Hit, kind: Kind, out: &mut Findings) {
    if kind == Kind::Password {
        answer(page, hit, out);
    }
    if page.slice(hit.start..hit.end).eq_ignore_ascii_case(b"identified by") && is_said_of_things(page, hit.start) {
        return;
    }
    if is_search_word(page, hit.start) {
        return;
    }
    let hit = Hit {
        end: word_end(page, &hit),
        ..hit
    };
    let Some((at, linked)) = links(page, hit.end) else {
        return;
    };
    let before = out.0.len();
    after_links(page, hit, kind, at, linked, out);
    if out.0.len() == before && kind == Kind::Password {
        after_clause(page, hit, out);
    }
}

/// Where a word ends with what languages put behind it: `şifreniz`, `lösenordet`. The blank of the shortest one is none of it.
fn word_end(page: &Page<'_>, hit: &Hit) -> usize {
    const LONGEST: usize = 8;
    static ENDINGS: &Index = &Sorted::by_start([
        "si", "sı", "niz", "nız", "miz", "mız", "sini", "sını", "em", "et", "en", "ем", "ом",
    ]);
    if page.slice(hit.start..hit.end).eq_ignore_ascii_case(PW.as_bytes()) {
        return hit.end - 1;
    }
    let run = run_end(page.bytes, hit.end, LETTER | HIGH, LONGEST);
    let ending = page.text(hit.end..run);
    let known = ENDINGS.has(ending) || matches!(ending, "m" | "n" | "t" | "a" | "u" | "e");
    if known { run } else { hit.end }
}

/// A value right behind the word and its links.
fn after_links(page: &Page<'_>, hit: Hit, kind: Kind, at: usize, linked: bool, out: &mut Findings) {
    // Some words of the lexicon end with their link: `token is `.
    let linked = linked || is_flag(page, hit) || page.before(hit.end) == b' ';
    let start = skip_blanks(page.bytes, at);
    if start == at && !linked || matches!(page.byte(start), b':' | b'=') {
        return;
    }
    if !linked && let Some(value) = after_purpose(page, start).or_else(|| after_network(page, start)) {
        add(page, hit, kind, value, Bar::Linked, out);
        return;
    }
    let is_phrase = linked && page.slice(hit.start..hit.end).eq_ignore_ascii_case(b"passphrase");
    if let Some(chain) = is_phrase.then(|| word_chain(page, start)).flatten() {
        out.add(&PASSWORD, chain, Confidence::Medium);
        return;
    }
    if is_plain_word(page, start) {
        return;
    }
    let Some(value) = Value::read(page, start) else { return };
    let bar = if linked || is_passphrase(page.text(value.range.clone())) || is_netrc(page, hit) || is_setting(page, hit)
    {
        Bar::Linked
    } else if value.quoted {
        Bar::Quoted
    } else if is_numbered(page.text(value.range.clone())) && is_credential(page, hit) {
        Bar::Cued
    } else {
        Bar::Alone
    };
    // Italian for a word.
    let word = page.slice(hit.start..hit.end).eq_ignore_ascii_case(b"parola");
    let plain = || {
        let text = page.slice(value.range.clone());
        text.iter().all(|byte| is(*byte, LOWER | DIGIT))
    };
    if !(bar == Bar::Alone && word && plain()) {
        add(page, hit, kind, value, bar, out);
    }
}

/// True for a word in small letters with a blank behind it, as most words are: no password and no key.
fn is_plain_word(page: &Page<'_>, start: usize) -> bool {
    const LONGEST: usize = 48;
    let end = letters_end(page.bytes, start, LONGEST);
    is(page.byte(end), SPACE) && page.slice(start..end).iter().all(|byte| is(*byte, LOWER)) && end > start
}

/// Behind words that say whose it is or what it opens stand a link and what nobody would say: `… hemma är …`, `… changed
/// from … to …`. Behind a word for a login no link is needed: `creds are admin and …`.
fn after_clause(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    const REACH: usize = 64;
    static LINKS: &Index = &Sorted::by_start([
        "is", "was", "ist", "war", "lautet", "es", "est", "era", "é", "è", "jest", "to", "är", "er", "on", "from",
        "von", "of", "de",
    ]);
    let stop = page.line_end(hit.end, REACH);
    let login = is_login(page.slice(hit.start..hit.end));
    let (mut at, mut linked) = (skip_blanks(page.bytes, hit.end), login);
    let word = page.slice(hit.start..hit.end);
    // The same word again leads to what stands behind it itself.
    let again = |at: usize| page.slice(at..at + word.len()).eq_ignore_ascii_case(word);
    while at < stop && at > hit.end && page.byte(at) != b'*' && !again(at) {
        let before = out.0.len();
        if linked
            && !is_plain_word(page, at)
            && let Some(value) = Value::read(page, at)
        {
            let end = value.range.end;
            add(page, hit, Kind::Password, value, Bar::Alone, out);
            if out.0.len() > before {
                return becomes(page, hit, end, out);
            }
        }
        // A clause ends with its mark.
        let end = (at..stop).find(|at| !is(page.byte(*at), ALNUM | HIGH) && !b"-_'/".contains(&page.byte(*at)));
        let Some(end) = end.filter(|end| *end > at && page.byte(*end) == b' ') else {
            return;
        };
        linked = login || LINKS.has(&page.text(at..end).to_ascii_lowercase());
        at = skip_blanks(page.bytes, end);
    }
}

/// True for a word that stands for a user and a password.
fn is_login(word: &[u8]) -> bool {
    const LOGINS: [&str; 8] = [
        "creds",
        "credentials",
        "logins",
        "identifiants",
        "zugangsdaten",
        "credenciales",
        "credenziali",
        "inloggegevens",
    ];
    let first = word.first().map(u8::to_ascii_lowercase);
    matches!(first, Some(b'c' | b'l' | b'i' | b'z'))
        && LOGINS.iter().any(|login| word.eq_ignore_ascii_case(login.as_bytes()))
}

/// `from … to …`: the password behind the one that was.
fn becomes(page: &Page<'_>, hit: Hit, end: usize, out: &mut Findings) {
    const LINKS: [&str; 5] = [" to ", " auf ", " zu ", " en ", " a "];
    if let Some(link) = LINKS.iter().find(|link| page.has(end, link))
        && let Some(value) = Value::read(page, end + link.len())
    {
        add(page, hit, Kind::Password, value, Bar::Alone, out);
    }
}

/// `what's the wifi password?` and on the next line of the chat nothing but a word that nobody would say.
fn answer(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    const LINE: usize = 200;
    // A question ends soon after what it asks for.
    const ASKED: usize = 48;
    let end = page.line_end(hit.end, ASKED);
    if page.byte(end) != b'\n' {
        return;
    }
    let asked = page.slice(page.line_start(hit.start, ASKED)..end);
    let asked = asked.trim_ascii().to_ascii_lowercase();
    if !(asked.ends_with(b"?") || contains(&asked, b"what")) {
        return;
    }
    let start = end + 1;
    let line = page
        .text
        .get(start..page.line_end(start.min(page.bytes.len()), LINE))
        .unwrap_or("");
    // Who said it: `<li> `, `[09:14] ben: `.
    let said = [": ", "> "]
        .iter()
        .filter_map(|mark| line.find(mark).map(|at| at + mark.len()))
        .max();
    let from = said.unwrap_or(0);
    let word = line[from..].trim();
    if said.is_some() && (is_strong(word) || is_numbered(word)) && !is_prose(word) && is_password(word, true) {
        let start = start + from + (line[from..].len() - line[from..].trim_start().len());
        out.add(&PASSWORD, start..start + word.len(), Confidence::Medium);
    }
}

/// How much the value must show, by what leads to it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bar {
    Linked,
    Quoted,
    /// Words before the name speak of a login.
    Cued,
    Alone,
}

fn add(page: &Page<'_>, hit: Hit, kind: Kind, value: Value, bar: Bar, out: &mut Findings) {
    let text = page.text(value.range.clone());
    let enough = match bar {
        Bar::Linked | Bar::Quoted => true,
        Bar::Cued => (is_numbered(text) || is_strong(text)) && !is_address(text),
        Bar::Alone => (is_strong(text) || is_passphrase(text)) && !is_address(text),
    };
    // `openssl passwd -apr1`: how to do it, not what with.
    let flag =
        !value.quoted && text.starts_with('-') && text[1..].starts_with(|first: char| first.is_ascii_lowercase());
    if value.call || !enough || flag {
        return;
    }
    match kind {
        Kind::Password if is_password(text, value.quoted) && !is_prose(text) => {
            out.add(&PASSWORD, value.range, Confidence::Medium);
        }
        Kind::Secret if distinct(text.as_bytes()) > 9 => {
            report(page, &Name::before(page, hit.end), kind, value, out);
        }
        _ => {}
    }
}

/// An address of mail says who, not with which password.
fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(_, host)| host.contains('.'))
}

/// Reads over links. `None` when an assignment stands there, which is read elsewhere.
fn links(page: &Page<'_>, end: usize) -> Option<(usize, bool)> {
    let (mut at, mut linked) = (end, false);
    for _ in 0..MAX_LINKS {
        let next = skip_blanks(page.bytes, at);
        let spaced = next > at || page.byte(at) >= 0x80;
        let Some(length) = spaced.then(|| link_length(page, next)).flatten() else {
            break;
        };
        if length == 1 && matches!(page.byte(next), b':' | b'=') {
            return None;
        }
        at = next + length;
        linked = true;
    }
    let next = skip_blanks(page.bytes, at);
    let whose = WHOSE.iter().find(|word| !linked && page.has(next, word) && next > at);
    Some((whose.map_or(at, |word| next + word.len()), linked))
}

/// The length of the longest link that stands at `at`.
fn link_length(page: &Page<'_>, at: usize) -> Option<usize> {
    let here = page.slice(at..at + LONGEST_LINK);
    let mut small = [0; LONGEST_LINK];
    let small = &mut small[..here.len()];
    small.copy_from_slice(here);
    small.make_ascii_lowercase();
    // What is done with it in Japanese and Korean is told from what it is done to by its letters.
    let acts = |length: usize| matches!(&small[..length], b"\xE3\x82\x92" | b"\xEB\xA5\xBC" | b"\xEC\x9D\x84");
    let ends = |length: &usize| {
        let end = at + length;
        let goes_on = small[0].is_ascii_alphabetic() && is(page.byte(end), ALNUM);
        let spoken = acts(*length) && page.byte(skip_blanks(page.bytes, end)) >= 0x80;
        !goes_on && !spoken
    };
    // Two dashes begin the next option.
    let option = small.starts_with(b"--");
    let short = small.first().is_some_and(|byte| SHORT_LINKS.contains(byte)) && !option;
    let lengths = LINKS.starting(small).map(str::len).chain(short.then_some(1));
    lengths.filter(ends).max()
}

/// True when the word stands at `at`, and no letter goes on behind it.
fn begins_with(page: &Page<'_>, at: usize, word: &str) -> bool {
    let end = at + word.len();
    let first = word.as_bytes()[0];
    page.byte(at).eq_ignore_ascii_case(&first)
        && page.slice(at..end).eq_ignore_ascii_case(word.as_bytes())
        && !(word.as_bytes()[0].is_ascii_alphabetic() && is(page.byte(end), ALNUM))
}

/// The word of [`FOR`] that stands at `at`.
fn purpose(page: &Page<'_>, at: usize) -> Option<&'static str> {
    const LONGEST: usize = 6;
    let here = page.slice(at..at + LONGEST);
    let mut small = [0; LONGEST];
    let small = &mut small[..here.len()];
    small.copy_from_slice(here);
    small.make_ascii_lowercase();
    FOR.starting(small).find(|word| begins_with(page, at, word))
}

/// The value behind `for … is`, when the words there say what the secret opens.
fn after_purpose(page: &Page<'_>, start: usize) -> Option<Value> {
    purpose(page, start)?;
    let line = page.slice(start..page.line_end(start, FOR_REACH));
    let links = [
        &b" is "[..],
        b" ist ",
        b" es ",
        b" est ",
        b" jest ",
        b" by ",
        " è ".as_bytes(),
        " é ".as_bytes(),
    ];
    let link = memchr::memchr_iter(b' ', line).find_map(|at| {
        let link = links.iter().find(|link| line[at..].starts_with(link))?;
        Some(at + link.len())
    })?;
    Value::read(page, skip_blanks(page.bytes, start + link))
}

/// The passphrase right behind what it opens, where that is no host: `Senha do Wi-Fi …`.
fn after_network(page: &Page<'_>, start: usize) -> Option<Value> {
    const NETWORKS: [&str; 6] = ["wi-fi", "wifi", "wlan", "hotspot", "vpn", "router"];
    let word = purpose(page, start)?;
    // `para el wifi`
    const ARTICLES: [&str; 7] = ["the ", "el ", "la ", "il ", "le ", "das ", "o "];
    let next = skip_blanks(page.bytes, start + word.len());
    let article = ARTICLES.iter().find(|article| page.has(next, article));
    let next = next + article.map_or(0, |article| article.len());
    let network = NETWORKS.iter().find(|network| begins_with(page, next, network))?;
    let value = Value::read(page, skip_blanks(page.bytes, next + network.len()))?;
    let text = page.text(value.range.clone());
    (is_passphrase(text) || is_strong(text)).then_some(value)
}

/// `--password`, `--admin-password`, `-password`.
fn is_flag(page: &Page<'_>, hit: Hit) -> bool {
    let start = run_start(page.bytes, hit.start, TOKEN, 40);
    let token = page.slice(start..hit.end);
    token.starts_with(b"--") || token.starts_with(b"-") && matches!(page.before(start), b' ' | b'\t' | b'"' | b'\'')
}

/// `machine … login … password …`, on one line or three.
fn is_netrc(page: &Page<'_>, hit: Hit) -> bool {
    const REACH: usize = 160;
    let before = page.slice(hit.start.saturating_sub(REACH)..hit.start);
    contains(before, b"login ") && (contains(before, b"machine ") || contains(before, b"default"))
}

/// `ENV DB_PASSWORD …`, `set password …`, `requirepass …`, `username admin password …`.
fn is_setting(page: &Page<'_>, hit: Hit) -> bool {
    let line = page.slice(page.line_start(hit.start, 96)..hit.start);
    let head = line.trim_ascii_start();
    let starts = |word: &[u8]| head.len() >= word.len() && head[..word.len()].eq_ignore_ascii_case(word);
    starts(b"ENV ")
        || starts(b"set ")
        || starts(b"username ")
        || page.slice(hit.start..hit.end).eq_ignore_ascii_case(b"requirepass")
}

/// Words that speak of a login stand before the name, `user x and password …`, or it begins a remark: `(passphrase …)`.
fn is_credential(page: &Page<'_>, hit: Hit) -> bool {
    static CUES: &Index = &Sorted::by_start([
        "user",
        "admin",
        "root",
        "administrator",
        "login",
        "account",
        "temp",
        "initial",
        "creds",
        "credentials",
        "sign in",
        "log in",
        "benutzer",
        "usuario",
        "utilisateur",
        "konto",
        "generated",
    ]);
    let line = page
        .slice(page.line_start(hit.start, 64)..hit.start)
        .to_ascii_lowercase();
    let bracketed = page.before(run_start(page.bytes, hit.start, TOKEN, 40)) == b'(';
    bracketed || CUES.find(&line, |_, _| true).is_some()
}

/// Two words and a number with the same mark between them: `Copper-ginger-064`. Hosts have shorter words and numbers,
/// and a year says when something was made.
fn is_passphrase(text: &str) -> bool {
    let Some(mark) = text.bytes().find(|byte| b"-._".contains(byte)).map(char::from) else {
        return false;
    };
    let parts: Vec<&str> = text.split(mark).collect();
    let is_word = |word: &&str| word.len() >= 4 && word.bytes().all(|byte| is(byte, LETTER));
    match &parts[..] {
        [words @ .., number] => {
            words.len() == 2
                && words.iter().all(is_word)
                && (3..=4).contains(&number.len())
                && !(number.len() == 4 && (number.starts_with("19") || number.starts_with("20")))
                && number.bytes().all(|byte| is(byte, DIGIT))
        }
        [] => false,
    }
}

/// Words and a number of some length: `rocket-pepper-508`.
pub(super) fn is_numbered(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    digits >= 2 && letters >= 6 && text.len() >= 9
}
