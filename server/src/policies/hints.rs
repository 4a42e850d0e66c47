//! Streams that devices hold open, and what is said on them.

use super::offer::{for_device, offered};
use crate::net::Served;
use crate::repo::{Notice, Repo, RepoError};
use futures_util::{Stream, stream};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap, HashSet};
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
    hint: watch::Sender<Hint>,
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
            let offers = self.repo.offers(&group).await?;
            let order = last_order(&*self.repo, &group).await?;
            newest.insert(group, (offers, order));
        }
        for open in self.streams.lock().open.values() {
            if let Some((offers, order)) = newest.get(&open.group) {
                let bundle = offered(offers, open.device, &open.group).map_or(0, |published| published.number);
                let order = *order;
                open.hint.send_if_modified(|hint| {
                    let before = std::mem::replace(hint, Hint { bundle, order, ..*hint });
                    before != *hint
                });
            }
        }
        Ok(())
    }

    /// Two questions for all devices, however many there are.
    async fn answers(&self, only: Option<DeviceId>) -> Result<(), RepoError> {
        let exceptions = self.repo.answer_numbers(only).await?;
        let others = self.repo.asked_numbers(only).await?;
        for open in self.streams.lock().open.values() {
            open.hint.send_if_modified(|hint| {
                let known =
                    |numbers: &HashMap<DeviceId, u64>, before| numbers.get(&open.device).copied().unwrap_or(before);
                let now = Hint {
                    exceptions: known(&exceptions, hint.exceptions),
                    answers: known(&others, hint.answers),
                    ..*hint
                };
                std::mem::replace(hint, now) != now
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
                open.hint.send_modify(|hint| hint.welcome = false);
            }
        }
        Ok(())
    }
}

/// While the database cannot be asked.
const AGAIN: Duration = Duration::from_secs(1);

/// Number of the newest directive for a group; 0 where there is none.
async fn last_order(repo: &dyn Repo, group: &str) -> Result<u64, RepoError> {
    Ok(repo.newest_order(group).await?.map_or(0, |given| given.epoch))
}

/// One stream. It is forgotten when this is dropped.
pub(super) struct Streaming {
    hints: Arc<Hints>,
    number: u64,
    told: watch::Receiver<Hint>,
}

impl Streaming {
    pub(super) async fn join(hints: &Arc<Hints>, served: &Served) -> Result<Self, RepoError> {
        let (hint, told) = watch::channel(Hint {
            bundle: 0,
            order: 0,
            exceptions: 0,
            answers: 0,
            welcome: true,
        });
        let number = {
            let mut streams = hints.streams.lock();
            let number = streams.next;
            streams.next += 1;
            let open = Open {
                device: served.device,
                group: Arc::clone(&served.group),
                hint: hint.clone(),
            };
            streams.open.insert(number, open);
            number
        };
        let mut streaming = Self {
            hints: Arc::clone(hints),
            number,
            told,
        };
        // Asked after the stream is known: what is published in between is said twice and not missed.
        let bundle = for_device(&*hints.repo, served.device, &served.group).await?;
        let bundle = bundle.map_or(0, |published| published.number);
        let order = last_order(&*hints.repo, &served.group).await?;
        let answers = hints.repo.answer_numbers(Some(served.device)).await?;
        let exceptions = answers.get(&served.device).copied().unwrap_or(0);
        let others = hints.repo.asked_numbers(Some(served.device)).await?;
        let others = others.get(&served.device).copied().unwrap_or(0);
        hint.send_modify(|hint| {
            hint.exceptions = hint.exceptions.max(exceptions);
            hint.answers = hint.answers.max(others);
            hint.bundle = hint.bundle.max(bundle);
            hint.order = hint.order.max(order);
        });
        streaming.told.mark_changed();
        Ok(streaming)
    }

    /// What is said, until the device is not served any more.
    pub(super) fn hints(self) -> impl Stream<Item = Hint> {
        stream::unfold(Some(self), |streaming| async {
            let mut streaming = streaming?;
            streaming.told.changed().await.ok()?;
            let hint = *streaming.told.borrow_and_update();
            Some((hint, hint.welcome.then_some(streaming)))
        })
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        self.hints.streams.lock().open.remove(&self.number);
    }
}
