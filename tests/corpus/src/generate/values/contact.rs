//! Where people and machines are reached.

use super::ids::with_luhn;
use crate::generate::draft::Value;
use crate::generate::rng::Rng;
use crate::generate::words::Words;

pub(super) fn make(name: &str, rng: &mut Rng, words: &Words<'_>) -> Option<Value> {
    Some(match name {
        "email" => Value::new("email", email(rng, words)),
        "phone" => Value::new("phone", phone(rng, words)),
        "ip_address" if rng.chance(22) => Value::new("ip_address", ipv6(rng)),
        "ip_address" => Value::new("ip_address", ipv4(rng)),
        "mac_address" => {
            let separator = *rng.pick(&[":", ":", "-"]);
            let first = *rng.pick(&["00", "3c", "a4", "dc", "f0", "8c", "b8"]);
            let parts: Vec<String> = std::iter::once(first.to_owned())
                .chain((0..5).map(|_| rng.hex(2)))
                .collect();
            let text = if rng.chance(12) {
                cisco(&parts.concat())
            } else {
                parts.join(separator)
            };
            let text = if rng.chance(25) { text.to_uppercase() } else { text };
            Value::new("mac_address", text)
        }
        "internal_host" => {
            let host = internal_host(rng, words);
            let path = words.pick("path", rng);
            let text = match rng.below(5) {
                0 => format!("https://{host}/{path}"),
                1 => format!("http://{host}:{}/{path}", rng.pick(&[8080, 8443, 9090, 3000])),
                _ => host,
            };
            Value::new("internal_host", text)
        }
        "imei" => {
            let tac = *rng.pick(&["35", "86", "01", "99"]);
            Value::new("imei", with_luhn(&(tac.to_owned() + &rng.digits(12))))
        }
        "vin" => Value::new("vin", vin(rng)),
        _ => return None,
    })
}

pub(super) fn internal_host(rng: &mut Rng, words: &Words<'_>) -> String {
    let name = words.pick("host", rng);
    let number = if rng.chance(50) {
        format!("-{}", rng.between(1, 24))
    } else {
        String::new()
    };
    let company = words.pick("slug", rng);
    let zone = *rng.pick(&["corp", "internal", "lan", "local", "intra", "prod", "fra", "svc"]);
    match rng.below(5) {
        0 => format!("{name}{number}.{zone}.{company}.internal"),
        1 => format!("{name}{number}.{company}.corp"),
        2 => format!("{name}{number}.corp.{company}.com"),
        3 => format!("{name}{number}.{company}.lan"),
        _ => format!("{name}{number}.intra.{company}.net"),
    }
}

fn email(rng: &mut Rng, words: &Words<'_>) -> String {
    let ascii = Words { lang: "en", ..*words };
    let (first, last) = (
        ascii.pick("first", rng).to_lowercase(),
        ascii.pick("last", rng).to_lowercase().replace(['\'', ' '], ""),
    );
    let domain = if rng.chance(55) {
        words.pick("domain", rng)
    } else {
        words.pick("mailer", rng)
    };
    let initial = &first[..1];
    let local = match rng.below(6) {
        0 => format!("{initial}.{last}"),
        1 => format!("{initial}_{last}{}", rng.between(1, 99)),
        2 => format!("{first}{}", rng.between(1960, 2008)),
        3 => format!("{last}.{first}+{}", words.pick("noun", rng)),
        _ => format!("{first}.{last}"),
    };
    format!("{local}@{domain}")
}

