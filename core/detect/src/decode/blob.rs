//! Runs of base64 and hex: found around a token, over line ends, behind a prefix, and undone when text is inside.

use super::Budget;
use super::inflate::{SHORTEST_CODE, begins_compressed, inflate, may_inflate};
use crate::classes::{ALNUM, DIGIT, HEX, HIGH, JOIN, LOWER, UPPER, class, is, run_end};
use crate::encoding::Encoding;
use crate::sweep::Token;
use std::ops::Range;

/// Longest run that is decoded at once, in letters; what follows is the next run.
const MAX_BLOB: usize = 256 * 1024;
/// A run shorter than this hides nothing.
pub(super) const MIN_BLOB: usize = 12;
/// The same for hex.
const SHORTEST_HEX: usize = 16;
/// Bytes decoded to see whether a run holds text.
const PROBE: usize = 12;
/// The letters that encode them.
const LETTERS: usize = PROBE / 3 * 4;
/// The same, to see whether it is compressed.
const WIDE_PROBE: usize = 15;

/// What a run holds.
pub(super) struct Blob {
    pub(super) range: Range<usize>,
    pub(super) text: String,
    pub(super) encoding: Encoding,
}

/// Reads the run around a token. The second answer is where the run ends, text or not.
pub(super) fn around(bytes: &[u8], token: Token, from: usize, budget: &mut Budget) -> (Option<Blob>, usize) {
    let range = run(bytes, token, from);
    if is_part_of_jwt(bytes, &range) {
        return (None, range.end);
    }
    budget.spend(PROBE);
    let blob = read_after_prefix(&bytes[range.clone()], budget)
        .map(|(text, encoding)| Blob {
            range: range.clone(),
            text,
            encoding,
        })
        .or_else(|| reversed(bytes, &range, budget));
    (blob, range.end)
}

/// True for a backslash before a line end, or before the letter of one that is written out.
fn is_line_escape(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at + 1), Some(b'n' | b'r' | b'\n' | b'\r'))
}

/// False for a token that hides nothing, whatever follows it, and begins nothing that is looked for. Most are names in
/// programs.
#[inline]
pub(super) fn may_hide(bytes: &[u8], token: Token) -> bool {
    let before = token.start.checked_sub(1).map_or(b' ', |before| bytes[before]);
    let after = bytes.get(token.end).copied().unwrap_or(b' ');
    let has_digit = token.has(DIGIT);
    // What is written from its end has a digit, and so has what goes on over lines.
    let goes_on = |byte: u8| match byte {
        b'+' | b'/' => true,
        b'=' | b'\n' | b'\r' | b'\\' => has_digit,
        _ => false,
    };
    let run = &bytes[token.start..token.end];
    // What stands behind a line end may go on in the next line; most backslashes escape a quote.
    let escapes_no_line = after == b'\\' && !is_line_escape(bytes, token.end);
    let ends = !matches!(after, b'\n' | b'\r' | b'\\') || escapes_no_line;
    let may_begin = |start: usize| may_begin(&run[start..], token.classes, ends);
    goes_on(before)
        || goes_on(after) && !escapes_no_line
        || !is_inside(run[0])
        || run[0] == b'0'
        || may_begin(0)
        || token.classes & JOIN != 0 && has_part(run, token, may_begin)
        || has_digit && run.len() >= 2 * MIN_BLOB && may_end(run)
}

/// True for one of the [`parts`] of a token.
fn has_part(run: &[u8], token: Token, may_begin: impl Fn(usize) -> bool) -> bool {
    if token.classes & HIGH != 0 {
        return parts(run).any(may_begin);
    }
    // Between letters and digits there are joints only.
    let looked_at = u64::MAX >> (u64::BITS as usize - run.len().min(LONGEST_PREFIX));
    let mut joints = !(token.letters | token.digits) & looked_at;
    for _ in 0..MOST_PREFIXES {
        if joints == 0 {
            return false;
        }
        if may_begin(joints.trailing_zeros() as usize + 1) {
            return true;
        }
        joints &= joints - 1;
    }
    false
}

