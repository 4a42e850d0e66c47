//! The prefilter: one pass over the bytes that finds where a detector should look.
//!
//! Text is read in blocks of 64 bytes, and each question about a byte is a bit: where words, numbers and tokens (letters,
//! digits, `_`, `-`) begin and end is arithmetic on such bits, the same for any text. Each start of a word is looked up
//! in the filter of the lexicon. What is left, less than once a block in ordinary text, is read byte by byte.

use crate::classes::{ALNUM, DIGIT, HEX, HIGH, LETTER, SPACE, TOKEN, UPPER, class, is, run_end};
use crate::lexicon::{Entry, Lexicon};
use crate::masks::{BLOCK, Block, classify};
use fearless_simd::Level;

/// What the sweep hands over, in the order of the text; a token comes where it ends. Positions are bytes of the page.
pub(crate) trait Sink {
    /// An entry of the lexicon begins at `start` and ends at `end`.
    fn word(&mut self, entry: &Entry, start: usize, end: usize);
    /// Groups of digits with single separators between them: four digits and more, or what may be dialled. A single
    /// group inside a word is handed over as a token.
    fn number(&mut self, number: &Number);
    /// A token of letters and digits, or one long enough to be a secret.
    fn token(&mut self, token: Token);
    /// A word with a capital letter, or of letters outside ASCII, behind which a name may go on, or a number stands.
    fn capitals(&mut self, start: usize, end: usize);
    /// One of the marks `@ : = % \ & +` where [`can_matter`] allows it.
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
/// Letters belong to a British insurance number, `PC337296B`; to no other number.
const NINO_DIGITS: usize = 6;

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

/// Blocks classified at once.
const STRETCH: usize = 16;
/// Fewer single characters than this are initials, a board position, a list of options.
const SPACED_MIN: usize = 9;

/// Blocks of a text that is short: most of what is undone.
const SHORT: usize = 6;

/// Reads the whole text once.
pub(crate) fn sweep(bytes: &[u8], lexicon: &Lexicon, sink: &mut impl Sink) {
    // A block behind the text closes what is open at its end, and each block is read with a look at the next one.
    if bytes.len() < SHORT * BLOCK {
        sweep_in(bytes, lexicon, sink, &mut [Block::default(); SHORT + 1]);
    } else {
        sweep_in(bytes, lexicon, sink, &mut [Block::default(); STRETCH + 1]);
    }
}

fn sweep_in(bytes: &[u8], lexicon: &Lexicon, sink: &mut impl Sink, blocks: &mut [Block]) {
    let level = Level::new();
    let stretch = blocks.len() - 1;
    let mut reader = Reader {
        bytes,
        lexicon,
        sink,
        last: Carry::default(),
        open: 0,
        number_end: 0,
        spaced: Spaced::default(),
    };
    let total = bytes.len() / BLOCK + 1;
    for first in (0..total).step_by(stretch) {
        let count = stretch.min(total - first);
        let part = &bytes[first * BLOCK..bytes.len().min((first + count + 1) * BLOCK)];
        classify(level, part, &mut blocks[..count + 1]);
        for (index, pair) in blocks[..=count].windows(2).enumerate() {
            reader.block((first + index) * BLOCK, &pair[0], &pair[1]);
        }
    }
    reader.end_spaced();
}

struct Reader<'a, S> {
    bytes: &'a [u8],
    lexicon: &'a Lexicon,
    sink: &'a mut S,
    last: Carry,
    /// Where the token began that was not closed in the last block.
    open: usize,
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

/// What a block needs to know of the one before.
#[derive(Clone, Copy, Default)]
struct Carry {
    letter: u64,
    lower: u64,
    digit: u64,
    high: u64,
    token: u64,
    runs_of_2: u64,
    runs_of_4: u64,
    runs_of_8: u64,
    runs_of_12: u64,
    dial: u64,
    colon: u64,
    equals: u64,
    backslash: u64,
    /// Whether the open token has a letter, a capital, a digit, and begins like a name.
    with_letter: bool,
    with_upper: bool,
    with_digit: bool,
    like_name: bool,
}

/// Each bit moved up by `count`, with the bits of the block before.
#[inline(always)]
fn behind(block: u64, last: u64, count: u32) -> u64 {
    block << count | last >> (u64::BITS - count)
}

/// Each bit moved down by `count`, with the bits of the next block.
#[inline(always)]
fn ahead(block: u64, next: u64, count: u32) -> u64 {
    block >> count | next << (u64::BITS - count)
}

/// The places behind those runs of `token` that hold one of the `marks`; `open` tells it of the run that goes on.
///
/// Added to a run, a bit inside it carries to the place behind.
#[inline(always)]
fn ends_with(token: u64, marks: u64, open: &mut bool) -> u64 {
    let (sum, over) = token.overflowing_add(marks);
    let (sum, over_open) = sum.overflowing_add(u64::from(*open));
    *open = over | over_open;
    sum & !token
}

/// Where something is handed over; tokens and their kind at the place behind them.
#[derive(Default)]
struct Events {
    words: u64,
    numbers: u64,
    tokens: u64,
    capitals: u64,
    singles: u64,
    marks: u64,
}

impl<S: Sink> Reader<'_, S> {
    #[inline]
    fn block(&mut self, base: usize, block: &Block, next: &Block) {
        let last = self.last;
        let lower = block.lower & !self.escaped(base, block);
        let letter = lower | block.upper;
        let token = letter | block.digit | block.join | block.high;
        let mut carry = Carry {
            letter,
            lower,
            digit: block.digit,
            high: block.high,
            token,
            dial: block.dial,
            colon: block.colon,
            equals: block.equals,
            backslash: block.backslash,
            ..last
        };
        if last.token >> 63 == 0 {
            self.open = base;
        }
        let mut events = Events {
            words: self.lexicon.known(self.bytes, base, word_starts(block, &last, &carry)),
            numbers: number_starts(block, &last, next),
            marks: marks(block, &last, next),
            ..Events::default()
        };
        token_ends(block, &last, next, &mut carry, &mut events);
        self.last = carry;
        self.hand_over(base, token, &events);
        if token != u64::MAX && token >> 63 == 1 {
            self.open = base + BLOCK - token.leading_ones() as usize;
        }
    }

