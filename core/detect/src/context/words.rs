//! Words as they are compared: in lower case, with `_`, `-` and camel case read as spaces; and looking for some among them.

use crate::classes::{ALNUM, HIGH, LETTER, LOWER, UPPER, is};
use crate::detectors::NAMES;
use crate::lexicon::load;
use crate::masks::{self, BLOCK, Small};
use crate::phrases::goes_on_alike;
use fearless_simd::Level;
use std::cell::{Cell, Ref, RefCell};
use std::ops::Range;

/// Bytes of the longest text that is folded; of a longer one, as many are.
pub(super) const CAPACITY: usize = 160;

/// True for labels that say nothing about the value, so that the words before them still count.
pub(super) fn is_empty_label(label: &[u8]) -> bool {
    #[rustfmt::skip]
    const FOREIGN: [&str; 5] = ["número", "wartość", "значение", "值", "値"];
    #[rustfmt::skip]
    let empty = matches!(
        label,
        b"value" | b"val" | b"number" | b"no" | b"id" | b"nr" | b"num" | b"data" | b"text" | b"content" | b"input"
            | b"output" | b"field" | b"note" | b"n" | b"is" | b"this" | b"here" | b"it" | b"#" | b"nummer"
            | b"numero" | b"answer" | b"a" | b"user" | b"assistant" | b"v" | b"below" | b"following" | b"wert"
            | b"valor" | b"valeur" | b"valore" | b"waarde"
    );
    empty || !label.is_ascii() && FOREIGN.iter().any(|known| known.as_bytes() == label)
}

/// A short text folded for comparison.
pub(crate) struct Words {
    /// There is room for a block behind the last byte.
    bytes: [u8; CAPACITY + BLOCK],
    pub(super) len: usize,
    /// Where words begin.
    places: [u8; MAX_WORDS],
    pub(super) count: usize,
    /// Which words of [`NAMES`] stand in it, once somebody has asked.
    standing: RefCell<Vec<Standing>>,
    is_looked_up: Cell<bool>,
}

/// Where a word of [`NAMES`] stands in a text.
#[derive(Clone, Copy)]
struct Standing {
    kind: u8,
    start: u8,
    end: u8,
}

const MAX_WORDS: usize = 96;

impl Words {
    pub(super) fn none() -> Self {
        Self {
            bytes: [0; CAPACITY + BLOCK],
            len: 0,
            places: [0; MAX_WORDS],
            count: 0,
            standing: RefCell::default(),
            is_looked_up: Cell::new(false),
        }
    }

    pub(super) fn fold(raw: &[u8]) -> Self {
        let mut words = Self::none();
        words.read(raw);
        words
    }

    pub(super) fn clear(&mut self) {
        (self.len, self.count) = (0, 0);
        self.is_looked_up.set(false);
    }

