//! The prefilter: one pass over the bytes that finds where a detector should look.
//!
//! Text is cut into tokens (letters, digits, `_`, `-`) and marks. At each start of a word inside a token the first
//! three bytes, in lower case, are looked up in a bit set of the lexicon; one word in a hundred gets further. Numbers
//! are collected over single separators. The cost per ordinary byte is a table lookup.

use crate::classes::{ALNUM, DIGIT, HIGH, JOIN, LETTER, LOWER, MARK, SPACE, TOKEN, UPPER, class, is, run_end};

/// What the sweep hands over. Positions are bytes of the page.
pub(crate) trait Sink {
    /// An entry of the lexicon begins at `start` and ends at `end`.
    fn word(&mut self, entry: &Entry, start: usize, end: usize);
    /// Groups of digits with single separators between them.
    fn number(&mut self, number: &Number);
    /// A token of letters and digits, or one long enough to be a secret.
    fn token(&mut self, token: Token);
    /// A word with a capital letter, or of letters outside ASCII, behind which a name may go on.
    fn capitals(&mut self, start: usize, end: usize);
    /// One of the marks `@ : = % \ & +`.
    fn mark(&mut self, mark: u8, at: usize);
    /// Single characters, each followed by the same separator: `4 1 1 1`.
    fn spaced(&mut self, start: usize, end: usize);
}

/// A token and what it is made of.
#[derive(Clone, Copy)]
pub(crate) struct Token {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Union of the classes of its bytes.
    pub(crate) classes: u8,
}

impl Token {
    pub(crate) fn len(self) -> usize {
        self.end - self.start
    }

    pub(crate) fn has(self, classes: u8) -> bool {
        self.classes & classes == classes
    }
}

const MAX_GROUPS: usize = 24;
const MAX_DIGITS: usize = 40;

/// Groups of digits: `4111 1111 1111 1111`.
pub(crate) struct Number {
    groups: [(u32, u32); MAX_GROUPS],
    count: usize,
    digits: usize,
}

impl Number {
    /// The groups as (start, end).
    pub(crate) fn groups(&self) -> impl ExactSizeIterator<Item = (usize, usize)> + '_ {
        self.groups[..self.count]
            .iter()
            .map(|&(start, end)| (start as usize, end as usize))
    }

    pub(crate) fn group(&self, index: usize) -> (usize, usize) {
        let (start, end) = self.groups[index];
        (start as usize, end as usize)
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn digits(&self) -> usize {
        self.digits
    }

    pub(crate) fn start(&self) -> usize {
        self.groups[0].0 as usize
    }

    pub(crate) fn end(&self) -> usize {
        self.groups[self.count - 1].1 as usize
    }
}

/// A word the sweep knows, and the family that asked for it.
pub(crate) struct Entry {
    pub(crate) text: &'static str,
    pub(crate) exact_case: bool,
    pub(crate) family: usize,
    /// Which of the family's words this is.
    pub(crate) index: usize,
}

const SLOTS: usize = 1 << 15;

/// All words of all families, found by a hash of their first three bytes.
pub(crate) struct Lexicon {
    bits: Box<[u64; SLOTS / 64]>,
    /// For each slot the index of its first entry.
    heads: Vec<u16>,
    /// Entries by slot, with the fourth byte in lower case beside them: it rules out most.
    entries: Vec<(u16, u8, Entry)>,
}

impl Lexicon {
    pub(crate) fn new(words: impl Iterator<Item = Entry>) -> Self {
        let fourth = |entry: &Entry| entry.text.as_bytes().get(3).map_or(0, |byte| byte | 0x20);
        let mut entries: Vec<_> = words
            .map(|entry| (slot(entry.text.as_bytes()), fourth(&entry), entry))
            .collect();
        entries.sort_by_key(|(slot, ..)| *slot);
        let mut bits = Box::new([0; SLOTS / 64]);
        let mut heads = vec![0; SLOTS];
        for (index, (slot, ..)) in entries.iter().enumerate().rev() {
            bits[*slot as usize / 64] |= 1 << (*slot % 64);
            heads[*slot as usize] = index as u16;
        }
        Self { bits, heads, entries }
    }

    #[inline(always)]
    fn knows(&self, slot: u16) -> bool {
        self.bits[slot as usize / 64] >> (slot % 64) & 1 == 1
    }

