//! Many phrases looked for in one short text: most are ruled out by a pair of letters the text does not have.

const WORDS: usize = 16;

/// A text, and the pairs of bytes in it.
pub(crate) struct Phrases<'t> {
    text: &'t str,
    pairs: [u64; WORDS],
}

impl<'t> Phrases<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let mut pairs = [0; WORDS];
        for pair in text.as_bytes().windows(2) {
            let bit = place(pair[0], pair[1]);
            pairs[bit / 64] |= 1 << (bit % 64);
        }
        Self { text, pairs }
    }

    /// True when the phrase stands in the text, in any word.
    pub(crate) fn hold(&self, phrase: &str) -> bool {
        self.may_hold(phrase) && memchr::memmem::find(self.text.as_bytes(), phrase.as_bytes()).is_some()
    }

    /// True when the phrase stands in the text and no word goes on at its ends.
    pub(crate) fn hold_word(&self, phrase: &str) -> bool {
        self.may_hold(phrase)
            && memchr::memmem::find_iter(self.text.as_bytes(), phrase.as_bytes()).any(|at| {
                let before = self.text[..at].chars().next_back();
                let after = self.text[at + phrase.len()..].chars().next();
                !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
            })
    }

    /// False for most phrases that do not stand in the text.
    pub(crate) fn may_hold(&self, phrase: &str) -> bool {
        let phrase = phrase.as_bytes();
        let has = |pair: &[u8]| {
            let bit = place(pair[0], pair[1]);
            self.pairs[bit / 64] >> (bit % 64) & 1 == 1
        };
        phrase.len() <= self.text.len() && phrase.windows(2).all(has)
    }
}

fn place(first: u8, second: u8) -> usize {
    ((u32::from(first) | u32::from(second) << 8).wrapping_mul(0x9E37_79B1) >> 22) as usize
}

#[cfg(test)]
mod tests {
    use super::Phrases;

    #[test]
    fn phrases_are_found_whole_or_inside_words() {
        let text = Phrases::new("der volle name des empfängers, id");
        for (phrase, inside, word) in [
            ("name", true, true),
            ("empfänger", true, false),
            ("volle name", true, true),
            ("id", true, true),
            ("d", true, false),
            ("nome", false, false),
            ("names", false, false),
        ] {
            assert_eq!(text.hold(phrase), inside, "{phrase}");
            assert_eq!(text.hold_word(phrase), word, "{phrase}");
        }
    }
}
