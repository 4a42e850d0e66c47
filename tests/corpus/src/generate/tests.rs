use super::values::make;
use super::{FAMILIES, LANGUAGES, Rng, Set, TECHNIQUES, Words, generate};
use std::collections::{BTreeMap, BTreeSet};
use weir_detect::score::Item;
use weir_model::Level;

fn items(seed: u64, count: usize, set: Set) -> Vec<Item> {
    let mut items = Vec::new();
    generate(seed, count, set, &mut |line| {
        items.push(Item::read(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    });
    items
}

/// Reading an item checks that its spans lie in the text on character boundaries.
#[test]
fn all_types_languages_and_techniques_occur_in_the_large_sets() {
    for set in [Set::Dev, Set::HeldOut, Set::Fresh] {
        let items = items(7, 3000, set);
        let found: BTreeSet<&str> = items
            .iter()
            .flat_map(|item| &item.labels)
            .map(|label| label.name.as_str())
            .collect();
        let missing: Vec<&&str> = FAMILIES
            .iter()
            .flat_map(|(_, names)| *names)
            .filter(|name| !found.contains(**name))
            .collect();
        assert!(missing.is_empty(), "{set:?}: {missing:?}");
        for lang in LANGUAGES {
            let there = items.iter().filter(|item| item.lang.as_deref() == Some(lang));
            assert!(
                there.clone().any(|item| item.doc.is_some()) && there.clone().any(|item| item.doc.is_none()),
                "{set:?} {lang}"
            );
        }
        for technique in TECHNIQUES {
            let there = items.iter().filter(|item| item.technique.as_deref() == Some(technique));
            assert!(
                there.clone().any(|item| item.doc.is_some()) && there.clone().any(|item| item.doc.is_none()),
                "{set:?} {technique}"
            );
        }
        assert!(
            items.iter().all(|item| !item.text.contains(['‹', '›'])),
            "a template names a hole that nothing fills"
        );
    }
}

#[test]
fn shares_hold() {
    let items = items(3, 2000, Set::Dev);
    let share = |of: usize| of * 100 / items.len();
    assert!(share(items.iter().filter(|item| item.doc.is_none()).count()) >= 45);
    assert!(share(items.iter().filter(|item| item.subset == "evasion").count()) >= 15);
    assert!(share(items.iter().filter(|item| item.subset == "multilingual").count()) >= 17);
    assert!(
        items
            .iter()
            .filter(|item| item.doc == Some(Level::Confidential))
            .count()
            > 100
    );
}

#[test]
fn the_same_seed_gives_the_same_texts_and_the_sets_share_none() {
    let texts = |seed, set| {
        items(seed, 300, set)
            .into_iter()
            .map(|item| item.text)
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(texts(1, Set::Dev), texts(1, Set::Dev));
    assert!(texts(1, Set::Dev).intersection(&texts(2, Set::Dev)).count() < 60);
    for (index, one) in Set::ALL.into_iter().enumerate() {
        for other in &Set::ALL[index + 1..] {
            let shared = texts(1, one).intersection(&texts(1, *other)).count();
            assert!(shared < 10, "{shared} texts are in {one:?} and {other:?}");
        }
    }
}

/// Whether a value of a type is right.
type Check = (&'static str, fn(&str) -> bool);

/// Checks that are written the other way round than the makers: by the sum that must come out.
#[test]
fn values_pass_the_checks_of_their_standards() {
    let checks: &[Check] = &[
        ("credit_card", luhn),
        ("ca_sin", luhn),
        ("imei", luhn),
        ("za_id", luhn),
        ("iban", mod97),
        ("us_routing", |n| {
            weighted(n, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
        }),
        ("nl_bsn", |n| {
            (weighted(&n[..8], &[9, 8, 7, 6, 5, 4, 3, 2]) + 10 * weighted(&n[8..], &[1])).is_multiple_of(11)
        }),
        ("pl_pesel", |n| {
            weighted(n, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
        }),
        ("uk_nhs", |n| {
            weighted(n, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
        }),
        ("ch_ahv", |n| {
            weighted(n, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10)
        }),
        ("no_fnr", |n| {
            weighted(n, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
        }),
        ("pt_nif", |n| {
            matches!(weighted(n, &[9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11, 0 | 1) || n.ends_with('0')
        }),
        ("fr_nir", |n| {
            (n[..13].parse::<u64>().unwrap() + n[13..].parse::<u64>().unwrap()).is_multiple_of(97)
        }),
        ("us_npi", |n| luhn(&format!("80840{n}"))),
    ];
    let words = Words {
        set: Set::Dev,
        lang: "en",
    };
    let mut rng = Rng::new(11);
    let mut wrong: BTreeMap<&str, String> = BTreeMap::new();
    for (name, check) in checks {
        for _ in 0..200 {
            let value = make(name, &mut rng, &words).unwrap().text;
            let plain: String = value.chars().filter(|letter| letter.is_ascii_alphanumeric()).collect();
            if !check(&plain) {
                wrong.insert(name, value);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

fn weighted(digits: &str, weights: &[u32]) -> u32 {
    digits
        .bytes()
        .zip(weights)
        .map(|(byte, weight)| u32::from(byte - b'0') * weight)
        .sum()
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte - b'0');
            if index % 2 == 1 {
                [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][digit as usize]
            } else {
                digit
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn mod97(iban: &str) -> bool {
    let turned = format!("{}{}", &iban[4..], &iban[..4]);
    let digits: String = turned
        .chars()
        .map(|letter| letter.to_digit(36).unwrap().to_string())
        .collect();
    digits
        .bytes()
        .fold(0u32, |rest, byte| (rest * 10 + u32::from(byte - b'0')) % 97)
        == 1
}
