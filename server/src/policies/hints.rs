//! Streams that devices hold open, and what is said on them.

use super::carried::{Carried, News};
use super::offer::{Offer, for_device, offered};
use crate::directives::Given;
use crate::net::Served;
use crate::repo::{Notice, Repo, RepoError};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use weir_fleet::{DeviceId, Hint};
use weir_model::chain;

/// All streams of this node.
pub struct Hints {
    repo: Arc<dyn Repo>,
    streams: Mutex<Streams>,
}

#[derive(Default)]
struct Streams {
    open: HashMap<u64, Open>,
    next: u64,
}

struct Open {
    device: DeviceId,
    group: Arc<str>,
    /// It reads what is carried.
    carries: bool,
    news: watch::Sender<News>,
}

/// What is newest for a group.
struct Newest {
    offers: Vec<Offer>,
    order: Option<Given>,
    carried: Option<Carried>,
}

impl Open {
    /// Number of the bundle it gets; 0 for none.
    fn bundle(&self, newest: &Newest) -> u64 {
        offered(&newest.offers, self.device, &self.group).map_or(0, |published| published.number)
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
        }
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
        let mut newest = BTreeMap::new();
        for group in groups {
            let (offers, order) = (self.repo.offers(&group).await?, self.repo.newest_order(&group).await?);
            let carried = order.as_ref().and_then(Carried::order);
            newest.insert(group, Newest { offers, order, carried });
        }
        let bundles = self.carried(&newest).await?;
        for open in self.streams.lock().open.values() {
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
                if open.carries {
                    news.order.clone_from(&newest.carried);
                    if let Some(carried) = bundles.get(&bundle) {
                        news.bundle = Some(carried.clone());
                    }
                }
                before != news.hint
            });
        }
        Ok(())
    }

    /// The bundles that devices get now and have not been told of: each is read and written once, for all of them.
    async fn carried(&self, newest: &BTreeMap<Arc<str>, Newest>) -> Result<BTreeMap<u64, Carried>, RepoError> {
        let mut new = BTreeSet::new();
        for open in self.streams.lock().open.values().filter(|open| open.carries) {
            let bundle = newest.get(&open.group).map_or(0, |newest| open.bundle(newest));
            if bundle > open.news.borrow().hint.bundle {
                new.insert(bundle);
            }
        }
        let mut carried = BTreeMap::new();
        for number in new {
            let bundle = self.repo.bundle(number).await?;
            if let Some(bundle) = bundle.and_then(|bundle| Carried::bundle(number, &bundle)) {
                carried.insert(number, bundle);
            }
        }
        Ok(carried)
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

/// While the database cannot be asked.
const AGAIN: Duration = Duration::from_secs(1);

/// One stream. It is forgotten when this is dropped.
pub(super) struct Streaming {
    hints: Arc<Hints>,
    number: u64,
    told: watch::Receiver<News>,
    /// What was said last.
    said: Hint,
}

/// Shorter than what proxies and address translators forget a silent connection after.
const HEARTBEAT: Duration = Duration::from_secs(25);

impl Streaming {
    /// With `carries`, what hints point to comes before them where it is small enough.
    pub(super) async fn join(hints: &Arc<Hints>, served: &Served, carries: bool) -> Result<Self, RepoError> {
        let (news, told) = watch::channel(News::default());
        let number = {
            let mut streams = hints.streams.lock();
            let number = streams.next;
            streams.next += 1;
            let open = Open {
                device: served.device,
                group: Arc::clone(&served.group),
                carries,
                news: news.clone(),
            };
            streams.open.insert(number, open);
            number
        };
        let mut streaming = Self {
            hints: Arc::clone(hints),
            number,
            told,
            said: Hint::default(),
        };
        // Asked after the stream is known: what is published in between is said twice and not missed.
        let bundle = for_device(&*hints.repo, served.device, &served.group).await?;
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
            let goes_on = streaming.told.borrow().hint.welcome;
            Some((stream::iter(events), goes_on.then_some(streaming)))
        })
        .flatten()
    }

    async fn next(&mut self) -> Option<Vec<Bytes>> {
        match tokio::time::timeout(HEARTBEAT, self.told.changed()).await {
            Err(_) => Some(vec![Bytes::from_static(b":\n\n")]),
            Ok(Err(_)) => None,
            Ok(Ok(())) => {
                let news = self.told.borrow_and_update();
                let events = news.events(self.said);
                self.said = news.hint;
                Some(events)
            }
        }
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        self.hints.streams.lock().open.remove(&self.number);
    }
}
