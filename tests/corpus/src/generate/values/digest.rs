//! The digests that addresses and tokens carry, from their standards; nothing here is shared with the detectors.

/// FIPS 180-4. The constants are the fractions of roots of the first primes.
pub(crate) fn sha256(data: &[u8]) -> [u8; 32] {
    let (mut state, constants) = (roots(8, 2.0), roots(64, 3.0));
    let mut padded = data.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend(((data.len() as u64) * 8).to_be_bytes());
    for block in padded.chunks(64) {
        let mut w: Vec<u32> = block
            .chunks(4)
            .map(|word| word.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)))
            .collect();
        for i in 16..64 {
            let s0 = w[i - 15].rotate_right(7) ^ w[i - 15].rotate_right(18) ^ (w[i - 15] >> 3);
            let s1 = w[i - 2].rotate_right(17) ^ w[i - 2].rotate_right(19) ^ (w[i - 2] >> 10);
            w.push(w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1));
        }
        let mut h = state.clone();
        for i in 0..64 {
            let s1 = h[4].rotate_right(6) ^ h[4].rotate_right(11) ^ h[4].rotate_right(25);
            let choice = (h[4] & h[5]) ^ (!h[4] & h[6]);
            let one = [s1, choice, constants[i], w[i]]
                .iter()
                .fold(h[7], |sum, part| sum.wrapping_add(*part));
            let s0 = h[0].rotate_right(2) ^ h[0].rotate_right(13) ^ h[0].rotate_right(22);
            let majority = (h[0] & h[1]) ^ (h[0] & h[2]) ^ (h[1] & h[2]);
            h.rotate_right(1);
            h[4] = h[4].wrapping_add(one);
            h[0] = one.wrapping_add(s0.wrapping_add(majority));
        }
        for (sum, part) in state.iter_mut().zip(h) {
            *sum = sum.wrapping_add(part);
        }
    }
    let mut digest = [0; 32];
    for (out, word) in digest.chunks_mut(4).zip(state) {
        out.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

/// The first 32 bits of the fractions of square or cube roots of primes, in whole numbers: floats would round.
fn roots(count: usize, degree: f64) -> Vec<u32> {
    let primes = (2u128..).filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0));
    let power = degree as u32;
    primes
        .take(count)
        .map(|prime| {
            // root(prime) · 2³² is the greatest r with r^degree ≤ prime · 2^(32·degree).
            let (mut low, mut high) = (0u128, 1 << 37);
            while high - low > 1 {
                let middle = low.midpoint(high);
                if middle.pow(power) <= prime << (32 * power) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            (low & 0xffff_ffff) as u32
        })
        .collect()
}

/// Keccak-256 with the padding from before FIPS 202, as Ethereum has it; one block, so at most 135 bytes.
pub(crate) fn keccak256(data: &[u8]) -> [u8; 32] {
    let mut block = [0u8; 200];
    block[..data.len()].copy_from_slice(data);
    block[data.len()] ^= 0x01;
    block[135] ^= 0x80;
    let mut lanes = [0u64; 25];
    for (lane, bytes) in lanes.iter_mut().zip(block.chunks(8)) {
        *lane = bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
    }
    let mut lfsr = 1u8;
    for _ in 0..24 {
        round(&mut lanes, &mut lfsr);
    }
    let mut digest = [0; 32];
    for (out, lane) in digest.chunks_mut(8).zip(lanes) {
        out.copy_from_slice(&lane.to_le_bytes());
    }
    digest
}

