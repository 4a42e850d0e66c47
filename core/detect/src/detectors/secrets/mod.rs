//! Secrets known by the name they are given: passwords, and keys without a format of their own.
//!
//! The name decides what is looked for, the value whether it is one: references, placeholders, words, types, paths and
//! function calls are not secrets.

mod chat;
mod code;
mod coined;
mod connection;
mod files;
mod markup;
mod name;
mod places;
mod prose;
mod recovery;
mod told;
mod types;
mod value;
mod words;

pub(super) use self::coined::is_coined;
pub(super) use self::files::{hashed, pgpass};
pub(super) use self::prose::{is_numbered, is_passphrase};
pub(super) use self::types::PASSWORD;
pub(super) use self::value::{is_chosen_or_drawn, is_password, is_strong, names_a_secret};

use self::markup::over_tag;
use self::name::{Kind, Name};
use self::types::{AWS_SECRET, AZURE_STORAGE, GENERIC};
use self::value::{Value, is_secret, is_wordy};
use super::tokens::{self, Type};
use super::{Family, Hit, Word};
use crate::classes::{ALNUM, DIGIT, HEX, LETTER, LOWER, SPACE, TOKEN, UPPER, has_digit, is, run_end};
use crate::evidence::{are_distinct, contains, distinct, is_placeholder, is_test_code, is_uuid};
#[cfg(test)]
use crate::page::looks;
use crate::page::{Findings, Page, Topic};
use crate::registry::Info;
use crate::sweep::skip_blanks;
use std::ops::Range;
use weir_model::Confidence;

/// The family.
pub(super) struct Secrets;

/// False where neither of the signs of [`may_be_named`] is there: the letters before the mark, or before a blank, are not
/// those of a name, and no word of one stands close.
#[inline(always)]
pub(super) fn seems_named(page: &Page<'_>, at: usize) -> bool {
    let blank = usize::from(page.before(at) == b' ');
    let Some(&[before, last]) = page.bytes[..at.saturating_sub(blank)].last_chunk() else {
        return true;
    };
    page.name_before(at, REACH).is_some() | ENDS_LIKE_NAME[usize::from(last)][usize::from(before % 32)]
}

/// For a last byte, before which others it may end a name, or close what stands around one.
static ENDS_LIKE_NAME: [[bool; 32]; 256] = {
    let mut ends = [[false; 32]; 256];
    let mut last = 0;
    while last < 256 {
        let mut before = 0;
        while before < 32 {
            ends[last][before] = closes_name(last as u8) || ENDS[before] >> (last % 32) & 1 == 1;
            before += 1;
        }
        last += 1;
    }
    ends
};

/// What may stand between a name that ends so and its mark.
const fn closes_name(byte: u8) -> bool {
    matches!(byte, b' ' | b'"' | b'\'' | b'`' | b'\\' | b']' | b'?')
}

/// True when the letters right before `at` end like the name of a secret: `PGPASSWORD=`.
fn ends_like_name(page: &Page<'_>, at: usize) -> bool {
    let mut end = at;
    while end > 0 && at - end < 8 && closes_name(page.byte(end - 1)) {
        end -= 1;
    }
    let Some([.., before, last]) = page.bytes.get(..end) else {
        return false;
    };
    ENDS[usize::from(before % 32)] >> (last % 32) & 1 == 1 && is_name_end(page, end)
}

/// For the last letter but one of the names below, the last ones, a bit each. Letters share theirs with capitals, and
/// with a few other bytes.
static ENDS: [u32; 32] = {
    let mut ends = [0; 32];
    let mut name = 0;
    while name < NAME_ENDS.len() {
        if let [.., before, last] = NAME_ENDS[name] {
            ends[*before as usize % 32] |= 1 << (*last % 32);
        }
        name += 1;
    }
    ends
};

/// The ends of names that no word of the lexicon leads to.
const NAME_ENDS: &[&[u8]] = &[
    b"password",
    b"passwd",
    b"pwd",
    b"token",
    b"secret",
    b"passwort",
    b"apikey",
    b"secretkey",
    b"phrase",
    b"pw",
    b"pass",
];

