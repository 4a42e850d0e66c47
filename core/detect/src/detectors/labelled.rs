//! Values that only their label gives away: bank codes, passports, licences, record numbers; and
//! addresses of crypto currencies, which bring their own checksums.

use super::{Family, Hit, Word};
use crate::checks::{base58check, bech32};
use crate::classes::{ALNUM, DIGIT, HEX, HIGH, LOWER, TOKEN, UPPER, is, run_end};
use crate::context::Context;
use crate::evidence::distinct;
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
use crate::sweep::{Token, stands_alone};
use weir_model::{Category, Confidence};

/// The family.
pub(super) struct Labelled;

/// A bank identifier code.
pub(super) static SWIFT_BIC: Info = Info::new("financial/swift_bic", "BIC", Category::Financial, Standing::Contextual)
    .from("any", "ISO 9362, beside its name")
    .found_in(&[
        "IBAN and BIC ZOBJBEPPA01",
        "SWIFT code: WEIRDEFF",
        "\"bic\": \"WEIRGB2LXXX\"",
    ])
    .not_in(&[
        "BIC code is missing",
        "SWIFT COMPILER",
        "swift package WEIRDEFF2X",
        "the SWIFT language",
        "ZOBJBEPPA01",
    ]);

/// A passport number.
pub(super) static PASSPORT: Info = Info::new(
    "governmental/passport",
    "Passport number",
    Category::Governmental,
    Standing::Contextual,
)
.from("any", "ICAO 9303, beside its name")
.found_in(&[
    "Passport No 202899659",
    "passport_number: X48291377",
    "Reisepass C01X0006H",
    "pasaporte AAB482913",
])
.not_in(&[
    "passport photo 35mm",
    "passport.js 0.7.0",
    "passport expires 2029",
    "passport no. pending",
    "202899659",
]);

/// A driving licence number.
pub(super) static LICENCE: Info = Info::new(
    "governmental/driver_licence",
    "Driving licence number",
    Category::Governmental,
    Standing::Contextual,
)
.from("any", "beside its name")
.found_in(&[
    "Driver License D987-7860-9736",
    "driving licence: WEIRX810149AB9CD",
    "DL# W4829137",
    "Führerschein B072RRE2I55",
])
.not_in(&[
    "driver license expired 2024",
    "driver version 535.104",
    "driver license class B",
    "D987-7860-9736",
]);

/// A medical record number.
pub(super) static MRN: Info = Info::new(
    "medical/mrn",
    "Medical record number",
    Category::Medical,
    Standing::Contextual,
)
.from("any", "beside its name")
.found_in(&["MRN MRN6910218", "medical record number: 00482913", "MRN: 4829137"])
.not_in(&["MRN missing", "medical record was lost in 2019", "mrn: null", "6910218"]);

/// An address that holds crypto currency.
pub(super) static WALLET: Info = Info::new(
    "financial/crypto_wallet",
    "Crypto wallet address",
    Category::Financial,
    Standing::Checked,
)
.from("any", "Base58Check, BIP 173, BIP 350, EIP-55")
.found_in(&[
    "wallet 0x4F214E188FF03ad53C2c66628C1b7639062BE66A",
    "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
    "send to 3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
])
.not_in(&[
    "hash 0x4f214e188ff03ad53c2c66628c1b7639062be66a00",
    "0x0000000000000000000000000000000000000000",
    "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLz",
    "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdp",
    "commit 0x4f214e188ff03ad53c2c66628c1b7639062be66a",
]);

type Reader = fn(&Page<'_>, usize, &mut Findings);

const WORDS: [(&str, Reader); 25] = [
    ("bic", bic),
    ("swift", bic),
    ("passport", passport),
    ("passeport", passport),
    ("reisepass", passport),
    ("pasaporte", passport),
    ("passaporto", passport),
    ("paspoort", passport),
    ("passaporte", passport),
    ("护照", passport),
    ("driver license", licence),
    ("driver's license", licence),
    ("driver licence", licence),
    ("drivers license", licence),
    ("driving licence", licence),
    ("driving license", licence),
    ("driver_license", licence),
    ("dl#", licence),
    ("führerschein", licence),
    ("permis de conduire", licence),
    ("rijbewijs", licence),
    ("mrn", mrn),
    ("medical record number", mrn),
    ("medical record no", mrn),
    ("patient id", mrn),
];

fn readers() -> impl Iterator<Item = &'static (&'static str, Reader)> {
    WORDS.iter()
}

