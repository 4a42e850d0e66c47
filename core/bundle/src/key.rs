//! Keys of Ed25519, in the files that other programs read and write: PKCS#8 and SubjectPublicKeyInfo, as PEM.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};

/// Why a file is no key. Nothing of the file is told.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Other text, or another kind of key.
    #[error("not a private key of Ed25519 in PEM (`PRIVATE KEY`); `weir policy keygen` makes one")]
    Private,
    /// Other text, or another kind of key.
    #[error("not a public key of Ed25519 in PEM (`PUBLIC KEY`)")]
    Public,
    /// The system gave no randomness.
    #[error("no key could be made: the system gave no randomness")]
    Generate,
}

/// Signs bundles. No `Debug`: it is a secret.
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

/// Verifies bundles.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey([u8; 32]);

/// What stands before the 32 bytes of a key of Ed25519 in a SubjectPublicKeyInfo (RFC 8410).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

impl SigningKey {
    /// From a seed of 32 random bytes.
    ///
    /// # Errors
    /// Never for 32 bytes of randomness; the library does not say so in its types.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::Generate)?;
        Ok(Self { pair })
    }

    /// Reads `-----BEGIN PRIVATE KEY-----`.
    ///
    /// # Errors
    /// When it is something else.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| KeyError::Private)?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()).map_err(|_| KeyError::Private)?;
        Ok(Self { pair })
    }

    /// Writes it. The text is as secret as the key.
    ///
    /// # Errors
    /// As [`from_seed`](Self::from_seed).
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let document = self.pair.to_pkcs8v1().map_err(|_| KeyError::Generate)?;
        Ok(pem("PRIVATE KEY", document.as_ref()))
    }

    /// Its other half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        // A public key of Ed25519 has 32 bytes (RFC 8032).
        bytes.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(bytes)
    }

    /// Signs a message. Whatever else this key signs must begin otherwise.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

impl PublicKey {
    /// Reads `-----BEGIN PUBLIC KEY-----`.
    ///
    /// # Errors
    /// When it is something else.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem).map_err(|_| KeyError::Public)?;
        let bytes = der.as_ref().strip_prefix(&SPKI).ok_or(KeyError::Public)?;
        bytes.try_into().map(Self).map_err(|_| KeyError::Public)
    }

    /// From its 32 bytes (RFC 8032). Bytes that are no point of the curve verify nothing.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Writes it.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem("PUBLIC KEY", &self.spki())
    }

    /// SHA-256 over the SubjectPublicKeyInfo, in hex: what envelopes call the key.
    #[must_use]
    pub fn id(&self) -> String {
        hex::encode(digest(&SHA256, &self.spki()))
    }

    /// True for a signature by this key.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0)
            .verify(message, signature)
            .is_ok()
    }

    fn spki(&self) -> Vec<u8> {
        [&SPKI[..], &self.0].concat()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id())
    }
}

fn pem(kind: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {kind}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str(&format!("-----END {kind}-----\n"));
    pem
}

#[cfg(test)]
mod tests {
    use super::{PublicKey, SigningKey};

    #[test]
    fn keys_survive_their_files() {
        let key = SigningKey::from_seed(&[7; 32]).unwrap();
        let again = SigningKey::from_pem(key.to_pem().unwrap().as_bytes()).unwrap();
        assert_eq!(key.public(), again.public());
        let public = PublicKey::from_pem(key.public().to_pem().as_bytes()).unwrap();
        assert!(public.verifies(b"text", &again.sign(b"text")));
        assert!(!public.verifies(b"test", &again.sign(b"text")));
    }

    #[test]
    fn files_of_openssl_are_read() {
        // RFC 8410, section 10.1 and 10.3.
        let public = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
        let private = concat!(
            "-----BEGIN PRIVATE ",
            "KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n"
        );
        let key = SigningKey::from_pem(private.as_bytes()).unwrap();
        assert_eq!(key.public(), PublicKey::from_pem(public.as_bytes()).unwrap());
        assert!(SigningKey::from_pem(public.as_bytes()).is_err());
        assert!(PublicKey::from_pem(private.as_bytes()).is_err());
    }
}
