//! Streams that devices hold open, and what is said on them.

use super::carried::{Carried, Carries, News};
use super::offer::{Offer, for_device, halted, offered};
use super::table::Published;
use crate::directives::Given;
use crate::net::Served;
use crate::repo::{Notice, Repo, RepoError};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::Instant;
use weir_fleet::{DeviceId, HEARTBEAT, Hint, Holds};
use weir_model::chain;

/// All streams of this node.
pub struct Hints {
    repo: Arc<dyn Repo>,
    streams: Mutex<Streams>,
    /// Each stream listens to it, so that it knows when the last has ended.
    end: watch::Sender<()>,
}

#[derive(Default)]
struct Streams {
    open: HashMap<u64, Open>,
    next: u64,
    /// The node stops: nobody is told anything more.
    is_over: bool,
}

/// What a device reads of what is told.
#[derive(Clone, Copy)]
pub(super) enum Reads {
    /// Hints alone.
    Hints,
    /// What comes along, whole.
    Whole,
    /// That too, and what is different from what it holds.
    Changes(Holds),
}

impl Reads {
    /// What a bundle may be told as a difference to; `None` where nothing is carried.
    const fn holds(self) -> Option<Holds> {
        match self {
            Self::Hints => None,
            Self::Whole => Some(Holds(None)),
            Self::Changes(holds) => Some(holds),
        }
    }

    /// Number of the bundle it says it holds, where it says so.
    fn number(self) -> Option<u64> {
        match self {
            Self::Hints | Self::Whole => None,
            Self::Changes(holds) => Some(holds.0.map_or(0, |(number, _)| number)),
        }
    }

    const fn now_holds(&mut self, holds: Holds) {
        if let Self::Changes(held) = self {
            *held = holds;
        }
    }
}

struct Open {
    device: DeviceId,
    group: Arc<str>,
    reads: Reads,
    news: watch::Sender<News>,
}

/// The bundle that each device says it runs.
type Runs = Arc<HashMap<DeviceId, u64>>;

/// What is newest for a group.
struct Newest {
    offers: Vec<Offer>,
    /// The bundles that devices say they run, where any of these is for those alone that have it.
    runs: Runs,
    order: Option<Given>,
    carried: Option<Carried>,
}

impl Open {
    /// Number of the bundle it gets; 0 for none.
    fn bundle(&self, newest: &Newest) -> u64 {
        let said = newest.runs.get(&self.device).copied();
        let runs = self.reads.number().or(said).unwrap_or(0);
        offered(&newest.offers, self.device, &self.group, runs).map_or(0, |published| published.number)
    }

    /// Says what is different, if anything is.
    fn say(&self, change: impl FnOnce(&mut Hint)) {
        self.news.send_if_modified(|news| {
            let before = news.hint;
            change(&mut news.hint);
            before != news.hint
        });
    }
}

impl Hints {
    /// No stream is open yet.
    #[must_use]
    pub fn new(repo: Arc<dyn Repo>) -> Self {
        Self {
            repo,
            streams: Mutex::default(),
            end: watch::Sender::new(()),
        }
    }

    /// Ends all streams, and those that are opened from now on.
    pub fn end(&self) {
        let mut streams = self.streams.lock();
        streams.is_over = true;
        streams.open.clear();
    }

    /// Until the last stream has said goodbye, or takes too long for it.
    pub async fn ended(&self) {
        let _ = tokio::time::timeout(GOODBYE, self.end.closed()).await;
    }

