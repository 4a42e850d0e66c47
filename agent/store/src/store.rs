use crate::follow::{self, Position};
use crate::index::Indexer;
use crate::log::{Facts, Item, Log, Opening, Recovery, Sizes, fresh_id, segments};
use crate::query::{self, Entries, Entry, Query, ReadError};
use crate::shared::{Health, Shared};
use crate::writer::{self, Append, Writer};
use crate::{AppendError, OpenError, Options, Receipt};
use parking_lot::{Condvar, Mutex};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;
use weir_audit::{AnchorFile, EpochKey, HealthRecord, Kind, Payload, Record, Report, Severity, Verifier};
use weir_model::{Action, EventId, Timestamp};

/// The audit log of a device, open. One process at a time. Dropping it writes what waits, and closes.
pub struct Store {
    shared: Arc<Shared>,
    writer: Writer,
    indexer: Option<Indexer>,
    follower: Option<JoinHandle<()>>,
    subscribers: Arc<Subscribers>,
}

type Subscriber = Arc<dyn Fn(&Entry) + Send + Sync>;

#[derive(Default)]
struct Subscribers {
    state: Mutex<Subscribed>,
    changed: Condvar,
}

#[derive(Default)]
struct Subscribed {
    each: BTreeMap<u64, Subscriber>,
    /// Where the log ended when the first of them came.
    from: Option<Position>,
    next: u64,
    closed: bool,
}

impl Store {
    /// Opens the log in `dir`, making it if there is none. An interrupted write is removed; damage is left as it is,
    /// located in [`Health::damage`] and in a health record, and the log goes on behind it. The index opens in the
    /// background: this does not wait for it.
    ///
    /// # Errors
    /// In use, sealed under another key, or the disk fails.
    pub fn open(dir: &Path, options: Options) -> Result<Store, OpenError> {
        let index_dir = options.index_dir.clone().unwrap_or_else(|| dir.with_file_name("index"));
        let key = Arc::new(options.key);
        let shared = Arc::new(Shared::new(options.disk.clone(), dir.to_owned(), key.clone()));
        let opening = Opening {
            disk: options.disk,
            dir: dir.to_owned(),
            key,
            clock: options.clock,
            sizes: Sizes {
                segment: options.segment_bytes,
                step: options.step_bytes.min(options.segment_bytes),
                quota: options.quota_bytes,
            },
            needed: if options.needed { 0 } else { u64::MAX },
            on_full: options.on_full,
        };
        shared.needed.store(opening.needed, Ordering::Relaxed);
        let (mut log, recovery) = Log::open(opening)?;
        record_recovery(&mut log, &recovery, (options.clock)());
        shared.advance(log.extent(), log.anchor());
        note_health(&shared, &log, recovery);
        let told = log.last().map_or(0, |last| last.seq + 1);
        shared.told.store(told, Ordering::Relaxed);
        *shared.epoch_key.lock() = Some(log.epoch_key().clone());
        let expiry = move || writer::expiry((options.clock)(), options.retention_days);
        let writer =
            Writer::start(log, shared.clone(), options.queue, options.epoch, expiry).map_err(OpenError::Thread)?;
        let indexer = Indexer::start(&shared, options.index, index_dir, options.index_days, options.clock);
        let subscribers = Arc::<Subscribers>::default();
        let follower = start_follower(shared.clone(), subscribers.clone()).map_err(OpenError::Thread)?;
        Ok(Store {
            shared,
            writer,
            indexer: indexer.map_err(OpenError::Thread)?,
            follower: Some(follower),
            subscribers,
        })
    }

    /// Hands a record to the writer and returns at once. `done` runs on the writer's thread once the record is durable,
    /// or with the reason why it is not: it must be quick, and callers fail closed on every error.
    pub fn append(
        &self,
        kind: Kind,
        time: Timestamp,
        id: EventId,
        payload: impl Into<Payload>,
        done: impl FnOnce(Result<Receipt, AppendError>) + Send + 'static,
    ) {
        let item = Item {
            kind,
            time,
            id,
            payload: payload.into(),
            facts: None,
        };
        self.writer.append(Append {
            item,
            done: Box::new(done),
        });
    }

