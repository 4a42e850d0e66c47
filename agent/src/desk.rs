//! What the agent tells programs that ask: how it is doing, and what it recorded.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_lc_rs::digest::{SHA256, digest as sha256};
use futures_util::stream::{self, BoxStream};
use parking_lot::Mutex;
use tokio::sync::broadcast;
use weir_audit::{AccessRecord, Record};
use weir_fleet::{Answers as Said, ExceptionAnswers, Lifts, OverrideUse, SearchKey};
use weir_ipc::socket::Peer;
use weir_model::{EventId, Sensitive, Timestamp};
use weir_proxy::Pac;
use weir_proxy::ca::Authority;
use weir_store::{Entry, Store, Subscription};
use weir_sync::Identity;
use weir_wire::{
    AppealAsk, Appealed, AskedList, Audit, Certificate, ClipboardAsk, ClipboardVerdict, DryRun, DryRunQuery, Event,
    EventList, EventQuery, EventRecords, HeldAsk, HeldChange, HeldDone, HeldList, HeldMessage, HeldSend, HeldText,
    LiftedWhat, NotLifted, OverrideAsk, OverrideDone, Policy, PolicyMatrix, ProviderAsked, ProviderWanted, Proxy,
    Refusal, ReplayQuery, Replays, SelfTest, Status,
};

use crate::agent::publish_hosts;
use crate::asked::Asked;
use crate::clock;
use crate::enforce::Enforcer;
use crate::gate::AgentGate;
use crate::gateway;
use crate::held::{Choice, Item, Waiting, checked_reason};
use crate::history;
use crate::in_force::{self, Loaded};
use crate::ipc::{self, Account, Answers, event_of};
use crate::orders::OrderError;
use crate::os;
use crate::overrides::{self, EnterError};
use crate::rego;
use crate::rehearsal::{OPEN, Rehearsal};
use crate::replay;
use crate::shown;
use crate::slot::{Slot, SlotError};
use crate::standing::{counts, problems};
use crate::state::StateDir;
use weir_model::chain;

/// Events a slow listener may fall behind by, before it is told that it missed some.
const BACKLOG: usize = 1024;

/// Answers the socket.
pub(crate) struct Desk {
    enforcer: Arc<Enforcer>,
    gate: Arc<AgentGate>,
    started: Timestamp,
    proxy: Proxy,
    certificate: Certificate,
    policy: Option<PolicyDesk>,
    gateway: Option<SocketAddr>,
    asked: Asked,
    server: Option<ServerDesk>,
    rehearsal: Option<Rehearsal>,
    live: Arc<Live>,
    /// What was refused last, and why, by the code of the remark.
    refused: Mutex<HashMap<&'static str, Refused>>,
}

/// The problem of a server whose log is not the one it was.
pub(crate) const SPLIT_VIEW: &str = "fleet.split-view";

/// The admin server, as the status tells it.
struct ServerDesk {
    server: weir_wire::Server,
    /// When it last answered, in milliseconds; 0 while it has not.
    heard: AtomicI64,
    identity: Identity,
}

/// A bundle or a directive, by its digest, and the reason.
type Refused = ([u8; 32], String);

/// Why a bundle that came here is not in force. What was in force stays.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InstallError {
    /// This agent takes none.
    #[error("it was started without `--bundle-key` or `--bundle-root`")]
    NoSlot,
    /// It was looked at.
    #[error(transparent)]
    Slot(#[from] SlotError),
}

impl InstallError {
    /// True where the same bundle may be taken later.
    pub(crate) fn passes(&self) -> bool {
        match self {
            Self::NoSlot => false,
            Self::Slot(error) => error.passes(),
        }
    }
}

/// Where bundles are taken.
struct PolicyDesk {
    state: StateDir,
    slot: Option<Slot>,
    pac: Arc<Pac>,
    /// Hosts the device's authority may vouch for.
    certified: HashSet<String>,
    /// Held from the slot to the policy in force: a bundle that comes while another expires must not be lost.
    changing: Mutex<()>,
}

