//! The surrogates of one conversation, made ready to be found in running text.
//!
//! A trie over lower-cased bytes. Models repeat a surrogate as it was given, in another case, or with markdown escapes
//! (`\[EMAIL\_1\]`); all three lead to the same leaf, and where two surrogates differ only in case, only the exact
//! spelling counts.

use std::ops::Range;

use memchr::{memchr_iter, memchr2};
use weir_model::Sensitive;

use super::Replacement;

/// What stands at the beginning of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A surrogate of this many bytes.
    Whole { length: usize, entry: usize },
    /// The beginning of one: the next bytes decide.
    Cut,
    /// No surrogate.
    Nothing,
}

/// How a text may spell a surrogate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spelling {
    /// Only as given: text the provider has signed must come back from the client unchanged.
    pub(super) exact: bool,
    /// Backslashes of one markdown escape: two inside nested JSON.
    pub(super) backslashes: usize,
}

/// All surrogates of a conversation.
pub(super) struct Surrogates {
    nodes: Vec<Node>,
    entries: Vec<Replacement>,
    starts: Box<[bool; 256]>,
    /// Bytes that can follow the first one of a surrogate.
    seconds: Box<[bool; 256]>,
    bracket_only: bool,
    longest: usize,
    /// They are values to be taken out: nothing excuses one, neither the address of a link nor how it is written.
    pub(super) take_out: bool,
}

#[derive(Default)]
struct Node {
    children: Vec<(u8, u32)>,
    entries: Vec<u32>,
}

