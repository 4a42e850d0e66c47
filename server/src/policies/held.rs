//! A stream that goes both ways: events down, and up what a device says of itself, so that an idle laptop has this one connection
//! and news cost no other.

use super::hints::Streaming;
use crate::devices;
use crate::net::{Held, Served};
use crate::run::Fleet;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use hyper::upgrade::OnUpgrade;
use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use weir_fleet::{Saying, SayingError, Sayings, told};

/// Who says nothing for so long has gone: devices answer each heartbeat.
const SILENCE: Duration = Duration::from_secs(70);

/// Something that is kept, and its number where it was.
type Keeping = BoxFuture<'static, Option<u64>>;

/// One device, for as long as its connection lives and it is served.
pub(super) struct Both {
    fleet: Arc<Fleet>,
    served: Served,
    streaming: Streaming,
    sayings: Sayings,
    /// One thing after the other: what comes meanwhile waits in the socket.
    keeping: Option<Keeping>,
    waiting: Vec<Saying>,
    heard: Instant,
}

/// Why a stream ends that could have gone on.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the connection broke")]
    Broken(#[from] io::Error),
    #[error(transparent)]
    Said(#[from] SayingError),
    #[error("the device has gone")]
    Gone,
}

impl Both {
    pub(super) fn new(fleet: Arc<Fleet>, served: Served, streaming: Streaming) -> Self {
        Self {
            fleet,
            served,
            streaming,
            sayings: Sayings::default(),
            keeping: None,
            waiting: Vec::new(),
            heard: Instant::now(),
        }
    }

    /// Until one side ends it.
    pub(super) async fn run(mut self, upgrade: OnUpgrade) {
        let Some(mut held) = Held::after(upgrade).await else {
            return;
        };
        match self.talk(&mut held).await {
            Ok(()) => held.end().await,
            // It comes again by itself, and is told what it missed.
            Err(error) => tracing::debug!(error = weir_model::chain(&error), "a stream broke"),
        }
    }

    async fn talk(&mut self, held: &mut Held) -> Result<(), Ended> {
        loop {
            self.keep();
            let Self {
                streaming,
                sayings,
                keeping,
                ..
            } = self;
            let is_keeping = keeping.is_some();
            tokio::select! {
                events = streaming.next() => match events {
                    Some(events) => held.write(&events).await?,
                    None => return Ok(()),
                },
                kept = kept(keeping) => {
                    (self.keeping, self.heard) = (None, Instant::now());
                    if let Some(number) = kept {
                        held.write(&[Bytes::from(told(number))]).await?;
                    }
                }
                said = held.read(|bytes| (!bytes.is_empty()).then(|| sayings.read(bytes))), if !is_keeping => {
                    self.waiting = said?.ok_or(Ended::Gone)??;
                    self.heard = Instant::now();
                }
            }
            if self.streaming.is_over() {
                return Ok(());
            }
            if !is_keeping && self.heard.elapsed() > SILENCE {
                return Err(Ended::Gone);
            }
        }
    }

    /// Begins to keep what was said next.
    fn keep(&mut self) {
        if self.keeping.is_some() || self.waiting.is_empty() {
            return;
        }
        let Saying {
            number,
            standing,
            holds,
        } = self.waiting.remove(0);
        self.streaming.holds(holds);
        let (fleet, device) = (Arc::clone(&self.fleet), self.served.device);
        let keeping = async move {
            // What is not kept is not answered, and is said again.
            devices::keep(&fleet, device, standing).await.is_ok().then_some(number)
        };
        self.keeping = Some(keeping.boxed());
    }
}

/// Waits for ever where nothing is being kept.
async fn kept(keeping: &mut Option<Keeping>) -> Option<u64> {
    match keeping {
        Some(keeping) => keeping.await,
        None => pending().await,
    }
}
