//! Counter-evidence: what shows that a value of the right shape is not a secret.
//!
//! Values published in documentation are compared whole, never as prefixes: a list that matches too much would hide
//! real data.

use crate::phrases::{Index, Sorted};

/// True for the stand-ins people write where a secret belongs: `YOUR_API_KEY`, `${TOKEN}`, `<password>`, `xxxx`.
pub(crate) fn is_placeholder(value: &str) -> bool {
    let bytes = value.as_bytes();
    if bytes.is_empty() || is_reference(bytes) {
        return true;
    }
    // Runs such as `0123456789abcdef` that fill most of the value, and letters that stand twice.
    let pairs = || bytes.iter().zip(&bytes[1..]);
    let step = |(first, second): (&u8, &u8)| u32::from(*second == first.wrapping_add(1));
    let steps = pairs().map(step).sum::<u32>() as usize;
    let doubled = pairs().fold(false, |any, (first, second)| any | (first == second));
    let is_counting = bytes.len() >= 6 && steps * 10 >= bytes.len() * 6;
    is_counting || doubled && has_filler(bytes) || has_ellipsis(bytes) || names_itself(value) || is_repetitive(bytes)
}

/// True for references to a value kept elsewhere.
pub(crate) fn is_reference(bytes: &[u8]) -> bool {
    static STARTS: &Index = &Sorted::by_start([
        "${",
        "$$",
        "$(",
        "{{",
        "#{",
        "%{",
        "[[",
        "@@",
        "ENC[",
        "ENC(",
        "vault:",
        "op://",
        "secretref:",
        "!vault",
        "arn:aws:",
        "projects/",
        "sops:",
        "env:",
        "process.env",
        "os.environ",
        "os.getenv",
        "getenv",
        "System.getenv",
        "ssm:",
        "keyvault",
        "@Microsoft.KeyVault",
        "secrets.",
        "var.",
        "local.",
        "module.",
        "data.",
        "params.",
        "ref+",
        "$ANSIBLE_VAULT",
        "{cipher}",
        "{AES}",
        "{SSHA",
        "{SHA",
        "{MD5}",
        "{CRYPT}",
        "{bcrypt}",
        "{PBKDF2",
        "AQICAH",
        "enc:",
        "env(",
        "file(",
        "lookup(",
        "gAAAAAB_",
    ]);
    let shell = bytes.first() == Some(&b'$')
        && bytes.get(1).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
        && is_name(&bytes[1..]);
    let windows = bytes.len() > 2 && bytes[0] == b'%' && bytes[bytes.len() - 1] == b'%';
    let filled_in = || contains(bytes, b"${") || contains(bytes, b"{{");
    shell
        || windows
        || bytes.first() == Some(&b'<')
        || STARTS.starting(bytes).next().is_some()
        || memchr::memchr(b'{', bytes).is_some() && filled_in()
}

/// True for what a cluster's controller or a key service has encrypted: Sealed Secrets and Fernet.
pub(crate) fn is_encrypted(bytes: &[u8]) -> bool {
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_');
    let sealed = [&b"AgA"[..], b"AgB", b"AgC", b"AgD"]
        .iter()
        .any(|start| bytes.starts_with(start));
    (bytes.len() >= 48 && sealed || bytes.len() >= 100 && bytes.starts_with(b"gAAAAA")) && bytes.iter().all(base64)
}

/// True when the text around a value is a unit test: what stands in it is made up.
pub(crate) fn is_test_code(before: &[u8], after: &[u8]) -> bool {
    const MARKS: &[&[u8]] = &[
        b"#[test]",
        b"#[cfg(test)]",
        b"assert_eq!(",
        b"assert!(",
        b"test_parse!",
        b"fn test_",
        b"TEST(",
        b"TEST_F(",
        b"TEST_P(",
        b"EXPECT_",
        b"ASSERT_",
        b"TestKey",
        b"TestCert",
        b"@Test",
        b"assertEquals",
        b"assertThat",
        b"self.assert",
        b"unittest",
        b"def test_",
        b"pytest",
        b"func Test",
        b"t.Run(",
        b"describe(",
        b"expect(",
        b"jest.",
        b"RSpec",
        b"[Fact]",
        b"[TestMethod]",
    ];
    MARKS.iter().any(|mark| contains(before, mark) || contains(after, mark))
}

