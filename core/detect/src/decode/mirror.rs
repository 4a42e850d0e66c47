//! Values written from the end, and keys with their letters moved by thirteen places. Both are looked for only where
//! the beginning of a known format, or a country of an IBAN, stands in the right place.

use crate::classes::{self, ALNUM, DIGIT, UPPER, is};
use crate::detectors::{self, begins_with_iban};
use crate::encoding::Encoding;
use crate::page::{Page, Topic};
use crate::phrases::{Index, Sorted};
use crate::sweep::{Number, Token};
use crate::view::View;
use std::ops::Range;
use std::sync::LazyLock;

/// Longest value read backwards.
const LONGEST: usize = 320;
/// No format with a checked body is shorter.
const SHORTEST: usize = 16;

/// The views of a token that a known format begins when it is turned around, or when its letters are moved.
#[inline]
pub(super) fn token(page: &Page<'_>, token: Token, each: &mut impl FnMut(View)) {
    if token.len() >= SHORTEST && may_be_moved(page, token) {
        moved(page, token, each);
    }
    if token.has(UPPER | DIGIT)
        && may_end_iban(token)
        && let Some(run) = backward_iban(page, token)
    {
        each(reversed(page, run));
    }
}

/// False where the last four places hold no two digits and two letters behind them.
#[inline(always)]
fn may_end_iban(token: Token) -> bool {
    let length = token.len();
    let last = |bits: u64| bits >> (length.wrapping_sub(4) % 64) & 0b1111;
    !(4..=64).contains(&length) | (last(token.letters) == 0b1100) & (last(token.digits) == 0b0011)
}

/// False where neither the last three letters nor the first are those of a known format, turned around or moved.
#[inline(always)]
fn may_be_moved(page: &Page<'_>, token: Token) -> bool {
    let beginnings = &*BEGINNINGS;
    let three = |at: usize| page.bytes.get(at..at + 3).and_then(|three| three.first_chunk());
    let (Some(&first), Some(&[a, b, c])) = (three(token.start), three(token.end.saturating_sub(3))) else {
        return true;
    };
    (page.before(token.start) == b'.')
        | INSIDE[usize::from(page.byte(token.end))]
        | beginnings.may_begin([c, b, a])
        | beginnings.may_begin(first.map(rot13))
}

fn moved(page: &Page<'_>, token: Token, each: &mut impl FnMut(View)) {
    let end = run_end(page, token);
    let last = end.checked_sub(3).and_then(|last| page.bytes[last..].first_chunk());
    if last.is_some_and(|&[a, b, c]| BEGINNINGS.may_begin([c, b, a])) {
        let start = run_start(page, token);
        if begins_format(page.slice(start..end).iter().rev().copied()) {
            each(reversed(page, start..end));
        }
    }
    // A short first part of a key, `FT.…`, is no token of its own.
    let dotted = (page.before(token.start) == b'.').then(|| classes::run_start(page.bytes, token.start - 1, ALNUM, 8));
    let moved = |start: &usize| begins_format(page.slice(*start..end).iter().map(|byte| rot13(*byte)));
    if let Some(start) = [Some(token.start), dotted].into_iter().flatten().find(moved) {
        each(rotated(page, start..end));
    }
}

/// Words, or parts of them, that say that a value is written backwards.
static WORDS: &Index = &Sorted::by_start([
    "revers",
    "backward",
    "mirror",
    "flipped",
    "rückwärts",
    "à l'envers",
    "al revés",
    "contrario",
    "achterstevoren",
    "umgekehrt",
    "wspak",
    "наоборот",
]);
/// What the sweep waits for before they are looked for: how they begin in each case.
pub(crate) const MENTIONS: [&str; 14] = [
    "revers",
    "backward",
    "mirror",
    "flipped",
    "rückwärts",
    "à l'envers",
    "al revés",
    "contrario",
    "achterstevoren",
    "umgekehrt",
    "wspak",
    "наоборот",
    "Rückwärts",
    "Наоборот",
];

/// The view of a number that the text itself says is written backwards.
pub(super) fn number(page: &Page<'_>, number: &Number) -> Option<View> {
    if number.digits() < 8 || !page.mentions(Topic::Mirrored) {
        return None;
    }
    let before = page
        .text
        .get(page.text.floor_char_boundary(number.start().saturating_sub(96))..number.start())?;
    // A word that speaks of another number stands before that one.
    let runs = before.as_bytes().chunk_by(|a, b| is(*a, DIGIT) == is(*b, DIGIT));
    let behind = runs.rev().take_while(|run| run.len() < 4 || !is(run[0], DIGIT));
    let length = behind.map(<[u8]>::len).sum::<usize>();
    let clause = before.get(before.len() - length..)?;
    WORDS
        .stands_in(&clause.to_lowercase())
        .then(|| reversed(page, number.start()..number.end()))
}

/// Where the run around a token begins, behind the sign of an assignment.
fn run_start(page: &Page<'_>, token: Token) -> usize {
    let mut start = token.start;
    while start > 0 && token.start - start < LONGEST && INSIDE[usize::from(page.bytes[start - 1])] {
        start -= 1;
    }
    let sign = page.bytes[start..token.start].iter().rposition(|byte| *byte == b'=');
    sign.map_or(start, |sign| start + sign + 1)
}

