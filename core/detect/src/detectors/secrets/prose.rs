//! Passwords and keys in running text and on command lines: a word for one, perhaps a link, and the value.
//!
//! Neighbours: `mod.rs` reads assignments, `places` what the form of the text makes a value, `chat` and `told` what people tell
//! each other.

use super::code::{is_said_of_things, is_search_word};
use super::coined::{is_coined, is_long_row, is_word_row};
use super::name::Name;
use super::value::{Value, is_drawn_word, is_grouped, is_password, is_strong};
use super::words::{PASS, PW};
use super::{Kind, PASSWORD, chat, is_prose, report, told, word_chain};
use crate::classes::{ALNUM, DIGIT, HIGH, LETTER, LOWER, SPACE, TOKEN, is, letters_end, run_end, run_start};
use crate::detectors::Hit;
use crate::evidence::{contains, distinct};
use crate::page::{Findings, Page};
use crate::phrases::{Index, Sorted};
use crate::sweep::skip_blanks;
use std::ops::Range;
use weir_model::Confidence;

/// Words and marks between a name and its value.
#[rustfmt::skip]
static LINKS: &Index = &Sorted::by_start([
    "is", "by", "was", "ist", "lautet", "es", "est", "é", "è", "jest", "to", "now", "auf", "als", "wird", "будет",
    "—", "->", "是", "为", "は", "는", "är", "changed", "reset", "set", "updated", "becomes", "todav", "has", "been",
    "remains", "still", "geändert", "wurde", "cambió", "alterada", "→", "par", "por", "na", "dostępu", "tymczasowe",
    "temporaire", "temporal", "provvisoria", "temporanea", "tijdelijk", "er", "je", "este", "temporária",
    "temporaria", "inicial", "nueva", "nova", "nuova", "indiqué", "fourni", "provided", "given", "supplied", "を", "를", "을", "은",
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
    "voor", "per", "dla", "di", "della", "para", "till", "til", "ke", "до", "від",
]);
const FOR_REACH: usize = 48;

/// A word for a password or key stands in the page.
pub(super) fn after_word(page: &Page<'_>, hit: Hit, kind: Kind, out: &mut Findings) {
    let network = kind == Kind::Secret && is_of_network(page, &hit);
    let kind = if network { Kind::Password } else { kind };
    if kind == Kind::Password {
        chat::answer(page, hit, out);
    }
    if page.slice(hit.start..hit.end).eq_ignore_ascii_case(b"identified by") && is_said_of_things(page, hit.start) {
        return;
    }
    if is_search_word(page, hit.start) || is_denied(page, hit.start) || is_in_template(page, hit.start) {
        return;
    }
    if page.slice(hit.start..hit.end).eq_ignore_ascii_case(PASS.as_bytes()) {
        return after_pass(page, hit, out);
    }
    let end = word_end(page, &hit);
    // `şifreniz …`: in Turkish nothing else stands between.
    let owned = end > hit.end
        && OWNED
            .iter()
            .any(|word| page.slice(hit.start..hit.end).eq_ignore_ascii_case(word.as_bytes()));
    let hit = Hit { end, ..hit };
    let Some((at, linked)) = links(page, hit.end) else {
        return;
    };
    let linked = linked || owned;
    let before = out.0.len();
    after_links(page, hit, kind, at, linked || network, out);
    if out.0.len() == before && kind == Kind::Password {
        after_clause(page, hit, out);
    }
    if out.0.len() == before && kind == Kind::Password {
        told::ahead(page, hit, out);
    }
}

/// Words for a password whose ending says whose it is.
const OWNED: [&str; 4] = ["şifre", "Şifre", "ŞİFRE", "parola"];

/// `SSID Guest, Schlüssel …`: the key of a wireless network.
fn is_of_network(page: &Page<'_>, hit: &Hit) -> bool {
    const REACH: usize = 48;
    const NETWORKS: [&[u8]; 4] = [b"ssid", b"wlan", b"wifi", b"wi-fi"];
    if !page
        .slice(hit.start..hit.end)
        .eq_ignore_ascii_case("schlüssel".as_bytes())
    {
        return false;
    }
    let before = page
        .slice(page.line_start(hit.start, REACH)..hit.start)
        .to_ascii_lowercase();
    NETWORKS.iter().any(|network| contains(&before, network))
}

/// `{{ .Values.auth.password | b64enc }}`: behind the bar stands what is done with it.
fn is_in_template(page: &Page<'_>, start: usize) -> bool {
    const REACH: usize = 64;
    let before = page.slice(page.line_start(start, REACH)..start);
    let open = memchr::memmem::rfind(before, b"{{");
    open.is_some_and(|open| memchr::memmem::find(&before[open..], b"}}").is_none())
}

