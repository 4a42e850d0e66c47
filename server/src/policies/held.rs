//! A stream that goes both ways: events down, and up what a device says of itself and the few records it has, so that a laptop has
//! this one connection, and neither news nor a lone record costs another.

use super::hints::Streaming;
use crate::devices;
use crate::ingest;
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
use weir_fleet::{Said, Saying, SayingError, Sayings, answered, told};

/// Who says nothing for so long has gone: devices answer each heartbeat.
const SILENCE: Duration = Duration::from_secs(70);

/// Something that is kept, and what is answered then, if anything.
type Keeping = BoxFuture<'static, Option<Vec<u8>>>;

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
                    if let Some(answer) = kept {
                        held.write(&[Bytes::from(answer)]).await?;
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
        let Saying { number, said } = self.waiting.remove(0);
        let (fleet, device) = (Arc::clone(&self.fleet), self.served.device);
        self.keeping = Some(match said {
            Said::Standing { standing, holds } => {
                self.streaming.holds(holds);
                async move {
                    // What is not kept is not answered, and is said again.
                    let kept = devices::keep(&fleet, device, *standing).await;
                    kept.is_ok().then(|| told(number))
                }
                .boxed()
            }
            Said::Records(batch) => async move {
                let outcome = ingest::accept(&fleet, device, &batch).await;
                Some(answered(number, outcome))
            }
            .boxed(),
        });
    }
}

/// Waits for ever where nothing is being kept.
async fn kept(keeping: &mut Option<Keeping>) -> Option<Vec<u8>> {
    match keeping {
        Some(keeping) => keeping.await,
        None => pending().await,
    }
}
