//! Carries out verdicts: the one place that turns a verdict into a ruling, and so the one place that lets a message go.
//!
//! The order is the promise (P1, P6): judge, append the record, wait until it is durable, rule. Whatever fails on the
//! way fails closed, in words the caller understands.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use parking_lot::Mutex;
use weir_audit::{DecisionRecord, Disposition, HealthRecord, HeldStage, Process, Record, Severity, VaultRecord};
use weir_content::answer::Replacement;
use weir_content::block::{self, Notice, Reply, SocketMessage};
use weir_content::{Carrier, RequestView};
use weir_engine::{
    CopiedTexts, DecidedTexts, FingerprintKey, InForce, Leave, Message, Origin, Plan, Surrogates, Unread, Uploads,
    Verdict, judge,
};
use weir_fleet::SearchKey;
use weir_model::{Action, BundleRef, Closed, EventId, FileEntry, FileState, Kind, Level, Selection, Timestamp};
use weir_policy::{AnswerGuard, Buckets, Environment, Policy, Route};
use weir_proxy::{Body, Forward, LocalAnswer, RequestHead, Ruling};
use weir_store::{AppendError, Receipt, Store};
use weir_wire::PolicyTexts;

use crate::answer::{AnswerGate, Released};
use crate::clipboard::Copies;
use crate::clock;
use crate::decided::Decided;
use crate::exceptions::Exceptions;
use crate::freshness::Watched;
use crate::gate::see;
use crate::held::Waiting;
use crate::kept::Kept;
use crate::orders::Orders;
use crate::os::Programs;
use crate::overrides::Overrides;
use crate::record::{self, Circumstances};
use crate::scanned::Scanned;
use crate::uploads::{Names, Uploaded};
use crate::vault::{Leaving, Owner, Scope, Vault};
use crate::vault_seal::{self, VaultSeal};

/// What enforcement needs. Shared by all connections.
pub(crate) struct Enforcer {
    /// Policy, catalogue, adapters and detectors, replaced whole.
    pub(crate) in_force: arc_swap::ArcSwap<InForce>,
    /// The audit log.
    pub(crate) store: Arc<Store>,
    /// The policies that were in force.
    pub(crate) kept: Kept,
    /// What the administrators have ordered beside policy.
    pub(crate) orders: Orders,
    /// Whether policy is known to be the newest.
    pub(crate) fresh: Watched,
    /// Codes that were read out, and what of the orders and of what holds without fresh policy they have lifted here.
    pub(crate) overrides: Overrides,
    /// Leave that people have given for single messages.
    pub(crate) exceptions: Exceptions,
    /// Messages that wait for the employee.
    pub(crate) waiting: Arc<Waiting>,
    /// Stand-ins.
    pub(crate) vault: Vault,
    /// Texts that were decided before.
    pub(crate) decided: Decided,
    /// Files that take several messages.
    pub(crate) uploaded: Uploaded,
    /// Finds programs by their connections.
    pub(crate) programs: Programs,
    /// What people copied before.
    pub(crate) copies: Copies,
    /// Texts that were read before.
    pub(crate) scanned: Scanned,
    /// How much was sent, whatever policy is in force.
    pub(crate) buckets: Mutex<Arc<Buckets>>,
    /// Routes whose services have changed, as far as it was noted.
    pub(crate) drifted: Mutex<HashSet<String>>,
    /// Seals stand-ins for the log.
    pub(crate) vault_seal: VaultSeal,
    /// Counts values. Replaced whole where the server gives another key to search by.
    pub(crate) fingerprints: arc_swap::ArcSwap<FingerprintKey>,
    /// Name of this machine in records.
    pub(crate) device: Option<String>,
    /// What this machine is used for.
    pub(crate) environment: Environment,
}

/// Who sent a message, as far as the machine can tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sender {
    /// Numeric id of the user.
    pub(crate) id: Option<u32>,
    /// Number of the connection.
    pub(crate) connection: u64,
    /// Login name.
    pub(crate) user: Option<String>,
    /// The program.
    pub(crate) process: Option<Process>,
}

impl Sender {
    fn origin(&self, environment: Environment) -> Origin<'_> {
        Origin {
            user: self.user.as_deref(),
            process: self.process.as_ref().map(|process| process.executable.as_str()),
            environment,
        }
    }
}