fn is_name_end(page: &Page<'_>, end: usize) -> bool {
    let tail = page.slice(end.saturating_sub(9)..end);
    NAME_ENDS
        .iter()
        .any(|name| tail.len() >= name.len() && tail[tail.len() - name.len()..].eq_ignore_ascii_case(name))
}

impl Family for Secrets {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&AWS_SECRET, &AZURE_STORAGE, &PASSWORD, &GENERIC]
    }

    fn words(&self) -> Vec<Word> {
        words::all().collect()
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        match hit.index {
            words::FIRST_RECOVERY..words::INITIAL => return recovery::codes(page, hit, out),
            words::INITIAL => return told::initial(page, hit, out),
            words::LOGIN..words::ONE => return told::login(page, hit.end, out),
            words::ONE.. => return told::one(page, hit.end, out),
            _ => {}
        }
        let end = compound_end(page, hit.end);
        page.note_name(end);
        if hit.index < words::FIRST_KEY {
            page.note_password(end);
        }
        places::after_name(page, end, out);
        if page.before(end) == b' ' {
            places::announced(page, end - 1, out);
        }
        places::before_name(page, hit.start, end, out);
        match hit.index {
            index if index < words::FIRST_KEY_WORD => prose::after_word(page, hit, Kind::Password, out),
            index if index < words::WORDS.len() => prose::after_word(page, hit, Kind::Secret, out),
            words::COOKIE => page.mention(Topic::Cookies),
            words::FIRST_CODE.. => places::access_code(page, hit.end, out),
            words::CHPASSWD => files::chpasswd(page, hit.start, hit.end, out),
            _ => {}
        }
    }
}

/// Where a name ends that goes on without a joint: `storagekey`, `accesstoken`.
fn compound_end(page: &Page<'_>, end: usize) -> usize {
    const TAILS: [&[u8]; 7] = [b"accesskey", b"key", b"token", b"secret", b"password", b"pass", b"pwd"];
    if !is(page.byte(end), LETTER) {
        return end;
    }
    let tail = page.slice(end..run_end(page.bytes, end, LETTER, 9));
    let known = TAILS.iter().any(|known| tail.eq_ignore_ascii_case(known));
    end + if known { tail.len() } else { 0 }
}

/// In running text a password has at least two of: digit, mark, capital inside.
fn is_prose(text: &str) -> bool {
    let digit = text.bytes().any(|byte| byte.is_ascii_digit());
    let mark = text
        .bytes()
        .any(|byte| byte.is_ascii_punctuation() && !matches!(byte, b'-' | b'.' | b'/' | b'\''));
    let capital = text.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
    usize::from(digit) + usize::from(mark) + usize::from(capital) < 2
        && !(digit && text.len() >= 6)
        && !value::is_drawn_word(text)
}

/// A `:` or `=`: a name on the left, a value on the right.
pub(super) fn assignment(page: &Page<'_>, at: usize, out: &mut Findings) {
    if !seems_named(page, at) || !may_be_named(page, at) || is_comparison(page, at) {
        return;
    }
    if value::may_stand_behind(page, at) && name::may_name(page, at) {
        assigned(page, at, out);
    } else {
        #[cfg(test)]
        {
            let looks = looks::take();
            let mut missed = Findings::default();
            assigned(page, at, &mut missed);
            assert!(missed.0.is_empty(), "a secret sleeps at {at}");
            looks::take();
            looks::add(looks);
        }
    }
}

/// The same, where a name and a value may stand.
fn assigned(page: &Page<'_>, at: usize, out: &mut Findings) {
    let mut name = Name::before(page, at);
    if name.is_type() {
        name = Name::before(page, name.start.saturating_sub(1).max(page.line_start(at, 128)));
    } else if let Some(named) = name.of_pair(page) {
        name = named;
    }
    let login = || name.has("pass") && matches!(page.before(name.start), b'/' | b'+' | b'&');
    if (name.is_of_credentials() || login())
        && let Some(password) = of_login(
            page,
            over_tag(page, skip_blanks(page.bytes, at + 1)),
            name.is_of_login(),
        )
    {
        out.add(&PASSWORD, password, Confidence::Medium);
        return;
    }
    let cookie = || name.is_session_cookie(page).then_some(Kind::Secret);
    let led_to = || name.kind_by_place(page);
    let Some(kind) = name.kind().or_else(cookie).or_else(led_to) else {
        return others(page, &name, at, out);
    };
    if is_in_resource_name(page, name.start) || code::is_of_report(page, name.start) {
        return;
    }
    if name.is_of_several() && several_on_line(page, at, out) {
        return;
    }
    named(page, &name, kind, at, out);
}

