//! Every format is held to account by values made from its own description.

use super::formats::FORMATS;
use super::vendors::{Key, VENDORS, Vendor};
use super::{Format, Run, Set, Type, info};
use crate::checks::crc32;
use crate::scanner::Scanner;
use weir_model::{Confidence, Match};

/// Numbers that are the same in every run (Marsaglia's xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }

    fn letters(&mut self, set: Set, count: usize) -> String {
        const BASE62: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let letters: Vec<u8> = match set {
            Set::Hex => b"0123456789abcdef".to_vec(),
            // Marks are letters of a set too, at places where they cannot end a value or look like a filler.
            Set::Word | Set::Dotted => [BASE62, b"_"].concat(),
            _ => BASE62.iter().copied().filter(|byte| set.has(*byte)).collect(),
        };
        (0..count)
            .map(|_| char::from(letters[self.below(letters.len())]))
            .collect()
    }

    /// A value of the format that passes its check.
    fn value(&mut self, format: &Format) -> String {
        if format.body.iter().any(|run| run.0 == Set::Bech32) {
            return DOCUMENTED_BECH32.to_owned();
        }
        let mut value = self.body(format, |min, max, dice| min + dice.below(max.min(min + 40) - min + 1));
        for _ in 0..200 {
            if is_good(format, &value) {
                break;
            }
            value = self.body(format, |min, max, _| max.min(min + 40));
            if !is_good(format, &value) {
                value = with_crc(&value);
            }
        }
        assert!(is_good(format, &value), "no value of {}", format.prefix);
        value
    }

    fn body(&mut self, format: &Format, length: impl Fn(usize, usize, &mut Dice) -> usize) -> String {
        let mut value = format.prefix.to_owned();
        for &Run(set, min, max, then) in format.body {
            let count = length(min, max, self);
            value += &self.letters(set, count);
            value += then;
        }
        value
    }
}

/// The example of NIP-19.
const DOCUMENTED_BECH32: &str = concat!("ns", "ec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5");