/// A message could not be recorded, so it was not released.
#[derive(Debug, thiserror::Error)]
enum RecordError {
    #[error("the log did not take the record")]
    Append(#[from] AppendError),
    #[error("a stand-in could not be sealed")]
    Seal(#[from] vault_seal::VaultSealError),
    #[error("the log was closed")]
    Closed,
}

impl Enforcer {
    /// Judges one request. Stand-ins handed out are taken before it returns; nothing else has happened yet.
    ///
    /// Two messages at once could be given the same number for two values: the later one is judged again.
    pub(crate) fn judge(
        &self,
        request: &RequestView<'_>,
        unread: Option<Unread>,
        sender: &Sender,
        route: Option<&Route<'_>>,
    ) -> Judged {
        let judging = Judging {
            unread,
            route,
            justified: false,
        };
        self.judge_as(request, sender, &judging)
    }

    /// Judges what would go in the place of a message that waits. With `justified`, the employee has said why it must go.
    pub(crate) fn judge_again(&self, request: &RequestView<'_>, sender: &Sender, justified: bool) -> Judged {
        let judging = Judging {
            unread: None,
            route: None,
            justified,
        };
        self.judge_as(request, sender, &judging)
    }

    fn judge_as(&self, request: &RequestView<'_>, sender: &Sender, judging: &Judging<'_>) -> Judged {
        let in_force = self.in_force.load_full();
        let (started, time) = (Instant::now(), clock::now());
        let scope = scope(&in_force, request.host, sender);
        let event = clock::event_id(time);
        let mut leaves = self.exceptions.leaves(sender.user.as_deref(), time);
        let fingerprints = self.fingerprints.load_full();
        loop {
            let surrogates = self.vault.snapshot(&scope, time);
            let decided = self.decided.snapshot(&scope, time);
            let uploads = self.uploaded.snapshot(sender.id, time);
            let scanned = self.scanned.snapshot(&in_force.scanner);
            let copied = self.copies.snapshot(sender.id, time);
            let buckets = Arc::clone(&self.buckets.lock());
            let ordered = self.ordered(time);
            let message = Message {
                request: *request,
                unread: judging.unread,
                surrogates: &surrogates,
                decided: &decided,
                uploads: &uploads,
                scanned: &scanned,
                copied: &copied,
                buckets: &buckets,
                closed: &ordered.closed,
                stale: self.is_stale(&in_force, time),
                leaves: &leaves,
                justified: judging.justified,
                fingerprints: &fingerprints,
                origin: sender.origin(self.environment),
                route: judging.route,
                event,
            };
            let mut verdict = judge(&message, &in_force, time);
            drop(scanned);
            self.scanned
                .remember(&in_force.scanner, std::mem::take(&mut verdict.scanned));
            let leaving = Leaving {
                minted: &verdict.minted,
                stand_ins: &verdict.stand_ins,
                conversation: verdict.conversation.as_ref(),
                is_turn: is_turn(verdict.kind),
            };
            if let Some(restore) = self.vault.release(&scope, &surrogates, &leaving, time) {
                if !self.take_from_buckets(&buckets, &verdict) {
                    // The stand-ins that were just handed out are found again.
                    continue;
                }
                if !self.take_exception(&verdict, time) {
                    leaves = self.unspent(sender, &verdict, time);
                    continue;
                }
                let circumstances = Circumstances {
                    time,
                    device: self.device.as_deref(),
                    user: sender.user.as_deref(),
                    process: sender.process.clone(),
                    environment: self.environment,
                    policy: &in_force.policy,
                    search_key: fingerprints.searched(),
                    message_bytes: request.body.len(),
                    latency_us: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
                };
                let record = Record::Decision(Box::new(record::of_verdict(&verdict, circumstances)));
                return Judged {
                    verdict,
                    user: sender.id,
                    time,
                    record,
                    scope,
                    restore,
                    in_force,
                };
            }
        }
    }

    /// False when another message took from the same bucket in between: the later one is judged again.
    fn take_from_buckets(&self, before: &Arc<Buckets>, verdict: &Verdict) -> bool {
        let leaves = matches!(verdict.plan, Plan::Forward | Plan::Edit(_));
        if !verdict.is_message || !leaves || verdict.draw.takes_nothing() {
            return true;
        }
        let mut buckets = self.buckets.lock();
        match buckets.after(before, &verdict.draw) {
            Some(after) => {
                *buckets = Arc::new(after);
                true
            }
            None => false,
        }
    }

    /// False when the exception it goes by cannot be used: the message is judged again without.
    fn take_exception(&self, verdict: &Verdict, time: Timestamp) -> bool {
        let leaves = matches!(verdict.plan, Plan::Forward | Plan::Edit(_));
        match &verdict.exception {
            Some(granted) if leaves && verdict.decision.is_excepted() => {
                self.exceptions.use_one(&granted.id, time).unwrap_or_else(|error| {
                    // Fails closed: what is not counted is not used.
                    tracing::error!(%error, "the use of an exception could not be kept");
                    false
                })
            }
            _ => true,
        }
    }

    /// What the sender may go by, without the one that could not be used.
    fn unspent(&self, sender: &Sender, verdict: &Verdict, time: Timestamp) -> Vec<Leave> {
        let spent = verdict.exception.as_ref().map(|granted| &granted.id);
        let mut leaves = self.exceptions.leaves(sender.user.as_deref(), time);
        leaves.retain(|leave| Some(&leave.granted.id) != spent);
        leaves
    }

    /// From now on, the server can search for values in records.
    pub(crate) fn search_by(&self, key: &SearchKey) {
        if let Some(bytes) = key.key() {
            let searched = self.fingerprints.load().searched_by(key.number, &bytes);
            self.fingerprints.store(Arc::new(searched));
        }
    }

    /// Shows a message to the engine that is not judged: nothing is handed out or remembered.
    pub(crate) fn look<T>(
        &self,
        head: &RequestHead,
        body: &[u8],
        sender: &Sender,
        in_force: &InForce,
        look: impl FnOnce(&Message<'_>) -> T,
    ) -> T {
        let scanned = self.scanned.snapshot(&in_force.scanner);
        let fingerprints = self.fingerprints.load_full();
        let event = clock::event_id(clock::now());
        see(head, body, Carrier::Http, |request| {
            look(&Message {
                request: *request,
                unread: None,
                surrogates: &Surrogates::default(),
                decided: &DecidedTexts::default(),
                uploads: &Uploads::default(),
                scanned: &scanned,
                copied: &CopiedTexts::default(),
                buckets: &Buckets::default(),
                closed: Closed::NOTHING,
                stale: false,
                leaves: &[],
                justified: false,
                fingerprints: &fingerprints,
                origin: sender.origin(self.environment),
                route: None,
                event,
            })
        })
    }

    /// Records that a message waits, and waits until the record is durable.
    pub(crate) async fn recorded(&self, judged: &Judged) -> Result<(), Ruling> {
        match self.record(judged).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let event = judged.verdict.event;
                tracing::error!(%event, error = &error as &dyn std::error::Error, "not recorded, not held");
                Err(Ruling::Answer(not_recorded(event)))
            }
        }
    }

    /// Appends how the wait of a message ended that did not go. Nothing leaves with it: `done` is told when it is durable,
    /// or cannot be.
    pub(crate) fn append_end(&self, mut record: Box<DecisionRecord>, done: impl FnOnce() + Send + 'static) {
        let time = clock::now();
        record.event = clock::event_id(time);
        let event = record.event;
        self.store
            .append_record(time, event, &Record::Decision(record), move |_| done());
    }

    /// Records a verdict, waits until the record is durable, and rules.
    pub(crate) async fn enforce(self: &Arc<Self>, judged: Judged) -> Ruling {
        if !judged.verdict.is_message {
            return Ruling::Forward(Forward::default());
        }
        let event = judged.verdict.event;
        match self.record(&judged).await {
            Ok(receipt) => self.rule(judged, receipt),
            Err(error) => {
                tracing::error!(%event, error = &error as &dyn std::error::Error, "not recorded, not released");
                Ruling::Answer(not_recorded(event))
            }
        }
    }

    /// The same for a message of a WebSocket; with what its answers may bring back, when it was released and recorded.
    pub(crate) async fn enforce_message(&self, judged: Judged) -> (Release, Option<Answering>) {
        if !judged.verdict.is_message {
            return (Release::Unchanged, None);
        }
        let event = judged.verdict.event;
        match self.record(&judged).await {
            Ok(receipt) => self.release(judged, receipt),
            Err(error) => {
                tracing::error!(%event, error = &error as &dyn std::error::Error, "not recorded, not released");
                (Release::Refused(said(not_recorded_reply(event))), None)
            }
        }
    }

    /// As [`Enforcer::rule`]: only with the proof that the record is durable.
    fn release(&self, mut judged: Judged, _durable: Receipt) -> (Release, Option<Answering>) {
        // What a socket's answers call a file is not read.
        self.remember_file(&mut judged);
        let Judged {
            verdict,
            time,
            scope,
            restore,
            in_force,
            ..
        } = judged;
        self.decided.remember(&scope, verdict.texts, time);
        let release = match verdict.plan {
            Plan::Answer(reply) => return (Release::Refused(said(reply)), None),
            Plan::Say(messages) => return (Release::Refused(messages), None),
            Plan::Forward => Release::Unchanged,
            Plan::Edit(edited) => edited.body.map_or(Release::Unchanged, Release::Edited),
        };
        let answering = Answering {
            event: verdict.event,
            is_turn: is_turn(verdict.kind),
            guard: verdict.answer_guard,
            in_force,
            restore,
        };
        (release, Some(answering))
    }

    /// A service that has changed is told once: its adapter needs mending. Everything was judged all the same.
    fn note_drift(&self, verdict: &Verdict) {
        let (Some(drift), Some(route)) = (&verdict.drift, &verdict.route) else {
            return;
        };
        if self.drifted.lock().insert(route.clone()) {
            tracing::warn!(
                route,
                "the service has changed: its prompts are not where the catalogue says"
            );
            let structure = drift.structure.join("; ");
            self.note("adapter_drift", Severity::Warning, format!("{route}: {structure}"));
        }
    }

    /// Appends stand-ins and decision, in this order, and waits until all of it is durable.
    async fn record(&self, judged: &Judged) -> Result<Receipt, RecordError> {
        self.note_drift(&judged.verdict);
        let mut pending = Vec::new();
        for pairs in judged.verdict.minted.chunks(vault_seal::PAIRS) {
            let sealed = self.vault_seal.seal(&judged.scope, pairs)?;
            pending.push(self.append(judged, &Record::Vault(VaultRecord { sealed })));
        }
        let decision = self.append(judged, &judged.record);
        for entry in pending {
            entry.await.map_err(|_| RecordError::Closed)??;
        }
        Ok(decision.await.map_err(|_| RecordError::Closed)??)
    }

    fn append(&self, judged: &Judged, record: &Record) -> tokio::sync::oneshot::Receiver<Result<Receipt, AppendError>> {
        let (send, receive) = tokio::sync::oneshot::channel();
        self.store
            .append_record(judged.time, judged.verdict.event, record, move |outcome| {
                // The caller may have gone away; the record stays.
                let _ = send.send(outcome);
            });
        receive
    }

    /// Only this makes a ruling that lets a judged message go, and only with the proof that its record is durable.
    fn rule(self: &Arc<Self>, mut judged: Judged, _durable: Receipt) -> Ruling {
        let names = self.remember_file(&mut judged);
        let Judged {
            verdict,
            time,
            scope,
            restore,
            in_force,
            ..
        } = judged;
        self.decided.remember(&scope, verdict.texts, time);
        let (body, path_and_query) = match verdict.plan {
            Plan::Answer(reply) => return Ruling::Answer(local_answer(reply)),
            // The engine says this to messages of sockets, which take the other way; refused here all the same.
            Plan::Say(messages) => return Ruling::Answer(local_answer(written(messages))),
            Plan::Forward => (Body::Unchanged, None),
            Plan::Edit(edited) => (
                edited
                    .body
                    .map_or(Body::Unchanged, |body| Body::Replaced(Bytes::from(body))),
                edited.path_and_query,
            ),
        };
        let message = Released {
            event: verdict.event,
            level: verdict.level,
            decoder: verdict.answer,
            guard: verdict.answer_guard,
            restore,
            names,
        };
        let answer = AnswerGate::new(Arc::clone(self), in_force, message);
        Ruling::Forward(Forward {
            body,
            path_and_query,
            answer: Some(Box::new(answer)),
            socket: None,
        })
    }

    /// What is known of a file from now on; with what the answer must be read for.
    fn remember_file(&self, judged: &mut Judged) -> Option<Names> {
        let step = judged.verdict.upload.take()?;
        let released = matches!(judged.verdict.plan, Plan::Forward | Plan::Edit(_));
        self.uploaded
            .take(judged.user, step, released, judged.verdict.event, judged.time)
    }

    /// Reads stand-ins back from the sealed log: those of the last day with their values, older ones as taken numbers.
    pub(crate) fn restore_vault(&self, entries: impl IntoIterator<Item = (Timestamp, Vec<u8>)>) -> usize {
        let (now, mut restored) = (clock::now(), 0);
        for (time, sealed) in entries {
            // Fails open for restoring only: a stand-in that cannot be read stays a stand-in in later answers.
            let Ok((scope, pairs)) = self.vault_seal.open(&sealed) else {
                continue;
            };
            for minted in &pairs {
                self.vault.restore(&scope, minted, time, now);
            }
            restored += pairs.len();
        }
        restored
    }

    /// Keeps the texts of a policy before it comes into force, so that its decisions can be made again.
    pub(crate) fn keep(&self, bundle: &BundleRef, texts: &PolicyTexts) {
        if let Err(error) = self.kept.keep(&bundle.digest, texts) {
            // Fails open, for replaying only: what must not leave does not leave.
            tracing::error!(%error, "the policy's texts are not kept");
            let text = "The policy in force could not be kept: its decisions cannot be replayed.".to_owned();
            self.note("policy.not_kept", Severity::Warning, text);
        }
    }

    /// Notes something about Weir itself in the log. Not waited for: nothing depends on it.
    pub(crate) fn note(&self, code: &str, severity: Severity, text: String) {
        let time = clock::now();
        let event = clock::event_id(time);
        let record = Record::Health(HealthRecord {
            time,
            event,
            code: code.to_owned(),
            severity,
            text,
        });
        self.store.append_record(time, event, &record, |_| {});
    }
}

/// How a message is judged.
struct Judging<'a> {
    unread: Option<Unread>,
    route: Option<&'a Route<'a>>,
    /// The employee has said why it must go.
    justified: bool,
}