/// True where base64 of text begins, written from its end.
fn may_end(run: &[u8]) -> bool {
    let last = run.last_chunk().map(|&[a, b, c, d]| [d, c, b, a]);
    last.and_then(first_bytes).is_none_or(|first| looks_like_text(&first))
}

/// False where neither base64 nor hex of something begins. `classes` are those of the run's bytes, and perhaps others;
/// where it `ends`, all of it can be looked at.
#[inline(always)]
fn may_begin(run: &[u8], classes: u8, ends: bool) -> bool {
    // A sign of padding may stand behind the last letter.
    let Some(&head) = run.first_chunk().filter(|_| run.len() + 1 >= MIN_BLOB) else {
        return false;
    };
    let is_hex = || classes & DIGIT != 0 && head.iter().all(|byte| is(*byte, HEX));
    let may_be = match first_bytes(head) {
        Some(first) => {
            may_be_text(first)
                || may_be_deflated(first[0], run.len()) && (!ends || may_be_compressed(classes, run.len()))
                || is_hex()
        }
        None => true,
    };
    may_be && seems_to_begin(run, classes, ends) || is_wide(run)
}

/// True where base64 of ASCII in UTF-16 begins, as PowerShell takes its commands: each second byte is zero, and so some of
/// the letters are nearly always the same.
#[inline(always)]
fn is_wide(run: &[u8]) -> bool {
    matches!(
        run,
        [
            _,
            b'A' | b'Q' | b'g' | b'w',
            b'A' | b'B',
            _,
            b'A',
            b'A'..=b'H',
            _,
            b'A',
            ..
        ]
    )
}

/// Text in UTF-16, the first letters of which are ASCII.
fn wide_text(run: &[u8], budget: &mut Budget) -> Option<String> {
    let mut room = [0; PROBE];
    let (first, _) = probe(run.iter(), &mut room, |_| true).as_chunks();
    if first.is_empty()
        || !first
            .iter()
            .all(|[byte, high]| *high == 0 && byte.is_ascii() && is_printable(*byte))
    {
        return None;
    }
    budget.spend(run.len());
    let bytes = base64(run);
    let (pairs, _) = bytes.as_chunks();
    let text = char::decode_utf16(pairs.iter().map(|pair| u16::from_le_bytes(*pair)));
    text.collect::<Result<_, _>>().ok()
}

#[inline(never)]
fn seems_to_begin(run: &[u8], classes: u8, ends: bool) -> bool {
    let (text, compressed) = begins(run);
    text && (!ends || begins_text(run))
        || compressed && (!ends || may_be_compressed(classes, run.len()))
        || classes & DIGIT != 0 && run.iter().take(MIN_BLOB).all(|byte| is(*byte, HEX)) && (!ends || begins_hex(run))
}

/// False for hex of neither text nor anything compressed: most digests, and most numbers.
fn begins_hex(run: &[u8]) -> bool {
    let mut first = [0; 3];
    let digits = run.get(..2 * first.len());
    let is_hex = digits.is_some_and(|digits| hex::decode_to_slice(digits, &mut first).is_ok());
    is_hex && run.len() >= SHORTEST_HEX && (looks_like_text(&first) || may_inflate(first, run.len() / 2))
}

/// True when as much of a run as is looked at is base64 of text.
fn begins_text(run: &[u8]) -> bool {
    let letter_by_letter = || looks_like_text(probe(run.iter(), &mut [0; PROBE], is_printable));
    let Some(letters) = run.first_chunk::<LETTERS>() else {
        return letter_by_letter();
    };
    let mut room = [0; PROBE];
    for (group, three) in letters.as_chunks().0.iter().zip(room.as_chunks_mut().0) {
        match first_bytes(*group) {
            Some(bytes) if bytes.iter().all(|byte| is_printable(*byte)) => *three = bytes,
            Some(_) => return false,
            // Something else stands between the letters.
            None => return letter_by_letter(),
        }
    }
    looks_like_text(&room)
}