/// Events as they happen. The log is followed only while somebody listens.
struct Live {
    events: broadcast::Sender<Arc<Event>>,
    subscription: Mutex<Option<Subscription>>,
}

impl Desk {
    /// Answers from the enforcer's log.
    pub(crate) fn new(enforcer: Arc<Enforcer>, gate: Arc<AgentGate>, proxy: Proxy, certificate: Certificate) -> Self {
        let (events, _) = broadcast::channel(BACKLOG);
        Self {
            enforcer,
            gate,
            started: clock::now(),
            proxy,
            certificate,
            policy: None,
            gateway: None,
            asked: Asked::new(None),
            server: None,
            rehearsal: None,
            refused: Mutex::default(),
            live: Arc::new(Live {
                events,
                subscription: Mutex::new(None),
            }),
        }
    }

    /// Takes bundles, where there is a slot for them.
    pub(crate) fn with_policy(
        mut self,
        state: StateDir,
        slot: Option<Slot>,
        pac: Arc<Pac>,
        certified: Vec<String>,
    ) -> Self {
        self.policy = Some(PolicyDesk {
            state,
            slot,
            pac,
            certified: certified.into_iter().collect(),
            changing: Mutex::new(()),
        });
        self
    }

    /// Tells where the gateway listens.
    pub(crate) fn with_gateway(mut self, address: Option<SocketAddr>) -> Self {
        self.gateway = address;
        self
    }

    /// Asks the admin server, where there is one.
    pub(crate) fn with_asked(mut self, asked: Asked) -> Self {
        self.asked = asked;
        self
    }

    /// Tells which admin server this device is enrolled with, where it is.
    pub(crate) fn with_server(mut self, identity: Option<&Identity>) -> Self {
        self.server = identity.map(|identity| ServerDesk {
            server: weir_wire::Server {
                address: identity.server().to_owned(),
                device: identity.device().to_string(),
                group: identity.group().to_owned(),
                heard: None,
                receipt: None,
            },
            heard: AtomicI64::new(0),
            identity: identity.clone(),
        });
        self
    }

    /// The bundle that is kept, byte for byte; `None` where there is none.
    pub(crate) fn held_bundle(&self) -> Option<Vec<u8>> {
        self.slot().and_then(Slot::kept)
    }

    /// The admin server answered.
    pub(crate) fn heard(&self) {
        if let Some(server) = &self.server {
            server.heard.store(clock::now().as_millis(), Ordering::Relaxed);
        }
    }

    /// Lets the agent be tried out.
    pub(crate) fn with_rehearsal(mut self, authority: Arc<Authority>) -> Self {
        let (enforcer, gate) = (Arc::clone(&self.enforcer), Arc::clone(&self.gate));
        self.rehearsal = Some(Rehearsal::new(enforcer, gate, authority));
        self
    }

    fn slot(&self) -> Option<&Slot> {
        self.policy.as_ref().and_then(|policy| policy.slot.as_ref())
    }

    /// The log.
    pub(crate) fn store(&self) -> Arc<Store> {
        Arc::clone(&self.enforcer.store)
    }

    /// Keeps a remark in the log.
    pub(crate) fn note(&self, code: &str, text: String) {
        self.enforcer.note(code, weir_audit::Severity::Warning, text);
    }

    /// Number of the last directive that was taken.
    pub(crate) fn last_order(&self) -> u64 {
        self.enforcer.orders.last()
    }

    /// Takes a directive. The record of it, in a log that is chained, is the proof that it came here.
    pub(crate) fn take_order(&self, order: &[u8]) -> Result<(), OrderError> {
        match self.enforcer.orders.take(order, clock::now()) {
            Ok(given) => {
                let text = given.text();
                let text = text.unwrap_or_else(|| format!("Policy holds as it is, by order {}.", given.epoch));
                tracing::warn!(epoch = given.epoch, "a directive holds");
                self.gate.look_again();
                self.enforcer
                    .note("directive.taken", weir_audit::Severity::Warning, text);
                Ok(())
            }
            Err(error) => {
                self.note_refused("directive.refused", "A directive", order, chain(&error));
                Err(error)
            }
        }
    }

