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
    #[error("the receipt cannot be kept")]
    Keep(#[from] io::Error),
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
        }
    }

    /// Takes a receipt, once it is verified and on disk.
    pub(crate) fn take(&mut self, receipt: &Receipt) -> Result<Acknowledged, ProgressError> {
        let said = receipt.verify(&self.key).map_err(|_| ProgressError::Receipt)?;
        if said.device != self.device || said.timeline != self.position.timeline {
            return Err(ProgressError::Receipt);
        }
        // Texts and numbers can always be written.
        replace(&self.path, &serde_json::to_vec(receipt).unwrap_or_default())?;
        self.position.acknowledged = Some((said.seq, said.head));
        Ok(said)
    }
}
