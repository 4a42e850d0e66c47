//! Values that look like secrets and personal data, made anew on every run: nothing here was ever real, and no test
//! can be tuned to them.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A small generator (SplitMix64). Its seed is printed by tests that fail, and can be given back to them.
#[derive(Clone, Debug)]
pub struct Random {
    seed: u64,
    state: u64,
}

impl Random {
    /// Seeded from `WEIR_SEED`, or by chance.
    #[must_use]
    pub fn from_env() -> Self {
        let given = std::env::var("WEIR_SEED").ok().and_then(|text| text.parse().ok());
        Self::seeded(given.unwrap_or_else(|| RandomState::new().build_hasher().finish()))
    }

    /// The same seed gives the same values.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { seed, state: seed }
    }

    /// What to put into `WEIR_SEED` to see the same values again.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which is at least 1.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next_u64() % limit.max(1)
    }

    /// `length` characters of an ASCII alphabet.
    pub fn text(&mut self, alphabet: &str, length: usize) -> String {
        let letters = alphabet.as_bytes();
        (0..length)
            .map(|_| char::from(letters[self.below(letters.len() as u64) as usize]))
            .collect()
    }
}

/// A value and the sentence it stands in: some kinds are only recognisable beside a word that names them.
#[derive(Clone)]
pub struct Secret {
    /// Which generator made it.
    pub kind: &'static str,
    /// What must not leave.
    pub value: String,
    /// Text with the value in it.
    pub sentence: String,
}

const UPPER_BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE64URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const HEX: &str = "0123456789abcdef";
const DIGITS: &str = "0123456789";

/// One generator a kind, in the order [`secret`] goes through them.
const KINDS: [fn(&mut Random) -> Secret; 10] = [
    aws_access_key,
    aws_secret_key,
    openai_key,
    anthropic_key,
    github_token,
    stripe_key,
    google_key,
    jwt,
    password,
    connection_string,
];

/// The `index`-th secret: the kinds take turns.
pub fn secret(random: &mut Random, index: usize) -> Secret {
    KINDS[index % KINDS.len()](random)
}

/// An AWS access key id.
pub fn aws_access_key(random: &mut Random) -> Secret {
    let value = format!("AKIA{}", random.text(UPPER_BASE32, 16));
    Secret {
        kind: "aws access key",
        sentence: format!("deploy with {value} please"),
        value,
    }
}

fn aws_secret_key(random: &mut Random) -> Secret {
    let value = random.text(BASE64, 40);
    Secret {
        kind: "aws secret key",
        sentence: format!("aws_secret_access_key = {value}"),
        value,
    }
}

/// An OpenAI project key.
pub fn openai_key(random: &mut Random) -> Secret {
    let value = format!(
        "sk-proj-{}T3BlbkFJ{}",
        random.text(ALPHANUMERIC, 74),
        random.text(ALPHANUMERIC, 74)
    );
    Secret {
        kind: "openai key",
        sentence: format!("my key is {value} and it fails"),
        value,
    }
}

fn anthropic_key(random: &mut Random) -> Secret {
    let value = format!("sk-ant-api03-{}AA", random.text(ALPHANUMERIC, 93));
    Secret {
        kind: "anthropic key",
        sentence: format!("ANTHROPIC_API_KEY={value}"),
        value,
    }
}

fn github_token(random: &mut Random) -> Secret {
    let body = random.text(ALPHANUMERIC, 30);
    let value = format!("ghp_{body}{}", base62_crc(body.as_bytes()));
    Secret {
        kind: "github token",
        sentence: format!("git clone with {value} as password"),
        value,
    }
}

fn stripe_key(random: &mut Random) -> Secret {
    let value = format!("sk_live_{}", random.text(ALPHANUMERIC, 24));
    Secret {
        kind: "stripe key",
        sentence: format!("stripe says {value} is wrong"),
        value,
    }
}

fn google_key(random: &mut Random) -> Secret {
    let value = format!("AIzaSy{}", random.text(BASE64URL, 33));
    Secret {
        kind: "google key",
        sentence: format!("maps key {value} over quota"),
        value,
    }
}

