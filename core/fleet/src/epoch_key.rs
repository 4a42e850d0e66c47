use serde::{Deserialize, Serialize};
use weir_audit::EpochKey;

/// The key that the seals of a device's log are verified with, from its epoch on. A device gives it once for each of its
/// logs and forgets it itself at the end of the epoch. No `Debug`: it must not reach a log.
#[derive(Deserialize, Serialize)]
pub struct GivenEpochKey {
    /// Which of the device's logs.
    pub timeline: u32,
    epoch: u32,
    /// 32 bytes, hex.
    key: String,
}

impl GivenEpochKey {
    /// The present key of a log.
    #[must_use]
    pub fn new(timeline: u32, key: &EpochKey) -> Self {
        Self {
            timeline,
            epoch: key.epoch(),
            key: hex::encode(key.secret().as_slice()),
        }
    }

    /// The key; `None` where the text is none.
    #[must_use]
    pub fn key(&self) -> Option<EpochKey> {
        let mut secret = [0; 32];
        hex::decode_to_slice(&self.key, &mut secret).ok()?;
        Some(EpochKey::new(self.epoch, secret))
    }
}

#[cfg(test)]
mod tests {
    use super::GivenEpochKey;
    use weir_audit::EpochKey;

    #[test]
    fn keys_survive_the_wire_and_others_are_none() {
        let given = GivenEpochKey::new(2, &EpochKey::new(7, [9; 32]));
        let carried: GivenEpochKey = serde_json::from_str(&serde_json::to_string(&given).unwrap()).unwrap();
        let key = carried.key().unwrap();
        assert_eq!((carried.timeline, key.epoch(), key.secret()), (2, 7, &[9; 32]));
        let short: GivenEpochKey = serde_json::from_str(r#"{"timeline":1,"epoch":1,"key":"00"}"#).unwrap();
        assert!(short.key().is_none());
    }
}
