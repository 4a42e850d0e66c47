//! What an employee asks the server for.

use crate::client::{AskError, Client};
use crate::identity::Identity;
use weir_fleet::{Appeal, ExceptionAsked, ExceptionRequest, ProviderAsk, Taken, routes};

/// Asks on behalf of this device.
pub struct Asking {
    identity: Identity,
}

impl Asking {
    /// For an enrolled device.
    #[must_use]
    pub fn new(identity: &Identity) -> Self {
        Self {
            identity: identity.clone(),
        }
    }

    /// Asks for an exception. What is said to it comes with the answers.
    ///
    /// # Errors
    /// The server was not reached, or does not take it.
    pub async fn exception(&self, request: &ExceptionRequest) -> Result<ExceptionAsked, AskError> {
        // A connection of its own: it is asked seldom, and the certificate may have been renewed since the last time.
        Client::new(&self.identity).post(routes::EXCEPTIONS, request).await
    }

    /// Asks for a provider.
    ///
    /// # Errors
    /// The server was not reached, or does not take it.
    pub async fn provider(&self, asked: &ProviderAsk) -> Result<Taken, AskError> {
        Client::new(&self.identity).post(routes::PROVIDERS, asked).await
    }

    /// Says that a decision is wrong.
    ///
    /// # Errors
    /// The server was not reached, or does not take it.
    pub async fn appeal(&self, appeal: &Appeal) -> Result<Taken, AskError> {
        Client::new(&self.identity).post(routes::APPEALS, appeal).await
    }
}
