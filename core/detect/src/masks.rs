//! Classes of 64 bytes at a time: one bit a byte, found with the widest vectors the processor has.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x64};

/// Bytes in a block.
pub(crate) const BLOCK: usize = 64;

/// One class of bytes in the blocks around the one that is read, a bit a byte, the lowest for the first.
///
/// Each class is kept apart: side by side, the compiler would pack what stands in general registers into vectors and
/// take it out again.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lane([u64; 4]);

/// The block that is read, by its number: it, the one before and the one behind are at hand.
#[derive(Clone, Copy)]
pub(crate) struct Now(pub(crate) usize);

impl Lane {
    #[inline(always)]
    pub(crate) fn set(&mut self, Now(block): Now, bits: u64) {
        self.0[block % 4] = bits;
    }

    #[inline(always)]
    pub(crate) fn at(&self, Now(block): Now) -> u64 {
        self.0[block % 4]
    }

    #[inline(always)]
    pub(crate) fn last(&self, Now(block): Now) -> u64 {
        self.0[block.wrapping_sub(1) % 4]
    }

    #[inline(always)]
    pub(crate) fn next(&self, Now(block): Now) -> u64 {
        self.0[(block + 1) % 4]
    }

    /// Each bit moved up by `count`, with the bits of the block before.
    #[inline(always)]
    pub(crate) fn behind(&self, now: Now, count: u32) -> u64 {
        self.at(now) << count | self.last(now) >> (u64::BITS - count)
    }

    /// Each bit moved down by `count`, with the bits of the next block.
    #[inline(always)]
    pub(crate) fn ahead(&self, now: Now, count: u32) -> u64 {
        self.at(now) >> count | self.next(now) << (u64::BITS - count)
    }
}

/// What the bytes of a text are.
#[derive(Default)]
pub(crate) struct Classes {
    pub(crate) lower: Lane,
    pub(crate) upper: Lane,
    pub(crate) digit: Lane,
    /// `_` and `-`.
    pub(crate) join: Lane,
    pub(crate) dash: Lane,
    /// Bytes of characters outside ASCII.
    pub(crate) high: Lane,
    /// First bytes of characters of three bytes and more.
    pub(crate) lead: Lane,
    pub(crate) colon: Lane,
    pub(crate) equals: Lane,
    pub(crate) backslash: Lane,
    /// `@ % & + \`.
    pub(crate) rare: Lane,
    /// `- . /`, white space and control characters.
    pub(crate) separator: Lane,
    /// `+` and `(`.
    pub(crate) dial: Lane,
    pub(crate) space: Lane,
    /// Capitals, digits and bytes outside ASCII: what the second part of a name may begin with.
    pub(crate) tall: Lane,
    /// Those and small letters.
    pub(crate) solid: Lane,
}

/// What sets the cells of tables apart, in one block.
#[derive(Clone, Copy, Default)]
pub(crate) struct Delimiters {
    /// `,`, tab, `;`, `|`
    pub(crate) marks: [u64; 4],
    pub(crate) space: u64,
    /// `"`
    pub(crate) quote: u64,
    pub(crate) newline: u64,
    /// What tells a line of names from a line of values: letters of any script, digits, `@`.
    pub(crate) letter: u64,
    pub(crate) digit: u64,
    pub(crate) at: u64,
}

impl Classes {
    /// Classifies a block; behind the end of the text there are bytes of no class.
    #[inline(always)]
    pub(crate) fn read<S: Simd>(&mut self, simd: S, bytes: &[u8], block: Now) {
        let rest = bytes.get(block.0 * BLOCK..).unwrap_or(&[]);
        match rest.first_chunk::<BLOCK>() {
            Some(whole) => self.set(simd, u8x64::from_slice(simd, whole), block),
            None => {
                let mut padded = [0; BLOCK];
                padded[..rest.len()].copy_from_slice(rest);
                self.set(simd, u8x64::from_slice(simd, &padded), block);
            }
        }
    }

    #[inline(always)]
    fn set<S: Simd>(&mut self, simd: S, bytes: u8x64<S>, block: Now) {
        let all = |value: u8| u8x64::splat(simd, value);
        let from = |first: u8, count: u8| (bytes - all(first)).simd_lt(all(count)).to_bitmask();
        let is = |value: u8| bytes.simd_eq(all(value)).to_bitmask();
        let (dash, backslash, plus) = (is(b'-'), is(b'\\'), is(b'+'));
        let (lower, upper, digit) = (from(b'a', 26), from(b'A', 26), from(b'0', 10));
        let high = bytes.simd_ge(all(0x80)).to_bitmask();
        self.lower.set(block, lower);
        self.upper.set(block, upper);
        self.digit.set(block, digit);
        self.high.set(block, high);
        self.tall.set(block, upper | digit | high);
        self.solid.set(block, lower | upper | digit | high);
        self.join.set(block, dash | is(b'_'));
        self.dash.set(block, dash);
        self.lead.set(block, bytes.simd_ge(all(0xE0)).to_bitmask());
        self.colon.set(block, is(b':'));
        self.equals.set(block, is(b'='));
        self.backslash.set(block, backslash);
        // `%` and `&` are neighbours.
        self.rare.set(block, is(b'@') | from(b'%', 2) | plus | backslash);
        // So are `-`, `.` and `/`.
        self.separator.set(block, from(b'-', 3) | from(0, b' ' + 1));
        self.dial.set(block, plus | is(b'('));
        self.space.set(block, is(b' '));
    }
}