/// `no password needed on Gast2026`
fn is_denied(page: &Page<'_>, start: usize) -> bool {
    const WORDS: [&[u8]; 11] = [
        b"no ",
        b"without ",
        b"without a ",
        b"kein ",
        b"ohne ",
        b"sans ",
        b"sin ",
        b"senza ",
        b"geen ",
        b"sem ",
        b"bez ",
    ];
    if page.before(start) != b' ' {
        return false;
    }
    let before = page.slice(start.saturating_sub(10)..start);
    WORDS.iter().any(|word| {
        let at = before.len().checked_sub(word.len());
        at.is_some_and(|at| before[at..].eq_ignore_ascii_case(word) && (at == 0 || before[at - 1] == b' '))
    })
}

/// `login ops pass …`: the word says much else, so that words for a login must stand before it, and the value is closed.
fn after_pass(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    if let Some(value) = after_purpose(page, hit.end) {
        return add(page, hit, Kind::Password, value, Bar::Alone, out);
    }
    let Some(value) = Value::read(page, skip_blanks(page.bytes, hit.end)) else {
        return;
    };
    let text = page.text(value.range.clone());
    let apart = matches!(page.before(hit.start), b' ' | b'\t' | b',');
    if apart && is_credential(page, hit) && !text.contains(['=', '/', '(']) && !text.starts_with(['-', '`']) {
        add(page, hit, Kind::Password, value, Bar::Alone, out);
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
    let (start, clear) = over_kind(page, hit, start);
    if !clear && is_plain_word(page, start) {
        return;
    }
    let Some(value) = Value::read(page, start) else { return };
    let bar = bar_behind(page, hit, &value, linked || clear);
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

/// How much a value right behind the word must show.
fn bar_behind(page: &Page<'_>, hit: Hit, value: &Value, linked: bool) -> Bar {
    let text = || page.text(value.range.clone());
    if linked
        || is_code_of_meeting(page, hit, &value.range)
        || is_passphrase(text())
        || is_netrc(page, hit)
        || is_setting(page, hit)
        || is_made(page, value.range.end)
    {
        Bar::Linked
    } else if value.quoted {
        Bar::Quoted
    } else if is_numbered_or_coined(text()) && is_credential(page, hit) {
        Bar::Cued
    } else {
        Bar::Alone
    }
}

/// True for a word in small letters with a blank behind it, as most words are: no password and no key.
fn is_plain_word(page: &Page<'_>, start: usize) -> bool {
    const LONGEST: usize = 48;
    let end = letters_end(page.bytes, start, LONGEST);
    let plain = is(page.byte(end), SPACE) && page.slice(start..end).iter().all(|byte| is(*byte, LOWER)) && end > start;
    plain && !is_drawn_word(page.text(start..end))
}

/// Behind words that say whose it is or what it opens stand a link and what nobody would say: `… hemma är …`, `… changed
/// from … to …`, `…, enter …`; or it ends the clause. Behind a word for a login no link is needed: `creds are admin and …`.
fn after_clause(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    const REACH: usize = 96;
    if !matches!(page.byte(hit.end), b' ' | b',') {
        return;
    }
    let stop = page.line_end(hit.end, REACH);
    let word = page.slice(hit.start..hit.end);
    let login = is_login(word);
    // In lists of types each stands behind a comma.
    if login && page.byte(hit.end) == b',' {
        return;
    }
    // The same word again leads to what stands behind it itself.
    let again = |at: usize| page.slice(at..at + word.len()).eq_ignore_ascii_case(word);
    let mut at = skip_blanks(page.bytes, hit.end + usize::from(page.byte(hit.end) == b','));
    let mut led = if login { Led::Linked } else { Led::Not };
    let mut purpose = false;
    while at < stop && at > hit.end && page.byte(at) != b'*' && !again(at) {
        if (led != Led::Not || purpose)
            && !is_plain_word(page, at)
            && let Some(value) = Value::read(page, at)
            && (led != Led::Not || closes_clause(page, &value))
        {
            let (end, before) = (value.range.end, out.0.len());
            let bar = if led == Led::Told { Bar::Cued } else { Bar::Alone };
            add(page, hit, Kind::Password, value, bar, out);
            if out.0.len() > before {
                return told::follows(page, end, out);
            }
        }
        let Some((end, next)) = word_of_clause(page, at, stop) else {
            return;
        };
        let word = page.text(at..end).to_lowercase();
        // What is assigned is read elsewhere.
        let assigned = page.byte(end) == b':' && Name::before(page, end).kind().is_some();
        if assigned {
            return;
        }
        led = Led::by(&word, page.byte(end), login);
        purpose |= FOR.has(&word);
        at = next;
    }
}

/// What somebody is told to do with a password.
#[rustfmt::skip]
pub(super) static ORDERS: &Index = &Sorted::by_start([
"enter", "type", "use", "try", "put", "mets", "mettez", "tape", "tapez", "saisis", "saisissez", "pon", "usa",
"prueba", "metti", "inserisci", "nimm", "nutze", "verwende", "gebruik", "typ", "wpisz", "użyj", "använd", "skriv",
"prova", "testa", "digite", "coloca", "gir", "kullan", "введи", "введите",
]);

/// What leads to a value in a clause.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Led {
    Not,
    Linked,
    /// Somebody is told to do something with it.
    Told,
}

impl Led {
    fn by(word: &str, mark: u8, login: bool) -> Self {
        #[rustfmt::skip]
        static LINKS: &Index = &Sorted::by_start([
            "is", "was", "ist", "war", "lautet", "es", "est", "era", "é", "è", "jest", "je", "to", "är", "er", "on", "from",
            "von", "of", "de", "now", "so", "nu", "jetzt", "auf", "dazu", "maintenant", "c'est", "ahora", "ora", "agora",
            "na", "naar", "till", "teraz", "на", "теперь", "это", "artık", "şimdi", "still", "literally",
        ]);
        if ORDERS.has(word) {
            Self::Told
        } else if login || mark == b':' || word == "a" || LINKS.has(word) || word.ends_with("'s") {
            Self::Linked
        } else {
            Self::Not
        }
    }
}

/// Where the word at `at` ends, and where the next of the same clause begins. What is quoted or in brackets is one.
fn word_of_clause(page: &Page<'_>, at: usize, stop: usize) -> Option<(usize, usize)> {
    let close = match page.byte(at) {
        mark @ (b'"' | b'\'' | b'`') => Some(mark),
        b'(' => Some(b')'),
        _ => None,
    };
    let end = match close {
        Some(mark) => at + 2 + memchr::memchr(mark, page.slice(at + 1..stop))?,
        None => (at..stop).find(|at| !is(page.byte(*at), ALNUM | HIGH) && !b"-_'/".contains(&page.byte(*at)))?,
    };
    let mark = usize::from(matches!(page.byte(end), b',' | b':'));
    (end > at && page.byte(end + mark) == b' ').then(|| (end, skip_blanks(page.bytes, end + mark)))
}

/// True where a clause ends behind a value, and the mark of a question at its end does not make it strong.
fn closes_clause(page: &Page<'_>, value: &Value) -> bool {
    let end = value.range.end;
    let asks = page.text(value.range.clone()).strip_suffix('?');
    if asks.is_some_and(|text| !is_unsaid(text)) {
        return false;
    }
    let mark = matches!(page.byte(end), b'.' | b',' | b';' | b'!' | b')' | b'\n' | b'\r');
    end >= page.bytes.len() || mark && (is(page.byte(end), SPACE) || is(page.byte(end + 1), SPACE))
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

/// How much the value must show, by what leads to it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bar {
    Linked,
    Quoted,
    /// Words before the name speak of a login.
    Cued,
    Alone,
}

pub(super) fn add(page: &Page<'_>, hit: Hit, kind: Kind, value: Value, bar: Bar, out: &mut Findings) {
    let text = page.text(value.range.clone());
    let enough = match bar {
        Bar::Linked | Bar::Quoted => true,
        Bar::Cued => is_numbered_or_coined(text) || is_unsaid(text),
        Bar::Alone => is_unsaid(text),
    };
    let enough = enough && !is_address(text);
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
        Kind::Password
            if is_word_row(text)
                || (value.quoted || bar == Bar::Cued || is_marked(text)) && is_coined(text) && !page.is_test_code() =>
        {
            out.add(&PASSWORD, value.range, Confidence::Medium);
        }
        Kind::Secret if distinct(text.as_bytes()) > 9 => {
            report(page, &Name::before(page, hit.end), kind, value, out);
        }
        _ => {}
    }
}