    /// What comes again and is refused again, for the same reason, is noted once.
    fn note_refused(&self, code: &'static str, what: &str, bytes: &[u8], why: String) {
        let mut digest = [0; 32];
        digest.copy_from_slice(sha256(&SHA256, bytes).as_ref());
        let text = format!("{what} was refused: {why}.");
        let refused = (digest, why);
        let before = self.refused.lock().insert(code, refused.clone());
        if before != Some(refused) {
            self.note(code, text);
        }
    }

    /// Takes a bundle: it is in force when this returns.
    pub(crate) fn install(&self, bundle: &[u8]) -> Result<(), InstallError> {
        let policy = self.policy.as_ref();
        let taker = policy.and_then(|policy| Some((policy, policy.slot.as_ref()?)));
        let (policy, slot) = taker.ok_or(InstallError::NoSlot)?;
        let _changing = policy.changing.lock();
        let loaded = slot.take(bundle, clock::now()).inspect_err(|error| {
            let why = chain(error);
            tracing::warn!(why, "a bundle was refused");
            self.note_refused("policy.refused", "A bundle", bundle, why);
        })?;
        let number = loaded.in_force.policy.bundle().number;
        self.put_in_force(loaded);
        tracing::info!(number, "a bundle is in force");
        self.enforcer.note(
            "policy.installed",
            weir_audit::Severity::Info,
            format!("Bundle {number} is in force."),
        );
        Ok(())
    }

    /// Takes a statement of what is newest. True when this device has all that it names.
    pub(crate) fn take_fresh(&self, statement: &[u8]) -> Result<bool, String> {
        let (newest, now) = (self.slot().and_then(Slot::newest), clock::now());
        let fresh = &self.enforcer.fresh;
        let taken = fresh.take(statement, newest.as_ref(), self.last_order(), now);
        let (taken, remark) = match taken {
            Ok((withheld, remark)) => {
                self.heard_time(now);
                (Ok(withheld.is_nothing()), remark)
            }
            Err((why, remark)) => (Err(why), remark),
        };
        if let Some((code, text)) = remark {
            self.note(code, text);
        }
        self.reckon_freshness();
        taken
    }

    /// A statement has come that is believed: it is an hour old at most.
    fn heard_time(&self, now: Timestamp) {
        let Some(said) = self.enforcer.fresh.said() else { return };
        self.enforcer.overrides.heard(said, now);
        self.enforcer.exceptions.heard(said, now);
    }

    /// Notes when it is no longer known that policy is the newest, and when it is again.
    pub(crate) fn reckon_freshness(&self) {
        let in_force = self.enforcer.in_force.load();
        if let Some((code, text)) = self.enforcer.fresh.tick(in_force.policy.when_stale(), clock::now()) {
            tracing::warn!(code, text);
            self.note(code, text);
        }
    }

    /// Keeps the time that codes go by. What directives and codes have opened ends with them, also where it is in use.
    pub(crate) fn keep_time(&self) {
        self.enforcer.overrides.tick(clock::now());
        self.gate.look_again();
    }

    /// Takes what was said to requests for exceptions. What waits for one of them goes, or is told.
    pub(crate) fn take_exceptions(&self, answers: &ExceptionAnswers) -> std::io::Result<()> {
        for why in self.enforcer.exceptions.take(&answers.exceptions, clock::now())? {
            let text = format!("An exception was refused: {why}.");
            self.enforcer
                .note("exception.refused", weir_audit::Severity::Warning, text);
        }
        for standing in &answers.requests {
            self.enforcer
                .waiting
                .answered(standing.event, standing.state, &standing.why);
        }
        Ok(())
    }

    /// Takes what was said to other requests and to appeals. What waits is told.
    pub(crate) fn take_answers(&self, answers: Said) {
        for appealed in self.asked.take(answers) {
            self.enforcer.waiting.appealed(&appealed);
        }
    }

