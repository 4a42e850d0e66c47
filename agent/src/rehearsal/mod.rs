//! A stage for `weir selftest`: for a few seconds, another listener of this agent's own proxy, with the same gate, policy,
//! log and authority, and nothing behind it.
//!
//! ```text
//! weir selftest == CONNECT api.openai.com ==> Proxy ─ Stage (judges, records, never holds) ─ Echo, in this process
//! ```
//!
//! What the proxy would connect to is replaced for the whole listener: it holds no socket to the outside, no address comes
//! from whoever asks, and the traffic of the machine's own listeners never comes here. Whoever finds the listener has what they
//! send judged, recorded and said back.

mod echo;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Semaphore;
use weir_audit::Severity;
use weir_model::EventId;
use weir_proxy::ca::Authority;
use weir_proxy::{Client, Config, Gate, HeaderEdits, Limits, LocalAnswer, Pac, Proxy, Received, RequestHead};
use weir_proxy::{Ruling, Treatment, Triage};

use crate::enforce::Enforcer;
use crate::gate::AgentGate;
use echo::Echo;

/// How long a stage is open.
pub(crate) const OPEN: Duration = Duration::from_secs(10);
/// Stages at once, of all users.
const MOST: usize = 4;
/// Decisions that are named in the log as those of a self-test.
const MOST_NAMED: usize = 32;

/// What stages are made from.
pub(crate) struct Rehearsal {
    enforcer: Arc<Enforcer>,
    gate: Arc<AgentGate>,
    authority: Arc<Authority>,
    seats: Arc<Semaphore>,
}

/// A stage cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RehearsalError {
    #[error("{MOST} self-tests run already; try again in a few seconds")]
    Busy,
    #[error(transparent)]
    Bind(#[from] weir_proxy::BindError),
    #[error("the system gave no address")]
    NoAddress,
}

impl Rehearsal {
    pub(crate) fn new(enforcer: Arc<Enforcer>, gate: Arc<AgentGate>, authority: Arc<Authority>) -> Self {
        Self {
            enforcer,
            gate,
            authority,
            seats: Arc::new(Semaphore::new(MOST)),
        }
    }

    /// Opens a stage, and says where. It closes by itself.
    pub(crate) async fn open(&self) -> Result<SocketAddr, RehearsalError> {
        let seat = Arc::clone(&self.seats)
            .try_acquire_owned()
            .map_err(|_| RehearsalError::Busy)?;
        let stage = Arc::new(Stage {
            enforcer: Arc::clone(&self.enforcer),
            gate: Arc::clone(&self.gate),
            decided: Mutex::default(),
        });
        let config = Config {
            listen: vec![(Ipv4Addr::LOCALHOST, 0).into()],
            inherited: Vec::new(),
            limits: Limits {
                drain: Duration::from_secs(1),
                ..Limits::default()
            },
            upstream: Arc::new(Echo),
            authority: Arc::clone(&self.authority),
            pac: Arc::new(Pac::default()),
        };
        let proxy = Proxy::bind(config, Arc::clone(&stage)).await?;
        let address = proxy.addresses().first().copied().ok_or(RehearsalError::NoAddress)?;
        tokio::spawn(async move {
            proxy.run(tokio::time::sleep(OPEN)).await;
            stage.mark();
            drop(seat);
        });
        Ok(address)
    }
}

/// The gate of one stage: that of the agent, but that nothing waits for the employee and nothing is called elsewhere.
struct Stage {
    enforcer: Arc<Enforcer>,
    gate: Arc<AgentGate>,
    decided: Mutex<Vec<EventId>>,
}

impl Stage {
    /// Says in the log which of its decisions were no work of anybody.
    fn mark(&self) {
        let decided = self.decided.lock();
        if decided.is_empty() {
            return;
        }
        let named: Vec<String> = decided.iter().map(ToString::to_string).collect();
        let text = format!(
            "These decisions, and those on their sockets, are of a self-test: {}.",
            named.join(", ")
        );
        self.enforcer.note("selftest", Severity::Info, text);
    }
}

impl Gate for Stage {
    fn treatment(&self, host: &str, port: u16) -> Treatment {
        match self.gate.ask_policy(host, port) {
            Treatment::Tunnel => Treatment::Refuse(LocalAnswer::text(
                403,
                format!("Weir's self-test: policy does not intercept {host}\n"),
            )),
            treatment => treatment,
        }
    }

    fn triage(&self, head: &RequestHead, client: &Client) -> Triage {
        self.gate.triage(head, client)
    }

    fn header_edits(&self, host: &str) -> HeaderEdits {
        self.gate.header_edits(host)
    }

    async fn review(&self, request: Received, client: &Client) -> Ruling {
        let sender = self.gate.sender(client);
        let (judged, guard) = self.gate.judged(&request, &sender);
        {
            let mut decided = self.decided.lock();
            if decided.len() < MOST_NAMED {
                decided.push(judged.event());
            }
        }
        let ruling = self.enforcer.enforce(judged).await;
        self.gate.with_socket(ruling, guard, request.head, sender)
    }
}
