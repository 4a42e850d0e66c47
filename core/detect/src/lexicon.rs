//! All words of all families, and the filter that tells in a few instructions that none begins here.

use crate::classes::letters;
use crate::masks::BLOCK;

/// A word the sweep knows, and the family that asked for it.
pub(crate) struct Entry {
    pub(crate) text: &'static str,
    pub(crate) exact_case: bool,
    pub(crate) family: usize,
    /// Which of the family's words this is.
    pub(crate) index: usize,
    /// No letter may follow.
    pub(crate) is_whole: bool,
    /// What the family says of the word is kept with it: to ask takes a jump that nobody can guess.
    pub(crate) joins_literals: bool,
    pub(crate) has_long_values: bool,
}

const BEYOND_BITS: u32 = 13;
const KNOWN_BITS: u32 = 16;
const KNOWN_BLOCKS: usize = (1 << KNOWN_BITS) / 64;
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
    known: Box<[u64; KNOWN_BLOCKS]>,
    /// How many beginnings are known in the blocks before each.
    before: Box<[u16; KNOWN_BLOCKS]>,
    /// Where the words of each beginning start, and behind the last of them where they end.
    starts: Vec<u16>,
    heads: Vec<Head>,
    entries: Vec<Entry>,
}

/// How a word begins, and which it is.
#[derive(Clone, Copy)]
struct Head {
    /// The first eight bytes, letters small where any case will do.
    text: u64,
    /// Which of them the word has.
    mask: u64,
    /// The bit that is set in letters of any case.
    fold: u64,
    entry: u16,
    /// More bytes follow.
    is_longer: bool,
}

impl Head {
    fn new(index: usize, entry: &Entry, mask: u64) -> Self {
        let text = load(entry.text.as_bytes(), 0) & mask;
        let fold = if entry.exact_case { 0 } else { letters(text) >> 2 };
        Self {
            text: text | fold,
            mask,
            fold,
            entry: index as u16,
            is_longer: entry.text.len() > 8,
        }
    }
}

impl Lexicon {
    /// Words have at least three bytes.
    pub(crate) fn new(words: impl Iterator<Item = Entry>) -> Self {
        let entries: Vec<Entry> = words.collect();
        let folded: Vec<_> = entries.iter().map(|entry| head(entry.text.as_bytes())).collect();
        let mut beyond = Box::new([u64::BITS as u8 - 1; 1 << BEYOND_BITS]);
        for (text, mask) in &folded {
            let (beyond, own) = (&mut beyond[slot(*text)], mask.leading_zeros() as u8);
            // The longest is what is beyond the shortest word.
            let is_first = *beyond == u64::BITS as u8 - 1;
            *beyond = if is_first { own } else { own.max(*beyond) };
        }
        let mut known = Box::new([0u64; KNOWN_BLOCKS]);
        let mut heads = Vec::with_capacity(entries.len());
        for (index, (entry, &(text, mask))) in entries.iter().zip(&folded).enumerate() {
            let bit = beginning(text, beyond[slot(text)]);
            known[bit / 64] |= 1 << (bit % 64);
            heads.push((bit, mask == u64::MAX, Head::new(index, entry, mask)));
        }
        // Short words first, each kind in the order they were given.
        heads.sort_by_key(|&(bit, is_long, _)| (bit, is_long));
        let mut before = Box::new([0; KNOWN_BLOCKS]);
        for block in 1..KNOWN_BLOCKS {
            before[block] = before[block - 1] + known[block - 1].count_ones() as u16;
        }
        let firsts = heads.chunk_by(|(a, ..), (b, ..)| a == b).map(<[_]>::len);
        let ends = firsts.scan(0, |end, length| {
            *end += length as u16;
            Some(*end)
        });
        Self {
            beyond,
            known,
            before,
            starts: std::iter::once(0).chain(ends).collect(),
            heads: heads.into_iter().map(|(.., head)| head).collect(),
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
        let bit = self.bit(text);
        self.known[bit / 64] >> (bit % 64) & 1
    }

    #[inline(always)]
    fn bit(&self, text: u64) -> usize {
        let text = text | FOLD;
        beginning(text, self.beyond[slot(text)])
    }

    /// The words that begin like these eight bytes, and perhaps others.
    #[inline(always)]
    fn alike(&self, text: u64) -> &[Head] {
        let bit = self.bit(text);
        let (block, lower) = (self.known[bit / 64], (1 << (bit % 64)) - 1);
        if block >> (bit % 64) & 1 == 0 {
            return &[];
        }
        let rank = usize::from(self.before[bit / 64]) + (block & lower).count_ones() as usize;
        match self.starts.get(rank..rank + 2) {
            Some(&[start, end]) => self.heads.get(usize::from(start)..usize::from(end)).unwrap_or(&[]),
            _ => &[],
        }
    }

    /// Gives the words that stand at the start of `rest`, the short ones first, each kind in the order they were given.
    #[inline(always)]
    pub(crate) fn words_at<'l>(&'l self, rest: &[u8], mut each: impl FnMut(&'l Entry)) {
        let text = load(rest, 0);
        for head in self.alike(text) {
            if ((text | head.fold) ^ head.text) & head.mask == 0
                && let Some(entry) = self.entries.get(usize::from(head.entry))
                && (!head.is_longer || entry.begins(rest))
            {
                each(entry);
            }
        }
    }
}

impl Entry {
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
fn slot(text: u64) -> usize {
    let three = (text & 0xFF_FFFF) as u32;
    (three.wrapping_mul(0x9E37_79B1) >> (u32::BITS - BEYOND_BITS)) as usize
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
            is_whole: false,
            joins_literals: false,
            has_long_values: false,
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