    /// The letters of line ends that are written out.
    #[inline(always)]
    fn escaped(&self, base: usize, block: &Block) -> u64 {
        let mut behind = behind(block.backslash, self.last.backslash, 1);
        let mut escaped = 0;
        while behind != 0 {
            let bit = behind & behind.wrapping_neg();
            let at = base + bit.trailing_zeros() as usize;
            if matches!(self.bytes.get(at), Some(b'n' | b'r' | b't')) {
                escaped |= bit;
            }
            behind ^= bit;
        }
        escaped
    }

    #[inline(always)]
    fn hand_over(&mut self, base: usize, token: u64, events: &Events) {
        let ends = events.tokens | events.capitals | events.singles;
        let mut open = events.words | events.numbers | events.marks | ends;
        while open != 0 {
            let bit = open & open.wrapping_neg();
            let at = base + bit.trailing_zeros() as usize;
            open ^= bit;
            if ends & bit != 0 {
                let gap = !token & (bit - 1);
                let start = if gap == 0 {
                    self.open
                } else {
                    base + BLOCK - gap.leading_zeros() as usize
                };
                self.end(start, at, events, bit);
            }
            if events.words & bit != 0 {
                self.word(at);
            } else if events.numbers & bit != 0 && at >= self.number_end {
                self.number(at);
            }
            if events.marks & bit != 0 {
                let mark = self.bytes[at];
                if can_matter(self.bytes, mark, at) {
                    self.sink.mark(mark, at);
                }
            }
        }
    }