fn jwt(random: &mut Random) -> Secret {
    // The first two parts are JSON: {"alg":"HS256","typ":"JWT"} and {"sub":"…"} with a subject of 18 base64 letters.
    let subject = random.text(ALPHANUMERIC, 24);
    let value = format!(
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{}.{}",
        base64url(format!("{{\"sub\":\"{subject}\",\"iat\":1700000000}}").as_bytes()),
        random.text(BASE64URL, 43)
    );
    Secret {
        kind: "jwt",
        sentence: format!("Authorization: Bearer {value}"),
        value,
    }
}

fn password(random: &mut Random) -> Secret {
    let value = format!("{}{}!", random.text(ALPHANUMERIC, 14), random.text(DIGITS, 2));
    Secret {
        kind: "password",
        sentence: format!("password = \"{value}\""),
        value,
    }
}

fn connection_string(random: &mut Random) -> Secret {
    let value = random.text(ALPHANUMERIC, 20);
    let sentence = format!(
        "postgres://billing:{value}@db-{}.internal.example:5432/ledger",
        random.text(HEX, 4)
    );
    Secret {
        kind: "connection string",
        sentence,
        value,
    }
}

/// A payment card number that passes the Luhn check, with a common issuer's prefix.
pub fn credit_card(random: &mut Random) -> String {
    let mut digits = format!("4539{}", random.text(DIGITS, 11));
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            // The check digit is still missing, so the rightmost digit here is the first to be doubled.
            if place % 2 == 1 {
                digit
            } else if digit > 4 {
                digit * 2 - 9
            } else {
                digit * 2
            }
        })
        .sum();
    digits.push(char::from(b'0' + ((10 - sum % 10) % 10) as u8));
    digits
}

/// An e-mail address. Not under a domain reserved for examples: those are known to be nobody's, and left alone.
pub fn email(random: &mut Random) -> String {
    let letters = "abcdefghijklmnopqrstuvwxyz";
    format!(
        "{}.{}@{}-mail.net",
        random.text(letters, 6),
        random.text(letters, 8),
        random.text(letters, 9)
    )
}

/// The six base-62 letters GitHub puts at the end of its tokens: the CRC-32 of what is before them.
fn base62_crc(body: &[u8]) -> String {
    let mut crc = u32::MAX;
    for byte in body {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            };
        }
    }
    let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = !crc;
    let mut out = [b'0'; 6];
    for place in out.iter_mut().rev() {
        *place = letters[(rest % 62) as usize];
        rest /= 62;
    }
    out.iter().map(|byte| char::from(*byte)).collect()
}

fn base64url(bytes: &[u8]) -> String {
    let letters = BASE64URL.as_bytes();
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let word = group.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..=group.len() {
            out.push(char::from(letters[(word >> (18 - 6 * place) & 63) as usize]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_pass_the_luhn_check() {
        let mut random = Random::seeded(7);
        for _ in 0..100 {
            let card = credit_card(&mut random);
            let sum: u32 = card
                .bytes()
                .rev()
                .enumerate()
                .map(|(place, byte)| match (place % 2, u32::from(byte - b'0')) {
                    (0, digit) => digit,
                    (_, digit) if digit > 4 => digit * 2 - 9,
                    (_, digit) => digit * 2,
                })
                .sum();
            assert_eq!((card.len(), sum % 10), (16, 0), "{card}");
        }
    }

    #[test]
    fn checksum_is_the_published_one() {
        // CRC-32 of "123456789" is cbf43926, the check value of the algorithm's catalogue.
        let mut value = 0xcbf4_3926_u32;
        let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut expected = Vec::new();
        for _ in 0..6 {
            expected.insert(0, letters[(value % 62) as usize]);
            value /= 62;
        }
        assert_eq!(base62_crc(b"123456789").as_bytes(), expected);
    }

    #[test]
    fn base64url_is_unpadded() {
        assert_eq!(base64url(b"any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw");
        assert_eq!(base64url(b"any carnal pleasure"), "YW55IGNhcm5hbCBwbGVhc3VyZQ");
    }

    #[test]
    fn every_sentence_holds_its_value() {
        let mut random = Random::from_env();
        for index in 0..200 {
            let secret = secret(&mut random, index);
            assert!(
                secret.sentence.contains(&secret.value),
                "{} (seed {})",
                secret.kind,
                random.seed()
            );
        }
    }
}