    /// The entries of a slot whose fourth byte, if they have one, is this.
    #[inline]
    fn entries_at(&self, slot: u16, fourth: u8) -> impl Iterator<Item = &Entry> {
        self.entries[self.heads[slot as usize] as usize..]
            .iter()
            .take_while(move |(s, ..)| *s == slot)
            .filter(move |(_, byte, _)| *byte == 0 || *byte == fourth | 0x20)
            .map(|(.., entry)| entry)
    }
}

#[inline(always)]
fn slot(bytes: &[u8]) -> u16 {
    let fold = |at: usize| u32::from(bytes[at] | 0x20);
    let key = fold(0) | fold(1) << 8 | fold(2) << 16;
    (key.wrapping_mul(0x9E37_79B1) >> 17) as u16
}

/// Reads the whole text once.
pub(crate) fn sweep(bytes: &[u8], lexicon: &Lexicon, sink: &mut impl Sink) {
    let mut reader = Reader {
        bytes,
        lexicon,
        sink,
        number_end: 0,
        spaced: Spaced::default(),
    };
    let mut at = 0;
    while at < bytes.len() {
        let classes = class(bytes[at]);
        if classes & (TOKEN | HIGH) != 0 {
            at = reader.token(at);
        } else {
            if classes & MARK != 0 {
                reader.sink.mark(bytes[at], at);
            }
            at += if is_line_escape(bytes, at) { 2 } else { 1 };
        }
    }
    reader.end_spaced();
}

struct Reader<'a, S> {
    bytes: &'a [u8],
    lexicon: &'a Lexicon,
    sink: &'a mut S,
    number_end: usize,
    spaced: Spaced,
}

/// A run of single characters under way.
#[derive(Default)]
struct Spaced {
    start: usize,
    end: usize,
    count: usize,
}

/// Fewer single characters than this are initials, a board position, a list of options.
const SPACED_MIN: usize = 9;
const CODE_MIN: usize = 4;
const LONG_MIN: usize = 12;

impl<S: Sink> Reader<'_, S> {
    #[inline]
    fn token(&mut self, start: usize) -> usize {
        let bytes = self.bytes;
        let mut at = start;
        let mut seen = 0;
        while at < bytes.len() {
            let classes = class(bytes[at]);
            if classes & LETTER != 0 {
                self.word(at);
                seen |= classes;
                at += 1;
                while at < bytes.len() && class(bytes[at]) & UPPER != 0 {
                    seen |= UPPER;
                    at += 1;
                }
                while at < bytes.len() && class(bytes[at]) & LOWER != 0 {
                    seen |= LOWER;
                    at += 1;
                }
            } else if classes & DIGIT != 0 {
                seen |= DIGIT;
                if at >= self.number_end {
                    self.number(at);
                }
                at += 1;
                while at < bytes.len() && class(bytes[at]) & DIGIT != 0 {
                    at += 1;
                }
            } else if classes & JOIN != 0 {
                seen |= JOIN;
                if bytes[at] == b'-' {
                    self.word(at);
                }
                at += 1;
            } else if classes & HIGH != 0 {
                if at == start || bytes[at] >= 0xE0 || !is(bytes[at - 1], HIGH | LETTER) {
                    self.word(at);
                }
                at += 1;
            } else {
                break;
            }
        }
        self.finish(Token {
            start,
            end: at,
            classes: seen,
        });
        at
    }

    #[inline(always)]
    fn word(&mut self, at: usize) {
        if at + 3 > self.bytes.len() {
            return;
        }
        let slot = slot(&self.bytes[at..at + 3]);
        if self.lexicon.knows(slot) {
            self.known(slot, at);
        }
    }

    fn known(&mut self, slot: u16, at: usize) {
        let rest = &self.bytes[at..];
        let fourth = rest.get(3).copied().unwrap_or(0);
        for entry in self.lexicon.entries_at(slot, fourth) {
            let word = entry.text.as_bytes();
            if rest.len() < word.len() {
                continue;
            }
            let there = &rest[..word.len()];
            if if entry.exact_case {
                there == word
            } else {
                there.eq_ignore_ascii_case(word)
            } {
                self.sink.word(entry, at, at + word.len());
            }
        }
    }

    #[inline]
    fn finish(&mut self, token: Token) {
        let len = token.len();
        if len == 1 {
            self.single(token.start);
        } else if self.spaced.count > 0 {
            self.end_spaced();
        }
        if self.names_may_go_on(token) {
            self.sink.capitals(token.start, token.end);
        }
        let mixed = token.classes & LETTER != 0 && token.classes & DIGIT != 0;
        if (mixed && len >= CODE_MIN) || (len >= LONG_MIN && token.classes & ALNUM != LOWER) {
            self.sink.token(token);
        }
    }

    /// `Colin Granger`, `Piet van der Berg`, `Granger, Colin`.
    #[inline(always)]
    fn names_may_go_on(&self, token: Token) -> bool {
        let [gap, next, after] = match self.bytes.get(token.end..token.end + 3) {
            Some(&[gap, next, after]) => [gap, next, after],
            _ => return false,
        };
        let next = match (gap, next) {
            (b' ', next) => next,
            (b',', b' ') => after,
            _ => return false,
        };
        class(self.bytes[token.start]) & (UPPER | HIGH) != 0
            && token.classes & DIGIT == 0
            && (class(next) & (UPPER | HIGH) != 0
                || gap == b' ' && matches!(next, b'a' | b'b' | b'd' | b'e' | b'l' | b't' | b'v' | b'y' | b'z'))
    }

    fn single(&mut self, at: usize) {
        let follows = self.spaced.count > 0 && is_apart(&self.bytes[self.spaced.end..at]);
        if follows {
            self.spaced.end = at + 1;
            self.spaced.count += 1;
        } else {
            self.end_spaced();
            self.spaced = Spaced {
                start: at,
                end: at + 1,
                count: 1,
            };
        }
    }

    fn end_spaced(&mut self) {
        let spaced = std::mem::take(&mut self.spaced);
        if spaced.count >= SPACED_MIN {
            self.sink.spaced(spaced.start, spaced.end);
        }
    }

    fn number(&mut self, start: usize) {
        let bytes = self.bytes;
        let mut number = Number {
            groups: [(0, 0); MAX_GROUPS],
            count: 0,
            digits: 0,
        };
        let mut at = start;
        loop {
            let end = run_end(bytes, at, DIGIT, MAX_DIGITS + 1);
            if number.count == MAX_GROUPS || number.digits + (end - at) > MAX_DIGITS {
                break;
            }
            number.groups[number.count] = (at as u32, end as u32);
            number.count += 1;
            number.digits += end - at;
            match separator(&bytes[end..]) {
                Some(length) if end + length < bytes.len() && is(bytes[end + length], DIGIT) => at = end + length,
                _ => break,
            }
        }
        if number.count == 0 {
            self.number_end = run_end(bytes, start, DIGIT, usize::MAX);
            return;
        }
        self.number_end = number.end();
        // A bracket or a plus sign may open a telephone number: `+44 (0)…`.
        let dialled = start > 0 && matches!(bytes[start - 1], b'+' | b'(');
        if number.digits >= 4 || dialled {
            self.sink.number(&number);
        }
    }
}

