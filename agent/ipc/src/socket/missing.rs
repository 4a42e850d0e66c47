//! Systems whose socket is not written yet (Windows: a named pipe with an owner check). Every call says so.

use std::convert::Infallible;
use std::io;
use std::path::Path;

use super::{BindError, Failure, Peer, Reach};
use crate::Place;

/// A connection.
pub type Stream = tokio::io::DuplexStream;

/// The agent's end.
pub struct Listener(Infallible);

impl Listener {
    /// Says that there is none.
    ///
    /// # Errors
    /// Always.
    pub fn bind(_path: &Path, _reach: Reach) -> Result<Self, BindError> {
        Err(BindError::NotAvailable)
    }

    /// Is never called: there is no listener.
    ///
    /// # Errors
    /// Never.
    pub async fn accept(&self) -> io::Result<(Stream, Peer)> {
        match self.0 {}
    }
}

/// Says that there is none.
///
/// # Errors
/// Always.
pub async fn connect(_place: &Place) -> Result<Stream, Failure> {
    Err(Failure::NotAvailable)
}

/// Nobody listens.
pub(crate) fn answers(_path: &Path) -> bool {
    false
}

/// There is no such user.
pub(crate) fn is_root() -> bool {
    false
}
