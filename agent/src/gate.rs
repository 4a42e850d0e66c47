//! The gate of the proxy: from connections and hosts to messages and senders.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::sync::{Semaphore, watch};
use weir_content::{Carrier, RequestView};
use weir_engine::{InForce, Unread};
use weir_policy::{AnswerGuard, Treatment as Policy};
use weir_proxy::{
    Changes, Client, Forward, Gate, HeaderEdits, LocalAnswer, Received, RequestHead, Ruling, Treatment, Triage,
};

use crate::clock;
use crate::enforce::{Enforcer, Judged, Sender};
use crate::gateway::Caller;
use crate::held::hold;
use crate::orders::Given;
use crate::os;
use crate::socket::SocketDesk;

/// Bytes of a body that are read before the engine is asked. What goes on beyond is put before policy as unread.
const JUDGED_BYTES: usize = 64 << 20;
/// From here on judging takes so long that other connections of the same thread would feel it.
pub(crate) const LONG_BODY: usize = 32 << 10;
/// Long bodies that are judged at once: each is in memory several times then, out of its codings.
const LONG_AT_ONCE: usize = 4;
/// Connections whose sender is remembered.
const REMEMBERED_SENDERS: usize = 4096;

/// What the proxy asks.
pub(crate) struct AgentGate {
    enforcer: Arc<Enforcer>,
    caller: Arc<Caller>,
    senders: Mutex<HashMap<u64, Arc<Sender>>>,
    tunnelled: AtomicU64,
    long: Semaphore,
    known: Mutex<(Arc<InForce>, Arc<Given>)>,
    changes: watch::Sender<()>,
}

impl AgentGate {
    /// A gate that carries out what the enforcer says, and has the caller call those whom a call was not made to.
    pub(crate) fn new(enforcer: Arc<Enforcer>, caller: Arc<Caller>) -> Self {
        let known = (enforcer.in_force.load_full(), enforcer.ordered(clock::now()));
        Self {
            known: Mutex::new(known),
            changes: watch::Sender::new(()),
            enforcer,
            caller,
            senders: Mutex::default(),
            tunnelled: AtomicU64::new(0),
            long: Semaphore::new(LONG_AT_ONCE),
        }
    }

    /// Connections passed byte for byte so far.
    pub(crate) fn tunnelled(&self) -> u64 {
        self.tunnelled.load(Ordering::Relaxed)
    }

    /// Has the proxy ask again about what passes unread, where something else is in force or ordered than before. Orders and
    /// what lifts them end by the clock, so this is asked again and again.
    pub(crate) fn look_again(&self) {
        let now = (self.enforcer.in_force.load_full(), self.enforcer.ordered(clock::now()));
        let mut known = self.known.lock();
        if !Arc::ptr_eq(&known.0, &now.0) || !Arc::ptr_eq(&known.1, &now.1) {
            *known = now;
            self.changes.send_replace(());
        }
    }

    /// What policy and orders say of a host.
    pub(crate) fn ask_policy(&self, host: &str, port: u16) -> Treatment {
        let policy = &self.enforcer.in_force.load().policy;
        let ordered = self.enforcer.ordered(clock::now());
        match policy.treatment(host, port) {
            Policy::Intercept if ordered.suspends => Treatment::Tunnel,
            Policy::Tunnel if policy.closes_unread(host, port, &ordered.closed) => Treatment::Refuse(
                LocalAnswer::text(403, format!("Blocked by Weir: the administrators have closed {host}\n")),
            ),
            Policy::Intercept => Treatment::Intercept,
            Policy::Tunnel => Treatment::Tunnel,
            Policy::Refuse { reason } => {
                Treatment::Refuse(LocalAnswer::text(403, format!("Blocked by Weir: {reason}\n")))
            }
        }
    }

    /// One look at the system's tables a connection.
    pub(crate) fn sender(&self, client: &Client) -> Arc<Sender> {
        if let Some(sender) = self.senders.lock().get(&client.connection) {
            return Arc::clone(sender);
        }
        let owner = os::socket_owner(client.peer, client.local);
        let id = owner.map(|owner| owner.uid);
        let sender = Arc::new(Sender {
            id,
            process: owner.and_then(|owner| self.enforcer.programs.holder(owner)),
            connection: client.connection,
            user: id.and_then(os::user_name),
        });
        let mut senders = self.senders.lock();
        if senders.len() >= REMEMBERED_SENDERS {
            // Connections that still live are looked up once more.
            senders.clear();
        }
        senders.insert(client.connection, Arc::clone(&sender));
        sender
    }