    /// Streams that are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.streams.lock().open.len()
    }

    /// Says what is new, for as long as the node lives.
    pub async fn follow(&self) {
        let mut notices = self.repo.notices();
        loop {
            let mut notice = match notices.recv().await {
                Ok(notice) => notice,
                Err(RecvError::Lagged(_)) => Notice::Anything,
                Err(RecvError::Closed) => return,
            };
            while let Err(error) = self.tell(notice).await {
                // Devices ask by themselves every quarter of an hour, which is too late for a kill switch.
                tracing::warn!(error = chain(&error), "devices could not be told what is new");
                tokio::time::sleep(AGAIN).await;
                notice = Notice::Anything;
            }
        }
    }

    async fn tell(&self, notice: Notice) -> Result<(), RepoError> {
        match notice {
            Notice::Bundle | Notice::Order => self.news().await,
            Notice::Device(id) => self.devices(Some(id)).await,
            Notice::Exception(id) => self.answers(Some(id)).await,
            Notice::Anything => {
                self.devices(None).await?;
                self.news().await?;
                self.answers(None).await
            }
        }
    }

    /// One question for each group, however many devices it has.
    async fn news(&self) -> Result<(), RepoError> {
        let groups: HashSet<Arc<str>> = self
            .streams
            .lock()
            .open
            .values()
            .map(|open| Arc::clone(&open.group))
            .collect();
        let (mut newest, mut known) = (BTreeMap::new(), BTreeMap::new());
        for group in groups {
            let (offers, order) = (self.repo.offers(&group).await?, self.repo.newest_order(&group).await?);
            let runs = self.runs(&offers, &mut known).await?;
            let carried = order.as_ref().and_then(Carried::order);
            let found = Newest {
                offers,
                runs,
                order,
                carried,
            };
            newest.insert(group, found);
        }
        let carries = self.carries(&newest).await?;
        for open in self.streams.lock().open.values_mut() {
            let Some(newest) = newest.get(&open.group) else {
                continue;
            };
            let (bundle, order) = (
                open.bundle(newest),
                newest.order.as_ref().map_or(0, |given| given.epoch),
            );
            open.news.send_if_modified(|news| {
                let before = news.hint;
                (news.hint.bundle, news.hint.order) = (bundle, order);
                if let Some(holds) = open.reads.holds() {
                    news.order.clone_from(&newest.carried);
                    if let Some(carries) = carries.get(&bundle) {
                        news.bundle = carries.to(holds);
                        // Until it says what it made of it.
                        open.reads.now_holds(carries.holds());
                    }
                }
                before != news.hint
            });
        }
        Ok(())
    }

    /// What the devices of a group say they run, where that matters. It is asked once for all groups of a bundle.
    async fn runs(&self, offers: &[Offer], known: &mut BTreeMap<u64, Runs>) -> Result<Runs, RepoError> {
        let Some(halted) = halted(offers).next() else {
            return Ok(Runs::default());
        };
        if let Some(runs) = known.get(&halted.number) {
            return Ok(Arc::clone(runs));
        }
        let reach = self.repo.reach(halted.number).await?;
        let runs: Runs = Arc::new(reach.into_iter().map(|reach| (reach.device, reach.bundle)).collect());
        known.insert(halted.number, Arc::clone(&runs));
        Ok(runs)
    }

    /// The bundles that devices get now and have not been told of: each is read and written once, for all of them.
    async fn carries(&self, newest: &BTreeMap<Arc<str>, Newest>) -> Result<BTreeMap<u64, Carries>, RepoError> {
        let mut new: BTreeMap<u64, BTreeMap<Holds, usize>> = BTreeMap::new();
        for open in self.streams.lock().open.values() {
            let Some(holds) = open.reads.holds() else { continue };
            let bundle = newest.get(&open.group).map_or(0, |newest| open.bundle(newest));
            if bundle > open.news.borrow().hint.bundle {
                *new.entry(bundle).or_default().entry(holds).or_default() += 1;
            }
        }
        let mut carries = BTreeMap::new();
        for (number, bases) in new {
            if let Some(bundle) = self.repo.bundle(number).await? {
                carries.insert(number, Carries::bundle(&*self.repo, number, bundle, &bases).await?);
            }
        }
        Ok(carries)
    }

    /// Two questions for all devices, however many there are.
    async fn answers(&self, only: Option<DeviceId>) -> Result<(), RepoError> {
        let exceptions = self.repo.answer_numbers(only).await?;
        let others = self.repo.asked_numbers(only).await?;
        for open in self.streams.lock().open.values() {
            let known = |numbers: &HashMap<DeviceId, u64>, before| numbers.get(&open.device).copied().unwrap_or(before);
            open.say(|hint| {
                hint.exceptions = known(&exceptions, hint.exceptions);
                hint.answers = known(&others, hint.answers);
            });
        }
        Ok(())
    }

    /// Ends the streams of devices that are no longer served, or not in the group they were in. One question, however many
    /// devices there are.
    async fn devices(&self, only: Option<DeviceId>) -> Result<(), RepoError> {
        let served: HashMap<DeviceId, String> = match only {
            None => self.repo.served().await?,
            Some(id) => {
                let device = self.repo.device(id).await?.filter(|device| device.revoked.is_none());
                device.into_iter().map(|device| (id, device.group)).collect()
            }
        };
        for open in self.streams.lock().open.values() {
            let concerned = only.is_none_or(|only| open.device == only);
            if concerned && served.get(&open.device).is_none_or(|group| **group != *open.group) {
                open.say(|hint| hint.welcome = false);
            }
        }
        Ok(())
    }
}