/// Tokens and keys printed in standards (RFC 5849, 6749, 6750, 7009, 7617, OpenID Connect) and read by everybody since.
pub(crate) fn is_documented_secret(value: &str) -> bool {
    const PRINTED: &[&str] = &[
        "2YotnFZFEjr1zCsicMWpAA",
        "JBSWY3DPEHPK3PXP",
        // The private keys of RFC 7515, 7517 and 8037.
        "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X5fCE9-E9LI",
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
        "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
        "GawgguFyGrWKav7AX4VKUg",
        "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg",
        "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "tGzv3JOkF0XG5Qx2TlKWIA",
        "SlAV32hkKG",
        "8xLOxBtZp8",
        "mF_9.B5f-4.1JqM",
        "czZCaGRSa3F0MzpnWDFmQmF0M2JW",
        "czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3",
        "gX1fBat3bV",
        "7Fjfp0ZBr1KtDRbnfVdmIw",
        "45ghiukldjahdnhzdauz",
        "hh5s93j4hdidpola",
        "hdhd0244k9j7ao03",
        "nnch734d00sl2jdk",
        "pfkkdhi9sl3r4s00",
        "kd94hf93k423kf44",
        "dpf43f3p2l4k3l03",
        "ad180jjd733klru7",
        "0685bd9184jfhq22",
        "9djdj82h48djs9d2",
        "kkk9d7dh3k39sjv7",
        "j49sk3j29djd",
        "lsdkfol23w54jlksdef",
        "qwe089234lkjsdf",
        "8ffd8f83f8dd4b1e8b1e",
        "correcthorsebatterystaple",
        // The account key of the emulator of Azure storage.
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    ];
    PRINTED.contains(&value)
}

/// Words of a sentence: `not my real password`.
pub(crate) fn is_phrase(text: &str) -> bool {
    text.split(' ').filter(|word| word.len() >= 2).count() >= 3
        && text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b' ')
}

fn is_name(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'-'))
}

fn has_filler(bytes: &[u8]) -> bool {
    const FILLERS: [&[u8]; 7] = [b"xxxx", b"XXXX", b"****", b"....", b"____", b"----", b"..."];
    let repeats = |two: &[u8]| two[0] == two[1] && b"xX*._-".contains(&two[0]);
    if !bytes.windows(2).any(repeats) {
        return false;
    }
    // Four equal letters come by chance, the likelier the longer the value is; a person fills a third of it.
    let much = (bytes.len() / 3).clamp(4, 8);
    FILLERS.iter().any(|filler| match filler[0] {
        letter @ (b'x' | b'X') => contains(bytes, &[letter; 8][..much]),
        _ => contains(bytes, filler),
    })
}

/// `…`, `••`
fn has_ellipsis(bytes: &[u8]) -> bool {
    !bytes.is_ascii() && (contains(bytes, "…".as_bytes()) || contains(bytes, "••".as_bytes()))
}

/// Words that stand in the place of a value, each of four letters or more.
const STAND_INS: [&str; 66] = [
    "example",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "replace",
    "your_",
    "your-",
    "yourkey",
    "yourtoken",
    "yoursecret",
    "yourpass",
    "yourapi",
    "insert",
    "redacted",
    "dummy",
    "sample",
    "todo",
    "fixme",
    "notreal",
    "not-real",
    "not_real",
    "goes_here",
    "goes-here",
    "goeshere",
    "put_",
    "enter_",
    "my_api",
    "my-api",
    "my_secret",
    "my-secret",
    "my_token",
    "my-token",
    "mysecret",
    "mytoken",
    "my_password",
    "my-password",
    "mypassword",
    "removed",
    "masked",
    "hidden",
    "deadbeef",
    "foobar",
    "lorem",
    "null",
    "undefined",
    "<your",
    "fake_",
    "fake-",
    "fakekey",
    "test_key",
    "test-key",
    "testkey",
    "secret_here",
    "key_here",
    "token_here",
    "api_key",
    "api-key",
    "apikey",
    "not_set",
    "notset",
    "unset",
    "abcdefgh",
    "qwerty",
    "123456789",
    "filtered",
];

