//! Values that their place gives away: an argument beside a name, a cell under a header, the end of a clause.
//!
//! Neighbours: `markup` reads what stands in tags.

use super::coined::{is_coined, is_word_among_passwords};
use super::markup::{cell, entry, property, tag, tag_with_more};
use super::name::{Kind, Name};
use super::prose::is_numbered;
use super::value::{Value, is_drawn_word, is_secret, is_strong};
use super::{is_aws_secret, is_mixed, is_prose, on_next_line, report};
use crate::classes::{DIGIT, HIGH, JOIN, LETTER, LOWER, SPACE, TOKEN, UPPER, is, run_end, run_start};
use crate::detectors::labelled::over_purpose;
use crate::evidence::{contains, first_place};
use crate::page::{Findings, Page};
use crate::phrases::{Index, Sorted};
use crate::sweep::skip_blanks;
use std::ops::Range;
use weir_model::Confidence;

/// Closes a label in the scripts of East Asia.
const BRACKET: &str = "】";

/// A word that may name a secret ends at `end`. The byte there says what kind of place it is.
pub(super) fn after_name(page: &Page<'_>, end: usize, out: &mut Findings) {
    match page.byte(end) {
        b'>' => tag(page, end, out),
        b'(' => {
            argument(page, end, end + 1, out);
            credential(page, end, out);
            // Names of functions are written in ASCII; without a blank, brackets behind them hold arguments.
            if page.before(end) >= 0x80 {
                beside_name(page, end, out);
            }
        }
        // `*APP_SECRET* …`
        b'*' if page.byte(end + 1) == b' ' => beside_name(page, end + 1, out),
        0xE3 if page.has(end, BRACKET) => beside_name(page, end, out),
        b']' => {
            beside_name(page, end, out);
            fallback(page, end, out);
        }
        b'.' if run_of(page, end, b'.') >= 3 => beside_name(page, end, out),
        b'"' | b'\'' | b'`' => {
            pair(page, end, out);
            column(page, end, out);
            stated(page, end, out);
            entry(page, end, out);
            fallback(page, end, out);
        }
        b'=' | b'!' => compared(page, end, out),
        b' ' => {
            compared(page, end + 1, out);
            flag(page, end, out);
            handed_over(page, end, out);
            column(page, end, out);
            beside_name(page, end, out);
            announced(page, end, out);
            fallback(page, end, out);
            told_key(page, end, out);
            tag_with_more(page, end, out);
        }
        b'\n' | b'\r' => {
            column(page, end, out);
            caption(page, end, out);
        }
        b',' if matches!(page.byte(end + 1), b'\n' | b'\r') => alone_below(page, end, out),
        b',' if is_symbol(page, end) || is_constant(page, end) => argument(page, end, end + 1, out),
        b',' | b';' | b'\t' | b'|' | b')' => column(page, end, out),
        b'<' => {
            cell(page, end, out);
            property(page, end, out);
        }
        b'?' => asked(page, end, out),
        _ => {}
    }
}

/// `pw below`, at the end of a line.
pub(super) fn announced(page: &Page<'_>, end: usize, out: &mut Findings) {
    const LONGEST: usize = 12;
    const WORDS: [&[u8]; 5] = [b"below", b"follows", b"here", b"is", b"now"];
    if WORDS.iter().any(|word| page.byte(end + 1) == word[0]) {
        let line = page.line_end(end, LONGEST);
        let behind = page.slice(end..line).trim_ascii().trim_ascii_end();
        if page.byte(line) == b'\n' && WORDS.contains(&behind) {
            caption(page, line, out);
        }
    }
}

/// `here's the deploy key for the mirror, delete after use: …`, `# key for the maps` over `MAPS=…`: a key at the end of the
/// clause, or on the line below a remark.
fn told_key(page: &Page<'_>, end: usize, out: &mut Findings) {
    const LINE: usize = 96;
    let line = page.line_end(end, LINE);
    let is_last = line >= page.bytes.len();
    let closes = is_last || page.byte(line) == b'\n';
    if !closes || key_at_end(page, end..line, b": ", out) || is_last {
        return;
    }
    if matches!(page.byte(page.line_start(end, LINE)), b'#' | b'/') {
        let next = line + 1;
        key_at_end(page, next..page.line_end(next, LINE), b"=", out);
    }
}

