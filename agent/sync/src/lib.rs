//! The agent's side of the admin server.
//!
//! ```text
//! enrol      a token becomes an identity: key, certificate, and whom to believe
//! upload     records behind the last receipt go up; the log is never ahead of what is durable
//! follow     a stream of hints is held open; what a hint points to is fetched and handed to the agent
//! stream     that stream: a connection that goes both ways, or what older servers have
//! line       what is said on it: what this device runs, and records that are few
//! asking     an exception is asked for, when the employee wants one
//! witness    the server's log is the same for all and only grows, which is cosigned, or there is evidence
//! prove      what proves that the server has a record
//! renew      the certificate is replaced long before it ends
//! ```
//!
//! Neighbours: the agent starts [`Link::run`] beside the proxy and gives it what it needs to ask and tell ([`Agent`]). It
//! must not know what a pack means nor what a record says: it carries both.
//!
//! Failure: the laptop works without its server. Policy stays the last good bundle, records stay on the disk until they
//! are receipted, and everything is tried again, later and later.

mod asking;
mod client;
mod cosign;
mod enrol;
mod fetching;
mod follow;
mod identity;
mod line;
mod pin;
mod progress;
mod prove;
mod readings;
mod renew;
mod retry;
mod stream;
mod upload;
mod witness;

pub use asking::Asking;
pub use client::{AskError, Client};
pub use enrol::{EnrolError, enrol};
pub use identity::{Identity, IdentityError};
pub use prove::acknowledgement;
pub use readings::readings;
pub use upload::sent;
pub use witness::Split;

use line::Line;
use std::sync::Arc;
use weir_fleet::{Answers, ExceptionAnswers, SearchKey, Standing};
use weir_store::Store;

/// Why a bundle or a directive is not in force. What was in force stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotTaken {
    /// In words.
    pub why: String,
    /// The same may be taken later, as it is: the disk was full, or the clock wrong.
    pub passes: bool,
}

/// What the agent does for its server.
pub trait Agent: Send + Sync + 'static {
    /// What it runs.
    fn standing(&self) -> Standing;
    /// Takes a bundle; gives the reason where it is refused.
    ///
    /// # Errors
    /// What was in force stays in force.
    fn take_bundle(&self, bundle: &[u8]) -> Result<(), NotTaken>;
    /// The last bundle it took, byte for byte; `None` where there is none.
    fn held_bundle(&self) -> Option<Vec<u8>>;
    /// Takes a directive; gives the reason where it is refused.
    ///
    /// # Errors
    /// What was in force stays in force.
    fn take_order(&self, order: &[u8]) -> Result<(), NotTaken>;
    /// Takes a statement of what is newest, after bundle and directive; true when this device has what it names. Gives the
    /// reason where it is not believed.
    ///
    /// # Errors
    /// What was said before ends in its time.
    fn take_fresh(&self, statement: &[u8]) -> Result<bool, String>;
    /// Takes what was said to requests for exceptions, and the exceptions that hold.
    ///
    /// # Errors
    /// They could not be kept; the reason.
    fn take_exceptions(&self, answers: &ExceptionAnswers) -> Result<(), String>;
    /// Takes what was said to other requests of this device, and to its appeals.
    fn take_answers(&self, answers: Answers);
    /// From now on makes the fingerprints of values with this key. It is kept already.
    fn take_search_key(&self, key: &SearchKey);
    /// The server answered.
    fn heard(&self);
    /// Keeps a remark in the log.
    fn remark(&self, code: &'static str, text: String);
}

/// Everything that goes on between an enrolled device and its server.
pub struct Link {
    identity: Identity,
    store: Arc<Store>,
    agent: Arc<dyn Agent>,
}

impl Link {
    /// For an enrolled device.
    #[must_use]
    pub fn new(identity: Identity, store: Arc<Store>, agent: Arc<dyn Agent>) -> Self {
        Self { identity, store, agent }
    }

    /// Runs until it is dropped. It never gives up and never fails: each part tries again by itself.
    pub async fn run(self) {
        let client = Arc::new(Client::new(&self.identity));
        let line = Arc::new(Line::default());
        let upload = upload::Upload::new(
            &self.identity,
            Arc::clone(&client),
            Arc::clone(&line),
            self.store,
            Arc::clone(&self.agent),
        );
        let follow = follow::Follow::new(
            self.identity.clone(),
            Arc::clone(&client),
            line,
            Arc::clone(&self.agent),
        );
        let renew = renew::Renew::new(self.identity.clone(), client, self.agent);
        tokio::join!(upload.run(), follow.run(), renew.run());
    }
}