    /// From now on, the server can search for values in records.
    pub(crate) fn take_search_key(&self, key: &SearchKey) {
        self.enforcer.search_by(key);
    }

    /// What waits is refused, and nothing waits any more.
    pub(crate) fn stop_holding(&self) {
        self.enforcer.waiting.stop();
    }

    /// A message of this user that waits.
    fn waiting(&self, uid: u32, id: EventId) -> Result<Arc<Item>, Refusal> {
        self.enforcer.waiting.one(uid, id).ok_or(Refusal::NoSuchHeld)
    }

    /// Puts the built-in pack in force when the bundle's time is over: it approves nobody, so the failure is closed. A bundle
    /// that was over by a clock that was wrong comes back.
    pub(crate) fn end_expired(&self) {
        let Some(policy) = &self.policy else { return };
        let Some(slot) = &policy.slot else { return };
        let _changing = policy.changing.lock();
        let now = clock::now();
        if slot.is_back(now) {
            self.bring_back(slot, now);
        }
        if !slot.has_expired(now) {
            return;
        }
        match in_force::load(None, None) {
            Ok(loaded) => self.put_in_force(loaded),
            Err(error) => tracing::error!(%error, "the built-in pack cannot be loaded"),
        }
        tracing::warn!("the bundle has expired");
        self.enforcer.note(
            "policy.expired",
            weir_audit::Severity::Warning,
            "The bundle has expired; the built-in weir/baseline is in force.".to_owned(),
        );
    }

    /// The bundle that is kept is verified and compiled anew. Where it cannot be run, the built-in pack stays, and the next tick
    /// tries again.
    fn bring_back(&self, slot: &Slot, now: Timestamp) {
        match slot.current(now) {
            Ok(Some(loaded)) => self.put_in_force(loaded),
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(why = chain(&error), "the bundle that is kept cannot be run");
                return;
            }
        }
        tracing::info!("the bundle is in force again");
        let text = "The clock says that the bundle has not expired; it is in force again.";
        self.note("policy.back", text.to_owned());
    }

    /// Requests that are being judged end under the old policy, the next ones begin under the new.
    fn put_in_force(&self, loaded: Loaded) {
        let hosts = loaded.in_force.policy.intercepted_hosts();
        let certified = loaded.in_force.policy.certified_hosts();
        self.enforcer.keep(loaded.in_force.policy.bundle(), &loaded.texts);
        self.enforcer.in_force.store(Arc::new(loaded.in_force));
        self.gate.look_again();
        let Some(policy) = &self.policy else { return };
        policy.pac.set_hosts(&hosts);
        publish_hosts(&policy.state, &hosts);
        let beyond = certified
            .iter()
            .filter(|host| !policy.certified.contains(*host))
            .count();
        if beyond > 0 {
            self.enforcer.note(
                "ca.behind",
                weir_audit::Severity::Warning,
                format!("{beyond} hosts of the new policy are closed until the agent is started again: its certificate authority does not name them."),
            );
        }
    }

    /// Reading is recorded, like everything that touches the log.
    fn record_access(&self, peer: Peer, access: &str, query: String, count: usize) {
        let time = clock::now();
        let name = |uid: u32| os::user_name(uid).unwrap_or_else(|| uid.to_string());
        let record = Record::Access(AccessRecord {
            time,
            user: peer.uid().map_or_else(|| "local".to_owned(), name),
            access: access.to_owned(),
            query,
            count: count as u64,
        });
        self.enforcer
            .store
            .append_record(time, clock::event_id(time), &record, |_| {});
    }

    fn enter(&self, code: &str) -> Result<OverrideUse, EnterError> {
        let now = clock::now();
        let identity = self.server.as_ref().map(|server| &server.identity);
        let codes = identity.and_then(|identity| identity.override_key()?.codes(identity.device()));
        let codes = codes.ok_or(EnterError::NoKey)?;
        let way = self.enforcer.in_the_way(now);
        self.enforcer.overrides.enter(&codes, code, way, now)
    }

    /// What was misheard, and what is not even looked at, is not worth a record: there is no end to either.
    fn not_lifted(&self, error: &EnterError, who: &str) -> Refusal {
        let why = chain(error);
        match error.reason() {
            Some(NotLifted::Wrong | NotLifted::Used | NotLifted::Expired) => {
                let text = format!("A code lifts nothing, entered by {who}: {why}.");
                self.note("override.refused", text);
            }
            Some(_) => {}
            None => tracing::error!(error = why, "a code could not be taken"),
        }
        match error.reason() {
            Some(reason) => Refusal::Override { reason, why },
            None => Refusal::Failed,
        }
    }

    /// The last codes that were used here, oldest first.
    pub(crate) fn overrides(&self) -> Vec<OverrideUse> {
        self.enforcer.overrides.uses()
    }

    /// What is in force now.
    pub(crate) fn policy_in_force(&self) -> Policy {
        let in_force = self.enforcer.in_force.load();
        Policy {
            pack: in_force.policy.name().to_owned(),
            version: in_force.policy.version().unwrap_or("unversioned").to_owned(),
            bundle: in_force.policy.bundle().clone(),
            expires: self.slot().and_then(Slot::expires),
        }
    }
}

