//! Numbers that states give, with the check digits their registers prescribe.

use crate::generate::draft::Value;
use crate::generate::rng::{Rng, UPPER};

pub(super) fn make(name: &str, rng: &mut Rng) -> Option<Value> {
    [english, south, north, america, asia]
        .iter()
        .find_map(|region| region(name, rng))
}

fn value(name: &'static str, text: String) -> Option<Value> {
    Some(Value::new(name, text))
}

fn english(name: &str, rng: &mut Rng) -> Option<Value> {
    match name {
        "us_ssn" => value("us_ssn", us_ssn(rng)),
        "us_itin" => {
            let group = *rng.pick(&[50, 58, 65, 70, 77, 83, 88, 90, 92, 94, 97, 99]);
            let n = format!("9{}{group}{}", rng.digits(2), rng.number(4));
            value("us_itin", spread(rng, &n, &[3, 2, 4], "-"))
        }
        "us_ein" => {
            let prefix = *rng.pick(&["12", "20", "27", "35", "46", "52", "61", "74", "82", "94"]);
            value("us_ein", format!("{prefix}-{}", rng.number(7)))
        }
        "uk_nino" => value("uk_nino", uk_nino(rng)),
        "uk_nhs" => value(
            "uk_nhs",
            until(rng, |rng| weighted11(&rng.number(9), &[10, 9, 8, 7, 6, 5, 4, 3, 2]))
                .pipe(|n, rng| spread(rng, &n, &[3, 3, 4], " "), rng),
        ),
        "in_aadhaar" => {
            let body = rng.text("23456789", 1) + &rng.digits(10);
            let check = (0..10)
                .find(|digit| verhoeff(&format!("{body}{digit}")) == 0)
                .unwrap_or(0);
            value("in_aadhaar", spread(rng, &format!("{body}{check}"), &[4, 4, 4], " "))
        }
        "in_pan" => value("in_pan", rng.shape("???") + "P" + &rng.shape("?####?")),
        "ca_sin" => {
            let n = with_luhn(&(rng.text("1234567", 1) + &rng.digits(7)));
            value("ca_sin", spread(rng, &n, &[3, 3, 3], "- "))
        }
        "au_tfn" => {
            let n = until(rng, |rng| {
                let n = rng.number(9);
                dot(&n, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11).then_some(n)
            });
            value("au_tfn", spread(rng, &n, &[3, 3, 3], " "))
        }
        "au_medicare" => {
            let body = rng.text("23456", 1) + &rng.digits(7);
            let n = format!(
                "{body}{}{}",
                dot(&body, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10,
                rng.between(1, 9)
            );
            value("au_medicare", spread(rng, &n, &[4, 5, 1], " "))
        }
        "za_id" => {
            let (year, month, day) = birth(rng);
            value(
                "za_id",
                with_luhn(&format!("{:02}{month:02}{day:02}{}08", year % 100, rng.digits(4))),
            )
        }
        "ie_pps" => {
            let n = rng.number(7);
            let second = *rng.pick(&["", "A", "B", "H"]);
            let extra = second
                .bytes()
                .next()
                .map_or(0, |letter| u64::from(letter - b'A' + 1) * 9);
            let check = (dot(&n, &[8, 7, 6, 5, 4, 3, 2]) + extra) % 23;
            value(
                "ie_pps",
                format!("{n}{}{second}", char::from(b"WABCDEFGHIJKLMNOPQRSTUV"[check as usize])),
            )
        }
        "passport" => value("passport", passport(rng)),
        "driver_licence" => value("driver_licence", licence(rng)),
        _ => None,
    }
}

fn south(name: &str, rng: &mut Rng) -> Option<Value> {
    match name {
        "de_steuer_id" => {
            let n = de_steuer_id(rng);
            value("de_steuer_id", spread(rng, &n, &[2, 3, 3, 3], " "))
        }
        "fr_nir" => value("fr_nir", fr_nir(rng)),
        "it_cf" => value("it_cf", it_cf(rng)),
        "es_dni" => {
            let number = rng.between(1_000_000, 99_999_999);
            let dash = *rng.pick(&["", "", "-"]);
            value("es_dni", format!("{number:08}{dash}{}", es_letter(number)))
        }
        "es_nie" => {
            let first = rng.between(0, 2);
            let number = rng.between(0, 9_999_999);
            let letter = ["X", "Y", "Z"][first as usize];
            let dash = *rng.pick(&["", "", "-"]);
            value(
                "es_nie",
                format!(
                    "{letter}{dash}{number:07}{dash}{}",
                    es_letter(first * 10_000_000 + number)
                ),
            )
        }
        "nl_bsn" => value(
            "nl_bsn",
            until(rng, |rng| {
                let n = rng.number(9);
                let sum = dot(&n[..8], &[9, 8, 7, 6, 5, 4, 3, 2]) as i64 - digit(&n, 8) as i64;
                (sum % 11 == 0).then_some(n)
            }),
        ),
        "pl_pesel" => {
            let (year, month, day) = birth(rng);
            let month = if year >= 2000 { month + 20 } else { month };
            let body = format!("{:02}{month:02}{day:02}{}", year % 100, rng.digits(4));
            let check = (10 - dot(&body, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10;
            value("pl_pesel", format!("{body}{check}"))
        }
        "be_nn" => {
            let (year, month, day) = birth(rng);
            let body = format!("{:02}{month:02}{day:02}{:03}", year % 100, rng.between(1, 997));
            let number = body.parse::<u64>().unwrap_or(0) + if year >= 2000 { 2_000_000_000 } else { 0 };
            let n = format!("{body}{:02}", 97 - number % 97);
            value(
                "be_nn",
                if rng.chance(70) {
                    shaped(&n, "##.##.##-###.##")
                } else {
                    n
                },
            )
        }
        "pt_nif" => {
            let body = rng.text("123", 1) + &rng.digits(7);
            let rest = dot(&body, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
            let check = if rest < 2 { 0 } else { 11 - rest };
            value("pt_nif", spread(rng, &format!("{body}{check}"), &[3, 3, 3], " "))
        }
        "ch_ahv" => {
            let body = "756".to_owned() + &rng.digits(9);
            let sum = dot(&body, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]);
            let n = format!("{body}{}", (10 - sum % 10) % 10);
            value(
                "ch_ahv",
                if rng.chance(75) {
                    shaped(&n, "###.####.####.##")
                } else {
                    n
                },
            )
        }
        _ => None,
    }
}

fn north(name: &str, rng: &mut Rng) -> Option<Value> {
    match name {
        "se_personnummer" => {
            let (year, month, day) = birth(rng);
            let ten = with_luhn(&format!("{:02}{month:02}{day:02}{}", year % 100, rng.digits(3)));
            let (date, tail) = ten.split_at(6);
            let text = match rng.below(3) {
                0 => format!("{}{date}-{tail}", year / 100),
                1 => format!("{}{date}{tail}", year / 100),
                _ => format!("{date}-{tail}"),
            };
            value("se_personnummer", text)
        }
        "no_fnr" => value("no_fnr", until(rng, no_fnr)),
        "fi_hetu" => {
            let (year, month, day) = birth(rng);
            let (date, serial) = (
                format!("{day:02}{month:02}{:02}", year % 100),
                format!("{:03}", rng.between(2, 899)),
            );
            let rest = format!("{date}{serial}").parse::<usize>().unwrap_or(0) % 31;
            let check = char::from(b"0123456789ABCDEFHJKLMNPRSTUVWXY"[rest]);
            value(
                "fi_hetu",
                format!("{date}{}{serial}{check}", if year >= 2000 { 'A' } else { '-' }),
            )
        }
        "dk_cpr" => value(
            "dk_cpr",
            until(rng, |rng| {
                let (year, month, day) = birth(rng);
                let century = if year >= 2000 {
                    rng.between(4, 9)
                } else {
                    rng.between(0, 3)
                };
                let n = format!("{day:02}{month:02}{:02}{century}{}", year % 100, rng.digits(3));
                dot(&n, &[4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11).then_some(n)
            })
            .pipe(|n, rng| if rng.chance(75) { shaped(&n, "######-####") } else { n }, rng),
        ),
        "tr_tckn" => {
            let body = rng.number(9);
            let odd: u64 = (0..9).step_by(2).map(|i| digit(&body, i)).sum();
            let even: u64 = (1..8).step_by(2).map(|i| digit(&body, i)).sum();
            let tenth = (odd * 7 + 100 - even) % 10;
            let last = (odd + even + tenth) % 10;
            value("tr_tckn", format!("{body}{tenth}{last}"))
        }
        _ => None,
    }
}

fn america(name: &str, rng: &mut Rng) -> Option<Value> {
    match name {
        "br_cpf" => {
            let mut n = rng.digits(9);
            for weights in [&[10, 9, 8, 7, 6, 5, 4, 3, 2][..], &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2][..]] {
                n = br_check(&n, weights);
            }
            value(
                "br_cpf",
                if rng.chance(65) {
                    shaped(&n, "###.###.###-##")
                } else {
                    n
                },
            )
        }
        "br_cnpj" => {
            let mut n = rng.number(8) + "0001";
            for weights in [
                &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2][..],
                &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2][..],
            ] {
                n = br_check(&n, weights);
            }
            value(
                "br_cnpj",
                if rng.chance(70) {
                    shaped(&n, "##.###.###/####-##")
                } else {
                    n
                },
            )
        }
        "mx_curp" => value("mx_curp", mx_curp(rng)),
        "cl_rut" => {
            let n = rng.between(5_000_000, 25_999_999).to_string();
            let weighted: u64 = n
                .bytes()
                .rev()
                .zip([2, 3, 4, 5, 6, 7].iter().cycle())
                .map(|(byte, weight)| u64::from(byte - b'0') * weight)
                .sum();
            let check = match 11 - weighted % 11 {
                11 => "0".to_owned(),
                10 => "K".to_owned(),
                other => other.to_string(),
            };
            let dotted = format!(
                "{}.{}.{}",
                &n[..n.len() - 6],
                &n[n.len() - 6..n.len() - 3],
                &n[n.len() - 3..]
            );
            value("cl_rut", format!("{}-{check}", if rng.chance(65) { dotted } else { n }))
        }
        "ar_cuit" => value(
            "ar_cuit",
            until(rng, |rng| {
                let body = (*rng.pick(&["20", "23", "27"])).to_owned() + &rng.number(8);
                let check = 11 - dot(&body, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
                let check = if check == 11 { 0 } else { check };
                (check < 10).then(|| format!("{body}{check}"))
            })
            .pipe(
                |n, rng| if rng.chance(70) { shaped(&n, "##-########-#") } else { n },
                rng,
            ),
        ),
        _ => None,
    }
}

fn asia(name: &str, rng: &mut Rng) -> Option<Value> {
    match name {
        "sg_nric" => value("sg_nric", sg_nric(rng)),
        "kr_rrn" => {
            let (year, month, day) = birth(rng);
            let sex = rng.between(1, 2) + if year >= 2000 { 2 } else { 0 };
            let body = format!("{:02}{month:02}{day:02}{sex}{}", year % 100, rng.digits(5));
            let check = (11 - dot(&body, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10;
            let n = format!("{body}{check}");
            value(
                "kr_rrn",
                if rng.chance(75) {
                    shaped(&n, "######-#######")
                } else {
                    n
                },
            )
        }
        "jp_my_number" => {
            let body = rng.number(11);
            let rest = dot(&body, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
            let check = if rest <= 1 { 0 } else { 11 - rest };
            value("jp_my_number", spread(rng, &format!("{body}{check}"), &[4, 4, 4], " -"))
        }
        "cn_ric" => {
            let (year, month, day) = birth(rng);
            let area = *rng.pick(&["110105", "310115", "440305", "330106", "510107", "420106", "320583"]);
            let body = format!("{area}{year}{month:02}{day:02}{}", rng.digits(3));
            let sum = dot(&body, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
            value(
                "cn_ric",
                format!("{body}{}", char::from(b"10X98765432"[(sum % 11) as usize])),
            )
        }
        _ => None,
    }
}

/// Goes on with a value and the same stream.
trait Pipe: Sized {
    fn pipe<T>(self, next: impl FnOnce(Self, &mut Rng) -> T, rng: &mut Rng) -> T {
        next(self, rng)
    }
}

impl Pipe for String {}

/// Tries until one fits: registers skip numbers that have no check digit.
fn until(rng: &mut Rng, mut attempt: impl FnMut(&mut Rng) -> Option<String>) -> String {
    loop {
        if let Some(found) = attempt(rng) {
            return found;
        }
    }
}

pub(super) fn digit(text: &str, at: usize) -> u64 {
    u64::from(text.as_bytes()[at] - b'0')
}

/// Digits by their weights, summed up.
pub(super) fn dot(digits: &str, weights: &[u64]) -> u64 {
    digits
        .bytes()
        .zip(weights)
        .map(|(byte, weight)| u64::from(byte - b'0') * weight)
        .sum()
}

/// With the digit that makes the sum of ISO/IEC 7812 a multiple of ten.
pub(super) fn with_luhn(body: &str) -> String {
    let sum: u64 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let doubled = u64::from(byte - b'0') * if index % 2 == 0 { 2 } else { 1 };
            doubled / 10 + doubled % 10
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// Digits in place of each `#`.
pub(super) fn shaped(digits: &str, shape: &str) -> String {
    let mut digits = digits.chars();
    shape
        .chars()
        .map(|letter| {
            if letter == '#' {
                digits.next().unwrap_or('0')
            } else {
                letter
            }
        })
        .collect()
}

/// Together, or in groups with one of these between them.
pub(super) fn spread(rng: &mut Rng, digits: &str, groups: &[usize], separators: &str) -> String {
    if rng.chance(35) {
        return digits.to_owned();
    }
    let separator = rng.text(separators, 1);
    let mut parts = Vec::new();
    let mut rest = digits;
    for size in groups {
        let (part, behind) = rest.split_at(*size);
        parts.push(part);
        rest = behind;
    }
    parts.join(&separator)
}

/// Year, month and day somebody alive and grown up may be born.
pub(super) fn birth(rng: &mut Rng) -> (u64, u64, u64) {
    (rng.between(1942, 2006), rng.between(1, 12), rng.between(1, 28))
}

fn weighted11(body: &str, weights: &[u64]) -> Option<String> {
    match 11 - dot(body, weights) % 11 {
        10 => None,
        11 => Some(format!("{body}0")),
        check => Some(format!("{body}{check}")),
    }
}

fn us_ssn(rng: &mut Rng) -> String {
    let area = until(rng, |rng| {
        let area = rng.between(1, 899);
        (area != 666).then(|| format!("{area:03}"))
    });
    let (group, serial) = (rng.between(1, 99), rng.between(1, 9999));
    let dashed = rng.chance(75);
    let dash = if dashed { "-" } else { "" };
    format!("{area}{dash}{group:02}{dash}{serial:04}")
}

fn uk_nino(rng: &mut Rng) -> String {
    let prefix = until(rng, |rng| {
        let prefix = rng.text("ABCEGHJKLMNOPRSTWXYZ", 1) + &rng.text("ABCEGHJKLMNPRSTWXYZ", 1);
        (!["BG", "GB", "NK", "KN", "TN", "NT", "ZZ"].contains(&prefix.as_str()) && !prefix.starts_with('O'))
            .then_some(prefix)
    });
    let (number, suffix) = (rng.digits(6), rng.text("ABCD", 1));
    if rng.chance(50) {
        return format!("{prefix}{number}{suffix}");
    }
    format!("{prefix} {} {} {} {suffix}", &number[..2], &number[2..4], &number[4..])
}

/// Zero when right.
fn verhoeff(digits: &str) -> usize {
    // Multiplication in the dihedral group of order ten.
    let times = |a: usize, b: usize| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b - 5) % 5 + 5,
        (false, true) => (a - 5 + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    };
    const TURN: [usize; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    digits.bytes().rev().enumerate().fold(0, |sum, (place, byte)| {
        let turned = (0..place % 8).fold(usize::from(byte - b'0'), |digit, _| TURN[digit]);
        times(sum, turned)
    })
}

/// One digit of the first ten stands twice or three times, and one or two are not there.
fn de_steuer_id(rng: &mut Rng) -> String {
    let body = until(rng, |rng| {
        let mut digits: Vec<char> = ('0'..='9').collect();
        rng.shuffle(&mut digits);
        digits[9] = digits[rng.below(9)];
        rng.shuffle(&mut digits);
        (digits[0] != '0').then(|| digits.iter().collect())
    });
    let product = body.bytes().fold(10, |product, byte| {
        let sum = (u64::from(byte - b'0') + product) % 10;
        2 * (if sum == 0 { 10 } else { sum }) % 11
    });
    format!("{body}{}", (11 - product) % 10)
}

fn fr_nir(rng: &mut Rng) -> String {
    let (year, month, _) = birth(rng);
    let department = until(rng, |rng| {
        Some(format!("{:02}", rng.between(1, 95))).filter(|d| d != "20")
    });
    let body = format!(
        "{}{:02}{month:02}{department}{:03}{:03}",
        rng.between(1, 2),
        year % 100,
        rng.between(1, 900),
        rng.between(1, 999)
    );
    let key = 97 - body.parse::<u64>().unwrap_or(0) % 97;
    let n = format!("{body}{key:02}");
    if rng.chance(40) {
        n
    } else {
        shaped(&n, "# ## ## ## ### ### ##")
    }
}

fn it_cf(rng: &mut Rng) -> String {
    const ODD: [u64; 36] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
        10, 22, 25, 24, 23,
    ];
    let (year, month, day) = birth(rng);
    let day = day + if rng.chance(50) { 40 } else { 0 };
    let body = format!(
        "{}{}{:02}{}{day:02}{}{}",
        rng.text("BCDFGLMNPRSTVZ", 3),
        rng.text("BCDFGLMNPRSTVZ", 3),
        year % 100,
        char::from(b"ABCDEHLMPRST"[(month - 1) as usize]),
        rng.text("ABCDEFGHIL", 1),
        rng.number(3)
    );
    let sum: u64 = body
        .bytes()
        .enumerate()
        .map(|(index, byte)| {
            let value = u64::from(if byte.is_ascii_digit() {
                byte - b'0'
            } else {
                byte - b'A'
            });
            let place = if byte.is_ascii_digit() { value } else { value + 10 };
            if index % 2 == 0 { ODD[place as usize] } else { value }
        })
        .sum();
    format!("{body}{}", char::from(UPPER.as_bytes()[(sum % 26) as usize]))
}

fn es_letter(number: u64) -> char {
    char::from(b"TRWAGMYFPDXBNJZSQVHLCKE"[(number % 23) as usize])
}

/// The two check digits of Brazil: eleven minus the rest, and 0 where that has two digits.
fn br_check(body: &str, weights: &[u64]) -> String {
    let rest = dot(body, weights) % 11;
    let check = if rest < 2 { 0 } else { 11 - rest };
    format!("{body}{check}")
}

fn sg_nric(rng: &mut Rng) -> String {
    let (first, n) = (*rng.pick(&["S", "T", "F", "G"]), rng.digits(7));
    let offset = if matches!(first, "T" | "G") { 4 } else { 0 };
    let rest = (dot(&n, &[2, 7, 6, 5, 4, 3, 2]) + offset) % 11;
    let letters: &[u8] = if matches!(first, "S" | "T") {
        b"JZIHGFEDCBA"
    } else {
        b"XWUTRQPNMLK"
    };
    format!("{first}{n}{}", char::from(letters[rest as usize]))
}

fn mx_curp(rng: &mut Rng) -> String {
    const LETTERS: &str = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ";
    let (year, month, day) = birth(rng);
    let state = *rng.pick(&["DF", "JC", "NL", "PL", "MC", "GT", "VZ", "OC", "YN"]);
    let mut body = format!(
        "{}{}{}{:02}{month:02}{day:02}{}{state}{}",
        rng.text("BCDGHLMPRSTV", 1),
        rng.text("AEIOU", 1),
        rng.text("BCDGHLMPRSTV", 2),
        year % 100,
        rng.text("HM", 1),
        rng.text("BCDFGHJKLMNPRSTVZ", 3)
    );
    body += &if year >= 2000 {
        rng.text("AB", 1)
    } else {
        rng.text("0", 1)
    };
    let sum: usize = body
        .chars()
        .enumerate()
        .map(|(index, letter)| LETTERS.chars().position(|known| known == letter).unwrap_or(0) * (18 - index))
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

fn no_fnr(rng: &mut Rng) -> Option<String> {
    let (year, month, day) = birth(rng);
    let serial = if year >= 2000 {
        rng.between(500, 999)
    } else {
        rng.between(0, 499)
    };
    let body = format!("{day:02}{month:02}{:02}{serial:03}", year % 100);
    let first = 11 - dot(&body, &[3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11;
    let first = if first == 11 { 0 } else { first };
    let body = (first < 10).then(|| format!("{body}{first}"))?;
    let second = 11 - dot(&body, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    let second = if second == 11 { 0 } else { second };
    let n = (second < 10).then(|| format!("{body}{second}"))?;
    Some(if rng.chance(30) { shaped(&n, "###### #####") } else { n })
}

/// United States, United Kingdom, Germany, France, India, Japan, Italy, Spain, Netherlands, Canada, China.
fn passport(rng: &mut Rng) -> String {
    match rng.below(10) {
        0 => rng.number(9),
        1 => rng.shape("?########"),
        2 => rng.text("CFGHJK", 1) + &rng.text("0123456789CFGHJKLMNPRTVWXYZ", 8),
        3 => rng.shape("##??#####"),
        4 => rng.shape("?#######"),
        5 => rng.shape("??#######"),
        6 => rng.shape("??######"),
        7 => rng.text("EG", 1) + &rng.digits(8),
        8 => rng.shape("???######"),
        _ => rng.number(8),
    }
}

/// Of states that publish a shape of their own.
fn licence(rng: &mut Rng) -> String {
    match rng.below(8) {
        0 => rng.shape("?#######"),
        1 => rng.shape("?###-###-##-###-#"),
        2 => rng.shape("?###-####-####"),
        3 => rng.number(9),
        4 => rng.number(8),
        5 => {
            let name = rng.text("ABCDEFGHJKLMNPRSTW", 5);
            format!(
                "{name}{}{:02}{:02}{}{}{}",
                rng.number(1),
                rng.between(1, 12),
                rng.between(1, 28),
                rng.digits(1),
                rng.text("ABCDEFGHJKLMPRS", 2),
                rng.shape("9??")
            )
        }
        6 => {
            rng.text("BDFHJKMNRSTW", 1)
                + &rng.text("0123456789", 2)
                + &rng.text("0123456789ABCDEFGH", 6)
                + &rng.digits(2)
        }
        _ => rng.shape("??#######"),
    }
}