/// What is compressed has all kinds of letters in it.
fn may_be_compressed(classes: u8, length: usize) -> bool {
    classes & (UPPER | LOWER) == UPPER | LOWER && (classes & DIGIT != 0 || length <= 2 * MIN_BLOB)
}

const LONGEST_PREFIX: usize = 24;
const MOST_PREFIXES: usize = 3;

/// Where the parts of a run begin that may have a prefix such as `enc_` or `b64-` before them.
fn parts(run: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let joints = memchr::memchr3_iter(b'-', b'_', b'/', &run[..run.len().min(LONGEST_PREFIX)]);
    joints.take(MOST_PREFIXES).map(|at| at + 1)
}

/// The text inside a run of base64 or hex that begins with the first byte.
pub(crate) fn blob(bytes: &[u8]) -> Option<String> {
    read(bytes, &mut Budget::of(bytes.len())).map(|(text, _)| text)
}

fn is_inside(byte: u8) -> bool {
    VALUES[usize::from(byte)] < PLAIN
}

/// The extent of the run around a token, not before `from`.
fn run(bytes: &[u8], token: Token, from: usize) -> Range<usize> {
    // Letters of other scripts stand right before a value, not in it.
    let foreign = run_end(bytes, token.start, HIGH, token.len());
    let mut start = foreign;
    while start > from && foreign - start < 64 && is_inside(bytes[start - 1]) {
        start -= 1;
    }
    let mut end = line_end(bytes, start);
    let width = end - start;
    while let Some(next) = line_joint(bytes, end)
        && end - start < MAX_BLOB
        && goes_on(bytes, next, width)
    {
        end = line_end(bytes, next);
    }
    while end < bytes.len() && end - start < MAX_BLOB && bytes[end] == b'=' {
        end += 1;
    }
    start..end
}

fn line_end(bytes: &[u8], start: usize) -> usize {
    let stop = bytes.len().min(start + MAX_BLOB);
    let mut end = start;
    while end < stop && is_inside(bytes[end]) {
        end += 1;
    }
    end
}

/// True when the line that begins at `next` continues a run whose lines are `width` long: a full line, or a last one
/// that is no word.
fn goes_on(bytes: &[u8], next: usize, width: usize) -> bool {
    let end = line_end(bytes, next);
    let length = end - next;
    let line = &bytes[next..end];
    // A dash alone begins the next item of a list.
    if !line.iter().any(|byte| is(*byte, ALNUM)) || length > width || width < MIN_BLOB {
        return false;
    }
    let padding = bytes[end..].iter().take(3).take_while(|byte| **byte == b'=').count();
    // A name with a value of its own is no last line.
    let padded = padding > 0 && !bytes.get(end + padding).is_some_and(|byte| is(*byte, ALNUM));
    let closed = padded || bytes.get(end).is_none_or(|byte| b"\r\n\"'`\\<, )]}".contains(byte));
    closed && (padded || length == width || !is_word(line))
}

fn is_word(line: &[u8]) -> bool {
    let tail = &line[1..];
    line.iter().all(|byte| is(*byte, LOWER | UPPER))
        && (tail.iter().all(|byte| is(*byte, LOWER)) || tail.iter().all(|byte| is(*byte, UPPER)))
}

/// Behind a line end and what may stand at the beginning of a quoted or indented line. Line ends may be written out.
pub(super) fn line_joint(bytes: &[u8], at: usize) -> Option<usize> {
    const DECORATION: usize = 24;
    let rest = bytes.get(at..)?;
    let length = match rest {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        [b'\\', b'r', b'\\', b'n', ..] => 4,
        [b'\\', b'n', ..] | [b'\\', b'\n', ..] => 2,
        [b'\\', b'\r', b'\n', ..] => 3,
        _ => return None,
    };
    let mut next = at + length;
    while next < bytes.len()
        && next - at < DECORATION
        && matches!(bytes[next], b' ' | b'\t' | b'>' | b'|' | b'#' | b'*')
    {
        next += 1;
    }
    (next < bytes.len()).then_some(next)
}