/// Country calling code and shapes behind it; those with `0` first are dialled inside the country.
const PHONES: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "+1 (212) 6##-####",
            "(415) 7##-####",
            "+1 646-8##-####",
            "312-6##-####",
            "+44 7700 6#####",
            "+44 20 7946 3###",
            "07911 2#####",
            "020 7183 4###",
            "+1.617.8##.####",
        ],
    ),
    (
        "de",
        &[
            "+49 151 2#######",
            "0171 4######",
            "+49 30 23###-##",
            "089 / 4######",
            "+49 (0)221 7######",
            "0049 172 3######",
            "030 2#######",
        ],
    ),
    (
        "fr",
        &[
            "+33 6 1# ## ## ##",
            "06 2# ## ## ##",
            "01.42.##.##.##",
            "+33 (0)1 53 ## ## ##",
            "0033 7 8# ## ## ##",
        ],
    ),
    (
        "es",
        &["+34 6## ### ###", "6## ## ## ##", "91 4## ## ##", "+34 93 2## ## ##"],
    ),
    (
        "it",
        &["+39 347 #######", "02 7### ####", "338 1######", "+39 06 4#######"],
    ),
    (
        "nl",
        &["+31 6 2#######", "06-4#######", "020 5## ####", "+31 20 6######"],
    ),
    ("pl", &["+48 501 ### ###", "602 ### ###", "+48 22 6## ## ##"]),
    (
        "pt",
        &[
            "+351 91# ### ###",
            "+55 11 9####-####",
            "(21) 9####-####",
            "+55 (31) 3###-####",
        ],
    ),
    (
        "ja",
        &["+81 90-4###-####", "03-5###-####", "090-3###-####", "06-6###-####"],
    ),
    (
        "zh",
        &["+86 138 #### ####", "139########", "010-6#######", "+86-21-5#######"],
    ),
    ("ko", &["+82 10-4###-####", "010-2###-####", "02-5##-####"]),
    ("sv", &["+46 70 ### ## ##", "073-### ## ##"]),
    ("tr", &["+90 532 ### ## ##", "0 (212) 2## ## ##"]),
    ("ru", &["+7 916 ###-##-##", "8 (495) 7##-##-##"]),
    ("uk", &["+380 67 ### ## ##", "050 ### ## ##"]),
];

fn phone(rng: &mut Rng, words: &Words<'_>) -> String {
    let own = PHONES.iter().find(|(lang, _)| *lang == words.lang);
    let (_, shapes) = match own {
        Some(own) if words.lang != "en" || rng.chance(70) => own,
        _ => rng.pick(PHONES),
    };
    let shape = *rng.pick(shapes);
    let text = rng.shape(shape);
    // Without a country and a blank it is any number.
    if text.starts_with('+') && rng.chance(15) {
        text.chars()
            .filter(|letter| letter.is_ascii_digit() || *letter == '+')
            .collect()
    } else {
        text
    }
}

/// Addresses of networks in use; not those of documentation, of private nets, or of well-known resolvers.
fn ipv4(rng: &mut Rng) -> String {
    let first = *rng.pick(&[23, 31, 45, 52, 62, 77, 81, 91, 109, 138, 151, 176, 185, 195, 212]);
    format!(
        "{first}.{}.{}.{}",
        rng.between(1, 254),
        rng.between(1, 254),
        rng.between(2, 254)
    )
}

fn ipv6(rng: &mut Rng) -> String {
    let prefix = *rng.pick(&["2a02:908", "2a01:4f8", "2600:1f18", "2404:6800", "2a00:1450"]);
    if rng.chance(40) {
        return format!("{prefix}:{}::{}", rng.hex(3), rng.hex(4).trim_start_matches('0'));
    }
    let groups: Vec<String> = (0..6).map(|_| rng.text("123456789abcdef", 1) + &rng.hex(3)).collect();
    format!("{prefix}:{}", groups.join(":"))
}

fn cisco(hex: &str) -> String {
    format!("{}.{}.{}", &hex[..4], &hex[4..8], &hex[8..])
}

/// ISO 3779, with the check digit North America prescribes.
fn vin(rng: &mut Rng) -> String {
    const LETTERS: &str = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789";
    const WEIGHTS: [u64; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let maker = *rng.pick(&["1HG", "1FT", "2T1", "5YJ", "WBA", "WVW", "JTD", "KNA", "3VW", "VF1"]);
    let mut vin = format!(
        "{maker}{}0{}{}",
        rng.text("ABCDEFGHJKLMNPRSTUVWXYZ123456789", 5),
        rng.text("ABCDEFGHJKLMNPRSTVWXY123456789", 1),
        rng.text(LETTERS, 1)
    );
    vin += &rng.digits(6);
    let sum: u64 = vin
        .bytes()
        .zip(WEIGHTS)
        .map(|(byte, weight)| transliterated(byte) * weight)
        .sum();
    let check = if sum % 11 == 10 {
        "X".to_owned()
    } else {
        (sum % 11).to_string()
    };
    vin.replace_range(8..9, &check);
    vin
}

fn transliterated(byte: u8) -> u64 {
    u64::from(match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'H' => byte - b'A' + 1,
        b'J'..=b'R' => byte - b'J' + 1,
        _ => byte - b'S' + 2,
    })
}