impl Family for Labelled {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&SWIFT_BIC, &WALLET, &PASSPORT, &LICENCE, &MRN]
    }

    fn words(&self) -> Vec<Word> {
        readers().map(|(text, _)| Word::any_case(text)).collect()
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        if page.byte(hit.start) < 0x80
            && is(page.before(hit.start), ALNUM | HIGH)
            && !page.before(hit.start).is_ascii_lowercase()
        {
            return;
        }
        if let Some((_, reader)) = readers().nth(hit.index) {
            reader(page, hit.end, out);
        }
    }
}

/// The place behind a label, its links and its punctuation; `None` when other words follow.
pub(super) fn value_start(page: &Page<'_>, from: usize) -> Option<usize> {
    const LINKS: &[&str] = &[
        "number", "numbers", "no", "nr", "num", "nummer", "numero", "número", "numéro", "n", "code", "id", "is", "ist",
        "es", "est", "on", "am", "le", "el", "date", "day", "of", "de", "im", "der", "day", "place", "a", "card",
        "jest", "号", "号码", "はい", "to", "lautet", "è", "é", "er", "är", "on", "wynosi", "my", "mine", "in", "mi",
        "mein", "meine", "mon", "ma", "mio", "minha", "meu",
    ];
    let mut at = from;
    for _ in 0..5 {
        while at < page.bytes.len()
            && at - from < 40
            && (b" \t\"'`:=#.,_-()[]>/\\".contains(&page.byte(at))
                || page.slice(at..at + 2) == "°".as_bytes()
                || page.slice(at..at + 2) == "º".as_bytes())
        {
            at += if page.byte(at) >= 0x80 { 2 } else { 1 };
        }
        let end = run_end(page.bytes, at, UPPER | LOWER | HIGH, 16);
        if end > at
            && !is(page.byte(end), DIGIT)
            // A country, not the French or Spanish preposition.
            && page.slice(at..end) != b"DE"
            && LINKS
                .iter()
                .any(|link| page.slice(at..end).eq_ignore_ascii_case(link.as_bytes()))
        {
            at = end;
        } else {
            break;
        }
    }
    (at > from && at < page.bytes.len()).then_some(at)
}

fn bic(page: &Page<'_>, from: usize, out: &mut Findings) {
    const WORDS: &[&str] = &[
        "COMPILER",
        "LANGUAGE",
        "PACKAGES",
        "INTERNATIONAL",
        "TRANSFER",
        "PAYMENTS",
        "CODE",
    ];
    let Some(start) = value_start(page, from) else { return };
    let end = run_end(page.bytes, start, ALNUM, 12);
    let value = page.slice(start..end);
    let shaped = matches!(value.len(), 8 | 11)
        && value[..6].iter().all(u8::is_ascii_uppercase)
        && value.iter().all(|byte| is(*byte, UPPER | DIGIT));
    if shaped
        && is_country(&value[4..6])
        && stands_alone(page.bytes, start, end)
        && !WORDS.iter().any(|word| word.as_bytes() == value)
    {
        out.add(&SWIFT_BIC, start..end, Confidence::High);
    }
}

fn is_country(code: &[u8]) -> bool {
    const CODES: &[u8] = b"ADAEAFAGALAMAOARATAUAZBABBBDBEBFBGBHBIBJBNBOBRBSBTBWBYBZCACDCFCGCHCICLCMCNCOCRCUCVCYCZDEDJDKDMDODZECEEEGERESETFIFJFMFRGAGBGDGEGGGHGIGLGMGNGQGRGTGYHKHNHRHTHUIDIEILIMINIQIRISITJEJMJOJPKEKGKHKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMGMKMLMMMNMOMRMTMUMVMWMXMYMZNANENGNINLNONPNZOMPAPEPGPHPKPLPSPTPYQAROSRSRURWSASCSDSESGSISKSLSMSNSOSTSVSYSZTDTGTHTJTLTMTNTRTTTWTZUAUGUSUYUZVAVCVEVGVNVUWSXKYEZAZMZW";
    CODES.chunks_exact(2).any(|known| known == code)
}

