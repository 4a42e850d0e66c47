//! The form in which a pair of the vault goes into the log: sealed under a key of its own, so that the key can be
//! destroyed while the log stays.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use serde::{Deserialize, Serialize};
use weir_engine::Minted;
use weir_model::{DataType, Sensitive};
use zeroize::Zeroizing;

use crate::state::Key;
use crate::vault::Scope;

/// Seals and opens pairs. No `Debug`.
pub(crate) struct VaultSeal(RandomizedNonceKey);

/// A pair cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VaultSealError {
    /// Wrong key, or the bytes are not what was sealed.
    #[error("the vault entry does not open under this key")]
    Open,
    /// The cipher refused: no randomness.
    #[error("the vault entry cannot be sealed")]
    Seal,
}

/// What is inside. It is serialised into a wiped buffer and sealed at once; the type never leaves this file.
#[derive(Serialize)]
struct Entry<'a> {
    scope: Scope,
    data_type: DataType,
    surrogate: &'a str,
    original: &'a str,
}

impl VaultSeal {
    /// From the vault's key.
    pub(crate) fn new(key: &Key) -> Option<Self> {
        RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).ok().map(Self)
    }

    /// Nonce, then ciphertext and tag.
    ///
    /// # Errors
    /// When there is no randomness. Fails closed: the message is not released.
    pub(crate) fn seal(&self, scope: &Scope, minted: &Minted) -> Result<Vec<u8>, VaultSealError> {
        let entry = Entry {
            scope: scope.clone(),
            data_type: minted.data_type.clone(),
            surrogate: &minted.surrogate,
            original: minted.original.expose(),
        };
        let mut bytes = Zeroizing::new(serde_json::to_vec(&entry).map_err(|_| VaultSealError::Seal)?);
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::empty(), &mut *bytes)
            .map_err(|_| VaultSealError::Seal)?;
        Ok([nonce.as_ref().as_slice(), &bytes].concat())
    }

    /// Opens what [`VaultSeal::seal`] made.
    ///
    /// # Errors
    /// When the key or the bytes are not the right ones.
    pub(crate) fn open(&self, sealed: &[u8]) -> Result<(Scope, Minted), VaultSealError> {
        let (nonce, ciphertext) = sealed.split_at_checked(NONCE_LEN).ok_or(VaultSealError::Open)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultSealError::Open)?;
        let mut bytes = Zeroizing::new(ciphertext.to_vec());
        let plain = self
            .0
            .open_in_place(nonce, Aad::empty(), &mut bytes)
            .map_err(|_| VaultSealError::Open)?;
        // Owned strings: a value may need escapes in JSON, and then cannot be borrowed.
        let entry: OwnedEntry = serde_json::from_slice(plain).map_err(|_| VaultSealError::Open)?;
        let minted = Minted {
            data_type: entry.data_type,
            surrogate: entry.surrogate,
            original: Sensitive::new(entry.original),
        };
        Ok((entry.scope, minted))
    }
}

#[derive(Deserialize)]
struct OwnedEntry {
    scope: Scope,
    data_type: DataType,
    surrogate: String,
    original: String,
}

#[cfg(test)]
mod tests {
    use super::VaultSeal;
    use crate::vault::Scope;
    use weir_engine::Minted;
    use weir_model::{DataType, Sensitive};
    use zeroize::Zeroizing;

    #[test]
    fn a_pair_opens_under_its_key_only_and_is_not_readable_sealed() {
        let seal = VaultSeal::new(&Zeroizing::new([7; 32])).unwrap();
        let scope = Scope {
            user: Some(1000),
            service: "chatgpt-web".into(),
        };
        let minted = Minted {
            data_type: DataType::builtin("personal/email"),
            surrogate: "[EMAIL_1]".into(),
            original: Sensitive::new("\"ada\"@example.org".into()),
        };
        let sealed = seal.seal(&scope, &minted).unwrap();
        assert!(!sealed.windows(11).any(|window| window == b"example.org"));

        let (opened_scope, opened) = seal.open(&sealed).unwrap();
        assert_eq!(opened_scope, scope);
        assert!(opened.original.expose() == minted.original.expose());

        let other = VaultSeal::new(&Zeroizing::new([8; 32])).unwrap();
        assert!(other.open(&sealed).is_err());
        for index in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[index] ^= 1;
            assert!(seal.open(&damaged).is_err());
        }
    }
}