/// A message that has been judged and is still here.
pub(crate) struct Judged {
    verdict: Verdict,
    /// Whose it is.
    user: Option<u32>,
    time: Timestamp,
    record: Record,
    scope: Scope,
    /// What its answer may bring back.
    restore: Vec<Replacement>,
    in_force: Arc<InForce>,
}

impl Judged {
    /// Names the decision.
    pub(crate) fn event(&self) -> EventId {
        self.verdict.event
    }

    /// What was decided.
    pub(crate) fn action(&self) -> Action {
        self.verdict.decision.action
    }

    /// What the engine says.
    pub(crate) fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Everything it was judged with.
    pub(crate) fn in_force(&self) -> &InForce {
        &self.in_force
    }

    /// True when it may go, as it is or changed.
    pub(crate) fn is_released(&self) -> bool {
        matches!(self.verdict.plan, Plan::Forward | Plan::Edit(_))
    }

    /// Its record says that it waits.
    pub(crate) fn waits(&mut self) {
        if let Record::Decision(record) = &mut self.record {
            record.disposition = Disposition::Held;
            record.response_status = None;
        }
    }

    /// Its record says which message that waited it goes on from. With `replaced`, other bytes go than came.
    pub(crate) fn goes_on(&mut self, stage: HeldStage, replaced: bool) {
        let Record::Decision(record) = &mut self.record else {
            return;
        };
        if record.disposition != Disposition::Blocked {
            record.disposition = match (replaced, stage.by) {
                (true, _) => Disposition::Rewritten,
                (false, weir_audit::HeldEnd::Justified) => Disposition::Justified,
                (false, _) => record.disposition,
            };
        }
        record.held = Some(stage);
    }

