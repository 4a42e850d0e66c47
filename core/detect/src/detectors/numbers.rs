//! Numbers with a meaning: cards, accounts and the identity numbers of governments and health systems.
//!
//! Each entry of [`NUMBERS`] says how the digits are grouped, how they are checked, and which words go with them. One
//! random number in ten or eleven passes a check digit: such types need a word beside them. Where several types fit,
//! the one whose word stands nearest wins.

use super::words;
use crate::checks::{is_day, luhn, mod_11_10, number, verhoeff, weighted};
use crate::classes::{ALNUM, SPACE, is, run_start};
use crate::context::{Context, Nearness};
use crate::evidence::distinct;
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
use crate::sweep::{Number, follows_line_escape};
use weir_model::{Category, Confidence};

/// One type of number.
pub(super) struct Kind {
    pub(super) info: Info,
    /// Group sizes it is written in; a single size is the number without separators.
    layouts: &'static [&'static [u8]],
    check: fn(&[u8]) -> bool,
    words: &'static [&'static str],
    /// True when one random number in ten or fewer fits by chance, date parts included: confidence with a word.
    checked: bool,
    alone: Alone,
}

/// What the number is worth without any word beside it.
enum Alone {
    /// Nothing.
    Never,
    /// This, in any spelling.
    Sure(Confidence),
    /// This, when it is written in groups.
    Grouped(Confidence),
    /// This, when the groups have dashes between them.
    Dashed(Confidence),
}

/// Reads the groups of a number as every type they could be.
pub(super) fn find(page: &Page<'_>, number: &Number, out: &mut Findings) {
    // Digits spelled one by one are pulled together and read again.
    let spelled = number.count() > 4 && number.count() == number.digits();
    if number.digits() < 7 || spelled {
        return;
    }
    let mut first = 0;
    while first < number.count() {
        match best_from(page, number, first) {
            Some((last, kind, confidence)) => {
                out.add(&kind.info, number.group(first).0..number.group(last).1, confidence);
                first = last + 1;
            }
            None => first += 1,
        }
    }
}

/// The best reading of the groups that begin with `first`: its last group, type and confidence.
fn best_from(page: &Page<'_>, number: &Number, first: usize) -> Option<(usize, &'static Kind, Confidence)> {
    let mut best: Option<(usize, &'static Kind, Confidence, Option<Nearness>)> = None;
    let mut context = None;
    let mut digits = [0; 40];
    for kind in NUMBERS {
        for layout in kind.layouts {
            let last = first + layout.len() - 1;
            if last >= number.count() || !fits(number, first, layout) || !is_free(page, number, first, last) {
                continue;
            }
            let digits = collect(page, number, first, last, &mut digits);
            if !(kind.check)(digits) {
                continue;
            }
            let range = number.group(first).0..number.group(last).1;
            let spelling = Spelling::of(page, number, first, last);
            let listed = is_listed(page, range.start);
            let context = context.get_or_insert_with(|| Context::of(page, range.start, range.end));
            let Some((confidence, near)) =
                weigh(kind, spelling, digits, context).filter(|(_, near)| near.is_some() || !listed)
            else {
                continue;
            };
            let better = best.as_ref().is_none_or(|(_, _, c, n)| (near, confidence) > (*n, *c));
            if better {
                best = Some((last, kind, confidence, near));
            }
        }
    }
    best.map(|(last, kind, confidence, _)| (last, kind, confidence))
}

fn weigh(
    kind: &Kind,
    spelling: Spelling,
    digits: &[u8],
    context: &Context<'_>,
) -> Option<(Confidence, Option<Nearness>)> {
    let near = context.find(kind.words);
    if near.is_none() && matches!(kind.alone, Alone::Never) {
        return None;
    }
    let harmless = context.harmless();
    if let Some(near) = near
        && harmless.is_none_or(|harmless| harmless <= near)
        && (kind.checked || context.leads_to_value(near))
        && context.find(PHONE_WORDS).is_none_or(|phone| phone <= near)
    {
        return Some((
            if kind.checked {
                Confidence::High
            } else {
                Confidence::Medium
            },
            Some(near),
        ));
    }
    let alone = match kind.alone {
        Alone::Sure(confidence) => confidence,
        Alone::Grouped(confidence) if spelling != Spelling::Plain => confidence,
        Alone::Dashed(confidence) if spelling == Spelling::Dashed => confidence,
        _ => return None,
    };
    (harmless.is_none() && distinct(digits) > 2).then_some((alone, None))
}

/// How the groups are set apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Plain,
    Dashed,
    Other,
}

impl Spelling {
    fn of(page: &Page<'_>, number: &Number, first: usize, last: usize) -> Self {
        match (first == last, page.byte(number.group(first).1)) {
            (true, _) => Self::Plain,
            (false, b'-') => Self::Dashed,
            (false, _) => Self::Other,
        }
    }
}

