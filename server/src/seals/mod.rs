//! Seals of devices' logs: whether what a device sends was written when it says, by keys that the device has forgotten since.
//!
//! ```text
//! device ── key of the present epoch, once for each log ──▶ epoch_keys (wrapped)
//!        ── records, and a seal at the end of each epoch ──▶ judge (pure) ──▶ sealed up to here, or an alert
//! ```
//!
//! A laptop that is taken has the key of its last epoch and none of those before: it can send no other records than those that
//! were sealed, and leave none out, also where they had not been sent yet. What a device sends before its key is kept is as
//! good as its receipts.

mod judge;
mod routes;
mod table;
mod watch;

pub use judge::{Broken, judge};
pub use routes::epoch_key;
pub use table::{ArrivedSeal, KeptKey, SealTable, SealedUpTo};
pub use watch::{SealWatch, step};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use weir_audit::EpochKey;
use weir_bundle::SigningKey;
use weir_fleet::DeviceId;
use zeroize::Zeroizing;

/// Wraps keys of devices before the database has them, with a key made from the server's receipt key: neither the database
/// nor a copy of it is enough to seal in a device's name. No `Debug`.
pub struct Wrapping(LessSafeKey);

/// A key is not one that was wrapped here, for this log; or this server's own key cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a kept key of an epoch cannot be opened")]
pub struct WrapError;

impl Wrapping {
    /// From the server's receipt key.
    ///
    /// # Errors
    /// The key cannot be written out.
    pub fn new(receipt: &SigningKey) -> Result<Self, WrapError> {
        let secret = Zeroizing::new(receipt.to_pem().map_err(|_| WrapError)?);
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let key = hmac::sign(&secret, b"weir epoch keys at rest v1\n");
        // HMAC-SHA-256 has the 32 bytes that AES-256 takes.
        let key = UnboundKey::new(&AES_256_GCM, key.as_ref()).map_err(|_| WrapError)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// For the database: nonce, sealed key, tag.
    ///
    /// # Errors
    /// Never: what is sealed is short.
    pub fn wrap(&self, log: (DeviceId, u32), key: &EpochKey, nonce: [u8; NONCE_LEN]) -> Result<Vec<u8>, WrapError> {
        let mut sealed = key.secret().to_vec();
        let bound = Aad::from(bound(log, key.epoch()));
        let done = self
            .0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound, &mut sealed);
        done.map_err(|_| WrapError)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// From the database.
    ///
    /// # Errors
    /// It is another log's, another server's, or changed.
    pub fn open(&self, log: (DeviceId, u32), epoch: u32, wrapped: &[u8]) -> Result<EpochKey, WrapError> {
        let (nonce, sealed) = wrapped.split_first_chunk().ok_or(WrapError)?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let bound = Aad::from(bound(log, epoch));
        let opened = self
            .0
            .open_in_place(Nonce::assume_unique_for_key(*nonce), bound, &mut sealed);
        let secret = opened.map_err(|_| WrapError)?.try_into().map_err(|_| WrapError)?;
        Ok(EpochKey::new(epoch, secret))
    }
}

fn bound((device, timeline): (DeviceId, u32), epoch: u32) -> Vec<u8> {
    [
        device.as_bytes().as_slice(),
        &timeline.to_be_bytes(),
        &epoch.to_be_bytes(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::{WrapError, Wrapping};
    use weir_audit::EpochKey;
    use weir_bundle::SigningKey;
    use weir_fleet::DeviceId;

    #[test]
    fn kept_keys_are_of_one_log_and_one_server() {
        let [own, other] = [1, 2].map(|seed| Wrapping::new(&SigningKey::from_seed(&[seed; 32]).unwrap()).unwrap());
        let log = (DeviceId::from_bytes([3; 16]), 1);
        let wrapped = own.wrap(log, &EpochKey::new(5, [9; 32]), [4; 12]).unwrap();
        assert!(!wrapped.windows(32).any(|window| window == [9; 32]));
        assert_eq!(own.open(log, 5, &wrapped).unwrap().secret(), &[9; 32]);
        let refused = [
            other.open(log, 5, &wrapped),
            own.open((log.0, 2), 5, &wrapped),
            own.open(log, 6, &wrapped),
            own.open(log, 5, &wrapped[1..]),
            own.open(log, 5, &[]),
        ];
        assert!(refused.into_iter().all(|opened| opened.err() == Some(WrapError)));
    }
}
