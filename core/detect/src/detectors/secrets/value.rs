//! The right side of an assignment: what may be a password or a key, and what is a word, a reference, a type or a place.

use super::code::{is_computed, is_east_asian_sentence};
use super::coined::{DASHES_OF_ROW, SHORTEST_RUN, is_noise, is_unpronounceable};
use super::markup::set_off;
use super::places::run_of;
use super::prose::is_passphrase;
use crate::classes::{ALNUM, DIGIT, HIGH, LETTER, LOWER, SPACE, UPPER, class, has_digit, is};
use crate::decode::blob;
use crate::evidence::{
    contains, distinct, entropy, is_documented_secret, is_encrypted, is_phrase, is_placeholder, is_uuid,
};
use crate::page::Page;
use crate::phrases::{Index, Sorted};
use crate::sweep::skip_blanks;
use std::ops::Range;

/// What stands on the right of an assignment.
pub(super) struct Value {
    pub(super) range: Range<usize>,
    pub(super) quoted: bool,
    /// True when the value is called, indexed or read from somewhere.
    pub(super) call: bool,
}

/// Bytes of the longest value that is read.
pub(super) const MAX_VALUE: usize = 512;

impl Value {
    /// A value whose borders are known.
    pub(super) fn quoted(range: Range<usize>) -> Self {
        Self {
            range,
            quoted: true,
            call: false,
        }
    }

    /// The content of a cell; lines of code look like rows too.
    pub(super) fn in_cell(page: &Page<'_>, range: Range<usize>) -> Self {
        let text = page.slice(range.clone());
        let call = text.iter().any(|byte| matches!(byte, b'(' | b'['));
        let range = range.start..range.end - usize::from(text.last() == Some(&b','));
        Self {
            range,
            quoted: true,
            call,
        }
    }

    pub(super) fn read(page: &Page<'_>, from: usize) -> Option<Self> {
        if let Some(range) = set_off(page, from) {
            return Some(Self::quoted(range));
        }
        let mut start = from;
        let mut quote = None;
        // `\\\"…\\\"`: JSON in JSON has more of them.
        let escapes = run_of(page, start, b'\\');
        if escapes > 0 && matches!(page.byte(start + escapes), b'"' | b'\'') {
            start += escapes;
        }
        if matches!(page.byte(start), b'b' | b'r' | b'f' | b'u' | b'@' | b'N')
            && matches!(page.byte(start + 1), b'"' | b'\'')
        {
            start += 1;
        }
        if let open @ (b'"' | b'\'' | b'`') = page.byte(start) {
            quote = Some(open);
            start += 1;
        }
        let line = page.clear_line_end(start, MAX_VALUE);
        let closed = quote.and_then(|quote| memchr::memchr(quote, page.slice(start..line)).map(|at| start + at));
        let end = match closed {
            Some(end) => {
                end - page
                    .slice(start..end)
                    .iter()
                    .rev()
                    .take_while(|byte| **byte == b'\\')
                    .count()
            }
            None => Self::unquoted_end(page, start, line),
        };
        let inner = page.slice(start..end);
        let opens = inner
            .first()
            .is_some_and(|byte| matches!(byte, b'&' | b'[' | b'{' | b'(' | b'|' | b'='));
        // `!Ref DbPassword2`: what YAML puts something in the place of.
        let is_tag = inner.first() == Some(&b'!')
            && page.byte(end) == b' '
            && inner[1..].iter().all(|byte| is(*byte, LETTER) || *byte == b':');
        let call = closed.is_none()
            && (matches!(page.byte(end), b'(' | b'[')
                || is_tag
                || opens
                || memchr::memchr2(b'(', b'[', inner).is_some()
                || has_path(inner)
                || is_type(inner)
                || is_constant(inner));
        (start < end).then_some(Self {
            range: start..end,
            quoted: closed.is_some(),
            call,
        })
    }

    pub(super) fn unquoted_end(page: &Page<'_>, start: usize, line: usize) -> usize {
        let stops = |at: usize| {
            let byte = page.byte(at);
            // Most bytes of a value are these.
            if is(byte, ALNUM | HIGH) {
                return false;
            }
            is(byte, SPACE)
                || matches!(byte, b'"' | b'\'' | b'<' | b'`')
                || matches!(byte, b';' | b',' | b'|') && Self::names_next(page, at + 1)
                || byte == b'&'
                    && at + 1 < page.bytes.len()
                    && !is(page.byte(at + 1), SPACE)
                    && Self::names_next(page, at + 1)
                || byte == b'&' && is_entity(page.slice(at..at + 8))
                || byte == b'\\' && matches!(page.byte(at + 1), b'n' | b'"' | b'r' | b't')
        };
        // Where one value holds the next assignment, all of them are read up to the same stop.
        let from = page.word_end(start).max(page.clear_until(start)).min(line);
        let mut end = (from..line).find(|at| stops(*at)).unwrap_or(line);
        page.note_clear(start, end);
        while end > start && matches!(page.byte(end - 1), b',' | b';' | b'.' | b')' | b'}' | b']') {
            end -= 1;
        }
        end
    }