    /// Its record.
    pub(crate) fn decision_record(&self) -> Option<Box<DecisionRecord>> {
        match &self.record {
            Record::Decision(record) => Some(record.clone()),
            _ => None,
        }
    }

    /// The reason for what was decided, for people.
    pub(crate) fn why(&self) -> String {
        let decision = &self.verdict.decision;
        let main = decision.main_reason();
        let place = main.and_then(|main| decision.reasons.iter().position(|reason| reason == main));
        place
            .and_then(|at| self.verdict.told.get(at))
            .cloned()
            .unwrap_or_default()
    }

    /// What the client is told where it does not go.
    pub(crate) fn refusal(&self) -> LocalAnswer {
        match &self.verdict.plan {
            Plan::Answer(reply) => LocalAnswer {
                status: reply.status,
                headers: reply.headers.clone(),
                body: Bytes::from(reply.body.clone()),
                close: false,
            },
            // Only what is refused waits; refused here all the same.
            Plan::Forward | Plan::Edit(_) | Plan::Say(_) => LocalAnswer::text(403, "Blocked by Weir\n"),
        }
    }

    /// How the gateway's target was chosen.
    pub(crate) fn selection(&self) -> Option<&Selection> {
        self.verdict.selection.as_ref()
    }

    /// What policy says of its answer.
    pub(crate) fn answer_guard(&self) -> &AnswerGuard {
        &self.verdict.answer_guard
    }