/// `passcode q7R2xd`: what is drawn for a meeting is shorter than other passwords.
fn is_code_of_meeting(page: &Page<'_>, hit: Hit, value: &Range<usize>) -> bool {
    if !(6..=12).contains(&value.len()) || !page.slice(hit.start..hit.end).eq_ignore_ascii_case(b"passcode") {
        return false;
    }
    let text = page.slice(value.clone());
    let has = |classes| text.iter().any(|byte| is(*byte, classes));
    text.iter().all(|byte| is(*byte, ALNUM)) && has(DIGIT) && has(LETTER)
}

/// What is a password behind words that speak of a login.
fn is_numbered_or_coined(text: &str) -> bool {
    is_numbered(text) || is_word_row(text) || is_marked(text) && is_coined(text)
}

pub(super) fn is_marked(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_punctuation() && byte != b'-')
}

/// True for what nobody would say in a sentence.
fn is_unsaid(text: &str) -> bool {
    is_strong(text) || is_passphrase(text) || is_drawn_word(text) || is_long_row(text) || is_grouped(text.as_bytes())
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
        b" je ",
        b" by ",
        " è ".as_bytes(),
        " é ".as_bytes(),
    ];
    let link = memchr::memchr_iter(b' ', line).find_map(|at| {
        let link = links.iter().find(|link| line[at..].starts_with(link))?;
        Some(at + link.len())
    });
    // `SET PASSWORD FOR 'app'@'%' = '…'`
    let set = || memchr::memmem::find(line, b"' = '").map(|at| at + b"' = ".len());
    Value::read(page, skip_blanks(page.bytes, start + link.or_else(set)?))
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