    /// True when another name and its assignment follow: `;Server=`.
    pub(super) fn names_next(page: &Page<'_>, at: usize) -> bool {
        let start = skip_blanks(page.bytes, at);
        let mut end = start;
        while end - start < 40
            && (is(page.byte(end), LETTER) || matches!(page.byte(end), b'_' | b' ' | b'-' | b'.') && end > start)
        {
            end += 1;
        }
        start == page.bytes.len() || is(page.byte(start), SPACE) || end > start && matches!(page.byte(end), b'=' | b':')
    }
}

/// False where nothing stands behind a mark that any name makes a secret: a word of one case, a path or a call, as most
/// values in programs are. It takes four bytes, and a digit, a mark or letters of both cases; or three words or more
/// with dashes between them, or a word longer than most. Where a quote, a tag or an empty line follows, or two words the second of
/// which may be a key, it is true.
pub(super) fn may_stand_behind(page: &Page<'_>, at: usize) -> bool {
    const REACH: usize = 96;
    const SHORTEST: usize = 4;
    let from = skip_blanks(page.bytes, at + 1);
    let rest = page.slice(from..from + REACH);
    // All bytes at once: where none of them may be white space, they need not be looked at one by one.
    if rest.len() == REACH && !rest.iter().fold(false, |any, byte| any | (*byte <= b' ')) {
        return true;
    }
    let length = rest.iter().position(|byte| is(*byte, SPACE)).unwrap_or(rest.len());
    let (run, behind) = rest.split_at(length);
    let end = run.iter().rposition(|byte| !b",;.)}]".contains(byte));
    let Some(end) = end.filter(|_| length < REACH) else {
        return true;
    };
    let (mut capitals, mut turns, mut joints, mut dashes, mut before) = (0, 0, 0, 0, 0);
    for &byte in &run[..=end] {
        let class = class(byte);
        let is_joint = matches!(byte, b'_' | b':' | b'.' | b'(' | b')' | b'[' | b']' | b'-');
        if class & LETTER == 0 && !is_joint && (class & DIGIT == 0 || end + 1 >= SHORTEST) {
            return true;
        }
        joints += usize::from(is_joint);
        dashes += usize::from(byte == b'-');
        capitals += usize::from(class & UPPER != 0);
        turns += usize::from((class | before) & LETTER == LETTER);
        before = class;
    }
    // A word in capitals may be a password in a connection string.
    let is_title = turns == 1 && capitals == 1 && is(run[0], UPPER);
    let is_row = capitals == 0
        && joints == dashes
        && (DASHES_OF_ROW.contains(&dashes) || dashes == 0 && end + 1 >= SHORTEST_RUN);
    let is_word = !is_row && (turns == 0 && (capitals == 0 || joints > 0) || is_title);
    let mut behind = behind.iter().take_while(|byte| **byte != b'\n');
    !is_word && end + 1 >= SHORTEST || behind.any(|byte| is(*byte, DIGIT))
}

/// The text behind percent escapes, if there are any.
fn percent_decoded(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let escape = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(escape.unwrap_or(bytes[at]));
        at += if escape.is_some() { 3 } else { 1 };
    }
    (out.len() < bytes.len()).then(|| String::from_utf8_lossy(&out).into_owned())
}

/// True when a person has put one `%` before digits: `Tiger%0892x` and `Tiger%07` are no escapes, and `user-%08x` is a
/// format. Where what stands around it is a password by itself, it is none.
fn is_chosen(text: &str, plain: &str) -> bool {
    let Some((ahead, behind)) = text.split_once('%').filter(|(_, behind)| !behind.contains('%')) else {
        return false;
    };
    let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
    let formats = behind.as_bytes().get(digits).is_some_and(|byte| is(*byte, LETTER));
    let around = || [ahead, behind.get(digits + usize::from(formats)..).unwrap_or("")].concat();
    plain.contains(char::is_control)
        && (digits > 2 || digits == 2 && !formats && has_both(ahead) || digits > 0 && is_strong(&around()))
}

