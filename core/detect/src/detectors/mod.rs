//! The detectors, one family a file. A family asks the sweep for words, or is called for numbers, tokens and marks.

mod addresses;
mod auth;
mod births;
mod codes;
mod contact;
mod dates;
mod dealings;
mod diagnoses;
mod hostile;
mod hosts;
mod keys;
mod labelled;
mod markings;
mod medication;
mod names;
mod nearby;
mod numbers;
mod phones;
mod secrets;
mod seeds;
mod source;
mod tokens;
mod wallets;
mod whereabouts;
mod words;

pub(crate) use auth::login_alone;
pub(crate) use codes::begins_with_iban;
pub(crate) use hostile::HIDDEN_TEXT;
pub(crate) use names::Known;
pub(crate) use nearby::{HARMLESS, NAMES};
pub(crate) use tokens::SETS;

use crate::classes::{DIGIT, HEX, HIGH, JOIN, TOKEN, is, run_end};
use crate::decode::{CALLS, MIRRORED};
use crate::evidence::contains;
use crate::lexicon::Entry;
use crate::page::{Findings, Page, Topic};
use crate::registry::Info;
use crate::sweep::{Number, Token};

/// Detectors that share their triggers.
pub(crate) trait Family: Sync {
    /// What the family finds.
    fn infos(&self) -> Vec<&'static Info>;

    /// The words it waits for.
    fn words(&self) -> Vec<Word> {
        Vec::new()
    }

    /// True when a word of it says nothing where more letters follow.
    fn wants_whole_word(&self, _index: usize) -> bool {
        false
    }

    /// True when a word of it calls what joins literals.
    fn joins_literals(&self, _index: usize) -> bool {
        false
    }

    /// True when its words begin values long enough to be broken over lines or into literals.
    fn has_long_values(&self) -> bool {
        false
    }

    /// One of its words stands in the page.
    fn word(&self, _page: &Page<'_>, _hit: Hit, _out: &mut Findings) {}
}

/// A word of the lexicon, at least three bytes long.
#[derive(Clone, Copy)]
pub(crate) struct Word {
    pub(crate) text: &'static str,
    pub(crate) exact_case: bool,
}

impl Word {
    pub(crate) const fn exact(text: &'static str) -> Self {
        Self { text, exact_case: true }
    }

    pub(crate) const fn any_case(text: &'static str) -> Self {
        Self {
            text,
            exact_case: false,
        }
    }
}

/// Where a word of a family stands.
#[derive(Clone, Copy)]
pub(crate) struct Hit {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Which of the family's words.
    pub(crate) index: usize,
}

/// All families, in the order of the registry.
pub(crate) fn families() -> &'static [&'static dyn Family] {
    &[
        &tokens::Tokens,
        &keys::Keys,
        &auth::Auth,
        &secrets::Secrets,
        &Numbers,
        &Codes,
        &labelled::Labelled,
        &Wallets,
        &seeds::Seeds,
        &diagnoses::Diagnoses,
        &medication::Medication,
        &births::Births,
        &names::Names,
        &addresses::Addresses,
        &Contact,
        &hosts::Hosts,
        &whereabouts::Whereabouts,
        &markings::Markings,
        &dealings::Dealings,
        &hostile::Hostile,
        &Source,
        &Headings,
    ]
}

/// The words of all families.
pub(crate) fn entries() -> impl Iterator<Item = Entry> {
    families().iter().enumerate().flat_map(|(family, members)| {
        members.words().into_iter().enumerate().map(move |(index, word)| Entry {
            text: word.text,
            exact_case: word.exact_case,
            family,
            index,
            is_whole: members.wants_whole_word(index),
            joins_literals: members.joins_literals(index),
            has_long_values: members.has_long_values(),
        })
    })
}

/// Finds nothing itself, and remembers that what follows may stand under the name of a column, be written backwards, or be
/// joined.
struct Headings;

const HEADINGS: [&str; 4] = ["values", "from stdin", "th>", "th "];
const FIRST_CALL: usize = HEADINGS.len();
const FIRST_MIRRORED: usize = FIRST_CALL + CALLS.len();

impl Family for Headings {
    fn infos(&self) -> Vec<&'static Info> {
        Vec::new()
    }

    fn words(&self) -> Vec<Word> {
        let words = HEADINGS.into_iter().chain(CALLS).chain(MIRRORED);
        words.map(Word::any_case).collect()
    }

    fn joins_literals(&self, index: usize) -> bool {
        (FIRST_CALL..FIRST_MIRRORED).contains(&index)
    }

    fn word(&self, page: &Page<'_>, hit: Hit, _out: &mut Findings) {
        match hit.index {
            0 if is_between_brackets(page, hit) => page.mention(Topic::Rows),
            1 if page.bytes[..hit.start].trim_ascii_end().ends_with(b")") => page.mention(Topic::Rows),
            2 | 3 if page.before(hit.start) == b'<' => page.mention(Topic::Cells),
            FIRST_MIRRORED.. => page.mention(Topic::Mirrored),
            _ => {}
        }
    }
}