/// The parts of a JSON web token are judged with it.
fn is_part_of_jwt(bytes: &[u8], range: &Range<usize>) -> bool {
    let header = bytes[range.clone()].starts_with(b"eyJ") && bytes.get(range.end) == Some(&b'.');
    header || range.start > 0 && bytes[range.start - 1] == b'.' && bytes[range.clone()].starts_with(b"eyJ")
}

/// Reads a run, with or without a prefix before it.
fn read_after_prefix(bytes: &[u8], budget: &mut Budget) -> Option<(String, Encoding)> {
    let mut read_from = |start: usize| {
        budget.spend(PROBE);
        read(&bytes[start..], budget)
    };
    if bytes.starts_with(b"0x") || bytes.starts_with(b"0X") {
        let found = read_from(2);
        if found.is_some() {
            return found;
        }
    }
    read_from(0).or_else(|| parts(bytes).find_map(read_from))
}

fn read(bytes: &[u8], budget: &mut Budget) -> Option<(String, Encoding)> {
    let head = bytes.first_chunk::<MIN_BLOB>()?;
    if bytes.len() >= SHORTEST_HEX
        && head.iter().all(|byte| is(*byte, HEX))
        && bytes.iter().take(24).all(|byte| is(*byte, HEX))
        && let Some(text) = hex(bytes, budget)
    {
        return Some((text, Encoding::Hex));
    }
    let (text, compressed) = begins(bytes);
    if text && begins_text(bytes) {
        budget.spend(bytes.len());
        return into_text(base64(bytes)).map(|text| (text, Encoding::Base64));
    }
    if is_wide(bytes) {
        return wide_text(bytes, budget).map(|text| (text, Encoding::Base64));
    }
    if !compressed {
        return None;
    }
    let seen = bytes.iter().take(64).fold(0, |seen, byte| seen | class(*byte));
    if !may_be_compressed(seen, bytes.len()) {
        return None;
    }
    let mut room = [0; WIDE_PROBE];
    let probe = probe(bytes.iter(), &mut room, |_| true);
    inflate(probe, bytes.len() / 4 * 3, || base64(bytes), budget).map(|text| (text, Encoding::Compressed))
}

/// Whether the first four letters of base64 may begin text, and what is compressed: most names of programs begin neither.
#[inline]
fn begins(bytes: &[u8]) -> (bool, bool) {
    match bytes.first_chunk().copied().and_then(first_bytes) {
        Some(first) => (
            may_be_text(first) && (first.is_ascii() || is_begun(&first)),
            may_be_deflated(first[0], bytes.len()) && may_inflate(first, bytes.len() / 4 * 3),
        ),
        None => (true, true),
    }
}

/// What may be deflated begins with: gzip, zlib, and the last block, which must be long to bring codes of its own.
const AT_ONCE: u8 = 1;
const IF_LONG: u8 = 2;
static BEGINS_DEFLATED: [u8; 256] = {
    let mut begins = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        begins[byte] = match byte {
            0x1f | 1 => AT_ONCE,
            _ if byte & 0x8f == 8 || byte & 7 == 0b011 => AT_ONCE,
            _ if byte & 7 == 0b101 => IF_LONG,
            _ => 0,
        };
        byte += 1;
    }
    begins
};

/// Whether something deflated may begin with a byte, in a run of so many letters.
#[inline(always)]
fn may_be_deflated(first: u8, length: usize) -> bool {
    let kind = BEGINS_DEFLATED[usize::from(first)];
    (kind == AT_ONCE) | (kind == IF_LONG) & (length / 4 * 3 >= SHORTEST_CODE)
}

/// What four letters of base64 stand for.
#[inline(always)]
fn first_bytes(letters: [u8; 4]) -> Option<[u8; 3]> {
    let [a, b, c, d] = letters.map(|letter| VALUES[usize::from(letter)]);
    let whole = (a | b | c | d) & PLAIN == 0;
    whole.then_some([a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d])
}