/// True for letters and digits.
fn has_both(text: &str) -> bool {
    text.bytes().any(|byte| is(byte, DIGIT)) && text.bytes().any(|byte| is(byte, LETTER))
}

/// `&rdquo;`, `&#39;`: markup that ends a value.
fn is_entity(bytes: &[u8]) -> bool {
    let name = bytes[1..]
        .iter()
        .take_while(|byte| is(**byte, ALNUM) || **byte == b'#')
        .count();
    name >= 2 && bytes.get(name + 1) == Some(&b';')
}

/// Values everybody begins with: a word for a password, with letters changed and at most two characters behind.
pub(super) fn is_default(text: &str) -> bool {
    const LONGEST: usize = 16;
    static DEFAULTS: &Index = &Sorted::by_start([
        "password",
        "passwd",
        "passw",
        "passwort",
        "kennwort",
        "anonymous",
        "-anonymous",
        "contraseña",
        "contrasena",
        "motdepasse",
        "senha",
        "secret",
        "changeme",
        "changeit",
        "default",
        "example",
    ]);
    let mut plain = [0; LONGEST];
    let Some(plain) = plain.get_mut(..text.len()) else {
        return false;
    };
    for (plain, byte) in plain.iter_mut().zip(text.bytes()) {
        *plain = match byte {
            b'@' | b'4' => b'a',
            b'0' => b'o',
            b'3' => b'e',
            b'$' | b'5' => b's',
            _ => byte.to_ascii_lowercase(),
        };
    }
    DEFAULTS.starting(plain).any(|word| plain.len() - word.len() <= 2)
}

/// A name of parts, one of which says what it is: `correct_master_key_123!`, `CLIENT_TRAFFIC_SECRET_0`.
pub(in crate::detectors) fn names_a_secret(text: &str) -> bool {
    const NAMES: &[&str] = &[
        "password",
        "passwd",
        "passphrase",
        "pass",
        "secret",
        "token",
        "key",
        "credential",
        "credentials",
        "psk",
        "pwd",
        "test",
        "testing",
        "wrong",
        "invalid",
        "dummy",
        "fake",
        "mock",
        "example",
        "foo",
        "bar",
        "geheim",
        "passwort",
        "kennwort",
        "parole",
        "secreto",
        "segreto",
        "senha",
    ];
    let parts = text
        .as_bytes()
        .split(|byte| !is(*byte, ALNUM))
        .filter(|part| !part.is_empty());
    let stem = |part: &[u8]| {
        part.iter()
            .rposition(|byte| is(*byte, LETTER))
            .map_or(0, |last| last + 1)
    };
    let is_word = |part: &[u8]| part[..stem(part)].iter().all(|byte| is(*byte, LETTER));
    let is_name = |part: &[u8]| {
        let stem = &part[..stem(part)];
        NAMES.iter().any(|name| stem.eq_ignore_ascii_case(name.as_bytes()))
    };
    // One word and a number is a name too; one word and marks may be chosen.
    let mut firsts = parts.clone().take(2);
    let one = firsts.next().filter(|_| firsts.next().is_none());
    let whole = one.is_none_or(|one| one.len() == text.len());
    whole && parts.clone().all(is_word) && parts.clone().any(is_name)
}

/// Words and a number, as test code is full of: `hunter2`, `secret-1`.
pub(super) fn is_wordy(text: &str) -> bool {
    let letters = text.bytes().filter(|byte| is(*byte, LETTER)).count();
    letters >= 3 && (is_camel_name(text) && !is_noise(text.as_bytes()) || is_words(text))
}

/// Words written together, in one case or with capitals: `hunter2`, `X509HardwareKeyUsageFlags`. Letters drawn by chance
/// change between capitals, small letters and digits at every second.
pub(super) fn is_camel_name(text: &str) -> bool {
    let bytes = text.trim_end_matches(['!', '?']).as_bytes();
    if !bytes.first().is_some_and(|byte| is(*byte, LETTER)) || !bytes.iter().all(|byte| is(*byte, ALNUM)) {
        return false;
    }
    let (mut words, mut clusters, mut previous) = (0, 0, b' ');
    for &byte in bytes {
        let begins = is(byte, UPPER) && !is(previous, UPPER) || is(byte, LETTER) && !is(previous, LETTER);
        words += usize::from(begins);
        clusters += usize::from(is(byte, DIGIT) && !is(previous, DIGIT));
        previous = byte;
    }
    let digits = bytes.iter().filter(|byte| is(**byte, DIGIT)).count();
    let letters = bytes.len() - digits;
    let capitals = bytes.iter().filter(|byte| is(**byte, UPPER)).count();
    // Half of the letters drawn by chance are capitals, of those of names fewer.
    let named = words == 1 || capitals * 2 <= letters + 2;
    words > 0 && named && letters * 10 >= words * 33 && clusters <= 2 && digits <= 8 && digits * 2 <= letters
}