/// True between the columns of a statement, or the table it writes to, and its first row.
fn is_between_brackets(page: &Page<'_>, hit: Hit) -> bool {
    let before = page.bytes[..hit.start].trim_ascii_end();
    let after = page.bytes[hit.end..].trim_ascii_start();
    const REACH: usize = 96;
    let insert = |head: &[u8]| crate::statements::INSERTS.iter().any(|insert| contains(head, insert));
    after.starts_with(b"(") && (before.ends_with(b")") || insert(&before[before.len().saturating_sub(REACH)..]))
}

/// Called for the page as a whole, not for words.
struct Source;

impl Family for Source {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&source::SOURCE_CODE]
    }
}

/// Called for numbers, not for words.
struct Numbers;

impl Family for Numbers {
    fn infos(&self) -> Vec<&'static Info> {
        numbers::numbers().map(|kind| &kind.info).collect()
    }
}

/// Called for tokens, and for the labels of codes in groups.
struct Codes;

impl Family for Codes {
    fn infos(&self) -> Vec<&'static Info> {
        std::iter::once(&codes::IBAN)
            .chain(codes::CODES.iter().map(|code| &code.info))
            .collect()
    }

    fn words(&self) -> Vec<Word> {
        codes::spelled_words()
    }

    fn wants_whole_word(&self, index: usize) -> bool {
        codes::is_label(index)
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        codes::spelled(page, hit, out);
    }
}

/// Called for tokens, not for words.
struct Wallets;

impl Family for Wallets {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&wallets::WALLET, &wallets::WALLET_KEY]
    }
}

/// Called for numbers, tokens and marks, and for the words that hide an `@`.
struct Contact;

impl Family for Contact {
    fn infos(&self) -> Vec<&'static Info> {
        contact::INFOS.iter().copied().chain([&phones::PHONE]).collect()
    }

    fn words(&self) -> Vec<Word> {
        contact::DISGUISES.into_iter().map(Word::any_case).collect()
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        contact::disguised(page, hit.start, hit.end, out);
    }
}

/// The page as somebody wrote it, before anything is undone.
pub(crate) fn whole(page: &Page<'_>, out: &mut Findings) {
    source::page(page, out);
}

/// True for a year, a size or a version of four or five digits, of which neither a detector nor the decoder makes anything:
/// no digits can go on, and the page speaks of no birth.
#[inline(always)]
pub(crate) fn is_small(page: &Page<'_>, number: &Number) -> bool {
    const LONGEST: usize = 5;
    let [next, second] = [0, 1].map(|at| page.byte(number.end() + at));
    let goes_on = match next {
        b'\n' | b'\r' | b'\\' => true,
        // Digits may follow behind a blank or a bracket as well.
        b' ' | b'-' | b'.' | b'/' | b'(' | b')' => is(second, DIGIT) || b"()- /".contains(&second),
        _ => false,
    };
    let (start, end) = number.group(0);
    let single = number.count() == 1 && end - start >= 4;
    let version = || {
        let dotted = |group: usize| page.byte(number.group(group).1) == b'.';
        number.count() <= 3 && !matches!(end - start, 2 | 3) && (0..number.count() - 1).all(dotted)
    };
    number.digits() <= LONGEST && !goes_on && !page.mentions(Topic::Birth) && (single || version())
}

/// A number stands in the page.
pub(crate) fn number(page: &Page<'_>, number: &Number, out: &mut Findings) {
    if number.digits() == 6 {
        codes::spaced_nino(page, number, out);
    }
    codes::tailed(page, number, out);
    numbers::find(page, number, out);
    contact::ipv4(page, number, out);
    phones::find(page, number, out);
    births::cell(page, number, out);
}

/// A word behind which a name may go on, or the number of a house.
pub(crate) fn capitals(page: &Page<'_>, start: usize, end: usize, out: &mut Findings) {
    // Names and addresses end with their line; put together they would run on into what stands below.
    if page.origin.torn {
        return;
    }
    if page.slice(end..end + 3).iter().any(|byte| is(*byte, DIGIT)) {
        addresses::numbered(page, start, end, out);
    } else {
        names::capitals(page, start, end, out);
    }
}