/// Whose events and exceptions are shown; `None` shows all.
fn shown_to(peer: Peer) -> Option<Account> {
    match peer {
        Peer::Owner(_) => None,
        Peer::Person(uid) => Some(Account(os::user_name(uid))),
    }
}

impl ServerDesk {
    /// Whoever administers a server cannot be asked whether it lies.
    fn split(&self) -> Option<weir_wire::Problem> {
        let (split, path) = self.identity.split()?;
        Some(weir_wire::Problem {
            code: SPLIT_VIEW.to_owned(),
            title: "The server's log is not the one it was".to_owned(),
            severity: weir_wire::Severity::Error,
            text: format!(
                "It was restored from a backup, or shows this device something else than others: {}. Both checkpoints are in \
                 `{}`: give them to an auditor, and remove the file when that is settled.",
                split.why,
                path.display()
            ),
        })
    }

    fn told(&self) -> weir_wire::Server {
        let heard = Some(self.heard.load(Ordering::Relaxed)).filter(|heard| *heard > 0);
        let receipt = self.identity.last_receipt();
        weir_wire::Server {
            heard: heard.map(Timestamp::from_millis),
            receipt: receipt.map(|(given, came)| weir_wire::Receipt { given, came }),
            ..self.server.clone()
        }
    }
}