/// True when the text can be nothing but a password, where only a word for one stands before it.
pub(in crate::detectors) fn is_strong(text: &str) -> bool {
    if !has_digit(text.as_bytes()) {
        return is_drawn_with_marks(text);
    }
    let has = |classes| text.bytes().any(|byte| is(byte, classes));
    let digits = text.bytes().filter(|byte| is(*byte, DIGIT)).count();
    let mark = text
        .bytes()
        .any(|byte| byte.is_ascii_punctuation() && !b"-_./:,'()[]{}<>\"`|=".contains(&byte));
    // One digit is enough among letters that make no words.
    let drawn = || text.len() >= 10 && text.bytes().all(|byte| is(byte, ALNUM));
    let mixed = has(UPPER) && has(LOWER) && (digits > 1 && text.len() >= 8 || drawn());
    let long = has(LOWER) && digits >= 3 && text.len() >= 10;
    // `1:4.13+dfsg1-1+deb12u1`
    let version = text.starts_with(|first: char| first.is_ascii_digit())
        && text.contains('.')
        && text
            .bytes()
            .all(|byte| is(byte, LOWER | DIGIT) || b".:+~-".contains(&byte));
    // `PKCS#5`
    let standard = text.split_once('#').is_some_and(|(name, number)| {
        name.bytes().all(|byte| is(byte, UPPER)) && number.bytes().all(|byte| is(byte, DIGIT))
    });
    let code = version
        || standard
        || text.starts_with("0x")
        || text.contains(',')
        || is_constant(text.trim_start_matches(['%', '$', '#']).as_bytes());
    !code
        && !is_expression(text)
        && !is_computed(text)
        && has(LETTER)
        && (mark && text.len() >= 6 || (mixed || long) && !is_wordy(text))
}

/// Letters of both cases drawn by chance, with marks among them that stand in no name: `HrPi#wHIFN=bFe`.
fn is_drawn_with_marks(text: &str) -> bool {
    const MARKS: &[u8] = b"#!%^*+=?~@$&";
    let bytes = text.as_bytes();
    let marks = bytes.iter().filter(|byte| MARKS.contains(byte)).count();
    let plain = bytes
        .iter()
        .all(|byte| is(*byte, LETTER) || MARKS.contains(byte) || *byte == b'-');
    marks >= 2 && plain && bytes.len() >= 12 && is(bytes[0], LETTER) && is_drawn(bytes)
}

/// True for a password that is more than a word and a number, as examples have them.
pub(in crate::detectors) fn is_chosen_or_drawn(text: &str) -> bool {
    is_password(text, true) && (is_strong(text) || !is_wordy(text) || is_passphrase(text))
}

/// True when the text may be a password: it is neither a word, a reference, a type nor a place.
pub(in crate::detectors) fn is_password(text: &str, quoted: bool) -> bool {
    if is_too_long(text) {
        return false;
    }
    // A reference such as `%DB_PASSWORD%` would be taken for escapes.
    if text.len() < 4 || is_default(text) && !text.contains('%') || is_placeholder(text) || is_expression(text) {
        return false;
    }
    if let Some(plain) = percent_decoded(text).filter(|plain| !is_chosen(text, plain)) {
        return !plain.contains(char::is_control) && !is_placeholder(&plain) && is_plain_password(&plain, quoted);
    }
    is_plain_password(text, quoted)
}

/// Bytes of the longest password.
const LONGEST: usize = 160;

/// True for what is no password whatever is escaped in it: three bytes at most stand for one.
fn is_too_long(text: &str) -> bool {
    text.len() > LONGEST && (text.len() > 3 * LONGEST || !text.contains('%'))
}

