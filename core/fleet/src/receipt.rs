//! The server's word that it has a log up to a head: what a thief who rolls the laptop back cannot take back.

use crate::{DeviceId, LogEntry};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use weir_audit::Head;
use weir_bundle::{PublicKey, SigningKey};
use weir_model::Timestamp;

/// How far a log was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// Whose.
    pub device: DeviceId,
    /// Which of its logs: counts up when one cannot be continued.
    pub timeline: u32,
    /// The last record.
    pub seq: u64,
    /// The head behind it.
    pub head: Head,
    /// When, by the server's clock.
    pub time: Timestamp,
}

/// The same, signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    device: DeviceId,
    timeline: u32,
    seq: u64,
    head: String,
    time: Timestamp,
    signature: String,
    /// Its entry in the server's log; absent from servers that have none. Not signed with it: the log proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    leaf: Option<u64>,
    /// That log's checkpoint, signed by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
}

/// The receipt is not the server's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// A head or signature that is none.
    #[error("the receipt cannot be read")]
    Malformed,
    /// Signed by somebody else, or changed since.
    #[error("the receipt is not signed by the server's receipt key")]
    Forged,
}

impl Acknowledged {
    /// Signs it.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Receipt {
        Receipt {
            device: self.device,
            timeline: self.timeline,
            seq: self.seq,
            head: hex::encode(self.head),
            time: self.time,
            signature: STANDARD.encode(key.sign(&self.signed())),
            leaf: None,
            checkpoint: None,
        }
    }

    /// The bytes the signature is over. The first line keeps it from fitting anything else the key might sign.
    fn signed(&self) -> Vec<u8> {
        let mut text = b"weir receipt v1\n".to_vec();
        text.extend_from_slice(self.device.as_bytes());
        text.extend_from_slice(&self.timeline.to_be_bytes());
        text.extend_from_slice(&self.seq.to_be_bytes());
        text.extend_from_slice(&self.time.as_millis().to_be_bytes());
        text.extend_from_slice(&self.head);
        text
    }
}

impl From<Acknowledged> for LogEntry {
    fn from(said: Acknowledged) -> Self {
        Self::Accepted {
            device: said.device,
            timeline: said.timeline,
            seq: said.seq,
            head: said.head,
        }
    }
}

impl Receipt {
    /// With its entry in the server's log, and the checkpoint of a log that has it.
    #[must_use]
    pub fn in_log(self, leaf: u64, checkpoint: &str) -> Self {
        Self {
            leaf: Some(leaf),
            checkpoint: Some(checkpoint.to_owned()),
            ..self
        }
    }

    /// Its entry in the server's log, and the log's checkpoint, as the server says. Both have to be verified.
    #[must_use]
    pub fn log(&self) -> Option<(u64, &str)> {
        Some((self.leaf?, self.checkpoint.as_deref()?))
    }

    /// What it says, once it is known that the server says it.
    ///
    /// # Errors
    /// It is not the server's.
    pub fn verify(&self, key: &PublicKey) -> Result<Acknowledged, ReceiptError> {
        let mut head = Head::default();
        hex::decode_to_slice(&self.head, &mut head).map_err(|_| ReceiptError::Malformed)?;
        let signature = STANDARD.decode(&self.signature).map_err(|_| ReceiptError::Malformed)?;
        let said = Acknowledged {
            device: self.device,
            timeline: self.timeline,
            seq: self.seq,
            head,
            time: self.time,
        };
        if key.verifies(&said.signed(), &signature) {
            Ok(said)
        } else {
            Err(ReceiptError::Forged)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Acknowledged, Receipt, ReceiptError};
    use crate::DeviceId;
    use weir_bundle::SigningKey;
    use weir_model::Timestamp;

    fn acknowledged() -> Acknowledged {
        Acknowledged {
            device: DeviceId::from_bytes([1; 16]),
            timeline: 1,
            seq: 41,
            head: [5; 32],
            time: Timestamp::from_millis(1_800_000_000_000),
        }
    }

    #[test]
    fn only_the_server_gives_receipts() {
        let key = SigningKey::from_seed(&[1; 32]).unwrap();
        let receipt = acknowledged().sign(&key);
        let carried: Receipt = serde_json::from_str(&serde_json::to_string(&receipt).unwrap()).unwrap();
        assert_eq!(carried.verify(&key.public()), Ok(acknowledged()));
        let other = SigningKey::from_seed(&[2; 32]).unwrap();
        assert_eq!(receipt.verify(&other.public()), Err(ReceiptError::Forged));
    }

    #[test]
    fn every_field_is_signed() {
        let key = SigningKey::from_seed(&[1; 32]).unwrap();
        let receipt = acknowledged().sign(&key);
        let forged = [
            Receipt {
                device: DeviceId::from_bytes([2; 16]),
                ..receipt.clone()
            },
            Receipt {
                timeline: 2,
                ..receipt.clone()
            },
            Receipt {
                seq: 42,
                ..receipt.clone()
            },
            Receipt {
                head: hex::encode([6; 32]),
                ..receipt.clone()
            },
            Receipt {
                time: Timestamp::from_millis(0),
                ..receipt
            },
        ];
        for forged in forged {
            assert_eq!(forged.verify(&key.public()), Err(ReceiptError::Forged));
        }
    }
}
