//! The Americas south of the United States.

use super::distinct;
use crate::checks::{luhn, number, weighted};

pub(in super::super) fn mx_nss(d: &[u8]) -> bool {
    luhn(d) && distinct(d) > 2
}

/// PIS, PASEP and NIT.
pub(in super::super) fn br_pis(d: &[u8]) -> bool {
    let rest = weighted(d, &[3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    i32::from(d[10]) == if rest < 2 { 0 } else { 11 - rest } && distinct(d) > 2
}

/// Electoral titles: serial, state, and a check digit for each.
pub(in super::super) fn br_titulo(d: &[u8]) -> bool {
    let digit = |rest: i32| if rest == 10 { 0 } else { rest };
    let first = digit(weighted(d, &[2, 3, 4, 5, 6, 7, 8, 9]) % 11);
    let second = digit((i32::from(d[8]) * 7 + i32::from(d[9]) * 8 + first * 9) % 11);
    matches!(number(&d[8..10]), 1..=28) && i32::from(d[10]) == first && i32::from(d[11]) == second
}

/// The national health card.
pub(in super::super) fn br_cns(d: &[u8]) -> bool {
    matches!(d[0], 1 | 2 | 7..=9) && weighted(d, &[15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
}

pub(in super::super) fn dni(d: &[u8]) -> bool {
    distinct(d) > 2 && number(d) > 1_000_000 && number(d) != 12_345_678
}

pub(in super::super) fn pe_ruc(d: &[u8]) -> bool {
    let rest = weighted(d, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    matches!(number(&d[..2]), 10 | 15 | 16 | 17 | 20) && (11 - rest) % 10 == i32::from(d[10])
}

/// Weights run from the right, so that shorter numbers have the same ones.
pub(in super::super) fn co_nit(d: &[u8]) -> bool {
    const WEIGHTS: [i32; 10] = [3, 7, 13, 17, 19, 23, 29, 37, 41, 43];
    let Some((&check, body)) = d.split_last() else {
        return false;
    };
    let sum: i32 = body
        .iter()
        .rev()
        .zip(WEIGHTS)
        .map(|(&v, weight)| i32::from(v) * weight)
        .sum();
    let rest = sum % 11;
    i32::from(check) == if rest < 2 { rest } else { 11 - rest } && distinct(d) > 2
}

pub(in super::super) fn ec_cedula(d: &[u8]) -> bool {
    matches!(number(&d[..2]), 1..=24 | 30) && d[2] < 6 && luhn(d)
}

pub(in super::super) fn uy_ci(d: &[u8]) -> bool {
    (10 - weighted(d, &[2, 9, 8, 7, 6, 3, 4]) % 10) % 10 == i32::from(d[7]) && distinct(d) > 2
}

/// Number, check digit, department and municipality of birth.
pub(in super::super) fn gt_dpi(d: &[u8]) -> bool {
    weighted(d, &[2, 3, 4, 5, 6, 7, 8, 9]) % 11 == i32::from(d[8])
        && matches!(number(&d[9..11]), 1..=22)
        && matches!(number(&d[11..]), 1..=40)
}

pub(in super::super) fn do_cedula(d: &[u8]) -> bool {
    luhn(d) && distinct(d) > 2
}

pub(in super::super) fn cr_cedula(d: &[u8]) -> bool {
    matches!(d[0], 1..=9) && distinct(d) > 2
}

pub(in super::super) fn sv_dui(d: &[u8]) -> bool {
    (10 - weighted(d, &[9, 8, 7, 6, 5, 4, 3, 2]) % 10) % 10 == i32::from(d[8]) && distinct(d) > 2
}

/// Bank code, place, account and check digit of a Mexican account.
pub(in super::super) fn mx_clabe(d: &[u8]) -> bool {
    const WEIGHTS: [u32; 3] = [3, 7, 1];
    let sum: u32 = d[..17]
        .iter()
        .enumerate()
        .map(|(at, &v)| u32::from(v) * WEIGHTS[at % 3] % 10)
        .sum();
    (10 - sum % 10) % 10 == u32::from(d[17]) && number(&d[..3]) >= 2 && distinct(d) > 2
}

/// Bank and branch with a check digit, account with another.
pub(in super::super) fn ar_cbu(d: &[u8]) -> bool {
    let check = |body: &[u8], check: u8| {
        let weights = [3u32, 1, 7, 9];
        let sum: u32 = body
            .iter()
            .rev()
            .zip(weights.iter().cycle())
            .map(|(&v, w)| u32::from(v) * w)
            .sum();
        (10 - sum % 10) % 10 == u32::from(check)
    };
    check(&d[..7], d[7]) && check(&d[8..21], d[21]) && distinct(d) > 2
}