fn is_plain_password(text: &str, quoted: bool) -> bool {
    let bytes = text.as_bytes();
    if !(4..=LONGEST).contains(&bytes.len()) {
        return false;
    }
    let has = |classes| bytes.iter().any(|byte| is(*byte, classes));
    let (digit, letter) = (has(DIGIT), has(LETTER) || !text.is_ascii());
    let mark = bytes.iter().any(|byte| {
        byte.is_ascii_punctuation()
            && !matches!(
                byte,
                b'-' | b'_' | b'.' | b'/' | b',' | b'\'' | b':' | b'(' | b')' | b'[' | b']'
            )
    });
    let numeric = !letter && digit && !mark;
    if numeric && is_grouped(bytes) {
        return true;
    }
    let drawn = letter && is_drawn(bytes) && (!is_camel_name(text) || is_noise(bytes));
    // What most words lack, before they are looked at more closely.
    if !numeric && !(letter && (digit || mark || drawn))
        || is_default(text)
        || names_a_secret(text)
        || is_encrypted(bytes)
        || is_documented_secret(text)
        || contains(bytes, b"://")
        || contains(bytes, b"\\x")
        || text.starts_with("&[")
        || is_account_line(text)
        || is_computed(text)
        || is_east_asian_sentence(text)
        || is_rule(text)
        || is_shortcut(text)
        || is_prefixed_name(text)
    {
        return false;
    }
    let place = bytes[0] == b'/'
        || bytes.starts_with(b"./")
        || bytes.starts_with(b"~/")
        || bytes.get(1..3) == Some(b":\\")
        || is_file(text);
    let words = text.split_ascii_whitespace().count();
    let path = !quoted && (is_member(bytes) && !digit || is_number_in_code(bytes));
    if words > 1 || place || path || bytes[0] == b'$' && bytes.len() < 4 {
        return false;
    }
    if numeric {
        return bytes.len() >= 6 && bytes.iter().all(u8::is_ascii_digit) && distinct(bytes) > 2;
    }
    // The hash of a password is not the password.
    let hash = [
        "$2a$", "$2b$", "$2y$", "$6$", "$5$", "$1$", "$argon2", "pbkdf2", "{SSHA}", "sha256$", "sha256:",
    ]
    .iter()
    .any(|start| text.starts_with(start));
    !hash && distinct(bytes) >= 4 && !is_numbered_name(text) && (drawn || !(mark && !digit && is_markup(bytes)))
}

/// `1372-9041-5526-8310`: what is printed on the back of routers. A date has fewer digits.
pub(super) fn is_grouped(bytes: &[u8]) -> bool {
    let mut groups = bytes.split(|byte| *byte == b'-');
    let count = groups.clone().count();
    (4..=6).contains(&count)
        && groups.all(|group| group.len() == 4 && group.iter().all(u8::is_ascii_digit))
        && distinct(bytes) > 3
}

/// `velvet amber copper 39`: words in a row that make no sentence, which has short words between the long ones.
pub(super) fn is_word_chain(text: &str) -> bool {
    #[rustfmt::skip]
    const SAID: [&str; 40] = [
        "the", "and", "for", "with", "your", "you", "not", "this", "that", "from", "have", "must", "here", "are", "was",
        "will", "can", "enter", "please", "password", "passphrase", "phrase", "secret", "test", "key", "word", "words",
        "very", "long", "some", "correct", "wrong", "example", "again", "any", "all", "new", "old", "und", "der",
    ];
    let words: Vec<&str> = text.split(' ').collect();
    let is_word = |word: &&str| {
        (3..=10).contains(&word.len()) && word.bytes().all(|byte| is(byte, LOWER)) && !SAID.contains(word)
    };
    let is_number = |word: &str| word.len() <= 4 && word.bytes().all(|byte| is(byte, DIGIT));
    let (last, ahead) = words.split_last().unwrap_or((&"", &[]));
    let alike = |word: &&str| ahead.iter().filter(|other| *other == word).count() > 2;
    (4..=12).contains(&words.len())
        && ahead.iter().all(|word| is_word(word) && !alike(word))
        && (is_word(last) || is_number(last) && !last.is_empty())
}

/// True when somebody has put something there: no word for a password, no hole to fill.
pub(super) fn is_given(text: &str) -> bool {
    let letters = text.bytes().all(|byte| is(byte, ALNUM));
    let turns = text.bytes().skip(1).any(|byte| is(byte, UPPER | DIGIT));
    text.len() >= 8 && letters && turns && !is_placeholder(text) && !is_default(text) && !is_numbered_name(text)
}

/// `8文字以上`: how long a password has to be, in the scripts that write numbers and words together.
fn is_rule(text: &str) -> bool {
    const UNITS: [&str; 16] = [
        "文字", "桁", "位", "字符", "个字", "자리", "글자", "자 ", "日", "天", "回", "次", "分", "時間", "小时", "일",
    ];
    if text.is_ascii() {
        return false;
    }
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit() || "-~〜~至到".contains(c));
    rest.len() < text.len() && UNITS.iter().any(|unit| rest.starts_with(unit))
}

