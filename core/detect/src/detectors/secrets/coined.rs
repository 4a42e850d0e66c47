//! Passwords without a digit: letters drawn by chance, and words put together that no program and no sentence has.
//!
//! Such a value shows by itself only where its letters were drawn; where words were put together its place must say that
//! it is a password: who logs in with it stands beside it.

use super::value::is_default;
use crate::classes::{LETTER, LOWER, UPPER, is};
use crate::evidence::{contains, is_placeholder, is_test_code};
use crate::page::Page;
use crate::phrases::{Index, Sorted};
use std::ops::{Range, RangeInclusive};

/// For each letter those that follow it in one of a thousand pairs or more, in the words of ten European languages.
const FOLLOWERS: [&str; 26] = [
    "abcdfghiklmnprstuvwyz",
    "aeiloru",
    "acehiklortu",
    "aeiloru",
    "abcdefghiklmnoprstuvwyz",
    "aefior",
    "aehiloru",
    "aeiloru",
    "abcdefgklmnoprstvz",
    "aeo",
    "aeiloru",
    "adeilmostuy",
    "abceimopu",
    "abcdegiknostuy",
    "bcdefgklmnoprstuvw",
    "aehilopr",
    "u",
    "abcdegiklmnorstuy",
    "acehiklopstu",
    "aehilorstuyz",
    "bcdegilmnrst",
    "aeio",
    "aeios",
    "",
    "aen",
    "aei",
];

/// The same as bits.
static PAIRS: [u32; 26] = {
    let (mut pairs, mut letter) = ([0; 26], 0);
    while letter < 26 {
        let (followers, mut at) = (FOLLOWERS[letter].as_bytes(), 0);
        while at < followers.len() {
            pairs[letter] |= 1 << (followers[at] - b'a');
            at += 1;
        }
        letter += 1;
    }
    pairs
};

/// True when two in five of the letters stand beside one that words do not put there. Of eleven letters drawn by chance
/// nine in ten times so many do, and in one of two hundred words.
pub(super) fn is_unpronounceable(text: &[u8]) -> bool {
    let (rare, pairs) = rare_pairs(text);
    pairs >= 6 && rare * 5 >= pairs * 2
}

/// The same for half of the letters, as not even names of programs have it that are full of abbreviations.
pub(super) fn is_noise(text: &[u8]) -> bool {
    let (rare, pairs) = rare_pairs(text);
    pairs >= 6 && rare * 2 >= pairs
}

/// How many letters stand beside one that words do not put there, and how many beside any.
fn rare_pairs(text: &[u8]) -> (usize, usize) {
    let (mut pairs, mut rare, mut last) = (0, 0, None);
    for &byte in text {
        let letter = is(byte, LETTER).then(|| usize::from((byte | 0x20) - b'a'));
        if let (Some(first), Some(second)) = (last, letter) {
            pairs += 1;
            rare += usize::from(PAIRS[first] >> second & 1 == 0);
        }
        last = letter;
    }
    (rare, pairs)
}

