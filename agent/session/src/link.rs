//! The agent, found again whenever it went away: it is upgraded, killed, started late. None of it is an error here.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use weir_ipc::{AskError, Client, ConnectError, place};
use weir_wire::{ClipboardAsk, ClipboardVerdict};

/// What the session calls itself to the agent.
pub const PROGRAM: &str = "weir-session";

const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How long to wait before trying again: twice as long each time.
pub(crate) struct Patience(Duration);

impl Patience {
    pub(crate) fn new() -> Self {
        Self(FIRST_WAIT)
    }

    /// The next wait.
    pub(crate) fn next(&mut self) -> Duration {
        let wait = self.0;
        self.0 = (wait * 2).min(LONGEST_WAIT);
        wait
    }

    pub(crate) async fn wait(&mut self) {
        sleep(self.next()).await;
    }
}

/// One connection after the other.
pub(crate) struct Link {
    state: Option<Arc<Path>>,
    client: Option<Client>,
    patience: Patience,
    /// Not before this is it tried again.
    not_before: Option<Instant>,
}

impl Link {
    pub(crate) fn new(state: Option<Arc<Path>>) -> Self {
        Self {
            state,
            client: None,
            patience: Patience::new(),
            not_before: None,
        }
    }

    /// What the agent says of a copy; `None` while there is none to ask. A connection that broke is made anew once.
    pub(crate) async fn ask(&mut self, copied: &ClipboardAsk) -> Option<ClipboardVerdict> {
        for _ in 0..2 {
            let client = self.client().await?;
            match client.clipboard(copied).await {
                Ok(verdict) => return Some(verdict),
                Err(AskError::Refused(refusal)) => {
                    tracing::warn!(%refusal, "the agent does not judge what was copied");
                    return None;
                }
                Err(error) => {
                    tracing::debug!(%error, "the connection to the agent ended");
                    self.client = None;
                }
            }
        }
        None
    }

    async fn client(&mut self) -> Option<&mut Client> {
        if self.client.is_none() {
            if self.not_before.is_some_and(|not_before| Instant::now() < not_before) {
                return None;
            }
            match connect(self.state.as_deref()).await {
                Ok(client) => {
                    self.client = Some(client);
                    (self.patience, self.not_before) = (Patience::new(), None);
                }
                Err(error) => {
                    tracing::debug!(%error, "there is no agent to ask");
                    self.not_before = Some(Instant::now() + self.patience.next());
                }
            }
        }
        self.client.as_mut()
    }
}

/// Looks for the agent anew each time: this user's own may have come up meanwhile.
pub(crate) async fn connect(state: Option<&Path>) -> Result<Client, ConnectError> {
    Client::connect(&place(state), PROGRAM).await
}

#[cfg(test)]
mod tests {
    use super::{FIRST_WAIT, LONGEST_WAIT, Patience};

    #[test]
    fn patience_grows_to_its_bound() {
        let mut patience = Patience::new();
        let waits: Vec<_> = (0..10).map(|_| patience.next()).collect();
        assert_eq!(waits[0], FIRST_WAIT);
        assert!(waits.is_sorted());
        assert_eq!(waits[9], LONGEST_WAIT);
    }
}