/// `ctrl+alt+w`
fn is_shortcut(text: &str) -> bool {
    const KEYS: [&str; 6] = ["ctrl", "alt", "cmd", "shift", "meta", "super"];
    let first = text.split_once('+').map_or("", |(first, _)| first);
    KEYS.iter().any(|key| first.eq_ignore_ascii_case(key))
}

/// `x:0:0:root:/root:/bin/sh`: what stands behind the name in a list of accounts.
fn is_account_line(text: &str) -> bool {
    let is_number =
        |field: Option<&str>| field.is_some_and(|field| !field.is_empty() && field.bytes().all(|byte| is(byte, DIGIT)));
    let mut fields = text.split(':').skip(1);
    is_number(fields.next()) && is_number(fields.next()) && fields.count() >= 2
}

/// Letters drawn by chance, told from words by their vowels, of which words have two in five letters and chance gives one,
/// and by which letters stand side by side.
fn is_drawn(bytes: &[u8]) -> bool {
    let (mut letters, mut vowels, mut turns, mut last) = (0, 0, 0, 0);
    for &byte in bytes {
        let case = class(byte) & LETTER;
        letters += usize::from(case != 0);
        vowels += usize::from(b"aeiouy".contains(&byte.to_ascii_lowercase()));
        turns += usize::from(case | last == LETTER);
        last = case;
    }
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&*+-=?^~@".contains(byte);
    (8..=64).contains(&letters)
        && (turns >= 2 || (turns == 1 && letters >= 10 || turns == 0 && letters >= 9) && is_noise(bytes))
        && (vowels * 100 < letters * 27 || is_unpronounceable(bytes))
        && bytes.iter().all(plain)
}

/// Letters alone, drawn by chance.
pub(super) fn is_drawn_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    let named = is_camel_name(text) && !(bytes.len() >= 10 && is_noise(bytes));
    bytes.iter().all(|byte| is(*byte, LETTER)) && is_drawn(bytes) && !named
}

/// `0x0017`, `0b1010`.
fn is_number_in_code(bytes: &[u8]) -> bool {
    bytes.len() <= 18 && bytes.starts_with(b"0x") && bytes[2..].iter().all(u8::is_ascii_hexdigit)
}

fn is_file(text: &str) -> bool {
    [
        ".txt", ".pem", ".key", ".json", ".yml", ".yaml", ".env", ".crt", ".md", ".html",
    ]
    .iter()
    .any(|end| text.ends_with(end))
}

/// `config.db.password`, `self.password`.
fn is_member(bytes: &[u8]) -> bool {
    contains(bytes, b".")
        && bytes
            .iter()
            .all(|byte| is(*byte, LETTER) || matches!(byte, b'_' | b'.'))
}

/// `NID_pkcs9_unstructuredAddress`: a name behind that of its family in capitals.
fn is_prefixed_name(text: &str) -> bool {
    let mut parts = text.split('_');
    let family = parts.next().unwrap_or("");
    family.len() >= 2
        && family.bytes().all(|byte| is(byte, UPPER))
        && parts.clone().count() >= 2
        && parts.all(|part| is_camel_name(part) && part.starts_with(|first: char| first.is_ascii_lowercase()))
}

/// `password1`, `value_2`, `user_password_v2`: names in code, not values.
fn is_numbered_name(text: &str) -> bool {
    const NAMES: &[&str] = &[
        "password", "passwd", "pass", "pwd", "value", "label", "field", "input", "arg", "param", "str", "string",
        "text", "utf", "ucs", "latin", "iso", "ascii", "cp", "sha", "md", "base", "aes", "pbkdf", "int", "char",
        "varchar", "text", "type", "var", "test", "option", "secret", "token", "key",
    ];
    let stem = text.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '_' | '-'));
    NAMES.iter().any(|name| stem.eq_ignore_ascii_case(name))
        || stem.is_empty() && !text.bytes().all(|b| b.is_ascii_digit()) && text.len() < 6
}

/// Letters with quotes, brackets or question marks only: code or prose.
fn is_markup(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .all(|byte| is(*byte, LETTER) || b"?!;=<>{}|&*\"#%+:,._-\\".contains(byte))
        && {
            let marks: Vec<&u8> = bytes.iter().filter(|byte| byte.is_ascii_punctuation()).collect();
            let tail = bytes
                .iter()
                .rev()
                .take_while(|byte| byte.is_ascii_punctuation())
                .count();
            marks.len() == tail && tail < 3 || bytes.first().is_some_and(|byte| b"<{&*%#=|".contains(byte))
        }
}