    /// The words of [`NAMES`] that stand in the text. They are looked up for all that may ask, in one pass.
    fn standing(&self) -> Ref<'_, [Standing]> {
        if !self.is_looked_up.replace(true) {
            let mut standing = self.standing.borrow_mut();
            standing.clear();
            for place in &self.places[..self.count] {
                NAMES.each(self, usize::from(*place), |name| {
                    standing.push(Standing {
                        kind: name.kind,
                        start: *place,
                        end: place + name.text.len() as u8,
                    });
                });
            }
        }
        Ref::map(self.standing.borrow(), Vec::as_slice)
    }

    /// The types of numbers that a word in the text names, a bit each.
    pub(super) fn named(&self) -> u128 {
        let standing = self.standing();
        let numbers = standing.iter().filter(|word| u32::from(word.kind) < u128::BITS);
        numbers.fold(0, |named, word| named | 1 << word.kind)
    }

    /// Folds a text in place of none. What stood behind the last byte of another one may stay there.
    pub(super) fn read(&mut self, raw: &[u8]) {
        // Among nothing but numbers there are no words to look for. Letters have one of two bits that digits lack.
        let may_be_letters = raw.iter().fold(0, |all, byte| all | byte) & 0xC0 != 0;
        if !may_be_letters || !raw.iter().any(|byte| is(*byte, LETTER | HIGH)) {
            return;
        }
        if raw.is_ascii() {
            self.fold_ascii(raw);
        } else {
            self.fold_any(raw);
        }
    }

    /// Folds byte by byte.
    fn fold_any(&mut self, raw: &[u8]) {
        let (mut previous, mut begins) = (b' ', true);
        for (at, &byte) in raw.iter().enumerate() {
            if is(byte, UPPER) && is(previous, LOWER) {
                self.push(b' ', begins);
                begins = true;
            }
            // `S.S.N.` is read as `SSN`.
            if byte == b'.' && ends_with_initial(&raw[..at]) {
                previous = byte;
                continue;
            }
            if is(byte, LOWER) && !begins && previous < 0x80 {
                // Most bytes go on in a word.
                self.push(byte, false);
                previous = byte;
                continue;
            }
            if byte < 0x80 {
                // Chinese and its neighbours write without spaces.
                begins |= previous >= 0x80 && is_behind_wide(&raw[..at]);
                let small = SMALL[usize::from(byte)];
                self.push(small, begins);
                begins = !is(small, ALNUM);
            } else {
                self.push(fold_byte(previous, byte), begins || byte >= 0xE0);
                self.fix_lead(previous, byte);
                begins = false;
            }
            previous = byte;
        }
    }

    /// The same for ASCII, a block at a time. Nothing is put in or left out but at the few places that are looked at.
    fn fold_ascii(&mut self, raw: &[u8]) {
        let level = Level::new();
        // What the last two bytes of the block before were: the sign of the highest bit is behind them.
        let (mut lower, mut letter, mut alnum, mut inside) = (0, 0, 0, 0);
        for part in raw.chunks(BLOCK) {
            let block = masks::small(level, part);
            let behind = |now: u64, last: u64, count: u32| now << count | last >> (u64::BITS - count);
            let letters = block.upper | block.lower;
            let alnums = letters | block.digit;
            // `S.S.N.` is read as `SSN`.
            let dropped = block.dot & behind(letters, letter, 1) & !behind(alnums, alnum, 2);
            let camel = block.upper & behind(block.lower, lower, 1);
            let insides = alnums | dropped;
            let begins = (camel | !behind(insides, inside, 1)) & !dropped;
            (lower, letter, alnum, inside) = (block.lower, letters, alnums, insides);
            let (mut from, mut changes) = (0, camel | dropped);
            while changes != 0 {
                let at = changes.trailing_zeros() as usize;
                self.add(&block, from..at, begins);
                from = at + (dropped >> at & 1) as usize;
                if camel >> at & 1 == 1 && self.len < CAPACITY {
                    self.bytes[self.len] = b' ';
                    self.len += 1;
                }
                changes &= changes - 1;
            }
            self.add(&block, from..part.len(), begins);
            if self.len >= CAPACITY {
                self.cut();
                break;
            }
        }
    }

    /// Adds a part of a block, and what stands behind it up to the room of a block; what comes next is put over that.
    #[inline(always)]
    fn add(&mut self, block: &Small, part: Range<usize>, begins: u64) {
        if self.len >= CAPACITY {
            return;
        }
        self.bytes[self.len..self.len + BLOCK].copy_from_slice(&block.bytes[part.start..part.start + BLOCK]);
        let below = |end: usize| u64::MAX.checked_shr((BLOCK - end) as u32).unwrap_or(0);
        let mut places = begins & below(part.end) & !below(part.start);
        while places != 0 && self.count < MAX_WORDS {
            self.places[self.count] = (self.len + places.trailing_zeros() as usize - part.start) as u8;
            self.count += 1;
            places &= places - 1;
        }
        self.len += part.len();
    }

    /// Leaves out what is more than is compared.
    fn cut(&mut self) {
        self.len = CAPACITY;
        self.bytes[CAPACITY..].fill(0);
        self.places_end(CAPACITY);
    }

    /// Which letters begin a word: most words that are asked for are ruled out by one bit.
    fn heads(&self) -> u32 {
        let places = self.places[..self.count].iter();
        places.fold(0, |heads, place| heads | 1 << (self.bytes[usize::from(*place)] % 32))
    }

    #[inline(always)]
    fn push(&mut self, byte: u8, begins: bool) {
        if self.len < CAPACITY {
            if begins && self.count < MAX_WORDS {
                self.places[self.count] = self.len as u8;
                self.count += 1;
            }
            self.bytes[self.len] = byte;
            self.len += 1;
        }
    }

    /// Some capital letters of Greek and Cyrillic have their small forms under another lead byte.
    fn fix_lead(&mut self, lead: u8, byte: u8) {
        let small = match (lead, byte) {
            (0xD0, 0x80..=0x8F | 0xA0..=0xAF) => 0xD1,
            (0xCE, 0xA0..=0xA9) => 0xCF,
            _ => return,
        };
        if let Some(at) = self.len.checked_sub(2) {
            self.bytes[at] = small;
        }
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// The end of the last place at or after `from` where the word stands by itself.
    fn last_place(&self, word: &[u8], from: usize) -> Option<usize> {
        let text = self.text();
        let first = word.first().copied();
        let places = self.places[..self.count]
            .iter()
            .rev()
            .map(|place| usize::from(*place))
            .take_while(|place| *place >= from);
        places
            .filter(|place| {
                let rest = &text[*place..];
                rest.first().copied() == first && goes_on_alike(rest, word) && rest.starts_with(word)
            })
            .map(|place| place + word.len())
            .find(|end| ends(word, &text[*end..]))
    }

    /// In `the card for the account is`, what the value is for does not name it.
    pub(super) fn drop_purpose(&mut self) {
        const WHOSE: [&[u8]; 8] = [
            b"the ", b"my ", b"our ", b"your ", b"this ", b"his ", b"her ", b"their ",
        ];
        let end = trim_end(self.text(), b" ");
        if !self.text()[..end].ends_with(b" is") {
            return;
        }
        // `the tax id we have on file is`
        const CLAUSES: [&[u8]; 5] = [
            b" we have on file is",
            b" on file is",
            b" i was given is",
            b" they gave me is",
            b" you asked for is",
        ];
        if let Some(clause) = CLAUSES.iter().find(|clause| self.text()[..end].ends_with(clause)) {
            self.bytes[end - clause.len()..end].fill(b' ');
            self.places_end(end - clause.len());
            return;
        }
        let Some(at) = memchr::memmem::rfind(&self.text()[..end], b" for ") else {
            return;
        };
        let purpose = &self.text()[at + " for ".len()..end];
        let plain = purpose.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b' ');
        if plain && WHOSE.iter().any(|whose| purpose.starts_with(whose)) {
            self.bytes[at..end].fill(b' ');
            self.places_end(at);
        }
    }

    /// Forgets the words that begin behind `at`.
    fn places_end(&mut self, at: usize) {
        self.count = self.places[..self.count].partition_point(|place| usize::from(*place) < at);
    }

    /// Where the label begins, when the text ends with one: `"tax id": "`, `<ssn>`.
    pub(super) fn label(&self) -> Option<usize> {
        let text = self.text();
        let end = trim_end(text, b" \t\n\"'`[({*");
        let (mark, rest) = text[..end].split_last()?;
        let (start, delimited) = match mark {
            b'>' if !matches!(rest.last(), Some(b'=' | b' ')) => (tag_start(rest)?, true),
            b':' | b'=' | b'>' => key_start(&text[..trim_end(rest, b":=> *")]),
            _ => return None,
        };
        let label = text[start..end].trim_ascii();
        let label = &label[..trim_end(label, b":=> \"'`])*")];
        let is_prose = !delimited && label.iter().filter(|byte| **byte == b' ').count() > 4;
        let says_nothing = is_prose || label.is_empty() || is_empty_label(label);
        (!says_nothing).then_some(start)
    }
}

