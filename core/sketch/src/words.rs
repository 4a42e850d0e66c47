//! Words of a text as values are compared by: lower case, without accents, and whatever stands between them.
//!
//! `Ada Lovelace`, `ADA  LOVELACE` and `ada.lovelace` are the words `ada` and `lovelace`; `4111-1111` is `4111` and `1111`.
//! Values are equal when their words run together are: `GB82 WEST 1234` is `GB82WEST1234`. Letters of scripts that put no
//! blanks between words are words of their own.

use std::ops::Range;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// One word of a text.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// Bytes of the text.
    pub(crate) span: Range<usize>,
    /// Its letters as they are compared: bytes of the scratch it was read into.
    pub(crate) letters: Range<usize>,
    /// How many of them are digits.
    pub(crate) digits: usize,
    /// An `@` stands between this word and the one before.
    pub(crate) at: bool,
    /// So much stands before it that it belongs to no value with the word before.
    pub(crate) apart: bool,
}

/// Bytes between two words of one value.
const WIDEST_GAP: usize = 4;
/// A longer word is part of no value: it is skipped, and what is on either side of it is apart.
const LONGEST_WORD: usize = 128;

/// Reads the words of a text one after another.
pub(crate) struct Words<'t> {
    text: &'t str,
    at: usize,
    /// Where the last word ended.
    end: usize,
    skipped: bool,
}

impl<'t> Words<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            end: 0,
            skipped: true,
        }
    }

    /// The next word, its letters at the end of the scratch.
    pub(crate) fn next_into(&mut self, scratch: &mut Vec<u8>) -> Option<Word> {
        loop {
            let start = self.skip_gap()?;
            let from = scratch.len();
            let digits = self.read_word(scratch);
            let letters = from..scratch.len();
            if letters.is_empty() {
                continue;
            }
            let gap = std::mem::replace(&mut self.end, self.at)..start;
            if letters.len() > LONGEST_WORD {
                scratch.truncate(from);
                self.skipped = true;
                continue;
            }
            let gap = &self.text.as_bytes()[gap];
            return Some(Word {
                span: start..self.at,
                letters,
                digits,
                at: gap.contains(&b'@'),
                apart: std::mem::take(&mut self.skipped) || is_wide(gap),
            });
        }
    }

    /// Moves to the first letter of the next word.
    fn skip_gap(&mut self) -> Option<usize> {
        let rest = &self.text[self.at..];
        let found = rest.char_indices().find(|(_, letter)| letter.is_alphanumeric());
        let (skipped, _) = found?;
        self.at += skipped;
        Some(self.at)
    }

    /// Reads letters up to the end of the word; tells how many digits are among them.
    fn read_word(&mut self, scratch: &mut Vec<u8>) -> usize {
        let mut digits = 0;
        let mut first = true;
        let rest = &self.text[self.at..];
        for (offset, letter) in rest.char_indices() {
            let stands_alone = is_unspaced(letter);
            let goes_on = letter.is_alphanumeric() && (first || !stands_alone) || !first && is_combining_mark(letter);
            if !goes_on {
                self.at += offset;
                return digits;
            }
            digits += push_letter(letter, scratch);
            if stands_alone {
                self.at += offset + letter.len_utf8();
                return digits;
            }
            first = false;
        }
        self.at = self.text.len();
        digits
    }
}

/// Adds a letter as it is compared; tells how many digits that were.
#[inline]
fn push_letter(letter: char, scratch: &mut Vec<u8>) -> usize {
    if letter.is_ascii() {
        scratch.push(letter.to_ascii_lowercase() as u8);
        return usize::from(letter.is_ascii_digit());
    }
    let mut digits = 0;
    for lower in letter.to_lowercase() {
        decompose_compatible(lower, |part| {
            if part.is_alphanumeric() && !is_combining_mark(part) {
                let mut bytes = [0; 4];
                let lower = part.to_lowercase().next().unwrap_or(part);
                scratch.extend_from_slice(lower.encode_utf8(&mut bytes).as_bytes());
                digits += usize::from(part.is_ascii_digit());
            }
        });
    }
    digits
}

fn is_wide(gap: &[u8]) -> bool {
    gap.len() > WIDEST_GAP || gap.iter().filter(|byte| **byte == b'\n').count() > 1
}

/// Letters of scripts without blanks between words: Thai and its neighbours, kana, Han, Hangul with its particles.
fn is_unspaced(letter: char) -> bool {
    matches!(letter,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// A value as it is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Canonical {
    pub(crate) letters: Vec<u8>,
    pub(crate) digits: usize,
    pub(crate) words: usize,
    /// An `@` stands between two of its words.
    pub(crate) at: bool,
}

impl Canonical {
    /// Of a cell of a table. `None` when no text could hold it as one value: it is empty, or its words are far apart.
    pub(crate) fn of(value: &str) -> Option<Self> {
        let mut canonical = Self::default();
        let mut words = Words::of(value);
        while let Some(word) = words.next_into(&mut canonical.letters) {
            if word.apart && canonical.words > 0 {
                return None;
            }
            canonical.at |= word.at && canonical.words > 0;
            canonical.digits += word.digits;
            canonical.words += 1;
        }
        (canonical.words > 0).then_some(canonical)
    }
}

#[cfg(test)]
mod tests {
    use super::{Canonical, Words};

    fn words(text: &str) -> Vec<(String, bool)> {
        let mut scratch = Vec::new();
        let mut words = Words::of(text);
        let mut all = Vec::new();
        while let Some(word) = words.next_into(&mut scratch) {
            assert!(text.get(word.span).is_some());
            all.push((String::from_utf8(scratch[word.letters].to_vec()).unwrap(), word.apart));
        }
        all
    }

    #[test]
    fn a_word_is_letters_and_digits_without_case_and_accents() {
        let joined = |text: &str| -> Vec<String> { words(text).into_iter().map(|(word, _)| word).collect() };
        assert_eq!(joined("Ada LOVELACE-Müller"), ["ada", "lovelace", "muller"]);
        assert_eq!(joined("ｅ\u{301}１２"), ["e12"]);
        assert_eq!(joined("张伟, 4711"), ["张", "伟", "4711"]);
        assert_eq!(joined("..."), Vec::<String>::new());
    }

    #[test]
    fn what_stands_far_from_the_word_before_is_apart() {
        let apart = |text: &str| -> Vec<bool> { words(text).into_iter().map(|(_, apart)| apart).collect() };
        assert_eq!(apart("a b, c\nd"), [true, false, false, false]);
        assert_eq!(apart("a      b"), [true, true]);
        assert_eq!(apart("a\n\nb"), [true, true]);
        assert_eq!(apart(&format!("a {} b", "x".repeat(200))), [true, true]);
    }

    #[test]
    fn spellings_of_one_value_are_equal() {
        let letters = |value: &str| Canonical::of(value).map(|it| String::from_utf8(it.letters).unwrap());
        assert_eq!(letters("GB82 WEST 1234"), letters("gb82west1234"));
        assert_eq!(letters("(030) 901-820"), letters("030901820"));
        assert_eq!(letters("Ada.Weir@Tidewater.io").as_deref(), Some("adaweirtidewaterio"));
        assert_eq!(letters("one          two"), None);
        assert_eq!(letters(" - "), None);
        assert!(Canonical::of("ada@tidewater.io").unwrap().at);
    }
}
