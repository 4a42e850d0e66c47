//! The words that are looked for beside values, in one list: those of types of numbers and of codes, of what is harmless,
//! and of telephones. They are looked up for all of these at once ([`Names`]).

use super::codes::{self, CODES};
use super::numbers;
use super::words::PHONE_WORDS;
use crate::context::{HARMLESS_WORDS, Kind, Names};

/// All of them. Types of numbers have the first places, in the order of their tables.
pub(crate) static NAMES: Names<{ count() }> = Names::new(all());

const FIRST_CODE: usize = u128::BITS as usize;
/// Words after which a number or code is not personal.
pub(crate) const HARMLESS: Kind = Kind(u8::MAX - 1);
/// Words beside telephone numbers.
pub(super) const TELEPHONE: Kind = Kind(u8::MAX);

/// The words of a code, by its place in the table.
pub(super) const fn of_code(place: usize) -> Kind {
    Kind((FIRST_CODE + place) as u8)
}

const fn count() -> usize {
    let mut count = HARMLESS_WORDS.len() + PHONE_WORDS.len();
    let mut place = 0;
    while place < numbers::TYPES {
        count += numbers::words_of(place).len();
        place += 1;
    }
    place = 0;
    while place < CODES.len() {
        count += codes::words_of(place).len();
        place += 1;
    }
    count
}

/// The words, and what each speaks of.
struct List<const N: usize> {
    words: [(&'static str, u8); N],
    count: usize,
}

impl<const N: usize> List<N> {
    const fn add(&mut self, words: &'static [&'static str], kind: Kind) {
        let mut at = 0;
        while at < words.len() {
            self.words[self.count] = (words[at], kind.0);
            self.count += 1;
            at += 1;
        }
    }
}

const fn all<const N: usize>() -> [(&'static str, u8); N] {
    assert!(numbers::TYPES <= FIRST_CODE && CODES.len() <= HARMLESS.0 as usize - FIRST_CODE);
    let mut list = List {
        words: [("", 0); N],
        count: 0,
    };
    let mut place = 0;
    while place < numbers::TYPES {
        list.add(numbers::words_of(place), Kind(place as u8));
        place += 1;
    }
    place = 0;
    while place < CODES.len() {
        list.add(codes::words_of(place), of_code(place));
        place += 1;
    }
    list.add(HARMLESS_WORDS, HARMLESS);
    list.add(PHONE_WORDS, TELEPHONE);
    list.words
}
