use crate::Head;
use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac};
use zeroize::Zeroizing;

/// Tells keys apart without telling anything about them.
pub type KeyId = [u8; 8];

/// The key records are sealed under. Given by the edge as bytes; wiped from memory on drop.
///
/// Every record has a key and nonce of its own, derived from this key, the record's random salt and its position. A torn
/// and rewritten record therefore never meets a nonce twice, even at the same position.
pub struct SealKey {
    secret: Zeroizing<[u8; 32]>,
    id: KeyId,
    /// Derived once: every commit signs an anchor.
    anchor: hmac::Key,
}

impl SealKey {
    /// From 32 random bytes.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        let secret = Zeroizing::new(secret);
        let mut id = KeyId::default();
        derive(&secret, b"", &[b"weir audit key id v1"], &mut id);
        let mut anchor = Zeroizing::new([0u8; 32]);
        derive(&secret, b"", &[b"weir audit anchor v1"], anchor.as_mut());
        let anchor = hmac::Key::new(hmac::HMAC_SHA256, anchor.as_ref());
        Self { secret, id, anchor }
    }

    /// The id written beside what the key sealed, so that a wrong key is told from damage.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    pub(crate) fn record_key(&self, salt: &[u8; 16], generation: u32, seq: u64) -> Option<(LessSafeKey, Nonce)> {
        let mut material = Zeroizing::new([0u8; 32 + NONCE_LEN]);
        let place = [generation.to_le_bytes().as_slice(), seq.to_le_bytes().as_slice()].concat();
        derive(
            &self.secret,
            salt,
            &[b"weir audit record v1", &place],
            material.as_mut(),
        );
        let (key, nonce) = material.split_at(32);
        let key = UnboundKey::new(&AES_256_GCM, key).ok()?;
        Some((LessSafeKey::new(key), Nonce::try_assume_unique_for_key(nonce).ok()?))
    }

    pub(crate) fn mac(&self, text: &[u8]) -> Head {
        let tag = hmac::sign(&self.anchor, text);
        let mut out = Head::default();
        out.copy_from_slice(tag.as_ref());
        out
    }

    pub(crate) fn mac_fits(&self, text: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.anchor, text, tag).is_ok()
    }
}

struct Bytes(usize);

impl hkdf::KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

/// HKDF-SHA-256. It fails only for outputs over 8160 bytes; all of ours are under 64, and the zeros that would stay in
/// `out` could not open anything sealed under a real key.
pub(crate) fn derive(secret: &[u8; 32], salt: &[u8], info: &[&[u8]], out: &mut [u8]) {
    let key = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    let filled = key.expand(info, Bytes(out.len())).and_then(|okm| okm.fill(out));
    debug_assert!(filled.is_ok());
}
