//! Reads seals as they arrive, has them judged, and raises an alert where one does not fit.

use super::judge::{Broken, first_of, judge};
use super::table::{ArrivedSeal, SealedUpTo};
use super::{WrapError, Wrapping};
use crate::alerts::{AtRecord, Raise, Rule, Settled, Sign, Step, Telling, collapse};
use crate::clock::{self, NoRandomness};
use crate::ingest::Entry;
use crate::repo::{Repo, RepoError};
use std::sync::Arc;
use std::time::Duration;
use weir_audit::EpochSeal;
use weir_bundle::SigningKey;
use weir_model::{EventId, Timestamp, chain};

/// The reader of accepted batches.
const READER: &str = "seals";
/// Batches of one step.
const MOST: u32 = 2048;
/// Records of an epoch: more than any device seals at once.
const LONGEST: u32 = 1 << 17;
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
    /// A kept key was changed, or is another server's.
    #[error(transparent)]
    Wrap(#[from] WrapError),
}

/// Judges seals, for as long as the node lives.
pub struct SealWatch {
    repo: Arc<dyn Repo>,
    wrapping: Wrapping,
    telling: Telling,
}

impl SealWatch {
    /// Does nothing yet.
    ///
    /// # Errors
    /// The receipt key cannot be used.
    pub fn new(repo: Arc<dyn Repo>, receipt: &SigningKey, telling: Telling) -> Result<Self, WrapError> {
        let wrapping = Wrapping::new(receipt)?;
        Ok(Self {
            repo,
            wrapping,
            telling,
        })
    }

    /// Step after step; what fails is tried again.
    pub async fn follow(&self) {
        loop {
            match step(&*self.repo, &self.wrapping, &self.telling, clock::now()).await {
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
pub async fn step(repo: &dyn Repo, wrapping: &Wrapping, telling: &Telling, now: Timestamp) -> Result<bool, SealError> {
    let from = repo.reader(READER).await?;
    let Some((to, seals)) = repo.seals(from, MOST).await? else {
        return Ok(false);
    };
    let (mut sealed, mut signs) = (Vec::new(), Vec::new());
    for seal in &seals {
        match judged(repo, wrapping, seal).await? {
            Some(Ok(read)) => sealed.push(((seal.device, seal.timeline), upto(&read, &seal.entry))),
            Some(Err(broken)) => signs.push(sign(seal, broken, now)),
            None => {}
        }
    }
    repo.keep_sealed(&sealed).await?;
    let raise = |sign| {
        let id = EventId::new(now, clock::random()?);
        Ok(Raise { id, sign })
    };
    let step = Step {
        reader: READER,
        from,
        to,
        gauges: Vec::new(),
        faults: Vec::new(),
        raised: collapse(signs)
            .into_iter()
            .map(raise)
            .collect::<Result<_, NoRandomness>>()?,
        now,
    };
    Ok(match repo.settle(&step, telling).await? {
        Settled::Done { .. } => true,
        Settled::Overtaken => false,
    })
}

async fn judged(
    repo: &dyn Repo,
    wrapping: &Wrapping,
    seal: &ArrivedSeal,
) -> Result<Option<Result<EpochSeal, Broken>>, SealError> {
    let log = (seal.device, seal.timeline);
    let Some(kept) = repo.epoch_key(log).await? else {
        return Ok(None);
    };
    let key = wrapping.open(log, kept.epoch, &kept.wrapped)?;
    let first = first_of(&seal.entry).unwrap_or(seal.entry.seq).saturating_sub(1);
    let before = repo.records_of(seal.log, first, seal.entry.seq, LONGEST).await?;
    Ok(judge(&key, &seal.entry, &before))
}

const fn upto(read: &EpochSeal, entry: &Entry) -> SealedUpTo {
    SealedUpTo {
        epoch: read.epoch,
        seq: entry.seq,
        time: read.time,
    }
}

fn sign(seal: &ArrivedSeal, broken: Broken, now: Timestamp) -> Sign {
    Sign {
        rule: Rule::SealBroken,
        subject: seal.device.to_string(),
        text: format!("the seal at record {} does not fit: {broken}", seal.entry.seq),
        count: 1,
        at: now,
        at_record: Some(AtRecord {
            device: seal.device,
            timeline: seal.timeline,
            seq: seal.entry.seq,
            event: None,
        }),
    }
}