/// Words that are looked for together.
pub(crate) trait Vocabulary {
    /// Where the last of the words that stands at or after `from` ends, and how long it is.
    fn last_in(&self, text: &Words, from: usize) -> Option<(usize, usize)>;
}

/// A few of them, one after the other.
impl Vocabulary for [&str] {
    fn last_in(&self, text: &Words, from: usize) -> Option<(usize, usize)> {
        if text.count == 0 {
            return None;
        }
        let heads = text.heads();
        let mut last = None;
        for word in self.iter().map(|word| word.as_bytes()) {
            let may_begin = word.first().is_none_or(|first| heads >> (first % 32) & 1 == 1);
            if may_begin {
                // What ends before the last one that was found is not the last.
                let from = last.map_or(from, |(end, _): (usize, _)| from.max(end.saturating_sub(word.len())));
                last = last.max(text.last_place(word, from).map(|end| (end, word.len())));
            }
        }
        last
    }
}

/// What a word of [`NAMES`] speaks of: a type of number by its place among them, something else behind those.
#[derive(Clone, Copy)]
pub(crate) struct Kind(pub(crate) u8);

/// All words of one kind.
impl Vocabulary for Kind {
    fn last_in(&self, text: &Words, from: usize) -> Option<(usize, usize)> {
        let standing = text.standing();
        let own = standing.iter().filter(|word| word.kind == self.0);
        own.filter(|word| usize::from(word.start) >= from)
            .map(|word| (usize::from(word.end), usize::from(word.end - word.start)))
            .max()
    }
}

