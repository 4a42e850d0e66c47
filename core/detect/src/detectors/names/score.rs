//! How sure a candidate is a person: the sum of what its words, its form and its surroundings say.
//!
//! The weights are set by hand, about three to a factor of e in the odds, and checked on generated letters, tickets and
//! tables and on public code (`docs/design/names.md` has the figures): [`MEDIUM`] stands where fewer than one report in
//! twenty was wrong.

use super::candidate::{Candidate, Kind, Part, is_patronymic};
use super::lists;
use super::table::Known;
use crate::classes::{DIGIT, LOWER, UPPER, is};
use crate::page::{Listed, Page};
use crate::phrases::{Index, Sorted};
use std::ops::Range;
use weir_model::Confidence;

const MEDIUM: i32 = 10;
const HIGH: i32 = 16;
/// What a label says under which people and things are named.
pub(super) const NAMED: i32 = 4;
/// What a label says under which only people are.
pub(super) const PERSON: i32 = 14;
/// No sum of signs outweighs this.
const NEVER: i32 = -100;

/// What called the detector.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cue {
    /// Capitalised words.
    Shape,
    /// `Name:`, which things have as well.
    Label,
    /// `Patient:`, `full_name=`, `my name is`.
    Person,
    /// `Mr.`, `Frau`
    Title,
}

impl Cue {
    fn weight(self) -> i32 {
        match self {
            Self::Shape => 0,
            Self::Label => NAMED,
            Self::Person => PERSON,
            Self::Title => 8,
        }
    }
}

/// The confidence that the candidate is a person, `None` below [`Confidence::Medium`].
pub(super) fn confidence(page: &Page<'_>, candidate: &Candidate, cue: Cue) -> Option<Confidence> {
    let own = words(page, candidate, cue);
    // Surroundings are read only where they can change the answer.
    if own + cue.weight().max(PERSON) < MEDIUM {
        return None;
    }
    let around = surroundings(page, candidate, cue, MEDIUM - own)?;
    // Whoever is called so as well fills in forms and signs letters.
    const TOLD: i32 = 8;
    if (around < TOLD || is_stand_in(page, candidate)) && is_famous(page, candidate) {
        return None;
    }
    Some(if own + around >= HIGH {
        Confidence::High
    } else {
        Confidence::Medium
    })
}

/// A name that forms are filled in with in manuals.
fn is_stand_in(page: &Page<'_>, candidate: &Candidate) -> bool {
    #[rustfmt::skip]
    const FAMILIES: [&str; 17] = [
        "doe", "roe", "sample", "public", "mustermann", "musterfrau", "bloggs", "smith", "dupont", "citizen", "example",
        "user", "jansen", "kowalski", "perez", "pérez", "rossi",
    ];
    let last = candidate.words().next_back();
    last.is_some_and(|part| FAMILIES.contains(&page.text(part.span.clone()).to_lowercase().as_str()))
}

/// Somebody whom all know.
fn is_famous(page: &Page<'_>, candidate: &Candidate) -> bool {
    let mut words = candidate.words().map(|part| page.text(part.span.clone()));
    let (first, second, third) = (words.next().unwrap_or(""), words.next().unwrap_or(""), words.next());
    // `Alfa Romeo Giulia`, `Edgar Allan Poe`
    Known::of_both(first, second).is_famous()
        || words.next().is_none() && third.is_some_and(|third| Known::of_both(first, third).is_famous())
}

