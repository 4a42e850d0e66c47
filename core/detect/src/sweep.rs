//! The prefilter: one pass over the bytes that finds where a detector should look.
//!
//! Text is read in blocks of 64 bytes, and each question about a byte is a bit: where words, numbers and tokens (letters,
//! digits, `_`, `-`) begin and end is arithmetic on such bits, the same for any text. Each start of a word is looked up
//! in the filter of the lexicon. What is left, less than once a block in ordinary text, is read byte by byte.

use crate::classes::{ALNUM, DIGIT, HEX, HIGH, JOIN, LETTER, LOWER, SPACE, TOKEN, UPPER, class, is, run_end};
use crate::lexicon::{Entry, Lexicon};
use crate::masks::{BLOCK, Classes, Lane, Now};
use fearless_simd::{Level, Simd, dispatch};

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
    /// One of the marks `@ % \ & +` where [`can_matter`] allows it.
    fn mark(&mut self, mark: u8, at: usize);
    /// `:` or `=`, alone or as addresses and mail have them.
    fn assignment(&mut self, mark: u8, at: usize);
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
    /// Which of its first bytes are letters, and which digits; the lowest bit is the first byte.
    pub(crate) letters: u64,
    pub(crate) digits: u64,
}

impl Token {
    /// Reads what stands there byte by byte.
    pub(crate) fn read(bytes: &[u8], start: usize, end: usize) -> Self {
        let mut token = Self {
            start,
            end,
            classes: 0,
            letters: 0,
            digits: 0,
        };
        for (at, &byte) in bytes[start..end].iter().enumerate() {
            let class = class(byte) & (TOKEN | HIGH);
            token.classes |= class;
            if at < BLOCK {
                token.letters |= u64::from(class & LETTER != 0) << at;
                token.digits |= u64::from(class & DIGIT != 0) << at;
            }
        }
        token
    }

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

/// Fewer single characters than this are initials, a board position, a list of options.
const SPACED_MIN: usize = 9;
/// The longest gap between two of them.
const SPACED_GAP: usize = 9;

/// Reads the whole text once.
pub(crate) fn sweep(bytes: &[u8], lexicon: &Lexicon, sink: &mut impl Sink) {
    // All of it is built for each kind of processor: shifts and counts of bits have instructions of their own, too.
    dispatch!(Level::new(), simd => sweep_with(simd, bytes, lexicon, sink));
}

#[inline(always)]
fn sweep_with<V: Simd>(simd: V, bytes: &[u8], lexicon: &Lexicon, sink: &mut impl Sink) {
    let mut reader = Reader {
        bytes,
        lexicon,
        sink,
        classes: Classes::default(),
        runs: Runs::default(),
        open: 0,
        number_end: 0,
        spaced: Spaced::default(),
    };
    reader.classes.read(simd, bytes, Now(0));
    // A block behind the text closes what is open at its end, and each block is read with a look at the next one.
    for block in 0..=bytes.len() / BLOCK {
        reader.classes.read(simd, bytes, Now(block + 1));
        reader.block(Now(block));
    }
    reader.end_spaced();
}

struct Reader<'a, S> {
    bytes: &'a [u8],
    lexicon: &'a Lexicon,
    sink: &'a mut S,
    classes: Classes,
    runs: Runs,
    /// Where the token began that fills the last block.
    open: usize,
    number_end: usize,
    spaced: Spaced,
}

/// Single characters, and the run of them under way.
#[derive(Default)]
struct Spaced {
    start: usize,
    end: usize,
    count: usize,
    /// The places behind those that were not looked at, in the last block and the one before.
    waiting: [u64; 2],
}

/// Words and tokens, and what is known of the token under way.
#[derive(Default)]
struct Runs {
    letter: Lane,
    lower: Lane,
    token: Lane,
    /// Where a token has gone on for so many bytes.
    of_2: Lane,
    of_4: Lane,
    of_12: Lane,
    /// Whether the open token has a letter, a capital, a digit, and begins like a name.
    with_letter: bool,
    with_upper: bool,
    with_digit: bool,
    like_name: bool,
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
    /// Those of them that may assign.
    assigns: u64,
}