    /// The policy it was judged under.
    pub(crate) fn policy(&self) -> &Policy {
        &self.in_force.policy
    }

    /// What was decided, where the message is a piece of sound and nothing else: a spoken minute is thousands of them, and
    /// one decision holds for all that are alike.
    pub(crate) fn sound(&self) -> Option<Sound> {
        let verdict = &self.verdict;
        let is_sound = |file: &FileEntry| {
            file.state == FileState::Inline && file.mime.as_deref().is_none_or(|mime| mime.starts_with("audio/"))
        };
        let only_sound = verdict.unscannable == Some(weir_content::Unscannable::Binary.as_str())
            && verdict.findings.is_empty()
            && !verdict.files.is_empty()
            && verdict.files.len() == verdict.attachments as usize
            && verdict.files.iter().all(is_sound);
        only_sound.then(|| Sound {
            route: verdict.route.clone(),
            level: verdict.level,
            action: verdict.decision.action,
            rules: verdict
                .decision
                .reasons
                .iter()
                .map(|reason| reason.rule.clone())
                .collect(),
            bundle: verdict.decision.bundle.clone(),
        })
    }
}

/// What is the same of the pieces of sound that one decision holds for.
#[derive(PartialEq, Eq)]
pub(crate) struct Sound {
    route: Option<String>,
    level: Level,
    action: Action,
    rules: Vec<String>,
    bundle: BundleRef,
}