impl Answers for Desk {
    fn status(&self, peer: Peer) -> Status {
        let in_force = self.enforcer.in_force.load();
        let of = shown_to(peer);
        let mut exceptions = self.enforcer.exceptions.list(clock::now());
        if let Some(Account(user)) = &of {
            exceptions.retain(|exception| user.as_ref() == Some(&exception.user));
        }
        let held = match peer {
            Peer::Owner(_) => self.enforcer.waiting.count(),
            Peer::Person(uid) => self.enforcer.waiting.of(uid).len(),
        };
        let head = self.enforcer.store.head();
        let now = clock::now();
        let (given, lifted) = (self.enforcer.ordered(now), self.enforcer.lifted(now));
        let is_lifted = lifted.iter().any(|lifted| lifted.what == LiftedWhat::Stale);
        Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            started: self.started,
            environment: self.enforcer.environment.to_string(),
            proxy: Proxy {
                intercepts: u32::try_from(in_force.policy.intercepted_hosts().len()).unwrap_or(u32::MAX),
                ..self.proxy.clone()
            },
            gateway: self.gateway.map(|address| weir_wire::Gateway {
                listen: address.to_string(),
                targets: in_force.policy.targets().iter().map(gateway::target_status).collect(),
            }),
            certificate: self.certificate.clone(),
            policy: self.policy_in_force(),
            audit: Audit {
                records: head.map_or(0, |(seq, _)| seq + 1),
                head: head.map_or_else(String::new, |(_, head)| hex::encode(head)),
            },
            counts: counts(&self.enforcer.store, self.gate.tunnelled()),
            server: self.server.as_ref().map(ServerDesk::told),
            directive: given.told(),
            lifted: lifted.clone(),
            freshness: self.enforcer.fresh.told(in_force.policy.when_stale(), clock::now()),
            held: u32::try_from(held).unwrap_or(u32::MAX),
            answers: self.asked.changes(),
            exceptions,
            problems: given
                .problem()
                .into_iter()
                .chain(lifted.iter().map(|lifted| overrides::problem(lifted, now)))
                .chain(self.server.as_ref().and_then(ServerDesk::split))
                .chain(
                    self.enforcer
                        .fresh
                        .problems(in_force.policy.when_stale(), is_lifted, now),
                )
                .chain(problems(&self.enforcer.store))
                .collect(),
        }
    }

    fn events(&self, peer: Peer, query: &EventQuery) -> Result<EventList, Refusal> {
        let mut query = query.clone();
        match shown_to(peer) {
            None => {}
            Some(Account(None)) => return Ok(EventList::default()),
            Some(Account(user)) => query.user = user,
        }
        let list = history::events(self.enforcer.store.read(&history::store_query(&query)), &query);
        let asked = serde_json::to_string(&query).unwrap_or_default();
        self.record_access(peer, "query", asked, list.events.len());
        Ok(list)
    }

    fn event(&self, peer: Peer, id: &EventId) -> Result<Event, Refusal> {
        let event = self.theirs(peer, id)?;
        self.record_access(peer, "get", id.to_string(), 1);
        Ok(event)
    }

    fn records(&self, peer: Peer, id: &EventId) -> Result<EventRecords, Refusal> {
        self.theirs(peer, id)?;
        let records = shown::records(&self.enforcer.store, id).map_err(|_| Refusal::Failed)?;
        self.record_access(peer, "get", id.to_string(), records.len());
        Ok(EventRecords { records })
    }

    fn matrix(&self) -> PolicyMatrix {
        let in_force = self.enforcer.in_force.load_full();
        shown::matrix(&in_force.policy, self.enforcer.environment, clock::now())
    }

    fn asked(&self, peer: Peer) -> AskedList {
        let of = shown_to(peer);
        let is_theirs = |user: &str| of.as_ref().is_none_or(|Account(of)| of.as_deref() == Some(user));
        self.asked.list(is_theirs, |event| self.theirs(peer, event).is_ok())
    }

    async fn ask_provider(&self, peer: Peer, wanted: ProviderWanted) -> Result<ProviderAsked, Refusal> {
        let user = peer.uid().and_then(os::user_name);
        let in_force = self.enforcer.in_force.load_full();
        let asked = self.asked.provider(user, &wanted, &in_force, clock::now()).await?;
        let text = format!("A provider was asked for, by request {}.", asked.id);
        self.enforcer.note("provider.asked", weir_audit::Severity::Info, text);
        Ok(asked)
    }

    async fn appeal(&self, peer: Peer, id: EventId, ask: AppealAsk) -> Result<Appealed, Refusal> {
        let event = self.theirs(peer, &id)?;
        let user = event.user.or_else(|| peer.uid().and_then(os::user_name));
        let in_force = self.enforcer.in_force.load_full();
        let appealed = self
            .asked
            .appeal((id, user), &ask.reason, &in_force, clock::now())
            .await?;
        let text = format!("An appeal was made against the decision about event {id}.");
        self.enforcer.note("appeal.made", weir_audit::Severity::Info, text);
        self.enforcer.waiting.appealed(&appealed);
        Ok(appealed)
    }

    fn take_bundle(&self, bundle: &[u8]) -> Result<Policy, Refusal> {
        let installed = self.install(bundle);
        installed.map_err(|error| Refusal::Bundle { why: chain(&error) })?;
        Ok(self.policy_in_force())
    }

    fn replay(&self, peer: Peer, query: &ReplayQuery) -> Result<Replays, Refusal> {
        let store = &self.enforcer.store;
        let replays = match &query.event {
            Some(id) => {
                let entries = store.get(id).map_err(|_| Refusal::Failed)?;
                replay::replays(entries.into_iter().map(Ok), query, &self.enforcer.kept)
            }
            None => replay::replays(
                store.read(&replay::decisions_since(query.since)),
                query,
                &self.enforcer.kept,
            ),
        };
        let asked = serde_json::to_string(query).unwrap_or_default();
        self.record_access(
            peer,
            "replay",
            asked,
            usize::try_from(replays.decisions).unwrap_or(usize::MAX),
        );
        match (replays.decisions, &query.event) {
            (0, Some(_)) => Err(Refusal::NoSuchEvent),
            _ => Ok(replays),
        }
    }

    fn dry_run(&self, peer: Peer, query: &DryRunQuery) -> Result<DryRun, Refusal> {
        let compiled = weir_assembly::compile_texts(&query.policy, rego::apart());
        let (compiled, _) = compiled.map_err(|error| Refusal::Pack { why: chain(&error) })?;
        let entries = self.enforcer.store.read(&replay::decisions_since(query.since));
        let run = weir_assembly::dry_run(entries.map(|entry| entry.map(|entry| entry.record)), &compiled.policy);
        let pack = compiled.policy.name().to_owned();
        self.record_access(
            peer,
            "dry-run",
            pack,
            usize::try_from(run.decisions).unwrap_or(usize::MAX),
        );
        Ok(run)
    }

    async fn self_test(&self) -> Result<SelfTest, Refusal> {
        let rehearsal = self.rehearsal.as_ref().ok_or(Refusal::Failed)?;
        let opened = rehearsal.open().await;
        let proxy = opened.map_err(|error| {
            tracing::warn!(why = chain(&error), "no self-test");
            Refusal::Failed
        })?;
        let millis = i64::try_from(OPEN.as_millis()).unwrap_or_default();
        Ok(SelfTest {
            proxy: proxy.to_string(),
            ends: clock::now().plus_millis(millis),
        })
    }

    fn lift(&self, peer: Peer, code: &OverrideAsk) -> Result<OverrideDone, Refusal> {
        let who = peer.uid().and_then(os::user_name);
        let who = who.unwrap_or_else(|| "somebody".to_owned());
        match self.enter(&code.code) {
            Ok(used) => {
                let minutes = (used.until.as_millis() - used.entered.as_millis()) / 60_000;
                let what = match used.lifts {
                    Lifts::Directive(number) => format!("order {number} of the administrators"),
                    Lifts::Stale => "what holds while policy is out of date".to_owned(),
                };
                let text = format!(
                    "Code {} lifts {what} for {minutes} minutes, entered by {who}.",
                    used.number
                );
                tracing::warn!(number = used.number, "a code lifts something");
                self.gate.look_again();
                self.note("override.taken", text);
                Ok(OverrideDone {
                    number: used.number,
                    lifted: overrides::lifted(used.lifts, used.until),
                })
            }
            Err(error) => Err(self.not_lifted(&error, &who)),
        }
    }

    fn copied(&self, peer: Peer, copied: ClipboardAsk) -> Result<ClipboardVerdict, Refusal> {
        self.enforcer.judge_copied(copied, peer.uid()).map_err(|error| {
            tracing::error!(error = chain(&error), "a copy could not be recorded");
            Refusal::Failed
        })
    }

    fn held(&self, uid: u32) -> HeldList {
        HeldList {
            held: self.enforcer.waiting.of(uid),
        }
    }

    fn held_text(&self, uid: u32, id: EventId, revealed: bool) -> Result<HeldText, Refusal> {
        Ok(self.waiting(uid, id)?.text(revealed))
    }

    async fn held_send(&self, uid: u32, id: EventId, send: HeldSend) -> Result<HeldDone, Refusal> {
        let choice = match send {
            HeldSend::Cleaned { again } => Choice::Clean { again },
            HeldSend::Edited { text } => Choice::Edit(Sensitive::new(text)),
            HeldSend::AsItIs { reason } => Choice::Justify(reason),
            HeldSend::Approved => Choice::Except,
        };
        self.choose(uid, id, choice).await
    }

    async fn held_drop(&self, uid: u32, id: EventId) -> Result<HeldDone, Refusal> {
        self.choose(uid, id, Choice::Drop).await
    }

    async fn held_request(&self, uid: u32, id: EventId, ask: HeldAsk) -> Result<HeldMessage, Refusal> {
        let refused = |why: &str| Refusal::Held { why: why.to_owned() };
        let item = self.waiting(uid, id)?;
        let reason = checked_reason(&ask.reason, &self.enforcer.in_force.load());
        let reason = reason.map_err(|why| refused(&why))?;
        let request = item.request(&reason);
        let request = request.ok_or_else(|| refused("policy gives no exception from what holds it back"))?;
        let asking = Waiting::asking(&item, ask.go);
        let asked = match self.asked.exception(&request).await {
            Ok(asked) => asked,
            Err(why) => {
                asking.failed();
                return Err(refused(&why));
            }
        };
        let text = format!("Exception {} was asked for event {id}.", asked.id);
        self.enforcer.note("exception.asked", weir_audit::Severity::Info, text);
        Ok(self.enforcer.waiting.asked(&asking))
    }

    async fn held_appeal(&self, uid: u32, id: EventId, ask: AppealAsk) -> Result<HeldMessage, Refusal> {
        let item = self.waiting(uid, id)?;
        if !item.may_appeal() {
            let why = "policy leaves it to you: send it with a reason".to_owned();
            return Err(Refusal::Held { why });
        }
        self.appeal(Peer::Person(uid), id, ask).await?;
        Ok(item.shown())
    }

    fn watch_held(&self, uid: u32) -> BoxStream<'static, Arc<HeldChange>> {
        let watcher = self.enforcer.waiting.watch(uid);
        Box::pin(stream::unfold(watcher, |mut watcher| async {
            let change = watcher.next().await?;
            Some((change, watcher))
        }))
    }

    fn subscribe(&self, peer: Peer) -> ipc::Live {
        self.record_access(peer, "tail", String::new(), 0);
        ipc::Live {
            events: Live::listen(&self.live, &self.enforcer.store),
            of: shown_to(peer),
        }
    }
}

