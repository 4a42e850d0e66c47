//! Codes of letters and digits: identity codes, IBAN, vehicle numbers.

use super::numbers::cn_ric_body;
use crate::checks::{iban_remainder, is_day, number};
use crate::classes::{DIGIT, LETTER, LOWER, UPPER, is};
use crate::context::Context;
use crate::evidence::is_documented_iban;
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
use crate::sweep::{Number, Token, stands_alone};
use std::ops::Range;
use weir_model::{Category, Confidence};

/// One type of code.
pub(super) struct Code {
    pub(super) info: Info,
    /// `A` a letter, `9` a digit, `X` either; more than one shape is separated by a space.
    shapes: &'static str,
    check: fn(&[u8]) -> bool,
    words: &'static [&'static str],
    /// What it is worth without a word beside it.
    alone: Option<Confidence>,
}

const MAX_CODE: usize = 40;

/// Reads a token as every code it could be.
pub(super) fn find(page: &Page<'_>, token: Token, out: &mut Findings) {
    if !token.has(UPPER) && !token.has(LOWER) || token.classes & DIGIT == 0 {
        return;
    }
    if token.len() <= MAX_CODE && token.classes & LOWER == 0 && stands_alone(page.bytes, token.start, token.end) {
        code(page, token, out);
    }
    iban(page, token.start, out);
}

fn code(page: &Page<'_>, token: Token, out: &mut Findings) {
    let mut buffer = [0; MAX_CODE];
    let mut length = 0;
    for &byte in page.slice(token.start..token.end) {
        if byte != b'-' {
            buffer[length] = byte;
            length += 1;
        }
    }
    let compact = &buffer[..length];
    let mut context = None;
    for code in CODES {
        if !code.shapes.split(' ').any(|shape| has_shape(compact, shape)) || !(code.check)(compact) {
            continue;
        }
        let context = context.get_or_insert_with(|| Context::of(page, token.start, token.end));
        if let Some(confidence) = weigh(code, context) {
            out.add(&code.info, token.start..token.end, confidence);
        }
    }
}

fn weigh(code: &Code, context: &Context<'_>) -> Option<Confidence> {
    let harmless = context.harmless();
    match context.find(code.words) {
        Some(near) if harmless.is_none_or(|harmless| harmless <= near) => Some(Confidence::High),
        _ => code.alone.filter(|_| harmless.is_none()),
    }
}

fn has_shape(compact: &[u8], shape: &str) -> bool {
    compact.len() == shape.len()
        && compact.iter().zip(shape.bytes()).all(|(byte, kind)| match kind {
            b'A' => byte.is_ascii_uppercase(),
            b'9' => byte.is_ascii_digit(),
            _ => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        })
}

/// A national insurance number written in pairs: `PC 33 72 96 B`.
pub(super) fn spaced_nino(page: &Page<'_>, digits: &Number, out: &mut Findings) {
    let (start, end) = (digits.start(), digits.end());
    let before = start
        .checked_sub(1)
        .filter(|at| page.byte(*at) == b' ')
        .map_or(start, |at| at);
    let after = if page.byte(end) == b' ' { end + 1 } else { end };
    let Some(first) = before.checked_sub(2) else { return };
    if !stands_alone(page.bytes, first, after + 1) || before == start && after == end || !is_paired(page, digits) {
        return;
    }
    let mut compact = page.slice(first..before).to_vec();
    for (start, end) in digits.groups() {
        compact.extend_from_slice(page.slice(start..end));
    }
    compact.push(page.byte(after));
    if let Some(code) = CODES.iter().find(|code| code.info.data_type.name() == "uk_nino")
        && has_shape(&compact, code.shapes)
        && (code.check)(&compact)
    {
        out.add(&code.info, first..after + 1, Confidence::High);
    }
}

/// Three pairs with spaces between, or one run.
fn is_paired(page: &Page<'_>, digits: &Number) -> bool {
    let pairs = || {
        digits
            .groups()
            .all(|(start, end)| end - start == 2 && matches!(page.byte(end), b' ' | b'A'..=b'D'))
    };
    digits.count() == 1 || digits.count() == 3 && pairs()
}

/// Lengths of the SWIFT IBAN registry.
const IBAN_LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

