//! Names behind a label: `Name: Colin Granger`, `Surname: Whitfield`, `Surname / given names: Granger, Colin`.

use super::candidate::{self, Case};
use super::score::Cue;
use super::table::Known;
use super::{PERSON_NAME, below, lists, weigh};
use crate::classes::{ALNUM, HIGH, LETTER, UPPER, is};
use crate::detectors::Hit;
use crate::page::{Findings, Page};
use std::ops::Range;
use weir_model::Confidence;

/// A label, its punctuation and a value.
pub(super) fn labelled(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let Some((label_end, start)) = value(page, hit.end) else {
        return;
    };
    if !(may_be_name(page, start) || is(page.byte(start), UPPER | HIGH) && is_of_family(page, &hit)) {
        return;
    }
    let from = page.line_start(hit.start, 40);
    let label = page.slice(from..label_end);
    let from = from
        + label
            .iter()
            .rposition(|byte| b"\"'`{[(,;|<>&? \t".contains(byte))
            .map_or(0, |at| at + 1);
    let glued = page.text(from.min(hit.start)..label_end).to_lowercase();
    let wide = page.text(hit.start..label_end).to_lowercase();
    let before = before_label(page, hit.start, label_end);
    let person = [&glued, &wide, &before]
        .into_iter()
        .any(|label| lists::is_person_label(label));
    if is_of_both(page, hit.start, label_end) {
        match both(page, start) {
            Some(name) => out.add(&PERSON_NAME, name, Confidence::Medium),
            None => weigh(page, start, Case::Any, Cue::Person, out),
        }
        return;
    }
    let whole = is_of_whole(&before);
    let family = !whole && [&glued, &wide, &before].into_iter().any(|label| is_family(label));
    if family && let Some(name) = single(page, start) {
        out.add(&PERSON_NAME, name, Confidence::Medium);
        return;
    }
    if !whole && (is_given_or_family(&glued) || is_given_or_family(&before)) {
        return;
    }
    if page.byte(label_end) == b'>' && !is_tag(page, hit.start, start) {
        return;
    }
    if page.byte(label_end) == b'|' && is_header(page, start) {
        return;
    }
    let (case, cue) = match person {
        true => (Case::Any, Cue::Person),
        false if lists::label_weight(&before, false) > 0 => (Case::Field, Cue::Label),
        false => (Case::Capital, Cue::Label),
    };
    weigh(page, start, case, cue, out);
}

/// True when a line of dashes stands below the cell at `start`: it heads a column.
fn is_header(page: &Page<'_>, start: usize) -> bool {
    const LINE: usize = 512;
    let below = page.line_end(start, LINE) + 1;
    let line = page.slice(below..page.line_end(below.min(page.bytes.len()), LINE));
    line.len() >= 4 && line.iter().all(|byte| b"-+|=: \r".contains(byte))
}

/// Values of code are told apart before anything is looked up: a name begins with a letter, and is two words or one that
/// the table has.
fn may_be_name(page: &Page<'_>, start: usize) -> bool {
    if !is(page.byte(start), LETTER | HIGH) {
        return false;
    }
    let end = candidate::word_end(page, start);
    let goes_on = matches!(page.byte(end), b' ' | b',' | b'.' | 0xC2) && end < page.bytes.len();
    goes_on || is(page.byte(start), UPPER | HIGH) && Known::of(page.text(start..end)).is_any()
}

/// `<name>…</`: angle brackets of code hold no names.
fn is_tag(page: &Page<'_>, label: usize, value: usize) -> bool {
    let opens = page.slice(label.saturating_sub(16)..label).contains(&b'<');
    opens && memchr::memmem::find(page.slice(value..value + 80), b"</").is_some()
}

