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

/// Pairs in one entry: far below what a record may hold.
pub(crate) const PAIRS: usize = 500;

/// What is inside. It is serialised into a wiped buffer and sealed at once; the type never leaves this file.
#[derive(Serialize)]
struct Entry<'a> {
    scope: &'a Scope,
    pairs: Vec<Pair<'a>>,
}

#[derive(Serialize)]
struct Pair<'a> {
    data_type: &'a DataType,
    surrogate: &'a str,
    original: &'a str,
}

/// The same, read. Owned strings: a value may need escapes in JSON, and then cannot be borrowed.
#[derive(Deserialize)]
struct OwnedEntry {
    scope: Scope,
    pairs: Vec<OwnedPair>,
}

#[derive(Deserialize)]
struct OwnedPair {
    data_type: DataType,
    surrogate: String,
    original: String,
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
    pub(crate) fn seal(&self, scope: &Scope, minted: &[Minted]) -> Result<Vec<u8>, VaultSealError> {
        let pairs = minted.iter().map(|minted| Pair {
            data_type: &minted.data_type,
            surrogate: &minted.surrogate,
            original: minted.original.expose(),
        });
        let entry = Entry {
            scope,
            pairs: pairs.collect(),
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
    pub(crate) fn open(&self, sealed: &[u8]) -> Result<(Scope, Vec<Minted>), VaultSealError> {
        let (nonce, ciphertext) = sealed.split_at_checked(NONCE_LEN).ok_or(VaultSealError::Open)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultSealError::Open)?;
        let mut bytes = Zeroizing::new(ciphertext.to_vec());
        let plain = self
            .0
            .open_in_place(nonce, Aad::empty(), &mut bytes)
            .map_err(|_| VaultSealError::Open)?;
        let entry: OwnedEntry = serde_json::from_slice(plain).map_err(|_| VaultSealError::Open)?;
        let pairs = entry.pairs.into_iter().map(|pair| Minted {
            data_type: pair.data_type,
            surrogate: pair.surrogate,
            original: Sensitive::new(pair.original),
        });
        Ok((entry.scope, pairs.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::VaultSeal;
    use crate::vault::{Owner, Scope};
    use weir_engine::Minted;
    use weir_model::{DataType, Sensitive};
    use zeroize::Zeroizing;

    #[test]
    fn a_pair_opens_under_its_key_only_and_is_not_readable_sealed() {
        let seal = VaultSeal::new(&Zeroizing::new([7; 32])).unwrap();
        let scope = Scope {
            owner: Owner::User(1000),
            service: "chatgpt-web".into(),
        };
        let minted = Minted {
            data_type: DataType::builtin("personal/email"),
            surrogate: "[EMAIL_1]".into(),
            original: Sensitive::new("\"ada\"@example.org".into()),
        };
        let sealed = seal.seal(&scope, std::slice::from_ref(&minted)).unwrap();
        assert!(!sealed.windows(11).any(|window| window == b"example.org"));

        let (opened_scope, opened) = seal.open(&sealed).unwrap();
        assert_eq!(opened_scope, scope);
        assert!(opened.len() == 1 && opened[0].original.expose() == minted.original.expose());

        let other = VaultSeal::new(&Zeroizing::new([8; 32])).unwrap();
        assert!(other.open(&sealed).is_err());
        for index in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[index] ^= 1;
            assert!(seal.open(&damaged).is_err());
        }
    }
}
