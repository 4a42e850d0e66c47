//! What makes each code valid, in the order of the table. Codes come in upper case, without joints, in a shape of theirs.

use crate::checks::{is_day, number};
use crate::detectors::numbers::cn_ric_body;
use crate::evidence::distinct;
use std::ops::Range;

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

pub(super) fn uk_nino(c: &[u8]) -> bool {
    let prefix = &c[..2];
    let forbidden = [b"BG", b"GB", b"NK", b"KN", b"TN", b"NT", b"ZZ"]
        .iter()
        .any(|p| &p[..] == prefix);
    !forbidden && !b"DFIQUV".contains(&c[0]) && !b"DFIQUVO".contains(&c[1]) && c[8] <= b'D' && &c[2..8] != b"123456"
}

pub(super) fn in_pan(c: &[u8]) -> bool {
    b"ABCFGHJLPT".contains(&c[3]) && c != b"ABCPE1234F" && c != b"ABCDE1234F" && &c[5..9] != b"0000"
}

const SPANISH: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

pub(super) fn es_dni(c: &[u8]) -> bool {
    let d: [u8; 8] = digits(c, 0..8);
    SPANISH[(number(&d) % 23) as usize] == c[8] && &c[..8] != b"12345678" && &c[..8] != b"00000000"
}

pub(super) fn es_nie(c: &[u8]) -> bool {
    let mut d: [u8; 8] = digits(c, 0..8);
    let Some(prefix) = b"XYZ".iter().position(|letter| *letter == c[0]) else {
        return false;
    };
    d[0] = prefix as u8;
    SPANISH[(number(&d) % 23) as usize] == c[8] && &c[1..8] != b"1234567" && &c[1..8] != b"0000000"
}

/// Sixteen characters, the last a check letter; digits may be replaced by letters where two persons collide.
pub(super) fn it_cf(c: &[u8]) -> bool {
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
        && ![
            b"RSSMRA85T10A562S",
            b"RSSMRA80A01H501U",
            b"MRTMTT91D08F205J",
            b"RSSMRA70A01H501S",
        ]
        .iter()
        .any(|printed| c == *printed)
}