/// For a hash of four letters, whether a word begins so: a bit each.
static STAND_IN_HEADS: [u64; HEADS / 64] = {
    let (mut heads, mut at) = ([0; HEADS / 64], 0);
    while at < STAND_INS.len() {
        let word = STAND_INS[at].as_bytes();
        let bit = head_bit(u32::from_be_bytes([word[0], word[1], word[2], word[3]]) | FOLD);
        heads[bit / 64] |= 1 << (bit % 64);
        at += 1;
    }
    heads
};

const HEADS: usize = 1 << 14;
/// Makes letters small.
const FOLD: u32 = 0x2020_2020;

const fn head_bit(four: u32) -> usize {
    (four.wrapping_mul(0x9E37_79B1) >> (u32::BITS - HEADS.ilog2())) as usize
}

/// False for most values: none of the words begins in them, as told without a branch at each byte.
fn may_name_itself(value: &[u8]) -> bool {
    let (mut four, mut any) = (0, 0);
    for byte in value {
        four = four << 8 | u32::from(*byte);
        let bit = head_bit(four | FOLD);
        any |= STAND_IN_HEADS[bit / 64] >> (bit % 64);
    }
    any & 1 == 1
}

fn names_itself(value: &str) -> bool {
    static WORDS: &Index = &Sorted::by_start(STAND_INS);
    if !may_name_itself(value.as_bytes()) {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    WORDS
        .find(lower.as_bytes(), |at, word| is_meant(value.as_bytes(), at, word.len()))
        .is_some()
}

/// A person writes a word in one case. Chance puts short words of mixed case into every thousandth key: `tODO`, `nUll`.
fn is_meant(value: &[u8], at: usize, length: usize) -> bool {
    let word = &value[at..at + length];
    let (first, rest) = (word[0], &word[1..]);
    let one_case = !rest.iter().any(u8::is_ascii_uppercase)
        || (first.is_ascii_uppercase() && !rest.iter().any(u8::is_ascii_lowercase));
    let stands_alone = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
    // Four letters in one case still come by chance; a person sets them apart.
    let before = at.checked_sub(1).and_then(|before| value.get(before));
    let apart = length > 5 || stands_alone(before) || stands_alone(value.get(at + length));
    // Short words stand inside others: `unset` in `sunset`.
    let inside = length <= 6
        && before.is_some_and(|before| {
            before.is_ascii_alphabetic() && !(before.is_ascii_lowercase() && first.is_ascii_uppercase())
        });
    // No chance writes nine letters of a word: `myPassword`.
    (one_case || length >= 9) && apart && !inside
}

/// True when a long value is made of a few characters only.
fn is_repetitive(bytes: &[u8]) -> bool {
    bytes.len() >= 12 && !are_distinct(bytes, bytes.len().min(24) / 4 + 1)
}

/// How many different bytes there are.
pub(crate) fn distinct(bytes: &[u8]) -> usize {
    let mut seen = [0u64; 4];
    for &byte in bytes {
        seen[byte as usize / 64] |= 1 << (byte % 64);
    }
    seen.iter().map(|word| word.count_ones() as usize).sum()
}

/// True when the bytes are at least so many different ones.
pub(crate) fn are_distinct(bytes: &[u8], least: usize) -> bool {
    let (mut seen, mut count) = ([0u64; 4], 0);
    bytes.iter().any(|&byte| {
        let (word, bit) = (&mut seen[usize::from(byte) / 64], 1 << (byte % 64));
        count += usize::from(*word & bit == 0);
        *word |= bit;
        count >= least
    })
}

/// Shannon entropy in bits per byte.
pub(crate) fn entropy(bytes: &[u8]) -> f64 {
    let (mut counts, mut seen) = ([0u32; 256], [0u64; 4]);
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
        seen[usize::from(byte) / 64] |= 1 << (byte % 64);
    }
    let total = bytes.len().max(1) as f64;
    // Most counts are those of the byte before.
    let (mut last, mut bits, mut sum) = (0, 0.0, 0.0);
    for (word, seen) in seen.iter().enumerate() {
        let mut seen = *seen;
        while seen != 0 {
            let count = counts[64 * word + seen.trailing_zeros() as usize];
            if count != last {
                let share = f64::from(count) / total;
                (last, bits) = (count, -share * share.log2());
            }
            sum += bits;
            seen &= seen - 1;
        }
    }
    sum
}

