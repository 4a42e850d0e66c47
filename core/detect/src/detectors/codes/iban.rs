//! IBAN: the countries of the registry, how their accounts are built, and the remainder over 97.

use crate::checks::iban_remainder;
use crate::classes::{DIGIT, LETTER, is};
use crate::evidence::is_documented_iban;
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
use crate::sweep::{Token, stands_alone};
use weir_model::{Category, Confidence};

/// International bank account number.
pub(in crate::detectors) static IBAN: Info =
    Info::new("financial/iban", "IBAN", Category::Financial, Standing::Checked)
        .from("any", "ISO 13616; SWIFT IBAN registry")
        .found_in(&[
            "IBAN DE29286154114947991891",
            "pay to GB68 WEIR 2048 2913 3771 50 today",
            "rekening: NL25 WEIR 0482 9133 77",
            "{\"iban\": \"DE29286154114947991891\"}",
            "请付款到账号DE29286154114947991891谢谢",
            "iban de29 2861 5411 4947 9918 91",
            "iban_DE29_2861_5411_4947_9918_91_end",
            "DE29_2861_5411_4947_9918_91.pdf",
        ])
        .not_in(&[
            "IBAN DE29286154114947991892",
            "IBAN DE89370400440532013000",
            "DE2928615411494799189",
            "ZZ29286154114947991891",
            "IBAN DEA9286154114947991891",
            "GB682048WEIR29133771500",
            "iban_DE29_2861_5411_4947_9918_92_end",
        ]);

/// The account behind country and check digits: counts of `n` digits, `a` capital letters, `c` either.
const COUNTRIES: &[(&[u8; 2], &str)] = &[
    (b"AD", "8n12c"),
    (b"AE", "19n"),
    (b"AL", "8n16c"),
    (b"AT", "16n"),
    (b"AZ", "4a20c"),
    (b"BA", "16n"),
    (b"BE", "12n"),
    (b"BG", "4a6n8c"),
    (b"BH", "4a14c"),
    (b"BI", "23n"),
    (b"BR", "23n1a1c"),
    (b"BY", "4c4n16c"),
    (b"CH", "5n12c"),
    (b"CR", "18n"),
    (b"CY", "8n16c"),
    (b"CZ", "20n"),
    (b"DE", "18n"),
    (b"DJ", "23n"),
    (b"DK", "14n"),
    (b"DO", "4c20n"),
    (b"EE", "16n"),
    (b"EG", "25n"),
    (b"ES", "20n"),
    (b"FI", "14n"),
    (b"FK", "2a12n"),
    (b"FO", "14n"),
    (b"FR", "10n11c2n"),
    (b"GB", "4a14n"),
    (b"GE", "2a16n"),
    (b"GI", "4a15c"),
    (b"GL", "14n"),
    (b"GR", "7n16c"),
    (b"GT", "24c"),
    (b"HN", "4a20n"),
    (b"HR", "17n"),
    (b"HU", "24n"),
    (b"IE", "4a14n"),
    (b"IL", "19n"),
    (b"IQ", "4a15n"),
    (b"IS", "22n"),
    (b"IT", "1a10n12c"),
    (b"JO", "4a4n18c"),
    (b"KW", "4a22c"),
    (b"KZ", "3n13c"),
    (b"LB", "4n20c"),
    (b"LC", "4a24c"),
    (b"LI", "5n12c"),
    (b"LT", "16n"),
    (b"LU", "3n13c"),
    (b"LV", "4a13c"),
    (b"LY", "21n"),
    (b"MC", "10n11c2n"),
    (b"MD", "20c"),
    (b"ME", "18n"),
    (b"MK", "3n10c2n"),
    (b"MN", "16n"),
    (b"MR", "23n"),
    (b"MT", "4a5n18c"),
    (b"MU", "4a19n3a"),
    (b"NI", "4a20n"),
    (b"NL", "4a10n"),
    (b"NO", "11n"),
    (b"OM", "3n16c"),
    (b"PK", "4a16c"),
    (b"PL", "24n"),
    (b"PS", "4a21c"),
    (b"PT", "21n"),
    (b"QA", "4a21c"),
    (b"RO", "4a16c"),
    (b"RS", "18n"),
    (b"RU", "14n15c"),
    (b"SA", "2n18c"),
    (b"SC", "4a20n3a"),
    (b"SD", "14n"),
    (b"SE", "20n"),
    (b"SI", "15n"),
    (b"SK", "20n"),
    (b"SM", "1a10n12c"),
    (b"SO", "19n"),
    (b"ST", "21n"),
    (b"SV", "4a20n"),
    (b"TL", "19n"),
    (b"TN", "20n"),
    (b"TR", "6n16c"),
    (b"UA", "6n19c"),
    (b"VA", "18n"),
    (b"VG", "4a16n"),
    (b"XK", "16n"),
    (b"YE", "4a4n18c"),
];

