//! Winnowing: Schleimer, Wilkerson and Aiken, "Winnowing: Local Algorithms for Document Fingerprinting" (SIGMOD 2003).
//!
//! Of the digests of all passages of [`GRAM`] letters, the least of each [`WINDOW`] neighbours is kept. Which ones are kept
//! depends on the letters alone, so that a quotation keeps the same ones, and one of `GRAM + WINDOW - 1` letters keeps at
//! least one. Blanks, punctuation, case and accents do not count.

use std::ops::Range;
use std::str::CharIndices;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use crate::key::Digests;

/// Letters that one digest is over.
pub(super) const GRAM: usize = 24;
/// Neighbouring digests of which the least is kept.
pub(super) const WINDOW: usize = 25;
/// Different letters in a passage that says something: `0000000000` and rules of dashes do not.
const FEWEST_LETTERS: u32 = 7;

/// Room for the letters of all passages of a window; a power of two.
const RING: usize = 64;
const _: () = assert!(GRAM + WINDOW <= RING);

/// One digest that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Print {
    pub(super) digest: u64,
    /// Number of its first letter.
    pub(super) letter: usize,
    /// Bytes of the text.
    pub(super) span: Range<usize>,
}

/// The digests of a text that are kept, in a memory that does not grow with it.
pub(super) struct Winnow<'t> {
    digests: &'t Digests,
    characters: CharIndices<'t>,
    /// Letters read so far.
    letters: usize,
    values: [u32; RING],
    spans: [(usize, usize); RING],
    /// Of the last `GRAM` letters.
    rolling: u64,
    base: u64,
    /// `base` to the power of `GRAM`.
    out: u64,
    orders: [u64; RING],
    /// The passage kept last, by its first letter.
    kept: Option<usize>,
    /// Letters of one character that are still to be read.
    waiting: Vec<char>,
    ended: bool,
}

impl<'t> Winnow<'t> {
    pub(super) fn of(text: &'t str, digests: &'t Digests) -> Self {
        // Odd, and known to nobody without the key.
        let base = digests.of(b"base") | 1;
        Self {
            digests,
            characters: text.char_indices(),
            letters: 0,
            values: [0; RING],
            spans: [(0, 0); RING],
            rolling: 0,
            base,
            out: (0..GRAM).fold(1, |power: u64, _| power.wrapping_mul(base)),
            orders: [0; RING],
            kept: None,
            waiting: Vec::new(),
            ended: false,
        }
    }

    /// Letters that were read.
    pub(super) fn letters(&self) -> usize {
        self.letters
    }

    /// Reads one more letter; false at the end.
    fn read(&mut self) -> bool {
        loop {
            if let Some(letter) = self.waiting.pop() {
                let span = self.spans[self.letters.wrapping_sub(1) % RING];
                self.take(letter, span);
                return true;
            }
            let Some((at, character)) = self.characters.next() else {
                return false;
            };
            let span = (at, at + character.len_utf8());
            if character.is_ascii() {
                if character.is_ascii_alphanumeric() {
                    self.take(character.to_ascii_lowercase(), span);
                    return true;
                }
                continue;
            }
            if character.is_alphanumeric() {
                let mut plain = Vec::new();
                character.to_lowercase().for_each(|lower| {
                    decompose_compatible(lower, |part| {
                        if part.is_alphanumeric() && !is_combining_mark(part) {
                            plain.push(part);
                        }
                    });
                });
                plain.reverse();
                if let Some(first) = plain.pop() {
                    self.waiting = plain;
                    self.take(first, span);
                    return true;
                }
            }
        }
    }

    fn take(&mut self, letter: char, span: (usize, usize)) {
        let value = u32::from(letter);
        let at = self.letters % RING;
        let gone = match self.letters.checked_sub(GRAM) {
            Some(gone) => u64::from(self.values[gone % RING]),
            None => 0,
        };
        self.rolling = self
            .rolling
            .wrapping_mul(self.base)
            .wrapping_add(u64::from(value))
            .wrapping_sub(gone.wrapping_mul(self.out));
        self.values[at] = value;
        self.spans[at] = span;
        self.letters += 1;
        if let Some(first) = self.letters.checked_sub(GRAM) {
            self.orders[first % RING] = mixed(self.rolling);
        }
    }

