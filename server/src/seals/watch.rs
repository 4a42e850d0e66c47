//! Reads seals as they arrive, has them judged, and raises an alert where one does not fit.

use super::follow::{Wrong, follow};
use super::kept::KeyRing;
use super::table::{ArrivedSeal, Reached};
use crate::alerts::{AtRecord, Rule, Settled, Sign, Step, Telling, collapse, with_ids};
use crate::clock::{self, NoRandomness};
use crate::keys;
use crate::repo::{Repo, RepoError};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use weir_bundle::SigningKey;
use weir_model::{Timestamp, chain};

/// The reader of accepted batches.
const READER: &str = "seals";
/// Batches of one step.
const BATCHES: u32 = 1024;
/// Seals of one step.
const SEALS: u32 = 1024;
const PAUSE: Duration = Duration::from_secs(2);

/// Seals could not be judged now.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The database.
    #[error(transparent)]
    Repo(#[from] RepoError),
    /// No id for an alert.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// A key cannot be kept.
    #[error(transparent)]
    Keep(#[from] keys::SealError),
}

/// Judges seals, for as long as the node lives.
pub struct SealWatch {
    repo: Arc<dyn Repo>,
    ring: KeyRing,
    telling: Telling,
}

impl SealWatch {
    /// Does nothing yet.
    ///
    /// # Errors
    /// The receipt key cannot be used.
    pub fn new(repo: Arc<dyn Repo>, receipt: &SigningKey, telling: Telling) -> Result<Self, keys::SealError> {
        let ring = KeyRing::new(receipt)?;
        Ok(Self { repo, ring, telling })
    }

    /// Step after step; what fails is tried again.
    pub async fn follow(&self) {
        loop {
            match step(&*self.repo, &self.ring, &self.telling, clock::now()).await {
                Ok(true) => {}
                Ok(false) => tokio::time::sleep(PAUSE).await,
                Err(error) => {
                    tracing::warn!(error = chain(&error), "seals of devices' logs could not be judged");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// One step. False when there was nothing to do, or another node does it.
///
/// # Errors
/// Nothing has changed then, or up to where logs are verified alone.
pub async fn step(repo: &dyn Repo, ring: &KeyRing, telling: &Telling, now: Timestamp) -> Result<bool, SealError> {
    let from = repo.reader(READER).await?;
    let Some(arrived) = repo.seals_arrived(from, BATCHES, SEALS).await? else {
        return Ok(false);
    };
    let mut seals: HashMap<i64, Vec<ArrivedSeal>> = HashMap::new();
    for seal in arrived.seals {
        seals.entry(seal.log).or_default().push(seal);
    }
    let (mut followed, mut signs) = (Vec::new(), Vec::new());
    for log in &arrived.logs {
        let own = seals.remove(&log.log).unwrap_or_default();
        let (changed, wrong) = follow(repo, ring, log, &own).await?;
        followed.extend(changed);
        signs.extend(wrong.map(|wrong| sign(log, wrong, now)));
    }
    repo.keep_followed(&followed).await?;
    let step = Step {
        reader: READER,
        from,
        to: arrived.to,
        gauges: Vec::new(),
        faults: Vec::new(),
        raised: with_ids(collapse(signs), now)?,
        now,
    };
    Ok(match repo.settle(&step, telling).await? {
        Settled::Done { .. } => true,
        Settled::Overtaken => false,
    })
}

fn sign(log: &Reached, wrong: Wrong, now: Timestamp) -> Sign {
    Sign {
        rule: Rule::SealBroken,
        subject: log.device.to_string(),
        text: wrong.to_string(),
        count: 1,
        at: now,
        at_record: Some(AtRecord {
            device: log.device,
            timeline: log.timeline,
            seq: wrong.seq(),
            event: None,
        }),
    }
}