impl Desk {
    /// A recorded event, where it may be shown to who asks.
    fn theirs(&self, peer: Peer, id: &EventId) -> Result<Event, Refusal> {
        let entries = self.enforcer.store.get(id).map_err(|_| Refusal::Failed)?;
        let event = history::event(entries).ok_or(Refusal::NoSuchEvent)?;
        match shown_to(peer).is_some_and(|of| !of.has(&event)) {
            true => Err(Refusal::NoSuchEvent),
            false => Ok(event),
        }
    }

    async fn choose(&self, uid: u32, id: EventId, choice: Choice) -> Result<HeldDone, Refusal> {
        let item = self.waiting(uid, id)?;
        match item.choose(choice).await {
            Some(Ok(event)) => Ok(HeldDone { event }),
            Some(Err(why)) => Err(Refusal::Held { why }),
            None => Err(Refusal::NoSuchHeld),
        }
    }
}

impl Live {
    fn listen(live: &Arc<Self>, store: &Store) -> broadcast::Receiver<Arc<Event>> {
        let receiver = live.events.subscribe();
        let weak = Arc::downgrade(live);
        live.subscription.lock().get_or_insert_with(|| {
            store.subscribe(move |entry| {
                if let Some(live) = weak.upgrade() {
                    live.pass_on(entry);
                }
            })
        });
        receiver
    }

    fn pass_on(&self, entry: &Entry) {
        if self.events.receiver_count() == 0 {
            // Under the lock, so that nobody who begins to listen just now is left without.
            let mut subscription = self.subscription.lock();
            if self.events.receiver_count() == 0 {
                *subscription = None;
            }
        }
        if let Record::Decision(decision) = &entry.record {
            // Nobody listening any more is no error.
            let _ = self
                .events
                .send(Arc::new(event_of(entry.seq, (**decision).clone(), None)));
        }
    }
}