/// Reads an IBAN inside a name, `iban_DE29_2861_…`: behind one of its joints.
#[inline]
pub(super) fn find_inside(page: &Page<'_>, token: Token, out: &mut Findings) {
    let (letters, digits) = (token.letters, token.digits);
    let joints = !(letters | digits);
    let mut places = joints << 1 & letters & letters >> 1 & digits >> 2 & digits >> 3 & ((1 << MOST_INSIDE) - 1);
    while places != 0 {
        let start = token.start + places.trailing_zeros() as usize;
        if page.before(start) == b'_' {
            find(page, start, out);
        }
        places &= places - 1;
    }
}

/// Bytes of a name before its IBAN, at most.
const MOST_INSIDE: usize = 32;

/// Reads an IBAN that begins at `start`.
pub(super) fn find(page: &Page<'_>, start: usize, out: &mut Findings) {
    let head = page.slice(start..start + 4);
    let [a, b, c, d] = *head else { return };
    if !is(a, LETTER)
        || !is(b, LETTER)
        || !is(c, DIGIT)
        || !is(d, DIGIT)
        || !stands_alone(page.bytes, start, start + 2) && is(page.before(start), LETTER | DIGIT)
    {
        return;
    }
    let Some(length) = structure([a, b]).map(length) else {
        return;
    };
    let Some((compact, end)) = gather(page, start, length) else {
        return;
    };
    if begins(compact.as_bytes()) && !is_documented_iban(&compact) {
        out.add(&IBAN, start..end, Confidence::High);
        crate::detectors::labelled::bic_beside(page, end, out);
    }
}

/// True when letters in capitals and digits begin with an IBAN.
pub(crate) fn begins(compact: &[u8]) -> bool {
    let account = compact.first_chunk().copied().and_then(structure);
    account.is_some_and(|account| {
        let iban = compact.get(..length(account));
        iban.is_some_and(|iban| is_built(&iban[4..], account) && iban_remainder(iban) == 1)
    })
}

/// How the accounts of a country are built.
fn structure(country: [u8; 2]) -> Option<&'static str> {
    let country = country.map(|letter| letter.to_ascii_uppercase());
    let known = COUNTRIES.iter().find(|(code, _)| **code == country);
    known.map(|(_, account)| *account)
}

/// Letters and digits of an IBAN.
fn length(account: &str) -> usize {
    4 + parts(account).map(|(count, _)| count).sum::<usize>()
}

fn parts(account: &str) -> impl Iterator<Item = (usize, u8)> + '_ {
    let mut count = 0;
    account.bytes().filter_map(move |byte| {
        if byte.is_ascii_digit() {
            count = count * 10 + usize::from(byte - b'0');
            return None;
        }
        Some((std::mem::take(&mut count), byte))
    })
}

fn is_built(account: &[u8], structure: &str) -> bool {
    let mut rest = account;
    parts(structure).all(|(count, kind)| {
        let Some((part, behind)) = rest.split_at_checked(count) else {
            return false;
        };
        rest = behind;
        part.iter().all(|byte| match kind {
            b'n' => byte.is_ascii_digit(),
            b'a' => byte.is_ascii_uppercase(),
            _ => byte.is_ascii_alphanumeric(),
        })
    })
}

/// The next `length` letters and digits, with at most one separator between them, in upper case.
fn gather(page: &Page<'_>, start: usize, length: usize) -> Option<(String, usize)> {
    let mut compact = String::with_capacity(length);
    let mut at = start;
    while compact.len() < length {
        let byte = *page.bytes.get(at)?;
        if byte.is_ascii_alphanumeric() {
            compact.push(char::from(byte.to_ascii_uppercase()));
        } else if !matches!(byte, b' ' | b'-' | b'.' | b'_' | b'\n') || !page.byte(at + 1).is_ascii_alphanumeric() {
            return None;
        }
        at += 1;
    }
    (!page.byte(at).is_ascii_alphanumeric()).then_some((compact, at))
}
