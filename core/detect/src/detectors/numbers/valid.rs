//! What makes the digits of each type valid, in the order of the table: check digits, and the rules of who issues them.

mod americas;
mod asia_africa;
mod europe;

pub(super) use americas::*;
pub(super) use asia_africa::*;
pub(super) use europe::*;

use crate::checks::{is_day, luhn, mod_11_10, number, verhoeff, weighted};
use crate::evidence::is_test_card;

/// Brand ranges and lengths of ISO/IEC 7812 issuers, and Luhn.
pub(super) fn credit_card(d: &[u8]) -> bool {
    let text = || d.iter().map(|digit| digit + b'0').collect::<Vec<u8>>();
    is_card_range(number(&d[..4]), d.len()) && luhn(d) && !is_test_card(&text())
}

/// The first four digits of each brand by length of the number.
fn is_card_range(head: u64, length: usize) -> bool {
    let visa = matches!(head, 4000..=4999);
    let mastercard = matches!(head, 2221..=2720 | 5100..=5599);
    let amex = matches!(head, 3400..=3499 | 3700..=3799);
    let diners = matches!(head, 3000..=3059 | 3095 | 3600..=3699 | 3800..=3999);
    let discover = matches!(head, 6011 | 6440..=6599);
    let jcb = matches!(head, 3528..=3589);
    let union_pay = matches!(head, 6200..=6299 | 8100..=8171);
    let maestro = matches!(head, 5018 | 5020 | 5038 | 5893 | 6304 | 6390 | 6759 | 6761..=6763);
    let mir = matches!(head, 2200..=2204);
    let ru_pay = matches!(head, 5080..=5089 | 6069..=6085 | 6521 | 6522 | 8170..=8179);
    let regional = matches!(head, 5019 | 5041 | 5060 | 5061 | 5066 | 5067 | 5078 | 5090..=5099 | 6062 | 6277 | 6360..=6369
        | 6500 | 8600 | 9704 | 9792 | 9860);
    match length {
        12 | 17 => maestro,
        13 => visa || maestro,
        14 => diners,
        15 => amex || matches!(head, 2131 | 1800),
        16 => visa || mastercard || discover || jcb || union_pay || maestro || mir || ru_pay || regional,
        18 => union_pay || maestro || jcb,
        19 => visa || discover || union_pay || maestro || mir || jcb || head == 9704,
        _ => false,
    }
}

/// A Polish account: an IBAN without its country.
pub(super) fn pl_nrb(d: &[u8]) -> bool {
    let rest = d[2..]
        .iter()
        .chain(&[2, 5, 2, 1])
        .chain(&d[..2])
        .fold(0, |rest, &v| (rest * 10 + u32::from(v)) % 97);
    rest == 1 && distinct(d) > 3
}

