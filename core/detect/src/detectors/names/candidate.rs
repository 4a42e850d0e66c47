//! Reading a name: capitalised words in a row, with the initials and particles between them.

use super::table::Known;
use crate::classes::{HIGH, LOWER, UPPER, is, is_letter, letters_end};
use crate::page::Page;
use crate::phrases::{Index, Sorted};
use std::ops::Range;

/// Words of a name, at most this many.
const MOST: usize = 6;
/// Letters of a word, at most this many.
const MOST_LETTERS: usize = 40;

/// A word of a name.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) span: Range<usize>,
    pub(super) known: Known,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `Granger`
    Word,
    /// `J.`
    Initial,
    /// `van`, `de la`, `bin`
    Particle,
}

/// What may be a name.
pub(super) struct Candidate {
    pub(super) parts: Vec<Part>,
    /// The family name stands first: `Granger, Colin`.
    pub(super) turned: bool,
    /// The capitalised word right behind it, if one stands there.
    pub(super) next: Option<Range<usize>>,
}

/// How words may be written where a name is expected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// Each word begins with a capital letter.
    Capital,
    /// So it does, and a field says that this is a name: `Name: Quorvale, Colin`.
    Field,
    /// Small letters will do: a field says that this is a person's name.
    Any,
}

impl Candidate {
    pub(super) fn span(&self) -> Range<usize> {
        let start = self.parts.first().map_or(0, |part| part.span.start);
        let end = self.parts.last().map_or(start, |part| part.span.end);
        start..end
    }

    /// The words that are neither initials nor particles.
    pub(super) fn words(&self) -> impl DoubleEndedIterator<Item = &Part> {
        self.parts.iter().filter(|part| part.kind == Kind::Word)
    }

    pub(super) fn has(&self, kind: Kind) -> bool {
        self.parts.iter().any(|part| part.kind == kind)
    }
}

/// Reads a name that begins at `start`.
pub(super) fn read(page: &Page<'_>, start: usize, case: Case) -> Option<Candidate> {
    let mut candidate = Candidate {
        parts: Vec::with_capacity(MOST),
        turned: false,
        next: None,
    };
    let mut at = start;
    while candidate.parts.len() < MOST {
        let Some(part) = part(page, at, case, candidate.parts.is_empty()) else {
            break;
        };
        let end = part.span.end;
        candidate.parts.push(part);
        match gap(page, end, &candidate) {
            Gap::Space(length) => at = end + length,
            Gap::Comma if case != Case::Capital || candidate.parts[0].known.family() >= 4 => {
                candidate.turned = true;
                at = end + 2;
            }
            Gap::Caret => {
                candidate.turned = true;
                at = end + 1;
            }
            _ => break,
        }
    }
    while candidate.parts.last().is_some_and(|part| part.kind == Kind::Particle) {
        candidate.parts.pop();
    }
    drop_strangers(page, &mut candidate, case);
    candidate.words().next()?;
    Some(candidate)
}

enum Gap {
    Space(usize),
    Comma,
    /// `GRANGER^COLIN^J`
    Caret,
    None,
}

fn gap(page: &Page<'_>, end: usize, candidate: &Candidate) -> Gap {
    let initial = candidate.parts.last().is_some_and(|part| part.kind == Kind::Initial);
    match page.bytes.get(end..).unwrap_or_default() {
        [b' ', next, ..] if *next != b' ' => Gap::Space(1),
        [0xC2, 0xA0, ..] => Gap::Space(2),
        _ if initial => Gap::Space(0),
        [b',', b' ', ..] if candidate.parts.len() == 1 && !candidate.turned => Gap::Comma,
        [b'^', next, ..] if candidate.parts.len() == 1 && is(*next, UPPER | HIGH) => Gap::Caret,
        [b'^', next, b'^' | b'|', ..] if candidate.parts.len() == 2 && candidate.turned && is(*next, UPPER) => {
            Gap::Caret
        }
        _ => Gap::None,
    }
}

fn part(page: &Page<'_>, start: usize, case: Case, first: bool) -> Option<Part> {
    let end = word_end(page, start);
    let word = page.text.get(start..end)?;
    let mut letters = word.chars();
    let head = letters.next()?;
    let capital = head.is_uppercase();
    let kind = if letters.next().is_none() && capital {
        Kind::Initial
    } else if !first && is_particle(word) || is_capital_particle(page, word, end) {
        Kind::Particle
    } else if capital && is_one_word(word) || case == Case::Any && head.is_lowercase() {
        Kind::Word
    } else {
        return None;
    };
    let dotted = kind == Kind::Initial && page.byte(end) == b'.';
    if glued(page, end) && !dotted {
        return None;
    }
    let known = match kind {
        Kind::Word => known(word),
        _ => Known::default(),
    };
    let end = if dotted { end + 1 } else { end };
    Some(Part {
        span: start..end,
        known,
        kind,
    })
}

/// What the lists say of a word, of both halves when it has a hyphen.
fn known(word: &str) -> Known {
    let whole = Known::of(word);
    if whole.is_any() || !word.bytes().any(|byte| byte == b'-') {
        return whole;
    }
    word.split('-').map(Known::of).reduce(Known::joined).unwrap_or_default()
}