impl Surrogates {
    pub(super) fn new(restore: Vec<Replacement>) -> Self {
        let mut table = Self {
            nodes: vec![Node::default()],
            entries: Vec::new(),
            starts: Box::new([false; 256]),
            seconds: Box::new([false; 256]),
            bracket_only: true,
            longest: 0,
            take_out: false,
        };
        for replacement in restore {
            table.insert(replacement);
        }
        table
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The longest spelling of any surrogate, in bytes: nothing is held back for longer.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    pub(super) fn original(&self, entry: usize) -> &Sensitive<String> {
        &self.entries[entry].original
    }

    /// True when a surrogate can begin with this byte.
    pub(super) fn starts_with(&self, byte: u8) -> bool {
        self.starts[usize::from(byte)]
    }

    /// The first place at which a surrogate, or an escape of any kind, can begin.
    pub(super) fn next_start(&self, text: &[u8]) -> Option<usize> {
        if self.bracket_only {
            memchr2(b'[', b'\\', text)
        } else {
            text.iter().position(|&byte| byte == b'\\' || self.starts_with(byte))
        }
    }

    /// All that stand in a text which is complete, as given or in another case.
    pub(super) fn all_in(&self, text: &[u8]) -> Vec<(Range<usize>, usize)> {
        const SPELLING: Spelling = Spelling {
            exact: false,
            backslashes: 1,
        };
        let (mut all, mut at) = (Vec::new(), 0);
        while let Some(next) = self.next_start(&text[at..]) {
            at += next;
            match self.at(&text[at..], SPELLING, true) {
                Found::Whole { length, entry } => {
                    all.push((at..at + length, entry));
                    at += length;
                }
                Found::Cut | Found::Nothing => at += 1,
            }
        }
        all
    }

    /// True when the bytes of a document may hold a surrogate: cheap, and wrong only in the direction of yes for
    /// surrogates written without escapes. Values to be taken out may be written in any way.
    pub(super) fn hint(&self, bytes: &[u8]) -> bool {
        if self.take_out {
            return !self.is_empty();
        }
        let follows = |place: usize| {
            bytes
                .get(place + 1)
                .is_some_and(|&second| self.seconds[usize::from(second)] || second == b'\\')
        };
        if self.bracket_only {
            memchr_iter(b'[', bytes).any(follows)
        } else {
            bytes
                .iter()
                .enumerate()
                .any(|(place, &byte)| byte != b'\\' && self.starts_with(byte) && follows(place))
        }
    }

    /// What `text` begins with. `complete`: nothing follows it, so a beginning is not worth waiting for.
    pub(super) fn at(&self, text: &[u8], spelling: Spelling, complete: bool) -> Found {
        let lead = match text.first() {
            Some(b'\\') if !spelling.exact => {
                let run = text
                    .iter()
                    .take(spelling.backslashes)
                    .take_while(|&&byte| byte == b'\\')
                    .count();
                if run == text.len() && !complete {
                    return Found::Cut;
                }
                run
            }
            _ => 0,
        };
        if lead != 0 && lead != spelling.backslashes {
            return Found::Nothing;
        }
        match self.walk(text, lead, spelling) {
            Walk { cut: true, .. } if !complete => Found::Cut,
            Walk {
                found: Some((length, entry)),
                ..
            } => Found::Whole { length, entry },
            _ => Found::Nothing,
        }
    }

    /// One more; what is being read is read on with it.
    pub(super) fn insert(&mut self, replacement: Replacement) {
        let surrogate = replacement.surrogate.as_bytes();
        let Some(&first) = surrogate.first() else { return };
        let mut node = 0;
        for byte in surrogate {
            node = self.child_or_new(node, byte.to_ascii_lowercase());
        }
        let known = self.nodes[node]
            .entries
            .iter()
            .any(|&entry| self.entries[entry as usize].surrogate == replacement.surrogate);
        if known {
            return;
        }
        let entry = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        self.nodes[node].entries.push(entry);
        for start in [first.to_ascii_lowercase(), first.to_ascii_uppercase()] {
            self.starts[usize::from(start)] = true;
        }
        for second in surrogate.get(1).map_or(0..=u8::MAX, |second| *second..=*second) {
            self.seconds[usize::from(second.to_ascii_lowercase())] = true;
            self.seconds[usize::from(second.to_ascii_uppercase())] = true;
        }
        self.starts[usize::from(b'\\')] |= first.is_ascii_punctuation();
        self.bracket_only &= first == b'[';
        let escapes = surrogate.iter().filter(|byte| byte.is_ascii_punctuation()).count();
        self.longest = self.longest.max(surrogate.len() + 2 * escapes);
        self.entries.push(replacement);
    }

    fn child_or_new(&mut self, node: usize, byte: u8) -> usize {
        if let Some(child) = self.child(node, byte) {
            return child;
        }
        let child = self.nodes.len();
        self.nodes.push(Node::default());
        self.nodes[node]
            .children
            .push((byte, u32::try_from(child).unwrap_or(u32::MAX)));
        child
    }

    fn child(&self, node: usize, byte: u8) -> Option<usize> {
        self.nodes[node]
            .children
            .iter()
            .find(|(label, _)| *label == byte)
            .map(|&(_, child)| child as usize)
    }

    /// Follows the trie from `text[lead..]`. A leading escape belongs to the surrogate only when its last character is
    /// escaped too; alone it may as well be the end of a path (`C:\[NAME_1]`) and stays.
    fn walk(&self, text: &[u8], lead: usize, spelling: Spelling) -> Walk {
        let mut state = Walk {
            found: None,
            cut: false,
        };
        let (mut node, mut at, mut escaped) = (0, lead, false);
        loop {
            if lead == 0 || escaped {
                state.found = self
                    .choose(node, &text[..at], spelling)
                    .map(|entry| (at, entry))
                    .or(state.found);
            }
            let Some(&byte) = text.get(at) else {
                state.cut = !self.nodes[node].children.is_empty();
                return state;
            };
            if let Some(child) = self.child(node, byte.to_ascii_lowercase()) {
                (node, at, escaped) = (child, at + 1, false);
                continue;
            }
            if byte != b'\\' || spelling.exact || node == 0 {
                return state;
            }
            match self.escape(node, &text[at..], spelling.backslashes) {
                Escape::Of(child) => (node, at, escaped) = (child, at + spelling.backslashes + 1, true),
                Escape::Cut => {
                    state.cut = true;
                    return state;
                }
                Escape::Other => return state,
            }
        }
    }

    fn escape(&self, node: usize, text: &[u8], backslashes: usize) -> Escape {
        if self.nodes[node]
            .children
            .iter()
            .all(|(label, _)| !label.is_ascii_punctuation())
        {
            return Escape::Other;
        }
        if text.iter().take(backslashes).any(|&byte| byte != b'\\') {
            return Escape::Other;
        }
        match text.get(backslashes) {
            None => Escape::Cut,
            Some(next) if next.is_ascii_punctuation() => self.child(node, *next).map_or(Escape::Other, Escape::Of),
            Some(_) => Escape::Other,
        }
    }

    fn choose(&self, node: usize, text: &[u8], spelling: Spelling) -> Option<usize> {
        let entries = &self.nodes[node].entries;
        let exact = entries
            .iter()
            .find(|&&entry| self.entries[entry as usize].surrogate.as_bytes() == text);
        match (exact, entries.as_slice()) {
            (Some(&entry), _) => Some(entry as usize),
            (None, [entry]) if !spelling.exact => Some(*entry as usize),
            _ => None,
        }
    }
}

struct Walk {
    found: Option<(usize, usize)>,
    cut: bool,
}

enum Escape {
    Of(usize),
    Cut,
    Other,
}

#[cfg(test)]
mod tests {
    use super::{Found, Spelling, Surrogates};
    use crate::answer::Replacement;
    use weir_model::Sensitive;