/// What words of programs and of sentences about passwords are made of.
#[rustfmt::skip]
static PLAIN: &Index = &Sorted::by_start([
    "password", "passwort", "passwd", "pass", "pwd", "secret", "token", "key", "user", "name", "value", "type",
    "text", "string", "str", "field", "input", "form", "hash", "hashed", "encoded", "encrypted", "encryption", "your",
    "my", "the", "some", "new", "old", "test", "testing", "example", "sample", "default", "change", "changed",
    "enter", "here", "none", "null", "true", "false", "required", "optional", "invalid", "valid", "wrong", "correct",
    "incorrect", "missing", "empty", "forgot", "forgotten", "reset", "show", "hide", "confirm", "error", "message",
    "label", "prompt", "manager", "provider", "service", "client", "server", "config", "settings", "option",
    "options", "auth", "authentication", "login", "credential", "credentials", "account", "admin", "database", "prod",
    "dev", "staging", "file", "path", "url", "env", "var", "ref", "id", "data", "info", "object", "class", "model",
    "view", "controller", "handler", "factory", "builder", "request", "response", "not", "is", "has", "get", "set",
    "with", "without", "for", "and", "or", "of", "to", "in", "no", "yes", "policy", "protected", "protection",
    "reader", "writer", "callback", "validator", "strength", "length", "min", "max", "array", "buffer", "bytes",
    "char", "element", "control", "box", "edit", "dialog", "page", "store", "storage", "vault", "generator", "random",
    "secure", "safe", "strong", "weak", "long", "short", "very", "super", "dummy", "fake", "mock", "foo", "bar",
    "case", "sensitive", "side", "only", "end", "format", "mode", "method", "result", "state", "status", "event",
    "item", "list", "entry", "attribute", "property", "param", "params", "argument", "variable", "constant",
    "placeholder", "place", "holder", "redacted", "masked", "hidden", "private", "public", "system", "access", "code",
    "phrase", "word", "words", "pin", "plain", "raw", "base", "connection", "session", "security", "kennwort",
    "geheim", "ihr", "dein", "contrasena", "senha", "clave", "motdepasse", "wachtwoord", "haslo", "sifre", "parola",
    "horse", "battery", "staple", "script", "share", "point", "power", "shell", "source", "forge", "sales", "force",
    "using", "shared", "based", "free", "less", "update", "create", "delete", "verify", "check", "bind", "proxy",
    "digest", "basic", "bearer", "unknown", "window",
]);

/// True for words put together so that they are nobody's name for anything: two with capitals, three or more with dashes, or
/// two with a mark in between or behind.
pub(in crate::detectors) fn is_coined(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shape = (8..=64).contains(&bytes.len()) && bytes.iter().all(|byte| is(*byte, LETTER) || MARKS.contains(byte));
    if !shape || is_default(text) || is_placeholder(text) {
        return false;
    }
    let words = words(text);
    let known = |word: &&&str| PLAIN.has(&word.to_ascii_lowercase());
    // Of words drawn from a list one may be any word.
    if words.iter().filter(known).count() > usize::from(words.len() >= 4) {
        return false;
    }
    let whole = words.iter().all(|word| word.len() >= 4);
    let marks: Vec<u8> = bytes.iter().copied().filter(|byte| !is(*byte, LETTER)).collect();
    let capitals = bytes.iter().filter(|byte| is(**byte, UPPER)).count();
    let titled = marks.is_empty() && is(bytes[0], UPPER) && capitals == words.len();
    let dashed = marks.iter().all(|mark| *mark == b'-');
    match words.len() {
        1 => is_long_word(text),
        2 => whole && (titled || marks.len() <= 2 && !dashed),
        count @ 3..=MOST_IN_ROW => {
            let row = dashed && marks.len() + 1 == count && (capitals == 0 || capitals == count);
            whole && (row || titled && count == 3)
        }
        _ => false,
    }
}

/// Words of the longest row.
const MOST_IN_ROW: usize = 6;
/// How many dashes stand between the words of a row.
pub(super) const DASHES_OF_ROW: RangeInclusive<usize> = 2..=MOST_IN_ROW - 1;

/// Three words or more with dashes between them, which no sentence has in the place of a password.
pub(super) fn is_word_row(text: &str) -> bool {
    DASHES_OF_ROW.contains(&text.bytes().filter(|byte| *byte == b'-').count())
        && text.bytes().all(|byte| is(byte, LOWER) || byte == b'-')
        && is_coined(text)
}

/// Four words or more: nobody names anything so.
pub(super) fn is_long_row(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'-').count() >= 3 && is_word_row(text)
}

/// Marks that people put between the words of a password, or behind them.
const MARKS: &[u8] = b"-#!$%@&*+?~^=";

/// The words that marks and capitals set apart.
fn words(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let begins = |at: usize| is(bytes[at], UPPER) && is(bytes[at - 1], LOWER);
    let mut words = Vec::new();
    let mut start = 0;
    for at in 1..=bytes.len() {
        if at == bytes.len() || !is(bytes[at], LETTER) || !is(bytes[at - 1], LETTER) || begins(at) {
            if is(bytes[at - 1], LETTER) {
                words.push(&text[start..at]);
            }
            start = at;
        }
    }
    words
}