/// The ruling on a message of a WebSocket.
pub(crate) enum Release {
    /// It may go.
    Unchanged,
    /// This may go.
    Edited(Vec<u8>),
    /// Nothing goes, and the client is told why.
    Refused(Vec<SocketMessage>),
}

/// What is known of the answers to a released message of a WebSocket.
pub(crate) struct Answering {
    pub(crate) event: EventId,
    /// True for a turn of a conversation.
    pub(crate) is_turn: bool,
    /// What policy says of them.
    pub(crate) guard: AnswerGuard,
    pub(crate) in_force: Arc<InForce>,
    /// What they may bring back.
    pub(crate) restore: Vec<Replacement>,
}

/// A refusal that was made for a socket, as an answer.
fn written(messages: Vec<SocketMessage>) -> Reply {
    let body = messages.into_iter().flat_map(|message| match message {
        SocketMessage::Text(text) => text.into_bytes(),
        SocketMessage::Binary(bytes) => bytes,
    });
    Reply {
        status: 403,
        headers: Vec::new(),
        body: body.collect(),
    }
}

/// An answer that was made for a request, as a message.
fn said(reply: Reply) -> Vec<SocketMessage> {
    vec![match String::from_utf8(reply.body) {
        Ok(text) => SocketMessage::Text(text),
        Err(error) => SocketMessage::Binary(error.into_bytes()),
    }]
}

const fn is_turn(kind: Kind) -> bool {
    matches!(kind, Kind::Prompt | Kind::Regenerate)
}

/// Whose stand-ins a message uses.
pub(crate) fn scope(in_force: &InForce, authority: &str, sender: &Sender) -> Scope {
    let (host, port) = weir_model::split_port(authority);
    let service = in_force.catalogue.service_for(host, port.unwrap_or(443));
    let service = service.map_or_else(|| authority.to_owned(), |(service, _)| service.service.clone());
    let owner = sender.id.map_or(Owner::Connection(sender.connection), Owner::User);
    Scope { owner, service }
}

fn local_answer(reply: Reply) -> LocalAnswer {
    LocalAnswer {
        status: reply.status,
        headers: reply.headers,
        body: Bytes::from(reply.body),
        close: false,
    }
}

fn not_recorded(event: EventId) -> LocalAnswer {
    local_answer(not_recorded_reply(event))
}

fn not_recorded_reply(event: EventId) -> Reply {
    let notice = Notice {
        title: "Blocked by Weir".to_owned(),
        reason: "The decision on this message could not be recorded, so it was not sent.".to_owned(),
        rule: "audit-logger".to_owned(),
        event: event.to_string(),
        advice: "Try again; if it stays so, ask your administrator to look at the audit log's disk.".to_owned(),
        wait: None,
    };
    block::reply(block::Shape::OpenAi, &notice, false)
}
