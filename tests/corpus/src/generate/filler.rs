//! Values that are nobody's secret: what `‹~name›` stands for in a template.

use super::rng::{Rng, UPPER};
use super::words::Words;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

pub(crate) fn fill(name: &str, rng: &mut Rng, words: &Words<'_>) -> String {
    let (kind, count) = name.split_at(name.find(|letter: char| letter.is_ascii_digit()).unwrap_or(name.len()));
    match (kind, count.parse::<usize>()) {
        ("n", Ok(count)) => rng.number(count),
        ("d", Ok(count)) => rng.digits(count),
        ("u", Ok(count)) => rng.text(UPPER, count),
        ("hex", Ok(count)) => rng.hex(count),
        ("b64s", Ok(count)) => STANDARD_NO_PAD.encode(rng.bytes(count))[..count].to_owned(),
        ("sha", Ok(1)) => rng.hex(40),
        ("sha", Ok(_)) => rng.hex(64),
        ("md", Ok(_)) => rng.hex(32),
        _ => named(name, rng, words),
    }
}

fn named(name: &str, rng: &mut Rng, words: &Words<'_>) -> String {
    let (year, month, day) = (rng.between(2019, 2026), rng.between(1, 12), rng.between(1, 28));
    let time = format!(
        "{:02}:{:02}:{:02}",
        rng.between(0, 23),
        rng.between(0, 59),
        rng.between(0, 59)
    );
    match name {
        "y" => year.to_string(),
        "date" => format!("{year}-{month:02}-{day:02}"),
        "dedate" => format!("{day:02}.{month:02}.{year}"),
        "frdate" => format!("{day:02}/{month:02}/{year}"),
        "exp" => format!("{month:02}/{}", rng.between(27, 31)),
        "time" => time[..5].to_owned(),
        "datetime" => format!("{year}-{month:02}-{day:02} {time}"),
        "iso" => format!("{year}-{month:02}-{day:02}T{time}.{}Z", rng.digits(3)),
        "ts" => rng.between(1_500_000_000, 1_790_000_000).to_string(),
        "tsms" => rng.between(1_500_000_000_000, 1_790_000_000_000).to_string(),
        "ver" => format!("{}.{}.{}", rng.between(0, 19), rng.between(0, 40), rng.between(0, 30)),
        "float" => format!("{}.{}", rng.between(0, 40), rng.digits(2)),
        "price" => {
            let sign = *rng.pick(&["EUR ", "$", "£", ""]);
            format!("{sign}{}.{}", rng.between(3, 9999), rng.digits(2))
        }
        "uuid" => {
            let hex = rng.hex(32);
            format!(
                "{}-{}-4{}-a{}-{}",
                &hex[..8],
                &hex[8..12],
                &hex[13..16],
                &hex[17..20],
                &hex[20..]
            )
        }
        "sri" => STANDARD_NO_PAD.encode(rng.bytes(64)) + "==",
        "url" => format!(
            "https://www.{}/{}/{}",
            words.pick("pubhost", rng),
            words.pick("module", rng),
            rng.between(1, 999)
        ),
        "order" => rng.shape("ORD-########"),
        "ean" => ean(rng, "400"),
        "isbn" => ean(rng, "978"),
        "badcard" => bad_card(rng),
        list => words.pick(list, rng).to_owned(),
    }
}

/// GS1: thirteen digits with their check digit.
fn ean(rng: &mut Rng, prefix: &str) -> String {
    let body = prefix.to_owned() + &rng.digits(9);
    let sum: u32 = body
        .bytes()
        .zip([1, 3].iter().cycle())
        .map(|(byte, weight)| u32::from(byte - b'0') * weight)
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// The shape of a card, and not its check digit.
fn bad_card(rng: &mut Rng) -> String {
    let right = super::values::card_number(&("4".to_owned() + &rng.digits(14)));
    let last = right.as_bytes()[15] - b'0';
    let wrong = (last + 1 + rng.below(8) as u8) % 10;
    format!("{}{wrong}", &right[..15])
}