/// What the words themselves say.
fn words(page: &Page<'_>, candidate: &Candidate, cue: Cue) -> i32 {
    let words: Vec<_> = candidate.words().collect();
    let [first, .., last] = words[..] else { return NEVER };
    // `Joanna King`: many family names are things as well.
    let (rest, kingly) = match words.split_last() {
        Some((last, rest)) if first.known.given() == 6 && last.known.family() >= 4 => (rest, last.known.is_thing()),
        _ => (&words[..], false),
    };
    if rest.iter().any(|part| part.known.is_thing()) {
        return NEVER;
    }
    if !fits_its_case(page, candidate, first.known.given(), last.known.family())
        || candidate.turned && !is_turned(page, candidate, words[1].known, cue)
    {
        return NEVER;
    }
    let in_capitals = capital_family(page, &words);
    let western = first.known.given() + family(page, last) + middle(page, &words[1..words.len() - 1]);
    let family_first = first.known.family() + words[1].known.given() + middle(page, &words[2..]);
    let eastern = !page.text(first.span.clone()).is_ascii() || candidate.turned;
    let sum = match (candidate.turned, eastern) {
        // Lists have commas as well, but not in a message, nor in a field that begins with no word: `Name: Berlin, Victoria`.
        (true, _) if !is_message(page, first) && (cue == Cue::Shape || cue == Cue::Label && first.known.is_word()) => {
            family_first - 6
        }
        (true, _) => words[1].known.given() + first.known.family().max(0) + middle(page, &words[2..]),
        (false, true) if first.known.family() >= 4 => western.max(family_first),
        _ => in_capitals.map_or(western, |family_first| western.max(family_first)),
    };
    let sum = if kingly { sum - 6 } else { sum };
    sum + i32::from(candidate.has(Kind::Initial)) * 3 + i32::from(candidate.has(Kind::Particle)) * 3
}

/// What the words say when the family name is the one in capitals: `GRANGER Colin`, `DE LA QUORVALE Solène`.
fn capital_family(page: &Page<'_>, words: &[&Part]) -> Option<i32> {
    const MOST: usize = 2;
    let count = words.iter().take_while(|part| is_in_capitals(page, part)).count();
    let family = words[..count].iter().map(|part| part.known.family()).max();
    let given = words.get(count).filter(|part| part.known.given() >= 4)?;
    let family = family.filter(|_| count <= MOST)?;
    Some(family + given.known.given() + middle(page, &words[count + 1..]))
}

fn is_in_capitals(page: &Page<'_>, part: &Part) -> bool {
    let word = page.text(part.span.clone());
    word.chars().nth(1).is_some() && !word.chars().any(char::is_lowercase)
}

/// True for `Granger, Colin`. In a field the family name may be on no list: `Name: Quorvale, Colin`.
fn is_turned(page: &Page<'_>, candidate: &Candidate, given: Known, cue: Cue) -> bool {
    let Some(first) = candidate.words().next() else {
        return false;
    };
    // `Name: Ginger, Olive, Basil` goes on as lists do.
    if cue != Cue::Shape && first.known.family() < 3 {
        return !first.known.is_word() && given.given() >= 4 && page.byte(candidate.span().end) != b',';
    }
    first.known.family() >= 3 && given.given() >= 3
}

/// True for `GRANGER^COLIN`, as messages between hospitals have it.
fn is_message(page: &Page<'_>, first: &Part) -> bool {
    page.byte(first.span.end) == b'^'
}

/// Names in small letters must both be known.
fn fits_its_case(page: &Page<'_>, candidate: &Candidate, given: i32, family: i32) -> bool {
    let small = candidate
        .words()
        .any(|part| page.text(part.span.clone()).starts_with(char::is_lowercase));
    !small || given >= 4 && family >= 3 || candidate.turned
}

/// What the last word says; names of no list are told by their endings.
fn family(page: &Page<'_>, last: &Part) -> i32 {
    let word = page.text(last.span.clone());
    let known = last.known.family();
    if known < 2 && !last.known.is_word() && (lists::has_family_ending(&word.to_lowercase()) || is_patronymic(word)) {
        return 3;
    }
    known
}

fn middle(page: &Page<'_>, parts: &[&Part]) -> i32 {
    let weight = |known: Known| if known.given().max(known.family()) >= 3 { 1 } else { -4 };
    parts
        .iter()
        .map(|part| {
            if is_patronymic(page.text(part.span.clone())) {
                4
            } else {
                weight(part.known)
            }
        })
        .sum()
}

