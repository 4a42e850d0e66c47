//! Check digits, as their standards define them. Digits come as values 0 to 9.

/// ISO/IEC 7812 (Luhn).
pub(crate) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits.iter().rev().enumerate().map(|(at, &d)| luhn_term(at, d)).sum();
    sum.is_multiple_of(10)
}

fn luhn_term(at: usize, digit: u8) -> u32 {
    let doubled = u32::from(digit) * 2;
    match at % 2 {
        0 => u32::from(digit),
        _ if doubled > 9 => doubled - 9,
        _ => doubled,
    }
}

/// The sum of digits times weights.
pub(crate) fn weighted(digits: &[u8], weights: &[i32]) -> i32 {
    digits.iter().zip(weights).map(|(&d, &w)| i32::from(d) * w).sum()
}

/// Digits as a number, for at most 18 of them.
pub(crate) fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |value, &d| value * 10 + u64::from(d))
}

/// ISO/IEC 7064, mod 11,10.
pub(crate) fn mod_11_10(digits: &[u8]) -> bool {
    let Some((&check, body)) = digits.split_last() else {
        return false;
    };
    let product = body.iter().fold(10u32, |product, &d| {
        let sum = (u32::from(d) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == u32::from(check)
}

/// ISO 13616: the remainder of the rearranged account over 97.
pub(crate) fn iban_remainder(compact: &[u8]) -> u32 {
    let (head, body) = compact.split_at(4.min(compact.len()));
    body.iter().chain(head).fold(0, |rest, &byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        b'A'..=b'Z' => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
        _ => 0,
    })
}

/// Verhoeff's dihedral check.
pub(crate) fn verhoeff(digits: &[u8]) -> bool {
    const PERMUTE: [[u8; 10]; 8] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
        [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
        [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
        [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
        [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
        [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
        [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
    ];
    digits.iter().rev().enumerate().fold(0, |check, (at, &d)| {
        dihedral(check, PERMUTE[at % 8][usize::from(d % 10)])
    }) == 0
}

/// Multiplication in the dihedral group of the pentagon.
fn dihedral(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + (b - 5)) % 5 + 5,
        (false, true) => (a - 5 + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

/// True for a day of a month of any year; 29 February counts.
pub(crate) fn is_day(month: u64, day: u64) -> bool {
    const DAYS: [u64; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    (1..=12).contains(&month) && day >= 1 && day <= DAYS[month as usize - 1]
}

/// CRC-32 (IEEE), as the token formats of GitHub and npm end with.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    })
}

/// True when the last six characters are the CRC-32 of those before, in base 62.
pub(crate) fn ends_with_crc32(body: &[u8]) -> bool {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let Some(split) = body.len().checked_sub(6) else {
        return false;
    };
    let (data, check) = body.split_at(split);
    let mut rest = crc32(data);
    check.iter().rev().all(|&byte| {
        let digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
        digit == byte
    })
}

/// SHA-256 (FIPS 180-4), for the checksums inside crypto addresses: too small a need for a cryptography library.
pub(crate) fn sha256(message: &[u8]) -> [u8; 32] {
    let mut state: [u32; 8] = [
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    ];
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend_from_slice(&(message.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks_exact(64) {
        sha256_block(&mut state, block);
    }
    let mut digest = [0; 32];
    for (out, word) in digest.chunks_exact_mut(4).zip(state) {
        out.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

fn sha256_block(state: &mut [u32; 8], block: &[u8]) {
    let mut w = [0u32; 64];
    for (word, bytes) in w.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    for t in 16..64 {
        let s0 = w[t - 15].rotate_right(7) ^ w[t - 15].rotate_right(18) ^ w[t - 15] >> 3;
        let s1 = w[t - 2].rotate_right(17) ^ w[t - 2].rotate_right(19) ^ w[t - 2] >> 10;
        w[t] = w[t - 16].wrapping_add(s0).wrapping_add(w[t - 7]).wrapping_add(s1);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for t in 0..64 {
        let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let t1 = h
            .wrapping_add(s1)
            .wrapping_add((e & f) ^ (!e & g))
            .wrapping_add(ROUND[t])
            .wrapping_add(w[t]);
        let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let t2 = s0.wrapping_add((a & b) ^ (a & c) ^ (b & c));
        (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(t1), c, b, a, t1.wrapping_add(t2));
    }
    for (old, new) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *old = old.wrapping_add(new);
    }
}

const ROUND: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
    0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
    0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
    0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2,
];

/// Base58 in an alphabet, with a four-byte double SHA-256 at the end of `N` bytes (Bitcoin and its kin).
pub(crate) fn base58check<const N: usize>(text: &[u8], alphabet: &[u8; 58]) -> bool {
    let (mut bytes, mut used) = ([0u8; N], 0);
    for &byte in text {
        let Some(value) = memchr::memchr(byte, alphabet) else {
            return false;
        };
        let mut carry = value as u32;
        for place in bytes[N - used..].iter_mut().rev() {
            carry += u32::from(*place) * 58;
            *place = carry as u8;
            carry >>= 8;
        }
        // What is carried fits into one more byte.
        if carry != 0 {
            if used == N {
                return false;
            }
            used += 1;
            bytes[N - used] = carry as u8;
        }
    }
    let (body, check) = bytes.split_at(N - 4);
    sha256(&sha256(body))[..4] == *check
}

/// Keccak-256 as Ethereum and Monero use it: the sponge of FIPS 202 with the padding of before the standard.
pub(crate) fn keccak256(message: &[u8]) -> [u8; 32] {
    const RATE: usize = 136;
    let mut padded = message.to_vec();
    padded.resize((message.len() / RATE + 1) * RATE, 0);
    padded[message.len()] = 1;
    if let Some(last) = padded.last_mut() {
        *last |= 0x80;
    }
    let mut state = [0u64; 25];
    for block in padded.chunks_exact(RATE) {
        for (lane, bytes) in state.iter_mut().zip(block.chunks_exact(8)) {
            *lane ^= bytes.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte));
        }
        keccak_permute(&mut state);
    }
    let mut digest = [0; 32];
    for (bytes, lane) in digest.chunks_exact_mut(8).zip(state) {
        bytes.copy_from_slice(&lane.to_le_bytes());
    }
    digest
}

fn keccak_permute(state: &mut [u64; 25]) {
    const ROUNDS: [u64; 24] = [
        0x0000_0000_0000_0001,
        0x0000_0000_0000_8082,
        0x8000_0000_0000_808a,
        0x8000_0000_8000_8000,
        0x0000_0000_0000_808b,
        0x0000_0000_8000_0001,
        0x8000_0000_8000_8081,
        0x8000_0000_0000_8009,
        0x0000_0000_0000_008a,
        0x0000_0000_0000_0088,
        0x0000_0000_8000_8009,
        0x0000_0000_8000_000a,
        0x0000_0000_8000_808b,
        0x8000_0000_0000_008b,
        0x8000_0000_0000_8089,
        0x8000_0000_0000_8003,
        0x8000_0000_0000_8002,
        0x8000_0000_0000_0080,
        0x0000_0000_0000_800a,
        0x8000_0000_8000_000a,
        0x8000_0000_8000_8081,
        0x8000_0000_0000_8080,
        0x0000_0000_8000_0001,
        0x8000_0000_8000_8008,
    ];
    const SHIFTS: [u32; 24] = [
        1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44,
    ];
    const LANES: [usize; 24] = [
        10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1,
    ];
    for round in ROUNDS {
        let column = |x: usize| (0..5).fold(0, |sum, y| sum ^ state[x + 5 * y]);
        let columns = [column(0), column(1), column(2), column(3), column(4)];
        for at in 0..25 {
            state[at] ^= columns[(at + 4) % 5] ^ columns[(at % 5 + 1) % 5].rotate_left(1);
        }
        let mut moved = state[1];
        for (lane, shift) in LANES.into_iter().zip(SHIFTS) {
            moved = std::mem::replace(&mut state[lane], moved.rotate_left(shift));
        }
        for row in state.chunks_exact_mut(5) {
            let old = [row[0], row[1], row[2], row[3], row[4]];
            for x in 0..5 {
                row[x] = old[x] ^ (!old[(x + 1) % 5] & old[(x + 2) % 5]);
            }
        }
        state[0] ^= round;
    }
}

/// CRC-16 (XMODEM), as Stellar's keys end with.
pub(crate) fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte) << 8, |crc: u16, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 }
        })
    })
}

/// BIP 173 and BIP 350 addresses: the checksum over human-readable part and data.
pub(crate) fn bech32(text: &[u8]) -> bool {
    const CHARSET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let Some(split) = memchr::memrchr(b'1', text) else {
        return false;
    };
    let (human, data) = (&text[..split], &text[split + 1..]);
    let mut check = 1u32;
    for &byte in human {
        bech32_step(&mut check, u32::from(byte >> 5));
    }
    bech32_step(&mut check, 0);
    for &byte in human {
        bech32_step(&mut check, u32::from(byte & 31));
    }
    for byte in data {
        let Some(value) = CHARSET.iter().position(|digit| digit == byte) else {
            return false;
        };
        bech32_step(&mut check, value as u32);
    }
    matches!(check, 1 | 0x2bc8_30a3)
}

fn bech32_step(check: &mut u32, value: u32) {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let top = *check >> 25;
    *check = (*check & 0x1ff_ffff) << 5 ^ value;
    for (bit, generator) in GENERATOR.iter().enumerate() {
        if top >> bit & 1 == 1 {
            *check ^= generator;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BITCOIN: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    #[test]
    fn standards_own_examples_pass() {
        assert!(luhn(&[7, 9, 9, 2, 7, 3, 9, 8, 7, 1, 3]));
        assert!(verhoeff(&[2, 3, 6, 3]));
        assert!(mod_11_10(&[8, 6, 0, 9, 5, 7, 4, 2, 7, 1, 9]));
        assert_eq!(iban_remainder(b"GB82WEST12345698765432"), 1);
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(sha256(b"abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert!(base58check::<25>(b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", BITCOIN));
        assert_eq!(keccak256(b"")[..4], [0xc5, 0xd2, 0x46, 0x01]);
        assert_eq!(crc16(b"123456789"), 0x31C3);
        assert!(bech32(b"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"));
    }

    #[test]
    fn one_changed_digit_fails() {
        assert!(!luhn(&[7, 9, 9, 2, 7, 3, 9, 8, 7, 1, 4]));
        assert!(!verhoeff(&[2, 3, 6, 4]));
        assert!(!mod_11_10(&[8, 6, 0, 9, 5, 7, 4, 2, 7, 1, 8]));
        assert!(!base58check::<25>(b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", BITCOIN));
        assert!(!bech32(b"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"));
    }
}