/// What a byte is in a text: ASCII that is printed, the first byte of another character, a further one, or nothing; and
/// four bits above what may follow.
const PRINTED: u8 = 1;
const LEAD: u8 = 2;
const TRAIL: u8 = 4;
static IN_TEXT: [u8; 256] = {
    let mut in_text = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        in_text[byte] = match byte as u8 {
            0x80..=0xBF => TRAIL | (PRINTED | LEAD | TRAIL) << 4,
            0xC2..=0xF4 => LEAD | TRAIL << 4,
            0xC0.. => 0,
            ascii if is_printable(ascii) => PRINTED | (PRINTED | LEAD) << 4,
            _ => 0,
        };
        byte += 1;
    }
    in_text
};

/// False for three bytes that begin no text. For ASCII, true when they do.
#[inline(always)]
fn may_be_text(first: [u8; 3]) -> bool {
    let [a, b, c] = first.map(|byte| IN_TEXT[usize::from(byte)]);
    (a & (PRINTED | LEAD) != 0) & (a >> 4 & b != 0) & (b >> 4 & c != 0)
}

/// What is written in hex, of which as many digits as a probe takes were seen to be some.
fn hex(bytes: &[u8], budget: &mut Budget) -> Option<String> {
    // Most are digests, and their first bytes tell it.
    let mut room = [0; PROBE];
    let first = &mut room[..bytes.len().min(2 * PROBE) / 2];
    hex::decode_to_slice(&bytes[..2 * first.len()], first).ok()?;
    if !looks_like_text(first) && !begins_compressed(first, bytes.len() / 2) {
        return None;
    }
    let digits: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(|byte| !b"\r\n \t".contains(byte))
        .collect();
    if !digits.len().is_multiple_of(2) || !digits.iter().all(|byte| is(*byte, HEX)) {
        return None;
    }
    let probe = hex::decode(&digits[..digits.len().min(2 * PROBE)]).ok()?;
    if !looks_like_text(&probe) {
        return inflate(
            &probe,
            digits.len() / 2,
            || hex::decode(&digits).unwrap_or_default(),
            budget,
        );
    }
    budget.spend(bytes.len());
    into_text(hex::decode(digits).ok()?)
}

/// base64 written from its end: padding before it, or the reversed beginning of what compresses.
fn reversed(bytes: &[u8], range: &Range<usize>, budget: &mut Budget) -> Option<Blob> {
    let padded = (1..=2)
        .take_while(|n| range.start >= *n && bytes[range.start - n] == b'=')
        .count();
    let run = &bytes[range.clone()];
    if run.len() < 2 * MIN_BLOB || !run.iter().any(|byte| is(*byte, DIGIT)) || run.contains(&b'\n') {
        return None;
    }
    budget.spend(PROBE);
    if !looks_like_text(probe(run.iter().rev(), &mut [0; PROBE], is_printable)) {
        return None;
    }
    budget.spend(run.len());
    let turned: Vec<u8> = run.iter().rev().copied().collect();
    let text = into_text(base64(&turned))?;
    Some(Blob {
        range: range.start - padded..range.end,
        text,
        encoding: Encoding::Reversed,
    })
}

/// Forgiving: both alphabets, padding or none, what is no letter skipped, a cut last group dropped.
pub(super) fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3 + 3);
    decode(bytes.iter(), |byte| {
        out.push(byte);
        true
    });
    out
}

/// The first bytes of what is written in base64, and none when one of them is not `fit`; the rest is decoded only when
/// they look like text.
fn probe<'b, 'r, const N: usize>(
    bytes: impl Iterator<Item = &'b u8>,
    room: &'r mut [u8; N],
    fit: impl Fn(u8) -> bool,
) -> &'r [u8] {
    let mut length = 0;
    let all_fit = decode(bytes.take(N * 4 / 3), |byte| {
        room[length] = byte;
        length += 1;
        fit(byte)
    });
    if all_fit { &room[..length] } else { &[] }
}