/// True for up to three blanks, one other separator, or for marks with a separator around each of them: ` ` or ` : / `.
fn is_apart(gap: &[u8]) -> bool {
    const LONGEST: usize = 9;
    let Some(&separator) = gap.first() else { return false };
    if gap.len() <= 3 && gap.iter().all(|byte| *byte == b' ') {
        return true;
    }
    gap.len() % 2 == 1
        && gap.len() <= LONGEST
        && separator != b','
        && gap.iter().step_by(2).all(|byte| *byte == separator)
        && gap.iter().skip(1).step_by(2).all(u8::is_ascii_punctuation)
}

/// The length of what may stand between two groups of one number.
fn separator(rest: &[u8]) -> Option<usize> {
    match rest {
        [b'-' | b' ', b'\n', ..] => Some(2),
        [b'\r', b'\n', ..] => Some(2),
        [b' ' | b'-' | b'.' | b'/' | b'\n', ..] => Some(1),
        _ => None,
    }
}

/// True when no token goes on at either end.
pub(crate) fn stands_alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let open_before =
        start > 0 && (is(bytes[start - 1], ALNUM) || bytes[start - 1] == b'_') && !follows_line_escape(bytes, start);
    let open_after = end < bytes.len() && (is(bytes[end], ALNUM) || bytes[end] == b'_');
    !open_before && !open_after
}

/// The end of white space that begins at `at`, on this line.
pub(crate) fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && is(bytes[at], SPACE) && bytes[at] != b'\n' {
        at += 1;
    }
    at
}

/// `\n`, `\r`, `\t` written out: the letter belongs to the escape, not to the word behind it.
fn is_line_escape(bytes: &[u8], at: usize) -> bool {
    bytes[at] == b'\\' && matches!(bytes.get(at + 1), Some(b'n' | b'r' | b't'))
}

/// True when a written-out line end stands right before `at`.
pub(crate) fn follows_line_escape(bytes: &[u8], at: usize) -> bool {
    at >= 2 && is_line_escape(bytes, at - 2)
}