/// Adds what stands behind the mark at the end of a line, if letters and digits drawn by chance do.
fn key_at_end(page: &Page<'_>, line: Range<usize>, mark: &[u8], out: &mut Findings) -> bool {
    const SHORTEST: usize = 24;
    // `Public key ping-sha256: …` is for everybody.
    const OTHER: usize = 16;
    const OTHERS: [&[u8]; 4] = [b"ublic", b"sha", b"ingerprint", b"hash"];
    let text = page.slice(line.clone()).trim_ascii_end();
    let inside = |byte: &u8| is(*byte, TOKEN) || matches!(byte, b'+' | b'/' | b'.');
    let bare = text.iter().rev().skip_while(|byte| **byte == b'=');
    let length = bare.take_while(|byte| inside(byte)).count();
    if length < SHORTEST {
        return false;
    }
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let start = line.start + text.len() - padding - length;
    let key = page.text(start..start + length + padding);
    let about = page.slice(line.start.saturating_sub(OTHER)..start);
    let drawn = about.ends_with(mark)
        && !OTHERS.iter().any(|other| contains(about, other))
        && [DIGIT, LOWER, UPPER]
            .iter()
            .all(|class| key.bytes().any(|byte| is(byte, *class)))
        && is_secret(key, false);
    if drawn {
        out.add(&super::types::GENERIC, start..start + key.len(), Confidence::Medium);
    }
    drawn
}

/// `env::var("DB_PASSWORD").unwrap_or("…")`, `get('#password').type('…')`: what is taken where nothing is set, or typed there.
fn fallback(page: &Page<'_>, end: usize, out: &mut Findings) {
    const JOINTS: [&str; 12] = [
        ".unwrap_or(",
        ".type(",
        ".fill(",
        ".sendKeys(",
        ".send_keys(",
        ".setValue(",
        ".set(",
        " || ",
        " ?? ",
        " or ",
        ", ",
        " ?: ",
    ];
    // Most names have a word behind them.
    if page.byte(end) == b' ' && !matches!(page.byte(end + 1), b'|' | b'?' | b'o') {
        return;
    }
    let closes = |at: &usize| matches!(page.byte(*at), b'"' | b'\'' | b']' | b')');
    let close = (end..end + 4).find(|at| !closes(at)).unwrap_or(end);
    let Some(joint) = JOINTS
        .iter()
        .find(|joint| page.has(close, joint))
        .filter(|_| close > end + 1 || page.byte(end) == b' ')
    else {
        return;
    };
    let name = Name::before(page, end);
    if name.kind() == Some(Kind::Password)
        && let Some(value) = Value::read(page, close + joint.len()).filter(|value| value.quoted)
    {
        drawn(page, &name, Kind::Password, value, out);
    }
}

/// `if pass == "…"`: what a program compares a password with, when nobody would say it.
fn compared(page: &Page<'_>, mark: usize, out: &mut Findings) {
    if !matches!(page.byte(mark), b'=' | b'!') || page.byte(mark + 1) != b'=' {
        return;
    }
    let from = skip_blanks(page.bytes, mark + 2 + usize::from(page.byte(mark + 2) == b'='));
    let Some(value) = Value::read(page, from).filter(|value| value.quoted) else {
        return;
    };
    let text = page.text(value.range.clone());
    let name = Name::before(page, mark);
    let asserts = contains(page.slice(page.line_start(name.start, 96)..name.start + 8), b"assert");
    if name.kind() == Some(Kind::Password) && is_strong(text) && !asserts && !page.is_test_code() {
        report(page, &name, Kind::Password, value, out);
    }
}

/// `set :deploy_password, …`: the name of a setting in Ruby.
fn is_symbol(page: &Page<'_>, end: usize) -> bool {
    let start = Name::before(page, end).start;
    page.before(start) == b':' && matches!(page.before(start.saturating_sub(1)), b' ' | b'(')
}

