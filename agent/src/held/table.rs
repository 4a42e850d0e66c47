//! All messages that wait, and who listens.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::repeats::Repeats;
use parking_lot::Mutex;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use weir_audit::HeldEnd;
use weir_bundle::ExceptionDestination;
use weir_engine::Piece;
use weir_fleet::{ExceptionRequest, ExceptionState};
use weir_model::{EventId, Sensitive};
use weir_policy::Holds;
use weir_wire::{Appealed, HeldChange, HeldMessage, HeldRequest};

/// What the employee wants.
pub(crate) enum Choice {
    /// It goes without what must not leave.
    Clean {
        /// The same goes so by itself for a while.
        again: bool,
    },
    /// It goes in these words.
    Edit(Sensitive<String>),
    /// It goes as it is, for this reason.
    Justify(String),
    /// It goes as it is, by exception.
    Except,
    /// It does not go.
    Drop,
}

/// What became of a choice: the record of it, or why the message waits on.
pub(crate) type Chosen = Result<EventId, String>;

/// A choice, and where the answer is awaited.
pub(super) type Chosing = (Choice, oneshot::Sender<Chosen>);

/// A message that waits. Holds what people typed: no `Debug`.
pub(crate) struct Item {
    /// The numeric id of the user whose it is.
    owner: u32,
    pub(super) pieces: Vec<Piece>,
    /// The request for an exception that could be made, without its reason.
    asking: Option<ExceptionRequest>,
    choose: mpsc::Sender<Chosing>,
    message: Mutex<HeldMessage>,
}

/// All that wait.
pub(crate) struct Waiting {
    rooms: Mutex<Rooms>,
    /// Users who listen, and how often.
    attending: Mutex<HashMap<u32, usize>>,
    changes: broadcast::Sender<(u32, Arc<HeldChange>)>,
    stopping: watch::Sender<bool>,
    pub(super) repeats: Repeats,
}

#[derive(Default)]
struct Rooms {
    items: BTreeMap<EventId, Arc<Item>>,
    count: usize,
    bytes: usize,
}

/// Changes that a slow listener may fall behind by.
const BACKLOG: usize = 256;

impl Default for Waiting {
    fn default() -> Self {
        Self {
            rooms: Mutex::default(),
            attending: Mutex::default(),
            changes: broadcast::channel(BACKLOG).0,
            stopping: watch::Sender::new(false),
            repeats: Repeats::default(),
        }
    }
}

/// Room for one message, until it is dropped.
pub(super) struct Room {
    waiting: Arc<Waiting>,
    bytes: usize,
}

/// What a message is when it begins to wait.
pub(super) struct Begun {
    pub(super) owner: u32,
    pub(super) pieces: Vec<Piece>,
    pub(super) asking: Option<ExceptionRequest>,
    pub(super) message: HeldMessage,
}

impl Waiting {
    /// Room for so many bytes of this user's; `None` where nobody would decide, or all room is taken.
    pub(super) fn reserve(self: &Arc<Self>, owner: u32, bytes: usize, holds: &Holds) -> Option<Room> {
        let attended = holds.unattended || self.attending.lock().contains_key(&owner);
        if !attended || *self.stopping.borrow() {
            return None;
        }
        let most_bytes = (holds.most_megabytes as usize) << 20;
        let mut rooms = self.rooms.lock();
        if rooms.count >= holds.most as usize || rooms.bytes.saturating_add(bytes) > most_bytes {
            tracing::warn!("no room to hold another message; it is refused at once");
            return None;
        }
        rooms.count += 1;
        rooms.bytes += bytes;
        Some(Room {
            waiting: Arc::clone(self),
            bytes,
        })
    }

    /// A message waits from now on, of which nobody is told yet: what is chosen for it comes here.
    pub(super) fn begin(&self, begun: Begun) -> mpsc::Receiver<Chosing> {
        let (choose, chosen) = mpsc::channel(4);
        let Begun {
            owner,
            pieces,
            asking,
            message,
        } = begun;
        let item = Arc::new(Item {
            owner,
            pieces,
            asking,
            choose,
            message: Mutex::new(message),
        });
        self.rooms.lock().items.insert(item.id(), item);
        chosen
    }

    /// Who listens is told that it waits.
    pub(super) fn announce(&self, id: EventId) {
        let item = self.rooms.lock().items.get(&id).cloned();
        if let Some(item) = item {
            self.tell(&item);
        }
    }

    /// It waits no more.
    pub(super) fn end(&self, id: EventId, by: HeldEnd) {
        let ended = self.rooms.lock().items.remove(&id);
        if let Some(item) = ended {
            let by = by.as_str().to_owned();
            // Nobody listening is no error.
            let _ = self.changes.send((item.owner, Arc::new(HeldChange::Ended { id, by })));
        }
    }