/// Asks the check of every number and code about the same characters.
pub(crate) fn fuzz_values(data: &[u8]) {
    let digits: Vec<u8> = data
        .iter()
        .filter(|byte| byte.is_ascii_digit())
        .map(|byte| byte - b'0')
        .collect();
    let compact: Vec<u8> = data
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(u8::to_ascii_uppercase)
        .collect();
    numbers::fuzz(&digits);
    codes::fuzz(&compact);
}

/// A token of letters and digits, or a long one.
#[inline(always)]
pub(crate) fn token(page: &Page<'_>, token: Token, out: &mut Findings) {
    tokens::odd(page, token, out);
    match token.len() {
        17 if token.has(DIGIT | JOIN) => contact::dashed_mac(page, token, out),
        // `30d1.7e18.0a17`: the second group has a dot behind it.
        4 if token.has(DIGIT) && page.byte(token.end) == b'.' => contact::bare_mac(page, token, out),
        12 if token.has(DIGIT) => contact::bare_mac(page, token, out),
        _ => {}
    }
    if token.classes & HIGH != 0 {
        beside_words(page, token, out);
    } else {
        code(page, token, out);
    }
}

/// Codes touch the words of languages that write without spaces.
fn beside_words(page: &Page<'_>, token: Token, out: &mut Findings) {
    let mut at = token.start;
    while at < token.end {
        let end = run_end(page.bytes, at, TOKEN, token.end - at);
        let part = Token::read(page.bytes, at, end);
        // The first group of an account number is shorter than a code.
        let group = end - at == 4 && page.byte(end) == b' ';
        if (end - at >= 5 || group) && part.has(DIGIT) {
            code(page, part, out);
        }
        at = run_end(page.bytes, end, HIGH, token.end - end).max(end + 1);
    }
}

/// A token of ASCII characters.
#[inline(always)]
fn code(page: &Page<'_>, token: Token, out: &mut Findings) {
    // Every code has letters and digits.
    if token.has(DIGIT) && token.letters != 0 {
        codes::find(page, token, out);
    }
    if token.len() >= wallets::SHORTEST && token.classes & JOIN == 0 {
        wallets::find(page, token, out);
    }
}

/// What may stand right behind a `:`, and behind a `=`, besides the value of a named secret.
static BEHIND: [[bool; 256]; 2] = {
    let mut behind = [[false; 256]; 2];
    let (sets, mut set): ([&[u8]; 2], usize) = ([b"/A$0123456789:", b"?\n\r0123456789ABCDEF"], 0);
    while set < 2 {
        // The beginning of literals that may be joined, and blanks before it.
        let (mut at, both) = (0, b"\"'`[(\t\r\x0B\x0C");
        while at < both.len() {
            behind[set][both[at] as usize] = true;
            at += 1;
        }
        at = 0;
        while at < sets[set].len() {
            behind[set][sets[set][at] as usize] = true;
            at += 1;
        }
        set += 1;
    }
    behind
};

/// What literals that may be joined begin with, and blanks before it.
static LITERAL: [bool; 256] = {
    let mut literal = [false; 256];
    let (mut at, bytes) = (0, b"\"'`[( \t\r");
    while at < bytes.len() {
        literal[bytes[at] as usize] = true;
        at += 1;
    }
    literal
};

/// False for a `:` or `=` of which neither a detector nor the decoder makes anything. Most are told by what stands beside
/// them, all of which is worked out before it is looked at.
#[inline(always)]
pub(crate) fn may_assign(page: &Page<'_>, mark: u8, at: usize) -> bool {
    let [before, next, second] = [page.before(at), page.byte(at + 1), page.byte(at + 2)];
    let beside = BEHIND[usize::from(mark == b'=')][usize::from(next)]
        | (next == b' ') & LITERAL[usize::from(second)]
        | (mark == b':') & is(next, HEX) & is(before, HEX);
    (beside | secrets::seems_named(page, at)) && (beside || secrets::may_be_named(page, at))
}

/// One of `@`, `:`, `=`, `\`.
#[inline]
pub(crate) fn mark(page: &Page<'_>, mark: u8, at: usize, out: &mut Findings) {
    match mark {
        b'@' => contact::email(page, at, out),
        b'\\' => hosts::share(page, at, out),
        b':' => {
            let next = page.byte(at + 1);
            match next {
                b'/' if page.byte(at + 2) == b'/' => return auth::address(page, at, out),
                b'A' => tokens::telegram(page, at, out),
                b'$' => secrets::hashed(page, at, out),
                b'0'..=b'9' => secrets::pgpass(page, at, out),
                _ => {}
            }
            if (is(next, HEX) || next == b':') && is(page.before(at), HEX) {
                contact::colons(page, at, out);
            }
            secrets::assignment(page, at, out);
        }
        _ => secrets::assignment(page, at, out),
    }
}