/// `CURLOPT_USERPWD, …`: the name of an option in capitals.
fn is_constant(page: &Page<'_>, end: usize) -> bool {
    let start = run_start(page.bytes, end, TOKEN, 40);
    let name = page.slice(start..end);
    contains(name, b"_") && name.iter().all(|byte| is(*byte, UPPER) || *byte == b'_')
}

/// `"SecretAccessKey" is "…"`
fn stated(page: &Page<'_>, end: usize, out: &mut Findings) {
    const LINK: &[u8] = b" is ";
    if page.slice(end + 1..end + 1 + LINK.len()) != LINK {
        return;
    }
    let name = Name::before(page, end);
    if let Some(kind) = name.kind()
        && let Some(value) = Value::read(page, end + 1 + LINK.len())
    {
        drawn(page, &name, kind, value, out);
    }
}

/// `the default password I was given is …`: a clause between a name and its value.
fn handed_over(page: &Page<'_>, end: usize, out: &mut Findings) {
    const CLAUSE: usize = 40;
    const SUBJECTS: [&[u8]; 8] = [
        b" i ", b" we ", b" you ", b" they ", b" she ", b" he ", b" that ", b" on ",
    ];
    if !b"iwytsho".contains(&page.byte(end + 1).to_ascii_lowercase()) {
        return;
    }
    let behind = page.slice(end..page.line_end(end, CLAUSE));
    let begins = |subject: &[u8]| {
        behind
            .get(..subject.len())
            .is_some_and(|there| there.eq_ignore_ascii_case(subject))
    };
    if !SUBJECTS.iter().any(|subject| begins(subject)) {
        return;
    }
    // `I was given is …`
    let mut links = [&b" is "[..], b" was ", b": "].into_iter();
    let Some(link) = links.find_map(|link| contains_at(behind, link)) else {
        return;
    };
    let name = Name::before(page, end);
    if let Some(kind) = name.kind()
        && let Some(value) = Value::read(page, skip_blanks(page.bytes, end + link))
    {
        drawn(page, &name, kind, value, out);
    }
}

/// `the access code is …`, `le code d'accès indiqué est …`: a few words, a link and what nobody would say.
pub(super) fn access_code(page: &Page<'_>, end: usize, out: &mut Findings) {
    const CLAUSE: usize = 40;
    const LINKS: [&str; 10] = [
        " is ", " is: ", " ist ", " lautet ", " est ", " es ", " è ", " é ", " to ", " jest ",
    ];
    let behind = page.text(end..page.line_end(end, CLAUSE));
    let ends = LINKS
        .iter()
        .filter_map(|link| behind.find(link).map(|at| at + link.len()));
    if let Some(link) = ends.min()
        && let Some(value) = Value::read(page, skip_blanks(page.bytes, end + link))
    {
        drawn(page, &Name::before(page, end), Kind::Password, value, out);
    }
}

/// Where the first of these bytes ends in the text.
fn contains_at(text: &[u8], bytes: &[u8]) -> Option<usize> {
    first_place(text, bytes).map(|at| at + bytes.len())
}

/// `They gave me … as the api secret`: a value, and behind it what it is. The name begins or goes on at `start`.
pub(super) fn before_name(page: &Page<'_>, start: usize, end: usize, out: &mut Findings) {
    const NAME: usize = 24;
    const LONGEST: usize = " as your ".len();
    const VALUE: usize = 160;
    let before = page.before(start);
    if !is(before, LETTER | JOIN) && before != b' ' {
        return;
    }
    let from = start.saturating_sub(NAME + LONGEST);
    let near = page.slice(from..start);
    let call = memchr::memrchr_iter(b' ', near).find_map(|at| Some((from + at, call_at(&near[at..])?)));
    // Behind a bare `as` stands the name itself.
    let reach = |length: usize| if length == AS.len() { 0 } else { NAME };
    let Some((value_end, length)) = call.filter(|(at, length)| start - at - length <= reach(*length)) else {
        return;
    };
    let line = page.line_start(value_end, VALUE);
    let before = page.text(line..value_end);
    let value = before.rsplit([' ', '\t', ',', ';']).next().unwrap_or("");
    let value = value.trim_start_matches(['"', '\'', '`', '(']);
    let name_end = run_end(page.bytes, end, LETTER, NAME);
    if !ends_name(page, name_end) || page.slice(value_end..start).contains(&b'\n') {
        return;
    }
    let name = Name::of(page, value_end + length..name_end);
    if let Some(kind) = name.kind() {
        let quoted = value.trim_end_matches(['"', '\'', '`', ')']);
        let value_start = value_end - value.len();
        drawn(
            page,
            &name,
            kind,
            Value::quoted(value_start..value_start + quoted.len()),
            out,
        );
    }
}