/// What stands around says, when it is `enough`. The cheapest signs are read first.
fn surroundings(page: &Page<'_>, candidate: &Candidate, cue: Cue, enough: i32) -> Option<i32> {
    let span = candidate.span();
    if behind_glue(page, span.start) || is_cited(page, span.end) || is_place(page, span.start) {
        return None;
    }
    let line = page.line_start(span.start, 160);
    let beside =
        following(page, candidate) + own_mail(page, candidate, line) - house(page, span.end) + behind(page, span.end);
    if beside + cue.weight().max(PERSON) < enough {
        return None;
    }
    let before = page.text(line..span.start);
    let ahead = ahead(page, before, line, &span);
    // `the Magna Carta`: an article that people have in few languages, and not in English.
    let last = before.trim_end().rsplit(' ').next().unwrap_or("");
    let is_thing = cue == Cue::Shape && last.eq_ignore_ascii_case("the");
    let sum = if is_thing { ahead } else { ahead.max(cue.weight()) } + beside;
    (sum >= enough && !lists::is_credit(page, line..span.start)).then_some(sum)
}

/// What stands before on the line that begins at `line`: a label, a number, or the words of a sentence.
fn ahead(page: &Page<'_>, before: &str, line: usize, span: &Range<usize>) -> i32 {
    label(page, before, span.start).unwrap_or_else(|| {
        let weight = leading(page, before, line, span.start);
        if weight <= 0 && is_behind_number(page, before, span) {
            6
        } else {
            weight
        }
    })
}

/// `BSN 111222333 (Ada Weir)`, `passport X1234567, Ada Weir`: whose number stands before the name.
fn is_behind_number(page: &Page<'_>, before: &str, span: &Range<usize>) -> bool {
    const ENDS: [u8; 6] = [b')', b'.', b',', b';', b'\n', b'\r'];
    if page.bytes.get(span.end).is_some_and(|end| !ENDS.contains(end)) {
        return false;
    }
    let numbered = |text: &str| text.ends_with(|last: char| last.is_ascii_digit());
    match before.trim_end_matches(' ').as_bytes() {
        [rest @ .., b'('] if page.byte(span.end) == b')' => {
            is_long_number(rest.trim_ascii_end().iter().rev().copied())
                || numbered(before.trim_end_matches([' ', '('])) && is_form(page, span.start)
        }
        [rest @ .., b','] if before.ends_with(' ') => {
            is_long_number(rest.iter().rev().copied())
                || numbered(before.trim_end_matches([' ', ','])) && is_form(page, span.start)
        }
        [.., b' ', b'/' | b'|'] if before.ends_with(' ') => is_form(page, span.start),
        _ => false,
    }
}

/// Nine digits and more in a row, with at most one mark between two: shorter ones are dates and versions.
fn is_long_number(bytes: impl Iterator<Item = u8>) -> bool {
    const FEWEST: usize = 9;
    const LONGEST: usize = 32;
    let run = bytes
        .take(LONGEST)
        .take_while(|byte| is(*byte, DIGIT) || matches!(byte, b' ' | b'-' | b'.' | b'/'));
    run.filter(|byte| is(*byte, DIGIT)).take(FEWEST).count() == FEWEST
}

fn lower(page: &Page<'_>, range: Range<usize>) -> String {
    page.text(range).to_lowercase()
}

/// Inside a path, an address or an identifier.
fn behind_glue(page: &Page<'_>, start: usize) -> bool {
    let before = page.before(start);
    matches!(before, b'/' | b'\\' | b'_' | b'.' | b'$' | b'#' | b'&' | b'=' | b'-')
        && !(before == b'.' && page.before(start - 1) == b'.')
        && !(before == b'=' || before == b'-' && start >= 2 && page.byte(start - 2) == b'-')
}

/// `St. James Park`, `Mount Isa`: places named after people.
fn is_place(page: &Page<'_>, start: usize) -> bool {
    const BEFORE: [&[u8]; 9] = [
        b"St. ", b"Saint ", b"Sankt ", b"Mt. ", b"Mount ", b"Fort ", b"Lake ", b"Port ", b"Hotel ",
    ];
    let before = page.slice(start.saturating_sub(6)..start);
    BEFORE.iter().any(|word| before.ends_with(word))
}

/// `(1999)`, `et al.`, `[12]`: a source is named.
fn is_cited(page: &Page<'_>, end: usize) -> bool {
    let after = page.slice(end..end + 10);
    let year = |bytes: &[u8]| {
        bytes.len() > 4
            && (bytes.starts_with(b"19") || bytes.starts_with(b"20"))
            && bytes[2].is_ascii_digit()
            && bytes[3].is_ascii_digit()
            && !bytes[4].is_ascii_digit()
    };
    after.starts_with(b" et al")
        || after.starts_with(b", et al")
        || after.strip_prefix(b" (").is_some_and(year)
        || after.starts_with(b" (@")
        || after.starts_with(b"](http")
        || after.starts_with(b"]: http")
        || after.starts_with(b" [") && after.get(2).is_some_and(u8::is_ascii_digit)
}