/// A token with digits behind a label.
fn numbered(
    page: &Page<'_>,
    from: usize,
    lengths: std::ops::RangeInclusive<usize>,
    digits: usize,
) -> Option<std::ops::Range<usize>> {
    let start = value_start(page, from)?;
    let mut end = run_end(page.bytes, start, ALNUM, 32);
    while page.byte(end) == b'-' && is(page.byte(end + 1), ALNUM) && end - start < 32 {
        end = run_end(page.bytes, end + 1, ALNUM, 32);
    }
    let value = page.slice(start..end);
    let count = value.iter().filter(|byte| is(**byte, DIGIT)).count();
    let cased = value.iter().all(|byte| !is(*byte, LOWER));
    let date = value.len() == 10 && value[4] == b'-'
        || page.byte(end) == b'/'
        || page.byte(end) == b'.' && is(page.byte(end + 1), DIGIT);
    (lengths.contains(&value.len())
        && count >= digits
        && cased
        && !date
        && stands_alone(page.bytes, start, end)
        && distinct(value) > 2)
        .then_some(start..end)
}

fn passport(page: &Page<'_>, from: usize, out: &mut Findings) {
    if let Some(span) = numbered(page, from, 6..=12, 4) {
        out.add(&PASSPORT, span, Confidence::Medium);
    }
}

fn licence(page: &Page<'_>, from: usize, out: &mut Findings) {
    if let Some(span) =
        numbered(page, from, 5..=20, 4).filter(|span| !page.text(span.clone()).starts_with("20") || span.len() > 4)
    {
        out.add(&LICENCE, span, Confidence::Medium);
    }
}

fn mrn(page: &Page<'_>, from: usize, out: &mut Findings) {
    if let Some(span) = numbered(page, from, 5..=14, 4) {
        out.add(&MRN, span, Confidence::Medium);
    }
}

/// A long token: an address of a known currency.
pub(super) fn wallet(page: &Page<'_>, token: Token, out: &mut Findings) {
    let text = page.slice(token.start..token.end);
    if !stands_alone(page.bytes, token.start, token.end) || text.iter().any(|byte| !is(*byte, TOKEN)) {
        return;
    }
    let sure = match text {
        [b'0', b'x', rest @ ..] if rest.len() == 40 && rest.iter().all(|byte| is(*byte, HEX)) && distinct(rest) > 4 => {
            let mixed = rest.iter().any(|byte| is(*byte, UPPER)) && rest.iter().any(|byte| is(*byte, LOWER));
            let context = Context::of(page, token.start, token.end);
            mixed
                || context
                    .find(&[
                        "wallet",
                        "address",
                        "eth",
                        "ethereum",
                        "send",
                        "pay",
                        "usdt",
                        "usdc",
                        "deposit",
                        "recipient",
                        "metamask",
                    ])
                    .is_some()
                    && context.harmless().is_none()
        }
        [b'1' | b'3' | b'T' | b'L' | b'M' | b'D', ..] if (26..=35).contains(&text.len()) => base58check(text),
        [b'b' | b'l' | b't', b'c' | b't' | b'b', ..] if (26..=74).contains(&text.len()) => {
            (text.starts_with(b"bc1") || text.starts_with(b"ltc1") || text.starts_with(b"tb1")) && bech32(text)
        }
        [b'4' | b'8', ..] if text.len() == 95 => {
            text.iter().all(|byte| is(*byte, ALNUM) && !b"0OIl".contains(byte)) && distinct(text) > 30
        }
        _ => false,
    };
    if sure {
        out.add(&WALLET, token.start..token.end, Confidence::High);
    }
}
