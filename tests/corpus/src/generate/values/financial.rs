//! Cards, accounts and wallets.

use super::digest::{base58check, bech32, keccak256};
use super::ids::{dot, shaped, with_luhn};
use crate::generate::draft::Value;
use crate::generate::rng::{Rng, UPPER};

pub(super) fn make(name: &str, rng: &mut Rng) -> Option<Value> {
    Some(match name {
        "credit_card" => Value::new("credit_card", card(rng)),
        "iban" => {
            let plain = iban(rng);
            let groups: Vec<&str> = (0..plain.len())
                .step_by(4)
                .map(|at| &plain[at..(at + 4).min(plain.len())])
                .collect();
            let text = if rng.chance(50) {
                plain.clone()
            } else {
                groups.join(" ")
            };
            Value::new("iban", text).also(&["bank_account"])
        }
        "us_routing" => Value::new("us_routing", routing(rng)),
        "bank_account" => {
            let count = rng.between(8, 12) as usize;
            Value::new("bank_account", rng.number(count))
        }
        "swift_bic" => {
            let country = *rng.pick(&[
                "DE", "GB", "FR", "NL", "IT", "ES", "PL", "CH", "US", "JP", "SE", "AT", "BE", "PT", "SG",
            ]);
            let branch = if rng.chance(50) {
                String::new()
            } else {
                rng.text("0123456789X", 3)
            };
            let tail = rng.text("2345678ABFMPX", 2);
            Value::new("swift_bic", format!("{}{country}{tail}{branch}", rng.text(UPPER, 4)))
        }
        "crypto_wallet" => Value::new("crypto_wallet", wallet(rng)),
        _ => return None,
    })
}

fn card(rng: &mut Rng) -> String {
    let (prefix, length) = *rng.pick(&[
        ("4", 16),
        ("4", 16),
        ("51", 16),
        ("53", 16),
        ("55", 16),
        ("2345", 16),
        ("34", 15),
        ("37", 15),
        ("6011", 16),
        ("65", 16),
        ("3530", 16),
        ("36", 14),
        ("62", 16),
    ]);
    let n = with_luhn(&(prefix.to_owned() + &rng.digits(length - 1 - prefix.len())));
    let shape = match length {
        16 => *rng.pick(&["################", "#### #### #### ####", "####-####-####-####"]),
        15 => *rng.pick(&["###############", "#### ###### #####"]),
        _ => *rng.pick(&["##############", "#### ###### ####"]),
    };
    shaped(&n, shape)
}

/// Country, and the shape of what stands behind the check digits (SWIFT registry): `n` digits, `a` letters, `c` both.
const IBANS: &[(&str, &str)] = &[
    ("DE", "n18"),
    ("FR", "n10 c11 n2"),
    ("GB", "a4 n14"),
    ("ES", "n20"),
    ("IT", "a1 n10 c12"),
    ("NL", "a4 n10"),
    ("PL", "n24"),
    ("PT", "n21"),
    ("BE", "n12"),
    ("AT", "n16"),
    ("CH", "n5 c12"),
    ("SE", "n20"),
    ("NO", "n11"),
    ("DK", "n14"),
    ("FI", "n14"),
    ("IE", "a4 n14"),
    ("LU", "n3 c13"),
    ("CZ", "n20"),
    ("HU", "n24"),
    ("RO", "a4 c16"),
    ("GR", "n7 c16"),
    ("TR", "n6 c16"),
    ("AE", "n19"),
    ("SA", "n2 c18"),
    ("UA", "n6 c19"),
    ("MT", "a4 n5 c18"),
    ("EE", "n16"),
    ("LT", "n16"),
    ("HR", "n17"),
    ("BG", "a4 n6 c8"),
    ("SK", "n20"),
    ("SI", "n15"),
];

fn iban(rng: &mut Rng) -> String {
    let (country, shape) = *rng.pick(IBANS);
    let body: String = shape
        .split(' ')
        .map(|part| {
            let count = part[1..].parse().unwrap_or(0);
            match &part[..1] {
                "n" => rng.digits(count),
                "a" => rng.text(UPPER, count),
                _ => rng.text("0123456789", count),
            }
        })
        .collect();
    let rest = format!("{body}{country}00").bytes().fold(0u64, |rest, byte| {
        if byte.is_ascii_digit() {
            (rest * 10 + u64::from(byte - b'0')) % 97
        } else {
            (rest * 100 + u64::from(byte - b'A') + 10) % 97
        }
    });
    format!("{country}{:02}{body}", 98 - rest)
}

fn routing(rng: &mut Rng) -> String {
    let district = *rng.pick(&[
        "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "21", "26", "31", "32",
    ]);
    let body = district.to_owned() + &rng.digits(6);
    let sum = dot(&body, &[3, 7, 1, 3, 7, 1, 3, 7]);
    format!("{body}{}", (10 - sum % 10) % 10)
}

fn wallet(rng: &mut Rng) -> String {
    match rng.below(8) {
        0 => base58check(0x00, &rng.bytes(20)),
        1 => base58check(0x05, &rng.bytes(20)),
        2 => bech32("bc", 0, &rng.bytes(20)),
        3 => bech32("bc", 1, &rng.bytes(32)),
        4 => base58check(0x41, &rng.bytes(20)),
        5 => bech32("ltc", 0, &rng.bytes(20)),
        6 => format!("0x{}", rng.hex(40)),
        _ => ethereum(rng),
    }
}

/// With the capitals of EIP-55.
fn ethereum(rng: &mut Rng) -> String {
    let plain = rng.hex(40);
    let hash = keccak256(plain.as_bytes());
    let cased = plain.char_indices().map(|(index, letter)| {
        let nibble = hash[index / 2] >> (4 * (1 - index % 2)) & 15;
        if nibble >= 8 {
            letter.to_ascii_uppercase()
        } else {
            letter
        }
    });
    format!("0x{}", cased.collect::<String>())
}