pub(super) fn mx_curp(c: &[u8]) -> bool {
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

pub(super) fn sg_nric(c: &[u8]) -> bool {
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
pub(super) fn fi_hetu(c: &[u8]) -> bool {
    let (date, rest) = c.split_at(6);
    let rest = if rest.len() == 5 { &rest[1..] } else { rest };
    let mut d = [0; 9];
    for (value, byte) in d.iter_mut().zip(date.iter().chain(&rest[..3])) {
        *value = byte.wrapping_sub(b'0') % 10;
    }
    is_day(number(&d[2..4]), number(&d[..2]))
        && b"0123456789ABCDEFHJKLMNPRSTUVWXY"[(number(&d) % 31) as usize] == rest[3]
}

pub(super) fn ie_pps(c: &[u8]) -> bool {
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

pub(super) fn cn_ric_with_x(c: &[u8]) -> bool {
    let d: [u8; 17] = digits(c, 0..17);
    c[17] == b'X' && cn_ric_body(&d) == Some(10)
}

pub(super) fn us_dea(c: &[u8]) -> bool {
    let d: [u8; 7] = digits(c, 2..9);
    let sum = d[0] + d[2] + d[4] + 2 * (d[1] + d[3] + d[5]);
    b"ABFGMPRX".contains(&c[0]) && sum % 10 == d[6]
}

pub(super) fn us_mbi(c: &[u8]) -> bool {
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

/// Seventeen characters without I, O, Q. North America demands the check digit.
pub(super) fn vin(c: &[u8]) -> bool {
    is_vin_built(c) && (has_vin_check(c) || !(b'1'..=b'5').contains(&c[0]) && c[..9].iter().any(u8::is_ascii_uppercase))
}

/// A vehicle number that needs no name beside it.
pub(super) fn vin_checked(c: &[u8]) -> bool {
    is_vin_built(c) && has_vin_check(c)
}

fn is_vin_built(c: &[u8]) -> bool {
    c != b"1M8GDM9AXKP042788"
        && !c.iter().any(|byte| b"IOQ".contains(byte))
        && c[13..].iter().all(u8::is_ascii_digit)
        && distinct(c) > 5
}

/// The ninth character checks the others.
fn has_vin_check(c: &[u8]) -> bool {
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
    c[8] == if sum % 11 == 10 { b'X' } else { b'0' + (sum % 11) as u8 }
}

/// The Chilean number whose check digit is K.
pub(super) fn cl_rut_k(c: &[u8]) -> bool {
    let sum: u32 = c[..c.len() - 1]
        .iter()
        .rev()
        .enumerate()
        .map(|(at, byte)| u32::from(byte - b'0') * (at as u32 % 6 + 2))
        .sum();
    c.ends_with(b"K") && sum % 11 == 1
}

/// Letters of the name, the birthday, and three characters of the tax office.
pub(super) fn mx_rfc(c: &[u8]) -> bool {
    let date: [u8; 6] = digits(c, c.len() - 9..c.len() - 3);
    is_day(number(&date[2..4]), number(&date[4..6]))
        && c[c.len() - 1] != b'B'
        && !c.starts_with(b"XAXX")
        && !c.starts_with(b"XEXX")
}

/// One or two letters, six digits and a check character.
pub(super) fn hk_id(c: &[u8]) -> bool {
    let letters = c.len() - 7;
    let value = |byte: u8| u32::from(byte - b'A') + 10;
    let first = if letters == 2 { value(c[0]) * 9 } else { 36 * 9 };
    let sum: u32 = first
        + value(c[letters - 1]) * 8
        + c[letters..letters + 6]
            .iter()
            .enumerate()
            .map(|(at, byte)| u32::from(byte - b'0') * (7 - at as u32))
            .sum::<u32>();
    let check = (11 - sum % 11) % 11;
    c[c.len() - 1] == if check == 10 { b'A' } else { b'0' + check as u8 }
}

/// A letter for the region, eight digits, a check digit.
pub(super) fn tw_id(c: &[u8]) -> bool {
    const REGIONS: &[u8; 26] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    let Some(region) = REGIONS.iter().position(|letter| *letter == c[0]) else {
        return false;
    };
    let region = region as u32 + 10;
    let digit = |at: usize| u32::from(c[at] - b'0');
    let sum: u32 = region / 10 + region % 10 * 9 + (1..9).map(|at| digit(at) * (9 - at as u32)).sum::<u32>() + digit(9);
    matches!(c[1], b'1' | b'2' | b'8' | b'9') && sum.is_multiple_of(10)
}

/// Area, birthday, letter of the name, serial and a check digit over digit sums.
pub(super) fn de_svnr(c: &[u8]) -> bool {
    let d: [u8; 8] = digits(c, 0..8);
    let tail: [u8; 3] = digits(c, 9..12);
    let letter = letter_value(c[8]) as u8 + 1;
    let all = [
        d[0],
        d[1],
        d[2],
        d[3],
        d[4],
        d[5],
        d[6],
        d[7],
        letter / 10,
        letter % 10,
        tail[0],
        tail[1],
    ];
    let sum: u32 = all
        .iter()
        .zip([2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1])
        .map(|(&v, weight): (_, u32)| u32::from(v) * weight)
        .map(|product| product / 10 + product % 10)
        .sum();
    is_day(number(&d[4..6]), number(&d[2..4])) && sum % 10 == u32::from(tail[2])
}

/// Serial of a German identity card: an office, digits and consonants, and the check digit where it is written.
pub(super) fn de_ausweis(c: &[u8]) -> bool {
    let shaped = b"CFGHJKLMNPRTVWXYZ".contains(&c[0])
        && c.iter()
            .all(|byte| byte.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZ".contains(byte))
        && c.iter().filter(|byte| byte.is_ascii_digit()).count() >= 3;
    shaped && (c.len() == 9 || icao_check(&c[..9]) == c[9])
}

/// The check digit of machine-readable documents (ICAO 9303): weights 7, 3, 1.
pub(super) fn icao_check(field: &[u8]) -> u8 {
    let value = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'Z' => u32::from(byte - b'A') + 10,
        _ => 0,
    };
    let sum: u32 = field
        .iter()
        .enumerate()
        .map(|(at, &byte)| value(byte) * [7, 3, 1][at % 3])
        .sum();
    b'0' + (sum % 10) as u8
}

/// Series and number of a Polish identity card; the fourth character checks the others.
pub(super) fn pl_dowod(c: &[u8]) -> bool {
    let value = |byte: u8| {
        if byte.is_ascii_digit() {
            u32::from(byte - b'0')
        } else {
            letter_value(byte) + 10
        }
    };
    let sum: u32 = c
        .iter()
        .zip([7, 3, 1, 9, 7, 3, 1, 7, 3])
        .map(|(&byte, weight)| value(byte) * weight)
        .sum();
    sum.is_multiple_of(10)
}

/// A Portuguese citizen card: Luhn over digits and letters.
pub(super) fn pt_cc(c: &[u8]) -> bool {
    let sum: u32 = c
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &byte)| {
            let value = if byte.is_ascii_digit() {
                u32::from(byte - b'0')
            } else {
                letter_value(byte) + 10
            };
            match at % 2 {
                0 => value,
                _ if value * 2 > 9 => value * 2 - 9,
                _ => value * 2,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Any digits that are not all alike.
pub(super) fn shaped(c: &[u8]) -> bool {
    distinct(c) > 3
}

/// At least four digits: what documents of many issuers have in common.
pub(super) fn document(c: &[u8]) -> bool {
    c.iter().filter(|byte| byte.is_ascii_digit()).count() >= 4 && distinct(c) > 3
}

/// Three letters, and seven digits with Luhn.
pub(super) fn in_epic(c: &[u8]) -> bool {
    crate::checks::luhn(&digits::<7>(c, 3..10)) && distinct(c) > 4
}

/// Four digits, or the nine characters without vowels that Germany and its neighbours number documents with.
pub(super) fn passport(c: &[u8]) -> bool {
    let consonants = |byte: &u8| byte.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZO".contains(byte);
    document(c) || c.len() == 9 && c[0].is_ascii_uppercase() && c.iter().all(consonants) && distinct(c) > 4
}

/// Code of an Indian state, the holder's permanent account number, and a check character of base 36.
pub(super) fn in_gstin(c: &[u8]) -> bool {
    const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let sum: usize = c[..14]
        .iter()
        .enumerate()
        .map(|(at, byte)| {
            let value = DIGITS.iter().position(|digit| digit == byte).unwrap_or(0);
            let product = value * (at % 2 + 1);
            product / 36 + product % 36
        })
        .sum();
    DIGITS[(36 - sum % 36) % 36] == c[14] && c[13] == b'Z'
}

pub(super) fn starts_gha(c: &[u8]) -> bool {
    c.starts_with(b"GHA") && distinct(c) > 5
}

pub(super) fn ve_ci(c: &[u8]) -> bool {
    matches!(c[0], b'V' | b'E') && distinct(c) > 3
}

pub(super) fn ve_rif(c: &[u8]) -> bool {
    let Some(kind) = b" VEJPG".iter().position(|letter| *letter == c[0]) else {
        return false;
    };
    let d: [u8; 9] = digits(c, 1..10);
    let sum = kind as i32 * 4 + crate::checks::weighted(&d, &[3, 2, 7, 6, 5, 4, 3, 2]);
    i32::from(d[8]) == [0, 0, 9, 8, 7, 6, 5, 4, 3, 2, 1][(sum % 11) as usize]
}

pub(super) fn by_pn(c: &[u8]) -> bool {
    let value = |byte: u8| {
        if byte.is_ascii_digit() {
            u32::from(byte - b'0')
        } else {
            letter_value(byte) + 10
        }
    };
    let sum: u32 = c[..13]
        .iter()
        .enumerate()
        .map(|(at, &byte)| value(byte) * [7, 3, 1][at % 3])
        .sum();
    let date: [u8; 6] = digits(c, 1..7);
    is_day(number(&date[2..4]), number(&date[..2])) && sum % 10 == u32::from(c[13] - b'0')
}

/// The year, day of the year with 500 for women, serial and a letter for voters.
pub(super) fn lk_nic_old(c: &[u8]) -> bool {
    let d: [u8; 9] = digits(c, 0..9);
    matches!(c[9], b'V' | b'X') && matches!(number(&d[2..5]), 1..=366 | 501..=866)
}

pub(super) fn us_ptin(c: &[u8]) -> bool {
    c[0] == b'P' && distinct(c) > 3
}

pub(super) fn us_alien(c: &[u8]) -> bool {
    c[0] == b'A' && distinct(c) > 3
}

/// A German health insurance number: the letter counts as two digits, every other digit doubled.
pub(super) fn de_kvnr(c: &[u8]) -> bool {
    let letter = letter_value(c[0]) as u8 + 1;
    let d: [u8; 9] = digits(c, 1..10);
    let sum: u32 = [letter / 10, letter % 10]
        .iter()
        .chain(&d[..8])
        .enumerate()
        .map(|(at, &v)| u32::from(v) * (at as u32 % 2 + 1))
        .map(|product| product / 10 + product % 10)
        .sum();
    sum % 10 == u32::from(d[8])
}

pub(super) fn ca_ohip(c: &[u8]) -> bool {
    crate::checks::luhn(&digits::<10>(c, 0..10)) && distinct(c) > 4
}

/// Three letters of the name, one of the given name, the birthday with 50 for women, two digits.
pub(super) fn ca_ramq(c: &[u8]) -> bool {
    let d: [u8; 8] = digits(c, 4..12);
    let month = number(&d[2..4]);
    is_day(if month > 50 { month - 50 } else { month }, number(&d[4..6]))
}

/// New Zealand's health index: three letters without I and O, four digits, the last a check.
pub(super) fn nz_nhi(c: &[u8]) -> bool {
    const LETTERS: &[u8; 24] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
    let value = |at: usize| match c[at] {
        byte @ b'0'..=b'9' => Some(u32::from(byte - b'0')),
        byte => LETTERS
            .iter()
            .position(|letter| *letter == byte)
            .map(|place| place as u32 + 1),
    };
    let Some(values) = (0..7).map(value).collect::<Option<Vec<_>>>() else {
        return false;
    };
    let sum: u32 = values[..6].iter().enumerate().map(|(at, v)| v * (7 - at as u32)).sum();
    if c[6].is_ascii_digit() {
        !sum.is_multiple_of(11) && (11 - sum % 11) % 10 == values[6]
    } else {
        LETTERS[(22 - sum % 23) as usize] == c[6]
    }
}

/// A Spanish company number: the last character is a digit or a letter for the same value.
pub(super) fn es_cif(c: &[u8]) -> bool {
    let d: [u8; 7] = digits(c, 1..8);
    let sum: u32 = d
        .iter()
        .enumerate()
        .map(|(at, &v)| match at % 2 {
            0 => u32::from(v) * 2 / 10 + u32::from(v) * 2 % 10,
            _ => u32::from(v),
        })
        .sum();
    let check = ((10 - sum % 10) % 10) as usize;
    b"ABCDEFGHJNPQRSUVW".contains(&c[0]) && (c[8] == b'0' + check as u8 || c[8] == b"JABCDEFGHI"[check])
}

/// VAT numbers of the Union: the country, then what that country checks.
pub(super) fn eu_vat(c: &[u8]) -> bool {
    let (country, rest) = c.split_at(2);
    let d: Vec<u8> = rest
        .iter()
        .filter(|byte| byte.is_ascii_digit())
        .map(|byte| byte - b'0')
        .collect();
    let all = d.len() == rest.len();
    match country {
        b"DE" => all && d.len() == 9 && crate::checks::mod_11_10(&d),
        b"AT" => rest[0] == b'U' && d.len() == 8,
        b"NL" => rest.len() == 12 && rest[9] == b'B' && d.len() == 11,
        b"FR" => d.len() >= 9 && rest.len() == 11 && crate::checks::luhn(&d[d.len() - 9..]),
        b"IT" | b"HR" | b"LV" => all && d.len() == 11,
        b"BE" => all && d.len() == 10 && 97 - number(&d[..8]) % 97 == number(&d[8..]),
        b"PL" | b"SK" => all && d.len() == 10,
        b"DK" | b"FI" | b"HU" | b"LU" | b"MT" | b"SI" => all && d.len() == 8,
        b"SE" => all && d.len() == 12 && crate::checks::luhn(&d[..10]),
        b"PT" | b"EL" | b"EE" => all && d.len() == 9,
        b"ES" => rest.len() == 9 && d.len() >= 7,
        b"IE" => matches!(rest.len(), 8 | 9) && d.len() >= 6,
        b"CZ" | b"RO" | b"BG" | b"LT" => all && d.len() >= 8,
        b"CY" => rest.len() == 9 && d.len() == 8,
        b"GB" => all && matches!(d.len(), 9 | 12),
        _ => false,
    }
}

pub(super) fn ch_uid(c: &[u8]) -> bool {
    let d: [u8; 9] = digits(c, 3..12);
    let rest = crate::checks::weighted(&d, &[5, 4, 3, 2, 7, 6, 5, 4]) % 11;
    c.starts_with(b"CHE") && (11 - rest) % 11 == i32::from(d[8])
}

/// A Chinese company: seventeen characters of base 31 and a check character.
pub(super) fn cn_uscc(c: &[u8]) -> bool {
    const DIGITS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let mut weight = 1;
    let mut sum = 0;
    for byte in &c[..17] {
        let Some(value) = DIGITS.iter().position(|digit| digit == byte) else {
            return false;
        };
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    DIGITS[(31 - sum % 31) % 31] == c[17] && c[2..8].iter().all(u8::is_ascii_digit)
}

/// `284072A53802870`: the key counts 2A as 19 and 2B as 18.
pub(super) fn fr_nir_corsica(c: &[u8]) -> bool {
    let mut d: [u8; 15] = digits(c, 0..15);
    d[6] = match c[6] {
        b'A' => 9,
        b'B' => 8,
        _ => return false,
    };
    let is_corsica = d[5] == 2;
    d[5] = 1;
    let born = matches!(d[0], 1..=4 | 7 | 8) && matches!(number(&d[3..5]), 1..=12 | 20..=42 | 50..=99);
    is_corsica && born && 97 - number(&d[..13]) % 97 == number(&d[13..])
}

/// Surname, decade, month with 50 for women, day, year, initials, and what makes it unique.
pub(super) fn uk_licence(c: &[u8]) -> bool {
    let d: [u8; 6] = digits(c, 5..11);
    let month = number(&d[1..3]);
    let name = c[..5].iter().position(|byte| *byte == b'9').unwrap_or(5);
    c[..name].iter().all(u8::is_ascii_uppercase)
        && c[name..5].iter().all(|byte| *byte == b'9')
        && c[5..11].iter().all(u8::is_ascii_digit)
        && is_day(if month > 50 { month - 50 } else { month }, number(&d[3..5]))
        && c[11].is_ascii_uppercase()
        && (c[12].is_ascii_uppercase() || c[12] == b'9')
        && c[14..16].iter().all(u8::is_ascii_uppercase)
}