fn iban(page: &Page<'_>, start: usize, out: &mut Findings) {
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
    let country = [a.to_ascii_uppercase(), b.to_ascii_uppercase()];
    let Some(&(_, length)) = IBAN_LENGTHS.iter().find(|(code, _)| **code == country) else {
        return;
    };
    let Some((compact, end)) = gather(page, start, length) else {
        return;
    };
    if iban_remainder(compact.as_bytes()) == 1 && !is_documented_iban(&compact) {
        out.add(&IBAN, start..end, Confidence::High);
    }
}

/// The next `length` letters and digits, with at most one separator between them, in upper case.
fn gather(page: &Page<'_>, start: usize, length: usize) -> Option<(String, usize)> {
    let mut compact = String::with_capacity(length);
    let mut at = start;
    while compact.len() < length {
        let byte = *page.bytes.get(at)?;
        if byte.is_ascii_alphanumeric() {
            compact.push(char::from(byte.to_ascii_uppercase()));
        } else if !matches!(byte, b' ' | b'-' | b'.' | b'\n') || !page.byte(at + 1).is_ascii_alphanumeric() {
            return None;
        }
        at += 1;
    }
    (!page.byte(at).is_ascii_alphanumeric()).then_some((compact, at))
}

fn letter_value(byte: u8) -> u32 {
    u32::from(byte.to_ascii_uppercase().wrapping_sub(b'A'))
}

fn digits<const N: usize>(compact: &[u8], range: Range<usize>) -> [u8; N] {
    let mut values = [0; N];
    for (value, byte) in values.iter_mut().zip(&compact[range]) {
        *value = byte.wrapping_sub(b'0') % 10;
    }
    values
}

fn uk_nino(c: &[u8]) -> bool {
    let prefix = &c[..2];
    let forbidden = [b"BG", b"GB", b"NK", b"KN", b"TN", b"NT", b"ZZ"]
        .iter()
        .any(|p| &p[..] == prefix);
    !forbidden && !b"DFIQUV".contains(&c[0]) && !b"DFIQUVO".contains(&c[1]) && c[8] <= b'D' && &c[2..8] != b"123456"
}

fn in_pan(c: &[u8]) -> bool {
    b"ABCFGHJLPT".contains(&c[3]) && c != b"ABCPE1234F" && c != b"ABCDE1234F"
}

const SPANISH: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

fn es_dni(c: &[u8]) -> bool {
    let d: [u8; 8] = digits(c, 0..8);
    SPANISH[(number(&d) % 23) as usize] == c[8] && &c[..8] != b"12345678" && &c[..8] != b"00000000"
}

fn es_nie(c: &[u8]) -> bool {
    let mut d: [u8; 8] = digits(c, 0..8);
    let Some(prefix) = b"XYZ".iter().position(|letter| *letter == c[0]) else {
        return false;
    };
    d[0] = prefix as u8;
    SPANISH[(number(&d) % 23) as usize] == c[8] && &c[1..8] != b"1234567"
}

/// Sixteen characters, the last a check letter; digits may be replaced by letters where two persons collide.
fn it_cf(c: &[u8]) -> bool {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
    ];
    let place = |byte: u8| {
        if byte.is_ascii_digit() {
            u32::from(byte - b'0')
        } else {
            letter_value(byte)
        }
    };
    let sum: u32 = c[..15]
        .iter()
        .enumerate()
        .map(|(at, &byte)| {
            if at % 2 == 0 {
                ODD[place(byte) as usize % 26]
            } else {
                place(byte)
            }
        })
        .sum();
    let numeric = |at: usize| c[at].is_ascii_digit() || b"LMNPQRSTUV".contains(&c[at]);
    b"ABCDEHLMPRST".contains(&c[8])
        && [6, 7, 9, 10, 12, 13, 14].into_iter().all(numeric)
        && sum % 26 == letter_value(c[15])
        && c != b"RSSMRA85T10A562S"
}

fn mx_curp(c: &[u8]) -> bool {
    let value = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'N' => u32::from(byte - b'A') + 10,
        _ => u32::from(byte - b'A') + 11,
    };
    let sum: u32 = c[..17]
        .iter()
        .enumerate()
        .map(|(at, &byte)| value(byte) * (18 - at as u32))
        .sum();
    let date: [u8; 6] = digits(c, 4..10);
    let sex = matches!(c[10], b'H' | b'M' | b'X');
    sex && is_day(number(&date[2..4]), number(&date[4..6]))
        && (10 - sum % 10) % 10 == u32::from(c[17].wrapping_sub(b'0'))
}