/// True when the text has the shape of a key: long, mixed, without structure that says what else it is.
pub(super) fn is_secret(text: &str, call: bool) -> bool {
    let bytes = text.as_bytes();
    // The cheapest looks first: a call, a few words, an assignment inside a longer value.
    let long = (16..=MAX_VALUE).contains(&bytes.len());
    if call || !long || text.trim_end_matches('=').contains('=') || !has_digit(bytes) {
        return false;
    }
    let allowed = bytes
        .iter()
        .all(|byte| is(*byte, ALNUM) || b"_-+/=.~:!@#$%^&*|,".contains(byte));
    let digits = bytes.iter().filter(|byte| is(**byte, DIGIT)).count();
    let letters = bytes.iter().filter(|byte| is(**byte, LETTER)).count();
    if !allowed || letters < 2 || is_placeholder(text) {
        return false;
    }
    // One digit in twenty letters or more comes by chance.
    let drawn = letters >= 20 && is_drawn(bytes);
    let place = contains(bytes, b"://")
        || bytes[0] == b'/'
        || bytes.starts_with(b"./")
        || is_file(text)
        || text.matches('/').count() > 3 && text.len() < 40;
    let date = text.len() < 32 && text.matches('-').count() >= 2 && text.contains(':');
    !place
        && !date
        && (digits >= 2 || drawn)
        && !is_uuid(bytes)
        && distinct(bytes) >= 8
        && entropy(bytes) >= 2.9
        && !is_words(text)
        && (drawn || !(text.len() < 48 && is_camel_name(text)))
        && !is_dotted_name(text)
        && !names_a_secret(text)
        && !is_encrypted(bytes)
        && !is_documented_secret(text)
        && !is_for_tests(text)
        && !is_expression(text)
        && !text.ends_with("/aws4_request")
        && !is_escaped_words(text)
        && !is_digest(text)
}

/// `Root%20CA%20Certificates`: words with blanks between them, as addresses have them.
fn is_escaped_words(text: &str) -> bool {
    text.contains("%20")
        && text
            .split("%20")
            .all(|word| !word.is_empty() && word.bytes().all(|byte| is(byte, LETTER)))
}

/// `TOKEN_BASE+11`, `_HRESULT_TYPEDEF_(0xC00D2751)`: what the preprocessor of C works out.
fn is_expression(text: &str) -> bool {
    let bytes = text.as_bytes();
    let head = bytes
        .iter()
        .take_while(|byte| is(**byte, UPPER | DIGIT) || **byte == b'_')
        .count();
    let constant = bytes[..head].contains(&b'_') && bytes[..head].iter().any(|byte| is(*byte, UPPER));
    constant
        && match bytes[head..] {
            [b'(', ..] => true,
            [b'+' | b'|', ref rest @ ..] => {
                rest.iter()
                    .all(|byte| is(*byte, UPPER | DIGIT) || b"_+|".contains(byte))
                    && !rest.is_empty()
            }
            _ => false,
        }
}

/// True for base32 of words or of digits: what test vectors of one-time passwords are made of. Ten random bytes or more are
/// never all printable, but some programs draw letters and digits.
fn spells_words(text: &str) -> bool {
    let letters = text.trim_end_matches('=');
    let (mut bits, mut count, mut plain) = (0u32, 0, String::new());
    if letters.len() < 16 {
        return false;
    }
    for letter in letters.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => return false,
        };
        bits = bits << 5 | u32::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            match (bits >> count) as u8 {
                byte @ b' '..=b'~' => plain.push(char::from(byte)),
                _ => return false,
            }
        }
    }
    !is_strong(&plain)
}

/// A sentence in base64, whoever it is the password of: `isaacs:not my real password`.
fn is_encoded_phrase(text: &str) -> bool {
    let of_user = |plain: &str| is_phrase(plain.split_once(':').map_or(plain, |(_, word)| word));
    text.len() >= 16 && blob(text.as_bytes()).is_some_and(|plain| of_user(&plain))
}

/// Keys that open nothing but a sandbox, keys that are printed in pages of shops, and words in the place of keys.
pub(super) fn is_for_tests(text: &str) -> bool {
    let sandbox = ["sk_test_", "rk_test_", "pk_test_", "pk_live_"]
        .iter()
        .any(|head| text.starts_with(head));
    sandbox || spells_words(text) || is_encoded_phrase(text)
}

