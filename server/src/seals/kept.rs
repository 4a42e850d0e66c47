//! Keys of devices' logs at rest.

use crate::keys::{SealError, Sealer};
use weir_audit::EpochKey;
use weir_bundle::SigningKey;
use weir_fleet::DeviceId;

/// A device's key as it is kept: sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptKey {
    /// The epoch it is of.
    pub epoch: u32,
    /// Nonce, sealed key, tag.
    pub wrapped: Vec<u8>,
}

/// Seals keys of devices before the database has them, so that neither the database nor a copy of it is enough to seal in a
/// device's name. No `Debug`.
pub struct KeyRing(Sealer);

impl KeyRing {
    /// From the server's receipt key.
    ///
    /// # Errors
    /// The key cannot be written out.
    pub fn new(receipt: &SigningKey) -> Result<Self, SealError> {
        Sealer::new(receipt, b"keys of devices' logs v1").map(Self)
    }

    /// For the database.
    ///
    /// # Errors
    /// The system has no random bytes.
    pub fn keep(&self, log: (DeviceId, u32), key: &EpochKey) -> Result<KeptKey, SealError> {
        Ok(KeptKey {
            epoch: key.epoch(),
            wrapped: self.0.seal(&owner(log, key.epoch()), key.secret())?,
        })
    }

    /// From the database; `None` where it is another log's, another server's, or changed.
    #[must_use]
    pub fn open(&self, log: (DeviceId, u32), kept: &KeptKey) -> Option<EpochKey> {
        let secret = self.0.unseal(&owner(log, kept.epoch), &kept.wrapped)?;
        Some(EpochKey::new(kept.epoch, secret.as_slice().try_into().ok()?))
    }
}

fn owner((device, timeline): (DeviceId, u32), epoch: u32) -> String {
    format!("{device} {timeline} {epoch}")
}

#[cfg(test)]
mod tests {
    use super::{KeptKey, KeyRing};
    use weir_audit::EpochKey;
    use weir_bundle::SigningKey;
    use weir_fleet::DeviceId;

    #[test]
    fn kept_keys_are_of_one_log_and_one_server() {
        let [own, other] = [1, 2].map(|seed| KeyRing::new(&SigningKey::from_seed(&[seed; 32]).unwrap()).unwrap());
        let log = (DeviceId::from_bytes([3; 16]), 1);
        let key = EpochKey::new(5, [9; 32]);
        let kept = own.keep(log, &key).unwrap();
        assert!(!kept.wrapped.windows(32).any(|window| window == [9; 32]));
        assert!(own.open(log, &kept).unwrap().is(&key));
        let with = |epoch, wrapped: &[u8]| KeptKey {
            epoch,
            wrapped: wrapped.to_vec(),
        };
        let refused = [
            other.open(log, &kept),
            own.open((log.0, 2), &kept),
            own.open(log, &with(6, &kept.wrapped)),
            own.open(log, &with(5, &kept.wrapped[1..])),
            own.open(log, &with(5, &[])),
        ];
        assert!(refused.iter().all(Option::is_none));
    }
}