/// A byte that is no letter of base64, and the one that begins a line end written out.
///
/// Both have a bit that no value of a letter has.
const PLAIN: u8 = 64;
const ESCAPE: u8 = 65;
/// What each byte stands for in base64, in either alphabet.
static VALUES: [u8; 256] = {
    let mut values = [PLAIN; 256];
    let mut at = 0;
    while at < 26 {
        values[b'A' as usize + at] = at as u8;
        values[b'a' as usize + at] = at as u8 + 26;
        at += 1;
    }
    at = 0;
    while at < 10 {
        values[b'0' as usize + at] = at as u8 + 52;
        at += 1;
    }
    values[b'+' as usize] = 62;
    values[b'-' as usize] = 62;
    values[b'/' as usize] = 63;
    values[b'_' as usize] = 63;
    values[b'\\' as usize] = ESCAPE;
    values
};

/// Gives each byte of what is written in base64, as long as the answer is true; false when it ended before.
#[inline]
fn decode<'b>(bytes: impl Iterator<Item = &'b u8>, mut each: impl FnMut(u8) -> bool) -> bool {
    let (mut group, mut bits) = (0u32, 0);
    let mut skipping = false;
    for &byte in bytes {
        // The letter of a line end that is written out belongs to no group.
        if std::mem::take(&mut skipping) {
            continue;
        }
        let value = VALUES[usize::from(byte)];
        if value >= PLAIN {
            skipping = value == ESCAPE;
            continue;
        }
        group = group << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            if !each((group >> bits) as u8) {
                return false;
            }
        }
    }
    true
}

/// True for every byte of text but the control characters that nobody writes.
const fn is_printable(byte: u8) -> bool {
    byte >= 0x20 && byte != 0x7f || matches!(byte, b'\n' | b'\r' | b'\t')
}

/// True when the first bytes of something are printable, and characters as far as they go.
#[inline]
pub(super) fn looks_like_text(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| is_printable(*byte)) && (bytes.is_ascii() || is_begun(bytes))
}

/// True for characters, the last of which may be cut off.
fn is_begun(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let [first, behind @ ..] = rest {
        // What may follow the first byte, and how many bytes do.
        let (second, more) = match first {
            ..0x80 => (0x80..=0xBF, 0),
            0xC2..=0xDF => (0x80..=0xBF, 1),
            0xE0 => (0xA0..=0xBF, 2),
            0xED => (0x80..=0x9F, 2),
            0xE1..=0xEF => (0x80..=0xBF, 2),
            0xF0 => (0x90..=0xBF, 3),
            0xF4 => (0x80..=0x8F, 3),
            0xF1..=0xF3 => (0x80..=0xBF, 3),
            _ => return false,
        };
        let (own, next) = behind.split_at(more.min(behind.len()));
        let follows = |(at, byte): (usize, &u8)| {
            if at == 0 {
                second.contains(byte)
            } else {
                (0x80..=0xBF).contains(byte)
            }
        };
        if !own.iter().enumerate().all(follows) {
            return false;
        }
        rest = next;
    }
    true
}

/// Bytes as text: a few bytes at the end that are none are cut off.
pub(super) fn into_text(bytes: Vec<u8>) -> Option<String> {
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            if bytes.len() - valid > (bytes.len() / 8).max(3) {
                return None;
            }
            bytes.truncate(valid);
            String::from_utf8(bytes).ok()?
        }
    };
    let control = text
        .bytes()
        .filter(|byte| *byte < 0x20 && !matches!(byte, b'\n' | b'\r' | b'\t'))
        .count();
    (control * 20 <= text.len()).then_some(text)
}

/// Bytes written one by one, with something between them.
pub(super) struct Listed {
    pub(super) range: Range<usize>,
    pub(super) text: String,
    pub(super) encoding: Encoding,
}