/// False where the name goes on as that of something else: `password manager`, `key length`.
fn ends_name(page: &Page<'_>, end: usize) -> bool {
    #[rustfmt::skip]
    static BEHIND: &Index = &Sorted::by_start([
        "for", "of", "to", "on", "in", "at", "and", "or", "if", "is", "was", "but", "by", "please", "here", "now", "then",
        "when", "that", "we", "you", "they", "it", "again", "there", "für", "vom", "von", "der", "des", "auf", "und",
        "zum", "zur", "im", "pour", "du", "de", "del", "della", "di", "sur", "et", "para", "per", "en", "do", "da", "voor",
        "van", "dla", "till", "non", "not",
    ]);
    const LONGEST: usize = 8;
    let word = page.slice(end + 1..run_end(page.bytes, end + 1, LETTER | HIGH, LONGEST));
    let behind = word.to_ascii_lowercase();
    page.byte(end) != b' ' || word.is_empty() || BEHIND.starting(&behind).any(|known| known.len() == behind.len())
}

/// The shortest of what leads from a value to its name.
const AS: &[u8] = b" as ";

/// The length of what leads from a value to its name, when that begins here.
fn call_at(text: &[u8]) -> Option<usize> {
    const CALLS: [&[u8]; 27] = [
        b" your current ",
        b" your ",
        b" the right ",
        b" the correct ",
        b" is the ",
        b" is my ",
        b" is our ",
        b" is your ",
        b" ist das ",
        b" ist mein ",
        b" ist unser ",
        b" est le ",
        b" est mon ",
        b" es la ",
        b" es mi ",
        b" \xC3\xA8 la ",
        b" \xC3\xA9 a ",
        b" as the ",
        b" as my ",
        b" as our ",
        b" as your ",
        b" as a ",
        b" als ",
        b" comme ",
        b" como ",
        b" come ",
        AS,
    ];
    let may_begin = matches!(
        text,
        [b' ', b'a', b's' | b'l', ..]
            | [b' ', b'c', b'o', ..]
            | [b' ', b'i' | b'e', b's', ..]
            | [b' ', b't', b'h', ..]
            | [b' ', b'y', b'o', ..]
            | [b' ', 0xC3, ..]
    );
    if !may_begin {
        return None;
    }
    CALLS.iter().find(|call| text.starts_with(call)).map(|call| call.len())
}

/// Reports what nobody would say in a sentence.
pub(super) fn drawn(page: &Page<'_>, name: &Name, kind: Kind, value: Value, out: &mut Findings) {
    let text = page.text(value.range.clone());
    let fits = match kind {
        Kind::Secret => is_secret(text, value.call),
        Kind::Password => {
            let marked = || is_coined(text) && text.bytes().any(|byte| byte.is_ascii_punctuation());
            (is_strong(text) || is_numbered(text) || is_drawn_word(text)) && !is_prose(text) || marked()
        }
    };
    if fits && !value.call {
        report(page, name, kind, value, out);
    }
}

/// `--account-key …`; words for passwords are read with their links.
fn flag(page: &Page<'_>, end: usize, out: &mut Findings) {
    let start = run_start(page.bytes, end, TOKEN, 40);
    if page.slice(start..start + 2) != b"--" {
        return;
    }
    let name = Name::before(page, end);
    let Some(kind) = name.kind().filter(|kind| *kind == Kind::Secret) else {
        return;
    };
    if let Some(value) = Value::read(page, skip_blanks(page.bytes, end)) {
        report(page, &name, kind, value, out);
    }
}