fn round(a: &mut [u64; 25], lfsr: &mut u8) {
    let column = |a: &[u64; 25], x: usize| (0..5).fold(0, |all, y| all ^ a[x + 5 * y]);
    let parity: Vec<u64> = (0..5).map(|x| column(a, x)).collect();
    for x in 0..5 {
        let mix = parity[(x + 4) % 5] ^ parity[(x + 1) % 5].rotate_left(1);
        (0..5).for_each(|y| a[x + 5 * y] ^= mix);
    }
    let (mut x, mut y, mut carried) = (1, 0, a[1]);
    for t in 0..24u32 {
        (x, y) = (y, (2 * x + 3 * y) % 5);
        let turned = carried.rotate_left((t + 1) * (t + 2) / 2 % 64);
        carried = std::mem::replace(&mut a[x + 5 * y], turned);
    }
    for y in 0..5 {
        let row: Vec<u64> = (0..5).map(|x| a[x + 5 * y]).collect();
        (0..5).for_each(|x| a[x + 5 * y] = row[x] ^ (!row[(x + 1) % 5] & row[(x + 2) % 5]));
    }
    for j in 0..7 {
        if *lfsr & 1 == 1 {
            a[0] ^= 1 << ((1 << j) - 1);
        }
        *lfsr = (*lfsr << 1) ^ if *lfsr & 0x80 != 0 { 0x71 } else { 0 };
    }
}

/// CRC-32 of IEEE 802.3.
pub(crate) fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 }
        })
    })
}

const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

pub(crate) fn base58(data: &[u8]) -> String {
    let mut digits: Vec<u32> = Vec::new();
    for byte in data {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += *digit << 8;
            *digit = carry % 58;
            carry /= 58;
        }
        while carry > 0 {
            digits.push(carry % 58);
            carry /= 58;
        }
    }
    let zeros = data.iter().take_while(|byte| **byte == 0).map(|_| 0);
    let all = zeros.chain(digits.into_iter().rev());
    all.map(|digit| char::from(BASE58[digit as usize])).collect()
}

/// With the four bytes of the double digest behind.
pub(crate) fn base58check(version: u8, hash: &[u8]) -> String {
    let mut data = vec![version];
    data.extend(hash);
    let check = sha256(&sha256(&data));
    data.extend(&check[..4]);
    base58(&data)
}

/// BIP 173 and 350: a witness program as an address.
pub(crate) fn bech32(prefix: &str, version: u8, program: &[u8]) -> String {
    const LETTERS: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let mut words = vec![version];
    let (mut bits, mut count) = (0u32, 0);
    for byte in program {
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            words.push((bits >> count & 31) as u8);
        }
        bits &= (1 << count) - 1;
    }
    if count > 0 {
        words.push((bits << (5 - count) & 31) as u8);
    }
    let high = prefix.bytes().map(|byte| byte >> 5);
    let low = prefix.bytes().map(|byte| byte & 31);
    let checked = high.chain([0]).chain(low).chain(words.iter().copied()).chain([0; 6]);
    let polymod = checked.fold(1u32, |sum, value| {
        let top = sum >> 25;
        let next = (sum & 0x1ff_ffff) << 5 ^ u32::from(value);
        let generators = [0x3b6a_57b2u32, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
        (0..5).fold(
            next,
            |next, i| if top >> i & 1 == 1 { next ^ generators[i] } else { next },
        )
    });
    let check = polymod ^ if version == 0 { 1 } else { 0x2bc8_30a3 };
    words.extend((0..6).map(|i| (check >> (5 * (5 - i)) & 31) as u8));
    let data: String = words.iter().map(|word| char::from(LETTERS[*word as usize])).collect();
    format!("{prefix}1{data}")
}

#[cfg(test)]
mod tests {
    use super::{base58check, bech32, crc32, keccak256, sha256};

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn digests_are_those_of_the_standards() {
        assert_eq!(
            hex(&sha256(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            hex(&keccak256(b"")),
            "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
        );
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn addresses_are_those_of_the_standards() {
        let hash: Vec<u8> = (0..20)
            .map(|i| u8::from_str_radix(&"751e76e8199196d454941c45d1b3a323f1433bd6"[2 * i..2 * i + 2], 16).unwrap())
            .collect();
        assert_eq!(bech32("bc", 0, &hash), "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4");
        assert_eq!(base58check(0, &hash), "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH");
    }
}