/// Words written together in small letters: longer than nearly all words, and without the ends of long ones.
fn is_long_word(text: &str) -> bool {
    is_run_of_words(text, 14)
}

/// The same for shorter ones that speak of no login, where it stands beside them who logs in: `winterlantern`.
fn is_written_together(text: &str) -> bool {
    #[rustfmt::skip]
    const SPEAK: [&str; 24] = [
        "pass", "secret", "admin", "user", "test", "example", "change", "default", "your", "demo", "sample", "dummy",
        "login", "server", "postgres", "mysql", "redis", "mongo", "config", "service", "account", "token", "value", "string",
    ];
    is_run_of_words(text, SHORTEST_RUN) && !SPEAK.iter().any(|word| text.contains(word))
}

/// Letters of the shortest words written together that may be a password.
pub(super) const SHORTEST_RUN: usize = 12;

fn is_run_of_words(text: &str, least: usize) -> bool {
    const ENDS: [&str; 14] = [
        "tion", "tions", "ment", "ness", "able", "ing", "ated", "ally", "ator", "ity", "ung", "keit", "heit", "schaft",
    ];
    (least..=40).contains(&text.len())
        && text.bytes().all(|byte| is(byte, LOWER))
        && !ENDS.iter().any(|end| text.ends_with(end))
}

/// A word in a column of passwords, others of which nobody would say; what stands there in their place is none.
pub(super) fn is_word_among_passwords(text: &str) -> bool {
    #[rustfmt::skip]
    static NONE: &Index = &Sorted::by_start([
        "disabled", "expired", "unchanged", "unset", "same", "todo", "unknown", "none", "ldap", "okta", "keepass",
        "bitwarden", "lastpass", "onepassword", "rotated", "revoked", "locked", "saml", "varies", "various", "ditto", "personal",
    ]);
    (5..=24).contains(&text.len())
        && text.bytes().all(|byte| is(byte, LETTER))
        && !is_default(text)
        && !is_placeholder(text)
        && !PLAIN.has(&text.to_ascii_lowercase())
        && !NONE.has(&text.to_ascii_lowercase())
}

/// What people call the one who logs in.
#[rustfmt::skip]
static USERS: &Index = &Sorted::by_start([
    "user", "login", "log-in", "account", "uid", "email", "e-mail", "benutzer", "utilisateur", "identifiant", "usuario",
    "usuário", "utilizador", "utente", "gebruiker", "użytkownik", "användar", "brugernavn", "bruker", "kullanıcı", "kullanici",
    "логин", "пользователь", "用户", "用戶", "账号", "帳號", "ユーザー", "ログイン", "아이디", "사용자",
]);

/// True when right before the name of a password stands who logs in with it, `user=etl password=`, `Login : etl` on the
/// line above, or the name of a column for that.
pub(super) fn is_beside_login(page: &Page<'_>, name: usize) -> bool {
    const REACH: usize = 96;
    let line = page.line_start(name, REACH);
    let above = page.line_start(line.saturating_sub(1), REACH);
    let from = page.text.ceil_char_boundary(above.max(name.saturating_sub(REACH)));
    let before = without_tags(&page.text(from..name).to_lowercase());
    let begins = |at: usize| !before[..at].ends_with(|c: char| c.is_alphanumeric() && c.is_ascii());
    let places = before.char_indices().map(|(at, _)| at).filter(|at| begins(*at));
    let labels = |at: usize| USERS.starting(before.as_bytes().get(at..).unwrap_or(&[]));
    places
        .flat_map(|at| labels(at).map(move |label| at + label.len()))
        .any(|end| names_somebody(&before[end..]))
}

/// A text with a bar in the place of each tag.
fn without_tags(text: &str) -> String {
    let mut parts = text.split('<');
    let mut plain = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let (tag, behind) = part.split_once('>').unwrap_or(("", part));
        // `<username>etl</username>`
        let named = USERS.starting(tag.as_bytes()).next().is_some();
        plain.push_str(if named { tag } else { "" });
        plain.push('|');
        plain.push_str(behind);
    }
    plain
}