/// `AWS_SECRET_ACCESS_KEY (…)`, `client_secret …,`: a name as programs write it, and a value that can be nothing else.
fn beside_name(page: &Page<'_>, end: usize, out: &mut Findings) {
    let beside = Beside::read(page, end);
    let range = beside.range.clone();
    let text = page.text(range.clone());
    // The cheapest look first: words follow most names.
    let literal = is_literal(page, &range);
    let least = if beside.bracketed || beside.set_off || literal {
        8
    } else {
        12
    };
    if text.len() < least || !text.bytes().any(|byte| is(byte, DIGIT)) {
        return;
    }
    let name = Name::before(page, end);
    let written = page.slice(name.start..end);
    let camel = written.windows(2).any(|two| is(two[0], LOWER) && is(two[1], UPPER));
    // `#define initSecret initSecret_avx2`: a name is no value.
    let word = written.rsplit(|byte| *byte == b' ').next().unwrap_or(written);
    let named = contains(text.as_bytes(), word);
    // `: PSK "…"`
    let shared = written.ends_with(b"PSK") && literal;
    let drawn = is_drawn_beside(page, &name, &range);
    let compound =
        drawn || shared || (written.contains(&b'_') || camel) && !named || beside.bracketed || beside.set_off;
    let Some(kind) = name.kind().filter(|_| compound) else {
        return;
    };
    let value = match kind {
        Kind::Secret if text.strip_suffix('?').is_some_and(|key| is_secret(key, false)) => range.start..range.end - 1,
        Kind::Secret if is_secret(text, false) || is_aws_secret(text) => range,
        Kind::Password if is_strong(text) || beside.set_off && is_numbered(text) => range,
        Kind::Password if (beside.bracketed || literal) && !is_prose(text) => range,
        _ => return,
    };
    report(page, &name, kind, Value::quoted(value), out);
}

/// Secrets that are named after what they do.
const DOES: [&str; 6] = [
    "hmac secret",
    "signing secret",
    "client secret",
    "webhook secret",
    "shared secret",
    "api secret",
];

/// A long key of all kinds of letters is no word of a sentence. So are digits of sixteen behind a secret that is named after what it
/// does; behind other names they are digests.
fn is_drawn_beside(page: &Page<'_>, name: &Name, range: &Range<usize>) -> bool {
    let text = page.text(range.clone());
    if text.len() < 32 || !text.bytes().all(|byte| is(byte, TOKEN) || b"+/=.".contains(&byte)) || !is_mixed(text) {
        return false;
    }
    text.bytes().any(|byte| is(byte, UPPER))
        || DOES.iter().any(|word| name.has(word))
        || text.len() == 32 && super::near(page, range.start, b"twilio")
}

/// What stands beside a name, with no more than a link, a dash or a bracket between them.
struct Beside {
    range: Range<usize>,
    /// It stands in brackets of its own.
    bracketed: bool,
    /// More than blanks and a link stand between the two.
    set_off: bool,
}

impl Beside {
    fn read(page: &Page<'_>, end: usize) -> Self {
        const LONGEST: usize = 160;
        const LINKS: [&str; 6] = ["is set to ", "was set to ", "set to ", "was ", "is ", "to "];
        // `[client_secret] …`
        let wide = if page.has(end, BRACKET) { BRACKET.len() } else { 0 };
        let boxed = wide > 0 || page.byte(end) == b']' && page.byte(end + 1) == b' ';
        let start = skip_blanks(page.bytes, end + wide.max(usize::from(boxed)));
        let (start, remarked) = over_remark(page, start);
        // `my aws.secretKey was …`
        let link = LINKS.iter().find(|link| page.has(start, link));
        let purpose = over_purpose(page, end);
        let linked = start + link.map_or(0, |link| link.len());
        let (start, dashed) = over_dash(page, if purpose > end { purpose } else { linked });
        let close = match page.byte(start) {
            b'(' => Some(b')'),
            b'[' => Some(b']'),
            _ => None,
        };
        let from = start + usize::from(close.is_some() || matches!(page.byte(start), b'"' | b'\''));
        let line = page.line_end(from, LONGEST);
        let ends = |byte: u8| is(byte, SPACE) || matches!(byte, b')' | b',' | b'"' | b'\'') || close == Some(byte);
        let to = (from..line).find(|at| ends(page.byte(*at))).unwrap_or(line);
        // `[[link]]`, `[@name]`, `[^note]`, and brackets that do not close.
        let nothing = close.is_some_and(|close| {
            close != page.byte(to) || close == b']' && matches!(page.byte(from), b'[' | b'@' | b'#' | b'^')
        });
        Beside {
            range: from..if nothing { from } else { to },
            bracketed: close.is_some(),
            set_off: boxed || dashed || remarked || purpose > end,
        }
    }
}

