//! Formats known by their length and by what stands inside or behind: they begin with no letters of their own.
//!
//! Each is asked for at tokens of its length only. The facts are the vendors' own documentation.

use super::{Set, Type, info};
use crate::classes::{ALNUM, DIGIT, HIGH, TOKEN, is, run_end, run_start};
use crate::decode::blob;
use crate::evidence::{distinct, is_placeholder, is_uuid};
use crate::page::{Findings, Page};
use crate::sweep::Token;
use weir_model::Confidence;

/// What a token and the bytes around it are, if they are a key: its type and extent.
type Shape = fn(&Page<'_>, Token, &str) -> Option<(Type, usize, usize)>;

/// Every shape, by the shortest and longest token it begins with.
pub(super) const SHAPES: &[(usize, usize, Shape)] = &[
    (15, 18, salesforce),
    (17, 17, airtable),
    (24, 28, discord),
    (32, 32, zoho),
    (32, 32, zhipu),
    (34, 34, twilio),
    (36, 36, bitwarden),
    (36, 36, fal),
    (36, 38, mailchimp),
    (37, 37, klaviyo),
    (40, 40, maxmind),
    (40, 40, new_relic),
    (42, 42, clickhouse),
    (42, 52, clickup),
    (43, 43, woocommerce),
    (50, 50, mailgun),
    (52, 52, azure_search),
    (54, 54, azure_functions),
    (55, 55, bitlocker),
    (64, 64, dropbox),
    (67, 67, k3s),
    (84, 84, azure_services),
];

const LONGEST: usize = 84;

/// For each length the shapes that have it, a bit each; none for what is longer than all.
static LENGTHS: [u32; LONGEST + 2] = {
    let mut lengths = [0; LONGEST + 2];
    let mut shape = 0;
    while shape < SHAPES.len() {
        let (mut length, max, _) = SHAPES[shape];
        while length <= max {
            lengths[length] |= 1 << shape;
            length += 1;
        }
        shape += 1;
    }
    lengths
};

/// Shapes that begin with no longer a token go on behind a `.` or `!`.
const LONGEST_BEGINNING: usize = 28;

/// The first shape the token has.
#[inline]
pub(in crate::detectors) fn odd(page: &Page<'_>, token: Token, out: &mut Findings) {
    let length = token.len();
    if page.byte(token.end) == b'~' && (5..=64).contains(&length) {
        entra(page, token, out);
    }
    let whole = length > LONGEST_BEGINNING || matches!(page.byte(token.end), b'.' | b'!');
    let shapes = LENGTHS[length.min(LONGEST + 1)];
    if whole && shapes != 0 && token.classes & HIGH == 0 {
        of_length(page, token, shapes, out);
    }
}

fn of_length(page: &Page<'_>, token: Token, mut shapes: u32, out: &mut Findings) {
    let text = page.text(token.start..token.end);
    let mut known = None;
    while shapes != 0 && known.is_none() {
        let (_, _, shape) = SHAPES[shapes.trailing_zeros() as usize];
        known = shape(page, token, text);
        shapes &= shapes - 1;
    }
    if let Some((of, start, end)) = known
        && distinct(page.slice(start..end)) > 8
        && !is_placeholder(page.text(start..end))
    {
        out.add(info(of), start..end, Confidence::High);
    }
}

/// The whole token.
fn whole(of: Type, token: Token) -> Option<(Type, usize, usize)> {
    Some((of, token.start, token.end))
}

fn all(text: &str, set: Set) -> bool {
    text.bytes().all(|byte| set.has(byte))
}

/// The end of a part of so many letters that begins at `start` and stops there.
fn part(page: &Page<'_>, start: usize, set: Set, min: usize, max: usize) -> Option<usize> {
    let rest = page.slice(start..start + max + 1);
    let length = rest.iter().take_while(|byte| set.has(**byte)).count();
    let stops = !is(page.byte(start + length), ALNUM) && page.byte(start + length) != b'_';
    ((min..=max).contains(&length) && stops).then_some(start + length)
}

/// `SK` and 32 hex digits, or the word that follows an account's id: 32 hex digits.
fn twilio(page: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    const GAP: usize = 6;
    if !all(&text[2..], Set::Hex) {
        return None;
    }
    let gap = page.slice(token.end..token.end + GAP);
    let start = token.end + gap.iter().take_while(|byte| b"\"', :\t".contains(byte)).count();
    match &text[..2] {
        "SK" => whole(Type::Twilio, token),
        "AC" if start > token.end => part(page, start, Set::Hex, 32, 32).map(|end| (Type::Twilio, start, end)),
        _ => None,
    }
}

/// `pat`, fourteen letters, a dot, 64 hex digits.
fn airtable(page: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let shaped = text.starts_with("pat") && all(text, Set::Alnum) && page.byte(token.end) == b'.';
    let end = part(page, token.end + 1, Set::Hex, 64, 64).filter(|_| shaped)?;
    Some((Type::Other, token.start, end))
}

/// A bot's number in base64, a time, a signature.
fn discord(page: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    if !text.starts_with(['M', 'N', 'O']) || page.byte(token.end) != b'.' {
        return None;
    }
    let time = part(page, token.end + 1, Set::Word, 6, 7).filter(|end| page.byte(*end) == b'.')?;
    let end = part(page, time + 1, Set::Word, 27, 40)?;
    let number = blob(text.as_bytes())?;
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    (digits >= 15 && digits + 1 >= number.len()).then_some((Type::Other, token.start, end))
}

/// An organisation's id, `!`, the session.
fn salesforce(page: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let shaped = text.starts_with("00D") && page.byte(token.end) == b'!';
    let end = part(page, token.end + 1, Set::Dotted, 80, 140).filter(|_| shaped)?;
    Some((Type::Other, token.start, end))
}

/// `1000.` and two parts of 32 hex digits.
fn zoho(page: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let start = token.start.checked_sub(5)?;
    let shaped = page.slice(start..token.start) == b"1000." && page.byte(token.end) == b'.' && all(text, Set::Hex);
    let end = part(page, token.end + 1, Set::Hex, 32, 32).filter(|_| shaped)?;
    Some((Type::Other, start, end))
}

/// 32 hex digits, a dot, sixteen letters and digits.
fn zhipu(page: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let shaped = page.byte(token.end) == b'.' && page.before(token.start) != b'.' && all(text, Set::Hex);
    let end = part(page, token.end + 1, Set::Alnum, 16, 16).filter(|_| shaped)?;
    let tail = page.slice(token.end + 1..end);
    let mixed = tail.iter().any(u8::is_ascii_digit) && tail.iter().any(u8::is_ascii_uppercase);
    (mixed && page.byte(end) != b'.').then_some((Type::Other, token.start, end))
}

/// `0.`, an id, a secret, `:`, a key in base64.
fn bitwarden(page: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let start = token.start.checked_sub(2)?;
    let shaped = page.slice(start..token.start) == b"0." && page.byte(token.end) == b'.' && is_uuid(text.as_bytes());
    let secret = part(page, token.end + 1, Set::Alnum, 30, 30).filter(|end| shaped && page.byte(*end) == b':')?;
    let end = part(page, secret + 1, Set::Base64, 22, 24)?;
    Some((Type::Other, start, end))
}

/// An id, `:`, 32 hex digits.
fn fal(page: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let shaped = page.byte(token.end) == b':' && is_uuid(text.as_bytes());
    let end = part(page, token.end + 1, Set::Hex, 32, 32).filter(|_| shaped)?;
    Some((Type::Other, token.start, end))
}

/// 32 hex digits and the data centre: `-us21`.
fn mailchimp(_: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let (key, centre) = text.split_at_checked(32)?;
    let centre = centre.strip_prefix("-us")?;
    let shaped = all(key, Set::Hex) && !centre.is_empty() && all(centre, Set::Digits);
    shaped.then(|| whole(Type::Other, token)).flatten()
}

/// `pk_` and 34 hex digits: a private key in spite of its name.
fn klaviyo(_: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let shaped = text.starts_with("pk_") && all(&text[3..], Set::Hex);
    shaped.then(|| whole(Type::Other, token)).flatten()
}

/// Six letters, `_`, 29 letters, `_mmk`.
fn maxmind(_: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let (account, key) = text.strip_suffix("_mmk")?.split_once('_')?;
    let shaped = account.len() == 6 && all(account, Set::Alnum) && all(key, Set::Alnum);
    shaped.then(|| whole(Type::Other, token)).flatten()
}

/// 36 hex digits and `NRAL`.
fn new_relic(_: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let shaped = text.strip_suffix("NRAL").is_some_and(|key| all(key, Set::Hex));
    shaped.then(|| whole(Type::Other, token)).flatten()
}

/// `4b1d` and 38 letters.
fn clickhouse(_: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let shaped = text.starts_with("4b1d")
        && all(text, Set::Alnum)
        && text.bytes().any(|byte| byte.is_ascii_uppercase())
        && text.bytes().any(|byte| byte.is_ascii_lowercase());
    shaped.then(|| whole(Type::Other, token)).flatten()
}

/// `pk_`, the user's number, 32 capitals and digits.
fn clickup(_: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let (user, key) = text.strip_prefix("pk_")?.split_once('_')?;
    let shaped = key.len() == 32 && all(user, Set::Digits) && all(key, Set::Upper);
    shaped.then(|| whole(Type::Other, token)).flatten()
}

/// `ck_` or `cs_` and 40 hex digits.
fn woocommerce(_: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let shaped = (text.starts_with("cs_") || text.starts_with("ck_")) && all(&text[3..], Set::Hex);
    shaped.then(|| whole(Type::Other, token)).flatten()
}

/// 32, 8 and 8 hex digits.
fn mailgun(_: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let mut parts = text.split('-');
    let mut next = |length: usize| {
        parts
            .next()
            .is_some_and(|part| part.len() == length && all(part, Set::Hex))
    };
    let shaped = next(32) && next(8) && next(8);
    shaped.then(|| whole(Type::Other, token)).flatten()
}

/// Keys of Azure carry the name of their service at a fixed place.
fn marked(text: &str, at: usize, mark: &str) -> bool {
    text.get(at..).is_some_and(|rest| rest.starts_with(mark)) && all(text, Set::Word)
}

fn azure_search(_: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let known = marked(text, 42, "AzSe");
    known.then(|| whole(Type::Other, token)).flatten()
}

fn azure_functions(page: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let known = marked(text, 44, "AzFu") && page.slice(token.end..token.end + 2) == b"==";
    known.then_some((Type::Other, token.start, token.end + 2))
}

/// Azure DevOps, OpenAI and the cognitive services.
fn azure_services(_: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let known = marked(text, 52, "JQQJ9") || marked(text, 76, "AZDO");
    known.then(|| whole(Type::Other, token)).flatten()
}

/// The recovery password of a drive: eight groups of six digits, each of which is 16 bits times eleven.
///
/// Source: Microsoft's documentation of `manage-bde -protectors -add -RecoveryPassword`
fn bitlocker(_: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let is_group = |group: &str| {
        let number = Some(group).filter(|group| group.len() == 6 && all(group, Set::Digits));
        let number: Option<u32> = number.and_then(|digits| digits.parse().ok());
        number.is_some_and(|number| number % 11 == 0 && number / 11 <= u32::from(u16::MAX))
    };
    let shaped = token.letters == 0 && text.split('-').all(is_group);
    shaped.then(|| whole(Type::Other, token)).flatten()
}

/// Eleven letters, ten `A`, 43 letters.
fn dropbox(_: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let shaped = text.get(11..21) == Some("AAAAAAAAAA") && !text.starts_with("AAAA") && all(text, Set::Word);
    shaped.then(|| whole(Type::Other, token)).flatten()
}

/// `K10`, the digest of the authority, `::`, user and word.
fn k3s(page: &Page<'_>, token: Token, text: &str) -> Option<(Type, usize, usize)> {
    let shaped = text.starts_with("K10") && all(&text[3..], Set::Hex) && page.slice(token.end..token.end + 2) == b"::";
    let user = run_end(page.bytes, token.end + 2, TOKEN, 32);
    let end = part(page, user + 1, Set::Dotted, 20, 64).filter(|_| shaped && page.byte(user) == b':')?;
    Some((Type::Other, token.start, end))
}

/// The secrets of Entra ID: three letters, a digit, `Q~`, 31 to 34 letters.
fn entra(page: &Page<'_>, token: Token, out: &mut Findings) {
    let start = token.end - 5;
    let marked = page.byte(token.end - 1) == b'Q' && page.byte(token.end - 2).is_ascii_digit();
    if !marked || is(page.before(start), ALNUM) {
        return;
    }
    let inside = |byte: &&u8| Set::Dotted.has(**byte) || **byte == b'~';
    let rest = page.slice(token.end + 1..token.end + 40);
    let mut length = rest.iter().take_while(inside).count();
    while length > 0 && rest[length - 1] == b'.' {
        length -= 1;
    }
    if (31..=34).contains(&length) {
        out.add(info(Type::Other), start..token.end + 1 + length, Confidence::High);
    }
}

/// The colon of a Telegram bot token: `49382716:AA…`.
pub(in crate::detectors) fn telegram(page: &Page<'_>, colon: usize, out: &mut Findings) {
    let start = run_start(page.bytes, colon, DIGIT, 11);
    let end = run_end(page.bytes, colon + 1, TOKEN, 36);
    let shaped = (8..=10).contains(&(colon - start)) && end - colon == 36 && page.slice(colon + 1..colon + 3) == b"AA";
    if shaped && distinct(page.slice(colon + 1..end)) > 12 {
        out.add(info(Type::Other), start..end, Confidence::High);
    }
}
