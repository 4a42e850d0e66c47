//! A binary fuse filter: Graf and Lemire, "Binary Fuse Filters: Fast and Smaller Than Xor Filters" (Journal of Experimental
//! Algorithmics, 2022), with three places for a key and fingerprints of 16 bits.
//!
//! A key that is in the filter is always found. One that is not is found with a chance of 2⁻¹⁶ = 1.53 × 10⁻⁵. A key takes
//! 18 bits from a million keys on, and more in smaller filters.

/// The chance that a key which is not there is found.
pub(crate) const FALSE_POSITIVES: f64 = 1.0 / 65536.0;

/// Keys that one filter may hold.
pub(crate) const MOST_KEYS: usize = 1 << 28;

/// Seeds tried: each works with a chance of well over a half.
const SEEDS: u64 = 64;

/// Bytes before the fingerprints: the seed, the length of a segment as a power of two, and the number of segments.
const HEAD: usize = 8 + 1 + 4;

/// A set of 64-bit keys.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Fuse {
    seed: u64,
    places: Places,
    fingerprints: Vec<u16>,
}

/// Where keys may lie.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Places {
    /// The length of a segment is two to this power.
    power: u32,
    /// Segments in which the first place of a key may lie.
    segments: u32,
}

impl Places {
    /// As the paper has it for three places.
    fn for_keys(count: usize) -> Self {
        const MOST: u32 = 18;
        let keys = count.max(2) as f64;
        let power = ((keys.ln() / 3.33_f64.ln() + 2.25).floor() as u32).min(MOST);
        let factor = (0.875 + 0.25 * 1_000_000_f64.ln() / keys.ln()).max(1.125);
        let capacity = (keys * factor).round() as usize;
        let all = capacity.div_ceil(1 << power);
        // The keys are no more than `MOST_KEYS`.
        let segments = u32::try_from(all.saturating_sub(2).max(1)).unwrap_or(1);
        Self { power, segments }
    }

    fn length(self) -> usize {
        (self.segments as usize + 2) << self.power
    }

    /// Three places in neighbouring segments.
    #[inline]
    fn of(self, hash: u64) -> [usize; 3] {
        let range = u64::from(self.segments) << self.power;
        let mask = (1_u64 << self.power) - 1;
        let first = ((u128::from(hash) * u128::from(range)) >> 64) as u64;
        let second = (first + (mask + 1)) ^ (hash >> 18 & mask);
        let third = (first + 2 * (mask + 1)) ^ (hash & mask);
        [first as usize, second as usize, third as usize]
    }
}

impl Fuse {
    /// The filter of these keys, which are sorted and rid of doubles on the way.
    ///
    /// `None` for more than [`MOST_KEYS`], and when no seed works, which has not been seen.
    pub(crate) fn build(keys: &mut Vec<u64>) -> Option<Self> {
        keys.sort_unstable();
        keys.dedup();
        if keys.len() > MOST_KEYS {
            return None;
        }
        let places = Places::for_keys(keys.len());
        (0..SEEDS).find_map(|attempt| {
            let seed = mixed(attempt.wrapping_add(0x726b_2b9d_438b_9d4d));
            Some(Self {
                seed,
                places,
                fingerprints: assign(keys, seed, places)?,
            })
        })
    }

    /// True when the key is in the filter, and rarely when it is not.
    #[inline]
    pub(crate) fn contains(&self, key: u64) -> bool {
        let hash = mixed(key.wrapping_add(self.seed));
        let [one, two, three] = self.places.of(hash);
        // The length was checked when the filter was made or read.
        fingerprint(hash) == self.fingerprints[one] ^ self.fingerprints[two] ^ self.fingerprints[three]
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.seed.to_le_bytes());
        out.push(self.places.power as u8);
        out.extend(self.places.segments.to_le_bytes());
        out.extend(
            self.fingerprints
                .iter()
                .flat_map(|fingerprint| fingerprint.to_le_bytes()),
        );
    }

    /// Reads what [`Fuse::write`] wrote. `None` when the length is not what the head says.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (head, fingerprints) = bytes.split_at_checked(HEAD)?;
        let (seed, head) = head.split_first_chunk()?;
        let (&power, head) = head.split_first()?;
        let places = Places {
            power: u32::from(power),
            segments: u32::from_le_bytes(*head.first_chunk()?),
        };
        let fits = (1..=18).contains(&power)
            && (1..1 << 30).contains(&places.segments)
            && places.length().checked_mul(2) == Some(fingerprints.len());
        let (pairs, _) = fingerprints.as_chunks();
        fits.then(|| Self {
            seed: u64::from_le_bytes(*seed),
            places,
            fingerprints: pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect(),
        })
    }
}