/// The end of a run of letters, with hyphens and apostrophes inside.
pub(super) fn word_end(page: &Page<'_>, start: usize) -> usize {
    // Most words are plain: the letters of other scripts, and what joins letters, are looked at one by one.
    let end = letters_end(page.bytes, start, MOST_LETTERS);
    if end == page.bytes.len() || !is(page.bytes[end], HIGH) && !matches!(page.bytes[end], b'-' | b'\'') {
        return end;
    }
    let Some(rest) = page.text.get(start..) else {
        return start;
    };
    for (count, (at, letter)) in rest.char_indices().enumerate() {
        let joins = || {
            let next = rest[at + letter.len_utf8()..].chars().next();
            count + 1 < MOST_LETTERS && next.is_some_and(is_letter)
        };
        let inside = is_letter(letter)
            || matches!(letter, '\u{300}'..='\u{36F}' | '\u{900}'..='\u{903}' | '\u{93A}'..='\u{94F}' | '\u{5B0}'..='\u{5C7}')
            || matches!(letter, '-' | '\'' | '’') && joins();
        if count == MOST_LETTERS || !inside {
            return start + at;
        }
    }
    start + rest.len()
}

/// A word that goes on is no name: `Anna2`, `Anna_id`, `Anna()`, `Anna.call`.
fn glued(page: &Page<'_>, end: usize) -> bool {
    let next = page.byte(end);
    next.is_ascii_digit()
        || matches!(next, b'_' | b'(' | b'=' | b'/' | b'\\' | b'@' | b'$' | b'{')
        || matches!(next, b'.' | b':' | b'-') && page.byte(end + 1).is_ascii_alphanumeric()
}

/// `TryCurrentError` is no name, `McDonald`, `DeLuca` and `Anne-Marie` are.
fn is_one_word(word: &str) -> bool {
    const PREFIXES: [&str; 11] = ["Mc", "Mac", "De", "Di", "La", "Le", "Van", "Fitz", "Al", "Du", "El"];
    if word.bytes().skip(1).all(|byte| is(byte, LOWER)) {
        return true;
    }
    let rest = PREFIXES.iter().find_map(|prefix| {
        word.strip_prefix(prefix)
            .filter(|rest| rest.starts_with(char::is_uppercase))
    });
    let halves = rest.unwrap_or(word).split(['-', '\'', '’']);
    word.chars().all(|letter| !letter.is_lowercase())
        || halves
            .into_iter()
            .all(|half| half.chars().skip(1).all(|letter| !letter.is_uppercase()))
}

/// `LE GOFF`, `DE LA CRUZ`: a particle in capitals before a name in capitals.
fn is_capital_particle(page: &Page<'_>, word: &str, end: usize) -> bool {
    let goes_on = || page.byte(end) == b' ' && is(page.byte(end + 1), UPPER) && is(page.byte(end + 2), UPPER);
    (2..=3).contains(&word.len())
        && word.bytes().all(|byte| is(byte, UPPER))
        && goes_on()
        && is_particle(&word.to_ascii_lowercase())
}

pub(super) fn is_particle(word: &str) -> bool {
    static PARTICLES: &Index = &Sorted::by_start([
        "van", "von", "de", "der", "den", "da", "do", "dos", "das", "di", "del", "della", "la", "le", "el", "al",
        "bin", "ibn", "bint", "ter", "ten", "zu", "zum", "zur", "du", "des", "af", "av", "vom", "abu", "ben", "lo",
    ]);
    word.len() <= "della".len() && PARTICLES.has(word) || word == "y"
}

/// Takes words off the end that are no names, as far as two words stay.
fn drop_strangers(page: &Page<'_>, candidate: &mut Candidate, case: Case) {
    let named = |part: &Part| part.kind == Kind::Word && (part.known.family() >= 3 || part.known.given() >= 4);
    while candidate.words().count() > 2
        && !candidate.turned
        && let Some(last) = candidate.parts.last()
        && !named(last)
        && !ends_double(candidate)
        && !(case == Case::Any && page.text(last.span.clone()).starts_with(char::is_uppercase))
        && !is_patronymic(page.text(last.span.clone()))
    {
        candidate.next = Some(last.span.clone());
        candidate.parts.pop();
        while candidate.parts.last().is_some_and(|part| part.kind != Kind::Word) {
            candidate.parts.pop();
        }
    }
}

/// An unknown family name behind two given ones: `Daniel Kai Quorvale`.
fn ends_double(candidate: &Candidate) -> bool {
    let words: Vec<_> = candidate.words().collect();
    match words[..] {
        [.., first, second, last] => {
            first.known.given() >= 6 && second.known.given() >= 6 && second.known.family() < 4 && !last.known.is_any()
        }
        _ => false,
    }
}

/// The father's name of Russian, Ukrainian and Bulgarian names.
pub(super) fn is_patronymic(word: &str) -> bool {
    const ENDS: [&str; 8] = ["вич", "вна", "ична", "инична", "ьич", "ovich", "evich", "ovna"];
    ENDS.iter().any(|end| word.ends_with(end))
}