/// Over words in brackets: `my API key (don't share!) …`. The second answer: something of the kind stands there.
fn over_remark(page: &Page<'_>, start: usize) -> (usize, bool) {
    const LONGEST: usize = 40;
    if page.byte(start) != b'(' {
        return (start, false);
    }
    let remark = page.slice(start..page.line_end(start, LONGEST));
    match memchr::memchr(b')', remark).filter(|close| remark[..*close].contains(&b' ')) {
        Some(close) if !matches!(page.byte(start + close + 2), b'(' | b'[') => {
            (skip_blanks(page.bytes, start + close + 1), true)
        }
        _ => (start, false),
    }
}

/// True for all that stands between two quotes.
fn is_literal(page: &Page<'_>, range: &Range<usize>) -> bool {
    let before = page.before(range.start);
    matches!(before, b'"' | b'\'') && page.byte(range.end) == before
}

/// Over ` - `, ` → `, ` <- ` or ` ..... ` between a name and its value. The second answer: something of the kind stands there.
fn over_dash(page: &Page<'_>, start: usize) -> (usize, bool) {
    let dots = run_of(page, start, b'.');
    let marks = ["- ", "– ", "— ", "-> ", "=> ", "→ ", "<- "];
    let length = match marks.iter().find(|mark| page.has(start, mark)) {
        Some(mark) => mark.len(),
        None if dots >= 3 => dots,
        None => return (start, false),
    };
    (skip_blanks(page.bytes, start + length), true)
}

/// How many of these marks stand one behind the other.
pub(super) fn run_of(page: &Page<'_>, start: usize, mark: u8) -> usize {
    const LONGEST: usize = 40;
    (start..start + LONGEST).take_while(|at| page.byte(*at) == mark).count()
}

/// `What is the API key?`, and on the next line the answer, with or without who says it.
fn asked(page: &Page<'_>, end: usize, out: &mut Findings) {
    let name = Name::before(page, end);
    let start = page.line_end(end, 160) + 1;
    let line = page
        .text
        .get(start..page.line_end(start.min(page.bytes.len()), 512))
        .unwrap_or("");
    let said = [": ", "> "]
        .iter()
        .filter_map(|mark| line.find(mark).map(|at| at + mark.len()))
        .max();
    let from = start + said.unwrap_or(0);
    let text = line[said.unwrap_or(0)..].trim_end();
    if is_secret(text, false) && name.kind() == Some(Kind::Secret) {
        report(page, &name, Kind::Secret, Value::quoted(from..from + text.len()), out);
    }
}

/// A line that holds the name of a key and nothing else, above the key: how forms are copied.
fn caption(page: &Page<'_>, end: usize, out: &mut Findings) {
    let name = Name::before(page, end);
    let begins = name.start == 0 || matches!(page.before(name.start), b'\n' | b'#' | b'*');
    if let Some(kind) = name.kind().filter(|_| begins) {
        on_next_line(page, &name, kind, end, out);
    }
}

