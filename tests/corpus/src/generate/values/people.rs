//! Names, addresses and birthdays, and the words that mark a text as secret.

use super::ids::birth;
use crate::generate::draft::Value;
use crate::generate::rng::Rng;
use crate::generate::words::Words;

pub(super) fn make(name: &str, rng: &mut Rng, words: &Words<'_>) -> Option<Value> {
    Some(match name {
        "person_name" => Value::new("person_name", person(rng, words)),
        "postal_address" => Value::new("postal_address", address(rng, words)),
        "dob" => Value::new("dob", birthday(rng, words)),
        "confidential_marking" => {
            Value::new("confidential_marking", words.pick("marking", rng)).also(&["proprietary_header"])
        }
        "proprietary_header" => {
            let text = words
                .pick("header", rng)
                .replace("YEAR", &rng.between(2005, 2026).to_string());
            let text = text.replace("COMPANY", words.pick("company", rng));
            Value::new("proprietary_header", text).also(&["confidential_marking"])
        }
        _ => return None,
    })
}

pub(super) fn person(rng: &mut Rng, words: &Words<'_>) -> String {
    let (first, last) = (words.pick("first", rng), words.pick("last", rng));
    if matches!(words.lang, "ja" | "zh" | "ko") {
        let space = if words.lang == "ja" && rng.chance(40) { " " } else { "" };
        return format!("{last}{space}{first}");
    }
    match rng.below(12) {
        0 => format!("{first} {} {last}", words.pick("first", rng)),
        1 if words.lang == "en" => format!("{first} {}. {last}", rng.text("ABCDEFGHJKLMNPRSTW", 1)),
        2 if words.lang == "es" => format!("{first} {last} {}", words.pick("last", rng)),
        _ => format!("{first} {last}"),
    }
}

/// Street and place as each country writes them.
fn address(rng: &mut Rng, words: &Words<'_>) -> String {
    let (street, city) = (words.pick("street", rng), words.pick("city", rng));
    let number = rng.between(1, 140);
    match words.lang {
        "de" => format!("{street} {number}, {} {city}", rng.number(5)),
        "fr" => format!(
            "{number} {street}, {}{} {city}",
            rng.pick(&["75", "69", "13", "33", "59"]),
            rng.digits(3)
        ),
        "es" => format!(
            "{street} {number}, {}{} {city}",
            rng.pick(&["28", "08", "41", "46"]),
            rng.digits(3)
        ),
        "it" => format!(
            "{street} {number}, {}{} {city}",
            rng.pick(&["20", "10", "40", "50"]),
            rng.digits(3)
        ),
        "nl" => format!(
            "{street} {number}, {} {} {city}",
            rng.number(4),
            rng.text("ABCDEGHJKLNPRTWX", 2)
        ),
        "pl" => format!(
            "{street} {number}/{}, {}-{} {city}",
            rng.between(1, 40),
            rng.digits(2),
            rng.digits(3)
        ),
        "pt" => format!("{street}, {number}, {}-{} {city}", rng.number(4), rng.digits(3)),
        "sv" => format!("{street} {number}, {} {} {city}", rng.number(3), rng.digits(2)),
        "tr" => format!("{street} No: {number}, {} {city}", rng.number(5)),
        "ru" | "uk" => format!("{street}, {number}, {city}"),
        "ja" => format!(
            "{city}{street}{}-{}-{}",
            rng.between(1, 6),
            rng.between(1, 28),
            rng.between(1, 20)
        ),
        "zh" => format!("{city}{street}{number}号"),
        "ko" => format!("{city} {street} {number}"),
        _ => english_address(rng, street, city, number),
    }
}

fn english_address(rng: &mut Rng, street: &str, city: &str, number: u64) -> String {
    let state = *rng.pick(&["CA", "TX", "OH", "IL", "WA", "MA", "GA"]);
    match rng.below(4) {
        0 => format!("{number} {street}, {city} {}", postcode(rng)),
        1 => format!(
            "{}{number} {street}, Apt {}, {city}, {state} {}",
            rng.number(1),
            rng.between(1, 90),
            rng.number(5)
        ),
        2 => format!("{number} {street}\n{city}, {state} {}", rng.number(5)),
        _ => format!("{}{number} {street}, {city}, {state} {}", rng.number(1), rng.number(5)),
    }
}

fn postcode(rng: &mut Rng) -> String {
    let area = *rng.pick(&["NR", "SW", "LS", "BS", "CF", "EH", "M", "B"]);
    format!(
        "{area}{} {}{}",
        rng.between(1, 19),
        rng.between(1, 9),
        rng.text("ABDEFGHJLNPQRSTUWXYZ", 2)
    )
}

fn birthday(rng: &mut Rng, words: &Words<'_>) -> String {
    let (year, month, day) = birth(rng);
    match words.lang {
        "de" | "pl" | "ru" | "uk" | "tr" => format!("{day:02}.{month:02}.{year}"),
        "fr" | "es" | "it" | "pt" => format!("{day:02}/{month:02}/{year}"),
        "nl" => format!("{day:02}-{month:02}-{year}"),
        "ja" | "zh" => format!("{year}年{month}月{day}日"),
        "ko" => format!("{year}년 {month}월 {day}일"),
        "sv" => format!("{year}-{month:02}-{day:02}"),
        _ => {
            const MONTHS: [&str; 12] = [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ];
            let name = MONTHS[(month - 1) as usize];
            match rng.below(6) {
                0 => format!("{day} {name} {year}"),
                1 => format!("{} {day}, {year}", &name[..3]),
                2 => format!("{month:02}/{day:02}/{year}"),
                3 => format!("{day:02}.{month:02}.{year}"),
                _ => format!("{year}-{month:02}-{day:02}"),
            }
        }
    }
}
