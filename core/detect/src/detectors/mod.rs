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
mod numbers;
mod phones;
mod secrets;
mod seeds;
mod source;
mod tokens;
mod wallets;
mod whereabouts;
mod words;

pub(crate) use hostile::HIDDEN_TEXT;

use crate::classes::{DIGIT, HIGH, TOKEN, class, is, run_end};
use crate::decode::MIRRORED;
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

/// Finds nothing itself, and remembers that what follows may stand under the name of a column, or written backwards.
struct Headings;

impl Family for Headings {
    fn infos(&self) -> Vec<&'static Info> {
        Vec::new()
    }

    fn words(&self) -> Vec<Word> {
        let headings = ["values", "th>", "th "];
        headings.into_iter().chain(MIRRORED).map(Word::any_case).collect()
    }

    fn word(&self, page: &Page<'_>, hit: Hit, _out: &mut Findings) {
        match hit.index {
            0 if is_between_brackets(page, hit) => page.mention(Topic::Rows),
            1 | 2 if page.before(hit.start) == b'<' => page.mention(Topic::Cells),
            3.. => page.mention(Topic::Mirrored),
            _ => {}
        }
    }
}

/// True between the columns of a statement and its first row.
fn is_between_brackets(page: &Page<'_>, hit: Hit) -> bool {
    let before = page.bytes[..hit.start].trim_ascii_end();
    let after = page.bytes[hit.end..].trim_ascii_start();
    before.ends_with(b")") && after.starts_with(b"(")
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
pub(crate) fn token(page: &Page<'_>, token: Token, out: &mut Findings) {
    tokens::odd(page, token, out);
    match token.len() {
        17 => contact::dashed_mac(page, token, out),
        4 | 12 => contact::bare_mac(page, token, out),
        _ => {}
    }
    if page.slice(token.start..token.end).is_ascii() {
        return code(page, token, out);
    }
    // Codes touch the words of languages that write without spaces.
    let mut at = token.start;
    while at < token.end {
        let end = run_end(page.bytes, at, TOKEN, token.end - at);
        let classes = page.slice(at..end).iter().fold(0, |seen, byte| seen | class(*byte));
        // The first group of an account number is shorter than a code.
        let group = end - at == 4 && page.byte(end) == b' ';
        if (end - at >= 5 || group) && classes & DIGIT != 0 {
            let part = Token {
                start: at,
                end,
                classes,
            };
            code(page, part, out);
        }
        at = run_end(page.bytes, end, HIGH, token.end - end).max(end + 1);
    }
}

/// A token of ASCII characters.
fn code(page: &Page<'_>, token: Token, out: &mut Findings) {
    codes::find(page, token, out);
    if token.len() >= 26 {
        wallets::find(page, token, out);
    }
}

/// One of `@`, `:`, `=`, `\`.
pub(crate) fn mark(page: &Page<'_>, mark: u8, at: usize, out: &mut Findings) {
    match mark {
        b'@' => contact::email(page, at, out),
        b'\\' => hosts::share(page, at, out),
        b':' if page.slice(at..at + 3) == b"://" => auth::address(page, at, out),
        b':' => {
            contact::colons(page, at, out);
            match page.byte(at + 1) {
                b'A' => tokens::telegram(page, at, out),
                b'$' => secrets::hashed(page, at, out),
                b'0'..=b'9' => secrets::pgpass(page, at, out),
                _ => {}
            }
            secrets::assignment(page, at, out);
        }
        _ => secrets::assignment(page, at, out),
    }
}