    #[inline]
    fn word(&mut self, at: usize) {
        self.lexicon.words_at(&self.bytes[at..], |entry| {
            self.sink.word(entry, at, at + entry.text.len());
        });
    }

    /// A token has ended.
    #[inline]
    fn end(&mut self, start: usize, end: usize, events: &Events, bit: u64) {
        if events.singles & bit != 0 {
            self.single(start);
        }
        if events.capitals & bit != 0 && names_may_go_on(self.bytes, end) {
            self.sink.capitals(start, end);
        }
        if events.tokens & bit != 0 {
            let classes = self.bytes[start..end].iter().fold(0, |seen, byte| seen | class(*byte));
            self.sink.token(Token {
                start,
                end,
                classes: classes & TOKEN,
            });
        }
    }

    #[inline]
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

    #[inline]
    fn end_spaced(&mut self) {
        let spaced = std::mem::take(&mut self.spaced);
        if spaced.count >= SPACED_MIN {
            self.sink.spaced(spaced.start, spaced.end);
        }
    }

    #[inline]
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
        if number.count == 1 && number.digits != NINO_DIGITS && is_inside_word(bytes, start, number.end()) {
            return;
        }
        // A bracket or a plus sign may open a telephone number: `+44 (0)…`.
        let dialled = start > 0 && matches!(bytes[start - 1], b'+' | b'(');
        if number.digits >= 4 || dialled {
            self.sink.number(&number);
        }
    }
}

/// A word begins with a letter behind none, with a capital behind a small letter, with a dash, and with a character
/// outside ASCII; where words are written without spaces, with each such character.
#[inline(always)]
fn word_starts(block: &Block, last: &Carry, now: &Carry) -> u64 {
    now.letter & !behind(now.letter, last.letter, 1)
        | block.upper & behind(now.lower, last.lower, 1)
        | block.dash
        | block.high & !behind(now.letter | now.high, last.letter | last.high, 1)
        | block.lead
}

/// Where digits begin that are four or more, are followed by others behind a separator, or may be dialled.
#[inline(always)]
fn number_starts(block: &Block, last: &Carry, next: &Block) -> u64 {
    let digit = block.digit;
    let [second, third, fourth] = [1, 2, 3].map(|count| ahead(digit, next.digit, count));
    let joint = |separator: u64, after: u64, digit: u64, digit_after: u64| {
        separator & (ahead(digit, digit_after, 1) | ahead(separator, after, 1) & ahead(digit, digit_after, 2))
    };
    let here = joint(block.separator, next.separator, digit, next.digit);
    let there = joint(next.separator, 0, next.digit, 0);
    let joined = ahead(here, there, 1) | second & (ahead(here, there, 2) | third & ahead(here, there, 3));
    let dialled = behind(block.dial, last.dial, 1);
    digit & !behind(digit, last.digit, 1) & (second & third & fourth | joined | dialled)
}

/// The places behind tokens of four letters and digits and behind those of twelve with a capital or a digit; behind
/// those that begin like a name, and behind those of a single byte.
#[inline(always)]
fn token_ends(block: &Block, last: &Carry, next: &Block, now: &mut Carry, events: &mut Events) {
    let token = now.token;
    now.runs_of_2 = token & behind(token, last.token, 1);
    now.runs_of_4 = now.runs_of_2 & behind(now.runs_of_2, last.runs_of_2, 2);
    now.runs_of_8 = now.runs_of_4 & behind(now.runs_of_4, last.runs_of_4, 4);
    now.runs_of_12 = now.runs_of_8 & behind(now.runs_of_4, last.runs_of_4, 8);
    let four = behind(now.runs_of_4, last.runs_of_4, 1);
    let twelve = behind(now.runs_of_12, last.runs_of_12, 1);
    let letter = ends_with(token, now.letter, &mut now.with_letter);
    let upper = ends_with(token, block.upper, &mut now.with_upper);
    let digit = ends_with(token, block.digit, &mut now.with_digit);
    events.tokens = four & letter & digit | twelve & (upper | digit);
    let behind_token = behind(token, last.token, 1);
    let tall = block.upper | block.high;
    let named = ends_with(token, tall & !behind_token, &mut now.like_name);
    let after = |count| ahead(tall, next.upper | next.high, count);
    let number = |count| ahead(block.digit, next.digit, count);
    let space = block.space & (after(1) | ahead(block.lower, next.lower, 1) | number(1));
    let goes_on = space | ahead(block.space, next.space, 1) & (after(2) | number(2));
    events.capitals = named & goes_on & !digit;
    events.singles = behind_token & !token & !behind(now.runs_of_2, last.runs_of_2, 1);
}

