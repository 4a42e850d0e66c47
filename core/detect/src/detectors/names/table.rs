//! What is known of a word as a name: one lookup in a table that was baked when the program was built.

use super::key::{FAMILY, FAMILY_RARE, FAMOUS, GIVEN, GIVEN_RARE, KNOWN, SLOTS, THING, WORD, hash};

use crate::classes::letters_end;

static TABLE: &[u8; SLOTS * 4] = include_bytes!(concat!(env!("OUT_DIR"), "/names.table"));

/// Longer words are no names.
const LONGEST: usize = 48;

/// What the lists say of one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known(u32);

impl Known {
    /// Looks the word up, whatever its case; an apostrophe does not count.
    pub(super) fn of(word: &str) -> Self {
        let bytes = word.as_bytes();
        if letters_end(bytes, 0, LONGEST) == bytes.len() {
            return Self(entry(bytes, u64::MAX / 0xFF * 0x20));
        }
        let mut folded = [0u8; LONGEST];
        let mut length = 0;
        // Behind its first letter most of a word is in small letters.
        let head = word.chars().next().map_or(0, char::len_utf8);
        let (letters, rest) = match is_small_cyrillic(&bytes[head..]) {
            true => word.split_at(head),
            false => (word, ""),
        };
        for letter in letters.chars().filter(|letter| !matches!(letter, '\'' | '’')) {
            for small in letter.to_lowercase() {
                let Some(room) = folded.get_mut(length..length + small.len_utf8()) else {
                    return Self::default();
                };
                small.encode_utf8(room);
                length += small.len_utf8();
            }
        }
        let Some(room) = folded.get_mut(length..length + rest.len()) else {
            return Self::default();
        };
        room.copy_from_slice(rest.as_bytes());
        Self(entry(&folded[..length + rest.len()], 0))
    }

    /// Looks a given and a family name up that are known together.
    pub(super) fn of_both(given: &str, family: &str) -> Self {
        let mut both = [b' '; LONGEST];
        let length = given.len() + 1 + family.len();
        if !given.is_ascii() || !family.is_ascii() || length > LONGEST {
            return Self::of(&format!("{given} {family}"));
        }
        both[..given.len()].copy_from_slice(given.as_bytes());
        both[given.len() + 1..length].copy_from_slice(family.as_bytes());
        both.make_ascii_lowercase();
        if both.contains(&b'\'') {
            return Self::of(&format!("{given} {family}"));
        }
        Self(entry(&both[..length], 0))
    }

    /// What two halves of a hyphenated name are together: as sure as the doubtful one.
    pub(super) fn joined(self, other: Self) -> Self {
        Self(self.0 & other.0 | (self.0 | other.0) & WORD)
    }

    pub(super) fn is_any(self) -> bool {
        self.0 != 0
    }

    /// Found in names of organisations, places, products and works, and never in those of people.
    pub(super) fn is_thing(self) -> bool {
        self.0 & THING != 0
    }

    /// True for `given family` of somebody whom all know.
    pub(super) fn is_famous(self) -> bool {
        self.0 & FAMOUS != 0
    }

    pub(super) fn is_word(self) -> bool {
        self.0 & WORD != 0
    }

    /// How much speaks for a given name, from -2 to 6.
    pub(super) fn given(self) -> i32 {
        match (self.0 & GIVEN != 0, self.0 & GIVEN_RARE != 0, self.is_word()) {
            (true, _, false) => 6,
            (true, _, true) => 4,
            (false, true, false) => 3,
            (false, true, true) => 1,
            _ => -2,
        }
    }

    /// How much speaks for a family name, from -2 to 6.
    pub(super) fn family(self) -> i32 {
        match (self.0 & FAMILY != 0, self.0 & FAMILY_RARE != 0, self.is_word()) {
            (true, _, false) => 6,
            (true, _, true) | (false, true, false) => 4,
            (false, true, true) => 0,
            _ if self.given() == 6 => 3,
            _ => -2,
        }
    }
}

/// True for nothing but `а` to `џ`.
fn is_small_cyrillic(bytes: &[u8]) -> bool {
    let (letters, rest) = bytes.as_chunks();
    let small = |letter: &[u8; 2]| matches!(letter, [0xD0, 0xB0..=0xBF] | [0xD1, 0x80..=0x9F]);
    rest.is_empty() && letters.iter().all(small)
}

/// The entry of a name; the bits of `small` are set in each eight of its letters.
fn entry(name: &[u8], small: u64) -> u32 {
    let (mut slot, print) = hash(name, small);
    loop {
        let at = slot * 4;
        let entry = u32::from_le_bytes([TABLE[at], TABLE[at + 1], TABLE[at + 2], TABLE[at + 3]]);
        // Half of the slots is empty, so that the search ends.
        if entry == 0 {
            return 0;
        }
        if entry >> KNOWN == print {
            return entry & ((1 << KNOWN) - 1);
        }
        slot = (slot + 1) % SLOTS;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_every_spelling() {
        for word in ["Maria", "MARIA", "jörg", "Joerg", "Jorg", "Łukasz", "Иван", "Γιώργος"] {
            assert!(Known::of(word).given() >= 4, "{word}");
        }
        for word in [
            "O'Neill",
            "O’Neill",
            "oneill",
            "Müller",
            "Mueller",
            "Kowalska",
            "Иванова",
        ] {
            assert!(Known::of(word).family() >= 4, "{word}");
        }
    }

    #[test]
    fn words_are_not_names() {
        for word in [
            "Release",
            "Confirmed",
            "Invoice",
            "the",
            "Berlin",
            "",
            "Straße",
            "latency",
        ] {
            assert!(Known::of(word).given() < 6 && Known::of(word).family() < 6, "{word}");
        }
    }
}
