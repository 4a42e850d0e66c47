//! All words of all families, and the filter that tells in a few instructions that none begins here.

use crate::masks::BLOCK;

/// A word the sweep knows, and the family that asked for it.
pub(crate) struct Entry {
    pub(crate) text: &'static str,
    pub(crate) exact_case: bool,
    pub(crate) family: usize,
    /// Which of the family's words this is.
    pub(crate) index: usize,
}

const SLOT_BITS: u32 = 12;
const SLOTS: usize = 1 << SLOT_BITS;
const BEYOND_BITS: u32 = 13;
const KNOWN_BITS: u32 = 16;
/// Makes letters small; other bytes change, too, in words and text alike.
const FOLD: u64 = 0x2020_2020_2020_2020;

/// The first three bytes of a text, as many as the shortest word has, tell how many of its first eight bytes the shortest of
/// the words that begin so has; so many bytes are looked up among the beginnings of all words. Both tables stay in the
/// first cache, and no branch is taken.
pub(crate) struct Lexicon {
    /// By a hash of three bytes, how many bits of the first eight bytes are not looked up: all but one where no word
    /// begins so.
    beyond: Box<[u8; 1 << BEYOND_BITS]>,
    /// By a hash of the others, whether a word begins with them.
    known: Box<[u64; (1 << KNOWN_BITS) / 64]>,
    /// Words of less than eight bytes, by the first three.
    short: Heads,
    /// The others, by the first eight.
    long: Heads,
    entries: Vec<Entry>,
}

/// Words by a hash of how they begin.
struct Heads {
    /// Where the words of each slot begin.
    starts: Box<[u16; SLOTS + 1]>,
    words: Vec<Head>,
}

/// How a word begins, and which it is.
#[derive(Clone, Copy)]
struct Head {
    /// The first eight bytes, folded.
    text: u64,
    /// Which of them the word has.
    mask: u64,
    entry: u16,
    /// Where these bytes stand, the word does.
    is_all: bool,
}

impl Heads {
    fn new(mut words: Vec<(usize, Head)>) -> Self {
        words.sort_unstable_by_key(|(slot, head)| (*slot, head.entry));
        let mut starts = Box::new([0; SLOTS + 1]);
        for (at, (slot, _)) in words.iter().enumerate() {
            starts[slot + 1] = at as u16 + 1;
        }
        for slot in 0..SLOTS {
            starts[slot + 1] = starts[slot + 1].max(starts[slot]);
        }
        let words = words.into_iter().map(|(_, head)| head).collect();
        Self { starts, words }
    }

    #[inline(always)]
    fn in_slot(&self, slot: usize) -> &[Head] {
        &self.words[usize::from(self.starts[slot])..usize::from(self.starts[slot + 1])]
    }
}

impl Lexicon {
    /// Words have at least three bytes.
    pub(crate) fn new(words: impl Iterator<Item = Entry>) -> Self {
        let entries: Vec<Entry> = words.collect();
        let heads: Vec<_> = entries.iter().map(|entry| head(entry.text.as_bytes())).collect();
        let mut beyond = Box::new([u64::BITS as u8 - 1; 1 << BEYOND_BITS]);
        for (text, mask) in &heads {
            let (beyond, own) = (&mut beyond[slot::<BEYOND_BITS>(*text)], mask.leading_zeros() as u8);
            // The longest is what is beyond the shortest word.
            let is_first = *beyond == u64::BITS as u8 - 1;
            *beyond = if is_first { own } else { own.max(*beyond) };
        }
        let mut known = Box::new([0; (1 << KNOWN_BITS) / 64]);
        let (mut short, mut long) = (Vec::new(), Vec::new());
        for (index, &(text, mask)) in heads.iter().enumerate() {
            let bit = beginning(text, beyond[slot::<BEYOND_BITS>(text)]);
            known[bit / 64] |= 1 << (bit % 64);
            let word = Head {
                text,
                mask,
                entry: index as u16,
                is_all: entries[index].is_folded_alike(),
            };
            if mask == u64::MAX {
                long.push((slot_of_eight(text), word));
            } else {
                short.push((slot::<SLOT_BITS>(text), word));
            }
        }
        Self {
            beyond,
            known,
            short: Heads::new(short),
            long: Heads::new(long),
            entries,
        }
    }

    /// Those of the places of a block where a word may begin.
    #[inline(always)]
    pub(crate) fn known(&self, bytes: &[u8], base: usize, mut starts: u64) -> u64 {
        let mut known = 0;
        // Inside the text all places have eight bytes behind them, which nobody has to count.
        let inside: Option<&[u8; BLOCK + 8]> = bytes.get(base..).and_then(|rest| rest.first_chunk());
        while starts != 0 {
            let at = starts.trailing_zeros();
            let place = at as usize % BLOCK;
            let text = match inside {
                Some(block) => eight(&block[place..place + 8]),
                None => load(bytes, base + place),
            };
            known |= self.may_begin(text) << at;
            starts &= starts - 1;
        }
        known
    }