/// True inside a list of numbers, `12, 4111…`: data, not a value on its own.
fn is_listed(page: &Page<'_>, start: usize) -> bool {
    let gap = run_start(page.bytes, start, SPACE, 64);
    gap < start && page.before(gap) == b',' && is(page.before(gap - 1), ALNUM)
}

const PHONE_WORDS: &[&str] = words::PHONE;

fn fits(number: &Number, first: usize, layout: &[u8]) -> bool {
    layout.iter().enumerate().all(|(at, size)| {
        let (start, end) = number.group(first + at);
        end - start == usize::from(*size)
    })
}

/// True when the groups are not part of something longer: a decimal, a version, a dashed code.
fn is_free(page: &Page<'_>, number: &Number, first: usize, last: usize) -> bool {
    let (start, end) = (number.group(first).0, number.group(last).1);
    let before = page.before(start);
    let after = page.byte(end);
    let separators = || (first..last).map(|at| page.byte(number.group(at).1));
    let even = separators().all(|s| s == page.byte(number.group(first).1))
        || separators().all(|s| matches!(s, b'.' | b'/' | b'-'));
    let even = even || separators().all(|s| matches!(s, b' ' | b'/' | b'\n' | b'\r'));
    let glued = (is(before, ALNUM) || before == b'_') && !follows_line_escape(page.bytes, start);
    let inner_before = first > 0 && !matches!(before, b' ' | b'\n');
    let inner_after = last + 1 < number.count() && !matches!(after, b' ' | b'\n' | b'\r') && !ends_sentence(page, end);
    let signed = before == b'+' || before == b'$' || before == b'#' && last == first;
    let continued =
        is(after, ALNUM) || after == b'_' || after == b'%' || after == b'-' && is(page.byte(end + 1), ALNUM);
    let decimal = before == b'.' && start >= 2 && is(page.byte(start - 2), crate::classes::DIGIT);
    let fraction = after == b',' && is(page.byte(end + 1), crate::classes::DIGIT) && last == first && before == b',';
    even && !glued && !inner_before && !inner_after && !signed && !continued && !decimal && !fraction
}

fn ends_sentence(page: &Page<'_>, end: usize) -> bool {
    matches!(page.byte(end), b'.' | b'-' | b'/') && page.byte(end + 1) == b' '
}

fn collect<'d>(page: &Page<'_>, number: &Number, first: usize, last: usize, digits: &'d mut [u8; 40]) -> &'d [u8] {
    let mut count = 0;
    for at in first..=last {
        let (start, end) = number.group(at);
        for byte in page.slice(start..end) {
            digits[count] = byte - b'0';
            count += 1;
        }
    }
    &digits[..count]
}

// Checks, in the order of the table.

/// Brand ranges and lengths of ISO/IEC 7812 issuers, and Luhn.
fn credit_card(d: &[u8]) -> bool {
    let head = number(&d[..4]);
    let brand = match d.len() {
        13 => d[0] == 4,
        14 => matches!(head, 3000..=3059 | 3095 | 3600..=3699 | 3800..=3999),
        15 => matches!(head, 3400..=3499 | 3700..=3799 | 2131 | 1800),
        16 => {
            matches!(head, 2221..=2720 | 4000..=4999 | 5100..=5599 | 6011 | 6440..=6599 | 6210..=6299 | 3528..=3589 | 5018 | 5020 | 5038
            | 5893 | 6304 | 6759 | 6761..=6763 | 8170..=8179 | 2200..=2204 | 6360..=6369 | 5067 | 5090 | 9792)
        }
        18 | 19 => {
            matches!(head, 4000..=4999 | 6011 | 6440..=6599 | 6210..=6299 | 5018 | 5020 | 6304 | 6759 | 6761..=6763)
        }
        _ => false,
    };
    let text: Vec<u8> = d.iter().map(|digit| digit + b'0').collect();
    brand && luhn(d) && !crate::evidence::is_test_card(&text)
}