fn sg_nric(c: &[u8]) -> bool {
    let d: [u8; 7] = digits(c, 1..8);
    let sum = crate::checks::weighted(&d, &[2, 7, 6, 5, 4, 3, 2]) as usize;
    let expected = match c[0] {
        b'S' => b"JZIHGFEDCBA"[sum % 11],
        b'T' => b"JZIHGFEDCBA"[(sum + 4) % 11],
        b'F' => b"XWUTRQPNMLK"[sum % 11],
        b'G' => b"XWUTRQPNMLK"[(sum + 4) % 11],
        b'M' => b"KLJNPQRTUWX"[10 - (sum + 3) % 11],
        _ => return false,
    };
    expected == c[8] && &c[1..8] != b"1234567"
}

/// `ddmmyy`, three digits and a check character; the century sign has been dropped with the joints, or is a letter.
fn fi_hetu(c: &[u8]) -> bool {
    let (date, rest) = c.split_at(6);
    let rest = if rest.len() == 5 { &rest[1..] } else { rest };
    let mut d = [0; 9];
    for (value, byte) in d.iter_mut().zip(date.iter().chain(&rest[..3])) {
        *value = byte.wrapping_sub(b'0') % 10;
    }
    is_day(number(&d[2..4]), number(&d[..2]))
        && b"0123456789ABCDEFHJKLMNPRSTUVWXY"[(number(&d) % 31) as usize] == rest[3]
}

fn ie_pps(c: &[u8]) -> bool {
    let d: [u8; 7] = digits(c, 0..7);
    let second = c.get(8).map_or(0, |byte| {
        if *byte == b'W' {
            0
        } else {
            (letter_value(*byte) + 1) * 9
        }
    });
    let sum = crate::checks::weighted(&d, &[8, 7, 6, 5, 4, 3, 2]) as u32 + second;
    b"WABCDEFGHIJKLMNOPQRSTUV"[(sum % 23) as usize] == c[7]
}

fn cn_ric_with_x(c: &[u8]) -> bool {
    let d: [u8; 17] = digits(c, 0..17);
    c[17] == b'X' && cn_ric_body(&d) == Some(10)
}

fn us_dea(c: &[u8]) -> bool {
    let d: [u8; 7] = digits(c, 2..9);
    let sum = d[0] + d[2] + d[4] + 2 * (d[1] + d[3] + d[5]);
    b"ABFGMPRX".contains(&c[0]) && sum % 10 == d[6]
}

fn us_mbi(c: &[u8]) -> bool {
    let letter = |at: usize| c[at].is_ascii_uppercase() && !b"SLOIBZ".contains(&c[at]);
    let digit = |at: usize| c[at].is_ascii_digit();
    c[0] != b'0'
        && digit(0)
        && letter(1)
        && (letter(2) || digit(2))
        && digit(3)
        && letter(4)
        && (letter(5) || digit(5))
        && digit(6)
        && letter(7)
        && letter(8)
        && digit(9)
        && digit(10)
        && c != b"1EG4TE5MK73"
        && c != b"1EG4TE5MK72"
}

/// Seventeen characters without I, O, Q, and the North American check digit.
fn vin(c: &[u8]) -> bool {
    const VALUES: [u32; 26] = [
        1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9,
    ];
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value = |byte: u8| {
        if byte.is_ascii_digit() {
            u32::from(byte - b'0')
        } else {
            VALUES[letter_value(byte) as usize % 26]
        }
    };
    let sum: u32 = c.iter().zip(WEIGHTS).map(|(&byte, weight)| value(byte) * weight).sum();
    let check = if sum % 11 == 10 { b'X' } else { b'0' + (sum % 11) as u8 };
    !c.iter().any(|byte| b"IOQ".contains(byte)) && c[8] == check && c[13..].iter().all(u8::is_ascii_digit)
}