pub(super) fn us_routing(d: &[u8]) -> bool {
    let prefix = number(&d[..2]);
    let district = matches!(prefix, 1..=12 | 21..=32 | 61..=72 | 80);
    district && weighted(d, &[3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 == 0
}

/// How many different digits there are.
pub(super) fn distinct(d: &[u8]) -> u32 {
    d.iter().fold(0u16, |seen, digit| seen | 1 << (digit % 16)).count_ones()
}

pub(super) fn any(d: &[u8]) -> bool {
    distinct(d) > 2 && !is_calendar(d)
}

/// Eight digits that are two years or a day.
fn is_calendar(d: &[u8]) -> bool {
    let is_year = |d: &[u8]| matches!(number(d), 1900..=2099);
    d.len() == 8 && is_year(&d[..4]) && (is_year(&d[4..]) || is_day(number(&d[4..6]), number(&d[6..])))
}

/// Area, group and serial rules of the Social Security Administration; numbers it published are not findings.
pub(super) fn us_ssn(d: &[u8]) -> bool {
    let (area, group, serial) = (number(&d[..3]), number(&d[3..5]), number(&d[5..]));
    let published = [
        78_051_120,
        219_099_999,
        123_456_789,
        457_555_462,
        987_654_321,
        111_223_333,
        123_121_234,
    ]
    .contains(&number(d));
    // Examples in documents count from one: `123-45-…`.
    let example = (area, group) == (123, 45);
    area != 0 && area != 666 && area < 900 && group != 0 && serial != 0 && !published && !example && distinct(d) > 1
}

pub(super) fn us_itin(d: &[u8]) -> bool {
    // 987-65-4320 to 4329 are kept for advertisements.
    let advertised = number(&d[..8]) == 98_765_432;
    d[0] == 9 && matches!(number(&d[3..5]), 50..=65 | 70..=88 | 90..=92 | 94..=99) && !advertised
}

pub(super) fn us_ein(d: &[u8]) -> bool {
    !matches!(number(&d[..2]), 0 | 7..=9 | 17..=19 | 28 | 29 | 49 | 69 | 70 | 78 | 79 | 89 | 96 | 97)
        && number(d) != 123_456_789
}

pub(super) fn uk_nhs(d: &[u8]) -> bool {
    let check = 11 - weighted(&d[..9], &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    i32::from(d[9]) == check % 11 && check != 10 && distinct(d) > 2 && number(d) != 9_434_765_919
}

pub(super) fn in_aadhaar(d: &[u8]) -> bool {
    d[0] >= 2 && verhoeff(d) && distinct(d) > 2
}

pub(super) fn ca_sin(d: &[u8]) -> bool {
    !matches!(d[0], 0 | 8) && luhn(d) && number(d) != 123_456_782
}

pub(super) fn au_tfn(d: &[u8]) -> bool {
    let sum = match d.len() {
        9 => weighted(d, &[1, 4, 3, 7, 5, 8, 6, 9, 10]),
        _ => weighted(d, &[10, 7, 8, 4, 6, 3, 5, 1]),
    };
    sum % 11 == 0 && distinct(d) > 2 && number(d) != 123_456_782
}

pub(super) fn au_medicare(d: &[u8]) -> bool {
    (2..=6).contains(&d[0]) && weighted(d, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == i32::from(d[8])
}

/// Among the first ten digits one stands twice or three times, and the check digit is ISO 7064.
pub(super) fn de_steuer_id(d: &[u8]) -> bool {
    let mut counts = [0; 10];
    d[..10].iter().for_each(|digit| counts[usize::from(*digit)] += 1);
    let repeated = counts.iter().filter(|count| **count > 1).count();
    d[0] != 0
        && repeated == 1
        && counts.iter().all(|count| *count <= 3)
        && mod_11_10(d)
        && !matches!(number(d), 86_095_742_719 | 12_345_678_911)
}

pub(super) fn fr_nir(d: &[u8]) -> bool {
    let month = number(&d[3..5]);
    let born = matches!(d[0], 1..=4 | 7 | 8) && matches!(month, 1..=12 | 20..=42 | 50..=99);
    born && (d.len() == 13 || 97 - number(&d[..13]) % 97 == number(&d[13..]))
}

pub(super) fn nl_bsn(d: &[u8]) -> bool {
    weighted(d, &[9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 == 0
        && distinct(d) > 2
        && !matches!(number(d), 123_456_782 | 111_222_333)
}

pub(super) fn pl_pesel(d: &[u8]) -> bool {
    let month = number(&d[2..4]) % 20;
    is_day(month, number(&d[4..6])) && (weighted(d, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1])) % 10 == 0
}

pub(super) fn br_cpf(d: &[u8]) -> bool {
    let check = |count: usize| {
        let sum: i32 = d[..count]
            .iter()
            .enumerate()
            .map(|(at, &v)| i32::from(v) * (count as i32 + 1 - at as i32))
            .sum();
        i32::from(d[count]) == sum * 10 % 11 % 10
    };
    check(9) && check(10) && distinct(d) > 1
}

pub(super) fn br_cnpj(d: &[u8]) -> bool {
    const WEIGHTS: [i32; 13] = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
    let check = |count: usize| {
        let rest = weighted(&d[..count], &WEIGHTS[13 - count..]) % 11;
        i32::from(d[count]) == if rest < 2 { 0 } else { 11 - rest }
    };
    check(12) && check(13) && distinct(d) > 2
}

pub(super) fn kr_rrn(d: &[u8]) -> bool {
    is_day(number(&d[2..4]), number(&d[4..6])) && matches!(d[6], 1..=8)
}

pub(super) fn jp_my_number(d: &[u8]) -> bool {
    let rest = weighted(d, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    i32::from(d[11]) == if rest <= 1 { 0 } else { 11 - rest }
}

pub(super) fn cn_ric(d: &[u8]) -> bool {
    cn_ric_body(&d[..17]) == Some(u32::from(d[17]))
}

/// The check value of the first seventeen digits, when they hold a region and a date.
pub(in crate::detectors) fn cn_ric_body(d: &[u8]) -> Option<u32> {
    let sum = weighted(d, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
    let plausible = (11..=82).contains(&number(&d[..2]))
        && matches!(number(&d[6..8]), 18..=20)
        && is_day(number(&d[10..12]), number(&d[12..14]));
    plausible.then_some(((12 - sum % 11) % 11) as u32)
}

pub(super) fn se_personnummer(d: &[u8]) -> bool {
    let d = if d.len() == 12 { &d[2..] } else { d };
    let day = number(&d[4..6]);
    is_day(number(&d[2..4]), if day > 60 { day - 60 } else { day }) && luhn(d)
}

pub(super) fn no_fnr(d: &[u8]) -> bool {
    let day = number(&d[..2]);
    let first = (11 - weighted(d, &[3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11) % 11;
    let second = (11 - weighted(d, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    is_day(number(&d[2..4]) % 40, day % 40) && i32::from(d[9]) == first && i32::from(d[10]) == second
}

pub(super) fn dk_cpr(d: &[u8]) -> bool {
    is_day(number(&d[2..4]), number(&d[..2]))
}

pub(super) fn be_nn(d: &[u8]) -> bool {
    let (body, check) = (number(&d[..9]), number(&d[9..]));
    number(&d[2..4]) <= 52
        && number(&d[4..6]) <= 31
        && (97 - body % 97 == check || 97 - (2_000_000_000 + body) % 97 == check)
}

pub(super) fn pt_nif(d: &[u8]) -> bool {
    let rest = weighted(d, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    matches!(d[0], 1..=3 | 5 | 6 | 8 | 9) && i32::from(d[8]) == if rest < 2 { 0 } else { 11 - rest }
}

pub(super) fn tr_tckn(d: &[u8]) -> bool {
    let odd: i32 = d[..9].iter().step_by(2).map(|v| i32::from(*v)).sum();
    let even: i32 = d[1..8].iter().step_by(2).map(|v| i32::from(*v)).sum();
    let sum: i32 = d[..10].iter().map(|v| i32::from(*v)).sum();
    d[0] != 0 && (odd * 7 - even).rem_euclid(10) == i32::from(d[9]) && sum % 10 == i32::from(d[10])
}

pub(super) fn za_id(d: &[u8]) -> bool {
    is_day(number(&d[2..4]), number(&d[4..6])) && d[10] <= 1 && luhn(d)
}

pub(super) fn ch_ahv(d: &[u8]) -> bool {
    // Those that the office prints on its pages.
    let printed = matches!(number(d), 7_561_234_567_897 | 7_569_217_076_985);
    !printed && number(&d[..3]) == 756 && weighted(d, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 == 0
}

pub(super) fn cl_rut(d: &[u8]) -> bool {
    let (check, body) = (d[d.len() - 1], &d[..d.len() - 1]);
    cl_rut_check(body) == u32::from(check) && distinct(body) > 1
}

/// The check value of a Chilean number; 10 is written `K`.
pub(in crate::detectors) fn cl_rut_check(body: &[u8]) -> u32 {
    let sum: u32 = body
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &v)| u32::from(v) * (at as u32 % 6 + 2))
        .sum();
    (11 - sum % 11) % 11
}

pub(super) fn ar_cuit(d: &[u8]) -> bool {
    let check = match 11 - weighted(d, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11 {
        11 => 0,
        10 => 9,
        check => check,
    };
    matches!(number(&d[..2]), 20 | 23 | 24 | 27 | 30 | 33 | 34) && check == i32::from(d[10])
}

pub(super) fn us_npi(d: &[u8]) -> bool {
    let mut full = [8, 0, 8, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    full[5..].copy_from_slice(d);
    matches!(d[0], 1 | 2) && luhn(&full)
}

pub(super) fn imei(d: &[u8]) -> bool {
    luhn(d) && distinct(d) > 3 && number(d) != 490_154_203_237_518
}
