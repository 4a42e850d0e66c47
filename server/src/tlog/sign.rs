//! Checkpoints.

use super::table::TreeHead;
use parking_lot::Mutex;
use std::sync::Arc;
use weir_bundle::SigningKey;
use weir_fleet::log_key;
use weir_tlog::{Checkpoint, KeyName, OriginError};

/// Signs where the log stands: once, however many ask.
pub struct Log {
    key: KeyName,
    newest: Mutex<Option<(TreeHead, Arc<str>)>>,
}

impl Log {
    /// The log of a server with this key.
    ///
    /// # Errors
    /// Never; see [`log_key`].
    pub fn new(key: &SigningKey) -> Result<Self, OriginError> {
        Ok(Self {
            key: log_key(&key.public())?,
            newest: Mutex::default(),
        })
    }

    /// Name and key: what auditors verify with.
    #[must_use]
    pub const fn key(&self) -> &KeyName {
        &self.key
    }

    /// The signed checkpoint of a head, with the key that [`new`](Self::new) was told of.
    #[must_use]
    pub fn checkpoint(&self, head: TreeHead, key: &SigningKey) -> Arc<str> {
        let mut newest = self.newest.lock();
        if let Some((known, note)) = &*newest
            && *known == head
        {
            return Arc::clone(note);
        }
        let note: Arc<str> = self.at(head).sign(key).into();
        *newest = Some((head, Arc::clone(&note)));
        note
    }

    /// The checkpoint of a head, which is not signed yet.
    #[must_use]
    pub fn at(&self, head: TreeHead) -> Checkpoint {
        Checkpoint {
            origin: self.key.name().to_owned(),
            size: head.size,
            root: head.root,
        }
    }
}