impl<S: Sink> Reader<'_, S> {
    #[inline(always)]
    fn block(&mut self, now: Now) {
        let base = now.0 * BLOCK;
        let classes = &self.classes;
        let lower = classes.lower.at(now) & !self.escaped(now);
        let letter = lower | classes.upper.at(now);
        let token = letter | classes.digit.at(now) | classes.join.at(now) | classes.high.at(now);
        self.runs.lower.set(now, lower);
        self.runs.letter.set(now, letter);
        self.runs.token.set(now, token);
        let mut events = Events {
            words: self
                .lexicon
                .known(self.bytes, base, word_starts(classes, &self.runs, now)),
            numbers: number_starts(classes, now),
            marks: classes.rare.at(now),
            assigns: assigns(classes, now),
            ..Events::default()
        };
        token_ends(classes, &mut self.runs, now, &mut events);
        self.hand_over(now, token, &events);
        self.singles(base, events.singles);
        let before = self.runs.token.last(now);
        if token == u64::MAX && before != u64::MAX {
            self.open = base - before.leading_ones() as usize;
        }
    }

    /// The letters of line ends that are written out.
    #[inline(always)]
    fn escaped(&self, now: Now) -> u64 {
        let mut behind = self.classes.backslash.behind(now, 1);
        let mut escaped = 0;
        while behind != 0 {
            let bit = behind & behind.wrapping_neg();
            let at = now.0 * BLOCK + bit.trailing_zeros() as usize;
            if matches!(self.bytes.get(at), Some(b'n' | b'r' | b't')) {
                escaped |= bit;
            }
            behind ^= bit;
        }
        escaped
    }

    #[inline(always)]
    fn hand_over(&mut self, now: Now, token: u64, events: &Events) {
        let base = now.0 * BLOCK;
        let ends = events.tokens | events.capitals;
        let mut open = events.words | events.numbers | events.marks | events.assigns | ends;
        while open != 0 {
            let bit = open & open.wrapping_neg();
            let at = base + bit.trailing_zeros() as usize;
            open ^= bit;
            if ends & bit != 0 {
                let gap = !token & (bit - 1);
                let before = self.runs.token.last(now);
                let start = if gap != 0 {
                    base + BLOCK - gap.leading_zeros() as usize
                } else if before != u64::MAX {
                    base - before.leading_ones() as usize
                } else {
                    self.open
                };
                if events.capitals & bit != 0 && names_may_go_on(self.bytes, at) {
                    self.sink.capitals(start, at);
                }
                if events.tokens & bit != 0 {
                    let token = self.token(now, start, at);
                    self.sink.token(token);
                }
            }
            if events.words & bit != 0 {
                self.word(at);
            } else if events.numbers & bit != 0 && at >= self.number_end {
                self.number(at);
            }
            if events.assigns & bit != 0 {
                self.sink.assignment(self.bytes[at], at);
            } else if events.marks & bit != 0 && can_matter(self.bytes, self.bytes[at], at) {
                self.sink.mark(self.bytes[at], at);
            }
        }
    }

    #[inline(always)]
    fn word(&mut self, at: usize) {
        self.lexicon.words_at(&self.bytes[at..], |entry| {
            let end = at + entry.text.len();
            if !entry.is_whole || !self.bytes.get(end).is_some_and(|byte| is(*byte, LETTER)) {
                self.sink.word(entry, at, end);
            }
        });
    }

    /// A token that ends in this block or right before it.
    #[inline(always)]
    fn token(&self, now: Now, start: usize, end: usize) -> Token {
        let (length, reach) = (end - start, now.0 * BLOCK - start.min(now.0 * BLOCK));
        if length > BLOCK || reach > BLOCK {
            return Token::read(self.bytes, start, end);
        }
        let shift = (start % BLOCK) as u32;
        let inside = u64::MAX >> (BLOCK - length);
        let part = |lane: &Lane| {
            let bits = match reach {
                0 => lane.at(now) >> shift,
                BLOCK => lane.last(now),
                _ => lane.last(now) >> shift | lane.at(now) << (u64::BITS - shift),
            };
            bits & inside
        };
        let (lower, upper) = (part(&self.classes.lower), part(&self.classes.upper));
        let (digits, join, high) = (
            part(&self.classes.digit),
            part(&self.classes.join),
            part(&self.classes.high),
        );
        let class = |bits: u64, class: u8| if bits == 0 { 0 } else { class };
        Token {
            start,
            end,
            classes: class(lower, LOWER)
                | class(upper, UPPER)
                | class(digits, DIGIT)
                | class(join, JOIN)
                | class(high, HIGH),
            letters: lower | upper,
            digits,
        }
    }

    /// Single characters of a block, by the places behind them. A run of them is crowded into three blocks, so that most
    /// are never looked at.
    #[inline(always)]
    fn singles(&mut self, base: usize, now: u64) {
        let [before, last] = self.spaced.waiting;
        let crowd = before.count_ones() + last.count_ones() + now.count_ones();
        self.spaced.waiting = [last, now];
        if crowd >= SPACED_MIN as u32 || self.spaced.count > 0 {
            self.chain(base, [before, last, now]);
        }
    }

    /// Looks at the single characters of a block and of those before that were waiting.
    #[inline(never)]
    fn chain(&mut self, base: usize, blocks: [u64; 3]) {
        self.spaced.waiting = [0; 2];
        for (back, mut behind) in [2, 1, 0].into_iter().zip(blocks) {
            while behind != 0 {
                self.single(base + behind.trailing_zeros() as usize - back * BLOCK - 1);
                behind &= behind - 1;
            }
        }
        if self.spaced.end + SPACED_GAP < base + BLOCK {
            self.end_spaced();
        }
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
                ..self.spaced
            };
        }
    }

    fn end_spaced(&mut self) {
        if self.spaced.count >= SPACED_MIN {
            self.sink.spaced(self.spaced.start, self.spaced.end);
        }
        self.spaced.count = 0;
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
fn word_starts(classes: &Classes, runs: &Runs, now: Now) -> u64 {
    let behind_letter = runs.letter.behind(now, 1);
    let high = classes.high.at(now);
    runs.letter.at(now) & !behind_letter
        | classes.upper.at(now) & runs.lower.behind(now, 1)
        | classes.dash.at(now)
        | high & !(behind_letter | classes.high.behind(now, 1))
        | classes.lead.at(now)
}

/// Where digits begin that are four or more, are followed by others behind a separator, or may be dialled.
#[inline(always)]
fn number_starts(classes: &Classes, now: Now) -> u64 {
    let Classes {
        digit, separator, dial, ..
    } = classes;
    let [second, third, fourth] = [1, 2, 3].map(|count| digit.ahead(now, count));
    let here = separator.at(now) & (second | separator.ahead(now, 1) & third);
    let (digit_next, next) = (digit.next(now), separator.next(now));
    let there = next & (digit_next >> 1 | next >> 1 & digit_next >> 2);
    let ahead = |count: u32| here >> count | there << (u64::BITS - count);
    let joined = ahead(1) | second & (ahead(2) | third & ahead(3));
    digit.at(now) & !digit.behind(now, 1) & (second & third & fourth | joined | dial.behind(now, 1))
}

/// The places behind tokens of four letters and digits and behind those of twelve with a capital or a digit; behind
/// those that begin like a name, and behind those of a single byte.
#[inline(always)]
fn token_ends(classes: &Classes, runs: &mut Runs, now: Now, events: &mut Events) {
    let token = runs.token.at(now);
    let (upper, digit) = (classes.upper.at(now), classes.digit.at(now));
    let behind_token = runs.token.behind(now, 1);
    runs.of_2.set(now, token & behind_token);
    runs.of_4.set(now, runs.of_2.at(now) & runs.of_2.behind(now, 2));
    let of_8 = runs.of_4.at(now) & runs.of_4.behind(now, 4);
    runs.of_12.set(now, of_8 & runs.of_4.behind(now, 8));
    let with_letter = ends_with(token, runs.letter.at(now), &mut runs.with_letter);
    let with_upper = ends_with(token, upper, &mut runs.with_upper);
    let with_digit = ends_with(token, digit, &mut runs.with_digit);
    let (four, twelve) = (runs.of_4.behind(now, 1), runs.of_12.behind(now, 1));
    events.tokens = four & with_letter & with_digit | twelve & (with_upper | with_digit);
    let tall = upper | classes.high.at(now);
    let named = ends_with(token, tall & !behind_token, &mut runs.like_name);
    let near = classes.space.at(now) & classes.solid.ahead(now, 1);
    let goes_on = near | classes.space.ahead(now, 1) & classes.tall.ahead(now, 2);
    events.capitals = named & goes_on & !with_digit;
    events.singles = behind_token & !token & !runs.of_2.behind(now, 1);
}

/// Where `:` and `=` may assign, as far as it can be told without looking closer.
#[inline(always)]
fn assigns(classes: &Classes, now: Now) -> u64 {
    let Classes {
        colon,
        equals,
        digit,
        separator,
        ..
    } = classes;
    let alone = |mark: &Lane| mark.at(now) & !mark.behind(now, 1) & !mark.ahead(now, 1);
    // Public addresses of IPv6 begin with four digits, the first of them below four.
    let address = colon.at(now) & !colon.behind(now, 1) & digit.behind(now, 4);
    // `k==3D`: what mail encodes may stand behind an equals sign.
    let not_after = equals.ahead(now, 1) | separator.ahead(now, 1);
    let glued = equals.at(now) & equals.behind(now, 1) & !not_after;
    glued | alone(equals) | alone(colon) | address
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
    is(next, UPPER | HIGH) && gap != b'.' || is(next, DIGIT) && gap != b',' || gap == b' ' && may_join(next, after)
}

/// How the small words begin that stand inside names, `van`, `de la`, `bin`, `y`; or the number of a house, `b2`.
#[inline(always)]
fn may_join(first: u8, second: u8) -> bool {
    let seconds: &[u8] = match first {
        b'a' => b"lfvb",
        b'b' => b"ie",
        b'd' => b"eaiou",
        b'e' => b"l",
        b'l' => b"aeo",
        b't' => b"e",
        b'v' => b"ao",
        b'z' => b"u",
        b'y' => return !is(second, LETTER),
        _ => return false,
    };
    seconds.contains(&second) || is(second, DIGIT)
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

/// True for up to three blanks, one other separator that sets no fields apart, or for marks with a separator around each of them: ` ` or ` : / `.
fn is_apart(gap: &[u8]) -> bool {
    let Some(&separator) = gap.first() else { return false };
    if gap.len() <= 3 && gap.iter().all(|byte| *byte == b' ') {
        return true;
    }
    gap.len() % 2 == 1
        && gap.len() <= SPACED_GAP
        && !matches!(separator, b',' | b'=' | b'&')
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