/// The weight of the label or header the name stands under.
fn label(page: &Page<'_>, before: &str, start: usize) -> Option<i32> {
    let trimmed = before.trim_end_matches([' ', '\t', '"', '\'', '`', '[', '(', '*', '>', '“', '「']);
    let label = match trimmed.strip_suffix([':', '=', '：']) {
        Some(label) => label.trim_end_matches(['"', '\'', '`', '*', ' ', ':']),
        None if before.ends_with('>') => match page.place(start) {
            Some(place) => return Some(lists::label_weight(&place.header.to_lowercase(), true)),
            None => trimmed,
        },
        None => {
            let place = page.place(start);
            return place.map(|place| lists::label_weight(&place.header.to_lowercase(), true));
        }
    };
    let from = label
        .rfind([',', ';', '.', '{', '(', '|', '"', '\'', '<', '\t', '&'])
        .map_or(0, |at| at + 1);
    let label = label.get(from..).unwrap_or("").trim();
    let weight = lists::label_weight(&label.to_lowercase(), false);
    // `Name:` is what things have as well, but not in a form about a person.
    Some(if weight == NAMED && is_form(page, start) {
        PERSON
    } else {
        weight
    })
}

/// True when fields that only people have stand near.
fn is_form(page: &Page<'_>, at: usize) -> bool {
    const REACH: usize = 240;
    const LONGEST: usize = 32;
    #[rustfmt::skip]
    static FIELDS: &Index = &Sorted::by_start([
        "dob", "d.o.b", "date of birth", "birth", "ssn", "social security", "passport", "gender", "patient", "mrn",
        "marital", "nationality", "nhs n", "hospital n", "insurance n", "employee", "driving licen", "driver licen",
        "geburtsdatum", "geboren", "né le", "née le", "naissance", "nacimiento", "nascita", "nascimento", "geboorte",
        "urodzenia", "födelse", "doğum", "рождения", "народження", "生年月日", "出生", "생년월일", "паспорт", "pesel", "nric",
        "personnummer", "fødselsn", "kimlik no", "tckn", "n.i.e", "nie:", "steuer-id", "identifikationsnummer", "steuerklasse",
        "numéro de sécurité sociale", "codice fiscale", "rodné číslo", "henkilötunnus", "burgerservicenummer", "pasaporte",
        "führerschein", "снилс", "rijbewijs",
    ]);
    let from = page.text.ceil_char_boundary(at.saturating_sub(REACH));
    let around = from..page.text.floor_char_boundary(at + REACH);
    page.lists(Listed::Fields, around, LONGEST, |text| {
        FIELDS.stands_in(&text.to_lowercase())
    })
}

/// The weight of the words right before, or of the line above.
fn leading(page: &Page<'_>, before: &str, line: usize, start: usize) -> i32 {
    let words = before.trim_end_matches([' ', '"', '\'', '(', '[', '*', '“', '«', '\t', '-', '•', '>', '<']);
    if words.is_empty() {
        return above(page, line);
    }
    if before.ends_with(' ') || words.len() == before.len() {
        let weight = lists::phrase_weight(&last_words(words));
        if weight != 0 {
            return weight;
        }
        return if goes_on(page, line..start) { -4 } else { 0 };
    }
    0
}

/// As much of the end of a text as a phrase takes, in lower case.
fn last_words(text: &str) -> String {
    const LONGEST: usize = 64;
    text[text.ceil_char_boundary(text.len().saturating_sub(LONGEST))..].to_lowercase()
}

/// A capitalised word before that is no role and begins no sentence makes a title: `the Hotel Maria Theresia`.
fn goes_on(page: &Page<'_>, before: Range<usize>) -> bool {
    let text = page.text(before);
    let Some(text) = text.strip_suffix(' ') else {
        return false;
    };
    let Some((rest, word)) = text.rsplit_once(' ') else {
        return false;
    };
    let begins = rest
        .trim_end()
        .ends_with(['.', '!', '?', ':', ';', '-', '*', '|', ',', '"', '(', ')', '>', '#'])
        || rest.trim().is_empty();
    word.starts_with(char::is_uppercase) && !begins
}