/// `34 31 31`, `34:31:31`, `0x34, 0x31`, `52, 49, 49`: numbers of one form with one separator, one of which begins at
/// `at`. What they say, when they are eight or more and say something, and where they end. `short` remembers for each
/// form where the last item begins of a list that was too short.
pub(super) fn listed(bytes: &[u8], at: usize, short: &mut [usize; 2], budget: &mut Budget) -> (Vec<Listed>, usize) {
    let (mut found, mut seen) = (Vec::new(), at);
    for (encoding, short) in [Encoding::Hex, Encoding::CharacterCodes].into_iter().zip(short) {
        // All that begin in a list of too few are items of the same list.
        if at < *short {
            continue;
        }
        let Some((range, out)) = list(bytes, at, Item { encoding }, short) else {
            continue;
        };
        budget.spend(range.len());
        seen = seen.max(range.end);
        if looks_like_text(&out[..out.len().min(PROBE)])
            && let Some(text) = into_text(out)
        {
            found.push(Listed { range, text, encoding });
        }
    }
    (found, seen)
}

/// How one byte is written in a list.
#[derive(Clone, Copy)]
struct Item {
    encoding: Encoding,
}

impl Item {
    /// The byte written at `at`, and where it ends.
    fn read(self, bytes: &[u8], at: usize) -> Option<(u8, usize)> {
        let hex = self.encoding == Encoding::Hex;
        let prefix = if hex && matches!(bytes.get(at..at + 2), Some(b"0x" | b"0X")) {
            2
        } else {
            0
        };
        let end = run_end(bytes, at + prefix, if hex { HEX } else { DIGIT }, 4);
        let digits = bytes.get(at + prefix..end)?;
        if digits.len() != 2 && (digits.len() != 3 || hex) {
            return None;
        }
        let value = digits.iter().try_fold(0, |value, digit| {
            let digit = char::from(*digit).to_digit(if hex { 16 } else { 10 })?;
            Some(value * if hex { 16 } else { 10 } + digit)
        })?;
        Some((u8::try_from(value).ok()?, end))
    }

    /// Where the byte written before `end` begins.
    fn start_before(self, bytes: &[u8], end: usize, width: usize) -> Option<usize> {
        let start = end.checked_sub(width)?;
        let alone = start == 0 || !is(bytes[start - 1], ALNUM);
        (alone && self.read(bytes, start)?.1 == end).then_some(start)
    }
}