/// What stands behind the mark of a name for a secret.
fn named(page: &Page<'_>, name: &Name, kind: Kind, at: usize, out: &mut Findings) {
    let arrow = page.byte(at) == b'=' && page.byte(at + 1) == b'>';
    let from = over_tag(page, skip_blanks(page.bytes, at + 1 + usize::from(arrow)));
    if name.is_authorization() {
        return authorization(page, from, out);
    }
    let from = over_block(page, from);
    if page.byte(at) == b':' && matches!(page.byte(from), b'\n' | b'\r') {
        return on_next_line(page, name, kind, from, out);
    }
    if kind == Kind::Password
        && let Some(chain) = name.has("phrase").then(|| word_chain(page, from)).flatten()
    {
        out.add(&PASSWORD, chain, Confidence::Medium);
        return;
    }
    let Some(value) = Value::read(page, from) else { return };
    // `password: Type = …`: the value stands behind the next mark.
    let typed = page.byte(at) == b':' && !value.quoted && {
        let next = skip_blanks(page.bytes, value.range.end);
        page.byte(next) == b'=' && page.byte(next + 1) != b'='
    };
    let declared = page.byte(at) == b':' && !value.quoted && is_declared(page, name.start);
    if !typed && !declared && !code::is_selector(page, name.start, value.range.start) {
        let (end, found, bare) = (value.range.end, out.0.len(), !value.quoted);
        report(page, name, kind, value, out);
        // `pw on staging = … and on prod = …`
        if kind == Kind::Password && bare && out.0.len() > found && page.has(end, " and ") {
            told::follows(page, end, out);
        }
    }
}

/// Words and a number, or words in quotes, behind the name of a passphrase.
fn word_chain(page: &Page<'_>, from: usize) -> Option<Range<usize>> {
    const LONGEST: usize = 128;
    let line = page.text(from..page.line_end(from, LONGEST)).trim_end();
    let quoted = line
        .strip_prefix(['"', '\''])
        .and_then(|rest| rest.split(['"', '\'']).next());
    let text = quoted.or_else(|| line.ends_with(|last: char| last.is_ascii_digit()).then_some(line))?;
    let start = from + usize::from(quoted.is_some());
    value::is_word_chain(text).then(|| start..start + text.len())
}

/// `pub static password: SecItem;`: what stands behind the name is its type.
fn is_declared(page: &Page<'_>, name: usize) -> bool {
    const WORDS: [&[u8]; 12] = [
        b"pub ",
        b"static ",
        b"const ",
        b"let ",
        b"var ",
        b"val ",
        b"private ",
        b"public ",
        b"protected ",
        b"readonly ",
        b"extern ",
        b"fn ",
    ];
    let line = page.slice(page.line_start(name, 96)..name).trim_ascii_start();
    WORDS.iter().any(|word| line.starts_with(word))
        || WORDS.iter().any(|word| page.slice(name..name + word.len()) == *word)
}

/// The key of a storage account; a sentence about a password, `パスワードを確認してください:`, `New:` below the old one, or a code for access; and behind
/// its mark what nobody would say.
fn others(page: &Page<'_>, name: &Name, at: usize, out: &mut Findings) {
    let from = skip_blanks(page.bytes, at + 1);
    let from = from + usize::from(matches!(page.byte(from), b'"' | b'\''));
    let key = from..from + STORAGE_KEY;
    if is_storage_key(page.text(key.clone())) && name.is_of_storage() {
        return out.add(&AZURE_STORAGE, key, Confidence::High);
    }
    if (name.asks_in_east() || name.is_of_next(page) || name.is_access_code())
        && let Some(value) = Value::read(page, skip_blanks(page.bytes, at + 1))
    {
        places::drawn(page, name, Kind::Password, value, out);
    }
}

/// How far the words of a name may stand before its mark.
const REACH: usize = 64;