/// The line above closes a letter, or is the label of what stands below: `Ship to:`.
fn above(page: &Page<'_>, line: usize) -> i32 {
    let Some(end) = line.checked_sub(1) else { return 0 };
    let mut text = lower(page, page.line_start(end, 60)..end);
    if text.trim().is_empty() && end > 0 {
        let previous = end - 1;
        text = lower(
            page,
            page.line_start(previous, 60)..previous.max(page.line_start(previous, 60)),
        );
    }
    let text = text.trim();
    if text.strip_suffix(':').is_some_and(lists::is_person_label) {
        return PERSON;
    }
    lists::closing_weight(text)
}

/// The word right behind: a title that goes on, or what people do.
fn following(page: &Page<'_>, candidate: &Candidate) -> i32 {
    let Some(next) = &candidate.next else { return 0 };
    if Known::of(page.text(next.clone())).is_thing() {
        NEVER
    } else {
        -1
    }
}

/// What stands behind, where a mark or a small word does.
fn behind(page: &Page<'_>, end: usize) -> i32 {
    const LONGEST: usize = 16;
    let marks = page.slice(end..end + 2);
    if !matches!(marks, [b',', b' '] | [b' ', b'(' | b'-' | b'|' | b'a'..=b'z']) {
        return 0;
    }
    if !is(page.byte(end + 1), LOWER) && is_number_behind(page, end + 2) {
        return 6;
    }
    lists::behind_weight(&lower(page, end..page.text.floor_char_boundary(end + LONGEST)))
}

/// `Ada Weir, 111 222 333`, `Ada Weir (19800412-3348)`, `Ada Weir | +44 7700 900123`: a number of hers, and no date.
fn is_number_behind(page: &Page<'_>, at: usize) -> bool {
    const LONGEST: usize = 34;
    let behind = page.slice(at..page.bytes.len().min(at + LONGEST)).trim_ascii_start();
    let behind = behind.strip_prefix(b"+").unwrap_or(behind);
    let first = behind.iter().take_while(|byte| is(**byte, DIGIT)).count();
    let is_date = matches!(first, 1 | 2 | 4) && matches!(behind.get(first), Some(b'-' | b'/' | b'.'));
    first > 0 && !is_date && is_long_number(behind.iter().copied())
}

/// Streets are named after people: `Via Anna Magnani 12`, `3 Jeffrey Lane`.
fn house(page: &Page<'_>, end: usize) -> i32 {
    let at = end + usize::from(page.byte(end) == b',');
    let digits = page
        .slice(at + 1..at + 6)
        .iter()
        .take_while(|byte| is(**byte, DIGIT))
        .count();
    let numbered = page.byte(at) == b' ' && (1..=4).contains(&digits);
    // `Ada Weir, 23 Beech Grove` is a person, and an address.
    let street = at > end && page.byte(at + 1 + digits) == b' ' && is(page.byte(at + 2 + digits), UPPER);
    if numbered && !street && !matches!(page.byte(at + 1 + digits), b'.' | b'/' | b'-' | b':') {
        5
    } else {
        0
    }
}

/// An e-mail address beside the name that holds its last word.
fn own_mail(page: &Page<'_>, candidate: &Candidate, line: usize) -> i32 {
    let span = candidate.span();
    let near = page.slice(line.max(span.start.saturating_sub(80))..span.end + 100);
    if memchr::memchr(b'@', near).is_none() {
        return 0;
    }
    let near = near.to_ascii_lowercase();
    let held = candidate.words().any(|part| {
        let word = page.text(part.span.clone()).to_lowercase();
        word.len() >= 4
            && memchr::memmem::find_iter(&near, word.as_bytes()).any(|at| {
                let rest = &near[at + word.len()..];
                rest.iter()
                    .take(20)
                    .take_while(|byte| !byte.is_ascii_whitespace())
                    .any(|byte| *byte == b'@')
            })
    });
    if held { 6 } else { 0 }
}