/// True when the bytes stand in a text of a line or two.
pub(crate) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    first_place(bytes, needle).is_some()
}

/// Where the bytes stand first in a text of a line or two: a searcher takes longer to make than such a text to read.
pub(crate) fn first_place(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    // Most values are a word, which is read sooner than a searcher is called.
    const WORD: usize = 16;
    let Some(&first) = needle.first() else { return Some(0) };
    let last = bytes.len().checked_sub(needle.len())?;
    let stands = |at: usize| bytes[at..].starts_with(needle);
    if bytes.len() <= WORD {
        return (0..=last).find(|at| bytes[*at] == first && stands(*at));
    }
    memchr::memchr_iter(first, &bytes[..=last]).find(|at| stands(*at))
}

/// True for 8-4-4-4-12 hex digits.
pub(crate) fn is_uuid(bytes: &[u8]) -> bool {
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| {
            if matches!(at, 8 | 13 | 18 | 23) {
                *byte == b'-'
            } else {
                byte.is_ascii_hexdigit()
            }
        })
}

/// Published test values (card networks, Stripe, Adyen, PayPal).
pub(crate) fn is_test_card(digits: &[u8]) -> bool {
    static CARDS: &Index = &Sorted::by_start([
        "4111111111111111",
        "4242424242424242",
        "4012888888881881",
        "4222222222222",
        "4000056655665556",
        "4000000000000002",
        "4000000000009995",
        "4000000000000069",
        "4000000000000127",
        "4000002500003155",
        "4000000000003220",
        "4917610000000000",
        "5555555555554444",
        "5105105105105100",
        "5200828282828210",
        "5454545454545454",
        "2223003122003222",
        "2223000048400011",
        "378282246310005",
        "371449635398431",
        "378734493671000",
        "340000000000009",
        "370000000000002",
        "6011111111111117",
        "6011000990139424",
        "6011981111111113",
        "30569309025904",
        "38520000023237",
        "36227206271667",
        "3056930009020004",
        "3530111333300000",
        "3566002020360505",
        "6200000000000005",
        "4444333322221111",
        "4000000000000010",
        "5019717010103742",
        "6759649826438453",
        "4532015112830366",
        "4716059156741593",
        "4539578763621486",
        "4916338506082832",
        "5425233430109903",
        "4263982640269299",
    ]);
    distinct(digits) <= 2 || CARDS.starting(digits).any(|card| card.len() == digits.len())
}

/// IBANs of the registry's own examples and of common documentation.
pub(crate) fn is_documented_iban(compact: &str) -> bool {
    const IBANS: &[&str] = &[
        "DE89370400440532013000",
        "GB29NWBK60161331926819",
        "GB82WEST12345698765432",
        "GB33BUKB20201555555555",
        "FR1420041010050500013M02606",
        "FR7630006000011234567890189",
        "NL91ABNA0417164300",
        "ES9121000418450200051332",
        "IT60X0542811101000000123456",
        "BE68539007547034",
        "CH9300762011623852957",
        "AT611904300234573201",
        "PL61109010140000071219812874",
        "SE4550000000058398257466",
        "NO9386011117947",
        "DK5000400440116243",
        "FI2112345600000785",
        "PT50000201231234567890154",
        "IE29AIBK93115212345678",
        "LU280019400644750000",
        "GR1601101250000000012300695",
        "CZ6508000000192000145399",
        "HU42117730161111101800000000",
        "SA0380000000608010167519",
        "DE75512108001245126199",
        "GB94BARC10201530093459",
        "LI21088100002324013AA",
        "MT84MALT011000012345MTLCAST001S",
        "RO49AAAA1B31007593840000",
        "TR330006100519786457841326",
        "BR1800360305000010009795493C1",
        "AE070331234567890123456",
        "EE382200221020145685",
        "LV80BANK0000435195001",
    ];
    IBANS.contains(&compact)
}
