//! Who the laptops are, in a file.

use crate::Outcome;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::Path;
use weir_fleet::DeviceId;

/// All of them, and the server they belong to.
#[derive(Serialize, Deserialize)]
pub(crate) struct Fleet {
    /// Where it listens.
    pub(crate) server: SocketAddr,
    /// Whom its certificate must be from (PEM).
    pub(crate) authority: String,
    /// What its receipts are signed with (PEM).
    pub(crate) receipt_key: String,
    /// The laptops.
    pub(crate) devices: Vec<Device>,
}

/// One laptop.
#[derive(Serialize, Deserialize)]
pub(crate) struct Device {
    /// The server's name for it.
    pub(crate) id: DeviceId,
    /// Its certificate (PEM).
    pub(crate) certificate: String,
    /// Its key (PEM): a key of a test, made for nothing else.
    pub(crate) key: String,
}

impl Fleet {
    pub(crate) fn read(file: &Path) -> Outcome<Self> {
        Ok(serde_json::from_slice(&std::fs::read(file)?)?)
    }

    pub(crate) fn write(&self, file: &Path) -> Outcome<()> {
        Ok(std::fs::write(file, serde_json::to_vec(self)?)?)
    }
}
