//! Classes of 64 bytes at a time: one bit a byte, found with the widest vectors the processor has.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x64};

/// Bytes in a block.
pub(crate) const BLOCK: usize = 64;

/// What the bytes of a block are; the lowest bit is the first byte.
#[derive(Clone, Copy, Default)]
pub(crate) struct Block {
    pub(crate) lower: u64,
    pub(crate) upper: u64,
    pub(crate) digit: u64,
    /// `_` and `-`.
    pub(crate) join: u64,
    pub(crate) dash: u64,
    /// Bytes of characters outside ASCII.
    pub(crate) high: u64,
    /// First bytes of characters of three bytes and more.
    pub(crate) lead: u64,
    pub(crate) colon: u64,
    pub(crate) equals: u64,
    pub(crate) backslash: u64,
    /// `@ % & + \`.
    pub(crate) rare: u64,
    /// `- . /`, white space and control characters.
    pub(crate) separator: u64,
    /// `+` and `(`.
    pub(crate) dial: u64,
    pub(crate) space: u64,
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

/// Classifies the blocks of a text; the last is filled up with bytes of no class. Blocks behind the text are empty.
pub(crate) fn classify(level: Level, bytes: &[u8], blocks: &mut [Block]) {
    dispatch!(level, simd => each(simd, bytes, blocks, #[inline(always)] |bytes| classes(simd, bytes)));
}

/// The same for the marks between cells.
pub(crate) fn delimit(level: Level, bytes: &[u8], blocks: &mut [Delimiters]) {
    dispatch!(level, simd => each(simd, bytes, blocks, #[inline(always)] |bytes| delimiters(simd, bytes)));
}

#[inline(always)]
fn each<S: Simd, B: Default>(simd: S, bytes: &[u8], blocks: &mut [B], one: impl Fn(u8x64<S>) -> B) {
    let mut chunks = bytes.chunks_exact(BLOCK);
    let mut blocks = blocks.iter_mut();
    for (chunk, block) in chunks.by_ref().zip(blocks.by_ref()) {
        *block = one(u8x64::from_slice(simd, chunk));
    }
    if let Some(block) = blocks.next() {
        let rest = chunks.remainder();
        let mut padded = [0; BLOCK];
        padded[..rest.len()].copy_from_slice(rest);
        *block = one(u8x64::from_slice(simd, &padded));
    }
    for block in blocks {
        *block = B::default();
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

#[inline(always)]
fn classes<S: Simd>(simd: S, bytes: u8x64<S>) -> Block {
    let all = |value: u8| u8x64::splat(simd, value);
    let from = |first: u8, count: u8| (bytes - all(first)).simd_lt(all(count));
    let is = |value: u8| bytes.simd_eq(all(value));
    let backslash = is(b'\\');
    let plus = is(b'+');
    let dash = is(b'-');
    Block {
        lower: from(b'a', 26).to_bitmask(),
        upper: from(b'A', 26).to_bitmask(),
        digit: from(b'0', 10).to_bitmask(),
        join: (dash | is(b'_')).to_bitmask(),
        dash: dash.to_bitmask(),
        high: bytes.simd_ge(all(0x80)).to_bitmask(),
        lead: bytes.simd_ge(all(0xE0)).to_bitmask(),
        colon: is(b':').to_bitmask(),
        equals: is(b'=').to_bitmask(),
        backslash: backslash.to_bitmask(),
        // `%` and `&` are neighbours.
        rare: (is(b'@') | from(b'%', 2) | plus | backslash).to_bitmask(),
        // So are `-`, `.` and `/`.
        separator: (from(b'-', 3) | bytes.simd_lt(all(b' ' + 1))).to_bitmask(),
        dial: (plus | is(b'(')).to_bitmask(),
        space: is(b' ').to_bitmask(),
    }
}