/// False where no name on the left can be that of a secret.
pub(super) fn may_be_named(page: &Page<'_>, at: usize) -> bool {
    let named = page.name_before(at, REACH);
    named.is_some_and(|end| {
        name::goes_on(page.slice(end..at)) || page.mentions(Topic::Cookies) || name::is_led_to(page, at)
    }) || ends_like_name(page, at)
}

/// `creds: admin / …`, and `creds: admin:…` where the name says no more: who, and with which password.
fn of_login(page: &Page<'_>, from: usize, close: bool) -> Option<Range<usize>> {
    const LONGEST: usize = 96;
    const JOINTS: [&str; 3] = [" / ", "/", ":"];
    let line = page.text(from..page.line_end(from, LONGEST));
    JOINTS[..if close { 3 } else { 1 }].iter().find_map(|joint| {
        let (user, rest) = line.split_once(joint)?;
        let word = rest.split([' ', ',', ';']).next()?;
        let start = from + user.len() + joint.len();
        let named = !user.contains(' ') && (*joint == " / " || is_user(user) && !word.contains(['/', ':', '(']));
        (named && is_strong(word)).then(|| start..start + word.len())
    })
}

/// The name somebody logs in with.
fn is_user(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| is(byte, ALNUM) || b"._-@".contains(&byte))
}

/// Over the mark of YAML that a text of lines follows: `password: |`.
fn over_block(page: &Page<'_>, from: usize) -> usize {
    let mark = usize::from(matches!(page.byte(from), b'|' | b'>'));
    let kept = mark + usize::from(mark == 1 && matches!(page.byte(from + 1), b'-' | b'+'));
    from + if matches!(page.byte(from + kept), b'\n' | b'\r') {
        kept
    } else {
        0
    }
}

/// A name that ends its line, and a line that holds nothing but a value: how forms and mails are copied.
fn on_next_line(page: &Page<'_>, name: &Name, kind: Kind, line_end: usize, out: &mut Findings) {
    if name.is_of_several() {
        return of_several(page, name, line_end, out);
    }
    let start = line_end + usize::from(page.byte(line_end) == b'\r') + 1;
    let end = page.line_end(start, 160);
    let line = page.text(start..end);
    // In a remark of several lines each has its mark.
    let text = line.trim_start().trim_start_matches(['#', '/', '*', ';', '>']).trim();
    let start = start + (text.as_ptr() as usize - line.as_ptr() as usize);
    let fits = match kind {
        Kind::Password => is_strong(text),
        Kind::Secret => is_secret(text, false),
    };
    if fits && !text.contains([' ', ':']) {
        report(page, name, kind, Value::quoted(start..start + text.len()), out);
    }
}

/// `secrets:` and below it, further in, names of any kind, the values of which nobody would say.
fn of_several(page: &Page<'_>, name: &Name, line_end: usize, out: &mut Findings) {
    const LINES: usize = 8;
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let outer = name.start - page.line_start(name.start, 64);
    let mut start = page.line_end(line_end, 2) + 1;
    for _ in 0..LINES {
        let end = page.line_end(start.min(page.bytes.len()), 200);
        let line = page.text.get(start..end).unwrap_or("");
        let value = line
            .split_once(": ")
            .map(|(key, value)| (start + key.len() + 2, value.trim()));
        let inside = indent(line) > outer || line.trim_start().starts_with("- ");
        let Some((from, text)) = value.filter(|_| inside) else {
            return;
        };
        let text = text.trim_matches(['"', '\'']);
        if is_strong(text) && !is_wordy(text) && !value::is_words(text) {
            let from = from + usize::from(matches!(page.byte(from), b'"' | b'\''));
            report(page, name, Kind::Password, Value::quoted(from..from + text.len()), out);
        }
        start = end + 1;
    }
}

/// `Passwords: mail …, vpn …`: behind each word what nobody would say.
fn several_on_line(page: &Page<'_>, at: usize, out: &mut Findings) -> bool {
    const LONGEST: usize = 160;
    let found = out.0.len();
    let mut start = at + 1;
    for part in page.text(start..page.line_end(start, LONGEST)).split([',', ';']) {
        let words = part.trim();
        let word = words.rsplit(' ').next().unwrap_or("");
        let plain = !words.contains(['{', '[', '(', '"', '\'']);
        if plain && words.contains(' ') && words.split(' ').count() <= 3 && is_strong(word) && is_password(word, false)
        {
            let from = start + (word.as_ptr() as usize - part.as_ptr() as usize);
            out.add(&PASSWORD, from..from + word.len(), Confidence::Medium);
        }
        start += part.len() + 1;
    }
    out.0.len() > found
}