/// Up to 64 bytes of ASCII as words are compared, in lower case with joints as spaces, and what they were.
pub(crate) struct Small {
    /// Behind the text there are zeros.
    pub(crate) bytes: [u8; 2 * BLOCK],
    pub(crate) upper: u64,
    pub(crate) lower: u64,
    pub(crate) digit: u64,
    pub(crate) dot: u64,
}

/// Reads one block of ASCII as words.
pub(crate) fn small(level: Level, part: &[u8]) -> Small {
    let mut small = Small {
        bytes: [0; 2 * BLOCK],
        upper: 0,
        lower: 0,
        digit: 0,
        dot: 0,
    };
    small.bytes[..part.len()].copy_from_slice(part);
    dispatch!(level, simd => {
        let bytes = u8x64::from_slice(simd, &small.bytes[..BLOCK]);
        let all = |value: u8| u8x64::splat(simd, value);
        let from = |first: u8, count: u8| (bytes - all(first)).simd_lt(all(count));
        let upper = from(b'A', 26);
        let joint = bytes.simd_eq(all(b'_')) | bytes.simd_eq(all(b'-'));
        let folded = joint.select(all(b' '), upper.select(bytes | all(0x20), bytes));
        small.upper = upper.to_bitmask();
        small.lower = from(b'a', 26).to_bitmask();
        small.digit = from(b'0', 10).to_bitmask();
        small.dot = bytes.simd_eq(all(b'.')).to_bitmask();
        folded.store_slice(&mut small.bytes[..BLOCK]);
    });
    small
}

/// How many bytes of a line are marks that code is full of, `(){}[]=;<>_.`, and how many are blanks.
pub(crate) fn code_marks(level: Level, line: &[u8]) -> (u32, u32) {
    dispatch!(level, simd => {
        let (mut marks, mut blanks) = (0, 0);
        for part in line.chunks(BLOCK) {
            let mut padded = [0; BLOCK];
            padded[..part.len()].copy_from_slice(part);
            let bytes = u8x64::from_slice(simd, &padded);
            let all = |value: u8| u8x64::splat(simd, value);
            let from = |bytes: u8x64<_>, first: u8, count: u8| (bytes - all(first)).simd_lt(all(count));
            // `(` and `)` are neighbours, and so are `;`, `<`, `=` and `>`; braces are brackets with another bit.
            let brackets = bytes | all(0x20);
            let marks_here = from(bytes, b'(', 2)
                | from(bytes, b';', 4)
                | brackets.simd_eq(all(b'{'))
                | brackets.simd_eq(all(b'}'))
                | bytes.simd_eq(all(b'_'))
                | bytes.simd_eq(all(b'.'));
            marks += marks_here.to_bitmask().count_ones();
            blanks += bytes.simd_eq(all(b' ')).to_bitmask().count_ones();
        }
        (marks, blanks)
    })
}

/// Finds the marks between cells in a line, block by block.
pub(crate) fn delimit_line(level: Level, line: &[u8], mut each: impl FnMut(usize, &Delimiters)) {
    dispatch!(level, simd => {
        for (index, part) in line.chunks(BLOCK).enumerate() {
            let mut padded = [0; BLOCK];
            padded[..part.len()].copy_from_slice(part);
            each(index, &delimiters(simd, u8x64::from_slice(simd, &padded)));
        }
    });
}

/// Finds the marks between cells in the blocks of a text. Blocks behind the text are empty.
pub(crate) fn delimit(level: Level, bytes: &[u8], blocks: &mut [Delimiters]) {
    dispatch!(level, simd => each(simd, bytes, blocks));
}

#[inline(always)]
fn each<S: Simd>(simd: S, bytes: &[u8], blocks: &mut [Delimiters]) {
    let mut chunks = bytes.chunks_exact(BLOCK);
    let mut blocks = blocks.iter_mut();
    for (chunk, block) in chunks.by_ref().zip(blocks.by_ref()) {
        *block = delimiters(simd, u8x64::from_slice(simd, chunk));
    }
    if let Some(block) = blocks.next() {
        let rest = chunks.remainder();
        let mut padded = [0; BLOCK];
        padded[..rest.len()].copy_from_slice(rest);
        *block = delimiters(simd, u8x64::from_slice(simd, &padded));
    }
    for block in blocks {
        *block = Delimiters::default();
    }
}

#[inline(always)]
fn delimiters<S: Simd>(simd: S, bytes: u8x64<S>) -> Delimiters {
    let all = |value: u8| u8x64::splat(simd, value);
    let is = |value: u8| bytes.simd_eq(all(value)).to_bitmask();
    let from = |bytes: u8x64<S>, first: u8, count: u8| (bytes - all(first)).simd_lt(all(count));
    let letter = from(bytes | all(0x20), b'a', 26) | bytes.simd_ge(all(0x80));
    Delimiters {
        marks: [is(b','), is(b'\t'), is(b';'), is(b'|')],
        space: is(b' '),
        quote: is(b'"'),
        newline: is(b'\n'),
        letter: letter.to_bitmask(),
        digit: from(bytes, b'0', 10).to_bitmask(),
        at: is(b'@'),
    }
}

#[cfg(test)]
mod tests {
    use super::code_marks;
    use fearless_simd::Level;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn marks_of_code_are_counted_as_byte_by_byte(line in "[\\x00-\\x7f\u{e9}]{0,160}") {
            let count = |set: &[u8]| line.bytes().filter(|byte| set.contains(byte)).count() as u32;
            prop_assert_eq!(code_marks(Level::new(), line.as_bytes()), (count(b"(){}[]=;<>_."), count(b" ")));
        }
    }
}
