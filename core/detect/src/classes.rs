//! Classes of bytes, as one table: every decision about a byte is a lookup and a mask.

pub(crate) const LOWER: u8 = 1;
pub(crate) const UPPER: u8 = 2;
pub(crate) const DIGIT: u8 = 4;
/// `_` and `-`: inside a token, between its words.
pub(crate) const JOIN: u8 = 8;
/// Bytes of characters outside ASCII.
pub(crate) const HIGH: u8 = 16;
/// Bytes the sweep must look at although they belong to no token.
pub(crate) const MARK: u8 = 32;
/// Digits of base 16.
pub(crate) const HEX: u8 = 64;
/// Space, tab and line ends.
pub(crate) const SPACE: u8 = 128;

pub(crate) const LETTER: u8 = LOWER | UPPER;
pub(crate) const ALNUM: u8 = LETTER | DIGIT;
pub(crate) const TOKEN: u8 = ALNUM | JOIN;

static TABLE: [u8; 256] = table();

/// The classes of a byte.
#[inline(always)]
pub(crate) fn class(byte: u8) -> u8 {
    TABLE[byte as usize]
}

/// True when the byte is in one of the classes.
#[inline(always)]
pub(crate) fn is(byte: u8, classes: u8) -> bool {
    class(byte) & classes != 0
}

/// True when a digit is among the bytes: many of them are looked at, and then the answer.
#[inline]
pub(crate) fn has_digit(bytes: &[u8]) -> bool {
    const MANY: usize = 32;
    let any = |part: &[u8]| part.iter().fold(false, |any, byte| any | byte.is_ascii_digit());
    bytes.chunks(MANY).any(any)
}

/// True for letters of any script; those of the alphabets that most texts are in are told without a search.
pub(crate) fn is_letter(c: char) -> bool {
    match c {
        '\0'..='\x7f' => c.is_ascii_alphabetic(),
        'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ʯ' | 'Α'..='Ρ' | 'Σ'..='ϵ' | 'Ѐ'..='ҁ' | 'Ҋ'..='ԯ' => true,
        'א'..='ת' | 'ء'..='ي' | 'अ'..='ह' | 'ก'..='ะ' | 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー'..='ヿ' => {
            true
        }
        '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => true,
        // Marks, and the wide forms of those of ASCII.
        '\u{80}'..='\u{a9}' | '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{3004}' | '\u{3008}'..='\u{3020}' => false,
        '\u{ff00}'..='\u{ff20}' => false,
        _ => c.is_alphabetic(),
    }
}

/// The end of the run of `classes` that begins at `start`, at most `limit` bytes long.
#[inline]
pub(crate) fn run_end(bytes: &[u8], start: usize, classes: u8, limit: usize) -> usize {
    let stop = bytes.len().min(start.saturating_add(limit));
    let mut end = start;
    while end < stop && is(bytes[end], classes) {
        end += 1;
    }
    end
}

/// The end of the run of ASCII letters that begins at `start`, at most `limit` bytes long.
#[inline]
pub(crate) fn letters_end(bytes: &[u8], start: usize, limit: usize) -> usize {
    let stop = bytes.len().min(start.saturating_add(limit));
    let mut end = start;
    while let Some(eight) = bytes.get(end..end + 8).and_then(|eight| eight.first_chunk()) {
        let others = !letters(u64::from_le_bytes(*eight)) & EACH_HIGH;
        if others != 0 {
            return stop.min(end + others.trailing_zeros() as usize / 8);
        }
        end += 8;
        if end >= stop {
            return stop;
        }
    }
    run_end(bytes, end, LETTER, stop.saturating_sub(end))
}

/// One bit of each of eight bytes, the lowest.
const EACH: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each of eight bytes.
const EACH_HIGH: u64 = 0x8080_8080_8080_8080;

/// Of eight bytes, the highest bit of those that are ASCII letters.
#[inline(always)]
pub(crate) fn letters(eight: u64) -> u64 {
    let low = (eight | (EACH * 0x20)) & !EACH_HIGH;
    // From `a` on the sum reaches the highest bit, behind `z` as well.
    let (from_a, behind_z) = (low + EACH * (0x80 - 0x61), low + EACH * (0x80 - 0x7B));
    from_a & !behind_z & !eight & EACH_HIGH
}

/// The start of the run of `classes` that ends at `end`, at most `limit` bytes long.
#[inline]
pub(crate) fn run_start(bytes: &[u8], end: usize, classes: u8, limit: usize) -> usize {
    let stop = end.saturating_sub(limit);
    let mut start = end;
    while start > stop && is(bytes[start - 1], classes) {
        start -= 1;
    }
    start
}

const fn table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = classify(byte as u8);
        byte += 1;
    }
    table
}

const fn classify(byte: u8) -> u8 {
    match byte {
        b'a'..=b'f' => LOWER | HEX,
        b'g'..=b'z' => LOWER,
        b'A'..=b'F' => UPPER | HEX,
        b'G'..=b'Z' => UPPER,
        b'0'..=b'9' => DIGIT | HEX,
        b'_' | b'-' => JOIN,
        b' ' | b'\t' | b'\n' | b'\r' => SPACE,
        b'@' | b':' | b'=' | b'%' | b'\\' | b'&' | b'+' => MARK,
        0x80..=0xff => HIGH,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn letters_are_found_eight_at_a_time() {
        for byte in 0..=u8::MAX {
            let text = [b'a', byte, b'Z', b'z', b'A', byte, b'm', b'M', b'a', byte];
            for (start, limit) in [(0, 40), (1, 40), (2, 40), (2, 3), (8, 40), (9, 40), (10, 40)] {
                let plain = super::run_end(&text, start, super::LETTER, limit);
                assert_eq!(super::letters_end(&text, start, limit), plain, "{byte} {start} {limit}");
            }
        }
    }

    #[test]
    fn letters_are_those_of_unicode() {
        for c in '\0'..='\u{1ffff}' {
            assert_eq!(super::is_letter(c), c.is_alphabetic(), "{c:?}");
        }
    }
}