/// True for `==`, `!=`, `::`, `:=` and the like.
fn is_comparison(page: &Page<'_>, at: usize) -> bool {
    let (before, mark, after) = (page.before(at), page.byte(at), page.byte(at + 1));
    matches!(before, b'=' | b'!' | b'<' | b'>' | b'~')
        || after == b'=' && mark == b'='
        || after == b'~'
        || after == b':'
        || before == b':' && mark == b':'
        || (mark, after) == (b':', b'=')
}

/// True inside `arn:aws:secretsmanager:…:secret:name`, and for the last word of a type: `AWS::IAM::AccessKey`.
fn is_in_resource_name(page: &Page<'_>, at: usize) -> bool {
    if page.slice(at.saturating_sub(2)..at) == b"::" {
        return true;
    }
    let before = page.slice(at.saturating_sub(160)..at);
    let ends_part = |mark: usize| mark > 0 && matches!(before[mark - 1], b'n' | b'r');
    if !memchr::memchr_iter(b':', before).any(ends_part) {
        return false;
    }
    let start = before
        .iter()
        .rposition(|byte| is(*byte, SPACE) || matches!(byte, b'"' | b'\'' | b'`' | b'='));
    let word = start.map_or(before, |end| &before[end + 1..]);
    [&b"arn:"[..], b"urn:", b"secretsmanager:"]
        .iter()
        .any(|part| contains(word, part))
}

/// `Authorization: Token …`: schemes other than Basic and Bearer, which are read by their own words, and no scheme.
fn authorization(page: &Page<'_>, from: usize, out: &mut Findings) {
    const SCHEMES: &[&str] = &[
        "token",
        "apikey",
        "api-key",
        "key",
        "bot",
        "ssws",
        "geniekey",
        "oauth",
        "jwt",
        "splunk",
        "apitoken",
        "discordbot",
        "zoho-oauthtoken",
        "client-id",
        "sso-key",
        "x-api-key",
        "hmac",
    ];
    let start = from + usize::from(matches!(page.byte(from), b'"' | b'\'' | b'`'));
    let word = run_end(page.bytes, start, TOKEN, 24);
    let scheme = page.text(start..word).to_ascii_lowercase();
    if matches!(scheme.as_str(), "bearer" | "basic" | "digest" | "negotiate" | "ntlm") {
        return;
    }
    let known = SCHEMES.contains(&scheme.as_str()) && page.byte(word) == b' ';
    let from = if known { skip_blanks(page.bytes, word) } else { from };
    let Some(value) = Value::read(page, from) else { return };
    let quoted = usize::from(matches!(page.byte(value.range.start), b'"' | b'\''));
    let range = value.range.start + quoted..value.range.end;
    let text = page.text(range.clone());
    if !known && super::auth::is_basic(text) {
        out.add(&super::auth::BASIC, range, Confidence::High);
    } else if is_secret(text, value.call) && !text.trim_end_matches('=').contains('=') {
        let info = match scheme.as_str() {
            // What only one vendor has.
            "ssws" | "geniekey" | "splunk" | "zoho-oauthtoken" => tokens::info(Type::Other),
            _ if known => tokens::info(Type::Bearer),
            _ => &GENERIC,
        };
        out.add(info, range, Confidence::High);
    }
}

/// Adds the value if it is what its name says.
fn report(page: &Page<'_>, name: &Name, kind: Kind, value: Value, out: &mut Findings) {
    let text = page.text(value.range.clone());
    // In a connection string nothing but a password stands there.
    let given = || value::is_given(text) || is_coined(text);
    let connects = || kind == Kind::Password && given() && connection::around(page, &value.range).is_some();
    let judged = judge(page, name, kind, text, &value);
    let Some((info, confidence)) = judged.or_else(|| connects().then_some((&PASSWORD, Confidence::High))) else {
        return;
    };
    let connection = (std::ptr::eq(info, &raw const PASSWORD))
        .then(|| connection::around(page, &value.range))
        .flatten();
    match connection {
        Some(range) => out.add(&super::auth::CONNECTION, range, Confidence::High),
        None => out.add(info, value.range, confidence),
    }
}