/// All codes.
pub(super) static CODES: &[Code] = &[
    Code {
        info: Info::new(
            "governmental/uk_nino",
            "UK national insurance number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("GB", "gov.uk, NIM39110")
        .found_in(&["NI number PC337296B", "nino: PC 33 72 96 B", "she gave AB482913C"])
        .not_in(&[
            "NI number QQ123456C",
            "NI number GB482913C",
            "NI number PC337296E",
            "order PC337296B",
            "ni number pc33",
        ]),
        shapes: "AA999999A",
        check: uk_nino,
        words: &[
            "ni",
            "nino",
            "national insurance",
            "ni number",
            "national insurance number",
            "ni no",
            "insurance",
        ],
        alone: Some(Confidence::Medium),
    },
    Code {
        info: Info::new(
            "governmental/in_pan",
            "Indian permanent account number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("IN", "incometax.gov.in")
        .found_in(&["PAN TLDPV9349X", "\"pan_number\": \"WERPF4829X\""])
        .not_in(&["PAN ABCDE1234F", "PAN TLDXV9349X", "sku TLDPV9349X"]),
        shapes: "AAAAA9999A",
        check: in_pan,
        words: &["pan", "permanent account", "pan card", "pan no", "income tax"],
        alone: Some(Confidence::Medium),
    },
    Code {
        info: Info::new(
            "governmental/it_cf",
            "Italian codice fiscale",
            Category::Governmental,
            Standing::Checked,
        )
        .from("IT", "agenziaentrate.gov.it")
        .found_in(&[
            "Codice Fiscale WRXFLW80A01H501F",
            "il signor WRXFLW80A01H501F ha chiesto",
        ])
        .not_in(&["CF WRXFLW80A01H501Y", "CF RSSMRA85T10A562S", "order WRXFLW80A01H501F"]),
        shapes: "AAAAAAXXAXXAXXXA",
        check: it_cf,
        words: &["codice fiscale", "cf", "fiscale", "c.f.", "codice"],
        alone: Some(Confidence::High),
    },
    Code {
        info: Info::new(
            "governmental/es_dni",
            "Spanish DNI",
            Category::Governmental,
            Standing::Checked,
        )
        .from("ES", "interior.gob.es")
        .found_in(&["DNI 70492813-K", "mi documento es 70492813K"])
        .not_in(&["DNI 70492813Y", "DNI 12345678Z", "pedido 70492813K"]),
        shapes: "99999999A",
        check: es_dni,
        words: &[
            "dni",
            "nif",
            "documento nacional",
            "d.n.i.",
            "documento de identidad",
            "nif/dni",
            "dni nº",
            "dni/nif",
        ],
        alone: Some(Confidence::Medium),
    },
    Code {
        info: Info::new(
            "governmental/es_nie",
            "Spanish NIE",
            Category::Governmental,
            Standing::Checked,
        )
        .from("ES", "interior.gob.es")
        .found_in(&["NIE Y4829137W", "con Y-4829137-W"])
        .not_in(&["NIE Y4829137Y", "NIE A4829137X", "pedido Y4829137W"]),
        shapes: "A9999999A",
        check: es_nie,
        words: &["nie", "número de identidad", "extranjero", "n.i.e.", "nif", "identidad"],
        alone: Some(Confidence::Medium),
    },
    Code {
        info: Info::new(
            "governmental/mx_curp",
            "Mexican CURP",
            Category::Governmental,
            Standing::Checked,
        )
        .from("MX", "gob.mx/curp")
        .found_in(&["CURP WEXF800101HDFRVR08", "registro WEXF800101HDFRVR08"])
        .not_in(&[
            "CURP WEXF800101HDFRVR09",
            "pedido WEXF800101HDFRVR08",
            "CURP WEXF801301HDFRVR09",
        ]),
        shapes: "AAAA999999AAAAAAX9",
        check: mx_curp,
        words: &["curp", "clave única"],
        alone: Some(Confidence::High),
    },
    Code {
        info: Info::new(
            "governmental/sg_nric",
            "Singapore NRIC or FIN",
            Category::Governmental,
            Standing::Checked,
        )
        .from("SG", "ica.gov.sg")
        .found_in(&["NRIC S4829137F", "nric_no: S4829137F"])
        .not_in(&["NRIC S4829137Y", "NRIC S1234567D", "order S4829137F"]),
        shapes: "A9999999A",
        check: sg_nric,
        words: &[
            "nric",
            "fin",
            "nric/fin",
            "ic number",
            "ic no",
            "identity card",
            "singpass",
        ],
        alone: Some(Confidence::Medium),
    },
    Code {
        info: Info::new(
            "governmental/fi_hetu",
            "Finnish personal identity code",
            Category::Governmental,
            Standing::Checked,
        )
        .from("FI", "dvv.fi")
        .found_in(&["henkilötunnus 140871-456H", "hetu: 140871-456H"])
        .not_in(&["hetu 140871-456Y", "order 140871-456H", "140871456H"]),
        shapes: "999999999A 9999999999 999999A999X",
        check: fi_hetu,
        words: &[
            "hetu",
            "henkilötunnus",
            "henkilotunnus",
            "personbeteckning",
            "personal identity code",
            "sotu",
        ],
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/ie_pps",
            "Irish personal public service number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("IE", "gov.ie")
        .found_in(&["PPS number 4829137K", "ppsn=4829137K"])
        .not_in(&["PPS number 4829137Y", "4829137K", "order 4829137K"]),
        shapes: "9999999A 9999999AA",
        check: ie_pps,
        words: &["pps", "ppsn", "pps number", "pps no", "personal public service"],
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/cn_ric",
            "Chinese resident identity number with X",
            Category::Governmental,
            Standing::Checked,
        )
        .from("CN", "GB 11643")
        .found_in(&["身份证号 11010519720926669X", "id card 11010519720926669X"])
        .not_in(&["身份证号 11020519720926669X", "order 11010519720926669X"]),
        shapes: "99999999999999999A",
        check: cn_ric_with_x,
        words: &[
            "ric",
            "resident identity",
            "id card",
            "身份证",
            "身份证号",
            "身份证号码",
            "公民身份号码",
        ],
        alone: Some(Confidence::High),
    },
    Code {
        info: Info::new(
            "medical/us_dea",
            "US DEA registration number",
            Category::Medical,
            Standing::Checked,
        )
        .from("US", "deadiversion.usdoj.gov")
        .found_in(&["DEA FW4829137", "dea_number: FW4829137"])
        .not_in(&["DEA FW4829138", "FW4829137", "order FW4829137"]),
        shapes: "AA9999999",
        check: us_dea,
        words: &["dea", "dea number", "dea no", "prescriber", "dea registration"],
        alone: None,
    },
    Code {
        info: Info::new(
            "medical/us_mbi",
            "US Medicare beneficiary identifier",
            Category::Medical,
            Standing::Checked,
        )
        .from("US", "cms.gov")
        .found_in(&["MBI 4WE7RF9WX82", "medicare id 4WE7-RF9-WX82"])
        .not_in(&["MBI 1EG4TE5MK73", "MBI 4SE7RF9WX82", "order 4WE7RF9WX82"]),
        shapes: "9AX9AX9AA99",
        check: us_mbi,
        words: &["mbi", "medicare", "medicare id", "beneficiary", "medicare number"],
        alone: Some(Confidence::Medium),
    },
    Code {
        info: Info::new(
            "personal/vin",
            "Vehicle identification number",
            Category::Personal,
            Standing::Checked,
        )
        .from("any", "ISO 3779; check digit of 49 CFR 565")
        .found_in(&["VIN 1WE1RF0W5XA482913", "vehicle id: 1WE1RF0W5XA482913"])
        .not_in(&[
            "VIN 1WE1RF0W6XA482913",
            "VIN 1WE1RF0O0XA482913",
            "request 1WE1RF0W5XA482913",
        ]),
        shapes: "XXXXXXXXXXXXXXXXX",
        check: vin,
        words: &[
            "vin",
            "vehicle",
            "chassis",
            "vehicle identification",
            "car",
            "fahrgestellnummer",
            "fin",
            "vin number",
        ],
        alone: Some(Confidence::Low),
    },
];

/// International bank account number.
pub(super) static IBAN: Info = Info::new("financial/iban", "IBAN", Category::Financial, Standing::Checked)
    .from("any", "ISO 13616; SWIFT IBAN registry")
    .found_in(&[
        "IBAN DE29286154114947991891",
        "pay to GB68 WEIR 2048 2913 3771 50 today",
        "rekening: NL25 WEIR 0482 9133 77",
    ])
    .not_in(&[
        "IBAN DE29286154114947991892",
        "IBAN DE89370400440532013000",
        "DE2928615411494799189",
        "ZZ29286154114947991891",
    ]);
