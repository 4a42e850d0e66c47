//! Sealing what is kept where others can read it: in the database, or in a browser.

use crate::clock;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use weir_bundle::SigningKey;
use zeroize::Zeroizing;

/// Seals under a key made from the server's receipt key: nodes that share their keys can read what another has sealed. No `Debug`.
pub struct Sealer {
    key: LessSafeKey,
}

/// Nothing could be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The system.
    #[error(transparent)]
    Randomness(#[from] clock::NoRandomness),
    /// The library.
    #[error("nothing can be sealed")]
    Library,
}

impl Sealer {
    /// For one use, which `label` names: what is sealed for one is no use for another.
    ///
    /// # Errors
    /// The key cannot be written out, or the library fails.
    pub fn new(receipt: &SigningKey, label: &[u8]) -> Result<Self, SealError> {
        let pem = receipt.to_pem().map_err(|_| SealError::Library)?;
        let pem = Zeroizing::new(pem);
        let secret = Salt::new(HKDF_SHA256, b"weir-server").extract(pem.as_bytes());
        let label = [label];
        let okm = secret.expand(&label, &AES_256_GCM);
        let key = UnboundKey::from(okm.map_err(|_| SealError::Library)?);
        Ok(Self {
            key: LessSafeKey::new(key),
        })
    }

    /// Seals for one owner: what is moved to another cannot be opened. Gives nonce, sealed text and tag.
    ///
    /// # Errors
    /// The system has no random bytes, or the library fails.
    pub fn seal(&self, owner: &str, secret: &[u8]) -> Result<Vec<u8>, SealError> {
        let nonce = clock::random::<NONCE_LEN>()?;
        let mut sealed = secret.to_vec();
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(owner), &mut sealed)
            .map_err(|_| SealError::Library)?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// What was sealed for this owner; `None` where it is another's, another server's, or changed.
    #[must_use]
    pub fn unseal(&self, owner: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut secret = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.key.open_in_place(nonce, Aad::from(owner), &mut secret).ok()?.len();
        secret.truncate(length);
        Some(secret)
    }
}
