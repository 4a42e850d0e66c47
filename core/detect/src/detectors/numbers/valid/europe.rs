//! Europe, from Austria to Ukraine. Each function names the rule; the standard is in the table.

use super::distinct;
use crate::checks::{is_day, luhn, mod_11_10, number, verhoeff, weighted};

/// The fourth digit checks the others; the last six are a birthday, with months above twelve where a day is used up.
pub(in super::super) fn at_svnr(d: &[u8]) -> bool {
    let month = number(&d[6..8]);
    is_day(if month > 12 { 1 } else { month }, number(&d[4..6]))
        && month <= 16
        && d[0] != 0
        && weighted(d, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 == i32::from(d[3])
}

pub(in super::super) fn bg_egn(d: &[u8]) -> bool {
    is_day(number(&d[2..4]) % 20, number(&d[4..6]))
        && weighted(d, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == i32::from(d[9])
}

pub(in super::super) fn ro_cnp(d: &[u8]) -> bool {
    let county = number(&d[7..9]);
    let rest = weighted(d, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    d[0] != 0
        && is_day(number(&d[3..5]), number(&d[5..7]))
        && matches!(county, 1..=52 | 70 | 80..=83)
        && i32::from(d[12]) == if rest == 10 { 1 } else { rest }
}

pub(in super::super) fn hr_oib(d: &[u8]) -> bool {
    mod_11_10(d) && distinct(d) > 2
}

/// The number of the former Yugoslavia: day, three digits of the year, region, serial, check digit.
fn is_jmbg(d: &[u8]) -> bool {
    let check = (11 - weighted(d, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10;
    is_day(number(&d[2..4]), number(&d[..2])) && matches!(d[4], 0 | 9) && check == i32::from(d[12])
}

pub(in super::super) fn si_emso(d: &[u8]) -> bool {
    is_jmbg(d) && d[7] == 5
}

pub(in super::super) fn rs_jmbg(d: &[u8]) -> bool {
    is_jmbg(d) && d[7] != 5
}

/// Months of women have 50 added, and 20 where a day is used up; before 1954 there was no check digit.
pub(in super::super) fn cz_rc(d: &[u8]) -> bool {
    let month = number(&d[2..4]) % 50;
    let born = is_day(if month > 20 { month - 20 } else { month }, number(&d[4..6]));
    let checked = match d.len() {
        9 => number(&d[..2]) <= 53 && number(&d[6..]) != 0,
        _ => number(d).is_multiple_of(11) || number(&d[..9]) % 11 == 10 && d[9] == 0,
    };
    born && checked && distinct(d) > 2
}

pub(in super::super) fn hu_taj(d: &[u8]) -> bool {
    weighted(d, &[3, 7, 3, 7, 3, 7, 3, 7]) % 10 == i32::from(d[8]) && distinct(d) > 2
}

pub(in super::super) fn hu_tax_id(d: &[u8]) -> bool {
    d[0] == 8 && weighted(d, &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 == i32::from(d[9])
}

/// Weights count up for those born before 1997 and down for the others.
pub(in super::super) fn hu_personal(d: &[u8]) -> bool {
    let check = |weights: &[i32; 10]| weighted(d, weights) % 11 == i32::from(d[10]);
    matches!(d[0], 1..=8)
        && is_day(number(&d[3..5]), number(&d[5..7]))
        && (check(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) || check(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]))
}

pub(in super::super) fn gr_afm(d: &[u8]) -> bool {
    weighted(d, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == i32::from(d[8]) && distinct(d) > 2
}

pub(in super::super) fn gr_amka(d: &[u8]) -> bool {
    is_day(number(&d[2..4]), number(&d[..2])) && luhn(d)
}

/// Lithuania and Estonia share the rule: two sets of weights, the second where the first leaves ten.
pub(in super::super) fn baltic(d: &[u8]) -> bool {
    let first = weighted(d, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    let second = weighted(d, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
    let check = if first == 10 { second % 10 } else { first };
    matches!(d[0], 1..=8) && is_day(number(&d[3..5]), number(&d[5..7])) && check == i32::from(d[10])
}

/// Numbers given since 2017 begin with 32 and hold no date and no check digit.
pub(in super::super) fn lv_pk(d: &[u8]) -> bool {
    let check = (1 + weighted(d, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9])) % 11 % 10;
    let old = is_day(number(&d[2..4]), number(&d[..2])) && d[6] <= 2 && check == i32::from(d[10]);
    old || d[0] == 3 && matches!(d[1], 2..=9) && distinct(d) > 3
}

/// Companies have 40 added to the day.
pub(in super::super) fn is_kennitala(d: &[u8]) -> bool {
    let day = number(&d[..2]);
    is_day(number(&d[2..4]), if day > 40 { day - 40 } else { day })
        && matches!(d[9], 0 | 8 | 9)
        && weighted(d, &[3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
}

/// Two check digits over the same eleven: Luhn, then Verhoeff.
pub(in super::super) fn lu_nin(d: &[u8]) -> bool {
    let mut other = [0; 12];
    other[..11].copy_from_slice(&d[..11]);
    other[11] = d[12];
    matches!(number(&d[..2]), 18..=20)
        && is_day(number(&d[4..6]), number(&d[6..8]))
        && luhn(&d[..12])
        && verhoeff(&other)
}

pub(in super::super) fn ua_rnokpp(d: &[u8]) -> bool {
    let sum = weighted(d, &[-1, 5, 7, 9, 4, 6, 10, 5, 7]);
    sum.rem_euclid(11) % 10 == i32::from(d[9]) && distinct(d) > 2
}

pub(in super::super) fn ru_inn(d: &[u8]) -> bool {
    let first = weighted(d, &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    let second = weighted(d, &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    i32::from(d[10]) == first && i32::from(d[11]) == second && number(&d[..2]) > 0
}

pub(in super::super) fn ru_inn_org(d: &[u8]) -> bool {
    weighted(d, &[2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10 == i32::from(d[9]) && number(&d[..2]) > 0 && distinct(d) > 2
}

pub(in super::super) fn ru_ogrn(d: &[u8]) -> bool {
    let (body, check) = (number(&d[..d.len() - 1]), u64::from(d[d.len() - 1]));
    matches!(d[0], 1 | 3 | 5) && body % (d.len() as u64 - 2) % 10 == check
}

pub(in super::super) fn ru_snils(d: &[u8]) -> bool {
    let sum = weighted(d, &[9, 8, 7, 6, 5, 4, 3, 2, 1]);
    number(&d[..9]) > 1_001_998 && (sum % 101 % 100) as u64 == number(&d[9..])
}

/// Persons have 2 or 0 in front, companies 1.
pub(in super::super) fn md_idnp(d: &[u8]) -> bool {
    matches!(d[0], 0 | 2) && weighted(d, &[7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1]) % 10 == i32::from(d[12])
}

pub(in super::super) fn pl_nip(d: &[u8]) -> bool {
    weighted(d, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == i32::from(d[9]) && number(&d[..3]) > 100 && distinct(d) > 2
}

pub(in super::super) fn pl_regon(d: &[u8]) -> bool {
    let nine = weighted(d, &[8, 9, 2, 3, 4, 5, 6, 7]) % 11 % 10 == i32::from(d[8]);
    let long = || weighted(d, &[2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8]) % 11 % 10 == i32::from(d[13]);
    nine && (d.len() == 9 || long()) && distinct(d) > 2
}

pub(in super::super) fn pt_niss(d: &[u8]) -> bool {
    matches!(d[0], 1 | 2) && 9 - weighted(d, &[29, 23, 19, 17, 13, 11, 7, 5, 3, 2]) % 10 == i32::from(d[10])
}

/// Province and number over 97; small numbers are joined without their leading zero.
pub(in super::super) fn es_nuss(d: &[u8]) -> bool {
    let (province, serial) = (number(&d[..2]), number(&d[2..10]));
    let joined = if serial < 10_000_000 {
        province * 10_000_000 + serial
    } else {
        number(&d[..10])
    };
    matches!(province, 1..=53 | 66) && joined % 97 == number(&d[10..])
}

pub(in super::super) fn fr_spi(d: &[u8]) -> bool {
    d[0] <= 3 && number(&d[..10]) % 511 == number(&d[10..]) && distinct(d) > 2
}

pub(in super::super) fn fr_siren(d: &[u8]) -> bool {
    luhn(&d[..9]) && luhn(d) && distinct(d) > 2
}

pub(in super::super) fn it_iva(d: &[u8]) -> bool {
    luhn(d) && matches!(number(&d[7..10]), 1..=100 | 120 | 121 | 888 | 999) && distinct(d) > 2
}

pub(in super::super) fn be_vat(d: &[u8]) -> bool {
    d[0] <= 1 && 97 - number(&d[..8]) % 97 == number(&d[8..]) && number(&d[..8]) > 0
}

/// The first digit checks the nine behind it.
pub(in super::super) fn uk_utr(d: &[u8]) -> bool {
    const CHECKS: [u8; 11] = [2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1];
    let rest = weighted(&d[1..], &[6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11;
    CHECKS[rest as usize] == d[0] && distinct(d) > 2
}

pub(in super::super) fn uk_vat(d: &[u8]) -> bool {
    let sum = weighted(d, &[8, 7, 6, 5, 4, 3, 2, 10, 1]);
    matches!(sum % 97, 0 | 42 | 55) && distinct(d) > 2
}

pub(in super::super) fn se_orgnr(d: &[u8]) -> bool {
    d[2] >= 2 && luhn(d) && distinct(d) > 2
}

pub(in super::super) fn no_orgnr(d: &[u8]) -> bool {
    let rest = weighted(d, &[3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    matches!(d[0], 8 | 9) && (11 - rest) % 11 == i32::from(d[8])
}

pub(in super::super) fn dk_cvr(d: &[u8]) -> bool {
    d[0] != 0 && weighted(d, &[2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0 && distinct(d) > 2
}

/// The code whose check character, one of thirty-one, is a digit.
pub(in super::super) fn fi_hetu(d: &[u8]) -> bool {
    is_day(number(&d[2..4]), number(&d[..2])) && number(&d[..9]) % 31 == u64::from(d[9])
}

pub(in super::super) fn fi_ytunnus(d: &[u8]) -> bool {
    let rest = weighted(d, &[7, 9, 10, 5, 8, 4, 2]) % 11;
    rest != 1 && (11 - rest) % 11 == i32::from(d[7]) && distinct(d) > 2
}
