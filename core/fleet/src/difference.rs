//! A bundle as what is different from another: most of a new one is in the one before.
//!
//! ```text
//! SHA-256 of the old payload | SHA-256 of the new envelope | zstd, with the old payload as its prefix, over
//!     length of the text before the payload (u32) | length of the payload (u32) | text before it | payload | text behind it
//! ```
//!
//! In an envelope the payload is base64, in which nothing looks like it did once it stands a byte further on: so it is taken
//! out of that, and put back. What comes out is the envelope byte for byte, or nothing, and is believed no more than one that
//! was fetched.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::{self, Read, Write};

/// Bytes of the largest envelope that a difference is made from or to.
pub const MOST_DIFFERENT: usize = 4 << 20;

/// Why no envelope came out. Fails closed: the whole one is fetched.
#[derive(Debug, thiserror::Error)]
pub enum DifferenceError {
    /// It is to another bundle than this one.
    #[error("the difference is to another bundle")]
    Base,
    /// It is none, or was damaged.
    #[error("not a difference between bundles")]
    Malformed,
    /// It unpacks to more than any envelope has.
    #[error("the difference unpacks to more than {MOST_DIFFERENT} bytes")]
    TooLarge,
    /// It cannot be unpacked.
    #[error("the difference cannot be unpacked")]
    Unpack(#[from] io::Error),
}

/// What the envelope `new` has that `old` has not; `None` where one of them is too large, or not as we write them.
#[must_use]
pub fn difference(old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    if old.len().max(new.len()) > MOST_DIFFERENT {
        return None;
    }
    let (old, new_parts) = (Opened::read(old)?, Opened::read(new)?);
    let difference = [sha256(&old.payload), sha256(new)].concat();
    new_parts.pack(&old.payload, difference).ok()
}

/// The envelope that a difference to `old` leads to.
///
/// # Errors
/// [`DifferenceError`].
pub fn restored(old: &[u8], difference: &[u8]) -> Result<Vec<u8>, DifferenceError> {
    let (base, rest) = difference.split_at_checked(SUM).ok_or(DifferenceError::Malformed)?;
    let (wanted, packed) = rest.split_at_checked(SUM).ok_or(DifferenceError::Malformed)?;
    let old = Opened::read(old).ok_or(DifferenceError::Base)?;
    if sha256(&old.payload) != base {
        return Err(DifferenceError::Base);
    }
    let envelope = joined(&unpacked(&old.payload, packed)?).ok_or(DifferenceError::Malformed)?;
    match sha256(&envelope) == wanted {
        true => Ok(envelope),
        false => Err(DifferenceError::Malformed),
    }
}

/// SHA-256 of what is signed in an envelope: what a bundle is called by. `None` where it is not as we write them.
#[must_use]
pub fn payload_digest(envelope: &[u8]) -> Option<[u8; 32]> {
    sha256(&Opened::read(envelope)?.payload).try_into().ok()
}

/// Bytes of a SHA-256.
const SUM: usize = 32;
/// More makes it no smaller: what is new in a bundle is packed already.
const LEVEL: i32 = 9;
/// Reaches over the largest payload and another one behind it, and bounds what unpacking takes.
const WIDEST: u32 = 23;

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

/// An envelope, its payload taken out of base64.
struct Opened<'a> {
    before: &'a [u8],
    payload: Vec<u8>,
    behind: &'a [u8],
}

impl<'a> Opened<'a> {
    /// `None` where the text could not be put together again byte for byte.
    fn read(envelope: &'a [u8]) -> Option<Self> {
        const NAME: &[u8] = b"\"payload\": \"";
        let name = envelope.windows(NAME.len()).position(|text| text == NAME)?;
        let (before, rest) = envelope.split_at(name + NAME.len());
        let (text, behind) = rest.split_at(rest.iter().position(|byte| *byte == b'"')?);
        let payload = STANDARD.decode(text).ok()?;
        (STANDARD.encode(&payload).as_bytes() == text).then_some(Self {
            before,
            payload,
            behind,
        })
    }

    fn pack(&self, prefix: &[u8], into: Vec<u8>) -> io::Result<Vec<u8>> {
        let mut packing = zstd::stream::write::Encoder::with_ref_prefix(into, LEVEL, prefix)?;
        let length = 8 + self.before.len() + self.payload.len() + self.behind.len();
        packing.window_log(window(prefix.len() + length))?;
        packing.set_pledged_src_size(Some(length as u64))?;
        for part in [self.before, &self.payload] {
            // Bounded above.
            packing.write_all(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes())?;
        }
        for part in [self.before, &self.payload, self.behind] {
            packing.write_all(part)?;
        }
        packing.finish()
    }
}

/// The window that reaches over so many bytes, as a power of two.
fn window(length: usize) -> u32 {
    length.next_power_of_two().ilog2().clamp(10, WIDEST)
}

fn unpacked(prefix: &[u8], packed: &[u8]) -> Result<Vec<u8>, DifferenceError> {
    let mut unpacking = zstd::stream::read::Decoder::with_ref_prefix(packed, prefix)?;
    unpacking.window_log_max(WIDEST)?;
    let mut parts = Vec::new();
    unpacking.take(MOST_DIFFERENT as u64 + 1).read_to_end(&mut parts)?;
    match parts.len() <= MOST_DIFFERENT {
        true => Ok(parts),
        false => Err(DifferenceError::TooLarge),
    }
}