/// Where it ends, before the end of a sentence.
fn run_end(page: &Page<'_>, token: Token) -> usize {
    let mut end = token.end;
    while end < page.bytes.len() && end - token.end < LONGEST && INSIDE[usize::from(page.bytes[end])] {
        end += 1;
    }
    while end > token.end && page.bytes[end - 1] == b'.' {
        end -= 1;
    }
    end
}

/// Bytes a value written backwards may be made of.
static INSIDE: [bool; 256] = {
    let mut inside = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        inside[byte] =
            (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'_' | b'-' | b'.' | b'/' | b'+' | b'=');
        byte += 1;
    }
    inside
};

const HEADS: usize = 1 << 14;

fn head_bit(head: [u8; 3]) -> usize {
    let [a, b, c] = head.map(u32::from);
    ((a | b << 8 | c << 16).wrapping_mul(0x9E37_79B1) >> 18) as usize
}

/// How all formats with a beginning of their own begin.
struct Beginnings {
    /// Which heads of three bytes there are, by hash.
    heads: Box<[u64; HEADS / 64]>,
    /// In order.
    words: Vec<&'static [u8]>,
}

impl Beginnings {
    /// False when no format begins with these letters.
    fn may_begin(&self, head: [u8; 3]) -> bool {
        let bit = head_bit(head);
        self.heads[bit / 64] >> (bit % 64) & 1 == 1
    }
}

static BEGINNINGS: LazyLock<Beginnings> = LazyLock::new(|| {
    let words: Vec<&[u8]> = detectors::families()
        .iter()
        .filter(|family| family.has_long_values())
        .flat_map(|family| family.words())
        .filter(|word| word.exact_case)
        .map(|word| word.text.as_bytes())
        .collect();
    let mut words = words;
    words.sort_unstable();
    let mut heads = Box::new([0; HEADS / 64]);
    for bit in words
        .iter()
        .filter_map(|word| word.first_chunk().copied().map(head_bit))
    {
        heads[bit / 64] |= 1 << (bit % 64);
    }
    Beginnings { heads, words }
});

fn begins_format(mut bytes: impl Iterator<Item = u8>) -> bool {
    let (Some(a), Some(b), Some(c)) = (bytes.next(), bytes.next(), bytes.next()) else {
        return false;
    };
    let beginnings = &*BEGINNINGS;
    if !beginnings.may_begin([a, b, c]) {
        return false;
    }
    let words = &beginnings.words;
    let mut room = [a, b, c].into_iter().chain(bytes.take(21));
    let start: [u8; 24] = std::array::from_fn(|_| room.next().unwrap_or(0));
    let first = words.partition_point(|word| **word < [a, b][..]);
    let alike = words[first..].iter().take_while(|word| word.starts_with(&[a, b]));
    alike.into_iter().any(|word| start.starts_with(word))
}

/// An IBAN from its end: letters and digits in groups, then two digits, then a country.
fn backward_iban(page: &Page<'_>, token: Token) -> Option<Range<usize>> {
    let tail = page.slice(token.end.saturating_sub(4)..token.end);
    let [.., c, d, b, a] = *tail else { return None };
    if !(is(a, UPPER) && is(b, UPPER) && is(c, DIGIT) && is(d, DIGIT)) {
        return None;
    }
    let (mut start, mut letters, mut digits) = (token.end, 0, 0);
    while start > 0 && letters < 34 {
        let byte = page.bytes[start - 1];
        let separates = matches!(byte, b' ' | b'-') && start >= 2 && is(page.bytes[start - 2], DIGIT | UPPER);
        if is(byte, DIGIT | UPPER) {
            letters += 1;
            digits += usize::from(is(byte, DIGIT));
        } else if !separates {
            break;
        }
        start -= 1;
    }
    (letters >= 15 && digits >= 10 && is_backward_iban(page.slice(start..token.end))).then_some(start..token.end)
}

/// The account is checked here: what else the groups might be from their end is no concern of theirs.
fn is_backward_iban(run: &[u8]) -> bool {
    let compact: Vec<u8> = run
        .iter()
        .rev()
        .copied()
        .filter(|byte| is(*byte, DIGIT | UPPER))
        .collect();
    begins_with_iban(&compact)
}

fn reversed(page: &Page<'_>, run: Range<usize>) -> View {
    let mut view = View::after_context(page.text, run.start, Encoding::Reversed);
    for at in run.rev() {
        view.replace(at..at + 1, page.text(at..at + 1));
    }
    view
}

fn rotated(page: &Page<'_>, run: Range<usize>) -> View {
    let mut view = View::after_context(page.text, run.start, Encoding::Rot13);
    for at in run {
        view.replace(at..at + 1, char::from(rot13(page.bytes[at])).encode_utf8(&mut [0; 4]));
    }
    view
}

/// The letter thirteen places on.
static MOVED: [u8; 256] = {
    let mut moved = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        moved[at] = match byte {
            b'a'..=b'z' => (byte - b'a' + 13) % 26 + b'a',
            b'A'..=b'Z' => (byte - b'A' + 13) % 26 + b'A',
            _ => byte,
        };
        at += 1;
    }
    moved
};

#[inline(always)]
fn rot13(byte: u8) -> u8 {
    MOVED[usize::from(byte)]
}