    /// Resolves when the agent stops.
    pub(super) async fn stopped(&self) {
        let mut stopping = self.stopping.subscribe();
        // The sender is `self`: it does not go away first.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }

    /// Nothing waits any more: the agent stops.
    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// How many wait.
    pub(crate) fn count(&self) -> usize {
        self.rooms.lock().items.len()
    }

    /// Those of one user, the longest first.
    pub(crate) fn of(&self, owner: u32) -> Vec<HeldMessage> {
        let rooms = self.rooms.lock();
        let own = rooms.items.values().filter(|item| item.owner == owner);
        own.map(|item| item.message.lock().clone()).collect()
    }

    /// One of this user's.
    pub(crate) fn one(&self, owner: u32, id: EventId) -> Option<Arc<Item>> {
        let item = self.rooms.lock().items.get(&id).cloned()?;
        (item.owner == owner).then_some(item)
    }

    /// Changes of this user's messages from now on. Who listens can decide: messages are held while they do.
    pub(crate) fn watch(self: &Arc<Self>, owner: u32) -> Watcher {
        let changes = self.changes.subscribe();
        *self.attending.lock().entry(owner).or_default() += 1;
        let waiting = self.of(owner);
        Watcher {
            waiting: Arc::clone(self),
            owner,
            changes,
            first: waiting.into_iter().rev().collect(),
        }
    }

    /// What was said to a request for an exception. Those that are to go by themselves go.
    pub(crate) fn answered(&self, event: EventId, state: ExceptionState, why: &str) {
        let item = self.rooms.lock().items.get(&event).cloned();
        let Some(item) = item else { return };
        let goes = {
            let mut message = item.message.lock();
            let Some(request) = &mut message.request else { return };
            if request.state == state.as_str() {
                return;
            }
            state.as_str().clone_into(&mut request.state);
            why.clone_into(&mut request.why);
            request.go && state == ExceptionState::Approved
        };
        self.tell(&item);
        if goes {
            let (answer, _) = oneshot::channel();
            // Full of choices, it is about to go some way.
            let _ = item.choose.try_send((Choice::Except, answer));
        }
    }

    /// An appeal was made for a message that waits, or something was said to it.
    pub(crate) fn appealed(&self, appealed: &Appealed) {
        let item = self.rooms.lock().items.get(&appealed.event).cloned();
        let Some(item) = item else { return };
        {
            let mut message = item.message.lock();
            // The server's clock and this one's are two.
            let is_known = |known: &Appealed| (&known.state, &known.answer) == (&appealed.state, &appealed.answer);
            if message.appeal.as_ref().is_some_and(is_known) {
                return;
            }
            message.appeal = Some(appealed.clone());
        }
        self.tell(&item);
    }

    /// A request is about to be made for it. Noted before it is made: the answer may be here before the server's word that it
    /// has the request.
    pub(crate) fn asking(item: &Item, go: bool) -> Asking<'_> {
        let pending = HeldRequest {
            state: ExceptionState::Pending.as_str().to_owned(),
            why: String::new(),
            go,
        };
        let before = item.message.lock().request.replace(pending);
        Asking { item, before }
    }

    /// The request was made. Gives the message as it stands by now.
    pub(crate) fn asked(&self, asking: &Asking<'_>) -> HeldMessage {
        self.tell(asking.item);
        asking.item.shown()
    }

    fn tell(&self, item: &Item) {
        let message = Box::new(item.message.lock().clone());
        let _ = self.changes.send((item.owner, Arc::new(HeldChange::Waits(message))));
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut rooms = self.waiting.rooms.lock();
        rooms.count -= 1;
        rooms.bytes -= self.bytes;
    }
}

/// A request that is being made.
pub(crate) struct Asking<'a> {
    item: &'a Item,
    before: Option<HeldRequest>,
}

impl Asking<'_> {
    /// It was not made: what was known before holds again.
    pub(crate) fn failed(self) {
        self.item.message.lock().request = self.before;
    }
}

/// Choosing takes a judgement and a record.
const CHOICE_TIME: Duration = Duration::from_secs(30);

impl Item {
    fn id(&self) -> EventId {
        self.message.lock().id
    }

    /// As it stands.
    pub(crate) fn shown(&self) -> HeldMessage {
        self.message.lock().clone()
    }

    /// True where the administrators may be told that it is not sensitive.
    pub(crate) fn may_appeal(&self) -> bool {
        self.message.lock().ways.appeal
    }

    /// Has the message go, or not. `None` where it waits no more.
    pub(crate) async fn choose(&self, choice: Choice) -> Option<Chosen> {
        let (answer, answered) = oneshot::channel();
        self.choose.send((choice, answer)).await.ok()?;
        tokio::time::timeout(CHOICE_TIME, answered).await.ok()?.ok()
    }

    /// The request for an exception, with its reason; `None` where no exception would help.
    pub(crate) fn request(&self, reason: &str) -> Option<ExceptionRequest> {
        let asking = self.asking.clone()?;
        Some(ExceptionRequest {
            reason: reason.to_owned(),
            ..asking
        })
    }
}

/// The destination as exceptions name it.
pub(super) fn destination_of(destination: &weir_model::Destination) -> ExceptionDestination {
    ExceptionDestination {
        name: weir_engine::exception_name(destination).to_owned(),
        tier: destination.tier,
    }
}

/// Hears of one user's messages.
pub(crate) struct Watcher {
    waiting: Arc<Waiting>,
    owner: u32,
    changes: broadcast::Receiver<(u32, Arc<HeldChange>)>,
    /// Those that wait already, the longest last.
    first: Vec<HeldMessage>,
}

impl Watcher {
    /// The next change; `None` when the agent stops.
    pub(crate) async fn next(&mut self) -> Option<Arc<HeldChange>> {
        if let Some(message) = self.first.pop() {
            return Some(Arc::new(HeldChange::Waits(Box::new(message))));
        }
        loop {
            match self.changes.recv().await {
                Ok((owner, change)) if owner == self.owner => return Some(change),
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    self.first = self.waiting.of(self.owner).into_iter().rev().collect();
                    if let Some(message) = self.first.pop() {
                        return Some(Arc::new(HeldChange::Waits(Box::new(message))));
                    }
                }
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut attending = self.waiting.attending.lock();
        if let Some(count) = attending.get_mut(&self.owner) {
            *count -= 1;
            if *count == 0 {
                attending.remove(&self.owner);
            }
        }
    }
}