    /// Zero when none of the words begins with these eight bytes, or one.
    #[inline(always)]
    fn may_begin(&self, text: u64) -> u64 {
        let text = text | FOLD;
        let bit = beginning(text, self.beyond[slot::<BEYOND_BITS>(text)]);
        self.known[bit / 64] >> (bit % 64) & 1
    }

    /// Gives the words that stand at the start of `rest`, the short ones first, each kind in the order they were given.
    #[inline(always)]
    pub(crate) fn words_at<'l>(&'l self, rest: &[u8], mut each: impl FnMut(&'l Entry)) {
        let text = load(rest, 0) | FOLD;
        let lists = [
            self.short.in_slot(slot::<SLOT_BITS>(text)),
            self.long.in_slot(slot_of_eight(text)),
        ];
        for list in lists {
            for head in list {
                if (text ^ head.text) & head.mask == 0
                    && let Some(entry) = self.entries.get(usize::from(head.entry))
                    && (head.is_all || entry.begins(rest))
                {
                    each(entry);
                }
            }
        }
    }
}

impl Entry {
    /// True for a word of up to eight letters in any case: nothing else becomes the same by folding.
    fn is_folded_alike(&self) -> bool {
        !self.exact_case && self.text.len() <= 8 && self.text.bytes().all(|byte| byte.is_ascii_lowercase())
    }

    /// True when the word stands at the start of the text.
    #[inline(never)]
    fn begins(&self, rest: &[u8]) -> bool {
        rest.get(..self.text.len()).is_some_and(|there| {
            if self.exact_case {
                there == self.text.as_bytes()
            } else {
                there.eq_ignore_ascii_case(self.text.as_bytes())
            }
        })
    }
}

/// Eight bytes of the text; behind its end there are zeros.
#[inline(always)]
pub(crate) fn load(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..at + 8) {
        Some(there) => eight(there),
        None => load_end(bytes, at),
    }
}

/// Eight bytes as a number.
#[inline(always)]
fn eight(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight))
}

#[cold]
fn load_end(bytes: &[u8], at: usize) -> u64 {
    let mut padded = [0; 8];
    for (byte, there) in padded.iter_mut().zip(bytes.iter().skip(at)) {
        *byte = *there;
    }
    u64::from_le_bytes(padded)
}

fn head(word: &[u8]) -> (u64, u64) {
    let mask = if word.len() >= 8 {
        u64::MAX
    } else {
        (1 << (8 * word.len())) - 1
    };
    ((load(word, 0) | FOLD) & mask, mask)
}

#[inline(always)]
fn slot<const BITS: u32>(text: u64) -> usize {
    let three = (text & 0xFF_FFFF) as u32;
    (three.wrapping_mul(0x9E37_79B1) >> (u32::BITS - BITS)) as usize
}

#[inline(always)]
fn slot_of_eight(text: u64) -> usize {
    (text.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - SLOT_BITS)) as usize
}

/// The bit of a text without so many bits at its end.
#[inline(always)]
fn beginning(text: u64, beyond: u8) -> usize {
    let bytes = text << (beyond % u64::BITS as u8);
    (bytes.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - KNOWN_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::{Entry, Lexicon, load};

    fn lexicon(words: &[&'static str]) -> Lexicon {
        Lexicon::new(words.iter().enumerate().map(|(index, text)| Entry {
            text,
            exact_case: text.starts_with(|c: char| c.is_ascii_uppercase()),
            family: 0,
            index,
        }))
    }

    fn found(lexicon: &Lexicon, text: &str) -> Vec<&'static str> {
        let mut found = Vec::new();
        lexicon.words_at(text.as_bytes(), |entry| found.push(entry.text));
        found
    }

    #[test]
    fn words_of_every_length_pass_the_filter_and_are_found() {
        let words = [
            "key",
            "keys",
            "keyst",
            "keysto",
            "keystore",
            "keystores of",
            "AKIA",
            "пароль",
            "密码",
            "sk-",
        ];
        let lexicon = lexicon(&words);
        for word in words {
            for text in [word.to_owned(), format!("{word} x"), word.to_ascii_uppercase()] {
                assert_eq!(lexicon.may_begin(load(text.as_bytes(), 0)), 1, "{text}");
                assert!(found(&lexicon, &text).contains(&word), "{text}");
            }
        }
        assert_eq!(
            found(&lexicon, "KeyStore"),
            ["key", "keys", "keyst", "keysto", "keystore"]
        );
        assert!(found(&lexicon, "akia").is_empty());
        assert!(found(&lexicon, "ke").is_empty());
    }

    #[test]
    fn most_of_what_is_not_there_does_not_pass() {
        let lexicon = lexicon(&["password", "internal", "contraseña"]);
        for text in ["passages", "interior", "contains", "function"] {
            assert_eq!(lexicon.may_begin(load(text.as_bytes(), 0)), 0, "{text}");
        }
    }
}