    /// The first letter of the passage to keep of the last window; of equals the last.
    fn least(&self) -> Option<usize> {
        let last = self.letters.checked_sub(GRAM)?;
        let first = (last + 1).saturating_sub(WINDOW);
        // The one kept before is still the least unless it has left the window or the new one is less.
        if let Some(kept) = self.kept.filter(|kept| *kept >= first) {
            let is_less = self.orders[last % RING] <= self.orders[kept % RING];
            return Some(if is_less { last } else { kept });
        }
        (first..=last).rev().min_by_key(|gram| self.orders[gram % RING])
    }

    fn print(&self, first: usize) -> Option<Print> {
        let letters = (first..first + GRAM).map(|letter| self.values[letter % RING]);
        let mut bytes = [0; GRAM * 4];
        let mut seen = 0_u64;
        for (place, letter) in bytes.chunks_exact_mut(4).zip(letters) {
            place.copy_from_slice(&letter.to_le_bytes());
            seen |= 1 << (letter % 64);
        }
        (seen.count_ones() >= FEWEST_LETTERS).then(|| Print {
            digest: self.digests.of(&bytes),
            letter: first,
            span: self.spans[first % RING].0..self.spans[(first + GRAM - 1) % RING].1,
        })
    }
}

impl Iterator for Winnow<'_> {
    type Item = Print;

    fn next(&mut self) -> Option<Print> {
        while !self.ended {
            self.ended = !self.read();
            let is_full = self.letters >= GRAM + WINDOW - 1;
            // A text with fewer passages than a window keeps one as well.
            let is_short = self.ended && self.kept.is_none();
            if !(is_full || is_short) {
                continue;
            }
            let Some(least) = self.least().filter(|least| self.kept != Some(*least)) else {
                continue;
            };
            self.kept = Some(least);
            if let Some(print) = self.print(least) {
                return Some(print);
            }
        }
        None
    }
}

/// The finaliser of MurmurHash3: sums of powers are no order by chance.
const fn mixed(mut hash: u64) -> u64 {
    hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ hash >> 33
}

#[cfg(test)]
mod tests {
    use super::{GRAM, Print, WINDOW, Winnow};
    use crate::key::{Digests, Key};

    fn digests() -> Digests {
        Key::from_bytes([3; 32]).digests("prints", &[4; 16])
    }

    fn prints(text: &str) -> Vec<Print> {
        Winnow::of(text, &digests()).collect()
    }

    /// Letters without any pattern.
    fn letters(seed: u64, count: usize) -> String {
        let digests = digests();
        let draw = |number: usize| char::from(b'a' + (digests.of(&(seed, number).1.to_le_bytes()) ^ seed) as u8 % 26);
        (0..count).map(draw).collect()
    }

    #[test]
    fn a_quotation_keeps_what_the_document_keeps() {
        let document = letters(1, 4000);
        let all: Vec<u64> = prints(&document).iter().map(|print| print.digest).collect();
        for start in (0..3900).step_by(61) {
            let quotation = &document[start..start + GRAM + WINDOW - 1];
            let kept = prints(&format!("{} {quotation} {}", letters(7, 200), letters(8, 200)));
            assert!(kept.iter().any(|print| all.contains(&print.digest)), "{start}");
        }
    }

    #[test]
    fn one_in_thirteen_is_kept_and_every_window_has_one() {
        let kept = prints(&letters(2, 100_000));
        let each = 100_000.0 / kept.len() as f64;
        assert!((12.0..14.0).contains(&each), "{each}");
        let gaps = kept.windows(2).map(|pair| pair[1].letter - pair[0].letter);
        assert!(gaps.max().unwrap() <= WINDOW);
    }

    #[test]
    fn spelling_and_layout_do_not_count() {
        let one = "The quick brown fox, jumps over the lazy dog; then rests for a while in the Café.";
        let other = "  THE QUICK — brown\n\nfox jumps/over the lazy dog. Then rests for a while in the cafe\u{301}";
        let digests = |text: &str| prints(text).into_iter().map(|print| print.digest).collect::<Vec<_>>();
        assert!(!digests(one).is_empty());
        assert_eq!(digests(one), digests(other));
    }

    #[test]
    fn what_says_nothing_and_what_is_short_is_not_kept() {
        assert!(prints(&"0".repeat(500)).is_empty());
        assert!(prints("short text here").is_empty());
        assert_eq!(prints("a text of forty letters, more or less so").len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn spans_lie_in_the_text(text in "[a-zA-Z ﬃÄé张İ\u{301}0-9.]{0,200}") {
            for print in prints(&text) {
                assert!(text.get(print.span).is_some());
            }
        }
    }
}