/// For a last word to each when the node stops.
const GOODBYE: Duration = Duration::from_secs(5);
/// While the database cannot be asked.
const AGAIN: Duration = Duration::from_secs(1);

/// One stream. It is forgotten when this is dropped.
pub(super) struct Streaming {
    hints: Arc<Hints>,
    number: u64,
    told: watch::Receiver<News>,
    /// What was said last.
    said: Hint,
    /// When the next heartbeat is due.
    beat: Instant,
    /// The last word was said.
    is_over: bool,
    _end: watch::Receiver<()>,
}

/// Shorter than what proxies and address translators forget a silent connection after.
const QUIET: Duration = Duration::from_secs(25);

impl Streaming {
    /// What hints point to comes before them where it is read, and small enough.
    pub(super) async fn join(hints: &Arc<Hints>, served: &Served, reads: Reads) -> Result<Self, RepoError> {
        let (news, told) = watch::channel(News::default());
        let number = {
            let mut streams = hints.streams.lock();
            let number = streams.next;
            streams.next += 1;
            let open = Open {
                device: served.device,
                group: Arc::clone(&served.group),
                reads,
                news: news.clone(),
            };
            if !streams.is_over {
                streams.open.insert(number, open);
            }
            number
        };
        let mut streaming = Self {
            hints: Arc::clone(hints),
            number,
            told,
            said: Hint::default(),
            beat: Instant::now() + QUIET,
            is_over: false,
            _end: hints.end.subscribe(),
        };
        // Asked after the stream is known: what is published in between is said twice and not missed.
        let holds = |published: &Published| reads.number() == Some(published.number);
        let bundle = for_device(&*hints.repo, (served.device, &served.group), holds).await?;
        let bundle = bundle.map_or(0, |published| published.number);
        let order = hints.repo.newest_order(&served.group).await?;
        let order = order.map_or(0, |given| given.epoch);
        let answers = hints.repo.answer_numbers(Some(served.device)).await?;
        let exceptions = answers.get(&served.device).copied().unwrap_or(0);
        let others = hints.repo.asked_numbers(Some(served.device)).await?;
        let others = others.get(&served.device).copied().unwrap_or(0);
        news.send_modify(|News { hint, .. }| {
            hint.exceptions = hint.exceptions.max(exceptions);
            hint.answers = hint.answers.max(others);
            hint.bundle = hint.bundle.max(bundle);
            hint.order = hint.order.max(order);
        });
        streaming.told.mark_changed();
        Ok(streaming)
    }

    /// What is said, until the device is not served any more.
    pub(super) fn events(self) -> impl Stream<Item = Bytes> + Send {
        stream::unfold(Some(self), |streaming| async {
            let mut streaming = streaming?;
            let events = streaming.next().await?;
            let goes_on = !streaming.is_over();
            Some((stream::iter(events), goes_on.then_some(streaming)))
        })
        .flatten()
    }

    /// What is to be said next; `None` when nothing is any more. Nothing is lost where this is given up.
    pub(super) async fn next(&mut self) -> Option<Vec<Bytes>> {
        let events = match tokio::time::timeout_at(self.beat, self.told.changed()).await {
            Err(_) => vec![Bytes::from_static(HEARTBEAT)],
            Ok(Err(_)) => return None,
            Ok(Ok(())) => {
                let news = self.told.borrow_and_update();
                let events = news.events(self.said);
                self.said = news.hint;
                self.is_over = !news.hint.welcome;
                events
            }
        };
        self.beat = Instant::now() + QUIET;
        Some(events)
    }

    /// The last word was said.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// The device says what it holds now.
    pub(super) fn holds(&self, holds: Holds) {
        if let Some(open) = self.hints.streams.lock().open.get_mut(&self.number) {
            open.reads.now_holds(holds);
        }
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        self.hints.streams.lock().open.remove(&self.number);
    }
}