/// `they gave us an api token,` and on the next line nothing but the token.
fn alone_below(page: &Page<'_>, end: usize, out: &mut Findings) {
    const LINE: usize = 200;
    // In programs the names of an enumeration stand so, one a line.
    let word = run_start(page.bytes, end, TOKEN, 40);
    let in_sentence = word > 1 && page.before(word) == b' ' && is(page.before(word - 1), LETTER);
    if !in_sentence {
        return;
    }
    let start = page.line_end(end, 4) + 1;
    let stop = page.line_end(start.min(page.bytes.len()), LINE);
    let line = page.text.get(start..stop).unwrap_or("");
    let text = line.trim().trim_end_matches([',', '.', ';']);
    let name = Name::before(page, end);
    let drawn = match name.kind() {
        Some(Kind::Secret) => is_secret(text, false),
        Some(Kind::Password) => is_strong(text) && super::is_password(text, false),
        None => false,
    };
    if drawn && let Some(kind) = name.kind() {
        let from = start + (text.as_ptr() as usize - line.as_ptr() as usize);
        report(page, &name, kind, Value::quoted(from..from + text.len()), out);
    }
}

/// `"DB_PASSWORD", "…"`: a name and its value as arguments.
fn pair(page: &Page<'_>, end: usize, out: &mut Findings) {
    let comma = skip_blanks(page.bytes, end + 1);
    if page.byte(comma) == b',' {
        argument(page, end, comma + 1, out);
    }
}

/// `StorageSharedKeyCredential(account, "…")`: the key of a storage account is the second argument.
fn credential(page: &Page<'_>, end: usize, out: &mut Findings) {
    const CALL: &[u8] = b"storagesharedkeycredential";
    const ACCOUNT: usize = 64;
    let called = page
        .slice(end.saturating_sub(CALL.len())..end)
        .eq_ignore_ascii_case(CALL);
    let comma = memchr::memchr(b',', page.slice(end..page.line_end(end, ACCOUNT))).filter(|_| called);
    let value = comma.and_then(|comma| Value::read(page, skip_blanks(page.bytes, end + comma + 1)));
    if let Some(value) = value.filter(|value| value.quoted) {
        report(page, &Name::of(page, end - CALL.len()..end), Kind::Secret, value, out);
    }
}

/// A literal that follows the name of a secret, and shows that it is one.
fn argument(page: &Page<'_>, name_end: usize, from: usize, out: &mut Findings) {
    let start = skip_blanks(page.bytes, from);
    if !matches!(page.byte(start), b'"' | b'\'' | b'`') {
        return;
    }
    let name = Name::before(page, name_end);
    let Some(kind) = name.kind() else { return };
    let Some(value) = Value::read(page, start).filter(|value| value.quoted) else {
        return;
    };
    // `CURLOPT_USERPWD, 'user:…'`
    let user = name
        .has("userpwd")
        .then(|| page.text(value.range.clone()).find(':'))
        .flatten();
    let value = Value::quoted(value.range.start + user.map_or(0, |at| at + 1)..value.range.end);
    let text = page.text(value.range.clone());
    // A constant's name is no caption: `define('DB_PASSWORD', '…')`.
    let constant = page
        .slice(name.start..name_end)
        .iter()
        .all(|byte| is(*byte, UPPER | DIGIT) || *byte == b'_');
    if kind == Kind::Secret && text.len() >= 12
        || kind == Kind::Password && (constant || is_numbered(text))
        || is_strong(text)
    {
        report(page, &name, kind, value, out);
    }
}

/// The cells under `password`, the values an INSERT puts there, the cell beside it in a table of two columns.
fn column(page: &Page<'_>, end: usize, out: &mut Findings) {
    let after = over_blanks(page, end);
    // Columns may be set apart by nothing but blanks.
    let aligned = |from: usize, to: usize| to - from >= 2 && page.slice(from..to).iter().all(|byte| *byte == b' ');
    if after < page.bytes.len() && !is_border(page.byte(after)) && !aligned(end, after) {
        return;
    }
    let name = Name::before(page, end);
    let mut before = name.start;
    while before > 0 && name.start - before < 24 && is_around_cell(page.byte(before - 1)) {
        before -= 1;
    }
    if before > 0 && !is_border(page.before(before)) && !aligned(before, name.start) {
        return;
    }
    let Some(kind) = name.kind() else { return };
    if page.has(after, "||") {
        return in_wiki(page, &name, kind, after, out);
    }
    let begins = before == 0 || matches!(page.before(before), b'\n' | b'\r');
    if page.byte(after) == b'|' && (page.before(before) == b'|' || begins) {
        beside(page, &name, kind, after + 1, out);
    } else if begins && matches!(page.byte(after), b',' | b'\t' | b';') {
        row(page, &name, kind, after, out);
    }
    let cells = page.below(&crate::tables::bare(page.bytes, name.start..end));
    let chosen = kind == Kind::Password && cells.iter().any(|cell| is_strong(page.text(cell.clone())));
    for cell in cells {
        let text = page.text(cell.clone());
        if chosen && is_word_among_passwords(text) {
            out.add(&super::PASSWORD, cell, Confidence::Medium);
        } else if fits_cell(kind, text) {
            report(page, &name, kind, Value::in_cell(page, cell), out);
        }
    }
}

