use serde::{Deserialize, Serialize};

/// The key that a device makes the fingerprints of values with, so that its server can search for a value in records without
/// ever having had one. Each device has its own, made by the server from a key of the organisation: who takes it from one
/// laptop can guess at the values of that laptop's records and of no other's. No `Debug`: it must not reach a log.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct SearchKey {
    /// Which of the organisation's keys it is made from. Records name it.
    pub number: u32,
    /// 32 bytes, hex.
    key: String,
}

impl SearchKey {
    /// The key with this number.
    #[must_use]
    pub fn new(number: u32, key: &[u8; 32]) -> Self {
        Self {
            number,
            key: hex::encode(key),
        }
    }

    /// The key; `None` where the text is none.
    #[must_use]
    pub fn key(&self) -> Option<[u8; 32]> {
        let mut key = [0; 32];
        hex::decode_to_slice(&self.key, &mut key).ok().map(|()| key)
    }
}

#[cfg(test)]
mod tests {
    use super::SearchKey;

    #[test]
    fn keys_survive_the_wire_and_others_are_none() {
        let key = SearchKey::new(7, &[9; 32]);
        let carried: SearchKey = serde_json::from_str(&serde_json::to_string(&key).unwrap()).unwrap();
        assert_eq!((carried.number, carried.key()), (7, Some([9; 32])));
        let short: SearchKey = serde_json::from_str(r#"{"number":1,"key":"00"}"#).unwrap();
        assert_eq!(short.key(), None);
    }
}