/// The finaliser of MurmurHash3.
#[inline]
const fn mixed(mut hash: u64) -> u64 {
    hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ hash >> 33
}

#[inline]
const fn fingerprint(hash: u64) -> u16 {
    (hash ^ hash >> 32) as u16
}

/// Takes away, again and again, a key that has a place to itself; in the reverse order each key can then set that place.
fn assign(keys: &[u64], seed: u64, places: Places) -> Option<Vec<u16>> {
    let length = places.length();
    let mut hashes = vec![0_u64; length];
    // How many keys lie here, and the numbers of the places that they have here, added by XOR.
    let mut counts = vec![0_u32; length];
    let mut numbers = vec![0_u8; length];
    for key in keys {
        let hash = mixed(key.wrapping_add(seed));
        for (number, place) in places.of(hash).into_iter().enumerate() {
            hashes[place] ^= hash;
            counts[place] += 1;
            numbers[place] ^= number as u8;
        }
    }
    let mut alone: Vec<usize> = (0..length).filter(|place| counts[*place] == 1).collect();
    let mut order: Vec<(u64, u8)> = Vec::with_capacity(keys.len());
    while let Some(place) = alone.pop() {
        if counts[place] != 1 {
            continue;
        }
        let (hash, own) = (hashes[place], numbers[place]);
        order.push((hash, own));
        for (number, place) in places.of(hash).into_iter().enumerate() {
            hashes[place] ^= hash;
            counts[place] -= 1;
            numbers[place] ^= number as u8;
            if counts[place] == 1 {
                alone.push(place);
            }
        }
    }
    (order.len() == keys.len()).then(|| {
        let mut fingerprints = vec![0; length];
        for (hash, own) in order.into_iter().rev() {
            let all = places.of(hash);
            let others = all.iter().enumerate().filter(|(number, _)| *number != usize::from(own));
            let rest = others.fold(0, |sum, (_, place)| sum ^ fingerprints[*place]);
            fingerprints[all[usize::from(own)]] = fingerprint(hash) ^ rest;
        }
        fingerprints
    })
}

#[cfg(test)]
mod tests {
    use super::{Fuse, mixed};

    fn keys(count: u64) -> Vec<u64> {
        (0..count).map(|number| mixed(number + 1)).collect()
    }

    #[test]
    fn what_was_put_in_is_found_at_every_size() {
        for count in [0, 1, 2, 3, 10, 100, 1000, 30_000] {
            let mut all = keys(count);
            let fuse = Fuse::build(&mut all).unwrap();
            assert!(all.iter().all(|key| fuse.contains(*key)), "{count}");
        }
    }

    #[test]
    fn doubles_are_no_harm() {
        let mut all = [keys(500), keys(500)].concat();
        assert!(Fuse::build(&mut all).is_some());
        assert_eq!(all.len(), 500);
    }

    #[test]
    fn what_was_not_put_in_is_rarely_found_and_a_key_is_small() {
        let fuse = Fuse::build(&mut keys(200_000)).unwrap();
        let others = (1..=4_000_000_u64).map(|number| mixed(number << 32));
        let wrong = others.filter(|key| fuse.contains(*key)).count();
        // 61 are expected; seven standard deviations lie on either side.
        assert!((6..=116).contains(&wrong), "{wrong}");
        let mut bytes = Vec::new();
        fuse.write(&mut bytes);
        assert!(bytes.len() < 200_000 * 5 / 2, "{}", bytes.len());
        assert!(Fuse::read(&bytes).unwrap() == fuse);
    }

    #[test]
    fn bytes_of_another_length_are_no_filter() {
        let mut bytes = Vec::new();
        Fuse::build(&mut keys(100)).unwrap().write(&mut bytes);
        assert!(Fuse::read(&bytes).is_some());
        for end in 0..bytes.len() {
            assert!(Fuse::read(&bytes[..end]).is_none(), "{end}");
        }
        bytes[8] = 60;
        assert!(Fuse::read(&bytes).is_none());
    }
}