/// `ed25519.Ed25519PrivateKey`: a type and where it comes from.
fn is_dotted_name(text: &str) -> bool {
    let is_name = |part: &str| {
        part.len() <= 24
            && part.bytes().next().is_some_and(|byte| is(byte, LETTER) || byte == b'_')
            && part.bytes().all(|byte| is(byte, ALNUM) || byte == b'_')
    };
    text.rsplit_once('.')
        .is_some_and(|(module, name)| module.split('.').all(is_name) && is_camel_name(name) && text.len() < 80)
}

/// `my-service-token-v2`: words and small numbers.
pub(super) fn is_words(text: &str) -> bool {
    let mut parts = text.split(['-', '_', '.', '/', ':']).filter(|part| !part.is_empty());
    let wordy = |part: &str| {
        let letters = part.trim_matches(|c: char| c.is_ascii_digit()).as_bytes();
        let all = |test: fn(&u8) -> bool| letters.iter().all(test);
        let title = letters.iter().skip(1).all(u8::is_ascii_lowercase) && all(u8::is_ascii_alphabetic);
        (all(u8::is_ascii_lowercase) || all(u8::is_ascii_uppercase) || title) && part.len() - letters.len() <= 5
            || is_numeronym(part)
    };
    parts.clone().nth(1).is_some() && parts.all(wordy)
}

/// `a11y`, `i18n`, `k8s`: a word with most of its letters counted.
fn is_numeronym(part: &str) -> bool {
    matches!(part.as_bytes(), [first, middle @ .., last]
        if (1..=2).contains(&middle.len()) && middle.iter().all(|byte| is(*byte, DIGIT)) && is(*first, LOWER) && is(*last, LOWER))
}

/// `a::b`, `a->b`: all places are looked at, and the answer once.
fn has_path(value: &[u8]) -> bool {
    if memchr::memchr2(b':', b'-', value).is_none() {
        return false;
    }
    let pairs = value.iter().zip(value.get(1..).unwrap_or(&[]));
    pairs.fold(false, |any, (first, second)| {
        any | ((*first == b':') & (*second == b':')) | ((*first == b'-') & (*second == b'>'))
    })
}

/// Types of code: `u32`, `__u8`, `uint16_t`.
fn is_type(value: &[u8]) -> bool {
    const LONGEST: usize = 5;
    let letters = value.iter().filter(|byte| is(**byte, LETTER));
    if !value.iter().all(|byte| is(*byte, ALNUM) || *byte == b'_') || letters.clone().nth(LONGEST).is_some() {
        return false;
    }
    let (mut stem, mut length) = ([0; LONGEST], 0);
    for letter in letters {
        stem[length] = letter.to_ascii_lowercase();
        length += 1;
    }
    matches!(
        &stem[..length],
        b"u" | b"i"
            | b"f"
            | b"uint"
            | b"int"
            | b"float"
            | b"uintt"
            | b"intt"
            | b"str"
            | b"char"
            | b"utf"
            | b"bytes"
            | b"cstr"
    )
}

/// `WIN32_ERROR`, `D3DKMT_DEFRAG_ESCAPE_OPERATION`, `DBSOURCETYPEENUM20`, `_bindgen_ty_3`: names in code.
fn is_constant(value: &[u8]) -> bool {
    if !value.iter().all(|byte| is(*byte, ALNUM) || *byte == b'_') {
        return false;
    }
    let digits = value.iter().filter(|byte| is(**byte, DIGIT)).count();
    let joints = value.iter().filter(|byte| **byte == b'_').count();
    let capitals = value.iter().all(|byte| is(*byte, UPPER | DIGIT) || *byte == b'_');
    let small = value.iter().all(|byte| is(*byte, LOWER | DIGIT) || *byte == b'_');
    let trailing = value.iter().rev().take_while(|byte| is(**byte, DIGIT)).count();
    let long = value.len() - digits >= 12 && trailing == digits;
    value.first().is_some_and(|byte| is(*byte, LETTER) || *byte == b'_')
        && (capitals && digits <= 3 && (joints > 0 || long)
            || small && value.len() - digits - joints >= 8 && digits <= 2 && (joints > 1 || value[0] == b'_'))
}

/// `sha512-…`, `sha256:…`.
fn is_digest(text: &str) -> bool {
    [
        "sha1-", "sha256-", "sha384-", "sha512-", "sha256:", "sha512:", "md5:", "sha1:",
    ]
    .iter()
    .any(|start| text.starts_with(start))
}