    const TEXT: Spelling = Spelling {
        exact: false,
        backslashes: 1,
    };
    const NESTED: Spelling = Spelling {
        exact: false,
        backslashes: 2,
    };
    const EXACT: Spelling = Spelling {
        exact: true,
        backslashes: 1,
    };

    #[test]
    fn a_surrogate_is_found_as_given_in_another_case_and_with_markdown_escapes() {
        let table = table(&["[EMAIL_1]", "[EMAIL_10]"]);
        for (text, length, entry) in [
            ("[EMAIL_1] x", 9, 0),
            ("[EMAIL_10]", 10, 1),
            ("[email_1]", 9, 0),
            (r"\[EMAIL_1\]", 11, 0),
            (r"[EMAIL\_1]", 10, 0),
        ] {
            assert_eq!(
                table.at(text.as_bytes(), TEXT, false),
                Found::Whole { length, entry },
                "{text}"
            );
        }
        assert_eq!(
            table.at(br"\\[EMAIL\\_10\\]", NESTED, false),
            Found::Whole { length: 16, entry: 1 }
        );
    }

    #[test]
    fn near_misses_are_nothing() {
        let table = table(&["[EMAIL_1]"]);
        for text in [
            "[EMAIL_2]",
            "[EMAIL 1]",
            "[1]",
            "EMAIL_1",
            "[[EMAIL_1]]",
            r"\[EMAIL_1]",
            r"[\EMAIL_1]",
            r"[EMAIL\\_1]",
            "",
        ] {
            assert_eq!(table.at(text.as_bytes(), TEXT, true), Found::Nothing, "{text}");
        }
    }

    #[test]
    fn every_beginning_waits_for_more_unless_the_text_is_complete() {
        let table = table(&["[EMAIL_1]"]);
        for whole in ["[EMAIL_1]", r"\[EMAIL\_1\]"] {
            for end in 1..whole.len() {
                assert_eq!(
                    table.at(&whole.as_bytes()[..end], TEXT, false),
                    Found::Cut,
                    "{}",
                    &whole[..end]
                );
                assert_eq!(
                    table.at(&whole.as_bytes()[..end], TEXT, true),
                    Found::Nothing,
                    "{}",
                    &whole[..end]
                );
            }
        }
    }

    #[test]
    fn one_surrogate_that_begins_another_waits_and_then_counts() {
        let table = table(&["NAME1", "NAME12"]);
        assert_eq!(table.at(b"NAME1", TEXT, false), Found::Cut);
        assert_eq!(table.at(b"NAME1", TEXT, true), Found::Whole { length: 5, entry: 0 });
        assert_eq!(table.at(b"NAME1.", TEXT, false), Found::Whole { length: 5, entry: 0 });
        assert_eq!(table.at(b"NAME12", TEXT, false), Found::Whole { length: 6, entry: 1 });
    }

    #[test]
    fn where_only_the_case_differs_only_the_exact_spelling_counts() {
        let table = table(&["[Key_1]", "[KEY_1]"]);
        assert_eq!(table.at(b"[KEY_1]", TEXT, false), Found::Whole { length: 7, entry: 1 });
        assert_eq!(table.at(b"[key_1]", TEXT, false), Found::Nothing);
        assert_eq!(table.at(b"[Key_1]", EXACT, false), Found::Whole { length: 7, entry: 0 });
    }

    #[test]
    fn signed_text_is_only_restored_as_given() {
        let table = table(&["[EMAIL_1]"]);
        assert_eq!(
            table.at(b"[EMAIL_1]", EXACT, false),
            Found::Whole { length: 9, entry: 0 }
        );
        assert_eq!(table.at(b"[email_1]", EXACT, true), Found::Nothing);
        assert_eq!(table.at(br"\[EMAIL_1\]", EXACT, true), Found::Nothing);
    }

    fn table(surrogates: &[&str]) -> Surrogates {
        Surrogates::new(
            surrogates
                .iter()
                .map(|s| Replacement {
                    surrogate: (*s).to_owned(),
                    original: Sensitive::new("x".to_owned()),
                })
                .collect(),
        )
    }
}
