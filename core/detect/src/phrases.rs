//! Lists of phrases looked for in short texts: what two bytes rule out is never compared.

/// A list of phrases in the order of the two bytes they begin or end with; built with the program.
pub(crate) struct Sorted<P: ?Sized> {
    /// Where the phrases of each pair begin.
    starts: [u16; PAIRS + 1],
    phrases: P,
}

/// A list of any length.
pub(crate) type Index = Sorted<[&'static str]>;

/// Slots for pairs of bytes.
const PAIRS: usize = 1 << 9;

impl<const N: usize> Sorted<[&'static str; N]> {
    /// For phrases of two bytes and more that are looked for at the start of a text, or anywhere in it.
    pub(crate) const fn by_start(phrases: [&'static str; N]) -> Self {
        Self::new(phrases, true)
    }

    /// For phrases that are looked for at the end of a text.
    pub(crate) const fn by_end(phrases: [&'static str; N]) -> Self {
        Self::new(phrases, false)
    }

    const fn new(phrases: [&'static str; N], by_start: bool) -> Self {
        let mut index = Self {
            starts: [0; PAIRS + 1],
            phrases,
        };
        let mut at = 0;
        while at < N {
            index.starts[slot_of(phrases[at], by_start) + 1] += 1;
            at += 1;
        }
        let mut slot = 0;
        while slot < PAIRS {
            index.starts[slot + 1] += index.starts[slot];
            slot += 1;
        }
        let mut filled = index.starts;
        at = 0;
        while at < N {
            let slot = slot_of(phrases[at], by_start);
            index.phrases[filled[slot] as usize] = phrases[at];
            filled[slot] += 1;
            at += 1;
        }
        index
    }
}

impl Index {
    /// All of them, in some order.
    pub(crate) fn all(&self) -> &[&'static str] {
        &self.phrases
    }

    fn in_slot(&self, slot: usize) -> &[&'static str] {
        &self.phrases[usize::from(self.starts[slot])..usize::from(self.starts[slot + 1])]
    }

    /// The phrases at the start of the text.
    #[inline]
    pub(crate) fn starting<'i>(&'i self, text: &'i [u8]) -> impl Iterator<Item = &'static str> + 'i {
        let alike = match text {
            [first, second, ..] => self.in_slot(pair(*first, *second)),
            _ => &[],
        };
        alike
            .iter()
            .copied()
            .filter(|phrase| goes_on_alike(text, phrase.as_bytes()) && text.starts_with(phrase.as_bytes()))
    }

    /// The phrases at the end of the text.
    #[inline]
    pub(crate) fn ending<'i>(&'i self, text: &'i [u8]) -> impl Iterator<Item = &'static str> + 'i {
        let last = text.last().copied().unwrap_or(0);
        let longer = match text {
            [.., before, last] => self.in_slot(pair(*before, *last)),
            _ => &[],
        };
        let phrases = longer.iter().chain(self.in_slot(pair(0, last))).copied();
        phrases.filter(|phrase| text.ends_with(phrase.as_bytes()))
    }

    /// True when the text is one of the phrases.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.starting(text.as_bytes()).any(|phrase| phrase == text)
    }

    /// The first place in the text where one of the phrases stands, in any word, and is meant.
    #[inline]
    pub(crate) fn find(
        &self,
        text: &[u8],
        mut is_meant: impl FnMut(usize, &'static str) -> bool,
    ) -> Option<(usize, &'static str)> {
        for (at, two) in text.windows(2).enumerate() {
            let slot = pair(two[0], two[1]);
            if self.starts[slot] == self.starts[slot + 1] {
                continue;
            }
            let rest = &text[at..];
            for phrase in self.in_slot(slot) {
                let phrase_bytes = phrase.as_bytes();
                if goes_on_alike(rest, phrase_bytes) && rest.starts_with(phrase_bytes) && is_meant(at, phrase) {
                    return Some((at, phrase));
                }
            }
        }
        None
    }

    /// True when one of the phrases stands in the text, in any word.
    pub(crate) fn stands_in(&self, text: &str) -> bool {
        self.find(text.as_bytes(), |_, _| true).is_some()
    }

    /// True when one of the phrases stands in the text and no word goes on at its ends.
    pub(crate) fn stands_alone_in(&self, text: &str) -> bool {
        let alone = |at: usize, phrase: &str| {
            let before = text[..at].chars().next_back();
            let after = text[at + phrase.len()..].chars().next();
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        };
        self.find(text.as_bytes(), alone).is_some()
    }

    /// True when the text ends with one of the phrases, and no word goes on before it.
    pub(crate) fn ends_alone(&self, text: &str) -> bool {
        self.ending(text.as_bytes())
            .any(|phrase| !text[..text.len() - phrase.len()].ends_with(char::is_alphanumeric))
    }
}

/// False when the third bytes differ: many words begin with the same two letters, few with three.
#[inline(always)]
pub(crate) fn goes_on_alike(text: &[u8], phrase: &[u8]) -> bool {
    phrase.len() < 3 || text.get(2) == phrase.get(2)
}

const fn slot_of(phrase: &str, by_start: bool) -> usize {
    let bytes = phrase.as_bytes();
    assert!(!bytes.is_empty() && (bytes.len() > 1 || !by_start));
    match bytes {
        [first, second, ..] if by_start => pair(*first, *second),
        [.., before, last] => pair(*before, *last),
        _ => pair(0, bytes[0]),
    }
}

const fn pair(first: u8, second: u8) -> usize {
    ((first as u32 | (second as u32) << 8).wrapping_mul(0x9E37_79B1) >> (u32::BITS - PAIRS.ilog2())) as usize
}

#[cfg(test)]
mod tests {
    use super::{Index, Sorted};

    const LIST: [&str; 7] = ["name", "empfänger", "volle name", "id", "des", "nome", "names"];

    #[test]
    fn phrases_are_found_whole_or_inside_words() {
        let text = "der volle name des empfängers, id";
        let all: &Index = &Sorted::by_start(LIST);
        for (phrase, inside, word) in [
            ("name", true, true),
            ("empfänger", true, false),
            ("volle name", true, true),
            ("id", true, true),
            ("de", true, false),
            ("nome", false, false),
            ("names", false, false),
        ] {
            let index: &Index = &Sorted::by_start([phrase]);
            assert_eq!(index.stands_in(text), inside, "{phrase}");
            assert_eq!(index.stands_alone_in(text), word, "{phrase}");
            assert_eq!(all.has(phrase), phrase != "de", "{phrase}");
        }
    }

    #[test]
    fn phrases_are_found_at_the_end_of_a_text() {
        let all: &Index = &Sorted::by_end(["name", "&"]);
        for (text, ends, alone) in [
            ("der name", true, true),
            ("surname", true, false),
            ("a &", true, true),
            ("&", true, true),
            ("a", false, false),
            ("", false, false),
        ] {
            assert_eq!(all.ending(text.as_bytes()).next().is_some(), ends, "{text}");
            assert_eq!(all.ends_alone(text), alone, "{text}");
        }
    }
}