    /// Judges a request; with what policy says of the answers, where it opens a socket.
    pub(crate) fn judged(&self, request: &Received, sender: &Sender) -> (Judged, Option<AnswerGuard>) {
        let Received { head, body, complete } = request;
        let unread = (!complete).then_some(Unread::TooLarge);
        let carrier = if head.upgrade().is_some() {
            Carrier::Handshake
        } else {
            Carrier::Http
        };
        let judge = || {
            see(head, body, carrier, |view| {
                self.enforcer.judge(view, unread, sender, None)
            })
        };
        let judged = if is_short(request) {
            judge()
        } else {
            tokio::task::block_in_place(judge)
        };
        let guard = head.upgrade().map(|_| judged.answer_guard().clone());
        (judged, guard)
    }

    /// The same ruling; a handshake that goes on gets somebody who judges what comes after it.
    pub(crate) fn with_socket(
        &self,
        ruling: Ruling,
        guard: Option<AnswerGuard>,
        handshake: RequestHead,
        sender: Arc<Sender>,
    ) -> Ruling {
        match (ruling, guard) {
            (Ruling::Forward(forward), Some(guard)) => Ruling::Forward(Forward {
                socket: Some(SocketDesk::open(Arc::clone(&self.enforcer), handshake, sender, guard)),
                ..forward
            }),
            (ruling, _) => ruling,
        }
    }
}

impl Gate for AgentGate {
    fn treatment(&self, host: &str, port: u16) -> Treatment {
        let treatment = self.ask_policy(host, port);
        if matches!(treatment, Treatment::Tunnel) {
            self.tunnelled.fetch_add(1, Ordering::Relaxed);
        }
        treatment
    }

    fn triage(&self, head: &RequestHead, _client: &Client) -> Triage {
        let policy = &self.enforcer.in_force.load().policy;
        if self.enforcer.ordered(clock::now()).suspends {
            // On a connection that was intercepted before.
            return Triage::Pass;
        }
        if policy.reads(head.host(), head.port(), head.path()) {
            Triage::Judge { limit: JUDGED_BYTES }
        } else {
            Triage::Pass
        }
    }

    fn treatment_of_hello(&self, host: &str, port: u16) -> Treatment {
        // The connection has been counted by the host it asked for.
        self.ask_policy(host, port)
    }

    fn changes(&self) -> Changes {
        Changes::of(&self.changes)
    }

    fn header_edits(&self, host: &str) -> HeaderEdits {
        let edits = self.enforcer.in_force.load().policy.header_edits(host);
        HeaderEdits {
            remove: edits.remove,
            set: edits.set,
        }
    }

    async fn review(&self, request: Received, client: &Client) -> Ruling {
        let sender = self.sender(client);
        if let Some(divertible) = self.caller.divertible(&request, &sender) {
            return self.caller.divert(&divertible).await;
        }
        let (judged, guard) = {
            // Whoever has a turn waits for nobody, so turns come. The semaphore is never closed.
            let _turn = match is_short(&request) {
                true => None,
                false => self.long.acquire().await.ok(),
            };
            self.judged(&request, &sender)
        };
        let ruling = hold(&self.enforcer, &request, &sender, judged).await;
        self.with_socket(ruling, guard, request.head, sender)
    }
}

/// How long a body is shows only after its coding is undone.
fn is_short(request: &Received) -> bool {
    request.body.len() < LONG_BODY && request.head.header("content-encoding").is_none()
}

/// Shows a request to the engine: a body under its own head, or a message of a WebSocket under that of its handshake.
pub(crate) fn see<T>(head: &RequestHead, body: &[u8], carrier: Carrier, look: impl FnOnce(&RequestView<'_>) -> T) -> T {
    let headers: Vec<(Cow<'_, str>, &[u8])> = head.headers().map(|(name, value)| (lower_case(name), value)).collect();
    let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (&**name, *value)).collect();
    look(&RequestView {
        method: head.method(),
        host: &authority(head.host(), head.port()),
        path: head.path(),
        query: head.query(),
        headers: &headers,
        body,
        carrier,
    })
}

/// Catalogue patterns name a port only where it is not that of HTTPS.
pub(crate) fn authority(host: &str, port: u16) -> Cow<'_, str> {
    if port == 443 {
        Cow::Borrowed(host)
    } else {
        Cow::Owned(format!("{host}:{port}"))
    }
}

fn lower_case(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}