/// The cells below a name between two bars, `||user||password||`: how wikis and trackers write tables.
fn in_wiki(page: &Page<'_>, name: &Name, kind: Kind, end: usize, out: &mut Findings) {
    const LINE: usize = 240;
    const ROWS: usize = 16;
    let line = page.line_start(name.start, LINE);
    let column = page
        .slice(line..name.start)
        .windows(2)
        .filter(|two| *two == b"||")
        .count();
    let mut start = page.line_end(end, LINE) + 1;
    for _ in 0..ROWS {
        let stop = page.line_end(start.min(page.bytes.len()), LINE);
        let row = page.slice(start.min(stop)..stop);
        if row.first() != Some(&b'|') {
            return;
        }
        let borders: Vec<usize> = memchr::memchr_iter(b'|', row).collect();
        if let Some([from, to]) = borders.get(column.saturating_sub(1)..).and_then(<[usize]>::first_chunk) {
            let cell = crate::tables::bare(page.bytes, start + from + 1..start + to);
            report(page, name, kind, Value::in_cell(page, cell), out);
        }
        start = stop + 1;
    }
}

/// True for what may be a value alone in its cell: words are none, unless nobody says them.
pub(super) fn fits_cell(kind: Kind, text: &str) -> bool {
    kind == Kind::Secret || !is_prose(text) || is_coined(text)
}

fn over_blanks(page: &Page<'_>, end: usize) -> usize {
    const WIDEST: usize = 96;
    (end..end + WIDEST)
        .find(|at| !is_around_cell(page.byte(*at)) || *at >= page.bytes.len())
        .unwrap_or(end)
}

/// Blanks, quotes and emphasis around the content of a cell.
fn is_around_cell(byte: u8) -> bool {
    b" \"'`*".contains(&byte)
}

/// What ends a cell.
fn is_border(byte: u8) -> bool {
    b",;\t\n\r|()".contains(&byte)
}

/// `api_key,…,…`: the name in the first cell of a row, and nothing but keys in the others.
fn row(page: &Page<'_>, name: &Name, kind: Kind, from: usize, out: &mut Findings) {
    const LONGEST: usize = 2048;
    let delimiter = page.byte(from);
    let stop = page.line_end(from, LONGEST);
    let mut start = from + 1;
    let mut cells = Vec::new();
    for part in page.slice(start..stop).split(|byte| *byte == delimiter) {
        cells.push(crate::tables::bare(page.bytes, start..start + part.len()));
        start += part.len() + 1;
    }
    let fits = |cell: &Range<usize>| match kind {
        Kind::Secret => is_secret(page.text(cell.clone()), false),
        Kind::Password => is_strong(page.text(cell.clone())),
    };
    if cells.iter().all(fits) {
        for cell in cells {
            report(page, name, kind, Value::in_cell(page, cell), out);
        }
    }
}

/// `| Password | … |`, `password | …`
fn beside(page: &Page<'_>, name: &Name, kind: Kind, from: usize, out: &mut Findings) {
    let line = page.line_end(from, 256);
    let close = memchr::memchr(b'|', page.slice(from..line)).unwrap_or(line - from);
    let cell = crate::tables::bare(page.bytes, from..from + close);
    let text = page.text(cell.clone());
    if !cell.is_empty() && fits_cell(kind, text) {
        report(page, name, kind, Value::in_cell(page, cell), out);
    }
}