fn list(bytes: &[u8], at: usize, item: Item, short: &mut usize) -> Option<(Range<usize>, Vec<u8>)> {
    const FEWEST: usize = 8;
    const MOST_BEFORE: usize = 64;
    if at > 0 && is(bytes[at - 1], ALNUM) {
        return None;
    }
    let first_end = item.read(bytes, at)?.1;
    let length = bytes[first_end..]
        .iter()
        .take(3)
        .take_while(|byte| b" ,:;-.\t\n".contains(byte))
        .count();
    let separator = &bytes[first_end..first_end + length];
    if length == 0 || length > 2 {
        return None;
    }
    let mut start = at;
    while at - start < MOST_BEFORE
        && let Some(end) = start.checked_sub(length)
        && &bytes[end..start] == separator
        && let Some(before) = item.start_before(bytes, end, first_end - at)
    {
        start = before;
    }
    let (mut end, mut count, mut last) = (item.read(bytes, start)?.1, 1, start);
    let next = |end: usize| {
        let goes_on = bytes[end..].starts_with(separator);
        goes_on.then(|| item.read(bytes, end + length)).flatten()
    };
    while let Some((_, next)) = next(end) {
        (end, count, last) = (next, count + 1, end + length);
    }
    if count < FEWEST || bytes.get(end).is_some_and(|byte| is(*byte, ALNUM)) {
        *short = last;
        return None;
    }
    let mut out = Vec::with_capacity(count);
    let (first, mut at) = item.read(bytes, start)?;
    out.push(first);
    while let Some((byte, end)) = next(at) {
        out.push(byte);
        at = end;
    }
    Some((start..end, out))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed_text(text: &str) -> Vec<String> {
        let (lists, _) = listed(text.as_bytes(), 0, &mut [0; 2], &mut Budget::of(1000));
        lists.into_iter().map(|list| list.text).collect()
    }

    #[test]
    fn characters_are_begun_where_the_library_misses_nothing_but_their_end() {
        const EDGES: [u8; 18] = [
            0, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5,
        ];
        for index in 0..EDGES.len().pow(4) {
            let bytes = [0, 1, 2, 3].map(|digit| EDGES[index / EDGES.len().pow(digit) % EDGES.len()]);
            for length in 1..=bytes.len() {
                let known = std::str::from_utf8(&bytes[..length]);
                let known = known.map_or_else(|error| error.error_len().is_none(), |_| true);
                assert_eq!(is_begun(&bytes[..length]), known, "{:x?}", &bytes[..length]);
            }
        }
    }

    #[test]
    fn no_three_bytes_that_look_like_text_are_passed_over() {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                for third in (0..=u8::MAX).step_by(3).chain([0x7F, 0x80, 0xBF, 0xC2, 0xF4]) {
                    let three = [first, second, third];
                    let text = may_be_text(three) && (three.is_ascii() || is_begun(&three));
                    assert_eq!(text, looks_like_text(&three), "{three:x?}");
                }
            }
        }
    }

    #[test]
    fn blobs_of_text_are_read_and_others_are_not() {
        assert_eq!(blob(b"aGVsbG8gd29ybGQgaGVsbG8=").as_deref(), Some("hello world hello"));
        assert_eq!(blob(b"68656c6c6f20776f726c64206162").as_deref(), Some("hello world ab"));
        assert!(blob(b"ff0c3f5b574e3096e28c401c278c09ad32c4cb49").is_none());
        assert!(blob(b"SomeVeryLongIdentifierName").is_none());
    }

    #[test]
    fn what_hides_text_is_not_passed_over() {
        let letter_by_letter = |run: &[u8]| looks_like_text(probe(run.iter(), &mut [0; PROBE], is_printable));
        for text in [
            "hello world ab",
            "h\u{e9}llo w\u{f6}rld",
            "\n\t{\"a\": 1, 2}",
            "\u{1}hello world",
            "hello\u{7f}world!",
        ] {
            let run = base64::Engine::encode(&base64::engine::general_purpose::STANDARD_NO_PAD, text);
            for cut in 0..run.len() {
                let mixed = format!("{}\\n{}", &run[..cut], &run[cut..]);
                for run in [&run[cut..], &mixed] {
                    assert_eq!(begins_text(run.as_bytes()), letter_by_letter(run.as_bytes()), "{run}");
                }
            }
            for run in [hex::encode(text), format!("enc_{run}"), run] {
                let hides = may_hide(run.as_bytes(), Token::read(run.as_bytes(), 0, run.len()));
                assert!(
                    hides || read_after_prefix(run.as_bytes(), &mut Budget::of(1000)).is_none(),
                    "{run}"
                );
            }
        }
    }

    #[test]
    fn the_next_line_belongs_to_a_run_when_it_goes_on() {
        let token = |text: &str| Token::read(text.as_bytes(), 0, text.find('\n').unwrap());
        let end = |text: &str| run(text.as_bytes(), token(text), 0).end;
        assert_eq!(end("aGVsbG8gd29ybGQg\naGVsbG8="), 25);
        assert_eq!(end("aGVsbG8gd29ybGQg\n> aGVsbG8gd29ybGQg"), 35);
        assert_eq!(end("aGVsbG8gd29ybGQg\nthanks"), 16);
        assert_eq!(end("aGVsbG8gd29ybGQg\nnext=1"), 16);
    }

    #[test]
    fn bytes_in_a_list_are_text_when_they_read_as_text() {
        assert_eq!(listed_text("68 65 6c 6c 6f 20 77 6f"), ["hello wo"]);
        assert_eq!(listed_text("68:65:6C:6C:6F:20:77:6F"), ["hello wo"]);
        assert_eq!(
            listed_text("0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x20, 0x77, 0x6f"),
            ["hello wo"]
        );
        assert_eq!(listed_text("104, 101, 108, 108, 111, 32, 119, 111"), ["hello wo"]);
        assert!(listed_text("de ad be ef 00 11 22 33 44").is_empty());
        assert!(listed_text("68 65 6c").is_empty());
    }
}