/// True for what may be the password where nothing but one stands: `curl -u user:…`
pub(super) fn fits_place(text: &str) -> bool {
    is_password(text, true) || is_coined(text)
}

/// Adds what stands where a key must stand, if it looks like one.
pub(super) fn key(page: &Page<'_>, range: Range<usize>, out: &mut Findings) {
    let text = page.text(range.clone());
    if is_secret(text, false) && !value::is_for_tests(text) && !page.is_test_code() {
        out.add(&GENERIC, range, Confidence::Medium);
    }
}

/// Adds a password that stands where one must stand.
pub(super) fn password(page: &Page<'_>, range: Range<usize>, out: &mut Findings) {
    if !is_fixture(page, &range) {
        out.add(&PASSWORD, range, Confidence::High);
    }
}

/// True when a value of words stands in a unit test.
fn is_fixture(page: &Page<'_>, value: &Range<usize>) -> bool {
    const REACH: usize = 1500;
    is_wordy(page.text(value.clone()))
        && is_test_code(
            page.slice(value.start.saturating_sub(REACH)..value.start),
            page.slice(value.end..value.end + REACH),
        )
}

fn judge(page: &Page<'_>, name: &Name, kind: Kind, text: &str, value: &Value) -> Option<(&'static Info, Confidence)> {
    let judged = judge_typed(page, name, kind, text, value);
    let judged = judged.or_else(|| judge_untyped(page, name, kind, text, value));
    judged.filter(|_| !value::is_for_tests(text))
}

/// A key of a vendor that the name speaks of, and that looks like one.
fn judge_typed(
    page: &Page<'_>,
    name: &Name,
    kind: Kind,
    text: &str,
    value: &Value,
) -> Option<(&'static Info, Confidence)> {
    if (name.has("account") || name.is_of_storage()) && is_storage_key(text) {
        return Some((&AZURE_STORAGE, Confidence::High));
    }
    if is_aws_secret(text)
        && (name.has("aws")
            || name.has("secret access")
            || name.has("secretaccess")
            || name.has("s3")
            || name.has("secret") && (text.contains('/') || text.contains('+')))
    {
        return Some((&AWS_SECRET, Confidence::High));
    }
    if text.len() == 32
        && text.bytes().all(|byte| is(byte, HEX))
        && distinct(text.as_bytes()) > 7
        && (name.has("twilio") || kind == Kind::Secret && near(page, value.range.start, b"twilio"))
    {
        return Some((tokens::info(Type::Twilio), Confidence::High));
    }
    if kind == Kind::Secret && !value.call && is_mixed(text) && name.is_of_vendor(text) && !is_placeholder(text) {
        // What has a format of its own as well is of that type.
        return Some((tokens::info(Type::Other), Confidence::Medium));
    }
    None
}

/// Bytes of the key of a storage account.
const STORAGE_KEY: usize = 88;

/// True for 64 bytes in base64 that are not the key of the emulator.
fn is_storage_key(text: &str) -> bool {
    const EMULATOR: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6";
    let base64 = |byte: u8| is(byte, ALNUM) || matches!(byte, b'+' | b'/' | b'=');
    text.len() == STORAGE_KEY && text.ends_with("==") && text.bytes().all(base64) && !text.starts_with(EMULATOR)
}

/// A password, or a secret without a format of its own.
fn judge_untyped(
    page: &Page<'_>,
    name: &Name,
    kind: Kind,
    text: &str,
    value: &Value,
) -> Option<(&'static Info, Confidence)> {
    match kind {
        Kind::Password => Some((&PASSWORD, judge_password(page, name, text, value)?)),
        Kind::Secret => is_untyped_secret(name, text, value).then_some((&GENERIC, Confidence::Medium)),
    }
}

