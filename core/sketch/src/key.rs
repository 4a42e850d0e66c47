//! The key under which values are digested. The file of a sketch does not hold it.

use std::fmt::Write;

use aws_lc_rs::hmac;
use siphasher::sip::SipHasher24;
use zeroize::Zeroizing;

/// 32 random bytes, kept in a file of their own.
pub struct Key(Zeroizing<[u8; 32]>);

/// Random bytes of one file: equal values have other digests in another file under the same key.
pub type Salt = [u8; 16];

/// A text that is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key is 64 hexadecimal digits")]
pub struct KeyError;

/// Length of an authentication code in bytes.
pub(crate) const TAG: usize = 32;

impl Key {
    /// From random bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// From what a key file holds.
    ///
    /// # Errors
    /// When it is anything but 64 hexadecimal digits and blanks around them.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), bytes.as_mut()).map_err(|_| KeyError)?;
        Ok(Self(bytes))
    }

    /// What a key file holds.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(65));
        for byte in self.0.iter() {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text.push('\n');
        text
    }

    /// The digests of one file.
    pub(crate) fn digests(&self, purpose: &str, salt: &Salt) -> Digests {
        let tag = self.mac(&[b"weir digests 1\0", purpose.as_bytes(), b"\0", salt]);
        let mut half = [0; 16];
        half.copy_from_slice(&tag.as_ref()[..16]);
        Digests(SipHasher24::new_with_key(&half))
    }

    /// Authenticates a file.
    pub(crate) fn tag(&self, bytes: &[u8]) -> [u8; TAG] {
        let mut tag = [0; TAG];
        tag.copy_from_slice(self.mac(&[b"weir file 1\0", bytes]).as_ref());
        tag
    }

    /// True when these bytes have this code.
    pub(crate) fn verifies(&self, bytes: &[u8], tag: &[u8]) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(&self.tag(bytes), tag).is_ok()
    }

    fn mac(&self, parts: &[&[u8]]) -> hmac::Tag {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_ref());
        let mut context = hmac::Context::with_key(&key);
        for part in parts {
            context.update(part);
        }
        context.sign()
    }
}

/// SipHash-2-4 under a key derived for one file: a pseudorandom function (Aumasson and Bernstein 2012) that is fast on the
/// few bytes of a value.
#[derive(Clone, Copy)]
pub(crate) struct Digests(SipHasher24);

impl Digests {
    pub(crate) fn of(&self, bytes: &[u8]) -> u64 {
        self.0.hash(bytes)
    }

    /// Of a digest that stands in a column.
    pub(crate) fn in_column(&self, digest: u64, column: usize) -> u64 {
        // Columns are told apart by a bijection: the digest is pseudorandom already.
        digest.rotate_left(17) ^ (column as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// Of two values of one row; the column with the lower number first.
    pub(crate) fn of_pair(&self, one: (usize, u64), other: (usize, u64)) -> u64 {
        let (first, second) = if one.0 <= other.0 { (one, other) } else { (other, one) };
        let mut bytes = [0; 18];
        // Columns are few: `MAX_COLUMNS`.
        bytes[0] = first.0 as u8;
        bytes[1] = second.0 as u8;
        bytes[2..10].copy_from_slice(&first.1.to_le_bytes());
        bytes[10..].copy_from_slice(&second.1.to_le_bytes());
        self.of(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let key = Key::from_bytes([0xa7; 32]);
        let again = Key::parse(&key.to_text()).unwrap();
        assert_eq!(again.tag(b"x"), key.tag(b"x"));
        assert!(Key::parse("a7").is_err());
        assert!(Key::parse(&"g".repeat(64)).is_err());
    }

    #[test]
    fn digests_differ_by_key_salt_and_purpose() {
        let one = Key::from_bytes([1; 32]);
        let all = [
            one.digests("rows", &[1; 16]),
            one.digests("rows", &[2; 16]),
            one.digests("prints", &[1; 16]),
            Key::from_bytes([2; 32]).digests("rows", &[1; 16]),
        ];
        let mut values: Vec<u64> = all.iter().map(|digests| digests.of(b"ada")).collect();
        values.sort_unstable();
        values.dedup();
        assert_eq!(values.len(), 4);
    }
}