fn joined(parts: &[u8]) -> Option<Vec<u8>> {
    let (before, parts) = parts.split_first_chunk()?;
    let (payload, parts) = parts.split_first_chunk()?;
    let length = |bytes| usize::try_from(u32::from_le_bytes(bytes)).ok();
    let (before, parts) = parts.split_at_checked(length(*before)?)?;
    let (payload, behind) = parts.split_at_checked(length(*payload)?)?;
    Some([before, STANDARD.encode(payload).as_bytes(), behind].concat())
}

/// What a fuzzer knows of: any bytes lead to an envelope that they name, or to none, in bounded room.
#[doc(hidden)]
pub fn fuzz_difference(bytes: &[u8]) {
    let old = format!("{{\n  \"payload\": \"{}\"\n}}\n", STANDARD.encode(b"an old payload"));
    // Behind the right base, so that what is packed is reached.
    let base = sha256(b"an old payload");
    for difference in [bytes.to_vec(), [&base, bytes].concat()] {
        if let Ok(envelope) = restored(old.as_bytes(), &difference) {
            assert!(envelope.len() <= 2 * MOST_DIFFERENT);
            assert_eq!(sha256(&envelope), difference[SUM..2 * SUM]);
        }
    }
    if let Ok(parts) = unpacked(b"an old payload", bytes) {
        assert!(parts.len() <= MOST_DIFFERENT);
        let _ = joined(&parts);
    }
}

#[cfg(test)]
mod tests {
    use super::{DifferenceError, MOST_DIFFERENT, SUM, difference, fuzz_difference, payload_digest, restored, sha256};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    fn envelope(payload: &[u8], signature: &str) -> Vec<u8> {
        let payload = STANDARD.encode(payload);
        format!(
            "{{\n  \"payloadType\": \"x\",\n  \"payload\": \"{payload}\",\n  \"signatures\": [\"{signature}\"]\n}}\n"
        )
        .into_bytes()
    }

    fn noise(length: usize, mut state: u64) -> Vec<u8> {
        std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        })
        .take(length)
        .collect()
    }

    #[test]
    fn what_both_have_costs_nothing() {
        let shared = noise(50_000, 1);
        let old = envelope(&[&noise(100, 2), &shared[..]].concat(), "a");
        let new = envelope(&[&noise(301, 3), &shared[..]].concat(), "b");
        let made = difference(&old, &new).unwrap();
        assert!(made.len() < 700, "{}", made.len());
        assert_eq!(restored(&old, &made).unwrap(), new);
    }

    #[test]
    fn a_difference_leads_from_one_bundle_to_one_other() {
        let (old, new) = (envelope(b"old", "a"), envelope(b"new", "b"));
        let made = difference(&old, &new).unwrap();
        // Who signed the old one is no part of it.
        assert_eq!(restored(&envelope(b"old", "c"), &made).unwrap(), new);
        for other in [envelope(b"other", "a"), b"{}".to_vec(), Vec::new()] {
            assert!(matches!(restored(&other, &made), Err(DifferenceError::Base)));
        }
        for place in 0..made.len() {
            let mut damaged = made.clone();
            damaged[place] ^= 1;
            // Bits that mean nothing to zstd lead to the same envelope, and nothing leads to another.
            assert!(
                restored(&old, &damaged).ok().is_none_or(|envelope| envelope == new),
                "{place}"
            );
            assert!(restored(&old, &made[..place]).is_err(), "cut at {place}");
        }
    }

    #[test]
    fn what_unpacks_to_too_much_is_none() {
        let old = envelope(b"old", "a");
        let bomb = zstd::bulk::compress(&vec![0; MOST_DIFFERENT + 1], 3).unwrap();
        let bomb = [&sha256(b"old"), &[0; SUM][..], &bomb].concat();
        assert!(matches!(restored(&old, &bomb), Err(DifferenceError::TooLarge)));
        let large = envelope(&vec![0; MOST_DIFFERENT], "a");
        assert_eq!(difference(&old, &large), None);
        assert_eq!(difference(&large, &old), None);
        assert_eq!(difference(&old, b"{\"payload\": \"not base64!\"}"), None);
    }

    #[test]
    fn a_bundle_is_called_by_what_is_signed() {
        let digest = payload_digest(&envelope(b"old", "a")).unwrap();
        assert_eq!(digest[..], sha256(b"old"));
        assert_eq!(payload_digest(b"{}"), None);
    }

    proptest! {
        #[test]
        fn envelopes_come_back_byte_for_byte(
            old in prop::collection::vec(any::<u8>(), 0..400),
            new in prop::collection::vec(any::<u8>(), 0..400),
            shared in prop::collection::vec(any::<u8>(), 0..2000),
            signature in "[ -!#-~]{0,80}",
        ) {
            let (old, new) = ([old, shared.clone()].concat(), [new, shared].concat());
            let (old, new) = (envelope(&old, "a"), envelope(&new, &signature));
            let made = difference(&old, &new).unwrap();
            prop_assert_eq!(restored(&old, &made).unwrap(), new);
        }

        #[test]
        fn other_bytes_lead_nowhere(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            fuzz_difference(&bytes);
        }
    }
}
