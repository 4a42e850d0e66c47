//! Values that are hidden, and texts that only look as if they hid something.

use super::draft::{Draft, Value};
use super::filler::fill;
use super::rng::Rng;
use super::template::value;
use super::values::digest::crc32;
use super::words::{Set, Words};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// All techniques, by the names of labelled sets.
pub const TECHNIQUES: [&str; 18] = [
    "zero_width",
    "soft_hyphen",
    "full_width",
    "confusable",
    "spaced",
    "dashed",
    "split_lines",
    "base64",
    "base64_twice",
    "hex",
    "percent",
    "unicode_escape",
    "html_entities",
    "quoted_printable",
    "reversed",
    "rot13",
    "gzip_base64",
    "concatenation",
];

/// What is worth hiding and can be told without a label.
const TOKENS: &[&str] = &[
    "github_token",
    "aws_access_key_id",
    "stripe_key",
    "npm_token",
    "digitalocean_token",
    "huggingface_token",
    "google_api_key",
];
const NUMBERS: &[&str] = &["credit_card", "iban"];

/// A value hidden by a technique, in a sentence.
pub(crate) fn hidden(technique: &str, rng: &mut Rng, words: &Words<'_>) -> Draft {
    let tokens_only = matches!(
        technique,
        "reversed" | "rot13" | "concatenation" | "base64_twice" | "gzip_base64"
    );
    let name = if tokens_only || rng.chance(60) {
        *rng.pick(TOKENS)
    } else {
        *rng.pick(NUMBERS)
    };
    let name = match technique {
        // Letters that have look-alikes, and enough of them.
        "confusable" => *rng.pick(&["aws_access_key_id", "iban", "github_token"]),
        "dashed" => *rng.pick(&["credit_card", "github_token", "aws_access_key_id"]),
        _ => name,
    };
    let made = value(name, rng, words);
    let plain: String = made
        .text
        .chars()
        .filter(|letter| *letter != ' ' && *letter != '-')
        .collect();
    let plain = if NUMBERS.contains(&name) {
        plain
    } else {
        made.text.clone()
    };
    let text = hide(technique, &plain, rng);
    let value = Value::new(made.name(), text);
    let mut out = Draft::default();
    let (before, after) = carrier(rng, words.set);
    out.push(before);
    out.value(&value);
    out.push(after);
    out
}

fn carrier(rng: &mut Rng, set: Set) -> (&'static str, &'static str) {
    match set {
        Set::Dev => *rng.pick(&[
            ("value: ", ""),
            ("here you go: ", ""),
            ("decode this: ", " and tell me if it is valid"),
            ("data=", "\nnext=1"),
            ("", ""),
            ("{\"v\": \"", "\"}"),
            ("the thing we talked about:\n", "\nthanks"),
        ]),
        Set::HeldOut => *rng.pick(&[
            ("blob = ", ""),
            ("please read ", " for me"),
            ("note to self - ", ""),
            ("> ", "\n> bye"),
            ("x: ", "\ny: 2"),
            ("['", "']"),
            ("remember ", "."),
        ]),
        Set::Fresh => *rng.pick(&[
            ("can you read what this says? ", ""),
            ("obfuscated on purpose: ", " (ask me why)"),
            ("<code>", "</code>"),
            ("attachment_body: '", "'"),
            ("- item one\n- ", "\n- item three"),
            ("print(f(\"", "\"))"),
            ("part two of the message -> ", " <- end"),
        ]),
        Set::Last => *rng.pick(&[
            ("what does ", " mean?"),
            ("```\n", "\n```"),
            ("s/n note. ", " end note"),
            ("echo '", "' | decode"),
            ("&p=", "&q=1"),
        ]),
    }
}

fn hide(technique: &str, text: &str, rng: &mut Rng) -> String {
    let each = |between: &str| text.chars().map(String::from).collect::<Vec<_>>().join(between);
    match technique {
        "zero_width" => each(rng.word(&["\u{200b}", "\u{200c}", "\u{200d}", "\u{2060}", "\u{feff}"])),
        "soft_hyphen" => chunks(text, 3).join("\u{ad}"),
        "full_width" => text.chars().map(full_width).collect(),
        "confusable" => text.chars().map(look_alike).collect(),
        "spaced" => each(rng.word(&[" ", " ", "  ", "\u{a0}"])),
        "dashed" => each("-"),
        "split_lines" => {
            let size = text.len().div_ceil(3).max(4);
            chunks(text, size).join("\n")
        }
        "base64" => STANDARD.encode(text),
        "base64_twice" => STANDARD.encode(STANDARD.encode(text)),
        "hex" => {
            let upper = rng.chance(30);
            let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            if upper { hex.to_uppercase() } else { hex }
        }
        "percent" => text.bytes().map(|byte| format!("%{byte:02X}")).collect(),
        "unicode_escape" => text.chars().map(|letter| format!("\\u{:04x}", letter as u32)).collect(),
        "html_entities" => {
            let hex = rng.chance(40);
            let entity = |letter: char| {
                if hex {
                    format!("&#x{:x};", letter as u32)
                } else {
                    format!("&#{};", letter as u32)
                }
            };
            text.chars().map(entity).collect()
        }
        "quoted_printable" => text.bytes().map(|byte| format!("={byte:02X}")).collect(),
        "reversed" => text.chars().rev().collect(),
        "rot13" => text.chars().map(rot13).collect(),
        "gzip_base64" => STANDARD.encode(gzip(text)),
        _ => {
            let size = text.len().div_ceil(3).max(4);
            chunks(text, size).join(rng.word(&["\" + \"", "' + '", "\" \"", "\" .. \"", "\" & \""]))
        }
    }
}