/// Marks that may matter, as far as it can be told without looking closer.
#[inline(always)]
fn marks(block: &Block, last: &Carry, next: &Block) -> u64 {
    let alone = |marks: u64, last: u64, next: u64| marks & !behind(marks, last, 1) & !ahead(marks, next, 1);
    // Public addresses of IPv6 begin with four digits, the first of them below four.
    let address = block.colon & !behind(block.colon, last.colon, 1) & behind(block.digit, last.digit, 4);
    // `k==3D`: what mail encodes may stand behind an equals sign.
    let not_after = ahead(block.equals | block.separator, next.equals | next.separator, 1);
    let glued = block.equals & behind(block.equals, last.equals, 1) & !not_after;
    let equals = glued | alone(block.equals, last.equals, next.equals);
    block.rare | equals | alone(block.colon, last.colon, next.colon) | address
}

/// `Colin Granger`, `Piet van der Berg`, `Granger, Colin`: told by what follows the first name.
#[inline(always)]
fn names_may_go_on(bytes: &[u8], end: usize) -> bool {
    let Some(&[gap, next, after]) = bytes.get(end..end + 3) else {
        return false;
    };
    let next = match (gap, next) {
        (b' ', next) => next,
        (b',' | b'.', b' ') => after,
        _ => return false,
    };
    let joins = matches!(next, b'a' | b'b' | b'd' | b'e' | b'l' | b't' | b'v' | b'y' | b'z');
    is(next, UPPER | HIGH) && gap != b'.' || is(next, DIGIT) && gap != b',' || gap == b' ' && joins
}

/// False where no detector can make anything of a mark: `@` without a name and a host at its sides, escapes that are
/// none, a plus that joins no literals.
#[inline(always)]
fn can_matter(bytes: &[u8], mark: u8, at: usize) -> bool {
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(b' ');
    let before = || at.checked_sub(1).map_or(b' ', byte);
    let beside = |byte: u8| is(byte, SPACE) || matches!(byte, b'"' | b'\'' | b'`');
    match mark {
        b'@' => is(byte(at + 1), ALNUM | HIGH) && !is(before(), SPACE),
        b'%' => is(byte(at + 1), HEX) && is(byte(at + 2), HEX) || byte(at + 1) == b'u',
        b'\\' => matches!(
            byte(at + 1),
            b'u' | b'U' | b'x' | b'X' | b'0'..=b'3' | b'\\' | b'/' | b'\r' | b'\n'
        ),
        b'&' => {
            let entity = is(byte(at + 1), LETTER) && (at + 3..at + 17).any(|at| byte(at) == b';');
            byte(at + 1) == b'#' || entity || beside(before()) && !is(byte(at + 1), ALNUM)
        }
        b'+' => beside(before()),
        _ => true,
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

/// True for digits with a letter or `_` right beside them: part of a code, which is read as a token.
#[inline]
fn is_inside_word(bytes: &[u8], start: usize, end: usize) -> bool {
    let in_word = |byte: &u8| is(*byte, LETTER) || *byte == b'_';
    let before = start > 0 && in_word(&bytes[start - 1]) && !follows_line_escape(bytes, start);
    before || bytes.get(end).is_some_and(in_word)
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

#[cfg(test)]
mod model;