    /// The same for a record as it is.
    pub fn append_record(
        &self,
        time: Timestamp,
        id: EventId,
        record: &Record,
        done: impl FnOnce(Result<Receipt, AppendError>) + Send + 'static,
    ) {
        let item = Item {
            kind: record.kind(),
            time,
            id,
            payload: record.to_payload(),
            facts: Some(Facts::of(record)),
        };
        self.writer.append(Append {
            item,
            done: Box::new(done),
        });
    }

    /// Appends and waits. For set-up, tests and the command line; not for a thread that serves others.
    ///
    /// # Errors
    /// The record is not in the log.
    pub fn append_and_wait(&self, time: Timestamp, id: EventId, record: &Record) -> Result<Receipt, AppendError> {
        let (send, receive) = std::sync::mpsc::sync_channel(1);
        self.append_record(time, id, record, move |outcome| drop(send.send(outcome)));
        receive.recv().unwrap_or(Err(AppendError::Closed))
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Records that match, newest first.
    #[must_use]
    pub fn read(&self, query: &Query) -> Entries {
        Entries::new(&self.shared, query.clone(), true)
    }

    /// The records of one event, oldest first: the decision, then what came back.
    ///
    /// # Errors
    /// A segment cannot be read.
    pub fn get(&self, id: &EventId) -> Result<Vec<Entry>, ReadError> {
        let index = self.shared.index.read().clone();
        if let Some(entries) = index.and_then(|index| index.get(&self.shared, id)) {
            return Ok(entries);
        }
        let all = Query {
            kinds: Vec::new(),
            ..Query::default()
        };
        let mut entries = Vec::new();
        for entry in Entries::new(&self.shared, all, false) {
            match entry {
                Ok(entry) if entry.id == *id => entries.push(entry),
                Err(error @ ReadError::Disk { .. }) => return Err(error),
                _ => {}
            }
        }
        entries.reverse();
        Ok(entries)
    }

    /// Calls `each` with every record that becomes durable from now on, in order, on a thread of its own, until the
    /// subscription is dropped.
    #[must_use]
    pub fn subscribe(&self, each: impl Fn(&Entry) + Send + Sync + 'static) -> Subscription {
        let mut state = self.subscribers.state.lock();
        if state.each.is_empty() {
            let (segment, offset) = self.shared.extent().end;
            state.from = Some(Position { segment, offset });
        }
        let number = state.next;
        state.next += 1;
        state.each.insert(number, Arc::new(each));
        self.subscribers.changed.notify_all();
        drop(state);
        Subscription {
            number,
            subscribers: self.subscribers.clone(),
        }
    }

    /// Verifies the whole log as it is durable at this moment; appends go on meanwhile.
    ///
    /// # Errors
    /// A segment cannot be read.
    pub fn verify(&self) -> io::Result<Report> {
        let (extent, anchor) = self.shared.durable();
        let Shared { disk, dir, key, .. } = &*self.shared;
        let file = anchor.map_or(AnchorFile::Absent, |anchor| AnchorFile::Valid {
            anchor,
            slot: 0,
            whole: true,
        });
        let mut verifier = Verifier::new(&file, Some(key));
        for &number in &extent.numbers {
            let end = (number == extent.end.0).then_some(extent.end.1);
            verifier.segment(number, &segments::read(&**disk, dir, number, end)?);
        }
        Ok(verifier.finish())
    }

    /// Somebody else is to have the records from this one on: they are not removed, however old they are or a clock says.
    pub fn still_needed(&self, from: u64) {
        self.shared.needed.store(from, Ordering::Relaxed);
    }

    /// Removes segments whose records are all older than `before` and needed no more, and gives their number. Done by itself
    /// every hour with the retention of the options.
    ///
    /// # Errors
    /// The disk fails. The floor is raised before anything is removed, so trying again is safe.
    pub fn retain(&self, before: Timestamp) -> io::Result<usize> {
        self.writer.retain(before)
    }

    /// Sequence number and head of the last durable record; `None` while the log is empty.
    #[must_use]
    pub fn head(&self) -> Option<(u64, weir_audit::Head)> {
        self.shared.durable().1.map(|anchor| (anchor.seq, anchor.head))
    }

    /// The key that the present epoch will be sealed with: who has it can verify the log from here on. Not to be kept on this
    /// machine.
    #[must_use]
    pub fn epoch_key(&self) -> Option<EpochKey> {
        self.shared.epoch_key.lock().clone()
    }

    /// Number of the last durable record that is not of the chain itself: no first frame of a segment, no seal. Where the log was
    /// just opened, of the last record.
    #[must_use]
    pub fn last_told(&self) -> Option<u64> {
        self.shared.told.load(Ordering::Relaxed).checked_sub(1)
    }

    /// Decisions with this action that became durable since the store was opened.
    #[must_use]
    pub fn decisions(&self, action: Action) -> u64 {
        self.shared.decisions[action as usize].load(Ordering::Relaxed)
    }

    /// How the store is.
    #[must_use]
    pub fn health(&self) -> Health {
        self.shared.health.lock().clone()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.writer.stop();
        self.shared.close();
        self.subscribers.close();
        if let Some(indexer) = self.indexer.take() {
            indexer.stop();
        }
        if let Some(follower) = self.follower.take() {
            let _ = follower.join();
        }
    }
}

/// Keeps a subscriber alive.
pub struct Subscription {
    number: u64,
    subscribers: Arc<Subscribers>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.subscribers.state.lock().each.remove(&self.number);
    }
}