fn judge_password(page: &Page<'_>, name: &Name, text: &str, value: &Value) -> Option<Confidence> {
    if !value.call && is_password(text, value.quoted) {
        let confidence = if is_prose(text) {
            Confidence::Medium
        } else {
            Confidence::High
        };
        return (!is_fixture(page, &value.range)).then_some(confidence);
    }
    let is_row = || coined::is_word_row(text) && (value.quoted || coined::is_long_row(text)) && !page.is_test_code();
    let is_psk = || name.has("psk") && is_network_key(page, name, text);
    let is_told = || !value.call && coined::is_told_by_place(page, name.start, text, &value.range);
    (is_row() || value.quoted && is_psk() || is_told()).then_some(Confidence::Medium)
}

fn is_untyped_secret(name: &Name, text: &str, value: &Value) -> bool {
    // Several vendors issue keys that look like UUIDs.
    let is_key = || name.has("api key") || name.has("apikey") || name.has("secret");
    if is_uuid(text.as_bytes()) && distinct(text.as_bytes()) > 8 && is_key() {
        return true;
    }
    // Whoever verifies packages knows the key by its fingerprint, and sessions are numbered by people's names in some logs.
    if name.has("signing key") && is_fingerprint(text) || name.is_session_number() && !is_random_id(text) {
        return false;
    }
    let is_chosen = || {
        let credential = name.has("cred") && (value.quoted || name.has("security")) && is_strong(text);
        (name.has("secret") || credential) && is_password(text, value.quoted) && !is_prose(text) && !is_wordy(text)
    };
    is_secret(text, value.call) || !value.call && is_chosen()
}

/// `ssid="…"` and below it `psk="…"`: all that stands there is the key of a network.
fn is_network_key(page: &Page<'_>, name: &Name, text: &str) -> bool {
    const NEAR: usize = 96;
    (8..=63).contains(&text.len())
        && near_by(page, name.start, NEAR, b"ssid=")
        && !value::is_default(text)
        && !is_placeholder(text)
        && !names_a_secret(text)
}

/// The SHA-1 of a public key, as OpenPGP writes it.
fn is_fingerprint(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))
}

/// One run of at least twenty letters and digits.
fn is_random_id(text: &str) -> bool {
    text.len() >= 20 && !text.contains('-')
}

/// Letters and digits of some variety: a key drawn by chance has both.
fn is_mixed(text: &str) -> bool {
    has_digit(text.as_bytes()) && text.bytes().any(|byte| is(byte, LETTER)) && are_distinct(text.as_bytes(), 6)
}

/// The secret that stands behind an AWS key id: a column, a line or a few words on.
pub(super) fn beside_key_id(page: &Page<'_>, from: usize, out: &mut Findings) {
    let stop = page.bytes.len().min(from + 160);
    let inside = |byte: u8| is(byte, ALNUM) || matches!(byte, b'+' | b'/');
    let mut at = from;
    while at < stop {
        let end = (at..page.bytes.len().min(at + 41))
            .find(|at| !inside(page.byte(*at)))
            .unwrap_or(page.bytes.len().min(at + 41));
        if end - at == 40 && is_aws_secret(page.text(at..end)) {
            out.add(&AWS_SECRET, at..end, Confidence::High);
            return;
        }
        at = end + 1;
        while at < stop && inside(page.byte(at - 1)) && inside(page.byte(at)) {
            at += 1;
        }
    }
}

fn is_aws_secret(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 40 {
        return false;
    }
    let all = |classes| bytes.iter().all(|byte| is(*byte, classes));
    let mixed = bytes.iter().any(|byte| is(*byte, UPPER))
        && bytes.iter().any(|byte| is(*byte, LOWER))
        // One key in a thousand has no digit; no name has twenty different letters.
        && (bytes.iter().any(|byte| is(*byte, DIGIT)) || distinct(bytes) >= 20);
    mixed
        && !all(HEX)
        && distinct(bytes) >= 15
        && !text.contains("EXAMPLE")
        && bytes.iter().all(|byte| is(*byte, ALNUM) || matches!(byte, b'+' | b'/'))
}

fn near(page: &Page<'_>, at: usize, word: &[u8]) -> bool {
    near_by(page, at, 160, word)
}

fn near_by(page: &Page<'_>, at: usize, reach: usize, word: &[u8]) -> bool {
    contains(&page.slice(at.saturating_sub(reach)..at).to_ascii_lowercase(), word)
}