/// Behind the label of a user stand its mark and a name, and hardly anything else; or it heads a column.
fn names_somebody(rest: &str) -> bool {
    const LONGEST_LABEL: usize = 16;
    const LONGEST_NAME: usize = 48;
    const TYPES: [&str; 9] = [
        "string", "str", "text", "none", "null", "varchar", "optional", "required", "user",
    ];
    let marked = rest.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | ' ' | '-'));
    let value = marked.trim_start_matches([' ', ':', '=', '"', '\'', '\t', '|', '`', ',', ';', '：', '*']);
    if value.len() == marked.len() || rest.len() - marked.len() > LONGEST_LABEL {
        return false;
    }
    if value.is_empty() {
        return marked.contains(['|', ',', ';', '\t']);
    }
    let ends = |c: char| c.is_whitespace() || "\"',;&<|`：，".contains(c);
    let (name, tail) = value.split_at(value.find(ends).unwrap_or(value.len()));
    (2..=LONGEST_NAME).contains(&name.len())
        && name.chars().all(|c| c.is_alphanumeric() || "._-@+\\".contains(c))
        && !TYPES.contains(&name)
        && tail.chars().filter(|c| c.is_alphanumeric()).count() <= LONGEST_LABEL
}

/// Where the last word of a name begins that stands right before the value: `user=etl password`.
fn last_word(page: &Page<'_>, name: usize, value: usize) -> usize {
    const LONGEST: usize = 64;
    if value < name || value - name > LONGEST {
        return name;
    }
    let text = page.text(name..value);
    if text.contains('\n') {
        return name;
    }
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let word = text.trim_end_matches(|c| !inside(c));
    name + word.trim_end_matches(inside).len()
}

/// `-e POSTGRES_PASSWORD=…`, `ssl.keystore.password=…`: a constant of the environment or a setting on a line of its own, and
/// right behind its mark the value; or `- name: ADMIN_PASS` and on the next line a value in quotes.
fn is_of_setting(page: &Page<'_>, name: usize, value: &Range<usize>) -> bool {
    let is_constant = |text: &[u8]| contains(text, b"_") && text.iter().all(|byte| is(*byte, UPPER) || *byte == b'_');
    let pair = page.slice(name..value.start.max(name)).trim_ascii_start();
    let (constant, behind) = pair.split_at(pair.iter().position(|byte| *byte <= b' ').unwrap_or(pair.len()));
    if is_constant(constant) && behind.trim_ascii_start().starts_with(b"value:") {
        return true;
    }
    let start = last_word(page, name, value.start);
    let written = page.slice(start..value.start);
    let Some(label) = written
        .strip_suffix(b"=")
        .or_else(|| written.strip_suffix(b": ").filter(|key| contains(key, b"_")))
    else {
        return false;
    };
    let ends = value.end >= page.bytes.len() || page.byte(value.end) == b'\n';
    let key = page.slice(page.line_start(start, 80)..start).trim_ascii_start();
    let dotted = contains(key, b".") || label.iter().all(|byte| is(*byte, LOWER) || *byte == b'_');
    let is_key = key
        .iter()
        .all(|byte| is(*byte, LOWER) || matches!(byte, b'.' | b'_' | b'-'));
    is_constant(label) || ends && is_key && dotted
}

/// True when words put together stand in the place of a password, and no test has put them there.
pub(super) fn is_told_by_place(page: &Page<'_>, name: usize, text: &str, value: &Range<usize>) -> bool {
    const REACH: usize = 1500;
    let beside = || is_beside_login(page, last_word(page, name, value.start));
    let told = match is_coined(text) {
        true => beside() || is_of_setting(page, name, value),
        false => is_written_together(text) && beside(),
    };
    told && !is_test_code(
        page.slice(value.start.saturating_sub(REACH)..value.start),
        page.slice(value.end..value.end + REACH),
    )
}