fn is_good(format: &Format, value: &str) -> bool {
    let body = &value[format.prefix.len()..];
    (format.check)(value).is_some_and(|confidence| confidence > Confidence::Low)
        && !crate::evidence::is_placeholder(body)
        && value.ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// The value with the checksum of GitHub's format in its last six characters.
fn with_crc(value: &str) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let kept = &value[..value.len() - 6];
    let body = kept.split_once('_').map_or("", |(_, body)| body);
    let mut rest = crc32(body.as_bytes());
    let mut check = [0u8; 6];
    for place in check.iter_mut().rev() {
        *place = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    format!("{kept}{}", String::from_utf8_lossy(&check))
}

fn sure(text: &str) -> Vec<Match> {
    Scanner::builtin()
        .scan(text)
        .into_iter()
        .filter(|found| found.confidence > Confidence::Low)
        .collect()
}

/// Where values stand: the text before and behind.
const SURROUNDINGS: [(&str, &str); 8] = [
    ("{\"model\": \"x\", \"value\": \"", "\"}"),
    ("PORT=8080\nVALUE=", "\nLEVEL=info\n"),
    ("service:\n  value: ", "\n  port: 80\n"),
    ("please check why ", " does not work, thanks"),
    ("let client = Client::new('", "', 30);"),
    ("GET https://api.tidewater.io/v1/items?page=2&k=", "&limit=10"),
    ("X-Value: ", "\r\nAccept: */*"),
    ("rotate `", "`, it was in the log."),
];

#[test]
fn every_format_is_found_in_every_surrounding() {
    let scanner = Scanner::builtin();
    let mut dice = Dice(0x5EED_0001);
    let mut missed = Vec::new();
    for format in FORMATS {
        let value = dice.value(format);
        for (before, after) in SURROUNDINGS {
            let text = format!("{before}{value}{after}");
            let span = before.len()..before.len() + value.len();
            let right = |found: &Match| {
                found.span == span && found.data_type == info(format.of).data_type && found.confidence > Confidence::Low
            };
            let found = scanner.scan(&text);
            if !found.iter().any(right) {
                missed.push(format!("{text:?}: {found:?}"));
            }
        }
    }
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn values_cut_lengthened_or_filled_are_not_found() {
    let scanner = Scanner::builtin();
    let mut dice = Dice(0x5EED_0002);
    let mut wrong = Vec::new();
    for format in FORMATS {
        let value = dice.value(format);
        let body = &value[format.prefix.len()..];
        let cut = format!("{}{}", format.prefix, &body[..format.body[0].1.min(body.len()) / 2]);
        let mut others = vec![cut, format!("{}{}", format.prefix, "x".repeat(body.len()))];
        let fixed = format.body.iter().all(|run| run.1 == run.2);
        let alone = FORMATS.iter().filter(|other| other.prefix == format.prefix).count() == 1;
        if fixed && alone {
            others.push(format!(
                "{value}{}",
                dice.letters(format.body[format.body.len() - 1].0, 9)
            ));
        }
        for other in others {
            let text = format!("we saw {other} there");
            let is_typed =
                |found: &&Match| found.confidence > Confidence::Low && found.data_type == info(format.of).data_type;
            if let Some(found) = scanner.scan(&text).iter().find(is_typed) {
                wrong.push(format!("{text:?}: {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_key_of_a_vendor_is_found_beside_its_name_only() {
    let scanner = Scanner::builtin();
    let mut dice = Dice(0x5EED_0003);
    let mut problems = Vec::new();
    for Vendor(words, key) in VENDORS {
        for word in *words {
            let value = match *key {
                Key::Run(set, min, _) => dice.mixed(set, min),
                Key::Uuid => {
                    let hex = dice.letters(Set::Hex, 32);
                    format!(
                        "{}-{}-{}-{}-{}",
                        &hex[..8],
                        &hex[8..12],
                        &hex[12..16],
                        &hex[16..20],
                        &hex[20..]
                    )
                }
            };
            let name = word.to_ascii_uppercase().replace(' ', "_");
            let text = format!("REGION=eu\n{name}_API_KEY={value}\n");
            let found = scanner.scan(&text);
            let named =
                |found: &Match| found.data_type == info(Type::Other).data_type && text[found.span.clone()] == value;
            if !found.iter().any(named) {
                problems.push(format!("{text:?}: {found:?}"));
            }
            let bare = format!("we saw {value} there");
            let secret = |found: &&Match| found.data_type.category() == "security";
            if let Some(found) = sure(&bare).iter().find(secret) {
                problems.push(format!("{bare:?}: {found:?}"));
            }
        }
    }
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

impl Dice {
    /// Letters of a set, at least two digits and two letters among them, as nearly every key has.
    fn mixed(&mut self, set: Set, count: usize) -> String {
        loop {
            let value = self.letters(set, count);
            let digits = value.bytes().filter(u8::is_ascii_digit).count();
            if digits >= 2 && value.len() - digits >= 2 && value.ends_with(|c: char| c.is_ascii_alphanumeric()) {
                return value;
            }
        }
    }
}

/// A value of each shape.
#[rustfmt::skip]
const SHAPED: &[(Type, &str)] = &[
    (Type::Other, concat!( "pat", "Wr7Flws2Pst9St.", "4283fefc63f0cd0e873a0000c6d07ef7b77e90d3593ad699fc1f7cd5bb2e35cb" )),
    (Type::Other, concat!( "MTIzNDU2", "Nzg5MDEyMzQ1Njc4.", "GwXyZ9.Wr7Flws2Pst9Stns4And3Hlds8Bck1Wh" )),
    (Type::Other, concat!( "00D5f000004kXy2!", "AQ8AQNp9Wr7Flws2Pst9Stns4And3Hlds8Bck1WhWr7Flws2Pst9Stns4And3Hlds8Bck1WhWr7Flws2Pst9" )),
    (Type::Other, concat!( "10", "00.4283fefc63f0cd0e873a0000c6d07ef7.", "b77e90d3593ad699fc1f7cd5bb2e35cb" )),
    (Type::Other, concat!("4283fefc63f0cd0e873a0000c6d07ef7", ".Wr7Flws2Pst9Stns")),
    (Type::Twilio, concat!("S", "K4283fefc63f0cd0e873a0000c6d07ef7")),
    (Type::Other, concat!( "0.48b1c7a0-2f0e-4d17-9f3a-1c5e8b27a9d4", ".Wr7Flws2Pst9Stns4And3Hlds8Bck1:", "q83vEjRWeJCrze8SNFZ4kA==" )),
    (Type::Other, concat!( "48b1c7a0-2f0e-4d17-9f3a-1c5e8b27a9d4", ":4283fefc63f0cd0e873a0000c6d07ef7" )),
    (Type::Other, concat!("4283fefc63f0cd0e873a0000c6d07ef7", "-us21")),
    (Type::Other, concat!("pk", "_4283fefc63f0cd0e873a0000c6d07ef7b7")),
    (Type::Other, concat!("Wr7Flw_", "s2Pst9Stns4And3Hlds8Bck1WhatW_", "mmk")),
    (Type::Other, concat!("4283fefc63f0cd0e873a0000c6d07ef7b77e", "NRAL")),
    (Type::Other, concat!("4b1d", "Wr7Flws2Pst9Stns4And3Hlds8Bck1What6Mus")),
    (Type::Other, concat!("pk", "_8374652_", "WR7FLWS2PST9STNS4AND3HLDS8BCK1WH")),
    (Type::Other, concat!("cs", "_4283fefc63f0cd0e873a0000c6d07ef7b77e90d3")),
    (Type::Other, concat!("4283fefc63f0cd0e873a0000c6d07ef7", "-b77e90d3-593ad699")),
    (Type::Other, concat!("Wr7Flws2Pst9Stns4And3Hlds8Bck1What6Must5Nt", "AzSeA7kQ2x")),
    (Type::Other, concat!("Wr7Flws2Pst9Stns4And3Hlds8Bck1What6Must5NtPs", "AzFuA7kQ2x==")),
    (Type::Other, concat!( "Wr7Flws2Pst9Stns4And3Hlds8Bck1What6Must5NtPsWr7Flws2", "JQQJ99ALAC5RqLJXJ3w3AAABACOGz9xy" )),
    (Type::Other, concat!( "Wr7Flws2Pst", "AAAAAAAAAA", "9Stns4And3Hlds8Bck1What6Must5NtPsWr7Flws2Px" )),
    (Type::Other, concat!( "K10", "4283fefc63f0cd0e873a0000c6d07ef7b77e90d3593ad699fc1f7cd5bb2e35cb", "::server:b77e90d3593ad699fc1f7cd5" )),
    (Type::Other, concat!("abc8", "Q~Wr7Flws2Pst9Stns4And3Hlds8Bck1Wh6")),
    (Type::Other, concat!("493827165", "0:AAWr7Flws2Pst9Stns4And3Hlds8Bck1Wh6")),
];

#[test]
fn shapes_are_found_whole_and_not_when_cut() {
    for &(of, value) in SHAPED {
        let text = format!("it is {value}, now");
        let of_type = |found: &Match| found.data_type == info(of).data_type;
        let found = sure(&text);
        assert!(
            found
                .iter()
                .any(|found| of_type(found) && found.span == (6..6 + value.len())),
            "{text:?}: {found:?}"
        );
        let cut = format!("it is {} now", &value[..value.len() - 6]);
        assert!(!sure(&cut).iter().any(of_type), "{cut:?}");
    }
}

#[test]
fn there_are_more_formats_than_promised() {
    assert!(FORMATS.len() + VENDORS.len() + super::shapes::SHAPES.len() >= 400);
}
