//! What a node tells the others, so that they need not ask the database again and again. A notice that is lost costs time
//! and nothing else: everything is read from the database in the end.

use super::RepoError;
use std::str::FromStr;
use tokio::sync::broadcast;
use weir_fleet::DeviceId;

/// Something changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// This device was revoked, or moved to another group.
    Device(DeviceId),
    /// A bundle was published or withdrawn.
    Bundle,
    /// A directive was given.
    Order,
    /// A request or an appeal of this device was answered.
    Exception(DeviceId),
    /// Notices may have been lost: anything may have changed.
    Anything,
}

/// Telling, and hearing.
#[async_trait::async_trait]
pub trait Notices: Send + Sync {
    /// Tells all nodes, this one too.
    async fn notify(&self, notice: Notice) -> Result<(), RepoError>;
    /// Hears what is told from now on.
    fn notices(&self) -> broadcast::Receiver<Notice>;
}

impl Notice {
    pub(super) fn to_text(self) -> String {
        match self {
            Self::Device(id) => format!("device {id}"),
            Self::Bundle => "bundle".to_owned(),
            Self::Order => "order".to_owned(),
            Self::Exception(id) => format!("exception {id}"),
            Self::Anything => "anything".to_owned(),
        }
    }
}

impl FromStr for Notice {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.split_once(' ') {
            Some(("device", id)) => id.parse().map(Self::Device).map_err(|_| ()),
            Some(("exception", id)) => id.parse().map(Self::Exception).map_err(|_| ()),
            _ if text == "bundle" => Ok(Self::Bundle),
            _ if text == "order" => Ok(Self::Order),
            _ if text == "anything" => Ok(Self::Anything),
            _ => Err(()),
        }
    }
}

/// Notices a slow listener may fall behind by.
pub(super) const BACKLOG: usize = 1024;