/// The label with the word before it: `full name`, `last name`.
fn before_label(page: &Page<'_>, start: usize, end: usize) -> String {
    let from = page.line_start(start, 24);
    let text = page.text(from..end);
    let words: Vec<&str> = text.rsplitn(3, [' ', '"', '\'', ',', '{', '\t', '*']).take(2).collect();
    words.into_iter().rev().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn is_given_or_family(label: &str) -> bool {
    const PARTS: &[&str] = &[
        "first",
        "last",
        "given",
        "family",
        "vorname",
        "nachname",
        "achter",
        "voor",
        "middle",
        "surname",
        "user",
        "cognome",
        "efternamn",
        "efternavn",
        "file",
        "host",
        "nick",
        "path",
        "class",
        "table",
        "service",
        "package",
        "project",
        "app",
        "domain",
        "display",
    ];
    PARTS
        .iter()
        .any(|part| label.starts_with(part) && !label.starts_with("display"))
}

/// True when the word belongs to a label of family names: `Surname`, `lastName`.
fn is_of_family(page: &Page<'_>, hit: &Hit) -> bool {
    const LONGEST: usize = 8;
    let from = page.text.ceil_char_boundary(hit.start.saturating_sub(LONGEST));
    let label = page.text(from..hit.end).to_lowercase();
    let begins = |at: &(usize, char)| is_family(&label[at.0..]);
    label.char_indices().any(|at| begins(&at))
}

/// True for a label of family names.
fn is_family(label: &str) -> bool {
    #[rustfmt::skip]
    const LABELS: [&str; 18] = [
        "last", "family", "nachname", "familienname", "surname", "achternaam", "apellido", "cognome", "efternamn",
        "efternavn", "etternavn", "nazwisko", "soyad", "příjmení", "sobrenome", "apelido", "фамилия", "прізвище",
    ];
    LABELS.iter().any(|known| label.starts_with(known))
}

/// A family name in a field of its own.
fn single(page: &Page<'_>, start: usize) -> Option<Range<usize>> {
    let end = candidate::word_end(page, start);
    let word = page.text(start..end);
    let known = || {
        Known::of(word).family() >= 4 || !Known::of(word).is_word() && lists::has_family_ending(&word.to_lowercase())
    };
    let goes_on =
        is(page.byte(end), ALNUM | HIGH) || matches!(page.byte(end), b'(' | b'_' | b'.') && end < page.bytes.len();
    let titled = word.starts_with(char::is_uppercase);
    (titled && !goes_on && (known() || is_behind_given(page, start, word))).then_some(start..end)
}

/// `First name: Winifred` and behind it a family name that is on no list.
fn is_behind_given(page: &Page<'_>, start: usize, word: &str) -> bool {
    const REACH: usize = 80;
    let plain = word.chars().skip(1).all(char::is_lowercase) && (4..=20).contains(&word.chars().count());
    if !plain || Known::of(word).is_word() || Known::of(word).is_thing() || lists::is_of_form(&word.to_lowercase()) {
        return false;
    }
    let from = page.text.ceil_char_boundary(start.saturating_sub(REACH));
    let near = page.text(from..start);
    let small = near.to_lowercase();
    let label = lists::GIVEN_LABELS
        .iter()
        .filter_map(|label| small.find(label).map(|at| at + label.len()))
        .min();
    let given = label
        .and_then(|end| near.get(end..))
        .map(|rest| rest.trim_start_matches([' ', ':', '"', '\'', '=', '>', '*']));
    let given = given.and_then(|rest| rest.split(|c: char| !c.is_alphabetic()).next());
    given.is_some_and(|given| given.starts_with(char::is_uppercase) && Known::of(given).given() >= 1)
}

/// The cells of a column of family names.
pub(super) fn family_column(page: &Page<'_>, hit: &Hit, out: &mut Findings) {
    let header = page.text(page.cell_around(hit.start)).to_lowercase();
    if is_family(&header) {
        let mut is_name = |cell: Range<usize>| single(page, cell.start).is_some_and(|name| name == cell);
        below(page, hit, &mut is_name, out);
    }
}

/// Where the value behind a label begins; and where the label ends. `None` when no mark of a label stands between.
fn value(page: &Page<'_>, from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    while at - from < 24
        && (is(page.byte(at), LETTER | HIGH) || matches!(page.byte(at), b' ' | b'_' | b'(' | b')' | b'/'))
        && at < page.bytes.len()
    {
        if page.has(at, "：") {
            break;
        }
        at += 1;
    }
    let label_end = at;
    let mut marked = false;
    while at < page.bytes.len() && at - label_end < 16 {
        match page.byte(at) {
            b':' | b'=' | b'>' | b'|' => marked = true,
            b'.' if page.byte(at + 1) == b'.' || page.before(at) == b'.' => marked = true,
            b' ' | b'\t' | b'"' | b'\'' | b'`' | b'*' | b'[' | b'(' => {}
            b'\\' if page.byte(at + 1) == b'"' => {}
            _ if page.has(at, "：") => {
                marked = true;
                at += 2;
            }
            _ => break,
        }
        at += 1;
    }
    (marked && at < page.bytes.len()).then_some((label_end, at))
}

/// `Nome e cognome:`, `Adı Soyadı:` stand before both names as they are spoken.
fn is_of_whole(label: &str) -> bool {
    // The letter without its dot is read as one with it on some pages.
    const BEFORE: [&str; 11] = [
        "e ", "y ", "i ", "und ", "and ", "en ", "et ", "och ", "og ", "ad ", "adi ",
    ];
    BEFORE.iter().any(|joint| label.starts_with(joint)) && label.split(' ').nth(1).is_some_and(is_family)
        || label.starts_with("adı ")
}

/// `Surname / given names:`, `Nom, prénom :` stand before both names, the family name first.
fn is_of_both(page: &Page<'_>, start: usize, end: usize) -> bool {
    const REACH: usize = 24;
    const GIVEN: [&str; 10] = [
        "given", "first", "forename", "vorname", "prénom", "nombre", "nome", "voornaam", "imię", "имя",
    ];
    const JOINTS: [&str; 11] = [
        "/", ",", "&", " y ", " e ", " et ", " und ", " and ", " i ", " a ", " en ",
    ];
    let label = page.text(page.line_start(start, REACH)..end).to_lowercase();
    let Some((first, second)) = JOINTS.iter().find_map(|joint| label.split_once(joint)) else {
        return false;
    };
    let second = second.trim_start();
    let first = first
        .rsplit(|letter: char| !letter.is_alphabetic() && letter != ' ')
        .next();
    first.is_some_and(|first| {
        first
            .split(' ')
            .any(|word| is_family(word) || matches!(word, "nom" | "name"))
    }) && GIVEN.iter().any(|given| second.starts_with(given))
}

/// `Quorvale Weir, Ada` at `start`, up to the end of its field: capitalised words, the given one of which is known.
fn both(page: &Page<'_>, start: usize) -> Option<Range<usize>> {
    const LONGEST: usize = 64;
    const MOST: usize = 4;
    let line = page.text(start..page.line_end(start, LONGEST));
    let field = line
        .split(['\t', ';', '|', '<', '"'])
        .next()?
        .split("  ")
        .next()?
        .trim_end();
    let (families, givens) = field.split_once(", ")?;
    let is_name = |word: &str| {
        word.starts_with(char::is_uppercase)
            && word
                .chars()
                .all(|letter| letter.is_alphabetic() || "-'’".contains(letter))
    };
    let named = |words: &str| {
        let count = words.split(' ').count();
        count <= MOST
            && words
                .split(' ')
                .all(|word| is_name(word) || candidate::is_particle(word))
    };
    let given = Known::of(givens.split([' ', '-']).next()?);
    (named(families) && named(givens) && given.given() >= 4).then(|| start..start + field.len())
}
