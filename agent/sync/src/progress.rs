//! How far the log is receipted, on disk and in memory.

use crate::identity::Identity;
use std::fs;
use std::io;
use std::path::PathBuf;
use weir_audit::Head;
use weir_bundle::PublicKey;
use weir_fleet::{Acknowledged, DeviceId, Receipt};
use weir_store::replace;

/// The last receipt. The file is believed because the server signed it: who changes it can make records be sent twice,
/// which the server finds, and none be left out.
pub(crate) struct Progress {
    path: PathBuf,
    device: DeviceId,
    key: PublicKey,
    /// Where the log stands with the server, and in which timeline.
    pub(crate) position: Position,
    /// The last receipt is not on the disk.
    unkept: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) timeline: u32,
    /// The last record the server has, and the head behind it; `None` at the beginning of a timeline.
    pub(crate) acknowledged: Option<(u64, Head)>,
}

/// The server's answer is no receipt for this log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgressError {
    #[error("the receipt is not for this log, or not signed by the server")]
    Receipt,
}

impl Progress {
    pub(crate) fn read(identity: &Identity, key: PublicKey) -> Self {
        let path = identity.progress();
        let receipt = fs::read(&path).ok();
        let receipt = receipt.and_then(|text| serde_json::from_slice::<Receipt>(&text).ok());
        let said = receipt.and_then(|receipt| receipt.verify(&key).ok());
        let said = said.filter(|said| said.device == identity.device());
        let position = said.map_or(
            Position {
                timeline: 1,
                acknowledged: None,
            },
            |said| Position {
                timeline: said.timeline,
                acknowledged: Some((said.seq, said.head)),
            },
        );
        Self {
            path,
            device: identity.device(),
            key,
            position,
            unkept: false,
        }
    }

    /// What a receipt says, once it is verified.
    pub(crate) fn verified(&self, receipt: &Receipt) -> Result<Acknowledged, ProgressError> {
        let said = receipt.verify(&self.key).map_err(|_| ProgressError::Receipt)?;
        if said.device != self.device || said.timeline != self.position.timeline {
            return Err(ProgressError::Receipt);
        }
        Ok(said)
    }

    /// Takes a receipt that was verified, of records that this log has. The server has what it says, also where the disk has no
    /// room for it: who sent that again and again would look like a log that was rolled back. An agent that starts with an older
    /// receipt does so once.
    pub(crate) fn take(&mut self, receipt: &Receipt, said: &Acknowledged) {
        self.position.acknowledged = Some((said.seq, said.head));
        // Texts and numbers can always be turned into JSON.
        self.kept(replace(&self.path, &serde_json::to_vec(receipt).unwrap_or_default()));
    }

    /// Says so once.
    fn kept(&mut self, kept: io::Result<()>) {
        let was_unkept = std::mem::replace(&mut self.unkept, kept.is_err());
        if let Err(error) = kept.map_err(|error| error.kind())
            && !was_unkept
        {
            tracing::warn!(kind = ?error, "the server's receipt cannot be kept; sending goes on");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Position, Progress};
    use weir_bundle::SigningKey;
    use weir_fleet::{Acknowledged, DeviceId};
    use weir_model::Timestamp;

    #[test]
    fn what_the_server_has_is_not_sent_again_where_the_disk_has_no_room_for_its_receipt() {
        let dir = tempfile::tempdir().unwrap();
        let key = SigningKey::from_seed(&[3; 32]).unwrap();
        let mut progress = Progress {
            path: dir.path().join("nowhere/progress.json"),
            device: DeviceId::from_bytes([1; 16]),
            key: key.public(),
            position: Position {
                timeline: 1,
                acknowledged: None,
            },
            unkept: false,
        };
        let said = |seq| Acknowledged {
            device: DeviceId::from_bytes([1; 16]),
            timeline: 1,
            seq,
            head: [7; 32],
            time: Timestamp::from_millis(5),
        };
        let take = |progress: &mut Progress, seq| {
            let receipt = said(seq).sign(&key);
            let said = progress.verified(&receipt).unwrap();
            progress.take(&receipt, &said);
        };
        for seq in [4, 9] {
            take(&mut progress, seq);
            assert_eq!(progress.position.acknowledged, Some((seq, [7; 32])));
            assert!(progress.unkept);
        }
        std::fs::create_dir(dir.path().join("nowhere")).unwrap();
        take(&mut progress, 12);
        assert!(!progress.unkept);
        assert!(progress.path.exists());
    }
}