/// Words of many kinds, looked up for all of them at once: by the four bytes they begin with, or by two where they are
/// shorter.
pub(crate) struct Names<const N: usize> {
    /// Where the words of each slot begin.
    starts: [u16; SLOTS + 1],
    /// Which bytes a word begins with.
    firsts: [bool; 256],
    words: [Name; N],
}

/// A word, and what most others are told from it by.
#[derive(Clone, Copy)]
struct Name {
    /// Its first eight bytes, and which of them it has.
    head: u64,
    mask: u64,
    text: &'static str,
    kind: u8,
}

impl Name {
    const fn new((text, kind): (&'static str, u8)) -> Self {
        let (mut head, mut mask, mut at) = (0, 0, 0);
        while at < text.len() && at < 8 {
            head |= (text.as_bytes()[at] as u64) << (8 * at);
            mask |= 0xFF << (8 * at);
            at += 1;
        }
        Self { head, mask, text, kind }
    }
}

const FOUR_SLOTS: usize = 1 << 11;
const PAIR_SLOTS: usize = 1 << 9;
const SLOTS: usize = FOUR_SLOTS + PAIR_SLOTS;

impl<const N: usize> Names<N> {
    pub(crate) const fn new(words: [(&'static str, u8); N]) -> Self {
        let mut names = Self {
            starts: [0; SLOTS + 1],
            firsts: [false; 256],
            words: [Name::new(("", 0)); N],
        };
        let mut at = 0;
        while at < N {
            names.starts[name_slot(words[at].0) + 1] += 1;
            names.firsts[words[at].0.as_bytes()[0] as usize] = true;
            at += 1;
        }
        let mut slot = 0;
        while slot < SLOTS {
            names.starts[slot + 1] += names.starts[slot];
            slot += 1;
        }
        let mut filled = names.starts;
        at = 0;
        while at < N {
            let slot = name_slot(words[at].0);
            names.words[filled[slot] as usize] = Name::new(words[at]);
            filled[slot] += 1;
            at += 1;
        }
        names
    }

    /// Tells of each word that begins at this place of the text.
    #[inline(always)]
    fn each(&self, text: &Words, at: usize, mut found: impl FnMut(&Name)) {
        let rest = &text.text()[at..];
        let [first, second, ..] = rest else { return };
        // Numbers, and blanks behind blanks, begin no word.
        if !self.firsts[usize::from(*first)] {
            return;
        }
        let head = load(&text.bytes, at);
        for slot in [FOUR_SLOTS + pair(*first, *second), four(head as u32)] {
            for name in &self.words[usize::from(self.starts[slot])..usize::from(self.starts[slot + 1])] {
                let word = name.text.as_bytes();
                if (head ^ name.head) & name.mask == 0 && rest.starts_with(word) && ends(word, &rest[word.len()..]) {
                    found(name);
                }
            }
        }
    }
}

const fn name_slot(word: &str) -> usize {
    let bytes = word.as_bytes();
    assert!(bytes.len() > 1);
    if bytes.len() < 4 {
        return FOUR_SLOTS + pair(bytes[0], bytes[1]);
    }
    four(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

/// The slot of four bytes.
const fn four(bytes: u32) -> usize {
    (bytes.wrapping_mul(0x9E37_79B1) >> (u32::BITS - FOUR_SLOTS.ilog2())) as usize
}

/// True when the word ends before `rest`; in scripts without spaces, always.
fn ends(word: &[u8], rest: &[u8]) -> bool {
    word.first().is_some_and(|byte| *byte >= 0xE0) || ends_word(rest, word.len())
}

/// True behind a character of three bytes or more.
fn is_behind_wide(text: &[u8]) -> bool {
    let lead = text.iter().rev().find(|byte| !(0x80..0xC0).contains(*byte));
    lead.is_some_and(|lead| *lead >= 0xE3)
}

/// True when a word of that length ends before `rest`; words of some length may stand in the plural.
fn ends_word(rest: &[u8], length: usize) -> bool {
    // Chinese and its neighbours write without spaces.
    let outside = |next: &u8| !next.is_ascii_alphabetic() && !(0x80..0xE3).contains(next);
    let ends = |rest: &[u8]| rest.first().is_none_or(outside);
    ends(rest) || length >= 3 && rest.first() == Some(&b's') && ends(&rest[1..])
}

/// ASCII in lower case; joints become spaces.
static SMALL: [u8; 128] = {
    let mut small = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        small[byte] = match byte as u8 {
            b'_' | b'-' => b' ',
            byte => byte.to_ascii_lowercase(),
        };
        byte += 1;
    }
    small
};

/// Lower case for Latin, Greek and Cyrillic.
fn fold_byte(lead: u8, byte: u8) -> u8 {
    match (lead, byte) {
        (0xC3, 0x80..=0x9E) => byte + 0x20,
        (0xC4, 0x80..=0xB7) | (0xC5, 0x8A..=0xB7) => byte | 1,
        (0xC4, 0xB9..=0xBE) | (0xC5, 0x81..=0x87 | 0xB9..=0xBD) => byte + byte % 2,
        (0xCE, 0x91..=0x9F) => byte + 0x20,
        (0xCE, 0xA0..=0xA9) => byte - 0x20,
        (0xD0, 0x80..=0x8F) => byte + 0x10,
        (0xD0, 0x90..=0x9F) => byte + 0x20,
        (0xD0, 0xA0..=0xAF) => byte - 0x20,
        _ => byte,
    }
}

/// True behind a single letter.
fn ends_with_initial(text: &[u8]) -> bool {
    match text {
        [.., before, letter] => letter.is_ascii_alphabetic() && !before.is_ascii_alphanumeric() && *before < 0x80,
        [letter] => letter.is_ascii_alphabetic(),
        [] => false,
    }
}

const fn pair(first: u8, second: u8) -> usize {
    ((first as u32 | (second as u32) << 8).wrapping_mul(0x9E37_79B1) >> (u32::BITS - PAIR_SLOTS.ilog2())) as usize
}

fn trim_end(text: &[u8], set: &[u8]) -> usize {
    text.iter().rposition(|byte| !set.contains(byte)).map_or(0, |at| at + 1)
}

/// The start of the tag that a text without its last `>` ends with.
fn tag_start(text: &[u8]) -> Option<usize> {
    let start = memchr::memrchr(b'<', text)? + 1;
    (!text[start..].starts_with(b"/") && !text[start..].contains(&b'>')).then_some(start)
}

/// The start of the name that a text ends with, and whether it is in quotes.
fn key_start(text: &[u8]) -> (usize, bool) {
    let quoted = text.last().copied().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    let bracket = text.ends_with(b")").then(|| memchr::memrchr(b'(', text)).flatten();
    let text = &text[..trim_end(text, b"\"'`])")];
    // `NAS de l'employé`, `PAYER'S TIN`
    let in_word = |at: usize| {
        let letter = |at: usize| text.get(at).is_some_and(|byte| is(*byte, LETTER | HIGH));
        text[at] == b'\'' && at > 0 && letter(at - 1) && letter(at + 1)
    };
    let start = match quoted {
        Some(quote) => memchr::memrchr(quote, text),
        // What stands in brackets belongs to the name: `TIN (DE)`.
        None => (0..bracket.unwrap_or(text.len()))
            .rev()
            .find(|at| b",;:{}[]()\n\t|\"'<>&?!".contains(&text[*at]) && !in_word(*at)),
    };
    (start.map_or(0, |at| at + 1), quoted.is_some())
}

#[cfg(test)]
mod tests {
    use super::Words;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ascii_is_folded_as_byte_by_byte(text in "([a-z]{1,9}|[A-Z]|[0-9]{1,4}|[ _.-]|[\\x00-\\x7f]){0,120}") {
            let (mut blocks, mut bytes) = (Words::fold(b""), Words::fold(b""));
            blocks.fold_ascii(text.as_bytes());
            bytes.fold_any(text.as_bytes());
            prop_assert_eq!(blocks.text(), bytes.text());
            prop_assert_eq!(&blocks.bytes, &bytes.bytes);
            prop_assert_eq!(&blocks.places[..blocks.count], &bytes.places[..bytes.count]);
        }
    }
}