fn chunks(text: &str, size: usize) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(size).map(|chunk| chunk.iter().collect()).collect()
}

fn full_width(letter: char) -> char {
    match letter {
        '!'..='~' => char::from_u32(letter as u32 + 0xFEE0).unwrap_or(letter),
        other => other,
    }
}

/// Cyrillic and Greek letters that look Latin.
fn look_alike(letter: char) -> char {
    let pairs = "AА BВ CС EЕ HН KК MМ OО PР TТ XХ aа cс eе oо pр xх yу iі jј sѕ IΙ NΝ ZΖ";
    pairs
        .split(' ')
        .filter_map(|pair| pair.chars().next().zip(pair.chars().nth(1)))
        .find(|(latin, _)| *latin == letter)
        .map_or(letter, |(_, other)| other)
}

fn rot13(letter: char) -> char {
    let turn = |first: u8| char::from((letter as u8 - first + 13) % 26 + first);
    match letter {
        'a'..='z' => turn(b'a'),
        'A'..='Z' => turn(b'A'),
        other => other,
    }
}

fn gzip(text: &str) -> Vec<u8> {
    // Deflate, no flags, no time, unknown system: RFC 1952.
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    out.extend(miniz_oxide::deflate::compress_to_vec(text.as_bytes(), 6));
    out.extend(crc32(text.as_bytes()).to_le_bytes());
    out.extend((text.len() as u32).to_le_bytes());
    out
}

/// The look of a technique, and nothing behind it.
pub(crate) fn harmless(technique: &str, rng: &mut Rng, words: &Words<'_>) -> Draft {
    let sentence = words.pick("sentence", rng);
    let number = match rng.below(3) {
        0 => fill("badcard", rng, words),
        1 => rng.number(11),
        _ => rng.number(20),
    };
    let plain = if rng.chance(40) { number } else { sentence.to_owned() };
    let text = match technique {
        "hex" => match rng.below(4) {
            0 => rng.hex(64),
            1 => rng.hex(40).to_uppercase(),
            2 => format!("89504e470d0a1a0a{}", rng.hex(60)),
            _ => hide("hex", &plain, rng),
        },
        "base64" => match rng.below(4) {
            0 => format!("data:image/png;base64,iVBORw0KGgo{}", STANDARD.encode(rng.bytes(120))),
            1 => STANDARD.encode(rng.bytes(48)),
            2 => URL_SAFE_NO_PAD.encode(rng.bytes(60)),
            _ => STANDARD.encode(&plain),
        },
        "percent" => format!(
            "https://www.{}/search?q={}&ref=%2Fhome%3Fid%3D{}",
            words.pick("pubhost", rng),
            sentence.replace(' ', "%20").replace(',', "%2C"),
            rng.number(10)
        ),
        "spaced" => match rng.below(4) {
            0 => sentence.chars().take(24).map(|letter| format!("{letter} ")).collect(),
            1 => (1..=20).map(|number| format!("{number} ")).collect(),
            2 => (0..24).map(|_| format!("{} ", rng.below(10))).collect::<String>() + "\n1 0 0 1 0 1 1 0",
            _ => hide("spaced", &fill("badcard", rng, words), rng),
        },
        "dashed" => match rng.below(3) {
            0 => "r-e-a-l-l-y? n-o-t a-g-a-i-n".to_owned(),
            1 => format!("{}-{}-{}", rng.number(4), rng.number(4), rng.number(4)),
            _ => hide("dashed", &fill("badcard", rng, words), rng),
        },
        "concatenation" => format!(
            "msg = \"{}\" + \"{}\" + str({})",
            words.pick("subject", rng),
            &sentence[..12.min(sentence.len())],
            rng.number(6)
        ),
        "split_lines" => chunks(&rng.number(30), 10).join("\n"),
        "confusable" => words.pick("confusable_prose", rng).to_owned(),
        "full_width" => hide("full_width", &rng.shape("No.####-##"), rng),
        other => hide(other, &plain, rng),
    };
    let mut out = Draft::default();
    let (before, after) = carrier(rng, words.set);
    out.push(before);
    out.push(&text);
    out.push(after);
    out
}
