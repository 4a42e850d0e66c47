//! What a value must show beside its shape: checksums, markers, and letters that look drawn by chance.

use crate::checks::{bech32, ends_with_crc32};
use weir_model::Confidence;

pub(super) fn sure(_: &str) -> Option<Confidence> {
    Some(Confidence::High)
}

/// What follows the prefix must look drawn by chance: with fewer than two digits it may be a word or a name, and one
/// random key in twelve has that few.
pub(super) fn with_digits(value: &str) -> Option<Confidence> {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let capitals = value.bytes().filter(u8::is_ascii_uppercase).count();
    (digits >= 2 || (digits == 1 && capitals >= 4) || is_drawn_by_chance(value)).then_some(Confidence::High)
}

/// Keys of upper-case letters need a digit, others may also show that they are no word.
pub(super) fn with_any_digit(value: &str) -> Option<Confidence> {
    let has_digit = value.bytes().skip(4).any(|byte| byte.is_ascii_digit());
    (has_digit || is_drawn_by_chance(value)).then_some(Confidence::High)
}

/// Letters drawn by chance, told from words: the rare letters are as frequent as the others, or capitals come so often
/// that no word fits between them.
fn is_drawn_by_chance(value: &str) -> bool {
    let body = value.as_bytes();
    let letters = body.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let rare = body
        .iter()
        .filter(|byte| b"jkqvwxz".contains(&byte.to_ascii_lowercase()))
        .count();
    let runs = || {
        body.split(|byte| !byte.is_ascii_lowercase())
            .filter(|run| !run.is_empty())
    };
    let capitals = body.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    // Chance gives 7 of 26 rare letters and runs of two small letters; English gives 1 of 20, and words.
    let many_rare = rare >= 4 && rare * 7 >= letters;
    let short_runs = capitals >= 6 && runs().map(<[u8]>::len).sum::<usize>() * 5 <= runs().count() * 14;
    body.len() >= 16 && (many_rare || short_runs)
}

/// Tokens of GitHub and npm end with a checksum. One that fails is mistyped or made up: recorded, not acted on.
pub(super) fn crc(value: &str) -> Option<Confidence> {
    Some(if has_crc(value) {
        Confidence::High
    } else {
        Confidence::Low
    })
}

/// Tokens of issuers who added the checksum when the format was already in use.
pub(super) fn late_crc(value: &str) -> Option<Confidence> {
    if has_crc(value) {
        Some(Confidence::High)
    } else {
        with_digits(value).map(|_| Confidence::Medium)
    }
}

fn has_crc(value: &str) -> bool {
    value
        .split_once('_')
        .is_some_and(|(_, body)| ends_with_crc32(body.as_bytes()))
}

/// The Bech32 checksum over prefix and body.
pub(super) fn bech32_sum(value: &str) -> Option<Confidence> {
    bech32(value.as_bytes()).then_some(Confidence::High)
}

/// AWS writes the account into the key id: a number above twelve digits is none. Ids from before 2019 hold no account.
pub(super) fn account_in_key_id(value: &str) -> Option<Confidence> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => u64::from(byte - b'A'),
        _ => u64::from(byte.wrapping_sub(b'2')) + 26,
    };
    let top = value
        .bytes()
        .skip(4)
        .take(10)
        .fold(0, |bits, byte| bits << 5 | digit(byte));
    let account = top >> 9 & 0xff_ffff_ffff;
    Some(if account < 1_000_000_000_000 {
        Confidence::High
    } else {
        Confidence::Medium
    })
}

/// OpenAI keys carry a marker in the middle; long ones without it are accepted with less confidence.
pub(super) fn openai(value: &str) -> Option<Confidence> {
    match (value.contains("T3BlbkFJ"), value.len() >= 60) {
        (true, _) => Some(Confidence::High),
        (false, true) => with_digits(value).map(|_| Confidence::Medium),
        (false, false) => None,
    }
}

/// The early form, `sk-` and 48 letters and digits; DeepSeek and others use 32 hex digits.
pub(super) fn bare_sk(value: &str) -> Option<Confidence> {
    match value.len() {
        51 if value.contains("T3BlbkFJ") => Some(Confidence::High),
        51 => with_digits(value).map(|_| Confidence::Medium),
        _ => None,
    }
}
