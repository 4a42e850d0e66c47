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
}

/// Classifies the blocks of a text; the last is filled up with bytes of no class. Blocks behind the text are empty.
pub(crate) fn classify(level: Level, bytes: &[u8], blocks: &mut [Block]) {
    dispatch!(level, simd => classify_all(simd, bytes, blocks));
}

#[inline(always)]
fn classify_all<S: Simd>(simd: S, bytes: &[u8], blocks: &mut [Block]) {
    let mut chunks = bytes.chunks_exact(BLOCK);
    let mut blocks = blocks.iter_mut();
    for (chunk, block) in chunks.by_ref().zip(blocks.by_ref()) {
        *block = one(simd, u8x64::from_slice(simd, chunk));
    }
    if let Some(block) = blocks.next() {
        let rest = chunks.remainder();
        let mut padded = [0; BLOCK];
        padded[..rest.len()].copy_from_slice(rest);
        *block = one(simd, u8x64::from_slice(simd, &padded));
    }
    for block in blocks {
        *block = Block::default();
    }
}

#[inline(always)]
fn one<S: Simd>(simd: S, bytes: u8x64<S>) -> Block {
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
    }
}