/// `비번 … 로 바꿨어요`: what a password is made, in Korean and Japanese.
fn is_made(page: &Page<'_>, end: usize) -> bool {
    const MARKS: [&str; 5] = ["로 ", "으로 ", "に変更", "に設定", "にし"];
    let at = skip_blanks(page.bytes, end);
    page.byte(at) >= 0x80 && MARKS.iter().any(|mark| page.has(at, mark))
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
        || starts(b"enable ")
        || page.slice(hit.start..hit.end).eq_ignore_ascii_case(b"enable secret")
        || page.slice(hit.start..hit.end).eq_ignore_ascii_case(b"requirepass")
}

/// `password 0 …`: over the number by which a router tells what is written in clear. The second answer: it stands there.
fn over_kind(page: &Page<'_>, hit: Hit, start: usize) -> (usize, bool) {
    let clear = page.slice(start..start + 2) == b"0 " && {
        let end = run_end(page.bytes, start + 2, TOKEN, 40);
        is_setting(page, hit) || page.byte(end) > b' ' || is_numbered(page.text(start + 2..end))
    };
    (start + if clear { 2 } else { 0 }, clear)
}

/// Words that speak of a login.
#[rustfmt::skip]
static CUES: &Index = &Sorted::by_start([
    "user", "admin", "root", "administrator", "login", "account", "temp", "initial", "creds", "credentials",
    "sign in", "log in", "benutzer", "usuario", "utilisateur", "konto", "generated", "usr", "entrar", "inloggen",
    "logga in", "utente", "usuário", "utilizador", "identifiant", "gebruiker", "użytkownik", "zaloguj", "användar",
    "kullanıcı", "kullanici", "логин",
]);

/// Words that speak of a login stand before the name, `user x and password …`, or it begins a remark: `(passphrase …)`.
fn is_credential(page: &Page<'_>, hit: Hit) -> bool {
    let start = page.line_start(hit.start, 64);
    let alone = page
        .text(start..hit.start)
        .trim_start_matches(['>', ' ', '\t'])
        .is_empty();
    // A form without marks: each field on a line of its own, in a mail that is answered as well.
    let from = if alone {
        page.line_start(start.saturating_sub(1), 64)
    } else {
        start
    };
    let line = page.slice(from..hit.start).to_ascii_lowercase();
    let bracketed = page.before(run_start(page.bytes, hit.start, TOKEN, 40)) == b'(';
    bracketed || CUES.find(&line, |_, _| true).is_some()
}

/// Two words and a number with the same mark between them, `Copper-ginger-064`, or three words and a number among them,
/// `copper-ginger-64-ember`. Hosts have shorter words and numbers, and a year says when something was made.
pub(in crate::detectors) fn is_passphrase(text: &str) -> bool {
    const MARKS: [char; 3] = ['-', '.', '_'];
    let Some(mark) = text.chars().find(|letter| MARKS.contains(letter)) else {
        return false;
    };
    // No name has marks of two kinds: `Copper-ginger.64`.
    let mixed = text.chars().any(|other| MARKS.contains(&other) && other != mark);
    let parts: Vec<&str> = if mixed {
        text.split(MARKS).collect()
    } else {
        text.split(mark).collect()
    };
    let is_word = |word: &&&str| word.len() >= 4 && word.bytes().all(|byte| is(byte, LETTER));
    let is_number = |part: &&str, least: usize| {
        let year = part.len() == 4 && (part.starts_with("19") || part.starts_with("20"));
        (least..=4).contains(&part.len()) && !year && part.bytes().all(|byte| is(byte, DIGIT))
    };
    let words = parts.iter().filter(is_word).count();
    match words {
        2 => {
            let least = if mixed { 2 } else { 3 };
            parts.len() == 3 && parts.last().is_some_and(|last| is_number(last, least))
        }
        3 => parts.len() == 4 && parts[1..].iter().any(|part| is_number(part, 2)),
        _ => false,
    }
}

/// Words and a number of some length: `rocket-pepper-508`.
pub(in crate::detectors) fn is_numbered(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    digits >= 2 && letters >= 6 && text.len() >= 9
}
