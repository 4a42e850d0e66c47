//! Asia, Africa and Oceania.

use super::distinct;
use crate::checks::{is_day, luhn, number, weighted};

pub(in super::super) fn kz_iin(d: &[u8]) -> bool {
    let first = weighted(d, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11;
    let second = weighted(d, &[3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11;
    let check = if first == 10 { second } else { first };
    is_day(number(&d[2..4]), number(&d[4..6])) && d[6] <= 6 && check == i32::from(d[11])
}

/// The sex and century, a birthday, a district, a serial and a check digit.
pub(in super::super) fn uz_pinfl(d: &[u8]) -> bool {
    matches!(d[0], 1..=6)
        && is_day(number(&d[3..5]), number(&d[1..3]))
        && weighted(d, &[7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1, 7]) % 10 == i32::from(d[13])
}

pub(in super::super) fn ge_pn(d: &[u8]) -> bool {
    distinct(d) > 3
}

pub(in super::super) fn il_id(d: &[u8]) -> bool {
    luhn(d) && distinct(d) > 2
}

pub(in super::super) fn ae_eid(d: &[u8]) -> bool {
    number(&d[..3]) == 784 && matches!(number(&d[3..7]), 1900..=2099) && luhn(d)
}

/// Citizens have 1 in front, residents 2.
pub(in super::super) fn sa_id(d: &[u8]) -> bool {
    matches!(d[0], 1 | 2) && luhn(d) && distinct(d) > 2
}

pub(in super::super) fn eg_nid(d: &[u8]) -> bool {
    matches!(d[0], 2 | 3) && is_day(number(&d[3..5]), number(&d[5..7])) && matches!(number(&d[7..9]), 1..=35 | 88)
}

pub(in super::super) fn kw_civil(d: &[u8]) -> bool {
    matches!(d[0], 2 | 3)
        && is_day(number(&d[3..5]), number(&d[5..7]))
        && 11 - weighted(d, &[2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11 == i32::from(d[11])
}

pub(in super::super) fn qa_qid(d: &[u8]) -> bool {
    matches!(d[0], 2 | 3) && distinct(d) > 3
}

pub(in super::super) fn ir_nin(d: &[u8]) -> bool {
    let rest = weighted(d, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    i32::from(d[9]) == if rest < 2 { rest } else { 11 - rest } && distinct(d) > 2
}

pub(in super::super) fn th_id(d: &[u8]) -> bool {
    let sum = weighted(d, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    matches!(d[0], 1..=8) && (11 - sum % 11) % 10 == i32::from(d[12]) && distinct(d) > 2
}

pub(in super::super) fn my_nric(d: &[u8]) -> bool {
    is_day(number(&d[2..4]), number(&d[4..6]))
        && matches!(number(&d[6..8]), 1..=16 | 21..=68 | 71..=79 | 82..=93 | 98 | 99)
}

/// Women have 40 added to the day.
pub(in super::super) fn id_nik(d: &[u8]) -> bool {
    let day = number(&d[6..8]);
    matches!(number(&d[..2]), 11..=21 | 31..=36 | 51..=53 | 61..=65 | 71..=76 | 81 | 82 | 91..=97)
        && is_day(number(&d[8..10]), if day > 40 { day - 40 } else { day })
        && number(&d[12..]) > 0
}

pub(in super::super) fn id_npwp(d: &[u8]) -> bool {
    luhn(&d[..9]) && distinct(d) > 2
}

pub(in super::super) fn plain(d: &[u8]) -> bool {
    distinct(d) > 3 && super::any(d)
}

/// Province, century and sex, year, serial.
pub(in super::super) fn vn_cccd(d: &[u8]) -> bool {
    matches!(number(&d[..3]), 1..=96) && d[3] <= 3 && distinct(d) > 2
}

pub(in super::super) fn pk_cnic(d: &[u8]) -> bool {
    matches!(d[0], 1..=7) && d[12] != 0 && distinct(d) > 2
}

/// A year, the day of the year with 500 added for women, a serial.
pub(in super::super) fn lk_nic(d: &[u8]) -> bool {
    matches!(number(&d[..4]), 1900..=2099) && matches!(number(&d[4..7]), 1..=366 | 501..=866)
}

pub(in super::super) fn nz_ird(d: &[u8]) -> bool {
    let mut full = [0; 9];
    full[9 - d.len()..].copy_from_slice(d);
    let check = |weights: &[i32; 8]| (11 - weighted(&full, weights) % 11) % 11;
    let first = check(&[3, 2, 7, 6, 5, 4, 3, 2]);
    let digit = if first == 10 {
        check(&[7, 4, 3, 2, 5, 2, 7, 6])
    } else {
        first
    };
    matches!(number(&full), 10_000_000..=200_000_000) && digit == i32::from(full[8])
}

/// The first digit checks the others.
pub(in super::super) fn jp_corporate(d: &[u8]) -> bool {
    let sum = weighted(&d[1..], &[2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]);
    9 - sum % 9 == i32::from(d[0]) && distinct(d) > 2
}

pub(in super::super) fn kr_brn(d: &[u8]) -> bool {
    let sum = weighted(d, &[1, 3, 7, 1, 3, 7, 1, 3, 5]) + i32::from(d[8]) * 5 / 10;
    (10 - sum % 10) % 10 == i32::from(d[9]) && number(&d[..3]) > 100
}

pub(in super::super) fn au_abn(d: &[u8]) -> bool {
    d[0] != 0 && (weighted(d, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) - 10) % 89 == 0
}

pub(in super::super) fn au_acn(d: &[u8]) -> bool {
    (10 - weighted(d, &[8, 7, 6, 5, 4, 3, 2, 1]) % 10) % 10 == i32::from(d[8]) && distinct(d) > 2
}

/// Healthcare identifiers are numbers of ISO/IEC 7812 under the issuer 800360.
pub(in super::super) fn au_ihi(d: &[u8]) -> bool {
    number(&d[..6]) == 800_360 && luhn(d)
}

pub(in super::super) fn tr_vkn(d: &[u8]) -> bool {
    let sum: u32 = d[..9]
        .iter()
        .enumerate()
        .map(|(at, &v)| {
            let place = 9 - at as u32;
            let value = (u32::from(v) + place) % 10;
            match value * 2u32.pow(place) % 9 {
                0 if value != 0 => 9,
                rest => rest,
            }
        })
        .sum();
    (10 - sum % 10) % 10 == u32::from(d[9]) && distinct(d) > 2
}

/// Provincial health numbers of British Columbia.
pub(in super::super) fn ca_bc_phn(d: &[u8]) -> bool {
    d[0] == 9 && 11 - weighted(&d[1..], &[2, 4, 8, 5, 10, 9, 7, 3]) % 11 == i32::from(d[9])
}

/// Hospital numbers of Scotland: a birthday and the check of the NHS number.
pub(in super::super) fn uk_chi(d: &[u8]) -> bool {
    is_day(number(&d[2..4]), number(&d[..2]))
        && (11 - weighted(d, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 == i32::from(d[9])
}
