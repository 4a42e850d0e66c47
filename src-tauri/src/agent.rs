//! The agent, over its socket: followed as long as the program runs, and asked whenever a page wants to know.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Instant, sleep, sleep_until};
use weir_ipc::{AskError, Client, ConnectError, HeldTail, Tail, place};
use weir_wire::{Connection, Refusal};

use crate::controller::Input;

/// Where the agent is asked.
#[derive(Clone)]
pub(crate) struct Agent {
    state: Option<PathBuf>,
}

const PROGRAM: &str = "weir-tray";
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The status is asked for so often by itself.
const STATUS_EVERY: Duration = Duration::from_secs(5);
/// And so soon after something happened: many things are asked about once.
const STATUS_AFTER: Duration = Duration::from_millis(200);

/// Why following ended.
enum Ended {
    Connect(ConnectError),
    Ask,
}

/// Two streams, and a client that asks beside them.
struct Following {
    client: Client,
    held: HeldTail,
    events: Tail,
}

impl Agent {
    /// The agent with this state directory; else the user's own, or the machine's.
    pub(crate) const fn new(state: Option<PathBuf>) -> Self {
        Self { state }
    }

    /// A conversation.
    ///
    /// # Errors
    /// When no agent answers that understands this program.
    pub(crate) async fn client(&self) -> Result<Client, ConnectError> {
        // Looked for each time: the machine's agent may have come or gone.
        Client::connect(&place(self.state.as_deref()), PROGRAM).await
    }

    /// Tells what happens there, for ever; tries again when the connection breaks.
    pub(crate) async fn follow(&self, inputs: &UnboundedSender<Input>) {
        let mut pause = FIRST_PAUSE;
        loop {
            let ended = match self.begin(inputs).await {
                Ok(following) => {
                    pause = FIRST_PAUSE;
                    following.go_on(inputs).await;
                    Connection::Offline
                }
                Err(Ended::Connect(error)) => connection(&error),
                Err(Ended::Ask) => Connection::Offline,
            };
            if inputs.send(Input::Connection(ended)).is_err() {
                return;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// The streams first, and then the lists: what happens between is told twice, not never.
    async fn begin(&self, inputs: &UnboundedSender<Input>) -> Result<Following, Ended> {
        let held = self.client().await?.watch_held().await?;
        let events = self.client().await?.tail().await?;
        let mut client = self.client().await?;
        let version = client.welcome().version.clone();
        let (status, waiting) = (client.status().await?, client.held().await?);
        let _ = inputs.send(Input::Connection(Connection::Connected { version }));
        let _ = inputs.send(Input::Status(Box::new(status)));
        let _ = inputs.send(Input::Waiting(waiting.held));
        Ok(Following { client, held, events })
    }
}

impl Following {
    /// Until one of the streams ends.
    async fn go_on(mut self, inputs: &UnboundedSender<Input>) {
        let mut missed = 0;
        let mut ask_at = Instant::now() + STATUS_EVERY;
        loop {
            let input = tokio::select! {
                change = self.held.next() => match change {
                    Ok(Some(change)) => Input::Held(change),
                    _ => return,
                },
                event = self.events.next(&mut missed) => match event {
                    Ok(Some(event)) => Input::Decided(Box::new(event)),
                    _ => return,
                },
                () = sleep_until(ask_at) => match self.client.status().await {
                    Ok(status) => Input::Status(Box::new(status)),
                    Err(_) => return,
                },
            };
            let pause = match input {
                Input::Status(_) => STATUS_EVERY,
                _ => STATUS_AFTER,
            };
            // Something that happens again and again does not put the question off for ever.
            let next = Instant::now() + pause;
            ask_at = if matches!(input, Input::Status(_)) {
                next
            } else {
                ask_at.min(next)
            };
            if inputs.send(input).is_err() {
                return;
            }
        }
    }
}

impl From<ConnectError> for Ended {
    fn from(error: ConnectError) -> Self {
        Self::Connect(error)
    }
}

impl From<AskError> for Ended {
    fn from(_: AskError) -> Self {
        Self::Ask
    }
}

/// How it stands, when it could not be reached.
fn connection(error: &ConnectError) -> Connection {
    match error {
        ConnectError::NotOurs(_) => Connection::NotOurs,
        ConnectError::Ask(AskError::Refused(Refusal::AgentTooOld { .. })) => Connection::TooOld,
        ConnectError::Ask(AskError::Refused(Refusal::ClientTooOld { .. })) => Connection::TooNew,
        ConnectError::NotRunning(_) | ConnectError::Io { .. } | ConnectError::Ask(_) => Connection::Offline,
    }
}

#[cfg(test)]
mod tests {
    use super::connection;
    use weir_ipc::{AskError, ConnectError};
    use weir_wire::{Capability, Connection, Refusal};

    #[test]
    fn an_older_or_newer_agent_is_told_from_none() {
        let (theirs, oldest) = (Capability(1), Capability(2));
        let refused = |refusal| ConnectError::Ask(AskError::Refused(refusal));
        for (error, state) in [
            (ConnectError::NotRunning("socket".into()), Connection::Offline),
            (ConnectError::Ask(AskError::TooSlow), Connection::Offline),
            (refused(Refusal::AgentTooOld { theirs, oldest }), Connection::TooOld),
            (refused(Refusal::ClientTooOld { theirs, oldest }), Connection::TooNew),
        ] {
            assert_eq!(connection(&error), state, "{error}");
        }
    }
}