fn us_routing(d: &[u8]) -> bool {
    let prefix = number(&d[..2]);
    let district = matches!(prefix, 1..=12 | 21..=32 | 61..=72 | 80);
    district && weighted(d, &[3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 == 0
}

fn any(d: &[u8]) -> bool {
    distinct(d) > 2
}

/// Area, group and serial rules of the Social Security Administration; numbers it published are not findings.
fn us_ssn(d: &[u8]) -> bool {
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
    area != 0 && area != 666 && area < 900 && group != 0 && serial != 0 && !published && distinct(d) > 1
}

fn us_itin(d: &[u8]) -> bool {
    d[0] == 9 && matches!(number(&d[3..5]), 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

fn us_ein(d: &[u8]) -> bool {
    !matches!(number(&d[..2]), 0 | 7..=9 | 17..=19 | 28 | 29 | 49 | 69 | 70 | 78 | 79 | 89 | 96 | 97)
        && number(d) != 123_456_789
}

fn uk_nhs(d: &[u8]) -> bool {
    let check = 11 - weighted(&d[..9], &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    i32::from(d[9]) == check % 11 && check != 10 && distinct(d) > 2 && number(d) != 9_434_765_919
}

fn in_aadhaar(d: &[u8]) -> bool {
    d[0] >= 2 && verhoeff(d) && distinct(d) > 2
}

fn ca_sin(d: &[u8]) -> bool {
    !matches!(d[0], 0 | 8) && luhn(d) && number(d) != 123_456_782
}

fn au_tfn(d: &[u8]) -> bool {
    let sum = match d.len() {
        9 => weighted(d, &[1, 4, 3, 7, 5, 8, 6, 9, 10]),
        _ => weighted(d, &[10, 7, 8, 4, 6, 3, 5, 1]),
    };
    sum % 11 == 0 && distinct(d) > 2 && number(d) != 123_456_782
}

fn au_medicare(d: &[u8]) -> bool {
    (2..=6).contains(&d[0]) && weighted(d, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == i32::from(d[8])
}

/// Among the first ten digits one stands twice or three times, and the check digit is ISO 7064.
fn de_steuer_id(d: &[u8]) -> bool {
    let mut counts = [0; 10];
    d[..10].iter().for_each(|digit| counts[usize::from(*digit)] += 1);
    let repeated = counts.iter().filter(|count| **count > 1).count();
    d[0] != 0 && repeated == 1 && counts.iter().all(|count| *count <= 3) && mod_11_10(d) && number(d) != 86_095_742_719
}

fn fr_nir(d: &[u8]) -> bool {
    let month = number(&d[3..5]);
    let born = matches!(d[0], 1..=4 | 7 | 8) && matches!(month, 1..=12 | 20..=42 | 50..=99);
    born && (d.len() == 13 || 97 - number(&d[..13]) % 97 == number(&d[13..]))
}

fn nl_bsn(d: &[u8]) -> bool {
    weighted(d, &[9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 == 0 && distinct(d) > 2 && number(d) != 123_456_782
}

fn pl_pesel(d: &[u8]) -> bool {
    let month = number(&d[2..4]) % 20;
    is_day(month, number(&d[4..6])) && (weighted(d, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1])) % 10 == 0
}

fn br_cpf(d: &[u8]) -> bool {
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

fn br_cnpj(d: &[u8]) -> bool {
    const WEIGHTS: [i32; 13] = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
    let check = |count: usize| {
        let rest = weighted(&d[..count], &WEIGHTS[13 - count..]) % 11;
        i32::from(d[count]) == if rest < 2 { 0 } else { 11 - rest }
    };
    check(12) && check(13) && distinct(d) > 2
}

fn kr_rrn(d: &[u8]) -> bool {
    is_day(number(&d[2..4]), number(&d[4..6])) && matches!(d[6], 1..=8)
}

fn jp_my_number(d: &[u8]) -> bool {
    let rest = weighted(d, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    i32::from(d[11]) == if rest <= 1 { 0 } else { 11 - rest }
}

fn cn_ric(d: &[u8]) -> bool {
    cn_ric_body(&d[..17]) == Some(u32::from(d[17]))
}

/// The check value of the first seventeen digits, when they hold a region and a date.
pub(super) fn cn_ric_body(d: &[u8]) -> Option<u32> {
    let sum = weighted(d, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
    let plausible = (11..=82).contains(&number(&d[..2]))
        && matches!(number(&d[6..8]), 18..=20)
        && is_day(number(&d[10..12]), number(&d[12..14]));
    plausible.then_some(((12 - sum % 11) % 11) as u32)
}

fn se_personnummer(d: &[u8]) -> bool {
    let d = if d.len() == 12 { &d[2..] } else { d };
    let day = number(&d[4..6]);
    is_day(number(&d[2..4]), if day > 60 { day - 60 } else { day }) && luhn(d)
}

fn no_fnr(d: &[u8]) -> bool {
    let day = number(&d[..2]);
    let first = (11 - weighted(d, &[3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11) % 11;
    let second = (11 - weighted(d, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    is_day(number(&d[2..4]) % 40, day % 40) && i32::from(d[9]) == first && i32::from(d[10]) == second
}

fn dk_cpr(d: &[u8]) -> bool {
    is_day(number(&d[2..4]), number(&d[..2]))
}

fn be_nn(d: &[u8]) -> bool {
    let (body, check) = (number(&d[..9]), number(&d[9..]));
    number(&d[2..4]) <= 52
        && number(&d[4..6]) <= 31
        && (97 - body % 97 == check || 97 - (2_000_000_000 + body) % 97 == check)
}

fn pt_nif(d: &[u8]) -> bool {
    let rest = weighted(d, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    matches!(d[0], 1..=3 | 5 | 6 | 8 | 9) && i32::from(d[8]) == if rest < 2 { 0 } else { 11 - rest }
}

fn tr_tckn(d: &[u8]) -> bool {
    let odd: i32 = d[..9].iter().step_by(2).map(|v| i32::from(*v)).sum();
    let even: i32 = d[1..8].iter().step_by(2).map(|v| i32::from(*v)).sum();
    let sum: i32 = d[..10].iter().map(|v| i32::from(*v)).sum();
    d[0] != 0 && (odd * 7 - even).rem_euclid(10) == i32::from(d[9]) && sum % 10 == i32::from(d[10])
}

fn za_id(d: &[u8]) -> bool {
    is_day(number(&d[2..4]), number(&d[4..6])) && d[10] <= 1 && luhn(d)
}

fn ch_ahv(d: &[u8]) -> bool {
    number(&d[..3]) == 756 && weighted(d, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 == 0
}

fn cl_rut(d: &[u8]) -> bool {
    let (check, body) = (d[d.len() - 1], &d[..d.len() - 1]);
    cl_rut_check(body) == u32::from(check)
}

/// The check value of a Chilean number; 10 is written `K`.
pub(super) fn cl_rut_check(body: &[u8]) -> u32 {
    let sum: u32 = body
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &v)| u32::from(v) * (at as u32 % 6 + 2))
        .sum();
    (11 - sum % 11) % 11
}

fn ar_cuit(d: &[u8]) -> bool {
    let check = (11 - weighted(d, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    matches!(number(&d[..2]), 20 | 23 | 24 | 27 | 30 | 33 | 34) && check == i32::from(d[10])
}

fn us_npi(d: &[u8]) -> bool {
    let mut full = [8, 0, 8, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    full[5..].copy_from_slice(d);
    matches!(d[0], 1 | 2) && luhn(&full)
}

fn imei(d: &[u8]) -> bool {
    luhn(d) && distinct(d) > 3
}

/// All numbers. Types whose check is stronger come first.
pub(super) static NUMBERS: &[Kind] = &[
    Kind {
        info: Info::new(
            "financial/credit_card",
            "Payment card number",
            Category::Financial,
            Standing::Checked,
        )
        .from("any", "ISO/IEC 7812")
        .found_in(&[
            "card 4539526018159083 exp 04/29",
            "pay with 5412 8493 4072 2470 please",
            "amex 3782-008374-07188",
            "{\"pan\":\"5412849340722470\"}",
        ])
        .not_in(&[
            "test card 4111111111111111",
            "card 4539526018159084",
            "order 4539526018159083",
            "id 124539526018159083",
            "4242 4242 4242 4242",
            "trace 45395260181590839923",
            "uid: 5412849340722470",
        ]),
        layouts: &[
            &[13],
            &[14],
            &[15],
            &[16],
            &[18],
            &[19],
            &[4, 4, 4, 4],
            &[4, 6, 5],
            &[4, 6, 4],
            &[4, 4, 4, 4, 3],
            &[6, 13],
            &[4, 4, 4, 1],
            &[6, 6, 4],
        ],
        check: credit_card,
        words: &[
            "card",
            "credit",
            "debit",
            "cc",
            "pan",
            "visa",
            "mastercard",
            "amex",
            "american express",
            "cards",
            "kreditkarte",
            "kartennummer",
            "karte",
            "carte",
            "carte bancaire",
            "tarjeta",
            "carta",
            "cartão",
            "cartao",
            "kort",
            "kaart",
            "karta",
            "карта",
            "карты",
            "カード",
            "卡号",
            "信用卡",
            "카드",
            "payment",
            "ccn",
            "cardnumber",
            "maestro",
            "discover",
            "jcb",
            "diners",
        ],
        checked: true,
        alone: Alone::Sure(Confidence::High),
    },
    Kind {
        info: Info::new(
            "financial/us_routing",
            "US bank routing number",
            Category::Financial,
            Standing::Checked,
        )
        .from("US", "ABA routing transit number")
        .found_in(&["routing number 021087617", "\"routing_number\": \"021087617\""])
        .not_in(&[
            "routing number 021087618",
            "021087617",
            "order 021087617",
            "routing table entry 100200300",
        ]),
        layouts: &[&[9], &[4, 5]],
        check: us_routing,
        words: &["routing", "aba", "rtn", "transit", "routing no", "routing number"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "financial/bank_account",
            "Bank account number",
            Category::Financial,
            Standing::Contextual,
        )
        .from("any", "none: needs a word")
        .found_in(&[
            "account number 9833629382",
            "acct no: 00482913",
            "\"account_number\": \"4829137703\"",
        ])
        .not_in(&[
            "account manager since 2019",
            "account 4711",
            "order 9833629382",
            "9833629382",
        ]),
        layouts: &[
            &[6],
            &[7],
            &[8],
            &[9],
            &[10],
            &[11],
            &[12],
            &[13],
            &[14],
            &[15],
            &[16],
            &[17],
            &[2, 2, 2, 2],
            &[4, 4],
            &[4, 4, 4],
            &[3, 3, 3],
            &[4, 3, 3],
        ],
        check: any,
        words: &[
            "account number",
            "account no",
            "account nr",
            "acct",
            "account",
            "acct no",
            "bank account",
            "kontonummer",
            "konto",
            "numéro de compte",
            "compte",
            "número de cuenta",
            "cuenta",
            "numero di conto",
            "rekeningnummer",
            "conta",
            "conta corrente",
            "numer konta",
            "номер счета",
            "счет",
            "口座番号",
            "账号",
            "계좌",
        ],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/us_ssn",
            "US social security number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("US", "ssa.gov, randomised since 2011")
        .found_in(&[
            "SSN: 162-43-1837",
            "social security number 162431837",
            "name,ssn\nAda,301-44-2290",
            "she is 162-43-1837",
        ])
        .not_in(&[
            "SSN 000-12-3456",
            "SSN 666-12-3456",
            "part 162-43-1837",
            "SSN 078-05-1120",
            "162431837",
            "version 162-43-1837",
            "SSN 219-09-9999",
        ]),
        layouts: &[&[3, 2, 4], &[9], &[3, 3, 3]],
        check: us_ssn,
        words: &[
            "ssn",
            "social security",
            "social security number",
            "soc sec",
            "ss#",
            "ss number",
            "social",
            "seguro social",
            "tin",
            "taxpayer",
            "ss",
        ],
        checked: true,
        alone: Alone::Dashed(Confidence::Medium),
    },
    Kind {
        info: Info::new(
            "governmental/us_itin",
            "US individual taxpayer number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("US", "irs.gov")
        .found_in(&["ITIN 912-74-5931", "taxpayer id: 955881234"])
        .not_in(&["ITIN 912-10-5931", "955881234", "part 912-74-5931"]),
        layouts: &[&[3, 2, 4], &[9]],
        check: us_itin,
        words: &["itin", "tin", "taxpayer", "tax id", "individual taxpayer", "ssn", "tax"],
        checked: true,
        alone: Alone::Dashed(Confidence::Medium),
    },
    Kind {
        info: Info::new(
            "governmental/us_ein",
            "US employer identification number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("US", "irs.gov, campus prefixes")
        .found_in(&["EIN 46-1839203", "employer identification number: 461839203"])
        .not_in(&["EIN 07-1839203", "46-1839203", "order 46-1839203"]),
        layouts: &[&[2, 7], &[9]],
        check: us_ein,
        words: &[
            "ein",
            "employer identification",
            "fein",
            "employer id",
            "tax id",
            "federal tax",
            "federal tax id",
            "fein number",
        ],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new("medical/uk_nhs", "NHS number", Category::Medical, Standing::Checked)
            .from("GB", "datadictionary.nhs.uk")
            .found_in(&["NHS number 423 748 4777", "nhs_no=4237484777"])
            .not_in(&[
                "NHS number 4237484778",
                "4237484777",
                "order 4237484777",
                "call 423 748 4777",
            ]),
        layouts: &[&[10], &[3, 3, 4]],
        check: uk_nhs,
        words: &["nhs", "nhs number", "nhs no", "patient", "national health"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/in_aadhaar",
            "Aadhaar number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("IN", "uidai.gov.in; Verhoeff")
        .found_in(&["Aadhaar 8797 0168 7731", "\"aadhaar\":\"879701687731\""])
        .not_in(&["Aadhaar 879701687732", "879701687731", "invoice 8797 0168 7731"]),
        layouts: &[&[12], &[4, 4, 4]],
        check: in_aadhaar,
        words: &[
            "aadhaar",
            "aadhar",
            "adhaar",
            "uidai",
            "uid number",
            "आधार",
            "aadhaar no",
        ],
        checked: true,
        alone: Alone::Grouped(Confidence::Medium),
    },
    Kind {
        info: Info::new(
            "governmental/ca_sin",
            "Canadian social insurance number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("CA", "canada.ca")
        .found_in(&["SIN 539-008-474", "social insurance number: 539008474"])
        .not_in(&["SIN 539-008-475", "539008474", "using 539008474"]),
        layouts: &[&[9], &[3, 3, 3]],
        check: ca_sin,
        words: &[
            "sin",
            "social insurance",
            "nas",
            "assurance sociale",
            "sin number",
            "social insurance number",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/au_tfn",
            "Australian tax file number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("AU", "ato.gov.au")
        .found_in(&["TFN 553 705 656", "tax_file_number: 553705656"])
        .not_in(&["TFN 553 705 657", "553705656", "ticket 553705656"]),
        layouts: &[&[9], &[3, 3, 3], &[8], &[3, 3, 2], &[2, 3, 3]],
        check: au_tfn,
        words: &["tfn", "tax file", "tax file number"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "medical/au_medicare",
            "Australian Medicare number",
            Category::Medical,
            Standing::Checked,
        )
        .from("AU", "servicesaustralia.gov.au")
        .found_in(&["Medicare number 3760 92603 0", "medicare: 3760926030"])
        .not_in(&["Medicare number 3760 92604 0", "3760926030", "order 3760926030"]),
        layouts: &[&[10], &[11], &[4, 5, 1], &[4, 5, 1, 1]],
        check: au_medicare,
        words: &["medicare", "medicare number", "medicare card", "medicare no", "irn"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/de_steuer_id",
            "German tax id",
            Category::Governmental,
            Standing::Checked,
        )
        .from("DE", "§ 139b AO; ISO/IEC 7064 mod 11,10")
        .found_in(&["Steuer-ID 13 570 869 260", "IdNr: 13570869260"])
        .not_in(&["Steuer-ID 13570869261", "13570869260", "Bestellung 13570869260"]),
        layouts: &[&[11], &[2, 3, 3, 3]],
        check: de_steuer_id,
        words: &[
            "steuer",
            "steuer id",
            "steuerid",
            "steueridentifikationsnummer",
            "steuernummer",
            "steuerliche identifikationsnummer",
            "idnr",
            "id nr",
            "identifikationsnummer",
            "tin",
            "tax id",
            "tax identification",
            "steuer identifikationsnummer",
            "tax",
        ],
        checked: true,
        alone: Alone::Grouped(Confidence::Medium),
    },
    Kind {
        info: Info::new(
            "governmental/fr_nir",
            "French social security number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("FR", "INSEE, numéro d'inscription au répertoire")
        .found_in(&[
            "NIR 284073553802826",
            "n° de sécurité sociale : 2 84 07 35 538 028 26",
            "saisi 2 84 07 35 538 028 26",
        ])
        .not_in(&["NIR 284073553802827", "commande 284073553802826", "NIR 976011144127643"]),
        layouts: &[&[15], &[13, 2], &[1, 2, 2, 2, 3, 3, 2], &[1, 2, 2, 2, 3, 3], &[13]],
        check: fr_nir,
        words: &[
            "nir",
            "insee",
            "sécurité sociale",
            "securite sociale",
            "sécu",
            "secu",
            "numéro de sécurité",
            "num secu",
            "social security",
            "n° ss",
            "nss",
            "vitale",
        ],
        checked: true,
        alone: Alone::Grouped(Confidence::High),
    },
    Kind {
        info: Info::new(
            "governmental/nl_bsn",
            "Dutch citizen service number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("NL", "rvig.nl; eleven test")
        .found_in(&["BSN 786044366", "burgerservicenummer: 7860.44.366"])
        .not_in(&["BSN 786044367", "786044366", "order 786044366"]),
        layouts: &[&[9], &[4, 2, 3], &[3, 3, 3], &[4, 3, 2]],
        check: nl_bsn,
        words: &[
            "bsn",
            "burgerservicenummer",
            "sofinummer",
            "sofi",
            "burger service",
            "bsn nummer",
            "citizen service",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/pl_pesel",
            "Polish PESEL",
            Category::Governmental,
            Standing::Checked,
        )
        .from("PL", "gov.pl")
        .found_in(&["PESEL 54071960437", "numer PESEL: 54071960437"])
        .not_in(&["PESEL 54071960438", "54071960437", "PESEL 62991851281"]),
        layouts: &[&[11]],
        check: pl_pesel,
        words: &["pesel", "numer pesel", "nr pesel", "ewidencyjny"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/br_cpf",
            "Brazilian CPF",
            Category::Governmental,
            Standing::Checked,
        )
        .from("BR", "Receita Federal")
        .found_in(&["CPF 37343822381", "cliente 373.438.223-81"])
        .not_in(&["CPF 37343822382", "37343822381", "pedido 37343822381"]),
        layouts: &[&[11], &[3, 3, 3, 2]],
        check: br_cpf,
        words: &["cpf", "cadastro de pessoas", "contribuinte", "cpf nº"],
        checked: true,
        alone: Alone::Grouped(Confidence::High),
    },
    Kind {
        info: Info::new(
            "governmental/br_cnpj",
            "Brazilian CNPJ",
            Category::Governmental,
            Standing::Checked,
        )
        .from("BR", "Receita Federal")
        .found_in(&["CNPJ 56228295000102", "empresa 56.228.295/0001-02"])
        .not_in(&["CNPJ 56228295000103", "56228295000102", "pedido 56228295000102"]),
        layouts: &[&[14], &[2, 3, 3, 4, 2]],
        check: br_cnpj,
        words: &["cnpj", "cadastro nacional", "pessoa jurídica"],
        checked: true,
        alone: Alone::Grouped(Confidence::High),
    },
    Kind {
        info: Info::new(
            "governmental/kr_rrn",
            "Korean resident registration number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("KR", "mois.go.kr")
        .found_in(&["RRN 521218-1901831", "주민등록번호 5212181901831"])
        .not_in(&["RRN 521399-1901831", "5212181901831", "order 521218-1901831"]),
        layouts: &[&[6, 7], &[13]],
        check: kr_rrn,
        words: &[
            "rrn",
            "resident registration",
            "주민등록번호",
            "주민번호",
            "resident registration number",
            "jumin",
        ],
        checked: true,
        alone: Alone::Grouped(Confidence::Medium),
    },
    Kind {
        info: Info::new(
            "governmental/jp_my_number",
            "Japanese individual number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("JP", "digital.go.jp")
        .found_in(&["My Number 955652702651", "マイナンバー: 9556 5270 2651"])
        .not_in(&["My Number 955652702652", "955652702651", "my order number 955652702651"]),
        layouts: &[&[12], &[4, 4, 4]],
        check: jp_my_number,
        words: &[
            "my number",
            "mynumber",
            "individual number",
            "マイナンバー",
            "個人番号",
            "kojin bango",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/cn_ric",
            "Chinese resident identity number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("CN", "GB 11643")
        .found_in(&["身份证号 110105198208054980", "id card 110105198208054980"])
        .not_in(&[
            "身份证号 110105198208054981",
            "order 110105198208054980",
            "110105199913321234",
        ]),
        layouts: &[&[18], &[6, 8, 4]],
        check: cn_ric,
        words: &[
            "ric",
            "resident identity",
            "id card",
            "身份证",
            "身份证号",
            "身份证号码",
            "identity card",
            "chinese id",
            "公民身份号码",
        ],
        checked: true,
        alone: Alone::Sure(Confidence::High),
    },
    Kind {
        info: Info::new(
            "governmental/se_personnummer",
            "Swedish personal identity number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("SE", "skatteverket.se")
        .found_in(&["personnummer 980327-7640", "personnr: 199803277640"])
        .not_in(&["personnummer 9803277641", "9803277640", "order 980327-7640"]),
        layouts: &[&[10], &[12], &[6, 4], &[8, 4]],
        check: se_personnummer,
        words: &[
            "personnummer",
            "personal identity number",
            "personnr",
            "pnr",
            "samordningsnummer",
            "swedish personal",
            "person nummer",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/no_fnr",
            "Norwegian national identity number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("NO", "skatteetaten.no")
        .found_in(&["fødselsnummer 06046176551", "fnr: 060461 76551"])
        .not_in(&["fødselsnummer 06046176552", "06046176551", "ordre 06046176551"]),
        layouts: &[&[11], &[6, 5]],
        check: no_fnr,
        words: &[
            "fødselsnummer",
            "fodselsnummer",
            "fnr",
            "personnummer",
            "norwegian national",
            "national identity",
            "d nummer",
            "fødselsnr",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/dk_cpr",
            "Danish CPR number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("DK", "cpr.dk; no check digit since 2007")
        .found_in(&["CPR 140871-4562", "cpr-nummer: 1408714562"])
        .not_in(&["CPR 991371-4562", "140871-4562", "order 1408714562"]),
        layouts: &[&[6, 4], &[10]],
        check: dk_cpr,
        words: &["cpr", "cpr nummer", "cpr nr", "personnummer", "cpr number"],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/be_nn",
            "Belgian national number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("BE", "ibz.rrn.fgov.be")
        .found_in(&["rijksregisternummer 65.08.18-214.85", "NISS: 65081821485"])
        .not_in(&["rijksregisternummer 65081821486", "65081821485", "order 65081821485"]),
        layouts: &[&[11], &[2, 2, 2, 3, 2], &[6, 3, 2]],
        check: be_nn,
        words: &[
            "rijksregisternummer",
            "registre national",
            "national number",
            "numéro national",
            "niss",
            "insz",
            "rrn",
            "rijksregister",
            "nationaal nummer",
            "belgian national",
        ],
        checked: true,
        alone: Alone::Grouped(Confidence::High),
    },
    Kind {
        info: Info::new(
            "governmental/pt_nif",
            "Portuguese tax number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("PT", "portaldasfinancas.gov.pt")
        .found_in(&["NIF 214872955", "contribuinte: 214 872 955"])
        .not_in(&["NIF 214872956", "214872955", "encomenda 214872955"]),
        layouts: &[&[9], &[3, 3, 3]],
        check: pt_nif,
        words: &[
            "nif",
            "contribuinte",
            "número de identificação fiscal",
            "identificação fiscal",
            "numero fiscal",
            "número fiscal",
            "nif nº",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/tr_tckn",
            "Turkish identification number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("TR", "nvi.gov.tr")
        .found_in(&["TC Kimlik No 34578364820", "tckn: 34578364820"])
        .not_in(&["TCKN 34578364821", "34578364820", "order 34578364820"]),
        layouts: &[&[11], &[3, 3, 3, 2]],
        check: tr_tckn,
        words: &[
            "tckn",
            "tc kimlik",
            "kimlik",
            "kimlik no",
            "t.c. kimlik",
            "tc kimlik no",
            "kimlik numarası",
            "tc",
            "turkish id",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/za_id",
            "South African identity number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("ZA", "home affairs; Luhn")
        .found_in(&["SA ID number 7604071326088", "identity number: 7604071326088"])
        .not_in(&["SA ID 7604071326089", "7604071326088", "order 7604071326088"]),
        layouts: &[&[13], &[6, 4, 2, 1], &[6, 4, 3]],
        check: za_id,
        words: &[
            "sa id",
            "id number",
            "identity number",
            "south african id",
            "rsa id",
            "za id",
            "id no",
            "identity document",
            "said",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ch_ahv",
            "Swiss AHV number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("CH", "zas.admin.ch; EAN-13 check")
        .found_in(&["AHV 756.3575.0905.46", "AHV-Nummer: 7563575090546"])
        .not_in(&["AHV 7563575090547", "ean 7563575090546", "order 7563575090546"]),
        layouts: &[&[13], &[3, 4, 4, 2]],
        check: ch_ahv,
        words: &[
            "ahv",
            "avs",
            "ahv nummer",
            "ahvn13",
            "sozialversicherungsnummer",
            "numéro avs",
            "ahv nr",
            "navs",
            "oasi",
            "ssn",
        ],
        checked: true,
        alone: Alone::Grouped(Confidence::High),
    },
    Kind {
        info: Info::new(
            "governmental/cl_rut",
            "Chilean RUT",
            Category::Governmental,
            Standing::Checked,
        )
        .from("CL", "registrocivil.cl")
        .found_in(&["RUT 13.166.202-5", "rut: 13166202-5"])
        .not_in(&["RUT 13166202-6", "13166202-5", "pedido 13166202-5"]),
        layouts: &[&[2, 3, 3, 1], &[8, 1], &[1, 3, 3, 1], &[7, 1]],
        check: cl_rut,
        words: &["rut", "run", "rol único", "rol unico", "cédula"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ar_cuit",
            "Argentine CUIT",
            Category::Governmental,
            Standing::Checked,
        )
        .from("AR", "afip.gob.ar")
        .found_in(&["CUIT 20-63328720-2", "cuil: 20633287202"])
        .not_in(&["CUIT 20633287203", "20633287202", "pedido 20-63328720-2"]),
        layouts: &[&[2, 8, 1], &[11]],
        check: ar_cuit,
        words: &["cuit", "cuil", "clave única", "cuit nº"],
        checked: true,
        alone: Alone::Grouped(Confidence::Medium),
    },
    Kind {
        info: Info::new(
            "medical/us_npi",
            "US national provider identifier",
            Category::Medical,
            Standing::Checked,
        )
        .from("US", "cms.gov; Luhn with 80840")
        .found_in(&["NPI 1364420756", "\"npi\": \"1364420756\""])
        .not_in(&["NPI 1364420757", "1364420756", "order 1364420756"]),
        layouts: &[&[10]],
        check: us_npi,
        words: &[
            "npi",
            "national provider",
            "provider identifier",
            "provider id",
            "provider number",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "personal/imei",
            "Mobile device identity",
            Category::Personal,
            Standing::Checked,
        )
        .from("any", "3GPP TS 23.003; Luhn")
        .found_in(&["IMEI 353952588360623", "imei: 35-395258-836062-3"])
        .not_in(&["IMEI 353952588360624", "353952588360623", "order 353952588360623"]),
        layouts: &[&[15], &[2, 6, 6, 1], &[8, 6, 1], &[6, 2, 6, 1]],
        check: imei,
        words: &["imei", "imei1", "imei2", "imei number", "equipment identity"],
        checked: true,
        alone: Alone::Never,
    },
];