/// What was found goes into the log itself, so that the server and the auditor see it too.
fn record_recovery(log: &mut Log, recovery: &Recovery, now: Timestamp) {
    let items: Vec<Item> = recovery
        .problems
        .iter()
        .take(16)
        .map(|problem| damage_item(&problem.to_string(), now))
        .collect();
    for outcome in log.commit(&items) {
        if let Err(error) = outcome {
            tracing::error!(%error, "damage of the audit log could not be recorded in it");
        }
    }
}

fn damage_item(text: &str, now: Timestamp) -> Item {
    let id = fresh_id(now);
    let record = Record::Health(HealthRecord {
        time: now,
        event: id,
        code: "audit.damage".to_owned(),
        severity: Severity::Error,
        text: text.to_owned(),
    });
    Item {
        kind: Kind::Health,
        time: now,
        id,
        payload: record.to_payload(),
        facts: Some(Facts::default()),
    }
}

fn note_health(shared: &Shared, log: &Log, recovery: Recovery) {
    let mut health = shared.health.lock();
    health.damage = recovery.problems;
    health.cut_tail = recovery.cut;
    health.reserves = log.reserves();
    health.unrecorded = log.gap().count;
}

impl Subscribers {
    /// Waits while there is nobody; then where to read on. `None` when the store is closed.
    fn attend(&self, position: Position) -> Option<Position> {
        let mut state = self.state.lock();
        self.changed
            .wait_while(&mut state, |state| state.each.is_empty() && !state.closed);
        if state.each.is_empty() {
            return None;
        }
        Some(state.from.take().unwrap_or(position))
    }

    /// Copied out: a subscriber may drop its own subscription.
    fn present(&self) -> Vec<Subscriber> {
        self.state.lock().each.values().cloned().collect()
    }

    fn close(&self) {
        self.state.lock().closed = true;
        self.changed.notify_all();
    }
}

fn start_follower(shared: Arc<Shared>, subscribers: Arc<Subscribers>) -> io::Result<JoinHandle<()>> {
    let mut position = Position::default();
    std::thread::Builder::new()
        .name("weir-audit-tail".into())
        .spawn(move || {
            while let Some(from) = subscribers.attend(position) {
                position = from;
                let closed = shared.is_closed();
                match follow::read_on(&shared, position, |segment, offset, frame| {
                    publish(&shared, &subscribers, segment, offset, frame);
                }) {
                    Ok(Some(next)) => position = next,
                    Ok(None) if closed => break,
                    Ok(None) => shared.wait((position.segment, position.offset), Duration::from_secs(3600)),
                    Err(_) if closed => break,
                    Err(_) => shared.wait(shared.extent().end, Duration::from_secs(1)),
                }
            }
        })
}

fn publish(shared: &Shared, subscribers: &Subscribers, segment: u64, offset: u64, frame: &weir_audit::Frame<'_>) {
    let subscribers = subscribers.present();
    if subscribers.is_empty() || frame.header().kind.is_of_chain() {
        return;
    }
    let Ok(entry) = query::open(shared, segment, offset, frame) else {
        return;
    };
    for subscriber in subscribers {
        let call = std::panic::AssertUnwindSafe(|| subscriber(&entry));
        let _ = std::panic::catch_unwind(call);
    }
}
